#include "core/engine/job_queue.h"

#include <algorithm>

namespace stepwire {

int JobQueue::limit(const QString &group) const
{
    if (const auto it = m_limits.find(group); it != m_limits.end())
        return it->second;
    return group == u"default" ? defaultGroupLimit : namedGroupLimit;
}

void JobQueue::add(const QString &group, const QString &job, bool held)
{
    m_groups[group].waiting.push_back({job, held});
}

void JobQueue::setHeld(const QString &group, const QString &job, bool held)
{
    for (Entry &entry : m_groups[group].waiting) {
        if (entry.job == job)
            entry.held = held;
    }
}

void JobQueue::move(const QString &group, const QString &job, int position)
{
    auto &waiting = m_groups[group].waiting;
    const auto it = std::find_if(waiting.begin(), waiting.end(), [&](const Entry &entry) { return entry.job == job; });
    if (it == waiting.end())
        return;
    const Entry moved = *it;
    waiting.erase(it);
    auto to = waiting.begin();
    for (int passed = 0; to != waiting.end(); ++to) {
        if (!to->held && ++passed == position)
            break;
    }
    waiting.insert(to, moved);
}

void JobQueue::remove(const QString &group, const QString &job)
{
    const auto it = m_groups.find(group);
    if (it == m_groups.end())
        return;
    std::erase_if(it->second.waiting, [&](const Entry &entry) { return entry.job == job; });
    std::erase(it->second.running, job);
    if (it->second.waiting.empty() && it->second.running.empty())
        m_groups.erase(it);
}

std::optional<QString> JobQueue::startNext()
{
    for (auto &[name, group] : m_groups) {
        if (group.running.size() >= static_cast<std::size_t>(limit(name)))
            continue;
        const auto it =
            std::find_if(group.waiting.begin(), group.waiting.end(), [](const Entry &entry) { return !entry.held; });
        if (it == group.waiting.end())
            continue;
        const QString job = it->job;
        group.waiting.erase(it);
        group.running.push_back(job);
        return job;
    }
    return {};
}

std::optional<int> JobQueue::position(const QString &group, const QString &job) const
{
    const auto it = m_groups.find(group);
    if (it == m_groups.end())
        return {};
    int position = 0;
    for (const Entry &entry : it->second.waiting) {
        if (entry.held)
            continue;
        ++position;
        if (entry.job == job)
            return position;
    }
    return {};
}

std::vector<QString> JobQueue::waiting(const QString &group) const
{
    std::vector<QString> jobs;
    if (const auto it = m_groups.find(group); it != m_groups.end()) {
        for (const Entry &entry : it->second.waiting) {
            if (!entry.held)
                jobs.push_back(entry.job);
        }
    }
    return jobs;
}

std::vector<QString> JobQueue::groups() const
{
    std::vector<QString> names;
    for (const auto &[name, group] : m_groups)
        names.push_back(name);
    return names;
}

} // namespace stepwire
