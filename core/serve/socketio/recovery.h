#pragma once

#include "core/wire/engineio/engineio.h"

#include <QString>

#include <any>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

namespace stepwire::socketio {

/// What is known of a socket whose client has gone and may come back (connection state recovery).
struct LostSession
{
    struct Membership
    {
        QString room;
        quint64 since = 0; ///< RecoveryStore::position when it joined
    };

    /// False: no socket with this pid is remembered, which a store that can answer without may still allow.
    bool known = false;
    QString pid; ///< what the client proves itself with; unguessable when `known`
    QString sid;
    quint64 since = 0; ///< RecoveryStore::position when it first connected
    std::vector<Membership> rooms; ///< it is in these again after recovery; a store may change them
    std::any data; ///< Socket::data
};

/// What a namespace remembers of its events for clients that come back. Each event that can be remembered (not
/// volatile, no acknowledgement) carries an offset as its last argument; a client sends the last one that it got. Lives
/// on the server's thread.
class RecoveryStore
{
public:
    struct Event
    {
        QString offset;
        engineio::Outgoing packet;
        std::vector<QString> rooms; ///< empty: everybody; the id of a socket is a room
        std::vector<QString> except;
    };
    using Replay = std::vector<engineio::Outgoing>;

    virtual ~RecoveryStore() = default;

    /// Of the event that is going to be emitted; null: it carries none and is not appended.
    [[nodiscard]] virtual QString nextOffset() = 0;
    /// The event was emitted. Not called for one that was emitted with an offset of its own.
    virtual void append(Event event) = 0;
    /// Of the newest event; for volatile events, whose last argument could be taken for an offset otherwise.
    [[nodiscard]] virtual QString offset() const = 0;
    /// Grows with each event.
    [[nodiscard]] virtual quint64 position() const { return 0; }
    /// What the client has missed since `offset` (null: since it connected), each packet as it was or as
    /// Namespace::encode makes it; nothing when it cannot be told.
    [[nodiscard]] virtual std::optional<Replay> replay(LostSession &session, const QString &offset) = 0;
};

/// Remembers events in memory, bounded by bytes and by age. A client is recovered as long as nothing that was meant for
/// it has been forgotten, however old its offset is.
class MemoryRecovery final : public RecoveryStore
{
public:
    struct Options
    {
        qint64 mostBytes = 4 * 1024 * 1024;
        std::chrono::milliseconds mostAge{165'000};
    };
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    explicit MemoryRecovery(Options options, Clock clock = &std::chrono::steady_clock::now);

    [[nodiscard]] QString nextOffset() override;
    void append(Event event) override;
    [[nodiscard]] QString offset() const override;
    [[nodiscard]] quint64 position() const override { return m_last; }
    [[nodiscard]] std::optional<Replay> replay(LostSession &session, const QString &offset) override;

    [[nodiscard]] qint64 bytes() const { return m_bytes; }
    [[nodiscard]] std::size_t events() const { return m_events.size(); }

private:
    struct Entry
    {
        Event event;
        qint64 bytes = 0;
        std::chrono::steady_clock::time_point time;
    };
    void prune();
    void forgetFirst();
    [[nodiscard]] QString offsetOf(quint64 serial) const;
    [[nodiscard]] std::optional<quint64> serialOf(const QString &offset) const;
    /// Something with a number above `serial` that was sent to the room has been forgotten.
    [[nodiscard]] bool hasForgotten(const QString &room, quint64 serial) const;

    Options m_options;
    Clock m_clock;
    QString m_epoch; ///< random: offsets of another life are no offsets here
    quint64 m_last = 0; ///< number of the newest event; those of m_events are without gaps
    qint64 m_bytes = 0;
    std::deque<Entry> m_events;
    std::unordered_map<QString, quint64> m_forgotten; ///< the newest forgotten number by room, null: to everybody
    quint64 m_forgottenFloor = 0; ///< below it m_forgotten may not know
};

} // namespace stepwire::socketio
