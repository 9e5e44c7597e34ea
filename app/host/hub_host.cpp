#include "app/host/hub_host.h"

#include "app/host/engine_source.h"
#include "app/host/host_store.h"
#include "app/host/systemd.h"
#include "app/host/web_host.h"
#include "app/version.h"
#include "core/engine/job_queue.h"
#include "core/engine/process_runner.h"
#include "core/hub/forecaster.h"
#include "core/hub/hub.h"
#include "core/hub/reports.h"
#include "core/hub/sqlite_journal.h"
#include "core/model/ids.h"
#include "core/model/quote.h"
#include "core/remote/hosts.h"
#include "core/serve/access/tokens.h"
#include "core/serve/dialects/dialect.h"
#include "core/serve/event_sockets.h"
#include "core/serve/local_server.h"
#include "core/serve/tls/tls.h"
#include "core/wire/native/native.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>
#include <QTimer>
#include <QUuid>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace stepwire {

static constexpr int clientDrainMs = 2000;
static constexpr int retentionMs = 6 * 3600 * 1000;

static Result<QJsonObject> parseObject(QByteArrayView bytes)
{
    QJsonParseError error{};
    const QJsonDocument document = QJsonDocument::fromJson(bytes.toByteArray(), &error);
    if (!document.isObject())
        return fail(code::internalError, QStringLiteral("a row is not JSON: %1").arg(error.errorString()));
    return document.object();
}

/// How events and jobs stand in the journal: as they travel.
static EventCodec journalCodec()
{
    return {[](const Event &event) { return native::encodeEvent(event); },
            [](QByteArrayView bytes) { return parseObject(bytes).and_then(native::decodeEvent); },
            [](const Job &job) { return native::encodeJob(job); },
            [](QByteArrayView bytes) { return parseObject(bytes).and_then(native::decodeJob); }};
}

static QString serverName()
{
    return QStringLiteral("stepwire ") + QString::fromUtf8(build::version);
}

