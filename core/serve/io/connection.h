#pragma once

#include "core/serve/io/poller.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QByteArrayView>
#include <QString>

#include <memory>
#include <vector>

namespace stepwire::io {

class Connection;
class Group;
class Reactor;

enum class WriteResult { Done, Full, Broken };

/// How bytes go through a connected, non-blocking descriptor: plainly, or encrypted.
class Stream
{
public:
    struct Read
    {
        enum Kind { Data, Again, End, Broken } kind = Again;
        qsizetype bytes = 0;
    };

    virtual ~Stream() = default;
    [[nodiscard]] virtual Read read(char *buffer, qsizetype size) = 0;
    /// Sends as much of `pending` as can go without waiting and removes what was sent; `offset` is how much of the
    /// first piece went before.
    [[nodiscard]] virtual WriteResult write(QByteArrayList &pending, qsizetype &offset) = 0;
    /// Reading waits for the descriptor to be writable (a handshake of TLS does).
    [[nodiscard]] virtual bool readNeedsWritable() const { return false; }
    /// Bytes were taken from the descriptor that `read` has not given yet.
    [[nodiscard]] virtual bool buffered() const { return false; }
    /// Says the end to the peer, where the encryption knows one, before the descriptor is shut.
    virtual void end() { }
};

/// What the bytes of a connection mean. Belongs to its connection; every call on the reactor's thread.
class Protocol
{
public:
    virtual ~Protocol() = default;
    /// `bytes` is all that has come and was not taken before. Gives how many of them are done with; the others are
    /// shown again, with more behind them, when more has come: the protocol caps how much it lets wait. May send,
    /// close, and give the connection another protocol, which is shown the rest.
    [[nodiscard]] virtual qsizetype received(Connection &connection, QByteArrayView bytes) = 0;
    /// The peer takes no more for now: the connection has left its groups, and what is sent from now on waits here.
    /// Told once, until `drained`.
    virtual void stalled(Connection & /*connection*/) { }
    /// All that waited was taken.
    virtual void drained(Connection & /*connection*/) { }
    /// The connection has gone, by the peer, an error or our `close`: the last call. No reason to close it.
    virtual void closed(Connection & /*connection*/) { }
};

/// A connected stream socket of one client. What is sent in one turn of the event loop goes out in one write at its
/// end, straight to the descriptor; only what the descriptor does not take waits here. Made by Reactor::adopt and valid
/// until its protocol's `closed`; keep the id where it must be found later.
class Connection final : private Poller::Handler
{
public:
    ~Connection() override;

    [[nodiscard]] quint64 id() const { return m_id; }
    [[nodiscard]] Reactor &reactor() const { return m_reactor; }
    [[nodiscard]] int descriptor() const { return m_descriptor; }
    [[nodiscard]] bool secure() const { return m_stream != nullptr; }

    /// `bytes` may be shared with other connections: nothing is copied.
    void send(QByteArray bytes);
    /// What was sent and not taken by the descriptor yet.
    [[nodiscard]] qint64 pendingBytes() const { return m_pendingBytes; }
    /// The descriptor took no more the last time.
    [[nodiscard]] bool stalled() const { return m_full; }

    /// No more is read while false: the peer is made to wait. Its going is still noticed when it breaks.
    void setReading(bool reading);
    /// Shows the protocol again what it has not taken, without anything new: after it refused to take more.
    void readAgain();

    /// At once; what waits is lost. `closed` comes before this returns, deletion later.
    void close();
    /// Forgets what waits but for a piece of which some was sent.
    void dropPending();
    /// When all that waits was taken, or after `deadlineMs`. Nothing is read any more.
    void closeWhenSent(int deadlineMs = 5000);
    [[nodiscard]] bool closing() const { return m_closing || m_dead; }

    /// Counts this connection in, and out when it goes.
    void countIn(std::shared_ptr<std::size_t> counter);

    /// From within `received` or at any other time; the former one lives until the turn ends.
    void setProtocol(std::unique_ptr<Protocol> protocol);
    [[nodiscard]] Protocol &protocol() const { return *m_protocol; }

private:
    friend class Reactor;
    friend class Group;

    Connection(Reactor &reactor, quint64 id, int descriptor, std::unique_ptr<Stream> stream,
               std::unique_ptr<Protocol> protocol);
    void ready(Poller::Readiness readiness) override;
    void read();
    void discard();
    void show(QByteArrayView fresh);
    void postRead();
    void flush();
    [[nodiscard]] WriteResult write();
    /// Without a place in the list of what waits: only when nothing waits.
    [[nodiscard]] WriteResult writeDirect(const QByteArray &bytes);
    void stall();
    void lose();
    void watch();
    void leaveGroups();

    struct Membership
    {
        Group *group;
        std::size_t index;
    };

    Reactor &m_reactor;
    quint64 m_id;
    int m_descriptor;
    bool m_reading = true;
    bool m_full = false;
    bool m_stallTold = false; ///< and not yet that it is over
    bool m_dirty = false; ///< to be flushed at the end of the turn
    bool m_closing = false; ///< when what waits is sent
    bool m_ending = false; ///< all was sent and the end was said: the peer's is awaited
    bool m_lost = false; ///< writing has failed; there may be something to read
    bool m_dead = false;
    bool m_hungUp = false; ///< gone while we did not read; what it sent before can still be read
    bool m_readPosted = false;
    bool m_watchingRead = true;
    bool m_watchingWrite = false;
    std::unique_ptr<Stream> m_stream; ///< null: plain
    std::unique_ptr<Protocol> m_protocol;
    QByteArray m_input; ///< what the protocol has not taken
    QByteArrayList m_output;
    qsizetype m_outputOffset = 0;
    qint64 m_pendingBytes = 0;
    std::vector<Membership> m_groups;
    std::shared_ptr<std::size_t> m_counter;
};

/// Connections that are sent the same bytes: those of one turn are put together once and written once to each member.
/// Order is kept between what a group and what a single connection is sent.
class Group
{
public:
    explicit Group(Reactor &reactor) : m_reactor(reactor) { }
    Group(const Group &) = delete;
    Group &operator=(const Group &) = delete;
    ~Group();

    /// One that is stalled or closing must not be added; one that stalls is taken out.
    void add(Connection &connection);
    void remove(Connection &connection);
    [[nodiscard]] bool contains(const Connection &connection) const;
    [[nodiscard]] std::size_t size() const { return m_members.size(); }

    void send(const QByteArray &bytes);

private:
    friend class Reactor;
    friend class Connection;

    Reactor &m_reactor;
    std::vector<Connection *> m_members;
};

} // namespace stepwire::io
