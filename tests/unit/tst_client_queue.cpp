#include "core/model/snapshot.h"
#include "core/serve/client_queue.h"
#include "support/samples.h"

#include <QtTest>

#include <map>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestClientQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void handsOutInOrder();
    void countsSkipped();
    void thins();
    void thinsEachStepByItself();
    void thinsReplayedEvents();
    void belowTheLimitNothingIsDropped();
    void snapshotTakesOver();
    void answersAreNeverDropped();
    void hopelessByAnswersAlone();
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

static Event stateChange(quint64 seq)
{
    return eventOf(seq, JobStarted{1});
}

static Event progress(quint64 seq, const QString &step = u"a"_s, const QString &job = u"j"_s)
{
    return eventOf(seq, StepProgress{}, step, job);
}

static Event output(quint64 seq)
{
    return eventOf(seq, StepOutput{}, u"a"_s);
}

/// The event's number with as much behind it that it has `size` bytes.
static QByteArray frameOf(quint64 seq, qsizetype size = 0)
{
    return QByteArray::number(seq).leftJustified(size, '.');
}

/// Takes everything: `1 2 5+2` is event 5 after 2 that were skipped.
static QString drained(ClientQueue &queue)
{
    QStringList frames;
    while (!queue.empty()) {
        const ClientQueue::Next next = queue.takeNext();
        QString text = QString::fromLatin1(next.bytes).remove(u'.');
        if (next.skipped > 0)
            text += u"+%1"_s.arg(next.skipped);
        frames.append(text);
    }
    return frames.join(u' ');
}

void TestClientQueue::handsOutInOrder()
{
    ClientQueue queue;
    QVERIFY(queue.empty());
    queue.addMessage("hello");
    queue.addSnapshot("snapshot", 3);
    queue.addEvent("4", output(4));
    queue.addMessage("answer");
    queue.addEvent("5", stateChange(5));
    queue.addEvent("6", progress(6));
    QCOMPARE(queue.bytes(), 5 + 8 + 1 + 6 + 1 + 1);
    QCOMPARE(drained(queue), u"hello snapshot 4 answer 5 6"_s);
    QCOMPARE(queue.bytes(), 0);
    QVERIFY(!queue.needsSnapshot());
}

void TestClientQueue::countsSkipped()
{
    ClientQueue queue;
    queue.setPosition(2);
    queue.addEvent("3", stateChange(3));
    queue.addEvent("7", stateChange(7)); // a filter let nothing between through
    queue.addMessage("answer");
    queue.addEvent("8", output(8));
    queue.addSnapshot("snapshot", 20);
    queue.addEvent("21", stateChange(21));
    queue.addEvent("23", stateChange(23));
    QCOMPARE(drained(queue), u"3 7+3 answer 8 snapshot 21 23+1"_s);
    queue.addEvent("30", stateChange(30)); // counted from what was taken
    QCOMPARE(drained(queue), u"30+6"_s);
}

void TestClientQueue::thins()
{
    ClientQueue queue({100, 1000, 1000});
    queue.addEvent(frameOf(1, 20), stateChange(1));
    queue.addEvent(frameOf(2, 20), progress(2));
    queue.addEvent(frameOf(3, 20), output(3));
    queue.addEvent(frameOf(4, 20), progress(4));
    queue.addEvent(frameOf(5, 20), stateChange(5));
    QCOMPARE(queue.bytes(), 100);
    queue.addEvent(frameOf(6, 20), output(6)); // above 100
    QCOMPARE(queue.bytes(), 60);
    queue.addEvent(frameOf(7, 20), output(7));
    QCOMPARE(drained(queue), u"1 4+2 5 7+1"_s);
}

void TestClientQueue::thinsEachStepByItself()
{
    ClientQueue queue({100, 1000, 1000});
    queue.addEvent(frameOf(1, 20), progress(1, u"a"_s));
    queue.addEvent(frameOf(2, 20), progress(2, u"b"_s));
    queue.addEvent(frameOf(3, 20), progress(3, u"a"_s, u"k"_s));
    queue.addEvent(frameOf(4, 20), progress(4, u"a"_s));
    queue.addEvent(frameOf(5, 20), progress(5, u"a"_s));
    queue.addEvent(frameOf(6, 20), progress(6, u"b"_s));
    QCOMPARE(drained(queue), u"3+2 5+1 6"_s);
}

void TestClientQueue::thinsReplayedEvents()
{
    // A client that subscribes again with a position has the same events in its queue twice.
    ClientQueue queue({60, 1000, 1000});
    queue.addEvent(frameOf(1, 20), progress(1));
    queue.setPosition(0);
    queue.addEvent(frameOf(1, 20), progress(1));
    queue.addEvent(frameOf(2, 30), stateChange(2));
    QCOMPARE(drained(queue), u"1 2"_s);
}

void TestClientQueue::belowTheLimitNothingIsDropped()
{
    ClientQueue queue({100'000, 200'000, 1000});
    QStringList all;
    for (quint64 seq = 1; seq <= 1000; ++seq) {
        queue.addEvent(frameOf(seq, 100), seq % 3 == 0 ? output(seq) : seq % 3 == 1 ? progress(seq) : stateChange(seq));
        all.append(QString::number(seq));
    }
    QCOMPARE(drained(queue), all.join(u' '));
}

