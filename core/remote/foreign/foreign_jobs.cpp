#include "core/remote/foreign/foreign_jobs.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <algorithm>

namespace stepwire {

static constexpr std::size_t keptLogs = 200; ///< of steps of jobs that have ended

static QString keyMember()
{
    return QStringLiteral("key");
}

ForeignJobs::ForeignJobs(Hub &hub, QString name, QString kind, std::function<UnixMs()> now)
    : m_hub(hub), m_name(std::move(name)), m_kind(std::move(kind)), m_now(std::move(now))
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { onTimer(); });
    for (const auto &job : hub.state().jobs()) { // of an earlier life
        const QString key = job->params[keyMember()].toString();
        if (job->via != m_name || isFinal(job->state) || key.isEmpty())
            continue;
        m_live.put(*job);
        m_byKey.emplace(key, job->id);
        m_keys.emplace(job->id, key);
    }
    if (!m_live.jobs().empty())
        lost(QStringLiteral("not connected yet"));
}

void ForeignJobs::notice(const QString &type, QJsonObject data)
{
    data.insert(QStringLiteral("name"), m_name);
    data.insert(QStringLiteral("kind"), m_kind);
    m_hub.publish({{}, {}, m_now(), Notice{type, data}});
}

void ForeignJobs::connected()
{
    if (std::exchange(m_connected, true))
        return;
    m_reason.clear();
    m_toldLost = false;
    notice(QStringLiteral("host.connected"), {});
}

void ForeignJobs::lost(const QString &reason)
{
    m_connected = false;
    m_reason = reason;
    if (!std::exchange(m_toldLost, true))
        notice(QStringLiteral("host.lost"), {{QStringLiteral("reason"), reason}});
}

void ForeignJobs::publish(Fact fact)
{
    Event event;
    event.job = fact.job;
    event.step = fact.step;
    event.time = fact.time;
    event.data = fact.data;
    apply(m_live, event);
    m_hub.publish(std::move(fact));
}

QString ForeignJobs::begin(const Plan &plan)
{
    if (const QString live = find(plan.key); !live.isEmpty())
        return live;
    const UnixMs now = m_now();
    Job job;
    job.id = plan.id.isEmpty() || isTaken(plan.id) ? makeJobId(now) : plan.id;
    job.title = plainLine(plan.title);
    job.pipeline = plan.pipeline;
    job.params = plan.params;
    job.params.insert(keyMember(), plan.key);
    job.source = m_kind;
    job.via = m_name;
    job.created = plan.started.value_or(now);
    job.capabilities = plan.capabilities;
    job.steps = plan.steps;
    if (job.steps.empty()) {
        Step only;
        only.id = QStringLiteral("main");
        only.title = job.title;
        job.steps.push_back(only);
    }
    const QString id = job.id;
    m_byKey[plan.key] = id;
    m_keys[id] = plan.key;
    publish({id, {}, now, JobQueued{std::move(job)}});
    publish({id, {}, plan.started.value_or(now), JobStarted{1}});
    return id;
}

QString ForeignJobs::find(const QString &key) const
{
    const auto it = m_byKey.find(key);
    return it == m_byKey.end() ? QString() : it->second;
}

QString ForeignJobs::keyOf(const QString &job) const
{
    const auto it = m_keys.find(job);
    return it == m_keys.end() ? QString() : it->second;
}

QStringList ForeignJobs::liveKeys() const
{
    QStringList keys;
    for (const auto &[key, job] : m_byKey)
        keys.append(key);
    return keys;
}

void ForeignJobs::addStep(const QString &job, Step step)
{
    const Job *live = m_live.find(job);
    if (!live || live->findStep(step.id))
        return;
    Job more = *live;
    more.lostSince.reset();
    more.steps.push_back(std::move(step));
    publish({job, {}, m_now(), JobQueued{std::move(more)}});
}

void ForeignJobs::setTitle(const QString &job, const QString &title)
{
    const Job *live = m_live.find(job);
    if (!live || live->title == plainLine(title))
        return;
    JobChanged changed;
    changed.title = plainLine(title);
    publish({job, {}, m_now(), changed});
}

