#include "core/serve/dialects/dotfiles/daemon.h"

#include "core/model/ids.h"
#include "core/model/quote.h"
#include "core/serve/unix_listener.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimer>

#include <algorithm>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace stepwire::dotfiles_daemon {

using namespace Qt::StringLiterals;

static constexpr int drainMs = 2000;

/// One connection, of whatever socket.
class Daemon::Client final : public io::Protocol
{
public:
    Client(Daemon &daemon, Door &door) : m_daemon(daemon), m_door(door) { }

    /// What waits behind a client that does not read gives way, the oldest first.
    void give(io::Connection &connection, const QByteArray &frame)
    {
        if (!connection.stalled())
            return connection.send(frame);
        m_waiting.add(frame);
    }

private:
    qsizetype received(io::Connection &connection, QByteArrayView bytes) override
    {
        if (m_door.role == Role::Monitor)
            return bytes.size(); // nothing that a monitor sends means anything
        qsizetype taken = 0;
        while (!connection.closing()) {
            const qsizetype size = frameSize(bytes.sliced(taken));
            if (size == 0)
                return taken;
            const QJsonObject answer = size < 0 ? QJsonObject{{u"error"_s, u"a message has more than 1 MiB"_s}}
                                                : m_daemon.take(bytes.sliced(taken + 4, size - 4), m_door.role);
            if (!answer.isEmpty())
                give(connection, frameOf(answer));
            if (size < 0) {
                connection.closeWhenSent();
                break;
            }
            taken += size;
        }
        return bytes.size();
    }
    void drained(io::Connection &connection) override
    {
        const Backlog waiting = std::exchange(m_waiting, {});
        for (const QByteArray &frame : waiting.frames())
            connection.send(frame);
    }
    void closed(io::Connection &connection) override { m_daemon.gone(m_door, connection.id()); }

    Daemon &m_daemon;
    Door &m_door;
    Backlog m_waiting;
};

void Daemon::Backlog::add(const QByteArray &frame)
{
    m_frames.push_back(frame);
    m_bytes += frame.size();
    while (m_frames.size() > mostKept || (m_bytes > mostKeptBytes && m_frames.size() > 1)) {
        m_bytes -= m_frames.front().size();
        m_frames.pop_front();
    }
}

Daemon::Daemon(Hub &hub, io::Reactor &reactor, QString folder)
    : m_hub(hub),
      m_reactor(reactor),
      m_folder(std::move(folder)),
      m_subscription(hub.observe([this](const EventPtr &event) { onEvent(*event); }))
{
}

Daemon::~Daemon()
{
    m_clientsChanged = {};
    m_drained = {};
    for (const auto &[name, door] : m_doors) {
        shut(*door);
        while (!door->clients.empty())
            m_reactor.find(door->clients.begin()->first)->close();
    }
}

/// Somebody answers there.
static bool isListenedOn(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.size() >= static_cast<qsizetype>(sizeof address.sun_path))
        return false;
    std::copy(name.begin(), name.end(), address.sun_path);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const bool answered =
        descriptor >= 0 && ::connect(descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    if (descriptor >= 0)
        ::close(descriptor);
    return answered;
}

Result<void> Daemon::listen()
{
    const QString command = m_folder + u"/command.sock"_s;
    if (isListenedOn(command))
        return fail(code::alreadyRunning, u"another daemon listens at %1"_s.arg(command));
    for (const auto &[name, role] : {std::pair(u"command"_s, Role::Publisher), std::pair(u"query"_s, Role::Asker)}) {
        if (const auto opened = open(name, role); !opened)
            return tl::unexpected(opened.error());
    }
    return {};
}

std::size_t Daemon::clients() const
{
    std::size_t clients = 0;
    for (const auto &[name, door] : m_doors)
        clients += door->clients.size();
    return clients;
}

Result<Daemon::Door *> Daemon::open(const QString &name, Role role)
{
    if (const auto it = m_doors.find(name); it != m_doors.end())
        return it->second.get();
    if (m_doors.size() >= mostTypes + 2)
        return fail(code::rateLimited, u"there are %1 event types already"_s.arg(mostTypes));
    auto door = std::make_unique<Door>();
    door->role = role;
    door->path = u"%1/%2.sock"_s.arg(m_folder, name);
    const Result<int> descriptor = listenUnix(door->path);
    if (!descriptor)
        return tl::unexpected(descriptor.error());
    door->listening = *descriptor;
    Door *added = door.get();
    m_reactor.listen(*descriptor, [this, added](int accepted) { accept(*added, accepted); });
    m_doors.emplace(name, std::move(door));
    return added;
}

