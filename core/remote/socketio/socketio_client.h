#pragma once

#include "core/model/result.h"
#include "core/remote/socketio/types.h"
#include "core/remote/websocket/tls_trust.h"
#include "core/wire/socketio/socketio.h"

#include <QCborArray>
#include <QCborMap>
#include <QCborValue>
#include <QObject>
#include <QString>
#include <QUrl>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace stepwire::socketio::client {

// A client of Socket.IO protocol 5 (https://github.com/socketio/socket.io-protocol) over Engine.IO 4: what servers of
// Socket.IO 3 and 4 speak. Behaves as npm socket.io-client 4 does, and names things as it does. Arguments are described
// in core/wire/socketio/socketio.h.
//
//     Manager manager(QUrl(QStringLiteral("https://host:3000")), {});
//     Socket *socket = manager.socket(QStringLiteral("/jobs"), {.auth = [] { return QCborMap{...}; }});
//     QObject::connect(socket, &Socket::connected, owner, [] { ... });
//     socket->on(QStringLiteral("progress"), [](const QCborArray &arguments, const Ack &ack) { ... });
//     socket->emitWithAck(QStringLiteral("cancel"), {42}, [](const Result<QCborArray> &answer) { ... }, 5000);
//
// Everything lives on the thread that made it and waits for nothing. Managers and sockets must not be deleted within
// their own callbacks; deleteLater() is.

class Manager;
class Socket;

using TransportKind = engineio::client::TransportKind;
enum class State { Closed, Opening, Open };

enum class Delivery {
    Reliable, ///< kept while disconnected, sent when connected
    Volatile, ///< dropped where it could not go out at once
};

/// Answers an event; empty when the server does not want to know. The first call counts, later ones and those after the
/// socket has gone do nothing.
using Ack = std::function<void(const QCborArray &arguments)>;
/// With connection state recovery the last argument is an offset, put there by the server.
using Handler = std::function<void(const QCborArray &arguments, const Ack &ack)>;
using AnyHandler = std::function<void(const QString &event, const QCborArray &arguments, const Ack &ack)>;
/// With the arguments of the server's acknowledgement; or with why there is none: `operation has timed out`, `socket
/// has been disconnected`.
using Answered = std::function<void(const Result<QCborArray> &arguments)>;

/// Why there is no connection, or not to this namespace.
struct ConnectError
{
    using Kind = engineio::client::FailureKind;
    Kind kind = Kind::Network;
    QString message; ///< one sentence; of Refused the server's own
    QCborValue data; ///< of Refused: what the server gave along, else undefined
    int httpStatus = 0; ///< of an answer that was none of Engine.IO, else 0
};

/// Of the connection; names and defaults are socket.io-client's. Times in milliseconds.
struct Options
{
    QString path = QStringLiteral("/socket.io/");
    std::vector<TransportKind> transports = {TransportKind::Polling, TransportKind::WebSocket};
    bool upgrade = true; ///< from polling to WebSocket, when both are allowed here and there
    bool rememberUpgrade = false; ///< begins with WebSocket where it worked before
    bool tryAllTransports = false; ///< the next transport where the first fails
    std::vector<std::pair<QString, QString>> query; ///< added to each address
    std::vector<std::pair<QByteArray, QByteArray>> extraHeaders; ///< Cookie, Authorization, Origin and so on
    bool withCredentials = false; ///< keeps the server's cookies and sends them back, as balancers want
    bool reconnection = true;
    int reconnectionAttempts = -1; ///< -1: without end
    int reconnectionDelay = 1000;
    int reconnectionDelayMax = 5000;
    double randomizationFactor = 0.5; ///< 0 to 1
    int timeout = 20'000; ///< of an attempt to connect; 0: none
    bool autoConnect = true; ///< a socket is opened when it is made
    TlsTrust tls;
    qsizetype maxMessageBytes = 64 * 1024 * 1024; ///< of what comes, one message or answer; more ends the connection
    std::function<double()> random; ///< 0 to below 1, for the jitter; empty: QRandomGenerator
};

/// Of one namespace.
struct SocketOptions
{
    /// Asked at each connect, for what the server sees as `handshake.auth`. Empty: nothing.
    std::function<QCborMap()> auth;
    int ackTimeout = 0; ///< of each emitWithAck without a time of its own; 0: none
    /// How often an emit is repeated until it is acknowledged, each try within ackTimeout, one emit after the other (at
    /// least once delivery). 0: never.
    int retries = 0;
};

