#include "core/remote/foreign/slop.h"

#include "core/model/ids.h"
#include "core/model/quote.h"
#include "core/remote/foreign/slop_events.h"
#include "core/remote/foreign/slop_settings.h"
#include "core/remote/socketio/socketio_client.h"

#include <QTimer>

#include <algorithm>
#include <deque>
#include <map>

namespace stepwire {

using socketio::client::Ack;
using socketio::client::ConnectError;
using socketio::client::Manager;
using socketio::client::Options;
using socketio::client::Socket;

namespace {

constexpr int answerMs = 30'000; ///< how long the server may take to acknowledge what it acknowledges at once
constexpr int longestMs = 24 * 3600 * 1000; ///< of what it acknowledges at the end
constexpr int refusesMs = 1500; ///< after which what has not been refused is taken to be accepted
constexpr int lookMs = 2000; ///< between two looks at what has to be asked for
constexpr int calmMs =
    10'000; ///< after which the other namespaces are connected: ten connects a minute are all it lets
constexpr int crowdedMs = 60'000; ///< until they are tried again
constexpr std::size_t mostHeld = 1000;
constexpr std::size_t mostStarts = 100;

QString refused(const ConnectError &error)
{
    if (error.kind != ConnectError::Kind::Refused)
        return error.message;
    if (error.message == QLatin1String("Unauthorized"))
        return QStringLiteral("the server does not accept the token: it is missing, wrong or expired");
    if (error.message == QLatin1String("Too many connections"))
        return QStringLiteral("the server lets a user connect ten times a minute at most");
    if (error.message == QLatin1String("Connection failed"))
        return QStringLiteral("the server could not check who connects");
    return QStringLiteral("the server refuses: %1").arg(quoted(error.message, 200));
}

QString broken(const QString &reason, const QString &detail)
{
    if (reason == QLatin1String("io server disconnect"))
        return QStringLiteral("the server has ended the connection");
    if (reason == QLatin1String("ping timeout"))
        return QStringLiteral("the server has gone silent");
    return detail.isEmpty() ? QStringLiteral("the connection broke") : detail;
}

/// The only argument, or the first, as an object; sound is left out, which nobody here listens to.
QJsonObject firstObject(const QCborArray &arguments)
{
    QCborMap map = arguments.at(0).toMap();
    map.remove(QLatin1String("audioData"));
    return map.toJsonObject();
}

QCborArray toArguments(const QJsonValue &value)
{
    return {QCborValue::fromJsonValue(value)};
}

class SlopServer : public ForeignServer
{
public:
    SlopServer(ForeignJobs &jobs, SlopSettings settings)
        : m_jobs(jobs), m_settings(std::move(settings)), m_events(jobs), m_manager(m_settings.url, options(m_settings))
    {
        m_socket = m_manager.socket(QStringLiteral("/"), {.auth = [this] { return auth(); }});
        for (const QString &nsp : m_settings.namespaces)
            m_others.push_back(m_manager.socket(nsp, {.auth = [this] { return auth(); }}));
        listen();
        m_retry.setSingleShot(true);
        connect(&m_retry, &QTimer::timeout, this, [this] { m_socket->open(); });
        m_calm.setSingleShot(true);
        connect(&m_calm, &QTimer::timeout, this, [this] {
            for (Socket *other : m_others)
                other->open();
        });
        m_look.setInterval(lookMs);
        connect(&m_look, &QTimer::timeout, this, [this] { look(); });
    }

    ~SlopServer() override
    {
        m_socket->disconnect(this);
        for (Socket *other : m_others)
            other->disconnect(this);
        for (const auto open = std::exchange(m_open, {}); const auto &[number, reply] : open)
            reply(fail(code::hostUnreachable, QStringLiteral("the source has been removed")));
    }

    void start() override { m_socket->open(); }

    void hurry() override
    {
        m_backoff.reset();
        if (!m_retry.isActive())
            return m_manager.reconnectNow();
        m_retry.stop();
        m_socket->open();
    }

