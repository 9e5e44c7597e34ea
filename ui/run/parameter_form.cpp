#include "ui/run/parameter_form.h"

#include "ui/look/note.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QMimeData>
#include <QUrl>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>
#include <optional>

namespace stepwire {

namespace {

constexpr qint64 largestWhole = Q_INT64_C(1) << 53; // what JSON carries exactly

/// As pipelines write numbers, or else as the person's language does.
std::optional<double> numberOf(const QString &text)
{
    bool ok = false;
    double number = text.toDouble(&ok);
    if (!ok) {
        QLocale own;
        own.setNumberOptions(QLocale::RejectGroupSeparator);
        number = own.toDouble(text, &ok);
    }
    if (!ok || !std::isfinite(number))
        return {};
    return number;
}

std::optional<qint64> wholeOf(const QString &text)
{
    bool ok = false;
    qint64 number = text.toLongLong(&ok);
    if (!ok)
        number = QLocale().toLongLong(text, &ok);
    if (!ok || number > largestWhole || number < -largestWhole)
        return {};
    return number;
}

QString textOf(const QJsonValue &value)
{
    if (value.isString())
        return value.toString();
    if (value.isDouble()) {
        const double number = value.toDouble();
        if (number == std::trunc(number) && std::abs(number) <= static_cast<double>(largestWhole))
            return QString::number(value.toInteger());
        return QString::number(number, 'g', QLocale::FloatingPointShortest);
    }
    return {};
}

/// The file or folder that is dragged; empty for anything else.
QString draggedFile(const QMimeData *data)
{
    const QList<QUrl> urls = data->urls();
    return urls.isEmpty() ? QString() : urls.first().toLocalFile();
}

/// A line for a path that a file can be dropped on.
class PathEdit : public QLineEdit
{
public:
    using QLineEdit::QLineEdit;

protected:
    void dragEnterEvent(QDragEnterEvent *event) override
    {
        if (draggedFile(event->mimeData()).isEmpty())
            return QLineEdit::dragEnterEvent(event);
        event->acceptProposedAction();
    }
    void dragMoveEvent(QDragMoveEvent *event) override
    {
        if (draggedFile(event->mimeData()).isEmpty())
            return QLineEdit::dragMoveEvent(event);
        event->acceptProposedAction();
    }
    void dropEvent(QDropEvent *event) override
    {
        const QString file = draggedFile(event->mimeData());
        if (file.isEmpty())
            return QLineEdit::dropEvent(event);
        setText(file);
        event->acceptProposedAction();
    }
};

} // namespace

/// One parameter and what it is edited with.
class ParameterForm::Field
{
public:
    enum class Type { Text, Path, Whole, Number, Truth, Choice };

    Field(const QJsonObject &parameter, ParameterForm &form, QFormLayout &layout);

    [[nodiscard]] const QString &name() const { return m_name; }
    [[nodiscard]] bool isSecret() const { return m_secret; }
    [[nodiscard]] bool isPath() const { return m_type == Type::Path; }
    [[nodiscard]] bool isUnset() const { return text().isEmpty(); }
    [[nodiscard]] QJsonValue value() const; ///< undefined: left to the pipeline
    [[nodiscard]] QString fault() const;
    void set(const QJsonValue &value);
    void show(const QString &fault);
    void focus() { m_editor->setFocus(Qt::OtherFocusReason); }

private:
    [[nodiscard]] static Type typeOf(const QString &name);
    QWidget *makeLine(ParameterForm &form, QWidget *parent);
    QWidget *makePath(ParameterForm &form, QWidget *parent);
    QWidget *makeTruth(ParameterForm &form, QWidget *parent);
    QWidget *makeChoice(ParameterForm &form, QWidget *parent);
    void addChoices(const QStringList &shown, const QJsonArray &values);
    void browse(QFileDialog::FileMode mode);
    [[nodiscard]] QString text() const;
    void edited(ParameterForm &form);

