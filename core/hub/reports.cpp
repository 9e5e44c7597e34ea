#include "core/hub/reports.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <algorithm>
#include <utility>

namespace stepwire {

static Error notOurs()
{
    return {code::wrongState, QStringLiteral("a reported job runs elsewhere: only its reporter can change it"), {}};
}

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
    if (const auto *changeRequest = std::get_if<ChangeReport>(&request))
        return reply(change(*changeRequest));
    if (const auto *cancelRequest = std::get_if<CancelJob>(&request))
        return cancel(*cancelRequest, std::move(reply));
    if (const auto *pauseRequest = std::get_if<PauseJob>(&request))
        return pause(*pauseRequest, std::move(reply));
    if (const auto *resumeRequest = std::get_if<ResumeJob>(&request))
        return reply(resume(*resumeRequest));
    reply(tl::unexpected(notOurs()));
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
    job.capabilities = request.capabilities;
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
    return JobAck{request.job, m_live.find(request.job)->state, {}};
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
    const State outcome = request.error ? State::Failed : request.cancelled ? State::Cancelled : State::Succeeded;
    QStringList open;
    for (const Step &step : job->steps) {
        if (!isFinal(step.state))
            open.append(step.id);
    }
    for (const QString &stepId : open) {
        const bool started = m_live.find(request.job)->findStep(stepId)->state != State::Queued;
        const bool kept = !started && outcome != State::Succeeded;
        finishStep(request.job, stepId, kept ? State::Skipped : outcome, started ? error : std::nullopt);
    }
    const UnixMs now = m_mediator.now();
    const UnixMs started = job->started.value_or(job->created);
    const auto entry = m_jobs.extract(request.job);
    publish({request.job, {}, now, JobFinished{1, outcome, error, now - started}});
    m_live.remove(request.job);
    const JobAck ack{request.job, outcome, {}};
    for (const Reply &reply : entry.mapped().cancels)
        reply(ack);
    for (const Reply &reply : entry.mapped().pauses)
        reply(ack);
    return ack;
}

Result<const Job *> Reports::willing(const QString &jobId, const QString &capability) const
{
    const Job *job = m_live.find(jobId);
    if (!job || !m_jobs.contains(jobId))
        return tl::unexpected(finishedAlready(jobId, m_mediator.find(jobId)));
    if (!job->capabilities.contains(capability))
        return tl::unexpected(notOurs());
    return job;
}

void Reports::changeState(const QString &jobId, State state)
{
    JobChanged changed;
    changed.state = state;
    publish({jobId, {}, m_mediator.now(), changed});
}

void Reports::cancel(const CancelJob &request, Reply reply)
{
    const Result<const Job *> job = willing(request.job, QStringLiteral("cancel"));
    if (!job)
        return reply(tl::unexpected(job.error()));
    if (!request.step.isEmpty())
        return reply(fail(code::wrongState, QStringLiteral("a reported job is cancelled as a whole")));
    const bool news = (*job)->state != State::Cancelling;
    m_jobs[request.job].cancels.push_back(std::move(reply));
    if (news)
        changeState(request.job, State::Cancelling);
}

void Reports::pause(const PauseJob &request, Reply reply)
{
    const Result<const Job *> job = willing(request.job, QStringLiteral("pause"));
    if (!job)
        return reply(tl::unexpected(job.error()));
    const State state = (*job)->state;
    if (state == State::Paused)
        return reply(JobAck{request.job, state, {}});
    if (state != State::Running && state != State::Pausing)
        return reply(
            fail(code::wrongState,
                 QStringLiteral("job %1 is %2, expected one that runs").arg(quoted(request.job), stateName(state))));
    m_jobs[request.job].pauses.push_back(std::move(reply));
    if (state == State::Running)
        changeState(request.job, State::Pausing);
}

Result<Answer> Reports::resume(const ResumeJob &request)
{
    const Result<const Job *> job = willing(request.job, QStringLiteral("pause"));
    if (!job)
        return tl::unexpected(job.error());
    return change({request.job, State::Running});
}

Result<Answer> Reports::change(const ChangeReport &request)
{
    const auto it = m_jobs.find(request.job);
    const Job *job = m_live.find(request.job);
    if (it == m_jobs.end() || !job)
        return tl::unexpected(finishedAlready(request.job, m_mediator.find(request.job)));
    heard(request.job, it->second);
    // Whoever is being cancelled may still stop or go on; what counts is the end it comes to.
    if (m_live.find(request.job)->state != State::Cancelling && m_live.find(request.job)->state != request.state)
        changeState(request.job, request.state);
    const JobAck ack{request.job, m_live.find(request.job)->state, {}};
    for (const Reply &reply : std::exchange(it->second.pauses, {}))
        reply(ack);
    return ack;
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
        // There is no news of what was stopped.
        if (const Job *live = m_live.find(jobId); live && live->state == State::Paused)
            entry.lastNews = now;
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
