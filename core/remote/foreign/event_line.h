#pragma once

#include "core/remote/backoff.h"
#include "core/remote/socketio/socketio_client.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QObject>

#include <functional>

namespace stepwire {

/// A connection to one namespace of somebody's Socket.IO server, for as long as this lives: made again after each cut,
/// after a refusal too, and after the server has thrown it out. Lives on the thread that made it; must not be deleted
/// within what it calls, but by deleteLater().
class EventLine : public QObject
{
public:
    using ConnectError = socketio::client::ConnectError;

    /// What is wanted of it; each may be empty.
    std::function<void()> connected;
    /// No connection came about. It goes on trying.
    std::function<void(const ConnectError &error)> failed;
    /// There was one, with a sentence.
    std::function<void(const QString &reason)> lost;
    std::function<void(const QString &event, const QJsonArray &arguments)> event;

    virtual void start() = 0;
    /// The network is another than before.
    virtual void hurry() = 0;
    /// Given up by ourselves, in silence: the next attempt comes after a while.
    virtual void drop() = 0;
    virtual void emit(const QString &name, const QJsonArray &arguments) = 0;
    [[nodiscard]] virtual bool isConnected() const = 0;

protected:
    void opened() { m_since.start(); }
    void startOver() { m_backoff.reset(); }
    /// Who is let in only to be thrown out waits longer each time, too.
    [[nodiscard]] int nextRetryMs()
    {
        if (m_since.isValid() && m_since.hasExpired(stableMs))
            m_backoff.reset();
        m_since.invalidate();
        return m_backoff.nextMs();
    }

private:
    static constexpr int stableMs = 10'000;

    Backoff m_backoff;
    QElapsedTimer m_since; ///< it is connected
};

} // namespace stepwire
