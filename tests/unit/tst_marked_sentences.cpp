// Every sentence of the window, its dialogs and its tray goes through a translation that is there. All data here is
// Greek, all translations stand within ⟦⟧: Latin letters outside of these are a sentence that nobody marked.

#include "ui/dashboard/main_window.h"
#include "ui/run/last_values.h"
#include "ui/run/run_dialog.h"
#include "ui/settings/hosts_page.h"
#include "ui/settings/hub_form.h"
#include "ui/settings/settings_dialog.h"
#include "ui/tray/tray.h"

#include <QtTest>
#include <QtWidgets>

using namespace stepwire;
using namespace Qt::StringLiterals;

namespace {

/// German within brackets; notes what is asked for under a name that no file of translations has.
class Marker : public QTranslator
{
public:
    bool loadGerman() { return m_german.load(u"stepwire_de"_s, u":/i18n"_s); }

    [[nodiscard]] bool isEmpty() const override { return false; }

    [[nodiscard]] QString translate(const char *context, const char *source, const char *disambiguation,
                                    int n) const override
    {
        const QString name = QString::fromUtf8(context);
        const bool qts = name.startsWith(u'Q') || name == u"CloseButton"_s;
        const QString german = qts ? QString::fromUtf8(source) : m_german.translate(context, source, disambiguation, n);
        if (german.isEmpty()) {
            unknown.insert(name + u": "_s + QString::fromUtf8(source));
            return QString::fromUtf8(source);
        }
        // Formats of dates are no sentences.
        return german.startsWith(u"dddd"_s) ? german : u'⟦' + german + u'⟧';
    }

    mutable QSet<QString> unknown;

private:
    QTranslator m_german;
};

/// Placeholders that are what could be typed: a command, and the name of the group that jobs are in otherwise.
const QStringList examples = {u"make -j4"_s, u"default"_s, u"user@host"_s};

/// What of the text is outside of ⟦⟧, without tags, addresses and our name.
QString outside(const QString &text)
{
    static const QRegularExpression tags(u"<[^>]*>|&\\w+;|https?://\\S+|Stepwire"_s);
    QString plain = text;
    plain.remove(tags);
    QString left;
    int depth = 0;
    for (const QChar sign : std::as_const(plain)) {
        if (sign == u'⟦')
            ++depth;
        else if (sign == u'⟧')
            --depth;
        else if (depth == 0)
            left += sign;
    }
    return left;
}

bool isMarked(const QString &text)
{
    static const QRegularExpression letters(u"[A-Za-z]"_s);
    return !outside(text).contains(letters);
}

/// Answers nothing but pipelines and hosts.
class Driver : public HubView::Driver
{
public:
    void call(const QString &method, const QJsonObject &, HubLink::Answered answered) override
    {
        if (answered && method == u"pipeline.list"_s)
            answered(pipelines());
        else if (answered && method == u"host.list"_s)
            answered(QJsonObject{{u"hosts"_s, hosts}});
        else if (answered && method == u"source.list"_s)
            answered(QJsonObject{{u"sources"_s, QJsonArray()}, {u"kinds"_s, kinds()}});
        else if (answered)
            kept.push_back(std::move(answered));
    }
    void followOutput(const QString &) override { }

    static QJsonValue pipelines()
    {
        const auto parameter = [](const QString &name, const QString &type, bool required,
                                  const QJsonObject &more = {}) {
            QJsonObject made{{u"name"_s, name}, {u"type"_s, type}, {u"required"_s, required}, {u"help"_s, u"τι"_s}};
            for (auto it = more.begin(); it != more.end(); ++it)
                made[it.key()] = it.value();
            return made;
        };
        const QJsonObject whole{
            {u"pipeline"_s, u"α"_s},
            {u"title"_s, u"Άλφα"_s},
            {u"description"_s, u"κάνει κάτι"_s},
            {u"file"_s, u"/π/α"_s},
            {u"parameters"_s,
             QJsonArray{parameter(u"εικόνα"_s, u"path"_s, true), parameter(u"πόσο"_s, u"int"_s, true),
                        parameter(u"ναι"_s, u"bool"_s, false),
                        parameter(u"είδος"_s, u"choice"_s, false, {{u"choices"_s, QJsonArray{u"έν"_s, u"δύο"_s}}}),
                        parameter(u"κλειδί"_s, u"string"_s, true, {{u"secret"_s, true}})}},
            {u"steps"_s, QJsonArray{QJsonObject{{u"step"_s, u"σ"_s}, {u"title"_s, u"βήμα"_s}}}}};
        const QJsonObject broken{
            {u"pipeline"_s, u"β"_s},
            {u"file"_s, u"/π/β"_s},
            {u"faults"_s,
             QJsonArray{
                 QJsonObject{{u"file"_s, u"/π/β"_s}, {u"line"_s, 3}, {u"column"_s, 7}, {u"message"_s, u"λείπει"_s}}}}};
        return QJsonObject{{u"pipelines"_s, QJsonArray{whole, broken}}};
    }

