#pragma once

#include "core/engine/guard/guard_protocol.h"
#include "core/engine/step_runner.h"

#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <array>
#include <memory>
#include <unordered_map>

namespace stepwire {

/// A file descriptor that is closed with its owner.
class OwnedFd
{
public:
    OwnedFd() = default;
    explicit OwnedFd(int fd) : m_fd(fd) { }
    OwnedFd(OwnedFd &&other) noexcept : m_fd(std::exchange(other.m_fd, -1)) { }
    OwnedFd &operator=(OwnedFd &&other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~OwnedFd() { reset(); }

    [[nodiscard]] int get() const { return m_fd; }
    [[nodiscard]] bool valid() const { return m_fd >= 0; }
    void reset();

private:
    int m_fd = -1;
};

/// The two ways in which a step is connected to us.
struct StepChannel
{
    std::array<OwnedFd, 2> ours; ///< read ends: stdout and stderr, or the terminal's master alone
    std::array<OwnedFd, 2> theirs; ///< write ends, or the terminal's slave alone
};

/// Two pipes (core/engine/pipe_channel.cpp).
[[nodiscard]] std::optional<StepChannel> openPipes();
/// A pseudo-terminal (core/engine/terminal_channel.cpp).
[[nodiscard]] std::optional<StepChannel> openTerminal(int columns, int rows);

/// Runs steps as processes through `sw-guard`, which ends them all when this process dies. Lives on the engine's
/// thread. When the guard itself dies, every running step ends with a problem and the next start makes a new one.
class ProcessRunner : public QObject, public StepRunner
{
public:
    /// `maxFiles` is the soft RLIMIT_NOFILE of steps; 0: that of this process.
    ProcessRunner(QString guardPath, Observer &observer, std::uint32_t maxFiles = 0);
    ~ProcessRunner() override;

    void start(const StepCommand &command) override;
    void terminate(quint64 number, qint64 graceMs) override;
    void suspend(quint64 number) override { ask(GuardRequestKind::Suspend, number); }
    void resume(quint64 number) override { ask(GuardRequestKind::Resume, number); }

private:
    struct Reading
    {
        OwnedFd fd;
        Stream stream = Stream::Out;
        bool watched = false;
    };

    struct Running
    {
        std::array<Reading, 2> readings;
        std::optional<StepExit> exit;
        bool gone = false;
        qint64 budget = 0; ///< bytes that may be read before the next refill
    };

    void ask(GuardRequestKind kind, quint64 number, qint64 graceMs = 0);
    bool ensureGuard(QString &problem);
    void guardLost(const QString &problem);
    void onGuardReadable();
    void onReply(const GuardReply &reply);
    [[nodiscard]] bool send(const GuardRequest &request, QByteArrayView payload, std::array<int, 2> fds, int fdCount);
    void failLater(quint64 number, const QString &problem);
    [[nodiscard]] bool ensureWatch(QString &problem);
    void watch(quint64 number, Running &running);
    void unwatch(Reading &reading);
    void endReading(Reading &reading);
    void onReady();
    void onReadable(quint64 number, std::size_t index);
    void readFrom(quint64 number, Running &running, Reading &reading);
    /// Reads what is there, at most `most` bytes; false at its end.
    bool drain(quint64 number, Reading &reading, qint64 most, qint64 &taken);
    void refill();
    void endWhenDone(quint64 number);

    QString m_guardPath;
    Observer &m_observer;
    std::uint32_t m_maxFiles;
    OwnedFd m_guard;
    qint64 m_guardPid = 0;
    std::unique_ptr<QSocketNotifier> m_guardNotifier;
    QByteArray m_guardBytes;
    OwnedFd m_ready; ///< an epoll: one descriptor for the event loop, whatever the number of steps
    std::unique_ptr<QSocketNotifier> m_readyNotifier;
    std::unordered_map<quint64, Running> m_running;
    QTimer m_refillTimer;
};

} // namespace stepwire
