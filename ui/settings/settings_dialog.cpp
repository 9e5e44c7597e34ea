#include "ui/settings/settings_dialog.h"

#include "core/model/quantity.h"
#include "ui/look/look.h"
#include "ui/settings/hosts_page.h"

#include <QtWidgets>

#include <cmath>

namespace stepwire {

using namespace Qt::StringLiterals;

static const QString defaultListen = u"127.0.0.1:7837"_s;

static QStringList key(const QString &table, const QString &name)
{
    return {table, name};
}

/// A number in the first of the units, or a text with one of them; 0 for no limit.
static double amount(const QJsonValue &value, std::initializer_list<std::pair<const char *, double>> units)
{
    if (value.isDouble())
        return value.toDouble() * units.begin()->second;
    return static_cast<double>(quantityFromText(value.toString(), units).value_or(0));
}

static double seconds(const QJsonValue &value)
{
    // Numbers are seconds, but "ms" has to be tried before the "s" that it ends in.
    if (value.isDouble())
        return value.toDouble();
    return amount(value, {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"w", 604800e3}}) / 1e3;
}

/// A language as its speakers call it, without the country that Qt adds to some: "English", not "American English".
static QString nativeName(const QString &code)
{
    const QLocale language(code);
    QString name = language.nativeLanguageName();
    for (const QLocale &variant :
         QLocale::matchingLocales(language.language(), language.script(), QLocale::AnyTerritory)) {
        const QString other = variant.nativeLanguageName();
        if (name.contains(other) && !other.isEmpty())
            name = other;
    }
    return name.isEmpty() ? code : language.toUpper(name.first(1)) + name.mid(1);
}

SettingsDialog::SettingsDialog(SettingsStore &store, HubView &view, QWidget *parent)
    : QDialog(parent), m_store(store), m_pages(new QTabWidget), m_message(new QLabel)
{
    setWindowTitle(tr("Settings"));
    setObjectName(u"settings"_s);
    m_pages->setObjectName(u"pages"_s);
    m_pages->setAccessibleName(tr("Pages of the settings"));
    m_pages->setUsesScrollButtons(true);
    addPage(generalPage(), tr("&General"));
    addPage(notificationsPage(), tr("N&otifications"));
    addPage(networkPage(), tr("&Network"));
    auto *hosts = new HostsPage(view);
    connect(hosts, &HostsPage::told, this, &SettingsDialog::tell);
    addPage(hosts, tr("Othe&r hosts"));
    addPage(retentionPage(), tr("&History"));

    m_message->setObjectName(u"message"_s);
    m_message->setWordWrap(true);
    m_message->setTextFormat(Qt::PlainText);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_message->hide();
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    // Enter in a field ends the writing in it, not the dialog.
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
    // A style's own picture is black on dark, too.
    buttons->button(QDialogButtonBox::Close)->setIcon({});

    auto *layout = new QVBoxLayout(this);
    layout->addWidget(m_pages);
    layout->addWidget(m_message);
    layout->addWidget(buttons);

    connect(&m_store, &SettingsStore::changed, this, &SettingsDialog::refresh);
    paintQuiet();
    refresh();
    QSize size = m_pages->sizeHint();
    for (int i = 0; i < m_pages->count(); ++i)
        size = size.expandedTo(static_cast<QScrollArea *>(m_pages->widget(i))->widget()->sizeHint() + QSize(40, 60));
    resize((size + QSize(20, 60)).boundedTo(screen()->availableSize() * 0.9));
}

void SettingsDialog::showPage(Page page)
{
    m_pages->setCurrentIndex(static_cast<int>(page));
    show();
    raise();
    activateWindow();
}

void SettingsDialog::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange)
        paintQuiet();
    QDialog::changeEvent(event);
}

