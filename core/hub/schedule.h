#pragma once

#include "core/model/job.h"

#include <span>

namespace stepwire {

/// In which order the steps of a job can run, to foretell when the last of them ends. Pure; for one thread.
class Schedule
{
public:
    /// What one step still has to do.
    struct Work
    {
        enum Stage { Settled, Running, Waiting };
        Stage stage = Waiting;
        double ms = 0;
    };

    Schedule() = default;
    /// Needs that the job has no step for are passed over.
    explicit Schedule(const Job &job);

    /// Milliseconds until the last step ends, when at most `parallel` run at once (0: no limit) and those that may
    /// start do so in the job's order, as the engine has it. `work` has one entry a step. `shares` gets how much of
    /// that time each step accounts for: what passes while it runs, divided by how many run then.
    [[nodiscard]] double makespan(std::span<const Work> work, int parallel,
                                  std::vector<double> *shares = nullptr) const;

private:
    std::vector<std::vector<std::size_t>> m_needs;
    std::vector<std::vector<std::size_t>> m_dependents;
};

} // namespace stepwire
