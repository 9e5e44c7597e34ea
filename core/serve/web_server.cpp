#include "core/serve/web_server.h"

#include "core/model/quote.h"
#include "core/serve/tls/tls.h"

#include <QDeadlineTimer>

#include <algorithm>
#include <ctime>

namespace stepwire {

static constexpr int heartbeatMs = 25'000;
static const QByteArray subprotocol = QByteArrayLiteral("stepwire.v1");

static qint64 steadyNow()
{
    return QDeadlineTimer::current().deadline();
}

Principal principalOf(const http::Exchange &exchange)
{
    const auto *principal = std::any_cast<Principal>(&exchange.principal);
    return principal ? *principal : Principal{};
}

// What each carrier writes.

static QByteArray textFrame(QByteArrayView message)
{
    return websocket::textFrame(message);
}

/// A notification in one frame, put together without a copy in between.
static QByteArray framedNotification(QByteArrayView head, const QByteArray &params)
{
    QByteArray out;
    out.reserve(head.size() + params.size() + 12);
    websocket::appendHead(out, websocket::Opcode::Text, static_cast<quint64>(head.size() + params.size() + 1));
    out += head;
    out += params;
    out += '}';
    return out;
}

static StreamCarrier::Framing socketFraming()
{
    return {[](const QByteArray &object, const Event &) {
                return framedNotification(R"({"jsonrpc":"2.0","method":"event","params":)", object);
            },
            [](const QByteArray &members, const Snapshot &) {
                return framedNotification(R"({"jsonrpc":"2.0","method":"snapshot","params":)", members);
            }};
}

static QByteArray sse(QByteArrayView name, const QByteArray &epoch, quint64 seq, QByteArrayView data)
{
    QByteArray out;
    out.reserve(data.size() + 96);
    out += "id: ";
    out += epoch;
    out += ':';
    out += QByteArray::number(seq);
    out += "\nevent: ";
    out += name;
    out += "\ndata: ";
    out += data;
    out += "\n\n";
    return out;
}

static StreamCarrier::Framing streamFraming()
{
    return {[](const QByteArray &object, const Event &event) {
                return sse("event", event.epoch.toUtf8(), event.seq, object);
            },
            [](const QByteArray &members, const Snapshot &state) {
                return sse("snapshot", state.epoch.toUtf8(), state.seq, members);
            }};
}

/// What a refusal for being too fast says besides.
static void addRetryAfter(http::Headers &headers, const Error &error)
{
    headers.emplace_back("Retry-After",
                         QByteArray::number((error.data.value(u"retry_after_ms").toInteger() + 999) / 1000));
}

// The guard

WebServer::Guard::Guard(const AccessControl &access, const RemotePolicy &policy, RateLimiter::Rate requests)
    : m_access(access), m_policy(policy), m_requests(requests), m_failures(failedAttemptsRate)
{
}

static tl::unexpected<Error> tooFast(const QString &what, qint64 waitMs)
{
    return fail(code::rateLimited, QStringLiteral("%1, try again in %2 ms").arg(what).arg(waitMs),
                {{QStringLiteral("retry_after_ms"), waitMs}});
}

Result<Request> WebServer::Guard::permit(Request request, const Principal &principal, const QByteArray &client)
{
    if (principal.expires && *principal.expires + JwtVerifier::leewaySeconds < std::time(nullptr))
        return fail(code::notAllowed, QStringLiteral("the token has expired"));
    if (const auto wait = m_requests.take(client, steadyNow()))
        return tooFast(QStringLiteral("there are too many requests of this client"), *wait);
    Result<Request> permitted = stepwire::permit(std::move(request), principal, m_policy);
    m_refused += permitted ? 0 : 1;
    return permitted;
}

template <class Check>
Result<Principal> WebServer::Guard::limited(const QByteArray &address, Check check)
{
    Result<Principal> principal = check();
    // To come without one is no guess; and whoever has the right one is not kept out by others who guess.
    if (principal || principal.error().data.value(u"missing").toBool())
        return principal;
    ++m_refused;
    if (const auto wait = m_failures.take(address, steadyNow()))
        return tooFast(QStringLiteral("there were too many wrong tokens of %1").arg(QString::fromLatin1(address)),
                       *wait);
    return principal;
}

Result<Principal> WebServer::Guard::authenticate(QStringView token, const QByteArray &address)
{
    return limited(address, [&] { return m_access.authenticate(token); });
}

Result<Principal> WebServer::Guard::authenticate(const http::Request &request, const QByteArray &address)
{
    return limited(address, [&] { return m_access.authenticate(request); });
}

// WebSocket

class WebServer::Socket final : public http::WebSocketHandler
{
public:
    explicit Socket(WebServer &server) : m_server(server) { }

