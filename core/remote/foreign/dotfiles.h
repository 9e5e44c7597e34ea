#pragma once

#include "core/remote/foreign/foreign_server.h"

namespace stepwire {

// Event sockets of dotfiles-socket: a length and a MessagePack map.
[[nodiscard]] Result<std::unique_ptr<ForeignServer>> makeDotfiles(const ForeignServer::Setup &setup);

} // namespace stepwire
