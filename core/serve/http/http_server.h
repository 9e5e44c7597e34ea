#pragma once

#include "core/serve/io/reactor.h"
#include "core/wire/http/http.h"
#include "core/wire/websocket/websocket.h"

#include <QHostAddress>

#include <any>
#include <functional>
#include <map>
#include <memory>

namespace stepwire::http {

class Exchange;
class Session;
class WebSocket;

/// What a WebSocket of a client tells. Calls come on the reactor's thread; `closed` is the last.
class WebSocketHandler
{
public:
    virtual ~WebSocketHandler() = default;
    /// A whole text (valid UTF-8) or binary message.
    virtual void messageReceived(WebSocket &socket, QByteArrayView payload, bool text) = 0;
    virtual void stalled(WebSocket & /*socket*/) { }
    virtual void drained(WebSocket & /*socket*/) { }
    /// `code` is the peer's close code, or 1006 when it went without one.
    virtual void closed(WebSocket & /*socket*/, int /*code*/, const QByteArray & /*reason*/) { }
};

/// The server's end of a WebSocket (RFC 6455). Pings are answered here. Valid until its handler's `closed`.
class WebSocket final : public io::Protocol
{
public:
    WebSocket(io::Connection &connection, std::unique_ptr<WebSocketHandler> handler, qsizetype mostMessageBytes);
    ~WebSocket() override;

    void sendText(QByteArrayView payload) { m_connection.send(websocket::textFrame(payload)); }
    void sendBinary(QByteArrayView payload) { m_connection.send(websocket::frame(websocket::Opcode::Binary, payload)); }
    /// Ready frames, perhaps shared with others.
    void sendFrames(const QByteArray &frames) { m_connection.send(frames); }
    /// Sends a close frame once, and closes when the peer has answered or after a few seconds.
    void close(int code, QByteArrayView reason = {});

    [[nodiscard]] io::Connection &connection() const { return m_connection; }
    [[nodiscard]] WebSocketHandler &handler() const { return *m_handler; }

private:
    qsizetype received(io::Connection &connection, QByteArrayView bytes) override;
    void stalled(io::Connection &connection) override;
    void drained(io::Connection &connection) override;
    void closed(io::Connection &connection) override;

    io::Connection &m_connection;
    std::unique_ptr<WebSocketHandler> m_handler;
    websocket::Reader m_reader;
    bool m_closeSent = false;
    int m_closeCode = websocket::close_code::abnormal;
    QByteArray m_closeReason;
};

/// One request and its answer, which may come later; kept by whoever answers. Dropping the last reference without an
/// answer answers 500. Every call after the client has gone does nothing.
class Exchange
{
public:
    ~Exchange();
    Exchange(const Exchange &) = delete;
    Exchange &operator=(const Exchange &) = delete;

    [[nodiscard]] const Request &request() const { return m_request; }
    [[nodiscard]] const QHostAddress &peer() const { return m_peer; }
    [[nodiscard]] bool secure() const { return m_secure; }
    [[nodiscard]] bool gone() const { return m_gone; }

    /// What the gate let it through as; see Server::Gate.
    std::any principal;

    /// A whole answer; the server adds Content-Length, and Connection where it must. Only the first counts.
    void respond(int status, Headers headers, QByteArrayView body);
    /// One sentence as text/plain.
    void refuse(int status, QByteArrayView sentence);

    /// Answers a handshake (101) and hands the connection over; null when the request is none (400 or 426 was answered)
    /// or the client has gone. `subprotocol` is the one chosen, empty for none.
    WebSocket *acceptWebSocket(std::unique_ptr<WebSocketHandler> handler, qsizetype mostMessageBytes,
                               const QByteArray &subprotocol = {}, const Headers &headers = {});

    /// Sends the head of an answer without a known length (the connection's end is its end) and hands the connection
    /// over; null when the client has gone. What the client still sends is ignored by `protocol`.
    io::Connection *beginStream(int status, const Headers &headers, std::unique_ptr<io::Protocol> protocol);

    /// Called when the client goes before the answer was given.
    void onGone(std::function<void()> callback) { m_onGone = std::move(callback); }

private:
    friend class Session;
    Exchange() = default;
    [[nodiscard]] Session *claim();

    Session *m_session = nullptr; ///< null when answered or gone
    Request m_request;
    QHostAddress m_peer;
    bool m_secure = false;
    bool m_gone = false;
    std::function<void()> m_onGone;
};

using ExchangePtr = std::shared_ptr<Exchange>;

/// HTTP/1.1 with keep-alive on a TCP port; WebSockets on the same. Pipelined requests are answered one after the other.
/// Lives on the reactor's thread.
class Server : public QObject
{
public:
    struct Options
    {
        RequestReader::Limits limits;
        int headTimeoutMs = 10'000; ///< for a whole request, from its first byte (and from the connection's start)
        int idleTimeoutMs = 75'000; ///< between requests
        Headers headers; ///< of every answer
        std::size_t mostConnections = 8192; ///< further ones get 503 and are closed
    };

    using Handler = std::function<void(const ExchangePtr &)>;
    /// Looks at each request before anything else sees it; answers it itself to refuse it.
    using Gate = std::function<void(Exchange &)>;
    /// Makes the encrypting stream of an accepted descriptor.
    using StreamFactory = std::function<std::unique_ptr<io::Stream>(int descriptor)>;

    Server(io::Reactor &reactor, Options options);
    ~Server() override;

    void setGate(Gate gate) { m_gate = std::move(gate); }
    void setStreamFactory(StreamFactory factory) { m_makeStream = std::move(factory); }
    /// For a path, or with a `/` at the end for all below it; the longest that fits is called. Else 404.
    void route(const QByteArray &path, Handler handler);

    /// Port 0 chooses a free one. An error is one sentence; code `alreadyRunning` when the port is taken.
    [[nodiscard]] Result<quint16> listen(const QHostAddress &address, quint16 port);
    /// Open connections, those handed over included.
    [[nodiscard]] std::size_t connections() const { return *m_connections; }
    /// Takes no more connections and closes those that wait for a request.
    void close();

private:
    friend class Session;

    void accept(int descriptor);
    [[nodiscard]] const Handler *handlerOf(const QByteArray &path) const;

    io::Reactor &m_reactor;
    Options m_options;
    Gate m_gate;
    StreamFactory m_makeStream;
    std::map<QByteArray, Handler> m_routes;
    io::Timeouts m_timeouts; ///< of sessions, by connection
    std::map<quint64, Session *> m_sessions; ///< connections that speak HTTP at the moment
    std::shared_ptr<std::size_t> m_connections = std::make_shared<std::size_t>(0); ///< of all kinds
    std::vector<int> m_listening;
};

/// What a handshake offers in Sec-WebSocket-Protocol.
[[nodiscard]] QByteArrayList offeredSubprotocols(const Request &request);

} // namespace stepwire::http
