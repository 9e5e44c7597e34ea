#pragma once

#include "core/model/result.h"
#include "core/remote/foreign/mutant_progress.h"

#include <QJsonArray>

namespace stepwire {

/// What may be started on a MutAnt daemon, each as a pipeline of its own. Values without state.
struct MutantRequest
{
    struct Parameter
    {
        enum class Type { Text, Path, Bool, Choice };

        const char *name; ///< as on the wire
        Type type;
        bool required;
        const char *help;
        const char *standard = nullptr; ///< where it is not required
        std::vector<const char *> choices = {};
    };

    const char *name;
    const char *title;
    const char *type; ///< of the message
    MutantKind kind; ///< of the task; `Other`: it is answered directly
    const char *answer; ///< `type` of that answer
    std::vector<Parameter> parameters;

    /// All of them.
    [[nodiscard]] static const std::vector<MutantRequest> &all();
    /// By `name`; fails with one sentence that says which there are.
    [[nodiscard]] static Result<const MutantRequest *> find(const QString &name);

    /// The name of the one that makes such tasks; empty for none.
    [[nodiscard]] static QString nameOf(MutantKind kind);

    /// The message for these values, texts or JSON; fails with the one that is wrong, missing or unknown.
    [[nodiscard]] Result<QJsonObject> message(const QJsonObject &params) const;
    /// As `pipeline.list` shows it.
    [[nodiscard]] QJsonObject describe() const;
    /// What it is about, for a job's title.
    [[nodiscard]] QString titleFor(const QJsonObject &message) const;
};

} // namespace stepwire
