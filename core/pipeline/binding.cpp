#include "core/pipeline/binding.h"

#include "core/model/quote.h"

#include <QDir>
#include <QFileInfo>
#include <QHash>

#include <cmath>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr qsizetype mostProblems = 20;
static constexpr qsizetype largestTotal = 16 * 1024 * 1024;

QString parameterVariable(const QString &name)
{
    return u"STEPWIRE_PARAM_"_s + name.toUpper().replace(u'-', u'_');
}

QString absolutePath(const QString &path, const QString &directory, const QString &home)
{
    if (path == u"~" && !home.isEmpty())
        return QDir::cleanPath(home);
    if (path.startsWith(u"~/"_s) && !home.isEmpty())
        return QDir::cleanPath(home + path.sliced(1));
    return QDir::cleanPath(path.startsWith(u'/') ? path : directory + u'/' + path);
}

/// A given value as a message names it.
static QString givenText(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::String: return quoted(value.toString());
    case QJsonValue::Double: return numberText(value.toDouble());
    case QJsonValue::Bool: return value.toBool() ? u"true"_s : u"false"_s;
    case QJsonValue::Array: return u"an array"_s;
    case QJsonValue::Object: return u"an object"_s;
    default: return u"null"_s;
    }
}

/// The text of a checked value for an argument or a variable.
static QString plainText(const QJsonValue &value)
{
    if (value.isBool())
        return value.toBool() ? u"true"_s : u"false"_s;
    return value.isDouble() ? numberText(value.toDouble()) : value.toString();
}

static std::optional<qint64> wholeNumber(const QJsonValue &value)
{
    bool ok = false;
    qint64 number = 0;
    if (value.isString()) {
        number = value.toString().toLongLong(&ok);
    } else if (value.isDouble()) {
        constexpr qint64 none = largestExactInt + 1;
        number = value.toInteger(none);
        ok = number != none;
    }
    if (!ok || number > largestExactInt || number < -largestExactInt)
        return {};
    return number;
}

static std::optional<double> finiteNumber(const QJsonValue &value)
{
    bool ok = value.isDouble();
    const double number = value.isString() ? value.toString().toDouble(&ok) : value.toDouble();
    if (!ok || !std::isfinite(number))
        return {};
    return number;
}

static std::optional<bool> truth(const QJsonValue &value)
{
    if (value.isBool())
        return value.toBool();
    const QString text = value.toString().toLower();
    if (text == u"true" || text == u"yes" || text == u"1" || text == u"on")
        return true;
    if (text == u"false" || text == u"no" || text == u"0" || text == u"off")
        return false;
    return {};
}

namespace {

/// Binds one recipe; gathers all that is wrong.
class Binder
{
public:
    Binder(const Recipe &recipe, const QString &callerDirectory, const QString &home)
        : m_recipe(recipe), m_callerDirectory(callerDirectory), m_home(home)
    {
    }

    Result<BoundPipeline> bind(const QJsonObject &given);

private:
    void problem(QString text) { m_problems.push_back(std::move(text)); }
    std::optional<QJsonValue> check(const Parameter &parameter, const QJsonValue &value);
    void bindParameters(const QJsonObject &given);
    QString fill(const QString &text, const QString &where);
    StepSpec bindStep(const StepRecipe &step);

