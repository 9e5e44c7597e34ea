#pragma once

#include "core/model/job.h"
#include "core/model/result.h"

#include <QJsonValue>

#include <functional>
#include <memory>
#include <variant>
#include <vector>

namespace stepwire {

// What a face may ask of the hub, one type a method of the protocol.

/// What somebody who reaches the hub over the network may start besides pipelines that are marked `remote = true`.
struct RemoteAllowance
{
    bool commands = false;
    bool allPipelines = false;
};

struct RunJob
{
    QString pipeline; ///< name or path; or
    std::optional<QString> toml; ///< the text of one; or
    QStringList command; ///< a bare command
    QJsonObject params;
    QString cwd;
    std::optional<std::vector<std::pair<QString, QString>>> env; ///< the caller's; absent: the hub's own
    QString jobId;
    QString title;
    QString group;
    std::optional<int> parallel; ///< steps at once
    std::optional<bool> terminal;
    int columns = 0; ///< of the caller's terminal; 0 unknown
    int rows = 0;
    /// Refused while a live job carries the same key; an empty one stands for what is run and its parameters.
    std::optional<QString> unlessRunning;
    QString host = {}; ///< the host or source that is to run it; empty: this hub
    /// Within the hub: it came over the network. Never read from a message.
    std::optional<RemoteAllowance> fromRemote = {};
};

struct CancelJob
{
    QString job;
    QString step; ///< empty: the whole job
};

enum class PauseMode {
    Now, ///< what runs is stopped where it is
    AfterStep ///< what runs goes on to its end, nothing more is started
};

struct PauseJob
{
    QString job;
    PauseMode mode = PauseMode::Now;
};

struct ResumeJob
{
    QString job;
};

struct RetryJob
{
    QString job;
    QString from; ///< a step; empty: those that did not succeed
    /// The job, and those that are steps of it, as the hub knows them.
    std::vector<std::shared_ptr<const Job>> known;
    /// Within the hub: it came over the network. Never read from a message.
    std::optional<RemoteAllowance> fromRemote = std::nullopt;
};

struct HoldJob
{
    QString job;
};

struct ReleaseJob
{
    QString job;
};

struct MoveJob
{
    QString job;
    int position = 1; ///< in its group's queue, from 1
};

struct PruneJobs
{
    std::optional<qint64> olderThanMs; ///< since they finished
    std::optional<qint64> keep; ///< that many of the newest
    std::optional<qint64> mostBytes; ///< of output together, the oldest going first; alone
    QString host = {}; ///< whose jobs; empty: this hub's
};

/// Within the hub: the files of these jobs are to go. Answered with how many bytes they had.
struct RemoveJobFiles
{
    QStringList jobs;
};

/// Within the hub: which jobs have to go, the oldest first, for the output of all to be at most `mostBytes`.
struct FindOversized
{
    qint64 mostBytes = 0;
};

struct ListJobs
{
    QString cursor; ///< of the page before; empty: the newest
    int limit = 50;
    std::optional<State> state;
    QString host = {}; ///< only what is shown by way of this host or source
};

struct GetJob
{
    QString job;
};

struct ReadLog
{
    QString job;
    QString step;
    std::optional<int> attempt; ///< absent: the newest
    int newestAttempt = 1; ///< as the hub knows it
    qint64 offset = 0;
    qint64 limit = 64 * 1024;
    bool base64 = false;
};

struct ListPipelines
{
    QString host = {}; ///< whose; empty: this hub's
};

struct GetPipeline
{
    QString pipeline;
    QString cwd;
    QString host = {};
};

struct CheckPipeline
{
    QString toml;
    QString file;
    QString host = {};
};

/// What this hub's clock says.
struct Ping
{
};

struct ListHosts
{
};

/// Another hub whose jobs are to be shown here.
struct AddHost
{
    QString name;
    QString target; ///< `user@host`, as ssh takes it; `wss://host:port`; or the path of a hub's socket
    QString command; ///< what to call there instead of `stepwire`; ssh only
    QString token; ///< wss only
    QString pin; ///< SHA-256 of the only certificate that is accepted, in hexadecimal; wss only
};

struct RemoveHost
{
    QString name;
};

struct ListSources
{
};

/// A foreign server whose jobs are to be shown here.
struct AddSource
{
    QString name;
    QString kind; ///< as `frappe`
    QJsonObject settings; ///< as the kind has them
    QJsonObject secrets; ///< those of them that nobody else may see
};

struct RemoveSource
{
    QString name;
};

struct StartReport
{
    QString title;
    std::vector<Step> steps;
    qint64 ttlMs = 15LL * 60 * 1000;
    QStringList capabilities = {}; ///< `cancel`, `pause`: wishes that the reporter watches for and fulfils
};

struct ReportProgress
{
    QString job;
    QString step;
    Progress progress;
    QString phase; ///< the figures are of this counted phase, and stand beside those of the others
    std::optional<double> increment; ///< instead of `progress.done`: that much more than before
    std::optional<State> state; ///< a final one ends the step
    bool operator==(const ReportProgress &) const = default;
};

/// The reporter's job was stopped where it is, or goes on.
struct ChangeReport
{
    QString job;
    State state = State::Running; ///< or paused
};

struct FinishReport
{
    QString job;
    std::optional<QString> error;
    bool cancelled = false; ///< somebody wanted it to end
};

struct EmitCustom
{
    QString job;
    QString step;
    QString name;
    QJsonValue value;
};

/// What the kept progress of a step becomes by a report: a phase's figures replace that phase's, an increment is added,
/// and what a report says nothing of stands.
[[nodiscard]] Progress reported(const Progress &before, const ReportProgress &report);

using Request = std::variant<RunJob, CancelJob, PauseJob, ResumeJob, RetryJob, HoldJob, ReleaseJob, MoveJob, PruneJobs,
                             RemoveJobFiles, FindOversized, ListJobs, GetJob, ReadLog, ListPipelines, GetPipeline,
                             CheckPipeline, StartReport, ReportProgress, ChangeReport, FinishReport, EmitCustom, Ping,
                             ListHosts, AddHost, RemoveHost, ListSources, AddSource, RemoveSource>;

// What comes back.

/// The acknowledgement of everything that changes a job, given when the effect is real.
struct JobAck
{
    QString job;
    State state = State::Queued;
    std::optional<int> queuePosition;
};

struct JobPage
{
    std::vector<Job> jobs;
    QString cursor; ///< of the next page; empty: this was the last
};

/// A piece of a step's log: `bytes` from `offset`, all of one `stream`. `end` is how long the log is now, `omitted`
/// how many bytes from `offset` on were left out of the log, `complete` that nothing will be added.
struct LogSlice
{
    QByteArray bytes;
    qint64 offset = 0;
    qint64 omitted = 0;
    qint64 end = 0;
    QString stream;
    bool complete = false;
    bool base64 = false;
};

struct Object
{
    QJsonObject value;
};

using Answer = std::variant<JobAck, JobPage, Job, LogSlice, Object>;

/// Takes the answer on the hub's thread.
using Reply = std::function<void(Result<Answer>)>;

} // namespace stepwire
