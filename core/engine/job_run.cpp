#include "core/engine/job_run.h"

#include "core/model/quote.h"

#include <algorithm>

#include <csignal>
#include <cstring>

namespace stepwire {

static constexpr int skipExitCode = 77;

static Plan planFor(const std::vector<StepSpec> &steps)
{
    std::map<QString, std::size_t> indexOf;
    for (std::size_t i = 0; i < steps.size(); ++i)
        indexOf.emplace(steps[i].id, i);
    std::vector<Plan::Node> nodes;
    nodes.reserve(steps.size());
    for (const StepSpec &step : steps) {
        Plan::Node node{step.id, {}};
        for (const QString &need : step.needs)
            node.needs.push_back(indexOf.at(need));
        nodes.push_back(std::move(node));
    }
    return Plan(std::move(nodes));
}

JobRun::JobRun(JobSpec spec, Mediator &mediator)
    : m_spec(std::move(spec)), m_mediator(mediator), m_plan(planFor(m_spec.pipeline.steps))
{
}

Job JobRun::describe() const
{
    Job job;
    job.id = m_spec.id;
    job.title = m_spec.title;
    job.pipeline = m_spec.pipeline.name;
    job.command = m_spec.command;
    job.params = m_spec.pipeline.params;
    job.group = m_spec.group;
    job.source = QStringLiteral("engine");
    job.created = m_mediator.clock().now();
    job.capabilities = {QStringLiteral("cancel")};
    job.eventName = m_spec.pipeline.eventName;
    job.eventData = m_spec.pipeline.eventData;
    job.steps.reserve(m_spec.pipeline.steps.size());
    for (const StepSpec &spec : m_spec.pipeline.steps) {
        Step step;
        step.id = spec.id;
        step.title = spec.title.isEmpty() ? spec.id : spec.title;
        step.needs = spec.needs;
        step.weight = spec.weight;
        job.steps.push_back(std::move(step));
    }
    return job;
}

void JobRun::publish(const QString &step, FactData data)
{
    m_mediator.publish({m_spec.id, step, m_mediator.clock().now(), std::move(data)});
}

void JobRun::begin()
{
    m_since = m_mediator.clock().steadyMs();
    publish({}, JobQueued{describe()});
    m_state = State::Running;
    publish({}, JobStarted{1});
    startSteps();
    finishWhenDone();
}

void JobRun::startSteps()
{
    while (!m_ending && m_plan.running() < static_cast<std::size_t>(m_spec.parallel)) {
        const auto index = m_plan.startNext();
        if (!index)
            return;
        const StepSpec &spec = m_spec.pipeline.steps[*index];
        const quint64 number = m_mediator.registerStart(m_spec.id);
        const QString path = QStringLiteral("%1/%2.1.log").arg(m_spec.directory, spec.id);
        auto active = std::make_unique<ActiveStep>(*index, path, spec.terminal);
        active->since = m_mediator.clock().steadyMs();
        m_active.emplace(number, std::move(active));
        m_mediator.runner().start(commandFor(spec, number));
    }
}

StepCommand JobRun::commandFor(const StepSpec &step, quint64 number) const
{
    StepCommand command;
    command.number = number;
    command.argv = step.argv;
    command.cwd = step.cwd;
    command.graceMs = step.graceMs.value_or(m_spec.graceMs);
    command.terminal = step.terminal;
    if (m_spec.columns > 0 && m_spec.rows > 0) {
        command.columns = m_spec.columns;
        command.rows = m_spec.rows;
    }
    std::map<QString, QString> env = m_spec.environment;
    if (step.terminal) {
        // Tools send OSC 9;4 only where the terminal says that it shows it.
        env[QStringLiteral("TERM_FEATURES")] = QStringLiteral("P");
        env[QStringLiteral("CARGO_TERM_PROGRESS_TERM_INTEGRATION")] = QStringLiteral("true");
        if (env[QStringLiteral("TERM")].isEmpty() || env[QStringLiteral("TERM")] == u"dumb")
            env[QStringLiteral("TERM")] = QStringLiteral("xterm-256color");
    }
    for (const auto &[name, value] : step.env)
        env[name] = value;
    env[QStringLiteral("STEPWIRE_JOB")] = m_spec.id;
    env[QStringLiteral("STEPWIRE_STEP")] = step.id;
    env[QStringLiteral("STEPWIRE_OUTPUT")] = QStringLiteral("%1/%2.1.output").arg(m_spec.directory, step.id);
    const QString cookie = QStringLiteral("%1/%2/%3").arg(m_spec.id, step.id).arg(number);
    env[QStringLiteral("STEPWIRE_COOKIE")] = cookie;
    command.cookie = QStringLiteral("STEPWIRE_COOKIE=") + cookie;
    command.env.assign(env.begin(), env.end());
    return command;
}

void JobRun::publishStarted(ActiveStep &active, std::optional<qint64> pid)
{
    if (active.started)
        return;
    active.started = true;
    publish(m_spec.pipeline.steps[active.index].id, StepStarted{1, pid});
}

void JobRun::stepStarted(quint64 number, qint64 pid)
{
    publishStarted(*m_active.at(number), pid);
}

void JobRun::stepOutput(quint64 number, Stream stream, QByteArrayView bytes)
{
    ActiveStep &active = *m_active.at(number);
    active.feed.add(stream, bytes);
    if (stream == Stream::Err) {
        (void)active.errorLines.read(bytes);
    } else {
        if (const auto progress = active.lines.read(bytes))
            tell(active, Teller::Line, *progress);
        if (stream == Stream::Tty) {
            if (const auto report = active.osc.read(bytes))
                tell(active, Teller::Terminal, toProgress(*report));
        }
    }
    active.errorSpokeLast = stream == Stream::Err;
    flush(active, false);
}

void JobRun::tell(ActiveStep &active, Teller teller, const Progress &progress)
{
    if (teller < active.teller)
        return;
    active.teller = teller;
    // A message stands until the next one, also one that was not published yet.
    const QString standing = active.pending ? active.pending->message : active.published.message;
    active.pending = progress;
    if (active.pending->message.isEmpty())
        active.pending->message = standing;
}

void JobRun::flush(ActiveStep &active, bool final)
{
    const QString &step = m_spec.pipeline.steps[active.index].id;
    const qint64 now = m_mediator.clock().steadyMs();
    if (active.feed.pending()) {
        if (final || active.feed.mayGo(now)) {
            for (StepOutput &output : active.feed.take(now, final))
                publish(step, std::move(output));
        } else {
            m_mediator.wantTick(active.feed.due());
        }
    }
    if (active.pending && *active.pending == active.published)
        active.pending.reset();
    if (active.pending) {
        if (final || active.throttle.mayGo(now)) {
            active.throttle.went(now);
            active.published = std::move(*active.pending);
            active.pending.reset();
            publish(step, StepProgress{active.published});
        } else {
            m_mediator.wantTick(active.throttle.due());
        }
    }
    if (!active.log.problem().isEmpty() && !std::exchange(active.problemTold, true)) {
        publish(
            step,
            Notice{
                QStringLiteral("hub.warning"),
                {{QStringLiteral("message"),
                  QStringLiteral("the output of step %1 is not kept: %2").arg(quoted(step), active.log.problem())}}});
    }
}

void JobRun::tick()
{
    for (const auto &[number, active] : m_active) {
        if (active->started)
            flush(*active, false);
    }
}

QString JobRun::lastLine(const ActiveStep &active) const
{
    const QString fromErrors = active.errorLines.lastLine();
    const QString fromOutput = active.lines.lastLine();
    if (fromErrors.isEmpty() || fromOutput.isEmpty())
        return fromErrors.isEmpty() ? fromOutput : fromErrors;
    return active.errorSpokeLast ? fromErrors : fromOutput;
}

State JobRun::outcomeOf(const ActiveStep &active, const StepExit &exit) const
{
    if (active.ending)
        return m_ending.value_or(State::Cancelled);
    if (exit.exitCode == 0)
        return State::Succeeded;
    return exit.exitCode == skipExitCode ? State::Skipped : State::Failed;
}

Failure JobRun::failureOf(const ActiveStep &active, const StepExit &exit) const
{
    Failure failure;
    failure.exitCode = exit.exitCode;
    failure.signal = exit.signal;
    failure.lastLine = lastLine(active);
    if (active.ending)
        failure.message =
            m_ending == State::Interrupted ? QStringLiteral("the hub was stopped") : QStringLiteral("cancelled");
    else if (!exit.problem.isEmpty())
        failure.message = exit.problem;
    else if (exit.exitCode == skipExitCode)
        failure.message = failure.lastLine.isEmpty() ? QStringLiteral("exited with 77") : failure.lastLine;
    else if (exit.signal)
        failure.message = QStringLiteral("ended by signal %1 (%2)")
                              .arg(*exit.signal)
                              .arg(QString::fromLatin1(::strsignal(*exit.signal)));
    else
        failure.message = QStringLiteral("exited with %1").arg(exit.exitCode.value_or(-1));
    return failure;
}

void JobRun::stepEnded(quint64 number, const StepExit &exit)
{
    const auto it = m_active.find(number);
    const std::unique_ptr<ActiveStep> active = std::move(it->second);
    m_active.erase(it);
    const StepSpec &spec = m_spec.pipeline.steps[active->index];
    publishStarted(*active, {});
    if (const auto progress = active->lines.finish())
        tell(*active, Teller::Line, *progress);
    (void)active->errorLines.finish();
    flush(*active, true);
    active->log.finish();
    m_mediator.keepMarks(active->path, active->log.marks());

    const State outcome = outcomeOf(*active, exit);
    std::optional<Failure> error;
    if (outcome != State::Succeeded)
        error = failureOf(*active, exit);
    if (outcome == State::Failed && !m_error) {
        m_error = error;
        m_error->step = spec.id;
        m_error->message = QStringLiteral("step %1: %2").arg(spec.id, error->message);
    }
    const std::vector<Plan::Skip> skipped = m_plan.finish(active->index, outcome);
    settle(active->index, outcome, error, m_mediator.clock().steadyMs() - active->since);
    for (const Plan::Skip &skip : skipped) {
        const QString because = m_spec.pipeline.steps[skip.because].id;
        Failure reason;
        reason.message =
            QStringLiteral("step %1, which it needs, %2")
                .arg(because,
                     outcome == State::Failed ? QStringLiteral("failed") : QStringLiteral("was ") + stateName(outcome));
        settle(skip.step, State::Skipped, reason, 0);
    }
    startSteps();
    finishWhenDone();
}

void JobRun::settle(std::size_t index, State outcome, const std::optional<Failure> &error, qint64 durationMs)
{
    const QString &step = m_spec.pipeline.steps[index].id;
    publish(step, StepFinished{1, outcome, error, durationMs});
    const auto waiters = m_stepWaiters.find(step);
    if (waiters == m_stepWaiters.end())
        return;
    for (const Done &done : std::exchange(waiters->second, {}))
        done(outcome);
}

void JobRun::terminate(quint64 number, ActiveStep &active)
{
    if (std::exchange(active.ending, true))
        return;
    const StepSpec &spec = m_spec.pipeline.steps[active.index];
    publishStarted(active, {}); // after the change it would say that the step runs again
    publish(spec.id, StepChanged{State::Cancelling, {}, {}, {}});
    m_mediator.runner().terminate(number, spec.graceMs.value_or(m_spec.graceMs));
}

void JobRun::end(State how)
{
    if (m_ending)
        return;
    m_ending = how;
    m_state = State::Cancelling;
    JobChanged changed;
    changed.state = State::Cancelling;
    publish({}, changed);
    for (const auto &[number, active] : m_active)
        terminate(number, *active);
    for (const std::size_t index : m_plan.abandon(how)) {
        Failure reason;
        reason.message = how == State::Interrupted ? QStringLiteral("the hub was stopped")
                                                   : QStringLiteral("cancelled before it started");
        settle(index, how, reason, 0);
    }
    finishWhenDone();
}

JobRun::ActiveStep *JobRun::activeStep(const QString &stepId)
{
    for (const auto &[number, active] : m_active) {
        if (m_spec.pipeline.steps[active->index].id == stepId || (stepId.isEmpty() && m_active.size() == 1))
            return active.get();
    }
    return nullptr;
}

Result<void> JobRun::cancel(const QString &stepId, Done done)
{
    if (stepId.isEmpty()) {
        m_jobWaiters.push_back(std::move(done));
        end(State::Cancelled);
        return {};
    }
    for (const auto &[number, active] : m_active) {
        if (m_spec.pipeline.steps[active->index].id == stepId) {
            m_stepWaiters[stepId].push_back(std::move(done));
            terminate(number, *active);
            return {};
        }
    }
    for (std::size_t i = 0; i < m_spec.pipeline.steps.size(); ++i) {
        if (m_spec.pipeline.steps[i].id == stepId)
            return fail(code::wrongState,
                        QStringLiteral("step %1 of job %2 is %3, not running")
                            .arg(quoted(stepId), m_spec.id, stateName(m_plan.state(i))));
    }
    return fail(code::invalidParams, QStringLiteral("job %1 has no step %2").arg(quoted(m_spec.id), quoted(stepId)));
}

void JobRun::interrupt()
{
    end(State::Interrupted);
}

Result<void> JobRun::report(const ReportProgress &report)
{
    ActiveStep *active = activeStep(report.step);
    if (!active) {
        return fail(
            code::wrongState,
            report.step.isEmpty()
                ? QStringLiteral("step is missing and job %1 has %2 running steps").arg(m_spec.id).arg(m_active.size())
                : QStringLiteral("job %1 has no running step %2").arg(m_spec.id, quoted(report.step)));
    }
    publishStarted(*active, {});
    tell(*active, Teller::Report, report.progress);
    flush(*active, false);
    return {};
}

std::optional<LogSlice> JobRun::readLog(const ReadLog &request)
{
    for (const auto &[number, active] : m_active) {
        if (m_spec.pipeline.steps[active->index].id == request.step)
            return active->log.read(request.offset, request.limit);
    }
    return {};
}

void JobRun::finishWhenDone()
{
    if (m_finished || !m_plan.finished())
        return;
    m_finished = true;
    bool failed = false;
    bool ended = false;
    for (std::size_t i = 0; i < m_plan.size(); ++i) {
        failed = failed || m_plan.state(i) == State::Failed;
        ended = ended || m_plan.state(i) == m_ending;
    }
    m_state = ended ? *m_ending : failed ? State::Failed : State::Succeeded;
    if (ended)
        m_error = Failure{m_ending == State::Interrupted ? QStringLiteral("the hub was stopped")
                                                         : QStringLiteral("cancelled"),
                          {},
                          {},
                          {},
                          {}};
    publish({}, JobFinished{1, m_state, m_error, m_mediator.clock().steadyMs() - m_since});
    for (const Done &done : std::exchange(m_jobWaiters, {}))
        done(m_state);
}

} // namespace stepwire