    const Recipe &m_recipe;
    const QString &m_callerDirectory;
    const QString &m_home;
    QString m_directory;
    BoundPipeline m_bound;
    QHash<QString, QString> m_texts; ///< by name, for every {{name}}; without those that are not set
    std::vector<std::pair<QString, QString>> m_variables;
    qsizetype m_total = 0;
    QStringList m_problems;
};

std::optional<QJsonValue> Binder::check(const Parameter &parameter, const QJsonValue &value)
{
    const auto wrong = [&](const QString &expected) {
        problem(u"parameter "_s + quotedName(parameter.name) + u" is "_s + givenText(value) + u", expected "_s
                + expected);
        return std::nullopt;
    };
    switch (parameter.type) {
    case ParameterType::Int:
        if (const auto number = wholeNumber(value))
            return QJsonValue(*number);
        if (const auto number = finiteNumber(value); number && *number == std::trunc(*number))
            return wrong(u"at most 9007199254740992 either way"_s);
        return wrong(u"a whole number"_s);
    case ParameterType::Float:
        if (const auto number = finiteNumber(value))
            return QJsonValue(*number);
        return wrong(u"a finite number"_s);
    case ParameterType::Bool:
        if (const auto flag = truth(value))
            return QJsonValue(*flag);
        return wrong(u"true or false"_s);
    case ParameterType::String:
    case ParameterType::Path:
    case ParameterType::Choice: break;
    }

    const bool isPath = parameter.type == ParameterType::Path;
    if (parameter.type == ParameterType::Choice) {
        if (value.isString() && parameter.choices.contains(value.toString()))
            return value;
        return wrong(anyOf(parameter.choices));
    }
    if (!value.isString() || (isPath && value.toString().isEmpty()))
        return wrong(isPath ? u"a path"_s : u"a string"_s);
    QString text = value.toString();
    if (text.contains(QChar::Null))
        return wrong(u"no NUL character in it"_s);
    if (isPath)
        text = absolutePath(text, m_callerDirectory, m_home);
    if (const qsizetype bytes = text.toUtf8().size(); bytes > longestArgument) {
        problem(u"parameter "_s + quotedName(parameter.name) + u" has "_s + QString::number(bytes)
                + u" bytes, expected at most "_s + QString::number(longestArgument));
        return {};
    }
    return QJsonValue(text);
}

void Binder::bindParameters(const QJsonObject &given)
{
    QStringList known;
    for (const Parameter &parameter : m_recipe.parameters) {
        known.push_back(parameter.name);
        const auto it = given.constFind(parameter.name);
        const bool isGiven = it != given.constEnd();
        if (!isGiven && !parameter.defaultValue) {
            if (parameter.required)
                problem(u"parameter "_s + quotedName(parameter.name) + u" is required"_s);
            continue;
        }
        const auto value = check(parameter, isGiven ? QJsonValue(it.value()) : *parameter.defaultValue);
        if (!value)
            continue;
        const QString text = plainText(*value);
        m_bound.params.insert(parameter.name, *value);
        m_texts.insert(parameter.name, text);
        m_variables.emplace_back(parameterVariable(parameter.name), text);
        if (const QString fileName = QFileInfo(text).fileName();
            isGiven && parameter.type == ParameterType::Path && !fileName.isEmpty())
            m_bound.title += u' ' + fileName;
    }
    for (auto it = given.constBegin(); it != given.constEnd(); ++it) {
        if (known.contains(it.key()))
            continue;
        problem(u"unknown parameter "_s + quotedName(it.key())
                + (m_problems.size() < mostProblems ? didYouMean(it.key(), known) : QString()));
    }
}

QString Binder::fill(const QString &text, const QString &where)
{
    const auto parts = splitTemplate(text);
    if (!parts)
        return text;
    if (m_total > largestTotal)
        return {};
    QString filled;
    bool fits = true;
    for (const TemplatePart &part : *parts) {
        const QString piece = part.isName ? m_texts.value(part.text) : part.text;
        fits = fits && filled.size() + piece.size() <= longestArgument;
        if (fits)
            filled += piece;
    }
    if (!fits || filled.toUtf8().size() > longestArgument)
        problem(where + u" has more than "_s + QString::number(longestArgument)
                + u" bytes with its parameters filled in"_s);
    m_total += filled.size();
    return filled;
}

StepSpec Binder::bindStep(const StepRecipe &step)
{
    StepSpec spec;
    const QString name = u"step "_s + quotedName(step.id);
    spec.id = step.id;
    spec.title = step.title.isEmpty() ? step.id : step.title;
    if (step.command.isEmpty()) {
        spec.argv = {u"sh"_s, u"-eu"_s, u"-c"_s, step.script};
    } else {
        for (const QString &argument : step.command)
            spec.argv.push_back(fill(argument, u"an argument of "_s + name));
        if (spec.argv.front().isEmpty())
            problem(name + u" has no program with its parameters filled in"_s);
    }
    for (const auto &[variable, value] : step.env)
        spec.env.emplace_back(variable, fill(value, u"variable "_s + quotedName(variable) + u" of "_s + name));
    spec.env.insert(spec.env.end(), m_variables.begin(), m_variables.end());
    const QString cwd = fill(step.cwd, u"the cwd of "_s + name);
    spec.cwd = cwd.isEmpty() ? m_callerDirectory : absolutePath(cwd, m_callerDirectory, m_home);
    spec.weight = step.weight;
    spec.needs = step.needs;
    spec.terminal = step.terminal;
    spec.graceMs = step.graceMs;
    return spec;
}

Result<BoundPipeline> Binder::bind(const QJsonObject &given)
{
    m_directory = m_recipe.directory.isEmpty() ? m_callerDirectory : m_recipe.directory;
    m_bound.name = m_recipe.name;
    m_bound.title = m_recipe.title.isEmpty() ? m_recipe.name : m_recipe.title;
    if (m_bound.title.isEmpty())
        m_bound.title = u"pipeline"_s;
    m_bound.eventName = m_recipe.eventName;
    m_bound.graceMs = m_recipe.graceMs;
    bindParameters(given);
    m_texts.insert(u"pipeline.dir"_s, m_directory);
    m_variables.emplace_back(u"STEPWIRE_PIPELINE_DIR"_s, m_directory);

    // texts with holes would only be told about as well
    if (m_problems.isEmpty()) {
        for (auto it = m_recipe.eventData.constBegin(); it != m_recipe.eventData.constEnd(); ++it) {
            const QString where = u"event_data "_s + quotedName(it.key());
            QJsonValue value = it.value();
            if (value.isString())
                value = fill(value.toString(), where);
            m_bound.eventData.insert(it.key(), value);
        }
        for (const StepRecipe &step : m_recipe.steps)
            m_bound.steps.push_back(bindStep(step));
        if (m_total > largestTotal)
            problem(u"the pipeline has more than "_s + QString::number(largestTotal)
                    + u" characters with its parameters filled in"_s);
    }
    if (m_problems.isEmpty())
        return std::move(m_bound);

    QString message = m_problems.mid(0, mostProblems).join(u"; "_s);
    if (m_problems.size() > mostProblems)
        message += u"; and "_s + QString::number(m_problems.size() - mostProblems) + u" more"_s;
    return fail(code::invalidParams, message);
}

} // namespace

Result<BoundPipeline> bindRecipe(const Recipe &recipe, const QJsonObject &given, const QString &callerDirectory,
                                 const QString &home)
{
    return Binder(recipe, callerDirectory, home).bind(given);
}

} // namespace stepwire
