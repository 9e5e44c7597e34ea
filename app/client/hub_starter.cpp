#include "app/client/hub_starter.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTimer>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

extern char **environ;

namespace stepwire {

/// `systemd-run` where we are part of a login by ssh, and the user has a manager; else empty.
static QString managersRunner()
{
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    if (qEnvironmentVariableIsEmpty("SSH_CONNECTION") || runtime.isEmpty()
        || !QFileInfo::exists(runtime + QStringLiteral("/systemd/private")))
        return {};
    return QStandardPaths::findExecutable(QStringLiteral("systemd-run"));
}

void HubStarter::start(const Paths &paths, const QString &socketDir, std::function<void(const Result<void> &)> ready)
{
    m_ready = std::move(ready);
    spawn(paths, socketDir, managersRunner());
}

void HubStarter::spawn(const Paths &paths, const QString &socketDir, const QString &runner)
{
    m_said.clear();
    const auto refuse = [this](int error) {
        m_ready(fail(
            code::hostUnreachable,
            QStringLiteral("no hub runs and none can be started: %1").arg(QString::fromLocal8Bit(::strerror(error)))));
    };
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return refuse(errno);
    QDir().mkpath(paths.state);
    // What hubs said before is kept as long as it is small.
    constexpr qint64 mostLog = 1024 * 1024;
    const bool large = QFileInfo(paths.hubLog()).size() > mostLog;
    const int log = ::open(QFile::encodeName(paths.hubLog()).constData(),
                           O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (large ? O_TRUNC : 0), 0600);

    constexpr int childReady = 3;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (log >= 0)
        posix_spawn_file_actions_adddup2(&actions, log, 2);
    else
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, 2, 1);
    int from = ends[1];
    int moved = -1;
    if (from == childReady)
        from = moved = ::fcntl(from, F_DUPFD_CLOEXEC, childReady + 1);
    posix_spawn_file_actions_adddup2(&actions, from, childReady);
    posix_spawn_file_actions_addchdir_np(&actions, "/");
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    QString program = m_program;
    std::vector<QByteArray> words = {"stepwire"};
    if (!runner.isEmpty()) {
        // In a scope the hub is still our child, with all that it inherits.
        const bool ourselves = program.startsWith(u"/proc/self/");
        const QString path = ourselves ? QCoreApplication::applicationFilePath() : program;
        words = {"systemd-run", "--user", "--scope", "--quiet", "--collect", "--", QFile::encodeName(path)};
        program = runner;
    }
    for (const char *word : {"--no-gui", "--until-idle", "--ready-fd", "3"})
        words.emplace_back(word);
    if (m_notify)
        words.emplace_back("--notify");
    if (!socketDir.isEmpty()) {
        words.push_back("--socket-dir");
        words.push_back(QFile::encodeName(socketDir));
    }
    std::vector<char *> argv;
    for (QByteArray &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = -1;
    const int error =
        ::posix_spawn(&pid, QFile::encodeName(program).constData(), &actions, &attributes, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    ::close(ends[1]);
    if (moved >= 0)
        ::close(moved);
    if (log >= 0)
        ::close(log);
    m_readyFd = ends[0];
    if (error != 0)
        return refuse(error);
    m_notifier = std::make_unique<QSocketNotifier>(m_readyFd, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this, paths, socketDir, runner] {
        std::array<char, 1024> buffer{};
        const ssize_t got = ::read(m_readyFd, buffer.data(), buffer.size());
        if (got > 0) {
            m_said.append(buffer.data(), got);
            if (!m_said.endsWith('\n'))
                return;
        }
        m_notifier->setEnabled(false);
        ::close(m_readyFd);
        const QString said = QString::fromUtf8(m_said).trimmed();
        if (said.isEmpty() && !runner.isEmpty()) // the manager does not answer: without it, then
            return QTimer::singleShot(0, this, [this, paths, socketDir] { spawn(paths, socketDir, {}); });
        if (said == u"ready")
            m_ready({});
        else
            m_ready(fail(code::hostUnreachable,
                         said.isEmpty() ? QStringLiteral("the hub that was started ended at once") : said));
    });
}

} // namespace stepwire
