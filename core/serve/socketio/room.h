#pragma once

#include "core/serve/socketio/socketio_server.h"

#include <unordered_set>

namespace stepwire::socketio {

/// Sockets that are told the same. Those on a WebSocket that takes what it is sent are written to as one group.
struct Namespace::Room
{
    explicit Room(io::Reactor &reactor) : group(reactor) { }

    io::Group group;
    std::unordered_set<Socket *> members;
    std::unordered_set<Socket *> individual; ///< members that are not in the group: they poll, or have stalled
};

} // namespace stepwire::socketio