void Daemon::accept(Door &door, int descriptor)
{
    if (door.clients.size() >= mostClients || !peerIsUs(descriptor)) {
        ::close(descriptor);
        return;
    }
    auto client = std::make_unique<Client>(*this, door);
    Client *added = client.get();
    io::Connection &connection = m_reactor.adopt(descriptor, std::move(client));
    door.clients.emplace(connection.id(), added);
    for (const QByteArray &frame : door.kept.frames())
        connection.send(frame);
    if (m_clientsChanged)
        m_clientsChanged();
}

void Daemon::gone(Door &door, quint64 client)
{
    door.clients.erase(client);
    if (m_clientsChanged)
        m_clientsChanged();
    if (m_drained && clients() == 0)
        std::exchange(m_drained, {})();
}

void Daemon::shut(Door &door)
{
    if (door.listening < 0)
        return;
    m_reactor.stopListening(door.listening);
    ::close(door.listening);
    door.listening = -1;
    QFile::remove(door.path);
}

void Daemon::drain(std::function<void()> done)
{
    for (const auto &[name, door] : m_doors)
        shut(*door);
    if (clients() == 0)
        return done();
    m_drained = std::move(done);
    std::vector<quint64> all;
    for (const auto &[name, door] : m_doors) {
        for (const auto &[id, client] : door->clients)
            all.push_back(id);
    }
    for (const quint64 id : all) {
        if (io::Connection *connection = m_reactor.find(id))
            connection->closeWhenSent(drainMs);
    }
}

// ---- what is told, and asked

/// What is answered; nothing to a command that is right.
QJsonObject Daemon::take(QByteArrayView json, Role role)
{
    const auto envelope = readEnvelope(json);
    const bool asked = envelope && envelope->type() == u"query_request";
    Result<QJsonObject> result = tl::unexpected(Error());
    if (!envelope)
        result = tl::unexpected(envelope.error());
    else if (asked != (role == Role::Asker))
        result =
            fail(code::invalidParams, asked ? u"queries are asked on query.sock"_s : u"only queries are asked here"_s);
    else if (asked)
        result = query(envelope->payload);
    else if (const auto told = command(*envelope))
        return {};
    else
        result = tl::unexpected(told.error());
    const QString id = envelope ? envelope->messageId : envelope.error().data[u"message_id"].toString(u"unknown"_s);
    const QJsonObject payload{{u"type"_s, u"query_response"_s},
                              {u"query_id"_s, id},
                              {u"result"_s, result ? *result : QJsonObject()},
                              {u"error"_s, result ? QJsonValue() : QJsonValue(result.error().message)}};
    QJsonObject answer = toJson(newEnvelope(envelope ? envelope->eventType : u"error"_s, payload));
    answer.insert(u"status"_s, result ? u"ok"_s : u"error"_s); // all that the daemon itself ever answers
    return answer;
}

Result<void> Daemon::command(const Envelope &envelope)
{
    if (envelope.type() == u"query_response")
        return fail(code::invalidParams, u"payload.type is \"query_response\", which is no command"_s);
    // Before anything is done: its monitors are to be told.
    if (const auto door = open(envelope.eventType + u"_events"_s, Role::Monitor); !door)
        return tl::unexpected(door.error());
    if (envelope.type() == u"state_update") {
        const QString key = envelope.payload[u"state_key"].toString();
        const QJsonObject value = envelope.payload[u"state_value"].toObject();
        if (QJsonDocument(value).toJson(QJsonDocument::Compact).size() > mostStateBytes)
            return fail(code::invalidParams, u"payload.state_value has more than 64 KiB"_s);
        if (!m_state.contains(key) && m_state.size() >= mostStates)
            return fail(code::rateLimited, u"there are %1 states already"_s.arg(mostStates));
        m_state.insert(key, value);
    } else if (const auto followed = follow(envelope); !followed) {
        return followed;
    }
    return publish(envelope);
}

