#include "app/commands/commands.h"

#include "app/terminal/output.h"
#include "core/model/quote.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace stepwire {

namespace {

struct ReportOptions
{
    std::string job;
    std::string step;
    std::string title;
    std::vector<std::string> steps;
    double ttlSeconds = 0;
    double done = 0;
    double total = 0;
    double fraction = 0;
    double percent = 0;
    double increment = 0;
    std::string phase;
    std::string unit;
    std::string message;
    std::string state;
    std::string failed;
};

/// Inside a step the hub that started it is meant, whatever the runtime folder says.
Paths pathsInStep(Paths paths)
{
    const QString socket = qEnvironmentVariable("STEPWIRE_SOCKET");
    if (socket.endsWith(u"/hub.sock"))
        paths.runtime = socket.chopped(static_cast<qsizetype>(sizeof "/hub.sock" - 1));
    return paths;
}

int simpleRequest(const Paths &paths, Session::IfNone ifNone, const QString &method, const QJsonObject &params,
                  const std::function<void(const QJsonValue &)> &answered)
{
    Session session(paths);
    return session.run(ifNone, [&] {
        session.request(method, params, [&](const QJsonValue &result) {
            answered(result);
            session.finish(exit_code::succeeded);
        });
    });
}

QString givenOrEnvironment(const std::string &given, const char *variable)
{
    return given.empty() ? qEnvironmentVariable(variable) : fromArgument(given);
}

int start(const CommandSetup &setup, const ReportOptions &options)
{
    QJsonObject params{{QStringLiteral("title"), fromArgument(options.title)}};
    QJsonArray steps;
    for (const std::string &step : options.steps)
        steps.append(fromArgument(step));
    if (!steps.isEmpty())
        params.insert(QStringLiteral("steps"), steps);
    if (options.ttlSeconds > 0)
        params.insert(QStringLiteral("ttl_ms"), static_cast<qint64>(options.ttlSeconds * 1000));
    return simpleRequest(setup.paths, Session::IfNone::Start, QStringLiteral("report.start"), params,
                         [](const QJsonValue &result) { printLine(result[u"job"].toString().toUtf8()); });
}

int progress(const CommandSetup &setup, const CLI::App &app, const ReportOptions &options)
{
    const QString job = givenOrEnvironment(options.job, "STEPWIRE_JOB");
    if (job.isEmpty())
        return wrongUsage(QStringLiteral(
            "no job is given and STEPWIRE_JOB is not set: this is for steps, or for JOB from stepwire report start"));
    QJsonObject params{{QStringLiteral("job"), job}};
    const QString step =
        options.job.empty() ? givenOrEnvironment(options.step, "STEPWIRE_STEP") : fromArgument(options.step);
    if (!step.isEmpty())
        params.insert(QStringLiteral("step"), step);
    if (app.count("--done") > 0)
        params.insert(QStringLiteral("done"), options.done);
    if (app.count("--total") > 0)
        params.insert(QStringLiteral("total"), options.total);
    if (app.count("--fraction") > 0)
        params.insert(QStringLiteral("fraction"), options.fraction);
    if (app.count("--percent") > 0)
        params.insert(QStringLiteral("fraction"), options.percent / 100);
    if (app.count("--increment") > 0)
        params.insert(QStringLiteral("increment"), options.increment);
    if (!options.phase.empty())
        params.insert(QStringLiteral("phase"), fromArgument(options.phase));
    if (!options.unit.empty())
        params.insert(QStringLiteral("unit"), fromArgument(options.unit));
    if (!options.message.empty())
        params.insert(QStringLiteral("message"), fromArgument(options.message));
    if (!options.state.empty())
        params.insert(QStringLiteral("state"), fromArgument(options.state));
    return simpleRequest(pathsInStep(setup.paths), Session::IfNone::Fail, QStringLiteral("report.progress"), params,
                         [](const QJsonValue &) {});
}

int finish(const CommandSetup &setup, const CLI::App &app, const ReportOptions &options)
{
    const QString job = givenOrEnvironment(options.job, "STEPWIRE_JOB");
    if (job.isEmpty())
        return wrongUsage(QStringLiteral("no job is given: stepwire report finish JOB [--failed TEXT]"));
    QJsonObject params{{QStringLiteral("job"), job}};
    if (app.count("--failed") > 0)
        params.insert(QStringLiteral("error"), fromArgument(options.failed));
    return simpleRequest(pathsInStep(setup.paths), Session::IfNone::Fail, QStringLiteral("report.finish"), params,
                         [](const QJsonValue &) {});
}

} // namespace

