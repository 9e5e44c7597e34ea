#include "core/serve/access/access.h"

#include "core/model/quote.h"

#include <QCryptographicHash>

#include <algorithm>
#include <ctime>

#include <openssl/crypto.h>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr quint16 httpPort = 80;
static constexpr quint16 httpsPort = 443;

static QByteArray digestOf(QByteArrayView text)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(text);
    return hash.result();
}

static bool same(const QByteArray &digest, const QByteArray &other)
{
    return digest.size() == other.size()
        && CRYPTO_memcmp(digest.constData(), other.constData(), static_cast<std::size_t>(digest.size())) == 0;
}

static bool hasPort(QByteArrayView host)
{
    return host.lastIndexOf(':') > host.lastIndexOf(']');
}

static tl::unexpected<Error> refused(const QString &sentence)
{
    return fail(code::notAllowed, sentence);
}

AccessControl::AccessControl(AccessOptions options) : m_options(std::move(options))
{
    m_ownHosts = {"127.0.0.1", "localhost", "[::1]"};
    QByteArray listened = m_options.listenAddress.toLatin1().toLower();
    if (listened.contains(':') && !listened.startsWith('['))
        listened = '[' + listened + ']';
    const bool any = listened.isEmpty() || listened == "0.0.0.0" || listened == "[::]";
    if (!any && std::find(m_ownHosts.begin(), m_ownHosts.end(), listened) == m_ownHosts.end())
        m_ownHosts.push_back(listened);
    for (const QString &host : m_options.hosts)
        m_hosts.push_back(host.toUtf8().toLower());
    for (const QString &origin : m_options.origins)
        m_origins.push_back(origin.toUtf8().toLower());
    if (!m_options.tokens.control.isEmpty())
        m_controlDigest = digestOf(m_options.tokens.control);
    if (!m_options.tokens.read.isEmpty())
        m_readDigest = digestOf(m_options.tokens.read);
    m_options.tokens = {}; // nothing but the digests is needed any more
    if (!m_options.nowSeconds)
        m_options.nowSeconds = [] { return static_cast<qint64>(std::time(nullptr)); };
}

bool AccessControl::isOurHost(QByteArrayView host, quint16 port) const
{
    const bool usualPort = port == (m_options.secureCookies ? httpsPort : httpPort);
    const QByteArray withPort = ':' + QByteArray::number(port);
    for (const QByteArray &own : m_ownHosts) {
        if (host == own + withPort || (usualPort && host == own))
            return true;
    }
    return std::any_of(m_hosts.begin(), m_hosts.end(), [&](const QByteArray &allowed) {
        return host == allowed || (!hasPort(allowed) && host == allowed + withPort);
    });
}

bool AccessControl::isOurOrigin(QByteArrayView origin, quint16 port) const
{
    for (const QByteArrayView scheme : {QByteArrayView("http://"), QByteArrayView("https://")}) {
        if (origin.startsWith(scheme) && isOurHost(origin.sliced(scheme.size()), port))
            return true;
    }
    return false;
}

bool AccessControl::isForeignOrigin(QByteArrayView origin) const
{
    return std::find(m_origins.begin(), m_origins.end(), origin) != m_origins.end();
}

Result<void> AccessControl::checkHost(const http::Request &request, quint16 port) const
{
    if (const int count = request.count("host"); count != 1)
        return refused(count == 0 ? u"the request has no Host header"_s
                                  : u"the request has %1 Host headers, expected one"_s.arg(count));
    const QByteArray host = request.header("host");
    if (!isOurHost(host.toLower(), port))
        return refused(
            u"Host %1 is not allowed here, hosts in [web] may add it"_s.arg(quoted(QString::fromUtf8(host))));
    return {};
}

Result<void> AccessControl::checkOrigin(const http::Request &request, quint16 port) const
{
    const int count = request.count("origin");
    if (count == 0)
        return {};
    const QByteArray origin = request.header("origin");
    if (count > 1 || !(isOurOrigin(origin, port) || isForeignOrigin(origin)))
        return refused(
            u"Origin %1 is not allowed here, origins in [web] may add it"_s.arg(quoted(QString::fromUtf8(origin))));
    return {};
}

QByteArray AccessControl::tokenOf(const http::Request &request) const
{
    constexpr QByteArrayView scheme("bearer ");
    const QByteArray authorization = request.header("authorization");
    if (authorization.left(scheme.size()).toLower() == scheme) {
        const QByteArray token = authorization.sliced(scheme.size()).trimmed();
        return token.isNull() ? QByteArray("") : token;
    }
    if (const QByteArray cookie = request.cookie(cookieName); !cookie.isNull())
        return cookie;
    return m_options.queryToken ? request.queryValue("token") : QByteArray();
}

Result<Principal> AccessControl::authenticate(const http::Request &request) const
{
    const QByteArray token = tokenOf(request);
    if (token.isNull())
        return fail(code::notAllowed, u"a token is needed, as Authorization: Bearer or in the page's cookie"_s,
                    {{u"missing"_s, true}});
    return authenticate(QByteArrayView(token));
}

Result<Principal> AccessControl::authenticate(QByteArrayView token) const
{
    if (token.size() > JwtVerifier::mostBytes)
        return refused(u"the token has %1 bytes, expected at most %2"_s.arg(token.size()).arg(JwtVerifier::mostBytes));
    const QByteArray digest = digestOf(token);
    const bool control = same(m_controlDigest, digest);
    const bool read = same(m_readDigest, digest);
    if (control || read)
        return Principal{control ? Scope::Control : Scope::Read, u"token"_s, {}};
    if (m_options.jwt && token.contains('.'))
        return m_options.jwt->verify(token, m_options.nowSeconds());
    return refused(u"the token is not one of this hub"_s);
}

Result<Principal> AccessControl::authenticate(QStringView token) const
{
    return authenticate(QByteArrayView(token.toUtf8()));
}

QByteArray AccessControl::loginCookie(QByteArrayView token) const
{
    const bool clean = !token.isEmpty() && token.size() <= JwtVerifier::mostBytes
        && std::all_of(token.begin(), token.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'
                   || c == '.';
           });
    if (!clean)
        return {};
    return QByteArray(cookieName) + '=' + token.toByteArray() + "; HttpOnly; SameSite=Strict; Path=/"
        + (m_options.secureCookies ? "; Secure" : "");
}

QByteArray AccessControl::logoutCookie() const
{
    return QByteArray(cookieName) + "=; Max-Age=0; HttpOnly; SameSite=Strict; Path=/"
        + (m_options.secureCookies ? "; Secure" : "");
}

http::Headers AccessControl::corsHeaders(const http::Request &request, quint16 port) const
{
    http::Headers headers{{"Vary", "Origin"}};
    const QByteArray origin = request.header("origin");
    const QByteArray host = request.header("host").toLower();
    if (origin.isEmpty() || origin == "http://" + host || origin == "https://" + host)
        return headers;
    if (request.count("origin") == 1 && (isOurOrigin(origin, port) || isForeignOrigin(origin))) {
        headers.emplace_back("Access-Control-Allow-Origin", origin);
        headers.emplace_back("Access-Control-Allow-Credentials", "true");
    }
    return headers;
}

http::Headers AccessControl::preflightHeaders(const http::Request &request, quint16 port) const
{
    http::Headers headers = corsHeaders(request, port);
    if (headers.size() == 1)
        return headers;
    headers.emplace_back("Access-Control-Allow-Methods", "GET, POST");
    headers.emplace_back("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID");
    headers.emplace_back("Access-Control-Max-Age", "600");
    return headers;
}

} // namespace stepwire
