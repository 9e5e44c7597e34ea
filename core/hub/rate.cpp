#include "core/hub/rate.h"

#include "core/hub/residual.h"

#include <algorithm>
#include <cmath>

namespace stepwire {

// What lies further back than half of the run counts little: progress that speeds up or slows down is followed, a
// burst is not taken for the rule. Long runs still follow within minutes, slow counts keep a few reports.
static constexpr double windowShare = 0.5;
static constexpr double leastWindowMs = 4000;
static constexpr double mostWindowMs = 90'000;
static constexpr double leastWindowReports = 4;

static constexpr double leastObservedMs = 2000;
static constexpr double leastSeen = 0.005;
static constexpr double quietMs = 10'000;
static constexpr double quietReports = 6;
static constexpr double smallFall = 0.02; // of the total: measuring, not going back
static constexpr qint64 beginningMs = 1500; // a first report this early tells where the step began
static constexpr double lastStepSpread = 0.3;

std::optional<Rate::Count> Rate::countOf(const Progress &progress)
{
    // The phase at work is the first that is not complete.
    const Phase *current = nullptr;
    bool last = true;
    for (const Phase &phase : progress.phases) {
        if (phase.total && phase.done >= *phase.total)
            continue;
        if (!current)
            current = &phase;
        else
            last = false;
    }
    const QString key = (current ? current->id : QString()) + u'\n' + progress.unit;
    // A fraction that is not that of the count was given on purpose, since the items are not alike.
    const bool counted = progress.total && *progress.total > 0 && std::isfinite(*progress.total)
        && std::isfinite(progress.done)
        && (!progress.fraction || std::abs(*progress.fraction - progress.done / *progress.total) < 0.002);
    if (counted)
        return Count{progress.done, *progress.total, key + QStringLiteral("\ncount"), true};
    if (progress.fraction)
        return Count{*progress.fraction, 1, key + QStringLiteral("\nfraction"), true};
    if (current && current->total && std::isfinite(*current->total) && std::isfinite(current->done))
        return Count{current->done, *current->total, key, last};
    return {};
}

void Rate::restart(qint64 at, Count count)
{
    m_first = count.done;
    m_begin = at;
    m_lastAt = at;
    m_step = 0;
    m_done = 0;
    m_time = 0;
    m_reports = 0;
    m_steps = 0;
    m_now = std::move(count);
}

void Rate::report(qint64 at, const Progress &progress)
{
    std::optional<Count> count = countOf(progress);
    if (!count) {
        m_now.reset();
        return;
    }
    if (!m_reported && at <= beginningMs)
        m_doneBefore = std::clamp(count->done / count->total, 0.0, 1.0);
    m_reported = true;
    if (!m_now || count->key != m_now->key || count->total < m_now->total
        || count->done < m_now->done - smallFall * m_now->total) {
        restart(at, std::move(*count));
        return;
    }
    const double done = count->done - m_now->done;
    m_now = std::move(count);
    if (done <= 0)
        return; // a sign of life is no progress
    const auto passed = static_cast<double>(std::max<qint64>(at - m_lastAt, 0));
    const double interval = m_reports > 0 ? m_time / m_reports : passed;
    const double window =
        std::max(std::clamp(windowShare * static_cast<double>(at - m_begin), leastWindowMs, mostWindowMs),
                 leastWindowReports * interval);
    const double kept = std::exp(-passed / window);
    m_done = m_done * kept + done;
    m_time = m_time * kept + passed;
    m_reports = m_reports * kept + 1;
    m_step = m_done / m_reports;
    m_lastAt = std::max(at, m_lastAt);
    ++m_steps;
}

double Rate::seen() const
{
    if (!m_now || m_now->total <= m_first)
        return 0;
    return std::clamp((m_now->done - m_first) / (m_now->total - m_first), 0.0, 1.0);
}

std::optional<double> Rate::remaining(qint64 at) const
{
    if (!m_now || !m_now->last || m_steps < 2 || m_time <= 0 || seen() < leastSeen
        || static_cast<double>(m_lastAt - m_begin) < leastObservedMs)
        return {};
    const auto since = static_cast<double>(std::max<qint64>(at - m_lastAt, 0));
    if (since > std::max(quietMs, quietReports * m_time / m_reports))
        return {};
    const double left = std::max(m_now->total - m_now->done, 0.0);
    const double speed = m_done / m_time;
    const double whole = left / speed;
    // While the next report is awaited time runs down; when that is late, the speed was less than thought.
    const double waiting = whole - since;
    const double late = std::max(left - m_step, 0.0) * (m_time + since) / (m_done + m_step);
    const double ending = residual(std::min(left, m_step) / speed, lastStepSpread, since);
    return std::max({waiting, late, left > 0 ? ending : 0});
}

} // namespace stepwire
