#include "ui/list/job_list_view.h"

#include "core/view/words.h"
#include "ui/look/look.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QDateTime>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLocale>
#include <QMenu>
#include <QPainter>
#include <QPointer>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QStyledItemDelegate>

#include <algorithm>

namespace stepwire {

namespace {

using Action = JobActions::Action;
using JobState = stepwire::State; // a view has states of its own

constexpr qint64 second = 1000;
constexpr qint64 minute = 60 * second;

QColor mix(const QColor &below, const QColor &above, double share)
{
    const auto channel = [share](int low, int high) { return static_cast<int>(low + (high - low) * share); };
    return {channel(below.red(), above.red()), channel(below.green(), above.green()),
            channel(below.blue(), above.blue())};
}

} // namespace

/// Draws a row: a group's title, or a job on two lines. Tells the view what of it goes stale by itself.
class JobListView::Delegate : public QStyledItemDelegate
{
    Q_DECLARE_TR_FUNCTIONS(stepwire::JobListView)

public:
    Delegate(JobListModel &model, JobListView &view) : QStyledItemDelegate(&view), m_model(model), m_view(view) { }

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex & /*index*/) const override
    {
        // The same for all, so that ten thousand rows need not be measured.
        const int line = option.fontMetrics.height();
        return {line * 8, 2 * line + 3 * pad(option)};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        painter->save();
        if (const JobPtr job = m_model.job(index))
            paintJob(*painter, option, *job);
        else
            paintGroup(*painter, option, index);
        painter->restore();
    }

private:
    /// Takes pieces off a line, from its start or its end, in the direction of reading.
    class Line
    {
    public:
        Line(QPainter &painter, const QStyleOptionViewItem &option, const QRect &rect)
            : m_painter(painter), m_option(option), m_all(option.rect), m_rest(rect)
        {
        }

        [[nodiscard]] int width() const { return std::max(m_rest.width(), 0); }
        /// Where something so wide at the start is drawn.
        QRect start(int wide, int gap)
        {
            QRect place = m_rest;
            place.setWidth(std::min(wide, width()));
            m_rest.setLeft(place.right() + 1 + gap);
            return QStyle::visualRect(m_option.direction, m_all, place);
        }
        void startText(const QString &text, const QFont &font, const QColor &colour, int atMost, int gap)
        {
            const QFontMetrics metrics(font);
            const QString shown = metrics.elidedText(text, Qt::ElideRight, std::min(atMost, width()));
            draw(start(metrics.horizontalAdvance(shown), gap), shown, font, colour);
        }
        void endText(const QString &text, const QFont &font, const QColor &colour, int gap)
        {
            if (text.isEmpty())
                return;
            QRect place = m_rest;
            place.setLeft(std::max(place.left(), place.right() + 1 - QFontMetrics(font).horizontalAdvance(text)));
            m_rest.setRight(place.left() - 1 - gap);
            draw(QStyle::visualRect(m_option.direction, m_all, place), text, font, colour);
        }

    private:
        void draw(const QRect &place, const QString &text, const QFont &font, const QColor &colour)
        {
            m_painter.setFont(font);
            m_painter.setPen(colour);
            // Each text reads in its own direction, as names and figures of another script do.
            m_painter.setLayoutDirection(Qt::LayoutDirectionAuto);
            // The place is as wide as the text: centred it stands right in both directions.
            m_painter.drawText(place, Qt::AlignCenter | Qt::TextSingleLine | Qt::TextDontClip, text);
        }

        QPainter &m_painter;
        const QStyleOptionViewItem &m_option;
        QRect m_all;
        QRect m_rest;
    };

    static int pad(const QStyleOptionViewItem &option) { return std::max(3, option.fontMetrics.height() / 3); }

