#include "core/remote/foreign/slop_events.h"

#include "core/model/quote.h"

#include <QJsonDocument>

#include <algorithm>

namespace stepwire {

namespace {

constexpr qsizetype longestId = 200;
constexpr qsizetype longestText = 1024 * 1024; ///< of one message, characters

QString mainStep()
{
    return QStringLiteral("main");
}

/// What people read of a result: text as it is, the rest as JSON.
QString textOf(const QJsonValue &value)
{
    if (value.isString())
        return value.toString();
    if (value.isObject())
        return QString::fromUtf8(QJsonDocument(value.toObject()).toJson(QJsonDocument::Indented));
    if (value.isArray())
        return QString::fromUtf8(QJsonDocument(value.toArray()).toJson(QJsonDocument::Indented));
    if (value.isNull() || value.isUndefined())
        return {};
    return value.toVariant().toString();
}

QString line(const QString &text)
{
    return text.isEmpty() || text.endsWith(u'\n') ? text : text + u'\n';
}

QString sentence(const QJsonValue &value, const QString &otherwise)
{
    const QString text = plainLine(value.toString().left(500)).trimmed();
    return text.isEmpty() ? otherwise : text;
}

QString score(const QJsonValue &value)
{
    return value.isDouble() ? QString::number(value.toDouble(), 'g', 3) : QString();
}

} // namespace

QString SlopEvents::begin(const SlopCall &call, const QString &id, const QString &jobId)
{
    const QString key = slopKey(call.work, id);
    m_live[key].rounds = call.rounds;
    m_live[key].wantsStatus = call.work == SlopWork::Workflow; // only there it says a percentage
    ForeignJobs::Plan plan;
    plan.key = key;
    plan.title = call.title;
    plan.steps = call.steps;
    plan.capabilities = call.capabilities;
    plan.pipeline = slopWorkName(call.work);
    plan.params = call.params;
    plan.id = jobId;
    return m_jobs.begin(plan);
}

QString SlopEvents::keyOf(const QString &event, const QJsonObject &data) const
{
    const auto key = [&](const char *member, const QString &prefix) {
        const QString id = data[QLatin1String(member)].toString();
        return id.isEmpty() || id.size() > longestId ? QString() : prefix + u':' + id;
    };
    if (event.startsWith(u"claude:") || event.startsWith(u"strudel:"))
        return key("processId", event.section(u':', 0, 0));
    if (event.startsWith(u"media"))
        return key("mediaId", QStringLiteral("media"));
    if (event == QLatin1String("agent:error")) {
        for (const SlopWork work : {SlopWork::Workflow, SlopWork::Critique, SlopWork::Discussion}) {
            if (const QString found = key("executionId", slopWorkName(work)); m_live.contains(found))
                return found;
        }
        return {};
    }
    for (const SlopWork work : {SlopWork::Workflow, SlopWork::Critique, SlopWork::Discussion}) {
        if (!event.startsWith(QStringLiteral("agent:") + slopWorkName(work) + u':'))
            continue;
        const QString found = key("executionId", slopWorkName(work));
        if (work != SlopWork::Discussion || found.isEmpty() || knows(found))
            return found;
        // A server that gives its own id: there is one who waits for it.
        QString waiting;
        bool several = false;
        for (const auto &[other, live] : m_live) {
            if (live.alias == found)
                return other;
            if (!other.startsWith(u"discussion:") || live.sawEvents || live.detached)
                continue;
            several = several || !waiting.isEmpty();
            waiting = other;
        }
        return waiting.isEmpty() || several ? found : waiting;
    }
    return {};
}

void SlopEvents::take(const QString &event, const QJsonObject &data)
{
    const QString key = keyOf(event, data);
    if (key.isEmpty() || m_ended.contains(key))
        return;
    QString job = m_jobs.find(key);
    if (job.isEmpty()) { // nobody here asked for it: a room says it
        if (m_jobs.liveKeys().size() >= mostJobs)
            return;
        ForeignJobs::Plan plan;
        plan.key = key;
        plan.pipeline = key.section(u':', 0, 0);
        plan.title = plan.pipeline + u' ' + slopIdOfKey(key);
        if (plan.pipeline == u"workflow")
            plan.capabilities = {QStringLiteral("cancel"), QStringLiteral("pause")};
        else if (plan.pipeline == u"claude" || plan.pipeline == u"strudel")
            plan.capabilities = {QStringLiteral("cancel")};
        job = m_jobs.begin(plan);
        m_live[key].wantsStatus = true;
    }
    Live &live = m_live[key];
    if (!std::exchange(live.sawEvents, true) && key.startsWith(u"discussion:"))
        live.alias = slopKey(SlopWork::Discussion, data[u"executionId"].toString());
    const Seen seen{key, job, live};
    const QStringView rest = QStringView(event).mid(event.lastIndexOf(u':') + 1);
    if (event.startsWith(u"claude:"))
        claude(seen, rest, data);
    else if (event.startsWith(u"strudel:"))
        strudel(seen, rest, data);
    else if (event.startsWith(u"media"))
        media(seen, event, data);
    else if (event == QLatin1String("agent:error"))
        end(seen, State::Failed, slopRefusal(data).message);
    else if (event.startsWith(u"agent:workflow:"))
        workflow(seen, QStringView(event).mid(15), data);
    else if (event.startsWith(u"agent:critique:"))
        critique(seen, rest, data);
    else
        discussion(seen, rest, data);
}

// ---- events -------------------------------------------------------------------------------------------------------

void SlopEvents::claude(const Seen &seen, QStringView event, const QJsonObject &data)
{
    if (event == u"queued") {
        seen.live.wantsStatus = true; // it does not always say that such a one is over
        queue(seen, data[u"queuePosition"]);
    } else if (event == u"progress") {
        run(seen);
        m_jobs.startStep(seen.job, mainStep());
        const QString text = data[u"data"].toString().left(longestText);
        if (!seen.live.hash)
            seen.live.hash = std::make_unique<QCryptographicHash>(QCryptographicHash::Sha1);
        seen.live.told += text.size();
        seen.live.hash->addData(text.toUtf8());
        say(seen, mainStep(), text);
        const QJsonValue percent = data[u"progress"]; // declared; never sent by now
        if (percent.isDouble())
            rounds(seen, percent.toInt(), {});
    } else if (event == u"complete") {
        claudeResult(seen, data[u"result"].toObject());
    } else if (event == u"error") {
        error(seen, data);
    }
}

void SlopEvents::claudeResult(const Seen &seen, const QJsonObject &result)
{
    const QString whole = result[u"stdout"].toString().left(longestText);
    if (!seen.live.hash) {
        say(seen, mainStep(), whole);
    } else if (whole.size() > seen.live.told) { // the rest, when the connection was away for a while
        if (QCryptographicHash::hash(whole.left(seen.live.told).toUtf8(), QCryptographicHash::Sha1)
            == seen.live.hash->result())
            say(seen, mainStep(), whole.mid(seen.live.told));
    }
    const QString errors = result[u"stderr"].toString();
    const QString status = result[u"status"].toString();
    std::optional<int> exitCode;
    if (result[u"exitCode"].isDouble())
        exitCode = result[u"exitCode"].toInt();
    const QString why = sentence(result[u"error"], sentence(errors.trimmed().section(u'\n', -1), {}));
    if (status == u"completed")
        end(seen, State::Succeeded);
    else if (status == u"timeout")
        end(seen, State::TimedOut, why.isEmpty() ? QStringLiteral("the server's time for it is over") : why, exitCode);
    else if (status == u"cancelled")
        end(seen, State::Cancelled);
    else
        end(seen, State::Failed, why.isEmpty() ? QStringLiteral("it ended as %1").arg(quoted(status)) : why, exitCode);
}

void SlopEvents::error(const Seen &seen, const QJsonObject &data)
{
    const QString code = data[u"code"].toString();
    if (code == u"CANCELLED")
        return end(seen, State::Cancelled);
    if (code == u"PROCESS_NOT_FOUND")
        return end(seen, State::Interrupted, slopRefusal(data).message);
    if (code == u"STREAM_ERROR") // its end is told besides
        say(seen, mainStep(), line(data[u"message"].toString().left(longestText)), Stream::Err);
    else if (code != u"QUEUE_TIMEOUT") // it stopped looking, not working
        return end(seen, State::Failed, slopRefusal(data).message);
    seen.live.wantsStatus = true;
}

void SlopEvents::strudel(const Seen &seen, QStringView event, const QJsonObject &data)
{
    if (event == u"queued") {
        seen.live.wantsStatus = true;
        queue(seen, data[u"position"]);
    } else if (event == u"progress") {
        const QString status = data[u"status"].toString();
        if (status == u"complete" || status == u"failed" || status == u"cancelled") {
            seen.live.wantsStatus = true; // of one that was queued nothing more may come
        } else if (status != u"queued" && status != u"pending") {
            run(seen);
            Progress progress;
            progress.done = std::clamp(data[u"progress"].toDouble(), 0.0, 100.0);
            progress.total = 100;
            progress.unit = QStringLiteral("%");
            progress.message = sentence(data[u"message"], plainLine(status.left(100)));
            m_jobs.progress(seen.job, mainStep(), progress);
        }
    } else if (event == u"complete") {
        if (!data[u"success"].toBool())
            return end(seen, State::Failed,
                       sentence(data[u"error"], QStringLiteral("the pattern could not be rendered")));
        QStringList facts{sentence(data[u"format"], QStringLiteral("audio"))};
        const std::pair<const char *, const char *> figures[] = {
            {"duration", "%1 s"}, {"sampleRate", "%1 Hz"}, {"channels", "%1 channels"}, {"fileSize", "%1 bytes"}};
        for (const auto &[name, form] : figures) {
            if (const QJsonValue value = data[QLatin1String(name)]; value.isDouble())
                facts.append(QString::fromLatin1(form).arg(value.toDouble(), 0, 'g', 12));
        }
        say(seen, mainStep(), facts.join(u", ") + u'\n');
        end(seen, State::Succeeded);
    } else if (event == u"error") {
        error(seen, data);
    }
}

void SlopEvents::workflow(const Seen &seen, QStringView event, const QJsonObject &data)
{
    const QString id = data[u"stepId"].toString().left(longestId);
    if (event == u"queued")
        return queue(seen, data[u"queuePosition"]);
    if (event == u"started")
        return run(seen);
    if (event == u"step:started") {
        seen.live.pausing = false;
        run(seen);
        m_jobs.startStep(seen.job, stepOf(seen, id, data[u"stepName"].toString()));
    } else if (event == u"step:progress") { // declared; sent by nobody by now
        Progress progress;
        progress.done = std::clamp(data[u"progress"].toDouble(), 0.0, 100.0);
        progress.total = 100;
        progress.unit = QStringLiteral("%");
        progress.message = sentence(data[u"message"], {});
        m_jobs.progress(seen.job, stepOf(seen, id, {}), progress);
    } else if (event == u"step:completed") {
        stepDone(seen, stepOf(seen, id, {}), data[u"result"]);
        settlePause(seen);
    } else if (event == u"step:failed") {
        const QString step = stepOf(seen, id, {});
        m_jobs.startStep(seen.job, step);
        Failure failure;
        failure.message = sentence(data[u"error"], QStringLiteral("the step failed"));
        m_jobs.endStep(seen.job, step, State::Failed, failure);
        settlePause(seen);
    } else if (event == u"completed") {
        const QJsonObject steps = data[u"stepResults"].toObject();
        for (auto it = steps.begin(); it != steps.end(); ++it)
            stepStatus(seen, it.key(), it->toObject());
        end(seen, State::Succeeded);
    } else if (event == u"failed") {
        end(seen, State::Failed, sentence(data[u"error"], QStringLiteral("the workflow failed")));
    } else if (event == u"cancelled") {
        end(seen, State::Cancelled);
    }
}

void SlopEvents::critique(const Seen &seen, QStringView event, const QJsonObject &data)
{
    run(seen);
    if (event == u"iteration") {
        const int number = data[u"iteration"].toInt();
        const QString overall = score(data[u"scores"][u"overall"]);
        rounds(seen, number, overall.isEmpty() ? QString() : QStringLiteral("score %1").arg(overall));
        say(seen, mainStep(), line(QStringLiteral("[iteration %1] ").arg(number) + textOf(data[u"feedback"])));
    } else if (event == u"converged") {
        rounds(seen, data[u"iterations"].toInt(),
               QStringLiteral("converged with score %1").arg(score(data[u"finalScore"])));
    } else if (event == u"completed") {
        say(seen, mainStep(), line(textOf(data[u"result"][u"finalOutput"])));
        end(seen, State::Succeeded);
    } else if (event == u"error") {
        end(seen, State::Failed, sentence(data[u"error"], QStringLiteral("the critique failed")));
    }
}

void SlopEvents::discussion(const Seen &seen, QStringView event, const QJsonObject &data)
{
    run(seen);
    const int round = data[u"round"].toInt();
    if (event == u"round-started") {
        rounds(seen, std::max(0, round - 1), QStringLiteral("round %1").arg(round));
    } else if (event == u"contribution") {
        const QString role = sentence(data[u"role"], sentence(data[u"agentRole"], data[u"participantId"].toString()));
        const QJsonValue words = data.contains(u"content") ? data[u"content"] : data[u"contribution"];
        say(seen, mainStep(), line(QStringLiteral("[%1] ").arg(role) + textOf(words)));
    } else if (event == u"round-completed") {
        const QString consensus = score(data[u"consensusScore"]);
        rounds(seen, round, consensus.isEmpty() ? QString() : QStringLiteral("consensus %1").arg(consensus));
        if (const QString synthesis = textOf(data[u"synthesis"]); !synthesis.isEmpty())
            say(seen, mainStep(), line(QStringLiteral("[round %1] ").arg(round) + synthesis));
    } else if (event == u"converged") {
        rounds(seen, data[u"rounds"].toInt(),
               QStringLiteral("converged with consensus %1").arg(score(data[u"consensusScore"])));
    } else if (event == u"completed") {
        say(seen, mainStep(), line(textOf(data[u"result"][u"finalConsensus"])));
        end(seen, State::Succeeded);
    } else if (event == u"error") {
        end(seen, State::Failed, sentence(data[u"error"], QStringLiteral("the discussion failed")));
    }
}

void SlopEvents::media(const Seen &seen, const QString &event, const QJsonObject &data)
{
    seen.live.wantsStatus = false;
    if (event == u"mediaProgress") {
        Progress progress;
        progress.done = std::clamp(data[u"progress"].toDouble(), 0.0, 100.0);
        progress.total = 100;
        progress.unit = QStringLiteral("%");
        progress.message = sentence(data[u"message"], sentence(data[u"stage"], {}));
        m_jobs.progress(seen.job, mainStep(), progress);
    } else if (event == u"mediaComplete") {
        say(seen, mainStep(), line(data[u"url"].toString()));
        end(seen, State::Succeeded);
    } else if (event == u"mediaError") {
        end(seen, State::Failed, sentence(data[u"error"], QStringLiteral("it could not be made")));
    }
}

void SlopEvents::takeEnd(const QString &key, const QJsonObject &answer)
{
    const auto it = m_live.find(key);
    if (it == m_live.end() || m_jobs.find(key).isEmpty())
        return;
    const Seen seen{key, m_jobs.find(key), it->second};
    if (answer[u"success"].toBool())
        end(seen, State::Succeeded);
    else
        end(seen, State::Failed, slopRefusal(answer).message);
}

// ---- by asking ----------------------------------------------------------------------------------------------------

void SlopEvents::detach()
{
    for (const QStringList keys = m_jobs.liveKeys(); const QString &key : keys) {
        Live &live = m_live[key];
        live.detached = true;
        const Job *job = m_jobs.job(m_jobs.find(key)); // of an earlier life, perhaps
        live.pausing = live.pausing || (job && (job->state == State::Paused || job->state == State::Pausing));
    }
}

bool SlopEvents::wantsStatus(const QString &key) const
{
    const auto it = m_live.find(key);
    return it != m_live.end() && (it->second.detached || it->second.wantsStatus) && slopWorkOfKey(key).has_value();
}

void SlopEvents::takeStatus(const QString &key, const QJsonObject &answer)
{
    const auto it = m_live.find(key);
    const std::optional<SlopWork> work = slopWorkOfKey(key);
    if (it == m_live.end() || !work || m_jobs.find(key).isEmpty())
        return;
    const Seen seen{key, m_jobs.find(key), it->second};
    if (!answer[u"success"].toBool()) {
        if (answer[u"error"].toString().endsWith(u"not found"))
            unknownThere(seen);
        return;
    }
    if (*work == SlopWork::Claude)
        claudeStatus(seen, answer);
    else if (*work == SlopWork::Strudel)
        strudelStatus(seen, answer);
    else
        workflowStatus(seen, answer[u"status"].toObject());
}

void SlopEvents::unknownThere(const Seen &seen)
{
    const bool silent = seen.key.startsWith(u"critique:") || seen.key.startsWith(u"discussion:");
    end(seen, State::Interrupted,
        silent ? QStringLiteral("the connection broke, and the server does not say what became of it")
               : QStringLiteral("the server does not know it any more"));
}

void SlopEvents::claudeStatus(const Seen &seen, const QJsonObject &answer)
{
    const QString status = answer[u"status"].toString();
    if (status == u"queued" || status == u"pending")
        queue(seen, answer[u"queuePosition"]);
    else if (status == u"running")
        run(seen);
    else if (status == u"completed")
        endByStatus(seen, State::Succeeded);
    else if (status == u"failed")
        endByStatus(seen, State::Failed, QStringLiteral("it failed, and the server does not say why"));
    else if (status == u"timeout")
        endByStatus(seen, State::TimedOut, QStringLiteral("the server's time for it is over"));
    else if (status == u"cancelled")
        endByStatus(seen, State::Cancelled);
}

void SlopEvents::strudelStatus(const Seen &seen, const QJsonObject &answer)
{
    if (!answer[u"status"].isObject())
        return unknownThere(seen);
    const QJsonObject state = answer[u"status"].toObject();
    const QString status = state[u"status"].toString();
    if (status == u"queued" || status == u"pending")
        queue(seen, state[u"queuePosition"]);
    else if (status == u"complete")
        endByStatus(seen, State::Succeeded);
    else if (status == u"failed")
        endByStatus(seen, State::Failed, QStringLiteral("it failed, and the server does not say why"));
    else if (status == u"cancelled")
        endByStatus(seen, State::Cancelled);
    else
        strudel(seen, u"progress", state);
}

void SlopEvents::workflowStatus(const Seen &seen, const QJsonObject &state)
{
    const QJsonObject steps = state[u"steps"].toObject();
    for (auto it = steps.begin(); it != steps.end(); ++it)
        stepStatus(seen, it.key(), it->toObject());
    settlePause(seen);
    const int percent = std::clamp(state[u"progress"].toInt(), 0, 100);
    if (state[u"progress"].isDouble() && percent != std::exchange(seen.live.percent, percent))
        m_jobs.custom(seen.job, {}, QStringLiteral("percent"), percent);
    const QString status = state[u"status"].toString();
    if (status == u"queued" || status == u"pending") {
        queue(seen, state[u"queuePosition"]);
    } else if (status == u"running") {
        if (!seen.live.pausing) // what was paused is saved as running when its last step is over
            run(seen);
    } else if (status == u"paused") {
        seen.live.pausing = true;
        settlePause(seen);
    } else if (status == u"completed") {
        endByStatus(seen, State::Succeeded);
    } else if (status == u"failed") {
        QString why = sentence(state[u"error"], {});
        for (auto it = steps.begin(); it != steps.end() && why.isEmpty(); ++it)
            why = sentence(it->toObject()[u"error"], {});
        endByStatus(seen, State::Failed, why.isEmpty() ? QStringLiteral("the workflow failed") : why);
    } else if (status == u"cancelled") {
        endByStatus(seen, State::Cancelled);
    }
}

void SlopEvents::stepStatus(const Seen &seen, const QString &id, const QJsonObject &state)
{
    const QString status = state[u"status"].toString();
    if (id.isEmpty() || id.size() > longestId)
        return;
    const QString step = stepOf(seen, id, {});
    if (status == u"running") {
        m_jobs.startStep(seen.job, step);
    } else if (status == u"completed") {
        stepDone(seen, step, state[u"result"]);
    } else if (status == u"failed") {
        m_jobs.startStep(seen.job, step);
        Failure failure;
        failure.message = sentence(state[u"error"], QStringLiteral("the step failed"));
        m_jobs.endStep(seen.job, step, State::Failed, failure);
    } else if (status == u"skipped") {
        m_jobs.endStep(seen.job, step, State::Skipped);
    }
}

// ---- what was asked for -------------------------------------------------------------------------------------------

void SlopEvents::paused(const QString &key)
{
    const QString job = m_jobs.find(key);
    if (job.isEmpty())
        return;
    m_live[key].pausing = true;
    settlePause({key, job, m_live[key]});
}

void SlopEvents::resumed(const QString &key)
{
    if (m_jobs.find(key).isEmpty())
        return;
    m_live[key].pausing = false;
    m_jobs.setState(m_jobs.find(key), State::Running);
}

void SlopEvents::cancelled(const QString &key)
{
    if (const QString job = m_jobs.find(key); !job.isEmpty())
        end({key, job, m_live[key]}, State::Cancelled);
}

// ---- parts --------------------------------------------------------------------------------------------------------

void SlopEvents::run(const Seen &seen)
{
    const Job *job = m_jobs.job(seen.job);
    if (job && (job->state == State::Queued || job->state == State::Paused || job->state == State::Pausing))
        m_jobs.setState(seen.job, State::Running);
}

void SlopEvents::queue(const Seen &seen, const QJsonValue &position)
{
    const Job *job = m_jobs.job(seen.job);
    if (!job || (job->state != State::Queued && job->state != State::Running))
        return;
    if (std::any_of(job->steps.begin(), job->steps.end(), [](const Step &step) { return step.state != State::Queued; }))
        return; // an answer from before it began
    m_jobs.queue(seen.job, position.toInt() > 0 ? std::optional(position.toInt()) : std::nullopt);
}

void SlopEvents::settlePause(const Seen &seen)
{
    const Job *job = m_jobs.job(seen.job);
    if (!seen.live.pausing || !job || job->state == State::Cancelling)
        return;
    const bool busy = std::any_of(job->steps.begin(), job->steps.end(),
                                  [](const Step &step) { return step.state == State::Running; });
    m_jobs.setState(seen.job, busy ? State::Pausing : State::Paused);
}

QString SlopEvents::stepOf(const Seen &seen, const QString &id, const QString &title)
{
    const QString step = slopStepId(id);
    const Job *job = m_jobs.job(seen.job);
    if (id.isEmpty() || !job || job->findStep(step))
        return step;
    if (job->steps.size() < mostSteps) {
        Step more;
        more.id = step;
        more.title = plainLine((title.isEmpty() ? id : title).left(200));
        m_jobs.addStep(seen.job, more);
    }
    return step;
}

void SlopEvents::stepDone(const Seen &seen, const QString &step, const QJsonValue &result)
{
    const Job *job = m_jobs.job(seen.job);
    const Step *there = job ? job->findStep(step) : nullptr;
    if (!there || isFinal(there->state))
        return;
    if (result[u"skipped"].toBool()) // its condition was not met
        return m_jobs.endStep(seen.job, step, State::Skipped);
    m_jobs.startStep(seen.job, step);
    say(seen, step, line(textOf(result)));
    m_jobs.endStep(seen.job, step, State::Succeeded);
}

void SlopEvents::say(const Seen &seen, const QString &step, const QString &text, Stream stream)
{
    constexpr qsizetype piece = 32 * 1024;
    const QStringView all = QStringView(text).left(longestText);
    for (qsizetype at = 0; at < all.size();) {
        qsizetype count = std::min(piece, all.size() - at);
        if (at + count < all.size() && all[at + count - 1].isHighSurrogate())
            --count;
        m_jobs.output(seen.job, step, all.mid(at, count).toString(), stream);
        at += count;
    }
}

void SlopEvents::rounds(const Seen &seen, int done, const QString &message)
{
    const bool percent = seen.key.startsWith(u"claude:");
    Progress progress;
    progress.done = std::clamp(done, 0, 1'000'000);
    if (percent)
        progress.total = 100;
    else if (seen.live.rounds && *seen.live.rounds >= done)
        progress.total = *seen.live.rounds;
    progress.unit = percent                 ? QStringLiteral("%")
        : seen.key.startsWith(u"critique:") ? QStringLiteral("iterations")
                                            : QStringLiteral("rounds");
    progress.message = message;
    m_jobs.progress(seen.job, mainStep(), progress);
}

void SlopEvents::end(const Seen &seen, State state, const QString &why, std::optional<int> exitCode)
{
    constexpr qsizetype mostEnded = 2000;
    std::optional<Failure> failure;
    if (!why.isEmpty()) {
        failure = Failure();
        failure->message = why;
        failure->exitCode = exitCode;
    }
    const QString key = seen.key; // what `seen` holds goes
    m_jobs.end(seen.job, state, failure);
    m_live.erase(key);
    m_ended.insert(key);
    m_endedOrder.append(key);
    if (m_endedOrder.size() > mostEnded)
        m_ended.remove(m_endedOrder.takeFirst());
}

void SlopEvents::endByStatus(const Seen &seen, State state, const QString &why)
{
    if (std::exchange(seen.live.sawEnd, true))
        end(seen, state, why);
}

} // namespace stepwire
