#include "core/desktop/job_view_server.h"
#include "support/private_bus.h"
#include "support/samples.h"

#include <QDBusConnectionInterface>
#include <QDBusObjectPath>
#include <QJsonDocument>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

/// A file manager: asks for views, tells of its jobs, hears of wishes.
class FileManager : public QObject
{
    Q_OBJECT

public:
    explicit FileManager(const QString &address) : m_peer(address, u"files%1"_s.arg(++s_count)) { }

    /// Answers go to `paths`.
    void ask(const QString &path, const QString &interface, const QString &method, const QVariantList &arguments)
    {
        QDBusMessage call = QDBusMessage::createMethodCall(u"org.kde.JobViewServer"_s, path, interface, method);
        call.setArguments(arguments);
        QVERIFY(m_peer.connection.callWithCallback(call, this, SLOT(answered(QDBusMessage)), SLOT(refused())));
    }
    void requestView(int capabilities, const QVariantMap &hints)
    {
        ask(u"/JobViewServer"_s, u"org.kde.JobViewServerV2"_s, u"requestView"_s,
            {u"org.kde.dolphin"_s, capabilities, hints});
    }
    void update(const QVariantMap &state) { ask(path(), u"org.kde.JobViewV3"_s, u"update"_s, {state}); }
    void terminate(uint code, const QString &message)
    {
        ask(path(), u"org.kde.JobViewV3"_s, u"terminate"_s, {code, message, QVariantMap()});
    }
    void listen(const QString &interface)
    {
        for (const QString &signal : {u"cancelRequested"_s, u"suspendRequested"_s, u"resumeRequested"_s})
            QVERIFY(m_peer.connection.connect({}, path(), interface, signal, this, SLOT(wished(QDBusMessage))));
    }
    [[nodiscard]] QString path() const { return paths.isEmpty() ? QString() : paths.last(); }

    QStringList paths;
    QStringList wishes;
    int refusals = 0;

public Q_SLOTS:
    void answered(const QDBusMessage &message)
    {
        const QVariant value = message.arguments().value(0);
        if (value.metaType() == QMetaType::fromType<QDBusObjectPath>())
            paths.append(qvariant_cast<QDBusObjectPath>(value).path());
    }
    void refused() { ++refusals; }
    void wished(const QDBusMessage &message) { wishes.append(message.member()); }

private:
    static inline int s_count = 0;
    test::BusPeer m_peer;
};

namespace {

struct Driver : HubView::Driver
{
    QStringList asked;
    int jobs = 0;
    void call(const QString &method, const QJsonObject &params, HubLink::Answered answered) override
    {
        asked.append(method + u' ' + QString::fromUtf8(QJsonDocument(params).toJson(QJsonDocument::Compact)));
        if (method == u"report.start")
            answered(QJsonObject{{u"job"_s, u"j%1"_s.arg(++jobs)}});
    }
    void followOutput(const QString &) override { }
};

struct Scene
{
    test::PrivateBus daemon;
    Driver driver;
    HubView view;
    SessionBus bus{{SessionBus::Which::Session, daemon.address()}, {}};
    JobViewServer server{view, bus};

    Scene() { view.setDriver(&driver); }
    void serve()
    {
        server.setWanted(true);
        QTRY_VERIFY(server.serves());
    }
    void take(const QString &id, State state)
    {
        Job job = test::makeJob(id);
        job.state = state;
        HubDelta delta;
        delta.jobs.push_back({std::make_shared<const Job>(job), true});
        view.take(std::move(delta));
    }
};

const QVariantMap copying{{u"title"_s, u"Copying"_s}, {u"application-display-name"_s, u"Dolphin"_s}};

} // namespace

class TestJobViewServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void onlyOnWish();
    void leavesToPlasma();
    void aCopyIsAJob();
    void whatIsOverAtOnceIsNone();
    void ends_data();
    void ends();
    void wishesGoBack();
    void whoLeavesHasFailed();
    void aLegacyClient();
    void strangersAreRefused();
};

