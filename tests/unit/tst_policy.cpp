#include "core/serve/access/policy.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(stepwire::Request)
Q_DECLARE_METATYPE(stepwire::RemotePolicy)

class TestPolicy : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void scopes_data();
    void scopes();
    void runs_data();
    void runs();
    void marksWhatStartsSomething();
    void pipelinesByName();
};

static Principal with(Scope scope)
{
    return {scope, u"token"_s, {}};
}

void TestPolicy::scopes_data()
{
    QTest::addColumn<Request>("request");
    QTest::addColumn<QString>("needs"); // none: nobody may
    const auto row = [](const char *name, const Request &request, const QString &needs) {
        QTest::newRow(name) << request << needs;
    };
    row("job.run", RunJob{}, u"control"_s);
    row("job.cancel", CancelJob{}, u"control"_s);
    row("job.pause", PauseJob{}, u"control"_s);
    row("job.resume", ResumeJob{}, u"control"_s);
    row("job.retry", RetryJob{}, u"control"_s);
    row("job.hold", HoldJob{}, u"control"_s);
    row("job.release", ReleaseJob{}, u"control"_s);
    row("job.move", MoveJob{}, u"control"_s);
    row("job.prune", PruneJobs{}, u"control"_s);
    row("removing files", RemoveJobFiles{}, u"none"_s);
    row("measuring files", FindOversized{}, u"none"_s);
    row("job.list", ListJobs{}, u"read"_s);
    row("job.get", GetJob{}, u"read"_s);
    row("job.log", ReadLog{}, u"read"_s);
    row("pipeline.list", ListPipelines{}, u"read"_s);
    row("pipeline.get", GetPipeline{}, u"read"_s);
    row("pipeline.check", CheckPipeline{}, u"control"_s);
    row("report.start", StartReport{}, u"control"_s);
    row("report.progress", ReportProgress{}, u"control"_s);
    row("report.change", ChangeReport{}, u"control"_s);
    row("report.finish", FinishReport{}, u"control"_s);
    row("emit", EmitCustom{}, u"control"_s);
    row("ping", Ping{}, u"read"_s);
    row("host.list", ListHosts{}, u"read"_s);
    row("host.add", AddHost{}, u"none"_s);
    row("host.remove", RemoveHost{}, u"none"_s);
    row("source.list", ListSources{}, u"read"_s);
    row("source.add", AddSource{}, u"none"_s);
    row("source.remove", RemoveSource{}, u"none"_s);
    static_assert(std::variant_size_v<Request> == 29, "a new request needs a row");
}

void TestPolicy::scopes()
{
    QFETCH(Request, request);
    QFETCH(QString, needs);
    QCOMPARE(methodName(request), QString::fromLatin1(QTest::currentDataTag()));
    for (const Scope scope : {Scope::None, Scope::Read, Scope::Control}) {
        const bool allowed =
            needs != u"none" && (scope == Scope::Control || (scope == Scope::Read && needs == u"read"));
        const auto permitted = permit(request, with(scope), {});
        QCOMPARE(permitted.has_value(), allowed);
        if (permitted)
            continue;
        QCOMPARE(permitted.error().code, code::notAllowed);
        QVERIFY(permitted.error().message.startsWith(methodName(request)));
        if (needs != u"none")
            QCOMPARE(
                permitted.error().message,
                u"%1 needs the scope %2, and this client has %3"_s.arg(methodName(request), needs, scopeName(scope)));
    }
}

void TestPolicy::runs_data()
{
    QTest::addColumn<Request>("request");
    QTest::addColumn<RemotePolicy>("policy");
    QTest::addColumn<QString>("refusal");
    const auto row = [](const char *name, const std::function<void(RunJob &)> &change, const RemotePolicy &policy,
                        const QString &refusal) {
        RunJob run;
        run.pipeline = u"backup"_s;
        run.params = {{u"disk"_s, u"/dev/x"_s}};
        run.title = u"t"_s;
        run.group = u"g"_s;
        run.unlessRunning = u""_s;
        change(run);
        QTest::newRow(name) << Request(run) << policy << refusal;
    };
    const auto command = [](RunJob &run) {
        run.pipeline.clear();
        run.command = {u"rm"_s, u"-rf"_s};
    };
    row("by name", [](RunJob &) {}, {}, {});
    row(
        "env", [](RunJob &run) { run.env.emplace(); }, {}, u"env may not be given over the network"_s);
    row(
        "cwd", [](RunJob &run) { run.cwd = u"/"_s; }, {}, u"cwd may not be given over the network"_s);
    row(
        "job_id", [](RunJob &run) { run.jobId = u"x"_s; }, {}, u"job_id may not be given over the network"_s);
    row(
        "toml", [](RunJob &run) { run.toml = u""_s; }, {}, u"toml may not be given over the network"_s);
    row(
        "path", [](RunJob &run) { run.pipeline = u"./backup"_s; }, {},
        u"pipeline \"./backup\" is a path, over the network they are started by name"_s);
    row(
        "path in the home folder", [](RunJob &run) { run.pipeline = u"~/backup"_s; }, {true, true},
        u"pipeline \"~/backup\" is a path, over the network they are started by name"_s);
    row(
        "file", [](RunJob &run) { run.pipeline = u"backup.toml"_s; }, {true, true},
        u"pipeline \"backup.toml\" is a path, over the network they are started by name"_s);
    row("command", command, {}, u"a command may not be run over the network unless commands = true in [web]"_s);
    row("command with all pipelines", command, {false, true},
        u"a command may not be run over the network unless commands = true in [web]"_s);
    row("command that is allowed", command, {true, false}, {});
    row(
        "an allowed command with an environment",
        [&](RunJob &run) {
            command(run);
            run.env.emplace();
        },
        {true, true}, u"env may not be given over the network"_s);
}

void TestPolicy::runs()
{
    QFETCH(Request, request);
    QFETCH(RemotePolicy, policy);
    QFETCH(QString, refusal);
    const auto permitted = permit(request, with(Scope::Control), policy);
    QCOMPARE(permitted ? QString() : permitted.error().message, refusal);
    if (!permitted)
        return;
    const auto &run = std::get<RunJob>(*permitted);
    QVERIFY(run.fromRemote);
    QCOMPARE(run.fromRemote->commands, policy.commands);
    QCOMPARE(run.fromRemote->allPipelines, policy.allPipelines);
    QCOMPARE(run.title, u"t"_s);
}

void TestPolicy::marksWhatStartsSomething()
{
    const auto retry = permit(RetryJob{u"x"_s, {}, {}, {}}, with(Scope::Control), {false, true});
    QVERIFY(retry);
    const auto &marked = std::get<RetryJob>(*retry).fromRemote;
    QVERIFY(marked);
    QVERIFY(marked->allPipelines);
    QVERIFY(!marked->commands);
}

void TestPolicy::pipelinesByName()
{
    QVERIFY(permit(GetPipeline{u"backup"_s, {}}, with(Scope::Read), {}));
    for (const QString &path : {u"/etc/shadow"_s, u"x.toml"_s, u"a/b"_s})
        QVERIFY(!permit(GetPipeline{path, {}}, with(Scope::Control), {true, true}));
    QVERIFY(!permit(GetPipeline{u"backup"_s, u"/tmp"_s}, with(Scope::Control), {}));
}

QTEST_GUILESS_MAIN(TestPolicy)
#include "tst_policy.moc"
