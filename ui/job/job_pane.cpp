#include "ui/job/job_pane.h"

#include "core/view/words.h"
#include "ui/job/progress_bar.h"
#include "ui/job/steps_view.h"
#include "ui/job/timeline_view.h"
#include "ui/look/look.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDateTime>
#include <QFontDatabase>
#include <QFormLayout>
#include <QFrame>
#include <QJsonDocument>
#include <QJsonArray>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace stepwire {

using Action = JobActions::Action;

static UnixMs present()
{
    return QDateTime::currentMSecsSinceEpoch();
}

static QString clock(UnixMs time)
{
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(time), QLocale::ShortFormat);
}

static bool hasTrouble(const Job &job)
{
    return job.state == State::Failed || job.state == State::TimedOut || job.state == State::Interrupted;
}

/// The step that a failure is about; null when it is the job's own.
static const Step *troubledStep(const Job &job)
{
    if (job.error && !job.error->step.isEmpty()) {
        if (const Step *step = job.findStep(job.error->step))
            return step;
    }
    for (const State wanted : {State::Failed, State::TimedOut, State::Interrupted}) {
        for (const Step &step : job.steps) {
            if (step.state == wanted)
                return &step;
        }
    }
    return nullptr;
}

/// A label whose text a person can select, with the keyboard too, and that never takes what it shows for markup. What
/// it is for goes to its accessible description: a name would stand for what it says.
static QLabel *textLabel(QWidget *parent)
{
    auto *label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    return label;
}

/// One whose longest word, a path say, does not make the window wide.
static QLabel *yieldingLabel(QWidget *parent)
{
    QLabel *label = textLabel(parent);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    return label;
}

/// A program's own words can be a page long; the output has them all.
static QString shortened(const QString &text)
{
    constexpr qsizetype most = 600;
    return text.size() > most ? text.left(most) + u'…' : text;
}

JobPane::JobPane(HubView &view, JobActions &actions, QWidget *output, QWidget *parent)
    : QWidget(parent), m_view(view), m_wishes(actions), m_output(output)
{
    makeActions();
    m_pages = new QStackedWidget(this);
    m_nothing = new QLabel(m_pages);
    m_nothing->setAlignment(Qt::AlignCenter);
    m_nothing->setWordWrap(true);
    m_nothing->setTextFormat(Qt::PlainText);
    const int em = fontMetrics().height();
    m_nothing->setMargin(em);

    auto *page = new QWidget(m_pages);
    auto *column = new QVBoxLayout(page);
    column->addWidget(makeHead());
    column->addWidget(makeError());

    m_model = new StepsModel(this);
    m_steps = new StepsView(*m_model, page);
    m_timeline = new TimelineView(page);
    m_tabs = new QTabWidget(page);
    m_tabs->setDocumentMode(true);
    m_tabs->setAccessibleName(tr("Parts of the job"));
    m_tabs->addTab(m_steps, tr("&Steps"));
    m_tabs->addTab(m_timeline, tr("T&imeline"));
    m_tabs->addTab(output ? output : new QWidget(m_tabs), tr("&Output"));
    m_tabs->addTab(makeDetails(), tr("&Details"));
    column->addWidget(m_tabs, 1);

    m_pages->addWidget(m_nothing);
    m_pages->addWidget(page);
    auto *whole = new QVBoxLayout(this);
    whole->setContentsMargins({});
    whole->addWidget(m_pages);

    connect(m_steps, &StepsView::stepChosen, this, &JobPane::openStep);
    connect(m_timeline, &TimelineView::stepChosen, this, &JobPane::openStep);
    connect(m_steps, &StepsView::menuWanted, this, &JobPane::showMenu);
    connect(m_timeline, &TimelineView::menuWanted, this, &JobPane::showMenu);
    connect(m_timeline, &TimelineView::currentStepChanged, m_steps, &StepsView::setCurrentStep);
    connect(m_steps->selectionModel(), &QItemSelectionModel::currentChanged, m_timeline,
            [this] { m_timeline->setCurrentStep(m_steps->currentStep()); });
    connect(m_tabs, &QTabWidget::currentChanged, this, &JobPane::tick);
    connect(&m_view, &HubView::updated, this, &JobPane::follow);
    connect(&m_view, &HubView::statusChanged, this, [this] {
        m_model->tick(now());
        m_timeline->tick(now());
        refreshHead();
        refreshState();
        retint();
        refreshActions();
        keepTime();
    });
    retint();
    refresh(true);
}

