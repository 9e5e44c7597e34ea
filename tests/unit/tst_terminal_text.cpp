#include "ui/output/terminal_text.h"

#include <QTest>

namespace stepwire {

/// Rows of bytes and the lines that a terminal shows of them, with styles written `{…}` before what has them.
class TstTerminalText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void shows_data();
    void shows();
    void keepsTheNewest();
    void wrapsWhatIsTooLong();
    void tellsTheFirstChangedLine();
    void namesColours();
    void survivesNoise();
};

namespace {

QString colourName(quint32 code)
{
    return (code & 0x0200'0000U) != 0 ? QStringLiteral("#%1").arg(code & 0xff'ffffU, 6, 16, QLatin1Char('0'))
                                      : QString::number(code & 0xffU);
}

QString shown(const TerminalText &text, int number)
{
    const TerminalText::Line &line = text.line(number);
    QString result;
    for (int i = 0; i < line.text.size(); ++i) {
        for (const TerminalText::Run &run : line.runs) {
            if (run.start != i)
                continue;
            const TerminalText::Style &style = text.style(run.style);
            QStringList words;
            if (style.ink != 0)
                words << colourName(style.ink);
            if (style.paper != 0)
                words << u"on "_qs + colourName(style.paper);
            if (!text.link(style.link).isEmpty())
                words << text.link(style.link);
            const QString letters = u"bdiurs!"_qs;
            for (int bit = 0; bit < letters.size(); ++bit) {
                if ((style.attributes & (1 << bit)) != 0)
                    words << letters.mid(bit, 1);
            }
            result += u'{' + words.join(u' ') + u'}';
        }
        result += line.text[i] == TerminalText::filler ? QChar(u'_') : line.text[i];
    }
    return result;
}

QStringList shown(const TerminalText &text)
{
    QStringList lines;
    for (int i = 0; i < text.lineCount(); ++i)
        lines << shown(text, i);
    return lines;
}

} // namespace

