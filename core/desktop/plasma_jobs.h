#pragma once

#include "core/desktop/job_view.h"
#include "core/desktop/session_bus.h"
#include "core/model/throttle.h"
#include "core/view/hub_view.h"

#include <QElapsedTimer>
#include <QTimer>

#include <functional>
#include <unordered_map>

namespace stepwire {

/// Has the running jobs shown by Plasma (`org.kde.JobViewServer`, whoever else owns that name), with cancel, pause and
/// resume coming back as requests. A server that is replaced is told everything again; one that refuses a job or does
/// not answer leaves it to others. Lives on the main thread.
class PlasmaJobs : public QObject
{
    Q_OBJECT

public:
    /// At most ten updates of a job a second.
    static constexpr qint64 updateIntervalMs = 100;
    /// A desktop that starts may take its time; nothing waits for it.
    static constexpr int requestTimeoutMs = 30'000;

    PlasmaJobs(HubView &view, SessionBus &bus, QObject *parent = nullptr);
    /// Takes the jobs off the desktop: of one whose reporter merely vanishes, it says that it failed.
    ~PlasmaJobs() override;

    /// Whether somebody's server is there at all.
    [[nodiscard]] bool available() const { return !m_server.isEmpty(); }
    /// Whether this job is shown there, so that nobody else has to.
    [[nodiscard]] bool shows(const QString &job) const;
    /// Whether a notification tells how this job failed. Then its view just goes, or Plasma would tell it a second
    /// time.
    void setFailureTold(std::function<bool(const Job &job)> told) { m_failureTold = std::move(told); }

Q_SIGNALS:
    /// What `shows` says of some job.
    void showsChanged();

private:
    enum class Dialect { V3, V2 };

    struct View
    {
        quint64 request = 0; ///< 0: refused
        QString path; ///< empty until the server has answered
        QVariantMap sent;
        Throttle throttle{updateIntervalMs};
        bool waits = false; ///< an update is due later
    };

    void serverChanged(const QString &owner);
    void update(const HubView::Update &update);
    void registerAll();
    void request(const Job &job);
    void requested(const QString &jobId, quint64 number, Dialect dialect, const Result<QVariantList> &answer);
    void show(const Job &job, View &view);
    void end(const QString &jobId, const jobview::End &end);
    void sendEnd(const QString &path, const jobview::End &end);
    void sendV2(const View &view, const QVariantMap &changed);
    void send(const QString &path, const QString &method, const QVariantList &arguments);
    void wish(const QDBusMessage &signal, const QString &method);
    void onTimer();

    HubView &m_view;
    SessionBus &m_bus;
    QString m_server; ///< unique name; empty: nobody or ourselves
    Dialect m_dialect = Dialect::V3;
    std::unordered_map<QString, View> m_views; ///< by job
    std::unordered_map<quint64, jobview::End> m_ended; ///< by request: the job ended before the server had answered
    quint64 m_requests = 0;
    std::function<bool(const Job &)> m_failureTold;
    QElapsedTimer m_clock;
    QTimer m_timer;
};

} // namespace stepwire
