#pragma once

#include <QObject>
#include <QTimer>

#include <functional>
#include <map>
#include <unordered_map>

namespace stepwire::io {

/// Deadlines of many things by one timer; setting and clearing one is cheap however many there are. Lives on the
/// thread that made it.
class Timeouts : public QObject
{
public:
    using Expired = std::function<void(quint64 key)>;

    /// `expired` is called once for a key that is due, which is forgotten before; it may set and clear.
    explicit Timeouts(Expired expired);

    /// In `ms` from now, instead of when it was due before.
    void set(quint64 key, qint64 ms);
    void clear(quint64 key);

private:
    void fire();
    void schedule();

    Expired m_expired;
    std::multimap<qint64, quint64> m_due; ///< by milliseconds of the steady clock
    std::unordered_map<quint64, std::multimap<qint64, quint64>::iterator> m_keys;
    QTimer m_timer;
    qint64 m_scheduled = 0; ///< what the timer is set to; 0: it is not
};

} // namespace stepwire::io