void TstTerminalText::shows_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QStringList>("lines");
    const auto row = [](const char *name, const QByteArray &bytes, const QStringList &lines) {
        QTest::newRow(name) << bytes << lines;
    };
    row("nothing", "", {});
    row("no newline yet", "one", {u"one"_qs});
    row("newlines of a pipe", "one\ntwo\n", {u"one"_qs, u"two"_qs});
    row("newlines of a terminal", "one\r\ntwo\r\n", {u"one"_qs, u"two"_qs});
    row("empty lines", "\n\na\n\n", {QString(), QString(), u"a"_qs, QString()});
    row("carriage return", "10 %\r20 %\r100 %", {u"100 %"_qs});
    row("carriage return leaves the rest", "abcdef\rXY", {u"XYcdef"_qs});
    row("backspace", "abc\b\bX", {u"aXc"_qs});
    row("tabs", "a\tb\t\tc", {u"a       b               c"_qs});
    row("bell and other controls", QByteArray("a\a\0b", 4), {u"ab"_qs});

    row("letters of other scripts", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac", {u"grüß €"_qs});
    row("wide letters take two columns", "\xe6\xbc\xa2\xe5\xad\x97.", {u"漢_字_."_qs});
    row("emoji", "\xf0\x9f\x98\x80|", {u"\U0001F600|"_qs});
    row("half of a wide letter goes", "\xe6\xbc\xa2\xe5\xad\x97\r\x1b[Cx", {u" x字_"_qs});
    row("accents join their letter", "e\xcc\x81|", {u"é|"_qs});
    row("malformed: a lone byte", "a\x80\xff\x62", {u"a\ufffd\ufffdb"_qs});
    row("malformed: cut off", "\xe2\x82\nx", {u"\ufffd"_qs, u"x"_qs});
    row("malformed: too long a form", "\xc0\xaf|", {u"\ufffd\ufffd|"_qs});
    row("malformed: a surrogate", "\xed\xa0\x80|", {u"\ufffd\ufffd\ufffd|"_qs});
    row("malformed: then an escape", "\xf0\x9f\x1b[1mx", {u"\ufffd{b}x"_qs});
    row("our own filler is no input", "\xef\xbf\xbf", {u"\ufffd"_qs});

    row("colours", "\x1b[31mred\x1b[0m, \x1b[92;44mbright", {u"{1}red{}, {10 on 4}bright"_qs});
    row("256 colours", "\x1b[38;5;208ma\x1b[48;5;17mb\x1b[39;49mc", {u"{208}a{208 on 17}b{}c"_qs});
    row("all colours", "\x1b[38;2;255;128;0ma\x1b[48:2::1:2:3mb\x1b[38:5:9mc",
        {u"{#ff8000}a{#ff8000 on #010203}b{9 on #010203}c"_qs});
    row("a colour is followed by others", "\x1b[38;5;3;1;4mx", {u"{3 b u}x"_qs});
    row("attributes", "\x1b[1ma\x1b[2;3mb\x1b[22mc\x1b[23;4;7md\x1b[24;27;9me\x1b[mf",
        {u"{b}a{b d i}b{i}c{u r}d{s}e{}f"_qs});
    row("underlines of all kinds", "\x1b[4:3ma\x1b[4:0mb", {u"{u}a{}b"_qs});
    row("colour of the underline", "\x1b[58;2;1;2;3;1mx", {u"{b}x"_qs});
    row("a style goes on in the next line", "\x1b[32ma\nb\x1b[0m\nc", {u"{2}a"_qs, u"{2}b"_qs, u"c"_qs});
    row("styles are replaced in the middle", "\x1b[31mabcdef\r\x1b[2C\x1b[32mXY", {u"{1}ab{2}XY{1}ef"_qs});
    row("and put back", "\x1b[31mabcdef\r\x1b[2C\x1b[32mXY\r\x1b[2C\x1b[31mcd", {u"{1}abcdef"_qs});
    row("private sequences", "\x1b[?25l\x1b[?2026ha\x1b[>4;1mb\x1b[2 qc", {u"abc"_qs});
    row("saving and restoring",
        "\x1b[sab\x1b"
        "7c\x1b"
        "8\x1b[ud",
        {u"abcd"_qs});
    row("character sets", "\x1b(Ba\x1b)0b", {u"ab"_qs});

    row("erase to the end of the line", "abcdef\r\x1b[2C\x1b[K", {u"ab"_qs});
    row("erase from the start of the line", "abcdef\x1b[4D\x1b[1KX", {u"  Xdef"_qs});
    row("erase the line", "abc\r\x1b[2Kx", {u"x"_qs});
    row("erase forgets colours", "\x1b[31mabc\x1b[0m\r\x1b[Kx", {u"x"_qs});
    row("progress of several lines", "a 1\nb 1\n\x1b[2A\x1b[2Ka 2\n\x1b[2Kb 2\ndone\n",
        {u"a 2"_qs, u"b 2"_qs, u"done"_qs});
    row("docker pulls", "x: Waiting\r\ny: Waiting\r\n\x1b[2A\r\x1b[2Kx: Done\r\x1b[2B\x1b[1A\r\x1b[2Ky: Done\r\x1b[1B",
        {u"x: Done"_qs, u"y: Done"_qs});
    row("cursor to the lines' starts", "abc\ndef\x1b[FX\x1b[EY", {u"Xbc"_qs, u"Yef"_qs});
    row("cursor to a column", "abc\x1b[2GX\x1b[10GY", {u"aXc      Y"_qs});
    row("cursor to a place", "abc\ndef\nghi\x1b[2;2HX\x1b[HY", {u"Ybc"_qs, u"dXf"_qs, u"ghi"_qs});
    row("no higher than the top", "a\nb\x1b[99AX", {u"aX"_qs, u"b"_qs});
    row("erase what is below", "a\nb\nc\n\x1b[2A\x1b[J", {u"a"_qs});
    row("a cleared screen stays above", "old\n\x1b[H\x1b[2Jnew\n", {u"old"_qs, u"new"_qs});
    row("erase what is above", "ab\ncd\x1b[1D\x1b[1Je", {QString(), u" e"_qs});

    row("titles", "\x1b]0;a title\x07x\x1b]2;b\x1b\\y", {u"xy"_qs});
    row("progress for the terminal", "\x1b]9;4;1;50\x1b\\x", {u"x"_qs});
    row("hyperlinks", "\x1b]8;;https://a.b/c;d\x1b\\here\x1b]8;;\x1b\\ x", {u"{https://a.b/c;d}here{} x"_qs});
    row("hyperlinks outlast a reset",
        "\x1b]8;id=1;file:///x\x07"
        "a\x1b[0mb\x1b]8;;\x07"
        "c",
        {u"{file:///x}ab{}c"_qs});
    row("other strings", "\x1bPq...\x1b\\a\x1b_x\x1b\\b", {u"ab"_qs});
    row("a newline ends what was never ended", "\x1b]0;title\nx", {QString(), u"x"_qs});
    row("a sequence within a sequence", "\x1b[3\x1b[1mx", {u"{b}x"_qs});
    row("a sequence that is broken off", "\x1b[31\x18x", {u"x"_qs});
    row("too many and too great parameters", "\x1b[1;" + QByteArray("99999999999;").repeated(100) + "3mx",
        {u"{b}x"_qs});
}

