#pragma once

#include "ui/run/pipeline_list.h"

#include <QPointer>
#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;

namespace stepwire {

class Note;

/// What a window shows while there is no job at all: what to do first. Lives on the main thread.
class WelcomePage : public QWidget
{
    Q_OBJECT

public:
    /// `view` must outlive the page.
    explicit WelcomePage(HubView &view, QWidget *parent = nullptr);

Q_SIGNALS:
    /// The sample was.
    void started(const QString &job);
    void commandWanted();
    void runWanted();
    void hostWanted();

private:
    void showStatus();
    void lookForSample(const QJsonArray &pipelines);
    void offer();
    void runSample();
    void copyLine();

    HubView &m_view;
    QLabel *m_heading = nullptr;
    QLabel *m_text = nullptr;
    QPushButton *m_sample = nullptr;
    QPushButton *m_command = nullptr;
    QPushButton *m_pipeline = nullptr;
    QPushButton *m_host = nullptr;
    QLineEdit *m_line = nullptr;
    QPushButton *m_copy = nullptr;
    Note *m_said = nullptr;
    Note *m_fault = nullptr;
    PipelineList m_pipelines;
    QPointer<QWidget> m_offered; ///< what has the focus because of us
    bool m_hasSample = false;
    bool m_starting = false;
};

} // namespace stepwire
