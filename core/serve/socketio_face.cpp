#include "core/serve/socketio_face.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QCborMap>
#include <QJsonDocument>

#include <algorithm>
#include <ctime>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr int mostOutstanding = 64; // calls of a client without an answer
static constexpr qint64 mostBuffered = 64LL * 1024 * 1024; // a large snapshot must fit
static constexpr std::size_t mostSessions = 8192;
static const QString liveRoom = QStringLiteral(" live"); // no client can ask for it

static QString offsetOf(const QString &epoch, quint64 seq)
{
    return epoch + u':' + QString::number(seq);
}

/// Those who keep up and want everything are in one room.
class SocketIoFace::Carrier final : public Feed::Carrier
{
public:
    explicit Carrier(socketio::Namespace &nsp) : m_nsp(nsp) { }
    [[nodiscard]] std::size_t live() const override { return m_live; }
    void broadcast(const QByteArray &object, const Event &event) override
    {
        m_nsp.to(liveRoom).send(m_nsp.encode(u"event"_s, object, offsetOf(event.epoch, event.seq)));
    }

    std::size_t m_live = 0;

private:
    socketio::Namespace &m_nsp;
};

/// A client, also while it is gone and may come back.
class SocketIoFace::Follower final : public Feed::Outlet
{
public:
    explicit Follower(SocketIoFace &face) : m_face(face) { }

    void begin(socketio::Socket &socket)
    {
        m_socket = &socket;
        m_reader = std::make_unique<Feed::Reader>(m_face.m_feed, *this);
        socket.onStalled([this] { m_reader->stalled(); });
        socket.onDrained([this] { m_reader->drained(); });
    }
    void end()
    {
        m_reader.reset();
        setLive(false);
        m_socket = nullptr;
    }

    void sendEvent(const QByteArray &object, const Event &event) override
    {
        m_socket->send(m_face.m_nsp.encode(u"event"_s, object, offsetOf(event.epoch, event.seq)));
    }
    void sendSnapshot(const QByteArray &members, const Snapshot &state) override
    {
        m_socket->send(m_face.m_nsp.encode(u"snapshot"_s, members, offsetOf(state.epoch, state.seq)));
    }
    void setLive(bool live) override
    {
        if (live == std::exchange(m_live, live))
            return;
        m_face.m_carrier->m_live += live ? 1 : std::size_t(-1);
        if (!m_socket || !m_socket->connected())
            return;
        if (live)
            m_socket->join(liveRoom);
        else
            m_socket->leave(liveRoom);
    }
    [[nodiscard]] bool ready() const override { return m_socket && m_socket->connected() && !m_socket->stalled(); }
    [[nodiscard]] qint64 pendingBytes() const override { return m_socket ? m_socket->bufferedBytes() : 0; }

    [[nodiscard]] Feed::Reader *reader() const { return m_reader.get(); }

    Principal principal;
    QByteArray client; ///< whose requests are counted together
    native::Subscribe wanted;
    quint64 position = 0; ///< where a client that came back goes on
    int outstanding = 0;

private:
    SocketIoFace &m_face;
    socketio::Socket *m_socket = nullptr;
    bool m_live = false;
    std::unique_ptr<Feed::Reader> m_reader;
};

/// The hub's log remembers; here only the place is found.
class SocketIoFace::Recovery final : public socketio::RecoveryStore
{
public:
    explicit Recovery(SocketIoFace &face) : m_face(face) { }

    [[nodiscard]] QString nextOffset() override { return {}; }
    void append(Event /*event*/) override { }
    [[nodiscard]] QString offset() const override { return m_face.offset(); }
    [[nodiscard]] std::optional<Replay> replay(socketio::LostSession &session, const QString &offset) override
    {
        const auto *follower = std::any_cast<std::shared_ptr<Follower>>(&session.data);
        const auto position = native::parsePosition(offset);
        if (!session.known || !follower || !position || !m_face.m_hub.canRecover(position->first, position->second))
            return {};
        // What was missed follows as fast as the client takes it, see Follower.
        (*follower)->position = position->second;
        return Replay();
    }

private:
    SocketIoFace &m_face;
};

