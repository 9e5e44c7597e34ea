#include "core/remote/foreign/mutant_progress.h"

#include "core/model/quote.h"

#include <QJsonObject>

#include <algorithm>
#include <array>
#include <cmath>

namespace stepwire {

static constexpr std::array<const char16_t *, 5> typeNames = {u"Put", u"Get", u"Sync", u"Purge", u"HealthCheck"};
static constexpr std::array<const char16_t *, 4> syncEvents = {u"FetchingRemoteIndex", u"Merging",
                                                               u"PushingRemoteIndex", u"VerifyingRemoteIndex"};

QString mutantTypeName(MutantKind kind)
{
    return kind == MutantKind::Other ? QString() : QString::fromUtf16(typeNames.at(static_cast<std::size_t>(kind)));
}

MutantKind mutantKind(QStringView typeName)
{
    for (std::size_t i = 0; i < typeNames.size(); ++i) {
        if (typeName == QStringView(typeNames[i]))
            return static_cast<MutantKind>(i);
    }
    return MutantKind::Other;
}

std::vector<Step> mutantSteps(MutantKind kind)
{
    std::vector<Step> steps;
    const auto add = [&](const char16_t *id, const char16_t *title) {
        Step step;
        step.id = QString::fromUtf16(id);
        step.title = QString::fromUtf16(title);
        if (!steps.empty())
            step.needs = {steps.back().id};
        steps.push_back(step);
    };
    switch (kind) {
    case MutantKind::Put: add(u"put", u"Put"); break;
    case MutantKind::Get: add(u"get", u"Get"); break;
    case MutantKind::Sync:
        add(u"fetch", u"Fetch remote index");
        add(u"merge", u"Merge");
        add(u"push", u"Push remote index");
        add(u"verify", u"Verify remote index");
        break;
    case MutantKind::Purge: add(u"purge", u"Purge"); break;
    case MutantKind::HealthCheck: add(u"health_check", u"Health check"); break;
    case MutantKind::Other: break;
    }
    return steps;
}

MutantEvent MutantEvent::of(const QJsonValue &progress, MutantKind kind)
{
    const QJsonObject tagged = progress.toObject();
    if (tagged.size() != 1)
        return {};
    if (const QJsonValue legacy = tagged[u"Legacy"]; legacy.isObject()) // of April 2025
        return {QStringLiteral("Legacy"), legacy.toObject()};
    const QJsonValue event = tagged.begin().value();
    if (kind == MutantKind::Other || tagged.begin().key() != mutantTypeName(kind))
        return {};
    if (event.isString())
        return {event.toString(), {}};
    const QJsonObject inner = event.toObject();
    return inner.size() == 1 ? MutantEvent{inner.begin().key(), inner.begin().value().toObject()} : MutantEvent();
}

MutantProgress::MutantProgress(MutantKind kind, bool verified) : m_kind(kind), m_verified(verified) { }

static double figure(const QJsonObject &body, QStringView name)
{
    constexpr double most = 1e12;
    const double value = body[name].toDouble();
    return std::isfinite(value) ? std::clamp(std::floor(value), 0.0, most) : 0;
}

MutantProgress::Pipeline MutantProgress::starting(const QJsonObject &body) const
{
    Pipeline pipeline;
    switch (m_kind) {
    case MutantKind::Put: {
        const double pads = figure(body, u"total_chunks");
        pipeline.reserve.total = figure(body, u"chunks_to_reserve");
        pipeline.write = {std::min(pads, figure(body, u"initial_written_count")), pads};
        if (m_verified)
            pipeline.confirm = {std::min(pads, figure(body, u"initial_confirmed_count")), pads};
        break;
    }
    case MutantKind::Get: pipeline.write.total = figure(body, u"total_chunks"); break;
    case MutantKind::Purge: pipeline.write.total = figure(body, u"total_count"); break;
    case MutantKind::HealthCheck:
        pipeline.write.total = figure(body, u"total_keys"); // it says keys and counts the pads of one
        break;
    case MutantKind::Sync:
    case MutantKind::Other: break;
    }
    return pipeline;
}

void MutantProgress::begin(const Pipeline &pipeline)
{
    // After the end of one pipeline comes another; without that end the same one begins anew.
    if (m_now.complete) {
        const auto keep = [](Counter &sum, const Counter &more) {
            sum.done += more.done;
            sum.total += more.total;
        };
        keep(m_before.reserve, m_now.reserve);
        keep(m_before.write, m_now.write);
        keep(m_before.confirm, m_now.confirm);
    }
    m_now = pipeline;
    m_known = true;
}

void MutantProgress::complete(const MutantEvent &event)
{
    // A pipeline's end is not the task's: up to three of them come for one put. What was counted by then is all that
    // there was: one pad is fetched of 1000 that were announced for a public key of one, and none is confirmed where
    // nobody verifies.
    m_now.complete = true;
    for (Counter *counter : {&m_now.reserve, &m_now.write, &m_now.confirm})
        counter->total = counter->done;
    if (m_kind == MutantKind::Purge)
        m_message = QStringLiteral("%1 verified, %2 failed")
                        .arg(figure(event.body, u"verified_count"))
                        .arg(figure(event.body, u"failed_count"));
    if (m_kind == MutantKind::HealthCheck)
        m_message = QStringLiteral("%1 updated").arg(figure(event.body, u"nb_keys_updated"));
}

void MutantProgress::count(const MutantEvent &event)
{
    if (!m_counted)
        return look(event);
    if (event.name != u"Complete")
        m_message.clear();
    if (event.name == u"Starting")
        begin(starting(event.body));
    else if (event.name == u"Complete")
        complete(event);
    else if (event.name == u"PadReserved")
        m_now.reserve.add();
    else if (event.name == u"PadsWritten" || event.name == u"PadFetched" || event.name == u"PadProcessed"
             || event.name == u"KeyProcessed")
        m_now.write.add();
    else if (event.name == u"PadsConfirmed")
        m_now.confirm.add();
    else if (event.name == u"Legacy")
        m_message = plainLine(event.body[u"message"].toString().left(200));
}

void MutantProgress::look(const MutantEvent &event)
{
    interrupt();
    if (event.name == u"Starting") {
        if (!m_known)
            begin(starting(event.body));
    } else if (event.name == u"PadReserved") {
        m_message = QStringLiteral("reserves pads");
    } else if (event.name == u"PadsWritten") {
        m_message = QStringLiteral("writes pads");
    } else if (event.name == u"PadsConfirmed") {
        m_message = QStringLiteral("confirms pads");
    } else if (event.name == u"PadFetched") {
        m_message = QStringLiteral("fetches pads");
    } else if (event.name == u"PadProcessed" || event.name == u"KeyProcessed") {
        m_message = QStringLiteral("checks pads");
    } else if (event.name == u"Legacy") {
        m_message = plainLine(event.body[u"message"].toString().left(200));
    }
}

void MutantProgress::interrupt()
{
    m_counted = false;
}

Progress MutantProgress::progress()
{
    Progress told;
    told.message = m_message;
    const auto sum = [](const Counter &a, const Counter &b) { return Counter{a.done + b.done, a.total + b.total}; };
    const Counter reserve = sum(m_before.reserve, m_now.reserve);
    const Counter write = sum(m_before.write, m_now.write);
    const Counter confirm = sum(m_before.confirm, m_now.confirm);
    if (!m_known)
        return told;
    if (m_counted) {
        const double all = reserve.total + write.total + confirm.total;
        if (all > 0)
            m_highest = std::max(m_highest, (reserve.done + write.done + confirm.done) / all);
        told.fraction = m_highest;
    }
    told.unit = QStringLiteral("pads");
    if (m_kind != MutantKind::Put) {
        told.done = write.done;
        if (m_counted)
            told.total = write.total;
        return told;
    }
    const auto add = [&](const char16_t *id, const char16_t *title, const Counter &counter) {
        if (counter.total > 0)
            told.phases.push_back(
                {QString::fromUtf16(id), QString::fromUtf16(title), counter.done, counter.total, told.unit});
    };
    add(u"reserve", u"Reserve pads", reserve);
    add(u"write", u"Write pads", write);
    add(u"confirm", u"Confirm pads", confirm);
    return told;
}

std::optional<std::size_t> MutantProgress::syncStep(const MutantEvent &event)
{
    for (std::size_t i = 0; i < syncEvents.size(); ++i) {
        if (event.name == QStringView(syncEvents[i]))
            return i;
    }
    if (event.name == u"Complete")
        return syncEvents.size();
    return {};
}

} // namespace stepwire
