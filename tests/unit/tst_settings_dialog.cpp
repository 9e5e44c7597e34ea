#include "ui/settings/settings_dialog.h"

#include <QtTest>
#include <QtWidgets>

using namespace stepwire;
using namespace Qt::StringLiterals;

/// Settings in memory.
class FakeStore : public SettingsStore
{
public:
    [[nodiscard]] QJsonValue value(const QStringList &keyPath) const override
    {
        return m_values.value(keyPath.join(u'.'));
    }

    [[nodiscard]] Result<void> change(const QList<SettingChange> &changes) override
    {
        if (!refusal.isEmpty())
            return fail(refusal);
        for (const SettingChange &change : changes) {
            const QString name = change.keyPath.join(u'.');
            told.append(name + u'='
                        + QString::fromUtf8(QJsonDocument(QJsonArray{change.value}).toJson(QJsonDocument::Compact)));
            if (change.keyPath.size() == 3) {
                QJsonObject pipelines = m_values.value(u"notifications.pipelines"_s).toObject();
                if (change.value.isNull())
                    pipelines.remove(change.keyPath.last());
                else
                    pipelines[change.keyPath.last()] = change.value;
                m_values[u"notifications.pipelines"_s] = pipelines;
            } else {
                m_values[name] = change.value.isNull() ? m_defaults.value(name) : change.value;
            }
        }
        Q_EMIT changed();
        return {};
    }

    void others(const QString &name, const QJsonValue &value)
    {
        m_values[name] = value;
        Q_EMIT changed();
    }

    [[nodiscard]] QString tokenText() const override { return u"secret-token"_s; }
    [[nodiscard]] QString pageUrl() const override { return u"http://127.0.0.1:7837"_s; }
    [[nodiscard]] QStringList pipelines() const override { return {u"wallpaper"_s, u"nightly backup"_s}; }
    [[nodiscard]] QStringList languages() const override { return {u"de"_s, u"ar"_s, u"en"_s, u"es"_s, u"zh_CN"_s}; }

    [[nodiscard]] QStringList taken() { return std::exchange(told, {}); }

    QString refusal;
    QStringList told;

private:
    QJsonObject m_defaults = {
        {u"window.autostart"_s, false},
        {u"window.keep_in_tray"_s, true},
        {u"window.theme"_s, u"system"_s},
        {u"window.language"_s, u""_s},
        {u"notifications.enabled"_s, true},
        {u"notifications.progress"_s, true},
        {u"notifications.threshold"_s, u"10s"_s},
        {u"notifications.only_unfocused"_s, true},
        {u"notifications.inhibit_suspend"_s, true},
        {u"web.listen"_s, u"127.0.0.1:7837"_s},
        {u"retention.max_age"_s, u"90d"_s},
        {u"retention.max_size"_s, u"5G"_s},
        {u"retention.keep"_s, 0},
    };
    QJsonObject m_values = m_defaults;
};

class TestSettingsDialog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void showsWhatIsSet();
    void changesAtOnce();
    void followsTheFile();
    void refusals();
    void certificateWithItsKey();
    void pipelines();
    void token();
    void languagesByTheirOwnNames();
    void everythingHasAName();
    void pictures();

private:
    template <class Widget>
    [[nodiscard]] Widget *find(const QString &name) const
    {
        return m_dialog->findChild<Widget *>(name);
    }

    std::unique_ptr<FakeStore> m_store;
    std::unique_ptr<HubView> m_view;
    std::unique_ptr<SettingsDialog> m_dialog;
};

void TestSettingsDialog::init()
{
    m_dialog.reset();
    m_store = std::make_unique<FakeStore>();
    m_view = std::make_unique<HubView>();
    m_dialog = std::make_unique<SettingsDialog>(*m_store, *m_view);
    m_dialog->show();
}

void TestSettingsDialog::showsWhatIsSet()
{
    QVERIFY(!m_dialog->isModal());
    QVERIFY(!find<QCheckBox>(u"window.autostart"_s)->isChecked());
    QVERIFY(find<QCheckBox>(u"window.keep_in_tray"_s)->isChecked());
    QCOMPARE(find<QSpinBox>(u"notifications.threshold"_s)->value(), 10);
    QCOMPARE(find<QSpinBox>(u"retention.max_age"_s)->value(), 90);
    QCOMPARE(find<QDoubleSpinBox>(u"retention.max_size"_s)->value(), 5.0);
    QVERIFY(find<QCheckBox>(u"web.listens"_s)->isChecked());
    QCOMPARE(find<QLineEdit>(u"web.listen"_s)->text(), u"127.0.0.1:7837"_s);
    QCOMPARE(m_store->taken(), QStringList()); // to show is not to change
}

