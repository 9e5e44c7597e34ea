#include "app/commands/commands.h"

namespace stepwire {

void addHold(const CommandSetup &setup)
{
    auto held = std::make_shared<SteerOptions>();
    CLI::App *hold = setup.app.add_subcommand("hold", "Keep a queued job from starting until it is released");
    addSteerWords(*hold, *held);
    hold->callback([setup, held] {
        setup.action = [setup, held] { return steer(setup, *held, QStringLiteral("job.hold"), {}); };
    });

    auto released = std::make_shared<SteerOptions>();
    CLI::App *release = setup.app.add_subcommand("release", "Let a held job start when its turn comes");
    addSteerWords(*release, *released);
    release->callback([setup, released] {
        setup.action = [setup, released] { return steer(setup, *released, QStringLiteral("job.release"), {}); };
    });
}

} // namespace stepwire
