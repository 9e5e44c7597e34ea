#include "core/engine/engine.h"

#include "support/scripted_runner.h"

#include <QJsonArray>
#include <QtTest>

using namespace stepwire;
using namespace stepwire::test;
using namespace Qt::StringLiterals;

class TestEngine : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void histories_data();
    void histories();
    void announcesTheWholePlan();
    void mergesProgress();
    void mergesOutput();
    void newestProgressIsNeverLost();
    void environmentOfSteps();
    void environmentOfATerminal();
    void commandIsOneStep();
    void duplicateJobIdIsRefused();
    void faultyPipeline();
    void unknownPipelineAndParameters();
    void logsAreReadWhileAndAfter();
    void unwritableJobsFolder();
    void manyJobsAtOnce();

private:
    [[nodiscard]] EngineConfig config();
    [[nodiscard]] static RunJob request(const QString &steps);

    QTemporaryDir m_folder;
    int m_engines = 0;
};

void TestEngine::initTestCase()
{
    QVERIFY(m_folder.isValid());
}

EngineConfig TestEngine::config()
{
    EngineConfig config;
    config.jobsDirectory = m_folder.filePath(u"jobs%1"_s.arg(++m_engines));
    config.parallel = 8;
    config.home = m_folder.path();
    config.socketPath = u"/run/hub.sock"_s;
    config.programDirectory = u"/opt/stepwire/bin"_s;
    config.environment = {{u"PATH"_s, u"/usr/bin"_s}, {u"HOME"_s, u"/home/u"_s}};
    return config;
}

/// `a b:a c:a,b d!` as a pipeline: steps with what they need; `!` gives it a terminal.
RunJob TestEngine::request(const QString &steps)
{
    QString toml;
    const QStringList words = steps.split(u' ', Qt::SkipEmptyParts);
    for (QString word : words) {
        const bool terminal = word.contains(u'!');
        word.remove(u'!');
        const QStringList needs = word.section(u':', 1).split(u',', Qt::SkipEmptyParts);
        toml += u"[[steps]]\nid = '%1'\ncommand = ['program']\nneeds = [%2]\nterminal = %3\n"_s.arg(
            word.section(u':', 0, 0), needs.isEmpty() ? QString() : u'\'' + needs.join(u"', '"_s) + u'\'',
            terminal ? u"true"_s : u"false"_s);
    }
    RunJob run;
    run.toml = toml;
    run.jobId = u"j"_s;
    return run;
}

/// Does one line of a script.
static void perform(ScriptedEngine &scripted, const QString &line, quint64 &nextRequest)
{
    const QString verb = line.section(u' ', 0, 0);
    const QString step = line.section(u' ', 1, 1);
    const QString rest = line.section(u' ', 2);
    if (verb == u"cancel") {
        scripted.post(nextRequest++, CancelJob{u"j"_s, step});
    } else if (verb == u"drain") {
        scripted.drain();
    } else if (verb == u"wait") {
        scripted.wait(step.toLongLong());
    } else if (verb == u"report") { // DONE/TOTAL MESSAGE
        Progress progress;
        progress.done = rest.section(u'/', 0, 0).toDouble();
        progress.total = rest.section(u'/', 1, 1).section(u' ', 0, 0).toDouble();
        progress.unit = u"items"_s;
        progress.message = rest.section(u' ', 1);
        normalise(progress);
        scripted.post(nextRequest++, ReportProgress{u"j"_s, step == u"-" ? QString() : step, progress, {}, {}, {}});
    } else if (verb == u"started") {
        scripted.runner->started(step, 100 + static_cast<qint64>(scripted.runner->numberOf(step)));
    } else if (verb == u"out" || verb == u"err" || verb == u"tty") {
        QString text = rest;
        text.replace(u'|', u'\n').replace(u'^', u'\x1b').replace(u'$', u'\x07');
        scripted.runner->output(step,
                                verb == u"out"       ? Stream::Out
                                    : verb == u"err" ? Stream::Err
                                                     : Stream::Tty,
                                text.toUtf8());
    } else if (verb == u"exit") {
        scripted.runner->ended(step, StepExit{rest.toInt(), {}, {}});
    } else if (verb == u"signal") {
        scripted.runner->ended(step, StepExit{{}, rest.toInt(), {}});
    } else if (verb == u"problem") { // CODE TEXT
        const int code = rest.section(u' ', 0, 0).toInt();
        scripted.runner->ended(step,
                               StepExit{code > 0 ? std::optional(code) : std::nullopt, {}, rest.section(u' ', 1)});
    } else {
        QFAIL(qPrintable(u"no such verb: "_s + line));
    }
}

