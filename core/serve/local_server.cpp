#include "core/serve/local_server.h"

#include "core/serve/socket_writer.h"
#include "core/serve/unix_listener.h"

#include <QFile>
#include <QTimer>

namespace stepwire {

static constexpr int linesPerTurn = 64;
static constexpr qint64 unreadAnswers = 256 * 1024; // bytes above which no more of a client's lines are read
static constexpr int mostOutstanding = 64; // calls without an answer, likewise
static constexpr qsizetype chunkBytes = 256 * 1024; // handed from the bounded queue to the socket at a time

LocalServer::LocalServer(Hub &hub, Options options) : m_hub(hub), m_options(std::move(options)), m_server(this)
{
    connect(&m_server, &QLocalServer::newConnection, this, [this] { onConnection(); });
    m_subscription = m_hub.observe([this](const EventPtr &event) { onEvent(event); });
}

LocalServer::~LocalServer()
{
    for (const auto &[id, client] : m_clients)
        client->socket->disconnect(this); // a socket that goes says so, to members that have gone before it
    if (m_server.isListening())
        QFile::remove(m_options.path);
}

Result<void> LocalServer::listen()
{
    const Result<qintptr> descriptor = listenUnix(m_options.path);
    if (!descriptor)
        return tl::unexpected(descriptor.error());
    if (!m_server.listen(*descriptor))
        return fail(code::internalError,
                    QStringLiteral("%1 cannot be listened on: %2").arg(m_options.path, m_server.errorString()));
    return {};
}

native::Hello LocalServer::hello() const
{
    const Hub::Identity &identity = m_hub.identity();
    native::Hello hello;
    hello.server = m_options.server;
    hello.hub = identity.hub;
    hello.host = identity.host;
    hello.epoch = identity.epoch;
    hello.seq = m_hub.state().seq;
    hello.scope = QStringLiteral("control");
    hello.socketDir = m_options.socketDir;
    hello.degraded = m_hub.degraded();
    return hello;
}

void LocalServer::onConnection()
{
    while (QLocalSocket *socket = m_server.nextPendingConnection()) {
        socket->setParent(nullptr);
        auto client = std::make_unique<Client>();
        client->id = m_nextClient++;
        client->socket.reset(socket);
        client->queue = ClientQueue(m_options.queue);
        if (!peerIsUs(socket->socketDescriptor()))
            continue;
        if (m_clients.size() >= static_cast<std::size_t>(m_options.mostClients)) {
            const QByteArray refusal =
                native::error(
                    QJsonValue::Null,
                    {code::notAllowed, QStringLiteral("the hub has %1 clients already").arg(m_clients.size()), {}})
                + '\n';
            QByteArrayList pending{refusal};
            qsizetype offset = 0;
            (void)writePending(socket->socketDescriptor(), pending, offset);
            continue;
        }
        socket->setReadBufferSize(native::messageLimit + 1);
        const quint64 id = client->id;
        client->writable = std::make_unique<QSocketNotifier>(socket->socketDescriptor(), QSocketNotifier::Write);
        client->writable->setEnabled(false);
        connect(client->writable.get(), &QSocketNotifier::activated, this, [this, id] {
            if (const auto it = m_clients.find(id); it != m_clients.end()) {
                it->second->full = false;
                it->second->writable->setEnabled(false);
                flush(*it->second);
            }
        });
        connect(socket, &QLocalSocket::readyRead, this, [this, id] { readLines(id); });
        connect(socket, &QLocalSocket::disconnected, this, [this, id] { close(id); });
        Client &added = *m_clients.emplace(id, std::move(client)).first->second;
        send(added, native::notification("hello", native::helloParams(hello())));
        if (m_clientsChanged)
            m_clientsChanged();
        readLines(id);
    }
}

void LocalServer::readLines(quint64 id)
{
    for (int lines = 0; lines < linesPerTurn; ++lines) {
        const auto it = m_clients.find(id);
        if (it == m_clients.end() || it->second->closing)
            return;
        Client &client = *it->second;
        if (client.queue.answerBytes() > unreadAnswers || client.outstanding >= mostOutstanding) {
            client.paused = true;
            return;
        }
        if (!client.socket->canReadLine()) {
            if (client.socket->bytesAvailable() <= native::messageLimit)
                return;
            send(client,
                 native::error(QJsonValue::Null,
                               {code::invalidRequest,
                                QStringLiteral("a message is longer than %1 bytes").arg(native::messageLimit),
                                {}}));
            client.closing = true;
            markDirty(client);
            return;
        }
        const QByteArray line = client.socket->readLine(native::messageLimit + 2);
        handleLine(client, line.trimmed());
    }
    // A client that sends without pause shares the thread with the others.
    QMetaObject::invokeMethod(
        this, [this, id] { readLines(id); }, Qt::QueuedConnection);
}

void LocalServer::resumeReading(Client &client)
{
    if (!client.paused || client.queue.answerBytes() > unreadAnswers / 2 || client.outstanding >= mostOutstanding)
        return;
    client.paused = false;
    QMetaObject::invokeMethod(
        this, [this, id = client.id] { readLines(id); }, Qt::QueuedConnection);
}

void LocalServer::handleLine(Client &client, const QByteArray &line)
{
    if (line.isEmpty())
        return;
    const auto call = native::parseCall(line);
    if (!call)
        return send(client, native::error(call.error().id, call.error().error));
    handleCall(client, *call);
}

void LocalServer::handleCall(Client &client, const native::Call &call)
{
    auto decoded = native::decodeCall(call);
    if (!decoded) {
        if (call.wantsAnswer())
            send(client, native::error(call.id, decoded.error()));
        return;
    }
    if (const auto *wanted = std::get_if<native::Subscribe>(&*decoded))
        return subscribe(client, call, *wanted);
    ++client.outstanding;
    m_hub.request(std::get<Request>(*decoded), [this, id = client.id, call](const Result<Answer> &answer) {
        const auto it = m_clients.find(id);
        if (it == m_clients.end())
            return;
        --it->second->outstanding;
        resumeReading(*it->second);
        if (!call.wantsAnswer())
            return;
        send(*it->second, answer ? native::result(call.id, *answer) : native::error(call.id, answer.error()));
    });
}

void LocalServer::subscribe(Client &client, const native::Call &call, const native::Subscribe &wanted)
{
    const bool recovered = wanted.seq && m_hub.canRecover(wanted.epoch, *wanted.seq);
    client.subscription = wanted;
    if (call.wantsAnswer()) {
        const QJsonObject result{{QStringLiteral("recovered"), recovered},
                                 {QStringLiteral("epoch"), m_hub.identity().epoch},
                                 {QStringLiteral("seq"), static_cast<qint64>(m_hub.state().seq)}};
        send(client, native::result(call.id, Answer(Object{result})));
    }
    if (!recovered)
        return sendSnapshot(client);
    client.queue.setPosition(*wanted.seq);
    m_hub.log().visitAfter(*wanted.seq, [&](const EventPtr &event) {
        if (wanted.wants(*event))
            client.queue.addEvent(native::notification("event", native::encodeEvent(*event)) + '\n', *event);
    });
    markDirty(client);
}

void LocalServer::sendSnapshot(Client &client)
{
    const Snapshot &state = m_hub.state();
    QByteArray encoded;
    if (client.subscription && !client.subscription->jobs.isEmpty()) {
        Snapshot some;
        some.epoch = state.epoch;
        some.seq = state.seq;
        for (const auto &job : state.jobs()) {
            if (client.subscription->jobs.contains(job->id))
                some.put(*job);
        }
        encoded = native::encodeSnapshot(some, false);
    } else {
        encoded = native::encodeSnapshot(state, false);
    }
    client.queue.addSnapshot(native::notification("snapshot", encoded) + '\n', state.seq);
    markDirty(client);
}

void LocalServer::send(Client &client, const QByteArray &message)
{
    client.queue.addMessage(message + '\n');
    markDirty(client);
}

void LocalServer::onEvent(const EventPtr &event)
{
    QByteArray encoded; // once, whatever the number of clients
    for (const auto &[id, client] : m_clients) {
        if (!client->subscription || client->closing || !client->subscription->wants(*event))
            continue;
        if (encoded.isEmpty())
            encoded = native::notification("event", native::encodeEvent(*event)) + '\n';
        client->queue.addEvent(encoded, *event);
        markDirty(*client);
    }
}

void LocalServer::markDirty(Client &client)
{
    if (client.dirty || client.full)
        return;
    client.dirty = true;
    m_dirty.push_back(client.id);
    if (!std::exchange(m_flushPosted, true))
        QMetaObject::invokeMethod(
            this, [this] { flushDirty(); }, Qt::QueuedConnection);
}

void LocalServer::flushDirty()
{
    m_flushPosted = false;
    for (const quint64 id : std::exchange(m_dirty, {})) {
        const auto it = m_clients.find(id);
        if (it == m_clients.end())
            continue;
        it->second->dirty = false;
        flush(*it->second);
    }
}

void LocalServer::flush(Client &client)
{
    if (client.queue.hopeless())
        return close(client.id);
    while (!client.full) {
        qsizetype chunk = 0;
        while (!client.queue.empty() && chunk < chunkBytes) {
            ClientQueue::Next next = client.queue.takeNext();
            if (next.skipped > 0)
                next.bytes = native::withSkipped(next.bytes, next.skipped);
            chunk += next.bytes.size();
            client.sending.append(std::move(next.bytes));
        }
        resumeReading(client);
        if (client.sending.isEmpty()) {
            if (!client.queue.needsSnapshot())
                break;
            sendSnapshot(client);
            continue;
        }
        switch (writePending(client.socket->socketDescriptor(), client.sending, client.frontOffset)) {
        case WriteResult::Done: break;
        case WriteResult::Full:
            client.full = true;
            client.writable->setEnabled(true);
            return;
        case WriteResult::Broken: return close(client.id);
        }
    }
    if (client.closing && client.sending.isEmpty() && client.queue.empty())
        close(client.id);
}

void LocalServer::close(quint64 id)
{
    const auto it = m_clients.find(id);
    if (it == m_clients.end())
        return;
    // We may be called from a signal of the socket or its notifier.
    std::unique_ptr<Client> client = std::move(it->second);
    m_clients.erase(it);
    client->writable->setEnabled(false);
    client->writable.release()->deleteLater();
    client->socket->disconnect(this);
    client->socket->abort();
    client->socket.release()->deleteLater();
    if (m_clientsChanged)
        m_clientsChanged();
    if (m_draining && m_clients.empty() && m_drained)
        std::exchange(m_drained, {})();
}

void LocalServer::drain(int deadlineMs, std::function<void()> done)
{
    m_draining = true;
    m_server.close();
    QFile::remove(m_options.path);
    m_drained = std::move(done);
    if (m_clients.empty())
        return std::exchange(m_drained, {})();
    for (const auto &[id, client] : m_clients) {
        client->closing = true;
        markDirty(*client);
    }
    QTimer::singleShot(deadlineMs, this, [this] {
        while (!m_clients.empty())
            close(m_clients.begin()->first);
    });
}

} // namespace stepwire
