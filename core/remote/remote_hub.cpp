#include "core/remote/remote_hub.h"

#include "core/model/ids.h"
#include "core/model/quote.h"
#include "core/wire/native/rpc.h"

#include <QJsonArray>
#include <QPointer>

#include <algorithm>
#include <cmath>

namespace stepwire {

static constexpr int clockSamples = 3;
static constexpr qint64 clockNewsMs = 1000; ///< a change of the other clock that is worth telling

static QString standingName(RemoteHub::Standing standing)
{
    switch (standing) {
    case RemoteHub::Standing::Connecting: return QStringLiteral("connecting");
    case RemoteHub::Standing::Connected: return QStringLiteral("connected");
    case RemoteHub::Standing::Lost: return QStringLiteral("lost");
    case RemoteHub::Standing::Twin: return QStringLiteral("duplicate");
    }
    Q_UNREACHABLE();
}

RemoteHub::RemoteHub(Hub &hub, HostSettings settings, Mediator &mediator, Patience patience)
    : m_hub(hub),
      m_settings(std::move(settings)),
      m_mediator(mediator),
      m_patience(std::move(patience)),
      m_backoff(m_patience.backoff),
      m_since(mediator.now())
{
    m_retry.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, [this] { connectNow(); });
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this,
            [this] { drop(QStringLiteral("%1 does not answer").arg(m_settings.name)); });
    connect(&m_pings, &QTimer::timeout, this, [this] { ping(m_patience.answerMs); });
}

RemoteHub::~RemoteHub() = default;

void RemoteHub::start()
{
    recallPosition();
    const auto &jobs = m_hub.state().jobs();
    if (std::any_of(jobs.begin(), jobs.end(), [&](const auto &job) { return mine(*job) && !isFinal(job->state); }))
        setStanding(Standing::Lost, QStringLiteral("not connected yet")); // nobody is to see them run
    connectNow();
}

/// Where an earlier life of this hub ended is in what its journal kept.
void RemoteHub::recallPosition()
{
    for (const auto &job : m_hub.state().jobs()) {
        if (mine(*job)) {
            m_known.insert(job->id);
            m_hubId = job->hub;
        }
    }
    if (m_hubId.isEmpty()) // nothing of it is here, perhaps since it was removed: it begins with the snapshot
        return;
    (void)m_mediator.claim(m_hubId, m_settings.name); // before another way to it is the first to be connected
    m_hub.log().visitAfter(0, [&](const EventPtr &event) {
        if (event->hub == m_hubId && event->ownerSeq > 0) {
            m_epoch = event->ownerEpoch;
            m_seq = event->ownerSeq;
        }
    });
}

void RemoteHub::connectNow()
{
    m_retry.stop();
    ++m_round;
    m_syncing = false;
    m_heldBack.clear();
    m_attempt.start();
    m_deadline.start(m_patience.connectMs);
    Mediator::Way way = m_mediator.openLink(m_settings, [this, round = m_round](const Result<native::Hello> &hello) {
        // We may be called by the link that is about to go.
        QMetaObject::invokeMethod(
            this,
            [this, round, hello] {
                if (round == m_round)
                    opened(hello);
            },
            Qt::QueuedConnection);
    });
    letGo(QStringLiteral("it is connected to anew"));
    m_link = std::move(way.link);
    m_trusted = way.trusted;
    m_link->setSink(this);
}

void RemoteHub::opened(const Result<native::Hello> &hello)
{
    if (!hello)
        return drop(hello.error().message);
    const QString refusal = m_mediator.claim(hello->hub, m_settings.name);
    if (!refusal.isEmpty()) {
        m_deadline.stop();
        letGo(refusal);
        ++m_round;
        setStanding(Standing::Twin, refusal);
        return m_retry.start(m_patience.backoff.mostMs);
    }
    if (!m_hubId.isEmpty() && m_hubId != hello->hub) { // another hub answers there now
        QStringList jobs;
        for (const auto &job : m_hub.state().jobs()) {
            if (mine(*job))
                jobs.append(job->id);
        }
        m_hub.drop(jobs);
        m_known.clear();
        m_epoch.clear();
        m_seq = 0;
    }
    m_hubId = hello->hub;
    m_hostName = hello->host;
    m_bestTripMs = -1;
    m_deadline.start(m_patience.connectMs);
    measureClock(clockSamples);
}