Result<void> Daemon::follow(const Envelope &envelope)
{
    const QString id = envelope.payload[u"operation_id"].toString();
    const auto it = m_operations.find(id);
    const bool runs = it != m_operations.end() && it->second.status == u"running";
    if (envelope.type() == u"operation_started")
        return runs ? fail(code::alreadyRunning, u"operation %1 has been started already"_s.arg(quoted(id)))
                    : begin(id, envelope);
    if (!runs)
        return fail(code::unknownJob,
                    (it == m_operations.end() ? u"operation %1 has not been started"_s : u"operation %1 has ended"_s)
                        .arg(quoted(id)));
    Operation &operation = it->second;
    if (envelope.eventType != operation.eventType)
        return fail(code::invalidParams,
                    u"event_type is %1, but operation %2 was started as %3"_s.arg(
                        quoted(envelope.eventType), quoted(id), quoted(operation.eventType)));
    if (envelope.type() == u"operation_progress")
        operation.overall = envelope.payload[u"overall_progress"].toDouble();
    else
        operation.status = envelope.type().mid(qsizetype(sizeof "operation_") - 1);
    if (operation.job.isEmpty() && operation.waiting.size() >= mostKept && operation.status == u"running")
        operation.waiting.back() = envelope.payload; // the newest figures say all
    else if (operation.job.isEmpty())
        operation.waiting.push_back(envelope.payload);
    else
        tellHub(operation, envelope.payload);
    return {};
}

Result<void> Daemon::begin(const QString &id, const Envelope &envelope)
{
    if (m_operations.size() >= mostOperations) {
        std::erase_if(m_operations, [](const auto &entry) { return entry.second.status != u"running"; });
        if (m_operations.size() >= mostOperations)
            return fail(code::rateLimited, u"%1 operations run already"_s.arg(mostOperations));
    }
    constexpr qsizetype mostName = 200;
    Operation &operation = m_operations[id];
    operation = {};
    operation.name = envelope.payload[u"operation_name"].toString().left(mostName);
    operation.eventType = envelope.eventType;
    operation.status = u"running"_s;
    StartReport report;
    report.title = operation.name;
    ++m_starting;
    m_hub.request(report, [this, id, alive = std::weak_ptr(m_alive)](const Result<Answer> &answer) {
        if (alive.expired())
            return;
        --m_starting;
        const auto it = m_operations.find(id);
        const auto *ack = answer ? std::get_if<JobAck>(&*answer) : nullptr;
        if (it == m_operations.end())
            return;
        if (!ack) {
            m_operations.erase(it);
            return;
        }
        it->second.job = ack->job;
        m_published[ack->job] = id;
        for (const QJsonObject &payload : std::exchange(it->second.waiting, {}))
            tellHub(it->second, payload);
    });
    return {};
}

void Daemon::tellHub(Operation &operation, const QJsonObject &payload)
{
    const QString type = payload[u"type"].toString();
    if (type == u"operation_progress")
        return progress(operation, payload);
    FinishReport report;
    report.job = operation.job;
    if (type == u"operation_failed")
        report.error = plainLine(payload[u"error_code"].toString() + u": "_s + payload[u"error_message"].toString());
    m_hub.request(report, [](const Result<Answer> &) {});
}

void Daemon::progress(Operation &operation, const QJsonObject &payload)
{
    const QString step = payload[u"step_id"].toString();
    const QString title = plainLine(payload[u"step_name"].toString(step)).left(200);
    constexpr std::size_t mostPhases = 64;
    if (isValidId(step)) {
        auto phase = std::find_if(operation.phases.begin(), operation.phases.end(),
                                  [&](const Phase &each) { return each.id == step; });
        if (phase == operation.phases.end() && operation.phases.size() < mostPhases)
            phase = operation.phases.insert(phase, {step, title, 0, 100.0, u"%"_s});
        if (phase != operation.phases.end())
            phase->done = payload[u"step_progress"].toDouble();
    }
    ReportProgress report;
    report.job = operation.job;
    report.progress.done = operation.overall;
    report.progress.total = 100;
    report.progress.unit = u"%"_s;
    report.progress.fraction = payload[u"overall_progress"].toDouble() / 100;
    report.progress.message = title;
    report.progress.phases = operation.phases;
    m_hub.request(report, [](const Result<Answer> &) {});
}

QJsonObject Daemon::status(const QString &id, const Operation &operation) const
{
    return {{u"operation_id"_s, id},
            {u"operation_name"_s, operation.name},
            {u"event_type"_s, operation.eventType},
            {u"status"_s, operation.status},
            {u"overall_progress"_s, operation.overall}};
}

QJsonObject Daemon::statusOf(const Job &job)
{
    const bool well = satisfiesNeeds(job.state);
    return {{u"operation_id"_s, job.id},
            {u"operation_name"_s, job.title},
            {u"event_type"_s, eventTypeOf(job)},
            {u"status"_s,
             !isFinal(job.state) ? u"running"_s
                 : well          ? u"completed"_s
                                 : u"failed"_s},
            {u"overall_progress"_s, well ? 100 : progressPayload(job, {})[u"overall_progress"].toDouble()}};
}

