#include "core/remote/foreign/slop_requests.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QCryptographicHash>
#include <QJsonDocument>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace stepwire {

namespace {

enum class Kind { Text, Number, Json };

struct Param
{
    const char *name;
    Kind kind;
    bool required;
    bool option; ///< stands within `options` of the payload
    const char *help;
};

struct Pipeline
{
    SlopWork work;
    const char *event;
    const char *title;
    std::vector<Param> params;
};

const std::vector<Pipeline> &pipelines()
{
    static const std::vector<Pipeline> all = {
        {SlopWork::Claude,
         "claude:execute",
         "Ask Claude",
         {{"prompt", Kind::Text, true, false, "what is asked, at most 100000 characters"},
          {"systemPrompt", Kind::Text, false, false, "how it is to answer"},
          {"model", Kind::Text, false, false, "which model; the server's own by default"},
          {"maxTokens", Kind::Number, false, false, "how long the answer may be"},
          {"workingDirectory", Kind::Text, false, false, "a folder of the server"},
          {"timeoutMs", Kind::Number, false, false, "milliseconds; 300000 by default"}}},
        {SlopWork::Strudel,
         "strudel:execute",
         "Render a Strudel pattern",
         {{"code", Kind::Text, true, false, "the pattern, at most 100000 characters"},
          {"duration", Kind::Number, false, true, "seconds"},
          {"sampleRate", Kind::Number, false, true, "hertz"},
          {"channels", Kind::Number, false, true, "1 or 2"},
          {"tempo", Kind::Number, false, true, "beats a minute"},
          {"priority", Kind::Number, false, false, "of the queue"}}},
        {SlopWork::Workflow,
         "agent:workflow:execute",
         "Run a workflow of agents",
         {{"workflow", Kind::Json, true, false,
           "the definition: {\"id\", \"name\", \"steps\": [{\"id\", \"prompt\", …}]}"},
          {"context", Kind::Json, false, false, "values that its steps use"},
          {"priority", Kind::Number, false, false, "0 to 100"}}},
        {SlopWork::Critique,
         "agent:critique:execute",
         "Let an agent improve its own work",
         {{"task", Kind::Json, true, false, "{\"agentType\": \"claude\", \"prompt\": …}, or the prompt alone"},
          {"config", Kind::Json, true, false, "{\"qualityCriteria\": [{\"name\", …}], \"maxIterations\": …}"},
          {"context", Kind::Json, false, false, "values that the task uses"},
          {"timeoutMs", Kind::Number, false, false, "milliseconds"}}},
        {SlopWork::Discussion,
         "agent:discussion:execute",
         "Let agents discuss",
         {{"topic", Kind::Text, true, false, "what about"},
          {"config", Kind::Json, true, false,
           "{\"participants\": [{\"agentId\", \"role\"}], \"maxRounds\": …, \"consensusStrategy\": …}"},
          {"context", Kind::Json, false, false, "values that the participants use"},
          {"timeoutMs", Kind::Number, false, false, "milliseconds"}}},
    };
    return all;
}

tl::unexpected<Error> wrong(const char *name, const QJsonValue &value, const QString &expected)
{
    return fail(code::invalidParams,
                QStringLiteral("parameter %1 is %2, expected %3").arg(QLatin1String(name), quoted(value), expected));
}

Result<QJsonValue> readParam(const Param &param, const QJsonValue &given)
{
    switch (param.kind) {
    case Kind::Text: {
        constexpr qsizetype longest = 100'000; // the server's limit
        const QString text = given.toString();
        if (!given.isString() || text.isEmpty())
            return wrong(param.name, given, QStringLiteral("text"));
        if (text.size() > longest)
            return fail(code::invalidParams,
                        QStringLiteral("parameter %1 has %2 characters, the server takes 100000 at most")
                            .arg(QLatin1String(param.name))
                            .arg(text.size()));
        return given;
    }
    case Kind::Number: {
        bool good = given.isDouble();
        const double number = good ? given.toDouble() : given.toString().toDouble(&good);
        if (!good || !std::isfinite(number) || number < 0)
            return wrong(param.name, given, QStringLiteral("a number from 0 up"));
        return QJsonValue(number);
    }
    case Kind::Json: {
        if (given.isObject())
            return given;
        const QString text = given.toString();
        QJsonParseError error;
        const QJsonDocument document = QJsonDocument::fromJson(text.toUtf8(), &error);
        if (document.isObject())
            return QJsonValue(document.object());
        if (QLatin1String(param.name) == QLatin1String("task") && !text.trimmed().isEmpty()
            && !text.trimmed().startsWith(u'{'))
            return QJsonValue(QJsonObject{{QStringLiteral("prompt"), text}});
        const QString why = error.error != QJsonParseError::NoError
            ? QStringLiteral("a JSON object (%1 at byte %2)").arg(error.errorString()).arg(error.offset)
            : QStringLiteral("a JSON object");
        return wrong(param.name, given, why);
    }
    }
    return given;
}

/// The server reads these members without asking whether they are there.
QJsonObject completedStep(QJsonObject step)
{
    for (const char *list : {"inputs", "outputs", "dependencies"}) {
        if (!step.contains(QLatin1String(list)))
            step.insert(QLatin1String(list), QJsonArray());
    }
    if (!step.contains(u"name"))
        step.insert(QStringLiteral("name"), step[u"id"]);
    if (!step.contains(u"agentType"))
        step.insert(QStringLiteral("agentType"), QStringLiteral("claude"));
    return step;
}

Result<void> takeWorkflow(SlopCall &call)
{
    QJsonObject workflow = call.payload[u"workflow"].toObject();
    const QJsonArray given = workflow[u"steps"].toArray();
    constexpr qsizetype most = 50; // the server's limit
    if (given.isEmpty() || given.size() > most)
        return fail(code::invalidParams,
                    QStringLiteral("parameter workflow has %1 steps, expected 1 to 50").arg(given.size()));
    QJsonArray steps;
    QStringList ids;
    for (const QJsonValue &value : given) {
        const QJsonObject object = completedStep(value.toObject());
        const QString id = object[u"id"].toString();
        const QString place = QStringLiteral("parameter workflow: step %1 ").arg(steps.size() + 1);
        if (id.isEmpty())
            return fail(code::invalidParams, place + QStringLiteral("has no id"));
        if (ids.contains(slopStepId(id)))
            return fail(code::invalidParams, place + QStringLiteral("has the id %1 of another").arg(quoted(id)));
        if (object[u"prompt"].toString().isEmpty() && object[u"promptTemplateId"].toString().isEmpty())
            return fail(code::invalidParams, place + QStringLiteral("has neither prompt nor promptTemplateId"));
        Step step;
        step.id = slopStepId(id);
        step.title = plainLine(object[u"name"].toString().left(200));
        for (const QJsonValue &need : object[u"dependencies"].toArray())
            step.needs.append(slopStepId(need.toString()));
        ids.append(step.id);
        call.steps.push_back(std::move(step));
        steps.append(object);
    }
    for (Step &step : call.steps) {
        for (const QString &need : step.needs) {
            if (!ids.contains(need))
                return fail(code::invalidParams,
                            QStringLiteral("parameter workflow: step %1 depends on %2, which is not there")
                                .arg(quoted(step.id), quoted(need)));
        }
    }
    if (workflow[u"id"].toString().isEmpty())
        workflow.insert(QStringLiteral("id"), QStringLiteral("stepwire"));
    if (workflow[u"name"].toString().isEmpty())
        workflow.insert(QStringLiteral("name"), workflow[u"id"]);
    workflow.insert(QStringLiteral("steps"), steps);
    call.title = workflow[u"name"].toString();
    call.payload.insert(QStringLiteral("workflow"), workflow);
    return {};
}

/// `list` of config has at least one.
Result<void> takeConfig(SlopCall &call, const char *list, const char *most)
{
    const QJsonObject config = call.payload[u"config"].toObject();
    if (config[QLatin1String(list)].toArray().isEmpty())
        return fail(code::invalidParams, QStringLiteral("parameter config has no %1").arg(QLatin1String(list)));
    const int rounds = config[QLatin1String(most)].toInt();
    if (rounds > 0)
        call.rounds = rounds;
    return {};
}

QString shown(const QJsonValue &value)
{
    constexpr qsizetype most = 300;
    QString text = value.isString() ? value.toString()
                                    : QString::fromUtf8(QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact));
    if (value.isDouble())
        text = QString::number(value.toDouble());
    return text.size() > most ? text.left(most) + u'…' : text;
}

