#include "core/hub/reports.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <algorithm>
#include <utility>

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
    Entry &entry = m_jobs[job.id];
    entry.ttlMs = job.ttlMs.value_or(StartReport().ttlMs);
    entry.lastNews = m_mediator.now();
    entry.stalled = job.stalledMs.has_value();
    watch(job.id, entry);
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
    Entry &entry = m_jobs[id];
    entry.ttlMs = request.ttlMs;
    entry.lastNews = now;
    publish({id, {}, now, JobQueued{std::move(job)}});
    publish({id, {}, now, JobStarted{1}});
    watch(id, entry);
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
    watch(jobId, entry);
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
    const bool waits = pace.pending.has_value();
    pace.pending = reported(waits ? *pace.pending : step->progress.value_or(Progress()), request);
    if (pace.throttle.mayGo(m_mediator.now()))
        publishProgress(request.job, stepId, pace);
    else if (!waits)
        wait(pace.throttle.due(), request.job, stepId);
    if (request.state)
        finishStep(request.job, stepId, *request.state, {});
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
    while (!m_waiting.empty() && m_waiting.begin()->first <= now) {
        const auto node = m_waiting.extract(m_waiting.begin());
        const auto &[jobId, step] = node.mapped();
        const auto job = m_jobs.find(jobId);
        if (job == m_jobs.end())
            continue;
        // It may have gone with the end of its step.
        StepPace &pace = job->second.pace[step];
        if (pace.pending && pace.throttle.mayGo(now))
            publishProgress(jobId, step, pace);
        else if (pace.pending)
            m_waiting.emplace(pace.throttle.due(), std::pair(jobId, step));
    }
    while (!m_quiet.empty() && m_quiet.begin()->first <= now) {
        const QString jobId = m_quiet.extract(m_quiet.begin()).mapped();
        const auto job = m_jobs.find(jobId);
        if (job == m_jobs.end())
            continue;
        Entry &entry = job->second;
        entry.watched = false;
        if (now - entry.lastNews < entry.ttlMs) {
            watch(jobId, entry);
            continue;
        }
        entry.stalled = true;
        JobChanged changed;
        changed.stalledMs = now - entry.lastNews;
        publish({jobId, {}, now, changed});
    }
    if (!m_waiting.empty())
        wakeAt(m_waiting.begin()->first);
    if (!m_quiet.empty())
        wakeAt(m_quiet.begin()->first);
}

void Reports::wait(UnixMs due, const QString &jobId, const QString &step)
{
    m_waiting.emplace(due, std::pair(jobId, step));
    wakeAt(due);
}

/// News come much more often than a job falls quiet: the time is looked at again when it is there.
void Reports::watch(const QString &jobId, Entry &entry)
{
    if (entry.stalled || std::exchange(entry.watched, true))
        return;
    const UnixMs due = entry.lastNews + entry.ttlMs;
    m_quiet.emplace(due, jobId);
    wakeAt(due);
}

void Reports::wakeAt(UnixMs due)
{
    if (m_timer.isActive() && m_wakeAt <= due)
        return;
    constexpr qint64 longest = 3'600'000;
    m_wakeAt = due;
    m_timer.start(static_cast<int>(std::clamp<qint64>(due - m_mediator.now(), 0, longest)));
}

} // namespace stepwire
