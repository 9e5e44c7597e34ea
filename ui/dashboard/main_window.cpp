#include "ui/dashboard/main_window.h"

#include "core/view/words.h"
#include "ui/job/job_pane.h"
#include "ui/list/job_list_model.h"
#include "ui/list/job_list_view.h"
#include "ui/look/look.h"
#include "ui/output/output_view.h"
#include "ui/run/run_dialog.h"
#include "ui/run/welcome_page.h"

#include <QtWidgets>

namespace stepwire {

static constexpr int newsMs = 10'000;

MainWindow::MainWindow(HubView &view, JobActions &actions, LastValues &values)
    : m_view(view), m_others(view), m_actions(actions), m_values(values)
{
    setWindowTitle(tr("Stepwire"));
    setAcceptDrops(true);
    m_output = new OutputView(m_view);
    m_page = new JobPane(m_view, m_actions, m_output);
    auto *welcome = new WelcomePage(m_view);

    auto *centre = new QWidget;
    auto *column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_banner = new QLabel;
    m_banner->setObjectName(QStringLiteral("banner"));
    m_banner->setWordWrap(true);
    m_banner->setMargin(8);
    m_banner->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_banner->hide();
    column->addWidget(m_banner);

    m_splitter = new QSplitter;
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(makeLeft());
    m_splitter->addWidget(m_page);
    m_splitter->setStretchFactor(0, 2);
    m_splitter->setStretchFactor(1, 3);
    m_pages = new QStackedWidget;
    m_pages->addWidget(welcome);
    m_pages->addWidget(m_splitter);
    column->addWidget(m_pages, 1);
    setCentralWidget(centre);

    m_hub = new QLabel;
    m_hub->setContentsMargins(6, 0, 6, 0);
    m_othersShown = new QLabel;
    m_othersShown->setObjectName(QStringLiteral("others"));
    m_othersShown->setTextFormat(Qt::PlainText);
    m_othersShown->setContentsMargins(0, 0, 6, 0);
    m_othersShown->setMinimumWidth(1); // a window may be narrower than all its hosts
    m_othersShown->hide();
    m_counts = new QLabel;
    m_news = new QWidget;
    auto *row = new QHBoxLayout(m_news);
    row->setContentsMargins(0, 0, 0, 0);
    m_newsText = new QLabel;
    m_undo = new QToolButton;
    m_undo->setText(tr("&Undo"));
    m_undo->setAccessibleName(tr("Undo"));
    row->addWidget(m_newsText);
    row->addWidget(m_undo);
    row->addStretch();
    m_news->hide();
    statusBar()->addWidget(m_hub);
    statusBar()->addWidget(m_othersShown);
    statusBar()->addWidget(m_news, 1);
    statusBar()->addPermanentWidget(m_counts);
    m_newsEnd = new QTimer(this);
    m_newsEnd->setSingleShot(true);
    connect(m_newsEnd, &QTimer::timeout, m_news, &QWidget::hide);
    connect(m_undo, &QToolButton::clicked, this, [this] {
        m_news->hide();
        if (const auto takeBack = std::exchange(m_takeBack, {}))
            takeBack();
    });
    m_second = new QTimer(this);
    m_second->setInterval(1000);
    connect(m_second, &QTimer::timeout, this, &MainWindow::tick);

    makeActions();
    connect(&m_view, &HubView::updated, this, &MainWindow::follow);
    connect(&m_view, &HubView::statusChanged, this, &MainWindow::refreshStatus);
    connect(&m_others, &HostList::changed, this, [this] {
        refreshHosts();
        refreshOthers();
    });
    connect(&m_actions, &JobActions::refused, this, [this](const QString &sentence) { say(sentence); });
    connect(&m_actions, &JobActions::done, this, &MainWindow::say);
    connect(m_list, &JobListView::jobChosen, this, &MainWindow::choose);
    connect(m_list, &JobListView::jobActivated, this, [this](const QString &id) {
        choose(id);
        m_page->showTab(JobPane::Tab::Output);
        m_page->focusTab();
    });
    connect(m_page, &JobPane::outputWanted, m_output, &OutputView::setStep);
    connect(m_page, &JobPane::stepChosen, m_output, &OutputView::setStep);
    connect(m_output, &OutputView::linkActivated, this, [](const QUrl &url) { QDesktopServices::openUrl(url); });
    connect(welcome, &WelcomePage::started, this, &MainWindow::showJob);
    connect(welcome, &WelcomePage::runWanted, this, [this] { showRun(); });
    connect(welcome, &WelcomePage::hostWanted, this, &MainWindow::hostsWanted);
    connect(welcome, &WelcomePage::commandWanted, this, [this] {
        showRun();
        m_run->chooseCommand();
    });
    constexpr QSize usual(1080, 680);
    resize(usual);
    refreshStatus();
    refreshHosts();
    refreshOthers();
    refreshPages();
}

MainWindow::~MainWindow() = default;

QWidget *MainWindow::makeLeft()
{
    m_model = new JobListModel(m_view, {}, this);
    m_list = new JobListView(*m_model, m_actions);
    m_search = new QLineEdit;
    m_search->setPlaceholderText(tr("Search…"));
    m_search->setAccessibleName(tr("Search jobs"));
    m_search->setClearButtonEnabled(true);
    m_hosts = new QComboBox;
    m_hosts->setAccessibleName(tr("Hosts"));
    m_hosts->addItem(tr("All hosts"), QString());
    const auto filter = [this] { m_model->setFilter(m_search->text(), m_hosts->currentData().toString()); };
    connect(m_search, &QLineEdit::textChanged, this, filter);
    connect(m_hosts, &QComboBox::currentIndexChanged, this, filter);

    auto *left = new QWidget;
    auto *column = new QVBoxLayout(left);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_list, 1);
    return left;
}

