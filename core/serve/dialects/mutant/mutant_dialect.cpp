#include "core/serve/dialects/mutant/mutant_dialect.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QUuid>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace stepwire::mutant {

using namespace Qt::StringLiterals;

static constexpr int drainMs = 2000;

/// What no second live job may carry: the daemon's lock of a key, which ours lets go whatever becomes of the task.
static QString lockOf(const QString &key)
{
    return u"mutant key "_s + key;
}

class MutantDialect::Client final : public http::WebSocketHandler
{
public:
    explicit Client(MutantDialect &dialect) : m_dialect(dialect) { }

    void send(const QByteArray &message)
    {
        if (!socket || m_closing)
            return;
        // It would miss steps of a sum, which is worse than to come again and to ask.
        if (socket->connection().pendingBytes() > mostPendingBytes)
            return close(websocket::close_code::tryAgainLater, "too much waits to be read");
        socket->sendText(message);
    }

    void close(int code, QByteArrayView reason)
    {
        if (!std::exchange(m_closing, true))
            socket->close(code, reason);
    }

    http::WebSocket *socket = nullptr;
    QString awaits; ///< the task that is created or stopped first; empty for none
    std::deque<QByteArray> held; ///< requests behind it

private:
    void messageReceived(http::WebSocket &from, QByteArrayView payload, bool text) override
    {
        if (text)
            m_dialect.receive(from.connection().id(), payload);
        else
            send(error(u"Binary messages are not supported"_s));
    }
    void stalled(http::WebSocket &from) override { from.connection().setReading(false); }
    void drained(http::WebSocket &from) override { from.connection().setReading(true); }
    void closed(http::WebSocket &from, int /*code*/, const QByteArray & /*reason*/) override
    {
        m_dialect.gone(from.connection().id());
    }

    MutantDialect &m_dialect;
    bool m_closing = false;
};

static AccessOptions accessOf(const Dialect::Setup &setup, const Settings &settings)
{
    AccessOptions options;
    options.listenAddress = setup.settings.address;
    options.origins = settings.origins;
    options.tokens = {setup.token, setup.token};
    options.queryToken = true;
    return options;
}

static http::Server::Options httpOptions()
{
    http::Server::Options options;
    options.mostConnections = 2 * MutantDialect::mostClients;
    options.headers = {{"X-Content-Type-Options", "nosniff"}};
    return options;
}

MutantDialect::MutantDialect(const Setup &setup, Settings settings)
    : m_setup(setup),
      m_settings(std::move(settings)),
      m_access(accessOf(m_setup, m_settings)),
      m_http(m_setup.reactor, httpOptions()),
      m_subscription(m_setup.hub.observe([this](const EventPtr &event) { onEvent(*event); }))
{
    m_http.setGate([this](http::Exchange &exchange) { gate(exchange); });
    m_http.route("/ws", [this](const http::ExchangePtr &exchange) { open(exchange); });
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this, [this] {
        while (!m_clients.empty())
            m_clients.begin()->second->socket->connection().close();
    });
    for (const auto &job : m_setup.hub.state().jobs()) {
        if (const auto kind = taskKind(*job); kind && !isFinal(job->state))
            (void)taskOf(*job, *kind).events.follow(*job);
    }
}

MutantDialect::~MutantDialect()
{
    m_drained = {};
    while (!m_clients.empty())
        m_clients.begin()->second->socket->connection().close();
}

Result<std::unique_ptr<Dialect>> MutantDialect::make(const Setup &setup)
{
    auto settings = Settings::read(setup.settings.members);
    if (!settings)
        return tl::unexpected(settings.error());
    return std::make_unique<MutantDialect>(setup, std::move(*settings));
}

Result<QString> MutantDialect::listen()
{
    const auto port = m_http.listen(QHostAddress(m_setup.settings.address), m_setup.settings.port);
    if (!port)
        return tl::unexpected(port.error());
    m_port = *port;
    const bool six = m_setup.settings.address.contains(u':');
    return (six ? u"ws://[%1]:%2/ws"_s : u"ws://%1:%2/ws"_s).arg(m_setup.settings.address).arg(m_port);
}

void MutantDialect::drain(std::function<void()> done)
{
    m_http.close();
    if (m_clients.empty())
        return done();
    m_drained = std::move(done);
    for (const auto &[id, client] : m_clients)
        client->close(websocket::close_code::goingAway, "the hub is stopping");
    m_deadline.start(drainMs);
}

// ---- clients

/// The daemon itself looks at nothing; but any page of any site could talk to it.
void MutantDialect::gate(http::Exchange &exchange)
{
    const http::Request &request = exchange.request();
    for (const Result<void> &checked : {m_access.checkHost(request, m_port), m_access.checkOrigin(request, m_port)}) {
        if (!checked)
            return exchange.refuse(403, checked.error().message.toUtf8());
    }
    if (m_settings.token && !m_access.authenticate(request))
        exchange.refuse(401, "the hub's token is needed, as Authorization: Bearer or as ?token=");
}

