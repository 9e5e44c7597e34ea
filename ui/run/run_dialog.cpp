#include "ui/run/run_dialog.h"

#include "ui/look/look.h"
#include "ui/look/note.h"
#include "ui/run/parameter_form.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QUrl>
#include <QPainter>
#include <QProcess>
#include <QPushButton>
#include <QScrollArea>
#include <QShortcut>
#include <QSpinBox>
#include <QSplitter>
#include <QStyledItemDelegate>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace stepwire {

namespace {

constexpr int referenceRole = Qt::UserRole; // empty for a command
constexpr int pipelineRole = Qt::UserRole + 1; // as the hub describes it
constexpr int aboutRole = Qt::UserRole + 2;

const QString commandKey; // last values of a command

/// A pipeline in two lines, its title and quietly what it is for.
class PipelineDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return {option.fontMetrics.averageCharWidth() * 18, 2 * option.fontMetrics.height() + 3 * margin};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &given, const QModelIndex &index) const override
    {
        QStyleOptionViewItem option = given;
        initStyleOption(&option, index);
        const QString title = option.text;
        option.text.clear();
        option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &option, painter, option.widget);
        const bool selected = option.state.testFlag(QStyle::State_Selected);
        const bool faulty = index.data(pipelineRole).toJsonObject().contains(u"faults");
        const QColor ink = option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
        const QColor quiet = selected ? ink : look::quiet(option.palette);
        const QRect inner = option.rect.adjusted(2 * margin, margin, -2 * margin, -margin);
        const int line = option.fontMetrics.height();
        const auto draw = [&](int top, const QString &text, const QColor &colour) {
            painter->setPen(colour);
            painter->drawText(QRect(inner.left(), top, inner.width(), line),
                              Qt::AlignVCenter | Qt::AlignAbsolute | leading(option.direction),
                              option.fontMetrics.elidedText(text, Qt::ElideRight, inner.width()));
        };
        painter->save();
        painter->setFont(option.font);
        draw(inner.top(), title, faulty ? quiet : ink);
        draw(inner.bottom() + 1 - line, index.data(aboutRole).toString(), quiet);
        painter->restore();
    }

private:
    static constexpr int margin = 4;
    static Qt::AlignmentFlag leading(Qt::LayoutDirection direction)
    {
        return direction == Qt::RightToLeft ? Qt::AlignRight : Qt::AlignLeft;
    }
};

/// Sentences of the hub begin in lower case, to stand after a name.
QString asSentence(QString text)
{
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    return text;
}

/// `line 3, column 7: …` with the file where it is not the one asked for.
QString placedFault(const QJsonObject &fault, const QString &file)
{
    QString place;
    const int line = fault.value(u"line").toInt();
    const int column = fault.value(u"column").toInt();
    if (line > 0)
        place = column > 0 ? RunDialog::tr("line %1, column %2: ").arg(line).arg(column)
                           : RunDialog::tr("line %1: ").arg(line);
    const QString where = fault.value(u"file").toString();
    if (!where.isEmpty() && where != file)
        place.prepend(where + QStringLiteral(", "));
    return asSentence(place + fault.value(u"message").toString());
}

QString placedFaults(const QJsonArray &faults, const QString &file)
{
    QStringList lines;
    for (const QJsonValue &fault : faults)
        lines.push_back(placedFault(fault.toObject(), file));
    return lines.join(u'\n');
}

QString droppedFile(const QMimeData *data)
{
    const QList<QUrl> urls = data->urls();
    return urls.isEmpty() ? QString() : urls.first().toLocalFile();
}

QString absoluteFolder(const QString &text)
{
    if (text == u"~" || text.startsWith(QStringLiteral("~/")))
        return QDir::cleanPath(QDir::homePath() + text.mid(1));
    return text.startsWith(u'/') ? QDir::cleanPath(text) : QString();
}

} // namespace

