#include "core/pipeline/plan.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace stepwire {

static bool isFailure(State state)
{
    return state == State::Failed || state == State::TimedOut;
}

Plan::Plan(std::vector<Node> nodes, OnFailure onFailure, const std::vector<Settled> &before)
    : m_nodes(std::move(nodes)), m_entries(m_nodes.size()), m_onFailure(onFailure)
{
    for (std::size_t i = 0; i < m_nodes.size(); ++i) {
        for (const std::size_t need : m_nodes[i].needs)
            m_entries[need].dependents.push_back(i);
        for (const std::size_t earlier : m_nodes[i].after)
            m_entries[earlier].followers.push_back(i);
        if (m_nodes[i].group != none) {
            m_groups.resize(std::max(m_groups.size(), m_nodes[i].group + 1));
            m_groups[m_nodes[i].group].limit = m_nodes[i].groupLimit;
        }
        if (i < before.size() && isFinal(before[i].state)) {
            m_entries[i].state = before[i].state;
            m_entries[i].blocked = before[i].blocked;
            ++m_settled;
        } else if (!m_nodes[i].finally) {
            ++m_openNormal;
        }
    }
    // A step waits for what is still open; what settled in an earlier attempt stands for nothing or would have blocked
    // it.
    for (std::size_t i = 0; i < m_nodes.size(); ++i) {
        const auto open = [&](std::size_t step) { return !isFinal(m_entries[step].state); };
        m_entries[i].missing =
            static_cast<std::size_t>(std::count_if(m_nodes[i].needs.begin(), m_nodes[i].needs.end(), open)
                                     + std::count_if(m_nodes[i].after.begin(), m_nodes[i].after.end(), open));
        if (m_entries[i].missing == 0 && open(i) && !m_nodes[i].finally)
            push(i);
    }
    if (m_openNormal == 0)
        startFinally();
}

void Plan::push(std::size_t step)
{
    m_ready.push_back(step);
    std::push_heap(m_ready.begin(), m_ready.end(), std::greater<>());
}

void Plan::startFinally()
{
    for (std::size_t i = 0; i < m_nodes.size(); ++i) {
        if (m_nodes[i].finally && m_entries[i].state == State::Queued && m_entries[i].missing == 0)
            push(i);
    }
}

std::optional<std::size_t> Plan::startNext()
{
    while (!m_ready.empty()) {
        std::pop_heap(m_ready.begin(), m_ready.end(), std::greater<>());
        const std::size_t step = m_ready.back();
        m_ready.pop_back();
        if (m_entries[step].state != State::Queued) {
            promote(step); // it was let in for a place that it does not take
            continue;
        }
        if (const std::size_t group = m_nodes[step].group; group != none) {
            if (m_groups[group].limit > 0 && m_groups[group].running >= m_groups[group].limit) {
                m_groups[group].waiting.push_back(step);
                continue;
            }
            ++m_groups[group].running;
        }
        m_entries[step].state = State::Running;
        ++m_running;
        return step;
    }
    return {};
}

void Plan::leaveGroup(std::size_t step)
{
    if (m_nodes[step].group == none)
        return;
    --m_groups[m_nodes[step].group].running;
    promote(step);
}

/// Lets the next in that waits for a place in this step's group.
void Plan::promote(std::size_t step)
{
    if (m_nodes[step].group == none)
        return;
    auto &waiting = m_groups[m_nodes[step].group].waiting;
    while (!waiting.empty()) {
        const std::size_t next = waiting.front();
        waiting.pop_front();
        if (m_entries[next].state == State::Queued)
            return push(next);
    }
}

void Plan::defer(std::size_t step)
{
    Q_ASSERT(m_entries[step].state == State::Running);
    m_entries[step].state = State::Queued;
    --m_running;
    leaveGroup(step);
}

void Plan::resume(std::size_t step)
{
    if (m_entries[step].state == State::Queued)
        push(step);
}

bool Plan::take(std::size_t step)
{
    if (m_entries[step].state != State::Queued)
        return false;
    m_entries[step].state = State::Running;
    ++m_running;
    if (m_nodes[step].group != none)
        ++m_groups[m_nodes[step].group].running;
    return true;
}

void Plan::settle(std::size_t step, State outcome)
{
    m_entries[step].state = outcome;
    ++m_settled;
    if (!m_nodes[step].finally && --m_openNormal == 0)
        startFinally();
}

void Plan::release(std::size_t step)
{
    Entry &entry = m_entries[step];
    if (--entry.missing > 0 || entry.state != State::Queued)
        return;
    if (!m_nodes[step].finally || m_openNormal == 0)
        push(step);
}

