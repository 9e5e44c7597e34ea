#include "app/commands/commands.h"

#include "app/terminal/output.h"
#include "core/pipeline/binding.h"
#include "core/pipeline/library.h"

#include <QDir>

namespace stepwire {

static int checkFile(const Paths &paths, const QString &file)
{
    // A path even where the word could be a name: `check` is for files.
    const QString path = absolutePath(file, QDir::currentPath(), paths.home);
    const RecipeResult recipe = readRecipeFile(path);
    if (!recipe) {
        for (Fault fault : recipe.error()) {
            if (fault.file == path)
                fault.file = file;
            say(faultText(fault));
        }
        return exit_code::usage;
    }
    printLine(QStringLiteral("%1: pipeline %2, %3 steps, no faults")
                  .arg(file, recipe->name)
                  .arg(recipe->steps.size())
                  .toUtf8());
    return exit_code::succeeded;
}

void addCheck(const CommandSetup &setup)
{
    auto file = std::make_shared<std::string>();
    CLI::App *check = setup.app.add_subcommand("check", "Say everything that is wrong with a pipeline file");
    check->add_option("file", *file, "the TOML file")->required()->type_name("FILE");
    check->callback(
        [setup, file] { setup.action = [setup, file] { return checkFile(setup.paths, fromArgument(*file)); }; });
}

} // namespace stepwire
