#pragma once

#include "ui/actions/job_actions.h"
#include "ui/tray/tray_icon_painter.h"

#include <QMenu>
#include <QSet>
#include <QSystemTrayIcon>
#include <QTimer>

#include <map>
#include <memory>

namespace stepwire {

/// The icon in the panel with its tooltip and menu. What changes in a flood is shown a few times a second. Lives on the
/// main thread.
class Tray : public QObject
{
    Q_OBJECT

public:
    Tray(HubView &view, JobActions &actions);
    ~Tray() override;

    void show() { m_icon.show(); }
    void hide() { m_icon.hide(); }

    /// Whether there is a panel to show the icon. A window that closes without one leaves nothing to come back by.
    [[nodiscard]] bool available() const { return m_available; }
    [[nodiscard]] bool failureUnseen() const { return !m_unseen.isEmpty(); }
    /// The window showed this failed job; without a name: all of them.
    void failureSeen(const QString &job = {});

    /// Holds every job that waits, for as long as nobody releases it.
    void pauseQueue();
    void releaseQueue();

    /// A name as an entry's text, which shows every character of it.
    [[nodiscard]] static QString menuLabel(const QString &name, bool overBus);

    [[nodiscard]] QString toolTip() const { return m_icon.toolTip(); }
    [[nodiscard]] QMenu &menu() { return *m_menu; }
    [[nodiscard]] const TrayState &shown() const { return m_shown; }

Q_SIGNALS:
    void showWanted();
    void jobWanted(const QString &job);
    void runWanted();
    void quitWanted();
    void availableChanged(bool available);
    void pictureChanged();

private:
    struct JobMenu;

    void watchForPanels();
    Q_SLOT void checkAvailable();
    void take(const HubView::Update &update);
    void change();
    void refresh();
    void refreshMenu(bool words);
    void nameJob(JobMenu &menu, const JobPtr &job);
    [[nodiscard]] QString toolTipText() const;
    [[nodiscard]] std::vector<JobPtr> jobsThatCan(JobActions::Action action) const;

    HubView &m_view;
    JobActions &m_actions;
    std::unique_ptr<QMenu> m_menu;
    QSystemTrayIcon m_icon;
    TrayState m_shown;
    QSet<QString> m_unseen; ///< failed jobs
    QTimer m_pause; ///< after a refresh; what comes meanwhile waits for its end
    QTimer m_menuPause;
    QTimer m_menuOpen; ///< runs while the menu is open, or until nobody can still be reading it
    QTimer m_poll;
    bool m_changed = false;
    bool m_menuChanged = false;
    bool m_available = false;
    bool m_overBus = false; ///< the panel draws the menu
    std::map<QString, std::unique_ptr<JobMenu>> m_jobMenus;
    QAction *m_failure = nullptr;
    QAction *m_more = nullptr;
    QAction *m_afterJobs = nullptr;
    QAction *m_pauseQueue = nullptr;
    QAction *m_releaseQueue = nullptr;
};

} // namespace stepwire
