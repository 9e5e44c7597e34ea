#include "core/serve/http/http_server.h"

#include "core/serve/http/session.h"

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace stepwire::http {

// A peer that has vanished is noticed by the kernel: idle connections need no heartbeats of ours.
static constexpr int keepAliveIdleS = 45;
static constexpr int keepAliveIntervalS = 15;
static constexpr int keepAliveProbes = 3;
static constexpr int backlog = 512;

static void setOption(int descriptor, int level, int name, int value)
{
    ::setsockopt(descriptor, level, name, &value, sizeof value);
}

Server::Server(io::Reactor &reactor, Options options)
    : m_reactor(reactor), m_options(options), m_timeouts([this](quint64 connection) {
          const auto it = m_sessions.find(connection);
          if (it != m_sessions.end())
              it->second->timedOut();
      })
{
}

Server::~Server()
{
    close();
    while (!m_sessions.empty()) {
        const quint64 id = m_sessions.begin()->first;
        if (io::Connection *connection = m_reactor.find(id))
            connection->close();
        m_sessions.erase(id);
    }
}

void Server::route(const QByteArray &path, Handler handler)
{
    m_routes[path] = std::move(handler);
}

const Server::Handler *Server::handlerOf(const QByteArray &path) const
{
    const Handler *best = nullptr;
    qsizetype longest = -1;
    for (const auto &[route, handler] : m_routes) {
        const bool fits = route == path || (route.endsWith('/') && route.size() > 1 && path.startsWith(route));
        if (fits && route.size() > longest) {
            best = &handler;
            longest = route.size();
        }
    }
    return best;
}

Result<quint16> Server::listen(const QHostAddress &address, quint16 port)
{
    sockaddr_storage storage{};
    socklen_t length = 0;
    const bool six = address.protocol() == QAbstractSocket::IPv6Protocol;
    if (six) {
        auto *to = reinterpret_cast<sockaddr_in6 *>(&storage);
        const Q_IPV6ADDR bytes = address.toIPv6Address();
        to->sin6_family = AF_INET6;
        to->sin6_port = htons(port);
        std::memcpy(&to->sin6_addr, &bytes, sizeof bytes);
        length = sizeof(sockaddr_in6);
    } else {
        auto *to = reinterpret_cast<sockaddr_in *>(&storage);
        to->sin_family = AF_INET;
        to->sin_port = htons(port);
        to->sin_addr.s_addr = htonl(address.toIPv4Address());
        length = sizeof(sockaddr_in);
    }
    const int descriptor = ::socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto failed = [&] {
        const int reason = errno;
        if (descriptor >= 0)
            ::close(descriptor);
        return fail(reason == EADDRINUSE ? code::alreadyRunning : code::internalError,
                    QStringLiteral("%1 port %2 cannot be listened on: %3")
                        .arg(address.toString())
                        .arg(port)
                        .arg(QString::fromLocal8Bit(std::strerror(reason))));
    };
    if (descriptor < 0)
        return failed();
    setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
    if (six)
        setOption(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (::bind(descriptor, reinterpret_cast<sockaddr *>(&storage), length) != 0 || ::listen(descriptor, backlog) != 0)
        return failed();
    length = sizeof storage;
    ::getsockname(descriptor, reinterpret_cast<sockaddr *>(&storage), &length);
    m_listening.push_back(descriptor);
    m_reactor.listen(descriptor, [this](int accepted) { accept(accepted); });
    return ntohs(six ? reinterpret_cast<sockaddr_in6 *>(&storage)->sin6_port
                     : reinterpret_cast<sockaddr_in *>(&storage)->sin_port);
}

void Server::accept(int descriptor)
{
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    ::getpeername(descriptor, reinterpret_cast<sockaddr *>(&storage), &length);
    setOption(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    setOption(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    setOption(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, keepAliveIdleS);
    setOption(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, keepAliveIntervalS);
    setOption(descriptor, IPPROTO_TCP, TCP_KEEPCNT, keepAliveProbes);
    if (connections() >= m_options.mostConnections) {
        const QByteArray refusal =
            response(503, {{"Content-Type", "text/plain; charset=utf-8"}, {"Retry-After", "5"}},
                     "the server has " + QByteArray::number(connections()) + " connections already\n", false);
        (void)!::send(descriptor, refusal.constData(), static_cast<std::size_t>(refusal.size()),
                      MSG_DONTWAIT | MSG_NOSIGNAL);
        ::close(descriptor);
        return;
    }
    auto session = std::make_unique<Session>(*this, QHostAddress(reinterpret_cast<sockaddr *>(&storage)));
    Session &added = *session;
    io::Connection &connection =
        m_reactor.adopt(descriptor, std::move(session), m_makeStream ? m_makeStream(descriptor) : nullptr);
    connection.countIn(m_connections);
    added.attach(connection);
}

void Server::close()
{
    for (const int descriptor : std::exchange(m_listening, {})) {
        m_reactor.stopListening(descriptor);
        ::close(descriptor);
    }
    for (const auto &[id, session] : m_sessions)
        session->endSoon();
}

} // namespace stepwire::http
