#include "core/view/hub_view.h"
#include "core/view/words.h"
#include "support/samples.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

/// Says `+a` for a new job, `-a` for one that is gone, `a` for another, with `!` when it just happened.
static QStringList said(const std::vector<HubView::Change> &changes)
{
    QStringList list;
    for (const HubView::Change &change : changes) {
        const QString id = change.after ? change.after->id : change.before->id;
        list.append((change.before ? change.after ? u""_s : u"-"_s : u"+"_s) + id + (change.fresh ? u"!"_s : u""_s));
    }
    list.sort();
    return list;
}

static JobPtr jobOf(const QString &id, State state = State::Running)
{
    Job job = test::makeJob(id);
    job.state = state;
    return std::make_shared<const Job>(std::move(job));
}

static HubDelta deltaOf(std::vector<HubDelta::Item> jobs, bool reset = false)
{
    HubDelta delta;
    delta.reset = reset;
    delta.jobs = std::move(jobs);
    return delta;
}

class TestHubView : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void pairs();
    void resets();
    void countsByHost();
    void nothingNewIsSilent();
    void calls();
    void callsWithoutAHub();
    void callsOfSomebodyGone();
    void follows();
    void words_data();
    void words();
    void figures_data();
    void figures();
    void times();
};

/// A view and what it told last.
struct Scene
{
    HubView view;
    int told = 0;
    HubView::Update update;

    Scene()
    {
        QObject::connect(&view, &HubView::updated, &view, [this](const HubView::Update &given) {
            ++told;
            update = given;
        });
    }
};

void TestHubView::pairs()
{
    Scene scene;
    const JobPtr first = jobOf(u"a"_s, State::Queued);
    scene.view.take(deltaOf({{first, true}, {jobOf(u"b"_s, State::Failed), false}}));
    QCOMPARE(said(scene.update.changes), (QStringList{u"+a!"_s, u"+b"_s}));
    QCOMPARE(scene.view.liveJobs(), 1);
    QVERIFY(!scene.update.reset);

    const JobPtr second = jobOf(u"a"_s, State::Succeeded);
    scene.view.take(deltaOf({{second, true}}));
    QCOMPARE(scene.update.changes.size(), 1u);
    QCOMPARE(scene.update.changes[0].before, first);
    QCOMPARE(scene.update.changes[0].after, second);
    QCOMPARE(scene.view.find(u"a"_s), second);
    QCOMPARE(scene.view.liveJobs(), 0);
    scene.view.take(deltaOf({{jobOf(u"a"_s, State::Queued), true}})); // a retry
    QCOMPARE(scene.view.liveJobs(), 1);

    HubDelta gone;
    gone.removed = {u"a"_s, u"nobody"_s};
    scene.view.take(gone);
    QCOMPARE(said(scene.update.changes), QStringList{u"-a!"_s});
    QCOMPARE(scene.view.liveJobs(), 0);
    QCOMPARE(scene.view.find(u"a"_s), JobPtr());
    QCOMPARE(scene.view.jobs().size(), 1u);
    QCOMPARE(scene.told, 4);
}

void TestHubView::resets()
{
    Scene scene;
    const JobPtr kept = jobOf(u"kept"_s);
    scene.view.take(deltaOf({{kept, false}, {jobOf(u"gone"_s), false}, {jobOf(u"ends"_s), false}}, true));
    QCOMPARE(scene.view.liveJobs(), 3);
    scene.view.take(deltaOf({{kept, false}, {jobOf(u"ends"_s, State::Failed), true}, {jobOf(u"new"_s), false}}, true));
    QVERIFY(scene.update.reset);
    QCOMPARE(said(scene.update.changes), (QStringList{u"+new"_s, u"-gone"_s, u"ends!"_s}));
    QCOMPARE(scene.view.liveJobs(), 2);
    QCOMPARE(scene.view.jobs().size(), 3u);
    for (const HubView::Change &change : scene.update.changes) {
        if (change.before && change.after)
            QCOMPARE(change.before->state, State::Running);
    }
    scene.view.take(deltaOf({}, true));
    QCOMPARE(scene.update.changes.size(), 3u);
    QCOMPARE(scene.view.liveJobs(), 0);
    QVERIFY(scene.view.jobs().empty());
}

