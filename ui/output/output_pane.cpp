#include "ui/output/output_pane.h"

#include "core/view/words.h"
#include "ui/look/look.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFontDatabase>
#include <QGridLayout>
#include <QHelpEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QRegularExpression>
#include <QScrollBar>
#include <QStyle>
#include <QToolButton>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace stepwire {

namespace {

constexpr int margin = 6;
constexpr int smallestFont = 5;
constexpr int largestFont = 48;
constexpr int mostMatches = 100'000;
constexpr int dragIntervalMs = 40;
constexpr int describeIntervalMs = 1000;

bool isSecondHalf(QChar c)
{
    return c == TerminalText::filler || c.isLowSurrogate();
}

bool isWordLetter(QChar c)
{
    return c.isLetterOrNumber() || isSecondHalf(c) || c.isHighSurrogate() || QStringView(u"_-./~+%@").contains(c);
}

bool mayOpen(const QUrl &url)
{
    static const QStringList schemes{QStringLiteral("http"), QStringLiteral("https"), QStringLiteral("ftp"),
                                     QStringLiteral("mailto"), QStringLiteral("file")};
    return url.isValid() && schemes.contains(url.scheme());
}

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

OutputPane::OutputPane(QWidget *parent) : QAbstractScrollArea(parent)
{
    // What programs write has its columns from the left in every language.
    setLayoutDirection(Qt::LeftToRight);
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Output"));
    viewport()->setMouseTracking(true);
    viewport()->setCursor(Qt::IBeamCursor);

    m_toEnd = new QToolButton(viewport());
    m_toEnd->setText(tr("Jump to end"));
    m_toEnd->setToolTip(tr("Jump to the end and stay there (Ctrl+End)"));
    m_toEnd->setIcon(style()->standardIcon(QStyle::SP_ArrowDown));
    m_toEnd->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_toEnd->setCursor(Qt::ArrowCursor);
    m_toEnd->setFocusPolicy(Qt::TabFocus);
    m_toEnd->setAutoFillBackground(true);
    m_toEnd->hide();
    connect(m_toEnd, &QToolButton::clicked, this, &OutputPane::jumpToEnd);
    auto *layout = new QGridLayout(viewport());
    constexpr int distance = 12;
    layout->setContentsMargins(distance, distance, distance, distance);
    layout->addWidget(m_toEnd, 0, 0, Qt::AlignBottom | Qt::AlignRight);

    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, [this](int value) {
        if (!m_laying)
            m_follow = value == verticalScrollBar()->maximum();
        m_toEnd->setVisible(!m_follow);
    });
    updateFont();
}

void OutputPane::clear()
{
    m_sections.clear();
    m_anchor.reset();
    m_cursor.reset();
    m_match.reset();
    m_hovered.reset();
    m_caret = m_dragging = m_tooMany = false;
    m_follow = true;
    layOut();
    updateBars();
    Q_EMIT matchesChanged();
}

void OutputPane::setJob(const JobPtr &job)
{
    m_job = job;
    layOut();
    updateBars();
}

void OutputPane::setStep(const QString &step)
{
    if (step == m_step)
        return;
    m_step = step;
    m_anchor.reset();
    m_cursor.reset();
    m_match.reset();
    m_hovered.reset();
    m_caret = false;
    m_follow = true;
    layOut();
    updateBars();
    findAll();
    describe();
}

OutputPane::Section &OutputPane::sectionFor(const OutputPiece &piece)
{
    for (const auto &section : m_sections) {
        if (section->step == piece.step && section->attempt == piece.attempt)
            return *section;
    }
    auto &section = m_sections.emplace_back(std::make_unique<Section>());
    section->step = piece.step;
    section->attempt = piece.attempt;
    return *section;
}

