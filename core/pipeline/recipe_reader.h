#pragma once

#include "core/pipeline/recipe.h"

#include <QHash>
#include <QSet>

#include <toml++/toml.h>

#include <compare>
#include <map>

/// What reads pipeline files; nobody includes this but the files called recipe_*.cpp and recipe.cpp.
namespace stepwire::reading {

inline constexpr qint64 largestFile = qint64(1024) * 1024;
inline constexpr std::size_t mostFaults = 500;
inline constexpr std::size_t mostSteps = 4000;

struct Place
{
    int line = 0;
    int column = 0;

    auto operator<=>(const Place &) const = default;
};

[[nodiscard]] Place placeOf(const toml::source_position &position);
[[nodiscard]] Place placeOf(const toml::node &node);
[[nodiscard]] QString fromToml(std::string_view text);

struct Entry
{
    QString key;
    const toml::node *value;
    Place keyPlace;
};

/// The members of a table as they stand in the file; toml++ itself sorts them by name.
[[nodiscard]] std::vector<Entry> inFileOrder(const toml::table &table);

/// A value as a message names it.
[[nodiscard]] QString valueText(const toml::node &node);

[[nodiscard]] std::optional<double> finiteNumber(const toml::node &node);

/// A whole number that survives JSON readers.
[[nodiscard]] std::optional<qint64> exactInt(const toml::node &node);

/// Where a text that is no UTF-8 stops being it. toml++ tells only the character before.
[[nodiscard]] Place firstInvalid(QByteArrayView toml, qsizetype &at);

/// Where a text nests deeper or names longer keys than a pipeline can.
[[nodiscard]] std::optional<Place> tooDeep(QByteArrayView toml);

/// What toml++ says, in words that fit the other faults.
[[nodiscard]] QString syntaxMessage(const toml::parse_error &error, QByteArrayView toml);

/// Letters, digits and _, no digit first.
[[nodiscard]] bool isVariableName(const QString &name);

/// `'a', 'b' or 'c'`
[[nodiscard]] QString keyList(const QStringList &keys);

enum class TimeRange {
    Grace, ///< to one hour
    Delay, ///< to 30 days
    Timeout ///< to 30 days, above 0
};

/// Reads one file. Goes on after every fault, so that all are told at once.
class Reader
{
public:
    explicit Reader(QString file) : m_file(std::move(file)) { }

    RecipeResult read(QByteArrayView toml);

private:
    /// A step and what is only checked when all are read.
    struct Draft
    {
        struct Named
        {
            QString id;
            Place place;
        };
        struct Use
        {
            QString step;
            QString output;
            QString text; ///< that it stands in; empty for a script
            Place place;
        };
        struct Edge
        {
            std::size_t step;
            Place place;
            bool byWhen;
        };

        StepRecipe step;
        Place idPlace;
        Place matrixPlace;
        std::optional<std::vector<Named>> needs; ///< absent: the step before
        std::vector<Named> asks; ///< steps in `when`
        std::vector<Named> outputs;
        std::vector<Use> uses; ///< of {{steps.id.name}}
        QStringList matrixNames; ///< what may stand in {{ }} besides
        std::vector<Edge> edges; ///< to what it needs and asks for
        std::size_t instances = 1; ///< steps that its matrix makes of it
    };
    using StepIndex = QHash<QString, std::size_t>;

    // recipe_faults.cpp
    void fault(Place place, QString message);
    void wrong(const QString &what, const toml::node &value, const QString &expected);
    QString suggest(QStringView word, const QStringList &known);
    QString suggestion(QStringView word, const QStringList &known, const QString &otherwise = {});
    RecipeResult result(Recipe recipe);
    QSet<QString> checkKeys(const toml::table &table, const QStringList &known, const QString &where);

