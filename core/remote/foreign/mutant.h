#pragma once

#include "core/remote/foreign/foreign_server.h"

namespace stepwire {

/// The row of `foreignKinds` for a MutAnt daemon: tasks that store and fetch files in a network, over a WebSocket.
[[nodiscard]] ForeignKind mutantServer();

} // namespace stepwire
