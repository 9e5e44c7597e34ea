#include "core/wire/native/rpc.h"
#include "core/wire/native/native.h"
#include "support/samples.h"

#include <QJsonDocument>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(stepwire::Event)

class TestRpc : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parsesCalls_data();
    void parsesCalls();
    void refusesCalls_data();
    void refusesCalls();
    void decodes_data();
    void decodes();
    void refusesMembers_data();
    void refusesMembers();
    void suggestsMethods_data();
    void suggestsMethods();
    void wants_data();
    void wants();
    void encodesCalls_data();
    void encodesCalls();
    void decodesAnswers();
    void parsesMessages_data();
    void parsesMessages();
    void mutationsAreNoDanger();
};

void TestRpc::parsesCalls_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QJsonValue>("id");
    QTest::addColumn<QString>("method");
    QTest::addColumn<QJsonObject>("params");
    const QJsonValue none = QJsonValue::Undefined;
    const QString list = u"job.list"_s;
    QTest::newRow("number") << QByteArray(R"({"jsonrpc":"2.0","id":1,"method":"job.list","params":{"limit":3}})")
                            << QJsonValue(1) << list << QJsonObject{{u"limit"_s, 3}};
    QTest::newRow("text as id") << QByteArray(R"({"jsonrpc":"2.0","id":"x","method":"job.list"})") << QJsonValue(u"x"_s)
                                << list << QJsonObject();
    QTest::newRow("null as id") << QByteArray(R"({"jsonrpc":"2.0","id":null,"method":"job.list"})")
                                << QJsonValue(QJsonValue::Null) << list << QJsonObject();
    QTest::newRow("notification") << QByteArray(R"({"jsonrpc":"2.0","method":"job.list"})") << none << list
                                  << QJsonObject();
    QTest::newRow("spaces") << QByteArray(" { \"jsonrpc\" : \"2.0\" , \"method\" : \"job.list\" } \r") << none << list
                            << QJsonObject();
    QTest::newRow("more members") << QByteArray(R"({"jsonrpc":"2.0","method":"job.list","trace":[1]})") << none << list
                                  << QJsonObject();
    QTest::newRow("any method") << QByteArray(R"({"jsonrpc":"2.0","method":""})") << none << QString() << QJsonObject();
}

void TestRpc::parsesCalls()
{
    QFETCH(QByteArray, line);
    QFETCH(QJsonValue, id);
    const auto call = native::parseCall(line);
    QVERIFY2(call, call ? "" : qPrintable(call.error().error.message));
    QCOMPARE(call->id, id);
    QCOMPARE(call->wantsAnswer(), !id.isUndefined());
    QTEST(call->method, "method");
    QTEST(call->params, "params");
}

void TestRpc::refusesCalls_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("answer");
    const auto row = [](const char *name, const QByteArray &line, const char *answer) {
        QTest::newRow(name) << line << QString::fromUtf8(answer);
    };
    row("nothing", "", R"(null -32700 "" is not JSON: illegal value at byte 0)");
    row("a word", "hello", R"(null -32700 "hello" is not JSON: illegal value at byte 1)");
    row("cut short", R"({"jsonrpc":)", R"(null -32700 "{\"jsonrpc\":" is not JSON: unterminated object at byte 11)");
    row("two on a line", "{}{}", R"(null -32700 "{}{}" is not JSON: garbage at the end of the document at byte 2)");
    row("an escape sequence", "\x1b[2J", R"(null -32700 "\x1b[2J" is not JSON: illegal value at byte 1)");
    row("a batch", "[]", "null -32600 the message is an array, expected one object");
    row("no version", R"({"id":1,"method":"job.list"})", R"(1 -32600 jsonrpc is missing, expected "2.0")");
    row("version 1", R"({"jsonrpc":"1.0","id":"a","method":"job.list"})",
        R"("a" -32600 jsonrpc is "1.0", expected "2.0")");
    row("version as number", R"({"jsonrpc":2.0,"id":1,"method":"x"})", R"(1 -32600 jsonrpc is 2, expected "2.0")");
    row("no method", R"({"jsonrpc":"2.0","id":1})", "1 -32600 method is missing, expected text");
    row("method as number", R"({"jsonrpc":"2.0","id":1,"method":7})", "1 -32600 method is 7, expected text");
    row("id as object", R"({"jsonrpc":"2.0","id":{},"method":"x"})",
        "null -32600 id is {}, expected text, a number or null");
    row("id as flag", R"({"jsonrpc":"2.0","id":true,"method":"x"})",
        "null -32600 id is true, expected text, a number or null");
    row("positional params", R"({"jsonrpc":"2.0","id":1,"method":"x","params":[1]})",
        "1 -32600 params is [1], expected an object");
    row("null params", R"({"jsonrpc":"2.0","id":1,"method":"x","params":null})",
        "1 -32600 params is null, expected an object");
    row("a bad notification", R"({"jsonrpc":"2.0","method":"x","params":"y"})",
        R"(null -32600 params is "y", expected an object)");
}

void TestRpc::refusesCalls()
{
    QFETCH(QByteArray, line);
    const auto call = native::parseCall(line);
    QVERIFY(!call);
    const QByteArray id = QJsonDocument(QJsonArray{call.error().id}).toJson(QJsonDocument::Compact);
    QTEST(u"%1 %2 %3"_s.arg(QString::fromUtf8(id.sliced(1).chopped(1)))
              .arg(call.error().error.code)
              .arg(call.error().error.message),
          "answer");
}

// What a request says, as text: every member that is not as it would be by default.

static QString joined(const QStringList &list)
{
    return u"[%1]"_s.arg(list.join(u','));
}

static QString compact(const QJsonValue &value)
{
    return QString::fromUtf8(QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact)).sliced(1).chopped(1);
}