    // recipe_values.cpp
    std::optional<QString> text(const toml::node *node, const QString &what);
    bool truth(const toml::node *node, const QString &what);
    std::optional<qint64> time(const toml::node *node, const QString &what, TimeRange range);
    std::optional<int> wholeNumber(const toml::node &node, const QString &what, int least, int most);
    std::optional<qsizetype> word(const toml::node *node, const QString &what, const QStringList &words);
    std::optional<QJsonValue> typedValue(const toml::node &node, const Parameter &parameter, const QString &what);
    std::optional<QJsonValue> plainValue(const toml::node &node, const QString &what);
    std::vector<Draft::Named> names(const toml::node &node, const QString &key, const QString &one,
                                    const QString &expected);
    void checkTemplate(const QString &text, Place place);
    void checkScript(const QString &script, Place place);
    [[nodiscard]] bool knowsName(const QString &name) const;

    // recipe.cpp
    void readTop(const toml::table &top, Recipe &recipe);
    void readEvent(const toml::table &top, Recipe &recipe);
    void readKind(const toml::table &top, Recipe &recipe);
    void readHistory(const toml::node &node, Recipe &recipe);
    void readSecretEnv(const toml::node &node, Recipe &recipe);
    void readParameters(const toml::node &node, Recipe &recipe);
    Parameter readParameter(const QString &name, const toml::table &table);
    QStringList readChoices(const toml::node &node);

    // recipe_steps.cpp
    void readSteps(const toml::node &node, Recipe &recipe);
    Draft readStep(const toml::table &table);
    void readWork(const toml::table &table, const QSet<QString> &meant, Draft &draft);
    void readScript(const toml::node &node, StepRecipe &step);
    QStringList readCommand(const toml::node &node);
    void readPipeline(const toml::node &node, StepRecipe &step);
    void readParams(const toml::node &node, StepRecipe &step);
    void readEnv(const toml::node &node, StepRecipe &step);
    void readRetries(const toml::node &node, RetryPolicy &retry);
    void readMatrix(const toml::table &table, Draft &draft);
    MatrixAxis readAxis(const QString &name, const toml::node &node);
    void readOutputs(const toml::node &node, Draft &draft);
    void readProgress(const toml::table &table, StepRecipe &step);
    void readPhases(const toml::node &node, StepRecipe &step);
    std::vector<Draft::Named> readNeeds(const toml::node &node, const QString &id);

    // recipe_when.cpp
    std::optional<Condition> readCondition(const toml::node &node, const QString &what, int depth);
    std::optional<Condition> readComparison(const toml::table &table, const toml::node &name);
    std::optional<Condition> readOutcome(const toml::table &table, const toml::node &name);
    std::optional<Condition> readParts(Condition::Kind kind, const QString &key, const toml::node &node, int depth);

    // recipe_order.cpp
    void resolve(std::vector<Draft> &drafts);
    void resolveNeeds(std::vector<Draft> &drafts, std::size_t index, const StepIndex &byId, const QStringList &ids);
    void resolveAsks(std::vector<Draft> &drafts, std::size_t index, const StepIndex &byId, const QStringList &ids);
    std::optional<std::vector<std::size_t>> findCircles(const std::vector<Draft> &drafts);
    void checkMatrices(const std::vector<Draft> &drafts, const StepIndex &byId);
    void checkVariables(const std::vector<Draft> &drafts);
    void checkUses(const std::vector<Draft> &drafts, const StepIndex &byId, const QStringList &ids,
                   const std::optional<std::vector<std::size_t>> &order);

    QString m_file;
    std::vector<Fault> m_faults;
    std::size_t m_untold = 0;
    qsizetype m_suggestionBudget = 20'000'000; ///< compared characters: a hostile file must not cost minutes
    QStringList m_names; ///< what may stand in {{ }}
    QStringList m_parameters;
    std::map<QString, Parameter> m_typed; ///< those without faults in their type
    Draft *m_draft = nullptr; ///< the step that is read
};

} // namespace stepwire::reading
