#include "core/serve/dialects/mutant/messages.h"

#include "core/wire/json/writer.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QUuid>

#include <algorithm>
#include <cmath>

namespace stepwire::mutant {

using namespace Qt::StringLiterals;

const std::vector<KindFacts> &kinds()
{
    static const std::vector<KindFacts> all{
        {Kind::Put, "Put", "put", true, "user_key"},
        {Kind::Get, "Get", "get", true, "user_key"},
        {Kind::QueryTask, "QueryTask", nullptr, false, nullptr},
        {Kind::ListTasks, "ListTasks", nullptr, false, nullptr},
        {Kind::StopTask, "StopTask", nullptr, false, nullptr},
        {Kind::Rm, "Rm", "rm", false, "user_key"},
        {Kind::ListKeys, "ListKeys", "list_keys", false, nullptr},
        {Kind::Stats, "Stats", "stats", false, nullptr},
        {Kind::Sync, "Sync", "sync", true, nullptr},
        {Kind::Purge, "Purge", "purge", true, nullptr},
        {Kind::Import, "Import", "import", false, nullptr},
        {Kind::Export, "Export", "export", false, nullptr},
        {Kind::HealthCheck, "HealthCheck", "health_check", true, "key_name"},
    };
    return all;
}

const KindFacts &factsOf(Kind kind)
{
    return *std::find_if(kinds().begin(), kinds().end(), [&](const KindFacts &facts) { return facts.kind == kind; });
}

// ---- requests

namespace {

enum class Type { Text, Truth, Mode, Uuid };

struct Field
{
    const char *name;
    Type type;
};

constexpr const char *modes[] = {"Lightest", "Light", "Medium", "Heavy", "Heaviest"};

} // namespace

static std::vector<Field> fieldsOf(Kind kind)
{
    switch (kind) {
    case Kind::Put:
        return {{"user_key", Type::Text},
                {"source_path", Type::Text},
                {"mode", Type::Mode},
                {"public", Type::Truth},
                {"no_verify", Type::Truth}};
    case Kind::Get: return {{"user_key", Type::Text}, {"destination_path", Type::Text}, {"public", Type::Truth}};
    case Kind::QueryTask:
    case Kind::StopTask: return {{"task_id", Type::Uuid}};
    case Kind::Rm: return {{"user_key", Type::Text}};
    case Kind::Sync: return {{"push_force", Type::Truth}};
    case Kind::Purge: return {{"aggressive", Type::Truth}};
    case Kind::Import: return {{"file_path", Type::Text}};
    case Kind::Export: return {{"destination_path", Type::Text}};
    case Kind::HealthCheck: return {{"key_name", Type::Text}, {"recycle", Type::Truth}};
    case Kind::ListTasks:
    case Kind::ListKeys:
    case Kind::Stats: return {};
    }
    Q_UNREACHABLE();
}

/// ` at line 1 column 19`: of the last byte before `offset`.
static QString place(QByteArrayView text, qsizetype offset)
{
    const QByteArrayView before = text.first(std::clamp<qsizetype>(offset, 0, text.size()));
    const qsizetype lineStart = before.lastIndexOf('\n') + 1;
    return u" at line %1 column %2"_s.arg(before.count('\n') + 1).arg(before.size() - lineStart);
}

/// Where the value of the outermost object's `type` ends; the text is known to be JSON.
static qsizetype endOfType(QByteArrayView text)
{
    int depth = 0;
    bool isKey = false;
    bool isType = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            const qsizetype begin = i;
            for (++i; i < text.size() && text[i] != '"'; ++i)
                i += text[i] == '\\' ? 1 : 0;
            if (depth != 1)
                continue;
            if (isKey)
                isType = text.sliced(begin, i - begin + 1) == "\"type\"";
            else if (isType)
                return i + 1;
        } else if (c == '{' || c == '[') {
            ++depth;
            isKey = depth == 1;
        } else if (c == '}' || c == ']') {
            --depth;
        } else if (depth == 1 && (c == ',' || c == ':')) {
            isKey = c == ',';
        }
    }
    return text.size();
}

/// What serde calls a value that it did not expect.
static QString unexpectedName(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::Null: return u"null"_s;
    case QJsonValue::Bool: return u"boolean `%1`"_s.arg(value.toBool() ? u"true"_s : u"false"_s);
    case QJsonValue::Double: {
        const double number = value.toDouble();
        return std::trunc(number) == number ? u"integer `%1`"_s.arg(number, 0, 'f', 0)
                                            : u"floating point `%1`"_s.arg(number);
    }
    case QJsonValue::String: return u"string \"%1\""_s.arg(value.toString().left(200));
    case QJsonValue::Array: return u"sequence"_s;
    case QJsonValue::Object:
    case QJsonValue::Undefined: break;
    }
    return u"map"_s;
}

template <class Names>
static QString unknownVariant(const QString &got, const Names &names)
{
    QStringList expected;
    for (const char *name : names)
        expected.append(u"`%1`"_s.arg(QLatin1String(name)));
    return u"unknown variant `%1`, expected one of %2"_s.arg(got.left(200), expected.join(u", "));
}

