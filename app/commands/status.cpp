#include "app/commands/commands.h"

#include "app/terminal/frame.h"
#include "app/terminal/output.h"
#include "app/terminal/screen.h"
#include "core/model/quote.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimer>

#include <algorithm>
#include <map>

#include <unistd.h>

namespace stepwire {

namespace {

struct StatusOptions
{
    bool json = false;
    bool waybar = false;
    bool follow = false;
};

/// What a job is doing or why it is not, for the end of its line.
QStringList detailsOf(const Job &job, UnixMs now)
{
    QStringList details;
    if (const Step *step = oldestRunningStep(job)) {
        if (step->title != job.title) // the one step of a command is called like the job
            details.append(step->title);
        if (step->progress && !step->progress->message.isEmpty())
            details.append(plainLine(step->progress->message));
        if (step->stalledMs)
            details.append(QStringLiteral("quiet for ") + roughDuration(*step->stalledMs));
    } else if (job.error) {
        details.append(job.error->message);
    } else {
        for (const Step &each : job.steps) {
            if (each.retryInMs && each.state == State::Queued)
                details.append(
                    QStringLiteral("%1 again in %2")
                        .arg(each.title, roughDuration(*each.retryInMs - (each.finished ? now - *each.finished : 0))));
        }
    }
    if (job.queuePosition)
        details.append(placeText(*job.queuePosition));
    if (job.lostSince)
        details.append(QStringLiteral("last seen %1 ago")
                           .arg(roughDuration(QDateTime::currentMSecsSinceEpoch() - *job.lostSince)));
    else if (const QString left = etaText(job); !left.isEmpty())
        details.append(left);
    return details;
}

/// A job that is a step of another is called after both.
QString titleOf(const Job &job, const std::vector<const Job *> &all)
{
    QString title = job.title;
    QString parent = job.parent;
    for (int depth = 0; depth < 8 && !parent.isEmpty(); ++depth) {
        const auto it = std::find_if(all.begin(), all.end(), [&](const Job *other) { return other->id == parent; });
        if (it == all.end())
            break;
        title = (*it)->title + QStringLiteral(" / ") + title;
        parent = (*it)->parent;
    }
    return title;
}

/// When the last job of each group that has some waiting is expected to have ended, where that is known of all. Those
/// that are held or paused wait for a person.
QStringList queueLines(const std::vector<const Job *> &jobs)
{
    struct Queue
    {
        int waiting = 0;
        qint64 longestMs = 0;
        bool known = true;
    };
    std::map<QString, Queue> queues;
    for (const Job *job : jobs) {
        const bool waits = job->state == State::Queued;
        if (!job->parent.isEmpty() || !job->via.isEmpty() || (!waits && job->state != State::Running))
            continue;
        Queue &queue = queues[job->group];
        queue.waiting += waits ? 1 : 0;
        queue.known = queue.known && (!waits || job->etaMs); // that of who waits counts those before it
        queue.longestMs = std::max(queue.longestMs, job->etaMs.value_or(0));
    }
    QStringList lines;
    for (const auto &[group, queue] : queues) {
        if (queue.waiting > 0)
            lines.append(QStringLiteral("          %1 waiting in group %2%3")
                             .arg(queue.waiting)
                             .arg(group,
                                  queue.known
                                      ? QStringLiteral(", ~%1 until all have ended").arg(roughDuration(queue.longestMs))
                                      : QString()));
    }
    return lines;
}

void printTable(const std::vector<Job> &jobs)
{
    if (jobs.empty())
        return say(QStringLiteral("no jobs"));
    const UnixMs now = QDateTime::currentMSecsSinceEpoch();
    std::vector<const Job *> all;
    all.reserve(jobs.size());
    for (const Job &job : jobs)
        all.push_back(&job);
    for (const Job &job : jobs) {
        const bool waits = job.state == State::Queued || job.state == State::Held;
        const QString took =
            job.started && !waits ? durationText(job.finished.value_or(job.ownersNow(now)) - *job.started) : QString();
        QString line = QStringLiteral("%1  %2 %3  %4  %5")
                           .arg(job.id.right(8), spokenState(job.state).leftJustified(11),
                                percentText(job).rightJustified(6), took.rightJustified(10),
                                (job.via.isEmpty() ? QString() : job.via + QStringLiteral(": ")) + titleOf(job, all));
        for (const QString &detail : detailsOf(job, job.ownersNow(now)))
            line += QStringLiteral("  ") + detail;
        printLine(line.trimmed().toUtf8());
    }
    for (const QString &line : queueLines(all))
        printLine(line.toUtf8());
}

/// One line for waybar's custom module (`return-type: json`). The percentage is the mean of those that have begun.
QByteArray waybarLine(const Snapshot &state)
{
    double sum = 0;
    int begun = 0;
    int moving = 0;
    int waiting = 0;
    bool failed = false;
    QStringList tooltip;
    for (const auto &job : state.jobs()) {
        if (!job->parent.isEmpty()) // it counts in the job that it is a step of
            continue;
        if (isFinal(job->state)) {
            failed = job->state == State::Failed || job->state == State::TimedOut; // the newest tells
            continue;
        }
        QStringList words{job->title};
        if (job->state == State::Queued || job->state == State::Held) {
            ++waiting;
            words.append(job->queuePosition ? placeText(*job->queuePosition) : spokenState(job->state));
        } else {
            ++begun;
            moving += job->state == State::Paused ? 0 : 1;
            const double fraction = jobFraction(*job).value_or(0);
            sum += fraction;
            if (const Step *step = oldestRunningStep(*job); step && step->title != job->title)
                words.append(step->title);
            words.append(QStringLiteral("%1 %").arg(wholePercent(fraction)));
            if (job->state != State::Running)
                words.append(spokenState(job->state));
        }
        if (const QString left = etaText(*job); !left.isEmpty())
            words.append(left);
        tooltip.append(words.join(QStringLiteral(", ")));
    }
    const int percent = begun > 0 ? wholePercent(sum / begun) : 0;
    QStringList text;
    if (begun > 0)
        text.append(begun == 1 ? QStringLiteral("%1 %").arg(percent)
                               : QStringLiteral("%1 jobs %2 %").arg(begun).arg(percent));
    if (waiting > 0)
        text.append(QStringLiteral("%1 waiting").arg(waiting));
    const QJsonObject line{{QStringLiteral("text"), text.join(QStringLiteral(", "))},
                           {QStringLiteral("tooltip"), tooltip.join(u'\n')},
                           {QStringLiteral("class"),
                            moving > 0        ? QStringLiteral("running")
                                : begun > 0   ? QStringLiteral("paused")
                                : waiting > 0 ? QStringLiteral("queued")
                                : failed      ? QStringLiteral("failed")
                                              : QStringLiteral("idle")},
                           {QStringLiteral("percentage"), percent}};
    return QJsonDocument(line).toJson(QJsonDocument::Compact);
}

/// Prints a line for the bar whenever it would read differently.
class WaybarFace : public QObject, public HubLink::Sink
{
public:
    WaybarFace(Session &session, bool follow) : m_session(session), m_follow(follow)
    {
        m_pace.setSingleShot(true);
        connect(&m_pace, &QTimer::timeout, this, [this] { print(); });
    }

