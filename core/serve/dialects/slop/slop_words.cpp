#include "core/serve/dialects/slop/slop_words.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <cmath>

namespace stepwire::slop {

using namespace Qt::StringLiterals;

static constexpr int mostMapped = 256;

/// One table of a mapping; `where` names it.
static Result<Mapping> readMapping(const QString &where, const QJsonValue &value, Mapping mapping)
{
    if (value.isString()) { // short for a table with nothing else
        mapping.pipeline = value.toString();
    } else if (!value.isObject()) {
        return fail(u"%1 is %2, expected a pipeline or a table"_s.arg(where, quoted(value)));
    }
    const QJsonObject table = value.toObject();
    for (auto it = table.begin(); it != table.end(); ++it) {
        const QString key = where + u'.' + it.key();
        const auto number = [&](double least, double most) -> Result<double> {
            const double given = it->toDouble(-1);
            if (given < least || given > most)
                return fail(u"%1 is %2, expected a number from %3 to %4"_s.arg(key, quoted(*it)).arg(least).arg(most));
            return given;
        };
        if (it.key() == u"pipeline" || it.key() == u"group") {
            if (it->toString().isEmpty())
                return fail(u"%1 is %2, expected a name"_s.arg(key, quoted(*it)));
            (it.key() == u"pipeline" ? mapping.pipeline : mapping.group) = it->toString();
        } else if (it.key() == u"params") {
            if (!it->isObject())
                return fail(u"%1 is %2, expected a table"_s.arg(key, quoted(*it)));
            mapping.params = it->toObject();
        } else if (it.key() == u"queue") {
            const auto given = number(0, 10'000);
            if (!given)
                return tl::unexpected(given.error());
            mapping.queue = static_cast<int>(*given);
        } else if (it.key() == u"rate") {
            const auto given = number(0, 100'000);
            if (!given)
                return tl::unexpected(given.error());
            mapping.rate = *given;
        } else if (it.key() == u"style") {
            if (*it != u"stream"_s && *it != u"sound"_s)
                return fail(u"%1 is %2, expected \"stream\" or \"sound\""_s.arg(key, quoted(*it)));
            mapping.sound = *it == u"sound"_s;
        } else {
            return fail(u"unknown key %1"_s.arg(quoted(key)));
        }
    }
    if (mapping.pipeline.isEmpty())
        return fail(u"%1 names no pipeline"_s.arg(where));
    if (!isValidId(mapping.group))
        return fail(u"%1.group is %2, expected 1 to 64 of A-Z a-z 0-9 _ -"_s.arg(where, quoted(mapping.group)));
    return mapping;
}

Mapping unmapped(const QString &name, const QString &pipeline, bool process)
{
    Mapping mapping;
    mapping.pipeline = pipeline;
    mapping.trusted = false;
    mapping.sound = process && name == u"strudel";
    mapping.group = process ? name : u"workflows"_s;
    mapping.queue = mapping.sound ? 50 : 100;
    mapping.rate = process ? 10 : 5;
    return mapping;
}

static Result<std::map<QString, Mapping>> readMappings(const QString &key, const QJsonValue &value)
{
    std::map<QString, Mapping> mappings;
    if (!value.isObject())
        return fail(u"%1 is %2, expected a table"_s.arg(key, quoted(value)));
    const QJsonObject table = value.toObject();
    if (table.size() > mostMapped)
        return fail(u"%1 has %2 members, expected at most %3"_s.arg(key).arg(table.size()).arg(mostMapped));
    for (auto it = table.begin(); it != table.end(); ++it) {
        const QString where = key + u'.' + it.key();
        if (key == u"processes" && (!isValidId(it.key()) || it.key() == u"agent"))
            return fail(u"%1 is no prefix, expected 1 to 64 of A-Z a-z 0-9 _ - and not \"agent\""_s.arg(where));
        if (key == u"agents" && it.key() != u"orchestrate" && it.key() != u"critique" && it.key() != u"discussion")
            return fail(u"%1: expected \"orchestrate\", \"critique\" or \"discussion\""_s.arg(where));
        Mapping plain = unmapped(it.key(), {}, key == u"processes");
        plain.trusted = true;
        if (key == u"agents")
            plain.group = it.key();
        auto mapping = readMapping(where, *it, std::move(plain));
        if (!mapping)
            return tl::unexpected(mapping.error());
        mappings.emplace(it.key(), std::move(*mapping));
    }
    return mappings;
}

Result<Settings> readSettings(const QJsonObject &members)
{
    Settings settings;
    for (auto it = members.begin(); it != members.end(); ++it) {
        std::map<QString, Mapping> *mappings = it.key() == u"processes" ? &settings.processes
            : it.key() == u"workflows"                                  ? &settings.workflows
            : it.key() == u"agents"                                     ? &settings.agents
                                                                        : nullptr;
        if (mappings) {
            auto read = readMappings(it.key(), *it);
            if (!read)
                return tl::unexpected(read.error());
            *mappings = std::move(*read);
        } else if (it.key() == u"origins") {
            if (!it->isArray())
                return fail(u"origins is %1, expected an array of strings"_s.arg(quoted(*it)));
            for (const QJsonArray origins = it->toArray(); const auto &origin : origins)
                settings.origins.append(origin.toString());
        } else if (it.key() == u"connections_per_minute") {
            settings.connectionsPerMinute = it->toDouble(-1);
            if (settings.connectionsPerMinute < 1 || settings.connectionsPerMinute > 100'000)
                return fail(u"connections_per_minute is %1, expected a number from 1 to 100000"_s.arg(quoted(*it)));
        } else {
            return fail(
                u"unknown key %1, expected processes, workflows, agents, origins or connections_per_minute"_s.arg(
                    quoted(it.key())));
        }
    }
    return settings;
}

/// As a parameter can take it; undefined: not at all.
static QJsonValue asParameter(const QJsonValue &value)
{
    if (value.isNull() || value.isUndefined())
        return QJsonValue::Undefined;
    if (value.isObject())
        return QString::fromUtf8(QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact));
    if (!value.isArray())
        return value;
    QStringList texts;
    const QJsonArray array = value.toArray();
    for (const auto &element : array) {
        if (!element.isString())
            return QString::fromUtf8(QJsonDocument(array).toJson(QJsonDocument::Compact));
        texts.append(element.toString());
    }
    return texts.join(u',');
}

static QString asText(const QJsonValue &value)
{
    const QJsonValue plain = asParameter(value);
    return plain.isString() || plain.isUndefined() ? plain.toString() : plain.toVariant().toString();
}

static QJsonValue memberAt(const QJsonObject &payload, QStringView path)
{
    QJsonValue value = payload;
    for (const QStringView name : path.split(u'.'))
        value = value.toObject().value(name);
    return value;
}

static QJsonValue filled(const QString &text, const QJsonObject &payload)
{
    QString out;
    qsizetype at = 0;
    while (true) {
        const qsizetype open = text.indexOf(u"{{", at);
        const qsizetype close = open < 0 ? -1 : text.indexOf(u"}}", open);
        if (close < 0)
            return out + text.sliced(at);
        const QJsonValue value = memberAt(payload, QStringView(text).sliced(open + 2, close - open - 2).trimmed());
        if (open == 0 && close + 2 == text.size())
            return asParameter(value); // with its own type, or not at all
        out += QStringView(text).sliced(at, open - at);
        out += asText(value);
        at = close + 2;
    }
}

static QString snakeCase(const QString &name)
{
    QString out;
    for (const QChar c : name) {
        if (c.isUpper())
            out += u'_';
        out += c.toLower();
    }
    return out;
}

QJsonObject paramsFor(const Mapping &mapping, const QJsonObject &payload, const QStringList &known)
{
    QJsonObject params;
    if (mapping.params) {
        for (auto it = mapping.params->begin(); it != mapping.params->end(); ++it) {
            const QJsonValue value = it->isString() ? filled(it->toString(), payload) : *it;
            if (!value.isUndefined())
                params.insert(it.key(), value);
        }
        return params;
    }
    const auto take = [&](const QJsonObject &members) {
        for (auto it = members.begin(); it != members.end(); ++it) {
            const QString name = known.contains(it.key()) ? it.key() : snakeCase(it.key());
            const QJsonValue value = asParameter(*it);
            if (known.contains(name) && !value.isUndefined())
                params.insert(name, value);
        }
    };
    for (const QString &inner : {u"options"_s, u"context"_s, u"config"_s, u"input"_s})
        take(payload[inner].toObject());
    take(payload);
    return params;
}

QString isoTime(UnixMs time)
{
    return QDateTime::fromMSecsSinceEpoch(time, Qt::UTC).toString(Qt::ISODateWithMs);
}

QString processStatus(State state, bool sound)
{
    switch (state) {
    case State::Queued:
    case State::Held: return u"queued"_s;
    case State::Running:
    case State::Pausing:
    case State::Paused:
    case State::Cancelling: return sound ? u"rendering"_s : u"running"_s;
    case State::Succeeded:
    case State::Skipped: return sound ? u"complete"_s : u"completed"_s;
    case State::Cancelled: return u"cancelled"_s;
    case State::TimedOut: return sound ? u"failed"_s : u"timeout"_s;
    case State::Failed:
    case State::Interrupted: break;
    }
    return u"failed"_s;
}

QString workflowStatus(State state)
{
    switch (state) {
    case State::Queued:
    case State::Held: return u"pending"_s;
    case State::Pausing:
    case State::Paused: return u"paused"_s;
    case State::Skipped: return u"skipped"_s;
    default: return processStatus(state, false) == u"timeout" ? u"failed"_s : processStatus(state, false);
    }
}

QString reasonText(const std::optional<Failure> &failure, State state)
{
    if (!failure || failure->message.isEmpty())
        return state == State::TimedOut ? u"it took too long"_s
            : state == State::Cancelled ? u"cancelled"_s
                                        : u"it did not succeed"_s;
    return failure->lastLine.isEmpty() || failure->lastLine == failure->message
        ? failure->message
        : failure->message + u": "_s + failure->lastLine;
}

int percentOf(std::optional<double> fraction)
{
    return static_cast<int>(std::floor(100 * fraction.value_or(0)));
}

QJsonObject workflowState(const Job &job, const QString &workflowId)
{
    QJsonObject steps;
    QJsonArray current;
    for (const Step &step : job.steps) {
        QJsonObject its{{u"stepId"_s, step.id},
                        {u"name"_s, step.title},
                        {u"status"_s, workflowStatus(step.state)},
                        {u"retryCount"_s, step.attempt - 1}};
        if (step.progress)
            its.insert(u"progress"_s, percentOf(step.progress->fraction));
        if (step.error)
            its.insert(u"error"_s, step.error->message);
        if (step.started)
            its.insert(u"startedAt"_s, isoTime(*step.started));
        if (step.finished)
            its.insert(u"completedAt"_s, isoTime(*step.finished));
        if (!isFinal(step.state) && step.started)
            current.append(step.id);
        steps.insert(step.id, its);
    }
    QJsonObject state{{u"id"_s, job.id},
                      {u"workflowId"_s, workflowId},
                      {u"name"_s, job.title},
                      {u"status"_s, workflowStatus(job.state)},
                      {u"progress"_s, satisfiesNeeds(job.state) ? 100 : percentOf(jobFraction(job))},
                      {u"currentSteps"_s, current},
                      {u"steps"_s, steps}};
    if (job.queuePosition && job.state == State::Queued)
        state.insert(u"queuePosition"_s, *job.queuePosition);
    if (job.error)
        state.insert(u"error"_s, job.error->message);
    if (job.started)
        state.insert(u"startedAt"_s, isoTime(*job.started));
    if (job.finished)
        state.insert(u"completedAt"_s, isoTime(*job.finished));
    return state;
}

bool goesOn(const Job &job)
{
    std::vector<QString> dead;
    std::vector<const Step *> open;
    for (const Step &step : job.steps) {
        if (!isFinal(step.state))
            open.push_back(&step);
        else if (!satisfiesNeeds(step.state))
            dead.push_back(step.id);
    }
    // What needs what will not be done will not be done either.
    std::size_t before = 0;
    do {
        before = open.size();
        std::erase_if(open, [&](const Step *step) {
            const bool needs =
                std::any_of(dead.begin(), dead.end(), [&](const QString &id) { return step->needs.contains(id); });
            if (needs)
                dead.push_back(step->id);
            return needs;
        });
    } while (open.size() < before);
    return !open.empty();
}

Result<void> checkDefinition(const QJsonObject &workflow)
{
    static constexpr qsizetype mostSteps = 50;
    const QJsonArray steps = workflow[u"steps"].toArray();
    if (steps.isEmpty() || steps.size() > mostSteps)
        return fail(u"Invalid payload: workflow has %1 steps, expected 1 to %2"_s.arg(steps.size()).arg(mostSteps));
    QStringList ids;
    for (const auto &step : steps) {
        const QString id = step[u"id"].toString();
        if (!isValidId(id) || ids.contains(id))
            return fail(u"Invalid payload: step id %1 is no name, or is there twice"_s.arg(quoted(step[u"id"])));
        ids.append(id);
    }
    return {};
}

static QString jsonText(const QJsonValue &value)
{
    const QByteArray json = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
    return QString::fromUtf8(json.sliced(1, json.size() - 2));
}

/// As TOML has it, whose basic strings are JSON's; nothing is replaced in it.
static QString tomlText(QString text)
{
    text.replace(u"{{"_s, u"{{{{"_s);
    text.replace(QChar(0x7f), QChar(0xfffd)); // the one character that JSON lets through and TOML does not
    return jsonText(text);
}

QString pipelineOf(const QJsonObject &workflow, const std::vector<DefinedStep> &steps)
{
    static constexpr double longestMs = 30 * 86'400'000.0;
    QString toml;
    if (const QString title = workflow[u"name"].toString(); !title.isEmpty())
        toml += u"title = "_s + jsonText(title) + u'\n';
    const QJsonArray defined = workflow[u"steps"].toArray();
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const QJsonObject step = defined[static_cast<qsizetype>(i)].toObject();
        QStringList needs;
        for (const QJsonArray all = step[u"dependencies"].toArray(); const auto &each : all)
            needs.append(jsonText(each.toString()));
        QStringList params;
        for (auto it = steps[i].params.begin(); it != steps[i].params.end(); ++it)
            params.append(jsonText(it.key()) + u" = "_s + (it->isString() ? tomlText(it->toString()) : jsonText(*it)));
        toml += u"[[steps]]\nid = "_s + jsonText(step[u"id"].toString());
        if (const QString title = step[u"name"].toString(); !title.isEmpty())
            toml += u"\ntitle = "_s + jsonText(title);
        toml += u"\npipeline = "_s + jsonText(steps[i].pipeline) + u"\nneeds = ["_s + needs.join(u", "_s);
        toml += u"]\nparams = { "_s + params.join(u", "_s) + u" }\n"_s;
        if (step[u"continueOnError"].toBool())
            toml += u"allow_failure = true\n"_s;
        if (const double timeout = step[u"timeoutMs"].toDouble(); timeout >= 1 && timeout <= longestMs)
            toml += u"timeout = \"%1ms\"\n"_s.arg(static_cast<qint64>(timeout));
    }
    return toml;
}

QStringList codeFaults(QStringView code)
{
    static constexpr qsizetype mostDepth = 1000;
    QStringList faults;
    QString open;
    QChar quote;
    int line = 1;
    if (code.trimmed().isEmpty())
        return {u"code cannot be empty"_s};
    for (qsizetype i = 0; i < code.size(); ++i) {
        const QChar c = code[i];
        if (c == u'\n')
            ++line;
        if (!quote.isNull()) {
            if (c == u'\\')
                ++i;
            else if (c == quote)
                quote = {};
            continue;
        }
        if (c == u'"' || c == u'\'' || c == u'`') {
            quote = c;
        } else if (c == u'/' && i + 1 < code.size() && code[i + 1] == u'/') {
            while (i + 1 < code.size() && code[i + 1] != u'\n')
                ++i;
        } else if (c == u'(' || c == u'[' || c == u'{') {
            if (open.size() >= mostDepth)
                return {u"line %1: brackets nest too deep"_s.arg(line)};
            open += c == u'(' ? u')' : c == u'[' ? u']' : u'}';
        } else if (c == u')' || c == u']' || c == u'}') {
            if (!open.endsWith(c))
                return {u"line %1: unexpected %2"_s.arg(line).arg(c)};
            open.chop(1);
        }
    }
    if (!quote.isNull())
        faults.append(u"a string that begins with %1 does not end"_s.arg(quote));
    if (!open.isEmpty())
        faults.append(u"missing %1 at the end"_s.arg(open.back()));
    return faults;
}

QString agentEvent(const QString &kind, const QString &custom)
{
    for (const QString &each : {u"critique"_s, u"discussion"_s}) {
        if (custom.startsWith(each + u'-') && custom.size() > each.size() + 1)
            return u"agent:%1:%2"_s.arg(each, custom.sliced(each.size() + 1));
    }
    if (kind != u"critique" && kind != u"discussion")
        return {};
    return u"agent:%1:%2"_s.arg(kind, custom);
}

QJsonObject agentMembers(const QString &event, const QJsonValue &value)
{
    QJsonObject members = value.toObject();
    if (!value.isObject() && !value.isNull() && !value.isUndefined())
        members.insert(event.endsWith(u":completed") ? u"result"_s : u"value"_s, value);
    // A subscript of an object that is not const would add what it looks for.
    const auto same = [&](const QString &left, const QString &right) {
        if (members.contains(left) && !members.contains(right))
            members.insert(right, members[left]);
        else if (members.contains(right) && !members.contains(left))
            members.insert(left, members[right]);
    };
    if (event == u"agent:discussion:contribution") {
        same(u"role"_s, u"agentRole"_s);
        same(u"content"_s, u"contribution"_s);
        if (!members.contains(u"participantId"_s) && members.contains(u"role"_s))
            members.insert(u"participantId"_s, members[u"role"_s]);
    } else if (event == u"agent:discussion:completed") {
        const QJsonObject result = members.value(u"result"_s).toObject();
        if (!members.contains(u"result"_s))
            members.insert(u"result"_s,
                           QJsonObject{{u"finalConsensus"_s, members.value(u"synthesis"_s).toString()},
                                       {u"consensusReached"_s, members.value(u"consensusReached"_s).toBool()}});
        if (!members.contains(u"synthesis"_s))
            members.insert(u"synthesis"_s,
                           members.value(u"result"_s).isString() ? members.value(u"result"_s)
                                                                 : result.value(u"finalConsensus"_s));
        if (!members.contains(u"consensusReached"_s))
            members.insert(u"consensusReached"_s, result[u"consensusReached"_s].toBool());
    } else if (event == u"agent:discussion:converged") {
        same(u"rounds"_s, u"round"_s);
    }
    return members;
}

} // namespace stepwire::slop
