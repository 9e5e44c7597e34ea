#include "core/engine/process_runner.h"

#include <QDir>
#include <QFile>
#include <QtTest>

#include <csignal>
#include <map>

#include <unistd.h>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestProcessRunner : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void ends_data();
    void ends();
    void bothStreams();
    void environmentIsExactlyTheGivenOne();
    void terminalOfTheGivenSize();
    void terminate_data();
    void terminate();
    void terminateOfNobody();
    void childOfAKilledStepIsGone();
    void manyQuickStarts();
    void guardThatDies();
    void guardThatIsNotThere();
    void lostGuardTakesOnlyItsOwnSteps();
    void floodHoldsUpNobody();
    void allOutputComesBeforeTheEnd();
    void commandThatIsTooLarge();
    void endsWithTheRunner();
};

/// Keeps what it is told, by number.
class Recorder : public StepRunner::Observer
{
public:
    struct Seen
    {
        int starts = 0;
        qint64 pid = 0;
        qint64 bytes = 0;
        QByteArray out, err, tty; // the first MiB of each
        std::optional<StepExit> exit;
        int ends = 0;
        bool outOfOrder = false;
    };

    std::map<quint64, Seen> seen;
    std::function<void(quint64)> onEnd;

    void stepStarted(quint64 number, qint64 pid) override
    {
        Seen &step = seen[number];
        step.outOfOrder = step.outOfOrder || step.ends > 0 || step.bytes > 0;
        ++step.starts;
        step.pid = pid;
    }

    void stepOutput(quint64 number, Stream stream, QByteArrayView bytes) override
    {
        Seen &step = seen[number];
        step.outOfOrder = step.outOfOrder || step.ends > 0 || step.starts != 1;
        step.bytes += bytes.size();
        QByteArray &kept = stream == Stream::Out ? step.out : stream == Stream::Err ? step.err : step.tty;
        if (kept.size() < 1024 * 1024)
            kept.append(bytes);
    }

    void stepEnded(quint64 number, const StepExit &exit) override
    {
        Seen &step = seen[number];
        ++step.ends;
        step.exit = exit;
        if (onEnd)
            onEnd(number);
    }

    [[nodiscard]] bool ended(quint64 number) const
    {
        const auto it = seen.find(number);
        return it != seen.end() && it->second.ends > 0;
    }
};

static constexpr int patienceMs = 30'000;

static QString guardPath()
{
    return qEnvironmentVariable("STEPWIRE_GUARD");
}

static StepCommand command(quint64 number, const QStringList &argv)
{
    StepCommand made;
    made.number = number;
    made.cookie = u"STEPWIRE_COOKIE=test/%1/%2"_s.arg(::getpid()).arg(number);
    made.argv = argv;
    made.env = {{u"PATH"_s, u"/usr/local/bin:/usr/bin:/bin"_s}, {u"STEPWIRE_COOKIE"_s, made.cookie.section(u'=', 1)}};
    made.cwd = u"/"_s;
    made.graceMs = 2000;
    return made;
}

static StepCommand shell(quint64 number, const QString &script)
{
    return command(number, {u"sh"_s, u"-c"_s, script});
}

static QString text(const std::optional<StepExit> &exit)
{
    if (!exit)
        return u"runs"_s;
    QString line;
    if (exit->exitCode)
        line += u"exit %1"_s.arg(*exit->exitCode);
    if (exit->signal)
        line += u"signal %1"_s.arg(*exit->signal);
    return exit->problem.isEmpty() ? line : line + u" ("_s + exit->problem + u')';
}

/// As /proc has it, `R`, `T` and so on; empty for a process that is not there.
static QByteArray stateOf(qint64 pid)
{
    QFile stat(u"/proc/%1/stat"_s.arg(pid));
    if (!stat.open(QIODevice::ReadOnly))
        return {};
    const QByteArray line = stat.readAll();
    return line.mid(line.lastIndexOf(')') + 2, 1);
}

static bool isAlive(qint64 pid)
{
    const QByteArray state = stateOf(pid);
    return !state.isEmpty() && state != "Z" && state != "X";
}

