#include "app/commands/commands.h"
#include "app/host/serve_hub.h"
#include "app/host/settings.h"
#include "app/terminal/output.h"
#include "app/version.h"
#include "core/model/quote.h"

#include <QCoreApplication>
#include <QDir>

#include <csignal>
#include <optional>
#include <string>

namespace stepwire {

namespace {

struct HubWords
{
    bool noGui = false;
    bool untilIdle = false;
    bool noListen = false;
    std::optional<std::string> listen;
    std::string socketDir;
    int idleMs = 30'000;
    int readyFd = -1;
};

void addHubWords(CLI::App &app, HubWords &words)
{
    auto *noGui = app.add_flag("--no-gui", words.noGui, "be the hub, without a window, until told to stop");
    app.add_flag("--until-idle", words.untilIdle, "end some time after the last job and client")->needs(noGui);
    auto *noListen = app.add_flag("--no-listen", words.noListen, "no port, only the local socket")->needs(noGui);
    app.add_option("--listen", words.listen, "where browsers and other programs reach the hub (127.0.0.1:7837)")
        ->type_name("HOST:PORT")
        ->needs(noGui)
        ->excludes(noListen);
    app.add_option("--socket-dir", words.socketDir, "where event sockets are made")->type_name("DIR")->needs(noGui);
    app.add_option("--idle-ms", words.idleMs, "how long an idle hub waits")->group("")->needs(noGui);
    app.add_option("--ready-fd", words.readyFd, "told when the hub listens")->group("")->needs(noGui);
}

int runHub(const Paths &paths, const HubWords &words)
{
    HubOptions options;
    options.paths = paths;
    options.untilIdle = words.untilIdle;
    options.idleMs = words.idleMs;
    options.environment = currentEnvironment();
    applySettings(readSettings(paths.settings()), options);
    if (words.noListen)
        options.web.listens = false;
    if (words.listen) {
        const auto where = listenAddress(fromArgument(*words.listen));
        if (!where)
            return wrongUsage(QStringLiteral("--listen is %1, expected HOST:PORT with a numeric address or localhost")
                                  .arg(quoted(fromArgument(*words.listen))));
        options.web.listens = true;
        options.web.listenGiven = options.webRequired = true;
        options.web.address = where->first;
        options.web.port = where->second;
    }
    if (!words.socketDir.empty())
        options.socketDir = QDir::current().absoluteFilePath(fromArgument(words.socketDir));
    return serveHub(std::move(options), words.readyFd);
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
    const CommandSetup setup{app, paths, afterDashes, own < argc, firstStrange(argc, argv), action};
    for (const auto add : {addRun, addPipelines, addCheck, addStatus, addWatch, addWait, addLog, addCancel, addPause,
                           addHold, addMove, addRetry, addPrune, addReport, addEmit, addDoctor, addCompletions})
        add(setup);
    try {
        app.parse(own, argv);
    } catch (const CLI::Success &success) {
        return app.exit(success);
    } catch (const CLI::ParseError &error) {
        sayError(QString::fromStdString(error.what()));
        return exit_code::usage;
    }
    if (hub.noGui)
        return runHub(paths, hub);
    if (action)
        return action();
    if (own < argc)
        return wrongUsage(QStringLiteral("a command after -- needs a verb before it: stepwire run -- COMMAND"));
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