void TestEngine::histories_data()
{
    QTest::addColumn<QString>("steps");
    QTest::addColumn<int>("parallel");
    // what is done, and indented by `  ` everything that must come of it; before the first: what comes of the run
    QTest::addColumn<QStringList>("history");
    const auto row = [](const char *name, const QString &steps, int parallel, const QStringList &history) {
        QTest::newRow(name) << steps << parallel << history;
    };

    row("linear", u"a b:a"_s, 8,
        {u"  job queued: a b(a)"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s, u"started a"_s,
         u"  a started 101"_s, u"wait 20"_s, u"exit a 0"_s, u"  a finished succeeded 20 ms"_s, u"  -> start b"_s,
         u"started b"_s, u"  b started 102"_s, u"wait 5"_s, u"exit b 0"_s, u"  b finished succeeded 5 ms"_s,
         u"  job finished succeeded 25 ms"_s});
    row("diamond", u"a b:a c:a d:b,c"_s, 8,
        {u"  job queued: a b(a) c(a) d(b,c)"_s,
         u"  job started"_s,
         u"  -> start a"_s,
         u"  answer 1: running"_s,
         u"started a"_s,
         u"  a started 101"_s,
         u"exit a 0"_s,
         u"  a finished succeeded 0 ms"_s,
         u"  -> start b"_s,
         u"  -> start c"_s,
         u"started c"_s,
         u"  c started 103"_s,
         u"started b"_s,
         u"  b started 102"_s,
         u"exit c 0"_s,
         u"  c finished succeeded 0 ms"_s,
         u"exit b 0"_s,
         u"  b finished succeeded 0 ms"_s,
         u"  -> start d"_s,
         u"started d"_s,
         u"  d started 104"_s,
         u"exit d 0"_s,
         u"  d finished succeeded 0 ms"_s,
         u"  job finished succeeded 0 ms"_s});
    row("a failure skips what needs it and leaves the rest alone", u"a b:a c:b d e:d"_s, 8,
        {u"  job queued: a b(a) c(b) d e(d)"_s,
         u"  job started"_s,
         u"  -> start a"_s,
         u"  -> start d"_s,
         u"  answer 1: running"_s,
         u"started a"_s,
         u"  a started 101"_s,
         u"started d"_s,
         u"  d started 102"_s,
         u"err a no space left|"_s,
         u"  a err 0 'no space left|'"_s,
         u"exit a 3"_s,
         u"  a finished failed 0 ms 'exited with 3' exit=3 last='no space left'"_s,
         u"  b finished skipped 0 ms 'step a, which it needs, failed' step=a"_s,
         u"  c finished skipped 0 ms 'step a, which it needs, failed' step=a"_s,
         u"exit d 0"_s,
         u"  d finished succeeded 0 ms"_s,
         u"  -> start e"_s,
         u"started e"_s,
         u"  e started 103"_s,
         u"exit e 0"_s,
         u"  e finished succeeded 0 ms"_s,
         u"  job finished failed 0 ms 'step a: exited with 3' step=a exit=3 last='no space left'"_s});
    row("the first failure is the job's", u"a b"_s, 8,
        {u"  job queued: a b"_s, u"  job started"_s, u"  -> start a"_s, u"  -> start b"_s, u"  answer 1: running"_s,
         u"started a"_s, u"  a started 101"_s, u"started b"_s, u"  b started 102"_s, u"signal b 9"_s,
         u"  b finished failed 0 ms 'ended by signal 9 (Killed)' signal=9"_s, u"exit a 1"_s,
         u"  a finished failed 0 ms 'exited with 1' exit=1"_s,
         u"  job finished failed 0 ms 'step b: ended by signal 9 (Killed)' step=b signal=9"_s});
    row("77 is skipped with its last line, and satisfies", u"a b:a"_s, 8,
        {u"  job queued: a b(a)"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s, u"started a"_s,
         u"  a started 101"_s, u"out a looking|nothing to do|"_s, u"  a out 0 'looking|nothing to do|'"_s,
         u"exit a 77"_s, u"  a finished skipped 0 ms 'nothing to do' exit=77 last='nothing to do'"_s, u"  -> start b"_s,
         u"started b"_s, u"  b started 102"_s, u"exit b 0"_s, u"  b finished succeeded 0 ms"_s,
         u"  job finished succeeded 0 ms"_s});
    row("77 without a word", u"a"_s, 8,
        {u"  job queued: a"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s, u"started a"_s,
         u"  a started 101"_s, u"exit a 77"_s, u"  a finished skipped 0 ms 'exited with 77' exit=77"_s,
         u"  job finished succeeded 0 ms"_s});
    row("the last line is of the stream that spoke last", u"a b"_s, 8,
        {u"  job queued: a b"_s,
         u"  job started"_s,
         u"  -> start a"_s,
         u"  -> start b"_s,
         u"  answer 1: running"_s,
         u"started a"_s,
         u"  a started 101"_s,
         u"started b"_s,
         u"  b started 102"_s,
         u"err a E|"_s,
         u"  a err 0 'E|'"_s,
         u"wait 100"_s,
         u"out a O"_s,
         u"  a out 2 'O'"_s,
         u"exit a 1"_s,
         u"  a finished failed 100 ms 'exited with 1' exit=1 last='O'"_s,
         u"out b O|"_s,
         u"  b out 0 'O|'"_s,
         u"wait 100"_s,
         u"err b ^[31mE^[0m"_s,
         u"  b err 2 '^[31mE^[0m'"_s,
         u"exit b 1"_s,
         u"  b finished failed 200 ms 'exited with 1' exit=1 last='E'"_s,
         u"  job finished failed 200 ms 'step a: exited with 1' step=a exit=1 last='O'"_s});

    row("cancel a job", u"a b c:a,b d:c"_s, 8,
        {u"  job queued: a b c(a,b) d(c)"_s,
         u"  job started"_s,
         u"  -> start a"_s,
         u"  -> start b"_s,
         u"  answer 1: running"_s,
         u"started a"_s,
         u"  a started 101"_s,
         u"started b"_s,
         u"  b started 102"_s,
         u"cancel"_s,
         u"  job cancelling"_s,
         u"  a cancelling"_s,
         u"  -> terminate a within 10000"_s,
         u"  b cancelling"_s,
         u"  -> terminate b within 10000"_s,
         u"  c finished cancelled 0 ms 'cancelled before it started'"_s,
         u"  d finished cancelled 0 ms 'cancelled before it started'"_s,
         u"out a bye|"_s,
         u"  a out 0 'bye|'"_s,
         u"signal a 15"_s,
         u"  a finished cancelled 0 ms 'cancelled' signal=15 last='bye'"_s,
         u"cancel"_s, // once more, while it ends
         u"exit b 0"_s,
         u"  b finished cancelled 0 ms 'cancelled' exit=0"_s,
         u"  job finished cancelled 0 ms 'cancelled'"_s,
         u"  answer 2: cancelled"_s,
         u"  answer 3: cancelled"_s,
         u"cancel"_s,
         u"  answer 4: error 6 job \"j\" does not run any more"_s});
    row("cancel a step", u"a b c:a"_s, 8,
        {u"  job queued: a b c(a)"_s,
         u"  job started"_s,
         u"  -> start a"_s,
         u"  -> start b"_s,
         u"  answer 1: running"_s,
         u"started a"_s,
         u"  a started 101"_s,
         u"started b"_s,
         u"  b started 102"_s,
         u"cancel a"_s,
         u"  a cancelling"_s,
         u"  -> terminate a within 10000"_s,
         u"cancel c"_s,
         u"  answer 3: error 6 step \"c\" of job j is queued, not running"_s,
         u"cancel x"_s,
         u"  answer 4: error -32602 job \"j\" has no step \"x\""_s,
         u"signal a 15"_s,
         u"  a finished cancelled 0 ms 'cancelled' signal=15"_s,
         u"  answer 2: cancelled"_s,
         u"  c finished skipped 0 ms 'step a, which it needs, was cancelled' step=a"_s,
         u"cancel a"_s,
         u"  answer 5: error 6 step \"a\" of job j is cancelled, not running"_s,
         u"exit b 0"_s,
         u"  b finished succeeded 0 ms"_s,
         u"  job finished succeeded 0 ms"_s});
    row("cancel before the step has started", u"a b:a"_s, 8,
        {u"  job queued: a b(a)"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s, u"cancel"_s,
         u"  job cancelling"_s, u"  a started"_s, u"  a cancelling"_s, u"  -> terminate a within 10000"_s,
         u"  b finished cancelled 0 ms 'cancelled before it started'"_s,
         u"started a"_s, // or a face would show it as running again
         u"signal a 15"_s, u"  a finished cancelled 0 ms 'cancelled' signal=15"_s,
         u"  job finished cancelled 0 ms 'cancelled'"_s, u"  answer 2: cancelled"_s});
    row("a step that ends well while cancelled starts nothing", u"a b:a"_s, 8,
        {u"  job queued: a b(a)"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s, u"started a"_s,
         u"  a started 101"_s, u"cancel a"_s, u"  a cancelling"_s, u"  -> terminate a within 10000"_s, u"cancel"_s,
         u"  job cancelling"_s, u"  b finished cancelled 0 ms 'cancelled before it started'"_s, u"exit a 0"_s,
         u"  a finished cancelled 0 ms 'cancelled' exit=0"_s, u"  answer 2: cancelled"_s,
         u"  job finished cancelled 0 ms 'cancelled'"_s, u"  answer 3: cancelled"_s});
    row("drain interrupts", u"a b:a"_s, 8,
        {u"  job queued: a b(a)"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s, u"started a"_s,
         u"  a started 101"_s, u"drain"_s, u"  job cancelling"_s, u"  a cancelling"_s,
         u"  -> terminate a within 10000"_s, u"  b finished interrupted 0 ms 'the hub was stopped'"_s, u"signal a 15"_s,
         u"  a finished interrupted 0 ms 'the hub was stopped' signal=15"_s,
         u"  job finished interrupted 0 ms 'the hub was stopped'"_s, u"  drained"_s});
    row("drain while it is cancelled", u"a"_s, 8,
        {u"  job queued: a"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s, u"started a"_s,
         u"  a started 101"_s, u"cancel"_s, u"  job cancelling"_s, u"  a cancelling"_s,
         u"  -> terminate a within 10000"_s, u"drain"_s, u"signal a 15"_s,
         u"  a finished cancelled 0 ms 'cancelled' signal=15"_s, u"  job finished cancelled 0 ms 'cancelled'"_s,
         u"  answer 2: cancelled"_s, u"  drained"_s});

    row("two at once", u"a b c d"_s, 2,
        {u"  job queued: a b c d"_s,
         u"  job started"_s,
         u"  -> start a"_s,
         u"  -> start b"_s,
         u"  answer 1: running"_s,
         u"started a"_s,
         u"  a started 101"_s,
         u"started b"_s,
         u"  b started 102"_s,
         u"exit b 0"_s,
         u"  b finished succeeded 0 ms"_s,
         u"  -> start c"_s,
         u"exit c 1"_s,
         u"  c started"_s,
         u"  c finished failed 0 ms 'exited with 1' exit=1"_s,
         u"  -> start d"_s,
         u"started d"_s,
         u"  d started 104"_s,
         u"exit d 0"_s,
         u"  d finished succeeded 0 ms"_s,
         u"exit a 0"_s,
         u"  a finished succeeded 0 ms"_s,
         u"  job finished failed 0 ms 'step c: exited with 1' step=c exit=1"_s});
    row("one at a time, in the order of the file", u"a b c:a"_s, 1,
        {u"  job queued: a b c(a)"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s, u"started a"_s,
         u"  a started 101"_s, u"exit a 0"_s, u"  a finished succeeded 0 ms"_s, u"  -> start b"_s, u"started b"_s,
         u"  b started 102"_s, u"exit b 0"_s, u"  b finished succeeded 0 ms"_s, u"  -> start c"_s, u"started c"_s,
         u"  c started 103"_s, u"exit c 0"_s, u"  c finished succeeded 0 ms"_s, u"  job finished succeeded 0 ms"_s});

    row("a program that is not there", u"a b:a"_s, 8,
        {u"  job queued: a b(a)"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s,
         u"problem a 127 its program cannot be run: No such file or directory"_s, u"  a started"_s,
         u"  a finished failed 0 ms 'its program cannot be run: No such file or directory' exit=127"_s,
         u"  b finished skipped 0 ms 'step a, which it needs, failed' step=a"_s,
         u"  job finished failed 0 ms 'step a: its program cannot be run: No such file or directory' step=a exit=127"_s});
    row("a step that was lost", u"a"_s, 8,
        {u"  job queued: a"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s, u"started a"_s,
         u"  a started 101"_s, u"problem a 0 the guard process ended"_s,
         u"  a finished failed 0 ms 'the guard process ended'"_s,
         u"  job finished failed 0 ms 'step a: the guard process ended' step=a"_s});

    row("progress by lines", u"a"_s, 8,
        {u"  job queued: a"_s,
         u"  job started"_s,
         u"  -> start a"_s,
         u"  answer 1: running"_s,
         u"started a"_s,
         u"  a started 101"_s,
         u"out a 10%|"_s,
         u"  a out 0 '10%|'"_s,
         u"  a progress 10/100 percent"_s,
         u"out a 20%|"_s,
         u"out a {\"progress\":0.3,\"message\":\"m\"}|"_s,
         u"wait 39"_s,
         u"wait 1"_s,
         u"  a out 4 '20%|{\"progress\":0.3,\"message\":\"m\"}|'"_s,
         u"  a progress 30/100 percent 'm'"_s,
         u"wait 100"_s,
         u"err a 90%|"_s,
         u"  a err 39 '90%|'"_s, // stderr is for people
         u"wait 100"_s,
         u"out a 40%"_s,
         u"  a out 43 '40%'"_s, // no line yet
         u"exit a 0"_s,
         u"  a progress 40/100 percent 'm'"_s,
         u"  a finished succeeded 240 ms"_s,
         u"  job finished succeeded 240 ms"_s});
    row("the same progress is said once", u"a"_s, 8,
        {u"  job queued: a"_s,
         u"  job started"_s,
         u"  -> start a"_s,
         u"  answer 1: running"_s,
         u"started a"_s,
         u"  a started 101"_s,
         u"out a 10%|"_s,
         u"  a out 0 '10%|'"_s,
         u"  a progress 10/100 percent"_s,
         u"wait 100"_s,
         u"out a 10%|"_s,
         u"  a out 4 '10%|'"_s,
         u"wait 100"_s,
         u"out a 11%|"_s,
         u"  a out 8 '11%|'"_s,
         u"  a progress 11/100 percent"_s,
         u"out a 12%|"_s,
         u"out a 11%|"_s, // back before anybody heard of it
         u"wait 40"_s,
         u"  a out 12 '12%|11%|'"_s,
         u"exit a 0"_s,
         u"  a finished succeeded 240 ms"_s,
         u"  job finished succeeded 240 ms"_s});
    row("a report is trusted over lines over the terminal's own", u"a!"_s, 8,
        {u"  job queued: a"_s,
         u"  job started"_s,
         u"  -> start a"_s,
         u"  answer 1: running"_s,
         u"started a"_s,
         u"  a started 101"_s,
         u"tty a ^]9;4;1;10$"_s,
         u"  a tty 0 '^]9;4;1;10$'"_s,
         u"  a progress 10/100 percent"_s,
         u"wait 100"_s,
         u"tty a ^]9;4;3$"_s,
         u"  a tty 11 '^]9;4;3$'"_s,
         u"  a progress 0 percent unknown"_s,
         u"wait 100"_s,
         u"tty a |20%|"_s,
         u"  a tty 19 '|20%|'"_s,
         u"  a progress 20/100 percent"_s,
         u"wait 100"_s,
         u"tty a ^]9;4;1;90$"_s,
         u"  a tty 24 '^]9;4;1;90$'"_s,
         u"wait 100"_s,
         u"report a 3/10 blur"_s,
         u"  a progress 3/10 items 'blur'"_s,
         u"  answer 2: running"_s,
         u"wait 100"_s,
         u"tty a |95%|^]9;4;1;96$"_s,
         u"  a tty 35 '|95%|^]9;4;1;96$'"_s,
         u"wait 100"_s,
         u"report - 4/10"_s,
         u"  a progress 4/10 items 'blur'"_s,
         u"  answer 3: running"_s, // its message stands
         u"exit a 0"_s,
         u"  a finished succeeded 600 ms"_s,
         u"  job finished succeeded 600 ms"_s});
    row("a terminal's own progress in a pipe is output", u"a"_s, 8,
        {u"  job queued: a"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s, u"started a"_s,
         u"  a started 101"_s, u"out a ^]9;4;1;10$"_s, u"  a out 0 '^]9;4;1;10$'"_s, u"exit a 0"_s,
         u"  a finished succeeded 0 ms"_s, u"  job finished succeeded 0 ms"_s});
    row("a message that had no turn yet stands too", u"a"_s, 8,
        {u"  job queued: a"_s, u"  job started"_s, u"  -> start a"_s, u"  answer 1: running"_s, u"started a"_s,
         u"  a started 101"_s, u"report a 1/10"_s, u"  a progress 1/10 items"_s, u"  answer 2: running"_s,
         u"report a 2/10 blur"_s, u"  answer 3: running"_s, u"report a 3/10"_s, u"  answer 4: running"_s, u"wait 40"_s,
         u"  a progress 3/10 items 'blur'"_s, u"exit a 0"_s, u"  a finished succeeded 40 ms"_s,
         u"  job finished succeeded 40 ms"_s});
    row("reports before the start, of nobody, and of one of many", u"a b c:a"_s, 8,
        {u"  job queued: a b c(a)"_s,
         u"  job started"_s,
         u"  -> start a"_s,
         u"  -> start b"_s,
         u"  answer 1: running"_s,
         u"report a 1/2"_s,
         u"  a started"_s,
         u"  a progress 1/2 items"_s,
         u"  answer 2: running"_s,
         u"started a"_s,
         u"report - 1/2"_s,
         u"  answer 3: error 6 step is missing and job j has 2 running steps"_s,
         u"report c 1/2"_s,
         u"  answer 4: error 6 job j has no running step \"c\""_s,
         u"exit b 0"_s,
         u"  b started"_s,
         u"  b finished succeeded 0 ms"_s,
         u"exit a 1"_s,
         u"  a finished failed 0 ms 'exited with 1' exit=1"_s,
         u"  c finished skipped 0 ms 'step a, which it needs, failed' step=a"_s,
         u"  job finished failed 0 ms 'step a: exited with 1' step=a exit=1"_s,
         u"report a 2/2"_s,
         u"  answer 5: error 6 job \"j\" does not run any more"_s});
}