    QString m_name;
    QString m_help;
    QString m_said; ///< the fault shown
    Type m_type = Type::Text;
    bool m_required = false;
    bool m_secret = false;
    QJsonValue m_default = QJsonValue::Undefined;
    QWidget *m_editor = nullptr; ///< one of the following
    QLineEdit *m_line = nullptr;
    QCheckBox *m_check = nullptr;
    QComboBox *m_combo = nullptr;
    Note *m_fault = nullptr;
};

ParameterForm::Field::Type ParameterForm::Field::typeOf(const QString &name)
{
    if (name == u"path")
        return Type::Path;
    if (name == u"int")
        return Type::Whole;
    if (name == u"float")
        return Type::Number;
    if (name == u"bool")
        return Type::Truth;
    return name == u"choice" ? Type::Choice : Type::Text;
}

ParameterForm::Field::Field(const QJsonObject &parameter, ParameterForm &form, QFormLayout &layout)
    : m_name(parameter.value(u"name").toString()),
      m_help(parameter.value(u"help").toString()),
      m_type(typeOf(parameter.value(u"type").toString())),
      m_required(parameter.value(u"required").toBool()),
      m_secret(parameter.value(u"secret").toBool()),
      m_default(parameter.value(u"default"))
{
    auto *box = new QWidget(&form);
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    QWidget *row = nullptr;
    switch (m_type) {
    case Type::Truth: row = makeTruth(form, box); break;
    case Type::Choice: {
        const QJsonArray choices = parameter.value(u"choices").toArray();
        row = makeChoice(form, box);
        if (m_default.isUndefined() && !m_required)
            addChoices({ParameterForm::tr("(not set)")}, {QString()});
        QStringList shown;
        for (const QJsonValue &choice : choices)
            shown.push_back(choice.toString());
        addChoices(shown, choices);
        m_combo->setCurrentIndex(m_default.isUndefined() ? (m_required ? -1 : 0)
                                                         : m_combo->findData(m_default.toVariant()));
        break;
    }
    case Type::Path: row = makePath(form, box); break;
    default: row = makeLine(form, box); break;
    }
    column->addWidget(row);

    const QString readableName = readable(m_name);
    m_editor->setObjectName(m_name);
    m_editor->setAccessibleName(readableName);
    m_editor->setToolTip(m_help);
    if (!m_help.isEmpty())
        column->addWidget(new Note(Note::Kind::Quiet, m_help, box));
    m_fault = new Note(Note::Kind::Fault, {}, box);
    column->addWidget(m_fault);

    auto *label = new QLabel(m_required ? ParameterForm::tr("%1 *").arg(readableName) : readableName, &form);
    label->setTextFormat(Qt::PlainText);
    label->setToolTip(m_help);
    label->setBuddy(m_editor);
    layout.addRow(label, box);
    show({});
}

QWidget *ParameterForm::Field::makeLine(ParameterForm &form, QWidget *parent)
{
    m_line = m_type == Type::Path ? new PathEdit(parent) : new QLineEdit(parent);
    m_editor = m_line;
    m_line->setPlaceholderText(textOf(m_default));
    if (m_secret) {
        m_line->setEchoMode(QLineEdit::Password);
        m_line->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase);
    } else if (m_type == Type::Whole || m_type == Type::Number) {
        m_line->setInputMethodHints(Qt::ImhFormattedNumbersOnly);
    }
    QObject::connect(m_line, &QLineEdit::textChanged, &form, [this, &form] { edited(form); });
    // What is half typed is not wrong yet.
    QObject::connect(m_line, &QLineEdit::editingFinished, &form, [this] {
        if (!isUnset())
            show(fault());
    });
    return m_line;
}

