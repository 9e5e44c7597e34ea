// sw-guard: starts, signals and reaps the processes of all steps for the engine, and ends them when the
// engine is gone. See guard_protocol.h for what is said on the socket.
//
// One thread, no Qt, no iostream: it has to start at once and stay small, because every step's first process
// is a vfork of it.

#include "guard_protocol.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stepwire {
namespace {

/// So many requests are handled before the ends of processes are looked at again.
constexpr int requestsPerRound = 8;

/// A look at /proc that found nothing may have missed something. If processes came and went during it, so
/// many looks in a row have to find nothing; a chain of processes that fork and end can hide for a while.
constexpr int restlessLooksMax = 40;
/// If it met a process that shows no environment, which is so for a moment during an exec.
constexpr int namelessLooksMax = 3;
constexpr long long uncleanPauseMs = 5;

constexpr long long never = LLONG_MAX;

/// How long to wait after so many looks, in ms: what was told to end mostly does so at once.
long long pauseAfter(int looks, long long atMost)
{
    return std::min(atMost, 5LL << std::min(looks, 10));
}

long long nowMs()
{
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

// ----------------------------------------------------------------------------------------------------
// Processes as /proc shows them

/// One line of the process table.
struct Process
{
    pid_t pid = 0;
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    /// Together with pid it names one process for ever.
    unsigned long long startTime = 0;
    /// Not a zombie.
    bool alive = false;
};

bool readWhole(const char *path, std::string &out)
{
    out.clear();
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    char chunk[16384];
    ssize_t got = 0;
    while ((got = read(fd, chunk, sizeof chunk)) > 0)
        out.append(chunk, static_cast<std::size_t>(got));
    close(fd);
    return got == 0;
}

bool readProcess(pid_t pid, Process &out)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    char text[1024];
    const ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= 0)
        return false;
    text[got] = 0;

    // The name is in parentheses and may itself hold parentheses and blanks.
    const char *at = strrchr(text, ')');
    if (at == nullptr || at[1] != ' ' || at[2] == 0)
        return false;
    const char state = at[2];
    at += 3;
    constexpr int firstField = 4;
    constexpr int lastField = 22;
    long long fields[lastField + 1] = {};
    for (int i = firstField; i <= lastField; ++i) {
        char *end = nullptr;
        fields[i] = strtoll(at, &end, 10);
        if (end == at)
            return false;
        at = end;
    }
    out.pid = pid;
    out.parent = static_cast<pid_t>(fields[4]);
    out.group = static_cast<pid_t>(fields[5]);
    out.session = static_cast<pid_t>(fields[6]);
    out.startTime = static_cast<unsigned long long>(fields[22]);
    // A process whose main thread alone has ended shows as a zombie, too.
    const long long threads = fields[20];
    out.alive = (state != 'Z' && state != 'X') || threads > 1;
    return true;
}

/// All descendants of the guard at about one moment, each behind its parent.
class Descendants
{
public:
    /// A line of the table; parent is the index of the parent's line, -1 for a child of the guard itself.
    struct Line
    {
        Process process;
        int parent = -1;
    };

    bool read(pid_t guard);

    const std::vector<Line> &lines() const { return m_lines; }

    /// False if processes came and went so fast that some may have been missed.
    bool isConsistent() const { return m_consistent; }

private:
    bool readAll();
    void repair();

    std::vector<Process> m_all;
    std::vector<Line> m_lines;
    bool m_consistent = true;
};

bool byPid(const Process &a, const Process &b)
{
    return a.pid < b.pid;
}

bool Descendants::readAll()
{
    DIR *dir = opendir("/proc");
    if (dir == nullptr)
        return false;
    while (const dirent *entry = readdir(dir)) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        Process process;
        if (readProcess(static_cast<pid_t>(atoi(entry->d_name)), process))
            m_all.push_back(process);
    }
    closedir(dir);
    std::sort(m_all.begin(), m_all.end(), byPid);
    return !m_all.empty();
}

// The table is not read in one moment: a parent may have ended before its own line was read, so that its
// children seem to hang in the air. They have another parent by now.
void Descendants::repair()
{
    for (int round = 0; round < 3; ++round) {
        bool changed = false;
        std::vector<Process> added;
        for (Process &process : m_all) {
            Process parent;
            parent.pid = process.parent;
            if (process.parent == 0 || std::binary_search(m_all.begin(), m_all.end(), parent, byPid))
                continue;
            changed = true;
            if (!readProcess(process.pid, process)) {
                process.alive = false;
                process.parent = 0;
                continue;
            }
            parent.pid = process.parent;
            if (process.parent != 0 && !std::binary_search(m_all.begin(), m_all.end(), parent, byPid)
                && readProcess(process.parent, parent))
                added.push_back(parent);
        }
        if (!changed)
            return;
        m_all.insert(m_all.end(), added.begin(), added.end());
        std::sort(m_all.begin(), m_all.end(), byPid);
        const auto same = [](const Process &a, const Process &b) { return a.pid == b.pid; };
        m_all.erase(std::unique(m_all.begin(), m_all.end(), same), m_all.end());
    }
    m_consistent = false;
}