/// The answer that came back soonest tells the other clock best: it was read about in the middle of the trip.
void RemoteHub::measureClock(int left)
{
    const UnixMs sent = m_mediator.now();
    m_link->call(QStringLiteral("ping"), {}, [this, round = m_round, sent, left](const Result<QJsonValue> &answer) {
        if (round != m_round)
            return;
        const qint64 trip = m_mediator.now() - sent;
        if (answer && (*answer)[u"time"].isDouble() && trip >= 0 && (m_bestTripMs < 0 || trip < m_bestTripMs)) {
            m_bestTripMs = trip;
            const qint64 offset = (*answer)[u"time"].toInteger() - (sent + trip / 2);
            m_clockOffsetMs = std::llabs(offset) <= trip ? 0 : offset; // no finer than what was measured
        }
        if (left > 1)
            measureClock(left - 1);
        else
            subscribe();
    });
}

void RemoteHub::subscribe()
{
    QJsonObject params{{QStringLiteral("own"), true}};
    if (!m_epoch.isEmpty()) {
        params.insert(QStringLiteral("epoch"), m_epoch);
        params.insert(QStringLiteral("seq"), static_cast<qint64>(m_seq));
    }
    m_syncing = true;
    m_link->call(QStringLiteral("subscribe"), params, [this, round = m_round](const Result<QJsonValue> &answer) {
        if (round != m_round)
            return;
        if (!answer)
            return drop(answer.error().message);
        if ((*answer)[u"recovered"].toBool())
            synced();
    });
}

void RemoteHub::snapshotReceived(const Snapshot &snapshot, const QByteArray &)
{
    if (m_standing == Standing::Connected) // it could not keep up, and begins anew
        m_syncing = true;
    // What we told and nobody has seen yet is not in the state.
    m_hub.whenReleased([this, here = QPointer(this), round = m_round, snapshot] {
        if (here && round == m_round)
            compare(snapshot);
    });
}

/// Looks up what we know of its jobs, in the journal too: only what is different is told.
void RemoteHub::compare(const Snapshot &snapshot)
{
    struct Lookup
    {
        Snapshot theirs;
        std::map<QString, Job> ours;
        std::size_t open = 1;
    };
    auto lookup = std::make_shared<Lookup>();
    lookup->theirs = snapshot;
    const auto answered = [this, here = QPointer(this), lookup, round = m_round] {
        if (--lookup->open == 0 && here && round == m_round)
            settle(std::move(lookup->theirs), lookup->ours);
    };
    // Those that ran when we last heard and are too old for the snapshot.
    for (const auto &job : m_hub.state().jobs()) {
        if (!mine(*job) || isFinal(job->state) || snapshot.find(job->id))
            continue;
        ++lookup->open;
        m_link->call(QStringLiteral("job.get"), {{QStringLiteral("job"), job->id}},
                     [lookup, answered, round = m_round, this](const Result<QJsonValue> &answer) {
                         if (round != m_round)
                             return;
                         if (answer) {
                             if (auto found = native::decodeJob(answer->toObject()))
                                 lookup->theirs.put(std::move(*found));
                         }
                         answered();
                     });
    }
    for (const auto &job : snapshot.jobs()) {
        ++lookup->open;
        m_hub.request(GetJob{job->id}, [lookup, answered](const Result<Answer> &answer) {
            if (answer) {
                if (const auto *found = std::get_if<Job>(&*answer))
                    lookup->ours.emplace(found->id, *found);
            }
            answered();
        });
    }
    answered();
}