    void handle(const Request &request, Reply reply) override
    {
        if (std::holds_alternative<ListPipelines>(request))
            return reply(Object{{{QStringLiteral("pipelines"), slopPipelines()}}});
        if (const auto *get = std::get_if<GetPipeline>(&request))
            return reply(pipeline(get->pipeline));
        reply = tracked(std::move(reply));
        if (const auto *wanted = std::get_if<RunJob>(&request))
            return run(*wanted, reply);
        if (const auto *cancel = std::get_if<CancelJob>(&request)) {
            if (!cancel->step.isEmpty())
                return reply(fail(code::wrongState, QStringLiteral("this server cancels whole jobs only")));
            return control(cancel->job, reply, [this](const QString &key, const Reply &r) { cancelJob(key, r); });
        }
        if (const auto *pause = std::get_if<PauseJob>(&request))
            return control(pause->job, reply, [this](const QString &key, const Reply &r) { pauseJob(key, r); });
        if (const auto *resume = std::get_if<ResumeJob>(&request))
            return control(resume->job, reply, [this](const QString &key, const Reply &r) { resumeJob(key, r); });
        reply(fail(code::wrongState, QStringLiteral("this server runs, cancels, pauses and resumes, and no more")));
    }

private:
    /// Somebody waits for a job that the server has not named yet.
    struct Start
    {
        SlopCall call;
        Reply reply; ///< empty: answered
        QString jobId; ///< as wanted
        QString key; ///< empty while the server has not named it
        quint64 connection = 0;
        bool sent = false;
        bool over = false;
    };
    using StartPtr = std::shared_ptr<Start>;

    static Options options(const SlopSettings &settings)
    {
        Options options;
        options.path = settings.path;
        options.autoConnect = false;
        options.tryAllTransports = true;
        options.reconnectionDelayMax = 30'000;
        return options;
    }

    [[nodiscard]] QCborMap auth() const
    {
        QCborMap map;
        if (!m_settings.token.isEmpty())
            map.insert(QStringLiteral("token"), m_settings.token);
        if (!m_settings.session.isEmpty())
            map.insert(QStringLiteral("sessionId"), m_settings.session);
        return map;
    }

    /// Answered, at the latest, when this goes: what waits for the server is not told then.
    Reply tracked(Reply reply)
    {
        const quint64 number = ++m_asks;
        m_open.emplace(number, std::move(reply));
        return [this, number](Result<Answer> answer) {
            if (const auto open = m_open.extract(number))
                open.mapped()(std::move(answer));
        };
    }

    // -- the connection

    void listen()
    {
        connect(m_socket, &Socket::connected, this, [this] { onConnected(); });
        connect(m_socket, &Socket::connectError, this, [this](const ConnectError &error) {
            const bool crowded = error.message == QLatin1String("Too many connections");
            if (!m_socket->isActive())
                retryLater(crowded ? calmMs : 0);
            m_jobs.lost(refused(error));
        });
        connect(m_socket, &Socket::disconnected, this, [this](const QString &reason, const QString &detail) {
            if (reason == QLatin1String("io client disconnect"))
                return;
            onLost(broken(reason, detail));
            if (!m_socket->isActive())
                retryLater(0);
        });
        m_socket->onAny([this](const QString &event, const QCborArray &arguments, const Ack & /*ack*/) {
            onEvent(event, firstObject(arguments));
        });
        for (Socket *other : m_others) { // the same handlers are there, so the same may come
            connect(other, &Socket::connectError, this, [this] {
                if (m_socket->isConnected() && !m_calm.isActive())
                    m_calm.start(crowdedMs);
            });
            other->onAny([this](const QString &event, const QCborArray &arguments, const Ack & /*ack*/) {
                onEvent(event, firstObject(arguments));
            });
        }
    }

    void retryLater(int least)
    {
        m_manager.close();
        if (!m_retry.isActive())
            m_retry.start(std::max(least, m_backoff.nextMs()));
    }

    void onConnected()
    {
        ++m_connection;
        m_retry.stop();
        m_asked.clear();
        m_jobs.connected();
        for (const QString &room : m_settings.rooms)
            m_socket->emit(QStringLiteral("joinRoom"), {room});
        // Nothing is told again of what went on meanwhile, and to this connection nothing of what goes on.
        m_events.detach();
        for (const QStringList keys = m_jobs.liveKeys(); const QString &key : keys) {
            if (slopWorkOfKey(key))
                m_socket->emit(QStringLiteral("joinRoom"), {key}); // its end may be told there
        }
        look();
        m_look.start();
        m_calm.start(calmMs);
    }

