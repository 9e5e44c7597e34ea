// The one load client of the fan-out measurement, the same for every server: opens subscribers and one publisher, sends
// numbered messages and checks that each subscriber gets each of them once and in order. What a server speaks is told
// by scripts, so that nothing here depends on it but the frames of WebSocket. Prints one JSON line.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t digits = 8;
constexpr std::size_t markerSize = digits + 2; // "#00000001#"
constexpr std::size_t bufferSize = 262'144;
constexpr std::uint32_t mostUnderWay = 4096; // a power of two
constexpr auto patience = std::chrono::seconds(15);

[[noreturn]] void fail(const std::string &sentence)
{
    std::string text;
    for (const char c : sentence.substr(0, 600)) {
        if (c == '"' || c == '\\')
            text += '\\';
        text += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e ? '.' : c;
    }
    std::printf("{\"error\":\"%s\"}\n", text.c_str());
    std::fflush(stdout);
    std::_Exit(1);
}

double seconds(Clock::duration time)
{
    return std::chrono::duration<double>(time).count();
}

/// \n \r \\ \xHH
std::string unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char c = text[++i];
        if (c == 'x' && i + 2 < text.size()) {
            out += static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
            i += 2;
        } else {
            out += c == 'n' ? '\n' : c == 'r' ? '\r' : c;
        }
    }
    return out;
}

// ---- what is said to whom -----------------------------------------------------------------------------------------

struct Line
{
    bool send = false; ///< else it is awaited
    std::string text;
};

struct Peer
{
    std::string address; ///< "unix:PATH" or "tcp:PORT" on loopback
    std::string upgrade; ///< the request that opens a WebSocket; without one bytes are bytes
    std::vector<Line> script;
};

struct Phase
{
    std::uint32_t underWay = 1;
    double seconds = 0;
};

struct Options
{
    Peer subscriber;
    Peer publisher;
    std::string message; ///< as the publisher sends it; for reports with {job} and {step}
    bool reports = false; ///< the publisher reports steps of jobs, whose progress is told 25 times a second each
    std::size_t clients = 1;
    std::size_t stalled = 0; ///< beside them, subscribers that never read
    double warmUp = 0.15;
    double hold = -1; ///< only stay connected for so long, or until stdin ends
    std::vector<Phase> phases;
    std::vector<pid_t> servers;
};

int openConnection(const std::string &where, int receiveBuffer)
{
    sockaddr_storage address{};
    socklen_t size = 0;
    if (where.starts_with("unix:")) {
        auto &path = reinterpret_cast<sockaddr_un &>(address);
        path.sun_family = AF_UNIX;
        std::strncpy(path.sun_path, where.c_str() + 5, sizeof path.sun_path - 1);
        size = sizeof path;
    } else {
        auto &ip = reinterpret_cast<sockaddr_in &>(address);
        ip.sin_family = AF_INET;
        ip.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ip.sin_port = htons(static_cast<std::uint16_t>(std::stoi(where.substr(4))));
        size = sizeof ip;
    }
    const int fd = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receiveBuffer > 0)
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
    if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr *>(&address), size) != 0)
        fail("cannot connect to " + where + ": " + std::strerror(errno));
    const int yes = 1;
    if (address.ss_family == AF_INET)
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

