#pragma once

#include "core/remote/rpc_link.h"

#include <QUrl>

namespace stepwire {

class WebSocketClient;

/// The hub link over a WebSocket with the subprotocol `stepwire.v1`. Lives on the thread that made it.
class WebLink : public RpcLink
{
public:
    struct Options
    {
        QUrl url; ///< `wss://host:port`, or `ws://` on loopback; without a path: `/ws`
        QString token;
        /// SHA-256 of the only certificate that is accepted, in hexadecimal; empty: one that the system's authorities
        /// vouch for.
        QString pin;
    };

    WebLink() = default;
    ~WebLink() override;

    void open(const Options &options, Opened done);

protected:
    void write(const QByteArray &message) override;

private:
    WebSocketClient *m_socket = nullptr; ///< deletes itself when it is released
};

/// The digest as `Options::pin` has it, whatever of "AB:CD" and "abcd" a person wrote; or why it is none.
[[nodiscard]] Result<QString> certificatePin(const QString &written);

} // namespace stepwire
