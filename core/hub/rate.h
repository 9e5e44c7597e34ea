#pragma once

#include "core/model/job.h"

namespace stepwire {

/// How fast one attempt of a step proceeds by its own count. Its time is the milliseconds that the step has run so far,
/// pauses left out. Only what was done since the first report counts, so that a beginning above zero is not taken for
/// speed, and everything starts over when another phase or unit begins, when the count falls or when the total shrinks.
/// Pure; for one thread.
class Rate
{
public:
    void report(qint64 at, const Progress &progress);

    /// Milliseconds that the step still needs; nothing while it cannot be told: before the third report, after a long
    /// silence, or when a counted phase is to follow.
    [[nodiscard]] std::optional<double> remaining(qint64 at) const;

    /// 0..1: how much of what was to be done when counting (re)started has been seen to be done.
    [[nodiscard]] double seen() const;

    /// 0..1: how much was done already when the step began.
    [[nodiscard]] double doneBefore() const { return m_doneBefore; }

private:
    struct Count
    {
        double done = 0;
        double total = 0;
        QString key; ///< counts of different keys do not compare
        bool last = true; ///< nothing that is counted follows
    };

    [[nodiscard]] static std::optional<Count> countOf(const Progress &progress);
    void restart(qint64 at, Count count);

    std::optional<Count> m_now;
    double m_first = 0; ///< done when counting (re)started
    double m_doneBefore = 0;
    bool m_reported = false;
    qint64 m_begin = 0;
    qint64 m_lastAt = 0;
    double m_step = 0; ///< size of a usual step of the count
    // Sums that fade with time: what was done, in which time, in how many reports.
    double m_done = 0;
    double m_time = 0;
    double m_reports = 0;
    int m_steps = 0;
};

} // namespace stepwire
