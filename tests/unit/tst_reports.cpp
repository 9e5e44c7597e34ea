#include "core/hub/reports.h"
#include "core/model/ids.h"
#include "core/model/snapshot.h"
#include "support/samples.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

/// A hub of which only the fold and the clock are there.
class FakeHub : public Reports::Mediator
{
public:
    void publish(Fact fact) override
    {
        Event event;
        event.seq = state.seq + 1;
        event.time = fact.time;
        event.job = fact.job;
        event.step = fact.step;
        event.data = std::move(fact.data);
        apply(state, event);
        events.push_back(event);
    }
    [[nodiscard]] const Job *find(const QString &jobId) const override { return state.find(jobId); }
    [[nodiscard]] UnixMs now() const override { return time; }

    UnixMs time = 1'000'000;
    Snapshot state;
    std::vector<Event> events;
};

class TestReports : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aWholeReport();
    void aReportOfOneStep();
    void stepsEndOneByOne();
    void aFailedReport();
    void mergesTo25ASecond();
    void stepsAreMergedEachByItself();
    void theNewestIsNotLost();
    void stallsAndComesBack();
    void finishedReportsDoNotStall();
    void refuses_data();
    void refuses();
    void cancelIsAWish();
    void pauseIsAWish();
    void whoIsPausedDoesNotStall();
    void titlesAreOneLine();
};

/// Reports on a fake hub, and the log of what they said, without numbers and job.
struct Scene
{
    FakeHub hub;
    Reports reports{hub};

    /// What came of each wish, in the order of the answers.
    void wish(const Request &request)
    {
        reports.handle(request, [this](const Result<Answer> &given) {
            answers.append(given ? stateName(std::get<JobAck>(*given).state) : given.error().message);
        });
    }
    QStringList answers;

    Result<Answer> ask(const Request &request)
    {
        std::optional<Result<Answer>> answer;
        reports.handle(request, [&](Result<Answer> given) { answer = std::move(given); });
        return answer ? *answer : fail(0, u"no answer"_s);
    }
    QString start(const StartReport &request)
    {
        const Result<Answer> answer = ask(request);
        return answer ? std::get<JobAck>(*answer).job : answer.error().message;
    }
    Result<Answer> progress(const QString &job, const QString &step, double done, std::optional<State> state = {})
    {
        return ask(ReportProgress{job, step, test::progressOf(done, 1000), {}, {}, state});
    }
    QStringList log(std::size_t from = 0) const
    {
        QStringList lines;
        for (std::size_t i = from; i < hub.events.size(); ++i) {
            const Event &event = hub.events[i];
            QString line = u"+%1 %2"_s.arg(event.time - 1'000'000).arg(typeName(event.data));
            if (!event.step.isEmpty())
                line += u' ' + event.step;
            if (const auto *progress = std::get_if<StepProgress>(&event.data))
                line += u" %1"_s.arg(progress->progress.done);
            if (const auto *finished = std::get_if<StepFinished>(&event.data))
                line += u" %1 %2"_s.arg(stateName(finished->state)).arg(finished->durationMs)
                    + (finished->error ? u' ' + finished->error->message : QString());
            if (const auto *ended = std::get_if<JobFinished>(&event.data))
                line += u" %1 %2"_s.arg(stateName(ended->state)).arg(ended->durationMs)
                    + (ended->error ? u' ' + ended->error->message : QString());
            if (const auto *changed = std::get_if<JobChanged>(&event.data))
                line += changed->state ? u' ' + stateName(*changed->state)
                                       : u" stalled=%1"_s.arg(changed->stalledMs.value_or(-1));
            lines.append(line);
        }
        return lines;
    }
};

