#include "core/pipeline/recipe_reader.h"

#include "core/model/quote.h"

namespace stepwire::reading {

using namespace Qt::StringLiterals;

static constexpr int deepestCondition = 8;

static const QStringList &kinds()
{
    static const QStringList keys = {u"param"_s, u"step"_s, u"exists"_s, u"not"_s, u"all"_s, u"any"_s};
    return keys;
}

/// In the order of Condition::Compare.
static const QStringList &comparisons()
{
    static const QStringList keys = {u"equals"_s,       u"not_equals"_s, u"less_than"_s, u"at_most"_s,
                                     u"greater_than"_s, u"at_least"_s,   u"in"_s};
    return keys;
}

static bool ordersNumbers(Condition::Compare compare)
{
    return compare >= Condition::Compare::Less && compare <= Condition::Compare::GreaterOrEqual;
}

std::optional<Condition> Reader::readCondition(const toml::node &node, const QString &what, int depth)
{
    static const QStringList known = kinds() + comparisons() + QStringList{u"is"_s};
    const toml::table *table = node.as_table();
    if (!table) {
        wrong(what, node, u"a table such as { param = \"mode\", equals = \"fast\" }"_s);
        return {};
    }
    if (depth > deepestCondition) {
        fault(placeOf(node), u"conditions nest deeper than "_s + QString::number(deepestCondition));
        return {};
    }
    const QSet<QString> meant = checkKeys(*table, known, u"a condition"_s);
    const std::vector<Entry> entries = inFileOrder(*table);
    const Entry *kind = nullptr;
    for (const Entry &entry : entries) {
        if (!kinds().contains(entry.key))
            continue;
        if (kind) {
            fault(entry.keyPlace,
                  u"a condition has '"_s + kind->key + u"' and '"_s + entry.key + u"', expected one of both"_s);
            return {};
        }
        kind = &entry;
    }
    if (!kind) {
        if (!meant.intersects(QSet<QString>(kinds().begin(), kinds().end())))
            fault(placeOf(node), u"missing key "_s + keyList(kinds()) + u" in a condition"_s);
        return {};
    }
    bool fits = true;
    for (const Entry &entry : entries) {
        const QString &owner = entry.key == u"is" ? kinds().at(1) : kinds().at(0);
        if (&entry == kind || !known.contains(entry.key) || kind->key == owner)
            continue;
        fault(entry.keyPlace,
              u"a condition has '"_s + entry.key + u"' and '"_s + kind->key + u"', expected '"_s + entry.key
                  + u"' with '"_s + owner + u'\'');
        fits = false;
    }
    if (!fits)
        return {};

    switch (kinds().indexOf(kind->key)) {
    case 0: return readComparison(*table, *kind->value);
    case 1: return readOutcome(*table, *kind->value);
    case 2: {
        Condition condition;
        condition.kind = Condition::Kind::Exists;
        const auto path = text(kind->value, u"exists"_s);
        if (!path)
            return {};
        if (path->isEmpty())
            wrong(u"exists"_s, *kind->value, u"a path"_s);
        checkTemplate(*path, placeOf(*kind->value));
        condition.path = *path;
        return condition;
    }
    case 3: {
        Condition condition;
        condition.kind = Condition::Kind::Not;
        auto part = readCondition(*kind->value, u"not"_s, depth + 1);
        if (!part)
            return {};
        condition.parts.push_back(std::move(*part));
        return condition;
    }
    case 4: return readParts(Condition::Kind::All, kind->key, *kind->value, depth);
    default: return readParts(Condition::Kind::Any, kind->key, *kind->value, depth);
    }
}

std::optional<Condition> Reader::readParts(Condition::Kind kind, const QString &key, const toml::node &node, int depth)
{
    Condition condition;
    condition.kind = kind;
    const toml::array *array = node.as_array();
    if (!array) {
        wrong(key, node, u"an array of conditions"_s);
        return {};
    }
    if (array->empty()) {
        fault(placeOf(node), key + u" is empty, expected at least one condition"_s);
        return {};
    }
    for (const toml::node &element : *array) {
        if (auto part = readCondition(element, u"a condition"_s, depth + 1))
            condition.parts.push_back(std::move(*part));
    }
    return condition;
}

std::optional<Condition> Reader::readComparison(const toml::table &table, const toml::node &name)
{
    Condition condition;
    condition.kind = Condition::Kind::Parameter;
    const auto *given = name.as_string();
    if (!given) {
        wrong(u"param"_s, name, u"the name of a parameter"_s);
        return {};
    }
    condition.name = fromToml(given->get());
    const Entry *found = nullptr;
    const std::vector<Entry> entries = inFileOrder(table);
    bool misspelt = false;
    for (const Entry &entry : entries) {
        misspelt = misspelt || (entry.key != u"param" && !comparisons().contains(entry.key));
        if (!comparisons().contains(entry.key))
            continue;
        if (found) {
            fault(entry.keyPlace,
                  u"a condition has '"_s + found->key + u"' and '"_s + entry.key + u"', expected one of both"_s);
            return {};
        }
        found = &entry;
    }
    if (!m_parameters.contains(condition.name)) {
        fault(placeOf(name),
              u"unknown parameter "_s + quotedName(condition.name) + u" in a condition"_s
                  + suggestion(condition.name, m_parameters));
        return {};
    }
    if (!found) {
        if (!misspelt)
            fault(placeOf(name), u"missing key "_s + keyList(comparisons()) + u" in a condition with 'param'"_s);
        return {};
    }
    condition.compare = static_cast<Condition::Compare>(comparisons().indexOf(found->key));
    const auto typed = m_typed.find(condition.name);
    if (typed == m_typed.end())
        return {};
    const Parameter &parameter = typed->second;
    if (ordersNumbers(condition.compare) && parameter.type != ParameterType::Int
        && parameter.type != ParameterType::Float) {
        fault(found->keyPlace,
              u'\'' + found->key + u"' compares numbers, but parameter "_s + quotedName(parameter.name)
                  + u" has the type \""_s + parameterTypeName(parameter.type) + u'"');
        return {};
    }
    if (condition.compare != Condition::Compare::In) {
        if (const auto value = typedValue(*found->value, parameter, found->key))
            condition.values.push_back(*value);
        return condition;
    }
    const toml::array *array = found->value->as_array();
    if (!array)
        wrong(u"in"_s, *found->value, u"an array of values"_s);
    else if (array->empty())
        fault(placeOf(*found->value), u"in is empty, expected at least one value"_s);
    else {
        for (const toml::node &element : *array) {
            if (const auto value = typedValue(element, parameter, u"a value of in"_s))
                condition.values.push_back(*value);
        }
    }
    return condition;
}

std::optional<Condition> Reader::readOutcome(const toml::table &table, const toml::node &name)
{
    Condition condition;
    condition.kind = Condition::Kind::Outcome;
    const auto *given = name.as_string();
    if (!given) {
        wrong(u"step"_s, name, u"the id of a step"_s);
        return {};
    }
    condition.name = fromToml(given->get());
    m_draft->asks.push_back({condition.name, placeOf(name)});

    const toml::node *is = table.get("is");
    if (!is) {
        if (table.size() == 1)
            fault(placeOf(name), u"missing key 'is' in a condition with 'step'"_s);
        return {};
    }
    QStringList outcomes;
    for (int state = 0; state <= static_cast<int>(State::Interrupted); ++state) {
        if (isFinal(static_cast<State>(state)))
            outcomes.push_back(stateName(static_cast<State>(state)));
    }
    const auto add = [&](const toml::node &node) {
        const auto index = word(&node, u"the outcome"_s, outcomes);
        if (!index)
            return;
        const State state = *stateFromName(outcomes[*index]);
        if (std::find(condition.states.begin(), condition.states.end(), state) != condition.states.end())
            fault(placeOf(node), u"is has "_s + quoted(outcomes[*index]) + u" twice"_s);
        else
            condition.states.push_back(state);
    };
    const toml::array *array = is->as_array();
    if (!array) {
        add(*is);
    } else {
        for (const toml::node &element : *array)
            add(element);
        if (array->empty())
            fault(placeOf(*is), u"is is empty, expected at least one outcome"_s);
    }
    return condition;
}

} // namespace stepwire::reading
