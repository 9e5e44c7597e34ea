#include "core/pipeline/recipe.h"

#include "core/model/ids.h"
#include "core/model/quote.h"
#include "core/pipeline/binding.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <QLocale>
#include <QSet>

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <compare>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr qint64 largestFile = 1024 * 1024;
static constexpr std::size_t mostSteps = 4000;
static constexpr std::size_t mostParameters = 256;
static constexpr std::size_t mostFaults = 500;
static constexpr qint64 longestGraceMs = 3'600'000;
static constexpr double largestWeight = 1e9;
static constexpr std::array<const char16_t *, 6> typeNames = {u"string", u"path", u"int", u"float", u"bool", u"choice"};

QString faultText(const Fault &fault)
{
    QString text = fault.file;
    if (fault.line > 0) {
        if (!text.isEmpty())
            text += u':';
        text += QString::number(fault.line) + u':' + QString::number(fault.column);
    }
    return text.isEmpty() ? fault.message : text + u": "_s + fault.message;
}

QString parameterTypeName(ParameterType type)
{
    return QString::fromUtf16(typeNames.at(static_cast<std::size_t>(type)));
}

static std::optional<ParameterType> parameterTypeFromName(QStringView name)
{
    for (std::size_t i = 0; i < typeNames.size(); ++i) {
        if (name == QStringView(typeNames[i]))
            return static_cast<ParameterType>(i);
    }
    return {};
}

QString quotedName(QStringView name)
{
    QString text = quoted(name);
    text.front() = u'\'';
    text.back() = u'\'';
    return text;
}

QString anyOf(const QStringList &words)
{
    constexpr qsizetype shown = 12;
    QString text;
    for (qsizetype i = 0; i < words.size(); ++i) {
        if (words.size() > shown && i >= shown - 2 && i + 1 < words.size()) {
            text += u", …"_s;
            i = words.size() - 1;
        }
        if (i > 0)
            text += i + 1 == words.size() ? u" or "_s : u", "_s;
        text += quoted(words[i]);
    }
    return text;
}

QString didYouMean(QStringView word, const QStringList &known)
{
    const QString near = nearest(word, known);
    return near.isEmpty() ? QString() : u", did you mean "_s + quotedName(near) + u'?';
}

QString numberText(double number)
{
    if (std::abs(number) <= static_cast<double>(largestExactInt) && number == std::trunc(number))
        return QString::number(static_cast<qint64>(number));
    return QString::number(number, 'g', QLocale::FloatingPointShortest);
}

std::optional<std::vector<TemplatePart>> splitTemplate(QStringView text)
{
    std::vector<TemplatePart> parts;
    const auto addText = [&](QStringView piece) {
        if (piece.isEmpty())
            return;
        if (parts.empty() || parts.back().isName)
            parts.push_back({});
        parts.back().text += piece;
    };
    while (true) {
        const qsizetype open = text.indexOf(u"{{");
        if (open < 0)
            break;
        addText(text.first(open));
        text = text.sliced(open + 2);
        if (text.startsWith(u"{{")) {
            addText(u"{{");
            text = text.sliced(2);
            continue;
        }
        const qsizetype close = text.indexOf(u"}}");
        if (close < 0)
            return {};
        parts.push_back({text.first(close).trimmed().toString(), true});
        text = text.sliced(close + 2);
    }
    addText(text);
    return parts;
}

namespace {

struct Place
{
    int line = 0;
    int column = 0;

