#pragma once

#include "core/model/job.h"

#include <QStringList>

namespace stepwire {

/// How a frame may look.
struct FrameStyle
{
    int columns = 80;
    int rows = 24;
    bool colour = true;
    bool unicode = true;
};

/// A job as lines for a terminal, each at most `columns` wide: a head line, then one a step (with too many for
/// `rows` those that matter now). Pure.
[[nodiscard]] QStringList renderFrame(const Job &job, const FrameStyle &style, UnixMs now);

/// One plain line for a state change of a step or job; empty for what is not worth one.
[[nodiscard]] QString plainStepLine(const Job &job, const Step &step);
[[nodiscard]] QString plainJobLine(const Job &job);

/// Whole per cent, rounded down: 29 for 0.29, although that times 100 is a little less.
[[nodiscard]] int wholePercent(double fraction);

/// `1.2 s`, `4 min 10 s`, `2 h 5 min`.
[[nodiscard]] QString durationText(qint64 ms);

/// How many columns a terminal uses for `text` (without escape sequences).
[[nodiscard]] int displayWidth(QStringView text);
/// Cut at `columns`, with "…" where something was cut.
[[nodiscard]] QString fitted(const QString &text, int columns);

} // namespace stepwire
