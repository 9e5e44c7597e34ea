#include "core/remote/foreign/socketio_jobs.h"

#include "core/model/quote.h"

namespace stepwire {

static constexpr qsizetype keptEnds = 1000;

static QStringList listOf(const QString &text)
{
    QStringList list;
    for (const QString &each : text.split(u',')) {
        if (!each.trimmed().isEmpty())
            list.append(each.trimmed());
    }
    return list;
}

Result<SocketioRules> SocketioRules::parse(const QJsonObject &settings)
{
    SocketioRules rules;
    const auto text = [&](const char *name) { return lineOf(settings.value(QLatin1String(name)), 4000).trimmed(); };
    rules.events = listOf(text("event"));
    if (rules.events.isEmpty())
        return fail(code::invalidParams, QStringLiteral("setting event is empty, expected the name of an event"));
    const std::pair<const char *, std::optional<JsonPath> *> paths[] = {
        {"id", &rules.id},           {"title", &rules.title}, {"done", &rules.done},       {"total", &rules.total},
        {"percent", &rules.percent}, {"step", &rules.step},   {"message", &rules.message}, {"state", &rules.state}};
    for (const auto &[name, path] : paths) {
        if (!settings.contains(QLatin1String(name)))
            continue;
        auto parsed = JsonPath::parse(text(name));
        if (!parsed)
            return fail(code::invalidParams,
                        QStringLiteral("setting %1: %2").arg(QLatin1String(name), parsed.error().message));
        *path = std::move(*parsed);
    }
    if (!rules.done && !rules.percent && !rules.step && !rules.state)
        return fail(code::invalidParams,
                    QStringLiteral("one of the settings done, percent, step and state is needed, or nothing is known"));
    if (rules.total && !rules.done)
        return fail(code::invalidParams, QStringLiteral("setting done is missing: total says nothing without it"));
    if (!rules.state && (rules.step || !(rules.total || rules.percent)))
        return fail(code::invalidParams,
                    QStringLiteral("setting state is missing: nothing else tells when a job is over"));
    const auto values = [&](const char *name, const char *others) {
        return listOf((settings.contains(QLatin1String(name)) ? text(name) : QString::fromLatin1(others)).toLower());
    };
    rules.finished = values("finished", "finished,finish,complete,completed,done,success,succeeded,successful,ok");
    rules.failed = values("failed", "failed,failure,fail,error,errored");
    rules.cancelled = values("cancelled", "cancelled,canceled,aborted,stopped");
    rules.paused = values("paused", "paused");
    rules.steps = listOf(text("steps"));
    if (rules.steps.size() > SocketioJobs::mostSteps)
        return fail(code::invalidParams,
                    QStringLiteral("setting steps has %1 steps, expected at most %2")
                        .arg(rules.steps.size())
                        .arg(SocketioJobs::mostSteps));
    rules.unit = text("unit");
    return rules;
}

QString stepIdFor(const QString &title, const std::vector<Step> &steps)
{
    QString id;
    for (const QChar c : title.toLower()) {
        const bool plain = (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9') || c == u'_';
        if (plain)
            id += c;
        else if (!id.isEmpty() && !id.endsWith(u'-'))
            id += u'-';
        if (id.size() == 40)
            break;
    }
    while (id.endsWith(u'-'))
        id.chop(1);
    if (id.isEmpty())
        id = QStringLiteral("step");
    const auto taken = [&](const QString &wanted) {
        return std::any_of(steps.begin(), steps.end(), [&](const Step &step) { return step.id == wanted; });
    };
    if (!taken(id))
        return id;
    int number = 2;
    while (taken(QStringLiteral("%1-%2").arg(id).arg(number)))
        ++number;
    return QStringLiteral("%1-%2").arg(id).arg(number);
}

SocketioJobs::SocketioJobs(ForeignJobs &jobs, SocketioRules rules, QStringList capabilities)
    : m_jobs(jobs), m_rules(std::move(rules)), m_capabilities(std::move(capabilities))
{
}

std::optional<State> SocketioJobs::endOf(const QString &state, const Progress &progress) const
{
    if (!m_rules.state) {
        const bool whole = progress.total && *progress.total > 0 && progress.done >= *progress.total;
        return whole || progress.fraction.value_or(0) >= 1 ? std::optional(State::Succeeded) : std::nullopt;
    }
    const QString value = state.toLower();
    if (m_rules.finished.contains(value))
        return State::Succeeded;
    if (m_rules.failed.contains(value))
        return State::Failed;
    if (m_rules.cancelled.contains(value))
        return State::Cancelled;
    return std::nullopt;
}

QString SocketioJobs::begin(const QString &key, const QString &title, const QString &firstStep)
{
    ForeignJobs::Plan plan;
    plan.key = key;
    plan.title = !title.isEmpty() ? title : m_rules.id ? key : m_jobs.name();
    plan.capabilities = m_capabilities;
    QStringList known = m_rules.steps;
    if (known.isEmpty() && !firstStep.isEmpty())
        known.append(firstStep);
    for (const QString &each : known) {
        Step step;
        step.id = stepIdFor(each, plan.steps);
        step.title = each;
        plan.steps.push_back(step);
    }
    return m_jobs.begin(plan);
}

/// Makes it the one that moves and gives its id.
QString SocketioJobs::toStep(const QString &job, const QString &title)
{
    const Job *live = m_jobs.job(job);
    if (!live)
        return {};
    QString wanted;
    QStringList over;
    QString open;
    for (const Step &step : live->steps) {
        if (isFinal(step.state))
            continue;
        if (step.title == title)
            wanted = step.id;
        if (step.state == State::Queued || step.title == title)
            continue;
        open = step.id;
        // One that has more to do may go on beside the others.
        const auto newest = m_jobs.newest(job, step.id);
        const bool counted = newest && (newest->total || newest->fraction);
        if (!counted || (newest->total && newest->done >= *newest->total))
            over.append(step.id);
    }
    if (wanted.isEmpty()) {
        if (live->steps.size() >= mostSteps)
            return open;
        Step step;
        step.id = wanted = stepIdFor(title, live->steps);
        step.title = title;
        m_jobs.addStep(job, step);
    }
    for (const QString &each : over)
        m_jobs.endStep(job, each, State::Succeeded);
    m_jobs.startStep(job, wanted);
    return wanted;
}

void SocketioJobs::remember(const QString &key)
{
    if (m_ended.contains(key))
        return;
    m_ended.insert(key);
    m_endedOrder.append(key);
    if (m_endedOrder.size() > keptEnds)
        m_ended.remove(m_endedOrder.takeFirst());
}

void SocketioJobs::take(const QString &event, const QJsonArray &arguments)
{
    if (!m_rules.events.contains(event))
        return;
    const auto value = [&](const std::optional<JsonPath> &path) {
        return path ? path->in(event, arguments) : QJsonValue(QJsonValue::Undefined);
    };
    const QString key = m_rules.id ? lineOf(value(m_rules.id), 200) : QStringLiteral("job");
    if (key.isEmpty())
        return; // of no job
    Progress progress;
    const auto done = numberOf(value(m_rules.done));
    const auto percent = numberOf(value(m_rules.percent));
    if (done) {
        progress.done = *done;
        progress.total = numberOf(value(m_rules.total));
        progress.unit = m_rules.unit;
        if (percent)
            progress.fraction = *percent / 100;
    } else if (percent) {
        progress.done = *percent;
        progress.total = 100;
        progress.unit = QStringLiteral("%");
    }
    progress.message = lineOf(value(m_rules.message));
    const QString state = lineOf(value(m_rules.state), 100);
    const auto end = endOf(state, progress);
    const QString title = lineOf(value(m_rules.title), 200);
    const QString stepTitle = lineOf(value(m_rules.step), 200);
    QString job = m_jobs.find(key);
    if (job.isEmpty()) {
        if ((end && m_ended.contains(key)) || m_jobs.liveKeys().size() >= mostJobs)
            return;
        job = begin(key, title, stepTitle);
    } else if (!title.isEmpty()) {
        m_jobs.setTitle(job, title);
    }
    QString step = m_rules.step ? QString() : QStringLiteral("main");
    if (!stepTitle.isEmpty())
        step = toStep(job, stepTitle);
    if (step.isEmpty() || !m_rules.steps.isEmpty()) {
        const Job *live = m_jobs.job(job);
        if (const Step *running = live ? oldestRunningStep(*live) : nullptr; running && stepTitle.isEmpty())
            step = running->id;
    }
    const Job *live = m_jobs.job(job);
    const State before = live ? live->state : State::Running;
    const Step *there = live ? live->findStep(step) : nullptr;
    const auto newest = m_jobs.newest(job, step);
    if (done && newest && !progress.total)
        progress.total = newest->total;
    if (there && (done || percent || !progress.message.isEmpty())) {
        if (!done && !percent && newest) { // only words: the figures stand
            Progress words = *newest;
            words.message = progress.message;
            progress = words;
        }
        m_jobs.progress(job, step, progress);
    }
    if (end) {
        std::optional<Failure> failure;
        if (*end != State::Succeeded) {
            failure.emplace();
            failure->step = step;
            failure->message = !progress.message.isEmpty() ? progress.message
                : *end == State::Failed                    ? QStringLiteral("the server calls it %1").arg(quoted(state))
                                                           : QStringLiteral("cancelled by the server");
        }
        m_jobs.end(job, *end, failure);
        remember(key);
        return;
    }
    if (m_rules.paused.contains(state.toLower()) && !state.isEmpty())
        m_jobs.setState(job, State::Paused);
    else if (before == State::Paused)
        m_jobs.setState(job, State::Running);
}

} // namespace stepwire
