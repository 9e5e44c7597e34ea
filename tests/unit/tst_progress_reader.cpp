#include "core/engine/progress_reader.h"

#include "support/bytes.h"

#include <QtTest>

using namespace stepwire;
using namespace stepwire::test;
using namespace Qt::StringLiterals;

class TestProgressReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void lines_data();
    void lines();
    void streams_data();
    void streams();
    void oscReports_data();
    void oscReports();
    void longestLineThatCounts();
    void anyChunkingIsTheSame();
    void anyChunkingOfTerminalProgressIsTheSame();
    void terminalReportAsProgress();
};

static QString text(const std::optional<Progress> &progress)
{
    if (!progress)
        return u"nothing"_s;
    QString line = QString::number(progress->done);
    if (progress->total)
        line += u'/' + QString::number(*progress->total);
    line += u' ' + progress->unit;
    if (progress->fraction)
        line += u" ="_s + QString::number(*progress->fraction);
    if (!progress->message.isEmpty())
        line += u" '"_s + progress->message + u'\'';
    return line;
}

static QString text(const std::optional<OscReader::Report> &report)
{
    using Kind = OscReader::Report::Kind;
    if (!report)
        return u"nothing"_s;
    if (report->kind == Kind::Value)
        return QString::number(report->percent);
    return report->kind == Kind::Removed ? u"removed"_s : u"indeterminate"_s;
}

void TestProgressReader::lines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const QByteArray &line, const QString &expected) {
        QTest::newRow(name) << line << expected;
    };

    row("per cent", "50%", u"50/100 percent =0.5"_s);
    row("with a fraction", "12.5%", u"12.5/100 percent =0.125"_s);
    row("with blanks", " \t 7 % \r", u"7/100 percent =0.07"_s);
    row("nothing done", "0%", u"0/100 percent =0"_s);
    row("all done, but 1 is reached only by finishing", "100%", u"100/100 percent =0.999"_s);
    row("more than all", "100.1%", u"nothing"_s);
    row("less than nothing", "-1%", u"nothing"_s);
    row("not a number", "nan%", u"nothing"_s);
    row("infinite", "inf%", u"nothing"_s);
    row("an exponent", "1e1%", u"nothing"_s);
    row("hexadecimal", "0x10%", u"nothing"_s);
    row("a comma", "12,5%", u"nothing"_s);
    row("a plus", "+5%", u"nothing"_s);
    row("only the sign", "%", u"nothing"_s);
    row("two signs", "5%%", u"nothing"_s);
    row("words before", "copied 50%", u"nothing"_s);
    row("words behind", "50% copied", u"nothing"_s);
    row("a number alone", "50", u"nothing"_s);
    row("empty", "", u"nothing"_s);
    row("blank", "  \t", u"nothing"_s);
    row("many digits", QByteArray(300, '0') + "42%", u"42/100 percent =0.42"_s);
    row("huge", QByteArray(400, '9') + "%", u"nothing"_s);
    row("a NUL within", QByteArray("5\0%", 3), u"nothing"_s);

    row("object", R"({"progress":0.25})", u"25/100 percent =0.25"_s);
    row("object with blanks", R"(  { "progress" : 0.25 }  )", u"25/100 percent =0.25"_s);
    row("object with a message", R"({"progress":0.5,"message":"blur"})", u"50/100 percent =0.5 'blur'"_s);
    row("object with counts", R"({"progress":0.4,"done":2,"total":6,"unit":"files"})", u"2/6 files =0.4"_s);
    row("object with counts without a unit", R"({"progress":0.4,"done":2,"total":6})", u"2/6 items =0.4"_s);
    row("object with a count alone", R"({"progress":0.4,"done":2})", u"2 items =0.4"_s);
    row("object with a negative count", R"({"progress":0.4,"done":-2,"total":6})", u"40/100 percent =0.4"_s);
    row("object with a total that is none", R"({"progress":0.4,"done":2,"total":-6})", u"2 items =0.4"_s);
    row("object with a total of the wrong type", R"({"progress":0.4,"done":2,"total":"6"})", u"2 items =0.4"_s);
    row("object with unknown members", R"({"x":[{}],"progress":0.5})", u"50/100 percent =0.5"_s);
    row("object that is done", R"({"progress":1})", u"100/100 percent =0.999"_s);
    row("object at nothing", R"({"progress":0})", u"0/100 percent =0"_s);
    row("object beyond all", R"({"progress":1.01})", u"nothing"_s);
    row("object below nothing", R"({"progress":-0.01})", u"nothing"_s);
    row("object with text", R"({"progress":"0.5"})", u"nothing"_s);
    row("object with true", R"({"progress":true})", u"nothing"_s);
    row("object with null", R"({"progress":null})", u"nothing"_s);
    row("object without", R"({"done":1,"total":2})", u"nothing"_s);
    row("object of another case", R"({"Progress":0.5})", u"nothing"_s);
    row("object not ended", R"({"progress":0.5)", u"nothing"_s);
    row("object with a tail", R"({"progress":0.5} x)", u"nothing"_s);
    row("two objects", R"({"progress":0.5}{"progress":0.6})", u"nothing"_s);
    row("array", R"([{"progress":0.5}])", u"nothing"_s);
    row("escape sequences in the message", "{\"progress\":0.5,\"message\":\"\\u001b[31mred\\u001b[0m\\nline\"}",
        u"50/100 percent =0.5 'redline'"_s);
    row("a message that is cut between the halves of a character",
        R"({"progress":0.5,"message":")" + QByteArray(199, 'x') + "\xf0\x9f\x99\x82\"}",
        u"50/100 percent =0.5 '"_s + QString(199, u'x') + u'\'');
}

