#include "app/host/host_store.h"
#include "app/host/settings.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

/// What is kept of hosts and sources is read again, beside what a person wrote, and goes without a trace.
class TestHostStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void keepsAndForgets();
    void secretsAreTheUsersAlone();
    void leavesWhatItCannotRead();

private:
    [[nodiscard]] QByteArray text() const
    {
        QFile file(m_paths.settings());
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void write(const QByteArray &text) const
    {
        QFile file(m_paths.settings());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    Paths m_paths;
};

void TestHostStore::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_paths.config = m_folder->path() + u"/config"_s;
    QDir().mkpath(m_paths.config);
}

void TestHostStore::keepsAndForgets()
{
    const QByteArray written = "# mine\n[groups]\nnight = 2 # at once\n";
    write(written);
    const HostStore store(m_paths);
    QVERIFY(store.keep(HostSettings{u"nas"_s, u"me@nas"_s, u"/opt/stepwire"_s, {}, {}}));
    QVERIFY(store.keep(HostSettings{u"far"_s, u"wss://far:1"_s, {}, u"secret"_s, u"ab"_s}));
    const SourceSettings ants{
        u"ants"_s,
        u"mutant"_s,
        {{u"url"_s, u"ws://x"_s}, {u"poll"_s, 5.0}, {u"deep"_s, true}, {u"names"_s, QJsonArray{u"a"_s}}},
        {}};
    QVERIFY(store.keep(ants));

    const Settings settings = readSettings(m_paths.settings());
    QVERIFY2(settings.faults.isEmpty(), qPrintable(settings.faults.join(u'\n')));
    QCOMPARE(settings.hosts.size(), std::size_t(2));
    QCOMPARE(settings.hosts[0].name, u"far"_s);
    QCOMPARE(settings.hosts[0].pin, u"ab"_s);
    QVERIFY(settings.hosts[0].token.isEmpty());
    QCOMPARE(settings.hosts[1].command, u"/opt/stepwire"_s);
    QCOMPARE(settings.sources, std::vector<SourceSettings>{ants});
    QVERIFY(text().startsWith(written));
    QVERIFY(!text().contains("secret"));

    QVERIFY(store.forgetHost(u"nas"_s));
    QVERIFY(store.forgetHost(u"far"_s));
    QVERIFY(store.forgetSource(u"ants"_s));
    QCOMPARE(text().trimmed(), written.trimmed());
    QVERIFY(store.secretsOf(u"far"_s).isEmpty());
    QVERIFY(store.forgetHost(u"nas"_s)); // what is not there is no error
}

void TestHostStore::secretsAreTheUsersAlone()
{
    const HostStore store(m_paths);
    QVERIFY(store.keep(HostSettings{u"far"_s, u"wss://far:1"_s, {}, u"secret"_s, {}}));
    QCOMPARE(store.secretsOf(u"far"_s)[u"token"].toString(), u"secret"_s);
    const QFile::Permissions others = QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther;
    for (const QString &path : {m_paths.config + u"/secrets"_s, m_paths.config + u"/secrets/far.json"_s})
        QVERIFY2(!(QFile::permissions(path) & others), qPrintable(path));
}

void TestHostStore::leavesWhatItCannotRead()
{
    write("[groups\n");
    const HostStore store(m_paths);
    QVERIFY(!store.keep(HostSettings{u"nas"_s, u"me@nas"_s, {}, {}, {}}));
    QVERIFY(!store.forgetHost(u"nas"_s));
    QCOMPARE(text(), "[groups\n");
    const auto nested = store.keep(SourceSettings{u"s"_s, u"k"_s, {{u"a"_s, QJsonObject()}}, {}});
    QVERIFY(!nested);
    QVERIFY(nested.error().message.startsWith(u"setting a is"));
}

QTEST_GUILESS_MAIN(TestHostStore)
#include "tst_host_store.moc"
