#pragma once

#include "core/desktop/notification_policy.h"
#include "core/desktop/notifier.h"
#include "core/desktop/session_bus.h"
#include "core/desktop/suspend_inhibitor.h"
#include "core/view/hub_view.h"

#include <QTimer>

#include <map>
#include <memory>

namespace stepwire {

class BackgroundStatus;

/// What the desktop's face needs of the program around it. Called on the main thread.
class Surroundings
{
public:
    virtual ~Surroundings() = default;
    /// An empty job: the window, whatever it shows.
    [[nodiscard]] virtual bool windowInFront(const QString &job) = 0;
    /// An empty job: just the window. `activationToken` may be empty.
    virtual void showOutput(const QString &job, const QString &step, const QString &activationToken) = 0;
    virtual void warn(const QString &sentence) = 0;
};

/// The hub's face on the session bus: notifications, no suspend while a job runs, the line of a background program.
/// Lives on the main thread; waits for nothing, and a desktop without any of it costs one sentence.
class DesktopFace : public QObject
{
    Q_OBJECT

public:
    struct Places
    {
        SessionBus::Options session;
        SessionBus::Options system{SessionBus::Which::System, {}, 5000};
        bool sandboxed = false;
        /// As they are around this process.
        [[nodiscard]] static Places around();
    };

    DesktopFace(HubView &view, NotificationSettings settings, Surroundings &surroundings,
                Places places = Places::around(), QObject *parent = nullptr);
    ~DesktopFace() override;

    void setSettings(const NotificationSettings &settings);
    /// True while the desktop shows the job by itself.
    void setJobsShownElsewhere(std::function<bool(const QString &job)> shown) { m_elsewhere = std::move(shown); }

    /// Whether a notification will tell, or the window shows, how this job failed.
    [[nodiscard]] bool tellsFailure(const Job &job) const { return m_notifier->works() && m_policy.wanted(job); }

    /// A sandboxed program without a window may be ended unless it has asked.
    void windowHides();

    /// For others that speak with the desktop.
    [[nodiscard]] SessionBus &bus() { return m_bus; }
    [[nodiscard]] bool suspendInhibited() const { return m_inhibitor.holds(); }

private:
    [[nodiscard]] SessionBus &systemBus();
    void carryOut(const NotificationPolicy::Commands &commands);
    void schedule();
    void statusChanged();
    void inhibit();
    void act(const QString &key, const QString &action, const QString &token);

    HubView &m_view;
    NotificationSettings m_settings;
    Surroundings &m_surroundings;
    const Places m_places;
    std::function<bool(const QString &)> m_elsewhere;
    SessionBus m_bus;
    std::unique_ptr<SessionBus> m_system;
    NotificationPolicy m_policy;
    std::unique_ptr<Notifier> m_notifier;
    BackgroundStatus *m_background = nullptr; ///< in a sandbox
    SuspendInhibitor m_inhibitor;
    QTimer m_tick;
    std::map<QString, Notification> m_shown; // the last of each key, for its actions
};

} // namespace stepwire