/// The guards that are children of this process.
static QList<qint64> guards()
{
    QList<qint64> found;
    const QStringList entries = QDir(u"/proc"_s).entryList(QDir::Dirs);
    for (const QString &entry : entries) {
        bool isPid = false;
        const qint64 pid = entry.toLongLong(&isPid);
        QFile stat(u"/proc/%1/stat"_s.arg(pid));
        if (!isPid || !stat.open(QIODevice::ReadOnly))
            continue;
        const QByteArray line = stat.readAll();
        const qsizetype name = line.lastIndexOf(')');
        if (line.contains("(sw-guard)") && line.mid(name + 4).split(' ').first().toLongLong() == ::getpid()
            && isAlive(pid))
            found.append(pid);
    }
    return found;
}

/// Like QTest::qWaitFor, which sleeps 10 ms after each turn and so holds back a flood itself.
template <class Condition>
static bool waitFor(const Condition &condition)
{
    const QDeadlineTimer deadline(patienceMs);
    QTimer wakeUp;
    wakeUp.start(20);
    while (!condition() && !deadline.hasExpired())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    return condition();
}

#define WAIT_FOR(condition) QVERIFY(waitFor([&] { return condition; }))

void TestProcessRunner::initTestCase()
{
    if (guardPath().isEmpty())
        QSKIP("STEPWIRE_GUARD does not say where the guard is");
    QVERIFY2(QFileInfo(guardPath()).isExecutable(), qPrintable(guardPath()));
}

void TestProcessRunner::ends_data()
{
    QTest::addColumn<QStringList>("argv");
    QTest::addColumn<QString>("cwd");
    QTest::addColumn<QString>("expected");
    QTest::newRow("0") << QStringList{u"true"_s} << u"/"_s << u"exit 0"_s;
    QTest::newRow("1") << QStringList{u"false"_s} << u"/"_s << u"exit 1"_s;
    QTest::newRow("77") << QStringList{u"sh"_s, u"-c"_s, u"exit 77"_s} << u"/"_s << u"exit 77"_s;
    QTest::newRow("255") << QStringList{u"sh"_s, u"-c"_s, u"exit 255"_s} << u"/"_s << u"exit 255"_s;
    QTest::newRow("signal") << QStringList{u"sh"_s, u"-c"_s, u"kill -KILL $$"_s} << u"/"_s << u"signal 9"_s;
    QTest::newRow("another signal") << QStringList{u"sh"_s, u"-c"_s, u"kill -USR1 $$"_s} << u"/"_s << u"signal 10"_s;
    QTest::newRow("no such program") << QStringList{u"no-such-program"_s} << u"/"_s
                                     << u"exit 127 (its program cannot be run: No such file or directory)"_s;
    QTest::newRow("no such path") << QStringList{u"/no/such/program"_s} << u"/"_s
                                  << u"exit 127 (its program cannot be run: No such file or directory)"_s;
    QTest::newRow("no program") << QStringList{u"/etc/passwd"_s} << u"/"_s
                                << u"exit 126 (its program cannot be run: Permission denied)"_s;
    QTest::newRow("a folder") << QStringList{u"/etc"_s} << u"/"_s
                              << u"exit 126 (its program cannot be run: Permission denied)"_s;
    QTest::newRow("no such folder") << QStringList{u"true"_s} << u"/no/such/folder"_s
                                    << u" (its directory cannot be entered: No such file or directory)"_s;
}

void TestProcessRunner::ends()
{
    QFETCH(QStringList, argv);
    QFETCH(QString, cwd);
    QFETCH(QString, expected);
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    StepCommand started = command(1, argv);
    started.cwd = cwd;
    runner.start(started);
    QVERIFY(recorder.seen.empty()); // never before it returns
    WAIT_FOR(recorder.ended(1));
    const Recorder::Seen &seen = recorder.seen[1];
    QCOMPARE(text(seen.exit), expected);
    QCOMPARE(seen.starts, expected.contains(u'(') ? 0 : 1);
    QCOMPARE(seen.ends, 1);
}

void TestProcessRunner::bothStreams()
{
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    runner.start(shell(1, u"echo one; echo two >&2; echo three; cat; pwd"_s)); // stdin is empty
    WAIT_FOR(recorder.ended(1));
    QCOMPARE(recorder.seen[1].out, QByteArray("one\nthree\n/\n"));
    QCOMPARE(recorder.seen[1].err, QByteArray("two\n"));
    QCOMPARE(recorder.seen[1].tty, QByteArray());
    QVERIFY(!recorder.seen[1].outOfOrder);
    QVERIFY(recorder.seen[1].pid > 0);
}