void TestEngine::histories()
{
    QFETCH(QString, steps);
    QFETCH(int, parallel);
    QFETCH(QStringList, history);
    ScriptedEngine scripted(config());
    quint64 nextRequest = 1;
    RunJob run = request(steps);
    run.parallel = parallel;
    scripted.post(nextRequest++, run);
    QStringList found;
    const auto take = [&] {
        for (const QString &line : scripted.takeLines())
            found.append(u"  "_s + line);
    };
    take();
    for (const QString &line : history) {
        if (line.startsWith(u"  "_s))
            continue;
        found.append(line);
        perform(scripted, line, nextRequest);
        take();
    }
    if (found != history) {
        for (const QString &line : found)
            qInfo().noquote() << line;
    }
    QCOMPARE(found, history);
}

/// The facts of one type that came out so far.
template <class Data>
static std::vector<std::pair<QString, Data>> factsOf(ScriptedEngine &scripted)
{
    scripted.collect();
    std::vector<std::pair<QString, Data>> found;
    for (const EngineOutput &output : scripted.outputs) {
        const auto *fact = std::get_if<Fact>(&output);
        const auto *data = fact ? std::get_if<Data>(&fact->data) : nullptr;
        if (data)
            found.emplace_back(fact->step, *data);
    }
    return found;
}

