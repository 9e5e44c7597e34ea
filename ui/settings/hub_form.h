#pragma once

#include "core/view/host_list.h"

#include <QDialog>

#include <vector>

class QComboBox;
class QFormLayout;
class QLineEdit;
class QPushButton;
class QScrollArea;

namespace stepwire {

class Note;

/// A form that the hub answers: what it refuses is told at the field, and all that was typed stays. To be shown with
/// open(). Lives on the main thread.
class HubForm : public QDialog
{
    Q_OBJECT

public:
    /// `view` must outlive the dialog.
    HubForm(HubView &view, QWidget *parent);

Q_SIGNALS:
    /// What the hub says of the new one.
    void added(const QJsonObject &told);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void showEvent(QShowEvent *event) override;

    enum Need { Optional = 0, Required = 1, Secret = 2 };

    struct Field
    {
        QString key; ///< as in the request and the hub's sentences
        int need = Optional; ///< of Need
        QLineEdit *edit = nullptr;
        QWidget *box = nullptr; ///< the row's, with help and fault
        bool shown = true; ///< what is not was meant for something else, and does not count
        Note *fault = nullptr;
    };

    /// `label` has a mnemonic or none.
    QLineEdit *addField(const QString &key, const QString &label, const QString &help, int need);
    void removeFieldsBehind(size_t count);
    [[nodiscard]] const std::vector<Field> &fields() const { return m_fields; }
    [[nodiscard]] QFormLayout *form() const { return m_form; }
    void showRow(QLineEdit *edit, bool shown);
    /// Until somebody writes one.
    void suggestName(const QString &name);
    [[nodiscard]] QString text(const QString &key) const;
    [[nodiscard]] virtual QString method() const = 0;
    [[nodiscard]] virtual QJsonObject request() const = 0;

private:
    void send();
    void setBusy(bool busy);
    void fit();
    void bringTo(QLineEdit *edit);
    void refuse(const QString &sentence);
    [[nodiscard]] const Field *fieldOf(const QString &sentence) const;

    HubView &m_view;
    QScrollArea *m_area; ///< some servers have more settings than a screen has room
    QFormLayout *m_form;
    Note *m_fault;
    QPushButton *m_add;
    std::vector<Field> m_fields;
    bool m_busy = false;
};

/// Asks for another hub.
class HostForm : public HubForm
{
    Q_OBJECT

public:
    HostForm(HubView &view, QWidget *parent);

private:
    [[nodiscard]] QString method() const override;
    [[nodiscard]] QJsonObject request() const override;
    void showFields();

    QLineEdit *m_target;
    QLineEdit *m_command;
    QLineEdit *m_token;
    QLineEdit *m_pin;
};

/// Asks for a foreign server of one of the kinds that the hub knows.
class SourceForm : public HubForm
{
    Q_OBJECT

public:
    SourceForm(HubView &view, std::vector<SourceKind> kinds, QWidget *parent);

private:
    [[nodiscard]] QString method() const override;
    [[nodiscard]] QJsonObject request() const override;
    void showFields();

    std::vector<SourceKind> m_kinds;
    QComboBox *m_kind;
};

} // namespace stepwire
