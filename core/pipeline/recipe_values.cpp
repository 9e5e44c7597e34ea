#include "core/pipeline/recipe_reader.h"

#include "core/model/ids.h"
#include "core/model/quote.h"
#include "core/pipeline/binding.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace stepwire::reading {

using namespace Qt::StringLiterals;

Place placeOf(const toml::source_position &position)
{
    return {static_cast<int>(position.line), static_cast<int>(position.column)};
}

Place placeOf(const toml::node &node)
{
    return placeOf(node.source().begin);
}

QString fromToml(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// The members of a table as they stand in the file; toml++ itself sorts them by name.
std::vector<Entry> inFileOrder(const toml::table &table)
{
    std::vector<Entry> entries;
    entries.reserve(table.size());
    for (auto &&[key, value] : table)
        entries.push_back({fromToml(key.str()), &value, placeOf(key.source().begin)});
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry &a, const Entry &b) { return a.keyPlace < b.keyPlace; });
    return entries;
}

/// A value as a message names it.
QString valueText(const toml::node &node)
{
    switch (node.type()) {
    case toml::node_type::string: return quoted(fromToml(node.ref<std::string>()));
    case toml::node_type::integer: return QString::number(node.ref<int64_t>());
    case toml::node_type::floating_point: return numberText(node.ref<double>());
    case toml::node_type::boolean: return node.ref<bool>() ? u"true"_s : u"false"_s;
    case toml::node_type::array: return u"an array"_s;
    case toml::node_type::table: return u"a table"_s;
    default: return u"a date or time"_s;
    }
}

std::optional<double> finiteNumber(const toml::node &node)
{
    if (const auto *whole = node.as_integer())
        return static_cast<double>(whole->get());
    if (const auto *number = node.as_floating_point(); number && std::isfinite(number->get()))
        return number->get();
    return {};
}

std::optional<qint64> exactInt(const toml::node &node)
{
    const auto *whole = node.as_integer();
    if (!whole || whole->get() > largestExactInt || whole->get() < -largestExactInt)
        return {};
    return whole->get();
}

static constexpr qint64 longestGraceMs = 3'600'000;
static constexpr qint64 longestTimeMs = 2'592'000'000;