/// Pages scroll where the screen is small or the letters large.
void SettingsDialog::addPage(QWidget *page, const QString &title)
{
    auto *area = new QScrollArea;
    area->setWidget(page);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    // The tab's own ground, not that of a list.
    area->viewport()->setAutoFillBackground(false);
    page->setAutoFillBackground(false);
    m_pages->addTab(area, title);
}

static std::pair<QWidget *, QFormLayout *> emptyPage()
{
    auto *page = new QWidget;
    auto *form = new QFormLayout(page);
    form->setRowWrapPolicy(QFormLayout::WrapLongRows);
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    form->setFormAlignment(Qt::AlignLeading | Qt::AlignTop);
    form->setLabelAlignment(Qt::AlignTrailing);
    return {page, form};
}

namespace {

/// A note below a field. A label of more than one line would rather be high than wide, and leave holes in a form.
class Hint : public QLabel
{
public:
    using QLabel::QLabel;
    QSize sizeHint() const override
    {
        constexpr int letters = 48;
        const int width = std::min(fontMetrics().horizontalAdvance(text()) + fontMetrics().averageCharWidth(),
                                   fontMetrics().averageCharWidth() * letters);
        return {width, heightForWidth(width)};
    }
};

} // namespace

QLabel *SettingsDialog::quietLabel(const QString &text)
{
    auto *label = new Hint(text);
    label->setWordWrap(true);
    QSizePolicy wide = label->sizePolicy();
    wide.setHorizontalPolicy(QSizePolicy::Expanding);
    label->setSizePolicy(wide);
    m_quiet.push_back(label);
    return label;
}

void SettingsDialog::paintQuiet()
{
    for (QLabel *label : m_quiet) {
        QPalette colours = palette();
        colours.setColor(QPalette::WindowText, look::quiet(palette()));
        label->setPalette(colours);
    }
}

QCheckBox *SettingsDialog::addTruth(QFormLayout *form, const QStringList &keyPath, const QString &text,
                                    const QString &hint)
{
    auto *box = new QCheckBox(text);
    box->setObjectName(keyPath.join(u'.'));
    form->addRow(box);
    if (!hint.isEmpty()) {
        box->setAccessibleDescription(hint);
        auto *below = new QHBoxLayout;
        below->addSpacing(style()->pixelMetric(QStyle::PM_IndicatorWidth)
                          + style()->pixelMetric(QStyle::PM_CheckBoxLabelSpacing));
        below->addWidget(quietLabel(hint), 1);
        form->addRow(below);
    }
    connect(box, &QCheckBox::toggled, this, [this, keyPath](bool on) { change(keyPath, on); });
    m_refreshers.emplace_back([this, box, keyPath] { box->setChecked(m_store.value(keyPath).toBool()); });
    return box;
}

QComboBox *SettingsDialog::addChoice(QFormLayout *form, const QStringList &keyPath, const QString &label,
                                     const QList<std::pair<QString, QString>> &choices)
{
    auto *box = new QComboBox;
    box->setObjectName(keyPath.join(u'.'));
    for (const auto &[text, code] : choices)
        box->addItem(text, code);
    form->addRow(label, box);
    connect(box, &QComboBox::currentIndexChanged, this,
            [this, box, keyPath] { change(keyPath, box->currentData().toString()); });
    m_refreshers.emplace_back([this, box, keyPath] {
        const QString code = m_store.value(keyPath).toString();
        if (box->findData(code) < 0)
            box->addItem(code, code);
        box->setCurrentIndex(box->findData(code));
    });
    return box;
}

