#include "app/commands/commands.h"

#include "app/terminal/output.h"
#include "core/model/quote.h"
#include "core/pipeline/binding.h"
#include "core/pipeline/library.h"

#include <QDir>
#include <QFile>

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

/// By what another host knows: its version, and the pipelines that are steps of this one.
static int checkThere(const CommandSetup &setup, const QString &name)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly))
        return wrongUsage(QStringLiteral("%1 cannot be read: %2").arg(quoted(name), file.errorString()));
    Session session(setup.paths);
    setup.prepare(session);
    return session.run(Session::IfNone::Start, [&] {
        session.request(QStringLiteral("pipeline.check"),
                        {{QStringLiteral("toml"), QString::fromUtf8(file.readAll())}, {QStringLiteral("file"), name}},
                        [&](const QJsonValue &) {
                            printLine(QStringLiteral("%1: no faults on %2").arg(name, session.host()).toUtf8());
                            session.finish(exit_code::succeeded);
                        });
    });
}

void addCheck(const CommandSetup &setup)
{
    auto file = std::make_shared<std::string>();
    CLI::App *check = setup.app.add_subcommand("check", "Say everything that is wrong with a pipeline file");
    check->add_option("file", *file, "the TOML file")->required()->type_name("FILE");
    check->callback([setup, file] {
        setup.action = [setup, file] {
            return setup.host.empty() ? checkFile(setup.paths, fromArgument(*file))
                                      : checkThere(setup, fromArgument(*file));
        };
    });
}

} // namespace stepwire
