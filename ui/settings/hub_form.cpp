#include "ui/settings/hub_form.h"

#include "ui/look/note.h"

#include <QtWidgets>

namespace stepwire {

using namespace Qt::StringLiterals;

/// Sentences of the hub begin in lower case, to stand after a name.
static QString asSentence(QString text)
{
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    return text;
}

static QString plain(QString label)
{
    return label.remove(u'&').remove(u':');
}

HubForm::HubForm(HubView &view, QWidget *parent)
    : QDialog(parent),
      m_view(view),
      m_area(new QScrollArea),
      m_form(new QFormLayout),
      m_fault(new Note(Note::Kind::Fault))
{
    setAttribute(Qt::WA_DeleteOnClose);
    m_form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    m_form->setLabelAlignment(Qt::AlignTrailing);
    m_fault->setObjectName(u"fault"_s);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    buttons->button(QDialogButtonBox::Cancel)->setIcon({});
    buttons->button(QDialogButtonBox::Cancel)->setAutoDefault(false);
    m_add = buttons->addButton(tr("&Add"), QDialogButtonBox::AcceptRole);
    m_add->setObjectName(u"add"_s);
    m_add->setDefault(true);
    connect(buttons, &QDialogButtonBox::accepted, this, &HubForm::send);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *column = new QVBoxLayout(this);
    auto *content = new QWidget;
    content->setLayout(m_form);
    m_form->setContentsMargins(0, 0, 0, 0);
    m_area->setWidget(content);
    m_area->setWidgetResizable(true);
    m_area->setFrameShape(QFrame::NoFrame);
    m_area->setFocusPolicy(Qt::NoFocus);
    m_area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_area->viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    content->installEventFilter(this);
    column->addWidget(m_area, 1);
    column->addWidget(m_fault);
    column->addWidget(buttons);
    constexpr int letters = 72;
    resize(fontMetrics().averageCharWidth() * letters, sizeHint().height());
}

bool HubForm::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_area->widget() && event->type() == QEvent::LayoutRequest)
        fit();
    return QDialog::eventFilter(watched, event);
}

void HubForm::showEvent(QShowEvent *event)
{
    QDialog::showEvent(event);
    fit();
}

/// Grows with its notes, whose lines ask for no height by themselves, as far as the screen goes.
void HubForm::fit()
{
    const QMargins margins = m_form->contentsMargins();
    const int wide = m_area->viewport()->width();
    const int needed = m_form->totalHeightForWidth(wide) + margins.top() + margins.bottom();
    const int more = needed - m_area->viewport()->height();
    constexpr double share = 0.85;
    const int most = static_cast<int>(screen()->availableSize().height() * share);
    if (more > 0 && height() < most)
        resize(width(), std::min(height() + more, most));
}

void HubForm::bringTo(QLineEdit *edit)
{
    edit->setFocus();
    m_area->ensureWidgetVisible(edit->parentWidget());
}

