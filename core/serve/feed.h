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
    /// How the carrier reaches those who get everything.
    class Carrier
    {
    public:
        virtual ~Carrier() = default;
        [[nodiscard]] virtual std::size_t live() const = 0;
        /// `object` is the event as the protocol has it.
        virtual void broadcast(const QByteArray &object, const Event &event) = 0;
    };

    /// How one client is reached.
    class Outlet
    {
    public:
        virtual ~Outlet() = default;
        virtual void sendEvent(const QByteArray &object, const Event &event) = 0;
        virtual void sendSnapshot(const QByteArray &members, const Snapshot &state) = 0;
        /// Takes what `broadcast` sends from now on, or not any more.
        virtual void setLive(bool live) = 0;
        /// Takes more at the moment.
        [[nodiscard]] virtual bool ready() const = 0;
        [[nodiscard]] virtual qint64 pendingBytes() const = 0;
    };

    Feed(Hub &hub, EventTexts &texts, Carrier &carrier, LogReader::Limits limits = {});

    /// One client's place in the feed.
    class Reader
    {
    public:
        Reader(Feed &feed, Outlet &outlet);
        ~Reader();
        Reader(const Reader &) = delete;
        Reader &operator=(const Reader &) = delete;

        /// From now on it gets what it wants, beginning behind `wanted.seq` when that can be had (see
        /// Hub::canRecover), else with a snapshot.
        void subscribe(const native::Subscribe &wanted);
        /// What it gets besides is left as it is: no snapshot.
        void narrow(const native::Subscribe &wanted);
        /// Calls `then` when it has got what there is.
        void end(std::function<void()> then);

        /// To be told by the outlet: it takes no more; it has taken everything.
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
        void setFilter(const native::Subscribe &wanted);
        void setState(State state);

        Feed &m_feed;
        Outlet &m_outlet;
        State m_state = State::Idle;
        std::unique_ptr<native::Subscribe> m_filter; ///< null: everything
        LogReader m_place;
        std::function<void()> m_caughtUp;
    };

    /// How often a client was left out of something because it was behind.
    [[nodiscard]] quint64 thinned() const { return m_thinned; }
    /// And how often it needed a snapshot.
    [[nodiscard]] quint64 resyncs() const { return m_resyncs; }

private:
    void onEvent(const EventPtr &event);
    void pumpAll();

    Hub &m_hub;
    EventTexts &m_texts;
    Carrier &m_carrier;
    LogReader::Limits m_limits;
    quint64 m_liveSeq = 0; ///< the newest that those who keep up were sent
    std::set<Reader *> m_others; ///< Single and Behind
    std::set<Reader *> m_pumping; ///< to be given more in the next turn
    quint64 m_thinned = 0;
    quint64 m_resyncs = 0;
    Subscription m_subscription;
};

/// A carrier that writes to connections; see Feed.
class StreamCarrier final : public Feed::Carrier
{
public:
    /// How an event object and the members of a snapshot stand in the stream.
    struct Framing
    {
        QByteArray (*event)(const QByteArray &object, const Event &event);
        QByteArray (*snapshot)(const QByteArray &members, const Snapshot &state);
    };

    StreamCarrier(io::Reactor &reactor, Framing framing) : m_framing(framing), m_live(reactor) { }

    [[nodiscard]] std::size_t live() const override { return m_live.size(); }
    void broadcast(const QByteArray &object, const Event &event) override
    {
        m_live.send(m_framing.event(object, event));
    }

    class Outlet final : public Feed::Outlet
    {
    public:
        Outlet(StreamCarrier &carrier, io::Connection &connection) : m_carrier(carrier), m_connection(connection) { }

        void sendEvent(const QByteArray &object, const Event &event) override
        {
            m_connection.send(m_carrier.m_framing.event(object, event));
        }
        void sendSnapshot(const QByteArray &members, const Snapshot &state) override
        {
            m_connection.send(m_carrier.m_framing.snapshot(members, state));
        }
        void setLive(bool live) override
        {
            if (live)
                m_carrier.m_live.add(m_connection);
            else
                m_carrier.m_live.remove(m_connection);
        }
        [[nodiscard]] bool ready() const override { return !m_connection.stalled() && !m_connection.closing(); }
        [[nodiscard]] qint64 pendingBytes() const override { return m_connection.pendingBytes(); }

    private:
        StreamCarrier &m_carrier;
        io::Connection &m_connection;
    };

private:
    Framing m_framing;
    io::Group m_live;
};

} // namespace stepwire
