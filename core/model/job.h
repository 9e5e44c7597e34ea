#pragma once

#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

namespace stepwire {

/// Where a job or a step stands. The first six are live, the others final.
enum class State {
    Queued,
    Held,
    Running,
    Pausing,
    Paused,
    Cancelling,
    Succeeded,
    Failed,
    Cancelled,
    TimedOut,
    Skipped,
    Interrupted
};

[[nodiscard]] bool isFinal(State state);
[[nodiscard]] QString stateName(State state);
[[nodiscard]] std::optional<State> stateFromName(QStringView name);

/// True for the final states that satisfy a need: succeeded and skipped.
[[nodiscard]] bool satisfiesNeeds(State state);

/// Milliseconds since 1970-01-01 UTC on the owner's clock.
using UnixMs = qint64;

/// Why a job or step did not succeed. `message` is one lower-case sentence.
struct Failure
{
    QString message;
    QString step;
    std::optional<int> exitCode;
    std::optional<int> signal;
    QString lastLine;

    bool operator==(const Failure &) const = default;
};

/// One counted phase of a step, drawn as a bar of its own.
struct Phase
{
    QString id;
    QString title;
    double done = 0;
    std::optional<double> total;
    QString unit;

    bool operator==(const Phase &) const = default;
};

/// How far a step is, in absolute figures, so that the newest replaces all before it. `fraction` is 0..1 and
/// absent while nobody knows.
struct Progress
{
    int attempt = 1;
    double done = 0;
    std::optional<double> total;
    QString unit;
    std::optional<double> fraction;
    QString message;
    std::vector<Phase> phases;

    bool operator==(const Progress &) const = default;
};

/// Fills in `fraction` from `done` and `total` where absent and keeps it in 0..0.999: only finishing reaches 1.
void normalise(Progress &progress);

/// One step of a job, as the hub tells it.
struct Step
{
    QString id;
    QString title;
    QStringList needs;
    double weight = 1;
    bool ownWeight = true; ///< false: nobody gave it, so that history may; known in the hub's process only
    State state = State::Queued;
    int attempt = 1;
    std::optional<Progress> progress;
    bool estimated = false; ///< the progress was guessed from earlier runs
    std::optional<qint64> stalledMs; ///< how long it has been quiet, when that was worth saying
    std::optional<qint64> retryInMs; ///< while it waits to be started again
    std::optional<UnixMs> started;
    std::optional<UnixMs> finished;
    std::optional<Failure> error;

    bool operator==(const Step &) const = default;
};

/// One run of a pipeline, of a bare command, or something reported from outside, as the hub tells it.
struct Job
{
    QString id;
    QString hub;
    QString host;
    QString title;
    QString pipeline; ///< empty for a bare command or a reported job
    QStringList command; ///< empty unless a bare command
    QJsonObject params;
    State state = State::Queued;
    int attempt = 1;
    std::optional<qint64> etaMs;
    std::optional<int> queuePosition;
    QString group = QStringLiteral("default");
    QString source;
    QString via; ///< the name of the host or source that shows it here; empty: this hub owns it
    std::optional<UnixMs> lostSince; ///< what is told of it is as old as that: its host cannot be reached
    qint64 clockOffsetMs = 0; ///< the owner's clock minus that of the hub that shows it
    UnixMs created = 0;
    std::optional<UnixMs> started;
    std::optional<UnixMs> finished;
    std::optional<Failure> error;
    quint64 firstSeq = 0;
    std::optional<qint64> stalledMs;
    QStringList waitingFor;
    QStringList capabilities;
    QString parent; ///< the job whose step `parentStep` this one is; empty for others
    QString parentStep;
    QString unlessRunning; ///< no second live job may carry the same; empty for none
    QString history; ///< the kind of job that durations are kept by; empty: none are
    int parallel = 0; ///< steps at once; 0: not said
    std::optional<qint64> ttlMs; ///< of a reported job: how long without news until it counts as stalled
    QString eventName; ///< name of its event socket; empty for none
    QJsonObject eventData; ///< members added to each message of the event socket
    std::vector<Step> steps;

    [[nodiscard]] Step *findStep(QStringView stepId);
    [[nodiscard]] const Step *findStep(QStringView stepId) const;

    /// What the owner's clock, by which all times here were taken, says when ours says `now`; and no later than news
    /// came.
    [[nodiscard]] UnixMs ownersNow(UnixMs now) const { return lostSince.value_or(now) + clockOffsetMs; }

    bool operator==(const Job &) const = default;
};

/// 0..1 by weight over all steps; absent while nothing is known (a job of one step without progress).
[[nodiscard]] std::optional<double> jobFraction(const Job &job);

/// Steps that are done: succeeded or skipped, in a failed job without those that a failure kept from starting.
[[nodiscard]] int stepsDone(const Job &job);

/// The running step that started first, for lines that have room for one; null when none runs.
[[nodiscard]] const Step *oldestRunningStep(const Job &job);

} // namespace stepwire
