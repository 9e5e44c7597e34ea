#include "app/desktop/desktop_app.h"
#include "app/client/session.h"
#include "app/host/signals.h"
#include "app/terminal/output.h"
#include "app/version.h"

#include <CLI/CLI.hpp>

#include <QApplication>
#include <QIcon>

#include <csignal>

namespace stepwire {

namespace {

int commandLine(int argc, char **argv)
{
    CLI::App app("Stepwire's window and tray icon.", "stepwire-desktop");
    app.set_version_flag("--version", std::string("stepwire ") + build::version);
    DesktopApp::Options options;
    options.environment = currentEnvironment();
    bool activated = false;
    bool run = false;
    bool pauseQueue = false;
    std::string pipeline;
    std::string job;
    std::string step;
    app.add_flag("--hidden", options.hidden, "Stay in the tray");
    app.add_flag("--dbus-activated", activated, "Started by the bus, which says what is wanted")->group("");
    app.add_flag("--run", run, "Ask for what to run");
    app.add_flag("--pause-queue", pauseQueue, "Hold what waits");
    CLI::Option *showsJob = app.add_option("--job", job, "Show this job");
    CLI::Option *output = app.add_option("--output", step, "With --job: the output of this step")->needs(showsJob);
    app.add_option("pipeline", pipeline, "With --run: this pipeline, a name or a file");
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success &success) {
        return app.exit(success);
    } catch (const CLI::ParseError &error) {
        sayError(QString::fromStdString(error.what()));
        return exit_code::usage;
    }
    if (run || !pipeline.empty())
        options.wish = {QStringLiteral("run"), {QString::fromStdString(pipeline)}, {}};
    else if (pauseQueue)
        options.wish = {QStringLiteral("pause-queue"), {}, {}};
    else if (!job.empty() && output->count() > 0)
        options.wish = {QStringLiteral("show-output"), {QString::fromStdString(job), QString::fromStdString(step)}, {}};
    else if (!job.empty())
        options.wish = {QStringLiteral("show-job"), {QString::fromStdString(job)}, {}};
    options.wish.token = qEnvironmentVariable("XDG_ACTIVATION_TOKEN");
    for (const char *used : {"XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"}) {
        options.environment.erase(QString::fromLatin1(used));
        qunsetenv(used);
    }
    // The wish comes over the bus, and may well be no window.
    options.hidden = options.hidden || activated;
    options.paths = findPaths();
    DesktopApp desktop(std::move(options));
    bool asked = false;
    const SignalCatcher signals({SIGTERM, SIGINT}, [&](int) {
        if (std::exchange(asked, true))
            ::_exit(exit_code::cancelled);
        desktop.endNow();
    });
    desktop.start();
    return QCoreApplication::exec();
}

} // namespace

} // namespace stepwire

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("stepwire"));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Stepwire"));
    QGuiApplication::setDesktopFileName(QStringLiteral("org.stepwire.Stepwire"));
    QGuiApplication::setWindowIcon(QIcon::fromTheme(QStringLiteral("org.stepwire.Stepwire")));
    QGuiApplication::setQuitOnLastWindowClosed(false);
    return stepwire::commandLine(argc, argv);
}
