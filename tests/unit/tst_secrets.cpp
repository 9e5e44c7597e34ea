#include "core/engine/engine.h"
#include "core/pipeline/describe.h"

#include "core/wire/native/native.h"
#include "support/scripted_runner.h"

#include <QtTest>

using namespace stepwire;
using namespace stepwire::test;
using namespace Qt::StringLiterals;

static const QString secret = u"hunter2-\"x\""_s;

/// What an engine tells of secrets, and what it starts for those who come over the network.
class TestSecrets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void remoteStarts_data();
    void remoteStarts();
    void remoteRetries_data();
    void remoteRetries();
    void nothingTellsThem();
    void stepsGetThem();
    void shortOnesAreHiddenInParametersOnly();
    void keysDifferBySecrets();
    void outputsAreKeptConcealed();
    void nestedPipelinesInherit();
    void recipesTellNoDefaults();

private:
    [[nodiscard]] EngineConfig config();
    [[nodiscard]] static QString allSaid(const ScriptedEngine &scripted);

    QTemporaryDir m_folder;
    int m_engines = 0;
};

EngineConfig TestSecrets::config()
{
    EngineConfig config;
    config.jobsDirectory = m_folder.filePath(u"jobs%1"_s.arg(++m_engines));
    config.home = m_folder.path();
    config.parallel = 8;
    config.environment = {{u"PATH"_s, u"/usr/bin"_s}, {u"MASTER_KEY"_s, u"swordfish"_s}};
    return config;
}

/// Every event as it goes to clients and to the journal, and the text of every error.
QString TestSecrets::allSaid(const ScriptedEngine &scripted)
{
    QString all;
    for (const EngineOutput &output : scripted.outputs) {
        if (const auto *fact = std::get_if<Fact>(&output)) {
            Event event;
            event.job = fact->job;
            event.step = fact->step;
            event.data = fact->data;
            // without the escapes of JSON, so that a secret with quotes in it would be found
            all += QString::fromUtf8(native::encodeEvent(event)).replace(u"\\\""_s, u"\""_s) + u'\n';
        } else if (const auto *answer = std::get_if<EngineAnswer>(&output); answer && !answer->answer) {
            all += answer->answer.error().message + u'\n';
        }
    }
    return all;
}

static RunJob runOf(const QByteArray &toml, const QString &id = u"j"_s)
{
    RunJob run;
    run.toml = QString::fromUtf8(toml);
    run.jobId = id;
    return run;
}

void TestSecrets::remoteStarts_data()
{
    QTest::addColumn<bool>("isCommand");
    QTest::addColumn<bool>("marked");
    QTest::addColumn<bool>("remote");
    QTest::addColumn<bool>("commands");
    QTest::addColumn<bool>("allPipelines");
    QTest::addColumn<QString>("answer");
    const QString noPipeline =
        u"answer 1: error 3 pipeline \"x\" may not be started remotely, it is not marked remote = true"_s;
    const QString noCommand = u"answer 1: error 3 a command may not be started remotely"_s;
    const QString runs = u"answer 1: running"_s;
    QTest::newRow("from here") << false << false << false << false << false << runs;
    QTest::newRow("not marked") << false << false << true << false << false << noPipeline;
    QTest::newRow("not marked, commands allowed") << false << false << true << true << false << noPipeline;
    QTest::newRow("marked") << false << true << true << false << false << runs;
    QTest::newRow("all allowed") << false << false << true << false << true << runs;
    QTest::newRow("command from here") << true << false << false << false << false << runs;
    QTest::newRow("command") << true << false << true << false << false << noCommand;
    QTest::newRow("command, all pipelines allowed") << true << false << true << false << true << noCommand;
    QTest::newRow("command, allowed") << true << false << true << true << false << runs;
}

void TestSecrets::remoteStarts()
{
    QFETCH(bool, isCommand);
    QFETCH(bool, marked);
    QFETCH(bool, remote);
    QFETCH(bool, commands);
    QFETCH(bool, allPipelines);
    QFETCH(QString, answer);
    ScriptedEngine scripted(config());
    RunJob run;
    if (isCommand)
        run.command = {u"true"_s};
    else
        run = runOf("name = 'x'\nremote = " + QByteArray(marked ? "true" : "false")
                    + "\n[[steps]]\nid = 'a'\ncommand = ['true']\n");
    if (remote)
        run.fromRemote = RemoteAllowance{commands, allPipelines};
    scripted.post(1, run);
    const QStringList lines = scripted.takeLines();
    QCOMPARE(lines.last(), answer);
    if (answer.contains(u"error"))
        QCOMPARE(lines.size(), 1);
}