void MainWindow::makeActions()
{
    const auto add = [this](QMenu *menu, const QString &text, const QKeySequence &keys, auto wanted) {
        auto *action = new QAction(text, this);
        action->setShortcut(keys);
        connect(action, &QAction::triggered, this, wanted);
        menu->addAction(action);
        return action;
    };
    using Action = JobActions::Action;
    QMenu *file = menuBar()->addMenu(tr("Stepwi&re"));
    QAction *run = add(file, tr("&Run…"), QKeySequence(Qt::CTRL | Qt::Key_N), [this] { showRun(); });
    m_runAction = run;
    retint();
    run->setToolTip(tr("Run a pipeline or a command (Ctrl+N)"));
    add(file, tr("Run a &Command…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N), [this] {
        showRun();
        m_run->chooseCommand();
    });
    file->addSeparator();
    add(file, tr("Se&ttings…"), QKeySequence(Qt::CTRL | Qt::Key_Comma), [this] { Q_EMIT settingsWanted(); });
    file->addSeparator();
    add(file, tr("&Close Window"), QKeySequence(QKeySequence::Close), [this] { close(); });
    add(file, tr("&Quit"), QKeySequence(QKeySequence::Quit), [this] { Q_EMIT quitWanted(); });

    QMenu *job = menuBar()->addMenu(tr("&Job"));
    for (const Action action : {Action::PauseNow, Action::PauseAfterStep, Action::Resume, Action::Hold, Action::Release,
                                Action::Cancel, Action::Retry}) {
        if (QAction *known = m_page->action(action))
            job->addAction(known);
    }
    QMenu *show = menuBar()->addMenu(tr("&View"));
    add(show, tr("&Search Jobs"), QKeySequence(Qt::CTRL | Qt::Key_K), [this] {
        m_pages->setCurrentWidget(m_splitter);
        m_search->setFocus(Qt::ShortcutFocusReason);
        m_search->selectAll();
    });
    add(show, tr("&Jobs"), QKeySequence(Qt::ALT | Qt::Key_0), [this] { m_list->setFocus(Qt::ShortcutFocusReason); });
    struct Page
    {
        QString text;
        JobPane::Tab tab;
        Qt::Key key;
    };
    for (const Page &page :
         {Page{tr("S&teps"), JobPane::Tab::Steps, Qt::Key_1}, Page{tr("Time&line"), JobPane::Tab::Timeline, Qt::Key_2},
          Page{tr("&Output"), JobPane::Tab::Output, Qt::Key_3}, Page{tr("&Details"), JobPane::Tab::Details, Qt::Key_4}})
        add(show, page.text, QKeySequence(Qt::ALT | page.key), [this, tab = page.tab] {
            m_page->showTab(tab);
            m_page->focusTab();
        });
    QMenu *help = menuBar()->addMenu(tr("&Help"));
    add(help, tr("&About Stepwire"), {}, [this] { Q_EMIT aboutWanted(); });

    auto *bar = addToolBar(tr("Main toolbar"));
    bar->setObjectName(QStringLiteral("main"));
    bar->setMovable(false);
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar->addAction(run);
    // What is done with a job stands beside it, in its own page.
    auto *room = new QWidget;
    room->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(room);
    constexpr int letters = 36;
    m_search->setMaximumWidth(fontMetrics().averageCharWidth() * letters);
    m_searchShown = bar->addWidget(m_search);
    m_hostsShown = bar->addWidget(m_hosts);
    setTabOrder(m_search, m_hosts);
    setTabOrder(m_hosts, m_list);
    connect(m_pages, &QStackedWidget::currentChanged, this, &MainWindow::showTools);
    showTools();
}

