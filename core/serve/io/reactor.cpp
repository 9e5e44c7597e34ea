#include "core/serve/io/reactor.h"

#include <QTimer>

#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace stepwire::io {

static constexpr std::size_t readBytes = 64UL * 1024;
static constexpr qsizetype chunkBytes = 256L * 1024;
static constexpr int acceptsATurn = 64;
static constexpr int acceptRestMs = 1000;

/// Accepts on a socket that is not ours.
class Reactor::Listener final : private Poller::Handler
{
public:
    Listener(Reactor &reactor, int descriptor, std::function<void(int)> accepted)
        : m_reactor(reactor), m_descriptor(descriptor), m_accepted(std::move(accepted))
    {
        m_reactor.m_poller.add(descriptor, *this, true, false);
    }
    ~Listener() override { m_reactor.m_poller.remove(m_descriptor, *this); }

private:
    void ready(Poller::Readiness /*readiness*/) override
    {
        for (int i = 0; i < acceptsATurn; ++i) {
            const int descriptor = ::accept4(m_descriptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor >= 0) {
                m_accepted(descriptor);
                continue;
            }
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                m_reactor.m_poller.change(m_descriptor, *this, false, false);
                QTimer::singleShot(acceptRestMs, &m_reactor, [reactor = &m_reactor, descriptor = m_descriptor] {
                    const auto it = reactor->m_listeners.find(descriptor);
                    if (it != reactor->m_listeners.end())
                        reactor->m_poller.change(descriptor, *it->second, true, false);
                });
                return;
            }
            if (errno != EINTR && errno != ECONNABORTED)
                return;
        }
    }

    friend class Reactor;
    Reactor &m_reactor;
    int m_descriptor;
    std::function<void(int)> m_accepted;
};

Reactor::Reactor()
    : m_deadlines([this](quint64 id) {
          if (Connection *connection = find(id))
              connection->close();
      }),
      m_buffer(readBytes)
{
    m_poller.onTurnEnded([this] { endTurn(); });
}

Reactor::~Reactor()
{
    m_listeners.clear();
    m_current = nullptr;
    m_dirty.clear();
    m_connections.clear();
}

Connection &Reactor::adopt(int descriptor, std::unique_ptr<Protocol> protocol, std::unique_ptr<Stream> stream)
{
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    const quint64 id = m_nextId++;
    std::unique_ptr<Connection> connection(
        new Connection(*this, id, descriptor, std::move(stream), std::move(protocol)));
    return *m_connections.emplace(id, std::move(connection)).first->second;
}

Connection *Reactor::find(quint64 id) const
{
    const auto it = m_connections.find(id);
    return it == m_connections.end() ? nullptr : it->second.get();
}

void Reactor::listen(int descriptor, std::function<void(int)> accepted)
{
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    m_listeners[descriptor] = std::make_unique<Listener>(*this, descriptor, std::move(accepted));
}

void Reactor::stopListening(int descriptor)
{
    m_listeners.erase(descriptor);
}

void Reactor::markDirty(Connection &connection)
{
    if (std::exchange(connection.m_dirty, true))
        return;
    m_dirty.push_back(&connection);
    postFlush();
}

void Reactor::postFlush()
{
    // The poller ends its turn itself.
    if (m_poller.dispatching() || std::exchange(m_flushPosted, true))
        return;
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_flushPosted = false;
            endTurn();
        },
        Qt::QueuedConnection);
}

void Reactor::sendTo(Group &group, const QByteArray &bytes)
{
    if (group.m_members.empty() || bytes.isEmpty())
        return;
    if (m_current != &group || m_chunk.size() > chunkBytes)
        settle();
    if (!m_current) {
        m_current = &group;
        m_chunk = bytes;
        return postFlush();
    }
    m_chunk.append(bytes);
}

void Reactor::settle()
{
    if (!m_current)
        return;
    for (Connection *member : m_current->m_members) {
        member->m_pendingBytes += m_chunk.size();
        member->m_output.append(m_chunk);
        markDirty(*member);
    }
    m_current = nullptr;
    m_chunk = QByteArray();
}

void Reactor::writeGroup()
{
    if (!m_current)
        return;
    std::vector<std::pair<Connection *, WriteResult>> troubled; // told when all have theirs
    for (Connection *member : m_current->m_members) {
        if (!member->m_output.isEmpty() || member->m_stream) {
            member->m_pendingBytes += m_chunk.size();
            member->m_output.append(m_chunk);
            markDirty(*member);
            continue;
        }
        const WriteResult result = member->writeDirect(m_chunk);
        if (result != WriteResult::Done)
            troubled.emplace_back(member, result);
    }
    m_current = nullptr;
    m_chunk = QByteArray();
    for (const auto &[connection, result] : troubled) {
        if (connection->m_dead)
            continue;
        if (result == WriteResult::Broken)
            connection->lose();
        else
            connection->stall();
    }
}

qint64 Reactor::pendingBytes() const
{
    qint64 bytes = 0;
    for (const auto &[id, connection] : m_connections)
        bytes += connection->pendingBytes();
    return bytes;
}

void Reactor::flush()
{
    writeGroup();
    // What is sent by those that are told of a stall or an end waits for the next turn.
    for (Connection *connection : std::exchange(m_dirty, {}))
        connection->flush();
}

void Reactor::endTurn()
{
    flush();
    m_dead.clear();
    m_formerProtocols.clear();
}

void Reactor::bury(Connection &connection)
{
    m_deadlines.clear(connection.m_id);
    std::erase(m_dirty, &connection);
    auto node = m_connections.extract(connection.m_id);
    m_dead.push_back(std::move(node.mapped()));
    postFlush();
}

} // namespace stepwire::io
