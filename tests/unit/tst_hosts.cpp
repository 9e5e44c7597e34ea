// Other hosts and foreign servers in the window: the list, its page in the settings, and the status bar.

#include "ui/dashboard/main_window.h"
#include "ui/run/last_values.h"
#include "ui/settings/hosts_page.h"

#include <QtTest>
#include <QtWidgets>

using namespace stepwire;
using namespace Qt::StringLiterals;

namespace {

/// A hub that knows hosts and sources; what is asked to be added or removed waits for the test.
class FakeHub : public HubView::Driver
{
public:
    struct Call
    {
        QString method;
        QJsonObject params;
        HubLink::Answered answered;
    };

    explicit FakeHub(HubView &view) : m_view(view) { view.setDriver(this); }

    void call(const QString &method, const QJsonObject &params, HubLink::Answered answered) override
    {
        if (method == u"host.list")
            return answered(QJsonValue(QJsonObject{{u"hosts"_s, hosts}}));
        if (method == u"source.list")
            return answered(QJsonValue(QJsonObject{{u"sources"_s, sources}, {u"kinds"_s, kinds}}));
        calls.push_back({method, params, std::move(answered)});
    }
    void followOutput(const QString &) override { }

    void live()
    {
        HubView::Status status;
        status.link = HubView::Link::Live;
        status.host = u"desk"_s;
        m_view.setStatus(status);
    }

    void gone()
    {
        HubView::Status status;
        status.link = HubView::Link::Lost;
        m_view.setStatus(status);
    }

    void notice(const QString &type, const QJsonObject &data)
    {
        Event event;
        event.time = QDateTime::currentMSecsSinceEpoch();
        event.data = Notice{type, data};
        HubDelta delta;
        delta.notices = {std::make_shared<const Event>(event)};
        m_view.take(delta);
    }

    /// The last request of this method, if any.
    Call last(const QString &method) const
    {
        for (auto it = calls.rbegin(); it != calls.rend(); ++it) {
            if (it->method == method)
                return *it;
        }
        return {};
    }

