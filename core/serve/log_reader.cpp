#include "core/serve/log_reader.h"

#include <unordered_map>

namespace stepwire {

void LogReader::start(quint64 seq, quint64 replayTo)
{
    m_position = m_looked = seq;
    m_replayTo = replayTo;
    m_lost = false;
    m_kept = {};
}

quint64 LogReader::took(quint64 seq)
{
    const quint64 skipped = seq > m_position ? seq - m_position - 1 : 0;
    m_position = seq;
    m_looked = std::max(m_looked, seq);
    return skipped;
}

EventPtr LogReader::step(const EventLog &log)
{
    if (m_kept.empty()) {
        m_lost = m_lost || !log.holdsAfter(m_looked);
        if (m_lost)
            return {};
        const bool asked = m_looked < m_replayTo;
        if (asked || log.bytesAfter(m_looked) <= m_limits.soft) {
            EventPtr event = log.firstAfter(m_looked);
            m_looked = event ? event->seq : std::max(m_looked, log.newest());
            return event;
        }
        thin(log);
        if (m_lost)
            return {};
    }
    if (m_kept.empty())
        return {};
    EventPtr event = std::move(m_kept.front());
    m_kept.pop_front();
    return event;
}

void LogReader::thin(const EventLog &log)
{
    std::unordered_map<QString, quint64> newest; // progress of each step
    const auto keyOf = [](const Event &event) { return event.job + u'/' + event.step; };
    log.visitAfter(m_looked, [&](const EventPtr &event) {
        if (kindOf(event->data) == EventKind::Progress)
            newest[keyOf(*event)] = event->seq;
    });
    qint64 bytes = 0;
    log.visitAfter(m_looked, [&](const EventPtr &event) {
        const EventKind kind = kindOf(event->data);
        const bool keep =
            kind == EventKind::StateChange || (kind == EventKind::Progress && newest.at(keyOf(*event)) == event->seq);
        if (!keep || bytes > m_limits.hard)
            return;
        bytes += EventLog::cost(*event);
        m_kept.push_back(event);
    });
    m_looked = std::max(m_looked, log.newest());
    if (bytes > m_limits.hard) {
        m_kept = {};
        m_lost = true;
    }
}

} // namespace stepwire
