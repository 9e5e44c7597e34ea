#include "core/engine/process_runner.h"

#include <fcntl.h>
#include <unistd.h>

namespace stepwire {

std::optional<StepChannel> openPipes()
{
    StepChannel channel;
    for (std::size_t i = 0; i < 2; ++i) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            return {};
        channel.ours[i] = OwnedFd(ends[0]);
        channel.theirs[i] = OwnedFd(ends[1]);
        // Only our end: whether a pipe blocks belongs to each end's own open file.
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    }
    return channel;
}

} // namespace stepwire
