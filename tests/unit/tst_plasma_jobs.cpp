#include "core/desktop/plasma_jobs.h"
#include "core/view/words.h"
#include "support/private_bus.h"
#include "support/samples.h"

#include <QDBusArgument>
#include <QDBusObjectPath>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

namespace {

/// Plasma's job server, by the contract: keeps what it was told.
class JobViewServer
{
public:
    enum class Kind { V2, Legacy, Silent, Refusing };

    struct Call
    {
        QString path;
        QString what; ///< interface, method and signature
        QVariantList arguments;
    };

    JobViewServer(const QString &address, Kind kind) : peer(address, u"server%1"_s.arg(++s_count)), m_kind(kind)
    {
        peer.handler = [this](const QDBusMessage &message) { return handle(message); };
        QVERIFY(peer.connection.registerService(u"org.kde.JobViewServer"_s));
    }

    [[nodiscard]] QStringList methods(const QString &path) const
    {
        QStringList names;
        for (const Call &call : calls) {
            if (call.path == path)
                names.append(call.what);
        }
        return names;
    }
    /// All that the updates of a view came to.
    [[nodiscard]] QVariantMap shown(const QString &path) const
    {
        QVariantMap state;
        for (const Call &call : calls) {
            if (call.path == path && call.what.contains(u".update "))
                state.insert(call.arguments[0].toMap());
        }
        return state;
    }
    void press(const QString &path, const QString &interface, const QString &signal)
    {
        QVERIFY(peer.connection.send(QDBusMessage::createSignal(path, interface, signal)));
    }
    void leave() { QVERIFY(peer.connection.unregisterService(u"org.kde.JobViewServer"_s)); }

    test::BusPeer peer;
    std::vector<Call> calls;
    std::vector<QDBusMessage> unanswered;

private:
    bool handle(const QDBusMessage &message)
    {
        Call call{message.path(), u"%1.%2 %3"_s.arg(message.interface(), message.member(), message.signature()), {}};
        for (const QVariant &argument : message.arguments())
            call.arguments.append(argument.canConvert<QDBusArgument>()
                                      ? QVariant(qdbus_cast<QVariantMap>(argument.value<QDBusArgument>()))
                                      : argument);
        if (m_kind == Kind::Legacy && message.interface() == u"org.kde.JobViewServerV2")
            return peer.connection.send(message.createErrorReply(QDBusError::UnknownInterface, u"no such interface"_s));
        calls.push_back(call);
        if (message.member() != u"requestView")
            return peer.connection.send(message.createReply());
        if (m_kind == Kind::Silent) {
            message.setDelayedReply(true);
            unanswered.push_back(message);
            return true;
        }
        if (m_kind == Kind::Refusing)
            return peer.connection.send(message.createErrorReply(QDBusError::AccessDenied, u"no"_s));
        const QDBusObjectPath path(u"/JobViewServer/JobView_%1"_s.arg(++m_views));
        return peer.connection.send(message.createReply(QVariant::fromValue(path)));
    }

    static inline int s_count = 0;
    Kind m_kind;
    int m_views = 0;
};

struct Driver : HubView::Driver
{
    QStringList asked;
    void call(const QString &method, const QJsonObject &params, HubLink::Answered) override
    {
        asked.append(u"%1 %2 %3"_s.arg(method, params[u"job"_s].toString(), params[u"mode"_s].toString()).trimmed());
    }
    void followOutput(const QString &) override { }
};

Job running(const QString &id)
{
    Job job = test::makeJob(id, {u"copy"_s, u"check"_s});
    job.state = State::Running;
    job.host = u"nas"_s;
    job.capabilities = {u"cancel"_s, u"pause"_s};
    job.started = job.created;
    job.steps[0].state = State::Running;
    job.steps[0].started = 2000;
    Progress progress = test::progressOf(1024, 4096);
    progress.unit = u"bytes"_s;
    progress.fraction = 0.25;
    job.steps[0].progress = progress;
    return job;
}

struct Scene
{
    test::PrivateBus daemon;
    Driver driver;
    HubView view;
    QStringList warnings;
    SessionBus bus{{SessionBus::Which::Session, daemon.address()}, [this](const QString &text) { warnings += text; }};
    PlasmaJobs jobs{view, bus};