    void onLost(const QString &reason)
    {
        m_look.stop();
        m_calm.stop();
        for (Socket *other : m_others)
            other->close();
        m_jobs.lost(reason);
        for (const std::deque<StartPtr> starts = std::exchange(m_starts, {}); const StartPtr &start : starts)
            refuse(start,
                   {code::hostUnreachable,
                    start->sent ? QStringLiteral("%1 before the server had answered: it may have begun").arg(reason)
                                : reason,
                    {}});
        releaseHeld();
    }

    void onEvent(const QString &event, const QJsonObject &data)
    {
        if (event == QLatin1String("welcome"))
            return m_backoff.reset();
        if (event == QLatin1String("authError"))
            return m_jobs.lost(QStringLiteral("the server does not accept the token"));
        if (event == QLatin1String("notification"))
            return notify(data);
        const QString key = m_events.keyOf(event, data);
        if (key.isEmpty())
            return;
        if (!m_events.knows(key)) {
            if (const StartPtr start = waiting(key)) {
                if (event.endsWith(u":error")) // it never began
                    return refuse(start, slopRefusal(data));
                return takenOn(start, slopIdOfKey(key), event, data);
            }
            if (isExpected(key) && m_held.size() < mostHeld) {
                m_held.emplace_back(event, data); // its acknowledgement says soon whose it is
                return;
            }
        }
        m_events.take(event, data);
    }

    void notify(const QJsonObject &data)
    {
        QJsonObject told;
        const std::pair<const char *, const char *> members[] = {
            {"id", "id"}, {"type", "level"}, {"title", "title"}, {"message", "message"}};
        for (const auto &[theirs, ours] : members)
            told.insert(QLatin1String(ours), plainLine(data[QLatin1String(theirs)].toString().left(1000)));
        m_jobs.tell(QStringLiteral("host.notification"), told);
    }

    // -- running

    static Result<Answer> pipeline(const QString &name)
    {
        for (const QJsonArray all = slopPipelines(); const QJsonValue &value : all) {
            if (value[u"pipeline"].toString() == name)
                return Object{value.toObject()};
        }
        return fail(code::invalidParams, slopCall(name, {}, {}).error().message);
    }

    [[nodiscard]] Error unreachable() const
    {
        return {
            code::hostUnreachable,
            QStringLiteral("%1 cannot be reached: %2")
                .arg(m_jobs.name(), m_jobs.reason().isEmpty() ? QStringLiteral("not connected yet") : m_jobs.reason()),
            {}};
    }

    void run(const RunJob &wanted, const Reply &reply)
    {
        if (wanted.toml || !wanted.command.isEmpty())
            return reply(fail(code::notAllowed, QStringLiteral("this server runs its own kinds of work only")));
        auto call = slopCall(wanted.pipeline, wanted.params, makeJobId(m_jobs.now()));
        if (!call)
            return reply(tl::unexpected(call.error()));
        if (!wanted.title.isEmpty())
            call->title = wanted.title;
        if (!call->id.isEmpty() && m_events.knows(slopKey(call->work, call->id)))
            return reply(
                fail(code::invalidParams,
                     QStringLiteral("parameter task has the id %1, which was used already").arg(quoted(call->id))));
        if (!m_socket->isConnected())
            return reply(tl::unexpected(unreachable()));
        if (m_starts.size() >= mostStarts)
            return reply(fail(code::rateLimited, QStringLiteral("too much waits for an answer of the server already")));
        const auto start = std::make_shared<Start>();
        start->call = std::move(*call);
        start->reply = reply;
        start->jobId = wanted.jobId;
        start->connection = m_connection;
        m_starts.push_back(start);
        sendNext(start->call.work);
    }

    /// Sends what can be sent. A pattern is named by its first event alone, so one waits for its name at a time.
    void sendNext(SlopWork work)
    {
        for (const std::deque<StartPtr> starts = m_starts; const StartPtr &start : starts) {
            if (start->call.work != work || start->over)
                continue;
            if (!start->sent)
                send(start);
            if (work == SlopWork::Strudel)
                return;
        }
    }