    auto operator<=>(const Place &) const = default;
};

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

struct Entry
{
    QString key;
    const toml::node *value;
    Place keyPlace;
};

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

std::optional<qint64> graceFromText(QStringView text)
{
    struct Unit
    {
        QStringView suffix;
        double ms;
    };
    static constexpr std::array<Unit, 4> units = {{{u"ms", 1}, {u"s", 1000}, {u"m", 60'000}, {u"h", 3'600'000}}};
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit &u) { return text.endsWith(u.suffix); });
    if (unit == units.end())
        return {};
    const QStringView digits = text.chopped(unit->suffix.size());
    const auto isDigit = [](QChar c) { return c >= u'0' && c <= u'9'; };
    if (digits.isEmpty() || !isDigit(digits.front()) || !isDigit(digits.back())
        || !std::all_of(digits.begin(), digits.end(), [&](QChar c) { return isDigit(c) || c == u'.'; }))
        return {};
    bool ok = false;
    const double ms = digits.toDouble(&ok) * unit->ms;
    if (!ok || !(ms <= static_cast<double>(longestGraceMs)))
        return {};
    return std::llround(ms);
}

/// Where a text that is no UTF-8 stops being it. toml++ tells only the character before.
Place firstInvalid(QByteArrayView toml, qsizetype &at)
{
    Place place{1, 1};
    at = 0;
    while (at < toml.size()) {
        const auto lead = static_cast<unsigned char>(toml[at]);
        const qsizetype length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (!toml.sliced(at, std::min(length, toml.size() - at)).isValidUtf8())
            break;
        if (lead == '\n')
            place = {place.line + 1, 1};
        else
            ++place.column;
        at += length;
    }
    return place;
}

/// Where a text nests deeper or names longer keys than a pipeline can: toml++ takes dotted keys of any
/// length, and tables as deep as these overflow the stack when they are destroyed. Strings and comments are
/// stepped over; at a string that never ends the search does too, as the reading will.
std::optional<Place> tooDeep(QByteArrayView toml)
{
    constexpr int deepest = 32;
    constexpr int mostDots = 16;
    Place place{1, 1};
    int depth = 0;
    int dots = 0;
    qsizetype i = 0;
    const auto step = [&] {
        const char c = toml[i++];
        if (c == '\n')
            place = {place.line + 1, 1};
        else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80)
            ++place.column;
    };
    const auto startsWith = [&](QByteArrayView text) { return toml.sliced(i).startsWith(text); };
    while (i < toml.size()) {
        const char c = toml[i];
        if (c == '#') {
            while (i < toml.size() && toml[i] != '\n')
                step();
            continue;
        }
        if (c == '"' || c == '\'') {
            const QByteArrayView three = c == '"' ? "\"\"\"" : "'''";
            const bool long_ = startsWith(three);
            const QByteArrayView end = long_ ? three : three.first(1);
            for (qsizetype n = 0; n < end.size(); ++n)
                step();
            while (i < toml.size() && !startsWith(end)) {
                if (!long_ && toml[i] == '\n')
                    return {};
                if (c == '"' && toml[i] == '\\' && i + 1 < toml.size())
                    step();
                step();
            }
            // a long string may end in two quotes of its own
            for (qsizetype n = 0; n < (long_ ? 5 : 1) && i < toml.size() && toml[i] == c; ++n)
                step();
            continue;
        }
        if (c == '[' || c == '{')
            ++depth;
        else if (c == ']' || c == '}')
            depth = std::max(0, depth - 1);
        if (c == '.')
            ++dots;
        else if (c == '[' || c == ']' || c == '{' || c == '}' || c == '=' || c == ',' || c == '\n')
            dots = 0;
        if (depth > deepest || dots > mostDots)
            return place;
        step();
    }
    return {};
}

/// Reads one file. Goes on after every fault, so that all are told at once.
class Reader
{
public:
    explicit Reader(QString file) : m_file(std::move(file)) { }

    RecipeResult read(QByteArrayView toml);

private:
    struct Draft
    {
        StepRecipe step;
        struct Need
        {
            QString id;
            Place place;
        };
        std::optional<std::vector<Need>> needs; ///< absent: the step before
        Place idPlace;
    };

    void fault(Place place, QString message);
    void wrong(const QString &what, const toml::node &value, const QString &expected);
    QString suggest(QStringView word, const QStringList &known);
    RecipeResult result(Recipe recipe);

    QSet<QString> checkKeys(const toml::table &table, const QStringList &known, const QString &where);
    std::optional<QString> text(const toml::node *node, const QString &what);
    bool truth(const toml::node *node, const QString &what);
    std::optional<qint64> grace(const toml::node *node);
    void checkTemplate(const QString &text, Place place);
    void checkScript(const QString &script, Place place);

    void readTop(const toml::table &top, Recipe &recipe);
    void readEvent(const toml::table &top, Recipe &recipe);
    void readParameters(const toml::node &node, Recipe &recipe);
    Parameter readParameter(const QString &name, const toml::table &table);
    void readDefault(const toml::node &node, Parameter &parameter);
    QStringList readChoices(const toml::node &node);
    void readSteps(const toml::node &node, Recipe &recipe);
    Draft readStep(const toml::table &table);
    QStringList readCommand(const toml::node &node);
    void readEnv(const toml::node &node, StepRecipe &step);
    std::vector<Draft::Need> readNeeds(const toml::node &node, const QString &id);
    void resolveNeeds(std::vector<Draft> &drafts);
    void findCircles(const std::vector<Draft> &drafts, const QHash<QString, std::size_t> &byId);

