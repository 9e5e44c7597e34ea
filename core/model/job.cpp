#include "core/model/job.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace stepwire {

static constexpr double almostDone = 0.999;

static constexpr std::array<const char16_t *, 12> stateNames = {
    u"queued",    u"held",   u"running",   u"pausing",   u"paused",  u"cancelling",
    u"succeeded", u"failed", u"cancelled", u"timed_out", u"skipped", u"interrupted",
};

bool isFinal(State state)
{
    return state >= State::Succeeded;
}

QString stateName(State state)
{
    return QString::fromUtf16(stateNames.at(static_cast<std::size_t>(state)));
}

std::optional<State> stateFromName(QStringView name)
{
    for (std::size_t i = 0; i < stateNames.size(); ++i) {
        if (name == QStringView(stateNames[i]))
            return static_cast<State>(i);
    }
    return {};
}

bool satisfiesNeeds(State state)
{
    return state == State::Succeeded || state == State::Skipped;
}

void normalise(Progress &progress)
{
    if (!progress.fraction && progress.total && *progress.total > 0)
        progress.fraction = progress.done / *progress.total;
    if (progress.fraction && !std::isfinite(*progress.fraction))
        progress.fraction.reset();
    if (progress.fraction)
        progress.fraction =
            std::round(std::clamp(*progress.fraction, 0.0, almostDone) * 1e6) / 1e6; // no noise of binary fractions
}

const Step *Job::findStep(QStringView stepId) const
{
    const auto it = std::find_if(steps.begin(), steps.end(), [&](const Step &s) { return s.id == stepId; });
    return it == steps.end() ? nullptr : &*it;
}

Step *Job::findStep(QStringView stepId)
{
    return const_cast<Step *>(std::as_const(*this).findStep(stepId));
}

static std::optional<double> stepFraction(const Step &step)
{
    if (satisfiesNeeds(step.state))
        return 1.0;
    return step.progress ? step.progress->fraction : std::nullopt;
}

std::optional<double> jobFraction(const Job &job)
{
    if (job.state == State::Succeeded)
        return 1.0;
    if (job.steps.empty())
        return {};
    double total = 0;
    double done = 0;
    bool known = job.steps.size() > 1;
    for (const Step &step : job.steps) {
        const std::optional<double> fraction = stepFraction(step);
        known = known || fraction.has_value();
        total += step.weight;
        done += step.weight * fraction.value_or(0);
    }
    if (!known || total <= 0)
        return {};
    return std::min(done / total, almostDone);
}

int stepsDone(const Job &job)
{
    return static_cast<int>(std::count_if(job.steps.begin(), job.steps.end(), [&](const Step &step) {
        // One that never started since another failed was skipped too, but nobody would call it done.
        return step.state == State::Succeeded
            || (step.state == State::Skipped && (step.started || job.state != State::Failed));
    }));
}

const Step *oldestRunningStep(const Job &job)
{
    const Step *oldest = nullptr;
    for (const Step &step : job.steps) {
        if (isFinal(step.state) || step.state == State::Queued || !step.started)
            continue;
        if (!oldest || *step.started < *oldest->started)
            oldest = &step;
    }
    return oldest;
}

} // namespace stepwire
