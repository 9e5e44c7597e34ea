#include "core/pipeline/recipe_reader.h"

#include "core/model/ids.h"
#include "core/model/quote.h"
#include "core/pipeline/binding.h"

#include <QRegularExpression>

#include <algorithm>

namespace stepwire::reading {

using namespace Qt::StringLiterals;

static constexpr double largestWeight = 1e9;
static constexpr int mostRetries = 1000;
static constexpr int mostParallel = 1024;
static constexpr std::size_t mostCombinations = 1000;
static constexpr std::size_t mostOutputs = 64;
static constexpr std::size_t mostPhases = 64;
static constexpr qsizetype longestPattern = 1000;
static constexpr qsizetype longestMatrixValue = 1000;

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
        const QString &name = entry.key;
        const QString what = u"variable "_s + quotedName(name);
        if (!isVariableName(name))
            fault(entry.keyPlace, what + u" has no name of a variable, expected letters, digits and _"_s);
        else if (name.startsWith(u"STEPWIRE_"_s))
            fault(entry.keyPlace, what + u" is set by stepwire itself, expected another name"_s);
        if (const auto value = text(entry.value, what)) {
            checkTemplate(*value, placeOf(*entry.value));
            step.env.emplace_back(name, *value);
        }
    }
}

std::vector<Reader::Draft::Named> Reader::readNeeds(const toml::node &node, const QString &id)
{
    if (!node.is_array()) {
        wrong(u"needs"_s, node, u"an array of step ids"_s);
        return {};
    }
    std::vector<Draft::Named> needs = names(node, u"needs"_s, u"a need"_s, u"the id of a step"_s);
    const auto self = std::find_if(needs.begin(), needs.end(), [&](const Draft::Named &n) { return n.id == id; });
    if (self != needs.end()) {
        fault(self->place, u"step "_s + quotedName(id) + u" needs itself"_s);
        needs.erase(self);
    }
    return needs;
}

void Reader::readScript(const toml::node &node, StepRecipe &step)
{
    const auto value = text(&node, u"script"_s);
    if (!value)
        return;
    const qsizetype bytes = value->toUtf8().size();
    if (value->trimmed().isEmpty())
        wrong(u"script"_s, node, u"a shell script"_s);
    else if (bytes > longestArgument)
        fault(placeOf(node),
              u"script has "_s + QString::number(bytes) + u" bytes, expected "_s + u"at most "_s
                  + QString::number(longestArgument));
    checkScript(*value, placeOf(node));
    step.script = *value;
}

void Reader::readPipeline(const toml::node &node, StepRecipe &step)
{
    const auto value = text(&node, u"pipeline"_s);
    if (!value)
        return;
    if (value->contains(u"{{"_s))
        wrong(u"pipeline"_s, node, u"a name or a path in which nothing is to be replaced"_s);
    else if (!isValidId(*value) && !value->contains(u'/') && !value->endsWith(u".toml"_s))
        wrong(u"pipeline"_s, node, u"1 to 64 of A-Z a-z 0-9 _ -, or a path"_s);
    step.pipeline = *value;
}

void Reader::readParams(const toml::node &node, StepRecipe &step)
{
    const toml::table *table = node.as_table();
    if (!table) {
        wrong(u"params"_s, node, u"a table"_s);
        return;
    }
    for (const Entry &entry : inFileOrder(*table)) {
        if (!isValidId(entry.key))
            fault(entry.keyPlace,
                  u"parameter name "_s + quotedName(entry.key) + u", expected 1 to 64 of A-Z a-z 0-9 _ -"_s);
        if (const auto value = plainValue(*entry.value, u"params "_s + quotedName(entry.key))) {
            if (value->isString())
                checkTemplate(value->toString(), placeOf(*entry.value));
            step.params.emplace_back(entry.key, *value);
        }
    }
}