RunDialog::RunDialog(HubView &view, LastValues &values, QWidget *parent)
    : QDialog(parent), m_view(view), m_values(values), m_pipelines(view), m_hosts(view)
{
    setWindowTitle(tr("Run"));
    setAcceptDrops(true);
    auto *splitter = new QSplitter(this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(makeList());
    auto *side = new QWidget(splitter);
    auto *sideColumn = new QVBoxLayout(side);
    sideColumn->setContentsMargins(0, 0, 0, 0);
    sideColumn->addWidget(makePage(), 1);
    m_error = new Note(Note::Kind::Fault, {}, side);
    m_error->setContentsMargins(12, 0, 12, 0);
    m_error->setAccessibleDescription(tr("Why it was not started"));
    sideColumn->addWidget(m_error);
    splitter->setStretchFactor(1, 1);

    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_run = buttons->addButton(tr("&Run"), QDialogButtonBox::AcceptRole);
    m_run->setDefault(true);
    buttons->button(QDialogButtonBox::Cancel)->setIcon({});
    m_run->setToolTip(
        tr("Start the job (%1)").arg(QKeySequence(Qt::CTRL | Qt::Key_Return).toString(QKeySequence::NativeText)));
    connect(buttons, &QDialogButtonBox::accepted, this, &RunDialog::run);
    connect(buttons, &QDialogButtonBox::rejected, this, &RunDialog::reject);
    for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Enter})
        connect(new QShortcut(Qt::CTRL | key, this), &QShortcut::activated, this, &RunDialog::run);

    auto *column = new QVBoxLayout(this);
    column->addWidget(splitter, 1);
    column->addWidget(buttons);

    const int letter = fontMetrics().averageCharWidth();
    splitter->setSizes({letter * 32, letter * 68});
    resize(letter * 104, fontMetrics().height() * 28);

    connect(&m_pipelines, &PipelineList::asked, this, [this] { m_listNote->say(tr("Asking for pipelines…")); });
    connect(&m_pipelines, &PipelineList::listed, this, &RunDialog::takePipelines);
    connect(&m_pipelines, &PipelineList::failed, this,
            [this](const QString &sentence) { m_listNote->say(tr("Pipelines cannot be listed: %1").arg(sentence)); });
    connect(&m_hosts, &HostList::changed, this, &RunDialog::refreshHosts);
    connect(m_host, &QComboBox::currentIndexChanged, this, &RunDialog::takeHost);
    refreshHosts();
    showChosen();
    m_pipelines.ask();
}

QWidget *RunDialog::makeList()
{
    auto *box = new QWidget(this);
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    m_hostRow = new QWidget(box);
    auto *hostLine = new QHBoxLayout(m_hostRow);
    hostLine->setContentsMargins(0, 0, 0, 0);
    m_host = new QComboBox(m_hostRow);
    m_host->setObjectName(QStringLiteral("host"));
    m_host->setAccessibleName(tr("Host to run on"));
    m_host->addItem(tr("This machine"), QString());
    auto *hostLabel = new QLabel(tr("&On"), m_hostRow);
    hostLabel->setBuddy(m_host);
    hostLine->addWidget(hostLabel);
    hostLine->addWidget(m_host, 1);
    column->addWidget(m_hostRow);
    m_search = new QLineEdit(box);
    m_search->setObjectName(QStringLiteral("search"));
    m_search->setPlaceholderText(tr("Search pipelines"));
    m_search->setAccessibleName(tr("Search pipelines"));
    m_search->setClearButtonEnabled(true);
    m_search->setAcceptDrops(false); // files are the dialog's
    m_search->installEventFilter(this);
    connect(m_search, &QLineEdit::textChanged, this, &RunDialog::filter);
    connect(new QShortcut(QKeySequence::Find, this), &QShortcut::activated, m_search,
            [this] { m_search->setFocus(Qt::ShortcutFocusReason); });
    column->addWidget(m_search);

    m_list = new QListWidget(box);
    m_list->setObjectName(QStringLiteral("pipelines"));
    m_list->setAccessibleName(tr("Pipelines"));
    m_list->setItemDelegate(new PipelineDelegate(m_list));
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setUniformItemSizes(true);
    auto *command = new QListWidgetItem(tr("A command…"), m_list);
    command->setData(aboutRole, tr("any program, as a job"));
    command->setData(Qt::AccessibleDescriptionRole, command->data(aboutRole));
    connect(m_list, &QListWidget::currentItemChanged, this, &RunDialog::showChosen);
    column->addWidget(m_list, 1);
    m_listNote = new Note(Note::Kind::Quiet, {}, box);
    column->addWidget(m_listNote);
    return box;
}

