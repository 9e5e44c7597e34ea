#include "app/commands/commands.h"

#include "app/terminal/output.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace stepwire {

namespace {

/// What one side has sent and the other has not taken yet.
struct Pipe
{
    int from;
    int to;
    bool toSocket;
    std::array<char, 64 * 1024> bytes{};
    std::size_t start = 0;
    std::size_t end = 0;
    bool ended = false;

    [[nodiscard]] bool empty() const { return start == end; }

    /// False: the reading side is at its end.
    bool fill()
    {
        const ssize_t got = ::read(from, bytes.data(), bytes.size());
        if (got > 0) {
            start = 0;
            end = static_cast<std::size_t>(got);
        }
        return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
    }

    /// False: nobody takes it any more.
    bool flush()
    {
        const ssize_t put = toSocket ? ::send(to, bytes.data() + start, end - start, MSG_NOSIGNAL)
                                     : ::write(to, bytes.data() + start, end - start);
        if (put > 0)
            start += static_cast<std::size_t>(put);
        return put > 0 || (put < 0 && (errno == EAGAIN || errno == EINTR));
    }
};

/// Carries bytes both ways until one side ends, holding at most one buffer for each: a slow reader is felt at the other
/// end, by the hub's own rules.
int relay(int socket)
{
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, socket})
        ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    Pipe up{STDIN_FILENO, socket, true};
    Pipe down{socket, STDOUT_FILENO, false};
    while (true) {
        std::array<pollfd, 4> waits{};
        std::array<Pipe *, 2> pipes{&up, &down};
        for (std::size_t i = 0; i < pipes.size(); ++i) {
            const Pipe &pipe = *pipes[i];
            waits[2 * i] = {pipe.empty() && !pipe.ended ? pipe.from : -1, POLLIN, 0};
            waits[2 * i + 1] = {pipe.empty() ? -1 : pipe.to, POLLOUT, 0};
        }
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
            return exit_code::failed;
        for (std::size_t i = 0; i < pipes.size(); ++i) {
            Pipe &pipe = *pipes[i];
            if (waits[2 * i].revents != 0 && !pipe.fill())
                pipe.ended = true;
            if (waits[2 * i + 1].revents != 0 && !pipe.flush())
                return exit_code::succeeded;
            if (pipe.ended && pipe.empty())
                return exit_code::succeeded;
        }
    }
}

int connectTo(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    sockaddr_un address{};
    if (static_cast<std::size_t>(name.size()) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.constData(), static_cast<std::size_t>(name.size()));
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && ::connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0)
        return fd;
    const int error = errno;
    if (fd >= 0)
        ::close(fd);
    errno = error;
    return -1;
}

int bridge(const CommandSetup &setup)
{
    // A session finds the hub, or starts one as any command does; then the bytes are carried past it.
    int fd = connectTo(setup.paths.socket());
    if (fd < 0) {
        Session session(setup.paths);
        const int met = session.run(Session::IfNone::Start, [&] {
            fd = connectTo(setup.paths.socket()); // while the session still keeps the hub from being idle
            session.finish(exit_code::succeeded);
        });
        if (met != exit_code::succeeded)
            return met;
    }
    if (fd < 0) {
        sayError(QStringLiteral("no hub answers at %1: %2")
                     .arg(setup.paths.socket(), QString::fromLocal8Bit(std::strerror(errno))));
        return exit_code::unreachable;
    }
    return relay(fd);
}

} // namespace

void addBridge(const CommandSetup &setup)
{
    CLI::App *verb = setup.app.add_subcommand(
        "bridge", "Speak the hub's protocol on standard input and output, for another machine's hub (see host add)");
    verb->callback([setup] { setup.action = [setup] { return bridge(setup); }; });
}

} // namespace stepwire
