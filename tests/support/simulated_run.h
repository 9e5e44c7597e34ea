#pragma once

#include "support/samples.h"

#include "core/model/snapshot.h"

#include <algorithm>
#include <cmath>

namespace stepwire::test {

/// How a simulated step tells how far it is.
enum class Tells { Nothing, Linear, Stalling, Accelerating };

struct SimulatedStep
{
    QString id;
    QStringList needs;
    qint64 ms = 0;
    Tells tells = Tells::Nothing;
    double doneBefore = 0; ///< 0..1, of the count, when it starts
};

/// One run of a job, as it would go if nobody watched.
struct SimulatedRun
{
    QString kind;
    std::vector<SimulatedStep> steps;
    int parallel = 0;
    std::vector<std::pair<qint64, qint64>> pauses; ///< from and to, in ms after the start
};

/// Where the count of a step stands that has run for this share of its time.
[[nodiscard]] inline double told(Tells tells, double share)
{
    switch (tells) {
    case Tells::Nothing: return 0;
    case Tells::Linear: return share;
    case Tells::Stalling: return share < 0.4 ? share * 1.25 : share < 0.6 ? 0.5 : 0.5 + (share - 0.6) * 1.25;
    case Tells::Accelerating: return share * share;
    }
    return 0;
}

[[nodiscard]] inline Job jobOf(const SimulatedRun &run, const QString &id = QStringLiteral("j"))
{
    Job job = makeJob(id, {});
    job.history = run.kind;
    for (const SimulatedStep &simulated : run.steps) {
        Step step = makeStep(simulated.id);
        step.needs = simulated.needs;
        step.ownWeight = false;
        job.steps.push_back(std::move(step));
    }
    return job;
}

/// Plays runs into a snapshot, event by event, as the hub would see them.
class Simulation
{
public:
    static constexpr qint64 tickMs = 100;
    static constexpr qint64 reportMs = 700;

    Snapshot state;
    UnixMs now = 1'000'000;

    /// Calls `onEvent(event, state)` after each event was folded in, and `onSecond(job, ms)` each second, `ms` being
    /// how long the job has run without its pauses. Returns how long it ran altogether, without its pauses.
    template <class OnEvent, class OnSecond>
    qint64 play(const SimulatedRun &run, Job job, OnEvent onEvent, OnSecond onSecond)
    {
        const QString id = job.id;
        const UnixMs zero = now;
        const auto emitEvent = [&](const QString &step, FactData data) {
            Event event;
            event.seq = ++m_seq;
            event.time = now;
            event.job = id;
            event.step = step;
            event.data = std::move(data);
            apply(state, event);
            onEvent(std::as_const(event), std::as_const(state));
        };
        const auto change = [&](State to) {
            JobChanged changed;
            changed.state = to;
            emitEvent({}, changed);
        };
        emitEvent({}, JobQueued{std::move(job)});
        emitEvent({}, JobStarted{1});

        struct Going
        {
            std::size_t step;
            UnixMs since;
            qint64 ran;
            qint64 reported;
        };
        std::vector<Going> going;
        std::vector<bool> started(run.steps.size());
        QStringList done;
        qint64 ran = 0;
        bool paused = false;
        for (;; now += tickMs) {
            const bool pause = std::any_of(run.pauses.begin(), run.pauses.end(), [&](const auto &span) {
                return now - zero >= span.first && now - zero < span.second;
            });
            if (pause != paused) {
                change(pause ? State::Paused : State::Running);
                paused = pause;
            }
            for (std::size_t i = 0; i < going.size();) {
                const SimulatedStep &step = run.steps[going[i].step];
                if (going[i].ran >= step.ms) {
                    emitEvent(step.id, StepFinished{1, State::Succeeded, {}, now - going[i].since});
                    done.append(step.id);
                    going.erase(going.begin() + static_cast<std::ptrdiff_t>(i));
                } else {
                    ++i;
                }
            }
            if (static_cast<std::size_t>(done.size()) == run.steps.size())
                break;
            for (std::size_t i = 0; !paused && i < run.steps.size(); ++i) {
                const SimulatedStep &step = run.steps[i];
                if (started[i] || (run.parallel > 0 && going.size() >= static_cast<std::size_t>(run.parallel))
                    || !std::all_of(step.needs.begin(), step.needs.end(),
                                    [&](const QString &need) { return done.contains(need); }))
                    continue;
                started[i] = true;
                emitEvent(step.id, StepStarted{1, {}});
                going.push_back({i, now, 0, -reportMs});
            }
            if (!paused) {
                for (Going &one : going) {
                    const SimulatedStep &step = run.steps[one.step];
                    if (step.tells != Tells::Nothing && one.ran - one.reported >= reportMs) {
                        const double share = static_cast<double>(one.ran) / static_cast<double>(step.ms);
                        const double part = step.doneBefore + (1 - step.doneBefore) * told(step.tells, share);
                        emitEvent(step.id, StepProgress{progressOf(std::floor(part * 500), 500)});
                        one.reported = one.ran;
                    }
                }
            }
            if ((now - zero) % 1000 == 0)
                onSecond(*state.find(id), ran);
            if (!paused) {
                ran += tickMs;
                for (Going &one : going)
                    one.ran += tickMs;
            }
        }
        emitEvent({}, JobFinished{1, State::Succeeded, {}, now - zero});
        now += 1000;
        return ran;
    }

private:
    quint64 m_seq = 0;
};

} // namespace stepwire::test
