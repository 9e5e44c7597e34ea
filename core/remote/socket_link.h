#pragma once

#include "core/hub/hub_link.h"
#include "core/wire/native/native.h"

#include <QLocalSocket>
#include <QObject>

#include <map>
#include <memory>

namespace stepwire {

/// The hub link over the Unix socket of a hub of this machine. Lives on the thread that made it.
class SocketLink : public QObject, public HubLink
{
public:
    SocketLink() = default;
    ~SocketLink() override;

    /// `done` gets the hub's greeting, or why there is none.
    void open(const QString &path, std::function<void(const Result<native::Hello> &)> done);

    void setSink(Sink *sink) override { m_sink = sink; }
    void call(const QString &method, const QJsonObject &params, Answered answered) override;

    [[nodiscard]] const native::Hello &hello() const { return m_hello; }

private:
    void onReadable();
    void handleLine(const QByteArray &line);
    void handleNotification(const QString &method, const QJsonObject &params, const QByteArray &line);
    void lost(const QString &reason);

    std::unique_ptr<QLocalSocket> m_socket;
    std::function<void(const Result<native::Hello> &)> m_opened;
    native::Hello m_hello;
    Sink *m_sink = nullptr;
    qint64 m_nextId = 1;
    std::map<qint64, Answered> m_calls;
};

} // namespace stepwire
