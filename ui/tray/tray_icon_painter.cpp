#include "ui/tray/tray_icon_painter.h"

#include <QPainter>
#include <QPixmap>

#include <algorithm>
#include <array>
#include <cmath>

namespace stepwire {

namespace {

/// What a ring of 22 pixels can show.
constexpr int shares = 48;

constexpr std::array sizes{16, 22, 24, 32, 48, 64};

constexpr QRgb blue = 0xff2f7df6;
constexpr QRgb amber = 0xffc98a12;
constexpr QRgb red = 0xffe5393f;
constexpr QRgb grey = 0xff929cab;
/// Under every line, for panels as light as the line is.
constexpr QRgb outline = 0x50101418;

bool isActive(const Job &job)
{
    return !isFinal(job.state) && job.state != State::Queued && job.state != State::Held;
}

/// Lengths in pixels, whole ones, so that the ring's outermost and innermost points are sharp.
struct Ring
{
    explicit Ring(int size)
        : side(size),
          margin(std::max(1, size / 16)),
          width(std::max(3, static_cast<int>(std::lround(size * 0.18)))),
          thin(std::max(2, width / 2)),
          halo(std::max(0.5, size / 48.0))
    {
    }

    [[nodiscard]] QRectF middle() const
    {
        const qreal inset = margin + width / 2.0;
        return QRectF(0, 0, side, side).adjusted(inset, inset, -inset, -inset);
    }

    int side;
    int margin;
    int width;
    int thin;
    double halo; ///< of the outline, beyond the line on each side
};

QPen pen(QRgb colour, double width, Qt::PenCapStyle cap = Qt::FlatCap)
{
    return QPen(QColor::fromRgba(colour), width, Qt::SolidLine, cap);
}

/// From the top, clockwise, in turns.
void drawArc(QPainter &painter, const QRectF &rect, double from, double share)
{
    constexpr double turn = 360 * 16;
    painter.drawArc(rect, static_cast<int>(turn * (0.25 - from)), static_cast<int>(-turn * share));
}

/// `draw` once wider in the outline's colour, then as it is.
template <typename Draw>
void outlined(QPainter &painter, const Ring &ring, Draw draw)
{
    QImage below(ring.side, ring.side, QImage::Format_ARGB32_Premultiplied);
    below.fill(Qt::transparent);
    QPainter wider(&below);
    wider.setRenderHint(QPainter::Antialiasing);
    draw(wider, 2 * ring.halo);
    // What overlaps would be darker twice: the colour comes at last.
    wider.setCompositionMode(QPainter::CompositionMode_SourceIn);
    wider.fillRect(below.rect(), QColor::fromRgba(outline));
    wider.end();
    painter.drawImage(0, 0, below);
    draw(painter, 0);
}

void drawPauseSign(QPainter &painter, const Ring &ring)
{
    const int bar = std::max(2, ring.side / 10);
    const int height = std::max(4, ring.side * 5 / 16) & ~1;
    const int gap = std::max(2, bar * 2 / 3) & ~1;
    const int middle = ring.side / 2;
    painter.fillRect(QRect(middle - gap / 2 - bar, middle - height / 2, bar, height), QColor::fromRgba(amber));
    painter.fillRect(QRect(middle + gap / 2, middle - height / 2, bar, height), QColor::fromRgba(amber));
}

void drawLost(QPainter &painter, const Ring &ring, double more)
{
    painter.setPen(pen(grey, ring.thin + more));
    painter.drawEllipse(ring.middle());
    const qreal from = ring.margin + ring.width / 2.0;
    const QLineF stroke(from, ring.side - from, ring.side - from, from);
    painter.setCompositionMode(QPainter::CompositionMode_Clear);
    painter.setPen(pen(grey, ring.thin * 3 - more));
    painter.drawLine(stroke);
    painter.setCompositionMode(QPainter::CompositionMode_SourceOver);
    painter.setPen(pen(grey, ring.thin + more, Qt::RoundCap));
    painter.drawLine(stroke);
}

void drawRing(QPainter &painter, const Ring &ring, const TrayState &state, double more)
{
    const QRgb ink = state.paused ? amber : blue;
    if (state.lost) {
        drawLost(painter, ring, more);
    } else if (state.fraction) {
        painter.setPen(pen(grey, ring.thin + more));
        drawArc(painter, ring.middle(), *state.fraction, 1 - *state.fraction);
        painter.setPen(pen(ink, ring.width + more));
        drawArc(painter, ring.middle(), 0, *state.fraction);
    } else if (state.running > 0 || state.paused) {
        constexpr int pieces = 3;
        painter.setPen(pen(ink, ring.width + more));
        for (int i = 0; i < pieces; ++i)
            drawArc(painter, ring.middle(), (i + 0.15) / pieces, 0.7 / pieces);
    } else {
        painter.setPen(pen(grey, ring.width + more));
        painter.drawEllipse(ring.middle());
    }
}

void drawDot(QPainter &painter, const Ring &ring)
{
    const int dot = static_cast<int>(std::lround(ring.side * 0.42));
    const int gap = std::max(1, ring.side / 16);
    const QRect rect(ring.side - dot, ring.side - dot, dot, dot);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Qt::black);
    painter.setCompositionMode(QPainter::CompositionMode_Clear);
    painter.drawEllipse(rect.adjusted(-gap, -gap, gap, gap));
    painter.setCompositionMode(QPainter::CompositionMode_SourceOver);
    painter.setBrush(QColor::fromRgba(red));
    painter.drawEllipse(rect);
}

} // namespace