static QString shown(const Progress &progress)
{
    QString text = u"%1/%2 %3 fraction=%4 '%5'"_s.arg(progress.done)
                       .arg(progress.total ? QString::number(*progress.total) : u"?"_s, progress.unit,
                            progress.fraction ? QString::number(*progress.fraction) : u"?"_s, progress.message);
    for (const Phase &phase : progress.phases)
        text += u" %1:'%2' %3/%4 %5"_s.arg(phase.id, phase.title)
                    .arg(phase.done)
                    .arg(phase.total ? QString::number(*phase.total) : u"?"_s, phase.unit);
    return text;
}

struct Shown
{
    QString operator()(const RunJob &run) const
    {
        QString text = u"run '%1'"_s.arg(run.pipeline);
        const auto add = [&](const char *name, const QString &value) {
            if (!value.isEmpty())
                text += u" %1=%2"_s.arg(QLatin1String(name), value);
        };
        if (run.toml)
            text += u" toml='%1'"_s.arg(*run.toml);
        if (!run.command.isEmpty())
            add("command", joined(run.command));
        if (!run.params.isEmpty())
            add("params", compact(run.params));
        add("cwd", run.cwd);
        if (run.env) {
            text += u" env"_s;
            for (const auto &[name, value] : *run.env)
                text += u" %1='%2'"_s.arg(name, value);
        }
        add("id", run.jobId);
        add("title", run.title);
        add("group", run.group);
        if (run.parallel)
            add("jobs", QString::number(*run.parallel));
        if (run.terminal)
            text += u" terminal=%1 %2x%3"_s.arg(*run.terminal).arg(run.columns).arg(run.rows);
        return text;
    }
    QString operator()(const CancelJob &cancel) const { return u"cancel %1/%2"_s.arg(cancel.job, cancel.step); }
    QString operator()(const ListJobs &list) const
    {
        return u"list '%1' %2 %3"_s.arg(list.cursor)
            .arg(list.limit)
            .arg(list.state ? stateName(*list.state) : u"any"_s);
    }
    QString operator()(const GetJob &get) const { return u"get "_s + get.job; }
    QString operator()(const ReadLog &log) const
    {
        return u"log %1/%2 attempt=%3 %4+%5 base64=%6"_s.arg(log.job, log.step)
            .arg(log.attempt.value_or(0))
            .arg(log.offset)
            .arg(log.limit)
            .arg(log.base64);
    }
    QString operator()(const ListPipelines &) const { return u"pipelines"_s; }
    QString operator()(const GetPipeline &get) const { return u"pipeline '%1' '%2'"_s.arg(get.pipeline, get.cwd); }
    QString operator()(const CheckPipeline &check) const { return u"check '%1' '%2'"_s.arg(check.toml, check.file); }
    QString operator()(const StartReport &start) const
    {
        QString text = u"start '%1' %2"_s.arg(start.title).arg(start.ttlMs);
        for (const Step &step : start.steps)
            text += u" %1:'%2'*%3"_s.arg(step.id, step.title).arg(step.weight);
        for (const QString &capability : start.capabilities)
            text += u" can "_s + capability;
        return text;
    }
    QString operator()(const ReportProgress &report) const
    {
        return u"progress %1/%2 "_s.arg(report.job, report.step) + shown(report.progress)
            + (report.state ? u" then "_s + stateName(*report.state) : QString());
    }
    QString operator()(const ChangeReport &change) const
    {
        return u"change %1 %2"_s.arg(change.job, stateName(change.state));
    }
    QString operator()(const FinishReport &finish) const
    {
        return u"finish %1 %2"_s.arg(finish.job,
                                     finish.error           ? u"'%1'"_s.arg(*finish.error)
                                         : finish.cancelled ? u"cancelled"_s
                                                            : u"well"_s);
    }
    QString operator()(const EmitCustom &custom) const
    {
        return u"emit %1/%2 %3 %4"_s.arg(custom.job, custom.step, custom.name,
                                         custom.value.isUndefined() ? u"nothing"_s : compact(custom.value));
    }
    QString operator()(const native::Subscribe &subscribe) const
    {
        return u"subscribe '%1' %2 jobs=%3 types=%4 output=%5 filters=%6"_s.arg(subscribe.epoch)
            .arg(subscribe.seq ? QString::number(*subscribe.seq) : u"?"_s, joined(subscribe.jobs),
                 joined(subscribe.types))
            .arg(subscribe.output)
            .arg(subscribe.filters());
    }
    QString operator()(const Request &request) const { return std::visit(*this, request); }
};

static QString outcomeOf(const QString &method, const QByteArray &params)
{
    QJsonParseError problem{};
    native::Call call;
    call.method = method;
    call.params = QJsonDocument::fromJson(params, &problem).object();
    if (problem.error != QJsonParseError::NoError)
        return u"the row is not JSON: "_s + problem.errorString();
    const auto decoded = native::decodeCall(call);
    if (!decoded)
        return u"%1 %2"_s.arg(decoded.error().code).arg(decoded.error().message);
    return std::visit(Shown(), *decoded);
}

