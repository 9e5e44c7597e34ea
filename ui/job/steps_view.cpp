#include "ui/job/steps_view.h"

#include "ui/job/progress_bar.h"
#include "ui/look/look.h"

#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>
#include <map>

namespace stepwire {

namespace {

/// Glyphs and bars in a cell. Lives on the main thread.
class StepDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        const auto state = static_cast<State>(index.data(StepsModel::StateOf).toInt());
        const bool step = !index.parent().isValid();
        if (index.column() == StepsModel::Title && step) {
            option->features |= QStyleOptionViewItem::HasDecoration;
            option->decorationSize = QSize(option->fontMetrics.height(), option->fontMetrics.height());
            option->icon = glyph(state, option->palette);
        }
        // Names and figures each read in their own direction: isolated, the window's does not turn them.
        if (option->direction == Qt::RightToLeft && !option->text.isEmpty())
            option->text = QChar(0x2068) + option->text + QChar(0x2069);
        const bool failed = state == State::Failed || state == State::TimedOut;
        const bool waits = state == State::Queued || state == State::Held || state == State::Skipped;
        QColor text = option->palette.color(QPalette::Text);
        if (failed && index.column() == StepsModel::Notes)
            text = look::colour(state, option->palette);
        else if (waits || index.column() != StepsModel::Title || !step)
            text = look::quiet(option->palette);
        option->palette.setColor(QPalette::Text, text);
        option->palette.setColor(QPalette::HighlightedText, text);
    }

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        QSize size = QStyledItemDelegate::sizeHint(option, index);
        size.setHeight(std::max(size.height(), option.fontMetrics.height() * 8 / 5));
        return size;
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        if (index.column() != StepsModel::Bar || !index.data(StepsModel::HasBar).toBool())
            return;
        const qreal height = option.fontMetrics.height() * (index.parent().isValid() ? 0.35 : 0.5);
        const qreal margin = option.fontMetrics.height() * 0.4;
        QRectF bar = QRectF(option.rect).adjusted(margin, 0, -margin, 0);
        bar.setTop(bar.center().y() - height / 2);
        bar.setHeight(height);
        const QVariant known = index.data(StepsModel::Fraction);
        std::optional<double> fraction;
        if (known.isValid() || !index.data(StepsModel::Busy).toBool())
            fraction = known.toDouble();
        look::drawBar(*painter, bar, fraction, static_cast<State>(index.data(StepsModel::StateOf).toInt()),
                      option.palette, busyPhase(), index.data(StepsModel::Guessed).toBool());
    }

private:
    /// Wanted for each row that is measured, which a job with many steps has many of.
    [[nodiscard]] const QIcon &glyph(State state, const QPalette &palette) const
    {
        QIcon &known = m_glyphs[{state, look::colour(state, palette).rgba()}];
        if (known.isNull())
            known = look::glyph(state, palette);
        return known;
    }

    mutable std::map<std::pair<State, QRgb>, QIcon> m_glyphs; ///< by what tells them apart
};

} // namespace

StepsView::StepsView(StepsModel &model, QWidget *parent) : QTreeView(parent), m_model(model)
{
    setModel(&model);
    setItemDelegate(new StepDelegate(this));
    setAccessibleName(tr("Steps"));
    setUniformRowHeights(true);
    setRootIsDecorated(false);
    setAllColumnsShowFocus(true);
    setEditTriggers(NoEditTriggers);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
    setTextElideMode(Qt::ElideRight);
    header()->hide();
    header()->setMinimumSectionSize(0);
    header()->setStretchLastSection(false);
    header()->setSectionResizeMode(QHeaderView::Fixed);
    soften();
    connect(this, &QTreeView::activated, this,
            [this](const QModelIndex &index) { Q_EMIT stepChosen(index.data(StepsModel::StepId).toString()); });
    connect(&model, &QAbstractItemModel::dataChanged, this, &StepsView::modelChanged);
    connect(&model, &QAbstractItemModel::modelReset, this, [this] {
        expandAll();
        modelChanged();
    });
    connect(&model, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex &under, int first) {
        if (under.isValid() && first == 0)
            expand(under);
        modelChanged();
    });
    connect(&model, &QAbstractItemModel::rowsRemoved, this, &StepsView::modelChanged);
}

