#pragma once

#include "core/hub/event_log.h"
#include "core/hub/source.h"
#include "core/model/snapshot.h"

#include <QThread>

#include <deque>
#include <functional>
#include <map>
#include <memory>

namespace stepwire {

/// Ends an observation when it goes out of scope.
class Subscription
{
public:
    Subscription() = default;
    explicit Subscription(std::function<void()> end) : m_end(std::move(end)) { }
    Subscription(Subscription &&other) noexcept : m_end(std::exchange(other.m_end, {})) { }
    Subscription &operator=(Subscription &&other) noexcept
    {
        std::swap(m_end, other.m_end);
        return *this;
    }
    ~Subscription()
    {
        if (m_end)
            m_end();
    }

private:
    std::function<void()> m_end;
};

/// Numbers every fact, folds it into the state and hands it to all who watch. Lives on the hub's thread; knows no
/// socket, no widget and no process.
class Hub
{
public:
    struct Identity
    {
        QString hub;
        QString host;
        QString epoch;
    };

    /// What the hub needs from the world.
    class Mediator
    {
    public:
        virtual ~Mediator() = default;
        [[nodiscard]] virtual UnixMs now() const = 0;
    };

    using Observer = std::function<void(const EventPtr &)>;

    Hub(Identity identity, const Mediator &mediator);

    /// `name` is what the jobs of the source carry in `source`. The runner also gets `job.run` and `pipeline.*`.
    void addSource(const QString &name, Source &source);
    void setRunner(Source &runner) { m_runner = &runner; }

    /// Gives the fact its number and releases it. Facts about unknown jobs are dropped, except for notices.
    void publish(Fact fact);

    /// Answers now or later, always on this thread.
    void request(const Request &request, Reply reply);

    /// `observer` gets each event after it was folded, in order and once, beginning with the one after now. It may
    /// publish, observe and end any subscription, its own as well: what it publishes is handed out afterwards.
    [[nodiscard]] Subscription observe(Observer observer);

    [[nodiscard]] const Identity &identity() const { return m_identity; }
    [[nodiscard]] const Snapshot &state() const { return m_state; }
    [[nodiscard]] const EventLog &log() const { return m_log; }
    [[nodiscard]] std::size_t liveJobs() const { return m_live; }

    /// True when a reader at this position can be given what it missed.
    [[nodiscard]] bool canRecover(const QString &epoch, quint64 seq) const;

private:
    struct Watcher
    {
        std::shared_ptr<const Observer> tell;
        quint64 after = 0;
    };

    struct EmitBudget
    {
        UnixMs since = 0;
        int count = 0;
    };

    void release(const EventPtr &event);
    void handOut(const EventPtr &event);
    void route(const QString &jobId, const Request &request, const Reply &reply);
    [[nodiscard]] Result<Answer> list(const ListJobs &request) const;
    [[nodiscard]] Result<Answer> get(const GetJob &request) const;
    [[nodiscard]] Result<Answer> emitCustom(const EmitCustom &request);

    Identity m_identity;
    const Mediator &m_mediator;
    QThread *m_thread = QThread::currentThread();
    Snapshot m_state;
    EventLog m_log;
    quint64 m_seq = 0;
    std::size_t m_live = 0;
    std::map<quint64, Watcher> m_observers;
    quint64 m_nextObserver = 0;
    std::deque<EventPtr> m_unseen; ///< released, but not handed out yet
    bool m_handingOut = false;
    std::map<QString, Source *> m_sources;
    Source *m_runner = nullptr;
    std::map<QString, EmitBudget> m_emitBudgets;
    std::shared_ptr<const bool> m_alive = std::make_shared<bool>(true);
};

} // namespace stepwire
