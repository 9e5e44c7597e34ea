#include "core/serve/socketio/client.h"
#include "core/serve/socketio/random_id.h"
#include "core/serve/socketio/room.h"

#include <QCborMap>

#include <algorithm>

namespace stepwire::socketio {

Namespace::Namespace(Server &server, QString name, std::shared_ptr<Reception> reception, bool isChild)
    : m_server(server),
      m_name(std::move(name)),
      m_reception(std::move(reception)),
      m_isChild(isChild),
      m_everybody(std::make_unique<Room>(server.m_reactor))
{
    const Server::Options &options = server.m_options;
    if (!options.recovery)
        return;
    // A client may have lost what was sent long before its end was noticed.
    const std::chrono::milliseconds age{options.recovery->maxDisconnectionMs + options.engine.pingIntervalMs
                                        + options.engine.pingTimeoutMs};
    m_store = std::make_unique<MemoryRecovery>(MemoryRecovery::Options{options.recovery->logBytes, age});
}

Namespace::~Namespace()
{
    for (const auto &[pid, kept] : m_lost)
        m_server.cancel(kept.timer);
}

void Namespace::setRecoveryStore(std::unique_ptr<RecoveryStore> store)
{
    Q_ASSERT(m_sockets.empty());
    m_store = std::move(store);
}

void Namespace::use(Reception::Middleware middleware)
{
    m_reception->middlewares.push_back(std::move(middleware));
}

void Namespace::onConnection(std::function<void(Socket &)> handler)
{
    m_reception->connected = std::move(handler);
}

void Namespace::on(const QString &event, Reception::EventHandler handler)
{
    m_reception->handlers.emplace(event, std::move(handler));
}

std::shared_ptr<Socket> Namespace::find(const QString &id) const
{
    const auto it = m_sockets.find(id);
    return it == m_sockets.end() ? nullptr : it->second;
}

// ---- coming -------------------------------------------------------------------------------------------------------

static Server::Recovery recoveryOf(const Server::Options &options)
{
    return options.recovery.value_or(Server::Recovery{});
}

void Namespace::connect(Client &client, const QJsonObject &auth)
{
    const std::shared_ptr<Socket> socket(new Socket(*this, client, auth));
    ++m_pending;
    client.add(m_name, socket);
    if (m_store && recoveryOf(m_server.m_options).skipMiddlewares && recover(*socket))
        admit(socket);
    else
        runMiddleware(socket, 0);
}

void Namespace::runMiddleware(const std::shared_ptr<Socket> &socket, std::size_t index)
{
    if (index == m_reception->middlewares.size()) {
        if (m_store && !recoveryOf(m_server.m_options).skipMiddlewares)
            (void)recover(*socket); // as late as this: nothing may be emitted in between
        admit(socket);
        return;
    }
    const Reception::Middleware middleware = m_reception->middlewares[index];
    const auto called = std::make_shared<bool>(false);
    middleware(*socket, [this, weak = std::weak_ptr(socket), index, called](std::optional<ConnectError> error) {
        const std::shared_ptr<Socket> waiting = weak.lock();
        if (!waiting || waiting->m_state != Socket::State::Pending || std::exchange(*called, true))
            return;
        if (error)
            refuse(*waiting, *error);
        else
            runMiddleware(waiting, index + 1);
    });
}

void Namespace::refuse(Socket &socket, const ConnectError &error)
{
    QCborMap data{{QStringLiteral("message"), error.message}};
    if (!error.data.isUndefined())
        data.insert(QStringLiteral("data"), error.data);
    Client &client = *socket.m_client;
    client.send(outgoing(socketio::encode({PacketType::ConnectError, m_name, {}, data})), Delivery::Reliable);
    client.remove(m_name, false);
    socket.gone({}, false);
}

void Namespace::admit(const std::shared_ptr<Socket> &socket)
{
    --m_pending;
    socket->m_state = Socket::State::Connected;
    if (!socket->m_recovered) {
        socket->m_id = QString::fromLatin1(randomId());
        if (m_store) {
            socket->m_pid = QString::fromLatin1(randomId());
            socket->m_since = m_store->position();
        }
    }
    QCborMap data{{QStringLiteral("sid"), socket->m_id}};
    if (m_store)
        data.insert(QStringLiteral("pid"), socket->m_pid);
    Client &client = *socket->m_client;
    client.send(outgoing(socketio::encode({PacketType::Connect, m_name, {}, data})), Delivery::Reliable);
    client.admitted();

    m_sockets.emplace(socket->m_id, socket);
    if (m_store)
        m_byPid.emplace(socket->m_pid, socket.get());
    add(*m_everybody, *socket);
    for (const LostSession::Membership &membership : std::exchange(socket->m_formerRooms, {})) {
        if (socket->m_rooms.emplace(membership.room, membership.since).second)
            joinRoom(*socket, membership.room);
    }
    if (const auto connected = m_reception->connected)
        connected(*socket);
}

// ---- coming back ----------------------------------------------------------------------------------------------------

/// Of those that randomId makes; a store may recover one that is not remembered.
static bool isPlausible(const QString &pid)
{
    return pid.size() >= 20 && pid.size() <= 64 && std::all_of(pid.begin(), pid.end(), [](QChar c) {
               return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'_'
                   || c == u'-';
           });
}

bool Namespace::recover(Socket &socket)
{
    const QString pid = socket.m_auth.value(QLatin1String("pid")).toString();
    const QJsonValue offset = socket.m_auth.value(QLatin1String("offset"));
    if (!isPlausible(pid) || !(offset.isString() || offset.isUndefined()))
        return false;
    // It is back before its end was noticed: its network has changed.
    if (const auto it = m_byPid.find(pid); it != m_byPid.end())
        it->second->m_client->session().close(engineio::CloseReason::TransportClose);

    LostSession session;
    if (const auto it = m_lost.find(pid); it != m_lost.end())
        session = it->second.session;
    else
        session.pid = pid;
    const auto missed = m_store->replay(session, offset.isString() ? offset.toString() : QString());
    if (!missed || m_sockets.contains(session.sid)) {
        if (session.known)
            forget(pid); // whatever it comes with the next time, its answer is another socket now
        return false;
    }
    socket.m_recovered = true;
    socket.m_id = session.sid.isEmpty() ? QString::fromLatin1(randomId()) : session.sid;
    socket.m_pid = pid;
    socket.m_since = session.since;
    socket.m_formerRooms = std::move(session.rooms);
    socket.data = std::move(session.data);
    for (const engineio::Outgoing &packet : *missed)
        socket.m_client->send(packet, Delivery::Reliable);
    if (session.known)
        forget(pid);
    return true;
}

void Namespace::keep(LostSession session)
{
    const Server::Recovery options = recoveryOf(m_server.m_options);
    if (m_lost.size() >= options.mostSessions)
        return;
    const QString pid = session.pid;
    const quint64 timer = m_server.after(options.maxDisconnectionMs, [this, pid] {
        m_lost.erase(pid);
        cleanUp();
    });
    m_lost.insert_or_assign(pid, Kept{std::move(session), timer});
}

void Namespace::forget(const QString &pid)
{
    const auto it = m_lost.find(pid);
    if (it == m_lost.end())
        return;
    m_server.cancel(it->second.timer);
    m_lost.erase(it);
}

// ---- going ----------------------------------------------------------------------------------------------------------

void Namespace::removePending()
{
    --m_pending;
    cleanUp();
}

void Namespace::removeConnected(Socket &socket, bool recoverable)
{
    remove(*m_everybody, socket);
    for (const auto &[room, since] : socket.m_rooms)
        leaveRoom(socket, room);
    if (m_store) {
        m_byPid.erase(socket.m_pid);
        if (recoverable) {
            LostSession session;
            session.known = true;
            session.pid = socket.m_pid;
            session.sid = socket.m_id;
            session.since = socket.m_since;
            for (const auto &[room, since] : socket.m_rooms)
                session.rooms.push_back({room, since});
            session.data = socket.data;
            keep(std::move(session));
        }
    }
    m_sockets.erase(socket.m_id);
    cleanUp();
}

void Namespace::cleanUp()
{
    if (isDeserted() && m_isChild && m_server.m_options.cleanupEmptyChildNamespaces)
        m_server.removeLater(*this);
}

} // namespace stepwire::socketio