void OutputPane::take(const std::vector<OutputPiece> &pieces)
{
    const Place top = placeOf(verticalScrollBar()->value(), 0);
    for (const OutputPiece &piece : pieces) {
        Section &section = sectionFor(piece);
        if (section.lastOffset >= piece.offset && piece.offset - piece.omitted <= 0 && !piece.bytes.isEmpty()) {
            // From the start once more: the link came back.
            section.text = TerminalText();
            section.matches.clear();
        }
        if (piece.omitted > 0)
            section.text.note(tr("… %1 left out").arg(Words::bytes(static_cast<double>(piece.omitted))));
        section.text.write(piece.bytes);
        if (!piece.bytes.isEmpty())
            section.lastOffset = piece.offset;
    }
    layOut();
    updateBars();
    if (!m_follow && m_rows > 0) {
        m_laying = true;
        verticalScrollBar()->setValue(rowOf(top));
        m_laying = false;
    }
    bool found = false;
    for (const auto &section : m_sections) {
        const qint64 changed = section->text.takeChanged();
        if (changed >= 0 && !m_needle.isEmpty() && section->firstRow >= 0) {
            find(*section, changed);
            found = true;
        }
    }
    if (found)
        Q_EMIT matchesChanged();
    if (m_hovered)
        hover(m_mouse);
    if (!m_describeTimer.isActive())
        m_describeTimer.start(describeIntervalMs, this);
}

void OutputPane::layOut()
{
    const auto shown = [this](const Section &section) { return m_step.isEmpty() || section.step == m_step; };
    const auto count = std::ranges::count_if(m_sections, [&shown](const auto &section) { return shown(*section); });
    const bool headers = count > 1 || (m_step.isEmpty() && m_job && m_job->steps.size() > 1);
    m_rows = 0;
    m_columns = 0;
    for (const auto &section : m_sections) {
        section->firstRow = -1;
        if (!shown(*section))
            continue;
        section->firstRow = m_rows;
        section->header = headers || section->text.dropped() > 0;
        m_rows += section->text.lineCount() + (section->header ? 1 : 0);
        m_columns = std::max(m_columns, section->text.widest());
    }
}

OutputPane::Place OutputPane::placeOf(int row, int column) const
{
    row = std::clamp(row, 0, std::max(0, m_rows - 1));
    for (int i = static_cast<int>(m_sections.size()) - 1; i >= 0; --i) {
        const Section &section = *m_sections[static_cast<std::size_t>(i)];
        if (section.firstRow < 0 || section.firstRow > row)
            continue;
        const int line = row - section.firstRow - (section.header ? 1 : 0);
        return {i, line < 0 ? -1 : line + section.text.dropped(), column};
    }
    return {0, -1, 0};
}

int OutputPane::rowOf(const Place &place) const
{
    if (place.section >= static_cast<int>(m_sections.size()))
        return 0;
    const Section &section = *m_sections[static_cast<std::size_t>(place.section)];
    if (section.firstRow < 0)
        return 0;
    if (place.line < 0)
        return section.firstRow;
    const qint64 line =
        std::clamp<qint64>(place.line - section.text.dropped(), 0, std::max(0, section.text.lineCount() - 1));
    return section.firstRow + (section.header ? 1 : 0) + static_cast<int>(line);
}

const TerminalText::Line *OutputPane::lineAt(const Place &place) const
{
    if (place.line < 0 || place.section >= static_cast<int>(m_sections.size()))
        return nullptr;
    const TerminalText &text = m_sections[static_cast<std::size_t>(place.section)]->text;
    const qint64 line = place.line - text.dropped();
    return line >= 0 && line < text.lineCount() ? &text.line(static_cast<int>(line)) : nullptr;
}

int OutputPane::columnsOf(const Place &place) const
{
    const TerminalText::Line *line = lineAt(place);
    return line ? static_cast<int>(line->text.size()) : 0;
}

OutputPane::Place OutputPane::placeAt(const QPoint &where, bool nearest) const
{
    const int row = verticalScrollBar()->value() + static_cast<int>(std::floor(qreal(where.y()) / m_rowHeight));
    const qreal x = (where.x() - margin + horizontalScrollBar()->value()) / m_cell;
    Place place = placeOf(row, 0);
    place.column = static_cast<int>(std::floor(nearest ? x + 0.5 : x));
    if (nearest) {
        if (row >= m_rows) // below all there is
            place.column = columnsOf(place);
        place.column = std::clamp(place.column, 0, columnsOf(place));
        const TerminalText::Line *line = lineAt(place);
        if (line && place.column > 0 && place.column < line->text.size() && isSecondHalf(line->text[place.column]))
            --place.column;
    } else if (row >= m_rows || row < 0 || place.column < 0) {
        place.line = -1;
    }
    return place;
}

