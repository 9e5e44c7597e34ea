#include "core/engine/process_runner.h"

#include <QFile>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stepwire {

// A step that prints without end is read at 8 MiB a second after its first 64 MiB; the pipe then holds it back.
static constexpr qint64 burstBytes = 64 * 1024 * 1024;
static constexpr qint64 refillBytes = 400 * 1024;
static constexpr int refillIntervalMs = 50;
static constexpr qint64 readBytes = 64 * 1024;
static constexpr qint64 lastBytes = 1024 * 1024; // read at most after the end of all processes

void OwnedFd::reset()
{
    if (m_fd >= 0)
        ::close(std::exchange(m_fd, -1));
}

static QString errorText(int error)
{
    return QString::fromLocal8Bit(::strerror(error));
}

ProcessRunner::ProcessRunner(QString guardPath, Observer &observer, std::uint32_t maxFiles)
    : m_guardPath(std::move(guardPath)), m_observer(observer), m_maxFiles(maxFiles)
{
    m_refillTimer.setInterval(refillIntervalMs);
    connect(&m_refillTimer, &QTimer::timeout, this, [this] { refill(); });
}

ProcessRunner::~ProcessRunner()
{
    m_readyNotifier.reset();
    m_guardNotifier.reset();
    m_guard.reset();
    if (m_guardPid <= 0)
        return;
    // The guard now ends what still runs, at once where nothing does. We wait so that it leaves no zombie to somebody
    // who may never reap it, but not for ever.
    const int guardFd = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(m_guardPid), 0));
    pollfd ended{guardFd, POLLIN, 0};
    if (guardFd >= 0 && ::poll(&ended, 1, 2 * static_cast<int>(guardOrphanGraceMs)) == 1)
        ::waitpid(static_cast<pid_t>(m_guardPid), nullptr, WNOHANG);
    if (guardFd >= 0)
        ::close(guardFd);
}

bool ProcessRunner::ensureGuard(QString &problem)
{
    if (m_guard.valid())
        return true;
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        problem = QStringLiteral("no socket for the guard process: %1").arg(errorText(errno));
        return false;
    }
    OwnedFd ours(ends[0]);
    const OwnedFd theirs(ends[1]);

    // The copy made for the child by dup2 onto another number is not close-on-exec.
    constexpr int childFd = 3;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    OwnedFd moved;
    int from = theirs.get();
    if (from == childFd) {
        moved = OwnedFd(::fcntl(from, F_DUPFD_CLOEXEC, childFd + 1));
        from = moved.get();
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, from, childFd);
    const QByteArray path = QFile::encodeName(m_guardPath);
    // Its own short name: `pkill stepwire` is meant for the hub and must leave the guard to clean up.
    char name[] = "sw-guard";
    char fdText[] = "3";
    char *argv[] = {name, fdText, nullptr};
    char *env[] = {nullptr};
    pid_t pid = -1;
    const int spawned = ::posix_spawn(&pid, path.constData(), &actions, nullptr, argv, env);
    posix_spawn_file_actions_destroy(&actions);
    if (spawned != 0) {
        problem = QStringLiteral("the guard process %1 cannot be started: %2").arg(m_guardPath, errorText(spawned));
        return false;
    }
    // A guard that does not read (somebody stopped it) must not stop the engine for ever.
    const timeval patience{5, 0};
    ::setsockopt(ours.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    m_guard = std::move(ours);
    m_guardPid = pid;
    m_guardBytes.clear();
    m_guardNotifier = std::make_unique<QSocketNotifier>(m_guard.get(), QSocketNotifier::Read);
    connect(m_guardNotifier.get(), &QSocketNotifier::activated, this, [this] { onGuardReadable(); });
    return true;
}

static void appendEntry(QByteArray &payload, const QString &text)
{
    payload += text.toUtf8();
    payload += '\0';
}

void ProcessRunner::failLater(quint64 number, const QString &problem)
{
    StepExit exit;
    exit.problem = problem;
    QMetaObject::invokeMethod(
        this, [this, number, exit] { m_observer.stepEnded(number, exit); }, Qt::QueuedConnection);
}

