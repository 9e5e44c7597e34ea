#pragma once

#include "core/hub/hub.h"
#include "core/model/throttle.h"

#include <QObject>
#include <QTimer>

#include <map>
#include <unordered_map>

namespace stepwire {

/// The jobs of one foreign server as this hub shows them: whoever reads the server's wire format says here what it
/// learned. Keeps the rules of the protocol, so that the reader need not: a plan comes first, progress is merged to 25
/// a second for each step, a step starts before it moves, and everything that is open ends with its job. Lives on the
/// hub's thread.
class ForeignJobs : public QObject
{
public:
    /// `key` is what the server calls it; found again after a restart of this hub.
    struct Plan
    {
        QString key;
        QString title;
        std::vector<Step> steps; ///< empty: one, `main`
        QStringList capabilities; ///< of cancel, pause, retry: what the reader's `handle` can do
        QString pipeline; ///< the kind of work, as `put`
        QJsonObject params;
        std::optional<UnixMs> started;
        QString id = {}; ///< of the job, as the one who wants it run chose; empty or taken: a new one
    };

    /// `name` is the source's; `now` the hub's clock.
    ForeignJobs(Hub &hub, QString name, QString kind, std::function<UnixMs()> now);

    [[nodiscard]] const QString &name() const { return m_name; }
    [[nodiscard]] UnixMs now() const { return m_now(); }

    /// The server answers, or does not: then its live jobs are shown as what was last known. Only news is told.
    void connected();
    void lost(const QString &reason);
    [[nodiscard]] bool isConnected() const { return m_connected; }
    [[nodiscard]] const QString &reason() const { return m_reason; }

    /// Gives the job's id; a live one of the same key is that one.
    QString begin(const Plan &plan);
    /// The live job of this key, or nothing.
    [[nodiscard]] QString find(const QString &key) const;
    [[nodiscard]] QString keyOf(const QString &job) const;
    [[nodiscard]] QStringList liveKeys() const;
    /// There is a job of this id, whosever it is.
    [[nodiscard]] bool isTaken(const QString &job) const { return m_hub.state().find(job) || m_live.find(job); }
    /// A live job as it will be when all that was said is released, but for the progress that waits; null for others.
    [[nodiscard]] const Job *job(const QString &id) const { return m_live.find(id); }

    // Of a live job; what names another is passed over.

    /// Steps that nobody knew of when it began stand behind the others.
    void addStep(const QString &job, Step step);
    void setTitle(const QString &job, const QString &title);
    /// Queued, held, running, paused or cancelling.
    void setState(const QString &job, State state);
    /// It waits for its turn there; `position` from 1, where the server says.
    void queue(const QString &job, std::optional<int> position);
    void startStep(const QString &job, const QString &step);
    void progress(const QString &job, const QString &step, Progress progress);
    /// The newest that was said, released or not.
    [[nodiscard]] std::optional<Progress> newest(const QString &job, const QString &step) const;
    void endStep(const QString &job, const QString &step, State state, const std::optional<Failure> &error = {},
                 std::optional<UnixMs> at = {});
    void output(const QString &job, const QString &step, const QString &text, Stream stream = Stream::Out);
    void custom(const QString &job, const QString &step, const QString &name, const QJsonValue &value);
    /// `at` where the server says when that was.
    void end(const QString &job, State state, std::optional<Failure> error = {}, std::optional<UnixMs> at = {});

    /// One of this source that has ended and is still remembered.
    struct Past
    {
        QString key;
        UnixMs finished = 0;
    };
    [[nodiscard]] std::vector<Past> past() const;

    /// The server tells something that is of no job.
    void tell(const QString &type, QJsonObject data) { notice(type, std::move(data)); }

    /// The newest output of each step is kept in memory while the hub lives.
    [[nodiscard]] Result<Answer> readLog(const ReadLog &request) const;
    /// All of them are to be seen no more.
    void removeAll();

    static constexpr qint64 keptOutput = 1024 * 1024; ///< bytes a step
    static constexpr qint64 keptTogether = 64 * keptOutput; ///< bytes of all

private:
    struct Log
    {
        QByteArray bytes;
        qint64 start = 0; ///< where `bytes` begins in all that came
        Stream stream = Stream::Out;
    };

    struct StepWork
    {
        Throttle throttle{mergeIntervalMs};
        std::optional<Progress> pending;
    };

    using StepKey = std::pair<QString, QString>;

    void publish(Fact fact);
    void publishProgress(const StepKey &key, StepWork &work);
    void forgetLogs(const StepKey &needed);
    void onTimer();
    void notice(const QString &type, QJsonObject data);

    Hub &m_hub;
    QString m_name;
    QString m_kind;
    std::function<UnixMs()> m_now;
    bool m_connected = false;
    bool m_toldLost = false;
    QString m_reason;
    Snapshot m_live;
    std::map<QString, QString> m_byKey;
    std::map<QString, QString> m_keys; ///< by job
    std::map<StepKey, StepWork> m_work;
    std::map<StepKey, Log> m_logs;
    qint64 m_logBytes = 0;
    QTimer m_timer;
};

} // namespace stepwire
