#pragma once

#include "core/serve/socketio/socketio_server.h"

#include <set>

namespace stepwire::socketio {

/// A session of Engine.IO whose client speaks Socket.IO: its sockets, one a namespace. Belongs to the session.
class Client final : public engineio::SessionHandler
{
public:
    Client(Server &server, engineio::Session &session);
    ~Client() override;

    [[nodiscard]] engineio::Session &session() const { return m_session; }
    [[nodiscard]] Server &server() const { return m_server; }
    /// Its connection may be in groups; else what is sent goes through the session.
    [[nodiscard]] bool grouped() const { return m_grouped; }

    void send(const engineio::Outgoing &packet, Delivery delivery);
    void add(const QString &nsp, std::shared_ptr<Socket> socket) { m_sockets[nsp] = std::move(socket); }
    void remove(const QString &nsp, bool mayStillSend);
    /// It has joined a namespace and may stay.
    void admitted();
    /// Leaves all namespaces, then ends.
    void disconnect();

private:
    void messageReceived(engineio::Session &session, QByteArrayView payload, bool binary) override;
    void stalled(engineio::Session &session) override;
    void drained(engineio::Session &session) override;
    void upgraded(engineio::Session &session) override;
    void closed(engineio::Session &session, engineio::CloseReason reason) override;

    void received(const Packet &packet);
    void connect(const Packet &packet);
    void regroup();
    [[nodiscard]] std::vector<std::shared_ptr<Socket>> connectedSockets() const;

    Server &m_server;
    engineio::Session &m_session;
    Decoder m_decoder;
    std::map<QString, std::shared_ptr<Socket>> m_sockets; ///< by namespace, those that wait for middlewares too
    std::set<QString> m_left; ///< namespaces it was thrown out of: it may not know yet
    quint64 m_connectTimer = 0; ///< until it has joined a namespace; when told to go, until it is closed
    bool m_grouped = false;
    bool m_ending = false; ///< it was told to go
};

} // namespace stepwire::socketio
