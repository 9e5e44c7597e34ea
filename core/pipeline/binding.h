#pragma once

#include "core/model/result.h"
#include "core/pipeline/recipe.h"

namespace stepwire {

/// One step ready to be started: nothing is left to be replaced.
struct StepSpec
{
    QString id;
    QString title;
    QStringList argv;
    std::vector<std::pair<QString, QString>> env;
    QString cwd;
    double weight = 1;
    QStringList needs;
    bool terminal = false;
    std::optional<qint64> graceMs;

    bool operator==(const StepSpec &) const = default;
};

/// A recipe with the values of one run filled in.
struct BoundPipeline
{
    QString name;
    QString title; ///< the recipe's title and, where there are any, the file names of its path parameters
    QString eventName;
    QJsonObject eventData;
    QJsonObject params; ///< typed, defaults filled in, paths absolute
    std::vector<StepSpec> steps;
    std::optional<qint64> graceMs;

    bool operator==(const BoundPipeline &) const = default;
};

/// Checks `given` against the recipe's parameters and fills them in. Values may be of the parameter's type or text
/// that reads as one (`"3"`, `"true"`). Paths are made absolute against `callerDirectory`, `~/` against `home`.
/// Fails with one sentence for all that is wrong.
[[nodiscard]] Result<BoundPipeline> bindRecipe(const Recipe &recipe, const QJsonObject &given,
                                               const QString &callerDirectory, const QString &home);

/// `STEPWIRE_PARAM_<NAME>` for a parameter's name.
[[nodiscard]] QString parameterVariable(const QString &name);

/// `~/x` and relative paths made absolute and cleaned.
[[nodiscard]] QString absolutePath(const QString &path, const QString &directory, const QString &home);

} // namespace stepwire
