#include "core/view/job_feed.h"
#include "core/wire/native/native.h"
#include "support/fake_link.h"
#include "support/samples.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;
using test::FakeLink;

class TestJobFeed : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void subscribesToAll();
    void oneDeltaAFrame();
    void mergesWhileNotTaken();
    void outputAndCustomEventsAreSilent();
    void pruned();
    void prunedAndBackAgain();
    void historyByPages();
    void eventsWinOverPages();
    void prunedBeforeItsPage();
    void aRefusedPageEndsHistory();
    void resumesFromItsPosition();
    void anotherHubAfterwards();
    void aSnapshotStartsHistoryOver();
};

static Job job(const QString &id, State state = State::Running, const QString &title = u"plain"_s)
{
    Job made = test::makeJob(id);
    made.state = state;
    made.title = title;
    return made;
}

static Snapshot snapshot(const QStringList &ids, quint64 seq = 100, const QString &epoch = u"e1"_s)
{
    Snapshot made;
    made.epoch = epoch;
    made.seq = seq;
    for (const QString &id : ids)
        made.put(job(id));
    return made;
}

static QJsonValue page(const QStringList &ids, const QString &cursor = {})
{
    QJsonArray jobs;
    for (const QString &id : ids)
        jobs.append(QJsonDocument::fromJson(native::encodeJob(job(id, State::Succeeded, u"paged"_s))).object());
    QJsonObject made{{u"jobs"_s, jobs}};
    if (!cursor.isEmpty())
        made.insert(u"cursor"_s, cursor);
    return made;
}

/// `a` for what a snapshot or a page told, `a!` for what just happened.
static QStringList said(const HubDelta &delta)
{
    QStringList list;
    for (const HubDelta::Item &item : delta.jobs)
        list.append(item.job->id + (item.fresh ? u"!"_s : u""_s));
    list.sort();
    return list;
}

struct Scene
{
    bool ready = true;
    std::vector<HubDelta> deltas;
    QStringList lost;
    FakeLink link;
    quint64 seq = 100;
    JobFeed feed{{[this] { return ready; }, [this](HubDelta delta) { deltas.push_back(std::move(delta)); },
                  [this](const QString &reason) { lost.append(reason); }}};

    void event(const QString &id, FactData data, const QString &step = {})
    {
        Event event;
        event.seq = ++seq;
        event.epoch = u"e1"_s;
        event.time = 5000;
        event.job = id;
        event.step = step;
        event.data = std::move(data);
        link.play(event);
    }
    void prune(const QStringList &ids)
    {
        event({}, Notice{u"hub.pruned"_s, {{u"jobs"_s, QJsonArray::fromStringList(ids)}}});
    }
    void title(const QString &id, const QString &text)
    {
        JobChanged changed;
        changed.title = text;
        event(id, changed);
    }
    /// Live jobs there and taken, the first page asked for.
    void start(const QStringList &ids)
    {
        feed.attach(link);
        link.take().answered(QJsonObject{});
        link.sink->snapshotReceived(snapshot(ids), {});
    }
    /// The delta that came since the last time; waits for it.
    HubDelta next()
    {
        if (!QTest::qWaitFor([this] { return !deltas.empty(); }))
            return {};
        HubDelta delta = deltas.front();
        deltas.erase(deltas.begin());
        return delta;
    }
    FakeLink::Call asked()
    {
        (void)QTest::qWaitFor([this] { return !link.calls.empty(); });
        return link.take();
    }
};

static void frames(int count)
{
    QTest::qWait(count * JobFeed::frameMs);
}

void TestJobFeed::subscribesToAll()
{
    Scene scene;
    scene.feed.attach(scene.link);
    const FakeLink::Call call = scene.link.take();
    QCOMPARE(call.method, u"subscribe"_s);
    QCOMPARE(call.params, (QJsonObject{{u"output"_s, false}}));
    call.answered(QJsonObject{});
    frames(3);
    QVERIFY(scene.deltas.empty());
    QVERIFY(scene.link.calls.empty());
    scene.link.sink->snapshotReceived(snapshot({u"a"_s, u"b"_s}), {});
    const HubDelta delta = scene.next();
    QVERIFY(delta.reset);
    QCOMPARE(delta.epoch, u"e1"_s);
    QCOMPARE(delta.seq, 100u);
    QCOMPARE(said(delta), (QStringList{u"a"_s, u"b"_s}));
}

