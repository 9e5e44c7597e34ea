#include "core/engine/output_feed.h"

#include "support/bytes.h"

#include <QtTest>

using namespace stepwire;
using namespace stepwire::test;
using namespace Qt::StringLiterals;

class TestOutputFeed : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void incompleteTail_data();
    void incompleteTail();
    void firstGoesAtOnceThenWaits();
    void streamsGoOneAfterTheOther();
    void terminalIsOneStream();
    void characterCutInTwo();
    void characterNeverCompleted();
    void longPieceShowsItsEnd();
    void floodIsOmittedButLogged();
    void bytesOfNoEncoding();
    void keepsItsPromises_data();
    void keepsItsPromises();

private:
    [[nodiscard]] QString path(const QString &name) const { return m_folder.filePath(name); }

    QTemporaryDir m_folder;
    int m_made = 0;
};

void TestOutputFeed::init()
{
    QVERIFY(m_folder.isValid());
    ++m_made;
}

/// `out 0+5 'hello'`, with `(3 omitted)` before it where that is so.
static QString text(const StepOutput &output)
{
    const QString stream = output.stream == Stream::Out ? u"out"_s : output.stream == Stream::Err ? u"err"_s : u"tty"_s;
    QString line = stream;
    if (output.omitted > 0)
        line += u" (%1 omitted)"_s.arg(output.omitted);
    line += u" %1+%2"_s.arg(output.offset).arg(output.bytes);
    return output.text.size() > 60 ? line : line + u" '"_s + output.text + u'\'';
}

static QStringList texts(const std::vector<StepOutput> &events)
{
    QStringList lines;
    for (const StepOutput &event : events)
        lines.append(text(event));
    return lines;
}

static QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestOutputFeed::incompleteTail_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("incomplete");
    QTest::newRow("nothing") << QByteArray() << 0;
    QTest::newRow("ASCII") << QByteArray("abc") << 0;
    QTest::newRow("whole of two") << QByteArray("a\xc3\xa9") << 0;
    QTest::newRow("half of two") << QByteArray("a\xc3") << 1;
    QTest::newRow("whole of three") << QByteArray("\xe2\x82\xac") << 0;
    QTest::newRow("one of three") << QByteArray("\xe2") << 1;
    QTest::newRow("two of three") << QByteArray("a\xe2\x82") << 2;
    QTest::newRow("whole of four") << QByteArray("\xf0\x9f\x99\x82") << 0;
    QTest::newRow("three of four") << QByteArray("a\xf0\x9f\x99") << 3;
    QTest::newRow("continuations alone") << QByteArray("\x80\x80\x80\x80\x80") << 0;
    QTest::newRow("never a beginning") << QByteArray("a\xff") << 0;
}

void TestOutputFeed::incompleteTail()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, incomplete);
    QCOMPARE(incompleteUtf8Tail(bytes), incomplete);
}

void TestOutputFeed::firstGoesAtOnceThenWaits()
{
    StepLog log(path(u"pace.log"_s));
    OutputFeed feed(log, 1, false);
    QVERIFY(!feed.pending());
    feed.add(Stream::Out, "one\n");
    QVERIFY(feed.pending());
    QVERIFY(feed.mayGo(1000));
    QCOMPARE(texts(feed.take(1000, false)), QStringList{u"out 0+4 'one\n'"_s});
    QVERIFY(!feed.pending());
    feed.add(Stream::Out, "two\n");
    feed.add(Stream::Out, "three\n");
    QVERIFY(!feed.mayGo(1039));
    QCOMPARE(feed.due(), 1040);
    QVERIFY(feed.mayGo(1040));
    QCOMPARE(texts(feed.take(1040, false)), QStringList{u"out 4+10 'two\nthree\n'"_s});
}

void TestOutputFeed::streamsGoOneAfterTheOther()
{
    const QString file = path(u"streams.log"_s);
    StepLog log(file);
    OutputFeed feed(log, 3, false);
    feed.add(Stream::Err, "E1 ");
    feed.add(Stream::Out, "O1 ");
    feed.add(Stream::Err, "E2 ");
    feed.add(Stream::Out, "O2 ");
    const auto events = feed.take(0, false);
    QCOMPARE(texts(events), (QStringList{u"out 0+6 'O1 O2 '"_s, u"err 6+6 'E1 E2 '"_s}));
    QCOMPARE(events.front().attempt, 3);
    QVERIFY(!feed.mayGo(83)); // two events went
    QVERIFY(feed.mayGo(84));
    log.finish();
    QCOMPARE(contents(file), QByteArray("O1 O2 E1 E2 "));
}

