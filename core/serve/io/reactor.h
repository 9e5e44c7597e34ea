#pragma once

#include "core/serve/io/connection.h"
#include "core/serve/io/timeouts.h"

#include <QObject>

#include <functional>
#include <map>
#include <unordered_map>

namespace stepwire::io {

/// Drives connections: reads what has come, and at the end of each turn of the event loop writes what was sent, one
/// write a connection. Lives on one thread, with everything that it drives, and must outlive its groups.
class Reactor : public QObject
{
public:
    struct Totals
    {
        quint64 bytesRead = 0;
        quint64 bytesWritten = 0;
        quint64 writes = 0; ///< calls of the system
    };

    Reactor();
    ~Reactor() override;

    /// Takes over a connected stream socket, makes it non-blocking, and begins to read it in the next turn.
    Connection &adopt(int descriptor, std::unique_ptr<Protocol> protocol, std::unique_ptr<Stream> stream = {});
    [[nodiscard]] Connection *find(quint64 id) const;
    [[nodiscard]] std::size_t connections() const { return m_connections.size(); }

    /// Calls `accepted` with each new descriptor of a listening socket, which stays the caller's. It is close-on-exec
    /// and non-blocking. When descriptors run out, accepting rests until one is free again.
    void listen(int descriptor, std::function<void(int)> accepted);
    void stopListening(int descriptor);

    /// Writes what was sent so far; comes by itself at the end of the turn.
    void flush();

    /// What waits for all connections together.
    [[nodiscard]] qint64 pendingBytes() const;
    [[nodiscard]] const Totals &totals() const { return m_totals; }

private:
    friend class Connection;
    friend class Group;
    class Listener;

    void markDirty(Connection &connection);
    void postFlush();
    void sendTo(Group &group, const QByteArray &bytes);
    /// Gives what the current group was sent to each of its members by itself.
    void settle();
    void writeGroup();
    void bury(Connection &connection);
    void endTurn();

    Poller m_poller;
    Timeouts m_deadlines; ///< of connections that are closing
    std::unordered_map<quint64, std::unique_ptr<Connection>> m_connections;
    std::vector<std::unique_ptr<Connection>> m_dead;
    std::vector<std::unique_ptr<Protocol>> m_formerProtocols;
    std::map<int, std::unique_ptr<Listener>> m_listeners;
    std::vector<Connection *> m_dirty; ///< those of them that die live until the turn ends
    Group *m_current = nullptr; ///< what it was sent this turn is in m_chunk
    QByteArray m_chunk;
    bool m_flushPosted = false;
    quint64 m_nextId = 1;
    std::vector<char> m_buffer; ///< of one read
    Totals m_totals;
};

} // namespace stepwire::io