    static QJsonArray allHosts(int more)
    {
        const auto host = [](const QString &name, const QString &state, qint64 age) {
            return QJsonObject{{u"name"_s, name},
                               {u"target"_s, u"άλλος"_s},
                               {u"state"_s, state},
                               {u"since_ms"_s, age},
                               {u"reason"_s, state == u"connected" ? QString() : u"λόγος"_s}};
        };
        QJsonArray all{host(u"α"_s, u"connected"_s, 1), host(u"β"_s, u"lost"_s, 240'000),
                       host(u"γ"_s, u"duplicate"_s, 1), host(u"δ"_s, u"connecting"_s, 1)};
        for (int i = 0; i < more; ++i)
            all.append(host(QString::number(i), u"connected"_s, 1));
        return all;
    }
    static QJsonArray kinds()
    {
        const auto setting = [](const QString &name, bool secret) {
            return QJsonObject{{u"name"_s, name}, {u"help"_s, u"τι"_s}, {u"required"_s, true}, {u"secret"_s, secret}};
        };
        return {QJsonObject{{u"kind"_s, u"είδος"_s},
                            {u"title"_s, u"Είδος"_s},
                            {u"settings"_s, QJsonArray{setting(u"πού"_s, false), setting(u"μυστικό"_s, true)}}}};
    }

    QJsonArray hosts = allHosts(0);
    std::vector<HubLink::Answered> kept;
};

class NoValues : public LastValues
{
public:
    [[nodiscard]] QJsonObject load(const QString &) const override { return {}; }
    void store(const QString &, const QJsonObject &) override { }
};

class Store : public SettingsStore
{
public:
    [[nodiscard]] QJsonValue value(const QStringList &keyPath) const override
    {
        const QString name = keyPath.join(u'.');
        if (name == u"notifications.threshold"_s)
            return u"10s"_s;
        if (name == u"retention.max_age"_s)
            return u"90d"_s;
        if (name == u"retention.max_size"_s)
            return u"5G"_s;
        return name == u"web.listen"_s ? QJsonValue(u"127.0.0.1:7837"_s) : QJsonValue();
    }
    [[nodiscard]] Result<void> change(const QList<SettingChange> &) override { return fail(u"όχι"_s); }
    [[nodiscard]] QString tokenText() const override { return u"μυστικό"_s; }
    [[nodiscard]] QString pageUrl() const override { return page; }
    [[nodiscard]] QStringList pipelines() const override { return {u"α"_s}; }
    [[nodiscard]] QStringList languages() const override { return {u"el"_s}; }