    void paintGroup(QPainter &painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
    {
        QFont font = option.font;
        font.setWeight(QFont::DemiBold);
        constexpr qreal airy = 104;
        font.setLetterSpacing(QFont::PercentageSpacing, airy);
        const int space = pad(option);
        QRect rect = option.rect.adjusted(2 * space, 0, -2 * space, -space);
        rect.setTop(rect.bottom() + 1 - option.fontMetrics.height());
        Line(painter, option, rect)
            .startText(index.data(Qt::DisplayRole).toString(), font, look::quiet(option.palette), rect.width(), 0);
    }

    void paintBackground(QPainter &painter, const QStyleOptionViewItem &option) const
    {
        // A tint rather than the full highlight: the colours of states must stay what they are, and readable.
        const QColor base = option.palette.color(QPalette::Base);
        const QPalette::ColorGroup group = option.state & QStyle::State_Active ? QPalette::Active : QPalette::Inactive;
        const QColor light = option.palette.color(group, QPalette::Highlight);
        if (option.state & QStyle::State_Selected) {
            constexpr double tint = 0.16;
            painter.fillRect(option.rect, mix(base, light, tint));
            QRect mark = option.rect;
            mark.setWidth(std::max(3, pad(option) / 2));
            painter.fillRect(QStyle::visualRect(option.direction, option.rect, mark), light);
        } else if (option.state & QStyle::State_MouseOver) {
            constexpr double tint = 0.06;
            painter.fillRect(option.rect, mix(base, option.palette.color(QPalette::Text), tint));
        }
        if ((option.state & QStyle::State_HasFocus) && (option.state & QStyle::State_Selected)) {
            painter.setPen(light);
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1));
        }
    }

    void paintJob(QPainter &painter, const QStyleOptionViewItem &option, const Job &job) const
    {
        paintBackground(painter, option);
        const UnixMs now = m_model.now();
        const UnixMs staleSince = m_model.staleSince(job);
        const bool selected = option.state & QStyle::State_Selected;
        const QColor text = option.palette.color(QPalette::Text);
        const QColor quiet = selected ? mix(look::quiet(option.palette), text, 0.5) : look::quiet(option.palette);
        const QColor first = staleSince ? quiet : text;
        const int height = option.fontMetrics.height();
        const int space = pad(option);
        constexpr qreal faded = 0.45;
        const qreal strength = staleSince ? faded : 1;

        QRect rect = option.rect.adjusted(2 * space, space, -2 * space, 0);
        rect.setHeight(height);
        Line upper(painter, option, rect);
        painter.setOpacity(strength);
        look::drawGlyph(painter, QRectF(upper.start(height, space)), job.state, option.palette);
        painter.setOpacity(1);
        const bool ended = isFinal(job.state);
        QString figure = Words::percent(job);
        if (ended && job.started && job.finished)
            figure = Words::duration(*job.finished - *job.started);
        upper.endText(figure, option.font, ended ? quiet : first, 2 * space);
        QFont strong = option.font;
        strong.setWeight(QFont::DemiBold);
        const QString host = hostOf(job);
        const int hostWide =
            host.isEmpty() ? 0 : std::min(option.fontMetrics.horizontalAdvance(host) + 1, upper.width() / 3);
        upper.startText(m_model.title(job), strong, first, upper.width() - hostWide - (hostWide ? 2 * space : 0),
                        2 * space);
        if (hostWide)
            upper.startText(host, option.font, quiet, hostWide, 0);

        rect.translate(0, height + space);
        rect.setLeft(rect.left() + height + space);
        Line lower(painter, option, rect);
        const int wide = lower.width();
        lower.endText(lastWord(job, now, staleSince, option.rect), option.font, quiet, 2 * space);
        if (!ended && job.state != JobState::Queued && job.state != JobState::Held)
            paintBar(painter, option, job, lower, wide, strength, staleSince != 0);
        const bool bad = job.state == JobState::Failed || job.state == JobState::TimedOut;
        lower.startText(words(job), option.font,
                        bad            ? look::colour(job.state, option.palette)
                            : selected ? text
                                       : quiet,
                        lower.width(), 0);
    }

    void paintBar(QPainter &painter, const QStyleOptionViewItem &option, const Job &job, Line &line, int whole,
                  qreal strength, bool stale) const
    {
        // As long in every row, so that rows can be compared.
        constexpr double share = 0.3;
        const int height = option.fontMetrics.height();
        const int wide = std::min({static_cast<int>(whole * share), 12 * height, line.width()});
        const QRect place = line.start(wide, 2 * pad(option));
        const int thick = std::max(4, height * 2 / 5);
        const QRect bar(place.left(), place.center().y() - thick / 2 + 1, place.width(), thick);
        std::optional<double> fraction = jobFraction(job);
        if (!fraction && (stale || job.state == JobState::Paused))
            fraction = 0; // it does not move
        const bool guessed = std::any_of(job.steps.begin(), job.steps.end(),
                                         [](const Step &step) { return step.estimated && !isFinal(step.state); });
        if (!fraction)
            m_view.noteBusy(bar);
        painter.setOpacity(strength);
        painter.setLayoutDirection(option.direction);
        look::drawBar(painter, QRectF(bar), fraction, job.state, option.palette, m_view.phase(), guessed);
        painter.setOpacity(1);
    }

    [[nodiscard]] QString hostOf(const Job &job) const
    {
        return !job.host.isEmpty() && job.host == m_model.hub().status().host ? tr("here", "on this host") : job.host;
    }

    [[nodiscard]] static QString words(const Job &job)
    {
        if (isFinal(job.state)) {
            const QString outcome = Words::outcome(job);
            return job.error && !job.error->message.isEmpty()
                ? tr("%1, %2", "failed: a step, why").arg(outcome, job.error->message)
                : outcome;
        }
        const QString doing = Words::doing(job);
        if ((job.state != JobState::Queued && job.state != JobState::Held) || job.waitingFor.isEmpty())
            return doing;
        const QString waits = tr("waits for %1").arg(QLocale().createSeparatedList(job.waitingFor));
        return tr("%1, %2", "#1 in the queue, waits for a thing").arg(doing, waits);
    }

    /// The end of the second line: time to come, age, or the time of day.
    [[nodiscard]] QString lastWord(const Job &job, UnixMs now, UnixMs staleSince, const QRect &row) const
    {
        const auto age = [&](UnixMs since) {
            m_view.noteAge(row, now - since);
            return Words::ago(now - since);
        };
        if (staleSince)
            return tr("last seen %1", "4 min ago").arg(age(staleSince));
        if (!isFinal(job.state))
            return Words::eta(job);
        if (!job.finished)
            return {};
        if (now - *job.finished < 60 * minute)
            return age(*job.finished);
        return QLocale().toString(QDateTime::fromMSecsSinceEpoch(*job.finished).time(), QLocale::ShortFormat);
    }

    JobListModel &m_model;
    JobListView &m_view;
};

