#pragma once

#include "core/remote/foreign/foreign_jobs.h"

#include <QJsonArray>
#include <QSet>

namespace stepwire {

/// What Frappe publishes in realtime becomes jobs: `progress`, `task_progress`, `task_status_change`, and
/// `ai_progress`, whose types are phases of one job. Lives on the hub's thread.
class FrappeJobs
{
public:
    explicit FrappeJobs(ForeignJobs &jobs) : m_jobs(jobs) { }

    void take(const QString &event, const QJsonArray &arguments);
    /// What the poll for `ai_progress` answered. A server that tells all from the beginning each time is understood.
    void takeUpdates(const QJsonArray &updates);

    static constexpr int mostJobs = 500; ///< at once; more are passed over
    static constexpr int mostPhases = 100; ///< of a job; the last one takes the rest

private:
    void takeProgress(const QJsonObject &message);
    void takeTask(const QJsonObject &message);
    void takeTaskStatus(const QJsonObject &message);
    void takeAi(const QJsonObject &message);
    void takeLines(const QString &job, const QString &key, const QJsonValue &lines);
    [[nodiscard]] QString begin(const QString &key, const QString &title, const QString &phase = {});
    [[nodiscard]] QString toPhase(const QString &job, const QString &phase);
    void end(const QString &key, State state, const QString &message);
    [[nodiscard]] bool mayTell();

    ForeignJobs &m_jobs;
    QSet<QString> m_ended; ///< keys whose end was told, which may be told again
    QStringList m_endedOrder;
    std::map<QString, qint64> m_lines; ///< by key: how many of the task's log are known
    QJsonArray m_updates; ///< of the poll before
    UnixMs m_second = 0;
    int m_told = 0; ///< custom events in it
};

} // namespace stepwire