static bool sameStanding(const Job &a, const Job &b)
{
    return a.state == b.state && a.attempt == b.attempt && a.finished == b.finished && a.title == b.title
        && a.steps.size() == b.steps.size()
        && std::equal(a.steps.begin(), a.steps.end(), b.steps.begin(), [](const Step &x, const Step &y) {
               return x.id == y.id && x.state == y.state && x.attempt == y.attempt;
           });
}

void RemoteHub::settle(Snapshot snapshot, const std::map<QString, Job> &ours)
{
    QStringList gone;
    for (const auto &job : m_hub.state().jobs()) {
        if (mine(*job) && !isFinal(job->state) && !snapshot.find(job->id))
            gone.append(job->id);
    }
    m_hub.drop(gone);
    for (const auto &job : snapshot.jobs()) {
        if (job->hub != m_hubId)
            continue;
        const auto known = ours.find(job->id);
        if (known == ours.end())
            takeWhole(*job, false);
        else if (!mine(known->second))
            tellClash(job->id);
        else if (!sameStanding(known->second, *job))
            takeWhole(*job, true);
        else
            takeProgress(known->second, *job);
    }
    m_epoch = snapshot.epoch;
    m_seq = snapshot.seq;
    synced();
}

/// A job as it stands, in place of all the events that led there.
void RemoteHub::takeWhole(Job job, bool known)
{
    const Job whole = job;
    job.via = m_settings.name;
    job.clockOffsetMs = m_clockOffsetMs;
    job.lostSince.reset();
    if (const Job *here = known ? m_hub.state().find(job.id) : nullptr)
        job.firstSeq = here->firstSeq;
    else
        job.firstSeq = 0;
    if (isFinal(whole.state)) { // its end is told by an event of its own, which the journal keeps it by
        job.state = State::Running;
        job.finished.reset();
        job.error.reset();
    }
    const QString id = job.id;
    publish({id, {}, whole.created, JobQueued{std::move(job)}}, 0);
    if (isFinal(whole.state)) {
        const UnixMs end = whole.finished.value_or(whole.created);
        publish({id,
                 {},
                 end,
                 JobFinished{whole.attempt, whole.state, whole.error, end - whole.started.value_or(whole.created)}},
                0);
    }
    announced(id);
}

/// Nothing but how far its steps are may be different.
void RemoteHub::takeProgress(const Job &ours, const Job &theirs)
{
    for (std::size_t i = 0; i < theirs.steps.size(); ++i) {
        const Step &step = theirs.steps[i];
        if (step.progress && step.progress != ours.steps[i].progress)
            publish({theirs.id, step.id, m_mediator.now() + m_clockOffsetMs, StepProgress{*step.progress}}, 0);
    }
    announced(theirs.id);
}

void RemoteHub::tellClash(const QString &job)
{
    if (std::exchange(m_clashTold, true))
        return;
    m_hub.publish({{},
                   {},
                   m_mediator.now(),
                   Notice{QStringLiteral("hub.warning"),
                          {{QStringLiteral("message"),
                            QStringLiteral("job %1 of %2 has the id of a job that is here already, and is not shown")
                                .arg(job, m_settings.name)}}}});
}

/// What the hub has from us is all that there was up to our position.
void RemoteHub::synced()
{
    m_syncing = false;
    m_deadline.stop();
    m_backoff.reset();
    m_toldLost = false;
    tellConnected();
    setStanding(Standing::Connected, {});
    m_pings.start(m_patience.pingMs);
    const auto round = m_round;
    for (const Event &event : std::exchange(m_heldBack, {}))
        take(event);
    QStringList open;
    for (const auto &[job, asked] : m_unanswered)
        open.append(job);
    for (const QString &job : open) {
        if (round == m_round)
            sendRun(job);
    }
}