QString shortTitle(const QString &text)
{
    constexpr qsizetype most = 80;
    const QString line = plainLine(text.left(400)).simplified();
    return line.size() > most ? line.left(most) + u'…' : line;
}

} // namespace

QString slopWorkName(SlopWork work)
{
    static const std::array names = {QStringLiteral("claude"), QStringLiteral("strudel"), QStringLiteral("workflow"),
                                     QStringLiteral("critique"), QStringLiteral("discussion")};
    return names.at(static_cast<std::size_t>(work));
}

std::optional<SlopWork> slopWorkOfKey(const QString &key)
{
    const QString name = key.section(u':', 0, 0);
    for (const SlopWork work :
         {SlopWork::Claude, SlopWork::Strudel, SlopWork::Workflow, SlopWork::Critique, SlopWork::Discussion}) {
        if (name == slopWorkName(work))
            return work;
    }
    return {};
}

QString slopKey(SlopWork work, const QString &id)
{
    return slopWorkName(work) + u':' + id;
}

QString slopIdOfKey(const QString &key)
{
    return key.section(u':', 1);
}

Result<SlopCall> slopCall(const QString &pipeline, const QJsonObject &params, const QString &id)
{
    const auto &all = pipelines();
    const auto it =
        std::find_if(all.begin(), all.end(), [&](const Pipeline &p) { return pipeline == slopWorkName(p.work); });
    if (it == all.end()) {
        QStringList names;
        for (const Pipeline &p : all)
            names.append(slopWorkName(p.work));
        return fail(
            code::invalidParams,
            QStringLiteral("this server runs no %1, expected one of %2").arg(quoted(pipeline), names.join(u", ")));
    }
    QStringList known;
    for (const Param &param : it->params)
        known.append(QLatin1String(param.name));
    SlopCall call;
    call.work = it->work;
    call.event = QLatin1String(it->event);
    for (auto given = params.begin(); given != params.end(); ++given) {
        if (known.contains(given.key()))
            continue;
        const QString near = nearest(given.key(), known);
        return fail(code::invalidParams,
                    QStringLiteral("%1 has no parameter %2%3")
                        .arg(pipeline, quoted(given.key()),
                             near.isEmpty() ? QStringLiteral(", expected one of ") + known.join(u", ")
                                            : QStringLiteral(", did you mean ") + quoted(near)));
    }
    QJsonObject options;
    for (const Param &param : it->params) {
        const QLatin1String name(param.name);
        if (!params.contains(name)) {
            if (param.required)
                return fail(code::invalidParams,
                            QStringLiteral("parameter %1 is missing: %2").arg(name, QString::fromUtf8(param.help)));
            continue;
        }
        const auto value = readParam(param, params[name]);
        if (!value)
            return tl::unexpected(value.error());
        (param.option ? options : call.payload).insert(name, *value);
        call.params.insert(name, shown(*value));
    }
    Result<void> more;
    switch (call.work) {
    case SlopWork::Claude:
        call.title = shortTitle(call.payload[u"prompt"].toString());
        call.capabilities = {QStringLiteral("cancel")};
        break;
    case SlopWork::Strudel:
        call.title = shortTitle(call.payload[u"code"].toString());
        call.capabilities = {QStringLiteral("cancel")};
        if (!options.isEmpty())
            call.payload.insert(QStringLiteral("options"), options);
        break;
    case SlopWork::Workflow:
        more = takeWorkflow(call);
        call.title = shortTitle(call.title);
        call.capabilities = {QStringLiteral("cancel"), QStringLiteral("pause")};
        break;
    case SlopWork::Critique: {
        QJsonObject task = call.payload[u"task"].toObject();
        if (task[u"id"].toString().isEmpty())
            task.insert(QStringLiteral("id"), id);
        if (!task.contains(u"agentType"))
            task.insert(QStringLiteral("agentType"), QStringLiteral("claude"));
        call.id = task[u"id"].toString();
        call.title = shortTitle(task[u"prompt"].toString());
        call.payload.insert(QStringLiteral("task"), task);
        more = takeConfig(call, "qualityCriteria", "maxIterations");
        break;
    }
    case SlopWork::Discussion:
        call.id = id;
        call.title = shortTitle(call.payload[u"topic"].toString());
        call.payload.insert(QStringLiteral("id"), id);
        more = takeConfig(call, "participants", "maxRounds");
        break;
    }
    if (!more)
        return tl::unexpected(more.error());
    if (call.title.isEmpty())
        call.title = QLatin1String(it->title);
    return call;
}

