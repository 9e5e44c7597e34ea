#pragma once

#include "core/model/result.h"

#include <QString>

namespace stepwire {

/// Makes a listening Unix stream socket at `path` that only its owner can reach from its first moment (0600), in a
/// folder made for it (0700) where there is none. A socket file that is already there is replaced: only call this as
/// its owner. Gives the descriptor.
[[nodiscard]] Result<int> listenUnix(const QString &path);

/// Whether the other end of a connected Unix socket runs as this user or root.
[[nodiscard]] bool peerIsUs(int descriptor);

} // namespace stepwire
