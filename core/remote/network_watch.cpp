#include "core/remote/network_watch.h"

#include <array>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace stepwire {

static constexpr int settleMs = 300; ///< until what belongs together has come

NetworkWatch::NetworkWatch(std::function<void()> changed) : m_changed(std::move(changed))
{
    m_settle.setSingleShot(true);
    connect(&m_settle, &QTimer::timeout, this, [this] { m_changed(); });
    m_socket = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (m_socket < 0)
        return;
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    if (::bind(m_socket, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
        return;
    m_notifier = std::make_unique<QSocketNotifier>(m_socket, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] { onReadable(); });
}

NetworkWatch::~NetworkWatch()
{
    m_notifier.reset();
    if (m_socket >= 0)
        ::close(m_socket);
}

void NetworkWatch::onReadable()
{
    // That something changed is all that counts; what is too much for the buffer is told all the same.
    std::array<char, 8192> buffer{};
    while (::recv(m_socket, buffer.data(), buffer.size(), 0) > 0) { }
    if (!m_settle.isActive())
        m_settle.start(settleMs);
}

} // namespace stepwire