void MutantDialect::open(const http::ExchangePtr &exchange)
{
    if (m_clients.size() >= mostClients)
        return exchange->refuse(503, "there are too many clients");
    auto client = std::make_unique<Client>(*this);
    Client *added = client.get();
    added->socket = exchange->acceptWebSocket(std::move(client), mostMessageBytes);
    if (!added->socket)
        return;
    m_clients.emplace(added->socket->connection().id(), added);
    tellClientsChanged();
}

void MutantDialect::gone(quint64 client)
{
    m_clients.erase(client);
    for (auto &[id, task] : m_tasks)
        task.asked.erase(client);
    tellClientsChanged();
    if (m_clients.empty() && m_drained)
        std::exchange(m_drained, {})();
}

void MutantDialect::send(quint64 client, const QByteArray &message)
{
    if (const auto it = m_clients.find(client); it != m_clients.end())
        it->second->send(message);
}

// ---- requests

/// As the daemon does it: what one client asks is answered in that order, but for what a pipeline has to answer.
void MutantDialect::receive(quint64 client, QByteArrayView bytes)
{
    const auto it = m_clients.find(client);
    if (it == m_clients.end())
        return;
    if (it->second->awaits.isEmpty())
        return handle(client, bytes.toByteArray());
    it->second->held.push_back(bytes.toByteArray());
    if (it->second->held.size() > mostHeld)
        it->second->close(websocket::close_code::tryAgainLater, "too many requests wait");
}

void MutantDialect::await(quint64 client, const QString &id)
{
    const auto it = m_clients.find(client);
    if (it == m_clients.end())
        return;
    it->second->awaits = id;
    QTimer::singleShot(patienceMs, this, [this, client, id] { resume(client, id); });
}

void MutantDialect::resume(quint64 client, const QString &id)
{
    auto it = m_clients.find(client);
    if (it == m_clients.end() || it->second->awaits != id)
        return;
    it->second->awaits.clear();
    while (it != m_clients.end() && it->second->awaits.isEmpty() && !it->second->held.empty()) {
        const QByteArray text = std::move(it->second->held.front());
        it->second->held.pop_front();
        handle(client, text);
        it = m_clients.find(client);
    }
}

void MutantDialect::handle(quint64 client, const QByteArray &text)
{
    const auto request = parseRequest(text);
    if (!request)
        return send(client, error(request.error(), text));
    switch (request->kind) {
    case Kind::ListTasks: return listTasks(client);
    case Kind::QueryTask: return queryTask(client, request->task, text);
    case Kind::StopTask: return stopTask(client, request->task);
    default: return start(client, *request, text);
    }
}

std::optional<Kind> MutantDialect::taskKind(const Job &job) const
{
    if (const auto it = m_tasks.find(job.id); it != m_tasks.end())
        return it->second.kind;
    if (!job.via.isEmpty() || !job.parent.isEmpty() || job.pipeline.isEmpty() || m_direct.contains(job.id))
        return {};
    const auto it = std::find_if(m_settings.pipelines.begin(), m_settings.pipelines.end(), [&](const auto &entry) {
        return factsOf(entry.first).isTask && entry.second.name == job.pipeline;
    });
    // A job may have been given any id; a task's is a UUID.
    if (it == m_settings.pipelines.end() || QUuid::fromString(job.id).toString(QUuid::WithoutBraces) != job.id)
        return {};
    return it->first;
}

const Job *MutantDialect::findTask(const QString &id) const
{
    const Job *job = m_setup.hub.state().find(id);
    return job && taskKind(*job) ? job : nullptr;
}

MutantDialect::Task &MutantDialect::taskOf(const Job &job, Kind kind)
{
    const auto [it, added] = m_tasks.try_emplace(job.id);
    if (added) {
        it->second.kind = kind;
        it->second.verifies = !job.params[u"no_verify"].toBool();
        it->second.events = TaskEvents(kind, it->second.verifies);
        it->second.destination = job.params[u"destination_path"].toString();
    }
    return it->second;
}

/// Jobs go when their time is over; what is known of them goes now and then.
void MutantDialect::forgetGone()
{
    if (m_tasks.size() <= 2 * m_setup.hub.state().jobs().size() + mostWaiting)
        return;
    std::erase_if(m_tasks,
                  [&](const auto &entry) { return !entry.second.creating && !m_setup.hub.state().find(entry.first); });
}

