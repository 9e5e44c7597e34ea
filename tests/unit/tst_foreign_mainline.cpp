#include "core/remote/foreign/mainline.h"
#include "support/event_lines.h"
#include "support/samples.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestForeignMainline : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void golden();
    void json_data();
    void json();
    void refuses_data();
    void refuses();
    void roundTrips();
    void aBombIsNotUnpacked();
    void diffs();
    void screens_data();
    void screens();
    void theNewestWins();
    void states();
};

void TestForeignMainline::golden()
{
    const mainline::Frame frame{80, 24, {u"ab"_s, u"cd"_s}};
    const QByteArray text = "AQBQABgAAAANeJxLTOJKTgEABLoBlQ==";
    QVERIFY(mainline::decode(text) == mainline::Message(frame));
    QVERIFY(mainline::decode(mainline::encodeBinary(frame)) == mainline::Message(frame));
}

void TestForeignMainline::json_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<mainline::Message>("message");
    const auto row = [](const char *name, const QByteArray &text, const mainline::Message &message) {
        QTest::newRow(name) << text << message;
    };
    row("frame", R"({"type": "frame", "width": 80, "height": 24, "lines": ["\u001b[31ma", "\u00e4"]})",
        mainline::Frame{80, 24, {u"\x1b[31ma"_s, u"ä"_s}});
    row("strange lines", R"({"type":"frame","width":-1,"height":1e9,"lines":[1,null,"x"]})",
        mainline::Frame{0, 65535, {u""_s, u""_s, u"x"_s}});
    row("clear", R"({"type": "clear"})", mainline::Clear{});
    row("state", R"({"type": "state", "state": {"preset": "a"}})", mainline::State{{{u"preset"_s, u"a"_s}}});
}

void TestForeignMainline::json()
{
    QFETCH(QByteArray, text);
    QFETCH(mainline::Message, message);
    QVERIFY(mainline::decode(text) == message);
}

void TestForeignMainline::refuses_data()
{
    QTest::addColumn<QByteArray>("text");
    const QByteArray good = QByteArray::fromBase64("AQBQABgAAAANeJxLTOJKTgEABLoBlQ==");
    const auto changed = [&](int at, char to) {
        QByteArray bytes = good;
        bytes[at] = to;
        return bytes.toBase64();
    };
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("no object") << QByteArray("[]");
    QTest::newRow("unknown type") << QByteArray(R"({"type":"moo"})");
    QTest::newRow("no lines") << QByteArray(R"({"type":"frame","lines":3})");
    QTest::newRow("half of JSON") << QByteArray(R"({"type":"frame","lines":[")");
    QTest::newRow("no base64") << QByteArray("AQBQ!BgAAAANeJxLTOJKTgEABLoBlQ==");
    QTest::newRow("too short") << good.first(8).toBase64();
    QTest::newRow("ping") << changed(0, 5);
    QTest::newRow("another length") << changed(8, 12);
    QTest::newRow("no zlib") << changed(9, 'x' + 1);
    QTest::newRow("no check") << changed(20, 0);
    QTest::newRow("frame as diff") << changed(0, 2);
    QTest::newRow("cut") << (good.first(5) + QByteArray("\0\0\0\x05", 4) + good.sliced(9, 5)).toBase64();
}

void TestForeignMainline::refuses()
{
    QFETCH(QByteArray, text);
    QVERIFY(!mainline::decode(text));
}

void TestForeignMainline::roundTrips()
{
    test::Random random(7);
    const QStringList pieces = {u""_s, u"a"_s, u"a"_s, u"\x1b[38;5;9mä"_s, QString(300, u'x'), u"\U0001F600"_s};
    for (int i = 0; i < 500; ++i) {
        mainline::Frame frame{static_cast<int>(test::randomBelow(random, 65536)), 24, {u"first"_s}};
        mainline::Diff diff{80, static_cast<int>(test::randomBelow(random, 65536)), {}};
        for (int line = 0; line < 40; ++line) {
            frame.lines.append(test::oneOf(random, pieces));
            if (test::chance(random, 2))
                diff.lines.emplace_back(line, test::oneOf(random, pieces));
        }
        QVERIFY(mainline::decode(mainline::encodeBinary(frame)) == mainline::Message(frame));
        QVERIFY(mainline::decode(mainline::encodeBinary(diff)) == mainline::Message(diff));
    }
}