/// The last answer.
static const Result<Answer> *answerOf(ScriptedEngine &scripted)
{
    scripted.collect();
    const Result<Answer> *found = nullptr;
    for (const EngineOutput &output : scripted.outputs) {
        if (const auto *answer = std::get_if<EngineAnswer>(&output))
            found = &answer->answer;
    }
    return found;
}

void TestEngine::announcesTheWholePlan()
{
    ScriptedEngine scripted(config());
    RunJob run;
    run.jobId = u"wall-1"_s;
    run.group = u"night"_s;
    run.toml = uR"(
title = "wallpaper"
event_name = "wallpaper"
event_data = { monitor = "{{screen}}" }
[parameters.screen]
type = "string"
default = "DP-1"
[[steps]]
id = "a"
title = "Read"
command = ["true"]
weight = 3
[[steps]]
id = "b"
command = ["true"]
)"_s;
    scripted.clock.ms = 7;
    scripted.post(1, run);
    const auto queued = factsOf<JobQueued>(scripted);
    QCOMPARE(queued.size(), 1U);
    const Job &job = queued.front().second.job;
    QCOMPARE(job.id, u"wall-1"_s);
    QCOMPARE(job.title, u"wallpaper"_s);
    QCOMPARE(job.group, u"night"_s);
    QCOMPARE(job.source, u"engine"_s);
    QCOMPARE(job.state, State::Queued);
    QCOMPARE(job.created, 1'700'000'000'007);
    QCOMPARE(job.eventName, u"wallpaper"_s);
    QCOMPARE(job.eventData[u"monitor"_s].toString(), u"DP-1"_s);
    QCOMPARE(job.params[u"screen"_s].toString(), u"DP-1"_s);
    QCOMPARE(job.capabilities, (QStringList{u"cancel"_s, u"pause"_s, u"retry"_s}));
    QCOMPARE(job.steps.size(), 2U);
    QCOMPARE(job.steps[0].title, u"Read"_s);
    QCOMPARE(job.steps[0].weight, 3.0);
    QCOMPARE(job.steps[1].title, u"b"_s);
    QCOMPARE(job.steps[1].needs, QStringList{u"a"_s});
    QCOMPARE(job.steps[1].state, State::Queued);
    const auto &fact = std::get<Fact>(scripted.outputs.front());
    QCOMPARE(fact.time, 1'700'000'000'007);
    QVERIFY(std::holds_alternative<JobQueued>(fact.data));
}