    QString page;
};

Step makeStep(const QString &title, State state)
{
    Step step;
    step.id = title;
    step.title = title;
    step.state = state;
    if (state != State::Queued && state != State::Held && state != State::Skipped)
        step.started = QDateTime::currentMSecsSinceEpoch() - 90'000;
    if (step.started && isFinal(state))
        step.finished = *step.started + 30'000;
    if (state == State::Running) {
        step.progress.emplace();
        step.progress->done = 4;
        step.progress->total = 10;
        step.progress->fraction = 0.4;
        step.progress->phases = {{u"φ"_s, u"φάση"_s, 1, 2, {}}};
        step.stalledMs = 60'000;
        step.attempt = 2;
    }
    if (state == State::Queued)
        step.needs = QStringList{u"πρώτο"_s};
    return step;
}

Job makeJob(const QString &id, State state)
{
    Job job;
    job.id = id;
    job.title = u"εργασία "_s + id;
    job.host = u"οικία"_s;
    job.hub = u"η"_s;
    job.pipeline = u"α"_s;
    job.group = u"ομάδα"_s;
    job.source = u"μηχανή"_s;
    job.params = {{u"εικόνα"_s, u"ναι"_s}};
    job.state = state;
    job.capabilities = QStringList{u"cancel"_s, u"pause"_s, u"retry"_s};
    job.created = QDateTime::currentMSecsSinceEpoch() - 100'000;
    const bool waits = state == State::Queued || state == State::Held;
    if (!waits)
        job.started = job.created;
    if (isFinal(state))
        job.finished = job.created + 50'000;
    job.steps = {makeStep(u"πρώτο"_s, waits ? State::Queued : State::Succeeded),
                 makeStep(u"δεύτερο"_s, waits ? State::Queued : state), makeStep(u"τρίτο"_s, State::Queued)};
    if (state == State::Running) {
        job.etaMs = 200'000;
        job.stalledMs = 60'000;
        job.attempt = 2;
    }
    if (waits) {
        job.queuePosition = 1;
        job.waitingFor = QStringList{u"κάτι"_s};
    }
    if (state == State::Failed || state == State::TimedOut) {
        Failure failure;
        failure.step = u"δεύτερο"_s;
        failure.message = u"απέτυχε"_s;
        failure.lastLine = u"τελευταία γραμμή"_s;
        job.error = failure;
        job.steps[1].error = failure;
    }
    return job;
}

} // namespace

class TestMarkedSentences : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (!m_marker.loadGerman())
            QSKIP("built without Qt's linguist tools");
        QLocale::setDefault(QLocale(u"el_GR"_s));
        QCoreApplication::installTranslator(&m_marker);
    }

    void init()
    {
        m_faults.clear();
        m_seen.clear();
        m_view = std::make_unique<HubView>();
        m_view->setDriver(&m_driver);
    }

    void cleanupTestCase() { QCoreApplication::removeTranslator(&m_marker); }

    void findsWhatIsNotMarked()
    {
        QVERIFY(isMarked(u"<b>εργασία</b> ⟦läuft ⟦seit⟧ %1⟧, 3"_s));
        QVERIFY(!isMarked(u"εργασία ⟦läuft⟧ since"_s));
        QWidget widget;
        QLabel label(u"No jobs"_s, &widget);
        look(widget);
        QCOMPARE(m_faults.size(), 1);
    }

    void window()
    {
        JobActions actions(*m_view);
        NoValues values;
        MainWindow window(*m_view, actions, values);
        window.resize(1200, 800);
        window.show();
        window.say(u"α"_s, [] {});
        status(HubView::Link::Connecting);
        look(window);
        status(HubView::Link::Live);
        look(window);
        int number = 0;
        for (const State state :
             {State::Queued, State::Held, State::Running, State::Pausing, State::Paused, State::Cancelling,
              State::Succeeded, State::Failed, State::Cancelled, State::TimedOut, State::Skipped, State::Interrupted}) {
            const QString id = QString::number(++number);
            tell(makeJob(id, state));
            window.showJob(id);
            look(window);
            window.showOutput(id, {});
            look(window);
        }
        for (const QString &id : {u"3"_s, u"8"_s}) {
            Job other = makeJob(id + u"0"_s, State::Running);
            other.host = u"αλλού"_s;
            other.pipeline.clear();
            other.command = {u"α"_s};
            other.parent = id;
            other.parentStep = u"πρώτο"_s;
            tell(other);
            window.showJob(other.id);
            look(window);
        }
        m_driver.hosts = Driver::allHosts(5);
        for (const QString &type : {u"host.lost"_s, u"host.connected"_s}) {
            Event event;
            event.data = Notice{type, {{u"name"_s, u"α"_s}, {u"reason"_s, u"λόγος"_s}}};
            HubDelta delta;
            delta.notices = {std::make_shared<const Event>(event)};
            m_view->take(std::move(delta));
            look(window);
        }
        m_driver.hosts = Driver::allHosts(0);
        status(HubView::Link::Lost);
        look(window);
        sawSomeOf({u"Es gibt noch keinen Hub"_s, u"läuft"_s, u"Zeit&verlauf"_s, u"fehlgeschlagen"_s});
        report();
    }

    void runDialog()
    {
        NoValues values;
        status(HubView::Link::Live);
        RunDialog dialog(*m_view, values);
        dialog.show();
        QTRY_VERIFY(dialog.findChild<QListWidget *>()->count() >= 3);
        for (const QString &name : {u"α"_s, u"β"_s}) {
            dialog.choosePipeline(name);
            look(dialog);
            for (QPushButton *button : dialog.findChildren<QPushButton *>()) {
                if (button->isDefault())
                    button->click();
            }
            look(dialog);
        }
        dialog.chooseCommand();
        look(dialog);
        report();
    }

    void settings()
    {
        Store store;
        SettingsDialog dialog(store, *m_view);
        dialog.show();
        look(dialog);
        store.page = u"http://127.0.0.1:7837"_s;
        Q_EMIT store.changed();
        look(dialog);
        status(HubView::Link::Live);
        dialog.showPage(SettingsDialog::Page::Hosts);
        look(dialog);
        auto *page = dialog.findChild<HostsPage *>();
        for (const QString &name : {u"addHost"_s, u"addSource"_s}) {
            page->findChild<QPushButton *>(name)->click();
            auto *form = page->findChild<HubForm *>();
            QVERIFY(form);
            look(*form);
            if (auto *target = form->findChild<QLineEdit *>(u"target"_s))
                target->setText(u"wss://α"_s);
            auto *add = form->findChild<QPushButton *>(u"add"_s);
            add->click();
            look(*form);
            for (auto *edit : form->findChildren<QLineEdit *>()) {
                if (edit->text().isEmpty())
                    edit->setText(u"α"_s);
            }
            add->click();
            look(*form);
            for (const QString &state : {u"connected"_s, u"lost"_s, u"duplicate"_s}) {
                Q_EMIT form->added({{u"name"_s, u"α"_s}, {u"state"_s, state}, {u"reason"_s, u"λόγος"_s}});
                look(dialog);
            }
            delete form;
        }
        page->findChild<QPushButton *>(u"removeHost"_s)->click();
        look(*page->findChild<QMessageBox *>());
        report();
    }

    void tray()
    {
        JobActions actions(*m_view);
        Tray tray(*m_view, actions);
        const auto lookAtTray = [&] {
            QTest::qWait(1);
            Q_EMIT tray.menu().aboutToShow();
            check(u"tooltip of the tray"_s, tray.toolTip());
            look(tray.menu());
        };
        status(HubView::Link::Connecting);
        lookAtTray();
        status(HubView::Link::Live);
        lookAtTray();
        tell(makeJob(u"1"_s, State::Queued));
        lookAtTray();
        for (int number = 2; number < 20; ++number)
            tell(makeJob(QString::number(number), number == 2 ? State::Failed : State::Running));
        QTRY_VERIFY((lookAtTray(), tray.toolTip().contains(u"läuft"_s) || tray.toolTip().contains(u"εργασία"_s)));
        status(HubView::Link::Lost);
        lookAtTray();
        report();
    }

