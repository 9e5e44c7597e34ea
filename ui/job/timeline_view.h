#pragma once

#include "core/view/hub_view.h"
#include "ui/job/timeline.h"

#include <QAbstractScrollArea>

namespace stepwire {

/// Who ran when: a row a step on the job's own time, the waits before them as thin lines, the critical path outlined.
/// Lives on the main thread.
class TimelineView : public QAbstractScrollArea
{
    Q_OBJECT

public:
    explicit TimelineView(QWidget *parent = nullptr);

    void setJob(const JobPtr &job, UnixMs now);
    /// Running steps grow to `now`.
    void tick(UnixMs now);

    [[nodiscard]] QString currentStep() const;
    void setCurrentStep(const QString &step);
    /// One row in words: what the tooltip and a screen reader tell.
    [[nodiscard]] QString description(int row) const;

    [[nodiscard]] int rowCount() const { return rows(); }
    /// -1: none.
    [[nodiscard]] int currentRow() const { return m_current; }
    /// Of the viewport.
    [[nodiscard]] QRect rowRect(int row) const;
    /// As Enter does on it.
    void chooseRow(int row);

    [[nodiscard]] QSize sizeHint() const override;

Q_SIGNALS:
    void currentStepChanged(const QString &step);
    void stepChosen(const QString &step);
    void menuWanted(const QString &step, const QPoint &globalPosition);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    [[nodiscard]] int rows() const { return static_cast<int>(m_bars.size()); }
    [[nodiscard]] int rowHeight() const;
    [[nodiscard]] int axisHeight() const;
    [[nodiscard]] int legendHeight() const;
    [[nodiscard]] int rowAt(const QPoint &position) const;
    [[nodiscard]] QRect visual(const QRect &logical) const;
    void select(int row);
    void arrange();
    void drawLegend(QPainter &painter, const QRect &area) const;

    JobPtr m_job;
    UnixMs m_now = 0;
    UnixMs m_origin = 0;
    qint64 m_span = 1;
    std::vector<TimelineBar> m_bars;
    QStringList m_critical;
    int m_current = -1;
};

} // namespace stepwire
