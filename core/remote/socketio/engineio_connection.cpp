#include "core/remote/socketio/engineio_connection.h"

#include "core/remote/socketio/polling_transport.h"
#include "core/remote/socketio/websocket_transport.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPointer>

#include <algorithm>
#include <ctime>

namespace stepwire::engineio::client {

static constexpr int patienceMs = 5000; ///< for what waits to be sent when it is released

std::chrono::milliseconds sinceBoot()
{
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::milliseconds(qint64(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000);
}

Connection::Connection(Options options, QObject *parent)
    : QObject(parent), m_options(std::move(options)), m_pingTimer(this)
{
    m_pingTimer.setSingleShot(true);
    connect(&m_pingTimer, &QTimer::timeout, this, [this] {
        end(QStringLiteral("ping timeout"),
            QStringLiteral("%1 was silent for %2 ms").arg(serverName(m_options.endpoint.url)).arg(m_patience.count()));
    });
}

Transport *Connection::make(TransportKind kind)
{
    // They outlive the connection while they close.
    if (kind == TransportKind::Polling)
        return new PollingTransport(m_options.endpoint, parent());
    return new WebSocketTransport(m_options.endpoint, parent());
}

void Connection::open()
{
    m_untried = m_options.transports;
    const auto socket = std::find(m_untried.begin(), m_untried.end(), TransportKind::WebSocket);
    if (m_options.beginWithWebSocket && socket != m_untried.end())
        std::rotate(m_untried.begin(), socket, socket + 1);
    if (m_untried.empty()) {
        m_phase = Phase::Closed;
        Q_EMIT failed({FailureKind::Protocol, QStringLiteral("no transport is allowed")});
        return;
    }
    const TransportKind first = m_untried.front();
    m_untried.erase(m_untried.begin());
    begin(first);
}

void Connection::begin(TransportKind kind)
{
    use(make(kind), kind);
    m_transport->open();
}

void Connection::use(Transport *transport, TransportKind kind)
{
    if (m_transport) {
        m_transport->disconnect(this);
        m_transport->release();
    }
    m_transport = transport;
    m_kind = kind;
    connect(transport, &Transport::received, this, &Connection::onPacket);
    connect(transport, &Transport::failed, this, &Connection::onFailed);
    connect(transport, &Transport::closed, this,
            [this](const QString &detail) { end(QStringLiteral("transport close"), detail); });
    connect(transport, &Transport::writable, this, [this] {
        flush();
        if (m_queue.empty() && m_phase == Phase::Open)
            Q_EMIT drained();
        checkReleased();
    });
}

qint64 Connection::bufferedBytes() const
{
    return m_queuedBytes + (m_transport ? m_transport->bufferedBytes() : 0);
}

void Connection::send(Packet packet)
{
    if (m_phase != Phase::Open)
        return;
    m_queuedBytes += packet.data.size();
    m_queue.push_back(std::move(packet));
    flush();
}

void Connection::flush()
{
    if (m_upgrading || m_queue.empty() || (m_phase != Phase::Open && m_phase != Phase::Closing)
        || !m_transport->isWritable())
        return;
    m_transport->send(m_queue, m_maxPayload);
    m_queuedBytes = 0;
    for (const Packet &packet : m_queue)
        m_queuedBytes += packet.data.size();
}

void Connection::onPacket(const Packet &packet)
{
    if (m_phase == Phase::Opening) {
        if (packet.type == PacketType::Open)
            onHandshake(packet.data);
        else
            onFailed({FailureKind::Protocol,
                      QStringLiteral("%1 does not begin with a handshake of Engine.IO")
                          .arg(serverName(m_options.endpoint.url))});
        return;
    }
    switch (packet.type) {
    case PacketType::Ping:
        if (m_phase == Phase::Open) {
            expectPing();
            send({PacketType::Pong, {}, false});
            Q_EMIT ping();
        }
        return;
    case PacketType::Message:
        if (m_phase != Phase::Open)
            return;
        if (packet.binary)
            Q_EMIT binaryReceived(packet.data);
        else
            Q_EMIT textReceived(packet.data);
        return;
    case PacketType::Close: return end(QStringLiteral("transport close"), QStringLiteral("closed by the server"));
    case PacketType::Open:
    case PacketType::Pong:
    case PacketType::Upgrade:
    case PacketType::Noop: return;
    }
}

void Connection::onHandshake(const QByteArray &data)
{
    const QJsonObject object = QJsonDocument::fromJson(data).object();
    const QString sid = object.value(QStringLiteral("sid")).toString();
    const double interval = object.value(QStringLiteral("pingInterval")).toDouble();
    const double timeout = object.value(QStringLiteral("pingTimeout")).toDouble();
    constexpr double mostMs = 1'000'000'000;
    if (sid.isEmpty() || interval <= 0 || timeout <= 0 || interval + timeout > mostMs)
        return onFailed({FailureKind::Protocol,
                         QStringLiteral("%1 sends a handshake that is none of Engine.IO 4")
                             .arg(serverName(m_options.endpoint.url))});
    m_sid = sid.toUtf8();
    m_options.endpoint.sid = m_sid;
    m_transport->setSid(m_sid);
    m_maxPayload = static_cast<qsizetype>(std::clamp(object.value(QStringLiteral("maxPayload")).toDouble(), 0.0, 1e12));
    m_patience = std::chrono::milliseconds(static_cast<qint64>(interval + timeout));
    expectPing();
    m_phase = Phase::Open;
    const QPointer<Connection> alive(this);
    Q_EMIT opened();
    if (!alive || m_phase != Phase::Open)
        return;
    const auto allowed = [this](TransportKind kind) {
        return std::find(m_options.transports.begin(), m_options.transports.end(), kind) != m_options.transports.end();
    };
    if (m_options.upgrade && m_kind == TransportKind::Polling && allowed(TransportKind::WebSocket)
        && object.value(QStringLiteral("upgrades")).toArray().contains(QStringLiteral("websocket")))
        probe();
}

void Connection::expectPing()
{
    m_pingDue = sinceBoot() + m_patience;
    m_pingTimer.start(m_patience);
}

bool Connection::hasPingExpired()
{
    if (m_phase != Phase::Open || sinceBoot() <= m_pingDue)
        return false;
    m_pingTimer.start(0);
    return true;
}

// ---- the way to the other transport -------------------------------------------------------------------------------

void Connection::probe()
{
    m_probe = make(TransportKind::WebSocket);
    connect(m_probe, &Transport::opened, this, [this] {
        std::deque<Packet> question = {{PacketType::Ping, "probe", false}};
        m_probe->send(question, 0);
    });
    connect(m_probe, &Transport::received, this, &Connection::onProbePacket);
    connect(m_probe, &Transport::failed, this, &Connection::endProbe);
    connect(m_probe, &Transport::closed, this, &Connection::endProbe);
    m_probe->open();
}

void Connection::onProbePacket(const Packet &packet)
{
    if (m_upgrading)
        return;
    if (packet.type != PacketType::Pong || packet.data != "probe")
        return endProbe();
    m_upgrading = true;
    connect(m_transport, &Transport::paused, this, &Connection::finishUpgrade);
    m_transport->pause();
}

/// It stays with what it has. A transport that is paused cannot go on: then that is the end.
void Connection::endProbe()
{
    if (!m_probe)
        return;
    m_probe->disconnect(this);
    std::exchange(m_probe, nullptr)->release();
    if (m_upgrading)
        onFailed({FailureKind::Network, QStringLiteral("the WebSocket broke while it took over")});
}

void Connection::finishUpgrade()
{
    Transport *const socket = std::exchange(m_probe, nullptr);
    socket->disconnect(this);
    use(socket, TransportKind::WebSocket);
    std::deque<Packet> upgrade = {{PacketType::Upgrade, {}, false}};
    m_transport->send(upgrade, 0);
    m_upgrading = false;
    flush();
    if (m_phase == Phase::Open) {
        const QPointer<Connection> alive(this);
        Q_EMIT upgraded();
        if (alive && m_phase == Phase::Open && m_queue.empty())
            Q_EMIT drained();
    }
    checkReleased();
}

// ---- the end ------------------------------------------------------------------------------------------------------

void Connection::onFailed(const Failure &failure)
{
    if (m_phase != Phase::Opening)
        return end(QStringLiteral("transport error"), failure.sentence);
    if (m_options.tryAllTransports && !m_untried.empty()) {
        const TransportKind next = m_untried.front();
        m_untried.erase(m_untried.begin());
        return begin(next);
    }
    m_phase = Phase::Closed;
    dropTransports();
    if (m_released)
        deleteLater();
    Q_EMIT failed(failure);
}

void Connection::end(const QString &reason, const QString &detail)
{
    if (m_phase == Phase::Opening)
        return onFailed({FailureKind::Network,
                         QStringLiteral("%1 ends the connection: %2").arg(serverName(m_options.endpoint.url), detail)});
    if (m_phase == Phase::Closed)
        return;
    m_phase = Phase::Closed;
    dropTransports();
    m_queue.clear();
    m_queuedBytes = 0;
    if (m_released)
        deleteLater();
    Q_EMIT closed(reason, detail);
}

void Connection::dropTransports()
{
    m_pingTimer.stop();
    m_upgrading = false;
    for (Transport **transport : {&m_transport, &m_probe}) {
        if (!*transport)
            continue;
        (*transport)->disconnect(this);
        std::exchange(*transport, nullptr)->release();
    }
}

void Connection::release()
{
    if (std::exchange(m_released, true))
        return;
    blockSignals(true);
    if (m_phase == Phase::Open) {
        m_phase = Phase::Closing;
        if (!m_upgrading)
            endProbe();
        QTimer::singleShot(patienceMs, this, [this] { end({}, {}); });
        return checkReleased();
    }
    m_phase = Phase::Closed;
    dropTransports();
    deleteLater();
}

/// A released connection goes when what waited was sent.
void Connection::checkReleased()
{
    if (m_released && m_phase == Phase::Closing && m_queue.empty() && !m_upgrading)
        end({}, {});
}

} // namespace stepwire::engineio::client
