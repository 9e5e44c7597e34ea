#include "core/serve/dialects/mutant/mutant_dialect.h"

#include <QTest>

using namespace stepwire;
using namespace stepwire::mutant;

class TestDialectMutant : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void requests_data();
    void requests();
    void answers();
    void putTellsSteps();
    void putBeginsWhereItIs();
    void putWithoutFigures();
    void manyAreToldInParts();
    void others();
    void syncByItsSteps();
    void settings();
    void params();
};

static QByteArray join(const std::vector<QByteArray> &events)
{
    QByteArray out;
    for (const QByteArray &event : events)
        out += event + '\n';
    return out;
}

static Job put(double reserved, double written, double confirmed, double total)
{
    Job job;
    Step step;
    step.id = QStringLiteral("upload");
    step.state = State::Running;
    step.progress.emplace();
    step.progress->phases = {{QStringLiteral("reserve"), {}, reserved, total, {}},
                             {QStringLiteral("write"), {}, written, total, {}},
                             {QStringLiteral("confirm"), {}, confirmed, total, {}}};
    job.steps.push_back(step);
    return job;
}

void TestDialectMutant::requests_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("fault");
    const auto row = [](const char *name, const char *text, const char *fault) {
        QTest::newRow(name) << QByteArray(text) << QString::fromUtf8(fault);
    };
    row("put",
        R"({"user_key":"k","source_path":"/f","mode":"Medium","public":false,"no_verify":false,"type":"Put","n":1})",
        "");
    row("urn", R"({"type":"QueryTask","task_id":"urn:uuid:11111111-2222-4333-8444-555555555555"})", "");
    row("simple", R"({"type":"StopTask","task_id":"11111111222243338444555555555555"})", "");
    row("list", R"({"type":"ListTasks"})", "");
    row("stats takes more", R"({"type":"Stats","n":1})", "");
    row("field", R"({"type":"Sync"})", "missing field `push_force`");
    row("variant", R"({"type":"Subscribe"})",
        "unknown variant `Subscribe`, expected one of `Put`, `Get`, `QueryTask`, `ListTasks`, `StopTask`, `Rm`, "
        "`ListKeys`, "
        "`Stats`, `Sync`, `Purge`, `Import`, `Export`, `HealthCheck` at line 1 column 19");
    row("variant on another line", "{\"a\":{\"type\":\"x\"},\n \"type\": \"put\"}",
        "unknown variant `put`, expected one of `Put`, `Get`, `QueryTask`, `ListTasks`, `StopTask`, `Rm`, `ListKeys`, "
        "`Stats`, `Sync`, `Purge`, `Import`, `Export`, `HealthCheck` at line 2 column 14");
    row("mode", R"({"type":"Put","user_key":"k","source_path":"/f","mode":"medium","public":false,"no_verify":false})",
        "unknown variant `medium`, expected one of `Lightest`, `Light`, `Medium`, `Heavy`, `Heaviest`");
    row("unit struct", R"({"type":"ListKeys","n":1})", "invalid type: map, expected unit struct ListKeysRequest");
    row("text", R"({"type":"Rm","user_key":1})", "invalid type: integer `1`, expected a string");
    row("truth", R"({"type":"Purge","aggressive":"yes"})", "invalid type: string \"yes\", expected a boolean");
    row("no type", R"({})", "missing field `type` at line 1 column 2");
    row("no JSON", "hello", "expected value at line 1 column 1");
    row("two", "1,2", "expected value at line 1 column 1");
    row("nothing", "", "EOF while parsing a value at line 1 column 0");
    row("a number", "1", "invalid type: integer `1`, expected internally tagged enum Request at line 1 column 1");
}

void TestDialectMutant::requests()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, fault);
    const auto request = parseRequest(text);
    if (fault.isEmpty()) {
        QVERIFY2(request, qPrintable(request ? QString() : request.error()));
        QVERIFY(!request->members.contains(u"n"));
        if (!request->task.isEmpty())
            QCOMPARE(request->task, QStringLiteral("11111111-2222-4333-8444-555555555555"));
    } else {
        QVERIFY(!request);
        QCOMPARE(request.error(), QStringLiteral("Invalid JSON request: ") + fault);
    }
}

