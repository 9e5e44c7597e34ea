#pragma once

#include "core/remote/rpc_link.h"

#include <QLocalSocket>
#include <QTimer>

#include <memory>

namespace stepwire {

/// The hub link over the Unix socket of a hub of this machine. Lives on the thread that made it.
class SocketLink : public RpcLink
{
public:
    SocketLink() = default;
    ~SocketLink() override;

    void open(const QString &path, Opened done);

protected:
    void write(const QByteArray &message) override;

private:
    void onReadable();

    std::unique_ptr<QLocalSocket> m_socket;
    QTimer m_patience;
};

} // namespace stepwire