    void send(const StartPtr &start)
    {
        start->sent = true;
        const SlopCall &call = start->call;
        const bool atOnce = call.work == SlopWork::Claude || call.work == SlopWork::Workflow;
        m_socket->emitWithAck(
            call.event, toArguments(call.payload),
            [this, start](const Result<QCborArray> &answer) { answered(start, answer); },
            atOnce ? answerMs : longestMs);
        if (call.work == SlopWork::Strudel) {
            QTimer::singleShot(answerMs, this, [this, start] {
                if (start->key.isEmpty())
                    refuse(start, silent());
            });
        } else if (!call.id.isEmpty()) {
            // It is acknowledged when it is over. What the server refuses it refuses soon: when it has answered what
            // was sent behind this, and some time has passed, it works.
            m_socket->emitWithAck(
                QStringLiteral("getConnectionInfo"), {},
                [this, start](const Result<QCborArray> & /*answer*/) {
                    QTimer::singleShot(refusesMs, this, [this, start] {
                        if (start->connection == m_connection && m_socket->isConnected())
                            takenOn(start, start->call.id);
                    });
                },
                answerMs);
        }
    }

    static Error silent()
    {
        return {code::hostUnreachable, QStringLiteral("the server did not answer within 30 s: it may have begun"), {}};
    }

    void answered(const StartPtr &start, const Result<QCborArray> &answer)
    {
        if (start->connection != m_connection)
            return;
        if (!answer) { // timed out; what broke with the connection has been answered
            if (start->key.isEmpty() && m_socket->isConnected())
                refuse(start, silent());
            return;
        }
        const QJsonObject object = firstObject(*answer);
        const QString id =
            object[start->call.work == SlopWork::Claude || start->call.work == SlopWork::Strudel ? u"processId"
                                                                                                 : u"executionId"]
                .toString();
        if (start->key.isEmpty()) {
            if (!object[u"success"].toBool() && (id.isEmpty() || start->call.work != SlopWork::Strudel))
                return refuse(start, slopRefusal(object));
            const QString known = start->call.id.isEmpty() ? id : start->call.id;
            if (known.isEmpty() || known.size() > 200)
                return refuse(start,
                              {code::hostUnreachable, QStringLiteral("the server did not say what it began"), {}});
            const bool queued =
                start->call.work == SlopWork::Workflow && object[u"status"].toString() == QLatin1String("queued");
            takenOn(start, known, queued ? QStringLiteral("agent:workflow:queued") : QString(), object);
        }
        if (start->call.work != SlopWork::Claude && start->call.work != SlopWork::Workflow)
            m_events.takeEnd(start->key, object);
    }

    /// The server works at it, or it waits for its turn there; `event` is the first that it tells of it.
    void takenOn(const StartPtr &start, const QString &id, const QString &event = {}, const QJsonObject &data = {})
    {
        if (start->over)
            return;
        start->over = true;
        start->key = slopKey(start->call.work, id);
        const QString job = m_events.begin(start->call, id, start->jobId);
        if (!event.isEmpty())
            m_events.take(event, data);
        std::erase(m_starts, start);
        if (const Reply reply = std::exchange(start->reply, {}); reply) {
            const Job *live = m_jobs.job(job);
            reply(JobAck{job, live ? live->state : State::Running, live ? live->queuePosition : std::nullopt});
        }
        sendNext(start->call.work);
        releaseHeld();
    }

    void refuse(const StartPtr &start, const Error &error)
    {
        if (start->over)
            return;
        start->over = true;
        std::erase(m_starts, start);
        if (const Reply reply = std::exchange(start->reply, {}); reply)
            reply(tl::unexpected(error));
        if (!m_socket->isConnected())
            return;
        sendNext(start->call.work);
        releaseHeld();
    }

    /// Who waits for what this key names.
    [[nodiscard]] StartPtr waiting(const QString &key) const
    {
        const std::optional<SlopWork> work = slopWorkOfKey(key);
        if (!work || m_settings.rooms.contains(key))
            return {};
        for (const StartPtr &start : m_starts) {
            const SlopCall &call = start->call;
            if (call.work != *work || !start->sent || call.work == SlopWork::Claude || call.work == SlopWork::Workflow)
                continue;
            if (call.work == SlopWork::Strudel || call.id == slopIdOfKey(key))
                return start;
        }
        return {};
    }