void sendAll(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            fail(std::string("cannot send: ") + std::strerror(errno));
        pollfd writable{fd, POLLOUT, 0};
        if (::poll(&writable, 1, 10'000) == 0)
            fail("the server does not read");
    }
}

/// A client's frame; a mask of zeros is one too.
std::string frame(unsigned opcode, std::string_view payload)
{
    std::string out;
    out += static_cast<char>(0x80U | opcode);
    if (payload.size() < 126) {
        out += static_cast<char>(0x80U | payload.size());
    } else {
        out += static_cast<char>(0x80U | 126U);
        out += static_cast<char>(payload.size() >> 8U);
        out += static_cast<char>(payload.size() & 0xffU);
    }
    out.append(4, '\0');
    return out.append(payload);
}

/// The bytes of one connection as they come, cut into pieces that hold whole markers.
class Stream
{
public:
    Stream(int fd, bool webSocket) : m_fd(fd), m_head(webSocket), m_webSocket(webSocket) { }
    ~Stream() { ::close(m_fd); }
    Stream(const Stream &) = delete;
    Stream &operator=(const Stream &) = delete;

    [[nodiscard]] int fd() const { return m_fd; }
    [[nodiscard]] bool open() const { return !m_head; }
    [[nodiscard]] std::uint64_t heartbeats() const { return m_heartbeats; }
    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; }

    void say(std::string_view text) { sendAll(m_fd, m_webSocket ? frame(1, text) : std::string(text)); }

    /// Reads once; false when the other side has gone.
    template <class Take>
    bool read(std::vector<char> &buffer, Take take)
    {
        std::copy(m_rest.begin(), m_rest.end(), buffer.begin());
        const std::size_t kept = m_rest.size();
        const ssize_t got = ::recv(m_fd, buffer.data() + kept, buffer.size() - kept, MSG_DONTWAIT);
        if (got <= 0)
            return got < 0 && (errno == EAGAIN || errno == EINTR);
        m_bytes += static_cast<std::uint64_t>(got);
        std::string_view left(buffer.data(), kept + static_cast<std::size_t>(got));
        if (m_head)
            readHead(left);
        if (!m_head)
            m_webSocket ? readFrames(left, take) : readBytes(left, take);
        m_rest.assign(left);
        return true;
    }

private:
    void readHead(std::string_view &left)
    {
        const std::size_t end = left.find("\r\n\r\n");
        if (end == std::string_view::npos)
            return;
        if (!left.starts_with("HTTP/1.1 101"))
            fail("no WebSocket: " + std::string(left.substr(0, end)));
        left.remove_prefix(end + 4);
        m_head = false;
    }

    template <class Take>
    void readBytes(std::string_view &left, Take take)
    {
        take(left);
        // A marker may have come in part.
        const std::size_t from = left.size() < markerSize ? 0 : left.size() - markerSize + 1;
        const std::size_t start = left.find('#', from);
        left.remove_prefix(start == std::string_view::npos ? left.size() : start);
    }

    template <class Take>
    void readFrames(std::string_view &left, Take take)
    {
        for (;;) {
            const std::size_t skipped = std::min(m_skip, left.size());
            left.remove_prefix(skipped);
            m_skip -= skipped;
            if (left.size() < 2)
                return;
            const auto at = [&](std::size_t i) { return static_cast<unsigned char>(left[i]); };
            std::size_t head = 2;
            std::uint64_t size = at(1) & 0x7fU;
            if (const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0; more != 0) {
                head += more;
                if (left.size() < head)
                    return;
                size = 0;
                for (std::size_t i = 2; i < head; ++i)
                    size = size << 8U | at(i);
            }
            const bool large = size > 32768; // the state as a whole: its first bytes tell what it is
            if (left.size() < head + (large ? 64 : size))
                return;
            const std::string_view payload = left.substr(head, std::min<std::uint64_t>(size, left.size() - head));
            const unsigned opcode = at(0) & 0xfU;
            if (opcode == 8)
                fail("the server closed a WebSocket: " + std::string(payload));
            if (opcode == 9) {
                ++m_heartbeats;
                sendAll(m_fd, frame(10, payload));
            } else if (opcode == 1 && payload == "2") { // Engine.IO's heartbeat
                ++m_heartbeats;
                sendAll(m_fd, frame(1, "3"));
            } else {
                take(payload);
            }
            left.remove_prefix(head + payload.size());
            m_skip = size - payload.size();
        }
    }

    int m_fd;
    bool m_head;
    bool m_webSocket;
    std::size_t m_skip = 0;
    std::string m_rest;
    std::uint64_t m_heartbeats = 0;
    std::uint64_t m_bytes = 0;
};

struct Subscriber
{
    std::unique_ptr<Stream> stream;
    std::uint32_t next = 0;
};