QLineEdit *HubForm::addField(const QString &key, const QString &label, const QString &help, int need)
{
    Field field;
    field.key = key;
    field.need = need;
    field.box = new QWidget;
    auto *column = new QVBoxLayout(field.box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    field.edit = new QLineEdit;
    field.edit->setObjectName(key);
    field.edit->setAccessibleName(plain(label));
    field.edit->setAccessibleDescription(help);
    auto *line = new QHBoxLayout;
    line->addWidget(field.edit, 1);
    if (need & Secret) {
        field.edit->setEchoMode(QLineEdit::Password);
        auto *show = new QPushButton(tr("Show"));
        show->setCheckable(true);
        show->setAutoDefault(false);
        show->setAccessibleName(tr("Show %1", "what is secret, as the token").arg(plain(label)));
        connect(show, &QPushButton::toggled, field.edit,
                [edit = field.edit](bool on) { edit->setEchoMode(on ? QLineEdit::Normal : QLineEdit::Password); });
        line->addWidget(show);
    }
    column->addLayout(line);
    column->addWidget(new Note(Note::Kind::Quiet, help));
    field.fault = new Note(Note::Kind::Fault);
    field.fault->setObjectName(key + u".fault"_s);
    column->addWidget(field.fault);
    auto *name = new QLabel(label);
    name->setBuddy(field.edit);
    m_form->addRow(name, field.box);
    m_fields.push_back(field);
    return field.edit;
}

void HubForm::removeFieldsBehind(size_t count)
{
    while (m_fields.size() > count) {
        m_form->removeRow(m_fields.back().box);
        m_fields.pop_back();
    }
}

void HubForm::showRow(QLineEdit *edit, bool shown)
{
    for (Field &field : m_fields) {
        if (field.edit != edit)
            continue;
        field.shown = shown;
        m_form->setRowVisible(field.box, shown);
    }
}

void HubForm::suggestName(const QString &name)
{
    QLineEdit *edit = m_fields.front().edit;
    if (!edit->isModified())
        edit->setText(name);
}

QString HubForm::text(const QString &key) const
{
    for (const Field &field : m_fields) {
        if (field.key == key && field.shown)
            return field.need & Secret ? field.edit->text() : field.edit->text().trimmed();
    }
    return {};
}

void HubForm::send()
{
    if (m_busy)
        return;
    m_fault->say({});
    QLineEdit *first = nullptr;
    for (const Field &field : m_fields) {
        const bool missing = (field.need & Required) && text(field.key).isEmpty() && field.shown;
        field.fault->say(missing ? tr("This is needed.") : QString());
        if (missing && !first)
            first = field.edit;
    }
    if (first)
        return bringTo(first);
    setBusy(true);
    m_view.call(this, method(), request(), [this](const Result<QJsonValue> &result) {
        setBusy(false);
        if (!result)
            return refuse(result.error().message);
        Q_EMIT added(result->toObject());
        accept();
    });
}

void HubForm::setBusy(bool busy)
{
    m_busy = busy;
    m_add->setEnabled(!busy);
    m_add->setText(busy ? tr("Connecting…") : tr("&Add"));
}

/// The hub's sentences begin with what they are about, but that a name is taken already.
const HubForm::Field *HubForm::fieldOf(const QString &sentence) const
{
    static const QRegularExpression about(u"^(?:(?:setting|secret) )?[“\"'`]?(\\w+)"_s);
    const QString word = sentence.endsWith(u" already") ? u"name"_s : about.match(sentence).captured(1);
    for (const Field &field : m_fields) {
        if (field.key == word && field.shown)
            return &field;
    }
    return nullptr;
}

void HubForm::refuse(const QString &sentence)
{
    const Field *field = fieldOf(sentence);
    (field ? field->fault : m_fault)->say(asSentence(sentence));
    if (field)
        bringTo(field->edit);
}

static bool isWeb(const QString &target)
{
    return target.startsWith(u"wss:") || target.startsWith(u"ws:");
}

/// `nas` of `user@nas.local` and of `wss://nas.local:7837`.
static QString nameIn(const QString &target)
{
    if (target.startsWith(u'/'))
        return {};
    const QString host = isWeb(target) ? QUrl(target).host() : target.mid(target.lastIndexOf(u'@') + 1);
    const bool isNumber = host.contains(u':') || (!host.isEmpty() && host.back().isDigit() && host.count(u'.') == 3);
    return isNumber ? host : host.section(u'.', 0, 0);
}

HostForm::HostForm(HubView &view, QWidget *parent) : HubForm(view, parent)
{
    setWindowTitle(tr("Add a host"));
    setObjectName(u"hostForm"_s);
    addField(u"name"_s, tr("&Name:"), tr("What it is called here."), Required);
    m_target =
        addField(u"target"_s, tr("A&ddress:"),
                 tr("user@host for SSH, wss://host:port for a WebSocket, or the path of a hub's socket."), Required);
    m_target->setPlaceholderText(u"user@host"_s);
    m_command =
        addField(u"command"_s, tr("&Program there:"), tr("What SSH calls there when it is not “stepwire”."), Optional);
    m_token = addField(u"token"_s, tr("&Token:"), tr("Its hub's file “token”, or “token.read” to look only."),
                       Required | Secret);
    m_pin = addField(u"pin"_s, tr("&Certificate:"),
                     tr("SHA-256 of its certificate, where no authority vouches for it."), Optional);
    for (QLineEdit *edit : {m_target, m_command, m_pin})
        edit->setLayoutDirection(Qt::LeftToRight);
    connect(m_target, &QLineEdit::textChanged, this, [this](const QString &target) {
        suggestName(nameIn(target.trimmed()));
        showFields();
    });
    showFields();
    m_target->setFocus();
}

void HostForm::showFields()
{
    const QString target = m_target->text().trimmed();
    const bool web = isWeb(target);
    showRow(m_command, !web && !target.startsWith(u'/'));
    showRow(m_token, web);
    showRow(m_pin, web);
}

QString HostForm::method() const
{
    return u"host.add"_s;
}

QJsonObject HostForm::request() const
{
    QJsonObject params;
    for (const Field &field : fields()) {
        if (const QString given = text(field.key); !given.isEmpty())
            params.insert(field.key, given);
    }
    return params;
}

SourceForm::SourceForm(HubView &view, std::vector<SourceKind> kinds, QWidget *parent)
    : HubForm(view, parent), m_kinds(std::move(kinds)), m_kind(new QComboBox)
{
    setWindowTitle(tr("Add a server"));
    setObjectName(u"sourceForm"_s);
    m_kind->setObjectName(u"kind"_s);
    m_kind->setAccessibleName(tr("Kind of server"));
    for (const SourceKind &kind : m_kinds)
        m_kind->addItem(kind.title, kind.kind);
    form()->addRow(tr("&Kind:"), m_kind);
    addField(u"name"_s, tr("&Name:"), tr("What it is called here."), Required);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &SourceForm::showFields);
    showFields();
    m_kind->setFocus();
}

