#pragma once

#include "core/hub/event_log.h"
#include "core/hub/journal.h"
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

/// Numbers every fact, has state changes kept by the journal, then releases them: folds them into the state and hands
/// them to all who watch. Snapshots and answers come from what was released. Lives on the hub's thread; knows no
/// socket, no widget and no process.
class Hub : private Journal::Observer
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
        /// Something waits for the journal, or nothing does any more: when the former has lasted for
        /// `journalPatienceMs` without a change, `journalHangs` is to be called.
        virtual void journalAwaited(bool /*waiting*/) { }
        /// May add to a fact before it gets its number.
        virtual void prepare(Fact & /*fact*/) { }
        /// `openJournal` is through, and what an earlier life left behind is there.
        virtual void recovered(std::vector<Job> /*live*/, std::vector<Duration> /*durations*/) { }
    };

    static constexpr int journalPatienceMs = 2000;

    using Observer = std::function<void(const EventPtr &)>;

    Hub(Identity identity, Mediator &mediator);

    /// From now on state changes are kept. Nothing may have been published before; `Mediator::recovered` says when it
    /// may.
    void openJournal(Journal &journal);
    [[nodiscard]] Journal::Observer &journalObserver() { return *this; }
    void journalHangs();
    void keepDuration(Duration duration);
    /// Why nothing is kept at the moment; empty while all is well.
    [[nodiscard]] const QString &degraded() const { return m_degraded; }

    /// Calls `task` when everything published so far has been released.
    void whenReleased(std::function<void()> task);

    /// `name` is what the jobs of the source carry in `source`. The runner also gets `job.run` and `pipeline.*`.
    void addSource(const QString &name, Source &source);
    void setRunner(Source &runner) { m_runner = &runner; }

    /// `source` shows jobs that run elsewhere: those whose `via` is `name`. It also gets requests that name it as
    /// `host`. Null: it is gone.
    void setHost(const QString &name, Source *source);
    /// Answers `host.*` and `source.*`.
    void setHosts(Source &hosts) { m_hostKeeper = &hosts; }
    /// Jobs that are not to be shown any more, live ones included, which then go without an end.
    void drop(const QStringList &jobs);

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
    /// Events released in this life.
    [[nodiscard]] quint64 released() const { return m_released; }
    [[nodiscard]] std::size_t waitingForJournal() const { return m_pending.size(); }
    /// Whether every observer has been given what was released: then the state is that after their newest event.
    [[nodiscard]] bool settled() const { return m_unseen.empty() && !m_handingOut; }
    /// Of those that this hub owns.
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

    /// What waits for the journal: an event, or something to be done after those before it.
    struct Pending
    {
        EventPtr event;
        std::function<void()> task;
    };

    // Journal::Observer
    void journalOpened(Recovered recovered) override;
    void journalCommitted(quint64 seq) override;
    void journalReserved(quint64 to) override;
    void journalFailed(const QString &reason, bool later) override;

    void degrade(const QString &reason);
    [[nodiscard]] bool numbersRunShort() const;
    void topUpNumbers();
    void releasePending();
    void release(const EventPtr &event);
    void handOut(const EventPtr &event);
    /// Calls `use` with the job, from the state or from the journal; with null for one that nobody knows.
    void withJob(const QString &jobId, std::function<void(const Job *)> use);
    void route(const QString &jobId, const Request &request, const Reply &reply);
    void readLog(const ReadLog &request, const Reply &reply);
    void retry(const RetryJob &request, const Reply &reply);
    void list(const ListJobs &request, const Reply &reply);
    void get(const GetJob &request, const Reply &reply);
    void prune(const PruneJobs &request, const Reply &reply);
    void forget(const QStringList &jobs, const Reply &reply);
    void erase(const QStringList &jobs);
    [[nodiscard]] Source *sourceOf(const Job &job, const Reply &reply);
    [[nodiscard]] Source *hostNamed(const QString &name, const Reply &reply);
    void emitCustom(const EmitCustom &request, const Reply &reply);
    [[nodiscard]] Result<void> mayEmit(const EmitCustom &request);

    Identity m_identity;
    Mediator &m_mediator;
    Journal *m_journal = nullptr;
    bool m_keeping = false; ///< events wait for the journal
    bool m_hopeless = false; ///< and never will any more
    QString m_degraded;
    quint64 m_committed = 0;
    quint64 m_newestState = 0; ///< number of the newest state change, released or not
    quint64 m_reservedTo = 0;
    quint64 m_askedTo = 0;
    std::deque<Pending> m_pending;
    std::map<QString, int> m_pendingJobs; ///< announced, but not released yet
    QThread *m_thread = QThread::currentThread();
    Snapshot m_state;
    EventLog m_log;
    quint64 m_seq = 0;
    std::size_t m_live = 0;
    quint64 m_released = 0;
    std::map<quint64, Watcher> m_observers;
    quint64 m_nextObserver = 0;
    std::deque<EventPtr> m_unseen; ///< released, but not handed out yet
    bool m_handingOut = false;
    std::map<QString, Source *> m_sources;
    std::map<QString, Source *> m_hosts;
    Source *m_runner = nullptr;
    Source *m_hostKeeper = nullptr;
    std::map<QString, EmitBudget> m_emitBudgets;
    std::shared_ptr<const bool> m_alive = std::make_shared<bool>(true);
};

} // namespace stepwire
