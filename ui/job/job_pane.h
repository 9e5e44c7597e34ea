#pragma once

#include "ui/actions/job_actions.h"

#include <QBasicTimer>
#include <QWidget>

#include <map>

class QAction;
class QFormLayout;
class QFrame;
class QLabel;
class QMenu;
class QPushButton;
class QStackedWidget;
class QTabWidget;
class QToolBar;

namespace stepwire {

class ProgressBar;
class StepsModel;
class StepsView;
class TimelineView;

/// The chosen job: how far it is, what can be done about it, its error first, then its steps, timeline, output and
/// facts. Follows the view. Lives on the main thread.
class JobPane : public QWidget
{
    Q_OBJECT

public:
    enum class Tab { Steps, Timeline, Output, Details };

    /// `output` becomes the third tab.
    JobPane(HubView &view, JobActions &actions, QWidget *output, QWidget *parent = nullptr);

    /// Empty: none is chosen.
    void showJob(const QString &id);
    [[nodiscard]] const QString &shownJob() const { return m_id; }
    void showTab(Tab tab);
    /// The keyboard goes to what the tab shows.
    void focusTab();
    [[nodiscard]] Tab tab() const;

    /// What can be done about the shown job, with shortcuts; enabled as it allows. Also for the menu of a window: null
    /// for MoveUp and MoveDown, which are the list's.
    [[nodiscard]] QAction *action(JobActions::Action action) const;

Q_SIGNALS:
    /// Somebody wants to see what the step said; empty: the job. The output tab is in front already.
    void outputWanted(const QString &step);
    /// A step was opened by double click or Enter. The output tab is in front already.
    void stepChosen(const QString &step);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void timerEvent(QTimerEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    QWidget *makeHead();
    QWidget *makeError();
    QWidget *makeDetails();
    void makeActions();
    QAction *add(JobActions::Action action, const QString &text, const QString &icon, const QKeySequence &keys);

    void follow(const HubView::Update &update);
    void refresh(bool other);
    void refreshHead();
    void refreshState();
    void refreshError();
    void refreshDetails();
    void refreshActions();
    void retint();
    void tick();
    void keepTime();
    void openStep(const QString &step);
    void showOutput(const QString &step);
    void showMenu(const QString &step, const QPoint &globalPosition);
    [[nodiscard]] bool lost() const;
    [[nodiscard]] bool hostLost() const;
    /// The present of what is shown: a lost hub's stopped when it was lost.
    [[nodiscard]] UnixMs now() const;

    HubView &m_view;
    JobActions &m_wishes;
    QString m_id;
    JobPtr m_job;

    std::map<JobActions::Action, QAction *> m_actions;
    QAction *m_pause = nullptr; ///< the button with the menu of both ways to pause
    QStackedWidget *m_pages = nullptr;
    QLabel *m_nothing = nullptr;
    QLabel *m_title = nullptr;
    QLabel *m_figures = nullptr;
    ProgressBar *m_bar = nullptr;
    QLabel *m_state = nullptr;
    QLabel *m_age = nullptr;
    QToolBar *m_buttons = nullptr;
    QFrame *m_error = nullptr;
    QLabel *m_errorTitle = nullptr;
    QLabel *m_errorText = nullptr;
    QLabel *m_errorLine = nullptr;
    QPushButton *m_retryFrom = nullptr;
    QPushButton *m_copyReport = nullptr;
    QTabWidget *m_tabs = nullptr;
    StepsModel *m_model = nullptr;
    StepsView *m_steps = nullptr;
    TimelineView *m_timeline = nullptr;
    QWidget *m_output = nullptr;
    QFormLayout *m_facts = nullptr;
    std::vector<std::pair<QString, QString>> m_shownFacts;
    QBasicTimer m_timer;
};

} // namespace stepwire
