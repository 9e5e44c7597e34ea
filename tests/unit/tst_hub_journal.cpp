#include "core/hub/hub.h"
#include "support/fake_clock.h"
#include "support/samples.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

/// Keeps everything in memory and commits when it is told to.
class FakeJournal : public Journal
{
public:
    void open(const QString &epoch, quint64 reserve) override { calls.append(u"open %1 %2"_s.arg(epoch).arg(reserve)); }
    void append(EventPtr event) override
    {
        calls.append(u"append %1 %2"_s.arg(event->seq).arg(typeName(event->data)));
        newest = event->seq;
    }
    void reserve(quint64 to) override { calls.append(u"reserve %1"_s.arg(to)); }
    void keepJob(Job job, quint64 seq) override
    {
        calls.append(u"keep %1 %2 at %3"_s.arg(job.id, stateName(job.state)).arg(seq));
        jobs.push_back(std::move(job));
    }
    void keepDuration(Duration) override { }
    void forget(QStringList ids) override { calls.append(u"forget "_s + ids.join(u',')); }
    void find(const QString &id, std::function<void(std::optional<Job>)> found) override
    {
        for (const Job &job : jobs) {
            if (job.id == id)
                return found(job);
        }
        found({});
    }
    void page(quint64 before, int limit, std::optional<State> state,
              std::function<void(std::vector<Job>)> found) override
    {
        std::vector<Job> page;
        for (auto it = jobs.rbegin(); it != jobs.rend() && page.size() < static_cast<std::size_t>(limit); ++it) {
            if (it->firstSeq < before && (!state || it->state == *state))
                page.push_back(*it);
        }
        found(page);
    }
    void stale(std::optional<UnixMs>, std::optional<qint64> keep, std::function<void(QStringList)> found) override
    {
        QStringList ids;
        for (std::size_t i = 0; i + static_cast<std::size_t>(keep.value_or(0)) < jobs.size(); ++i)
            ids.append(jobs[i].id);
        found(ids);
    }
    void close(std::function<void()> closed) override { closed(); }

    QStringList calls;
    quint64 newest = 0;
    std::vector<Job> jobs;
};

/// A hub with a journal, and everything that it says in one order.
struct Scene
{
    struct Clock : test::FakeClock
    {
        void journalAwaited(bool waits) override { waiting = waits; }
        void recovered(std::vector<Job> jobs, std::vector<Duration>) override
        {
            live = std::move(jobs);
            ready = true;
        }
        bool waiting = false;
        bool ready = false;
        std::vector<Job> live;
    };

    Clock clock;
    Hub hub{{u"hub-1"_s, u"nas"_s, u"e1"_s}, clock};
    FakeJournal journal;
    QStringList log;
    Subscription watch = hub.observe([this](const EventPtr &event) {
        log.append(u"%1 %2 %3"_s.arg(event->seq).arg(event->job, typeName(event->data)));
    });

    explicit Scene(Recovered recovered = {})
    {
        hub.openJournal(journal);
        hub.journalObserver().journalOpened(std::move(recovered));
        journal.calls.clear();
    }

    void queue(const QString &id)
    {
        Job job;
        job.id = id;
        Step step;
        step.id = u"a"_s;
        job.steps.push_back(step);
        hub.publish({id, {}, 1, JobQueued{job}});
    }
    void progress(const QString &id) { hub.publish({id, u"a"_s, 1, StepProgress{test::progressOf(1, 2)}}); }
    void finish(const QString &id)
    {
        JobFinished finished;
        hub.publish({id, {}, 1, finished});
    }
    void commit() { hub.journalObserver().journalCommitted(journal.newest); }
    QStringList take() { return std::exchange(log, {}); }
};

class TestHubJournal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void releasesAfterTheCommit();
    void progressWaitsForTheStateChangesBeforeIt();
    void answersWaitToo();
    void observersThatComeWhileSomethingWaits();
    void hangingAndBack();
    void failingForGood();
    void failsToOpen();
    void goesOnAboveTheReservedNumbers();
    void reservesInTime();
    void withoutNumbersProgressGoesFirst();
    void keepsWhatFinished();
    void pagesGoOnInTheJournal();
    void prunes();
};

void TestHubJournal::releasesAfterTheCommit()
{
    Scene scene;
    scene.queue(u"j"_s);
    QVERIFY(!scene.hub.state().find(u"j"_s));
    QCOMPARE(scene.take(), QStringList());
    QVERIFY(scene.clock.waiting);
    scene.commit();
    QCOMPARE(scene.take(), QStringList{u"1 j job.queued"_s});
    QVERIFY(scene.hub.state().find(u"j"_s));
    QVERIFY(!scene.clock.waiting);
}

