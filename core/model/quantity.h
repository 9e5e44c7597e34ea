#pragma once

#include <QString>

#include <initializer_list>
#include <optional>
#include <utility>

namespace stepwire {

/// A number from 0 up with one of the units behind it (in any case, blanks between allowed), times the unit's factor
/// and rounded; nothing for anything else. A unit that ends in another comes before it; an empty one stands for none.
[[nodiscard]] std::optional<qint64> quantityFromText(const QString &text,
                                                     std::initializer_list<std::pair<const char *, double>> units);

} // namespace stepwire