/// What the step does: its command, script or pipeline and what goes with them.
void Reader::readWork(const toml::table &table, const QSet<QString> &meant, Draft &draft)
{
    StepRecipe &step = draft.step;
    static const QStringList kinds = {u"command"_s, u"script"_s, u"pipeline"_s};
    const toml::node *command = table.get("command");
    const toml::node *script = table.get("script");
    const toml::node *pipeline = table.get("pipeline");
    if (command)
        step.command = readCommand(*command);
    if (script)
        readScript(*script, step);
    if (pipeline)
        readPipeline(*pipeline, step);

    Place last;
    QStringList found;
    for (const toml::node *node : {command, script, pipeline}) {
        if (node)
            last = std::max(last, placeOf(*node));
    }
    for (const QString &kind : kinds) {
        if (table.contains(kind.toStdString()))
            found.push_back(u'\'' + kind + u'\'');
    }
    if (found.size() == 2)
        fault(last, u"a step has "_s + found.join(u" and "_s) + u", expected one of both"_s);
    else if (found.size() == 3)
        fault(last, u"a step has 'command', 'script' and 'pipeline', expected one of them"_s);
    else if (found.isEmpty() && !meant.intersects(QSet<QString>(kinds.begin(), kinds.end())))
        fault(placeOf(table), u"missing key "_s + keyList(kinds) + u" in a step"_s);

    if (pipeline && found.size() == 1) {
        static const QStringList others = {u"env"_s,           u"cwd"_s,     u"terminal"_s, u"grace"_s,
                                           u"stall_timeout"_s, u"outputs"_s, u"progress"_s, u"progress_pattern"_s,
                                           u"phases"_s};
        for (const Entry &entry : inFileOrder(table)) {
            if (others.contains(entry.key))
                fault(entry.keyPlace,
                      u"a step has 'pipeline' and '"_s + entry.key + u"', expected '"_s + entry.key
                          + u"' in the steps of that pipeline"_s);
        }
    }
    if (const toml::node *node = table.get("params")) {
        if (!pipeline && !found.isEmpty())
            fault(placeOf(*node), u"a step has 'params' and no 'pipeline', expected both"_s);
        else
            readParams(*node, step);
    }
    if (const toml::node *node = table.get("env"))
        readEnv(*node, step);
    if (const auto cwd = text(table.get("cwd"), u"cwd"_s)) {
        checkTemplate(*cwd, placeOf(*table.get("cwd")));
        step.cwd = *cwd;
    }
}

void Reader::readRetries(const toml::node &node, RetryPolicy &retry)
{
    const toml::table *table = node.as_table();
    if (!table) {
        if (!node.is_integer())
            wrong(u"retries"_s, node, u"a whole number from 0 to "_s + QString::number(mostRetries) + u" or a table"_s);
        else if (const auto count = wholeNumber(node, u"retries"_s, 0, mostRetries))
            retry.retries = *count;
        return;
    }
    static const QStringList known = {u"count"_s, u"delay"_s, u"max_delay"_s, u"backoff"_s, u"jitter"_s};
    const QSet<QString> meant = checkKeys(*table, known, u"retries"_s);
    if (const toml::node *count = table->get("count"))
        retry.retries = wholeNumber(*count, u"count"_s, 0, mostRetries).value_or(0);
    else if (!meant.contains(u"count"_s))
        fault(placeOf(node), u"missing key 'count' in retries"_s);
    if (const auto delay = time(table->get("delay"), u"delay"_s, TimeRange::Delay)) {
        retry.delayMs = *delay;
        retry.maxDelayMs = std::max(retry.maxDelayMs, *delay);
    }
    if (const auto most = time(table->get("max_delay"), u"max_delay"_s, TimeRange::Delay)) {
        if (*most < retry.delayMs)
            wrong(u"max_delay"_s, *table->get("max_delay"), u"no less than the delay"_s);
        retry.maxDelayMs = *most;
    }
    if (const auto index = word(table->get("backoff"), u"backoff"_s, {u"fixed"_s, u"exponential"_s}))
        retry.backoff = static_cast<RetryPolicy::Backoff>(*index);
    if (const toml::node *jitter = table->get("jitter")) {
        const std::optional<double> share = finiteNumber(*jitter);
        if (const auto *flag = jitter->as_boolean())
            retry.jitter = flag->get() ? 1 : 0;
        else if (share && *share >= 0 && *share <= 1)
            retry.jitter = *share;
        else
            wrong(u"jitter"_s, *jitter, u"a number from 0 to 1, true or false"_s);
    }
}