void TestSettingsDialog::changesAtOnce()
{
    find<QCheckBox>(u"window.autostart"_s)->click();
    find<QComboBox>(u"window.theme"_s)->setCurrentIndex(2);
    find<QComboBox>(u"window.language"_s)->setCurrentIndex(1);
    find<QSpinBox>(u"notifications.threshold"_s)->setValue(0);
    find<QSpinBox>(u"retention.max_age"_s)->setValue(0);
    find<QDoubleSpinBox>(u"retention.max_size"_s)->setValue(2.5);
    find<QSpinBox>(u"retention.keep"_s)->setValue(1000);
    const QStringList expected = {u"window.autostart=[true]"_s,       u"window.theme=[\"dark\"]"_s,
                                  u"window.language=[\"de\"]"_s,      u"notifications.threshold=[\"0s\"]"_s,
                                  u"retention.max_age=[\"never\"]"_s, u"retention.max_size=[\"2.5G\"]"_s,
                                  u"retention.keep=[1000]"_s};
    QCOMPARE(m_store->taken(), expected);
    m_dialog->showPage(SettingsDialog::Page::Network);
    auto *listen = find<QLineEdit>(u"web.listen"_s);
    QTest::keyClick(listen, Qt::Key_Return);
    QCOMPARE(m_store->taken(), QStringList()); // nothing was written
    listen->selectAll();
    QTest::keyClicks(listen, u"0.0.0.0:80"_s);
    QCOMPARE(m_store->taken(), QStringList()); // not letter by letter
    QTest::keyClick(listen, Qt::Key_Return);
    QVERIFY(m_dialog->isVisible());
    QCOMPARE(m_store->taken(), QStringList{u"web.listen=[\"0.0.0.0:80\"]"_s});
    find<QCheckBox>(u"web.listens"_s)->click();
    QCOMPARE(m_store->taken(), QStringList{u"web.listen=[false]"_s});
    QVERIFY(!listen->isEnabled());
    find<QCheckBox>(u"web.listens"_s)->click();
    QCOMPARE(m_store->taken(), QStringList{u"web.listen=[null]"_s});
}

void TestSettingsDialog::followsTheFile()
{
    m_store->others(u"window.autostart"_s, true);
    m_store->others(u"notifications.threshold"_s, u"1.5m"_s);
    m_store->others(u"retention.max_age"_s, u"36h"_s);
    m_store->others(u"retention.max_size"_s, 1024);
    QVERIFY(find<QCheckBox>(u"window.autostart"_s)->isChecked());
    QCOMPARE(find<QSpinBox>(u"notifications.threshold"_s)->value(), 90);
    QCOMPARE(find<QSpinBox>(u"retention.max_age"_s)->value(), 2);
    QCOMPARE(find<QDoubleSpinBox>(u"retention.max_size"_s)->value(), 0.1);
    m_store->others(u"window.language"_s, u"xx"_s); // one that we have no translation to stays as it is
    QCOMPARE(find<QComboBox>(u"window.language"_s)->currentData().toString(), u"xx"_s);
    m_dialog->showPage(SettingsDialog::Page::Network);
    auto *listen = find<QLineEdit>(u"web.listen"_s);
    listen->clear();
    QTest::keyClicks(listen, u"1.2"_s);
    m_store->others(u"web.listen"_s, u"[::1]:1"_s);
    QCOMPARE(listen->text(), u"1.2"_s); // is being written
    QCOMPARE(m_store->taken(), QStringList());
}

void TestSettingsDialog::refusals()
{
    auto *message = find<QLabel>(u"message"_s);
    QVERIFY(!message->isVisible());
    m_store->refusal = u"config.toml cannot be written: read-only"_s;
    find<QCheckBox>(u"window.autostart"_s)->click();
    QVERIFY(message->isVisible());
    QCOMPARE(message->text(), m_store->refusal);
    QVERIFY(!find<QCheckBox>(u"window.autostart"_s)->isChecked());
    m_store->refusal.clear();
    find<QCheckBox>(u"window.autostart"_s)->click();
    QVERIFY(!message->isVisible());
    QVERIFY(find<QCheckBox>(u"window.autostart"_s)->isChecked());
}

void TestSettingsDialog::certificateWithItsKey()
{
    m_dialog->showPage(SettingsDialog::Page::Network);
    auto *certificate = find<QLineEdit>(u"web.certificate"_s);
    QTest::keyClicks(certificate, u"/c.pem"_s);
    QTest::keyClick(certificate, Qt::Key_Return);
    QCOMPARE(m_store->taken(), QStringList());
    QVERIFY(find<QLabel>(u"half"_s)->isVisible());
    m_store->others(u"window.autostart"_s, true);
    QCOMPARE(certificate->text(), u"/c.pem"_s);
    auto *key = find<QLineEdit>(u"web.key"_s);
    QTest::keyClicks(key, u"/k.pem"_s);
    QTest::keyClick(key, Qt::Key_Return);
    const QStringList both = {u"web.certificate=[\"/c.pem\"]"_s, u"web.key=[\"/k.pem\"]"_s};
    QCOMPARE(m_store->taken(), both);
    QVERIFY(!find<QLabel>(u"half"_s)->isVisible());
}

