#pragma once

#include "core/hub/hub.h"
#include "core/serve/client_queue.h"
#include "core/wire/native/native.h"
#include "core/wire/native/rpc.h"

#include <QLocalServer>
#include <QLocalSocket>
#include <QObject>
#include <QSocketNotifier>

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
        int mostClients = 256;
        ClientQueue::Limits queue;
    };

    LocalServer(Hub &hub, Options options);
    ~LocalServer() override;

    [[nodiscard]] Result<void> listen();
    /// Takes no more clients, gives those there are what waits for them, then closes; `done` is called when all have
    /// gone or after `deadlineMs`.
    void drain(int deadlineMs, std::function<void()> done);

    [[nodiscard]] std::size_t clients() const { return m_clients.size(); }
    /// Called whenever a client has come or gone.
    void onClientsChanged(std::function<void()> callback) { m_clientsChanged = std::move(callback); }

private:
    struct Client
    {
        quint64 id = 0;
        std::unique_ptr<QLocalSocket> socket;
        std::unique_ptr<QSocketNotifier> writable;
        ClientQueue queue;
        QByteArrayList sending; ///< handed to the socket, the first perhaps in part
        qsizetype frontOffset = 0;
        std::optional<native::Subscribe> subscription;
        bool dirty = false;
        bool full = false;
        bool paused = false; ///< owes us the reading of its answers: its lines wait in the socket
        int outstanding = 0; ///< calls that are not answered yet
        bool closing = false;
    };

    void onConnection();
    void readLines(quint64 id);
    void resumeReading(Client &client);
    void handleLine(Client &client, const QByteArray &line);
    void handleCall(Client &client, const native::Call &call);
    void subscribe(Client &client, const native::Call &call, const native::Subscribe &subscribe);
    void send(Client &client, const QByteArray &message);
    void sendSnapshot(Client &client);
    void onEvent(const EventPtr &event);
    void markDirty(Client &client);
    void flushDirty();
    void flush(Client &client);
    void close(quint64 id);
    [[nodiscard]] native::Hello hello() const;

    Hub &m_hub;
    Options m_options;
    QLocalServer m_server;
    Subscription m_subscription;
    std::unordered_map<quint64, std::unique_ptr<Client>> m_clients;
    quint64 m_nextClient = 1;
    std::vector<quint64> m_dirty;
    bool m_flushPosted = false;
    bool m_draining = false;
    std::function<void()> m_drained;
    std::function<void()> m_clientsChanged;
};

} // namespace stepwire
