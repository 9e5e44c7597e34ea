#include "ui/job/progress_bar.h"

#include "ui/job/job_accessible.h"
#include "ui/look/look.h"

#include <QAccessible>
#include <QDateTime>
#include <QFontMetrics>
#include <QPainter>
#include <QStyle>
#include <QTimerEvent>

#include <algorithm>

namespace stepwire {

static constexpr int frame = 50;

double busyPhase()
{
    constexpr qint64 round = 1800;
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch() % round) / static_cast<double>(round);
}

ProgressBar::ProgressBar(QWidget *parent) : QWidget(parent)
{
    installJobAccessibility();
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ProgressBar::set(State state, std::optional<double> fraction, bool guessed, bool busy)
{
    const int before = percent();
    m_state = state;
    m_fraction = fraction;
    m_guessed = guessed;
    m_busy = busy && !fraction;
    if (percent() != before && QAccessible::isActive()) {
        QAccessibleValueChangeEvent event(this, percent());
        QAccessible::updateAccessibility(&event);
    }
    animate();
    update();
}

int ProgressBar::percent() const
{
    return m_busy ? 0 : static_cast<int>(std::clamp(m_fraction.value_or(0), 0.0, 1.0) * 100);
}

QSize ProgressBar::sizeHint() const
{
    constexpr int wide = 20;
    const int height = std::max(fontMetrics().height() * 2 / 3, 8);
    return {height * wide, height};
}

QSize ProgressBar::minimumSizeHint() const
{
    return {sizeHint().height() * 4, sizeHint().height()};
}

void ProgressBar::animate()
{
    // Whoever wants nothing to move says so in the style.
    const bool moves = m_busy && isVisible() && style()->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, this);
    if (!moves)
        m_timer.stop();
    else if (!m_timer.isActive())
        m_timer.start(frame, this);
}

void ProgressBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const std::optional<double> fraction = m_fraction || m_busy ? m_fraction : 0.0;
    look::drawBar(painter, rect(), fraction, m_state, palette(), busyPhase(), m_guessed);
}

void ProgressBar::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_timer.timerId())
        update();
}

void ProgressBar::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    animate();
}

void ProgressBar::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_timer.stop();
}

} // namespace stepwire
