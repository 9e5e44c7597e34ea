#pragma once

#include "core/hub/hub.h"
#include "core/serve/event_texts.h"
#include "core/serve/io/reactor.h"
#include "core/serve/log_reader.h"
#include "core/wire/native/rpc.h"

#include <QObject>

#include <set>

namespace stepwire {

/// The hub's events for all clients of one carrier: each event is written once, and what those who keep up and want
/// everything get is one piece of memory. Others are given what they want one by one, and those that are behind what
/// they missed when they can take it. Lives on the hub's thread.
class Feed : public QObject
{
public:
    /// How the carrier writes in its stream an event object and the members of a snapshot.
    struct Framing
    {
        QByteArray (*event)(const QByteArray &object, const Event &event);
        QByteArray (*snapshot)(const QByteArray &members, const Snapshot &state);
    };

    Feed(Hub &hub, EventTexts &texts, io::Reactor &reactor, Framing framing, LogReader::Limits limits = {});

    /// One client's place in the feed.
    class Reader
    {
    public:
        Reader(Feed &feed, io::Connection &connection);
        ~Reader();
        Reader(const Reader &) = delete;
        Reader &operator=(const Reader &) = delete;

        /// From now on it gets what it wants, beginning behind `wanted.seq` when that can be had (see
        /// Hub::canRecover), else with a snapshot.
        void subscribe(const native::Subscribe &wanted);

        /// Calls `then` when it has got what there is.
        void end(std::function<void()> then);

        /// To be told by the connection's protocol.
        void stalled();
        void drained();

        [[nodiscard]] bool subscribed() const { return m_state != State::Idle; }

    private:
        friend class Feed;
        enum class State {
            Idle, ///< wants nothing
            Live, ///< gets everything with the others
            Single, ///< has filters and keeps up
            Behind
        };

        void offer(const EventPtr &event);
        void pump();
        void postPump();
        void sendSnapshot();
        void setState(State state);

        Feed &m_feed;
        io::Connection &m_connection;
        State m_state = State::Idle;
        std::function<void()> m_caughtUp;
        std::unique_ptr<native::Subscribe> m_filter; ///< null: everything
        LogReader m_place;
    };

    /// Clients that get events.
    [[nodiscard]] std::size_t readers() const { return m_live.size() + m_others.size(); }
    /// How often a client was left out of something because it was behind.
    [[nodiscard]] quint64 thinned() const { return m_thinned; }
    [[nodiscard]] quint64 resyncs() const { return m_resyncs; }

private:
    void onEvent(const EventPtr &event);

    Hub &m_hub;
    EventTexts &m_texts;
    Framing m_framing;
    LogReader::Limits m_limits;
    io::Group m_live;
    quint64 m_liveSeq = 0; ///< the newest that those who keep up were sent
    std::set<Reader *> m_others; ///< Single and Behind
    std::unordered_map<quint64, Reader *> m_pumping; ///< by connection
    quint64 m_thinned = 0;
    quint64 m_resyncs = 0;
    Subscription m_subscription;
};

} // namespace stepwire
