#pragma once

#include "core/model/quote.h"
#include "core/model/result.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QStringList>

#include <optional>

namespace stepwire::native {

/// Takes typed members out of a request's `params` and remembers the first that does not fit, so that a decoder
/// reads as a list of its members. Unknown members are ignored, as the protocol asks.
class Fields
{
public:
    explicit Fields(const QJsonObject &object) : m_object(object) { }

    [[nodiscard]] bool has(QLatin1String name) const { return !absent(m_object[name]); }

    QString text(QLatin1String name);
    QString requiredText(QLatin1String name);
    /// An id, or nothing when the member is absent.
    QString id(QLatin1String name);
    QString requiredId(QLatin1String name);
    std::optional<bool> boolean(QLatin1String name);
    std::optional<double> number(QLatin1String name);
    std::optional<qint64> integer(QLatin1String name, qint64 least, qint64 most);
    std::optional<QStringList> texts(QLatin1String name);
    QJsonObject object(QLatin1String name);
    [[nodiscard]] QJsonValue raw(QLatin1String name) const { return m_object[name]; }

    void refuse(QLatin1String name, const QString &expected);
    void refuse(const QString &sentence);
    [[nodiscard]] bool failed() const { return m_error.has_value(); }
    [[nodiscard]] const Error &error() const { return *m_error; }

private:
    static bool absent(const QJsonValue &value) { return value.isUndefined() || value.isNull(); }

    const QJsonObject &m_object;
    std::optional<Error> m_error;
};

} // namespace stepwire::native
