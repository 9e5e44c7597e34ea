#include "core/serve/socket_writer.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <sys/uio.h>

namespace stepwire {

WriteResult writePending(qintptr descriptor, QByteArrayList &pending, qsizetype &frontOffset)
{
    constexpr qsizetype mostPieces = 64;
    while (!pending.isEmpty()) {
        std::array<iovec, mostPieces> pieces{};
        const qsizetype count = std::min(mostPieces, pending.size());
        for (qsizetype i = 0; i < count; ++i) {
            const qsizetype skip = i == 0 ? frontOffset : 0;
            pieces[static_cast<std::size_t>(i)] = {const_cast<char *>(pending[i].constData()) + skip,
                                                   static_cast<std::size_t>(pending[i].size() - skip)};
        }
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = static_cast<std::size_t>(count);
        ssize_t sent = ::sendmsg(static_cast<int>(descriptor), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? WriteResult::Full : WriteResult::Broken;
        qsizetype whole = 0;
        while (whole < count && sent >= pending[whole].size() - (whole == 0 ? frontOffset : 0)) {
            sent -= pending[whole].size() - (whole == 0 ? frontOffset : 0);
            ++whole;
        }
        if (whole > 0) {
            pending.remove(0, whole);
            frontOffset = 0;
        }
        frontOffset += sent;
    }
    frontOffset = 0;
    return WriteResult::Done;
}

} // namespace stepwire
