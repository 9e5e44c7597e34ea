#pragma once

#include "core/remote/socketio/transport.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <deque>
#include <optional>

namespace stepwire::engineio::client {

/// Of a computer that may have slept meanwhile.
[[nodiscard]] std::chrono::milliseconds sinceBoot();

/// A session of Engine.IO 4 with a server: handshake, heartbeat, upgrade of the transport. Lives on the thread that
/// made it; must not be deleted within its own signals, but by release(). After `closed` it says nothing more.
class Connection final : public QObject
{
    Q_OBJECT
public:
    struct Options
    {
        Endpoint endpoint;
        std::vector<TransportKind> transports;
        bool upgrade = true;
        bool beginWithWebSocket = false; ///< where it is among the transports
        bool tryAllTransports = false;
    };

    Connection(Options options, QObject *parent);

    void open();
    /// Says no more, sends what waits, ends in good order and deletes itself.
    void release();

    void sendText(const QByteArray &message) { send({PacketType::Message, message, false}); }
    void sendBinary(const QByteArray &message) { send({PacketType::Message, message, true}); }

    [[nodiscard]] bool isOpen() const { return m_phase == Phase::Open; }
    [[nodiscard]] bool isWritable() const { return isOpen() && !m_upgrading && m_transport->isWritable(); }
    [[nodiscard]] TransportKind transport() const { return m_kind; }
    [[nodiscard]] const QByteArray &sid() const { return m_sid; }
    [[nodiscard]] qint64 bufferedBytes() const;
    /// The server's ping is overdue, though no timer has said so yet: the computer slept. It is closed soon.
    bool hasPingExpired();

Q_SIGNALS:
    void opened();
    void textReceived(const QByteArray &message);
    void binaryReceived(const QByteArray &message);
    void ping();
    void upgraded();
    void drained();
    /// It did not open.
    void failed(const stepwire::engineio::client::Failure &failure);
    /// It was open. `transport close`, `transport error`, `ping timeout`.
    void closed(const QString &reason, const QString &detail);

private:
    enum class Phase { Opening, Open, Closing, Closed };

    [[nodiscard]] Transport *make(TransportKind kind);
    void begin(TransportKind kind);
    void use(Transport *transport, TransportKind kind);
    void send(Packet packet);
    void flush();
    void onPacket(const Packet &packet);
    void onHandshake(const QByteArray &data);
    void probe();
    void onProbePacket(const Packet &packet);
    void endProbe();
    void finishUpgrade();
    void onFailed(const Failure &failure);
    void end(const QString &reason, const QString &detail);
    void dropTransports();
    void checkReleased();
    void expectPing();

    Options m_options;
    Phase m_phase = Phase::Opening;
    Transport *m_transport = nullptr;
    TransportKind m_kind = TransportKind::Polling;
    std::vector<TransportKind> m_untried;
    Transport *m_probe = nullptr;
    bool m_upgrading = false; ///< the probe was answered; nothing is sent until the other transport is silent
    bool m_released = false;
    QByteArray m_sid;
    qsizetype m_maxPayload = 0;
    std::deque<Packet> m_queue;
    qint64 m_queuedBytes = 0;
    std::chrono::milliseconds m_patience{0}; ///< between two pings
    std::chrono::milliseconds m_pingDue{0}; ///< by sinceBoot
    QTimer m_pingTimer;
};

} // namespace stepwire::engineio::client
