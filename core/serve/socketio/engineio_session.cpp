#include "core/serve/socketio/engineio_socket_end.h"

#include "core/wire/json/writer.h"

namespace stepwire::engineio {

QString reasonText(CloseReason reason)
{
    switch (reason) {
    case CloseReason::TransportClose: return QStringLiteral("transport close");
    case CloseReason::TransportError: return QStringLiteral("transport error");
    case CloseReason::PingTimeout: return QStringLiteral("ping timeout");
    case CloseReason::ParseError: return QStringLiteral("parse error");
    case CloseReason::ForcedClose: return QStringLiteral("forced close");
    case CloseReason::Overflow: return QStringLiteral("overflow");
    case CloseReason::ServerShuttingDown: return QStringLiteral("server shutting down");
    }
    Q_UNREACHABLE();
}

static int closeCode(CloseReason reason)
{
    switch (reason) {
    case CloseReason::ParseError:
    case CloseReason::TransportError: return websocket::close_code::protocolError;
    case CloseReason::Overflow: return websocket::close_code::policyViolation;
    case CloseReason::ServerShuttingDown: return websocket::close_code::goingAway;
    default: return websocket::close_code::normal;
    }
}

static const Outgoing &packetOf(PacketType type)
{
    static const Outgoing ping = Outgoing::packet(PacketType::Ping);
    static const Outgoing close = Outgoing::packet(PacketType::Close);
    return type == PacketType::Ping ? ping : close;
}

Session::Session(Server &server, quint64 number, QByteArray sid, std::shared_ptr<const Handshake> handshake)
    : m_server(server), m_number(number), m_sid(std::move(sid)), m_handshake(std::move(handshake))
{
}

Session::~Session()
{
    if (m_end)
        m_end->session = nullptr;
    if (m_probeEnd)
        m_probeEnd->session = nullptr;
}

QByteArray Session::openPacket(bool withUpgrades) const
{
    const Server::Options &options = m_server.m_options;
    QByteArray json;
    json::Writer writer(json);
    writer.beginObject();
    writer.key("sid");
    writer.string(QString::fromLatin1(m_sid));
    writer.key("upgrades");
    writer.beginArray();
    if (withUpgrades && options.allowUpgrades)
        writer.string(u"websocket");
    writer.endArray();
    writer.member("pingInterval", options.pingIntervalMs);
    writer.member("pingTimeout", options.pingTimeoutMs);
    writer.member("maxPayload", static_cast<qint64>(options.maxPayload));
    writer.endObject();
    return json;
}

void Session::openPolling(const http::ExchangePtr &exchange)
{
    m_poll = exchange;
    answerPoll(Outgoing::packet(PacketType::Open, openPacket(true)).payload());
}

void Session::openSocket(http::WebSocket &socket, SocketEnd &end)
{
    m_socket = &socket;
    m_end = &end;
    socket.sendFrames(Outgoing::packet(PacketType::Open, openPacket(false)).frames());
}

// ---- sending ------------------------------------------------------------------------------------------------------

io::Connection *Session::connection() const
{
    return m_socket ? &m_socket->connection() : nullptr;
}

void Session::send(const Outgoing &packets)
{
    if (m_state != State::Open || packets.isEmpty())
        return;
    if (m_socket) {
        m_socket->sendFrames(packets.frames());
        if (m_socket->connection().pendingBytes() > m_server.m_options.mostBufferedBytes)
            m_server.markDirty(*this);
        return;
    }
    m_waiting.push_back(packets);
    m_waitingBytes += packets.size();
    m_server.markDirty(*this);
}

bool Session::writable() const
{
    if (m_state != State::Open)
        return false;
    return m_socket ? !m_socket->connection().stalled() : m_poll != nullptr;
}

qint64 Session::bufferedBytes() const
{
    return m_socket ? m_socket->connection().pendingBytes() : m_waitingBytes;
}

void Session::setStalled(bool stalled)
{
    if (m_stalled == stalled || m_state != State::Open)
        return;
    m_stalled = stalled;
    if (stalled)
        m_handler->stalled(*this);
    else
        m_handler->drained(*this);
}

void Session::endTurn()
{
    const Server::Options &options = m_server.m_options;
    if (m_socket) {
        const io::Connection &connection = m_socket->connection();
        if (m_state != State::Open || connection.pendingBytes() <= options.mostBufferedBytes)
            return;
        if (connection.stalled())
            close(CloseReason::Overflow);
        else
            m_server.markDirty(*this); // all of it is of this turn and was not even tried yet
        return;
    }
    flushPoll();
    if (m_state != State::Open)
        return;
    if (m_waitingBytes > options.mostBufferedBytes)
        close(CloseReason::Overflow);
    else if (m_waitingBytes > options.stalledBytes)
        setStalled(true);
}

// ---- polling ------------------------------------------------------------------------------------------------------

void Session::answerPoll(QByteArrayView body)
{
    if (!m_poll)
        return;
    const http::ExchangePtr exchange = std::move(m_poll);
    m_poll.reset();
    exchange->respond(200, m_server.headers(exchange->request(), QByteArrayLiteral("text/plain; charset=UTF-8")), body);
}

void Session::flushPoll()
{
    if (!m_poll || m_waiting.empty())
        return;
    const Server::Options &options = m_server.m_options;
    answerPoll(takePayload(m_waiting, options.maxPayload, options.mostPacketsAPoll));
    m_waitingBytes = 0;
    for (const Outgoing &packets : m_waiting)
        m_waitingBytes += packets.size();
    if (!m_waiting.empty())
        return;
    if (m_state == State::Closing)
        finish();
    else
        setStalled(false);
}

void Session::poll(const http::ExchangePtr &exchange)
{
    if (m_poll) {
        // Two at once: packets could overtake each other.
        m_server.refuse(*exchange, 3);
        close(CloseReason::TransportError);
        return;
    }
    m_poll = exchange;
    exchange->onGone([server = &m_server, alive = std::weak_ptr(m_server.m_alive), number = m_number] {
        if (alive.expired())
            return;
        const auto it = server->m_sessions.find(number);
        if (it == server->m_sessions.end())
            return;
        Session &session = *it->second;
        session.m_poll.reset();
        session.end(CloseReason::TransportError);
        session.finish();
    });
    if (m_waiting.empty() && m_probed)
        answerPoll("6"); // so that the client can go on with its upgrade
    else
        m_server.markDirty(*this);
}

void Session::post(const http::ExchangePtr &exchange)
{
    const http::Request &request = exchange->request();
    if (request.body.size() > m_server.m_options.maxPayload) {
        m_server.refuse(*exchange, 3, 413, "Payload too large");
        return;
    }
    if (request.header("content-type") == "application/octet-stream") {
        m_server.refuse(*exchange, 3);
        close(CloseReason::TransportError);
        return;
    }
    const auto packets = decodePayload(request.body);
    if (!packets) {
        m_server.refuse(*exchange, 3);
        close(CloseReason::ParseError);
        return;
    }
    for (const Packet &packet : *packets) {
        if (!packetReceived(packet))
            break;
    }
    exchange->respond(200, m_server.headers(request, QByteArrayLiteral("text/html")), "ok");
}

// ---- WebSocket ----------------------------------------------------------------------------------------------------

void Session::socketReceived(SocketEnd &end, QByteArrayView payload, bool text)
{
    if (&end == m_probeEnd) {
        probeReceived(payload, text);
        return;
    }
    if (m_state != State::Open)
        return;
    if (!text) {
        (void)packetReceived({PacketType::Message, payload.toByteArray(), true});
        return;
    }
    if (const auto packet = decodePacket(payload))
        (void)packetReceived(*packet);
    else
        close(CloseReason::ParseError);
}

void Session::socketStalled(SocketEnd &end)
{
    if (&end == m_end)
        setStalled(true);
}

void Session::socketDrained(SocketEnd &end)
{
    if (&end == m_end)
        setStalled(false);
}

void Session::socketClosed(SocketEnd &end)
{
    if (&end == m_probeEnd) {
        m_probe = nullptr;
        m_probeEnd = nullptr;
        m_probed = false;
        m_server.m_upgrades.clear(m_number);
    } else if (&end == m_end) {
        m_socket = nullptr;
        m_end = nullptr;
        this->end(CloseReason::TransportClose);
        finish();
    }
}

// ---- from polling to WebSocket --------------------------------------------------------------------------------------

void Session::probeOpened(http::WebSocket &socket, SocketEnd &end)
{
    m_probe = &socket;
    m_probeEnd = &end;
    m_server.m_upgrades.set(m_number, m_server.m_options.upgradeTimeoutMs);
}

void Session::probeReceived(QByteArrayView payload, bool text)
{
    if (text && !m_probed && payload == "2probe") {
        m_probed = true;
        m_probe->sendFrames(Outgoing::packet(PacketType::Pong, "probe").frames());
        // The client ends its polling before it says `upgrade`: the poll that is held must end, with what waits or
        // nothing.
        if (m_waiting.empty())
            answerPoll("6");
        return;
    }
    if (text && m_probed && payload == "5")
        upgrade();
    else
        endProbe();
}

void Session::upgrade()
{
    m_server.m_upgrades.clear(m_number);
    m_socket = m_probe;
    m_end = m_probeEnd;
    m_probe = nullptr;
    m_probeEnd = nullptr;
    m_probed = false;
    answerPoll("6");
    for (const Outgoing &packets : m_waiting)
        m_socket->sendFrames(packets.frames());
    m_waiting = {};
    m_waitingBytes = 0;
    m_handler->upgraded(*this);
    if (m_socket)
        setStalled(m_socket->connection().stalled());
}

void Session::endProbe()
{
    if (!m_probe)
        return;
    http::WebSocket *probe = m_probe;
    m_probeEnd->session = nullptr;
    m_probe = nullptr;
    m_probeEnd = nullptr;
    m_probed = false;
    m_server.m_upgrades.clear(m_number);
    probe->close(websocket::close_code::protocolError);
}

// ---- packets --------------------------------------------------------------------------------------------------------

bool Session::packetReceived(const Packet &packet)
{
    if (m_state != State::Open)
        return false;
    if (m_waitingForPong && !m_extended && packet.type != PacketType::Pong) {
        // It lives; its pong may stand behind much else. Once, so that one that never answers is found out.
        m_extended = true;
        m_server.m_heartbeats.set(m_number, m_server.m_options.pingTimeoutMs);
    }
    switch (packet.type) {
    case PacketType::Message: m_handler->messageReceived(*this, packet.data, packet.binary); break;
    case PacketType::Pong:
        if (m_waitingForPong) {
            m_waitingForPong = false;
            m_server.m_heartbeats.set(m_number, m_server.m_options.pingIntervalMs);
        }
        break;
    case PacketType::Ping: // only servers ping since protocol 4
        close(CloseReason::TransportError);
        break;
    case PacketType::Close:
        end(CloseReason::TransportClose);
        answerPoll("6");
        if (m_socket)
            m_socket->close(websocket::close_code::normal);
        finish();
        break;
    case PacketType::Open:
    case PacketType::Upgrade:
    case PacketType::Noop: break;
    }
    return m_state == State::Open;
}

void Session::heartbeat()
{
    if (m_state == State::Closing) {
        finish(); // nobody came for the last packets
        return;
    }
    if (m_waitingForPong) {
        close(CloseReason::PingTimeout);
        return;
    }
    m_waitingForPong = true;
    m_extended = false;
    m_server.m_heartbeats.set(m_number, m_server.m_options.pingTimeoutMs);
    send(packetOf(PacketType::Ping));
}

// ---- the end --------------------------------------------------------------------------------------------------------

void Session::close(CloseReason reason)
{
    if (m_state != State::Open)
        return;
    end(reason);
    if (m_state == State::Closed)
        return;
    if (m_socket) {
        m_socket->close(closeCode(reason), reasonText(reason).toLatin1());
        finish();
        return;
    }
    const bool broken = reason == CloseReason::ParseError || reason == CloseReason::TransportError
        || reason == CloseReason::PingTimeout || reason == CloseReason::TransportClose;
    if (broken) {
        answerPoll("1");
        finish();
        return;
    }
    if (reason == CloseReason::Overflow)
        m_waiting.clear();
    m_waiting.push_back(packetOf(PacketType::Close));
    m_server.m_heartbeats.set(m_number, m_server.m_options.closeTimeoutMs);
    m_server.markDirty(*this);
}

void Session::end(CloseReason reason)
{
    if (m_state != State::Open)
        return;
    m_state = State::Closing;
    m_server.m_heartbeats.clear(m_number);
    endProbe();
    if (m_handler)
        m_handler->closed(*this, reason);
}

void Session::finish()
{
    if (m_state == State::Closed)
        return;
    m_state = State::Closed;
    answerPoll("1");
    if (m_end)
        m_end->session = nullptr;
    m_end = nullptr;
    m_socket = nullptr;
    m_waiting = {};
    m_server.forget(*this);
}

} // namespace stepwire::engineio