void TestOutputFeed::terminalIsOneStream()
{
    StepLog log(path(u"tty.log"_s));
    OutputFeed feed(log, 1, true);
    feed.add(Stream::Tty, "a");
    feed.add(Stream::Tty, "b");
    QCOMPARE(texts(feed.take(0, false)), QStringList{u"tty 0+2 'ab'"_s});
}

void TestOutputFeed::characterCutInTwo()
{
    StepLog log(path(u"cut.log"_s));
    OutputFeed feed(log, 1, false);
    feed.add(Stream::Out, "5 \xe2\x82");
    QCOMPARE(texts(feed.take(0, false)), QStringList{u"out 0+2 '5 '"_s});
    QVERIFY(feed.take(100, false).empty());
    feed.add(Stream::Out, "\xac.");
    QCOMPARE(texts(feed.take(200, false)), QStringList{u"out 2+4 '€.'"_s});
}

void TestOutputFeed::characterNeverCompleted()
{
    const QString file = path(u"never.log"_s);
    StepLog log(file);
    OutputFeed feed(log, 1, false);
    feed.add(Stream::Out, "5 \xe2\x82");
    QCOMPARE(texts(feed.take(0, true)), QStringList{u"out 0+4 '5 \uFFFD\uFFFD'"_s});
    QVERIFY(!feed.pending());
    log.finish();
    QCOMPARE(contents(file), QByteArray("5 \xe2\x82"));
}