Result<QJsonObject> Daemon::query(const QJsonObject &payload) const
{
    const QString type = payload[u"query_type"].toString();
    const QJsonObject parameters = payload[u"parameters"].toObject();
    if (type == u"get_current_state") {
        QJsonArray operations;
        for (const auto &[id, operation] : m_operations) {
            if (operation.status == u"running")
                operations.append(status(id, operation));
        }
        for (const auto &job : m_hub.state().jobs()) {
            if (!isFinal(job->state) && !m_published.contains(job->id) && !eventTypeOf(*job).isEmpty())
                operations.append(statusOf(*job));
        }
        return QJsonObject{{u"state"_s, m_state}, {u"operations"_s, operations}};
    }
    if (type == u"get_operation_status") {
        const QString id = parameters[u"operation_id"].toString();
        if (const auto it = m_operations.find(id); it != m_operations.end())
            return status(id, it->second);
        if (const Job *job = m_hub.state().find(id))
            return statusOf(*job);
        return fail(code::unknownJob, u"there is no operation %1"_s.arg(quoted(parameters[u"operation_id"])));
    }
    const auto ofType = [](const QString &name) { return name.chopped(qsizetype(sizeof "_events") - 1); };
    QJsonArray list;
    if (type == u"list_event_types") {
        for (const auto &[name, door] : m_doors) {
            if (door->role == Role::Monitor)
                list.append(ofType(name));
        }
        return QJsonObject{{u"event_types"_s, list}};
    }
    const QJsonValue wanted = parameters[u"event_type"];
    for (const auto &[name, door] : m_doors) {
        if (door->role != Role::Monitor || (wanted.isString() && ofType(name) != wanted.toString()))
            continue;
        for (const QByteArray &frame : door->kept.frames())
            list.append(QJsonDocument::fromJson(frame.sliced(4)).object());
    }
    const auto most =
        static_cast<qsizetype>(std::clamp(parameters[u"limit"].toDouble(mostKept), 0.0, double(mostKept)));
    while (list.size() > most)
        list.removeFirst();
    return QJsonObject{{u"events"_s, list}};
}

// ---- monitors

/// Empty for a job that is not told: of another host, or without a name that a socket could have.
QString Daemon::eventTypeOf(const Job &job)
{
    const QString name = job.eventName.isEmpty() ? job.pipeline : job.eventName;
    if (!job.via.isEmpty())
        return {};
    return isValidId(name) ? name : u"job"_s;
}

void Daemon::onEvent(const Event &event)
{
    const Job *job = event.job.isEmpty() ? nullptr : m_hub.state().find(event.job);
    if (!job)
        return;
    const QString type = eventTypeOf(*job);
    // What a publisher tells is told in its own words.
    const bool fromReport = job->pipeline.isEmpty() && job->command.isEmpty();
    if (std::holds_alternative<JobQueued>(event.data) && fromReport && m_starting > 0)
        m_published.try_emplace(event.job);
    if (type.isEmpty() || m_published.contains(event.job)) {
        if (std::holds_alternative<JobFinished>(event.data))
            m_published.erase(event.job);
        return;
    }
    QJsonObject payload;
    if (std::holds_alternative<JobStarted>(event.data))
        payload = startedPayload(*job);
    else if (std::holds_alternative<JobFinished>(event.data))
        payload = endPayload(*job);
    else if (std::holds_alternative<StepStarted>(event.data) || std::holds_alternative<StepProgress>(event.data)
             || std::holds_alternative<StepFinished>(event.data))
        payload = progressPayload(*job, event.step);
    else if (!std::holds_alternative<JobQueued>(event.data))
        return;
    // From its announcement on, so that nothing is missed by those who wait for the file.
    if (payload.isEmpty())
        (void)open(type + u"_events"_s, Role::Monitor);
    else
        (void)publish(newEnvelope(type, payload));
}

Result<void> Daemon::publish(const Envelope &envelope)
{
    const auto door = open(envelope.eventType + u"_events"_s, Role::Monitor);
    if (!door)
        return tl::unexpected(door.error());
    const QByteArray frame = frameOf(toJson(envelope));
    (*door)->kept.add(frame);
    for (const auto &[id, client] : (*door)->clients)
        client->give(*m_reactor.find(id), frame);
    return {};
}

} // namespace stepwire::dotfiles_daemon
