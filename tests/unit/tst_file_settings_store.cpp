#include "app/desktop/file_settings_store.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestFileSettingsStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void defaults();
    void changes();
    void refusals();
    void autostart();
    void tokenAndPage();

private:
    void put(const QString &name, const QByteArray &text) const;
    [[nodiscard]] QByteArray get(const QString &name = u"config.toml"_s) const;
    [[nodiscard]] QJsonValue value(const QString &key) const { return m_store->value(key.split(u'.')); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<SettingsFile> m_file;
    std::unique_ptr<FileSettingsStore> m_store;
};

void TestFileSettingsStore::init()
{
    m_store.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    Paths paths;
    paths.config = paths.runtime = m_folder->path();
    m_file = std::make_unique<SettingsFile>(paths.settings());
    m_store = std::make_unique<FileSettingsStore>(
        *m_file, paths, Autostart{m_folder->filePath(u"autostart/x.desktop"_s), u"/usr/bin/stepwire-desktop"_s});
}

void TestFileSettingsStore::put(const QString &name, const QByteArray &text) const
{
    QFile file(m_folder->filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(text), text.size());
}

QByteArray TestFileSettingsStore::get(const QString &name) const
{
    QFile file(m_folder->filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("none");
}

void TestFileSettingsStore::defaults()
{
    QCOMPARE(value(u"web.listen"_s), QJsonValue(u"127.0.0.1:7837"_s));
    QCOMPARE(value(u"retention.max_age"_s), QJsonValue(u"90d"_s));
    QCOMPARE(value(u"notifications.threshold"_s), QJsonValue(u"10000ms"_s));
    QCOMPARE(value(u"window.theme"_s), QJsonValue(u"system"_s));
    QCOMPARE(value(u"window.keep_in_tray"_s), QJsonValue(true));
}

void TestFileSettingsStore::changes()
{
    put(u"config.toml"_s, "# mine\n[web] # theirs\nclients = 0 # wrong before\n");
    QSignalSpy changed(m_store.get(), &SettingsStore::changed);
    QVERIFY(m_store->change({{{u"web"_s, u"certificate"_s}, u"c.pem"_s}, {{u"web"_s, u"key"_s}, u"k.pem"_s}}));
    QCOMPARE(get(), "# mine\n[web] # theirs\nclients = 0 # wrong before\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n");
    QCOMPARE(changed.size(), 1); // both at once
    QCOMPARE(value(u"web.key"_s), QJsonValue(m_folder->filePath(u"k.pem"_s)));
    QVERIFY(m_store->change({{{u"retention"_s, u"keep"_s}, 3}}));
    QVERIFY(get().endsWith("\n[retention]\nkeep = 3\n"));
    QCOMPARE(value(u"retention.keep"_s), QJsonValue(3));
    QVERIFY(m_store->change({{{u"retention"_s, u"keep"_s}, {}}}));
    QCOMPARE(value(u"retention.keep"_s), QJsonValue(0));
    QVERIFY(m_store->change({{{u"notifications"_s, u"pipelines"_s, u"a b"_s}, false}}));
    QCOMPARE(value(u"notifications.pipelines"_s), QJsonValue(QJsonObject{{u"a b"_s, false}}));
}

void TestFileSettingsStore::refusals()
{
    put(u"config.toml"_s, "[window]\n");
    const Result<void> listen = m_store->change({{{u"web"_s, u"listen"_s}, u"nas.local"_s}});
    QVERIFY(!listen);
    QVERIFY2(listen.error().message.endsWith(
                 u": listen is wrong, expected an address and a port such as \"127.0.0.1:7837\", or false"_s),
             qPrintable(listen.error().message));
    QVERIFY(!m_store->change({{{u"web"_s, u"key"_s}, u"k.pem"_s}})); // half
    QCOMPARE(get(), "[window]\n");
}

void TestFileSettingsStore::autostart()
{
    QVERIFY(m_store->change({{{u"window"_s, u"autostart"_s}, true}}));
    QVERIFY(get(u"autostart/x.desktop"_s).contains("Exec=\"/usr/bin/stepwire-desktop\" --hidden\n"));
    QVERIFY(m_store->change({{{u"window"_s, u"autostart"_s}, false}}));
    QCOMPARE(get(u"autostart/x.desktop"_s), "none");
    // Not the one without the other.
    put(u"config.toml"_s, "[window\n");
    QVERIFY(!m_store->change({{{u"window"_s, u"autostart"_s}, true}}));
    QCOMPARE(get(u"autostart/x.desktop"_s), "none");
    put(u"config.toml"_s, "");
    put(u"autostart"_s + u"/x.desktop"_s, "[Desktop Entry]\nExec=/old\n");
    QVERIFY(m_store->change({{{u"window"_s, u"autostart"_s}, true}}));
    put(u"autostart/x.desktop"_s, "[Desktop Entry]\nExec=/old\n");
    QVERIFY(m_store->mendAutostart());
    QCOMPARE(get(u"autostart/x.desktop"_s), "[Desktop Entry]\nExec=\"/usr/bin/stepwire-desktop\" --hidden\n");
    put(u"autostart/x.desktop"_s, "[Desktop Entry]\nExec=/old\nHidden=true\n");
    QVERIFY(m_store->mendAutostart());
    QCOMPARE(get(u"autostart/x.desktop"_s), "[Desktop Entry]\nExec=/old\nHidden=true\n");
}

void TestFileSettingsStore::tokenAndPage()
{
    QCOMPARE(m_store->tokenText(), QString());
    QCOMPARE(m_store->pageUrl(), QString());
    put(u"token"_s, "abc\n");
    put(u"web.json"_s, "{\"url\":\"http://127.0.0.1:7838\"}\n");
    QCOMPARE(m_store->tokenText(), u"abc"_s);
    QCOMPARE(m_store->pageUrl(), u"http://127.0.0.1:7838"_s);
}

QTEST_GUILESS_MAIN(TestFileSettingsStore)
#include "tst_file_settings_store.moc"
