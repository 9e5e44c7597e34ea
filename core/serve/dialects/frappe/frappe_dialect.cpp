#include "core/serve/dialects/frappe/frappe_dialect.h"

#include "core/serve/dialects/frappe/frappe_memory.h"
#include "core/serve/dialects/frappe/frappe_web.h"
#include "core/serve/socketio/socketio_server.h"

#include <QCborMap>

#include <QDateTime>
#include <QDeadlineTimer>
#include <QTimer>

#include <any>
#include <set>

namespace stepwire {

using namespace Qt::StringLiterals;

namespace {

constexpr int flushMs = 100; // figures of a job are told no more often
constexpr int drainMs = 2000;
constexpr std::size_t mostClients = 256;
constexpr qsizetype mostName = 140; // as Frappe has it

/// Of a client in a namespace, also while it is gone and may come back.
struct Visitor
{
    QString user;
    FrappeMemory::Subscriptions wanted;
};
using VisitorPtr = std::shared_ptr<Visitor>;

VisitorPtr visitorOf(const socketio::Socket &socket)
{
    return std::any_cast<VisitorPtr>(socket.data);
}

class FrappeDialect final : public QObject, public Dialect
{
public:
    FrappeDialect(const Setup &setup, FrappeSite site)
        : m_hub(setup.hub),
          m_settings(setup.settings),
          m_site(std::move(site)),
          m_login(m_site, setup.token),
          m_story(m_site),
          m_web(m_hub, m_site, m_login, m_story, m_updates),
          m_http(setup.reactor, httpOptions()),
          m_server(setup.reactor, serverOptions())
    {
        m_flush.setSingleShot(true);
        m_flush.setInterval(flushMs);
        connect(&m_flush, &QTimer::timeout, this, [this] { flush(); });
        m_draining.setInterval(20);
        connect(&m_draining, &QTimer::timeout, this, [this] {
            if (m_http.connections() == 0 || m_deadline.hasExpired()) {
                m_draining.stop();
                if (m_drained)
                    std::exchange(m_drained, {})();
            }
        });
        welcome(m_server.of());
        // The main namespace is always there; a site's is made when somebody names the site that its headers mean.
        welcome(m_server.family([this](const QString &name, const QJsonObject &, const engineio::Handshake &handshake) {
            return name.sliced(1) == m_login.siteOf(handshake.request);
        }));
        m_web.attach(m_http);
        m_server.attach(m_http);
        m_watch = m_hub.observe([this](const EventPtr &event) { onEvent(*event); });
    }

    ~FrappeDialect() override
    {
        onClientsChanged({});
        m_server.close();
    }

    [[nodiscard]] Result<QString> listen() override
    {
        const Result<quint16> port = m_http.listen(QHostAddress(m_settings.address), m_settings.port);
        if (!port)
            return tl::unexpected(port.error());
        return u"http://%1:%2"_s
            .arg(m_settings.address.contains(u':') ? u'[' + m_settings.address + u']' : m_settings.address)
            .arg(*port);
    }

    [[nodiscard]] std::size_t clients() const override { return m_clients; }

    void drain(std::function<void()> done) override
    {
        flush();
        m_server.close();
        m_http.close();
        m_drained = std::move(done);
        m_deadline.setRemainingTime(drainMs);
        m_draining.start();
    }

private:
    static http::Server::Options httpOptions()
    {
        http::Server::Options options;
        options.mostConnections = 2 * mostClients;
        options.headers = {{"X-Content-Type-Options", "nosniff"}};
        return options;
    }

    static socketio::Server::Options serverOptions()
    {
        socketio::Server::Options options;
        options.engine.mostSessions = mostClients;
        options.engine.responseHeaders = &FrappeWeb::corsHeaders;
        options.mostChildren = 16;
        options.cleanupEmptyChildNamespaces = true;
        options.recovery.emplace();
        options.recovery->maxDisconnectionMs = 10 * 60 * 1000;
        options.recovery->mostSessions = mostClients;
        options.recovery->logBytes = 2 * 1024 * 1024;
        options.recovery->skipMiddlewares = false; // who comes back proves anew who it is
        return options;
    }

