#include "core/serve/dialects/slop/slop_words.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

static QJsonObject object(const char *json)
{
    return QJsonDocument::fromJson(json).object();
}

class TestDialectSlop : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsSettings();
    void tellsWrongSettings_data();
    void tellsWrongSettings();
    void fillsParameters_data();
    void fillsParameters();
    void takesMembersByName();
    void tellsFaultsOfCode_data();
    void tellsFaultsOfCode();
    void namesAgentEvents();
    void givesBothNames();
    void saysStates();
    void knowsWhetherItGoesOn();
    void writesDefinitions();
};

void TestDialectSlop::readsSettings()
{
    const auto settings = slop::readSettings(object(R"({
        "processes": {"claude": {"pipeline": "assistant", "params": {"prompt": "{{prompt}}"}, "queue": 3, "rate": 60},
                      "strudel": "sound", "tune": {"pipeline": "sound", "style": "sound", "group": "audio"}},
        "workflows": {"wf_1": "film"}, "agents": {"critique": "judge"}, "origins": ["http://localhost:5173"]})"));
    QVERIFY(settings);
    const slop::Mapping &claude = settings->processes.at(u"claude"_s);
    QCOMPARE(claude.pipeline, u"assistant"_s);
    QCOMPARE(claude.queue, 3);
    QCOMPARE(claude.rate, 60.0);
    QCOMPARE(claude.group, u"claude"_s);
    QVERIFY(!claude.sound && claude.trusted && claude.params);
    QVERIFY(settings->processes.at(u"strudel"_s).sound && !settings->processes.at(u"strudel"_s).params);
    QCOMPARE(settings->processes.at(u"strudel"_s).queue, 50);
    QVERIFY(settings->processes.at(u"tune"_s).sound);
    QCOMPARE(settings->processes.at(u"tune"_s).group, u"audio"_s);
    QCOMPARE(settings->workflows.at(u"wf_1"_s).rate, 5.0);
    QCOMPARE(settings->agents.at(u"critique"_s).pipeline, u"judge"_s);
    QCOMPARE(settings->origins, QStringList{u"http://localhost:5173"_s});
    QCOMPARE(settings->connectionsPerMinute, 10.0);
}

void TestDialectSlop::tellsWrongSettings_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("message");
    const auto row = [](const char *name, const char *json, const QString &message) {
        QTest::newRow(name) << QByteArray(json) << message;
    };
    row("unknown", R"({"proceses": {}})",
        u"unknown key \"proceses\", expected processes, workflows, agents, origins or connections_per_minute"_s);
    row("no table", R"({"processes": 5})", u"processes is 5, expected a table"_s);
    row("nothing mapped", R"({"processes": {"claude": 5}})",
        u"processes.claude is 5, expected a pipeline or a table"_s);
    row("no pipeline", R"({"workflows": {"w": {"queue": 1}}})", u"workflows.w names no pipeline"_s);
    row("agent", R"({"processes": {"agent": "x"}})",
        u"processes.agent is no prefix, expected 1 to 64 of A-Z a-z 0-9 _ - and not \"agent\""_s);
    row("other pattern", R"({"agents": {"debate": "x"}})",
        u"agents.debate: expected \"orchestrate\", \"critique\" or \"discussion\""_s);
    row("rate", R"({"workflows": {"w": {"pipeline": "p", "rate": -1}}})",
        u"workflows.w.rate is -1, expected a number from 0 to 100000"_s);
    row("style", R"({"processes": {"p": {"pipeline": "p", "style": "loud"}}})",
        u"processes.p.style is \"loud\", expected \"stream\" or \"sound\""_s);
    row("unknown within", R"({"processes": {"p": {"pipline": "p"}}})", u"unknown key \"processes.p.pipline\""_s);
    row("group", R"({"processes": {"p": {"pipeline": "p", "group": "a b"}}})",
        u"processes.p.group is \"a b\", expected 1 to 64 of A-Z a-z 0-9 _ -"_s);
}