static std::optional<qint64> timeFromText(QStringView text, qint64 longest)
{
    struct Unit
    {
        QStringView suffix;
        double ms;
    };
    static constexpr std::array<Unit, 5> units = {
        {{u"ms", 1}, {u"s", 1000}, {u"m", 60'000}, {u"h", 3'600'000}, {u"d", 86'400'000}}};
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit &u) { return text.endsWith(u.suffix); });
    // days are for times that can be as long
    if (unit == units.end() || unit->ms > static_cast<double>(longest))
        return {};
    const QStringView digits = text.chopped(unit->suffix.size());
    const auto isDigit = [](QChar c) { return c >= u'0' && c <= u'9'; };
    if (digits.isEmpty() || !isDigit(digits.front()) || !isDigit(digits.back())
        || !std::all_of(digits.begin(), digits.end(), [&](QChar c) { return isDigit(c) || c == u'.'; }))
        return {};
    bool ok = false;
    const double ms = digits.toDouble(&ok) * unit->ms;
    if (!ok || !(ms <= static_cast<double>(longest)))
        return {};
    return std::llround(ms);
}

bool isVariableName(const QString &name)
{
    const auto isLetter = [](QChar c) { return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || c == u'_'; };
    const auto isRest = [&](QChar c) { return isLetter(c) || (c >= u'0' && c <= u'9'); };
    return !name.isEmpty() && isLetter(name.front()) && std::all_of(name.begin(), name.end(), isRest);
}

QString keyList(const QStringList &keys)
{
    QString text;
    for (qsizetype i = 0; i < keys.size(); ++i) {
        if (i > 0)
            text += i + 1 == keys.size() ? u" or "_s : u", "_s;
        text += u'\'' + keys[i] + u'\'';
    }
    return text;
}

std::optional<QString> Reader::text(const toml::node *node, const QString &what)
{
    if (!node)
        return {};
    const auto *value = node->as_string();
    if (!value) {
        wrong(what, *node, u"a string"_s);
        return {};
    }
    QString text = fromToml(value->get());
    if (text.contains(QChar::Null)) {
        fault(placeOf(*node), what + u" is "_s + quoted(text) + u", expected no NUL character in it"_s);
        return {};
    }
    return text;
}

bool Reader::truth(const toml::node *node, const QString &what)
{
    if (!node)
        return false;
    if (const auto *value = node->as_boolean())
        return value->get();
    wrong(what, *node, u"true or false"_s);
    return false;
}

std::optional<qint64> Reader::time(const toml::node *node, const QString &what, TimeRange range)
{
    if (!node)
        return {};
    const qint64 longest = range == TimeRange::Grace ? longestGraceMs : longestTimeMs;
    std::optional<qint64> ms;
    if (const std::optional<double> seconds = finiteNumber(*node)) {
        if (*seconds >= 0 && *seconds * 1000 <= static_cast<double>(longest))
            ms = std::llround(*seconds * 1000);
    } else if (const auto *value = node->as_string()) {
        ms = timeFromText(fromToml(value->get()), longest);
    }
    if (ms == 0 && range == TimeRange::Timeout)
        ms.reset();
    if (ms)
        return ms;
    switch (range) {
    case TimeRange::Grace:
        wrong(what, *node, u"seconds from 0 to 3600 or a text from \"0s\" to \"1h\" with the unit ms, s, m or h"_s);
        break;
    case TimeRange::Delay:
        wrong(what, *node,
              u"seconds from 0 to 2592000 or a text from \"0s\" to \"30d\" with the unit ms, s, m, h or d"_s);
        break;
    case TimeRange::Timeout:
        wrong(what, *node,
              u"seconds above 0 to 2592000 or a text from \"1ms\" to \"30d\" with the unit ms, s, m, h or d"_s);
        break;
    }
    return {};
}

std::optional<int> Reader::wholeNumber(const toml::node &node, const QString &what, int least, int most)
{
    if (const auto *value = node.as_integer(); value && value->get() >= least && value->get() <= most)
        return static_cast<int>(value->get());
    wrong(what, node, u"a whole number from "_s + QString::number(least) + u" to "_s + QString::number(most));
    return {};
}

/// Which of `words` it is.
std::optional<qsizetype> Reader::word(const toml::node *node, const QString &what, const QStringList &words)
{
    if (!node)
        return {};
    const auto *value = node->as_string();
    const qsizetype index = value ? words.indexOf(fromToml(value->get())) : -1;
    if (index >= 0)
        return index;
    wrong(what, *node, anyOf(words));
    return {};
}

/// A value of a parameter that the file itself gives.
std::optional<QJsonValue> Reader::typedValue(const toml::node &node, const Parameter &parameter, const QString &what)
{
    switch (parameter.type) {
    case ParameterType::String:
        if (const auto value = text(&node, what))
            return *value;
        return {};
    case ParameterType::Path:
        if (const auto value = text(&node, what); value && value->isEmpty())
            wrong(what, node, u"a path"_s);
        else if (value)
            return *value;
        return {};
    case ParameterType::Int:
        if (const auto value = exactInt(node))
            return *value;
        wrong(what, node, u"a whole number of at most 9007199254740992 either way"_s);
        return {};
    case ParameterType::Float:
        if (const auto value = finiteNumber(node))
            return *value;
        wrong(what, node, u"a finite number"_s);
        return {};
    case ParameterType::Bool:
        if (node.is_boolean())
            return QJsonValue(node.ref<bool>());
        wrong(what, node, u"true or false"_s);
        return {};
    case ParameterType::Choice:
        if (const auto value = text(&node, what)) {
            if (parameter.choices.contains(*value))
                return *value;
            if (!parameter.choices.isEmpty())
                wrong(what, node, anyOf(parameter.choices));
        }
        return {};
    }
    return {};
}

/// A string, a number or a truth value, whatever it is.
std::optional<QJsonValue> Reader::plainValue(const toml::node &node, const QString &what)
{
    if (node.is_string()) {
        if (const std::optional<QString> value = text(&node, what))
            return *value;
    } else if (const auto *flag = node.as_boolean()) {
        return QJsonValue(flag->get());
    } else if (const std::optional<qint64> whole = exactInt(node)) {
        return *whole;
    } else if (node.is_integer()) {
        wrong(what, node, u"at most 9007199254740992 either way"_s);
    } else if (const std::optional<double> number = finiteNumber(node)) {
        return *number;
    } else {
        wrong(what, node, u"a string, a finite number, true or false"_s);
    }
    return {};
}

/// An array of different strings, with their places: `one` of them is `expected`.
std::vector<Reader::Draft::Named> Reader::names(const toml::node &node, const QString &key, const QString &one,
                                                const QString &expected)
{
    std::vector<Draft::Named> names;
    QSet<QString> seen;
    for (const toml::node &element : *node.as_array()) {
        const auto *value = element.as_string();
        if (!value) {
            wrong(one, element, expected);
            continue;
        }
        const QString name = fromToml(value->get());
        if (seen.contains(name))
            fault(placeOf(element), key + u" has "_s + quoted(name) + u" twice"_s);
        else
            names.push_back({name, placeOf(element)});
        seen.insert(name);
    }
    return names;
}

bool Reader::knowsName(const QString &name) const
{
    return m_names.contains(name) || (m_draft && m_draft->matrixNames.contains(name));
}

void Reader::checkTemplate(const QString &text, Place place)
{
    const auto parts = splitTemplate(text);
    if (!parts) {
        fault(place, quoted(text) + u" has a '{{' without a '}}', expected {{name}}, or {{{{ for two braces"_s);
        return;
    }
    QSet<QString> told;
    for (const TemplatePart &part : *parts) {
        if (!part.isName || told.contains(part.text) || knowsName(part.text))
            continue;
        told.insert(part.text);
        const QString message = u"unknown name "_s + quotedName(part.text) + u" in "_s + quoted(text);
        if (m_draft && part.text.startsWith(u"steps."_s)) {
            const QStringList words = part.text.split(u'.');
            if (words.size() == 3 && isValidId(words[1]) && isValidId(words[2]))
                m_draft->uses.push_back({words[1], words[2], text, place});
            else
                fault(place, message + u", expected {{steps.ID.NAME}}"_s);
        } else if (m_draft && part.text.startsWith(u"matrix."_s)) {
            fault(place,
                  message + suggestion(part.text, m_draft->matrixNames, u", expected a name of this step's matrix"_s));
        } else {
            fault(place, message + suggestion(part.text, m_names, u", expected a parameter or pipeline.dir"_s));
        }
    }
}

static QString variableFor(const QString &name)
{
    if (name == u"pipeline.dir")
        return u"STEPWIRE_PIPELINE_DIR"_s;
    if (name.startsWith(u"matrix."_s))
        return matrixVariable(name.sliced(name.indexOf(u'.') + 1));
    return parameterVariable(name);
}

void Reader::checkScript(const QString &script, Place place)
{
    constexpr qsizetype longestName = 160;
    QSet<QString> told;
    for (qsizetype open = script.indexOf(u"{{"_s); open >= 0; open = script.indexOf(u"{{"_s, open + 1)) {
        const QStringView rest = QStringView(script).sliced(open + 2).left(longestName);
        const qsizetype close = rest.indexOf(u"}}");
        if (close < 0)
            continue;
        const QString name = rest.first(close).trimmed().toString();
        if (told.contains(name))
            continue;
        if (name.startsWith(u"steps."_s)) {
            told.insert(name);
            const QStringList words = name.split(u'.');
            if (words.size() == 3)
                m_draft->uses.push_back({words[1], words[2], {}, place});
            continue;
        }
        if (!knowsName(name))
            continue;
        told.insert(name);
        fault(place,
              u"nothing is replaced in a script, expected \"$"_s + variableFor(name) + u"\" for {{"_s + name + u"}}"_s);
    }
}

} // namespace stepwire::reading