void TestHubView::countsByHost()
{
    using Hosts = std::map<QString, int>;
    const auto on = [](const char16_t *host, const QString &id, State state) {
        Job job = *jobOf(id, state);
        job.host = QString::fromUtf16(host);
        return std::make_shared<const Job>(std::move(job));
    };
    Scene scene;
    scene.view.take(deltaOf({{on(u"nas", u"a"_s, State::Running), false}, {on(u"pc", u"b"_s, State::Failed), false}}));
    QCOMPARE(scene.view.hosts(), (Hosts{{u"nas"_s, 1}, {u"pc"_s, 1}}));
    scene.view.take(deltaOf({{on(u"nas", u"a"_s, State::Succeeded), true}, {on(u"pc", u"c"_s, State::Held), true}}));
    QCOMPARE(scene.view.hosts(), (Hosts{{u"nas"_s, 1}, {u"pc"_s, 2}}));
    QCOMPARE(scene.view.live().size(), 1u);
    QCOMPARE(scene.view.live().begin()->second, scene.view.find(u"c"_s));
    HubDelta gone;
    gone.removed = {u"a"_s, u"b"_s};
    scene.view.take(gone);
    QCOMPARE(scene.view.hosts(), (Hosts{{u"pc"_s, 1}}));
    scene.view.take(deltaOf({{on(u"nas", u"d"_s, State::Queued), false}}, true));
    QCOMPARE(scene.view.hosts(), (Hosts{{u"nas"_s, 1}}));
    QCOMPARE(scene.view.live().size(), 1u);
}

void TestHubView::nothingNewIsSilent()
{
    Scene scene;
    scene.view.take({});
    QCOMPARE(scene.told, 0);
    const JobPtr job = jobOf(u"a"_s);
    scene.view.take(deltaOf({{job, true}}));
    scene.view.take(deltaOf({{job, true}}));
    QCOMPARE(scene.told, 1);
    HubDelta notice;
    notice.notices = {std::make_shared<const Event>()};
    scene.view.take(notice);
    QCOMPARE(scene.told, 2);
    QCOMPARE(scene.update.notices.size(), 1u);

    QSignalSpy spy(&scene.view, &HubView::statusChanged);
    scene.view.setStatus({});
    QCOMPARE(spy.size(), 0);
    HubView::Status lost;
    lost.link = HubView::Link::Lost;
    scene.view.setStatus(lost);
    scene.view.setStatus(lost);
    QCOMPARE(spy.size(), 1);
}

/// Keeps what it is asked.
class FakeDriver : public HubView::Driver
{
public:
    void call(const QString &method, const QJsonObject &params, HubLink::Answered answered) override
    {
        asked.append(method + u' ' + params[u"job"].toString());
        answers.push_back(std::move(answered));
    }
    void followOutput(const QString &job) override { followed.append(job); }

    QStringList asked;
    QStringList followed;
    std::vector<HubLink::Answered> answers;
};

void TestHubView::calls()
{
    FakeDriver driver;
    HubView view;
    view.setDriver(&driver);
    QObject context;
    QStringList got;
    view.call(&context, u"job.cancel"_s, {{u"job"_s, u"a"_s}},
              [&](const Result<QJsonValue> &result) { got.append(result ? result->toString() : u"refused"_s); });
    QCOMPARE(driver.asked, QStringList{u"job.cancel a"_s});
    driver.answers[0](QJsonValue(u"yes"_s));
    QCOMPARE(got, QStringList{u"yes"_s});
    view.call(&context, u"job.hold"_s, {{u"job"_s, u"b"_s}}); // whoever does not care need not listen
    driver.answers[1](fail(code::wrongState, u"no"_s));
    QCOMPARE(got.size(), 1);
}

void TestHubView::callsWithoutAHub()
{
    HubView view;
    QObject context;
    std::vector<int> codes;
    view.call(&context, u"job.cancel"_s, {},
              [&](const Result<QJsonValue> &result) { codes.push_back(result ? 0 : result.error().code); });
    QVERIFY(codes.empty()); // later, never inside of the call
    QTRY_COMPARE(codes.size(), 1u);
    QCOMPARE(codes[0], code::hostUnreachable);
}