QWidget *SettingsDialog::generalPage()
{
    const auto [page, form] = emptyPage();
    const QString window = u"window"_s;
    addTruth(form, key(window, u"autostart"_s), tr("&Start with the session"));
    addTruth(form, key(window, u"start_hidden"_s), tr("Start h&idden in the tray"));
    addTruth(form, key(window, u"keep_in_tray"_s), tr("Keep running in the &tray when the window is closed"));
    addTruth(form, key(window, u"separate_hub"_s), tr("Run &jobs in a process of their own"),
             tr("They go on when Stepwire is quit. Counts from the next start."));
    addChoice(form, key(window, u"theme"_s), tr("&Colours:"),
              {{tr("As the system"), u"system"_s}, {tr("Light"), u"light"_s}, {tr("Dark"), u"dark"_s}});
    QList<std::pair<QString, QString>> languages = {{tr("As the system"), QString()}};
    for (const QString &code : m_store.languages()) {
        languages.append({nativeName(code), code});
    }
    addChoice(form, key(window, u"language"_s), tr("&Language:"), languages);
    form->addRow(QString(), quietLabel(tr("Another language counts from the next start.")));
    return page;
}

QWidget *SettingsDialog::notificationsPage()
{
    const auto [page, form] = emptyPage();
    const QString table = u"notifications"_s;
    addTruth(form, key(table, u"enabled"_s), tr("Tell when a job has &ended"));
    addTruth(form, key(table, u"progress"_s), tr("Show the &progress of running jobs"),
             tr("In a notification, where the desktop does not show jobs by itself."));
    auto *threshold = new QSpinBox;
    threshold->setObjectName(u"notifications.threshold"_s);
    threshold->setRange(0, 24 * 3600);
    threshold->setSuffix(tr(" s", "seconds, behind a number"));
    threshold->setSpecialValueText(tr("However short"));
    threshold->setKeyboardTracking(false);
    form->addRow(tr("Only for jobs that take at &least:"), threshold);
    connect(threshold, &QSpinBox::valueChanged, this, [this](int value) {
        change({u"notifications"_s, u"threshold"_s}, QString::number(value) + u's');
    });
    m_refreshers.emplace_back([this, threshold] {
        threshold->setValue(static_cast<int>(std::ceil(seconds(m_store.value({u"notifications"_s, u"threshold"_s})))));
    });
    form->addRow(quietLabel(tr("Jobs that fail are told however short they were.")));
    addTruth(form, key(table, u"only_unfocused"_s), tr("Not while the &window is in front"));
    addTruth(form, key(table, u"inhibit_suspend"_s), tr("No s&uspend while a job runs"));
    addTruth(form, key(table, u"file_jobs"_s), tr("Show the jobs of &file managers"),
             tr("Where the desktop has no place for them itself."));
    m_pipelines = new QListWidget;
    m_pipelines->setObjectName(u"notifications.pipelines"_s);
    m_pipelines->setSizeAdjustPolicy(QAbstractScrollArea::AdjustToContents);
    m_pipelines->setSpacing(2);
    auto *label = new QLabel(tr("Pipelines that are tol&d of:"));
    label->setBuddy(m_pipelines);
    m_pipelines->setAccessibleName(tr("Pipelines that are told of"));
    form->addRow(label);
    form->addRow(m_pipelines);
    connect(m_pipelines, &QListWidget::itemChanged, this,
            [this](const QListWidgetItem *item) { changePipeline(*item); });
    m_refreshers.emplace_back([this] { refreshPipelines(); });
    return page;
}

QLineEdit *SettingsDialog::addFile(QFormLayout *form, const QString &label, const QString &title)
{
    auto *edit = new QLineEdit;
    edit->setPlaceholderText(tr("none"));
    auto *button = new QPushButton(tr("Choose…"));
    button->setAutoDefault(false);
    button->setAccessibleName(title);
    auto *row = new QHBoxLayout;
    row->addWidget(edit, 1);
    row->addWidget(button);
    auto *name = new QLabel(label);
    name->setBuddy(edit);
    form->addRow(name, row);
    connect(edit, &QLineEdit::editingFinished, this, &SettingsDialog::changeCertificate);
    connect(button, &QPushButton::clicked, this, [this, edit, title] { chooseFile(*edit, title); });
    return edit;
}

