#include "core/serve/dialects/frappe/frappe_story.h"

#include <QDateTime>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace stepwire {

using namespace Qt::StringLiterals;

static QString nameOf(const Step &step)
{
    return step.title.isEmpty() ? step.id : step.title;
}

static int placeOf(const Job &job, QStringView step)
{
    const auto it = std::find_if(job.steps.begin(), job.steps.end(), [&](const Step &s) { return s.id == step; });
    return static_cast<int>(it - job.steps.begin()) + 1;
}

static int countOf(const Job &job)
{
    return static_cast<int>(job.steps.size());
}

/// As Frappe writes times.
static QString timeText(UnixMs time)
{
    return QDateTime::fromMSecsSinceEpoch(time, Qt::UTC).toString(u"yyyy-MM-dd HH:mm:ss.zzz"_s) + u"000"_s;
}

static double percentOf(const Job &job)
{
    return std::round(jobFraction(job).value_or(0) * 1000) / 10;
}

static QJsonValue textOrNull(const QString &text)
{
    return text.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(text);
}

bool FrappeStory::isTold(const Job &job)
{
    return job.parent.isEmpty() && job.source != u"frappe";
}

void FrappeStory::expect(const QString &job, const QString &user, const QString &conversation)
{
    if (m_tasks.size() < mostTasks) {
        Task task;
        task.user = user;
        task.conversation = conversation;
        m_tasks.insert_or_assign(job, std::move(task));
    }
}

FrappeStory::Task &FrappeStory::taskOf(const Job &job)
{
    // Jobs that go without an end are forgotten some time, too.
    while (m_tasks.size() >= mostTasks)
        m_tasks.erase(m_tasks.begin());
    const auto [it, isNew] = m_tasks.try_emplace(job.id);
    if (isNew) {
        it->second.user = userOf(job);
        it->second.conversation = conversationOf(job);
    }
    return it->second;
}

QString FrappeStory::userOf(const Job &job) const
{
    if (const auto it = m_tasks.find(job.id); it != m_tasks.end() && !it->second.user.isEmpty())
        return it->second.user;
    const FrappeSite::Pipeline *pipeline = m_site.pipelineOf(job);
    return pipeline && !pipeline->user.isEmpty() ? pipeline->user : m_site.user;
}

QString FrappeStory::conversationOf(const Job &job) const
{
    if (const auto it = m_tasks.find(job.id); it != m_tasks.end() && !it->second.conversation.isEmpty())
        return it->second.conversation;
    const QString named = job.params.value(u"conversation_id"_s).toString();
    return named.isEmpty() || named.size() > 140 ? job.id : named;
}

FrappeSite::Shows FrappeStory::showsOf(const Job &job) const
{
    const FrappeSite::Pipeline *pipeline = m_site.pipelineOf(job);
    return pipeline && pipeline->shows ? *pipeline->shows : m_site.shows;
}

/// Frappe 15: who watches the task; who watches the document, or else the user.
QStringList FrappeStory::progressRooms(const Job &job) const
{
    QStringList rooms{frappe_room::task(job.id)};
    if (showsOf(job) == FrappeSite::Shows::AiProgress)
        return rooms;
    const auto document = m_site.documentOf(job);
    rooms.append(document ? frappe_room::document(document->first, document->second) : frappe_room::user(userOf(job)));
    return rooms;
}

FrappePublication FrappeStory::ai(const Job &job, UnixMs now, QJsonObject message) const
{
    const auto add = [&](const QString &name, const QJsonValue &value) {
        if (!message.contains(name))
            message.insert(name, value);
    };
    add(u"task_id"_s, job.id);
    add(u"conversation_id"_s, conversationOf(job));
    add(u"timestamp"_s, timeText(now));
    return {u"ai_progress"_s, message, {frappe_room::user(userOf(job))}};
}

FrappePublication FrappeStory::progress(const Job &job, double percent, const QString &description) const
{
    return {u"progress"_s,
            QJsonObject{{u"percent"_s, percent},
                        {u"title"_s, textOrNull(job.title)},
                        {u"description"_s, textOrNull(description)},
                        {u"task_id"_s, job.id}},
            progressRooms(job)};
}