/// What lives on the hub's thread: the hub itself, its sources' stand-ins and its servers.
class HubCore : public QObject,
                private Hub::Mediator,
                private Reports::Mediator,
                private Forecaster::Mediator,
                private Hosts::Keeper
{
public:
    HubCore(HubHost &host, Hub::Identity identity)
        : m_host(host),
          m_options(host.m_options),
          m_hub(std::move(identity), *this),
          m_reports(*this),
          m_journal(m_options.paths.journal(), journalCodec(), m_hub.journalObserver()),
          m_forecaster(m_hub, *this),
          m_engineSource(m_hub),
          m_store(m_options.paths),
          m_hosts(m_hub, *this),
          m_server(m_hub, m_texts, m_reactor, {m_options.paths.socket(), m_options.socketDir, serverName(), 256, {}}),
          m_web(m_hub, m_texts, m_reactor, serverName()),
          m_eventSockets(m_hub, m_reactor, m_options.socketDir,
                         [this](const QString &job, const QString &sentence) { warn(job, sentence); }),
          m_watch(m_hub.observe([this](const EventPtr &event) { onEvent(*event); }))
    {
        m_hub.addSource(Reports::sourceName(), m_reports);
        m_hub.addSource(QStringLiteral("engine"), m_engineSource);
        m_hub.setRunner(m_engineSource);
        m_hub.setHosts(m_hosts);
        m_server.onClientsChanged([this] { checkIdle(); });
        m_web.onClientsChanged([this] { checkIdle(); });
        m_web.setLocal([this] {
            return CarrierMetrics{"local", m_server.clients(), m_server.feed().thinned(), m_server.feed().resyncs()};
        });
        m_idle.setSingleShot(true);
        connect(&m_idle, &QTimer::timeout, this, [this] { drain(); });
        m_status.setSingleShot(true);
        connect(&m_status, &QTimer::timeout, this, [this] { tellStatus(); });
        m_patience.setSingleShot(true);
        connect(&m_patience, &QTimer::timeout, this, [this] { m_hub.journalHangs(); });
        connect(&m_retention, &QTimer::timeout, this, [this] { dropOld(); });
    }

    /// Takes up what an earlier life left behind, then listens; `started` is told on this thread.
    void start(std::function<void(const Result<void> &)> started)
    {
        m_started = std::move(started);
        m_hub.openJournal(m_journal);
    }

    EngineSource &engineSource() { return m_engineSource; }
    Hub &hub() { return m_hub; }

    void drain()
    {
        if (std::exchange(m_draining, true))
            return;
        notifyServiceManager("STOPPING=1");
        log(QStringLiteral("stopping, %1 jobs are interrupted").arg(m_hub.liveJobs()));
        m_retention.stop();
        m_engineSource.drain([this] {
            m_hub.whenReleased([this] {
                m_hosts.close(); // what leads to them has until the end of the clients to end by itself
                m_eventSockets.drain([this] {
                    drainDialects([this] {
                        m_web.drain(clientDrainMs, [this] {
                            m_server.drain(clientDrainMs, [this] { m_journal.close([this] { ended(); }); });
                        });
                    });
                });
            });
        });
    }

private:
    [[nodiscard]] UnixMs now() const override { return m_clock.now(); }

    void journalAwaited(bool waiting) override
    {
        if (!waiting)
            m_patience.stop();
        else if (!m_patience.isActive())
            m_patience.start(Hub::journalPatienceMs);
    }

    void prepare(Fact &fact) override { m_forecaster.prepare(fact); }
    [[nodiscard]] int groupLimit(const QString &group) const override { return m_groups.limit(group); }
    void keepDuration(Duration duration) override { m_hub.keepDuration(std::move(duration)); }

    void recovered(std::vector<Job> live, std::vector<Duration> durations) override
    {
        m_forecaster.learn(durations);
        std::vector<Job> ours;
        for (Job &job : live) {
            if (!job.via.isEmpty())
                continue; // its host says what became of it
            if (job.source == Reports::sourceName())
                m_reports.adopt(job);
            else
                ours.push_back(std::move(job));
        }
        // A step of a job that goes on may be a job that has ended; each is announced after the one that it is in.
        for (const auto &job : m_hub.state().jobs()) {
            const auto isParent = [&](const Job &other) { return other.id == job->parent; };
            if (isFinal(job->state) && std::any_of(ours.begin(), ours.end(), isParent))
                ours.push_back(*job);
        }
        // Nobody is to see a job run that is long dead.
        m_engineSource.adopt(std::move(ours), [this] { m_hub.whenReleased([this] { listen(); }); });
    }

    void listen()
    {
        if (m_draining)
            return;
        auto listening = m_server.listen();
        if (listening && m_options.web.listens)
            listening = listenOnWeb();
        if (listening) {
            checkIdle();
            for (const QString &fault : m_options.settingsFaults)
                warn({}, fault);
            dropOld();
            m_retention.start(retentionMs);
            showHosts();
            for (const DialectSettings &dialect : m_options.dialects)
                speak(dialect);
        }
        std::exchange(m_started, {})(listening);
    }

    void showHosts()
    {
        std::vector<HostSettings> hosts = m_options.hosts;
        for (HostSettings &host : hosts) {
            if (host.target.contains(u"://"))
                host.token = m_store.secretsOf(host.name)[u"token"].toString();
        }
        std::vector<SourceSettings> sources = m_options.sources;
        for (SourceSettings &source : sources)
            source.secrets = m_store.secretsOf(source.name);
        m_hosts.start(hosts, sources, [this](const QString &sentence) { warn({}, sentence); });
    }

    void speak(const DialectSettings &settings)
    {
        const auto refuse = [&](const Error &error) {
            warn({}, QStringLiteral("dialect %1 is not spoken: %2").arg(settings.name, error.message));
        };
        const Result<Tokens> tokens = loadTokens(m_options.paths.config);
        if (!tokens)
            return refuse(tokens.error());
        auto dialect = makeDialect({m_hub, m_reactor, settings, tokens->control, m_options.socketDir});
        const Result<QString> where = dialect ? (*dialect)->listen() : tl::unexpected(dialect.error());
        if (!where)
            return refuse(where.error());
        log(QStringLiteral("speaking %1 on %2").arg(settings.name, *where));
        (*dialect)->onClientsChanged([this] { checkIdle(); });
        m_dialects.push_back(std::move(*dialect));
    }

    /// One after the other; then `done`.
    void drainDialects(std::function<void()> done)
    {
        if (m_dialects.empty())
            return done();
        m_dialects.back()->drain([this, done = std::move(done)]() mutable {
            QTimer::singleShot(0, this, [this, done = std::move(done)]() mutable { // it is in a call of its own
                m_dialects.pop_back();
                drainDialects(std::move(done));
            });
        });
    }

    [[nodiscard]] std::size_t dialectClients() const
    {
        std::size_t clients = 0;
        for (const auto &dialect : m_dialects)
            clients += dialect->clients();
        return clients;
    }

    [[nodiscard]] Result<void> keep(const HostSettings &host) override { return m_store.keep(host); }
    [[nodiscard]] Result<void> keep(const SourceSettings &source) override { return m_store.keep(source); }
    [[nodiscard]] Result<void> forgetHost(const QString &name) override { return m_store.forgetHost(name); }
    [[nodiscard]] Result<void> forgetSource(const QString &name) override { return m_store.forgetSource(name); }

    /// Without a port the hub is still there for this machine, unless the port was asked for.
    [[nodiscard]] Result<void> listenOnWeb()
    {
        const Result<QString> url = m_web.start(m_options.web, m_options.paths);
        if (url)
            log(QStringLiteral("listening on %1").arg(*url));
        else if (m_options.webRequired)
            return tl::unexpected(url.error());
        else
            warn({}, QStringLiteral("there is no web server: ") + url.error().message);
        return {};
    }

    /// Forgets finished jobs as the settings say.
    void dropOld()
    {
        const Retention &retention = m_options.retention;
        if (retention.olderThanMs || retention.keep)
            m_hub.request(PruneJobs{retention.olderThanMs, retention.keep, {}}, [](const Result<Answer> &) {});
        if (retention.mostBytes)
            m_hub.request(PruneJobs{{}, {}, retention.mostBytes}, [](const Result<Answer> &) {});
    }

    void ended()
    {
        m_host.m_mainTasks.post([host = &m_host] {
            if (host->m_ended)
                host->m_ended();
        });
    }
    void publish(Fact fact) override { m_hub.publish(std::move(fact)); }
    [[nodiscard]] const Job *find(const QString &jobId) const override { return m_hub.state().find(jobId); }

    void warn(const QString &job, const QString &sentence)
    {
        m_hub.publish({job, {}, now(), Notice{QStringLiteral("hub.warning"), {{QStringLiteral("message"), sentence}}}});
    }

    void checkIdle()
    {
        // What is held waits for a person, and is kept until then.
        const auto &jobs = m_hub.state().jobs();
        const auto held = static_cast<std::size_t>(std::count_if(
            jobs.begin(), jobs.end(), [](const auto &job) { return job->via.isEmpty() && job->state == State::Held; }));
        const bool idle = m_options.untilIdle && m_hub.liveJobs() == held
            && m_server.clients() + m_web.clients() + dialectClients() == 0;
        if (idle && !m_draining)
            m_idle.start(m_options.idleMs);
        else
            m_idle.stop();
    }

    void log(const QString &line) const
    {
        if (m_options.logEvents)
            std::fprintf(stderr, "%s\n", line.toUtf8().constData());
    }

    void onEvent(const Event &event)
    {
        m_forecaster.follow(event);
        const auto name = [&] {
            const Job *job = m_hub.state().find(event.job);
            return job ? QStringLiteral("job %1 (%2)").arg(job->id, job->title) : QString();
        };
        if (const auto *queued = std::get_if<JobQueued>(&event.data)) {
            log(name() + QStringLiteral(" queued, %1 steps").arg(queued->job.steps.size()));
            checkIdle();
        } else if (const auto *finished = std::get_if<JobFinished>(&event.data)) {
            const QString reason = finished->error ? QStringLiteral(": ") + finished->error->message : QString();
            log(name() + QStringLiteral(" %1 after %2 ms").arg(stateName(finished->state)).arg(finished->durationMs)
                + reason);
            checkIdle();
        } else if (const auto *step = std::get_if<StepFinished>(&event.data); step && step->state == State::Failed) {
            log(name()
                + QStringLiteral(" step %1 failed: %2")
                      .arg(event.step, step->error ? step->error->message : QString()));
        } else if (const auto *changed = std::get_if<JobChanged>(&event.data); changed && changed->state) {
            checkIdle();
        } else if (const auto *notice = std::get_if<Notice>(&event.data)) {
            logNotice(*notice);
        }
        if (!m_status.isActive() && !qEnvironmentVariableIsEmpty("NOTIFY_SOCKET"))
            m_status.start(500);
    }

    void logNotice(const Notice &notice) const
    {
        if (notice.type == u"hub.resumed")
            return log(QStringLiteral("hub.resumed: goes on after number %1").arg(notice.data[u"to"].toInteger()));
        if (notice.type == u"hub.pruned")
            return log(QStringLiteral("hub.pruned: %1 jobs").arg(notice.data[u"jobs"].toArray().size()));
        QString text = notice.data[u"message"].toString() + notice.data[u"reason"].toString();
        if (notice.type.startsWith(u"host.")) {
            const QString name = notice.data[u"name"].toString();
            text = text.isEmpty() ? name : name + QStringLiteral(", ") + text;
        }
        log(text.isEmpty() ? notice.type : notice.type + QStringLiteral(": ") + text);
    }

    void tellStatus()
    {
        double sum = 0;
        int known = 0;
        for (const auto &job : m_hub.state().jobs()) {
            const auto fraction = jobFraction(*job);
            if (isFinal(job->state) || !fraction)
                continue;
            sum += *fraction;
            ++known;
        }
        QByteArray text = "STATUS=" + QByteArray::number(m_hub.liveJobs()) + (m_hub.liveJobs() == 1 ? " job" : " jobs");
        if (known > 0)
            text += ", " + QByteArray::number(static_cast<int>(std::floor(100 * sum / known))) + " %";
        notifyServiceManager(text);
    }

    HubHost &m_host;
    const HubOptions &m_options;
    SystemClock m_clock;
    const JobQueue m_groups{m_options.groupLimits}; ///< for the limits alone
    Hub m_hub;
    Reports m_reports;
    SqliteJournal m_journal;
    Forecaster m_forecaster;
    EngineSource m_engineSource;
    const HostStore m_store;
    Hosts m_hosts;
    EventTexts m_texts;
    io::Reactor m_reactor;
    LocalServer m_server;
    WebHost m_web;
    EventSockets m_eventSockets;
    std::vector<std::unique_ptr<Dialect>> m_dialects;
    QTimer m_idle;
    QTimer m_status;
    QTimer m_patience;
    QTimer m_retention;
    std::function<void(const Result<void> &)> m_started;
    bool m_draining = false;
    Subscription m_watch; // last: it calls the others
};

