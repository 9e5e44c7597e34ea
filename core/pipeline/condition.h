#pragma once

#include "core/model/job.h"

#include <QJsonValue>

#include <functional>
#include <vector>

namespace stepwire {

/// When a step runs: a small typed expression, never a shell string. What speaks of parameters is decided when the job
/// is bound; outcomes and files when the step's turn comes.
struct Condition
{
    enum class Kind {
        Parameter, ///< `name` compares with `values`
        Outcome, ///< step `name` ended in one of `states`
        Exists, ///< there is a file or folder at `path`
        Not, ///< not the only one of `parts`
        All,
        Any,
        Constant ///< `constant`: what binding left of a parameter's comparison; for the sentence `name` and `compare`
                 ///< stay, and `values` begins with the parameter's own value (null: not set)
    };
    enum class Compare { Equals, NotEquals, Less, LessOrEqual, Greater, GreaterOrEqual, In };

    Kind kind = Kind::All;
    QString name;
    Compare compare = Compare::Equals;
    std::vector<QJsonValue> values;
    std::vector<State> states;
    QString path;
    bool constant = true;
    std::vector<Condition> parts;

    bool operator==(const Condition &) const = default;
};

/// What a condition asks when the step's turn comes. Outcomes are final ones.
struct ConditionFacts
{
    std::function<State(const QString &step)> outcome;
    std::function<bool(const QString &path)> exists;
};

/// Nothing when the condition holds, else one lower-case sentence that says what did not hold, for people:
/// `parameter "mode" is "fast", not "slow"`.
[[nodiscard]] std::optional<QString> unmet(const Condition &condition, const ConditionFacts &facts);

/// The steps whose outcome it asks for, each once.
[[nodiscard]] QStringList stepsAskedFor(const Condition &condition);

} // namespace stepwire