bool Plan::satisfies(std::size_t step, State outcome) const
{
    return satisfiesNeeds(outcome)
        || (isFailure(outcome) && (m_nodes[step].allowFailure || m_onFailure == OnFailure::FinishAll));
}

bool Plan::fails(std::size_t step) const
{
    return isFailure(m_entries[step].state) && !m_nodes[step].allowFailure;
}

/// Settles `first` and all that need them as skipped. Steps that only come after one of these are free to start.
void Plan::block(std::size_t because, std::vector<std::size_t> first, std::vector<Skip> &skipped)
{
    while (!first.empty()) {
        const std::size_t next = first.back();
        first.pop_back();
        if (m_entries[next].state != State::Queued)
            continue;
        m_entries[next].blocked = true;
        settle(next, State::Skipped);
        skipped.push_back({next, because});
        first.insert(first.end(), m_entries[next].dependents.begin(), m_entries[next].dependents.end());
        for (const std::size_t follower : m_entries[next].followers)
            release(follower);
    }
}

std::vector<Plan::Skip> Plan::finish(std::size_t step, State outcome)
{
    Q_ASSERT(m_entries[step].state == State::Running && isFinal(outcome));
    --m_running;
    leaveGroup(step);
    // What follows is released before the step is settled, so that no `finally` step starts too early.
    std::vector<Skip> skipped;
    m_entries[step].state = outcome;
    const bool satisfied = satisfies(step, outcome);
    if (satisfied) {
        for (const std::size_t next : m_entries[step].dependents)
            release(next);
    }
    for (const std::size_t next : m_entries[step].followers)
        release(next);
    if (!satisfied)
        block(step, m_entries[step].dependents, skipped);
    if (m_onFailure == OnFailure::Stop && fails(step) && !m_nodes[step].finally) {
        std::vector<std::size_t> rest;
        for (std::size_t i = m_nodes.size(); i-- > 0;) {
            if (!m_nodes[i].finally && m_entries[i].state == State::Queued)
                rest.push_back(i);
        }
        block(step, std::move(rest), skipped);
    }
    settle(step, outcome);
    std::sort(skipped.begin(), skipped.end(), [](const Skip &a, const Skip &b) { return a.step < b.step; });
    return skipped;
}

std::vector<std::size_t> Plan::abandon(State outcome, bool all)
{
    std::vector<std::size_t> abandoned;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        if (m_entries[i].state == State::Queued && (all || !m_nodes[i].finally)) {
            m_entries[i].state = outcome;
            abandoned.push_back(i);
        }
    }
    // Settled only now: none of them is to start another.
    for (const std::size_t step : abandoned)
        settle(step, outcome);
    return abandoned;
}

std::vector<bool> Plan::toRetry(std::optional<std::size_t> from) const
{
    std::vector<bool> again(m_nodes.size(), false);
    std::vector<std::size_t> open;
    const auto add = [&](std::size_t step) {
        if (!again[step]) {
            again[step] = true;
            open.push_back(step);
        }
    };
    for (std::size_t i = 0; i < m_nodes.size(); ++i) {
        const bool ended = m_entries[i].state == State::Succeeded
            || (m_entries[i].state == State::Skipped && !m_entries[i].blocked)
            || (m_nodes[i].allowFailure && isFailure(m_entries[i].state));
        if (from ? i == *from : !ended)
            add(i);
    }
    while (!open.empty()) {
        const std::size_t step = open.back();
        open.pop_back();
        for (const std::size_t next : m_entries[step].dependents)
            add(next);
        for (const std::size_t next : m_entries[step].followers)
            add(next);
    }
    // With `from`, what also needs something that failed elsewhere stays as it is.
    for (bool changed = from.has_value(); std::exchange(changed, false);) {
        for (std::size_t i = 0; i < m_nodes.size(); ++i) {
            const auto fails = [&](std::size_t need) {
                return !again[need] && (m_entries[need].blocked || !satisfies(need, m_entries[need].state));
            };
            if (again[i] && i != *from && std::any_of(m_nodes[i].needs.begin(), m_nodes[i].needs.end(), fails)) {
                again[i] = false;
                changed = true;
            }
        }
    }
    if (std::find(again.begin(), again.end(), true) != again.end()) {
        for (std::size_t i = 0; i < m_nodes.size(); ++i)
            again[i] = again[i] || m_nodes[i].finally;
    }
    return again;
}

} // namespace stepwire
