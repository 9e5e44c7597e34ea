#include "core/engine/engine.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QDir>
#include <QDirIterator>
#include <QFileInfo>
#include <QJsonArray>

#include <algorithm>
#include <limits>
#include <unistd.h>

namespace stepwire {

static constexpr std::size_t keptMarks = 1000;
static constexpr int positionsToldAtOnce = 10;

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
      m_queue(m_config.groupLimits),
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

void Engine::adopt(std::vector<Job> jobs)
{
    m_in.post(Adopted{std::move(jobs)});
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
        } else if (const auto *adopted = std::get_if<Adopted>(&value)) {
            adoptAll(adopted->jobs);
            m_said.emplace_back(EngineAdopted{});
        } else {
            m_draining = true;
            std::vector<JobRun *> runs;
            for (const auto &[id, run] : m_jobs)
                runs.push_back(run.get());
            for (JobRun *run : runs)
                run->interrupt();
        }
        afterwards();
        tell();
    }
}

void Engine::tell()
{
    m_out.postAll(std::exchange(m_said, {}));
}

void Engine::handle(quint64 id, const Request &request)
{
    struct Handle
    {
        Engine &engine;
        quint64 id;

        void operator()(const RunJob &run) const { engine.answer(id, engine.run(run)); }
        void operator()(const CancelJob &cancel) const { engine.cancel(id, cancel); }
        void operator()(const PauseJob &pause) const { engine.answer(id, engine.pause(pause.job, pause.mode)); }
        void operator()(const ResumeJob &resume) const { engine.answer(id, engine.pause(resume.job, {})); }
        void operator()(const RetryJob &retry) const { engine.answer(id, engine.retry(retry)); }
        void operator()(const HoldJob &hold) const { engine.answer(id, engine.hold(hold.job, true)); }
        void operator()(const ReleaseJob &release) const { engine.answer(id, engine.hold(release.job, false)); }
        void operator()(const MoveJob &move) const { engine.answer(id, engine.move(move)); }
        void operator()(const RemoveJobFiles &remove) const
        {
            engine.m_removals.push_back({id, remove.jobs, 0});
            if (engine.m_removals.size() == 1)
                engine.removeFiles();
        }
        void operator()(const FindOversized &find) const
        {
            auto measuring = std::make_shared<Measuring>();
            measuring->request = id;
            measuring->mostBytes = find.mostBytes;
            measuring->left =
                QDir(engine.m_config.jobsDirectory).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
            engine.measure(measuring);
        }
        void operator()(const ReadLog &log) const { engine.answer(id, engine.readLog(log)); }
        void operator()(const ListPipelines &) const { engine.answer(id, engine.listPipelines()); }
        void operator()(const GetPipeline &get) const { engine.answer(id, engine.getPipeline(get)); }
        void operator()(const CheckPipeline &check) const { engine.answer(id, checkPipeline(check)); }
        void operator()(const ReportProgress &report) const
        {
            const auto run = engine.find(report.job);
            if (!run)
                return engine.answer(id, tl::unexpected(run.error()));
            const auto reported = (*run)->report(report);
            if (!reported)
                return engine.answer(id, tl::unexpected(reported.error()));
            engine.answer(id, JobAck{report.job, (*run)->state(), {}});
        }
        void operator()(const ChangeReport &change) const
        {
            refuse(QStringLiteral("job %1 runs here: it is paused and resumed by job.pause and job.resume")
                       .arg(quoted(change.job)));
        }
        void operator()(const FinishReport &finish) const
        {
            refuse(QStringLiteral("job %1 runs here: it finishes with its steps").arg(quoted(finish.job)));
        }
        void operator()(const ListJobs &) const { notForUs(); }
        void operator()(const GetJob &) const { notForUs(); }
        void operator()(const PruneJobs &) const { notForUs(); }
        void operator()(const StartReport &) const { notForUs(); }
        void operator()(const EmitCustom &custom) const
        {
            const auto run = engine.find(custom.job);
            if (!run)
                return engine.answer(id, tl::unexpected(run.error()));
            const State state = (*run)->state();
            (*run)->emitCustom(custom.step, custom.name, custom.value);
            engine.answer(id, JobAck{custom.job, state, {}});
        }

        void operator()(const Ping &) const { notForUs(); }
        void operator()(const ListHosts &) const { notForUs(); }
        void operator()(const AddHost &) const { notForUs(); }
        void operator()(const RemoveHost &) const { notForUs(); }
        void operator()(const ListSources &) const { notForUs(); }
        void operator()(const AddSource &) const { notForUs(); }
        void operator()(const RemoveSource &) const { notForUs(); }

        void notForUs() const { refuse(QStringLiteral("not for the engine")); }
        void refuse(const QString &sentence) const { engine.answer(id, fail(code::wrongState, sentence)); }
    };
    std::visit(Handle{*this, id}, request);
}

