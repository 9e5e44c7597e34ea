#include "core/wire/native/native.h"

#include "core/model/ids.h"
#include "core/wire/json/writer.h"
#include "core/wire/native/fields.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

namespace stepwire::native {

using json::Writer;

namespace {

void write(Writer &writer, const Failure &failure)
{
    writer.beginObject();
    writer.member("message", QStringView(failure.message));
    writer.optionalMember("step", failure.step);
    writer.optionalMember("exit_code", failure.exitCode);
    writer.optionalMember("signal", failure.signal);
    writer.optionalMember("last_line", failure.lastLine);
    writer.endObject();
}

void writeOrNull(Writer &writer, const char *name, const std::optional<Failure> &failure)
{
    writer.key(name);
    if (failure)
        write(writer, *failure);
    else
        writer.null();
}

void writeTimeOrNull(Writer &writer, const char *name, const std::optional<UnixMs> &time)
{
    writer.key(name);
    if (time)
        writer.time(*time);
    else
        writer.null();
}

template <class T>
void writeOrNull(Writer &writer, const char *name, const std::optional<T> &value)
{
    writer.key(name);
    if (value)
        writer.value(QJsonValue(*value));
    else
        writer.null();
}

void write(Writer &writer, const QStringList &list)
{
    writer.beginArray();
    for (const QString &text : list)
        writer.string(text);
    writer.endArray();
}

void writeMembers(Writer &writer, const Progress &progress)
{
    writer.member("attempt", progress.attempt);
    writer.member("done", progress.done);
    writer.optionalMember("total", progress.total);
    writer.member("unit", QStringView(progress.unit));
    writer.optionalMember("fraction", progress.fraction);
    writer.optionalMember("message", progress.message);
    if (progress.phases.empty())
        return;
    writer.key("phases");
    writer.beginArray();
    for (const Phase &phase : progress.phases) {
        writer.beginObject();
        writer.member("id", QStringView(phase.id));
        writer.member("title", QStringView(phase.title));
        writer.member("done", phase.done);
        writer.optionalMember("total", phase.total);
        writer.member("unit", QStringView(phase.unit));
        writer.endObject();
    }
    writer.endArray();
}

void write(Writer &writer, const Step &step)
{
    writer.beginObject();
    writer.member("step", QStringView(step.id));
    writer.member("title", QStringView(step.title));
    writer.key("needs");
    write(writer, step.needs);
    writer.member("weight", step.weight);
    writer.member("state", QStringView(stateName(step.state)));
    writer.member("attempt", step.attempt);
    writer.key("progress");
    writer.beginObject();
    if (step.progress)
        writeMembers(writer, *step.progress);
    writer.endObject();
    if (step.estimated)
        writer.member("estimated", true);
    writer.optionalMember("stalled_ms", step.stalledMs);
    writer.optionalMember("retry_in_ms", step.retryInMs);
    writeTimeOrNull(writer, "started", step.started);
    writeTimeOrNull(writer, "finished", step.finished);
    writeOrNull(writer, "error", step.error);
    writer.endObject();
}

void write(Writer &writer, const Job &job)
{
    writer.beginObject();
    writer.member("job", QStringView(job.id));
    writer.member("hub", QStringView(job.hub));
    writer.member("host", QStringView(job.host));
    writer.member("title", QStringView(job.title));
    writer.key("pipeline");
    if (job.pipeline.isEmpty())
        writer.null();
    else
        writer.string(job.pipeline);
    writer.key("command");
    if (job.command.isEmpty())
        writer.null();
    else
        write(writer, job.command);
    writer.member("params", QJsonValue(job.params));
    writer.member("state", QStringView(stateName(job.state)));
    writer.member("attempt", job.attempt);
    writeOrNull(writer, "fraction", jobFraction(job));
    writeOrNull(writer, "eta_ms", job.etaMs);
    writeOrNull(writer, "queue_position", job.queuePosition);
    writer.member("group", QStringView(job.group));
    writer.member("source", QStringView(job.source));
    writer.optionalMember("via", job.via);
    if (job.lostSince) {
        writer.key("lost_since");
        writer.time(*job.lostSince);
    }
    if (job.clockOffsetMs != 0)
        writer.member("clock_offset_ms", job.clockOffsetMs);
    writer.key("created");
    writer.time(job.created);
    writeTimeOrNull(writer, "started", job.started);
    writeTimeOrNull(writer, "finished", job.finished);
    writeOrNull(writer, "error", job.error);
    writer.member("first_seq", job.firstSeq);
    writer.optionalMember("stalled_ms", job.stalledMs);
    if (!job.waitingFor.isEmpty()) {
        writer.key("waiting_for");
        write(writer, job.waitingFor);
    }
    writer.key("capabilities");
    write(writer, job.capabilities);
    if (!job.parent.isEmpty()) {
        writer.key("parent");
        writer.beginObject();
        writer.member("job", QStringView(job.parent));
        writer.member("step", QStringView(job.parentStep));
        writer.endObject();
    }
    writer.optionalMember("unless_running", job.unlessRunning);
    writer.optionalMember("history", job.history);
    if (job.parallel > 0)
        writer.member("parallel", job.parallel);
    writer.optionalMember("ttl_ms", job.ttlMs);
    if (!job.eventName.isEmpty()) {
        writer.member("event_name", QStringView(job.eventName));
        writer.member("event_data", QJsonValue(job.eventData));
    }
    writer.key("steps");
    writer.beginArray();
    for (const Step &step : job.steps)
        write(writer, step);
    writer.endArray();
    writer.endObject();
}

QStringView streamName(Stream stream)
{
    switch (stream) {
    case Stream::Out: return u"out";
    case Stream::Err: return u"err";
    case Stream::Tty: return u"tty";
    }
    Q_UNREACHABLE();
}

/// Writes the value of an event's `data`.
struct WriteData
{
    Writer &writer;

