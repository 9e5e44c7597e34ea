#pragma once

#include "core/model/result.h"
#include "core/serve/access/jwt.h"
#include "core/serve/access/scope.h"
#include "core/serve/access/tokens.h"
#include "core/wire/http/http.h"

#include <QByteArrayView>
#include <QStringList>

#include <functional>
#include <optional>

namespace stepwire {

struct AccessOptions
{
    /// Further values of `Host` that are let through, `name:port` or, with the port listened on or none, `name`;
    /// addresses of version 6 in brackets. Compared exactly but for upper and lower case.
    QStringList hosts;
    QStringList origins; ///< further values of `Origin`, such as `https://panel.example`
    QString listenAddress; ///< as listened on; let through as a host unless it stands for all addresses
    Tokens tokens;
    std::optional<JwtVerifier> jwt;
    bool secureCookies = false; ///< the server speaks TLS
    bool queryToken = false; ///< `?token=` is taken, for programs that can set no headers
    std::function<qint64()> nowSeconds; ///< since 1970; the system's clock unless given
};

/// Decides whether a request of the web comes from where it may and who stands behind it. Immutable; for any thread.
/// Every refusal is one sentence, code `notAllowed`; none of them tells a token.
class AccessControl
{
public:
    explicit AccessControl(AccessOptions options);

    /// The one `Host` header is one of ours: `127.0.0.1`, `localhost`, `[::1]` or the listened address with the port,
    /// or one of the settings. Against names that are made to point here (DNS rebinding).
    [[nodiscard]] Result<void> checkHost(const http::Request &request, quint16 port) const;
    /// `Origin` is absent (no browser), `http://` or `https://` with one of our hosts, or one of the settings; `null`
    /// is not. Also to be asked for every WebSocket.
    [[nodiscard]] Result<void> checkOrigin(const http::Request &request, quint16 port) const;

    /// The token that a request carries: `Authorization: Bearer`, else the cookie, else (where it is let) `?token=`;
    /// null where there is none.
    [[nodiscard]] QByteArray tokenOf(const http::Request &request) const;
    /// `data.missing` is true when the request carries no token at all.
    [[nodiscard]] Result<Principal> authenticate(const http::Request &request) const;
    [[nodiscard]] Result<Principal> authenticate(QByteArrayView token) const;
    [[nodiscard]] Result<Principal> authenticate(QStringView token) const; ///< Socket.IO's `auth.token`

    static constexpr char cookieName[] = "stepwire_token";
    /// The value of `Set-Cookie` that keeps a token that was accepted: of no use to scripts and to other sites. Null
    /// for a text that is none.
    [[nodiscard]] QByteArray loginCookie(QByteArrayView token) const;
    [[nodiscard]] QByteArray logoutCookie() const;

    /// What lets the page of an allowed foreign origin see the answer; `Vary: Origin` always. Nothing else for requests
    /// without an origin and for those of our own.
    [[nodiscard]] http::Headers corsHeaders(const http::Request &request, quint16 port) const;
    /// The answer to a page's question (`OPTIONS` with `Access-Control-Request-Method`) whether it may ask.
    [[nodiscard]] http::Headers preflightHeaders(const http::Request &request, quint16 port) const;

private:
    [[nodiscard]] bool isOurHost(QByteArrayView host, quint16 port) const;
    [[nodiscard]] bool isOurOrigin(QByteArrayView origin, quint16 port) const;
    [[nodiscard]] bool isForeignOrigin(QByteArrayView origin) const;

    AccessOptions m_options;
    std::vector<QByteArray> m_ownHosts; ///< without port
    std::vector<QByteArray> m_hosts; ///< of the settings
    std::vector<QByteArray> m_origins;
    QByteArray m_controlDigest;
    QByteArray m_readDigest;
};

} // namespace stepwire