void ForeignJobs::setState(const QString &job, State state)
{
    const Job *live = m_live.find(job);
    if (!live || live->state == state || isFinal(state))
        return;
    JobChanged changed;
    changed.state = state;
    publish({job, {}, m_now(), changed});
}

void ForeignJobs::queue(const QString &job, std::optional<int> position)
{
    const Job *live = m_live.find(job);
    if (!live || (live->state == State::Queued && live->queuePosition == position))
        return;
    JobChanged changed;
    changed.state = State::Queued;
    changed.queuePosition = position;
    publish({job, {}, m_now(), changed});
}

void ForeignJobs::startStep(const QString &job, const QString &step)
{
    const Job *live = m_live.find(job);
    const Step *there = live ? live->findStep(step) : nullptr;
    if (there && there->state == State::Queued)
        publish({job, step, m_now(), StepStarted{1, {}}});
}

void ForeignJobs::progress(const QString &job, const QString &step, Progress progress)
{
    const Job *live = m_live.find(job);
    const Step *there = live ? live->findStep(step) : nullptr;
    if (!there || isFinal(there->state))
        return;
    startStep(job, step);
    progress.attempt = 1;
    normalise(progress);
    const StepKey key(job, step);
    StepWork &work = m_work[key];
    work.pending = std::move(progress);
    const UnixMs now = m_now();
    if (work.throttle.mayGo(now))
        return publishProgress(key, work);
    const int wait = static_cast<int>(std::max<qint64>(1, work.throttle.due() - now));
    if (!m_timer.isActive() || m_timer.remainingTime() > wait)
        m_timer.start(wait);
}

std::optional<Progress> ForeignJobs::newest(const QString &job, const QString &step) const
{
    if (const auto work = m_work.find({job, step}); work != m_work.end() && work->second.pending)
        return work->second.pending;
    const Job *live = m_live.find(job);
    const Step *there = live ? live->findStep(step) : nullptr;
    return there ? there->progress : std::nullopt;
}

void ForeignJobs::publishProgress(const StepKey &key, StepWork &work)
{
    const UnixMs now = m_now();
    work.throttle.went(now);
    StepProgress newest{std::move(*work.pending)};
    work.pending.reset();
    publish({key.first, key.second, now, std::move(newest)});
}

void ForeignJobs::onTimer()
{
    const UnixMs now = m_now();
    std::optional<UnixMs> next;
    for (auto &[key, work] : m_work) {
        if (!work.pending)
            continue;
        if (work.throttle.mayGo(now))
            publishProgress(key, work);
        else
            next = std::min(next.value_or(work.throttle.due()), work.throttle.due());
    }
    if (next)
        m_timer.start(static_cast<int>(std::max<qint64>(1, *next - now)));
}

void ForeignJobs::endStep(const QString &job, const QString &step, State state, const std::optional<Failure> &error,
                          std::optional<UnixMs> at)
{
    const Job *live = m_live.find(job);
    const Step *there = live ? live->findStep(step) : nullptr;
    if (!there || isFinal(there->state) || !isFinal(state))
        return;
    const StepKey key(job, step);
    if (const auto work = m_work.extract(key); work && work.mapped().pending)
        publishProgress(key, work.mapped());
    const UnixMs now = std::max(at.value_or(m_now()), there->started.value_or(0));
    publish({job, step, now, StepFinished{1, state, error, there->started ? now - *there->started : 0}});
}

void ForeignJobs::output(const QString &job, const QString &step, const QString &text, Stream stream)
{
    const Job *live = m_live.find(job);
    if (!live || !live->findStep(step) || text.isEmpty())
        return;
    startStep(job, step);
    Log &log = m_logs[{job, step}];
    const QByteArray bytes = text.toUtf8();
    StepOutput piece;
    piece.stream = log.stream = stream;
    piece.text = text;
    piece.offset = log.start + log.bytes.size();
    piece.bytes = bytes.size();
    log.bytes += bytes;
    m_logBytes += bytes.size();
    if (log.bytes.size() > keptOutput) {
        qsizetype cut = log.bytes.size() - keptOutput / 2;
        while (cut < log.bytes.size() && (static_cast<unsigned char>(log.bytes[cut]) & 0xC0U) == 0x80U)
            ++cut; // no character is cut in two
        log.bytes.remove(0, cut);
        log.start += cut;
        m_logBytes -= cut;
    }
    if (m_logBytes > keptTogether)
        forgetLogs({job, step});
    publish({job, step, m_now(), std::move(piece)});
}

