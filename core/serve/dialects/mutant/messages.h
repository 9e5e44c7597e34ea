#pragma once

#include "core/model/job.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QJsonObject>
#include <QString>

#include <tl/expected.hpp>

#include <optional>
#include <vector>

namespace stepwire::mutant {

// What a MutAnt daemon reads and writes: one JSON object a message, in the words of its serde types. Pure.

enum class Kind {
    Put,
    Get,
    QueryTask,
    ListTasks,
    StopTask,
    Rm,
    ListKeys,
    Stats,
    Sync,
    Purge,
    Import,
    Export,
    HealthCheck
};

/// What is known of a kind of request.
struct KindFacts
{
    Kind kind;
    const char *type; ///< as in `type`
    const char *name; ///< as in `[dialects.mutant.pipelines]`; null: no pipeline stands behind it
    bool isTask; ///< it is answered by TaskCreated; else at once, by an answer of its own
    const char *key; ///< the member that names what no two of them may work on; null for none
};

[[nodiscard]] const std::vector<KindFacts> &kinds();
[[nodiscard]] const KindFacts &factsOf(Kind kind);

struct Request
{
    Kind kind = Kind::ListTasks;
    QJsonObject members; ///< those that it must have, checked
    QString task; ///< of QueryTask and StopTask, with hyphens
};

/// The error is the daemon's sentence, `Invalid JSON request: …`.
[[nodiscard]] tl::expected<Request, QString> parseRequest(QByteArrayView text);

/// A task's state in the daemon's words.
[[nodiscard]] const char *statusOf(State state);

/// Without `request` original_request is null.
[[nodiscard]] QByteArray error(const QString &sentence, const std::optional<QByteArray> &request = {});
[[nodiscard]] QByteArray taskCreated(const QString &task);
[[nodiscard]] QByteArray taskStopped(const QString &task);
/// `progress` is JSON, empty for null.
[[nodiscard]] QByteArray taskUpdate(const QString &task, const char *status, const QByteArray &progress);
/// Of a task that went well, with the members that its result has; those that `told` lacks are 0 or null.
[[nodiscard]] QByteArray taskCompleted(const QString &task, Kind kind, const QJsonObject &told);
[[nodiscard]] QByteArray taskFailed(const QString &task, const QString &sentence);

struct Listed
{
    QString task;
    Kind kind;
    State state;
};
[[nodiscard]] QByteArray taskList(const std::vector<Listed> &tasks);

/// The answer of a request that is no task, made of what its pipeline told.
[[nodiscard]] QByteArray answer(const Request &request, const QJsonObject &told);

} // namespace stepwire::mutant
