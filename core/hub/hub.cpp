#include "core/hub/hub.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <limits>

namespace stepwire {

static constexpr std::size_t heldEvents = 200'000;
static constexpr qint64 heldBytes = 64 * 1024 * 1024;
static constexpr std::size_t heldFinishedJobs = 200;
static constexpr int customPerSecond = 20;
static constexpr qsizetype customBytes = 64 * 1024;

static constexpr quint64 reservedAtOnce = 1'000'000;
/// Without a journal to reserve more, the last numbers are for state changes.
static constexpr quint64 reservedForStates = 100'000;

static bool isOwn(const Job &job)
{
    return job.via.isEmpty();
}

Hub::Hub(Identity identity, Mediator &mediator)
    : m_identity(std::move(identity)), m_mediator(mediator), m_log(heldEvents, heldBytes)
{
    m_state.epoch = m_identity.epoch;
}

void Hub::addSource(const QString &name, Source &source)
{
    m_sources[name] = &source;
}

void Hub::setHost(const QString &name, Source *source)
{
    if (source)
        m_hosts[name] = source;
    else
        m_hosts.erase(name);
}

void Hub::openJournal(Journal &journal)
{
    m_journal = &journal;
    m_journal->open(m_identity.epoch, reservedAtOnce);
}

void Hub::journalOpened(Recovered recovered)
{
    Q_ASSERT(m_seq == 0);
    m_keeping = true;
    if (!recovered.epoch.isEmpty())
        m_identity.epoch = recovered.epoch;
    m_state.epoch = m_identity.epoch;
    m_committed = m_seq = recovered.reservedTo;
    m_reservedTo = m_askedTo = recovered.reservedTo + reservedAtOnce;
    std::vector<Job> jobs = std::move(recovered.finished);
    jobs.insert(jobs.end(), recovered.live.begin(), recovered.live.end());
    std::stable_sort(jobs.begin(), jobs.end(), [](const Job &a, const Job &b) { return a.firstSeq < b.firstSeq; });
    for (Job &job : jobs)
        m_state.put(std::move(job));
    m_live = static_cast<std::size_t>(std::count_if(recovered.live.begin(), recovered.live.end(), isOwn));
    m_state.seq = recovered.reservedTo;
    m_log.beginAfter(recovered.completeAfter);
    for (EventPtr &event : recovered.events)
        m_log.append(std::move(event));
    m_log.skipTo(recovered.reservedTo); // a reader may have seen progress and output after the newest state change
    if (recovered.reservedTo > 0)
        publish({{},
                 {},
                 m_mediator.now(),
                 Notice{QStringLiteral("hub.resumed"),
                        {{QStringLiteral("from"), static_cast<qint64>(recovered.lastSeq + 1)},
                         {QStringLiteral("to"), static_cast<qint64>(recovered.reservedTo)}}}});
    m_mediator.recovered(std::move(recovered.live), std::move(recovered.durations));
}

void Hub::journalReserved(quint64 to)
{
    m_reservedTo = std::max(m_reservedTo, to);
}

void Hub::journalCommitted(quint64 seq)
{
    m_committed = std::max(m_committed, seq);
    if (!m_degraded.isEmpty() && !m_hopeless && m_committed >= m_newestState) {
        m_degraded.clear();
        m_keeping = true;
        publish({{}, {}, m_mediator.now(), Notice{QStringLiteral("hub.restored"), {}}});
    }
    if (m_keeping)
        m_mediator.journalAwaited(false);
    releasePending();
}

void Hub::journalFailed(const QString &reason, bool later)
{
    const bool atStart = m_seq == 0 && !m_keeping;
    m_hopeless = m_hopeless || !later;
    degrade(reason);
    if (atStart)
        m_mediator.recovered({}, {});
}

void Hub::journalHangs()
{
    if (m_keeping && !m_pending.empty())
        degrade(QStringLiteral("the journal has not answered for %1 ms").arg(journalPatienceMs));
}

/// Goes on without the journal: what waits for it is released, what it could not write it tries again.
void Hub::degrade(const QString &reason)
{
    m_keeping = false;
    m_mediator.journalAwaited(false);
    releasePending();
    if (std::exchange(m_degraded, reason) != reason)
        publish(
            {{}, {}, m_mediator.now(), Notice{QStringLiteral("hub.degraded"), {{QStringLiteral("reason"), reason}}}});
}

void Hub::keepDuration(Duration duration)
{
    if (m_journal && !m_hopeless)
        m_journal->keepDuration(std::move(duration));
}

bool Hub::numbersRunShort() const
{
    return m_journal && !m_hopeless && m_seq + reservedForStates >= m_reservedTo;
}

void Hub::topUpNumbers()
{
    if (m_journal && !m_hopeless && m_seq + reservedAtOnce / 2 >= m_askedTo) {
        m_askedTo = m_seq + reservedAtOnce;
        m_journal->reserve(m_askedTo);
    }
}

void Hub::publish(Fact fact)
{
    Q_ASSERT(QThread::currentThread() == m_thread);
    if (!std::holds_alternative<JobQueued>(fact.data) && !std::holds_alternative<Notice>(fact.data)
        && !m_state.find(fact.job) && !m_pendingJobs.contains(fact.job))
        return;
    m_mediator.prepare(fact);
    const bool stateChange = kindOf(fact.data) == EventKind::StateChange;
    topUpNumbers();
    if (!stateChange && numbersRunShort())
        return;
    auto event = std::make_shared<Event>();
    event->seq = ++m_seq;
    event->epoch = m_identity.epoch;
    event->time = fact.time > 0 ? fact.time : m_mediator.now();
    event->host = fact.origin ? std::move(fact.origin->host) : m_identity.host;
    event->hub = fact.origin ? std::move(fact.origin->hub) : m_identity.hub;
    if (fact.origin) {
        event->ownerEpoch = std::move(fact.origin->epoch);
        event->ownerSeq = fact.origin->seq;
    }
    event->job = std::move(fact.job);
    event->step = std::move(fact.step);
    event->data = std::move(fact.data);
    if (auto *queued = std::get_if<JobQueued>(&event->data)) {
        if (queued->job.firstSeq == 0)
            queued->edit().firstSeq = event->seq;
        queued->edit().hub = event->hub;
        queued->edit().host = event->host;
    }
    if (stateChange) {
        m_newestState = event->seq;
        if (m_journal && !m_hopeless)
            m_journal->append(event);
    }
    if (m_pending.empty() && (!stateChange || !m_keeping))
        return release(event);
    if (std::holds_alternative<JobQueued>(event->data))
        ++m_pendingJobs[event->job];
    if (m_pending.empty())
        m_mediator.journalAwaited(true);
    m_pending.push_back({std::move(event), {}});
}

void Hub::whenReleased(std::function<void()> task)
{
    if (m_pending.empty())
        return task();
    m_pending.push_back({nullptr, std::move(task)});
}

void Hub::releasePending()
{
    while (!m_pending.empty()) {
        const EventPtr &first = m_pending.front().event;
        if (m_keeping && first && first->seq > m_committed && kindOf(first->data) == EventKind::StateChange)
            return m_mediator.journalAwaited(true);
        const Pending next = std::move(m_pending.front());
        m_pending.pop_front();
        if (!next.event) {
            next.task();
            continue;
        }
        if (std::holds_alternative<JobQueued>(next.event->data)) {
            if (const auto it = m_pendingJobs.find(next.event->job); --it->second == 0)
                m_pendingJobs.erase(it);
        }
        release(next.event);
    }
}

void Hub::release(const EventPtr &event)
{
    ++m_released;
    const Job *before = m_state.find(event->job);
    const bool wasLive = before && isOwn(*before) && !isFinal(before->state);
    apply(m_state, *event);
    const Job *after = m_state.find(event->job);
    const bool isLive = after && isOwn(*after) && !isFinal(after->state);
    if (wasLive != isLive)
        m_live += isLive ? 1 : std::size_t(-1);
    if (m_journal && !m_hopeless && after && std::holds_alternative<JobFinished>(event->data))
        m_journal->keepJob(*after, event->seq);
    m_log.append(event);
    m_unseen.push_back(event);
    if (m_handingOut) // an observer published: the others get the event at hand first
        return;
    m_handingOut = true;
    while (!m_unseen.empty()) {
        const EventPtr next = std::move(m_unseen.front());
        m_unseen.pop_front();
        handOut(next);
        if (std::holds_alternative<JobFinished>(next->data)) {
            m_emitBudgets.erase(next->job);
            m_state.trimFinished(heldFinishedJobs);
        }
    }
    m_handingOut = false;
}

void Hub::handOut(const EventPtr &event)
{
    for (auto it = m_observers.begin(); it != m_observers.end();) {
        const quint64 id = it->first;
        const Watcher watcher = it->second; // keeps the function alive when it ends its own subscription
        if (event->seq > watcher.after)
            (*watcher.tell)(event);
        it = m_observers.upper_bound(id);
    }
}

Subscription Hub::observe(Observer observer)
{
    const quint64 id = m_nextObserver++;
    m_observers.emplace(id, Watcher{std::make_shared<const Observer>(std::move(observer)), m_state.seq});
    return Subscription([this, id, alive = std::weak_ptr(m_alive)] {
        if (!alive.expired())
            m_observers.erase(id);
    });
}

bool Hub::canRecover(const QString &epoch, quint64 seq) const
{
    return epoch == m_identity.epoch && m_log.holdsAfter(seq);
}

static Error unknownJob(const QString &jobId)
{
    return {code::unknownJob, QStringLiteral("there is no job %1").arg(quoted(jobId)), {}};
}

void Hub::withJob(const QString &jobId, std::function<void(const Job *)> use)
{
    if (const Job *job = m_state.find(jobId))
        return use(job);
    if (m_pendingJobs.contains(jobId)) // announced, but nobody was told yet
        return whenReleased([this, jobId, use] { use(m_state.find(jobId)); });
    if (!m_journal || m_hopeless)
        return use(nullptr);
    m_journal->find(jobId, [use](const std::optional<Job> &job) { use(job ? &*job : nullptr); });
}

Source *Hub::hostNamed(const QString &name, const Reply &reply)
{
    if (const auto host = m_hosts.find(name); host != m_hosts.end())
        return host->second;
    QStringList known;
    for (const auto &[other, source] : m_hosts)
        known.append(other);
    const QString near = nearest(name, known);
    reply(fail(code::invalidParams,
               QStringLiteral("there is no host %1%2")
                   .arg(quoted(name),
                        near.isEmpty() ? QStringLiteral(": stepwire host add %1 user@machine makes one").arg(name)
                                       : QStringLiteral(", did you mean ") + quoted(near))));
    return nullptr;
}

Source *Hub::sourceOf(const Job &job, const Reply &reply)
{
    if (!job.via.isEmpty())
        return hostNamed(job.via, reply);
    const auto source = m_sources.find(job.source);
    if (source != m_sources.end())
        return source->second;
    reply(fail(code::hostUnreachable,
               QStringLiteral("nobody here owns job %1 (source %2)").arg(quoted(job.id), quoted(job.source))));
    return nullptr;
}

void Hub::route(const QString &jobId, const Request &request, const Reply &reply)
{
    if (const Job *job = m_state.find(jobId)) {
        if (Source *source = sourceOf(*job, reply))
            source->handle(request, reply);
        return;
    }
    withJob(jobId, [this, jobId, request, reply](const Job *job) {
        if (!job)
            return reply(tl::unexpected(unknownJob(jobId)));
        if (Source *source = sourceOf(*job, reply))
            source->handle(request, reply);
    });
}

void Hub::readLog(const ReadLog &request, const Reply &reply)
{
    withJob(request.job, [this, request, reply](const Job *job) {
        if (!job)
            return reply(tl::unexpected(unknownJob(request.job)));
        const Step *step = job->findStep(request.step);
        if (!step)
            return reply(fail(code::invalidParams,
                              QStringLiteral("job %1 has no step %2").arg(quoted(request.job), quoted(request.step))));
        ReadLog exact = request;
        exact.newestAttempt = step->attempt;
        if (Source *source = sourceOf(*job, reply))
            source->handle(exact, reply);
    });
}

void Hub::retry(const RetryJob &request, const Reply &reply)
{
    withJob(request.job, [this, request, reply](const Job *job) {
        if (!job)
            return reply(tl::unexpected(unknownJob(request.job)));
        if (!isOwn(*job)) {
            if (Source *source = sourceOf(*job, reply))
                source->handle(request, reply);
            return;
        }
        RetryJob whole = request;
        whole.known.push_back(std::make_shared<const Job>(*job));
        for (std::size_t i = 0; i < whole.known.size(); ++i) {
            for (const auto &other : m_state.jobs()) {
                if (other->parent == whole.known[i]->id)
                    whole.known.push_back(std::make_shared<const Job>(*other));
            }
        }
        Source *source = sourceOf(*job, reply);
        if (!source)
            return;
        // One that only the journal knew is announced again, for those who will see it go on.
        if (!m_state.find(request.job) && isFinal(job->state))
            publish({job->id, {}, m_mediator.now(), JobQueued{*job}});
        source->handle(whole, reply);
    });
}

void Hub::request(const Request &request, Reply reply)
{
    Q_ASSERT(QThread::currentThread() == m_thread);
    struct Dispatch
    {
        Hub &hub;
        const Request &whole;
        const Reply &reply; ///< at once: for what only reads
        const Reply &after; ///< after what was published until then was released

        void operator()(const ListJobs &list) const { hub.list(list, reply); }
        void operator()(const GetJob &get) const { hub.get(get, reply); }
        void operator()(const ReadLog &log) const { hub.readLog(log, reply); }
        void operator()(const EmitCustom &custom) const { hub.emitCustom(custom, after); }
        void operator()(const CancelJob &cancel) const { hub.route(cancel.job, whole, after); }
        void operator()(const PauseJob &pause) const { hub.route(pause.job, whole, after); }
        void operator()(const ResumeJob &resume) const { hub.route(resume.job, whole, after); }
        void operator()(const RetryJob &retry) const { hub.retry(retry, after); }
        void operator()(const HoldJob &hold) const { hub.route(hold.job, whole, after); }
        void operator()(const ReleaseJob &release) const { hub.route(release.job, whole, after); }
        void operator()(const MoveJob &move) const { hub.route(move.job, whole, after); }
        void operator()(const PruneJobs &prune) const
        {
            if (!toHost(prune.host))
                hub.prune(prune, after);
        }
        void operator()(const RemoveJobFiles &) const
        {
            reply(fail(code::notAllowed, QStringLiteral("files are removed with their jobs: prune those")));
        }
        void operator()(const FindOversized &) const
        {
            reply(fail(code::notAllowed, QStringLiteral("sizes are looked at within the hub")));
        }
        void operator()(const ReportProgress &report) const { hub.route(report.job, whole, after); }
        void operator()(const ChangeReport &change) const { hub.route(change.job, whole, after); }
        void operator()(const FinishReport &finish) const { hub.route(finish.job, whole, after); }
        void operator()(const StartReport &) const
        {
            const auto reports = hub.m_sources.find(QStringLiteral("report"));
            if (reports == hub.m_sources.end())
                return reply(fail(code::notAllowed, QStringLiteral("this hub takes no reports")));
            reports->second->handle(whole, after);
        }
        void operator()(const RunJob &run) const
        {
            if (toHost(run.host))
                return;
            if (run.jobId.isEmpty())
                return toRunner();
            hub.withJob(run.jobId,
                        [&hub = hub, whole = whole, reply = reply, after = after, id = run.jobId](const Job *job) {
                            if (job)
                                return reply(fail(code::wrongState,
                                                  QStringLiteral("there is a job %1 already").arg(quoted(id))));
                            if (!hub.m_runner)
                                return reply(fail(code::notAllowed, QStringLiteral("this hub runs nothing itself")));
                            hub.m_runner->handle(whole, after);
                        });
        }
        void operator()(const ListPipelines &list) const { toHostOrRunner(list.host); }
        void operator()(const GetPipeline &get) const { toHostOrRunner(get.host); }
        void operator()(const CheckPipeline &check) const { toHostOrRunner(check.host); }
        void operator()(const Ping &) const { reply(Object{{{QStringLiteral("time"), hub.m_mediator.now()}}}); }
        void operator()(const ListHosts &) const { toKeeper(); }
        void operator()(const AddHost &) const { toKeeper(); }
        void operator()(const RemoveHost &) const { toKeeper(); }
        void operator()(const ListSources &) const { toKeeper(); }
        void operator()(const AddSource &) const { toKeeper(); }
        void operator()(const RemoveSource &) const { toKeeper(); }

        void toKeeper() const
        {
            if (!hub.m_hostKeeper)
                return reply(fail(code::notAllowed, QStringLiteral("this hub shows no other hosts")));
            hub.m_hostKeeper->handle(whole, after);
        }

        /// True when the request was for another host, and is answered from there.
        [[nodiscard]] bool toHost(const QString &host) const
        {
            if (host.isEmpty())
                return false;
            if (Source *source = hub.hostNamed(host, reply))
                source->handle(whole, after);
            return true;
        }

        void toHostOrRunner(const QString &host) const
        {
            if (!toHost(host))
                toRunner();
        }

        void toRunner() const
        {
            if (!hub.m_runner)
                return reply(fail(code::notAllowed, QStringLiteral("this hub runs nothing itself")));
            hub.m_runner->handle(whole, after);
        }
    };
    const Reply after = [this, reply](const Result<Answer> &answer) {
        whenReleased([reply, answer] { reply(answer); });
    };
    std::visit(Dispatch{*this, request, reply, after}, request);
}

/// Pages go down by the place of the announcement. The state holds all that live and the newest that finished; what is
/// older comes from the journal.
void Hub::list(const ListJobs &request, const Reply &reply)
{
    if (!request.host.isEmpty() && !hostNamed(request.host, reply))
        return;
    quint64 before = std::numeric_limits<quint64>::max();
    if (!request.cursor.isEmpty()) {
        bool ok = false;
        before = request.cursor.toULongLong(&ok);
        if (!ok)
            return reply(
                fail(code::invalidParams,
                     QStringLiteral("cursor is %1, expected one from the page before").arg(quoted(request.cursor))));
    }
    const auto limit = static_cast<std::size_t>(request.limit);
    std::vector<const Job *> here;
    quint64 oldestFinished = std::numeric_limits<quint64>::max();
    std::size_t finished = 0;
    for (const auto &job : m_state.jobs()) {
        if (isFinal(job->state)) {
            ++finished;
            oldestFinished = std::min(oldestFinished, job->firstSeq);
        }
        if (job->firstSeq < before && (!request.state || job->state == *request.state)
            && (request.host.isEmpty() || job->via == request.host))
            here.push_back(job.get());
    }
    std::sort(here.begin(), here.end(), [](const Job *a, const Job *b) { return a->firstSeq > b->firstSeq; });
    const auto answerWith = [reply, limit](std::vector<Job> jobs) {
        JobPage page;
        const bool more = jobs.size() > limit;
        if (more)
            jobs.resize(limit);
        page.jobs = std::move(jobs);
        if (more)
            page.cursor = QString::number(page.jobs.back().firstSeq);
        reply(std::move(page));
    };
    std::vector<Job> jobs;
    for (const Job *job : here) {
        if (jobs.size() > limit)
            break;
        jobs.push_back(*job);
    }
    const bool complete = jobs.size() > limit && jobs.back().firstSeq >= oldestFinished;
    if (complete || !m_journal || m_hopeless || finished < heldFinishedJobs
        || (request.state && !isFinal(*request.state)))
        return answerWith(std::move(jobs));
    if (!request.host.isEmpty()) // the journal cannot be asked by host
        return answerWith(std::move(jobs));
    m_journal->page(before, request.limit + 1, request.state, [jobs, answerWith](const std::vector<Job> &kept) mutable {
        const auto newer = [](const Job &a, const Job &b) { return a.firstSeq > b.firstSeq; };
        for (const Job &job : kept) {
            if (std::none_of(jobs.begin(), jobs.end(), [&](const Job &other) { return other.id == job.id; }))
                jobs.push_back(job);
        }
        std::sort(jobs.begin(), jobs.end(), newer);
        answerWith(std::move(jobs));
    });
}

void Hub::get(const GetJob &request, const Reply &reply)
{
    withJob(request.job, [reply, id = request.job](const Job *job) {
        if (!job)
            return reply(tl::unexpected(unknownJob(id)));
        reply(*job);
    });
}

void Hub::prune(const PruneJobs &request, const Reply &reply)
{
    if (!request.olderThanMs && !request.keep && !request.mostBytes)
        return reply(
            fail(code::invalidParams,
                 QStringLiteral("none of older_than_ms, keep and most_bytes is given, expected at least one of them")));
    if (request.mostBytes) {
        if (request.olderThanMs || request.keep)
            return reply(fail(code::invalidParams,
                              QStringLiteral("most_bytes is given with older_than_ms or keep, expected it alone")));
        if (!m_runner)
            return reply(Object{{{QStringLiteral("jobs"), 0}, {QStringLiteral("bytes"), 0}}});
        return m_runner->handle(FindOversized{*request.mostBytes}, [this, reply](const Result<Answer> &found) {
            QStringList jobs;
            if (const auto *object = found ? std::get_if<Object>(&*found) : nullptr) {
                for (const QJsonArray ids = object->value[u"jobs"].toArray(); const QJsonValue &id : ids)
                    jobs.append(id.toString());
            }
            forget(jobs, reply);
        });
    }
    std::optional<UnixMs> finishedBefore;
    if (request.olderThanMs)
        finishedBefore = m_mediator.now() - *request.olderThanMs;
    if (m_journal && !m_hopeless)
        return m_journal->stale(finishedBefore, request.keep,
                                [this, reply](const QStringList &jobs) { forget(jobs, reply); });
    QStringList stale;
    qint64 newer = 0;
    const auto &jobs = m_state.jobs();
    for (auto it = jobs.rbegin(); it != jobs.rend(); ++it) {
        if (!isFinal((*it)->state))
            continue;
        ++newer;
        if ((finishedBefore && (*it)->finished && *(*it)->finished < *finishedBefore)
            || (request.keep && newer > *request.keep))
            stale.append((*it)->id);
    }
    forget(stale, reply);
}

/// The jobs are gone for everybody, then their files.
void Hub::forget(const QStringList &stale, const Reply &reply)
{
    QStringList jobs;
    for (const QString &id : stale) {
        const Job *job = m_state.find(id);
        if (!job || isFinal(job->state)) // one may have been opened again meanwhile
            jobs.append(id);
    }
    if (jobs.isEmpty())
        return reply(Object{{{QStringLiteral("jobs"), 0}, {QStringLiteral("bytes"), 0}}});
    erase(jobs);
    const Reply removed = [reply, count = jobs.size()](const Result<Answer> &answer) {
        QJsonObject told{{QStringLiteral("jobs"), count}};
        if (const auto *object = answer ? std::get_if<Object>(&*answer) : nullptr)
            told.insert(QStringLiteral("bytes"), object->value[u"bytes"]);
        reply(Object{told});
    };
    if (!m_runner)
        return removed(Object{});
    m_runner->handle(RemoveJobFiles{jobs}, removed);
}

void Hub::drop(const QStringList &jobs)
{
    if (!jobs.isEmpty())
        erase(jobs);
}

void Hub::erase(const QStringList &jobs)
{
    constexpr qsizetype namesAnEvent = 1000;
    for (qsizetype i = 0; i < jobs.size(); i += namesAnEvent)
        publish({{},
                 {},
                 m_mediator.now(),
                 Notice{QStringLiteral("hub.pruned"),
                        {{QStringLiteral("jobs"), QJsonArray::fromStringList(jobs.mid(i, namesAnEvent))}}}});
    if (m_journal && !m_hopeless)
        m_journal->forget(jobs);
}

static qsizetype encodedSize(const QJsonValue &value)
{
    if (value.isString())
        return value.toString().toUtf8().size();
    return QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact).size();
}

