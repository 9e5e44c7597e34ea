#include "core/remote/hosts.h"
#include "core/wire/native/native.h"
#include "support/fake_clock.h"
#include "support/samples.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

/// A link whose other side is the test. It may be dead already, told apart by its place in `Scene::links`.
class FakeLink : public RpcLink
{
public:
    FakeLink(QList<QPointer<FakeLink>> &links, Opened opened)
    {
        setOpened(std::move(opened));
        links.append(this);
    }

    void greet(const QString &hub, const QString &epoch = u"e"_s)
    {
        native::Hello hello;
        hello.hub = hub;
        hello.host = u"box"_s;
        hello.epoch = epoch;
        receive(native::notification("hello", native::helloParams(hello)));
    }
    void tell(const Event &event) { receive(native::notification("event", native::encodeEvent(event))); }
    void tell(const Snapshot &snapshot)
    {
        receive(native::notification("snapshot", native::encodeSnapshot(snapshot, false)));
    }
    void breakOff() { lost(u"the line broke"_s); }

    /// The oldest call that was not answered, of that method.
    QJsonObject params(const QString &method) const
    {
        for (const QJsonObject &call : asked) {
            if (call[u"method"] == method)
                return call[u"params"].toObject();
        }
        return {};
    }
    bool wasAsked(const QString &method) const { return countOf(method) > 0; }
    qsizetype countOf(const QString &method) const
    {
        return std::count_if(asked.begin(), asked.end(), [&](const auto &call) { return call[u"method"] == method; });
    }
    void answer(const QString &method, const QJsonObject &result)
    {
        receive(native::result(take(method), QJsonDocument(result).toJson(QJsonDocument::Compact)));
    }
    void refuse(const QString &method, const Error &error) { receive(native::error(take(method), error)); }

    QList<QJsonObject> asked;

protected:
    void write(const QByteArray &message) override { asked.append(QJsonDocument::fromJson(message).object()); }

private:
    QJsonValue take(const QString &method)
    {
        for (qsizetype i = 0; i < asked.size(); ++i) {
            if (asked[i][u"method"] == method)
                return asked.takeAt(i)[u"id"];
        }
        qFatal("there is no call of %s", qPrintable(method));
    }
};

/// Our hub with one host, whose other side is the test.
struct Scene : RemoteHub::Mediator
{
    UnixMs now() const override { return clock.time; }
    Way openLink(const HostSettings &, RpcLink::Opened opened) override
    {
        return {std::make_unique<FakeLink>(links, std::move(opened)), trusted};
    }
    QString claim(const QString &identity, const QString &) override
    {
        return identity == u"ours"_s ? u"nas is this very hub"_s : QString();
    }
    void standingChanged(RemoteHub &) override { }

    static RemoteHub::Patience patience()
    {
        RemoteHub::Patience patience;
        patience.pingMs = 1'000'000;
        patience.backoff.firstMs = 1;
        patience.backoff.mostMs = 5;
        return patience;
    }

    FakeLink &link() { return *links.last(); }
    /// Waits for the next attempt.
    bool attempted(qsizetype count)
    {
        return QTest::qWaitFor([&] { return links.size() >= count; });
    }
    /// Up to `subscribe`; the other clock is that much ahead.
    bool greet(const QString &identity = u"theirs"_s, qint64 ahead = 0)
    {
        link().greet(identity);
        for (int sample = 0; sample < 3; ++sample) {
            if (!QTest::qWaitFor([&] { return link().wasAsked(u"ping"_s); }))
                return false;
            link().answer(u"ping"_s, {{u"time"_s, clock.time + ahead}});
        }
        return QTest::qWaitFor([&] { return link().wasAsked(u"subscribe"_s); });
    }
    void start(const Snapshot &snapshot)
    {
        host.start();
        QVERIFY(greet());
        link().tell(snapshot);
        link().answer(u"subscribe"_s, {{u"recovered"_s, false}});
        QVERIFY(host.standing() == RemoteHub::Standing::Connected);
        told.clear();
    }
    /// The line breaks, and is there again up to `subscribe`.
    void cut()
    {
        const qsizetype attempts = links.size();
        link().breakOff();
        QVERIFY(attempted(attempts + 1));
        QVERIFY(greet());
    }

