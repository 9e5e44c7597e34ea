#include "core/engine/clock.h"

#include <chrono>

namespace stepwire {

template <class SomeClock>
static qint64 milliseconds()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(SomeClock::now().time_since_epoch()).count();
}

UnixMs SystemClock::now() const
{
    return milliseconds<std::chrono::system_clock>();
}

qint64 SystemClock::steadyMs() const
{
    return milliseconds<std::chrono::steady_clock>();
}

} // namespace stepwire
