#pragma once

#include "core/hub/hub.h"
#include "core/serve/dialects/frappe/frappe_login.h"
#include "core/serve/dialects/frappe/frappe_story.h"
#include "core/serve/dialects/frappe/frappe_updates.h"
#include "core/serve/http/http_server.h"

namespace stepwire {

/// `/api/method/…`: who somebody is, what they may read, the poll for progress, and methods that run pipelines.
/// Lives on the hub's thread; what it is made of must outlive it.
class FrappeWeb
{
public:
    FrappeWeb(Hub &hub, const FrappeSite &site, const FrappeLogin &login, FrappeStory &story, FrappeUpdates &updates)
        : m_hub(hub), m_site(site), m_login(login), m_story(story), m_updates(updates)
    {
    }

    void attach(http::Server &server);

    /// For pages of this host, whatever its port is.
    [[nodiscard]] static http::Headers corsHeaders(const http::Request &request);

private:
    void handle(const http::ExchangePtr &exchange);
    void logIn(const http::ExchangePtr &exchange, const QJsonObject &arguments);
    void poll(const http::ExchangePtr &exchange, const QString &user, const QJsonObject &arguments);
    void run(const http::ExchangePtr &exchange, const QString &user, const FrappeSite::Method &method,
             const QJsonObject &arguments);

    Hub &m_hub;
    const FrappeSite &m_site;
    const FrappeLogin &m_login;
    FrappeStory &m_story;
    FrappeUpdates &m_updates;
    std::shared_ptr<const bool> m_alive = std::make_shared<bool>(true);
};

} // namespace stepwire
