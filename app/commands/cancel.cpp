#include "app/commands/commands.h"

#include "app/terminal/output.h"

namespace stepwire {

void addCancel(const CommandSetup &setup)
{
    struct Options
    {
        std::string job;
        std::string step;
    };
    auto options = std::make_shared<Options>();
    CLI::App *cancel =
        setup.app.add_subcommand("cancel", "End a job, or one step of it; returns when that has happened");
    cancel->add_option("job", options->job, "the job")->required()->type_name("JOB");
    cancel->add_option("--step", options->step, "only this step")->type_name("STEP");
    cancel->callback([setup, options] {
        setup.action = [setup, options] {
            Session session(setup.paths);
            return session.run(Session::IfNone::Start, [&] {
                session.resolveJob(fromArgument(options->job), [&](const QString &id) {
                    QJsonObject params{{QStringLiteral("job"), id}};
                    if (!options->step.empty())
                        params.insert(QStringLiteral("step"), fromArgument(options->step));
                    session.request(QStringLiteral("job.cancel"), params, [&](const QJsonValue &ack) {
                        say(QStringLiteral("%1 %2").arg(ack[u"job"].toString(), ack[u"state"].toString()));
                        session.finish(exit_code::succeeded);
                    });
                });
            });
        };
    });
}

} // namespace stepwire
