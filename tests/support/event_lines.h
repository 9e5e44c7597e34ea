#pragma once

#include "core/hub/hub.h"
#include "support/fake_clock.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QStringList>

namespace stepwire::test {

/// A line an event with all that it says, but for numbers and ids.
[[nodiscard]] inline QString eventLine(const Event &event)
{
    const auto failure = [](const std::optional<Failure> &error) {
        return error ? QStringLiteral(" \"%1\"").arg(error->message) : QString();
    };
    const auto json = [](const QJsonValue &value) {
        const QString text = QString::fromUtf8(QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact));
        return u' ' + text.sliced(1, text.size() - 2);
    };
    QString line = typeName(event.data);
    if (const auto *queued = std::get_if<JobQueued>(&event.data))
        line += u' ' + queued->job.title + json(queued->job.params);
    else if (const auto *changed = std::get_if<JobChanged>(&event.data))
        line += (changed->title ? QStringLiteral(" title=") + *changed->title : QString())
            + (changed->state ? u' ' + stateName(*changed->state) : QString());
    else if (const auto *progress = std::get_if<StepProgress>(&event.data)) {
        const Progress &p = progress->progress;
        line += QStringLiteral(" %1").arg(p.done);
        if (p.total)
            line += QStringLiteral("/%1").arg(*p.total);
        if (!p.message.isEmpty())
            line += u' ' + p.message;
        for (const Phase &phase : p.phases)
            line += QStringLiteral(" %1=%2").arg(phase.title).arg(phase.done);
    } else if (const auto *output = std::get_if<StepOutput>(&event.data))
        line += json(output->text);
    else if (const auto *step = std::get_if<StepFinished>(&event.data))
        line += u' ' + stateName(step->state) + failure(step->error) + QStringLiteral(" +%1").arg(step->durationMs);
    else if (const auto *job = std::get_if<JobFinished>(&event.data))
        line += u' ' + stateName(job->state) + failure(job->error) + QStringLiteral(" +%1").arg(job->durationMs);
    else if (const auto *custom = std::get_if<Custom>(&event.data))
        line += u' ' + custom->name + json(custom->value);
    else if (const auto *notice = std::get_if<Notice>(&event.data))
        line =
            notice->type + (notice->data.contains(u"reason") ? u' ' + notice->data[u"reason"].toString() : QString());
    return line;
}

/// A hub, its clock, and a line for each event that it handed out.
struct HubScene
{
    FakeClock clock;
    Hub hub{{QStringLiteral("hub-1"), QStringLiteral("nas"), QStringLiteral("b3f1c0")}, clock};
    QStringList log;
    Subscription subscription = hub.observe([this](const EventPtr &event) { log.append(eventLine(*event)); });
};

} // namespace stepwire::test
