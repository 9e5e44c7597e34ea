#include "core/serve/dialects/mutant/mutant_dialect.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QJsonArray>

#include <algorithm>

namespace stepwire::mutant {

using namespace Qt::StringLiterals;

static tl::unexpected<Error> wrong(const QString &what, const QJsonValue &value, QStringView expected)
{
    return fail(u"%1 is %2, expected %3"_s.arg(what, quoted(value), expected));
}

static tl::unexpected<Error> unknown(const QString &what, const QString &name, const QStringList &known)
{
    const QString near = nearest(name, known);
    return fail(u"%1 has no %2, %3"_s.arg(what, quoted(name),
                                          near.isEmpty() ? u"expected one of "_s + known.join(u", ")
                                                         : u"did you mean "_s + quoted(near)));
}

static Result<Settings::Pipeline> readPipeline(const QString &where, const QJsonValue &value)
{
    Settings::Pipeline pipeline;
    if (!value.isString() && !value.isObject())
        return wrong(where, value, u"a pipeline's name or a table");
    pipeline.name = value.isString() ? value.toString() : value[u"pipeline"].toString();
    if (!isValidId(pipeline.name))
        return wrong(value.isString() ? where : where + u".pipeline"_s, value.isString() ? value : value[u"pipeline"],
                     u"the name of a pipeline");
    const QJsonObject table = value.toObject();
    for (const QString &key : table.keys()) {
        if (key != u"pipeline" && key != u"params")
            return unknown(where, key, {u"pipeline"_s, u"params"_s});
    }
    if (!table.contains(u"params"))
        return pipeline;
    if (!table[u"params"].isObject())
        return wrong(where + u".params"_s, table[u"params"], u"a table");
    pipeline.params = table[u"params"].toObject();
    return pipeline;
}

Result<Settings> Settings::read(const QJsonObject &members)
{
    const QString here = u"[dialects.mutant]"_s;
    Settings settings;
    for (const QString &key : members.keys()) {
        const QJsonValue value = members[key];
        if (key == u"token") {
            if (!value.isBool())
                return wrong(here + u" token"_s, value, u"true or false");
            settings.token = value.toBool();
        } else if (key == u"origins") {
            for (const QJsonValue &origin : value.toArray())
                settings.origins.append(origin.toString());
            if (!value.isArray() || settings.origins.contains(QString()))
                return wrong(here + u" origins"_s, value, u"an array such as [\"http://localhost:8080\"]");
        } else if (key == u"pipelines") {
            if (!value.isObject())
                return wrong(here + u" pipelines"_s, value, u"a table");
            const QJsonObject table = value.toObject();
            for (const QString &name : table.keys()) {
                const auto facts = std::find_if(kinds().begin(), kinds().end(), [&](const KindFacts &known) {
                    return known.name && name == QLatin1String(known.name);
                });
                if (facts == kinds().end()) {
                    QStringList names;
                    for (const KindFacts &known : kinds()) {
                        if (known.name)
                            names.append(QLatin1String(known.name));
                    }
                    return unknown(u"[dialects.mutant.pipelines]"_s, name, names);
                }
                auto pipeline = readPipeline(u"[dialects.mutant.pipelines] "_s + name, table[name]);
                if (!pipeline)
                    return tl::unexpected(pipeline.error());
                settings.pipelines.emplace(facts->kind, std::move(*pipeline));
            }
        } else {
            return unknown(here, key, {u"enabled"_s, u"listen"_s, u"origins"_s, u"pipelines"_s, u"token"_s});
        }
    }
    return settings;
}

QJsonObject Settings::paramsOf(const Pipeline &pipeline, const QJsonObject &members)
{
    if (!pipeline.params)
        return members;
    QJsonObject params;
    for (auto it = pipeline.params->begin(); it != pipeline.params->end(); ++it) {
        if (!it->isString()) {
            params.insert(it.key(), *it);
            continue;
        }
        const QString pattern = it->toString();
        QString text;
        qsizetype from = 0;
        bool single = false;
        // What a client has sent is not looked at again: it may hold braces of its own.
        for (qsizetype at; (at = pattern.indexOf(u"{{", from)) >= 0;) {
            const qsizetype end = pattern.indexOf(u"}}", at);
            const QString name = end < 0 ? QString() : pattern.mid(at + 2, end - at - 2).trimmed();
            if (end < 0 || !members.contains(name))
                break;
            single = at == 0 && end + 2 == pattern.size();
            if (single) {
                params.insert(it.key(), members[name]);
                break;
            }
            text += QStringView(pattern).sliced(from, at - from);
            text +=
                members[name].isBool() ? (members[name].toBool() ? u"true"_s : u"false"_s) : members[name].toString();
            from = end + 2;
        }
        if (!single)
            params.insert(it.key(), text + pattern.mid(from));
    }
    return params;
}

} // namespace stepwire::mutant