    void snapshotReceived(const Snapshot &snapshot, const QByteArray &) override
    {
        m_state = snapshot;
        print();
        if (!m_follow)
            m_session.finish(exit_code::succeeded);
    }

    void eventReceived(const HubLink::Received &received) override
    {
        apply(m_state, received.event);
        if (!m_pace.isActive())
            m_pace.start(100);
    }

    void linkLost(const QString &) override
    {
        m_state = Snapshot();
        print();
        m_session.finish(exit_code::succeeded);
    }

private:
    void print()
    {
        const QByteArray line = waybarLine(m_state);
        if (line != std::exchange(m_last, line))
            printLine(line);
    }

    Session &m_session;
    bool m_follow;
    Snapshot m_state;
    QByteArray m_last;
    QTimer m_pace;
};

int showStatus(const CommandSetup &setup, const StatusOptions &options)
{
    Session session(setup.paths);
    setup.prepare(session);
    if (options.waybar) {
        WaybarFace face(session, options.follow);
        if (!options.follow && !QFile::exists(setup.paths.socket())) {
            printLine(waybarLine(Snapshot()));
            return exit_code::succeeded;
        }
        return session.run(Session::IfNone::Start, [&] {
            session.link().setSink(&face);
            session.request(QStringLiteral("subscribe"), {{QStringLiteral("output"), false}},
                            [](const QJsonValue &) {});
        });
    }
    return session.run(Session::IfNone::Start, [&] {
        if (const QString &reason = session.link().hello().degraded; !reason.isEmpty())
            sayError(QStringLiteral("jobs are not remembered: %1; stepwire doctor tells what to do").arg(reason));
        session.request(QStringLiteral("job.list"), {{QStringLiteral("limit"), 200}}, [&](const QJsonValue &page) {
            const QJsonArray array = page[u"jobs"].toArray();
            std::vector<Job> jobs;
            for (auto it = array.end(); it != array.begin();) {
                --it;
                if (options.json)
                    printLine(QJsonDocument((*it).toObject()).toJson(QJsonDocument::Compact));
                else if (auto job = native::decodeJob((*it).toObject()))
                    jobs.push_back(std::move(*job));
            }
            if (!options.json)
                printTable(jobs);
            session.finish(exit_code::succeeded);
        });
    });
}

} // namespace

void addStatus(const CommandSetup &setup)
{
    auto options = std::make_shared<StatusOptions>();
    CLI::App *status =
        setup.app.add_subcommand("status", "Show the jobs that run, those that wait, and those that ended last");
    status->add_flag("--json", options->json, "one job object a line on stdout");
    auto *waybar =
        status->add_flag("--waybar", options->waybar, "one line for waybar's custom module (return-type json)");
    status->add_flag("--follow", options->follow, "with --waybar: a line at every change")->needs(waybar);
    status->callback([setup, options] { setup.action = [setup, options] { return showStatus(setup, *options); }; });
}

} // namespace stepwire
