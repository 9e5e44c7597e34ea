#pragma once

#include "core/remote/socketio/transport.h"
#include "core/remote/websocket/websocket_client.h"

namespace stepwire::engineio::client {

/// Packets over a WebSocket: each a message of its own.
class WebSocketTransport final : public Transport
{
    Q_OBJECT
public:
    WebSocketTransport(Endpoint endpoint, QObject *parent);

    void open() override;
    void send(std::deque<Packet> &queue, qsizetype maxPayload) override;
    [[nodiscard]] bool isWritable() const override { return m_client->isOpen() && !m_full; }
    [[nodiscard]] qint64 bufferedBytes() const override { return m_client->bytesToWrite(); }
    void pause() override { Q_EMIT paused(); }
    void release() override;

private:
    void onFailed(WebSocketClient::Failure failure, const QString &sentence);

    Endpoint m_endpoint;
    WebSocketClient *m_client; ///< a child of the parent, to close after this
    bool m_full = false;
};

} // namespace stepwire::engineio::client