    QString m_file;
    std::vector<Fault> m_faults;
    std::size_t m_untold = 0;
    qsizetype m_suggestionBudget = 20'000'000; ///< compared characters: a hostile file must not cost minutes
    QStringList m_names; ///< what may stand in {{ }}
};

void Reader::fault(Place place, QString message)
{
    if (m_faults.size() < mostFaults)
        m_faults.push_back({m_file, place.line, place.column, std::move(message)});
    else
        ++m_untold;
}

void Reader::wrong(const QString &what, const toml::node &value, const QString &expected)
{
    fault(placeOf(value), what + u" is "_s + valueText(value) + u", expected "_s + expected);
}

QString Reader::suggest(QStringView word, const QStringList &known)
{
    qsizetype cost = 0;
    for (const QString &candidate : known)
        cost += candidate.size() + 1;
    m_suggestionBudget -= cost * (word.size() + 1);
    return m_suggestionBudget < 0 ? QString() : nearest(word, known);
}

RecipeResult Reader::result(Recipe recipe)
{
    if (m_faults.empty())
        return recipe;
    std::stable_sort(m_faults.begin(), m_faults.end(), [](const Fault &a, const Fault &b) {
        return Place{a.line, a.column} < Place{b.line, b.column};
    });
    if (m_untold > 0)
        m_faults.push_back({m_file, 0, 0, u"there are "_s + QString::number(m_untold) + u" more faults"_s});
    return tl::unexpected(std::move(m_faults));
}

/// A fault for every key that is not known. Returns what they were probably meant to be, so that these are
/// not told as missing as well.
QSet<QString> Reader::checkKeys(const toml::table &table, const QStringList &known, const QString &where)
{
    QSet<QString> meant;
    for (const Entry &entry : inFileOrder(table)) {
        if (known.contains(entry.key))
            continue;
        const QString near = suggest(entry.key, known);
        QString message = u"unknown key "_s + quotedName(entry.key) + u" in "_s + where;
        if (!near.isEmpty()) {
            message += u", did you mean '"_s + near + u"'?"_s;
            meant.insert(near);
        }
        fault(entry.keyPlace, std::move(message));
    }
    return meant;
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

std::optional<qint64> Reader::grace(const toml::node *node)
{
    if (!node)
        return {};
    std::optional<qint64> ms;
    if (const std::optional<double> seconds = finiteNumber(*node)) {
        if (*seconds >= 0 && *seconds * 1000 <= static_cast<double>(longestGraceMs))
            ms = std::llround(*seconds * 1000);
    } else if (const auto *value = node->as_string()) {
        ms = graceFromText(fromToml(value->get()));
    }
    if (!ms)
        wrong(u"grace"_s, *node,
              u"seconds from 0 to 3600 or a text from \"0s\" to \"1h\" with the unit ms, s, m or h"_s);
    return ms;
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
        if (!part.isName || m_names.contains(part.text) || told.contains(part.text))
            continue;
        told.insert(part.text);
        const QString near = suggest(part.text, m_names);
        fault(place,
              u"unknown name "_s + quotedName(part.text) + u" in "_s + quoted(text)
                  + (near.isEmpty() ? u", expected a parameter or pipeline.dir"_s
                                    : u", did you mean '"_s + near + u"'?"_s));
    }
}

void Reader::checkScript(const QString &script, Place place)
{
    constexpr qsizetype longestName = 80;
    QSet<QString> told;
    for (qsizetype open = script.indexOf(u"{{"_s); open >= 0; open = script.indexOf(u"{{"_s, open + 1)) {
        const QStringView rest = QStringView(script).sliced(open + 2).left(longestName);
        const qsizetype close = rest.indexOf(u"}}");
        if (close < 0)
            continue;
        const QString name = rest.first(close).trimmed().toString();
        if (!m_names.contains(name) || told.contains(name))
            continue;
        told.insert(name);
        const bool isFolder = name == u"pipeline.dir";
        const QString variable = isFolder ? u"STEPWIRE_PIPELINE_DIR"_s : parameterVariable(name);
        fault(place, u"nothing is replaced in a script, expected \"$"_s + variable + u"\" for {{"_s + name + u"}}"_s);
    }
}

void Reader::readEvent(const toml::table &top, Recipe &recipe)
{
    if (const toml::node *node = top.get("event_name")) {
        const auto *value = node->as_string();
        const QString name = value ? fromToml(value->get()) : QString();
        if (!isValidId(name))
            wrong(u"event_name"_s, *node, u"1 to 64 of A-Z a-z 0-9 _ -"_s);
        else if (name == u"hub")
            wrong(u"event_name"_s, *node, u"another name since the hub has this one"_s);
        else
            recipe.eventName = name;
    }
    const toml::node *node = top.get("event_data");
    if (!node)
        return;
    const toml::table *table = node->as_table();
    if (!table) {
        wrong(u"event_data"_s, *node, u"a table"_s);
        return;
    }
    for (const Entry &entry : inFileOrder(*table)) {
        const QString what = u"event_data "_s + quotedName(entry.key);
        if (entry.value->is_string()) {
            if (const std::optional<QString> value = text(entry.value, what)) {
                checkTemplate(*value, placeOf(*entry.value));
                recipe.eventData.insert(entry.key, *value);
            }
        } else if (const auto *flag = entry.value->as_boolean()) {
            recipe.eventData.insert(entry.key, flag->get());
        } else if (const std::optional<qint64> whole = exactInt(*entry.value)) {
            recipe.eventData.insert(entry.key, *whole);
        } else if (const std::optional<double> number = finiteNumber(*entry.value);
                   number && !entry.value->is_integer()) {
            recipe.eventData.insert(entry.key, *number);
        } else if (entry.value->is_integer()) {
            wrong(what, *entry.value, u"at most 9007199254740992 either way"_s);
        } else {
            wrong(what, *entry.value, u"a string, a finite number, true or false"_s);
        }
    }
}

QStringList Reader::readChoices(const toml::node &node)
{
    QStringList choices;
    const toml::array *array = node.as_array();
    if (!array || array->empty()) {
        if (array)
            fault(placeOf(node), u"choices is empty, expected at least one string"_s);
        else
            wrong(u"choices"_s, node, u"an array of strings"_s);
        return choices;
    }
    QSet<QString> seen;
    for (const toml::node &element : *array) {
        const std::optional<QString> choice = text(&element, u"a choice"_s);
        if (!choice)
            continue;
        if (seen.contains(*choice))
            fault(placeOf(element), u"choices has "_s + quoted(*choice) + u" twice"_s);
        else
            choices.push_back(*choice);
        seen.insert(*choice);
    }
    return choices;
}

void Reader::readDefault(const toml::node &node, Parameter &parameter)
{
    const QString what = u"default"_s;
    switch (parameter.type) {
    case ParameterType::String:
        if (const auto value = text(&node, what))
            parameter.defaultValue = *value;
        break;
    case ParameterType::Path:
        if (const auto value = text(&node, what); value && value->isEmpty())
            wrong(what, node, u"a path"_s);
        else if (value)
            parameter.defaultValue = *value;
        break;
    case ParameterType::Int:
        if (const auto value = exactInt(node))
            parameter.defaultValue = *value;
        else
            wrong(what, node, u"a whole number of at most 9007199254740992 either way"_s);
        break;
    case ParameterType::Float:
        if (const auto value = finiteNumber(node))
            parameter.defaultValue = *value;
        else
            wrong(what, node, u"a finite number"_s);
        break;
    case ParameterType::Bool:
        if (node.is_boolean())
            parameter.defaultValue = node.ref<bool>();
        else
            wrong(what, node, u"true or false"_s);
        break;
    case ParameterType::Choice:
        if (const auto value = text(&node, what)) {
            if (parameter.choices.contains(*value))
                parameter.defaultValue = *value;
            else if (!parameter.choices.isEmpty())
                wrong(what, node, anyOf(parameter.choices));
        }
        break;
    }
}

Parameter Reader::readParameter(const QString &name, const toml::table &table)
{
    static const QStringList known = {u"type"_s, u"required"_s, u"default"_s, u"help"_s, u"choices"_s};
    Parameter parameter;
    parameter.name = name;
    const QSet<QString> meant = checkKeys(table, known, u"a parameter"_s);

    bool typeKnown = !meant.contains(u"type"_s);
    if (const toml::node *node = table.get("type")) {
        const auto *value = node->as_string();
        const auto type = value ? parameterTypeFromName(fromToml(value->get())) : std::nullopt;
        typeKnown = type.has_value();
        if (type)
            parameter.type = *type;
        else
            wrong(u"type"_s, *node, u"\"string\", \"path\", \"int\", \"float\", \"bool\" or \"choice\""_s);
    }
    parameter.required = truth(table.get("required"), u"required"_s);
    parameter.help = text(table.get("help"), u"help"_s).value_or(QString());

    const toml::node *choices = table.get("choices");
    if (choices) {
        parameter.choices = readChoices(*choices);
        if (typeKnown && parameter.type != ParameterType::Choice)
            fault(placeOf(*choices),
                  u"choices is given for type \""_s + parameterTypeName(parameter.type)
                      + u"\", expected type \"choice\""_s);
    } else if (typeKnown && parameter.type == ParameterType::Choice && !meant.contains(u"choices"_s)) {
        fault(placeOf(table), u"missing key 'choices' in a parameter of type \"choice\""_s);
    }
    if (const toml::node *node = table.get("default")) {
        if (typeKnown)
            readDefault(*node, parameter);
        if (parameter.required)
            fault(placeOf(*node),
                  u"parameter "_s + quotedName(name) + u" is required and has a default, expected one of both"_s);
    }
    return parameter;
}

void Reader::readParameters(const toml::node &node, Recipe &recipe)
{
    const toml::table *table = node.as_table();
    if (!table) {
        wrong(u"parameters"_s, node, u"a table for each ([parameters.NAME])"_s);
        return;
    }
    if (table->size() > mostParameters) {
        fault(placeOf(node),
              u"there are "_s + QString::number(table->size()) + u" parameters, expected at most "_s
                  + QString::number(mostParameters));
        return;
    }
    struct First
    {
        QString name;
        int line;
    };
    QHash<QString, First> byVariable;
    for (const Entry &entry : inFileOrder(*table)) {
        const QString what = u"parameter "_s + quotedName(entry.key);
        const toml::table *definition = entry.value->as_table();
        m_names.push_back(entry.key);
        if (!isValidId(entry.key)) {
            fault(entry.keyPlace,
                  u"parameter name "_s + quotedName(entry.key) + u", expected 1 to 64 of A-Z a-z 0-9 _ -"_s);
        } else {
            const QString variable = parameterVariable(entry.key);
            const auto first = byVariable.constFind(variable);
            if (first != byVariable.constEnd())
                fault(entry.keyPlace,
                      what + u" gives the same variable "_s + variable + u" as "_s + quotedName(first->name)
                          + u" in line "_s + QString::number(first->line));
            else
                byVariable.insert(variable, {entry.key, entry.keyPlace.line});
        }
        if (definition)
            recipe.parameters.push_back(readParameter(entry.key, *definition));
        else
            wrong(what, *entry.value, u"a table ([parameters.NAME])"_s);
    }
}

QStringList Reader::readCommand(const toml::node &node)
{
    QStringList command;
    const toml::array *array = node.as_array();
    if (!array) {
        wrong(u"command"_s, node, u"an array of strings"_s);
        return command;
    }
    if (array->empty()) {
        fault(placeOf(node), u"command is empty, expected a program and its arguments"_s);
        return command;
    }
    for (const toml::node &element : *array) {
        const bool first = &element == array->get(0);
        const auto argument = text(&element, first ? u"the program"_s : u"an argument"_s);
        if (!argument)
            continue;
        checkTemplate(*argument, placeOf(element));
        if (first && argument->isEmpty())
            wrong(u"the program"_s, element, u"the name of a program"_s);
        command.push_back(*argument);
    }
    return command;
}

void Reader::readEnv(const toml::node &node, StepRecipe &step)
{
    const toml::table *table = node.as_table();
    if (!table) {
        wrong(u"env"_s, node, u"a table of strings"_s);
        return;
    }
    for (const Entry &entry : inFileOrder(*table)) {
        const auto isLetter = [](QChar c) { return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || c == u'_'; };
        const auto isRest = [&](QChar c) { return isLetter(c) || (c >= u'0' && c <= u'9'); };
        const QString &name = entry.key;
        const QString what = u"variable "_s + quotedName(name);
        if (name.isEmpty() || !isLetter(name.front()) || !std::all_of(name.begin(), name.end(), isRest))
            fault(entry.keyPlace, what + u" has no name of a variable, expected letters, digits and _"_s);
        else if (name.startsWith(u"STEPWIRE_"_s))
            fault(entry.keyPlace, what + u" is set by stepwire itself, expected another name"_s);
        if (const auto value = text(entry.value, what)) {
            checkTemplate(*value, placeOf(*entry.value));
            step.env.emplace_back(name, *value);
        }
    }
}

std::vector<Reader::Draft::Need> Reader::readNeeds(const toml::node &node, const QString &id)
{
    std::vector<Draft::Need> needs;
    const toml::array *array = node.as_array();
    if (!array) {
        wrong(u"needs"_s, node, u"an array of step ids"_s);
        return needs;
    }
    QSet<QString> seen;
    for (const toml::node &element : *array) {
        const auto *value = element.as_string();
        if (!value) {
            wrong(u"a need"_s, element, u"the id of a step"_s);
            continue;
        }
        const QString need = fromToml(value->get());
        if (seen.contains(need))
            fault(placeOf(element), u"needs has "_s + quoted(need) + u" twice"_s);
        else if (need == id)
            fault(placeOf(element), u"step "_s + quotedName(id) + u" needs itself"_s);
        else
            needs.push_back({need, placeOf(element)});
        seen.insert(need);
    }
    return needs;
}

Reader::Draft Reader::readStep(const toml::table &table)
{
    static const QStringList known = {u"id"_s,  u"title"_s,  u"command"_s, u"script"_s,   u"env"_s,
                                      u"cwd"_s, u"weight"_s, u"needs"_s,   u"terminal"_s, u"grace"_s};
    Draft draft;
    StepRecipe &step = draft.step;
    const QSet<QString> meant = checkKeys(table, known, u"a step"_s);

    draft.idPlace = placeOf(table);
    if (const toml::node *node = table.get("id")) {
        draft.idPlace = placeOf(*node);
        if (const auto *value = node->as_string())
            step.id = fromToml(value->get());
        if (!isValidId(step.id))
            wrong(u"id"_s, *node, u"1 to 64 of A-Z a-z 0-9 _ -"_s);
    } else if (!meant.contains(u"id"_s)) {
        fault(placeOf(table), u"missing key 'id' in a step"_s);
    }
    step.title = text(table.get("title"), u"title"_s).value_or(QString());

    const toml::node *command = table.get("command");
    const toml::node *script = table.get("script");
    if (command)
        step.command = readCommand(*command);
    if (script) {
        if (const auto value = text(script, u"script"_s)) {
            const qsizetype bytes = value->toUtf8().size();
            if (value->trimmed().isEmpty())
                wrong(u"script"_s, *script, u"a shell script"_s);
            else if (bytes > longestArgument)
                fault(placeOf(*script),
                      u"script has "_s + QString::number(bytes) + u" bytes, expected "_s + u"at most "_s
                          + QString::number(longestArgument));
            checkScript(*value, placeOf(*script));
            step.script = *value;
        }
    }
    if (command && script)
        fault(std::max(placeOf(*command), placeOf(*script)),
              u"a step has 'command' and 'script', expected one of both"_s);
    else if (!command && !script && !meant.contains(u"command"_s) && !meant.contains(u"script"_s))
        fault(placeOf(table), u"missing key 'command' or 'script' in a step"_s);

    if (const toml::node *node = table.get("env"))
        readEnv(*node, step);
    if (const auto cwd = text(table.get("cwd"), u"cwd"_s)) {
        checkTemplate(*cwd, placeOf(*table.get("cwd")));
        step.cwd = *cwd;
    }
    if (const toml::node *node = table.get("weight")) {
        const std::optional<double> weight = finiteNumber(*node);
        if (weight && *weight > largestWeight)
            wrong(u"weight"_s, *node, u"a number of at most 1000000000"_s);
        else if (weight && *weight > 0)
            step.weight = *weight;
        else
            wrong(u"weight"_s, *node, u"a number above 0"_s);
    }
    if (const toml::node *node = table.get("needs"))
        draft.needs = readNeeds(*node, step.id);
    step.terminal = truth(table.get("terminal"), u"terminal"_s);
    step.graceMs = grace(table.get("grace"));
    return draft;
}

void Reader::resolveNeeds(std::vector<Draft> &drafts)
{
    QHash<QString, std::size_t> byId;
    QStringList ids;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        const QString &id = drafts[i].step.id;
        if (id.isEmpty())
            continue;
        const auto first = byId.constFind(id);
        if (first == byId.constEnd()) {
            byId.insert(id, i);
            ids.push_back(id);
        } else if (isValidId(id)) {
            fault(drafts[i].idPlace,
                  u"duplicate step id '"_s + id + u"', first used in line "_s
                      + QString::number(drafts[first.value()].idPlace.line));
        }
    }
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        Draft &draft = drafts[i];
        if (!draft.needs) {
            if (i > 0)
                draft.step.needs = {drafts[i - 1].step.id};
            continue;
        }
        for (const Draft::Need &need : *draft.needs) {
            draft.step.needs.push_back(need.id);
            if (byId.contains(need.id))
                continue;
            const QString near = suggest(need.id, ids);
            fault(need.place,
                  u"unknown step "_s + quotedName(need.id) + u" in needs"_s
                      + (near.isEmpty() ? QString() : u", did you mean "_s + quotedName(near) + u'?'));
        }
    }
    findCircles(drafts, byId);
}