void TestEngine::mergesProgress()
{
    ScriptedEngine scripted(config());
    scripted.post(1, request(u"a b"_s));
    scripted.runner->started(u"a"_s, 1);
    scripted.runner->started(u"b"_s, 2);
    for (int i = 0; i < 999; ++i) {
        for (const QString &step : {u"a"_s, u"b"_s}) {
            Progress progress;
            progress.done = i;
            progress.total = 1000;
            scripted.post(2, ReportProgress{u"j"_s, step, progress, {}, {}, {}});
        }
        scripted.wait(1);
    }
    for (const QString &step : {u"a"_s, u"b"_s}) {
        std::vector<double> done;
        for (const auto &[id, told] : factsOf<StepProgress>(scripted)) {
            if (id == step)
                done.push_back(told.progress.done);
        }
        QCOMPARE(done.size(), 25U); // for each step
        QVERIFY(std::is_sorted(done.begin(), done.end()));
        QCOMPARE(done.front(), 0);
    }
    scripted.wait(40);
    QCOMPARE(factsOf<StepProgress>(scripted).back().second.progress.done, 998);
}

void TestEngine::mergesOutput()
{
    ScriptedEngine scripted(config());
    scripted.post(1, request(u"a"_s));
    scripted.runner->started(u"a"_s, 1);
    QString given;
    for (int i = 0; i < 999; ++i) {
        const QString line = QString::number(i) + u'\n';
        given += line;
        scripted.runner->output(u"a"_s, Stream::Out, line.toUtf8());
        scripted.wait(1);
    }
    QCOMPARE(factsOf<StepOutput>(scripted).size(), 25U);
    scripted.runner->ended(u"a"_s, StepExit{0, {}, {}});
    QString shown;
    for (const auto &[step, output] : factsOf<StepOutput>(scripted)) {
        QCOMPARE(output.offset, shown.size());
        shown += output.text;
    }
    QCOMPARE(shown, given);
}

