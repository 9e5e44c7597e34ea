#include "core/pipeline/recipe.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView toml(data, static_cast<qsizetype>(size));
    const stepwire::RecipeResult recipe = stepwire::readRecipe(toml, QStringLiteral("fuzz.toml"));
    // what is promised of the answer: a recipe with steps, or faults that are all told
    if (recipe) {
        if (recipe->steps.empty())
            std::abort();
        return 0;
    }
    if (recipe.error().empty())
        std::abort();
    for (const stepwire::Fault &fault : recipe.error()) {
        if (fault.message.isEmpty() || stepwire::faultText(fault).contains(QChar::Null))
            std::abort();
    }
    return 0;
}
