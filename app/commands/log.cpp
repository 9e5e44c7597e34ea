#include "app/commands/commands.h"

#include "app/terminal/output.h"
#include "core/model/quote.h"

#include <QHash>
#include <QJsonArray>
#include <QSet>
#include <QTimer>

#include <algorithm>
#include <csignal>
#include <deque>

#include <unistd.h>

namespace stepwire {

namespace {

struct LogOptions
{
    std::string job;
    std::string step;
    int attempt = 0; ///< 0: the newest
    bool follow = false;
};

/// The output of one step of one job.
struct Piece
{
    QString job;
    QString step;
    int attempt = 1;
    bool onlyThis = false; ///< else the attempts that come later follow
};

/// Prints the output of steps one after the other; with `follow` goes on until each has ended.
class LogReader : public QObject, public HubLink::Sink
{
public:
    LogReader(Session &session, std::deque<Piece> pieces, bool follow)
        : m_session(session), m_pieces(std::move(pieces)), m_follow(follow)
    {
        m_doubt.setSingleShot(true);
        connect(&m_doubt, &QTimer::timeout, this, [this] {
            m_mayStartAgain.clear();
            lookAgain();
        });
    }

    void start()
    {
        if (m_follow) {
            m_session.link().setSink(this);
            QJsonArray jobs;
            for (const Piece &piece : m_pieces) {
                if (!jobs.contains(piece.job))
                    jobs.append(piece.job);
            }
            m_session.request(QStringLiteral("subscribe"), {{QStringLiteral("jobs"), jobs}},
                              [this](const QJsonValue &) { readOn(); });
        } else {
            readOn();
        }
    }

    void snapshotReceived(const Snapshot &snapshot, const QByteArray &) override
    {
        m_state = snapshot;
        for (const Piece &piece : m_pieces)
            noteEnd(piece.job, piece.step);
    }

    void eventReceived(const HubLink::Received &received) override
    {
        const Event &event = received.event;
        apply(m_state, event);
        m_mayStartAgain.remove(event.job);
        if (std::holds_alternative<StepFinished>(event.data))
            noteEnd(event.job, event.step);
        lookAgain();
    }

    void linkLost(const QString &reason) override
    {
        sayError(reason);
        m_session.finish(exit_code::unreachable);
    }

private:
    /// A step that failed may be started again; whether it is, the next event of its job tells, which comes at once
    /// unless nothing else happens there.
    void noteEnd(const QString &jobId, const QString &stepId)
    {
        constexpr int doubtMs = 1000;
        const Job *job = m_state.find(jobId);
        const Step *step = job ? job->findStep(stepId) : nullptr;
        if (!step || isFinal(job->state) || (step->state != State::Failed && step->state != State::TimedOut))
            return;
        m_mayStartAgain[jobId].insert(stepId);
        m_doubt.start(doubtMs);
    }

    void lookAgain()
    {
        m_news = true;
        if (std::exchange(m_waiting, false))
            readOn();
    }

    void readOn()
    {
        if (m_pieces.empty())
            return m_session.finish(exit_code::succeeded);
        m_news = false;
        const Piece &piece = m_pieces.front();
        const QJsonObject params{
            {QStringLiteral("job"), piece.job},         {QStringLiteral("step"), piece.step},
            {QStringLiteral("attempt"), piece.attempt}, {QStringLiteral("offset"), m_offset},
            {QStringLiteral("limit"), 256 * 1024},      {QStringLiteral("encoding"), QStringLiteral("base64")}};
        m_session.request(QStringLiteral("job.log"), params, [this](const QJsonValue &slice) { onSlice(slice); });
    }

    void onSlice(const QJsonValue &slice)
    {
        const QByteArray bytes = QByteArray::fromBase64(slice[u"base64"].toString().toLatin1());
        if (const qint64 omitted = slice[u"omitted"].toInteger(); omitted > 0)
            say(QStringLiteral("[%1 bytes left out]").arg(omitted));
        if (!writeAll(STDOUT_FILENO, bytes)) {
            ::signal(SIGPIPE, SIG_DFL);
            ::raise(SIGPIPE);
        }
        m_offset = slice[u"offset"].toInteger() + bytes.size();
        if (m_offset < slice[u"end"].toInteger())
            return readOn();
        if (m_follow && !followed(slice[u"complete"].toBool()))
            return;
        m_pieces.pop_front();
        m_offset = 0;
        readOn();
    }

    /// Whether nothing more is to come of the piece at hand; else goes on with it, now or later.
    bool followed(bool complete)
    {
        Piece &piece = m_pieces.front();
        const Job *job = m_state.find(piece.job);
        const Step *step = job ? job->findStep(piece.step) : nullptr;
        const bool replaced = step && step->attempt > piece.attempt;
        const auto doubtful = m_mayStartAgain.constFind(piece.job);
        const bool mayStartAgain = doubtful != m_mayStartAgain.constEnd() && doubtful->contains(piece.step);
        const bool ended = !step || (isFinal(step->state) && !mayStartAgain) || replaced;
        if (ended && !complete && !std::exchange(m_lookedAgain, true)) {
            readOn(); // what was asked before it ended may lack its last bytes
            return false;
        }
        if (replaced && !piece.onlyThis) {
            ++piece.attempt;
            m_offset = 0;
            m_lookedAgain = false;
            readOn();
            return false;
        }
        if (ended || (piece.onlyThis && complete)) {
            m_lookedAgain = false;
            return true;
        }
        if (m_news) // what happened since it was asked may be missing in the answer
            readOn();
        else
            m_waiting = true;
        return false;
    }