void ProcessRunner::start(const StepCommand &command)
{
    QString problem;
    if (!ensureWatch(problem) || !ensureGuard(problem))
        return failLater(command.number, problem);
    auto channel = command.terminal ? openTerminal(command.columns, command.rows) : openPipes();
    if (!channel)
        return failLater(
            command.number,
            QStringLiteral("no %1 for the step: %2")
                .arg(command.terminal ? QStringLiteral("terminal") : QStringLiteral("pipe"), errorText(errno)));
    QByteArray payload;
    payload.reserve(8192);
    appendEntry(payload, command.cookie);
    appendEntry(payload, command.cwd);
    for (const QString &argument : command.argv)
        appendEntry(payload, argument);
    for (const auto &[name, value] : command.env)
        appendEntry(payload, name + u'=' + value);
    if (payload.size() > static_cast<qsizetype>(guardMaxPayloadBytes))
        return failLater(
            command.number,
            QStringLiteral("the command and its environment have %1 bytes, more than the %2 that can be passed")
                .arg(payload.size())
                .arg(guardMaxPayloadBytes));

    GuardRequest request{};
    request.kind = GuardRequestKind::Start;
    request.payloadBytes = static_cast<std::uint32_t>(payload.size());
    request.step = command.number;
    request.graceMs = static_cast<std::uint32_t>(command.graceMs);
    request.flags = command.terminal ? guardFlagTerminal : 0;
    request.argc = static_cast<std::uint32_t>(command.argv.size());
    request.envc = static_cast<std::uint32_t>(command.env.size());
    request.maxFiles = m_maxFiles;
    Running &running = m_running[command.number];
    running.budget = burstBytes;
    for (std::size_t i = 0; i < running.readings.size(); ++i) {
        running.readings[i].fd = std::move(channel->ours[i]);
        running.readings[i].stream = command.terminal ? Stream::Tty : i == 0 ? Stream::Out : Stream::Err;
    }
    // The loss of the guard ends this step with the others.
    (void)send(request, payload, {channel->theirs[0].get(), channel->theirs[1].get()}, command.terminal ? 1 : 2);
}

/// The event loop looks at each of its descriptors at every turn: two of each of hundreds of steps would cost more than
/// all that they say.
bool ProcessRunner::ensureWatch(QString &problem)
{
    if (m_ready.valid())
        return true;
    m_ready = OwnedFd(::epoll_create1(EPOLL_CLOEXEC));
    if (!m_ready.valid()) {
        problem = QStringLiteral("the output of steps cannot be watched: %1").arg(errorText(errno));
        return false;
    }
    m_readyNotifier = std::make_unique<QSocketNotifier>(m_ready.get(), QSocketNotifier::Read);
    connect(m_readyNotifier.get(), &QSocketNotifier::activated, this, [this] { onReady(); });
    return true;
}

void ProcessRunner::watch(quint64 number, Running &running)
{
    for (std::size_t i = 0; i < running.readings.size(); ++i) {
        Reading &reading = running.readings[i];
        if (!reading.fd.valid() || std::exchange(reading.watched, true))
            continue;
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = 2 * number + i;
        ::epoll_ctl(m_ready.get(), EPOLL_CTL_ADD, reading.fd.get(), &event);
    }
}

void ProcessRunner::unwatch(Reading &reading)
{
    if (std::exchange(reading.watched, false))
        ::epoll_ctl(m_ready.get(), EPOLL_CTL_DEL, reading.fd.get(), nullptr);
}

void ProcessRunner::endReading(Reading &reading)
{
    unwatch(reading);
    reading.fd.reset();
}

