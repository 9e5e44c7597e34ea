#include "core/serve/io/poller.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace stepwire::io {

static uint32_t interest(bool reading, bool writing)
{
    return (reading ? static_cast<uint32_t>(EPOLLIN) : 0U) | (writing ? static_cast<uint32_t>(EPOLLOUT) : 0U);
}

Poller::Poller() : m_epoll(::epoll_create1(EPOLL_CLOEXEC))
{
    if (m_epoll < 0)
        qFatal("no epoll set can be made: %s", std::strerror(errno));
    m_notifier = std::make_unique<QSocketNotifier>(m_epoll, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] { dispatch(); });
}

Poller::~Poller()
{
    m_notifier.reset();
    ::close(m_epoll);
}

void Poller::add(int descriptor, Handler &handler, bool reading, bool writing)
{
    epoll_event event{};
    event.events = interest(reading, writing);
    event.data.ptr = &handler;
    if (::epoll_ctl(m_epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
        qWarning("descriptor %d cannot be watched: %s", descriptor, std::strerror(errno));
}

void Poller::change(int descriptor, Handler &handler, bool reading, bool writing)
{
    epoll_event event{};
    event.events = interest(reading, writing);
    event.data.ptr = &handler;
    ::epoll_ctl(m_epoll, EPOLL_CTL_MOD, descriptor, &event);
}

void Poller::remove(int descriptor, Handler &handler)
{
    epoll_event none{};
    ::epoll_ctl(m_epoll, EPOLL_CTL_DEL, descriptor, &none);
    for (std::size_t i = 0; i < m_count; ++i) {
        if (m_events.at(i).data.ptr == &handler)
            m_events.at(i).data.ptr = nullptr;
    }
}

void Poller::dispatch()
{
    const int count = ::epoll_wait(m_epoll, m_events.data(), static_cast<int>(m_events.size()), 0);
    m_count = count > 0 ? static_cast<std::size_t>(count) : 0;
    for (std::size_t i = 0; i < m_count; ++i) {
        const epoll_event event = m_events.at(i);
        if (!event.data.ptr)
            continue;
        const bool gone = (event.events & (EPOLLHUP | EPOLLERR)) != 0;
        static_cast<Handler *>(event.data.ptr)
            ->ready({(event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0, gone});
    }
    const bool any = std::exchange(m_count, 0) > 0;
    if (any && m_turnEnded)
        m_turnEnded();
}

} // namespace stepwire::io
