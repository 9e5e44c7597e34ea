#include "app/client/session.h"
#include "app/host/headless_desktop.h"
#include "app/host/serve_hub.h"
#include "app/host/settings.h"
#include "app/hub_words.h"
#include "app/terminal/output.h"
#include "app/version.h"
#include "core/model/quote.h"

#include <QCoreApplication>
#include <QDir>

namespace stepwire {

namespace {

int runHub(const Paths &paths, const HubWords &words)
{
    HubOptions options;
    options.paths = paths;
    options.untilIdle = words.untilIdle;
    options.idleMs = words.idleMs;
    options.environment = currentEnvironment();
    const Settings settings = readSettings(paths.settings());
    applySettings(settings, options);
    if (words.noListen)
        options.web.listens = false;
    if (words.listen) {
        const auto where = listenAddress(QString::fromLocal8Bit(words.listen->c_str()));
        if (!where) {
            sayError(QStringLiteral("--listen is %1, expected HOST:PORT with a numeric address or localhost")
                         .arg(quoted(QString::fromLocal8Bit(words.listen->c_str()))));
            return exit_code::usage;
        }
        options.web.listens = true;
        options.web.listenGiven = options.webRequired = true;
        options.web.address = where->first;
        options.web.port = where->second;
    }
    if (!words.socketDir.empty())
        options.socketDir = QDir::current().absoluteFilePath(QString::fromLocal8Bit(words.socketDir.c_str()));
    if (!words.notify)
        return serveHub(std::move(options), words.readyFd);
    return serveHub(std::move(options), words.readyFd, [&](HubHost &host) {
        return desktopBeside(host, settings.notifications, settings.window.language,
                             paths.program + QStringLiteral("/stepwire-desktop"));
    });
}

int commandLine(int argc, char **argv)
{
    CLI::App app("The hub of Stepwire, which stepwire --no-gui becomes.", "sw-hub");
    app.set_version_flag("--version", std::string("stepwire ") + build::version);
    HubWords words;
    addHubWords(app, words);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success &success) {
        return app.exit(success);
    } catch (const CLI::ParseError &error) {
        sayError(QString::fromStdString(error.what()));
        return exit_code::usage;
    }
    if (!words.noGui) {
        sayError(QStringLiteral("--no-gui is missing: start stepwire, which starts this program"));
        return exit_code::usage;
    }
    return runHub(findPaths(), words);
}

} // namespace

} // namespace stepwire

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("stepwire"));
    return stepwire::commandLine(argc, argv);
}
