#pragma once

#include <algorithm>
#include <cmath>
#include <functional>

namespace stepwire::socketio::client {

/// How long to wait before each further attempt: as npm's backo2, which socket.io-client uses. Times in milliseconds.
class Backoff
{
public:
    Backoff(int least, int most, double jitter, std::function<double()> random)
        : m_least(least), m_most(most), m_jitter(std::clamp(jitter, 0.0, 1.0)), m_random(std::move(random))
    {
    }

    [[nodiscard]] int next()
    {
        double wait = m_least * std::pow(2.0, m_attempts++);
        if (m_jitter > 0) {
            const double drawn = m_random();
            const double deviation = std::floor(drawn * m_jitter * wait);
            const bool less = (static_cast<int>(std::floor(drawn * 10)) & 1) == 0;
            wait += less ? -deviation : deviation;
        }
        return static_cast<int>(std::min<double>(wait, m_most));
    }
    [[nodiscard]] int attempts() const { return m_attempts; }
    void reset() { m_attempts = 0; }

private:
    int m_least;
    int m_most;
    double m_jitter;
    std::function<double()> m_random;
    int m_attempts = 0;
};

} // namespace stepwire::socketio::client