void TestDialectMutant::answers()
{
    const QString id = QStringLiteral("t");
    QCOMPARE(taskCreated(id), QByteArray(R"({"type":"TaskCreated","task_id":"t"})"));
    QCOMPARE(taskUpdate(id, "InProgress", {}),
             QByteArray(R"({"type":"TaskUpdate","task_id":"t","status":"InProgress","progress":null})"));
    QCOMPARE(
        taskCompleted(id, Kind::Put, {}),
        QByteArray(
            R"({"type":"TaskResult","task_id":"t","status":"Completed","result":{"Result":{"Put":{"public_address":null}}}})"));
    QCOMPARE(
        taskCompleted(id, Kind::Get, {{QStringLiteral("size"), 1234}}),
        QByteArray(
            R"({"type":"TaskResult","task_id":"t","status":"Completed","result":{"Result":{"Get":{"size":1234}}}})"));
    QCOMPARE(taskFailed(id, QStringLiteral("no")),
             QByteArray(R"({"type":"TaskResult","task_id":"t","status":"Failed","result":{"Error":"no"}})"));
    QCOMPARE(error(QStringLiteral("no"), QByteArray("{}")),
             QByteArray(R"({"type":"Error","error":"no","original_request":"{}"})"));
    QCOMPARE(
        taskList({{id, Kind::HealthCheck, State::Held}}),
        QByteArray(R"({"type":"TaskList","tasks":[{"task_id":"t","task_type":"HealthCheck","status":"Pending"}]})"));
    mutant::Request request;
    request.kind = Kind::Stats;
    QCOMPARE(
        answer(request, {{QStringLiteral("total_keys"), 3}, {QStringLiteral("free_pads"), -1}}),
        QByteArray(
            R"({"type":"Stats","total_keys":3,"total_pads":0,"occupied_pads":0,"free_pads":0,"pending_verify_pads":0})"));
    request.kind = Kind::Import;
    QCOMPARE(answer(request, {}), QByteArray(R"({"type":"Import","result":{"nb_keys_imported":0}})"));
}

void TestDialectMutant::putTellsSteps()
{
    TaskEvents events(Kind::Put);
    QVERIFY(events.follow(Job()).empty());
    QCOMPARE(
        join(events.follow(put(0, 0, 0, 2))),
        QByteArray(
            R"({"Put":{"Starting":{"total_chunks":2,"initial_written_count":0,"initial_confirmed_count":0,"chunks_to_reserve":2}}})"
            "\n"));
    QCOMPARE(join(events.follow(put(1, 0, 0, 2))), QByteArray("{\"Put\":\"PadReserved\"}\n"));
    QVERIFY(events.follow(put(0, 0, 0, 2)).empty());
    QCOMPARE(join(events.follow(put(2, 1, 1, 2))),
             QByteArray("{\"Put\":\"PadReserved\"}\n{\"Put\":\"PadsWritten\"}\n{\"Put\":\"PadsConfirmed\"}\n"));
    QCOMPARE(events.newest(), QByteArray("{\"Put\":\"PadsConfirmed\"}"));
    QCOMPARE(join(events.complete({})),
             QByteArray("{\"Put\":\"PadsWritten\"}\n{\"Put\":\"PadsConfirmed\"}\n{\"Put\":\"Complete\"}\n"));
}

void TestDialectMutant::putBeginsWhereItIs()
{
    TaskEvents events(Kind::Put, false);
    QCOMPARE(
        join(events.follow(put(3, 1, 0, 4))),
        QByteArray(
            R"({"Put":{"Starting":{"total_chunks":4,"initial_written_count":1,"initial_confirmed_count":0,"chunks_to_reserve":1}}})"
            "\n"));
    // Nothing is confirmed where nobody verifies.
    QCOMPARE(join(events.complete({})),
             QByteArray("{\"Put\":\"PadReserved\"}\n{\"Put\":\"PadsWritten\"}\n{\"Put\":\"PadsWritten\"}\n"
                        "{\"Put\":\"PadsWritten\"}\n{\"Put\":\"Complete\"}\n"));
}

void TestDialectMutant::putWithoutFigures()
{
    TaskEvents events(Kind::Put);
    QCOMPARE(
        join(events.complete({})),
        QByteArray(
            R"({"Put":{"Starting":{"total_chunks":1,"initial_written_count":0,"initial_confirmed_count":0,"chunks_to_reserve":1}}})"
            "\n{\"Put\":\"PadReserved\"}\n{\"Put\":\"PadsWritten\"}\n{\"Put\":\"PadsConfirmed\"}\n{\"Put\":"
            "\"Complete\"}\n"));
}