void Engine::answer(quint64 id, Result<Answer> answer)
{
    m_said.emplace_back(EngineAnswer{id, std::move(answer)});
}

Result<JobRun *> Engine::find(const QString &job)
{
    const auto it = m_jobs.find(job);
    if (it == m_jobs.end() || it->second->finished())
        return fail(code::wrongState, QStringLiteral("job %1 does not run any more").arg(quoted(job)));
    return it->second.get();
}

JobAck Engine::ackFor(const JobRun &run) const
{
    return {run.id(), run.state(),
            run.state() == State::Queued ? m_queue.position(run.spec().group, run.id()) : std::nullopt};
}

/// No live job carries this key; else an error that names the one that does.
Result<void> Engine::keyIsFree(const QString &key) const
{
    for (const auto &[id, run] : m_jobs) {
        if (run->spec().unlessRunning == key && !run->finished())
            return fail(code::alreadyRunning, QStringLiteral("job %1 is %2 already").arg(id, stateName(run->state())),
                        {{QStringLiteral("job"), id}});
    }
    return {};
}

/// Returns the jobs whose turn it is now, to be begun once this one was announced.
std::vector<QString> Engine::enterQueue(const JobRun &run)
{
    m_queue.add(run.spec().group, run.id());
    std::vector<QString> starting;
    while (const auto next = m_queue.startNext())
        starting.push_back(*next);
    return starting;
}

/// The job's place in the queue, which the caller is going to tell; none if it does not wait.
std::optional<int> Engine::placeToTell(const JobRun &run)
{
    const QString &group = run.spec().group;
    const auto position = m_queue.position(group, run.id());
    if (position)
        m_toldPositions[group][run.id()] = *position;
    return position;
}

Result<Answer> Engine::run(const RunJob &request)
{
    if (m_draining)
        return fail(code::wrongState, QStringLiteral("the hub is being stopped"));
    if (!request.jobId.isEmpty() && m_jobs.contains(request.jobId))
        return fail(code::wrongState, QStringLiteral("there is a job %1 already").arg(quoted(request.jobId)));
    JobOrigin origin;
    origin.request = request;
    if (origin.request.jobId.isEmpty())
        origin.request.jobId = makeJobId(m_clock.now());
    auto making = make(std::move(origin));
    if (!making)
        return tl::unexpected(making.error());
    JobRun &root = *making->runs.front();
    if (request.unlessRunning) {
        const QString key = request.unlessRunning->isEmpty() ? runKey(root.spec(), false) : *request.unlessRunning;
        if (const auto free = keyIsFree(key); !free)
            return tl::unexpected(free.error());
        making->origin.request.unlessRunning = key;
        root.setKey(key);
    }
    QString problem;
    for (const auto &run : making->runs) {
        if (!QDir().mkpath(run->spec().directory) && problem.isEmpty())
            problem = QStringLiteral("the output of job %1 is not kept: folder %2 cannot be made")
                          .arg(run->id(), run->spec().directory);
    }
    if (problem.isEmpty()) {
        if (const auto written = writeOrigin(making->origin, root.spec().directory); !written)
            problem =
                QStringLiteral("job %1 cannot be retried after a restart: %2").arg(root.id(), written.error().message);
    }
    const QString id = root.id();
    std::vector<JobRun *> nested;
    for (std::size_t i = 1; i < making->runs.size(); ++i)
        nested.push_back(making->runs[i].get());
    keep(std::move(*making));

    // The plan is announced with its place in the queue, or without one if it starts at once.
    const std::vector<QString> starting = enterQueue(root);
    root.announce(false, placeToTell(root));
    for (JobRun *run : nested)
        run->announce(false, {});
    if (!problem.isEmpty())
        publish({id, {}, m_clock.now(), Notice{QStringLiteral("hub.warning"), {{QStringLiteral("message"), problem}}}});
    for (const QString &job : starting)
        begin(*m_jobs.at(job));
    return ackFor(root);
}