void TestProcessRunner::environmentIsExactlyTheGivenOne()
{
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    StepCommand started = command(1, {u"env"_s});
    started.env.emplace_back(u"GREETING"_s, u"hällo wörld; $(touch x)"_s);
    started.env.emplace_back(u"EMPTY"_s, QString());
    runner.start(started);
    WAIT_FOR(recorder.ended(1));
    QByteArrayList lines = recorder.seen[1].out.trimmed().split('\n');
    std::sort(lines.begin(), lines.end());
    QCOMPARE(lines,
             (QByteArrayList{"EMPTY=", "GREETING=h\xc3\xa4llo w\xc3\xb6rld; $(touch x)",
                             "PATH=/usr/local/bin:/usr/bin:/bin", started.cookie.toUtf8()}));
}

void TestProcessRunner::terminalOfTheGivenSize()
{
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    StepCommand started =
        shell(1, u"test -t 0 && echo in; test -t 1 && echo out; test -t 2 && echo err; stty size; echo last >&2"_s);
    started.terminal = true;
    started.columns = 132;
    started.rows = 43;
    runner.start(started);
    WAIT_FOR(recorder.ended(1));
    QCOMPARE(text(recorder.seen[1].exit), u"exit 0"_s);
    const QByteArrayList lines = recorder.seen[1].tty.replace("\r\n", "\n").trimmed().split('\n');
    QVERIFY2(lines.contains("out") && lines.contains("err"), recorder.seen[1].tty.constData());
    QCOMPARE(lines.last(), QByteArray("last"));
    QVERIFY(recorder.seen[1].out.isEmpty() && recorder.seen[1].err.isEmpty());

    runner.start([] {
        StepCommand sized = shell(2, u"stty size <&1"_s);
        sized.terminal = true;
        sized.columns = 132;
        sized.rows = 43;
        return sized;
    }());
    WAIT_FOR(recorder.ended(2));
    QCOMPARE(recorder.seen[2].tty.trimmed(), QByteArray("43 132"));
}