QWidget *RunDialog::makePage()
{
    m_scroll = new QScrollArea(this);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setAccessibleName(tr("What is run"));
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *page = new QWidget(m_scroll);
    auto *column = new QVBoxLayout(page);
    column->setSpacing(8);

    m_title = new QLabel(page);
    m_title->setTextFormat(Qt::PlainText);
    m_title->setWordWrap(true);
    QFont large = m_title->font();
    large.setBold(true);
    constexpr qreal larger = 1.3;
    large.setPointSizeF(large.pointSizeF() * larger);
    m_title->setFont(large);
    column->addWidget(m_title);
    m_about = new QLabel(page);
    m_about->setTextFormat(Qt::PlainText);
    m_about->setWordWrap(true);
    column->addWidget(m_about);
    m_steps = new Note(Note::Kind::Quiet, {}, page);
    column->addWidget(m_steps);
    m_faults = new Note(Note::Kind::Fault, {}, page);
    column->addWidget(m_faults);
    column->addSpacing(8);

    m_forms = new QWidget(page);
    (new QVBoxLayout(m_forms))->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_forms);
    m_commandPage = makeCommandPage();
    column->addWidget(m_commandPage);
    column->addWidget(makeOptions());
    column->addStretch(1);
    m_scroll->setWidget(page);
    return m_scroll;
}