void TestSecrets::remoteRetries_data()
{
    QTest::addColumn<QByteArray>("toml"); // empty: a command
    QTest::addColumn<bool>("allowed");
    QTest::newRow("not marked") << QByteArray("name = 'x'\n[[steps]]\nid = 'a'\ncommand = ['false']\n") << false;
    QTest::newRow("marked") << QByteArray("name = 'x'\nremote = true\n[[steps]]\nid = 'a'\ncommand = ['false']\n")
                            << true;
    QTest::newRow("command") << QByteArray() << false;
}

void TestSecrets::remoteRetries()
{
    QFETCH(QByteArray, toml);
    QFETCH(bool, allowed);
    ScriptedEngine scripted(config());
    RunJob run = runOf(toml);
    if (toml.isEmpty()) {
        run.toml.reset();
        run.command = {u"false"_s};
    }
    const QString step = toml.isEmpty() ? u"main"_s : u"a"_s;
    scripted.post(1, run);
    scripted.runner->started(step, 1);
    scripted.runner->ended(step, StepExit{1, {}, {}});
    scripted.collect();
    Snapshot state;
    for (const EngineOutput &output : scripted.outputs) {
        if (const auto *fact = std::get_if<Fact>(&output)) {
            Event event;
            event.job = fact->job;
            event.step = fact->step;
            event.data = fact->data;
            apply(state, event);
        }
    }
    RetryJob retry;
    retry.job = u"j"_s;
    retry.known = {std::make_shared<const Job>(*state.find(u"j"_s))};
    retry.fromRemote = RemoteAllowance{};
    (void)scripted.takeLines();
    scripted.post(2, retry);
    const QStringList lines = scripted.takeLines();
    QCOMPARE(!lines.last().startsWith(u"answer 2: error 3 "), allowed);
    retry.fromRemote.reset(); // from here it may be
    if (!allowed) {
        QCOMPARE(lines.size(), 1);
        scripted.post(3, retry);
        QCOMPARE(scripted.takeLines().last(), u"answer 3: running"_s);
    }
}

static const QByteArray pipeline = R"(
name = "backup"
title = "Backup"
secret_env = ["MASTER_KEY", "OTHER"]
history = ["token"]
event_name = "backup"
event_data = { with = "token {{token}}" }
[parameters.token]
secret = true
required = true
[parameters.file]
type = "path"
secret = true
default = "/secret/file-name"
[parameters.plain]
default = "plain"
[[steps]]
id = "a"
command = ["program", "{{token}}"]
env = { OTHER = "another-secret" }
[[steps]]
id = "b"
needs = []
command = ["program"]
when = { not = { param = "token", not_equals = "x" } }
[[steps]]
id = "c"
needs = []
command = ["program"]
when = { exists = "/none/{{token}}" }
)";