void TestJobFeed::oneDeltaAFrame()
{
    Scene scene;
    scene.start({u"a"_s, u"b"_s});
    (void)scene.next();
    for (int i = 0; i < 500; ++i)
        scene.title(u"a"_s, QString::number(i));
    scene.event(u"new"_s, JobQueued{job(u"new"_s, State::Queued)});
    QVERIFY(scene.deltas.empty()); // never within the link's call
    const HubDelta delta = scene.next();
    QVERIFY(!delta.reset);
    QCOMPARE(said(delta), (QStringList{u"a!"_s, u"new!"_s}));
    QCOMPARE(delta.seq, 601u);
    for (const HubDelta::Item &item : delta.jobs)
        QCOMPARE(item.job->title, item.job->id == u"a"_s ? u"499"_s : u"plain"_s);
    frames(3);
    QVERIFY(scene.deltas.empty());
    // What was handed on stays as it was.
    const JobPtr before = delta.jobs[0].job;
    const Job copy = *before;
    scene.title(before->id, u"another"_s);
    QCOMPARE(said(scene.next()), QStringList{before->id + u'!'});
    QCOMPARE(*before, copy);
}

void TestJobFeed::mergesWhileNotTaken()
{
    Scene scene;
    scene.start({u"a"_s, u"b"_s});
    (void)scene.next();
    scene.ready = false;
    scene.title(u"a"_s, u"1"_s);
    frames(3);
    scene.title(u"b"_s, u"2"_s);
    frames(3);
    scene.event({}, Notice{u"hub.degraded"_s, {}});
    scene.prune({u"b"_s});
    frames(3);
    QVERIFY(scene.deltas.empty());
    scene.ready = true;
    const HubDelta delta = scene.next();
    QCOMPARE(said(delta), QStringList{u"a!"_s});
    QCOMPARE(delta.removed, QStringList{u"b"_s});
    QCOMPARE(delta.notices.size(), 2u);
    frames(3);
    QVERIFY(scene.deltas.empty());
}

void TestJobFeed::outputAndCustomEventsAreSilent()
{
    Scene scene;
    scene.start({u"a"_s});
    (void)scene.next();
    scene.event(u"a"_s, StepOutput{1, Stream::Out, u"x"_s, 0, 1, 0}, u"a"_s);
    scene.event(u"a"_s, Custom{u"n"_s, 1}, u"a"_s);
    scene.title(u"nobody"_s, u"1"_s);
    frames(4);
    QVERIFY(scene.deltas.empty());
    QCOMPARE(scene.feed.state().seq, 103u);
}

void TestJobFeed::pruned()
{
    Scene scene;
    scene.start({u"a"_s, u"b"_s});
    (void)scene.next();
    scene.title(u"a"_s, u"1"_s);
    scene.prune({u"a"_s, u"unknown"_s});
    const HubDelta delta = scene.next();
    QCOMPARE(said(delta), QStringList());
    QCOMPARE(delta.removed, (QStringList{u"a"_s, u"unknown"_s}));
    QCOMPARE(delta.notices.size(), 1u);
    QVERIFY(!scene.feed.state().find(u"a"_s));
}

void TestJobFeed::prunedAndBackAgain()
{
    Scene scene;
    HubView view;
    scene.start({u"a"_s});
    view.take(scene.next());
    scene.prune({u"a"_s});
    scene.event(u"a"_s, JobQueued{job(u"a"_s, State::Queued, u"again"_s)});
    view.take(scene.next());
    QVERIFY(view.find(u"a"_s));
    QCOMPARE(view.find(u"a"_s)->title, u"again"_s);
}

void TestJobFeed::historyByPages()
{
    Scene scene;
    scene.start({u"a"_s});
    (void)scene.next();
    FakeLink::Call call = scene.asked();
    QCOMPARE(call.method, u"job.list"_s);
    QCOMPARE(call.params, (QJsonObject{{u"limit"_s, JobFeed::pageJobs}}));
    frames(3);
    QVERIFY(scene.link.calls.empty()); // one at a time
    call.answered(page({u"a"_s, u"o1"_s, u"o2"_s}, u"77"_s));
    QCOMPARE(said(scene.next()), (QStringList{u"o1"_s, u"o2"_s}));
    call = scene.asked();
    QCOMPARE(call.params[u"cursor"].toString(), u"77"_s);
    call.answered(page({u"o3"_s}));
    QCOMPARE(said(scene.next()), QStringList{u"o3"_s});
    scene.title(u"o3"_s, u"late"_s);
    QCOMPARE(said(scene.next()), QStringList{u"o3!"_s});
    frames(3);
    QVERIFY(scene.link.calls.empty());
}

