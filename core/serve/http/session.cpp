#include "core/serve/http/session.h"

namespace stepwire::http {

static constexpr qsizetype mostPipelined = 64L * 1024; // bytes read ahead while an answer is awaited

Session::Session(Server &server, QHostAddress peer)
    : m_server(&server), m_peer(std::move(peer)), m_reader(server.m_options.limits)
{
}

Session::~Session()
{
    forgetExchange();
    if (m_server && m_connection) {
        m_server->m_sessions.erase(m_connection->id());
        m_server->m_timeouts.clear(m_connection->id());
    }
}

void Session::attach(io::Connection &connection)
{
    m_connection = &connection;
    m_server->m_sessions[connection.id()] = this;
    m_server->m_timeouts.set(connection.id(), m_server->m_options.headTimeoutMs);
}

void Session::forgetExchange()
{
    if (const auto exchange = m_exchange.lock(); exchange && exchange->m_session == this)
        exchange->m_session = nullptr;
    m_exchange.reset();
}

void Session::timedOut()
{
    if (m_waiting)
        return;
    if (m_started)
        return refuse(408, "the request took too long to come");
    m_connection->close();
}

void Session::endSoon()
{
    if (m_waiting)
        m_keepAlive = false;
    else
        m_connection->closeWhenSent();
}

qsizetype Session::received(io::Connection &connection, QByteArrayView bytes)
{
    qsizetype taken = 0;
    while (taken < bytes.size() && !connection.closing()) {
        if (m_waiting) {
            if (bytes.size() - taken > mostPipelined)
                connection.setReading(false);
            return taken;
        }
        if (!std::exchange(m_started, true))
            m_server->m_timeouts.set(connection.id(), m_server->m_options.headTimeoutMs);
        const RequestReader::Step step = m_reader.feed(bytes.sliced(taken));
        taken += step.taken;
        if (step.refusal) {
            refuse(step.refusal->status, step.refusal->sentence);
            return bytes.size();
        }
        if (step.expectsContinue)
            connection.send(QByteArrayLiteral("HTTP/1.1 100 Continue\r\n\r\n"));
        if (!step.whole)
            return bytes.size();
        handle();
        if (&connection.protocol() != this)
            return taken;
    }
    return bytes.size();
}

void Session::handle()
{
    const std::shared_ptr<Exchange> exchange(new Exchange);
    exchange->m_session = this;
    exchange->m_request = m_reader.take();
    exchange->m_peer = m_peer;
    exchange->m_secure = m_connection->secure();
    m_exchange = exchange;
    m_waiting = true;
    m_started = false;
    m_keepAlive = exchange->m_request.keepAlive;
    m_headOnly = exchange->m_request.method == "HEAD";
    m_server->m_timeouts.clear(m_connection->id());
    if (m_server->m_gate)
        m_server->m_gate(*exchange);
    if (!exchange->m_session)
        return;
    if (const Server::Handler *handler = m_server->handlerOf(exchange->m_request.path))
        (*handler)(exchange);
    else
        exchange->refuse(404, "there is nothing at " + exchange->m_request.path);
}

void Session::refuse(int status, QByteArrayView sentence)
{
    m_keepAlive = false;
    m_headOnly = false;
    answer(status, {{"Content-Type", "text/plain; charset=utf-8"}}, sentence.toByteArray() + '\n');
}

void Session::answer(int status, Headers headers, QByteArrayView body)
{
    m_waiting = false;
    m_exchange.reset();
    headers.insert(headers.end(), m_server->m_options.headers.begin(), m_server->m_options.headers.end());
    QByteArray bytes;
    if (m_headOnly) {
        if (status != 204 && status != 304) // as to GET
            headers.emplace_back("Content-Length", QByteArray::number(body.size()));
        if (!m_keepAlive)
            headers.emplace_back("Connection", "close");
        bytes = responseHead(status, headers);
    } else {
        bytes = response(status, std::move(headers), body, m_keepAlive);
    }
    m_connection->send(bytes);
    if (!m_keepAlive)
        return m_connection->closeWhenSent();
    m_server->m_timeouts.set(m_connection->id(), m_server->m_options.idleTimeoutMs);
    m_connection->setReading(true);
    m_connection->readAgain();
}

io::Connection &Session::handOver()
{
    m_waiting = false;
    m_exchange.reset();
    m_server->m_sessions.erase(m_connection->id());
    m_server->m_timeouts.clear(m_connection->id());
    m_server = nullptr;
    m_connection->setReading(true);
    m_connection->readAgain(); // what came behind the request is the next protocol's
    return *m_connection;
}

void Session::closed(io::Connection &connection)
{
    if (m_server) {
        m_server->m_sessions.erase(connection.id());
        m_server->m_timeouts.clear(connection.id());
        m_server = nullptr;
    }
    const auto exchange = m_exchange.lock();
    forgetExchange();
    if (!exchange)
        return;
    exchange->m_gone = true;
    if (exchange->m_onGone)
        std::exchange(exchange->m_onGone, {})();
}

Exchange::~Exchange()
{
    if (m_session)
        refuse(500, "the server gave no answer");
}

Session *Exchange::claim()
{
    m_onGone = {};
    return std::exchange(m_session, nullptr);
}

void Exchange::respond(int status, Headers headers, QByteArrayView body)
{
    if (Session *session = claim())
        session->answer(status, std::move(headers), body);
}

void Exchange::refuse(int status, QByteArrayView sentence)
{
    respond(status, {{"Content-Type", "text/plain; charset=utf-8"}}, sentence.toByteArray() + '\n');
}

QByteArrayList offeredSubprotocols(const Request &request)
{
    QByteArrayList offered;
    for (const QByteArray &name : request.header("sec-websocket-protocol").split(',')) {
        if (const QByteArray trimmed = name.trimmed(); !trimmed.isEmpty())
            offered.append(trimmed);
    }
    return offered;
}

WebSocket *Exchange::acceptWebSocket(std::unique_ptr<WebSocketHandler> handler, qsizetype mostMessageBytes,
                                     const QByteArray &subprotocol, const Headers &headers)
{
    if (m_gone)
        return nullptr;
    const auto lists = [](const QByteArray &values, QByteArrayView wanted) {
        for (const QByteArray &value : values.split(',')) {
            if (value.trimmed().compare(wanted, Qt::CaseInsensitive) == 0)
                return true;
        }
        return false;
    };
    if (m_request.method != "GET" || !m_request.upgrade || !lists(m_request.header("upgrade"), "websocket")) {
        respond(426,
                {{"Content-Type", "text/plain; charset=utf-8"}, {"Upgrade", "websocket"}, {"Connection", "Upgrade"}},
                "this is a WebSocket: a GET with Upgrade: websocket is expected\n");
        return nullptr;
    }
    if (m_request.header("sec-websocket-version") != "13") {
        respond(426,
                {{"Content-Type", "text/plain; charset=utf-8"},
                 {"Sec-WebSocket-Version", "13"},
                 {"Upgrade", "websocket"},
                 {"Connection", "Upgrade"}},
                "Sec-WebSocket-Version is " + m_request.header("sec-websocket-version") + ", expected 13\n");
        return nullptr;
    }
    const QByteArray key = m_request.header("sec-websocket-key");
    if (m_request.count("sec-websocket-key") != 1 || !websocket::isValidKey(key)) {
        refuse(400, "Sec-WebSocket-Key is no 16 bytes in base64");
        return nullptr;
    }
    Session *session = claim();
    if (!session)
        return nullptr;
    Headers answer{
        {"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", websocket::acceptKey(key)}};
    if (!subprotocol.isEmpty())
        answer.emplace_back("Sec-WebSocket-Protocol", subprotocol);
    answer.insert(answer.end(), headers.begin(), headers.end());
    io::Connection &connection = session->handOver();
    connection.send(responseHead(101, answer));
    auto socket = std::make_unique<WebSocket>(connection, std::move(handler), mostMessageBytes);
    WebSocket *made = socket.get();
    connection.setProtocol(std::move(socket));
    return made;
}

io::Connection *Exchange::beginStream(int status, const Headers &headers, std::unique_ptr<io::Protocol> protocol)
{
    Session *session = claim();
    if (!session)
        return nullptr;
    io::Connection &connection = session->handOver();
    Headers answer = headers;
    answer.emplace_back("Connection", "close");
    connection.send(responseHead(status, answer));
    connection.setProtocol(std::move(protocol));
    return &connection;
}

} // namespace stepwire::http
