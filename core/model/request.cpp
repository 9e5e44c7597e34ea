#include "core/model/request.h"

#include <algorithm>

namespace stepwire {

/// A step that counts in phases alone is as far as these are on average.
static std::optional<double> phasesFraction(const std::vector<Phase> &phases)
{
    double sum = 0;
    for (const Phase &phase : phases) {
        if (!phase.total || *phase.total <= 0)
            return {};
        sum += std::clamp(phase.done / *phase.total, 0.0, 1.0);
    }
    return phases.empty() ? std::nullopt : std::optional(sum / static_cast<double>(phases.size()));
}

Progress reported(const Progress &before, const ReportProgress &report)
{
    const Progress &news = report.progress;
    if (report.phase.isEmpty()) {
        Progress after = news;
        if (report.increment) {
            after.done = before.done + *report.increment;
            if (!after.total)
                after.total = before.total;
            if (after.unit.isEmpty())
                after.unit = before.unit;
            after.fraction.reset();
        }
        if (after.phases.empty())
            after.phases = before.phases;
        if (!after.fraction && !after.total && !after.phases.empty())
            after.fraction = phasesFraction(after.phases);
        if (after.unit.isEmpty())
            after.unit = QStringLiteral("items");
        normalise(after);
        return after;
    }
    Progress after = before;
    auto phase =
        std::find_if(after.phases.begin(), after.phases.end(), [&](const Phase &p) { return p.id == report.phase; });
    if (phase == after.phases.end()) {
        after.phases.push_back({report.phase, report.phase, 0, {}, QStringLiteral("items")});
        phase = std::prev(after.phases.end());
    }
    phase->done = report.increment ? phase->done + *report.increment : news.done;
    if (news.total)
        phase->total = news.total;
    if (!news.unit.isEmpty())
        phase->unit = news.unit;
    if (!news.message.isEmpty())
        after.message = news.message;
    const auto ended = std::count_if(after.phases.begin(), after.phases.end(),
                                     [](const Phase &p) { return p.total && p.done >= *p.total; });
    after.done = static_cast<double>(ended);
    after.total = static_cast<double>(after.phases.size());
    after.unit = QStringLiteral("phases");
    after.fraction = phasesFraction(after.phases);
    if (after.fraction)
        normalise(after);
    return after;
}

} // namespace stepwire
