#pragma once

#include <QByteArray>
#include <QString>

#include <chrono>
#include <deque>
#include <optional>
#include <set>
#include <utility>

namespace stepwire {

/// What sockets had subscribed to that went without saying goodbye, by the session that they were of. For clients that
/// come back as strangers: those before Socket.IO 4.6, and those whose missed events are too many to be remembered.
/// A plain value for one thread.
class FrappeMemory
{
public:
    using Clock = std::chrono::steady_clock;
    struct Subscriptions
    {
        std::set<QString> rooms; ///< but those that everybody is in
        std::set<std::pair<QString, QString>> opened; ///< documents, by doc_open

        [[nodiscard]] bool isEmpty() const { return rooms.empty() && opened.empty(); }
    };

    /// `session` is what the client will be known by, `socket` the id that it had.
    void keep(const QByteArray &session, const QString &socket, Subscriptions what, Clock::time_point now);
    /// It is back under its id: another may not have what was its.
    void forget(const QString &socket);
    /// Of the one of this session that went first; once.
    [[nodiscard]] std::optional<Subscriptions> take(const QByteArray &session, Clock::time_point now);

    static constexpr std::size_t most = 256;
    static constexpr std::chrono::minutes age{10};

private:
    struct Entry
    {
        QByteArray session;
        QString socket;
        Subscriptions what;
        Clock::time_point until;
    };
    std::deque<Entry> m_entries; ///< the oldest first
};

} // namespace stepwire
