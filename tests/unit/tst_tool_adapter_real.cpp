#include "core/engine/tool_adapter.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QRandomGenerator>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace stepwire;
using namespace Qt::StringLiterals;

struct Outcome
{
    QByteArray out; ///< as it came; of a terminal, both
    QByteArray err;
    QByteArray shownOut;
    QByteArray shownErr;
    int exitCode = -1;
    std::vector<Progress> figures;
    bool changed = false; ///< something was added to the command
};

/// The real tools, made slow, on files of this machine and a server on loopback. A tool that is not there is skipped.
class TestToolAdapterReal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void rsync_data() { pipeAndTerminal(); }
    void rsync();
    void rsyncThatFails();
    void restic_data() { pipeAndTerminal(); }
    void restic();
    void borg();
    void ffmpeg_data() { pipeAndTerminal(); }
    void ffmpeg();
    void curlToStdout();
    void curlToFile_data() { pipeAndTerminal(); }
    void curlToFile();
    void wgetToStdout();
    void wgetToFile();
    void ytDlp();
    void gitClone_data() { pipeAndTerminal(); }
    void gitClone();
    void ninja_data() { pipeAndTerminal(); }
    void ninja();
    void pv();
    void tarReadsItsArchive_data();
    void tarReadsItsArchive();
    void tarPacksAFile();

private:
    static void pipeAndTerminal()
    {
        QTest::addColumn<bool>("terminal");
        QTest::newRow("pipes") << false;
        QTest::newRow("terminal") << true;
    }

    [[nodiscard]] Outcome run(const QStringList &argv, bool terminal = false, const QString &in = {});
    void runAtPipes(const AdaptedCommand &adapted, const QString &in, Outcome &outcome);
    void runAtTerminal(const AdaptedCommand &adapted, const QString &in, Outcome &outcome);
    [[nodiscard]] QString url(const QString &path) const { return u"http://127.0.0.1:%1/"_s.arg(m_port) + path; }
    [[nodiscard]] QString path(const QString &name) const { return m_dir.filePath(name); }
    QString randomFile(const QString &name, qsizetype size) const;

    QTemporaryDir m_dir;
    QProcess m_server;
    int m_port = 0;
};

#define NEEDS(tool)                                                                                                    \
    if (QStandardPaths::findExecutable(QStringLiteral(tool)).isEmpty())                                                \
    QSKIP(tool " is not installed")

static const QByteArray pattern = QByteArray("0123456789abcdef").repeated(4096);

/// What the server below sends for so many bytes.
static QByteArray served(qsizetype size)
{
    return pattern.repeated(size / pattern.size() + 1).first(size);
}

void TestToolAdapterReal::initTestCase()
{
    QVERIFY(m_dir.isValid());
    qputenv("LC_ALL", "C.UTF-8");
    for (const char *name : {"RESTIC_PROGRESS_FPS", "NINJA_STATUS", "BORG_REPO", "WGETRC", "CURL_HOME"})
        qunsetenv(name);
    // Nothing of the user's settings; and restic's and borg's caches go with the folder.
    qputenv("HOME", QFile::encodeName(m_dir.path()));
    qputenv("XDG_CACHE_HOME", QFile::encodeName(path(u"cache"_s)));
    qputenv("XDG_CONFIG_HOME", QFile::encodeName(path(u"config"_s)));
    qputenv("RESTIC_PASSWORD", "x");
    qputenv("GOMAXPROCS", "1");
    qputenv("BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes");
    qputenv("GIT_CONFIG_GLOBAL", "/dev/null");

    // /SIZE sends so many bytes, at 1.6 MB a second.
    static const char script[] = R"(
import http.server, time
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *rest): pass
    def do_HEAD(self): self.do_GET(False)
    def do_GET(self, body=True):
        left = int(self.path.strip('/').split('.')[0] or 0)
        self.send_response(200 if left else 404)
        self.send_header('Content-Type', 'video/mp4')
        self.send_header('Content-Length', str(left))
        self.end_headers()
        block = b'0123456789abcdef' * 4096
        try:
            while body and left > 0:
                self.wfile.write(block[:left]); left -= min(left, len(block)); time.sleep(0.04)
        except OSError:
            pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
)";
    if (QStandardPaths::findExecutable(u"python3"_s).isEmpty())
        return;
    m_server.start(u"python3"_s, {u"-c"_s, QString::fromLatin1(script)});
    QVERIFY(m_server.waitForStarted() && m_server.waitForReadyRead());
    m_port = m_server.readLine().trimmed().toInt();
    QVERIFY(m_port > 0);
}

