#pragma once

#include "core/remote/foreign/foreign_jobs.h"
#include "core/remote/foreign/slop_requests.h"

#include <QCryptographicHash>
#include <QSet>

#include <memory>

namespace stepwire {

/// What Slop Studios 3 sends becomes jobs. It tells what it does only to the connection that asked for it, some ends
/// not even there; so a job whose end no event may bring is said to want its status. Lives on the hub's thread.
class SlopEvents
{
public:
    explicit SlopEvents(ForeignJobs &jobs) : m_jobs(jobs) { }

    /// What was asked for here has been taken on as `id`. Gives the job.
    QString begin(const SlopCall &call, const QString &id, const QString &jobId);
    /// The key of the job that an event is of; empty when it is of none.
    [[nodiscard]] QString keyOf(const QString &event, const QJsonObject &data) const;
    /// An event, whoever asked for what it is of.
    void take(const QString &event, const QJsonObject &data);
    /// What an acknowledgement at the end of strudel:execute, agent:critique:execute or agent:discussion:execute says.
    void takeEnd(const QString &key, const QJsonObject &answer);

    /// What is live is told by no events any more.
    void detach();
    [[nodiscard]] bool wantsStatus(const QString &key) const;
    /// What the server answers when it is asked how a live job is.
    void takeStatus(const QString &key, const QJsonObject &answer);

    void paused(const QString &key);
    void resumed(const QString &key);
    void cancelled(const QString &key);

    /// Live, or ended not long ago.
    [[nodiscard]] bool knows(const QString &key) const { return m_live.contains(key) || m_ended.contains(key); }

    static constexpr int mostJobs = 500; ///< at once; more that nobody here asked for are passed over
    static constexpr int mostSteps = 200; ///< of a job

private:
    struct Live
    {
        bool detached = false;
        bool wantsStatus = false; ///< no event may say that it is over
        bool sawEnd = false; ///< by status; events that say more may be under way
        bool pausing = false;
        QString alias; ///< the key under which the server tells of it, should it not take ours
        bool sawEvents = false;
        int percent = -1;
        std::optional<int> rounds;
        qint64 told = 0; ///< characters of output, and their hash
        std::unique_ptr<QCryptographicHash> hash;
    };

    struct Seen
    {
        QString key;
        QString job;
        Live &live;
    };

    void claude(const Seen &seen, QStringView event, const QJsonObject &data);
    void claudeResult(const Seen &seen, const QJsonObject &result);
    void strudel(const Seen &seen, QStringView event, const QJsonObject &data);
    void workflow(const Seen &seen, QStringView event, const QJsonObject &data);
    void critique(const Seen &seen, QStringView event, const QJsonObject &data);
    void discussion(const Seen &seen, QStringView event, const QJsonObject &data);
    void media(const Seen &seen, const QString &event, const QJsonObject &data);
    void error(const Seen &seen, const QJsonObject &data);

    void claudeStatus(const Seen &seen, const QJsonObject &answer);
    void strudelStatus(const Seen &seen, const QJsonObject &answer);
    void workflowStatus(const Seen &seen, const QJsonObject &state);
    void stepStatus(const Seen &seen, const QString &id, const QJsonObject &state);
    void unknownThere(const Seen &seen);

    void run(const Seen &seen);
    void queue(const Seen &seen, const QJsonValue &position);
    void settlePause(const Seen &seen);
    [[nodiscard]] QString stepOf(const Seen &seen, const QString &id, const QString &title);
    void stepDone(const Seen &seen, const QString &step, const QJsonValue &result);
    void say(const Seen &seen, const QString &step, const QString &text, Stream stream = Stream::Out);
    void rounds(const Seen &seen, int done, const QString &message);
    void end(const Seen &seen, State state, const QString &why = {}, std::optional<int> exitCode = {});
    void endByStatus(const Seen &seen, State state, const QString &why = {});

    ForeignJobs &m_jobs;
    std::map<QString, Live> m_live;
    QSet<QString> m_ended; ///< keys: the server may say more than once that it is over
    QStringList m_endedOrder;
};

} // namespace stepwire
