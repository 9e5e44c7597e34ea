#include "core/remote/socket_link.h"

namespace stepwire {

static constexpr int greetingMs = 20'000; ///< within which a hub must have greeted

SocketLink::~SocketLink()
{
    // The end of the socket is our own doing and no news for the sink.
    if (m_socket)
        m_socket->disconnect(this);
}

void SocketLink::open(const QString &path, Opened done)
{
    setOpened(std::move(done));
    m_socket = std::make_unique<QLocalSocket>();
    connect(m_socket.get(), &QLocalSocket::readyRead, this, [this] { onReadable(); });
    connect(m_socket.get(), &QLocalSocket::disconnected, this, [this] {
        onReadable();
        lost(QStringLiteral("the hub closed the connection"));
    });
    connect(m_socket.get(), &QLocalSocket::errorOccurred, this, [this, path] {
        if (m_socket->state() != QLocalSocket::ConnectedState)
            lost(QStringLiteral("no hub answers at %1: %2").arg(path, m_socket->errorString()));
    });
    m_patience.setSingleShot(true);
    connect(&m_patience, &QTimer::timeout, this, [this, path] {
        if (greeted())
            return;
        m_socket->disconnect(this);
        lost(QStringLiteral("the hub at %1 does not answer").arg(path));
    });
    m_patience.start(greetingMs);
    m_socket->connectToServer(path);
}

void SocketLink::write(const QByteArray &message)
{
    if (m_socket->state() == QLocalSocket::ConnectedState)
        m_socket->write(message + '\n');
}

void SocketLink::onReadable()
{
    while (m_socket && m_socket->canReadLine())
        receive(m_socket->readLine().trimmed());
}

} // namespace stepwire
