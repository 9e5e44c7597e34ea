#include "app/commands/commands.h"
#include "app/host/paths.h"
#include "app/hub_words.h"
#include "app/terminal/output.h"
#include "app/version.h"
#include "core/model/ids.h"

#include <QCoreApplication>
#include <QFile>

#include <cerrno>
#include <cstring>

#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

namespace stepwire {

namespace {

/// The hub is a program of its own: what only it needs (journal, TLS, engine) would make every command start slower.
int becomeHub(const Paths &paths, char **argv)
{
    const QString hub = findHelper(paths, QStringLiteral("sw-hub"));
    if (hub.isEmpty()) {
        sayError(
            QStringLiteral("the hub's program sw-hub is not beside %1 nor in its libexec folder").arg(paths.program));
        return exit_code::unreachable;
    }
    ::execv(QFile::encodeName(hub).constData(), argv);
    sayError(QStringLiteral("%1 cannot be started: %2").arg(hub, QString::fromLocal8Bit(std::strerror(errno))));
    return exit_code::unreachable;
}

/// The window; returns only when there is none.
int becomeWindow(const Paths &paths, std::vector<std::string> words)
{
    const QString window = paths.program + QStringLiteral("/stepwire-desktop");
    words.insert(words.begin(), "stepwire-desktop");
    std::vector<char *> argv;
    for (std::string &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(QFile::encodeName(window).constData(), argv.data());
    sayError(QStringLiteral("the window's program %1 cannot be started: %2")
                 .arg(window, QString::fromLocal8Bit(std::strerror(errno))));
    return exit_code::unreachable;
}

/// A graphical session is there, and the window is installed.
bool hasWindow(const Paths &paths)
{
    return (qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY"))
        && QFile::exists(paths.program + QStringLiteral("/stepwire-desktop"));
}

QString firstStrange(int argc, char **argv)
{
    for (int i = 1; i < argc; ++i) {
        const QString text = QString::fromUtf8(argv[i]);
        if (text.toUtf8() != QByteArrayView(argv[i]))
            return text;
    }
    return {};
}

int commandLine(int argc, char **argv)
{
    // What stands after the first -- is a command of somebody's; the parser never sees it.
    int own = argc;
    for (int i = 1; i < argc && own == argc; ++i) {
        if (qstrcmp(argv[i], "--") == 0)
            own = i;
    }
    QStringList afterDashes;
    for (int i = own + 1; i < argc; ++i)
        afterDashes.append(QString::fromLocal8Bit(argv[i]));

    const Paths paths = findPaths();
    CLI::App app("Stepwire runs pipelines and commands and shows how far they are, everywhere at once.", "stepwire");
    app.set_version_flag("--version", std::string("stepwire ") + build::version);
    app.require_subcommand(0, 1);
    HubWords hub;
    addHubWords(app, hub);
    std::function<int()> action;
    std::string host;
    const CommandSetup setup{app, paths, afterDashes, own < argc, firstStrange(argc, argv), action, host};
    for (const auto add : {addRun,    addPipelines, addCheck,   addStatus, addWatch,  addWait,       addLog,
                           addCancel, addPause,     addHold,    addMove,   addRetry,  addPrune,      addReport,
                           addEmit,   addHosts,     addSources, addBridge, addDoctor, addCompletions})
        add(setup);
    for (const char *verb : {"run", "pipelines", "check", "status", "watch", "wait", "log", "cancel", "pause", "resume",
                             "hold", "release", "move", "retry", "prune"})
        app.get_subcommand(verb)
            ->add_option("--host", host, "a host or source as host add named it, instead of this machine")
            ->check([](const std::string &name) {
                return isValidId(QString::fromStdString(name)) ? std::string() : "expected a name as host add gave it";
            })
            ->type_name("HOST");
    std::string openJob;
    CLI::App *open = app.add_subcommand("open", "Show the window, with a job where one is named");
    open->add_option("JOB", openJob, "The job's id");
    open->callback([&] {
        action = [&] {
            return becomeWindow(
                paths, openJob.empty() ? std::vector<std::string>() : std::vector<std::string>{"--job", openJob});
        };
    });
    try {
        app.parse(own, argv);
    } catch (const CLI::Success &success) {
        return app.exit(success);
    } catch (const CLI::ParseError &error) {
        sayError(QString::fromStdString(error.what()));
        return exit_code::usage;
    }
    if (hub.noGui)
        return becomeHub(paths, argv);
    if (action)
        return action();
    if (own < argc)
        return wrongUsage(QStringLiteral("a command after -- needs a verb before it: stepwire run -- COMMAND"));
    if (argc == 1 && hasWindow(paths))
        return becomeWindow(paths, {});
    sayError(QStringLiteral("no verb is given; these are there:"));
    say(QString::fromStdString(app.help()));
    return exit_code::usage;
}

} // namespace

} // namespace stepwire

int main(int argc, char **argv)
{
    // No session bus and no desktop integration here: neither is linked.
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("stepwire"));
    return stepwire::commandLine(argc, argv);
}