    // ---- clients

    /// A namespace, or a family of them.
    template <class Place>
    void welcome(Place &place)
    {
        place.use([this](socketio::Socket &socket, const socketio::Next &next) { admit(socket, next); });
        place.onConnection([this](socketio::Socket &socket) { connected(socket); });
        const auto on = [&](const char *event, auto handler) {
            place.on(QLatin1String(event),
                     [this, handler](socketio::Socket &socket, const QCborArray &arguments, const socketio::Ack &) {
                         (this->*handler)(socket, arguments);
                     });
        };
        on("doctype_subscribe", &FrappeDialect::doctypeSubscribe);
        on("doctype_unsubscribe", &FrappeDialect::doctypeUnsubscribe);
        on("doc_subscribe", &FrappeDialect::docSubscribe);
        on("doc_unsubscribe", &FrappeDialect::docUnsubscribe);
        on("task_subscribe", &FrappeDialect::taskSubscribe);
        on("progress_subscribe", &FrappeDialect::progressSubscribe);
        on("task_unsubscribe", &FrappeDialect::taskUnsubscribe);
        on("doc_open", &FrappeDialect::docOpen);
        on("doc_close", &FrappeDialect::docClose);
        on("ping", &FrappeDialect::ping);
    }

    void admit(socketio::Socket &socket, const socketio::Next &next)
    {
        const http::Request &request = socket.handshake().request;
        const QByteArray sid = socket.auth().value(u"sid"_s).toString().toUtf8();
        const QString refused = m_login.refusal(request, sid, socket.nsp().name() == u"/");
        if (!refused.isNull())
            return next(socketio::ConnectError{refused, {}});
        socket.data = std::make_shared<Visitor>(Visitor{m_login.userOf(request, sid), {}}); // unless it comes back
        m_admitted = m_login.userOf(request, sid);
        next({});
    }

    /// What a client is known by that comes back as a stranger.
    static QByteArray sessionOf(const socketio::Socket &socket, const QString &user)
    {
        const http::Request &request = socket.handshake().request;
        return socket.nsp().name().toUtf8() + '\n' + user.toUtf8() + '\n' + request.header("origin") + '\n'
            + request.header("user-agent");
    }

    void connected(socketio::Socket &socket)
    {
        m_namespaces.insert(socket.nsp().name());
        const VisitorPtr visitor = visitorOf(socket);
        if (visitor->user != m_admitted) { // who has come back is another now: nothing of before is theirs
            for (const QString &room : socket.rooms()) {
                if (room != socket.id())
                    socket.leave(room);
            }
            *visitor = Visitor{m_admitted, {}};
        }
        const QByteArray session = sessionOf(socket, visitor->user);
        if (socket.recovered()) {
            m_memory.forget(socket.id());
        } else if (auto before = m_memory.take(session, FrappeMemory::Clock::now())) {
            visitor->wanted = std::move(*before);
            for (const QString &room : visitor->wanted.rooms)
                socket.join(room);
            for (const auto &[doctype, name] : visitor->wanted.opened)
                socket.join(frappe_room::openDocument(doctype, name));
        }
        socket.join(frappe_room::user(visitor->user));
        socket.join(frappe_room::website());
        if (m_site.users.at(visitor->user).system)
            socket.join(frappe_room::all());
        ++m_clients;
        socket.onDisconnect(
            [this, visitor, session, id = socket.id(), nsp = socket.nsp().name()](const QString &reason) {
                --m_clients;
                if (!reason.contains(u"namespace disconnect")) // else it does not mean to come back
                    m_memory.keep(session, id, visitor->wanted, FrappeMemory::Clock::now());
                for (const auto &[doctype, name] : visitor->wanted.opened)
                    tellViewers(nsp, doctype, name);
                tellClientsChanged();
            });
        for (const auto &[doctype, name] : visitor->wanted.opened)
            tellViewers(socket.nsp().name(), doctype, name);
        tellClientsChanged();
    }