JobListView::JobListView(JobListModel &model, JobActions &actions, QWidget *parent)
    : QTreeView(parent), m_model(model), m_actions(actions), m_delegate(new Delegate(model, *this))
{
    setItemDelegate(m_delegate);
    setModel(&m_model);
    setHeaderHidden(true);
    setRootIsDecorated(false);
    setItemsExpandable(false);
    setExpandsOnDoubleClick(false);
    setIndentation(0);
    setUniformRowHeights(true);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSelectionMode(SingleSelection);
    setEditTriggers(NoEditTriggers);
    setFrameShape(QFrame::NoFrame);
    setTabKeyNavigation(false);
    viewport()->setAttribute(Qt::WA_Hover);
    setAccessibleName(tr("Jobs"));
    expandAll();

    constexpr int frame = 50;
    m_animation.setInterval(frame);
    connect(&m_animation, &QTimer::timeout, this, &JobListView::animate);
    m_clock.start();
    m_ageing.setSingleShot(true);
    connect(&m_ageing, &QTimer::timeout, this, &JobListView::refreshAges);
    connect(this, &QTreeView::activated, this, [this](const QModelIndex &index) {
        if (const JobPtr job = m_model.job(index))
            Q_EMIT jobActivated(job->id);
    });
    connect(&m_model.hub(), &HubView::updated, this, &JobListView::forgetGone);
    // After the selection model, which has forgotten everything by then.
    connect(&m_model, &QAbstractItemModel::modelReset, this, &JobListView::restoreChosen);
}

