#pragma once

#include "core/model/request.h"
#include "core/remote/foreign/foreign_jobs.h"
#include "core/remote/foreign/mutant_requests.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace stepwire {

/// The tasks of a MutAnt daemon as jobs: what to say on a connection, and what the answers mean. Knows no network. The
/// daemon takes the requests of a connection one after the other and its answers carry no number, so one is asked at a
/// time; what a request that gets no answer has done is read from the list of tasks that is asked for behind it. Tasks
/// of this connection tell what they do; those of others are looked at. Lives on the hub's thread.
class MutantTasks
{
public:
    using Send = std::function<void(const QByteArray &)>;

    MutantTasks(ForeignJobs &jobs, Send send) : m_jobs(jobs), m_send(std::move(send)) { }

    /// A connection is there: asks what there is. `ForeignJobs::connected` follows when that is answered.
    void opened();
    /// There is none any more, or none could be made.
    void closed(const QString &reason);
    /// Answers what waits, and does nothing more.
    void abandon(const QString &reason);
    /// A text of the daemon. Fails with one sentence when it is no MutAnt daemon that talks.
    [[nodiscard]] Result<void> receive(const QByteArray &text);
    /// From time to time: are there tasks of others, and how far are they?
    void look();
    /// An answer is overdue: the connection is as good as gone.
    [[nodiscard]] bool isStuck() const;
    void handle(const Request &request, const Reply &reply);

    static constexpr qint64 answerMs = 15'000;
    static constexpr qint64 createMs = 600'000; ///< it reads the whole file first
    static constexpr std::size_t mostTasks = 1000; ///< shown at once; further ones are passed over
    static constexpr std::size_t mostWishes = 100; ///< that wait to be asked

private:
    /// Something that is asked, and answered before the next is.
    struct Ask
    {
        enum class What { List, Query, Run };

        What what = What::List;
        QByteArray text;
        QString task; ///< of a query
        QString stop; ///< a task that is to be stopped first, of a list
        const MutantRequest *request = nullptr; ///< of a run
        QJsonObject message;
        RunJob run = {};
        Reply reply = {};
        UnixMs sent = 0;
    };

    struct Task
    {
        QString job;
        MutantKind kind = MutantKind::Other;
        bool pushed = false; ///< it was made on this connection, which gets its updates
        MutantProgress progress;
        std::vector<Reply> cancels;
    };

    void ask(Ask ask);
    void wish(Ask ask);
    void query(const QString &task);
    void next();
    void forgetAsked(const QString &reason);
    [[nodiscard]] bool isQueryOf(const QString &task) const
    {
        return m_asked && m_asked->what == Ask::What::Query && m_asked->task == task;
    }

    void onList(const QJsonArray &tasks);
    void onListed(const QString &id, const QJsonObject &entry, bool fresh);
    void onCreated(const QString &id);
    void onUpdate(const QString &id, const QJsonObject &message);
    void onResult(const QString &id, const QJsonObject &message);
    void onError(const QJsonObject &message);
    void onAnswer(const QJsonObject &message);

    Task &take(const QString &id, MutantKind kind, ForeignJobs::Plan plan);
    /// `looked`: the same once more is no news.
    void tell(Task &task, bool looked);
    void moveSync(const Task &task, const MutantEvent &event);
    void passStep(const Task &task, const Step &step);
    void tellAnswer(const QString &job, const QString &step, QJsonObject answer);
    void end(const QString &id, State state, const std::optional<Failure> &error = {});
    [[nodiscard]] QString openStep(const Task &task) const;
    [[nodiscard]] static ForeignJobs::Plan planOf(const Ask &asked, const QString &key);
    [[nodiscard]] tl::unexpected<Error> refusal(const QString &sentence) const;

    void run(const RunJob &run, const Reply &reply);
    void cancel(const CancelJob &cancel, const Reply &reply);

    ForeignJobs &m_jobs;
    Send m_send;
    bool m_open = false;
    bool m_listed = false; ///< on this connection
    bool m_everListed = false;
    quint64 m_number = 0; ///< of requests, for their texts to differ
    QString m_fault; ///< why it is no MutAnt daemon
    std::optional<Ask> m_asked;
    std::deque<Ask> m_wishes; ///< go first
    std::deque<Ask> m_looks;
    std::map<QString, Task> m_tasks; ///< that have not ended, by the daemon's id
    std::set<QString> m_seen; ///< in the newest list
};

} // namespace stepwire
