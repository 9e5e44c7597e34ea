#pragma once

#include "core/serve/native_session.h"

#include <QObject>

#include <memory>
#include <unordered_map>

namespace stepwire {

/// The native protocol on a Unix socket: one JSON object a line. Lives on the hub's thread.
class LocalServer : public QObject
{
public:
    struct Options
    {
        QString path;
        QString socketDir; ///< told in `hello`
        QString server; ///< name and version, told in `hello`
        std::size_t mostClients = 256;
        LogReader::Limits limits;
    };

    LocalServer(Hub &hub, EventTexts &texts, io::Reactor &reactor, Options options);
    ~LocalServer() override;

    [[nodiscard]] Result<void> listen();
    /// Takes no more clients, gives those there are what waits for them, then closes; `done` is called when all have
    /// gone or after `deadlineMs`.
    void drain(int deadlineMs, std::function<void()> done);

    [[nodiscard]] std::size_t clients() const { return m_clients.size(); }
    [[nodiscard]] const Feed &feed() const { return m_feed; }
    /// Called whenever a client has come or gone.
    void onClientsChanged(std::function<void()> callback) { m_clientsChanged = std::move(callback); }

private:
    class Client;

    void accept(int descriptor);
    void stopListening();
    void gone(quint64 id);

    Hub &m_hub;
    io::Reactor &m_reactor;
    Options m_options;
    StreamCarrier m_stream;
    Feed m_feed;
    int m_listening = -1;
    std::unordered_map<quint64, Client *> m_clients;
    bool m_draining = false;
    std::function<void()> m_drained;
    std::function<void()> m_clientsChanged;
};

} // namespace stepwire
