#include "core/remote/foreign/foreign_source.h"
#include "core/remote/foreign/slop_events.h"
#include "core/remote/foreign/slop_requests.h"
#include "support/event_lines.h"

#include <QJsonDocument>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestForeignSlop : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void logs_data();
    void logs();
    void refusesParameters_data();
    void refusesParameters();
    void completesWhatTheServerDoesNotCheck();
    void refusesSettings_data();
    void refusesSettings();
    void sentences_data();
    void sentences();
    void isBounded();
};

static QJsonObject json(const QString &text)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(text.toUtf8(), &error);
    if (error.error != QJsonParseError::NoError)
        qFatal("bad JSON in a test: %s", qPrintable(text));
    return document.object();
}

static QString twoSteps()
{
    return uR"({"id":"w","name":"Album","steps":[{"id":"write it","name":"Write","prompt":"p"},
        {"id":"b","name":"Mix","prompt":"q","dependencies":["write it"]}]})"_s;
}

/// What the hub tells of a log of lines: `> PIPELINE ID JSON` something that was asked for here and is now ID;
/// `< EVENT JSON` an event; `? KEY JSON` an answered question for the status, `! KEY JSON` an acknowledgement at the
/// end; `paused KEY`, `resumed KEY`, `detach`.
static QStringList told(const QStringList &lines)
{
    test::HubScene scene;
    ForeignJobs jobs(scene.hub, u"studio"_s, u"slop"_s, [&] { return scene.clock.time; });
    SlopEvents events(jobs);
    for (const QString &line : lines) {
        scene.clock.time += 1000;
        const QString verb = line.section(u' ', 0, 0);
        const QString name = line.section(u' ', 1, 1);
        if (verb == u">") {
            const auto call = slopCall(name, json(line.section(u' ', 3)), u"ours"_s);
            if (!call)
                return {call.error().message};
            (void)events.begin(*call, line.section(u' ', 2, 2), {});
        } else if (verb == u"<") {
            events.take(name, json(line.section(u' ', 2)));
        } else if (verb == u"?") {
            events.takeStatus(name, json(line.section(u' ', 2)));
        } else if (verb == u"!") {
            events.takeEnd(name, json(line.section(u' ', 2)));
        } else if (verb == u"paused") {
            events.paused(name);
        } else if (verb == u"resumed") {
            events.resumed(name);
        } else if (verb == u"detach") {
            events.detach();
        }
    }
    return scene.log;
}

/// Without the plan and the start, which are the same each time.
static QStringList fold(const QStringList &log)
{
    QStringList short_;
    for (const QString &line : log) {
        if (line.startsWith(u"job.queued"))
            short_.append(u"plan"_s);
        else if (!line.startsWith(u"job.started"))
            short_.append(QString(line).remove(QRegularExpression(u" \\+\\d+$"_s)));
    }
    return short_;
}