/// Why the value cannot be that of the field; empty when it can.
static QString faultOf(const Field &field, const QJsonValue &value)
{
    if (value.isUndefined())
        return u"missing field `%1`"_s.arg(QLatin1String(field.name));
    const auto wrong = [&](QStringView expected) {
        return u"invalid type: %1, expected %2"_s.arg(unexpectedName(value), expected);
    };
    switch (field.type) {
    case Type::Text: return value.isString() ? QString() : wrong(u"a string");
    case Type::Truth: return value.isBool() ? QString() : wrong(u"a boolean");
    case Type::Mode:
        if (!value.isString())
            return wrong(u"string or map");
        if (std::none_of(std::begin(modes), std::end(modes),
                         [&](const char *mode) { return value.toString() == QLatin1String(mode); }))
            return unknownVariant(value.toString(), modes);
        return {};
    case Type::Uuid:
        if (!value.isString())
            return wrong(u"a UUID string");
        return {};
    }
    Q_UNREACHABLE();
}

/// With hyphens, without, or as a URN; empty for what is none.
static QString readUuid(QString text)
{
    if (text.startsWith(u"urn:uuid:"))
        text.remove(0, 9);
    if (text.size() == 32) {
        for (const int at : {20, 16, 12, 8})
            text.insert(at, u'-');
    }
    const QUuid id = text.size() == 36 ? QUuid::fromString(text) : QUuid();
    const bool isNil = text == u"00000000-0000-0000-0000-000000000000";
    return id.isNull() && !isNil ? QString() : id.toString(QUuid::WithoutBraces);
}

static tl::unexpected<QString> invalid(const QString &message)
{
    return tl::unexpected<QString>(u"Invalid JSON request: "_s + message);
}

tl::expected<Request, QString> parseRequest(QByteArrayView text)
{
    QJsonParseError fault{};
    // An array around it lets any value be read.
    const QJsonDocument document = QJsonDocument::fromJson('[' + text.toByteArray() + ']', &fault);
    if (text.trimmed().isEmpty())
        return invalid(u"EOF while parsing a value"_s + place(text, text.size()));
    if (fault.error != QJsonParseError::NoError || document.array().size() != 1)
        return invalid((fault.offset > text.size() ? u"EOF while parsing a value"_s : u"expected value"_s)
                       + place(text, std::max<qsizetype>(fault.offset, 1)));
    const QJsonValue value = document.array().first();
    if (!value.isObject())
        return invalid(u"invalid type: %1, expected internally tagged enum Request"_s.arg(unexpectedName(value))
                       + place(text, text.size()));
    const QJsonObject object = value.toObject();
    if (!object.contains(u"type"))
        return invalid(u"missing field `type`"_s + place(text, text.size()));
    if (!object[u"type"].isString())
        return invalid(u"invalid type: %1, expected variant identifier"_s.arg(unexpectedName(object[u"type"]))
                       + place(text, text.size()));
    const QString type = object[u"type"].toString();
    const auto facts = std::find_if(kinds().begin(), kinds().end(),
                                    [&](const KindFacts &known) { return type == QLatin1String(known.type); });
    if (facts == kinds().end()) {
        std::vector<const char *> names;
        for (const KindFacts &known : kinds())
            names.push_back(known.type);
        return invalid(unknownVariant(type, names) + place(text, endOfType(text)));
    }
    Request request;
    request.kind = facts->kind;
    if ((request.kind == Kind::ListTasks || request.kind == Kind::ListKeys) && object.size() > 1)
        return invalid(u"invalid type: map, expected unit struct %1Request"_s.arg(type));
    for (const Field &field : fieldsOf(request.kind)) {
        const QLatin1String name(field.name);
        if (const QString wrong = faultOf(field, object[name]); !wrong.isEmpty())
            return invalid(wrong);
        if (field.type == Type::Uuid) {
            request.task = readUuid(object[name].toString());
            if (request.task.isEmpty())
                return invalid(u"UUID parsing failed: invalid length or character in `%1`"_s.arg(
                    object[name].toString().left(100)));
        }
        request.members.insert(name, object[name]);
    }
    return request;
}

// ---- answers

const char *statusOf(State state)
{
    switch (state) {
    case State::Queued:
    case State::Held: return "Pending";
    case State::Running:
    case State::Pausing:
    case State::Paused:
    case State::Cancelling: return "InProgress";
    case State::Succeeded:
    case State::Skipped: return "Completed";
    case State::Cancelled: return "Stopped";
    case State::Failed:
    case State::TimedOut:
    case State::Interrupted: return "Failed";
    }
    Q_UNREACHABLE();
}

static void word(json::Writer &writer, const char *name, const char *value)
{
    writer.key(name);
    writer.string(QString::fromLatin1(value));
}

static json::Writer &begin(json::Writer &writer, const char *type)
{
    writer.beginObject();
    word(writer, "type", type);
    return writer;
}