Result<void> Hub::mayEmit(const EmitCustom &request)
{
    const Job *job = m_state.find(request.job);
    if (!job)
        return tl::unexpected(unknownJob(request.job));
    if (isFinal(job->state))
        return fail(code::wrongState,
                    QStringLiteral("job %1 has already %2").arg(quoted(request.job), stateName(job->state)));
    if (!request.step.isEmpty() && !job->findStep(request.step))
        return fail(code::invalidParams,
                    QStringLiteral("job %1 has no step %2").arg(quoted(request.job), quoted(request.step)));
    if (const qsizetype size = encodedSize(request.value); size > customBytes)
        return fail(code::invalidParams,
                    QStringLiteral("value has %1 bytes, expected at most %2").arg(size).arg(customBytes));
    EmitBudget &budget = m_emitBudgets[request.job];
    const UnixMs now = m_mediator.now();
    if (now - budget.since >= 1000 || now < budget.since)
        budget = {now, 0};
    if (++budget.count > customPerSecond)
        return fail(code::rateLimited,
                    QStringLiteral("job %1 emits more than %2 custom events a second")
                        .arg(quoted(request.job))
                        .arg(customPerSecond),
                    {{QStringLiteral("retry_after_ms"), budget.since + 1000 - now}});
    return {};
}

void Hub::emitCustom(const EmitCustom &request, const Reply &reply)
{
    if (const auto may = mayEmit(request); !may)
        return reply(tl::unexpected(may.error()));
    const Job *job = m_state.find(request.job);
    if (!isOwn(*job))
        return route(request.job, request, reply);
    const auto source = m_sources.find(job->source);
    if (source != m_sources.end() && source->second->hidesSecrets())
        return source->second->handle(request, reply);
    const State state = job->state;
    publish({request.job, request.step, m_mediator.now(), Custom{request.name, request.value}});
    reply(JobAck{request.job, state, {}});
}

} // namespace stepwire