/// Comes with our position, which the journal thereby has.
void RemoteHub::tellConnected()
{
    publish({{},
             {},
             m_mediator.now(),
             Notice{QStringLiteral("host.connected"),
                    {{QStringLiteral("name"), m_settings.name},
                     {QStringLiteral("host"), m_hostName},
                     {QStringLiteral("hub"), m_hubId},
                     {QStringLiteral("clock_offset_ms"), m_clockOffsetMs}}}},
            m_seq);
}

void RemoteHub::eventReceived(const HubLink::Received &received)
{
    if (m_syncing)
        m_heldBack.push_back(received.event);
    else
        take(received.event);
}

void RemoteHub::take(const Event &event)
{
    if (event.epoch == m_epoch && event.seq <= m_seq)
        return;
    m_epoch = event.epoch;
    m_seq = event.seq;
    if (event.hub != m_hubId)
        return;
    if (const auto *notice = std::get_if<Notice>(&event.data)) {
        if (notice->type != u"hub.pruned")
            return;
        QStringList jobs;
        for (const QJsonArray names = notice->data[u"jobs"].toArray(); const QJsonValue &name : names) {
            if (const QString id = name.toString(); m_known.erase(id) > 0)
                jobs.append(id);
        }
        return m_hub.drop(jobs);
    }
    Fact fact{event.job, event.step, event.time, event.data};
    if (auto *queued = std::get_if<JobQueued>(&fact.data)) {
        const Job *here = m_hub.state().find(event.job);
        if (here && !mine(*here))
            return tellClash(event.job);
        queued->edit().via = m_settings.name;
        queued->edit().clockOffsetMs = m_clockOffsetMs;
        queued->edit().firstSeq = here ? here->firstSeq : 0;
    } else if (!m_known.contains(event.job)) {
        // One that ended before we were here goes on, or one that we had forgotten.
        if (!event.job.isEmpty() && kindOf(event.data) == EventKind::StateChange)
            fetch(event.job);
        return;
    }
    const bool isPlan = std::holds_alternative<JobQueued>(fact.data);
    publish(std::move(fact), event.seq);
    if (isPlan)
        announced(event.job);
}

void RemoteHub::fetch(const QString &job)
{
    if (!m_fetching.insert(job).second)
        return;
    m_link->call(QStringLiteral("job.get"), {{QStringLiteral("job"), job}},
                 [this, job, round = m_round](const Result<QJsonValue> &answer) {
                     m_fetching.erase(job);
                     if (round != m_round || !answer || m_known.contains(job))
                         return;
                     const auto whole = native::decodeJob(answer->toObject());
                     const Job *here = m_hub.state().find(job);
                     if (whole && whole->hub == m_hubId && (!here || mine(*here)))
                         takeWhole(*whole, here != nullptr);
                 });
}

void RemoteHub::announced(const QString &job)
{
    m_known.insert(job);
    if (const auto waiting = m_awaited.extract(job)) {
        for (const auto &done : waiting.mapped())
            done();
    }
}

void RemoteHub::publish(Fact fact, quint64 ownerSeq)
{
    fact.origin = Origin{m_hubId, m_hostName, m_epoch, ownerSeq};
    m_hub.publish(std::move(fact));
}

void RemoteHub::ping(int patienceMs)
{
    if (m_standing != Standing::Connected || m_deadline.isActive())
        return;
    m_deadline.start(patienceMs);
    const UnixMs sent = m_mediator.now();
    m_link->call(QStringLiteral("ping"), {}, [this, round = m_round, sent](const Result<QJsonValue> &answer) {
        if (round != m_round || !answer)
            return;
        m_deadline.stop();
        const qint64 trip = m_mediator.now() - sent;
        const qint64 offset = (*answer)[u"time"].toInteger() - (sent + trip / 2);
        if (trip >= 0 && std::llabs(offset - m_clockOffsetMs) > clockNewsMs + trip) {
            m_clockOffsetMs = std::llabs(offset) <= trip ? 0 : offset;
            tellConnected();
        }
    });
}

