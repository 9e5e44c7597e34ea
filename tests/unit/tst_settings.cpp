#include "app/host/settings.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestSettings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingSaid();
    void everythingSaid();
    void listens_data();
    void listens();
    void faults_data();
    void faults();
    void halfATlsIsNone();
    void desktop();
    void desktopFaults_data();
    void desktopFaults();

private:
    [[nodiscard]] Settings read(const QByteArray &toml);
    [[nodiscard]] QString path() const { return m_folder.filePath(u"config.toml"_s); }

    QTemporaryDir m_folder;
};

Settings TestSettings::read(const QByteArray &toml)
{
    QFile file(path());
    if (!file.open(QIODevice::WriteOnly) || file.write(toml) != toml.size())
        qFatal("the settings cannot be written");
    file.close();
    return readSettings(path());
}

void TestSettings::nothingSaid()
{
    const Settings none = read("[web]\n");
    QCOMPARE(none.faults, QStringList());
    QVERIFY(none.web == WebSettings());
    QVERIFY(none.web.listens);
    QVERIFY(!none.web.listenGiven);
    QVERIFY(!none.web.commands);
    QVERIFY(!none.web.allPipelines);
    QVERIFY(!none.web.queryToken);
}

void TestSettings::everythingSaid()
{
    const Settings all = read(R"(
[web]
listen = "192.0.2.7:8080"
hosts = ["nas.local", "nas.local:8443", "[2001:db8::1]:80", "192.0.2.7"]
origins = ["https://panel.example", "http://localhost:3000"]
certificate = "tls/cert.pem"
key = "/etc/key.pem"
commands = true
pipelines = "all"
query_token = true
requests_per_second = 2.5
clients = 20
jwt = { algorithm = "RS256", public_key_file = "~/jwt.pem", audience = "stepwire", issuer = "https://login.example" }
)");
    QCOMPARE(all.faults, QStringList());
    WebSettings expected;
    expected.address = u"192.0.2.7"_s;
    expected.port = 8080;
    expected.listenGiven = true;
    expected.hosts = {u"nas.local"_s, u"nas.local:8443"_s, u"[2001:db8::1]:80"_s, u"192.0.2.7"_s};
    expected.origins = {u"https://panel.example"_s, u"http://localhost:3000"_s};
    expected.certificate = m_folder.filePath(u"tls/cert.pem"_s);
    expected.key = u"/etc/key.pem"_s;
    expected.commands = true;
    expected.allPipelines = true;
    expected.queryToken = true;
    expected.requestsPerSecond = 2.5;
    expected.clients = 20;
    expected.jwt =
        WebSettings::Jwt{u"RS256"_s, {}, QDir::homePath() + u"/jwt.pem"_s, u"stepwire"_s, u"https://login.example"_s};
    QVERIFY(all.web == expected);
    HubOptions options;
    applySettings(all, options);
    QVERIFY(options.web == expected);
}

void TestSettings::listens_data()
{
    QTest::addColumn<QByteArray>("listen");
    QTest::addColumn<QString>("address"); // empty: it does not listen
    QTest::addColumn<int>("port");
    QTest::newRow("loopback") << QByteArray("'127.0.0.1:80'") << u"127.0.0.1"_s << 80;
    QTest::newRow("by name") << QByteArray("'localhost:7000'") << u"127.0.0.1"_s << 7000;
    QTest::newRow("everywhere") << QByteArray("'0.0.0.0:7000'") << u"0.0.0.0"_s << 7000;
    QTest::newRow("version 6") << QByteArray("'[::1]:7000'") << u"::1"_s << 7000;
    QTest::newRow("not at all") << QByteArray("false") << QString() << 7837;
}

void TestSettings::listens()
{
    QFETCH(QByteArray, listen);
    QFETCH(QString, address);
    QFETCH(int, port);
    const Settings settings = read("[web]\nlisten = " + listen + "\n");
    QCOMPARE(settings.faults, QStringList());
    QCOMPARE(settings.web.listens, !address.isEmpty());
    QCOMPARE(int(settings.web.port), port);
    if (!address.isEmpty())
        QCOMPARE(settings.web.address, address);
}