void TestRpc::decodes_data()
{
    QTest::addColumn<QString>("method");
    QTest::addColumn<QByteArray>("params");
    QTest::addColumn<QString>("request");
    const auto row = [](const char *method, const QByteArray &params, const char *request) {
        QTest::newRow((method + QByteArray(" ") + params.left(80)).constData())
            << QString::fromLatin1(method) << params << QString::fromUtf8(request);
    };
    row("subscribe", "{}", "subscribe '' ? jobs=[] types=[] output=1 filters=0");
    row("subscribe", R"({"epoch":"e","seq":0})", "subscribe 'e' 0 jobs=[] types=[] output=1 filters=0");
    row("subscribe", R"({"seq":9007199254740992,"jobs":["a"],"types":["step.*"],"output":false})",
        "subscribe '' 9007199254740992 jobs=[a] types=[step.*] output=0 filters=1");
    row("subscribe", R"({"epoch":null,"seq":null,"jobs":null,"types":null,"output":null,"later":1})",
        "subscribe '' ? jobs=[] types=[] output=1 filters=0");
    row("job.run", R"({"pipeline":"wallpaper"})", "run 'wallpaper'");
    row("job.run", R"({"toml":""})", "run '' toml=''");
    row("job.run", R"({"command":["echo",""]})", "run '' command=[echo,]");
    row("job.run",
        R"({"pipeline":"./w.toml","params":{"image":"/a"},"cwd":"/","env":{"B":"2","A":""},"job_id":"J-1","title":"T","group":"g","jobs":1024,"terminal":{"columns":80,"rows":24}})",
        R"(run './w.toml' params={"image":"/a"} cwd=/ env A='' B='2' id=J-1 title=T group=g jobs=1024 terminal=1 80x24)");
    row("job.run", R"({"pipeline":"p","env":{},"terminal":false})", "run 'p' env terminal=0 0x0");
    row("job.run", R"({"pipeline":"p","terminal":true,"jobs":1})", "run 'p' jobs=1 terminal=1 0x0");
    row("job.run", R"({"pipeline":"p","terminal":{}})", "run 'p' terminal=1 0x0");
    row("job.run", R"({"pipeline":"p","toml":null,"command":null,"env":null,"terminal":null})", "run 'p'");
    row("job.cancel", R"({"job":"j"})", "cancel j/");
    row("job.cancel", R"({"job":"j","step":"s"})", "cancel j/s");
    row("job.list", "{}", "list '' 50 any");
    row("job.list", R"({"cursor":"c","limit":1000,"state":"timed_out"})", "list 'c' 1000 timed_out");
    row("job.get", R"({"job":"j"})", "get j");
    row("job.log", R"({"job":"j","step":"s"})", "log j/s attempt=0 0+65536 base64=0");
    row("job.log", R"({"job":"j","step":"s","attempt":2,"offset":5,"limit":524288,"encoding":"base64"})",
        "log j/s attempt=2 5+524288 base64=1");
    row("job.log", R"({"job":"j","step":"s","encoding":"utf8","limit":1})", "log j/s attempt=0 0+1 base64=0");
    row("pipeline.list", "{}", "pipelines");
    row("pipeline.get", R"({"pipeline":"p","cwd":"/"})", "pipeline 'p' '/'");
    row("pipeline.check", R"({"toml":""})", "check '' ''");
    row("pipeline.check", R"({"toml":"a=1","file":"x.toml"})", "check 'a=1' 'x.toml'");
    row("report.start", R"({"title":"T"})", "start 'T' 900000");
    row("report.start",
        R"({"title":"T","ttl_ms":100,"steps":["a",{"step":"b","title":"B","weight":0.5},{"step":"c"}]})",
        "start 'T' 100 a:'a'*1 b:'B'*0.5 c:'c'*1");
    row("report.start", R"({"title":"T","steps":null})", "start 'T' 900000");
    row("report.progress", R"({"job":"j"})", "progress j/ 0/? items fraction=? ''");
    row("report.progress", R"({"job":"j","step":"s","done":1,"total":4,"unit":"files","message":"m","state":"failed"})",
        "progress j/s 1/4 files fraction=0.25 'm' then failed");
    row("report.progress", R"({"job":"j","fraction":0.5})", "progress j/ 50/100 percent fraction=0.5 ''");
    row("report.progress", R"({"job":"j","fraction":1,"done":7})", "progress j/ 7/? items fraction=0.999 ''");
    row("report.progress", R"({"job":"j","done":9,"total":4})", "progress j/ 9/4 items fraction=0.999 ''");
    row("report.progress", R"({"job":"j","phases":[{"id":"p"},{"id":"q","title":"Q","done":1,"total":2,"unit":"u"}]})",
        "progress j/ 0/? items fraction=? '' p:'p' 0/?  q:'Q' 1/2 u");
    row("report.start", R"({"title":"T","capabilities":["pause","cancel","pause"]})",
        "start 'T' 900000 can pause can cancel");
    row("report.change", R"({"job":"j","state":"paused"})", "change j paused");
    row("report.change", R"({"job":"j","state":"running"})", "change j running");
    row("report.finish", R"({"job":"j","state":"cancelled"})", "finish j cancelled");
    row("report.finish", R"({"job":"j"})", "finish j well");
    row("report.finish", R"({"job":"j","error":""})", "finish j ''");
    row("report.finish", R"({"job":"j","error":"no"})", "finish j 'no'");
    row("emit", R"({"job":"j","name":"n","value":{"a":[1]}})", R"(emit j/ n {"a":[1]})");
    row("emit", R"({"job":"j","step":"s","name":"n","value":null})", "emit j/s n null");
    row("emit", R"({"job":"j","name":"n"})", "emit j/ n nothing");
}

