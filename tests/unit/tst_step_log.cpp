#include "core/engine/step_log.h"

#include "support/bytes.h"

#include <QtTest>

using namespace stepwire;
using namespace stepwire::test;
using namespace Qt::StringLiterals;

class TestStepLog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void madeAtItsFirstByte();
    void smallReads_data();
    void smallReads();
    void headAndTailAreKept_data();
    void headAndTailAreKept();
    void followsWhileItGrows();
    void readsByStream();
    void marksStayBounded();
    void unwritableFolder();
    void fileThatIsNotThere();

private:
    [[nodiscard]] QString path(const QString &name) const { return m_folder.filePath(name); }

    QTemporaryDir m_folder;
};

static constexpr qint64 MiB = 1024 * 1024;

/// What stands at `offset` of a large output: any piece of it can be told from every other.
static QByteArray sample(qint64 offset, qsizetype size)
{
    const qint64 first = offset / 16 * 16;
    QByteArray bytes((offset - first + size + 15) / 16 * 16, '.');
    for (qsizetype line = 0; line < bytes.size(); line += 16) {
        char *digit = bytes.data() + line + 15;
        *digit = '\n';
        for (qint64 rest = first + line; rest > 0; rest /= 10)
            *--digit = static_cast<char>('0' + rest % 10);
    }
    return bytes.sliced(offset - first, size);
}

