#include "core/model/quantity.h"

#include <cmath>

namespace stepwire {

std::optional<qint64> quantityFromText(const QString &text,
                                       std::initializer_list<std::pair<const char *, double>> units)
{
    const QString given = text.trimmed();
    for (const auto &[suffix, factor] : units) {
        const QString unit = QString::fromLatin1(suffix);
        if (!given.endsWith(unit, Qt::CaseInsensitive))
            continue;
        bool ok = false;
        const double value = given.chopped(unit.size()).trimmed().toDouble(&ok) * factor;
        if (ok && value >= 0 && value < 9e15)
            return std::llround(value);
    }
    return {};
}

} // namespace stepwire