    static void subscribe(socketio::Socket &socket, const QString &room)
    {
        if (socket.join(room))
            visitorOf(socket)->wanted.rooms.insert(room);
    }
    static void unsubscribe(socketio::Socket &socket, const QString &room)
    {
        socket.leave(room);
        visitorOf(socket)->wanted.rooms.erase(room);
    }

    /// The argument at this place; null where it is none that Frappe could have a name for.
    static QString nameAt(const QCborArray &arguments, qsizetype place)
    {
        const QCborValue value = arguments.size() > place ? arguments.at(place) : QCborValue();
        const QString name = value.isInteger() ? QString::number(value.toInteger()) : value.toString();
        return name.size() > mostName ? QString() : name;
    }

    /// As has_permission of the site answers. Who may not is told nothing, as there.
    [[nodiscard]] std::optional<std::pair<QString, QString>> readable(const socketio::Socket &socket,
                                                                      const QCborArray &arguments) const
    {
        const QString doctype = nameAt(arguments, 0);
        if (doctype.isEmpty() || !m_site.mayRead(visitorOf(socket)->user, doctype))
            return std::nullopt;
        return std::pair(doctype, nameAt(arguments, 1));
    }

    void doctypeSubscribe(socketio::Socket &socket, const QCborArray &arguments)
    {
        if (const auto what = readable(socket, arguments))
            subscribe(socket, frappe_room::doctype(what->first));
    }
    void doctypeUnsubscribe(socketio::Socket &socket, const QCborArray &arguments)
    {
        unsubscribe(socket, frappe_room::doctype(nameAt(arguments, 0)));
    }
    void docSubscribe(socketio::Socket &socket, const QCborArray &arguments)
    {
        if (const auto what = readable(socket, arguments); what && !what->second.isEmpty())
            subscribe(socket, frappe_room::document(what->first, what->second));
    }
    void docUnsubscribe(socketio::Socket &socket, const QCborArray &arguments)
    {
        unsubscribe(socket, frappe_room::document(nameAt(arguments, 0), nameAt(arguments, 1)));
    }
    void taskSubscribe(socketio::Socket &socket, const QCborArray &arguments)
    {
        if (const QString task = nameAt(arguments, 0); !task.isEmpty())
            subscribe(socket, frappe_room::task(task));
    }
    void taskUnsubscribe(socketio::Socket &socket, const QCborArray &arguments)
    {
        unsubscribe(socket, frappe_room::task(nameAt(arguments, 0)));
    }

    /// Old versions told at once what was known of the task; so does this.
    void progressSubscribe(socketio::Socket &socket, const QCborArray &arguments)
    {
        taskSubscribe(socket, arguments);
        const Job *job = m_hub.state().find(nameAt(arguments, 0));
        if (!job || !FrappeStory::isTold(*job))
            return;
        FrappeStory fresh(m_site); // whatever the others were told before
        for (const FrappePublication &each : fresh.progressOf(*job, 0)) {
            if (each.event == u"progress")
                socket.emit(each.event, {QCborValue::fromJsonValue(each.message)});
        }
    }

    void docOpen(socketio::Socket &socket, const QCborArray &arguments)
    {
        const auto what = readable(socket, arguments);
        if (!what || what->second.isEmpty() || !socket.join(frappe_room::openDocument(what->first, what->second)))
            return;
        visitorOf(socket)->wanted.opened.insert(*what);
        tellViewers(socket.nsp().name(), what->first, what->second);
    }
    void docClose(socketio::Socket &socket, const QCborArray &arguments)
    {
        const std::pair what(nameAt(arguments, 0), nameAt(arguments, 1));
        if (visitorOf(socket)->wanted.opened.erase(what) == 0)
            return;
        socket.leave(frappe_room::openDocument(what.first, what.second));
        tellViewers(socket.nsp().name(), what.first, what.second);
    }