void TestDialectMutant::manyAreToldInParts()
{
    TaskEvents events(Kind::Put);
    QCOMPARE(events.follow(put(0, 0, 0, 5e9)).size(), std::size_t(1));
    QCOMPARE(events.follow(put(5e9, 2.5e9, 0, 5e9)).size(), std::size_t(1500));
    QCOMPARE(events.complete({}).size(), std::size_t(1501));
}

void TestDialectMutant::others()
{
    Job job;
    job.steps.resize(1);
    job.steps[0].state = State::Running;
    job.steps[0].progress = Progress{};
    job.steps[0].progress->done = 1;
    job.steps[0].progress->total = 2;
    TaskEvents get(Kind::Get);
    QCOMPARE(join(get.follow(job)),
             QByteArray("{\"Get\":{\"Starting\":{\"total_chunks\":2}}}\n{\"Get\":\"PadFetched\"}\n"));
    QCOMPARE(join(get.complete({})), QByteArray("{\"Get\":\"PadFetched\"}\n{\"Get\":\"Complete\"}\n"));
    TaskEvents purge(Kind::Purge);
    QCOMPARE(purge.follow(job).size(), std::size_t(2));
    QCOMPARE(purge.complete({{QStringLiteral("failed_count"), 1}}).back(),
             QByteArray("{\"Purge\":{\"Complete\":{\"verified_count\":1,\"failed_count\":1}}}"));
    TaskEvents check(Kind::HealthCheck);
    QCOMPARE(join(check.complete({})),
             QByteArray("{\"HealthCheck\":{\"Starting\":{\"total_keys\":1}}}\n{\"HealthCheck\":\"KeyProcessed\"}\n"
                        "{\"HealthCheck\":{\"Complete\":{\"nb_keys_updated\":0}}}\n"));
}

void TestDialectMutant::syncByItsSteps()
{
    Job job;
    for (const char *id : {"fetch", "merge", "push", "verify"}) {
        job.steps.emplace_back();
        job.steps.back().id = QString::fromLatin1(id);
    }
    TaskEvents events(Kind::Sync);
    QVERIFY(events.follow(job).empty());
    job.steps[0].state = State::Running;
    QCOMPARE(join(events.follow(job)), QByteArray("{\"Sync\":\"FetchingRemoteIndex\"}\n"));
    QVERIFY(events.follow(job).empty());
    job.steps[0].state = State::Succeeded;
    job.steps[1].state = State::Skipped;
    job.steps[2].state = State::Running;
    QCOMPARE(join(events.follow(job)), QByteArray("{\"Sync\":\"PushingRemoteIndex\"}\n"));
    QCOMPARE(join(events.complete({})), QByteArray("{\"Sync\":\"Complete\"}\n"));
}

void TestDialectMutant::settings()
{
    const auto fault = [](const QJsonObject &members) {
        const auto settings = Settings::read(members);
        return settings ? QString() : settings.error().message;
    };
    QCOMPARE(fault({}), QString());
    QCOMPARE(fault({{QStringLiteral("tokn"), true}}),
             QStringLiteral("[dialects.mutant] has no \"tokn\", did you mean \"token\""));
    QCOMPARE(fault({{QStringLiteral("pipelines"), QJsonObject{{QStringLiteral("putt"), QStringLiteral("x")}}}}),
             QStringLiteral("[dialects.mutant.pipelines] has no \"putt\", did you mean \"put\""));
    QCOMPARE(fault({{QStringLiteral("pipelines"), QJsonObject{{QStringLiteral("put"), QStringLiteral("/bin/x")}}}}),
             QStringLiteral("[dialects.mutant.pipelines] put is \"/bin/x\", expected the name of a pipeline"));
}

void TestDialectMutant::params()
{
    const QJsonObject members{{QStringLiteral("user_key"), QStringLiteral("{{public}}")},
                              {QStringLiteral("public"), true}};
    Settings::Pipeline pipeline;
    QCOMPARE(Settings::paramsOf(pipeline, members), members);
    pipeline.params = QJsonObject{{QStringLiteral("name"), QStringLiteral("a {{user_key}}-{{ public }} {{other}}")},
                                  {QStringLiteral("open"), QStringLiteral("{{public}}")},
                                  {QStringLiteral("n"), 3}};
    const QJsonObject expected{{QStringLiteral("name"), QStringLiteral("a {{public}}-true {{other}}")},
                               {QStringLiteral("open"), true},
                               {QStringLiteral("n"), 3}};
    QCOMPARE(Settings::paramsOf(pipeline, members), expected);
}

QTEST_GUILESS_MAIN(TestDialectMutant)
#include "tst_dialect_mutant.moc"