void MutantDialect::listTasks(quint64 client)
{
    std::vector<Listed> tasks;
    for (const auto &job : m_setup.hub.state().jobs()) {
        const auto kind = taskKind(*job);
        const auto task = m_tasks.find(job->id);
        if (kind && (task == m_tasks.end() || !task->second.creating))
            tasks.push_back({job->id, *kind, job->state});
    }
    send(client, taskList(tasks));
}

void MutantDialect::queryTask(quint64 client, const QString &id, const QByteArray &text)
{
    const Job *job = findTask(id);
    if (!job)
        return send(client, error(u"Task not found: "_s + id, text));
    Task &task = taskOf(*job, *taskKind(*job));
    task.asked.insert(client);
    if (isFinal(job->state) && job->state != State::Cancelled)
        send(client, result(*job, task));
    else
        send(client, taskUpdate(id, statusOf(job->state), task.events.newest()));
}

void MutantDialect::stopTask(quint64 client, const QString &id)
{
    const Job *job = findTask(id);
    if (!job)
        return send(client, error(u"Task not found: "_s + id));
    Task &task = taskOf(*job, *taskKind(*job));
    // The daemon says nothing where there is nothing to stop any more.
    if (job->state == State::Cancelled)
        return send(client, taskStopped(id));
    if (isFinal(job->state))
        return send(client, result(*job, task));
    task.asked.insert(client);
    await(client, id);
    if (job->state == State::Cancelling)
        return;
    m_setup.hub.request(CancelJob{id, {}}, [this, client, id, alive = std::weak_ptr(m_alive)](const auto &answer) {
        if (alive.expired() || answer)
            return;
        // One that has ended meanwhile has been told of.
        if (const Job *late = m_setup.hub.state().find(id); late && !isFinal(late->state))
            send(client, error(u"Internal daemon error: "_s + answer.error().message));
        resume(client, id);
    });
}

/// Why the file cannot be read, in the words of Rust; empty when it can.
static QString unreadable(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    struct stat status
    {
    };
    int fault = 0;
    if (name.contains('\0'))
        fault = EINVAL;
    else if (::stat(name.constData(), &status) != 0 || ::access(name.constData(), R_OK) != 0)
        fault = errno;
    else if (S_ISDIR(status.st_mode))
        fault = EISDIR;
    return fault == 0 ? QString() : u"%1 (os error %2)"_s.arg(QString::fromLocal8Bit(::strerror(fault))).arg(fault);
}

void MutantDialect::start(quint64 client, const Request &request, const QByteArray &text)
{
    const KindFacts &facts = factsOf(request.kind);
    const auto pipeline = m_settings.pipelines.find(request.kind);
    if (pipeline == m_settings.pipelines.end())
        return send(client,
                    error(u"%1 is not supported here: [dialects.mutant.pipelines] has no %2"_s.arg(
                              QLatin1String(facts.type), QLatin1String(facts.name)),
                          text));
    const auto waiting = static_cast<std::size_t>(
        std::count_if(m_tasks.begin(), m_tasks.end(), [](const auto &entry) { return entry.second.creating; }));
    if (m_direct.size() + waiting >= mostWaiting)
        return send(client, error(u"Internal daemon error: too many requests wait already"_s, text));
    const QString source = request.members[u"source_path"].toString();
    if (const QString why = request.kind == Kind::Put ? unreadable(source) : QString(); !why.isEmpty())
        return send(client, error(u"IO error (formatted): Failed to read source file %1: %2"_s.arg(source, why), text));

    RunJob run;
    run.pipeline = pipeline->second.name;
    run.params = Settings::paramsOf(pipeline->second, request.members);
    run.jobId = makeJobId(QDateTime::currentMSecsSinceEpoch());
    if (facts.key)
        run.unlessRunning = lockOf(request.members[QLatin1String(facts.key)].toString());
    run.fromRemote = RemoteAllowance{false, true}; // the user has mapped it, which marks it
    const QString id = run.jobId;
    if (facts.isTask) {
        forgetGone();
        Task &task = m_tasks[id];
        task.kind = request.kind;
        task.verifies = !request.members[u"no_verify"].toBool();
        task.events = TaskEvents(task.kind, task.verifies);
        task.destination = request.members[u"destination_path"].toString();
        task.creating = true;
        task.asked.insert(client);
        await(client, id);
    } else {
        m_direct[id] = {request, text, client, {}};
    }
    m_setup.hub.request(
        run, [this, client, id, request, text, alive = std::weak_ptr(m_alive)](const Result<Answer> &answer) {
            if (alive.expired())
                return;
            if (answer)
                started(client, id);
            else
                refused(client, id, answer.error(), request, text);
        });
}

void MutantDialect::started(quint64 client, const QString &id)
{
    const auto it = m_tasks.find(id);
    if (it == m_tasks.end())
        return; // its end is its answer
    it->second.creating = false;
    send(client, taskCreated(id));
    for (const QByteArray &message : std::exchange(it->second.waiting, {}))
        tell(it->second, message);
    resume(client, id);
}