    /// Who has the document open; one alone is not told of themselves, unless somebody has just gone.
    void tellViewers(const QString &nsp, const QString &doctype, const QString &name)
    {
        socketio::Namespace *place = m_server.find(nsp);
        if (!place)
            return;
        const QString room = frappe_room::openDocument(doctype, name);
        QStringList users;
        const auto sockets = place->to(room).sockets();
        for (const auto &socket : sockets)
            users.append(visitorOf(*socket)->user);
        users.removeDuplicates();
        QStringList &before = m_viewers[{nsp, room}];
        const bool alone = users.size() <= 1 && before.size() <= 1;
        before = users;
        if (users.isEmpty())
            m_viewers.erase({nsp, room});
        if (alone)
            return;
        place->to(room).emit(
            u"doc_viewers"_s,
            {QCborMap{{u"doctype"_s, doctype}, {u"docname"_s, name}, {u"users"_s, QCborArray::fromStringList(users)}}});
    }

    void ping(socketio::Socket &socket, const QCborArray & /*arguments*/) { socket.emit(u"pong"_s); }

    // ---- the hub

    void onEvent(const Event &event)
    {
        const Job *job = event.job.isEmpty() ? nullptr : m_hub.state().find(event.job);
        if (!job)
            return;
        if (std::holds_alternative<JobFinished>(event.data))
            m_dirty.erase(job->id);
        for (const FrappePublication &each : m_story.tell(event, *job))
            publish(each, *job);
        if (std::holds_alternative<StepProgress>(event.data) || std::holds_alternative<StepFinished>(event.data)
            || std::holds_alternative<StepStarted>(event.data)) {
            m_dirty.insert(job->id);
            if (!m_flush.isActive())
                m_flush.start();
        }
    }

    void flush()
    {
        for (const QString &id : std::exchange(m_dirty, {})) {
            const Job *job = m_hub.state().find(id);
            if (!job)
                continue;
            for (const FrappePublication &each : m_story.progressOf(*job, QDateTime::currentMSecsSinceEpoch()))
                publish(each, *job);
        }
    }

    void publish(const FrappePublication &publication, const Job &job)
    {
        if (publication.event == u"ai_progress")
            m_updates.add(m_story.userOf(job), publication.message[u"conversation_id"_s].toString(),
                          publication.message.toObject());
        const QCborArray arguments{QCborValue::fromJsonValue(publication.message)};
        for (auto it = m_namespaces.begin(); it != m_namespaces.end();) {
            socketio::Namespace *nsp = m_server.find(*it);
            if (!nsp) { // the last who could come back did not
                it = m_namespaces.erase(it);
                continue;
            }
            socketio::Broadcast to = nsp->to(publication.rooms.first());
            for (const QString &room : publication.rooms.sliced(1))
                to.to(room);
            to.emit(publication.event, arguments);
            ++it;
        }
    }

    Hub &m_hub;
    DialectSettings m_settings;
    const FrappeSite m_site;
    FrappeLogin m_login;
    FrappeStory m_story;
    FrappeUpdates m_updates;
    FrappeMemory m_memory;
    FrappeWeb m_web;
    http::Server m_http;
    socketio::Server m_server;
    QString m_admitted; ///< whose socket is connected next, in the same call
    std::set<QString> m_namespaces; ///< that somebody was in
    std::map<std::pair<QString, QString>, QStringList> m_viewers; ///< as last told, by namespace and room
    std::size_t m_clients = 0;
    std::set<QString> m_dirty; ///< jobs whose figures are to be told
    QTimer m_flush;
    QTimer m_draining;
    QDeadlineTimer m_deadline;
    std::function<void()> m_drained;
    Subscription m_watch; // last: it calls the others
};

} // namespace

Result<std::unique_ptr<Dialect>> makeFrappeDialect(const Dialect::Setup &setup)
{
    Result<FrappeSite> site = FrappeSite::read(setup.settings.members);
    if (!site)
        return tl::unexpected(site.error());
    return std::make_unique<FrappeDialect>(setup, std::move(*site));
}

} // namespace stepwire