MatrixAxis Reader::readAxis(const QString &name, const toml::node &node)
{
    MatrixAxis axis{name, {}};
    const toml::array *array = node.as_array();
    if (!array || array->empty()) {
        if (array)
            fault(placeOf(node), u"matrix "_s + quotedName(name) + u" is empty, expected at least one value"_s);
        else
            wrong(u"matrix "_s + quotedName(name), node, u"an array of values"_s);
        return axis;
    }
    QSet<QString> seen;
    for (const toml::node &element : *array) {
        const auto value = plainValue(element, u"a value of matrix "_s + quotedName(name));
        if (!value)
            continue;
        QString text = value->toString();
        if (value->isBool())
            text = value->toBool() ? u"true"_s : u"false"_s;
        else if (value->isDouble())
            text = numberText(value->toDouble());
        if (seen.contains(text))
            fault(placeOf(element), u"matrix "_s + quotedName(name) + u" has "_s + quoted(text) + u" twice"_s);
        else if (text.size() > longestMatrixValue)
            fault(placeOf(element),
                  u"a value of matrix "_s + quotedName(name) + u" has "_s + QString::number(text.size())
                      + u" characters, expected at most "_s + QString::number(longestMatrixValue));
        else
            axis.values.push_back(text);
        seen.insert(text);
    }
    return axis;
}

void Reader::readMatrix(const toml::table &table, Draft &draft)
{
    StepRecipe &step = draft.step;
    const toml::node *node = table.get("matrix");
    if (const toml::node *most = table.get("max_parallel")) {
        step.maxParallel = wholeNumber(*most, u"max_parallel"_s, 1, mostParallel);
        if (!node)
            fault(placeOf(*most), u"a step has 'max_parallel' and no 'matrix', expected both"_s);
    }
    if (!node)
        return;
    draft.matrixPlace = placeOf(*node);
    const toml::table *axes = node->as_table();
    if (!axes || axes->empty()) {
        if (axes)
            fault(placeOf(*node), u"matrix is empty, expected at least one array of values"_s);
        else
            wrong(u"matrix"_s, *node, u"a table of arrays"_s);
        return;
    }
    QHash<QString, QString> byVariable;
    bool told = false;
    for (const Entry &entry : inFileOrder(*axes)) {
        draft.matrixNames.push_back(u"matrix."_s + entry.key);
        if (!isValidId(entry.key)) {
            fault(entry.keyPlace,
                  u"name "_s + quotedName(entry.key) + u" in a matrix, expected 1 to 64 of A-Z a-z 0-9 _ -"_s);
        } else {
            const QString variable = matrixVariable(entry.key);
            if (byVariable.contains(variable))
                fault(entry.keyPlace,
                      u"matrix "_s + quotedName(entry.key) + u" gives the same variable "_s + variable + u" as "_s
                          + quotedName(byVariable.value(variable)));
            else
                byVariable.insert(variable, entry.key);
        }
        MatrixAxis axis = readAxis(entry.key, *entry.value);
        draft.instances *= std::max<std::size_t>(static_cast<std::size_t>(axis.values.size()), 1);
        if (draft.instances > mostCombinations) {
            if (!told)
                fault(placeOf(*node),
                      u"matrix has more than "_s + QString::number(mostCombinations)
                          + u" combinations, expected at most these"_s);
            told = true;
            draft.instances = 1;
        }
        step.matrix.push_back(std::move(axis));
    }
}

void Reader::readOutputs(const toml::node &node, Draft &draft)
{
    const toml::array *array = node.as_array();
    if (!array) {
        wrong(u"outputs"_s, node, u"an array of names"_s);
        return;
    }
    if (array->size() > mostOutputs) {
        fault(placeOf(node),
              u"there are "_s + QString::number(array->size()) + u" outputs, expected at most "_s
                  + QString::number(mostOutputs));
        return;
    }
    for (const Draft::Named &named : names(node, u"outputs"_s, u"an output"_s, u"a name"_s)) {
        if (!isValidId(named.id))
            fault(named.place, u"an output is "_s + quoted(named.id) + u", expected 1 to 64 of A-Z a-z 0-9 _ -"_s);
        draft.outputs.push_back(named);
        draft.step.outputs.push_back(named.id);
    }
}

void Reader::readProgress(const toml::table &table, StepRecipe &step)
{
    static const QStringList sources = {u"own"_s, u"auto"_s, u"percent"_s, u"none"_s};
    const toml::node *progress = table.get("progress");
    const auto index = word(progress, u"progress"_s, sources);
    step.progress = static_cast<ProgressSource>(index.value_or(0));

    const toml::node *node = table.get("progress_pattern");
    if (!node)
        return;
    if (step.progress != ProgressSource::Percent && (!progress || index))
        fault(placeOf(*node), u"a step has 'progress_pattern', expected progress = \"percent\" with it"_s);
    const auto pattern = text(node, u"progress_pattern"_s);
    if (!pattern)
        return;
    if (pattern->isEmpty()) {
        wrong(u"progress_pattern"_s, *node, u"a regular expression"_s);
    } else if (pattern->size() > longestPattern) {
        fault(placeOf(*node),
              u"progress_pattern has "_s + QString::number(pattern->size()) + u" characters, expected at most "_s
                  + QString::number(longestPattern));
    } else if (const QRegularExpression expression(*pattern); !expression.isValid()) {
        wrong(u"progress_pattern"_s, *node,
              u"a regular expression: "_s + expression.errorString() + u" at character "_s
                  + QString::number(expression.patternErrorOffset() + 1));
    }
    step.progressPattern = *pattern;
}

