#pragma once

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>

#include <deque>
#include <map>
#include <optional>

namespace stepwire {

/// `ai_progress` by user and conversation, for clients that ask for it every second. Each asker is told everything
/// once; a new one the newest task of the conversation from its beginning. A plain value for one thread.
class FrappeUpdates
{
public:
    void add(const QString &user, const QString &conversation, const QJsonObject &message);
    /// `asker` is whoever asks, however it is known. With `since` (see newest) nothing of the asker is remembered.
    [[nodiscard]] QJsonArray take(const QString &user, const QString &conversation, const QByteArray &asker,
                                  std::optional<quint64> since = {});
    /// The number of the newest.
    [[nodiscard]] quint64 newest() const { return m_newest; }

    static constexpr std::size_t mostConversations = 500; ///< the one that was quiet longest is forgotten
    static constexpr std::size_t mostUpdates = 1000; ///< of a conversation, the newest
    static constexpr std::size_t mostAskers = 64; ///< of a conversation
    static constexpr qint64 mostBytes = 256 * 1024; ///< of a conversation

private:
    struct Update
    {
        quint64 number = 0;
        qint64 bytes = 0;
        QJsonObject message;
    };
    struct Conversation
    {
        std::deque<Update> updates;
        qint64 bytes = 0;
        std::map<QByteArray, quint64> askers; ///< the newest that each was told
    };

    std::map<std::pair<QString, QString>, Conversation> m_conversations;
    quint64 m_newest = 0;
};

} // namespace stepwire