void Engine::startReady()
{
    if (m_draining)
        return;
    while (const auto next = m_queue.startNext()) {
        m_queueChanged = true;
        begin(*m_jobs.at(*next));
    }
}

void Engine::begin(JobRun &run)
{
    m_going.push_back(&run);
    run.start();
}

Result<Answer> Engine::retry(const RetryJob &request)
{
    if (m_draining)
        return fail(code::wrongState, QStringLiteral("the hub is being stopped"));
    if (const auto it = m_jobs.find(request.job); it != m_jobs.end() && !it->second->finished())
        return fail(code::wrongState,
                    QStringLiteral("job %1 is %2: it can be retried when it has ended")
                        .arg(quoted(request.job), stateName(it->second->state())));
    const auto knownJob = [&](const QString &id) -> const Job * {
        const auto it =
            std::find_if(request.known.begin(), request.known.end(), [&](const auto &job) { return job->id == id; });
        return it == request.known.end() ? nullptr : it->get();
    };
    const Job *known = knownJob(request.job);
    if (!known)
        return fail(code::unknownJob, QStringLiteral("there is no job %1").arg(quoted(request.job)));
    if (!known->parent.isEmpty())
        return fail(code::wrongState,
                    QStringLiteral("job %1 is step %2 of job %3: retry that one")
                        .arg(quoted(request.job), quoted(known->parentStep), known->parent));
    auto origin = readOrigin(m_config.jobsDirectory + u'/' + request.job);
    if (!origin)
        return fail(code::wrongState,
                    QStringLiteral("job %1 cannot be retried: %2").arg(quoted(request.job), origin.error().message));
    // Nested jobs that nobody knows any more are made anew.
    std::erase_if(origin->children, [&](const auto &child) { return !knownJob(child.second); });
    origin->request.fromRemote = request.fromRemote;
    auto making = make(std::move(*origin));
    if (!making)
        return tl::unexpected(making.error());
    JobRun &root = *making->runs.front();
    const std::vector<JobRun *> fresh = restoreAll(*making, knownJob);
    auto again = root.toRetry(request.from);
    if (!again)
        return tl::unexpected(again.error());
    if (!root.spec().unlessRunning.isEmpty()) {
        if (const auto free = keyIsFree(root.spec().unlessRunning); !free)
            return tl::unexpected(free.error());
    }
    for (JobRun *run : fresh)
        QDir().mkpath(run->spec().directory);
    (void)writeOrigin(making->origin, root.spec().directory);
    keep(std::move(*making));
    const std::vector<QString> starting = enterQueue(root);
    root.reopen(*again, placeToTell(root));
    announceNew(fresh);
    for (const QString &job : starting)
        begin(*m_jobs.at(job));
    return ackFor(root);
}

Result<Answer> Engine::hold(const QString &job, bool held)
{
    const auto run = find(job);
    if (!run)
        return tl::unexpected(run.error());
    JobRun &waiting = **run;
    const QString group = waiting.spec().group;
    const State wanted = held ? State::Queued : State::Held;
    if (waiting.state() != wanted || !waiting.spec().parent.isEmpty())
        return fail(
            code::wrongState,
            QStringLiteral("job %1 is %2, not %3").arg(quoted(job), stateName(waiting.state()), stateName(wanted)));
    m_queue.setHeld(group, job, held);
    m_queueChanged = true;
    m_toldPositions[group].erase(job);
    if (held) {
        waiting.hold();
    } else {
        waiting.releaseHold(placeToTell(waiting));
        startReady();
    }
    return ackFor(waiting);
}

