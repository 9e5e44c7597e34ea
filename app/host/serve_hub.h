#pragma once

#include "app/host/hub_host.h"

namespace stepwire {

/// What a process needs in which a hub is to live: enough descriptors, and disks that may be full.
void prepareProcess(HubOptions &options);

/// `stepwire --no-gui`: is the hub until told to stop (SIGTERM, SIGINT). `readyFd` gets `ready` or why not, where
/// given. `serving` is called when the hub is there; what it gives lives until the hub ends. Gives the exit code.
[[nodiscard]] int serveHub(HubOptions options, int readyFd,
                           const std::function<std::shared_ptr<void>(HubHost &)> &serving = {});

} // namespace stepwire
