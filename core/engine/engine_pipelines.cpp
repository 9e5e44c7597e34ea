// How the engine makes jobs of pipelines, and what it says of these.
#include "core/engine/engine.h"
#include "core/pipeline/describe.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QFileInfo>
#include <QJsonArray>

#include <algorithm>

namespace stepwire {

static constexpr std::size_t mostNestedSteps = 4000;
static constexpr qsizetype deepestNesting = 8;

static tl::unexpected<Error> faultyPipeline(const QString &name, const std::vector<Fault> &faults)
{
    const QString first = faultText(faults.front());
    const QString sentence = faults.size() == 1
        ? first
        : QStringLiteral("pipeline %1 has %2 faults, the first: %3").arg(quoted(name)).arg(faults.size()).arg(first);
    return fail(code::invalidPipeline, sentence, {{QStringLiteral("faults"), describeFaults(faults)}});
}

/// A pipeline as it was when the job was submitted, or as it is now; then its text is kept in `origin`.
Result<Recipe> Engine::loadPipeline(JobOrigin &origin, const QString &key, const QString &reference,
                                    const QString &directory) const
{
    if (const auto kept = origin.pipelines.find(key); kept != origin.pipelines.end()) {
        RecipeResult recipe = readRecipe(kept->second.toml, kept->second.file);
        if (!recipe)
            return faultyPipeline(reference, recipe.error());
        recipe->file = kept->second.file;
        recipe->directory = kept->second.file.isEmpty() ? QString() : QFileInfo(kept->second.file).path();
        return std::move(*recipe);
    }
    RecipeResult recipe = m_library.load(reference, directory, m_config.home);
    if (!recipe)
        return faultyPipeline(reference, recipe.error());
    origin.pipelines[key] = {recipe->text, recipe->file};
    return std::move(*recipe);
}

/// Somebody who reaches us over the network starts what the operator has marked for that, and nothing else.
static Result<void> mayStart(const RunJob &request, const Recipe *recipe)
{
    if (!request.fromRemote)
        return {};
    if (!recipe && !request.fromRemote->commands)
        return fail(code::notAllowed, QStringLiteral("a command may not be started remotely"));
    if (recipe && !recipe->remote && !request.fromRemote->allPipelines)
        return fail(code::notAllowed,
                    QStringLiteral("pipeline %1 may not be started remotely, it is not marked remote = true")
                        .arg(quoted(recipe->name.isEmpty() ? request.pipeline : recipe->name)));
    return {};
}

Result<BoundPipeline> Engine::bind(JobOrigin &origin, const QString &directory, QString &file) const
{
    const RunJob &request = origin.request;
    if (!request.command.isEmpty()) {
        if (const auto may = mayStart(request, nullptr); !may)
            return tl::unexpected(may.error());
        BoundPipeline bound;
        StepSpec step;
        step.id = QStringLiteral("main");
        step.title = plainLine(request.command.join(u' '));
        step.argv = request.command;
        step.cwd = directory;
        step.terminal = request.terminal.value_or(true);
        step.progress = ProgressSource::Auto;
        bound.title = step.title;
        bound.history = QStringLiteral("$ ") + request.command.join(QChar(0x1f)).left(1000);
        bound.steps.push_back(std::move(step));
        if (!request.params.isEmpty())
            return fail(code::invalidParams, QStringLiteral("params are for pipelines, not for a command"));
        return bound;
    }
    if (request.toml && !origin.pipelines.contains(QString()))
        origin.pipelines[QString()] = {request.toml->toUtf8(), QString()};
    const auto recipe = loadPipeline(origin, QString(), request.pipeline, directory);
    if (!recipe)
        return tl::unexpected(recipe.error());
    if (const auto may = mayStart(request, &*recipe); !may)
        return tl::unexpected(may.error());
    file = recipe->file;
    auto bound = bindRecipe(*recipe, request.params, directory, m_config.home);
    if (bound && bound->name.isEmpty()) // sent as text and without a name of its own
        bound->name = QStringLiteral("inline");
    return bound;
}

std::map<QString, QString> Engine::environmentFor(const RunJob &request) const
{
    std::map<QString, QString> env;
    if (request.env)
        env.insert(request.env->begin(), request.env->end());
    else
        env = m_config.environment;
    std::erase_if(env, [](const auto &entry) { return entry.first.startsWith(u"STEPWIRE_"); });
    env[QStringLiteral("STEPWIRE_SOCKET")] = m_config.socketPath;
    QString &path = env[QStringLiteral("PATH")];
    if (path.isEmpty())
        path = QStringLiteral("/usr/local/bin:/usr/bin:/bin");
    if (!m_config.programDirectory.isEmpty() && !path.split(u':').contains(m_config.programDirectory))
        path += u':' + m_config.programDirectory;
    return env;
}

JobSpec Engine::specFor(const JobOrigin &origin, BoundPipeline bound) const
{
    const RunJob &request = origin.request;
    JobSpec spec;
    spec.id = request.jobId;
    spec.title = plainLine(request.title.isEmpty() ? bound.title : request.title);
    spec.group = request.group.isEmpty() ? QStringLiteral("default") : request.group;
    spec.command = request.command;
    spec.parallel = request.parallel.value_or(m_config.parallel);
    spec.graceMs = bound.graceMs.value_or(m_config.graceMs);
    spec.pipeline = std::move(bound);
    spec.environment = std::make_shared<const std::map<QString, QString>>(environmentFor(request));
    spec.directory = m_config.jobsDirectory + u'/' + spec.id;
    spec.columns = request.columns;
    spec.rows = request.rows;
    spec.unlessRunning = request.unlessRunning.value_or(QString());
    return spec;
}

/// Values for a nested pipeline's plan where the real ones come only from earlier steps.
static QJsonObject withStandIns(const Recipe &recipe, const QJsonObject &params)
{
    QJsonObject filled = params;
    for (const Parameter &parameter : recipe.parameters) {
        if (!filled.contains(parameter.name) || !filled[parameter.name].isString())
            continue;
        const auto parts = splitTemplate(filled[parameter.name].toString());
        if (!parts
            || std::none_of(parts->begin(), parts->end(), [](const TemplatePart &part) { return part.isName; })) {
            QString text;
            for (const TemplatePart &part : parts.value_or(std::vector<TemplatePart>()))
                text += part.text;
            filled[parameter.name] = text;
            continue;
        }
        switch (parameter.type) {
        case ParameterType::String: filled[parameter.name] = QString(); break;
        case ParameterType::Path: filled[parameter.name] = QStringLiteral("/"); break;
        case ParameterType::Int:
        case ParameterType::Float: filled[parameter.name] = 0; break;
        case ParameterType::Bool: filled[parameter.name] = false; break;
        case ParameterType::Choice: filled[parameter.name] = parameter.choices.value(0); break;
        }
    }
    return filled;
}

Result<void> Engine::makeNested(Making &making, std::size_t parent, const QString &path, const QStringList &above) const
{
    const std::size_t count = making.runs[parent]->spec().pipeline.steps.size();
    making.steps += count;
    if (making.steps > mostNestedSteps)
        return fail(
            code::invalidPipeline,
            QStringLiteral("the pipeline has more than %1 steps with those of its pipelines").arg(mostNestedSteps));
    for (std::size_t i = 0; i < count; ++i) {
        const JobSpec &outer = making.runs[parent]->spec();
        const StepSpec &step = outer.pipeline.steps[i];
        if (!step.argv.isEmpty())
            continue;
        const QString where = path.isEmpty() ? step.id : path + u'/' + step.id;
        const auto recipe = loadPipeline(making.origin, step.pipeline, step.pipeline, m_config.home);
        if (!recipe) {
            Error error = recipe.error();
            error.message = QStringLiteral("step %1: %2").arg(where, error.message);
            return tl::unexpected(error);
        }
        if (above.contains(recipe->file))
            return fail(code::invalidPipeline,
                        QStringLiteral("step %1 runs %2, which is already running it: pipelines cannot contain each "
                                       "other in a circle")
                            .arg(where, recipe->file));
        if (above.size() >= deepestNesting)
            return fail(code::invalidPipeline,
                        QStringLiteral("step %1 is the %2th pipeline within another, expected at most %3")
                            .arg(where)
                            .arg(above.size() + 1)
                            .arg(deepestNesting));
        const QString directory = making.origin.request.cwd.isEmpty() ? m_config.home : making.origin.request.cwd;
        auto bound = bindRecipe(*recipe, step.late ? withStandIns(*recipe, step.params) : step.params, directory,
                                m_config.home, step.secretParams);
        if (!bound)
            return fail(bound.error().code, QStringLiteral("step %1: %2").arg(where, bound.error().message));
        QString &id = making.origin.children[where];
        if (id.isEmpty())
            id = makeJobId(m_clock.now());
        JobSpec spec;
        spec.id = id;
        spec.title = plainLine(bound->title);
        spec.group = outer.group;
        spec.parallel = outer.parallel;
        spec.graceMs = bound->graceMs.value_or(m_config.graceMs);
        spec.pipeline = std::move(*bound);
        spec.environment = outer.environment;
        spec.directory = m_config.jobsDirectory + u'/' + id;
        spec.columns = outer.columns;
        spec.rows = outer.rows;
        spec.parent = outer.id;
        spec.parentStep = step.id;
        spec.inheritedSecrets = making.runs[parent]->secrets();
        if (step.late)
            making.recipes[id] = *recipe;
        making.runs[parent]->setChild(i, id);
        making.runs.push_back(std::make_unique<JobRun>(std::move(spec), const_cast<Engine &>(*this)));
        const auto nested = makeNested(making, making.runs.size() - 1, where, above + QStringList{recipe->file});
        if (!nested)
            return nested;
    }
    return {};
}

Result<Engine::Making> Engine::make(JobOrigin origin) const
{
    const QString directory = origin.request.cwd.isEmpty() ? m_config.home : origin.request.cwd;
    QString file;
    auto bound = bind(origin, directory, file);
    if (!bound)
        return tl::unexpected(bound.error());
    Making making;
    making.origin = std::move(origin);
    making.runs.push_back(
        std::make_unique<JobRun>(specFor(making.origin, std::move(*bound)), const_cast<Engine &>(*this)));
    const auto nested = makeNested(making, 0, QString(), file.isEmpty() ? QStringList() : QStringList{file});
    if (!nested)
        return tl::unexpected(nested.error());
    return making;
}

void Engine::keep(Making &&making)
{
    for (auto &run : making.runs) {
        const QString id = run->id();
        if (const auto earlier = m_jobs.find(id); earlier != m_jobs.end())
            std::erase(m_going, earlier->second.get());
        m_jobs.insert_or_assign(id, std::move(run));
    }
    m_nestedRecipes.merge(making.recipes);
}

Result<Answer> Engine::listPipelines() const
{
    QJsonArray pipelines;
    for (const PipelineLibrary::Entry &entry : m_library.list()) {
        pipelines.append(entry.recipe ? describeRecipe(*entry.recipe)
                                      : QJsonObject{{QStringLiteral("pipeline"), entry.name},
                                                    {QStringLiteral("file"), entry.file},
                                                    {QStringLiteral("faults"), describeFaults(entry.recipe.error())}});
    }
    return Object{{{QStringLiteral("pipelines"), pipelines}}};
}

Result<Answer> Engine::getPipeline(const GetPipeline &request) const
{
    const QString directory = request.cwd.isEmpty() ? m_config.home : request.cwd;
    const RecipeResult recipe = m_library.load(request.pipeline, directory, m_config.home);
    if (!recipe)
        return faultyPipeline(request.pipeline, recipe.error());
    return Object{describeRecipe(*recipe)};
}

Result<Answer> Engine::checkPipeline(const CheckPipeline &request)
{
    const RecipeResult recipe = readRecipe(request.toml.toUtf8(), request.file);
    if (!recipe)
        return faultyPipeline(request.file, recipe.error());
    return Object{describeRecipe(*recipe)};
}

} // namespace stepwire
