#include "core/remote/foreign/dotfiles.h"
#include "core/remote/foreign/dotfiles_daemon.h"
#include "core/remote/foreign/foreign_server.h"
#include "core/remote/foreign/frappe_server.h"
#include "core/remote/foreign/mainline.h"
#include "core/remote/foreign/mutant.h"
#include "core/remote/foreign/slop.h"
#include "core/remote/foreign/socketio_server.h"

namespace stepwire {

void ForeignServer::handle(const Request & /*request*/, Reply reply)
{
    reply(fail(code::wrongState, QStringLiteral("this server only tells what it does: nothing can be asked of it")));
}

const std::vector<ForeignKind> &foreignKinds()
{
    static const std::vector<ForeignKind> kinds = {
        {"dotfiles",
         "dotfiles-socket",
         {{"socket", "path of an event socket, or of the folder whose *.sock are listened to as they come and go"},
          {"tcp", "HOST:PORT of an event socket of TCP, instead"}},
         makeDotfiles},
        {"dotfiles-daemon",
         "dotfiles-daemon",
         {{"socket", "folder of its event sockets, or the path of one; ~/.cache/dotfiles/sockets unless given"},
          {"patience", "minutes without news until an operation counts as interrupted; 60 unless given"}},
         makeDotfilesDaemon},
        frappeKind(),
        {"mainline",
         "Mainline display",
         {{"url", "ws://HOST[:PORT] of the display; port 8765 unless given", true}},
         makeMainline},
        mutantServer(),
        slopKind(),
        socketioKind(),
    };
    return kinds;
}

} // namespace stepwire
