#include "core/model/snapshot.h"

#include <QJsonArray>

#include <algorithm>

namespace stepwire {

Snapshot::Snapshot(const Snapshot &other) : epoch(other.epoch), seq(other.seq)
{
    m_jobs.reserve(other.m_jobs.size());
    for (const auto &job : other.m_jobs)
        put(*job);
}

Snapshot &Snapshot::operator=(const Snapshot &other)
{
    return *this = Snapshot(other);
}

const Job *Snapshot::find(const QString &jobId) const
{
    const auto it = m_byId.find(jobId);
    return it == m_byId.end() ? nullptr : it->second.get();
}

void Snapshot::put(Job job)
{
    if (const auto it = m_byId.find(job.id); it != m_byId.end()) {
        *it->second = std::move(job);
        return;
    }
    auto stored = std::make_shared<Job>(std::move(job));
    m_byId.emplace(stored->id, stored);
    m_jobs.push_back(std::move(stored));
}

void Snapshot::remove(const QString &jobId)
{
    if (m_byId.erase(jobId) > 0)
        m_jobs.erase(std::find_if(m_jobs.begin(), m_jobs.end(), [&](const auto &job) { return job->id == jobId; }));
}

void Snapshot::trimFinished(std::size_t keepFinished)
{
    const auto finished = static_cast<std::size_t>(
        std::count_if(m_jobs.begin(), m_jobs.end(), [](const auto &job) { return isFinal(job->state); }));
    if (finished <= keepFinished)
        return;
    std::size_t surplus = finished - keepFinished;
    std::erase_if(m_jobs, [&](const auto &job) {
        if (surplus == 0 || !isFinal(job->state))
            return false;
        --surplus;
        m_byId.erase(job->id);
        return true;
    });
}

namespace {

class Fold
{
public:
    Fold(Job &job, const Event &event) : m_job(job), m_event(event), m_step(job.findStep(event.step)) { }

    void operator()(const JobQueued &) const { }

    void operator()(const JobStarted &started) const
    {
        m_job.state = State::Running;
        m_job.attempt = started.attempt;
        m_job.queuePosition.reset();
        m_job.waitingFor.clear();
        m_job.finished.reset();
        m_job.error.reset();
        m_job.started = m_event.time;
    }

    void operator()(const JobChanged &changed) const
    {
        if (changed.state) {
            if (isFinal(m_job.state)) { // a retry opens it again
                ++m_job.attempt;
                m_job.finished.reset();
                m_job.error.reset();
            }
            m_job.state = *changed.state;
            if (m_job.state != State::Queued)
                m_job.queuePosition.reset();
        }
        if (changed.queuePosition)
            m_job.queuePosition = changed.queuePosition;
        if (changed.etaMs)
            m_job.etaMs = *changed.etaMs >= 0 ? changed.etaMs : std::nullopt;
        if (changed.title)
            m_job.title = *changed.title;
        if (changed.stalledMs)
            m_job.stalledMs = *changed.stalledMs > 0 ? changed.stalledMs : std::nullopt;
        if (changed.waitingFor)
            m_job.waitingFor = *changed.waitingFor;
    }

    void operator()(const JobFinished &finished) const
    {
        m_job.state = finished.state;
        m_job.attempt = finished.attempt;
        m_job.error = finished.error;
        m_job.finished = m_event.time;
        m_job.etaMs.reset();
        m_job.queuePosition.reset();
        m_job.stalledMs.reset();
        m_job.waitingFor.clear();
    }

    void operator()(const StepStarted &started) const
    {
        if (!m_step)
            return;
        m_step->state = State::Running;
        m_step->attempt = started.attempt;
        m_step->started = m_event.time;
        m_step->finished.reset();
        m_step->error.reset();
        m_step->progress.reset();
        m_step->estimated = false;
        m_step->stalledMs.reset();
        m_step->retryInMs.reset();
    }

    void operator()(const StepChanged &changed) const
    {
        if (!m_step)
            return;
        if (changed.state) {
            if (isFinal(m_step->state) && !changed.retryInMs) { // a retry of the job: as it was before its start
                ++m_step->attempt;
                m_step->started.reset();
                m_step->finished.reset();
                m_step->error.reset();
                m_step->progress.reset();
                m_step->estimated = false;
            }
            m_step->state = *changed.state;
            if (*changed.state != State::Queued)
                m_step->retryInMs.reset();
        }
        if (changed.stalledMs)
            m_step->stalledMs = *changed.stalledMs > 0 ? changed.stalledMs : std::nullopt;
        if (changed.retryInMs)
            m_step->retryInMs = changed.retryInMs;
        if (changed.estimated)
            m_step->estimated = *changed.estimated;
    }

    void operator()(const StepProgress &reported) const
    {
        if (m_step && !isFinal(m_step->state))
            m_step->progress = reported.progress;
    }

    void operator()(const StepOutput &) const { }

    void operator()(const StepFinished &finished) const
    {
        if (!m_step)
            return;
        m_step->state = finished.state;
        m_step->attempt = finished.attempt;
        m_step->error = finished.error;
        m_step->finished = m_event.time;
        m_step->stalledMs.reset();
        m_step->retryInMs.reset();
    }

    void operator()(const Custom &) const { }
    void operator()(const Notice &) const { }

private:
    Job &m_job;
    const Event &m_event;
    Step *m_step;
};

} // namespace

void apply(Snapshot &state, const Event &event)
{
    state.epoch = event.epoch;
    state.seq = event.seq;
    if (const auto *queued = std::get_if<JobQueued>(&event.data)) {
        Job job = queued->job;
        if (job.firstSeq == 0)
            job.firstSeq = event.seq;
        state.put(std::move(job));
        return;
    }
    if (const auto *notice = std::get_if<Notice>(&event.data)) {
        if (notice->type == u"host.lost" || notice->type == u"host.connected") {
            const QString via = notice->data[u"name"].toString();
            const bool lost = notice->type == u"host.lost";
            for (const auto &job : state.m_jobs) {
                if (via.isEmpty() || job->via != via)
                    continue;
                if (!lost) {
                    job->lostSince.reset();
                    job->clockOffsetMs = notice->data[u"clock_offset_ms"].toInteger(job->clockOffsetMs);
                } else if (!isFinal(job->state) && !job->lostSince) {
                    job->lostSince = event.time;
                }
            }
        } else if (notice->type == u"hub.pruned") {
            for (const QJsonArray jobs = notice->data[u"jobs"].toArray(); const QJsonValue &job : jobs)
                state.remove(job.toString());
        }
        return;
    }
    const auto it = state.m_byId.find(event.job);
    if (it != state.m_byId.end())
        std::visit(Fold(*it->second, event), event.data);
}

} // namespace stepwire
