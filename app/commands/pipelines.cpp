#include "app/commands/commands.h"

#include "app/terminal/frame.h"
#include "app/terminal/output.h"
#include "core/pipeline/describe.h"
#include "core/pipeline/library.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace stepwire {

static QString parametersText(const Recipe &recipe)
{
    QStringList words;
    for (const Parameter &parameter : recipe.parameters) {
        const QString word = parameter.name + u'=' + parameterTypeName(parameter.type).toUpper();
        words.append(parameter.required ? word : u'[' + word + u']');
    }
    return words.join(u' ');
}

static int listPipelines(const Paths &paths, bool json)
{
    const auto entries = PipelineLibrary(paths.pipelineFolders).list();
    int broken = 0;
    for (const PipelineLibrary::Entry &entry : entries) {
        if (json) {
            const QJsonObject object = entry.recipe
                ? describeRecipe(*entry.recipe)
                : QJsonObject{{QStringLiteral("pipeline"), entry.name},
                              {QStringLiteral("file"), entry.file},
                              {QStringLiteral("faults"), describeFaults(entry.recipe.error())}};
            printLine(QJsonDocument(object).toJson(QJsonDocument::Compact));
        } else if (entry.recipe) {
            const QString head = QStringLiteral("%1 %2").arg(entry.name, parametersText(*entry.recipe)).trimmed();
            printLine(head.toUtf8());
            if (!entry.recipe->description.isEmpty())
                printLine(QStringLiteral("    %1").arg(entry.recipe->description.simplified()).toUtf8());
        } else {
            ++broken;
            for (const Fault &fault : entry.recipe.error())
                say(faultText(fault));
        }
    }
    if (entries.empty())
        say(QStringLiteral("stepwire: no pipelines in %1").arg(paths.pipelineFolders.join(QStringLiteral(", "))));
    return broken > 0 ? exit_code::failed : exit_code::succeeded;
}

/// What can be run on another host, as its hub tells it.
static int listThere(const CommandSetup &setup, bool json)
{
    Session session(setup.paths);
    setup.prepare(session);
    return session.run(Session::IfNone::Start, [&] {
        session.request(QStringLiteral("pipeline.list"), {}, [&](const QJsonValue &value) {
            for (const QJsonArray list = value[u"pipelines"].toArray(); const QJsonValue &entry : list) {
                const QJsonObject pipeline = entry.toObject();
                if (json) {
                    printLine(QJsonDocument(pipeline).toJson(QJsonDocument::Compact));
                    continue;
                }
                QStringList words{pipeline[u"pipeline"].toString()};
                for (const QJsonArray params = pipeline[u"parameters"].toArray(); const QJsonValue &param : params) {
                    const QString word =
                        param[u"name"].toString() + u'=' + param[u"type"].toString(QStringLiteral("text")).toUpper();
                    words.append(param[u"required"].toBool() ? word : u'[' + word + u']');
                }
                printLine(words.join(u' ').toUtf8());
            }
            session.finish(exit_code::succeeded);
        });
    });
}

void addPipelines(const CommandSetup &setup)
{
    auto json = std::make_shared<bool>(false);
    CLI::App *pipelines = setup.app.add_subcommand("pipelines", "List the pipelines that a name can reach");
    pipelines->add_flag("--json", *json, "one pipeline a line");
    pipelines->callback([setup, json] {
        setup.action = [setup, json] {
            return setup.host.empty() ? listPipelines(setup.paths, *json) : listThere(setup, *json);
        };
    });
}

} // namespace stepwire
