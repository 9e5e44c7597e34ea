#include "core/pipeline/describe.h"

#include <QJsonArray>

namespace stepwire {

QJsonArray describeFaults(const std::vector<Fault> &faults)
{
    QJsonArray array;
    for (const Fault &fault : faults) {
        array.append(QJsonObject{{QStringLiteral("file"), fault.file},
                                 {QStringLiteral("line"), fault.line},
                                 {QStringLiteral("column"), fault.column},
                                 {QStringLiteral("message"), fault.message}});
    }
    return array;
}

QJsonObject describeRecipe(const Recipe &recipe)
{
    QJsonArray parameters;
    for (const Parameter &parameter : recipe.parameters) {
        QJsonObject object{{QStringLiteral("name"), parameter.name},
                           {QStringLiteral("type"), parameterTypeName(parameter.type)},
                           {QStringLiteral("required"), parameter.required},
                           {QStringLiteral("help"), parameter.help}};
        if (parameter.secret)
            object.insert(QStringLiteral("secret"), true);
        if (parameter.defaultValue && !parameter.secret)
            object.insert(QStringLiteral("default"), *parameter.defaultValue);
        if (parameter.type == ParameterType::Choice)
            object.insert(QStringLiteral("choices"), QJsonArray::fromStringList(parameter.choices));
        parameters.append(object);
    }
    QJsonArray steps;
    for (const StepRecipe &step : recipe.steps) {
        steps.append(QJsonObject{{QStringLiteral("step"), step.id},
                                 {QStringLiteral("title"), step.title.isEmpty() ? step.id : step.title},
                                 {QStringLiteral("needs"), QJsonArray::fromStringList(step.needs)},
                                 {QStringLiteral("weight"), step.weight.value_or(1)}});
    }
    QJsonObject object{{QStringLiteral("pipeline"), recipe.name},
                       {QStringLiteral("title"), recipe.title},
                       {QStringLiteral("description"), recipe.description},
                       {QStringLiteral("event_name"), recipe.eventName},
                       {QStringLiteral("file"), recipe.file},
                       {QStringLiteral("remote"), recipe.remote},
                       {QStringLiteral("parameters"), parameters},
                       {QStringLiteral("steps"), steps}};
    if (recipe.kind == PipelineKind::Process)
        object.insert(QStringLiteral("kind"), QStringLiteral("process"));
    if (!recipe.prefix.isEmpty())
        object.insert(QStringLiteral("prefix"), recipe.prefix);
    return object;
}

} // namespace stepwire
