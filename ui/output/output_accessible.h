#pragma once

#include <QAccessibleWidget>

#include <vector>

namespace stepwire {

class OutputPane;

/// The output as a screen reader reads it: the text of all rows, one a line, with the cursor and what is selected.
/// Offsets count letters, not columns: a wide letter is one. Lives on the main thread.
class OutputAccessible : public QAccessibleWidget, public QAccessibleTextInterface
{
public:
    explicit OutputAccessible(OutputPane *pane);
    /// Makes the accessibility of Qt know it; again does no harm.
    static void install();

    [[nodiscard]] QAccessible::State state() const override;
    void *interface_cast(QAccessible::InterfaceType type) override;

    void selection(int index, int *start, int *end) const override;
    [[nodiscard]] int selectionCount() const override;
    void addSelection(int start, int end) override;
    void removeSelection(int index) override;
    void setSelection(int index, int start, int end) override;
    /// Without a cursor the end, where a terminal has its own.
    [[nodiscard]] int cursorPosition() const override;
    void setCursorPosition(int position) override;

    [[nodiscard]] QString text(int start, int end) const override;
    using QAccessibleWidget::text;
    [[nodiscard]] QString textBeforeOffset(int offset, QAccessible::TextBoundaryType type, int *start,
                                           int *end) const override;
    [[nodiscard]] QString textAfterOffset(int offset, QAccessible::TextBoundaryType type, int *start,
                                          int *end) const override;
    [[nodiscard]] QString textAtOffset(int offset, QAccessible::TextBoundaryType type, int *start,
                                       int *end) const override;
    [[nodiscard]] int characterCount() const override;
    [[nodiscard]] QRect characterRect(int offset) const override;
    [[nodiscard]] int offsetAtPoint(const QPoint &point) const override;
    void scrollToSubstring(int start, int end) override;
    [[nodiscard]] QString attributes(int offset, int *start, int *end) const override;

    /// Of the row's first letter.
    [[nodiscard]] int offsetOfRow(int row) const;

private:
    struct Span
    {
        int start = 0;
        int end = 0;
    };

    [[nodiscard]] OutputPane *pane() const;
    /// Where each row begins, and at last where one more would.
    [[nodiscard]] const std::vector<int> &starts() const;
    [[nodiscard]] int rowAt(int offset) const;
    [[nodiscard]] int columnAt(int row, int offset) const;
    [[nodiscard]] int offsetOf(int row, int column) const;
    /// The letter, word or line that holds the offset.
    [[nodiscard]] Span around(int offset, QAccessible::TextBoundaryType type) const;
    [[nodiscard]] QString cut(const Span &span, int *start, int *end) const;

    mutable std::vector<int> m_starts;
    mutable quint64 m_revision = 0; ///< of the pane that `m_starts` is about
};

} // namespace stepwire