/// Connects and says its part; what the server does not send within some seconds will not come.
std::unique_ptr<Stream> opened(const Peer &peer, std::vector<char> &buffer, int receiveBuffer = 0)
{
    auto stream = std::make_unique<Stream>(openConnection(peer.address, receiveBuffer), !peer.upgrade.empty());
    std::string heard;
    const auto hear = [&](const std::string &what) {
        pollfd readable{stream->fd(), POLLIN, 0};
        if (::poll(&readable, 1, 10'000) == 0)
            fail("not heard: " + what + ", but: " + heard);
        if (!stream->read(buffer, [&](std::string_view bytes) { heard += bytes; }))
            fail("closed by the server before " + what + ": " + heard);
    };
    if (!peer.upgrade.empty())
        sendAll(stream->fd(), peer.upgrade);
    while (!stream->open())
        hear("the upgrade");
    for (const Line &line : peer.script) {
        if (line.send) {
            stream->say(line.text);
            continue;
        }
        std::size_t at = 0;
        while ((at = heard.find(line.text)) == std::string::npos)
            hear(line.text);
        heard.erase(0, at + line.text.size());
    }
    return stream;
}

// ---- processor time -----------------------------------------------------------------------------------------------

void addTree(std::vector<pid_t> &found, pid_t pid)
{
    found.push_back(pid);
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    DIR *folder = ::opendir(tasks.c_str());
    if (!folder)
        return;
    while (const dirent *entry = ::readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        std::ifstream children(tasks + "/" + entry->d_name + "/children");
        for (pid_t child = 0; children >> child;)
            addTree(found, child);
    }
    ::closedir(folder);
}

/// Of the servers, their threads and children, to the nanosecond: /proc counts in hundredths of a second.
double processorSeconds(const std::vector<pid_t> &servers)
{
    std::vector<pid_t> all;
    for (const pid_t pid : servers)
        addTree(all, pid);
    double sum = 0;
    for (const pid_t pid : all) {
        clockid_t clock = 0;
        timespec used{};
        if (::clock_getcpuclockid(pid, &clock) == 0 && ::clock_gettime(clock, &used) == 0)
            sum += static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
    }
    return sum;
}

double ownSeconds()
{
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

// ---- the load -----------------------------------------------------------------------------------------------------

class Load
{
public:
    explicit Load(const Options &options) : m_options(options), m_buffer(bufferSize), m_poll(::epoll_create1(0))
    {
        m_subscribers.resize(options.clients);
        for (Subscriber &subscriber : m_subscribers) {
            subscriber.stream = opened(options.subscriber, m_buffer);
            watch(subscriber.stream->fd(), &subscriber);
        }
        for (std::size_t i = 0; i < options.stalled; ++i)
            m_stalled.push_back(opened(options.subscriber, m_buffer, 4096));
        if (options.publisher.address.empty())
            return;
        m_publisher = opened(options.publisher, m_buffer);
        watch(m_publisher->fd(), nullptr);
        m_template = options.message;
        m_marker = m_template.find("#00000000#");
        if (m_marker == std::string::npos)
            fail("the message has no marker");
    }

    void warmUp()
    {
        if (!m_options.reports) {
            run({64, m_options.warmUp});
            return;
        }
        // As many steps as it takes for none of them to be merged at the speed of this server.
        addSteps(100);
        for (m_starved = {}; m_all < 4000; m_starved = {}) {
            run({64, m_options.warmUp / 2});
            if (seconds(m_starved) < m_options.warmUp / 2 * 0.01)
                break;
            addSteps(std::min<std::size_t>(m_all, 500));
        }
        addSteps(std::max<std::size_t>(m_all / 4, 50)); // it may be faster later
        run({64, m_options.warmUp / 2});
    }

    std::string measure(const Phase &phase)
    {
        m_latencies.clear();
        m_starved = {};
        const std::uint64_t bytesBefore = bytes();
        const std::uint32_t first = m_completed;
        const double ownBefore = ownSeconds();
        const double before = processorSeconds(m_options.servers);
        const Clock::time_point began = Clock::now();
        run(phase);
        const double took = seconds(Clock::now() - began);
        const double used = processorSeconds(m_options.servers) - before;
        const double own = ownSeconds() - ownBefore;
        const double deliveries = static_cast<double>(m_completed - first) * static_cast<double>(m_subscribers.size());
        std::sort(m_latencies.begin(), m_latencies.end());
        const auto part = [&](double share) {
            return m_latencies[static_cast<std::size_t>(share * static_cast<double>(m_latencies.size() - 1))] * 1e6;
        };
        std::array<char, 512> text{};
        std::snprintf(text.data(), text.size(),
                      "{\"under_way\":%u,\"seconds\":%.6f,\"messages\":%u,\"rate\":%.1f,\"cpu\":%.6f,\"server\":%.4f,"
                      "\"load\":%.4f,\"p50\":%.2f,\"p99\":%.2f,\"bytes\":%.1f,\"starved\":%.4f,\"steps\":%zu}",
                      phase.underWay, took, m_completed - first, deliveries / took, used / deliveries * 1e6,
                      used / took, own / took, part(0.5), part(0.99),
                      static_cast<double>(bytes() - bytesBefore) / deliveries, seconds(m_starved) / took, m_all);
        return text.data();
    }

    /// Nothing may follow what was counted.
    void finish()
    {
        for (const Clock::time_point end = Clock::now() + std::chrono::milliseconds(30); Clock::now() < end;)
            turn(5);
        for (const std::string &job : m_jobs)
            call("report.finish", "{\"job\":\"" + job + "\"}");
        if (!m_jobs.empty())
            call("job.prune", "{\"keep\":0}");
    }

    /// Stays connected and tells what the servers use, second by second.
    std::string hold()
    {
        std::puts("{\"ready\":true}");
        std::fflush(stdout);
        std::string used;
        std::string heard;
        const Clock::time_point began = Clock::now();
        double before = processorSeconds(m_options.servers);
        std::uint64_t heardBefore = 0;
        pollfd input{STDIN_FILENO, POLLIN, 0};
        for (int second = 1; m_options.hold == 0 || second <= static_cast<int>(m_options.hold); ++second) {
            while (Clock::now() < began + std::chrono::seconds(second)) {
                turn(50);
                if (m_options.hold == 0 && ::poll(&input, 1, 0) > 0)
                    return "{}";
            }
            const double now = processorSeconds(m_options.servers);
            std::uint64_t beats = 0;
            for (const Subscriber &subscriber : m_subscribers)
                beats += subscriber.stream->heartbeats();
            used += (used.empty() ? "" : ",") + std::to_string(now - before);
            heard += (heard.empty() ? "" : ",") + std::to_string(beats - heardBefore);
            before = now;
            heardBefore = beats;
        }
        return "{\"cpu\":[" + used + "],\"heartbeats\":[" + heard + "]}";
    }

private:
    struct Slot ///< a step that takes one report at a time
    {
        std::string job;
        std::string step;
        Clock::time_point ready;
    };

    void watch(int fd, Subscriber *subscriber)
    {
        ::fcntl(fd, F_SETFL, O_NONBLOCK);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = subscriber;
        ::epoll_ctl(m_poll, EPOLL_CTL_ADD, fd, &event);
    }

    [[nodiscard]] std::uint64_t bytes() const
    {
        std::uint64_t sum = 0;
        for (const Subscriber &subscriber : m_subscribers)
            sum += subscriber.stream->bytes();
        return sum;
    }

    void run(const Phase &phase)
    {
        const Clock::time_point end =
            Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(phase.seconds));
        Clock::time_point news = Clock::now();
        std::uint32_t seen = m_completed;
        for (;;) {
            const Clock::time_point now = Clock::now();
            if (now < end)
                publish(phase.underWay, now);
            else if (m_completed == m_published)
                return;
            turn(m_waiting ? 1 : 100);
            if (std::exchange(seen, m_completed) != m_completed)
                news = now;
            else if (now - news > patience)
                fail(lost());
        }
    }

    [[nodiscard]] std::string lost() const
    {
        std::size_t lacking = 0;
        for (const Subscriber &subscriber : m_subscribers)
            lacking += subscriber.next <= m_completed ? 1 : 0;
        return std::to_string(lacking) + " of " + std::to_string(m_subscribers.size())
            + " subscribers never got message " + std::to_string(m_completed);
    }

    void publish(std::uint32_t underWay, Clock::time_point now)
    {
        std::string &out = m_out;
        out.clear();
        const bool waited = std::exchange(m_waiting, false);
        if (waited)
            m_starved += now - m_waitingSince;
        while (m_published - m_completed < underWay) {
            const std::size_t place = m_published % mostUnderWay;
            const std::size_t begin = out.size();
            if (!m_options.reports) {
                out += m_template;
                number(out.data() + begin + m_marker);
            } else {
                if (m_free.empty() || m_free.front().ready > now) {
                    m_waiting = true;
                    m_waitingSince = now;
                    break;
                }
                m_used[place] = std::move(m_free.front());
                m_free.pop_front();
                report(out, m_used[place]);
                number(out.data() + out.size() - (m_template.size() - m_marker));
            }
            m_sent[place] = now;
            m_left[place] = static_cast<std::uint32_t>(m_subscribers.size());
            ++m_published;
        }
        if (!out.empty())
            sendAll(m_publisher->fd(), out);
    }

    void number(char *marker) const
    {
        std::uint32_t rest = m_published;
        for (std::size_t i = digits; i > 0; --i, rest /= 10)
            marker[i] = static_cast<char>('0' + rest % 10);
    }

    void report(std::string &out, const Slot &slot) const
    {
        out += "{\"jsonrpc\":\"2.0\",\"method\":\"report.progress\",\"params\":{\"job\":\"";
        out += slot.job;
        out += "\",\"step\":\"";
        out += slot.step;
        out += "\",\"message\":\"";
        out += m_template;
    }

    void turn(int milliseconds)
    {
        std::array<epoll_event, 512> events{};
        const int count = ::epoll_wait(m_poll, events.data(), static_cast<int>(events.size()), milliseconds);
        for (int i = 0; i < count; ++i) {
            auto *subscriber = static_cast<Subscriber *>(events.at(static_cast<std::size_t>(i)).data.ptr);
            if (!subscriber)
                readAnswers();
            else if (!subscriber->stream->read(m_buffer, [&](std::string_view bytes) { take(*subscriber, bytes); }))
                fail("the server closed a subscriber's connection");
        }
    }

    void take(Subscriber &subscriber, std::string_view bytes)
    {
        const char *at = bytes.data();
        const char *end = at + bytes.size();
        while (at + markerSize <= end
               && (at = static_cast<const char *>(std::memchr(at, '#', static_cast<std::size_t>(end - at))))
               && at + markerSize <= end) {
            std::uint32_t seq = 0;
            bool marker = at[markerSize - 1] == '#';
            for (std::size_t i = 1; i <= digits; ++i) {
                const auto digit = static_cast<unsigned>(static_cast<unsigned char>(at[i])) - '0';
                marker = marker && digit < 10;
                seq = seq * 10 + digit;
            }
            if (!marker) {
                ++at;
                continue;
            }
            if (seq != subscriber.next)
                fail("a subscriber got message " + std::to_string(seq) + ", expected "
                     + std::to_string(subscriber.next));
            ++subscriber.next;
            if (--m_left[seq % mostUnderWay] == 0)
                completed(seq);
            at += markerSize;
        }
    }

    void completed(std::uint32_t seq)
    {
        const std::size_t place = seq % mostUnderWay;
        const Clock::time_point now = Clock::now();
        m_latencies.push_back(seconds(now - m_sent[place]));
        m_completed = seq + 1;
        if (m_options.reports) {
            // The hub had it before now, so that it has been told when the step comes again.
            m_used[place].ready = now + std::chrono::milliseconds(42);
            m_free.push_back(std::move(m_used[place]));
        }
    }

    // ---- reports

    void readAnswers()
    {
        if (!m_publisher->read(m_buffer, [&](std::string_view bytes) {
                if (m_options.reports)
                    m_answers += bytes;
            }))
            fail("the server closed the publisher's connection");
        if (m_answers.find("\"error\"") != std::string::npos && m_answers.find("\"error\":null") == std::string::npos)
            fail("the server says " + m_answers);
    }

    std::string call(const std::string &method, const std::string &params)
    {
        const std::string id = std::to_string(++m_calls);
        sendAll(m_publisher->fd(),
                "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + params + "}\n");
        const Clock::time_point began = Clock::now();
        for (;;) {
            turn(100);
            for (std::size_t end = 0; (end = m_answers.find('\n')) != std::string::npos;) {
                std::string line = m_answers.substr(0, end);
                m_answers.erase(0, end + 1);
                if (line.find("\"id\":" + id) != std::string::npos)
                    return line;
            }
            if (Clock::now() - began > patience)
                fail(method + " was not answered");
        }
    }

    void addSteps(std::size_t count)
    {
        static constexpr std::size_t ofJob = 50;
        for (std::size_t done = 0; done < count; done += ofJob) {
            std::string steps;
            for (std::size_t i = 0; i < ofJob; ++i)
                steps += (i == 0 ? "\"s" : ",\"s") + std::to_string(i) + '"';
            const std::string answer = call("report.start", "{\"title\":\"fan-out\",\"steps\":[" + steps + "]}");
            const std::size_t at = answer.find("\"job\":\"");
            if (at == std::string::npos)
                fail("no job: " + answer);
            m_jobs.push_back(answer.substr(at + 7, answer.find('"', at + 7) - at - 7));
            // Its first report starts a step, which is a state change: done before anything is measured.
            for (std::size_t i = 0; i < ofJob; ++i) {
                const std::string step = "s" + std::to_string(i);
                call("report.progress", "{\"job\":\"" + m_jobs.back() + "\",\"step\":\"" + step + "\"}");
                m_free.push_back({m_jobs.back(), step, Clock::now() + std::chrono::milliseconds(42)});
            }
            m_all += ofJob;
        }
    }

    const Options &m_options;
    std::vector<char> m_buffer;
    int m_poll;
    std::vector<Subscriber> m_subscribers;
    std::vector<std::unique_ptr<Stream>> m_stalled;
    std::unique_ptr<Stream> m_publisher;
    std::string m_template;
    std::size_t m_marker = 0;
    std::string m_out;

    std::uint32_t m_published = 0;
    std::uint32_t m_completed = 0;
    std::array<Clock::time_point, mostUnderWay> m_sent{};
    std::array<std::uint32_t, mostUnderWay> m_left{};
    std::vector<double> m_latencies;

    std::array<Slot, mostUnderWay> m_used{};
    std::deque<Slot> m_free;
    std::vector<std::string> m_jobs;
    std::size_t m_all = 0;
    std::string m_answers;
    int m_calls = 0;
    bool m_waiting = false;
    Clock::time_point m_waitingSince;
    Clock::duration m_starved{};
};

Options parsed(int argc, char **argv)
{
    Options options;
    Peer *peer = &options.subscriber;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const std::string value = argv[i + 1];
        if (name == "--subscribers" || name == "--publisher") {
            peer = name == "--publisher" ? &options.publisher : &options.subscriber;
            peer->address = value;
        } else if (name == "--upgrade") {
            peer->upgrade = unescaped(value);
        } else if (name == "--send" || name == "--expect") {
            peer->script.push_back({name == "--send", unescaped(value)});
        } else if (name == "--message") {
            options.message = unescaped(value);
        } else if (name == "--report") {
            options.message = unescaped(value);
            options.reports = true;
        } else if (name == "--clients") {
            options.clients = std::stoul(value);
        } else if (name == "--stalled") {
            options.stalled = std::stoul(value);
        } else if (name == "--warm-up") {
            options.warmUp = std::stod(value);
        } else if (name == "--hold") {
            options.hold = std::stod(value);
        } else if (name == "--server") {
            options.servers.push_back(std::stoi(value));
        } else if (name == "--phase") {
            const std::size_t colon = value.find(':');
            options.phases.push_back({static_cast<std::uint32_t>(std::stoul(value)),
                                      std::stod(value.substr(colon == std::string::npos ? value.size() : colon + 1))});
        } else {
            fail("unknown option " + name);
        }
    }
    return options;
}

} // namespace

int main(int argc, char **argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const Options options = parsed(argc, argv);
    const auto load = std::make_unique<Load>(options);
    if (options.hold >= 0) {
        std::puts(load->hold().c_str());
        std::fflush(stdout);
        std::_Exit(0); // thousands of connections are closed faster by the kernel
    }
    load->warmUp();
    std::string results;
    for (const Phase &phase : options.phases)
        results += (results.empty() ? "" : ",") + load->measure(phase);
    load->finish();
    std::printf("{\"phases\":[%s]}\n", results.c_str());
    return 0;
}
