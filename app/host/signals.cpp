#include "app/host/signals.h"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace stepwire {

static std::array<int, 2> ends = {-1, -1}; // a handler can reach nothing but a global

static void onSignal(int number)
{
    const int saved = errno;
    const auto byte = static_cast<char>(number);
    (void)!::write(ends[1], &byte, 1);
    errno = saved;
}

SignalCatcher::SignalCatcher(std::initializer_list<int> signalNumbers, std::function<void(int)> caught)
    : m_caught(std::move(caught))
{
    if (ends[0] < 0 && ::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        qFatal("no pipe for signals");
    m_notifier = std::make_unique<QSocketNotifier>(ends[0], QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
        char number = 0;
        while (::read(ends[0], &number, 1) == 1)
            m_caught(number);
    });
    for (const int number : signalNumbers) {
        struct sigaction action
        {
        };
        action.sa_handler = onSignal;
        action.sa_flags = SA_RESTART;
        ::sigaction(number, &action, nullptr);
    }
}

SignalCatcher::~SignalCatcher() = default;

} // namespace stepwire
