#include "core/serve/local_server.h"

#include "core/serve/unix_listener.h"

#include <QFile>
#include <QTimer>

#include <sys/socket.h>
#include <unistd.h>

namespace stepwire {

static constexpr int linesPerTurn = 256; // of one client before others get their turn

static QByteArray line(QByteArrayView message)
{
    QByteArray out;
    out.reserve(message.size() + 1);
    out += message;
    out += '\n';
    return out;
}

static StreamCarrier::Framing lineFraming()
{
    return {
        [](const QByteArray &object, const Event &) { return native::notification("event", object, "\n"); },
        [](const QByteArray &members, const Snapshot &) { return native::notification("snapshot", members, "\n"); }};
}

class LocalServer::Client final : public io::Protocol
{
public:
    explicit Client(LocalServer &server) : m_server(server) { }

    void begin(io::Connection &connection)
    {
        m_session.emplace(
            m_server.m_hub, m_server.m_feed, m_server.m_stream, connection,
            NativeSession::Carrier{line, {}, [&connection](const QByteArray &) { connection.closeWhenSent(); }});
        m_session->resume = [&connection] {
            connection.setReading(true);
            connection.readAgain();
        };
        native::Hello hello = helloOf(m_server.m_hub, m_server.m_options.server, QStringLiteral("control"));
        hello.socketDir = m_server.m_options.socketDir;
        m_session->sendHello(hello);
    }

    void end() { m_session->end({}); }

private:
    qsizetype received(io::Connection &connection, QByteArrayView bytes) override
    {
        qsizetype taken = 0;
        for (int lines = 0; taken < bytes.size(); ++lines) {
            if (m_session->busy()) {
                connection.setReading(false);
                return taken;
            }
            if (lines == linesPerTurn) {
                connection.readAgain();
                return taken;
            }
            const qsizetype end = bytes.indexOf('\n', std::max(taken, m_searched));
            if ((end < 0 ? bytes.size() : end) - taken > native::messageLimit) {
                m_session->refuse({code::invalidRequest,
                                   QStringLiteral("a message is longer than %1 bytes").arg(native::messageLimit),
                                   {}});
                connection.closeWhenSent();
                return bytes.size();
            }
            if (end < 0) {
                m_searched = bytes.size() - taken; // of what is shown again
                return taken;
            }
            m_searched = 0;
            const QByteArrayView message = bytes.sliced(taken, end - taken).trimmed();
            taken = end + 1;
            if (!message.isEmpty())
                m_session->receive(message);
            if (connection.closing())
                return bytes.size();
        }
        return taken;
    }
    void stalled(io::Connection & /*connection*/) override { m_session->stalled(); }
    void drained(io::Connection & /*connection*/) override { m_session->drained(); }
    void closed(io::Connection &connection) override
    {
        m_session.reset();
        m_server.gone(connection.id());
    }

    LocalServer &m_server;
    std::optional<NativeSession> m_session;
    qsizetype m_searched = 0; ///< bytes at the front in which there is no line break
};

LocalServer::LocalServer(Hub &hub, EventTexts &texts, io::Reactor &reactor, Options options)
    : m_hub(hub),
      m_reactor(reactor),
      m_options(std::move(options)),
      m_stream(reactor, lineFraming()),
      m_feed(hub, texts, m_stream, m_options.limits)
{
}

LocalServer::~LocalServer()
{
    m_clientsChanged = {};
    m_drained = {};
    while (!m_clients.empty())
        m_reactor.find(m_clients.begin()->first)->close();
    stopListening();
}

void LocalServer::stopListening()
{
    if (m_listening < 0)
        return;
    m_reactor.stopListening(m_listening);
    ::close(m_listening);
    m_listening = -1;
    QFile::remove(m_options.path);
}

Result<void> LocalServer::listen()
{
    const Result<int> descriptor = listenUnix(m_options.path);
    if (!descriptor)
        return tl::unexpected(descriptor.error());
    m_listening = *descriptor;
    m_reactor.listen(m_listening, [this](int accepted) { accept(accepted); });
    return {};
}

void LocalServer::accept(int descriptor)
{
    if (!peerIsUs(descriptor)) {
        ::close(descriptor);
        return;
    }
    if (m_clients.size() >= m_options.mostClients) {
        const QByteArray refusal = line(native::error(
            QJsonValue::Null,
            {code::notAllowed, QStringLiteral("the hub has %1 clients already").arg(m_clients.size()), {}}));
        (void)!::send(descriptor, refusal.constData(), static_cast<std::size_t>(refusal.size()),
                      MSG_DONTWAIT | MSG_NOSIGNAL);
        ::close(descriptor);
        return;
    }
    auto client = std::make_unique<Client>(*this);
    Client &added = *client;
    io::Connection &connection = m_reactor.adopt(descriptor, std::move(client));
    m_clients.emplace(connection.id(), &added);
    added.begin(connection);
    if (m_clientsChanged)
        m_clientsChanged();
}

void LocalServer::gone(quint64 id)
{
    m_clients.erase(id);
    if (m_clientsChanged)
        m_clientsChanged();
    if (m_draining && m_clients.empty() && m_drained)
        std::exchange(m_drained, {})();
}

void LocalServer::drain(int deadlineMs, std::function<void()> done)
{
    m_draining = true;
    stopListening();
    m_drained = std::move(done);
    if (m_clients.empty())
        return std::exchange(m_drained, {})();
    for (const auto &[id, client] : m_clients)
        client->end();
    QTimer::singleShot(deadlineMs, this, [this] {
        while (!m_clients.empty())
            m_reactor.find(m_clients.begin()->first)->close();
    });
}

} // namespace stepwire