void TestForeignSlop::logs_data()
{
    QTest::addColumn<QStringList>("lines");
    QTest::addColumn<QStringList>("expected");
    const QString claude = u"> claude c1 {\"prompt\":\"Write\"}"_s;
    const QString strudel = u"> strudel s1 {\"code\":\"s(1)\"}"_s;
    const QString workflow = u"> workflow w1 {\"workflow\":%1}"_s.arg(twoSteps().simplified());

    QTest::newRow("claude")
        << QStringList{claude,
                       u"< claude:progress {\"processId\":\"c1\",\"status\":\"running\",\"message\":\"Process started\"}"_s,
                       u"< claude:progress {\"processId\":\"c1\",\"data\":\"Hel\"}"_s,
                       u"< claude:progress {\"processId\":\"c1\",\"data\":\"lo\\n\"}"_s,
                       u"< claude:complete {\"processId\":\"c1\",\"result\":{\"status\":\"completed\",\"stdout\":\"Hello\\n\"}}"_s,
                       u"< claude:error {\"processId\":\"c1\",\"code\":\"EXECUTION_ERROR\",\"message\":\"late\"}"_s}
        << QStringList{u"plan"_s,
                       u"step.started"_s,
                       u"step.output \"Hel\""_s,
                       u"step.output \"lo\\n\""_s,
                       u"step.finished succeeded"_s,
                       u"job.finished succeeded"_s};
    QTest::newRow("claude: a failure ends with complete")
        << QStringList{claude, u"< claude:progress {\"processId\":\"c1\",\"data\":\"x\"}"_s,
                       u"< claude:error {\"processId\":\"c1\",\"code\":\"STREAM_ERROR\",\"message\":\"pipe\"}"_s,
                       u"< claude:complete {\"processId\":\"c1\",\"result\":{\"status\":\"failed\",\"stdout\":\"x\",\"stderr\":\"a\\nboom\\n\",\"exitCode\":3}}"_s}
        << QStringList{u"plan"_s,
                       u"step.started"_s,
                       u"step.output \"x\""_s,
                       u"step.output \"pipe\\n\""_s,
                       u"step.finished failed \"boom\""_s,
                       u"job.finished failed \"boom\""_s};
    QTest::newRow("claude: what was missed of the output comes with the end")
        << QStringList{claude, u"< claude:progress {\"processId\":\"c1\",\"data\":\"one \"}"_s, u"detach"_s,
                       u"< claude:complete {\"processId\":\"c1\",\"result\":{\"status\":\"completed\",\"stdout\":\"one two\"}}"_s}
        << QStringList{u"plan"_s,
                       u"step.started"_s,
                       u"step.output \"one \""_s,
                       u"step.output \"two\""_s,
                       u"step.finished succeeded"_s,
                       u"job.finished succeeded"_s};
    QTest::newRow("claude: queued, and its end told by status alone, asked twice")
        << QStringList{claude,
                       u"< claude:queued {\"processId\":\"c1\",\"queuePosition\":2}"_s,
                       u"? claude:c1 {\"success\":true,\"status\":\"queued\",\"queuePosition\":1}"_s,
                       u"< claude:progress {\"processId\":\"c1\",\"data\":\"x\"}"_s,
                       u"? claude:c1 {\"success\":true,\"status\":\"queued\",\"queuePosition\":1}"_s,
                       u"< claude:error {\"processId\":\"c1\",\"code\":\"QUEUE_TIMEOUT\",\"message\":\"gave up\"}"_s,
                       u"? claude:c1 {\"success\":true,\"status\":\"completed\"}"_s,
                       u"? claude:c1 {\"success\":true,\"status\":\"completed\"}"_s}
        << QStringList{
               u"plan"_s,         u"job.changed queued"_s, u"job.changed queued"_s,      u"job.changed running"_s,
               u"step.started"_s, u"step.output \"x\""_s,  u"step.finished succeeded"_s, u"job.finished succeeded"_s};
    QTest::newRow("claude: cancelled, and complete behind it")
        << QStringList{claude,
                       u"< claude:error {\"processId\":\"c1\",\"code\":\"CANCELLED\",\"message\":\"by user\"}"_s,
                       u"< claude:complete {\"processId\":\"c1\",\"result\":{\"status\":\"cancelled\"}}"_s}
        << QStringList{u"plan"_s, u"step.finished skipped"_s, u"job.finished cancelled"_s};
    QTest::newRow("claude: forgotten by the server")
        << QStringList{claude, u"detach"_s,
                       u"? claude:c1 {\"success\":false,\"error\":\"Access denied to this process\"}"_s,
                       u"? claude:c1 {\"success\":false,\"error\":\"Process not found\"}"_s}
        << QStringList{u"plan"_s, u"step.finished skipped"_s,
                       u"job.finished interrupted \"the server does not know it any more\""_s};

    QTest::newRow("strudel")
        << QStringList{strudel,
                       u"< strudel:progress {\"processId\":\"s1\",\"status\":\"validating\",\"progress\":0}"_s,
                       u"< strudel:progress {\"processId\":\"s1\",\"status\":\"rendering\",\"progress\":10,\"message\":\"half\"}"_s,
                       u"< strudel:progress {\"processId\":\"s1\",\"status\":\"complete\",\"progress\":100}"_s,
                       u"< strudel:complete {\"processId\":\"s1\",\"success\":true,\"format\":\"wav\",\"duration\":10,\"sampleRate\":44100,\"channels\":2,\"fileSize\":1764044}"_s,
                       u"! strudel:s1 {\"success\":true,\"processId\":\"s1\"}"_s}
        << QStringList{u"plan"_s,
                       u"step.started"_s,
                       u"step.progress 0/100 validating"_s,
                       u"step.progress 10/100 half"_s,
                       u"step.output \"wav, 10 s, 44100 Hz, 2 channels, 1764044 bytes\\n\""_s,
                       u"step.finished succeeded"_s,
                       u"job.finished succeeded"_s};
    QTest::newRow("strudel: queued twice, no end but the progress")
        << QStringList{strudel,
                       u"< strudel:queued {\"processId\":\"s1\",\"position\":3,\"queueLength\":3}"_s,
                       u"< strudel:queued {\"processId\":\"s1\",\"position\":3,\"queueLength\":3}"_s,
                       u"< strudel:progress {\"processId\":\"s1\",\"status\":\"complete\",\"progress\":100}"_s,
                       u"? strudel:s1 {\"success\":true,\"status\":{\"status\":\"complete\",\"progress\":100}}"_s,
                       u"? strudel:s1 {\"success\":true,\"status\":{\"status\":\"complete\",\"progress\":100}}"_s}
        << QStringList{u"plan"_s, u"job.changed queued"_s, u"step.finished succeeded"_s, u"job.finished succeeded"_s};
    QTest::newRow("strudel: not known there any more")
        << QStringList{strudel, u"detach"_s, u"? strudel:s1 {\"success\":true,\"status\":null}"_s}
        << QStringList{u"plan"_s, u"step.finished skipped"_s,
                       u"job.finished interrupted \"the server does not know it any more\""_s};
    QTest::newRow("strudel: an error with its place")
        << QStringList{strudel,
                       u"< strudel:error {\"processId\":\"s1\",\"code\":\"EXECUTION_ERROR\",\"message\":\"Unexpected token\"}"_s}
        << QStringList{u"plan"_s, u"step.finished skipped"_s,
                       u"job.finished failed \"the server says \"Unexpected token\"\""_s};

    QTest::newRow("workflow: started was missed, and the first step")
        << QStringList{workflow,
                       u"< agent:workflow:step:completed {\"executionId\":\"w1\",\"stepId\":\"write it\",\"result\":\"text\",\"durationMs\":5}"_s,
                       u"< agent:workflow:step:started {\"executionId\":\"w1\",\"stepId\":\"b\",\"stepName\":\"Mix\"}"_s,
                       u"? workflow:w1 {\"success\":true,\"status\":{\"status\":\"running\",\"progress\":75,\"steps\":{\"write it\":{\"status\":\"completed\",\"result\":\"text\"},\"b\":{\"status\":\"running\"}}}}"_s,
                       u"< agent:workflow:step:completed {\"executionId\":\"w1\",\"stepId\":\"b\",\"result\":{\"n\":1}}"_s,
                       u"< agent:workflow:completed {\"executionId\":\"w1\",\"results\":{},\"stepResults\":{}}"_s}
        << QStringList{u"plan"_s,
                       u"step.started"_s,
                       u"step.output \"text\\n\""_s,
                       u"step.finished succeeded"_s,
                       u"step.started"_s,
                       u"custom percent 75"_s,
                       u"step.output \"{\\n    \\\"n\\\": 1\\n}\\n\""_s,
                       u"step.finished succeeded"_s,
                       u"job.finished succeeded"_s};
    QTest::newRow("workflow: all of it by status, after a reconnection")
        << QStringList{workflow, u"detach"_s,
                       u"? workflow:w1 {\"success\":true,\"status\":{\"status\":\"failed\",\"progress\":100,\"steps\":{\"write it\":{\"status\":\"failed\",\"error\":\"no agent\"},\"b\":{\"status\":\"skipped\"}}}}"_s,
                       u"? workflow:w1 {\"success\":true,\"status\":{\"status\":\"failed\",\"progress\":100,\"steps\":{\"write it\":{\"status\":\"failed\",\"error\":\"no agent\"},\"b\":{\"status\":\"skipped\"}}}}"_s}
        << QStringList{u"plan"_s,
                       u"step.finished skipped"_s,
                       u"step.started"_s,
                       u"step.finished failed \"no agent\""_s,
                       u"custom percent 100"_s,
                       u"job.finished failed \"no agent\""_s};
    QTest::newRow("workflow: paused behind its step, the status then lies")
        << QStringList{workflow,
                       u"< agent:workflow:step:started {\"executionId\":\"w1\",\"stepId\":\"write it\",\"stepName\":\"Write\"}"_s,
                       u"paused workflow:w1"_s,
                       u"< agent:workflow:step:completed {\"executionId\":\"w1\",\"stepId\":\"write it\",\"result\":null}"_s,
                       u"? workflow:w1 {\"success\":true,\"status\":{\"status\":\"running\",\"steps\":{}}}"_s,
                       u"detach"_s,
                       u"? workflow:w1 {\"success\":true,\"status\":{\"status\":\"running\",\"steps\":{}}}"_s}
        << QStringList{u"plan"_s, u"step.started"_s, u"job.changed pausing"_s, u"step.finished succeeded"_s,
                       u"job.changed paused"_s};
    QTest::newRow("workflow: paused and resumed within a step")
        << QStringList{workflow,
                       u"< agent:workflow:step:started {\"executionId\":\"w1\",\"stepId\":\"write it\",\"stepName\":\"Write\"}"_s,
                       u"paused workflow:w1"_s, u"resumed workflow:w1"_s,
                       u"< agent:workflow:cancelled {\"executionId\":\"w1\",\"completedSteps\":0}"_s}
        << QStringList{u"plan"_s,
                       u"step.started"_s,
                       u"job.changed pausing"_s,
                       u"job.changed running"_s,
                       u"step.finished cancelled"_s,
                       u"step.finished skipped"_s,
                       u"job.finished cancelled"_s};
    QTest::newRow("workflow: a condition was not met; a failure that does not end it")
        << QStringList{workflow,
                       u"< agent:workflow:step:completed {\"executionId\":\"w1\",\"stepId\":\"write it\",\"result\":{\"skipped\":true,\"reason\":\"Condition not met\"}}"_s,
                       u"< agent:workflow:step:progress {\"executionId\":\"w1\",\"stepId\":\"b\",\"progress\":40,\"message\":\"mixing\"}"_s,
                       u"< agent:workflow:step:failed {\"executionId\":\"w1\",\"stepId\":\"b\",\"error\":\"no\",\"willContinue\":true}"_s,
                       u"< agent:workflow:failed {\"executionId\":\"w1\",\"error\":\"no\",\"failedStepId\":\"b\",\"completedSteps\":0,\"totalSteps\":2}"_s,
                       u"< agent:workflow:failed {\"executionId\":\"w1\",\"error\":\"again\"}"_s}
        << QStringList{u"plan"_s,
                       u"step.finished skipped"_s,
                       u"step.started"_s,
                       u"step.progress 40/100 mixing"_s,
                       u"step.finished failed \"no\""_s,
                       u"job.finished failed \"no\""_s};

    QTest::newRow("critique")
        << QStringList{u"> critique ours {\"task\":\"Draft\",\"config\":{\"qualityCriteria\":[{\"name\":\"x\"}],\"maxIterations\":3}}"_s,
                       u"< agent:critique:iteration {\"executionId\":\"ours\",\"iteration\":1,\"scores\":{\"overall\":0.5,\"criteria\":{}},\"feedback\":\"shorter\",\"meetsThreshold\":false}"_s,
                       u"< agent:critique:converged {\"executionId\":\"ours\",\"iterations\":2,\"finalScore\":0.9}"_s,
                       u"< agent:critique:completed {\"executionId\":\"ours\",\"result\":{\"finalOutput\":\"Done.\"}}"_s,
                       u"! critique:ours {\"success\":true,\"executionId\":\"ours\"}"_s}
        << QStringList{u"plan"_s,
                       u"step.started"_s,
                       u"step.progress 1/3 score 0.5"_s,
                       u"step.output \"[iteration 1] shorter\\n\""_s,
                       u"step.progress 2/3 converged with score 0.9"_s,
                       u"step.output \"Done.\\n\""_s,
                       u"step.finished succeeded"_s,
                       u"job.finished succeeded"_s};
    QTest::newRow("critique: after a reconnection nobody knows")
        << QStringList{u"> critique ours {\"task\":\"Draft\",\"config\":{\"qualityCriteria\":[{}]}}"_s, u"detach"_s,
                       u"? critique:ours {\"success\":false,\"error\":\"Workflow not found\"}"_s}
        << QStringList{u"plan"_s, u"step.finished skipped"_s,
                       u"job.finished interrupted \"the connection broke, and the server does not say what became of "
                       u"it\""_s};
    QTest::newRow("discussion: under an id of the server's own")
        << QStringList{u"> discussion ours {\"topic\":\"Tabs\",\"config\":{\"participants\":[{\"role\":\"dev\"}],\"maxRounds\":2}}"_s,
                       u"< agent:discussion:round-started {\"executionId\":\"d9\",\"round\":1,\"participantCount\":1}"_s,
                       u"< agent:discussion:contribution {\"executionId\":\"d9\",\"round\":1,\"participantId\":\"a\",\"role\":\"dev\",\"content\":\"Spaces.\"}"_s,
                       u"< agent:discussion:round-completed {\"executionId\":\"d9\",\"round\":1,\"consensusScore\":0.25}"_s,
                       u"! discussion:ours {\"success\":false,\"error\":\"agent offline\"}"_s}
        << QStringList{u"plan"_s,
                       u"step.started"_s,
                       u"step.progress 0/2 round 1"_s,
                       u"step.output \"[dev] Spaces.\\n\""_s,
                       u"step.progress 1/2 consensus 0.25"_s,
                       u"step.finished failed \"the server says \"agent offline\"\""_s,
                       u"job.finished failed \"the server says \"agent offline\"\""_s};
    QTest::newRow("a room tells of what others asked for; once")
        << QStringList{u"< claude:complete {\"processId\":\"c8\",\"result\":{\"status\":\"completed\",\"stdout\":\"Hi\"}}"_s,
                       u"< claude:complete {\"processId\":\"c8\",\"result\":{\"status\":\"completed\",\"stdout\":\"Hi\"}}"_s}
        << QStringList{u"plan"_s, u"step.started"_s, u"step.output \"Hi\""_s, u"step.finished succeeded"_s,
                       u"job.finished succeeded"_s};
    QTest::newRow("media, should it come")
        << QStringList{u"< mediaProgress {\"mediaId\":\"m\",\"progress\":40,\"stage\":\"encode\"}"_s,
                       u"< mediaComplete {\"mediaId\":\"m\",\"url\":\"http://x/m.mp3\"}"_s}
        << QStringList{u"plan"_s,
                       u"step.started"_s,
                       u"step.progress 40/100 encode"_s,
                       u"step.output \"http://x/m.mp3\\n\""_s,
                       u"step.finished succeeded"_s,
                       u"job.finished succeeded"_s};
    QTest::newRow("nonsense") << QStringList{u"< claude:progress {}"_s,
                                             u"< claude:progress {\"processId\":7}"_s,
                                             u"< claude:progress {\"processId\":\"%1\"}"_s.arg(QString(201, u'x')),
                                             u"< agent:workflow:completed {\"executionId\":[]}"_s,
                                             u"< strudel:validated {\"processId\":\"\"}"_s,
                                             u"< agent:error {\"code\":\"INVALID_PAYLOAD\",\"message\":\"x\"}"_s,
                                             u"< output {\"data\":1}"_s,
                                             u"? claude:none {\"success\":true,\"status\":\"completed\"}"_s}
                              << QStringList();
}