private:
    void tell(const Job &job)
    {
        HubDelta delta;
        delta.jobs.push_back({std::make_shared<const Job>(job), true});
        m_view->take(std::move(delta));
    }

    void status(HubView::Link link)
    {
        HubView::Status status;
        status.link = link;
        status.since = QDateTime::currentMSecsSinceEpoch() - 60'000;
        status.hub = u"η"_s;
        status.host = u"οικία"_s;
        status.reason = link == HubView::Link::Live ? QString() : u"λόγος"_s;
        status.degraded = link == HubView::Link::Live ? u"γεμάτος"_s : QString();
        m_view->setStatus(status);
    }

    void check(const QString &place, const QString &text)
    {
        if (!text.isEmpty())
            m_seen.insert(text);
        if (!isMarked(text))
            m_faults.insert(place + u": "_s + text);
    }

    void lookAtAction(const QString &place, const QAction &action)
    {
        check(place + u" action"_s, action.text());
        check(place + u" tooltip of an action"_s, action.toolTip());
        check(place + u" status tip of an action"_s, action.statusTip());
    }

    void lookAtModel(const QString &place, const QAbstractItemModel &model, const QModelIndex &parent)
    {
        for (int row = 0; row < model.rowCount(parent); ++row) {
            for (int column = 0; column < model.columnCount(parent); ++column) {
                const QModelIndex index = model.index(row, column, parent);
                for (const int role : {Qt::DisplayRole, Qt::ToolTipRole, Qt::AccessibleTextRole,
                                       Qt::AccessibleDescriptionRole, Qt::StatusTipRole})
                    check(place + u" item"_s, index.data(role).toString());
            }
            lookAtModel(place, model, model.index(row, 0, parent));
        }
    }

    void lookAtOne(const QWidget &widget)
    {
        const QString place = QString::fromLatin1(widget.metaObject()->className()) + u' ' + widget.objectName();
        check(place + u" tooltip"_s, widget.toolTip());
        check(place + u" status tip"_s, widget.statusTip());
        check(place + u" accessible name"_s, widget.accessibleName());
        check(place + u" accessible description"_s, widget.accessibleDescription());
        if (widget.isWindow())
            check(place + u" title"_s, widget.windowTitle());
        for (const QAction *action : widget.actions())
            lookAtAction(place, *action);
        if (const auto *label = qobject_cast<const QLabel *>(&widget))
            check(place, label->text());
        if (const auto *button = qobject_cast<const QAbstractButton *>(&widget))
            check(place, button->text());
        if (const auto *edit = qobject_cast<const QLineEdit *>(&widget))
            check(place + u" placeholder"_s,
                  examples.contains(edit->placeholderText()) ? QString() : edit->placeholderText());
        if (const auto *box = qobject_cast<const QGroupBox *>(&widget))
            check(place, box->title());
        if (const auto *combo = qobject_cast<const QComboBox *>(&widget)) {
            check(place + u" placeholder"_s, combo->placeholderText());
            lookAtModel(place, *combo->model(), {});
        }
        if (const auto *spin = qobject_cast<const QSpinBox *>(&widget))
            check(place, spin->specialValueText() + spin->prefix() + spin->suffix());
        if (const auto *spin = qobject_cast<const QDoubleSpinBox *>(&widget))
            check(place, spin->specialValueText() + spin->prefix() + spin->suffix());
        if (const auto *tabs = qobject_cast<const QTabBar *>(&widget)) {
            for (int at = 0; at < tabs->count(); ++at) {
                check(place, tabs->tabText(at));
                check(place + u" tooltip of a tab"_s, tabs->tabToolTip(at));
            }
        }
        if (const auto *menu = qobject_cast<const QMenu *>(&widget))
            check(place, menu->title());
        const auto *items = qobject_cast<const QAbstractItemView *>(&widget);
        if (items && items->model() && !qobject_cast<const QHeaderView *>(&widget)) {
            lookAtModel(place, *items->model(), {});
            for (int column = 0; column < items->model()->columnCount(); ++column) {
                const QVariant title = items->model()->headerData(column, Qt::Horizontal);
                check(place + u" header"_s, title.userType() == QMetaType::QString ? title.toString() : QString());
            }
        }
    }

    void look(const QWidget &widget)
    {
        lookAtOne(widget);
        for (const QWidget *inner : widget.findChildren<QWidget *>())
            lookAtOne(*inner);
    }

    /// A test that looks at nothing finds nothing.
    void sawSomeOf(const QStringList &parts)
    {
        for (const QString &part : parts) {
            QVERIFY2(
                std::any_of(m_seen.begin(), m_seen.end(), [&](const QString &text) { return text.contains(part); }),
                qPrintable(part));
        }
    }

    void report()
    {
        QVERIFY(m_seen.size() > 5);
        QStringList faults = m_faults.values() + m_marker.unknown.values();
        faults.sort();
        QVERIFY2(faults.isEmpty(),
                 qPrintable(u"not marked, or marked under a name that has no translation:\n"_s + faults.join(u'\n')));
    }

    Marker m_marker;
    Driver m_driver;
    std::unique_ptr<HubView> m_view;
    QSet<QString> m_faults;
    QSet<QString> m_seen;
};

QTEST_MAIN(TestMarkedSentences)
#include "tst_marked_sentences.moc"
