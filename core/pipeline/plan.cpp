#include "core/pipeline/plan.h"

#include <algorithm>
#include <functional>

namespace stepwire {

Plan::Plan(std::vector<Node> nodes) : m_nodes(std::move(nodes)), m_entries(m_nodes.size())
{
    for (std::size_t i = 0; i < m_nodes.size(); ++i) {
        m_entries[i].missing = m_nodes[i].needs.size();
        for (const std::size_t need : m_nodes[i].needs)
            m_entries[need].dependents.push_back(i);
        if (m_entries[i].missing == 0)
            m_ready.push_back(i);
    }
    std::make_heap(m_ready.begin(), m_ready.end(), std::greater<>());
}

std::optional<std::size_t> Plan::startNext()
{
    while (!m_ready.empty()) {
        std::pop_heap(m_ready.begin(), m_ready.end(), std::greater<>());
        const std::size_t step = m_ready.back();
        m_ready.pop_back();
        if (m_entries[step].state != State::Queued)
            continue;
        m_entries[step].state = State::Running;
        ++m_running;
        return step;
    }
    return {};
}

void Plan::settle(std::size_t step, State outcome)
{
    m_entries[step].state = outcome;
    ++m_settled;
}

std::vector<Plan::Skip> Plan::finish(std::size_t step, State outcome)
{
    Q_ASSERT(m_entries[step].state == State::Running && isFinal(outcome));
    --m_running;
    settle(step, outcome);

    std::vector<Skip> skipped;
    if (satisfiesNeeds(outcome)) {
        for (const std::size_t next : m_entries[step].dependents) {
            if (--m_entries[next].missing == 0 && m_entries[next].state == State::Queued) {
                m_ready.push_back(next);
                std::push_heap(m_ready.begin(), m_ready.end(), std::greater<>());
            }
        }
        return skipped;
    }
    std::vector<std::size_t> blocked = m_entries[step].dependents;
    while (!blocked.empty()) {
        const std::size_t next = blocked.back();
        blocked.pop_back();
        if (m_entries[next].state != State::Queued)
            continue;
        settle(next, State::Skipped);
        skipped.push_back({next, step});
        blocked.insert(blocked.end(), m_entries[next].dependents.begin(), m_entries[next].dependents.end());
    }
    std::sort(skipped.begin(), skipped.end(), [](const Skip &a, const Skip &b) { return a.step < b.step; });
    return skipped;
}

std::vector<std::size_t> Plan::abandon(State outcome)
{
    std::vector<std::size_t> abandoned;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        if (m_entries[i].state == State::Queued) {
            settle(i, outcome);
            abandoned.push_back(i);
        }
    }
    m_ready.clear();
    return abandoned;
}

} // namespace stepwire
