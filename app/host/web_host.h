#pragma once

#include "app/host/paths.h"
#include "app/host/web_settings.h"
#include "core/serve/metrics.h"
#include "core/serve/socketio_face.h"
#include "core/serve/web_page.h"
#include "core/serve/web_server.h"

#include <functional>
#include <memory>
#include <optional>

namespace stepwire {

/// The web carriers of a hub as the settings ask for them: tokens, certificate, port, and the file that tells where.
/// Lives on the hub's thread.
class WebHost
{
public:
    WebHost(Hub &hub, EventTexts &texts, io::Reactor &reactor, QString server);
    ~WebHost();

    /// Listens; gives the address as a URL. One sentence where it cannot be.
    [[nodiscard]] Result<QString> start(const WebSettings &settings, const Paths &paths);
    void onClientsChanged(std::function<void()> callback) { m_clientsChanged = std::move(callback); }
    /// Followers: those that only ask now and then do not count.
    [[nodiscard]] std::size_t clients() const;
    /// `local` is the carrier that is not ours.
    void drain(int deadlineMs, std::function<void()> done);
    void setLocal(std::function<CarrierMetrics()> local) { m_local = std::move(local); }

private:
    [[nodiscard]] QByteArray metrics() const;

    Hub &m_hub;
    EventTexts &m_texts;
    io::Reactor &m_reactor;
    QString m_server;
    QString m_file; ///< that tells the URL
    std::unique_ptr<WebPage> m_page; ///< answers requests of the server that follows
    std::unique_ptr<WebServer> m_web;
    std::unique_ptr<SocketIoFace> m_socketIo;
    std::function<void()> m_clientsChanged;
    std::function<CarrierMetrics()> m_local;
};

} // namespace stepwire
