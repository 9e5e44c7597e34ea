#include "app/host/headless_desktop.h"

#include "app/host/hub_host.h"
#include "app/host/link_worker.h"
#include "app/terminal/output.h"
#include "core/desktop/desktop_face.h"
#include "core/desktop/job_view_server.h"
#include "core/desktop/launcher_entry.h"
#include "core/desktop/plasma_jobs.h"
#include "core/hub/hub.h"
#include "translations/translations.h"

#include <QDateTime>
#include <QFileInfo>
#include <QProcess>

namespace stepwire {

namespace {

/// Lives on the main thread.
class HeadlessDesktop : public QObject, private Surroundings
{
public:
    HeadlessDesktop(HubHost &hub, const NotificationSettings &settings, const QString &language, QString window)
        : m_translations(language),
          m_window(std::move(window)),
          m_bus({SessionBus::Which::Session, {}, 5000}, [this](const QString &sentence) { warn(sentence); }),
          m_link(m_view, m_main, [](const QString &) {}),
          m_plasma(m_view, m_bus),
          m_launcher(m_view, m_bus, [this](const QString &job) { return m_plasma.shows(job); }),
          m_jobServer(m_view, m_bus),
          m_face(m_view, settings, *this)
    {
        m_view.setDriver(&m_link);
        m_face.setJobsShownElsewhere([this](const QString &job) { return m_plasma.shows(job); });
        connect(&m_plasma, &PlasmaJobs::showsChanged, &m_launcher, &LauncherEntry::refresh);
        m_jobServer.setWanted(settings.fileJobs);
        hub.withHub([this](Hub &there) {
            m_main.post([this, identity = there.identity()] {
                m_view.setStatus({HubView::Link::Live,
                                  QDateTime::currentMSecsSinceEpoch(),
                                  {},
                                  identity.hub,
                                  identity.host,
                                  {},
                                  true});
            });
        });
        m_link.host(hub);
    }

    ~HeadlessDesktop() override { m_view.setDriver(nullptr); }

private:
    [[nodiscard]] bool windowInFront(const QString &) override { return false; }

    void showOutput(const QString &job, const QString &, const QString &) override
    {
        if (QFileInfo::exists(m_window))
            QProcess::startDetached(m_window, {QStringLiteral("--job"), job});
    }

    void warn(const QString &sentence) override { sayError(sentence); }

    Translations m_translations;
    QString m_window;
    TaskQueue m_main;
    HubView m_view;
    SessionBus m_bus;
    LinkThread m_link;
    PlasmaJobs m_plasma;
    LauncherEntry m_launcher;
    JobViewServer m_jobServer;
    DesktopFace m_face;
};

} // namespace

std::shared_ptr<void> desktopBeside(HubHost &hub, const NotificationSettings &settings, const QString &language,
                                    const QString &window)
{
    return std::make_shared<HeadlessDesktop>(hub, settings, language, window);
}

} // namespace stepwire