QWidget *ParameterForm::Field::makePath(ParameterForm &form, QWidget *parent)
{
    auto *row = new QWidget(parent);
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(makeLine(form, row));
    auto *button = new QToolButton(row);
    button->setText(ParameterForm::tr("Browse…"));
    button->setAccessibleName(ParameterForm::tr("Browse for %1").arg(readable(m_name)));
    button->setPopupMode(QToolButton::MenuButtonPopup);
    button->setFocusPolicy(Qt::StrongFocus);
    auto *menu = new QMenu(button);
    QObject::connect(menu->addAction(ParameterForm::tr("A &File…")), &QAction::triggered, &form,
                     [this] { browse(QFileDialog::AnyFile); });
    QObject::connect(menu->addAction(ParameterForm::tr("A F&older…")), &QAction::triggered, &form,
                     [this] { browse(QFileDialog::Directory); });
    button->setMenu(menu);
    QObject::connect(button, &QToolButton::clicked, &form, [this] { browse(QFileDialog::AnyFile); });
    layout->addWidget(button);
    return row;
}

QWidget *ParameterForm::Field::makeTruth(ParameterForm &form, QWidget *parent)
{
    // The default of a secret is not told, so that a check box would claim one.
    if (m_secret && !m_required) {
        QWidget *combo = makeChoice(form, parent);
        addChoices({ParameterForm::tr("As the pipeline says"), ParameterForm::tr("Yes"), ParameterForm::tr("No")},
                   {QString(), true, false});
        m_combo->setCurrentIndex(0);
        return combo;
    }
    m_check = new QCheckBox(ParameterForm::tr("Yes"), parent);
    m_editor = m_check;
    m_check->setChecked(m_default.toBool());
    QObject::connect(m_check, &QCheckBox::toggled, &form, [this, &form] { edited(form); });
    return m_check;
}

QWidget *ParameterForm::Field::makeChoice(ParameterForm &form, QWidget *parent)
{
    m_combo = new QComboBox(parent);
    m_editor = m_combo;
    m_combo->setPlaceholderText(ParameterForm::tr("Choose…"));
    m_combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    QObject::connect(m_combo, &QComboBox::currentIndexChanged, &form, [this, &form] { edited(form); });
    return m_combo;
}

void ParameterForm::Field::addChoices(const QStringList &shown, const QJsonArray &values)
{
    for (qsizetype i = 0; i < shown.size(); ++i)
        m_combo->addItem(shown[i], values[i].toVariant());
}

void ParameterForm::Field::browse(QFileDialog::FileMode mode)
{
    auto *dialog = new QFileDialog(m_editor->window(), readable(m_name));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(mode);
    dialog->setLabelText(QFileDialog::Accept, ParameterForm::tr("Choose"));
    if (const QFileInfo now(m_line->text()); now.isAbsolute() && QFileInfo::exists(now.path()))
        dialog->setDirectory(now.path());
    else
        dialog->setDirectory(QDir::home());
    // The form, and with it this field, may be gone by then; its line tells.
    QObject::connect(dialog, &QFileDialog::fileSelected, m_line, &QLineEdit::setText);
    dialog->open();
}

void ParameterForm::Field::edited(ParameterForm &form)
{
    if (!m_said.isEmpty() && fault().isEmpty())
        show({});
    Q_EMIT form.changed();
}

QString ParameterForm::Field::text() const
{
    if (m_line)
        return m_type == Type::Whole || m_type == Type::Number ? m_line->text().trimmed() : m_line->text();
    if (m_combo)
        return m_combo->currentData().toString();
    return m_check->isChecked() ? QStringLiteral("true") : QStringLiteral("false");
}

QJsonValue ParameterForm::Field::value() const
{
    const QString now = text();
    if (now.isEmpty())
        return QJsonValue::Undefined;
    QJsonValue value = now;
    switch (m_type) {
    case Type::Whole: value = wholeOf(now).value_or(0); break;
    case Type::Number: value = numberOf(now).value_or(0); break;
    case Type::Truth: value = m_check ? m_check->isChecked() : m_combo->currentData().toBool(); break;
    default: break;
    }
    // A box and a list show the default as their value. It stays the pipeline's, which may change it.
    if (!m_line && value == m_default)
        return QJsonValue::Undefined;
    return value;
}

