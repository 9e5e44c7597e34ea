#pragma once

#include "core/remote/socketio/failure.h"
#include "core/remote/websocket/tls_trust.h"
#include "core/wire/engineio/engineio.h"

#include <QNetworkCookieJar>
#include <QObject>
#include <QUrlQuery>

#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace stepwire::engineio::client {

/// What transports share: where they go, and with what.
struct Endpoint
{
    QUrl url; ///< http or https, with path and query
    std::vector<std::pair<QByteArray, QByteArray>> headers;
    TlsTrust tls;
    std::shared_ptr<QNetworkCookieJar> cookies; ///< null: those of the server are not kept
    QByteArray sid; ///< null before the handshake
    qsizetype mostMessageBytes = 0;

    /// With the parameters of Engine.IO, as http or (`webSocket`) ws.
    [[nodiscard]] QUrl address(bool webSocket) const;
    /// With those cookies that are due.
    [[nodiscard]] std::vector<std::pair<QByteArray, QByteArray>> allHeaders() const;
};

/// One way of carrying packets. After `failed` or `closed` it says nothing more. Must not be deleted within its own
/// signals, but by deleteLater().
class Transport : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    virtual void open() = 0;
    /// Once the server has given it.
    virtual void setSid(const QByteArray & /*sid*/) { }
    /// Takes from the front what it can send now; as much as makes one POST of `maxPayload` bytes where that matters.
    virtual void send(std::deque<Packet> &queue, qsizetype maxPayload) = 0;
    /// What is sent goes out at once.
    [[nodiscard]] virtual bool isWritable() const = 0;
    /// What `send` took and is not out yet.
    [[nodiscard]] virtual qint64 bufferedBytes() const = 0;
    /// `paused` comes when nothing is under way any more.
    virtual void pause() = 0;
    /// Says no more, ends in good order and deletes itself.
    virtual void release() = 0;

Q_SIGNALS:
    void opened(); ///< of WebSocket: packets can be sent, though there was no handshake of Engine.IO yet
    void received(const stepwire::engineio::Packet &packet);
    void writable(); ///< again, after it was not
    void paused();
    void failed(const stepwire::engineio::client::Failure &failure);
    void closed(const QString &detail);
};

} // namespace stepwire::engineio::client
