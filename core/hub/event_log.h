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
            visit(it->event);
    }

    /// The first event after `seq`, null when there is none.
    [[nodiscard]] EventPtr firstAfter(quint64 seq) const;
    /// About how much the events after `seq` are when they are written.
    [[nodiscard]] qint64 bytesAfter(quint64 seq) const;
    /// The highest number that is over.
    [[nodiscard]] quint64 newest() const { return m_newest; }
    [[nodiscard]] std::size_t size() const { return m_events.size(); }

    [[nodiscard]] static qint64 cost(const Event &event);

private:
    struct Entry
    {
        EventPtr event;
        qint64 bytesBefore; ///< of all that were ever appended before it
    };

    [[nodiscard]] std::size_t indexAfter(quint64 seq) const;

    std::size_t m_mostEvents;
    qint64 m_mostBytes;
    qint64 m_appended = 0; ///< bytes of all that were ever appended
    quint64 m_newest = 0;
    quint64 m_completeAfter = 0;
    std::deque<Entry> m_events;
};

} // namespace stepwire
