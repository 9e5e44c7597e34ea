#include "ui/job/timeline_view.h"

#include "core/view/words.h"
#include "ui/job/job_accessible.h"
#include "ui/look/look.h"

#include <QAccessible>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStyle>
#include <QToolTip>

#include <algorithm>

namespace stepwire {

namespace {

/// Where things are, left to right; mirrored when drawn.
struct Room
{
    int names = 0; ///< width of the titles
    int chart = 0; ///< left edge of the chart
    int width = 0; ///< of the chart

    [[nodiscard]] double x(UnixMs time, UnixMs origin, qint64 span) const
    {
        return chart + static_cast<double>(time - origin) / static_cast<double>(span) * width;
    }
};

Room roomOf(const QWidget &viewport, const Job &job)
{
    const QFontMetrics metrics = viewport.fontMetrics();
    const int em = metrics.height();
    int widest = 0;
    for (const Step &step : job.steps)
        widest = std::max(widest, metrics.horizontalAdvance(step.title));
    Room room;
    // Critical ones are bold, glyphs stand before them.
    room.names = std::min(widest * 11 / 10 + em * 2, viewport.width() * 2 / 5);
    room.chart = room.names + em / 2;
    room.width = std::max(viewport.width() - room.chart - em, 1);
    return room;
}

} // namespace

TimelineView::TimelineView(QWidget *parent) : QAbstractScrollArea(parent)
{
    installJobAccessibility();
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Timeline"));
    viewport()->setBackgroundRole(QPalette::Base);
    viewport()->setAutoFillBackground(true);
}

QSize TimelineView::sizeHint() const
{
    const int em = fontMetrics().height();
    return {em * 30, axisHeight() + legendHeight() + rowHeight() * std::clamp(rows(), 4, 12)};
}

int TimelineView::rowHeight() const
{
    return fontMetrics().height() * 8 / 5;
}

int TimelineView::axisHeight() const
{
    return fontMetrics().height() * 3 / 2;
}

int TimelineView::legendHeight() const
{
    return fontMetrics().height() * 2;
}

QRect TimelineView::visual(const QRect &logical) const
{
    return QStyle::visualRect(layoutDirection(), viewport()->rect(), logical);
}

void TimelineView::setJob(const JobPtr &job, UnixMs now)
{
    const QString chosen = job && m_job && job->id == m_job->id ? currentStep() : QString();
    m_job = job;
    m_current = -1;
    tick(now);
    if (!chosen.isEmpty())
        setCurrentStep(chosen);
    else
        setAccessibleDescription({});
    arrange();
}

void TimelineView::tick(UnixMs now)
{
    m_now = now;
    m_bars.clear();
    m_critical.clear();
    m_span = 1;
    if (m_job) {
        m_bars = timelineBars(*m_job, now);
        m_critical = criticalPath(*m_job, now);
        std::optional<UnixMs> first = m_job->started;
        for (const TimelineBar &bar : m_bars) {
            if (bar.start)
                first = std::min(first.value_or(*bar.start), *bar.start);
        }
        m_origin = first.value_or(now);
        UnixMs last = m_origin + 1000;
        for (const TimelineBar &bar : m_bars) {
            if (bar.start || bar.ready)
                last = std::max(last, bar.end);
        }
        m_span = last - m_origin;
    }
    viewport()->update();
}

QString TimelineView::currentStep() const
{
    return m_job && m_current >= 0 && m_current < rows() ? m_job->steps[static_cast<std::size_t>(m_current)].id
                                                         : QString();
}

void TimelineView::setCurrentStep(const QString &step)
{
    if (!m_job || step == currentStep())
        return;
    for (int row = 0; row < rows(); ++row) {
        if (m_job->steps[static_cast<std::size_t>(row)].id == step)
            return select(row);
    }
}

QString TimelineView::description(int row) const
{
    if (!m_job || row < 0 || row >= rows())
        return {};
    const Step &step = m_job->steps[static_cast<std::size_t>(row)];
    const TimelineBar &bar = m_bars[static_cast<std::size_t>(row)];
    QStringList parts{step.title, Words::state(step.state)};
    if (bar.start) {
        parts.append(tr("started after %1", "a duration").arg(Words::duration(*bar.start - m_origin)));
        parts.append(bar.runs ? tr("runs for %1", "a duration").arg(Words::duration(bar.end - *bar.start))
                              : tr("ran for %1", "a duration").arg(Words::duration(bar.end - *bar.start)));
    }
    constexpr qint64 noticeable = 100;
    if (bar.ready && bar.start.value_or(bar.end) - *bar.ready >= noticeable) {
        const QString waited = Words::duration(bar.start.value_or(bar.end) - *bar.ready);
        parts.append(bar.start ? tr("waited %1", "a duration").arg(waited)
                               : tr("has waited %1", "a duration").arg(waited));
    }
    if (m_critical.contains(step.id))
        parts.append(tr("on the critical path"));
    return parts.join(tr(", ", "between parts of a line"));
}

void TimelineView::select(int row)
{
    if (rows() == 0)
        return;
    row = std::clamp(row, 0, rows() - 1);
    const bool other = row != m_current;
    m_current = row;
    const int top = row * rowHeight();
    QScrollBar *bar = verticalScrollBar();
    if (top < bar->value())
        bar->setValue(top);
    else if (top + rowHeight() > bar->value() + bar->pageStep())
        bar->setValue(top + rowHeight() - bar->pageStep());
    viewport()->update();
    setAccessibleDescription(description(row));
    if (!other)
        return;
    if (hasFocus()) {
        QAccessibleEvent event(this, QAccessible::Focus);
        event.setChild(m_current);
        QAccessible::updateAccessibility(&event);
    }
    Q_EMIT currentStepChanged(currentStep());
}

QRect TimelineView::rowRect(int row) const
{
    return {0, axisHeight() + row * rowHeight() - verticalScrollBar()->value(), viewport()->width(), rowHeight()};
}

void TimelineView::chooseRow(int row)
{
    select(row);
    if (!currentStep().isEmpty())
        Q_EMIT stepChosen(currentStep());
}

void TimelineView::arrange()
{
    const int page = std::max(viewport()->height() - axisHeight() - legendHeight(), rowHeight());
    verticalScrollBar()->setPageStep(page);
    verticalScrollBar()->setSingleStep(rowHeight());
    verticalScrollBar()->setRange(0, std::max(rows() * rowHeight() - page, 0));
    viewport()->update();
}

int TimelineView::rowAt(const QPoint &position) const
{
    const int y = position.y() - axisHeight();
    if (y < 0 || position.y() >= viewport()->height() - legendHeight())
        return -1;
    const int row = (y + verticalScrollBar()->value()) / rowHeight();
    return row < rows() ? row : -1;
}

void TimelineView::paintEvent(QPaintEvent *)
{
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    // Names and figures each read in their own direction, wherever they stand.
    painter.setLayoutDirection(Qt::LayoutDirectionAuto);
    const QFontMetrics metrics = fontMetrics();
    const int em = metrics.height();
    const QColor quiet = look::quiet(palette());
    const QRect all = viewport()->rect();
    const bool begun =
        std::any_of(m_bars.begin(), m_bars.end(), [](const TimelineBar &bar) { return bar.start || bar.ready; });
    if (!m_job || !begun) {
        painter.setPen(quiet);
        painter.drawText(all.adjusted(em, em, -em, -em), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("No step has started yet."));
        return;
    }

    const Room room = roomOf(*viewport(), *m_job);
    const int height = rowHeight();
    const QRect area(0, axisHeight(), all.width(), std::max(all.height() - axisHeight() - legendHeight(), 0));
    const auto x = [&](UnixMs time) { return room.x(time, m_origin, m_span); };
    const auto mirrored = [&](const QRectF &rect) {
        if (layoutDirection() == Qt::LeftToRight)
            return rect;
        QRectF other = rect;
        other.moveLeft(all.width() - rect.right());
        return other;
    };

    // The axis, its marks through all rows.
    const int widest = metrics.horizontalAdvance(QStringLiteral("0:00:00")) + em;
    const qint64 tick = niceTick(m_span, std::max(room.width / widest, 1));
    QColor faint = quiet;
    constexpr int faintly = 60;
    faint.setAlpha(faintly);
    for (qint64 at = 0; at <= m_span; at += tick) {
        const double place = x(m_origin + at);
        painter.setPen(QPen(faint, 1));
        const QRectF line = mirrored(QRectF(place, area.top() - em / 4.0, 0, area.height() + em / 4.0));
        painter.drawLine(line.topLeft(), line.bottomLeft());
        painter.setPen(quiet);
        // The first begins at the chart's edge, so that it does not reach into the titles.
        const QRectF label =
            mirrored(QRectF(at == 0 ? place : place - widest / 2.0, 0, widest, axisHeight() - em / 4.0));
        const bool atEdge = label.left() < 0 || label.right() > all.width();
        const Qt::Alignment side =
            at == 0 || atEdge ? (at == 0 ? Qt::AlignLeading : Qt::AlignTrailing) : Qt::AlignHCenter;
        QRectF kept = label;
        if (label.right() > all.width())
            kept.setRight(all.width() - 2);
        if (label.left() < 0)
            kept.setLeft(2);
        painter.drawText(kept, QStyle::visualAlignment(layoutDirection(), side) | Qt::AlignVCenter,
                         tickLabel(at, tick));
    }

    painter.setClipRect(area);
    const int scrolled = verticalScrollBar()->value();
    const int first = scrolled / height;
    const int last = std::min(rows() - 1, (scrolled + area.height()) / height);
    const QColor strong = palette().color(QPalette::Text);
    QFont bold = font();
    bold.setBold(true);
    for (int row = first; row <= last; ++row) {
        const auto at = static_cast<std::size_t>(row);
        const Step &step = m_job->steps[at];
        const TimelineBar &bar = m_bars[at];
        const bool critical = m_critical.contains(step.id);
        const bool chosen = row == m_current;
        const QRect line(0, area.top() + row * height - scrolled, all.width(), height);
        if (chosen) {
            QColor light = palette().color(hasFocus() ? QPalette::Active : QPalette::Inactive, QPalette::Highlight);
            constexpr int softly = 60;
            light.setAlpha(softly);
            painter.fillRect(line, light);
            if (hasFocus()) {
                painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
                painter.setBrush(Qt::NoBrush);
                painter.drawRect(QRectF(line).adjusted(0.5, 0.5, -0.5, -0.5));
            }
        }

        look::drawGlyph(painter, visual(QRect(em / 4, line.top() + (height - em) / 2, em, em)), step.state, palette());
        const QRect name = visual(QRect(em * 3 / 2, line.top(), std::max(room.names - em * 3 / 2, 0), height));
        painter.setFont(critical ? bold : font());
        painter.setPen(bar.start ? strong : quiet);
        painter.drawText(name, QStyle::visualAlignment(layoutDirection(), Qt::AlignLeading) | Qt::AlignVCenter,
                         QFontMetrics(painter.font()).elidedText(step.title, Qt::ElideRight, name.width()));
        painter.setFont(font());

        const double middle = line.top() + height / 2.0;
        const QColor ink = look::colour(step.state, palette());
        if (bar.ready) {
            const QRectF wait =
                mirrored(QRectF(x(*bar.ready), middle, x(bar.start.value_or(bar.end)) - x(*bar.ready), 0));
            painter.setPen(QPen(quiet, std::max(em / 10.0, 1.0)));
            painter.drawLine(wait.topLeft(), wait.topRight());
        }
        if (!bar.start)
            continue;
        const double thick = height * 0.62;
        const double least = std::max(em / 5.0, 2.0);
        const QRectF logical(x(*bar.start), middle - thick / 2, std::max(x(bar.end) - x(*bar.start), least), thick);
        const QRectF box = mirrored(logical);
        painter.setPen(Qt::NoPen);
        painter.setBrush(ink);
        const double round = std::min(thick / 4, box.width() / 2);
        painter.drawRoundedRect(box, round, round);
        if (critical) {
            const double pen = std::max(em / 8.0, 2.0);
            painter.setPen(QPen(strong, pen));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(box, round, round);
        }

        // Its duration beside it, where there is room.
        const QString text = Words::duration(bar.end - *bar.start);
        const double width = metrics.horizontalAdvance(text) + em / 2.0;
        QRectF beside(logical.right() + em / 3.0, line.top(), width, height);
        if (beside.right() > all.width()) {
            const double before = bar.ready ? std::min(x(*bar.ready), logical.left()) : logical.left();
            beside.moveRight(before - em / 3.0);
            if (beside.left() < room.chart) {
                // Neither after nor before it: within, in what is read on its colour.
                beside = logical.adjusted(em / 3.0, 0, -em / 3.0, 0);
                painter.setPen(palette().color(QPalette::Base));
                if (beside.width() >= width)
                    painter.drawText(mirrored(beside),
                                     QStyle::visualAlignment(layoutDirection(), Qt::AlignTrailing) | Qt::AlignVCenter,
                                     text);
                continue;
            }
        }
        painter.setPen(quiet);
        painter.drawText(mirrored(beside), Qt::AlignCenter, text);
    }
    painter.setClipping(false);
    drawLegend(painter, QRect(0, all.height() - legendHeight(), all.width(), legendHeight()));
}

void TimelineView::drawLegend(QPainter &painter, const QRect &area) const
{
    const QFontMetrics metrics = fontMetrics();
    const int em = metrics.height();
    const QColor quiet = look::quiet(palette());
    const QColor strong = palette().color(QPalette::Text);
    const int middle = area.center().y();
    int at = em / 2;
    const auto entry = [&](const QString &text, const auto &draw) {
        const int width = metrics.horizontalAdvance(text);
        if (at + 2 * em + width > area.width())
            return;
        draw(QRectF(visual(QRect(at, middle - em / 4, em * 3 / 2, em / 2))));
        painter.setPen(quiet);
        painter.drawText(visual(QRect(at + 2 * em, area.top(), width, area.height())), Qt::AlignCenter, text);
        at += 2 * em + width + em * 3 / 2;
    };
    entry(tr("waiting"), [&](const QRectF &box) {
        painter.setPen(QPen(quiet, std::max(em / 10.0, 1.0)));
        painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()));
    });
    entry(tr("critical path"), [&](const QRectF &box) {
        painter.setPen(QPen(strong, std::max(em / 8.0, 2.0)));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(box, em / 8.0, em / 8.0);
    });
    for (const State state : {State::Running, State::Succeeded, State::Failed}) {
        entry(Words::state(state), [&](const QRectF &box) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(look::colour(state, palette()));
            painter.drawRoundedRect(box, em / 8.0, em / 8.0);
        });
    }
}