void TestForeignSlop::logs()
{
    QFETCH(QStringList, lines);
    QFETCH(QStringList, expected);
    QCOMPARE(fold(told(lines)).join(u'\n'), expected.join(u'\n'));
}

void TestForeignSlop::refusesParameters_data()
{
    QTest::addColumn<QString>("pipeline");
    QTest::addColumn<QString>("params");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("pipeline") << u"paint"_s << u"{}"_s
                              << u"this server runs no \"paint\", expected one of claude, strudel, workflow, critique, "
                                 u"discussion"_s;
    QTest::newRow("missing") << u"claude"_s << u"{}"_s
                             << u"parameter prompt is missing: what is asked, at most 100000 characters"_s;
    QTest::newRow("unknown") << u"claude"_s << u"{\"promt\":\"x\"}"_s
                             << u"claude has no parameter \"promt\", did you mean \"prompt\""_s;
    QTest::newRow("number") << u"strudel"_s << u"{\"code\":\"x\",\"duration\":\"long\"}"_s
                            << u"parameter duration is \"long\", expected a number from 0 up"_s;
    QTest::newRow("not JSON") << u"workflow"_s << u"{\"workflow\":\"wf_1\"}"_s
                              << u"parameter workflow is \"wf_1\", expected a JSON object (illegal value at byte 1)"_s;
    QTest::newRow("no steps") << u"workflow"_s << u"{\"workflow\":{\"id\":\"w\"}}"_s
                              << u"parameter workflow has 0 steps, expected 1 to 50"_s;
    QTest::newRow("no prompt") << u"workflow"_s << u"{\"workflow\":{\"steps\":[{\"id\":\"a\"}]}}"_s
                               << u"parameter workflow: step 1 has neither prompt nor promptTemplateId"_s;
    QTest::newRow("a need")
        << u"workflow"_s << u"{\"workflow\":{\"steps\":[{\"id\":\"a\",\"prompt\":\"p\",\"dependencies\":[\"z\"]}]}}"_s
        << u"parameter workflow: step \"a\" depends on \"z\", which is not there"_s;
    QTest::newRow("criteria") << u"critique"_s << u"{\"task\":\"x\",\"config\":{}}"_s
                              << u"parameter config has no qualityCriteria"_s;
}