    void begin(http::WebSocket &socket, const Principal &principal)
    {
        const QByteArray client = "connection " + QByteArray::number(socket.connection().id());
        m_socket = &socket;
        io::Connection &connection = socket.connection();
        m_session.emplace(m_server.m_hub, m_server.m_socketFeed, m_server.m_socketCarrier, connection,
                          NativeSession::Carrier{textFrame,
                                                 [this, principal, client](Request request) {
                                                     ++m_server.m_calls;
                                                     return m_server.m_guard.permit(std::move(request), principal,
                                                                                    client);
                                                 },
                                                 [&socket](const QByteArray &reason) {
                                                     socket.close(websocket::close_code::goingAway, reason);
                                                 }});
        m_session->resume = [&connection] { connection.setReading(true); };
        m_session->sendHello(helloOf(m_server.m_hub, m_server.m_options.server, scopeName(principal.scope)));
    }

    void end() { m_session->end("the hub is stopping"); }
    [[nodiscard]] http::WebSocket &socket() const { return *m_socket; }

private:
    void messageReceived(http::WebSocket &socket, QByteArrayView payload, bool text) override
    {
        if (!text)
            return socket.close(websocket::close_code::unsupported, "a message is binary, expected text");
        m_session->receive(payload);
        if (m_session->busy())
            socket.connection().setReading(false);
    }
    void stalled(http::WebSocket & /*socket*/) override { m_session->stalled(); }
    void drained(http::WebSocket & /*socket*/) override { m_session->drained(); }
    void closed(http::WebSocket &socket, int /*code*/, const QByteArray & /*reason*/) override
    {
        m_session.reset();
        m_server.gone(socket.connection().id());
    }

    WebServer &m_server;
    http::WebSocket *m_socket = nullptr;
    std::optional<NativeSession> m_session;
};

// Server-sent events

class WebServer::EventStream final : public io::Protocol
{
public:
    explicit EventStream(WebServer &server) : m_server(server) { }

    void begin(io::Connection &connection, const Principal &principal, const native::Subscribe &wanted)
    {
        m_outlet.emplace(m_server.m_streamCarrier, connection);
        m_reader.emplace(m_server.m_streamFeed, *m_outlet);
        connection.send(
            "retry: 1000\nevent: hello\ndata: "
            + native::helloParams(helloOf(m_server.m_hub, m_server.m_options.server, scopeName(principal.scope)))
            + "\n\n");
        m_reader->subscribe(wanted);
        m_server.m_heartbeats.add(connection);
    }

    void end(io::Connection &connection)
    {
        m_reader->end([&connection] { connection.closeWhenSent(); });
    }

private:
    qsizetype received(io::Connection & /*connection*/, QByteArrayView bytes) override { return bytes.size(); }
    void stalled(io::Connection & /*connection*/) override { m_reader->stalled(); }
    void drained(io::Connection &connection) override
    {
        m_reader->drained();
        m_server.m_heartbeats.add(connection);
    }
    void closed(io::Connection &connection) override
    {
        m_reader.reset();
        m_server.gone(connection.id());
    }

