#include "app/desktop/desktop_app.h"

#include "app/host/serve_hub.h"
#include "app/terminal/output.h"
#include "app/version.h"
#include "core/view/words.h"

#include <QApplication>
#include <QJsonArray>
#include <QMessageBox>
#include <QPalette>
#include <QPushButton>
#include <QTimer>

#include <algorithm>
#include <chrono>
#include <limits>
#include <tuple>

namespace stepwire {

static HubOptions hubOptions(const Paths &paths, const std::map<QString, QString> &environment,
                             const Settings &settings)
{
    HubOptions options;
    options.paths = paths;
    options.environment = environment;
    options.logEvents = false;
    applySettings(settings, options);
    return options;
}

/// `light` and `dark` are ours; the system's is what Qt made of the desktop at the start.
static void applyTheme(WindowSettings::Theme theme)
{
    static const QPalette systems = QApplication::palette();
    if (theme == WindowSettings::Theme::System)
        return QApplication::setPalette(systems);
    const bool dark = theme == WindowSettings::Theme::Dark;
    QPalette palette(dark ? QColor(0x262b34) : QColor(0xeef1f5), dark ? QColor(0x1b1f26) : QColor(0xf6f7f9));
    palette.setColor(QPalette::Base, dark ? QColor(0x14171c) : QColor(Qt::white));
    palette.setColor(QPalette::AlternateBase, dark ? QColor(0x1b1f26) : QColor(0xf6f7f9));
    for (const QPalette::ColorRole role :
         {QPalette::Text, QPalette::WindowText, QPalette::ButtonText, QPalette::ToolTipText, QPalette::BrightText}) {
        palette.setColor(role, dark ? QColor(0xe6e9ef) : QColor(0x1b1f27));
        palette.setColor(QPalette::Disabled, role, dark ? QColor(0x6b7482) : QColor(0x9aa4b2));
    }
    palette.setColor(QPalette::ToolTipBase, dark ? QColor(0x262b34) : QColor(Qt::white));
    palette.setColor(QPalette::PlaceholderText, dark ? QColor(0x9aa4b2) : QColor(0x5b6472));
    palette.setColor(QPalette::Highlight, dark ? QColor(0x2f5fa8) : QColor(0x1f6feb));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, dark ? QColor(0x79b0ff) : QColor(0x1f5fc9));
    QApplication::setPalette(palette);
}

DesktopApp::DesktopApp(Options options)
    : m_options(std::move(options)),
      m_settings(readSettings(m_options.paths.settings())),
      m_translations(m_settings.window.language),
      m_settingsFile(m_options.paths.settings()),
      m_store(m_settingsFile, m_options.paths,
              findAutostart(m_options.environment, m_options.paths.program + QStringLiteral("/stepwire-desktop"))),
      m_bus({SessionBus::Which::Session, {}, 2000}, [this](const QString &sentence) { warn(sentence); }),
      m_instance(m_bus, m_options.paths.runtime),
      m_actions(m_view),
      m_values(m_options.paths.state + QStringLiteral("/last-values.json"))
{
    connect(&m_instance, &SingleInstance::wished, this, &DesktopApp::obey);
    m_store.setLanguages(Translations::available());
    if (QLocale(m_translations.language()).textDirection() == Qt::RightToLeft) // the other way may have been asked for
        QGuiApplication::setLayoutDirection(Qt::RightToLeft);
}

DesktopApp::~DesktopApp() = default;

void DesktopApp::start()
{
    if (const auto folder = ensureRuntimeFolder(m_options.paths); !folder)
        warn(folder.error().message);
    m_instance.claim(m_options.wish, [this](const Result<bool> &first) {
        if (!first)
            warn(first.error().message);
        if (!first || *first)
            return begin();
        say(tr("The window that is open already was raised."));
        QCoreApplication::exit(0);
    });
}

