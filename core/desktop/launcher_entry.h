#pragma once

#include "core/desktop/session_bus.h"
#include "core/view/hub_view.h"

#include <QElapsedTimer>
#include <QTimer>

#include <functional>
#include <unordered_set>

namespace stepwire {

/// What docks and taskbars draw on the program's launcher (`com.canonical.Unity.LauncherEntry`): the mean of the
/// running jobs, how many they are, and that one failed. Emitted at start and at the end to wipe what an earlier life
/// left there. Lives on the main thread.
class LauncherEntry : public QObject
{
    Q_OBJECT

public:
    static constexpr qint64 intervalMs = 250;

    /// `elsewhere` says of a job that somebody else puts it on the launcher; Plasma does for those that it shows.
    LauncherEntry(HubView &view, SessionBus &bus, std::function<bool(const QString &job)> elsewhere,
                  QObject *parent = nullptr);
    ~LauncherEntry() override;

    /// What `elsewhere` says has changed.
    void refresh();
    /// The person has looked: no failure is urgent any more.
    void seen();

private:
    struct Entry
    {
        double progress = 0;
        bool progressVisible = false;
        qint64 count = 0;
        bool urgent = false;
        bool operator==(const Entry &) const = default;
    };

    void update(const HubView::Update &update);
    [[nodiscard]] Entry current() const;
    void tell();
    void emitEntry(const Entry &entry);

    HubView &m_view;
    SessionBus &m_bus;
    std::function<bool(const QString &)> m_elsewhere;
    std::unordered_set<QString> m_running;
    bool m_failed = false; ///< fresh, and not seen yet
    Entry m_told;
    QElapsedTimer m_since; ///< the last signal
    QTimer m_timer;
};

} // namespace stepwire