static StartReport reportOf(const QStringList &steps, qint64 ttlMs = 900'000)
{
    StartReport start;
    start.title = u"Backup"_s;
    start.ttlMs = ttlMs;
    for (const QString &step : steps)
        start.steps.push_back(test::makeStep(step));
    return start;
}

void TestReports::aWholeReport()
{
    Scene scene;
    const QString job = scene.start(reportOf({u"a"_s, u"b"_s}));
    QVERIFY(isValidId(job));
    scene.hub.time += 10;
    QVERIFY(scene.progress(job, u"a"_s, 100));
    scene.hub.time += 50;
    QVERIFY(scene.progress(job, u"a"_s, 200));
    scene.hub.time += 50;
    QVERIFY(scene.progress(job, u"b"_s, 5));
    scene.hub.time += 40;
    const Result<Answer> end = scene.ask(FinishReport{job, {}});
    QVERIFY(end);
    QVERIFY(std::get<JobAck>(*end).state == State::Succeeded);
    QCOMPARE(scene.log(),
             (QStringList{u"+0 job.queued"_s, u"+0 job.started"_s, u"+10 step.started a"_s,
                          u"+10 step.progress a 100"_s, u"+60 step.progress a 200"_s, u"+110 step.started b"_s,
                          u"+110 step.progress b 5"_s, u"+150 step.finished a succeeded 140"_s,
                          u"+150 step.finished b succeeded 40"_s, u"+150 job.finished succeeded 150"_s}));
    const Job &told = std::get<JobQueued>(scene.hub.events.front().data).job;
    QCOMPARE(told.source, u"report"_s);
    QCOMPARE(told.title, u"Backup"_s);
    QCOMPARE(told.capabilities, QStringList());
    for (const Event &event : scene.hub.events)
        QCOMPARE(event.job, job);
}

void TestReports::aReportOfOneStep()
{
    Scene scene;
    const QString job = scene.start(reportOf({}));
    QVERIFY(scene.progress(job, {}, 1));
    QVERIFY(scene.progress(job, u"main"_s, 1, State::Skipped));
    QVERIFY(scene.ask(FinishReport{job, {}}));
    QCOMPARE(scene.log(),
             (QStringList{u"+0 job.queued"_s, u"+0 job.started"_s, u"+0 step.started main"_s,
                          u"+0 step.progress main 1"_s, u"+0 step.progress main 1"_s,
                          u"+0 step.finished main skipped 0"_s, u"+0 job.finished succeeded 0"_s}));
    QCOMPARE(std::get<JobQueued>(scene.hub.events.front().data).job.steps.front().title, u"Backup"_s);
}

void TestReports::stepsEndOneByOne()
{
    Scene scene;
    const QString job = scene.start(reportOf({u"a"_s, u"b"_s}));
    QVERIFY(scene.progress(job, u"b"_s, 3, State::Failed));
    const Result<Answer> late = scene.progress(job, u"b"_s, 4);
    QCOMPARE(late.error().message, u"step \"b\" has already failed"_s);
    QCOMPARE(late.error().code, code::wrongState);
    QVERIFY(scene.ask(FinishReport{job, {}}));
    QCOMPARE(scene.log(2),
             (QStringList{u"+0 step.started b"_s, u"+0 step.progress b 3"_s, u"+0 step.finished b failed 0"_s,
                          u"+0 step.finished a succeeded 0"_s, u"+0 job.finished succeeded 0"_s}));
}

void TestReports::aFailedReport()
{
    Scene scene;
    const QString job = scene.start(reportOf({u"a"_s, u"b"_s, u"c"_s}));
    QVERIFY(scene.progress(job, u"a"_s, 3, State::Succeeded));
    QVERIFY(scene.progress(job, u"b"_s, 3));
    scene.hub.time += 20;
    const Result<Answer> end = scene.ask(FinishReport{job, u"disk \x1b[31mfull\n"_s});
    QVERIFY(end);
    QVERIFY(std::get<JobAck>(*end).state == State::Failed);
    QCOMPARE(scene.log(7),
             (QStringList{u"+20 step.finished b failed 20 disk full"_s, u"+20 step.finished c skipped 0"_s,
                          u"+20 job.finished failed 20 disk full"_s}));
}

static QStringList progressLines(const QStringList &log)
{
    return log.filter(u"step.progress"_s);
}

void TestReports::mergesTo25ASecond()
{
    Scene scene;
    const QString job = scene.start(reportOf({u"a"_s}));
    for (int ms = 0; ms < 1000; ++ms) {
        QVERIFY(scene.progress(job, u"a"_s, ms));
        scene.hub.time += 1;
    }
    const QStringList lines = progressLines(scene.log());
    QCOMPARE(lines.size(), 25);
    for (int i = 0; i < 25; ++i)
        QCOMPARE(lines[i], u"+%1 step.progress a %1"_s.arg(i * 40));
    // the rest comes with the end, before it
    QVERIFY(scene.ask(FinishReport{job, {}}));
    QCOMPARE(scene.log().mid(28),
             (QStringList{u"+1000 step.progress a 999"_s, u"+1000 step.finished a succeeded 1000"_s,
                          u"+1000 job.finished succeeded 1000"_s}));
}

void TestReports::stepsAreMergedEachByItself()
{
    Scene scene;
    const QString job = scene.start(reportOf({u"a"_s, u"b"_s}));
    QVERIFY(scene.progress(job, u"a"_s, 1));
    QVERIFY(scene.progress(job, u"b"_s, 1));
    QVERIFY(scene.progress(job, u"a"_s, 2));
    const QString other = scene.start(reportOf({u"a"_s}));
    QVERIFY(scene.progress(other, u"a"_s, 7));
    QCOMPARE(progressLines(scene.log()),
             (QStringList{u"+0 step.progress a 1"_s, u"+0 step.progress b 1"_s, u"+0 step.progress a 7"_s}));
}

void TestReports::theNewestIsNotLost()
{
    Scene scene;
    const QString job = scene.start(reportOf({u"a"_s, u"b"_s}));
    for (int done = 1; done <= 5; ++done) {
        QVERIFY(scene.progress(job, u"a"_s, done));
        QVERIFY(scene.progress(job, u"b"_s, 10 * done));
    }
    QCOMPARE(progressLines(scene.log()).size(), 2);
    scene.hub.time += 40;
    QTRY_COMPARE(progressLines(scene.log()).size(), 4);
    QCOMPARE(progressLines(scene.log()).mid(2), (QStringList{u"+40 step.progress a 5"_s, u"+40 step.progress b 50"_s}));
}

void TestReports::stallsAndComesBack()
{
    Scene scene;
    const QString job = scene.start(reportOf({u"a"_s}, 100));
    QVERIFY(scene.progress(job, u"a"_s, 1));
    const std::size_t before = scene.hub.events.size();
    scene.hub.time += 130;
    QTRY_COMPARE(scene.hub.events.size(), before + 1);
    QCOMPARE(scene.hub.find(job)->stalledMs, std::optional<qint64>(130));
    scene.hub.time += 1000;
    QVERIFY(scene.progress(job, u"a"_s, 2));
    QCOMPARE(scene.hub.find(job)->stalledMs, std::nullopt);
    scene.hub.time += 100;
    QTRY_COMPARE(scene.hub.find(job)->stalledMs, std::optional<qint64>(100));
    QVERIFY(scene.ask(FinishReport{job, {}}));
    QCOMPARE(scene.log(before),
             (QStringList{u"+130 job.changed stalled=130"_s, u"+1130 job.changed stalled=0"_s,
                          u"+1130 step.progress a 2"_s, u"+1230 job.changed stalled=100"_s,
                          u"+1230 step.finished a succeeded 1230"_s, u"+1230 job.finished succeeded 1230"_s}));
}

void TestReports::finishedReportsDoNotStall()
{
    Scene scene;
    const QString job = scene.start(reportOf({u"a"_s}, 100));
    const QString witness = scene.start(reportOf({u"a"_s}, 100));
    QVERIFY(scene.ask(FinishReport{job, {}}));
    scene.hub.time += 100;
    QTRY_VERIFY(scene.hub.find(witness)->stalledMs);
    QCOMPARE(scene.hub.find(job)->stalledMs, std::nullopt);
}

void TestReports::refuses_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("unknown job") << u"unknown"_s << u"1 there is no job \"x\""_s;
    QTest::newRow("unknown step") << u"step"_s << u"-32602 job JOB has no step \"z\""_s;
    QTest::newRow("no step of two") << u"no step"_s << u"-32602 step is missing, expected one of the job's 2 steps"_s;
    QTest::newRow("finished") << u"finished"_s << u"6 job JOB has already succeeded"_s;
    QTest::newRow("finished twice") << u"finished twice"_s << u"6 job JOB has already succeeded"_s;
    QTest::newRow("cancel") << u"cancel"_s << u"6 a reported job runs elsewhere: only its reporter can change it"_s;
}