void TestJobFeed::eventsWinOverPages()
{
    Scene scene;
    scene.start({});
    (void)scene.next();
    const FakeLink::Call call = scene.asked();
    scene.event(u"a"_s, JobQueued{job(u"a"_s, State::Queued, u"told"_s)});
    call.answered(page({u"a"_s, u"b"_s}));
    const HubDelta delta = scene.next();
    QCOMPARE(said(delta), (QStringList{u"a!"_s, u"b"_s}));
    QCOMPARE(scene.feed.state().find(u"a"_s)->title, u"told"_s);
    QCOMPARE(scene.feed.state().find(u"b"_s)->title, u"paged"_s);
}

void TestJobFeed::prunedBeforeItsPage()
{
    Scene scene;
    scene.start({});
    (void)scene.next();
    const FakeLink::Call call = scene.asked();
    scene.prune({u"o1"_s});
    QCOMPARE(scene.next().removed, QStringList{u"o1"_s}); // handed on before the page is there
    scene.prune({u"o2"_s});
    call.answered(page({u"o1"_s, u"o2"_s, u"o3"_s}));
    QCOMPARE(said(scene.next()), QStringList{u"o3"_s});
    QVERIFY(!scene.feed.state().find(u"o1"_s));
}

void TestJobFeed::aRefusedPageEndsHistory()
{
    Scene scene;
    scene.start({u"a"_s});
    (void)scene.next();
    scene.asked().answered(fail(code::notAllowed, u"no"_s));
    scene.title(u"a"_s, u"1"_s);
    (void)scene.next();
    frames(3);
    QVERIFY(scene.link.calls.empty());
}

void TestJobFeed::resumesFromItsPosition()
{
    Scene scene;
    scene.start({u"a"_s});
    (void)scene.next();
    scene.asked().answered(page({u"o1"_s}, u"50"_s));
    (void)scene.next();
    const FakeLink::Call late = scene.asked();
    scene.title(u"a"_s, u"1"_s);
    (void)scene.next();
    scene.link.sink->linkLost(u"the hub went away"_s);
    QCOMPARE(scene.lost, QStringList{u"the hub went away"_s});

    FakeLink second;
    scene.feed.attach(second);
    const FakeLink::Call call = second.take();
    QCOMPARE(call.method, u"subscribe"_s);
    QCOMPARE(call.params, (QJsonObject{{u"output"_s, false}, {u"epoch"_s, u"e1"_s}, {u"seq"_s, 101}}));
    late.answered(page({u"stale"_s}));
    call.answered(QJsonObject{{u"recovered"_s, true}});
    QVERIFY(QTest::qWaitFor([&] { return !second.calls.empty(); }));
    QCOMPARE(second.calls.front().params[u"cursor"].toString(), u"50"_s); // goes on where it was
    QVERIFY(!scene.feed.state().find(u"stale"_s));
    JobChanged changed;
    changed.title = u"2"_s;
    second.play({102, u"e1"_s, 6000, {}, {}, u"a"_s, {}, changed});
    const HubDelta delta = scene.next();
    QVERIFY(!delta.reset);
    QCOMPARE(said(delta), QStringList{u"a!"_s});
}

void TestJobFeed::anotherHubAfterwards()
{
    Scene scene;
    scene.start({u"a"_s});
    (void)scene.next();
    scene.title(u"a"_s, u"unseen"_s);
    scene.link.sink->linkLost(u"gone"_s);
    FakeLink second;
    scene.feed.attach(second);
    second.take().answered(QJsonObject{{u"recovered"_s, false}});
    second.sink->snapshotReceived(snapshot({u"b"_s}, 7, u"e2"_s), {});
    const HubDelta delta = scene.next();
    QVERIFY(delta.reset);
    QCOMPARE(delta.epoch, u"e2"_s);
    QCOMPARE(said(delta), QStringList{u"b"_s});
}

void TestJobFeed::aSnapshotStartsHistoryOver()
{
    Scene scene;
    scene.start({u"a"_s});
    (void)scene.next();
    scene.asked().answered(page({u"o1"_s, u"o2"_s}, u"50"_s));
    (void)scene.next();
    const FakeLink::Call deep = scene.asked();
    QCOMPARE(deep.params[u"cursor"].toString(), u"50"_s);
    // We fell behind: the same link gives a snapshot in between.
    scene.link.sink->snapshotReceived(snapshot({u"a"_s}, 900), {});
    deep.answered(page({u"o3"_s}));
    QVERIFY(scene.next().reset);
    const FakeLink::Call first = scene.asked();
    QCOMPARE(first.method, u"job.list"_s);
    QVERIFY(!first.params.contains(u"cursor"_s));
    first.answered(page({u"o1"_s, u"o2"_s, u"o3"_s}));
    (void)scene.next();
    QVERIFY(scene.feed.state().find(u"o1"_s) && scene.feed.state().find(u"o3"_s));
}

QTEST_GUILESS_MAIN(TestJobFeed)
#include "tst_job_feed.moc"
