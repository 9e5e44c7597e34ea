#include "core/engine/job_run.h"

#include "core/model/quote.h"

#include <QFile>
#include <QJsonDocument>
#include <QSaveFile>

#include <algorithm>
#include <cmath>

#include <csignal>
#include <cstring>

namespace stepwire {

static constexpr int skipExitCode = 77;
static constexpr qint64 quietWorthSayingMs = 240'000;
static constexpr qint64 mostOutputBytes = 256LL * 1024;

static std::vector<Plan::Node> nodesFor(const std::vector<StepSpec> &steps)
{
    std::map<QString, std::size_t> indexOf;
    for (std::size_t i = 0; i < steps.size(); ++i)
        indexOf.emplace(steps[i].id, i);
    std::map<QString, std::size_t> groups;
    std::vector<Plan::Node> nodes;
    nodes.reserve(steps.size());
    for (const StepSpec &step : steps) {
        Plan::Node node;
        node.id = step.id;
        for (const QString &need : step.needs)
            node.needs.push_back(indexOf.at(need));
        for (const QString &earlier : step.after)
            node.after.push_back(indexOf.at(earlier));
        node.finally = step.finally;
        node.allowFailure = step.allowFailure;
        if (step.maxParallel > 0) {
            node.group = groups.emplace(step.matrix, groups.size()).first->second;
            node.groupLimit = step.maxParallel;
        }
        nodes.push_back(std::move(node));
    }
    return nodes;
}

/// `failed`, `was cancelled`, for the middle of a sentence.
static QString spoken(State outcome)
{
    switch (outcome) {
    case State::Failed: return QStringLiteral("failed");
    case State::TimedOut: return QStringLiteral("timed out");
    default: return QStringLiteral("was ") + stateName(outcome);
    }
}

/// A time for people, in the roughness that a sentence bears.
static QString spoken(qint64 ms)
{
    if (ms < 1000)
        return QStringLiteral("%1 ms").arg(ms);
    if (ms < 120'000)
        return QStringLiteral("%1 s").arg(static_cast<double>(ms) / 1000);
    if (ms < 7'200'000)
        return QStringLiteral("%1 min").arg(ms / 60'000);
    return QStringLiteral("%1 h").arg(static_cast<double>(ms / 360'000) / 10);
}

QString runKey(const JobSpec &spec, bool shown)
{
    constexpr qsizetype longestKey = 1000;
    if (!spec.command.isEmpty())
        return spec.command.join(u' ').left(longestKey);
    const QJsonObject params = shown ? shownParams(spec.pipeline) : spec.pipeline.params;
    return spec.pipeline.name + QString::fromUtf8(QJsonDocument(params).toJson(QJsonDocument::Compact));
}

JobRun::JobRun(JobSpec spec, Mediator &mediator)
    : m_spec(std::move(spec)),
      m_mediator(mediator),
      m_created(mediator.clock().now()),
      m_random(static_cast<unsigned>(qHash(m_spec.id)))
{
    if (!m_spec.parent.isEmpty())
        m_mirror = std::make_unique<Snapshot>();
    rebind(std::move(m_spec.pipeline));
}

void JobRun::rebind(BoundPipeline pipeline)
{
    m_spec.pipeline = std::move(pipeline);
    gatherSecrets();
    // As it was shown: nobody keeps the values of secrets.
    const bool sameAgain = m_restoredParams
        && *m_restoredParams
            == (m_redactor ? m_redactor->value(shownParams(m_spec.pipeline)).toObject() : shownParams(m_spec.pipeline));
    if (sameAgain) // what it did before still stands
        return;
    m_plan = Plan(nodesFor(m_spec.pipeline.steps), m_spec.pipeline.onFailure);
    m_attempts.assign(m_spec.pipeline.steps.size(), 0);
    m_retriesLeft.clear();
    for (const StepSpec &step : m_spec.pipeline.steps)
        m_retriesLeft.push_back(step.retry.retries);
}

void JobRun::inheritSecrets(const QStringList &secrets)
{
    m_spec.inheritedSecrets = secrets;
    gatherSecrets();
}

void JobRun::gatherSecrets()
{
    const BoundPipeline &pipeline = m_spec.pipeline;
    m_secrets = m_spec.inheritedSecrets + pipeline.secrets;
    for (const QString &name : pipeline.secretEnv) {
        if (const auto it = m_spec.environment->find(name); it != m_spec.environment->end())
            m_secrets.append(it->second);
    }
    for (const StepSpec &step : pipeline.steps) {
        for (const auto &[name, value] : step.env) {
            if (!step.late && pipeline.secretEnv.contains(name))
                m_secrets.append(value);
        }
    }
    m_secrets.removeDuplicates();
    m_redactor = Redactor::make(m_secrets);
}

std::optional<Failure> JobRun::redacted(std::optional<Failure> error) const
{
    if (error && m_redactor) {
        error->message = m_redactor->text(error->message);
        error->lastLine = m_redactor->text(error->lastLine);
    }
    return error;
}

void JobRun::redact(FactData &data) const
{
    struct Redact
    {
        const JobRun &run;
        const Redactor &redactor;

        void text(QString &text) const { text = redactor.text(text); }
        void operator()(JobQueued &queued) const
        {
            Job &job = queued.edit();
            text(job.title);
            text(job.history);
            text(job.unlessRunning);
            job.params = redactor.value(job.params).toObject();
            job.eventData = redactor.value(job.eventData).toObject();
            for (Step &step : job.steps)
                text(step.title);
        }
        void operator()(JobChanged &changed) const
        {
            if (changed.title)
                text(*changed.title);
        }
        void operator()(StepProgress &told) const
        {
            Progress &progress = told.progress;
            text(progress.message);
            text(progress.unit);
            for (Phase &phase : progress.phases) {
                phase.id = redactor.id(phase.id);
                text(phase.title);
                text(phase.unit);
            }
        }
        void operator()(JobFinished &finished) const { finished.error = run.redacted(finished.error); }
        void operator()(StepFinished &finished) const { finished.error = run.redacted(finished.error); }
        void operator()(Custom &custom) const
        {
            custom.name = redactor.id(custom.name);
            custom.value = redactor.value(custom.value);
        }
        void operator()(Notice &notice) const { notice.data = redactor.value(notice.data).toObject(); }
        void operator()(StepOutput &) const { } // was redacted as it came
        void operator()(JobStarted &) const { }
        void operator()(StepStarted &) const { }
        void operator()(StepChanged &) const { }
    };
    std::visit(Redact{*this, *m_redactor}, data);
}

Job JobRun::describe() const
{
    Job job;
    job.id = m_spec.id;
    job.title = m_spec.title;
    job.pipeline = m_spec.pipeline.name;
    job.command = m_spec.command;
    job.params = shownParams(m_spec.pipeline);
    job.group = m_spec.group;
    job.source = QStringLiteral("engine");
    job.created = m_created;
    job.capabilities = {QStringLiteral("cancel"), QStringLiteral("pause")};
    if (m_spec.parent.isEmpty())
        job.capabilities.append(QStringLiteral("retry"));
    job.parent = m_spec.parent;
    job.parentStep = m_spec.parentStep;
    job.unlessRunning = m_spec.unlessRunning == runKey(m_spec, false) ? runKey(m_spec, true) : m_spec.unlessRunning;
    job.history = m_spec.pipeline.history;
    job.parallel = m_spec.parallel;
    job.eventName = m_spec.pipeline.eventName;
    job.eventData = m_spec.pipeline.eventData;
    job.steps.reserve(m_spec.pipeline.steps.size());
    for (const StepSpec &spec : m_spec.pipeline.steps) {
        Step step;
        step.id = spec.id;
        step.title = spec.title.isEmpty() ? spec.id : spec.title;
        step.needs = spec.needs + spec.after;
        step.weight = spec.weight;
        step.ownWeight = spec.ownWeight;
        job.steps.push_back(std::move(step));
    }
    return job;
}

void JobRun::publish(const QString &step, FactData data)
{
    const UnixMs now = m_mediator.clock().now();
    if (m_redactor)
        redact(data);
    if (m_mirror && !std::holds_alternative<StepOutput>(data)) {
        Event event;
        event.job = m_spec.id;
        event.step = step;
        event.time = now;
        event.data = data;
        apply(*m_mirror, event);
        m_mediator.publish({m_spec.id, step, now, std::move(data)});
        return m_mediator.nestedMoved(*this);
    }
    m_mediator.publish({m_spec.id, step, now, std::move(data)});
}

void JobRun::stepSays(const ActiveStep &step, FactData data)
{
    publish(specOf(step.index).id, std::move(data));
}

std::optional<double> JobRun::fraction() const
{
    const Job *job = m_mirror ? m_mirror->find(m_spec.id) : nullptr;
    return job ? jobFraction(*job) : std::nullopt;
}

QString JobRun::currentStep() const
{
    const Job *job = m_mirror ? m_mirror->find(m_spec.id) : nullptr;
    const Step *step = job ? oldestRunningStep(*job) : nullptr;
    return step ? step->title : QString();
}

void JobRun::tellState(State state)
{
    m_state = state;
    JobChanged changed;
    changed.state = state;
    publish({}, changed);
}

void JobRun::announce(bool held, std::optional<int> queuePosition)
{
    Job job = describe();
    m_state = job.state = held ? State::Held : State::Queued;
    job.queuePosition = queuePosition;
    QFile::remove(startMark(m_spec.directory, m_attempt)); // of one of this id that nobody has heard of
    publish({}, JobQueued{std::move(job)});
}

void JobRun::restore(const Job &known)
{
    m_created = known.created;
    m_restoredParams = known.params;
    m_attempt = known.attempt;
    m_state = known.state;
    m_error = known.error;
    std::vector<Plan::Settled> before(m_spec.pipeline.steps.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        const Step *step = known.findStep(specOf(i).id);
        if (!step)
            continue;
        before[i].state = isFinal(step->state) ? step->state : State::Queued;
        // A step that was left out for another's sake names it; one whose condition did not hold does not.
        before[i].blocked = step->state == State::Skipped && step->error && !step->error->step.isEmpty();
        // One that waits has the number that it will start with, unless it waits to be tried again by itself.
        m_attempts[i] = isFinal(step->state) || step->started ? step->attempt : step->attempt - 1;
        if (step->state == State::Succeeded)
            loadOutputs(i, step->attempt);
    }
    m_plan = Plan(nodesFor(m_spec.pipeline.steps), m_spec.pipeline.onFailure, before);
    if (m_mirror)
        m_mirror->put(known);
}

Result<std::vector<bool>> JobRun::toRetry(const QString &from) const
{
    std::optional<std::size_t> first;
    if (!from.isEmpty()) {
        first = indexOf(from);
        if (!first)
            return fail(code::invalidParams,
                        QStringLiteral("job %1 has no step %2").arg(quoted(m_spec.id), quoted(from)));
        for (const QString &need : specOf(*first).needs) {
            const std::size_t index = *indexOf(need);
            const State state = m_plan.state(index);
            if (m_plan.blocked(index) || !(satisfiesNeeds(state) || specOf(index).allowFailure))
                return fail(code::wrongState,
                            QStringLiteral("step %1 needs step %2, which %3: retry from there")
                                .arg(quoted(from), quoted(need),
                                     m_plan.blocked(index) ? QStringLiteral("was left out") : spoken(state)));
        }
    }
    std::vector<bool> again = m_plan.toRetry(first);
    if (std::find(again.begin(), again.end(), true) == again.end())
        return fail(code::wrongState,
                    QStringLiteral("job %1 has %2: there is nothing to retry, unless from a step")
                        .arg(quoted(m_spec.id), stateName(m_state)));
    return again;
}

bool JobRun::willRun(const QString &stepId) const
{
    const auto index = indexOf(stepId);
    if (!index)
        return false;
    if (!finished())
        return !isFinal(m_plan.state(*index));
    const auto again = toRetry(QString());
    return !again || (*again)[*index];
}

void JobRun::reopen(const std::vector<bool> &again, std::optional<int> queuePosition)
{
    std::vector<Plan::Settled> before(again.size());
    for (std::size_t i = 0; i < again.size(); ++i) {
        if (!again[i])
            before[i] = {m_plan.state(i), m_plan.blocked(i)};
        else
            m_outputs.erase(specOf(i).id);
        m_retriesLeft[i] = specOf(i).retry.retries;
    }
    m_plan = Plan(nodesFor(m_spec.pipeline.steps), m_spec.pipeline.onFailure, before);
    ++m_attempt;
    m_ending.reset();
    m_endingMessage.clear();
    m_cut = false;
    m_error.reset();
    m_pausedAt.reset();
    m_pausedMs = 0;
    m_state = State::Queued;
    QFile::remove(startMark(m_spec.directory, m_attempt));
    JobChanged changed;
    changed.state = State::Queued;
    changed.queuePosition = queuePosition;
    publish({}, changed);
    for (std::size_t i = 0; i < again.size(); ++i) {
        if (again[i])
            publish(specOf(i).id, StepChanged{State::Queued, {}, {}, {}});
    }
}

QString JobRun::startMark(const QString &directory, int attempt)
{
    return QStringLiteral("%1/started.%2").arg(directory).arg(attempt);
}

void JobRun::start()
{
    if (m_spec.parent.isEmpty())
        (void)QFile(startMark(m_spec.directory, m_attempt)).open(QIODevice::WriteOnly);
    m_since = m_mediator.clock().steadyMs();
    m_state = State::Running;
    publish({}, JobStarted{m_attempt});
    startSteps();
    if (m_spec.pipeline.timeoutMs && !finished())
        m_mediator.wantTick(m_since + *m_spec.pipeline.timeoutMs);
    finishWhenDone();
}

void JobRun::hold()
{
    tellState(State::Held);
}

void JobRun::releaseHold(std::optional<int> queuePosition)
{
    m_state = State::Queued;
    JobChanged changed;
    changed.state = State::Queued;
    changed.queuePosition = queuePosition;
    publish({}, changed);
}

void JobRun::tellPosition(int position)
{
    JobChanged changed;
    changed.queuePosition = position;
    publish({}, changed);
}

QString JobRun::pathOf(std::size_t index, int attempt, const char *ending) const
{
    return QStringLiteral("%1/%2.%3.%4")
        .arg(m_spec.directory, specOf(index).id)
        .arg(attempt)
        .arg(QLatin1String(ending));
}

void JobRun::startSteps()
{
    if (finished() || m_state == State::Pausing || m_state == State::Paused)
        return;
    while (m_plan.running() < static_cast<std::size_t>(m_spec.parallel)) {
        const auto index = m_plan.startNext();
        if (!index)
            return;
        if (!leftOut(*index))
            startStep(*index);
    }
}

/// Asks the step's condition; true when it does not hold and the step was settled.
bool JobRun::leftOut(std::size_t index)
{
    const StepSpec &spec = specOf(index);
    if (!spec.when)
        return false;
    const Condition condition =
        fillCondition(spec, outputsBefore(m_spec.pipeline.steps, index, m_outputs)).value_or(*spec.when);
    const ConditionFacts facts{[this](const QString &step) {
                                   const auto asked = indexOf(step);
                                   return asked ? m_plan.state(*asked) : State::Skipped;
                               },
                               [this](const QString &path) { return m_mediator.exists(path); }};
    const auto reason = unmet(condition, facts);
    if (!reason)
        return false;
    Failure why;
    why.message = *reason;
    finishStep(index, State::Skipped, why, ++m_attempts[index], 0);
    return true;
}

/// The place of a variable's value in an environment, which is sorted by name.
static QString &variable(std::vector<std::pair<QString, QString>> &env, const QString &name)
{
    auto it = std::lower_bound(env.begin(), env.end(), name,
                               [](const auto &entry, const QString &wanted) { return entry.first < wanted; });
    if (it == env.end() || it->first != name)
        it = env.insert(it, {name, QString()});
    return it->second;
}

void JobRun::startStep(std::size_t index)
{
    const qint64 now = m_mediator.clock().steadyMs();
    const quint64 number = m_mediator.registerStart(m_spec.id);
    const int attempt = ++m_attempts[index];
    StepSpec late;
    const StepSpec *spec = &specOf(index);
    auto made = std::make_unique<ActiveStep>(index, attempt, *spec, pathOf(index, attempt, "log"), now);
    ActiveStep &active = *m_active.emplace(number, std::move(made)).first->second;
    const auto failed = [&](const QString &problem) {
        m_mediator.wantTick(now); // it ends as if it had run, but not from in here
        active.stillborn = true;
        active.ending = State::Failed;
        active.endingMessage = problem;
    };
    if (spec->late) {
        auto filled = fillOutputs(*spec, outputsBefore(m_spec.pipeline.steps, index, m_outputs));
        if (!filled)
            return failed(filled.error().message);
        late = std::move(*filled);
        spec = &late;
        for (const auto &[name, value] : late.env) {
            if (m_spec.pipeline.secretEnv.contains(name) && !m_secrets.contains(value)) {
                m_secrets.append(value);
                m_redactor = Redactor::make(m_secrets);
            }
        }
    }
    active.setRedactor(m_redactor);
    if (spec->argv.isEmpty()) {
        publishStarted(active);
        if (const auto begun = m_mediator.startNested(m_children.at(index), number, *spec); !begun)
            return failed(begun.error().message);
    } else {
        StepCommand command = commandFor(*spec, attempt, number);
        if (spec->progress == ProgressSource::Auto) {
            AdaptedCommand adapted = adaptCommand(command.argv, command.terminal);
            command.argv = std::move(adapted.argv);
            for (auto &variable : adapted.env) { // what the caller or the step says stays
                if (std::none_of(command.env.begin(), command.env.end(),
                                 [&](const auto &entry) { return entry.first == variable.first; }))
                    command.env.push_back(std::move(variable));
            }
            active.setAdapter(std::move(adapted.adapter));
        } else if (spec->progress == ProgressSource::Percent) {
            active.setAdapter(percentAdapter(spec->progressPattern.isEmpty() ? QString::fromUtf16(defaultPercentPattern)
                                                                             : spec->progressPattern));
        }
        m_mediator.runner().start(command);
    }
    watchTime(number, active);
}

StepCommand JobRun::commandFor(const StepSpec &step, int attempt, quint64 number) const
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
    auto &env = command.env;
    env.reserve(m_spec.environment->size() + step.env.size() + 8);
    env.assign(m_spec.environment->begin(), m_spec.environment->end());
    if (step.terminal) {
        // Tools send OSC 9;4 only where the terminal says that it shows it.
        variable(env, QStringLiteral("TERM_FEATURES")) = QStringLiteral("P");
        variable(env, QStringLiteral("CARGO_TERM_PROGRESS_TERM_INTEGRATION")) = QStringLiteral("true");
        if (QString &term = variable(env, QStringLiteral("TERM")); term.isEmpty() || term == u"dumb")
            term = QStringLiteral("xterm-256color");
    }
    for (const auto &[name, value] : step.env)
        variable(env, name) = value;
    variable(env, QStringLiteral("STEPWIRE_JOB")) = m_spec.id;
    variable(env, QStringLiteral("STEPWIRE_STEP")) = step.id;
    variable(env, QStringLiteral("STEPWIRE_OUTPUT")) =
        QStringLiteral("%1/%2.%3.output").arg(m_spec.directory, step.id).arg(attempt);
    const QString cookie = QStringLiteral("%1/%2/%3").arg(m_spec.id, step.id).arg(number);
    variable(env, QStringLiteral("STEPWIRE_COOKIE")) = cookie;
    command.cookie = QStringLiteral("STEPWIRE_COOKIE=") + cookie;
    return command;
}

void JobRun::publishStarted(ActiveStep &active)
{
    if (std::exchange(active.started, true))
        return;
    publish(specOf(active.index).id, StepStarted{active.attempt, active.pid});
}

void JobRun::stepStarted(quint64 number, qint64 pid)
{
    ActiveStep &active = *m_active.at(number);
    active.pid = pid;
    publishStarted(active);
    flush(active, false);
    watchTime(number, active);
}

void JobRun::stepOutput(quint64 number, Stream stream, QByteArrayView bytes)
{
    ActiveStep &active = *m_active.at(number);
    active.output(stream, bytes, m_mediator.clock().steadyMs());
    flush(active, false);
}

void JobRun::nestedMoved(quint64 number, const JobRun &child)
{
    const auto it = m_active.find(number);
    if (it == m_active.end() || finished())
        return;
    it->second->nested(child.fraction(), child.currentStep(), m_mediator.clock().steadyMs());
    flush(*it->second, false);
}

void JobRun::flush(ActiveStep &active, bool final)
{
    const qint64 now = m_mediator.clock().steadyMs();
    if (const auto next = active.flush(*this, now, final))
        m_mediator.wantTick(*next);
    if (active.toldQuietMs > 0 && active.quietMs(now) < active.toldQuietMs) {
        active.toldQuietMs = 0;
        publish(specOf(active.index).id, StepChanged{{}, 0, {}, {}});
    }
}

/// Ends a step that has run too long or has been quiet too long; says that it is quiet before.
void JobRun::watchTime(quint64 number, ActiveStep &active)
{
    if (active.ending || active.paused())
        return;
    const StepSpec &spec = specOf(active.index);
    const qint64 now = m_mediator.clock().steadyMs();
    if (spec.timeoutMs) {
        const qint64 left = *spec.timeoutMs - active.runMs(now);
        if (left <= 0)
            return terminate(number, active, State::TimedOut,
                             QStringLiteral("took longer than %1").arg(spoken(*spec.timeoutMs)));
        m_mediator.wantTick(now + left);
    }
    const qint64 quiet = active.quietMs(now);
    if (spec.stallTimeoutMs && quiet >= *spec.stallTimeoutMs)
        return terminate(number, active, State::TimedOut,
                         QStringLiteral("made no progress for %1").arg(spoken(*spec.stallTimeoutMs)));
    const qint64 worthSaying = active.toldQuietMs > 0 ? 2 * active.toldQuietMs
        : spec.stallTimeoutMs                         ? std::min(quietWorthSayingMs, *spec.stallTimeoutMs / 2)
                                                      : quietWorthSayingMs;
    if (quiet >= worthSaying && active.started) {
        active.toldQuietMs = quiet;
        publish(spec.id, StepChanged{{}, quiet, {}, {}});
    }
    qint64 next = active.toldQuietMs > 0 ? 2 * active.toldQuietMs : worthSaying;
    if (spec.stallTimeoutMs)
        next = std::min(next, *spec.stallTimeoutMs);
    m_mediator.wantTick(now + std::max<qint64>(1, next - quiet));
    if (const auto poll = active.nextPoll())
        m_mediator.wantTick(*poll);
}

void JobRun::tick()
{
    if (finished() || waiting())
        return;
    const qint64 now = m_mediator.clock().steadyMs();
    if (m_spec.pipeline.timeoutMs && !m_ending && !m_pausedAt) {
        const qint64 left = *m_spec.pipeline.timeoutMs - (now - m_since - m_pausedMs);
        if (left <= 0)
            end(State::TimedOut, QStringLiteral("took longer than %1").arg(spoken(*m_spec.pipeline.timeoutMs)));
        else
            m_mediator.wantTick(now + left);
    }
    std::vector<quint64> numbers;
    numbers.reserve(m_active.size());
    for (const auto &[number, active] : m_active)
        numbers.push_back(number);
    for (const quint64 number : numbers) {
        const auto it = m_active.find(number);
        if (it == m_active.end())
            continue;
        ActiveStep &active = *it->second;
        if (active.stillborn) {
            m_mediator.forgetStart(number);
            stepEnded(number, StepExit{});
            continue;
        }
        active.poll(now);
        if (active.started)
            flush(active, false);
        watchTime(number, active);
    }
    bool due = false;
    while (!m_retries.empty() && m_retries.begin()->first <= now) {
        m_plan.resume(m_retries.begin()->second);
        m_retries.erase(m_retries.begin());
        due = true;
    }
    if (!m_retries.empty())
        m_mediator.wantTick(m_retries.begin()->first);
    if (due)
        startSteps();
    finishWhenDone();
}

Failure JobRun::failureOf(const ActiveStep &active, const StepExit &exit) const
{
    Failure failure;
    failure.exitCode = exit.exitCode;
    failure.signal = exit.signal;
    failure.lastLine = active.lastLine();
    if (active.ending)
        failure.message = active.endingMessage;
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
    std::unique_ptr<ActiveStep> active = std::move(it->second);
    m_active.erase(it);
    publishStarted(*active);
    active->endOfOutput(m_mediator.clock().steadyMs());
    flush(*active, true);
    m_mediator.keepMarks(active->path, active->finishLog());

    State outcome = active->ending ? *active->ending
        : exit.exitCode == 0       ? State::Succeeded
                                   : (exit.exitCode == skipExitCode ? State::Skipped : State::Failed);
    std::optional<Failure> error;
    if (outcome != State::Succeeded)
        error = failureOf(*active, exit);
    else
        takeOutputs(*active, outcome, error);
    if (m_redactor)
        concealOutputs(*active);
    stepDone(std::move(active), outcome, std::move(error));
}

void JobRun::nestedEnded(quint64 number, const JobRun &child)
{
    const auto it = m_active.find(number);
    if (it == m_active.end())
        return;
    std::unique_ptr<ActiveStep> active = std::move(it->second);
    m_active.erase(it);
    publishStarted(*active);
    flush(*active, true);
    const State outcome = active->ending && child.state() != State::Succeeded ? *active->ending : child.state();
    std::optional<Failure> error;
    if (outcome != State::Succeeded) {
        error = child.error().value_or(Failure{});
        error->step.clear();
        if (active->ending)
            error->message = active->endingMessage;
        else if (error->message.isEmpty())
            error->message = QStringLiteral("job %1 %2").arg(child.id(), spoken(outcome));
    }
    stepDone(std::move(active), outcome, std::move(error));
}

void JobRun::takeOutputs(const ActiveStep &active, State &outcome, std::optional<Failure> &error)
{
    const StepSpec &spec = specOf(active.index);
    if (spec.outputs.isEmpty())
        return;
    QFile file(pathOf(active.index, active.attempt, "output"));
    const QByteArray bytes = file.open(QIODevice::ReadOnly) ? file.read(mostOutputBytes + 1) : QByteArray();
    auto outputs = readOutputs(bytes, spec.outputs);
    if (outputs) {
        m_outputs[spec.id] = std::move(*outputs);
        return;
    }
    outcome = State::Failed;
    error.emplace();
    error->message = outputs.error().message;
    error->exitCode = 0;
    error->lastLine = active.lastLine();
}

/// What a step writes there is kept for a retry, which needs it as it was.
void JobRun::concealOutputs(const ActiveStep &active) const
{
    const QString path = pathOf(active.index, active.attempt, "output");
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return;
    const QByteArray bytes = file.read(mostOutputBytes);
    const bool tooLong = !file.atEnd();
    file.close();
    const QByteArray concealed = m_redactor->conceal(bytes);
    if (concealed == bytes && !tooLong)
        return;
    QSaveFile kept(path);
    const bool written = !tooLong && kept.open(QIODevice::WriteOnly)
        && kept.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner)
        && kept.write(concealed) == concealed.size() && kept.commit();
    if (!written) // nobody reads what is too long
        QFile::remove(path);
}

void JobRun::loadOutputs(std::size_t index, int attempt)
{
    const StepSpec &spec = specOf(index);
    if (spec.outputs.isEmpty())
        return;
    QFile file(pathOf(index, attempt, "output"));
    if (!file.open(QIODevice::ReadOnly))
        return; // a step that wants them says so
    QByteArray bytes = file.read(mostOutputBytes + 1);
    if (m_redactor)
        bytes = m_redactor->reveal(bytes);
    if (auto outputs = readOutputs(bytes, spec.outputs))
        m_outputs[spec.id] = std::move(*outputs);
}

qint64 JobRun::retryDelay(const RetryPolicy &policy, int failed)
{
    double delay = static_cast<double>(policy.delayMs);
    if (policy.backoff == RetryPolicy::Backoff::Exponential)
        delay *= std::pow(2.0, std::min(failed - 1, 40));
    delay = std::min(delay, static_cast<double>(policy.maxDelayMs));
    std::uniform_real_distribution<double> share(0.0, policy.jitter);
    return std::llround(delay * (1 - share(m_random)));
}

/// Lets a step that failed start again after a while, if it may.
bool JobRun::retryLater(const ActiveStep &active, State outcome, const Failure &error)
{
    const bool failed = outcome == State::Failed || outcome == State::TimedOut;
    if (!failed || m_ending || m_retriesLeft[active.index] <= 0)
        return false;
    const StepSpec &spec = specOf(active.index);
    const int used = spec.retry.retries - --m_retriesLeft[active.index];
    const qint64 delay = retryDelay(spec.retry, used);
    const qint64 now = m_mediator.clock().steadyMs();
    publish(spec.id, StepFinished{active.attempt, outcome, error, active.runMs(now)});
    publish(spec.id, StepChanged{State::Queued, {}, delay, {}});
    m_plan.defer(active.index);
    m_retries.emplace(now + delay, active.index);
    m_mediator.wantTick(now + delay);
    return true;
}

void JobRun::stepDone(std::unique_ptr<ActiveStep> active, State outcome, std::optional<Failure> error)
{
    if (!error || !retryLater(*active, outcome, *error))
        finishStep(active->index, outcome, error, active->attempt, active->runMs(m_mediator.clock().steadyMs()));
    if (m_state == State::Pausing && m_active.empty() && !m_plan.finished())
        tellState(State::Paused);
    startSteps();
    finishWhenDone();
}

/// Notes how a step that was taken from the plan ended, and what that settles besides. An attempt that ends without
/// having started has a number all the same.
void JobRun::finishStep(std::size_t index, State outcome, const std::optional<Failure> &why, int attempt, qint64 ms)
{
    const std::optional<Failure> error = redacted(why);
    const std::vector<Plan::Skip> skipped = m_plan.finish(index, outcome);
    if (m_plan.fails(index) && !m_error) {
        m_error = error;
        m_error->step = specOf(index).id;
        m_error->message = QStringLiteral("step %1: %2").arg(specOf(index).id, error->message);
        m_errorState = outcome;
    }
    settle(index, outcome, error, attempt, ms);
    for (const Plan::Skip &skip : skipped) {
        const QString because = specOf(skip.because).id;
        const bool needs = m_spec.pipeline.onFailure != OnFailure::Stop || specOf(skip.step).needs.contains(because);
        Failure reason;
        reason.step = because;
        reason.message = QStringLiteral("step %1%2 %3")
                             .arg(because, needs ? QStringLiteral(", which it needs,") : QString(), spoken(outcome));
        settle(skip.step, State::Skipped, reason, ++m_attempts[skip.step], 0);
    }
}

void JobRun::settle(std::size_t index, State outcome, const std::optional<Failure> &error, int attempt, qint64 ms)
{
    const QString &step = specOf(index).id;
    publish(step, StepFinished{attempt, outcome, error, ms});
    if (const auto child = m_children.find(index); child != m_children.end()) {
        if (JobRun *run = m_mediator.nested(child->second); run && run->waiting())
            run->leaveOut(outcome, error ? error->message : QString());
    }
    const auto waiters = m_stepWaiters.find(step);
    if (waiters == m_stepWaiters.end())
        return;
    for (const Done &done : std::exchange(waiters->second, {}))
        done(outcome);
}

void JobRun::terminate(quint64 number, ActiveStep &active, State how, const QString &because)
{
    if (active.ending)
        return;
    active.ending = how;
    active.endingMessage = because;
    const StepSpec &spec = specOf(active.index);
    publishStarted(active); // after the change it would say that the step runs again
    publish(spec.id, StepChanged{State::Cancelling, {}, {}, {}});
    if (const auto child = m_children.find(active.index); child != m_children.end()) {
        if (JobRun *run = m_mediator.nested(child->second); run && !run->finished())
            return run->end(how, because);
        return;
    }
    m_mediator.runner().terminate(number, spec.graceMs.value_or(m_spec.graceMs));
}

void JobRun::leaveOut(State how, const QString &because)
{
    Failure reason;
    reason.message = because;
    m_ending = how;
    m_endingMessage = because;
    for (const std::size_t index : m_plan.abandon(how, true))
        settle(index, how, reason, ++m_attempts[index], 0);
    m_state = how;
    m_error = because.isEmpty() ? std::nullopt : std::optional(reason);
    publish({}, JobFinished{m_attempt, how, m_error, 0});
    for (const Done &done : std::exchange(m_jobWaiters, {}))
        done(m_state);
    m_mediator.runEnded(*this);
}

void JobRun::end(State how, const QString &because)
{
    if (finished())
        return;
    if (waiting())
        return leaveOut(how, because);
    const bool again = m_ending.has_value(); // what must always run is ended only when asked twice
    if (!again) {
        m_ending = how;
        m_endingMessage = because;
        if (m_pausedAt)
            m_pausedMs += m_mediator.clock().steadyMs() - *std::exchange(m_pausedAt, std::nullopt);
        tellState(State::Cancelling);
    }
    const bool all = again || how == State::Interrupted;
    for (const auto &[number, active] : m_active) {
        if (all || !specOf(active->index).finally) {
            m_cut = true;
            terminate(number, *active, how, because);
        }
    }
    for (auto it = m_retries.begin(); it != m_retries.end();)
        it = all || !specOf(it->second).finally ? m_retries.erase(it) : std::next(it);
    const State unstarted = how == State::TimedOut ? State::Cancelled : how;
    for (const std::size_t index : m_plan.abandon(unstarted, all)) {
        m_cut = true;
        Failure reason;
        reason.message = how == State::Cancelled ? QStringLiteral("cancelled before it started")
                                                 : QStringLiteral("the job %1").arg(because);
        if (how == State::Interrupted)
            reason.message = because;
        settle(index, unstarted, reason, ++m_attempts[index], 0);
    }
    startSteps();
    finishWhenDone();
}

std::optional<std::size_t> JobRun::indexOf(const QString &stepId) const
{
    const auto &steps = m_spec.pipeline.steps;
    const auto it = std::find_if(steps.begin(), steps.end(), [&](const StepSpec &s) { return s.id == stepId; });
    return it == steps.end() ? std::nullopt : std::optional(static_cast<std::size_t>(it - steps.begin()));
}

JobRun::ActiveSteps::iterator JobRun::activeStep(const QString &stepId)
{
    return std::find_if(m_active.begin(), m_active.end(), [&](const auto &entry) {
        return specOf(entry.second->index).id == stepId || (stepId.isEmpty() && m_active.size() == 1);
    });
}

Result<void> JobRun::cancel(const QString &stepId, Done done)
{
    if (stepId.isEmpty()) {
        m_jobWaiters.push_back(std::move(done));
        end(State::Cancelled, QStringLiteral("cancelled"));
        return {};
    }
    if (const auto it = activeStep(stepId); it != m_active.end()) {
        m_stepWaiters[stepId].push_back(std::move(done));
        terminate(it->first, *it->second, State::Cancelled, QStringLiteral("cancelled"));
        return {};
    }
    const auto index = indexOf(stepId);
    if (!index)
        return fail(code::invalidParams,
                    QStringLiteral("job %1 has no step %2").arg(quoted(m_spec.id), quoted(stepId)));
    const auto retry =
        std::find_if(m_retries.begin(), m_retries.end(), [&](const auto &entry) { return entry.second == *index; });
    if (retry == m_retries.end())
        return fail(code::wrongState,
                    QStringLiteral("step %1 of job %2 is %3, not running")
                        .arg(quoted(stepId), m_spec.id, stateName(m_plan.state(*index))));
    // It waits to be started again: now it is not.
    m_retries.erase(retry);
    m_stepWaiters[stepId].push_back(std::move(done));
    m_retriesLeft[*index] = 0;
    Failure reason;
    reason.message = QStringLiteral("cancelled");
    if (m_plan.take(*index))
        finishStep(*index, State::Cancelled, reason, ++m_attempts[*index], 0);
    startSteps();
    finishWhenDone();
    return {};
}

void JobRun::interrupt()
{
    if (!waiting())
        end(State::Interrupted, QStringLiteral("the hub was stopped"));
}

Result<void> JobRun::pause(PauseMode mode)
{
    if (mode == PauseMode::AfterStep) {
        if (m_state != State::Running)
            return fail(code::wrongState,
                        QStringLiteral("job %1 is %2, not running").arg(quoted(m_spec.id), stateName(m_state)));
        tellState(m_active.empty() ? State::Paused : State::Pausing);
        return {};
    }
    if (m_state != State::Running && m_state != State::Pausing)
        return fail(code::wrongState,
                    QStringLiteral("job %1 is %2, not running").arg(quoted(m_spec.id), stateName(m_state)));
    const qint64 now = m_mediator.clock().steadyMs();
    m_pausedAt = now;
    for (const auto &[number, active] : m_active) {
        if (active->ending)
            continue;
        active->pause(now);
        publishStarted(*active);
        if (const auto child = m_children.find(active->index); child != m_children.end()) {
            if (JobRun *run = m_mediator.nested(child->second))
                (void)run->pause(PauseMode::Now);
        } else {
            m_mediator.runner().suspend(number);
        }
        publish(specOf(active->index).id, StepChanged{State::Paused, {}, {}, {}});
    }
    tellState(State::Paused);
    return {};
}

Result<void> JobRun::resume()
{
    if (m_state != State::Paused && m_state != State::Pausing)
        return fail(code::wrongState,
                    QStringLiteral("job %1 is %2, not paused").arg(quoted(m_spec.id), stateName(m_state)));
    const qint64 now = m_mediator.clock().steadyMs();
    if (m_pausedAt)
        m_pausedMs += now - *std::exchange(m_pausedAt, std::nullopt);
    for (const auto &[number, active] : m_active) {
        if (!active->paused())
            continue;
        active->resume(now);
        if (const auto child = m_children.find(active->index); child != m_children.end()) {
            if (JobRun *run = m_mediator.nested(child->second))
                (void)run->resume();
        } else {
            m_mediator.runner().resume(number);
        }
        publish(specOf(active->index).id, StepChanged{State::Running, {}, {}, {}});
    }
    tellState(State::Running);
    m_mediator.wantTick(now);
    startSteps();
    return {};
}

Result<void> JobRun::report(const ReportProgress &report)
{
    const auto it = activeStep(report.step);
    if (it == m_active.end()) {
        return fail(
            code::wrongState,
            report.step.isEmpty()
                ? QStringLiteral("step is missing and job %1 has %2 running steps").arg(m_spec.id).arg(m_active.size())
                : QStringLiteral("job %1 has no running step %2").arg(m_spec.id, quoted(report.step)));
    }
    publishStarted(*it->second);
    it->second->report(report, m_mediator.clock().steadyMs());
    flush(*it->second, false);
    return {};
}

void JobRun::emitCustom(const QString &step, const QString &name, const QJsonValue &value)
{
    publish(step, Custom{name, value});
}

std::optional<LogSlice> JobRun::readLog(const ReadLog &request)
{
    const auto it = activeStep(request.step);
    if (it == m_active.end() || (request.attempt && *request.attempt != it->second->attempt))
        return {};
    return it->second->readLog(request.offset, request.limit);
}

int JobRun::attemptOf(const QString &stepId) const
{
    const auto index = indexOf(stepId);
    return index ? m_attempts[*index] : 0;
}

void JobRun::finishWhenDone()
{
    if (finished() || waiting() || !m_plan.finished() || !m_active.empty())
        return;
    if (m_cut && m_ending) {
        m_state = *m_ending;
        m_error.emplace();
        m_error->message = m_endingMessage;
    } else {
        m_state = m_error ? m_errorState : State::Succeeded;
    }
    const qint64 duration = m_mediator.clock().steadyMs() - m_since - m_pausedMs;
    publish({}, JobFinished{m_attempt, m_state, m_error, duration});
    for (const Done &done : std::exchange(m_jobWaiters, {}))
        done(m_state);
    m_mediator.runEnded(*this);
}

} // namespace stepwire
