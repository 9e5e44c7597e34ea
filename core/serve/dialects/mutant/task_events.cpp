#include "core/serve/dialects/mutant/task_events.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace stepwire::mutant {

/// A total that changes is told by starting anew; not for ever.
static constexpr int mostStarts = 100;

static QByteArray unit(Kind kind, const char *event)
{
    return QByteArray("{\"") + factsOf(kind).type + "\":\"" + event + "\"}";
}

static QByteArray withMembers(Kind kind, const char *event,
                              std::initializer_list<std::pair<const char *, qint64>> members)
{
    QByteArray out = QByteArray("{\"") + factsOf(kind).type + "\":{\"" + event + "\":{";
    const char *comma = "";
    for (const auto &[name, value] : members) {
        out += comma;
        out += QByteArray("\"") + name + "\":" + QByteArray::number(value);
        comma = ",";
    }
    return out + "}}}";
}

/// A phase of that name in any step; else the step of that name.
std::optional<TaskEvents::Figure> TaskEvents::figureOf(const Job &job, QLatin1String name)
{
    for (const Step &step : job.steps) {
        if (!step.progress)
            continue;
        for (const Phase &phase : step.progress->phases) {
            if (phase.id == name)
                return Figure{satisfiesNeeds(step.state) ? phase.total.value_or(phase.done) : phase.done, phase.total};
        }
    }
    const Step *step = job.findStep(QString(name));
    if (!step || (!step->progress && !satisfiesNeeds(step->state)))
        return {};
    Figure figure{0, 1.0};
    if (step->progress && step->progress->total)
        figure = {step->progress->done, step->progress->total};
    else if (step->progress && step->progress->fraction)
        figure = {100 * *step->progress->fraction, 100.0};
    if (satisfiesNeeds(step->state))
        figure.done = *figure.total;
    return figure;
}

std::optional<TaskEvents::Figure> TaskEvents::whole(const Job &job)
{
    if (job.steps.size() == 1 && job.steps[0].progress && job.steps[0].progress->total)
        return Figure{job.steps[0].progress->done, job.steps[0].progress->total};
    const auto fraction = jobFraction(job);
    return fraction ? std::optional(Figure{100 * *fraction, 100.0}) : std::nullopt;
}

int TaskEvents::chunks(double total)
{
    return static_cast<int>(std::clamp(std::ceil(total), 1.0, static_cast<double>(mostChunks)));
}

int TaskEvents::chunksDone(const Figure &figure, double total)
{
    const double share = total > 0 ? std::clamp(figure.done / total, 0.0, 1.0) : 0;
    return static_cast<int>(std::floor(share * chunks(total) + 1e-9));
}

std::vector<QByteArray> TaskEvents::follow(const Job &job)
{
    if (m_kind == Kind::Put)
        followPut(job);
    else if (m_kind == Kind::Sync)
        followSync(job);
    else
        followCount(job);
    return std::exchange(m_events, {});
}

void TaskEvents::followPut(const Job &job)
{
    const auto reserve = figureOf(job, QLatin1String("reserve"));
    const auto confirm = figureOf(job, QLatin1String("confirm"));
    auto write = figureOf(job, QLatin1String("write"));
    if (!reserve && !confirm && !write)
        write = whole(job);
    const Figure none;
    const Figure &reserved = reserve ? *reserve : none;
    const Figure &written = write ? *write : none;
    const Figure &confirmed = confirm ? *confirm : none;
    // While nobody knows how much is to be written, as much as is reserved.
    const double total = written.total.value_or(reserved.done > 0 ? reserved.total.value_or(0) : 0);
    if (total <= 0)
        return;
    if (!m_started || (total != m_total && m_starts < mostStarts)) {
        m_total = total;
        startPut(reserved, written, confirmed);
    }
    advance(m_reserve, chunksDone(reserved, reserved.total.value_or(0)), "PadReserved");
    advance(m_write, chunksDone(written, m_total), "PadsWritten");
    advance(m_confirm, chunksDone(confirmed, confirmed.total.value_or(m_total)), "PadsConfirmed");
}