bool Descendants::read(pid_t guard)
{
    m_all.clear();
    m_lines.clear();
    m_consistent = true;
    if (!readAll())
        return false;
    repair();

    const auto byParent = [](const Process &a, const Process &b) { return a.parent < b.parent; };
    std::sort(m_all.begin(), m_all.end(), byParent);
    const auto addChildren = [&](pid_t pid, int index) {
        Process key;
        key.parent = pid;
        const auto [from, to] = std::equal_range(m_all.begin(), m_all.end(), key, byParent);
        for (auto it = from; it != to; ++it)
            m_lines.push_back({*it, index});
    };
    addChildren(guard, -1);
    for (std::size_t i = 0; i < m_lines.size(); ++i)
        addChildren(m_lines[i].process.pid, static_cast<int>(i));
    return true;
}

/// Signals exactly this process and not a later one with its number. Returns 0, also if it has ended, or
/// errno.
int signalProcess(const Process &process, std::initializer_list<int> signals)
{
    const int fd = static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0));
    if (fd < 0 && errno == ESRCH)
        return 0;
    int error = 0;
    Process now;
    if (readProcess(process.pid, now) && now.startTime == process.startTime) {
        for (const int signal : signals) {
            const long sent =
                fd >= 0 ? syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0) : kill(process.pid, signal);
            if (sent < 0 && errno != ESRCH)
                error = errno;
        }
    }
    if (fd >= 0)
        close(fd);
    return error;
}

bool hasEntry(std::string_view environment, std::string_view entry)
{
    std::size_t at = 0;
    while ((at = environment.find(entry, at)) != std::string_view::npos) {
        const std::size_t end = at + entry.size();
        if ((at == 0 || environment[at - 1] == 0) && (end == environment.size() || environment[end] == 0))
            return true;
        ++at;
    }
    return false;
}

// ----------------------------------------------------------------------------------------------------
// Starting a process

/// Everything that the new process needs between vfork and exec, made beforehand, and what it reports back:
/// until the exec it runs in the guard's own memory.
struct ChildPlan
{
    std::vector<const char *> candidates;
    std::vector<char *> argv;
    std::vector<char *> envp;
    /// For a file without a known format: /bin/sh, the file, the arguments.
    std::vector<char *> shellArgv;
    const char *cwd = nullptr;
    int outFd = -1;
    int errFd = -1;
    bool terminal = false;
    bool limitFiles = false;
    rlimit files{};
    pid_t guard = 0;

    volatile GuardStage stage = GuardStage::None;
    volatile int error = 0;

    int fail(GuardStage at)
    {
        error = errno;
        stage = at;
        return 127;
    }
};

// The command of the plan, by the rules of execvp(). Returns only with errno set.
void execCandidates(ChildPlan &plan)
{
    bool forbidden = false;
    errno = ENOENT;
    for (const char *candidate : plan.candidates) {
        execve(candidate, plan.argv.data(), plan.envp.data());
        if (errno == ENOEXEC) {
            plan.shellArgv[1] = const_cast<char *>(candidate);
            execve("/bin/sh", plan.shellArgv.data(), plan.envp.data());
        }
        switch (errno) {
        case EACCES: forbidden = true; break;
        case ENOENT:
        case ENOTDIR:
        case ESTALE:
        case ENODEV:
        case ETIMEDOUT: break;
        default: return;
        }
    }
    if (forbidden)
        errno = EACCES;
}

// Runs in the new process, in the guard's memory and on a stack of its own, with all signals blocked. Only
// async-signal-safe calls, and no change to memory but to the plan.
int childMain(void *argument)
{
    ChildPlan &plan = *static_cast<ChildPlan *>(argument);
    // If the guard is killed, nobody is left to end the step.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return plan.fail(GuardStage::Setup);
    if (getppid() != plan.guard)
        return 127;
    if (plan.terminal) {
        if (setsid() < 0 || ioctl(plan.outFd, TIOCSCTTY, 0) < 0)
            return plan.fail(GuardStage::Setup);
    } else if (setpgid(0, 0) < 0) {
        return plan.fail(GuardStage::Setup);
    }
    if (dup2(plan.outFd, STDOUT_FILENO) < 0 || dup2(plan.errFd, STDERR_FILENO) < 0)
        return plan.fail(GuardStage::Setup);
    if (plan.limitFiles && setrlimit(RLIMIT_NOFILE, &plan.files) != 0)
        return plan.fail(GuardStage::Setup);
    if (chdir(plan.cwd) != 0)
        return plan.fail(GuardStage::Chdir);
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, nullptr) != 0)
        return plan.fail(GuardStage::Setup);
    execCandidates(plan);
    return plan.fail(GuardStage::Exec);
}