static socketio::Server::Options serverOptions(const WebServer &web)
{
    socketio::Server::Options options;
    options.engine.mostBufferedBytes = mostBuffered;
    options.engine.mostSessions = mostSessions;
    options.engine.responseHeaders = [&web](const http::Request &request) {
        return web.access().corsHeaders(request, web.port());
    };
    options.recovery.emplace();
    options.recovery->skipMiddlewares = false; // a token may have been taken back
    return options;
}

SocketIoFace::SocketIoFace(Hub &hub, EventTexts &texts, io::Reactor &reactor, WebServer &web, QString server,
                           LogReader::Limits limits)
    : m_hub(hub),
      m_web(web),
      m_serverName(std::move(server)),
      m_server(reactor, serverOptions(web)),
      m_nsp(m_server.of()),
      m_carrier(std::make_unique<Carrier>(m_nsp)),
      m_feed(hub, texts, *m_carrier, limits),
      m_expiries([this](quint64 key) {
          const auto node = m_expiring.extract(key);
          if (const auto socket = node ? node.mapped().lock() : nullptr)
              socket->disconnect(true);
      })
{
    m_nsp.setRecoveryStore(std::make_unique<Recovery>(*this));
    m_nsp.use([this](socketio::Socket &socket, const socketio::Next &next) { admit(socket, next); });
    m_nsp.onConnection([this](socketio::Socket &socket) { connected(socket); });
    web.openPath("/socket.io/"); // the token may come in `auth`, which the namespace looks at
    m_server.attach(web.http());
}

SocketIoFace::~SocketIoFace()
{
    m_clientsChanged = {};
    m_server.close(); // followers leave the feed while it is there
}

QString SocketIoFace::offset() const
{
    return offsetOf(m_hub.identity().epoch, m_hub.state().seq);
}

void SocketIoFace::admit(socketio::Socket &socket, const socketio::Next &next)
{
    const QByteArray address = addressKey(socket.handshake().peer);
    const QString token = socket.auth()[u"token"].toString();
    const Result<Principal> principal = token.isEmpty()
        ? m_web.guard().authenticate(socket.handshake().request, address)
        : m_web.guard().authenticate(token, address);
    if (!principal) {
        QJsonObject data = principal.error().data;
        data.insert(u"code"_s, principal.error().code);
        return next(socketio::ConnectError{principal.error().message, QCborMap::fromJsonObject(data)});
    }
    socket.data = std::make_shared<Follower>(*this); // one that comes back has its own instead
    m_admitted = *principal;
    next({});
}

void SocketIoFace::connected(socketio::Socket &socket)
{
    const auto follower = std::any_cast<std::shared_ptr<Follower>>(socket.data);
    ++m_followers;
    follower->principal = m_admitted;
    follower->client = "socket " + socket.id().toUtf8();
    socket.leave(liveRoom); // a session is kept with its rooms, but this one begins behind
    follower->begin(socket);
    socket.onDisconnect([this, follower](const QString & /*reason*/) {
        --m_followers;
        follower->end();
        if (m_clientsChanged)
            m_clientsChanged();
    });
    socket.onAny([this, &socket](const QString &event, const QCborArray &arguments, const socketio::Ack &ack) {
        call(socket, event, arguments, ack);
    });
    socket.send(m_nsp.encode(u"hello"_s,
                             native::helloParams(helloOf(m_hub, m_serverName, scopeName(follower->principal.scope))),
                             socket.recovered() ? offsetOf(m_hub.identity().epoch, follower->position) : offset()));
    native::Subscribe wanted = follower->wanted;
    if (socket.recovered()) {
        wanted.epoch = m_hub.identity().epoch;
        wanted.seq = follower->position;
    } else if (const auto since = native::parsePosition(socket.auth()[u"since"_s].toString())) {
        wanted.epoch = since->first;
        wanted.seq = since->second;
    }
    follower->reader()->subscribe(wanted);
    if (follower->principal.expires) {
        const quint64 key = m_nextExpiry++;
        m_expiring.emplace(key, socket.weak_from_this());
        m_expiries.set(key, (*follower->principal.expires + JwtVerifier::leewaySeconds - std::time(nullptr)) * 1000);
    }
    if (m_clientsChanged)
        m_clientsChanged();
}

