#include "app/host/autostart.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestAutostart : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void places();
    void onAndOff();
    void mends();
    void escapes();

private:
    [[nodiscard]] Autostart at(const QString &program) const
    {
        return {m_folder.filePath(u"autostart/org.stepwire.Stepwire.desktop"_s), program};
    }
    [[nodiscard]] QByteArray text() const;

    QTemporaryDir m_folder;
};

QByteArray TestAutostart::text() const
{
    QFile file(at({}).file);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestAutostart::places()
{
    const QString program = u"/usr/bin/stepwire-desktop"_s;
    Autostart found = findAutostart({{u"HOME"_s, u"/home/a"_s}, {u"XDG_CONFIG_HOME"_s, u"relative"_s}}, program);
    QCOMPARE(found.file, u"/home/a/.config/autostart/org.stepwire.Stepwire.desktop"_s);
    QCOMPARE(found.program, program);
    found = findAutostart({{u"HOME"_s, u"/home/a"_s},
                           {u"XDG_CONFIG_HOME"_s, u"/cfg/"_s},
                           {u"APPIMAGE"_s, u"/home/a/Stepwire.AppImage"_s}},
                          program);
    QCOMPARE(found.file, u"/cfg/autostart/org.stepwire.Stepwire.desktop"_s);
    QCOMPARE(found.program, u"/home/a/Stepwire.AppImage"_s);
}

void TestAutostart::onAndOff()
{
    const Autostart autostart = at(u"/usr/bin/stepwire-desktop"_s);
    QVERIFY(!isAutostarted(autostart));
    QVERIFY(setAutostart(autostart, false));
    QVERIFY(setAutostart(autostart, true));
    QVERIFY(isAutostarted(autostart));
    QVERIFY(text().startsWith("[Desktop Entry]\nType=Application\n"));
    QVERIFY(text().contains("\nExec=\"/usr/bin/stepwire-desktop\" --hidden\n"));
    QVERIFY(setAutostart(autostart, false));
    QVERIFY(!isAutostarted(autostart));
    QVERIFY(!QFileInfo::exists(autostart.file));
}

void TestAutostart::mends()
{
    QVERIFY(setAutostart(at(u"/old place/Stepwire.AppImage"_s), true));
    QByteArray entry = text();
    entry.replace("Terminal=false\n", "Terminal=false\nHidden=true\nX-Mine=1\n[Desktop Action x]\nExec=theirs\n");
    QFile file(at({}).file);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(entry);
    file.close();
    QVERIFY(!isAutostarted(at({})));
    QVERIFY(setAutostart(at(u"/new/Stepwire.AppImage"_s), true));
    QVERIFY(isAutostarted(at({})));
    entry.replace("/old place/", "/new/");
    entry.replace("Hidden=true\n", "");
    QCOMPARE(text(), entry);
}

void TestAutostart::escapes()
{
    QVERIFY(setAutostart(at(u"/a b/$c\\%d\"`/x"_s), true));
    QVERIFY2(text().contains("\nExec=\"/a b/\\\\$c\\\\\\\\%%d\\\\\"\\\\`/x\" --hidden\n"), text().constData());
}

QTEST_GUILESS_MAIN(TestAutostart)
#include "tst_autostart.moc"
