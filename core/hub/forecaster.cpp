#include "core/hub/forecaster.h"

#include <algorithm>
#include <map>

namespace stepwire {

static constexpr int tellIntervalMs = 1000;

Forecaster::Forecaster(Hub &hub, Mediator &mediator) : m_hub(hub), m_mediator(mediator)
{
    connect(&m_timer, &QTimer::timeout, this, [this] { tell(); });
}

void Forecaster::learn(const std::vector<Duration> &durations)
{
    for (const Duration &duration : durations)
        m_history.add(duration);
}

void Forecaster::prepare(Fact &fact)
{
    if (fact.origin) // its owner knows more
        return;
    if (auto *queued = std::get_if<JobQueued>(&fact.data)) {
        if (!queued->job.history.isEmpty())
            m_history.weightsFor(queued->edit(), queued->job.parallel);
    } else if (std::holds_alternative<StepProgress>(fact.data) && !m_guessing) {
        const StepKey key(fact.job, fact.step);
        m_own.insert(key);
        if (m_guessed.erase(key) > 0)
            m_hub.publish({fact.job, fact.step, fact.time, StepChanged{{}, {}, {}, false}});
    }
}

void Forecaster::follow(const Event &event)
{
    if (const Job *job = m_hub.state().find(event.job); job && !job->via.isEmpty())
        return;
    if (auto duration = m_estimator.apply(event, m_hub.state())) {
        m_history.add(*duration);
        m_mediator.keepDuration(std::move(*duration));
    }
    if (std::holds_alternative<StepStarted>(event.data) || std::holds_alternative<StepFinished>(event.data)) {
        m_guessed.erase({event.job, event.step});
        m_own.erase({event.job, event.step});
    }
    if (!m_timer.isActive() && m_hub.liveJobs() > 0)
        m_timer.start(tellIntervalMs);
}

void Forecaster::tellEta(const Job &job, std::optional<qint64> etaMs)
{
    std::optional<qint64> shown;
    if (etaMs)
        shown = roundedEta(*etaMs, job.etaMs);
    if (shown == job.etaMs)
        return;
    JobChanged changed;
    changed.etaMs = shown.value_or(-1);
    m_hub.publish({job.id, {}, m_mediator.now(), changed});
}

/// A silent step with a history has a bar all the same, marked as a guess.
void Forecaster::guessSteps(const Job &job, UnixMs now)
{
    if (job.history.isEmpty() || job.state != State::Running)
        return;
    for (const Step &step : job.steps) {
        if (step.state != State::Running || m_own.contains({job.id, step.id}))
            continue;
        const auto fraction = m_estimator.estimatedProgress(job, step, now);
        if (!fraction)
            continue;
        if (m_guessed.insert({job.id, step.id}).second)
            m_hub.publish({job.id, step.id, now, StepChanged{{}, {}, {}, true}});
        Progress progress;
        progress.attempt = step.attempt;
        progress.done = std::round(*fraction * 1000) / 10;
        progress.total = 100;
        progress.unit = QStringLiteral("percent");
        progress.fraction = fraction;
        normalise(progress);
        if (step.progress && step.progress->done >= progress.done)
            continue;
        m_guessing = true;
        m_hub.publish({job.id, step.id, now, StepProgress{progress}});
        m_guessing = false;
    }
}

void Forecaster::tellRunning(const Job &job, UnixMs now)
{
    guessSteps(job, now);
    tellEta(job, m_estimator.etaMs(job, job.parallel, now));
}

void Forecaster::tellWaiting(UnixMs now)
{
    struct Members
    {
        std::vector<Estimator::Run> running;
        std::vector<Estimator::Run> waiting;
    };
    std::map<QString, Members> groups;
    for (const auto &job : m_hub.state().jobs()) {
        if (isFinal(job->state) || !job->via.isEmpty() || job->source != u"engine" || !job->parent.isEmpty())
            continue;
        Members &members = groups[job->group];
        if (job->state == State::Queued)
            members.waiting.push_back({job.get(), job->parallel});
        else if (job->state != State::Held)
            members.running.push_back({job.get(), job->parallel});
    }
    for (auto &[name, members] : groups) {
        if (members.waiting.empty())
            continue;
        std::stable_sort(members.waiting.begin(), members.waiting.end(),
                         [](const Estimator::Run &a, const Estimator::Run &b) {
                             return a.job->queuePosition.value_or(1 << 30) < b.job->queuePosition.value_or(1 << 30);
                         });
        const Estimator::Forecast forecast =
            m_estimator.queueEta({members.running, members.waiting, m_mediator.groupLimit(name)}, now);
        for (std::size_t i = 0; i < members.waiting.size(); ++i)
            tellEta(*members.waiting[i].job, forecast.waiting[i]);
    }
}

void Forecaster::tell()
{
    if (m_hub.liveJobs() == 0)
        return m_timer.stop();
    const UnixMs now = m_mediator.now();
    // What is published may be folded at once: the jobs are taken down first.
    std::vector<std::shared_ptr<const Job>> running;
    for (const auto &job : m_hub.state().jobs()) {
        if (!isFinal(job->state) && job->state != State::Queued && job->state != State::Held && job->source == u"engine"
            && job->via.isEmpty())
            running.push_back(job);
    }
    for (const auto &job : running)
        tellRunning(*job, now);
    tellWaiting(now);
}

} // namespace stepwire