void TestEngine::newestProgressIsNeverLost()
{
    ScriptedEngine scripted(config());
    scripted.post(1, request(u"a"_s));
    scripted.runner->started(u"a"_s, 1);
    for (const int percent : {1, 50, 99})
        scripted.runner->output(u"a"_s, Stream::Out, QByteArray::number(percent) + "%\n");
    scripted.runner->ended(u"a"_s, StepExit{0, {}, {}});
    const auto told = factsOf<StepProgress>(scripted);
    QCOMPARE(told.size(), 2U);
    QCOMPARE(told.back().second.progress.done, 99);
}

void TestEngine::environmentOfSteps()
{
    const EngineConfig used = config();
    ScriptedEngine scripted(used);
    RunJob run = request({});
    run.toml = uR"(
[parameters.image-file]
type = "string"
required = true
[[steps]]
id = "a"
command = ["show", "{{image-file}}"]
env = { LOOK = "dark", STEP_OWN = "1" }
cwd = "/srv"
grace = "3s"
)"_s;
    run.params = {{u"image-file"_s, u"dunes; rm -rf x"_s}};
    run.cwd = u"/home/u/work"_s;
    run.env = {{u"PATH"_s, u"/bin:/home/u/bin"_s},
               {u"LOOK"_s, u"light"_s},
               {u"EDITOR"_s, u"vi"_s},
               {u"STEPWIRE_JOB"_s, u"other"_s},
               {u"STEPWIRE_PARAM_OLD"_s, u"x"_s},
               {u"STEPWIRE_SOCKET"_s, u"/elsewhere"_s},
               {u"STEPWIRE_COOKIE"_s, u"other/a/9"_s}};
    scripted.post(1, run);
    QVERIFY2(scripted.runner, qPrintable(scripted.takeLines().join(u'\n')));
    const StepCommand &command = scripted.runner->commandOf(u"a"_s);
    const auto value = [&](const QString &name) { return ScriptedRunner::variable(command, name); };
    QCOMPARE(command.argv, (QStringList{u"show"_s, u"dunes; rm -rf x"_s}));
    QCOMPARE(command.cwd, u"/srv"_s);
    QCOMPARE(command.graceMs, 3000);
    QVERIFY(!command.terminal);
    QCOMPARE(value(u"STEPWIRE_JOB"_s), u"j"_s);
    QCOMPARE(value(u"STEPWIRE_STEP"_s), u"a"_s);
    QCOMPARE(value(u"STEPWIRE_SOCKET"_s), u"/run/hub.sock"_s);
    QCOMPARE(value(u"STEPWIRE_OUTPUT"_s), used.jobsDirectory + u"/j/a.1.output"_s);
    QCOMPARE(value(u"STEPWIRE_PARAM_IMAGE_FILE"_s), u"dunes; rm -rf x"_s);
    QCOMPARE(value(u"STEPWIRE_PARAM_OLD"_s), u"(none)"_s);
    QCOMPARE(value(u"LOOK"_s), u"dark"_s);
    QCOMPARE(value(u"STEP_OWN"_s), u"1"_s);
    QCOMPARE(value(u"EDITOR"_s), u"vi"_s);
    QCOMPARE(value(u"HOME"_s), u"(none)"_s); // a caller's environment is taken whole
    QCOMPARE(value(u"PATH"_s), u"/bin:/home/u/bin:/opt/stepwire/bin"_s);
    QCOMPARE(value(u"TERM_FEATURES"_s), u"(none)"_s);
    // The cookie by which its processes are known is in the environment, once.
    QCOMPARE(command.cookie, u"STEPWIRE_COOKIE="_s + value(u"STEPWIRE_COOKIE"_s));
    QStringList names;
    for (const auto &[name, text] : command.env)
        names.append(name);
    const qsizetype all = names.size();
    QCOMPARE(names.removeDuplicates(), 0);
    QCOMPARE(names.size(), all);
}

