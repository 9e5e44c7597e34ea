#include "ui/settings/hosts_page.h"

#include "core/view/words.h"
#include "ui/look/look.h"
#include "ui/look/note.h"
#include "ui/settings/hub_form.h"

#include <QtWidgets>

namespace stepwire {

using namespace Qt::StringLiterals;

using Standing = HostEntry::Standing;

namespace {

enum Column { NameColumn, WhereColumn, StandingColumn };

constexpr int tickMs = 5000; // ages, and what no notice tells

} // namespace

HostsPage::HostsPage(HubView &view, QWidget *parent)
    : QWidget(parent),
      m_view(view),
      m_hosts(view),
      m_list(new QTreeWidget),
      m_empty(new Note(Note::Kind::Quiet)),
      m_detail(new Note(Note::Kind::Quiet)),
      m_addHost(new QPushButton(tr("&Add a host…"))),
      m_addSource(new QPushButton(tr("Add a ser&ver…"))),
      m_remove(new QPushButton(tr("Re&move…")))
{
    auto *about =
        new Note(Note::Kind::Quiet,
                 tr("Jobs of other machines, and of other systems' servers, are shown beside those of this one."));
    m_list->setObjectName(u"hosts"_s);
    m_list->setAccessibleName(tr("Hosts and servers"));
    m_list->setHeaderLabels({tr("Name"), tr("Address"), tr("Standing")});
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setAllColumnsShowFocus(true);
    m_list->setTabKeyNavigation(false);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->header()->setSectionsMovable(false);
    m_list->header()->setStretchLastSection(true);
    const int letter = fontMetrics().averageCharWidth();
    m_list->setColumnWidth(NameColumn, letter * 16);
    m_list->setColumnWidth(WhereColumn, letter * 26);
    m_list->setMinimumHeight(fontMetrics().height() * 8);
    m_list->installEventFilter(this);
    m_detail->setObjectName(u"detail"_s);
    m_detail->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_addHost->setObjectName(u"addHost"_s);
    m_addSource->setObjectName(u"addSource"_s);
    m_remove->setObjectName(u"removeHost"_s);
    m_remove->setToolTip(QKeySequence(QKeySequence::Delete).toString(QKeySequence::NativeText));

    auto *buttons = new QHBoxLayout;
    for (QPushButton *button : {m_addHost, m_addSource, m_remove}) {
        button->setAutoDefault(false);
        buttons->addWidget(button);
    }
    buttons->addStretch(1);
    auto *column = new QVBoxLayout(this);
    column->addWidget(about);
    column->addWidget(m_list, 1);
    column->addWidget(m_empty);
    column->addWidget(m_detail);
    column->addLayout(buttons);

    connect(m_list, &QTreeWidget::currentItemChanged, this, &HostsPage::refreshButtons);
    connect(m_addHost, &QPushButton::clicked, this, [this] { add(new HostForm(m_view, this)); });
    connect(m_addSource, &QPushButton::clicked, this, [this] { add(new SourceForm(m_view, m_hosts.kinds(), this)); });
    connect(m_remove, &QPushButton::clicked, this, &HostsPage::askToRemove);
    connect(&m_hosts, &HostList::changed, this, &HostsPage::refresh);
    connect(&m_view, &HubView::statusChanged, this, &HostsPage::refresh);
    m_tick.setInterval(tickMs);
    connect(&m_tick, &QTimer::timeout, this, [this] {
        if (m_view.status().link == HubView::Link::Live)
            m_hosts.ask();
        refresh();
    });
    refresh();
}

void HostsPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (m_view.status().link == HubView::Link::Live)
        m_hosts.ask();
    m_tick.start();
}

void HostsPage::hideEvent(QHideEvent *event)
{
    m_tick.stop();
    QWidget::hideEvent(event);
}

void HostsPage::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        refresh();
}