QByteArray error(const QString &sentence, const std::optional<QByteArray> &request)
{
    QByteArray out;
    json::Writer writer(out);
    begin(writer, "Error").member("error", QStringView(sentence));
    writer.key("original_request");
    if (request)
        writer.string(QString::fromUtf8(*request));
    else
        writer.null();
    writer.endObject();
    return out;
}

static QByteArray ofTask(const char *type, const QString &task)
{
    QByteArray out;
    json::Writer writer(out);
    begin(writer, type).member("task_id", QStringView(task));
    writer.endObject();
    return out;
}

QByteArray taskCreated(const QString &task)
{
    return ofTask("TaskCreated", task);
}

QByteArray taskStopped(const QString &task)
{
    return ofTask("TaskStopped", task);
}

QByteArray taskUpdate(const QString &task, const char *status, const QByteArray &progress)
{
    return R"({"type":"TaskUpdate","task_id":")" + task.toUtf8() + R"(","status":")" + status + R"(","progress":)"
        + (progress.isEmpty() ? "null" : progress) + '}';
}

static void count(json::Writer &writer, const char *name, const QJsonObject &told)
{
    constexpr double most = 9007199254740992; // as integers of JSON go
    const double number = told[QLatin1String(name)].toDouble();
    writer.member(name, static_cast<qint64>(std::clamp(std::round(number), 0.0, most)));
}

static void textOrNull(json::Writer &writer, const char *name, const QJsonValue &value)
{
    writer.key(name);
    if (value.isString())
        writer.string(value.toString());
    else
        writer.null();
}

static void counts(json::Writer &writer, const QJsonObject &told, std::initializer_list<const char *> names)
{
    writer.beginObject();
    for (const char *name : names)
        count(writer, name, told);
    writer.endObject();
}

QByteArray taskCompleted(const QString &task, Kind kind, const QJsonObject &told)
{
    QByteArray out;
    json::Writer writer(out);
    begin(writer, "TaskResult").member("task_id", QStringView(task));
    word(writer, "status", "Completed");
    writer.key("result");
    writer.beginObject();
    writer.key("Result");
    writer.beginObject();
    writer.key(factsOf(kind).type);
    switch (kind) {
    case Kind::Put:
        writer.beginObject();
        textOrNull(writer, "public_address", told[u"public_address"]);
        writer.endObject();
        break;
    case Kind::Get: counts(writer, told, {"size"}); break;
    case Kind::Sync:
        counts(writer, told, {"nb_keys_added", "nb_keys_updated", "nb_free_pads_added", "nb_pending_pads_added"});
        break;
    case Kind::Purge: counts(writer, told, {"nb_pads_purged"}); break;
    default: counts(writer, told, {"nb_keys_reset", "nb_keys_recycled"}); break;
    }
    writer.endObject();
    writer.endObject();
    writer.endObject();
    return out;
}

QByteArray taskFailed(const QString &task, const QString &sentence)
{
    QByteArray out;
    json::Writer writer(out);
    begin(writer, "TaskResult").member("task_id", QStringView(task));
    word(writer, "status", "Failed");
    writer.key("result");
    writer.beginObject();
    writer.member("Error", QStringView(sentence));
    writer.endObject();
    writer.endObject();
    return out;
}

QByteArray taskList(const std::vector<Listed> &tasks)
{
    QByteArray out;
    json::Writer writer(out);
    begin(writer, "TaskList").key("tasks");
    writer.beginArray();
    for (const Listed &each : tasks) {
        writer.beginObject();
        writer.member("task_id", QStringView(each.task));
        word(writer, "task_type", factsOf(each.kind).type);
        word(writer, "status", statusOf(each.state));
        writer.endObject();
    }
    writer.endArray();
    writer.endObject();
    return out;
}

QByteArray answer(const Request &request, const QJsonObject &told)
{
    QByteArray out;
    json::Writer writer(out);
    begin(writer, request.kind == Kind::Rm ? "RmSuccess" : factsOf(request.kind).type);
    switch (request.kind) {
    case Kind::Rm: writer.member("user_key", request.members[u"user_key"]); break;
    case Kind::ListKeys:
        writer.key("keys");
        writer.beginArray();
        for (const QJsonValue &each : told[u"keys"].toArray()) {
            const QJsonObject key = each.toObject();
            writer.beginObject();
            writer.member("key", QStringView(key[u"key"].toString()));
            for (const char *name : {"total_size", "pad_count", "confirmed_pads"})
                count(writer, name, key);
            writer.member("is_public", key[u"is_public"].toBool());
            textOrNull(writer, "public_address", key[u"public_address"]);
            writer.endObject();
        }
        writer.endArray();
        break;
    case Kind::Stats:
        for (const char *name : {"total_keys", "total_pads", "occupied_pads", "free_pads", "pending_verify_pads"})
            count(writer, name, told);
        break;
    default:
        writer.key("result");
        counts(writer, told, {request.kind == Kind::Import ? "nb_keys_imported" : "nb_keys_exported"});
        break;
    }
    writer.endObject();
    return out;
}

} // namespace stepwire::mutant