    QJsonArray hosts = {QJsonObject{{u"name"_s, u"nas"_s},
                                    {u"target"_s, u"anna@nas"_s},
                                    {u"state"_s, u"connected"_s},
                                    {u"since_ms"_s, 120'000}},
                        QJsonObject{{u"name"_s, u"gpu-box"_s},
                                    {u"target"_s, u"wss://gpu-box:7837"_s},
                                    {u"state"_s, u"lost"_s},
                                    {u"since_ms"_s, 240'000},
                                    {u"reason"_s, u"the connection was refused"_s}}};
    QJsonArray sources = {QJsonObject{{u"name"_s, u"site"_s},
                                      {u"kind"_s, u"frappe"_s},
                                      {u"settings"_s, QJsonObject{{u"url"_s, u"https://site"_s}}},
                                      {u"state"_s, u"connected"_s}}};
    QJsonArray kinds = {QJsonObject{{u"kind"_s, u"socketio"_s},
                                    {u"title"_s, u"A server of Socket.IO"_s},
                                    {u"settings"_s, QJsonArray{setting(u"room"_s, u"which room"_s, true, false)}}},
                        QJsonObject{{u"kind"_s, u"frappe"_s},
                                    {u"title"_s, u"Frappe"_s},
                                    {u"settings"_s,
                                     QJsonArray{setting(u"url"_s, u"where the site is"_s, true, false),
                                                setting(u"key"_s, u"the secret of the API"_s, false, true)}}}};
    std::vector<Call> calls;

private:
    static QJsonObject setting(const QString &name, const QString &help, bool required, bool secret)
    {
        return {{u"name"_s, name}, {u"help"_s, help}, {u"required"_s, required}, {u"secret"_s, secret}};
    }

    HubView &m_view;
};

class NoValues : public LastValues
{
public:
    [[nodiscard]] QJsonObject load(const QString &) const override { return {}; }
    void store(const QString &, const QJsonObject &) override { }
};

} // namespace

class TestHosts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void listFollowsNotices();
    void pageTellsStandings();
    void addsAHost();
    void refusalsAtTheirFields();
    void hiddenFieldsAreNotSent();
    void secretsAreHidden();
    void addsASource();
    void manySettingsScroll();
    void removesAfterAQuestion();
    void withoutAHub();
    void everythingHasAName();
    void statusBar();
    void lossIsTold();
    void filterKnowsHosts();
    void pictures();

private:
    [[nodiscard]] QTreeWidget *list() const { return m_page->findChild<QTreeWidget *>(u"hosts"_s); }
    [[nodiscard]] QPushButton *button(const QString &name) const { return m_page->findChild<QPushButton *>(name); }
    [[nodiscard]] QDialog *form(const QString &name) const
    {
        // One that was closed is deleted later.
        for (auto *dialog : m_page->findChildren<QDialog *>(name)) {
            if (dialog->isVisible())
                return dialog;
        }
        return nullptr;
    }
    [[nodiscard]] static QLineEdit &field(const QDialog &form, const QString &name)
    {
        return *form.findChild<QLineEdit *>(name);
    }
    [[nodiscard]] static QString fault(const QDialog &form, const QString &name)
    {
        const auto *note = form.findChild<QLabel *>(name);
        return note && note->isVisible() ? note->text() : QString();
    }
    [[nodiscard]] QDialog *fillHost(const QString &target);

    std::unique_ptr<HubView> m_view;
    std::unique_ptr<FakeHub> m_hub;
    std::unique_ptr<HostsPage> m_page;
};

void TestHosts::init()
{
    m_page.reset();
    m_view = std::make_unique<HubView>();
    m_hub = std::make_unique<FakeHub>(*m_view);
    m_hub->live();
    m_page = std::make_unique<HostsPage>(*m_view);
    m_page->resize(700, 400);
    m_page->show();
}

QDialog *TestHosts::fillHost(const QString &target)
{
    button(u"addHost"_s)->click();
    QDialog *dialog = form(u"hostForm"_s);
    QTest::keyClicks(&field(*dialog, u"target"_s), target);
    return dialog;
}

void TestHosts::listFollowsNotices()
{
    HostList hosts(*m_view);
    QSignalSpy changed(&hosts, &HostList::changed);
    QCOMPARE(hosts.entries().size(), 3U);
    QCOMPARE(hosts.entries()[0].name, u"gpu-box"_s);
    QCOMPARE(hosts.entries()[0].standing, HostEntry::Standing::Lost);
    QCOMPARE(hosts.entries()[2].where, u"https://site"_s);
    hosts.ask();
    QCOMPARE(changed.size(), 0); // nothing is new, not even the ages
    m_hub->hosts = {m_hub->hosts[0]};
    m_hub->notice(u"hub.warning"_s, {{u"name"_s, u"x"_s}});
    QCOMPARE(changed.size(), 0);
    m_hub->notice(u"host.removed"_s, {{u"name"_s, u"gpu-box"_s}});
    QCOMPARE(changed.size(), 1);
    QVERIFY(!hosts.find(u"gpu-box"_s));
    // A source tells no age of its standing: its notice does.
    QJsonObject lost = m_hub->sources[0].toObject();
    lost[u"state"] = u"lost"_s;
    lost[u"reason"] = u"no route"_s;
    m_hub->sources = {lost};
    m_hub->notice(u"host.lost"_s, {{u"name"_s, u"site"_s}, {u"reason"_s, u"no route"_s}});
    QCOMPARE(hosts.find(u"site"_s)->standing, HostEntry::Standing::Lost);
    QVERIFY(hosts.find(u"site"_s)->since > 0);
}

void TestHosts::pageTellsStandings()
{
    QCOMPARE(list()->topLevelItemCount(), 3);
    QCOMPARE(list()->topLevelItem(0)->text(2), u"lost 4 min ago: the connection was refused"_s);
    QCOMPARE(list()->topLevelItem(1)->text(2), u"connected"_s);
    QCOMPARE(list()->topLevelItem(2)->text(1), u"frappe, https://site"_s);
    list()->setCurrentItem(list()->topLevelItem(1));
    m_hub->hosts.removeAt(1);
    m_hub->notice(u"host.removed"_s, {{u"name"_s, u"gpu-box"_s}});
    QCOMPARE(list()->topLevelItemCount(), 2);
    QCOMPARE(list()->currentItem()->text(0), u"nas"_s); // the keyboard stays where it was
    QAccessibleInterface *row = QAccessible::queryAccessibleInterface(list())->child(3);
    QVERIFY(row && row->text(QAccessible::Name).contains(u"nas"_s));
}

void TestHosts::addsAHost()
{
    QSignalSpy told(m_page.get(), &HostsPage::told);
    QDialog *dialog = fillHost(u"anna@pi.local"_s);
    QCOMPARE(field(*dialog, u"name"_s).text(), u"pi"_s);
    QTest::keyClick(&field(*dialog, u"target"_s), Qt::Key_Return);
    const FakeHub::Call call = m_hub->last(u"host.add"_s);
    QCOMPARE(call.params, (QJsonObject{{u"name"_s, u"pi"_s}, {u"target"_s, u"anna@pi.local"_s}}));
    QVERIFY(!dialog->findChild<QPushButton *>(u"add"_s)->isEnabled()); // not twice
    call.answered(QJsonValue(
        QJsonObject{{u"name"_s, u"pi"_s}, {u"state"_s, u"lost"_s}, {u"reason"_s, u"there is no stepwire there"_s}}));
    QVERIFY(!dialog->isVisible());
    QVERIFY(told.last()[0].toString().contains(u"there is no stepwire there"_s)); // kept, but something is to be done
    QVERIFY(told.last()[1].toBool());
}

void TestHosts::refusalsAtTheirFields()
{
    QDialog *dialog = fillHost(u"wss://pi"_s);
    auto *add = dialog->findChild<QPushButton *>(u"add"_s);
    add->click();
    QVERIFY(m_hub->calls.empty());
    QVERIFY(!fault(*dialog, u"token.fault"_s).isEmpty());
    field(*dialog, u"token"_s).setText(u"t"_s);
    field(*dialog, u"pin"_s).setText(u"zz"_s);
    const auto refuse = [&](const QString &sentence) {
        add->click();
        m_hub->last(u"host.add"_s).answered(fail(code::invalidParams, sentence));
    };
    refuse(u"pin is \"zz\", expected 64 digits"_s);
    QCOMPARE(fault(*dialog, u"pin.fault"_s), u"Pin is \"zz\", expected 64 digits"_s);
    QVERIFY(dialog->isVisible());
    refuse(u"there is a host \"pi\" already"_s);
    QCOMPARE(fault(*dialog, u"pin.fault"_s), QString());
    QCOMPARE(fault(*dialog, u"name.fault"_s), u"There is a host \"pi\" already"_s);
    refuse(u"the disk is full"_s);
    QCOMPARE(fault(*dialog, u"fault"_s), u"The disk is full"_s);
    QCOMPARE(field(*dialog, u"token"_s).text(), u"t"_s); // what was typed stays
}

void TestHosts::hiddenFieldsAreNotSent()
{
    QDialog *dialog = fillHost(u"wss://pi"_s);
    QVERIFY(!field(*dialog, u"command"_s).isVisible());
    field(*dialog, u"token"_s).setText(u"t"_s);
    field(*dialog, u"target"_s).setText(u"/run/hub.sock"_s);
    QVERIFY(!field(*dialog, u"token"_s).isVisible());
    QTest::keyClicks(&field(*dialog, u"name"_s), u"mine"_s);
    field(*dialog, u"target"_s).setText(u"anna@pi"_s);
    QCOMPARE(field(*dialog, u"name"_s).text(), u"mine"_s); // nobody writes over what a person wrote
    dialog->findChild<QPushButton *>(u"add"_s)->click();
    QCOMPARE(m_hub->last(u"host.add"_s).params, (QJsonObject{{u"name"_s, u"mine"_s}, {u"target"_s, u"anna@pi"_s}}));
}

void TestHosts::secretsAreHidden()
{
    QDialog *dialog = fillHost(u"wss://pi"_s);
    QCOMPARE(field(*dialog, u"token"_s).echoMode(), QLineEdit::Password);
    dialog->close();
    button(u"addSource"_s)->click();
    QDialog *source = form(u"sourceForm"_s);
    source->findChild<QComboBox *>(u"kind"_s)->setCurrentIndex(1);
    QCOMPARE(field(*source, u"key"_s).echoMode(), QLineEdit::Password);
    QCOMPARE(field(*source, u"url"_s).echoMode(), QLineEdit::Normal);
}

void TestHosts::addsASource()
{
    button(u"addSource"_s)->click();
    QDialog *dialog = form(u"sourceForm"_s);
    QVERIFY(dialog->findChild<QLineEdit *>(u"room"_s));
    dialog->findChild<QComboBox *>(u"kind"_s)->setCurrentIndex(1);
    QVERIFY(!dialog->findChild<QLineEdit *>(u"room"_s));
    auto *add = dialog->findChild<QPushButton *>(u"add"_s);
    add->click();
    QTRY_VERIFY(!fault(*dialog, u"url.fault"_s).isEmpty());
    field(*dialog, u"url"_s).setText(u"https://shop"_s);
    field(*dialog, u"key"_s).setText(u" s3cret "_s);
    add->click();
    QCOMPARE(m_hub->last(u"source.add"_s).params,
             (QJsonObject{{u"name"_s, u"frappe"_s},
                          {u"kind"_s, u"frappe"_s},
                          {u"settings"_s, QJsonObject{{u"url"_s, u"https://shop"_s}}},
                          {u"secrets"_s, QJsonObject{{u"key"_s, u" s3cret "_s}}}}));
    m_hub->last(u"source.add"_s).answered(fail(code::invalidParams, u"setting url is \"https://shop\": no"_s));
    QVERIFY(!fault(*dialog, u"url.fault"_s).isEmpty());
}

void TestHosts::manySettingsScroll()
{
    QJsonArray settings;
    for (int i = 0; i < 40; ++i)
        settings.append(QJsonObject{{u"name"_s, u"s%1"_s.arg(i)}, {u"help"_s, u"what it is"_s}});
    settings.append(QJsonObject{{u"name"_s, u"pass"_s}, {u"help"_s, u"proves it"_s}, {u"secret"_s, true}});
    m_hub->kinds = {QJsonObject{{u"kind"_s, u"k"_s}, {u"title"_s, u"K"_s}, {u"settings"_s, settings}}};
    m_hub->notice(u"host.connected"_s, {{u"name"_s, u"nas"_s}});
    button(u"addSource"_s)->click();
    QDialog *dialog = form(u"sourceForm"_s);
    QVERIFY(dialog->height() <= dialog->screen()->availableSize().height());
    QVERIFY(field(*dialog, u"pass"_s).mapTo(dialog, QPoint()).y()
            < field(*dialog, u"s0"_s).mapTo(dialog, QPoint()).y());
    const auto isSeen = [](const QWidget &widget) { return !widget.visibleRegion().isEmpty(); };
    QVERIFY(!isSeen(field(*dialog, u"s39"_s)));
    auto *add = dialog->findChild<QPushButton *>(u"add"_s);
    QVERIFY(isSeen(*add));
    add->click();
    m_hub->last(u"source.add"_s).answered(fail(code::invalidParams, u"setting s39 is \"\", expected a number"_s));
    QTRY_VERIFY(isSeen(field(*dialog, u"s39"_s)));
}

void TestHosts::removesAfterAQuestion()
{
    list()->setCurrentItem(list()->topLevelItem(2));
    QTest::keyClick(list(), Qt::Key_Delete);
    auto *question = m_page->findChild<QMessageBox *>(u"removeQuestion"_s);
    QVERIFY(question && question->text().contains(u"site"_s));
    QVERIFY(m_hub->calls.empty());
    for (QAbstractButton *each : question->buttons()) {
        if (question->buttonRole(each) == QMessageBox::AcceptRole)
            each->click();
    }
    QCOMPARE(m_hub->last(u"source.remove"_s).params, (QJsonObject{{u"name"_s, u"site"_s}}));
    QSignalSpy told(m_page.get(), &HostsPage::told);
    m_hub->last(u"source.remove"_s).answered(fail(code::internalError, u"the file cannot be written"_s));
    QCOMPARE(told.last()[0].toString(), u"the file cannot be written"_s);
}

void TestHosts::withoutAHub()
{
    m_hub->gone();
    QVERIFY(!button(u"addHost"_s)->isEnabled());
    QVERIFY(!button(u"addSource"_s)->isEnabled());
    QVERIFY(!button(u"removeHost"_s)->isEnabled());
    QCOMPARE(list()->topLevelItemCount(), 3); // as it was
    m_hub->kinds = {}; // an older hub
    m_hub->live();
    QVERIFY(button(u"addHost"_s)->isEnabled());
    QVERIFY(!button(u"addSource"_s)->isEnabled());
}

void TestHosts::everythingHasAName()
{
    (void)fillHost(u"wss://pi"_s);
    button(u"addSource"_s)->click();
    int named = 0;
    const auto widgets = m_page->findChildren<QWidget *>();
    for (QWidget *widget : widgets) {
        const bool isControl = qobject_cast<QPushButton *>(widget) || qobject_cast<QLineEdit *>(widget)
            || qobject_cast<QComboBox *>(widget) || qobject_cast<QTreeWidget *>(widget);
        if (!isControl)
            continue;
        QAccessibleInterface *face = QAccessible::queryAccessibleInterface(widget);
        QVERIFY2(face && !face->text(QAccessible::Name).isEmpty(), qPrintable(widget->objectName()));
        ++named;
    }
    QVERIFY(named >= 15);
}

void TestHosts::statusBar()
{
    JobActions actions(*m_view);
    NoValues values;
    MainWindow window(*m_view, actions, values);
    window.show();
    const auto *others = window.findChild<QLabel *>(u"others"_s);
    QCOMPARE(others->text(), u"◌ gpu-box, last seen 4 min ago   ● nas   ● site"_s);
    QCOMPARE(others->toolTip(), u"gpu-box: the connection was refused"_s);
    for (int i = 0; i < 9; ++i)
        m_hub->hosts.append(QJsonObject{
            {u"name"_s, u"h%1"_s.arg(i)}, {u"target"_s, u"h"_s}, {u"state"_s, u"connected"_s}, {u"since_ms"_s, 1}});
    m_hub->notice(u"host.connected"_s, {{u"name"_s, u"h1"_s}});
    QCOMPARE(others->text(), u"● 11 hosts   ◌ 1 lost"_s);
    m_hub->hosts = {};
    m_hub->sources = {};
    m_hub->notice(u"host.removed"_s, {{u"name"_s, u"nas"_s}});
    QVERIFY(!others->isVisible());
}

void TestHosts::lossIsTold()
{
    JobActions actions(*m_view);
    NoValues values;
    MainWindow window(*m_view, actions, values);
    window.show();
    const auto news = [&window] {
        QStringList texts;
        for (const QLabel *label : window.statusBar()->findChildren<QLabel *>()) {
            if (label->isVisible())
                texts.append(label->text());
        }
        return texts.join(u'\n');
    };
    m_hub->notice(u"host.connected"_s, {{u"name"_s, u"nas"_s}});
    QVERIFY(!news().contains(u"nas is back"_s)); // it never was away
    m_hub->notice(u"host.lost"_s, {{u"name"_s, u"nas"_s}, {u"reason"_s, u"the cable is out"_s}});
    QVERIFY(news().contains(u"nas is lost: the cable is out"_s));
    m_hub->notice(u"host.connected"_s, {{u"name"_s, u"nas"_s}});
    QVERIFY(news().contains(u"nas is back"_s));
}

void TestHosts::filterKnowsHosts()
{
    JobActions actions(*m_view);
    NoValues values;
    MainWindow window(*m_view, actions, values);
    const QComboBox *filter = nullptr;
    for (const auto *box : window.findChildren<QComboBox *>()) {
        if (box->accessibleName() == u"Hosts"_s)
            filter = box;
    }
    QVERIFY(filter);
    QVERIFY(filter->findData(u"nas"_s) > 0);
    QCOMPARE(filter->itemText(filter->findData(u"gpu-box"_s)), u"gpu-box (lost)"_s);
    // The first page leads to them.
    QSignalSpy wanted(&window, &MainWindow::hostsWanted);
    for (auto *button : window.findChildren<QPushButton *>()) {
        if (button->text() == u"Add a H&ost…"_s)
            button->click();
    }
    QCOMPARE(wanted.size(), 1);
}

/// For the eye: STEPWIRE_PICTURES names a folder.
void TestHosts::pictures()
{
    const QString folder = qEnvironmentVariable("STEPWIRE_PICTURES");
    if (folder.isEmpty())
        QSKIP("no folder for pictures");
    const QPalette light = QApplication::palette();
    QPalette dark(QColor(0x2b2e33), QColor(0x24272b));
    dark.setColor(QPalette::Base, QColor(0x1b1e22));
    for (const bool isDark : {false, true}) {
        const QString suffix = isDark ? u"-dark.png"_s : u"-light.png"_s;
        QApplication::setPalette(isDark ? dark : light);
        init();
        QTest::qWait(50);
        m_page->grab().save(folder + u"/hosts"_s + suffix);
        QDialog *host = fillHost(u"wss://pi"_s);
        host->findChild<QPushButton *>(u"add"_s)->click();
        QTest::qWait(50);
        host->grab().save(folder + u"/host-form"_s + suffix);
        host->close();
        button(u"addSource"_s)->click();
        QDialog *source = form(u"sourceForm"_s);
        source->findChild<QComboBox *>(u"kind"_s)->setCurrentIndex(1);
        QTest::qWait(50);
        source->grab().save(folder + u"/source-form"_s + suffix);
        source->close();
        JobActions actions(*m_view);
        NoValues values;
        MainWindow window(*m_view, actions, values);
        window.resize(900, 500);
        window.show();
        QTest::qWait(50);
        window.grab().save(folder + u"/window"_s + suffix);
    }
    QApplication::setPalette(light);
}

QTEST_MAIN(TestHosts)
#include "tst_hosts.moc"