void TestEngine::environmentOfATerminal()
{
    ScriptedEngine scripted(config());
    RunJob run;
    run.command = QStringList{u"cargo"_s, u"build"_s};
    run.jobId = u"c"_s;
    run.columns = 132;
    run.rows = 50;
    run.env = {{u"TERM"_s, u"dumb"_s}};
    scripted.post(1, run);
    const StepCommand &command = scripted.runner->commandOf(u"main"_s);
    QVERIFY(command.terminal);
    QCOMPARE(command.columns, 132);
    QCOMPARE(command.rows, 50);
    QCOMPARE(ScriptedRunner::variable(command, u"TERM"_s), u"xterm-256color"_s);
    QCOMPARE(ScriptedRunner::variable(command, u"TERM_FEATURES"_s), u"P"_s);
    QCOMPARE(ScriptedRunner::variable(command, u"CARGO_TERM_PROGRESS_TERM_INTEGRATION"_s), u"true"_s);
    QCOMPARE(ScriptedRunner::variable(command, u"PATH"_s), u"/usr/local/bin:/usr/bin:/bin:/opt/stepwire/bin"_s);

    run.jobId = u"d"_s;
    run.env = {{u"TERM"_s, u"foot"_s}};
    run.columns = 0;
    scripted.post(2, run);
    const StepCommand &second = scripted.runner->commandOf(u"main"_s);
    QCOMPARE(ScriptedRunner::variable(second, u"STEPWIRE_JOB"_s), u"d"_s);
    QCOMPARE(ScriptedRunner::variable(second, u"TERM"_s), u"foot"_s);
    QCOMPARE(second.columns, 80);
    QCOMPARE(second.rows, 24);

    // without the caller's: the hub's own
    run.jobId = u"e"_s;
    run.env.reset();
    run.terminal = false;
    scripted.post(3, run);
    const StepCommand &third = scripted.runner->commandOf(u"main"_s);
    QVERIFY(!third.terminal);
    QCOMPARE(ScriptedRunner::variable(third, u"HOME"_s), u"/home/u"_s);
    QCOMPARE(ScriptedRunner::variable(third, u"PATH"_s), u"/usr/bin:/opt/stepwire/bin"_s);
}

void TestEngine::commandIsOneStep()
{
    ScriptedEngine scripted(config());
    RunJob run;
    run.command = QStringList{u"sh"_s, u"-c"_s, u"echo a\n\x1b[31mecho b"_s};
    run.cwd = u"/tmp"_s;
    scripted.post(1, run);
    const auto queued = factsOf<JobQueued>(scripted);
    QCOMPARE(queued.size(), 1U);
    const Job &job = queued.front().second.job;
    QCOMPARE(job.command, run.command);
    QVERIFY(!job.id.isEmpty());
    QCOMPARE(job.steps.size(), 1U);
    // Titles are single plain lines, or they would break what shows them.
    QCOMPARE(job.title, u"sh -c echo aecho b"_s);
    QCOMPARE(job.steps.front().title, job.title);
    QCOMPARE(scripted.runner->commandOf(u"main"_s).argv, run.command);
    QCOMPARE(scripted.runner->commandOf(u"main"_s).cwd, u"/tmp"_s);

    run.params = {{u"x"_s, 1}};
    scripted.post(2, run);
    QVERIFY(!*answerOf(scripted));
    QCOMPARE(answerOf(scripted)->error().code, code::invalidParams);
}

void TestEngine::duplicateJobIdIsRefused()
{
    ScriptedEngine scripted(config());
    scripted.post(1, request(u"a"_s));
    (void)scripted.takeLines();
    scripted.post(2, request(u"a"_s));
    QCOMPARE(scripted.takeLines(), QStringList{u"answer 2: error 6 there is a job \"j\" already"_s});
}

void TestEngine::faultyPipeline()
{
    ScriptedEngine scripted(config());
    RunJob run;
    run.toml = u"[[steps]]\nid = 'a'\ncommand = ['true']\nneeds = ['nobody']\n[[steps]]\nid = 'a b'\ncommand = []\n"_s;
    scripted.post(1, run);
    QVERIFY(!scripted.runner);
    QCOMPARE(scripted.outputs.size(), 0U); // nothing before the answer
    const Result<Answer> *answer = answerOf(scripted);
    QVERIFY(answer && !*answer);
    QCOMPARE(scripted.outputs.size(), 1U);
    QCOMPARE(answer->error().code, code::invalidPipeline);
    const QJsonArray faults = answer->error().data[u"faults"_s].toArray();
    QVERIFY(faults.size() >= 2);
    QSet<int> faultLines;
    for (const QJsonValue &value : faults) {
        const QJsonObject fault = value.toObject();
        QVERIFY(fault.contains(u"file"_s));
        QVERIFY(fault[u"column"_s].toInt() > 0);
        QVERIFY(!fault[u"message"_s].toString().isEmpty());
        faultLines.insert(fault[u"line"_s].toInt());
    }
    QVERIFY(faultLines.contains(4));
    QVERIFY(faultLines.contains(6));
    QVERIFY2(answer->error().message.contains(u"%1 faults, the first: "_s.arg(faults.size())),
             qPrintable(answer->error().message));

    scripted.post(2, CheckPipeline{*run.toml, u"night.toml"_s});
    QCOMPARE(answerOf(scripted)->error().code, code::invalidPipeline);
    QCOMPARE(answerOf(scripted)->error().data[u"faults"_s].toArray().first().toObject()[u"file"_s].toString(),
             u"night.toml"_s);
}

