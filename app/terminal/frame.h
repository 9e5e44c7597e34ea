#pragma once

#include "core/model/job.h"

#include <QStringList>

#include <functional>
#include <vector>

namespace stepwire {

/// How a frame may look.
struct FrameStyle
{
    int columns = 80;
    int rows = 24;
    bool colour = true;
    bool unicode = true;
};

/// The job that a step of a job is, if it is one and that is known here.
using NestedOf = std::function<const Job *(const Job &, const Step &)>;

/// A job as lines for a terminal, each at most `columns` wide: a head line, then one a step (with too many for
/// `rows` those that matter now); below a running step its phases, or the steps of the job that it is. Pure.
[[nodiscard]] QStringList renderFrame(const Job &job, const FrameStyle &style, UnixMs now,
                                      const NestedOf &nestedOf = {});
/// Many jobs in one window: those that have begun with their steps as far as there is room, then a line for each that
/// waits, in the order of the queues.
[[nodiscard]] QStringList renderJobs(std::vector<const Job *> jobs, const FrameStyle &style, UnixMs now,
                                     const NestedOf &nestedOf = {});
/// Only the head line: its title, and on the right how far it is or what it waits for.
[[nodiscard]] QString renderHead(const Job &job, const FrameStyle &style, UnixMs now);

/// One plain line for a state change of a step or job; empty for what is not worth one.
[[nodiscard]] QString plainStepLine(const Job &job, const Step &step);
[[nodiscard]] QString plainJobLine(const Job &job);

/// Whole per cent, rounded down: 29 for 0.29, although that times 100 is a little less.
[[nodiscard]] int wholePercent(double fraction);

/// `1.2 s`, `4 min 10 s`, `2 h 5 min`.
[[nodiscard]] QString durationText(qint64 ms);
/// A time to come, as roughly as it is known: `40 s`, `12 min`, `2.5 h`.
[[nodiscard]] QString roughDuration(qint64 ms);
/// `#2 in the queue`.
[[nodiscard]] QString placeText(int position);
/// `~40 s left`; empty while nobody knows.
[[nodiscard]] QString etaText(const Job &job);
/// `63 %`, `~63 %` when a part of that was guessed from earlier runs; empty while nobody knows, before and after.
[[nodiscard]] QString percentText(const Job &job);
/// A state as people read it: `timed out`.
[[nodiscard]] QString spokenState(State state);

/// How many columns a terminal uses for `text` (without escape sequences).
[[nodiscard]] int displayWidth(QStringView text);
/// Cut at `columns`, with "…" where something was cut.
[[nodiscard]] QString fitted(const QString &text, int columns);

} // namespace stepwire