void TestProgressReader::lines()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, expected);
    QCOMPARE(text(progressInLine(line)), expected);
}

void TestProgressReader::streams_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("newest");
    QTest::addColumn<QString>("lastLine");
    const auto row = [](const char *name, const QByteArray &bytes, const QString &newest, const QString &lastLine) {
        QTest::newRow(name) << bytes << newest << lastLine;
    };
    const QString none = u"nothing"_s;

    row("nothing", "", none, u""_s);
    row("one line", "50%\n", u"50/100 percent =0.5"_s, u""_s);
    row("the newest of many", "10%\n20%\n30%\n", u"30/100 percent =0.3"_s, u""_s);
    row("separated by CR", "10%\r20%\r30%\r", u"30/100 percent =0.3"_s, u""_s);
    row("CR and LF", "one\r\n10%\r\n", u"10/100 percent =0.1"_s, u"one"_s);
    row("without an end of line", "one\n60%", u"60/100 percent =0.6"_s, u"one"_s);
    row("words without an end of line", "60%\ntwo", u"60/100 percent =0.6"_s, u"two"_s);
    row("words between", "10%\nworking on 3\n", u"10/100 percent =0.1"_s, u"working on 3"_s);
    row("blank lines at the end", "last\n\n  \n\t\r\n", none, u"last"_s);
    row("a line of colour only does not hide the one before", "boom\n\x1b[0m\n", none, u"boom"_s);
    row("a line of control characters only", "boom\n\x01\x02\n", none, u"boom"_s);
    row("colours are taken out", "\x1b[31merror:\x1b[0m no\tspace\x07\n", none, u"error: no space"_s);
    row("a title sequence is taken out", "\x1b]0;title\x07text\n", none, u"text"_s);
    row("erased and written again", "50 files\r\x1b[K51 files\r", none, u"51 files"_s);
    row("not UTF-8", "caf\xe9\n", none, u"caf\uFFFD"_s);
    row("object, then words", "{\"progress\":0.5}\nwords\n", u"50/100 percent =0.5"_s, u"words"_s);
    row("an object that is no progress is a line", "{\"a\":1}\n", none, u"{\"a\":1}"_s);
    row("500 characters at most", QByteArray(600, 'x') + "\n", none, QString(500, u'x'));
    row("no half characters", QByteArray(499, 'x') + "\xf0\x9f\x99\x82\n", none, QString(499, u'x'));

    row("a very long line without an end", "start" + QByteArray(30'000, 'y'), none, u"start"_s + QString(495, u'y'));
    row("a very long line, ended", "start" + QByteArray(30'000, 'y') + '\n', none, u"start"_s + QString(495, u'y'));
    row("a very long line that ends like progress", QByteArray(30'000, '0') + "50%\n", none, QString(500, u'0'));
    row("a very long object", "{\"x\":\"" + QByteArray(5000, 'y') + "\",\"progress\":0.5}\n", none,
        u"{\"x\":\""_s + QString(494, u'y'));
    row("progress after a very long line", QByteArray(30'000, 'y') + "\n8%\n", u"8/100 percent =0.08"_s,
        QString(500, u'y'));
    row("very many blanks before", QByteArray(9000, ' ') + "8%\n", u"8/100 percent =0.08"_s, u""_s);
    row("very many blanks behind", "8%" + QByteArray(9000, ' ') + "\n", u"8/100 percent =0.08"_s, u""_s);
    row("very many blanks within", "8%" + QByteArray(9000, ' ') + "x\n", none, u"8%"_s);
    row("a flood of lines", QByteArray("some words\n").repeated(5000), none, u"some words"_s);
    row("a flood that ends within a line", QByteArray("some words\n").repeated(5000) + "and the last", none,
        u"and the last"_s);
    row("a flood that ends with blank lines", "the last" + QByteArray("\n \n").repeated(5000), none, u"the last"_s);
    row("a flood that ends with lines of colour only",
        QByteArray("the last\n").repeated(2000) + QByteArray("\x1b[0m\n").repeated(3000), none, u"the last"_s);
    row("a flood, then progress", QByteArray("some words\n").repeated(5000) + "9%\n", u"9/100 percent =0.09"_s,
        u"some words"_s);
    row("progress, then a flood", "9%\n" + QByteArray("some words\n").repeated(5000), u"9/100 percent =0.09"_s,
        u"some words"_s);
}

void TestProgressReader::streams()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, newest);
    QFETCH(QString, lastLine);

    // Whole, and cut in two at every place; long ones where it is most likely to hurt.
    std::vector<qsizetype> cuts;
    for (qsizetype cut = 0; cut <= bytes.size(); ++cut) {
        if (bytes.size() < 2000 || cut < 20 || bytes.size() - cut < 20 || cut % 1024 < 3 || cut % 1999 == 0)
            cuts.push_back(cut);
    }
    for (const qsizetype cut : cuts) {
        LineReader reader;
        std::optional<Progress> progress;
        for (const QByteArrayView piece : {QByteArrayView(bytes).first(cut), QByteArrayView(bytes).sliced(cut)}) {
            if (const auto found = reader.read(piece))
                progress = found;
        }
        if (const auto found = reader.finish())
            progress = found;
        const QString where = u" when cut at %1"_s.arg(cut);
        QCOMPARE(text(progress) + where, newest + where);
        QCOMPARE(reader.lastLine() + where, lastLine + where);
    }
}

void TestProgressReader::oscReports_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const QByteArray &bytes, const QString &expected) {
        QTest::newRow(name) << bytes << expected;
    };

    row("ended by BEL", "\x1b]9;4;1;40\x07", u"40"_s);
    row("ended by ST", "\x1b]9;4;1;40\x1b\\", u"40"_s);
    row("between text",
        "abc\x1b]9;4;1;40\x07"
        "def",
        u"40"_s);
    row("the newest wins", "\x1b]9;4;1;40\x07\x1b]9;4;1;41\x1b\\", u"41"_s);
    row("failed, with a value", "\x1b]9;4;2;70\x07", u"70"_s);
    row("paused, with a value", "\x1b]9;4;4;70\x07", u"70"_s);
    row("removed", "\x1b]9;4;0\x07", u"removed"_s);
    row("removed, with a value", "\x1b]9;4;0;0\x1b\\", u"removed"_s);
    row("indeterminate", "\x1b]9;4;3\x07", u"indeterminate"_s);
    row("indeterminate, with a value", "\x1b]9;4;3;0\x07", u"indeterminate"_s);
    row("0 per cent", "\x1b]9;4;1;0\x07", u"0"_s);
    row("100 per cent", "\x1b]9;4;1;100\x07", u"100"_s);
    row("more than all", "\x1b]9;4;1;101\x07", u"nothing"_s);
    row("less than nothing", "\x1b]9;4;1;-1\x07", u"nothing"_s);
    row("no value", "\x1b]9;4;1\x07", u"nothing"_s);
    row("an empty value", "\x1b]9;4;1;\x07", u"nothing"_s);
    row("words for a value", "\x1b]9;4;1;much\x07", u"nothing"_s);
    row("an unknown state", "\x1b]9;4;7;40\x07", u"nothing"_s);
    row("no state", "\x1b]9;4;\x07", u"nothing"_s);
    row("a notification of iTerm", "\x1b]9;40 per cent done\x07", u"nothing"_s);
    row("another one of ConEmu", "\x1b]9;1;40\x07", u"nothing"_s);
    row("a title", "\x1b]0;9;4;1;40\x07", u"nothing"_s);
    row("a hyperlink with it inside", "\x1b]8;;http://x/9;4;1;40\x1b\\", u"nothing"_s);
    row("never ended", "\x1b]9;4;1;40", u"nothing"_s);
    row("no sequence", "]9;4;1;40\x07", u"nothing"_s);
    row("after a colour", "\x1b[31m\x1b]9;4;1;40\x07", u"40"_s);
    row("after a lone escape", "\x1b\x1b]9;4;1;40\x07", u"40"_s);
    row("after one that was not ended", "\x1b]9;4;1;40\x1b]9;4;1;50\x07", u"50"_s);
    row("after one that was not ended, with an escape between", "\x1b]9;4;1;40\x1b\x1b]9;4;1;50\x07", u"50"_s);
    row("after a very long one", "\x1b]52;c;" + QByteArray(5000, 'A') + "\x07\x1b]9;4;1;50\x07", u"50"_s);
}

void TestProgressReader::oscReports()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, expected);
    const qsizetype step = bytes.size() > 1000 ? 97 : 1;
    for (qsizetype cut = 0; cut <= bytes.size(); cut += step) {
        OscReader reader;
        std::optional<OscReader::Report> newest;
        for (const QByteArrayView piece : {QByteArrayView(bytes).first(cut), QByteArrayView(bytes).sliced(cut)}) {
            if (const auto report = reader.read(piece))
                newest = report;
        }
        const QString where = u" when cut at %1"_s.arg(cut);
        QCOMPARE(text(newest) + where, expected + where);
    }
}