    Scene() { view.setDriver(&driver); }
    void take(const Job &job, bool fresh = true)
    {
        HubDelta delta;
        delta.jobs.push_back({std::make_shared<const Job>(job), fresh});
        view.take(std::move(delta));
    }
};

} // namespace

const QString view1 = u"/JobViewServer/JobView_1"_s;
const QString view2 = u"/JobViewServer/JobView_2"_s;
const QString v3 = u"org.kde.JobViewV3"_s;

class TestPlasmaJobs : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void registersInExactTypes();
    void onlyJobsThatRun();
    void tellsWhatChanged();
    void atMostTenUpdatesASecond();
    void ends_data();
    void ends();
    void aFailureThatANotificationTells();
    void whoeverStopsReportingTakesTheJobsAlong();
    void buttonsBecomeRequests();
    void aNewServerIsToldEverything();
    void aServerThatIsSilent();
    void aServerThatRefuses();
    void aLegacyServer();
    void ourOwnServerIsNoPlasma();
};

void TestPlasmaJobs::registersInExactTypes()
{
    Scene scene;
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::V2);
    scene.take(running(u"j"_s), false); // known before the server is
    QTRY_VERIFY(scene.jobs.shows(u"j"_s));
    QVERIFY(scene.jobs.available());
    const JobViewServer::Call call = server.calls.front();
    QCOMPARE(call.path, u"/JobViewServer"_s);
    QCOMPARE(call.what, u"org.kde.JobViewServerV2.requestView sia{sv}"_s);
    QCOMPARE(call.arguments[0], QVariant(u"org.stepwire.Stepwire"_s));
    QCOMPARE(call.arguments[1], QVariant(3));
    QVariantMap hints = call.arguments[2].toMap();
    const QVariant elapsed = hints.take(u"elapsedTime"_s);
    QCOMPARE(elapsed.metaType(), QMetaType::fromType<qlonglong>());
    QVERIFY(elapsed.toLongLong() > 0);
    QCOMPARE(hints,
             (QVariantMap{{u"immediate"_s, false},
                          {u"transient"_s, true},
                          {u"application-display-name"_s, u"Stepwire"_s},
                          {u"application-icon-name"_s, u"org.stepwire.Stepwire"_s},
                          {u"title"_s, u"Job j"_s},
                          {u"infoMessage"_s, Words::doing(running(u"j"_s))},
                          {u"percent"_s, 12U},
                          {u"suspended"_s, false},
                          {u"processedBytes"_s, qulonglong(1024)},
                          {u"totalBytes"_s, qulonglong(4096)},
                          {u"descriptionLabel1"_s, u"Step"_s},
                          {u"descriptionValue1"_s, u"COPY"_s},
                          {u"descriptionLabel2"_s, u"Host"_s},
                          {u"descriptionValue2"_s, u"nas"_s}}));
    QCOMPARE(hints[u"percent"_s].metaType(), QMetaType::fromType<uint>());
    QCOMPARE(hints[u"totalBytes"_s].metaType(), QMetaType::fromType<qulonglong>());
}

void TestPlasmaJobs::onlyJobsThatRun()
{
    Scene scene;
    Job queued = test::makeJob(u"q"_s);
    Job child = running(u"c"_s);
    child.parent = u"j"_s;
    Job over = running(u"o"_s);
    over.state = State::Succeeded;
    Job plain = running(u"j"_s);
    plain.capabilities = {u"cancel"_s};
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::V2);
    for (const Job &job : {queued, child, over, plain})
        scene.take(job);
    QTRY_VERIFY(scene.jobs.shows(u"j"_s));
    QCOMPARE(server.calls.size(), 1U);
    QCOMPARE(server.calls[0].arguments[1], QVariant(1));
    queued.state = State::Running;
    scene.take(queued);
    QTRY_VERIFY(scene.jobs.shows(u"q"_s));
    QCOMPARE(server.calls.size(), 2U);
    QCOMPARE(server.calls[1].arguments[2].toMap()[u"percent"_s], QVariant(0U)); // nobody knows
}

