#include "app/commands/commands.h"

#include "app/terminal/output.h"
#include "core/model/quote.h"

#include <QJsonArray>

#include <csignal>

#include <unistd.h>

namespace stepwire {

namespace {

struct LogOptions
{
    std::string job;
    std::string step;
    bool follow = false;
};

/// Prints the output of steps one after the other; with `follow` goes on until each has ended.
class LogReader : public QObject, public HubLink::Sink
{
public:
    LogReader(Session &session, QString job, QStringList steps, bool follow)
        : m_session(session), m_job(std::move(job)), m_steps(std::move(steps)), m_follow(follow)
    {
    }

    void start()
    {
        if (m_follow) {
            m_session.link().setSink(this);
            m_session.request(QStringLiteral("subscribe"), {{QStringLiteral("jobs"), QJsonArray{m_job}}},
                              [this](const QJsonValue &) { readOn(); });
        } else {
            readOn();
        }
    }

    void snapshotReceived(const Snapshot &snapshot, const QByteArray &) override { m_state = snapshot; }

    void eventReceived(const HubLink::Received &received) override
    {
        apply(m_state, received.event);
        if (std::exchange(m_waiting, false))
            readOn();
    }

    void linkLost(const QString &reason) override
    {
        sayError(reason);
        m_session.finish(exit_code::unreachable);
    }

private:
    void readOn()
    {
        if (m_steps.isEmpty())
            return m_session.finish(exit_code::succeeded);
        const QJsonObject params{{QStringLiteral("job"), m_job},
                                 {QStringLiteral("step"), m_steps.first()},
                                 {QStringLiteral("offset"), m_offset},
                                 {QStringLiteral("limit"), 256 * 1024},
                                 {QStringLiteral("encoding"), QStringLiteral("base64")}};
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
        if (m_follow && !slice[u"complete"].toBool() && !stepEnded()) {
            m_waiting = true;
            return;
        }
        m_steps.removeFirst();
        m_offset = 0;
        readOn();
    }

    [[nodiscard]] bool stepEnded() const
    {
        const Job *job = m_state.find(m_job);
        const Step *step = job ? job->findStep(m_steps.first()) : nullptr;
        return !step || isFinal(step->state);
    }

    Session &m_session;
    QString m_job;
    QStringList m_steps;
    bool m_follow;
    bool m_waiting = false;
    qint64 m_offset = 0;
    Snapshot m_state;
};

} // namespace

void addLog(const CommandSetup &setup)
{
    auto options = std::make_shared<LogOptions>();
    CLI::App *log = setup.app.add_subcommand("log", "Print what a job's steps printed");
    log->add_option("job", options->job, "the job")->required()->type_name("JOB");
    log->add_option("step", options->step, "only this step")->type_name("STEP");
    log->add_flag("--follow,-f", options->follow, "go on until it has ended");
    log->callback([setup, options] {
        setup.action = [setup, options] {
            Session session(setup.paths);
            std::unique_ptr<LogReader> reader;
            return session.run(Session::IfNone::Start, [&] {
                session.resolveJob(fromArgument(options->job), [&](const QString &id) {
                    session.request(
                        QStringLiteral("job.get"), {{QStringLiteral("job"), id}}, [&, id](const QJsonValue &job) {
                            QStringList steps;
                            const QString wanted = fromArgument(options->step);
                            const QJsonArray array = job[u"steps"].toArray();
                            for (const QJsonValue &step : array) {
                                if (wanted.isEmpty() || step[u"step"].toString() == wanted)
                                    steps.append(step[u"step"].toString());
                            }
                            if (steps.isEmpty())
                                return session.refuse({code::invalidParams,
                                                       QStringLiteral("job %1 has no step %2").arg(id, quoted(wanted)),
                                                       {}});
                            reader = std::make_unique<LogReader>(session, id, steps, options->follow);
                            reader->start();
                        });
                });
            });
        };
    });
}

} // namespace stepwire
