#include "ui/output/output_pane.h"

#include "ui/look/look.h"

#include <QApplication>
#include <QPainter>
#include <QScrollBar>
#include <QStyle>

#include <algorithm>
#include <cmath>

// What the pane draws, row by row.

namespace stepwire {

namespace {

QColor between(const QColor &a, const QColor &b, qreal share)
{
    return QColor::fromRgbF(static_cast<float>(a.redF() + (b.redF() - a.redF()) * share),
                            static_cast<float>(a.greenF() + (b.greenF() - a.greenF()) * share),
                            static_cast<float>(a.blueF() + (b.blueF() - a.blueF()) * share));
}

qreal luminance(const QColor &colour)
{
    const auto linear = [](qreal c) { return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

QColor onPaper(const QColor &paper)
{
    constexpr qreal middle = 0.18; // as far from black as from white
    return luminance(paper) > middle ? Qt::black : Qt::white;
}

// A program does not know our paper: its black on our dark one, or yellow on our white one, would not be seen.
QColor readable(const QColor &ink, const QColor &paper, const QColor &text)
{
    constexpr qreal enough = 3;
    const auto contrast = [&paper](const QColor &colour) {
        const qreal a = luminance(colour) + 0.05;
        const qreal b = luminance(paper) + 0.05;
        return std::max(a, b) / std::min(a, b);
    };
    QColor result = ink;
    for (const qreal share : {0.25, 0.5, 0.75, 1.0}) {
        if (contrast(result) >= enough)
            break;
        result = between(ink, text, share);
    }
    return result;
}

} // namespace

struct OutputPane::Paint
{
    QPainter &painter;
    const QPalette &palette;
    bool dark = false;
    std::array<QFont, 4> fonts; ///< bold 1, italic 2
    QFontMetricsF metrics;
    int shift = 0; ///< what is scrolled to the left
    int width = 0;
    Place from; ///< of the selection
    Place to;
    bool active = false;
};

void OutputPane::paintEvent(QPaintEvent *)
{
    QPainter painter(viewport());
    const QPalette &palette = this->palette();
    painter.fillRect(viewport()->rect(), palette.base());
    // In a window from right to left brackets and blanks at the ends would go to the other side.
    painter.setLayoutDirection(Qt::LeftToRight);
    m_painted = 0;
    if (m_rows == 0) {
        if (!m_job)
            return;
        painter.setFont(QApplication::font());
        painter.setPen(look::quiet(palette));
        painter.drawText(viewport()->rect().adjusted(margin, margin, -margin, -margin),
                         Qt::AlignCenter | Qt::TextWordWrap,
                         isFinal(m_job->state) ? tr("There was no output.") : tr("No output yet."));
        return;
    }
    QFont font = viewport()->font();
    Paint paint{.painter = painter,
                .palette = palette,
                .dark = look::isDark(palette),
                .fonts = {font, font, font, font},
                .metrics = QFontMetricsF(font, viewport()),
                .shift = horizontalScrollBar()->value(),
                .width = viewport()->width(),
                .from = {},
                .to = {},
                .active = hasFocus() || m_dragging};
    paint.fonts[1].setBold(true);
    paint.fonts[2].setItalic(true);
    paint.fonts[3].setBold(true);
    paint.fonts[3].setItalic(true);
    if (hasSelection()) {
        paint.from = std::min(*m_anchor, *m_cursor);
        paint.to = std::max(*m_anchor, *m_cursor);
    }
    const int first = verticalScrollBar()->value();
    const int end = std::min(m_rows, first + viewport()->height() / m_rowHeight + 1);
    for (int row = first; row < end; ++row, ++m_painted) {
        const Place place = placeOf(row, 0);
        const Section &section = *m_sections[static_cast<std::size_t>(place.section)];
        const int top = (row - first) * m_rowHeight;
        if (place.line < 0)
            paintHeader(paint, section, top);
        else
            paintLine(paint, section, place.section, place.line, top);
    }
    if (m_caret && m_cursor && hasFocus())
        painter.fillRect(QRect(cellRect(rowOf(*m_cursor), m_cursor->column).topLeft(), QSize(2, m_rowHeight)),
                         palette.text());
}

void OutputPane::paintHeader(Paint &paint, const Section &section, int top) const
{
    QPainter &painter = paint.painter;
    const QRect row(0, top, paint.width, m_rowHeight);
    const Qt::LayoutDirection direction = parentWidget() ? parentWidget()->layoutDirection() : layoutDirection();
    painter.fillRect(row, between(paint.palette.color(QPalette::Base), paint.palette.color(QPalette::Text), 0.07));
    const Step *step = m_job ? m_job->findStep(section.step) : nullptr;
    const int side = m_rowHeight - 4;
    QRect text = row.adjusted(margin, 0, -margin, 0);
    if (step) {
        look::drawGlyph(painter, QStyle::visualRect(direction, row, {margin, top + 2, side, side}), step->state,
                        paint.palette);
        text.setLeft(text.left() + side + margin);
        text = QStyle::visualRect(direction, row, text);
    }
    QFont font = QApplication::font();
    font.setBold(true);
    font.setPixelSize(std::max(8, m_rowHeight * 4 / 5));
    painter.setFont(font);
    painter.setPen(paint.palette.color(QPalette::Text));
    painter.drawText(text,
                     static_cast<int>(QStyle::visualAlignment(direction, Qt::AlignLeft) | Qt::AlignVCenter)
                         | Qt::TextSingleLine,
                     QFontMetrics(font).elidedText(headerText(section), Qt::ElideRight, text.width()));
}

void OutputPane::paintLine(Paint &paint, const Section &section, int number, qint64 lineNumber, int top) const
{
    const TerminalText &text = section.text;
    const TerminalText::Line &line = text.line(static_cast<int>(lineNumber - text.dropped()));
    const int size = static_cast<int>(line.text.size());
    int first = std::clamp(static_cast<int>((paint.shift - margin) / m_cell), 0, size);
    if (first > 0 && first < size && TerminalText::isSecondHalf(line.text[first]))
        --first;
    const int last = std::min(size, first + static_cast<int>(paint.width / m_cell) + 3);
    const auto left = [this, &paint](int column) { return margin + column * m_cell - paint.shift; };

    int selectedFrom = 0;
    int selectedTo = 0;
    const Place start{number, lineNumber, 0};
    if (paint.from != paint.to && paint.to >= start && paint.from <= Place{number, lineNumber, size}) {
        selectedFrom = paint.from > start ? paint.from.column : 0;
        const bool goesOn = paint.to > Place{number, lineNumber, size};
        selectedTo = goesOn ? size : paint.to.column;
        if (goesOn) // the end of the line too
            paint.painter.fillRect(QRectF(left(size), top, m_cell / 2, m_rowHeight), paint.palette.highlight());
    }

    const auto matches = std::ranges::equal_range(section.matches, lineNumber, {}, &Match::line);
    const bool hovered = m_hovered && m_hovered->place.section == number && m_hovered->place.line == lineNumber;
    std::vector<int> cuts{first, last};
    const auto cut = [&cuts, first, last](int column) {
        if (column > first && column < last)
            cuts.push_back(column);
    };
    for (const TerminalText::Run &run : line.runs)
        cut(run.start);
    for (const Match &match : matches) {
        cut(match.start);
        cut(match.start + match.length);
    }
    cut(selectedFrom);
    cut(selectedTo);
    if (hovered) {
        cut(m_hovered->place.column);
        cut(m_hovered->place.column + m_hovered->length);
    }
    std::ranges::sort(cuts);
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());

    const QColor usualInk = paint.palette.color(QPalette::Text);
    const QColor usualPaper = paint.palette.color(QPalette::Base);
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        const int from = cuts[i];
        const int to = cuts[i + 1];
        const TerminalText::Style &style = text.style(text.styleAt(line, from));
        const auto has = [&style](int attribute) { return (style.attributes & attribute) != 0; };
        QColor ink = TerminalText::colour(style.ink, paint.dark, usualInk);
        QColor paper = TerminalText::colour(style.paper, paint.dark, usualPaper);
        if (has(TerminalText::Inverse))
            std::swap(ink, paper);
        if (has(TerminalText::Note))
            ink = look::quiet(paint.palette);
        if (has(TerminalText::Dim))
            ink = between(ink, paper, 0.35);
        if (style.ink != 0 || style.paper != 0)
            ink = readable(ink, paper, style.paper == 0 && !has(TerminalText::Inverse) ? usualInk : onPaper(paper));
        const auto match = std::ranges::find_if(
            matches, [from](const Match &m) { return from >= m.start && from < m.start + m.length; });
        if (from >= selectedFrom && from < selectedTo) {
            ink = paint.palette.color(QPalette::HighlightedText);
            paper = paint.palette.color(QPalette::Highlight);
        } else if (match != matches.end()) {
            const bool current = m_match && *m_match == Place{number, lineNumber, match->start};
            ink = current ? QColor(Qt::black) : usualInk;
            paper = current ? QColor(0xffa033) : paint.dark ? QColor(0x5f4b00) : QColor(0xffe28a);
        }
        const QRectF cells(left(from), top, (to - from) * m_cell, m_rowHeight);
        if (paper != usualPaper)
            paint.painter.fillRect(cells, paper);
        const bool link =
            hovered && from >= m_hovered->place.column && from < m_hovered->place.column + m_hovered->length;
        const bool italic = has(TerminalText::Italic) || has(TerminalText::Note);
        paint.painter.setFont(paint.fonts[(has(TerminalText::Bold) ? 1U : 0U) + (italic ? 2U : 0U)]);
        paint.painter.setPen(ink);
        paintText(paint, QStringView(line.text).mid(from, to - from), from, top);
        const auto rule = [&](qreal y) { paint.painter.drawLine(QPointF(cells.left(), y), QPointF(cells.right(), y)); };
        if (link || has(TerminalText::Underline) || style.link != 0) {
            if (style.link != 0 && !link && !has(TerminalText::Underline))
                paint.painter.setPen(QPen(look::quiet(paint.palette), 1, Qt::DotLine));
            rule(std::min(top + m_ascent + 2, top + m_rowHeight - 1) + 0.5);
        }
        if (has(TerminalText::Strike))
            rule(top + m_ascent * 2.0 / 3 + 0.5);
    }
}

// In one go where the font keeps to the cells; letters of other fonts one by one, each where its cell is.
void OutputPane::paintText(Paint &paint, QStringView text, int column, int top) const
{
    const auto simple = [&paint](QChar c) {
        return c.unicode() < 0x250
            || (!c.isSurrogate() && c.category() != QChar::Mark_NonSpacing && c.direction() == QChar::DirON
                && paint.metrics.inFont(c));
    };
    const auto rightToLeft = [](QChar c) { return c.direction() == QChar::DirR || c.direction() == QChar::DirAL; };
    const auto joins = [](QChar c) { return c.isMark() || c.unicode() == 0x200d; };
    qsizetype i = 0;
    while (i < text.size()) {
        qsizetype end = i + 1;
        if (simple(text[i])) {
            while (end < text.size() && simple(text[end]))
                ++end;
        } else if (rightToLeft(text[i])) {
            // A word at once, for its letters to join and to stand in their order.
            while (end < text.size() && (rightToLeft(text[end]) || joins(text[end])))
                ++end;
        } else {
            while (end < text.size() && (TerminalText::isSecondHalf(text[end]) || joins(text[end])))
                ++end;
        }
        const QString piece = TerminalText::plain(text.mid(i, end - i));
        if (!QStringView(piece).trimmed().isEmpty())
            paint.painter.drawText(
                QPointF(margin + (column + static_cast<int>(i)) * m_cell - paint.shift, top + m_ascent), piece);
        i = end;
    }
}
} // namespace stepwire
