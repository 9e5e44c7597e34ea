#include "core/engine/engine.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QDir>
#include <QJsonArray>

#include <algorithm>
#include <unistd.h>

namespace stepwire {

static constexpr std::size_t keptMarks = 1000;

Engine::Engine(EngineConfig config, const Clock &clock, MakeRunner makeRunner, Mailbox<EngineOutput> &out)
    : m_config(std::move(config)),
      m_clock(clock),
      m_makeRunner(std::move(makeRunner)),
      m_out(out),
      m_in([this] {
          QMetaObject::invokeMethod(
              this, [this] { takePosted(); }, Qt::QueuedConnection);
      }),
      m_library(m_config.pipelineFolders),
      m_tick(this)
{
    m_tick.setSingleShot(true);
    m_tick.setTimerType(Qt::PreciseTimer);
    connect(&m_tick, &QTimer::timeout, this, [this] { onTick(); });
}

Engine::~Engine() = default;

void Engine::post(quint64 requestId, Request request)
{
    m_in.post(Posted{requestId, std::move(request)});
}

void Engine::drain()
{
    m_in.post(EngineDrained{});
}

void Engine::takePosted()
{
    Q_ASSERT(QThread::currentThread() == thread());
    for (auto &value : m_in.takeAll()) {
        if (const auto *posted = std::get_if<Posted>(&value)) {
            handle(posted->id, posted->request);
            continue;
        }
        m_draining = true;
        std::vector<JobRun *> runs;
        for (const auto &[id, run] : m_jobs)
            runs.push_back(run.get());
        for (JobRun *run : runs)
            run->interrupt();
    }
    removeFinished();
    if (m_draining && m_jobs.empty())
        m_out.post(EngineDrained{});
}

void Engine::handle(quint64 id, const Request &request)
{
    struct Handle
    {
        Engine &engine;
        quint64 id;

        void operator()(const RunJob &run) const { engine.answer(id, engine.run(run)); }
        void operator()(const CancelJob &cancel) const { engine.cancel(id, cancel); }
        void operator()(const ReadLog &log) const { engine.answer(id, engine.readLog(log)); }
        void operator()(const ListPipelines &) const { engine.answer(id, engine.listPipelines()); }
        void operator()(const GetPipeline &get) const { engine.answer(id, engine.getPipeline(get)); }
        void operator()(const CheckPipeline &check) const { engine.answer(id, checkPipeline(check)); }
        void operator()(const ReportProgress &report) const
        {
            const auto it = engine.m_jobs.find(report.job);
            if (it == engine.m_jobs.end())
                return refuse(QStringLiteral("job %1 does not run any more").arg(quoted(report.job)));
            const auto reported = it->second->report(report);
            if (!reported)
                return engine.answer(id, tl::unexpected(reported.error()));
            engine.answer(id, JobAck{report.job, it->second->state(), {}});
        }
        void operator()(const FinishReport &finish) const
        {
            refuse(QStringLiteral("job %1 runs here: it finishes with its steps").arg(quoted(finish.job)));
        }
        void operator()(const ListJobs &) const { refuse(QStringLiteral("not for the engine")); }
        void operator()(const GetJob &) const { refuse(QStringLiteral("not for the engine")); }
        void operator()(const StartReport &) const { refuse(QStringLiteral("not for the engine")); }
        void operator()(const EmitCustom &) const { refuse(QStringLiteral("not for the engine")); }

        void refuse(const QString &sentence) const { engine.answer(id, fail(code::wrongState, sentence)); }
    };
    std::visit(Handle{*this, id}, request);
}

void Engine::answer(quint64 id, Result<Answer> answer)
{
    m_out.post(EngineAnswer{id, std::move(answer)});
}

static tl::unexpected<Error> faultyPipeline(const QString &name, const std::vector<Fault> &faults)
{
    const QString first = faultText(faults.front());
    const QString sentence = faults.size() == 1
        ? first
        : QStringLiteral("pipeline %1 has %2 faults, the first: %3").arg(quoted(name)).arg(faults.size()).arg(first);
    return fail(code::invalidPipeline, sentence, {{QStringLiteral("faults"), describeFaults(faults)}});
}

Result<BoundPipeline> Engine::bind(const RunJob &request, const QString &directory) const
{
    if (!request.command.isEmpty()) {
        BoundPipeline bound;
        StepSpec step;
        step.id = QStringLiteral("main");
        step.title = plainLine(request.command.join(u' '));
        step.argv = request.command;
        step.cwd = directory;
        step.terminal = request.terminal.value_or(true);
        bound.title = step.title;
        bound.steps.push_back(std::move(step));
        if (!request.params.isEmpty())
            return fail(code::invalidParams, QStringLiteral("params are for pipelines, not for a command"));
        return bound;
    }
    const RecipeResult recipe = request.toml ? readRecipe(request.toml->toUtf8(), QString())
                                             : m_library.load(request.pipeline, directory, m_config.home);
    if (!recipe)
        return faultyPipeline(request.pipeline, recipe.error());
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

Result<Answer> Engine::run(const RunJob &request)
{
    if (m_draining)
        return fail(code::wrongState, QStringLiteral("the hub is being stopped"));
    if (!request.jobId.isEmpty() && m_jobs.contains(request.jobId))
        return fail(code::wrongState, QStringLiteral("there is a job %1 already").arg(quoted(request.jobId)));
    const QString directory = request.cwd.isEmpty() ? m_config.home : request.cwd;
    auto bound = bind(request, directory);
    if (!bound)
        return tl::unexpected(bound.error());

    JobSpec spec;
    spec.id = request.jobId.isEmpty() ? makeJobId(m_clock.now()) : request.jobId;
    spec.title = plainLine(request.title.isEmpty() ? bound->title : request.title);
    spec.group = request.group.isEmpty() ? QStringLiteral("default") : request.group;
    spec.command = request.command;
    spec.parallel = request.parallel.value_or(m_config.parallel);
    spec.graceMs = bound->graceMs.value_or(m_config.graceMs);
    spec.pipeline = std::move(*bound);
    spec.environment = environmentFor(request);
    spec.directory = m_config.jobsDirectory + u'/' + spec.id;
    spec.columns = request.columns;
    spec.rows = request.rows;
    const QString id = spec.id;
    if (!QDir().mkpath(spec.directory)) {
        publish({id,
                 {},
                 m_clock.now(),
                 Notice{QStringLiteral("hub.warning"),
                        {{QStringLiteral("message"),
                          QStringLiteral("the output of job %1 is not kept: folder %2 cannot be made")
                              .arg(id, spec.directory)}}}});
    }
    auto run = std::make_unique<JobRun>(std::move(spec), *this);
    JobRun &started = *run;
    m_jobs.emplace(id, std::move(run));
    started.begin();
    return JobAck{id, started.state(), {}};
}

void Engine::cancel(quint64 id, const CancelJob &request)
{
    const auto it = m_jobs.find(request.job);
    if (it == m_jobs.end())
        return answer(id,
                      fail(code::wrongState, QStringLiteral("job %1 does not run any more").arg(quoted(request.job))));
    const auto accepted = it->second->cancel(request.step, [this, id, job = request.job](State state) {
        answer(id, JobAck{job, state, {}});
    });
    if (!accepted)
        answer(id, tl::unexpected(accepted.error()));
}

Result<Answer> Engine::readLog(const ReadLog &request)
{
    const int attempt = request.attempt.value_or(1);
    if (const auto it = m_jobs.find(request.job); it != m_jobs.end() && attempt == 1) {
        if (auto slice = it->second->readLog(request)) {
            slice->base64 = request.base64;
            return *slice;
        }
    }
    const QString path =
        QStringLiteral("%1/%2/%3.%4.log").arg(m_config.jobsDirectory, request.job, request.step).arg(attempt);
    const auto marks = m_marks.find(path);
    LogSlice slice = readLogFile(path, marks == m_marks.end() ? std::vector<StreamMark>() : marks->second,
                                 request.offset, request.limit);
    slice.base64 = request.base64;
    // A step that has not started yet will still write.
    slice.complete = !m_jobs.contains(request.job) || marks != m_marks.end();
    return slice;
}

QJsonArray describeFaults(const std::vector<Fault> &faults)
{
    QJsonArray array;
    for (const Fault &fault : faults) {
        array.append(QJsonObject{{QStringLiteral("file"), fault.file},
                                 {QStringLiteral("line"), fault.line},
                                 {QStringLiteral("column"), fault.column},
                                 {QStringLiteral("message"), fault.message}});
    }
    return array;
}

QJsonObject describeRecipe(const Recipe &recipe)
{
    QJsonArray parameters;
    for (const Parameter &parameter : recipe.parameters) {
        QJsonObject object{{QStringLiteral("name"), parameter.name},
                           {QStringLiteral("type"), parameterTypeName(parameter.type)},
                           {QStringLiteral("required"), parameter.required},
                           {QStringLiteral("help"), parameter.help}};
        if (parameter.defaultValue)
            object.insert(QStringLiteral("default"), *parameter.defaultValue);
        if (parameter.type == ParameterType::Choice)
            object.insert(QStringLiteral("choices"), QJsonArray::fromStringList(parameter.choices));
        parameters.append(object);
    }
    QJsonArray steps;
    for (const StepRecipe &step : recipe.steps) {
        steps.append(QJsonObject{{QStringLiteral("step"), step.id},
                                 {QStringLiteral("title"), step.title.isEmpty() ? step.id : step.title},
                                 {QStringLiteral("needs"), QJsonArray::fromStringList(step.needs)},
                                 {QStringLiteral("weight"), step.weight.value_or(1)}});
    }
    return {{QStringLiteral("pipeline"), recipe.name},
            {QStringLiteral("title"), recipe.title},
            {QStringLiteral("description"), recipe.description},
            {QStringLiteral("event_name"), recipe.eventName},
            {QStringLiteral("file"), recipe.file},
            {QStringLiteral("parameters"), parameters},
            {QStringLiteral("steps"), steps}};
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

void Engine::publish(Fact fact)
{
    m_out.post(std::move(fact));
}

StepRunner &Engine::runner()
{
    if (!m_runner)
        m_runner = m_makeRunner(*this);
    return *m_runner;
}

quint64 Engine::registerStart(const QString &jobId)
{
    const quint64 number = m_nextStart++;
    m_starts.emplace(number, m_jobs.at(jobId).get());
    return number;
}

void Engine::wantTick(qint64 steadyMs)
{
    if (m_tick.isActive() && m_tickAt <= steadyMs)
        return;
    m_tickAt = steadyMs;
    m_tick.start(static_cast<int>(std::clamp<qint64>(steadyMs - m_clock.steadyMs(), 0, 1000)));
}

void Engine::onTick()
{
    for (const auto &[id, run] : m_jobs)
        run->tick();
}

void Engine::keepMarks(const QString &path, std::vector<StreamMark> marks)
{
    if (m_marks.emplace(path, std::move(marks)).second)
        m_marksOrder.push_back(path);
    if (m_marksOrder.size() > keptMarks) {
        m_marks.erase(m_marksOrder.front());
        m_marksOrder.pop_front();
    }
}

void Engine::stepStarted(quint64 number, qint64 pid)
{
    if (const auto it = m_starts.find(number); it != m_starts.end())
        it->second->stepStarted(number, pid);
}

void Engine::stepOutput(quint64 number, Stream stream, QByteArrayView bytes)
{
    if (const auto it = m_starts.find(number); it != m_starts.end())
        it->second->stepOutput(number, stream, bytes);
}

void Engine::stepEnded(quint64 number, const StepExit &exit)
{
    const auto it = m_starts.find(number);
    if (it == m_starts.end())
        return;
    JobRun *run = it->second;
    m_starts.erase(it);
    run->stepEnded(number, exit);
    if (!run->finished())
        return;
    m_jobs.erase(QString(run->id()));
    if (m_draining && m_jobs.empty())
        m_out.post(EngineDrained{});
}

void Engine::removeFinished()
{
    std::erase_if(m_jobs, [](const auto &entry) { return entry.second->finished(); });
}

} // namespace stepwire
