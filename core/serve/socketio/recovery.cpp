#include "core/serve/socketio/recovery.h"

#include <QByteArray>
#include <QRandomGenerator>

#include <algorithm>

namespace stepwire::socketio {

static constexpr int numberBase = 36;

MemoryRecovery::MemoryRecovery(Options options, Clock clock)
    : m_options(options),
      m_clock(std::move(clock)),
      m_epoch(QString::number(QRandomGenerator::system()->generate64(), numberBase))
{
}

QString MemoryRecovery::offsetOf(quint64 serial) const
{
    return m_epoch + u'.' + QString::number(serial, numberBase);
}

std::optional<quint64> MemoryRecovery::serialOf(const QString &offset) const
{
    if (!offset.startsWith(m_epoch) || offset.size() <= m_epoch.size() + 1 || offset[m_epoch.size()] != u'.')
        return {};
    bool ok = false;
    const quint64 serial = QStringView(offset).sliced(m_epoch.size() + 1).toULongLong(&ok, numberBase);
    if (!ok || serial > m_last)
        return {};
    return serial;
}

QString MemoryRecovery::nextOffset()
{
    return offsetOf(m_last + 1);
}

QString MemoryRecovery::offset() const
{
    return offsetOf(m_last);
}

void MemoryRecovery::append(Event event)
{
    constexpr qint64 ownBytes = sizeof(Entry) + 64; // and what the packet's sharing takes
    Entry entry;
    entry.bytes = ownBytes + event.packet.size();
    for (const auto *names : {&event.rooms, &event.except}) {
        for (const QString &name : *names)
            entry.bytes += static_cast<qint64>(sizeof name) + 2 * name.size();
    }
    entry.time = m_clock();
    entry.event = std::move(event);
    ++m_last;
    m_bytes += entry.bytes;
    m_events.push_back(std::move(entry));
    prune();
}

void MemoryRecovery::prune()
{
    const auto oldest = m_clock() - m_options.mostAge;
    while (!m_events.empty() && (m_bytes > m_options.mostBytes || m_events.front().time < oldest))
        forgetFirst();
}

void MemoryRecovery::forgetFirst()
{
    constexpr std::size_t mostForgotten = 4096;
    const Entry &entry = m_events.front();
    const quint64 serial = m_last - m_events.size() + 1;
    if (entry.event.rooms.empty())
        m_forgotten[QString()] = serial;
    for (const QString &room : entry.event.rooms)
        m_forgotten[room] = serial;
    if (m_forgotten.size() > mostForgotten) {
        m_forgotten.clear();
        m_forgottenFloor = serial;
    }
    m_bytes -= entry.bytes;
    m_events.pop_front();
}

bool MemoryRecovery::hasForgotten(const QString &room, quint64 serial) const
{
    if (serial < m_forgottenFloor)
        return true;
    const auto it = m_forgotten.find(room);
    return it != m_forgotten.end() && it->second > serial;
}

std::optional<RecoveryStore::Replay> MemoryRecovery::replay(LostSession &session, const QString &offset)
{
    if (!session.known)
        return {};
    // Without an offset it has never got an event.
    const std::optional<quint64> serial = offset.isNull() ? session.since : serialOf(offset);
    if (!serial || *serial < session.since)
        return {};
    if (hasForgotten(QString(), *serial) || hasForgotten(session.sid, *serial))
        return {};
    for (const LostSession::Membership &membership : session.rooms) {
        if (hasForgotten(membership.room, std::max(*serial, membership.since)))
            return {};
    }

    const quint64 first = m_last - m_events.size() + 1;
    const auto isFor = [&session](const std::vector<QString> &names, quint64 number) {
        return std::any_of(names.begin(), names.end(), [&](const QString &name) {
            return name == session.sid
                || std::any_of(session.rooms.begin(), session.rooms.end(), [&](const auto &membership) {
                       return membership.room == name && membership.since < number;
                   });
        });
    };
    Replay missed;
    for (quint64 number = std::max(*serial + 1, first); number <= m_last; ++number) {
        const Event &event = m_events[number - first].event;
        if ((event.rooms.empty() || isFor(event.rooms, number)) && !isFor(event.except, number))
            missed.push_back(event.packet);
    }
    return missed;
}

} // namespace stepwire::socketio
