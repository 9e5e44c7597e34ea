#include "core/hub/schedule.h"

#include <QHash>

#include <functional>
#include <limits>
#include <queue>

namespace stepwire {

template <class T>
using LeastFirst = std::priority_queue<T, std::vector<T>, std::greater<>>;

Schedule::Schedule(const Job &job) : m_needs(job.steps.size()), m_dependents(job.steps.size())
{
    QHash<QString, std::size_t> indexOf;
    for (std::size_t i = 0; i < job.steps.size(); ++i)
        indexOf.insert(job.steps[i].id, i);
    for (std::size_t i = 0; i < job.steps.size(); ++i) {
        for (const QString &need : job.steps[i].needs) {
            if (const auto it = indexOf.constFind(need); it != indexOf.constEnd()) {
                m_needs[i].push_back(*it);
                m_dependents[*it].push_back(i);
            }
        }
    }
}

double Schedule::makespan(std::span<const Work> work, int parallel, std::vector<double> *shares) const
{
    const std::size_t places =
        parallel > 0 ? static_cast<std::size_t>(parallel) : std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> missing(work.size());
    std::vector<double> sharedAtStart(work.size());
    LeastFirst<std::pair<double, std::size_t>> ends;
    LeastFirst<std::size_t> ready;
    if (shares)
        shares->assign(work.size(), 0);
    for (std::size_t i = 0; i < work.size(); ++i) {
        if (work[i].stage == Work::Running)
            ends.emplace(work[i].ms, i);
        if (work[i].stage != Work::Waiting)
            continue;
        for (const std::size_t need : m_needs[i])
            missing[i] += work[need].stage == Work::Settled ? 0 : 1;
        if (missing[i] == 0)
            ready.push(i);
    }

    double now = 0;
    double shared = 0; // integral of 1 / running steps
    for (;;) {
        while (!ready.empty() && ends.size() < places) {
            const std::size_t step = ready.top();
            ready.pop();
            sharedAtStart[step] = shared;
            ends.emplace(now + work[step].ms, step);
        }
        if (ends.empty())
            return now;
        const auto [end, step] = ends.top();
        shared += (end - now) / static_cast<double>(ends.size());
        now = end;
        ends.pop();
        if (shares)
            (*shares)[step] = shared - sharedAtStart[step];
        for (const std::size_t dependent : m_dependents[step]) {
            if (work[dependent].stage == Work::Waiting && --missing[dependent] == 0)
                ready.push(dependent);
        }
    }
}

} // namespace stepwire