void addReport(const CommandSetup &setup)
{
    auto options = std::make_shared<ReportOptions>();
    CLI::App *report =
        setup.app.add_subcommand("report", "Tell the progress of a step, or of a job that runs elsewhere");
    report->require_subcommand(1);

    CLI::App *startCommand = report->add_subcommand("start", "Make known a job that runs elsewhere; prints its id");
    startCommand->add_option("--title", options->title, "what it is called")->required();
    startCommand->add_option("--step", options->steps, "one of its steps (repeat in order)")->expected(1)->take_all();
    startCommand
        ->add_option("--ttl", options->ttlSeconds,
                     "seconds without news after which it counts as stalled (default 900)")
        ->check(anyNumber(0))
        ->type_name("SECONDS");
    startCommand->callback([setup, options] { setup.action = [setup, options] { return start(setup, *options); }; });

    CLI::App *progressCommand =
        report->add_subcommand("progress", "Tell how far the step is (inside a step the job is known)");
    progressCommand->add_option("job", options->job, "the job, from report start")->type_name("JOB");
    progressCommand->add_option("--step", options->step, "which of its steps");
    auto *done =
        progressCommand->add_option("--done", options->done, "how much is done")->check(anyNumber())->type_name("N");
    progressCommand->add_option("--increment", options->increment, "so much more is done than before")
        ->check(anyNumber())
        ->type_name("N")
        ->excludes(done);
    progressCommand
        ->add_option("--phase", options->phase, "the phase that these figures are of; the others keep theirs")
        ->type_name("ID");
    progressCommand->add_option("--total", options->total, "how much there is")->check(anyNumber())->type_name("N");
    progressCommand->add_option("--unit", options->unit, "what is counted (default: items)");
    auto *fraction =
        progressCommand->add_option("--fraction", options->fraction, "0 to 1")->check(anyNumber())->type_name("N");
    progressCommand->add_option("--percent", options->percent, "0 to 100")
        ->check(anyNumber())
        ->type_name("N")
        ->excludes(fraction);
    progressCommand->add_option("--message", options->message, "what is being done");
    progressCommand->add_option("--state", options->state, "ends a step of a reported job: succeeded, failed, skipped");
    progressCommand->callback([setup, progressCommand, options] {
        setup.action = [setup, progressCommand, options] { return progress(setup, *progressCommand, *options); };
    });

    CLI::App *finishCommand = report->add_subcommand("finish", "Tell that the job has ended");
    finishCommand->add_option("job", options->job, "the job, from report start")->type_name("JOB");
    finishCommand->add_option("--failed", options->failed, "it failed, and why")->type_name("TEXT");
    finishCommand->callback([setup, finishCommand, options] {
        setup.action = [setup, finishCommand, options] { return finish(setup, *finishCommand, *options); };
    });
}

void addEmit(const CommandSetup &setup)
{
    struct Options
    {
        std::string name;
        std::string value = "null";
        std::string job;
        std::string step;
    };
    auto options = std::make_shared<Options>();
    CLI::App *emitCommand =
        setup.app.add_subcommand("emit", "Send an event of your own from inside a step or for a job");
    emitCommand->add_option("name", options->name, "the event's name")->required()->type_name("NAME");
    emitCommand->add_option("value", options->value, "its value as JSON")->type_name("JSON");
    emitCommand->add_option("--job", options->job, "the job (inside a step it is known)");
    emitCommand->add_option("--step", options->step, "the step (inside a step it is known)");
    emitCommand->callback([setup, options] {
        setup.action = [setup, options] {
            const QString job = givenOrEnvironment(options->job, "STEPWIRE_JOB");
            if (job.isEmpty())
                return wrongUsage(QStringLiteral("no job is given and STEPWIRE_JOB is not set: use --job"));
            QJsonParseError error{};
            const QByteArray text = "[" + QByteArray::fromStdString(options->value) + "]";
            const QJsonDocument value = QJsonDocument::fromJson(text, &error);
            if (error.error != QJsonParseError::NoError || value.array().size() != 1)
                return wrongUsage(QStringLiteral("value is %1, which is not JSON: %2")
                                      .arg(quoted(fromArgument(options->value)), error.errorString()));
            QJsonObject params{{QStringLiteral("job"), job},
                               {QStringLiteral("name"), fromArgument(options->name)},
                               {QStringLiteral("value"), value.array().first()}};
            const QString step =
                options->job.empty() ? givenOrEnvironment(options->step, "STEPWIRE_STEP") : fromArgument(options->step);
            if (!step.isEmpty())
                params.insert(QStringLiteral("step"), step);
            return simpleRequest(pathsInStep(setup.paths), Session::IfNone::Fail, QStringLiteral("emit"), params,
                                 [](const QJsonValue &) {});
        };
    });
}

} // namespace stepwire