void TimelineView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    arrange();
}

void TimelineView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::LayoutDirectionChange)
        arrange();
}

void TimelineView::keyPressEvent(QKeyEvent *event)
{
    const int page = std::max(verticalScrollBar()->pageStep() / rowHeight() - 1, 1);
    switch (event->key()) {
    case Qt::Key_Up: return select(m_current - 1);
    case Qt::Key_Down: return select(m_current + 1);
    case Qt::Key_Home: return select(0);
    case Qt::Key_End: return select(rows() - 1);
    case Qt::Key_PageUp: return select(m_current - page);
    case Qt::Key_PageDown: return select(m_current + page);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!currentStep().isEmpty())
            Q_EMIT stepChosen(currentStep());
        return;
    default: QAbstractScrollArea::keyPressEvent(event);
    }
}

void TimelineView::mousePressEvent(QMouseEvent *event)
{
    if (const int row = rowAt(event->pos()); row >= 0)
        select(row);
}

void TimelineView::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && rowAt(event->pos()) >= 0 && !currentStep().isEmpty())
        Q_EMIT stepChosen(currentStep());
}

void TimelineView::contextMenuEvent(QContextMenuEvent *event)
{
    const bool mouse = event->reason() == QContextMenuEvent::Mouse;
    const int row = mouse ? rowAt(event->pos()) : m_current;
    if (row < 0 || row >= rows())
        return;
    select(row);
    const QPoint middle(viewport()->width() / 2,
                        axisHeight() + row * rowHeight() - verticalScrollBar()->value() + rowHeight() / 2);
    Q_EMIT menuWanted(currentStep(), mouse ? event->globalPos() : viewport()->mapToGlobal(middle));
}

bool TimelineView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QString text = description(rowAt(help->pos()));
        if (text.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), text, viewport());
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void TimelineView::focusInEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusInEvent(event);
    if (m_current < 0 && event->reason() != Qt::MouseFocusReason && event->reason() != Qt::ActiveWindowFocusReason)
        select(0);
    viewport()->update();
}

void TimelineView::focusOutEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

} // namespace stepwire
