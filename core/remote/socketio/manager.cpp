#include "core/remote/socketio/private.h"

#include <QRandomGenerator>
#include <QUrlQuery>

namespace stepwire::socketio::client {

using engineio::client::Endpoint;
using engineio::client::FailureKind;

static Backoff makeBackoff(const Options &options)
{
    auto random = options.random ? options.random : [] { return QRandomGenerator::global()->generateDouble(); };
    return {options.reconnectionDelay, options.reconnectionDelayMax, options.randomizationFactor, std::move(random)};
}

static Decoder makeDecoder(const Options &options)
{
    Decoder::Limits limits;
    limits.attachments = 100'000; // their bytes are what counts
    limits.attachmentBytes = options.maxMessageBytes;
    limits.namespaceBytes = 1024;
    return Decoder(limits);
}

static ConnectError asError(const Failure &failure)
{
    return {failure.kind, failure.sentence, QCborValue(QCborValue::Undefined), failure.httpStatus};
}

/// What is asked for, as http or https.
static QUrl endpointUrl(const QUrl &server, const Options &options)
{
    QUrl url = server;
    if (url.scheme() == QLatin1String("ws"))
        url.setScheme(QStringLiteral("http"));
    else if (url.scheme() == QLatin1String("wss"))
        url.setScheme(QStringLiteral("https"));
    QString path = options.path;
    if (!path.startsWith(u'/'))
        path.prepend(u'/');
    if (!path.endsWith(u'/'))
        path.append(u'/');
    url.setPath(path);
    url.setFragment({});
    QUrlQuery query(url);
    for (const auto &[name, value] : options.query)
        query.addQueryItem(QString::fromLatin1(QUrl::toPercentEncoding(name)),
                           QString::fromLatin1(QUrl::toPercentEncoding(value)));
    url.setQuery(query);
    return url;
}

/// Why nothing can be tried at all; empty when it can.
static QString faultOf(const QUrl &url, const Options &options)
{
    const QStringList schemes = {QStringLiteral("http"), QStringLiteral("https"), QStringLiteral("ws"),
                                 QStringLiteral("wss")};
    if (!url.isValid() || url.host().isEmpty() || !schemes.contains(url.scheme()))
        return QStringLiteral("'%1' is no address of http, https, ws or wss").arg(url.toString(QUrl::RemoveUserInfo));
    return options.tls.fault();
}

Manager::Impl::Impl(Manager &manager)
    : m_manager(manager), m_backoff(makeBackoff(manager.m_options)), m_decoder(makeDecoder(manager.m_options))
{
    m_openTimer.setSingleShot(true);
    m_backoffTimer.setSingleShot(true);
    QObject::connect(&m_openTimer, &QTimer::timeout, &manager, [this] {
        onFailed({FailureKind::Timeout,
                  QStringLiteral("%1 did not answer within %2 ms")
                      .arg(engineio::client::serverName(m_manager.m_url))
                      .arg(m_manager.m_options.timeout)});
    });
    QObject::connect(&m_backoffTimer, &QTimer::timeout, &manager, [this] { attempt(); });
    if (manager.m_options.withCredentials)
        m_cookies = std::make_shared<QNetworkCookieJar>();
}

Manager::Impl::~Impl()
{
    if (m_connection)
        m_connection->release();
    for (const auto &[nsp, socket] : m_sockets)
        delete socket;
}

void Manager::Impl::open()
{
    if (m_manager.m_state != State::Closed)
        return;
    m_backoffTimer.stop();
    m_skipReconnect = false;
    start();
}

void Manager::Impl::start()
{
    const Options &options = m_manager.m_options;
    m_manager.m_state = State::Opening;
    ++m_generation;
    Connection::Options wanted;
    Endpoint &endpoint = wanted.endpoint;
    endpoint.url = endpointUrl(m_manager.m_url, options);
    endpoint.headers = options.extraHeaders;
    endpoint.tls = options.tls;
    endpoint.cookies = m_cookies;
    endpoint.mostMessageBytes = options.maxMessageBytes;
    wanted.transports = options.transports;
    wanted.upgrade = options.upgrade;
    wanted.beginWithWebSocket = options.rememberUpgrade && m_socketWorked;
    wanted.tryAllTransports = options.tryAllTransports;
    if (options.timeout > 0)
        m_openTimer.start(options.timeout);
    auto *const connection = new Connection(std::move(wanted), &m_manager);
    m_connection = connection;
    QObject::connect(connection, &Connection::opened, &m_manager, [this] { onOpened(); });
    QObject::connect(connection, &Connection::failed, &m_manager, [this](const Failure &why) { onFailed(why); });
    QObject::connect(connection, &Connection::textReceived, &m_manager,
                     [this](const QByteArray &message) { onMessage(message, false); });
    QObject::connect(connection, &Connection::binaryReceived, &m_manager,
                     [this](const QByteArray &message) { onMessage(message, true); });
    QObject::connect(connection, &Connection::ping, &m_manager, &Manager::ping);
    QObject::connect(connection, &Connection::drained, &m_manager, &Manager::drained);
    QObject::connect(connection, &Connection::upgraded, &m_manager, [this] {
        m_socketWorked = true;
        Q_EMIT m_manager.upgraded(TransportKind::WebSocket);
    });
    QObject::connect(connection, &Connection::closed, &m_manager,
                     [this](const QString &reason, const QString &detail) { closed(reason, detail); });
    // Whoever called is not told before it has returned.
    QTimer::singleShot(0, connection, [this, connection] {
        if (const QString fault = faultOf(m_manager.m_url, m_manager.m_options); !fault.isEmpty())
            onFailed({FailureKind::Protocol, fault}, true);
        else
            connection->open();
    });
}

std::vector<QPointer<Socket>> Manager::Impl::activeSockets() const
{
    std::vector<QPointer<Socket>> active;
    for (const auto &[nsp, socket] : m_sockets) {
        if (socket->m_active)
            active.emplace_back(socket);
    }
    return active;
}

void Manager::Impl::onOpened()
{
    m_openTimer.stop();
    m_manager.m_state = State::Open;
    m_socketWorked = m_connection->transport() == TransportKind::WebSocket;
    m_decoder = makeDecoder(m_manager.m_options);
    Connection *const connection = m_connection;
    Q_EMIT m_manager.opened();
    for (const auto &socket : activeSockets()) {
        if (socket && socket->m_active && m_connection == connection)
            socket->m_impl->onOpen();
    }
    if (m_attempting && m_connection == connection) {
        m_attempting = false;
        m_manager.m_reconnecting = false;
        const int attempt = m_backoff.attempts();
        m_backoff.reset();
        Q_EMIT m_manager.reconnected(attempt);
    }
}

void Manager::Impl::onFailed(const Failure &failure, bool final)
{
    final = final || failure.kind == FailureKind::OldProtocol;
    dropConnection();
    m_socketWorked = false;
    m_manager.m_state = State::Closed;
    const bool attempting = std::exchange(m_attempting, false);
    const ConnectError error = asError(failure);
    if (final) {
        m_skipReconnect = true;
        m_manager.m_reconnecting = false;
    }
    const auto sockets = activeSockets();
    Q_EMIT m_manager.error(error);
    for (const auto &socket : sockets) {
        if (!socket || !socket->m_active)
            continue;
        if (final)
            socket->m_active = false;
        socket->m_impl->onError(error);
    }
    if (final || m_manager.m_state != State::Closed)
        return;
    if (attempting) {
        m_manager.m_reconnecting = false;
        schedule();
        Q_EMIT m_manager.reconnectError(error);
    } else if (!m_manager.m_reconnecting && m_backoff.attempts() == 0) {
        schedule();
    }
}

void Manager::Impl::onMessage(const QByteArray &message, bool binary)
{
    auto decoded = m_decoder.feed(message, binary);
    if (!decoded)
        return closed(QStringLiteral("parse error"), QString::fromUtf8(errorText(decoded.error())));
    if (!*decoded)
        return;
    const Packet &packet = **decoded;
    if (packet.type == PacketType::Connect && !packet.data.toMap().value(QLatin1String("sid")).isString())
        return refuseOldServer();
    const auto found = m_sockets.find(packet.nsp);
    if (found != m_sockets.end() && found->second->m_active)
        found->second->m_impl->onPacket(packet);
}

void Manager::Impl::refuseOldServer()
{
    onFailed(engineio::client::oldServer(m_manager.m_url));
}

void Manager::Impl::send(const Packet &packet)
{
    if (!m_connection)
        return;
    const Encoded encoded = encode(packet);
    m_connection->sendText(encoded.text);
    for (const QByteArray &attachment : encoded.attachments)
        m_connection->sendBinary(attachment);
}

void Manager::Impl::idle()
{
    if (activeSockets().empty())
        close();
}

void Manager::Impl::dropConnection()
{
    m_openTimer.stop();
    if (!m_connection)
        return;
    m_connection->disconnect(&m_manager);
    std::exchange(m_connection, nullptr)->release();
}

void Manager::Impl::close()
{
    m_skipReconnect = true;
    m_manager.m_reconnecting = false;
    m_attempting = false;
    m_backoffTimer.stop();
    m_backoff.reset();
    if (m_manager.m_state != State::Closed)
        closed(QStringLiteral("forced close"), {});
}

void Manager::Impl::closed(const QString &reason, const QString &detail)
{
    const bool wasOpen = m_manager.m_state == State::Open;
    dropConnection();
    m_backoff.reset();
    m_manager.m_state = State::Closed;
    const auto sockets = activeSockets();
    // The others see the reason of their own; one that is not connected yet waits for the next connection.
    if (wasOpen)
        Q_EMIT m_manager.closed(reason, detail);
    for (const auto &socket : sockets) {
        if (socket && socket->m_active && socket->m_connected)
            socket->m_impl->onClose(reason, detail);
    }
    if (m_manager.m_state == State::Closed)
        schedule();
}

void Manager::Impl::schedule()
{
    const Options &options = m_manager.m_options;
    if (!options.reconnection || m_manager.m_reconnecting || m_skipReconnect)
        return;
    if (options.reconnectionAttempts >= 0 && m_backoff.attempts() >= options.reconnectionAttempts) {
        m_backoff.reset();
        Q_EMIT m_manager.reconnectFailed();
        return;
    }
    const int delay = m_backoff.next();
    m_manager.m_reconnecting = true;
    m_backoffTimer.start(delay);
    Q_EMIT m_manager.reconnectScheduled(m_backoff.attempts(), delay);
}

void Manager::Impl::attempt()
{
    if (m_skipReconnect || m_manager.m_state != State::Closed)
        return;
    Q_EMIT m_manager.reconnectAttempt(m_backoff.attempts());
    if (m_skipReconnect || m_manager.m_state != State::Closed)
        return;
    m_attempting = true;
    start();
}

void Manager::Impl::reconnectNow()
{
    if (m_connection) {
        (void)m_connection->hasPingExpired();
        return;
    }
    if (!m_manager.m_reconnecting)
        return;
    m_backoffTimer.stop();
    m_backoff.reset();
    (void)m_backoff.next(); // this is the first attempt
    attempt();
}

// ---- the face -----------------------------------------------------------------------------------------------------

Manager::Manager(const QUrl &url, Options options, QObject *parent)
    : QObject(parent), m_url(url), m_options(std::move(options)), m_impl(std::make_unique<Impl>(*this))
{
}

Manager::~Manager() = default;

Socket *Manager::socket(const QString &nsp, const SocketOptions &options)
{
    const QString name = nsp.startsWith(u'/') ? nsp : u'/' + nsp;
    Socket *&socket = m_impl->m_sockets[name];
    if (!socket)
        socket = new Socket(*this, name, options);
    if (m_options.autoConnect && !socket->isActive())
        socket->open();
    return socket;
}

void Manager::open()
{
    m_impl->open();
}

void Manager::close()
{
    m_impl->close();
}

void Manager::reconnectNow()
{
    m_impl->reconnectNow();
}

std::optional<TransportKind> Manager::transport() const
{
    if (m_state != State::Open)
        return {};
    return m_impl->m_connection->transport();
}

QByteArray Manager::sid() const
{
    return m_state == State::Open ? m_impl->m_connection->sid() : QByteArray();
}

qint64 Manager::bufferedBytes() const
{
    return m_impl->m_connection ? m_impl->m_connection->bufferedBytes() : 0;
}

} // namespace stepwire::socketio::client