void TestProgressReader::longestLineThatCounts()
{
    const auto object = [](qsizetype size) { // a line of exactly `size` bytes
        const QByteArray head = R"({"progress":0.5,"x":")";
        return head + QByteArray(size - head.size() - 2, 'y') + R"("})";
    };
    QVERIFY(progressInLine(object(4096)));
    QVERIFY(!progressInLine(object(4097)));
    LineReader reader;
    QVERIFY(reader.read(object(4096) + '\n'));
    QVERIFY(!reader.read(object(4097) + '\n'));
    QVERIFY(!reader.read(object(4097).first(4096)));
    QVERIFY(!reader.read("}\n"));
    QVERIFY(!reader.read(object(4096).first(4095)));
    QVERIFY(reader.read("}\n"));
}

static QByteArray randomOutput(Random &random)
{
    static const std::vector<QByteArray> words = {
        "50%",
        "7.5 %",
        "101%",
        "{\"progress\":0.3}",
        "{\"progress\":0.3,\"message\":\"m\"}",
        "{",
        "}",
        "%",
        "words",
        " ",
        "\t",
        "\n",
        "\n",
        "\n",
        "\r",
        "\r\n",
        "\x1b[0m",
        "\x1b[31mred",
        "\x1b]0;t\x07",
        "\xc3\xa9",
        "\xe2\x82",
        "\x01",
        QByteArray(5000, 'z'),
        QByteArray(4090, ' '),
        "42",
        QByteArray("line\n").repeated(2000),
    };
    QByteArray bytes;
    const qsizetype count = 1 + randomBelow(random, 40);
    for (qsizetype i = 0; i < count; ++i)
        bytes += oneOf(random, words);
    return bytes;
}

