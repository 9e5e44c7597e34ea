#include "core/hub/hub.h"
#include "support/fake_clock.h"
#include "support/samples.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;
using test::said;

/// Answers everything and remembers what it was asked.
class FakeSource : public Source
{
public:
    void handle(const Request &request, Reply reply) override
    {
        asked.push_back(request.index());
        reply(Answer(Object{{{u"from"_s, name}}}));
    }

    QString name = u"fake"_s;
    std::vector<std::size_t> asked;
};

class TestHub : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void numbersWithoutGaps();
    void completesEvents();
    void unknownJobsAreDropped();
    void countsLiveJobs();
    void canRecover();
    void observersComeAndGo();
    void observersThatPublish();
    void observersThatObserve();
    void subscriptionOutlivesTheHub();
    void keepsTwoHundredFinishedJobs();
    void pages_data();
    void pages();
    void listsByState();
    void strangeCursor();
    void unknownJobs_data();
    void unknownJobs();
    void routes();
    void refusesWithoutSources();
    void refusesATakenJobId();
    void emits();
    void emitSizes_data();
    void emitSizes();
    void emitRate();
};

/// A hub, its clock and the whole log of what it handed out.
struct Scene
{
    test::FakeClock clock;
    Hub hub{{u"hub-1"_s, u"nas"_s, u"b3f1c0"_s}, clock};
    QStringList log;
    Subscription watch = hub.observe([this](const EventPtr &event) { log.append(said(*event)); });

    void queue(const QString &id, const QStringList &steps = {u"a"_s})
    {
        hub.publish(test::queuedFact(test::makeJob(id, steps)));
    }
    void start(const QString &id) { hub.publish({id, {}, 0, JobStarted{1}}); }
    void finish(const QString &id, State state = State::Succeeded)
    {
        hub.publish({id, {}, 0, JobFinished{1, state, {}, 0}});
    }

    /// The answer, or `CODE sentence {data}`.
    Result<Answer> ask(const Request &request)
    {
        std::optional<Result<Answer>> answer;
        hub.request(request, [&](Result<Answer> given) { answer = std::move(given); });
        return answer ? *answer : fail(0, u"no answer"_s);
    }
    QString refusal(const Request &request)
    {
        const Result<Answer> answer = ask(request);
        return answer ? u"accepted"_s : u"%1 %2"_s.arg(answer.error().code).arg(answer.error().message);
    }
};

void TestHub::numbersWithoutGaps()
{
    Scene scene;
    QCOMPARE(scene.hub.state().seq, 0u);
    QCOMPARE(scene.hub.state().epoch, u"b3f1c0"_s);
    scene.queue(u"j"_s);
    scene.start(u"j"_s);
    scene.hub.publish({u"j"_s, u"a"_s, 0, StepStarted{1, 5}});
    scene.hub.publish({u"nobody"_s, u"a"_s, 0, StepStarted{1, 5}});
    scene.hub.publish({u"j"_s, u"a"_s, 0, StepOutput{1, Stream::Out, u"x"_s, 0, 1, 0}});
    scene.hub.publish({u"j"_s, u"a"_s, 0, StepProgress{test::progressOf(1, 2)}});
    scene.hub.publish({{}, {}, 0, Notice{u"hub.degraded"_s, {}}});
    scene.hub.publish({u"j"_s, u"a"_s, 0, StepFinished{1, State::Succeeded, {}, 0}});
    scene.finish(u"j"_s);
    const QStringList expected = {u"1 job.queued j"_s,      u"2 job.started j"_s,     u"3 step.started j/a"_s,
                                  u"4 step.output j/a"_s,   u"5 step.progress j/a"_s, u"6 hub.degraded"_s,
                                  u"7 step.finished j/a"_s, u"8 job.finished j"_s};
    QCOMPARE(scene.log, expected);
    QCOMPARE(scene.hub.state().seq, 8u);
    QStringList held;
    scene.hub.log().visitAfter(0, [&](const EventPtr &event) { held.append(said(*event)); });
    QCOMPARE(held, expected);
}

