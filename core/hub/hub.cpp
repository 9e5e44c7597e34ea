#include "core/hub/hub.h"

#include "core/model/quote.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace stepwire {

static constexpr std::size_t heldEvents = 200'000;
static constexpr qint64 heldBytes = 64 * 1024 * 1024;
static constexpr std::size_t heldFinishedJobs = 200;
static constexpr int customPerSecond = 20;
static constexpr qsizetype customBytes = 64 * 1024;

Hub::Hub(Identity identity, const Mediator &mediator)
    : m_identity(std::move(identity)), m_mediator(mediator), m_log(heldEvents, heldBytes)
{
    m_state.epoch = m_identity.epoch;
}

void Hub::addSource(const QString &name, Source &source)
{
    m_sources[name] = &source;
}

void Hub::publish(Fact fact)
{
    Q_ASSERT(QThread::currentThread() == m_thread);
    if (!std::holds_alternative<JobQueued>(fact.data) && !std::holds_alternative<Notice>(fact.data)
        && !m_state.find(fact.job))
        return;
    auto event = std::make_shared<Event>();
    event->seq = ++m_seq;
    event->epoch = m_identity.epoch;
    event->time = fact.time > 0 ? fact.time : m_mediator.now();
    event->host = m_identity.host;
    event->hub = m_identity.hub;
    event->job = std::move(fact.job);
    event->step = std::move(fact.step);
    event->data = std::move(fact.data);
    if (auto *queued = std::get_if<JobQueued>(&event->data)) {
        queued->job.firstSeq = event->seq;
        queued->job.hub = m_identity.hub;
        queued->job.host = m_identity.host;
    }
    release(event);
}

void Hub::release(const EventPtr &event)
{
    const Job *before = m_state.find(event->job);
    const bool wasLive = before && !isFinal(before->state);
    apply(m_state, *event);
    const Job *after = m_state.find(event->job);
    const bool isLive = after && !isFinal(after->state);
    if (wasLive != isLive)
        m_live += isLive ? 1 : std::size_t(-1);
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
    m_observers.emplace(id, Watcher{std::make_shared<const Observer>(std::move(observer)), m_seq});
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

void Hub::route(const QString &jobId, const Request &request, const Reply &reply)
{
    const Job *job = m_state.find(jobId);
    if (!job)
        return reply(tl::unexpected(unknownJob(jobId)));
    const auto source = m_sources.find(job->source);
    if (source == m_sources.end())
        return reply(
            fail(code::hostUnreachable,
                 QStringLiteral("nobody here owns job %1 (source %2)").arg(quoted(jobId), quoted(job->source))));
    source->second->handle(request, reply);
}

void Hub::request(const Request &request, Reply reply)
{
    Q_ASSERT(QThread::currentThread() == m_thread);
    struct Dispatch
    {
        Hub &hub;
        const Request &whole;
        const Reply &reply;

        void operator()(const ListJobs &list) const { reply(hub.list(list)); }
        void operator()(const GetJob &get) const { reply(hub.get(get)); }
        void operator()(const EmitCustom &custom) const { reply(hub.emitCustom(custom)); }
        void operator()(const CancelJob &cancel) const { hub.route(cancel.job, whole, reply); }
        void operator()(const ReadLog &log) const { hub.route(log.job, whole, reply); }
        void operator()(const ReportProgress &report) const { hub.route(report.job, whole, reply); }
        void operator()(const FinishReport &finish) const { hub.route(finish.job, whole, reply); }
        void operator()(const StartReport &) const
        {
            const auto reports = hub.m_sources.find(QStringLiteral("report"));
            if (reports == hub.m_sources.end())
                return reply(fail(code::notAllowed, QStringLiteral("this hub takes no reports")));
            reports->second->handle(whole, reply);
        }
        void operator()(const RunJob &run) const
        {
            if (!run.jobId.isEmpty() && hub.m_state.find(run.jobId))
                return reply(
                    fail(code::wrongState, QStringLiteral("there is a job %1 already").arg(quoted(run.jobId))));
            toRunner();
        }
        void operator()(const ListPipelines &) const { toRunner(); }
        void operator()(const GetPipeline &) const { toRunner(); }
        void operator()(const CheckPipeline &) const { toRunner(); }

        void toRunner() const
        {
            if (!hub.m_runner)
                return reply(fail(code::notAllowed, QStringLiteral("this hub runs nothing itself")));
            hub.m_runner->handle(whole, reply);
        }
    };
    std::visit(Dispatch{*this, request, reply}, request);
}

Result<Answer> Hub::list(const ListJobs &request) const
{
    const auto &jobs = m_state.jobs();
    auto it = jobs.rbegin();
    if (!request.cursor.isEmpty()) {
        it = std::find_if(jobs.rbegin(), jobs.rend(), [&](const auto &job) { return job->id == request.cursor; });
        if (it == jobs.rend())
            return fail(code::invalidParams,
                        QStringLiteral("cursor is %1, expected one from the page before").arg(quoted(request.cursor)));
        ++it;
    }
    JobPage page;
    for (; it != jobs.rend(); ++it) {
        if (request.state && (*it)->state != *request.state)
            continue;
        if (page.jobs.size() == static_cast<std::size_t>(request.limit)) {
            page.cursor = page.jobs.back().id;
            break;
        }
        page.jobs.push_back(**it);
    }
    return page;
}

Result<Answer> Hub::get(const GetJob &request) const
{
    const Job *job = m_state.find(request.job);
    if (!job)
        return tl::unexpected(unknownJob(request.job));
    return *job;
}

static qsizetype encodedSize(const QJsonValue &value)
{
    if (value.isString())
        return value.toString().toUtf8().size();
    return QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact).size();
}

Result<Answer> Hub::emitCustom(const EmitCustom &request)
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
    const State state = job->state;
    publish({request.job, request.step, now, Custom{request.name, request.value}});
    return JobAck{request.job, state, {}};
}

} // namespace stepwire