    WebServer &m_server;
    std::optional<StreamCarrier::Outlet> m_outlet;
    std::optional<Feed::Reader> m_reader;
};

// The server

static http::Server::Options httpOptions(const WebServer::Options &options)
{
    http::Server::Options http;
    http.mostConnections = options.mostConnections;
    // A page of another port is the same site to a browser: it may not even load what is answered here.
    http.headers = {{"X-Content-Type-Options", "nosniff"}, {"Cross-Origin-Resource-Policy", "same-origin"}};
    return http;
}

WebServer::WebServer(Hub &hub, EventTexts &texts, io::Reactor &reactor, Options options)
    : m_hub(hub),
      m_reactor(reactor),
      m_options(std::move(options)),
      m_access(std::exchange(m_options.access, {})),
      m_guard(m_access, m_options.policy, m_options.requests),
      m_http(reactor, httpOptions(m_options)),
      m_socketCarrier(reactor, socketFraming()),
      m_streamCarrier(reactor, streamFraming()),
      m_socketFeed(hub, texts, m_socketCarrier, m_options.limits),
      m_streamFeed(hub, texts, m_streamCarrier, m_options.limits),
      m_heartbeats(reactor),
      m_expiries([this](quint64 id) {
          if (const auto it = m_sockets.find(id); it != m_sockets.end())
              it->second->socket().close(websocket::close_code::policyViolation, "the token has expired");
          else if (io::Connection *connection = m_reactor.find(id))
              connection->closeWhenSent();
      })
{
    if (m_options.tls)
        m_http.setStreamFactory([tls = m_options.tls](int descriptor) { return tls->wrap(descriptor); });
    m_http.setGate([this](http::Exchange &exchange) { gate(exchange); });
    const auto route = [this](const QByteArray &path, void (WebServer::*handler)(const http::ExchangePtr &)) {
        m_http.route(path, [this, handler](const http::ExchangePtr &exchange) { (this->*handler)(exchange); });
    };
    route("/ws", &WebServer::openSocket);
    route("/events", &WebServer::openStream);
    route("/rpc", &WebServer::call);
    route("/metrics", &WebServer::showMetrics);
    route("/login", &WebServer::login);
    route("/logout", &WebServer::login);
    m_http.route("/healthz", [this](const http::ExchangePtr &exchange) {
        const bool well = m_hub.degraded().isEmpty();
        exchange->respond(200, {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
                          well ? "ok\n" : "degraded: " + m_hub.degraded().toUtf8() + '\n');
    });
    openPath("/healthz");
    openPath("/login");
    openPath("/logout");
    connect(&m_heartbeat, &QTimer::timeout, this, [this] { m_heartbeats.send(":\n\n"); });
    m_heartbeat.start(heartbeatMs);
}

WebServer::~WebServer()
{
    m_clientsChanged = {};
    m_drained = {};
    const auto closeAll = [this](const auto &clients) {
        while (!clients.empty())
            m_reactor.find(clients.begin()->first)->close();
    };
    closeAll(m_sockets);
    closeAll(m_streams);
}

Result<quint16> WebServer::listen(const QHostAddress &address, quint16 port, int tries)
{
    Result<quint16> listening = m_http.listen(address, port);
    for (int i = 1; i < tries && !listening && listening.error().code == code::alreadyRunning && port + i < 65536; ++i)
        listening = m_http.listen(address, static_cast<quint16>(port + i));
    if (listening)
        m_port = *listening;
    return listening;
}

bool WebServer::isOpen(const QByteArray &path) const
{
    return std::any_of(m_open.begin(), m_open.end(), [&](const QByteArray &open) {
        return path == open || (open.endsWith('/') && open.size() > 1 && path.startsWith(open));
    });
}

void WebServer::gate(http::Exchange &exchange)
{
    const http::Request &request = exchange.request();
    for (const Result<void> &checked : {m_access.checkHost(request, m_port), m_access.checkOrigin(request, m_port)}) {
        if (!checked)
            return exchange.refuse(403, checked.error().message.toUtf8());
    }
    if (request.method == "OPTIONS")
        return exchange.respond(204, m_access.preflightHeaders(request, m_port), {});
    if (isOpen(request.path))
        return;
    const Result<Principal> principal = m_guard.authenticate(request, addressKey(exchange.peer()));
    if (principal) {
        exchange.principal = *principal;
        return;
    }
    http::Headers headers = corsOf(exchange);
    const bool limited = principal.error().code == code::rateLimited;
    if (limited)
        addRetryAfter(headers, principal.error());
    else
        headers.emplace_back("WWW-Authenticate", "Bearer realm=\"stepwire\"");
    if (request.path == "/rpc") {
        headers.emplace_back("Content-Type", "application/json");
        return exchange.respond(limited ? 429 : 401, headers, native::error(QJsonValue::Null, principal.error()));
    }
    headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    exchange.respond(limited ? 429 : 401, headers, principal.error().message.toUtf8() + '\n');
}

http::Headers WebServer::corsOf(const http::Exchange &exchange) const
{
    return m_access.corsHeaders(exchange.request(), m_port);
}

void WebServer::expire(io::Connection &connection, const Principal &principal)
{
    if (principal.expires)
        m_expiries.set(connection.id(), (*principal.expires + JwtVerifier::leewaySeconds - std::time(nullptr)) * 1000);
}

void WebServer::openSocket(const http::ExchangePtr &exchange)
{
    const QByteArrayList offered = http::offeredSubprotocols(exchange->request());
    if (!offered.isEmpty() && !offered.contains(subprotocol))
        return exchange->refuse(400,
                                "the subprotocols offered are " + offered.join(", ") + ", expected " + subprotocol);
    const Principal principal = principalOf(*exchange);
    auto handler = std::make_unique<Socket>(*this);
    Socket &made = *handler;
    http::WebSocket *socket = exchange->acceptWebSocket(std::move(handler), native::messageLimit,
                                                        offered.isEmpty() ? QByteArray() : subprotocol);
    if (!socket)
        return;
    m_sockets.emplace(socket->connection().id(), &made);
    made.begin(*socket, principal);
    expire(socket->connection(), principal);
    changed();
}

void WebServer::openStream(const http::ExchangePtr &exchange)
{
    const http::Request &request = exchange->request();
    if (request.method != "GET")
        return exchange->respond(405, {{"Allow", "GET"}}, {});
    native::Subscribe wanted;
    const auto list = [&](QByteArrayView name) {
        return QString::fromUtf8(request.queryValue(name)).split(u',', Qt::SkipEmptyParts);
    };
    wanted.jobs = list("jobs");
    wanted.types = list("types");
    const QByteArray output = request.queryValue("output");
    wanted.output = output != "0" && output != "false";
    QByteArray position = request.header("last-event-id");
    if (position.isEmpty())
        position = request.queryValue("lastEventId");
    if (!position.isEmpty()) {
        const auto place = native::parsePosition(QString::fromUtf8(position));
        if (!place)
            return exchange->refuse(
                400, "Last-Event-ID is " + quoted(QString::fromUtf8(position)).toUtf8() + ", expected EPOCH:SEQ");
        wanted.epoch = place->first;
        wanted.seq = place->second;
    }
    const Principal principal = principalOf(*exchange);
    http::Headers headers = corsOf(*exchange);
    headers.emplace_back("Content-Type", "text/event-stream");
    headers.emplace_back("Cache-Control", "no-store");
    headers.emplace_back("X-Accel-Buffering", "no");
    auto stream = std::make_unique<EventStream>(*this);
    EventStream &made = *stream;
    io::Connection *connection = exchange->beginStream(200, headers, std::move(stream));
    if (!connection)
        return;
    m_streams.emplace(connection->id(), &made);
    made.begin(*connection, principal, wanted);
    expire(*connection, principal);
    changed();
}

void WebServer::call(const http::ExchangePtr &exchange)
{
    const http::Request &request = exchange->request();
    http::Headers headers = corsOf(*exchange);
    if (request.method != "POST") {
        headers.emplace_back("Allow", "POST");
        return exchange->respond(405, headers, {});
    }
    headers.emplace_back("Content-Type", "application/json");
    headers.emplace_back("Cache-Control", "no-store");
    const auto call = native::parseCall(request.body);
    if (!call)
        return exchange->respond(200, headers, native::error(call.error().id, call.error().error));
    ++m_calls;
    const Reply answer = [exchange, headers, call = *call](const Result<Answer> &reply) mutable {
        if (!call.wantsAnswer())
            return exchange->respond(204, headers, {});
        const bool limited = !reply && reply.error().code == code::rateLimited;
        if (limited)
            addRetryAfter(headers, reply.error());
        exchange->respond(limited ? 429 : 200, headers,
                          reply ? native::result(call.id, *reply) : native::error(call.id, reply.error()));
    };
    auto decoded = native::decodeCall(*call);
    if (!decoded)
        return answer(tl::unexpected(decoded.error()));
    auto *wanted = std::get_if<Request>(&*decoded);
    if (!wanted)
        return answer(fail(code::invalidRequest,
                           QStringLiteral("subscribe needs a connection that stays: /ws, /events or Socket.IO")));
    Result<Request> permitted =
        m_guard.permit(std::move(*wanted), principalOf(*exchange), addressKey(exchange->peer()));
    if (!permitted)
        return answer(tl::unexpected(permitted.error()));
    m_hub.request(*permitted, answer);
}

/// The page hands its token over once; from then on the browser sends it where scripts cannot see it.
void WebServer::login(const http::ExchangePtr &exchange)
{
    const http::Request &request = exchange->request();
    if (request.method != "POST")
        return exchange->respond(405, {{"Allow", "POST"}}, {});
    if (request.path == "/logout")
        return exchange->respond(204, {{"Set-Cookie", m_access.logoutCookie()}}, {});
    const QByteArray token = request.body.trimmed();
    const Result<Principal> principal = m_guard.authenticate(QString::fromUtf8(token), addressKey(exchange->peer()));
    if (!principal) {
        const bool limited = principal.error().code == code::rateLimited;
        http::Headers headers{{"Content-Type", "text/plain; charset=utf-8"}};
        if (limited)
            addRetryAfter(headers, principal.error());
        return exchange->respond(limited ? 429 : 401, headers, principal.error().message.toUtf8() + '\n');
    }
    exchange->respond(200,
                      {{"Set-Cookie", m_access.loginCookie(token)},
                       {"Content-Type", "application/json"},
                       {"Cache-Control", "no-store"}},
                      "{\"scope\":\"" + scopeName(principal->scope).toUtf8() + "\"}");
}

void WebServer::showMetrics(const http::ExchangePtr &exchange)
{
    exchange->respond(200,
                      {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}, {"Cache-Control", "no-store"}},
                      m_metrics ? m_metrics() : QByteArray());
}

void WebServer::changed()
{
    if (m_clientsChanged)
        m_clientsChanged();
}

void WebServer::gone(quint64 connection)
{
    m_sockets.erase(connection);
    m_streams.erase(connection);
    m_expiries.clear(connection);
    changed();
    if (m_draining && m_sockets.empty() && m_streams.empty() && m_drained)
        std::exchange(m_drained, {})();
}

void WebServer::drain(int deadlineMs, std::function<void()> done)
{
    m_draining = true;
    m_http.close();
    m_drained = std::move(done);
    if (m_sockets.empty() && m_streams.empty())
        return std::exchange(m_drained, {})();
    for (const auto &[id, socket] : m_sockets)
        socket->end();
    for (const auto &[id, stream] : m_streams)
        stream->end(*m_reactor.find(id));
    QTimer::singleShot(deadlineMs, this, [this] {
        while (!m_sockets.empty())
            m_reactor.find(m_sockets.begin()->first)->close();
        while (!m_streams.empty())
            m_reactor.find(m_streams.begin()->first)->close();
    });
}

} // namespace stepwire
