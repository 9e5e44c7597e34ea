#include "core/hub/event_log.h"

#include <QJsonArray>
#include <QJsonObject>

#include <algorithm>

namespace stepwire {

static qint64 costOf(const QJsonValue &value)
{
    qint64 bytes = 32;
    if (value.isString()) {
        bytes += value.toString().size() * 2;
    } else if (value.isArray()) {
        const QJsonArray array = value.toArray();
        for (const QJsonValue each : array)
            bytes += costOf(each);
    } else if (value.isObject()) {
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            bytes += it.key().size() * 2 + costOf(it.value());
    }
    return bytes;
}

qint64 EventLog::cost(const Event &event)
{
    // An estimate is enough: what differs by orders of magnitude is output, plans and custom values.
    qint64 bytes = 512;
    if (const auto *output = std::get_if<StepOutput>(&event.data))
        bytes += output->text.size() * 2;
    else if (const auto *queued = std::get_if<JobQueued>(&event.data))
        bytes += static_cast<qint64>(queued->job.steps.size()) * 512;
    else if (const auto *custom = std::get_if<Custom>(&event.data))
        bytes += costOf(custom->value);
    return bytes;
}

void EventLog::append(EventPtr event)
{
    Q_ASSERT(event->seq > m_newest);
    m_newest = event->seq;
    const qint64 before = m_appended;
    m_appended += cost(*event);
    m_events.push_back({std::move(event), before});
    while (m_events.size() > 1
           && (m_events.size() > m_mostEvents || m_appended - m_events.front().bytesBefore > m_mostBytes)) {
        m_completeAfter = m_events.front().event->seq;
        m_events.pop_front();
    }
}

EventPtr EventLog::firstAfter(quint64 seq) const
{
    const std::size_t index = indexAfter(seq);
    return index < m_events.size() ? m_events[index].event : EventPtr();
}

qint64 EventLog::bytesAfter(quint64 seq) const
{
    const std::size_t index = indexAfter(seq);
    return index < m_events.size() ? m_appended - m_events[index].bytesBefore : 0;
}

void EventLog::beginAfter(quint64 seq)
{
    m_completeAfter = seq;
    m_newest = seq;
}

void EventLog::skipTo(quint64 seq)
{
    m_newest = std::max(m_newest, seq);
}

bool EventLog::holdsAfter(quint64 seq) const
{
    return seq <= m_newest && seq >= m_completeAfter;
}

std::size_t EventLog::indexAfter(quint64 seq) const
{
    const auto it = std::upper_bound(m_events.begin(), m_events.end(), seq,
                                     [](quint64 value, const Entry &entry) { return value < entry.event->seq; });
    return static_cast<std::size_t>(it - m_events.begin());
}

} // namespace stepwire