FrappePublication FrappeStory::status(const Job &job, const QString &status, const QString &error) const
{
    QJsonObject message{{u"task_id"_s, job.id}, {u"status"_s, status}};
    if (!error.isEmpty())
        message.insert(u"error"_s, error);
    return {u"task_status_change"_s, message, {frappe_room::task(job.id)}};
}

/// Lists and forms that show the document are told that it has changed.
void FrappeStory::tellDocument(std::vector<FrappePublication> &out, const Job &job, UnixMs now) const
{
    const auto document = m_site.documentOf(job);
    if (!document)
        return;
    const auto &[doctype, name] = *document;
    out.push_back({u"list_update"_s,
                   QJsonObject{{u"doctype"_s, doctype}, {u"name"_s, name}, {u"user"_s, userOf(job)}},
                   {frappe_room::doctype(doctype)}});
    out.push_back({u"doc_update"_s,
                   QJsonObject{{u"modified"_s, timeText(now)}, {u"doctype"_s, doctype}, {u"name"_s, name}},
                   {frappe_room::document(doctype, name)}});
}

std::vector<FrappePublication> FrappeStory::tell(const Event &event, const Job &job)
{
    std::vector<FrappePublication> out;
    if (!isTold(job))
        return out;
    const bool speaksToUser = showsOf(job) != FrappeSite::Shows::Progress;
    const auto say = [&](QJsonObject message) {
        if (speaksToUser && !taskOf(job).speaks)
            out.push_back(ai(job, event.time, std::move(message)));
    };
    if (std::holds_alternative<JobQueued>(event.data)) {
        out.push_back(status(job, u"Queued"_s));
    } else if (std::holds_alternative<JobStarted>(event.data)) {
        Task &task = taskOf(job);
        task.speaks = task.ended = false;
        task.percent = -1;
        task.told.clear();
        out.push_back(status(job, u"Running"_s));
        say({{u"type"_s, u"thinking"_s}, {u"message"_s, u"🔍 "_s + job.title}});
        QString plan = u"📝 Here's my plan:"_s;
        QJsonArray steps;
        for (const Step &step : job.steps) {
            if (steps.size() < 100)
                plan += u"\n%1. %2"_s.arg(steps.size() + 1).arg(nameOf(step));
            steps.append(QJsonObject{{u"id"_s, step.id}, {u"title"_s, nameOf(step)}});
        }
        say({{u"type"_s, u"plan"_s}, {u"message"_s, plan}, {u"steps"_s, steps}, {u"total"_s, countOf(job)}});
        tellDocument(out, job, event.time);
    } else if (std::holds_alternative<StepStarted>(event.data)) {
        const Step *step = job.findStep(event.step);
        if (!step)
            return out;
        const int place = placeOf(job, step->id);
        say({{u"type"_s, u"working"_s},
             {u"message"_s, u"⚙️ Step %1/%2: %3"_s.arg(place).arg(countOf(job)).arg(nameOf(*step))},
             {u"step"_s, place},
             {u"total"_s, countOf(job)},
             {u"percent"_s, percentOf(job)}});
    } else if (const auto *finished = std::get_if<StepFinished>(&event.data)) {
        const Step *step = job.findStep(event.step);
        if (!step || finished->state != State::Succeeded)
            return out; // what fails is told with the job's end, where it is the end
        const int place = placeOf(job, step->id);
        say({{u"type"_s, u"step_complete"_s},
             {u"message"_s, u"✅ "_s + nameOf(*step)},
             {u"step"_s, place},
             {u"total"_s, countOf(job)},
             {u"percent"_s, percentOf(job)}});
    } else if (const auto *custom = std::get_if<Custom>(&event.data)) {
        tellCustom(out, job, *custom, event.time);
    } else if (const auto *end = std::get_if<JobFinished>(&event.data)) {
        tellEnd(out, job, *end, event.time);
    }
    return out;
}

