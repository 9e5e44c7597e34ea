#include "ui/job/timeline.h"

#include <QHash>
#include <QLocale>

#include <algorithm>
#include <array>

namespace stepwire {

static QHash<QString, std::size_t> places(const Job &job)
{
    QHash<QString, std::size_t> places;
    for (std::size_t i = 0; i < job.steps.size(); ++i)
        places.insert(job.steps[i].id, i);
    return places;
}

static UnixMs endOf(const Step &step, UnixMs now)
{
    return std::max(step.finished.value_or(now), step.started.value_or(0));
}

std::vector<TimelineBar> timelineBars(const Job &job, UnixMs now)
{
    const QHash<QString, std::size_t> place = places(job);
    std::vector<TimelineBar> bars;
    bars.reserve(job.steps.size());
    for (const Step &step : job.steps) {
        TimelineBar bar;
        bar.start = step.started;
        bar.runs = step.started && !step.finished && !isFinal(step.state);
        // An end that was never told is that of the job.
        bar.end = step.finished.value_or(isFinal(step.state) ? job.finished.value_or(now) : now);
        bool open = false;
        std::optional<UnixMs> ready = job.started;
        for (const QString &need : step.needs) {
            const auto found = place.constFind(need);
            if (found == place.constEnd())
                continue;
            const Step &needed = job.steps[*found];
            open = open || !isFinal(needed.state);
            if (needed.finished)
                ready = std::max(ready.value_or(*needed.finished), *needed.finished);
        }
        const bool waits = !step.started && !isFinal(step.state) && !isFinal(job.state);
        if (ready && (step.started || (waits && !open)))
            bar.ready = std::min(*ready, step.started.value_or(now));
        if (bar.start)
            bar.end = std::max(bar.end, *bar.start);
        bars.push_back(bar);
    }
    return bars;
}

QStringList criticalPath(const Job &job, UnixMs now)
{
    const QHash<QString, std::size_t> place = places(job);
    std::vector<bool> seen(job.steps.size());

    // Of these steps the one that ended last; one that never started stands for what it needed.
    const auto latest = [&](std::vector<std::size_t> among) {
        const Step *last = nullptr;
        while (!among.empty()) {
            const std::size_t at = among.back();
            among.pop_back();
            if (seen[at])
                continue;
            const Step &step = job.steps[at];
            if (!step.started) {
                seen[at] = true;
                for (const QString &need : step.needs) {
                    if (const auto found = place.constFind(need); found != place.constEnd())
                        among.push_back(*found);
                }
                continue;
            }
            // The first of equals, whatever way they were found.
            if (!last || endOf(step, now) > endOf(*last, now)
                || (endOf(step, now) == endOf(*last, now) && &step < last))
                last = &step;
        }
        return last;
    };

    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < job.steps.size(); ++i) {
        if (job.steps[i].started)
            candidates.push_back(i);
    }
    QStringList path;
    while (const Step *step = latest(std::move(candidates))) {
        seen[static_cast<std::size_t>(step - job.steps.data())] = true;
        path.prepend(step->id);
        candidates.clear();
        for (const QString &need : step->needs) {
            if (const auto found = place.constFind(need); found != place.constEnd())
                candidates.push_back(*found);
        }
    }
    return path;
}

qint64 niceTick(qint64 span, int marks)
{
    constexpr qint64 second = 1000;
    constexpr qint64 minute = 60 * second;
    constexpr qint64 hour = 60 * minute;
    constexpr qint64 day = 24 * hour;
    static constexpr std::array<qint64, 30> ticks = {
        1,          2,          5,           10,          20,          50,          100,         200,
        500,        second,     2 * second,  5 * second,  10 * second, 15 * second, 30 * second, minute,
        2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour,        2 * hour,    3 * hour,
        6 * hour,   12 * hour,  day,         2 * day,     5 * day,     10 * day,
    };
    const qint64 least = std::max<qint64>(span, 1) / std::max(marks, 1);
    for (const qint64 tick : ticks) {
        if (tick >= least && tick * std::max(marks, 1) >= span)
            return tick;
    }
    return (least / ticks.back() + 1) * ticks.back();
}

QString tickLabel(qint64 ms, qint64 tick)
{
    const QLocale locale;
    if (ms == 0)
        return locale.toString(0);
    if (tick < 1000) {
        const int digits = tick < 10 ? 3 : tick < 100 ? 2 : 1;
        return QCoreApplication::translate("Timeline", "%1 s", "seconds on an axis")
            .arg(locale.toString(static_cast<double>(ms) / 1000, 'f', digits));
    }
    const qint64 seconds = ms / 1000;
    const auto two = [](qint64 number) { return QStringLiteral("%1").arg(number, 2, 10, QLatin1Char('0')); };
    if (seconds < 3600)
        return QStringLiteral("%1:%2").arg(seconds / 60).arg(two(seconds % 60));
    return QStringLiteral("%1:%2:%3").arg(seconds / 3600).arg(two(seconds / 60 % 60), two(seconds % 60));
}

} // namespace stepwire
