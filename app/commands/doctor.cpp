#include "app/commands/commands.h"

#include "app/terminal/output.h"
#include "app/terminal/screen.h"
#include "app/version.h"
#include "core/pipeline/library.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTemporaryFile>

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
    const QString guard = findGuard(paths);
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

int examine(const CommandSetup &setup)
{
    Doctor doctor;
    doctor.good(QStringLiteral("stepwire %1").arg(QLatin1String(build::version)));
    checkFolders(doctor, setup.paths);
    checkPrograms(doctor, setup.paths);
    checkPipelines(doctor, setup.paths);
    if (!QFileInfo::exists(setup.paths.socket())) {
        doctor.good(QStringLiteral("no hub runs, the next command starts one"));
        return doctor.exitCode();
    }
    SocketLink link;
    QObject context;
    link.open(setup.paths.socket(), [&](const Result<native::Hello> &hello) {
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