/// Where a command can be, in the order of trying.
std::vector<std::string> commandCandidates(const std::string &command, const std::vector<char *> &environment)
{
    if (command.empty())
        return {};
    if (command.find('/') != std::string::npos)
        return {command};
    std::string_view path = "/bin:/usr/bin";
    for (const char *entry : environment) {
        if (entry != nullptr && strncmp(entry, "PATH=", 5) == 0) {
            path = entry + 5;
            break;
        }
    }
    std::vector<std::string> candidates;
    for (;;) {
        const std::size_t colon = path.find(':');
        const std::string_view part = path.substr(0, colon);
        std::string candidate(part.empty() ? std::string_view(".") : part);
        candidate += '/';
        candidate += command;
        candidates.push_back(std::move(candidate));
        if (colon == std::string_view::npos)
            return candidates;
        path.remove_prefix(colon + 1);
    }
}

// ----------------------------------------------------------------------------------------------------
// The guard

/// A step that was started and that is not gone yet.
struct Step
{
    /// Running: its first process, the leader of its group, has not ended by itself, and is left alone.
    /// Lingering: the leader ended, others of its group have not, and are killed at killAt.
    /// Ending: terminated, wherever its processes are; all are killed at killAt.
    enum class State { Running, Lingering, Ending };

    std::uint64_t number = 0;
    pid_t leader = 0;
    std::uint32_t graceMs = 0;
    std::string cookie;
    State state = State::Running;
    bool leaderReaped = false;
    /// The leader's number is nobody's group or session any more, or is somebody else's.
    bool numberFree = false;
    bool firstLook = true;
    /// The group has had its SIGTERM.
    bool groupAsked = false;
    bool killed = false;
    bool forbidden = false;
    int looks = 0;
    int restlessLooks = 0;
    int namelessLooks = 0;
    long long killAt = never;
    long long nextLook = never;
    long long lastLook = 0;
    /// What the last look found: they belong to the step even when their parents are gone. By them it is also
    /// known who had its SIGTERM.
    std::vector<Process> members;

    bool remembers(const Process &process) const
    {
        for (const Process &member : members) {
            if (member.pid == process.pid && member.startTime == process.startTime)
                return true;
        }
        return false;
    }
};

/// The whole program: its socket, its steps and its loop.
class Guard
{
public:
    Guard(int socket, int signals);
    int run();

private:
    // Requests
    void readRequests();
    bool readRequest();
    bool readHeader();
    bool readPayload();
    void takeDescriptors(msghdr &message);
    void closeDescriptors();
    void handleRequest();
    GuardStage start(int &error, pid_t &pid);
    bool parseStart(ChildPlan &plan, std::string_view &cookie, std::vector<std::string> &candidates);

    // Replies
    void reply(const GuardReply &message);
    void replyStartFailed(GuardStage stage, int error);
    void replyGone(std::uint64_t step, int error = 0);
    void flush();
    void engineIsGone();
    void closeSocket();

    // Steps
    Step *find(std::uint64_t number);
    Step *findLeader(pid_t pid);
    void erase(const Step *step);
    void terminate(Step &step, std::uint32_t graceMs, long long now);
    static void signalGroup(const Step &step, int signal);
    void reap();
    void leaderExited(Step &step);
    bool groupIsGone(pid_t group);
    bool orphanIsWaiting();

    // Looking for what is left of steps
    long long nextLook() const;
    void look(long long now);
    bool lookAt(Step &step, const Descendants &table, long long now);
    bool lookWithoutTable(Step &step, bool killing);
    void signalMembers(Step &step, const std::vector<Process> &found, bool killing);
    const std::string &environmentOf(pid_t pid);

    pid_t m_pid = getpid();
    int m_socket;
    int m_signals;
    rlim_t m_hardFiles = 0;
    /// The engine may still ask for things.
    bool m_reading = true;
    /// The engine is dead: what it asked for before is not started any more.
    bool m_hungUp = false;

    GuardRequest m_request{};
    std::size_t m_headerBytes = 0;
    std::vector<int> m_descriptors;
    bool m_descriptorsLost = false;
    std::vector<char> m_payload;
    std::size_t m_payloadBytes = 0;

    std::string m_out;

    std::vector<std::unique_ptr<Step>> m_steps;
    bool m_orphanReaped = false;

    /// The environments read during one look.
    std::vector<std::pair<pid_t, std::string>> m_environments;

    alignas(64) char m_childStack[64 * 1024];
};

Guard::Guard(int socket, int signals) : m_socket(socket), m_signals(signals)
{
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        m_hardFiles = files.rlim_max;
}