    void operator()(const JobQueued &queued) const { write(writer, queued.job); }

    void operator()(const JobStarted &started) const
    {
        writer.beginObject();
        writer.member("attempt", started.attempt);
        writer.endObject();
    }

    void operator()(const JobChanged &changed) const
    {
        writer.beginObject();
        if (changed.state)
            writer.member("state", QStringView(stateName(*changed.state)));
        writer.optionalMember("queue_position", changed.queuePosition);
        writer.optionalMember("fraction", changed.fraction);
        if (changed.etaMs)
            writeOrNull(writer, "eta_ms", *changed.etaMs < 0 ? std::nullopt : changed.etaMs);
        if (changed.title)
            writer.member("title", QStringView(*changed.title));
        writer.optionalMember("stalled_ms", changed.stalledMs);
        if (changed.waitingFor) {
            writer.key("waiting_for");
            write(writer, *changed.waitingFor);
        }
        writer.endObject();
    }

    void operator()(const JobFinished &finished) const { writeFinished(finished); }

    void operator()(const StepStarted &started) const
    {
        writer.beginObject();
        writer.member("attempt", started.attempt);
        writer.optionalMember("pid", started.pid);
        writer.endObject();
    }

    void operator()(const StepChanged &changed) const
    {
        writer.beginObject();
        if (changed.state)
            writer.member("state", QStringView(stateName(*changed.state)));
        writer.optionalMember("stalled_ms", changed.stalledMs);
        writer.optionalMember("retry_in_ms", changed.retryInMs);
        writer.optionalMember("estimated", changed.estimated);
        writer.endObject();
    }

    void operator()(const StepProgress &reported) const
    {
        writer.beginObject();
        writeMembers(writer, reported.progress);
        writer.endObject();
    }

    void operator()(const StepOutput &output) const
    {
        writer.beginObject();
        writer.member("attempt", output.attempt);
        writer.member("stream", streamName(output.stream));
        writer.member("text", QStringView(output.text));
        writer.member("offset", output.offset);
        writer.member("bytes", output.bytes);
        if (output.omitted > 0)
            writer.member("omitted", output.omitted);
        writer.endObject();
    }

    void operator()(const StepFinished &finished) const { writeFinished(finished); }

    void operator()(const Custom &custom) const
    {
        writer.beginObject();
        writer.member("name", QStringView(custom.name));
        writer.member("value", custom.value);
        writer.endObject();
    }

    void operator()(const Notice &notice) const { writer.value(notice.data); }

