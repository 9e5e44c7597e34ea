#include "core/remote/socketio/websocket_transport.h"

#include <QUrlQuery>

namespace stepwire::engineio::client {

static constexpr qint64 fullBytes = qint64(256) * 1024;

WebSocketTransport::WebSocketTransport(Endpoint endpoint, QObject *parent)
    : Transport(parent), m_endpoint(std::move(endpoint)), m_client(new WebSocketClient(parent))
{
}

void WebSocketTransport::open()
{
    connect(m_client, &WebSocketClient::opened, this, &Transport::opened);
    connect(m_client, &WebSocketClient::failed, this, &WebSocketTransport::onFailed);
    connect(m_client, &WebSocketClient::closed, this, [this](int code, const QString &reason) {
        const QString number = QStringLiteral("closed with code %1").arg(code);
        Q_EMIT closed(reason.isEmpty() ? number : number + QStringLiteral(": ") + reason);
    });
    connect(m_client, &WebSocketClient::written, this, [this] {
        if (m_full && m_client->bytesToWrite() == 0) {
            m_full = false;
            Q_EMIT writable();
        }
    });
    connect(m_client, &WebSocketClient::textReceived, this, [this](const QByteArray &text) {
        if (auto packet = decodePacket(text))
            Q_EMIT received(*packet);
        else
            Q_EMIT failed(payloadFailure(m_endpoint.url, text, {}, false));
    });
    connect(m_client, &WebSocketClient::binaryReceived, this, [this](const QByteArray &bytes) {
        Q_EMIT received({PacketType::Message, bytes, true});
    });
    m_client->open({m_endpoint.address(true), m_endpoint.allHeaders(), m_endpoint.tls, m_endpoint.mostMessageBytes});
}

void WebSocketTransport::send(std::deque<Packet> &queue, qsizetype /*maxPayload*/)
{
    QByteArray text;
    for (; !queue.empty() && isWritable(); queue.pop_front()) {
        const Packet &packet = queue.front();
        if (packet.binary) {
            m_client->sendBinary(packet.data);
        } else {
            text.resize(0);
            text += static_cast<char>(packet.type);
            text += packet.data;
            m_client->sendText(text);
        }
        m_full = m_client->bytesToWrite() >= fullBytes;
    }
}

void WebSocketTransport::onFailed(WebSocketClient::Failure failure, const QString &sentence)
{
    switch (failure) {
    case WebSocketClient::Failure::Http:
        Q_EMIT failed(httpFailure(m_endpoint.url, m_client->httpStatus(), m_client->body()));
        return;
    case WebSocketClient::Failure::Network: Q_EMIT failed({FailureKind::Network, sentence}); return;
    case WebSocketClient::Failure::Certificate: Q_EMIT failed({FailureKind::Certificate, sentence}); return;
    case WebSocketClient::Failure::Protocol: Q_EMIT failed({FailureKind::Protocol, sentence}); return;
    }
}

void WebSocketTransport::release()
{
    m_client->disconnect(this);
    m_client->release();
    blockSignals(true);
    deleteLater();
}

} // namespace stepwire::engineio::client
