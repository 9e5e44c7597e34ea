#include "core/hub/event_log.h"
#include "support/samples.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestEventLog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void empty();
    void positions_data();
    void positions();
    void boundedByNumber();
    void boundedByBytes_data();
    void boundedByBytes();
    void keepsTheNewestHoweverLarge();
    void numbersThatAreOver();
};

static constexpr qint64 plenty = 1 << 30;

static EventPtr eventOf(quint64 seq, FactData data = JobStarted())
{
    Event event;
    event.seq = seq;
    event.data = std::move(data);
    return std::make_shared<const Event>(std::move(event));
}

static QString after(const EventLog &log, quint64 seq)
{
    QStringList seqs;
    log.visitAfter(seq, [&](const EventPtr &event) { seqs.append(QString::number(event->seq)); });
    return seqs.join(u' ');
}

void TestEventLog::empty()
{
    const EventLog log(10, plenty);
    QVERIFY(log.holdsAfter(0));
    QVERIFY(!log.holdsAfter(1));
    QCOMPARE(after(log, 0), QString());
    QCOMPARE(after(log, std::numeric_limits<quint64>::max()), QString());
    QCOMPARE(log.size(), 0u);
}

void TestEventLog::positions_data()
{
    QTest::addColumn<quint64>("position");
    QTest::addColumn<bool>("holds");
    QTest::addColumn<QString>("visited");
    QTest::newRow("beginning") << quint64(0) << false << u"4 5 6 7"_s;
    QTest::newRow("one too old") << quint64(2) << false << u"4 5 6 7"_s;
    QTest::newRow("just held") << quint64(3) << true << u"4 5 6 7"_s;
    QTest::newRow("oldest") << quint64(4) << true << u"5 6 7"_s;
    QTest::newRow("before the newest") << quint64(6) << true << u"7"_s;
    QTest::newRow("newest") << quint64(7) << true << QString();
    QTest::newRow("ahead") << quint64(8) << false << QString();
    QTest::newRow("far ahead") << std::numeric_limits<quint64>::max() << false << QString();
}

void TestEventLog::positions()
{
    QFETCH(quint64, position);
    EventLog log(4, plenty);
    for (quint64 seq = 1; seq <= 7; ++seq)
        log.append(eventOf(seq));
    QTEST(log.holdsAfter(position), "holds");
    QTEST(after(log, position), "visited");
}

void TestEventLog::boundedByNumber()
{
    EventLog log(3, plenty);
    for (quint64 seq = 1; seq <= 100; ++seq) {
        log.append(eventOf(seq));
        QCOMPARE(log.size(), std::min<std::size_t>(3, seq));
        QVERIFY(log.holdsAfter(seq));
    }
    QCOMPARE(after(log, 97), u"98 99 100"_s);
}

void TestEventLog::boundedByBytes_data()
{
    QTest::addColumn<int>("type");
    QTest::newRow("output") << 0;
    QTest::newRow("plans") << 1;
    QTest::newRow("custom values") << 2;
}

void TestEventLog::boundedByBytes()
{
    QFETCH(int, type);
    FactData data;
    if (type == 0)
        data = StepOutput{1, Stream::Out, QString(5000, u'x'), 0, 5000, 0};
    else if (type == 1)
        data = JobQueued{test::makeJob(u"j"_s, QStringList(20, u"s"_s))};
    else
        data = Custom{u"n"_s, QString(3000, u'x')};
    EventLog log(1'000'000, 100'000);
    for (quint64 seq = 1; seq <= 500; ++seq)
        log.append(eventOf(seq, data));
    QVERIFY2(log.size() >= 8 && log.size() <= 25, qPrintable(QString::number(log.size())));
    // small ones take the room back
    for (quint64 seq = 501; seq <= 1000; ++seq)
        log.append(eventOf(seq));
    QVERIFY(log.size() >= 150);
    QVERIFY(log.holdsAfter(1000 - log.size()));
    QVERIFY(!log.holdsAfter(1000 - log.size() - 1));
}

void TestEventLog::keepsTheNewestHoweverLarge()
{
    EventLog log(10, 100);
    log.append(eventOf(1));
    QCOMPARE(log.size(), 1u);
    log.append(eventOf(2, StepOutput{1, Stream::Out, QString(5000, u'x'), 0, 5000, 0}));
    QCOMPARE(after(log, 0), u"2"_s);
    QVERIFY(log.holdsAfter(1));
}

void TestEventLog::numbersThatAreOver()
{
    EventLog log(10, plenty);
    log.beginAfter(3);
    log.append(eventOf(5));
    QVERIFY(!log.holdsAfter(8));
    log.skipTo(1000);
    QVERIFY(!log.holdsAfter(2));
    for (const quint64 seq : {3u, 4u, 5u, 8u, 1000u}) // somebody saw progress of that number in the life before
        QVERIFY(log.holdsAfter(seq));
    QVERIFY(!log.holdsAfter(1001));
    log.append(eventOf(1001));
    QCOMPARE(after(log, 8), u"1001"_s);
    QCOMPARE(after(log, 4), u"5 1001"_s);
}

QTEST_APPLESS_MAIN(TestEventLog)
#include "tst_event_log.moc"