QRect OutputPane::cellRect(int row, int column) const
{
    return {static_cast<int>(std::floor(column * m_cell)) + margin - horizontalScrollBar()->value(),
            (row - verticalScrollBar()->value()) * m_rowHeight, static_cast<int>(std::ceil(m_cell)), m_rowHeight};
}

int OutputPane::visibleRows() const
{
    return std::max(1, viewport()->height() / m_rowHeight);
}

QString OutputPane::headerText(const Section &section) const
{
    const Step *step = m_job ? m_job->findStep(section.step) : nullptr;
    QString text = step && !step->title.isEmpty() ? step->title : section.step;
    if (text.isEmpty())
        text = tr("Output");
    if (section.attempt > 1)
        text = tr("%1, attempt %2").arg(text).arg(section.attempt);
    if (const qint64 dropped = section.text.dropped(); dropped > 0)
        text = tr("%1 (%2)").arg(text, tr("%n earlier line(s) not shown", nullptr, static_cast<int>(dropped)));
    return text;
}

QString OutputPane::rowText(int row) const
{
    if (row < 0 || row >= m_rows)
        return {};
    const Place place = placeOf(row, 0);
    if (const TerminalText::Line *line = lineAt(place))
        return TerminalText::plain(line->text);
    return headerText(*m_sections[static_cast<std::size_t>(place.section)]);
}

// ---- text out

QString OutputPane::textOf(const Place &from, const Place &to) const
{
    QString result;
    const int last = rowOf(to);
    for (int row = rowOf(from); row <= last; ++row) {
        const Place place = placeOf(row, 0);
        const TerminalText::Line *line = lineAt(place);
        if (row != rowOf(from))
            result += u'\n';
        if (!line) {
            // Only a header that is wholly within: of one at the end nothing is selected.
            if (row != last)
                result += headerText(*m_sections[static_cast<std::size_t>(place.section)]);
            continue;
        }
        const bool first = place.section == from.section && place.line == from.line;
        const bool end = place.section == to.section && place.line == to.line;
        const int begin = std::min<int>(first ? from.column : 0, static_cast<int>(line->text.size()));
        const int stop =
            std::min<int>(end ? to.column : static_cast<int>(line->text.size()), static_cast<int>(line->text.size()));
        result += TerminalText::plain(QStringView(line->text).mid(begin, std::max(0, stop - begin)));
    }
    return result;
}

QString OutputPane::chosenText() const
{
    if (m_rows == 0)
        return {};
    if (hasSelection())
        return textOf(std::min(*m_anchor, *m_cursor), std::max(*m_anchor, *m_cursor));
    Place end = placeOf(m_rows - 1, 0);
    end.column = columnsOf(end);
    return textOf(placeOf(0, 0), end) + u'\n';
}

void OutputPane::copy() const
{
    if (m_rows > 0)
        QApplication::clipboard()->setText(chosenText());
}

void OutputPane::selectAll()
{
    if (m_rows == 0)
        return;
    m_anchor = placeOf(0, 0);
    m_cursor = placeOf(m_rows - 1, 0);
    m_cursor->column = columnsOf(*m_cursor);
    viewport()->update();
}

// ---- geometry

void OutputPane::updateFont()
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setKerning(false);
    if (m_zoom != 0) {
        const qreal size = font.pointSizeF() > 0 ? font.pointSizeF() : QFontInfo(font).pointSizeF();
        font.setPointSizeF(std::clamp<qreal>(size + m_zoom, smallestFont, largestFont));
    }
    viewport()->setFont(font);
    const QFontMetricsF metrics(font, this);
    m_cell = std::max<qreal>(1, metrics.horizontalAdvance(u'M'));
    m_rowHeight = std::max(1, static_cast<int>(std::ceil(metrics.height())));
    m_ascent = static_cast<int>(std::ceil(metrics.ascent()));
    m_toEnd->setFont(QApplication::font());
    updateBars();
}

