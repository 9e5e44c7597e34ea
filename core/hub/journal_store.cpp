#include "core/hub/journal_store.h"

#include "core/model/snapshot.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QFileInfo>
#include <QSqlError>
#include <QUrl>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <limits>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr int applicationId = 0x53747077; // "Stpw"
static constexpr int knownVersion = 1;
static constexpr int walPages = 1000; // of 4 KiB: what is written between two checkpoints
static constexpr int walBytes = 16 * 1024 * 1024; // what a flood may leave of the log's file
static constexpr qint64 recoveredBytes = 64LL * 1024 * 1024; // as much as the hub's log holds
static constexpr qint64 pruneBatch = 500;
static constexpr qint64 pruneSlack = 2000; // a round looks at every event of a live job, so it must be worth it
static constexpr auto lockPollMs = 20;

// The body comes last: what is asked of the other columns must not walk over it.
static const std::array schema = {
    u"CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID"_s,
    u"CREATE TABLE events(seq INTEGER PRIMARY KEY, job TEXT NOT NULL, body BLOB NOT NULL)"_s,
    u"CREATE INDEX events_job ON events(job, seq)"_s,
    u"CREATE TABLE jobs(id TEXT PRIMARY KEY, first_seq INTEGER NOT NULL, body_seq INTEGER NOT NULL, state TEXT NOT "
    u"NULL, "
    "final INTEGER NOT NULL, finished INTEGER, body BLOB NOT NULL)"_s,
    u"CREATE INDEX jobs_final ON jobs(final, first_seq)"_s,
    u"CREATE INDEX jobs_state ON jobs(final, state, first_seq)"_s,
    u"CREATE TABLE durations(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, step TEXT NOT NULL, ms INTEGER NOT NULL, "
    "at INTEGER NOT NULL)"_s,
    u"CREATE INDEX durations_step ON durations(kind, step)"_s,
};

namespace {

// SQLite's primary result codes.
constexpr int busy = 5;
constexpr int locked = 6;
constexpr int corrupt = 11;
constexpr int notADatabase = 26;

[[nodiscard]] QVariant number(quint64 value)
{
    return static_cast<qlonglong>(std::min(value, static_cast<quint64>(std::numeric_limits<qint64>::max())));
}

/// A null text would be a NULL.
[[nodiscard]] QVariant text(const QString &value)
{
    return value.isNull() ? u""_s : value;
}

[[nodiscard]] QVariant time(const std::optional<UnixMs> &value)
{
    return value ? QVariant(static_cast<qlonglong>(*value)) : QVariant();
}

[[nodiscard]] QString lowerFirst(QString sentence)
{
    const bool word = sentence.size() > 1 && sentence[1].isLower();
    if (word)
        sentence[0] = sentence[0].toLower();
    return sentence;
}

[[nodiscard]] bool makeFolder(const QString &folder)
{
    const QByteArray name = QFile::encodeName(folder);
    if (::mkdir(name.constData(), 0700) == 0 || errno == EEXIST)
        return true;
    const QString parent = QFileInfo(folder).path();
    if (errno != ENOENT || parent == folder || !makeFolder(parent))
        return false;
    return ::mkdir(name.constData(), 0700) == 0 || errno == EEXIST;
}

} // namespace

JournalStore::JournalStore(QString path, EventCodec codec, SqliteJournalOptions options)
    : m_path(std::move(path)), m_codec(std::move(codec)), m_options(options)
{
    static std::atomic<int> instances = 0;
    m_name = u"journal-%1"_s.arg(++instances);
}

JournalStore::~JournalStore()
{
    close();
}

bool JournalStore::failed(const QSqlError &error)
{
    const int code = error.nativeErrorCode().toInt() & 0xff;
    if (code == busy || code == locked)
        return failed(m_verb, u"another program is using it"_s);
    const bool broken = code == corrupt || code == notADatabase;
    const QString reason = error.databaseText().isEmpty() ? error.driverText() : error.databaseText();
    m_trouble = {u"%1 cannot be %2: %3"_s.arg(m_path, QLatin1StringView(broken ? "read" : m_verb), lowerFirst(reason)),
                 broken};
    return false;
}

bool JournalStore::failed(const char *verb, const QString &reason)
{
    m_trouble = {u"%1 cannot be %2: %3"_s.arg(m_path, QLatin1StringView(verb), lowerFirst(reason)), false};
    return false;
}

