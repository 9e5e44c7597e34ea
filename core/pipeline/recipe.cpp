#include "core/pipeline/recipe_reader.h"

#include "core/model/ids.h"
#include "core/model/quote.h"
#include "core/pipeline/binding.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <array>

namespace stepwire::reading {

using namespace Qt::StringLiterals;

static constexpr std::size_t mostParameters = 256;

static std::optional<ParameterType> parameterTypeFromName(const QString &name)
{
    for (const ParameterType type : {ParameterType::String, ParameterType::Path, ParameterType::Int,
                                     ParameterType::Float, ParameterType::Bool, ParameterType::Choice}) {
        if (name == parameterTypeName(type))
            return type;
    }
    return {};
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
        if (const std::optional<QJsonValue> value = plainValue(*entry.value, what)) {
            if (value->isString())
                checkTemplate(value->toString(), placeOf(*entry.value));
            recipe.eventData.insert(entry.key, *value);
        }
    }
}

void Reader::readKind(const toml::table &top, Recipe &recipe)
{
    if (const auto index = word(top.get("kind"), u"kind"_s, {u"workflow"_s, u"process"_s}))
        recipe.kind = static_cast<PipelineKind>(*index);
    const toml::node *node = top.get("prefix");
    if (!node)
        return;
    const auto *value = node->as_string();
    const QString prefix = value ? fromToml(value->get()) : QString();
    if (!isValidId(prefix))
        wrong(u"prefix"_s, *node, u"1 to 64 of A-Z a-z 0-9 _ -"_s);
    else if (prefix == u"agent")
        wrong(u"prefix"_s, *node, u"another one since that is of workflows"_s);
    else if (recipe.kind != PipelineKind::Process)
        fault(placeOf(*node), u"prefix is given without kind = \"process\""_s);
    else
        recipe.prefix = prefix;
}

void Reader::readHistory(const toml::node &node, Recipe &recipe)
{
    if (!node.is_array()) {
        wrong(u"history"_s, node, u"an array of parameter names"_s);
        return;
    }
    for (const Draft::Named &named : names(node, u"history"_s, u"a name in history"_s, u"that of a parameter"_s)) {
        if (m_parameters.contains(named.id))
            recipe.history.push_back(named.id);
        else
            fault(named.place,
                  u"unknown parameter "_s + quotedName(named.id) + u" in history"_s
                      + suggestion(named.id, m_parameters));
    }
}

void Reader::readSecretEnv(const toml::node &node, Recipe &recipe)
{
    if (!node.is_array()) {
        wrong(u"secret_env"_s, node, u"an array of names of environment variables"_s);
        return;
    }
    for (const Draft::Named &named :
         names(node, u"secret_env"_s, u"a name in secret_env"_s, u"that of an environment variable"_s)) {
        if (isVariableName(named.id))
            recipe.secretEnv.push_back(named.id);
        else
            fault(named.place,
                  u"variable "_s + quotedName(named.id)
                      + u" in secret_env has no name of a variable, expected letters, digits and _"_s);
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

Parameter Reader::readParameter(const QString &name, const toml::table &table)
{
    static const QStringList known = {u"type"_s, u"required"_s, u"default"_s, u"help"_s, u"choices"_s, u"secret"_s};
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
    parameter.secret = truth(table.get("secret"), u"secret"_s);
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
            parameter.defaultValue = typedValue(*node, parameter, u"default"_s);
        if (parameter.required)
            fault(placeOf(*node),
                  u"parameter "_s + quotedName(name) + u" is required and has a default, expected one of both"_s);
    }
    if (typeKnown)
        m_typed.emplace(name, parameter);
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
        m_parameters.push_back(entry.key);
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

void Reader::readTop(const toml::table &top, Recipe &recipe)
{
    static const QStringList known = {u"name"_s,       u"title"_s,   u"description"_s, u"event_name"_s, u"event_data"_s,
                                      u"grace"_s,      u"timeout"_s, u"on_failure"_s,  u"history"_s,    u"remote"_s,
                                      u"secret_env"_s, u"kind"_s,    u"prefix"_s,      u"parameters"_s, u"steps"_s};
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
    recipe.graceMs = time(top.get("grace"), u"grace"_s, TimeRange::Grace);
    recipe.timeoutMs = time(top.get("timeout"), u"timeout"_s, TimeRange::Timeout);
    if (const auto index = word(top.get("on_failure"), u"on_failure"_s, {u"stop"_s, u"continue"_s, u"finish_all"_s}))
        recipe.onFailure = static_cast<OnFailure>(*index);

    recipe.remote = truth(top.get("remote"), u"remote"_s);
    readKind(top, recipe);
    if (const toml::node *node = top.get("secret_env"))
        readSecretEnv(*node, recipe);

    if (const toml::node *node = top.get("parameters"))
        readParameters(*node, recipe);
    m_names.push_back(u"pipeline.dir"_s);
    if (const toml::node *node = top.get("history"))
        readHistory(*node, recipe);
    readEvent(top, recipe);
    if (const toml::node *node = top.get("steps"))
        readSteps(*node, recipe);
    else if (!meant.contains(u"steps"_s))
        fault({1, 1}, u"missing key 'steps', expected at least one [[steps]]"_s);
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

} // namespace stepwire::reading

namespace stepwire {

using namespace Qt::StringLiterals;

RecipeResult readRecipe(QByteArrayView toml, const QString &file)
{
    RecipeResult recipe = reading::Reader(file).read(toml);
    if (recipe)
        recipe->text = toml.toByteArray();
    return recipe;
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
    const QByteArray toml = file.read(reading::largestFile + 1);
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
