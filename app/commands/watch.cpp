#include "app/commands/commands.h"

#include "app/host/signals.h"
#include "app/terminal/output.h"
#include "app/terminal/screen.h"
#include "core/model/ids.h"
#include "core/model/quote.h"
#include "core/wire/native/rpc.h"

#include <QDateTime>
#include <QJsonArray>
#include <QTimer>

#include <csignal>

#include <unistd.h>

namespace stepwire {

namespace {

struct WatchOptions
{
    std::string job;
    std::string since;
    bool json = false;
};

struct Position
{
    QString epoch;
    quint64 seq = 0;
};

/// Shows every event, or frames of the live jobs on a terminal.
class WatchFace : public QObject, public HubLink::Sink
{
public:
    WatchFace(Session &session, bool json) : m_session(session), m_json(json)
    {
        if (json || !isTerminal(STDOUT_FILENO) || qgetenv("TERM") == "dumb")
            return;
        m_screen = std::make_unique<Screen>(STDOUT_FILENO);
        m_signals =
            std::make_unique<SignalCatcher>(std::initializer_list<int>{SIGINT, SIGTERM, SIGHUP}, [this](int number) {
                endScreen();
                m_session.finish(128 + number);
            });
        connect(&m_redraw, &QTimer::timeout, this, [this] { redraw(); });
        m_redraw.start(100);
    }

    /// Ends when this job has ended for the `attempt`th time: what is replayed may hold ends before that.
    void follow(const QString &jobId, int attempt)
    {
        m_jobId = jobId;
        m_attempt = attempt;
    }

    void snapshotReceived(const Snapshot &snapshot, const QByteArray &encoded) override
    {
        m_state = snapshot;
        if (m_json)
            printLine("{\"type\":\"snapshot\"," + encoded.sliced(1));
        endWhenDone();
    }

    void eventReceived(const HubLink::Received &received) override
    {
        if (m_done)
            return;
        apply(m_state, received.event);
        if (!isOfHost(received.event))
            return;
        if (m_json)
            printLine(received.encoded);
        else if (!m_screen)
            sayPlain(received.event);
        if (std::holds_alternative<JobFinished>(received.event.data))
            endWhenDone();
    }

    void linkLost(const QString &reason) override
    {
        endScreen();
        sayError(reason);
        m_session.finish(exit_code::unreachable);
    }

private:
    void endScreen()
    {
        m_redraw.stop();
        m_screen.reset();
    }

    [[nodiscard]] bool isOfHost(const Event &event) const
    {
        const QString &host = m_session.host();
        if (host.isEmpty())
            return true;
        if (const auto *notice = std::get_if<Notice>(&event.data); notice && event.job.isEmpty())
            return notice->data[u"name"].toString() == host;
        const Job *job = m_state.find(event.job);
        return job && job->via == host;
    }

    void endWhenDone()
    {
        const Job *job = m_jobId.isEmpty() ? nullptr : m_state.find(m_jobId);
        if (m_done || !job || !isFinal(job->state) || job->attempt < m_attempt)
            return;
        m_done = true;
        if (m_screen)
            redraw();
        endScreen();
        m_session.finish(exit_code::succeeded);
    }

    void sayPlain(const Event &event)
    {
        const Job *job = m_state.find(event.job);
        if (!job)
            return;
        const Step *step = job->findStep(event.step);
        if (step
            && (std::holds_alternative<StepStarted>(event.data) || std::holds_alternative<StepFinished>(event.data)))
            printLine(plainStepLine(*job, *step).toUtf8());
        else if (std::holds_alternative<JobQueued>(event.data) || std::holds_alternative<JobFinished>(event.data))
            printLine(plainJobLine(*job).toUtf8());
    }

    void redraw()
    {
        const UnixMs now = QDateTime::currentMSecsSinceEpoch();
        const FrameStyle style = m_screen->style();
        if (const Job *job = m_state.find(m_jobId)) {
            m_screen->draw(renderFrame(*job, style, now, m_nestedOf));
            return;
        }
        std::vector<const Job *> jobs;
        for (const auto &job : m_state.jobs()) {
            if (m_jobId.isEmpty() && !isFinal(job->state) && job->parent.isEmpty()
                && (m_session.host().isEmpty() || job->via == m_session.host()))
                jobs.push_back(job.get());
        }
        m_screen->draw(renderJobs(std::move(jobs), style, now, m_nestedOf));
    }

    Session &m_session;
    bool m_json;
    QString m_jobId;
    int m_attempt = 1;
    bool m_done = false;
    const NestedOf m_nestedOf = [this](const Job &job, const Step &step) { return nestedIn(m_state, job, step); };
    Snapshot m_state;
    std::unique_ptr<Screen> m_screen;
    std::unique_ptr<SignalCatcher> m_signals;
    QTimer m_redraw;
};

Result<std::optional<Position>> parseSince(const QString &text)
{
    if (text.isEmpty())
        return std::optional<Position>();
    const auto place = native::parsePosition(text);
    if (!place || place->first.isEmpty())
        return fail(QStringLiteral("--since is %1, expected EPOCH:SEQ as an event shows them").arg(quoted(text)));
    return std::optional(Position{place->first, place->second});
}

int watch(const CommandSetup &setup, const WatchOptions &options)
{
    const auto since = parseSince(fromArgument(options.since));
    if (!since)
        return wrongUsage(since.error().message);
    Session session(setup.paths);
    setup.prepare(session);
    WatchFace face(session, options.json);
    const auto subscribe = [&](const std::optional<Position> &position, const QString &jobId, int attempt) {
        QJsonObject params;
        if (!jobId.isEmpty())
            params.insert(QStringLiteral("jobs"), QJsonArray{jobId});
        if (position) {
            params.insert(QStringLiteral("epoch"), position->epoch);
            params.insert(QStringLiteral("seq"), static_cast<qint64>(position->seq));
        }
        session.link().setSink(&face);
        face.follow(jobId, attempt);
        session.request(QStringLiteral("subscribe"), params, [](const QJsonValue &) {});
    };
    return session.run(Session::IfNone::Start, [&] {
        if (options.job.empty())
            return subscribe(*since, {}, 1);
        session.resolveJob(fromArgument(options.job), [&](const QString &jobId) {
            session.request(
                QStringLiteral("job.get"), {{QStringLiteral("job"), jobId}}, [&, jobId](const QJsonValue &job) {
                    const auto first = static_cast<quint64>(job[u"first_seq"].toInteger());
                    subscribe(*since ? *since : std::optional(Position{session.link().hello().epoch, first - 1}), jobId,
                              job[u"attempt"].toInt(1));
                });
        });
    });
}

} // namespace

void addWatch(const CommandSetup &setup)
{
    auto options = std::make_shared<WatchOptions>();
    CLI::App *command = setup.app.add_subcommand("watch", "Watch every job, or one from its beginning to its end");
    command->add_option("job", options->job, jobHelp)->type_name("JOB");
    command->add_option("--since", options->since, "go on after this event, as watch --json shows them")
        ->type_name("EPOCH:SEQ");
    command->add_flag("--json", options->json, "one event a line");
    command->callback([setup, options] { setup.action = [setup, options] { return watch(setup, *options); }; });
}

} // namespace stepwire
