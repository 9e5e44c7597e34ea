#pragma once

#include <QJsonObject>
#include <QString>

namespace stepwire {

/// What `[dialects.NAME]` says.
struct DialectSettings
{
    QString name; ///< of a kind
    QString address = QStringLiteral("127.0.0.1"); ///< of loopback
    quint16 port = 0; ///< 0: the one that its clients expect
    QJsonObject members; ///< everything else, as the kind has it

    bool operator==(const DialectSettings &) const = default;
};

} // namespace stepwire
