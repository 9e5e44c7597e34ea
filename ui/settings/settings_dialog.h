#pragma once

#include "core/view/hub_view.h"
#include "ui/settings/settings_store.h"

#include <QDialog>

#include <functional>
#include <vector>

class QAbstractButton;
class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QListWidget;
class QListWidgetItem;
class QPushButton;
class QSpinBox;
class QTabWidget;

namespace stepwire {

/// The settings in pages. What is changed counts at once, and what was refused goes back and is told. Modeless; lives
/// on the main thread, and no longer than the store and the view.
class SettingsDialog : public QDialog
{
    Q_OBJECT

public:
    enum class Page { General, Notifications, Network, Hosts, Retention };

    SettingsDialog(SettingsStore &store, HubView &view, QWidget *parent = nullptr);

    void showPage(Page page);

protected:
    void changeEvent(QEvent *event) override;

private:
    [[nodiscard]] QWidget *generalPage();
    [[nodiscard]] QWidget *notificationsPage();
    [[nodiscard]] QWidget *networkPage();
    [[nodiscard]] QWidget *retentionPage();

    void addPage(QWidget *page, const QString &title);
    QCheckBox *addTruth(QFormLayout *form, const QStringList &keyPath, const QString &text, const QString &hint = {});
    QComboBox *addChoice(QFormLayout *form, const QStringList &keyPath, const QString &label,
                         const QList<std::pair<QString, QString>> &choices);
    QLineEdit *addFile(QFormLayout *form, const QString &label, const QString &placeholder);
    QLabel *quietLabel(const QString &text);

    void changeListen();
    void changeCertificate();
    void changePipeline(const QListWidgetItem &item);
    void chooseFile(QLineEdit &edit, const QString &title);

    void change(const QList<SettingChange> &changes);
    void change(const QStringList &keyPath, const QJsonValue &value) { change({{keyPath, value}}); }
    void refresh();
    void refreshPipelines();
    void refreshNetwork();
    void tell(const QString &sentence, bool isError);
    void paintQuiet();

    SettingsStore &m_store;
    std::vector<std::function<void()>> m_refreshers; ///< one a control
    std::vector<QLabel *> m_quiet;
    bool m_refreshing = false; ///< what changes now is no wish of a person
    QTabWidget *m_pages;
    QLabel *m_message;
    QListWidget *m_pipelines = nullptr;
    QCheckBox *m_listens = nullptr;
    QLineEdit *m_listen = nullptr;
    QLineEdit *m_certificate = nullptr;
    QLineEdit *m_key = nullptr;
    QLabel *m_half = nullptr;
    QLineEdit *m_token = nullptr;
    QPushButton *m_showToken = nullptr;
    QPushButton *m_copyToken = nullptr;
    QLabel *m_url = nullptr;
    QPushButton *m_openPage = nullptr;
};

} // namespace stepwire
