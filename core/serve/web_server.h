#pragma once

#include "core/serve/access/access.h"
#include "core/serve/access/policy.h"
#include "core/serve/access/rate_limiter.h"
#include "core/serve/http/http_server.h"
#include "core/serve/native_session.h"

#include <QObject>

#include <map>
#include <memory>
#include <unordered_map>

namespace stepwire {

class TlsContext;

/// The protocol on one TCP port: WebSocket `/ws`, server-sent events `/events`, `POST /rpc`, `/healthz`, `/metrics`,
/// and what others add. Every request is looked at first: Host, Origin, and (but for `/healthz` and what is open) the
/// token. Lives on the hub's thread.
class WebServer : public QObject
{
public:
    struct Options
    {
        QString server; ///< name and version, told in `hello`
        AccessOptions access;
        RemotePolicy policy;
        RateLimiter::Rate requests; ///< of one address
        std::size_t mostConnections = 8192;
        std::shared_ptr<const TlsContext> tls; ///< null: none
        LogReader::Limits limits;
    };

    /// What is asked of each request on its way to the hub; shared with Socket.IO.
    class Guard
    {
    public:
        Guard(const AccessControl &access, const RemotePolicy &policy, RateLimiter::Rate requests);
        /// The request as that client may make it. `client` is whose requests are counted together: a connection, or
        /// an address that asks by POST.
        [[nodiscard]] Result<Request> permit(Request request, const Principal &principal, const QByteArray &client);
        /// Who stands behind a token. Wrong ones are limited by address; a right one is let in all the same.
        [[nodiscard]] Result<Principal> authenticate(QStringView token, const QByteArray &address);
        [[nodiscard]] Result<Principal> authenticate(const http::Request &request, const QByteArray &address);
        [[nodiscard]] quint64 refused() const { return m_refused; }

    private:
        template <class Check>
        [[nodiscard]] Result<Principal> limited(const QByteArray &address, Check check);

        const AccessControl &m_access;
        RemotePolicy m_policy;
        RateLimiter m_requests;
        RateLimiter m_failures;
        quint64 m_refused = 0;
    };

    WebServer(Hub &hub, EventTexts &texts, io::Reactor &reactor, Options options);
    ~WebServer() override;

    /// Listens there, or (where `tries` allows) on the next free port. Gives the port.
    [[nodiscard]] Result<quint16> listen(const QHostAddress &address, quint16 port, int tries);

    [[nodiscard]] http::Server &http() { return m_http; }
    [[nodiscard]] Guard &guard() { return m_guard; }
    [[nodiscard]] const AccessControl &access() const { return m_access; }
    [[nodiscard]] quint16 port() const { return m_port; }
    /// Calls are answered here, by whatever carries them; see NativeSession::Carrier::permit.
    void setMetrics(std::function<QByteArray()> metrics) { m_metrics = std::move(metrics); }
    /// A path whose answers hold no secret: no token is asked for. With a `/` at its end all below it.
    void openPath(const QByteArray &path) { m_open.push_back(path); }
    /// Closes the connection when the principal's time is over.
    void expire(io::Connection &connection, const Principal &principal);

    [[nodiscard]] std::size_t sockets() const { return m_sockets.size(); }
    [[nodiscard]] std::size_t streams() const { return m_streams.size(); }
    [[nodiscard]] const Feed &socketFeed() const { return m_socketFeed; }
    [[nodiscard]] const Feed &streamFeed() const { return m_streamFeed; }
    [[nodiscard]] quint64 calls() const { return m_calls; }
    void onClientsChanged(std::function<void()> callback) { m_clientsChanged = std::move(callback); }

    /// Takes no more clients, gives those there are what waits for them; `done` when all have gone or after
    /// `deadlineMs`.
    void drain(int deadlineMs, std::function<void()> done);

private:
    class Socket;
    class EventStream;

    void gate(http::Exchange &exchange);
    [[nodiscard]] bool isOpen(const QByteArray &path) const;
    void openSocket(const http::ExchangePtr &exchange);
    void openStream(const http::ExchangePtr &exchange);
    void call(const http::ExchangePtr &exchange);
    void login(const http::ExchangePtr &exchange);
    void showMetrics(const http::ExchangePtr &exchange);
    [[nodiscard]] http::Headers corsOf(const http::Exchange &exchange) const;
    void changed();
    void gone(quint64 connection);

    Hub &m_hub;
    io::Reactor &m_reactor;
    Options m_options;
    AccessControl m_access;
    Guard m_guard;
    http::Server m_http;
    StreamCarrier m_socketCarrier;
    StreamCarrier m_streamCarrier;
    Feed m_socketFeed;
    Feed m_streamFeed;
    io::Group m_heartbeats; ///< of event streams, for proxies between
    QTimer m_heartbeat;
    io::Timeouts m_expiries; ///< by connection
    std::unordered_map<quint64, Socket *> m_sockets;
    std::unordered_map<quint64, EventStream *> m_streams;
    std::vector<QByteArray> m_open;
    std::function<QByteArray()> m_metrics;
    std::function<void()> m_clientsChanged;
    std::function<void()> m_drained;
    quint16 m_port = 0;
    quint64 m_calls = 0;
    bool m_draining = false;
};

/// The principal that the gate let a request through as.
[[nodiscard]] Principal principalOf(const http::Exchange &exchange);

} // namespace stepwire