    static Event theirs(quint64 seq, const QString &job, FactData data, const QString &step = {})
    {
        return {seq, u"e"_s, 5000 + static_cast<qint64>(seq), u"box"_s, u"theirs"_s, job, step, std::move(data)};
    }
    static Job theirJob(const QString &id, State state = State::Running)
    {
        Job job = test::makeJob(id);
        job.hub = u"theirs"_s;
        job.host = u"box"_s;
        job.state = state;
        job.started = 1000;
        if (isFinal(state))
            job.finished = 2000;
        return job;
    }
    static Snapshot theirState(quint64 seq, const QList<Job> &jobs)
    {
        Snapshot snapshot;
        snapshot.epoch = u"e"_s;
        snapshot.seq = seq;
        for (const Job &job : jobs)
            snapshot.put(job);
        return snapshot;
    }

    Result<Answer> answerTo(const Request &request)
    {
        std::optional<Result<Answer>> given;
        hub.request(request, [&](Result<Answer> answer) { given = std::move(answer); });
        return given ? *given : fail(0, u"no answer"_s);
    }

    test::FakeClock clock;
    Hub hub{{u"ours"_s, u"here"_s, u"h"_s}, clock};
    QList<QPointer<FakeLink>> links;
    bool trusted = true;
    QStringList told; ///< `type job@owner's number` of what our hub told
    Subscription watch = hub.observe([this](const EventPtr &event) {
        told.append(u"%1 %2@%3"_s.arg(typeName(event->data), event->job).arg(event->ownerSeq));
    });
    RemoteHub host{hub, {u"nas"_s, u"box"_s, {}, {}, {}}, *this, patience()};
    const int registered = (hub.setHost(u"nas"_s, &host), 0);
};

class TestRemoteHub : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsWhatIsThere();
    void goesOnWhereItWas();
    void whatCameTwiceCountsOnce();
    void putsRightWhatItMissed();
    void holdsBackWhatComesMeanwhile();
    void aJobThatIsGoneThereIsGoneHere();
    void aRunIsStartedOnce_data();
    void aRunIsStartedOnce();
    void anUntrustedRunIsNotSentAgain();
    void takesTheOtherClockOut();
    void refusesItself();
    void anotherHubAtTheSameAddress();
    void anIdThatIsTaken();
    void whatItDoesNotOwnIsNotShown();
    void triesAtOnceWhenTheNetworkChanges();
};

void TestRemoteHub::showsWhatIsThere()
{
    Scene scene;
    scene.host.start();
    QVERIFY(scene.greet());
    QVERIFY(scene.link().params(u"subscribe"_s)[u"own"].toBool());
    QVERIFY(!scene.link().params(u"subscribe"_s).contains(u"seq"));
    scene.link().tell(Scene::theirState(9, {Scene::theirJob(u"done"_s, State::Failed), Scene::theirJob(u"runs"_s)}));
    scene.link().answer(u"subscribe"_s, {{u"recovered"_s, false}});
    QCOMPARE(scene.told,
             (QStringList{u"job.queued done@0"_s, u"job.finished done@0"_s, u"job.queued runs@0"_s,
                          u"host.connected @9"_s}));
    const Job *done = scene.hub.state().find(u"done"_s);
    QVERIFY(done->state == State::Failed);
    QCOMPARE(done->finished, 2000);
    QCOMPARE(done->hub, u"theirs"_s);
    QCOMPARE(done->via, u"nas"_s);
    QVERIFY(scene.hub.state().find(u"runs"_s)->state == State::Running);
    QCOMPARE(scene.hub.liveJobs(), 0u);
}

void TestRemoteHub::goesOnWhereItWas()
{
    Scene scene;
    scene.start(Scene::theirState(9, {Scene::theirJob(u"j"_s)}));
    scene.link().tell(Scene::theirs(12, u"j"_s, StepStarted{1, 5}, u"a"_s));
    QCOMPARE(scene.told, QStringList{u"step.started j@12"_s});
    scene.link().breakOff();
    QTRY_VERIFY(scene.host.standing() == RemoteHub::Standing::Lost);
    QCOMPARE(scene.hub.state().find(u"j"_s)->lostSince, scene.clock.time);
    QVERIFY(scene.attempted(2));
    QVERIFY(scene.greet());
    QCOMPARE(scene.link().params(u"subscribe"_s)[u"epoch"].toString(), u"e"_s);
    QCOMPARE(scene.link().params(u"subscribe"_s)[u"seq"].toInteger(), 12);
    scene.told.clear();
    scene.link().answer(u"subscribe"_s, {{u"recovered"_s, true}});
    QVERIFY(!scene.hub.state().find(u"j"_s)->lostSince);
    scene.link().tell(Scene::theirs(14, u"j"_s, StepFinished{1, State::Succeeded, {}, 1}, u"a"_s));
    QCOMPARE(scene.told, (QStringList{u"host.connected @12"_s, u"step.finished j@14"_s}));
}