void TaskEvents::startPut(const Figure &reserve, const Figure &write, const Figure &confirm)
{
    const int most = chunks(m_total);
    m_started = true;
    ++m_starts;
    m_write = {chunksDone(write, m_total), most};
    m_confirm = {chunksDone(confirm, confirm.total.value_or(m_total)), most};
    m_reserve = {0, 0};
    if (reserve.total)
        m_reserve = {chunksDone(reserve, *reserve.total), chunks(*reserve.total)};
    add(withMembers(Kind::Put, "Starting",
                    {{"total_chunks", most},
                     {"initial_written_count", m_write.told},
                     {"initial_confirmed_count", m_confirm.told},
                     {"chunks_to_reserve", m_reserve.most - m_reserve.told}}));
}

static QLatin1String countedName(Kind kind)
{
    return QLatin1String(kind == Kind::Get ? "fetch" : kind == Kind::Purge ? "process" : "check");
}

static const char *countedEvent(Kind kind)
{
    return kind == Kind::Get ? "PadFetched" : kind == Kind::Purge ? "PadProcessed" : "KeyProcessed";
}

void TaskEvents::startCount(int most)
{
    m_started = true;
    ++m_starts;
    m_write = {0, most};
    add(withMembers(m_kind, "Starting",
                    {{m_kind == Kind::Get         ? "total_chunks"
                          : m_kind == Kind::Purge ? "total_count"
                                                  : "total_keys",
                      most}}));
}

void TaskEvents::followCount(const Job &job)
{
    auto figure = figureOf(job, countedName(m_kind));
    if (!figure)
        figure = whole(job);
    if (!figure || figure->total.value_or(0) <= 0)
        return;
    if (!m_started || (*figure->total != m_total && m_starts < mostStarts)) {
        m_total = *figure->total;
        startCount(chunks(m_total));
    }
    advance(m_write, chunksDone(*figure, m_total), countedEvent(m_kind));
}

void TaskEvents::followSync(const Job &job)
{
    struct Stage
    {
        QLatin1String name;
        const char *event;
    };
    static const std::array<Stage, 4> stages{{{QLatin1String("fetch"), "FetchingRemoteIndex"},
                                              {QLatin1String("merge"), "Merging"},
                                              {QLatin1String("push"), "PushingRemoteIndex"},
                                              {QLatin1String("verify"), "VerifyingRemoteIndex"}}};
    const auto isReached = [&](QLatin1String name) {
        if (const Step *step = job.findStep(QString(name)))
            return step->state != State::Queued && step->state != State::Skipped;
        const auto figure = figureOf(job, name);
        return figure && figure->done > 0;
    };
    for (std::size_t i = m_reached; i < stages.size(); ++i) {
        if (!isReached(stages[i].name))
            continue;
        add(unit(Kind::Sync, stages[i].event));
        m_reached = i + 1;
    }
}

std::vector<QByteArray> TaskEvents::complete(const QJsonObject &told)
{
    if (m_kind == Kind::Put) {
        if (!m_started) {
            m_total = 1;
            startPut(Figure{0, 1.0}, {}, {});
        }
        advance(m_reserve, m_reserve.most, "PadReserved");
        advance(m_write, m_write.most, "PadsWritten");
        if (m_verifies)
            advance(m_confirm, m_confirm.most, "PadsConfirmed");
    } else if (m_kind != Kind::Sync) {
        if (!m_started)
            startCount(1);
        advance(m_write, m_write.most, countedEvent(m_kind));
    }
    const auto number = [&](const char *name, qint64 standard) {
        return std::pair(name, told[QLatin1String(name)].toInteger(standard));
    };
    if (m_kind == Kind::Purge) {
        const auto failed = number("failed_count", 0);
        add(withMembers(m_kind, "Complete",
                        {number("verified_count", std::max<qint64>(0, m_write.most - failed.second)), failed}));
    } else if (m_kind == Kind::HealthCheck) {
        add(withMembers(m_kind, "Complete", {number("nb_keys_updated", 0)}));
    } else {
        add(unit(m_kind, "Complete"));
    }
    return std::exchange(m_events, {});
}

void TaskEvents::advance(Counter &counter, int to, const char *event)
{
    for (to = std::min(to, counter.most); counter.told < to; ++counter.told)
        add(unit(m_kind, event));
}

void TaskEvents::add(const QByteArray &event)
{
    m_newest = event;
    m_events.push_back(event);
}

} // namespace stepwire::mutant