void TestForeignSlop::refusesParameters()
{
    QFETCH(QString, pipeline);
    QFETCH(QString, params);
    QFETCH(QString, sentence);
    const auto call = slopCall(pipeline, json(params), u"ours"_s);
    QVERIFY(!call);
    QCOMPARE(call.error().message, sentence);
}

/// It reads `dependencies.length` of each step, and fails where there is none.
void TestForeignSlop::completesWhatTheServerDoesNotCheck()
{
    const auto call =
        slopCall(u"workflow"_s, {{u"workflow"_s, u"{\"steps\":[{\"id\":\"a b\",\"prompt\":\"p\"}]}"_s}}, {});
    QVERIFY(call);
    QCOMPARE(call->payload[u"workflow"],
             QJsonValue(json(u"{\"id\":\"stepwire\",\"name\":\"stepwire\",\"steps\":[{\"id\":\"a b\",\"name\":\"a b\","
                             u"\"prompt\":\"p\",\"agentType\":\"claude\",\"inputs\":[],\"outputs\":[],"
                             u"\"dependencies\":[]}]}"_s)));
    QCOMPARE(call->steps.front().id, slopStepId(u"a b"_s));
    QVERIFY(slopStepId(u"a b"_s) != slopStepId(u"a-b"_s));

    const auto strudel =
        slopCall(u"strudel"_s, {{u"code"_s, u"s(1)"_s}, {u"duration"_s, u"10"_s}, {u"priority"_s, 5}}, {});
    QVERIFY(strudel);
    QCOMPARE(strudel->payload, json(u"{\"code\":\"s(1)\",\"options\":{\"duration\":10},\"priority\":5}"_s));

    const auto discussion =
        slopCall(u"discussion"_s, {{u"topic"_s, u"t"_s}, {u"config"_s, u"{\"participants\":[{}]}"_s}}, u"ours"_s);
    QVERIFY(discussion);
    QCOMPARE(discussion->payload[u"id"].toString(), u"ours"_s);
}