void TstTerminalText::shows()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QStringList, lines);
    TerminalText whole;
    whole.write(bytes);
    QCOMPARE(shown(whole), lines);
    for (qsizetype at = 0; at <= bytes.size(); ++at) {
        TerminalText split;
        split.write(bytes.left(at));
        split.write(bytes.mid(at));
        QCOMPARE(shown(split), lines);
    }
    TerminalText single;
    for (const char byte : bytes)
        single.write(QByteArray(1, byte));
    QCOMPARE(shown(single), lines);
}

void TstTerminalText::keepsTheNewest()
{
    TerminalText text(100);
    for (int i = 0; i < 1000; ++i)
        text.write(QByteArray::number(i) + '\n');
    QCOMPARE(text.lineCount(), 99); // and the line that a newline begins
    QCOMPARE(text.dropped(), 901);
    QCOMPARE(text.line(0).text, u"901"_qs);
    QCOMPARE(text.line(98).text, u"999"_qs);
    text.write("\x1b[999Atop");
    QCOMPARE(text.line(99 - TerminalText::screenRows + 1).text, u"top"_qs);
}

void TstTerminalText::wrapsWhatIsTooLong()
{
    TerminalText text(100, 10);
    text.write("0123456789abc\xe6\xbc\xa2\n");
    QCOMPARE(shown(text), QStringList({u"0123456789"_qs, u"abc漢_"_qs}));
    text.write("012345678\xe6\xbc\xa2\n\x1b[999Cx");
    QCOMPARE(shown(text).mid(2), QStringList({u"012345678"_qs, u"漢_"_qs, u"         x"_qs}));
    QCOMPARE(text.widest(), 10);
}

void TstTerminalText::tellsTheFirstChangedLine()
{
    TerminalText text;
    QCOMPARE(text.takeChanged(), -1);
    text.write("a\nb\nc\n");
    QCOMPARE(text.takeChanged(), 0);
    QCOMPARE(text.takeChanged(), -1);
    text.write("d");
    QCOMPARE(text.takeChanged(), 3);
    text.write("\x1b[2AX");
    QCOMPARE(text.takeChanged(), 1);
    text.write("\x1b[31m");
    QCOMPARE(text.takeChanged(), -1);
    text.note(u"left out"_qs);
    QCOMPARE(shown(text), QStringList({u"a"_qs, u"bX"_qs, u"c"_qs, u"d"_qs, u"{!}left out"_qs}));
}

void TstTerminalText::namesColours()
{
    const QColor usual(1, 2, 3);
    QCOMPARE(TerminalText::colour(0, true, usual), usual);
    QCOMPARE(TerminalText::colour(TerminalText::indexed(1), false, usual), QColor(0xc2261f));
    QCOMPARE(TerminalText::colour(TerminalText::indexed(1), true, usual), QColor(0xff7b72));
    QCOMPARE(TerminalText::colour(TerminalText::indexed(208), true, usual), QColor(255, 135, 0));
    QCOMPARE(TerminalText::colour(TerminalText::indexed(255), false, usual), QColor(238, 238, 238));
    QCOMPARE(TerminalText::colour(TerminalText::direct(0), true, usual), QColor(0, 0, 0));
}

// Whatever comes: runs stay in order, within their line and each unlike the one before.
void TstTerminalText::survivesNoise()
{
    const QByteArray alphabet("ab\n\r\b\t\x1b[]mKJHABCDG;:0123489?\x07\\\xe6\xbc\xa2\xf0\x9f\x98\x80");
    quint32 seed = 1;
    TerminalText text(60, 40);
    for (int i = 0; i < 300'000; ++i) {
        seed = seed * 1664525U + 1013904223U;
        // Mostly sequences that are whole, for noise alone seldom is one.
        if ((seed >> 20) % 4 == 0)
            text.write("\x1b[" + QByteArray::number((seed >> 8) % 50) + "mKJHABCDG"[(seed >> 24) % 9]);
        else
            text.write(
                QByteArray(1, alphabet[static_cast<qsizetype>((seed >> 16) % static_cast<quint32>(alphabet.size()))]));
    }
    QVERIFY(text.dropped() > 0);
    for (int i = 0; i < text.lineCount(); ++i) {
        const TerminalText::Line &line = text.line(i);
        QVERIFY(line.text.size() <= 40);
        int before = -1;
        quint32 style = 0;
        for (const TerminalText::Run &run : line.runs) {
            QVERIFY(run.start > before && run.start < line.text.size());
            QVERIFY(run.style != style);
            before = run.start;
            style = run.style;
        }
    }
}

} // namespace stepwire

QTEST_MAIN(stepwire::TstTerminalText)
#include "tst_terminal_text.moc"
