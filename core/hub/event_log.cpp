#include "core/hub/event_log.h"

#include <algorithm>

namespace stepwire {

qint64 EventLog::cost(const Event &event)
{
    // An estimate is enough: what differs by orders of magnitude is output, plans and custom values.
    qint64 bytes = 512;
    if (const auto *output = std::get_if<StepOutput>(&event.data))
        bytes += output->text.size() * 2;
    else if (const auto *queued = std::get_if<JobQueued>(&event.data))
        bytes += static_cast<qint64>(queued->job.steps.size()) * 512;
    else if (std::holds_alternative<Custom>(event.data))
        bytes += 4096;
    return bytes;
}

void EventLog::append(EventPtr event)
{
    Q_ASSERT(m_events.empty() || event->seq == m_newest + 1);
    m_newest = event->seq;
    m_bytes += cost(*event);
    m_events.push_back(std::move(event));
    while (m_events.size() > 1 && (m_events.size() > m_mostEvents || m_bytes > m_mostBytes)) {
        m_bytes -= cost(*m_events.front());
        m_events.pop_front();
    }
}

bool EventLog::holdsAfter(quint64 seq) const
{
    if (m_events.empty())
        return seq == m_newest;
    return seq <= m_newest && seq + 1 >= m_events.front()->seq;
}

std::size_t EventLog::indexAfter(quint64 seq) const
{
    if (m_events.empty() || seq < m_events.front()->seq)
        return 0;
    return std::min(m_events.size(), static_cast<std::size_t>(seq - m_events.front()->seq + 1));
}

} // namespace stepwire