void TestToolAdapterReal::cleanupTestCase()
{
    m_server.kill();
    m_server.waitForFinished();
}

QString TestToolAdapterReal::randomFile(const QString &name, qsizetype size) const
{
    QByteArray bytes(size, Qt::Uninitialized);
    QRandomGenerator random(static_cast<quint32>(qHash(name, 0))); // no two files are alike
    std::generate_n(reinterpret_cast<quint32 *>(bytes.data()), size / 4, [&] { return random.generate(); });
    const QString file = path(name);
    QDir().mkpath(QFileInfo(file).path());
    QFile f(file);
    if (!f.open(QIODevice::WriteOnly) || f.write(bytes) != size)
        return {};
    return file;
}

Outcome TestToolAdapterReal::run(const QStringList &argv, bool terminal, const QString &in)
{
    AdaptedCommand adapted = adaptCommand(argv, terminal);
    Outcome outcome;
    outcome.changed = adapted.argv != argv || !adapted.env.empty();
    const QString folder = in.isEmpty() ? m_dir.path() : in;
    if (terminal)
        runAtTerminal(adapted, folder, outcome);
    else
        runAtPipes(adapted, folder, outcome);
    return outcome;
}

static void keep(std::optional<Progress> progress, std::vector<Progress> &figures)
{
    if (progress)
        figures.push_back(std::move(*progress));
}

void TestToolAdapterReal::runAtPipes(const AdaptedCommand &adapted, const QString &in, Outcome &outcome)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const auto &[name, value] : adapted.env)
        environment.insert(name, value);
    process.setProcessEnvironment(environment);
    process.setWorkingDirectory(in);
    process.setStandardInputFile(QProcess::nullDevice());
    ToolAdapter &adapter = *adapted.adapter;
    const auto take = [&](Stream stream) {
        const bool isOut = stream == Stream::Out;
        const QByteArray bytes = isOut ? process.readAllStandardOutput() : process.readAllStandardError();
        (isOut ? outcome.out : outcome.err) += bytes;
        ToolAdapter::Read read = adapter.read(stream, bytes);
        (isOut ? outcome.shownOut : outcome.shownErr) += read.shown;
        keep(std::move(read.progress), outcome.figures);
    };
    connect(&process, &QProcess::readyReadStandardOutput, this, [&] { take(Stream::Out); });
    connect(&process, &QProcess::readyReadStandardError, this, [&] { take(Stream::Err); });
    QTimer polls;
    connect(&polls, &QTimer::timeout, this, [&] { keep(adapter.poll(process.processId()), outcome.figures); });
    if (const qint64 interval = adapter.pollIntervalMs())
        polls.start(static_cast<int>(interval));
    process.start(adapted.argv[0], adapted.argv.sliced(1));
    QVERIFY(process.waitForStarted());
    QTRY_VERIFY_WITH_TIMEOUT(process.state() == QProcess::NotRunning, 20'000);
    for (const Stream stream : {Stream::Out, Stream::Err}) {
        take(stream);
        ToolAdapter::Read rest = adapter.finish(stream);
        (stream == Stream::Out ? outcome.shownOut : outcome.shownErr) += rest.shown;
        keep(std::move(rest.progress), outcome.figures);
    }
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    outcome.exitCode = process.exitCode();
}