    template <class Finished>
    void writeFinished(const Finished &finished) const
    {
        writer.beginObject();
        writer.member("attempt", finished.attempt);
        writer.member("state", QStringView(stateName(finished.state)));
        if (finished.error) {
            writer.key("error");
            write(writer, *finished.error);
        }
        writer.member("duration_ms", finished.durationMs);
        writer.endObject();
    }
};

struct WriteAnswer
{
    Writer &writer;

    void operator()(const JobAck &ack) const
    {
        writer.beginObject();
        writer.member("job", QStringView(ack.job));
        writer.member("state", QStringView(stateName(ack.state)));
        writeOrNull(writer, "queue_position", ack.queuePosition);
        writer.endObject();
    }

    void operator()(const JobPage &page) const
    {
        writer.beginObject();
        writer.key("jobs");
        writer.beginArray();
        for (const Job &job : page.jobs)
            write(writer, job);
        writer.endArray();
        writer.optionalMember("cursor", page.cursor);
        writer.endObject();
    }

    void operator()(const Job &job) const { write(writer, job); }

    void operator()(const LogSlice &slice) const
    {
        writer.beginObject();
        writer.member("offset", slice.offset);
        writer.member("bytes", static_cast<qint64>(slice.bytes.size()));
        if (slice.base64)
            writer.member("base64", QStringView(QString::fromLatin1(slice.bytes.toBase64())));
        else
            writer.member("text", QStringView(QString::fromUtf8(slice.bytes)));
        if (slice.omitted > 0)
            writer.member("omitted", slice.omitted);
        writer.member("end", slice.end);
        writer.optionalMember("stream", slice.stream);
        writer.member("complete", slice.complete);
        writer.endObject();
    }

