#pragma once

#include <QString>

namespace stepwire::engineio::client {

enum class TransportKind { Polling, WebSocket };

enum class FailureKind {
    Network, ///< nobody answers: a name, a route, a refused or broken connection
    Timeout, ///< not in time
    Certificate, ///< TLS: who answers is not trusted
    NotSocketIo, ///< an HTTP server answers, but not as Socket.IO does
    OldProtocol, ///< a server of Socket.IO 2.x or older
    Protocol, ///< the server breaks the rules of the protocol
    Refused, ///< by the server, in its own words
};

/// Why there is no connection, or no more.
struct Failure
{
    FailureKind kind = FailureKind::Network;
    QString sentence;
    int httpStatus = 0; ///< of an answer that was none of Engine.IO, else 0
};

} // namespace stepwire::engineio::client
