#include "core/pipeline/binding.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QHash>
#include <QSet>

#include <algorithm>
#include <array>
#include <cmath>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr qsizetype mostProblems = 20;
static constexpr qsizetype largestTotal = qsizetype(16) * 1024 * 1024;

QString parameterVariable(const QString &name)
{
    return u"STEPWIRE_PARAM_"_s + name.toUpper().replace(u'-', u'_');
}

QString matrixVariable(const QString &name)
{
    return u"STEPWIRE_MATRIX_"_s + name.toUpper().replace(u'-', u'_');
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

static QString escaped(QString text)
{
    return text.replace(u"{{"_s, u"{{{{"_s);
}

static bool same(const QJsonValue &a, const QJsonValue &b)
{
    return a.isDouble() && b.isDouble() ? a.toDouble() == b.toDouble() : a == b;
}

/// A parameter that is not set equals nothing and is neither less nor greater than anything.
static bool compares(const QJsonValue &actual, Condition::Compare compare, const std::vector<QJsonValue> &values)
{
    const auto isActual = [&](const QJsonValue &value) { return same(actual, value); };
    const double number = actual.toDouble();
    const double other = values.empty() ? 0 : values.front().toDouble();
    const bool isNumber = actual.isDouble();
    switch (compare) {
    case Condition::Compare::Equals:
    case Condition::Compare::In: return std::any_of(values.begin(), values.end(), isActual);
    case Condition::Compare::NotEquals: return std::none_of(values.begin(), values.end(), isActual);
    case Condition::Compare::Less: return isNumber && number < other;
    case Condition::Compare::LessOrEqual: return isNumber && number <= other;
    case Condition::Compare::Greater: return isNumber && number > other;
    case Condition::Compare::GreaterOrEqual: return isNumber && number >= other;
    }
    return false;
}

/// From best to worst: of the steps of a matrix the worst counts.
static constexpr std::array<State, 6> ranks = {State::Skipped,     State::Succeeded, State::Cancelled,
                                               State::Interrupted, State::TimedOut,  State::Failed};

namespace {

/// Binds one recipe; gathers all that is wrong.
class Binder
{
public:
    Binder(const Recipe &recipe, const QString &callerDirectory, const QString &home, const QStringList &secret)
        : m_recipe(recipe), m_callerDirectory(callerDirectory), m_home(home)
    {
        for (const Parameter &parameter : recipe.parameters) {
            if (parameter.secret || secret.contains(parameter.name))
                m_secret.insert(parameter.name);
        }
    }

    Result<BoundPipeline> bind(const QJsonObject &given);

private:
    void problem(QString text) { m_problems.push_back(std::move(text)); }
    std::optional<QJsonValue> check(const Parameter &parameter, const QJsonValue &value);
    void bindParameters(const QJsonObject &given);
    void bindOrder();
    void bindHistory();
    QString literal(const QString &text) const { return m_late ? escaped(text) : text; }
    QString fill(const QString &text, const QString &where);
    bool holdsSecret(const QString &text) const;
    QString folder(const QString &filled) const;
    void bindStep(const StepRecipe &step);
    void bindTexts(const StepRecipe &step, StepSpec &spec);
    Condition bindCondition(const Condition &condition, const StepSpec &spec);
    Condition bindComparison(const Condition &condition) const;
    Condition bindOutcome(const Condition &condition) const;

    const Recipe &m_recipe;
    const QString &m_callerDirectory;
    const QString &m_home;
    QString m_directory;
    BoundPipeline m_bound;
    QSet<QString> m_secret; ///< parameters
    QHash<QString, QString> m_shown; ///< as m_texts, but without secrets
    QHash<QString, QString> m_texts; ///< by name, for every {{name}}; without those that are not set
    std::vector<std::pair<QString, QString>> m_variables;
    std::vector<std::pair<QString, QString>> m_lateVariables; ///< the same with braces escaped
    QHash<QString, QStringList> m_made; ///< ids of the steps that each of the recipe became
    QSet<QString> m_lateSteps; ///< of the recipe
    bool m_late = false; ///< the step that is bound: braces in its texts are escaped
    qsizetype m_total = 0;
    QStringList m_problems;
};

std::optional<QJsonValue> Binder::check(const Parameter &parameter, const QJsonValue &value)
{
    const auto wrong = [&](const QString &expected) {
        const bool secret = m_secret.contains(parameter.name);
        problem(u"parameter "_s + quotedName(parameter.name) + u" is "_s
                + (secret ? QString::fromUtf16(redactedText) : givenText(value)) + u", expected "_s + expected);
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
        if (m_secret.contains(parameter.name)) {
            m_shown.insert(parameter.name, QString::fromUtf16(redactedText));
            m_bound.secretParams.push_back(parameter.name);
            if (parameter.type != ParameterType::Bool)
                m_bound.secrets.push_back(text);
            continue;
        }
        m_shown.insert(parameter.name, text);
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

/// What each step of the recipe becomes, and which steps come after one with outputs.
void Binder::bindOrder()
{
    QHash<QString, QStringList> followers;
    QStringList open;
    for (const StepRecipe &step : m_recipe.steps) {
        qsizetype count = 1;
        for (const MatrixAxis &axis : step.matrix)
            count *= axis.values.size();
        QStringList &made = m_made[step.id];
        if (step.matrix.empty())
            made.push_back(step.id);
        else
            for (qsizetype n = 1; n <= count; ++n)
                made.push_back(step.id + u'-' + QString::number(n));
        const QStringList asked = step.when ? stepsAskedFor(*step.when) : QStringList();
        for (const QStringList *ids : {&step.needs, &asked}) {
            for (const QString &id : *ids)
                followers[id].push_back(step.id);
        }
        if (!step.outputs.isEmpty())
            open.push_back(step.id);
    }
    while (!open.isEmpty()) {
        for (const QString &id : followers.take(open.takeLast())) {
            if (!m_lateSteps.contains(id))
                open.push_back(id);
            m_lateSteps.insert(id);
        }
    }
}

/// Name and values, each part after a unit separator; such characters within a value are doubled.
void Binder::bindHistory()
{
    constexpr qsizetype longestKey = 1000;
    constexpr QChar separator(0x1f);
    if (m_recipe.name.isEmpty())
        return;
    QString values;
    for (const QString &name : m_recipe.history) {
        values += separator + name;
        if (const auto it = m_shown.constFind(name); it != m_shown.constEnd())
            values += u'=' + QString(*it).replace(separator, QString(2, separator));
    }
    if (values.size() > longestKey) {
        const QByteArray hash = QCryptographicHash::hash(values.toUtf8(), QCryptographicHash::Sha256).toHex();
        values = separator + u"="_s + QString::fromLatin1(hash);
    }
    m_bound.history = m_recipe.name + values;
}

/// Fills in everything but the outputs of steps. In a late step the rest is written so that `fillOutputs` leaves it
/// as it is.
QString Binder::fill(const QString &text, const QString &where)
{
    const auto parts = splitTemplate(text);
    if (!parts)
        return text;
    if (m_total > largestTotal)
        return {};
    QString filled;
    QString plain; // since the last output
    qsizetype characters = 0;
    qsizetype bytes = 0;
    bool fits = true;
    const auto flush = [&] {
        bytes += plain.toUtf8().size();
        filled += literal(plain);
        plain.clear();
    };
    for (const TemplatePart &part : *parts) {
        if (part.isName && part.text.startsWith(u"steps."_s)) {
            flush();
            filled += u"{{"_s + part.text + u"}}"_s;
            continue;
        }
        const QString piece = part.isName ? m_texts.value(part.text) : part.text;
        characters += piece.size();
        fits = fits && characters <= longestArgument;
        if (fits)
            plain += piece;
    }
    flush();
    if (!fits || bytes > longestArgument)
        problem(where + u" has more than "_s + QString::number(longestArgument)
                + u" bytes with its parameters filled in"_s);
    m_total += filled.size();
    return filled;
}

bool Binder::holdsSecret(const QString &text) const
{
    const auto parts = m_secret.isEmpty() ? std::nullopt : splitTemplate(text);
    return parts && std::any_of(parts->begin(), parts->end(), [this](const TemplatePart &part) {
               return part.isName && m_secret.contains(part.text);
           });
}

/// A filled cwd made absolute. One that begins with an output is left to be absolute by itself.
QString Binder::folder(const QString &filled) const
{
    if (filled.isEmpty())
        return literal(m_callerDirectory);
    if (!m_late)
        return absolutePath(filled, m_callerDirectory, m_home);
    if (!m_home.isEmpty() && (filled == u"~" || filled.startsWith(u"~/"_s)))
        return literal(m_home) + filled.sliced(1);
    if (filled.startsWith(u'/') || filled.startsWith(u"{{steps."_s))
        return filled;
    return literal(m_callerDirectory) + u'/' + filled;
}

void Binder::bindTexts(const StepRecipe &step, StepSpec &spec)
{
    const QString name = u"step "_s + quotedName(step.id);
    for (const QString &argument : step.command)
        spec.argv.push_back(fill(argument, u"an argument of "_s + name));
    if (!step.command.isEmpty() && spec.argv.front().isEmpty() && m_total <= largestTotal)
        problem(name + u" has no program with its parameters filled in"_s);
    for (const auto &[variable, value] : step.env)
        spec.env.emplace_back(variable, fill(value, u"variable "_s + quotedName(variable) + u" of "_s + name));
    for (const auto &[key, value] : step.params) {
        spec.params.insert(
            key,
            value.isString() ? fill(value.toString(), u"parameter "_s + quotedName(key) + u" of "_s + name) : value);
        if (value.isString() && holdsSecret(value.toString()))
            spec.secretParams.push_back(key);
    }
    spec.cwd = folder(fill(step.cwd, u"the cwd of "_s + name));
    if (step.when)
        spec.when = bindCondition(*step.when, spec);
}

void Binder::bindStep(const StepRecipe &step)
{
    m_late = m_lateSteps.contains(step.id);
    StepSpec base;
    base.title = step.title.isEmpty() ? step.id : step.title;
    if (!step.script.isEmpty())
        base.argv = {u"sh"_s, u"-eu"_s, u"-c"_s, literal(step.script)};
    if (!step.pipeline.isEmpty())
        base.pipeline = isValidId(step.pipeline) ? step.pipeline : absolutePath(step.pipeline, m_directory, m_home);
    base.weight = step.weight.value_or(1);
    base.ownWeight = step.weight.has_value();
    const QStringList asked = step.when ? stepsAskedFor(*step.when) : QStringList();
    for (const QString &need : step.needs) {
        // what is asked for may fail without skipping this step
        if (!asked.contains(need))
            base.needs += m_made.value(need);
    }
    for (const QString &id : asked)
        base.after += m_made.value(id);
    base.terminal = step.terminal;
    base.graceMs = step.graceMs;
    base.retry = step.retry;
    base.timeoutMs = step.timeoutMs;
    base.stallTimeoutMs = step.stallTimeoutMs;
    base.finally = step.finally;
    base.allowFailure = step.allowFailure;
    base.outputs = step.outputs;
    base.progress = step.progress;
    base.progressPattern = step.progressPattern;
    base.phases = step.phases;
    base.late = m_late;
    if (!step.matrix.empty()) {
        base.matrix = step.id;
        base.maxParallel = step.maxParallel.value_or(0);
    }

    // the last list of the matrix changes fastest
    std::vector<qsizetype> at(step.matrix.size());
    for (const QString &id : m_made.value(step.id)) {
        StepSpec spec = base;
        spec.id = id;
        QStringList values;
        std::vector<std::pair<QString, QString>> variables;
        for (std::size_t i = 0; i < step.matrix.size(); ++i) {
            const MatrixAxis &axis = step.matrix[i];
            const QString &value = axis.values[at[i]];
            values.push_back(value);
            variables.emplace_back(matrixVariable(axis.name), literal(value));
            m_texts.insert(u"matrix."_s + axis.name, value);
        }
        if (!values.isEmpty()) {
            spec.title += u" ("_s + values.join(u", "_s) + u')';
            m_total += spec.title.size();
        }
        bindTexts(step, spec);
        if (spec.pipeline.isEmpty()) {
            spec.env.insert(spec.env.end(), variables.begin(), variables.end());
            const auto &parameters = m_late ? m_lateVariables : m_variables;
            spec.env.insert(spec.env.end(), parameters.begin(), parameters.end());
        }
        m_bound.steps.push_back(std::move(spec));
        if (m_total > largestTotal)
            break;
        for (std::size_t i = step.matrix.size(); i-- > 0;) {
            if (++at[i] < step.matrix[i].values.size())
                break;
            at[i] = 0;
        }
    }
    for (const MatrixAxis &axis : step.matrix)
        m_texts.remove(u"matrix."_s + axis.name);
    m_late = false;
}

Condition Binder::bindComparison(const Condition &condition) const
{
    Condition bound = condition;
    bound.kind = Condition::Kind::Constant;
    const auto parameter = std::find_if(m_recipe.parameters.begin(), m_recipe.parameters.end(),
                                        [&](const Parameter &p) { return p.name == condition.name; });
    for (QJsonValue &value : bound.values) {
        if (parameter != m_recipe.parameters.end() && parameter->type == ParameterType::Path)
            value = absolutePath(value.toString(), m_callerDirectory, m_home);
    }
    const auto given = m_bound.params.constFind(condition.name);
    const QJsonValue actual = given == m_bound.params.constEnd() ? QJsonValue(QJsonValue::Null) : given.value();
    bound.constant = compares(actual, condition.compare, bound.values);
    const bool hidden = m_secret.contains(condition.name) && !actual.isNull();
    bound.values.insert(bound.values.begin(), hidden ? QJsonValue(QString::fromUtf16(redactedText)) : actual);
    return bound;
}

/// Of the steps of a matrix the worst outcome counts: it is within a range of ranks when none is worse than the range
/// and one at least is not better.
Condition Binder::bindOutcome(const Condition &condition) const
{
    const QStringList made = m_made.value(condition.name);
    if (made.size() == 1) {
        Condition bound = condition;
        bound.name = made.front();
        return bound;
    }
    const auto isWanted = [&](std::size_t rank) {
        return std::find(condition.states.begin(), condition.states.end(), ranks.at(rank)) != condition.states.end();
    };
    const auto forEach = [&](Condition::Kind kind, std::size_t first, std::size_t last) {
        Condition all;
        all.kind = kind;
        for (const QString &id : made) {
            Condition one = condition;
            one.name = id;
            one.states.assign(ranks.begin() + static_cast<std::ptrdiff_t>(first),
                              ranks.begin() + static_cast<std::ptrdiff_t>(last + 1));
            all.parts.push_back(std::move(one));
        }
        return all;
    };
    Condition ranges;
    ranges.kind = Condition::Kind::Any;
    for (std::size_t first = 0; first < ranks.size(); ++first) {
        if (!isWanted(first))
            continue;
        std::size_t last = first;
        while (last + 1 < ranks.size() && isWanted(last + 1))
            ++last;
        Condition range;
        if (first == 0 || last + 1 < ranks.size())
            range.parts.push_back(forEach(Condition::Kind::All, 0, last));
        if (first > 0)
            range.parts.push_back(forEach(Condition::Kind::Any, first, ranks.size() - 1));
        ranges.parts.push_back(range.parts.size() == 1 ? std::move(range.parts.front()) : std::move(range));
        first = last;
    }
    return ranges.parts.size() == 1 ? std::move(ranges.parts.front()) : ranges;
}

Condition Binder::bindCondition(const Condition &condition, const StepSpec &spec)
{
    switch (condition.kind) {
    case Condition::Kind::Parameter: return bindComparison(condition);
    case Condition::Kind::Outcome: return bindOutcome(condition);
    case Condition::Kind::Exists: {
        Condition bound = condition;
        bound.path = fill(condition.path, u"a path in the condition of step "_s + quotedName(spec.id));
        if (m_late) {
            if (!m_home.isEmpty() && (bound.path == u"~" || bound.path.startsWith(u"~/"_s)))
                bound.path = literal(m_home) + bound.path.sliced(1);
        } else if (!bound.path.isEmpty()) {
            bound.path = absolutePath(bound.path, spec.cwd, m_home);
        }
        return bound;
    }
    default: break;
    }
    Condition bound = condition;
    for (Condition &part : bound.parts)
        part = bindCondition(part, spec);
    return bound;
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
    m_bound.timeoutMs = m_recipe.timeoutMs;
    m_bound.onFailure = m_recipe.onFailure;
    m_bound.remote = m_recipe.remote;
    m_bound.secretEnv = m_recipe.secretEnv;
    bindParameters(given);
    m_texts.insert(u"pipeline.dir"_s, m_directory);
    m_shown.insert(u"pipeline.dir"_s, m_directory);
    m_variables.emplace_back(u"STEPWIRE_PIPELINE_DIR"_s, m_directory);

    // texts with holes would only be told about as well
    if (m_problems.isEmpty()) {
        bindHistory();
        bindOrder();
        if (!m_lateSteps.isEmpty()) {
            for (const auto &[variable, value] : m_variables)
                m_lateVariables.emplace_back(variable, escaped(value));
        }
        std::swap(m_texts, m_shown); // everybody sees these
        for (auto it = m_recipe.eventData.constBegin(); it != m_recipe.eventData.constEnd(); ++it) {
            const QString where = u"event_data "_s + quotedName(it.key());
            QJsonValue value = it.value();
            if (value.isString())
                value = fill(value.toString(), where);
            m_bound.eventData.insert(it.key(), value);
        }
        std::swap(m_texts, m_shown);
        for (const StepRecipe &step : m_recipe.steps)
            bindStep(step);
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
                                 const QString &home, const QStringList &secret)
{
    return Binder(recipe, callerDirectory, home, secret).bind(given);
}

QJsonObject shownParams(const BoundPipeline &pipeline)
{
    QJsonObject shown = pipeline.params;
    for (const QString &name : pipeline.secretParams)
        shown.insert(name, QString::fromUtf16(redactedText));
    return shown;
}

} // namespace stepwire
