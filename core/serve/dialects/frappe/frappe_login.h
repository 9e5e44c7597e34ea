#pragma once

#include "core/serve/dialects/frappe/frappe_site.h"
#include "core/wire/http/http.h"

namespace stepwire {

/// Who a request comes from, as Frappe finds out: a session by the cookie `sid`, or `Authorization: token KEY:SECRET`
/// (or Basic with the same, or Bearer). `sid`, SECRET and the bearer are the hub's token; which user it is, the cookie
/// `user_id` or KEY says, else it is the site's. Pure.
class FrappeLogin
{
public:
    FrappeLogin(const FrappeSite &site, QByteArray token) : m_site(site), m_token(std::move(token)) { }

    /// The user's name; null for nobody whom we know. `sid` is what the client gave besides its headers.
    [[nodiscard]] QString userOf(const http::Request &request, const QByteArray &sid = {}) const;

    /// Why realtime refuses the client, in the words of Frappe 15 and in its order; null: it is let in. The namespace
    /// was looked at before. In the main namespace, where Frappe asks nothing at all, no Origin is needed.
    [[nodiscard]] QString refusal(const http::Request &request, const QByteArray &sid, bool mainNamespace) const;

    /// Which site the client means (frappe/realtime/utils.js, get_site_name).
    [[nodiscard]] QString siteOf(const http::Request &request) const;

    /// The name in `http://name:port/…` or `name:port`; null for nothing.
    [[nodiscard]] static QString hostname(QByteArrayView url);
    /// No page of elsewhere asks: there is no Origin, or it is of this host.
    [[nodiscard]] static bool isOfThisHost(const http::Request &request);

private:
    [[nodiscard]] QString named(const QString &user) const;

    const FrappeSite &m_site;
    QByteArray m_token;
};

} // namespace stepwire