void TestDialectSlop::tellsWrongSettings()
{
    QFETCH(QByteArray, json);
    const auto settings = slop::readSettings(object(json.constData()));
    QVERIFY(!settings);
    QTEST(settings.error().message, "message");
}

void TestDialectSlop::fillsParameters_data()
{
    QTest::addColumn<QByteArray>("params");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, const char *params, const char *expected) {
        QTest::newRow(name) << QByteArray(params) << QByteArray(expected);
    };
    row("a text", R"({"p": "{{prompt}}"})", R"({"p": "hi {{name}}"})"); // once: a value is left as it is
    row("its own type", R"({"n": "{{options.rate}}", "b": "{{ on }}"})", R"({"n": 7, "b": true})");
    row("within", R"({"p": "<{{prompt}}|{{options.rate}}|{{none}}>"})", R"({"p": "<hi {{name}}|7|>"})");
    row("absent", R"({"p": "{{none}}", "q": "{{prompt.deeper}}"})", "{}");
    row("null", R"({"p": "{{nothing}}"})", "{}");
    row("texts", R"({"p": "{{agents}}"})", R"({"p": "a,b"})");
    row("others", R"({"p": "{{mixed}}", "o": "{{options}}"})", R"({"p": "[1,\"a\"]", "o": "{\"rate\":7}"})");
    row("constants", R"({"p": 5, "q": "x", "r": true})", R"({"p": 5, "q": "x", "r": true})");
    row("no end", R"({"p": "a {{prompt"})", R"({"p": "a {{prompt"})");
}

void TestDialectSlop::fillsParameters()
{
    QFETCH(QByteArray, params);
    QFETCH(QByteArray, expected);
    slop::Mapping mapping;
    mapping.params = object(params.constData());
    const QJsonObject payload = object(R"({"prompt": "hi {{name}}", "name": "no", "options": {"rate": 7}, "on": true,
        "nothing": null, "agents": ["a", "b"], "mixed": [1, "a"]})");
    QCOMPARE(slop::paramsFor(mapping, payload, {}), object(expected.constData()));
}

void TestDialectSlop::takesMembersByName()
{
    const QJsonObject payload = object(
        R"({"code": "x", "streaming": true, "options": {"sampleRate": 8000, "code": "not this"}, "input": {"tempo": 2}})");
    QCOMPARE(slop::paramsFor({}, payload, {u"code"_s, u"sample_rate"_s, u"tempo"_s}),
             object(R"({"code": "x", "sample_rate": 8000, "tempo": 2})"));
}

void TestDialectSlop::tellsFaultsOfCode_data()
{
    QTest::addColumn<QString>("code");
    QTest::addColumn<QStringList>("faults");
    QTest::newRow("right") << u"s(\"bd [sd hh]\").gain(0.8) // it's (fine\nnote('a\\'')"_s << QStringList();
    QTest::newRow("empty") << u" \n"_s << QStringList{u"code cannot be empty"_s};
    QTest::newRow("open") << u"s(\"bd\""_s << QStringList{u"missing ) at the end"_s};
    QTest::newRow("wrong") << u"s(\n[)"_s << QStringList{u"line 2: unexpected )"_s};
    QTest::newRow("string") << u"s(\"bd)"_s
                            << QStringList{u"a string that begins with \" does not end"_s, u"missing ) at the end"_s};
    QTest::newRow("deep") << QString(5000, u'(') << QStringList{u"line 1: brackets nest too deep"_s};
}

void TestDialectSlop::tellsFaultsOfCode()
{
    QFETCH(QString, code);
    QTEST(slop::codeFaults(code), "faults");
}

void TestDialectSlop::namesAgentEvents()
{
    QCOMPARE(slop::agentEvent(u"critique"_s, u"iteration"_s), u"agent:critique:iteration"_s);
    QCOMPARE(slop::agentEvent(u"workflow"_s, u"critique-iteration"_s), u"agent:critique:iteration"_s);
    QCOMPARE(slop::agentEvent(u"workflow"_s, u"discussion-round-started"_s), u"agent:discussion:round-started"_s);
    QCOMPARE(slop::agentEvent(u"workflow"_s, u"iteration"_s), QString());
    QCOMPARE(slop::agentEvent(u"workflow"_s, u"critique-"_s), QString());
}

void TestDialectSlop::givesBothNames()
{
    const QJsonObject said =
        slop::agentMembers(u"agent:discussion:contribution"_s, object(R"({"role": "qa", "contribution": "no"})"));
    QCOMPARE(
        said,
        object(R"({"role": "qa", "agentRole": "qa", "participantId": "qa", "contribution": "no", "content": "no"})"));
    const QJsonObject end = slop::agentMembers(u"agent:discussion:completed"_s, object(R"({"result": "all agree"})"));
    QCOMPARE(end[u"synthesis"], QJsonValue(u"all agree"_s));
    QCOMPARE(end[u"consensusReached"], QJsonValue(false));
    QCOMPARE(slop::agentMembers(u"agent:critique:completed"_s, u"good"_s), object(R"({"result": "good"})"));
}

void TestDialectSlop::saysStates()
{
    QCOMPARE(slop::processStatus(State::Succeeded, false), u"completed"_s);
    QCOMPARE(slop::processStatus(State::Succeeded, true), u"complete"_s);
    QCOMPARE(slop::processStatus(State::Paused, true), u"rendering"_s);
    QCOMPARE(slop::processStatus(State::TimedOut, false), u"timeout"_s);
    QCOMPARE(slop::processStatus(State::Interrupted, false), u"failed"_s);
    QCOMPARE(slop::workflowStatus(State::TimedOut), u"failed"_s);
    QCOMPARE(slop::workflowStatus(State::Queued), u"pending"_s);
    QCOMPARE(slop::percentOf(0.999), 99);
    QCOMPARE(slop::percentOf({}), 0);
}

void TestDialectSlop::knowsWhetherItGoesOn()
{
    Job job;
    const auto add = [&](const QString &id, const QStringList &needs, State state) {
        Step step;
        step.id = id;
        step.needs = needs;
        step.state = state;
        job.steps.push_back(step);
    };
    add(u"last"_s, {u"next"_s}, State::Queued); // the order of the file need not be that of the needs
    add(u"next"_s, {u"bad"_s}, State::Queued);
    add(u"bad"_s, {}, State::Failed);
    QVERIFY(!slop::goesOn(job));
    add(u"other"_s, {}, State::Queued);
    QVERIFY(slop::goesOn(job));
}

void TestDialectSlop::writesDefinitions()
{
    const QJsonObject workflow = object(R"({"name": "N \"n\"", "steps": [
        {"id": "a", "name": "A", "timeoutMs": 1500, "continueOnError": true}, {"id": "b", "dependencies": ["a"]}]})");
    QVERIFY(slop::checkDefinition(workflow));
    QCOMPARE(slop::pipelineOf(workflow, {{u"p"_s, object(R"({"text": "{{x}}\n\"", "n": 0.5})")}, {u"q"_s, {}}}),
             QString::fromUtf8(R"(title = "N \"n\""
[[steps]]
id = "a"
title = "A"
pipeline = "p"
needs = []
params = { "n" = 0.5, "text" = "{{{{x}}\n\"" }
allow_failure = true
timeout = "1500ms"
[[steps]]
id = "b"
pipeline = "q"
needs = ["a"]
params = {  }
)"));
    QVERIFY(!slop::checkDefinition(object(R"({"steps": []})")));
    QVERIFY(!slop::checkDefinition(object(R"({"steps": [{"id": "a"}, {"id": "a"}]})")));
    QVERIFY(!slop::checkDefinition(object(R"({"steps": [{"id": "a b"}]})")));
}

QTEST_APPLESS_MAIN(TestDialectSlop)
#include "tst_dialect_slop.moc"
