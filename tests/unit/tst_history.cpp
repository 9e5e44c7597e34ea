#include "core/hub/history.h"
#include "support/samples.h"

#include <QtTest>

using namespace stepwire;
using namespace stepwire::test;
using namespace Qt::StringLiterals;

class TestHistory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void expectations_data();
    void expectations();
    void passesOver();
    void keepsKindsAndStepsApart();
    void forgetsTheKindUnusedForLongest();
    void forgetsTheStepUnusedForLongest();
    void boundsAllSteps();
    void medianIsWithinItsRange();
    void weights_data();
    void weights();
    void weightsMoveEvenly();
};

static void addAll(History &history, const QString &kind, const QString &step, const QList<qint64> &durations)
{
    for (const qint64 ms : durations)
        history.add({kind, step, ms, 0});
}

static QList<qint64> times(int count, qint64 ms)
{
    return QList<qint64>(count, ms);
}

void TestHistory::expectations_data()
{
    QTest::addColumn<QList<qint64>>("durations");
    QTest::addColumn<qint64>("median");
    QTest::addColumn<qint64>("low");
    QTest::addColumn<qint64>("high");
    QTest::addColumn<int>("runs");
    QTest::newRow("one") << QList<qint64>{700} << qint64(700) << qint64(700) << qint64(700) << 1;
    QTest::newRow("nothing done") << QList<qint64>{0, 0} << qint64(0) << qint64(0) << qint64(0) << 2;
    QTest::newRow("always the same") << times(9, 50) << qint64(50) << qint64(50) << qint64(50) << 9;
    QTest::newRow("one that hung") << times(4, 100) + times(1, 100'000) + times(4, 100) << qint64(100) << qint64(100)
                                   << qint64(100) << 9;
    QTest::newRow("the newest hung") << times(6, 100) + times(1, 100'000) << qint64(100) << qint64(100)
                                     << qint64(50'913) << 7;
    QTest::newRow("only the newest twenty")
        << times(30, 900) + times(20, 100) << qint64(100) << qint64(100) << qint64(100) << 20;
    QTest::newRow("changed for good") << times(16, 100) + times(6, 200) << qint64(200) << qint64(100) << qint64(200)
                                      << 20;
}

void TestHistory::expectations()
{
    QFETCH(QList<qint64>, durations);
    History history;
    addAll(history, u"k"_s, u"s"_s, durations);
    const auto expectation = history.expected(u"k"_s, u"s"_s);
    QVERIFY(expectation);
    QTEST(expectation->medianMs, "median");
    QTEST(expectation->lowMs, "low");
    QTEST(expectation->highMs, "high");
    QTEST(expectation->runs, "runs");
}

void TestHistory::passesOver()
{
    History history;
    history.add({{}, u"s"_s, 5, 0});
    history.add({u"k"_s, u"s"_s, -1, 0});
    QCOMPARE(history.kinds(), 0u);
    QVERIFY(!history.expected({}, u"s"_s));
    QVERIFY(!history.expected(u"k"_s, u"s"_s));
}

void TestHistory::keepsKindsAndStepsApart()
{
    History history;
    history.add({u"k"_s, u"s"_s, 1, 0});
    history.add({u"k"_s, {}, 2, 0});
    history.add({u"l"_s, u"s"_s, 3, 0});
    QCOMPARE(history.expected(u"k"_s, u"s"_s)->medianMs, 1);
    QCOMPARE(history.expected(u"k"_s, {})->medianMs, 2);
    QCOMPARE(history.expected(u"l"_s, u"s"_s)->medianMs, 3);
    QVERIFY(!history.expected(u"l"_s, {}));
    QCOMPARE(history.kinds(), 2u);
    QCOMPARE(history.steps(), 3u);
    QVERIFY(history.revision(u"l"_s) > history.revision(u"k"_s));
    QCOMPARE(history.revision(u"m"_s), 0u);
}

void TestHistory::forgetsTheKindUnusedForLongest()
{
    History history({3, 10, 100});
    for (const QString &kind : {u"a"_s, u"b"_s, u"c"_s, u"a"_s, u"d"_s})
        history.add({kind, u"s"_s, 1, 0});
    QCOMPARE(history.kinds(), 3u);
    QCOMPARE(history.steps(), 3u);
    QVERIFY(history.expected(u"a"_s, u"s"_s));
    QVERIFY(!history.expected(u"b"_s, u"s"_s));
}

void TestHistory::forgetsTheStepUnusedForLongest()
{
    History history({3, 2, 100});
    for (const QString &step : {u"a"_s, u"b"_s, u"a"_s, u"c"_s})
        history.add({u"k"_s, step, 1, 0});
    QCOMPARE(history.steps(), 2u);
    QVERIFY(history.expected(u"k"_s, u"a"_s));
    QVERIFY(!history.expected(u"k"_s, u"b"_s));
}

void TestHistory::boundsAllSteps()
{
    History history({1000, 8, 20});
    Random random(3);
    for (int i = 0; i < 5000; ++i) {
        history.add({QString::number(randomBelow(random, 40)), QString::number(randomBelow(random, 12)), i, 0});
        QVERIFY(history.steps() <= 20);
    }
    std::size_t held = 0;
    for (int kind = 0; kind < 40; ++kind) {
        for (int step = 0; step < 12; ++step)
            held += history.expected(QString::number(kind), QString::number(step)) ? 1 : 0;
    }
    QCOMPARE(held, history.steps());
}

void TestHistory::medianIsWithinItsRange()
{
    Random random(4);
    for (int i = 0; i < 300; ++i) {
        History history;
        qint64 least = std::numeric_limits<qint64>::max();
        qint64 most = 0;
        for (qsizetype runs = 1 + randomBelow(random, 20); runs > 0; --runs) {
            const auto ms = static_cast<qint64>(std::lognormal_distribution<double>(9, 2)(random));
            least = std::min(least, ms);
            most = std::max(most, ms);
            history.add({u"k"_s, {}, ms, 0});
        }
        const Expectation got = *history.expected(u"k"_s, {});
        QVERIFY(least <= got.lowMs && got.lowMs <= got.medianMs);
        QVERIFY(got.medianMs <= got.highMs && got.highMs <= most);
    }
}

void TestHistory::weights_data()
{
    // `a 3 =2` is a step that took 3 s before and has the chosen weight 2; `a ? ` was never seen, `b>a` needs a.
    QTest::addColumn<QString>("steps");
    QTest::addColumn<int>("parallel");
    QTest::addColumn<QString>("expected");
    QTest::newRow("a chain") << u"a 1, b>a 3"_s << 0 << u"0.5 1.5"_s;
    QTest::newRow("one unknown") << u"a 1, b>a ?"_s << 0 << u"1 1"_s;
    QTest::newRow("all chosen") << u"a 1 =4, b>a 3 =2"_s << 0 << u"4 2"_s;
    QTest::newRow("chosen, time known") << u"a 3 =6, b>a 1"_s << 0 << u"6 2"_s;
    QTest::newRow("chosen against the time") << u"a 1 =8, b>a 3 =4, c>b 2"_s << 0 << u"8 4 6"_s;
    QTest::newRow("chosen, time unknown") << u"a ? =5, b>a 3, c>b 1"_s << 0 << u"5 1.5 0.5"_s;
    QTest::newRow("chosen to be nothing") << u"a 2 =0, b>a 3, c>b 1"_s << 0 << u"0 1.5 0.5"_s;
    QTest::newRow("side by side") << u"a 4, b 4, c>b>a 4"_s << 0 << u"0.75 0.75 1.5"_s;
    QTest::newRow("side by side for a while") << u"a 2, b 6"_s << 0 << u"0.333333 1.66667"_s;
    QTest::newRow("one at a time") << u"a 2, b 6"_s << 1 << u"0.5 1.5"_s;
    QTest::newRow("no time at all") << u"a 0, b>a 0"_s << 0 << u"1 1"_s;
}

void TestHistory::weights()
{
    QFETCH(QString, steps);
    QFETCH(int, parallel);
    History history;
    Job job = makeJob(u"j"_s, {});
    job.history = u"k"_s;
    for (const QString &text : steps.split(u", "_s)) {
        const QStringList words = text.split(u' ');
        QStringList ids = words[0].split(u'>');
        Step step = makeStep(ids.takeFirst());
        step.needs = ids;
        step.ownWeight = words.size() > 2;
        if (step.ownWeight)
            step.weight = words[2].mid(1).toDouble();
        if (words[1] != u"?")
            history.add({job.history, step.id, words[1].toLongLong() * 1000, 0});
        job.steps.push_back(step);
    }
    Job other = job;
    other.history.clear();
    const Job before = other;
    history.weightsFor(other, parallel);
    QCOMPARE(other, before);

    history.weightsFor(job, parallel);
    QStringList got;
    for (const Step &step : job.steps)
        got.append(QString::number(step.weight));
    QTEST(got.join(u' '), "expected");
}

void TestHistory::weightsMoveEvenly()
{
    Random random(5);
    for (int i = 0; i < 100; ++i) {
        History history;
        Job job = makeJob(u"j"_s, {});
        job.history = u"k"_s;
        qint64 whole = 0;
        std::vector<qint64> ends;
        for (qsizetype steps = 1 + randomBelow(random, 10); steps > 0; --steps) {
            Step step = makeStep(QString::number(steps));
            step.ownWeight = false;
            if (!job.steps.empty())
                step.needs = {job.steps.back().id};
            const qint64 ms = 1 + randomBelow(random, 100'000);
            whole += ms;
            ends.push_back(whole);
            history.add({job.history, step.id, ms, 0});
            job.steps.push_back(step);
        }
        history.weightsFor(job);
        for (std::size_t done = 0; done + 1 < job.steps.size(); ++done) {
            job.steps[done].state = State::Succeeded;
            const double part = static_cast<double>(ends[done]) / static_cast<double>(whole);
            QVERIFY(std::abs(jobFraction(job).value_or(-1) - std::min(part, 0.999)) < 1e-4);
        }
    }
}

QTEST_GUILESS_MAIN(TestHistory)
#include "tst_history.moc"
