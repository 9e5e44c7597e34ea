#include "core/serve/dialects/frappe/frappe_login.h"

#include "core/serve/access/tokens.h"

namespace stepwire {

using namespace Qt::StringLiterals;

QString FrappeLogin::hostname(QByteArrayView url)
{
    if (const qsizetype scheme = url.indexOf("://"); scheme >= 0)
        url = url.sliced(scheme + 3);
    url = url.first(url.contains('/') ? url.indexOf('/') : url.size());
    if (url.startsWith('[')) {
        const qsizetype end = url.indexOf(']');
        return QString::fromLatin1(url.first(end < 0 ? url.size() : end + 1));
    }
    return QString::fromLatin1(url.first(url.contains(':') ? url.indexOf(':') : url.size()));
}

bool FrappeLogin::isOfThisHost(const http::Request &request)
{
    return request.count("origin") == 0 || hostname(request.header("origin")) == hostname(request.header("host"));
}

QString FrappeLogin::siteOf(const http::Request &request) const
{
    if (request.count("x-frappe-site-name") > 0)
        return hostname(request.header("x-frappe-site-name"));
    const QString host = hostname(request.header("host"));
    if (!m_site.name.isEmpty() && (host == u"localhost" || host == u"127.0.0.1" || host == u"[::1]"))
        return m_site.name;
    return request.count("origin") > 0 ? hostname(request.header("origin")) : host;
}

QString FrappeLogin::named(const QString &user) const
{
    return user.isEmpty() ? m_site.user : m_site.users.count(user) > 0 ? user : QString();
}

QString FrappeLogin::userOf(const http::Request &request, const QByteArray &sid) const
{
    const auto isToken = [&](QByteArrayView given) {
        return !m_token.isEmpty() && equalInConstantTime(given, m_token);
    };
    const QByteArray authorization = request.header("authorization");
    if (!authorization.isEmpty()) { // is preferred, as there
        const qsizetype space = authorization.indexOf(' ');
        const QByteArray scheme = authorization.left(space).toLower();
        QByteArray given = space < 0 ? QByteArray() : authorization.mid(space + 1).trimmed();
        if (scheme == "bearer")
            return isToken(given) ? m_site.user : QString();
        if (scheme == "basic")
            given = QByteArray::fromBase64(given);
        else if (scheme != "token")
            return {};
        const qsizetype colon = given.indexOf(':');
        if (colon < 0 || !isToken(QByteArrayView(given).sliced(colon + 1)))
            return {};
        return named(QString::fromUtf8(given.left(colon)));
    }
    const QByteArray cookie = request.cookie("sid");
    if (!isToken(cookie.isEmpty() ? sid : cookie))
        return {};
    return named(QString::fromUtf8(QByteArray::fromPercentEncoding(request.cookie("user_id"))));
}

QString FrappeLogin::refusal(const http::Request &request, const QByteArray &sid, bool mainNamespace) const
{
    if (!isOfThisHost(request) || (!mainNamespace && request.count("origin") == 0))
        return u"Invalid origin"_s;
    const bool authorized = !request.header("authorization").isEmpty();
    if (sid.isEmpty() && !authorized && request.header("cookie").isEmpty())
        return u"Missing cookie and authorization header. Either one needed for authentication."_s;
    if (sid.isEmpty() && !authorized && request.cookie("sid").isEmpty())
        return u"No authentication method used. Use cookie or authorization header."_s;
    if (userOf(request, sid).isEmpty())
        return u"Unauthorized"_s;
    return {};
}

} // namespace stepwire
