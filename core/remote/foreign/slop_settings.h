#pragma once

#include "core/model/result.h"

#include <QStringList>
#include <QUrl>

namespace stepwire {

/// How a server of Slop Studios 3 is reached.
struct SlopSettings
{
    QUrl url;
    QString path = QStringLiteral("/socket.io/");
    QString token;
    QString session;
    QStringList rooms;
    QStringList namespaces = {QStringLiteral("/media"), QStringLiteral("/notifications")}; ///< besides `/`

    /// Fails with one sentence that names the setting.
    [[nodiscard]] static Result<SlopSettings> parse(const QJsonObject &given, const QJsonObject &secrets);
};

} // namespace stepwire
