// The floor of the fan-out measurement: the least that a server can do. Takes lines from a publisher on one Unix socket
// and writes each as one ready WebSocket frame to every client (tcp), or as it is to every client of another Unix
// socket (unix). With --batched all that came in one turn goes to a client in one call. Checks nothing: a bench only.
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

int listenUnix(const char *path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 || ::listen(fd, 1024) != 0)
        return -1;
    return fd;
}

/// On any free port of loopback, which is printed.
int listenTcp()
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (::bind(fd, reinterpret_cast<const sockaddr *>(&address), size) != 0 || ::listen(fd, 1024) != 0
        || ::getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size) != 0)
        return -1;
    std::printf("%d\n", ntohs(address.sin_port));
    return fd;
}

struct Client
{
    bool publishes = false;
    bool ready = false; ///< its handshake is over
    std::string in;
    std::string waiting; ///< what its socket did not take
};

class Floor
{
public:
    Floor(int publishers, int subscribers, bool webSocket, bool batched)
        : m_publishers(publishers),
          m_subscribers(subscribers),
          m_webSocket(webSocket),
          m_batched(batched),
          m_poll(::epoll_create1(0))
    {
        watch(publishers, EPOLL_CTL_ADD, EPOLLIN);
        watch(subscribers, EPOLL_CTL_ADD, EPOLLIN);
    }

    void turn()
    {
        std::array<epoll_event, 512> events{};
        const int count = ::epoll_wait(m_poll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const epoll_event &event = events.at(static_cast<std::size_t>(i));
            if (event.data.fd == m_publishers || event.data.fd == m_subscribers)
                accept(event.data.fd);
            else if (const auto it = m_clients.find(event.data.fd); it != m_clients.end())
                serve(it->first, it->second, event.events);
        }
        if (!m_pending.empty())
            toAll(m_pending);
        m_pending.clear();
    }

private:
    void watch(int fd, int how, std::uint32_t what) const
    {
        epoll_event event{};
        event.events = what;
        event.data.fd = fd;
        ::epoll_ctl(m_poll, how, fd, &event);
    }

    void accept(int listener)
    {
        for (int fd = 0; (fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
            const int yes = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            watch(fd, EPOLL_CTL_ADD, EPOLLIN);
            Client &client = m_clients[fd];
            client.publishes = listener == m_publishers;
            client.ready = !client.publishes && !m_webSocket;
            if (client.ready) // so that it knows that it hears all from now on
                write(fd, client, "hello\n");
        }
    }

    void serve(int fd, Client &client, std::uint32_t what)
    {
        if ((what & EPOLLOUT) != 0) {
            const std::string waiting = std::exchange(client.waiting, {});
            write(fd, client, waiting);
            if (client.waiting.empty())
                watch(fd, EPOLL_CTL_MOD, EPOLLIN);
        }
        if ((what & ~std::uint32_t(EPOLLOUT)) == 0)
            return;
        const ssize_t got = ::recv(fd, m_buffer.data(), m_buffer.size(), 0);
        if (got <= 0) {
            if (got < 0 && errno == EAGAIN)
                return;
            ::close(fd);
            m_clients.erase(fd);
            return;
        }
        if (client.ready)
            return;
        client.in.append(m_buffer.data(), static_cast<std::size_t>(got));
        if (client.publishes)
            return publish(client.in);
        if (client.in.find("\r\n\r\n") == std::string::npos)
            return;
        write(fd, client, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
        client.ready = true;
    }

    void publish(std::string &lines)
    {
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1) {
            const std::string_view line(lines.data() + begin, end - begin);
            if (!m_batched)
                m_pending.clear();
            if (!m_webSocket) {
                m_pending.append(line) += '\n';
            } else {
                m_pending += static_cast<char>(0x81);
                if (line.size() < 126) {
                    m_pending += static_cast<char>(line.size());
                } else {
                    m_pending += static_cast<char>(126);
                    m_pending += static_cast<char>(line.size() >> 8U);
                    m_pending += static_cast<char>(line.size() & 0xffU);
                }
                m_pending.append(line);
            }
            if (!m_batched)
                toAll(m_pending);
        }
        if (!m_batched)
            m_pending.clear();
        lines.erase(0, begin);
    }

    void toAll(std::string_view bytes)
    {
        for (auto &[fd, client] : m_clients) {
            if (client.ready)
                write(fd, client, bytes);
        }
    }

    void write(int fd, Client &client, std::string_view bytes) const
    {
        if (client.waiting.empty()) {
            const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
            if (bytes.empty())
                return;
            watch(fd, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
        }
        client.waiting += bytes;
    }

    int m_publishers;
    int m_subscribers;
    bool m_webSocket;
    bool m_batched;
    int m_poll;
    std::unordered_map<int, Client> m_clients;
    std::string m_pending;
    std::array<char, 65536> m_buffer{};
};

} // namespace

/// PUBLISHERS_PATH (tcp | SUBSCRIBERS_PATH) [--batched]
int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const bool webSocket = std::strcmp(argv[2], "tcp") == 0;
    const int publishers = listenUnix(argv[1]);
    const int subscribers = webSocket ? listenTcp() : listenUnix(argv[2]);
    if (publishers < 0 || subscribers < 0) {
        std::fprintf(stderr, "fanout_floor: cannot listen: %s\n", std::strerror(errno));
        return 1;
    }
    std::puts("ready");
    std::fflush(stdout);
    for (Floor floor(publishers, subscribers, webSocket, argc > 3);;)
        floor.turn();
}
