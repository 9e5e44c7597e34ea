#include "core/serve/dialects/slop/slop_runs.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QDateTime>
#include <QJsonArray>
#include <QRandomGenerator>
#include <QRegularExpression>

#include <algorithm>

namespace stepwire::slop {

using namespace Qt::StringLiterals;

static constexpr std::size_t mostRuns = 2000; // that have not ended
static constexpr qsizetype mostPrompt = 100'000;

Runs::Runs(Hub &hub, Settings settings, const Results &results, Mediator &mediator)
    : m_hub(hub), m_settings(std::move(settings)), m_results(results), m_mediator(mediator)
{
    m_clock.start();
}

QString Runs::kindName(Kind kind)
{
    switch (kind) {
    case Kind::Process: return u"process"_s;
    case Kind::Workflow: return u"workflow"_s;
    case Kind::Orchestrate: return u"orchestrate"_s;
    case Kind::Critique: return u"critique"_s;
    case Kind::Discussion: break;
    }
    return u"discussion"_s;
}

QString Runs::failureCode(const Start &start)
{
    switch (start.kind) {
    case Kind::Process: return u"EXECUTION_ERROR"_s;
    case Kind::Workflow: return u"WORKFLOW_EXECUTION_FAILED"_s;
    case Kind::Orchestrate: return u"ORCHESTRATION_FAILED"_s;
    case Kind::Critique: return u"SELF_CRITIQUE_FAILED"_s;
    case Kind::Discussion: break;
    }
    return u"DISCUSSION_FAILED"_s;
}

bool Runs::call(const Caller &caller, const QString &event, const QJsonValue &payload, const Reply &reply)
{
    if (event.startsWith(u"agent:"))
        return callAgent(caller, event.sliced(6), payload, reply);
    return callProcess(caller, event, payload, reply);
}

/// A process by itself or as `{processId}`, and so the others.
static QString idIn(const QJsonValue &payload, const QString &member)
{
    return payload.isString() ? payload.toString() : payload[member].toString();
}

// ---- processes

bool Runs::callProcess(const Caller &caller, const QString &event, const QJsonValue &payload, const Reply &reply)
{
    const qsizetype colon = event.lastIndexOf(u':');
    const QString prefix = event.first(std::max<qsizetype>(colon, 0));
    const QString verb = event.sliced(colon + 1);
    if (!isValidId(prefix))
        return false;
    const auto asked = std::make_shared<Start>();
    asked->name = prefix;
    asked->payload = payload.toObject();
    asked->caller = caller;
    asked->reply = reply;
    asked->shown = idIn(payload, u"processId"_s);
    void (Runs::*act)(const StartPtr &) = verb == u"execute" ? &Runs::executeProcess
        : verb == u"validate"                                ? &Runs::validate
        : verb == u"cancel"                                  ? &Runs::cancelProcess
        : verb == u"status"                                  ? &Runs::statusOfProcess
                                                             : nullptr;
    if (!act)
        return false;
    withMapping(prefix, [this, asked, act](std::optional<Mapping> mapping) {
        if (!mapping) {
            asked->mapping.sound = asked->name == u"strudel";
            return refuse(*asked, u"EXECUTION_ERROR"_s, u"No pipeline has the prefix %1"_s.arg(asked->name));
        }
        asked->mapping = std::move(*mapping);
        (this->*act)(asked);
    });
    return true;
}

void Runs::withMapping(const QString &prefix, std::function<void(std::optional<Mapping>)> then)
{
    if (const auto it = m_settings.processes.find(prefix); it != m_settings.processes.end())
        return then(it->second);
    m_hub.request(ListPipelines{},
                  [prefix, then = std::move(then), alive = std::weak_ptr(m_alive)](const Result<Answer> &answer) {
                      if (alive.expired())
                          return;
                      const auto *object = answer ? std::get_if<Object>(&*answer) : nullptr;
                      const QJsonArray all = object ? object->value[u"pipelines"].toArray() : QJsonArray();
                      for (const auto &each : all) {
                          // One that is not meant for the network is as good as not there.
                          if (each[u"kind"] == u"process"_s && each[u"prefix"] == prefix && each[u"remote"].toBool())
                              return then(unmapped(prefix, each[u"pipeline"].toString(), true));
                      }
                      then({});
                  });
}

void Runs::executeProcess(const StartPtr &start)
{
    const QString wrong = start->mapping.sound ? u"VALIDATION_ERROR"_s : u"INVALID_PAYLOAD"_s;
    if (start->mapping.sound) {
        if (!start->payload.value(u"code"_s).isString())
            return refuse(*start, wrong, u"Invalid payload: code is required and must be a string"_s);
        if (const QStringList faults = codeFaults(start->payload.value(u"code"_s).toString()); !faults.isEmpty())
            return refuse(*start, wrong, u"Invalid payload: "_s + faults.join(u"; "_s));
    } else if (start->name == u"claude") {
        const QString prompt = start->payload.value(u"prompt"_s).toString();
        if (prompt.isEmpty())
            return refuse(*start, wrong, u"Invalid payload: prompt is required and must be a string"_s);
        if (prompt.size() > mostPrompt)
            return refuse(*start, wrong, u"Invalid payload: prompt has more than %1 characters"_s.arg(mostPrompt));
    }
    begin(start);
}

void Runs::validate(const StartPtr &start)
{
    const UnixMs now = QDateTime::currentMSecsSinceEpoch();
    const auto answer = [this, start, now](const QStringList &faults) {
        QJsonObject validation{{u"isValid"_s, faults.isEmpty()},
                               {u"errors"_s, QJsonArray::fromStringList(faults)},
                               {u"warnings"_s, QJsonArray()},
                               {u"validationTimeMs"_s, QDateTime::currentMSecsSinceEpoch() - now}};
        m_mediator.tell(start->caller, {}, start->name + u":validated"_s,
                        {{u"processId"_s, QString()}, {u"validation"_s, validation}});
        validation.insert(u"success"_s, faults.isEmpty());
        start->reply(validation);
    };
    if (!start->payload.value(u"code"_s).isString())
        return refuse(*start, u"VALIDATION_ERROR"_s, u"Invalid payload: code is required and must be a string"_s,
                      {{u"errors"_s, QJsonArray{u"code is required and must be a string"_s}}, {u"isValid"_s, false}});
    answer(codeFaults(start->payload.value(u"code"_s).toString()));
}

void Runs::cancelProcess(const StartPtr &asked)
{
    const bool sound = asked->mapping.sound;
    const RunPtr run = find(asked->shown);
    if (!run || run->kind != Kind::Process || run->name != asked->name) {
        if (!sound)
            return refuse(*asked, u"PROCESS_NOT_FOUND"_s, u"Process not found"_s);
        m_mediator.tell(asked->caller, {}, u"error"_s,
                        {{u"code"_s, u"PROCESS_NOT_FOUND"_s}, {u"message"_s, u"Process not found"_s}});
        return asked->reply({{u"success"_s, true}, {u"cancelled"_s, false}});
    }
    m_hub.request(CancelJob{run->job, {}}, [reply = asked->reply, sound](const Result<Answer> &answer) {
        if (answer)
            return reply(
                {{u"success"_s, true}, {u"cancelled"_s, true}, {u"message"_s, u"Process cancelled successfully"_s}});
        if (sound)
            return reply({{u"success"_s, true}, {u"cancelled"_s, false}});
        reply({{u"success"_s, false}, {u"error"_s, u"Could not cancel process (may already be completed)"_s}});
    });
}

void Runs::statusOfProcess(const StartPtr &asked)
{
    const bool sound = asked->mapping.sound;
    const RunPtr run = find(asked->shown);
    if (!run || run->kind != Kind::Process || run->name != asked->name) {
        if (!sound)
            return refuse(*asked, u"PROCESS_NOT_FOUND"_s, u"Process not found"_s);
        m_mediator.tell(asked->caller, {}, u"error"_s,
                        {{u"code"_s, u"PROCESS_NOT_FOUND"_s}, {u"message"_s, u"Process not found"_s}});
        return asked->reply({{u"success"_s, true}, {u"status"_s, QJsonValue::Null}});
    }
    const Job *job = m_hub.state().find(run->job);
    const State state = job ? job->state : run->state;
    const int percent = satisfiesNeeds(state) ? 100 : percentOf(job ? jobFraction(*job) : std::nullopt);
    QJsonObject answer{{u"processId"_s, run->shown}, {u"status"_s, processStatus(state, sound)}};
    if (state == State::Queued && job && job->queuePosition)
        answer.insert(u"queuePosition"_s, *job->queuePosition);
    answer.insert(u"progress"_s, percent);
    if (!sound) {
        answer.insert(u"success"_s, true);
        return asked->reply(answer);
    }
    asked->reply({{u"success"_s, true},
                  {u"processId"_s, run->shown},
                  {u"status"_s, answer},
                  {u"state"_s, answer[u"status"]},
                  {u"progress"_s, percent}});
}

// ---- agents

bool Runs::callAgent(const Caller &caller, const QString &event, const QJsonValue &payload, const Reply &reply)
{
    const auto *execute = std::find_if(std::begin(agentCalls), std::end(agentCalls),
                                       [&](const auto &each) { return event == QLatin1String(each.first); });
    if (execute != std::end(agentCalls)) {
        executeAgent(caller, execute->second, payload, reply);
        return true;
    }
    const QString control = u"workflow:"_s;
    if (!event.startsWith(control))
        return false;
    const QString verb = event.sliced(control.size());
    if (verb != u"status" && verb != u"cancel" && verb != u"pause" && verb != u"resume")
        return false;
    controlWorkflow(caller, verb, payload, reply);
    return true;
}

void Runs::executeAgent(const Caller &caller, Kind kind, const QJsonValue &payload, const Reply &reply)
{
    const auto start = std::make_shared<Start>();
    start->kind = kind;
    start->payload = payload.toObject();
    start->caller = caller;
    start->reply = reply;
    if (kind == Kind::Workflow) {
        start->name = payload[u"workflowId"].toString(payload[u"workflow"][u"id"].toString());
        if (start->name.isEmpty())
            return refuse(*start, u"INVALID_PAYLOAD"_s, u"Invalid payload: workflow definition is required"_s);
        if (const auto it = m_settings.workflows.find(start->name); it != m_settings.workflows.end())
            start->mapping = it->second;
        else if (payload[u"workflow"][u"steps"].isArray())
            return defineWorkflow(start);
        else if (isValidId(start->name))
            start->mapping = unmapped(start->name, start->name, false);
        else
            return refuse(*start, failureCode(*start), u"Workflow not found"_s);
        return begin(start);
    }
    start->name = kindName(kind);
    if (!payload.isObject())
        return refuse(*start, u"INVALID_PAYLOAD"_s, u"Invalid payload: an object is required"_s);
    const auto it = m_settings.agents.find(start->name);
    if (it == m_settings.agents.end())
        return refuse(*start, failureCode(*start), u"No pipeline is mapped to %1"_s.arg(start->name));
    start->mapping = it->second;
    start->shown = payload[u"task"][u"id"].toString(payload[u"id"].toString());
    if (!isValidId(start->shown) || find(start->shown))
        start->shown.clear();
    begin(start);
}

void Runs::controlWorkflow(const Caller &caller, const QString &verb, const QJsonValue &payload, const Reply &reply)
{
    const auto refuseThis = [&](const QString &message) {
        m_mediator.tell(caller, {}, u"agent:error"_s,
                        {{u"code"_s, u"INVALID_PAYLOAD"_s},
                         {u"message"_s, message},
                         {u"timestamp"_s, isoTime(QDateTime::currentMSecsSinceEpoch())}});
        reply({{u"success"_s, false}, {u"error"_s, message}});
    };
    const QString execution = idIn(payload, u"executionId"_s);
    const QString workflow = idIn(payload, u"workflowId"_s);
    if (execution.isEmpty() && workflow.isEmpty())
        return refuseThis(u"Execution ID is required"_s);
    RunPtr run = find(execution);
    if (!run || run->kind == Kind::Process)
        run = newest(workflow);
    if (!run)
        return refuseThis(u"Workflow not found"_s);
    QJsonObject members{{u"success"_s, true}, {u"executionId"_s, run->shown}, {u"workflowId"_s, run->name}};
    if (verb == u"status") {
        const Job *job = m_hub.state().find(run->job);
        QJsonObject state =
            job ? workflowState(*job, run->name) : QJsonObject{{u"status"_s, workflowStatus(run->state)}};
        state.insert(u"id"_s, run->shown);
        members.insert(u"status"_s, state);
        members.insert(u"state"_s, state[u"status"]);
        members.insert(u"progress"_s, state[u"progress"]);
        return reply(members);
    }
    const Request request = verb == u"cancel" ? Request(CancelJob{run->job, {}})
        : verb == u"pause"                    ? Request(PauseJob{run->job, PauseMode::Now})
                                              : Request(ResumeJob{run->job});
    const bool cancels = verb == u"cancel";
    m_hub.request(request, [reply, members, cancels](const Result<Answer> &answer) mutable {
        members.insert(u"success"_s, answer.has_value());
        if (cancels)
            members.insert(u"cancelled"_s, answer.has_value());
        if (!answer)
            members.insert(u"error"_s, answer.error().message);
        reply(members);
    });
}

// ---- starting

int Runs::waitingIn(const QString &group) const
{
    const auto &jobs = m_hub.state().jobs();
    return static_cast<int>(std::count_if(jobs.begin(), jobs.end(), [&](const auto &job) {
        return job->state == State::Queued && job->group == group && job->parent.isEmpty() && job->via.isEmpty();
    }));
}

std::optional<qint64> Runs::limited(const Start &start)
{
    if (start.mapping.rate <= 0)
        return {};
    const QString key = kindName(start.kind) + u' ' + (start.kind == Kind::Process ? start.name : QString());
    const auto it =
        m_rates.try_emplace(key, RateLimiter::Rate{start.mapping.rate / 60, std::max(1.0, start.mapping.rate)}).first;
    return it->second.take("user", m_clock.elapsed());
}

/// Too often, or too many wait already.
bool Runs::refusedForNow(const StartPtr &start)
{
    if (const auto wait = limited(*start)) {
        refuse(*start, u"RATE_LIMIT_EXCEEDED"_s, u"Rate limit exceeded. Please wait before making more requests."_s,
               {{u"retryAfter"_s, (*wait + 999) / 1000}});
        return true;
    }
    if (m_runs.size() - m_ended.size() >= mostRuns
        || waitingIn(start->mapping.group) >= std::max(1, start->mapping.queue)) {
        refuse(*start, failureCode(*start), u"Queue is full"_s);
        return true;
    }
    return false;
}

void Runs::begin(const StartPtr &start)
{
    if (refusedForNow(start))
        return;
    withParameters(start->mapping, start->payload, [this, start](const Result<QJsonObject> &parameters) {
        if (!parameters)
            return refuse(*start, parameters.error());
        run(start, *parameters);
    });
}

void Runs::withParameters(const Mapping &mapping, const QJsonObject &payload,
                          std::function<void(Result<QJsonObject>)> then)
{
    if (!needsNames(mapping))
        return then(paramsFor(mapping, payload, {}));
    GetPipeline get;
    get.pipeline = mapping.pipeline;
    m_hub.request(
        get, [mapping, payload, then = std::move(then), alive = std::weak_ptr(m_alive)](const Result<Answer> &answer) {
            if (alive.expired())
                return;
            if (!answer)
                return then(tl::unexpected(answer.error()));
            QStringList names;
            if (const auto *object = std::get_if<Object>(&*answer)) {
                for (const QJsonArray all = object->value[u"parameters"].toArray(); const auto &each : all)
                    names.append(each[u"name"].toString());
            }
            then(paramsFor(mapping, payload, names));
        });
}

/// Made of pipelines that may be started, so it may be as well.
void Runs::defineWorkflow(const StartPtr &start)
{
    if (const auto good = checkDefinition(start->payload.value(u"workflow"_s).toObject()); !good)
        return refuse(*start, u"INVALID_PAYLOAD"_s, good.error().message);
    start->mapping = unmapped(start->name, {}, false);
    start->mapping.trusted = true;
    if (!refusedForNow(start))
        define(start);
}

void Runs::define(const StartPtr &start)
{
    const QJsonObject workflow = start->payload.value(u"workflow"_s).toObject();
    const QJsonArray steps = workflow[u"steps"].toArray();
    const auto index = static_cast<qsizetype>(start->steps.size());
    if (index == steps.size()) {
        start->toml = pipelineOf(workflow, start->steps);
        return run(start, {});
    }
    const QJsonObject step = steps[index].toObject();
    const QString type = step[u"agentType"].toString();
    withMapping(type, [this, start, step, type](std::optional<Mapping> mapping) {
        if (!mapping)
            return refuse(*start, failureCode(*start), u"No agent available for type: "_s + type.left(100));
        QJsonObject payload = step;
        if (mapping->sound && !payload.contains(u"code"))
            payload.insert(u"code"_s, payload.value(u"prompt"_s));
        const QString pipeline = mapping->pipeline;
        withParameters(*mapping, payload, [this, start, pipeline](const Result<QJsonObject> &params) {
            if (!params)
                return refuse(*start, params.error());
            start->steps.push_back({pipeline, *params});
            define(start);
        });
    });
}

/// As the real server makes them, and not to be guessed at all the same.
static QString makeRunId(const QString &prefix)
{
    const quint64 random = QRandomGenerator::system()->generate64();
    return u"%1_%2_%3"_s.arg(prefix.left(30))
        .arg(QDateTime::currentMSecsSinceEpoch())
        .arg(QString::number(random, 36).left(12));
}

void Runs::adopt()
{
    static const QRegularExpression made(u"^([A-Za-z0-9_-]+)_[0-9]{13}_[0-9a-z]+$"_s);
    for (const auto &job : m_hub.state().jobs()) {
        const QRegularExpressionMatch match = made.match(job->id);
        if (!match.hasMatch() || !job->parent.isEmpty() || !job->via.isEmpty())
            continue;
        const auto run = std::make_shared<Run>();
        run->job = run->shown = job->id;
        run->name = match.captured(1);
        for (const Kind kind : {Kind::Workflow, Kind::Orchestrate, Kind::Critique, Kind::Discussion}) {
            if (run->name == kindName(kind))
                run->kind = kind;
        }
        if (run->kind == Kind::Process) {
            const auto mapping = m_settings.processes.find(run->name);
            run->sound = mapping == m_settings.processes.end() ? run->name == u"strudel" : mapping->second.sound;
        } else {
            if (run->kind == Kind::Workflow) {
                const auto mapping =
                    std::find_if(m_settings.workflows.begin(), m_settings.workflows.end(),
                                 [&](const auto &each) { return each.second.pipeline == job->pipeline; });
                run->name = mapping == m_settings.workflows.end() ? job->pipeline : mapping->first;
            }
            m_byWorkflow[run->name].push_back(run);
        }
        run->acknowledged = true;
        run->state = job->state;
        run->started = job->started.has_value();
        m_runs.emplace(job->id, run);
        if (isFinal(job->state))
            m_ended.push_back(job->id);
    }
    forgetOldest();
}

void Runs::run(const StartPtr &start, const QJsonObject &parameters)
{
    const auto run = std::make_shared<Run>();
    run->kind = start->kind;
    run->job = makeRunId(start->kind == Kind::Process ? start->name : kindName(start->kind));
    run->shown = start->shown.isEmpty() || start->kind == Kind::Process ? run->job : start->shown;
    run->name = start->name;
    run->sound = start->mapping.sound;
    run->caller = start->caller;
    m_runs.emplace(run->job, run);

    RunJob wanted;
    if (start->toml)
        wanted.toml = start->toml;
    else
        wanted.pipeline = start->mapping.pipeline;
    wanted.params = parameters;
    wanted.jobId = run->job;
    wanted.group = start->mapping.group;
    wanted.fromRemote = RemoteAllowance{false, start->mapping.trusted};
    m_hub.request(wanted, [this, start, run, alive = std::weak_ptr(m_alive)](const Result<Answer> &answer) {
        if (alive.expired())
            return;
        if (!answer) {
            m_runs.erase(run->job);
            return refuse(*start, answer.error());
        }
        const auto *ack = std::get_if<JobAck>(&*answer);
        const State state = ack ? ack->state : State::Queued;
        QJsonObject told{{u"success"_s, true}};
        if (run->kind == Kind::Process) {
            told.insert(u"processId"_s, run->shown);
            told.insert(u"status"_s, processStatus(state, run->sound));
        } else {
            m_byWorkflow[run->name].push_back(run);
            told.insert(u"executionId"_s, run->shown);
            told.insert(u"workflowId"_s, run->name);
            told.insert(u"status"_s, state == State::Queued ? u"queued"_s : workflowStatus(state));
        }
        if (ack && ack->queuePosition)
            told.insert(u"queuePosition"_s, *ack->queuePosition);
        start->reply(told);
        run->acknowledged = true;
        pump(run);
    });
}

void Runs::refuse(const Start &start, const Error &error)
{
    const bool payload = error.code == code::invalidParams;
    const QString code = !payload ? failureCode(start)
        : start.mapping.sound     ? u"VALIDATION_ERROR"_s
                                  : u"INVALID_PAYLOAD"_s;
    refuse(start, code, error.message);
}

void Runs::refuse(const Start &start, const QString &code, const QString &message, QJsonObject more)
{
    const QString now = isoTime(QDateTime::currentMSecsSinceEpoch());
    QJsonObject event{{u"code"_s, code}, {u"message"_s, message}, {u"timestamp"_s, now}};
    for (auto it = more.begin(); it != more.end(); ++it)
        event.insert(it.key(), *it);
    if (start.kind == Kind::Process) {
        if (!start.shown.isEmpty())
            event.insert(u"processId"_s, start.shown);
        m_mediator.tell(start.caller, {}, start.name + u":error"_s, event);
    } else {
        if (start.kind == Kind::Critique || start.kind == Kind::Discussion)
            m_mediator.tell(start.caller, {}, u"agent:%1:error"_s.arg(kindName(start.kind)),
                            {{u"error"_s, message}, {u"timestamp"_s, now}});
        m_mediator.tell(start.caller, {}, u"agent:error"_s, event);
    }
    // What the guide waits for, and its server never sends.
    if (code == u"RATE_LIMIT_EXCEEDED" || code == u"PROCESS_NOT_FOUND") {
        QJsonObject general = event;
        general.insert(u"code"_s, code == u"PROCESS_NOT_FOUND" ? code : u"RATE_LIMITED"_s);
        m_mediator.tell(start.caller, {}, u"error"_s, general);
    }
    more.insert(u"success"_s, false);
    more.insert(u"code"_s, code);
    if (start.kind == Kind::Process && start.mapping.sound)
        more.insert(u"error"_s, QJsonObject{{u"code"_s, code}, {u"message"_s, message}});
    else
        more.insert(u"error"_s, message);
    start.reply(more);
}

// ---- what is there

Runs::RunPtr Runs::find(const QString &shown) const
{
    if (const auto it = m_runs.find(shown); it != m_runs.end() && it->second->acknowledged)
        return it->second;
    const auto it = std::find_if(m_runs.begin(), m_runs.end(), [&](const auto &each) {
        return each.second->kind != Kind::Process && each.second->shown == shown;
    });
    return it == m_runs.end() ? nullptr : it->second;
}

Runs::RunPtr Runs::newest(const QString &workflow) const
{
    const auto it = m_byWorkflow.find(workflow);
    if (it == m_byWorkflow.end() || it->second.empty())
        return {};
    const auto &runs = it->second;
    const auto live = std::find_if(runs.rbegin(), runs.rend(), [](const RunPtr &run) { return !isFinal(run->state); });
    return live == runs.rend() ? runs.back() : *live;
}

void Runs::forgetOldest()
{
    static constexpr std::size_t mostEnded = 500;
    while (m_ended.size() > mostEnded) {
        const auto node = m_runs.extract(m_ended.front());
        m_ended.pop_front();
        if (!node)
            continue;
        if (const auto it = m_byWorkflow.find(node.mapped()->name); it != m_byWorkflow.end()) {
            std::erase(it->second, node.mapped());
            if (it->second.empty())
                m_byWorkflow.erase(it);
        }
    }
}

} // namespace stepwire::slop
