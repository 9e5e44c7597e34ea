#pragma once

#include "core/model/job.h"
#include "core/pipeline/recipe.h"

#include <deque>
#include <vector>

namespace stepwire {

/// Given what finished, what may start. Pure: no clock, no process, no Qt object. Steps are told by their index in
/// the order of the recipe.
class Plan
{
public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    struct Node
    {
        QString id;
        std::vector<std::size_t> needs; ///< must have ended well
        std::vector<std::size_t> after = {}; ///< must have ended
        bool finally = false; ///< starts only when all others have ended
        bool allowFailure = false;
        std::size_t group = none; ///< of steps that share `groupLimit`
        int groupLimit = 0; ///< at once of that group; 0: no limit
    };

    /// Where a step stands before the run: queued, or settled by an earlier attempt.
    struct Settled
    {
        State state = State::Queued;
        bool blocked = false; ///< skipped since something that it needs did not succeed
    };

    /// What `finish` settled besides: steps that can never start since one that they need did not succeed.
    struct Skip
    {
        std::size_t step;
        std::size_t because;
    };

    Plan() = default;
    explicit Plan(std::vector<Node> nodes, OnFailure onFailure = OnFailure::Continue,
                  const std::vector<Settled> &before = {});

    /// Takes out and returns the next step that may start, in recipe order; nothing when none may.
    [[nodiscard]] std::optional<std::size_t> startNext();

    /// Notes how a started step ended. After a step that did not satisfy, all that need it are settled as skipped.
    std::vector<Skip> finish(std::size_t step, State outcome);

    /// A started step that ended waits to be started again: it runs no more and starts after `resume`.
    void defer(std::size_t step);
    void resume(std::size_t step);

    /// Takes a queued step out as if it had started, to be finished at once; false if it is not queued.
    bool take(std::size_t step);

    /// Settles every step that has not started as `outcome`, the `finally` steps too if `all`; returns them in recipe
    /// order.
    std::vector<std::size_t> abandon(State outcome, bool all);

    [[nodiscard]] bool finished() const { return m_settled == m_nodes.size(); }
    [[nodiscard]] std::size_t size() const { return m_nodes.size(); }
    [[nodiscard]] std::size_t running() const { return m_running; }
    [[nodiscard]] State state(std::size_t step) const { return m_entries[step].state; }
    /// Skipped since something that it needs did not succeed.
    [[nodiscard]] bool blocked(std::size_t step) const { return m_entries[step].blocked; }
    /// True when this outcome makes the job fail.
    [[nodiscard]] bool fails(std::size_t step) const;

    /// What a retry runs again: every step that did not succeed on its own account, or `from`, and all that follow from
    /// these; the `finally` steps with them. Everything else keeps its result.
    [[nodiscard]] std::vector<bool> toRetry(std::optional<std::size_t> from) const;

private:
    struct Entry
    {
        State state = State::Queued;
        bool blocked = false;
        std::size_t missing = 0;
        std::vector<std::size_t> dependents; ///< that need it
        std::vector<std::size_t> followers; ///< that come after it
    };

    struct Group
    {
        int running = 0;
        int limit = 0;
        std::deque<std::size_t> waiting; ///< ready but for the limit, in the order of their readiness
    };

    void settle(std::size_t step, State outcome);
    void release(std::size_t step);
    void push(std::size_t step);
    void leaveGroup(std::size_t step);
    void promote(std::size_t step);
    void startFinally();
    [[nodiscard]] bool satisfies(std::size_t step, State outcome) const;
    void block(std::size_t because, std::vector<std::size_t> first, std::vector<Skip> &skipped);

    std::vector<Node> m_nodes;
    std::vector<Entry> m_entries;
    std::vector<Group> m_groups;
    std::vector<std::size_t> m_ready; // a heap, lowest index first
    OnFailure m_onFailure = OnFailure::Continue;
    std::size_t m_settled = 0;
    std::size_t m_running = 0;
    std::size_t m_openNormal = 0; ///< steps that are not `finally` and have not settled
};

} // namespace stepwire