int Guard::run()
{
    while (m_reading || !m_steps.empty()) {
        int timeout = -1;
        const long long due = nextLook();
        if (due != never)
            timeout = static_cast<int>(std::clamp(due - nowMs(), 0LL, 60'000LL));

        pollfd polled[2] = {};
        polled[0].fd = m_signals;
        polled[0].events = POLLIN;
        polled[1].fd = m_socket;
        polled[1].events = static_cast<short>((m_reading ? POLLIN : 0) | (m_out.empty() ? 0 : POLLOUT));
        const int ready = poll(polled, 2, timeout);
        if (ready < 0 && errno != EINTR && errno != EAGAIN)
            return 1;

        if (ready > 0 && polled[0].revents != 0) {
            signalfd_siginfo info;
            if (read(m_signals, &info, sizeof info) < 0 && errno != EAGAIN && errno != EINTR)
                return 1;
        }
        if (ready > 0 && polled[1].revents != 0) {
            m_hungUp = m_hungUp || (polled[1].revents & (POLLHUP | POLLERR)) != 0;
            if (m_reading)
                readRequests();
            if (m_hungUp && !m_reading)
                closeSocket();
        }
        reap();
        if (nextLook() != never)
            look(nowMs());
        flush();
    }
    return 0;
}

// --- Requests

void Guard::readRequests()
{
    for (int i = 0; i < requestsPerRound && m_reading; ++i) {
        if (!readRequest())
            return;
    }
}

// Reads never go beyond the current header or payload: only so is it sure which request the descriptors that
// came with a read belong to.
bool Guard::readRequest()
{
    if (m_headerBytes < sizeof m_request) {
        if (!readHeader())
            return false;
        if (m_request.kind == GuardRequestKind::Start && m_request.payloadBytes > guardMaxPayloadBytes) {
            replyStartFailed(GuardStage::BadRequest, EMSGSIZE);
            m_request.kind = GuardRequestKind{};
        }
    }
    if (m_payloadBytes < m_request.payloadBytes && !readPayload())
        return false;
    handleRequest();
    closeDescriptors();
    m_descriptorsLost = false;
    m_headerBytes = 0;
    m_payloadBytes = 0;
    constexpr std::size_t worthKeeping = 256 * 1024;
    if (m_payload.capacity() > worthKeeping)
        std::vector<char>().swap(m_payload);
    return true;
}

bool Guard::readHeader()
{
    while (m_headerBytes < sizeof m_request) {
        iovec part{};
        part.iov_base = reinterpret_cast<char *>(&m_request) + m_headerBytes;
        part.iov_len = sizeof m_request - m_headerBytes;
        alignas(cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))];
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        const ssize_t got = recvmsg(m_socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                engineIsGone();
            return false;
        }
        takeDescriptors(message);
        if (got == 0) {
            engineIsGone();
            return false;
        }
        m_headerBytes += static_cast<std::size_t>(got);
    }
    return true;
}

void Guard::takeDescriptors(msghdr &message)
{
    m_descriptorsLost = m_descriptorsLost || (message.msg_flags & MSG_CTRUNC) != 0;
    for (cmsghdr *part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
            m_descriptors.push_back(fd);
        }
    }
}

void Guard::closeDescriptors()
{
    for (const int fd : m_descriptors)
        close(fd);
    m_descriptors.clear();
}

bool Guard::readPayload()
{
    const bool keep = m_request.kind == GuardRequestKind::Start;
    if (keep && m_payload.size() != m_request.payloadBytes)
        m_payload.resize(m_request.payloadBytes);
    char thrownAway[16384];
    while (m_payloadBytes < m_request.payloadBytes) {
        const std::size_t left = m_request.payloadBytes - m_payloadBytes;
        char *into = keep ? m_payload.data() + m_payloadBytes : thrownAway;
        const std::size_t size = keep ? left : std::min(left, sizeof thrownAway);
        // Without room for them, the kernel drops descriptors that come here, where none may be.
        const ssize_t got = recv(m_socket, into, size, MSG_DONTWAIT);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                engineIsGone();
            return false;
        }
        if (got == 0) {
            engineIsGone();
            return false;
        }
        m_payloadBytes += static_cast<std::size_t>(got);
    }
    return true;
}

void Guard::handleRequest()
{
    Step *step = nullptr;
    switch (m_request.kind) {
    case GuardRequestKind::Start: {
        if (m_hungUp)
            return;
        int error = 0;
        pid_t pid = 0;
        const GuardStage failed = start(error, pid);
        if (failed != GuardStage::None) {
            replyStartFailed(failed, error);
            return;
        }
        GuardReply message{};
        message.kind = GuardReplyKind::Started;
        message.step = m_request.step;
        message.pid = pid;
        reply(message);
        return;
    }
    case GuardRequestKind::Terminate:
    case GuardRequestKind::Kill:
        step = find(m_request.step);
        if (step == nullptr)
            replyGone(m_request.step);
        else
            terminate(*step, m_request.kind == GuardRequestKind::Kill ? 0 : m_request.graceMs, nowMs());
        return;
    case GuardRequestKind::Suspend:
        // A stopped process could not act on the SIGTERM that it already has.
        step = find(m_request.step);
        if (step != nullptr && step->state == Step::State::Running)
            signalGroup(*step, SIGSTOP);
        return;
    case GuardRequestKind::Resume:
        step = find(m_request.step);
        if (step != nullptr && !step->leaderReaped)
            signalGroup(*step, SIGCONT);
        return;
    }
}