bool ProcessRunner::send(const GuardRequest &request, QByteArrayView payload, std::array<int, 2> fds, int fdCount)
{
    QByteArray message(reinterpret_cast<const char *>(&request), sizeof request);
    message.append(payload);
    iovec piece{message.data(), static_cast<std::size_t>(message.size())};
    msghdr head{};
    head.msg_iov = &piece;
    head.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
    if (fdCount > 0) {
        head.msg_control = control.data();
        head.msg_controllen = CMSG_SPACE(static_cast<std::size_t>(fdCount) * sizeof(int));
        cmsghdr *ancillary = CMSG_FIRSTHDR(&head);
        ancillary->cmsg_level = SOL_SOCKET;
        ancillary->cmsg_type = SCM_RIGHTS;
        ancillary->cmsg_len = CMSG_LEN(static_cast<std::size_t>(fdCount) * sizeof(int));
        std::memcpy(CMSG_DATA(ancillary), fds.data(), static_cast<std::size_t>(fdCount) * sizeof(int));
    }
    while (piece.iov_len > 0) {
        const ssize_t sent = ::sendmsg(m_guard.get(), &head, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0) {
            const QString problem = QStringLiteral("the guard process takes no request: %1").arg(errorText(errno));
            // By then its end may be known already and another one run.
            QMetaObject::invokeMethod(
                this,
                [this, problem, pid = m_guardPid] {
                    if (pid == m_guardPid)
                        guardLost(problem);
                },
                Qt::QueuedConnection);
            return false;
        }
        piece.iov_base = static_cast<char *>(piece.iov_base) + sent;
        piece.iov_len -= static_cast<std::size_t>(sent);
        head.msg_control = nullptr;
        head.msg_controllen = 0;
    }
    return true;
}

void ProcessRunner::ask(GuardRequestKind kind, quint64 number, qint64 graceMs)
{
    if (!m_running.contains(number) || !m_guard.valid())
        return;
    GuardRequest request{};
    request.kind = kind;
    request.step = number;
    request.graceMs = static_cast<std::uint32_t>(graceMs);
    (void)send(request, {}, {-1, -1}, 0);
}

void ProcessRunner::terminate(quint64 number, qint64 graceMs)
{
    ask(GuardRequestKind::Terminate, number, graceMs);
}