void TestHub::completesEvents()
{
    Scene scene;
    EventPtr last;
    const Subscription watch = scene.hub.observe([&](const EventPtr &event) { last = event; });
    scene.hub.publish({{}, {}, 7, Notice{u"hub.degraded"_s, {}}});
    QCOMPARE(last->time, 7);
    scene.queue(u"j"_s);
    QCOMPARE(last->time, scene.clock.time);
    QCOMPARE(last->epoch, u"b3f1c0"_s);
    QCOMPARE(last->hub, u"hub-1"_s);
    QCOMPARE(last->host, u"nas"_s);
    const Job &announced = std::get<JobQueued>(last->data).job;
    QCOMPARE(announced.firstSeq, 2u);
    QCOMPARE(announced.hub, u"hub-1"_s);
    QCOMPARE(announced.host, u"nas"_s);
    QCOMPARE(*scene.hub.state().find(u"j"_s), announced);
}

void TestHub::unknownJobsAreDropped()
{
    Scene scene;
    test::Random random(31);
    for (std::size_t type = 1; type < 10; ++type)
        scene.hub.publish({u"nobody"_s, u"a"_s, 0, test::randomData(random, type)});
    scene.hub.publish({{}, {}, 0, JobStarted{1}});
    QCOMPARE(scene.log, QStringList());
    scene.hub.publish({u"nobody"_s, {}, 0, Notice{u"hub.warning"_s, {}}});
    QCOMPARE(scene.log, QStringList{u"1 hub.warning nobody"_s});
}

void TestHub::countsLiveJobs()
{
    Scene scene;
    QCOMPARE(scene.hub.liveJobs(), 0u);
    scene.queue(u"a"_s);
    scene.queue(u"b"_s);
    QCOMPARE(scene.hub.liveJobs(), 2u);
    scene.start(u"a"_s);
    QCOMPARE(scene.hub.liveJobs(), 2u);
    scene.finish(u"a"_s, State::Failed);
    QCOMPARE(scene.hub.liveJobs(), 1u);
    scene.finish(u"a"_s, State::Failed);
    QCOMPARE(scene.hub.liveJobs(), 1u);
    scene.start(u"a"_s); // a retry
    QCOMPARE(scene.hub.liveJobs(), 2u);
    scene.finish(u"a"_s);
    scene.finish(u"b"_s);
    QCOMPARE(scene.hub.liveJobs(), 0u);
    Job done = test::makeJob(u"c"_s);
    done.state = State::Interrupted;
    scene.hub.publish(test::queuedFact(done));
    QCOMPARE(scene.hub.liveJobs(), 0u);
}

void TestHub::canRecover()
{
    Scene scene;
    QVERIFY(scene.hub.canRecover(u"b3f1c0"_s, 0));
    QVERIFY(!scene.hub.canRecover(u"b3f1c0"_s, 1));
    QVERIFY(!scene.hub.canRecover(u"other"_s, 0));
    QVERIFY(!scene.hub.canRecover({}, 0));
    scene.queue(u"j"_s);
    scene.start(u"j"_s);
    for (const quint64 seq : {0u, 1u, 2u})
        QVERIFY(scene.hub.canRecover(u"b3f1c0"_s, seq));
    QVERIFY(!scene.hub.canRecover(u"b3f1c0"_s, 3));
    QVERIFY(!scene.hub.canRecover(u"b3f1c1"_s, 1));
}

void TestHub::observersComeAndGo()
{
    Scene scene;
    QStringList log;
    // each holds something, so that one that outlives its subscription is told by the sanitizers
    struct Leaver
    {
        Subscription subscription;
        std::vector<int> alive = {1, 2, 3};
    };
    Leaver self;
    Leaver next;
    self.subscription = scene.hub.observe([&, text = u"self "_s + QString(100, u'x')](const EventPtr &event) {
        self.subscription = Subscription(); // and itself, and the one that would come next
        next.subscription = Subscription();
        log.append(text.left(5) + said(*event));
    });
    next.subscription = scene.hub.observe([&](const EventPtr &event) { log.append(u"next "_s + said(*event)); });
    const Subscription last = scene.hub.observe([&](const EventPtr &event) { log.append(u"last "_s + said(*event)); });
    scene.queue(u"j"_s);
    scene.start(u"j"_s);
    QCOMPARE(log, (QStringList{u"self 1 job.queued j"_s, u"last 1 job.queued j"_s, u"last 2 job.started j"_s}));
    QCOMPARE(scene.log.size(), 2);

    log.clear();
    {
        Subscription moved;
        {
            Subscription inner = scene.hub.observe([&](const EventPtr &) { log.append(u"moved"_s); });
            moved = std::move(inner);
        }
        scene.finish(u"j"_s);
        QCOMPARE(log, (QStringList{u"last 3 job.finished j"_s, u"moved"_s}));
    }
    scene.start(u"j"_s);
    QCOMPARE(log.last(), u"last 4 job.started j"_s);
}

