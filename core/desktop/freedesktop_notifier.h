#pragma once

#include "core/desktop/notifier.h"
#include "core/desktop/session_bus.h"

#include <QHash>
#include <QStringList>

#include <optional>

namespace stepwire {

/// Notifications by org.freedesktop.Notifications, in the manner of the server that is there: asked what it can before
/// it is told anything, and again when another takes its place. Lives on the main thread.
class FreedesktopNotifier : public Notifier
{
    Q_OBJECT

public:
    /// `warn` gets one sentence, once, when there is no server or it does not answer.
    FreedesktopNotifier(SessionBus &bus, std::function<void(const QString &)> warn, QObject *parent = nullptr);

    void show(const Notification &notification) override;
    void close(const QString &key) override;
    [[nodiscard]] bool works() const override { return !m_owner.isEmpty(); }

private:
    /// A notification on its way or on the screen. One call at a time: the id is in its answer.
    struct Entry
    {
        quint32 id = 0; ///< 0: not known yet
        bool running = false;
        bool calling = false;
        std::optional<Notification> next; ///< came meanwhile
        bool closing = false; ///< asked for meanwhile
    };
    enum class Server { Unknown, Asked, Known };

    void ask();
    void answered(const Result<QVariantList> &answer);
    void ownerChanged(const QString &owner);
    void notify(const QString &key, const Notification &notification);
    void forget();
    [[nodiscard]] QString keyOf(quint32 id) const;
    [[nodiscard]] bool fromServer(const QDBusMessage &message) const;
    [[nodiscard]] QVariantMap hints(const Notification &notification) const;
    [[nodiscard]] bool can(const QString &capability) const { return m_capabilities.contains(capability); }

    SessionBus &m_bus;
    std::function<void(const QString &)> m_warn;
    Server m_server = Server::Unknown;
    quint64 m_generation = 0; ///< of servers: answers of one that is gone are dropped
    int m_pending = 0;
    bool m_refused = false;
    bool m_absent = false; ///< nobody is there, and nobody can be started
    QString m_owner;
    QString m_last; ///< owner that there ever was
    QStringList m_capabilities;
    bool m_drawsValue = false;
    std::vector<Notification> m_waiting; ///< until the server is known
    QHash<QString, Entry> m_entries;
    QHash<quint32, QString> m_tokens;
};

} // namespace stepwire