/// What JSON-RPC would answer, without its envelope.
static QJsonObject withoutEnvelope(const QByteArray &response)
{
    QJsonObject object = QJsonDocument::fromJson(response).object();
    object.remove(u"jsonrpc"_s);
    object.remove(u"id"_s);
    return object;
}

static void reply(const socketio::Ack &ack, const QJsonObject &object)
{
    if (ack)
        ack({QCborMap::fromJsonObject(object)});
}

static void refuse(const socketio::Ack &ack, const Error &error)
{
    reply(ack, withoutEnvelope(native::error(QJsonValue::Null, error)));
}

/// The job of a room's name, given by itself or as `{room}`.
static Result<QString> jobOfRoom(const QCborValue &argument)
{
    const QString room = argument.isMap() ? argument[u"room"_s].toString() : argument.toString();
    const QString prefix = u"job:"_s;
    if (!room.startsWith(prefix) || !isValidId(room.sliced(prefix.size())))
        return fail(code::invalidParams, u"room is %1, expected job: and the job's id"_s.arg(quoted(room)));
    return room.sliced(prefix.size());
}

void SocketIoFace::call(socketio::Socket &socket, const QString &event, const QCborArray &arguments,
                        const socketio::Ack &ack)
{
    const auto follower = std::any_cast<std::shared_ptr<Follower>>(socket.data);
    ++m_calls;
    if (event == u"joinRoom" || event == u"leaveRoom") {
        const Result<QString> job = jobOfRoom(arguments.first());
        if (!job)
            return refuse(ack, job.error());
        const QString room = u"job:"_s + *job;
        native::Subscribe &wanted = follower->wanted;
        if (event == u"joinRoom") {
            if (!socket.join(room))
                return refuse(ack, {code::notAllowed, u"this client is in too many rooms already"_s, {}});
            if (!wanted.jobs.contains(*job))
                wanted.jobs.append(*job);
            follower->reader()->narrow(wanted);
        } else {
            socket.leave(room);
            wanted.jobs.removeAll(*job);
            // Out of the last room it gets everything again, of which it has not seen all.
            if (wanted.jobs.isEmpty())
                follower->reader()->subscribe(wanted);
            else
                follower->reader()->narrow(wanted);
        }
        QJsonObject result{{u"room"_s, room}};
        if (const Job *known = m_hub.state().find(*job); known && event == u"joinRoom")
            result.insert(u"job"_s, QJsonDocument::fromJson(native::encodeJob(*known)).object());
        return reply(ack, {{u"result"_s, result}});
    }
    native::Call asked;
    asked.method = QString(event).replace(u':', u'.');
    if (!arguments.isEmpty() && !arguments.first().isMap() && !arguments.first().isNull())
        return refuse(ack, {code::invalidParams, u"the argument of %1 is no object"_s.arg(quoted(event)), {}});
    asked.params = arguments.first().toMap().toJsonObject();
    auto decoded = native::decodeCall(asked);
    if (!decoded)
        return refuse(ack, decoded.error());
    if (const auto *wanted = std::get_if<native::Subscribe>(&*decoded)) {
        reply(ack, {{u"result"_s, subscribeResult(m_hub, *wanted)}});
        follower->wanted = *wanted;
        follower->wanted.seq.reset();
        follower->wanted.epoch.clear();
        return follower->reader()->subscribe(*wanted);
    }
    if (follower->outstanding >= mostOutstanding)
        return refuse(ack,
                      {code::rateLimited,
                       u"%1 calls of this client are not answered yet"_s.arg(follower->outstanding),
                       {{u"retry_after_ms"_s, 100}}});
    Result<Request> permitted =
        m_web.guard().permit(std::get<Request>(std::move(*decoded)), follower->principal, follower->client);
    if (!permitted)
        return refuse(ack, permitted.error());
    ++follower->outstanding;
    m_hub.request(*permitted, [ack, follower, alive = std::weak_ptr(m_alive)](const Result<Answer> &answer) {
        --follower->outstanding;
        if (alive.expired())
            return;
        if (answer)
            reply(ack, withoutEnvelope(native::result(QJsonValue(0), *answer)));
        else
            refuse(ack, answer.error());
    });
}

void SocketIoFace::close()
{
    m_server.close();
}

} // namespace stepwire