bool Guard::parseStart(ChildPlan &plan, std::string_view &cookie, std::vector<std::string> &candidates)
{
    const std::uint64_t count = 2ULL + m_request.argc + m_request.envc;
    // Each string has at least its NUL.
    if (m_request.argc == 0 || count > m_request.payloadBytes || m_payload.back() != 0)
        return false;
    char *at = m_payload.data();
    char *const end = at + m_request.payloadBytes;
    plan.argv.reserve(m_request.argc + 1ULL);
    plan.envp.reserve(m_request.envc + 1ULL);
    for (std::uint64_t i = 0; i < count; ++i) {
        if (at == end)
            return false;
        const std::size_t length = strlen(at);
        if (i == 0)
            cookie = std::string_view(at, length);
        else if (i == 1)
            plan.cwd = at;
        else if (i < 2ULL + m_request.argc)
            plan.argv.push_back(at);
        else
            plan.envp.push_back(at);
        at += length + 1;
    }
    if (at != end)
        return false;
    plan.argv.push_back(nullptr);
    plan.envp.push_back(nullptr);

    candidates = commandCandidates(plan.argv.front(), plan.envp);
    plan.candidates.reserve(candidates.size());
    for (const std::string &candidate : candidates)
        plan.candidates.push_back(candidate.c_str());
    static char shell[] = "/bin/sh";
    plan.shellArgv = {shell, nullptr};
    plan.shellArgv.insert(plan.shellArgv.end(), plan.argv.begin() + 1, plan.argv.end());
    return true;
}

GuardStage Guard::start(int &error, pid_t &pid)
{
    const bool terminal = (m_request.flags & guardFlagTerminal) != 0;
    if (m_descriptorsLost || m_descriptors.size() != (terminal ? 1U : 2U)) {
        error = EBADF;
        return GuardStage::BadRequest;
    }
    ChildPlan plan;
    std::string_view cookie;
    std::vector<std::string> candidates;
    if (!parseStart(plan, cookie, candidates)) {
        error = EINVAL;
        return GuardStage::BadRequest;
    }
    if (find(m_request.step) != nullptr) {
        error = EEXIST;
        return GuardStage::BadRequest;
    }
    plan.terminal = terminal;
    plan.outFd = m_descriptors.front();
    plan.errFd = m_descriptors.back();
    plan.limitFiles = m_request.maxFiles != 0;
    plan.files.rlim_max = m_hardFiles;
    plan.files.rlim_cur = std::min<rlim_t>(m_request.maxFiles, m_hardFiles);
    plan.guard = m_pid;

    // As vfork(), but with a stack of its own for the child. All signals are blocked in the guard at all
    // times, so nothing but the child's code runs in the shared memory.
    pid = clone(childMain, m_childStack + sizeof m_childStack, CLONE_VM | CLONE_VFORK | SIGCHLD, &plan);
    if (pid < 0) {
        error = errno;
        pid = 0;
        return GuardStage::Fork;
    }
    // A number that is free for a process is nobody's group or session any more.
    for (std::unique_ptr<Step> &other : m_steps) {
        if (other->leaderReaped && other->leader == pid) {
            other->numberFree = true;
            other->nextLook = 0;
        }
    }
    if (plan.stage != GuardStage::None) {
        while (waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR) { }
        pid = 0;
        error = plan.error;
        return plan.stage;
    }
    auto step = std::make_unique<Step>();
    step->number = m_request.step;
    step->leader = pid;
    step->graceMs = m_request.graceMs;
    step->cookie = cookie;
    m_steps.push_back(std::move(step));
    return GuardStage::None;
}

// --- Replies

void Guard::reply(const GuardReply &message)
{
    m_out.append(reinterpret_cast<const char *>(&message), sizeof message);
}

void Guard::replyStartFailed(GuardStage stage, int error)
{
    GuardReply message{};
    message.kind = GuardReplyKind::StartFailed;
    message.step = m_request.step;
    message.stage = stage;
    message.error = error;
    reply(message);
}

void Guard::replyGone(std::uint64_t step, int error)
{
    GuardReply message{};
    message.kind = GuardReplyKind::Gone;
    message.step = step;
    message.error = error;
    reply(message);
}