void OutputPane::updateBars()
{
    m_laying = true;
    QScrollBar *const rows = verticalScrollBar();
    const Place top = m_follow ? Place() : placeOf(rows->value(), 0);
    rows->setRange(0, std::max(0, m_rows - visibleRows()));
    rows->setPageStep(visibleRows());
    rows->setSingleStep(1);
    rows->setValue(m_follow ? rows->maximum() : rowOf(top));
    QScrollBar *const columns = horizontalScrollBar();
    const int width = static_cast<int>(std::ceil((m_columns + 1) * m_cell)) + 2 * margin;
    columns->setRange(0, std::max(0, width - viewport()->width()));
    columns->setPageStep(viewport()->width());
    columns->setSingleStep(static_cast<int>(std::ceil(m_cell)) * 4);
    m_laying = false;
    m_toEnd->setVisible(!m_follow && rows->maximum() > 0);
    viewport()->update();
}

void OutputPane::zoom(int steps)
{
    const QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    const int size = font.pointSize() > 0 ? font.pointSize() : 10;
    m_zoom = std::clamp(m_zoom + steps, smallestFont - size, largestFont - size);
    updateFont();
}

void OutputPane::resetZoom()
{
    m_zoom = 0;
    updateFont();
}

void OutputPane::jumpToEnd()
{
    m_follow = true;
    updateBars();
    if (m_toEnd->hasFocus())
        setFocus();
}

void OutputPane::showPlace(const Place &place, bool centred)
{
    QScrollBar *const rows = verticalScrollBar();
    const int row = rowOf(place);
    const int count = visibleRows();
    if (row < rows->value() || row >= rows->value() + count) {
        const int top = centred ? row - count / 2 : row < rows->value() ? row : row - count + 1;
        rows->setValue(top);
    }
    QScrollBar *const columns = horizontalScrollBar();
    const int x = static_cast<int>(place.column * m_cell);
    const int width = viewport()->width() - 2 * margin;
    const int room = std::min(width / 4, static_cast<int>(m_cell * 8));
    if (x < columns->value() || x + m_cell > columns->value() + width)
        columns->setValue(x < columns->value() ? x - room : x - width + room);
    viewport()->update();
}

// ---- events

bool OutputPane::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        auto *key = static_cast<QKeyEvent *>(event);
        if (key->matches(QKeySequence::Copy) || key->matches(QKeySequence::SelectAll)) {
            event->accept();
            return true;
        }
    }
    return QAbstractScrollArea::event(event);
}

void OutputPane::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::ApplicationFontChange)
        updateFont();
    else if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        viewport()->update();
}

void OutputPane::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    updateBars();
}

void OutputPane::scrollContentsBy(int, int)
{
    viewport()->update();
}

