// The least that stands between two processes: reads lines from one Unix socket and writes them to another.
#include <array>
#include <cstdio>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (::bind(listener, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0
        || ::listen(listener, 2) != 0)
        return 1;
    std::puts("ready");
    std::fflush(stdout);
    const int from = ::accept(listener, nullptr, nullptr);
    const int to = ::accept(listener, nullptr, nullptr);
    std::array<char, 65536> buffer{};
    for (ssize_t got = 0; (got = ::read(from, buffer.data(), buffer.size())) > 0;) {
        if (::write(to, buffer.data(), static_cast<std::size_t>(got)) != got)
            return 1;
    }
    return 0;
}
