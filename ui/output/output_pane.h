#pragma once

#include "core/view/hub_view.h"
#include "ui/output/terminal_text.h"

#include <QAbstractScrollArea>
#include <QBasicTimer>
#include <QUrl>

#include <compare>
#include <memory>
#include <optional>
#include <vector>

class QToolButton;

namespace stepwire {

/// The lines of a job's output: one text a start of a step, one below the other. Paints only what is visible. Stays at
/// the end until somebody scrolls up. Lives on the main thread.
class OutputPane : public QAbstractScrollArea
{
    Q_OBJECT

public:
    explicit OutputPane(QWidget *parent = nullptr);

    void clear();
    /// Of the same job: titles and states of its steps.
    void setJob(const JobPtr &job);
    /// Empty: all.
    void setStep(const QString &step);
    [[nodiscard]] const QString &step() const { return m_step; }
    void take(const std::vector<OutputPiece> &pieces);

    /// Without regard to case; goes to the first match from what is visible on.
    void search(const QString &needle);
    void searchNext(bool backwards = false);
    [[nodiscard]] int matchCount() const;
    /// From 1; 0: none is.
    [[nodiscard]] int currentMatch() const;
    [[nodiscard]] bool moreMatches() const { return m_tooMany; }

    void copy() const;
    void selectAll();
    [[nodiscard]] bool hasSelection() const { return m_anchor && m_cursor && *m_anchor != *m_cursor; }
    /// What is selected, or all there is.
    [[nodiscard]] QString chosenText() const;
    void zoom(int steps);
    void resetZoom();
    void jumpToEnd();
    [[nodiscard]] bool followsEnd() const { return m_follow; }

    /// Rows: headers and lines of what is shown.
    [[nodiscard]] int rowCount() const { return m_rows; }
    [[nodiscard]] QString rowText(int row) const;
    /// Rows that the last frame painted.
    [[nodiscard]] int paintedRows() const { return m_painted; }
    /// Where the cell is in the viewport.
    [[nodiscard]] QRect cellRect(int row, int column) const;
    [[nodiscard]] QUrl linkAt(const QPoint &where) const;

    struct Cell
    {
        int row = 0;
        int column = 0;
    };

    /// The row's letters, one a column.
    [[nodiscard]] QString rowCells(int row) const;
    [[nodiscard]] std::optional<Cell> cellAt(const QPoint &where) const;
    [[nodiscard]] std::optional<Cell> cursor() const;
    /// The other end of what is selected.
    [[nodiscard]] std::optional<Cell> anchor() const;
    void select(const Cell &anchor, const Cell &cursor);
    void showCell(const Cell &cell);
    /// Another one for each change of what the rows are.
    [[nodiscard]] quint64 revision() const { return m_revision; }

Q_SIGNALS:
    void linkActivated(const QUrl &url);
    void matchesChanged();
    void findRequested();

protected:
    bool event(QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;
    bool viewportEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void timerEvent(QTimerEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    static constexpr int margin = 6; ///< pixels around the text

    struct Match
    {
        qint64 line = 0; ///< with those that are gone
        int start = 0;
        int length = 0;
    };

    struct Section
    {
        QString step;
        int attempt = 1;
        TerminalText text;
        std::vector<Match> matches;
        qint64 lastOffset = -1;
        int firstRow = -1; ///< of its header, or of its first line where it has none; -1: not shown
        bool header = false;
    };

    /// A place that stays where it is when lines come and go above it.
    struct Place
    {
        int section = 0;
        qint64 line = 0; ///< with those that are gone; -1: the header
        int column = 0;
        auto operator<=>(const Place &) const = default;
    };

    struct Link
    {
        Place place;
        int length = 0;
        QUrl url;
        bool disguised = false; ///< what is written is not where it leads
    };

    Section &sectionFor(const OutputPiece &piece);
    void layOut();
    [[nodiscard]] Place placeOf(int row, int column) const;
    [[nodiscard]] int rowOf(const Place &place) const;
    [[nodiscard]] const TerminalText::Line *lineAt(const Place &place) const;
    [[nodiscard]] Place placeAt(const QPoint &where, bool nearest) const;
    [[nodiscard]] int columnsOf(const Place &place) const;
    [[nodiscard]] QString headerText(const Section &section) const;
    [[nodiscard]] QString textOf(const Place &from, const Place &to) const;
    [[nodiscard]] std::optional<Link> linkAt(const Place &place) const;
    [[nodiscard]] int visibleRows() const;

    void updateFont();
    void updateBars();
    void showPlace(const Place &place, bool centred);
    void moveCursor(int rows, int columns);
    void setCursorPlace(const Place &place, bool extend);
    void selectWord(const Place &place);
    void dragTo(const QPoint &where);
    void hover(const QPoint &where);
    void find(Section &section, qint64 from);
    void findAll();
    void describe();
    void tell();
    void tellCursor();

    struct Paint;
    void paintHeader(Paint &paint, const Section &section, int top) const;
    void paintLine(Paint &paint, const Section &section, int number, qint64 line, int top) const;
    void paintText(Paint &paint, QStringView text, int column, int top) const;

    JobPtr m_job;
    QString m_step;
    std::vector<std::unique_ptr<Section>> m_sections;
    int m_rows = 0;
    quint64 m_revision = 0;
    int m_columns = 0;
    bool m_follow = true;
    bool m_laying = false; ///< the bars move because of us

    int m_zoom = 0;
    qreal m_cell = 8;
    int m_rowHeight = 16;
    int m_ascent = 12;
    int m_painted = 0;

    std::optional<Place> m_anchor;
    std::optional<Place> m_cursor;
    bool m_caret = false; ///< the cursor is moved by keys, so it is drawn
    bool m_dragging = false;
    bool m_moved = false;
    QPoint m_pressed;
    QPoint m_mouse;
    QBasicTimer m_dragTimer;
    QBasicTimer m_describeTimer;

    QString m_needle;
    std::optional<Place> m_match;
    bool m_tooMany = false;

    std::optional<Link> m_hovered;
    std::optional<Place> m_told; ///< the last row that a screen reader was told of
    QToolButton *m_toEnd = nullptr;
};

} // namespace stepwire
