#pragma once

#include "core/hub/source.h"
#include "core/model/snapshot.h"
#include "core/model/throttle.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <map>

namespace stepwire {

/// The jobs that other programs run and tell us about (`report.*`). Lives on the hub's thread.
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
        std::map<QString, StepPace> pace;
    };

    void publish(Fact fact);
    Result<Answer> start(const StartReport &request);
    Result<Answer> progress(const ReportProgress &request);
    Result<Answer> finish(const FinishReport &request);
    void heard(const QString &jobId, Entry &entry);
    void publishProgress(const QString &jobId, const QString &step, StepPace &pace);
    void finishStep(const QString &jobId, const QString &step, State state, const std::optional<Failure> &error);
    void onTimer();
    void schedule();

    Mediator &m_mediator;
    QTimer m_timer;
    std::map<QString, Entry> m_jobs;
    Snapshot m_live; ///< the jobs of `m_jobs` as they will be when all that we said was released
};

} // namespace stepwire