void TestRpc::decodes()
{
    QFETCH(QString, method);
    QFETCH(QByteArray, params);
    QTEST(outcomeOf(method, params), "request");
}

void TestRpc::refusesMembers_data()
{
    QTest::addColumn<QString>("method");
    QTest::addColumn<QByteArray>("params");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char *method, const QByteArray &params, const QString &sentence) {
        QTest::newRow((method + QByteArray(" ") + params.left(80)).constData())
            << QString::fromLatin1(method) << params << u"-32602 "_s + sentence;
    };
    const QString id = u"1 to 64 of the characters A-Z a-z 0-9 _ -"_s;
    row("subscribe", R"({"epoch":1})", u"epoch is 1, expected text"_s);
    row("subscribe", R"({"epoch":"a\u0000b"})", u"epoch is \"a\\x00b\", expected text"_s);
    row("subscribe", R"({"seq":-1})", u"seq is -1, expected a whole number from 0 to 9007199254740992"_s);
    row("subscribe", R"({"seq":1.5})", u"seq is 1.5, expected a whole number from 0 to 9007199254740992"_s);
    row("subscribe", R"({"seq":"1"})", u"seq is \"1\", expected a whole number from 0 to 9007199254740992"_s);
    row("subscribe", R"({"seq":1e16})", u"seq is 1e+16, expected a whole number from 0 to 9007199254740992"_s);
    row("subscribe", R"({"jobs":"j"})", u"jobs is \"j\", expected an array of texts"_s);
    row("subscribe", R"({"jobs":["j",1]})", u"jobs is [\"j\",1], expected an array of texts"_s);
    row("subscribe", R"({"types":{}})", u"types is {}, expected an array of texts"_s);
    row("subscribe", R"({"output":"no"})", u"output is \"no\", expected true or false"_s);

    row("job.run", "{}", u"job.run has 0 of pipeline, toml and command, expected one"_s);
    row("job.run", R"({"pipeline":""})", u"job.run has 0 of pipeline, toml and command, expected one"_s);
    row("job.run", R"({"pipeline":"p","toml":"t"})", u"job.run has 2 of pipeline, toml and command, expected one"_s);
    row("job.run", R"({"pipeline":"p","toml":"t","command":["c"]})",
        u"job.run has 3 of pipeline, toml and command, expected one"_s);
    row("job.run", R"({"pipeline":["p"]})", u"pipeline is [\"p\"], expected text"_s);
    row("job.run", R"({"toml":5})", u"toml is 5, expected text"_s);
    row("job.run", R"({"command":"ls"})", u"command is \"ls\", expected an array of texts"_s);
    row("job.run", R"({"command":[]})", u"command is [], expected a program and its arguments"_s);
    row("job.run", R"({"command":[""]})", u"command is [\"\"], expected a program and its arguments"_s);
    row("job.run", R"({"command":["a\u0000"]})", u"command is [\"a\\u0000\"], expected an array of texts"_s);
    row("job.run", R"({"pipeline":"p","params":[]})", u"params is [], expected an object"_s);
    row("job.run", R"({"pipeline":"p","cwd":"here"})", u"cwd is \"here\", expected an absolute path"_s);
    row("job.run", R"({"pipeline":"p","env":[]})", u"env is [], expected an object"_s);
    row("job.run", R"({"pipeline":"p","env":{"A":1}})", u"env has \"A\" = 1, expected a name without '=' and a text"_s);
    row("job.run", R"({"pipeline":"p","env":{"A=B":"x"}})",
        u"env has \"A=B\" = \"x\", expected a name without '=' and a text"_s);
    row("job.run", R"({"pipeline":"p","env":{"":"x"}})",
        u"env has \"\" = \"x\", expected a name without '=' and a text"_s);
    row("job.run", R"({"pipeline":"p","env":{"A":"\u0000"}})",
        u"env has \"A\" = \"\\x00\", expected a name without '=' and a text"_s);
    row("job.run", R"({"pipeline":"p","job_id":"../x"})", u"job_id is \"../x\", expected "_s + id);
    row("job.run", R"({"pipeline":"p","title":{}})", u"title is {}, expected text"_s);
    row("job.run", R"({"pipeline":"p","group":"a b"})", u"group is \"a b\", expected "_s + id);
    row("job.run", R"({"pipeline":"p","jobs":0})", u"jobs is 0, expected a whole number from 1 to 1024"_s);
    row("job.run", R"({"pipeline":"p","jobs":1025})", u"jobs is 1025, expected a whole number from 1 to 1024"_s);
    row("job.run", R"({"pipeline":"p","terminal":1})", u"terminal is 1, expected true or false"_s);
    row("job.run", R"({"pipeline":"p","terminal":{"columns":0}})",
        u"terminal: columns is 0, expected a whole number from 1 to 10000"_s);
    row("job.run", R"({"pipeline":"p","terminal":{"rows":"x"}})",
        u"terminal: rows is \"x\", expected a whole number from 1 to 10000"_s);

    for (const char *method :
         {"job.cancel", "job.get", "job.log", "report.progress", "report.change", "report.finish", "emit"}) {
        row(method, "{}", u"job is missing, expected "_s + id);
        row(method, R"({"job":7})", u"job is 7, expected text"_s);
        row(method, R"({"job":"a/b"})", u"job is \"a/b\", expected "_s + id);
    }
    for (const char *method : {"job.cancel", "job.log", "report.progress", "emit"})
        row(method, R"({"job":"j","step":"ä"})", u"step is \"ä\", expected "_s + id);
    row("job.list", R"({"cursor":"%"})", u"cursor is \"%\", expected "_s + id);
    row("job.list", R"({"limit":0})", u"limit is 0, expected a whole number from 1 to 1000"_s);
    row("job.list", R"({"limit":1001})", u"limit is 1001, expected a whole number from 1 to 1000"_s);
    row("job.list", R"({"state":"done"})", u"state is \"done\", expected a state such as \"running\""_s);
    row("job.list", R"({"state":3})", u"state is 3, expected text"_s);
    row("job.log", R"({"job":"j"})", u"step is missing, expected "_s + id);
    row("job.log", R"({"job":"j","step":"s","attempt":0})",
        u"attempt is 0, expected a whole number from 1 to 1000000"_s);
    row("job.log", R"({"job":"j","step":"s","offset":-1})",
        u"offset is -1, expected a whole number from 0 to 9007199254740992"_s);
    row("job.log", R"({"job":"j","step":"s","limit":524289})",
        u"limit is 524289, expected a whole number from 1 to 524288"_s);
    row("job.log", R"({"job":"j","step":"s","encoding":"latin1"})",
        u"encoding is \"latin1\", expected \"utf8\" or \"base64\""_s);
    row("pipeline.get", "{}", u"pipeline is missing, expected text"_s);
    row("pipeline.get", R"({"pipeline":""})", u"pipeline is \"\", expected text"_s);
    row("pipeline.get", R"({"pipeline":"p","cwd":1})", u"cwd is 1, expected text"_s);
    row("pipeline.check", "{}", u"toml is missing, expected the text of a pipeline"_s);
    row("pipeline.check", R"({"toml":[]})", u"toml is [], expected the text of a pipeline"_s);
    row("pipeline.check", R"({"toml":"","file":1})", u"file is 1, expected text"_s);
    row("report.start", R"({"title":"T","capabilities":["retry"]})",
        u"capabilities has \"retry\", expected \"cancel\" or \"pause\""_s);
    row("report.change", R"({"job":"j","state":"failed"})",
        u"state is \"failed\", expected \"paused\" or \"running\""_s);
    row("report.finish", R"({"job":"j","state":"failed"})", u"state is \"failed\", expected \"cancelled\""_s);
    row("report.finish", R"({"job":"j","state":"cancelled","error":"x"})",
        u"a report that was cancelled has no error"_s);
    row("report.start", "{}", u"title is missing, expected text"_s);
    row("report.start", R"({"title":"T","ttl_ms":99})",
        u"ttl_ms is 99, expected a whole number from 100 to 9007199254740992"_s);
    row("report.start", R"({"title":"T","steps":"a"})", u"steps is \"a\", expected an array of steps"_s);
    row("report.start", R"({"title":"T","steps":[5]})", u"steps: step is missing, expected "_s + id);
    row("report.start", R"({"title":"T","steps":["a b"]})", u"steps: step is \"a b\", expected "_s + id);
    row("report.start", R"({"title":"T","steps":["a","b","a"]})", u"steps has \"a\" twice"_s);
    row("report.start", R"({"title":"T","steps":[{"step":"a","title":1}]})", u"steps: title is 1, expected text"_s);
    row("report.start", R"({"title":"T","steps":[{"step":"a","weight":0}]})",
        u"steps: weight is 0, expected a number above 0"_s);
    row("report.start", R"({"title":"T","steps":[{"step":"a","weight":"1"}]})",
        u"steps: weight is \"1\", expected a number"_s);
    row("report.start", R"({"title":"T","steps":[)" + QByteArray("\"a\",").repeated(4000) + R"("a"]})",
        u"steps has 4001 entries, expected at most 4000"_s);
    row("report.progress", R"({"job":"j","done":"1"})", u"done is \"1\", expected a number"_s);
    row("report.progress", R"({"job":"j","done":-1})", u"done is -1, expected a number from 0 up"_s);
    row("report.progress", R"({"job":"j","total":-1})", u"total is -1, expected a number from 0 up"_s);
    row("report.progress", R"({"job":"j","total":[]})", u"total is [], expected a number"_s);
    row("report.progress", R"({"job":"j","fraction":1.01})", u"fraction is 1.01, expected a number from 0 to 1"_s);
    row("report.progress", R"({"job":"j","fraction":-0.1})", u"fraction is -0.1, expected a number from 0 to 1"_s);
    row("report.progress", R"({"job":"j","unit":1})", u"unit is 1, expected text"_s);
    row("report.progress", R"({"job":"j","message":1})", u"message is 1, expected text"_s);
    row("report.progress", R"({"job":"j","phases":{}})", u"phases is {}, expected an array of at most 64 phases"_s);
    row("report.progress", R"({"job":"j","phases":[{}]})", u"phases: id is missing, expected "_s + id);
    row("report.progress", R"({"job":"j","phases":[{"id":"p","done":"x"}]})",
        u"phases: done is \"x\", expected a number"_s);
    row("report.progress", R"({"job":"j","state":"running"})",
        u"state is \"running\", expected a final state such as \"succeeded\""_s);
    row("report.progress", R"({"job":"j","state":"gone"})",
        u"state is \"gone\", expected a final state such as \"succeeded\""_s);
    row("report.finish", R"({"job":"j","error":{}})", u"error is {}, expected text"_s);
    row("emit", R"({"job":"j"})", u"name is missing, expected "_s + id);
    row("emit", R"({"job":"j","name":"a.b"})", u"name is \"a.b\", expected "_s + id);
}

