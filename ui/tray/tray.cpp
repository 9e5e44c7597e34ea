#include "ui/tray/tray.h"

#include "core/view/words.h"

#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QDBusServiceWatcher>
#include <QGuiApplication>
#include <QTextDocument>

#include <algorithm>
#include <chrono>

namespace stepwire {

using namespace std::chrono_literals;

namespace {

constexpr auto refreshEvery = 250ms;
constexpr auto menuEvery = 1s;
/// Some panels say that they open the menu, and never that they closed it.
constexpr auto menuOpenFor = 30s;
constexpr auto pollEvery = 3s;
constexpr std::size_t tooltipJobs = 5;
constexpr std::size_t menuJobs = 10;
constexpr int lineLength = 100;

bool hasFailed(const JobPtr &job)
{
    return job && (job->state == State::Failed || job->state == State::TimedOut);
}

/// Names and messages come from programs: one line of bearable length.
QString shortened(const QString &line)
{
    const QString plain = line.simplified();
    return plain.size() <= lineLength ? plain : plain.left(lineLength - 1) + u'…';
}

/// Over the bus each setting of a text is a message.
void setText(QAction &action, const QString &text)
{
    if (action.text() != text)
        action.setText(text);
}

} // namespace

/// A job in the menu. Its actions stay the same objects, since a panel holds on to them.
struct Tray::JobMenu
{
    QMenu menu;
    QAction *show = nullptr;
    QAction *pause = nullptr;
    QAction *cancel = nullptr;
    bool resumes = false; ///< what `pause` does
};

Tray::Tray(HubView &view, JobActions &actions) : m_view(view), m_actions(actions), m_menu(std::make_unique<QMenu>())
{
    m_failure = m_menu->addAction(QString(), this, [this] {
        if (!m_unseen.isEmpty())
            Q_EMIT jobWanted(*m_unseen.cbegin());
    });
    m_more = m_menu->addAction(QString(), this, &Tray::showWanted);
    m_afterJobs = m_menu->addSeparator();
    m_menu->addAction(tr("&Run a Pipeline…"), this, &Tray::runWanted);
    m_pauseQueue = m_menu->addAction(tr("&Pause the Queue"), this, &Tray::pauseQueue);
    m_pauseQueue->setToolTip(tr("Holds the jobs that wait now; those that come later start as ever"));
    m_releaseQueue = m_menu->addAction(tr("R&elease the Queue"), this, &Tray::releaseQueue);
    m_menu->addSeparator();
    m_menu->addAction(tr("&Show Window"), this, &Tray::showWanted);
    m_menu->addAction(tr("&Quit"), this, &Tray::quitWanted);
    connect(m_menu.get(), &QMenu::aboutToShow, this, [this] {
        m_menuOpen.stop();
        refreshMenu(true);
        m_menuOpen.start();
    });
    connect(m_menu.get(), &QMenu::aboutToHide, this, [this] {
        m_menuOpen.stop();
        // Not now: the entry that was clicked is asked only after this.
        m_menuChanged = true;
        m_menuPause.start();
    });

    m_icon.setContextMenu(m_menu.get());
    connect(&m_icon, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason != QSystemTrayIcon::Context)
            Q_EMIT showWanted();
    });

    m_pause.setSingleShot(true);
    m_pause.setInterval(refreshEvery);
    connect(&m_pause, &QTimer::timeout, this, [this] {
        if (m_changed)
            refresh();
    });
    m_menuPause.setSingleShot(true);
    m_menuPause.setInterval(menuEvery);
    connect(&m_menuPause, &QTimer::timeout, this, [this] {
        if (m_menuChanged)
            refreshMenu(m_menuOpen.isActive());
    });
    m_menuOpen.setSingleShot(true);
    m_menuOpen.setInterval(menuOpenFor);
    connect(&m_menuOpen, &QTimer::timeout, this, &Tray::change);
    connect(&m_view, &HubView::updated, this, &Tray::take);
    connect(&m_view, &HubView::statusChanged, this, &Tray::change);

    watchForPanels();
    m_shown = asShown(trayState(m_view, false));
    m_icon.setIcon(trayIcon(m_shown));
    refresh();
    refreshMenu(true);
}

Tray::~Tray() = default;