void TestSettingsDialog::pipelines()
{
    m_store->others(u"notifications.pipelines"_s, QJsonObject{{u"gone"_s, false}});
    auto *list = find<QListWidget>(u"notifications.pipelines"_s);
    QCOMPARE(list->count(), 3);
    QCOMPARE(list->item(0)->text(), u"gone"_s);
    QCOMPARE(list->item(0)->checkState(), Qt::Unchecked);
    QCOMPARE(list->item(2)->checkState(), Qt::Checked);
    list->item(2)->setCheckState(Qt::Unchecked);
    list->item(2)->setCheckState(Qt::Checked);
    list->item(0)->setCheckState(Qt::Checked);
    const QStringList expected = {u"notifications.pipelines.wallpaper=[false]"_s,
                                  u"notifications.pipelines.wallpaper=[null]"_s,
                                  u"notifications.pipelines.gone=[null]"_s};
    QCOMPARE(m_store->taken(), expected);
    QCOMPARE(list->count(), 2);
    m_store->others(u"notifications.enabled"_s, false);
    QCOMPARE(list->item(0)->checkState(), Qt::Unchecked);
    list->item(0)->setCheckState(Qt::Checked);
    QCOMPARE(m_store->taken(), QStringList{u"notifications.pipelines.nightly backup=[true]"_s});
}

void TestSettingsDialog::token()
{
    auto *token = find<QLineEdit>(u"token"_s);
    QVERIFY(!token->displayText().contains(u"secret"));
    find<QPushButton>(u"copyToken"_s)->click();
    QCOMPARE(QGuiApplication::clipboard()->text(), u"secret-token"_s);
    QVERIFY(find<QLabel>(u"message"_s)->isVisible());
}

void TestSettingsDialog::languagesByTheirOwnNames()
{
    const auto *languages = find<QComboBox>(u"window.language"_s);
    QStringList names;
    for (int at = 1; at < languages->count(); ++at)
        names.append(languages->itemText(at));
    QCOMPARE(names, (QStringList{u"Deutsch"_s, u"العربية"_s, u"English"_s, u"Español"_s, u"简体中文"_s}));
}

void TestSettingsDialog::everythingHasAName()
{
    int named = 0;
    const auto widgets = m_dialog->findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        const bool isControl = qobject_cast<const QAbstractButton *>(widget) || qobject_cast<const QLineEdit *>(widget)
            || qobject_cast<const QAbstractSpinBox *>(widget) || qobject_cast<const QComboBox *>(widget)
            || qobject_cast<const QListWidget *>(widget);
        if (!isControl || widget->objectName().startsWith(u"qt_") || qobject_cast<const QTabBar *>(widget->parent()))
            continue;
        QAccessibleInterface *interface = QAccessible::queryAccessibleInterface(const_cast<QWidget *>(widget));
        QVERIFY2(interface && !interface->text(QAccessible::Name).isEmpty(), qPrintable(widget->objectName()));
        ++named;
    }
    QVERIFY(named > 20);
}

/// For the eye: STEPWIRE_PICTURES names a folder.
void TestSettingsDialog::pictures()
{
    const QString folder = qEnvironmentVariable("STEPWIRE_PICTURES");
    if (folder.isEmpty())
        QSKIP("no folder for pictures");
    const QPalette light = QApplication::palette();
    QPalette dark(QColor(0x2b2e33), QColor(0x24272b));
    dark.setColor(QPalette::Base, QColor(0x1b1e22));
    for (const bool isDark : {false, true}) {
        QApplication::setPalette(isDark ? dark : light);
        QApplication::setLayoutDirection(isDark ? Qt::RightToLeft : Qt::LeftToRight);
        init();
        m_store->others(u"notifications.pipelines"_s, QJsonObject{{u"wallpaper"_s, false}});
        for (int page = 0; page < 5; ++page) {
            m_dialog->showPage(static_cast<SettingsDialog::Page>(page));
            if (page == 4) {
                m_store->refusal = u"/home/a/.config/stepwire/config.toml cannot be written: Permission denied"_s;
                find<QSpinBox>(u"retention.keep"_s)->setValue(5);
            }
            QTest::qWait(50);
            m_dialog->grab().save(folder + u"/settings-%1-%2.png"_s.arg(isDark ? u"dark"_s : u"light"_s).arg(page));
        }
    }
    QApplication::setPalette(light);
    QApplication::setLayoutDirection(Qt::LeftToRight);
}

QTEST_MAIN(TestSettingsDialog)
#include "tst_settings_dialog.moc"
