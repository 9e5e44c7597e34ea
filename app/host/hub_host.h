#pragma once

#include "app/host/paths.h"
#include "core/model/task_queue.h"
#include "app/host/web_settings.h"
#include "core/model/result.h"
#include "core/remote/host_settings.h"
#include "core/serve/dialects/dialect_settings.h"

#include <QObject>
#include <QThread>

#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace stepwire {

/// How long finished jobs and their output are kept; absent: for ever.
struct Retention
{
    std::optional<qint64> olderThanMs = 90LL * 24 * 3600 * 1000;
    std::optional<qint64> keep;
    std::optional<qint64> mostBytes = 5LL * 1024 * 1024 * 1024; ///< of all output together

    bool operator==(const Retention &) const = default;
};

struct HubOptions
{
    Paths paths;
    QString socketDir; ///< of event sockets
    bool untilIdle = false;
    int idleMs = 30'000; ///< how long without job and client until an idle hub ends
    bool logEvents = true;
    quint32 stepMaxFiles = 0; ///< soft RLIMIT_NOFILE of steps; 0: as the hub's
    std::map<QString, QString> environment; ///< for jobs that bring none
    std::map<QString, int> groupLimits;
    Retention retention;
    WebSettings web;
    bool webRequired = false; ///< no hub without its port
    std::vector<HostSettings> hosts; ///< whose jobs are shown here too
    std::vector<SourceSettings> sources;
    std::vector<DialectSettings> dialects; ///< other systems' servers that it speaks as
    QStringList settingsFaults; ///< told once the hub is there
};

class Hub;
class HubCore;

/// A whole hub in this process: the hub's and the engine's threads and what lives on them. Belongs to the main
/// thread.
class HubHost : public QObject
{
public:
    explicit HubHost(HubOptions options);
    ~HubHost() override;

    /// Takes the lock and starts; `started` is told when the socket listens or why it does not. Code
    /// `alreadyRunning` when another hub holds the lock.
    void start(std::function<void(const Result<void> &)> started);

    /// Stops accepting, interrupts jobs, gives clients their last events; then `ended` is called.
    void drain();
    /// Runs `task` on the hub's thread; not when the hub has ended. Only after `started` was told.
    void withHub(std::function<void(Hub &)> task);
    /// Called on the main thread after a drain or when an idle hub ends.
    void onEnded(std::function<void()> ended) { m_ended = std::move(ended); }

private:
    friend class HubCore;
    [[nodiscard]] Result<void> prepare();
    [[nodiscard]] Result<void> takeLock();

    HubOptions m_options;
    QString m_guard;
    int m_lock = -1;
    TaskQueue m_mainTasks;
    TaskQueue *m_hubTasks = nullptr; ///< lives on the hub's thread
    QThread m_hubThread;
    QThread m_engineThread;
    HubCore *m_core = nullptr; ///< lives on the hub's thread, which alone uses it
    std::function<void()> m_ended;
};

} // namespace stepwire