void TestHubView::callsOfSomebodyGone()
{
    FakeDriver driver;
    HubView view;
    int told = 0;
    const auto count = [&](const Result<QJsonValue> &) { ++told; };
    auto context = std::make_unique<QObject>();
    view.call(context.get(), u"without"_s, {}, count);
    view.setDriver(&driver);
    view.call(context.get(), u"with"_s, {}, count);
    context.reset();
    driver.answers.at(0)(QJsonValue(1));
    bool later = false;
    QMetaObject::invokeMethod(
        &view, [&] { later = true; }, Qt::QueuedConnection);
    QTRY_VERIFY(later);
    QCOMPARE(told, 0);
}

void TestHubView::follows()
{
    FakeDriver driver;
    HubView view;
    view.followOutput(u"early"_s);
    QCOMPARE(view.followed(), u"early"_s);
    view.setDriver(&driver);
    view.followOutput(u"a"_s);
    view.followOutput({});
    QCOMPARE(driver.followed, (QStringList{u"a"_s, QString()}));
    int pieces = 0;
    connect(&view, &HubView::outputReceived, this,
            [&](const std::vector<OutputPiece> &given) { pieces += static_cast<int>(given.size()); });
    view.takeOutput(std::vector<OutputPiece>(3));
    QCOMPARE(pieces, 3);
}

/// A backup of two steps, the second of which is at work.
static Job pipeline()
{
    Job job = test::makeJob(u"j"_s, {u"scan"_s, u"prune"_s});
    job.title = u"nightly backup"_s;
    job.pipeline = u"backup"_s;
    job.host = u"nas"_s;
    job.state = State::Running;
    job.steps[0].state = State::Succeeded;
    job.steps[1].state = State::Running;
    job.steps[1].title = u"prune"_s;
    job.steps[1].started = 2000;
    return job;
}

static Job command()
{
    Job job = test::makeJob(u"c"_s, {u"main"_s});
    job.title = u"make -j8"_s;
    job.command = {u"make"_s, u"-j8"_s};
    job.state = State::Running;
    job.steps[0].title = u"make"_s;
    job.steps[0].state = State::Running;
    job.steps[0].started = 2000;
    return job;
}

static Job ended(Job job, State state, const Failure &error)
{
    job.state = state;
    for (Step &step : job.steps) {
        if (step.state == State::Running)
            step.state = state;
    }
    job.error = error;
    return job;
}

