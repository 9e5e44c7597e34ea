#pragma once

#include "core/view/host_list.h"
#include "ui/actions/job_actions.h"
#include "ui/run/last_values.h"

#include <QMainWindow>
#include <QPointer>

class QAction;
class QComboBox;
class QLabel;
class QLineEdit;
class QSplitter;
class QStackedWidget;
class QToolButton;

namespace stepwire {

class JobListModel;
class JobListView;
class JobPane;
class OutputView;
class RunDialog;

/// The dashboard: all jobs on the left, the chosen one on the right. Shows what the view knows and nothing else; what
/// closing and quitting mean is decided by who made it. Lives on the main thread.
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    /// All three must outlive the window.
    MainWindow(HubView &view, JobActions &actions, LastValues &values);
    ~MainWindow() override;

    void showJob(const QString &id);
    /// The job's output, of one step where that is named.
    void showOutput(const QString &id, const QString &step);
    /// Empty: no pipeline is chosen.
    void showRun(const QString &pipeline = {});
    /// Brings the window to the front; `token` is that of who asked for it (xdg-activation), may be empty.
    void bringUp(const QString &token = {});
    [[nodiscard]] QString shownJob() const;
    /// One line of news under the jobs, with a way to take back what was done.
    void say(const QString &sentence, const std::function<void()> &undo = {});

Q_SIGNALS:
    void closeWanted();
    void quitWanted();
    void settingsWanted();
    void hostsWanted();
    void aboutWanted();
    /// The person sees this job now.
    void jobSeen(const QString &job);

protected:
    void closeEvent(QCloseEvent *event) override;
    void changeEvent(QEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    void makeActions();
    QWidget *makeLeft();
    void refreshStatus();
    void refreshHosts();
    void refreshOthers();
    void tellHost(const Event &event);
    void tickWhileAged();
    void showTools();
    void refreshPages();
    void choose(const QString &id);
    void follow(const HubView::Update &update);
    void seen();
    void tick();
    void retint();

    HubView &m_view;
    HostList m_others;
    JobActions &m_actions;
    LastValues &m_values;
    JobListModel *m_model = nullptr;
    JobListView *m_list = nullptr;
    OutputView *m_output = nullptr;
    JobPane *m_page = nullptr;
    QStackedWidget *m_pages = nullptr;
    QSplitter *m_splitter = nullptr;
    QLineEdit *m_search = nullptr;
    QComboBox *m_hosts = nullptr;
    QLabel *m_banner = nullptr;
    QLabel *m_hub = nullptr;
    QLabel *m_othersShown = nullptr; ///< beside it
    QLabel *m_counts = nullptr;
    QWidget *m_news = nullptr;
    QLabel *m_newsText = nullptr;
    QToolButton *m_undo = nullptr;
    std::function<void()> m_takeBack;
    QPointer<RunDialog> m_run;
    QTimer *m_newsEnd = nullptr;
    QTimer *m_second = nullptr;
    QAction *m_runAction = nullptr;
    QAction *m_searchShown = nullptr;
    QAction *m_hostsShown = nullptr;
    QStringList m_knownHosts;
    QStringList m_lostHosts; ///< that a person was told of
    bool m_hadJobs = false;
};

} // namespace stepwire
