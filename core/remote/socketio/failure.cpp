#include "core/remote/socketio/failure.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

namespace stepwire::engineio::client {

QString serverName(const QUrl &url)
{
    return url.toString(QUrl::RemoveUserInfo | QUrl::RemovePath | QUrl::RemoveQuery | QUrl::RemoveFragment);
}

Failure oldServer(const QUrl &url)
{
    return {
        FailureKind::OldProtocol,
        QStringLiteral("%1 runs Socket.IO 2.x or older (Engine.IO 3), which is not spoken here: it needs Socket.IO 3 "
                       "or newer")
            .arg(serverName(url))};
}

Failure httpFailure(const QUrl &url, int status, const QByteArray &body, const QByteArray &location)
{
    const QJsonObject object = QJsonDocument::fromJson(body).object();
    const QString message = object.value(QStringLiteral("message")).toString();
    if (!object.value(QStringLiteral("code")).isDouble() || message.isEmpty()) {
        const QString where = location.isEmpty()
            ? QString()
            : QStringLiteral(" (it points to %1)").arg(QString::fromUtf8(location.first(qMin(200, location.size()))));
        return {FailureKind::NotSocketIo,
                QStringLiteral("%1 answers with HTTP status %2 where Socket.IO was expected%3")
                    .arg(serverName(url))
                    .arg(status)
                    .arg(where),
                status};
    }
    // The codes of Engine.IO.
    switch (object.value(QStringLiteral("code")).toInt()) {
    case 4:
        return {FailureKind::Refused, QStringLiteral("%1 refuses the connection: %2").arg(serverName(url), message),
                status};
    case 5:
        return {FailureKind::OldProtocol,
                QStringLiteral("%1 does not speak Engine.IO 4: %2").arg(serverName(url), message), status};
    default:
        return {FailureKind::Protocol, QStringLiteral("%1 refuses the connection: %2").arg(serverName(url), message),
                status};
    }
}

Failure payloadFailure(const QUrl &url, const QByteArray &body, const QByteArray &contentType, bool handshake)
{
    if (!handshake)
        return {FailureKind::Protocol, QStringLiteral("%1 sends what is no packet of Engine.IO").arg(serverName(url))};
    // Engine.IO 3 puts a length before each packet, in digits or, where it thinks that bytes can be read, in binary.
    static const QRegularExpression lengthFirst(QStringLiteral("^[0-9]{1,6}:0\\{"));
    const bool binaryLength = body.size() > 3 && (body[0] == '\0' || body[0] == '\1')
        && body.first(qMin<qsizetype>(body.size(), 12)).contains('\xff');
    if (binaryLength || lengthFirst.match(QString::fromLatin1(body.first(qMin<qsizetype>(body.size(), 20)))).hasMatch())
        return oldServer(url);
    const QString kind = contentType.isEmpty()
        ? QString()
        : QStringLiteral(" (%1)").arg(QString::fromLatin1(contentType.first(qMin<qsizetype>(contentType.size(), 80))));
    return {FailureKind::NotSocketIo,
            QStringLiteral("%1 answers, but not as a Socket.IO server does%2").arg(serverName(url), kind)};
}

} // namespace stepwire::engineio::client
