#include "core/model/snapshot.h"
#include "core/serve/log_reader.h"
#include "support/samples.h"

#include <QtTest>

#include <map>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestLogReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void givesWhatCameSince();
    void countsSkipped();
    void filtersWithoutLosingItsPlace();
    void thins();
    void thinsEachStepByItself();
    void whatWasAskedForIsNotThinned();
    void belowTheLimitNothingIsDropped();
    void snapshotTakesOver();
    void snapshotTakesOverWhenTheLogHasLostIt();
    void anyClientEndsInTheHubsState_data();
    void anyClientEndsInTheHubsState();
};

static Event eventOf(quint64 seq, FactData data, const QString &step = {}, const QString &job = u"j"_s)
{
    Event event;
    event.seq = seq;
    event.job = job;
    event.step = step;
    event.data = std::move(data);
    return event;
}

static FactData stateChange()
{
    return JobStarted{1};
}
static FactData progress()
{
    return StepProgress{};
}
static FactData output()
{
    return StepOutput{};
}

struct Log : EventLog
{
    Log() : EventLog(100'000, 1'000'000'000) { }
    explicit Log(std::size_t most) : EventLog(most, 1'000'000'000) { }
    void add(quint64 seq, FactData data, const QString &step = u"a"_s, const QString &job = u"j"_s)
    {
        append(std::make_shared<Event>(eventOf(seq, std::move(data), step, job)));
    }
};

/// What an event of these tests counts.
static constexpr qint64 one = 512;

static bool everything(const Event &)
{
    return true;
}

/// Takes everything: `1 2 5+2` is event 5 after 2 that were skipped; `snapshot` when one is asked for.
template <class Wants>
static QString drained(LogReader &reader, const EventLog &log, Wants wants)
{
    QStringList texts;
    for (;;) {
        const LogReader::Next next = reader.next(log, wants);
        if (next.kind == LogReader::Next::UpToDate)
            break;
        if (next.kind == LogReader::Next::Snapshot) {
            texts.append(u"snapshot"_s);
            break;
        }
        QString text = QString::number(next.event->seq);
        if (next.skipped > 0)
            text += u"+%1"_s.arg(next.skipped);
        texts.append(text);
    }
    return texts.join(u' ');
}

static QString drained(LogReader &reader, const EventLog &log)
{
    return drained(reader, log, everything);
}

void TestLogReader::givesWhatCameSince()
{
    Log log;
    LogReader reader;
    reader.start(0);
    QCOMPARE(drained(reader, log), QString());
    log.add(1, stateChange());
    log.add(2, progress());
    log.add(3, output());
    QCOMPARE(drained(reader, log), u"1 2 3"_s);
    QCOMPARE(drained(reader, log), QString());
    log.add(4, output());
    QCOMPARE(reader.took(4), 0u); // was sent with the others
    reader.start(4);
    log.add(5, output());
    QCOMPARE(drained(reader, log), u"5"_s);
    reader.tookSnapshot(4);
    QCOMPARE(drained(reader, log), u"5"_s);
}

void TestLogReader::countsSkipped()
{
    // Numbers that were never events, such as those between two lives of a hub.
    Log log;
    LogReader reader;
    reader.start(2);
    log.add(3, stateChange());
    log.add(7, stateChange());
    log.skipTo(20);
    QCOMPARE(drained(reader, log), u"3 7+3"_s);
    log.add(30, stateChange());
    QCOMPARE(drained(reader, log), u"30+22"_s);
}

void TestLogReader::filtersWithoutLosingItsPlace()
{
    Log log;
    LogReader reader;
    reader.start(0);
    const auto wants = [](const Event &event) { return event.job == u"k"; };
    log.add(1, stateChange());
    log.add(2, stateChange(), u"a"_s, u"k"_s);
    log.add(3, output());
    QCOMPARE(drained(reader, log, wants), u"2+1"_s);
    log.add(4, output());
    QCOMPARE(drained(reader, log, wants), QString());
    reader.passed(4);
    log.add(5, output(), u"a"_s, u"k"_s);
    QCOMPARE(reader.took(5), 2u);
    log.add(6, output(), u"a"_s, u"k"_s);
    QCOMPARE(drained(reader, log, wants), u"6"_s);
}

void TestLogReader::thins()
{
    Log log;
    LogReader reader({5 * one, 50 * one});
    reader.start(0);
    log.add(1, stateChange());
    log.add(2, progress());
    log.add(3, output());
    log.add(4, progress());
    log.add(5, stateChange());
    LogReader patient = reader;
    QCOMPARE(drained(patient, log), u"1 2 3 4 5"_s);
    log.add(6, output()); // above the limit
    QCOMPARE(drained(reader, log), u"1 4+2 5"_s);
    log.add(7, output());
    QCOMPARE(drained(reader, log), u"7+1"_s);
}

void TestLogReader::thinsEachStepByItself()
{
    Log log;
    LogReader reader({5 * one, 50 * one});
    reader.start(0);
    log.add(1, progress(), u"a"_s);
    log.add(2, progress(), u"b"_s);
    log.add(3, progress(), u"a"_s, u"k"_s);
    log.add(4, progress(), u"a"_s);
    log.add(5, progress(), u"a"_s);
    log.add(6, progress(), u"b"_s);
    QCOMPARE(drained(reader, log), u"3+2 5+1 6"_s);
}

void TestLogReader::whatWasAskedForIsNotThinned()
{
    Log log;
    LogReader reader({3 * one, 5 * one});
    for (quint64 seq = 1; seq <= 20; ++seq)
        log.add(seq, output());
    reader.start(0, 20);
    QStringList all;
    for (quint64 seq = 1; seq <= 20; ++seq)
        all.append(QString::number(seq));
    QCOMPARE(drained(reader, log), all.join(u' '));
    for (quint64 seq = 21; seq <= 30; ++seq)
        log.add(seq, seq == 30 ? stateChange() : output());
    QCOMPARE(drained(reader, log), u"30+9"_s);
}

void TestLogReader::belowTheLimitNothingIsDropped()
{
    Log log;
    LogReader reader({1000 * one, 2000 * one});
    reader.start(0);
    QStringList all;
    for (quint64 seq = 1; seq <= 1000; ++seq) {
        log.add(seq, seq % 3 == 0 ? output() : seq % 3 == 1 ? progress() : stateChange());
        all.append(QString::number(seq));
    }
    QCOMPARE(drained(reader, log), all.join(u' '));
}

void TestLogReader::snapshotTakesOver()
{
    Log log;
    LogReader reader({5 * one, 10 * one});
    reader.start(0);
    for (quint64 seq = 1; seq <= 10; ++seq)
        log.add(seq, stateChange());
    LogReader patient = reader;
    QCOMPARE(drained(patient, log), u"1 2 3 4 5 6 7 8 9 10"_s);
    log.add(11, stateChange());
    QCOMPARE(drained(reader, log), u"snapshot"_s);
    log.add(12, stateChange()); // the snapshot to come holds it
    QCOMPARE(drained(reader, log), u"snapshot"_s);
    reader.tookSnapshot(12);
    QCOMPARE(drained(reader, log), QString());
    log.add(13, stateChange());
    QCOMPARE(drained(reader, log), u"13"_s);
}

void TestLogReader::snapshotTakesOverWhenTheLogHasLostIt()
{
    Log log(10);
    LogReader reader;
    reader.start(0);
    for (quint64 seq = 1; seq <= 11; ++seq)
        log.add(seq, stateChange());
    QCOMPARE(drained(reader, log), u"snapshot"_s);
    reader.start(1);
    QCOMPARE(drained(reader, log), u"2 3 4 5 6 7 8 9 10 11"_s);
}

/// A hub's life at random, as its sources are allowed to tell it.
class Life
{
public:
    explicit Life(test::Random &random) : m_random(random) { }