// Never blocks: an engine that is itself blocked in writing a request would otherwise wait for the guard
// while the guard waits for it.
void Guard::flush()
{
    std::size_t sent = 0;
    while (m_socket >= 0 && sent < m_out.size()) {
        const std::size_t left = m_out.size() - sent;
        const ssize_t took = send(m_socket, m_out.data() + sent, left, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (took >= 0) {
            sent += static_cast<std::size_t>(took);
        } else if (errno != EINTR) {
            if (errno != EAGAIN && errno != EWOULDBLOCK) {
                engineIsGone();
                closeSocket();
            }
            break;
        }
    }
    if (m_socket < 0)
        m_out.clear();
    else
        m_out.erase(0, sent);
}

void Guard::engineIsGone()
{
    if (!m_reading)
        return;
    m_reading = false;
    m_headerBytes = 0;
    closeDescriptors();
    const long long now = nowMs();
    for (std::unique_ptr<Step> &step : m_steps) {
        // What lingers belongs to a step that has ended: whoever left its group may live on.
        if (step->state == Step::State::Lingering)
            step->killAt = std::min(step->killAt, now + guardOrphanGraceMs);
        else
            terminate(*step, guardOrphanGraceMs, now);
    }
}

void Guard::closeSocket()
{
    if (m_socket >= 0)
        close(m_socket);
    m_socket = -1;
    m_out.clear();
}

// --- Steps

Step *Guard::find(std::uint64_t number)
{
    for (std::unique_ptr<Step> &step : m_steps) {
        if (step->number == number)
            return step.get();
    }
    return nullptr;
}

Step *Guard::findLeader(pid_t pid)
{
    for (std::unique_ptr<Step> &step : m_steps) {
        if (step->leader == pid && !step->leaderReaped)
            return step.get();
    }
    return nullptr;
}

void Guard::erase(const Step *step)
{
    const auto same = [step](const std::unique_ptr<Step> &other) { return other.get() == step; };
    const auto it = std::find_if(m_steps.begin(), m_steps.end(), same);
    if (it == m_steps.end())
        return;
    std::swap(*it, m_steps.back());
    m_steps.pop_back();
}

// Only while the group is known to exist: afterwards its number can be another's.
void Guard::signalGroup(const Step &step, int signal)
{
    // A leader can move to another group of its session.
    if (kill(-step.leader, signal) != 0 && errno == ESRCH && !step.leaderReaped)
        kill(step.leader, signal);
}

void Guard::terminate(Step &step, std::uint32_t graceMs, long long now)
{
    const long long killAt = now + graceMs;
    if (step.state == Step::State::Ending) {
        if (killAt < step.killAt) {
            step.killAt = killAt;
            step.nextLook = std::min(step.nextLook, killAt);
        }
        return;
    }
    step.state = Step::State::Ending;
    step.killAt = killAt;
    step.nextLook = now;
    step.looks = 0;
    // Signals are sent by the first look, when it has seen who descends from whom: the first signal can
    // break the only tie between the step and a process that has left its group and dropped its cookie.
}

void Guard::reap()
{
    m_orphanReaped = false;
    for (;;) {
        siginfo_t info{};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 || info.si_pid == 0)
            break;
        Step *step = findLeader(info.si_pid);
        if (step != nullptr) {
            leaderExited(*step);
        } else {
            waitpid(info.si_pid, nullptr, WNOHANG | __WALL);
            m_orphanReaped = true;
        }
    }
    if (!m_orphanReaped)
        return;
    // It may have been the last one that somebody waits for.
    constexpr long long minimalPause = 2;
    for (std::unique_ptr<Step> &step : m_steps) {
        if (step->state != Step::State::Running && step->leaderReaped)
            step->nextLook = std::min(step->nextLook, step->lastLook + minimalPause);
    }
}

void Guard::leaderExited(Step &step)
{
    // Before the leader is reaped: as a zombie it keeps its number from being given to another group.
    if (step.state == Step::State::Running) {
        kill(-step.leader, SIGTERM);
        kill(-step.leader, SIGCONT);
        step.groupAsked = true;
    } else if (nowMs() >= step.killAt) {
        kill(-step.leader, SIGKILL);
    }
    int status = 0;
    rusage usage{};
    if (wait4(step.leader, &status, WNOHANG | __WALL, &usage) != step.leader)
        return;
    step.leaderReaped = true;

    GuardReply message{};
    message.kind = GuardReplyKind::Exited;
    message.step = step.number;
    message.pid = step.leader;
    message.waitStatus = status;
    const auto microseconds = [](const timeval &t) {
        return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(t.tv_usec);
    };
    message.userUs = microseconds(usage.ru_utime);
    message.sysUs = microseconds(usage.ru_stime);
    message.maxRssKiB = static_cast<std::uint64_t>(usage.ru_maxrss);
    if (step.state == Step::State::Running && groupIsGone(step.leader)) {
        message.gone = 1;
        reply(message);
        erase(&step);
        return;
    }
    reply(message);
    const long long now = nowMs();
    step.looks = 0;
    if (step.state == Step::State::Running) {
        step.state = Step::State::Lingering;
        step.killAt = now + step.graceMs;
        step.nextLook = std::min(step.killAt, now + 1);
    } else {
        step.nextLook = now;
    }
}