JobListView::~JobListView() = default;

// Which one is chosen.

void JobListView::selectJob(const QString &id)
{
    const bool another = id != m_chosen;
    m_chosen = id;
    m_chosenKnown = m_model.hub().find(id) != nullptr;
    {
        const QScopedValueRollback guard(m_restoring, true);
        const QModelIndex index = m_model.indexOf(id);
        if (index.isValid()) {
            setCurrentIndex(index);
            scrollTo(index);
        } else {
            selectionModel()->clear();
        }
    }
    if (another)
        Q_EMIT jobChosen(id);
}

void JobListView::currentChanged(const QModelIndex &current, const QModelIndex &previous)
{
    QTreeView::currentChanged(current, previous);
    const JobPtr job = m_model.job(current);
    if (m_restoring || !job || job->id == m_chosen)
        return;
    m_chosen = job->id;
    m_chosenKnown = true;
    Q_EMIT jobChosen(m_chosen);
}

void JobListView::restoreChosen()
{
    if (m_chosen.isEmpty() || currentIndex().isValid())
        return;
    if (const QModelIndex index = m_model.indexOf(m_chosen); index.isValid()) {
        const QScopedValueRollback guard(m_restoring, true);
        // Without scrolling: what a person reads stays where it is.
        const bool scrolls = hasAutoScroll();
        setAutoScroll(false);
        setCurrentIndex(index);
        setAutoScroll(scrolls);
    }
}

void JobListView::forgetGone()
{
    if (m_chosen.isEmpty())
        return;
    if (m_model.hub().find(m_chosen)) {
        m_chosenKnown = true;
    } else if (m_chosenKnown) {
        m_chosen.clear();
        m_chosenKnown = false;
        Q_EMIT jobChosen(m_chosen);
    }
}

void JobListView::rowsInserted(const QModelIndex &parent, int start, int end)
{
    QTreeView::rowsInserted(parent, start, end);
    if (!parent.isValid()) {
        for (int row = start; row <= end; ++row)
            expand(m_model.index(row, 0));
    }
    restoreChosen();
}

void JobListView::rowsAboutToBeRemoved(const QModelIndex &parent, int start, int end)
{
    // Else the neighbour would become the chosen one, which nobody asked for.
    const QModelIndex current = currentIndex();
    if (current.isValid() && current.parent() == parent && current.row() >= start && current.row() <= end) {
        const QScopedValueRollback guard(m_restoring, true);
        selectionModel()->clear();
    }
    QTreeView::rowsAboutToBeRemoved(parent, start, end);
}

void JobListView::reset()
{
    const int place = verticalScrollBar()->value();
    {
        const QScopedValueRollback guard(m_restoring, true);
        QTreeView::reset();
    }
    if (!model())
        return;
    expandAll();
    verticalScrollBar()->setValue(place);
}

void JobListView::doItemsLayout()
{
    const QScopedValueRollback guard(m_layingOut, true);
    QTreeView::doItemsLayout();
    // One who reads further down goes on reading there; one at the upper end sees what comes. A row that went to
    // another group is not followed.
    QScrollBar *bar = verticalScrollBar();
    if (!m_anchor.isValid() || bar->value() == 0
        || m_anchor.data(JobListModel::GroupKeyRole).toString() != m_anchorGroup)
        return;
    if (const int moved = visualRect(m_anchor).top() - m_anchorTop)
        bar->setValue(bar->value() + moved);
}

void JobListView::scrollTo(const QModelIndex &index, ScrollHint hint)
{
    // With the first of a group its title comes into sight, which the keys cannot stand on.
    if (hint == EnsureVisible && index.row() == 0 && index.parent().isValid())
        QTreeView::scrollTo(index.parent(), hint);
    QTreeView::scrollTo(index, hint);
}

