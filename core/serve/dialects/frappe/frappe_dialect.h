#pragma once

#include "core/serve/dialects/dialect.h"

namespace stepwire {

/// The server's side of Frappe's realtime (version 15: a namespace a site, rooms without the site's name) with the few
/// methods of its web server that its clients ask, on one port.
[[nodiscard]] Result<std::unique_ptr<Dialect>> makeFrappeDialect(const Dialect::Setup &setup);

} // namespace stepwire
