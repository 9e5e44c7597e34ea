#pragma once

#include "core/model/request.h"

#include <map>

namespace stepwire {

/// What a job was made from: enough to make it again for a retry, also after a restart of the hub. It holds what nobody
/// else may see (the environment, secret parameters), hence a file of its own beside the logs, for the user alone.
struct JobOrigin
{
    /// A pipeline as it was when the job was submitted.
    struct Text
    {
        QByteArray toml;
        QString file; ///< absolute path; empty when it came as text

        bool operator==(const Text &) const = default;
    };

    RunJob request; ///< with its job id and environment
    std::map<QString, Text> pipelines; ///< by the name or path that they were asked for by; the job's own under ""
    std::map<QString, QString> children; ///< the ids of nested jobs by the path of their steps, joined by '/'
};

/// Writes `DIRECTORY/private`, 0600; fails with one sentence.
[[nodiscard]] Result<void> writeOrigin(const JobOrigin &origin, const QString &directory);
[[nodiscard]] Result<JobOrigin> readOrigin(const QString &directory);

} // namespace stepwire
