#include "core/hub/estimator.h"
#include "core/hub/residual.h"
#include "support/simulated_run.h"

#include <QtTest>

#include <list>
#include <map>
#include <numeric>

using namespace stepwire;
using namespace stepwire::test;
using namespace Qt::StringLiterals;

class TestEstimator : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rounded_data();
    void rounded();
    void roundedStaysNearTheBorder();
    void residualTime();
    void schedule_data();
    void schedule();
    void rates_data();
    void rates();
    void foretells_data();
    void foretells();
    void hiddenAtFirst();
    void hiddenAgainInTheNextAttempt();
    void pausesDoNotCount();
    void beyondTheExpected();
    void followsAnEarlyEnd();
    void estimatedBar();
    void estimatedBarIsNobodysCount();
    void learns_data();
    void learns();
    void queue_data();
    void queue();
    void longQueue();
    void keepsOnlyWhatRuns();
    void unknownUntilNow();
    void simulatedRuns_data();
    void simulatedRuns();
    void anyEvents();
};

namespace {

/// A job of the kind "k" and all that there is to know about it. Its steps are said as `b>a 3`: b needs a and took 3 s
/// before
/// (`?`: never seen; `=2`: the chosen weight).
class Scene
{
public:
    explicit Scene(const QString &steps)
    {
        Job job = makeJob(u"j"_s, {});
        job.history = u"k"_s;
        for (const QString &text : steps.split(u", "_s, Qt::SkipEmptyParts)) {
            const QStringList words = text.split(u' ');
            QStringList ids = words[0].split(u'>');
            Step step = makeStep(ids.takeFirst());
            step.needs = ids;
            step.ownWeight = words.size() > 2;
            if (step.ownWeight)
                step.weight = words[2].mid(1).toDouble();
            if (words[1] != u"?") {
                for (int run = 0; run < 5; ++run)
                    history.add({job.history, step.id, words[1].toLongLong() * 1000, 0});
            }
            job.steps.push_back(step);
        }
        tell({}, JobQueued{job});
    }

    void tell(const QString &step, FactData data)
    {
        Event event;
        event.seq = ++m_seq;
        event.time = now;
        event.job = u"j"_s;
        event.step = step;
        event.data = std::move(data);
        apply(state, event);
        if (auto duration = estimator.apply(event, state)) {
            learned.append(u"%1 %2"_s.arg(duration->step).arg(duration->ms));
            QCOMPARE(duration->kind, u"k"_s);
            QCOMPARE(duration->at, now);
        }
    }

    void tellState(State to, const QString &step = {})
    {
        if (step.isEmpty()) {
            JobChanged changed;
            changed.state = to;
            tell({}, changed);
        } else {
            StepChanged changed;
            changed.state = to;
            tell(step, changed);
        }
    }

    /// `+a` starts a step, `-a` ends it well, `!a` ends it badly, `a:30` reports 30 of 100, `~a:4` will be tried again
    /// in 4 s, a number lets seconds pass, `start`, `pause` and so on are the job's; `a.pause` a step's.
    void play(const QString &words)
    {
        for (const QString &word : words.split(u' ', Qt::SkipEmptyParts)) {
            bool number = false;
            const double seconds = word.toDouble(&number);
            static const std::map<QString, State> states = {
                {u"pause"_s, State::Paused},    {u"resume"_s, State::Running},        {u"hold"_s, State::Held},
                {u"pausing"_s, State::Pausing}, {u"cancelling"_s, State::Cancelling},
            };
            if (number) {
                for (double left = seconds; left > 0; left -= 1) {
                    now += static_cast<qint64>(1000 * std::min(left, 1.0));
                    static_cast<void>(eta());
                }
            } else if (word == u"start") {
                tell({}, JobStarted{++m_attempt});
            } else if (word == u"end") {
                tell({}, JobFinished{m_attempt, State::Succeeded, {}, now - m_begin});
            } else if (word == u"fail") {
                tell({}, JobFinished{m_attempt, State::Failed, {}, now - m_begin});
            } else if (const auto it = states.find(word.section(u'.', -1)); it != states.end()) {
                tellState(it->second, word.contains(u'.') ? word.section(u'.', 0, 0) : QString());
            } else if (word.startsWith(u'+')) {
                const QString id = word.mid(1);
                m_started[id] = now;
                tell(id, StepStarted{++m_attempts[id], {}});
            } else if (word.startsWith(u'-') || word.startsWith(u'!')) {
                const QString id = word.mid(1);
                tell(id,
                     StepFinished{m_attempts[id],
                                  word.startsWith(u'-') ? State::Succeeded : State::Failed,
                                  {},
                                  now - m_started[id]});
            } else if (word.startsWith(u'~')) {
                StepChanged changed;
                changed.retryInMs = word.section(u':', 1).toLongLong() * 1000;
                tell(word.mid(1).section(u':', 0, 0), changed);
            } else {
                const QString id = word.section(u':', 0, 0);
                tell(id, StepProgress{progressOf(word.section(u':', 1).toDouble(), 100, m_attempts[id])});
            }
        }
    }