    void operator()(const Object &object) const { writer.value(object.value); }
};

constexpr const char *rpcHead = R"({"jsonrpc":"2.0",)";

} // namespace

QByteArray encodeEvent(const Event &event, quint64 skipped)
{
    QByteArray out;
    out.reserve(512); // what most have
    Writer writer(out);
    writer.beginObject();
    if (skipped > 0)
        writer.member("skipped", skipped);
    writer.member("seq", event.seq);
    writer.member("epoch", QStringView(event.epoch));
    writer.key("time");
    writer.time(event.time);
    writer.member("host", QStringView(event.host));
    writer.member("hub", QStringView(event.hub));
    if (!event.ownerEpoch.isEmpty()) {
        writer.key("owner");
        writer.beginObject();
        writer.member("epoch", QStringView(event.ownerEpoch));
        writer.member("seq", event.ownerSeq);
        writer.endObject();
    }
    writer.member("type", QStringView(typeName(event.data)));
    writer.optionalMember("job", event.job);
    writer.optionalMember("step", event.step);
    writer.key("data");
    std::visit(WriteData{writer}, event.data);
    writer.endObject();
    return out;
}

QByteArray encodeJob(const Job &job)
{
    QByteArray out;
    Writer writer(out);
    write(writer, job);
    return out;
}

QByteArray encodeSnapshot(const Snapshot &snapshot, bool typed)
{
    QByteArray out;
    Writer writer(out);
    writer.beginObject();
    if (typed)
        writer.member("type", QStringView(u"snapshot"));
    writer.member("epoch", QStringView(snapshot.epoch));
    writer.member("seq", snapshot.seq);
    writer.key("jobs");
    writer.beginArray();
    for (const auto &job : snapshot.jobs())
        write(writer, *job);
    writer.endArray();
    writer.endObject();
    return out;
}

QByteArray notification(const char *method, const QByteArray &params, const char *suffix)
{
    QByteArray out;
    out.reserve(params.size() + 64);
    out += rpcHead;
    out += "\"method\":\"";
    out += method;
    out += "\",\"params\":";
    out += params;
    out += '}';
    out += suffix;
    return out;
}

QByteArray helloParams(const Hello &hello)
{
    QByteArray out;
    Writer writer(out);
    writer.beginObject();
    writer.member("version", hello.version);
    writer.member("server", QStringView(hello.server));
    writer.member("hub", QStringView(hello.hub));
    writer.member("host", QStringView(hello.host));
    writer.member("epoch", QStringView(hello.epoch));
    writer.member("seq", hello.seq);
    writer.member("scope", QStringView(hello.scope));
    writer.optionalMember("socket_dir", hello.socketDir);
    writer.optionalMember("degraded", hello.degraded);
    writer.endObject();
    return out;
}

static QByteArray respond(const QJsonValue &id, const char *member, const QByteArray &value)
{
    QByteArray out = rpcHead;
    Writer writer(out);
    writer.key("id");
    writer.value(id);
    out += ",\"";
    out += member;
    out += "\":";
    out += value;
    out += '}';
    return out;
}

QByteArray result(const QJsonValue &id, const QByteArray &value)
{
    return respond(id, "result", value);
}

QByteArray result(const QJsonValue &id, const Answer &answer)
{
    QByteArray value;
    Writer writer(value);
    std::visit(WriteAnswer{writer}, answer);
    return respond(id, "result", value);
}

QByteArray error(const QJsonValue &id, const Error &error)
{
    QByteArray value;
    Writer writer(value);
    writer.beginObject();
    writer.member("code", error.code);
    writer.member("message", QStringView(error.message));
    if (!error.data.isEmpty())
        writer.member("data", QJsonValue(error.data));
    writer.endObject();
    return respond(id.isUndefined() ? QJsonValue(QJsonValue::Null) : id, "error", value);
}

Result<UnixMs> decodeTime(const QString &text)
{
    const QDateTime time = QDateTime::fromString(text, Qt::ISODateWithMs);
    if (!time.isValid())
        return fail(code::invalidParams,
                    QStringLiteral("time is %1, expected UTC as in 2026-11-21T02:31:07.412Z").arg(quoted(text)));
    return time.toMSecsSinceEpoch();
}

namespace {

std::optional<Failure> readFailure(const QJsonValue &value)
{
    if (!value.isObject())
        return {};
    const QJsonObject object = value.toObject();
    Failure failure;
    failure.message = object[u"message"].toString();
    failure.step = object[u"step"].toString();
    if (object[u"exit_code"].isDouble())
        failure.exitCode = object[u"exit_code"].toInt();
    if (object[u"signal"].isDouble())
        failure.signal = object[u"signal"].toInt();
    failure.lastLine = object[u"last_line"].toString();
    return failure;
}

template <class T>
std::optional<T> readNumber(const QJsonValue &value)
{
    if (!value.isDouble())
        return {};
    if constexpr (std::is_same_v<T, double>)
        return value.toDouble();
    else
        return static_cast<T>(value.toInteger());
}

std::optional<UnixMs> readTime(const QJsonValue &value)
{
    if (!value.isString())
        return {};
    const Result<UnixMs> time = decodeTime(value.toString());
    return time ? std::optional(*time) : std::nullopt;
}

QStringList readStrings(const QJsonValue &value)
{
    QStringList list;
    const QJsonArray array = value.toArray();
    for (const QJsonValue &element : array)
        list.append(element.toString());
    return list;
}

State readState(const QJsonValue &value, State otherwise)
{
    return stateFromName(value.toString()).value_or(otherwise);
}

Progress readProgress(const QJsonObject &object)
{
    Progress progress;
    progress.attempt = object[u"attempt"].toInt(1);
    progress.done = object[u"done"].toDouble();
    progress.total = readNumber<double>(object[u"total"]);
    progress.unit = object[u"unit"].toString();
    progress.fraction = readNumber<double>(object[u"fraction"]);
    progress.message = object[u"message"].toString();
    const QJsonArray phases = object[u"phases"].toArray();
    for (const QJsonValue &element : phases) {
        const QJsonObject phase = element.toObject();
        progress.phases.push_back({phase[u"id"].toString(), phase[u"title"].toString(), phase[u"done"].toDouble(),
                                   readNumber<double>(phase[u"total"]), phase[u"unit"].toString()});
    }
    return progress;
}

Step readStep(const QJsonObject &object)
{
    Step step;
    step.id = object[u"step"].toString();
    step.title = object[u"title"].toString();
    step.needs = readStrings(object[u"needs"]);
    step.weight = object[u"weight"].toDouble(1);
    step.state = readState(object[u"state"], State::Queued);
    step.attempt = object[u"attempt"].toInt(1);
    if (object[u"progress"].isObject() && !object[u"progress"].toObject().isEmpty())
        step.progress = readProgress(object[u"progress"].toObject());
    step.estimated = object[u"estimated"].toBool();
    step.stalledMs = readNumber<qint64>(object[u"stalled_ms"]);
    step.retryInMs = readNumber<qint64>(object[u"retry_in_ms"]);
    step.started = readTime(object[u"started"]);
    step.finished = readTime(object[u"finished"]);
    step.error = readFailure(object[u"error"]);
    return step;
}

Job readJob(const QJsonObject &object)
{
    Job job;
    job.id = object[u"job"].toString();
    job.hub = object[u"hub"].toString();
    job.host = object[u"host"].toString();
    job.title = object[u"title"].toString();
    job.pipeline = object[u"pipeline"].toString();
    job.command = readStrings(object[u"command"]);
    job.params = object[u"params"].toObject();
    job.state = readState(object[u"state"], State::Queued);
    job.attempt = object[u"attempt"].toInt(1);
    job.etaMs = readNumber<qint64>(object[u"eta_ms"]);
    job.queuePosition = readNumber<int>(object[u"queue_position"]);
    job.group = object[u"group"].toString();
    job.source = object[u"source"].toString();
    job.via = object[u"via"].toString();
    job.lostSince = readTime(object[u"lost_since"]);
    job.clockOffsetMs = object[u"clock_offset_ms"].toInteger();
    job.created = readTime(object[u"created"]).value_or(0);
    job.started = readTime(object[u"started"]);
    job.finished = readTime(object[u"finished"]);
    job.error = readFailure(object[u"error"]);
    job.firstSeq = static_cast<quint64>(object[u"first_seq"].toInteger());
    job.stalledMs = readNumber<qint64>(object[u"stalled_ms"]);
    job.waitingFor = readStrings(object[u"waiting_for"]);
    job.capabilities = readStrings(object[u"capabilities"]);
    const QJsonObject parent = object[u"parent"].toObject();
    job.parent = parent[u"job"].toString();
    job.parentStep = parent[u"step"].toString();
    job.unlessRunning = object[u"unless_running"].toString();
    job.history = object[u"history"].toString();
    job.parallel = object[u"parallel"].toInt();
    job.ttlMs = readNumber<qint64>(object[u"ttl_ms"]);
    job.eventName = object[u"event_name"].toString();
    job.eventData = object[u"event_data"].toObject();
    const QJsonArray steps = object[u"steps"].toArray();
    job.steps.reserve(static_cast<std::size_t>(steps.size()));
    for (const QJsonValue &step : steps)
        job.steps.push_back(readStep(step.toObject()));
    return job;
}

JobChanged readJobChanged(const QJsonObject &data)
{
    JobChanged changed;
    changed.state = stateFromName(data[u"state"].toString());
    changed.queuePosition = readNumber<int>(data[u"queue_position"]);
    changed.fraction = readNumber<double>(data[u"fraction"]);
    changed.etaMs = data[u"eta_ms"].isNull() ? std::optional<qint64>(-1) : readNumber<qint64>(data[u"eta_ms"]);
    if (data[u"title"].isString())
        changed.title = data[u"title"].toString();
    changed.stalledMs = readNumber<qint64>(data[u"stalled_ms"]);
    if (data[u"waiting_for"].isArray())
        changed.waitingFor = readStrings(data[u"waiting_for"]);
    return changed;
}

StepChanged readStepChanged(const QJsonObject &data)
{
    StepChanged changed;
    changed.state = stateFromName(data[u"state"].toString());
    changed.stalledMs = readNumber<qint64>(data[u"stalled_ms"]);
    changed.retryInMs = readNumber<qint64>(data[u"retry_in_ms"]);
    if (data[u"estimated"].isBool())
        changed.estimated = data[u"estimated"].toBool();
    return changed;
}

StepOutput readOutput(const QJsonObject &data)
{
    StepOutput output;
    output.attempt = data[u"attempt"].toInt(1);
    const QString stream = data[u"stream"].toString();
    output.stream = stream == u"err" ? Stream::Err : stream == u"tty" ? Stream::Tty : Stream::Out;
    output.text = data[u"text"].toString();
    output.offset = data[u"offset"].toInteger();
    output.bytes = data[u"bytes"].toInteger();
    output.omitted = data[u"omitted"].toInteger();
    return output;
}

template <class Finished>
Finished readFinished(const QJsonObject &data)
{
    Finished finished;
    finished.attempt = data[u"attempt"].toInt(1);
    finished.state = readState(data[u"state"], State::Failed);
    finished.error = readFailure(data[u"error"]);
    finished.durationMs = data[u"duration_ms"].toInteger();
    return finished;
}

FactData readData(const QString &type, const QJsonObject &data)
{
    const int attempt = data[u"attempt"].toInt(1);
    if (type == u"step.progress")
        return StepProgress{readProgress(data)};
    if (type == u"step.output")
        return readOutput(data);
    if (type == u"step.started")
        return StepStarted{attempt, readNumber<qint64>(data[u"pid"])};
    if (type == u"step.finished")
        return readFinished<StepFinished>(data);
    if (type == u"step.changed")
        return readStepChanged(data);
    if (type == u"job.queued")
        return JobQueued{readJob(data)};
    if (type == u"job.started")
        return JobStarted{attempt};
    if (type == u"job.changed")
        return readJobChanged(data);
    if (type == u"job.finished")
        return readFinished<JobFinished>(data);
    if (type == u"custom")
        return Custom{data[u"name"].toString(), data[u"value"]};
    return Notice{type, data};
}

} // namespace

Result<Event> decodeEvent(const QJsonObject &object)
{
    if (!object[u"seq"].isDouble() || object[u"seq"].toInteger(-1) < 0)
        return fail(code::invalidParams, QStringLiteral("an event has no seq"));
    if (!object[u"type"].isString())
        return fail(code::invalidParams, QStringLiteral("event %1 has no type").arg(object[u"seq"].toInteger()));
    Event event;
    event.seq = static_cast<quint64>(object[u"seq"].toInteger());
    event.epoch = object[u"epoch"].toString();
    event.time = readTime(object[u"time"]).value_or(0);
    event.host = object[u"host"].toString();
    event.hub = object[u"hub"].toString();
    const QJsonObject owner = object[u"owner"].toObject();
    event.ownerEpoch = owner[u"epoch"].toString();
    event.ownerSeq = static_cast<quint64>(owner[u"seq"].toInteger());
    event.job = object[u"job"].toString();
    event.step = object[u"step"].toString();
    event.data = readData(object[u"type"].toString(), object[u"data"].toObject());
    return event;
}

Result<Job> decodeJob(const QJsonObject &object)
{
    if (!isValidId(object[u"job"].toString()))
        return fail(code::invalidParams, QStringLiteral("job is %1, expected an id").arg(quoted(object[u"job"])));
    return readJob(object);
}

Result<Snapshot> decodeSnapshot(const QJsonObject &object)
{
    if (!object[u"jobs"].isArray())
        return fail(code::invalidParams, QStringLiteral("a snapshot has no jobs"));
    Snapshot snapshot;
    snapshot.epoch = object[u"epoch"].toString();
    snapshot.seq = static_cast<quint64>(object[u"seq"].toInteger());
    const QJsonArray jobs = object[u"jobs"].toArray();
    for (const QJsonValue &job : jobs)
        snapshot.put(readJob(job.toObject()));
    return snapshot;
}

Result<Hello> decodeHello(const QJsonObject &object)
{
    Hello hello;
    hello.version = object[u"version"].toInt();
    if (hello.version < 1)
        return fail(code::invalidRequest,
                    QStringLiteral("the server says version %1, expected 1").arg(quoted(object[u"version"])));
    hello.server = object[u"server"].toString();
    hello.hub = object[u"hub"].toString();
    hello.host = object[u"host"].toString();
    hello.epoch = object[u"epoch"].toString();
    hello.seq = static_cast<quint64>(object[u"seq"].toInteger());
    hello.scope = object[u"scope"].toString();
    hello.socketDir = object[u"socket_dir"].toString();
    hello.degraded = object[u"degraded"].toString();
    return hello;
}

} // namespace stepwire::native