void TestHubJournal::progressWaitsForTheStateChangesBeforeIt()
{
    Scene scene;
    scene.queue(u"j"_s);
    scene.progress(u"j"_s);
    QCOMPARE(scene.take(), QStringList());
    scene.commit();
    QCOMPARE(scene.take(), (QStringList{u"1 j job.queued"_s, u"2 j step.progress"_s}));
    scene.progress(u"j"_s); // nothing before it: at once
    QCOMPARE(scene.take(), QStringList{u"3 j step.progress"_s});
    QCOMPARE(scene.journal.calls, QStringList{u"append 1 job.queued"_s});
}

void TestHubJournal::answersWaitToo()
{
    Scene scene;
    scene.queue(u"j"_s);
    scene.commit();
    bool answered = false;
    scene.hub.request(EmitCustom{u"j"_s, {}, u"n"_s, 1}, [&](const Result<Answer> &) { answered = true; });
    QVERIFY(!answered);
    bool listed = false;
    scene.hub.request(GetJob{u"j"_s}, [&](const Result<Answer> &) { listed = true; });
    QVERIFY(listed);
    scene.commit();
    QVERIFY(answered);
}

void TestHubJournal::observersThatComeWhileSomethingWaits()
{
    Scene scene;
    scene.queue(u"j"_s);
    QStringList late;
    const Subscription watch =
        scene.hub.observe([&](const EventPtr &event) { late.append(QString::number(event->seq)); });
    scene.commit();
    QCOMPARE(late, QStringList{u"1"_s});
}

void TestHubJournal::hangingAndBack()
{
    Scene scene;
    scene.queue(u"j"_s);
    scene.hub.journalHangs();
    QCOMPARE(scene.take(), (QStringList{u"1 j job.queued"_s, u"2  hub.degraded"_s}));
    scene.finish(u"j"_s);
    QCOMPARE(scene.take(), QStringList{u"3 j job.finished"_s});
    scene.hub.journalObserver().journalCommitted(1); // not all of it yet
    QCOMPARE(scene.take(), QStringList());
    scene.commit();
    QCOMPARE(scene.take(), QStringList());
    scene.commit(); // of hub.restored itself
    QCOMPARE(scene.take(), QStringList{u"4  hub.restored"_s});
    scene.queue(u"k"_s);
    QCOMPARE(scene.take(), QStringList());
    scene.commit();
    QCOMPARE(scene.take(), QStringList{u"5 k job.queued"_s});
}

void TestHubJournal::failingForGood()
{
    Scene scene;
    scene.queue(u"j"_s);
    scene.hub.journalObserver().journalFailed(u"the disk is gone"_s, false);
    QCOMPARE(scene.take(), (QStringList{u"1 j job.queued"_s, u"2  hub.degraded"_s}));
    QCOMPARE(scene.hub.degraded(), u"the disk is gone"_s);
    scene.queue(u"k"_s);
    QCOMPARE(scene.take(), QStringList{u"3 k job.queued"_s});
    QCOMPARE(scene.journal.calls, QStringList{u"append 1 job.queued"_s});
}

void TestHubJournal::failsToOpen()
{
    Scene::Clock clock;
    Hub hub({u"hub-1"_s, u"nas"_s, u"fresh"_s}, clock);
    FakeJournal journal;
    hub.openJournal(journal);
    QVERIFY(!clock.ready);
    hub.journalObserver().journalFailed(u"it is broken"_s, false);
    QVERIFY(clock.ready);
    QCOMPARE(hub.identity().epoch, u"fresh"_s);
    QCOMPARE(hub.degraded(), u"it is broken"_s);
    QVERIFY(hub.canRecover(u"fresh"_s, 0));
}

void TestHubJournal::goesOnAboveTheReservedNumbers()
{
    Recovered recovered;
    recovered.epoch = u"old"_s;
    recovered.lastSeq = 7;
    recovered.reservedTo = 1000;
    recovered.completeAfter = 5;
    for (const quint64 seq : {quint64(6), quint64(7)}) {
        auto event = std::make_shared<Event>();
        event->seq = seq;
        event->epoch = u"old"_s;
        event->data = Custom{u"n"_s, 1};
        recovered.events.push_back(event);
    }
    Job live;
    live.id = u"j"_s;
    live.state = State::Running;
    live.firstSeq = 3;
    recovered.live.push_back(live);
    Scene scene(std::move(recovered));
    QCOMPARE(scene.hub.identity().epoch, u"old"_s);
    QCOMPARE(scene.hub.state().seq, quint64(1000));
    QCOMPARE(scene.hub.liveJobs(), std::size_t(1));
    QCOMPARE(scene.clock.live.size(), std::size_t(1));
    QCOMPARE(scene.take(), QStringList());
    scene.commit();
    QCOMPARE(scene.take(), QStringList{u"1001  hub.resumed"_s});
    QVERIFY(!scene.hub.canRecover(u"old"_s, 4));
    QVERIFY(scene.hub.canRecover(u"old"_s, 5));
    QVERIFY(scene.hub.canRecover(u"old"_s, 800)); // a number of progress of the life before
    QVERIFY(!scene.hub.canRecover(u"old"_s, 1002));
    QVERIFY(!scene.hub.canRecover(u"other"_s, 7));
    QStringList replay;
    scene.hub.log().visitAfter(6, [&](const EventPtr &event) { replay.append(QString::number(event->seq)); });
    QCOMPARE(replay, (QStringList{u"7"_s, u"1001"_s}));
}

