#pragma once

#include "core/remote/websocket/tls_trust.h"
#include "core/wire/websocket/websocket.h"

#include <QByteArray>
#include <QObject>
#include <QSslSocket>
#include <QString>
#include <QTimer>
#include <QUrl>

#include <array>
#include <utility>
#include <vector>

namespace stepwire {

/// A WebSocket to a server, over TCP or TLS. Unlike QWebSocket it takes every valid text however it is fragmented,
/// gives texts as the UTF-8 that came, and says what a server answered that refuses. Lives on the thread that made it;
/// must not be deleted within its own signals, but by deleteLater().
class WebSocketClient : public QObject
{
    Q_OBJECT
public:
    struct Request
    {
        QUrl url; ///< ws or wss
        std::vector<std::pair<QByteArray, QByteArray>> headers; ///< besides those of the handshake
        TlsTrust tls;
        qsizetype mostMessageBytes = 64 * 1024 * 1024;
    };

    enum class Failure {
        Network, ///< nobody answers, or the connection broke
        Certificate, ///< who answers is not trusted
        Http, ///< the answer was no WebSocket: see httpStatus and body
        Protocol, ///< the server broke the rules
    };

    explicit WebSocketClient(QObject *parent = nullptr);
    ~WebSocketClient() override;

    /// Once. There is no limit of time: whoever waits deletes it.
    void open(const Request &request);
    void sendText(QByteArrayView utf8) { send(websocket::Opcode::Text, utf8); }
    void sendBinary(QByteArrayView bytes) { send(websocket::Opcode::Binary, bytes); }
    void sendPing(QByteArrayView payload = {}) { send(websocket::Opcode::Ping, payload); }
    /// After what was sent. `closed` comes when the server has answered, or three seconds later.
    void close(int code = websocket::close_code::normal, QByteArrayView reason = {});
    /// Closes, says no more, and deletes itself when that is done (or its parent does).
    void release();

    [[nodiscard]] bool isOpen() const { return m_phase == Phase::Open; }
    [[nodiscard]] qint64 bytesToWrite() const { return m_socket.bytesToWrite() + m_socket.encryptedBytesToWrite(); }
    /// Of the refusing answer.
    [[nodiscard]] int httpStatus() const { return m_status; }
    /// The beginning of it, at most 4 KiB.
    [[nodiscard]] const QByteArray &body() const { return m_body; }

Q_SIGNALS:
    void opened();
    void textReceived(const QByteArray &utf8);
    void binaryReceived(const QByteArray &bytes);
    void pongReceived(const QByteArray &payload);
    /// Something was written: look at bytesToWrite.
    void written();
    /// The last signal, like `failed`: it was open and was closed, with the code of the server; `abnormal` where it
    /// gave none.
    void closed(int code, const QString &reason);
    void failed(stepwire::WebSocketClient::Failure failure, const QString &sentence);

private:
    enum class Phase { Connecting, Handshake, Refused, Open, Closing, Ended };

    void send(websocket::Opcode opcode, QByteArrayView payload);
    void sendHandshake();
    void readHandshake();
    [[nodiscard]] QString checkHandshake(const QByteArrayList &lines) const;
    void readRefusal();
    void readFrames();
    void handle(websocket::Message &message);
    void lost();
    void fail(Failure failure, const QString &sentence);
    void end();
    [[nodiscard]] std::array<quint8, 4> nextMask();
    [[nodiscard]] QString where() const;

    Request m_request;
    QSslSocket m_socket;
    QTimer m_timer;
    Phase m_phase = Phase::Connecting;
    bool m_released = false;
    QByteArray m_key;
    QByteArray m_input; ///< head of the answer
    QByteArray m_body;
    qint64 m_missing = -1; ///< of the body; -1: not known
    int m_status = 0;
    websocket::Reader m_reader;
    std::array<quint32, 64> m_masks = {}; ///< drawn in one go
    std::size_t m_masksUsed = 64;
};

} // namespace stepwire
