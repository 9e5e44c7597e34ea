#include "core/serve/socketio/client.h"

#include <QCborMap>

namespace stepwire::socketio {

Client::Client(Server &server, engineio::Session &session)
    : m_server(server), m_session(session), m_decoder(server.m_options.packets)
{
    m_connectTimer = server.after(server.m_options.connectTimeoutMs, [this] {
        m_connectTimer = 0;
        m_session.close();
    });
    regroup();
}

Client::~Client()
{
    m_server.cancel(m_connectTimer);
}

void Client::admitted()
{
    m_server.cancel(std::exchange(m_connectTimer, 0));
}

void Client::send(const engineio::Outgoing &packet, Delivery delivery)
{
    if (delivery == Delivery::Reliable || m_session.writable())
        m_session.send(packet);
}

void Client::remove(const QString &nsp, bool mayStillSend)
{
    m_sockets.erase(nsp);
    if (mayStillSend)
        m_left.insert(nsp);
}

std::vector<std::shared_ptr<Socket>> Client::connectedSockets() const
{
    std::vector<std::shared_ptr<Socket>> sockets;
    for (const auto &[nsp, socket] : m_sockets) {
        if (socket->connected())
            sockets.push_back(socket);
    }
    return sockets;
}

void Client::disconnect()
{
    if (std::exchange(m_ending, true))
        return;
    for (const auto &socket : connectedSockets())
        socket->disconnect();
    // A client that finds the end of the connection right behind these takes it for an accident and comes back.
    constexpr int graceMs = 250;
    admitted();
    m_connectTimer = m_server.after(graceMs, [this] {
        m_connectTimer = 0;
        m_session.close();
    });
}

void Client::messageReceived(engineio::Session & /*session*/, QByteArrayView payload, bool binary)
{
    if (m_ending)
        return;
    const auto packet = m_decoder.feed(payload, binary);
    if (!packet)
        m_session.close(engineio::CloseReason::ParseError);
    else if (*packet)
        received(**packet);
}

void Client::received(const Packet &packet)
{
    const auto it = m_sockets.find(packet.nsp);
    const std::shared_ptr<Socket> socket = it == m_sockets.end() ? nullptr : it->second;
    if (!socket && packet.type == PacketType::Connect) {
        connect(packet);
        return;
    }
    if (socket && packet.type == PacketType::Connect)
        return; // it has asked twice, before it had the answer
    const bool isOfSocket = packet.type != PacketType::Connect && packet.type != PacketType::ConnectError;
    if (socket && socket->connected() && isOfSocket)
        socket->received(packet);
    else if (socket || !isOfSocket || !m_left.contains(packet.nsp))
        m_session.close(engineio::CloseReason::ParseError);
}

void Client::connect(const Packet &packet)
{
    const auto refuse = [&](const QString &message) {
        const QCborMap error{{QStringLiteral("message"), message}};
        send(outgoing(encode({PacketType::ConnectError, packet.nsp, {}, error})), Delivery::Reliable);
    };
    m_left.erase(packet.nsp);
    if (m_sockets.size() >= m_server.m_options.mostNamespaces)
        return refuse(QStringLiteral("Too many namespaces"));
    const QJsonObject auth = packet.data.toMap().toJsonObject();
    Namespace *nsp = m_server.findOrMake(packet.nsp, auth, m_session.handshake());
    if (!nsp)
        return refuse(QStringLiteral("Invalid namespace"));
    nsp->connect(*this, auth);
}

void Client::regroup()
{
    const io::Connection *connection = m_session.connection();
    const bool grouped = connection && !connection->stalled() && !connection->closing();
    if (grouped == m_grouped)
        return;
    m_grouped = grouped;
    for (const auto &socket : connectedSockets())
        socket->m_nsp.regroup(*socket);
}

void Client::stalled(engineio::Session & /*session*/)
{
    regroup();
    for (const auto &socket : connectedSockets()) {
        if (const auto handler = socket->m_onStalled)
            handler();
    }
}

void Client::drained(engineio::Session & /*session*/)
{
    regroup();
    for (const auto &socket : connectedSockets()) {
        if (const auto handler = socket->m_onDrained)
            handler();
    }
}

void Client::upgraded(engineio::Session & /*session*/)
{
    regroup();
}

void Client::closed(engineio::Session & /*session*/, engineio::CloseReason reason)
{
    admitted();
    const auto sockets = std::exchange(m_sockets, {});
    // One that has broken the protocol could not be told what it has missed either.
    const bool recoverable = reason != engineio::CloseReason::ParseError;
    for (const auto &[nsp, socket] : sockets)
        socket->gone(engineio::reasonText(reason), recoverable);
}

} // namespace stepwire::socketio