bool HostsPage::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_list && event->type() == QEvent::KeyPress
        && static_cast<QKeyEvent *>(event)->matches(QKeySequence::Delete)) {
        askToRemove();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

static QString standingText(const HostEntry &entry)
{
    const qint64 age = QDateTime::currentMSecsSinceEpoch() - entry.since;
    switch (entry.standing) {
    case Standing::Connecting: return HostsPage::tr("connecting…");
    case Standing::Connected: return HostsPage::tr("connected");
    case Standing::Lost:
        return entry.since > 0 ? HostsPage::tr("lost %1", "4 min ago").arg(Words::ago(age)) : HostsPage::tr("lost");
    case Standing::Duplicate: return HostsPage::tr("shown already");
    }
    return {};
}

/// In the colour of its text where the row is chosen: the glyph's own is not made for that ground.
static QIcon standingIcon(Standing standing, const QPalette &palette)
{
    State state = State::Failed;
    if (standing == Standing::Connected)
        state = State::Succeeded;
    else if (standing == Standing::Connecting)
        state = State::Queued;
    QIcon icon = look::glyph(state, palette);
    for (const int size : {16, 24, 32, 48}) {
        QPixmap chosen = icon.pixmap(size, size);
        QPainter painter(&chosen);
        painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
        painter.fillRect(chosen.rect(), palette.color(QPalette::HighlightedText));
        painter.end();
        icon.addPixmap(chosen, QIcon::Selected);
    }
    return icon;
}

void HostsPage::refresh()
{
    // Rows stay as long as they can, and with them the place of the keyboard.
    const std::vector<HostEntry> &entries = m_hosts.entries();
    const QString current = m_list->currentItem() ? m_list->currentItem()->text(NameColumn) : QString();
    const int count = static_cast<int>(entries.size());
    {
        const QSignalBlocker quiet(m_list);
        while (m_list->topLevelItemCount() > count)
            delete m_list->takeTopLevelItem(m_list->topLevelItemCount() - 1);
        while (m_list->topLevelItemCount() < count)
            m_list->addTopLevelItem(new QTreeWidgetItem);
        for (int i = 0; i < count; ++i) {
            const HostEntry &entry = entries[static_cast<size_t>(i)];
            QTreeWidgetItem *item = m_list->topLevelItem(i);
            QString standing = standingText(entry);
            if (!entry.reason.isEmpty())
                standing = tr("%1: %2", "how a host is, why").arg(standing, entry.reason);
            const QString where = entry.isSource()
                ? tr("%1, %2", "kind of a server, its address").arg(entry.kind, entry.where)
                : entry.where;
            item->setText(NameColumn, entry.name);
            item->setText(WhereColumn, entry.isSource() && entry.where.isEmpty() ? entry.kind : where);
            item->setText(StandingColumn, standing);
            item->setIcon(StandingColumn, standingIcon(entry.standing, palette()));
            item->setToolTip(WhereColumn, item->text(WhereColumn));
            item->setToolTip(StandingColumn, standing);
            item->setData(
                NameColumn, Qt::AccessibleTextRole,
                tr("%1, %2, %3", "a host, its address, how it is").arg(entry.name, item->text(WhereColumn), standing));
            if (entry.name == current)
                m_list->setCurrentItem(item);
        }
        if (!m_list->currentItem() && count > 0)
            m_list->setCurrentItem(m_list->topLevelItem(0));
    }
    refreshButtons();
}

void HostsPage::refreshButtons()
{
    const bool live = m_view.status().link == HubView::Link::Live;
    const HostEntry *entry = chosen();
    m_empty->say(!live                           ? tr("There is no hub to ask at the moment.")
                     : m_hosts.entries().empty() ? tr("There are none yet.")
                                                 : QString());
    m_detail->say(entry && !entry->reason.isEmpty()
                      ? tr("%1: %2", "a host, why it is lost").arg(entry->name, entry->reason)
                      : QString());
    m_addHost->setEnabled(live);
    m_addSource->setEnabled(live && !m_hosts.kinds().empty());
    m_addSource->setToolTip(live && m_hosts.kinds().empty() ? tr("The hub knows no kinds of servers.") : QString());
    m_remove->setEnabled(live && entry);
}

const HostEntry *HostsPage::chosen() const
{
    const QTreeWidgetItem *item = m_list->currentItem();
    return item ? m_hosts.find(item->text(NameColumn)) : nullptr;
}

void HostsPage::add(HubForm *form)
{
    Q_EMIT told({}, false);
    connect(form, &HubForm::added, this, &HostsPage::tellAdded);
    form->open();
}

void HostsPage::tellAdded(const QJsonObject &answer)
{
    m_hosts.ask();
    const QString name = answer[u"name"].toString();
    const QString reason = answer[u"reason"].toString();
    const QString state = answer[u"state"].toString();
    if (state == u"duplicate")
        Q_EMIT told(tr("“%1” is kept, but shows nothing: %2.").arg(name, reason), true);
    else if (state == u"lost" && !reason.isEmpty())
        Q_EMIT told(tr("“%1” is kept and tried again, but cannot be reached now: %2.").arg(name, reason), true);
    else
        Q_EMIT told(tr("“%1” was added.").arg(name), false);
}

void HostsPage::askToRemove()
{
    const HostEntry *entry = chosen();
    if (!entry || !m_remove->isEnabled())
        return;
    auto *question = new QMessageBox(QMessageBox::Question, tr("Remove"), tr("Remove “%1”?").arg(entry->name),
                                     QMessageBox::Cancel, this);
    question->setObjectName(u"removeQuestion"_s);
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->setInformativeText(tr("Its jobs go on there, but are shown here no more."));
    question->setTextFormat(Qt::PlainText);
    QPushButton *yes = question->addButton(tr("&Remove"), QMessageBox::AcceptRole);
    question->setDefaultButton(QMessageBox::Cancel);
    connect(yes, &QPushButton::clicked, this,
            [this, name = entry->name, isSource = entry->isSource()] { remove(name, isSource); });
    question->open();
}

void HostsPage::remove(const QString &name, bool isSource)
{
    m_view.call(this, isSource ? u"source.remove"_s : u"host.remove"_s, {{u"name"_s, name}},
                [this](const Result<QJsonValue> &result) {
                    Q_EMIT told(result ? QString() : result.error().message, true);
                    m_hosts.ask();
                });
}

} // namespace stepwire