/// A connection to one server, shared by the sockets of its namespaces, and its reconnection. Lives on the thread that
/// made it.
class Manager : public QObject
{
    Q_OBJECT
public:
    /// Of http, https, ws or wss. What stands behind the host is not looked at, but for the query, which is added to
    /// Options::query.
    Manager(const QUrl &url, Options options, QObject *parent = nullptr);
    ~Manager() override;

    /// The socket of a namespace, made when it is first asked for; the manager's. It is opened with autoConnect.
    Socket *socket(const QString &nsp = QStringLiteral("/"), const SocketOptions &options = {});

    /// Sockets do this by themselves.
    void open();
    /// Ends the connection and all reconnection, until open() of the manager or a socket.
    void close();
    /// When the network is back, or the computer was asleep: tries at once if it waits for its next attempt, with the
    /// backoff from its start, and looks whether a connection that seems open still is.
    void reconnectNow();

    [[nodiscard]] State state() const { return m_state; }
    /// Between a lost connection and the next.
    [[nodiscard]] bool reconnecting() const { return m_reconnecting; }
    [[nodiscard]] const QUrl &url() const { return m_url; }
    [[nodiscard]] const Options &options() const { return m_options; }
    /// Of the open connection.
    [[nodiscard]] std::optional<TransportKind> transport() const;
    /// Of Engine.IO.
    [[nodiscard]] QByteArray sid() const;
    /// What waits to be sent.
    [[nodiscard]] qint64 bufferedBytes() const;

Q_SIGNALS:
    void opened();
    void error(const stepwire::socketio::client::ConnectError &error);
    /// `transport close`, `transport error`, `ping timeout`, `parse error`, `forced close`.
    void closed(const QString &reason, const QString &detail);
    void ping();
    void upgraded(stepwire::socketio::client::TransportKind transport);
    void reconnectScheduled(int attempt, int delayMs);
    void reconnectAttempt(int attempt);
    void reconnected(int attempt);
    void reconnectError(const stepwire::socketio::client::ConnectError &error);
    void reconnectFailed();
    /// Everything that was sent is out.
    void drained();

private:
    friend class Socket;
    class Impl;

    const QUrl m_url;
    const Options m_options;
    State m_state = State::Closed;
    bool m_reconnecting = false;
    std::unique_ptr<Impl> m_impl;
};

/// A namespace of a server. Made by Manager::socket.
class Socket : public QObject
{
    Q_OBJECT
public:
    ~Socket() override;

    [[nodiscard]] Manager &manager() const { return m_manager; }
    [[nodiscard]] const QString &nsp() const { return m_nsp; }
    /// Null while disconnected.
    [[nodiscard]] const QString &id() const { return m_id; }
    [[nodiscard]] bool isConnected() const { return m_connected; }
    /// Connected, or will connect by itself. Not so before open(), after close(), and after the server has refused or
    /// disconnected it.
    [[nodiscard]] bool isActive() const { return m_active; }
    /// The connection was recovered: id, rooms and data are those it had, and nothing was missed.
    [[nodiscard]] bool recovered() const { return m_recovered; }

    /// `connect` in JavaScript.
    void open();
    /// `disconnect` in JavaScript: `disconnected` with `io client disconnect` comes before this returns.
    void close();

    /// Each handler of an event is called, in the order they came. Those of onAny before them.
    void on(const QString &event, Handler handler);
    void onAny(AnyHandler handler);
    /// All handlers of the event.
    void off(const QString &event);

    /// While disconnected it waits and is sent after the next connect. Reserved names (isReservedEvent) are not sent.
    void emit(const QString &event, const QCborArray &arguments = {}, Delivery delivery = Delivery::Reliable);
    /// `timeoutMs` 0: SocketOptions::ackTimeout. An event that still waits to be sent then is not sent any more.
    void emitWithAck(const QString &event, const QCborArray &arguments, Answered answered, int timeoutMs = 0);
    /// Events that wait for the connection.
    [[nodiscard]] std::size_t bufferedEvents() const;

Q_SIGNALS:
    void connected();
    void connectError(const stepwire::socketio::client::ConnectError &error);
    /// `io server disconnect`, `io client disconnect`, `ping timeout`, `transport close`, `transport error`, `parse
    /// error`, `forced close`. After the first two it does not reconnect by itself.
    void disconnected(const QString &reason, const QString &detail);

private:
    friend class Manager;
    class Impl;

    Socket(Manager &manager, const QString &nsp, SocketOptions options);

    Manager &m_manager;
    const QString m_nsp;
    QString m_id;
    bool m_connected = false;
    bool m_active = false;
    bool m_recovered = false;
    std::unique_ptr<Impl> m_impl;
};

} // namespace stepwire::socketio::client