void JobListView::keyboardSearch(const QString & /*search*/)
{
    // Letters are keys of actions here; the filter is what finds.
}

// What is drawn.

void JobListView::drawRow(QPainter *painter, const QStyleOptionViewItem &options, const QModelIndex &index) const
{
    QStyleOptionViewItem option = options;
    option.state.setFlag(QStyle::State_Selected, selectionModel()->isSelected(index));
    option.state.setFlag(QStyle::State_HasFocus, hasFocus() && currentIndex() == index);
    option.state.setFlag(QStyle::State_MouseOver, m_mouse && option.rect.contains(*m_mouse));
    m_delegate->paint(painter, option, index);
}

QString JobListView::emptyText() const
{
    if (m_model.rowCount() > 0)
        return {};
    if (m_model.hub().jobs().empty())
        return tr("No jobs yet");
    if (m_model.filterText().isEmpty())
        return tr("No jobs on %1").arg(m_model.filterHost());
    return m_model.filterHost().isEmpty()
        ? tr("No job matches “%1”").arg(m_model.filterText())
        : tr("No job on %1 matches “%2”").arg(m_model.filterHost(), m_model.filterText());
}

void JobListView::paintEvent(QPaintEvent *event)
{
    QTreeView::paintEvent(event);
    if (const QModelIndex first = indexAt(QPoint(viewport()->width() / 2, 0)); first != m_anchor) {
        m_anchor = first;
        m_anchorGroup = first.data(JobListModel::GroupKeyRole).toString();
    }
    m_anchorTop = visualRect(m_anchor).top();
    const QString text = emptyText();
    if (text != accessibleDescription())
        setAccessibleDescription(text);
    if (text.isEmpty())
        return;
    QPainter painter(viewport());
    painter.setPen(look::quiet(palette()));
    const int margin = 2 * fontMetrics().height();
    painter.drawText(viewport()->rect().adjusted(margin, margin, -margin, -margin),
                     Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, text);
}

void JobListView::scrollContentsBy(int dx, int dy)
{
    QTreeView::scrollContentsBy(dx, dy);
    if (!m_layingOut)
        m_anchorTop += dy; // somebody scrolls, and nothing is painted yet
    // What was noted stands elsewhere now.
    if (!m_busy.isEmpty() || !m_aged.isEmpty())
        viewport()->update();
}

double JobListView::phase() const
{
    constexpr qint64 round = 1600;
    return static_cast<double>(m_clock.elapsed() % round) / static_cast<double>(round);
}

void JobListView::noteBusy(const QRect &rect)
{
    m_busy += rect;
    if (!m_animation.isActive())
        m_animation.start();
}

void JobListView::animate()
{
    // Whoever is still busy and in sight notes itself again when painted.
    const QRegion region = std::exchange(m_busy, {});
    if (region.isEmpty())
        m_animation.stop();
    else
        viewport()->update(region);
}

void JobListView::noteAge(const QRect &rect, qint64 age)
{
    m_aged += rect;
    const bool young = age < 2 * minute;
    if (m_ageing.isActive() && (m_young || !young))
        return;
    m_young = young;
    m_ageing.start(static_cast<int>(young ? second : minute / 2));
}

void JobListView::refreshAges()
{
    m_young = false;
    viewport()->update(std::exchange(m_aged, {}));
}

// What can be asked.

JobPtr JobListView::currentJob() const
{
    return m_model.job(currentIndex());
}

