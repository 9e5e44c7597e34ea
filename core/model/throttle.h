#pragma once

#include <QtGlobal>

#include <limits>

namespace stepwire {

/// Spaces out merged values: the first goes at once, the next not before `interval` later. Times are any steady
/// milliseconds.
class Throttle
{
public:
    explicit Throttle(qint64 intervalMs) : m_interval(intervalMs) { }

    [[nodiscard]] bool mayGo(qint64 now) const { return now >= m_next; }
    [[nodiscard]] qint64 due() const { return m_next; }
    void went(qint64 now) { m_next = now + m_interval; }

private:
    qint64 m_interval;
    qint64 m_next = std::numeric_limits<qint64>::min();
};

/// At most 25 of a kind a second, as the protocol fixes for progress and for output.
inline constexpr qint64 mergeIntervalMs = 40;

} // namespace stepwire