bool JournalStore::refused(const QString &reason)
{
    m_trouble = {m_path + u' ' + reason, true};
    return false;
}

QSqlQuery *JournalStore::prepared(const QString &sql)
{
    if (const auto it = m_prepared.find(sql); it != m_prepared.end())
        return &it->second;
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.prepare(sql)) {
        (void)failed(query.lastError());
        return nullptr;
    }
    return &m_prepared.emplace(sql, std::move(query)).first->second;
}

/// Null when it failed. The caller steps through the rows and ends with `ended()`.
template <class... Values>
QSqlQuery *JournalStore::run(const QString &sql, const Values &...values)
{
    QSqlQuery *query = prepared(sql);
    if (!query)
        return nullptr;
    int position = 0;
    (query->bindValue(position++, values), ...);
    if (query->exec())
        return query;
    (void)failed(query->lastError());
    query->finish();
    return nullptr;
}

/// Takes the statement back, so that it holds no transaction open. False when it failed, now or on its way.
bool JournalStore::ended(QSqlQuery *query)
{
    if (!query)
        return false;
    const QSqlError error = query->lastError();
    query->finish();
    return error.type() == QSqlError::NoError || failed(error);
}

// Opening ------------------------------------------------------------------------------------------------------------

bool JournalStore::lock()
{
    const QByteArray name = QFile::encodeName(m_path + u".lock"_s);
    m_lock = ::open(name.constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (m_lock < 0)
        return failed("opened", qt_error_string(errno));
    const QDeadlineTimer deadline(m_options.openTimeoutMs);
    while (::flock(m_lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return failed("opened", qt_error_string(errno));
        if (deadline.hasExpired())
            return failed("opened", u"another hub is using it"_s);
        QThread::msleep(lockPollMs); // the hub before this one may be writing its last
    }
    return true;
}

void JournalStore::unlock()
{
    if (m_lock >= 0)
        ::close(m_lock);
    m_lock = -1;
}

/// SQLite would make it readable for all; its log takes the mode over from it.
bool JournalStore::createFile()
{
    // Never opened when it is there: closing it again would drop the locks that this process holds on it.
    const int file = ::open(QFile::encodeName(m_path).constData(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return errno == EEXIST || failed("made", qt_error_string(errno));
    ::close(file);
    const int folder =
        ::open(QFile::encodeName(QFileInfo(m_path).path()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        ::fsync(folder); // else a power cut could take the file with everything in it
        ::close(folder);
    }
    return true;
}

bool JournalStore::connect(Access access, QSqlDatabase &database, const QString &name)
{
    database = QSqlDatabase::addDatabase(u"QSQLITE"_s, name);
    if (!database.isValid())
        return failed("opened", u"Qt's driver for SQLite is not installed"_s);
    QString options = u"QSQLITE_BUSY_TIMEOUT=%1"_s.arg(m_options.openTimeoutMs);
    if (access != Access::ReadWrite)
        options += u";QSQLITE_OPEN_READONLY"_s;
    if (access == Access::Immutable) {
        options += u";QSQLITE_OPEN_URI"_s;
        database.setDatabaseName(QString::fromLatin1(QUrl::fromLocalFile(m_path).toEncoded()) + u"?immutable=1"_s);
    } else {
        database.setDatabaseName(m_path);
    }
    database.setConnectOptions(options);
    return database.open() || failed(database.lastError());
}

void JournalStore::disconnect(QSqlDatabase &database, const QString &name)
{
    if (!database.isValid())
        return;
    database.close();
    database = QSqlDatabase();
    QSqlDatabase::removeDatabase(name);
}

std::optional<Recovered> JournalStore::open(const QString &epoch, quint64 reserve)
{
    m_verb = "opened";
    const auto tryIt = [&]() -> std::optional<Recovered> {
        if (!makeFolder(QFileInfo(m_path).path())) {
            (void)failed("made", qt_error_string(errno));
            return {};
        }
        if (!lock() || !createFile())
            return {};
        bool fresh = false;
        Recovered recovered;
        std::vector<Repair> repairs;
        if (!look(fresh, recovered, repairs))
            return {};
        if (!connect(Access::ReadWrite, m_database, m_name) || !configure() || !begin())
            return {};
        ::chmod(QFile::encodeName(m_path).constData(), 0600); // a copy that somebody put back may be open to all
        if (fresh && !createSchema(epoch))
            return {};
        for (const Repair &repair : repairs) {
            if (!keepJob(repair.job, repair.seq))
                return {};
        }
        if (!this->reserve(recovered.reservedTo + reserve) || !commit() || !sync())
            return {};
        return recovered;
    };
    std::optional<Recovered> recovered = tryIt();
    if (!recovered)
        abandon();
    m_verb = "written";
    return recovered;
}

/// Everything is read before the file is opened for writing: one that is not ours, of a newer version or broken must
/// keep every byte, and even closing a connection that may write would move the log into it.
bool JournalStore::look(bool &fresh, Recovered &recovered, std::vector<Repair> &repairs)
{
    const bool clean = !QFileInfo::exists(m_path + u"-wal"_s);
    const bool fine = connect(clean ? Access::Immutable : Access::ReadOnly, m_database, m_name) && identify(fresh)
        && (fresh
            || (readMeta(recovered) && readEvents(recovered) && readLive(recovered, repairs)
                && readFinished(recovered, repairs) && readDurations(recovered)));
    m_prepared.clear();
    disconnect(m_database, m_name);
    return fine;
}

bool JournalStore::identify(bool &fresh)
{
    const auto value = [this](const QString &sql, qlonglong &out) {
        QSqlQuery *query = run(sql);
        if (query && query->next())
            out = query->value(0).toLongLong();
        return ended(query);
    };
    qlonglong application = 0;
    qlonglong version = 0;
    qlonglong tables = 0;
    if (!value(u"PRAGMA application_id"_s, application) || !value(u"PRAGMA user_version"_s, version)
        || !value(u"SELECT count(*) FROM sqlite_master"_s, tables))
        return false;
    fresh = application == 0 && version == 0 && tables == 0; // also what a crash while it was made leaves
    if (fresh)
        return true;
    if (application != applicationId)
        return refused(
            u"belongs to another program: its application id is %1, expected %2"_s.arg(application).arg(applicationId));
    if (version != knownVersion)
        return refused(u"is of version %1, this program knows %2"_s.arg(version).arg(knownVersion));
    if (QFileInfo(m_path + u"-wal"_s).size() == 0)
        return true;
    // Somebody died while writing, the power went perhaps: look at all of it once.
    QSqlQuery *query = run(u"PRAGMA quick_check(1)"_s);
    const QString verdict = query && query->next() ? query->value(0).toString() : QString();
    if (!ended(query))
        return false;
    return verdict == u"ok" || refused(u"is broken: %1"_s.arg(lowerFirst(verdict.simplified())));
}

bool JournalStore::readMeta(Recovered &recovered)
{
    QSqlQuery *query = run(u"SELECT key, value FROM meta"_s);
    while (query && query->next()) {
        const QString key = query->value(0).toString();
        const QVariant value = query->value(1);
        if (key == u"epoch")
            recovered.epoch = value.toString();
        else if (key == u"reserved_to")
            m_now.reservedTo = value.toULongLong();
        else if (key == u"pruned_to")
            m_now.prunedTo = value.toULongLong();
        else if (key == u"last_seq")
            m_now.lastSeq = value.toULongLong();
    }
    if (!ended(query))
        return false;
    if (recovered.epoch.isEmpty())
        return refused(u"is broken: it has no epoch"_s);
    query = run(u"SELECT count(*), max(seq) FROM events"_s);
    if (query && query->next()) {
        m_now.events = query->value(0).toLongLong();
        m_now.lastSeq = std::max(m_now.lastSeq, query->value(1).toULongLong());
    }
    if (!ended(query))
        return false;
    m_now.newDurations = pruneSlack; // nobody has counted them yet
    m_now.reservedTo = std::max(m_now.reservedTo, m_now.lastSeq);
    recovered.reservedTo = m_now.reservedTo;
    recovered.lastSeq = m_now.lastSeq;
    return true;
}

bool JournalStore::readEvents(Recovered &recovered)
{
    recovered.completeAfter = m_now.prunedTo;
    QSqlQuery *query = run(u"SELECT seq, body FROM events ORDER BY seq DESC"_s);
    qint64 bytes = 0;
    int rows = 0;
    while (query && query->next()) {
        const quint64 seq = query->value(0).toULongLong();
        const QByteArray body = query->value(1).toByteArray();
        bytes += body.size();
        if (++rows > m_options.recoveredEvents || bytes > recoveredBytes) {
            recovered.completeAfter = std::max(recovered.completeAfter, seq);
            break;
        }
        if (Result<Event> event = m_codec.decodeEvent(body); event && event->seq == seq)
            recovered.events.push_back(std::make_shared<const Event>(std::move(*event)));
        else
            recovered.completeAfter = std::max(recovered.completeAfter, seq);
    }
    std::reverse(recovered.events.begin(), recovered.events.end());
    return ended(query);
}

std::optional<Job> JournalStore::decode(const QByteArray &body, quint64 firstSeq) const
{
    Result<Job> job = m_codec.decodeJob(body);
    if (!job)
        return {};
    job->firstSeq = firstSeq; // the row's: a job that was announced again keeps its place
    return std::move(*job);
}

/// Folds what came after `seq`, which becomes the number of the newest of them.
bool JournalStore::foldAfter(Job &job, quint64 &seq)
{
    const QString id = job.id;
    const quint64 firstSeq = job.firstSeq;
    Snapshot state;
    QSqlQuery *query =
        run(u"SELECT seq, body FROM events WHERE job = ? AND seq > ? ORDER BY seq"_s, text(id), number(seq));
    while (query && query->next()) {
        if (!state.find(id))
            state.put(job);
        seq = query->value(0).toULongLong();
        if (const Result<Event> event = m_codec.decodeEvent(query->value(1).toByteArray()))
            apply(state, *event);
    }
    if (const Job *folded = state.find(id)) {
        job = *folded;
        job.firstSeq = firstSeq;
    }
    return ended(query);
}

bool JournalStore::readLive(Recovered &recovered, std::vector<Repair> &repairs)
{
    struct Row
    {
        QString id;
        quint64 firstSeq = 0;
        quint64 bodySeq = 0;
        QByteArray body;
    };
    std::vector<Row> rows;
    QSqlQuery *query = run(u"SELECT id, first_seq, body_seq, body FROM jobs WHERE final = 0 ORDER BY first_seq"_s);
    while (query && query->next())
        rows.push_back({query->value(0).toString(), query->value(1).toULongLong(), query->value(2).toULongLong(),
                        query->value(3).toByteArray()});
    if (!ended(query))
        return false;
    for (const Row &row : rows) {
        quint64 seq = row.bodySeq;
        std::optional<Job> job = decode(row.body, row.firstSeq);
        if (!job) {
            // From its announcement then. Reading that as an event would not do: it starts the fold.
            query = run(u"SELECT seq, body FROM events WHERE job = ? ORDER BY seq"_s, text(row.id));
            while (!job && query && query->next()) {
                const Result<Event> event = m_codec.decodeEvent(query->value(1).toByteArray());
                if (const auto *queued = event ? std::get_if<JobQueued>(&event->data) : nullptr) {
                    job = queued->job;
                    job->firstSeq = row.firstSeq;
                    seq = query->value(0).toULongLong();
                }
            }
            if (!ended(query))
                return false;
        }
        if (!job)
            continue;
        if (!foldAfter(*job, seq))
            return false;
        if (isFinal(job->state))
            repairs.push_back({std::move(*job), seq}); // the hub died between its end and keeping it
        else
            recovered.live.push_back(std::move(*job));
    }
    return true;
}

bool JournalStore::readFinished(Recovered &recovered, const std::vector<Repair> &repairs)
{
    if (!page(std::numeric_limits<quint64>::max(), m_options.recoveredFinished, {}, recovered.finished))
        return false;
    for (const Repair &repair : repairs)
        recovered.finished.push_back(repair.job);
    std::sort(recovered.finished.begin(), recovered.finished.end(),
              [](const Job &a, const Job &b) { return a.firstSeq < b.firstSeq; });
    const auto most = static_cast<std::size_t>(m_options.recoveredFinished);
    if (recovered.finished.size() > most)
        recovered.finished.erase(recovered.finished.begin(),
                                 recovered.finished.end() - static_cast<std::ptrdiff_t>(most));
    return true;
}

bool JournalStore::readDurations(Recovered &recovered)
{
    QSqlQuery *query =
        run(u"SELECT kind, step, ms, at FROM durations ORDER BY id DESC LIMIT ?"_s, m_options.recoveredDurations);
    while (query && query->next())
        recovered.durations.push_back({query->value(0).toString(), query->value(1).toString(),
                                       query->value(2).toLongLong(), query->value(3).toLongLong()});
    std::reverse(recovered.durations.begin(), recovered.durations.end());
    return ended(query);
}

bool JournalStore::configure()
{
    for (const QString &pragma : {
             u"PRAGMA journal_mode = WAL"_s,
             u"PRAGMA synchronous = NORMAL"_s,
             u"PRAGMA wal_autocheckpoint = %1"_s.arg(walPages),
             u"PRAGMA journal_size_limit = %1"_s.arg(walBytes),
             u"PRAGMA secure_delete = FAST"_s,
             u"PRAGMA temp_store = MEMORY"_s, // a file of its own would be readable for all
             u"PRAGMA cell_size_check = ON"_s,
             u"PRAGMA trusted_schema = OFF"_s,
         }) {
        QSqlQuery query(m_database);
        if (!query.exec(pragma))
            return failed(query.lastError());
    }
    return true;
}

bool JournalStore::createSchema(const QString &epoch)
{
    for (const QString &statement : schema) {
        QSqlQuery query(m_database);
        if (!query.exec(statement))
            return failed(query.lastError());
    }
    for (const QString &pragma :
         {u"PRAGMA application_id = %1"_s.arg(applicationId), u"PRAGMA user_version = %1"_s.arg(knownVersion)}) {
        QSqlQuery query(m_database);
        if (!query.exec(pragma))
            return failed(query.lastError());
    }
    return setMeta(u"epoch"_s, text(epoch));
}

void JournalStore::close()
{
    m_prepared.clear();
    disconnect(m_database, m_name);
    if (m_wal >= 0)
        ::close(m_wal);
    m_wal = -1;
    unlock();
}

void JournalStore::abandon()
{
    // The last connection that may write moves the log into the file when it closes. It is not the last while this one
    // is there, and this one may not write.
    QSqlDatabase witness;
    const QString name = m_name + u"-witness"_s;
    if (m_database.isOpen()) {
        const Trouble trouble = m_trouble;
        rollback();
        if (connect(Access::ReadOnly, witness, name)) {
            QSqlQuery query(witness);
            query.exec(u"PRAGMA schema_version"_s);
        }
        m_trouble = trouble;
    }
    close();
    disconnect(witness, name);
}

// Transactions -------------------------------------------------------------------------------------------------------

bool JournalStore::begin()
{
    m_before = m_now;
    return ended(run(u"BEGIN IMMEDIATE"_s));
}

bool JournalStore::commit()
{
    return ended(run(u"COMMIT"_s));
}

void JournalStore::rollback()
{
    const Trouble trouble = m_trouble;
    for (auto &[sql, query] : m_prepared)
        query.finish();
    (void)ended(run(u"ROLLBACK"_s)); // most errors have done so already
    m_now = m_before;
    m_trouble = trouble;
}

bool JournalStore::sync()
{
    if (m_wal < 0)
        m_wal = ::open(QFile::encodeName(m_path + u"-wal"_s).constData(), O_RDONLY | O_CLOEXEC);
    if (m_wal < 0 || ::fdatasync(m_wal) != 0)
        return failed("written", qt_error_string(errno));
    return true;
}

bool JournalStore::setMeta(const QString &key, const QVariant &value)
{
    return ended(run(u"INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)"_s, key, value));
}

/// To be called before events are deleted: the newest of them must not be forgotten as a number.
bool JournalStore::raisePrunedTo(quint64 seq)
{
    if (seq <= m_now.prunedTo)
        return true;
    m_now.prunedTo = seq;
    return setMeta(u"pruned_to"_s, number(seq)) && setMeta(u"last_seq"_s, number(m_now.lastSeq));
}

bool JournalStore::append(const Event &event)
{
    // Replaced when it is there: after a commit whose outcome nobody knows, everything is written again.
    if (!ended(run(u"INSERT OR REPLACE INTO events(seq, job, body) VALUES(?, ?, ?)"_s, number(event.seq),
                   text(event.job), m_codec.encodeEvent(event))))
        return false;
    ++m_now.events;
    m_now.lastSeq = std::max(m_now.lastSeq, event.seq);
    if (const auto *queued = std::get_if<JobQueued>(&event.data))
        return announce(queued->job, event.seq);
    if (std::holds_alternative<JobStarted>(event.data))
        return reopen(event.job, State::Running);
    if (const auto *changed = std::get_if<JobChanged>(&event.data);
        changed && changed->state && !isFinal(*changed->state))
        return reopen(event.job, *changed->state);
    return true;
}

bool JournalStore::announce(const Job &job, quint64 seq)
{
    return ended(
        run(u"INSERT INTO jobs(id, first_seq, body_seq, state, final, finished, body) VALUES(?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT(id) DO UPDATE SET body_seq = excluded.body_seq, state = excluded.state, "
            "final = excluded.final, finished = excluded.finished, body = excluded.body"_s,
            text(job.id), number(seq), number(seq), stateName(job.state), isFinal(job.state) ? 1 : 0,
            time(job.finished), m_codec.encodeJob(job)));
}

/// A retry: the job counts as live again, from its kept body and what came after.
bool JournalStore::reopen(const QString &id, State state)
{
    return ended(run(u"UPDATE jobs SET state = ?, final = 0, finished = NULL WHERE id = ? AND final = 1"_s,
                     stateName(state), text(id)));
}

bool JournalStore::reserve(quint64 to)
{
    if (to <= m_now.reservedTo)
        return true;
    m_now.reservedTo = to;
    return setMeta(u"reserved_to"_s, number(to));
}

bool JournalStore::keepJob(Job job, quint64 seq)
{
    QSqlQuery *query = run(u"SELECT first_seq, body_seq FROM jobs WHERE id = ?"_s, text(job.id));
    const bool known = query && query->next() && query->value(1).toULongLong() <= seq;
    if (known)
        job.firstSeq = query->value(0).toULongLong();
    if (!ended(query))
        return false;
    if (!known) // forgotten, or announced again meanwhile
        return true;
    // A retry may have been appended between the end that this tells of and now.
    if (!foldAfter(job, seq))
        return false;
    return ended(run(u"UPDATE jobs SET body_seq = ?, state = ?, final = ?, finished = ?, body = ? WHERE id = ?"_s,
                     number(seq), stateName(job.state), isFinal(job.state) ? 1 : 0, time(job.finished),
                     m_codec.encodeJob(job), text(job.id)));
}

bool JournalStore::keepDuration(const Duration &duration)
{
    ++m_now.newDurations;
    return ended(run(u"INSERT INTO durations(kind, step, ms, at) VALUES(?, ?, ?, ?)"_s, text(duration.kind),
                     text(duration.step), duration.ms, duration.at))
        && ended(run(u"DELETE FROM durations WHERE kind = ? AND step = ? AND id <= (SELECT id FROM durations "
                     "WHERE kind = ? AND step = ? ORDER BY id DESC LIMIT 1 OFFSET ?)"_s,
                     text(duration.kind), text(duration.step), text(duration.kind), text(duration.step),
                     m_options.keptDurationsOfStep));
}

bool JournalStore::forget(const QStringList &jobs)
{
    for (const QString &id : jobs) {
        QSqlQuery *query = run(u"SELECT count(*), max(seq) FROM events WHERE job = ?"_s, text(id));
        const bool some = query && query->next();
        const qint64 count = some ? query->value(0).toLongLong() : 0;
        const quint64 newest = some ? query->value(1).toULongLong() : 0;
        if (!ended(query) || !raisePrunedTo(newest) || !ended(run(u"DELETE FROM events WHERE job = ?"_s, text(id)))
            || !ended(run(u"DELETE FROM jobs WHERE id = ?"_s, text(id))))
            return false;
        m_now.events -= count;
    }
    return true;
}

// Questions ----------------------------------------------------------------------------------------------------------

bool JournalStore::find(const QString &id, std::optional<Job> &found)
{
    QSqlQuery *query = run(u"SELECT first_seq, body FROM jobs WHERE id = ? AND final = 1"_s, text(id));
    if (query && query->next())
        found = decode(query->value(1).toByteArray(), query->value(0).toULongLong());
    return ended(query);
}

bool JournalStore::page(quint64 before, int limit, std::optional<State> state, std::vector<Job> &found)
{
    if (limit <= 0)
        return true;
    // No LIMIT: a row that cannot be decoded must not make the page short, which would look like the last one.
    QSqlQuery *query = state
        ? run(
            u"SELECT first_seq, body FROM jobs WHERE final = 1 AND state = ? AND first_seq < ? ORDER BY first_seq DESC"_s,
            stateName(*state), number(before))
        : run(u"SELECT first_seq, body FROM jobs WHERE final = 1 AND first_seq < ? ORDER BY first_seq DESC"_s,
              number(before));
    while (found.size() < static_cast<std::size_t>(limit) && query && query->next()) {
        if (std::optional<Job> job = decode(query->value(1).toByteArray(), query->value(0).toULongLong()))
            found.push_back(std::move(*job));
    }
    return ended(query);
}

bool JournalStore::stale(std::optional<UnixMs> finishedBefore, std::optional<qint64> keep, QStringList &found)
{
    // What was announced before this one is beyond the newest `keep`.
    quint64 oldestKept = 0;
    if (keep && *keep <= 0) {
        oldestKept = std::numeric_limits<quint64>::max();
    } else if (keep) {
        QSqlQuery *query = run(u"SELECT first_seq FROM jobs WHERE final = 1 ORDER BY first_seq DESC LIMIT 1 OFFSET ?"_s,
                               static_cast<qlonglong>(*keep - 1));
        if (query && query->next())
            oldestKept = query->value(0).toULongLong();
        if (!ended(query))
            return false;
    }
    QSqlQuery *query =
        run(u"SELECT id FROM jobs WHERE final = 1 AND (first_seq < ? OR finished < ?) ORDER BY first_seq"_s,
            number(oldestKept), time(finishedBefore));
    while (query && query->next())
        found.append(query->value(0).toString());
    return ended(query);
}

// Pruning ------------------------------------------------------------------------------------------------------------

bool JournalStore::pruneDue() const
{
    return m_pruneUpTo > 0 || m_now.events > std::max(m_pruneAt, m_options.keptEvents)
        || m_now.newDurations >= pruneSlack;
}

bool JournalStore::prune()
{
    if (!begin())
        return false;
    const bool done = (m_now.newDurations >= pruneSlack ? pruneDurations() : pruneEvents()) && commit();
    if (!done)
        rollback();
    return done;
}

bool JournalStore::pruneEvents()
{
    QSqlQuery *query = nullptr;
    if (m_pruneUpTo == 0) {
        query = run(u"SELECT seq FROM events ORDER BY seq DESC LIMIT 1 OFFSET ?"_s,
                    static_cast<qlonglong>(m_options.keptEvents));
        if (query && query->next())
            m_pruneUpTo = query->value(0).toULongLong();
        if (!ended(query))
            return false;
        m_pruneFrom = 0;
    }
    // Those of a live job stay: a body alone is its announcement.
    query = run(u"SELECT count(*), max(seq) FROM (SELECT seq FROM events WHERE seq > ? AND seq <= ? AND NOT EXISTS "
                "(SELECT 1 FROM jobs WHERE id = events.job AND final = 0) ORDER BY seq LIMIT ?)"_s,
                number(m_pruneFrom), number(m_pruneUpTo), static_cast<qlonglong>(pruneBatch));
    const bool some = query && query->next();
    const qint64 count = some ? query->value(0).toLongLong() : 0;
    const quint64 newest = some ? query->value(1).toULongLong() : 0;
    if (!ended(query))
        return false;
    if (count == 0) {
        m_pruneUpTo = 0;
        m_pruneAt = m_now.events + pruneSlack;
        return true;
    }
    if (!raisePrunedTo(newest)
        || !ended(run(u"DELETE FROM events WHERE seq > ? AND seq <= ? AND NOT EXISTS "
                      "(SELECT 1 FROM jobs WHERE id = events.job AND final = 0)"_s,
                      number(m_pruneFrom), number(newest))))
        return false;
    m_pruneFrom = newest;
    m_now.events -= count;
    return true;
}

bool JournalStore::pruneDurations()
{
    m_now.newDurations = 0;
    return ended(run(u"DELETE FROM durations WHERE id <= "
                     "(SELECT id FROM durations ORDER BY id DESC LIMIT 1 OFFSET ?)"_s,
                     static_cast<qlonglong>(m_options.keptDurations)));
}

} // namespace stepwire
