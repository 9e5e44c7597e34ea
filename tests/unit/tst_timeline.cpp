#include "ui/job/timeline.h"

#include <QTest>

using namespace stepwire;

namespace {

Step step(const QString &id, const QStringList &needs, std::optional<UnixMs> started, std::optional<UnixMs> finished,
          State state)
{
    Step made;
    made.id = id;
    made.title = id;
    made.needs = needs;
    made.started = started;
    made.finished = finished;
    made.state = state;
    return made;
}

Step done(const QString &id, const QStringList &needs, UnixMs started, UnixMs finished)
{
    return step(id, needs, started, finished, State::Succeeded);
}

} // namespace

Q_DECLARE_METATYPE(stepwire::Job)

class TestTimeline : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void criticalPath_data()
    {
        QTest::addColumn<Job>("job");
        QTest::addColumn<QString>("path");
        const auto row = [](const char *name, std::vector<Step> steps, const char *path) {
            Job job;
            job.steps = std::move(steps);
            QTest::newRow(name) << job << QString::fromLatin1(path);
        };
        const QString a = QStringLiteral("a");
        const QString b = QStringLiteral("b");
        const QString c = QStringLiteral("c");
        const QString d = QStringLiteral("d");
        row("no steps", {}, "");
        row("nothing started", {step(a, {}, {}, {}, State::Queued)}, "");
        row("a chain", {done(a, {}, 0, 10), done(b, {a}, 10, 20)}, "a b");
        row("the branch that ended last", {done(a, {}, 0, 10), done(b, {}, 0, 30), done(c, {a, b}, 30, 40)}, "b c");
        row("a side branch that outlives the rest", {done(a, {}, 0, 10), done(b, {a}, 10, 90), done(c, {a}, 10, 20)},
            "a b");
        row("the order in the file does not matter", {done(c, {b}, 20, 30), done(b, {a}, 10, 20), done(a, {}, 0, 10)},
            "a b c");
        row("the first of equals", {done(a, {}, 0, 10), done(b, {}, 0, 10), done(c, {b, a}, 10, 20)}, "a c");
        row("one that runs ends now", {done(a, {}, 0, 60), step(b, {}, 5, {}, State::Running)}, "b");
        row("what waits is not on it", {done(a, {}, 0, 10), step(b, {a}, {}, {}, State::Queued)}, "a");
        row("through one that was skipped",
            {done(a, {}, 0, 10), step(b, {a}, {}, {}, State::Skipped), done(d, {}, 0, 5), done(c, {b, d}, 10, 20)},
            "a c");
        row("a failure",
            {done(a, {}, 0, 10), step(b, {a}, 10, 50, State::Failed), step(c, {b}, {}, {}, State::Skipped)}, "a b");
        row("a circle ends", {done(a, {b}, 0, 10), done(b, {a}, 10, 20)}, "a b");
        row("a need that nobody knows", {done(a, {QStringLiteral("gone")}, 0, 10)}, "a");
    }

    void criticalPath()
    {
        QFETCH(Job, job);
        QFETCH(QString, path);
        QCOMPARE(stepwire::criticalPath(job, 100).join(u' '), path);
    }

    void bars()
    {
        Job job;
        job.started = 100;
        job.state = State::Running;
        const QString a = QStringLiteral("a");
        job.steps = {done(a, {}, 110, 200), step(QStringLiteral("b"), {a}, 250, {}, State::Running),
                     step(QStringLiteral("c"), {a}, {}, {}, State::Queued),
                     step(QStringLiteral("d"), {QStringLiteral("b")}, {}, {}, State::Queued)};
        const auto bars = timelineBars(job, 400);
        QCOMPARE(bars.size(), std::size_t{4});
        QVERIFY((bars[0] == TimelineBar{100, 110, 200, false}));
        QVERIFY((bars[1] == TimelineBar{200, 250, 400, true})); // waited, and grows
        QVERIFY((bars[2] == TimelineBar{200, {}, 400, false})); // could start, waits still
        QVERIFY((bars[3] == TimelineBar{{}, {}, 400, false})); // cannot
    }

    void ticks_data()
    {
        QTest::addColumn<qint64>("span");
        QTest::addColumn<int>("marks");
        QTest::addColumn<qint64>("tick");
        QTest::newRow("4 s") << qint64{4000} << 5 << qint64{1000};
        QTest::newRow("a little more") << qint64{5001} << 5 << qint64{2000};
        QTest::newRow("minutes in whole parts") << qint64{100'000} << 8 << qint64{15'000};
        QTest::newRow("hours") << qint64{5 * 3'600'000} << 6 << qint64{3'600'000};
        QTest::newRow("nothing") << qint64{0} << 0 << qint64{1};
        QTest::newRow("years") << qint64{86'400'000} * 1000 << 4 << qint64{86'400'000} * 260;
    }

    void ticks()
    {
        QFETCH(qint64, span);
        QFETCH(int, marks);
        QTEST(niceTick(span, marks), "tick");
    }

    void labels()
    {
        QLocale::setDefault(QLocale::c());
        QCOMPARE(tickLabel(0, 1000), QStringLiteral("0"));
        QCOMPARE(tickLabel(200, 200), QStringLiteral("0.2 s"));
        QCOMPARE(tickLabel(65'000, 5000), QStringLiteral("1:05"));
        QCOMPARE(tickLabel(3'905'000, 5000), QStringLiteral("1:05:05"));
    }
};

QTEST_GUILESS_MAIN(TestTimeline)
#include "tst_timeline.moc"