HubHost::HubHost(HubOptions options) : m_options(std::move(options))
{
    m_hubThread.setObjectName(QStringLiteral("hub"));
    m_engineThread.setObjectName(QStringLiteral("engine"));
}

HubHost::~HubHost()
{
    m_engineThread.quit();
    m_engineThread.wait();
    m_hubThread.quit();
    m_hubThread.wait();
    if (m_lock >= 0)
        ::close(m_lock);
}

Result<void> HubHost::takeLock()
{
    const QString path = m_options.paths.lock();
    m_lock = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (m_lock < 0)
        return fail(code::internalError,
                    QStringLiteral("%1 cannot be opened: %2").arg(path, QString::fromLocal8Bit(::strerror(errno))));
    if (::flock(m_lock, LOCK_EX | LOCK_NB) != 0) {
        char pid[32] = {};
        const ssize_t got = ::pread(m_lock, pid, sizeof pid - 1, 0);
        const QString holder =
            got > 0 ? QStringLiteral(" as process ") + QString::fromLatin1(pid).trimmed() : QString();
        return fail(code::alreadyRunning,
                    QStringLiteral("a hub runs already%1, at %2").arg(holder, m_options.paths.socket()));
    }
    const QByteArray pid = QByteArray::number(::getpid()) + '\n';
    (void)!::ftruncate(m_lock, 0);
    (void)!::pwrite(m_lock, pid.constData(), static_cast<std::size_t>(pid.size()), 0);
    return {};
}

