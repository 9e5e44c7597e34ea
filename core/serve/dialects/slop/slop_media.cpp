#include "core/serve/dialects/slop/slop_media.h"

#include "core/serve/dialects/slop/slop_words.h"

namespace stepwire::slop {

using namespace Qt::StringLiterals;

std::pair<QString, QJsonObject> Media::endOf(const Job &job) const
{
    QJsonObject data{{u"mediaId"_s, job.id}};
    if (!satisfiesNeeds(job.state)) {
        data.insert(u"error"_s, reasonText(job.error, job.state));
        data.insert(u"code"_s, job.state == State::Cancelled ? u"CANCELLED"_s : u"EXECUTION_ERROR"_s);
        return {u"mediaError"_s, data};
    }
    QJsonObject result = m_results.of(job.id);
    data.insert(u"url"_s, result.take(u"url"_s).toString());
    if (const QJsonValue thumbnail = result.take(u"thumbnailUrl"_s); thumbnail.isString())
        data.insert(u"thumbnailUrl"_s, thumbnail);
    result.remove(u"file"_s); // a path is nobody's business
    result.remove(u"thumbnail"_s);
    data.insert(u"metadata"_s, result);
    return {u"mediaComplete"_s, data};
}

std::optional<std::pair<QString, QJsonObject>> Media::endOf(const QString &mediaId) const
{
    const Job *job = m_hub.state().find(mediaId);
    if (!job || !isFinal(job->state))
        return {};
    return endOf(*job);
}

void Media::follow(const Event &event)
{
    notifyOf(event);
    const QString room = roomOf(event.job);
    const bool ends = std::holds_alternative<JobFinished>(event.data);
    if (!ends && !std::holds_alternative<StepProgress>(event.data) && !std::holds_alternative<StepStarted>(event.data))
        return;
    const Job *job = m_mediator.isHeard(room) ? m_hub.state().find(event.job) : nullptr;
    if (!job)
        return;
    if (ends) {
        const auto end = endOf(*job);
        return m_mediator.tellRoom(room, end.first, end.second);
    }
    const Step *step = job->findStep(event.step);
    QJsonObject data{{u"mediaId"_s, event.job},
                     {u"progress"_s, percentOf(jobFraction(*job))},
                     {u"stage"_s, step ? step->title : event.step}};
    if (step && step->progress && !step->progress->message.isEmpty())
        data.insert(u"message"_s, step->progress->message);
    m_mediator.tellRoom(room, u"mediaProgress"_s, data);
}

void Media::notifyOf(const Event &event)
{
    QString type;
    QString title;
    QString message;
    QJsonObject more;
    if (const auto *notice = std::get_if<Notice>(&event.data)) {
        if (notice->type != u"hub.warning")
            return;
        type = u"warning"_s;
        title = u"Hub"_s;
        message = notice->data[u"message"].toString();
    } else {
        const auto *finished = std::get_if<JobFinished>(&event.data);
        const Job *job =
            finished || std::holds_alternative<JobStarted>(event.data) ? m_hub.state().find(event.job) : nullptr;
        if (!job || !job->parent.isEmpty())
            return;
        title = job->title;
        more = {{u"jobId"_s, job->id}, {u"pipeline"_s, job->pipeline}, {u"status"_s, workflowStatus(job->state)}};
        if (!finished) {
            type = u"info"_s;
            message = u"started"_s;
        } else if (satisfiesNeeds(finished->state)) {
            type = u"success"_s;
            message = u"completed after %1 s"_s.arg(static_cast<double>(finished->durationMs) / 1000);
            if (const QJsonValue url = m_results.of(job->id)[u"url"]; url.isString())
                more.insert(u"url"_s, url);
        } else {
            type = finished->state == State::Cancelled ? u"warning"_s : u"error"_s;
            message =
                finished->state == State::Cancelled ? u"cancelled"_s : reasonText(finished->error, finished->state);
        }
    }
    QJsonObject data{{u"id"_s, u"%1:%2"_s.arg(event.epoch).arg(event.seq)},
                     {u"type"_s, type},
                     {u"title"_s, title},
                     {u"message"_s, message},
                     {u"timestamp"_s, isoTime(event.time)}};
    if (!more.isEmpty())
        data.insert(u"data"_s, more);
    m_mediator.notify(data);
}

} // namespace stepwire::slop
