#include "core/remote/foreign/json_path.h"

#include "core/model/quote.h"

#include <QJsonObject>

#include <cmath>

namespace stepwire {

static constexpr int mostParts = 32;

static tl::unexpected<Error> badPath(const QString &text)
{
    return fail(code::invalidParams,
                QStringLiteral("%1 is no path, expected one like data.items[0].percent, $[1].percent or $event")
                    .arg(quoted(text)));
}

Result<JsonPath> JsonPath::parse(const QString &text)
{
    JsonPath path;
    if (text == QStringLiteral("$event")) {
        path.m_root = Root::Event;
        return path;
    }
    qsizetype at = 0;
    if (text.startsWith(u'$')) {
        path.m_root = Root::Arguments;
        at = 1;
    }
    bool name = path.m_root == Root::First; // one may stand here without a dot before it
    while (at < text.size()) {
        if (text[at] == u'[') {
            const qsizetype end = text.indexOf(u']', at);
            bool ok = false;
            const int index = end < 0 ? -1 : QStringView(text).sliced(at + 1, end - at - 1).toInt(&ok);
            if (!ok || index < 0)
                return badPath(text);
            path.m_parts.emplace_back(index);
            at = end + 1;
        } else {
            if (text[at] == u'.' && !name)
                ++at;
            else if (!name)
                return badPath(text);
            qsizetype end = at;
            while (end < text.size() && !QStringView(u".[]").contains(text[end]))
                ++end;
            if (end == at)
                return badPath(text);
            path.m_parts.emplace_back(text.mid(at, end - at));
            at = end;
        }
        name = false;
        if (path.m_parts.size() > mostParts)
            return badPath(text);
    }
    if (text.isEmpty() || (path.m_root == Root::Arguments && path.m_parts.empty()))
        return badPath(text);
    return path;
}

QJsonValue JsonPath::in(const QString &event, const QJsonArray &arguments) const
{
    if (m_root == Root::Event)
        return event;
    QJsonValue value = m_root == Root::Arguments ? QJsonValue(arguments) : arguments.at(0);
    for (const auto &part : m_parts) {
        if (const auto *name = std::get_if<QString>(&part))
            value = value.isObject() ? value.toObject().value(*name) : QJsonValue(QJsonValue::Undefined);
        else
            value = value.isArray() ? value.toArray().at(std::get<int>(part)) : QJsonValue(QJsonValue::Undefined);
    }
    return value;
}

std::optional<double> numberOf(const QJsonValue &value)
{
    if (value.isDouble())
        return value.toDouble();
    if (!value.isString() || value.toString().size() > 64)
        return std::nullopt;
    QString text = value.toString().trimmed();
    if (text.endsWith(u'%'))
        text.chop(1);
    bool ok = false;
    const double number = text.trimmed().toDouble(&ok);
    return ok && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

QString lineOf(const QJsonValue &value, qsizetype most)
{
    switch (value.type()) {
    case QJsonValue::String: {
        QString line = plainLine(QStringView(value.toString()).left(most * 4)).trimmed();
        if (line.size() > most)
            line = line.left(most - 1) + u'…';
        return line;
    }
    case QJsonValue::Double: return QString::number(value.toDouble(), 'g', 15);
    case QJsonValue::Bool: return value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
    default: return {};
    }
}

} // namespace stepwire
