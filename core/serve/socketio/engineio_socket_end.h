#pragma once

#include "core/serve/socketio/engineio_server.h"

namespace stepwire::engineio {

/// A session's end of a WebSocket. The socket may outlive the session while it closes.
class Session::SocketEnd final : public http::WebSocketHandler
{
public:
    explicit SocketEnd(Session *owner) : session(owner) { }
    SocketEnd(const SocketEnd &) = delete;
    SocketEnd &operator=(const SocketEnd &) = delete;
    ~SocketEnd() override
    {
        if (session)
            session->socketClosed(*this); // the reactor ended before the session
    }

    Session *session; ///< null: nobody listens any more

private:
    void messageReceived(http::WebSocket & /*socket*/, QByteArrayView payload, bool text) override
    {
        if (session)
            session->socketReceived(*this, payload, text);
    }
    void stalled(http::WebSocket & /*socket*/) override
    {
        if (session)
            session->socketStalled(*this);
    }
    void drained(http::WebSocket & /*socket*/) override
    {
        if (session)
            session->socketDrained(*this);
    }
    void closed(http::WebSocket & /*socket*/, int /*code*/, const QByteArray & /*reason*/) override
    {
        if (session)
            std::exchange(session, nullptr)->socketClosed(*this);
    }
};

} // namespace stepwire::engineio
