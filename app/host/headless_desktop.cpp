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

const QString windowName = QStringLiteral("org.stepwire.Stepwire");

/// Tells the desktop of the hub's jobs while no window does: two of us would tell everything twice. Lives on the main
/// thread.
class HeadlessDesktop : public QObject, private Surroundings
{
public:
    HeadlessDesktop(HubHost &hub, NotificationSettings settings, const QString &language, QString window)
        : m_translations(language),
          m_settings(std::move(settings)),
          m_window(std::move(window)),
          m_bus({SessionBus::Which::Session, {}, 5000}, [this](const QString &sentence) { warn(sentence); }),
          m_link(m_view, m_main, [](const QString &) {})
    {
        m_view.setDriver(&m_link);
        show(); // without a bus, too, the machine is kept awake
        m_bus.watchName(this, windowName, [this](const QString &owner) {
            if (!owner.isEmpty())
                m_faces.reset();
            else if (!m_faces)
                show();
        });
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

    ~HeadlessDesktop() override
    {
        m_faces.reset();
        m_view.setDriver(nullptr);
    }

private:
    struct Faces
    {
        Faces(HubView &view, SessionBus &bus, const NotificationSettings &settings, Surroundings &surroundings)
            : plasma(view, bus),
              launcher(view, bus, [this](const QString &job) { return plasma.shows(job); }),
              jobServer(view, bus),
              face(view, settings, surroundings)
        {
            face.setJobsShownElsewhere([this](const QString &job) { return plasma.shows(job); });
            plasma.setFailureTold([this](const Job &job) { return face.tellsFailure(job); });
            connect(&plasma, &PlasmaJobs::showsChanged, &launcher, &LauncherEntry::refresh);
            jobServer.setWanted(settings.fileJobs);
        }

        PlasmaJobs plasma;
        LauncherEntry launcher;
        JobViewServer jobServer;
        DesktopFace face;
    };

    void show() { m_faces = std::make_unique<Faces>(m_view, m_bus, m_settings, static_cast<Surroundings &>(*this)); }

    [[nodiscard]] bool windowInFront(const QString &) override { return false; }

    void showOutput(const QString &job, const QString &step, const QString &activationToken) override
    {
        if (!QFileInfo::exists(m_window))
            return;
        QProcess window;
        window.setProgram(m_window);
        QStringList words;
        if (!job.isEmpty())
            words += {QStringLiteral("--job"), job, QStringLiteral("--output"), step};
        window.setArguments(words);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        if (!activationToken.isEmpty())
            environment.insert(QStringLiteral("XDG_ACTIVATION_TOKEN"), activationToken);
        window.setProcessEnvironment(environment);
        window.startDetached();
    }

    void warn(const QString &sentence) override
    {
        if (m_warned.contains(sentence))
            return;
        m_warned.append(sentence);
        sayError(sentence);
    }

    Translations m_translations;
    NotificationSettings m_settings;
    QString m_window;
    QStringList m_warned;
    TaskQueue m_main;
    HubView m_view;
    SessionBus m_bus;
    LinkThread m_link;
    std::unique_ptr<Faces> m_faces;
};

} // namespace

std::shared_ptr<void> desktopBeside(HubHost &hub, const NotificationSettings &settings, const QString &language,
                                    const QString &window)
{
    return std::make_shared<HeadlessDesktop>(hub, settings, language, window);
}

} // namespace stepwire