void TestRemoteHub::whatCameTwiceCountsOnce()
{
    Scene scene;
    scene.start(Scene::theirState(9, {Scene::theirJob(u"j"_s)}));
    for (const quint64 seq : {10, 11, 10, 9, 11, 12})
        scene.link().tell(Scene::theirs(seq, u"j"_s, Custom{u"mark"_s, {}}));
    QCOMPARE(scene.told, (QStringList{u"custom j@10"_s, u"custom j@11"_s, u"custom j@12"_s}));
}

void TestRemoteHub::putsRightWhatItMissed()
{
    Scene scene;
    Job moving = Scene::theirJob(u"moving"_s);
    scene.start(Scene::theirState(9, {Scene::theirJob(u"ends"_s), Scene::theirJob(u"stays"_s), moving}));
    scene.cut();
    scene.told.clear();
    moving.steps[0].progress = test::progressOf(1, 2);
    scene.link().tell(Scene::theirState(90,
                                        {Scene::theirJob(u"ends"_s, State::Succeeded), Scene::theirJob(u"stays"_s),
                                         moving, Scene::theirJob(u"new"_s)}));
    scene.link().answer(u"subscribe"_s, {{u"recovered"_s, false}});
    QCOMPARE(scene.told,
             (QStringList{u"job.queued ends@0"_s, u"job.finished ends@0"_s, u"step.progress moving@0"_s,
                          u"job.queued new@0"_s, u"host.connected @90"_s}));
    QVERIFY(scene.hub.state().find(u"ends"_s)->state == State::Succeeded);
    QCOMPARE(scene.hub.state().find(u"moving"_s)->steps[0].progress->done, 1.0);
    // What was told before the snapshot was taken is in it.
    scene.link().tell(Scene::theirs(90, u"new"_s, Custom{u"mark"_s, {}}));
    scene.link().tell(Scene::theirs(91, u"new"_s, Custom{u"mark"_s, {}}));
    QCOMPARE(scene.told.mid(5), QStringList{u"custom new@91"_s});
}

void TestRemoteHub::holdsBackWhatComesMeanwhile()
{
    Scene scene;
    scene.start(Scene::theirState(9, {Scene::theirJob(u"old"_s)}));
    scene.cut();
    scene.told.clear();
    // It ran when we last heard of it and is too old for the snapshot: the comparison waits for what it became.
    scene.link().tell(Scene::theirState(20, {}));
    scene.link().answer(u"subscribe"_s, {{u"recovered"_s, false}});
    scene.link().tell(Scene::theirs(21, u"next"_s, JobQueued{Scene::theirJob(u"next"_s, State::Queued)}));
    scene.link().tell(Scene::theirs(22, u"next"_s, JobStarted{1}));
    QVERIFY(scene.told.isEmpty());
    QCOMPARE(scene.link().params(u"job.get"_s)[u"job"].toString(), u"old"_s);
    scene.link().answer(
        u"job.get"_s, QJsonDocument::fromJson(native::encodeJob(Scene::theirJob(u"old"_s, State::Cancelled))).object());
    QCOMPARE(scene.told,
             (QStringList{u"job.queued old@0"_s, u"job.finished old@0"_s, u"host.connected @20"_s,
                          u"job.queued next@21"_s, u"job.started next@22"_s}));
}

void TestRemoteHub::aJobThatIsGoneThereIsGoneHere()
{
    Scene scene;
    scene.start(Scene::theirState(9, {Scene::theirJob(u"a"_s), Scene::theirJob(u"b"_s, State::Succeeded)}));
    scene.link().tell(Scene::theirs(10, {}, Notice{u"hub.pruned"_s, {{u"jobs"_s, QJsonArray{u"b"_s, u"ours"_s}}}}));
    QVERIFY(!scene.hub.state().find(u"b"_s));
    scene.cut();
    scene.link().tell(Scene::theirState(20, {}));
    scene.link().answer(u"subscribe"_s, {{u"recovered"_s, false}});
    scene.link().refuse(u"job.get"_s, {code::unknownJob, u"there is no job \"a\""_s, {}});
    QVERIFY(!scene.hub.state().find(u"a"_s));
    QVERIFY(scene.host.standing() == RemoteHub::Standing::Connected);
}