bool OutputPane::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        auto *help = static_cast<QHelpEvent *>(event);
        const auto link = linkAt(placeAt(help->pos(), false));
        if (link && link->disguised)
            QToolTip::showText(help->globalPos(), link->url.toDisplayString(), viewport());
        else
            QToolTip::hideText();
        return true;
    }
    if (event->type() == QEvent::Leave && m_hovered) {
        m_hovered.reset();
        viewport()->update();
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void OutputPane::keyPressEvent(QKeyEvent *event)
{
    const bool shift = event->modifiers().testFlag(Qt::ShiftModifier);
    const bool control = event->modifiers().testFlag(Qt::ControlModifier);
    if (event->matches(QKeySequence::Copy))
        return copy();
    if (event->matches(QKeySequence::SelectAll))
        return selectAll();
    QScrollBar *const rows = verticalScrollBar();
    switch (event->key()) {
    case Qt::Key_Up:
        if (shift)
            return moveCursor(-1, 0);
        break;
    case Qt::Key_Down:
        if (shift)
            return moveCursor(1, 0);
        break;
    case Qt::Key_Left:
        if (shift)
            return moveCursor(0, -1);
        break;
    case Qt::Key_Right:
        if (shift)
            return moveCursor(0, 1);
        break;
    case Qt::Key_PageUp:
        if (shift)
            return moveCursor(-visibleRows(), 0);
        break;
    case Qt::Key_PageDown:
        if (shift)
            return moveCursor(visibleRows(), 0);
        break;
    case Qt::Key_Home:
        if (shift && m_cursor && m_rows > 0) {
            Place place = control ? placeOf(0, 0) : *m_cursor;
            place.column = 0;
            return setCursorPlace(place, true);
        }
        horizontalScrollBar()->setValue(0);
        return rows->setValue(0);
    case Qt::Key_End:
        if (shift && m_cursor && m_rows > 0) {
            Place place = control ? placeOf(m_rows - 1, 0) : *m_cursor;
            place.column = columnsOf(place);
            return setCursorPlace(place, true);
        }
        return jumpToEnd();
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_cursor) {
            if (const auto link = linkAt(*m_cursor)) {
                Q_EMIT linkActivated(link->url);
                return;
            }
        }
        break;
    default: break;
    }
    QAbstractScrollArea::keyPressEvent(event);
}

void OutputPane::moveCursor(int rows, int columns)
{
    if (m_rows == 0)
        return;
    if (!m_cursor)
        m_anchor = m_cursor = placeOf(verticalScrollBar()->value() + (m_follow ? visibleRows() - 1 : 0), 0);
    Place place = *m_cursor;
    if (rows != 0)
        place = placeOf(rowOf(place) + rows, place.column);
    if (columns < 0 && place.column == 0 && rowOf(place) > 0) {
        place = placeOf(rowOf(place) - 1, 0);
        place.column = columnsOf(place);
    } else if (columns > 0 && place.column >= columnsOf(place) && rowOf(place) < m_rows - 1) {
        place = placeOf(rowOf(place) + 1, 0);
    } else {
        place.column = std::clamp(place.column + columns, 0, columnsOf(place));
        const TerminalText::Line *line = lineAt(place);
        if (line && place.column > 0 && place.column < line->text.size() && isSecondHalf(line->text[place.column]))
            place.column += columns > 0 ? 1 : -1;
    }
    setCursorPlace(place, true);
}

void OutputPane::setCursorPlace(const Place &place, bool extend)
{
    m_cursor = place;
    if (!extend || !m_anchor)
        m_anchor = place;
    m_caret = true;
    showPlace(place, false);
}

void OutputPane::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || m_rows == 0)
        return QAbstractScrollArea::mousePressEvent(event);
    m_pressed = event->position().toPoint();
    m_cursor = placeAt(m_pressed, true);
    if (!event->modifiers().testFlag(Qt::ShiftModifier) || !m_anchor)
        m_anchor = m_cursor;
    m_caret = false;
    m_dragging = true;
    m_moved = false;
    viewport()->update();
}

void OutputPane::mouseMoveEvent(QMouseEvent *event)
{
    m_mouse = event->position().toPoint();
    if (!m_dragging)
        return hover(m_mouse);
    if (!m_moved && (m_mouse - m_pressed).manhattanLength() < QApplication::startDragDistance())
        return;
    m_moved = true;
    dragTo(m_mouse);
    if (viewport()->rect().contains(m_mouse))
        m_dragTimer.stop();
    else if (!m_dragTimer.isActive())
        m_dragTimer.start(dragIntervalMs, this);
}

void OutputPane::dragTo(const QPoint &where)
{
    m_cursor = placeAt(where, true);
    viewport()->update();
}

void OutputPane::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || !m_dragging)
        return QAbstractScrollArea::mouseReleaseEvent(event);
    m_dragging = false;
    m_dragTimer.stop();
    if (hasSelection()) {
        if (QApplication::clipboard()->supportsSelection())
            QApplication::clipboard()->setText(chosenText(), QClipboard::Selection);
    } else if (!m_moved) {
        if (const auto link = linkAt(placeAt(event->position().toPoint(), false)))
            Q_EMIT linkActivated(link->url);
    }
    hover(event->position().toPoint());
}