// A zombie counts as one of its group, so those that are the guard's own children are reaped.
bool Guard::groupIsGone(pid_t group)
{
    const auto isGone = [group] { return kill(-group, 0) != 0 && errno == ESRCH; };
    if (isGone())
        return true;
    for (;;) {
        siginfo_t info{};
        if (waitid(P_PGID, static_cast<id_t>(group), &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0
            || info.si_pid == 0 || findLeader(info.si_pid) != nullptr)
            break;
        waitpid(info.si_pid, nullptr, WNOHANG | __WALL);
    }
    return isGone();
}

bool Guard::orphanIsWaiting()
{
    siginfo_t info{};
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 && info.si_pid != 0
        && findLeader(info.si_pid) == nullptr;
}

// --- Looking for what is left of steps

long long Guard::nextLook() const
{
    long long due = never;
    for (const std::unique_ptr<Step> &step : m_steps)
        due = std::min(due, step->nextLook);
    return due;
}

void Guard::look(long long now)
{
    const auto isDue = [now](const Step &step) { return step.state != Step::State::Running && step.nextLook <= now; };
    bool needsTable = false;
    std::vector<std::uint64_t> due;
    std::vector<const Step *> gone;
    for (std::unique_ptr<Step> &step : m_steps) {
        if (!isDue(*step))
            continue;
        if (step->state == Step::State::Lingering) {
            if (step->numberFree || groupIsGone(step->leader)) {
                gone.push_back(step.get());
                continue;
            }
            if (now < step->killAt) {
                ++step->looks;
                step->lastLook = now;
                step->nextLook = std::min(step->killAt, now + pauseAfter(step->looks, 200));
                continue;
            }
        }
        due.push_back(step->number);
        needsTable = true;
    }
    for (const Step *step : gone) {
        replyGone(step->number);
        erase(step);
    }
    if (!needsTable)
        return;

    // One table for all steps: when the engine ends there can be many.
    Descendants table;
    const bool haveTable = table.read(m_pid);
    m_environments.clear();
    for (const std::uint64_t number : due) {
        Step *step = find(number);
        const bool killing = now >= step->killAt;
        if (killing && !step->killed) {
            step->killed = true;
            step->looks = 0;
        }
        const bool last = haveTable ? lookAt(*step, table, now) : lookWithoutTable(*step, killing);
        step->firstLook = false;
        step->lastLook = now;
        ++step->looks;
        if (last) {
            replyGone(number, step->forbidden ? EPERM : 0);
            erase(step);
            continue;
        }
        if (step->restlessLooks + step->namelessLooks > 0) {
            step->nextLook = now + uncleanPauseMs;
        } else if (killing) {
            // Something that cannot end, say in a hanging file system, is not worth the processor time.
            constexpr int patience = 200;
            step->nextLook = now + (step->looks > patience ? 500 : pauseAfter(step->looks, 50));
        } else if (step->leaderReaped) {
            step->nextLook = std::min(step->killAt, now + pauseAfter(step->looks, 500));
        } else {
            step->nextLook = step->killAt;
        }
    }
    m_environments.clear();
}

// Signals what is left of the step as it is due. Returns true if nothing is.
bool Guard::lookAt(Step &step, const Descendants &table, long long now)
{
    const bool groupOnly = step.state == Step::State::Lingering;
    const bool killing = now >= step.killAt;
    const std::vector<Descendants::Line> &lines = table.lines();
    std::vector<char> belongs(lines.size(), 0);
    std::vector<Process> found;
    bool numberInUse = false;
    bool nameless = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Process &process = lines[i].process;
        const bool byNumber = !step.numberFree && (process.group == step.leader || process.session == step.leader);
        numberInUse = numberInUse || byNumber;
        if (!process.alive)
            continue;
        if (groupOnly) {
            belongs[i] = !step.numberFree && process.group == step.leader;
        } else {
            belongs[i] = byNumber || (process.pid == step.leader && !step.leaderReaped)
                || (lines[i].parent >= 0 && belongs[static_cast<std::size_t>(lines[i].parent)] != 0)
                || step.remembers(process);
            if (belongs[i] == 0 && !step.cookie.empty()) {
                const std::string &environment = environmentOf(process.pid);
                belongs[i] = hasEntry(environment, step.cookie);
                // In the middle of an exec, a process has no environment.
                nameless = nameless || environment.empty();
            }
        }
        if (belongs[i] != 0)
            found.push_back(process);
    }
    if (!numberInUse && step.leaderReaped && table.isConsistent())
        step.numberFree = true;

    signalMembers(step, found, killing);
    if (!step.leaderReaped)
        return false;
    if (!step.members.empty()) {
        step.restlessLooks = 0;
        step.namelessLooks = 0;
        return false;
    }
    // Whoever ended while the table was read may have had a child that the table does not show.
    if (!table.isConsistent() || orphanIsWaiting())
        return ++step.restlessLooks >= restlessLooksMax;
    return !nameless || ++step.namelessLooks >= namelessLooksMax;
}

