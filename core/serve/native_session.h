#pragma once

#include "core/serve/feed.h"
#include "core/wire/native/native.h"

#include <functional>
#include <memory>

namespace stepwire {

/// One client that speaks the native protocol on a connection that stays: answers its calls and gives it the events
/// that it subscribes to. What carries the messages frames them. Lives on the hub's thread.
class NativeSession
{
public:
    struct Carrier
    {
        /// A message as it stands in the carrier's stream.
        QByteArray (*frame)(QByteArrayView message);
        /// Looks at each request before the hub does; may change it.
        std::function<Result<Request>(Request)> permit;
        /// Tells the client why it is left, behind what waits for it, and closes.
        std::function<void(const QByteArray &reason)> end;
    };

    NativeSession(Hub &hub, Feed &feed, StreamCarrier &stream, io::Connection &connection, Carrier carrier);

    void sendHello(const native::Hello &hello);
    /// One message of the client.
    void receive(QByteArrayView message);
    void refuse(const Error &error);

    /// The client owes us the reading of its answers, or has too many calls open: no more of it is to be read until
    /// `resume` is called.
    [[nodiscard]] bool busy() const;
    std::function<void()> resume;

    void stalled();
    void drained();
    /// Leaves the client when it has got what there is for it.
    void end(const QByteArray &reason);
    [[nodiscard]] bool subscribed() const { return m_reader.subscribed(); }

private:
    void subscribe(const native::Call &call, const native::Subscribe &wanted);
    void answer(const QByteArray &message);
    void resumeIfRead();

    Hub &m_hub;
    io::Connection &m_connection;
    Carrier m_carrier;
    StreamCarrier::Outlet m_outlet;
    Feed::Reader m_reader;
    int m_outstanding = 0; ///< calls that are not answered yet
    qint64 m_unread = 0; ///< bytes of answers since the client stopped reading
    bool m_held = false;
    std::shared_ptr<NativeSession *> m_self; ///< for answers that come late
};

/// The result of `subscribe`, before anything that follows from it.
[[nodiscard]] QJsonObject subscribeResult(const Hub &hub, const native::Subscribe &wanted);

/// What this hub says first, to a client with this scope.
[[nodiscard]] native::Hello helloOf(const Hub &hub, const QString &server, const QString &scope);

} // namespace stepwire