    Event next()
    {
        Event event = anyEvent();
        event.seq = state.seq + 1;
        event.epoch = u"e"_s;
        event.time = static_cast<UnixMs>(1000 + event.seq);
        apply(state, event);
        return event;
    }

    Snapshot state;

private:
    Event anyEvent()
    {
        if (state.jobs().size() < 3 || test::chance(m_random, 60)) {
            const QString id = u"j%1"_s.arg(state.jobs().size());
            return eventOf(0, JobQueued{test::makeJob(id, {u"a"_s, u"b"_s, u"c"_s})}, {}, id);
        }
        const Job &job = *test::oneOf(m_random, state.jobs());
        const Step &step = test::oneOf(m_random, job.steps);
        if (isFinal(job.state) || job.state == State::Queued)
            return eventOf(0, JobStarted{job.attempt + (isFinal(job.state) ? 1 : 0)}, {}, job.id);
        switch (test::randomBelow(m_random, 20)) {
        case 0: {
            JobChanged changed;
            changed.title = QString::number(state.seq);
            changed.etaMs = static_cast<qint64>(state.seq);
            return eventOf(0, changed, {}, job.id);
        }
        case 1: return eventOf(0, Custom{u"n"_s, static_cast<qint64>(state.seq)}, {}, job.id);
        case 2: return eventOf(0, JobFinished{job.attempt, State::Failed, {}, 1}, {}, job.id);
        default: break;
        }
        if (step.state != State::Running)
            return eventOf(0, StepStarted{job.attempt, {}}, step.id, job.id);
        switch (test::randomBelow(m_random, 12)) {
        case 0:
            return eventOf(
                0, StepFinished{step.attempt, test::chance(m_random, 2) ? State::Succeeded : State::Failed, {}, 5},
                step.id, job.id);
        case 1:
        case 2:
        case 3:
        case 4: return eventOf(0, StepOutput{step.attempt, Stream::Out, u"x"_s, 0, 1, 0}, step.id, job.id);
        default:
            return eventOf(0, StepProgress{test::progressOf(static_cast<double>(state.seq), 1e6)}, step.id, job.id);
        }
    }

