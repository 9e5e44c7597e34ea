#pragma once

#include "core/pipeline/recipe.h"

#include <QJsonArray>
#include <QJsonObject>

namespace stepwire {

/// The recipe as `pipeline.get` and `pipelines --json` show it.
[[nodiscard]] QJsonObject describeRecipe(const Recipe &recipe);
[[nodiscard]] QJsonArray describeFaults(const std::vector<Fault> &faults);

} // namespace stepwire
