#include "ui/output/output_view.h"

#include "ui/output/output_pane.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace stepwire {

namespace {

bool isZoomIn(const QKeyEvent &event)
{
    return event.matches(QKeySequence::ZoomIn)
        || (event.modifiers().testFlag(Qt::ControlModifier)
            && (event.key() == Qt::Key_Plus || event.key() == Qt::Key_Equal));
}

bool isZoomReset(const QKeyEvent &event)
{
    return event.modifiers().testFlag(Qt::ControlModifier) && event.key() == Qt::Key_0;
}

} // namespace

OutputView::OutputView(HubView &view, QWidget *parent) : QWidget(parent), m_view(view)
{
    build();
    fillSteps();
    connect(&m_view, &HubView::outputReceived, this, &OutputView::take);
    connect(&m_view, &HubView::updated, this, [this](const HubView::Update &update) {
        for (const HubView::Change &change : update.changes) {
            if (m_job && change.after && change.after->id == m_job->id)
                return setJob(change.after);
        }
    });
}

void OutputView::build()
{
    m_pane = new OutputPane(this);
    connect(m_pane, &OutputPane::linkActivated, this, &OutputView::linkActivated);
    connect(m_pane, &OutputPane::matchesChanged, this, &OutputView::tellMatches);
    connect(m_pane, &OutputPane::findRequested, this, &OutputView::openSearch);

    const auto button = [this](const QString &text, const QString &tip, const QString &icon) {
        auto *made = new QToolButton(this);
        made->setText(text);
        made->setToolTip(tip);
        made->setAccessibleDescription(tip);
        made->setAutoRaise(true);
        made->setFocusPolicy(Qt::TabFocus);
        made->setIcon(QIcon::fromTheme(icon));
        made->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        return made;
    };

    m_steps = new QComboBox(this);
    m_steps->setAccessibleName(tr("Step"));
    m_steps->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_steps->setMaximumWidth(fontMetrics().averageCharWidth() * 40);
    auto *label = new QLabel(tr("&Output of"), this);
    label->setBuddy(m_steps);
    connect(m_steps, &QComboBox::activated, this, [this](int index) { setStep(m_steps->itemData(index).toString()); });
    auto *find = button(tr("&Find"), tr("Search in the output (Ctrl+F)"), QStringLiteral("edit-find"));
    connect(find, &QToolButton::clicked, this, &OutputView::openSearch);
    auto *copy = button(tr("&Copy"), tr("Copy what is selected, or all of the output"), QStringLiteral("edit-copy"));
    connect(copy, &QToolButton::clicked, m_pane, &OutputPane::copy);

    constexpr int edge = 4;
    constexpr int gap = 6;
    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(edge, edge, edge, edge);
    bar->setSpacing(gap);
    bar->addWidget(label);
    bar->addWidget(m_steps);
    bar->addStretch();
    bar->addWidget(find);
    bar->addWidget(copy);

    m_search = new QWidget(this);
    auto *searchBar = new QHBoxLayout(m_search);
    searchBar->setContentsMargins(edge, edge, edge, edge);
    searchBar->setSpacing(gap);
    m_needle = new QLineEdit(m_search);
    m_needle->setPlaceholderText(tr("Search in the output"));
    m_needle->setAccessibleName(tr("Search in the output"));
    m_needle->setClearButtonEnabled(true);
    connect(m_needle, &QLineEdit::textChanged, m_pane, &OutputPane::search);
    m_matches = new QLabel(m_search);
    m_matches->setMinimumWidth(fontMetrics().averageCharWidth() * 12);
    m_matches->setAccessibleDescription(tr("Matches"));
    auto *previous = button(tr("&Previous"), tr("The match before (Shift+F3)"), QStringLiteral("go-up"));
    connect(previous, &QToolButton::clicked, m_pane, [this] { m_pane->searchNext(true); });
    auto *next = button(tr("&Next"), tr("The next match (F3)"), QStringLiteral("go-down"));
    connect(next, &QToolButton::clicked, m_pane, [this] { m_pane->searchNext(); });
    auto *close = button(tr("C&lose"), tr("Close the search (Esc)"), QStringLiteral("window-close"));
    connect(close, &QToolButton::clicked, this, &OutputView::closeSearch);
    searchBar->addWidget(m_needle, 1);
    searchBar->addWidget(m_matches);
    searchBar->addWidget(previous);
    searchBar->addWidget(next);
    searchBar->addWidget(close);
    m_search->hide();

    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(bar);
    all->addWidget(m_pane, 1);
    all->addWidget(m_search);
    setFocusProxy(m_pane);
}