void OutputPane::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && m_rows > 0)
        selectWord(placeAt(event->position().toPoint(), false));
}

void OutputPane::selectWord(const Place &place)
{
    const TerminalText::Line *line = lineAt(place);
    if (!line || place.column >= line->text.size())
        return;
    int from = place.column;
    int to = place.column;
    while (from > 0 && isWordLetter(line->text[from - 1]))
        --from;
    while (to < line->text.size() && isWordLetter(line->text[to]))
        ++to;
    m_anchor = m_cursor = place;
    m_anchor->column = from;
    m_cursor->column = std::max(to, from + 1);
    viewport()->update();
}

void OutputPane::wheelEvent(QWheelEvent *event)
{
    if (!event->modifiers().testFlag(Qt::ControlModifier))
        return QAbstractScrollArea::wheelEvent(event);
    if (event->angleDelta().y() != 0)
        zoom(event->angleDelta().y() > 0 ? 1 : -1);
    event->accept();
}

void OutputPane::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_describeTimer.timerId()) {
        m_describeTimer.stop();
        return describe();
    }
    if (event->timerId() != m_dragTimer.timerId())
        return QAbstractScrollArea::timerEvent(event);
    const QRect rect = viewport()->rect();
    if (m_mouse.y() < rect.top())
        verticalScrollBar()->triggerAction(QScrollBar::SliderSingleStepSub);
    else if (m_mouse.y() > rect.bottom())
        verticalScrollBar()->triggerAction(QScrollBar::SliderSingleStepAdd);
    if (m_mouse.x() < rect.left())
        horizontalScrollBar()->triggerAction(QScrollBar::SliderSingleStepSub);
    else if (m_mouse.x() > rect.right())
        horizontalScrollBar()->triggerAction(QScrollBar::SliderSingleStepAdd);
    dragTo({std::clamp(m_mouse.x(), rect.left(), rect.right()), std::clamp(m_mouse.y(), rect.top(), rect.bottom())});
}

void OutputPane::focusInEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void OutputPane::focusOutEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

void OutputPane::contextMenuEvent(QContextMenuEvent *event)
{
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setLayoutDirection(QApplication::layoutDirection());
    std::optional<Link> link;
    if (!byKey)
        link = linkAt(placeAt(event->pos(), false));
    else if (m_cursor)
        link = linkAt(*m_cursor);
    if (link) {
        const QUrl url = link->url;
        menu->addAction(tr("&Open %1").arg(url.toDisplayString().replace(u'&', QStringLiteral("&&"))), this,
                        [this, url] { Q_EMIT linkActivated(url); });
        menu->addAction(tr("Copy &address"), this, [url] {
            QApplication::clipboard()->setText(url.isLocalFile() ? url.toLocalFile() : url.toString());
        });
        menu->addSeparator();
    }
    QAction *copyText = menu->addAction(tr("&Copy"), this, [this] { copy(); });
    copyText->setShortcut(QKeySequence::Copy);
    copyText->setEnabled(hasSelection());
    QAction *all = menu->addAction(tr("&Select all"), this, &OutputPane::selectAll);
    all->setShortcut(QKeySequence::SelectAll);
    all->setEnabled(m_rows > 0);
    menu->addSeparator();
    menu->addAction(tr("&Find…"), this, &OutputPane::findRequested)->setShortcut(QKeySequence::Find);
    menu->popup(byKey ? viewport()->mapToGlobal(viewport()->rect().center()) : event->globalPos());
}

void OutputPane::describe()
{
    setAccessibleDescription(rowText(m_rows - 1).trimmed());
}

// ---- links

QUrl OutputPane::linkAt(const QPoint &where) const
{
    const auto link = linkAt(placeAt(where, false));
    return link ? link->url : QUrl();
}