/// Those of ended jobs first, then whatever is not being written.
void ForeignJobs::forgetLogs(const StepKey &needed)
{
    for (const bool live : {false, true}) {
        for (auto it = m_logs.begin(); m_logBytes > keptTogether / 2 && it != m_logs.end();) {
            if (it->first == needed || (m_live.find(it->first.first) != nullptr) != live) {
                ++it;
                continue;
            }
            Log &log = it->second;
            m_logBytes -= log.bytes.size();
            log.start += log.bytes.size(); // what is still to come of it counts on
            log.bytes.clear();
            it = live ? std::next(it) : m_logs.erase(it);
        }
    }
}

void ForeignJobs::custom(const QString &job, const QString &step, const QString &name, const QJsonValue &value)
{
    if (m_live.find(job))
        publish({job, step, m_now(), Custom{name, value}});
}

std::vector<ForeignJobs::Past> ForeignJobs::past() const
{
    std::vector<Past> past;
    for (const auto &job : m_hub.state().jobs()) {
        if (job->via == m_name && isFinal(job->state))
            past.push_back({job->params[keyMember()].toString(), job->finished.value_or(0)});
    }
    return past;
}

void ForeignJobs::end(const QString &job, State state, std::optional<Failure> error, std::optional<UnixMs> at)
{
    const Job *live = m_live.find(job);
    if (!live || !isFinal(state))
        return;
    std::vector<std::pair<QString, bool>> open;
    for (const Step &step : live->steps) {
        if (!isFinal(step.state))
            open.emplace_back(step.id, step.state != State::Queued);
    }
    for (const auto &[step, started] : open) {
        const bool kept = !started && state != State::Succeeded;
        endStep(job, step, kept ? State::Skipped : state, started ? error : std::nullopt, at);
    }
    const UnixMs since = live->started.value_or(live->created);
    const UnixMs now = std::max(at.value_or(m_now()), since);
    publish({job, {}, now, JobFinished{1, state, std::move(error), now - since}});
    m_live.remove(job);
    if (const auto key = m_keys.extract(job))
        m_byKey.erase(key.mapped());
    for (auto it = m_logs.begin(); m_logs.size() > keptLogs && it != m_logs.end();) {
        if (m_live.find(it->first.first)) {
            ++it;
            continue;
        }
        m_logBytes -= it->second.bytes.size();
        it = m_logs.erase(it);
    }
}

Result<Answer> ForeignJobs::readLog(const ReadLog &request) const
{
    LogSlice slice;
    slice.base64 = request.base64;
    slice.complete = !m_live.find(request.job);
    const auto it = m_logs.find({request.job, request.step});
    if (it == m_logs.end())
        return slice;
    const Log &log = it->second;
    slice.end = log.start + log.bytes.size();
    slice.offset = std::clamp(request.offset, Q_INT64_C(0), slice.end);
    slice.omitted = std::max(Q_INT64_C(0), log.start - slice.offset);
    slice.bytes = log.bytes.mid(std::max(Q_INT64_C(0), slice.offset - log.start), request.limit);
    slice.stream = log.stream == Stream::Err ? QStringLiteral("err")
        : log.stream == Stream::Tty          ? QStringLiteral("tty")
                                             : QStringLiteral("out");
    return slice;
}

void ForeignJobs::removeAll()
{
    m_timer.stop();
    QStringList jobs;
    for (const auto &job : m_hub.state().jobs()) {
        if (job->via == m_name)
            jobs.append(job->id);
    }
    m_hub.drop(jobs);
}

} // namespace stepwire