QAction *JobPane::add(Action action, const QString &text, const QString &icon, const QKeySequence &keys)
{
    auto *made = new QAction(QIcon::fromTheme(icon), text, this);
    made->setShortcut(keys);
    connect(made, &QAction::triggered, this, [this, action] { m_wishes.perform(action, m_id); });
    addAction(made);
    m_actions.emplace(action, made);
    return made;
}

void JobPane::makeActions()
{
    add(Action::Cancel, tr("&Cancel"), QStringLiteral("process-stop"), {Qt::CTRL | Qt::Key_Period})
        ->setToolTip(tr("End this job"));
    add(Action::PauseNow, tr("&Pause Now"), QStringLiteral("media-playback-pause"), {Qt::CTRL | Qt::Key_P});
    add(Action::PauseAfterStep, tr("Pause &After This Step"), {}, {Qt::CTRL | Qt::SHIFT | Qt::Key_P});
    add(Action::Resume, tr("&Resume"), QStringLiteral("media-playback-start"), {Qt::CTRL | Qt::SHIFT | Qt::Key_R});
    add(Action::Retry, tr("Re&try"), QStringLiteral("view-refresh"), {Qt::CTRL | Qt::Key_R})
        ->setToolTip(tr("Run again what did not succeed"));
    add(Action::Hold, tr("&Hold"), QStringLiteral("appointment-soon"), {Qt::CTRL | Qt::Key_H})
        ->setToolTip(tr("Keep this job in the queue until it is released"));
    add(Action::Release, tr("Re&lease"), QStringLiteral("go-next"), {Qt::CTRL | Qt::SHIFT | Qt::Key_H});
    for (const auto &[which, made] : m_actions) {
        const QString keys = made->shortcut().toString(QKeySequence::NativeText);
        QString plain = made->toolTip();
        made->setToolTip(tr("%1 (%2)", "what a button does, its keys").arg(plain.remove(u'&'), keys));
    }
    auto *ways = new QMenu(this);
    ways->addAction(action(Action::PauseNow));
    ways->addAction(action(Action::PauseAfterStep));
    m_pause = new QAction(QIcon::fromTheme(QStringLiteral("media-playback-pause")), tr("&Pause"), this);
    m_pause->setMenu(ways);
    connect(m_pause, &QAction::triggered, this, [this] {
        for (const Action way : {Action::PauseNow, Action::PauseAfterStep}) {
            if (action(way)->isEnabled())
                return action(way)->trigger();
        }
    });
}

QAction *JobPane::action(Action action) const
{
    const auto it = m_actions.find(action);
    return it == m_actions.end() ? nullptr : it->second;
}

QWidget *JobPane::makeHead()
{
    auto *head = new QWidget(this);
    auto *column = new QVBoxLayout(head);
    column->setContentsMargins({});
    auto *line = new QHBoxLayout;
    m_title = yieldingLabel(head);
    m_title->setAccessibleDescription(tr("Job"));
    m_figures = textLabel(head);
    m_figures->setWordWrap(false);
    m_figures->setAccessibleDescription(tr("How far it is"));
    line->addWidget(m_title, 1);
    line->addWidget(m_figures);
    m_bar = new ProgressBar(head);
    m_bar->setAccessibleName(tr("Progress of the job"));
    m_state = yieldingLabel(head);
    m_state->setAccessibleDescription(tr("State of the job"));
    m_age = yieldingLabel(head);
    m_age->setAccessibleDescription(tr("Age of what is shown"));

    m_buttons = new QToolBar(head);
    m_buttons->setAccessibleName(tr("What can be done"));
    m_buttons->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    const int icon = fontMetrics().height();
    m_buttons->setIconSize({icon, icon});
    m_buttons->addAction(action(Action::Cancel));
    m_buttons->addAction(m_pause);
    for (const Action which : {Action::Resume, Action::Retry, Action::Hold, Action::Release})
        m_buttons->addAction(action(which));
    for (QAction *each : m_buttons->actions()) {
        // A tool bar keeps the keyboard out of its buttons; here they are the page's own.
        if (auto *button = qobject_cast<QToolButton *>(m_buttons->widgetForAction(each)))
            button->setFocusPolicy(Qt::TabFocus);
    }

    column->addLayout(line);
    column->addWidget(m_bar);
    column->addWidget(m_state);
    column->addWidget(m_age);
    column->addWidget(m_buttons);
    return head;
}

