// Preloaded into a window's program, which knows nothing of it: how long its main thread is busy each time it wakes up,
// and whether it drew meanwhile. A stretch begins when the event loop's poll returns and ends at the next one that
// waits, or at the first one after something was drawn; it is written to the file that BENCH_FRAMES names, behind a
// head of two numbers: how many there are, and when the first picture of a window's size was handed to the display.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iterator>

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

struct Stretch
{
    std::int64_t begin; ///< all in nanoseconds; of CLOCK_MONOTONIC
    std::int64_t wall;
    std::int64_t processor; ///< what the thread itself used of that
    std::int64_t pixels; ///< drawn; 0: nothing
};

struct Log
{
    std::atomic<std::int64_t> count;
    std::atomic<std::int64_t> firstPicture;
    Stretch stretches[1 << 20];
};

constexpr std::int64_t windowPixels = 300 * 200;

Log *theLog = nullptr;
Stretch current{};

std::int64_t now(clockid_t clock)
{
    timespec time{};
    ::clock_gettime(clock, &time);
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

bool isMain()
{
    return theLog && ::gettid() == ::getpid();
}

/// The display's own library polls as well, for answers; that is waiting within a stretch.
bool isEventLoop(void *caller)
{
    static void *known = nullptr;
    if (caller == known)
        return true;
    Dl_info info{};
    if (!::dladdr(caller, &info) || !info.dli_fname
        || (!std::strstr(info.dli_fname, "libglib") && !std::strstr(info.dli_fname, "libQt6Core")))
        return false;
    known = caller;
    return true;
}

void begin()
{
    current = {now(CLOCK_MONOTONIC), 0, now(CLOCK_THREAD_CPUTIME_ID), 0};
}

void end()
{
    const std::int64_t at = theLog->count.load(std::memory_order_relaxed);
    if (current.begin == 0 || at == std::int64_t(std::size(theLog->stretches)))
        return;
    current.wall = now(CLOCK_MONOTONIC) - current.begin;
    current.processor = now(CLOCK_THREAD_CPUTIME_ID) - current.processor;
    theLog->stretches[at] = current;
    theLog->count.store(at + 1, std::memory_order_release);
}

void drawn(std::int64_t pixels)
{
    if (!isMain())
        return;
    current.pixels += pixels;
    if (pixels >= windowPixels && theLog->firstPicture.load(std::memory_order_relaxed) == 0)
        theLog->firstPicture.store(now(CLOCK_MONOTONIC), std::memory_order_release);
}

/// Libraries of a plug-in are not in the order that RTLD_NEXT goes through.
template <typename Function>
Function real(const char *library, const char *name, Function /*same*/)
{
    void *handle = library ? ::dlopen(library, RTLD_LAZY) : RTLD_NEXT;
    void *found = handle ? ::dlsym(handle, name) : nullptr;
    if (!found)
        std::abort();
    return reinterpret_cast<Function>(found);
}

__attribute__((constructor)) void open()
{
    const char *path = std::getenv("BENCH_FRAMES");
    if (path) {
        const int file = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0 || ::ftruncate(file, sizeof(Log)) != 0)
            std::abort();
        void *memory = ::mmap(nullptr, sizeof(Log), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (memory == MAP_FAILED)
            std::abort();
        ::close(file);
        theLog = static_cast<Log *>(memory);
        begin();
    }
    // Of nobody else than this process.
    ::unsetenv("BENCH_FRAMES");
    ::unsetenv("LD_PRELOAD");
}

template <typename Wait>
int turn(bool waits, Wait wait)
{
    if (!waits && current.pixels == 0)
        return wait();
    end();
    const int ready = wait();
    begin();
    return ready;
}

} // namespace

struct Cookie
{
    unsigned sequence;
};

extern "C" {

int poll(pollfd *fds, nfds_t count, int timeout)
{
    static const auto next = real(nullptr, "poll", &poll);
    const auto wait = [&] { return next(fds, count, timeout); };
    return isMain() && isEventLoop(__builtin_return_address(0)) ? turn(timeout != 0, wait) : wait();
}

int ppoll(pollfd *fds, nfds_t count, const timespec *timeout, const sigset_t *mask)
{
    static const auto next = real(nullptr, "ppoll", &ppoll);
    const auto wait = [&] { return next(fds, count, timeout, mask); };
    const bool waits = !timeout || timeout->tv_sec > 0 || timeout->tv_nsec > 0;
    return isMain() && isEventLoop(__builtin_return_address(0)) ? turn(waits, wait) : wait();
}

Cookie xcb_shm_put_image(void *connection, std::uint32_t drawable, std::uint32_t gc, std::uint16_t totalWidth,
                         std::uint16_t totalHeight, std::uint16_t sourceX, std::uint16_t sourceY, std::uint16_t width,
                         std::uint16_t height, std::int16_t x, std::int16_t y, std::uint8_t depth, std::uint8_t format,
                         std::uint8_t sendEvent, std::uint32_t segment, std::uint32_t offset)
{
    static const auto next = real("libxcb-shm.so.0", "xcb_shm_put_image", &xcb_shm_put_image);
    drawn(std::int64_t(width) * height);
    return next(connection, drawable, gc, totalWidth, totalHeight, sourceX, sourceY, width, height, x, y, depth, format,
                sendEvent, segment, offset);
}

Cookie xcb_put_image(void *connection, std::uint8_t format, std::uint32_t drawable, std::uint32_t gc,
                     std::uint16_t width, std::uint16_t height, std::int16_t x, std::int16_t y, std::uint8_t leftPad,
                     std::uint8_t depth, std::uint32_t size, const std::uint8_t *data)
{
    static const auto next = real("libxcb.so.1", "xcb_put_image", &xcb_put_image);
    drawn(std::int64_t(width) * height);
    return next(connection, format, drawable, gc, width, height, x, y, leftPad, depth, size, data);
}
}
