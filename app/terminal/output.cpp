#include "app/terminal/output.h"

#include <cerrno>
#include <csignal>

#include <poll.h>
#include <unistd.h>

namespace stepwire {

bool writeAll(int descriptor, QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), static_cast<std::size_t>(bytes.size()));
        if (written > 0) {
            bytes = bytes.sliced(written);
        } else if (errno == EAGAIN) { // somebody else set our terminal to non-blocking
            pollfd writable{descriptor, POLLOUT, 0};
            ::poll(&writable, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void printLine(const QByteArray &line)
{
    if (!writeAll(STDOUT_FILENO, line + '\n')) {
        ::signal(SIGPIPE, SIG_DFL);
        ::raise(SIGPIPE);
    }
}

void sayError(const QString &sentence)
{
    say(QStringLiteral("stepwire: ") + sentence);
}

void say(const QString &line)
{
    (void)writeAll(STDERR_FILENO, line.toUtf8() + '\n');
}

bool isTerminal(int descriptor)
{
    return ::isatty(descriptor) == 1;
}

} // namespace stepwire
