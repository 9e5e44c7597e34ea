#pragma once

#include "core/view/hub_view.h"

#include <QObject>
#include <QSet>
#include <QTimer>

#include <functional>
#include <unordered_map>

namespace stepwire {

/// Reads a hub through its link, folds, and hands on what changed, at most once a frame and only when what it handed
/// on before has been taken: a slow main thread gets fewer and larger deltas, never a queue of them. After the live
/// jobs it fetches the older ones a page at a time. Lives on the link's thread.
class JobFeed : public QObject, private HubLink::Sink
{
public:
    struct Outlet
    {
        std::function<bool()> ready; ///< what was handed on before has been taken
        std::function<void(HubDelta)> deliver;
        std::function<void(const QString &reason)> lost;
    };

    static constexpr int frameMs = 16;
    static constexpr int pageJobs = 250;

    explicit JobFeed(Outlet outlet);

    /// Goes on from where the link before ended, when the hub still has what came since. `link` must live until it is
    /// lost or another is attached.
    void attach(HubLink &link);

    [[nodiscard]] const Snapshot &state() const { return m_state; }

private:
    void snapshotReceived(const Snapshot &snapshot, const QByteArray &encoded) override;
    void eventReceived(const HubLink::Received &received) override;
    void linkLost(const QString &reason) override;

    void touch(const QString &job, bool fresh);
    void wakeUp();
    void flush();
    void fetchHistory();
    void takePage(const QJsonObject &page);

    Outlet m_outlet;
    HubLink *m_link = nullptr;
    Snapshot m_state;
    std::unordered_map<QString, bool> m_dirty; ///< whether by an event
    QStringList m_removed;
    QSet<QString> m_pruned; ///< while a page is on its way, which may have them still
    std::vector<EventPtr> m_notices;
    bool m_reset = false;
    bool m_historyWanted = false;
    bool m_historyRuns = false;
    QString m_cursor;
    quint64 m_round = 0; ///< pages of earlier ones are not wanted any more
    QTimer m_frame;
};

} // namespace stepwire