void TestPlasmaJobs::tellsWhatChanged()
{
    Scene scene;
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::V2);
    Job job = running(u"j"_s);
    scene.take(job);
    QTRY_VERIFY(scene.jobs.shows(u"j"_s));
    job.state = State::Paused;
    scene.take(job);
    QTRY_COMPARE(server.calls.size(), 2U);
    QCOMPARE(server.calls[1].what, u"org.kde.JobViewV3.update a{sv}"_s);
    QCOMPARE(server.calls[1].path, view1);
    QVariantMap changed = server.calls[1].arguments[0].toMap();
    QVERIFY(changed.remove(u"elapsedTime"_s) == 1);
    QCOMPARE(changed.keys(), (QStringList{u"infoMessage"_s, u"suspended"_s}));
    QCOMPARE(changed[u"suspended"_s], QVariant(true));
    // The next step counts nothing: the figures of the one before go.
    job.state = State::Running;
    job.steps[0].state = State::Succeeded;
    job.steps[1].state = State::Running;
    job.steps[1].started = 3000;
    scene.take(job);
    QTRY_COMPARE(server.shown(view1)[u"descriptionValue1"_s], QVariant(u"CHECK"_s));
    QCOMPARE(server.shown(view1)[u"processedBytes"_s], QVariant(qulonglong(0)));
    QCOMPARE(server.shown(view1)[u"totalBytes"_s], QVariant(qulonglong(0)));
    QCOMPARE(server.shown(view1)[u"percent"_s], QVariant(50U));
    QCOMPARE(server.shown(view1)[u"suspended"_s], QVariant(false));
}

void TestPlasmaJobs::atMostTenUpdatesASecond()
{
    Scene scene;
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::V2);
    Job job = running(u"j"_s);
    scene.take(job);
    QTRY_VERIFY(scene.jobs.shows(u"j"_s));
    QElapsedTimer clock;
    clock.start();
    int told = 0;
    while (clock.elapsed() < 550) {
        job.steps[0].progress->done = 1025 + ++told;
        scene.take(job);
        QTest::qWait(5);
    }
    const qulonglong newest = 1025ULL + static_cast<qulonglong>(told);
    QTRY_COMPARE(server.shown(view1)[u"processedBytes"_s], QVariant(newest)); // not lost
    const qint64 most = clock.elapsed() / PlasmaJobs::updateIntervalMs + 1;
    const qint64 updates = static_cast<qint64>(server.calls.size()) - 1;
    QVERIFY2(updates <= most && updates >= 3, qPrintable(QString::number(updates)));
}

void TestPlasmaJobs::ends_data()
{
    QTest::addColumn<QString>("state");
    QTest::addColumn<uint>("error");
    QTest::addColumn<QString>("message");
    QTest::newRow("well") << u"succeeded"_s << 0U << QString();
    QTest::newRow("cancelled") << u"cancelled"_s << 1U << QString();
    QTest::newRow("failed") << u"failed"_s << 100U << u"CHECK failed: exited with 3: repository is locked"_s;
}

void TestPlasmaJobs::ends()
{
    QFETCH(QString, state);
    Scene scene;
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::V2);
    Job job = running(u"j"_s);
    scene.take(job);
    QTRY_VERIFY(scene.jobs.shows(u"j"_s));
    job.state = *stateFromName(state);
    if (job.state == State::Failed) {
        job.error = Failure{u"exited with 3"_s, u"check"_s, 3, {}, u"repository is locked"_s};
        job.steps[1].state = State::Failed;
    }
    scene.take(job);
    QVERIFY(!scene.jobs.shows(u"j"_s));
    QTRY_VERIFY(server.methods(view1).contains(u"org.kde.JobViewV3.terminate usa{sv}"_s));
    QTEST(server.calls.back().arguments[0].toUInt(), "error");
    QTEST(server.calls.back().arguments[1].toString(), "message");
    // Retried, it is shown anew.
    job.state = State::Running;
    job.attempt = 2;
    scene.take(job);
    QTRY_VERIFY(scene.jobs.shows(u"j"_s));
    QCOMPARE(server.methods(view1).filter(u"terminate"_s).size(), 1);
}

