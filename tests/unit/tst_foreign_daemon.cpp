#include "core/remote/foreign/dotfiles_daemon.h"
#include "support/event_lines.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestForeignDaemon : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void operations_data();
    void operations();
    void patience();
    void manyAreForgotten();
};

struct Scene : test::HubScene
{
    ForeignJobs jobs{hub, u"dots"_s, u"dotfiles-daemon"_s, [this] { return clock.now(); }};
    DotfilesOperations operations{jobs, 60'000};

    bool say(const QString &payload)
    {
        clock.time += 1000;
        return operations.take(QJsonObject{{u"message_id"_s, u"m"_s},
                                           {u"timestamp"_s, u"2025-11-22T10:00:00"_s},
                                           {u"event_type"_s, u"wall"_s},
                                           {u"payload"_s, QJsonDocument::fromJson(payload.toUtf8()).object()}});
    }
};

void TestForeignDaemon::operations_data()
{
    QTest::addColumn<QStringList>("payloads");
    QTest::addColumn<QStringList>("log");
    const QString begun = u"job.queued set wallpaper {\"image\":\"/a.png\",\"key\":\"op1\"}"_s;
    const QString started =
        uR"({"type":"operation_started","operation_id":"op1","operation_name":"set wallpaper","parameters":{"image":"/a.png"}})"_s;
    QTest::newRow("whole")
        << QStringList{started,
                       uR"({"type":"operation_progress","operation_id":"op1","step_id":"colours","step_name":"Colours","step_progress":50,"overall_progress":25.5,"total_steps":2,"current_step":1})"_s,
                       uR"({"type":"operation_progress","operation_id":"op1","step_id":"set","step_name":null,"step_progress":10,"overall_progress":60,"total_steps":null,"current_step":null})"_s,
                       uR"({"type":"operation_completed","operation_id":"op1","duration_seconds":3,"result":{"path":"/b"}})"_s,
                       uR"({"type":"operation_progress","operation_id":"op1","step_id":"set","overall_progress":99})"_s,
                       uR"({"type":"operation_completed","operation_id":"op1","duration_seconds":3,"result":{}})"_s}
        << QStringList{begun,
                       u"job.started"_s,
                       u"step.started"_s,
                       u"step.progress 25.5/100 Colours (1/2) Colours=50"_s,
                       u"step.progress 60/100 set Colours=50 set=10"_s,
                       u"custom result {\"path\":\"/b\"}"_s,
                       u"step.finished succeeded +3000"_s,
                       u"job.finished succeeded +3000"_s};
    QTest::newRow("its start came late")
        << QStringList{uR"({"type":"operation_progress","operation_id":"op1","step_id":"s","overall_progress":5})"_s,
                       started,
                       uR"({"type":"operation_failed","operation_id":"op1","error_code":"E_IO","error_message":"no file","step_id":"s","traceback":"line 1\nline 2"})"_s}
        << QStringList{u"job.queued op1 {\"key\":\"op1\"}"_s,
                       u"job.started"_s,
                       u"step.started"_s,
                       u"step.progress 5/100 s"_s,
                       u"job.changed title=set wallpaper"_s,
                       u"step.output \"line 1\\nline 2\\n\""_s,
                       u"step.finished failed \"s: E_IO: no file\" +2000"_s,
                       u"job.finished failed \"s: E_IO: no file\" +2000"_s};
    QTest::newRow("nothing of an operation")
        << QStringList{uR"({"type":"state_update","state_key":"k","state_value":{}})"_s,
                       uR"({"type":"operation_started"})"_s, uR"({"type":"operation_started","operation_id":7})"_s,
                       uR"({"type":"operation_exploded","operation_id":"op1"})"_s, u"{}"_s}
        << QStringList{};
}

void TestForeignDaemon::operations()
{
    QFETCH(QStringList, payloads);
    QFETCH(QStringList, log);
    Scene scene;
    for (const QString &payload : payloads)
        QVERIFY(scene.say(payload));
    QCOMPARE(scene.log.join(u'\n'), log.join(u'\n'));
    QVERIFY(!scene.operations.take({{u"event_type"_s, u"x"_s}}));
    QVERIFY(!scene.operations.take({{u"payload"_s, QJsonObject()}}));
}

void TestForeignDaemon::patience()
{
    Scene scene;
    scene.say(uR"({"type":"operation_started","operation_id":"a","operation_name":"A"})"_s);
    scene.clock.time += 50'000;
    scene.say(uR"({"type":"operation_started","operation_id":"b","operation_name":"B"})"_s);
    scene.clock.time += 20'000;
    scene.operations.checkPatience();
    QCOMPARE(scene.jobs.liveKeys(), QStringList{u"b"_s});
    QCOMPARE(scene.log.last(), u"job.finished interrupted \"nothing was told of it for 1 minutes\" +71000"_s);
    // it was only slow
    scene.say(uR"({"type":"operation_progress","operation_id":"a","overall_progress":5})"_s);
    QCOMPARE(scene.jobs.liveKeys(), (QStringList{u"a"_s, u"b"_s}));
    scene.clock.time += 100'000;
    scene.operations.forgive();
    scene.operations.checkPatience();
    QCOMPARE(scene.jobs.liveKeys().size(), 2);
}

void TestForeignDaemon::manyAreForgotten()
{
    Scene scene;
    const QString end = uR"({"type":"operation_completed","operation_id":"%1"})"_s;
    for (std::size_t i = 0; i <= DotfilesOperations::mostEnded; ++i)
        scene.say(end.arg(i));
    const qsizetype before = scene.log.size();
    scene.say(end.arg(1));
    QCOMPARE(scene.log.size(), before);
    scene.say(end.arg(0));
    QVERIFY(scene.log.size() > before);
}

QTEST_GUILESS_MAIN(TestForeignDaemon)

#include "tst_foreign_daemon.moc"
