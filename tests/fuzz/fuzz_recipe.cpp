#include "core/pipeline/binding.h"
#include "core/pipeline/recipe.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace stepwire;

/// Values that fit, full of what templates are made of.
static QJsonObject valuesFor(const Recipe &recipe)
{
    QJsonObject values;
    for (const Parameter &parameter : recipe.parameters) {
        switch (parameter.type) {
        case ParameterType::String:
        case ParameterType::Path: values.insert(parameter.name, QStringLiteral("{{steps.a.b}}{")); break;
        case ParameterType::Int:
        case ParameterType::Float: values.insert(parameter.name, 3); break;
        case ParameterType::Bool: values.insert(parameter.name, true); break;
        case ParameterType::Choice: values.insert(parameter.name, parameter.choices.front()); break;
        }
    }
    return values;
}

static void bind(const Recipe &recipe)
{
    const auto bound = bindRecipe(recipe, valuesFor(recipe), QStringLiteral("/work/{{x"), QStringLiteral("/home/me"));
    if (!bound) {
        if (bound.error().message.isEmpty())
            std::abort();
        return;
    }
    StepOutputs outputs;
    for (const StepSpec &step : bound->steps) {
        for (const QString &name : step.outputs)
            outputs[step.id][name] = QStringLiteral("/{{value");
    }
    // what was checked at reading is there at run time
    for (std::size_t i = 0; i < bound->steps.size() && i < 50; ++i) {
        const auto filled = fillOutputs(bound->steps[i], outputsBefore(bound->steps, i, outputs));
        if (!filled ? filled.error().message.isEmpty() : filled->late || !filled->cwd.startsWith(u'/'))
            std::abort();
        if (filled && filled->when)
            (void)unmet(*filled->when,
                        {[](const QString &) { return State::Failed; },
                         [](const QString &path) { return path.size() % 2 == 0; }});
    }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView toml(data, static_cast<qsizetype>(size));
    const RecipeResult recipe = readRecipe(toml, QStringLiteral("fuzz.toml"));
    // what is promised of the answer: a recipe with steps, or faults that are all told
    if (recipe) {
        if (recipe->steps.empty())
            std::abort();
        bind(*recipe);
        return 0;
    }
    if (recipe.error().empty())
        std::abort();
    for (const Fault &fault : recipe.error()) {
        if (fault.message.isEmpty() || faultText(fault).contains(QChar::Null))
            std::abort();
    }
    return 0;
}