    /// An acknowledgement may be under way that names this key.
    [[nodiscard]] bool isExpected(const QString &key) const
    {
        const std::optional<SlopWork> work = slopWorkOfKey(key);
        return work && !m_settings.rooms.contains(key)
            && std::any_of(m_starts.begin(), m_starts.end(),
                           [&](const StartPtr &start) { return start->call.work == *work && start->sent; });
    }

    void releaseHeld()
    {
        for (const auto held = std::exchange(m_held, {}); const auto &[event, data] : held)
            onEvent(event, data);
    }

    // -- asking

    /// Asks for what no event may tell.
    void look()
    {
        constexpr qsizetype mostAtOnce = 50;
        for (const QStringList keys = m_jobs.liveKeys(); const QString &key : keys) {
            if (!m_events.wantsStatus(key) || m_asked.contains(key) || m_asked.size() >= mostAtOnce)
                continue;
            m_asked.insert(key);
            const QString id = slopIdOfKey(key);
            const SlopWork work = *slopWorkOfKey(key);
            const bool process = work == SlopWork::Claude || work == SlopWork::Strudel;
            m_socket->emitWithAck(
                process ? slopWorkName(work) + QStringLiteral(":status") : QStringLiteral("agent:workflow:status"),
                process ? toArguments(id) : toArguments(QJsonObject{{QStringLiteral("executionId"), id}}),
                [this, key, connection = m_connection](const Result<QCborArray> &answer) {
                    if (connection != m_connection)
                        return;
                    m_asked.remove(key);
                    if (answer)
                        m_events.takeStatus(key, firstObject(*answer));
                },
                answerMs);
        }
    }

    // -- cancel, pause, resume

    void control(const QString &job, const Reply &reply, const std::function<void(const QString &, const Reply &)> &act)
    {
        const QString key = m_jobs.keyOf(job);
        if (key.isEmpty())
            return reply(fail(code::wrongState, QStringLiteral("job %1 is over").arg(quoted(job))));
        if (!m_socket->isConnected())
            return reply(tl::unexpected(unreachable()));
        act(key, reply);
    }

    /// Sends, and gives what is acknowledged.
    void ask(const QString &event, const QJsonValue &payload, const Reply &reply,
             const std::function<void(const QJsonObject &)> &then)
    {
        m_socket->emitWithAck(
            event, toArguments(payload),
            [reply, then](const Result<QCborArray> &answer) {
                if (!answer)
                    return reply(
                        fail(code::hostUnreachable,
                             QStringLiteral("the server did not acknowledge: %1").arg(answer.error().message)));
                then(firstObject(*answer));
            },
            answerMs);
    }

    void acknowledge(const QString &job, const Reply &reply)
    {
        const Job *live = m_jobs.job(job);
        reply(JobAck{job, live ? live->state : State::Cancelled, {}});
    }

    void cancelJob(const QString &key, const Reply &reply)
    {
        const QString job = m_jobs.find(key);
        const std::optional<SlopWork> work = slopWorkOfKey(key);
        const QString id = slopIdOfKey(key);
        if (work == SlopWork::Claude)
            return ask(QStringLiteral("claude:cancel"), id, reply, [this, job, reply](const QJsonObject &answer) {
                if (!answer[u"success"].toBool())
                    return reply(tl::unexpected(slopRefusal(answer)));
                m_jobs.setState(job, State::Cancelling);
                acknowledge(job, reply);
            });
        if (work == SlopWork::Strudel)
            return ask(QStringLiteral("strudel:cancel"), QJsonObject{{QStringLiteral("processId"), id}}, reply,
                       [this, job, reply](const QJsonObject &answer) {
                           if (!answer[u"success"].toBool())
                               return reply(tl::unexpected(slopRefusal(answer)));
                           if (!answer[u"cancelled"].toBool())
                               return reply(fail(code::wrongState,
                                                 QStringLiteral("the server has nothing to cancel: it is over there")));
                           m_jobs.setState(job, State::Cancelling);
                           acknowledge(job, reply);
                       });
        if (work != SlopWork::Workflow)
            return reply(
                fail(code::wrongState, QStringLiteral("this server cannot cancel a %1").arg(key.section(u':', 0, 0))));
        const QJsonObject which{{QStringLiteral("executionId"), id}};
        ask(QStringLiteral("agent:workflow:cancel"), which, reply,
            [this, key, job, which, reply](const QJsonObject &answer) {
                if (answer[u"success"].toBool()) {
                    m_jobs.setState(job, State::Cancelling);
                    return acknowledge(job, reply);
                }
                if (!answer[u"error"].toString().isEmpty())
                    return reply(tl::unexpected(slopRefusal(answer)));
                // Nothing runs there. Of one that was paused that is never told: its run has ended without an end.
                ask(QStringLiteral("agent:workflow:status"), which, reply,
                    [this, key, job, reply](const QJsonObject &status) {
                        const QString state = status[u"status"][u"status"].toString();
                        if (status[u"success"].toBool() && (state == u"running" || state == u"paused")) {
                            m_events.cancelled(key);
                            return acknowledge(job, reply);
                        }
                        m_events.takeStatus(key, status);
                        reply(fail(code::wrongState,
                                   QStringLiteral("the server has nothing to cancel: it is over there")));
                    });
            });
    }

