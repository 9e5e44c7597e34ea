#include "core/serve/socketio/engineio_server.h"

#include "core/serve/socketio/engineio_socket_end.h"
#include "core/serve/socketio/random_id.h"

namespace stepwire::engineio {

// The numbers and words of refusals are those of the reference implementation: clients show them.
namespace refusal {
static constexpr int unknownTransport = 0;
static constexpr int unknownSid = 1;
static constexpr int badHandshakeMethod = 2;
static constexpr int badRequest = 3;
static constexpr int forbidden = 4;
static constexpr int unsupportedVersion = 5;
} // namespace refusal

static const char *refusalText(int code)
{
    switch (code) {
    case refusal::unknownTransport: return "Transport unknown";
    case refusal::unknownSid: return "Session ID unknown";
    case refusal::badHandshakeMethod: return "Bad handshake method";
    case refusal::forbidden: return "Forbidden";
    case refusal::unsupportedVersion: return "Unsupported protocol version";
    default: return "Bad request";
    }
}

Server::Server(io::Reactor &reactor, Options options, NewSession newSession)
    : m_reactor(reactor),
      m_options(std::move(options)),
      m_newSession(std::move(newSession)),
      m_heartbeats([this](quint64 number) {
          if (const auto it = m_sessions.find(number); it != m_sessions.end())
              it->second->heartbeat();
      }),
      m_upgrades([this](quint64 number) {
          if (const auto it = m_sessions.find(number); it != m_sessions.end())
              it->second->endProbe();
      }),
      m_alive(std::make_shared<bool>(true))
{
}

Server::~Server()
{
    close();
    while (!m_sessions.empty())
        m_sessions.begin()->second->finish();
}

void Server::attach(http::Server &server, const QByteArray &path)
{
    const auto handler = [this, alive = std::weak_ptr(m_alive)](const http::ExchangePtr &exchange) {
        if (alive.expired())
            exchange->refuse(503, "it is shutting down");
        else
            handle(exchange);
    };
    server.route(path, handler);
    if (path.size() > 1 && path.endsWith('/'))
        server.route(path.chopped(1), handler);
}

http::Headers Server::headers(const http::Request &request, QByteArray contentType) const
{
    http::Headers headers{{QByteArrayLiteral("Content-Type"), std::move(contentType)},
                          {QByteArrayLiteral("Cache-Control"), QByteArrayLiteral("no-store")}};
    if (m_options.responseHeaders) {
        for (auto &header : m_options.responseHeaders(request))
            headers.push_back(std::move(header));
    }
    return headers;
}

void Server::refuse(http::Exchange &exchange, int code, int status, const char *message) const
{
    const QByteArray body = R"({"code":)" + QByteArray::number(code) + R"(,"message":")"
        + (message ? message : refusalText(code)) + R"("})";
    exchange.respond(status, headers(exchange.request(), QByteArrayLiteral("application/json")), body);
}

Session *Server::find(const QByteArray &sid) const
{
    const auto it = m_bySid.find(sid);
    return it == m_bySid.end() ? nullptr : m_sessions.at(it->second).get();
}

void Server::handle(const http::ExchangePtr &exchange)
{
    const http::Request &request = exchange->request();
    if (request.method == "OPTIONS" && m_options.responseHeaders) {
        exchange->respond(204, m_options.responseHeaders(request), {});
        return;
    }
    const QByteArray transport = request.queryValue("transport");
    const bool socket = transport == "websocket";
    if (!socket && transport != "polling")
        return refuse(*exchange, refusal::unknownTransport);
    if (socket != request.upgrade || !request.queryValue("j").isNull())
        return refuse(*exchange, refusal::badRequest);

    const QByteArray sid = request.queryValue("sid");
    if (sid.isEmpty())
        return handshake(exchange, socket);
    Session *session = find(sid);
    if (!session)
        return refuse(*exchange, refusal::unknownSid);
    if (session->m_socket || request.queryValue("EIO") != "4")
        return refuse(*exchange, refusal::badRequest);
    if (socket) {
        if (session->m_probe || !session->open() || !m_options.allowUpgrades)
            return refuse(*exchange, refusal::badRequest);
        auto end = std::make_unique<Session::SocketEnd>(session);
        Session::SocketEnd &listener = *end;
        if (http::WebSocket *probe = exchange->acceptWebSocket(
                std::move(end), m_options.maxPayload, {},
                m_options.responseHeaders ? m_options.responseHeaders(request) : http::Headers{}))
            session->probeOpened(*probe, listener);
        return;
    }
    if (request.method == "GET")
        session->poll(exchange);
    else if (request.method == "POST" && session->open())
        session->post(exchange);
    else
        refuse(*exchange, refusal::badRequest);
}

