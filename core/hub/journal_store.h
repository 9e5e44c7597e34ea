#pragma once

#include "core/hub/sqlite_journal.h"

#include <QSqlDatabase>
#include <QSqlQuery>

#include <unordered_map>

namespace stepwire {

/// The journal's file and what is asked of it in SQL. Made, used and destroyed on the journal's thread; each call takes
/// as long as the disk does. Those that return a bool or an optional have failed when that is empty; then `trouble()`
/// tells why, and the transaction is to be rolled back.
class JournalStore
{
public:
    struct Trouble
    {
        QString reason; ///< one sentence
        bool lasting = false; ///< the file is broken: it must not be written to again
    };

    JournalStore(QString path, EventCodec codec, SqliteJournalOptions options);
    ~JournalStore();
    JournalStore(const JournalStore &) = delete;
    JournalStore &operator=(const JournalStore &) = delete;

    [[nodiscard]] std::optional<Recovered> open(const QString &epoch, quint64 reserve);
    [[nodiscard]] const Trouble &trouble() const { return m_trouble; }

    [[nodiscard]] bool begin();
    [[nodiscard]] bool commit();
    void rollback();

    /// What a power cut must not lose any more.
    [[nodiscard]] bool sync();

    [[nodiscard]] bool append(const Event &event);
    [[nodiscard]] bool reserve(quint64 to);
    [[nodiscard]] bool keepJob(Job job, quint64 seq);
    [[nodiscard]] bool keepDuration(const Duration &duration);
    [[nodiscard]] bool forget(const QStringList &jobs);

    [[nodiscard]] bool find(const QString &id, std::optional<Job> &found);
    [[nodiscard]] bool page(quint64 before, int limit, std::optional<State> state, std::vector<Job> &found);
    [[nodiscard]] bool stale(std::optional<UnixMs> finishedBefore, std::optional<qint64> keep, QStringList &found);

    [[nodiscard]] bool pruneDue() const;
    /// Deletes a small batch of what is too old, in a transaction of its own.
    [[nodiscard]] bool prune();

    void close();
    /// Closes without writing a byte: what the log of a broken file holds stays in the log.
    void abandon();

private:
    /// What the database holds, as far as it must be known without asking. Rolled back with the transaction.
    struct Counters
    {
        quint64 lastSeq = 0;
        quint64 prunedTo = 0;
        quint64 reservedTo = 0;
        qint64 events = 0;
        qint64 newDurations = 0; ///< since somebody looked whether there are too many
    };

    struct Repair
    {
        Job job;
        quint64 seq = 0;
    };

    enum class Access { ReadOnly, Immutable, ReadWrite };

    [[nodiscard]] bool lock();
    [[nodiscard]] bool createFile();
    [[nodiscard]] bool connect(Access access, QSqlDatabase &database, const QString &name);
    void disconnect(QSqlDatabase &database, const QString &name);
    void unlock();
    [[nodiscard]] bool look(bool &fresh, Recovered &recovered, std::vector<Repair> &repairs);
    [[nodiscard]] bool identify(bool &fresh);
    [[nodiscard]] bool readMeta(Recovered &recovered);
    [[nodiscard]] bool readEvents(Recovered &recovered);
    [[nodiscard]] bool readLive(Recovered &recovered, std::vector<Repair> &repairs);
    [[nodiscard]] bool readFinished(Recovered &recovered, const std::vector<Repair> &repairs);
    [[nodiscard]] bool readDurations(Recovered &recovered);
    [[nodiscard]] bool configure();
    [[nodiscard]] bool createSchema(const QString &epoch);
    [[nodiscard]] std::optional<Job> decode(const QByteArray &body, quint64 firstSeq) const;
    [[nodiscard]] bool foldAfter(Job &job, quint64 &seq);
    [[nodiscard]] bool announce(const Job &job, quint64 seq);
    [[nodiscard]] bool reopen(const QString &id, State state);
    [[nodiscard]] bool setMeta(const QString &key, const QVariant &value);
    [[nodiscard]] bool raisePrunedTo(quint64 seq);
    [[nodiscard]] bool pruneEvents();
    [[nodiscard]] bool pruneDurations();

    [[nodiscard]] QSqlQuery *prepared(const QString &sql);
    template <class... Values>
    [[nodiscard]] QSqlQuery *run(const QString &sql, const Values &...values);
    [[nodiscard]] bool ended(QSqlQuery *query);
    [[nodiscard]] bool failed(const QSqlError &error);
    [[nodiscard]] bool failed(const char *verb, const QString &reason);
    [[nodiscard]] bool refused(const QString &reason);

    QString m_path;
    EventCodec m_codec;
    SqliteJournalOptions m_options;
    QString m_name; ///< of the connection, unique in the process
    QSqlDatabase m_database;
    std::unordered_map<QString, QSqlQuery> m_prepared;
    Trouble m_trouble;
    const char *m_verb = "opened";
    Counters m_now;
    Counters m_before;
    qint64 m_pruneAt = 0; ///< rows of events from which a round of pruning begins
    quint64 m_pruneFrom = 0; ///< where the round at hand is
    quint64 m_pruneUpTo = 0; ///< where it ends; 0: none is at hand
    int m_lock = -1;
    int m_wal = -1;
};

} // namespace stepwire
