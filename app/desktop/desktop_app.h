#pragma once

#include "app/desktop/file_settings_store.h"
#include "app/desktop/hub_connection.h"
#include "app/desktop/single_instance.h"
#include "app/host/settings.h"
#include "core/desktop/desktop_face.h"
#include "core/desktop/job_view_server.h"
#include "core/desktop/launcher_entry.h"
#include "core/desktop/plasma_jobs.h"
#include "core/desktop/session_bus.h"
#include "ui/actions/job_actions.h"
#include "ui/dashboard/main_window.h"
#include "ui/settings/settings_dialog.h"
#include "translations/translations.h"
#include "ui/tray/tray.h"

#include <QPointer>

class QMessageBox;

namespace stepwire {

/// Puts the desktop program together: hub, window, tray and the desktop's own surfaces, and decides what closing and
/// quitting mean. Lives on the main thread.
class DesktopApp : public QObject, private Surroundings
{
    Q_OBJECT

public:
    struct Options
    {
        Paths paths;
        std::map<QString, QString> environment; ///< for jobs that bring none
        bool hidden = false; ///< no window until somebody asks for it
        SingleInstance::Wish wish;
    };

    explicit DesktopApp(Options options);
    ~DesktopApp() override;

    void start();
    /// Interrupts what runs here and ends the program.
    void endNow();

private:
    // Surroundings
    bool windowInFront(const QString &job) override;
    void showOutput(const QString &job, const QString &step, const QString &activationToken) override;
    void warn(const QString &sentence) override;

    void begin();
    void takeSettings();
    void showSettings();
    void obey(const SingleInstance::Wish &wish);
    void closeWindow();
    void quit();
    void ask(bool canHide);
    void hide();
    void putAside(bool canHide);
    void stay();
    void leave(bool cancels);
    void holdQueue();
    void checkLast();
    void handOver();
    void release();
    [[nodiscard]] int running() const;
    [[nodiscard]] std::vector<QString> queued() const;
    void about();

    Options m_options;
    Settings m_settings;
    Translations m_translations;
    SettingsFile m_settingsFile;
    FileSettingsStore m_store;
    SessionBus m_bus;
    SingleInstance m_instance;
    HubView m_view;
    JobActions m_actions;
    LastValuesFile m_values;
    std::unique_ptr<HubConnection> m_connection;
    std::unique_ptr<PlasmaJobs> m_plasma;
    std::unique_ptr<LauncherEntry> m_launcher;
    std::unique_ptr<JobViewServer> m_jobServer;
    std::unique_ptr<DesktopFace> m_face;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<Tray> m_tray;
    QPointer<QMessageBox> m_question;
    QPointer<SettingsDialog> m_settingsDialog;
    QStringList m_warned;
    QStringList m_held; ///< by us, until they are handed over
    QStringList m_asked; ///< jobs that the hub was asked to hold
    int m_unanswered = 0; ///< of these requests
    bool m_leaving = false; ///< as soon as nothing runs any more
    bool m_handsOver = false; ///< what waits then
    bool m_ending = false;
};

} // namespace stepwire
