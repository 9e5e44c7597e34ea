#pragma once

#include "core/serve/socketio/engineio_server.h"
#include "core/serve/socketio/recovery.h"
#include "core/wire/socketio/socketio.h"

#include <QJsonObject>
#include <QRegularExpression>

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace stepwire::socketio {

// A server of Socket.IO protocol 5 (https://github.com/socketio/socket.io-protocol) over Engine.IO 4. Everything lives
// on the reactor's thread, callbacks come there. Arguments are described in core/wire/socketio/socketio.h.

class Broadcast;
class Client;
class Namespace;
class Server;
class Socket;

enum class Delivery {
    Reliable,
    Volatile, ///< dropped where it could not go out at once
};

/// Answers an event; empty when the client does not want to know. The first call counts, later ones and those after the
/// socket has gone do nothing.
using Ack = std::function<void(const QCborArray &arguments)>;
using Handler = std::function<void(const QCborArray &arguments, const Ack &ack)>;
/// With the arguments of the client's acknowledgement, or nothing: it did not come in time, or the socket has gone.
using Answered = std::function<void(const std::optional<QCborArray> &arguments)>;

/// Why a middleware turns a client away: the client's `connect_error` with this message and data.
struct ConnectError
{
    QString message;
    QCborValue data; ///< undefined: none
};
using Next = std::function<void(std::optional<ConnectError> error)>;

/// A client in a namespace. Made by its namespace; kept alive by it while connected.
class Socket : public std::enable_shared_from_this<Socket>
{
public:
    ~Socket();
    Socket(const Socket &) = delete;
    Socket &operator=(const Socket &) = delete;

    [[nodiscard]] const QString &id() const { return m_id; }
    [[nodiscard]] Namespace &nsp() const { return m_nsp; }
    /// Of the session: headers, query, peer, principal.
    [[nodiscard]] const engineio::Handshake &handshake() const { return *m_handshake; }
    /// What the client gave to this namespace.
    [[nodiscard]] const QJsonObject &auth() const { return m_auth; }
    [[nodiscard]] bool connected() const { return m_state == State::Connected; }
    /// The client was here before and has missed nothing; id, rooms and data are those it had. Known once connected.
    [[nodiscard]] bool recovered() const { return m_recovered; }
    [[nodiscard]] engineio::Transport transport() const;
    std::any data; ///< the user's; kept over recovery

    void on(const QString &event, Handler handler);
    /// Before the handlers of the event itself.
    void onAny(std::function<void(const QString &event, const QCborArray &arguments, const Ack &ack)> handler);
    /// `transport close`, `transport error`, `ping timeout`, `parse error`, `client namespace disconnect`, `server
    /// namespace disconnect`, `forced close`, `server shutting down`, `overflow`. The socket has left its rooms.
    void onDisconnect(std::function<void(const QString &reason)> handler) { m_onDisconnect = std::move(handler); }
    void onStalled(std::function<void()> handler) { m_onStalled = std::move(handler); }
    void onDrained(std::function<void()> handler) { m_onDrained = std::move(handler); }

    void emit(const QString &event, const QCborArray &arguments = {}, Delivery delivery = Delivery::Reliable);
    /// With ready JSON; see encodeEvent. With an `offset` the recovery store is not asked for one.
    void emitJson(const QString &event, QByteArrayView jsonArguments, const QString &offset = {},
                  Delivery delivery = Delivery::Reliable);
    /// What Namespace::encode made: not remembered for recovery.
    void send(const engineio::Outgoing &packet, Delivery delivery = Delivery::Reliable);
    /// `timeoutMs` 0: waits as long as the socket is there.
    void emitWithAck(const QString &event, const QCborArray &arguments, Answered answered, int timeoutMs = 0);

    /// False beyond Server::Options::mostRooms. The room with the socket's own id is always there.
    bool join(const QString &room);
    void leave(const QString &room);
    [[nodiscard]] std::vector<QString> rooms() const;
    /// To the others there.
    [[nodiscard]] Broadcast to(const QString &room);
    /// To all others.
    [[nodiscard]] Broadcast broadcast();

    /// Leaves the namespace; with `close` the client's other namespaces and its connection go too.
    void disconnect(bool close = false);

    /// What waits for the client; shared by all its namespaces.
    [[nodiscard]] qint64 bufferedBytes() const;
    /// The client takes no more for now. What is emitted to it waits, up to Options::mostBufferedBytes.
    [[nodiscard]] bool stalled() const;

private:
    friend class Client;
    friend class Namespace;
    enum class State { Pending, Connected, Gone };
    struct WaitingAck
    {
        Answered answered;
        quint64 timer = 0;
    };

    Socket(Namespace &nsp, Client &client, QJsonObject auth);
    void received(const Packet &packet);
    void dispatch(const QString &event, const QCborArray &arguments, const Ack &ack);
    [[nodiscard]] Ack makeAck(std::optional<qint64> id);
    void gone(const QString &reason, bool recoverable);
    [[nodiscard]] Server &server() const;

    Namespace &m_nsp;
    Client *m_client; ///< null when gone
    State m_state = State::Pending;
    bool m_recovered = false;
    QString m_id;
    QString m_pid; ///< null without recovery
    quint64 m_since = 0;
    std::vector<LostSession::Membership> m_formerRooms; ///< until it is connected again
    std::shared_ptr<const engineio::Handshake> m_handshake;
    QJsonObject m_auth;
    std::map<QString, quint64> m_rooms; ///< with LostSession::Membership::since
    std::multimap<QString, Handler> m_handlers;
    std::function<void(const QString &, const QCborArray &, const Ack &)> m_onAny;
    std::function<void(const QString &)> m_onDisconnect;
    std::function<void()> m_onStalled;
    std::function<void()> m_onDrained;
    qint64 m_nextAck = 0;
    std::map<qint64, WaitingAck> m_acks;
};

/// Whom an event goes to; see Namespace::to and Socket::to. To be used at once.
class Broadcast
{
public:
    /// Those in any of the rooms; without one everybody.
    Broadcast &to(const QString &room);
    Broadcast &except(const QString &room);

    void emit(const QString &event, const QCborArray &arguments = {}, Delivery delivery = Delivery::Reliable);
    void emitJson(const QString &event, QByteArrayView jsonArguments, const QString &offset = {},
                  Delivery delivery = Delivery::Reliable);
    void send(const engineio::Outgoing &packet, Delivery delivery = Delivery::Reliable);

    [[nodiscard]] std::vector<std::shared_ptr<Socket>> sockets() const;
    void join(const QString &room);
    void leave(const QString &room);
    void disconnect(bool close = false);

private:
    friend class Namespace;
    friend class Socket;
    explicit Broadcast(Namespace &nsp) : m_nsp(nsp) { }

    Namespace &m_nsp;
    std::vector<QString> m_rooms;
    std::vector<QString> m_except;
};

/// How a namespace receives clients: shared by static namespaces and families of them.
struct Reception
{
    using Middleware = std::function<void(Socket &socket, const Next &next)>;
    using EventHandler = std::function<void(Socket &socket, const QCborArray &arguments, const Ack &ack)>;

    std::vector<Middleware> middlewares;
    std::function<void(Socket &socket)> connected;
    std::multimap<QString, EventHandler> handlers;
};

/// Sockets that hear of each other, in rooms.
class Namespace
{
public:
    ~Namespace();
    Namespace(const Namespace &) = delete;
    Namespace &operator=(const Namespace &) = delete;

    [[nodiscard]] const QString &name() const { return m_name; }
    [[nodiscard]] Server &server() const { return m_server; }

    /// In the order given, before the client is told that it is connected. Each calls `next` once, now or later.
    void use(Reception::Middleware middleware);
    /// The client was told; what is emitted here reaches it.
    void onConnection(std::function<void(Socket &socket)> handler);
    /// For each socket, after the socket's own handlers; cheaper than one at each.
    void on(const QString &event, Reception::EventHandler handler);

    [[nodiscard]] std::shared_ptr<Socket> find(const QString &id) const;
    [[nodiscard]] std::size_t sockets() const { return m_sockets.size(); }
    [[nodiscard]] std::size_t socketsIn(const QString &room) const;

    [[nodiscard]] Broadcast to(const QString &room);
    [[nodiscard]] Broadcast except(const QString &room);
    [[nodiscard]] Broadcast all();
    void emit(const QString &event, const QCborArray &arguments = {}, Delivery delivery = Delivery::Reliable);
    void emitJson(const QString &event, QByteArrayView jsonArguments, const QString &offset = {},
                  Delivery delivery = Delivery::Reliable);
    void disconnectAll(bool close = false);

    /// Encodes an event once, to be sent to whoever and whenever; an `offset` becomes its last argument.
    [[nodiscard]] engineio::Outgoing encode(const QString &event, QByteArrayView jsonArguments,
                                            const QString &offset = {}) const;

    /// Instead of the one that Options::recovery gives; only while there are no sockets. Null: no recovery.
    void setRecoveryStore(std::unique_ptr<RecoveryStore> store);
    [[nodiscard]] RecoveryStore *recoveryStore() const { return m_store.get(); }

private:
    friend class Broadcast;
    friend class Client;
    friend class Server;
    friend class Socket;
    struct Room;
    struct Kept
    {
        LostSession session;
        quint64 timer = 0;
    };

    Namespace(Server &server, QString name, std::shared_ptr<Reception> reception, bool isChild);

    // A client's coming and going
    void connect(Client &client, const QJsonObject &auth);
    void runMiddleware(const std::shared_ptr<Socket> &socket, std::size_t index);
    void refuse(Socket &socket, const ConnectError &error);
    void admit(const std::shared_ptr<Socket> &socket);
    [[nodiscard]] bool recover(Socket &socket);
    void keep(LostSession session);
    void forget(const QString &pid);
    void removePending();
    void removeConnected(Socket &socket, bool recoverable);
    /// Nobody is here, nobody is coming or may come back.
    [[nodiscard]] bool isDeserted() const { return m_sockets.empty() && m_pending == 0 && m_lost.empty(); }
    void cleanUp();

    // Rooms
    void add(Room &room, Socket &socket);
    void remove(Room &room, Socket &socket);
    void joinRoom(Socket &socket, const QString &name);
    void leaveRoom(Socket &socket, const QString &name);
    /// The client's connection has come into or gone out of the groups.
    void regroup(Socket &socket);
    [[nodiscard]] Room *findRoom(const QString &name) const;
    [[nodiscard]] std::vector<Socket *> select(const std::vector<QString> &rooms,
                                               const std::vector<QString> &except) const;

    // Events
    [[nodiscard]] engineio::Outgoing prepare(const QString &event, QCborArray arguments, Delivery delivery,
                                             std::vector<QString> rooms, std::vector<QString> except);
    [[nodiscard]] engineio::Outgoing prepareJson(const QString &event, QByteArrayView jsonArguments,
                                                 const QString &offset, Delivery delivery, std::vector<QString> rooms,
                                                 std::vector<QString> except);
    void deliver(const engineio::Outgoing &packet, Delivery delivery, const std::vector<QString> &rooms,
                 const std::vector<QString> &except);

    Server &m_server;
    QString m_name;
    std::shared_ptr<Reception> m_reception;
    bool m_isChild;
    std::unique_ptr<RecoveryStore> m_store;
    std::unordered_map<QString, std::shared_ptr<Socket>> m_sockets; ///< connected ones by id
    std::unordered_map<QString, Socket *> m_byPid;
    std::size_t m_pending = 0; ///< sockets whose middlewares have not finished
    std::unique_ptr<Room> m_everybody;
    std::unordered_map<QString, std::unique_ptr<Room>> m_rooms;
    std::unordered_map<QString, Kept> m_lost; ///< by pid
};

/// Namespaces that are made when a client asks for them, and received alike.
class NamespaceFamily
{
public:
    using Accepts =
        std::function<bool(const QString &name, const QJsonObject &auth, const engineio::Handshake &handshake)>;

    void use(Reception::Middleware middleware) { m_reception->middlewares.push_back(std::move(middleware)); }
    void onConnection(std::function<void(Socket &)> handler) { m_reception->connected = std::move(handler); }
    void on(const QString &event, Reception::EventHandler handler)
    {
        m_reception->handlers.emplace(event, std::move(handler));
    }

private:
    friend class Server;
    explicit NamespaceFamily(Accepts accepts) : m_accepts(std::move(accepts)) { }

    Accepts m_accepts;
    std::shared_ptr<Reception> m_reception = std::make_shared<Reception>();
};

/// Namespaces on an HTTP server. `/` is always there.
class Server : public QObject
{
public:
    struct Recovery
    {
        int maxDisconnectionMs = 120'000;
        bool skipMiddlewares = true;
        qint64 logBytes = 4 * 1024 * 1024; ///< of each namespace
        std::size_t mostSessions = 4096; ///< that have gone and are remembered, of each namespace
    };
    struct Options
    {
        engineio::Server::Options engine;
        Decoder::Limits packets;
        int connectTimeoutMs = 45'000; ///< a client that joins no namespace is closed
        std::size_t mostRooms = 64; ///< of a socket
        std::size_t mostNamespaces = 16; ///< of a client
        std::size_t mostChildren = 1024; ///< namespaces that clients have made
        bool cleanupEmptyChildNamespaces = false;
        std::optional<Recovery> recovery;
    };

    Server(io::Reactor &reactor, Options options);
    ~Server() override;

    /// Serves below `path` (with a `/` at its end) from now on.
    void attach(http::Server &server, const QByteArray &path = QByteArrayLiteral("/socket.io/"));

    /// The namespace, made when it is not there yet. A `/` is put before a name without one.
    Namespace &of(const QString &name = QStringLiteral("/"));
    /// Makes namespaces whose whole name, or whatever `accepts` looks at, fits. Those of `of` come first, then families
    /// in the order of their making.
    NamespaceFamily &family(const QRegularExpression &pattern);
    NamespaceFamily &family(NamespaceFamily::Accepts accepts);
    [[nodiscard]] Namespace *find(const QString &name) const;
    [[nodiscard]] std::size_t namespaces() const { return m_namespaces.size(); }

    [[nodiscard]] const Options &options() const { return m_options; }
    /// Clients, whatever namespaces they are in.
    [[nodiscard]] std::size_t clients() const { return m_engine.sessions(); }
    /// Disconnects all with `server shutting down`, after what was emitted to them; clients will come back. No new ones
    /// are let in.
    void close();

private:
    friend class Client;
    friend class Namespace;
    friend class Socket;

    /// Null: there is none and none may be made.
    [[nodiscard]] Namespace *findOrMake(const QString &name, const QJsonObject &auth,
                                        const engineio::Handshake &handshake);
    Namespace &make(const QString &name, std::shared_ptr<Reception> reception, bool isChild);
    void removeLater(Namespace &nsp);
    /// A timer that `cancel` knows.
    [[nodiscard]] quint64 after(int ms, std::function<void()> then);
    void cancel(quint64 timer);

    io::Reactor &m_reactor;
    Options m_options;
    std::unordered_map<QString, std::unique_ptr<Namespace>> m_namespaces;
    std::vector<std::unique_ptr<NamespaceFamily>> m_families;
    std::size_t m_children = 0;
    std::unordered_map<quint64, std::function<void()>> m_timed;
    quint64 m_nextTimer = 1;
    io::Timeouts m_timeouts;
    engineio::Server m_engine; ///< last: its sessions end first
};

} // namespace stepwire::socketio