QString ParameterForm::Field::fault() const
{
    const QString now = text();
    const QString readableName = readable(m_name);
    if (now.isEmpty())
        return m_required ? ParameterForm::tr("“%1” is needed.").arg(readableName) : QString();
    const QString given = m_secret ? ParameterForm::tr("The value") : ParameterForm::tr("“%1”").arg(now);
    if (m_type == Type::Whole && !wholeOf(now))
        return ParameterForm::tr("%1 is not a whole number.").arg(given);
    if (m_type == Type::Number && !numberOf(now))
        return ParameterForm::tr("%1 is not a number.").arg(given);
    return {};
}

void ParameterForm::Field::set(const QJsonValue &value)
{
    if (value.isUndefined() || value.isNull())
        return;
    if (m_check)
        return m_check->setChecked(value.toBool());
    if (m_combo) {
        const int index = m_combo->findData(value.toVariant());
        if (index >= 0)
            m_combo->setCurrentIndex(index);
        return;
    }
    const QString text = textOf(value);
    const QString before = m_line->text();
    m_line->setText(text);
    if (!text.isEmpty() && !fault().isEmpty())
        m_line->setText(before);
}

void ParameterForm::Field::show(const QString &fault)
{
    m_said = fault;
    m_fault->say(fault);
    QStringList about;
    if (!fault.isEmpty())
        about.push_back(fault);
    if (m_required)
        about.push_back(ParameterForm::tr("needed"));
    if (!m_help.isEmpty())
        about.push_back(m_help);
    m_editor->setAccessibleDescription(about.join(QStringLiteral("; ")));
}

ParameterForm::ParameterForm(const QJsonArray &parameters, QWidget *parent) : QWidget(parent)
{
    auto *layout = new QFormLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    layout->setRowWrapPolicy(QFormLayout::WrapLongRows);
    layout->setVerticalSpacing(12);
    bool anyRequired = false;
    for (const QJsonValue &parameter : parameters) {
        m_fields.push_back(std::make_unique<Field>(parameter.toObject(), *this, *layout));
        anyRequired = anyRequired || parameter[u"required"].toBool();
    }
    if (anyRequired)
        layout->addRow(QString(), new Note(Note::Kind::Quiet, tr("* needed"), this));
}

ParameterForm::~ParameterForm()
{
    // Editors tell of changes until they are gone, which is after the fields.
    qDeleteAll(findChildren<QWidget *>(QString(), Qt::FindDirectChildrenOnly));
}

QJsonObject ParameterForm::values() const
{
    QJsonObject values;
    for (const auto &field : m_fields) {
        if (const QJsonValue value = field->value(); !value.isUndefined())
            values.insert(field->name(), value);
    }
    return values;
}

QJsonObject ParameterForm::memorable() const
{
    QJsonObject values = this->values();
    for (const auto &field : m_fields) {
        if (field->isSecret())
            values.remove(field->name());
    }
    return values;
}

void ParameterForm::setValues(const QJsonObject &values)
{
    for (const auto &field : m_fields) {
        if (!field->isSecret())
            field->set(values.value(field->name()));
    }
}

std::vector<ParameterForm::Fault> ParameterForm::faults() const
{
    std::vector<Fault> faults;
    for (const auto &field : m_fields) {
        if (const QString sentence = field->fault(); !sentence.isEmpty())
            faults.push_back({field->name(), sentence});
    }
    return faults;
}

bool ParameterForm::check()
{
    Field *first = nullptr;
    for (const auto &field : m_fields) {
        const QString sentence = field->fault();
        field->show(sentence);
        if (!first && !sentence.isEmpty())
            first = field.get();
    }
    if (first)
        first->focus();
    return !first;
}

bool ParameterForm::takeFile(const QString &path)
{
    for (const auto &field : m_fields) {
        if (!field->isPath())
            continue;
        field->set(path);
        field->focus();
        return true;
    }
    return false;
}

void ParameterForm::focusFirst()
{
    if (!m_fields.empty())
        m_fields.front()->focus();
}

QString ParameterForm::readable(const QString &name)
{
    QString text = name;
    text.replace(u'_', u' ').replace(u'-', u' ');
    text = text.simplified();
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    return text;
}

} // namespace stepwire
