#include "app/commands/commands.h"

#include "app/host/settings.h"
#include "app/terminal/output.h"
#include "app/terminal/screen.h"
#include "app/version.h"
#include "core/pipeline/library.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLocale>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryFile>
#include <QTimer>

#include <unistd.h>

namespace stepwire {

namespace {

/// Collects what was looked at; only a failed check makes the exit code 1, a hint does not.
class Doctor
{
public:
    void good(const QString &what) { line("ok  ", "32", what); }
    void hint(const QString &what) { line("note", "33", what); }
    void bad(const QString &what)
    {
        line("bad ", "31", what);
        m_bad = true;
    }
    [[nodiscard]] int exitCode() const { return m_bad ? exit_code::failed : exit_code::succeeded; }

private:
    static void line(const char *mark, const char *colour, const QString &what)
    {
        const bool coloured = isTerminal(STDOUT_FILENO) && wantsColour();
        const QByteArray shown = coloured ? QByteArray("\x1b[") + colour + "m" + mark + "\x1b[0m" : QByteArray(mark);
        printLine(shown + "  " + what.toUtf8());
    }

    bool m_bad = false;
};

void checkFolders(Doctor &doctor, const Paths &paths)
{
    if (const auto made = ensureRuntimeFolder(paths))
        doctor.good(QStringLiteral("sockets in %1, ours alone").arg(paths.runtime));
    else
        doctor.bad(made.error().message);
    constexpr qsizetype longestSocket = 107;
    if (paths.socket().toLocal8Bit().size() > longestSocket)
        doctor.bad(QStringLiteral("%1 is too long for a socket (%2 bytes, at most %3): set XDG_RUNTIME_DIR")
                       .arg(paths.socket())
                       .arg(paths.socket().size())
                       .arg(longestSocket));
    if (qEnvironmentVariableIsEmpty("XDG_RUNTIME_DIR"))
        doctor.hint(
            QStringLiteral("XDG_RUNTIME_DIR is not set: other sessions of yours may look for the hub elsewhere"));
    QDir().mkpath(paths.jobs());
    QTemporaryFile probe(paths.jobs() + QStringLiteral("/.doctor-XXXXXX"));
    if (probe.open())
        doctor.good(QStringLiteral("output of jobs is kept in %1").arg(paths.jobs()));
    else
        doctor.bad(QStringLiteral("nothing can be written to %1: %2").arg(paths.jobs(), probe.errorString()));
}

void checkPrograms(Doctor &doctor, const Paths &paths)
{
    const QString guard = findHelper(paths, QStringLiteral("sw-guard"));
    if (guard.isEmpty())
        doctor.bad(
            QStringLiteral("the guard program sw-guard is not beside %1 nor in its libexec folder").arg(paths.program));
    else
        doctor.good(QStringLiteral("guard program %1").arg(guard));
    if (QStandardPaths::findExecutable(QStringLiteral("stepwire")).isEmpty())
        doctor.hint(QStringLiteral("stepwire is not on your PATH (steps find it all the same)"));
    const bool imageMagick = !QStandardPaths::findExecutable(QStringLiteral("magick")).isEmpty()
        || !QStandardPaths::findExecutable(QStringLiteral("convert-im6.q16")).isEmpty()
        || !QStandardPaths::findExecutable(QStringLiteral("convert")).isEmpty();
    if (!imageMagick)
        doctor.hint(QStringLiteral("ImageMagick is not installed: the wallpaper pipeline needs it"));
}

void checkPipelines(Doctor &doctor, const Paths &paths)
{
    const auto entries = PipelineLibrary(paths.pipelineFolders).list();
    int whole = 0;
    for (const auto &entry : entries) {
        if (entry.recipe)
            ++whole;
        else
            doctor.bad(faultText(entry.recipe.error().front()));
    }
    if (whole == 0)
        doctor.bad(QStringLiteral("no pipelines in %1").arg(paths.pipelineFolders.join(QStringLiteral(", "))));
    else
        doctor.good(QStringLiteral("%1 pipelines").arg(whole));
}

void checkSettings(Doctor &doctor, const Paths &paths)
{
    const Settings settings = readSettings(paths.settings());
    for (const QString &fault : settings.faults)
        doctor.bad(fault + QStringLiteral(" (it counts as not said)"));
    if (settings.faults.isEmpty() && QFileInfo::exists(paths.settings()))
        doctor.good(QStringLiteral("settings in %1").arg(paths.settings()));
}

QString forShell(const QString &path)
{
    return u'\'' + QString(path).replace(u'\'', QStringLiteral("'\\''")) + u'\'';
}

/// " (kill PID)", as far as the hub's lock says so.
QString hubProcess(const Paths &paths)
{
    QFile lock(paths.lock());
    const qint64 pid = lock.open(QIODevice::ReadOnly) ? lock.read(32).trimmed().toLongLong() : 0;
    return pid > 0 && QFileInfo::exists(paths.socket()) ? QStringLiteral(" when nothing runs (kill %1)").arg(pid)
                                                        : QString();
}

/// How a journal that cannot be read is put out of the way, with what lies beside it.
QString moveAway(const QString &journal)
{
    QStringList moves;
    for (const char *ending : {"", "-wal", "-shm"}) {
        const QString file = journal + QLatin1String(ending);
        if (QFileInfo::exists(file))
            moves.append(
                QStringLiteral("mv %1 %2")
                    .arg(forShell(file), forShell(journal + QStringLiteral(".broken") + QLatin1String(ending))));
    }
    return moves.join(QStringLiteral(" && "));
}

/// Why the file is no journal of this program's, as far as its first bytes tell; empty when it is one.
QString strangeHeader(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return QStringLiteral("cannot be read: %1").arg(file.errorString());
    constexpr qsizetype headerBytes = 100;
    constexpr qsizetype applicationIdAt = 68;
    const QByteArray header = file.read(headerBytes);
    if (header.isEmpty()) // made, and nothing written yet
        return {};
    if (header.size() < headerBytes || !header.startsWith("SQLite format 3"))
        return QStringLiteral("is no SQLite database");
    if (const QByteArray id = header.mid(applicationIdAt, 4); id != "Stpw" && id != QByteArray(4, '\0'))
        return QStringLiteral("is a database of another program");
    return {};
}

/// `degraded` is what the hub that runs says of it; nothing while none does.
void checkJournal(Doctor &doctor, const Paths &paths, const QString &degraded)
{
    const QString path = paths.journal();
    const QFileInfo file(path);
    if (!file.exists() && degraded.isEmpty())
        return doctor.good(QStringLiteral("no journal yet, the first hub makes %1").arg(path));
    const QString strange = file.exists() ? strangeHeader(path) : QString();
    if (degraded.isEmpty() && strange.isEmpty()) {
        const qint64 bytes = file.size() + QFileInfo(path + QStringLiteral("-wal")).size();
        return doctor.good(QStringLiteral("journal %1, %2").arg(path, QLocale::c().formattedDataSize(bytes, 1)));
    }
    doctor.bad(degraded.isEmpty() ? QStringLiteral("journal %1 %2").arg(path, strange)
                                  : QStringLiteral("the hub runs without its journal: %1").arg(degraded));
    const bool broken = !strange.isEmpty() || degraded.contains(u" cannot be read") || degraded.contains(u" is broken")
        || degraded.contains(u" is of ");
    if (!broken)
        return doctor.hint(QStringLiteral("jobs run, but are forgotten when the hub ends, unless the journal can be "
                                          "written again before"));
    doctor.hint(QStringLiteral("jobs run, but are forgotten when the hub ends. To begin a new journal, end the hub%1, "
                               "then: %2")
                    .arg(hubProcess(paths), moveAway(path)));
}

/// Whether what runs here outlives the user's last login. Says nothing where there is no logind.
void checkLogout(Doctor &doctor)
{
    const QString loginctl = QStandardPaths::findExecutable(QStringLiteral("loginctl"));
    if (loginctl.isEmpty())
        return;
    QProcess process;
    QObject::connect(&process, &QProcess::finished, &process, [] { QCoreApplication::exit(); });
    QObject::connect(&process, &QProcess::errorOccurred, &process, [] { QCoreApplication::exit(); });
    constexpr int patienceMs = 3000;
    QTimer::singleShot(patienceMs, &process, [&process] { process.kill(); });
    process.setProcessChannelMode(QProcess::SeparateChannels);
    process.start(loginctl,
                  {QStringLiteral("show-user"), QString::number(::getuid()), QStringLiteral("--property=Linger")});
    if (process.state() != QProcess::NotRunning)
        QCoreApplication::exec();
    const QByteArray said = process.readAllStandardOutput().trimmed();
    if (said == "Linger=yes")
        doctor.good(QStringLiteral("the hub and its jobs outlive your logout (lingering is on)"));
    else if (said == "Linger=no")
        doctor.hint(
            QStringLiteral("when you log out everywhere, logind ends the hub and its jobs, those that came from "
                           "other hosts too: loginctl enable-linger lets them go on"));
}

int examine(const CommandSetup &setup)
{
    Doctor doctor;
    doctor.good(QStringLiteral("stepwire %1").arg(QLatin1String(build::version)));
    checkFolders(doctor, setup.paths);
    checkPrograms(doctor, setup.paths);
    checkPipelines(doctor, setup.paths);
    checkSettings(doctor, setup.paths);
    checkLogout(doctor);
    if (!QFileInfo::exists(setup.paths.socket())) {
        checkJournal(doctor, setup.paths, {});
        doctor.good(QStringLiteral("no hub runs, the next command starts one"));
        return doctor.exitCode();
    }
    SocketLink link;
    QObject context;
    link.open(setup.paths.socket(), [&](const Result<native::Hello> &hello) {
        checkJournal(doctor, setup.paths, hello ? hello->degraded : QString());
        if (hello)
            doctor.good(QStringLiteral("hub %1 on %2 answers (%3)").arg(hello->hub, hello->host, hello->server));
        else
            doctor.hint(QStringLiteral("a socket lies at %1 but no hub answers: the next command replaces it")
                            .arg(setup.paths.socket()));
        QMetaObject::invokeMethod(
            &context, [] { QCoreApplication::exit(); }, Qt::QueuedConnection);
    });
    QCoreApplication::exec();
    return doctor.exitCode();
}

} // namespace

void addDoctor(const CommandSetup &setup)
{
    setup.app.add_subcommand("doctor", "Look for what could keep Stepwire from working here")->callback([setup] {
        setup.action = [setup] { return examine(setup); };
    });
}

} // namespace stepwire
