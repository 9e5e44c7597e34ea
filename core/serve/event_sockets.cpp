#include "core/serve/event_sockets.h"

#include "core/serve/socket_writer.h"
#include "core/serve/unix_listener.h"
#include "core/wire/dotfiles/dotfiles.h"

#include <QFile>

#include <algorithm>

namespace stepwire {

static constexpr int endDeadlineMs = 5000;

EventSockets::EventSockets(Hub &hub, QString folder, std::function<void(const QString &, const QString &)> warn)
    : m_hub(hub),
      m_folder(std::move(folder)),
      m_warn(std::move(warn)),
      m_subscription(hub.observe([this](const EventPtr &event) { onEvent(event); }))
{
}

EventSockets::~EventSockets()
{
    for (const auto &[job, channel] : m_channels) {
        if (channel->server.isListening())
            QFile::remove(channel->path);
        for (const auto &[id, client] : channel->clients)
            client->socket->disconnect(this); // a socket that goes says so, to members that have gone before it
    }
}

void EventSockets::onEvent(const EventPtr &event)
{
    if (const auto *queued = std::get_if<JobQueued>(&event->data)) {
        if (!queued->job.eventName.isEmpty())
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
        return entry.second->path == usual && entry.second->server.isListening();
    });
    return taken ? QStringLiteral("%1/%2.%3.sock").arg(m_folder, job.eventName, job.id) : usual;
}

void EventSockets::open(const Job &job)
{
    auto channel = std::make_unique<Channel>();
    channel->job = job.id;
    channel->path = pathFor(job);
    const Result<qintptr> descriptor = listenUnix(channel->path);
    if (!descriptor)
        return m_warn(job.id, QStringLiteral("the job runs without its event socket: ") + descriptor.error().message);
    if (!channel->server.listen(*descriptor))
        return m_warn(job.id,
                      QStringLiteral("the job runs without its event socket: ") + channel->server.errorString());
    Channel *added = channel.get();
    connect(&added->server, &QLocalServer::newConnection, this, [this, added] { accept(*added); });
    added->deadline.setSingleShot(true);
    connect(&added->deadline, &QTimer::timeout, this, [this, added] {
        while (!added->clients.empty())
            dropClient(*added, added->clients.begin()->first);
    });
    m_channels.emplace(job.id, std::move(channel));
}

void EventSockets::accept(Channel &channel)
{
    while (QLocalSocket *socket = channel.server.nextPendingConnection()) {
        socket->setParent(nullptr);
        auto client = std::make_unique<Client>();
        client->socket.reset(socket);
        if (channel.clients.size() >= mostClients || !peerIsUs(socket->socketDescriptor()))
            continue;
        const quint64 id = channel.nextClient++;
        // Nothing that a client sends means anything here: it is read and forgotten.
        socket->setReadBufferSize(64 * 1024);
        connect(socket, &QLocalSocket::readyRead, this, [socket] { socket->skip(socket->bytesAvailable()); });
        connect(socket, &QLocalSocket::disconnected, this, [this, id, &channel] { dropClient(channel, id); });
        client->writable = std::make_unique<QSocketNotifier>(socket->socketDescriptor(), QSocketNotifier::Write);
        client->writable->setEnabled(false);
        connect(client->writable.get(), &QSocketNotifier::activated, this, [this, id, &channel] {
            const auto it = channel.clients.find(id);
            if (it == channel.clients.end())
                return;
            it->second->full = false;
            it->second->writable->setEnabled(false);
            flush(channel, id);
        });
        Client &added = *channel.clients.emplace(id, std::move(client)).first->second;
        for (const QByteArray &frame : channel.history)
            added.waiting.push_back(frame);
        flush(channel, id);
    }
}

void EventSockets::broadcast(Channel &channel, const QByteArray &frame)
{
    channel.history.push_back(frame);
    if (channel.history.size() > mostQueued)
        channel.history.pop_front();
    std::vector<quint64> ids;
    for (const auto &[id, client] : channel.clients)
        ids.push_back(id);
    for (const quint64 id : ids)
        enqueue(channel, id, frame);
}

void EventSockets::enqueue(Channel &channel, quint64 clientId, const QByteArray &frame)
{
    Client &client = *channel.clients.at(clientId);
    client.waiting.push_back(frame);
    if (client.waiting.size() > mostQueued)
        client.waiting.pop_front();
    flush(channel, clientId);
}

void EventSockets::flush(Channel &channel, quint64 clientId)
{
    Client &client = *channel.clients.at(clientId);
    if (client.full) // what waits goes on when it reads
        return;
    while (true) {
        if (client.sending.isEmpty()) {
            if (client.waiting.empty())
                break;
            // One at a time: what waits can still give way, what was begun cannot.
            client.sending.append(std::move(client.waiting.front()));
            client.waiting.pop_front();
        }
        switch (writePending(client.socket->socketDescriptor(), client.sending, client.frontOffset)) {
        case WriteResult::Done: break;
        case WriteResult::Full:
            client.full = true;
            client.writable->setEnabled(true);
            return;
        case WriteResult::Broken: return dropClient(channel, clientId);
        }
    }
    if (channel.ending)
        dropClient(channel, clientId);
}

void EventSockets::dropClient(Channel &channel, quint64 clientId)
{
    const auto it = channel.clients.find(clientId);
    if (it == channel.clients.end())
        return;
    // We may be called from a signal of the socket or its notifier.
    const std::unique_ptr<Client> client = std::move(it->second);
    channel.clients.erase(it);
    client->writable->setEnabled(false);
    client->writable.release()->deleteLater();
    client->socket->disconnect(this);
    client->socket->close();
    client->socket.release()->deleteLater();
    if (channel.ending && channel.clients.empty())
        QMetaObject::invokeMethod(
            this, [this, job = channel.job] { closeWhenSent(job); }, Qt::QueuedConnection);
}

void EventSockets::end(Channel &channel)
{
    // Those who are connecting right now are late joiners too; with no time to wait this only looks.
    while (channel.server.waitForNewConnection(0))
        accept(channel);
    channel.ending = true;
    channel.server.close();
    QFile::remove(channel.path);
    channel.deadline.start(endDeadlineMs);
    std::vector<quint64> ids;
    for (const auto &[id, client] : channel.clients)
        ids.push_back(id);
    for (const quint64 id : ids)
        flush(channel, id);
    QMetaObject::invokeMethod(
        this, [this, job = channel.job] { closeWhenSent(job); }, Qt::QueuedConnection);
}

void EventSockets::closeWhenSent(const QString &jobId)
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