QJsonArray slopPipelines()
{
    QJsonArray list;
    for (const Pipeline &pipeline : pipelines()) {
        QJsonArray parameters;
        for (const Param &param : pipeline.params) {
            parameters.append(
                QJsonObject{{QStringLiteral("name"), QLatin1String(param.name)},
                            {QStringLiteral("type"),
                             param.kind == Kind::Number ? QStringLiteral("float") : QStringLiteral("string")},
                            {QStringLiteral("required"), param.required},
                            {QStringLiteral("help"), QString::fromUtf8(param.help)}});
        }
        list.append(QJsonObject{{QStringLiteral("pipeline"), slopWorkName(pipeline.work)},
                                {QStringLiteral("title"), QLatin1String(pipeline.title)},
                                {QStringLiteral("description"), QString()},
                                {QStringLiteral("parameters"), parameters},
                                {QStringLiteral("steps"), QJsonArray()}});
    }
    return list;
}

QString slopStepId(const QString &id)
{
    if (isValidId(id))
        return id;
    constexpr qsizetype most = 50;
    QString made;
    for (const QChar c : id.left(most)) {
        const bool plain =
            (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'_';
        made += plain ? c : QChar(u'-');
    }
    const QByteArray hash = QCryptographicHash::hash(id.toUtf8(), QCryptographicHash::Sha1).toHex();
    return made + u'-' + QString::fromLatin1(hash.first(8));
}

Error slopRefusal(const QJsonObject &answer)
{
    const QJsonValue error = answer[u"error"];
    const QString code = answer.contains(u"code") ? answer[u"code"].toString() : error[u"code"].toString();
    QString words = answer[u"message"].toString();
    if (error.isString())
        words = error.toString();
    else if (error.isObject())
        words = error[u"message"].toString();
    words = plainLine(words.left(500)).trimmed();
    // Its acknowledgements carry no code: it is known by its words.
    if (code == QLatin1String("UNAUTHORIZED") || words.startsWith(u"Authentication required"))
        return {code::notAllowed, QStringLiteral("the server wants a valid token for this"), {}};
    if (code == QLatin1String("RATE_LIMIT_EXCEEDED") || words.startsWith(u"Rate limit exceeded"))
        return {code::rateLimited,
                QStringLiteral("the server takes no more of these for now: ten a minute of claude and strudel, five of "
                               "the others"),
                {}};
    if (code == QLatin1String("INVALID_PAYLOAD") || code == QLatin1String("VALIDATION_ERROR")
        || words.startsWith(u"Invalid"))
        return {code::invalidParams,
                QStringLiteral("the server refuses what it was given: %1").arg(quoted(words, 300)),
                {}};
    if (code == QLatin1String("QUEUE_TIMEOUT"))
        return {code::wrongState, QStringLiteral("the server gave up waiting for its turn"), {}};
    if (code == QLatin1String("PROCESS_NOT_FOUND"))
        return {code::wrongState, QStringLiteral("the server does not know it any more"), {}};
    if (words.isEmpty())
        return {code::wrongState,
                code.isEmpty() ? QStringLiteral("the server refuses without a reason")
                               : QStringLiteral("the server refuses with %1").arg(quoted(code)),
                {}};
    return {code::wrongState, QStringLiteral("the server says %1").arg(quoted(words, 300)), {}};
}

} // namespace stepwire
