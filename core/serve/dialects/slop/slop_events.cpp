#include "core/serve/dialects/slop/slop_runs.h"

#include <QJsonArray>

#include <algorithm>

namespace stepwire::slop {

using namespace Qt::StringLiterals;

static constexpr qsizetype mostOutput = qsizetype(8) * 1024 * 1024; // characters kept of a process
static constexpr qsizetype mostStepOutput = qsizetype(256) * 1024; // of a step of a workflow
static constexpr qint64 readAtOnce = qint64(64) * 1024;

/// Output that no event holds; it is read from the log piece by piece.
struct Runs::Missing
{
    RunPtr run;
    EventPtr event;
    QString step; ///< of the job that was started
    qint64 at = 0;
    qint64 end = 0;
    std::map<QString, QStringDecoder> decoders; ///< by stream
};

void Runs::follow(const EventPtr &event)
{
    const auto it = m_runs.find(rootOf(m_hub, *event).job);
    if (it == m_runs.end())
        return;
    const RunPtr run = it->second;
    if (isFinal(run->state))
        return; // it was started again, by somebody else
    run->held.push_back(event);
    pump(run);
}

void Runs::pump(const RunPtr &run)
{
    while (run->acknowledged && !run->reading && !run->held.empty()) {
        const EventPtr event = run->held.front();
        run->held.pop_front();
        handle(run, *event);
    }
}

void Runs::tell(const Run &run, const QString &event, QJsonObject data, UnixMs time)
{
    data.insert(run.kind == Kind::Process ? u"processId"_s : u"executionId"_s, run.shown);
    data.insert(u"timestamp"_s, isoTime(time));
    QStringList rooms;
    if (run.kind == Kind::Process) {
        rooms = {run.name + u':' + run.shown};
    } else {
        if (!data.contains(u"workflowId"_s))
            data.insert(u"workflowId"_s, run.name);
        rooms = {u"workflow:"_s + run.shown};
        if (run.kind == Kind::Workflow)
            rooms.append(u"workflow:"_s + run.name);
        else
            rooms.append(kindName(run.kind) + u':' + run.shown);
    }
    m_mediator.tell(run.caller, rooms, event, data);
}

/// A workflow's own words; the other patterns have none but for `orchestrate`, whose guide names no event at all.
void Runs::tellOfWorkflow(const Run &run, const QString &what, QJsonObject data, UnixMs time)
{
    tell(run, u"agent:workflow:"_s + what, std::move(data), time);
}

void Runs::tellQueued(Run &run, int position, UnixMs time)
{
    if (run.position == position)
        return;
    run.position = position;
    const Job *job = m_hub.state().find(run.job);
    const QJsonObject data{{u"queuePosition"_s, position},
                           {u"position"_s, position},
                           {u"queueLength"_s, std::max(position, waitingIn(job ? job->group : QString()))},
                           {u"status"_s, u"queued"_s},
                           {u"message"_s, u"Queued at position %1"_s.arg(position)}};
    if (run.kind == Kind::Process)
        tell(run, run.name + u":queued"_s, data, time);
    else
        tellOfWorkflow(run, u"queued"_s, data, time);
}

void Runs::handle(const RunPtr &run, const Event &event)
{
    if (const auto *output = std::get_if<StepOutput>(&event.data))
        return this->output(run, event, *output);
    if (const auto *custom = std::get_if<Custom>(&event.data))
        return this->custom(*run, *custom, event.time);
    if (event.job != run->job)
        return; // of a job within it only what it says is heard
    if (const auto *queued = std::get_if<JobQueued>(&event.data)) {
        if (queued->job.queuePosition)
            tellQueued(*run, *queued->job.queuePosition, event.time);
    } else if (const auto *changed = std::get_if<JobChanged>(&event.data)) {
        if (changed->state)
            run->state = *changed->state;
        if (changed->queuePosition && !run->started)
            tellQueued(*run, *changed->queuePosition, event.time);
    } else if (std::holds_alternative<JobStarted>(event.data)) {
        run->state = State::Running;
        started(*run, event.time);
    } else if (std::holds_alternative<StepStarted>(event.data)) {
        const Job *job = m_hub.state().find(run->job);
        const Step *step = job ? job->findStep(event.step) : nullptr;
        if (run->kind != Kind::Process)
            tellOfWorkflow(*run, u"step:started"_s,
                           {{u"stepId"_s, event.step},
                            {u"stepName"_s, step ? step->title : event.step},
                            {u"agentType"_s, u"custom"_s}},
                           event.time);
    } else if (const auto *progress = std::get_if<StepProgress>(&event.data)) {
        if (run->kind == Kind::Process)
            return progressOfProcess(*run, progress->progress.message, event.time);
        QJsonObject data{{u"stepId"_s, event.step}, {u"progress"_s, percentOf(progress->progress.fraction)}};
        if (!progress->progress.message.isEmpty())
            data.insert(u"message"_s, progress->progress.message);
        tellOfWorkflow(*run, u"step:progress"_s, data, event.time);
    } else if (const auto *stepEnd = std::get_if<StepFinished>(&event.data)) {
        stepFinished(*run, event.step, *stepEnd, event.time);
    } else if (const auto *end = std::get_if<JobFinished>(&event.data)) {
        run->state = end->state;
        if (run->kind == Kind::Process)
            processFinished(*run, *end, event.time);
        else
            workflowFinished(*run, *end, event.time);
        run->out.clear();
        run->err.clear();
        run->stepOut.clear();
        m_ended.push_back(run->job);
        forgetOldest();
    }
}

// ---- output

void Runs::output(const RunPtr &run, const Event &event, const StepOutput &output)
{
    const QString step = rootOf(m_hub, event).step;
    if (output.omitted <= 0)
        return text(*run, step, output.stream, output.text, event.time);
    run->reading = true;
    const auto missing = std::make_shared<Missing>();
    missing->run = run;
    missing->event = std::make_shared<Event>(event);
    missing->step = step;
    missing->at = output.offset - output.omitted;
    missing->end = output.offset;
    readMissing(missing);
}

void Runs::readMissing(const std::shared_ptr<Missing> &missing)
{
    const auto &output = std::get<StepOutput>(missing->event->data);
    if (missing->at >= missing->end) {
        text(*missing->run, missing->step, output.stream, output.text, missing->event->time);
        missing->run->reading = false;
        return pump(missing->run);
    }
    ReadLog read;
    read.job = missing->event->job;
    read.step = missing->event->step;
    read.attempt = output.attempt;
    read.newestAttempt = output.attempt;
    read.offset = missing->at;
    read.limit = std::min(readAtOnce, missing->end - missing->at);
    m_hub.request(read, [this, missing, alive = std::weak_ptr(m_alive)](const Result<Answer> &answer) {
        if (alive.expired())
            return;
        const auto *slice = answer ? std::get_if<LogSlice>(&*answer) : nullptr;
        const qint64 before = missing->at;
        if (slice) {
            QByteArray bytes = slice->bytes;
            const qint64 from = slice->offset;
            bytes.truncate(std::max<qint64>(0, missing->end - from));
            auto &decoder = missing->decoders.try_emplace(slice->stream, QStringDecoder::Utf8).first->second;
            const Stream stream = slice->stream == u"err" ? Stream::Err : Stream::Out;
            text(*missing->run, missing->step, stream, decoder.decode(bytes), missing->event->time);
            missing->at = std::max(from + bytes.size(), missing->at + (bytes.isEmpty() ? slice->omitted : 0));
        }
        if (missing->at <= before) // it is not there any more
            missing->at = missing->end;
        readMissing(missing);
    });
}

void Runs::text(Run &run, const QString &step, Stream stream, const QString &text, UnixMs time)
{
    if (text.isEmpty())
        return;
    if (run.kind != Kind::Process) {
        QString &kept = run.stepOut[step];
        if (stream != Stream::Err)
            kept += QStringView(text).first(std::min(text.size(), mostStepOutput - kept.size()));
        return;
    }
    QString &kept = stream == Stream::Err ? run.err : run.out;
    kept += QStringView(text).first(std::min(text.size(), mostOutput - kept.size()));
    if (run.sound || stream == Stream::Err)
        return;
    const Job *job = m_hub.state().find(run.job);
    tell(run, run.name + u":progress"_s,
         {{u"status"_s, u"running"_s},
          {u"data"_s, text},
          {u"output"_s, text},
          {u"progress"_s, percentOf(job ? jobFraction(*job) : std::nullopt)}},
         time);
    tell(run, u"output"_s, {{u"data"_s, text}, {u"output"_s, text}}, time); // as the guide's buffer listens to it
}

// ---- processes

void Runs::started(Run &run, UnixMs time)
{
    if (std::exchange(run.started, true))
        return;
    if (run.kind != Kind::Process) {
        const Job *job = m_hub.state().find(run.job);
        return tellOfWorkflow(run, u"started"_s, {{u"totalSteps"_s, job ? static_cast<int>(job->steps.size()) : 0}},
                              time);
    }
    const QString event = run.name + u":progress"_s;
    if (run.sound) {
        tell(run, event, {{u"status"_s, u"validating"_s}, {u"progress"_s, 0}}, time);
        tell(run, run.name + u":validated"_s,
             {{u"validation"_s,
               QJsonObject{{u"isValid"_s, true}, {u"errors"_s, QJsonArray()}, {u"warnings"_s, QJsonArray()}}}},
             time);
        return tell(run, event, {{u"status"_s, u"rendering"_s}, {u"progress"_s, 10}}, time);
    }
    tell(run, event,
         {{u"status"_s, u"running"_s},
          {u"message"_s, u"Process started"_s},
          {u"output"_s, QString()}, // the guide writes it wherever it comes
          {u"progress"_s, 0}},
         time);
}

void Runs::progressOfProcess(Run &run, const QString &message, UnixMs time)
{
    const Job *job = m_hub.state().find(run.job);
    const int percent = percentOf(job ? jobFraction(*job) : std::nullopt);
    if (percent == run.percent && message.isEmpty())
        return;
    run.percent = percent;
    QJsonObject data{{u"status"_s, processStatus(State::Running, run.sound)},
                     {u"progress"_s, run.sound ? 10 + (8 * percent + 5) / 10 : percent}};
    if (!run.sound)
        data.insert(u"output"_s, QString());
    if (!message.isEmpty())
        data.insert(u"message"_s, message);
    tell(run, run.name + u":progress"_s, data, time);
}

void Runs::processFinished(Run &run, const JobFinished &finished, UnixMs time)
{
    const QString progress = run.name + u":progress"_s;
    const QString error = run.name + u":error"_s;
    if (finished.state == State::Cancelled)
        return tell(run, error, {{u"code"_s, u"CANCELLED"_s}, {u"message"_s, u"Process was cancelled by user"_s}},
                    time);
    const bool good = satisfiesNeeds(finished.state);
    const QJsonObject result = m_results.of(run.job);
    if (!good) {
        if (run.sound)
            tell(run, progress, {{u"status"_s, u"failed"_s}, {u"progress"_s, 0}}, time);
        tell(run, error,
             {{u"code"_s, u"EXECUTION_ERROR"_s}, {u"message"_s, reasonText(finished.error, finished.state)}}, time);
        if (run.sound)
            return;
    }
    QJsonObject data{{u"durationMs"_s, finished.durationMs}};
    if (result.contains(u"url"))
        data.insert(u"url"_s, result[u"url"]);
    if (run.sound) {
        tell(run, progress, {{u"status"_s, u"complete"_s}, {u"progress"_s, 100}}, time);
        const QByteArray bytes = m_results.bytesOf(run.job);
        data.insert(u"success"_s, true);
        data.insert(u"renderTimeMs"_s, finished.durationMs);
        data.insert(u"totalTimeMs"_s, finished.durationMs);
        data.insert(u"audioUrl"_s, result[u"url"].toString());
        data.insert(u"audioData"_s, QString::fromLatin1(bytes.toBase64()));
        data.insert(u"format"_s, result[u"format"].toString(u"wav"_s));
        for (const QString &member : {u"duration"_s, u"sampleRate"_s, u"channels"_s, u"fileSize"_s}) {
            if (result.contains(member))
                data.insert(member, result[member]);
        }
        if (!data.contains(u"fileSize"_s))
            data.insert(u"fileSize"_s, bytes.size());
        return tell(run, run.name + u":complete"_s, data, time);
    }
    const Job *job = m_hub.state().find(run.job);
    QJsonObject whole{{u"id"_s, run.shown},
                      {u"userId"_s, u"stepwire"_s},
                      {u"status"_s, processStatus(finished.state, false)},
                      {u"stdout"_s, run.out},
                      {u"stderr"_s, run.err},
                      {u"exitCode"_s, good ? 0 : 1},
                      {u"durationMs"_s, finished.durationMs},
                      {u"completedAt"_s, isoTime(time)}};
    if (job && job->started)
        whole.insert(u"startedAt"_s, isoTime(*job->started));
    if (!good) {
        whole.insert(u"error"_s, reasonText(finished.error, finished.state));
        if (finished.error && finished.error->exitCode)
            whole.insert(u"exitCode"_s, *finished.error->exitCode);
    }
    if (!result.isEmpty())
        whole.insert(u"parsedResponse"_s, result);
    data.insert(u"output"_s, run.out);
    data.insert(u"status"_s, whole[u"status"]);
    data.insert(u"result"_s, whole);
    tell(run, run.name + u":complete"_s, data, time);
}

// ---- workflows

void Runs::stepFinished(Run &run, const QString &step, const StepFinished &finished, UnixMs time)
{
    if (run.kind == Kind::Process)
        return;
    run.stepMs[step] = finished.durationMs;
    if (finished.state == State::Skipped && finished.error && !finished.error->step.isEmpty())
        return; // another's failure kept it from starting
    if (satisfiesNeeds(finished.state)) {
        const QString output = run.stepOut[step];
        return tellOfWorkflow(run, u"step:completed"_s,
                              {{u"stepId"_s, step},
                               {u"output"_s, output},
                               {u"result"_s, output},
                               {u"status"_s, workflowStatus(finished.state)},
                               {u"durationMs"_s, finished.durationMs}},
                              time);
    }
    const Job *job = m_hub.state().find(run.job);
    const QString reason = reasonText(finished.error, finished.state);
    tellOfWorkflow(run, u"step:failed"_s,
                   {{u"stepId"_s, step},
                    {u"error"_s, reason},
                    {u"status"_s, workflowStatus(finished.state)},
                    {u"willContinue"_s, job && goesOn(*job)},
                    {u"durationMs"_s, finished.durationMs}},
                   time);
}

void Runs::custom(Run &run, const Custom &custom, UnixMs time)
{
    if (run.kind == Kind::Process || custom.name == u"result")
        return;
    const QString event = agentEvent(kindName(run.kind), custom.name);
    if (event.isEmpty())
        return;
    if (event == u"agent:%1:completed"_s.arg(kindName(run.kind)))
        run.completed = true;
    tell(run, event, agentMembers(event, custom.value), time);
}

void Runs::workflowFinished(Run &run, const JobFinished &finished, UnixMs time)
{
    const Job *job = m_hub.state().find(run.job);
    QJsonObject results;
    QJsonArray stepResults;
    QString failedStep;
    QString lastOutput;
    if (job) {
        for (const Step &step : job->steps) {
            const QString output = run.stepOut[step.id];
            if (!output.isEmpty())
                lastOutput = output;
            results.insert(step.id, output);
            stepResults.append(QJsonObject{{u"stepId"_s, step.id},
                                           {u"status"_s, workflowStatus(step.state)},
                                           {u"result"_s, output},
                                           {u"durationMs"_s, run.stepMs[step.id]}});
            if (step.state == State::Failed && failedStep.isEmpty())
                failedStep = step.id;
        }
    }
    const int done = job ? stepsDone(*job) : 0;
    const int total = job ? static_cast<int>(job->steps.size()) : 0;
    const QString kind = kindName(run.kind);
    const bool talks = run.kind == Kind::Critique || run.kind == Kind::Discussion;
    if (satisfiesNeeds(finished.state)) {
        QJsonObject data{
            {u"results"_s, results}, {u"durationMs"_s, finished.durationMs}, {u"stepResults"_s, stepResults}};
        if (const QJsonObject result = m_results.of(run.job); !result.isEmpty())
            data.insert(u"result"_s, result);
        if (talks && !run.completed) {
            const QString event = u"agent:%1:completed"_s.arg(kind);
            tell(run, event, agentMembers(event, QJsonObject{{u"result"_s, lastOutput.trimmed()}}), time);
        }
        return tellOfWorkflow(run, u"completed"_s, data, time);
    }
    if (finished.state == State::Cancelled) {
        if (talks)
            tell(run, u"agent:%1:error"_s.arg(kind), {{u"error"_s, u"cancelled"_s}}, time);
        return tellOfWorkflow(run, u"cancelled"_s, {{u"completedSteps"_s, done}, {u"totalSteps"_s, total}}, time);
    }
    const QString reason = reasonText(finished.error, finished.state);
    Start start;
    start.kind = run.kind;
    const QString code = failureCode(start);
    QJsonObject data{{u"error"_s, reason}, {u"completedSteps"_s, done}, {u"totalSteps"_s, total}};
    if (!failedStep.isEmpty())
        data.insert(u"failedStepId"_s, failedStep);
    if (talks)
        tell(run, u"agent:%1:error"_s.arg(kind), {{u"error"_s, reason}}, time);
    tellOfWorkflow(run, u"failed"_s, data, time);
    tell(run, u"agent:error"_s, {{u"code"_s, code}, {u"message"_s, reason}}, time);
}

} // namespace stepwire::slop