void TestHub::observersThatPublish()
{
    Scene scene;
    QStringList states;
    const Subscription warner = scene.hub.observe([&](const EventPtr &event) {
        if (!std::holds_alternative<JobQueued>(event->data))
            return;
        scene.hub.publish({event->job, {}, 0, Notice{u"hub.warning"_s, {}}});
        scene.hub.publish({event->job, {}, 0, JobStarted{1}});
        QVERIFY(scene.hub.state().find(event->job)->state == State::Running);
    });
    QStringList later;
    const Subscription watch = scene.hub.observe([&](const EventPtr &event) { later.append(said(*event)); });
    scene.queue(u"j"_s);
    scene.queue(u"k"_s);
    const QStringList expected = {u"1 job.queued j"_s, u"2 hub.warning j"_s, u"3 job.started j"_s,
                                  u"4 job.queued k"_s, u"5 hub.warning k"_s, u"6 job.started k"_s};
    QCOMPARE(scene.log, expected);
    QCOMPARE(later, expected);
}

void TestHub::observersThatObserve()
{
    Scene scene;
    QStringList late;
    std::vector<Subscription> subscriptions;
    const Subscription watch = scene.hub.observe([&](const EventPtr &event) {
        if (std::holds_alternative<JobQueued>(event->data)) {
            // its first event is the one after the state that it can see now
            const quint64 seen = scene.hub.state().seq;
            subscriptions.push_back(scene.hub.observe([&, seen](const EventPtr &news) {
                QVERIFY(news->seq > seen);
                late.append(said(*news));
            }));
        }
    });
    scene.queue(u"j"_s);
    QCOMPARE(late, QStringList());
    scene.start(u"j"_s);
    QCOMPARE(late, QStringList{u"2 job.started j"_s});
}

void TestHub::subscriptionOutlivesTheHub()
{
    test::FakeClock clock;
    Subscription watch;
    {
        Hub hub({}, clock);
        watch = hub.observe([](const EventPtr &) {});
    }
    watch = Subscription();
}

void TestHub::keepsTwoHundredFinishedJobs()
{
    Scene scene;
    scene.queue(u"live"_s);
    for (int i = 0; i < 205; ++i) {
        const QString id = u"j%1"_s.arg(i);
        scene.queue(id);
        scene.finish(id);
    }
    QCOMPARE(scene.hub.state().jobs().size(), 201u);
    QVERIFY(scene.hub.state().find(u"live"_s));
    QVERIFY(!scene.hub.state().find(u"j4"_s));
    QVERIFY(scene.hub.state().find(u"j5"_s));
    QVERIFY(scene.hub.state().find(u"j204"_s));
    QCOMPARE(scene.hub.liveJobs(), 1u);
    QCOMPARE(scene.log.size(), 411);
}

/// All pages, as `ids,of,one ids,of,the,next`.
static QString pagesOf(Scene &scene, int limit, std::optional<State> state = {})
{
    QStringList pages;
    QString cursor;
    do {
        const Result<Answer> answer = scene.ask(ListJobs{cursor, limit, state});
        if (!answer)
            return answer.error().message;
        const auto &page = std::get<JobPage>(*answer);
        QStringList ids;
        for (const Job &job : page.jobs)
            ids.append(job.id);
        pages.append(ids.join(u','));
        cursor = page.cursor;
    } while (!cursor.isEmpty() && pages.size() < 20);
    return pages.join(u' ');
}

void TestHub::pages_data()
{
    QTest::addColumn<int>("jobs");
    QTest::addColumn<int>("limit");
    QTest::addColumn<QString>("pages");
    QTest::newRow("none") << 0 << 2 << QString();
    QTest::newRow("less than one page") << 2 << 3 << u"1,0"_s;
    QTest::newRow("exactly one") << 3 << 3 << u"2,1,0"_s;
    QTest::newRow("one more") << 4 << 3 << u"3,2,1 0"_s;
    QTest::newRow("one a page") << 3 << 1 << u"2 1 0"_s;
}

void TestHub::pages()
{
    QFETCH(int, jobs);
    QFETCH(int, limit);
    Scene scene;
    for (int i = 0; i < jobs; ++i)
        scene.queue(QString::number(i));
    QTEST(pagesOf(scene, limit), "pages");
}