void TestForeignMainline::aBombIsNotUnpacked()
{
    const QByteArray bomb =
        mainline::encodeBinary(mainline::Frame{80, 24, {QString(mainline::mostUnpacked + 1, u'x')}});
    QVERIFY(bomb.size() < 10'000);
    QVERIFY(!mainline::decode(bomb));
    const mainline::Frame most{80, 24, {QString(mainline::mostUnpacked, u'x')}};
    QVERIFY(mainline::decode(mainline::encodeBinary(most)) == mainline::Message(most));
}

void TestForeignMainline::diffs()
{
    mainline::Frame frame;
    mainline::apply(frame, {80, 4, {{1, u"b"_s}, {9, u"beyond"_s}}}); // of a frame that we never saw
    QCOMPARE(frame.lines, (QStringList{QString(), u"b"_s, QString(), QString()}));
    mainline::apply(frame, {80, 2, {{0, u"a"_s}}});
    QCOMPARE(frame.lines, (QStringList{u"a"_s, u"b"_s}));
}

void TestForeignMainline::screens_data()
{
    QTest::addColumn<QStringList>("lines");
    QTest::addColumn<QString>("text");
    QTest::newRow("colours") << QStringList{u"\x1b[31mred"_s, u"ä"_s} << u"\x1b[31mred\x1b[0m\r\nä"_s;
    QTest::newRow("places") << QStringList{u"\x1b[5;1Hx\x1b[K"_s} << u"\x1b[5;1Hx\x1b[K"_s;
    QTest::newRow("titles, clipboards, questions") << QStringList{u"\x1b]52;c;aGk=\x07"_s
                                                                  u"a\x1b[6n\x1b[?1049hb\x1b"
                                                                  u"c\x1bP1$r\x1b\\c"_s}
                                                   << u"]52;c;aGk=abcP1$r\\c"_s;
    QTest::newRow("controls") << QStringList{u"a\r\n\t\b\x07\x7f\u009b31mb\x1b"_s, u"\x1b[31"_s}
                              << u"a31mb\x1b[0m\r\n"_s;
    QTest::newRow("none") << QStringList() << QString();
}

void TestForeignMainline::screens()
{
    QFETCH(QStringList, lines);
    QFETCH(QString, text);
    QCOMPARE(MainlineScreen::terminalText({80, 24, lines}), u"\x1b[0m\x1b[H\x1b[2J"_s + text + u"\x1b[0m"_s);
}

struct Scene : test::HubScene
{
    ForeignJobs jobs{hub, u"wall"_s, u"mainline"_s, [this] { return clock.now(); }};
    MainlineScreen screen{jobs, u"Mainline box:8765"_s};

    Scene()
    {
        screen.begin();
        log.clear();
    }
    void show(const QString &line) { screen.take(mainline::Frame{80, 24, {line}}); }
};

void TestForeignMainline::theNewestWins()
{
    Scene scene;
    scene.show(u"first"_s);
    for (int i = 0; i < 1000; ++i)
        scene.show(u"number %1"_s.arg(i));
    QCOMPARE(scene.log.size(), 1);
    scene.clock.time += MainlineScreen::frameMs;
    QTRY_COMPARE(scene.log.size(), 2);
    QVERIFY2(scene.log.last().contains(u"number 999"_s), qPrintable(scene.log.last()));
    scene.clock.time += 1000;
    scene.show(u"number 999"_s); // again: a display that stands still
    QCOMPARE(scene.log.size(), 2);
    scene.show(QString(1'000'000, u'x'));
    QCOMPARE(scene.log.size(), 3);
    QVERIFY(scene.log.last().size() < MainlineScreen::mostCharacters + 100);
    scene.clock.time += MainlineScreen::frameMs; // after a large one others have to wait longer
    scene.screen.take(mainline::Clear{});
    QCOMPARE(scene.log.size(), 3);
    scene.clock.time += 1000;
    QTRY_COMPARE(scene.log.size(), 4);
}

void TestForeignMainline::states()
{
    Scene scene;
    scene.screen.take(mainline::State{{{u"preset"_s, u"a"_s}}});
    scene.screen.take(mainline::State{{{u"preset"_s, u"b"_s}}});
    scene.screen.take(mainline::State{{{u"preset"_s, u"c"_s}}});
    scene.clock.time += MainlineScreen::stateMs;
    QTRY_COMPARE(scene.log.size(), 2);
    scene.clock.time += 1000;
    scene.screen.take(mainline::State{{{u"preset"_s, u"c"_s}}});
    scene.screen.take(mainline::State{{{u"preset"_s, QString(100'000, u'x')}}});
    QCOMPARE(scene.log, (QStringList{u"custom state {\"preset\":\"a\"}"_s, u"custom state {\"preset\":\"c\"}"_s}));
}

QTEST_GUILESS_MAIN(TestForeignMainline)

#include "tst_foreign_mainline.moc"
