#pragma once

#include "core/remote/foreign/event_line.h"
#include "core/remote/websocket/websocket_client.h"

#include <QTimer>

namespace stepwire {

/// A line to the main namespace of a server of Socket.IO 1 or 2 (Engine.IO 3), over WebSocket alone: there the client
/// pings, and is in the namespace without asking. Binary events are passed over.
class Socketio2Line : public EventLine
{
public:
    struct Setup
    {
        QUrl url;
        QString path = QStringLiteral("/socket.io/");
        std::vector<std::pair<QByteArray, QByteArray>> headers;
    };

    explicit Socketio2Line(Setup setup);

    void start() override { open(); }
    void hurry() override;
    void drop() override;
    void emit(const QString &name, const QJsonArray &arguments) override;
    [[nodiscard]] bool isConnected() const override { return m_connected; }

private:
    void open();
    void read(const QByteArray &text);
    void readPacket(const QByteArray &packet);
    void ended(ConnectError::Kind kind, const QString &reason);
    void release();

    Setup m_setup;
    WebSocketClient *m_client = nullptr;
    bool m_connected = false;
    QTimer m_retry;
    QTimer m_ping; ///< until ours is due
    QTimer m_silence; ///< until an answer, or the first word, is overdue
    int m_patienceMs = 20'000;
};

} // namespace stepwire