void RemoteHub::hurry()
{
    if (m_standing == Standing::Connected) {
        m_deadline.stop();
        ping(m_patience.hurriedMs);
    } else if (m_retry.isActive() || (m_link && !m_syncing && m_attempt.elapsed() > m_patience.hurriedMs)) {
        m_backoff.reset(); // an attempt that hangs was made by way of the network that is gone
        connectNow();
    }
}

void RemoteHub::linkLost(const QString &reason)
{
    // We are called by the link.
    QMetaObject::invokeMethod(
        this,
        [this, reason, round = m_round] {
            if (round == m_round)
                drop(reason);
        },
        Qt::QueuedConnection);
}

void RemoteHub::drop(const QString &reason)
{
    ++m_round;
    m_deadline.stop();
    m_pings.stop();
    m_syncing = false;
    m_heldBack.clear();
    letGo(reason);
    setStanding(Standing::Lost, reason);
    m_retry.start(m_backoff.nextMs());
}

void RemoteHub::letGo(const QString &reason)
{
    if (!m_link)
        return;
    RpcLink *link = m_link.release();
    link->deleteLater(); // we may be in one of its answers
    link->setSink(nullptr);
    link->abandon(reason);
}

void RemoteHub::setStanding(Standing standing, const QString &reason)
{
    if (m_standing != standing)
        m_since = m_mediator.now();
    m_standing = standing;
    m_reason = reason;
    if (standing == Standing::Lost && !std::exchange(m_toldLost, true))
        m_hub.publish({{},
                       {},
                       m_mediator.now(),
                       Notice{QStringLiteral("host.lost"),
                              {{QStringLiteral("name"), m_settings.name},
                               {QStringLiteral("host"), m_hostName},
                               {QStringLiteral("hub"), m_hubId},
                               {QStringLiteral("reason"), reason}}}});
    m_mediator.standingChanged(*this);
}

void RemoteHub::remove()
{
    ++m_round;
    m_retry.stop();
    m_deadline.stop();
    m_pings.stop();
    const QString reason = QStringLiteral("host %1 was removed").arg(quoted(m_settings.name));
    letGo(reason);
    for (auto &[job, asked] : std::exchange(m_unanswered, {}))
        asked.reply(fail(code::hostUnreachable, reason));
    for (auto &[job, waiting] : std::exchange(m_awaited, {})) {
        for (const auto &done : waiting)
            done();
    }
    QStringList jobs;
    for (const auto &job : m_hub.state().jobs()) {
        if (mine(*job))
            jobs.append(job->id);
    }
    m_hub.drop(jobs);
}

void RemoteHub::handle(const Request &request, Reply reply)
{
    if (const auto *retry = std::get_if<RetryJob>(&request); retry && retry->fromRemote)
        return reply(fail(code::notAllowed,
                          QStringLiteral("job %1 runs on %2: over the network it may not be started again from here")
                              .arg(quoted(retry->job), m_settings.name)));
    if (const auto *wanted = std::get_if<RunJob>(&request))
        return run(*wanted, reply);
    Request theirs = request;
    struct Localise
    {
        void operator()(PruneJobs &prune) const { prune.host.clear(); }
        void operator()(ListPipelines &list) const { list.host.clear(); }
        void operator()(CheckPipeline &check) const { check.host.clear(); }
        void operator()(GetPipeline &get) const
        {
            get.host.clear();
            get.cwd.clear();
        }
    };
    std::visit(
        [](auto &asked) {
            if constexpr (std::is_invocable_v<Localise, decltype(asked)>)
                Localise()(asked);
        },
        theirs);
    forward(theirs, reply);
}

void RemoteHub::forward(const Request &request, const Reply &reply)
{
    if (m_standing != Standing::Connected)
        return reply(
            fail(code::hostUnreachable,
                 QStringLiteral("%1 cannot be reached: %2")
                     .arg(m_settings.name, m_reason.isEmpty() ? QStringLiteral("not connected yet") : m_reason)));
    const native::Call call = native::encodeCall(request);
    m_link->call(call.method, call.params, [request, reply, name = m_settings.name](const Result<QJsonValue> &answer) {
        if (answer)
            return reply(native::decodeAnswer(request, *answer));
        Error error = answer.error();
        if (error.code == code::hostUnreachable)
            error.message = QStringLiteral("%1 was lost before it answered: %2").arg(name, error.message);
        reply(tl::unexpected(error));
    });
}

