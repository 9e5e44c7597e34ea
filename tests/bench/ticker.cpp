// A step that tells its progress: PER_SECOND lines a second for SECONDS, and costs next to nothing itself.
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const long perSecond = std::atol(argv[1]);
    const long lines = perSecond * std::atol(argv[2]);
    if (lines <= 0)
        return 2;
    timespec next{};
    ::clock_gettime(CLOCK_MONOTONIC, &next);
    // Not in step with the others, who were started with this one.
    next.tv_nsec += ::getpid() % 100 * (10'000'000 / perSecond);
    for (long line = 0; line < lines; ++line) {
        char text[64];
        const int size = std::snprintf(text, sizeof text, "{\"progress\":%.6f}\n", double(line) / double(lines));
        if (::write(1, text, std::size_t(size)) != size)
            return 1;
        next.tv_nsec += 1'000'000'000 / perSecond;
        if (next.tv_nsec >= 1'000'000'000) {
            next.tv_nsec -= 1'000'000'000;
            ++next.tv_sec;
        }
        ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
    }
    return 0;
}