/// The hub's identity, made at its first start and kept.
static QString hubIdentity(const QString &path)
{
    QFile file(path);
    if (file.open(QIODevice::ReadOnly)) {
        const QString kept = QString::fromLatin1(file.read(256)).trimmed();
        if (isValidId(kept))
            return kept;
    }
    const QString made = QUuid::createUuid().toString(QUuid::WithoutBraces);
    QSaveFile out(path);
    if (out.open(QIODevice::WriteOnly)) {
        out.write(made.toLatin1() + '\n');
        out.commit();
    }
    return made;
}

Result<void> HubHost::prepare()
{
    if (const auto made = ensureRuntimeFolder(m_options.paths); !made)
        return made;
    if (const auto locked = takeLock(); !locked)
        return locked;
    m_guard = findHelper(m_options.paths, QStringLiteral("sw-guard"));
    if (m_guard.isEmpty())
        return fail(code::internalError,
                    QStringLiteral("the guard program sw-guard is not beside %1 nor in its libexec folder")
                        .arg(m_options.paths.program));
    // What steps print is nobody else's business, and nobody else may put a journal there.
    QDir().mkpath(m_options.paths.jobs());
    for (const QString &folder : {m_options.paths.state, m_options.paths.jobs()})
        QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    if (m_options.socketDir.isEmpty())
        m_options.socketDir = m_options.paths.runtime;
    return {};
}