void TestRpc::refusesMembers()
{
    QFETCH(QString, method);
    QFETCH(QByteArray, params);
    QTEST(outcomeOf(method, params), "sentence");
}

void TestRpc::suggestsMethods_data()
{
    QTest::addColumn<QString>("method");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("near") << u"job.runn"_s << u"-32601 there is no method \"job.runn\", did you mean \"job.run\""_s;
    QTest::newRow("far") << u"zzzzzzzzzzzzzzzzzzzzzzzz"_s
                         << u"-32601 there is no method \"zzzzzzzzzzzzzzzzzzzzzzzz\""_s;
    QTest::newRow("upper case is another")
        << u"Emit"_s << u"-32601 there is no method \"Emit\", did you mean \"emit\""_s;
    QTest::newRow("long") << QString(5000, u'x') << u"-32601 there is no method \"%1…\""_s.arg(QString(59, u'x'));
}

void TestRpc::suggestsMethods()
{
    QFETCH(QString, method);
    QTEST(outcomeOf(method, "{}"), "sentence");
}

void TestRpc::wants_data()
{
    QTest::addColumn<QString>("jobs");
    QTest::addColumn<QString>("types");
    QTest::addColumn<bool>("output");
    QTest::addColumn<QString>("wanted"); // of the ten below
    const QString all =
        u"queued:j started:j changed:j finished:j queued:k output:j progress:j custom:j degraded: step:k"_s;
    QTest::newRow("everything") << QString() << QString() << true << all;
    QTest::newRow("no output") << QString() << QString() << false << QString(all).remove(u"output:j "_s);
    QTest::newRow("one job") << u"j"_s << QString() << true
                             << u"queued:j started:j changed:j finished:j output:j progress:j custom:j"_s;
    QTest::newRow("two jobs") << u"k j"_s << QString() << true << QString(all).remove(u"degraded: "_s);
    QTest::newRow("an unknown job") << u"x"_s << QString() << true << QString();
    QTest::newRow("one type") << QString() << u"job.queued"_s << true << u"queued:j queued:k"_s;
    QTest::newRow("a kind") << QString() << u"step.*"_s << true << u"output:j progress:j step:k"_s;
    QTest::newRow("a kind without output") << QString() << u"step.*"_s << false << u"progress:j step:k"_s;
    QTest::newRow("kinds and types") << QString() << u"hub.* custom"_s << true << u"custom:j degraded:"_s;
    QTest::newRow("both filters") << u"k"_s << u"step.*"_s << true << u"step:k"_s;
    QTest::newRow("not a beginning") << QString() << u"job job. job.q job.queued.* *"_s << true << QString();
}

