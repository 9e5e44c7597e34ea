#pragma once

#include "app/host/hub_host.h"

namespace stepwire {

/// What a process needs in which a hub is to live: enough descriptors, and disks that may be full.
void prepareProcess(HubOptions &options);

/// `stepwire --no-gui`: is the hub until told to stop (SIGTERM, SIGINT). `readyFd` gets `ready` or why not, where
/// given. Gives the exit code.
[[nodiscard]] int serveHub(HubOptions options, int readyFd);

} // namespace stepwire