    Session &m_session;
    std::deque<Piece> m_pieces;
    bool m_follow;
    bool m_waiting = false;
    bool m_news = false; ///< something has happened since the hub was asked
    bool m_lookedAgain = false;
    QHash<QString, QSet<QString>> m_mayStartAgain; ///< steps of jobs that have failed just now
    QTimer m_doubt;
    qint64 m_offset = 0;
    Snapshot m_state;
};

/// The steps whose output is asked for, in the plan's order; a step that is a job of its own gives that job's steps.
void collect(const QString &jobId, const QString &onlyStep, int attempt, const QJsonArray &jobs,
             std::deque<Piece> &pieces, int depth = 0)
{
    const auto job = std::find_if(jobs.begin(), jobs.end(),
                                  [&](const QJsonValue &value) { return value[u"job"].toString() == jobId; });
    constexpr int deepest = 32;
    if (job == jobs.end() || depth > deepest)
        return;
    for (const QJsonArray steps = (*job)[u"steps"].toArray(); const QJsonValue &step : steps) {
        const QString id = step[u"step"].toString();
        if (!onlyStep.isEmpty() && id != onlyStep)
            continue;
        const auto nested = std::find_if(jobs.begin(), jobs.end(), [&](const QJsonValue &value) {
            return value[u"parent"][u"job"].toString() == jobId && value[u"parent"][u"step"].toString() == id;
        });
        if (nested == jobs.end())
            pieces.push_back({jobId, id, attempt > 0 ? attempt : std::max(1, step[u"attempt"].toInt()), attempt > 0});
        else
            collect((*nested)[u"job"].toString(), {}, attempt, jobs, pieces, depth + 1);
    }
}

class LogCommand
{
public:
    LogCommand(Session &session, const LogOptions &options) : m_session(session), m_options(options) { }

    void start()
    {
        m_session.resolveJob(fromArgument(m_options.job), [this](const QString &id) {
            m_session.request(QStringLiteral("job.get"), {{QStringLiteral("job"), id}},
                              [this](const QJsonValue &job) { onJob(job.toObject()); });
        });
    }

private:
    void onJob(const QJsonObject &job)
    {
        const QString wanted = fromArgument(m_options.step);
        const QString id = job[u"job"].toString();
        bool found = false;
        int newest = 0;
        for (const QJsonArray steps = job[u"steps"].toArray(); const QJsonValue &step : steps) {
            if (!wanted.isEmpty() && step[u"step"].toString() != wanted)
                continue;
            found = true;
            newest = std::max(newest, step[u"attempt"].toInt());
        }
        if (!found)
            return m_session.refuse(
                {code::invalidParams, QStringLiteral("job %1 has no step %2").arg(id, quoted(wanted)), {}});
        if (m_options.attempt > newest)
            return m_session.refuse(
                {code::invalidParams,
                 QStringLiteral("attempt is %1, the newest of %2 of job %3 is %4")
                     .arg(m_options.attempt)
                     .arg(wanted.isEmpty() ? QStringLiteral("all steps") : QStringLiteral("step ") + quoted(wanted), id)
                     .arg(newest),
                 {}});
        // The jobs that are its steps were announced with it.
        m_session.request(QStringLiteral("job.list"), {{QStringLiteral("limit"), 1000}},
                          [this, job, id, wanted](const QJsonValue &page) {
                              QJsonArray jobs = page[u"jobs"].toArray();
                              jobs.prepend(job);
                              std::deque<Piece> pieces;
                              collect(id, wanted, m_options.attempt, jobs, pieces);
                              m_reader = std::make_unique<LogReader>(m_session, std::move(pieces), m_options.follow);
                              m_reader->start();
                          });
    }

    Session &m_session;
    const LogOptions &m_options;
    std::unique_ptr<LogReader> m_reader;
};

} // namespace

void addLog(const CommandSetup &setup)
{
    auto options = std::make_shared<LogOptions>();
    CLI::App *log = setup.app.add_subcommand("log", "Print what a job's steps have printed, byte for byte");
    log->add_option("job", options->job, jobHelp)->required()->type_name("JOB");
    log->add_option("step", options->step, "only this step")->type_name("STEP");
    log->add_option("--attempt", options->attempt, "of this attempt (default: the newest of each step)")
        ->check(wholeNumber(1, 1'000'000))
        ->type_name("N");
    log->add_flag("--follow,-f", options->follow, "go on until it has ended");
    log->callback([setup, options] {
        setup.action = [setup, options] {
            Session session(setup.paths);
            setup.prepare(session);
            LogCommand command(session, *options);
            return session.run(Session::IfNone::Start, [&] { command.start(); });
        };
    });
}

} // namespace stepwire