/// Acknowledged when the job is known here. One with an id of its own is asked for again after a cut, and started once.
void RemoteHub::run(RunJob run, const Reply &reply)
{
    run.host.clear();
    run.cwd.clear();
    run.env.reset();
    if (run.pipeline.contains(u'/') || run.pipeline.endsWith(u".toml"))
        return reply(
            fail(code::invalidParams,
                 QStringLiteral("pipeline %1 is a path here, which means nothing on %2: give its text or a name")
                     .arg(quoted(run.pipeline), m_settings.name)));
    if (m_standing != Standing::Connected)
        return forward(run, reply);
    if (!m_trusted && run.toml)
        return reply(fail(code::notAllowed,
                          QStringLiteral("the text of a pipeline may not be sent to %1 by %2: name one that it has, or "
                                         "reach it by ssh")
                              .arg(m_settings.name, m_settings.target.section(u':', 0, 0))));
    const auto whenKnown = [this, reply](const Result<Answer> &answer) {
        const auto *ack = answer ? std::get_if<JobAck>(&*answer) : nullptr;
        if (!ack || m_known.contains(ack->job))
            return reply(answer);
        m_awaited[ack->job].push_back([reply, answer] { reply(answer); });
    };
    if (!m_trusted) {
        run.jobId.clear();
        return forward(run, whenKnown);
    }
    if (run.jobId.isEmpty())
        run.jobId = makeJobId(m_mediator.now());
    const QString id = run.jobId;
    if (!m_unanswered.emplace(id, Asked{run, whenKnown}).second)
        return reply(fail(code::wrongState, QStringLiteral("there is a job %1 already").arg(quoted(id))));
    const native::Call call = native::encodeCall(run);
    m_link->call(call.method, call.params, [this, id, run](const Result<QJsonValue> &answer) {
        if (!answer && answer.error().code == code::hostUnreachable)
            return; // whether it arrived is found out when the host is back
        if (const auto asked = m_unanswered.extract(id))
            asked.mapped().reply(answer ? native::decodeAnswer(run, *answer) : tl::unexpected(answer.error()));
    });
}

void RemoteHub::sendRun(const QString &jobId)
{
    m_link->call(QStringLiteral("job.get"), {{QStringLiteral("job"), jobId}},
                 [this, jobId, round = m_round](const Result<QJsonValue> &found) {
                     if (round != m_round || (!found && found.error().code == code::hostUnreachable))
                         return;
                     const auto asked = m_unanswered.extract(jobId);
                     if (!asked)
                         return;
                     if (!found)
                         return run(std::get<RunJob>(asked.mapped().request), asked.mapped().reply);
                     const auto job = native::decodeJob(found->toObject());
                     if (!job)
                         return asked.mapped().reply(tl::unexpected(job.error()));
                     asked.mapped().reply(JobAck{job->id, job->state, job->queuePosition});
                 });
}

QJsonObject RemoteHub::describe() const
{
    QJsonObject told{{QStringLiteral("name"), m_settings.name},
                     {QStringLiteral("target"), m_settings.target},
                     {QStringLiteral("state"), standingName(m_standing)},
                     {QStringLiteral("since_ms"), m_mediator.now() - m_since}};
    const auto put = [&](const char *name, const QString &text) {
        if (!text.isEmpty())
            told.insert(QLatin1String(name), text);
    };
    put("host", m_hostName);
    put("hub", m_hubId);
    put("reason", m_reason);
    if (m_clockOffsetMs != 0)
        told.insert(QStringLiteral("clock_offset_ms"), m_clockOffsetMs);
    return told;
}

} // namespace stepwire
