#include "app/commands/commands.h"

#include "app/terminal/frame.h"
#include "app/terminal/output.h"
#include "app/terminal/screen.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimer>

#include <cmath>

#include <unistd.h>

namespace stepwire {

namespace {

struct StatusOptions
{
    bool json = false;
    bool waybar = false;
    bool follow = false;
};

void printTable(const std::vector<Job> &jobs)
{
    if (jobs.empty())
        return say(QStringLiteral("no jobs"));
    const UnixMs now = QDateTime::currentMSecsSinceEpoch();
    for (const Job &job : jobs) {
        const auto fraction = jobFraction(job);
        QString detail;
        if (const Step *step = oldestRunningStep(job))
            detail = step->title;
        else if (job.error)
            detail = job.error->message;
        const QString took = job.started ? durationText(job.finished.value_or(now) - *job.started) : QString();
        printLine(QStringLiteral("%1  %2 %3  %4  %5  %6")
                      .arg(job.id.right(8), stateName(job.state).leftJustified(11),
                           fraction && !isFinal(job.state)
                               ? QStringLiteral("%1 %").arg(static_cast<int>(std::floor(*fraction * 100)), 3)
                               : QStringLiteral("     "),
                           took.rightJustified(10), job.title, detail)
                      .trimmed()
                      .toUtf8());
    }
}

/// One line for waybar's custom module (`return-type: json`).
QByteArray waybarLine(const Snapshot &state)
{
    double sum = 0;
    int live = 0;
    bool failed = false;
    QStringList tooltip;
    for (const auto &job : state.jobs()) {
        if (isFinal(job->state)) {
            failed = job->state == State::Failed; // the newest tells
            continue;
        }
        ++live;
        const double fraction = jobFraction(*job).value_or(0);
        sum += fraction;
        const Step *step = oldestRunningStep(*job);
        tooltip.append(QStringLiteral("%1%2, %3 %")
                           .arg(job->title, step ? QStringLiteral(", ") + step->title : QString())
                           .arg(static_cast<int>(std::floor(fraction * 100))));
    }
    const int percent = live > 0 ? static_cast<int>(std::floor(100 * sum / live)) : 0;
    const QJsonObject line{{QStringLiteral("text"),
                            live == 0       ? QString()
                                : live == 1 ? QStringLiteral("%1 %").arg(percent)
                                            : QStringLiteral("%1 jobs %2 %").arg(live).arg(percent)},
                           {QStringLiteral("tooltip"), tooltip.join(u'\n')},
                           {QStringLiteral("class"),
                            live > 0     ? QStringLiteral("running")
                                : failed ? QStringLiteral("failed")
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
    CLI::App *status = setup.app.add_subcommand("status", "Show the jobs that run and those that ended last");
    status->add_flag("--json", options->json, "one job a line");
    auto *waybar = status->add_flag("--waybar", options->waybar, "one line for waybar's custom module");
    status->add_flag("--follow", options->follow, "with --waybar: a line at every change")->needs(waybar);
    status->callback([setup, options] { setup.action = [setup, options] { return showStatus(setup, *options); }; });
}

} // namespace stepwire