/// Walks the needs depth first; every need that leads back into the walk closes one circle, and every circle
/// has one such need. Told at the need of the circle's first step: that one points down the file, so it is
/// written out.
void Reader::findCircles(const std::vector<Draft> &drafts, const QHash<QString, std::size_t> &byId)
{
    constexpr std::size_t shown = 20;
    enum class Mark { New, Open, Done };
    struct Visit
    {
        std::size_t step;
        qsizetype next = 0;
    };
    std::vector<Mark> marks(drafts.size(), Mark::New);
    std::vector<Visit> path;

    const auto shownId = [&](std::size_t step) {
        const QString &id = drafts[step].step.id;
        return isValidId(id) ? id : quoted(id);
    };
    const auto tell = [&](std::vector<std::size_t> circle) {
        std::rotate(circle.begin(), std::min_element(circle.begin(), circle.end()), circle.end());
        const QString &second = drafts[circle[1]].step.id;
        Place place;
        for (const Draft::Need &need : *drafts[circle[0]].needs) {
            if (need.id == second)
                place = need.place;
        }
        QString text;
        for (std::size_t i = 0; i < circle.size(); ++i) {
            if (circle.size() > shown && i == shown - 1) {
                text += u"… → "_s;
                i = circle.size() - 1;
            }
            text += shownId(circle[i]) + u" → "_s;
        }
        fault(place, u"steps need each other in a circle: "_s + text + shownId(circle[0]));
    };

    for (std::size_t root = 0; root < drafts.size(); ++root) {
        if (marks[root] != Mark::New)
            continue;
        marks[root] = Mark::Open;
        path.push_back({root});
        while (!path.empty()) {
            Visit &visit = path.back();
            const QStringList &needs = drafts[visit.step].step.needs;
            if (visit.next == needs.size()) {
                marks[visit.step] = Mark::Done;
                path.pop_back();
                continue;
            }
            const auto found = byId.constFind(needs[visit.next++]);
            if (found == byId.constEnd())
                continue;
            const std::size_t need = found.value();
            if (marks[need] == Mark::New) {
                marks[need] = Mark::Open;
                path.push_back({need});
            } else if (marks[need] == Mark::Open && m_faults.size() < mostFaults) {
                const auto from =
                    std::find_if(path.begin(), path.end(), [&](const Visit &v) { return v.step == need; });
                std::vector<std::size_t> circle;
                std::transform(from, path.end(), std::back_inserter(circle), [](const Visit &v) { return v.step; });
                tell(std::move(circle));
            }
        }
    }
}