QWidget *JobPane::makeError()
{
    m_error = new QFrame(this);
    m_error->setObjectName(QStringLiteral("error"));
    m_error->setFrameShape(QFrame::Box);
    m_error->setAutoFillBackground(true);
    m_error->setAccessibleName(tr("What went wrong"));
    auto *column = new QVBoxLayout(m_error);
    m_errorTitle = yieldingLabel(m_error);
    m_errorText = yieldingLabel(m_error);
    m_errorLine = yieldingLabel(m_error);
    m_errorLine->setAccessibleDescription(tr("Last line of output"));
    auto *row = new QHBoxLayout;
    auto *show = new QPushButton(tr("Sho&w Output"), m_error);
    show->setObjectName(QStringLiteral("showOutput"));
    m_retryFrom = new QPushButton(tr("Retry &from Here"), m_error);
    m_retryFrom->setObjectName(QStringLiteral("retryFromHere"));
    m_copyReport = new QPushButton(tr("Cop&y Report"), m_error);
    m_copyReport->setObjectName(QStringLiteral("copyReport"));
    for (QPushButton *button : {show, m_retryFrom, m_copyReport})
        row->addWidget(button);
    row->addStretch();
    column->addWidget(m_errorTitle);
    column->addWidget(m_errorText);
    column->addWidget(m_errorLine);
    column->addLayout(row);

    connect(show, &QPushButton::clicked, this, [this] {
        const Step *step = m_job ? troubledStep(*m_job) : nullptr;
        showOutput(step ? step->id : QString());
    });
    connect(m_retryFrom, &QPushButton::clicked, this, [this] {
        if (const Step *step = m_job ? troubledStep(*m_job) : nullptr)
            m_wishes.retry(m_id, step->id);
    });
    connect(m_copyReport, &QPushButton::clicked, this, [this] {
        if (!m_job)
            return;
        QApplication::clipboard()->setText(JobActions::report(*m_job));
        // A clipboard shows nothing by itself.
        m_copyReport->setText(tr("Copied"));
        constexpr int seen = 2000;
        QTimer::singleShot(seen, m_copyReport, [this] { m_copyReport->setText(tr("Cop&y Report")); });
    });
    return m_error;
}

QWidget *JobPane::makeDetails()
{
    auto *area = new QScrollArea(this);
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setAccessibleName(tr("Details"));
    auto *inside = new QWidget(area);
    m_facts = new QFormLayout(inside);
    m_facts->setRowWrapPolicy(QFormLayout::WrapLongRows);
    m_facts->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    area->setWidget(inside);
    return area;
}

void JobPane::showJob(const QString &id)
{
    if (id == m_id)
        return;
    m_id = id;
    m_job = m_view.find(id);
    refresh(true);
}

void JobPane::showTab(Tab tab)
{
    m_tabs->setCurrentIndex(static_cast<int>(tab));
}

void JobPane::focusTab()
{
    if (m_tabs->isVisible())
        m_tabs->currentWidget()->setFocus(Qt::ShortcutFocusReason);
}

JobPane::Tab JobPane::tab() const
{
    return static_cast<Tab>(m_tabs->currentIndex());
}

void JobPane::follow(const HubView::Update &)
{
    // Looking it up costs less than searching the changes.
    JobPtr job = m_view.find(m_id);
    if (job == m_job)
        return;
    m_job = std::move(job);
    refresh(false);
}

bool JobPane::lost() const
{
    return m_view.status().link == HubView::Link::Lost || hostLost();
}

bool JobPane::hostLost() const
{
    return m_job && m_job->lostSince && !isFinal(m_job->state);
}

UnixMs JobPane::now() const
{
    if (!lost())
        return present();
    return hostLost() ? *m_job->lostSince : m_view.status().since;
}

