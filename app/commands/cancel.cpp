#include "app/commands/commands.h"

namespace stepwire {

void addCancel(const CommandSetup &setup)
{
    struct Options : SteerOptions
    {
        std::string step;
    };
    auto options = std::make_shared<Options>();
    CLI::App *cancel =
        setup.app.add_subcommand("cancel", "End a job, or one step of it; returns when that has happened");
    addSteerWords(*cancel, *options);
    cancel->add_option("--step", options->step, "only this step")->type_name("STEP");
    cancel->callback([setup, options] {
        setup.action = [setup, options] {
            QJsonObject members;
            if (!options->step.empty())
                members.insert(QStringLiteral("step"), fromArgument(options->step));
            return steer(setup, *options, QStringLiteral("job.cancel"), members);
        };
    });
}

} // namespace stepwire