void TestForeignSlop::refusesSettings_data()
{
    QTest::addColumn<QString>("settings");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("url") << u"{\"url\":\"studio\",\"token\":\"t\"}"_s
                         << u"setting url is \"studio\", expected an address like http://host:3000"_s;
    QTest::newRow("password") << u"{\"url\":\"http://me:pw@studio\",\"token\":\"t\"}"_s
                              << u"setting url has a user or password in it, which do not belong there"_s;
    QTest::newRow("token") << u"{\"url\":\"http://studio:3000\"}"_s
                           << u"setting token is missing: the server lets nobody in without it or session"_s;
    QTest::newRow("namespace")
        << u"{\"url\":\"http://studio:3000\",\"token\":\"t\",\"namespaces\":\"/nope\"}"_s
        << u"setting namespaces is \"/nope\", expected / alone or some of /media, /notifications"_s;
    QTest::newRow("unknown") << u"{\"url\":\"http://studio:3000\",\"tokn\":\"t\"}"_s
                             << u"a source of kind slop has no setting \"tokn\", did you mean \"token\""_s;
}

void TestForeignSlop::refusesSettings()
{
    QFETCH(QString, settings);
    QFETCH(QString, sentence);
    test::HubScene scene;
    const auto source = ForeignSource::make(scene.hub, {u"studio"_s, u"slop"_s, json(settings), {}}, [] { return 0; });
    QVERIFY(!source);
    QCOMPARE(source.error().message, sentence);
}

