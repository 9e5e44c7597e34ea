#include "core/hub/estimator.h"

#include "core/hub/residual.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

namespace stepwire {

static constexpr qint64 hiddenMs = 5000;

// Of the logarithm of a step's duration: what is assumed where there are few runs, counted like this many of them, and
// what is never gone below, since the next run need not be like the last ones.
static constexpr double usualSpread = 0.25;
static constexpr double usualRuns = 2;
static constexpr double leastSpread = 0.05;
static constexpr double mostSpread = 1;

// How much whole runs differ from each other, as the same logarithm: the input is larger, the machine busier.
static constexpr double paceSpread = 0.25;
static constexpr double mostPace = 1.1; // one step that hung says nothing about the others
static constexpr double leastPaceMs = 500; // shorter steps measure how programs start
static constexpr double fullPaceMs = 2000;

// How wrong a rest is that is foretold by a step's own count, as share of it: hardly anything counts evenly.
static constexpr double ownSpread = 0.3;

static constexpr qsizetype mostWholes = 5000;
static constexpr double mostMs = 30.0 * 24 * 3600 * 1000; // a month: nobody waits for what is beyond

static constexpr double smallShare = 0.05;

// What is shown nears what is foretold with this time constant, and faster after a step ended, when there is news to
// tell.
static constexpr double smoothMs = 4000;
static constexpr double newsSmoothMs = 700;
static constexpr qint64 newsMs = 3000;

// The estimated bar is here when the expected time is over, and then slows down without a kink.
static constexpr double expectedFraction = 0.9;
static constexpr double mostEstimated = 0.995;

qint64 roundedEta(qint64 ms, std::optional<qint64> shown)
{
    static constexpr qint64 second = 1000;
    static constexpr qint64 minute = 60 * second;
    const qint64 grid = ms < minute ? 5 * second
        : ms < 10 * minute          ? 30 * second
        : ms < 60 * minute          ? minute
                                    : 5 * minute;
    if (shown && *shown > 0 && std::abs(ms - *shown) * 4 < grid * 3)
        return *shown;
    return std::max((std::max<qint64>(ms, 0) + grid / 2) / grid * grid, 5 * second);
}

void Estimator::Stopwatch::set(bool goes, UnixMs now)
{
    m_kept = at(now);
    m_since = goes ? std::optional(now) : std::nullopt;
}

qint64 Estimator::Stopwatch::at(UnixMs now) const
{
    return m_kept + (m_since ? std::max<qint64>(now - *m_since, 0) : 0); // clocks are set back now and then
}

static bool jobGoes(State state)
{
    return state == State::Running || state == State::Pausing || state == State::Cancelling;
}

static bool jobRests(State state)
{
    return state == State::Paused || state == State::Held;
}

void Estimator::setStopwatch(StepTrack &track, const Job &job, const Step &step, UnixMs now)
{
    const bool live = step.state == State::Running || step.state == State::Pausing || step.state == State::Cancelling;
    const bool rests = jobRests(job.state);
    track.ran.set(live && !rests, now);
    track.paused.set(step.state == State::Paused || (live && rests), now);
}

void Estimator::setStopwatches(JobTrack &track, const Job &job, UnixMs now)
{
    track.ran.set(jobGoes(job.state), now);
    track.paused.set(jobRests(job.state), now);
    for (std::size_t i = 0; i < track.steps.size(); ++i)
        setStopwatch(track.steps[i], job, job.steps[i], now);
}

Estimator::JobTrack &Estimator::track(const Job &job, UnixMs now)
{
    JobTrack &track = m_jobs[job.id];
    if (track.steps.size() == job.steps.size() && track.indexOf.size() == static_cast<qsizetype>(job.steps.size()))
        return track;
    // Unknown until now: what it did before counts as if it had not been paused.
    track = JobTrack();
    track.schedule = Schedule(job);
    track.steps.resize(job.steps.size());
    track.ran.set(jobGoes(job.state), job.started.value_or(now));
    track.paused.set(jobRests(job.state), now);
    for (std::size_t i = 0; i < job.steps.size(); ++i) {
        track.indexOf.insert(job.steps[i].id, i);
        track.steps[i].attempt = job.steps[i].attempt;
        setStopwatch(track.steps[i], job, job.steps[i], job.steps[i].started.value_or(now));
    }
    return track;
}

std::optional<Estimator::Ground> Estimator::ground(const Job &job, const QString &step) const
{
    if (job.history.isEmpty())
        return {};
    const auto expectation = m_history.expected(job.history, step);
    if (!expectation)
        return {};
    const auto median = static_cast<double>(std::max<qint64>(expectation->medianMs, 1));
    const auto low = static_cast<double>(std::max<qint64>(expectation->lowMs, 1));
    const auto high = static_cast<double>(std::max<qint64>(expectation->highMs, 1));
    const double seen = std::min(std::log(high / low) / 1.68, mostSpread); // the middle 60 % of a normal distribution
    const double runs = expectation->runs;
    const double variance = (runs * seen * seen + usualRuns * usualSpread * usualSpread) / (runs + usualRuns);
    return Ground{median, std::max(std::sqrt(variance), leastSpread), std::max(1.5 * high, 2 * median) + 5000};
}

std::optional<Duration> Estimator::apply(const Event &event, const Snapshot &after)
{
    if (event.job.isEmpty() || std::holds_alternative<StepOutput>(event.data)
        || std::holds_alternative<Custom>(event.data) || std::holds_alternative<Notice>(event.data))
        return {};
    if (std::holds_alternative<JobQueued>(event.data)) {
        m_jobs.erase(event.job);
        return {};
    }
    const Job *job = after.find(event.job);
    if (!job)
        return {};
    if (const auto *started = std::get_if<JobStarted>(&event.data)) {
        m_jobs.erase(event.job);
        JobTrack &fresh = track(*job, event.time);
        fresh.whole = started->attempt == 1;
        fresh.ran.reset(); // the time of an earlier attempt does not count
        setStopwatches(fresh, *job, event.time);
        return {};
    }
    if (std::holds_alternative<JobFinished>(event.data)) {
        const auto it = m_jobs.find(event.job);
        if (it == m_jobs.end())
            return {};
        it->second.paused.set(false, event.time);
        auto duration = jobEnded(it->second, *job, event);
        m_jobs.erase(it);
        return duration;
    }
    if (!jobGoes(job->state) && !jobRests(job->state))
        return {};
    if (const auto *changed = std::get_if<JobChanged>(&event.data)) {
        if (changed->state && m_jobs.contains(event.job))
            setStopwatches(track(*job, event.time), *job, event.time);
        return {};
    }

    JobTrack &tracked = track(*job, event.time);
    const auto index = tracked.indexOf.constFind(event.step);
    if (index == tracked.indexOf.constEnd())
        return {};
    StepTrack &stepTrack = tracked.steps[*index];
    const Step &step = job->steps[*index];
    if (const auto *started = std::get_if<StepStarted>(&event.data)) {
        tracked.whole = tracked.whole && started->attempt == 1 && !stepTrack.seenStart;
        stepTrack = StepTrack();
        stepTrack.attempt = started->attempt;
        stepTrack.seenStart = true;
        setStopwatch(stepTrack, *job, step, event.time);
    } else if (const auto *changed = std::get_if<StepChanged>(&event.data)) {
        if (changed->state)
            setStopwatch(stepTrack, *job, step, event.time);
        if (changed->retryInMs)
            stepTrack.retryAt = event.time + std::max<qint64>(*changed->retryInMs, 0);
    } else if (const auto *reported = std::get_if<StepProgress>(&event.data)) {
        if (!step.estimated && reported->progress.attempt == stepTrack.attempt)
            stepTrack.rate.report(stepTrack.ran.at(event.time), reported->progress);
    } else if (std::holds_alternative<StepFinished>(event.data)) {
        return stepEnded(tracked, *job, event);
    }
    return {};
}

std::optional<Duration> Estimator::stepEnded(JobTrack &track, const Job &job, const Event &event)
{
    const auto &finished = std::get<StepFinished>(event.data);
    StepTrack &step = track.steps[track.indexOf.value(event.step)];
    step.ran.set(false, event.time);
    step.paused.set(false, event.time);
    step.retryAt.reset();
    track.lastEnd = event.time;
    if (finished.state != State::Succeeded || !step.seenStart || finished.attempt != step.attempt
        || job.history.isEmpty())
        return {};
    const qint64 ms = finished.durationMs > 0 ? std::max<qint64>(finished.durationMs - step.paused.at(event.time), 0)
                                              : step.ran.at(event.time);
    if (const auto expected = ground(job, event.step); expected && expected->medianMs >= leastPaceMs && ms > 0) {
        const double ratio = std::log(static_cast<double>(ms) / expected->medianMs);
        // Of two steps the one that varies less says more about the others. Its length does not matter beyond a point.
        const double weight = std::min(1.0, expected->medianMs / fullPaceMs) / (expected->spread * expected->spread);
        track.pace += weight * std::clamp(ratio, -mostPace, mostPace);
        track.paceWeight += weight;
    }
    return Duration{job.history, event.step, ms, event.time};
}

std::optional<Duration> Estimator::jobEnded(const JobTrack &track, const Job &job, const Event &event)
{
    const auto &finished = std::get<JobFinished>(event.data);
    if (finished.state != State::Succeeded || !track.whole || job.history.isEmpty())
        return {};
    const qint64 ms =
        finished.durationMs > 0 ? finished.durationMs - track.paused.at(event.time) : track.ran.at(event.time);
    return Duration{job.history, {}, std::max<qint64>(ms, 0), event.time};
}

std::optional<double> Estimator::remainingOfStep(const StepTrack &track, const Step &step,
                                                 const std::optional<Ground> &ground, double pace, UnixMs now)
{
    const qint64 ran = track.ran.at(now);
    const auto own = step.estimated ? std::nullopt : track.rate.remaining(ran);
    std::optional<double> learned;
    if (ground) {
        const double median = ground->medianMs * pace * (1 - track.rate.doneBefore());
        if (static_cast<double>(ran) <= std::max(ground->mostMs, 2 * median))
            learned = residual(median, ground->spread, static_cast<double>(ran));
    }
    if (!own || !learned)
        return own ? own : learned;
    // Two measurements of the same, weighted by how sure they are: earlier runs are off by a share of the whole, the
    // count by a share of what is left, so that the end belongs to the count.
    const double learnedError = ground->spread * ground->medianMs;
    const double ownError = ownSpread * *own;
    const double trust = learnedError * learnedError / (learnedError * learnedError + ownError * ownError);
    return trust * *own + (1 - trust) * *learned;
}

std::optional<double> Estimator::remaining(JobTrack &track, const Job &job, int parallel, UnixMs now) const
{
    if (job.steps.empty()) {
        const auto whole = ground(job, {});
        const auto ran = static_cast<double>(track.ran.at(now));
        if (!whole || ran > whole->mostMs)
            return {};
        return residual(whole->medianMs, whole->spread, ran);
    }

    std::vector<std::optional<Ground>> grounds;
    grounds.reserve(job.steps.size());
    double expected = 0;
    double expectedWeight = 0;
    double weight = 0;
    for (const Step &step : job.steps) {
        grounds.push_back(ground(job, step.id));
        weight += step.weight;
        if (grounds.back()) {
            expected += grounds.back()->medianMs;
            expectedWeight += step.weight;
        }
    }
    const double pace = expected > 0 ? std::exp(track.pace / (track.paceWeight + 1 / (paceSpread * paceSpread))) : 1;

    double groundless = 0;
    const auto byWeight = [&](const Step &step) -> std::optional<double> {
        groundless += step.weight;
        if (!step.ownWeight || expectedWeight <= 0 || groundless > smallShare * weight)
            return {};
        return step.weight / expectedWeight * expected;
    };
    std::vector<Schedule::Work> work(job.steps.size());
    for (std::size_t i = 0; i < work.size(); ++i) {
        const Step &step = job.steps[i];
        const StepTrack &stepTrack = track.steps[i];
        if ((isFinal(step.state) && !stepTrack.retryAt) || step.state == State::Cancelling) {
            work[i].stage = Schedule::Work::Settled;
            continue;
        }
        if (step.state == State::Running && !stepTrack.retryAt) {
            auto left = remainingOfStep(stepTrack, step, grounds[i], pace, now);
            if (!left && !grounds[i]) {
                left = byWeight(step);
                if (left)
                    left = residual(*left, usualSpread, static_cast<double>(stepTrack.ran.at(now)));
            }
            if (!left)
                return {};
            work[i] = {Schedule::Work::Running, *left};
            continue;
        }
        if (step.state != State::Queued && !stepTrack.retryAt)
            return {}; // held or paused by itself: nobody knows until when
        const auto takes = grounds[i] ? std::optional(grounds[i]->medianMs * pace) : byWeight(step);
        if (!takes)
            return {};
        const qint64 wait = stepTrack.retryAt ? std::max<qint64>(*stepTrack.retryAt - now, 0) : 0;
        work[i] = {Schedule::Work::Waiting, *takes + static_cast<double>(wait)};
    }
    return track.schedule.makespan(work, parallel);
}

std::optional<qint64> Estimator::etaMs(const Job &job, int parallel, UnixMs now)
{
    if (job.state != State::Running) {
        if (const auto it = m_jobs.find(job.id); it != m_jobs.end())
            it->second.said.reset();
        return {};
    }
    JobTrack &tracked = track(job, now);
    const auto target = remaining(tracked, job, parallel, now);
    if (!target || !std::isfinite(*target) || *target > mostMs) {
        tracked.said.reset();
        return {};
    }
    if (!tracked.said) {
        tracked.said = *target;
    } else {
        const auto passed = static_cast<double>(std::max<qint64>(now - tracked.saidAt, 0));
        const bool news = now - tracked.lastEnd < newsMs;
        const double runDown = std::max(*tracked.said - passed, 0.0);
        double change = (*target - runDown) * (1 - std::exp(-passed / (news ? newsSmoothMs : smoothMs)));
        if (!news) {
            const double most = passed * (1 + *tracked.said / 4000);
            change = std::clamp(change, -most, most);
        }
        tracked.said = std::max(runDown + change, 0.0);
    }
    tracked.saidAt = now;
    if (tracked.ran.at(now) < hiddenMs)
        return {};
    return std::llround(*tracked.said);
}

std::optional<double> Estimator::estimatedProgress(const Job &job, const Step &step, UnixMs now)
{
    const bool live = step.state == State::Running || step.state == State::Pausing || step.state == State::Paused;
    const bool own = !step.estimated && step.progress && step.progress->fraction;
    if (!live || own || isFinal(job.state))
        return {};
    const auto learned = ground(job, step.id);
    if (!learned)
        return {};
    JobTrack &tracked = track(job, now);
    const auto index = tracked.indexOf.constFind(step.id);
    if (index == tracked.indexOf.constEnd())
        return {};
    StepTrack &stepTrack = tracked.steps[*index];
    const double part = static_cast<double>(stepTrack.ran.at(now)) / learned->medianMs;
    static constexpr double rest = 1 - expectedFraction;
    const double fraction = part < 1 ? expectedFraction * part : 1 - rest / (1 + expectedFraction / rest * (part - 1));
    stepTrack.estimated = std::max(stepTrack.estimated, std::min(fraction, mostEstimated));
    return stepTrack.estimated;
}

std::optional<double> Estimator::computeWhole(const Run &run) const
{
    const Job &job = *run.job;
    if (job.attempt == 1) {
        if (const auto whole = ground(job, {}))
            return whole->medianMs;
    }
    std::vector<Schedule::Work> work;
    work.reserve(job.steps.size());
    for (const Step &step : job.steps) {
        if (isFinal(step.state)) {
            work.push_back({Schedule::Work::Settled, 0});
            continue;
        }
        const auto learned = ground(job, step.id);
        if (!learned)
            return {};
        work.push_back({Schedule::Work::Waiting, learned->medianMs});
    }
    if (work.empty())
        return {};
    return Schedule(job).makespan(work, run.parallel);
}

std::optional<double> Estimator::wholeOf(const Run &run)
{
    const Job &job = *run.job;
    if (job.history.isEmpty())
        return {};
    if (job.attempt > 1) // another part of it is left than of others
        return computeWhole(run);
    const quint64 revision = m_history.revision(job.history);
    if (const auto it = m_wholes.constFind(job.history); it != m_wholes.constEnd() && it->revision == revision
        && it->steps == job.steps.size() && it->parallel == run.parallel)
        return it->ms;
    if (m_wholes.size() >= mostWholes)
        m_wholes.clear();
    const auto ms = computeWhole(run);
    m_wholes.insert(job.history, {revision, job.steps.size(), run.parallel, ms});
    return ms;
}

Estimator::Forecast Estimator::queueEta(const Group &group, UnixMs now)
{
    Forecast forecast;
    forecast.waiting.resize(group.waiting.size());
    std::priority_queue<double, std::vector<double>, std::greater<>> ends; // of those that hold a place
    double last = 0;
    bool allKnown = true;
    for (const Run &run : group.running) {
        if (jobRests(run.job->state) || run.job->state == State::Pausing) {
            ends.push(std::numeric_limits<double>::infinity());
            continue;
        }
        if (run.job->state == State::Cancelling) {
            ends.push(0);
            continue;
        }
        JobTrack &tracked = track(*run.job, now);
        // What is shown for the running one and for those behind it must fit together.
        const auto left =
            tracked.said && tracked.saidAt == now ? tracked.said : remaining(tracked, *run.job, run.parallel, now);
        if (left) {
            ends.push(*left);
            last = std::max(last, *left);
        } else {
            allKnown = false;
        }
    }

    for (std::size_t i = 0; i < group.waiting.size(); ++i) {
        const Run &run = group.waiting[i];
        if (run.job->state == State::Held)
            continue;
        if (group.limit > 0 && !allKnown)
            break;
        const auto whole = wholeOf(run);
        if (!whole) {
            allKnown = false;
            continue;
        }
        double start = 0;
        if (group.limit > 0) {
            while (ends.size() >= static_cast<std::size_t>(group.limit)) {
                start = std::max(start, ends.top());
                ends.pop();
            }
        }
        const double end = start + *whole;
        ends.push(end);
        if (!std::isfinite(end) || end > mostMs) {
            allKnown = false;
            continue;
        }
        forecast.waiting[i] = std::llround(end);
        last = std::max(last, end);
    }
    if (allKnown)
        forecast.all = std::llround(last);
    return forecast;
}

} // namespace stepwire