void Reader::readSteps(const toml::node &node, Recipe &recipe)
{
    const toml::array *array = node.as_array();
    if (!array) {
        wrong(u"steps"_s, node, u"a table for each ([[steps]])"_s);
        return;
    }
    if (array->empty()) {
        fault(placeOf(node), u"steps is empty, expected at least one step"_s);
        return;
    }
    if (array->size() > mostSteps) {
        fault(placeOf(node),
              u"there are "_s + QString::number(array->size()) + u" steps, expected at most "_s
                  + QString::number(mostSteps));
        return;
    }
    std::vector<Draft> drafts;
    for (const toml::node &element : *array) {
        if (const toml::table *table = element.as_table())
            drafts.push_back(readStep(*table));
        else
            wrong(u"a step"_s, element, u"a table ([[steps]])"_s);
    }
    resolveNeeds(drafts);
    for (Draft &draft : drafts)
        recipe.steps.push_back(std::move(draft.step));
}

void Reader::readTop(const toml::table &top, Recipe &recipe)
{
    static const QStringList known = {u"name"_s,       u"title"_s, u"description"_s, u"event_name"_s,
                                      u"event_data"_s, u"grace"_s, u"parameters"_s,  u"steps"_s};
    const QSet<QString> meant = checkKeys(top, known, u"the pipeline"_s);

    const QString fileName = QFileInfo(m_file).fileName();
    QString stem = QFileInfo(m_file).completeBaseName();
    if (fileName.endsWith(u".toml"_s) && !isValidId(stem))
        fault({1, 1},
              u"the file is called "_s + quoted(fileName)
                  + u", expected 1 to 64 of A-Z a-z 0-9 _ - before \".toml\""_s);
    else if (!isValidId(stem) || fileName == u"-")
        stem.clear();
    recipe.name = stem;
    if (const toml::node *node = top.get("name")) {
        const auto *value = node->as_string();
        const QString name = value ? fromToml(value->get()) : QString();
        if (!isValidId(name))
            wrong(u"name"_s, *node, u"1 to 64 of A-Z a-z 0-9 _ -"_s);
        else if (!stem.isEmpty() && name != stem)
            wrong(u"name"_s, *node, quoted(stem) + u" as the file is called"_s);
        else
            recipe.name = name;
    }
    recipe.title = text(top.get("title"), u"title"_s).value_or(QString());
    recipe.description = text(top.get("description"), u"description"_s).value_or(QString());
    recipe.graceMs = grace(top.get("grace"));

    if (const toml::node *node = top.get("parameters"))
        readParameters(*node, recipe);
    m_names.push_back(u"pipeline.dir"_s);
    readEvent(top, recipe);
    if (const toml::node *node = top.get("steps"))
        readSteps(*node, recipe);
    else if (!meant.contains(u"steps"_s))
        fault({1, 1}, u"missing key 'steps', expected at least one [[steps]]"_s);
}

