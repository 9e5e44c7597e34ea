#include "core/desktop/notification_policy.h"

#include "core/view/words.h"

#include <algorithm>

namespace stepwire {

namespace {

bool waits(State state)
{
    return state == State::Queued || state == State::Held;
}

bool hasFailed(State state)
{
    return state == State::Failed || state == State::TimedOut || state == State::Interrupted;
}

std::optional<qint64> spent(const Job &job)
{
    if (job.started && job.finished)
        return std::max<qint64>(*job.finished - *job.started, 0);
    return std::nullopt;
}

QString failedStepId(const Job &job)
{
    if (job.error && job.findStep(job.error->step))
        return job.error->step;
    for (const Step &step : job.steps) {
        if (hasFailed(step.state))
            return step.id;
    }
    return {};
}

} // namespace

NotificationPolicy::NotificationPolicy(NotificationSettings settings, Eyes eyes)
    : m_settings(std::move(settings)), m_eyes(std::move(eyes))
{
}

bool NotificationPolicy::wanted(const Job &job) const
{
    const auto said = m_settings.pipelines.find(job.pipeline);
    return said != m_settings.pipelines.end() && !job.pipeline.isEmpty() ? said->second : m_settings.enabled;
}

QString NotificationPolicy::clusterOf(const Job &job)
{
    const QString kind = !job.history.isEmpty() ? job.history
        : !job.pipeline.isEmpty()               ? job.pipeline
                                                : job.command.value(0);
    return QStringList{job.host, job.group, kind}.join(QChar(0x1f));
}

QString NotificationPolicy::keyOf(const Cluster &cluster)
{
    return QStringLiteral("batch-%1").arg(cluster.number);
}

bool NotificationPolicy::watched(const QString &job) const
{
    return m_settings.onlyUnfocused && m_eyes.windowInFront && m_eyes.windowInFront(job);
}

bool NotificationPolicy::elsewhere(const QString &job) const
{
    return m_eyes.shownElsewhere && m_eyes.shownElsewhere(job);
}

void NotificationPolicy::withdraw(Shown &shown, Commands &commands)
{
    if (shown.last)
        commands.emplace_back(Close{shown.last->key});
    shown.last.reset();
}

NotificationPolicy::Commands NotificationPolicy::setSettings(NotificationSettings settings, UnixMs now)
{
    m_settings = std::move(settings);
    return tick(now);
}

NotificationPolicy::Commands NotificationPolicy::setLive(bool live, UnixMs now)
{
    m_live = live;
    return tick(now);
}

NotificationPolicy::Commands NotificationPolicy::take(const HubView::Update &update, UnixMs now)
{
    Commands commands;
    // All that live first: a batch may begin and end within one frame.
    for (const HubView::Change &change : update.changes) {
        if (change.after && change.after->parent.isEmpty())
            enter(change, now, commands);
    }
    std::set<QString> touched;
    for (const HubView::Change &change : update.changes) {
        if (!change.after && change.before) {
            m_told.erase(change.before->id);
            touched.insert(clusterOf(*change.before));
            leave(change.before->id, commands);
        } else if (change.after && isFinal(change.after->state) && change.after->parent.isEmpty()) {
            touched.insert(clusterOf(*change.after));
            ended(change, now, commands);
        }
    }
    for (const QString &key : touched)
        finish(key, now, commands);
    Commands due = tick(now);
    commands.insert(commands.end(), std::make_move_iterator(due.begin()), std::make_move_iterator(due.end()));
    return commands;
}

void NotificationPolicy::enter(const HubView::Change &change, UnixMs now, Commands &commands)
{
    const Job &job = *change.after;
    const bool lives = !isFinal(job.state);
    const auto known = m_running.find(job.id);
    if (!lives
        && (known != m_running.end() || !change.fresh || (change.before && change.before->attempt == job.attempt)))
        return;
    if (known == m_running.end()) {
        // What failed and is tried again is no news any more.
        if (m_told.erase(job.id) > 0)
            commands.emplace_back(Close{job.id});
        m_running.emplace(job.id, Running{change.after, clusterOf(job), 0, {}});
    }
    Running &running = m_running.at(job.id);
    running.job = change.after;
    Cluster &cluster = m_cluster[running.cluster];
    if (cluster.number == 0) {
        cluster.number = ++m_clusters;
        cluster.host = job.host;
        cluster.kind = !job.pipeline.isEmpty() ? job.pipeline : job.command.value(0);
    }
    cluster.live.insert(job.id);
    if (running.since == 0 && !waits(job.state)) {
        // Another machine's clock says nothing about how long ago something was that just happened.
        running.since = lives && change.fresh ? now : std::min(now, job.started.value_or(now));
        if (cluster.since == 0 || running.since < cluster.since)
            cluster.since = running.since;
    }
    if (cluster.batch || cluster.live.size() < batchSize)
        return;
    cluster.batch = true;
    for (const QString &member : cluster.live)
        withdraw(m_running.at(member).shown, commands);
}

void NotificationPolicy::leave(const QString &id, Commands &commands)
{
    const auto it = m_running.find(id);
    if (it == m_running.end())
        return;
    withdraw(it->second.shown, commands);
    m_cluster[it->second.cluster].live.erase(id);
    m_running.erase(it);
}

void NotificationPolicy::count(Cluster &cluster, const Job &job) const
{
    if (job.state == State::Succeeded) {
        ++cluster.succeeded;
    } else if (job.state == State::Cancelled) {
        ++cluster.cancelled;
    } else if (job.state == State::Skipped) {
        ++cluster.skipped;
    } else {
        cluster.failed.append(job.title);
        if (cluster.failedJob.isEmpty())
            cluster.failedJob = job.id;
    }
}

void NotificationPolicy::ended(const HubView::Change &change, UnixMs now, Commands &commands)
{
    const Job &job = *change.after;
    const auto it = m_running.find(job.id);
    if (it == m_running.end())
        return;
    const bool news = wanted(job) && (change.fresh || (change.before && job.state != State::Interrupted));
    Cluster &cluster = m_cluster[it->second.cluster];
    if (cluster.batch) {
        if (news)
            count(cluster, job);
        return leave(job.id, commands);
    }
    const bool isLong = spent(job).value_or(now - it->second.since) >= m_settings.thresholdMs;
    const bool tells = news && !watched(job.id)
        && (hasFailed(job.state) || (job.state == State::Succeeded && it->second.since > 0 && isLong));
    if (tells) {
        // It takes the place of the one that ran.
        it->second.shown.last.reset();
        commands.emplace_back(Show{end(job)});
        m_told.insert(job.id);
    } else if (news) {
        count(cluster, job); // told with the others, should they become a batch
    }
    leave(job.id, commands);
}

void NotificationPolicy::finish(const QString &key, UnixMs now, Commands &commands)
{
    const auto it = m_cluster.find(key);
    if (it == m_cluster.end() || !it->second.live.empty())
        return;
    Cluster &cluster = it->second;
    const bool isLong = cluster.since > 0 && now - cluster.since >= m_settings.thresholdMs;
    const bool tells =
        cluster.batch && !watched({}) && (!cluster.failed.isEmpty() || (cluster.succeeded > 0 && isLong));
    if (tells) {
        cluster.shown.last.reset();
        commands.emplace_back(Show{end(cluster)});
    }
    withdraw(cluster.shown, commands);
    m_cluster.erase(it);
}

void NotificationPolicy::progress(Shown &shown, const Notification &notification, bool mayShow, UnixMs since,
                                  UnixMs now, Commands &commands) const
{
    if (!mayShow || shown.dismissed || !m_live || !m_settings.progress)
        return withdraw(shown, commands);
    if (since == 0 || now - since < m_settings.thresholdMs || shown.last == notification
        || (shown.last && now - shown.at < intervalMs))
        return;
    shown.last = notification;
    shown.at = now;
    commands.emplace_back(Show{notification});
}

NotificationPolicy::Commands NotificationPolicy::tick(UnixMs now)
{
    Commands commands;
    for (auto &[id, entry] : m_running) {
        if (m_cluster[entry.cluster].batch || entry.since == 0)
            continue;
        progress(entry.shown, running(*entry.job), wanted(*entry.job) && !watched(id) && !elsewhere(id), entry.since,
                 now, commands);
    }
    for (auto &[key, cluster] : m_cluster) {
        if (!cluster.batch || cluster.live.empty())
            continue;
        const bool anyWanted = std::any_of(cluster.live.begin(), cluster.live.end(),
                                           [this](const QString &id) { return wanted(*m_running.at(id).job); });
        const bool allElsewhere =
            std::all_of(cluster.live.begin(), cluster.live.end(), [this](const QString &id) { return elsewhere(id); });
        progress(cluster.shown, running(cluster), anyWanted && !watched({}) && !allElsewhere, cluster.since, now,
                 commands);
    }
    return commands;
}

std::optional<UnixMs> NotificationPolicy::due(UnixMs now) const
{
    if (!m_settings.progress || !m_live)
        return std::nullopt;
    std::optional<UnixMs> soonest;
    const auto consider = [&](const Shown &shown, UnixMs since) {
        if (since == 0 || shown.dismissed)
            return;
        // Whether the window is in front changes without a word of the hub.
        UnixMs at = now + intervalMs;
        if (now - since < m_settings.thresholdMs)
            at = since + m_settings.thresholdMs;
        else if (shown.last && shown.at + intervalMs > now)
            at = shown.at + intervalMs;
        soonest = std::min(soonest.value_or(at), at);
    };
    for (const auto &[id, entry] : m_running) {
        if (!m_cluster.at(entry.cluster).batch)
            consider(entry.shown, entry.since);
    }
    for (const auto &[key, cluster] : m_cluster) {
        if (cluster.batch)
            consider(cluster.shown, cluster.since);
    }
    return soonest;
}

void NotificationPolicy::dismissed(const QString &key)
{
    if (const auto it = m_running.find(key); it != m_running.end() && it->second.shown.last) {
        it->second.shown.last.reset();
        it->second.shown.dismissed = true;
    }
    for (auto &[name, cluster] : m_cluster) {
        if (keyOf(cluster) == key) {
            cluster.shown.last.reset();
            cluster.shown.dismissed = true;
        }
    }
    m_told.erase(key);
}

NotificationPolicy::Commands NotificationPolicy::again(UnixMs now)
{
    for (auto &[id, entry] : m_running)
        entry.shown.last.reset();
    for (auto &[key, cluster] : m_cluster)
        cluster.shown.last.reset();
    m_told.clear();
    return tick(now);
}

Notification NotificationPolicy::running(const Job &job) const
{
    Notification note;
    note.key = note.job = job.id;
    note.running = true;
    note.title = job.host.isEmpty() || job.host == m_here ? job.title
                                                          : tr("%1 on %2", "a job on a host").arg(job.title, job.host);
    QStringList parts{Words::doing(job), Words::eta(job)};
    parts.removeAll(QString());
    note.body = parts.join(tr(", ", "between parts of a line"));
    note.percent = Words::percent(job);
    if (const auto fraction = jobFraction(job))
        note.value = Words::wholePercent(*fraction);
    note.actions.push_back({QStringLiteral("show-output"), tr("Show Output")});
    if (job.state != State::Cancelling && job.capabilities.contains(u"cancel"))
        note.actions.push_back({QStringLiteral("cancel"), tr("Cancel")});
    return note;
}

Notification NotificationPolicy::running(const Cluster &cluster) const
{
    Notification note;
    note.key = keyOf(cluster);
    note.running = true;
    const int total = cluster.ended() + static_cast<int>(cluster.live.size());
    note.title = tr("%1 of %n jobs", nullptr, total).arg(cluster.ended());
    if (!cluster.kind.isEmpty())
        note.title = tr("%1: %2", "kind of jobs: so many of them").arg(cluster.kind, note.title);
    if (!cluster.failed.isEmpty())
        note.body = tr("%n failed", nullptr, static_cast<int>(cluster.failed.size()));
    note.value = cluster.ended() * 100 / std::max(total, 1);
    return note;
}

QString NotificationPolicy::sentence(const Job &job) const
{
    const auto time = spent(job);
    // No second that the window does not show, too.
    const QString after = !time ? QString() : *time < 1000 ? Words::duration(*time) : Words::rough(*time / 1000 * 1000);
    const bool away = !job.host.isEmpty() && job.host != m_here;
    QString step = Words::failedStep(job);
    if (step == job.title)
        step.clear();
    // Whole sentences, so that every language can order them.
    if (job.state == State::Succeeded) {
        if (after.isEmpty())
            return away ? tr("%1 succeeded on %2").arg(job.title, job.host) : tr("%1 succeeded").arg(job.title);
        return away ? tr("%1 succeeded on %2 after %3", "job, host, duration").arg(job.title, job.host, after)
                    : tr("%1 succeeded after %2", "job, duration").arg(job.title, after);
    }
    if (job.state == State::Interrupted)
        return away ? tr("%1 was interrupted on %2", "job, host").arg(job.title, job.host)
                    : tr("%1 was interrupted").arg(job.title);
    const bool late = job.state == State::TimedOut;
    if (after.isEmpty()) {
        if (away)
            return (late ? tr("%1 timed out on %2", "job, host") : tr("%1 failed on %2", "job, host"))
                .arg(job.title, job.host);
        return (late ? tr("%1 timed out") : tr("%1 failed")).arg(job.title);
    }
    if (step.isEmpty() && away)
        return (late ? tr("%1 timed out on %2 after %3", "job, host, duration")
                     : tr("%1 failed on %2 after %3", "job, host, duration"))
            .arg(job.title, job.host, after);
    if (step.isEmpty())
        return (late ? tr("%1 timed out after %2", "job, duration") : tr("%1 failed after %2", "job, duration"))
            .arg(job.title, after);
    if (away)
        return (late ? tr("%1 timed out at %2 on %3 after %4", "job, step, host, duration")
                     : tr("%1 failed at %2 on %3 after %4", "job, step, host, duration"))
            .arg(job.title, step, job.host, after);
    return (late ? tr("%1 timed out at %2 after %3", "job, step, duration")
                 : tr("%1 failed at %2 after %3", "job, step, duration"))
        .arg(job.title, step, after);
}

Notification NotificationPolicy::end(const Job &job) const
{
    Notification note;
    note.key = note.job = job.id;
    note.title = sentence(job);
    note.failure = hasFailed(job.state);
    if (note.failure) {
        note.step = failedStepId(job);
        if (job.error)
            note.body = job.error->lastLine.isEmpty() ? job.error->message : job.error->lastLine;
    }
    note.actions.push_back({QStringLiteral("show-output"), tr("Show Output")});
    if (note.failure && job.capabilities.contains(u"retry"))
        note.actions.push_back({QStringLiteral("retry"), note.step.isEmpty() ? tr("Retry") : tr("Retry from Here")});
    return note;
}

Notification NotificationPolicy::end(const Cluster &cluster) const
{
    Notification note;
    note.key = keyOf(cluster);
    note.failure = !cluster.failed.isEmpty();
    note.job = cluster.failedJob;
    const int failed = static_cast<int>(cluster.failed.size());
    QStringList parts;
    if (cluster.succeeded > 0)
        parts.append(tr("%n succeeded", nullptr, cluster.succeeded));
    if (failed > 0)
        parts.append(tr("%n failed", nullptr, failed));
    if (cluster.cancelled > 0)
        parts.append(tr("%n cancelled", nullptr, cluster.cancelled));
    if (cluster.skipped > 0)
        parts.append(tr("%n skipped", nullptr, cluster.skipped));
    const QString comma = tr(", ", "between parts of a line");
    const bool away = !cluster.host.isEmpty() && cluster.host != m_here;
    const QString finished = away ? tr("%n jobs on %1 finished", nullptr, cluster.ended()).arg(cluster.host)
                                  : tr("%n jobs finished", nullptr, cluster.ended());
    note.title = tr("%1: %2", "200 jobs finished: how").arg(finished, parts.join(comma));
    constexpr int named = 3;
    note.body = cluster.failed.mid(0, named).join(comma);
    if (failed > named)
        note.body = tr("%1 and %n more", nullptr, failed - named).arg(note.body);
    if (!note.job.isEmpty())
        note.actions.push_back({QStringLiteral("show-output"), tr("Show Output")});
    return note;
}

} // namespace stepwire