void SourceForm::showFields()
{
    removeFieldsBehind(1);
    const int index = m_kind->currentIndex();
    if (index < 0)
        return;
    const SourceKind &kind = m_kinds[static_cast<size_t>(index)];
    suggestName(kind.kind);
    // What is needed comes first, then what proves who one is: some kinds have many settings.
    std::vector<SourceKind::Setting> settings = kind.settings;
    const auto rank = [](const SourceKind::Setting &setting) { return setting.required ? 0 : setting.secret ? 1 : 2; };
    std::stable_sort(settings.begin(), settings.end(),
                     [&](const auto &left, const auto &right) { return rank(left) < rank(right); });
    for (const SourceKind::Setting &setting : settings) {
        // What a setting is called is the hub's word, as in its sentences and the command line.
        QLineEdit *edit = addField(setting.name, setting.name + u':', asSentence(setting.help),
                                   (setting.required ? Required : Optional) | (setting.secret ? Secret : Optional));
        edit->setLayoutDirection(Qt::LeftToRight);
        setTabOrder(fields()[fields().size() - 2].edit, edit);
    }
}

QString SourceForm::method() const
{
    return u"source.add"_s;
}

QJsonObject SourceForm::request() const
{
    QJsonObject settings;
    QJsonObject secrets;
    for (const Field &field : fields()) {
        const QString given = text(field.key);
        if (&field != &fields().front() && !given.isEmpty())
            (field.need & Secret ? secrets : settings).insert(field.key, given);
    }
    return {{u"name"_s, text(u"name"_s)},
            {u"kind"_s, m_kind->currentData().toString()},
            {u"settings"_s, settings},
            {u"secrets"_s, secrets}};
}

} // namespace stepwire