void Reader::readPhases(const toml::node &node, StepRecipe &step)
{
    const toml::array *array = node.as_array();
    if (!array) {
        wrong(u"phases"_s, node, u"an array of ids or tables"_s);
        return;
    }
    if (array->size() > mostPhases) {
        fault(placeOf(node),
              u"there are "_s + QString::number(array->size()) + u" phases, expected at most "_s
                  + QString::number(mostPhases));
        return;
    }
    static const QStringList known = {u"id"_s, u"title"_s, u"total"_s, u"unit"_s};
    QSet<QString> seen;
    for (const toml::node &element : *array) {
        PhaseRecipe phase;
        const toml::node *id = &element;
        if (const toml::table *table = element.as_table()) {
            const QSet<QString> meant = checkKeys(*table, known, u"a phase"_s);
            id = table->get("id");
            if (!id && !meant.contains(u"id"_s))
                fault(placeOf(element), u"missing key 'id' in a phase"_s);
            phase.title = text(table->get("title"), u"title"_s).value_or(QString());
            phase.unit = text(table->get("unit"), u"unit"_s).value_or(QString());
            if (const toml::node *total = table->get("total")) {
                phase.total = finiteNumber(*total);
                if (!phase.total || *phase.total <= 0)
                    wrong(u"total"_s, *total, u"a number above 0"_s);
            }
        }
        if (id) {
            const auto *value = id->as_string();
            phase.id = value ? fromToml(value->get()) : QString();
            if (!isValidId(phase.id))
                wrong(id == &element ? u"a phase"_s : u"id"_s, *id, u"1 to 64 of A-Z a-z 0-9 _ -"_s);
            else if (seen.contains(phase.id))
                fault(placeOf(*id), u"phases has "_s + quoted(phase.id) + u" twice"_s);
            seen.insert(phase.id);
        }
        step.phases.push_back(std::move(phase));
    }
}

Reader::Draft Reader::readStep(const toml::table &table)
{
    static const QStringList known = {
        u"id"_s,      u"title"_s,  u"command"_s, u"script"_s,        u"pipeline"_s,     u"params"_s,
        u"env"_s,     u"cwd"_s,    u"weight"_s,  u"needs"_s,         u"terminal"_s,     u"grace"_s,
        u"retries"_s, u"when"_s,   u"timeout"_s, u"stall_timeout"_s, u"finally"_s,      u"allow_failure"_s,
        u"matrix"_s,  u"phases"_s, u"outputs"_s, u"progress"_s,      u"max_parallel"_s, u"progress_pattern"_s,
    };
    Draft draft;
    m_draft = &draft;
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
    readMatrix(table, draft); // before the texts that may name it
    readWork(table, meant, draft);

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
    if (const toml::node *node = table.get("when"))
        step.when = readCondition(*node, u"when"_s, 1);
    if (const toml::node *node = table.get("retries"))
        readRetries(*node, step.retry);
    step.terminal = truth(table.get("terminal"), u"terminal"_s);
    step.finally = truth(table.get("finally"), u"finally"_s);
    step.allowFailure = truth(table.get("allow_failure"), u"allow_failure"_s);
    step.graceMs = time(table.get("grace"), u"grace"_s, TimeRange::Grace);
    step.timeoutMs = time(table.get("timeout"), u"timeout"_s, TimeRange::Timeout);
    step.stallTimeoutMs = time(table.get("stall_timeout"), u"stall_timeout"_s, TimeRange::Timeout);
    if (const toml::node *node = table.get("outputs"))
        readOutputs(*node, draft);
    readProgress(table, step);
    if (const toml::node *node = table.get("phases"))
        readPhases(*node, step);
    m_draft = nullptr;
    return draft;
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
    resolve(drafts);
    for (Draft &draft : drafts)
        recipe.steps.push_back(std::move(draft.step));
}

} // namespace stepwire::reading
