#include "core/pipeline/condition.h"

#include "core/model/quote.h"
#include "core/pipeline/recipe.h"

#include <algorithm>

namespace stepwire {

using namespace Qt::StringLiterals;

static bool holds(const Condition &condition, const ConditionFacts &facts)
{
    const auto partHolds = [&](const Condition &part) { return holds(part, facts); };
    const std::vector<Condition> &parts = condition.parts;
    switch (condition.kind) {
    case Condition::Kind::Outcome:
        return std::find(condition.states.begin(), condition.states.end(), facts.outcome(condition.name))
            != condition.states.end();
    case Condition::Kind::Exists: return !condition.path.isEmpty() && facts.exists(condition.path);
    case Condition::Kind::Not: return std::none_of(parts.begin(), parts.end(), partHolds);
    case Condition::Kind::All: return std::all_of(parts.begin(), parts.end(), partHolds);
    case Condition::Kind::Any: return std::any_of(parts.begin(), parts.end(), partHolds);
    case Condition::Kind::Constant: return condition.constant;
    case Condition::Kind::Parameter: break; // binding decides these
    }
    return false;
}

static QString valueText(const QJsonValue &value)
{
    return value.isDouble() ? numberText(value.toDouble()) : quoted(value);
}

static QString comparisonText(const Condition &condition)
{
    if (condition.name.isEmpty() || condition.values.empty())
        return u"the condition is "_s + (condition.constant ? u"true"_s : u"false"_s);
    const QJsonValue &actual = condition.values.front();
    const QString subject = u"parameter "_s + quoted(condition.name);
    constexpr std::size_t shown = 10;
    QString wanted;
    for (std::size_t i = 1; i < condition.values.size(); ++i) {
        if (condition.values.size() > shown && i == shown - 1) {
            wanted += u", …"_s;
            i = condition.values.size() - 1;
        }
        if (i > 1)
            wanted += i + 1 == condition.values.size() ? u" or "_s : u", "_s;
        wanted += valueText(condition.values[i]);
    }
    const bool equality =
        condition.compare == Condition::Compare::Equals || condition.compare == Condition::Compare::In;
    if (actual.isNull())
        return subject + u" is not set"_s + (equality && !condition.constant ? u", not "_s + wanted : QString());
    QString is = subject + u" is "_s + valueText(actual);
    // what holds although it should not speaks of the contrary
    switch (condition.compare) {
    case Condition::Compare::Equals:
    case Condition::Compare::In: return condition.constant ? is : is + u", not "_s + wanted;
    case Condition::Compare::NotEquals: return condition.constant ? is + u", not "_s + wanted : is;
    case Condition::Compare::Less:
        return is + (condition.constant ? u", less than "_s : u", not less than "_s) + wanted;
    case Condition::Compare::LessOrEqual:
        return is + (condition.constant ? u", at most "_s : u", not at most "_s) + wanted;
    case Condition::Compare::Greater:
        return is + (condition.constant ? u", greater than "_s : u", not greater than "_s) + wanted;
    case Condition::Compare::GreaterOrEqual:
        return is + (condition.constant ? u", at least "_s : u", not at least "_s) + wanted;
    }
    return is;
}

static QString outcomeText(State state)
{
    switch (state) {
    case State::Succeeded: return u"succeeded"_s;
    case State::Failed: return u"failed"_s;
    case State::Cancelled: return u"was cancelled"_s;
    case State::TimedOut: return u"timed out"_s;
    case State::Skipped: return u"was skipped"_s;
    case State::Interrupted: return u"was interrupted"_s;
    default: return u"is "_s + stateName(state);
    }
}

/// Why it holds or does not: how things are.
static QString reason(const Condition &condition, const ConditionFacts &facts)
{
    constexpr std::size_t shown = 3;
    switch (condition.kind) {
    case Condition::Kind::Outcome:
        return u"step "_s + quoted(condition.name) + u' ' + outcomeText(facts.outcome(condition.name));
    case Condition::Kind::Exists:
        if (condition.path.isEmpty())
            return u"there is no path to look for"_s;
        return (facts.exists(condition.path) ? u"there is "_s : u"there is no "_s) + quoted(condition.path, 200);
    case Condition::Kind::Parameter: return u"parameter "_s + quoted(condition.name) + u" is not decided"_s;
    case Condition::Kind::Constant: return comparisonText(condition);
    case Condition::Kind::Not: return condition.parts.empty() ? QString() : reason(condition.parts.front(), facts);
    case Condition::Kind::All:
    case Condition::Kind::Any: break;
    }
    // one part settles that all do not hold, or that any does
    const bool settledBy = condition.kind == Condition::Kind::Any;
    QStringList reasons;
    std::size_t more = 0;
    for (const Condition &part : condition.parts) {
        if (holds(part, facts) == settledBy)
            return reason(part, facts);
        if (reasons.size() < static_cast<qsizetype>(shown))
            reasons.push_back(reason(part, facts));
        else
            ++more;
    }
    if (reasons.isEmpty())
        return u"there is no condition"_s;
    if (more > 0)
        return reasons.join(u", "_s) + u" and "_s + QString::number(more) + u" more"_s;
    const QString last = reasons.takeLast();
    return reasons.isEmpty() ? last : reasons.join(u", "_s) + u" and "_s + last;
}

std::optional<QString> unmet(const Condition &condition, const ConditionFacts &facts)
{
    if (holds(condition, facts))
        return {};
    return reason(condition, facts);
}

static void gatherSteps(const Condition &condition, QStringList &steps)
{
    if (condition.kind == Condition::Kind::Outcome)
        steps.push_back(condition.name);
    for (const Condition &part : condition.parts)
        gatherSteps(part, steps);
}

QStringList stepsAskedFor(const Condition &condition)
{
    QStringList steps;
    gatherSteps(condition, steps);
    steps.removeDuplicates();
    return steps;
}

} // namespace stepwire
