#include "app/commands/commands.h"

namespace stepwire {

void addMove(const CommandSetup &setup)
{
    struct Options : SteerOptions
    {
        int position = 1;
    };
    auto options = std::make_shared<Options>();
    CLI::App *move = setup.app.add_subcommand("move", "Give a queued job another place in its group's queue");
    addSteerWords(*move, *options);
    move->add_option("position", options->position, "the place; 1 is next")
        ->required()
        ->check(wholeNumber(1, 1'000'000))
        ->type_name("N");
    move->callback([setup, options] {
        setup.action = [setup, options] {
            return steer(setup, *options, QStringLiteral("job.move"),
                         {{QStringLiteral("position"), options->position}});
        };
    });
}

} // namespace stepwire