void TestRpc::wants()
{
    QFETCH(QString, jobs);
    QFETCH(QString, types);
    QFETCH(bool, output);
    native::Subscribe subscribe;
    subscribe.jobs = jobs.split(u' ', Qt::SkipEmptyParts);
    subscribe.types = types.split(u' ', Qt::SkipEmptyParts);
    subscribe.output = output;
    const QString j = u"j"_s;
    const std::vector<std::tuple<QString, QString, FactData>> events = {
        {u"queued"_s, j, JobQueued{}},
        {u"started"_s, j, JobStarted{}},
        {u"changed"_s, j, JobChanged{}},
        {u"finished"_s, j, JobFinished{}},
        {u"queued"_s, u"k"_s, JobQueued{}},
        {u"output"_s, j, StepOutput{}},
        {u"progress"_s, j, StepProgress{}},
        {u"custom"_s, j, Custom{}},
        {u"degraded"_s, {}, Notice{u"hub.degraded"_s, {}}},
        {u"step"_s, u"k"_s, StepStarted{}}};
    QStringList wanted;
    for (const auto &[name, job, data] : events) {
        Event event;
        event.job = job;
        event.data = data;
        if (subscribe.wants(event))
            wanted.append(name + u':' + job);
    }
    QTEST(wanted.join(u' '), "wanted");
}

void TestRpc::parsesMessages_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("message");
    const auto row = [](const char *name, const char *line, const char *message) {
        QTest::newRow(name) << QByteArray(line) << QString::fromUtf8(message);
    };
    row("result", R"({"jsonrpc":"2.0","id":3,"result":{"a":1}})", R"(3 {"a":1})");
    row("null result", R"({"jsonrpc":"2.0","id":3,"result":null})", "3 null");
    row("error", R"({"jsonrpc":"2.0","id":3,"error":{"code":5,"message":"m","data":{"job":"j"}}})",
        R"(3 error 5 m {"job":"j"})");
    row("odd error", R"({"jsonrpc":"2.0","id":3,"error":"x"})", "3 error -32603  {}");
    row("error without id", R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}})",
        "0 error -32700 m {}");
    row("notification", R"({"jsonrpc":"2.0","method":"event","params":{"seq":1}})", R"(event {"seq":1})");
    row("without params", R"({"jsonrpc":"2.0","method":"event"})", "event {}");
    row("array", "[]", "the hub sent something that is not a JSON object: no error occurred");
    row("cut", "{", "the hub sent something that is not a JSON object: unterminated object");
}

