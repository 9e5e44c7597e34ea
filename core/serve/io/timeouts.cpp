#include "core/serve/io/timeouts.h"

#include <QDeadlineTimer>

#include <algorithm>
#include <limits>

namespace stepwire::io {

static qint64 steadyNow()
{
    return QDeadlineTimer::current(Qt::PreciseTimer).deadline();
}

Timeouts::Timeouts(Expired expired) : m_expired(std::move(expired)), m_timer(this)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, [this] { fire(); });
}

void Timeouts::set(quint64 key, qint64 ms)
{
    clear(key);
    m_keys[key] = m_due.emplace(steadyNow() + std::max<qint64>(ms, 0), key);
    schedule();
}

void Timeouts::clear(quint64 key)
{
    const auto it = m_keys.find(key);
    if (it == m_keys.end())
        return;
    m_due.erase(it->second);
    m_keys.erase(it);
    // The timer may fire for nothing once: setting it anew each time would cost more.
}

void Timeouts::schedule()
{
    if (m_due.empty())
        return;
    const qint64 next = m_due.begin()->first;
    if (m_timer.isActive() && m_scheduled <= next)
        return;
    m_scheduled = next;
    m_timer.start(static_cast<int>(std::clamp<qint64>(next - steadyNow(), 0, std::numeric_limits<int>::max())));
}

void Timeouts::fire()
{
    const qint64 now = steadyNow();
    while (!m_due.empty() && m_due.begin()->first <= now) {
        const quint64 key = m_due.begin()->second;
        m_due.erase(m_due.begin());
        m_keys.erase(key);
        m_expired(key);
    }
    schedule();
}

} // namespace stepwire::io
