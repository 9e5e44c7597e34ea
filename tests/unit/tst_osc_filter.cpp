#include "app/terminal/osc_filter.h"

#include "support/bytes.h"

#include <QtTest>

using namespace stepwire;
using namespace stepwire::test;

class TestOscFilter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void filters_data();
    void filters();
    void anyChunkingIsTheSame();
    void holdsBackOnlyWhatMayBecomeProgress();
};

void TestOscFilter::filters_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("shown");
    const auto row = [](const char *name, const QByteArray &bytes, const QByteArray &shown) {
        QTest::newRow(name) << bytes << shown;
    };
    const auto same = [&](const char *name, const QByteArray &bytes) { row(name, bytes, bytes); };

    same("text", "hello\r\n");
    same("not UTF-8, and NUL", QByteArray("\xff\xfe\0\x80", 4));
    same("colours", "\x1b[31mred\x1b[0m.");
    same("a title by BEL", "\x1b]0;9;4;1;40\x07.");
    same("a title by ST", "\x1b]0;title\x1b\\.");
    same("a notification", "\x1b]9;hello\x07.");
    same("another one of ConEmu", "\x1b]9;41;1\x07.");
    same("a hyperlink", "\x1b]8;;http://x/\x1b\\text\x1b]8;;\x1b\\.");
    same("a device control string", "\x1bP1$r\x1b\\.");
    same("two escapes", "\x1b\x1b[A.");
    same("a very long one of another kind", "\x1b]52;c;" + QByteArray(5000, 'A') + "\x07.");
    same("what only looks like progress but has no end", "\x1b]9;4;" + QByteArray(5000, '1') + "\x07.");
    row("by BEL", "a\x1b]9;4;1;40\x07z", "az");
    row("by ST", "a\x1b]9;4;1;40\x1b\\z", "az");
    row("removed", "a\x1b]9;4;0\x07z", "az");
    row("many", "\x1b]9;4;1;1\x07\x1b]9;4;1;2\x1b\\\x1b]9;4;1;3\x07z", "z");
    row("a backslash of its own after BEL", "\x1b]9;4;1;1\x07\\z", "\\z");
    row("between colours", "\x1b[1m\x1b]9;4;1;1\x07\x1b[0mz", "\x1b[1m\x1b[0mz");
    row("after a lone escape", "\x1b\x1b]9;4;1;1\x07z", "\x1bz");
    row("not ended before a colour", "a\x1b]9;4;1;40\x1b[31mz", "a\x1b[31mz");
    row("not ended before another", "a\x1b]9;4;1;40\x1b]9;4;1;50\x07z", "az");
}

void TestOscFilter::filters()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, shown);
    const qsizetype step = bytes.size() > 1000 ? 41 : 1;
    for (qsizetype cut = 0; cut <= bytes.size(); cut += step) {
        OscFilter filter;
        QByteArray out = filter.filter(QByteArrayView(bytes).first(cut));
        out += filter.filter(QByteArrayView(bytes).sliced(cut));
        QVERIFY2(out == shown,
                 qPrintable(QStringLiteral("cut at %1: %2")
                                .arg(cut)
                                .arg(QString::fromLatin1(
                                    out.first(std::min<qsizetype>(out.size(), 100)).toPercentEncoding()))));
    }
    OscFilter filter;
    QByteArray byteByByte;
    for (const char c : bytes)
        byteByByte += filter.filter(QByteArrayView(&c, 1));
    QCOMPARE(byteByByte, shown);
}

void TestOscFilter::anyChunkingIsTheSame()
{
    static const std::vector<QByteArray> words = {
        "\x1b",
        "]",
        "9",
        ";",
        "4;",
        "1;40",
        "\x07",
        "\\",
        "\x1b\\",
        "\x1b]9;4;",
        "\x1b]9;4;1;55\x07",
        "\x1b]9;4;3\x1b\\",
        "text",
        "\x1b[31m",
        QByteArray(60, '1'),
    };
    Random random(3);
    for (int round = 0; round < 5000; ++round) {
        QByteArray bytes;
        const qsizetype count = 1 + randomBelow(random, 20);
        for (qsizetype i = 0; i < count; ++i)
            bytes += oneOf(random, words);
        bytes += "\x07."; // nothing is held back behind it
        OscFilter whole;
        OscFilter cut;
        QByteArray out;
        for (const QByteArray &piece : inPieces(random, bytes))
            out += cut.filter(piece);
        QCOMPARE(out, whole.filter(bytes));
    }
}

void TestOscFilter::holdsBackOnlyWhatMayBecomeProgress()
{
    OscFilter filter;
    QCOMPARE(filter.filter("a prompt> "), QByteArray("a prompt> "));
    QCOMPARE(filter.filter("\x1b"), QByteArray());
    QCOMPARE(filter.filter("[31m"), QByteArray("\x1b[31m"));
    QCOMPARE(filter.filter("\x1b]9;"), QByteArray());
    QCOMPARE(filter.filter("x"), QByteArray("\x1b]9;x"));
    QCOMPARE(filter.filter("\x1b]9;4;1;"), QByteArray());
    QCOMPARE(filter.filter(QByteArray(80, '1')), "\x1b]9;4;1;" + QByteArray(80, '1'));
}

QTEST_APPLESS_MAIN(TestOscFilter)
#include "tst_osc_filter.moc"