void TestPlasmaJobs::aFailureThatANotificationTells()
{
    Scene scene;
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::V2);
    scene.jobs.setFailureTold([](const Job &job) { return job.id == u"told"_s; });
    Job told = running(u"told"_s);
    Job other = running(u"other"_s);
    scene.take(told);
    QTRY_VERIFY(scene.jobs.shows(u"told"_s));
    scene.take(other);
    QTRY_VERIFY(scene.jobs.shows(u"other"_s));
    told.state = other.state = State::Failed;
    scene.take(told);
    scene.take(other);
    QTRY_COMPARE(server.methods(view2).filter(u"terminate"_s).size(), 1);
    std::map<QString, uint> codes;
    for (const JobViewServer::Call &call : server.calls) {
        if (call.what.contains(u".terminate "))
            codes[call.path] = call.arguments[0].toUInt();
    }
    QCOMPARE(codes, (std::map<QString, uint>{{view1, 1U}, {view2, 100U}}));
}

void TestPlasmaJobs::whoeverStopsReportingTakesTheJobsAlong()
{
    Scene scene;
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::V2);
    scene.take(running(u"j"_s));
    QTRY_VERIFY(scene.jobs.shows(u"j"_s));
    auto second = std::make_unique<PlasmaJobs>(scene.view, scene.bus);
    QTRY_VERIFY(second->shows(u"j"_s));
    second.reset();
    QTRY_COMPARE(server.methods(view2), QStringList(u"org.kde.JobViewV3.terminate usa{sv}"_s));
    QCOMPARE(server.calls.back().arguments[0].toUInt(), 1U);
    QVERIFY(!server.methods(view1).contains(u"org.kde.JobViewV3.terminate usa{sv}"_s));
}

void TestPlasmaJobs::buttonsBecomeRequests()
{
    Scene scene;
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::V2);
    scene.take(running(u"a"_s));
    QTRY_VERIFY(scene.jobs.shows(u"a"_s));
    scene.take(running(u"b"_s));
    QTRY_VERIFY(scene.jobs.shows(u"b"_s));
    server.press(view2, v3, u"suspendRequested"_s);
    server.press(view2, v3, u"resumeRequested"_s);
    test::BusPeer stranger(scene.daemon.address(), u"stranger"_s);
    QVERIFY(stranger.connection.send(QDBusMessage::createSignal(view2, v3, u"cancelRequested"_s)));
    server.press(view1, v3, u"cancelRequested"_s);
    QTRY_COMPARE(scene.driver.asked.size(), 3);
    QCOMPARE(scene.driver.asked, (QStringList{u"job.pause b now"_s, u"job.resume b"_s, u"job.cancel a"_s}));
}

void TestPlasmaJobs::aNewServerIsToldEverything()
{
    Scene scene;
    Job job = running(u"j"_s);
    {
        JobViewServer server(scene.daemon.address(), JobViewServer::Kind::V2);
        scene.take(job);
        QTRY_VERIFY(scene.jobs.shows(u"j"_s));
    }
    QTRY_VERIFY(!scene.jobs.shows(u"j"_s));
    QVERIFY(!scene.jobs.available());
    job.steps[0].progress->done = 3000;
    job.steps[0].progress->fraction = 0.75;
    scene.take(job);
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::V2);
    QTRY_VERIFY(scene.jobs.shows(u"j"_s));
    const QVariantMap hints = server.calls.front().arguments[2].toMap();
    QCOMPARE(hints[u"title"_s], QVariant(u"Job j"_s));
    QCOMPARE(hints[u"processedBytes"_s], QVariant(qulonglong(3000)));
    QCOMPARE(hints[u"percent"_s], QVariant(37U));
    server.press(view1, v3, u"cancelRequested"_s);
    QTRY_COMPARE(scene.driver.asked, QStringList{u"job.cancel j"_s});
}

