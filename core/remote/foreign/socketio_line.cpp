#include "core/remote/foreign/socketio_line.h"

namespace stepwire {

using namespace socketio::client;

static Options optionsOf(const SocketioLine::Setup &setup)
{
    Options options = setup.options;
    options.autoConnect = false;
    options.maxMessageBytes = 4 * 1024 * 1024; // progress is small
    return options;
}

static QString words(const QString &reason, const QString &detail)
{
    if (reason == QStringLiteral("io server disconnect") || reason == QStringLiteral("transport close"))
        return QStringLiteral("the server has ended the connection");
    if (reason == QStringLiteral("ping timeout"))
        return QStringLiteral("the server has gone silent");
    if (reason == QStringLiteral("parse error"))
        return QStringLiteral("the server sent what is no Socket.IO");
    return detail.isEmpty() ? QStringLiteral("the connection broke") : detail;
}

SocketioLine::SocketioLine(const Setup &setup) : m_manager(setup.url, optionsOf(setup))
{
    m_socket = m_manager.socket(setup.nsp, {.auth = setup.auth});
    m_retry.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, [this] { m_socket->open(); });
    connect(m_socket, &Socket::connected, this, [this] {
        opened();
        m_retry.stop();
        if (connected)
            connected();
    });
    connect(m_socket, &Socket::connectError, this, [this](const ConnectError &error) {
        if (!m_socket->isActive())
            retryLater();
        if (failed)
            failed(error);
    });
    connect(m_socket, &Socket::disconnected, this, [this](const QString &reason, const QString &detail) {
        if (reason == QStringLiteral("io client disconnect"))
            return;
        if (!m_socket->isActive())
            retryLater();
        if (lost)
            lost(words(reason, detail));
    });
    m_socket->onAny([this](const QString &name, const QCborArray &arguments, const Ack & /*ack*/) {
        if (event)
            event(name, arguments.toJsonArray());
    });
}

void SocketioLine::retryLater()
{
    // A refused connection is not kept: some servers let in, after all, who only waits.
    m_manager.close();
    if (!m_retry.isActive())
        m_retry.start(nextRetryMs());
}

void SocketioLine::hurry()
{
    startOver();
    if (!m_retry.isActive())
        return m_manager.reconnectNow();
    m_retry.stop();
    m_socket->open();
}

void SocketioLine::drop()
{
    m_socket->close();
    retryLater();
}

void SocketioLine::emit(const QString &name, const QJsonArray &arguments)
{
    m_socket->emit(name, QCborArray::fromJsonArray(arguments));
}

void SocketioLine::emitWithAck(const QString &name, const QJsonArray &arguments, Answered answered, int timeoutMs)
{
    m_socket->emitWithAck(name, QCborArray::fromJsonArray(arguments), std::move(answered), timeoutMs);
}

} // namespace stepwire