    test::Random &m_random;
};

void TestLogReader::anyClientEndsInTheHubsState_data()
{
    QTest::addColumn<int>("oneIn"); // how seldom the client takes something
    QTest::newRow("keeps up") << 1;
    QTest::newRow("a little slow") << 3;
    QTest::newRow("slow") << 20;
    QTest::newRow("asleep most of the time") << 150;
}

void TestLogReader::anyClientEndsInTheHubsState()
{
    QFETCH(int, oneIn);
    int thinnedRuns = 0;
    int snapshots = 0;
    for (unsigned seed = 0; seed < 60; ++seed) {
        test::Random random(seed);
        Life life(random);
        Log log(seed % 2 == 0 ? 100'000 : 400);
        LogReader reader({12 * one, 60 * one});
        reader.start(0);
        std::map<quint64, Event> told;

        Snapshot client;
        quint64 position = 0;
        quint64 missed = 0;
        /// False when there is nothing to take.
        const auto take = [&] {
            const LogReader::Next next = reader.next(log, everything);
            if (next.kind == LogReader::Next::UpToDate)
                return false;
            if (next.kind == LogReader::Next::Snapshot) {
                client = life.state;
                reader.tookSnapshot(client.seq);
                position = client.seq;
                ++snapshots;
                return true;
            }
            const quint64 seq = next.event->seq;
            // nothing twice, nothing out of order, all accounted for
            if (seq != position + next.skipped + 1)
                QTest::qFail("the numbers do not follow", __FILE__, __LINE__);
            for (quint64 lost = position + 1; lost < seq; ++lost) {
                if (kindOf(told.at(lost).data) == EventKind::StateChange)
                    QTest::qFail("a state change is missing", __FILE__, __LINE__);
            }
            missed += next.skipped;
            position = seq;
            apply(client, told.at(seq));
            return true;
        };
        for (int i = 0; i < 1500; ++i) {
            const Event event = life.next();
            told.emplace(event.seq, event);
            log.append(std::make_shared<Event>(event));
            if (!test::chance(random, oneIn))
                continue;
            for (qsizetype n = oneIn == 1 ? 2 : test::randomBelow(random, 4 * oneIn); n > 0 && take(); --n) { }
            if (QTest::currentTestFailed())
                return;
        }
        while (take()) {
            if (QTest::currentTestFailed())
                return;
        }
        thinnedRuns += missed > 0 ? 1 : 0;
        QCOMPARE(client.jobs().size(), life.state.jobs().size());
        for (std::size_t i = 0; i < client.jobs().size(); ++i)
            QVERIFY2(*client.jobs()[i] == *life.state.jobs()[i], qPrintable(u"seed %1, job %2"_s.arg(seed).arg(i)));
    }
    if (oneIn == 1)
        QCOMPARE(thinnedRuns + snapshots, 0);
    if (oneIn >= 20)
        QVERIFY2(thinnedRuns > 0 && (snapshots > 0 || oneIn < 150),
                 qPrintable(u"%1 thinned, %2 snapshots"_s.arg(thinnedRuns).arg(snapshots)));
}

QTEST_APPLESS_MAIN(TestLogReader)
#include "tst_log_reader.moc"