void TestClientQueue::snapshotTakesOver()
{
    ClientQueue queue({100, 200, 1000});
    for (quint64 seq = 1; seq <= 10; ++seq)
        queue.addEvent(frameOf(seq, 20), stateChange(seq));
    QCOMPARE(queue.bytes(), 200);
    QVERIFY(!queue.needsSnapshot());
    queue.addMessage("answer");
    for (quint64 seq = 11; seq <= 30 && !queue.needsSnapshot(); ++seq)
        queue.addEvent(frameOf(seq, 20), stateChange(seq));
    QVERIFY(queue.needsSnapshot());
    QCOMPARE(drained(queue), u"answer"_s);
    queue.addEvent("31", stateChange(31)); // the snapshot to come holds it
    QVERIFY(queue.empty());
    queue.addSnapshot("snapshot", 31);
    QVERIFY(!queue.needsSnapshot());
    queue.addEvent("32", stateChange(32));
    queue.addEvent("34", stateChange(34));
    QCOMPARE(drained(queue), u"snapshot 32 34+1"_s);
}

void TestClientQueue::answersAreNeverDropped()
{
    ClientQueue queue({100, 200, 1'000'000});
    QStringList answers;
    for (quint64 seq = 1; seq <= 200; ++seq) {
        const QByteArray answer = "a" + QByteArray::number(seq);
        queue.addMessage(answer);
        answers.append(QString::fromLatin1(answer));
        queue.addEvent(frameOf(seq, 50), stateChange(seq));
    }
    QVERIFY(queue.needsSnapshot());
    QVERIFY(!queue.hopeless());
    QStringList got;
    for (const QString &frame : drained(queue).split(u' ')) {
        if (frame.startsWith(u'a'))
            got.append(frame);
    }
    QCOMPARE(got, answers);
}

void TestClientQueue::hopelessByAnswersAlone()
{
    ClientQueue queue({100, 200, 1000});
    queue.addEvent(frameOf(1, 5000), stateChange(1));
    queue.addSnapshot(QByteArray(5000, 's'), 1);
    QVERIFY(!queue.hopeless());
    queue.addMessage(QByteArray(1000, 'a'));
    QVERIFY(!queue.hopeless());
    queue.addMessage("a");
    QVERIFY(queue.hopeless());
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

void TestClientQueue::anyClientEndsInTheHubsState_data()
{
    QTest::addColumn<int>("oneIn"); // how seldom the client takes something
    QTest::newRow("keeps up") << 1;
    QTest::newRow("a little slow") << 3;
    QTest::newRow("slow") << 20;
    QTest::newRow("asleep most of the time") << 150;
}

void TestClientQueue::anyClientEndsInTheHubsState()
{
    QFETCH(int, oneIn);
    int thinnedRuns = 0;
    int snapshots = 0;
    for (unsigned seed = 0; seed < 60; ++seed) {
        test::Random random(seed);
        Life life(random);
        const ClientQueue::Limits limits{600, 3000, 1'000'000};
        ClientQueue queue(limits);
        std::map<quint64, Event> told;
        std::map<QByteArray, Snapshot> pictures;
        QList<QByteArray> answersSent;
        QList<QByteArray> answersGot;

        Snapshot client;
        quint64 position = 0;
        quint64 missed = 0;
        const auto take = [&] {
            const ClientQueue::Next next = queue.takeNext();
            if (next.bytes.startsWith('a')) {
                QCOMPARE(next.skipped, 0u);
                answersGot.append(next.bytes);
                return;
            }
            if (next.bytes.startsWith('s')) {
                QCOMPARE(next.skipped, 0u);
                client = pictures.at(next.bytes);
                QVERIFY(client.seq >= position);
                position = client.seq;
                ++snapshots;
                return;
            }
            const quint64 seq = next.bytes.left(next.bytes.indexOf('.')).toULongLong();
            QCOMPARE(seq, position + next.skipped + 1); // nothing twice, nothing out of order, all accounted for
            for (quint64 lost = position + 1; lost < seq; ++lost)
                QVERIFY(kindOf(told.at(lost).data) != EventKind::StateChange);
            missed += next.skipped;
            position = seq;
            apply(client, told.at(seq));
        };
        const auto mayBeRepaired = [&] {
            if (!queue.empty() || !queue.needsSnapshot())
                return;
            const QByteArray name = 's' + QByteArray::number(life.state.seq);
            pictures[name] = life.state;
            queue.addSnapshot(name, life.state.seq);
        };
        qint64 answerBytes = 0;
        for (int i = 0; i < 1500; ++i) {
            const Event event = life.next();
            told.emplace(event.seq, event);
            queue.addEvent(frameOf(event.seq, 30 + test::randomBelow(random, 60)).append('.'), event);
            if (test::chance(random, 25)) {
                answersSent.append("a" + QByteArray::number(i));
                queue.addMessage(answersSent.last());
                answerBytes += answersSent.last().size();
            }
            QVERIFY(queue.bytes() <= 2 * limits.hard + 100 + answerBytes);
            if (!test::chance(random, oneIn))
                continue;
            for (qsizetype n = oneIn == 1 ? 2 : test::randomBelow(random, 4 * oneIn); n > 0 && !queue.empty(); --n) {
                take();
                mayBeRepaired();
            }
            if (QTest::currentTestFailed())
                return;
        }
        while (!queue.empty() || queue.needsSnapshot()) {
            mayBeRepaired();
            take();
            if (QTest::currentTestFailed())
                return;
        }
        thinnedRuns += missed > 0 ? 1 : 0;
        QCOMPARE(answersGot, answersSent);
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

QTEST_APPLESS_MAIN(TestClientQueue)
#include "tst_client_queue.moc"