void OutputView::setJob(const JobPtr &job)
{
    const bool same = job && m_job && job->id == m_job->id && job->attempt == m_job->attempt;
    const bool otherJob = !job || !m_job || job->id != m_job->id;
    const QString before = m_job ? m_job->id : QString();
    m_job = job;
    if (!same) {
        m_pane->clear();
        if (otherJob)
            setStep({});
    }
    m_pane->setJob(job);
    m_pane->setAccessibleName(job ? tr("Output of %1").arg(job->title) : tr("Output"));
    fillSteps();
    if (same)
        return;
    // Another may have asked for another job meanwhile: that one is theirs to end.
    if (job)
        m_view.followOutput(job->id);
    else if (!before.isEmpty() && m_view.followed() == before)
        m_view.followOutput({});
}

void OutputView::fillSteps()
{
    std::vector<std::pair<QString, QString>> wanted{{tr("All steps"), QString()}};
    if (m_job) {
        for (const Step &step : m_job->steps)
            wanted.emplace_back(step.title.isEmpty() ? step.id : step.title, step.id);
    }
    bool same = static_cast<int>(wanted.size()) == m_steps->count();
    for (int i = 0; same && i < m_steps->count(); ++i) {
        const auto &[title, id] = wanted[static_cast<std::size_t>(i)];
        same = m_steps->itemText(i) == title && m_steps->itemData(i).toString() == id;
    }
    if (same) // a list that is open stays as it is
        return;
    const QSignalBlocker blocker(m_steps);
    m_steps->clear();
    for (const auto &[title, id] : wanted)
        m_steps->addItem(title, id);
    m_steps->setCurrentIndex(std::max(0, m_steps->findData(m_pane->step())));
    m_steps->setEnabled(wanted.size() > 2);
}

void OutputView::setStep(const QString &step)
{
    m_steps->setCurrentIndex(std::max(0, m_steps->findData(step)));
    if (step == m_pane->step())
        return;
    m_pane->setStep(step);
    Q_EMIT stepChanged(step);
}

QString OutputView::step() const
{
    return m_pane->step();
}

void OutputView::take(const std::vector<OutputPiece> &pieces)
{
    if (!m_job)
        return;
    const auto ours = [this](const OutputPiece &piece) { return piece.job == m_job->id; };
    if (std::ranges::all_of(pieces, ours))
        return m_pane->take(pieces);
    std::vector<OutputPiece> some;
    std::ranges::copy_if(pieces, std::back_inserter(some), ours);
    if (!some.empty())
        m_pane->take(some);
}

void OutputView::openSearch()
{
    m_search->show();
    m_needle->setFocus(Qt::ShortcutFocusReason);
    m_needle->selectAll();
    m_pane->search(m_needle->text());
    tellMatches();
}

void OutputView::closeSearch()
{
    m_search->hide();
    m_pane->search({});
    m_pane->setFocus();
}

void OutputView::tellMatches()
{
    const int count = m_pane->matchCount();
    const QString figure = QLocale().toString(count) + (m_pane->moreMatches() ? QStringLiteral("+") : QString());
    if (m_needle->text().isEmpty())
        m_matches->clear();
    else if (count == 0)
        m_matches->setText(tr("No matches"));
    else if (const int current = m_pane->currentMatch(); current > 0)
        m_matches->setText(tr("%1 of %2").arg(QLocale().toString(current), figure));
    else
        m_matches->setText(tr("%n match(es)", nullptr, count));
}

bool OutputView::handles(const QKeyEvent &event) const
{
    return event.matches(QKeySequence::Find) || event.key() == Qt::Key_F3 || isZoomIn(event)
        || event.matches(QKeySequence::ZoomOut) || isZoomReset(event)
        || (event.key() == Qt::Key_Escape && m_search->isVisible());
}

// Before the window's own shortcuts, which may use the same keys for something else.
bool OutputView::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride && handles(*static_cast<QKeyEvent *>(event))) {
        event->accept();
        return true;
    }
    return QWidget::event(event);
}

void OutputView::keyPressEvent(QKeyEvent *event)
{
    const bool back = event->modifiers().testFlag(Qt::ShiftModifier);
    if (!handles(*event)) {
        // Enter in the search is what F3 is; anything else is not for us.
        if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && m_needle->hasFocus())
            return m_pane->searchNext(back);
        return QWidget::keyPressEvent(event);
    }
    if (event->matches(QKeySequence::Find))
        return openSearch();
    if (event->key() == Qt::Key_F3)
        return m_search->isVisible() ? m_pane->searchNext(back) : openSearch();
    if (event->key() == Qt::Key_Escape)
        return closeSearch();
    if (isZoomReset(*event))
        return m_pane->resetZoom();
    m_pane->zoom(isZoomIn(*event) ? 1 : -1);
}

} // namespace stepwire