void TestOutputFeed::longPieceShowsItsEnd()
{
    StepLog log(path(u"long.log"_s));
    OutputFeed feed(log, 1, false);
    feed.add(Stream::Out, QByteArray("\xe2\x82\xac").repeated(15'000)); // 45000 bytes, no boundary at the cut
    const auto events = feed.take(0, false);
    QCOMPARE(events.size(), 1U);
    QCOMPARE(events.front().bytes + events.front().omitted, 45'000);
    QCOMPARE(events.front().offset, events.front().omitted);
    QCOMPARE(events.front().bytes, 32'766);
    QCOMPARE(events.front().text, u"€"_s.repeated(10'922));
}

void TestOutputFeed::floodIsOmittedButLogged()
{
    const QString file = path(u"flood.log"_s);
    StepLog log(file);
    OutputFeed feed(log, 1, false);
    QByteArray all;
    for (int i = 0; i < 50; ++i) {
        const QByteArray piece = QByteArray("\xe2\x82\xac").repeated(1999) + QByteArray::number(i) + '\n';
        // as the pipe has it: cut within a character
        feed.add(Stream::Out, QByteArrayView(piece).first(3001));
        feed.add(Stream::Out, QByteArrayView(piece).sliced(3001));
        all += piece;
    }
    const auto events = feed.take(0, true);
    QCOMPARE(events.size(), 1U);
    QCOMPARE(events.front().omitted + events.front().bytes, all.size());
    QVERIFY(events.front().bytes <= 32 * 1024);
    QCOMPARE(events.front().text.toUtf8(), all.last(events.front().bytes)); // no U+FFFD where nothing was wrong
    log.finish();
    QCOMPARE(contents(file), all);
}

void TestOutputFeed::bytesOfNoEncoding()
{
    StepLog log(path(u"binary.log"_s));
    OutputFeed feed(log, 1, false);
    feed.add(Stream::Out, QByteArray(50'000, '\x80'));
    const auto events = feed.take(0, true);
    QCOMPARE(events.size(), 1U);
    QCOMPARE(events.front().bytes + events.front().omitted, 50'000);
    QVERIFY(events.front().bytes > 32'000);
    QVERIFY(events.front().text == QString(events.front().text.size(), QChar(u'\uFFFD')));
}

void TestOutputFeed::keepsItsPromises_data()
{
    QTest::addColumn<bool>("terminal");
    QTest::addColumn<bool>("utf8");
    QTest::addColumn<int>("largest");
    QTest::newRow("trickle") << false << true << 30;
    QTest::newRow("trickle of bytes") << false << false << 30;
    QTest::newRow("flood") << false << true << 70'000;
    QTest::newRow("flood of bytes") << false << false << 70'000;
    QTest::newRow("terminal") << true << true << 9000;
}

static QByteArray randomBytes(Random &random, qsizetype size, bool utf8)
{
    static const std::vector<QByteArray> characters = {"a", "b ", "\n", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x99\x82"};
    QByteArray bytes;
    while (bytes.size() < size)
        bytes += utf8 ? oneOf(random, characters) : QByteArray(1, static_cast<char>(randomBelow(random, 256)));
    return bytes;
}

void TestOutputFeed::keepsItsPromises()
{
    QFETCH(bool, terminal);
    QFETCH(bool, utf8);
    QFETCH(int, largest);
    Random random(static_cast<Random::result_type>(largest));
    for (int round = 0; round < 20; ++round) {
        const QString file = path(u"random%1-%2.log"_s.arg(m_made).arg(round));
        StepLog log(file);
        OutputFeed feed(log, 1, terminal);
        std::array<QByteArray, 3> given; // by stream
        std::vector<std::pair<qint64, StepOutput>> events;
        qint64 now = 5000;
        const auto take = [&](bool final) {
            for (StepOutput &event : feed.take(now, final))
                events.emplace_back(now, std::move(event));
        };
        // what a step writes is whole characters, what a read gives of it may be any part
        std::array<QByteArray, 3> unread;
        for (int i = 0; i < 200; ++i) {
            const Stream stream = terminal ? Stream::Tty : randomBelow(random, 3) == 0 ? Stream::Err : Stream::Out;
            QByteArray &waiting = unread[static_cast<std::size_t>(stream)];
            waiting += randomBytes(random, 1 + randomBelow(random, randomBelow(random, 20) == 0 ? largest : 30), utf8);
            const qsizetype size = 1 + randomBelow(random, waiting.size());
            given[static_cast<std::size_t>(stream)] += waiting.first(size);
            feed.add(stream, QByteArrayView(waiting).first(size));
            waiting.remove(0, size);
            if (feed.mayGo(now))
                take(false);
            now += randomBelow(random, 30);
        }
        for (const Stream stream : {Stream::Out, Stream::Err, Stream::Tty}) {
            const QByteArray rest = std::exchange(unread[static_cast<std::size_t>(stream)], {});
            given[static_cast<std::size_t>(stream)] += rest;
            if (!rest.isEmpty())
                feed.add(stream, rest);
        }
        const std::size_t paced = events.size();
        take(true);
        QVERIFY(!feed.pending());
        log.finish();

        const qint64 total = given[0].size() + given[1].size() + given[2].size();
        qint64 end = 0;
        for (const auto &[time, event] : events) {
            QCOMPARE(event.offset, end + event.omitted);
            end = event.offset + event.bytes;
            QVERIFY(event.bytes > 0 && event.bytes <= 32 * 1024);
            QVERIFY(event.text.isValidUtf16());
            if (utf8)
                QCOMPARE(event.text.toUtf8().size(), event.bytes);
            QCOMPARE(event.stream == Stream::Tty, terminal);
        }
        QCOMPARE(end, total);
        // 25 a second; both streams of one moment may go together and are then paid for
        for (std::size_t i = 0; i < paced; ++i) {
            for (std::size_t j = i; j < paced; ++j)
                QVERIFY(static_cast<qint64>(j - i + 1) <= (events[j].first - events[i].first) / 40 + 2);
        }

        // The log has every byte, and read by its streams it gives each stream in order.
        const QByteArray kept = contents(file);
        QCOMPARE(kept.size(), total);
        std::array<QByteArray, 3> logged;
        const std::vector<StreamMark> &marks = log.marks();
        for (std::size_t i = 0; i < marks.size(); ++i) {
            const qint64 until = i + 1 < marks.size() ? marks[i + 1].offset : total;
            logged[static_cast<std::size_t>(marks[i].stream)] += kept.sliced(marks[i].offset, until - marks[i].offset);
        }
        QVERIFY(logged == given);
        // Events and log agree on every place.
        for (const auto &[time, event] : events)
            QCOMPARE(QString::fromUtf8(QByteArrayView(kept).sliced(event.offset, event.bytes)), event.text);
    }
}

QTEST_APPLESS_MAIN(TestOutputFeed)
#include "tst_output_feed.moc"