void TestSecrets::nothingTellsThem()
{
    ScriptedEngine scripted(config());
    RunJob run = runOf(pipeline);
    run.params = {{u"token"_s, secret}};
    run.title = u"with "_s + secret;
    run.unlessRunning = u""_s;
    scripted.post(1, run);
    scripted.runner->started(u"a"_s, 1);
    const QByteArray bytes = secret.toUtf8();
    // cut in two, on both streams, with time between
    scripted.runner->output(u"a"_s, Stream::Out, "out " + bytes.first(5));
    scripted.runner->output(u"a"_s, Stream::Err, "err " + bytes + "\n");
    scripted.wait(500);
    scripted.runner->output(u"a"_s, Stream::Out,
                            bytes.sliced(5) + "\nMASTER_KEY=swordfish another-secret /secret/file-name\n");
    scripted.wait(500);
    Progress progress;
    progress.done = 1;
    progress.unit = u"items"_s;
    progress.message = u"uses "_s + secret;
    progress.phases = {{u"swordfish"_s, u"phase "_s + secret, 1, 2, u"items"_s}};
    scripted.post(2, ReportProgress{u"j"_s, u"a"_s, progress, {}, {}, {}});
    scripted.post(3, EmitCustom{u"j"_s, u"a"_s, u"note"_s, QJsonObject{{u"token"_s, u"is "_s + secret}}});
    scripted.wait(500);
    scripted.runner->output(u"a"_s, Stream::Err, "failed with " + bytes);
    scripted.runner->ended(u"a"_s, StepExit{1, {}, {}});
    // and values that are wrong
    RunJob wrong = runOf("[parameters.n]\ntype = 'int'\nsecret = true\n[[steps]]\nid = 'a'\ncommand = ['x']\n", u"k"_s);
    wrong.params = {{u"n"_s, secret}};
    scripted.post(4, wrong);
    scripted.collect();

    const QString all = allSaid(scripted);
    for (const QString &hidden : {secret, u"hunter2"_s, u"swordfish"_s, u"another-secret"_s, u"file-name"_s})
        QVERIFY2(!all.contains(hidden), qPrintable(all));
    QVERIFY(all.contains(u"with •••"));
    QVERIFY(all.contains(u"failed with •••"));
    QVERIFY(all.contains(u"MASTER_KEY=••• ••• •••"));
    QVERIFY(all.contains(u"parameter \"token\" is \"•••\""));
    QVERIFY(all.contains(u"parameter 'n' is •••, expected a whole number"));
    QVERIFY(all.contains(u"\"plain\":\"plain\""));
    QVERIFY(all.contains(u"there is no \"/none/•••\""));
    // the log
    QFile log(m_folder.filePath(u"jobs%1/j/a.1.log"_s.arg(m_engines)));
    QVERIFY(log.open(QIODevice::ReadOnly));
    const QByteArray kept = log.readAll();
    QVERIFY2(!kept.contains("hunter") && !kept.contains("swordfish"), kept.constData());
    QVERIFY(kept.contains("err •••\n") && kept.contains("•••\nMASTER_KEY=•••"));
    // and where they are
    QFile origin(m_folder.filePath(u"jobs%1/j/private"_s.arg(m_engines)));
    QVERIFY(origin.open(QIODevice::ReadOnly));
    QVERIFY(origin.readAll().contains("hunter2"));
}

void TestSecrets::stepsGetThem()
{
    ScriptedEngine scripted(config());
    RunJob run = runOf(pipeline);
    run.params = {{u"token"_s, secret}};
    scripted.post(1, run);
    const StepCommand &command = scripted.runner->commandOf(u"a"_s);
    QCOMPARE(command.argv.last(), secret);
    QCOMPARE(ScriptedRunner::variable(command, u"STEPWIRE_PARAM_TOKEN"_s), secret);
    QCOMPARE(ScriptedRunner::variable(command, u"MASTER_KEY"_s), u"swordfish"_s);
}

void TestSecrets::shortOnesAreHiddenInParametersOnly()
{
    ScriptedEngine scripted(config());
    RunJob run = runOf("[parameters.pin]\ntype = 'int'\nsecret = true\n[parameters.on]\ntype = 'bool'\nsecret = true\n"
                       "[[steps]]\nid = 'a'\ncommand = ['program']\n");
    run.params = {{u"pin"_s, 123}, {u"on"_s, true}};
    scripted.post(1, run);
    scripted.runner->started(u"a"_s, 1);
    scripted.runner->output(u"a"_s, Stream::Out, "123 true\n");
    scripted.collect();
    const QString all = allSaid(scripted);
    QVERIFY(all.contains(u"\"pin\":\"•••\""));
    QVERIFY(all.contains(u"\"on\":\"•••\""));
    QVERIFY(all.contains(u"123 true"));
}

void TestSecrets::keysDifferBySecrets()
{
    ScriptedEngine scripted(config());
    const auto ask = [&](quint64 id, const QString &token) {
        RunJob run = runOf(pipeline, u"j%1"_s.arg(id));
        run.params = {{u"token"_s, token}};
        run.unlessRunning = u""_s;
        scripted.post(id, run);
        return scripted.takeLines().last();
    };
    QCOMPARE(ask(1, u"first"_s), u"answer 1: running"_s);
    QCOMPARE(ask(2, u"second"_s), u"answer 2: running"_s);
    QCOMPARE(ask(3, u"first"_s), u"answer 3: error 5 job j1 is running already"_s);
    const QString all = allSaid(scripted);
    QVERIFY(!all.contains(u"\"first\"") && !all.contains(u"second"));
}

