#include "core/remote/socketio/private.h"

#include <algorithm>

namespace stepwire::socketio::client {

using engineio::client::FailureKind;

Socket::Impl::Impl(Socket &socket, SocketOptions options) : m_socket(socket), m_options(std::move(options)) { }

void Socket::Impl::onOpen()
{
    if (std::exchange(m_asked, m_socket.m_manager.m_impl->m_generation) == m_socket.m_manager.m_impl->m_generation)
        return;
    m_receiveBuffer.clear();
    QCborMap auth = m_options.auth ? m_options.auth() : QCborMap();
    if (!m_pid.isNull()) {
        auth[QStringLiteral("pid")] = m_pid;
        if (!m_lastOffset.isNull())
            auth[QStringLiteral("offset")] = m_lastOffset;
    }
    Packet packet;
    packet.type = PacketType::Connect;
    packet.nsp = m_socket.m_nsp;
    packet.data = auth.isEmpty() ? QCborValue(QCborValue::Undefined) : QCborValue(auth);
    m_socket.m_manager.m_impl->send(packet);
}

void Socket::Impl::onError(const ConnectError &error)
{
    if (!m_socket.m_connected)
        Q_EMIT m_socket.connectError(error);
    else if (!m_socket.m_active) // an old server, which nobody will try again
        onClose(QStringLiteral("transport error"), error.message);
}

void Socket::Impl::onClose(const QString &reason, const QString &detail)
{
    m_socket.m_connected = false;
    m_socket.m_id = QString();
    const QPointer<Socket> alive(&m_socket);
    Q_EMIT m_socket.disconnected(reason, detail);
    if (alive)
        clearAcks();
}

void Socket::Impl::onPacket(const Packet &packet)
{
    switch (packet.type) {
    case PacketType::Connect: {
        const QCborMap data = packet.data.toMap();
        return onConnect(data.value(QLatin1String("sid")).toString(), data.value(QLatin1String("pid")).toString());
    }
    case PacketType::Event:
    case PacketType::BinaryEvent: return onEvent(packet);
    case PacketType::Ack:
    case PacketType::BinaryAck: return onAck(packet);
    case PacketType::Disconnect:
        if (!m_socket.m_connected)
            return;
        destroy();
        return onClose(QStringLiteral("io server disconnect"), {});
    case PacketType::ConnectError: {
        const QCborMap data = packet.data.toMap();
        ConnectError error;
        error.kind = FailureKind::Refused;
        error.message =
            packet.data.isString() ? packet.data.toString() : data.value(QLatin1String("message")).toString();
        error.data = data.value(QLatin1String("data"));
        destroy();
        Q_EMIT m_socket.connectError(error);
        return;
    }
    }
}

void Socket::Impl::onConnect(const QString &sid, const QString &pid)
{
    m_socket.m_id = sid;
    m_socket.m_recovered = !pid.isNull() && m_pid == pid;
    m_pid = pid;
    m_socket.m_connected = true;
    const QPointer<Socket> alive(&m_socket);
    for (const Packet &packet : std::exchange(m_receiveBuffer, {})) {
        dispatch(packet);
        if (!alive || !m_socket.m_connected)
            return;
    }
    for (const Packet &packet : std::exchange(m_sendBuffer, {}))
        m_socket.m_manager.m_impl->send(packet);
    drainQueue(true);
    if (m_socket.m_connected)
        Q_EMIT m_socket.connected();
}

void Socket::Impl::onEvent(const Packet &packet)
{
    if (m_socket.m_connected)
        dispatch(packet);
    else
        m_receiveBuffer.push_back(packet);
}

Ack Socket::Impl::makeAck(qint64 id)
{
    return [socket = QPointer<Socket>(&m_socket), sid = m_socket.m_id, id,
            sent = std::make_shared<bool>(false)](const QCborArray &arguments) {
        // After a reconnection without recovery the server knows nothing of it.
        if (!socket || std::exchange(*sent, true) || !socket->m_connected || socket->m_id != sid)
            return;
        Packet packet;
        packet.type = PacketType::Ack;
        packet.nsp = socket->m_nsp;
        packet.id = id;
        packet.data = arguments;
        socket->m_manager.m_impl->send(packet);
    };
}

void Socket::Impl::dispatch(const Packet &packet)
{
    QCborArray arguments = packet.data.toArray();
    const QCborValue name = arguments.takeFirst();
    const QString event = name.isString() ? name.toString() : name.toVariant().toString();
    const Ack ack = packet.id ? makeAck(*packet.id) : Ack();
    const QPointer<Socket> alive(&m_socket);
    // Handlers may add and remove handlers.
    if (!m_anyHandlers.empty()) {
        for (const AnyHandler &handler : std::vector(m_anyHandlers)) {
            handler(event, arguments, ack);
            if (!alive)
                return;
        }
    }
    if (const auto found = m_handlers.find(event); found != m_handlers.end()) {
        for (const Handler &handler : std::vector(found->second)) {
            handler(arguments, ack);
            if (!alive)
                return;
        }
    }
    if (!m_pid.isNull() && !arguments.isEmpty() && arguments.last().isString())
        m_lastOffset = arguments.last().toString();
}

void Socket::Impl::onAck(const Packet &packet)
{
    const auto found = m_acks.find(packet.id.value_or(-1));
    if (found == m_acks.end())
        return;
    const Answered answered = std::move(found->second.answered);
    m_acks.erase(found);
    answered(packet.data.toArray());
}

/// Those of events that went out: their answers will not come any more.
void Socket::Impl::clearAcks()
{
    std::vector<Answered> lost;
    for (auto it = m_acks.begin(); it != m_acks.end();) {
        const bool waits = std::any_of(m_sendBuffer.begin(), m_sendBuffer.end(),
                                       [&](const Packet &packet) { return packet.id == it->first; });
        if (waits) {
            ++it;
            continue;
        }
        lost.push_back(std::move(it->second.answered));
        it = m_acks.erase(it);
    }
    for (const Answered &answered : lost)
        answered(fail(QStringLiteral("socket has been disconnected")));
}

qint64 Socket::Impl::registerAck(Answered answered, int timeoutMs)
{
    const qint64 id = m_nextId++;
    WaitingAck &waiting = m_acks[id];
    waiting.answered = std::move(answered);
    if (timeoutMs <= 0)
        return id;
    waiting.timer = std::make_unique<QTimer>();
    waiting.timer->setSingleShot(true);
    QObject::connect(waiting.timer.get(), &QTimer::timeout, &m_socket, [this, id] {
        const auto found = m_acks.find(id);
        if (found == m_acks.end())
            return;
        WaitingAck late = std::move(found->second);
        m_acks.erase(found);
        late.timer.release()->deleteLater(); // it is what calls
        m_sendBuffer.erase(std::remove_if(m_sendBuffer.begin(), m_sendBuffer.end(),
                                          [id](const Packet &packet) { return packet.id == id; }),
                           m_sendBuffer.end());
        late.answered(fail(QStringLiteral("operation has timed out")));
    });
    waiting.timer->start(timeoutMs);
    return id;
}

void Socket::Impl::emit(const QString &event, const QCborArray &arguments, Delivery delivery, Answered answered,
                        int timeoutMs, bool fromQueue)
{
    if (isReservedEvent(event)) {
        const QString sentence = QStringLiteral("'%1' is a reserved event name").arg(event);
        if (answered)
            answered(fail(sentence));
        else
            qWarning("socket.io: %s", qUtf8Printable(sentence));
        return;
    }
    if (m_options.retries > 0 && !fromQueue && delivery == Delivery::Reliable)
        return addToQueue(event, arguments, std::move(answered), timeoutMs);
    Manager::Impl &manager = *m_socket.m_manager.m_impl;
    if (delivery == Delivery::Volatile && (!m_socket.m_connected || !manager.isConnectionWritable()))
        return;
    Packet packet;
    packet.type = PacketType::Event;
    packet.nsp = m_socket.m_nsp;
    QCborArray data = arguments;
    data.prepend(event);
    packet.data = data;
    if (answered)
        packet.id = registerAck(std::move(answered), timeoutMs > 0 ? timeoutMs : m_options.ackTimeout);
    if (m_socket.m_connected && !manager.hasPingExpired())
        manager.send(packet);
    else
        m_sendBuffer.push_back(std::move(packet));
}

void Socket::Impl::addToQueue(const QString &event, const QCborArray &arguments, Answered answered, int timeoutMs)
{
    Retried retried;
    retried.number = m_nextRetried++;
    retried.event = event;
    retried.arguments = arguments;
    retried.answered = std::move(answered);
    retried.timeoutMs = timeoutMs;
    m_retried.push_back(std::move(retried));
    drainQueue(false);
}

void Socket::Impl::drainQueue(bool force)
{
    if (!m_socket.m_connected || m_retried.empty())
        return;
    Retried &first = m_retried.front();
    if (first.pending && !force)
        return;
    first.pending = true;
    ++first.tries;
    auto answered = [this, number = first.number](const Result<QCborArray> &answer) {
        if (m_retried.empty() || m_retried.front().number != number)
            return; // an earlier try was acknowledged
        Retried &retried = m_retried.front();
        retried.pending = false;
        if (answer || retried.tries > m_options.retries) {
            const Answered done = std::move(retried.answered);
            m_retried.pop_front();
            const QPointer<Socket> alive(&m_socket);
            if (done)
                done(answer);
            if (!alive)
                return;
        }
        drainQueue(false);
    };
    emit(first.event, first.arguments, Delivery::Reliable, answered, first.timeoutMs, true);
}

void Socket::Impl::destroy()
{
    m_socket.m_active = false;
    m_asked = 0;
    m_socket.m_manager.m_impl->idle();
}

// ---- the face -----------------------------------------------------------------------------------------------------

Socket::Socket(Manager &manager, const QString &nsp, SocketOptions options)
    : m_manager(manager), m_nsp(nsp), m_impl(std::make_unique<Impl>(*this, std::move(options)))
{
}

Socket::~Socket() = default;

void Socket::open()
{
    if (m_connected)
        return;
    m_active = true;
    if (m_manager.m_state == State::Open)
        m_impl->onOpen();
    else if (!m_manager.m_reconnecting)
        m_manager.open();
}

void Socket::close()
{
    if (m_connected) {
        Packet packet;
        packet.type = PacketType::Disconnect;
        packet.nsp = m_nsp;
        packet.data = QCborValue(QCborValue::Undefined);
        m_manager.m_impl->send(packet);
    }
    if (!m_active)
        return;
    m_impl->destroy();
    if (m_connected)
        m_impl->onClose(QStringLiteral("io client disconnect"), {});
}

void Socket::on(const QString &event, Handler handler)
{
    m_impl->m_handlers[event].push_back(std::move(handler));
}

void Socket::onAny(AnyHandler handler)
{
    m_impl->m_anyHandlers.push_back(std::move(handler));
}

void Socket::off(const QString &event)
{
    m_impl->m_handlers.erase(event);
}

void Socket::emit(const QString &event, const QCborArray &arguments, Delivery delivery)
{
    m_impl->emit(event, arguments, delivery, {}, 0, false);
}

void Socket::emitWithAck(const QString &event, const QCborArray &arguments, Answered answered, int timeoutMs)
{
    m_impl->emit(event, arguments, Delivery::Reliable, std::move(answered), timeoutMs, false);
}

std::size_t Socket::bufferedEvents() const
{
    return m_impl->m_sendBuffer.size() + m_impl->m_retried.size();
}

} // namespace stepwire::socketio::client
