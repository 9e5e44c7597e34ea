#pragma once

#include "core/model/job.h"

#include <QCoreApplication>

namespace stepwire {

// What a timeline shows, without a pixel: pure.

/// One step on the axis of time.
struct TimelineBar
{
    std::optional<UnixMs> ready; ///< it could have started: all it needs was done
    std::optional<UnixMs> start;
    UnixMs end = 0; ///< `now` for one that runs or waits
    bool runs = false;

    bool operator==(const TimelineBar &) const = default;
};

/// A bar for each step, in their order.
[[nodiscard]] std::vector<TimelineBar> timelineBars(const Job &job, UnixMs now);

/// The steps that made the job last as long as it did, first to last: from the one that ends last back through that
/// need of each which ended last.
[[nodiscard]] QStringList criticalPath(const Job &job, UnixMs now);

/// The distance of the marks on an axis of `span`, a round one, so that there are at most `marks`.
[[nodiscard]] qint64 niceTick(qint64 span, int marks);

/// `0:30`, `1:05:00`, `0.2 s`: a mark on that axis.
[[nodiscard]] QString tickLabel(qint64 ms, qint64 tick);

} // namespace stepwire
