#pragma once

#include "core/view/hub_view.h"

#include <QUrl>
#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;

namespace stepwire {

class OutputPane;

/// The output of a job, live, as a terminal shows it, with a choice of the step and a search. Asks the view to follow
/// the job it is given. Lives on the main thread.
class OutputView : public QWidget
{
    Q_OBJECT

public:
    /// `view` must outlive it.
    explicit OutputView(HubView &view, QWidget *parent = nullptr);

    /// The job to show; null: none. Another state of the same job and attempt keeps what is shown.
    void setJob(const JobPtr &job);
    /// Empty: all steps, one after the other as they came.
    void setStep(const QString &step);
    [[nodiscard]] QString step() const;

    [[nodiscard]] OutputPane *pane() const { return m_pane; }

Q_SIGNALS:
    /// A person chose an address in the output: http, https, ftp, mailto or file. Nothing was opened.
    void linkActivated(const QUrl &url);
    /// Another step was chosen, here or by `setStep`.
    void stepChanged(const QString &step);

protected:
    bool event(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void build();
    void fillSteps();
    void openSearch();
    void closeSearch();
    void tellMatches();
    void take(const std::vector<OutputPiece> &pieces);
    [[nodiscard]] bool handles(const QKeyEvent &event) const;

    HubView &m_view;
    JobPtr m_job;
    OutputPane *m_pane = nullptr;
    QComboBox *m_steps = nullptr;
    QWidget *m_search = nullptr;
    QLineEdit *m_needle = nullptr;
    QLabel *m_matches = nullptr;
};

} // namespace stepwire