void TestRpc::parsesMessages()
{
    QFETCH(QByteArray, line);
    const auto message = native::parseMessage(line);
    QString shown;
    if (!message)
        shown = message.error().message;
    else if (const auto *notification = std::get_if<native::Notification>(&*message))
        shown = notification->method + u' ' + compact(notification->params);
    else if (const auto &response = std::get<native::Response>(*message); response.result)
        shown = u"%1 %2"_s.arg(response.id).arg(compact(*response.result));
    else
        shown = u"%1 error %2 %3 %4"_s.arg(response.id)
                    .arg(response.result.error().code)
                    .arg(response.result.error().message, compact(response.result.error().data));
    QTEST(shown, "message");
}

void TestRpc::mutationsAreNoDanger()
{
    const QList<QByteArray> seeds = {
        R"({"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"epoch":"e","seq":3,"jobs":["a"],"types":["step.*"],"output":false}})",
        R"({"jsonrpc":"2.0","id":"x","method":"job.run","params":{"command":["a","b"],"env":{"A":"b"},"cwd":"/","jobs":4,"terminal":{"rows":1}}})",
        R"({"jsonrpc":"2.0","id":2,"method":"report.start","params":{"title":"T","steps":["a",{"step":"b","weight":2}],"ttl_ms":1000}})",
        R"({"jsonrpc":"2.0","method":"report.progress","params":{"job":"j","done":1,"total":2,"phases":[{"id":"p","done":1}],"state":"failed"}})",
        R"({"jsonrpc":"2.0","id":2,"method":"job.log","params":{"job":"j","step":"s","offset":5,"limit":6,"attempt":1}})",
        R"({"jsonrpc":"2.0","id":2,"method":"emit","params":{"job":"j","name":"n","value":[1,{"a":"\u0000\ud800"}]}})",
    };
    static const QByteArray alphabet("{}[]\",:\\ux01-+.eE \0\xff\xc3tfn", 25);
    test::Random random(21);
    int accepted = 0;
    for (int i = 0; i < 30000; ++i) {
        QByteArray line = test::oneOf(random, seeds);
        for (qsizetype edits = 1 + test::randomBelow(random, 4); edits > 0; --edits) {
            const qsizetype at = test::randomBelow(random, line.size());
            const char c = alphabet[test::randomBelow(random, alphabet.size())];
            switch (test::randomBelow(random, 4)) {
            case 0: line[at] = c; break;
            case 1: line.insert(at, c); break;
            case 2: line.remove(at, 1 + test::randomBelow(random, 8)); break;
            default: line.insert(at, line.mid(test::randomBelow(random, line.size()), 12)); break;
            }
            if (line.isEmpty())
                line = "{";
        }
        const auto call = native::parseCall(line);
        const Error *error = nullptr;
        std::optional<Result<std::variant<Request, native::Subscribe>>> decoded;
        if (!call) {
            error = &call.error().error;
            QVERIFY(!call.error().id.isUndefined());
        } else {
            decoded = native::decodeCall(*call);
            if (!*decoded)
                error = &decoded->error();
        }
        if (error) {
            QVERIFY2(!error->message.isEmpty() && error->message.size() < 400, line.constData());
            QVERIFY(
                std::none_of(error->message.begin(), error->message.end(), [](QChar c) { return c.unicode() < 0x20; }));
        } else {
            ++accepted;
        }
        (void)native::parseMessage(line);
    }
    QVERIFY(accepted > 300);
}

