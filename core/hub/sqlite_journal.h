#pragma once

#include "core/hub/journal.h"
#include "core/model/mailbox.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QElapsedTimer>
#include <QObject>
#include <QThread>

#include <map>
#include <semaphore>
#include <variant>

namespace stepwire {

/// How values are written into the journal. Called on the journal's thread, so they must be pure functions.
struct EventCodec
{
    std::function<QByteArray(const Event &)> encodeEvent;
    std::function<Result<Event>(QByteArrayView)> decodeEvent;
    std::function<QByteArray(const Job &)> encodeJob;
    std::function<Result<Job>(QByteArrayView)> decodeJob;
};

/// Times in milliseconds.
struct SqliteJournalOptions
{
    int openTimeoutMs = 1500; ///< how long opening waits for another program, and a write later
    int retryMs = 2000; ///< between two attempts while nothing can be written
    int syncMs = 500; ///< a power cut loses what was committed within about this time
    int idleMs = 1000; ///< without work before old events are deleted
    std::size_t mostWaiting = 200'000; ///< operations kept in memory while nothing can be written
    qint64 mostWaitingBytes = 256LL * 1024 * 1024; ///< and their size, estimated
    int recoveredEvents = 20'000;
    int recoveredFinished = 200;
    int recoveredDurations = 20'000;
    qint64 keptEvents = 50'000; ///< rows; events of live jobs stay beyond that
    int keptDurationsOfStep = 40;
    qint64 keptDurations = 50'000;
};

/// The journal as one SQLite file, written by a thread of its own. Lives on the hub's thread. The file is 0600 from its
/// first moment, its folder is made 0700.
///
/// All that was posted is written in one transaction (10,000 operations at most), what was appended without a turn of
/// the event loop or another call between always in the same; `journalCommitted` and
/// `journalReserved` come once for it, and once more after each answer in between. An answer shows what was posted
/// before its question and nothing later. It is empty while nothing can be written.
///
/// The death of the process leaves everything up to the last `journalCommitted`. A power cut loses what was committed
/// in about the last `syncMs`, but never a reservation that was reported.
///
/// Opening fails for good after `openTimeoutMs` when another program writes to the file. A file that is broken, of a
/// newer version or no journal is only ever read and keeps every byte, also when that turns out later.
/// `<path>.lock` is held while the journal is open, so that no two hubs write to it.
///
/// The end of an outage is always told by `journalCommitted`, if need be with the number of before.
///
/// An event that cannot be decoded is left out, stays in the file and raises `completeAfter` to its number; its job is
/// folded without it. A live job whose body cannot be decoded is folded from its `job.queued` as long as that is there,
/// else it stays in the file unseen, as a finished one does.
///
/// Events beyond the newest `keptEvents` are deleted when there is nothing else to do, but those of a live job never.
/// That and `forget` raise `completeAfter` to the newest number deleted: else a reader that had missed only the end of
/// a forgotten job would be told that it had missed nothing, and show the job as running for ever.
///
/// The destructor writes what is left and waits for the thread, as long as the disk takes. It calls nobody.
class SqliteJournal final : public Journal
{
public:
    SqliteJournal(const QString &path, EventCodec codec, Observer &observer, SqliteJournalOptions options = {});
    ~SqliteJournal() override;
    SqliteJournal(const SqliteJournal &) = delete;
    SqliteJournal &operator=(const SqliteJournal &) = delete;

    void open(const QString &epoch, quint64 reserve) override;
    void append(EventPtr event) override;
    void reserve(quint64 to) override;
    void keepJob(Job job, quint64 seq) override;
    void keepDuration(Duration duration) override;
    void forget(QStringList jobs) override;
    void find(const QString &job, std::function<void(std::optional<Job>)> found) override;
    void page(quint64 before, int limit, std::optional<State> state,
              std::function<void(std::vector<Job>)> found) override;
    void stale(std::optional<UnixMs> finishedBefore, std::optional<qint64> keep,
               std::function<void(QStringList)> found) override;
    void close(std::function<void()> closed) override;

private:
    class Worker;
    struct Operation;
    struct Report;
    struct Deliver;
    using Callback = std::variant<std::function<void(std::optional<Job>)>, std::function<void(std::vector<Job>)>,
                                  std::function<void(QStringList)>, std::function<void()>>;

    void post(Operation operation);
    void postNow(Operation operation);
    void postAppended();
    void ask(Callback callback, const std::function<Operation(quint64)> &question);
    void giveUp(const QString &reason);
    void deliver();

    QString m_path;
    Observer &m_observer;
    SqliteJournalOptions m_options;
    QObject m_home; ///< on the hub's thread; reports are handed out by its event loop
    std::unique_ptr<Mailbox<Report>> m_reports;
    std::binary_semaphore m_finished{0}; ///< the worker has done its last
    QThread m_thread;
    Worker *m_worker; ///< deleted by its thread
    std::vector<EventPtr> m_appended; ///< in this turn of the event loop, and not posted yet
    std::map<quint64, Callback> m_asked; ///< in the order of the questions
    quint64 m_nextQuestion = 1;
    std::size_t m_waiting = 0; ///< operations of which nothing was heard yet
    qint64 m_waitingBytes = 0;
    QElapsedTimer m_lastNews; ///< since something was heard, or since nothing was waiting
    bool m_outage = false;
    bool m_failed = false; ///< for good, and that was said
    bool m_ended = false; ///< failed for good, or closed: nothing more is posted
    std::shared_ptr<const bool> m_alive = std::make_shared<bool>(true);
};

} // namespace stepwire
