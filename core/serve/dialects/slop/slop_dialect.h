#pragma once

#include "core/serve/access/access.h"
#include "core/serve/dialects/dialect.h"
#include "core/serve/dialects/slop/slop_media.h"
#include "core/serve/dialects/slop/slop_runs.h"
#include "core/serve/socketio/socketio_server.h"

namespace stepwire::slop {

/// The Socket.IO server of Slop Studios 3 on port 3000: `/`, `/media` and `/notifications`, which all answer the same.
/// Every client must carry the hub's token. Lives on the hub's thread.
class SlopDialect final : public Dialect, private Runs::Mediator, private Media::Mediator
{
public:
    static constexpr quint16 usualPort = 3000;
    [[nodiscard]] static Result<std::unique_ptr<Dialect>> create(const Setup &setup);

    SlopDialect(const Setup &setup, Settings settings);
    ~SlopDialect() override;

    [[nodiscard]] Result<QString> listen() override;
    [[nodiscard]] std::size_t clients() const override { return m_clients; }
    void drain(std::function<void()> done) override;

private:
    struct Client;
    using Reply = Runs::Reply;

    void gate(http::Exchange &exchange) const;
    void admit(socketio::Socket &socket, const socketio::Next &next);
    void connected(socketio::Socket &socket);
    void call(socketio::Socket &socket, const QString &event, const QCborArray &arguments, const socketio::Ack &ack);
    [[nodiscard]] bool callOfConnection(socketio::Socket &socket, Client &client, const QString &event,
                                        const QJsonValue &payload, const Reply &reply);
    [[nodiscard]] bool callOfRooms(socketio::Socket &socket, const QString &event, const QJsonValue &payload,
                                   const Reply &reply);
    void authenticate(socketio::Socket &socket, Client &client, const QString &token, const Reply &reply);

    // Runs::Mediator
    void tell(const Runs::Caller &caller, const QStringList &rooms, const QString &event,
              const QJsonObject &data) override;
    // Media::Mediator
    [[nodiscard]] bool isHeard(const QString &room) const override;
    void tellRoom(const QString &room, const QString &event, const QJsonObject &data) override;
    void notify(const QJsonObject &notification) override;

    Hub &m_hub;
    const DialectSettings m_where;
    const Settings m_settings;
    AccessControl m_access;
    RateLimiter m_connections;
    QElapsedTimer m_clock;
    quint16 m_port = 0;
    std::size_t m_clients = 0;
    http::Server m_http;
    socketio::Server m_server;
    std::vector<socketio::Namespace *> m_namespaces;
    Results m_results;
    Runs m_runs;
    Media m_media;
    Subscription m_watch; ///< last: it calls the others
};

} // namespace stepwire::slop