void TestSettings::faults_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("fault"); // after the place
    const auto row = [](const char *name, const QByteArray &line, const QString &fault) {
        QTest::newRow(name) << line << fault;
    };
    const QString listen =
        u"2:10: listen is wrong, expected an address and a port such as \"127.0.0.1:7837\", or false"_s;
    row("listens nowhere", "listen = true", listen);
    row("no port", "listen = '127.0.0.1'", listen);
    row("port 0", "listen = '127.0.0.1:0'", listen);
    row("great port", "listen = '127.0.0.1:65536'", listen);
    row("a name", "listen = 'nas.local:80'", listen);
    row("nothing before the port", "listen = ':80'", listen);
    row("version 6 without brackets", "listen = '::1:80'", listen);
    row("brackets around version 4", "listen = '[127.0.0.1]:80'", listen);
    row("empty", "listen = ''", listen);
    const QString host = u"2:10: hosts has %1, expected a name such as \"nas.local\" or \"nas.local:7837\""_s;
    row("every host", "hosts = ['*']", host.arg(u"\"*\""_s));
    row("a URL", "hosts = ['http://nas.local']", host.arg(u"\"http://nas.local\""_s));
    row("a path", "hosts = ['nas.local/x']", host.arg(u"\"nas.local/x\""_s));
    row("a number", "hosts = [1]", host.arg(u"no text"_s));
    row("one host", "hosts = 'nas.local'", u"2:9: hosts is wrong, expected an array of texts"_s);
    const QString origin = u"2:12: origins has %1, expected an origin such as \"https://panel.example\""_s;
    row("every origin", "origins = ['*']", origin.arg(u"\"*\""_s));
    row("null", "origins = ['null']", origin.arg(u"\"null\""_s));
    row("a slash at its end", "origins = ['https://a.example/']", origin.arg(u"\"https://a.example/\""_s));
    row("another scheme", "origins = ['ftp://a.example']", origin.arg(u"\"ftp://a.example\""_s));
    row("commands", "commands = 'yes'", u"2:12: commands is wrong, expected true or false"_s);
    row("pipelines", "pipelines = true", u"2:13: pipelines is wrong, expected \"remote\" or \"all\""_s);
    row("rate", "requests_per_second = 0",
        u"2:23: requests_per_second is wrong, expected a number above 0 and up to 100000"_s);
    row("clients", "clients = 1.5", u"2:11: clients is wrong, expected connections at once from 1 to 100000"_s);
    row("none", "jwt = { algorithm = 'none' }",
        u"2:7: jwt is wrong, expected algorithm = \"HS256\" or \"RS256\" in it"_s);
    row("no secret", "jwt = { algorithm = 'HS256', public_key_file = 'x' }",
        u"2:7: jwt is wrong, expected secret_file for HS256"_s);
    row("both keys", "jwt = { algorithm = 'RS256', public_key_file = 'x', secret_file = 'y' }",
        u"2:7: jwt is wrong, expected public_key_file for RS256"_s);
}

void TestSettings::faults()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, fault);
    const Settings settings = read("[web]\n" + line + "\n");
    QCOMPARE(settings.faults, QStringList{path() + u':' + fault});
    QVERIFY(settings.web == WebSettings()); // what is wrong counts as not said
}

void TestSettings::halfATlsIsNone()
{
    const Settings settings = read("[web]\ncertificate = 'x'\n");
    QCOMPARE(settings.faults.size(), 1);
    QVERIFY(settings.faults.front().contains(u"web has one of certificate and key"));
    QVERIFY(!settings.web.listens);
}

void TestSettings::desktop()
{
    const Settings none = read("");
    QVERIFY(none.notifications == NotificationSettings());
    QVERIFY(none.window == WindowSettings());
    const Settings all = read(R"(
[notifications]
enabled = false
progress = false
threshold = "1.5 m"
only_unfocused = false
inhibit_suspend = false
file_jobs = true
[notifications.pipelines]
wallpaper = false
"nightly backup" = true
[window]
separate_hub = true
keep_in_tray = false
theme = "dark"
language = "pt_BR"
autostart = true
start_hidden = true
)");
    QCOMPARE(all.faults, QStringList());
    const NotificationSettings notifications{
        false, false, 90'000, false, {{u"nightly backup"_s, true}, {u"wallpaper"_s, false}}, false, true};
    QVERIFY(all.notifications == notifications);
    const WindowSettings window{true, false, WindowSettings::Theme::Dark, u"pt_BR"_s, true, true};
    QVERIFY(all.window == window);
    QCOMPARE(read("[notifications]\nthreshold = 2.5").notifications.thresholdMs, 2'500);
    QCOMPARE(read("[notifications]\nthreshold = 0").notifications.thresholdMs, 0);
    QCOMPARE(read("[notifications]\nthreshold = '0s'").notifications.thresholdMs, 0);
    QCOMPARE(read("[notifications]\nthreshold = '250ms'").notifications.thresholdMs, 250);
}

void TestSettings::desktopFaults_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QString>("fault"); // after the place
    const auto row = [](const char *name, const QByteArray &toml, const QString &fault) {
        QTest::newRow(name) << toml << fault;
    };
    row("notifications", "notifications = true", u"1:17: notifications is no table, expected [notifications]"_s);
    row("window", "window = 1", u"1:10: window is no table, expected [window]"_s);
    row("truth", "[notifications]\nfile_jobs = 1", u"2:13: file_jobs is wrong, expected true or false"_s);
    const QString threshold = u"2:13: threshold is wrong, expected seconds or a time such as \"10s\""_s;
    row("no unit", "[notifications]\nthreshold = '10'", threshold);
    row("never", "[notifications]\nthreshold = 'never'", threshold);
    row("before now", "[notifications]\nthreshold = -1", threshold);
    row("truth for a time", "[notifications]\nthreshold = true", threshold);
    row("pipelines", "[notifications]\npipelines = []",
        u"2:13: pipelines is wrong, expected a table of pipelines with true or false"_s);
    row("pipeline", "[notifications.pipelines]\nx = 'no'", u"2:5: pipeline \"x\" is wrong, expected true or false"_s);
    row("theme", "[window]\ntheme = 'Dark'", u"2:9: theme is wrong, expected \"system\", \"light\" or \"dark\""_s);
    row("language", "[window]\nlanguage = '../de'",
        u"2:12: language is wrong, expected a code such as \"de\", or \"\" for the system's"_s);
}

void TestSettings::desktopFaults()
{
    QFETCH(QByteArray, toml);
    QFETCH(QString, fault);
    const Settings settings = read(toml);
    QCOMPARE(settings.faults, QStringList{path() + u':' + fault});
    QVERIFY(settings.notifications == NotificationSettings());
    QVERIFY(settings.window == WindowSettings());
}

QTEST_GUILESS_MAIN(TestSettings)
#include "tst_settings.moc"
