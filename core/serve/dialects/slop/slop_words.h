#pragma once

#include "core/model/job.h"
#include "core/model/result.h"

#include <QStringList>

#include <map>
#include <optional>

namespace stepwire::slop {

/// What one of the clients' names stands for: a pipeline and how its parameters come out of what the client sends.
struct Mapping
{
    QString pipeline;
    std::optional<QJsonObject> params; ///< texts may hold {{member.of.it}}; absent: members are parameters by name
    QString group; ///< whose queue it waits in
    int queue = 100; ///< that may wait at once
    double rate = 10; ///< starts a minute
    bool sound = false; ///< it speaks as `strudel` does, else as `claude`
    bool trusted = true; ///< the user mapped it; else it must be marked `remote = true`

    bool operator==(const Mapping &) const = default;
};

/// What `[dialects.slop]` says besides where to listen.
struct Settings
{
    std::map<QString, Mapping> processes; ///< by prefix
    std::map<QString, Mapping> workflows; ///< by the client's id of one
    std::map<QString, Mapping> agents; ///< `orchestrate`, `critique`, `discussion`
    QStringList origins; ///< of pages that may connect
    double connectionsPerMinute = 10;
};

/// Fails with one sentence that names what is wrong.
[[nodiscard]] Result<Settings> readSettings(const QJsonObject &members);

/// What a prefix or a workflow that nobody mapped has.
[[nodiscard]] Mapping unmapped(const QString &name, const QString &pipeline, bool process);

/// The parameters for what a client sent. `known` are those of the pipeline, for a mapping without its own.
[[nodiscard]] QJsonObject paramsFor(const Mapping &mapping, const QJsonObject &payload, const QStringList &known);

/// Whether a mapping needs to know the parameters of its pipeline.
[[nodiscard]] inline bool needsNames(const Mapping &mapping)
{
    return !mapping.params;
}

/// `2026-01-01T00:00:00.000Z`
[[nodiscard]] QString isoTime(UnixMs time);

/// As the status of a process: `queued running completed failed timeout cancelled`, of one with sound
/// `queued rendering complete failed cancelled`.
[[nodiscard]] QString processStatus(State state, bool sound);

/// As the status of a workflow or a step of one: `pending running paused completed failed cancelled skipped`.
[[nodiscard]] QString workflowStatus(State state);

/// Why something did not succeed, with the last line that it printed.
[[nodiscard]] QString reasonText(const std::optional<Failure> &failure, State state);

/// 0 to 100, of a job or a step.
[[nodiscard]] int percentOf(std::optional<double> fraction);

/// What the real server's `agent:workflow:status` gives as `status`.
[[nodiscard]] QJsonObject workflowState(const Job &job, const QString &workflowId);

/// Whether steps are left that do not need one that failed.
[[nodiscard]] bool goesOn(const Job &job);

/// What a step of a workflow's definition runs.
struct DefinedStep
{
    QString pipeline;
    QJsonObject params;
};

/// Fails where its steps are too many, or have no names.
[[nodiscard]] Result<void> checkDefinition(const QJsonObject &workflow);
/// A workflow's definition as the text of a pipeline.
[[nodiscard]] QString pipelineOf(const QJsonObject &workflow, const std::vector<DefinedStep> &steps);

/// What is wrong with the form of a pattern in Strudel's code: brackets and quotes that do not close.
[[nodiscard]] QStringList codeFaults(QStringView code);

/// The event that a step's custom event becomes: `agent:critique:iteration` for `critique-iteration`, and for
/// `iteration` in a job of kind `critique`. Empty: none.
[[nodiscard]] QString agentEvent(const QString &kind, const QString &custom);

/// Its members under the names of both the guide and the real server.
[[nodiscard]] QJsonObject agentMembers(const QString &event, const QJsonValue &value);

} // namespace stepwire::slop