/// What toml++ says, in words that fit the other faults.
QString syntaxMessage(const toml::parse_error &error, QByteArrayView toml)
{
    QString message = fromToml(error.description());
    const QString opening = u"Error while parsing "_s;
    if (message.startsWith(opening))
        message = message.sliced(opening.size());
    else if (!message.isEmpty())
        message.front() = message.front().toLower();

    if (message.contains(u"could not determine value type"_s))
        return u"not valid TOML, value: expected a number, true, false or a text in quotes"_s;
    if (message.contains(u"control characters other than TAB"_s)) {
        // toml++ tells a string that its line does not close by the line feed in it
        qsizetype start = 0;
        for (toml::source_index line = 1; line < error.source().begin.line && start >= 0; ++line)
            start = toml.indexOf('\n', start) + 1;
        const QByteArrayView rest = toml.sliced(start);
        const QByteArrayView line = rest.first(rest.indexOf('\n') < 0 ? rest.size() : rest.indexOf('\n'));
        const QString shown = QString::fromUtf8(line);
        if (static_cast<qsizetype>(error.source().begin.column) > shown.toUcs4().size())
            return u"not valid TOML, "_s + message.section(u':', 0, 0)
                + u": expected its closing quote in the same line"_s;
    }
    QString clean = u"not valid TOML, "_s;
    for (const QChar c : std::as_const(message)) {
        if (c.isPrint())
            clean += c;
        else
            clean += u"\\u"_s + QString::number(c.unicode(), 16).rightJustified(4, u'0');
    }
    while (clean.endsWith(u'.') || clean.endsWith(u' '))
        clean.chop(1);
    return clean;
}

