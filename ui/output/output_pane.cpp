#include "ui/output/output_pane.h"

#include "core/view/words.h"
#include "ui/output/output_accessible.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFontDatabase>
#include <QGridLayout>
#include <QHelpEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QScrollBar>
#include <QStyle>
#include <QToolButton>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace stepwire {

namespace {

constexpr int smallestFont = 5;
constexpr int largestFont = 48;
constexpr int dragIntervalMs = 40;
constexpr int describeIntervalMs = 1000;

bool isWordLetter(QChar c)
{
    return c.isLetterOrNumber() || TerminalText::isSecondHalf(c) || c.isHighSurrogate()
        || QStringView(u"_-./~+%@").contains(c);
}

} // namespace

OutputPane::OutputPane(QWidget *parent) : QAbstractScrollArea(parent)
{
    OutputAccessible::install(); // first: who is asked for a name already is told a role, too
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
    m_told.reset();
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
    m_told.reset();
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
    ++m_revision;
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
        if (line && place.column > 0 && place.column < line->text.size()
            && TerminalText::isSecondHalf(line->text[place.column]))
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

QString OutputPane::rowCells(int row) const
{
    const TerminalText::Line *line = row >= 0 && row < m_rows ? lineAt(placeOf(row, 0)) : nullptr;
    return line ? line->text : rowText(row);
}

std::optional<OutputPane::Cell> OutputPane::cellAt(const QPoint &where) const
{
    if (m_rows == 0 || !viewport()->rect().contains(where))
        return std::nullopt;
    const Place place = placeAt(where, true);
    return Cell{rowOf(place), place.column};
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

std::optional<OutputPane::Cell> OutputPane::cursor() const
{
    return m_cursor ? std::optional(Cell{rowOf(*m_cursor), m_cursor->column}) : std::nullopt;
}

std::optional<OutputPane::Cell> OutputPane::anchor() const
{
    return m_anchor ? std::optional(Cell{rowOf(*m_anchor), m_anchor->column}) : std::nullopt;
}

void OutputPane::select(const Cell &anchor, const Cell &cursor)
{
    if (m_rows == 0)
        return;
    const auto place = [this](const Cell &cell) {
        Place made = placeOf(cell.row, 0);
        made.column = std::clamp(cell.column, 0, columnsOf(made));
        return made;
    };
    m_anchor = place(anchor);
    setCursorPlace(place(cursor), true);
}

void OutputPane::showCell(const Cell &cell)
{
    showPlace(placeOf(cell.row, cell.column), true);
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
        if (line && place.column > 0 && place.column < line->text.size()
            && TerminalText::isSecondHalf(line->text[place.column]))
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
    tellCursor();
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
        describe();
        return tell();
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

// A screen reader is told of whole lines that came at the end, and of a flood the last ones only.
void OutputPane::tell()
{
    constexpr int mostLines = 5;
    if (m_rows == 0)
        return;
    const int next = m_told ? rowOf(*m_told) + 1 : 0;
    m_told = placeOf(m_rows - 1, 0);
    if (next >= m_rows || !isVisible() || !QAccessible::isActive())
        return;
    const auto *ours = dynamic_cast<OutputAccessible *>(QAccessible::queryAccessibleInterface(this));
    if (!ours)
        return;
    const int start = ours->offsetOfRow(std::max(next, m_rows - mostLines));
    QAccessibleTextInsertEvent event(this, start, ours->text(start, -1));
    QAccessible::updateAccessibility(&event);
}

void OutputPane::tellCursor()
{
    if (!QAccessible::isActive())
        return;
    const auto *ours = dynamic_cast<OutputAccessible *>(QAccessible::queryAccessibleInterface(this));
    if (!ours)
        return;
    int start = 0;
    int end = 0;
    ours->selection(0, &start, &end);
    QAccessibleTextSelectionEvent event(this, start, end);
    event.setCursorPosition(ours->cursorPosition());
    QAccessible::updateAccessibility(&event);
}

} // namespace stepwire