void TestHub::listsByState()
{
    Scene scene;
    for (int i = 0; i < 7; ++i) {
        scene.queue(QString::number(i));
        if (i % 2 == 0)
            scene.finish(QString::number(i), i == 4 ? State::Failed : State::Succeeded);
    }
    QCOMPARE(pagesOf(scene, 2, State::Succeeded), u"6,2 0"_s);
    QCOMPARE(pagesOf(scene, 3, State::Succeeded), u"6,2,0"_s);
    QCOMPARE(pagesOf(scene, 9, State::Queued), u"5,3,1"_s);
    QCOMPARE(pagesOf(scene, 9, State::Failed), u"4"_s);
    QCOMPARE(pagesOf(scene, 9, State::Paused), QString());
}

void TestHub::strangeCursor()
{
    Scene scene;
    scene.queue(u"j"_s);
    QCOMPARE(scene.refusal(ListJobs{u"x"_s, 10, {}}), u"-32602 cursor is \"x\", expected one from the page before"_s);
}

Q_DECLARE_METATYPE(stepwire::Request)

void TestHub::unknownJobs_data()
{
    QTest::addColumn<Request>("request");
    const QString x = u"x\x1b"_s;
    QTest::newRow("job.get") << Request(GetJob{x});
    QTest::newRow("job.cancel") << Request(CancelJob{x, {}});
    QTest::newRow("job.log") << Request(ReadLog{x, u"a"_s, {}, 0, 1, false});
    QTest::newRow("report.progress") << Request(ReportProgress{x, {}, {}, {}, {}, {}});
    QTest::newRow("report.change") << Request(ChangeReport{x, State::Paused});
    QTest::newRow("report.finish") << Request(FinishReport{x, {}});
    QTest::newRow("emit") << Request(EmitCustom{x, {}, u"n"_s, 1});
}

void TestHub::unknownJobs()
{
    QFETCH(Request, request);
    Scene scene;
    scene.queue(u"j"_s);
    QCOMPARE(scene.refusal(request), u"1 there is no job \"x\\x1b\""_s);
}

void TestHub::routes()
{
    Scene scene;
    FakeSource engine;
    FakeSource reports;
    scene.hub.addSource(u"engine"_s, engine);
    scene.hub.addSource(u"report"_s, reports);
    scene.hub.setRunner(engine);
    scene.queue(u"j"_s);
    Job reported = test::makeJob(u"r"_s);
    reported.source = u"report"_s;
    scene.hub.publish(test::queuedFact(reported));
    for (const QString &job : {u"j"_s, u"r"_s}) {
        QCOMPARE(scene.refusal(CancelJob{job, {}}), u"accepted"_s);
        QCOMPARE(scene.refusal(ReadLog{job, u"a"_s, {}, 0, 1, false}), u"accepted"_s);
        QCOMPARE(scene.refusal(ReportProgress{job, {}, {}, {}, {}, {}}), u"accepted"_s);
        QCOMPARE(scene.refusal(FinishReport{job, {}}), u"accepted"_s);
    }
    const std::vector<std::size_t> forOwner = {Request(CancelJob()).index(), Request(ReadLog()).index(),
                                               Request(ReportProgress()).index(), Request(FinishReport()).index()};
    QCOMPARE(engine.asked, forOwner);
    QCOMPARE(reports.asked, forOwner);
    engine.asked.clear();
    reports.asked.clear();
    RunJob run;
    run.pipeline = u"p"_s;
    for (const Request &request :
         {Request(run), Request(ListPipelines()), Request(GetPipeline()), Request(CheckPipeline())})
        QCOMPARE(scene.refusal(request), u"accepted"_s);
    QCOMPARE(engine.asked.size(), 4u);
    QCOMPARE(scene.refusal(StartReport()), u"accepted"_s);
    QCOMPARE(reports.asked.size(), 1u);
    const Result<Answer> job = scene.ask(GetJob{u"r"_s});
    QVERIFY(job);
    QCOMPARE(std::get<Job>(*job), *scene.hub.state().find(u"r"_s));
    QCOMPARE(engine.asked.size(), 4u);
}

void TestHub::refusesWithoutSources()
{
    Scene scene;
    scene.queue(u"j"_s);
    QCOMPARE(scene.refusal(CancelJob{u"j"_s, {}}), u"7 nobody here owns job \"j\" (source \"engine\")"_s);
    QCOMPARE(scene.refusal(StartReport()), u"3 this hub takes no reports"_s);
    for (const Request &request :
         {Request(RunJob()), Request(ListPipelines()), Request(GetPipeline()), Request(CheckPipeline())})
        QCOMPARE(scene.refusal(request), u"3 this hub runs nothing itself"_s);
}

