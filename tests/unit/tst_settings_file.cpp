#include "app/host/settings_file.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <unistd.h>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestSettingsFile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void makesTheFile();
    void keepsTheRest();
    void followsASymlink();
    void saysWhyNot();
    void seesOthers();

private:
    [[nodiscard]] QString path(const QString &name = u"config.toml"_s) const { return m_folder->filePath(name); }
    static void put(const QString &path, const QByteArray &text);
    [[nodiscard]] static QByteArray get(const QString &path);

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestSettingsFile::put(const QString &path, const QByteArray &text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(text), text.size());
}

QByteArray TestSettingsFile::get(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("none");
}

void TestSettingsFile::makesTheFile()
{
    SettingsFile settings(path(u"new/deep/config.toml"_s));
    QSignalSpy changed(&settings, &SettingsFile::changed);
    QVERIFY(settings.change({u"window"_s, u"autostart"_s}, true));
    QCOMPARE(get(path(u"new/deep/config.toml"_s)), "[window]\nautostart = true\n");
    QCOMPARE(changed.size(), 1);
    QVERIFY(settings.change({u"window"_s, u"autostart"_s}, true));
    QCOMPARE(changed.size(), 1);
    QVERIFY(settings.remove({u"window"_s, u"autostart"_s}));
    QCOMPARE(get(path(u"new/deep/config.toml"_s)), "[window]\n");
}

void TestSettingsFile::keepsTheRest()
{
    put(path(), "# mine\n[window]\nautostart = false # why\n");
    QVERIFY(QFile::setPermissions(path(), QFile::ReadOwner | QFile::WriteOwner));
    SettingsFile settings(path());
    QVERIFY(settings.change({u"window"_s, u"autostart"_s}, true));
    QCOMPARE(get(path()), "# mine\n[window]\nautostart = true # why\n");
    QCOMPARE(QFileInfo(path()).permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup),
             QFile::Permissions());
    // What an editor wrote meanwhile is not lost, though nobody has been told of it yet.
    put(path(), "theirs = 1\n");
    QVERIFY(settings.change({u"window"_s, u"autostart"_s}, true));
    QCOMPARE(get(path()), "theirs = 1\n\n[window]\nautostart = true\n");
}

void TestSettingsFile::followsASymlink()
{
    QVERIFY(QDir(m_folder->path()).mkpath(u"dotfiles"_s));
    put(path(u"dotfiles/real.toml"_s), "a = 1\n");
    QVERIFY(QFile::link(u"dotfiles/second.toml"_s, path()));
    QVERIFY(QFile::link(u"real.toml"_s, path(u"dotfiles/second.toml"_s)));
    SettingsFile settings(path());
    QSignalSpy changed(&settings, &SettingsFile::changed);
    QVERIFY(settings.change({u"a"_s}, qint64(2)));
    QVERIFY(QFileInfo(path()).isSymLink());
    QVERIFY(QFileInfo(path(u"dotfiles/second.toml"_s)).isSymLink());
    QCOMPARE(get(path(u"dotfiles/real.toml"_s)), "a = 2\n");
    QCOMPARE(changed.size(), 1);
    // Replaced where it really is.
    put(path(u"dotfiles/x"_s), "a = 3\n");
    QCOMPARE(::rename(qPrintable(path(u"dotfiles/x"_s)), qPrintable(path(u"dotfiles/real.toml"_s))), 0);
    QTRY_COMPARE(changed.size(), 2);
}

void TestSettingsFile::saysWhyNot()
{
    put(path(), "[a\n");
    SettingsFile settings(path());
    QSignalSpy changed(&settings, &SettingsFile::changed);
    const Result<void> broken = settings.change({u"a"_s}, true);
    QVERIFY(!broken);
    QVERIFY2(broken.error().message.startsWith(path() + u":1:"_s), qPrintable(broken.error().message));
    QCOMPARE(get(path()), "[a\n");

    put(path(u"file"_s), "");
    SettingsFile nowhere(path(u"file/config.toml"_s));
    const Result<void> refused = nowhere.change({u"a"_s}, true);
    QVERIFY(!refused);
    QCOMPARE(refused.error().message, u"folder %1 cannot be made"_s.arg(path(u"file"_s)));

    if (::geteuid() == 0)
        return; // to whom nothing is read-only
    put(path(), "a = 1\n");
    QVERIFY(QFile::setPermissions(path(), QFile::ReadOwner));
    const Result<void> readOnly = settings.change({u"a"_s}, true);
    QVERIFY(!readOnly);
    QVERIFY(readOnly.error().message.startsWith(path() + u" cannot be written: "_s));
    QCOMPARE(get(path()), "a = 1\n");
}

void TestSettingsFile::seesOthers()
{
    const QString file = path(u"later/config.toml"_s);
    SettingsFile settings(file);
    QSignalSpy changed(&settings, &SettingsFile::changed);
    QVERIFY(QDir(m_folder->path()).mkpath(u"later"_s));
    QTest::qWait(150);
    put(file, "a = 1\n");
    QTRY_COMPARE(changed.size(), 1);
    put(file, "a = 2\n"); // in place
    QTRY_COMPARE(changed.size(), 2);
    for (int i = 3; i < 6; ++i) { // as editors do, more than once
        put(file + u'~', "a = " + QByteArray::number(i) + '\n');
        QCOMPARE(::rename(qPrintable(file + u'~'), qPrintable(file)), 0);
        QTRY_COMPARE(changed.size(), i);
    }
    QVERIFY(QFile::remove(file));
    QTRY_COMPARE(changed.size(), 6);
    put(file, "a = 9\n");
    QTRY_COMPARE(changed.size(), 7);
    QVERIFY(QDir(path(u"later"_s)).removeRecursively());
    QTRY_COMPARE(changed.size(), 8);
    QVERIFY(settings.change({u"a"_s}, true));
    QCOMPARE(changed.size(), 9);
    // What stays the same is no news, nor is our own writing told twice.
    put(file, get(file));
    QTest::qWait(300);
    QCOMPARE(changed.size(), 9);
}

QTEST_GUILESS_MAIN(TestSettingsFile)
#include "tst_settings_file.moc"
