#include "ui/look/look.h"

#include <QPainter>
#include <QPainterPath>
#include <QPixmap>

#include <algorithm>

namespace stepwire::look {

bool isDark(const QPalette &palette)
{
    constexpr int middle = 128;
    return palette.color(QPalette::Base).lightness() < middle;
}

QColor colour(State state, const QPalette &palette)
{
    const bool dark = isDark(palette);
    switch (state) {
    case State::Running: return dark ? QColor(0x5b9dff) : QColor(0x1f6feb);
    case State::Succeeded: return dark ? QColor(0x56c97f) : QColor(0x1a7f42);
    case State::Failed:
    case State::TimedOut: return dark ? QColor(0xff7b72) : QColor(0xc2261f);
    case State::Pausing:
    case State::Paused:
    case State::Cancelling: return dark ? QColor(0xe3b341) : QColor(0x8f5b00);
    case State::Interrupted:
    case State::Cancelled:
    case State::Skipped:
    case State::Queued:
    case State::Held: break;
    }
    return quiet(palette);
}

QColor quiet(const QPalette &palette)
{
    return isDark(palette) ? QColor(0x9aa4b2) : QColor(0x5b6472);
}

void drawGlyph(QPainter &painter, const QRectF &rect, State state, const QPalette &palette)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const qreal side = std::min(rect.width(), rect.height());
    painter.translate(rect.center());
    painter.scale(side / 16, side / 16);
    const QColor ink = colour(state, palette);
    painter.setPen(QPen(ink, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    switch (state) {
    case State::Succeeded: painter.drawPolyline(QPolygonF({{-5, 0.5}, {-1.5, 4}, {5, -4}})); break;
    case State::Failed:
    case State::TimedOut:
        painter.drawLine(QPointF(-4, -4), QPointF(4, 4));
        painter.drawLine(QPointF(-4, 4), QPointF(4, -4));
        break;
    case State::Skipped:
    case State::Cancelled:
    case State::Interrupted: painter.drawLine(QPointF(-4.5, 0), QPointF(4.5, 0)); break;
    case State::Queued: painter.drawEllipse(QPointF(0, 0), 4, 4); break;
    case State::Held:
    case State::Paused:
    case State::Pausing:
        painter.drawLine(QPointF(-2.5, -4), QPointF(-2.5, 4));
        painter.drawLine(QPointF(2.5, -4), QPointF(2.5, 4));
        break;
    case State::Running:
    case State::Cancelling:
        painter.setPen(Qt::NoPen);
        painter.setBrush(ink);
        painter.drawEllipse(QPointF(0, 0), 4.5, 4.5);
        break;
    }
    painter.restore();
}

QIcon glyph(State state, const QPalette &palette)
{
    QIcon icon;
    for (const int size : {16, 32, 48, 64}) {
        QPixmap pixmap(size, size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        drawGlyph(painter, QRectF(0, 0, size, size), state, palette);
        painter.end();
        icon.addPixmap(pixmap);
    }
    return icon;
}

void drawBar(QPainter &painter, const QRectF &rect, std::optional<double> fraction, State state,
             const QPalette &palette, double phase, bool guessed)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const qreal radius = rect.height() / 2;
    QPainterPath track;
    track.addRoundedRect(rect, radius, radius);
    painter.fillPath(track, isDark(palette) ? QColor(0x323946) : QColor(0xd9dfe8));
    painter.setClipPath(track);
    QRectF full = rect;
    if (fraction) {
        full.setWidth(rect.width() * std::clamp(*fraction, 0.0, 1.0));
        if (painter.layoutDirection() == Qt::RightToLeft)
            full.moveRight(rect.right());
    } else {
        constexpr qreal share = 0.3;
        full.setWidth(rect.width() * share);
        full.moveLeft(rect.left() - full.width() + phase * (rect.width() + full.width()));
    }
    const QColor ink = colour(state, palette);
    painter.fillRect(full, guessed ? QBrush(ink, Qt::Dense4Pattern) : QBrush(ink));
    painter.restore();
}

} // namespace stepwire::look