std::optional<OutputPane::Link> OutputPane::linkAt(const Place &place) const
{
    const TerminalText::Line *line = lineAt(place);
    if (!line || place.column < 0 || place.column >= line->text.size())
        return std::nullopt;
    const TerminalText &text = m_sections[static_cast<std::size_t>(place.section)]->text;
    const auto number = [&](int column) { return text.style(text.styleAt(*line, column)).link; };
    if (const quint16 link = number(place.column); link != 0) {
        int from = place.column;
        int to = place.column + 1;
        while (from > 0 && number(from - 1) == link)
            --from;
        while (to < line->text.size() && number(to) == link)
            ++to;
        const QUrl url(text.link(link), QUrl::StrictMode);
        if (!mayOpen(url))
            return std::nullopt;
        const bool disguised = TerminalText::plain(QStringView(line->text).mid(from, to - from)) != text.link(link);
        return Link{{place.section, place.line, from}, to - from, url, disguised};
    }
    // A path is taken for one when it is absolute and has two parts at least: `/s` is more often something else.
    static const QRegularExpression pattern(
        QStringLiteral("(?<url>\\b(?:https?|ftp|file)://[^\\s<>\"'`|\\\\^{}]+)"
                       "|(?<![\\w/.:~@%+=-])(?<path>/[\\w.@%+=~,-]+(?:/[\\w.@%+=~,-]+)+/?)(?::\\d+)*"),
        QRegularExpression::UseUnicodePropertiesOption);
    // Around the place alone: a line may be long.
    constexpr int reach = 2000;
    const int begin = std::max(0, place.column - reach);
    const QString near = line->text.mid(begin, 2 * reach);
    for (auto it = pattern.globalMatch(near); it.hasNext();) {
        const QRegularExpressionMatch match = it.next();
        const int start = begin + static_cast<int>(match.capturedStart());
        if (start > place.column)
            break;
        const bool isUrl = match.hasCaptured(u"url");
        QString found = match.captured(isUrl ? u"url" : u"path");
        // What ends the sentence around it is not part of it; a bracket only when it was opened within.
        while (!found.isEmpty()) {
            const QChar last = found.back();
            const bool closes = (last == u')' && found.count(u')') > found.count(u'('))
                || (last == u']' && found.count(u']') > found.count(u'['));
            if (!closes && !QStringView(u".,;:!?").contains(last))
                break;
            found.chop(1);
        }
        const int length = static_cast<int>(found.size());
        if (place.column >= start + length)
            continue;
        found.remove(TerminalText::filler);
        const QUrl url = isUrl ? QUrl(found) : QUrl::fromLocalFile(found);
        if (!mayOpen(url))
            return std::nullopt;
        return Link{{place.section, place.line, start}, length, url, false};
    }
    return std::nullopt;
}

void OutputPane::hover(const QPoint &where)
{
    m_mouse = where;
    const bool had = m_hovered.has_value();
    const auto before = had ? std::optional(m_hovered->place) : std::nullopt;
    m_hovered =
        viewport()->underMouse() || viewport()->rect().contains(where) ? linkAt(placeAt(where, false)) : std::nullopt;
    const auto now = m_hovered ? std::optional(m_hovered->place) : std::nullopt;
    if (before == now)
        return;
    viewport()->setCursor(m_hovered ? Qt::PointingHandCursor : Qt::IBeamCursor);
    viewport()->update();
}

// ---- search

