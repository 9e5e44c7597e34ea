#include "app/hub_words.h"

namespace stepwire {

void addHubWords(CLI::App &app, HubWords &words)
{
    auto *noGui = app.add_flag("--no-gui", words.noGui, "be the hub, without a window, until told to stop");
    app.add_flag("--until-idle", words.untilIdle, "end some time after the last job and client")->needs(noGui);
    auto *noListen = app.add_flag("--no-listen", words.noListen, "no port, only the local socket")->needs(noGui);
    app.add_option("--listen", words.listen, "where browsers and other programs reach the hub (127.0.0.1:7837)")
        ->type_name("HOST:PORT")
        ->needs(noGui)
        ->excludes(noListen);
    app.add_flag("--notify", words.notify, "tell the desktop: notifications, Plasma's jobs, no suspend while one runs")
        ->needs(noGui);
    app.add_option("--socket-dir", words.socketDir, "where event sockets are made")->type_name("DIR")->needs(noGui);
    app.add_option("--idle-ms", words.idleMs, "how long an idle hub waits")->group("")->needs(noGui);
    app.add_option("--ready-fd", words.readyFd, "told when the hub listens")->group("")->needs(noGui);
}

} // namespace stepwire
