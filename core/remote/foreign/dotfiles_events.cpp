#include "core/remote/foreign/dotfiles_events.h"

#include "core/model/quote.h"

#include <QCryptographicHash>
#include <QFileInfo>
#include <QJsonDocument>

#include <algorithm>

namespace stepwire {

static constexpr qsizetype mostText = 500;
static constexpr qsizetype mostExtras = 16;
static constexpr std::size_t mostPhases = 64;

static QString shown(const QJsonValue &value)
{
    return plainLine(value.isString() ? value.toString().left(mostText) : QString());
}

/// When the run of this key began, by the server's clock.
static UnixMs startOf(const QString &key)
{
    return key.sliced(key.lastIndexOf(u'@') + 1).toLongLong();
}

DotfilesEvents::DotfilesEvents(ForeignJobs &jobs, QString name) : m_jobs(jobs), m_name(std::move(name)) { }

QString DotfilesEvents::job() const
{
    const QStringList keys = m_jobs.liveKeys();
    for (const QString &key : keys) {
        if (socketOf(key) == m_name)
            return m_jobs.find(key);
    }
    return {};
}

void DotfilesEvents::opened()
{
    m_opened = m_jobs.now();
    m_repeated = 0;
    if (std::exchange(m_recalled, true))
        return;
    for (const ForeignJobs::Past &past : m_jobs.past()) { // told to an earlier life of this hub
        if (socketOf(past.key) == m_name)
            m_newest = std::max(m_newest, past.finished + 1);
    }
    if (const QString live = m_jobs.keyOf(job()); !live.isEmpty())
        m_newest = std::max(m_newest, startOf(live));
}

bool DotfilesEvents::isStale(UnixMs time, const QJsonObject &message)
{
    const QByteArray mark =
        QCryptographicHash::hash(QJsonDocument(message).toJson(QJsonDocument::Compact), QCryptographicHash::Sha1);
    const bool repeats = m_repeated < mostRepeated && m_jobs.now() - m_opened < repeatMs;
    if (time == m_newest && m_ofNewest.contains(mark))
        return true;
    if (time < m_newest && repeats) {
        ++m_repeated;
        return true;
    }
    if (time != m_newest)
        m_ofNewest.clear();
    constexpr qsizetype mostMarks = 1000;
    if (m_ofNewest.size() < mostMarks)
        m_ofNewest.insert(mark);
    m_newest = time; // also back: their clock was set
    return false;
}

bool DotfilesEvents::take(const QJsonObject &message)
{
    const QJsonValue event = message[u"event_name"];
    const QJsonValue time = message[u"timestamp_ms"];
    const QString type = message[u"message_type"].toString();
    const QJsonValue content = message[u"data"];
    const bool isData = type == u"data";
    const bool isError = type == u"error";
    if (!event.isString() || !time.isDouble() || !message[u"timestamp_iso"].isString() || !content.isObject()
        || !(isData || isError || type == u"control"))
        return false;
    const UnixMs at = time.toInteger(0);
    if (isStale(at, message))
        return true;

    const QJsonObject data = content.toObject();
    const QString status = data[u"status"].toString();
    if (!isData && !isError) {
        if (status != u"ready")
            return true; // there are no others
        const QString before = job();
        if (!before.isEmpty() && startOf(m_jobs.keyOf(before)) != at)
            m_jobs.end(before, State::Interrupted,
                       Failure{QStringLiteral("another run began, the end of this one was never told"), {}, {}, {}, {}},
                       at);
        showProgress(begin(at, data), data);
        return true;
    }
    // The guide says "complete" and the program "completed".
    if (isError || status == u"error")
        end(at, State::Failed, data);
    else if (status == u"complete" || status == u"completed")
        end(at, State::Succeeded, data);
    else
        showProgress(begin(at, data), data);
    return true;
}

QString DotfilesEvents::begin(UnixMs time, const QJsonObject &data)
{
    static const QStringList own = {QStringLiteral("step"),        QStringLiteral("progress"),
                                    QStringLiteral("status"),      QStringLiteral("step_index"),
                                    QStringLiteral("total_steps"), QStringLiteral("step_details"),
                                    QStringLiteral("error")};
    QString title = m_name.left(mostText);
    QJsonObject params;
    for (auto it = data.begin(); it != data.end() && params.size() < mostExtras; ++it) {
        const bool isPlain = it->isString() || it->isDouble() || it->isBool();
        if (own.contains(it.key()) || it.key() == u"key" || !isPlain)
            continue;
        params.insert(it.key().left(mostText), it->isString() ? QJsonValue(it->toString().left(mostText)) : *it);
        if (it.key().endsWith(u"_path") && it->isString())
            title += u' ' + QFileInfo(it->toString().left(mostText)).fileName();
    }
    if (const QString live = job(); !live.isEmpty()) {
        if (m_jobs.job(live)->title == m_name) // that it was ready is said before what it is about
            m_jobs.setTitle(live, title);
        return live;
    }
    ForeignJobs::Plan plan;
    plan.key = QStringLiteral("%1@%2").arg(m_name).arg(time);
    plan.title = title;
    plan.params = params;
    plan.started = time > 0 ? std::min(time, m_jobs.now()) : m_jobs.now();
    const QString job = m_jobs.begin(plan);
    m_jobs.startStep(job, QStringLiteral("main"));
    return job;
}

void DotfilesEvents::showProgress(const QString &job, const QJsonObject &data)
{
    // The number of the step and of all steps are not told: of several at once they say 0 and 1.
    Progress progress;
    progress.unit = QStringLiteral("%");
    progress.total = 100;
    progress.done = std::clamp(data[u"progress"].toDouble(), 0.0, 100.0);
    if (!data[u"progress"].isDouble()) {
        if (!data[u"step"].isString())
            return;
        const Step *step = m_jobs.job(job) ? m_jobs.job(job)->findStep(u"main") : nullptr;
        progress = step && step->progress ? *step->progress : Progress{};
    }
    progress.message = shown(data[u"step"]);
    const QJsonObject details = data[u"step_details"].toObject();
    for (auto it = details.begin(); it != details.end() && progress.phases.size() < mostPhases; ++it) {
        const QJsonValue done = it->toObject()[u"internal_progress"];
        if (done.isDouble())
            progress.phases.push_back({it.key().left(mostText), plainLine(it.key().left(mostText)),
                                       std::clamp(done.toDouble(), 0.0, 100.0), 100.0, QStringLiteral("%")});
    }
    m_jobs.progress(job, QStringLiteral("main"), progress);
}

void DotfilesEvents::end(UnixMs time, State state, const QJsonObject &data)
{
    // A failed step and then its run are two errors of one run; guide and program may end it with a word each.
    if (job().isEmpty() && m_ended > 0 && time - m_ended <= echoMs)
        return;
    const QString job = begin(time, data);
    std::optional<Failure> error;
    if (state == State::Failed) {
        error = Failure{shown(data[u"error"]), {}, {}, {}, {}};
        if (error->message.isEmpty())
            error->message = QStringLiteral("it failed, and did not say why");
        if (const QString step = shown(data[u"step"]); !step.isEmpty())
            error->message = QStringLiteral("%1: %2").arg(step, error->message);
        error->step = QStringLiteral("main");
    }
    constexpr qint64 dayMs = 86'400'000;
    m_jobs.end(job, state, error, std::min(time, m_jobs.now() + dayMs));
    m_ended = time;
}

void DotfilesEvents::gone()
{
    if (const QString live = job(); !live.isEmpty())
        m_jobs.end(live, State::Interrupted,
                   Failure{QStringLiteral("whoever ran it went away without telling how it ended"), {}, {}, {}, {}});
}

} // namespace stepwire