void TestPlasmaJobs::aServerThatIsSilent()
{
    Scene scene;
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::Silent);
    QTRY_VERIFY(scene.jobs.available());
    Job job = running(u"j"_s);
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < 100; ++i) {
        job.steps[0].progress->done += 1;
        scene.take(job);
    }
    QVERIFY(clock.elapsed() < 1000);
    QTRY_COMPARE(server.unanswered.size(), 1U);
    QVERIFY(!scene.jobs.shows(u"j"_s));
    // It ended meanwhile: a late answer gives a view that has to go again.
    job.state = State::Succeeded;
    scene.take(job);
    const QDBusObjectPath late(u"/late"_s);
    server.peer.connection.send(server.unanswered[0].createReply(QVariant::fromValue(late)));
    QTRY_COMPARE(server.methods(u"/late"_s), QStringList{u"org.kde.JobViewV3.terminate usa{sv}"_s});
    QVERIFY(!scene.jobs.shows(u"j"_s));
}

void TestPlasmaJobs::aServerThatRefuses()
{
    Scene scene;
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::Refusing);
    Job job = running(u"j"_s);
    scene.take(job);
    QTRY_COMPARE(server.calls.size(), 1U);
    scene.take(running(u"next"_s));
    QTRY_COMPARE(server.calls.size(), 2U);
    QVERIFY(!scene.jobs.shows(u"j"_s));
    job.state = State::Failed;
    scene.take(job);
    QVERIFY(!scene.jobs.shows(u"j"_s));
}

void TestPlasmaJobs::aLegacyServer()
{
    Scene scene;
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::Legacy);
    Job job = running(u"j"_s);
    scene.take(job);
    QTRY_VERIFY(scene.jobs.shows(u"j"_s));
    QCOMPARE(server.calls[0].what, u"org.kde.JobViewServer.requestView ssi"_s);
    QCOMPARE(server.calls[0].arguments, (QVariantList{u"Stepwire"_s, u"org.stepwire.Stepwire"_s, 3}));
    const QString prefix = u"org.kde.JobViewV2."_s;
    QTRY_COMPARE(server.calls.size(), 8U);
    QStringList got = server.methods(view1);
    QCOMPARE(got,
             (QStringList{prefix + u"setInfoMessage s"_s, prefix + u"setPercent u"_s, prefix + u"setSuspended b"_s,
                          prefix + u"setTotalAmount ts"_s, prefix + u"setProcessedAmount ts"_s,
                          prefix + u"setDescriptionField uss"_s, prefix + u"setDescriptionField uss"_s}));
    server.press(view1, u"org.kde.JobViewV2"_s, u"cancelRequested"_s);
    QTRY_COMPARE(scene.driver.asked, QStringList{u"job.cancel j"_s});
    job.state = State::Failed;
    job.error = Failure{u"disk full"_s, {}, {}, {}, {}};
    scene.take(job);
    QTRY_COMPARE(server.calls.size(), 10U);
    QCOMPARE(server.calls[8].what, prefix + u"setError u"_s);
    QCOMPARE(server.calls[9].what, prefix + u"terminate s"_s);
    QCOMPARE(server.calls[9].arguments, QVariantList{u"disk full"_s});
}

void TestPlasmaJobs::ourOwnServerIsNoPlasma()
{
    Scene scene;
    QTRY_VERIFY(scene.bus.available());
    QVERIFY(scene.bus.connection().registerService(u"org.kde.JobViewServer"_s));
    scene.take(running(u"j"_s));
    // By the time somebody else has it, what came before has been seen.
    QVERIFY(scene.bus.connection().unregisterService(u"org.kde.JobViewServer"_s));
    QVERIFY(!scene.jobs.available());
    JobViewServer server(scene.daemon.address(), JobViewServer::Kind::V2);
    QTRY_VERIFY(scene.jobs.shows(u"j"_s));
}

QTEST_GUILESS_MAIN(TestPlasmaJobs)
#include "tst_plasma_jobs.moc"
