#include "core/hub/history.h"

#include "core/hub/schedule.h"

#include <algorithm>
#include <cmath>

namespace stepwire {

// Five runs halve the weight: a change of the job shows after two or three runs, one odd run never.
static const double fading = std::pow(0.5, 1.0 / 5);

/// The value below which `share` of the weight lies, each value in the middle of its own weight.
static qint64 quantile(const std::vector<std::pair<qint64, double>> &sorted, double total, double share)
{
    const double wanted = share * total;
    double before = 0;
    double lastMiddle = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const auto &[value, weight] = sorted[i];
        const double middle = before + weight / 2;
        if (middle >= wanted) {
            if (i == 0)
                return value;
            const auto last = static_cast<double>(sorted[i - 1].first);
            return std::llround(last
                                + (static_cast<double>(value) - last) * (wanted - lastMiddle) / (middle - lastMiddle));
        }
        before += weight;
        lastMiddle = middle;
    }
    return sorted.back().first;
}

static Expectation expectationOf(const std::vector<qint64> &runs)
{
    std::vector<std::pair<qint64, double>> weighted;
    weighted.reserve(runs.size());
    double weight = 1;
    double total = 0;
    for (auto it = runs.rbegin(); it != runs.rend(); ++it) {
        weighted.emplace_back(*it, weight);
        total += weight;
        weight *= fading;
    }
    std::sort(weighted.begin(), weighted.end());
    return {quantile(weighted, total, 0.5), quantile(weighted, total, 0.2), quantile(weighted, total, 0.8),
            static_cast<int>(runs.size())};
}

void History::add(const Duration &duration)
{
    if (duration.kind.isEmpty() || duration.ms < 0)
        return;
    auto it = m_kinds.find(duration.kind);
    if (it == m_kinds.end()) {
        it = m_kinds.insert(duration.kind, Kind());
        it->place = m_order.insert(m_order.end(), duration.kind);
    } else {
        m_order.splice(m_order.end(), m_order, it->place);
    }
    if (!it->steps.contains(duration.step)) {
        if (static_cast<std::size_t>(it->steps.size()) >= m_limits.stepsOfKind)
            dropOldestStep(*it);
        ++m_steps;
    }
    Series &series = it->steps[duration.step];
    if (series.runs.size() >= runsKept)
        series.runs.erase(series.runs.begin());
    series.runs.push_back(duration.ms);
    series.expectation = expectationOf(series.runs);
    series.added = ++m_added;
    it->revision = m_added;
    while (m_order.size() > 1 && (m_order.size() > m_limits.kinds || m_steps > m_limits.steps))
        dropOldestKind();
}

void History::dropOldestStep(Kind &kind)
{
    const auto oldest = std::min_element(kind.steps.begin(), kind.steps.end(),
                                         [](const Series &a, const Series &b) { return a.added < b.added; });
    kind.steps.erase(oldest);
    --m_steps;
}

void History::dropOldestKind()
{
    const auto it = m_kinds.find(m_order.front());
    m_steps -= static_cast<std::size_t>(it->steps.size());
    m_kinds.erase(it);
    m_order.pop_front();
}

std::optional<Expectation> History::expected(const QString &kind, const QString &step) const
{
    const auto it = m_kinds.find(kind);
    if (it == m_kinds.end())
        return {};
    const auto series = it->steps.find(step);
    if (series == it->steps.end())
        return {};
    return series->expectation;
}

quint64 History::revision(const QString &kind) const
{
    const auto it = m_kinds.find(kind);
    return it == m_kinds.end() ? 0 : it->revision;
}

void History::weightsFor(Job &job, int parallel) const
{
    if (job.history.isEmpty())
        return;
    bool allChosen = true;
    bool chosenAreKnown = true;
    std::vector<Schedule::Work> work;
    work.reserve(job.steps.size());
    for (const Step &step : job.steps) {
        const auto expectation = expected(job.history, step.id);
        if (!step.ownWeight && !expectation)
            return;
        allChosen = allChosen && step.ownWeight;
        chosenAreKnown = chosenAreKnown && expectation;
        // Never nothing: a bar that does not move when a step ends looks broken.
        const qint64 ms = expectation ? std::max<qint64>(expectation->medianMs, 1) : 0;
        work.push_back({Schedule::Work::Waiting, static_cast<double>(ms)});
    }
    if (allChosen)
        return;
    std::vector<double> shares;
    static_cast<void>(Schedule(job).makespan(work, parallel, &shares));

    double learned = 0;
    double learnedCount = 0;
    double chosen = 0;
    double chosenShares = 0;
    for (std::size_t i = 0; i < work.size(); ++i) {
        if (job.steps[i].ownWeight) {
            chosen += job.steps[i].weight;
            chosenShares += shares[i];
        } else {
            learned += shares[i];
            ++learnedCount;
        }
    }
    if (learned <= 0)
        return;
    const bool comparable = chosenAreKnown && chosen > 0 && chosenShares > 0;
    const double scale = comparable ? chosen / chosenShares : learnedCount / learned;
    for (std::size_t i = 0; i < work.size(); ++i) {
        if (!job.steps[i].ownWeight)
            job.steps[i].weight = std::round(shares[i] * scale * 1e6) / 1e6;
    }
}

} // namespace stepwire