void Tray::watchForPanels()
{
    m_available = QSystemTrayIcon::isSystemTrayAvailable();
    const QString watcher = QStringLiteral("org.kde.StatusNotifierWatcher");
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (bus.isConnected() && QGuiApplication::platformName() != u"offscreen") {
        // Qt asks the same at the same time, and stays with the answer.
        m_overBus = bus.interface()->isServiceRegistered(watcher).value();
        auto *service = new QDBusServiceWatcher(watcher, bus, QDBusServiceWatcher::WatchForOwnerChange, this);
        // Panels come in two steps: the watcher, then somebody who draws.
        connect(service, &QDBusServiceWatcher::serviceOwnerChanged, this, &Tray::checkAvailable);
        for (const QString &signal :
             {QStringLiteral("StatusNotifierHostRegistered"), QStringLiteral("StatusNotifierHostUnregistered")})
            bus.connect(watcher, QStringLiteral("/StatusNotifierWatcher"), watcher, signal, this,
                        SLOT(checkAvailable()));
    }
    // X11's own tray tells nobody but its icons.
    if (QGuiApplication::platformName() == u"xcb" && !m_overBus) {
        connect(&m_poll, &QTimer::timeout, this, &Tray::checkAvailable);
        m_poll.start(pollEvery);
    }
}

void Tray::checkAvailable()
{
    const bool available = QSystemTrayIcon::isSystemTrayAvailable();
    if (available == m_available)
        return;
    m_available = available;
    Q_EMIT availableChanged(available);
}

void Tray::take(const HubView::Update &update)
{
    for (const HubView::Change &change : update.changes) {
        const JobPtr &job = change.after;
        if (!job) {
            m_unseen.remove(change.before->id);
            continue;
        }
        if (!hasFailed(job)) {
            m_unseen.remove(job->id);
            continue;
        }
        const bool before = hasFailed(change.before) && change.before->attempt == job->attempt;
        const bool part = !job->parent.isEmpty() && m_view.find(job->parent);
        if (!before && !part && (change.fresh || change.before))
            m_unseen.insert(job->id);
    }
    this->change();
}

void Tray::failureSeen(const QString &job)
{
    if (job.isEmpty())
        m_unseen.clear();
    else
        m_unseen.remove(job);
    change();
}

void Tray::change()
{
    m_changed = true;
    m_menuChanged = true;
    if (!m_pause.isActive())
        refresh();
    if (!m_menuPause.isActive())
        refreshMenu(m_menuOpen.isActive());
}

void Tray::refresh()
{
    m_changed = false;
    m_pause.start();
    if (const TrayState state = asShown(trayState(m_view, failureUnseen())); state != m_shown) {
        m_shown = state;
        m_icon.setIcon(trayIcon(state));
        Q_EMIT pictureChanged();
    }
    if (const QString text = toolTipText(); text != m_icon.toolTip())
        m_icon.setToolTip(text);
}

QString Tray::menuLabel(const QString &name, bool overBus)
{
    QString label = shortened(name);
    if (!overBus)
        return label.replace(u'&', QStringLiteral("&&"));
    // There _ marks a key. Qt makes one of the first & and leaves all others as they are.
    label.replace(u'_', QStringLiteral("__"));
    if (const qsizetype first = label.indexOf(u'&'); first >= 0)
        label.insert(first, u'&');
    return label;
}

QString Tray::toolTipText() const
{
    const HubView::Status &status = m_view.status();
    QStringList lines;
    if (status.link == HubView::Link::Connecting) {
        lines.append(tr("Connecting…"));
    } else if (status.link == HubView::Link::Lost) {
        lines.append(status.reason.isEmpty() ? tr("No connection to the hub")
                                             : tr("No connection to the hub: %1").arg(shortened(status.reason)));
    } else if (const std::vector<JobPtr> active = activeJobs(m_view); active.empty()) {
        const int waiting = m_view.liveJobs();
        lines.append(waiting == 0 ? tr("Nothing is running")
                                  : tr("Nothing is running, %n in the queue", nullptr, waiting));
    } else {
        for (std::size_t i = 0; i < std::min(active.size(), tooltipJobs); ++i)
            lines.append(shortened(Words::line(*active[i], status.host)));
        if (active.size() > tooltipJobs)
            lines.append(tr("and %n more", nullptr, static_cast<int>(active.size() - tooltipJobs)));
    }
    for (const QString &id : m_unseen) {
        const JobPtr job = m_view.find(id);
        if (job && static_cast<std::size_t>(lines.size()) <= tooltipJobs)
            lines.append(shortened(Words::line(*job, status.host)));
    }
    QString text = lines.join(u'\n');
    // A job's name is no markup. Only the first line decides whether a tooltip is taken for such.
    if (Qt::mightBeRichText(text))
        text.prepend(tr("Stepwire") + u'\n');
    return text;
}

