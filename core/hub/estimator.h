#pragma once

#include "core/hub/history.h"
#include "core/hub/rate.h"
#include "core/hub/schedule.h"
#include "core/model/snapshot.h"

#include <span>
#include <unordered_map>

namespace stepwire {

/// `ms` as it is shown after a "~": to 5 s below a minute, to 30 s below ten, to 1 min below an hour, to 5 min beyond;
/// never below 5 s. With `shown`, what was returned last, a value near the border between two does not flicker.
[[nodiscard]] qint64 roundedEta(qint64 ms, std::optional<qint64> shown = {});

/// Foretells how long jobs will take, from how far they are and from `History`. Lives on the hub's thread; has no
/// clock: `now` is of the clock that the events' times are of, so only jobs of this hub may be asked about. Keeps
/// something only for jobs that run.
class Estimator
{
public:
    /// `history` must outlive it.
    explicit Estimator(const History &history) : m_history(history) { }

    /// Follows a job. `after` is the state with `event` folded in. Returns what the history ought to learn from it: how
    /// long a step that succeeded took in its last attempt, or a job that succeeded in its first; pauses left out. To
    /// be called with every event in order; output costs nothing.
    [[nodiscard]] std::optional<Duration> apply(const Event &event, const Snapshot &after);

    /// Milliseconds until `job` ends if nothing stops it, at most `parallel` steps at once (0: no limit). Nothing for
    /// jobs that do not run (paused, cancelling, queued), in their first 5 s, or while there is no ground for a step
    /// that is to come. Ground is an earlier run of the step or its own count; a step without either is passed over
    /// only if chosen weights say that all such are less than a twentieth of the job. Smoothed from call to call, about
    /// one a second expected; `roundedEta` makes it fit to be shown.
    [[nodiscard]] std::optional<qint64> etaMs(const Job &job, int parallel, UnixMs now);

    /// 0..1 for a running step that says nothing of its own and has a history: to be shown marked as estimated. Never
    /// falls within an attempt and never reaches 1: 0.9 when the expected time is over, then ever slower. While the
    /// state calls the step `estimated` its progress counts as this guess, not as ground: whoever puts it there takes
    /// the mark away before the step's own progress is told.
    [[nodiscard]] std::optional<double> estimatedProgress(const Job &job, const Step &step, UnixMs now);

    struct Run
    {
        const Job *job = nullptr;
        int parallel = 0; ///< steps at once; 0: no limit
    };

    /// The jobs of one group.
    struct Group
    {
        std::span<const Run> running; ///< all that hold a place, paused ones as well
        std::span<const Run> waiting; ///< in the order in which they will start; held ones are passed over
        int limit = 1; ///< jobs at once; 0: no limit
    };

    struct Forecast
    {
        std::vector<std::optional<qint64>> waiting; ///< for each: milliseconds until it ends
        std::optional<qint64> all; ///< until the last ends, running ones too; paused and held ones left out
    };

    /// From the first job without ground on there is nothing. A paused job keeps its place for as long as one can see.
    /// Costs one look at the history for each waiting job; kinds are computed once a call.
    [[nodiscard]] Forecast queueEta(const Group &group, UnixMs now);

    /// The job is gone without having finished.
    void forget(const QString &jobId) { m_jobs.erase(jobId); }

    [[nodiscard]] std::size_t jobs() const { return m_jobs.size(); }

private:
    /// Counts while it goes.
    class Stopwatch
    {
    public:
        void set(bool goes, UnixMs now);
        void reset() { *this = Stopwatch(); }
        [[nodiscard]] qint64 at(UnixMs now) const;

    private:
        qint64 m_kept = 0;
        std::optional<UnixMs> m_since;
    };

    struct StepTrack
    {
        Stopwatch ran;
        Stopwatch paused;
        int attempt = 0;
        bool seenStart = false;
        std::optional<UnixMs> retryAt;
        Rate rate;
        double estimated = 0;
    };

    struct JobTrack
    {
        std::vector<StepTrack> steps;
        QHash<QString, std::size_t> indexOf;
        Schedule schedule;
        Stopwatch ran;
        Stopwatch paused;
        bool whole = false; ///< seen from its start, nothing done before, nothing tried twice
        UnixMs lastEnd = 0; ///< of a step
        // How this run compares to the expected, by steps that ended: logarithms weighted by expected time.
        double pace = 0;
        double paceWeight = 0;
        // What was said last, for the next to follow from.
        std::optional<double> said;
        UnixMs saidAt = 0;
    };

    /// How long a waiting job will take, as long as nothing new is known of its kind.
    struct Whole
    {
        quint64 revision = 0;
        std::size_t steps = 0;
        int parallel = 0;
        std::optional<double> ms;
    };

    struct Ground
    {
        double medianMs = 0;
        double spread = 0; ///< standard deviation of the logarithm
        double mostMs = 0; ///< beyond it history says nothing
    };

    [[nodiscard]] JobTrack &track(const Job &job, UnixMs now);
    static void setStopwatches(JobTrack &track, const Job &job, UnixMs now);
    static void setStopwatch(StepTrack &track, const Job &job, const Step &step, UnixMs now);
    [[nodiscard]] std::optional<Duration> stepEnded(JobTrack &track, const Job &job, const Event &event);
    [[nodiscard]] static std::optional<Duration> jobEnded(const JobTrack &track, const Job &job, const Event &event);
    [[nodiscard]] std::optional<Ground> ground(const Job &job, const QString &step) const;
    [[nodiscard]] std::optional<double> remaining(JobTrack &track, const Job &job, int parallel, UnixMs now) const;
    [[nodiscard]] static std::optional<double> remainingOfStep(const StepTrack &track, const Step &step,
                                                               const std::optional<Ground> &ground, double pace,
                                                               UnixMs now);
    [[nodiscard]] std::optional<double> computeWhole(const Run &run) const;
    [[nodiscard]] std::optional<double> wholeOf(const Run &run);

    const History &m_history;
    QHash<QString, Whole> m_wholes; ///< by kind, for the queue
    std::unordered_map<QString, JobTrack> m_jobs;
};

} // namespace stepwire