void TestHub::refusesATakenJobId()
{
    Scene scene;
    FakeSource engine;
    scene.hub.setRunner(engine);
    scene.queue(u"j"_s);
    RunJob run;
    run.jobId = u"j"_s;
    QCOMPARE(scene.refusal(run), u"6 there is a job \"j\" already"_s);
    run.jobId = u"k"_s;
    QCOMPARE(scene.refusal(run), u"accepted"_s);
}

void TestHub::emits()
{
    Scene scene;
    EventPtr last;
    const Subscription watch = scene.hub.observe([&](const EventPtr &event) { last = event; });
    scene.queue(u"j"_s);
    scene.start(u"j"_s);
    scene.clock.time += 5;
    const Result<Answer> answer = scene.ask(EmitCustom{u"j"_s, u"a"_s, u"theme"_s, QJsonObject{{u"json"_s, 1}}});
    QVERIFY(answer);
    QCOMPARE(std::get<JobAck>(*answer).job, u"j"_s);
    QVERIFY(std::get<JobAck>(*answer).state == State::Running);
    QCOMPARE(said(*last), u"3 custom j/a"_s);
    QCOMPARE(last->time, scene.clock.time);
    QCOMPARE(std::get<Custom>(last->data), (Custom{u"theme"_s, QJsonObject{{u"json"_s, 1}}}));
    QCOMPARE(scene.refusal(EmitCustom{u"j"_s, u"z"_s, u"n"_s, 1}), u"-32602 job \"j\" has no step \"z\""_s);
    scene.finish(u"j"_s, State::Cancelled);
    QCOMPARE(scene.refusal(EmitCustom{u"j"_s, {}, u"n"_s, 1}), u"6 job \"j\" has already cancelled"_s);
    QCOMPARE(scene.log.size(), 4);
}

void TestHub::emitSizes_data()
{
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<QString>("refusal");
    QTest::newRow("text at the limit") << QJsonValue(QString(65536, u'x')) << u"accepted"_s;
    QTest::newRow("text beyond") << QJsonValue(QString(65537, u'x'))
                                 << u"-32602 value has 65537 bytes, expected at most 65536"_s;
    QTest::newRow("counted in bytes") << QJsonValue(QString(32769, u'ä'))
                                      << u"-32602 value has 65538 bytes, expected at most 65536"_s;
    QTest::newRow("object") << QJsonValue(QJsonObject{{u"a"_s, QString(70000, u'x')}})
                            << u"-32602 value has 70010 bytes, expected at most 65536"_s;
    QTest::newRow("nothing") << QJsonValue(QJsonValue::Undefined) << u"accepted"_s;
    QTest::newRow("null") << QJsonValue(QJsonValue::Null) << u"accepted"_s;
}

void TestHub::emitSizes()
{
    QFETCH(QJsonValue, value);
    Scene scene;
    scene.queue(u"j"_s);
    QTEST(scene.refusal(EmitCustom{u"j"_s, {}, u"n"_s, value}), "refusal");
}

void TestHub::emitRate()
{
    Scene scene;
    scene.queue(u"j"_s);
    scene.queue(u"k"_s);
    const auto emitFrom = [&](const QString &job) { return scene.ask(EmitCustom{job, {}, u"n"_s, 1}); };
    for (int i = 0; i < 20; ++i)
        QVERIFY(emitFrom(u"j"_s));
    scene.clock.time += 400;
    const Result<Answer> refused = emitFrom(u"j"_s);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, code::rateLimited);
    QCOMPARE(refused.error().message, u"job \"j\" emits more than 20 custom events a second"_s);
    QCOMPARE(refused.error().data, (QJsonObject{{u"retry_after_ms"_s, 600}}));
    QVERIFY(emitFrom(u"k"_s)); // each job has its own
    scene.clock.time += 599;
    QVERIFY(!emitFrom(u"j"_s));
    scene.clock.time += 1;
    for (int i = 0; i < 20; ++i)
        QVERIFY(emitFrom(u"j"_s));
    QVERIFY(!emitFrom(u"j"_s));
    scene.clock.time -= 100'000; // a clock that was set back must not lock anybody out
    QVERIFY(emitFrom(u"j"_s));
    QCOMPARE(scene.log.size(), 2 + 20 + 1 + 20 + 1);
}

QTEST_GUILESS_MAIN(TestHub)
#include "tst_hub.moc"
