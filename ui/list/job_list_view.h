#pragma once

#include "ui/actions/job_actions.h"
#include "ui/list/job_list_model.h"

#include <QElapsedTimer>
#include <QRegion>
#include <QTimer>
#include <QTreeView>

#include <optional>

namespace stepwire {

/// The left pane of the window: the jobs of a model, two lines each, and what can be asked of them by key and menu.
/// The chosen job stays chosen while it moves, while a filter hides it and over a reset. Lives on the main thread;
/// `model` and `actions` must outlive it.
class JobListView : public QTreeView
{
    Q_OBJECT

public:
    JobListView(JobListModel &model, JobActions &actions, QWidget *parent = nullptr);
    ~JobListView() override;

    /// One that is not known yet is chosen as soon as it comes.
    void selectJob(const QString &id);
    /// Empty: none.
    [[nodiscard]] const QString &chosenJob() const { return m_chosen; }
    /// A bar that moves by itself is in sight.
    [[nodiscard]] bool isAnimating() const { return m_animation.isActive(); }

Q_SIGNALS:
    /// The current job is another; empty: none.
    void jobChosen(const QString &id);
    /// Enter or a double click.
    void jobActivated(const QString &id);

public:
    void reset() override;
    void doItemsLayout() override;
    void scrollTo(const QModelIndex &index, ScrollHint hint = EnsureVisible) override;
    void keyboardSearch(const QString &search) override;

protected:
    void currentChanged(const QModelIndex &current, const QModelIndex &previous) override;
    void rowsInserted(const QModelIndex &parent, int start, int end) override;
    void rowsAboutToBeRemoved(const QModelIndex &parent, int start, int end) override;
    void drawRow(QPainter *painter, const QStyleOptionViewItem &options, const QModelIndex &index) const override;
    bool event(QEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    class Delegate;

    void restoreChosen();
    void forgetGone();
    /// What the key asks of the chosen job, if it can be asked.
    [[nodiscard]] std::optional<JobActions::Action> wished(const QKeyEvent &event) const;
    [[nodiscard]] JobPtr currentJob() const;
    void animate();
    void refreshAges();
    void noteBusy(const QRect &rect);
    void noteAge(const QRect &rect, qint64 age);
    [[nodiscard]] double phase() const;
    [[nodiscard]] QString emptyText() const;

    JobListModel &m_model;
    JobActions &m_actions;
    Delegate *m_delegate;
    QString m_chosen;
    bool m_chosenKnown = false; ///< the hub has told of it
    bool m_restoring = false;
    QPersistentModelIndex m_anchor; ///< the row at the upper edge, which stays there when others come and go
    QString m_anchorGroup;
    int m_anchorTop = 0;
    bool m_layingOut = false;
    QTimer m_animation;
    QElapsedTimer m_clock;
    std::optional<QPoint> m_mouse; ///< in the viewport, while it is above it
    QRegion m_busy; ///< bars painted since the last tick that move by themselves
    QTimer m_ageing;
    QRegion m_aged; ///< the same for rows that say how old something is
    bool m_young = false; ///< one of them counts seconds
};

} // namespace stepwire