/// There is nothing to search on the first page, and nothing to choose from with one host.
void MainWindow::showTools()
{
    const bool list = m_pages->currentIndex() == 1;
    m_searchShown->setVisible(list);
    m_hostsShown->setVisible(list && m_knownHosts.size() > 1);
}

/// Drawn in the text's colour: a style's own picture is black on dark, too.
void MainWindow::retint()
{
    QIcon icon;
    for (const int size : {16, 24, 32, 48, 64}) {
        QPixmap pixmap(size, size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.scale(size / 16.0, size / 16.0);
        painter.setPen(Qt::NoPen);
        painter.setBrush(look::colour(State::Succeeded, palette()));
        painter.drawPolygon(QPolygonF({{4, 2.5}, {13.5, 8}, {4, 13.5}}));
        painter.end();
        icon.addPixmap(pixmap);
    }
    m_runAction->setIcon(icon);
}

void MainWindow::follow(const HubView::Update &update)
{
    for (const EventPtr &event : update.notices)
        tellHost(*event);
    refreshHosts();
    refreshPages();
    const bool front = isActiveWindow();
    for (const HubView::Change &change : update.changes) {
        if (!change.after || change.after->id != m_page->shownJob())
            continue;
        m_output->setJob(change.after);
        if (front)
            seen();
    }
}

void MainWindow::refreshPages()
{
    const bool any = !m_view.jobs().empty();
    // A person who has removed the last job need not be greeted again.
    m_hadJobs = m_hadJobs || any;
    if (m_hadJobs && m_pages->currentIndex() == 0) {
        m_pages->setCurrentIndex(1);
        m_list->setFocus();
    }
    int running = 0;
    int waiting = 0;
    for (const auto &[id, job] : m_view.live()) {
        if (job->state == State::Queued || job->state == State::Held)
            ++waiting;
        else
            ++running;
    }
    QStringList parts;
    if (running > 0)
        parts.append(tr("%n running", nullptr, running));
    if (waiting > 0)
        parts.append(tr("%n waiting", nullptr, waiting));
    m_counts->setText(parts.join(tr(", ", "between parts of a line")));
    m_counts->setVisible(!parts.isEmpty());
}

void MainWindow::refreshHosts()
{
    QStringList hosts;
    for (const auto &[host, jobs] : m_view.hosts())
        hosts.append(host);
    for (const HostEntry &entry : m_others.entries()) {
        if (!hosts.contains(entry.name) && entry.standing != HostEntry::Standing::Duplicate)
            hosts.append(entry.name);
    }
    if (hosts != m_knownHosts) {
        m_knownHosts = hosts;
        const QString chosen = m_hosts->currentData().toString();
        const QSignalBlocker quiet(m_hosts);
        m_hosts->clear();
        m_hosts->addItem(tr("All hosts"), QString());
        for (const QString &host : std::as_const(hosts))
            m_hosts->addItem(host, host);
        const int place = m_hosts->findData(chosen);
        m_hosts->setCurrentIndex(std::max(0, place));
        if (place < 0)
            m_model->setFilter(m_search->text(), QString());
        showTools();
    }
    for (int i = 1; i < m_hosts->count(); ++i) {
        const QString host = m_hosts->itemData(i).toString();
        const HostEntry *entry = m_others.find(host);
        m_hosts->setItemText(
            i, entry && entry->standing == HostEntry::Standing::Lost ? tr("%1 (lost)", "a host").arg(host) : host);
    }
}

/// The other hosts beside this one: each, or how many there are, and always those that are lost.
void MainWindow::refreshOthers()
{
    constexpr int most = 4;
    const std::vector<HostEntry> &entries = m_others.entries();
    const bool each = entries.size() <= most;
    const UnixMs now = QDateTime::currentMSecsSinceEpoch();
    int connected = 0;
    int lost = 0;
    QStringList parts;
    QStringList reasons;
    for (const HostEntry &entry : entries) {
        using Standing = HostEntry::Standing;
        QString words;
        switch (entry.standing) {
        case Standing::Connected:
            ++connected;
            words = tr("● %1").arg(entry.name);
            break;
        case Standing::Lost:
            ++lost;
            words = entry.since > 0 ? tr("◌ %1, last seen %2").arg(entry.name, Words::ago(now - entry.since))
                                    : tr("◌ %1").arg(entry.name);
            reasons.append(tr("%1: %2", "a host, why it is lost").arg(entry.name, entry.reason));
            break;
        case Standing::Connecting: words = tr("◌ %1").arg(entry.name); break;
        case Standing::Duplicate: continue;
        }
        if (each)
            parts.append(words);
    }
    if (!each) {
        parts.append(tr("● %n hosts", "connected", connected));
        if (lost > 0)
            parts.append(tr("◌ %n lost", "hosts", lost));
    }
    m_othersShown->setText(parts.join(QStringLiteral("   ")));
    m_othersShown->setToolTip(reasons.join(u'\n'));
    m_othersShown->setAccessibleDescription(reasons.join(u'\n'));
    m_othersShown->setVisible(!parts.isEmpty());
    tickWhileAged();
}

/// Once for each loss, however often it is tried again.
void MainWindow::tellHost(const Event &event)
{
    const auto *notice = std::get_if<Notice>(&event.data);
    if (!notice)
        return;
    const QString name = notice->data[u"name"].toString();
    if (notice->type == u"host.lost" && !m_lostHosts.contains(name)) {
        m_lostHosts.append(name);
        say(tr("%1 is lost: %2", "a host").arg(name, notice->data[u"reason"].toString()));
    } else if (notice->type == u"host.connected" && m_lostHosts.removeAll(name) > 0) {
        say(tr("%1 is back", "a host").arg(name));
    } else if (notice->type == u"host.removed") {
        m_lostHosts.removeAll(name);
    }
}

/// Ages grow while something is lost.
void MainWindow::tickWhileAged()
{
    const std::vector<HostEntry> &entries = m_others.entries();
    const bool aged = m_view.status().link == HubView::Link::Lost
        || std::any_of(entries.begin(), entries.end(),
                       [](const HostEntry &entry) { return entry.standing == HostEntry::Standing::Lost; });
    if (!aged)
        m_second->stop();
    else if (!m_second->isActive())
        m_second->start();
}

void MainWindow::refreshStatus()
{
    const HubView::Status &status = m_view.status();
    QString words;
    QString banner;
    switch (status.link) {
    case HubView::Link::Connecting:
        m_hub->setText(tr("◌ looking for a hub"));
        if (!status.reason.isEmpty())
            banner = tr("There is no hub yet: %1. Trying again.").arg(status.reason);
        break;
    case HubView::Link::Live:
        m_hub->setText(tr("● %1").arg(status.host));
        m_hub->setToolTip(status.embedded ? tr("The hub lives in this window's program.")
                                          : tr("The hub is a program of its own; this window may be closed."));
        if (!status.degraded.isEmpty())
            banner = tr("What happens is not kept at the moment: %1.").arg(status.degraded);
        break;
    case HubView::Link::Lost: {
        const qint64 age = QDateTime::currentMSecsSinceEpoch() - status.since;
        m_hub->setText(tr("◌ %1, last seen %2").arg(status.host, Words::ago(age)));
        banner = tr("The hub does not answer: %1. What is shown is as it was %2.").arg(status.reason, Words::ago(age));
        break;
    }
    }
    tickWhileAged();
    m_banner->setText(banner);
    m_banner->setVisible(!banner.isEmpty());
    const QColor warn = look::colour(State::Paused, palette());
    m_banner->setStyleSheet(QStringLiteral("#banner { background: rgba(%1, %2, %3, 40); }")
                                .arg(warn.red())
                                .arg(warn.green())
                                .arg(warn.blue()));
}

void MainWindow::tick()
{
    refreshStatus();
    refreshOthers();
}

void MainWindow::choose(const QString &id)
{
    m_page->showJob(id);
    m_output->setStep({});
    m_output->setJob(m_view.find(id));
    seen();
}

void MainWindow::seen()
{
    if (!m_page->shownJob().isEmpty() && isActiveWindow())
        Q_EMIT jobSeen(m_page->shownJob());
}

void MainWindow::showJob(const QString &id)
{
    m_hadJobs = true;
    refreshPages();
    m_list->selectJob(id);
}

void MainWindow::showOutput(const QString &id, const QString &step)
{
    showJob(id);
    choose(id);
    m_output->setStep(step);
    m_page->showTab(JobPane::Tab::Output);
}

QString MainWindow::shownJob() const
{
    return m_page->shownJob();
}

void MainWindow::showRun(const QString &pipeline)
{
    if (!m_run) {
        m_run = new RunDialog(m_view, m_values, this);
        m_run->setAttribute(Qt::WA_DeleteOnClose);
        connect(m_run, &RunDialog::started, this, &MainWindow::showJob);
    }
    if (!pipeline.isEmpty())
        m_run->choosePipeline(pipeline);
    m_run->show();
    m_run->raise();
    m_run->activateWindow();
}

void MainWindow::bringUp(const QString &token)
{
    // Qt 6.4 takes the token of an activation from the environment.
    if (!token.isEmpty())
        qputenv("XDG_ACTIVATION_TOKEN", token.toUtf8());
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
    if (!token.isEmpty())
        qunsetenv("XDG_ACTIVATION_TOKEN");
}

void MainWindow::say(const QString &sentence, const std::function<void()> &undo)
{
    m_takeBack = undo;
    m_newsText->setText(sentence);
    m_undo->setVisible(static_cast<bool>(undo));
    m_news->show();
    m_newsEnd->start(newsMs);
    QAccessibleEvent event(m_newsText, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    event->ignore();
    Q_EMIT closeWanted();
}

void MainWindow::changeEvent(QEvent *event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::ActivationChange)
        seen();
    else if (event->type() == QEvent::PaletteChange && m_runAction) {
        refreshStatus();
        retint();
    }
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    for (const QList<QUrl> urls = event->mimeData()->urls(); const QUrl &url : urls) {
        if (url.isLocalFile() && url.path().endsWith(u".toml")) {
            event->acceptProposedAction();
            return showRun(url.toLocalFile());
        }
    }
    showRun();
    QDropEvent passed(event->position(), event->dropAction(), event->mimeData(), event->buttons(), event->modifiers());
    QCoreApplication::sendEvent(m_run, &passed);
    event->acceptProposedAction();
}

} // namespace stepwire