void StepsView::soften()
{
    // Glyphs and bars have colours that mean something; the chosen row must not swallow them.
    m_softening = true;
    QPalette soft = QGuiApplication::palette();
    QPalette mine = palette();
    for (const QPalette::ColorGroup group : {QPalette::Active, QPalette::Inactive, QPalette::Disabled}) {
        const QColor base = mine.color(group, QPalette::Base);
        const QColor light = soft.color(group, QPalette::Highlight);
        constexpr float part = 0.25F;
        const auto mix = [](float from, float to) { return from + (to - from) * part; };
        mine.setColor(group, QPalette::Highlight,
                      QColor::fromRgbF(mix(base.redF(), light.redF()), mix(base.greenF(), light.greenF()),
                                       mix(base.blueF(), light.blueF())));
        mine.setColor(group, QPalette::HighlightedText, mine.color(group, QPalette::Text));
    }
    setPalette(mine);
    m_softening = false;
}

QString StepsView::currentStep() const
{
    return currentIndex().data(StepsModel::StepId).toString();
}

void StepsView::setCurrentStep(const QString &step)
{
    if (step != currentStep())
        setCurrentIndex(m_model.indexOf(step));
}

void StepsView::modelChanged()
{
    animate();
    if (!m_layout.isActive())
        m_layout.start(0, this);
}

void StepsView::shareWidth()
{
    const int all = viewport()->width();
    const int em = fontMetrics().height();
    const int time = std::min(sizeHintForColumn(StepsModel::Time) + em / 2, all / 4);
    const int title =
        std::min(sizeHintForColumn(StepsModel::Title) + em / 2, std::max(all * 2 / 5, all - time - 18 * em));
    int rest = all - time - title;
    // The words say what the bar shows, so the bar gives way first.
    const int bar = std::clamp(rest / 2, std::min(rest, 3 * em), 12 * em);
    rest -= bar;
    header()->resizeSection(StepsModel::Title, title);
    header()->resizeSection(StepsModel::Time, time);
    header()->resizeSection(StepsModel::Bar, bar);
    header()->resizeSection(StepsModel::Notes, std::max(rest, 0));
}

void StepsView::animate()
{
    bool busy = false;
    if (isVisible() && style()->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, this)) {
        for (int row = 0; row < m_model.rowCount() && !busy; ++row)
            busy = m_model.index(row, StepsModel::Bar).data(StepsModel::Busy).toBool();
    }
    constexpr int frame = 50;
    if (!busy)
        m_light.stop();
    else if (!m_light.isActive())
        m_light.start(frame, this);
}

void StepsView::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_layout.timerId()) {
        m_layout.stop();
        shareWidth();
    } else if (event->timerId() == m_light.timerId()) {
        viewport()->update(columnViewportPosition(StepsModel::Bar), 0, columnWidth(StepsModel::Bar),
                           viewport()->height());
    } else {
        QTreeView::timerEvent(event);
    }
}

void StepsView::contextMenuEvent(QContextMenuEvent *event)
{
    const bool mouse = event->reason() == QContextMenuEvent::Mouse;
    const QModelIndex index = mouse ? indexAt(event->pos()) : currentIndex();
    if (!index.isValid())
        return;
    Q_EMIT menuWanted(index.data(StepsModel::StepId).toString(),
                      mouse ? event->globalPos() : viewport()->mapToGlobal(visualRect(index).center()));
}

void StepsView::keyPressEvent(QKeyEvent *event)
{
    // The view's own would also ring for Enter on a platform that edits with it.
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid()) {
        Q_EMIT stepChosen(currentStep());
        return;
    }
    QTreeView::keyPressEvent(event);
}

void StepsView::resizeEvent(QResizeEvent *event)
{
    QTreeView::resizeEvent(event);
    shareWidth();
}

void StepsView::changeEvent(QEvent *event)
{
    QTreeView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_softening)
        soften();
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        modelChanged();
}

void StepsView::showEvent(QShowEvent *event)
{
    QTreeView::showEvent(event);
    animate();
}

void StepsView::hideEvent(QHideEvent *event)
{
    QTreeView::hideEvent(event);
    m_light.stop();
}

} // namespace stepwire
