#pragma once

#include <QRandomGenerator>

#include <algorithm>
#include <functional>

namespace stepwire {

/// How long to wait before the next attempt at something that failed: longer each time up to a limit, and never the
/// same for all who lost the same server at once.
class Backoff
{
public:
    struct Options
    {
        int firstMs = 500;
        int mostMs = 30'000;
        double factor = 2;
        double jitter = 0.5; ///< the wait is that part shorter or longer at most
        std::function<double()> random = [] { return QRandomGenerator::global()->generateDouble(); }; ///< 0..1
    };

    Backoff() : Backoff(Options()) { }
    explicit Backoff(Options options) : m_options(std::move(options)), m_next(m_options.firstMs) { }

    [[nodiscard]] int nextMs()
    {
        const double wait = m_next * (1 + m_options.jitter * (2 * m_options.random() - 1));
        m_next = std::min(static_cast<double>(m_options.mostMs), m_next * m_options.factor);
        return static_cast<int>(std::clamp(wait, 1.0, static_cast<double>(m_options.mostMs)));
    }
    void reset() { m_next = m_options.firstMs; }

private:
    Options m_options;
    double m_next;
};

} // namespace stepwire
