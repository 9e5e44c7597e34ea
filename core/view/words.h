#pragma once

#include "core/model/job.h"

#include <QCoreApplication>

namespace stepwire {

/// What people read about jobs, in their language: the same words in the list, the tray and the notifications. In
/// English those of the terminal and the page. Pure but for the translators of the application.
class Words
{
    Q_DECLARE_TR_FUNCTIONS(Words)

public:
    /// `running`, `timed out`.
    [[nodiscard]] static QString state(State state);
    /// `1.2 s`, `4 min 10 s`, `2 h 5 min`.
    [[nodiscard]] static QString duration(qint64 ms);
    /// A time to come, as roughly as it is known: `40 s`, `12 min`, `2.5 h`.
    [[nodiscard]] static QString rough(qint64 ms);
    /// `4 min ago`.
    [[nodiscard]] static QString ago(qint64 ms);
    /// `~12 min left`; empty while nobody knows.
    [[nodiscard]] static QString eta(const Job &job);
    /// `63 %`, `~63 %` when a part was guessed; empty while nobody knows, before and after.
    [[nodiscard]] static QString percent(const Job &job);
    [[nodiscard]] static int wholePercent(double fraction);
    /// `#2 in the queue`.
    [[nodiscard]] static QString place(int position);
    /// `blur 4/6`; `12.5 GiB of 41.0 GiB` for bytes.
    [[nodiscard]] static QString progress(const Step &step);
    [[nodiscard]] static QString figures(double done, std::optional<double> total, const QString &unit);
    [[nodiscard]] static QString bytes(double bytes);
    /// The sentence of a failure with its last line.
    [[nodiscard]] static QString failure(const Failure &failure);
    /// What a job is doing now, or what it waits for: `prune, quiet for 4 min`. Empty for one that ended well.
    [[nodiscard]] static QString doing(const Job &job);
    /// How an ended job ended: `succeeded`, `failed: prune`.
    [[nodiscard]] static QString outcome(const Job &job);
    /// Title of the step that failed first; empty when none did, and for a command.
    [[nodiscard]] static QString failedStep(const Job &job);
    /// `nightly backup on nas, prune, 63 %, ~12 min left`: a job in one line.
    [[nodiscard]] static QString line(const Job &job, const QString &here);
};

} // namespace stepwire