void Tray::nameJob(JobMenu &menu, const JobPtr &job)
{
    setText(*menu.menu.menuAction(), menuLabel(Words::line(*job, m_view.status().host), m_overBus));
    menu.resumes = JobActions::can(JobActions::Action::Resume, *job);
    setText(*menu.pause, menu.resumes ? tr("&Resume") : tr("&Pause"));
    menu.pause->setVisible(menu.resumes || JobActions::can(JobActions::Action::PauseNow, *job));
    menu.cancel->setVisible(JobActions::can(JobActions::Action::Cancel, *job));
}

void Tray::refreshMenu(bool words)
{
    m_menuChanged = false;
    m_menuPause.start();
    std::vector<JobPtr> active;
    if (m_view.status().link == HubView::Link::Live)
        active = activeJobs(m_view);
    const std::size_t more = active.size() > menuJobs ? active.size() - menuJobs : 0;
    active.resize(active.size() - more);

    // What ended stays in a menu that is open, or a click meets its neighbour.
    for (auto it = m_jobMenus.begin(); it != m_jobMenus.end();) {
        const bool stays =
            std::any_of(active.begin(), active.end(), [&](const JobPtr &job) { return job->id == it->first; });
        if (!stays && m_menuOpen.isActive()) {
            it->second->menu.menuAction()->setEnabled(false);
            if (const JobPtr job = m_view.find(it->first))
                nameJob(*it->second, job);
        }
        it = stays || m_menuOpen.isActive() ? std::next(it) : m_jobMenus.erase(it);
    }
    for (const JobPtr &job : active) {
        std::unique_ptr<JobMenu> &known = m_jobMenus[job->id];
        const bool fresh = !known;
        if (fresh) {
            known = std::make_unique<JobMenu>();
            JobMenu *menu = known.get();
            const QString id = job->id;
            menu->show = menu->menu.addAction(tr("&Show"), this, [this, id] { Q_EMIT jobWanted(id); });
            menu->pause = menu->menu.addAction(QString(), this, [this, id, menu] {
                if (menu->resumes)
                    m_actions.resume(id);
                else
                    m_actions.pause(id, false);
            });
            menu->cancel = menu->menu.addAction(tr("&Cancel"), this, [this, id] { m_actions.cancel(id); });
            m_menu->insertMenu(m_more, &menu->menu);
        }
        known->menu.menuAction()->setEnabled(true);
        if (fresh || words)
            nameJob(*known, job);
    }

    const JobPtr failed = m_unseen.isEmpty() ? JobPtr() : m_view.find(*m_unseen.cbegin());
    m_failure->setVisible(failed != nullptr);
    if (failed)
        setText(*m_failure, menuLabel(Words::line(*failed, m_view.status().host), m_overBus));
    m_more->setVisible(more > 0);
    if (more > 0)
        setText(*m_more, tr("and %n more", nullptr, static_cast<int>(more)) + u'…');
    m_afterJobs->setVisible(failed || !m_jobMenus.empty());
    const bool queued = !jobsThatCan(JobActions::Action::Hold).empty();
    const bool held = !jobsThatCan(JobActions::Action::Release).empty();
    m_pauseQueue->setVisible(queued || !held);
    m_pauseQueue->setEnabled(queued);
    m_releaseQueue->setVisible(held);
}

std::vector<JobPtr> Tray::jobsThatCan(JobActions::Action action) const
{
    std::vector<JobPtr> found;
    if (m_view.status().link != HubView::Link::Live)
        return found;
    for (const auto &[id, job] : m_view.live()) {
        if (JobActions::can(action, *job) && job->source == u"engine" && job->parent.isEmpty())
            found.push_back(job);
    }
    std::sort(found.begin(), found.end(), [](const JobPtr &a, const JobPtr &b) {
        const int placeA = a->queuePosition.value_or(0);
        const int placeB = b->queuePosition.value_or(0);
        return placeA != placeB ? placeA < placeB : a->created < b->created;
    });
    return found;
}

void Tray::pauseQueue()
{
    QStringList jobs;
    for (const JobPtr &job : jobsThatCan(JobActions::Action::Hold))
        jobs.append(job->id);
    m_actions.hold(jobs);
}

void Tray::releaseQueue()
{
    for (const JobPtr &job : jobsThatCan(JobActions::Action::Release))
        m_actions.release(job->id);
}

} // namespace stepwire