void Server::handshake(const http::ExchangePtr &exchange, bool socket)
{
    const http::Request &request = exchange->request();
    if (request.method != "GET")
        return refuse(*exchange, refusal::badHandshakeMethod);
    if (request.queryValue("EIO") != "4")
        return refuse(*exchange, refusal::unsupportedVersion);
    if (m_closed || m_sessions.size() >= m_options.mostSessions)
        return refuse(*exchange, refusal::badRequest, 503, m_closed ? "Shutting down" : "Too many sessions");
    if (m_options.allowRequest && !m_options.allowRequest(*exchange))
        return refuse(*exchange, refusal::forbidden, 403);

    auto handshake = std::make_shared<Handshake>();
    handshake->request = request;
    handshake->request.body.clear();
    handshake->peer = exchange->peer();
    handshake->secure = exchange->secure();
    handshake->principal = exchange->principal;
    const quint64 number = m_nextNumber++;
    std::unique_ptr<Session> made(new Session(*this, number, randomId(), std::move(handshake)));
    Session &session = *made;
    if (socket) {
        auto end = std::make_unique<Session::SocketEnd>(&session);
        Session::SocketEnd &listener = *end;
        http::WebSocket *accepted =
            exchange->acceptWebSocket(std::move(end), m_options.maxPayload, {},
                                      m_options.responseHeaders ? m_options.responseHeaders(request) : http::Headers{});
        if (!accepted)
            return;
        session.openSocket(*accepted, listener);
    } else {
        session.openPolling(exchange);
    }
    m_bySid.emplace(session.sid(), number);
    m_sessions.emplace(number, std::move(made));
    m_heartbeats.set(number, m_options.pingIntervalMs);
    session.m_handler = m_newSession(session);
}

void Server::markDirty(Session &session)
{
    if (session.m_dirty)
        return;
    session.m_dirty = true;
    m_dirty.push_back(session.m_number);
    postEndTurn();
}

void Server::postEndTurn()
{
    if (m_turnPosted)
        return;
    m_turnPosted = true;
    QMetaObject::invokeMethod(
        this, [this] { endTurn(); }, Qt::QueuedConnection);
}

void Server::endTurn()
{
    m_turnPosted = false;
    m_dead.clear();
    const std::vector<quint64> dirty = std::exchange(m_dirty, {});
    for (const quint64 number : dirty) {
        const auto it = m_sessions.find(number);
        if (it == m_sessions.end())
            continue;
        it->second->m_dirty = false;
        it->second->endTurn();
    }
}

void Server::forget(Session &session)
{
    m_heartbeats.clear(session.m_number);
    m_upgrades.clear(session.m_number);
    m_bySid.erase(session.m_sid);
    const auto it = m_sessions.find(session.m_number);
    if (it == m_sessions.end())
        return;
    // It is in the middle of a call.
    m_dead.push_back(std::move(it->second));
    m_sessions.erase(it);
    postEndTurn();
}

void Server::close()
{
    m_closed = true;
    std::vector<quint64> numbers;
    numbers.reserve(m_sessions.size());
    for (const auto &[number, session] : m_sessions)
        numbers.push_back(number);
    for (const quint64 number : numbers) {
        if (const auto it = m_sessions.find(number); it != m_sessions.end())
            it->second->close(CloseReason::ServerShuttingDown);
    }
}

} // namespace stepwire::engineio