void TestHubJournal::reservesInTime()
{
    Recovered recovered;
    recovered.epoch = u"old"_s;
    recovered.reservedTo = 500;
    Scene scene(std::move(recovered));
    scene.commit();
    scene.queue(u"j"_s);
    scene.commit();
    scene.journal.calls.clear();
    for (int i = 0; i < 500'000; ++i)
        scene.progress(u"j"_s);
    QCOMPARE(scene.journal.calls.size(), 1);
    QVERIFY(scene.journal.calls.front().startsWith(u"reserve "));
}

void TestHubJournal::withoutNumbersProgressGoesFirst()
{
    Scene scene;
    scene.queue(u"j"_s);
    scene.commit();
    scene.hub.journalHangs();
    for (int i = 0; i < 1'000'000; ++i)
        scene.progress(u"j"_s); // nobody reserves more
    scene.take();
    scene.progress(u"j"_s);
    QCOMPARE(scene.take(), QStringList());
    scene.hub.publish({u"j"_s, {}, 1, Custom{u"n"_s, 1}});
    scene.commit();
    QCOMPARE(scene.take().size(), 1);
}

void TestHubJournal::keepsWhatFinished()
{
    Scene scene;
    scene.queue(u"j"_s);
    scene.finish(u"j"_s);
    scene.commit();
    QCOMPARE(scene.journal.calls,
             (QStringList{u"append 1 job.queued"_s, u"append 2 job.finished"_s, u"keep j succeeded at 2"_s}));
}

static std::vector<QString> idsOf(Hub &hub, const ListJobs &request, QString &cursor)
{
    std::vector<QString> ids;
    hub.request(request, [&](const Result<Answer> &answer) {
        const auto &page = std::get<JobPage>(*answer);
        for (const Job &job : page.jobs)
            ids.push_back(job.id);
        cursor = page.cursor;
    });
    return ids;
}

void TestHubJournal::pagesGoOnInTheJournal()
{
    Scene scene;
    scene.queue(u"old-live"_s);
    constexpr int count = 450;
    for (int i = 0; i < count; ++i) {
        scene.queue(u"j%1"_s.arg(i));
        if (i % 7 != 3) // some stay
            scene.finish(u"j%1"_s.arg(i));
        scene.commit();
    }
    QStringList all;
    QString cursor;
    int pages = 0;
    do {
        for (const QString &id : idsOf(scene.hub, {cursor, 60, {}}, cursor))
            all.append(id);
        QVERIFY(++pages < 20);
    } while (!cursor.isEmpty());
    QStringList expected;
    for (int i = count - 1; i >= 0; --i)
        expected.append(u"j%1"_s.arg(i));
    expected.append(u"old-live"_s);
    QCOMPARE(all, expected);
    QString after;
    QCOMPARE(idsOf(scene.hub, {{}, 1000, State::Queued}, after).size(), std::size_t(64 + 1));
    bool found = false;
    scene.hub.request(GetJob{u"j1"_s}, [&](const Result<Answer> &answer) { found = answer.has_value(); });
    QVERIFY(found); // long gone from the state
    QVERIFY(!scene.hub.state().find(u"j1"_s));
}

void TestHubJournal::prunes()
{
    Scene scene;
    for (const char16_t *id : {u"a", u"b", u"c"}) {
        scene.queue(QString::fromUtf16(id));
        scene.finish(QString::fromUtf16(id));
    }
    scene.commit();
    scene.take();
    QJsonObject told;
    scene.hub.request(PruneJobs{{}, 1, {}},
                      [&](const Result<Answer> &answer) { told = std::get<Object>(*answer).value; });
    scene.commit();
    QCOMPARE(scene.take(), QStringList{u"7  hub.pruned"_s});
    QCOMPARE(told[u"jobs"].toInt(), 2);
    QVERIFY(!scene.hub.state().find(u"a"_s));
    QVERIFY(scene.hub.state().find(u"c"_s));
    QVERIFY(scene.journal.calls.contains(u"forget a,b"_s));
    QString refusal;
    scene.hub.request(PruneJobs{}, [&](const Result<Answer> &answer) { refusal = answer.error().message; });
    QVERIFY(refusal.contains(u"expected at least one"));
}

QTEST_GUILESS_MAIN(TestHubJournal)
#include "tst_hub_journal.moc"
