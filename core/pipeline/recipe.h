#pragma once

#include "core/pipeline/condition.h"

#include <QByteArrayView>
#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <tl/expected.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace stepwire {

/// One thing that is wrong with a pipeline file. `line` and `column` count from 1; 0 where no place is known.
/// `message` is one lower-case sentence with the wrong value and what was expected.
struct Fault
{
    QString file;
    int line = 0;
    int column = 0;
    QString message;

    bool operator==(const Fault &) const = default;
};

/// `file:line:column: message`, as compilers print it.
[[nodiscard]] QString faultText(const Fault &fault);

enum class ParameterType { String, Path, Int, Float, Bool, Choice };

[[nodiscard]] QString parameterTypeName(ParameterType type);

/// A value that a pipeline is given when it is run.
struct Parameter
{
    QString name;
    ParameterType type = ParameterType::String;
    bool required = false;
    std::optional<QJsonValue> defaultValue;
    QString help;
    QStringList choices; ///< for Choice only
    bool secret = false; ///< nobody is shown its value

    bool operator==(const Parameter &) const = default;
};

/// How long to wait before a failed step is started again: `delayMs` before the first retry; `Exponential` doubles it
/// at each further one up to `maxDelayMs`; `jitter` takes away a random share of it, 0 none to 1 all.
struct RetryPolicy
{
    enum class Backoff { Fixed, Exponential };

    int retries = 0;
    Backoff backoff = Backoff::Exponential;
    qint64 delayMs = 1000;
    qint64 maxDelayMs = 300'000;
    double jitter = 0.1;

    bool operator==(const RetryPolicy &) const = default;
};

/// What else starts after a step has failed: nothing (what runs is let finish); what does not need it; everything.
enum class OnFailure { Stop, Continue, FinishAll };

/// One list of values of a matrix.
struct MatrixAxis
{
    QString name;
    QStringList values;

    bool operator==(const MatrixAxis &) const = default;
};

/// Where a step's progress comes from besides what it reports itself.
enum class ProgressSource {
    Own, ///< OSC 9;4, progress lines, reports
    Auto, ///< and a known tool's own figures, adding the flag that makes it tell them
    Percent, ///< and percentages in its output by a pattern
    None ///< reports alone
};

/// A counted phase that is announced before it starts.
struct PhaseRecipe
{
    QString id;
    QString title;
    std::optional<double> total;
    QString unit;

    bool operator==(const PhaseRecipe &) const = default;
};

/// One step of a recipe: `command` (argv), `script` (for `sh -eu`) or `pipeline`, exactly one of them.
struct StepRecipe
{
    QString id;
    QString title;
    QStringList command;
    QString script;
    QString pipeline; ///< by name or path as on the command line, relative ones against the recipe's folder
    std::vector<std::pair<QString, QJsonValue>> params; ///< of that pipeline; texts may hold {{name}}
    std::vector<std::pair<QString, QString>> env;
    QString cwd;
    std::optional<double> weight;
    QStringList needs; ///< as resolved: the step before it in the file where the file says nothing
    bool terminal = false;
    std::optional<qint64> graceMs;
    RetryPolicy retry;
    std::optional<qint64> timeoutMs;
    std::optional<qint64> stallTimeoutMs; ///< without progress
    std::optional<Condition> when;
    bool finally = false; ///< runs when all others have ended, however they did
    bool allowFailure = false; ///< its failure fails nothing
    std::vector<MatrixAxis> matrix; ///< one step for each combination of values
    std::optional<int> maxParallel; ///< of those at once
    QStringList outputs; ///< what it promises to write to $STEPWIRE_OUTPUT
    ProgressSource progress = ProgressSource::Own;
    QString progressPattern; ///< for Percent; empty: the usual one
    std::vector<PhaseRecipe> phases;

    bool operator==(const StepRecipe &) const = default;
};

/// What a pipeline is to the servers that other systems' clients talk to.
enum class PipelineKind {
    Workflow, ///< its steps are what they see
    Process ///< one thing that is done for them, whose output is what they see
};

/// A pipeline as its TOML file describes it: a copyable value without any state of a run.
struct Recipe
{
    QString name;
    QString title;
    QString description;
    QString eventName;
    QJsonObject eventData; ///< string values may hold {{name}}
    std::vector<Parameter> parameters;
    std::vector<StepRecipe> steps;
    std::optional<qint64> graceMs;
    std::optional<qint64> timeoutMs; ///< of the whole job
    OnFailure onFailure = OnFailure::Continue;
    QStringList history; ///< the parameters on which durations depend
    bool remote = false; ///< may be started over the network
    PipelineKind kind = PipelineKind::Workflow;
    QString prefix; ///< of a process's events, as in `PREFIX:execute`; empty for none
    QStringList secretEnv; ///< environment variables whose values nobody is shown
    QString file; ///< absolute path; empty when it came as text
    QString directory; ///< what {{pipeline.dir}} stands for
    QByteArray text; ///< what it was read from

    bool operator==(const Recipe &) const = default;
};

using RecipeResult = tl::expected<Recipe, std::vector<Fault>>;

/// Reads and checks a pipeline (TOML 1.0). All faults are told at once; a syntax fault alone stops the reading.
/// `file` is the name for the faults and, when it has a stem, the name of the pipeline.
[[nodiscard]] RecipeResult readRecipe(QByteArrayView toml, const QString &file);

/// The same from a file of at most 1 MiB.
[[nodiscard]] RecipeResult readRecipeFile(const QString &path);

// What reading, binding and finding pipelines share.

/// The longest text, in UTF-8 bytes, that may become one argument or one environment variable of a step:
/// Linux takes 128 KiB with the variable's name and the end mark.
inline constexpr qsizetype longestArgument = 120 * 1024;

/// Whole numbers up to this size survive JSON readers that know only doubles.
inline constexpr qint64 largestExactInt = qint64(1) << 53;

/// A name for a sentence: like `quoted` of core/model/quote.h, in single quotes.
[[nodiscard]] QString quotedName(QStringView name);

/// `"a", "b" or "c"`, with the middle left out when there are many.
[[nodiscard]] QString anyOf(const QStringList &words);

/// `, did you mean 'blur'?` when one of `known` is near, else nothing.
[[nodiscard]] QString didYouMean(QStringView word, const QStringList &known);

/// The shortest text that reads back as the same number, in no locale; whole numbers without an exponent.
[[nodiscard]] QString numberText(double number);

/// A piece of a text with {{name}} in it: plain text or a name.
struct TemplatePart
{
    QString text;
    bool isName = false;

    bool operator==(const TemplatePart &) const = default;
};

/// Splits at every {{name}}; `{{{{` stands for two braces. Nothing when a `{{` has no `}}` after it.
[[nodiscard]] std::optional<std::vector<TemplatePart>> splitTemplate(QStringView text);

} // namespace stepwire
