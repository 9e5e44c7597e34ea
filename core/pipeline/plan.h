#pragma once

#include "core/model/job.h"

#include <vector>

namespace stepwire {

/// Given what finished, what may start. Pure: no clock, no process, no Qt object. Steps are told by their index in
/// the order of the recipe.
class Plan
{
public:
    struct Node
    {
        QString id;
        std::vector<std::size_t> needs;
    };

    /// What `finish` settled besides: steps that can never start since one that they need did not succeed.
    struct Skip
    {
        std::size_t step;
        std::size_t because;
    };

    Plan() = default;
    explicit Plan(std::vector<Node> nodes);

    /// Takes out and returns the next step that may start, in recipe order; nothing when none may.
    [[nodiscard]] std::optional<std::size_t> startNext();

    /// Notes how a started step ended. After a step that did not satisfy, all that need it are settled as skipped.
    std::vector<Skip> finish(std::size_t step, State outcome);

    /// Settles every step that has not started as `outcome`; returns them in recipe order.
    std::vector<std::size_t> abandon(State outcome);

    [[nodiscard]] bool finished() const { return m_settled == m_nodes.size(); }
    [[nodiscard]] std::size_t size() const { return m_nodes.size(); }
    [[nodiscard]] std::size_t running() const { return m_running; }
    [[nodiscard]] State state(std::size_t step) const { return m_entries[step].state; }

private:
    struct Entry
    {
        State state = State::Queued;
        std::size_t missing = 0;
        std::vector<std::size_t> dependents;
    };

    void settle(std::size_t step, State outcome);

    std::vector<Node> m_nodes;
    std::vector<Entry> m_entries;
    std::vector<std::size_t> m_ready; // a heap, lowest index first
    std::size_t m_settled = 0;
    std::size_t m_running = 0;
};

} // namespace stepwire
