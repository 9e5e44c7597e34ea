#include "core/wire/native/fields.h"

#include "core/model/ids.h"

#include <cmath>

namespace stepwire::native {

void Fields::refuse(const QString &sentence)
{
    if (!m_error)
        m_error = Error{code::invalidParams, sentence, {}};
}

void Fields::refuse(QLatin1String name, const QString &expected)
{
    refuse(QStringLiteral("%1 is %2, expected %3").arg(name, quoted(m_object[name]), expected));
}

QString Fields::text(QLatin1String name)
{
    const QJsonValue value = m_object[name];
    if (absent(value))
        return {};
    if (!value.isString() || value.toString().contains(QChar(u'\0'))) {
        refuse(name, QStringLiteral("text"));
        return {};
    }
    return value.toString();
}

QString Fields::requiredText(QLatin1String name)
{
    const QString value = text(name);
    if (value.isEmpty())
        refuse(name, QStringLiteral("text"));
    return value;
}

QString Fields::id(QLatin1String name)
{
    const QString value = text(name);
    if (!value.isEmpty() && !isValidId(value))
        refuse(name, QStringLiteral("1 to 64 of the characters A-Z a-z 0-9 _ -"));
    return value;
}

QString Fields::requiredId(QLatin1String name)
{
    const QString value = id(name);
    if (value.isEmpty())
        refuse(name, QStringLiteral("1 to 64 of the characters A-Z a-z 0-9 _ -"));
    return value;
}

std::optional<bool> Fields::boolean(QLatin1String name)
{
    const QJsonValue value = m_object[name];
    if (absent(value))
        return {};
    if (!value.isBool()) {
        refuse(name, QStringLiteral("true or false"));
        return {};
    }
    return value.toBool();
}

std::optional<double> Fields::number(QLatin1String name)
{
    const QJsonValue value = m_object[name];
    if (absent(value))
        return {};
    if (!value.isDouble()) {
        refuse(name, QStringLiteral("a number"));
        return {};
    }
    return value.toDouble();
}

std::optional<qint64> Fields::integer(QLatin1String name, qint64 least, qint64 most)
{
    const QJsonValue value = m_object[name];
    if (absent(value))
        return {};
    const double number = value.toDouble(std::nan(""));
    if (!value.isDouble() || number != std::floor(number) || number < static_cast<double>(least)
        || number > static_cast<double>(most)) {
        refuse(name, QStringLiteral("a whole number from %1 to %2").arg(least).arg(most));
        return {};
    }
    return value.toInteger();
}

std::optional<QStringList> Fields::texts(QLatin1String name)
{
    const QJsonValue value = m_object[name];
    if (absent(value))
        return {};
    QStringList list;
    const QJsonArray array = value.toArray();
    for (const QJsonValue &element : array) {
        if (!element.isString() || element.toString().contains(QChar(u'\0')))
            break;
        list.append(element.toString());
    }
    if (!value.isArray() || list.size() != array.size()) {
        refuse(name, QStringLiteral("an array of texts"));
        return {};
    }
    return list;
}

QJsonObject Fields::object(QLatin1String name)
{
    const QJsonValue value = m_object[name];
    if (absent(value))
        return {};
    if (!value.isObject())
        refuse(name, QStringLiteral("an object"));
    return value.toObject();
}

} // namespace stepwire::native
