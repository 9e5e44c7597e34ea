#include "core/serve/socketio/client.h"

namespace stepwire::socketio {

Socket::Socket(Namespace &nsp, Client &client, QJsonObject auth)
    : m_nsp(nsp), m_client(&client), m_handshake(client.session().sharedHandshake()), m_auth(std::move(auth))
{
}

Socket::~Socket() = default;

Server &Socket::server() const
{
    return m_nsp.server();
}

engineio::Transport Socket::transport() const
{
    return m_client ? m_client->session().transport() : engineio::Transport::Polling;
}

void Socket::on(const QString &event, Handler handler)
{
    m_handlers.emplace(event, std::move(handler));
}

void Socket::onAny(std::function<void(const QString &, const QCborArray &, const Ack &)> handler)
{
    m_onAny = std::move(handler);
}

void Socket::send(const engineio::Outgoing &packet, Delivery delivery)
{
    if (m_state == State::Connected)
        m_client->send(packet, delivery);
}

void Socket::emit(const QString &event, const QCborArray &arguments, Delivery delivery)
{
    if (m_state == State::Connected)
        send(m_nsp.prepare(event, arguments, delivery, {m_id}, {}), delivery);
}

void Socket::emitJson(const QString &event, QByteArrayView jsonArguments, const QString &offset, Delivery delivery)
{
    if (m_state == State::Connected)
        send(m_nsp.prepareJson(event, jsonArguments, offset, delivery, {m_id}, {}), delivery);
}

void Socket::emitWithAck(const QString &event, const QCborArray &arguments, Answered answered, int timeoutMs)
{
    Q_ASSERT(!isReservedEvent(event));
    if (m_state != State::Connected) {
        answered({});
        return;
    }
    const qint64 id = m_nextAck++;
    WaitingAck &waiting = m_acks[id];
    waiting.answered = std::move(answered);
    if (timeoutMs > 0) {
        waiting.timer = server().after(timeoutMs, [this, id] {
            const Answered late = std::move(m_acks[id].answered);
            m_acks.erase(id);
            late({});
        });
    }
    QCborArray whole = arguments;
    whole.prepend(event);
    send(outgoing(encode({PacketType::Event, m_nsp.name(), id, whole})));
}

Ack Socket::makeAck(std::optional<qint64> id)
{
    if (!id)
        return {};
    return [weak = weak_from_this(), id = *id, sent = std::make_shared<bool>(false)](const QCborArray &arguments) {
        const auto socket = weak.lock();
        if (!socket || !socket->connected() || std::exchange(*sent, true))
            return;
        socket->send(outgoing(encode({PacketType::Ack, socket->m_nsp.name(), id, arguments})));
    };
}

void Socket::received(const Packet &packet)
{
    switch (packet.type) {
    case PacketType::Event: {
        QCborArray arguments = packet.data.toArray();
        const QCborValue name = arguments.takeFirst();
        dispatch(name.isString() ? name.toString() : name.toVariant().toString(), arguments, makeAck(packet.id));
        return;
    }
    case PacketType::Ack: {
        const auto it = m_acks.find(*packet.id);
        if (it == m_acks.end())
            return; // too late, or never asked for
        const WaitingAck waiting = std::move(it->second);
        m_acks.erase(it);
        server().cancel(waiting.timer);
        waiting.answered(packet.data.toArray());
        return;
    }
    case PacketType::Disconnect:
        m_client->remove(m_nsp.name(), false);
        gone(QStringLiteral("client namespace disconnect"), false);
        return;
    default: return;
    }
}

void Socket::dispatch(const QString &event, const QCborArray &arguments, const Ack &ack)
{
    // Handlers may add handlers, and end the socket.
    const auto handlersOf = [&event](const auto &table) {
        const auto [begin, end] = table.equal_range(event);
        using Function = std::decay_t<decltype(begin->second)>;
        std::vector<Function> found;
        for (auto it = begin; it != end; ++it)
            found.push_back(it->second);
        return found;
    };
    if (const auto any = m_onAny)
        any(event, arguments, ack);
    for (const Handler &handler : handlersOf(m_handlers)) {
        if (m_state == State::Connected)
            handler(arguments, ack);
    }
    if (m_state != State::Connected)
        return;
    const auto reception = m_nsp.m_reception;
    for (const auto &handler : handlersOf(reception->handlers)) {
        if (m_state == State::Connected)
            handler(*this, arguments, ack);
    }
}

bool Socket::join(const QString &room)
{
    if (m_state != State::Connected)
        return false;
    if (room == m_id || m_rooms.contains(room))
        return true;
    if (m_rooms.size() >= server().m_options.mostRooms)
        return false;
    m_rooms.emplace(room, m_nsp.m_store ? m_nsp.m_store->position() : 0);
    m_nsp.joinRoom(*this, room);
    return true;
}

void Socket::leave(const QString &room)
{
    if (m_rooms.erase(room) > 0)
        m_nsp.leaveRoom(*this, room);
}

std::vector<QString> Socket::rooms() const
{
    std::vector<QString> names{m_id};
    for (const auto &[name, since] : m_rooms)
        names.push_back(name);
    return names;
}

Broadcast Socket::to(const QString &room)
{
    Broadcast broadcast(m_nsp);
    broadcast.to(room).except(m_id);
    return broadcast;
}

Broadcast Socket::broadcast()
{
    Broadcast broadcast(m_nsp);
    broadcast.except(m_id);
    return broadcast;
}

void Socket::disconnect(bool close)
{
    if (m_state != State::Connected)
        return;
    if (close) {
        m_client->disconnect();
        return;
    }
    const std::shared_ptr<Socket> self = shared_from_this();
    send(outgoing(encode({PacketType::Disconnect, m_nsp.name(), {}, {}})));
    m_client->remove(m_nsp.name(), true);
    gone(QStringLiteral("server namespace disconnect"), false);
}

void Socket::gone(const QString &reason, bool recoverable)
{
    const State before = std::exchange(m_state, State::Gone);
    if (before == State::Pending)
        m_nsp.removePending();
    if (before != State::Connected) {
        m_client = nullptr;
        return;
    }
    m_nsp.removeConnected(*this, recoverable);
    m_client = nullptr;
    for (auto &[id, waiting] : std::exchange(m_acks, {})) {
        server().cancel(waiting.timer);
        waiting.answered({});
    }
    if (const auto handler = std::move(m_onDisconnect))
        handler(reason);
    m_handlers.clear();
    m_onAny = {};
    m_onDisconnect = {};
    m_onStalled = {};
    m_onDrained = {};
}

qint64 Socket::bufferedBytes() const
{
    return m_client ? m_client->session().bufferedBytes() : 0;
}

bool Socket::stalled() const
{
    return m_client && m_client->session().stalled();
}

} // namespace stepwire::socketio
