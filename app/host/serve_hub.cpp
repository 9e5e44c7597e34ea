#include "app/host/serve_hub.h"

#include "app/client/session.h"
#include "app/host/signals.h"
#include "app/host/systemd.h"
#include "app/terminal/output.h"

#include <QCoreApplication>

#include <algorithm>
#include <csignal>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace stepwire {

static void tellReady(int readyFd, const QString &text)
{
    if (readyFd < 0)
        return;
    (void)writeAll(readyFd, text.toUtf8() + '\n');
    ::close(readyFd);
}

/// Many steps and clients need many descriptors; returns the limit of before, which steps get back.
static quint32 raiseFileLimit()
{
    constexpr rlim_t wanted = 65'536;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return 0;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = std::min(limit.rlim_max, wanted);
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<quint32>(before) : 0;
}

void prepareProcess(HubOptions &options)
{
    options.stepMaxFiles = raiseFileLimit();
    ::signal(SIGXFSZ, SIG_IGN); // a file that may not grow is a full disk; the guard gives steps the default again
}

int serveHub(HubOptions options, int readyFd, const std::function<std::shared_ptr<void>(HubHost &)> &serving)
{
    prepareProcess(options);
    ::prctl(PR_SET_NAME, "stepwire"); // started as /proc/self/exe it would be called `exe`
    const bool untilIdle = options.untilIdle;
    const QString socket = options.paths.socket();
    HubHost host(std::move(options));
    std::shared_ptr<void> beside; // gone before the host
    bool stopping = false;
    const SignalCatcher signals({SIGTERM, SIGINT}, [&](int) {
        if (std::exchange(stopping, true))
            ::_exit(exit_code::cancelled); // asked twice: the guard ends what still runs
        host.drain();
    });
    host.onEnded([] { QCoreApplication::exit(exit_code::succeeded); });
    host.start([&](const Result<void> &started) {
        if (!started) {
            tellReady(readyFd, started.error().message);
            if (readyFd < 0)
                sayError(started.error().message);
            return QCoreApplication::exit(exit_code::unreachable);
        }
        tellReady(readyFd, QStringLiteral("ready"));
        if (serving)
            beside = serving(host);
        if (!untilIdle)
            say(QStringLiteral("listening at %1").arg(socket));
        notifyServiceManager("READY=1\nSTATUS=0 jobs");
    });
    return QCoreApplication::exec();
}

} // namespace stepwire
