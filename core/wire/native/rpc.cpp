#include "core/wire/native/rpc.h"

#include "core/model/ids.h"
#include "core/wire/native/fields.h"

#include <QJsonDocument>

#include <algorithm>
#include <iterator>

namespace stepwire::native {

std::optional<std::pair<QString, quint64>> parsePosition(const QString &text)
{
    const qsizetype colon = text.lastIndexOf(u':');
    bool isNumber = false;
    const quint64 seq = QStringView(text).sliced(colon + 1).toULongLong(&isNumber);
    if (colon < 0 || !isNumber)
        return {};
    return std::pair(text.first(colon), seq);
}

/// News about these jobs, though not an event of one of them: whether their host can be reached, and that they are
/// gone.
static bool concerns(const Event &event, const QStringList &jobs)
{
    const auto *notice = std::get_if<Notice>(&event.data);
    if (!notice)
        return false;
    if (notice->type != u"hub.pruned")
        return notice->type == u"host.lost" || notice->type == u"host.connected";
    const QJsonArray gone = notice->data[u"jobs"].toArray();
    return std::any_of(gone.begin(), gone.end(), [&](const QJsonValue &job) { return jobs.contains(job.toString()); });
}

bool Subscribe::wants(const Event &event) const
{
    if (!output && kindOf(event.data) == EventKind::Output)
        return false;
    if (own && !event.ownerEpoch.isEmpty())
        return false;
    const QString type = typeName(event.data);
    if (!jobs.isEmpty() && !jobs.contains(event.job) && !concerns(event, jobs))
        return false;
    if (types.isEmpty())
        return true;
    return std::any_of(types.begin(), types.end(), [&](const QString &wanted) {
        return wanted == type || (wanted.endsWith(u".*") && type.startsWith(QStringView(wanted).chopped(1)));
    });
}

tl::expected<Call, BadCall> parseCall(QByteArrayView line)
{
    QJsonParseError parseError{};
    const QJsonDocument document = QJsonDocument::fromJson(line.toByteArray(), &parseError);
    if (document.isNull() && QJsonDocument::fromJson('[' + line.toByteArray() + ']').array().size() == 1) {
        // A bare value is JSON, though not for this parser.
        return tl::unexpected(
            BadCall{QJsonValue::Null,
                    {code::invalidRequest,
                     QStringLiteral("the message is %1, expected one object").arg(quoted(QString::fromUtf8(line))),
                     {}}});
    }
    if (document.isNull()) {
        return tl::unexpected(
            BadCall{QJsonValue::Null,
                    {code::parseError,
                     QStringLiteral("%1 is not JSON: %2 at byte %3")
                         .arg(quoted(QString::fromUtf8(line.first(std::min<qsizetype>(line.size(), 200)))),
                              parseError.errorString())
                         .arg(parseError.offset),
                     {}}});
    }
    const auto invalid = [](const QJsonValue &id, const QString &sentence) {
        return tl::unexpected(BadCall{id, {code::invalidRequest, sentence, {}}});
    };
    if (!document.isObject())
        return invalid(QJsonValue::Null, QStringLiteral("the message is an array, expected one object"));
    const QJsonObject object = document.object();
    Call call;
    call.id = object[u"id"];
    if (!call.id.isUndefined() && !call.id.isString() && !call.id.isDouble() && !call.id.isNull())
        return invalid(QJsonValue::Null,
                       QStringLiteral("id is %1, expected text, a number or null").arg(quoted(call.id)));
    const QJsonValue id = call.id.isUndefined() ? QJsonValue(QJsonValue::Null) : call.id;
    if (object[u"jsonrpc"].toString() != u"2.0")
        return invalid(id, QStringLiteral("jsonrpc is %1, expected \"2.0\"").arg(quoted(object[u"jsonrpc"])));
    if (!object[u"method"].isString())
        return invalid(id, QStringLiteral("method is %1, expected text").arg(quoted(object[u"method"])));
    call.method = object[u"method"].toString();
    const QJsonValue params = object[u"params"];
    if (!params.isObject() && !params.isUndefined())
        return invalid(id, QStringLiteral("params is %1, expected an object").arg(quoted(params)));
    call.params = params.toObject();
    return call;
}

namespace {

using Decoded = std::variant<Request, Subscribe>;

Decoded readSubscribe(Fields &fields)
{
    Subscribe subscribe;
    subscribe.epoch = fields.text(QLatin1String("epoch"));
    if (const auto seq = fields.integer(QLatin1String("seq"), 0, Q_INT64_C(1) << 53))
        subscribe.seq = static_cast<quint64>(*seq);
    subscribe.jobs = fields.texts(QLatin1String("jobs")).value_or(QStringList());
    subscribe.types = fields.texts(QLatin1String("types")).value_or(QStringList());
    subscribe.output = fields.boolean(QLatin1String("output")).value_or(true);
    subscribe.own = fields.boolean(QLatin1String("own")).value_or(false);
    return subscribe;
}

std::optional<std::vector<std::pair<QString, QString>>> readEnvironment(Fields &fields)
{
    if (!fields.has(QLatin1String("env")))
        return {};
    const QJsonObject object = fields.object(QLatin1String("env"));
    std::vector<std::pair<QString, QString>> env;
    env.reserve(static_cast<std::size_t>(object.size()));
    for (auto it = object.begin(); it != object.end(); ++it) {
        const QString value = it.value().toString();
        if (!it.value().isString() || it.key().isEmpty() || it.key().contains(u'=') || it.key().contains(QChar(u'\0'))
            || value.contains(QChar(u'\0'))) {
            fields.refuse(QStringLiteral("env has %1 = %2, expected a name without '=' and a text")
                              .arg(quoted(it.key()), quoted(it.value())));
            break;
        }
        env.emplace_back(it.key(), value);
    }
    return env;
}

Decoded readRun(Fields &fields)
{
    RunJob run;
    run.pipeline = fields.text(QLatin1String("pipeline"));
    if (fields.has(QLatin1String("toml")))
        run.toml = fields.text(QLatin1String("toml"));
    if (const auto command = fields.texts(QLatin1String("command"))) {
        run.command = *command;
        if (command->isEmpty() || command->first().isEmpty())
            fields.refuse(QLatin1String("command"), QStringLiteral("a program and its arguments"));
    }
    const int ways = (run.pipeline.isEmpty() ? 0 : 1) + (run.toml ? 1 : 0) + (run.command.isEmpty() ? 0 : 1);
    if (ways != 1)
        fields.refuse(QStringLiteral("job.run has %1 of pipeline, toml and command, expected one").arg(ways));
    run.params = fields.object(QLatin1String("params"));
    run.cwd = fields.text(QLatin1String("cwd"));
    if (!run.cwd.isEmpty() && !run.cwd.startsWith(u'/'))
        fields.refuse(QLatin1String("cwd"), QStringLiteral("an absolute path"));
    run.env = readEnvironment(fields);
    run.jobId = fields.id(QLatin1String("job_id"));
    run.host = fields.id(QLatin1String("host"));
    run.title = fields.text(QLatin1String("title"));
    run.group = fields.id(QLatin1String("group"));
    if (const auto parallel = fields.integer(QLatin1String("jobs"), 1, 1024))
        run.parallel = static_cast<int>(*parallel);
    if (fields.raw(QLatin1String("terminal")).isObject()) {
        const QJsonObject size = fields.object(QLatin1String("terminal"));
        Fields sizeFields(size);
        run.terminal = true;
        run.columns = static_cast<int>(sizeFields.integer(QLatin1String("columns"), 1, 10000).value_or(0));
        run.rows = static_cast<int>(sizeFields.integer(QLatin1String("rows"), 1, 10000).value_or(0));
        if (sizeFields.failed())
            fields.refuse(QStringLiteral("terminal: ") + sizeFields.error().message);
    } else {
        run.terminal = fields.boolean(QLatin1String("terminal"));
    }
    const QJsonValue key = fields.raw(QLatin1String("unless_running"));
    if (key.isString() && !key.toString().isEmpty())
        run.unlessRunning = key.toString();
    else if (key.isBool() && key.toBool())
        run.unlessRunning = QString();
    else if (!key.isUndefined() && !key.isNull() && !key.isBool())
        fields.refuse(QLatin1String("unless_running"), QStringLiteral("a key, or true for what is run itself"));
    if (run.unlessRunning && run.unlessRunning->size() > 1000)
        fields.refuse(QLatin1String("unless_running"), QStringLiteral("at most 1000 characters"));
    return Request(run);
}

/// A request about one job and nothing else.
template <class OneJob>
Decoded readJobOnly(Fields &fields)
{
    return Request(OneJob{fields.requiredId(QLatin1String("job"))});
}

Decoded readPause(Fields &fields)
{
    PauseJob pause{fields.requiredId(QLatin1String("job")), PauseMode::Now};
    const QString mode = fields.text(QLatin1String("mode"));
    if (mode == u"after_step")
        pause.mode = PauseMode::AfterStep;
    else if (!mode.isEmpty() && mode != u"now")
        fields.refuse(QLatin1String("mode"), QStringLiteral("\"now\" or \"after_step\""));
    return Request(pause);
}

Decoded readRetry(Fields &fields)
{
    return Request(RetryJob{fields.requiredId(QLatin1String("job")), fields.id(QLatin1String("from")), {}});
}

Decoded readMove(Fields &fields)
{
    MoveJob move{fields.requiredId(QLatin1String("job")), 1};
    if (!fields.has(QLatin1String("position")))
        fields.refuse(QStringLiteral("position is missing, expected a place in the queue, from 1"));
    move.position = static_cast<int>(fields.integer(QLatin1String("position"), 1, 1'000'000).value_or(1));
    return Request(move);
}

Decoded readPrune(Fields &fields)
{
    return Request(PruneJobs{fields.integer(QLatin1String("older_than_ms"), 0, Q_INT64_C(1) << 53),
                             fields.integer(QLatin1String("keep"), 0, 1'000'000'000),
                             fields.integer(QLatin1String("most_bytes"), 0, Q_INT64_C(1) << 53),
                             fields.id(QLatin1String("host"))});
}

Decoded readList(Fields &fields)
{
    ListJobs list;
    list.cursor = fields.id(QLatin1String("cursor"));
    list.host = fields.id(QLatin1String("host"));
    list.limit = static_cast<int>(fields.integer(QLatin1String("limit"), 1, 1000).value_or(50));
    if (fields.has(QLatin1String("state"))) {
        list.state = stateFromName(fields.text(QLatin1String("state")));
        if (!list.state)
            fields.refuse(QLatin1String("state"), QStringLiteral("a state such as \"running\""));
    }
    return Request(list);
}

Decoded readLog(Fields &fields)
{
    ReadLog log;
    log.job = fields.requiredId(QLatin1String("job"));
    log.step = fields.requiredId(QLatin1String("step"));
    if (const auto attempt = fields.integer(QLatin1String("attempt"), 1, 1'000'000))
        log.attempt = static_cast<int>(*attempt);
    log.offset = fields.integer(QLatin1String("offset"), 0, Q_INT64_C(1) << 53).value_or(0);
    log.limit = fields.integer(QLatin1String("limit"), 1, 512 * 1024).value_or(64 * 1024);
    const QString encoding = fields.text(QLatin1String("encoding"));
    log.base64 = encoding == u"base64";
    if (!log.base64 && !encoding.isEmpty() && encoding != u"utf8")
        fields.refuse(QLatin1String("encoding"), QStringLiteral("\"utf8\" or \"base64\""));
    return Request(log);
}

Decoded readStartReport(Fields &fields)
{
    StartReport report;
    report.title = fields.requiredText(QLatin1String("title"));
    report.ttlMs = fields.integer(QLatin1String("ttl_ms"), 100, Q_INT64_C(1) << 53).value_or(report.ttlMs);
    const QJsonValue steps = fields.raw(QLatin1String("steps"));
    if (!steps.isArray() && !steps.isUndefined() && !steps.isNull())
        fields.refuse(QLatin1String("steps"), QStringLiteral("an array of steps"));
    const QJsonArray array = steps.toArray();
    if (array.size() > 4000)
        fields.refuse(QStringLiteral("steps has %1 entries, expected at most 4000").arg(array.size()));
    QStringList seen;
    for (const QJsonValue &element : array) {
        Step step;
        const QJsonObject object =
            element.isString() ? QJsonObject{{QStringLiteral("step"), element}} : element.toObject();
        Fields stepFields(object);
        step.id = stepFields.requiredId(QLatin1String("step"));
        step.title = stepFields.text(QLatin1String("title"));
        step.weight = stepFields.number(QLatin1String("weight")).value_or(1);
        if (step.title.isEmpty())
            step.title = step.id;
        if (!(step.weight > 0))
            stepFields.refuse(QLatin1String("weight"), QStringLiteral("a number above 0"));
        if (stepFields.failed()) {
            fields.refuse(QStringLiteral("steps: ") + stepFields.error().message);
            break;
        }
        if (seen.contains(step.id))
            fields.refuse(QStringLiteral("steps has %1 twice").arg(quoted(step.id)));
        seen.append(step.id);
        report.steps.push_back(std::move(step));
    }
    if (const auto offered = fields.texts(QLatin1String("capabilities"))) {
        report.capabilities = *offered;
        report.capabilities.removeDuplicates();
        for (const QString &capability : *offered) {
            if (capability != u"cancel" && capability != u"pause")
                fields.refuse(
                    QStringLiteral("capabilities has %1, expected \"cancel\" or \"pause\"").arg(quoted(capability)));
        }
    }
    return Request(report);
}

Decoded readReportProgress(Fields &fields)
{
    ReportProgress report;
    report.job = fields.requiredId(QLatin1String("job"));
    report.step = fields.id(QLatin1String("step"));
    report.phase = fields.id(QLatin1String("phase"));
    report.increment = fields.number(QLatin1String("increment"));
    Progress &progress = report.progress;
    progress.total = fields.number(QLatin1String("total"));
    progress.fraction = fields.number(QLatin1String("fraction"));
    const auto done = fields.number(QLatin1String("done"));
    progress.done = done.value_or(0);
    progress.unit = fields.text(QLatin1String("unit"));
    progress.message = fields.text(QLatin1String("message"));
    if (progress.total && *progress.total < 0)
        fields.refuse(QLatin1String("total"), QStringLiteral("a number from 0 up"));
    if (done && *done < 0)
        fields.refuse(QLatin1String("done"), QStringLiteral("a number from 0 up"));
    if (progress.fraction && (*progress.fraction < 0 || *progress.fraction > 1))
        fields.refuse(QLatin1String("fraction"), QStringLiteral("a number from 0 to 1"));
    if (report.increment && (done || progress.fraction || *report.increment < 0))
        fields.refuse(QLatin1String("increment"), QStringLiteral("a number from 0 up, without done and fraction"));
    if (!report.phase.isEmpty() && (progress.fraction || (!done && !report.increment && !progress.total)))
        fields.refuse(
            QStringLiteral("phase %1 is reported without done, increment or total").arg(quoted(report.phase)));
    if (progress.fraction && !done) { // a fraction alone is counted in per cent
        progress.done = *progress.fraction * 100;
        progress.total = 100;
        progress.unit = QStringLiteral("percent");
    }
    if (!report.phase.isEmpty() && !done && !report.increment)
        report.increment = 0; // only its total is news
    if (progress.unit.isEmpty() && report.phase.isEmpty() && !report.increment)
        progress.unit = QStringLiteral("items");
    const QJsonValue phases = fields.raw(QLatin1String("phases"));
    if (!phases.isUndefined() && !phases.isNull() && (!phases.isArray() || phases.toArray().size() > 64))
        fields.refuse(QLatin1String("phases"), QStringLiteral("an array of at most 64 phases"));
    const QJsonArray array = phases.toArray();
    for (const QJsonValue &element : array) {
        const QJsonObject object = element.toObject();
        Fields phaseFields(object);
        Phase phase;
        phase.id = phaseFields.requiredId(QLatin1String("id"));
        phase.title = phaseFields.text(QLatin1String("title"));
        phase.done = phaseFields.number(QLatin1String("done")).value_or(0);
        phase.total = phaseFields.number(QLatin1String("total"));
        phase.unit = phaseFields.text(QLatin1String("unit"));
        if (phaseFields.failed()) {
            fields.refuse(QStringLiteral("phases: ") + phaseFields.error().message);
            break;
        }
        if (phase.title.isEmpty())
            phase.title = phase.id;
        progress.phases.push_back(std::move(phase));
    }
    if (fields.has(QLatin1String("state"))) {
        report.state = stateFromName(fields.text(QLatin1String("state")));
        if (!report.state || !isFinal(*report.state))
            fields.refuse(QLatin1String("state"), QStringLiteral("a final state such as \"succeeded\""));
    }
    if (report.phase.isEmpty() && !report.increment)
        normalise(progress);
    return Request(report);
}

Decoded readCancel(Fields &fields)
{
    return Request(CancelJob{fields.requiredId(QLatin1String("job")), fields.id(QLatin1String("step"))});
}

Decoded readGet(Fields &fields)
{
    return Request(GetJob{fields.requiredId(QLatin1String("job"))});
}

Decoded readListPipelines(Fields &fields)
{
    return Request(ListPipelines{fields.id(QLatin1String("host"))});
}

Decoded readGetPipeline(Fields &fields)
{
    return Request(GetPipeline{fields.requiredText(QLatin1String("pipeline")), fields.text(QLatin1String("cwd")),
                               fields.id(QLatin1String("host"))});
}

Decoded readCheckPipeline(Fields &fields)
{
    if (!fields.raw(QLatin1String("toml")).isString())
        fields.refuse(QLatin1String("toml"), QStringLiteral("the text of a pipeline"));
    return Request(CheckPipeline{fields.raw(QLatin1String("toml")).toString(), fields.text(QLatin1String("file")),
                                 fields.id(QLatin1String("host"))});
}

Decoded readChangeReport(Fields &fields)
{
    ChangeReport change;
    change.job = fields.requiredId(QLatin1String("job"));
    const auto state = stateFromName(fields.requiredText(QLatin1String("state")));
    if (state == State::Paused || state == State::Running)
        change.state = *state;
    else
        fields.refuse(QLatin1String("state"), QStringLiteral("\"paused\" or \"running\""));
    return Request(change);
}

Decoded readFinishReport(Fields &fields)
{
    FinishReport finish;
    finish.job = fields.requiredId(QLatin1String("job"));
    if (fields.has(QLatin1String("error")))
        finish.error = fields.text(QLatin1String("error"));
    const QString state = fields.text(QLatin1String("state"));
    finish.cancelled = state == u"cancelled";
    if (finish.cancelled && finish.error)
        fields.refuse(QStringLiteral("a report that was cancelled has no error"));
    else if (!state.isEmpty() && !finish.cancelled)
        fields.refuse(QLatin1String("state"), QStringLiteral("\"cancelled\""));
    return Request(finish);
}

Decoded readEmit(Fields &fields)
{
    return Request(EmitCustom{fields.requiredId(QLatin1String("job")), fields.id(QLatin1String("step")),
                              fields.requiredId(QLatin1String("name")), fields.raw(QLatin1String("value"))});
}

template <class Bare>
Decoded readNothing(Fields & /*fields*/)
{
    return Request(Bare{});
}

Decoded readAddHost(Fields &fields)
{
    AddHost add;
    add.name = fields.requiredId(QLatin1String("name"));
    add.target = fields.requiredText(QLatin1String("target"));
    add.command = fields.text(QLatin1String("command"));
    add.token = fields.text(QLatin1String("token"));
    add.pin = fields.text(QLatin1String("pin"));
    if (add.target.startsWith(u'-'))
        fields.refuse(QLatin1String("target"), QStringLiteral("user@host, wss://host:port or the path of a socket"));
    return Request(add);
}

Decoded readAddSource(Fields &fields)
{
    AddSource add;
    add.name = fields.requiredId(QLatin1String("name"));
    add.kind = fields.requiredId(QLatin1String("kind"));
    add.settings = fields.object(QLatin1String("settings"));
    add.secrets = fields.object(QLatin1String("secrets"));
    return Request(add);
}

template <class Named>
Decoded readNamed(Fields &fields)
{
    return Request(Named{fields.requiredId(QLatin1String("name"))});
}

struct Method
{
    const char *name;
    Decoded (*read)(Fields &);
};

constexpr Method methods[] = {
    {"subscribe", readSubscribe},
    {"job.run", readRun},
    {"job.cancel", readCancel},
    {"job.pause", readPause},
    {"job.resume", readJobOnly<ResumeJob>},
    {"job.retry", readRetry},
    {"job.hold", readJobOnly<HoldJob>},
    {"job.release", readJobOnly<ReleaseJob>},
    {"job.move", readMove},
    {"job.prune", readPrune},
    {"job.list", readList},
    {"job.get", readGet},
    {"job.log", readLog},
    {"pipeline.list", readListPipelines},
    {"pipeline.get", readGetPipeline},
    {"pipeline.check", readCheckPipeline},
    {"report.start", readStartReport},
    {"report.progress", readReportProgress},
    {"report.change", readChangeReport},
    {"report.finish", readFinishReport},
    {"emit", readEmit},
    {"ping", readNothing<Ping>},
    {"host.list", readNothing<ListHosts>},
    {"host.add", readAddHost},
    {"host.remove", readNamed<RemoveHost>},
    {"source.list", readNothing<ListSources>},
    {"source.add", readAddSource},
    {"source.remove", readNamed<RemoveSource>},
};

} // namespace

Result<Decoded> decodeCall(const Call &call)
{
    const auto *method = std::find_if(std::begin(methods), std::end(methods),
                                      [&](const Method &m) { return call.method == QLatin1String(m.name); });
    if (method == std::end(methods)) {
        QStringList known;
        for (const Method &m : methods)
            known.append(QLatin1String(m.name));
        const QString near = nearest(call.method, known);
        return fail(code::methodNotFound,
                    QStringLiteral("there is no method %1%2")
                        .arg(quoted(call.method),
                             near.isEmpty() ? QString() : QStringLiteral(", did you mean ") + quoted(near)));
    }
    Fields fields(call.params);
    Decoded decoded = method->read(fields);
    if (fields.failed())
        return tl::unexpected(fields.error());
    return decoded;
}

Result<std::variant<Response, Notification>> parseMessage(QByteArrayView line)
{
    QJsonParseError parseError{};
    const QJsonDocument document = QJsonDocument::fromJson(line.toByteArray(), &parseError);
    if (!document.isObject())
        return fail(
            code::parseError,
            QStringLiteral("the hub sent something that is not a JSON object: %1").arg(parseError.errorString()));
    const QJsonObject object = document.object();
    if (object[u"method"].isString())
        return Notification{object[u"method"].toString(), object[u"params"].toObject()};
    Response response;
    response.id = object[u"id"].toInteger();
    if (object.contains(u"error")) {
        const QJsonObject error = object[u"error"].toObject();
        response.result = tl::unexpected(
            Error{error[u"code"].toInt(code::internalError), error[u"message"].toString(), error[u"data"].toObject()});
    } else {
        response.result = object[u"result"];
    }
    return response;
}

} // namespace stepwire::native