void TestProgressReader::anyChunkingIsTheSame()
{
    Random random(1);
    for (int round = 0; round < 1500; ++round) {
        const QByteArray bytes = randomOutput(random);
        const auto readAll = [](const std::vector<QByteArray> &pieces) {
            LineReader reader;
            std::optional<Progress> newest;
            for (const QByteArray &piece : pieces) {
                if (const auto found = reader.read(piece))
                    newest = found;
            }
            if (const auto found = reader.finish())
                newest = found;
            return text(newest) + u" | "_s + reader.lastLine();
        };
        const QString whole = readAll({bytes});
        const QString pieces = readAll(inPieces(random, bytes));
        if (whole != pieces)
            qInfo() << "round" << round << bytes.size() << bytes.first(std::min<qsizetype>(200, bytes.size()));
        QCOMPARE(pieces, whole);
    }
}

void TestProgressReader::anyChunkingOfTerminalProgressIsTheSame()
{
    static const std::vector<QByteArray> words = {
        "\x1b",
        "]",
        "9;4;",
        "1;",
        "40",
        "\x07",
        "\\",
        "\x1b\\",
        "\x1b]",
        "\x1b]9;4;1;55\x07",
        "\x1b]9;4;3\x1b\\",
        "text",
        "\x1b[31m",
        QByteArray(100, 'x'),
    };
    Random random(2);
    for (int round = 0; round < 5000; ++round) {
        QByteArray bytes;
        const qsizetype count = 1 + randomBelow(random, 20);
        for (qsizetype i = 0; i < count; ++i)
            bytes += oneOf(random, words);
        OscReader whole;
        OscReader cut;
        const auto expected = whole.read(bytes);
        std::optional<OscReader::Report> newest;
        for (const QByteArray &piece : inPieces(random, bytes)) {
            if (const auto report = cut.read(piece))
                newest = report;
        }
        QCOMPARE(text(newest), text(expected));
    }
}

void TestProgressReader::terminalReportAsProgress()
{
    using Kind = OscReader::Report::Kind;
    QCOMPARE(text(toProgress({Kind::Value, 40})), u"40/100 percent =0.4"_s);
    QCOMPARE(text(toProgress({Kind::Value, 100})), u"100/100 percent =0.999"_s);
    QCOMPARE(text(toProgress({Kind::Indeterminate, 0})), u"0 percent"_s);
    QCOMPARE(text(toProgress({Kind::Removed, 0})), u"0 percent"_s);
}

QTEST_APPLESS_MAIN(TestProgressReader)
#include "tst_progress_reader.moc"