QWidget *RunDialog::makeCommandPage()
{
    auto *page = new QWidget(this);
    auto *form = new QFormLayout(page);
    form->setContentsMargins(0, 0, 0, 0);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->setVerticalSpacing(12);
    const auto field = [&](const QString &label, QWidget *editor, QWidget *row, const QString &help) {
        auto *box = new QWidget(page);
        auto *column = new QVBoxLayout(box);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(2);
        column->addWidget(row);
        column->addWidget(new Note(Note::Kind::Quiet, help, box));
        auto *fault = new Note(Note::Kind::Fault, {}, box);
        column->addWidget(fault);
        auto *name = new QLabel(label, page);
        name->setBuddy(editor);
        editor->setAccessibleName(QString(label).remove(u'&'));
        editor->setAccessibleDescription(help);
        form->addRow(name, box);
        return fault;
    };
    m_commandForm = form;

    m_command = new QLineEdit(page);
    m_command->setPlaceholderText(QStringLiteral("make -j4"));
    m_command->setAcceptDrops(false);
    m_command->setObjectName(QStringLiteral("command"));
    m_commandFault =
        field(tr("&Command"), m_command, m_command,
              tr("A program and its arguments, those with spaces in \"double quotes\". No shell reads it; for "
                 "pipes and wildcards run sh -c \"…\"."));
    auto *row = new QWidget(page);
    auto *line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    m_folder = new QLineEdit(row);
    m_folder->setPlaceholderText(QStringLiteral("~"));
    m_folder->setAcceptDrops(false);
    m_folder->setObjectName(QStringLiteral("folder"));
    line->addWidget(m_folder);
    auto *browse = new QPushButton(tr("&Browse…"), row);
    browse->setAutoDefault(false);
    browse->setAccessibleName(tr("Browse for a folder"));
    connect(browse, &QPushButton::clicked, this, [this] {
        auto *dialog = new QFileDialog(this, tr("Folder to run in"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::Directory);
        const QString now = absoluteFolder(m_folder->text());
        dialog->setDirectory(now.isEmpty() ? QDir::homePath() : now);
        connect(dialog, &QFileDialog::fileSelected, m_folder, &QLineEdit::setText);
        dialog->open();
    });
    line->addWidget(browse);
    m_folderFault = field(tr("In &folder"), m_folder, row, tr("Where the program starts; the home folder when empty."));
    m_folderBox = m_folderFault->parentWidget();

    connect(m_command, &QLineEdit::textChanged, this, [this] { m_commandFault->say({}); });
    connect(m_folder, &QLineEdit::textChanged, this, [this] { m_folderFault->say({}); });
    const QJsonObject last = m_values.load(commandKey);
    m_command->setText(last.value(u"command").toString());
    m_folder->setText(last.value(u"cwd").toString());
    return page;
}

QWidget *RunDialog::makeOptions()
{
    auto *box = new QWidget(this);
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(0, 8, 0, 0);
    m_more = new QToolButton(box);
    m_more->setText(tr("&More options"));
    m_more->setCheckable(true);
    m_more->setAutoRaise(true);
    m_more->setArrowType(layoutDirection() == Qt::RightToLeft ? Qt::LeftArrow : Qt::RightArrow);
    m_more->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_more->setFocusPolicy(Qt::StrongFocus);
    column->addWidget(m_more);

    m_options = new QWidget(box);
    auto *form = new QFormLayout(m_options);
    form->setContentsMargins(0, 0, 0, 0);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_jobTitle = new QLineEdit(m_options);
    m_jobTitle->setAccessibleName(tr("Title of the job"));
    form->addRow(tr("&Title"), m_jobTitle);
    m_group = new QComboBox(m_options);
    m_group->setObjectName(QStringLiteral("group"));
    m_group->setEditable(true);
    m_group->setInsertPolicy(QComboBox::NoInsert);
    m_group->setAccessibleName(tr("Group whose queue the job waits in"));
    m_group->setToolTip(tr("Jobs of one group wait for each other"));
    QStringList groups;
    for (const auto &[id, job] : m_view.jobs()) {
        if (!job->group.isEmpty() && !groups.contains(job->group))
            groups.push_back(job->group);
    }
    groups.sort();
    m_group->addItems(groups);
    m_group->setCurrentText({});
    m_group->lineEdit()->setAccessibleName(m_group->accessibleName());
    m_group->lineEdit()->setPlaceholderText(QStringLiteral("default"));
    form->addRow(tr("&Group"), m_group);
    constexpr int mostAtOnce = 1024;
    m_parallel = new QSpinBox(m_options);
    m_parallel->setRange(0, mostAtOnce);
    m_parallel->setSpecialValueText(tr("Automatic"));
    m_parallel->setAccessibleName(tr("Steps at once"));
    m_parallelLabel = new QLabel(tr("&Steps at once"), m_options);
    m_parallelLabel->setBuddy(m_parallel);
    form->addRow(m_parallelLabel, m_parallel);
    m_options->hide();
    column->addWidget(m_options);
    connect(m_more, &QToolButton::toggled, this, [this](bool open) {
        const bool mirrored = layoutDirection() == Qt::RightToLeft;
        m_more->setArrowType(open ? Qt::DownArrow : mirrored ? Qt::LeftArrow : Qt::RightArrow);
        m_options->setVisible(open);
    });
    return box;
}

/// Those that can be asked now. One that was chosen and is lost stays: the hub says what comes of it.
void RunDialog::refreshHosts()
{
    QStringList names;
    for (const HostEntry &entry : m_hosts.entries()) {
        if (!entry.isSource() && (entry.standing == HostEntry::Standing::Connected || entry.name == host()))
            names.append(entry.name);
    }
    const QSignalBlocker quiet(m_host);
    while (m_host->count() > 1)
        m_host->removeItem(m_host->count() - 1);
    for (const QString &name : std::as_const(names))
        m_host->addItem(name, name);
    m_host->setCurrentIndex(std::max(0, m_host->findData(host())));
    m_hostRow->setVisible(!names.isEmpty());
    takeHost(); // a host that is there no more is none to run on
}

void RunDialog::takeHost()
{
    const QString chosen = m_host->currentData().toString();
    if (chosen == host())
        return;
    m_wanted.clear();
    const bool isCommand = !m_commandPage->isHidden() && m_list->currentItem();
    {
        const QSignalBlocker quiet(m_list);
        while (m_list->count() > 1)
            delete m_list->takeItem(0);
        m_list->setCurrentItem(isCommand ? m_list->item(0) : nullptr);
    }
    m_commandForm->setRowVisible(m_folderBox, chosen.isEmpty());
    m_pipelines.setHost(chosen);
    showChosen();
}

/// Under which the form and the last values of a pipeline are kept: one of the same name elsewhere is another.
QString RunDialog::keyOf(const QString &reference) const
{
    return host().isEmpty() ? reference : host() + u':' + reference;
}

void RunDialog::choosePipeline(const QString &pipeline)
{
    // Files are of this machine, and so is what somebody names from outside.
    m_host->setCurrentIndex(0);
    if (QListWidgetItem *item = itemOf(pipeline)) {
        m_wanted.clear();
        m_search->clear();
        m_list->setCurrentItem(item);
        return;
    }
    m_wanted = pipeline;
    // A name is looked up when the list is there; what is not in it, the hub knows best why.
    const bool isPath = pipeline.contains(u'/') || pipeline.endsWith(QStringLiteral(".toml"));
    if (!m_pipelines.known() && !isPath)
        return;
    m_view.call(this, QStringLiteral("pipeline.get"), {{QStringLiteral("pipeline"), pipeline}},
                [this, pipeline](const Result<QJsonValue> &result) { takePipeline(pipeline, result); });
}

void RunDialog::chooseCommand()
{
    m_wanted.clear();
    m_list->setCurrentItem(itemOf({}));
    m_command->setFocus();
}

void RunDialog::takePipelines(const QJsonArray &pipelines)
{
    m_listNote->say(!pipelines.isEmpty()   ? QString()
                        : host().isEmpty() ? tr("There are no pipelines yet. Drop a .toml file here to run it.")
                                           : tr("There are no pipelines on %1.").arg(host()));
    int row = 0;
    QListWidgetItem *usable = nullptr;
    for (const QJsonValue &value : pipelines) {
        const QJsonObject pipeline = value.toObject();
        QListWidgetItem *item = addPipeline(pipeline, pipeline.value(u"pipeline").toString(), row++);
        if (!usable && !pipeline.contains(u"faults"))
            usable = item;
    }
    filter(m_search->text());
    if (const QString wanted = m_wanted; !wanted.isEmpty())
        choosePipeline(wanted);
    else if (usable && !m_list->currentItem())
        m_list->setCurrentItem(usable);
    else if (!m_list->currentItem())
        m_list->setCurrentRow(0);
}

void RunDialog::takePipeline(const QString &reference, const Result<QJsonValue> &result)
{
    if (reference != m_wanted)
        return;
    m_wanted.clear();
    if (!result)
        return refuse(result.error());
    m_error->say({});
    QListWidgetItem *item = itemOf(reference);
    if (!item)
        item = addPipeline(result->toObject(), reference, m_list->count() - 1);
    m_search->clear();
    m_list->setCurrentItem(item);
}

QListWidgetItem *RunDialog::addPipeline(const QJsonObject &pipeline, const QString &reference, int row)
{
    const QString title = pipeline.value(u"title").toString();
    const QJsonArray faults = pipeline.value(u"faults").toArray();
    QString about = faults.isEmpty() ? pipeline.value(u"description").toString()
                                     : placedFault(faults.first().toObject(), pipeline.value(u"file").toString());
    if (about.isEmpty() && !title.isEmpty() && title != reference)
        about = reference;
    auto *item = new QListWidgetItem(title.isEmpty() ? reference : title);
    item->setData(referenceRole, reference);
    item->setData(pipelineRole, pipeline);
    item->setData(aboutRole, about);
    item->setData(Qt::AccessibleDescriptionRole, about);
    item->setToolTip(about);
    m_list->insertItem(row, item);
    return item;
}

QListWidgetItem *RunDialog::itemOf(const QString &reference) const
{
    for (int row = 0; row < m_list->count(); ++row) {
        if (m_list->item(row)->data(referenceRole).toString() == reference)
            return m_list->item(row);
    }
    return nullptr;
}

void RunDialog::filter(const QString &text)
{
    const QStringList words = text.split(u' ', Qt::SkipEmptyParts);
    for (int row = 0; row + 1 < m_list->count(); ++row) {
        QListWidgetItem *item = m_list->item(row);
        const QString all =
            item->text() + u'\n' + item->data(referenceRole).toString() + u'\n' + item->data(aboutRole).toString();
        item->setHidden(!std::all_of(words.begin(), words.end(),
                                     [&](const QString &word) { return all.contains(word, Qt::CaseInsensitive); }));
    }
}

void RunDialog::showChosen()
{
    const QListWidgetItem *item = m_list->currentItem();
    const QString reference = item ? item->data(referenceRole).toString() : QString();
    const QJsonObject pipeline = item ? item->data(pipelineRole).toJsonObject() : QJsonObject();
    const QJsonArray faults = pipeline.value(u"faults").toArray();
    const bool isCommand = item && reference.isEmpty();
    const bool isUsable = isCommand || (item && faults.isEmpty());

    m_error->say({});
    m_jobTitle->clear(); // it was meant for the other one
    m_title->setText(isCommand ? tr("A command") : item ? item->text() : QString());
    const QString description = pipeline.value(u"description").toString();
    m_about->setText(isCommand ? tr("Any program becomes a job of one step, with its output, progress and history.")
                               : asSentence(description));
    m_about->setVisible(!m_about->text().isEmpty());
    constexpr qsizetype mostSteps = 12;
    const QJsonArray allSteps = pipeline.value(u"steps").toArray();
    QStringList steps;
    for (qsizetype i = 0; i < std::min(allSteps.size(), mostSteps); ++i)
        steps.push_back(allSteps[i][u"title"].toString());
    if (allSteps.size() > mostSteps)
        steps.push_back(tr("and %n more", nullptr, static_cast<int>(allSteps.size() - mostSteps)));
    m_steps->say(steps.isEmpty() ? QString() : tr("Steps: %1").arg(steps.join(QStringLiteral(" · "))));
    m_faults->say(faults.isEmpty() ? QString()
                                   : tr("This pipeline cannot be run:") + u'\n'
                          + placedFaults(faults, pipeline.value(u"file").toString()) + u'\n'
                          + pipeline.value(u"file").toString());

    if (m_form)
        m_form->hide();
    m_form = nullptr;
    if (!isCommand && isUsable) {
        ParameterForm *&form = m_formOf[keyOf(reference)];
        if (!form) {
            form = new ParameterForm(pipeline.value(u"parameters").toArray(), m_forms);
            form->setValues(m_values.load(keyOf(reference)));
            m_forms->layout()->addWidget(form);
        }
        m_form = form;
        m_form->show();
    }
    m_forms->setVisible(m_form && !m_form->isEmpty());
    m_commandPage->setVisible(isCommand);
    m_more->parentWidget()->setVisible(isUsable);
    m_jobTitle->setPlaceholderText(isCommand ? tr("the command") : item ? item->text() : QString());
    m_parallel->setVisible(!isCommand);
    m_parallelLabel->setVisible(!isCommand);
    m_usable = isUsable;
    m_run->setEnabled(isUsable && !m_busy);
    m_scroll->ensureVisible(0, 0);
}

QJsonObject RunDialog::request()
{
    QJsonObject params;
    if (m_form) {
        if (!m_form->check())
            return {};
        params.insert(QStringLiteral("pipeline"), m_list->currentItem()->data(referenceRole).toString());
        if (const QJsonObject values = m_form->values(); !values.isEmpty())
            params.insert(QStringLiteral("params"), values);
        if (m_parallel->value() > 0)
            params.insert(QStringLiteral("jobs"), m_parallel->value());
    } else {
        const QStringList command = QProcess::splitCommand(m_command->text());
        const bool named = !command.isEmpty() && !command.first().isEmpty();
        m_commandFault->say(named ? QString() : tr("A command is needed."));
        const bool isHere = host().isEmpty();
        const QString folder =
            !isHere || m_folder->text().isEmpty() ? QDir::homePath() : absoluteFolder(m_folder->text().trimmed());
        m_folderFault->say(
            folder.isEmpty() ? tr("“%1” is no whole path; one begins with / or ~/.").arg(m_folder->text()) : QString());
        if (!named || folder.isEmpty()) {
            (named ? m_folder : m_command)->setFocus();
            return {};
        }
        params.insert(QStringLiteral("command"), QJsonArray::fromStringList(command));
        if (isHere)
            params.insert(QStringLiteral("cwd"), folder);
    }
    if (const QString title = m_jobTitle->text().trimmed(); !title.isEmpty())
        params.insert(QStringLiteral("title"), title);
    if (const QString group = m_group->currentText().trimmed(); !group.isEmpty())
        params.insert(QStringLiteral("group"), group);
    if (!host().isEmpty())
        params.insert(QStringLiteral("host"), host());
    return params;
}

void RunDialog::run()
{
    if (m_busy || !m_run->isEnabled())
        return;
    m_error->say({});
    const QJsonObject params = request();
    if (params.isEmpty()) {
        if (QWidget *faulty = focusWidget())
            m_scroll->ensureWidgetVisible(faulty);
        return;
    }
    // What was sent is what is remembered, whatever is typed meanwhile.
    const QString reference = params.value(u"pipeline").toString();
    const QString key = reference.isEmpty() ? commandKey : keyOf(reference);
    const QJsonObject memorable = m_form
        ? m_form->memorable()
        : QJsonObject{{QStringLiteral("command"), m_command->text()}, {QStringLiteral("cwd"), m_folder->text()}};
    setBusy(true);
    m_view.call(this, QStringLiteral("job.run"), params, [this, key, memorable](const Result<QJsonValue> &result) {
        setBusy(false);
        if (!result)
            return refuse(result.error());
        m_values.store(key, memorable);
        Q_EMIT started((*result)[u"job"].toString());
        accept();
    });
}

void RunDialog::setBusy(bool busy)
{
    m_busy = busy;
    m_run->setEnabled(m_usable && !busy);
    m_run->setText(busy ? tr("Starting…") : tr("&Run"));
}

void RunDialog::refuse(const Error &error)
{
    const QJsonArray faults = error.data.value(u"faults").toArray();
    m_error->say(faults.isEmpty() ? asSentence(error.message)
                                  : tr("The pipeline has faults:") + u'\n' + placedFaults(faults, QString()));
}

bool RunDialog::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_search && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool plain = (key->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
        if (plain && (key->key() == Qt::Key_Down || key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter)) {
            const QListWidgetItem *current = m_list->currentItem();
            for (int row = 0; (!current || current->isHidden()) && row < m_list->count(); ++row) {
                if (!m_list->item(row)->isHidden()) {
                    m_list->setCurrentRow(row);
                    current = m_list->item(row);
                }
            }
            if (key->key() == Qt::Key_Down)
                m_list->setFocus();
            else if (m_form && !m_form->isEmpty())
                m_form->focusFirst();
            else if (m_commandPage->isVisible())
                m_command->setFocus();
            else
                m_run->setFocus();
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

void RunDialog::dragEnterEvent(QDragEnterEvent *event)
{
    if (!droppedFile(event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void RunDialog::dropEvent(QDropEvent *event)
{
    const QString file = droppedFile(event->mimeData());
    if (file.isEmpty())
        return;
    event->acceptProposedAction();
    if (file.endsWith(QStringLiteral(".toml"), Qt::CaseInsensitive))
        return choosePipeline(file);
    if (m_form && m_form->takeFile(file))
        return;
    if (m_form)
        return m_error->say(tr("“%1” takes no file.").arg(m_title->text()));
    if (m_commandPage->isHidden())
        return;
    if (QFileInfo(file).isDir())
        return m_folder->setText(file);
    const QString word = file.contains(u' ') ? u'"' + file + u'"' : file;
    m_command->setText(m_command->text().isEmpty() ? word : m_command->text().trimmed() + u' ' + word);
}

} // namespace stepwire