void TestJobViewServer::onlyOnWish()
{
    Scene scene;
    QTRY_VERIFY(scene.bus.available());
    test::BusPeer other(scene.daemon.address(), u"other"_s);
    const auto owned = [&] {
        return other.connection.interface()->isServiceRegistered(u"org.kde.JobViewServer"_s).value();
    };
    QVERIFY(!owned());
    scene.serve();
    QVERIFY(owned());
    scene.server.setWanted(false);
    QTRY_VERIFY(!scene.server.serves());
    QVERIFY(!owned());
    // Somebody has it: no waiting in the queue, but it is taken when it is free.
    QVERIFY(other.connection.registerService(u"org.kde.JobViewServer"_s));
    scene.server.setWanted(true);
    QTest::qWait(50);
    QVERIFY(!scene.server.serves());
    QVERIFY(other.connection.unregisterService(u"org.kde.JobViewServer"_s));
    QTRY_VERIFY(scene.server.serves());
}

void TestJobViewServer::leavesToPlasma()
{
    Scene scene;
    scene.serve();
    FileManager files(scene.daemon.address());
    files.requestView(3, copying);
    QTRY_COMPARE(scene.driver.asked.size(), 2);
    test::BusPeer plasma(scene.daemon.address(), u"plasma"_s);
    QVERIFY(plasma.connection.registerService(u"org.kde.plasmashell"_s));
    QTRY_VERIFY(!scene.server.serves());
    QCOMPARE(scene.driver.asked.last(), uR"(report.finish {"job":"j1","state":"cancelled"})"_s);
    QVERIFY(plasma.connection.unregisterService(u"org.kde.plasmashell"_s));
    QTRY_VERIFY(scene.server.serves());
    // One that only wants the name gets it too.
    const auto taken = plasma.connection.interface()->registerService(u"org.kde.JobViewServer"_s,
                                                                      QDBusConnectionInterface::ReplaceExistingService);
    QCOMPARE(taken.value(), QDBusConnectionInterface::ServiceRegistered);
    QTRY_VERIFY(!scene.server.serves());
}

void TestJobViewServer::aCopyIsAJob()
{
    Scene scene;
    scene.serve();
    FileManager files(scene.daemon.address());
    files.requestView(3, copying);
    QTRY_COMPARE(files.path(), u"/org/stepwire/JobView_1"_s);
    files.update({{u"totalBytes"_s, qulonglong(1000)}, {u"processedBytes"_s, qulonglong(250)}, {u"percent"_s, 25U}});
    files.update({{u"descriptionValue1"_s, u"a.iso"_s}});
    QTRY_COMPARE(scene.driver.asked.size(), 2);
    QCOMPARE(
        scene.driver.asked,
        (QStringList{
            uR"(report.start {"capabilities":["cancel","pause"],"title":"Dolphin: Copying"})"_s,
            uR"(report.progress {"done":250,"fraction":0.25,"job":"j1","message":"a.iso","total":1000,"unit":"bytes"})"_s}));
    files.update({{u"suspended"_s, true}});
    QTRY_COMPARE(scene.driver.asked.last(), uR"(report.change {"job":"j1","state":"paused"})"_s);
    files.terminate(0, {});
    QTRY_COMPARE(scene.driver.asked.last(), uR"(report.finish {"job":"j1"})"_s);
    QCOMPARE(scene.driver.asked.size(), 4);
    QCOMPARE(files.refusals, 0);
}

void TestJobViewServer::whatIsOverAtOnceIsNone()
{
    Scene scene;
    scene.serve();
    FileManager files(scene.daemon.address());
    files.requestView(0, copying);
    QTRY_COMPARE(files.paths.size(), 1);
    files.terminate(0, {});
    files.requestView(0, copying);
    QTRY_COMPARE(files.paths.size(), 2);
    QTRY_COMPARE(scene.driver.asked.size(), 2); // of the second alone
    QCOMPARE(scene.driver.jobs, 1);
}

void TestJobViewServer::ends_data()
{
    QTest::addColumn<uint>("code");
    QTest::addColumn<QString>("message");
    QTest::addColumn<QString>("finish");
    QTest::newRow("killed") << 1U << QString() << uR"({"job":"j1","state":"cancelled"})"_s;
    QTest::newRow("failed") << 111U << u"disk full"_s << uR"({"error":"disk full","job":"j1"})"_s;
    QTest::newRow("failed mutely") << 111U << QString() << uR"({"error":"failed with error 111","job":"j1"})"_s;
}

void TestJobViewServer::ends()
{
    QFETCH(uint, code);
    QFETCH(QString, message);
    Scene scene;
    scene.serve();
    FileManager files(scene.daemon.address());
    files.requestView(0, copying);
    QTRY_COMPARE(scene.driver.asked.size(), 2);
    files.terminate(code, message);
    QTRY_COMPARE(scene.driver.asked.size(), 3);
    QTEST(scene.driver.asked.last().section(u' ', 1), "finish");
}