void TestForeignSlop::sentences_data()
{
    QTest::addColumn<QString>("answer");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("by words") << u"{\"success\":false,\"error\":\"Rate limit exceeded. Please wait.\"}"_s
                              << code::rateLimited
                              << u"the server takes no more of these for now: ten a minute of claude and strudel, five "
                                 u"of the others"_s;
    QTest::newRow("by code") << u"{\"success\":false,\"error\":{\"code\":\"VALIDATION_ERROR\",\"message\":\"Invalid "
                                u"payload: code cannot be empty\"}}"_s
                             << code::invalidParams
                             << u"the server refuses what it was given: \"Invalid payload: code cannot be empty\""_s;
    QTest::newRow("event") << u"{\"code\":\"UNAUTHORIZED\",\"message\":\"Authentication required\"}"_s
                           << code::notAllowed << u"the server wants a valid token for this"_s;
    QTest::newRow("of its own") << u"{\"success\":false,\"error\":\"Redis not connected\"}"_s << code::wrongState
                                << u"the server says \"Redis not connected\""_s;
    QTest::newRow("nothing") << u"{\"success\":false}"_s << code::wrongState
                             << u"the server refuses without a reason"_s;
}

void TestForeignSlop::sentences()
{
    QFETCH(QString, answer);
    QFETCH(int, code);
    QFETCH(QString, sentence);
    const Error error = slopRefusal(json(answer));
    QCOMPARE(error.code, code);
    QCOMPARE(error.message, sentence);
}

void TestForeignSlop::isBounded()
{
    QStringList lines;
    for (int i = 0; i < SlopEvents::mostJobs + 50; ++i)
        lines.append(u"< claude:queued {\"processId\":\"c%1\",\"queuePosition\":1}"_s.arg(i));
    QCOMPARE(fold(told(lines)).count(u"plan"_s), SlopEvents::mostJobs);

    lines.clear();
    for (int i = 0; i < SlopEvents::mostSteps + 50; ++i)
        lines.append(u"< agent:workflow:step:started {\"executionId\":\"w\",\"stepId\":\"s%1\"}"_s.arg(i));
    QCOMPARE(fold(told(lines)).count(u"step.started"_s), SlopEvents::mostSteps - 1); // and the one it began with
}

QTEST_GUILESS_MAIN(TestForeignSlop)
#include "tst_foreign_slop.moc"
