#pragma once

#include "core/serve/http/http_server.h"
#include "core/wire/engineio/engineio.h"

#include <any>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace stepwire::engineio {

class Server;
class Session;

enum class Transport { Polling, WebSocket };

enum class CloseReason {
    TransportClose, ///< the client went or said `close`
    TransportError, ///< it broke the rules of the transport: two polls at once, a poll that was given up
    PingTimeout,
    ParseError,
    ForcedClose, ///< Session::close
    Overflow, ///< it does not take what is sent to it
    ServerShuttingDown,
};

/// As the reference implementation names it: `transport close`, `ping timeout` and so on.
[[nodiscard]] QString reasonText(CloseReason reason);

/// How a session began.
struct Handshake
{
    http::Request request; ///< without a body
    QHostAddress peer;
    bool secure = false;
    std::any principal; ///< see http::Exchange
};

/// What a session tells whoever uses it. Calls come on the reactor's thread; `closed` is the last.
class SessionHandler
{
public:
    virtual ~SessionHandler() = default;
    virtual void messageReceived(Session &session, QByteArrayView payload, bool binary) = 0;
    /// The client takes no more for now: its WebSocket is full, or it does not come to poll what waits.
    virtual void stalled(Session & /*session*/) { }
    /// All that waited was taken.
    virtual void drained(Session & /*session*/) { }
    /// Upgraded: Session::connection is there from now on.
    virtual void upgraded(Session & /*session*/) { }
    virtual void closed(Session & /*session*/, CloseReason /*reason*/) { }
};

/// One client of Engine.IO, whatever its transport. Valid until its handler's `closed` has returned.
class Session
{
public:
    ~Session();
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;

    [[nodiscard]] const QByteArray &sid() const { return m_sid; }
    [[nodiscard]] const Handshake &handshake() const { return *m_handshake; }
    [[nodiscard]] std::shared_ptr<const Handshake> sharedHandshake() const { return m_handshake; }
    [[nodiscard]] Transport transport() const { return m_socket ? Transport::WebSocket : Transport::Polling; }
    [[nodiscard]] bool open() const { return m_state == State::Open; }

    /// Goes out at the end of the event loop's turn. When too much waits then, the session is closed.
    void send(const Outgoing &packets);
    void sendText(QByteArrayView message) { send(Outgoing::text(message)); }
    void sendBinary(QByteArrayView message) { send(Outgoing::binary(message)); }
    /// What is sent goes out at once: a poll is held, or the WebSocket is not full.
    [[nodiscard]] bool writable() const;
    [[nodiscard]] bool stalled() const { return m_stalled; }
    [[nodiscard]] qint64 bufferedBytes() const;

    /// After what was sent. The handler is told before this returns.
    void close(CloseReason reason = CloseReason::ForcedClose);

    /// Of the WebSocket, for an io::Group: frames of `Outgoing::frames` may be sent to it. Null while polling.
    [[nodiscard]] io::Connection *connection() const;

private:
    friend class Server;
    class SocketEnd;
    enum class State { Open, Closing, Closed };

    Session(Server &server, quint64 number, QByteArray sid, std::shared_ptr<const Handshake> handshake);

    void openPolling(const http::ExchangePtr &exchange);
    void openSocket(http::WebSocket &socket, SocketEnd &end);
    [[nodiscard]] QByteArray openPacket(bool withUpgrades) const;

    void poll(const http::ExchangePtr &exchange);
    void post(const http::ExchangePtr &exchange);
    void answerPoll(QByteArrayView body);
    /// Answers a held poll with what waits.
    void flushPoll();

    void probeOpened(http::WebSocket &socket, SocketEnd &end);
    void probeReceived(QByteArrayView payload, bool text);
    void upgrade();
    void endProbe();

    void socketReceived(SocketEnd &end, QByteArrayView payload, bool text);
    void socketStalled(SocketEnd &end);
    void socketDrained(SocketEnd &end);
    void socketClosed(SocketEnd &end);

