#pragma once

#include "core/hub/event_log.h"

#include <deque>

namespace stepwire {

/// Where one reader stands in the hub's events, and what it gets next. One that is behind holds nothing but its place:
/// what it missed is read from the log when it can take more, output first left out and progress reduced to the newest
/// of each step when that is much; when even the state changes are too many, or the log has lost them, a snapshot takes
/// over. Pure: nothing is sent here.
class LogReader
{
public:
    struct Limits
    {
        qint64 soft = 1024 * 1024; ///< bytes behind above which output and progress are thinned
        qint64 hard = 8 * 1024 * 1024; ///< bytes left after that above which a snapshot must take over
    };

    LogReader() = default;
    explicit LogReader(Limits limits) : m_limits(limits) { }

    /// Stands behind event `seq`. Nothing up to `replayTo` is left out however much it is: it was asked for.
    void start(quint64 seq, quint64 replayTo = 0);
    /// Got the state after event `seq`.
    void tookSnapshot(quint64 seq) { start(seq); }
    /// Got the event without asking here. Gives how many there were since the one before.
    quint64 took(quint64 seq);
    /// Was shown the event and did not want it.
    void passed(quint64 seq) { m_looked = seq; }

    struct Next
    {
        enum Kind { UpToDate, Event, Snapshot } kind = UpToDate;
        EventPtr event;
        quint64 skipped = 0; ///< events between the one before and this one
    };

    /// What comes next for one who wants the events that `wants` lets through; it counts as taken.
    template <class Wants>
    [[nodiscard]] Next next(const EventLog &log, Wants wants)
    {
        for (;;) {
            const EventPtr event = step(log);
            if (!event)
                return {m_lost ? Next::Snapshot : Next::UpToDate, {}, 0};
            if (wants(*event))
                return {Next::Event, event, took(event->seq)};
        }
    }

private:
    [[nodiscard]] EventPtr step(const EventLog &log);
    void thin(const EventLog &log);

    Limits m_limits;
    quint64 m_position = 0; ///< of the newest event taken
    quint64 m_looked = 0; ///< of the newest looked at; what follows is still to come
    quint64 m_replayTo = 0;
    bool m_lost = false;
    std::deque<EventPtr> m_kept; ///< what thinning left, up to m_looked
};

} // namespace stepwire