void TestRemoteHub::aRunIsStartedOnce_data()
{
    QTest::addColumn<bool>("arrived");
    QTest::newRow("it had arrived") << true;
    QTest::newRow("it had not") << false;
}

void TestRemoteHub::aRunIsStartedOnce()
{
    QFETCH(const bool, arrived);
    Scene scene;
    scene.start(Scene::theirState(9, {}));
    RunJob run;
    run.command = {u"true"_s};
    run.cwd = u"/of/here"_s;
    run.env.emplace();
    run.host = u"nas"_s;
    std::vector<Result<Answer>> answers;
    scene.hub.request(run, [&](const Result<Answer> &answer) { answers.push_back(answer); });
    const QJsonObject sent = scene.link().params(u"job.run"_s);
    QVERIFY(!sent.contains(u"cwd") && !sent.contains(u"env") && !sent.contains(u"host"));
    const QString id = sent[u"job_id"].toString();
    QVERIFY(!id.isEmpty());
    scene.cut();
    QVERIFY(answers.empty());
    scene.link().answer(u"subscribe"_s, {{u"recovered"_s, true}});
    QCOMPARE(scene.link().params(u"job.get"_s)[u"job"].toString(), id);
    QVERIFY(!scene.link().wasAsked(u"job.run"_s));
    const QJsonObject job = QJsonDocument::fromJson(native::encodeJob(Scene::theirJob(id))).object();
    if (arrived) {
        scene.link().answer(u"job.get"_s, job);
    } else {
        scene.link().refuse(u"job.get"_s, {code::unknownJob, u"there is no such job"_s, {}});
        QCOMPARE(scene.link().params(u"job.run"_s)[u"job_id"].toString(), id);
        scene.link().answer(u"job.run"_s, {{u"job"_s, id}, {u"state"_s, u"queued"_s}, {u"queue_position"_s, {}}});
    }
    QVERIFY(answers.empty()); // it is acknowledged when it is known here
    scene.link().tell(Scene::theirs(10, id, JobQueued{Scene::theirJob(id, State::Queued)}));
    QCOMPARE(answers.size(), 1u);
    QVERIFY(answers[0].has_value());
    QCOMPARE(std::get<JobAck>(*answers[0]).job, id);
    QCOMPARE(scene.link().countOf(u"job.run"_s), 0);
    scene.cut();
    scene.link().answer(u"subscribe"_s, {{u"recovered"_s, true}});
    QVERIFY(!scene.link().wasAsked(u"job.get"_s) && !scene.link().wasAsked(u"job.run"_s));
    QCOMPARE(answers.size(), 1u);
}

void TestRemoteHub::anUntrustedRunIsNotSentAgain()
{
    Scene scene;
    scene.trusted = false;
    scene.start(Scene::theirState(9, {}));
    RunJob run;
    run.command = {u"true"_s};
    run.host = u"nas"_s;
    std::vector<Result<Answer>> answers;
    scene.hub.request(run, [&](const Result<Answer> &answer) { answers.push_back(answer); });
    QVERIFY(!scene.link().params(u"job.run"_s).contains(u"job_id"));
    scene.cut();
    QCOMPARE(answers.size(), 1u);
    QCOMPARE(answers[0].error().message, u"nas was lost before it answered: the line broke"_s);
    scene.link().answer(u"subscribe"_s, {{u"recovered"_s, true}});
    QVERIFY(!scene.link().wasAsked(u"job.get"_s) && !scene.link().wasAsked(u"job.run"_s));
    run.toml = u""_s;
    QCOMPARE(scene.answerTo(run).error().code, code::notAllowed);
}