void DesktopApp::begin()
{
    m_connection.reset();
    m_connection = std::make_unique<HubConnection>(
        m_view, hubOptions(m_options.paths, m_options.environment, m_settings), m_settings.window.separateHub);
    applyTheme(m_settings.window.theme);
    m_window = std::make_unique<MainWindow>(m_view, m_actions, m_values);
    m_tray = std::make_unique<Tray>(m_view, m_actions);
    m_plasma = std::make_unique<PlasmaJobs>(m_view, m_bus);
    const auto elsewhere = [this](const QString &job) { return m_plasma->shows(job); };
    m_launcher = std::make_unique<LauncherEntry>(m_view, m_bus, elsewhere);
    m_jobServer = std::make_unique<JobViewServer>(m_view, m_bus);
    m_jobServer->setWanted(m_settings.notifications.fileJobs);
    m_face = std::make_unique<DesktopFace>(m_view, m_settings.notifications, static_cast<Surroundings &>(*this));
    m_face->setJobsShownElsewhere(elsewhere);
    m_plasma->setFailureTold([this](const Job &job) { return m_face->tellsFailure(job); });
    connect(m_plasma.get(), &PlasmaJobs::showsChanged, m_launcher.get(), &LauncherEntry::refresh);

    connect(m_window.get(), &MainWindow::closeWanted, this, &DesktopApp::closeWindow);
    connect(m_window.get(), &MainWindow::quitWanted, this, &DesktopApp::quit);
    connect(m_window.get(), &MainWindow::settingsWanted, this, &DesktopApp::showSettings);
    connect(m_window.get(), &MainWindow::hostsWanted, this, [this] {
        showSettings();
        m_settingsDialog->showPage(SettingsDialog::Page::Hosts);
    });
    connect(&m_settingsFile, &SettingsFile::changed, this, &DesktopApp::takeSettings);
    connect(m_window.get(), &MainWindow::aboutWanted, this, &DesktopApp::about);
    connect(m_window.get(), &MainWindow::jobSeen, this, [this](const QString &job) {
        m_tray->failureSeen(job);
        m_launcher->seen();
    });
    connect(m_tray.get(), &Tray::showWanted, this, [this] {
        if (m_window->isVisible() && m_window->isActiveWindow())
            hide();
        else
            m_window->bringUp();
    });
    connect(m_tray.get(), &Tray::jobWanted, this, [this](const QString &job) {
        m_window->bringUp();
        m_window->showJob(job);
    });
    connect(m_tray.get(), &Tray::runWanted, this, [this] {
        m_window->bringUp();
        m_window->showRun();
    });
    connect(m_tray.get(), &Tray::quitWanted, this, &DesktopApp::quit);
    connect(m_tray.get(), &Tray::availableChanged, this, [this](bool available) {
        // At a login the panel may come after us.
        if (available && m_window->isMinimized() && std::exchange(m_options.hidden, false))
            hide();
        // Nobody could come back to a hidden window.
        if (!available && !m_window->isVisible() && !m_ending)
            m_window->showMinimized();
    });
    connect(&m_view, &HubView::updated, this, &DesktopApp::checkLast);
    for (const QString &fault : std::as_const(m_settings.faults))
        warn(fault);
    if (!m_translations.found())
        warn(tr("There is no translation to “%1”, which [window] language of config.toml names.")
                 .arg(m_settings.window.language));
    if (const auto mended = m_store.mendAutostart(); !mended)
        warn(mended.error().message);
    m_connection->start();
    m_tray->show();
    const bool startsHidden = m_settings.window.startHidden && m_options.wish.action.isEmpty();
    if ((m_options.hidden || startsHidden) && m_tray->available())
        return hide();
    if (m_options.hidden)
        return m_window->showMinimized();
    obey(m_options.wish);
    if (startsHidden)
        warn(tr("There is no tray to start hidden in, so the window is shown."));
}

void DesktopApp::takeSettings()
{
    m_settings = readSettings(m_options.paths.settings());
    m_face->setSettings(m_settings.notifications);
    m_jobServer->setWanted(m_settings.notifications.fileJobs);
    m_connection->setSeparate(m_settings.window.separateHub);
    applyTheme(m_settings.window.theme);
    for (const QString &fault : std::as_const(m_settings.faults))
        warn(fault);
}

void DesktopApp::showSettings()
{
    if (!m_settingsDialog) {
        m_settingsDialog = new SettingsDialog(m_store, m_view, m_window.get());
        m_settingsDialog->setAttribute(Qt::WA_DeleteOnClose);
        m_view.call(this, QStringLiteral("pipeline.list"), {}, [this](const Result<QJsonValue> &result) {
            QStringList names;
            if (result) {
                for (const QJsonArray all = (*result)[u"pipelines"].toArray(); const QJsonValue &pipeline : all)
                    names.append(pipeline[u"pipeline"].toString());
            }
            m_store.setPipelines(names);
        });
    }
    m_settingsDialog->show();
    m_settingsDialog->raise();
    m_settingsDialog->activateWindow();
}

