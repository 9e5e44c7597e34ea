#pragma once

#include "core/serve/feed.h"
#include "core/serve/metrics.h"
#include "core/serve/socketio/socketio_server.h"
#include "core/serve/web_server.h"

#include <memory>

namespace stepwire {

/// The hub on Socket.IO's namespace `/`: `hello`, `snapshot`, `event`; a room for each job (`joinRoom`, `leaveRoom`);
/// requests as events with acknowledgements, `job:run` for `job.run`. A client that comes back is given what it missed
/// from the hub's own log: an event's offset is `EPOCH:SEQ`. Lives on the hub's thread.
class SocketIoFace
{
public:
    SocketIoFace(Hub &hub, EventTexts &texts, io::Reactor &reactor, WebServer &web, QString server,
                 LogReader::Limits limits = {});
    ~SocketIoFace();

    [[nodiscard]] std::size_t clients() const { return m_followers; }
    [[nodiscard]] const Feed &feed() const { return m_feed; }
    [[nodiscard]] quint64 calls() const { return m_calls; }
    void onClientsChanged(std::function<void()> callback) { m_clientsChanged = std::move(callback); }
    /// Clients get what waits for them and are told to come back later.
    void close();

private:
    class Carrier;
    class Follower;
    class Recovery;

    void admit(socketio::Socket &socket, const socketio::Next &next);
    void connected(socketio::Socket &socket);
    void call(socketio::Socket &socket, const QString &event, const QCborArray &arguments, const socketio::Ack &ack);
    [[nodiscard]] QString offset() const;

    Hub &m_hub;
    WebServer &m_web;
    QString m_serverName;
    quint64 m_calls = 0;
    std::size_t m_followers = 0;
    std::function<void()> m_clientsChanged;
    socketio::Server m_server;
    socketio::Namespace &m_nsp;
    std::unique_ptr<Carrier> m_carrier;
    Feed m_feed;
    io::Timeouts m_expiries;
    std::unordered_map<quint64, std::weak_ptr<socketio::Socket>> m_expiring;
    quint64 m_nextExpiry = 1;
    Principal m_admitted; ///< whose socket is connected next, in the same call
    std::shared_ptr<const bool> m_alive = std::make_shared<bool>(true);
};

} // namespace stepwire