void TestRemoteHub::takesTheOtherClockOut()
{
    Scene scene;
    scene.host.start();
    QVERIFY(scene.greet(u"theirs"_s, 3'600'000));
    scene.link().tell(Scene::theirState(9, {Scene::theirJob(u"j"_s)}));
    scene.link().answer(u"subscribe"_s, {{u"recovered"_s, false}});
    const Job *job = scene.hub.state().find(u"j"_s);
    QCOMPARE(job->clockOffsetMs, 3'600'000);
    QCOMPARE(job->ownersNow(scene.clock.time), scene.clock.time + 3'600'000);
    QCOMPARE(scene.host.describe()[u"clock_offset_ms"].toInteger(), 3'600'000);
    // Set right there meanwhile.
    scene.host.hurry();
    scene.link().answer(u"ping"_s, {{u"time"_s, scene.clock.time}});
    QCOMPARE(scene.hub.state().find(u"j"_s)->clockOffsetMs, 0);
}

void TestRemoteHub::refusesItself()
{
    Scene scene;
    scene.host.start();
    scene.link().greet(u"ours"_s);
    QTRY_VERIFY(scene.host.standing() == RemoteHub::Standing::Twin);
    QCOMPARE(scene.host.describe()[u"state"].toString(), u"duplicate"_s);
    RunJob run;
    run.command = {u"true"_s};
    run.host = u"nas"_s;
    QCOMPARE(scene.answerTo(run).error().message, u"nas cannot be reached: nas is this very hub"_s);
}

void TestRemoteHub::anotherHubAtTheSameAddress()
{
    Scene scene;
    scene.start(Scene::theirState(9, {Scene::theirJob(u"j"_s)}));
    scene.link().breakOff();
    QVERIFY(scene.attempted(2));
    QVERIFY(scene.greet(u"installed anew"_s));
    QVERIFY(!scene.hub.state().find(u"j"_s));
    QVERIFY(!scene.link().params(u"subscribe"_s).contains(u"seq"));
}

void TestRemoteHub::anIdThatIsTaken()
{
    Scene scene;
    scene.hub.publish(test::queuedFact(test::makeJob(u"taken"_s)));
    scene.start(Scene::theirState(9, {Scene::theirJob(u"taken"_s, State::Failed)}));
    scene.link().tell(Scene::theirs(10, u"taken"_s, JobStarted{1}));
    scene.link().tell(Scene::theirs(11, u"taken"_s, JobQueued{Scene::theirJob(u"taken"_s)}));
    QVERIFY(scene.told.isEmpty());
    QVERIFY(scene.hub.state().find(u"taken"_s)->state == State::Queued);
    QVERIFY(scene.hub.state().find(u"taken"_s)->via.isEmpty());
}

void TestRemoteHub::whatItDoesNotOwnIsNotShown()
{
    Scene scene;
    Job foreign = Scene::theirJob(u"foreign"_s);
    foreign.hub = u"third"_s;
    scene.start(Scene::theirState(9, {foreign}));
    QVERIFY(!scene.hub.state().find(u"foreign"_s));
    Event event = Scene::theirs(10, u"other"_s, JobQueued{foreign});
    event.hub = u"third"_s;
    scene.link().tell(event);
    QVERIFY(scene.told.isEmpty());
}

void TestRemoteHub::triesAtOnceWhenTheNetworkChanges()
{
    Scene scene;
    RemoteHub::Patience patience = Scene::patience();
    patience.backoff.firstMs = patience.backoff.mostMs = 1'000'000;
    patience.hurriedMs = 50;
    RemoteHub host(scene.hub, {u"far"_s, u"far"_s, {}, {}, {}}, scene, patience);
    host.start();
    scene.link().breakOff();
    QTRY_VERIFY(host.standing() == RemoteHub::Standing::Lost);
    QCOMPARE(scene.links.size(), 1);
    host.hurry();
    QCOMPARE(scene.links.size(), 2);
    host.hurry(); // this attempt has just begun
    QCOMPARE(scene.links.size(), 2);
    QTest::qWait(60); // and hangs
    host.hurry();
    QCOMPARE(scene.links.size(), 3);
    QVERIFY(scene.greet());
    scene.link().answer(u"subscribe"_s, {{u"recovered"_s, true}});
    QVERIFY(host.standing() == RemoteHub::Standing::Connected);
    // The network is another, and what was connected by the old one does not answer any more.
    host.hurry();
    QTRY_VERIFY(host.standing() == RemoteHub::Standing::Lost);
    QCOMPARE(host.describe()[u"reason"].toString(), u"far does not answer"_s);
}

QTEST_GUILESS_MAIN(TestRemoteHub)
#include "tst_remote_hub.moc"