/// What a hub asks of another is understood there as it was meant here.
void TestRpc::encodesCalls_data()
{
    QTest::addColumn<Request>("request");
    RunJob command;
    command.command = {u"sh"_s, u"-c"_s, u"exit 3"_s};
    command.cwd = u"/tmp"_s;
    command.env = {{{u"A"_s, u"1"_s}, {u"B"_s, u""_s}}};
    command.jobId = u"j1"_s;
    command.title = u"a title"_s;
    command.group = u"night"_s;
    command.parallel = 3;
    command.terminal = true;
    command.columns = 100;
    command.rows = 30;
    command.unlessRunning = u"key"_s;
    command.host = u"nas"_s;
    QTest::newRow("command") << Request(command);
    RunJob text;
    text.toml = u"[[step]]"_s;
    text.params = {{u"a"_s, u"b"_s}};
    text.terminal = false;
    text.unlessRunning = QString();
    QTest::newRow("text of a pipeline") << Request(text);
    RunJob named;
    named.pipeline = u"backup"_s;
    QTest::newRow("pipeline") << Request(named);
    QTest::newRow("cancel") << Request(CancelJob{u"j"_s, u"s"_s});
    QTest::newRow("pause") << Request(PauseJob{u"j"_s, PauseMode::Now});
    QTest::newRow("pause after step") << Request(PauseJob{u"j"_s, PauseMode::AfterStep});
    QTest::newRow("resume") << Request(ResumeJob{u"j"_s});
    QTest::newRow("retry") << Request(RetryJob{u"j"_s, u"s"_s, {}});
    QTest::newRow("hold") << Request(HoldJob{u"j"_s});
    QTest::newRow("release") << Request(ReleaseJob{u"j"_s});
    QTest::newRow("move") << Request(MoveJob{u"j"_s, 4});
    QTest::newRow("prune") << Request(PruneJobs{5, 6, {}, u"nas"_s});
    QTest::newRow("prune by size") << Request(PruneJobs{{}, {}, 7});
    QTest::newRow("list") << Request(ListJobs{u"12"_s, 9, State::TimedOut, u"nas"_s});
    QTest::newRow("get") << Request(GetJob{u"j"_s});
    ReadLog log;
    log.job = u"j"_s;
    log.step = u"s"_s;
    log.attempt = 2;
    log.offset = 10;
    log.limit = 20;
    log.base64 = true;
    QTest::newRow("log") << Request(log);
    QTest::newRow("pipelines") << Request(ListPipelines{u"nas"_s});
    QTest::newRow("one pipeline") << Request(GetPipeline{u"p"_s, u"/tmp"_s, u"nas"_s});
    QTest::newRow("check") << Request(CheckPipeline{u"[[step]]"_s, u"f.toml"_s, u"nas"_s});
    Step step;
    step.id = u"s"_s;
    step.title = u"S"_s;
    step.weight = 2.5;
    QTest::newRow("report") << Request(StartReport{u"t"_s, {step}, 1000, {u"cancel"_s}});
    ReportProgress progress;
    progress.job = u"j"_s;
    progress.step = u"s"_s;
    progress.progress.done = 3;
    progress.progress.total = 4;
    progress.progress.fraction = 0.75;
    progress.progress.unit = u"files"_s;
    progress.progress.message = u"m"_s;
    progress.progress.phases = {{u"p"_s, u"P"_s, 1, 2.0, u"b"_s}};
    progress.state = State::Succeeded;
    QTest::newRow("progress") << Request(progress);
    ReportProgress more;
    more.job = u"j"_s;
    more.phase = u"p"_s;
    more.increment = 2;
    QTest::newRow("increment") << Request(more);
    QTest::newRow("change") << Request(ChangeReport{u"j"_s, State::Paused});
    QTest::newRow("finish") << Request(FinishReport{u"j"_s, u"why"_s});
    QTest::newRow("finish cancelled") << Request(FinishReport{u"j"_s, {}, true});
    QTest::newRow("emit") << Request(EmitCustom{u"j"_s, u"s"_s, u"n"_s, QJsonArray{1, u"x"_s}});
    QTest::newRow("ping") << Request(Ping{});
    QTest::newRow("hosts") << Request(ListHosts{});
    QTest::newRow("add host") << Request(AddHost{u"nas"_s, u"u@nas"_s, u"/opt/stepwire"_s, {}, {}});
    QTest::newRow("add web host") << Request(AddHost{u"nas"_s, u"wss://nas:1"_s, {}, u"t"_s, u"ab"_s});
    QTest::newRow("remove host") << Request(RemoveHost{u"nas"_s});
    QTest::newRow("sources") << Request(ListSources{});
    QTest::newRow("add source") << Request(
        AddSource{u"m"_s, u"mutant"_s, {{u"url"_s, u"ws://x"_s}}, {{u"token"_s, u"s"_s}}});
    QTest::newRow("remove source") << Request(RemoveSource{u"m"_s});
}

void TestRpc::encodesCalls()
{
    QFETCH(Request, request);
    const native::Call call = native::encodeCall(request);
    const auto decoded = native::decodeCall(call);
    QVERIFY2(decoded.has_value(), decoded ? "" : qPrintable(decoded.error().message));
    const auto *again = std::get_if<Request>(&*decoded);
    QVERIFY(again);
    QCOMPARE(again->index(), request.index());
    // Nothing was lost on the way: it says the same when it is told once more.
    const native::Call twice = native::encodeCall(*again);
    QCOMPARE(twice.method, call.method);
    QCOMPARE(QJsonDocument(twice.params).toJson(), QJsonDocument(call.params).toJson());
}

void TestRpc::decodesAnswers()
{
    test::Random random(7);
    const auto resultOf = [](const Answer &answer) {
        return QJsonDocument::fromJson(native::result(1, answer))[u"result"];
    };
    const JobAck ack{u"j"_s, State::Queued, 3};
    const auto acknowledged = native::decodeAnswer(CancelJob{}, resultOf(ack));
    QVERIFY(acknowledged);
    QCOMPARE(std::get<JobAck>(*acknowledged).queuePosition, ack.queuePosition);
    QVERIFY(!native::decodeAnswer(CancelJob{}, QJsonObject{{u"job"_s, u"j"_s}, {u"state"_s, u"asleep"_s}}));
    LogSlice slice{QByteArray("\xff\x00text", 6), 5, 2, 90, u"err"_s, true, true};
    const auto read = native::decodeAnswer(ReadLog{}, resultOf(slice));
    QVERIFY(read);
    QCOMPARE(std::get<LogSlice>(*read).bytes, slice.bytes);
    QCOMPARE(std::get<LogSlice>(*read).omitted, slice.omitted);
    QCOMPARE(std::get<LogSlice>(*read).end, slice.end);
    for (int i = 0; i < 50; ++i) {
        const Job job = test::randomJob(random, test::randomId(random));
        const auto told = native::decodeAnswer(GetJob{}, resultOf(job));
        QVERIFY(told);
        QCOMPARE(native::encodeJob(std::get<Job>(*told)), native::encodeJob(job));
        const auto page = native::decodeAnswer(ListJobs{}, resultOf(JobPage{{job}, u"9"_s}));
        QVERIFY(page);
        QCOMPARE(std::get<JobPage>(*page).jobs.size(), std::size_t(1));
        QCOMPARE(std::get<JobPage>(*page).cursor, u"9"_s);
    }
}

QTEST_APPLESS_MAIN(TestRpc)
#include "tst_rpc.moc"