QWidget *SettingsDialog::networkPage()
{
    const auto [page, form] = emptyPage();
    form->addRow(quietLabel(tr("What is changed here counts when the hub is started again.")));
    m_listens = new QCheckBox(tr("&Serve the page and other programs"));
    m_listens->setObjectName(u"web.listens"_s);
    form->addRow(m_listens);
    m_listen = new QLineEdit;
    m_listen->setObjectName(u"web.listen"_s);
    m_listen->setPlaceholderText(defaultListen);
    m_listen->setLayoutDirection(Qt::LeftToRight);
    form->addRow(tr("&Address and port:"), m_listen);
    form->addRow(
        QString(),
        quietLabel(
            tr("127.0.0.1 is this machine alone; with 0.0.0.0 others reach it too, then give it a certificate.")));
    m_certificate = addFile(form, tr("&Certificate:"), tr("Choose a certificate"));
    m_certificate->setObjectName(u"web.certificate"_s);
    m_key = addFile(form, tr("Its &key:"), tr("Choose the key of the certificate"));
    m_key->setObjectName(u"web.key"_s);
    m_half = quietLabel(tr("A certificate and its key count together: give the other one too."));
    m_half->setObjectName(u"half"_s);
    m_half->hide();
    form->addRow(QString(), m_half);

    m_token = new QLineEdit;
    m_token->setObjectName(u"token"_s);
    m_token->setReadOnly(true);
    m_token->setEchoMode(QLineEdit::Password);
    m_token->setPlaceholderText(tr("made when the hub starts"));
    m_showToken = new QPushButton(tr("Sho&w"));
    m_showToken->setCheckable(true);
    m_showToken->setAutoDefault(false);
    m_showToken->setAccessibleName(tr("Show the token"));
    m_copyToken = new QPushButton(tr("Co&py"));
    m_copyToken->setObjectName(u"copyToken"_s);
    m_copyToken->setAutoDefault(false);
    m_copyToken->setAccessibleName(tr("Copy the token"));
    auto *row = new QHBoxLayout;
    row->addWidget(m_token, 1);
    row->addWidget(m_showToken);
    row->addWidget(m_copyToken);
    auto *tokenLabel = new QLabel(tr("&Token:"));
    tokenLabel->setBuddy(m_token);
    form->addRow(tokenLabel, row);
    form->addRow(QString(), quietLabel(tr("Who has it can start and cancel jobs.")));

    m_url = new QLabel;
    m_url->setObjectName(u"url"_s);
    m_url->setTextFormat(Qt::PlainText);
    m_url->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_openPage = new QPushButton(tr("Op&en the page"));
    m_openPage->setAutoDefault(false);
    auto *pageRow = new QHBoxLayout;
    pageRow->addWidget(m_url, 1);
    pageRow->addWidget(m_openPage);
    form->addRow(tr("Page:"), pageRow);
    m_url->setAccessibleDescription(tr("Address of the page"));

    connect(m_listens, &QCheckBox::toggled, this, &SettingsDialog::changeListen);
    connect(m_listen, &QLineEdit::editingFinished, this, [this] {
        // Not when the keyboard only came by.
        if (m_listen->isModified())
            changeListen();
    });
    connect(m_showToken, &QPushButton::toggled, this,
            [this](bool on) { m_token->setEchoMode(on ? QLineEdit::Normal : QLineEdit::Password); });
    connect(m_copyToken, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_store.tokenText());
        tell(tr("The token is in the clipboard."), false);
    });
    connect(m_openPage, &QPushButton::clicked, this, [this] {
        if (!QDesktopServices::openUrl(QUrl(m_store.pageUrl())))
            tell(tr("%1 cannot be opened: there is no browser").arg(m_store.pageUrl()), true);
    });
    m_refreshers.emplace_back([this] { refreshNetwork(); });
    return page;
}

