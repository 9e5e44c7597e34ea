#include "app/commands/commands.h"

namespace stepwire {

void addPause(const CommandSetup &setup)
{
    struct Options : SteerOptions
    {
        bool afterStep = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App *pause = setup.app.add_subcommand("pause", "Stop a job where it is; resume lets it go on");
    addSteerWords(*pause, *options);
    pause->add_flag("--after-step", options->afterStep, "let the steps that run end, and start no more");
    pause->callback([setup, options] {
        setup.action = [setup, options] {
            return steer(
                setup, *options, QStringLiteral("job.pause"),
                {{QStringLiteral("mode"), options->afterStep ? QStringLiteral("after_step") : QStringLiteral("now")}});
        };
    });

    auto resumed = std::make_shared<SteerOptions>();
    CLI::App *resume = setup.app.add_subcommand("resume", "Let a paused job go on");
    addSteerWords(*resume, *resumed);
    resume->callback([setup, resumed] {
        setup.action = [setup, resumed] { return steer(setup, *resumed, QStringLiteral("job.resume"), {}); };
    });
}

} // namespace stepwire
