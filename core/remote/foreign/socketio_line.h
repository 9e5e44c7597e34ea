#pragma once

#include "core/remote/foreign/event_line.h"

#include <QTimer>

namespace stepwire {

/// A line to a server of Socket.IO 3 or 4.
class SocketioLine : public EventLine
{
public:
    struct Setup
    {
        QUrl url;
        QString nsp = QStringLiteral("/");
        socketio::client::Options options;
        std::function<QCborMap()> auth;
    };

    explicit SocketioLine(const Setup &setup);

    void start() override { m_socket->open(); }
    void hurry() override;
    void drop() override;
    void emit(const QString &name, const QJsonArray &arguments) override;
    void emitWithAck(const QString &name, const QJsonArray &arguments, socketio::client::Answered answered,
                     int timeoutMs);
    [[nodiscard]] bool isConnected() const override { return m_socket->isConnected(); }

private:
    void retryLater();

    socketio::client::Manager m_manager;
    socketio::client::Socket *m_socket = nullptr;
    QTimer m_retry;
};

} // namespace stepwire
