#pragma once

#include "core/model/job.h"

#include <QJsonValue>

#include <memory>
#include <variant>

namespace stepwire {

/// The plan of a job, announced whole before its first step starts. It has a place of its own: events are held by the
/// hundred thousand, few of them are plans, and each would be as large as one.
class JobQueued
{
public:
    explicit JobQueued(Job plan = {}) : m_plan(std::make_unique<Job>(std::move(plan))), job(*m_plan) { }
    JobQueued(const JobQueued &other) : JobQueued(other.job) { }
    JobQueued(JobQueued &&other) noexcept : JobQueued(std::move(*other.m_plan)) { }
    JobQueued &operator=(const JobQueued &other)
    {
        *m_plan = other.job;
        return *this;
    }
    JobQueued &operator=(JobQueued &&other) noexcept
    {
        *m_plan = std::move(*other.m_plan);
        return *this;
    }
    ~JobQueued() = default;

    [[nodiscard]] Job &edit() { return *m_plan; }
    bool operator==(const JobQueued &other) const { return job == other.job; }

private:
    std::unique_ptr<Job> m_plan;

public:
    const Job &job;
};

struct JobStarted
{
    int attempt = 1;
    bool operator==(const JobStarted &) const = default;
};

/// Any of its members; absent ones stay as they were.
struct JobChanged
{
    std::optional<State> state;
    std::optional<int> queuePosition;
    std::optional<double> fraction;
    std::optional<qint64> etaMs;
    std::optional<QString> title;
    std::optional<qint64> stalledMs;
    std::optional<QStringList> waitingFor;
    bool operator==(const JobChanged &) const = default;
};

struct JobFinished
{
    int attempt = 1;
    State state = State::Succeeded;
    std::optional<Failure> error;
    qint64 durationMs = 0;
    bool operator==(const JobFinished &) const = default;
};

struct StepStarted
{
    int attempt = 1;
    std::optional<qint64> pid;
    bool operator==(const StepStarted &) const = default;
};

struct StepChanged
{
    std::optional<State> state;
    std::optional<qint64> stalledMs;
    std::optional<qint64> retryInMs;
    std::optional<bool> estimated;
    bool operator==(const StepChanged &) const = default;
};

struct StepProgress
{
    Progress progress;
    bool operator==(const StepProgress &) const = default;
};

enum class Stream { Out, Err, Tty };

/// A piece of a step's output. `offset` is where `text` starts in the step's whole output, `bytes` how many bytes
/// of it `text` shows, `omitted` how many just before `offset` are in the log but not in any event.
struct StepOutput
{
    int attempt = 1;
    Stream stream = Stream::Out;
    QString text;
    qint64 offset = 0;
    qint64 bytes = 0;
    qint64 omitted = 0;
    bool operator==(const StepOutput &) const = default;
};

struct StepFinished
{
    int attempt = 1;
    State state = State::Succeeded;
    std::optional<Failure> error;
    qint64 durationMs = 0;
    bool operator==(const StepFinished &) const = default;
};

struct Custom
{
    QString name;
    QJsonValue value;
    bool operator==(const Custom &) const = default;
};

/// Everything about the hub or a host rather than a job: `host.connected`, `host.lost`, `hub.*`.
struct Notice
{
    QString type;
    QJsonObject data;
    bool operator==(const Notice &) const = default;
};

using FactData = std::variant<JobQueued, JobStarted, JobChanged, JobFinished, StepStarted, StepChanged, StepProgress,
                              StepOutput, StepFinished, Custom, Notice>;

/// The hub whose fact it is, and the number that it gave to it there.
struct Origin
{
    QString hub;
    QString host;
    QString epoch;
    quint64 seq = 0;
    bool operator==(const Origin &) const = default;
};

/// What a source says happened. It has no number yet.
struct Fact
{
    QString job;
    QString step;
    UnixMs time = 0;
    FactData data;
    std::optional<Origin> origin = {}; ///< of another hub; absent: this one's
};

/// A fact that the hub has numbered. Immutable, shared between all who show it.
struct Event
{
    quint64 seq = 0;
    QString epoch;
    UnixMs time = 0;
    QString host;
    QString hub;
    QString job;
    QString step;
    FactData data;
    QString ownerEpoch =
        {}; ///< the place of the event in the log of `hub`, when that is another than the one that tells it
    quint64 ownerSeq = 0;
    bool operator==(const Event &) const = default;
};

using EventPtr = std::shared_ptr<const Event>;

/// Progress and output may be dropped for a reader that is behind; everything else is a state change.
enum class EventKind { StateChange, Progress, Output };

[[nodiscard]] EventKind kindOf(const FactData &data);
[[nodiscard]] QString typeName(const FactData &data);

} // namespace stepwire