void JobPane::refresh(bool other)
{
    if (!m_job)
        m_nothing->setText(m_id.isEmpty() ? tr("Choose a job to see its steps and its output.")
                                          : tr("This job is no longer known."));
    m_pages->setCurrentIndex(m_job ? 1 : 0);
    m_model->setJob(m_job, now());
    m_timeline->setJob(m_job, now());
    refreshHead();
    refreshState();
    refreshError();
    refreshDetails();
    refreshActions();
    keepTime();
    if (other && m_job && m_steps->currentStep().isEmpty()) {
        const Step *step = troubledStep(*m_job);
        if (!step)
            step = oldestRunningStep(*m_job);
        if (step)
            m_steps->setCurrentStep(step->id);
    }
}

static void setText(QLabel *label, const QString &text)
{
    if (label->text() != text)
        label->setText(text);
}

void JobPane::refreshHead()
{
    if (!m_job)
        return;
    const Job &job = *m_job;
    setText(m_title, job.host.isEmpty() ? job.title : tr("%1 · %2", "a job, its host").arg(job.title, job.host));
    QStringList figures;
    for (const QString &part : {Words::percent(job), Words::eta(job)}) {
        if (!part.isEmpty())
            figures.append(part);
    }
    setText(m_figures, figures.join(QStringLiteral("   ")));
    m_figures->setVisible(!figures.isEmpty());
    const bool waits = job.state == State::Queued || job.state == State::Held;
    const bool guessed = std::any_of(job.steps.begin(), job.steps.end(),
                                     [](const Step &step) { return step.estimated && !isFinal(step.state); });
    const bool busy = job.state == State::Running && !lost();
    m_bar->set(job.state, waits ? std::optional<double>(0) : jobFraction(job), guessed && !isFinal(job.state), busy);
    m_bar->setAccessibleDescription(figures.isEmpty() ? Words::state(job.state)
                                                      : figures.join(tr(", ", "between parts of a line")));
}

void JobPane::refreshState()
{
    if (!m_job)
        return;
    const Job &job = *m_job;
    const bool final = isFinal(job.state);
    const bool waits = job.state == State::Queued || job.state == State::Held;
    QStringList parts;
    if (job.state == State::Running || job.state == State::Succeeded)
        parts.append(Words::state(job.state));
    if (const QString doing = Words::doing(job); !doing.isEmpty())
        parts.append(doing);
    if (waits && !job.waitingFor.isEmpty())
        parts.append(tr("waits for %1").arg(job.waitingFor.join(tr(", ", "between parts of a line"))));
    if (job.attempt > 1)
        parts.append(tr("attempt %1").arg(job.attempt));
    if (job.started && job.finished && final) {
        parts.append(tr("started %1", "a date and time").arg(clock(*job.started)));
        parts.append(tr("took %1", "a duration").arg(Words::duration(*job.finished - *job.started)));
    } else if (job.started && !final) {
        parts.append(tr("started %1", "a date and time").arg(clock(*job.started)));
        parts.append(tr("for %1", "a duration").arg(Words::duration(now() - *job.started)));
    } else if (waits && job.created > 0) {
        parts.append(tr("since %1", "a date and time").arg(clock(job.created)));
    }
    setText(m_state, parts.join(QStringLiteral(" · ")));

    m_age->setVisible(lost());
    if (hostLost()) {
        setText(m_age,
                tr("%1 cannot be reached, what is shown is from %2", "a host, 4 min ago")
                    .arg(m_job->host, Words::ago(present() - *m_job->lostSince)));
    } else if (lost()) {
        const QString age = tr("The hub cannot be reached, what is shown is from %1", "4 min ago")
                                .arg(Words::ago(present() - m_view.status().since));
        const QString &reason = m_view.status().reason;
        setText(m_age, reason.isEmpty() ? age : tr("%1 (%2)", "a sentence, a reason").arg(age, reason));
    }
}

