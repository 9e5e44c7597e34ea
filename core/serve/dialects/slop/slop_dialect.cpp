#include "core/serve/dialects/slop/slop_dialect.h"

#include <QCborMap>
#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimer>

#include <algorithm>

namespace stepwire::slop {

using namespace Qt::StringLiterals;

static constexpr int mostOutstanding = 64; // calls of a client without an answer
static constexpr qsizetype mostRoomName = 200;
static constexpr std::size_t mostClients = 256;
static const QString userId = u"stepwire"_s; // all who have the token are the same person

/// A socket's own.
struct SlopDialect::Client
{
    bool authenticated = true;
    QString connectedAt;
    int outstanding = 0;
};

static QString nowText()
{
    return isoTime(QDateTime::currentMSecsSinceEpoch());
}

static AccessOptions accessOptions(const Dialect::Setup &setup, const Settings &settings)
{
    AccessOptions options;
    options.listenAddress = setup.settings.address;
    options.origins = settings.origins;
    options.origins.append(u"http://localhost:3000"_s); // what the real server lets in
    options.tokens = {setup.token, setup.token};
    return options;
}

static http::Server::Options httpOptions()
{
    http::Server::Options options;
    options.mostConnections = 2 * mostClients;
    return options;
}

static socketio::Server::Options serverOptions(const AccessControl &access, const quint16 &port)
{
    socketio::Server::Options options;
    options.connectTimeoutMs = 10'000;
    options.engine.mostSessions = mostClients;
    options.engine.mostBufferedBytes = 32LL * 1024 * 1024; // the whole of a long output comes at its end
    options.engine.responseHeaders = [&access, &port](const http::Request &request) {
        return access.corsHeaders(request, port);
    };
    return options;
}

Result<std::unique_ptr<Dialect>> SlopDialect::create(const Setup &setup)
{
    auto settings = readSettings(setup.settings.members);
    if (!settings)
        return tl::unexpected(settings.error());
    return std::make_unique<SlopDialect>(setup, std::move(*settings));
}

SlopDialect::SlopDialect(const Setup &setup, Settings settings)
    : m_hub(setup.hub),
      m_where(setup.settings),
      m_settings(std::move(settings)),
      m_access(accessOptions(setup, m_settings)),
      m_connections({m_settings.connectionsPerMinute / 60, m_settings.connectionsPerMinute}),
      m_http(setup.reactor, httpOptions()),
      m_server(setup.reactor, serverOptions(m_access, m_port)),
      m_results(m_hub, m_http),
      m_runs(m_hub, m_settings, m_results, *this),
      m_media(m_hub, m_results, *this),
      m_watch(m_hub.observe([this](const EventPtr &event) {
          m_results.follow(*event);
          m_runs.follow(event);
          m_media.follow(*event);
      }))
{
    m_clock.start();
    m_http.setGate([this](http::Exchange &exchange) { gate(exchange); });
    m_server.attach(m_http);
    for (const QString &name : {u"/"_s, u"/media"_s, u"/notifications"_s}) {
        socketio::Namespace &nsp = m_server.of(name);
        nsp.use([this](socketio::Socket &socket, const socketio::Next &next) { admit(socket, next); });
        nsp.onConnection([this](socketio::Socket &socket) { connected(socket); });
        m_namespaces.push_back(&nsp);
    }
}

SlopDialect::~SlopDialect()
{
    onClientsChanged({});
    m_server.close();
    m_http.close();
}

Result<QString> SlopDialect::listen()
{
    const Result<quint16> port = m_http.listen(QHostAddress(m_where.address), m_where.port);
    if (!port)
        return tl::unexpected(port.error());
    m_port = *port;
    const QString host = m_where.address.contains(u':') ? u"[%1]"_s.arg(m_where.address) : m_where.address;
    const QString url = u"http://%1:%2"_s.arg(host).arg(m_port);
    m_results.setBase(url);
    m_runs.adopt();
    return url;
}

void SlopDialect::drain(std::function<void()> done)
{
    static constexpr int patienceMs = 300; // for what waits to be written
    m_server.close();
    m_http.close();
    if (m_clients == 0 && m_http.connections() == 0)
        return done();
    QTimer::singleShot(patienceMs, &m_server, std::move(done));
}

// ---- coming and going

/// Against names that are made to point here, and pages of others.
void SlopDialect::gate(http::Exchange &exchange) const
{
    if (const auto host = m_access.checkHost(exchange.request(), m_port); !host)
        return exchange.refuse(403, host.error().message.toUtf8());
    if (exchange.request().path.startsWith("/files/"))
        return; // its address is what lets somebody in
    if (const auto origin = m_access.checkOrigin(exchange.request(), m_port); !origin)
        exchange.refuse(403, origin.error().message.toUtf8());
}

static QString credential(const socketio::Socket &socket)
{
    const http::Request &request = socket.handshake().request;
    if (QString token = socket.auth()[u"token"].toString(); !token.isEmpty())
        return token;
    if (const QByteArray header = request.header("authorization"); header.toLower().startsWith("bearer "))
        return QString::fromUtf8(header.sliced(7).trimmed());
    if (QString session = socket.auth()[u"sessionId"].toString(); !session.isEmpty())
        return session;
    const QByteArray cookie = request.cookie("session");
    return QString::fromUtf8(cookie.isEmpty() ? request.cookie("sessionId") : cookie);
}

void SlopDialect::admit(socketio::Socket &socket, const socketio::Next &next)
{
    const QString token = credential(socket);
    if (token.isEmpty() || !m_access.authenticate(QStringView(token)))
        return next(socketio::ConnectError{u"Unauthorized"_s, QCborMap{{u"code"_s, u"UNAUTHORIZED"_s}}});
    if (m_connections.take(addressKey(socket.handshake().peer), m_clock.elapsed()))
        return next(socketio::ConnectError{u"Too many connections"_s, QCborMap{{u"code"_s, u"RATE_LIMITED"_s}}});
    next({});
}

static void emitTo(socketio::Socket &socket, const QString &event, const QJsonObject &data)
{
    socket.emitJson(event, QJsonDocument(data).toJson(QJsonDocument::Compact));
}

void SlopDialect::connected(socketio::Socket &socket)
{
    auto client = std::make_shared<Client>();
    client->connectedAt = nowText();
    socket.data = client;
    ++m_clients;
    socket.join(u"user:"_s + userId);
    socket.onDisconnect([this](const QString & /*reason*/) {
        --m_clients;
        tellClientsChanged();
    });
    socket.onAny([this, &socket](const QString &event, const QCborArray &arguments, const socketio::Ack &ack) {
        call(socket, event, arguments, ack);
    });
    const QString &nsp = socket.nsp().name();
    emitTo(socket, u"welcome"_s,
           {{u"message"_s,
             nsp == u"/" ? u"Connected to Slop Studios 3"_s : u"Connected to %1 namespace"_s.arg(nsp.sliced(1))},
            {u"socketId"_s, socket.id()},
            {u"serverTime"_s, nowText()}});
    emitTo(socket, u"authenticated"_s, {{u"userId"_s, userId}, {u"authenticatedAt"_s, nowText()}});
    tellClientsChanged();
}

// ---- what clients ask

void SlopDialect::call(socketio::Socket &socket, const QString &event, const QCborArray &arguments,
                       const socketio::Ack &ack)
{
    const auto client = std::any_cast<std::shared_ptr<Client>>(socket.data);
    const QJsonValue payload =
        arguments.isEmpty() ? QJsonValue(QJsonValue::Undefined) : arguments.first().toJsonValue();
    const Reply reply = [ack, client](const QJsonObject &answer) {
        --client->outstanding;
        if (ack)
            ack({QCborMap::fromJsonObject(answer)});
    };
    if (client->outstanding >= mostOutstanding) {
        emitTo(socket, u"error"_s,
               {{u"code"_s, u"RATE_LIMITED"_s},
                {u"message"_s, u"Too many requests are not answered yet"_s},
                {u"retryAfter"_s, 1}});
        if (ack)
            ack({QCborMap{{u"success"_s, false}, {u"error"_s, u"Rate limit exceeded"_s}}});
        return;
    }
    ++client->outstanding;
    if (callOfConnection(socket, *client, event, payload, reply))
        return;
    if (!client->authenticated) {
        const QJsonObject error{
            {u"code"_s, u"UNAUTHORIZED"_s}, {u"message"_s, u"Authentication required"_s}, {u"timestamp"_s, nowText()}};
        if (const qsizetype colon = event.indexOf(u':'); colon > 0)
            emitTo(socket, event.first(colon) + u":error"_s, error);
        emitTo(socket, u"error"_s, error);
        return reply({{u"success"_s, false}, {u"error"_s, u"Authentication required"_s}});
    }
    if (callOfRooms(socket, event, payload, reply))
        return;
    if (!m_runs.call({socket.nsp().name(), socket.id()}, event, payload, reply))
        reply({{u"success"_s, false}, {u"error"_s, u"Unknown event"_s}});
}

bool SlopDialect::callOfConnection(socketio::Socket &socket, Client &client, const QString &event,
                                   const QJsonValue &payload, const Reply &reply)
{
    if (event == u"ping") {
        const QJsonObject pong{{u"timestamp"_s, nowText()}};
        emitTo(socket, u"pong"_s, pong);
        reply(pong);
    } else if (event == u"heartbeat") {
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        const QJsonValue timestamp = payload[u"timestamp"];
        QJsonObject answer{{u"timestamp"_s, timestamp.isUndefined() ? QJsonValue(now) : timestamp},
                           {u"serverTime"_s, now},
                           {u"latency"_s, QJsonValue::Null}};
        if (timestamp.isDouble())
            answer.insert(u"latency"_s, static_cast<double>(now) - timestamp.toDouble());
        emitTo(socket, u"heartbeatAck"_s, answer);
        reply(answer);
    } else if (event == u"getConnectionInfo") {
        QJsonArray rooms;
        for (const QString &room : socket.rooms())
            rooms.append(room);
        reply({{u"socketId"_s, socket.id()},
               {u"connected"_s, true},
               {u"rooms"_s, rooms},
               {u"authenticated"_s, client.authenticated},
               {u"connectedAt"_s, client.connectedAt}});
    } else if (event == u"authenticate") {
        authenticate(socket, client, payload[u"token"].toString(), reply);
    } else if (event == u"logout") {
        client.authenticated = false;
        for (const QString &room : socket.rooms()) {
            if (room != socket.id())
                socket.leave(room);
        }
        emitTo(socket, u"loggedOut"_s, {{u"message"_s, u"Successfully logged out"_s}});
        reply({{u"success"_s, true}});
    } else {
        return false;
    }
    return true;
}

void SlopDialect::authenticate(socketio::Socket &socket, Client &client, const QString &token, const Reply &reply)
{
    if (token.isEmpty() || !m_access.authenticate(QStringView(token))) {
        emitTo(socket, u"authError"_s, {{u"message"_s, u"Invalid or expired token"_s}});
        reply({{u"success"_s, false}, {u"error"_s, u"Invalid or expired token"_s}});
        return socket.disconnect(true);
    }
    client.authenticated = true;
    socket.join(u"user:"_s + userId);
    emitTo(socket, u"authenticated"_s,
           {{u"userId"_s, userId}, {u"email"_s, QJsonValue::Null}, {u"authenticatedAt"_s, nowText()}});
    reply({{u"success"_s, true}, {u"userId"_s, userId}});
}

bool SlopDialect::callOfRooms(socketio::Socket &socket, const QString &event, const QJsonValue &payload,
                              const Reply &reply)
{
    const bool media = event == u"subscribeMedia" || event == u"unsubscribeMedia";
    const bool joins = event == u"joinRoom" || event == u"join" || event == u"subscribeMedia";
    if (!joins && event != u"leaveRoom" && event != u"leave" && event != u"unsubscribeMedia")
        return false;
    const QString member = media ? u"mediaId"_s : u"room"_s;
    const QString name = payload.isString() ? payload.toString() : payload[member].toString();
    const QString room = media ? Media::roomOf(name) : name;
    if (name.isEmpty() || name.size() > mostRoomName) {
        reply({{u"success"_s, false}, {u"error"_s, media ? u"Invalid media ID"_s : u"Invalid room name"_s}});
        return true;
    }
    if (joins) {
        if (!socket.join(room)) {
            reply({{u"success"_s, false}, {u"error"_s, u"This socket is in too many rooms"_s}});
            return true;
        }
        if (!media)
            emitTo(socket, u"roomJoined"_s, {{u"room"_s, room}, {u"success"_s, true}});
    } else if (room != socket.id()) {
        socket.leave(room);
        if (!media)
            emitTo(socket, u"roomLeft"_s, {{u"room"_s, room}, {u"success"_s, true}});
    }
    reply({{u"success"_s, true}, {member, name}});
    if (event == u"subscribeMedia") {
        if (const auto end = m_media.endOf(name))
            emitTo(socket, end->first, end->second);
    }
    return true;
}

// ---- what clients are told

void SlopDialect::tell(const Runs::Caller &caller, const QStringList &rooms, const QString &event,
                       const QJsonObject &data)
{
    const QByteArray json = QJsonDocument(data).toJson(QJsonDocument::Compact);
    for (socketio::Namespace *nsp : m_namespaces) {
        const bool its = nsp->name() == caller.nsp;
        const auto socket = its ? nsp->find(caller.socket) : nullptr;
        const bool heard =
            std::any_of(rooms.begin(), rooms.end(), [&](const QString &room) { return nsp->socketsIn(room) > 0; });
        if (!socket && !heard)
            continue;
        auto broadcast = nsp->to(socket ? caller.socket : rooms.front());
        for (const QString &room : rooms)
            broadcast.to(room);
        broadcast.emitJson(event, json);
    }
}

bool SlopDialect::isHeard(const QString &room) const
{
    return std::any_of(m_namespaces.begin(), m_namespaces.end(),
                       [&](const socketio::Namespace *nsp) { return nsp->socketsIn(room) > 0; });
}

void SlopDialect::tellRoom(const QString &room, const QString &event, const QJsonObject &data)
{
    const QByteArray json = QJsonDocument(data).toJson(QJsonDocument::Compact);
    for (socketio::Namespace *nsp : m_namespaces)
        nsp->to(room).emitJson(event, json);
}

void SlopDialect::notify(const QJsonObject &notification)
{
    socketio::Namespace &nsp = *m_namespaces.back();
    if (nsp.sockets() > 0)
        nsp.to(u"user:"_s + userId)
            .emitJson(u"notification"_s, QJsonDocument(notification).toJson(QJsonDocument::Compact));
}

} // namespace stepwire::slop