    [[nodiscard]] const Job &job() const { return *state.find(u"j"_s); }
    [[nodiscard]] std::optional<qint64> eta() { return estimator.etaMs(job(), parallel, now); }
    [[nodiscard]] QString etaText()
    {
        const auto got = eta();
        return got ? QString::number(static_cast<double>(*got) / 1000, 'f', 1) : u"none"_s;
    }
    [[nodiscard]] std::optional<double> bar(const QString &step)
    {
        return estimator.estimatedProgress(job(), *job().findStep(step), now);
    }

    History history;
    Estimator estimator{history};
    Snapshot state;
    UnixMs now = 1'000'000;
    int parallel = 0;
    QStringList learned;

private:
    quint64 m_seq = 0;
    UnixMs m_begin = now;
    int m_attempt = 0;
    std::map<QString, int> m_attempts;
    std::map<QString, UnixMs> m_started;
};

} // namespace

void TestEstimator::rounded_data()
{
    QTest::addColumn<qint64>("ms");
    QTest::addColumn<qint64>("seconds");
    const auto row = [](qint64 ms, qint64 seconds) { QTest::addRow("%lld", ms) << ms << seconds; };
    row(-50, 5);
    row(0, 5);
    row(7400, 5);
    row(7500, 10);
    row(57'400, 55);
    row(58'000, 60);
    row(74'000, 60);
    row(76'000, 90);
    row(599'000, 600);
    row(629'000, 600);
    row(640'000, 660);
    row(3'599'000, 3600);
    row(3'700'000, 3600);
    row(3'800'000, 3900);
}

void TestEstimator::rounded()
{
    QFETCH(qint64, ms);
    QFETCH(qint64, seconds);
    QCOMPARE(roundedEta(ms), seconds * 1000);
}

void TestEstimator::roundedStaysNearTheBorder()
{
    QCOMPARE(roundedEta(12'400, 15'000), 15'000);
    QCOMPARE(roundedEta(12'600, 10'000), 10'000);
    QCOMPARE(roundedEta(11'200, 15'000), 10'000);
    QCOMPARE(roundedEta(60'500, 60'000), 60'000);
    QCOMPARE(roundedEta(90'000, 60'000), 90'000);
    QCOMPARE(roundedEta(1000, 0), 5000);
}

void TestEstimator::residualTime()
{
    QCOMPARE(residual(0, 0.2, 5), 0.0);
    for (const double spread : {0.0, 0.05, 0.3, 2.0}) {
        QCOMPARE(residual(100, spread, 0), 100.0);
        double last = 100;
        for (double passed = 1; passed < 1e6; passed *= 1.1) {
            const double left = residual(100, spread, passed);
            QVERIFY(left > 0 && std::isfinite(left));
            QVERIFY(left >= 100 - passed - 1e-6);
            if (passed > 300)
                QVERIFY(left >= last);
            last = left;
        }
    }
}

void TestEstimator::schedule_data()
{
    QTest::addColumn<QString>("steps");
    QTest::addColumn<int>("parallel");
    QTest::addColumn<double>("expected");
    QTest::newRow("none") << QString() << 0 << 0.0;
    QTest::newRow("chain") << u"a 1, b>a 2, c>b 3"_s << 0 << 6.0;
    QTest::newRow("longest branch") << u"a 1, b>a 9, c>a 2, d>b>c 1"_s << 0 << 11.0;
    QTest::newRow("two places") << u"a 3, b 3, c 3"_s << 2 << 6.0;
    QTest::newRow("in order, not shortest first") << u"a 1, b 1, c 5"_s << 2 << 6.0;
    QTest::newRow("one place") << u"a 3, b 3, c 3"_s << 1 << 9.0;
    QTest::newRow("unknown need") << u"a>z 3"_s << 1 << 3.0;
    QTest::newRow("in a circle") << u"a>b 3, b>a 1, c 2"_s << 1 << 2.0;
}

void TestEstimator::schedule()
{
    QFETCH(QString, steps);
    QFETCH(int, parallel);
    Job job = makeJob(u"j"_s, {});
    std::vector<Schedule::Work> work;
    for (const QString &text : steps.split(u", "_s, Qt::SkipEmptyParts)) {
        QStringList ids = text.section(u' ', 0, 0).split(u'>');
        job.steps.push_back(makeStep(ids.takeFirst()));
        job.steps.back().needs = ids;
        work.push_back({Schedule::Work::Waiting, text.section(u' ', 1).toDouble()});
    }
    std::vector<double> shares;
    const double got = Schedule(job).makespan(work, parallel, &shares);
    QTEST(got, "expected");
    QVERIFY(std::abs(std::accumulate(shares.begin(), shares.end(), 0.0) - got) < 1e-9);
}

void TestEstimator::rates_data()
{
    // `3 40/100`: after 3 s 40 of 100; `3 40/100 x`: of the phase x; `3 %40`: a fraction only.
    QTest::addColumn<QString>("reports");
    QTest::addColumn<double>("at");
    QTest::addColumn<double>("expected"); // s; below 0: none
    QTest::newRow("nothing") << QString() << 9.0 << -1.0;
    QTest::newRow("first report") << u"3 30/100"_s << 3.0 << -1.0;
    QTest::newRow("second report") << u"0 0/100, 3 30/100"_s << 3.0 << -1.0;
    QTest::newRow("even") << u"0 0/100, 2 20/100, 4 40/100"_s << 4.0 << 6.0;
    QTest::newRow("between reports") << u"0 0/100, 2 20/100, 4 40/100"_s << 5.0 << 5.0;
    QTest::newRow("fraction") << u"0 %0, 2 %20, 4 %40"_s << 4.0 << 6.0;
    QTest::newRow("too early") << u"0 0/100, 0.5 20/100, 1 40/100"_s << 1.0 << -1.0;
    QTest::newRow("begins above zero") << u"0 60/100, 2 70/100, 4 80/100"_s << 4.0 << 4.0;
    QTest::newRow("first heard late") << u"9 60/100, 11 70/100, 13 80/100"_s << 13.0 << 4.0;
    QTest::newRow("total grows") << u"0 0/40, 2 20/40, 4 40/100"_s << 4.0 << 6.0;
    QTest::newRow("total shrinks") << u"0 0/100, 2 20/100, 4 40/60"_s << 4.0 << -1.0;
    QTest::newRow("falls back") << u"0 0/100, 2 20/100, 4 40/100, 6 10/100"_s << 6.0 << -1.0;
    QTest::newRow("falls back and goes on") << u"0 0/100, 2 50/100, 4 10/100, 6 20/100, 8 30/100"_s << 8.0 << 14.0;
    QTest::newRow("another phase") << u"0 0/100 x, 2 50/100 x, 4 100/100 x, 4 0/10 y"_s << 5.0 << -1.0;
    QTest::newRow("in the other phase") << u"0 0/100 x, 2 50/100 x, 4 0/10 y, 6 1/10 y, 8 2/10 y"_s << 8.0 << 16.0;
    QTest::newRow("quiet") << u"0 0/100, 2 20/100, 4 40/100"_s << 60.0 << -1.0;
    QTest::newRow("alive but stuck") << u"0 0/100, 2 20/100, 4 40/100, 30 40/100, 50 40/100"_s << 60.0 << -1.0;
    QTest::newRow("no total") << u"0 0/0, 2 20/0, 4 40/0"_s << 4.0 << -1.0;
}

void TestEstimator::rates()
{
    QFETCH(QString, reports);
    QFETCH(double, at);
    QFETCH(double, expected);
    Rate rate;
    for (const QString &text : reports.split(u", "_s, Qt::SkipEmptyParts)) {
        const QStringList words = text.split(u' ');
        Progress progress;
        if (words[1].startsWith(u'%')) {
            progress.fraction = words[1].mid(1).toDouble() / 100;
        } else if (words.size() > 2) {
            progress.phases.push_back(
                {words[2], {}, words[1].section(u'/', 0, 0).toDouble(), words[1].section(u'/', 1).toDouble(), {}});
        } else {
            progress = progressOf(words[1].section(u'/', 0, 0).toDouble(), words[1].section(u'/', 1).toDouble());
        }
        rate.report(static_cast<qint64>(words[0].toDouble() * 1000), progress);
    }
    const auto got = rate.remaining(static_cast<qint64>(at * 1000));
    QCOMPARE(got.has_value(), expected >= 0);
    if (got)
        QVERIFY2(std::abs(*got / 1000 - expected) < 0.05, QByteArray::number(*got).constData());
}

void TestEstimator::foretells_data()
{
    QTest::addColumn<QString>("steps");
    QTest::addColumn<int>("parallel");
    QTest::addColumn<QString>("played");
    QTest::addColumn<double>("least"); // s; both below 0: none
    QTest::addColumn<double>("most");
    const auto row = [](const char *name, const QString &steps, int parallel, const QString &played, double least,
                        double most) { QTest::newRow(name) << steps << parallel << played << least << most; };
    row("chain", u"a 20, b>a 10"_s, 0, u"start +a 10"_s, 19.5, 20.5);
    row("nothing known", u"a ?, b>a ?"_s, 0, u"start +a 10"_s, -1, -1);
    row("one to come unknown", u"a 20, b>a ?"_s, 0, u"start +a 10"_s, -1, -1);
    row("one that is over unknown", u"a ?, b>a 20"_s, 0, u"start +a 10 -a +b 4"_s, 15.5, 16.5);
    row("unknown but chosen to be little", u"a 20 =40, b>a ? =1"_s, 0, u"start +a 10"_s, 10, 11);
    row("unknown and chosen to be much", u"a 20 =40, b>a ? =10"_s, 0, u"start +a 10"_s, -1, -1);
    row("unknown and little by default", u"a 20 =40, b>a ?"_s, 0, u"start +a 10"_s, -1, -1);
    row("longest branch", u"a 20, b 60, c>a>b 5"_s, 0, u"start +a +b 10"_s, 54, 56);
    row("two places", u"a 20, b 20, c 20"_s, 2, u"start +a +b 10"_s, 29, 31);
    row("one unknown step that counts", u"a ?"_s, 0, u"start +a 1 a:0 2 a:10 2 a:20 2 a:30 2 a:40"_s, 11.5, 12.5);
    row("and is quiet", u"a ?"_s, 0, u"start +a 1 a:0 2 a:10 2 a:20 2 a:30 2 a:40 60"_s, -1, -1);
    row("known, counts and is quiet", u"a 100"_s, 0, u"start +a 1 a:0 2 a:10 2 a:20 2 a:30 2 a:40 60"_s, 25, 50);
    row("counts another pace", u"a 100"_s, 0,
        u"start +a 1 a:0 2 a:10 2 a:20 2 a:30 2 a:40 2 a:50 2 a:60 2 a:70 2 a:80"_s, 4, 22);
    row("paused", u"a 20"_s, 0, u"start +a 10 pause 3"_s, -1, -1);
    row("pausing", u"a 20"_s, 0, u"start +a 10 pausing 3"_s, -1, -1);
    row("cancelling", u"a 20"_s, 0, u"start +a 10 cancelling 1"_s, -1, -1);
    row("a step paused", u"a 20, b 20"_s, 0, u"start +a +b 10 a.pause 1"_s, -1, -1);
    row("to be tried again", u"a 20"_s, 0, u"start +a 10 !a ~a:6 8"_s, 17, 22);
    row("tried again", u"a 20"_s, 0, u"start +a 10 !a ~a:6 6 +a 9"_s, 10, 12);
    row("all steps over", u"a 20"_s, 0, u"start +a 20 -a 5"_s, 0, 1);
    row("slower this time", u"a 20, b>a 20"_s, 0, u"start +a 36 -a +b 9"_s, 13, 24);
}

void TestEstimator::foretells()
{
    QFETCH(QString, steps);
    QFETCH(int, parallel);
    QFETCH(QString, played);
    QFETCH(double, least);
    QFETCH(double, most);
    Scene scene(steps);
    scene.parallel = parallel;
    scene.play(played);
    const auto eta = scene.eta();
    QCOMPARE(eta.has_value(), most >= 0);
    if (eta) {
        const double seconds = static_cast<double>(*eta) / 1000;
        QVERIFY2(seconds >= least && seconds <= most, QByteArray::number(seconds).constData());
    }
}

void TestEstimator::hiddenAtFirst()
{
    Scene scene(u"a 60"_s);
    QCOMPARE(scene.etaText(), u"none"_s);
    scene.play(u"start +a 4.9"_s);
    QCOMPARE(scene.etaText(), u"none"_s);
    scene.play(u"pause 60 resume"_s);
    QCOMPARE(scene.etaText(), u"none"_s);
    scene.play(u"0.1"_s);
    QCOMPARE(scene.etaText(), u"55.0"_s);
}

void TestEstimator::hiddenAgainInTheNextAttempt()
{
    Scene scene(u"a 60"_s);
    scene.play(u"start +a 30 !a fail 100 start +a 4"_s);
    QCOMPARE(scene.etaText(), u"none"_s);
    scene.play(u"2"_s);
    QCOMPARE(scene.etaText(), u"54.0"_s);
}

void TestEstimator::pausesDoNotCount()
{
    Scene scene(u"a 60, b>a 10"_s);
    scene.play(u"start +a 20"_s);
    const QString before = scene.etaText();
    scene.play(u"a.pause pause 500 resume a.resume"_s);
    QCOMPARE(scene.etaText(), before);
}

void TestEstimator::beyondTheExpected()
{
    Scene scene(u"a 20"_s);
    scene.play(u"start +a 20"_s);
    bool vanished = false;
    for (int second = 0; second < 200; ++second) {
        scene.play(u"1"_s);
        const auto eta = scene.eta();
        if (eta)
            QVERIFY(*eta > 0 && *eta < 20'000 && !vanished);
        else
            vanished = true;
    }
    QVERIFY(vanished);
}

void TestEstimator::followsAnEarlyEnd()
{
    Scene scene(u"a 600, b>a 10"_s);
    scene.play(u"start +a 10"_s);
    QVERIFY(scene.eta().value() > 590'000);
    scene.play(u"-a +b 4"_s);
    QVERIFY(scene.eta().value() < 30'000);
}

void TestEstimator::estimatedBar()
{
    Scene scene(u"a 10, b ?"_s);
    scene.play(u"start +a +b 5"_s);
    QCOMPARE(scene.bar(u"a"_s).value(), 0.45);
    QVERIFY(!scene.bar(u"b"_s));
    scene.play(u"pause 100 resume"_s);
    QCOMPARE(scene.bar(u"a"_s).value(), 0.45);
    double last = 0.45;
    for (int second = 0; second < 1000; ++second) {
        scene.play(u"1"_s);
        const double bar = scene.bar(u"a"_s).value();
        QVERIFY(bar >= last && bar < 1);
        last = bar;
    }
    QVERIFY(last > 0.95);
    // Learning in the meantime that it takes longer does not pull it back.
    for (int run = 0; run < 20; ++run)
        scene.history.add({u"k"_s, u"a"_s, 5'000'000, 0});
    QCOMPARE(scene.bar(u"a"_s).value(), last);
    scene.play(u"!a ~a:1 1 +a 1"_s);
    QVERIFY(scene.bar(u"a"_s).value() < 0.1);
    scene.play(u"a:30"_s);
    QVERIFY(!scene.bar(u"a"_s));
}

void TestEstimator::estimatedBarIsNobodysCount()
{
    // The hub says the estimate as progress of the step; it must not come back as ground.
    Scene scene(u"a ?"_s);
    scene.play(u"start +a"_s);
    scene.tell(u"a"_s, StepChanged{{}, {}, {}, true});
    scene.play(u"1 a:10 1 a:20 1 a:30 1 a:40 1 a:50 1"_s);
    QCOMPARE(scene.etaText(), u"none"_s);
    scene.history.add({u"k"_s, u"a"_s, 20'000, 0});
    QVERIFY(scene.bar(u"a"_s).has_value());
}

void TestEstimator::learns_data()
{
    QTest::addColumn<QString>("played");
    QTest::addColumn<QString>("expected");
    QTest::newRow("whole run") << u"start +a 3 -a +b 4 -b end"_s << u"a 3000, b 4000,  7000"_s;
    QTest::newRow("a failure") << u"start +a 3 -a +b 4 !b fail"_s << u"a 3000"_s;
    QTest::newRow("paused job") << u"start +a 3 pause 100 resume 1 -a +b 4 -b end"_s << u"a 4000, b 4000,  8000"_s;
    QTest::newRow("paused step") << u"start +a 3 a.pause 50 a.resume 1 -a +b 4 -b end"_s << u"a 4000, b 4000,  58000"_s;
    QTest::newRow("both paused") << u"start +a 3 pause a.pause 50 a.resume resume 1 -a +b 4 -b end"_s
                                 << u"a 4000, b 4000,  8000"_s;
    QTest::newRow("last attempt of a step") << u"start +a 3 !a ~a:2 2 +a 5 -a +b 4 -b end"_s << u"a 5000, b 4000"_s;
    QTest::newRow("next attempt of the job")
        << u"start +a 3 -a +b 4 !b fail 9 start +b 6 -b end"_s << u"a 3000, b 6000"_s;
    QTest::newRow("skipped") << u"start +a 3 -a -b end"_s << u"a 3000,  3000"_s;
}

void TestEstimator::learns()
{
    QFETCH(QString, played);
    Scene scene(u"a ?, b>a ?"_s);
    scene.play(played);
    QTEST(scene.learned.join(u", "_s), "expected");
    QCOMPARE(scene.estimator.jobs(), 0u);
}

void TestEstimator::queue_data()
{
    // Jobs by kind: each takes as many seconds as its kind's name says, `x` is unknown, `h` held, `p` paused.
    QTest::addColumn<QString>("running");
    QTest::addColumn<QString>("waiting");
    QTest::addColumn<int>("limit");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const QString &running, const QString &waiting, int limit,
                        const QString &expected) { QTest::newRow(name) << running << waiting << limit << expected; };
    row("empty", {}, {}, 1, u"all 0"_s);
    row("one after the other", u"10"_s, u"20 30"_s, 1, u"30 60 all 60"_s);
    row("nothing runs", {}, u"20 30"_s, 1, u"20 50 all 50"_s);
    row("two places", u"10 40"_s, u"20 30 5"_s, 2, u"30 60 45 all 60"_s);
    row("no limit", u"10"_s, u"20 30"_s, 0, u"20 30 all 30"_s);
    row("more running than may", u"10 20 30"_s, u"5"_s, 1, u"35 all 35"_s);
    row("unknown ahead", u"10"_s, u"20 x 30"_s, 1, u"30 - - all -"_s);
    row("unknown running", u"x"_s, u"20"_s, 1, u"- all -"_s);
    row("unknown without limit", {}, u"20 x 30"_s, 0, u"20 - 30 all -"_s);
    row("held is passed over", u"10"_s, u"h 20"_s, 1, u"- 30 all 30"_s);
    row("paused keeps its place", u"p"_s, u"20"_s, 1, u"- all -"_s);
    row("paused beside another", u"p 10"_s, u"20 30"_s, 2, u"30 60 all 60"_s);
}

void TestEstimator::queue()
{
    QFETCH(QString, running);
    QFETCH(QString, waiting);
    QFETCH(int, limit);
    History history;
    Estimator estimator(history);
    std::list<Job> jobs;
    const auto jobsOf = [&](const QString &text, State state) {
        std::vector<Estimator::Run> runs;
        for (const QString &kind : text.split(u' ', Qt::SkipEmptyParts)) {
            Job job = makeJob(u"j%1"_s.arg(jobs.size()));
            job.state = kind == u"h" ? State::Held : kind == u"p" ? State::Paused : state;
            job.history = kind;
            if (state == State::Running) {
                job.steps[0].state = State::Running;
                job.started = job.steps[0].started = 5000;
            }
            if (const qint64 ms = kind.toLongLong() * 1000; ms > 0 && jobs.size() % 2 == 0)
                history.add({kind, {}, ms, 0});
            if (const qint64 ms = kind.toLongLong() * 1000; ms > 0)
                history.add({kind, u"a"_s, ms, 0});
            jobs.push_back(job);
            runs.push_back({&jobs.back(), 1});
        }
        return runs;
    };
    const auto runningJobs = jobsOf(running, State::Running);
    const auto waitingJobs = jobsOf(waiting, State::Queued);
    for (int again = 0; again < 2; ++again) {
        const auto forecast = estimator.queueEta({runningJobs, waitingJobs, limit}, 5000);
        QStringList got;
        const auto text = [](std::optional<qint64> ms) { return ms ? QString::number(*ms / 1000) : u"-"_s; };
        for (const auto &ms : forecast.waiting)
            got.append(text(ms));
        got.append({u"all"_s, text(forecast.all)});
        QTEST(got.join(u' '), "expected");
    }
    QCOMPARE(estimator.jobs(),
             static_cast<std::size_t>(std::count_if(runningJobs.begin(), runningJobs.end(),
                                                    [](auto &run) { return run.job->state == State::Running; })));
}

void TestEstimator::longQueue()
{
    History history;
    Estimator estimator(history);
    std::vector<Job> jobs;
    for (int i = 0; i < 1000; ++i) {
        jobs.push_back(makeJob(QString::number(i), {u"a"_s, u"b"_s}));
        jobs.back().history = QString::number(i % 7);
        history.add({jobs.back().history, u"a"_s, 1000, 0});
        history.add({jobs.back().history, u"b"_s, 3000, 0});
    }
    std::vector<Estimator::Run> waiting;
    for (const Job &job : jobs)
        waiting.push_back({&job, 1});
    const auto forecast = estimator.queueEta({{}, waiting, 4}, 0);
    QCOMPARE(forecast.waiting[0].value(), 4000);
    QCOMPARE(forecast.waiting[999].value(), 1'000'000);
    QCOMPARE(forecast.all.value(), 1'000'000);
    QCOMPARE(estimator.jobs(), 0u);
    // What is learned is seen at the next look.
    for (int run = 0; run < 20; ++run)
        history.add({u"0"_s, u"a"_s, 2000, 0});
    QCOMPARE(estimator.queueEta({{}, waiting, 4}, 0).waiting[0].value(), 5000);
}

void TestEstimator::keepsOnlyWhatRuns()
{
    Scene scene(u"a 10"_s);
    QCOMPARE(scene.estimator.jobs(), 0u);
    scene.play(u"start +a 3"_s);
    QCOMPARE(scene.estimator.jobs(), 1u);
    scene.estimator.forget(u"j"_s);
    QCOMPARE(scene.estimator.jobs(), 0u);
    scene.play(u"+a 1 -a end"_s);
    QCOMPARE(scene.estimator.jobs(), 0u);
    scene.play(u"10"_s);
    QCOMPARE(scene.estimator.jobs(), 0u);
}

void TestEstimator::unknownUntilNow()
{
    // The hub was started again and the job went on: it began 30 s ago, but who knows how often it was paused.
    Scene scene(u"a 60"_s);
    scene.play(u"start +a 30"_s);
    Estimator fresh(scene.history);
    QCOMPARE(fresh.etaMs(scene.job(), 0, scene.now).value() / 100, 300);
    Event event;
    event.job = u"j"_s;
    event.step = u"a"_s;
    event.time = scene.now;
    event.data = StepFinished{1, State::Succeeded, {}, 30'000};
    apply(scene.state, event);
    QVERIFY(!fresh.apply(event, scene.state));
}

void TestEstimator::simulatedRuns_data()
{
    QTest::addColumn<int>("noise");
    QTest::addColumn<double>("spread");
    QTest::addColumn<bool>("count");
    QTest::newRow("normal") << 0 << 0.1 << false;
    QTest::newRow("log-normal") << 1 << 0.4 << false;
    QTest::newRow("heavy tail") << 2 << 0.5 << false;
    QTest::newRow("normal, counted") << 0 << 0.1 << true;
    QTest::newRow("log-normal, counted") << 1 << 0.4 << true;
    QTest::newRow("heavy tail, counted") << 2 << 0.5 << true;
}

void TestEstimator::simulatedRuns()
{
    QFETCH(int, noise);
    QFETCH(double, spread);
    QFETCH(bool, count);
    Random random(static_cast<quint32>(noise * 2 + (count ? 1 : 0) + 77));
    const auto factor = [&] {
        switch (noise) {
        case 0: return std::max(0.05, std::normal_distribution<double>(1, spread)(random));
        case 1: return std::lognormal_distribution<double>(0, spread)(random);
        default: return 0.9 * std::pow(1 - std::uniform_real_distribution<double>(0, 0.999)(random), -spread);
        }
    };
    for (int plan = 0; plan < 25; ++plan) {
        SimulatedRun mean;
        mean.kind = u"k"_s;
        mean.parallel = static_cast<int>(randomBelow(random, 4));
        const qsizetype steps = 1 + randomBelow(random, 8);
        for (qsizetype i = 0; i < steps; ++i) {
            SimulatedStep step{QString::number(i), {}, 500 + randomBelow(random, 40'000)};
            if (count) {
                step.tells = static_cast<Tells>(randomBelow(random, 4));
                step.doneBefore = chance(random, 4) ? 0.6 : 0;
            }
            for (qsizetype j = 0; j < i; ++j) {
                if (chance(random, 2))
                    step.needs.append(QString::number(j));
            }
            mean.steps.push_back(step);
        }
        History history;
        for (int number = 0; number < 4; ++number) {
            SimulatedRun run = mean;
            for (SimulatedStep &step : run.steps)
                step.ms = static_cast<qint64>(static_cast<double>(step.ms) * factor());
            if (chance(random, 2))
                run.pauses = {{7000, 7000 + randomBelow(random, 30'000)}};
            Simulation simulation;
            Estimator estimator(history);
            std::vector<Duration> learned;
            std::map<QString, double> bars;
            std::optional<qint64> last;
            bool said = false;
            QString fault;
            const auto check = [&](bool fine, const QString &what) {
                if (!fine && fault.isEmpty())
                    fault = what;
            };
            const qint64 whole = simulation.play(
                run, jobOf(run),
                [&](const Event &event, const Snapshot &state) {
                    if (auto duration = estimator.apply(event, state))
                        learned.push_back(std::move(*duration));
                },
                [&](const Job &job, qint64 ran) {
                    const auto eta = estimator.etaMs(job, run.parallel, simulation.now);
                    said = said || eta;
                    if (eta) {
                        check(*eta >= 0 && *eta < 3'600'000, u"a sensible time"_s);
                        check(ran >= 5000, u"not in the first seconds"_s);
                        check(job.state == State::Running, u"not while it is paused"_s);
                        check(number > 0 || count, u"not without ground"_s);
                    }
                    // From one second to the next it moves with the clock and by no more than a share, unless there is
                    // news.
                    const bool news = std::any_of(job.steps.begin(), job.steps.end(), [&](const Step &step) {
                        return step.finished && simulation.now - *step.finished < 3000;
                    });
                    if (eta && last && !news) {
                        const qint64 jump = std::abs(*eta - std::max<qint64>(*last - 1000, 0));
                        check(jump <= 1001 + *last / 4, u"smooth: %1 after %2"_s.arg(*eta).arg(*last));
                    }
                    last = eta;
                    for (const Step &step : job.steps) {
                        const auto bar = estimator.estimatedProgress(job, step, simulation.now);
                        if (!bar)
                            continue;
                        check(number > 0 && step.state == State::Running, u"a bar for what runs and is known"_s);
                        check(*bar >= bars[step.id] && *bar < 1, u"a bar that rises"_s);
                        bars[step.id] = *bar;
                    }
                });
            QVERIFY2(fault.isEmpty(), qPrintable(u"plan %1 run %2: %3"_s.arg(plan).arg(number).arg(fault)));
            QCOMPARE(estimator.jobs(), 0u);
            if (number == 0 && !count)
                QVERIFY(!said);
            if (number > 0 && whole > 8000 && !count && noise == 0)
                QVERIFY(said);
            // Exactly what each step took comes back, without the pauses.
            QCOMPARE(learned.size(), run.steps.size() + 1);
            for (const Duration &duration : learned) {
                const auto step = std::find_if(run.steps.begin(), run.steps.end(),
                                               [&](const SimulatedStep &one) { return one.id == duration.step; });
                const qint64 took = step == run.steps.end() ? whole : step->ms;
                QVERIFY2(std::abs(duration.ms - took) <= Simulation::tickMs,
                         qPrintable(u"%1: %2 for %3"_s.arg(duration.step).arg(duration.ms).arg(took)));
                history.add(duration);
            }
        }
    }
}

void TestEstimator::anyEvents()
{
    // Nonsense in any order, as a broken source or another version may say it, leaves sense or nothing.
    Random random(8);
    History history;
    for (const QString &step : {u"a"_s, u"B-9"_s, QString()})
        history.add({u"k"_s, step, 5000, 0});
    Estimator estimator(history);
    Snapshot state;
    for (int i = 0; i < 20'000; ++i) {
        Event event = randomEvent(random, static_cast<std::size_t>(randomBelow(random, 9)));
        if (auto *queued = std::get_if<JobQueued>(&event.data)) {
            queued->edit().history = u"k"_s;
            event.job = queued->job.id;
        }
        apply(state, event);
        if (const auto duration = estimator.apply(event, state))
            QVERIFY(duration->ms >= 0);
        std::vector<Estimator::Run> running;
        std::vector<Estimator::Run> waiting;
        for (const auto &job : state.jobs()) {
            const UnixMs now = randomTime(random);
            if (const auto eta = estimator.etaMs(*job, 2, now))
                QVERIFY(*eta >= 0 && roundedEta(*eta) > 0);
            for (const Step &step : job->steps) {
                if (const auto bar = estimator.estimatedProgress(*job, step, now))
                    QVERIFY(*bar >= 0 && *bar < 1);
            }
            (isFinal(job->state) || job->state == State::Queued ? waiting : running).push_back({job.get(), 2});
        }
        for (const auto &ms : estimator.queueEta({running, waiting, 1}, randomTime(random)).waiting)
            QVERIFY(!ms || *ms >= 0);
        QVERIFY(estimator.jobs() <= state.jobs().size());
    }
}

QTEST_GUILESS_MAIN(TestEstimator)
#include "tst_estimator.moc"
