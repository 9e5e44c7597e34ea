#include "core/remote/foreign/mutant_requests.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <algorithm>

namespace stepwire {

using Parameter = MutantRequest::Parameter;
using Type = Parameter::Type;

const std::vector<MutantRequest> &MutantRequest::all()
{
    static const Parameter key{"user_key", Type::Text, true, "the name it is kept by"};
    static const Parameter open{"public", Type::Bool, false, "readable by everybody who has its address", "false"};
    static const std::vector<MutantRequest> requests{
        {"put",
         "Put a file",
         "Put",
         MutantKind::Put,
         "",
         {key,
          {"source_path", Type::Path, true, "the file, on the daemon's machine"},
          {"mode",
           Type::Choice,
           false,
           "how large its pads are",
           "Medium",
           {"Lightest", "Light", "Medium", "Heavy", "Heaviest"}},
          open,
          {"no_verify", Type::Bool, false, "pads are not confirmed", "false"}}},
        {"get",
         "Get a file",
         "Get",
         MutantKind::Get,
         "",
         {{"user_key", Type::Text, true, "the name it is kept by, or the address of a public one"},
          {"destination_path", Type::Path, true, "where it is written, on the daemon's machine"},
          open}},
        {"sync",
         "Synchronise the index",
         "Sync",
         MutantKind::Sync,
         "",
         {{"push_force", Type::Bool, false, "the local index replaces the remote one", "false"}}},
        {"purge",
         "Purge invalid pads",
         "Purge",
         MutantKind::Purge,
         "",
         {{"aggressive", Type::Bool, false, "drop pads that could not be looked at, too", "false"}}},
        {"health_check",
         "Check the pads of a key",
         "HealthCheck",
         MutantKind::HealthCheck,
         "",
         {{"key_name", Type::Text, true, "the name it is kept by"},
          {"recycle", Type::Bool, false, "replace pads that are lost", "false"}}},
        {"rm", "Remove a key", "Rm", MutantKind::Other, "RmSuccess", {key}},
        {"list_keys", "List the keys", "ListKeys", MutantKind::Other, "ListKeys", {}},
        {"stats", "Count the pads", "Stats", MutantKind::Other, "Stats", {}},
        {"import",
         "Import keys",
         "Import",
         MutantKind::Other,
         "Import",
         {{"file_path", Type::Path, true, "the file, on the daemon's machine"}}},
        {"export",
         "Export keys",
         "Export",
         MutantKind::Other,
         "Export",
         {{"destination_path", Type::Path, true, "where they are written, on the daemon's machine"}}}};
    return requests;
}

Result<const MutantRequest *> MutantRequest::find(const QString &name)
{
    QStringList names;
    for (const MutantRequest &request : all()) {
        if (name == QLatin1String(request.name))
            return &request;
        names.append(QLatin1String(request.name));
    }
    const QString near = nearest(name, names);
    return fail(code::invalidPipeline,
                QStringLiteral("a MutAnt daemon has no pipeline %1%2")
                    .arg(quoted(name),
                         near.isEmpty() ? QStringLiteral(", expected one of ") + names.join(u", ")
                                        : QStringLiteral(", did you mean ") + quoted(near)));
}

QString MutantRequest::nameOf(MutantKind kind)
{
    const auto it =
        std::find_if(all().begin(), all().end(), [&](const MutantRequest &request) { return request.kind == kind; });
    return kind == MutantKind::Other ? QString() : QString(QLatin1String(it->name));
}

static Result<QJsonValue> read(const Parameter &parameter, const QJsonValue &value)
{
    const auto wrong = [&](const QString &expected) {
        return fail(code::invalidParams,
                    QStringLiteral("parameter %1 is %2, expected %3")
                        .arg(QLatin1String(parameter.name), quoted(value), expected));
    };
    if (parameter.type == Type::Bool) {
        if (value.isBool())
            return value;
        if (value.toString() == u"true" || value.toString() == u"false")
            return QJsonValue(value.toString() == u"true");
        return wrong(QStringLiteral("true or false"));
    }
    const QString text = value.toString();
    if (parameter.type == Type::Choice) {
        QStringList choices;
        for (const char *choice : parameter.choices) {
            if (text.compare(QLatin1String(choice), Qt::CaseInsensitive) == 0)
                return QJsonValue(QLatin1String(choice)); // the daemon wants its capital
            choices.append(QLatin1String(choice));
        }
        return wrong(QStringLiteral("one of ") + choices.join(u", "));
    }
    if (text.isEmpty())
        return wrong(QStringLiteral("text"));
    if (parameter.type == Type::Path && !text.startsWith(u'/'))
        return wrong(QStringLiteral("an absolute path: the daemon opens it from where it runs"));
    return QJsonValue(text);
}

Result<QJsonObject> MutantRequest::message(const QJsonObject &params) const
{
    QStringList known;
    for (const Parameter &parameter : parameters)
        known.append(QLatin1String(parameter.name));
    for (auto it = params.begin(); it != params.end(); ++it) {
        if (known.contains(it.key()))
            continue;
        const QString near = nearest(it.key(), known);
        return fail(code::invalidParams,
                    QStringLiteral("pipeline %1 has no parameter %2%3")
                        .arg(QLatin1String(name), quoted(it.key()),
                             !near.isEmpty()     ? QStringLiteral(", did you mean ") + quoted(near)
                                 : known.empty() ? QString()
                                                 : QStringLiteral(", expected one of ") + known.join(u", ")));
    }
    QJsonObject message{{QStringLiteral("type"), QLatin1String(type)}};
    for (const Parameter &parameter : parameters) {
        const QLatin1String wire(parameter.name);
        if (!params.contains(wire) && parameter.required)
            return fail(code::invalidParams,
                        QStringLiteral("parameter %1 is missing: %2").arg(wire, QLatin1String(parameter.help)));
        const auto value = read(
            parameter, params.contains(wire) ? params[wire] : QJsonValue(QString(QLatin1String(parameter.standard))));
        if (!value)
            return tl::unexpected(value.error());
        message.insert(wire, *value);
    }
    // What a later daemon calls the same; one that does not know these members passes over them.
    if (message.contains(u"source_path"))
        message.insert(QStringLiteral("source"), QJsonObject{{QStringLiteral("FilePath"), message[u"source_path"]}});
    if (kind == MutantKind::Get)
        message.insert(QStringLiteral("stream_data"), false);
    return message;
}

QJsonObject MutantRequest::describe() const
{
    QJsonArray described;
    for (const Parameter &parameter : parameters) {
        QJsonObject object{{QStringLiteral("name"), QLatin1String(parameter.name)},
                           {QStringLiteral("required"), parameter.required},
                           {QStringLiteral("help"), QLatin1String(parameter.help)}};
        QJsonArray choices;
        for (const char *choice : parameter.choices)
            choices.append(QLatin1String(choice));
        if (!choices.isEmpty())
            object.insert(QStringLiteral("choices"), choices);
        const bool isBool = parameter.type == Type::Bool;
        if (parameter.standard)
            object.insert(QStringLiteral("default"),
                          isBool ? QJsonValue(QLatin1String(parameter.standard) == QLatin1String("true"))
                                 : QJsonValue(QLatin1String(parameter.standard)));
        object.insert(QStringLiteral("type"),
                      isBool ? QStringLiteral("bool")
                          : parameter.type == Type::Choice
                          ? QStringLiteral("choice")
                          : QStringLiteral("string")); // a path is one of another machine
        described.append(object);
    }
    QJsonArray steps;
    for (const Step &step : mutantSteps(kind))
        steps.append(QJsonObject{{QStringLiteral("step"), step.id},
                                 {QStringLiteral("title"), step.title},
                                 {QStringLiteral("needs"), QJsonArray::fromStringList(step.needs)},
                                 {QStringLiteral("weight"), 1}});
    return {{QStringLiteral("pipeline"), QLatin1String(name)},
            {QStringLiteral("title"), QLatin1String(title)},
            {QStringLiteral("description"), QString()},
            {QStringLiteral("event_name"), QString()},
            {QStringLiteral("file"), QString()},
            {QStringLiteral("remote"), false},
            {QStringLiteral("parameters"), described},
            {QStringLiteral("steps"), steps}};
}

QString MutantRequest::titleFor(const QJsonObject &message) const
{
    QString about = message[u"user_key"].toString();
    if (about.isEmpty())
        about = message[u"key_name"].toString();
    const QString verb = QString(QLatin1String(name)).replace(u'_', u' ');
    return about.isEmpty() ? verb : verb + u' ' + about.left(100);
}

} // namespace stepwire