void JobPane::refreshError()
{
    const bool trouble = m_job && hasTrouble(*m_job);
    m_error->setVisible(trouble);
    if (!trouble)
        return;
    const Job &job = *m_job;
    const Step *step = troubledStep(job);
    const Failure failure = step && step->error ? *step->error : job.error.value_or(Failure{});
    const bool own = !step || step->title == job.title || !job.command.isEmpty(); // a command is its only step
    QString title = own ? tr("%1 on %2", "failed on a host") : tr("%1 %2 on %3", "a step failed on a host");
    const State state = step && isFinal(step->state) && !satisfiesNeeds(step->state) ? step->state : job.state;
    if (!own)
        title = title.arg(step->title);
    title = title.arg(Words::state(state), job.host);
    const auto &from = step && step->started ? step->started : job.started;
    const auto &to = step && step->finished ? step->finished : job.finished;
    if (from && to)
        title = tr("%1 after %2", "failed, a duration").arg(title, Words::duration(*to - *from));
    setText(m_errorTitle, title);
    QString message = failure.message;
    if (message.isEmpty() && job.error)
        message = job.error->message;
    setText(m_errorText, shortened(message));
    m_errorText->setVisible(!message.isEmpty());
    const QString last = failure.lastLine == message ? QString() : failure.lastLine;
    setText(m_errorLine, shortened(last));
    m_errorLine->setToolTip(shortened(last).toHtmlEscaped());
    m_errorLine->setVisible(!last.isEmpty());
    m_error->setAccessibleDescription(title + u' ' + message);
}

static QString plain(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::String: return value.toString();
    case QJsonValue::Bool:
    case QJsonValue::Double: return value.toVariant().toString();
    case QJsonValue::Array: return QString::fromUtf8(QJsonDocument(value.toArray()).toJson(QJsonDocument::Compact));
    case QJsonValue::Object: return QString::fromUtf8(QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact));
    default: return {};
    }
}

void JobPane::refreshDetails()
{
    std::vector<std::pair<QString, QString>> facts;
    const auto fact = [&facts](const QString &name, const QString &value) {
        if (!value.isEmpty())
            facts.emplace_back(name, value);
    };
    if (m_job) {
        const Job &job = *m_job;
        for (auto it = job.params.begin(); it != job.params.end(); ++it)
            facts.emplace_back(it.key(), plain(it.value()));
        fact(tr("Pipeline"), job.pipeline);
        QStringList command = job.command;
        for (QString &word : command) {
            if (word.isEmpty() || word.contains(u' '))
                word = u'"' + word + u'"';
        }
        fact(tr("Command"), command.join(u' '));
        fact(tr("Group"), job.group);
        fact(tr("Source"), job.source);
        fact(tr("Host"), job.host);
        fact(tr("Queued"), job.created > 0 ? clock(job.created) : QString());
        fact(tr("Started"), job.started ? clock(*job.started) : QString());
        fact(tr("Finished"), job.finished ? clock(*job.finished) : QString());
        fact(tr("Part of"), job.parent);
        fact(tr("Id"), job.id);
    }
    if (facts == m_shownFacts)
        return;
    const auto params = m_job ? static_cast<std::size_t>(m_job->params.size()) : 0;
    // Nothing is rebuilt under a selection unless it is another fact.
    while (m_facts->rowCount() > 0)
        m_facts->removeRow(0);
    m_shownFacts = std::move(facts);
    const Qt::Alignment side =
        (layoutDirection() == Qt::LeftToRight ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignAbsolute | Qt::AlignTop;
    const auto heading = [this, side](const QString &text) {
        auto *label = new QLabel(text);
        QFont bold = label->font();
        bold.setBold(true);
        label->setFont(bold);
        label->setAlignment(side);
        m_facts->addRow(label);
    };
    for (std::size_t i = 0; i < m_shownFacts.size(); ++i) {
        if (i == 0 && params > 0)
            heading(tr("Parameters"));
        if (i == params)
            heading(tr("Facts"));
        const auto &[name, value] = m_shownFacts[i];
        auto *label = textLabel(nullptr);
        label->setText(value);
        label->setAccessibleDescription(name);
        label->setAlignment(side);
        auto *key = new QLabel(tr("%1:", "name of a fact").arg(name));
        key->setTextFormat(Qt::PlainText);
        m_facts->addRow(key, label);
    }
}

void JobPane::refreshActions()
{
    const auto can = [this](Action action) { return m_job && !lost() && JobActions::can(action, *m_job); };
    for (const auto &[which, made] : m_actions)
        made->setEnabled(can(which));
    m_pause->setEnabled(can(Action::PauseNow) || can(Action::PauseAfterStep));
    m_retryFrom->setEnabled(can(Action::Retry) && troubledStep(*m_job));
}

void JobPane::openStep(const QString &step)
{
    showTab(Tab::Output);
    Q_EMIT stepChosen(step);
}

void JobPane::showOutput(const QString &step)
{
    showTab(Tab::Output);
    Q_EMIT outputWanted(step);
}

void JobPane::showMenu(const QString &id, const QPoint &globalPosition)
{
    const Step *step = m_job ? m_job->findStep(id) : nullptr;
    if (!step)
        return;
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Show &Output"), this, [this, id] { showOutput(id); });
    const QString job = m_id;
    auto *retry = menu->addAction(tr("&Retry from Here"), this, [this, job, id] { m_wishes.retry(job, id); });
    retry->setEnabled(!lost() && JobActions::can(Action::Retry, *m_job));
    auto *cancel = menu->addAction(tr("&Cancel This Step"), this, [this, job, id] { m_wishes.cancel(job, id); });
    cancel->setEnabled(!lost() && JobActions::can(Action::Cancel, *m_job) && step->started && !isFinal(step->state)
                       && step->state != State::Queued && step->state != State::Cancelling);
    menu->popup(globalPosition);
}

void JobPane::tick()
{
    if (!m_job || !isVisible())
        return;
    refreshState();
    if (lost() || isFinal(m_job->state))
        return;
    m_model->tick(now());
    if (m_timeline->isVisible())
        m_timeline->tick(now());
}

void JobPane::keepTime()
{
    const bool passes =
        m_job && isVisible() && (lost() || (m_job->started && !isFinal(m_job->state)) || m_model->ticks());
    constexpr int second = 1000;
    if (!passes)
        m_timer.stop();
    else if (!m_timer.isActive())
        m_timer.start(second, this);
}

void JobPane::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    tick();
    keepTime();
}