void ProcessRunner::onGuardReadable()
{
    std::array<char, 64 * sizeof(GuardReply)> buffer;
    const ssize_t got = ::recv(m_guard.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        return guardLost(QStringLiteral("the guard process ended"));
    m_guardBytes.append(buffer.data(), got);
    qsizetype at = 0;
    while (m_guardBytes.size() - at >= static_cast<qsizetype>(sizeof(GuardReply))) {
        GuardReply reply;
        std::memcpy(&reply, m_guardBytes.constData() + at, sizeof reply);
        at += static_cast<qsizetype>(sizeof reply);
        onReply(reply);
    }
    m_guardBytes.remove(0, at);
}

static QString startProblem(const GuardReply &reply)
{
    switch (reply.stage) {
    case GuardStage::Chdir: return QStringLiteral("its directory cannot be entered: %1").arg(errorText(reply.error));
    case GuardStage::Exec: return QStringLiteral("its program cannot be run: %1").arg(errorText(reply.error));
    case GuardStage::Fork: return QStringLiteral("no process can be made: %1").arg(errorText(reply.error));
    default: return QStringLiteral("it cannot be set up: %1").arg(errorText(reply.error));
    }
}

void ProcessRunner::onReply(const GuardReply &reply)
{
    const auto it = m_running.find(reply.step);
    if (it == m_running.end())
        return;
    Running &running = it->second;
    switch (reply.kind) {
    case GuardReplyKind::Started:
        m_observer.stepStarted(reply.step, reply.pid);
        watch(reply.step, running); // only now, so that no output comes before the start
        return;
    case GuardReplyKind::StartFailed: {
        StepExit exit;
        exit.problem = startProblem(reply);
        if (reply.stage == GuardStage::Exec) // as shells have it
            exit.exitCode = reply.error == ENOENT ? 127 : 126;
        running.exit = exit;
        running.gone = true;
        break;
    }
    case GuardReplyKind::Exited: {
        StepExit exit;
        if (WIFSIGNALED(reply.waitStatus))
            exit.signal = WTERMSIG(reply.waitStatus);
        else
            exit.exitCode = WEXITSTATUS(reply.waitStatus);
        running.exit = exit;
        running.gone = reply.gone != 0;
        break;
    }
    case GuardReplyKind::Gone:
        if (!running.exit)
            return; // an answer to a request that crossed the start
        running.gone = true;
        break;
    default: return;
    }
    endWhenDone(reply.step);
}

void ProcessRunner::guardLost(const QString &problem)
{
    if (!m_guard.valid())
        return;
    m_guardNotifier->setEnabled(false);
    m_guardNotifier.release()->deleteLater(); // we may be called from it
    m_guard.reset();
    // Its end of the socket closes a moment before it can be reaped.
    ::kill(static_cast<pid_t>(m_guardPid), SIGKILL);
    ::waitpid(static_cast<pid_t>(std::exchange(m_guardPid, 0)), nullptr, 0);
    std::vector<quint64> numbers;
    for (auto &[number, running] : m_running) {
        if (!running.exit || !running.gone) {
            running.exit = StepExit{{}, {}, problem};
            running.gone = true;
        }
        numbers.push_back(number);
    }
    for (const quint64 number : numbers)
        endWhenDone(number);
}

bool ProcessRunner::drain(quint64 number, Reading &reading, qint64 most, qint64 &taken)
{
    std::array<char, readBytes> buffer;
    while (taken < most) {
        const auto wanted = static_cast<std::size_t>(std::min<qint64>(readBytes, most - taken));
        const ssize_t got = ::read(reading.fd.get(), buffer.data(), wanted);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return true;
        if (got <= 0) // a terminal without a slave answers EIO
            return false;
        taken += got;
        m_observer.stepOutput(number, reading.stream, QByteArrayView(buffer.data(), got));
        if (static_cast<std::size_t>(got) < wanted && reading.stream != Stream::Tty)
            return true;
    }
    return true;
}

void ProcessRunner::onReady()
{
    std::array<epoll_event, 64> ready;
    const int count = ::epoll_wait(m_ready.get(), ready.data(), static_cast<int>(ready.size()), 0);
    for (int i = 0; i < count; ++i) {
        const quint64 key = ready[static_cast<std::size_t>(i)].data.u64;
        onReadable(key / 2, key % 2);
    }
}

void ProcessRunner::onReadable(quint64 number, std::size_t index)
{
    const auto it = m_running.find(number);
    if (it == m_running.end())
        return;
    Running &running = it->second;
    // Where both have something, most programs wrote to stdout first; nothing tells what was really first.
    if (index == 1 && running.readings[0].fd.valid() && running.budget > 0)
        readFrom(number, running, running.readings[0]);
    if (running.readings[index].fd.valid() && running.budget > 0)
        readFrom(number, running, running.readings[index]);
}

void ProcessRunner::readFrom(quint64 number, Running &running, Reading &reading)
{
    qint64 taken = 0;
    const bool open = drain(number, reading, std::min(running.budget, readBytes), taken);
    running.budget -= taken;
    if (!open) {
        endReading(reading);
    } else if (running.budget <= 0) {
        for (Reading &each : running.readings)
            unwatch(each);
        if (!m_refillTimer.isActive())
            m_refillTimer.start();
    }
}

void ProcessRunner::refill()
{
    bool held = false;
    for (auto &[number, running] : m_running) {
        if (running.budget > 0)
            continue;
        held = true;
        running.budget += refillBytes;
        watch(number, running);
    }
    if (!held)
        m_refillTimer.stop();
}

void ProcessRunner::endWhenDone(quint64 number)
{
    const auto it = m_running.find(number);
    if (it == m_running.end() || !it->second.exit || !it->second.gone)
        return;
    // What its processes wrote lies in the pipes by now. One that left the step on purpose may hold them open and
    // write on for ever, so it is read up to a bound, not up to the end.
    for (Reading &reading : it->second.readings) {
        qint64 taken = 0;
        if (reading.fd.valid())
            (void)drain(number, reading, lastBytes, taken);
        endReading(reading);
    }
    const StepExit exit = *it->second.exit;
    m_running.erase(it);
    m_observer.stepEnded(number, exit);
}

} // namespace stepwire