void Guard::signalMembers(Step &step, const std::vector<Process> &found, bool killing)
{
    const auto isInGroup = [&step](const Process &process) { return !step.numberFree && process.group == step.leader; };
    step.forbidden = false;
    // As a whole first: in a group, nobody can fork away from the signal.
    const bool hasGroup = !step.leaderReaped || std::any_of(found.begin(), found.end(), isInGroup);
    if (!killing) {
        if (hasGroup && !step.groupAsked) {
            signalGroup(step, SIGTERM);
            signalGroup(step, SIGCONT);
        }
        step.groupAsked = true;
        for (const Process &process : found) {
            if (!step.remembers(process) && !(step.firstLook && isInGroup(process)))
                signalProcess(process, {SIGTERM, SIGCONT});
        }
        step.members = found;
        return;
    }
    if (hasGroup)
        signalGroup(step, SIGKILL);
    step.members.clear();
    for (const Process &process : found) {
        // Nobody can wait for what nobody here can end.
        if (signalProcess(process, {SIGKILL}) == EPERM)
            step.forbidden = true;
        else
            step.members.push_back(process);
    }
}

// Where /proc is missing, the step's group is all there is to know.
bool Guard::lookWithoutTable(Step &step, bool killing)
{
    if (step.leaderReaped && (step.numberFree || groupIsGone(step.leader)))
        return true;
    if (!killing) {
        if (!step.groupAsked) {
            signalGroup(step, SIGTERM);
            signalGroup(step, SIGCONT);
            step.groupAsked = true;
        }
        return false;
    }
    step.forbidden = kill(-step.leader, SIGKILL) != 0 && errno == EPERM && step.leaderReaped;
    return step.forbidden;
}

const std::string &Guard::environmentOf(pid_t pid)
{
    for (const auto &[other, environment] : m_environments) {
        if (other == pid)
            return environment;
    }
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    std::string environment;
    readWhole(path, environment);
    return m_environments.emplace_back(pid, std::move(environment)).second;
}

// ----------------------------------------------------------------------------------------------------

int refuse(const char *why)
{
    const std::string text = std::string("sw-guard: ") + why + "\n";
    if (write(STDERR_FILENO, text.data(), text.size()) < 0)
        return 3;
    return 2;
}

bool setUpDescriptors(int socket)
{
    // Received descriptors must never get the numbers of the standard streams.
    while (fcntl(STDERR_FILENO, F_GETFD) < 0) {
        if (open("/dev/null", O_RDWR) < 0)
            return false;
    }
    const int input = open("/dev/null", O_RDONLY);
    const int output = open("/dev/null", O_WRONLY);
    if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 || fcntl(socket, F_SETFD, FD_CLOEXEC) < 0)
        return false;
    const auto closeRange = [](unsigned from, unsigned to) {
        if (from > to || syscall(SYS_close_range, from, to, 0) == 0)
            return;
        const unsigned limit = static_cast<unsigned>(std::min(sysconf(_SC_OPEN_MAX), 65536L));
        for (unsigned fd = from; fd <= std::min(to, limit); ++fd)
            close(static_cast<int>(fd));
    };
    const unsigned kept = static_cast<unsigned>(socket);
    closeRange(STDERR_FILENO + 1, kept - 1);
    closeRange(kept + 1, ~0U);
    return true;
}

// The guard itself is not to be ended by signals, and its children are to start with the default
// dispositions. Blocking gives both without five more calls for each child.
bool setUpSignals()
{
    for (int signal = 1; signal < NSIG; ++signal)
        ::signal(signal, SIG_DFL);
    sigset_t all;
    sigfillset(&all);
    return sigprocmask(SIG_SETMASK, &all, nullptr) == 0;
}

int guardMain(int argc, char **argv)
{
    char *end = nullptr;
    const long number = argc == 2 ? strtol(argv[1], &end, 10) : -1;
    const bool isNumber = number > STDERR_FILENO && number <= INT_MAX && *end == 0;
    const int socket = isNumber ? static_cast<int>(number) : -1;
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM)
        return refuse("this program is started by the job engine, not by hand");

    if (!setUpSignals() || !setUpDescriptors(socket))
        return refuse("cannot set up signals and descriptors");
    setsid(); // fails only if there is a session of its own already, or at least a group
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        return refuse("cannot become the parent of orphans");
    prctl(PR_SET_NAME, "sw-guard");
    if (chdir("/") != 0)
        return refuse("cannot change to the root directory");

    sigset_t childSignal;
    sigemptyset(&childSignal);
    sigaddset(&childSignal, SIGCHLD);
    const int signals = signalfd(-1, &childSignal, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        return refuse("cannot watch for the ends of processes");

    const auto guard = std::make_unique<Guard>(socket, signals);
    return guard->run();
}

} // namespace
} // namespace stepwire

int main(int argc, char **argv)
{
    return stepwire::guardMain(argc, argv);
}
