#include "core/view/job_feed.h"

#include "core/wire/native/native.h"

#include <QJsonArray>

namespace stepwire {

JobFeed::JobFeed(Outlet outlet) : m_outlet(std::move(outlet))
{
    m_frame.setSingleShot(true);
    connect(&m_frame, &QTimer::timeout, this, [this] { flush(); });
}

void JobFeed::attach(HubLink &link)
{
    m_link = &link;
    ++m_round;
    m_historyRuns = false;
    link.setSink(this);
    QJsonObject params{{QStringLiteral("output"), false}};
    if (!m_state.epoch.isEmpty()) {
        params.insert(QStringLiteral("epoch"), m_state.epoch);
        params.insert(QStringLiteral("seq"), static_cast<qint64>(m_state.seq));
    }
    link.call(QStringLiteral("subscribe"), params, [this](const Result<QJsonValue> &result) {
        if (result && m_historyWanted)
            wakeUp();
    });
}

void JobFeed::snapshotReceived(const Snapshot &snapshot, const QByteArray &)
{
    m_state = snapshot;
    m_reset = true;
    m_dirty.clear();
    m_removed.clear();
    for (const auto &job : m_state.jobs())
        touch(job->id, false);
    // A page that is on its way belongs to the history before.
    ++m_round;
    m_historyRuns = false;
    m_historyWanted = true;
    m_cursor.clear();
    wakeUp();
}

void JobFeed::eventReceived(const HubLink::Received &received)
{
    const Event &event = received.event;
    const auto *notice = std::get_if<Notice>(&event.data);
    if (notice && notice->type == u"hub.pruned") {
        for (const QJsonArray jobs = notice->data[u"jobs"].toArray(); const QJsonValue &job : jobs) {
            m_dirty.erase(job.toString());
            m_removed.append(job.toString());
            if (m_historyRuns)
                m_pruned.insert(job.toString());
        }
    }
    if (std::holds_alternative<JobQueued>(event.data)) // of an id that is free again
        m_removed.removeAll(event.job);
    apply(m_state, event);
    if (notice && (notice->type == u"host.lost" || notice->type == u"host.connected")) {
        for (const auto &job : m_state.jobs()) {
            if (!job->via.isEmpty() && job->via == notice->data[u"name"].toString())
                touch(job->id, false);
        }
    }
    if (notice) {
        m_notices.push_back(std::make_shared<const Event>(event));
        return wakeUp();
    }
    if (!std::holds_alternative<StepOutput>(event.data) && !std::holds_alternative<Custom>(event.data)
        && m_state.find(event.job))
        touch(event.job, true);
}

void JobFeed::linkLost(const QString &reason)
{
    m_link = nullptr;
    m_outlet.lost(reason);
}

void JobFeed::touch(const QString &job, bool fresh)
{
    bool &before = m_dirty[job];
    before = before || fresh;
    wakeUp();
}

void JobFeed::wakeUp()
{
    if (!m_frame.isActive())
        m_frame.start(frameMs);
}

/// A job of another host under the name that it has here, its times by the clock of the hub that shows it: the faces of
/// this machine need not know of other clocks.
static Job shownHere(const Job &job)
{
    Job shown = job;
    if (shown.via.isEmpty())
        return shown;
    shown.host = shown.via;
    const qint64 offset = std::exchange(shown.clockOffsetMs, 0);
    const auto move = [offset](std::optional<UnixMs> &time) {
        if (time)
            *time -= offset;
    };
    shown.created -= offset;
    move(shown.started);
    move(shown.finished);
    for (Step &step : shown.steps) {
        move(step.started);
        move(step.finished);
    }
    return shown;
}

void JobFeed::flush()
{
    if (!m_outlet.ready())
        return wakeUp();
    if (m_reset || !m_dirty.empty() || !m_removed.isEmpty() || !m_notices.empty()) {
        HubDelta delta;
        delta.reset = std::exchange(m_reset, false);
        delta.epoch = m_state.epoch;
        delta.seq = m_state.seq;
        delta.jobs.reserve(m_dirty.size());
        for (const auto &[id, fresh] : m_dirty) {
            if (const Job *job = m_state.find(id))
                delta.jobs.push_back({std::make_shared<const Job>(shownHere(*job)), fresh});
        }
        m_dirty.clear();
        delta.removed = std::exchange(m_removed, {});
        delta.notices = std::exchange(m_notices, {});
        m_outlet.deliver(std::move(delta));
    }
    // What is live is shown first.
    if (m_historyWanted && !m_historyRuns && m_link)
        fetchHistory();
}

void JobFeed::fetchHistory()
{
    m_historyRuns = true;
    m_pruned.clear();
    QJsonObject params{{QStringLiteral("limit"), pageJobs}};
    if (!m_cursor.isEmpty())
        params.insert(QStringLiteral("cursor"), m_cursor);
    m_link->call(QStringLiteral("job.list"), params, [this, round = m_round](const Result<QJsonValue> &result) {
        if (round != m_round)
            return;
        m_historyRuns = false;
        if (result)
            takePage(result->toObject());
        else if (result.error().code != code::hostUnreachable)
            m_historyWanted = false;
    });
}

void JobFeed::takePage(const QJsonObject &page)
{
    for (const QJsonArray jobs = page[u"jobs"].toArray(); const QJsonValue &value : jobs) {
        auto job = native::decodeJob(value.toObject());
        // What events told is newer, and what was pruned meanwhile is gone.
        if (!job || m_state.find(job->id) || m_pruned.contains(job->id))
            continue;
        const QString id = job->id;
        m_state.put(std::move(*job));
        touch(id, false);
    }
    m_cursor = page[u"cursor"].toString();
    m_historyWanted = !m_cursor.isEmpty();
    wakeUp();
}

} // namespace stepwire