Result<Answer> Engine::move(const MoveJob &request)
{
    const auto run = find(request.job);
    if (!run)
        return tl::unexpected(run.error());
    const QString group = (*run)->spec().group;
    if ((*run)->state() != State::Queued || !m_queue.position(group, request.job))
        return fail(code::wrongState,
                    QStringLiteral("job %1 is %2, not queued").arg(quoted(request.job), stateName((*run)->state())));
    m_queue.move(group, request.job, request.position);
    tellPositions(group, std::numeric_limits<int>::max()); // a restart finds the order by the places that were told
    m_queueChanged = true;
    return ackFor(**run);
}

Result<Answer> Engine::pause(const QString &job, std::optional<PauseMode> mode)
{
    const auto run = find(job);
    if (!run)
        return tl::unexpected(run.error());
    if ((*run)->waiting())
        return fail(code::wrongState,
                    QStringLiteral("job %1 is %2, not %3")
                        .arg(quoted(job), stateName((*run)->state()),
                             mode ? QStringLiteral("running: hold it") : QStringLiteral("paused: release it")));
    const auto done = mode ? (*run)->pause(*mode) : (*run)->resume();
    if (!done)
        return tl::unexpected(done.error());
    return ackFor(**run);
}

void Engine::cancel(quint64 id, const CancelJob &request)
{
    const auto run = find(request.job);
    if (!run)
        return answer(id, tl::unexpected(run.error()));
    const auto accepted = (*run)->cancel(request.step, [this, id, job = request.job](State state) {
        answer(id, JobAck{job, state, {}});
    });
    if (!accepted)
        answer(id, tl::unexpected(accepted.error()));
}

/// Returns those that nobody knows.
std::vector<JobRun *> Engine::restoreAll(Making &making, const std::function<const Job *(const QString &)> &known)
{
    std::vector<JobRun *> fresh;
    for (const auto &run : making.runs) {
        if (const Job *job = known(run->id()))
            run->restore(*job);
        else
            fresh.push_back(run.get());
    }
    return fresh;
}

/// Those that will not run would seem to wait for ever.
void Engine::announceNew(const std::vector<JobRun *> &fresh)
{
    for (JobRun *run : fresh) {
        if (willRun(*run))
            run->announce(false, {});
    }
}

bool Engine::willRun(const JobRun &run) const
{
    const auto parent = m_jobs.find(run.spec().parent);
    if (parent == m_jobs.end())
        return run.spec().parent.isEmpty();
    return willRun(*parent->second) && parent->second->willRun(run.spec().parentStep);
}

void Engine::adoptAll(const std::vector<Job> &jobs)
{
    // They come in the order of their announcement. Those that wait have their places in the queue; a held one has
    // none, and stays where it is among them.
    std::vector<const Job *> order;
    std::map<QString, std::vector<std::size_t>> placed;
    for (const Job &job : jobs) {
        if (isFinal(job.state))
            continue;
        if (job.state == State::Queued && job.parent.isEmpty() && job.queuePosition)
            placed[job.group].push_back(order.size());
        order.push_back(&job);
    }
    for (const auto &[group, places] : placed) {
        std::vector<const Job *> waiting;
        for (const std::size_t place : places)
            waiting.push_back(order[place]);
        std::stable_sort(waiting.begin(), waiting.end(),
                         [](const Job *a, const Job *b) { return *a->queuePosition < *b->queuePosition; });
        for (std::size_t i = 0; i < places.size(); ++i)
            order[places[i]] = waiting[i];
    }
    for (const Job *job : order) {
        if (job->parent.isEmpty())
            adoptJob(*job, jobs);
    }
    for (const Job *job : order) {
        // A nested job goes the way of the one that it is a step of.
        if (!job->parent.isEmpty() && !m_jobs.contains(job->id))
            interrupted(*job);
    }
    startReady();
}

