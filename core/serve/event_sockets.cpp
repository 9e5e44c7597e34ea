#include "core/serve/event_sockets.h"

#include "core/serve/unix_listener.h"
#include "core/wire/dotfiles/dotfiles.h"

#include <QFile>
#include <QTimer>

#include <algorithm>

#include <sys/socket.h>
#include <unistd.h>

namespace stepwire {

static constexpr int endDeadlineMs = 5000;

struct EventSockets::Channel
{
    QString job;
    QString path;
    int listening = -1;
    std::deque<QByteArray> history;
    std::map<quint64, Client *> clients; ///< by connection
    bool ending = false;
};

class EventSockets::Client final : public io::Protocol
{
public:
    Client(EventSockets &sockets, Channel &channel) : m_sockets(sockets), m_channel(channel) { }

    /// What waits behind a client that does not read gives way, the oldest first.
    void give(io::Connection &connection, const QByteArray &frame)
    {
        if (!connection.stalled())
            return connection.send(frame);
        m_waiting.push_back(frame);
        if (m_waiting.size() > mostQueued)
            m_waiting.pop_front();
    }

    void endWhenSent(io::Connection &connection) const
    {
        if (m_waiting.empty())
            connection.closeWhenSent(endDeadlineMs);
    }

private:
    /// Nothing that a client sends means anything here.
    qsizetype received(io::Connection & /*connection*/, QByteArrayView bytes) override { return bytes.size(); }
    void drained(io::Connection &connection) override
    {
        for (const QByteArray &frame : std::exchange(m_waiting, {}))
            connection.send(frame);
        if (m_channel.ending)
            endWhenSent(connection);
    }
    void closed(io::Connection &connection) override { m_sockets.gone(m_channel, connection.id()); }

