#include "core/remote/foreign/slop_settings.h"

#include "core/model/quote.h"

namespace stepwire {

static Result<QStringList> readNamespaces(const QString &text)
{
    QStringList list;
    for (const QString &part : text.split(u',', Qt::SkipEmptyParts)) {
        QString nsp = part.trimmed();
        if (!nsp.startsWith(u'/'))
            nsp.prepend(u'/');
        if (nsp == u"/")
            continue;
        if (nsp != u"/media" && nsp != u"/notifications")
            return fail(code::invalidParams,
                        QStringLiteral("setting namespaces is %1, expected / alone or some of /media, /notifications")
                            .arg(quoted(text)));
        if (!list.contains(nsp))
            list.append(nsp);
    }
    return list;
}

Result<SlopSettings> SlopSettings::parse(const QJsonObject &given, const QJsonObject &secrets)
{
    const auto text = [&](const char *name) { return given.value(QLatin1String(name)).toString().trimmed(); };
    const auto secret = [&](const char *name) {
        const QLatin1String key(name);
        return (secrets.contains(key) ? secrets : given).value(key).toString().trimmed();
    };
    SlopSettings settings;
    settings.url = QUrl(text("url"), QUrl::StrictMode);
    const QStringList schemes{QStringLiteral("http"), QStringLiteral("https"), QStringLiteral("ws"),
                              QStringLiteral("wss")};
    if (!settings.url.isValid() || settings.url.host().isEmpty() || !schemes.contains(settings.url.scheme()))
        return fail(
            code::invalidParams,
            QStringLiteral("setting url is %1, expected an address like http://host:3000").arg(quoted(text("url"))));
    if (!settings.url.userInfo().isEmpty())
        return fail(code::invalidParams,
                    QStringLiteral("setting url has a user or password in it, which do not belong there"));
    if (const QString path = text("path"); !path.isEmpty()) {
        if (!path.startsWith(u'/') || path.contains(u'?') || path.contains(u'#'))
            return fail(code::invalidParams,
                        QStringLiteral("setting path is %1, expected one like /socket.io/").arg(quoted(path)));
        settings.path = path.endsWith(u'/') ? path : path + u'/';
    }
    if (const QString names = text("namespaces"); !names.isEmpty()) {
        const auto namespaces = readNamespaces(names);
        if (!namespaces)
            return tl::unexpected(namespaces.error());
        settings.namespaces = *namespaces;
    }
    constexpr qsizetype mostRooms = 100;
    for (const QString &room : text("rooms").split(u',', Qt::SkipEmptyParts))
        settings.rooms.append(room.trimmed());
    if (settings.rooms.size() > mostRooms)
        return fail(code::invalidParams,
                    QStringLiteral("setting rooms has %1 names, expected 100 at most").arg(settings.rooms.size()));
    settings.token = secret("token");
    settings.session = secret("session");
    if (settings.token.isEmpty() && settings.session.isEmpty())
        return fail(code::invalidParams,
                    QStringLiteral("setting token is missing: the server lets nobody in without it or session"));
    return settings;
}

} // namespace stepwire