std::optional<JobActions::Action> JobListView::wished(const QKeyEvent &event) const
{
    const JobPtr job = currentJob();
    if (!job)
        return {};
    const auto first = [&job](std::initializer_list<Action> actions) -> std::optional<Action> {
        for (const Action action : actions) {
            if (JobActions::can(action, *job))
                return action;
        }
        return {};
    };
    const Qt::KeyboardModifiers modifiers = event.modifiers() & ~Qt::KeypadModifier;
    if (modifiers == Qt::ControlModifier) {
        switch (event.key()) {
        case Qt::Key_R: return event.isAutoRepeat() ? std::nullopt : first({Action::Retry});
        case Qt::Key_Up: return first({Action::MoveUp});
        case Qt::Key_Down: return first({Action::MoveDown});
        default: return {};
        }
    }
    if (modifiers != Qt::NoModifier || event.isAutoRepeat())
        return {};
    switch (event.key()) {
    case Qt::Key_Delete: return first({Action::Cancel});
    case Qt::Key_Space: return first({Action::Resume, Action::PauseNow});
    case Qt::Key_H: return first({Action::Release, Action::Hold});
    default: return {};
    }
}

bool JobListView::viewportEvent(QEvent *event)
{
    // Remembered, since to ask where it is means to wait for the display, for each row that is drawn.
    switch (event->type()) {
    case QEvent::HoverEnter:
    case QEvent::HoverMove: m_mouse = static_cast<QHoverEvent *>(event)->position().toPoint(); break;
    case QEvent::HoverLeave:
    case QEvent::Hide: m_mouse.reset(); break;
    default: break;
    }
    return QTreeView::viewportEvent(event);
}

bool JobListView::event(QEvent *event)
{
    // These keys are the list's while it has the focus, whatever the window would do at them.
    if (event->type() == QEvent::ShortcutOverride && wished(*static_cast<QKeyEvent *>(event))) {
        event->accept();
        return true;
    }
    return QTreeView::event(event);
}

void JobListView::keyPressEvent(QKeyEvent *event)
{
    if (const auto action = wished(*event)) {
        m_actions.perform(*action, currentJob()->id);
        event->accept();
        return;
    }
    // A space that cannot pause would select, Ctrl with an arrow would leave the selection behind.
    const bool ours = event->key() == Qt::Key_Space
        || ((event->modifiers() & Qt::ControlModifier) && (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down));
    if (!ours)
        QTreeView::keyPressEvent(event);
}

void JobListView::contextMenuEvent(QContextMenuEvent *event)
{
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex index = byKey ? currentIndex() : indexAt(event->pos());
    const JobPtr job = m_model.job(index);
    if (!job)
        return;
    struct Item
    {
        Action action;
        QString text;
        QKeySequence key;
    };
    const bool running = !isFinal(job->state) && job->state != JobState::Queued && job->state != JobState::Held;
    const std::vector<Item> items = {
        {Action::PauseNow, tr("&Pause"), Qt::Key_Space},
        {Action::PauseAfterStep, tr("Pause &after this step"), {}},
        {Action::Resume, tr("&Resume"), Qt::Key_Space},
        {Action::Hold, tr("&Hold"), Qt::Key_H},
        {Action::Release, tr("&Release"), Qt::Key_H},
        {Action::MoveUp, tr("Move &up in the queue"), Qt::CTRL | Qt::Key_Up},
        {Action::MoveDown, tr("Move &down in the queue"), Qt::CTRL | Qt::Key_Down},
        {Action::Retry, tr("Re&try"), Qt::CTRL | Qt::Key_R},
        {Action::Cancel, running ? tr("&Cancel") : tr("Take &out of the queue"), Qt::Key_Delete},
    };
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const Item &item : items) {
        if (!JobActions::can(item.action, *job))
            continue;
        QAction *entry = menu->addAction(item.text);
        entry->setShortcut(item.key);
        entry->setShortcutContext(Qt::WidgetShortcut); // shown here; the list itself listens
        entry->setShortcutVisibleInContextMenu(true);
        connect(entry, &QAction::triggered, &m_actions,
                [&actions = m_actions, action = item.action, id = job->id] { actions.perform(action, id); });
    }
    if (!menu->isEmpty())
        menu->addSeparator();
    connect(menu->addAction(tr("Copy r&eport")), &QAction::triggered, this,
            [job] { QApplication::clipboard()->setText(JobActions::report(*job)); });
    menu->popup(byKey ? viewport()->mapToGlobal(visualRect(index).center()) : event->globalPos());
    event->accept();
}

} // namespace stepwire
