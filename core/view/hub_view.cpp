#include "core/view/hub_view.h"

#include <QPointer>

#include <algorithm>

namespace stepwire {

JobPtr HubView::find(const QString &id) const
{
    const auto it = m_jobs.find(id);
    return it == m_jobs.end() ? JobPtr() : it->second;
}

void HubView::call(QObject *context, const QString &method, const QJsonObject &params, HubLink::Answered answered)
{
    const auto tell = [guard = QPointer<QObject>(context),
                       answered = std::move(answered)](const Result<QJsonValue> &result) {
        if (guard && answered)
            answered(result);
    };
    if (m_driver)
        return m_driver->call(method, params, tell);
    QMetaObject::invokeMethod(
        this, [tell] { tell(fail(code::hostUnreachable, QStringLiteral("no hub is connected"))); },
        Qt::QueuedConnection);
}

void HubView::followOutput(const QString &job)
{
    m_followed = job;
    if (m_driver)
        m_driver->followOutput(job);
}

void HubView::take(HubDelta delta)
{
    Update update;
    update.reset = delta.reset;
    update.notices = std::move(delta.notices);
    update.changes.reserve(delta.jobs.size());
    std::unordered_map<QString, JobPtr> before;
    if (delta.reset) {
        before.swap(m_jobs);
        m_live.clear();
        m_hosts.clear();
    }
    for (HubDelta::Item &item : delta.jobs) {
        JobPtr &place = m_jobs[item.job->id];
        JobPtr old = place;
        if (delta.reset) {
            if (const auto known = before.find(item.job->id); known != before.end()) {
                old = known->second;
                before.erase(known);
            }
        }
        count(delta.reset ? nullptr : old.get(), item.job);
        place = item.job;
        if (!old || old != item.job)
            update.changes.push_back({std::move(old), std::move(item.job), item.fresh});
    }
    for (const QString &id : delta.removed) {
        const auto it = m_jobs.find(id);
        if (it == m_jobs.end())
            continue;
        count(it->second.get(), {});
        update.changes.push_back({std::move(it->second), {}, true});
        m_jobs.erase(it);
    }
    for (auto &[id, job] : before)
        update.changes.push_back({std::move(job), {}, false});
    if (update.reset || !update.changes.empty() || !update.notices.empty())
        Q_EMIT updated(update);
}

void HubView::count(const Job *before, const JobPtr &after)
{
    if (after && !isFinal(after->state))
        m_live[after->id] = after;
    else if (before)
        m_live.erase(before->id);
    if (before && after && before->host == after->host)
        return;
    if (after)
        ++m_hosts[after->host];
    if (before && --m_hosts[before->host] == 0)
        m_hosts.erase(before->host);
}

void HubView::takeOutput(const std::vector<OutputPiece> &pieces)
{
    Q_EMIT outputReceived(pieces);
}

void HubView::setStatus(Status status)
{
    if (status == m_status)
        return;
    m_status = std::move(status);
    Q_EMIT statusChanged();
}

} // namespace stepwire
