#pragma once

#include "core/model/event.h"

#include <functional>
#include <memory>
#include <unordered_map>

namespace stepwire {

/// Every job that the hub shows, in the order of their announcement, as it was after event `seq` of `epoch`.
/// A plain value for one thread.
class Snapshot
{
public:
    Snapshot() = default;
    Snapshot(const Snapshot &other);
    Snapshot(Snapshot &&) noexcept = default;
    Snapshot &operator=(const Snapshot &other);
    Snapshot &operator=(Snapshot &&) noexcept = default;
    ~Snapshot() = default;

    QString epoch;
    quint64 seq = 0;

    [[nodiscard]] const Job *find(const QString &jobId) const;
    [[nodiscard]] const std::vector<std::shared_ptr<Job>> &jobs() const { return m_jobs; }

    /// Adds the job or replaces the one of the same id.
    void put(Job job);
    void remove(const QString &jobId);

    /// Removes the oldest finished jobs until at most `keepFinished` of them are left.
    void trimFinished(std::size_t keepFinished);

private:
    friend void apply(Snapshot &state, const Event &event);

    std::vector<std::shared_ptr<Job>> m_jobs;
    std::unordered_map<QString, std::shared_ptr<Job>> m_byId;
};

/// Folds one event into the state. An event about a job that is not there changes nothing but `seq`.
void apply(Snapshot &state, const Event &event);

} // namespace stepwire
