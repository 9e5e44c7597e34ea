#include "ui/output/output_accessible.h"

#include "ui/output/output_pane.h"

#include <QTextBoundaryFinder>

#include <algorithm>

namespace stepwire {

static QAccessibleInterface *make(const QString &className, QObject *object)
{
    auto *pane = qobject_cast<OutputPane *>(object);
    return pane && className == QLatin1String(OutputPane::staticMetaObject.className()) ? new OutputAccessible(pane)
                                                                                        : nullptr;
}

void OutputAccessible::install()
{
    QAccessible::installFactory(make);
}

OutputAccessible::OutputAccessible(OutputPane *pane) : QAccessibleWidget(pane, QAccessible::Terminal) { }

OutputPane *OutputAccessible::pane() const
{
    return static_cast<OutputPane *>(widget());
}

QAccessible::State OutputAccessible::state() const
{
    QAccessible::State state = QAccessibleWidget::state();
    state.readOnly = true;
    state.multiLine = true;
    state.selectableText = true;
    return state;
}

void *OutputAccessible::interface_cast(QAccessible::InterfaceType type)
{
    if (type == QAccessible::TextInterface)
        return static_cast<QAccessibleTextInterface *>(this);
    return QAccessibleWidget::interface_cast(type);
}

// Where things are.

const std::vector<int> &OutputAccessible::starts() const
{
    if (m_starts.empty() || m_revision != pane()->revision()) {
        m_revision = pane()->revision();
        m_starts.assign(1, 0);
        const int rows = pane()->rowCount();
        m_starts.reserve(static_cast<std::size_t>(rows) + 1);
        for (int row = 0; row < rows; ++row)
            m_starts.push_back(m_starts.back() + static_cast<int>(pane()->rowText(row).size()) + 1);
    }
    return m_starts;
}

int OutputAccessible::characterCount() const
{
    return starts().back();
}

int OutputAccessible::offsetOfRow(int row) const
{
    return starts()[static_cast<std::size_t>(std::clamp(row, 0, pane()->rowCount()))];
}

int OutputAccessible::rowAt(int offset) const
{
    const std::vector<int> &all = starts();
    const auto after = std::upper_bound(all.begin(), all.end(), offset);
    return std::clamp(static_cast<int>(after - all.begin()) - 1, 0, std::max(0, pane()->rowCount() - 1));
}

int OutputAccessible::columnAt(int row, int offset) const
{
    const QString cells = pane()->rowCells(row);
    int left = offset - offsetOfRow(row);
    int column = 0;
    for (; column < cells.size(); ++column) {
        if (cells[column] != TerminalText::filler && left-- <= 0)
            break;
    }
    return column;
}

int OutputAccessible::offsetOf(int row, int column) const
{
    const QString cells = pane()->rowCells(row);
    return offsetOfRow(row) + static_cast<int>(TerminalText::plain(QStringView(cells).left(column)).size());
}

OutputAccessible::Span OutputAccessible::around(int offset, QAccessible::TextBoundaryType type) const
{
    const int count = characterCount();
    if (type == QAccessible::NoBoundary)
        return {0, count};
    if (count == 0 || offset < 0 || offset >= count)
        return {std::clamp(offset, 0, count), std::clamp(offset, 0, count)};
    const int row = rowAt(offset);
    const int start = offsetOfRow(row);
    if (type != QAccessible::CharBoundary && type != QAccessible::WordBoundary)
        return {start, offsetOfRow(row + 1)};
    const QString line = pane()->rowText(row) + u'\n';
    QTextBoundaryFinder finder(
        type == QAccessible::CharBoundary ? QTextBoundaryFinder::Grapheme : QTextBoundaryFinder::Word, line);
    finder.setPosition(offset - start);
    int begin = offset - start;
    if (!finder.isAtBoundary())
        begin = static_cast<int>(std::max<qsizetype>(0, finder.toPreviousBoundary()));
    finder.setPosition(offset - start);
    const qsizetype next = finder.toNextBoundary();
    return {start + begin, start + static_cast<int>(next < 0 ? line.size() : next)};
}

// Text out.

QString OutputAccessible::text(int start, int end) const
{
    const int count = characterCount();
    start = std::clamp(start, 0, count);
    end = end < 0 ? count : std::clamp(end, start, count);
    QString result;
    for (int row = rowAt(start); start < end; ++row) {
        const QString line = pane()->rowText(row) + u'\n';
        const int first = offsetOfRow(row);
        const int stop = std::min(end, offsetOfRow(row + 1));
        result += QStringView(line).mid(start - first, stop - start);
        start = stop;
    }
    return result;
}

QString OutputAccessible::cut(const Span &span, int *start, int *end) const
{
    *start = span.start;
    *end = span.end;
    return text(span.start, span.end);
}

QString OutputAccessible::textAtOffset(int offset, QAccessible::TextBoundaryType type, int *start, int *end) const
{
    // At the very end the last one is meant.
    if (offset > 0 && offset == characterCount())
        --offset;
    return cut(around(offset, type), start, end);
}

QString OutputAccessible::textBeforeOffset(int offset, QAccessible::TextBoundaryType type, int *start, int *end) const
{
    const int begin = offset >= characterCount() ? characterCount() : around(offset, type).start;
    return cut(begin > 0 ? around(begin - 1, type) : Span{}, start, end);
}

QString OutputAccessible::textAfterOffset(int offset, QAccessible::TextBoundaryType type, int *start, int *end) const
{
    return cut(around(around(offset, type).end, type), start, end);
}

QString OutputAccessible::attributes(int offset, int *start, int *end) const
{
    const Span line = around(offset, QAccessible::LineBoundary);
    *start = line.start;
    *end = line.end;
    return {};
}

// The cursor and what is selected.

int OutputAccessible::cursorPosition() const
{
    const auto cursor = pane()->cursor();
    return cursor ? offsetOf(cursor->row, cursor->column) : characterCount();
}

void OutputAccessible::setCursorPosition(int position)
{
    setSelection(0, position, position);
}

int OutputAccessible::selectionCount() const
{
    return pane()->hasSelection() ? 1 : 0;
}

void OutputAccessible::selection(int index, int *start, int *end) const
{
    *start = *end = 0;
    const auto anchor = pane()->anchor();
    const auto cursor = pane()->cursor();
    if (index != 0 || !anchor || !cursor)
        return;
    const int from = offsetOf(anchor->row, anchor->column);
    const int to = offsetOf(cursor->row, cursor->column);
    *start = std::min(from, to);
    *end = std::max(from, to);
}

void OutputAccessible::addSelection(int start, int end)
{
    setSelection(0, start, end);
}

void OutputAccessible::removeSelection(int index)
{
    if (index == 0 && pane()->hasSelection())
        setCursorPosition(cursorPosition());
}

void OutputAccessible::setSelection(int index, int start, int end)
{
    if (index != 0 || pane()->rowCount() == 0)
        return;
    const int from = rowAt(start);
    const int to = rowAt(end);
    pane()->select({from, columnAt(from, start)}, {to, columnAt(to, end)});
}

// Where it is on the screen.

QRect OutputAccessible::characterRect(int offset) const
{
    if (pane()->rowCount() == 0)
        return {};
    const int row = rowAt(offset);
    const QRect cell = pane()->cellRect(row, columnAt(row, offset));
    return {pane()->viewport()->mapToGlobal(cell.topLeft()), cell.size()};
}

int OutputAccessible::offsetAtPoint(const QPoint &point) const
{
    const auto cell = pane()->cellAt(pane()->viewport()->mapFromGlobal(point));
    return cell ? offsetOf(cell->row, cell->column) : -1;
}

void OutputAccessible::scrollToSubstring(int start, int)
{
    if (pane()->rowCount() == 0)
        return;
    const int row = rowAt(start);
    pane()->showCell({row, columnAt(row, start)});
}

} // namespace stepwire
