#include "core/serve/dialects/dotfiles/daemon_messages.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QUuid>
#include <QtEndian>

#include <algorithm>
#include <array>
#include <cmath>

namespace stepwire::dotfiles_daemon {

using namespace Qt::StringLiterals;

namespace {

enum class Kind { Text, Percent, Count, NotNegative, Object, QueryType };

struct Field
{
    const char *name;
    Kind kind;
    bool optional; ///< may be absent or null
};

struct PayloadType
{
    const char *name;
    std::vector<Field> fields;
};

} // namespace

static const std::vector<PayloadType> &payloadTypes()
{
    static const std::vector<PayloadType> types{
        {"operation_started",
         {{"operation_id", Kind::Text, false},
          {"operation_name", Kind::Text, false},
          {"parameters", Kind::Object, true}}},
        {"operation_progress",
         {{"operation_id", Kind::Text, false},
          {"step_id", Kind::Text, false},
          {"step_name", Kind::Text, true},
          {"step_progress", Kind::Percent, false},
          {"overall_progress", Kind::Percent, false},
          {"total_steps", Kind::Count, true},
          {"current_step", Kind::Count, true}}},
        {"operation_completed",
         {{"operation_id", Kind::Text, false},
          {"duration_seconds", Kind::NotNegative, false},
          {"result", Kind::Object, true}}},
        {"operation_failed",
         {{"operation_id", Kind::Text, false},
          {"error_code", Kind::Text, false},
          {"error_message", Kind::Text, false},
          {"step_id", Kind::Text, true},
          {"traceback", Kind::Text, true}}},
        {"state_update", {{"state_key", Kind::Text, false}, {"state_value", Kind::Object, false}}},
        {"query_request", {{"query_type", Kind::QueryType, false}, {"parameters", Kind::Object, true}}},
        {"query_response",
         {{"query_id", Kind::Text, false}, {"result", Kind::Object, true}, {"error", Kind::Text, true}}},
    };
    return types;
}

static const std::array<const char *, 4> queryTypes{"get_current_state", "get_operation_status", "list_event_types",
                                                    "get_event_history"};

template <class Names>
static QString oneOf(const Names &names)
{
    QStringList texts;
    for (const auto &name : names)
        texts.append(QLatin1String(name));
    return u"one of "_s + texts.join(u", ");
}

/// What was expected instead; empty when the value is right.
static QString expectedOf(const Field &field, const QJsonValue &value)
{
    const double number = value.toDouble(-1);
    switch (field.kind) {
    case Kind::Text: {
        // A name that another is looked up by is not empty.
        const bool isId = QLatin1String(field.name).endsWith(QLatin1String("_id")) || field.name[0] == 'q';
        constexpr qsizetype mostId = 256;
        const QString text = value.toString();
        if (isId && value.isString() && (text.isEmpty() || text.size() > mostId))
            return u"1 to %1 characters"_s.arg(mostId);
        return value.isString() ? QString() : u"a string"_s;
    }
    case Kind::Percent:
        return value.isDouble() && number >= 0 && number <= 100 ? QString() : u"a number from 0 to 100"_s;
    case Kind::Count:
        return value.isDouble() && number >= 1 && std::trunc(number) == number ? QString() : u"a whole number from 1"_s;
    case Kind::NotNegative: return value.isDouble() && number >= 0 ? QString() : u"a number from 0"_s;
    case Kind::Object: return value.isObject() ? QString() : u"an object"_s;
    case Kind::QueryType: {
        const bool known = std::any_of(queryTypes.begin(), queryTypes.end(),
                                       [&](const char *name) { return value.toString() == QLatin1String(name); });
        return known ? QString() : oneOf(queryTypes);
    }
    }
    Q_UNREACHABLE();
}

static QString payloadFault(const QJsonObject &payload)
{
    const QString type = payload[u"type"].toString();
    const auto known = std::find_if(payloadTypes().begin(), payloadTypes().end(),
                                    [&](const PayloadType &each) { return type == QLatin1String(each.name); });
    if (known == payloadTypes().end()) {
        std::vector<const char *> names;
        for (const PayloadType &each : payloadTypes())
            names.push_back(each.name);
        return u"payload.type is %1, expected %2"_s.arg(quoted(payload[u"type"]), oneOf(names));
    }
    for (const Field &field : known->fields) {
        const QLatin1String name(field.name);
        const QJsonValue value = payload[name];
        if (field.optional && (value.isUndefined() || value.isNull()))
            continue;
        if (value.isUndefined())
            return u"payload.%1 is missing in %2"_s.arg(name, type);
        if (const QString expected = expectedOf(field, value); !expected.isEmpty())
            return u"payload.%1 is %2, expected %3"_s.arg(name, quoted(value), expected);
    }
    return {};
}

Result<Envelope> readEnvelope(QByteArrayView json)
{
    QJsonParseError fault{};
    const QJsonDocument document = QJsonDocument::fromJson(json.toByteArray(), &fault);
    if (!document.isObject())
        return fail(code::parseError,
                    fault.error == QJsonParseError::NoError
                        ? u"the message is not a JSON object"_s
                        : u"the message is not JSON: %1 at byte %2"_s.arg(fault.errorString()).arg(fault.offset));
    const QJsonObject object = document.object();
    Envelope envelope = newEnvelope(object[u"event_type"].toString(), object[u"payload"].toObject());
    constexpr qsizetype mostText = 64;
    if (const QString id = object[u"message_id"].toString(); !id.isEmpty() && id.size() <= mostText)
        envelope.messageId = id;
    if (const QString time = object[u"timestamp"].toString(); !time.isEmpty() && time.size() <= mostText)
        envelope.timestamp = time;
    QString wrong;
    if (!isValidId(envelope.eventType))
        wrong = object.contains(u"event_type")
            ? u"event_type is %1, expected 1 to 64 letters, digits, _ and -"_s.arg(quoted(object[u"event_type"]))
            : u"event_type is missing"_s;
    else if (!object[u"payload"].isObject())
        wrong = object.contains(u"payload") ? u"payload is %1, expected an object"_s.arg(quoted(object[u"payload"]))
                                            : u"payload is missing"_s;
    else
        wrong = payloadFault(envelope.payload);
    if (!wrong.isEmpty())
        return fail(code::invalidParams, wrong, {{u"message_id"_s, envelope.messageId}});
    return envelope;
}

Envelope newEnvelope(const QString &eventType, const QJsonObject &payload)
{
    return {QUuid::createUuid().toString(QUuid::WithoutBraces),
            QDateTime::currentDateTime().toString(u"yyyy-MM-ddTHH:mm:ss.zzz"_s) + u"000"_s, eventType, payload};
}

QJsonObject toJson(const Envelope &envelope)
{
    return {{u"message_id"_s, envelope.messageId},
            {u"timestamp"_s, envelope.timestamp},
            {u"event_type"_s, envelope.eventType},
            {u"payload"_s, envelope.payload}};
}

QByteArray frameOf(const QJsonObject &message)
{
    const QByteArray json = QJsonDocument(message).toJson(QJsonDocument::Compact);
    QByteArray frame(4, '\0');
    qToBigEndian(static_cast<quint32>(json.size()), frame.data());
    return frame + json;
}

qsizetype frameSize(QByteArrayView bytes)
{
    if (bytes.size() < 4)
        return 0;
    const auto length = static_cast<qsizetype>(qFromBigEndian<quint32>(bytes.data()));
    if (length > mostMessageBytes)
        return -1;
    return bytes.size() - 4 < length ? 0 : 4 + length;
}

static double percent(double fraction)
{
    return std::round(10000 * std::clamp(fraction, 0.0, 1.0)) / 100;
}

QJsonObject startedPayload(const Job &job)
{
    return {{u"type"_s, u"operation_started"_s},
            {u"operation_id"_s, job.id},
            {u"operation_name"_s, job.title},
            {u"parameters"_s, job.params}};
}

QJsonObject progressPayload(const Job &job, const QString &stepId)
{
    const auto at =
        std::find_if(job.steps.begin(), job.steps.end(), [&](const Step &step) { return step.id == stepId; });
    const bool found = at != job.steps.end();
    double fraction = 0;
    if (found)
        fraction = satisfiesNeeds(at->state) ? 1 : at->progress.value_or(Progress()).fraction.value_or(0);
    return {{u"type"_s, u"operation_progress"_s},
            {u"operation_id"_s, job.id},
            {u"step_id"_s, stepId},
            {u"step_name"_s, found && !at->title.isEmpty() ? QJsonValue(at->title) : QJsonValue()},
            {u"step_progress"_s, percent(fraction)},
            {u"overall_progress"_s, percent(jobFraction(job).value_or(0))},
            {u"total_steps"_s, job.steps.empty() ? QJsonValue() : QJsonValue(static_cast<int>(job.steps.size()))},
            {u"current_step"_s, found ? QJsonValue(static_cast<int>(at - job.steps.begin()) + 1) : QJsonValue()}};
}

QJsonObject endPayload(const Job &job)
{
    const auto duration = static_cast<double>(
        std::max<qint64>(0, job.finished.value_or(0) - job.started.value_or(job.finished.value_or(0))));
    if (satisfiesNeeds(job.state))
        return {{u"type"_s, u"operation_completed"_s},
                {u"operation_id"_s, job.id},
                {u"duration_seconds"_s, duration / 1000},
                {u"result"_s, QJsonObject()}};
    const bool hasStep = job.error && !job.error->step.isEmpty();
    return {{u"type"_s, u"operation_failed"_s},
            {u"operation_id"_s, job.id},
            {u"error_code"_s, stateName(job.state)},
            {u"error_message"_s, job.error ? job.error->message : u"the job is "_s + stateName(job.state)},
            {u"step_id"_s, hasStep ? QJsonValue(job.error->step) : QJsonValue()},
            {u"traceback"_s, QJsonValue()}};
}

} // namespace stepwire::dotfiles_daemon
