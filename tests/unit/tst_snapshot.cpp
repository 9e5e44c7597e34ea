#include "core/model/snapshot.h"
#include "support/samples.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(stepwire::FactData)

class TestSnapshot : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void applies_data();
    void applies();
    void unknownJobsChangeOnlyThePosition();
    void queuedAgainReplacesInPlace();
    void retriesCount();
    void everyEventIsTaken();
    void keepsTheOrderOfAnnouncement();
    void trims_data();
    void trims();
    void copiesAreIndependent();
};

template <class T>
static QString shown(const char *name, const std::optional<T> &value)
{
    return value ? QStringLiteral(" %1=%2").arg(QLatin1String(name)).arg(*value) : QString();
}

static QString shown(const std::optional<Failure> &error)
{
    return error ? u" error="_s + error->message : QString();
}

/// All that events may change, on a line for the job and one for each step.
static QStringList shown(const Job &job)
{
    QStringList lines;
    lines.append(u"%1 %2 '%3'"_s.arg(stateName(job.state)).arg(job.attempt).arg(job.title)
                 + shown("queue", job.queuePosition) + shown("eta", job.etaMs) + shown("stalled", job.stalledMs)
                 + (job.waitingFor.isEmpty() ? QString() : u" waiting="_s + job.waitingFor.join(u','))
                 + shown("started", job.started) + shown("finished", job.finished) + shown(job.error));
    for (const Step &step : job.steps) {
        lines.append(u"%1 %2 %3"_s.arg(step.id, stateName(step.state)).arg(step.attempt)
                     + (step.progress ? u" done=%1"_s.arg(step.progress->done) : QString())
                     + shown("started", step.started) + shown("finished", step.finished) + shown(step.error));
    }
    return lines;
}

static Event eventOf(quint64 seq, const QString &job, const QString &step, FactData data, UnixMs time = 50)
{
    return {seq, u"e"_s, time, u"nas"_s, u"hub"_s, job, step, std::move(data)};
}

/// A job with one finished, one running and one queued step.
static Job beforehand()
{
    Job job = test::makeJob(u"j"_s, {u"a"_s, u"b"_s, u"c"_s});
    job.state = State::Running;
    job.started = 10;
    job.etaMs = 700;
    job.queuePosition = 3;
    job.stalledMs = 9;
    job.waitingFor = {u"x"_s};
    job.steps[0].state = State::Failed;
    job.steps[0].progress = test::progressOf(4, 8);
    job.steps[0].started = 11;
    job.steps[0].finished = 12;
    job.steps[0].error = Failure{u"broke"_s, {}, {}, {}, {}};
    job.steps[1].state = State::Running;
    job.steps[1].started = 13;
    return job;
}

