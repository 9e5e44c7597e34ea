#include "core/remote/foreign/mutant_tasks.h"

#include "core/model/quote.h"

#include <QJsonDocument>
#include <QRegularExpression>
#include <QUuid>

#include <algorithm>

namespace stepwire {

/// As the daemon writes it; empty for what is none.
static QString taskId(const QJsonValue &value)
{
    const QUuid id = QUuid::fromString(value.toString());
    return id.isNull() ? QString() : id.toString(QUuid::WithoutBraces);
}

static QString sentenceOf(const QJsonValue &value)
{
    constexpr qsizetype most = 1000;
    return plainLine(value.toString().left(most)).trimmed();
}

static bool hasEnded(const QString &status)
{
    return status == u"Completed" || status == u"Failed" || status == u"Stopped";
}

static QString forgotten()
{
    return QStringLiteral("the daemon was started anew and does not know this task any more");
}

static QByteArray listText()
{
    return QByteArrayLiteral(R"({"type":"ListTasks"})"); // takes no further member
}

static QByteArray compact(const QJsonObject &message)
{
    return QJsonDocument(message).toJson(QJsonDocument::Compact);
}

static QByteArray naming(const QString &type, const QString &task, quint64 number)
{
    return compact({{QStringLiteral("type"), type},
                    {QStringLiteral("task_id"), task},
                    {QStringLiteral("n"), static_cast<qint64>(number)}});
}

void MutantTasks::opened()
{
    m_open = true;
    m_listed = false;
    m_fault.clear();
    look();
}

void MutantTasks::closed(const QString &reason)
{
    m_open = m_listed = false;
    m_jobs.lost(reason);
    for (auto &[id, task] : m_tasks) {
        task.pushed = false; // the daemon tells nobody else
        task.progress.interrupt();
    }
    forgetAsked(reason);
}

void MutantTasks::abandon(const QString &reason)
{
    m_open = m_listed = false;
    forgetAsked(reason);
}

void MutantTasks::forgetAsked(const QString &reason)
{
    std::vector<std::pair<Reply, QString>> answers;
    for (auto &[id, task] : m_tasks) {
        for (Reply &reply : std::exchange(task.cancels, {}))
            answers.emplace_back(std::move(reply), QStringLiteral("whether the daemon has stopped it is not known: "));
    }
    if (m_asked && m_asked->what == Ask::What::Run)
        answers.emplace_back(m_asked->reply, QStringLiteral("whether the daemon has started it is not known: "));
    for (const Ask &wish : m_wishes) {
        if (wish.what == Ask::What::Run)
            answers.emplace_back(wish.reply, QStringLiteral("the daemon could not be asked: "));
    }
    m_asked.reset();
    m_wishes.clear();
    m_looks.clear();
    for (const auto &[reply, sentence] : answers)
        reply(fail(code::hostUnreachable, sentence + reason));
}

void MutantTasks::look()
{
    if (!m_open || m_asked || !m_wishes.empty() || !m_looks.empty())
        return;
    Ask list;
    list.text = listText();
    ask(std::move(list));
}

bool MutantTasks::isStuck() const
{
    return m_asked && m_jobs.now() - m_asked->sent > (m_asked->what == Ask::What::Run ? createMs : answerMs);
}

// ---- asking

void MutantTasks::ask(Ask ask)
{
    m_looks.push_back(std::move(ask));
    next();
}

void MutantTasks::wish(Ask ask)
{
    m_wishes.push_back(std::move(ask));
    next();
}

void MutantTasks::next()
{
    std::deque<Ask> &from = m_wishes.empty() ? m_looks : m_wishes;
    if (!m_open || m_asked || from.empty())
        return;
    m_asked = std::move(from.front());
    from.pop_front();
    m_asked->sent = m_jobs.now();
    const QByteArray text = m_asked->text;
    if (!m_asked->stop.isEmpty())
        m_send(naming(QStringLiteral("StopTask"), m_asked->stop, ++m_number));
    m_send(text);
}

void MutantTasks::query(const QString &task)
{
    const bool waits = std::any_of(m_looks.begin(), m_looks.end(), [&](const Ask &ask) { return ask.task == task; });
    if (waits)
        return;
    Ask query;
    query.what = Ask::What::Query;
    query.text = naming(QStringLiteral("QueryTask"), task, ++m_number);
    query.task = task;
    ask(std::move(query));
}

// ---- answers

Result<void> MutantTasks::receive(const QByteArray &text)
{
    const QJsonObject message = QJsonDocument::fromJson(text).object();
    const QString type = message[u"type"].toString();
    const QString id = taskId(message[u"task_id"]);
    if (type == u"TaskList" && message[u"tasks"].isArray())
        onList(message[u"tasks"].toArray());
    else if (type == u"TaskCreated" && !id.isEmpty())
        onCreated(id);
    else if (type == u"TaskUpdate" && !id.isEmpty())
        onUpdate(id, message);
    else if (type == u"TaskResult" && !id.isEmpty())
        onResult(id, message);
    else if (type == u"TaskStopped" && !id.isEmpty())
        end(id, State::Cancelled);
    else if (type == u"Error")
        onError(message);
    else
        onAnswer(message);
    next();
    return m_fault.isEmpty() ? Result<void>() : fail(code::hostUnreachable, m_fault);
}

void MutantTasks::onList(const QJsonArray &tasks)
{
    if (!m_asked || m_asked->what != Ask::What::List)
        return;
    const QString stopped = std::exchange(m_asked, {})->stop;
    if (!std::exchange(m_listed, true))
        m_jobs.connected();
    std::map<QString, QJsonObject> listed;
    for (const QJsonValue &entry : tasks) {
        if (const QString id = taskId(entry[u"task_id"]); !id.isEmpty())
            listed.emplace(id, entry.toObject());
    }
    // It forgets tasks when it ends, and only then.
    for (const QStringList live = m_jobs.liveKeys(); const QString &key : live) {
        if (!listed.contains(key))
            end(key, State::Interrupted, Failure{forgotten(), {}, {}, {}, {}});
    }
    const std::set<QString> before = std::exchange(m_seen, {});
    for (const auto &[id, entry] : listed) {
        onListed(id, entry, m_everListed && !before.contains(id));
        m_seen.insert(id);
    }
    m_everListed = true;
    const auto kept = m_tasks.find(stopped);
    if (kept == m_tasks.end() || hasEnded(listed[stopped][u"status"].toString()))
        return; // if it ended by itself, it has just been asked how
    m_jobs.setState(kept->second.job, State::Running);
    for (const Reply &reply : std::exchange(kept->second.cancels, {}))
        reply(fail(code::wrongState, QStringLiteral("the daemon was told to stop it and goes on with it")));
}

/// `fresh`: it was not there when somebody last looked.
void MutantTasks::onListed(const QString &id, const QJsonObject &entry, bool fresh)
{
    const QString status = entry[u"status"].toString();
    const bool ended = hasEnded(status);
    if (!ended && status != u"Pending" && status != u"InProgress")
        return;
    if (ended && !fresh && m_jobs.find(id).isEmpty())
        return; // of earlier: when it ended, nobody knows
    const QString type = entry[u"task_type"].toString();
    const MutantKind kind = mutantKind(type);
    ForeignJobs::Plan plan;
    plan.key = id;
    plan.pipeline = MutantRequest::nameOf(kind);
    // The list of this version has no key; that of a later one may.
    const QString about = entry[u"key"].isString() ? entry[u"key"].toString().left(100) : id.left(8);
    plan.title = QStringLiteral("%1 %2").arg(plan.pipeline.isEmpty() ? type.left(40) : plan.pipeline, about);
    plan.title.replace(u'_', u' ');
    if (!m_tasks.contains(id) && m_tasks.size() >= mostTasks)
        return;
    Task &task = take(id, kind, plan);
    if (status == u"Stopped")
        return end(id, State::Cancelled);
    if (ended || !task.pushed)
        return query(id);
    if (status == u"Pending") {
        // It ran before the daemon had noted it, so that the daemon tells nothing of it but perhaps its end.
        task.progress.setMessage(QStringLiteral("the daemon does not tell how far it is"));
        tell(task, true);
    }
}

MutantTasks::Task &MutantTasks::take(const QString &id, MutantKind kind, ForeignJobs::Plan plan)
{
    const auto [it, added] = m_tasks.try_emplace(id);
    Task &task = it->second;
    if (!added)
        return task;
    plan.steps = mutantSteps(kind);
    plan.capabilities = {QStringLiteral("cancel")};
    task.job = m_jobs.begin(plan);
    task.kind = kind;
    task.progress = MutantProgress(kind);
    m_jobs.setState(task.job, State::Running); // one of an earlier life may have been told to stop
    return task;
}

void MutantTasks::onCreated(const QString &id)
{
    if (!m_asked || m_asked->what != Ask::What::Run || m_asked->request->kind == MutantKind::Other)
        return;
    const Ask asked = std::move(*std::exchange(m_asked, {}));
    Task &task = take(id, asked.request->kind, planOf(asked, id));
    task.pushed = true;
    task.progress = MutantProgress(task.kind, !asked.message[u"no_verify"].toBool());
    asked.reply(JobAck{task.job, State::Running, {}});
}

void MutantTasks::onUpdate(const QString &id, const QJsonObject &message)
{
    if (isQueryOf(id))
        m_asked.reset();
    const auto it = m_tasks.find(id);
    if (it == m_tasks.end())
        return;
    Task &task = it->second;
    if (message[u"status"].toString() == u"Stopped")
        return end(id, State::Cancelled);
    const MutantEvent event = MutantEvent::of(message[u"progress"], task.kind);
    if (task.pushed)
        task.progress.count(event);
    else
        task.progress.look(event);
    if (task.kind == MutantKind::Sync)
        moveSync(task, event);
    else
        tell(task, !task.pushed);
}

void MutantTasks::tell(Task &task, bool looked)
{
    const QString step = openStep(task);
    const Job *job = m_jobs.job(task.job);
    const Step *there = job ? job->findStep(step) : nullptr;
    if (!there || task.kind == MutantKind::Sync)
        return;
    Progress progress = task.progress.progress();
    if (there->progress && !task.progress.isKnown()) { // counted in an earlier life
        progress.phases = there->progress->phases;
        progress.done = there->progress->done;
        progress.unit = there->progress->unit;
    }
    normalise(progress);
    if (looked && there->progress == progress)
        return;
    m_jobs.progress(task.job, step, std::move(progress));
}

void MutantTasks::moveSync(const Task &task, const MutantEvent &event)
{
    const auto reached = MutantProgress::syncStep(event);
    const Job *job = m_jobs.job(task.job);
    if (!reached || !job)
        return;
    const std::vector<Step> steps = job->steps;
    for (std::size_t i = 0; i < std::min(*reached, steps.size()); ++i)
        passStep(task, steps[i]);
    if (*reached < steps.size())
        m_jobs.startStep(task.job, steps[*reached].id);
}

void MutantTasks::passStep(const Task &task, const Step &step)
{
    if (step.state == State::Queued)
        m_jobs.endStep(task.job, step.id, State::Skipped,
                       Failure{QStringLiteral("the daemon did not tell of it"), {}, {}, {}, {}});
    else
        m_jobs.endStep(task.job, step.id, State::Succeeded);
}

QString MutantTasks::openStep(const Task &task) const
{
    const Job *job = m_jobs.job(task.job);
    QString open;
    for (const Step &step : job ? job->steps : std::vector<Step>()) {
        if (step.state == State::Running)
            return step.id;
        if (open.isEmpty() && !isFinal(step.state))
            open = step.id;
    }
    return open;
}

void MutantTasks::onResult(const QString &id, const QJsonObject &message)
{
    if (isQueryOf(id))
        m_asked.reset();
    const auto it = m_tasks.find(id);
    const QString status = message[u"status"].toString();
    if (it == m_tasks.end() || !hasEnded(status))
        return;
    if (status == u"Stopped")
        return end(id, State::Cancelled);
    const Task &task = it->second;
    const QJsonObject result = message[u"result"].toObject();
    // That of April 2025 has data and error beside each other.
    const QString error = sentenceOf(result[result.contains(u"Error") ? u"Error" : u"error"]);
    if (status == u"Failed" || !error.isEmpty()) {
        Failure failure;
        failure.message = error.isEmpty() ? QStringLiteral("the daemon gave no reason") : error;
        return end(id, State::Failed, failure);
    }
    if (const QJsonObject tagged = result[u"Result"].toObject(); tagged.size() == 1) {
        tellAnswer(task.job, openStep(task), tagged.begin().value().toObject());
    }
    if (const Job *job = m_jobs.job(task.job); job && task.kind == MutantKind::Sync) {
        for (const std::vector<Step> steps = job->steps; const Step &step : steps)
            passStep(task, step);
    }
    end(id, State::Succeeded);
}

/// What came of it: for people as output, for programs as an event.
void MutantTasks::tellAnswer(const QString &job, const QString &step, QJsonObject answer)
{
    answer.remove(QStringLiteral("type"));
    QString lines;
    for (auto it = answer.begin(); it != answer.end(); ++it) {
        const auto add = [&](const QJsonValue &value) {
            const QString text =
                value.isObject() ? QString::fromUtf8(compact(value.toObject())) : value.toVariant().toString();
            lines += QStringLiteral("%1: %2\n").arg(plainLine(it.key()), plainLine(text));
        };
        if (it->isArray()) {
            for (const QJsonValue &value : it->toArray())
                add(value);
        } else if (it->isObject()) {
            for (const QJsonObject inner = it->toObject(); const QString &name : inner.keys())
                lines += QStringLiteral("%1: %2\n").arg(plainLine(name), inner[name].toVariant().toString());
        } else if (!it->isNull()) {
            add(*it);
        }
    }
    constexpr qsizetype mostOutput = 256 * 1024;
    m_jobs.output(job, step, lines.left(mostOutput));
    constexpr qsizetype mostCustom = 64 * 1024;
    if (!answer.isEmpty() && compact(answer).size() <= mostCustom)
        m_jobs.custom(job, step, QStringLiteral("result"), answer);
}

void MutantTasks::onAnswer(const QJsonObject &message)
{
    if (!m_asked || m_asked->what != Ask::What::Run || m_asked->request->kind != MutantKind::Other
        || message[u"type"].toString() != QLatin1String(m_asked->request->answer))
        return;
    const Ask asked = std::move(*std::exchange(m_asked, {}));
    const QString job = m_jobs.begin(planOf(asked, QUuid::createUuid().toString(QUuid::WithoutBraces)));
    tellAnswer(job, QStringLiteral("main"), message);
    m_jobs.end(job, State::Succeeded);
    asked.reply(JobAck{job, State::Succeeded, {}});
}

ForeignJobs::Plan MutantTasks::planOf(const Ask &asked, const QString &key)
{
    ForeignJobs::Plan plan;
    plan.key = key;
    plan.id = asked.run.jobId;
    plan.title = asked.run.title.isEmpty() ? asked.request->titleFor(asked.message) : asked.run.title;
    plan.pipeline = QLatin1String(asked.request->name);
    plan.params = asked.run.params;
    return plan;
}

void MutantTasks::onError(const QJsonObject &message)
{
    const QString sentence = sentenceOf(message[u"error"]);
    const QJsonValue original = message[u"original_request"];
    if (!original.isString()) {
        // So it answers StopTask alone, when it does not know the task.
        constexpr QStringView unknown = u"Task not found: ";
        if (sentence.startsWith(unknown))
            return end(taskId(sentence.sliced(unknown.size())), State::Interrupted,
                       Failure{forgotten(), {}, {}, {}, {}});
        if (!m_asked || m_asked->what != Ask::What::Run)
            return;
    } else if (!m_asked || original.toString().toUtf8() != m_asked->text) {
        return; // a key that is taken is refused twice
    }
    const Ask asked = std::move(*std::exchange(m_asked, {}));
    switch (asked.what) {
    case Ask::What::List: m_fault = QStringLiteral("it refuses to list its tasks: ") + sentence; break;
    case Ask::What::Query:
        if (sentence.startsWith(u"Task not found"))
            end(asked.task, State::Interrupted, Failure{forgotten(), {}, {}, {}, {}});
        break;
    case Ask::What::Run: asked.reply(refusal(sentence)); break;
    }
}

tl::unexpected<Error> MutantTasks::refusal(const QString &sentence) const
{
    const QString told = QStringLiteral("the daemon refuses it: ") + sentence;
    static const QRegularExpression holder(QStringLiteral("already being used .*task ID: ([0-9a-f-]{36})"));
    const QString id = holder.match(sentence).captured(1);
    if (const QString job = m_jobs.find(id); !job.isEmpty())
        return fail(code::alreadyRunning, told, {{QStringLiteral("job"), job}});
    if (!m_seen.contains(id))
        return fail(code::wrongState, told);
    return fail(code::wrongState,
                told
                    + QStringLiteral(" (it has ended: when a put or get is stopped, the daemon keeps its "
                                     "key locked until it is started anew)"));
}

void MutantTasks::end(const QString &id, State state, const std::optional<Failure> &error)
{
    const QString job = m_jobs.find(id);
    const auto task = m_tasks.extract(id);
    if (job.isEmpty())
        return;
    if (task && state == State::Cancelled
        && (task.mapped().kind == MutantKind::Put || task.mapped().kind == MutantKind::Get))
        m_jobs.output(job, openStep(task.mapped()),
                      QStringLiteral("stopped: the daemon may keep its key locked until it is started anew\n"),
                      Stream::Err);
    m_jobs.end(job, state, error);
    if (!task)
        return;
    for (const Reply &reply : task.mapped().cancels) {
        if (state == State::Cancelled)
            reply(JobAck{job, state, {}});
        else
            reply(
                fail(code::wrongState, QStringLiteral("it could not be stopped any more: it is ") + stateName(state)));
    }
}

// ---- what is asked of it

void MutantTasks::handle(const Request &request, const Reply &reply)
{
    if (const auto *wanted = std::get_if<RunJob>(&request))
        return run(*wanted, reply);
    if (const auto *wanted = std::get_if<CancelJob>(&request))
        return cancel(*wanted, reply);
    if (std::holds_alternative<ListPipelines>(request)) {
        QJsonArray list;
        for (const MutantRequest &known : MutantRequest::all())
            list.append(known.describe());
        return reply(Object{{{QStringLiteral("pipelines"), list}}});
    }
    if (const auto *wanted = std::get_if<GetPipeline>(&request)) {
        const auto known = MutantRequest::find(wanted->pipeline);
        return known ? reply(Object{(*known)->describe()}) : reply(tl::unexpected(known.error()));
    }
    reply(fail(code::wrongState, QStringLiteral("a MutAnt daemon can start tasks and stop them, and nothing else")));
}

void MutantTasks::run(const RunJob &run, const Reply &reply)
{
    if (run.toml || !run.command.isEmpty())
        return reply(fail(code::notAllowed,
                          QStringLiteral("a MutAnt daemon runs pipelines of its own, expected put, get "
                                         "or another of them")));
    if (run.fromRemote && !run.fromRemote->allPipelines)
        return reply(
            fail(code::notAllowed, QStringLiteral("what a MutAnt daemon does is not to be started over the network")));
    if (run.unlessRunning)
        return reply(fail(code::invalidParams,
                          QStringLiteral("unless_running is for jobs of this hub: a MutAnt daemon "
                                         "itself refuses a second task of the same key")));
    if (!run.jobId.isEmpty() && m_jobs.isTaken(run.jobId))
        return reply(fail(code::wrongState, QStringLiteral("there is a job %1 already").arg(quoted(run.jobId))));
    const auto request = MutantRequest::find(run.pipeline);
    if (!request)
        return reply(tl::unexpected(request.error()));
    auto message = (*request)->message(run.params);
    if (!message)
        return reply(tl::unexpected(message.error()));
    if (!m_listed)
        return reply(fail(code::hostUnreachable,
                          QStringLiteral("%1 cannot be reached: %2").arg(m_jobs.name(), m_jobs.reason())));
    if (m_wishes.size() >= mostWishes)
        return reply(
            fail(code::rateLimited, QStringLiteral("%1 requests wait for the daemon already").arg(mostWishes)));
    // An error names the request that it answers by its whole text. Those without members take no further one.
    if (!(*request)->parameters.empty())
        message->insert(QStringLiteral("n"), static_cast<qint64>(++m_number));
    Ask ask;
    ask.what = Ask::What::Run;
    ask.text = compact(*message);
    ask.request = *request;
    ask.message = *message;
    ask.run = run;
    ask.reply = reply;
    wish(std::move(ask));
}

void MutantTasks::cancel(const CancelJob &cancel, const Reply &reply)
{
    if (!cancel.step.isEmpty())
        return reply(fail(code::wrongState, QStringLiteral("a MutAnt daemon stops whole tasks: cancel the job")));
    const QString id = m_jobs.keyOf(cancel.job);
    if (id.isEmpty())
        return reply(fail(code::wrongState, QStringLiteral("job %1 has ended").arg(quoted(cancel.job))));
    const auto it = m_tasks.find(id);
    if (!m_listed || it == m_tasks.end())
        return reply(fail(code::hostUnreachable,
                          QStringLiteral("%1 cannot be reached: %2").arg(m_jobs.name(), m_jobs.reason())));
    it->second.cancels.push_back(reply);
    if (it->second.cancels.size() > 1)
        return;
    m_jobs.setState(cancel.job, State::Cancelling);
    // Nothing comes back when the task has ended already: then the list says so.
    Ask ask;
    ask.text = listText();
    ask.stop = id;
    wish(std::move(ask));
}

} // namespace stepwire