void JobPane::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_timer.stop();
}

void JobPane::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_timer.timerId())
        tick();
}

void JobPane::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (m_tabs
        && (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange
            || event->type() == QEvent::LayoutDirectionChange))
        retint();
}

void JobPane::retint()
{
    QFont large = font();
    constexpr double larger = 1.25;
    large.setPointSizeF(large.pointSizeF() * larger);
    large.setBold(true);
    m_title->setFont(large);
    m_figures->setFont(large);
    QFont bold = font();
    bold.setBold(true);
    m_errorTitle->setFont(bold);
    QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    fixed.setPointSizeF(font().pointSizeF());
    m_errorLine->setFont(fixed);
    // Else names and words of another direction than the window's would stand at the wrong side.
    const bool left = layoutDirection() == Qt::LeftToRight;
    for (QLabel *label : {m_title, m_state, m_age, m_errorTitle, m_errorText, m_errorLine})
        label->setAlignment((left ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignAbsolute | Qt::AlignTop);
    m_figures->setAlignment((left ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignAbsolute | Qt::AlignTop);

    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, look::quiet(quiet));
    m_state->setPalette(quiet);
    m_nothing->setPalette(quiet);
    m_title->setPalette(lost() ? quiet : palette());
    m_figures->setPalette(lost() ? quiet : palette());
    QPalette warns = palette();
    warns.setColor(QPalette::WindowText, look::colour(State::Paused, warns));
    m_age->setPalette(warns);

    // The frame in the colour of failures, its ground a breath of it; what is written keeps the palette's contrast.
    const QColor ink = look::colour(State::Failed, palette());
    const QColor base = palette().color(QPalette::Base);
    constexpr float breath = 0.1F;
    const auto mix = [](float from, float to) { return from + (to - from) * breath; };
    QPalette box = palette();
    box.setColor(QPalette::Window,
                 QColor::fromRgbF(mix(base.redF(), ink.redF()), mix(base.greenF(), ink.greenF()),
                                  mix(base.blueF(), ink.blueF())));
    // Said outright, else the frame's red would be theirs too.
    box.setColor(QPalette::WindowText, palette().color(QPalette::WindowText));
    m_errorText->setPalette(box);
    m_errorLine->setPalette(box);
    QPalette red = box;
    red.setColor(QPalette::WindowText, ink);
    m_errorTitle->setPalette(red);
    m_error->setPalette(red);
}

} // namespace stepwire