void OutputPane::find(Section &section, qint64 from)
{
    std::erase_if(section.matches, [&section, from](const Match &match) {
        return match.line < section.text.dropped() || match.line >= from;
    });
    const TerminalText &text = section.text;
    const int size = static_cast<int>(m_needle.size());
    int room = mostMatches;
    for (const auto &other : m_sections)
        room -= static_cast<int>(other->matches.size());
    const int count = text.lineCount();
    for (int number = static_cast<int>(std::max<qint64>(from - text.dropped(), 0)); number < count; ++number) {
        const TerminalText::Line &line = text.line(number);
        const bool wide = line.text.contains(TerminalText::filler);
        const QString plain = wide ? TerminalText::plain(line.text) : line.text;
        qsizetype at = 0;
        while ((at = plain.indexOf(m_needle, at, Qt::CaseInsensitive)) >= 0) {
            if (room-- <= 0) {
                m_tooMany = true;
                return;
            }
            int start = static_cast<int>(at);
            int length = size;
            if (wide) {
                const auto column = [&line](qsizetype index) {
                    int i = 0;
                    for (; i < line.text.size(); ++i) {
                        if (line.text[i] != TerminalText::filler && index-- == 0)
                            break;
                    }
                    return i;
                };
                start = column(at);
                length = column(at + size) - start;
            }
            section.matches.push_back({text.dropped() + number, start, length});
            at += size;
        }
    }
}

void OutputPane::findAll()
{
    m_tooMany = false;
    for (const auto &section : m_sections)
        section->matches.clear();
    if (!m_needle.isEmpty()) {
        for (const auto &section : m_sections) {
            if (section->firstRow >= 0)
                find(*section, 0);
        }
    }
    viewport()->update();
    Q_EMIT matchesChanged();
}

void OutputPane::search(const QString &needle)
{
    if (needle == m_needle)
        return;
    m_needle = needle;
    const Place from = m_match.value_or(placeOf(verticalScrollBar()->value(), 0));
    m_match.reset();
    findAll();
    if (matchCount() == 0)
        return;
    // The one before the place, so that the next is the first from it on.
    m_match = Place{from.section, from.line, from.column - 1};
    searchNext();
}

void OutputPane::searchNext(bool backwards)
{
    const Place now = m_match.value_or(placeOf(verticalScrollBar()->value(), -1));
    std::optional<Place> next;
    std::optional<Place> wrapped;
    for (int i = 0; i < static_cast<int>(m_sections.size()); ++i) {
        const Section &section = *m_sections[static_cast<std::size_t>(i)];
        if (section.firstRow < 0 || section.matches.empty())
            continue;
        const auto placed = [i](const Match &match) { return Place{i, match.line, match.start}; };
        if (backwards) {
            const auto after = std::ranges::lower_bound(section.matches, now, {}, placed);
            if (after != section.matches.begin())
                next = placed(*std::prev(after));
            wrapped = placed(section.matches.back());
        } else {
            const auto after = std::ranges::upper_bound(section.matches, now, {}, placed);
            if (after != section.matches.end() && !next)
                next = placed(*after);
            if (!wrapped)
                wrapped = placed(section.matches.front());
        }
    }
    m_match = next ? next : wrapped;
    if (m_match)
        showPlace(*m_match, true);
    viewport()->update();
    Q_EMIT matchesChanged();
}

int OutputPane::matchCount() const
{
    int count = 0;
    for (const auto &section : m_sections)
        count += static_cast<int>(section->matches.size());
    return count;
}

int OutputPane::currentMatch() const
{
    if (!m_match)
        return 0;
    int before = 0;
    for (int i = 0; i < static_cast<int>(m_sections.size()); ++i) {
        const std::vector<Match> &matches = m_sections[static_cast<std::size_t>(i)]->matches;
        if (i != m_match->section) {
            before += static_cast<int>(matches.size());
            continue;
        }
        const auto placed = [i](const Match &match) { return Place{i, match.line, match.start}; };
        const auto at = std::ranges::lower_bound(matches, *m_match, {}, placed);
        if (at == matches.end() || placed(*at) != *m_match)
            return 0;
        return before + static_cast<int>(at - matches.begin()) + 1;
    }
    return 0;
}

// ---- painting

void OutputPane::paintEvent(QPaintEvent *)
{
    QPainter painter(viewport());
    const QPalette &palette = this->palette();
    painter.fillRect(viewport()->rect(), palette.base());
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
    font.setPixelSize(std::max(8, m_rowHeight * 2 / 3));
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
    if (first > 0 && first < size && isSecondHalf(line.text[first]))
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
            while (end < text.size() && (isSecondHalf(text[end]) || joins(text[end])))
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
