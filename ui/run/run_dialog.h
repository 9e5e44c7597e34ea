#pragma once

#include "core/view/host_list.h"
#include "ui/run/last_values.h"
#include "ui/run/pipeline_list.h"

#include <QDialog>
#include <QHash>
#include <QJsonObject>

class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QListWidget;
class QListWidgetItem;
class QPushButton;
class QScrollArea;
class QSpinBox;
class QToolButton;

namespace stepwire {

class Note;
class ParameterForm;

/// Starts a job: a pipeline with a form of its parameters, or a command. To be shown with open() or show(); stays with
/// all that was typed while the hub refuses. Lives on the main thread.
class RunDialog : public QDialog
{
    Q_OBJECT

public:
    /// `view` and `values` must outlive the dialog.
    RunDialog(HubView &view, LastValues &values, QWidget *parent = nullptr);

    /// By name, or by path of a file.
    void choosePipeline(const QString &pipeline);
    void chooseCommand();

Q_SIGNALS:
    void started(const QString &job);

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QWidget *makeList();
    QWidget *makePage();
    QWidget *makeCommandPage();
    QWidget *makeOptions();

    void refreshHosts();
    void takeHost();
    [[nodiscard]] QString host() const { return m_pipelines.host(); }
    [[nodiscard]] QString keyOf(const QString &reference) const;
    void takePipelines(const QJsonArray &pipelines);
    void takePipeline(const QString &reference, const Result<QJsonValue> &result);
    QListWidgetItem *addPipeline(const QJsonObject &pipeline, const QString &reference, int row);
    [[nodiscard]] QListWidgetItem *itemOf(const QString &reference) const;
    void filter(const QString &text);
    void showChosen();
    [[nodiscard]] QJsonObject request();
    void run();
    void setBusy(bool busy);
    void refuse(const Error &error);

    HubView &m_view;
    LastValues &m_values;
    PipelineList m_pipelines;
    HostList m_hosts;

    QWidget *m_hostRow = nullptr;
    QComboBox *m_host = nullptr;
    QLineEdit *m_search = nullptr;
    QListWidget *m_list = nullptr;
    Note *m_listNote = nullptr;
    QScrollArea *m_scroll = nullptr;
    QLabel *m_title = nullptr;
    QLabel *m_about = nullptr;
    Note *m_steps = nullptr;
    Note *m_faults = nullptr;
    QWidget *m_forms = nullptr;
    QWidget *m_commandPage = nullptr;
    QLineEdit *m_command = nullptr;
    Note *m_commandFault = nullptr;
    QLineEdit *m_folder = nullptr;
    QFormLayout *m_commandForm = nullptr;
    QWidget *m_folderBox = nullptr; ///< of the row
    Note *m_folderFault = nullptr;
    QToolButton *m_more = nullptr;
    QWidget *m_options = nullptr;
    QLineEdit *m_jobTitle = nullptr;
    QComboBox *m_group = nullptr;
    QSpinBox *m_parallel = nullptr;
    QLabel *m_parallelLabel = nullptr;
    Note *m_error = nullptr;
    QPushButton *m_run = nullptr;

    QHash<QString, ParameterForm *> m_formOf; ///< by key; kept while another is shown
    ParameterForm *m_form = nullptr; ///< the one shown; null for a command
    QString m_wanted; ///< to be chosen as soon as it is known
    bool m_usable = false; ///< what is chosen can be run
    bool m_busy = false;
};

} // namespace stepwire