void TestEngine::unknownPipelineAndParameters()
{
    ScriptedEngine scripted(config());
    RunJob run;
    run.pipeline = u"nowhere"_s;
    scripted.post(1, run);
    QCOMPARE(answerOf(scripted)->error().code, code::invalidPipeline);
    QVERIFY(answerOf(scripted)->error().message.contains(u"nowhere"_s));

    run = request(u"a"_s);
    run.params = {{u"x"_s, 1}};
    scripted.post(2, run);
    QCOMPARE(answerOf(scripted)->error().code, code::invalidParams);
    QVERIFY(!scripted.runner);
}

void TestEngine::logsAreReadWhileAndAfter()
{
    ScriptedEngine scripted(config());
    const auto read = [&](const QString &step, qint64 offset) {
        ReadLog log;
        log.job = u"j"_s;
        log.step = step;
        log.offset = offset;
        scripted.post(9, log);
        const auto &slice = std::get<LogSlice>(**answerOf(scripted));
        return u"%1 %2 '%3' of %4%5"_s.arg(slice.offset)
            .arg(slice.stream, QString::fromUtf8(slice.bytes))
            .arg(slice.end)
            .arg(slice.complete ? u", complete"_s : QString());
    };
    scripted.post(1, request(u"a b:a"_s));
    scripted.runner->started(u"a"_s, 1);
    scripted.runner->output(u"a"_s, Stream::Out, "one\n");
    scripted.wait(100);
    scripted.runner->output(u"a"_s, Stream::Err, "two\n");
    QCOMPARE(read(u"a"_s, 0), u"0 out 'one\n' of 8"_s);
    QCOMPARE(read(u"a"_s, 4), u"4 err 'two\n' of 8"_s);
    QCOMPARE(read(u"a"_s, 8), u"8 err '' of 8"_s);
    QCOMPARE(read(u"b"_s, 0), u"0  '' of 0"_s); // it will still write
    scripted.runner->ended(u"a"_s, StepExit{0, {}, {}});
    QCOMPARE(read(u"a"_s, 0), u"0 out 'one\n' of 8, complete"_s);
    QCOMPARE(read(u"a"_s, 4), u"4 err 'two\n' of 8, complete"_s);
    scripted.runner->ended(u"b"_s, StepExit{0, {}, {}});
    QCOMPARE(read(u"a"_s, 4), u"4 err 'two\n' of 8, complete"_s);
    QCOMPARE(read(u"b"_s, 0), u"0  '' of 0, complete"_s);
}

void TestEngine::unwritableJobsFolder()
{
    QFile blocker(m_folder.filePath(u"blocker"_s));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    EngineConfig blocked = config();
    blocked.jobsDirectory = m_folder.filePath(u"blocker/jobs"_s);
    ScriptedEngine scripted(blocked);
    scripted.post(1, request(u"a"_s));
    scripted.runner->started(u"a"_s, 1);
    scripted.runner->output(u"a"_s, Stream::Out, "one\n");
    scripted.wait(100);
    scripted.runner->output(u"a"_s, Stream::Out, "two\n");
    scripted.runner->ended(u"a"_s, StepExit{0, {}, {}});
    QCOMPARE(scripted.takeLines(),
             (QStringList{u"job queued: a"_s, u"job hub.warning"_s, u"job started"_s, u"-> start a"_s,
                          u"answer 1: running"_s, u"a started 1"_s, u"a out 0 'one|'"_s, u"a hub.warning"_s,
                          u"a out 4 'two|'"_s, u"a finished succeeded 100 ms"_s, u"job finished succeeded 100 ms"_s}));
}

void TestEngine::manyJobsAtOnce()
{
    ScriptedEngine scripted(config());
    for (int i = 0; i < 50; ++i) {
        RunJob run = request(u"a%1"_s.arg(i));
        run.jobId = u"job%1"_s.arg(i);
        scripted.post(static_cast<quint64>(i), run);
    }
    (void)scripted.takeLines();
    scripted.drain();
    QCOMPARE(scripted.takeLines().filter(u"-> terminate"_s).size(), 50);
    RunJob late = request(u"late"_s);
    scripted.post(99, late);
    QCOMPARE(scripted.takeLines(), QStringList{u"answer 99: error 6 the hub is being stopped"_s});
    for (int i = 49; i >= 0; --i)
        scripted.runner->ended(u"a%1"_s.arg(i), StepExit{{}, 15, {}});
    const QStringList lines = scripted.takeLines();
    QCOMPARE(lines.filter(u"job finished interrupted"_s).size(), 50);
    QCOMPARE(lines.count(u"drained"_s), 1);
    QCOMPARE(lines.last(), u"drained"_s);
}

QTEST_GUILESS_MAIN(TestEngine)
#include "tst_engine.moc"