static void fill(StepLog &log, qint64 upTo)
{
    while (log.size() < upTo) {
        // not a divisor of any size, so that writes cross every boundary
        log.write(Stream::Out, sample(log.size(), std::min<qint64>(3 * MiB + 12'345, upTo - log.size())));
    }
}

/// `offset+size stream (omitted)`
static QString text(const LogSlice &slice)
{
    QString line = u"%1+%2 of %3 %4"_s.arg(slice.offset).arg(slice.bytes.size()).arg(slice.end).arg(slice.stream);
    if (slice.omitted > 0)
        line += u" (%1 omitted)"_s.arg(slice.omitted);
    return line;
}

void TestStepLog::initTestCase()
{
    QVERIFY(m_folder.isValid());
}

void TestStepLog::madeAtItsFirstByte()
{
    const QString file = path(u"first.log"_s);
    StepLog log(file);
    log.write(Stream::Out, {});
    QVERIFY(!QFile::exists(file));
    QVERIFY(log.marks().empty());
    log.write(Stream::Out, "x");
    QVERIFY(QFile::exists(file));
    QCOMPARE(QFileInfo(file).size(), 1); // a reader of the file sees it now
    QCOMPARE(log.size(), 1);
    log.finish();
    QCOMPARE(log.problem(), QString());
}

void TestStepLog::smallReads_data()
{
    QTest::addColumn<qint64>("offset");
    QTest::addColumn<qint64>("limit");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<qint64>("at");
    QTest::newRow("all") << qint64(0) << qint64(100) << QByteArray("0123456789") << qint64(0);
    QTest::newRow("beginning") << qint64(0) << qint64(3) << QByteArray("012") << qint64(0);
    QTest::newRow("middle") << qint64(4) << qint64(3) << QByteArray("456") << qint64(4);
    QTest::newRow("end") << qint64(8) << qint64(3) << QByteArray("89") << qint64(8);
    QTest::newRow("at the end") << qint64(10) << qint64(3) << QByteArray() << qint64(10);
    QTest::newRow("beyond") << qint64(50) << qint64(3) << QByteArray() << qint64(10);
}

void TestStepLog::smallReads()
{
    QFETCH(qint64, offset);
    QFETCH(qint64, limit);
    QFETCH(QByteArray, bytes);
    QFETCH(qint64, at);
    StepLog log(path(u"small.log"_s));
    log.write(Stream::Tty, "01234");
    log.write(Stream::Tty, "56789");
    for (const bool finished : {false, true}) {
        if (finished)
            log.finish();
        const LogSlice slice = log.read(offset, limit);
        QCOMPARE(slice.bytes, bytes);
        QCOMPARE(slice.offset, at);
        QCOMPARE(slice.end, 10);
        QCOMPARE(slice.omitted, 0);
        QCOMPARE(slice.stream, u"tty"_s);
        QCOMPARE(slice.complete, finished);
    }
}

void TestStepLog::headAndTailAreKept_data()
{
    QTest::addColumn<qint64>("size");
    QTest::addColumn<qint64>("omitted");
    QTest::newRow("as large as the head") << StepLog::headBytes << qint64(0);
    QTest::newRow("a byte more") << StepLog::headBytes + 1 << qint64(0);
    QTest::newRow("exactly 64 MiB") << 64 * MiB << qint64(0);
    QTest::newRow("64 MiB and a byte") << 64 * MiB + 1 << 16 * MiB;
    QTest::newRow("150 MiB and some") << 150 * MiB + 77 << 96 * MiB;
}

void TestStepLog::headAndTailAreKept()
{
    QFETCH(qint64, size);
    QFETCH(qint64, omitted);
    const QString file = path(u"large.log"_s);
    {
        StepLog log(file);
        fill(log, size);
        QCOMPARE(log.size(), size);

        const qint64 tail = StepLog::headBytes + omitted;
        const std::vector<qint64> places = {0,
                                            1000,
                                            StepLog::headBytes - 100,
                                            StepLog::headBytes - 1,
                                            StepLog::headBytes,
                                            StepLog::headBytes + 1,
                                            tail - 1,
                                            tail,
                                            tail + 1,
                                            tail + StepLog::segmentBytes - 10,
                                            size - 100,
                                            size - 1,
                                            size,
                                            size + 5};
        const auto readAll = [&](const std::vector<StreamMark> *marks) {
            QStringList lines;
            for (const qint64 place : places) {
                const LogSlice slice = marks ? readLogFile(file, *marks, place, 200) : log.read(place, 200);
                const QByteArray expected = sample(slice.offset, slice.bytes.size());
                // Where a read ends at a seam of the parts is nobody's business; that it gives something is.
                lines.append(u"%1 -> %2 of %3 %4, %5 omitted, %6, %7"_s.arg(place)
                                 .arg(slice.offset)
                                 .arg(slice.end)
                                 .arg(slice.stream)
                                 .arg(slice.omitted)
                                 .arg(slice.bytes.isEmpty() ? u"nothing"_s : u"something"_s,
                                      slice.bytes == expected ? u"right"_s : u"wrong"_s));
            }
            return lines;
        };
        const QStringList before = readAll(nullptr);
        for (qsizetype i = 0; i < before.size(); ++i) {
            const qint64 place = places[static_cast<std::size_t>(i)];
            const bool inGap = omitted > 0 && place >= StepLog::headBytes && place < tail;
            const qint64 at = inGap ? tail : std::min(place, size);
            QCOMPARE(before[i],
                     u"%1 -> %2 of %3 out, %4 omitted, %5, right"_s.arg(place)
                         .arg(at)
                         .arg(size)
                         .arg(at > place ? at - place : 0)
                         .arg(at < size ? u"something"_s : u"nothing"_s));
        }
        log.finish();
        QCOMPARE(log.problem(), QString());
        QCOMPARE(readAll(nullptr), before);
        const std::vector<StreamMark> marks = log.marks();
        QCOMPARE(readAll(&marks), before);
    }

    const QByteArray gap =
        omitted > 0 ? "\n[stepwire: " + QByteArray::number(omitted) + " bytes left out]\n" : QByteArray();
    QFile whole(file);
    QVERIFY(whole.open(QIODevice::ReadOnly));
    QCOMPARE(whole.size(), size - omitted + gap.size());
    QVERIFY(whole.size() <= 64 * MiB + gap.size());
    QVERIFY(whole.seek(StepLog::headBytes));
    QCOMPARE(whole.read(gap.size()), gap);
    QCOMPARE(QDir(m_folder.path()).entryList({u"large.log*"_s}), QStringList{u"large.log"_s});
}

void TestStepLog::followsWhileItGrows()
{
    const QString file = path(u"follow.log"_s);
    StepLog log(file);
    qint64 offset = 0;
    qint64 omitted = 0;
    qint64 got = 0;
    // A reader that is slower than the writer: it misses some, is told how much, and never gets a wrong byte.
    for (int round = 0; round < 60; ++round) {
        fill(log, log.size() + 2 * MiB + 4321);
        if (round % 20 == 19) // and then one that catches up
            offset = std::max(offset, log.size() - 3 * MiB);
        const LogSlice slice = log.read(offset, 512 * 1024);
        QCOMPARE(slice.offset, offset + slice.omitted);
        QCOMPARE(slice.end, log.size());
        QVERIFY(!slice.bytes.isEmpty());
        QVERIFY(slice.bytes == sample(slice.offset, slice.bytes.size()));
        omitted += slice.omitted;
        got += slice.bytes.size();
        offset = slice.offset + slice.bytes.size();
    }
    QVERIFY(got > 0);
    log.finish();
    for (;;) {
        const LogSlice slice = log.read(offset, 512 * 1024);
        omitted += slice.omitted;
        if (slice.bytes.isEmpty())
            break;
        QVERIFY(slice.bytes == sample(slice.offset, slice.bytes.size()));
        offset = slice.offset + slice.bytes.size();
    }
    QCOMPARE(offset, log.size());
    QVERIFY(omitted >= 0);
}

void TestStepLog::readsByStream()
{
    const QString file = path(u"streams.log"_s);
    StepLog log(file);
    log.write(Stream::Out, "out1 ");
    log.write(Stream::Out, "out2 ");
    log.write(Stream::Err, "err1 ");
    log.write(Stream::Out, "out3 ");
    const auto readAll = [&] {
        QStringList lines;
        for (qint64 offset = 0;;) {
            const LogSlice slice = log.read(offset, 7);
            if (slice.bytes.isEmpty())
                return lines;
            lines.append(text(slice) + u' ' + QString::fromUtf8(slice.bytes));
            offset = slice.offset + slice.bytes.size();
        }
    };
    const QStringList expected = {u"0+7 of 20 out out1 ou"_s, u"7+3 of 20 out t2 "_s, u"10+5 of 20 err err1 "_s,
                                  u"15+5 of 20 out out3 "_s};
    QCOMPARE(readAll(), expected);
    log.finish();
    QCOMPARE(readAll(), expected);
    QCOMPARE(log.marks().size(), 3U);
    // Who has no marks gets the bytes all the same.
    const LogSlice slice = readLogFile(file, {}, 3, 100);
    QCOMPARE(slice.bytes, QByteArray("1 out2 err1 out3 "));
    QCOMPARE(slice.stream, QString());
}

void TestStepLog::marksStayBounded()
{
    StepLog log(path(u"marks.log"_s));
    for (int i = 0; i < 30'000; ++i)
        log.write(i % 2 == 0 ? Stream::Out : Stream::Err, "x");
    QCOMPARE(log.size(), 30'000);
    QCOMPARE(log.marks().size(), 20'000U);
    QCOMPARE(log.read(29'000, 2000).bytes.size(), 1000);
}

void TestStepLog::unwritableFolder()
{
    QFile blocker(path(u"no-folder"_s));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    StepLog log(path(u"no-folder/step.log"_s));
    QCOMPARE(log.problem(), QString());
    log.write(Stream::Out, "hello\n");
    QVERIFY2(log.problem().contains(u"no-folder/step.log cannot be written: "_s), qPrintable(log.problem()));
    const QString problem = log.problem();
    log.write(Stream::Err, QByteArray(40 * MiB, 'x'));
    QCOMPARE(log.problem(), problem);
    QCOMPARE(log.size(), 6 + 40 * MiB); // offsets go on
    QVERIFY(log.read(0, 100).bytes.isEmpty());
    log.finish();
    QVERIFY(log.read(0, 100).bytes.isEmpty());
    QVERIFY(log.read(0, 100).complete);
}

void TestStepLog::fileThatIsNotThere()
{
    const LogSlice slice = readLogFile(path(u"never.log"_s), {}, 0, 100);
    QVERIFY(slice.bytes.isEmpty());
    QCOMPARE(slice.end, 0);
    QVERIFY(slice.complete);
}

QTEST_APPLESS_MAIN(TestStepLog)
#include "tst_step_log.moc"