void TestSnapshot::applies_data()
{
    QTest::addColumn<FactData>("data");
    QTest::addColumn<QString>("step");
    QTest::addColumn<int>("line"); // the one that changes, -1 for none
    QTest::addColumn<QString>("becomes");
    const auto row = [](const char *name, FactData data, const QString &step, int line, const QString &becomes) {
        QTest::newRow(name) << std::move(data) << step << line << becomes;
    };
    const Failure failure{u"no space"_s, u"b"_s, 1, {}, {}};
    row("job started", JobStarted{2}, {}, 0, u"running 2 'Job j' eta=700 stalled=9 started=50"_s);
    row("job changed: nothing", JobChanged{}, {}, -1, {});
    JobChanged changed;
    changed.state = State::Paused;
    changed.queuePosition = 1;
    changed.etaMs = 5;
    changed.title = u"T"_s;
    changed.stalledMs = 20;
    changed.waitingFor = QStringList{u"y"_s, u"z"_s};
    row("job changed: all", changed, {}, 0, u"paused 1 'T' queue=1 eta=5 stalled=20 waiting=y,z started=10"_s);
    JobChanged alive;
    alive.stalledMs = 0;
    row("job changed: no longer stalled", alive, {}, 0, u"running 1 'Job j' queue=3 eta=700 waiting=x started=10"_s);
    JobChanged free;
    free.waitingFor = QStringList();
    row("job changed: waits for nothing", free, {}, 0, u"running 1 'Job j' queue=3 eta=700 stalled=9 started=10"_s);
    row("job succeeded", JobFinished{1, State::Succeeded, {}, 40}, {}, 0,
        u"succeeded 1 'Job j' started=10 finished=50"_s);
    row("job failed", JobFinished{3, State::Failed, failure, 40}, {}, 0,
        u"failed 3 'Job j' started=10 finished=50 error=no space"_s);
    row("step started", StepStarted{1, 77}, u"c"_s, 3, u"c running 1 started=50"_s);
    row("step started again", StepStarted{2, {}}, u"a"_s, 1, u"a running 2 started=50"_s);
    row("step changed", StepChanged{State::Cancelling, {}, {}, {}}, u"b"_s, 2, u"b cancelling 1 started=13"_s);
    row("step changed: no state", StepChanged{{}, 5, 6, true}, u"b"_s, -1, {});
    row("progress", StepProgress{test::progressOf(6, 10)}, u"b"_s, 2, u"b running 1 done=6 started=13"_s);
    row("progress before the start", StepProgress{test::progressOf(6, 10)}, u"c"_s, 3, u"c queued 1 done=6"_s);
    row("progress after the end is late", StepProgress{test::progressOf(6, 10)}, u"a"_s, -1, {});
    row("output", StepOutput{1, Stream::Out, u"x"_s, 0, 1, 0}, u"b"_s, -1, {});
    row("step finished", StepFinished{1, State::Succeeded, {}, 37}, u"b"_s, 2,
        u"b succeeded 1 started=13 finished=50"_s);
    row("step failed", StepFinished{2, State::TimedOut, failure, 37}, u"b"_s, 2,
        u"b timed_out 2 started=13 finished=50 error=no space"_s);
    row("step skipped", StepFinished{1, State::Skipped, {}, 0}, u"c"_s, 3, u"c skipped 1 finished=50"_s);
    row("custom", Custom{u"n"_s, 1}, u"b"_s, -1, {});
    row("notice", Notice{u"hub.degraded"_s, {}}, {}, -1, {});
    row("a step nobody announced", StepStarted{1, {}}, u"zzz"_s, -1, {});
    row("its end", StepFinished{1, State::Failed, failure, 0}, u"zzz"_s, -1, {});
    row("its change", StepChanged{State::Failed, {}, {}, {}}, u"zzz"_s, -1, {});
    row("its progress", StepProgress{test::progressOf(1, 2)}, u"zzz"_s, -1, {});
}

void TestSnapshot::applies()
{
    QFETCH(FactData, data);
    QFETCH(QString, step);
    QFETCH(int, line);
    QFETCH(QString, becomes);
    Snapshot state;
    state.put(beforehand());
    state.put(test::makeJob(u"other"_s));
    QStringList expected = shown(*state.find(u"j"_s));
    if (line >= 0)
        expected[line] = becomes;
    apply(state, eventOf(7, u"j"_s, step, data));
    QCOMPARE(shown(*state.find(u"j"_s)).join(u'\n'), expected.join(u'\n'));
    QCOMPARE(*state.find(u"other"_s), test::makeJob(u"other"_s));
    QCOMPARE(state.seq, 7u);
    QCOMPARE(state.epoch, u"e"_s);
    QCOMPARE(state.jobs().size(), 2u);
}

void TestSnapshot::unknownJobsChangeOnlyThePosition()
{
    test::Random random(2);
    Snapshot state;
    for (std::size_t type = 1; type < std::variant_size_v<FactData>; ++type) {
        apply(state, eventOf(type, u"nobody"_s, u"a"_s, test::randomData(random, type)));
        QCOMPARE(state.seq, type);
        QVERIFY(state.jobs().empty());
    }
}

void TestSnapshot::queuedAgainReplacesInPlace()
{
    Snapshot state;
    apply(state, eventOf(1, u"x"_s, {}, JobQueued{test::makeJob(u"x"_s)}));
    apply(state, eventOf(2, u"y"_s, {}, JobQueued{test::makeJob(u"y"_s)}));
    Job again = test::makeJob(u"x"_s, {u"new"_s});
    apply(state, eventOf(3, u"x"_s, {}, JobQueued{again}));
    QCOMPARE(state.jobs().size(), 2u);
    again.firstSeq = 3;
    QCOMPARE(*state.jobs()[0], again);
    QCOMPARE(state.find(u"x"_s), state.jobs()[0].get());
    QCOMPARE(state.find(u"y"_s)->firstSeq, 2u);
}