void DesktopApp::obey(const SingleInstance::Wish &wish)
{
    if (!m_window)
        return;
    if (wish.action == u"pause-queue")
        return m_tray->pauseQueue();
    m_options.hidden = false;
    m_window->bringUp(wish.token);
    if (wish.action == u"run")
        m_window->showRun(wish.arguments.value(0));
    else if (wish.action == u"show-job" && !wish.arguments.isEmpty())
        m_window->showJob(wish.arguments.constFirst());
    else if (wish.action == u"show-output" && !wish.arguments.isEmpty())
        m_window->showOutput(wish.arguments.constFirst(), wish.arguments.value(1));
}

bool DesktopApp::windowInFront(const QString &job)
{
    Q_UNUSED(job)
    return m_window && m_window->isVisible() && m_window->isActiveWindow();
}

void DesktopApp::showOutput(const QString &job, const QString &step, const QString &activationToken)
{
    m_window->bringUp(activationToken);
    m_window->showOutput(job, step);
}

void DesktopApp::warn(const QString &sentence)
{
    if (m_warned.contains(sentence))
        return;
    m_warned.append(sentence);
    sayError(sentence);
    if (m_window)
        m_window->say(sentence);
}

int DesktopApp::running() const
{
    int count = 0;
    for (const auto &[id, job] : m_view.live()) {
        if (job->state != State::Queued && job->state != State::Held && job->source == u"engine")
            ++count;
    }
    return count;
}

void DesktopApp::closeWindow()
{
    if (m_settings.window.keepInTray && m_tray->available())
        return hide();
    // Jobs of a hub of its own do not need us.
    if (!m_connection->embedded() || running() == 0)
        return endNow();
    ask(false);
}

void DesktopApp::quit()
{
    if (!m_connection->embedded() || running() == 0)
        return endNow();
    ask(m_tray->available());
}

void DesktopApp::ask(bool canHide)
{
    if (m_question)
        return m_question->activateWindow();
    m_window->bringUp();
    m_question = new QMessageBox(m_window.get());
    m_question->setAttribute(Qt::WA_DeleteOnClose);
    m_question->setIcon(QMessageBox::Question);
    m_question->setWindowTitle(tr("Quit Stepwire"));
    m_question->setText(tr("%n jobs are running in this program.", nullptr, running()));
    QString more = tr("They end with it. A job that was interrupted can be retried later.");
    if (const auto waiting = queued(); !waiting.empty())
        more += u' '
            + tr("%n more wait. When the others have ended these go on without the window; after a cancel they are "
                 "held.",
                 nullptr, static_cast<int>(waiting.size()));
    m_question->setInformativeText(more);
    QPushButton *wait = m_question->addButton(
        canHide ? tr("Keep Running in the &Tray") : tr("Keep Running, &Minimised"), QMessageBox::AcceptRole);
    QPushButton *after = m_question->addButton(tr("Quit &When They Have Ended"), QMessageBox::ActionRole);
    QPushButton *now = m_question->addButton(tr("&Cancel the Jobs and Quit"), QMessageBox::DestructiveRole);
    QPushButton *stays = m_question->addButton(tr("&Stay"), QMessageBox::RejectRole);
    m_question->setDefaultButton(wait);
    m_question->setEscapeButton(stays);
    connect(stays, &QPushButton::clicked, this, &DesktopApp::stay);
    connect(wait, &QPushButton::clicked, this, [this, canHide] {
        stay();
        putAside(canHide);
    });
    connect(after, &QPushButton::clicked, this, [this] { leave(false); });
    connect(now, &QPushButton::clicked, this, [this] { leave(true); });
    m_question->open();
}

void DesktopApp::hide()
{
    m_face->windowHides();
    m_window->hide();
}

/// Where one can come back to it.
void DesktopApp::putAside(bool canHide)
{
    if (canHide)
        hide();
    else
        m_window->showMinimized();
}

/// An earlier answer was another one.
void DesktopApp::stay()
{
    m_leaving = false;
    for (const QString &id : std::exchange(m_held, {}))
        m_actions.release(id);
    m_asked.clear();
}

