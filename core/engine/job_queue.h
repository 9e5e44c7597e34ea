#pragma once

#include <QString>

#include <map>
#include <optional>
#include <vector>

namespace stepwire {

/// Which jobs wait for their turn, by group, and whose turn it is. Pure: jobs are told by their ids.
class JobQueue
{
public:
    /// Of a group without a limit of its own: `default` takes what comes, every other runs one job after the other.
    static constexpr int defaultGroupLimit = 256;
    static constexpr int namedGroupLimit = 1;

    explicit JobQueue(std::map<QString, int> limits = {}) : m_limits(std::move(limits)) { }

    void add(const QString &group, const QString &job, bool held = false);
    void setHeld(const QString &group, const QString &job, bool held);
    /// To `position` (from 1) among those that wait and are not held; beyond the end is the end.
    void move(const QString &group, const QString &job, int position);
    /// The job waits no more, or runs no more.
    void remove(const QString &group, const QString &job);

    /// Takes out the next job of any group that has a place; it then runs until `remove`.
    [[nodiscard]] std::optional<QString> startNext();

    /// From 1; nothing for one that is held or does not wait.
    [[nodiscard]] std::optional<int> position(const QString &group, const QString &job) const;
    /// The waiting jobs of a group in their order, without held ones.
    [[nodiscard]] std::vector<QString> waiting(const QString &group) const;
    [[nodiscard]] std::vector<QString> groups() const;
    [[nodiscard]] int limit(const QString &group) const;

private:
    struct Entry
    {
        QString job;
        bool held = false;
    };

    struct Group
    {
        std::vector<Entry> waiting;
        std::vector<QString> running;
    };

    std::map<QString, int> m_limits;
    std::map<QString, Group> m_groups;
};

} // namespace stepwire
