#include "app/commands/commands.h"

#include "app/terminal/output.h"
#include "core/wire/native/native.h"

#include <QJsonArray>

#include <algorithm>
#include <set>

namespace stepwire {

namespace {

/// Ends when all of its jobs have ended, with the worst of their exit codes.
class WaitFace : public HubLink::Sink
{
public:
    explicit WaitFace(Session &session) : m_session(session) { }

    void setJobs(std::set<QString> jobs) { m_open = std::move(jobs); }
    /// One that has ended may be too old for the snapshot.
    void setEnded(const Job &job) { m_worst = std::max(m_worst, exitCodeFor(job)); }

    void snapshotReceived(const Snapshot &snapshot, const QByteArray &) override
    {
        m_state = snapshot;
        check();
    }

    void eventReceived(const HubLink::Received &received) override
    {
        apply(m_state, received.event);
        if (std::holds_alternative<JobFinished>(received.event.data))
            check();
        const auto *notice = std::get_if<Notice>(&received.event.data);
        if (!notice || notice->type != u"hub.pruned")
            return;
        for (const QJsonArray jobs = notice->data[u"jobs"].toArray(); const QJsonValue &job : jobs) {
            if (m_open.contains(job.toString())) {
                sayError(QStringLiteral("job %1 cannot be seen any more: it, or the host that runs it, was removed")
                             .arg(job.toString()));
                return m_session.finish(exit_code::unreachable);
            }
        }
    }

    void linkLost(const QString &reason) override
    {
        sayError(reason);
        m_session.finish(exit_code::unreachable);
    }

private:
    void check()
    {
        std::erase_if(m_open, [&](const QString &id) {
            const Job *job = m_state.find(id);
            if (!job || !isFinal(job->state))
                return false;
            m_worst = std::max(m_worst, exitCodeFor(*job));
            return true;
        });
        if (m_open.empty())
            m_session.finish(m_worst);
    }

    Session &m_session;
    Snapshot m_state;
    std::set<QString> m_open;
    int m_worst = exit_code::succeeded;
};

} // namespace

void addWait(const CommandSetup &setup)
{
    auto words = std::make_shared<std::vector<std::string>>();
    CLI::App *wait =
        setup.app.add_subcommand("wait", "Wait until jobs have ended; the exit code is the worst of theirs");
    wait->add_option("jobs", *words, "the jobs: their ids, or parts at the beginning or end that no other id has")
        ->required()
        ->type_name("JOB");
    wait->callback([setup, words] {
        setup.action = [setup, words] {
            Session session(setup.paths);
            setup.prepare(session);
            WaitFace face(session);
            std::set<QString> ids;
            std::set<QString> ended;
            std::size_t answers = 0; // two words may mean the same job
            return session.run(Session::IfNone::Start, [&] {
                for (const std::string &word : *words) {
                    session.resolveJob(fromArgument(word), [&](const QString &id) {
                        // An id that is whole was not looked up yet.
                        session.request(
                            QStringLiteral("job.get"), {{QStringLiteral("job"), id}}, [&, id](const QJsonValue &value) {
                                ids.insert(id);
                                if (const auto job = native::decodeJob(value.toObject()); job && isFinal(job->state)) {
                                    ended.insert(id);
                                    face.setEnded(*job);
                                }
                                if (++answers < words->size())
                                    return;
                                std::set<QString> open = ids;
                                for (const QString &gone : ended)
                                    open.erase(gone);
                                face.setJobs(open);
                                session.link().setSink(&face);
                                session.request(QStringLiteral("subscribe"),
                                                {{QStringLiteral("jobs"),
                                                  QJsonArray::fromStringList(QStringList(ids.begin(), ids.end()))},
                                                 {QStringLiteral("output"), false}},
                                                [](const QJsonValue &) {});
                            });
                    });
                }
            });
        };
    });
}

} // namespace stepwire
