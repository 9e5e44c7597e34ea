#include "core/serve/web_page.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>

#include <algorithm>

namespace stepwire {

// Nothing but what this server sends: no script or style within the page, no other host, no frame around it.
static const QByteArray contentPolicy =
    QByteArrayLiteral("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' "
                      "data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");

static QByteArray contentType(const QString &name)
{
    if (name.endsWith(u".html"))
        return QByteArrayLiteral("text/html; charset=utf-8");
    if (name.endsWith(u".js"))
        return QByteArrayLiteral("text/javascript; charset=utf-8");
    if (name.endsWith(u".css"))
        return QByteArrayLiteral("text/css; charset=utf-8");
    return QByteArrayLiteral("image/svg+xml");
}

/// If-None-Match names this version, or any (RFC 9110, 13.1.2). Tags are compared weakly.
static bool names(const QByteArray &ifNoneMatch, const QByteArray &etag)
{
    const QByteArrayList tags = ifNoneMatch.split(',');
    return std::any_of(tags.begin(), tags.end(), [&](const QByteArray &listed) {
        const QByteArray tag = listed.trimmed();
        return tag == "*" || tag == etag || tag == "W/" + etag;
    });
}

WebPage::WebPage(WebServer &web)
{
    const QDir folder(QStringLiteral(":/page"));
    for (const QString &name : folder.entryList(QDir::Files)) {
        QFile file(folder.filePath(name));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        File made;
        made.content = file.readAll();
        made.etag = '"' + QCryptographicHash::hash(made.content, QCryptographicHash::Sha256).toHex().first(32) + '"';
        made.headers = {{"Content-Type", contentType(name)},
                        {"Cache-Control", "no-cache"}, // kept, but asked for: a hub may have been updated
                        {"ETag", made.etag},
                        {"Content-Security-Policy", contentPolicy},
                        {"X-Content-Type-Options", "nosniff"},
                        {"Referrer-Policy", "no-referrer"}};
        m_files.emplace(name == u"index.html" ? QByteArrayLiteral("/") : "/page/" + name.toUtf8(), std::move(made));
    }
    for (const char *path : {"/", "/page/"}) {
        web.http().route(path, [this](const http::ExchangePtr &exchange) { answer(*exchange); });
        web.openPath(path);
    }
}

void WebPage::answer(http::Exchange &exchange) const
{
    const http::Request &request = exchange.request();
    const auto file = m_files.find(request.path);
    if (file == m_files.end())
        return exchange.refuse(404, "there is nothing at " + request.path);
    if (request.method != "GET" && request.method != "HEAD")
        return exchange.respond(405, {{"Allow", "GET, HEAD"}}, {});
    if (names(request.header("if-none-match"), file->second.etag))
        return exchange.respond(304, file->second.headers, {});
    exchange.respond(200, file->second.headers, file->second.content);
}

} // namespace stepwire
