#pragma once

#include "core/hub/source.h"
#include "core/model/snapshot.h"
#include "core/model/throttle.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

namespace stepwire {

/// The jobs that other programs run and tell us about (`report.*`). A wish to cancel or pause one is only put into its
/// state, for its reporter to see and fulfil. Lives on the hub's thread.
class Reports : public QObject, public Source
{
public:
    /// What reports need from the hub.
    class Mediator
    {
    public:
        virtual ~Mediator() = default;
        virtual void publish(Fact fact) = 0;
        [[nodiscard]] virtual const Job *find(const QString &jobId) const = 0;
        [[nodiscard]] virtual UnixMs now() const = 0;
    };

    explicit Reports(Mediator &mediator);

    void handle(const Request &request, Reply reply) override;

    /// A job of an earlier life of the hub: it stays as it was, and its reporter may go on.
    void adopt(const Job &job);

    static QString sourceName() { return QStringLiteral("report"); }

private:
    struct StepPace
    {
        Throttle throttle{mergeIntervalMs};
        std::optional<Progress> pending;
    };

    struct Entry
    {
        qint64 ttlMs = 0;
        UnixMs lastNews = 0;
        bool stalled = false;
        bool watched = false; ///< stands in m_quiet
        std::unordered_map<QString, StepPace> pace;
        std::vector<Reply> cancels; ///< answered when it has ended
        std::vector<Reply> pauses; ///< answered when the reporter says that it stopped, or went on
    };

    void publish(Fact fact);
    Result<Answer> start(const StartReport &request);
    Result<Answer> progress(const ReportProgress &request);
    Result<Answer> change(const ChangeReport &request);
    void cancel(const CancelJob &request, Reply reply);
    void pause(const PauseJob &request, Reply reply);
    Result<Answer> resume(const ResumeJob &request);
    /// The job if it lives and its reporter fulfils such wishes.
    Result<const Job *> willing(const QString &jobId, const QString &capability) const;
    void changeState(const QString &jobId, State state);
    Result<Answer> finish(const FinishReport &request);
    void heard(const QString &jobId, Entry &entry);
    void publishProgress(const QString &jobId, const QString &step, StepPace &pace);
    void finishStep(const QString &jobId, const QString &step, State state, const std::optional<Failure> &error);
    void onTimer();
    /// Progress of this step waits until then.
    void wait(UnixMs due, const QString &jobId, const QString &step);
    void watch(const QString &jobId, Entry &entry);
    void wakeAt(UnixMs due);

    Mediator &m_mediator;
    QTimer m_timer;
    UnixMs m_wakeAt = 0; ///< what the timer is set to while it runs
    std::multimap<UnixMs, std::pair<QString, QString>> m_waiting; ///< job and step of progress, by when it may go
    std::multimap<UnixMs, QString> m_quiet; ///< jobs by when they may count as stalled, or later
    std::unordered_map<QString, Entry> m_jobs;
    Snapshot m_live; ///< the jobs of `m_jobs` as they will be when all that we said was released
};

} // namespace stepwire
