#include "core/hub/reports.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <algorithm>
#include <limits>

namespace stepwire {

Reports::Reports(Mediator &mediator) : m_mediator(mediator)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { onTimer(); });
}

void Reports::handle(const Request &request, Reply reply)
{
    if (const auto *startRequest = std::get_if<StartReport>(&request))
        return reply(start(*startRequest));
    if (const auto *progressRequest = std::get_if<ReportProgress>(&request))
        return reply(progress(*progressRequest));
    if (const auto *finishRequest = std::get_if<FinishReport>(&request))
        return reply(finish(*finishRequest));
    reply(fail(code::wrongState, QStringLiteral("a reported job runs elsewhere: only its reporter can change it")));
}

void Reports::publish(Fact fact)
{
    Event event;
    event.job = fact.job;
    event.step = fact.step;
    event.time = fact.time;
    event.data = fact.data;
    apply(m_live, event);
    m_mediator.publish(std::move(fact));
}

void Reports::adopt(const Job &job)
{
    m_live.put(job);
    m_jobs[job.id] = Entry{job.ttlMs.value_or(StartReport().ttlMs), m_mediator.now(), job.stalledMs.has_value(), {}};
    schedule();
}

Result<Answer> Reports::start(const StartReport &request)
{
    const UnixMs now = m_mediator.now();
    Job job;
    job.id = makeJobId(now);
    job.title = plainLine(request.title);
    job.source = sourceName();
    job.created = now;
    job.ttlMs = request.ttlMs;
    job.steps = request.steps;
    if (job.steps.empty()) {
        Step only;
        only.id = QStringLiteral("main");
        only.title = job.title;
        job.steps.push_back(only);
    }
    const QString id = job.id;
    m_jobs[id] = Entry{request.ttlMs, now, false, {}};
    publish({id, {}, now, JobQueued{std::move(job)}});
    publish({id, {}, now, JobStarted{1}});
    schedule();
    return JobAck{id, State::Running, {}};
}

static Error finishedAlready(const QString &jobId, const Job *job)
{
    return {job ? code::wrongState : code::unknownJob,
            job ? QStringLiteral("job %1 has already %2").arg(quoted(jobId), stateName(job->state))
                : QStringLiteral("there is no job %1").arg(quoted(jobId)),
            {}};
}

void Reports::heard(const QString &jobId, Entry &entry)
{
    entry.lastNews = m_mediator.now();
    if (!entry.stalled)
        return;
    entry.stalled = false;
    JobChanged changed;
    changed.stalledMs = 0;
    publish({jobId, {}, entry.lastNews, changed});
}

Result<Answer> Reports::progress(const ReportProgress &request)
{
    const auto it = m_jobs.find(request.job);
    const Job *job = m_live.find(request.job);
    if (it == m_jobs.end() || !job)
        return tl::unexpected(finishedAlready(request.job, m_mediator.find(request.job)));
    const QString stepId = request.step.isEmpty() && job->steps.size() == 1 ? job->steps.front().id : request.step;
    const Step *step = job->findStep(stepId);
    if (!step) {
        return fail(code::invalidParams,
                    stepId.isEmpty()
                        ? QStringLiteral("step is missing, expected one of the job's %1 steps").arg(job->steps.size())
                        : QStringLiteral("job %1 has no step %2").arg(quoted(request.job), quoted(stepId)));
    }
    if (isFinal(step->state))
        return fail(code::wrongState,
                    QStringLiteral("step %1 has already %2").arg(quoted(stepId), stateName(step->state)));
    heard(request.job, it->second);
    if (step->state == State::Queued)
        publish({request.job, stepId, m_mediator.now(), StepStarted{1, {}}});
    StepPace &pace = it->second.pace[stepId];
    pace.pending = reported(pace.pending ? *pace.pending : step->progress.value_or(Progress()), request);
    if (pace.throttle.mayGo(m_mediator.now()))
        publishProgress(request.job, stepId, pace);
    if (request.state)
        finishStep(request.job, stepId, *request.state, {});
    schedule();
    return JobAck{request.job, State::Running, {}};
}

void Reports::publishProgress(const QString &jobId, const QString &step, StepPace &pace)
{
    const UnixMs now = m_mediator.now();
    pace.throttle.went(now);
    StepProgress newest{std::move(*pace.pending)};
    pace.pending.reset();
    publish({jobId, step, now, std::move(newest)});
}

void Reports::finishStep(const QString &jobId, const QString &stepId, State state, const std::optional<Failure> &error)
{
    const Step *step = m_live.find(jobId)->findStep(stepId);
    const UnixMs now = m_mediator.now();
    const qint64 duration = step->started ? now - *step->started : 0;
    if (StepPace &pace = m_jobs[jobId].pace[stepId]; pace.pending)
        publishProgress(jobId, stepId, pace);
    publish({jobId, stepId, now, StepFinished{1, state, error, duration}});
}

Result<Answer> Reports::finish(const FinishReport &request)
{
    const Job *job = m_live.find(request.job);
    if (!m_jobs.contains(request.job) || !job)
        return tl::unexpected(finishedAlready(request.job, m_mediator.find(request.job)));
    std::optional<Failure> error;
    if (request.error)
        error = Failure{plainLine(*request.error), {}, {}, {}, {}};
    const State outcome = request.error ? State::Failed : State::Succeeded;
    QStringList open;
    for (const Step &step : job->steps) {
        if (!isFinal(step.state))
            open.append(step.id);
    }
    for (const QString &stepId : open) {
        const bool started = m_live.find(request.job)->findStep(stepId)->state != State::Queued;
        finishStep(request.job, stepId,
                   started             ? outcome
                       : request.error ? State::Skipped
                                       : outcome,
                   started ? error : std::nullopt);
    }
    const UnixMs now = m_mediator.now();
    const UnixMs started = job->started.value_or(job->created);
    m_jobs.erase(request.job);
    publish({request.job, {}, now, JobFinished{1, outcome, error, now - started}});
    m_live.remove(request.job);
    return JobAck{request.job, outcome, {}};
}

void Reports::onTimer()
{
    const UnixMs now = m_mediator.now();
    for (auto &[jobId, entry] : m_jobs) {
        for (auto &[step, pace] : entry.pace) {
            if (pace.pending && pace.throttle.mayGo(now))
                publishProgress(jobId, step, pace);
        }
        if (!entry.stalled && now - entry.lastNews >= entry.ttlMs) {
            entry.stalled = true;
            JobChanged changed;
            changed.stalledMs = now - entry.lastNews;
            publish({jobId, {}, now, changed});
        }
    }
    schedule();
}

void Reports::schedule()
{
    const UnixMs now = m_mediator.now();
    qint64 due = std::numeric_limits<qint64>::max();
    for (const auto &[jobId, entry] : m_jobs) {
        if (!entry.stalled)
            due = std::min(due, entry.lastNews + entry.ttlMs);
        for (const auto &[step, pace] : entry.pace) {
            if (pace.pending)
                due = std::min(due, pace.throttle.due());
        }
    }
    if (due == std::numeric_limits<qint64>::max())
        m_timer.stop();
    else
        m_timer.start(static_cast<int>(std::clamp<qint64>(due - now, 0, 3'600'000)));
}

} // namespace stepwire
