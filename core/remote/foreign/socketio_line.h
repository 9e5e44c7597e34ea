#pragma once

#include "core/remote/backoff.h"
#include "core/remote/socketio/socketio_client.h"

#include <QJsonArray>
#include <QTimer>

namespace stepwire {

/// A namespace of somebody's Socket.IO server, for as long as this lives: connected again after each cut, after a
/// refusal too, and after the server has thrown it out. Lives on the thread that made it; must not be deleted within
/// what it calls, but by deleteLater().
class SocketioLine : public QObject
{
public:
    using ConnectError = socketio::client::ConnectError;

    struct Setup
    {
        QUrl url;
        QString nsp = QStringLiteral("/");
        socketio::client::Options options;
        std::function<QCborMap()> auth;
    };

    /// What is wanted of it; each may be empty.
    std::function<void()> connected;
    /// No connection came about. It goes on trying.
    std::function<void(const ConnectError &error)> failed;
    /// There was one, with a sentence.
    std::function<void(const QString &reason)> lost;
    std::function<void(const QString &event, const QJsonArray &arguments)> event;

    explicit SocketioLine(const Setup &setup);

    void start() { m_socket->open(); }
    /// The network is another than before.
    void hurry();
    /// Thrown out by ourselves: the next attempt comes after a while.
    void drop();
    void emit(const QString &name, const QJsonArray &arguments);
    void emitWithAck(const QString &name, const QJsonArray &arguments, socketio::client::Answered answered,
                     int timeoutMs);
    [[nodiscard]] bool isConnected() const { return m_socket->isConnected(); }

private:
    void retryLater();

    socketio::client::Manager m_manager;
    socketio::client::Socket *m_socket = nullptr;
    Backoff m_backoff;
    QTimer m_retry;
};

} // namespace stepwire