/// Ends the program with the last job that runs. What waits is kept from starting meanwhile.
void DesktopApp::leave(bool cancels)
{
    m_leaving = true;
    m_handsOver = !cancels;
    holdQueue();
    if (cancels) {
        std::vector<QString> jobs;
        for (const auto &[id, job] : m_view.jobs()) {
            if (JobActions::can(JobActions::Action::Cancel, *job) && job->state != State::Queued
                && job->state != State::Held)
                jobs.push_back(id);
        }
        for (const QString &id : jobs)
            m_actions.cancel(id);
    } else {
        m_window->say(tr("Stepwire quits when the jobs have ended."));
    }
    putAside(m_tray->available());
    checkLast();
}

/// In the order in which they would start: so they are held and let go.
std::vector<QString> DesktopApp::queued() const
{
    std::vector<JobPtr> jobs;
    for (const auto &[id, job] : m_view.jobs()) {
        if (JobActions::can(JobActions::Action::Hold, *job))
            jobs.push_back(job);
    }
    const auto place = [](const JobPtr &job) {
        return std::tuple(job->queuePosition.value_or(std::numeric_limits<int>::max()), job->created, job->id);
    };
    std::sort(jobs.begin(), jobs.end(),
              [&](const JobPtr &left, const JobPtr &right) { return place(left) < place(right); });
    std::vector<QString> ids;
    for (const JobPtr &job : jobs)
        ids.push_back(job->id);
    return ids;
}

void DesktopApp::holdQueue()
{
    for (const QString &id : queued()) {
        if (m_asked.contains(id))
            continue;
        m_asked.append(id);
        ++m_unanswered;
        m_view.call(this, QStringLiteral("job.hold"), {{QStringLiteral("job"), id}},
                    [this, id](const Result<QJsonValue> &held) {
                        --m_unanswered;
                        if (held && m_leaving)
                            m_held.append(id);
                        else if (held)
                            m_actions.release(id);
                        checkLast();
                    });
    }
}

void DesktopApp::checkLast()
{
    if (!m_leaving || m_ending)
        return;
    holdQueue();
    // One that still counts as queued has just been started.
    if (m_unanswered > 0 || running() > 0 || !queued().empty())
        return;
    m_ending = true;
    m_window->hide();
    m_connection->stop([this] {
        // We are in a call of the connection that is to go.
        QMetaObject::invokeMethod(
            this, [this] { handOver(); }, Qt::QueuedConnection);
    });
}

/// What waited goes on in a hub of its own.
void DesktopApp::handOver()
{
    if (!m_handsOver || m_held.isEmpty())
        return QCoreApplication::exit(0);
    constexpr auto patience = std::chrono::seconds(15);
    QTimer::singleShot(patience, this, [this] {
        sayError(tr("No hub could take over what waits: %n jobs stay held.", nullptr, static_cast<int>(m_held.size())));
        QCoreApplication::exit(0);
    });
    m_connection.reset(); // before the next one takes its place at the view
    m_connection =
        std::make_unique<HubConnection>(m_view, hubOptions(m_options.paths, m_options.environment, m_settings), true);
    connect(&m_view, &HubView::statusChanged, this, &DesktopApp::release);
    m_connection->start();
}

void DesktopApp::release()
{
    if (m_view.status().link != HubView::Link::Live || m_view.status().embedded)
        return;
    const auto left = std::make_shared<qsizetype>(m_held.size());
    for (const QString &id : std::exchange(m_held, {})) {
        m_view.call(this, QStringLiteral("job.release"), {{QStringLiteral("job"), id}},
                    [left](const Result<QJsonValue> &) {
                        if (--*left == 0)
                            QCoreApplication::exit(0);
                    });
    }
}

void DesktopApp::endNow()
{
    if (std::exchange(m_ending, true))
        return QCoreApplication::exit(0);
    if (!m_connection)
        return QCoreApplication::exit(0);
    if (m_window)
        m_window->hide();
    m_connection->stop([] { QCoreApplication::exit(0); });
}

void DesktopApp::about()
{
    auto *box = new QMessageBox(m_window.get());
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(tr("About Stepwire"));
    box->setIconPixmap(QApplication::windowIcon().pixmap(64));
    box->setText(tr("Stepwire %1").arg(QString::fromUtf8(build::version)));
    box->setInformativeText(tr("Runs pipelines and commands and shows how far they are, everywhere at once."));
    box->open();
}

} // namespace stepwire
