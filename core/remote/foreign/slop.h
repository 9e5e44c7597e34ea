#pragma once

#include "core/remote/foreign/foreign_server.h"

namespace stepwire {

/// Slop Studios 3: what is asked of it becomes jobs, and what its rooms tell.
[[nodiscard]] ForeignKind slopKind();

} // namespace stepwire