void TestProcessRunner::terminate_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<qint64>("graceMs");
    QTest::addColumn<QString>("expected");
    QTest::newRow("heeds it") << u"echo ready; exec sleep 1000"_s << qint64(20'000) << u"signal 15"_s;
    QTest::newRow("cleans up") << u"trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done"_s << qint64(20'000)
                               << u"exit 3"_s;
    QTest::newRow("ignores it") << u"trap '' TERM; echo ready; while :; do sleep 1000; done"_s << qint64(100)
                                << u"signal 9"_s;
    QTest::newRow("is stopped") << u"echo ready; kill -STOP $$; sleep 1000"_s << qint64(20'000) << u"signal 15"_s;
}

void TestProcessRunner::terminate()
{
    QFETCH(QString, script);
    QFETCH(qint64, graceMs);
    QFETCH(QString, expected);
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    runner.start(shell(1, script));
    WAIT_FOR(recorder.seen[1].out.contains("ready"));
    if (script.contains(u"-STOP"_s))
        WAIT_FOR(stateOf(recorder.seen[1].pid) == "T");
    runner.terminate(1, graceMs);
    WAIT_FOR(recorder.ended(1));
    QCOMPARE(text(recorder.seen[1].exit), expected);
    QVERIFY(!isAlive(recorder.seen[1].pid));
}

void TestProcessRunner::terminateOfNobody()
{
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    runner.terminate(7, 100); // no guard yet
    runner.start(shell(1, u"true"_s));
    WAIT_FOR(recorder.ended(1));
    runner.terminate(1, 100);
    runner.terminate(7, 100);
    runner.start(shell(2, u"true"_s));
    WAIT_FOR(recorder.ended(2));
    QCOMPARE(recorder.seen.size(), 2U);
    QCOMPARE(recorder.seen[1].ends, 1);
}

void TestProcessRunner::childOfAKilledStepIsGone()
{
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    // One child in the step's group, one that made a session of its own; both deaf to SIGTERM.
    runner.start(shell(1,
                       u"(trap '' TERM; echo $(sh -c 'echo $PPID'); while :; do sleep 1000; done) & "
                       "setsid sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1000; done' & wait"_s));
    WAIT_FOR(recorder.seen[1].out.count('\n') == 2);
    QList<qint64> children;
    const QByteArrayList words = recorder.seen[1].out.trimmed().split('\n');
    for (const QByteArray &word : words)
        children.append(word.toLongLong());
    for (const qint64 child : children)
        QVERIFY(isAlive(child));
    runner.terminate(1, 100);
    WAIT_FOR(recorder.ended(1));
    for (const qint64 child : children)
        QVERIFY2(!isAlive(child), "said to be ended with a process left");
}

void TestProcessRunner::manyQuickStarts()
{
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    constexpr quint64 count = 200;
    for (quint64 number = 1; number <= count; ++number)
        runner.start(shell(number, u"echo %1; exit %2"_s.arg(number).arg(number % 5)));
    const auto allEnded = [&] {
        return recorder.seen.size() == count
            && std::all_of(recorder.seen.begin(), recorder.seen.end(),
                           [](const auto &entry) { return entry.second.ends > 0; });
    };
    WAIT_FOR(allEnded());
    for (const auto &[number, seen] : recorder.seen) {
        QCOMPARE(text(seen.exit), u"exit %1"_s.arg(number % 5));
        QCOMPARE(seen.out, QByteArray::number(number) + '\n');
        QCOMPARE(seen.starts, 1);
        QCOMPARE(seen.ends, 1);
        QVERIFY(!seen.outOfOrder);
    }
    QCOMPARE(guards().size(), 1);
}

void TestProcessRunner::guardThatDies()
{
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    runner.start(shell(1, u"echo ready; exec sleep 1000"_s));
    runner.start(shell(2, u"echo ready; exec sleep 1000"_s));
    WAIT_FOR(recorder.seen[1].out.contains("ready") && recorder.seen[2].out.contains("ready"));
    const QList<qint64> before = guards();
    QCOMPARE(before.size(), 1);
    QCOMPARE(::kill(static_cast<pid_t>(before.front()), SIGKILL), 0);
    WAIT_FOR(recorder.ended(1) && recorder.ended(2));
    QCOMPARE(text(recorder.seen[1].exit), u" (the guard process ended)"_s);
    QCOMPARE(recorder.seen[1].ends, 1);

    runner.start(shell(3, u"echo again"_s));
    WAIT_FOR(recorder.ended(3));
    QCOMPARE(text(recorder.seen[3].exit), u"exit 0"_s);
    QCOMPARE(recorder.seen[3].out, QByteArray("again\n"));
    QVERIFY(guards() != before);
    for (const quint64 number : {1, 2}) // nobody would ever end them
        ::kill(static_cast<pid_t>(recorder.seen[number].pid), SIGKILL);
}

void TestProcessRunner::guardThatIsNotThere()
{
    Recorder recorder;
    ProcessRunner runner(u"/no/such/guard"_s, recorder);
    runner.start(shell(1, u"true"_s));
    QVERIFY(recorder.seen.empty());
    WAIT_FOR(recorder.ended(1));
    QCOMPARE(text(recorder.seen[1].exit),
             u" (the guard process /no/such/guard cannot be started: No such file or directory)"_s);
    QCOMPARE(recorder.seen[1].starts, 0);
}

void TestProcessRunner::lostGuardTakesOnlyItsOwnSteps()
{
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    runner.start(shell(1, u"echo ready; exec sleep 1000"_s));
    WAIT_FOR(recorder.seen[1].out.contains("ready"));
    const QList<qint64> before = guards();
    QCOMPARE(before.size(), 1);
    QCOMPARE(::kill(static_cast<pid_t>(before.front()), SIGKILL), 0);
    const QDeadlineTimer deadline(patienceMs);
    while (isAlive(before.front()) && !deadline.hasExpired())
        ::usleep(1000); // without events: the runner must not hear of it before it starts more
    // Each of these meets the dead guard by itself; a step that is started as they end has a new guard and must live.
    recorder.onEnd = [&](quint64 number) {
        if (number == 1)
            runner.start(shell(10, u"echo again; exec sleep 1000"_s));
    };
    runner.start(shell(2, u"true"_s));
    runner.start(shell(3, u"true"_s));
    runner.terminate(1, 100);
    WAIT_FOR(recorder.ended(1) && recorder.ended(2) && recorder.ended(3));
    WAIT_FOR(recorder.ended(10) || recorder.seen[10].out.contains("again"));
    runner.start(shell(11, u"true"_s)); // all that was under way has come by then
    WAIT_FOR(recorder.ended(11));
    QCOMPARE(text(recorder.seen[10].exit), u"runs"_s);
    QCOMPARE(text(recorder.seen[11].exit), u"exit 0"_s);
    QCOMPARE(guards().size(), 1);
    ::kill(static_cast<pid_t>(recorder.seen[1].pid), SIGKILL);
}

void TestProcessRunner::floodHoldsUpNobody()
{
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    runner.start(command(1, {u"yes"_s}));
    WAIT_FOR(recorder.seen[1].bytes > 1024 * 1024);
    for (quint64 number = 2; number <= 11; ++number) {
        runner.start(shell(number, u"echo hello"_s));
        WAIT_FOR(recorder.ended(number));
        QCOMPARE(recorder.seen[number].out, QByteArray("hello\n"));
    }
    // It is slowed down after its first 64 MiB, not stopped.
    WAIT_FOR(recorder.seen[1].bytes > 66 * 1024 * 1024);
    runner.start(shell(12, u"echo hello"_s));
    WAIT_FOR(recorder.ended(12));
    QVERIFY(!recorder.ended(1));
    runner.terminate(1, 1000);
    WAIT_FOR(recorder.ended(1));
    QCOMPARE(text(recorder.seen[1].exit), u"signal 15"_s);
}

void TestProcessRunner::allOutputComesBeforeTheEnd()
{
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    // A pipe holds 64 KiB, so the last ones are read after the end of the process.
    runner.start(shell(1, u"head -c 3000000 /dev/zero; head -c 60000 /dev/zero >&2"_s));
    StepCommand terminal = shell(2, u"head -c 50000 /dev/zero | tr '\\0' x; echo end"_s);
    terminal.terminal = true;
    runner.start(terminal);
    WAIT_FOR(recorder.ended(1) && recorder.ended(2));
    QCOMPARE(recorder.seen[1].bytes, 3'060'000);
    QCOMPARE(recorder.seen[1].err.size(), 60'000);
    QCOMPARE(recorder.seen[2].tty.size(), 50'005);
    QVERIFY(recorder.seen[2].tty.endsWith("xend\r\n"));
    QVERIFY(!recorder.seen[1].outOfOrder && !recorder.seen[2].outOfOrder);
}

void TestProcessRunner::commandThatIsTooLarge()
{
    Recorder recorder;
    ProcessRunner runner(guardPath(), recorder);
    runner.start(command(1, {u"echo"_s, QString(9 * 1024 * 1024, u'x')}));
    runner.start(command(2, {u"echo"_s, QString(1024 * 1024, u'x')})); // more than the kernel takes for one
    runner.start(command(3, {u"echo"_s, u"fine"_s}));
    WAIT_FOR(recorder.ended(1) && recorder.ended(2) && recorder.ended(3));
    QVERIFY2(text(recorder.seen[1].exit).contains(u"more than the 8388608 that can be passed"_s),
             qPrintable(text(recorder.seen[1].exit)));
    QCOMPARE(text(recorder.seen[2].exit), u"exit 126 (its program cannot be run: Argument list too long)"_s);
    QCOMPARE(recorder.seen[3].out, QByteArray("fine\n"));
}

void TestProcessRunner::endsWithTheRunner()
{
    Recorder recorder;
    qint64 pid = 0;
    {
        ProcessRunner runner(guardPath(), recorder);
        runner.start(shell(1, u"trap '' TERM; echo ready; while :; do sleep 1000; done"_s));
        WAIT_FOR(recorder.seen[1].out.contains("ready"));
        pid = recorder.seen[1].pid;
    }
    WAIT_FOR(!isAlive(pid));
    QCOMPARE(recorder.seen[1].ends, 0); // the observer may be gone with it
    WAIT_FOR(guards().isEmpty());
}

QTEST_GUILESS_MAIN(TestProcessRunner)
#include "tst_process_runner.moc"