    [[nodiscard]] bool packetReceived(const Packet &packet);
    void heartbeat();
    /// Of the event loop: sends what waits for a poll, looks whether too much does.
    void endTurn();
    void setStalled(bool stalled);
    /// Tells the handler once.
    void end(CloseReason reason);
    /// Lets go of the transports; the server forgets the session.
    void finish();

    Server &m_server;
    quint64 m_number;
    QByteArray m_sid;
    std::shared_ptr<const Handshake> m_handshake;
    std::unique_ptr<SessionHandler> m_handler;
    State m_state = State::Open;
    bool m_stalled = false;
    bool m_dirty = false; ///< a poll is to be answered at the end of the turn
    bool m_waitingForPong = false;
    bool m_extended = false; ///< the wait for this pong, by another packet
    bool m_probed = false; ///< the probe was answered: polls are not held any more
    http::ExchangePtr m_poll;
    std::vector<Outgoing> m_waiting; ///< for the next poll
    qint64 m_waitingBytes = 0;
    http::WebSocket *m_socket = nullptr;
    SocketEnd *m_end = nullptr; ///< of m_socket
    http::WebSocket *m_probe = nullptr;
    SocketEnd *m_probeEnd = nullptr;
};

/// Sessions of Engine.IO 4 on an HTTP server: long polling, WebSocket, and the way from one to the other. Lives on the
/// reactor's thread. EIO=3 and JSONP are refused.
class Server : public QObject
{
public:
    struct Options
    {
        int pingIntervalMs = 25'000;
        int pingTimeoutMs = 20'000;
        int upgradeTimeoutMs = 10'000;
        int closeTimeoutMs = 30'000; ///< for a closed session's client to come for the last packets
        qsizetype maxPayload = 1'000'000; ///< bytes of a POST, a frame's message, and the answer to a poll
        std::size_t mostPacketsAPoll = 16; ///< in one answer; clients in Python take no more
        std::size_t mostSessions = 4096; ///< further ones get 503
        qint64 mostBufferedBytes = 8 * 1024 * 1024; ///< of a session, which is closed then
        qint64 stalledBytes = 64 * 1024; ///< that wait for a poll make the session stalled
        bool allowUpgrades = true;
        /// False refuses a handshake with 403. The HTTP server's gate has seen it before.
        std::function<bool(const http::Exchange &)> allowRequest;
        /// Further headers of each answer, for CORS. With it OPTIONS is answered 204.
        std::function<http::Headers(const http::Request &)> responseHeaders;
    };
    using NewSession = std::function<std::unique_ptr<SessionHandler>(Session &)>;

    /// `newSession` gives the handler of a session that is already open.
    Server(io::Reactor &reactor, Options options, NewSession newSession);
    ~Server() override;

    /// Answers requests for `path`, which should end in `/`, from now on. The HTTP server may live longer.
    void attach(http::Server &server, const QByteArray &path);

    [[nodiscard]] std::size_t sessions() const { return m_sessions.size(); }
    [[nodiscard]] const Options &options() const { return m_options; }
    /// Ends every session after what was sent to it, and refuses new ones with 503.
    void close();

private:
    friend class Session;

    void handle(const http::ExchangePtr &exchange);
    void handshake(const http::ExchangePtr &exchange, bool socket);
    void refuse(http::Exchange &exchange, int code, int status = 400, const char *message = nullptr) const;
    [[nodiscard]] http::Headers headers(const http::Request &request, QByteArray contentType) const;
    [[nodiscard]] Session *find(const QByteArray &sid) const;
    void markDirty(Session &session);
    void endTurn();
    void postEndTurn();
    void forget(Session &session);

    io::Reactor &m_reactor;
    Options m_options;
    NewSession m_newSession;
    std::unordered_map<quint64, std::unique_ptr<Session>> m_sessions;
    std::unordered_map<QByteArray, quint64> m_bySid;
    std::vector<std::unique_ptr<Session>> m_dead;
    std::vector<quint64> m_dirty;
    io::Timeouts m_heartbeats; ///< and of closed sessions, by the session's number
    io::Timeouts m_upgrades;
    std::shared_ptr<bool> m_alive;
    quint64 m_nextNumber = 1;
    bool m_turnPosted = false;
    bool m_closed = false;
};

} // namespace stepwire::engineio