void Engine::adoptJob(const Job &job, const std::vector<Job> &all)
{
    const auto byId = [&](const QString &id) -> const Job * {
        const auto it = std::find_if(all.begin(), all.end(), [&](const Job &other) { return other.id == id; });
        return it == all.end() ? nullptr : &*it;
    };
    const bool waited = job.state == State::Queued || job.state == State::Held;
    const QString directory = m_config.jobsDirectory + u'/' + job.id;
    if (!waited || QFileInfo::exists(JobRun::startMark(directory, job.attempt)))
        return interrupted(job);
    auto origin = readOrigin(directory);
    auto making = origin ? make(std::move(*origin)) : tl::unexpected(origin.error());
    if (!making) {
        publish({job.id,
                 {},
                 m_clock.now(),
                 Notice{QStringLiteral("hub.warning"),
                        {{QStringLiteral("message"),
                          QStringLiteral("job %1 waited and cannot be started any more: %2")
                              .arg(job.id, making.error().message)}}}});
        return interrupted(job);
    }
    const std::vector<JobRun *> fresh = restoreAll(*making, byId);
    const QString group = making->runs.front()->spec().group;
    keep(std::move(*making));
    announceNew(fresh);
    m_queue.add(group, job.id, job.state == State::Held);
    if (job.queuePosition)
        m_toldPositions[group][job.id] = *job.queuePosition;
    m_queueChanged = true;
}

/// Says of a job of an earlier life that it did not come to its end.
void Engine::interrupted(const Job &job)
{
    Failure reason;
    reason.message = QStringLiteral("the hub ended while it ran");
    const UnixMs now = m_clock.now();
    for (const Step &step : job.steps) {
        const bool again = step.state == State::Queued && step.started; // it waited to be tried again by itself
        if (!isFinal(step.state))
            publish({job.id, step.id, now, StepFinished{step.attempt + again, State::Interrupted, reason, 0}});
    }
    publish({job.id, {}, now, JobFinished{job.attempt, State::Interrupted, reason, 0}});
}

Result<Answer> Engine::readLog(const ReadLog &request)
{
    const auto it = m_jobs.find(request.job);
    const bool live = it != m_jobs.end() && !it->second->finished();
    const int newest = it == m_jobs.end() ? 0 : it->second->attemptOf(request.step);
    int attempt = request.attempt.value_or(std::max(1, newest > 0 ? newest : request.newestAttempt));
    if (live) {
        ReadLog exact = request;
        exact.attempt = attempt;
        if (auto slice = it->second->readLog(exact)) {
            slice->base64 = request.base64;
            return *slice;
        }
    }
    const auto pathOf = [&] {
        return QStringLiteral("%1/%2/%3.%4.log").arg(m_config.jobsDirectory, request.job, request.step).arg(attempt);
    };
    while (!request.attempt && attempt > 1 && !QFileInfo::exists(pathOf())) // it ended without having started
        --attempt;
    const QString path = pathOf();
    const auto marks = m_marks.find(path);
    LogSlice slice = readLogFile(path, marks == m_marks.end() ? std::vector<StreamMark>() : marks->second,
                                 request.offset, request.limit);
    slice.base64 = request.base64;
    // A step that has not started yet will still write.
    slice.complete = !live || marks != m_marks.end();
    return slice;
}

static qint64 bytesIn(const QString &folder)
{
    qint64 bytes = 0;
    for (QDirIterator it(folder, QDir::Files | QDir::Hidden); it.hasNext();) {
        it.next();
        bytes += it.fileInfo().size();
    }
    return bytes;
}