    EventSockets &m_sockets;
    Channel &m_channel;
    std::deque<QByteArray> m_waiting;
};

EventSockets::EventSockets(Hub &hub, io::Reactor &reactor, QString folder,
                           std::function<void(const QString &, const QString &)> warn)
    : EventSockets(hub, reactor,
                   Doors{[this](const Job &job) -> Result<Door> {
                             const QString path = pathFor(job);
                             const Result<int> descriptor = listenUnix(path);
                             if (!descriptor)
                                 return tl::unexpected(descriptor.error());
                             return Door{*descriptor, path};
                         },
                         peerIsUs},
                   std::move(warn))
{
    m_folder = std::move(folder);
}

EventSockets::EventSockets(Hub &hub, io::Reactor &reactor, Doors doors,
                           std::function<void(const QString &, const QString &)> warn)
    : m_hub(hub),
      m_reactor(reactor),
      m_doors(std::move(doors)),
      m_warn(std::move(warn)),
      m_subscription(hub.observe([this](const EventPtr &event) { onEvent(event); }))
{
}

EventSockets::~EventSockets()
{
    m_drained = {};
    for (const auto &[job, channel] : m_channels) {
        stopListening(*channel);
        while (!channel->clients.empty())
            m_reactor.find(channel->clients.begin()->first)->close();
    }
}

void EventSockets::onEvent(const EventPtr &event)
{
    if (const auto *queued = std::get_if<JobQueued>(&event->data)) {
        if (!queued->job.eventName.isEmpty() && queued->job.via.isEmpty())
            open(queued->job);
        return;
    }
    const auto it = m_channels.find(event->job);
    const Job *job = m_hub.state().find(event->job);
    if (it == m_channels.end() || !job)
        return;
    Channel &channel = *it->second;
    if (std::holds_alternative<JobFinished>(event->data)) {
        broadcast(channel, dotfiles::encodeFrame(dotfiles::endMessage(*job, event->time)));
        end(channel);
    } else if (std::holds_alternative<StepStarted>(event->data) || std::holds_alternative<StepProgress>(event->data)
               || std::holds_alternative<StepFinished>(event->data)) {
        broadcast(channel, dotfiles::encodeFrame(dotfiles::progressMessage(*job, event->step, event->time)));
    }
}

QString EventSockets::pathFor(const Job &job) const
{
    const QString usual = QStringLiteral("%1/%2.sock").arg(m_folder, job.eventName);
    const bool taken = std::any_of(m_channels.begin(), m_channels.end(), [&](const auto &entry) {
        return entry.second->path == usual && entry.second->listening >= 0;
    });
    return taken ? QStringLiteral("%1/%2.%3.sock").arg(m_folder, job.eventName, job.id) : usual;
}

void EventSockets::open(const Job &job)
{
    auto channel = std::make_unique<Channel>();
    channel->job = job.id;
    const Result<Door> door = m_doors.open(job);
    if (!door)
        return m_warn(job.id, QStringLiteral("the job runs without its event socket: ") + door.error().message);
    channel->path = door->path;
    channel->listening = door->descriptor;
    Channel *added = channel.get();
    m_reactor.listen(door->descriptor, [this, added](int accepted) { accept(*added, accepted); });
    m_channels.emplace(job.id, std::move(channel));
}

void EventSockets::accept(Channel &channel, int descriptor)
{
    if (channel.clients.size() >= mostClients || !m_doors.mayEnter(descriptor)) {
        ::close(descriptor);
        return;
    }
    auto client = std::make_unique<Client>(*this, channel);
    Client *added = client.get();
    io::Connection &connection = m_reactor.adopt(descriptor, std::move(client));
    channel.clients.emplace(connection.id(), added);
    for (const QByteArray &frame : channel.history)
        connection.send(frame);
}

void EventSockets::broadcast(Channel &channel, const QByteArray &frame)
{
    channel.history.push_back(frame);
    if (channel.history.size() > mostQueued)
        channel.history.pop_front();
    for (const auto &[id, client] : channel.clients)
        client->give(*m_reactor.find(id), frame);
}

void EventSockets::gone(Channel &channel, quint64 clientId)
{
    channel.clients.erase(clientId);
    if (channel.ending && channel.clients.empty())
        QMetaObject::invokeMethod(
            this, [this, job = channel.job] { removeWhenLeft(job); }, Qt::QueuedConnection);
}

void EventSockets::stopListening(Channel &channel)
{
    if (channel.listening < 0)
        return;
    m_reactor.stopListening(channel.listening);
    ::close(channel.listening);
    channel.listening = -1;
    if (!channel.path.isEmpty())
        QFile::remove(channel.path);
}

void EventSockets::end(Channel &channel)
{
    // Those who are connecting right now are late joiners too.
    for (;;) {
        const int descriptor = ::accept4(channel.listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0)
            break;
        accept(channel, descriptor);
    }
    channel.ending = true;
    stopListening(channel);
    for (const auto &[id, client] : channel.clients)
        client->endWhenSent(*m_reactor.find(id));
    QMetaObject::invokeMethod(
        this, [this, job = channel.job] { removeWhenLeft(job); }, Qt::QueuedConnection);
    QTimer::singleShot(endDeadlineMs, this, [this, job = channel.job] {
        const auto it = m_channels.find(job);
        if (it == m_channels.end() || !it->second->ending)
            return;
        while (!it->second->clients.empty())
            m_reactor.find(it->second->clients.begin()->first)->close();
    });
}

void EventSockets::removeWhenLeft(const QString &jobId)
{
    const auto it = m_channels.find(jobId);
    if (it != m_channels.end() && it->second->ending && it->second->clients.empty())
        m_channels.erase(it);
    if (m_channels.empty() && m_drained)
        std::exchange(m_drained, {})();
}

void EventSockets::drain(std::function<void()> done)
{
    m_drained = std::move(done);
    for (const auto &[job, channel] : m_channels) {
        if (!channel->ending)
            end(*channel);
    }
    if (m_channels.empty())
        std::exchange(m_drained, {})();
}

} // namespace stepwire
