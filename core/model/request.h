#pragma once

#include "core/model/job.h"
#include "core/model/result.h"

#include <QJsonValue>

#include <functional>
#include <variant>
#include <vector>

namespace stepwire {

// What a face may ask of the hub, one type a method of the protocol.

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
};

struct CancelJob
{
    QString job;
    QString step; ///< empty: the whole job
};

struct ListJobs
{
    QString cursor; ///< the job after which the page starts; empty: the newest
    int limit = 50;
    std::optional<State> state;
};

struct GetJob
{
    QString job;
};

struct ReadLog
{
    QString job;
    QString step;
    std::optional<int> attempt;
    qint64 offset = 0;
    qint64 limit = 64 * 1024;
    bool base64 = false;
};

struct ListPipelines
{
};

struct GetPipeline
{
    QString pipeline;
    QString cwd;
};

struct CheckPipeline
{
    QString toml;
    QString file;
};

struct StartReport
{
    QString title;
    std::vector<Step> steps;
    qint64 ttlMs = 15 * 60 * 1000;
};

struct ReportProgress
{
    QString job;
    QString step;
    Progress progress;
    std::optional<State> state; ///< a final one ends the step
    bool operator==(const ReportProgress &) const = default;
};

struct FinishReport
{
    QString job;
    std::optional<QString> error;
};

struct EmitCustom
{
    QString job;
    QString step;
    QString name;
    QJsonValue value;
};

using Request = std::variant<RunJob, CancelJob, ListJobs, GetJob, ReadLog, ListPipelines, GetPipeline, CheckPipeline,
                             StartReport, ReportProgress, FinishReport, EmitCustom>;

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
