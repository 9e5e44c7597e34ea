#pragma once

#include "core/hub/hub_link.h"
#include "core/wire/native/native.h"

#include <QObject>

#include <map>

namespace stepwire {

/// The hub link as JSON-RPC 2.0 messages (docs/PROTOCOL.md) over whatever carries them, which is for those derived from
/// it: they write a message, and tell what came and that nothing more will. Lives on the thread that made it.
class RpcLink : public QObject, public HubLink
{
public:
    /// Gets the hub's greeting, or why there is none.
    using Opened = std::function<void(const Result<native::Hello> &)>;

    void setSink(Sink *sink) override { m_sink = sink; }
    void call(const QString &method, const QJsonObject &params, Answered answered) override;

    [[nodiscard]] const native::Hello &hello() const { return m_hello; }

    /// Nobody wants it any more: calls that wait are answered with that, the sink is told nothing.
    void abandon(const QString &reason);

protected:
    /// The longest message that is taken from a hub, in bytes.
    static constexpr qsizetype messageLimit = 64 * 1024 * 1024;

    void setOpened(Opened opened) { m_opened = std::move(opened); }
    [[nodiscard]] bool greeted() const { return !m_opened; }

    virtual void write(const QByteArray &message) = 0;
    void receive(const QByteArray &message);
    /// The first call tells everybody who waits; may be the end of this object.
    void lost(const QString &reason);

private:
    void handleNotification(const QString &method, const QJsonObject &params, const QByteArray &message);

    Opened m_opened;
    native::Hello m_hello;
    Sink *m_sink = nullptr;
    qint64 m_nextId = 1;
    std::map<qint64, Answered> m_calls;
};

} // namespace stepwire