std::vector<FrappePublication> FrappeStory::progressOf(const Job &job, UnixMs now)
{
    std::vector<FrappePublication> out;
    const Step *running = oldestRunningStep(job);
    if (!isTold(job) || isFinal(job.state) || !running)
        return out;
    Task &task = taskOf(job);
    const double percent = percentOf(job);
    const QString words = running->progress ? running->progress->message : QString();
    const QString description = words.isEmpty() ? nameOf(*running) : words;
    const QString told = running->id + u'\n' + description;
    if (percent == task.percent && told == task.told)
        return out;
    task.percent = percent;
    task.told = told;
    out.push_back(progress(job, percent, description));
    if (task.speaks || !running->progress || showsOf(job) == FrappeSite::Shows::Progress)
        return out;
    const int place = placeOf(job, running->id);
    out.push_back(ai(job, now,
                     {{u"type"_s, u"working"_s},
                      {u"message"_s, u"⚙️ Step %1/%2: %3"_s.arg(place).arg(countOf(job)).arg(description)},
                      {u"step"_s, place},
                      {u"total"_s, countOf(job)},
                      {u"percent"_s, percent}}));
    return out;
}

void FrappeStory::tellEnd(std::vector<FrappePublication> &out, const Job &job, const JobFinished &finished, UnixMs now)
{
    const bool well = satisfiesNeeds(finished.state);
    const QString error = finished.error ? finished.error->message : QString();
    const QString words = !error.isEmpty() ? error : u"the job was "_s + stateName(finished.state);
    if (well)
        out.push_back(progress(job, 100, {}));
    out.push_back(well ? status(job, u"Success"_s)
                       : status(job, finished.state == State::Cancelled ? u"Cancelled"_s : u"Failed"_s, words));
    tellDocument(out, job, now);
    if (!well && finished.state != State::Cancelled)
        out.push_back({u"msgprint"_s,
                       QJsonObject{{u"message"_s, (job.title + u": "_s + words).toHtmlEscaped()},
                                   {u"title"_s, u"Error"_s},
                                   {u"indicator"_s, u"red"_s}},
                       {frappe_room::user(userOf(job))}});
    if (showsOf(job) != FrappeSite::Shows::Progress && !taskOf(job).ended) {
        QJsonObject last{{u"total"_s, countOf(job)}, {u"duration_ms"_s, finished.durationMs}};
        last.insert(u"type"_s, well ? u"complete"_s : u"error"_s);
        last.insert(u"message"_s, well ? u"✨ Done!"_s : u"❌ "_s + words);
        if (!well)
            last.insert(u"error"_s, words);
        out.push_back(ai(job, now, last)); // the last of all: the guide's client goes when it comes
    }
}

/// What a step sends by itself.
void FrappeStory::tellCustom(std::vector<FrappePublication> &out, const Job &job, const Custom &custom, UnixMs now)
{
    // Words of Socket.IO and of servers; and those that say something of tasks, which is known here.
    static const QStringList reserved{
        u"connect"_s, u"connect_error"_s, u"connecting"_s,     u"disconnect"_s, u"disconnecting"_s,
        u"error"_s,   u"newListener"_s,   u"removeListener"_s, u"pong"_s,       u"task_status_change"_s};
    static const QRegularExpression plainName(u"^[A-Za-z][A-Za-z0-9_.:-]{0,63}$"_s);
    if (!plainName.match(custom.name).hasMatch() || reserved.contains(custom.name)
        || (custom.name == u"eval_js" && !m_site.evalJs))
        return;
    if (custom.name != u"ai_progress") {
        out.push_back({custom.name, custom.value, {frappe_room::user(userOf(job))}});
        return;
    }
    const QString type = custom.value[u"type"_s].toString();
    if (type.isEmpty())
        return;
    Task &task = taskOf(job);
    task.speaks = true;
    task.ended = task.ended || type == u"complete" || type == u"error";
    out.push_back(ai(job, now, custom.value.toObject()));
}

} // namespace stepwire