RecipeResult Reader::read(QByteArrayView toml)
{
    if (toml.size() > largestFile) {
        fault({}, u"the file has more than "_s + QString::number(largestFile) + u" bytes, expected at most these"_s);
        return result({});
    }
    if (!toml.isValidUtf8()) {
        qsizetype at = 0;
        const Place place = firstInvalid(toml, at);
        fault(place,
              u"not valid UTF-8, byte 0x"_s + QString::number(static_cast<unsigned char>(toml[at]), 16)
                  + u" at offset "_s + QString::number(at));
        return result({});
    }
    if (const std::optional<Place> place = tooDeep(toml)) {
        fault(*place, u"not valid TOML here, it nests deeper than any pipeline does"_s);
        return result({});
    }
    Recipe recipe;
    try {
        const std::string_view text(toml.data(), static_cast<std::size_t>(toml.size()));
        const toml::table top = toml::parse(text);
        readTop(top, recipe);
    } catch (const toml::parse_error &error) {
        fault(placeOf(error.source().begin), syntaxMessage(error, toml));
    }
    return result(std::move(recipe));
}

} // namespace

RecipeResult readRecipe(QByteArrayView toml, const QString &file)
{
    return Reader(file).read(toml);
}

RecipeResult readRecipeFile(const QString &path)
{
    const auto unreadable = [&](const QString &why) {
        return tl::unexpected(std::vector<Fault>{{path, 0, 0, u"cannot be read: "_s + why}});
    };
    const QFileInfo info(path);
    // a pipe would block whoever reads it
    if (info.exists() && !info.isFile())
        return unreadable(info.isDir() ? u"it is a folder"_s : u"it is no regular file"_s);
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        QString why = file.errorString();
        why.front() = why.front().toLower();
        return unreadable(why);
    }
    const QByteArray toml = file.read(largestFile + 1);
    if (file.error() != QFileDevice::NoError)
        return unreadable(file.errorString());
    RecipeResult recipe = readRecipe(toml, path);
    if (recipe) {
        recipe->file = QDir::cleanPath(info.absoluteFilePath());
        recipe->directory = QFileInfo(recipe->file).path();
    }
    return recipe;
}

} // namespace stepwire