void TestReports::refuses()
{
    QFETCH(QString, what);
    Scene scene;
    const QString job = scene.start(reportOf({u"a"_s, u"b"_s}));
    if (what.startsWith(u"finished"))
        QVERIFY(scene.ask(FinishReport{job, {}}));
    const std::size_t before = scene.hub.events.size();
    const Result<Answer> answer = what == u"unknown" ? scene.progress(u"x"_s, u"a"_s, 1)
        : what == u"step"                            ? scene.progress(job, u"z"_s, 1)
        : what == u"no step"                         ? scene.progress(job, {}, 1)
        : what == u"finished"                        ? scene.progress(job, u"a"_s, 1)
        : what == u"finished twice"                  ? scene.ask(FinishReport{job, u"x"_s})
                                                     : scene.ask(CancelJob{job, {}});
    QVERIFY(!answer);
    QTEST(u"%1 %2"_s.arg(answer.error().code).arg(answer.error().message).replace(u'"' + job + u'"', u"JOB"_s),
          "sentence");
    QCOMPARE(scene.hub.events.size(), before);
}

static StartReport willing(const QStringList &capabilities, qint64 ttlMs = 900'000)
{
    StartReport start = reportOf({u"a"_s, u"b"_s}, ttlMs);
    start.capabilities = capabilities;
    return start;
}

void TestReports::cancelIsAWish()
{
    Scene scene;
    const QString job = scene.start(willing({u"cancel"_s}));
    QCOMPARE(scene.hub.find(job)->capabilities, QStringList{u"cancel"_s});
    QVERIFY(scene.progress(job, u"a"_s, 1));
    const std::size_t before = scene.hub.events.size();
    scene.wish(CancelJob{job, {}});
    scene.wish(CancelJob{job, {}});
    scene.wish(PauseJob{job, PauseMode::Now});
    scene.wish(CancelJob{job, u"a"_s});
    QCOMPARE(scene.answers,
             (QStringList{u"a reported job runs elsewhere: only its reporter can change it"_s,
                          u"a reported job is cancelled as a whole"_s}));
    QVERIFY(scene.ask(ChangeReport{job, State::Paused})); // late: it still has to end
    QVERIFY(scene.hub.find(job)->state == State::Cancelling);
    const Result<Answer> end = scene.ask(FinishReport{job, {}, true});
    QVERIFY(end && std::get<JobAck>(*end).state == State::Cancelled);
    QCOMPARE(scene.answers.mid(2), (QStringList{u"cancelled"_s, u"cancelled"_s}));
    QCOMPARE(scene.log(before),
             (QStringList{u"+0 job.changed cancelling"_s, u"+0 step.finished a cancelled 0"_s,
                          u"+0 step.finished b skipped 0"_s, u"+0 job.finished cancelled 0"_s}));
    scene.wish(CancelJob{job, {}});
    QVERIFY(scene.answers.last().contains(u"has already cancelled"_s));
}

void TestReports::pauseIsAWish()
{
    Scene scene;
    const QString job = scene.start(willing({u"pause"_s}));
    const std::size_t before = scene.hub.events.size();
    scene.wish(PauseJob{job, PauseMode::Now});
    scene.wish(PauseJob{job, PauseMode::Now});
    QCOMPARE(scene.answers, QStringList());
    QVERIFY(scene.ask(ChangeReport{job, State::Paused}));
    QCOMPARE(scene.answers, (QStringList{u"paused"_s, u"paused"_s}));
    scene.wish(PauseJob{job, PauseMode::Now});
    scene.wish(ResumeJob{job});
    QVERIFY(scene.ask(ChangeReport{job, State::Running})); // as it is
    QCOMPARE(scene.answers.mid(2), (QStringList{u"paused"_s, u"running"_s}));
    scene.wish(PauseJob{job, PauseMode::Now});
    QVERIFY(scene.ask(FinishReport{job, {}}));
    QCOMPARE(scene.answers.last(), u"succeeded"_s);
    QCOMPARE(scene.log(before).first(4),
             (QStringList{u"+0 job.changed pausing"_s, u"+0 job.changed paused"_s, u"+0 job.changed running"_s,
                          u"+0 job.changed pausing"_s}));
    QVERIFY(!scene.ask(ChangeReport{job, State::Running}));
}

void TestReports::whoIsPausedDoesNotStall()
{
    Scene scene;
    const QString job = scene.start(willing({u"pause"_s}, 100));
    const QString witness = scene.start(reportOf({u"a"_s}, 100));
    QVERIFY(scene.ask(ChangeReport{job, State::Paused}));
    scene.hub.time += 100;
    QTRY_VERIFY(scene.hub.find(witness)->stalledMs);
    QCOMPARE(scene.hub.find(job)->stalledMs, std::nullopt);
}

void TestReports::titlesAreOneLine()
{
    Scene scene;
    StartReport start;
    start.title = u"\x1b]0;x\x07 Two\nlines\x1b[0m "_s;
    const QString job = scene.start(start);
    QCOMPARE(scene.hub.find(job)->title, u"Twolines"_s);
}

QTEST_GUILESS_MAIN(TestReports)
#include "tst_reports.moc"