void TestJobViewServer::wishesGoBack()
{
    Scene scene;
    scene.serve();
    FileManager files(scene.daemon.address());
    files.requestView(3, copying);
    QTRY_COMPARE(scene.driver.asked.size(), 2);
    files.listen(u"org.kde.JobViewV3"_s);
    scene.take(u"j1"_s, State::Running);
    scene.take(u"other"_s, State::Cancelling);
    scene.take(u"j1"_s, State::Pausing);
    QTRY_COMPARE(files.wishes, QStringList{u"suspendRequested"_s});
    files.update({{u"suspended"_s, true}});
    QTRY_COMPARE(scene.driver.asked.last(), uR"(report.change {"job":"j1","state":"paused"})"_s);
    scene.take(u"j1"_s, State::Paused);
    scene.take(u"j1"_s, State::Running);
    QTRY_COMPARE(files.wishes.size(), 2);
    QCOMPARE(files.wishes.last(), u"resumeRequested"_s);
    files.update({{u"suspended"_s, false}});
    QTRY_COMPARE(scene.driver.asked.last(), uR"(report.change {"job":"j1","state":"running"})"_s);
    scene.take(u"j1"_s, State::Cancelling);
    QTRY_COMPARE(files.wishes.size(), 3);
    QCOMPARE(files.wishes.last(), u"cancelRequested"_s);
}

void TestJobViewServer::whoLeavesHasFailed()
{
    Scene scene;
    scene.serve();
    {
        FileManager files(scene.daemon.address());
        files.requestView(3, copying);
        QTRY_COMPARE(scene.driver.asked.size(), 2);
    }
    QTRY_COMPARE(scene.driver.asked.last(),
                 uR"(report.finish {"error":"Dolphin ended without saying how it went","job":"j1"})"_s);
}

void TestJobViewServer::aLegacyClient()
{
    Scene scene;
    scene.serve();
    FileManager files(scene.daemon.address());
    files.ask(u"/JobViewServer"_s, u"org.kde.JobViewServer"_s, u"requestView"_s, {u"Ark"_s, u"ark"_s, 1});
    QTRY_COMPARE(files.paths.size(), 1);
    const QString v2 = u"org.kde.JobViewV2"_s;
    files.listen(v2);
    files.ask(files.path(), v2, u"setInfoMessage"_s, {u"Packing"_s});
    files.ask(files.path(), v2, u"setTotalAmount"_s, {qulonglong(40), u"files"_s});
    files.ask(files.path(), v2, u"setProcessedAmount"_s, {qulonglong(10), u"files"_s});
    files.ask(files.path(), v2, u"setSpeed"_s, {qulonglong(10)});
    files.ask(files.path(), v2, u"setDescriptionField"_s, {0U, u"Source"_s, u"x"_s});
    QTRY_COMPARE(scene.driver.asked,
                 (QStringList{uR"(report.start {"capabilities":["cancel"],"title":"Ark: Packing"})"_s,
                              uR"(report.progress {"done":10,"job":"j1","message":"x","total":40,"unit":"files"})"_s}));
    scene.take(u"j1"_s, State::Cancelling);
    QTRY_COMPARE(files.wishes, QStringList{u"cancelRequested"_s});
    files.ask(files.path(), v2, u"setError"_s, {1U});
    files.ask(files.path(), v2, u"terminate"_s, {QString()});
    QTRY_COMPARE(scene.driver.asked.last(), uR"(report.finish {"job":"j1","state":"cancelled"})"_s);
    QCOMPARE(files.refusals, 0);
}

void TestJobViewServer::strangersAreRefused()
{
    Scene scene;
    scene.serve();
    FileManager files(scene.daemon.address());
    files.requestView(3, copying);
    QTRY_COMPARE(scene.driver.asked.size(), 2);
    FileManager stranger(scene.daemon.address());
    stranger.paths = files.paths;
    stranger.terminate(1, {});
    QTRY_COMPARE(stranger.refusals, 1);
    QCOMPARE(scene.driver.asked.size(), 2);
}

QTEST_GUILESS_MAIN(TestJobViewServer)
#include "tst_job_view_server.moc"