void Engine::measure(const std::shared_ptr<Measuring> &measuring)
{
    constexpr qsizetype atOnce = 100;
    for (qsizetype i = 0; i < atOnce && !measuring->left.isEmpty(); ++i) {
        const QString job = measuring->left.takeLast(); // ids rise with time: the newest first
        measuring->sizes.emplace_back(job, bytesIn(m_config.jobsDirectory + u'/' + job));
    }
    if (!measuring->left.isEmpty()) {
        QMetaObject::invokeMethod(
            this, [this, measuring] { measure(measuring); }, Qt::QueuedConnection);
        return;
    }
    QJsonArray surplus;
    qint64 total = 0;
    for (const auto &[job, bytes] : measuring->sizes) {
        total += bytes;
        if (total > measuring->mostBytes && !m_jobs.contains(job))
            surplus.append(job);
    }
    answer(measuring->request, Object{{{QStringLiteral("jobs"), surplus}}});
    tell();
}

/// Removes the folders of forgotten jobs, a few at a time: what runs must not wait for the disk.
void Engine::removeFiles()
{
    constexpr qsizetype atOnce = 20;
    Removal &removal = m_removals.front();
    for (qsizetype i = 0; i < atOnce && !removal.jobs.isEmpty(); ++i) {
        const QString job = removal.jobs.takeLast();
        if (!isValidId(job) || m_jobs.contains(job))
            continue;
        const QString folder = m_config.jobsDirectory + u'/' + job;
        removal.bytes += bytesIn(folder);
        QDir(folder).removeRecursively();
    }
    if (removal.jobs.isEmpty()) {
        answer(removal.request, Object{{{QStringLiteral("bytes"), removal.bytes}}});
        m_removals.pop_front();
        tell();
    }
    if (!m_removals.empty())
        QMetaObject::invokeMethod(
            this, [this] { removeFiles(); }, Qt::QueuedConnection);
}

void Engine::publish(Fact fact)
{
    m_said.emplace_back(std::move(fact));
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
    // Some may end or be started meanwhile; none is deleted.
    for (JobRun *run : std::vector(m_going))
        run->tick();
    if (m_positionsLeft && m_positionsPace.mayGo(m_clock.steadyMs()))
        m_queueChanged = true;
    afterwards();
    tell();
}

void Engine::keepMarks(const QString &path, std::vector<StreamMark> marks)
{
    if (m_marks.insert_or_assign(path, std::move(marks)).second)
        m_marksOrder.push_back(path);
    if (m_marksOrder.size() > keptMarks) {
        m_marks.erase(m_marksOrder.front());
        m_marksOrder.pop_front();
    }
}

Result<void> Engine::startNested(const QString &childId, quint64 number, const StepSpec &step)
{
    JobRun &child = *m_jobs.at(childId);
    child.nestedNumber = number;
    if (const auto parent = m_jobs.find(child.spec().parent); parent != m_jobs.end())
        child.inheritSecrets(parent->second->secrets());
    if (const auto recipe = m_nestedRecipes.find(childId); recipe != m_nestedRecipes.end()) {
        auto bound = bindRecipe(recipe->second, step.params, step.cwd.isEmpty() ? m_config.home : step.cwd,
                                m_config.home, step.secretParams);
        if (!bound)
            return tl::unexpected(bound.error());
        if (*bound != child.spec().pipeline) {
            child.rebind(std::move(*bound));
            if (child.waiting()) // it was announced with other values
                child.announce(false, {});
        }
    }
    if (child.finished()) {
        auto again = child.toRetry(QString());
        child.reopen(again ? *again : std::vector<bool>(child.spec().pipeline.steps.size(), true), {});
    }
    begin(child);
    return {};
}

void Engine::nestedMoved(const JobRun &child)
{
    if (const auto it = m_starts.find(child.nestedNumber); it != m_starts.end())
        it->second->nestedMoved(child.nestedNumber, child);
}

JobRun *Engine::nested(const QString &childId)
{
    const auto it = m_jobs.find(childId);
    return it == m_jobs.end() ? nullptr : it->second.get();
}

bool Engine::exists(const QString &path) const
{
    return QFileInfo::exists(path);
}