void TestSecrets::outputsAreKeptConcealed()
{
    ScriptedEngine scripted(config());
    RunJob run = runOf("[parameters.token]\nsecret = true\n[[steps]]\nid = 'a'\ncommand = ['x']\noutputs = ['o']\n"
                       "[[steps]]\nid = 'b'\ncommand = ['x', '{{steps.a.o}}']\n");
    run.params = {{u"token"_s, secret}};
    scripted.post(1, run);
    const QString path = ScriptedRunner::variable(scripted.runner->commandOf(u"a"_s), u"STEPWIRE_OUTPUT"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("o=with " + secret.toUtf8() + "\n");
    file.close();
    scripted.runner->started(u"a"_s, 1);
    scripted.runner->ended(u"a"_s, StepExit{0, {}, {}});
    QCOMPARE(scripted.runner->commandOf(u"b"_s).argv.last(), u"with "_s + secret);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(!file.readAll().contains("hunter"));
    QCOMPARE(file.permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());

    // another life finds them as they were
    scripted.runner->ended(u"b"_s, StepExit{1, {}, {}});
    scripted.collect();
    Snapshot state;
    for (const EngineOutput &output : scripted.outputs) {
        if (const auto *fact = std::get_if<Fact>(&output)) {
            Event event;
            event.job = fact->job;
            event.step = fact->step;
            event.data = fact->data;
            apply(state, event);
        }
    }
    EngineConfig same = config();
    same.jobsDirectory = m_folder.filePath(u"jobs%1"_s.arg(m_engines - 1));
    ScriptedEngine later(same);
    RetryJob retry;
    retry.job = u"j"_s;
    retry.known = {std::make_shared<const Job>(*state.find(u"j"_s))};
    later.post(1, retry);
    QCOMPARE(later.takeLines().last(), u"answer 1: running"_s);
    QCOMPARE(later.runner->commandOf(u"b"_s).argv.last(), u"with "_s + secret);
    QVERIFY(!allSaid(later).contains(u"hunter"));
}

void TestSecrets::nestedPipelinesInherit()
{
    QFile inner(m_folder.filePath(u"inner.toml"_s));
    QVERIFY(inner.open(QIODevice::WriteOnly));
    inner.write("title = 'Inner'\nevent_name = 'inner'\nevent_data = { w = '{{word}}' }\nhistory = ['word']\n"
                "[parameters.word]\ntype = 'string'\n[parameters.own]\nsecret = true\ndefault = 'of-the-inner'\n"
                "[[steps]]\nid = 'i'\ncommand = ['x', '{{word}}']\n");
    inner.close();
    ScriptedEngine scripted(config());
    RunJob run = runOf("[parameters.token]\nsecret = true\n[[steps]]\nid = 'n'\npipeline = '"
                       + inner.fileName().toUtf8() + "'\nparams = { word = '{{token}}' }\n");
    for (const QString &token : {secret, u"abc"_s}) { // a short one is no less hidden
        run.jobId = u"j%1"_s.arg(token.size());
        run.params = {{u"token"_s, token}};
        scripted.post(1, run);
        scripted.runner->started(u"i"_s, 1);
        QCOMPARE(scripted.runner->commandOf(u"i"_s).argv.last(), token);
        scripted.runner->output(u"i"_s, Stream::Out, "of-the-inner " + secret.toUtf8() + '\n');
        scripted.runner->output(u"i"_s, Stream::Err, "no: of-the-inner");
        scripted.runner->ended(u"i"_s, StepExit{1, {}, {}});
        scripted.collect();
        const QString all = allSaid(scripted);
        QVERIFY2(!all.contains(u"of-the-inner"), qPrintable(all));
        QVERIFY2(!all.contains(u"\"abc"), qPrintable(all));
        QVERIFY2(token != secret || !all.contains(u"hunter2"), qPrintable(all));
        QVERIFY(all.contains(u"\"word\":\"•••\""));
        scripted.outputs.clear();
    }
}

void TestSecrets::recipesTellNoDefaults()
{
    const auto recipe = readRecipe(pipeline, {});
    QVERIFY(recipe);
    const QByteArray told = QJsonDocument(describeRecipe(*recipe)).toJson(QJsonDocument::Compact);
    QVERIFY(!told.contains("file-name"));
    QVERIFY(told.contains(R"("secret":true)"));
    QVERIFY(told.contains(R"("remote":false)"));
    QVERIFY(told.contains(R"("default":"plain")"));
}

QTEST_GUILESS_MAIN(TestSecrets)
#include "tst_secrets.moc"
