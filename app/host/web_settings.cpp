#include "app/host/web_settings.h"

#include <QHostAddress>

namespace stepwire {

std::optional<std::pair<QString, quint16>> listenAddress(const QString &text)
{
    const qsizetype colon = text.lastIndexOf(u':');
    if (colon < 1)
        return {};
    bool ok = false;
    const quint16 port = text.sliced(colon + 1).toUShort(&ok);
    QString host = text.first(colon);
    const bool bracketed = host.startsWith(u'[') && host.endsWith(u']');
    if (bracketed)
        host = host.sliced(1, host.size() - 2);
    if (host == u"localhost")
        host = QStringLiteral("127.0.0.1");
    QHostAddress address;
    if (!ok || !address.setAddress(host) || bracketed != host.contains(u':'))
        return {};
    return std::pair(address.toString(), port);
}

} // namespace stepwire