QWidget *SettingsDialog::retentionPage()
{
    const auto [page, form] = emptyPage();
    form->addRow(quietLabel(tr("What is changed here counts when the hub is started again.")));
    auto *age = new QSpinBox;
    age->setObjectName(u"retention.max_age"_s);
    age->setRange(0, 36'500);
    age->setSuffix(tr(" days", "behind a number"));
    age->setSpecialValueText(tr("Never", "forget ended jobs"));
    age->setKeyboardTracking(false);
    form->addRow(tr("&Forget ended jobs after:"), age);
    auto *size = new QDoubleSpinBox;
    size->setObjectName(u"retention.max_size"_s);
    size->setRange(0, 100'000);
    size->setDecimals(1);
    size->setSuffix(tr(" GiB", "behind a number"));
    size->setSpecialValueText(tr("No limit"));
    size->setKeyboardTracking(false);
    form->addRow(tr("&Most space for output:"), size);
    auto *keep = new QSpinBox;
    keep->setObjectName(u"retention.keep"_s);
    keep->setRange(0, 10'000'000);
    keep->setSingleStep(100);
    keep->setGroupSeparatorShown(true);
    keep->setSpecialValueText(tr("No limit"));
    keep->setKeyboardTracking(false);
    form->addRow(tr("Most &ended jobs:"), keep);

    const QString table = u"retention"_s;
    connect(age, &QSpinBox::valueChanged, this, [this, table](int days) {
        change(key(table, u"max_age"_s), days > 0 ? QString::number(days) + u'd' : u"never"_s);
    });
    connect(size, &QDoubleSpinBox::valueChanged, this, [this, table](double gib) {
        change(key(table, u"max_size"_s),
               gib > 0 ? QString::number(gib, 'g', QLocale::FloatingPointShortest) + u'G' : u"never"_s);
    });
    connect(keep, &QSpinBox::valueChanged, this,
            [this, table](int jobs) { change(key(table, u"keep"_s), static_cast<qint64>(jobs)); });
    m_refreshers.emplace_back([this, table, age, size, keep] {
        constexpr double day = 86'400;
        constexpr double kib = 1024;
        age->setValue(
            static_cast<int>(std::min(std::ceil(seconds(m_store.value(key(table, u"max_age"_s))) / day), 36'500.0)));
        const double bytes = amount(m_store.value(key(table, u"max_size"_s)),
                                    {{"", 1}, {"k", kib}, {"m", kib * kib}, {"g", kib * kib * kib}});
        // What is small is not nothing.
        size->setValue(bytes > 0 ? std::max(bytes / (kib * kib * kib), 0.1) : 0);
        keep->setValue(static_cast<int>(std::min(m_store.value(key(table, u"keep"_s)).toDouble(), 1e7)));
    });
    return page;
}

void SettingsDialog::changeListen()
{
    m_listen->setEnabled(m_listens->isChecked());
    if (m_refreshing)
        return;
    const QString where = m_listen->text().trimmed();
    m_listen->setModified(false);
    if (!m_listens->isChecked())
        change(key(u"web"_s, u"listen"_s), false);
    else
        change(key(u"web"_s, u"listen"_s),
               where.isEmpty() || where == defaultListen ? QJsonValue() : QJsonValue(where));
}

/// One alone would keep the hub from listening.
void SettingsDialog::changeCertificate()
{
    const QString certificate = m_certificate->text().trimmed();
    const QString file = m_key->text().trimmed();
    m_half->setVisible(certificate.isEmpty() != file.isEmpty());
    const bool isWritten = m_certificate->isModified() || m_key->isModified();
    if (m_refreshing || !isWritten || certificate.isEmpty() != file.isEmpty())
        return;
    m_certificate->setModified(false);
    m_key->setModified(false);
    const auto orDefault = [](const QString &text) { return text.isEmpty() ? QJsonValue() : QJsonValue(text); };
    change({{key(u"web"_s, u"certificate"_s), orDefault(certificate)}, {key(u"web"_s, u"key"_s), orDefault(file)}});
}

void SettingsDialog::chooseFile(QLineEdit &edit, const QString &title)
{
    auto *dialog = new QFileDialog(this, title);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    if (QFileInfo::exists(edit.text()))
        dialog->selectFile(edit.text());
    connect(dialog, &QFileDialog::fileSelected, &edit, [this, &edit](const QString &file) {
        edit.setText(file);
        edit.setModified(true);
        changeCertificate();
    });
    dialog->open();
}

void SettingsDialog::changePipeline(const QListWidgetItem &item)
{
    // What is as all others needs not be said.
    const bool usual = m_store.value(key(u"notifications"_s, u"enabled"_s)).toBool();
    const bool wanted = item.checkState() == Qt::Checked;
    change({u"notifications"_s, u"pipelines"_s, item.text()}, wanted == usual ? QJsonValue() : QJsonValue(wanted));
}

void SettingsDialog::change(const QList<SettingChange> &changes)
{
    if (m_refreshing)
        return;
    const bool same = std::all_of(changes.begin(), changes.end(), [this](const SettingChange &change) {
        return !change.value.isNull() && m_store.value(change.keyPath) == change.value;
    });
    if (same)
        return;
    const Result<void> result = m_store.change(changes);
    tell(result ? QString() : result.error().message, true);
    refresh();
}

void SettingsDialog::refresh()
{
    const QScopedValueRollback<bool> guard(m_refreshing, true);
    for (const auto &refresher : m_refreshers)
        refresher();
}

void SettingsDialog::refreshPipelines()
{
    const QJsonObject said = m_store.value(key(u"notifications"_s, u"pipelines"_s)).toObject();
    const bool usual = m_store.value(key(u"notifications"_s, u"enabled"_s)).toBool();
    QStringList names = m_store.pipelines() + said.keys();
    names.removeDuplicates();
    names.sort(Qt::CaseInsensitive);
    // Rows stay as long as they can, and with them the place of the keyboard.
    while (m_pipelines->count() > names.size())
        delete m_pipelines->takeItem(m_pipelines->count() - 1);
    for (int i = 0; i < names.size(); ++i) {
        if (i >= m_pipelines->count())
            m_pipelines->addItem(QString());
        QListWidgetItem *item = m_pipelines->item(i);
        item->setText(names.at(i));
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(said.value(names.at(i)).toBool(usual) ? Qt::Checked : Qt::Unchecked);
    }
}

void SettingsDialog::refreshNetwork()
{
    const QJsonValue listen = m_store.value(key(u"web"_s, u"listen"_s));
    const bool listens = listen.isString();
    m_listens->setChecked(listens);
    m_listen->setEnabled(listens);
    // What somebody is writing is not taken away.
    if (!m_listen->isModified())
        m_listen->setText(listens ? listen.toString() : QString());
    if (!m_certificate->isModified() && !m_key->isModified()) {
        m_certificate->setText(m_store.value(key(u"web"_s, u"certificate"_s)).toString());
        m_key->setText(m_store.value(key(u"web"_s, u"key"_s)).toString());
    }
    m_half->setVisible(m_certificate->text().isEmpty() != m_key->text().isEmpty());
    m_token->setText(m_store.tokenText());
    m_showToken->setEnabled(!m_store.tokenText().isEmpty());
    m_copyToken->setEnabled(!m_store.tokenText().isEmpty());
    const QString url = m_store.pageUrl();
    m_url->setText(url.isEmpty() ? tr("not served now") : url);
    m_openPage->setEnabled(!url.isEmpty());
}

void SettingsDialog::tell(const QString &sentence, bool isError)
{
    QPalette colours = palette();
    if (isError)
        colours.setColor(QPalette::WindowText, look::colour(State::Failed, palette()));
    m_message->setPalette(colours);
    m_message->setText(sentence);
    m_message->setVisible(!sentence.isEmpty());
    if (sentence.isEmpty())
        return;
    QAccessibleEvent event(m_message, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

} // namespace stepwire