void MutantDialect::refused(quint64 client, const QString &id, const Error &refusal, const Request &request,
                            const QByteArray &text)
{
    m_tasks.erase(id);
    m_direct.erase(id);
    tellRefusal(client, refusal, request, text);
    resume(client, id);
}

void MutantDialect::tellRefusal(quint64 client, const Error &refusal, const Request &request, const QByteArray &text)
{
    const KindFacts &facts = factsOf(request.kind);
    if (refusal.code != code::alreadyRunning || !facts.key)
        return send(client, error(u"Internal daemon error: "_s + refusal.message, text));
    const QString key = request.members[QLatin1String(facts.key)].toString();
    const QString holder = refusal.data[u"job"].toString();
    const auto task = m_tasks.find(holder);
    const auto direct = m_direct.find(holder);
    const Kind held = task != m_tasks.end() ? task->second.kind
        : direct != m_direct.end()          ? direct->second.request.kind
                                            : Kind::Put;
    send(client,
         error(u"Key '%1' is already being used by another operation (task ID: %2, type: %3). Only one operation per "
               u"key is allowed at a time."_s.arg(key, holder, QLatin1String(factsOf(held).type)),
               text));
    send(client, error(u"Internal daemon error: Key '%1' is already in use"_s.arg(key), text));
}

// ---- facts

void MutantDialect::onEvent(const Event &event)
{
    if (event.job.isEmpty() || std::holds_alternative<StepOutput>(event.data))
        return;
    const Job *job = m_setup.hub.state().find(event.job);
    if (!job)
        return;
    const auto *custom = std::get_if<Custom>(&event.data);
    const bool isResult = custom && custom->name == u"result" && custom->value.isObject();
    const bool ended = std::holds_alternative<JobFinished>(event.data);
    if (const auto direct = m_direct.find(event.job); direct != m_direct.end()) {
        if (isResult)
            direct->second.told = custom->value.toObject();
        else if (ended)
            endDirect(*job, std::move(m_direct.extract(direct).mapped()));
        return;
    }
    auto it = m_tasks.find(event.job);
    if (it == m_tasks.end()) {
        const auto kind = taskKind(*job);
        if (!kind)
            return;
        forgetGone();
        taskOf(*job, *kind);
        it = m_tasks.find(event.job);
    }
    Task &task = it->second;
    if (isResult) {
        task.told = custom->value.toObject();
    } else if (ended) {
        endTask(*job, task);
    } else if (std::holds_alternative<StepProgress>(event.data) || std::holds_alternative<StepStarted>(event.data)
               || std::holds_alternative<StepFinished>(event.data)) {
        tellProgress(event.job, task, task.events.follow(*job));
    } else if (const auto *begun = std::get_if<JobStarted>(&event.data); begun && begun->attempt > 1) {
        task.events = TaskEvents(task.kind, task.verifies);
        task.told = {};
    }
}

void MutantDialect::endTask(const Job &job, Task &task)
{
    if (satisfiesNeeds(job.state))
        tellProgress(job.id, task, task.events.complete(task.told));
    tell(task, job.state == State::Cancelled ? taskStopped(job.id) : result(job, task));
    if (task.creating)
        return;
    const std::set<quint64> asked = task.asked;
    for (const quint64 client : asked)
        resume(client, job.id);
}

/// What a person is told of a failure: what the program said last, else what the hub says.
static QString sentenceOf(const Job &job)
{
    if (!job.error)
        return u"the job is "_s + stateName(job.state);
    return job.error->lastLine.isEmpty() ? job.error->message : job.error->lastLine;
}

QByteArray MutantDialect::result(const Job &job, const Task &task) const
{
    if (!satisfiesNeeds(job.state))
        return taskFailed(job.id, sentenceOf(job));
    QJsonObject told = task.told;
    if (task.kind == Kind::Get && !told.contains(u"size") && !task.destination.isEmpty())
        told.insert(u"size"_s, QFileInfo(task.destination).size());
    return taskCompleted(job.id, task.kind, told);
}

void MutantDialect::endDirect(const Job &job, Direct direct)
{
    if (satisfiesNeeds(job.state))
        send(direct.client, answer(direct.request, direct.told));
    else
        send(direct.client, error(sentenceOf(job), direct.text));
}

void MutantDialect::tellProgress(const QString &id, Task &task, const std::vector<QByteArray> &events)
{
    for (const QByteArray &event : events)
        tell(task, taskUpdate(id, "InProgress", event));
}

void MutantDialect::tell(Task &task, const QByteArray &message)
{
    if (task.creating)
        return task.waiting.push_back(message);
    for (const quint64 client : task.asked)
        send(client, message);
}

} // namespace stepwire::mutant