std::vector<JobPtr> activeJobs(const HubView &view)
{
    std::vector<JobPtr> found;
    for (const auto &[id, job] : view.live()) {
        if (isActive(*job) && (job->parent.isEmpty() || !view.find(job->parent)))
            found.push_back(job);
    }
    std::sort(found.begin(), found.end(), [](const JobPtr &a, const JobPtr &b) {
        const UnixMs begunA = a->started.value_or(a->created);
        const UnixMs begunB = b->started.value_or(b->created);
        return begunA != begunB ? begunA < begunB : a->id < b->id;
    });
    return found;
}

TrayState trayState(const HubView &view, bool failureUnseen)
{
    TrayState state;
    state.failureUnseen = failureUnseen;
    state.lost = view.status().link != HubView::Link::Live;
    const std::vector<JobPtr> active = activeJobs(view);
    const auto runs = [](const JobPtr &job) { return job->state != State::Paused; };
    state.running = static_cast<int>(std::count_if(active.begin(), active.end(), runs));
    state.paused = state.running == 0 && !active.empty();
    double sum = 0;
    int known = 0;
    for (const JobPtr &job : active) {
        const auto fraction = jobFraction(*job);
        if (runs(job) == state.paused || !fraction)
            continue;
        sum += *fraction;
        ++known;
    }
    if (known > 0)
        state.fraction = sum / known;
    return state;
}

TrayState asShown(TrayState state)
{
    if (state.lost) {
        TrayState unknown;
        unknown.failureUnseen = state.failureUnseen;
        unknown.lost = true;
        return unknown;
    }
    state.running = std::min(state.running, 1);
    if (state.running == 0 && !state.paused)
        state.fraction.reset();
    // A job that runs is never drawn as one that has not begun or has ended.
    if (state.fraction)
        state.fraction = std::clamp(std::floor(*state.fraction * shares + 1e-9), 2.0, shares - 1.0) / shares;
    return state;
}

QImage trayPicture(const TrayState &wanted, int size)
{
    const TrayState state = asShown(wanted);
    QImage image(size, size, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    const Ring ring(size);
    outlined(painter, ring, [&](QPainter &lines, double more) { drawRing(lines, ring, state, more); });
    if (state.paused)
        drawPauseSign(painter, ring);
    if (state.failureUnseen)
        drawDot(painter, ring);
    return image;
}

QIcon trayIcon(const TrayState &state)
{
    QIcon icon;
    for (const int size : sizes)
        icon.addPixmap(QPixmap::fromImage(trayPicture(state, size)));
    return icon;
}

} // namespace stepwire