    void pauseJob(const QString &key, const Reply &reply)
    {
        if (slopWorkOfKey(key) != SlopWork::Workflow)
            return reply(fail(code::wrongState, QStringLiteral("this server pauses workflows only")));
        ask(QStringLiteral("agent:workflow:pause"), QJsonObject{{QStringLiteral("executionId"), slopIdOfKey(key)}},
            reply, [this, key, reply](const QJsonObject &answer) {
                if (!answer[u"success"].toBool())
                    return reply(
                        answer.contains(u"error")
                            ? tl::unexpected(slopRefusal(answer))
                            : fail(code::wrongState, QStringLiteral("the server does not run it at the moment")));
                const QString job = m_jobs.find(key);
                m_events.paused(key);
                acknowledge(job, reply);
            });
    }

    void resumeJob(const QString &key, const Reply &reply)
    {
        if (slopWorkOfKey(key) != SlopWork::Workflow)
            return reply(fail(code::wrongState, QStringLiteral("this server resumes workflows only")));
        ask(QStringLiteral("agent:workflow:resume"), QJsonObject{{QStringLiteral("executionId"), slopIdOfKey(key)}},
            reply, [this, key, reply](const QJsonObject &answer) {
                if (!answer[u"success"].toBool())
                    return reply(answer.contains(u"error")
                                     ? tl::unexpected(slopRefusal(answer))
                                     : fail(code::wrongState,
                                            QStringLiteral("the server cannot resume it: its runs end when they are "
                                                           "paused, unless a step still runs")));
                const QString job = m_jobs.find(key);
                m_events.resumed(key);
                acknowledge(job, reply);
            });
    }

    ForeignJobs &m_jobs;
    SlopSettings m_settings;
    SlopEvents m_events;
    Manager m_manager;
    Socket *m_socket = nullptr;
    std::vector<Socket *> m_others;
    quint64 m_connection = 0; ///< counts them
    quint64 m_asks = 0;
    std::map<quint64, Reply> m_open;
    std::deque<StartPtr> m_starts; ///< in the order of the asking
    std::vector<std::pair<QString, QJsonObject>> m_held;
    QSet<QString> m_asked;
    Backoff m_backoff;
    QTimer m_retry;
    QTimer m_calm;
    QTimer m_look;
};

Result<std::unique_ptr<ForeignServer>> makeSlop(const ForeignServer::Setup &setup)
{
    auto settings = SlopSettings::parse(setup.settings, setup.secrets);
    if (!settings)
        return tl::unexpected(settings.error());
    return std::make_unique<SlopServer>(setup.jobs, std::move(*settings));
}

} // namespace

ForeignKind slopKind()
{
    return {"slop",
            "Slop Studios 3",
            {
                {"url", "address of the server, as http://host:3000", true},
                {"token", "JWT of the user whose jobs these are", false, true},
                {"session", "session id, instead of token", false, true},
                {"rooms", "rooms to join as well, with commas, as claude:ID, strudel:ID or user:ID"},
                {"namespaces", "what to listen to besides /: /media,/notifications by default; / for nothing"},
                {"path", "/socket.io/ by default"},
            },
            makeSlop};
}

} // namespace stepwire
