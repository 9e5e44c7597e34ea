#include "core/remote/foreign/frappe_jobs.h"

#include "core/model/quote.h"
#include "core/remote/foreign/json_path.h"
#include "core/remote/foreign/socketio_jobs.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

namespace stepwire {

static constexpr qsizetype keptEnds = 1000;
static constexpr qsizetype mostText = 64 * 1024; ///< of one message into the output
static constexpr int mostCustom = 10; ///< a second

static QString mainStep()
{
    return QStringLiteral("main");
}

static QString memberOf(const QJsonObject &message, std::initializer_list<const char *> names, qsizetype most = 500)
{
    for (const char *name : names) {
        if (const QString line = lineOf(message.value(QLatin1String(name)), most); !line.isEmpty())
            return line;
    }
    return {};
}

/// `percent`, or `progress` as [done, total]; nothing where neither tells anything.
static std::optional<Progress> figuresOf(const QJsonObject &message)
{
    Progress progress;
    const QJsonValue pair = message.value(QLatin1String("progress"));
    if (pair.isArray()) {
        const auto done = numberOf(pair.toArray().at(0));
        const auto total = numberOf(pair.toArray().at(1));
        if (done && total && *total > 0) {
            progress.done = *done;
            progress.total = *total;
            return progress;
        }
    }
    auto percent = numberOf(message.value(QLatin1String("percent")));
    if (!percent && !pair.isArray())
        percent = numberOf(pair);
    if (!percent)
        return std::nullopt;
    progress.done = *percent;
    progress.total = 100;
    progress.unit = QStringLiteral("%");
    return progress;
}

static std::optional<State> endOf(const QString &status)
{
    const QString word = status.toLower();
    if (QStringList{QStringLiteral("success"), QStringLiteral("succeeded"), QStringLiteral("finished"),
                    QStringLiteral("completed"), QStringLiteral("complete")}
            .contains(word))
        return State::Succeeded;
    if (QStringList{QStringLiteral("failed"), QStringLiteral("failure"), QStringLiteral("error")}.contains(word))
        return State::Failed;
    if (QStringList{QStringLiteral("cancelled"), QStringLiteral("canceled"), QStringLiteral("stopped"),
                    QStringLiteral("revoked")}
            .contains(word))
        return State::Cancelled;
    return std::nullopt;
}

QString FrappeJobs::begin(const QString &key, const QString &title, const QString &phase)
{
    if (const QString live = m_jobs.find(key); !live.isEmpty())
        return live;
    if (m_jobs.liveKeys().size() >= mostJobs)
        return {};
    ForeignJobs::Plan plan;
    plan.key = key;
    plan.title = title;
    if (!phase.isEmpty()) {
        Step step;
        step.id = stepIdFor(phase, {});
        step.title = phase;
        plan.steps.push_back(step);
    }
    return m_jobs.begin(plan);
}

void FrappeJobs::end(const QString &key, State state, const QString &message)
{
    const QString job = m_jobs.find(key);
    m_lines.erase(key);
    if (job.isEmpty())
        return;
    std::optional<Failure> failure;
    if (state != State::Succeeded) {
        failure.emplace();
        failure->message = !message.isEmpty() ? message
            : state == State::Failed          ? QStringLiteral("the server says only that it failed")
                                              : QStringLiteral("cancelled by the server");
    }
    m_jobs.end(job, state, failure);
    if (m_ended.contains(key))
        return;
    m_ended.insert(key);
    m_endedOrder.append(key);
    if (m_endedOrder.size() > keptEnds)
        m_ended.remove(m_endedOrder.takeFirst());
}

void FrappeJobs::take(const QString &event, const QJsonArray &arguments)
{
    const QJsonObject message = arguments.at(0).toObject();
    if (message.isEmpty())
        return;
    if (event == QStringLiteral("progress"))
        takeProgress(message);
    else if (event == QStringLiteral("task_progress"))
        takeTask(message);
    else if (event == QStringLiteral("task_status_change"))
        takeTaskStatus(message);
    else if (event == QStringLiteral("ai_progress"))
        takeAi(message);
}

/// Of publish_progress: no end is ever told but for the whole being done, and several may run in one task.
void FrappeJobs::takeProgress(const QJsonObject &message)
{
    const QString told = memberOf(message, {"title"}, 200);
    const QString title = told.isEmpty() ? QStringLiteral("Progress") : told;
    const QString task = memberOf(message, {"task_id"}, 200);
    const QString key =
        task.isEmpty() ? QStringLiteral("progress:") + title : QStringLiteral("task:%1/%2").arg(task, title);
    auto figures = figuresOf(message);
    const QString description = memberOf(message, {"description", "message"});
    if (!figures && description.isEmpty())
        return;
    const bool whole = figures && figures->done >= *figures->total;
    if (whole && m_jobs.find(key).isEmpty() && m_ended.contains(key))
        return;
    const QString job = begin(key, title);
    const Job *live = m_jobs.job(job);
    if (!live)
        return;
    if (!figures) // only words: the figures stand
        figures = m_jobs.newest(job, mainStep()).value_or(Progress());
    figures->message = description;
    m_jobs.progress(job, mainStep(), *figures);
    if (whole)
        end(key, State::Succeeded, {});
}

void FrappeJobs::takeTask(const QJsonObject &message)
{
    const QString task = memberOf(message, {"task_id"}, 200);
    if (task.isEmpty())
        return;
    const QString key = QStringLiteral("task:") + task;
    const QJsonValue inner = message.value(QLatin1String("message"));
    QJsonObject all = inner.toObject();
    for (auto it = message.begin(); it != message.end(); ++it) {
        if (!(it.key() == QStringLiteral("message") && inner.isObject()))
            all.insert(it.key(), it.value());
    }
    const QString status = memberOf(all, {"status", "state"}, 100);
    const auto over = endOf(status);
    if (over && m_jobs.find(key).isEmpty() && m_ended.contains(key))
        return;
    const QString told = memberOf(all, {"title"}, 200);
    const QString job = begin(key, told.isEmpty() ? QStringLiteral("Task %1").arg(task) : told);
    if (job.isEmpty())
        return;
    if (!told.isEmpty())
        m_jobs.setTitle(job, told);
    takeLines(job, key, all.value(QLatin1String("lines")));
    const QString words = memberOf(all, {"description", "message"});
    auto figures = figuresOf(all);
    if (figures || !words.isEmpty()) {
        if (!figures)
            figures = m_jobs.newest(job, mainStep()).value_or(Progress());
        figures->message = words;
        m_jobs.progress(job, mainStep(), *figures);
    }
    if (over)
        end(key, *over, memberOf(all, {"error", "exc", "message"}));
}

/// The log of a task comes whole, as a list or by number, and again to whoever asks again.
void FrappeJobs::takeLines(const QString &job, const QString &key, const QJsonValue &lines)
{
    std::map<qint64, QString> numbered;
    if (lines.isArray()) {
        for (const QJsonArray list = lines.toArray(); const QJsonValue &line : list)
            numbered.emplace(static_cast<qint64>(numbered.size()), line.toString());
    } else {
        const QJsonObject byNumber = lines.toObject();
        for (auto it = byNumber.begin(); it != byNumber.end(); ++it) {
            bool ok = false;
            if (const qint64 number = it.key().toLongLong(&ok); ok && number >= 0)
                numbered.emplace(number, it.value().toString());
        }
    }
    if (numbered.empty())
        return;
    qint64 &known = m_lines[key];
    for (auto it = numbered.lower_bound(known); it != numbered.end(); ++it)
        m_jobs.output(job, mainStep(), it->second.left(mostText) + u'\n');
    known = std::max(known, std::min(numbered.rbegin()->first, std::numeric_limits<qint64>::max() - 1) + 1);
}

void FrappeJobs::takeTaskStatus(const QJsonObject &message)
{
    const QString task = memberOf(message, {"task_id"}, 200);
    if (task.isEmpty())
        return;
    const QString key = QStringLiteral("task:") + task;
    const QString status = memberOf(message, {"status"}, 100);
    const auto over = endOf(status);
    if (!over) {
        const QString job = begin(key, QStringLiteral("Task %1").arg(task));
        if (!job.isEmpty() && status.toLower() == QStringLiteral("queued"))
            m_jobs.setState(job, State::Queued);
        else if (const Job *live = m_jobs.job(job); live && live->state == State::Queued)
            m_jobs.setState(job, State::Running);
        return;
    }
    const QString part = key + u'/';
    const QStringList keys = m_jobs.liveKeys();
    for (const QString &each : keys) {
        if (each == key || each.startsWith(part))
            end(each, *over, memberOf(message, {"error", "exc", "message"}));
    }
}

/// Ends the phase before, and gives the id of this one. A phase that comes again is one more.
QString FrappeJobs::toPhase(const QString &job, const QString &phase)
{
    const Job *live = m_jobs.job(job);
    if (!live)
        return {};
    QString running;
    for (const Step &step : live->steps) {
        if (isFinal(step.state))
            continue;
        if (step.title == phase) {
            m_jobs.startStep(job, step.id);
            return step.id;
        }
        running = step.id;
    }
    if (live->steps.size() >= mostPhases)
        return running;
    Step step;
    step.id = stepIdFor(phase, live->steps);
    step.title = phase;
    const QString id = step.id;
    m_jobs.addStep(job, step);
    if (!running.isEmpty())
        m_jobs.endStep(job, running, State::Succeeded);
    m_jobs.startStep(job, id);
    return id;
}

bool FrappeJobs::mayTell()
{
    const UnixMs second = m_jobs.now() / 1000;
    if (std::exchange(m_second, second) != second)
        m_told = 0;
    return ++m_told <= mostCustom;
}

void FrappeJobs::takeAi(const QJsonObject &message)
{
    static const QRegularExpression plainName(QStringLiteral("^[A-Za-z0-9_-]{1,64}$"));
    static const QRegularExpression stepOf(QStringLiteral("\\b[Ss]tep (\\d{1,6})/(\\d{1,6})\\b"));
    const QString type = memberOf(message, {"type"}, 64);
    if (!plainName.match(type).hasMatch())
        return;
    const QString id = memberOf(message, {"task_id", "conversation_id"}, 200);
    const QString key = id.isEmpty() ? QStringLiteral("ai") : QStringLiteral("ai:") + id;
    const QString words = memberOf(message, {"message", "description", "question"});
    if (type == QStringLiteral("complete"))
        return end(key, State::Succeeded, {});
    if (type == QStringLiteral("error")) {
        const QString error = memberOf(message, {"message", "error", "text"});
        // One that fails before it says anything is told, too.
        if (m_jobs.find(key).isEmpty() && !m_ended.contains(key))
            (void)begin(key, QStringLiteral("AI assistant"));
        return end(key, State::Failed, error);
    }
    if (type == QStringLiteral("metrics_update") || type.startsWith(QStringLiteral("todo_"))) {
        const QString job = m_jobs.find(key);
        if (!job.isEmpty() && QJsonDocument(message).toJson(QJsonDocument::Compact).size() <= mostText && mayTell())
            m_jobs.custom(job, {}, type, message);
        return;
    }
    const bool worked = type == QStringLiteral("step_complete");
    const bool streams = type == QStringLiteral("reasoning") || type == QStringLiteral("text")
        || type == QStringLiteral("completion") || type == QStringLiteral("ai_chunk");
    QString phase = worked                    ? QStringLiteral("working")
        : type == QStringLiteral("reasoning") ? QStringLiteral("thinking")
        : streams                             ? QStringLiteral("answer")
                                              : type;
    phase[0] = phase[0].toUpper();
    const QString job = begin(key, QStringLiteral("AI assistant"), phase);
    const QString step = toPhase(job, phase);
    if (step.isEmpty())
        return;
    const QString whole = message.value(streams ? QLatin1String("text") : QLatin1String("message")).toString();
    if (!whole.isEmpty()) {
        const bool partial = streams && message.value(QLatin1String("partial")).toBool(type != QStringLiteral("text"));
        m_jobs.output(job, step, whole.left(mostText) + (partial ? QString() : QStringLiteral("\n")));
    }
    const Job *live = m_jobs.job(job);
    const Step *there = live ? live->findStep(step) : nullptr;
    if (!there || streams)
        return;
    Progress progress = m_jobs.newest(job, step).value_or(Progress());
    auto number = numberOf(message.value(QLatin1String("step")));
    auto total = numberOf(message.value(QLatin1String("total")));
    if (const auto match = stepOf.match(words); !number && match.hasMatch()) {
        number = match.captured(1).toDouble();
        total = match.captured(2).toDouble();
    }
    if (number) {
        progress.done = worked ? *number : std::max(0.0, *number - 1); // the step it tells of is still to do
        progress.total = total ? total : progress.total;
        progress.fraction.reset();
        progress.unit = QStringLiteral("steps");
    }
    progress.message = words;
    m_jobs.progress(job, step, progress);
}

void FrappeJobs::takeUpdates(const QJsonArray &updates)
{
    qsizetype from = 0;
    if (!m_updates.isEmpty() && updates.size() >= m_updates.size()) {
        while (from < m_updates.size() && updates.at(from) == m_updates.at(from))
            ++from;
        if (from < m_updates.size())
            from = 0;
    }
    m_updates = updates;
    for (; from < updates.size(); ++from)
        takeAi(updates.at(from).toObject());
}

} // namespace stepwire