void TestToolAdapterReal::runAtTerminal(const AdaptedCommand &adapted, const QString &in, Outcome &outcome)
{
    std::vector<QByteArray> words;
    for (const QString &arg : adapted.argv)
        words.push_back(QFile::encodeName(arg));
    std::vector<char *> argv;
    for (QByteArray &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    const QByteArray folder = QFile::encodeName(in);
    winsize size{};
    size.ws_col = 80;
    size.ws_row = 24;
    int master = -1;
    const pid_t pid = ::forkpty(&master, nullptr, nullptr, &size);
    QVERIFY(pid >= 0);
    if (pid == 0) {
        ::setenv("TERM", "xterm-256color", 1);
        if (::chdir(folder.constData()) == 0)
            ::execvp(argv[0], argv.data());
        ::_exit(127);
    }
    QElapsedTimer timer;
    timer.start();
    char buffer[4096];
    while (timer.elapsed() < 20'000) {
        pollfd ready{master, POLLIN, 0};
        if (::poll(&ready, 1, 100) == 0)
            continue;
        const ssize_t got = ::read(master, buffer, sizeof(buffer));
        if (got <= 0)
            break; // EIO: nobody has the terminal open any more
        outcome.out.append(buffer, got);
        ToolAdapter::Read read = adapted.adapter->read(Stream::Tty, QByteArrayView(buffer, got));
        outcome.shownOut += read.shown;
        keep(std::move(read.progress), outcome.figures);
    }
    ToolAdapter::Read rest = adapted.adapter->finish(Stream::Tty);
    outcome.shownOut += rest.shown;
    keep(std::move(rest.progress), outcome.figures);
    ::close(master);
    int status = 0;
    QCOMPARE(::waitpid(pid, &status, 0), pid);
    outcome.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// What is wrong with a run that should have gone well: its figures rise, with one in between, and nothing is lost of
/// what was written without our doing.
static QString fault(const Outcome &outcome, bool knowsTheWhole)
{
    if (outcome.exitCode != 0)
        return u"exit code %1: %2"_s.arg(outcome.exitCode).arg(QString::fromUtf8(outcome.err + outcome.out.right(500)));
    double highest = 0;
    double done = 0;
    bool between = false;
    for (const Progress &figure : outcome.figures) {
        const double fraction = figure.fraction.value_or(0);
        if (fraction < highest)
            return u"%1 after %2"_s.arg(fraction).arg(highest);
        highest = fraction;
        done = std::max(done, figure.done);
        between = between || (fraction >= 0.01 && fraction <= 0.99);
    }
    if (!(done > 0))
        return u"nothing done in %1 figures"_s.arg(outcome.figures.size());
    if (between != knowsTheWhole)
        return between ? u"a share of an unknown whole"_s
                       : u"no figure in between, of %1"_s.arg(outcome.figures.size());
    if (!outcome.changed && (outcome.shownOut != outcome.out || outcome.shownErr != outcome.err))
        return u"the output was changed"_s;
    return {};
}

void TestToolAdapterReal::rsync()
{
    NEEDS("rsync");
    QFETCH(bool, terminal);
    const QString folder = terminal ? u"rsync2"_s : u"rsync1"_s;
    QVERIFY(!randomFile(folder + u"/src/a"_s, 3'000'000).isEmpty());
    QVERIFY(!randomFile(folder + u"/src/b"_s, 400'000).isEmpty());
    const Outcome o = run({u"rsync"_s, u"-a"_s, u"--bwlimit=2400"_s, u"src/"_s, u"dst/"_s}, terminal, path(folder));
    QCOMPARE(fault(o, true), QString());
    QVERIFY(o.changed);
    QCOMPARE(o.shownOut, QByteArray()); // as without us
    QCOMPARE(o.shownErr, QByteArray());
    QCOMPARE(o.figures.back().unit, u"bytes"_s);
    QCOMPARE(o.figures.back().done, 3'400'000.0);
    // Names that the user asked for stay.
    const Outcome names =
        run({u"rsync"_s, u"-a"_s, u"--out-format=%n"_s, u"src/"_s, u"dst2/"_s}, terminal, path(folder));
    QCOMPARE(QByteArray(names.shownOut).replace("\r\n", "\n"), QByteArray("./\na\nb\n"));
}

void TestToolAdapterReal::rsyncThatFails()
{
    NEEDS("rsync");
    QProcess plain;
    plain.setWorkingDirectory(m_dir.path());
    plain.start(u"rsync"_s, {u"-a"_s, u"none/"_s, u"dst/"_s});
    QVERIFY(plain.waitForFinished());
    const Outcome o = run({u"rsync"_s, u"-a"_s, u"none/"_s, u"dst/"_s});
    QCOMPARE(o.exitCode, plain.exitCode());
    QVERIFY(o.exitCode != 0);
    QCOMPARE(o.shownErr, plain.readAllStandardError());
    QCOMPARE(o.shownOut, plain.readAllStandardOutput());
}

void TestToolAdapterReal::restic()
{
    NEEDS("restic");
    QFETCH(bool, terminal);
    const QString name = terminal ? u"restic2"_s : u"restic1"_s;
    const QString folder = path(name);
    for (int i = 0; i < 30; ++i)
        QVERIFY(!randomFile(name + u"/data/f%1"_s.arg(i), 3'000'000 + i * 4).isEmpty());
    // A repository of its own would take longer than all the rest: making its key is slow on purpose.
    const QString repository = path(u"restic.repo"_s);
    if (!QFileInfo::exists(repository))
        QCOMPARE(QProcess::execute(u"restic"_s, {u"-q"_s, u"init"_s, u"-r"_s, repository}), 0);
    const Outcome o = run({u"restic"_s, u"-r"_s, repository, u"backup"_s, u"data"_s}, terminal, folder);
    QCOMPARE(fault(o, true), QString());
    QCOMPARE(o.changed, !terminal);
    QCOMPARE(o.figures.back().unit, u"bytes"_s);
    if (terminal)
        return;
    for (const QByteArray &line : o.shownOut.split('\n'))
        QVERIFY2(!line.startsWith('[') && !line.startsWith('/'), line.constData());
    QVERIFY(o.shownOut.contains("\nsnapshot "));
    QVERIFY(o.shownOut.size() < o.out.size());
    // The user's own JSON is the user's.
    const Outcome json = run({u"restic"_s, u"-r"_s, repository, u"backup"_s, u"--json"_s, u"data"_s}, false, folder);
    QVERIFY(!json.changed);
    QCOMPARE(json.shownOut, json.out);
}

void TestToolAdapterReal::borg()
{
    NEEDS("borg");
    const QString folder = path(u"borg"_s);
    for (int i = 0; i < 8; ++i)
        QVERIFY(!randomFile(u"borg/data/f%1"_s.arg(i), 4'000'000 + i * 4).isEmpty());
    QCOMPARE(QProcess::execute(u"borg"_s, {u"init"_s, u"-e"_s, u"none"_s, folder + u"/repo"_s}), 0);
    const Outcome created = run({u"borg"_s, u"create"_s, u"-C"_s, u"zstd,9"_s, u"repo::a"_s, u"data"_s}, false, folder);
    QCOMPARE(fault(created, false), QString()); // it does not know how much there will be
    QCOMPARE(created.figures.back().unit, u"bytes"_s);
    QCOMPARE(created.shownErr, QByteArray());
    QCOMPARE(created.shownOut, QByteArray());
    QVERIFY(QDir(folder).rename(u"data"_s, u"data.was"_s));
    const Outcome extracted = run({u"borg"_s, u"extract"_s, u"repo::a"_s}, false, folder);
    QCOMPARE(fault(extracted, true), QString());
    QCOMPARE(extracted.shownErr, QByteArray());
    // A tar to stdout is what it is without us.
    QProcess plain;
    plain.setWorkingDirectory(folder);
    plain.start(u"borg"_s, {u"export-tar"_s, u"repo::a"_s, u"-"_s});
    QVERIFY(plain.waitForFinished());
    const Outcome tar = run({u"borg"_s, u"export-tar"_s, u"repo::a"_s, u"-"_s}, false, folder);
    QCOMPARE(fault(tar, true), QString());
    QVERIFY(tar.shownOut == plain.readAllStandardOutput());
    QCOMPARE(tar.shownErr, QByteArray());
}

void TestToolAdapterReal::ffmpeg()
{
    NEEDS("ffmpeg");
    QFETCH(bool, terminal);
    const QStringList to = terminal ? QStringList{u"-y"_s, u"out.nut"_s} : QStringList{u"-f"_s, u"rawvideo"_s, u"-"_s};
    const QStringList from = {u"-f"_s, u"lavfi"_s, u"-i"_s,   u"testsrc=size=64x64:rate=10"_s,
                              u"-t"_s, u"2"_s,     u"-c:v"_s, u"rawvideo"_s};
    const Outcome o = run(QStringList{u"ffmpeg"_s, u"-nostdin"_s, u"-re"_s} + from + to, terminal);
    QCOMPARE(fault(o, true), QString());
    QVERIFY(!o.changed);
    QCOMPARE(o.figures.back().unit, u"seconds"_s);
    QCOMPARE(o.figures.back().total.value_or(0), 2.0);
    if (terminal)
        return;
    QProcess plain;
    plain.start(u"ffmpeg"_s, QStringList{u"-nostdin"_s, u"-loglevel"_s, u"quiet"_s} + from + to);
    QVERIFY(plain.waitForFinished());
    QVERIFY(o.shownOut == plain.readAllStandardOutput());
}

void TestToolAdapterReal::curlToStdout()
{
    NEEDS("curl");
    NEEDS("python3");
    const Outcome o = run({u"curl"_s, url(u"2400000"_s)});
    QCOMPARE(fault(o, true), QString());
    QVERIFY(o.shownOut == served(2'400'000));
    const Outcome silent = run({u"curl"_s, u"-s"_s, url(u"1000"_s)});
    QVERIFY(silent.shownOut == served(1000) && silent.shownErr.isEmpty() && silent.figures.empty());
    QCOMPARE(run({u"curl"_s, u"-sf"_s, url(u"0"_s)}).exitCode, 22);
}

void TestToolAdapterReal::curlToFile()
{
    NEEDS("curl");
    NEEDS("python3");
    QFETCH(bool, terminal);
    const Outcome o = run({u"curl"_s, u"-o"_s, u"curl.mp4"_s, url(u"2400000"_s)}, terminal);
    QCOMPARE(fault(o, true), QString());
    QCOMPARE(QFileInfo(path(u"curl.mp4"_s)).size(), 2'400'000);
}

void TestToolAdapterReal::wgetToStdout()
{
    NEEDS("wget");
    NEEDS("python3");
    const Outcome o = run({u"wget"_s, u"-O"_s, u"-"_s, url(u"1200000"_s)});
    QCOMPARE(fault(o, true), QString());
    QVERIFY(o.shownOut == served(1'200'000));
    QCOMPARE(run({u"wget"_s, u"-q"_s, u"-O"_s, u"-"_s, url(u"0"_s)}).exitCode, 8);
}

void TestToolAdapterReal::wgetToFile()
{
    NEEDS("wget");
    NEEDS("python3");
    const Outcome o = run({u"wget"_s, u"-O"_s, u"wget.mp4"_s, url(u"1200000"_s)}, true);
    QCOMPARE(fault(o, true), QString());
}

void TestToolAdapterReal::ytDlp()
{
    NEEDS("yt-dlp");
    NEEDS("python3");
    const Outcome o = run({u"yt-dlp"_s, u"--ignore-config"_s, u"-o"_s, u"yt.mp4"_s, url(u"1200000.mp4"_s)});
    QCOMPARE(fault(o, true), QString());
    QCOMPARE(o.figures.back().unit, u"bytes"_s);
}

void TestToolAdapterReal::gitClone()
{
    NEEDS("git");
    QFETCH(bool, terminal);
    const QString source = path(u"repo"_s);
    if (!QFileInfo::exists(source)) {
        QVERIFY(!randomFile(u"repo/big"_s, 3'000'000).isEmpty());
        for (int i = 0; i < 400; ++i)
            QVERIFY(!randomFile(u"repo/d%1/f%2"_s.arg(i % 20).arg(i), 400 + i * 4).isEmpty());
        const auto git = [&](const QStringList &args) {
            return QProcess::execute(u"git"_s, QStringList{u"-C"_s, source} + args);
        };
        QCOMPARE(git({u"init"_s, u"-q"_s}), 0);
        QCOMPARE(git({u"add"_s, u"-A"_s}), 0);
        QCOMPARE(git({u"-c"_s, u"user.name=a"_s, u"-c"_s, u"user.email=a@b"_s, u"commit"_s, u"-qm1"_s}), 0);
    }
    const auto folder = [&](const QString &name) {
        QDir().mkpath(path(name));
        return path(name);
    };
    const QStringList clone = {u"git"_s, u"clone"_s, u"file://"_s + source, u"copy"_s};
    const Outcome o = run(clone, terminal, folder(terminal ? u"git2"_s : u"git1"_s));
    QCOMPARE(fault(o, true), QString());
    QVERIFY(o.figures.back().phases.size() >= 3);
    if (terminal)
        return;
    QVERIFY(o.changed);
    QProcess plain;
    plain.setWorkingDirectory(folder(u"git3"_s));
    plain.start(clone[0], clone.sliced(1));
    QVERIFY(plain.waitForFinished());
    QCOMPARE(o.shownErr, plain.readAllStandardError());
    QCOMPARE(o.shownOut, plain.readAllStandardOutput());
    QCOMPARE(run({u"git"_s, u"clone"_s, u"file:///none"_s, u"x"_s}).exitCode, 128);
}

void TestToolAdapterReal::ninja()
{
    NEEDS("ninja");
    QFETCH(bool, terminal);
    const QString folder = path(terminal ? u"ninja2"_s : u"ninja1"_s);
    QDir().mkpath(folder);
    QFile file(folder + u"/build.ninja"_s);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("rule r\n  command = sleep 0.08; touch $out\n  description = MAKE $out\n");
    for (int i = 0; i < 10; ++i)
        file.write("build o" + QByteArray::number(i) + ": r\n");
    file.close();
    const Outcome o = run({u"nice"_s, u"ninja"_s, u"-j2"_s}, terminal, folder);
    QCOMPARE(fault(o, true), QString());
    QVERIFY(!o.changed);
    QCOMPARE(o.figures.back().done, 10.0);
    QCOMPARE(o.figures.back().unit, u"items"_s);
}

void TestToolAdapterReal::pv()
{
    NEEDS("pv");
    QVERIFY(!randomFile(u"pv"_s, 1'600'000).isEmpty());
    const Outcome o = run({u"pv"_s, u"-L"_s, u"1m"_s, u"-i"_s, u"0.2"_s, u"pv"_s});
    QCOMPARE(fault(o, true), QString());
    QFile file(path(u"pv"_s));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(o.shownOut == file.readAll());
    QCOMPARE(o.shownErr, QByteArray());
    const Outcome failed = run({u"pv"_s, u"none"_s});
    QVERIFY(failed.exitCode != 0);
    QVERIFY(failed.shownErr.startsWith("pv: none"));
}

void TestToolAdapterReal::tarReadsItsArchive_data()
{
    QTest::addColumn<QString>("pack");
    QTest::addColumn<QStringList>("unpack");
    QTest::newRow("plain") << u"-cf"_s << QStringList{u"tar"_s, u"-xf"_s};
    QTest::newRow("with gzip, behind timeout") << u"-czf"_s << QStringList{u"timeout"_s, u"20"_s, u"tar"_s, u"-xzf"_s};
}

/// tar waits this long at each so many records of 10 KiB.
static QStringList slowly(int records)
{
    return {u"--checkpoint=%1"_s.arg(records), u"--checkpoint-action=exec=sleep 0.08"_s};
}

void TestToolAdapterReal::tarReadsItsArchive()
{
    NEEDS("tar");
    NEEDS("gzip");
    QFETCH(QString, pack);
    QFETCH(QStringList, unpack);
    QVERIFY(!randomFile(u"tar/data"_s, 6'000'000).isEmpty());
    QCOMPARE(QProcess::execute(u"tar"_s, {pack, path(u"a.tar"_s), u"-C"_s, path(u"tar"_s), u"data"_s}), 0);
    QDir().mkpath(path(u"unpacked"_s));
    const Outcome o = run(unpack + QStringList{u"a.tar"_s, u"-C"_s, u"unpacked"_s} + slowly(30));
    QCOMPARE(fault(o, true), QString());
    QCOMPARE(o.figures.back().total.value_or(0), static_cast<double>(QFileInfo(path(u"a.tar"_s)).size()));
}

void TestToolAdapterReal::tarPacksAFile()
{
    NEEDS("tar");
    const QString data = randomFile(u"tar/sample"_s, 6'000'000);
    const QStringList args = {u"-c"_s, u"-C"_s, u"tar"_s, u"sample"_s};
    const Outcome o = run(QStringList{u"tar"_s} + args + slowly(30));
    QCOMPARE(fault(o, true), QString());
    QProcess plain;
    plain.setWorkingDirectory(m_dir.path());
    plain.start(u"tar"_s, args);
    QVERIFY(plain.waitForFinished());
    QVERIFY(o.shownOut == plain.readAllStandardOutput());
}

QTEST_GUILESS_MAIN(TestToolAdapterReal)
#include "tst_tool_adapter_real.moc"
