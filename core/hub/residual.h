#pragma once

#include <algorithm>
#include <cmath>

namespace stepwire {

/// What is left of something that has run for `passed` and takes `median` as often as more, `spread` being the standard
/// deviation of its logarithm. The median rest of a log-logistic time that has lasted this long: `median` at the
/// beginning, never zero, and after the median ever more, as it is with what has hung already. Any unit of time.
[[nodiscard]] inline double residual(double median, double spread, double passed)
{
    if (median <= 0)
        return 0;
    if (passed <= 0)
        return median;
    const double shape = 1.81 / std::max(spread, 0.02);
    const double power = shape * std::log(passed / median);
    // log(1 + 2 e^power), which is log 2 + power where that would overflow
    const double grown = power > 500 ? std::log(2.0) + power : std::log1p(2 * std::exp(power));
    return std::max(median * std::exp(grown / shape) - passed, 0.0);
}

} // namespace stepwire