/// Who looks while a retry waits must know which attempt comes.
void TestSnapshot::retriesCount()
{
    Snapshot state;
    quint64 seq = 0;
    const auto say = [&](const QString &step, FactData data) { apply(state, eventOf(++seq, u"j"_s, step, std::move(data))); };
    const auto attempts = [&] {
        const Job &job = *state.find(u"j"_s);
        return u"%1 %2 %3"_s.arg(job.attempt).arg(job.steps[0].attempt).arg(job.steps[1].attempt);
    };
    const StepChanged queued{State::Queued, {}, {}, {}};
    JobChanged open;
    open.state = State::Queued;
    say({}, JobQueued{test::makeJob(u"j"_s, {u"a"_s, u"b"_s})});
    say({}, JobStarted{1});
    say(u"a"_s, StepStarted{1, {}});
    say(u"a"_s, StepFinished{1, State::Failed, {}, 0});
    say(u"a"_s, StepChanged{State::Queued, {}, 0, {}}); // by itself: its next start tells
    QCOMPARE(attempts(), u"1 1 1"_s);
    say(u"a"_s, StepStarted{2, {}});
    say(u"a"_s, StepFinished{2, State::Failed, {}, 0});
    say(u"b"_s, StepFinished{1, State::Skipped, {}, 0});
    say({}, JobFinished{1, State::Failed, {}, 0});
    QCOMPARE(attempts(), u"1 2 1"_s);
    say({}, open);
    say(u"a"_s, queued);
    say(u"b"_s, queued);
    QCOMPARE(attempts(), u"2 3 2"_s);
    say({}, open); // released after it was held, say
    say({}, JobStarted{2});
    say(u"a"_s, StepStarted{3, {}});
    QCOMPARE(attempts(), u"2 3 2"_s);
}

void TestSnapshot::everyEventIsTaken()
{
    test::Random random(3);
    Snapshot state;
    for (int i = 0; i < 3000; ++i)
        apply(state, test::randomEvent(random, static_cast<std::size_t>(test::randomBelow(random, 11))));
    for (const auto &job : state.jobs())
        QCOMPARE(state.find(job->id), job.get());
}

static QString idsOf(const Snapshot &state)
{
    QStringList ids;
    for (const auto &job : state.jobs())
        ids.append(job->id);
    return ids.join(u' ');
}

void TestSnapshot::keepsTheOrderOfAnnouncement()
{
    Snapshot state;
    for (const QString &id : {u"c"_s, u"a"_s, u"b"_s})
        state.put(test::makeJob(id));
    QCOMPARE(idsOf(state), u"c a b"_s);
    state.remove(u"a"_s);
    state.remove(u"nobody"_s);
    QCOMPARE(idsOf(state), u"c b"_s);
    QVERIFY(!state.find(u"a"_s));
    state.put(test::makeJob(u"a"_s));
    QCOMPARE(idsOf(state), u"c b a"_s);
}

void TestSnapshot::trims_data()
{
    QTest::addColumn<QString>("jobs"); // upper case for finished ones
    QTest::addColumn<int>("keep");
    QTest::addColumn<QString>("left");
    QTest::newRow("nothing to do") << u"A b C"_s << 2 << u"A b C"_s;
    QTest::newRow("the oldest go") << u"A b C d E"_s << 1 << u"b d E"_s;
    QTest::newRow("all finished ones") << u"A b C"_s << 0 << u"b"_s;
    QTest::newRow("live ones stay") << u"a b c"_s << 0 << u"a b c"_s;
    QTest::newRow("none") << u""_s << 0 << u""_s;
}

void TestSnapshot::trims()
{
    QFETCH(QString, jobs);
    QFETCH(int, keep);
    Snapshot state;
    const QStringList ids = jobs.split(u' ', Qt::SkipEmptyParts);
    for (const QString &id : ids) {
        Job job = test::makeJob(id);
        job.state = id[0].isUpper() ? State::Interrupted : State::Cancelling;
        state.put(job);
    }
    state.trimFinished(static_cast<std::size_t>(keep));
    QTEST(idsOf(state), "left");
    for (const QString &id : ids)
        QCOMPARE(state.find(id) != nullptr, idsOf(state).contains(id));
}

void TestSnapshot::copiesAreIndependent()
{
    Snapshot state;
    apply(state, eventOf(1, u"j"_s, {}, JobQueued{test::makeJob(u"j"_s)}));
    const Snapshot copy = state;
    Snapshot assigned;
    assigned.put(test::makeJob(u"gone"_s));
    assigned = state;
    apply(state, eventOf(2, u"j"_s, {}, JobStarted{1}));
    QVERIFY(copy.find(u"j"_s)->state == State::Queued);
    QVERIFY(assigned.find(u"j"_s)->state == State::Queued);
    QVERIFY(state.find(u"j"_s)->state == State::Running);
    QCOMPARE(idsOf(assigned), u"j"_s);
    QCOMPARE(assigned.seq, 1u);
}

QTEST_APPLESS_MAIN(TestSnapshot)
#include "tst_snapshot.moc"
