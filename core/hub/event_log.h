#pragma once

#include "core/model/event.h"

#include <deque>
#include <span>

namespace stepwire {

/// The newest events, for readers that come back. Bounded by number and by the size of their text. What came before a
/// restart of the hub is there as state changes alone: numbers may be missing, events that matter are not.
class EventLog
{
public:
    EventLog(std::size_t mostEvents, qint64 mostBytes) : m_mostEvents(mostEvents), m_mostBytes(mostBytes) { }

    /// Nothing after `seq` was left out, though nothing is there yet.
    void beginAfter(quint64 seq);

    /// Numbers up to `seq` are over: there is no event between the newest and it that anybody could miss.
    void skipTo(quint64 seq);

    /// `event` must follow the newest.
    void append(EventPtr event);

    /// True when nothing that matters after `seq` is missing (also when there is none yet).
    [[nodiscard]] bool holdsAfter(quint64 seq) const;

    /// Calls `visit` with each event after `seq`, oldest first.
    template <class Visit>
    void visitAfter(quint64 seq, Visit visit) const
    {
        for (auto it = m_events.begin() + static_cast<std::ptrdiff_t>(indexAfter(seq)); it != m_events.end(); ++it)
            visit(*it);
    }

    [[nodiscard]] std::size_t size() const { return m_events.size(); }

private:
    [[nodiscard]] std::size_t indexAfter(quint64 seq) const;
    static qint64 cost(const Event &event);

    std::size_t m_mostEvents;
    qint64 m_mostBytes;
    qint64 m_bytes = 0;
    quint64 m_newest = 0;
    quint64 m_completeAfter = 0;
    std::deque<EventPtr> m_events;
};

} // namespace stepwire