void Engine::runEnded(JobRun &run)
{
    std::erase(m_going, &run);
    m_ended.push_back(run.id());
}

/// What the end of jobs brings about, when no job is in the middle of anything.
void Engine::afterwards()
{
    while (!m_ended.empty()) {
        for (const QString &id : std::exchange(m_ended, {})) {
            const auto it = m_jobs.find(id);
            if (it == m_jobs.end())
                continue;
            JobRun &run = *it->second;
            if (!run.spec().parent.isEmpty()) {
                // It stays as long as the job that it is a step of: that may start it again.
                const quint64 number = std::exchange(run.nestedNumber, 0);
                const auto start = m_starts.find(number);
                if (start != m_starts.end()) {
                    JobRun *parent = start->second;
                    m_starts.erase(start);
                    parent->nestedEnded(number, run);
                }
                continue;
            }
            m_queue.remove(run.spec().group, id);
            if (const auto group = m_toldPositions.find(run.spec().group); group != m_toldPositions.end()) {
                group->second.erase(id);
                if (group->second.empty())
                    m_toldPositions.erase(group);
            }
            m_queueChanged = true;
            std::vector<QString> gone{id};
            for (std::size_t i = 0; i < gone.size(); ++i) {
                if (const auto found = m_jobs.find(gone[i]); found != m_jobs.end()) {
                    for (const auto &[index, child] : found->second->children())
                        gone.push_back(child);
                }
            }
            for (const QString &job : gone) {
                m_jobs.erase(job);
                m_nestedRecipes.erase(job);
            }
        }
        startReady();
    }
    if (m_queueChanged)
        tellPositions();
    if (m_draining && std::none_of(m_jobs.begin(), m_jobs.end(), [](const auto &entry) {
            return !entry.second->waiting() && !entry.second->finished();
        }))
        m_said.emplace_back(EngineDrained{});
}

/// Those near the head of a queue are told their place at once, the others at most once a second.
void Engine::tellPositions()
{
    m_queueChanged = false;
    const qint64 now = m_clock.steadyMs();
    const bool all = m_positionsPace.mayGo(now);
    bool told = false;
    m_positionsLeft = false;
    for (const QString &group : m_queue.groups()) {
        const auto [last, missing] = tellPositions(group, all ? std::numeric_limits<int>::max() : positionsToldAtOnce);
        told = told || last > positionsToldAtOnce;
        m_positionsLeft = m_positionsLeft || missing;
    }
    if (told)
        m_positionsPace.went(now);
    if (m_positionsLeft)
        wantTick(m_positionsPace.due());
}

/// Tells the first `most` of a group. Returns the last place that was news, and whether others have yet to be told.
std::pair<int, bool> Engine::tellPositions(const QString &group, int most)
{
    auto &told = m_toldPositions[group];
    int position = 0;
    int last = 0;
    bool missing = false;
    for (const QString &id : m_queue.waiting(group)) {
        if (++position > most) {
            missing = true; // perhaps: they are looked at then
            break;
        }
        const auto [known, fresh] = told.try_emplace(id, 0);
        if (std::exchange(known->second, position) == position)
            continue;
        last = position;
        m_jobs.at(id)->tellPosition(position);
    }
    return {last, missing};
}

void Engine::stepStarted(quint64 number, qint64 pid)
{
    if (const auto it = m_starts.find(number); it != m_starts.end())
        it->second->stepStarted(number, pid);
    afterwards();
    tell();
}

void Engine::stepOutput(quint64 number, Stream stream, QByteArrayView bytes)
{
    if (const auto it = m_starts.find(number); it != m_starts.end())
        it->second->stepOutput(number, stream, bytes);
    tell();
}

void Engine::stepEnded(quint64 number, const StepExit &exit)
{
    const auto it = m_starts.find(number);
    if (it == m_starts.end())
        return;
    JobRun *run = it->second;
    m_starts.erase(it);
    run->stepEnded(number, exit);
    afterwards();
    tell();
}

} // namespace stepwire
