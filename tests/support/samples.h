#pragma once

#include "core/model/event.h"
#include "support/bytes.h"

#include <QJsonArray>
#include <QJsonObject>

#include <array>

namespace stepwire::test {

// Values of the model, whole ones for scenarios and random ones for property tests.

[[nodiscard]] inline Step makeStep(const QString &id, State state = State::Queued)
{
    Step step;
    step.id = id;
    step.title = id.toUpper();
    step.state = state;
    return step;
}

[[nodiscard]] inline Job makeJob(const QString &id, const QStringList &steps = {QStringLiteral("a")})
{
    Job job;
    job.id = id;
    job.title = QStringLiteral("Job ") + id;
    job.source = QStringLiteral("engine");
    job.created = 1000;
    for (const QString &step : steps)
        job.steps.push_back(makeStep(step));
    return job;
}

[[nodiscard]] inline Fact queuedFact(Job job)
{
    const QString id = job.id;
    return {id, {}, 0, JobQueued{std::move(job)}};
}

[[nodiscard]] inline Progress progressOf(double done, double total, int attempt = 1)
{
    Progress progress;
    progress.attempt = attempt;
    progress.done = done;
    progress.total = total;
    progress.unit = QStringLiteral("items");
    normalise(progress);
    return progress;
}

[[nodiscard]] inline bool chance(Random &random, qsizetype oneIn)
{
    return randomBelow(random, oneIn) == 0;
}

[[nodiscard]] inline QString randomText(Random &random)
{
    static const QStringList pieces = {
        QStringLiteral("plain"),       QStringLiteral(" "),
        QStringLiteral("\""),          QStringLiteral("\\"),
        QStringLiteral("\n\r\t"),      QStringLiteral("ünï"),
        QStringLiteral("日本"),        QString::fromUcs4(U"\U0001F600"),
        QStringLiteral("\x1b[31m"),    QString(QChar(u'\0')),
        QString(QChar(u'\x7f')),       QString(QChar(u'\u2028')),
        QStringLiteral("x\ufeff"),     QStringLiteral("</script>"),
        QStringLiteral("{\"seq\":1}"), QString(300, u'x'),
    };
    QString text;
    for (qsizetype n = randomBelow(random, 4); n > 0; --n)
        text += oneOf(random, pieces);
    return text;
}

[[nodiscard]] inline QString randomId(Random &random)
{
    static const QStringList ids = {QStringLiteral("a"), QStringLiteral("create_effects"), QStringLiteral("B-9"),
                                    QStringLiteral("0199aaaa-0000-7000-8000-000000000000")};
    return oneOf(random, ids);
}

[[nodiscard]] inline double randomNumber(Random &random)
{
    static constexpr std::array<double, 14> special = {
        0, 1, 0.1, 1e5, 1e15, 9007199254740993.0, 1e22, 1e-7, 1.5e300, 5e-324, -3, -0.25, 1.0 / 3, 123456.789};
    return chance(random, 2) ? oneOf(random, special) : std::uniform_real_distribution<double>(0, 1000)(random);
}

[[nodiscard]] inline qint64 randomWhole(Random &random)
{
    static constexpr std::array<qint64, 8> special = {
        0, 1, 127, 128, 65536, Q_INT64_C(4294967296), Q_INT64_C(9007199254740992), 25};
    return oneOf(random, special);
}

[[nodiscard]] inline UnixMs randomTime(Random &random)
{
    return std::uniform_int_distribution<qint64>(1, Q_INT64_C(4102444800000))(random);
}

[[nodiscard]] inline State randomState(Random &random)
{
    return static_cast<State>(randomBelow(random, 12));
}

[[nodiscard]] inline QJsonValue randomJson(Random &random, int depth = 3)
{
    switch (randomBelow(random, depth > 0 ? 7 : 5)) {
    case 0: return QJsonValue::Null;
    case 1: return chance(random, 2);
    case 2: return randomText(random);
    case 3: return randomNumber(random);
    case 4: return chance(random, 2) ? randomWhole(random) : -randomWhole(random);
    case 5: {
        QJsonArray array;
        for (qsizetype n = randomBelow(random, 5); n > 0; --n)
            array.append(randomJson(random, depth - 1));
        return array;
    }
    default: {
        QJsonObject object;
        for (qsizetype n = randomBelow(random, 5); n > 0; --n)
            object.insert(randomText(random), randomJson(random, depth - 1));
        return object;
    }
    }
}

template <class Make>
[[nodiscard]] auto maybe(Random &random, Make make) -> std::optional<decltype(make())>
{
    return chance(random, 2) ? std::optional(make()) : std::nullopt;
}

[[nodiscard]] inline QStringList randomTexts(Random &random)
{
    QStringList list;
    for (qsizetype n = randomBelow(random, 3); n > 0; --n)
        list.append(randomText(random));
    return list;
}

[[nodiscard]] inline Failure randomFailure(Random &random)
{
    return {randomText(random), chance(random, 2) ? randomId(random) : QString(), maybe(random, [] { return 2; }),
            maybe(random, [] { return 9; }), randomText(random)};
}

[[nodiscard]] inline Progress randomProgress(Random &random)
{
    const auto number = [&] { return randomNumber(random); };
    Progress progress;
    progress.attempt = static_cast<int>(1 + randomBelow(random, 3));
    progress.done = number();
    progress.total = maybe(random, number);
    progress.unit = randomText(random);
    progress.fraction = maybe(random, number);
    progress.message = randomText(random);
    for (qsizetype n = randomBelow(random, 3); n > 0; --n)
        progress.phases.push_back(
            {randomId(random), randomText(random), number(), maybe(random, number), randomText(random)});
    return progress;
}

[[nodiscard]] inline Step randomStep(Random &random)
{
    const auto time = [&] { return randomTime(random); };
    Step step;
    step.id = randomId(random);
    step.title = randomText(random);
    step.needs = randomTexts(random);
    step.weight = randomNumber(random);
    step.state = randomState(random);
    step.attempt = static_cast<int>(1 + randomBelow(random, 3));
    step.progress = maybe(random, [&] { return randomProgress(random); });
    step.started = maybe(random, time);
    step.finished = maybe(random, time);
    step.error = maybe(random, [&] { return randomFailure(random); });
    return step;
}

[[nodiscard]] inline Job randomJob(Random &random, const QString &id)
{
    const auto time = [&] { return randomTime(random); };
    const auto whole = [&] { return randomWhole(random); };
    Job job;
    job.id = id;
    job.hub = randomText(random);
    job.host = randomText(random);
    job.title = randomText(random);
    job.pipeline = randomText(random);
    job.command = randomTexts(random);
    job.params = {{randomText(random), randomJson(random)}};
    job.state = randomState(random);
    job.attempt = static_cast<int>(1 + randomBelow(random, 3));
    job.etaMs = maybe(random, whole);
    job.queuePosition = maybe(random, [] { return 3; });
    job.group = randomText(random);
    job.source = randomText(random);
    job.created = randomTime(random);
    job.started = maybe(random, time);
    job.finished = maybe(random, time);
    job.error = maybe(random, [&] { return randomFailure(random); });
    job.firstSeq = static_cast<quint64>(randomWhole(random));
    job.stalledMs = maybe(random, whole);
    job.waitingFor = randomTexts(random);
    job.capabilities = randomTexts(random);
    if (chance(random, 2)) {
        job.via = randomId(random);
        job.lostSince = maybe(random, time);
        job.clockOffsetMs = randomWhole(random);
    }
    if (chance(random, 2)) {
        job.eventName = randomId(random);
        job.eventData = {{randomText(random), randomJson(random)}};
    }
    for (qsizetype n = randomBelow(random, 4); n > 0; --n)
        job.steps.push_back(randomStep(random));
    return job;
}

/// Data of the type with this index in `FactData`.
[[nodiscard]] inline FactData randomData(Random &random, std::size_t type)
{
    const int attempt = static_cast<int>(1 + randomBelow(random, 3));
    const auto whole = [&] { return randomWhole(random); };
    const auto state = [&] { return randomState(random); };
    const auto failure = [&] { return randomFailure(random); };
    switch (type) {
    case 0: return JobQueued{randomJob(random, randomId(random))};
    case 1: return JobStarted{attempt};
    case 2:
        return JobChanged{maybe(random, state),
                          maybe(random, [] { return 4; }),
                          maybe(random, [&] { return randomNumber(random); }),
                          maybe(random, whole),
                          maybe(random, [&] { return randomText(random); }),
                          maybe(random, whole),
                          maybe(random, [&] { return randomTexts(random); })};
    case 3: return JobFinished{attempt, randomState(random), maybe(random, failure), randomWhole(random)};
    case 4: return StepStarted{attempt, maybe(random, whole)};
    case 5:
        return StepChanged{maybe(random, state), maybe(random, whole), maybe(random, whole),
                           maybe(random, [&] { return chance(random, 2); })};
    case 6: return StepProgress{randomProgress(random)};
    case 7:
        return StepOutput{attempt,
                          static_cast<Stream>(randomBelow(random, 3)),
                          randomText(random),
                          randomWhole(random),
                          randomWhole(random),
                          randomWhole(random)};
    case 8: return StepFinished{attempt, randomState(random), maybe(random, failure), randomWhole(random)};
    case 9: return Custom{randomId(random), randomJson(random)};
    default: return Notice{QStringLiteral("hub.degraded"), {{QStringLiteral("reason"), randomJson(random)}}};
    }
}

[[nodiscard]] inline Event randomEvent(Random &random, std::size_t type)
{
    const bool ofAnother = chance(random, 2);
    return {static_cast<quint64>(randomWhole(random)),
            randomText(random),
            randomTime(random),
            randomText(random),
            randomText(random),
            chance(random, 2) ? randomId(random) : QString(),
            chance(random, 2) ? randomId(random) : QString(),
            randomData(random, type),
            ofAnother ? randomId(random) : QString(),
            ofAnother ? static_cast<quint64>(randomWhole(random)) : 0};
}

/// `7 step.started j/a`: enough to tell the events of a log apart.
[[nodiscard]] inline QString said(const Event &event)
{
    QString text = QStringLiteral("%1 %2").arg(event.seq).arg(typeName(event.data));
    if (!event.job.isEmpty())
        text += u' ' + event.job;
    if (!event.step.isEmpty())
        text += u'/' + event.step;
    return text;
}

} // namespace stepwire::test