void TestHubView::words_data()
{
    QTest::addColumn<Job>("job");
    QTest::addColumn<QString>("doing");
    QTest::addColumn<QString>("outcome");
    QTest::addColumn<QString>("line");

    Job job = pipeline();
    QTest::newRow("running") << job << u"prune"_s << u"running"_s << u"nightly backup on nas, prune, 50 %"_s;
    job.etaMs = 12 * 60'000;
    job.steps[1].progress = test::progressOf(4, 16);
    job.steps[1].progress->message = u"blur"_s;
    QTest::newRow("figures") << job << u"prune, blur 4/16"_s << u"running"_s
                             << u"nightly backup on nas, prune, blur 4/16, 62 %, ~12 min left"_s;
    job.steps[1].estimated = true;
    job.steps[1].stalledMs = 4 * 60'000;
    QTest::newRow("guessed and quiet") << job << u"prune, blur, quiet for 4 min"_s << u"running"_s
                                       << u"nightly backup on nas, prune, blur, quiet for 4 min, ~62 %, ~12 min left"_s;
    job = pipeline();
    job.state = State::Paused;
    job.host = u"here"_s;
    QTest::newRow("paused here") << job << u"paused, prune"_s << u"paused"_s
                                 << u"nightly backup, paused, prune, 50 %"_s;
    job.state = State::Queued;
    job.queuePosition = 2;
    job.steps[1].state = State::Queued;
    QTest::newRow("in a queue") << job << u"#2 in the queue"_s << u"queued"_s << u"nightly backup, #2 in the queue"_s;
    job.state = State::Held;
    QTest::newRow("held") << job << u"held"_s << u"held"_s << u"nightly backup, held"_s;

    const Failure full{u"exited with 1"_s, u"prune"_s, 1, {}, u"no space left"_s};
    job = ended(pipeline(), State::Failed, full);
    QTest::newRow("failed") << job << u"failed: prune"_s << u"failed: prune"_s
                            << u"nightly backup on nas, failed: prune"_s;
    job = ended(pipeline(), State::Cancelled, {u"cancelled"_s, {}, {}, {}, {}});
    job.etaMs = 5;
    QTest::newRow("cancelled") << job << u"cancelled"_s << u"cancelled"_s << u"nightly backup on nas, cancelled"_s;
    job = ended(pipeline(), State::Succeeded, {});
    job.error.reset();
    QTest::newRow("succeeded") << job << QString() << u"succeeded"_s << u"nightly backup on nas"_s;

    job = command();
    QTest::newRow("command") << job << QString() << u"running"_s << u"make -j8"_s;
    job.steps[0].stalledMs = 90'000;
    QTest::newRow("quiet command") << job << u"quiet for 90 s"_s << u"running"_s << u"make -j8, quiet for 90 s"_s;
    Failure why{u"exited with 2"_s, u"main"_s, 2, {}, {}};
    QTest::newRow("failed command") << ended(command(), State::Failed, why) << u"failed: exited with 2"_s
                                    << u"failed: exited with 2"_s << u"make -j8, failed: exited with 2"_s;
    why.lastLine = u"No rule to make target"_s;
    QTest::newRow("last line") << ended(command(), State::TimedOut, why) << u"timed out: No rule to make target"_s
                               << u"timed out: No rule to make target"_s
                               << u"make -j8, timed out: No rule to make target"_s;
}

void TestHubView::words()
{
    QFETCH(const Job, job);
    QTEST(Words::doing(job), "doing");
    QTEST(Words::outcome(job), "outcome");
    QTEST(Words::line(job, u"here"_s), "line");
}

void TestHubView::figures_data()
{
    QTest::addColumn<double>("done");
    QTest::addColumn<double>("total");
    QTest::addColumn<QString>("unit");
    QTest::addColumn<QString>("text");
    QTest::newRow("items") << 4.0 << 6.0 << u"items"_s << u"4/6"_s;
    QTest::newRow("no total") << 4.0 << -1.0 << u"files"_s << u"4 files"_s;
    QTest::newRow("parts") << 1.5 << 10.0 << u"s"_s << u"1.5/10 s"_s;
    QTest::newRow("bytes") << 1536.0 << 3.0 * 1024 * 1024 << u"bytes"_s << u"1.5 KiB of 3.0 MiB"_s;
    QTest::newRow("many") << 1234567.0 << -1.0 << QString() << u"1,234,567"_s;
}

void TestHubView::figures()
{
    QFETCH(const double, done);
    QFETCH(const double, total);
    QFETCH(const QString, unit);
    QTEST(Words::figures(done, total < 0 ? std::nullopt : std::optional(total), unit), "text");
}

void TestHubView::times()
{
    QCOMPARE(Words::duration(-5), u"0.0 s"_s);
    QCOMPARE(Words::duration(1299), u"1.2 s"_s);
    QCOMPARE(Words::duration(59'999), u"59.9 s"_s);
    QCOMPARE(Words::duration(250'000), u"4 min 10 s"_s);
    QCOMPARE(Words::duration(7'500'000), u"2 h 5 min"_s);
    QCOMPARE(Words::rough(39'001), u"40 s"_s);
    QCOMPARE(Words::rough(100'000), u"2 min"_s);
    QCOMPARE(Words::rough(9'000'000), u"2.5 h"_s);
    QCOMPARE(Words::ago(4'999), u"just now"_s);
    QCOMPARE(Words::ago(240'000), u"4 min ago"_s);
    QCOMPARE(Words::ago(3LL * 86'400'000), u"3 days ago"_s);
    QCOMPARE(Words::wholePercent(0.9999), 99);
    QCOMPARE(Words::wholePercent(0.29), 29); // 0.29 * 100 is a little less
}

QTEST_GUILESS_MAIN(TestHubView)
#include "tst_hub_view.moc"