void HubHost::start(std::function<void(const Result<void> &)> started)
{
    if (const auto prepared = prepare(); !prepared) // told from the event loop in either case
        return m_mainTasks.post([started, prepared] { started(prepared); });

    Hub::Identity identity;
    identity.hub = hubIdentity(m_options.paths.identity());
    identity.host = hostName();
    identity.epoch = QUuid::createUuid().toString(QUuid::Id128).first(12);

    // Both threads want Qt's own event dispatcher: GLib's polls every descriptor anew. Children do not inherit this,
    // their environment was taken before.
    qputenv("QT_NO_GLIB", "1");
    m_hubThread.start();
    m_engineThread.start();

    m_hubTasks = new TaskQueue;
    m_hubTasks->moveToThread(&m_hubThread);
    connect(&m_hubThread, &QThread::finished, m_hubTasks, &QObject::deleteLater);
    m_hubTasks->post([this, identity, started] {
        m_core = new HubCore(*this, identity);
        connect(&m_hubThread, &QThread::finished, m_core, &QObject::deleteLater);
        connect(&m_hubThread, &QThread::finished, new OpenSslThread, &QObject::deleteLater); // after the core
        EngineConfig config;
        config.guardPath = m_guard;
        config.jobsDirectory = m_options.paths.jobs();
        config.pipelineFolders = m_options.paths.pipelineFolders;
        config.parallel = QThread::idealThreadCount();
        config.home = m_options.paths.home;
        config.socketPath = m_options.paths.socket();
        config.programDirectory = m_options.paths.program;
        config.environment = m_options.environment;
        config.groupLimits = m_options.groupLimits;
        static const SystemClock clock;
        auto *engine = new Engine(
            config, clock,
            [guard = m_guard, maxFiles = m_options.stepMaxFiles](StepRunner::Observer &observer) {
                return std::make_unique<ProcessRunner>(guard, observer, maxFiles);
            },
            m_core->engineSource().mailbox());
        engine->moveToThread(&m_engineThread);
        connect(&m_engineThread, &QThread::finished, engine, &QObject::deleteLater);
        m_core->engineSource().setEngine(engine);
        m_core->start([this, started](const Result<void> &listening) {
            m_mainTasks.post([started, listening] { started(listening); });
        });
    });
}

void HubHost::drain()
{
    m_hubTasks->post([this] {
        if (m_core)
            m_core->drain();
    });
}

void HubHost::withHub(std::function<void(Hub &)> task)
{
    m_hubTasks->post([this, task = std::move(task)] {
        if (m_core)
            task(m_core->hub());
    });
}

} // namespace stepwire
