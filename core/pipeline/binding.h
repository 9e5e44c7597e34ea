#pragma once

#include "core/model/result.h"
#include "core/pipeline/recipe.h"

#include <map>

namespace stepwire {

/// One step ready to be started but for the outputs of earlier steps, see `fillOutputs`.
struct StepSpec
{
    QString id;
    QString title;
    QStringList argv; ///< empty for a step that is a pipeline
    QString pipeline; ///< by name or absolute path
    QJsonObject params; ///< of that pipeline
    QStringList secretParams; ///< those of them that a secret of ours went into
    std::vector<std::pair<QString, QString>> env;
    QString cwd;
    double weight = 1;
    bool ownWeight = false; ///< given in the file, so that history does not change it
    QStringList needs; ///< must have ended well
    QStringList after; ///< must have ended: steps that `when` asks for
    bool terminal = false;
    std::optional<qint64> graceMs;
    RetryPolicy retry;
    std::optional<qint64> timeoutMs;
    std::optional<qint64> stallTimeoutMs;
    std::optional<Condition> when; ///< parameters are decided, paths absolute
    bool finally = false;
    bool allowFailure = false;
    QString matrix; ///< id of the recipe's step that this one was made from; empty for others
    int maxParallel = 0; ///< at once of those with the same `matrix`; 0: no limit
    QStringList outputs;
    ProgressSource progress = ProgressSource::Own;
    QString progressPattern;
    std::vector<PhaseRecipe> phases;
    bool late = false; ///< texts hold {{steps.id.name}} (and `{{{{` for braces) that `fillOutputs` fills in

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
    std::optional<qint64> timeoutMs;
    OnFailure onFailure = OnFailure::Continue;
    QString history; ///< the kind of job that durations are kept by: the name and the values of the named parameters
    bool remote = false; ///< may be started over the network
    QStringList secretParams; ///< parameters whose values nobody is shown, of those that are set
    QStringList secrets; ///< their values as texts, but for true and false
    QStringList secretEnv; ///< environment variables whose values nobody is shown

    bool operator==(const BoundPipeline &) const = default;
};

/// Checks `given` against the recipe's parameters and fills them in. Values may be of the parameter's type or text
/// that reads as one (`"3"`, `"true"`). Paths are made absolute against `callerDirectory`, `~/` against `home`.
/// Fails with one sentence for all that is wrong. `secret` are parameters that are secret though the recipe does not
/// say so, since they were made from a secret. What of secrets is no argument, variable, folder or parameter of a step
/// (the title, `eventData`, `history`, conditions, problems) shows three dots in their place.
[[nodiscard]] Result<BoundPipeline> bindRecipe(const Recipe &recipe, const QJsonObject &given,
                                               const QString &callerDirectory, const QString &home,
                                               const QStringList &secret = {});

/// The parameters as they may be shown.
[[nodiscard]] QJsonObject shownParams(const BoundPipeline &pipeline);

/// What steps wrote to $STEPWIRE_OUTPUT: by step, then by name.
using StepOutputs = std::map<QString, std::map<QString, QString>>;

/// The outputs that one of `steps` finds: what the steps promised that it needs or asks for, directly or not.
[[nodiscard]] StepOutputs outputsBefore(const std::vector<StepSpec> &steps, std::size_t step,
                                        const StepOutputs &outputs);

/// The condition of a step with outputs filled into its paths: what is to be asked before `fillOutputs`, since a step
/// that does not run needs none. A path with an output that is missing becomes empty, and nothing is there.
[[nodiscard]] std::optional<Condition> fillCondition(const StepSpec &step, const StepOutputs &outputs);

/// Fills the outputs of earlier steps into a late step's texts and adds `STEPWIRE_STEPS_<ID>_<NAME>` for each of them
/// to its environment (upper case, `-` as `_`). Fails with one sentence where a value is missing or too long. Texts are
/// argv, the values of env and params, cwd and the paths of `when`. The step is not late any more.
[[nodiscard]] Result<StepSpec> fillOutputs(StepSpec step, const StepOutputs &outputs);

/// Reads what a step left in its output file: lines `name=value`, blank lines and lines beginning with `#` left out.
/// Fails with one sentence that names the line, or the name of `promised` that is missing. At most 256 KiB.
[[nodiscard]] Result<std::map<QString, QString>> readOutputs(QByteArrayView bytes, const QStringList &promised);

/// `STEPWIRE_PARAM_<NAME>` for a parameter's name.
[[nodiscard]] QString parameterVariable(const QString &name);

/// `STEPWIRE_MATRIX_<NAME>` for a list of a step's matrix.
[[nodiscard]] QString matrixVariable(const QString &name);

/// `STEPWIRE_STEPS_<ID>_<NAME>` for an output of a step.
[[nodiscard]] QString outputVariable(const QString &step, const QString &name);

/// `~/x` and relative paths made absolute and cleaned.
[[nodiscard]] QString absolutePath(const QString &path, const QString &directory, const QString &home);

} // namespace stepwire
