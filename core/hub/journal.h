#pragma once

#include "core/model/event.h"
#include "core/model/result.h"

#include <functional>
#include <vector>

namespace stepwire {

/// How long one step of one kind of job took, once. `kind` is the job's `history`.
struct Duration
{
    QString kind;
    QString step;
    qint64 ms = 0;
    UnixMs at = 0;

    bool operator==(const Duration &) const = default;
};

/// What the hub's earlier lives left behind.
struct Recovered
{
    QString epoch; ///< empty: there was no journal before
    quint64 lastSeq = 0; ///< of the newest state change that was kept; 0: none
    quint64 reservedTo = 0; ///< numbers up to here may have been used
    quint64 completeAfter = 0; ///< every state change after this one is in `events`
    std::vector<EventPtr> events; ///< the newest state changes, oldest first
    std::vector<Job> live; ///< as the last event left them, in the order of their announcement
    std::vector<Job> finished; ///< the newest, in the order of their announcement
    std::vector<Duration> durations; ///< the newest, oldest first
};

/// Keeps what must outlive the hub, on a thread of its own. Everything here is called on the hub's thread and returns at
/// once; what it has to say is said on the hub's thread, in the order of the calls.
class Journal
{
public:
    class Observer
    {
    public:
        virtual ~Observer() = default;
        /// The journal can be written to. Comes once, before anything else, unless `journalFailed` came instead.
        virtual void journalOpened(Recovered recovered) = 0;
        /// Every event up to `seq` that was appended is on disk, as far as the death of this process goes.
        virtual void journalCommitted(quint64 seq) = 0;
        /// Numbers up to `to` may be used.
        virtual void journalReserved(quint64 to) = 0;
        /// Nothing is written for the time being (`later`), or nothing ever by this process. `reason` is one sentence. What
        /// was appended is kept and tried again as long as there is hope; then `journalCommitted` comes for it.
        virtual void journalFailed(const QString &reason, bool later) = 0;
    };

    virtual ~Journal() = default;

    /// `epoch` is for a journal that is new; `reserve` how many numbers are reserved at once after the highest that may
    /// have been used.
    virtual void open(const QString &epoch, quint64 reserve) = 0;

    /// A state change. They come with rising `seq`.
    virtual void append(EventPtr event) = 0;
    /// Asks that numbers up to `to` are reserved.
    virtual void reserve(quint64 to) = 0;
    /// `job` as event `seq` left it: kept when it finished, so that its events may be forgotten.
    virtual void keepJob(Job job, quint64 seq) = 0;
    virtual void keepDuration(Duration duration) = 0;
    /// The jobs and their events are gone for good.
    virtual void forget(QStringList jobs) = 0;

    /// The finished job of this id, if it is kept.
    virtual void find(const QString &job, std::function<void(std::optional<Job>)> found) = 0;
    /// At most `limit` finished jobs announced before event `before`, the newest first, those of `state` only if given.
    virtual void page(quint64 before, int limit, std::optional<State> state,
                      std::function<void(std::vector<Job>)> found) = 0;
    /// The ids of finished jobs that finished before `finishedBefore`, or that are beyond the newest `keep`.
    virtual void stale(std::optional<UnixMs> finishedBefore, std::optional<qint64> keep,
                       std::function<void(QStringList)> found) = 0;

    /// Writes what is left and closes; `closed` is called also when that failed.
    virtual void close(std::function<void()> closed) = 0;
};

} // namespace stepwire
