#pragma once

#include <CLI/CLI.hpp>

#include <optional>

namespace stepwire {

/// The options of `stepwire --no-gui`, which `stepwire` checks and `sw-hub` obeys.
struct HubWords
{
    bool noGui = false;
    bool untilIdle = false;
    bool noListen = false;
    bool notify = false;
    std::optional<std::string> listen;
    std::string socketDir;
    int idleMs = 30'000;
    int readyFd = -1;
};

void addHubWords(CLI::App &app, HubWords &words);

} // namespace stepwire
