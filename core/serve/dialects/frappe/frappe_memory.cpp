#include "core/serve/dialects/frappe/frappe_memory.h"

#include <algorithm>

namespace stepwire {

void FrappeMemory::keep(const QByteArray &session, const QString &socket, Subscriptions what, Clock::time_point now)
{
    if (what.isEmpty())
        return;
    m_entries.push_back({session, socket, std::move(what), now + age});
    if (m_entries.size() > most)
        m_entries.pop_front();
}

void FrappeMemory::forget(const QString &socket)
{
    std::erase_if(m_entries, [&](const Entry &entry) { return entry.socket == socket; });
}

std::optional<FrappeMemory::Subscriptions> FrappeMemory::take(const QByteArray &session, Clock::time_point now)
{
    while (!m_entries.empty() && m_entries.front().until < now)
        m_entries.pop_front();
    const auto it =
        std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry &entry) { return entry.session == session; });
    if (it == m_entries.end())
        return std::nullopt;
    Subscriptions what = std::move(it->what);
    m_entries.erase(it);
    return what;
}

} // namespace stepwire
