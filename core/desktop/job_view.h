#pragma once

#include "core/model/job.h"

#include <QVariantMap>

namespace stepwire {

/// What Plasma is told of a job, in the exact types of `org.kde.JobViewV3`. Pure but for translations; any thread.
namespace jobview {

/// How a job's view ends.
struct End
{
    uint code = 0; ///< 0: well, 1: somebody wanted it, from 100: failed
    QString message; ///< one sentence, empty unless it failed
    bool operator==(const End &) const = default;
};

inline constexpr uint byWish = 1; ///< KJob::KilledJobError: the view goes without a word
inline constexpr int canCancel = 1;
inline constexpr int canSuspend = 2;

/// Whether a view has to show the job: it was started and has not ended.
[[nodiscard]] bool isShown(const Job &job);
[[nodiscard]] int capabilities(const Job &job);
/// Everything but the time it took: that one changes whenever one looks.
[[nodiscard]] QVariantMap state(const Job &job);
/// What leads from `before` to `after`; what is gone gets the empty value of its type.
[[nodiscard]] QVariantMap difference(const QVariantMap &before, const QVariantMap &after);
[[nodiscard]] End end(const Job &job);

} // namespace jobview

} // namespace stepwire
