#include "core/remote/socket_link.h"

#include "core/wire/native/rpc.h"

#include <QJsonDocument>

namespace stepwire {

SocketLink::~SocketLink()
{
    // The end of the socket is our own doing and no news for the sink.
    if (m_socket)
        m_socket->disconnect(this);
}

void SocketLink::open(const QString &path, std::function<void(const Result<native::Hello> &)> done)
{
    m_opened = std::move(done);
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
    m_socket->connectToServer(path);
}

void SocketLink::call(const QString &method, const QJsonObject &params, Answered answered)
{
    QJsonObject message{{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
                        {QStringLiteral("method"), method},
                        {QStringLiteral("params"), params}};
    if (answered) {
        message.insert(QStringLiteral("id"), m_nextId);
        m_calls.emplace(m_nextId++, std::move(answered));
    }
    m_socket->write(QJsonDocument(message).toJson(QJsonDocument::Compact) + '\n');
}

void SocketLink::onReadable()
{
    while (m_socket && m_socket->canReadLine())
        handleLine(m_socket->readLine().trimmed());
}

void SocketLink::handleLine(const QByteArray &line)
{
    auto message = native::parseMessage(line);
    if (!message)
        return lost(message.error().message);
    if (auto *notification = std::get_if<native::Notification>(&*message))
        return handleNotification(notification->method, notification->params, line);
    auto &response = std::get<native::Response>(*message);
    const auto it = m_calls.find(response.id);
    if (it == m_calls.end()) {
        // An error that answers none of our calls: the hub refused the connection itself.
        if (!response.result)
            lost(QStringLiteral("the hub refused: ") + response.result.error().message);
        return;
    }
    const Answered answered = std::move(it->second);
    m_calls.erase(it);
    answered(response.result);
}

/// The value of `params` as it stands in the line.
static QByteArray encodedParams(const QByteArray &line, const char *method, const QJsonObject &params)
{
    const QByteArray prefix = native::notification(method, QByteArray()).chopped(1);
    if (line.startsWith(prefix) && line.endsWith('}'))
        return line.sliced(prefix.size()).chopped(1);
    return QJsonDocument(params).toJson(QJsonDocument::Compact);
}

void SocketLink::handleNotification(const QString &method, const QJsonObject &params, const QByteArray &line)
{
    if (method == u"hello") {
        const Result<native::Hello> hello = native::decodeHello(params);
        if (hello)
            m_hello = *hello;
        if (m_opened)
            std::exchange(m_opened, {})(hello);
        return;
    }
    if (!m_sink)
        return;
    if (method == u"event") {
        auto event = native::decodeEvent(params);
        if (event)
            m_sink->eventReceived({std::move(*event), encodedParams(line, "event", params),
                                   static_cast<quint64>(params[u"skipped"].toInteger())});
    } else if (method == u"snapshot") {
        const auto snapshot = native::decodeSnapshot(params);
        if (snapshot)
            m_sink->snapshotReceived(*snapshot, encodedParams(line, "snapshot", params));
    }
}

void SocketLink::lost(const QString &reason)
{
    if (m_opened)
        return std::exchange(m_opened, {})(fail(code::hostUnreachable, reason));
    for (auto &[id, answered] : std::exchange(m_calls, {}))
        answered(fail(code::hostUnreachable, reason));
    if (Sink *sink = std::exchange(m_sink, nullptr))
        sink->linkLost(reason);
}

} // namespace stepwire
