#pragma once

#include "core/remote/socketio/backoff.h"
#include "core/remote/socketio/engineio_connection.h"
#include "core/remote/socketio/socketio_client.h"

#include <QPointer>
#include <QTimer>

#include <deque>
#include <map>
#include <unordered_map>

namespace stepwire::socketio::client {

using engineio::client::Connection;
using engineio::client::Failure;

class Manager::Impl
{
public:
    explicit Impl(Manager &manager);
    ~Impl();

    void open();
    void close();
    void reconnectNow();
    void send(const Packet &packet);
    /// A socket needs the connection no more.
    void idle();
    [[nodiscard]] bool isConnectionWritable() const { return m_connection && m_connection->isWritable(); }
    [[nodiscard]] bool hasPingExpired() { return m_connection && m_connection->hasPingExpired(); }
    /// The server is of the past: nothing works, and nothing is tried again.
    void refuseOldServer();

    Manager &m_manager;
    std::map<QString, Socket *> m_sockets;
    Connection *m_connection = nullptr; ///< while opening and open
    std::shared_ptr<QNetworkCookieJar> m_cookies;
    quint64 m_generation = 0; ///< of the connection

private:
    void start();
    void onOpened();
    /// `final`: no second attempt would mend it.
    void onFailed(const Failure &failure, bool final = false);
    void onMessage(const QByteArray &message, bool binary);
    void dropConnection();
    void closed(const QString &reason, const QString &detail);
    void schedule();
    void attempt();
    /// Calls that are made for each socket: one may be added meanwhile.
    [[nodiscard]] std::vector<QPointer<Socket>> activeSockets() const;

    Backoff m_backoff;
    Decoder m_decoder;
    QTimer m_openTimer; ///< of Options::timeout
    QTimer m_backoffTimer;
    bool m_skipReconnect = false;
    bool m_attempting = false; ///< the opening is a reconnection
    bool m_socketWorked = false; ///< a WebSocket did, for rememberUpgrade
};

class Socket::Impl
{
public:
    Impl(Socket &socket, SocketOptions options);

    void onOpen();
    void onError(const ConnectError &error);
    void onClose(const QString &reason, const QString &detail);
    void onPacket(const Packet &packet);
    void destroy();
    void emit(const QString &event, const QCborArray &arguments, Delivery delivery, Answered answered, int timeoutMs,
              bool fromQueue);
    void drainQueue(bool force);

    struct WaitingAck
    {
        Answered answered;
        std::unique_ptr<QTimer> timer;
    };
    struct Retried
    {
        quint64 number = 0;
        QString event;
        QCborArray arguments;
        Answered answered;
        int timeoutMs = 0;
        int tries = 0;
        bool pending = false;
    };

    Socket &m_socket;
    SocketOptions m_options;
    std::map<QString, std::vector<Handler>> m_handlers;
    std::vector<AnyHandler> m_anyHandlers;
    std::deque<Packet> m_sendBuffer;
    std::vector<Packet> m_receiveBuffer;
    std::unordered_map<qint64, WaitingAck> m_acks;
    qint64 m_nextId = 0;
    std::deque<Retried> m_retried;
    quint64 m_nextRetried = 0;
    quint64 m_asked = 0; ///< the generation of the connection that was asked for this namespace
    QString m_pid; ///< null without recovery
    QString m_lastOffset;

private:
    void onConnect(const QString &sid, const QString &pid);
    void onEvent(const Packet &packet);
    void dispatch(const Packet &packet);
    void onAck(const Packet &packet);
    void clearAcks();
    void addToQueue(const QString &event, const QCborArray &arguments, Answered answered, int timeoutMs);
    [[nodiscard]] Ack makeAck(qint64 id);
    [[nodiscard]] qint64 registerAck(Answered answered, int timeoutMs);
};

} // namespace stepwire::socketio::client
