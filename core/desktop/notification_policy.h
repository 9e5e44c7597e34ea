#pragma once

#include "core/desktop/notification.h"
#include "core/desktop/notification_settings.h"
#include "core/view/hub_view.h"

#include <QCoreApplication>

#include <functional>
#include <map>
#include <set>

namespace stepwire {

/// Decides what is worth a notification, and when. Pure but for the translators of the application: knows no bus, and
/// the time is handed to it. Jobs of one kind that live at once in numbers are one matter, not hundreds.
class NotificationPolicy
{
    Q_DECLARE_TR_FUNCTIONS(NotificationPolicy)

public:
    struct Show
    {
        Notification notification;
    };
    struct Close
    {
        QString key;
    };
    using Command = std::variant<Show, Close>;
    using Commands = std::vector<Command>;

    /// What else shows a job. An empty job: any.
    struct Eyes
    {
        std::function<bool(const QString &job)> windowInFront;
        std::function<bool(const QString &job)> shownElsewhere;
    };

    static constexpr qint64 intervalMs = 500; ///< between two of a job that runs
    static constexpr size_t batchSize = 5; ///< jobs that live at once

    NotificationPolicy(NotificationSettings settings, Eyes eyes);

    [[nodiscard]] Commands setSettings(NotificationSettings settings, UnixMs now);
    void setHere(const QString &host) { m_here = host; }
    /// Nobody knows how jobs stand while the hub is away: what says that they run goes.
    [[nodiscard]] Commands setLive(bool live, UnixMs now);

    [[nodiscard]] Commands take(const HubView::Update &update, UnixMs now);
    [[nodiscard]] Commands tick(UnixMs now);
    /// When to call tick(); nothing while nothing will be due by itself.
    [[nodiscard]] std::optional<UnixMs> due(UnixMs now) const;

    /// Whether the end of this job is news at all, alone or with others.
    [[nodiscard]] bool wanted(const Job &job) const;

    /// The person does not want to see this one while it runs.
    void dismissed(const QString &key);
    /// Whoever shows notifications has forgotten them all: those of what runs once more.
    [[nodiscard]] Commands again(UnixMs now);

private:
    struct Shown
    {
        std::optional<Notification> last; ///< what stands there
        UnixMs at = 0;
        bool dismissed = false;
    };
    /// The jobs of one kind from the first that lives to the last that ends. A batch once there were enough at once.
    struct Cluster
    {
        int number = 0;
        QString kind;
        QString host;
        bool batch = false;
        std::set<QString> live;
        UnixMs since = 0; ///< first start seen; 0: none yet
        int succeeded = 0;
        int skipped = 0;
        int cancelled = 0;
        QStringList failed; ///< titles
        QString failedJob; ///< the first
        Shown shown;
        [[nodiscard]] int ended() const { return succeeded + skipped + cancelled + static_cast<int>(failed.size()); }
    };
    struct Running
    {
        JobPtr job;
        QString cluster;
        UnixMs since = 0; ///< 0: waits
        Shown shown;
    };

    [[nodiscard]] static QString clusterOf(const Job &job);
    [[nodiscard]] static QString keyOf(const Cluster &cluster);
    void enter(const HubView::Change &change, UnixMs now, Commands &commands);
    void ended(const HubView::Change &change, UnixMs now, Commands &commands);
    void count(Cluster &cluster, const Job &job) const;
    void leave(const QString &id, Commands &commands);
    void finish(const QString &key, UnixMs now, Commands &commands);
    void progress(Shown &shown, const Notification &notification, bool mayShow, UnixMs since, UnixMs now,
                  Commands &commands) const;
    static void withdraw(Shown &shown, Commands &commands);
    [[nodiscard]] bool watched(const QString &job) const;
    [[nodiscard]] bool elsewhere(const QString &job) const;

    [[nodiscard]] Notification running(const Job &job) const;
    [[nodiscard]] Notification running(const Cluster &cluster) const;
    [[nodiscard]] Notification end(const Job &job) const;
    [[nodiscard]] Notification end(const Cluster &cluster) const;
    [[nodiscard]] QString sentence(const Job &job) const;

    NotificationSettings m_settings;
    Eyes m_eyes;
    QString m_here;
    bool m_live = true;
    int m_clusters = 0;
    std::map<QString, Running> m_running; // live jobs by id
    std::map<QString, Cluster> m_cluster; // by kind, group and host
    std::set<QString> m_told; // jobs whose end was told
};

} // namespace stepwire
