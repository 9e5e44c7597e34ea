#include "app/commands/commands.h"

namespace stepwire {

void addRetry(const CommandSetup &setup)
{
    struct Options : SteerOptions
    {
        std::string from;
    };
    auto options = std::make_shared<Options>();
    CLI::App *retry = setup.app.add_subcommand(
        "retry", "Run the steps of an ended job again that did not succeed, and all that follow from them");
    addSteerWords(*retry, *options);
    retry->add_option("--from", options->from, "this step and what follows from it instead")->type_name("STEP");
    retry->callback([setup, options] {
        setup.action = [setup, options] {
            QJsonObject members;
            if (!options->from.empty())
                members.insert(QStringLiteral("from"), fromArgument(options->from));
            return steer(setup, *options, QStringLiteral("job.retry"), members);
        };
    });
}

} // namespace stepwire
