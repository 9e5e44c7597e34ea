#pragma once

#include "core/remote/foreign/foreign_jobs.h"
#include "core/remote/foreign/json_path.h"

#include <QSet>

namespace stepwire {

/// What the events of a Socket.IO server mean, as its user has said.
struct SocketioRules
{
    QStringList events;
    std::optional<JsonPath> id; ///< which job; absent: there is one at a time
    std::optional<JsonPath> title;
    std::optional<JsonPath> done;
    std::optional<JsonPath> total;
    std::optional<JsonPath> percent;
    std::optional<JsonPath> step; ///< its title; the figures are this step's then
    std::optional<JsonPath> message;
    std::optional<JsonPath> state; ///< absent: who has reached its total has succeeded
    QStringList finished; ///< values of `state`, in lower case
    QStringList failed;
    QStringList cancelled;
    QStringList paused;
    QStringList steps; ///< titles of those known beforehand
    QString unit;

    /// From the settings of a source; fails with one sentence that names the setting.
    [[nodiscard]] static Result<SocketioRules> parse(const QJsonObject &settings);
};

/// Events of a Socket.IO server become jobs. Lives on the hub's thread.
class SocketioJobs
{
public:
    SocketioJobs(ForeignJobs &jobs, SocketioRules rules, QStringList capabilities);

    void take(const QString &event, const QJsonArray &arguments);

    static constexpr int mostJobs = 500; ///< at once; more are passed over
    static constexpr int mostSteps = 100; ///< of a job; later ones are told as messages

private:
    [[nodiscard]] std::optional<State> endOf(const QString &state, const Progress &progress) const;
    [[nodiscard]] QString begin(const QString &key, const QString &title, const QString &firstStep);
    [[nodiscard]] QString toStep(const QString &job, const QString &title);
    void remember(const QString &key);

    ForeignJobs &m_jobs;
    SocketioRules m_rules;
    QStringList m_capabilities;
    QSet<QString> m_ended; ///< keys: the server may say more than once that it is over
    QStringList m_endedOrder;
};

/// An id for a step of this title that none of `steps` has.
[[nodiscard]] QString stepIdFor(const QString &title, const std::vector<Step> &steps);

} // namespace stepwire
