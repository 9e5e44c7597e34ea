#include "support/native_codec.h"
#include "support/samples.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QTemporaryDir>
#include <QtTest>

#include <csignal>
#include <cstdio>
#include <set>
#include <thread>

#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace stepwire;
using namespace Qt::StringLiterals;

static constexpr quint64 newest = std::numeric_limits<quint64>::max();

/// One life of a hub with its journal, and all that the journal said.
class Life : public Journal::Observer
{
public:
    explicit Life(const QString &path, SqliteJournalOptions options = quick()) { make(path, options); }

    /// Waits for nothing longer than a test does.
    static SqliteJournalOptions quick()
    {
        SqliteJournalOptions options;
        options.openTimeoutMs = 100;
        options.retryMs = 20;
        options.syncMs = 20;
        options.idleMs = 10;
        return options;
    }

    void journalOpened(Recovered what) override
    {
        recovered = std::move(what);
        said(u"opened"_s);
    }
    void journalCommitted(quint64 upTo) override
    {
        ++commits;
        rising = rising && upTo >= committed;
        committed = upTo;
        saidInstead(u"committed "_s, upTo);
        if (onCommitted)
            onCommitted(upTo);
    }
    void journalReserved(quint64 to) override { saidInstead(u"reserved "_s, to); }
    void journalFailed(const QString &reason, bool later) override
    {
        failure = reason;
        said(later ? u"failed for now"_s : u"failed"_s);
    }

    void said(const QString &text) { log.append(text); }
    /// Of several in a row the last: how many transactions there are is up to the threads.
    void saidInstead(const QString &what, quint64 number)
    {
        if (!log.isEmpty() && log.last().startsWith(what))
            log.removeLast();
        said(what + QString::number(number));
    }

    bool open()
    {
        journal->open(u"e1"_s, 1000);
        return QTest::qWaitFor([this] { return !log.isEmpty(); }) && log.last() == u"opened";
    }

    EventPtr append(const QString &job, FactData data, const QString &step = {})
    {
        Event event{++seq, u"e1"_s, 1000 + static_cast<UnixMs>(seq), u"nas"_s, u"hub-1"_s, job, step, std::move(data)};
        if (auto *queued = std::get_if<JobQueued>(&event.data))
            queued->edit().firstSeq = seq;
        events.push_back(std::make_shared<const Event>(std::move(event)));
        apply(state, *events.back());
        journal->append(events.back());
        return events.back();
    }
    void queue(const QString &job) { append(job, JobQueued{test::makeJob(job, {u"a"_s, u"b"_s})}); }
    void run(const QString &job)
    {
        queue(job);
        append(job, JobStarted{1});
        append(job, StepStarted{1, 42}, u"a"_s);
    }
    void finish(const QString &job, State end = State::Succeeded)
    {
        append(job, JobFinished{1, end, {}, 5});
        journal->keepJob(*state.find(job), seq);
    }

    bool settled()
    {
        bool answered = false;
        journal->find(u"nobody"_s, [&](const auto &) { answered = true; });
        return QTest::qWaitFor([&] { return answered; });
    }
    std::optional<Job> find(const QString &job)
    {
        std::optional<std::optional<Job>> answer;
        journal->find(job, [&](std::optional<Job> found) { answer = std::move(found); });
        return QTest::qWaitFor([&] { return answer.has_value(); }) ? *answer : std::nullopt;
    }
    QStringList page(quint64 before, int limit, std::optional<State> only = {})
    {
        std::optional<QStringList> answer;
        journal->page(before, limit, only, [&](const std::vector<Job> &found) { answer = ids(found); });
        return QTest::qWaitFor([&] { return answer.has_value(); }) ? *answer : QStringList(u"no answer"_s);
    }
    QStringList stale(std::optional<UnixMs> finishedBefore, std::optional<qint64> keep)
    {
        std::optional<QStringList> answer;
        journal->stale(finishedBefore, keep, [&](const QStringList &found) { answer = found; });
        return QTest::qWaitFor([&] { return answer.has_value(); }) ? *answer : QStringList(u"no answer"_s);
    }

    static QStringList ids(const std::vector<Job> &jobs)
    {
        QStringList list;
        for (const Job &job : jobs)
            list.append(job.id);
        return list;
    }
    [[nodiscard]] QStringList told() const
    {
        QStringList list;
        for (const EventPtr &event : recovered.events)
            list.append(test::said(*event));
        return list;
    }

    QStringList log;
    QString failure;
    Recovered recovered;
    quint64 committed = 0;
    int commits = 0;
    bool rising = true;
    std::function<void(quint64)> onCommitted;
    quint64 seq = 0;
    Snapshot state;
    std::vector<EventPtr> events;
    std::unique_ptr<SqliteJournal> journal;

private:
    void make(const QString &path, const SqliteJournalOptions &options)
    {
        journal = std::make_unique<SqliteJournal>(path, test::nativeCodec(), *this, options);
    }
};

/// Somebody else with the same file.
class Other
{
public:
    explicit Other(const QString &path)
    {
        m_database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"other"_s);
        m_database.setDatabaseName(path);
        m_database.open();
    }
    ~Other()
    {
        m_database.close();
        m_database = QSqlDatabase();
        QSqlDatabase::removeDatabase(u"other"_s);
    }

    QStringList ask(const QString &sql)
    {
        QSqlQuery query(m_database);
        QStringList rows;
        if (!query.exec(sql))
            rows.append(query.lastError().text());
        while (query.next())
            rows.append(query.value(query.record().count() - 1).toString());
        return rows;
    }

private:
    QSqlDatabase m_database;
};

class TestSqliteJournal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void newFile();
    void everyEventComesBack();
    void liveJobs();
    void endedButNotKept();
    void reopened();
    void keptAfterTheRetry();
    void announcedAgain();
    void keptJobs();
    void stale();
    void forget();
    void durations();
    void reservations();
    void orderOfAnswers();
    void oneCommitForAFlood();
    void togetherOrNotAtAll();
    void endsWithoutClose();
    void closes();
    void observerEndsIt();
    void mostRecovered();
    void prunes();
    void liveEventsAreNotPruned();
    void indices();
    void private_();
    void strangeRows();
    void brokenBodyOfALiveJob();
    void notOurs_data();
    void notOurs();
    void newerVersion();
    void leftWhileItWasMade();
    void truncated();
    void flippedBytes();
    void brokenLater();
    void cannotBeMade();
    void heldByAnotherHub();
    void lockedAtOpen();
    void lockedLater();
    void lockedAtTheEnd();
    void writesFail();
    void diskFull();
    void tooMuchWaits();
    void crashes();

private:
    [[nodiscard]] QByteArray bytes(const QString &suffix = {}) const
    {
        QFile file(m_path + suffix);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("none");
    }
    void put(const QByteArray &content) const
    {
        QFile file(m_path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(content), content.size());
    }
    /// A journal of an earlier life: fifty finished jobs and a live one.
    void earlierLife() const
    {
        Life life(m_path);
        QVERIFY(life.open());
        for (int i = 0; i < 50; ++i) {
            life.run(u"job%1"_s.arg(i));
            life.finish(u"job%1"_s.arg(i));
        }
        life.run(u"live"_s);
        QVERIFY(life.settled());
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

void TestSqliteJournal::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(u"journal.sqlite"_s);
}

void TestSqliteJournal::newFile()
{
    Life life(m_path);
    QVERIFY(life.open());
    QCOMPARE(life.log, QStringList(u"opened"_s));
    QVERIFY(life.recovered.epoch.isEmpty());
    QCOMPARE(life.recovered.lastSeq, quint64(0));
    QCOMPARE(life.recovered.reservedTo, quint64(0));
    QCOMPARE(life.recovered.completeAfter, quint64(0));
    QVERIFY(life.recovered.events.empty() && life.recovered.live.empty() && life.recovered.finished.empty()
            && life.recovered.durations.empty());
}

void TestSqliteJournal::everyEventComesBack()
{
    test::Random random(1);
    std::vector<EventPtr> events;
    {
        Life life(m_path);
        QVERIFY(life.open());
        for (quint64 seq = 1; seq <= 1100; ++seq) {
            Event event = test::randomEvent(random, seq % std::variant_size_v<FactData>);
            event.seq = seq;
            if (const auto *queued = std::get_if<JobQueued>(&event.data))
                event.job = queued->job.id;
            events.push_back(std::make_shared<const Event>(std::move(event)));
            life.journal->append(events.back());
        }
        QTRY_COMPARE(life.committed, quint64(1100));
    }
    Life next(m_path);
    QVERIFY(next.open());
    QCOMPARE(next.recovered.epoch, u"e1"_s);
    QCOMPARE(next.recovered.lastSeq, quint64(1100));
    QCOMPARE(next.recovered.completeAfter, quint64(0));
    QCOMPARE(next.recovered.events.size(), events.size());
    for (std::size_t i = 0; i < events.size(); ++i)
        QVERIFY2(*next.recovered.events[i] == *events[i], qPrintable(test::said(*events[i])));
}

void TestSqliteJournal::liveJobs()
{
    Snapshot state;
    {
        Life life(m_path);
        QVERIFY(life.open());
        for (const QString &job : {u"one"_s, u"two"_s, u"three"_s})
            life.run(job);
        life.append(u"one"_s, StepFinished{1, State::Failed, Failure{u"no"_s, u"a"_s, 3, {}, u"last"_s}, 7}, u"a"_s);
        life.append(u"three"_s, JobChanged{State::Paused, {}, {}, 9000, u"New title"_s, {}, {}});
        life.finish(u"two"_s, State::Cancelled);
        state = life.state;
    }
    for (int lives = 0; lives < 2; ++lives) {
        Life next(m_path);
        QVERIFY(next.open());
        QCOMPARE(Life::ids(next.recovered.live), QStringList({u"one"_s, u"three"_s}));
        QCOMPARE(Life::ids(next.recovered.finished), QStringList(u"two"_s));
        for (const Job &job : next.recovered.live)
            QVERIFY2(job == *state.find(job.id), qPrintable(job.id));
        QVERIFY(next.recovered.finished[0] == *state.find(u"two"_s));
    }
}

void TestSqliteJournal::endedButNotKept()
{
    Snapshot state;
    {
        Life life(m_path);
        QVERIFY(life.open());
        life.run(u"one"_s);
        life.run(u"two"_s);
        life.finish(u"two"_s);
        life.append(u"one"_s, JobFinished{1, State::Failed, {}, 5});
        state = life.state;
    }
    Life next(m_path);
    QVERIFY(next.open());
    QVERIFY(next.recovered.live.empty());
    QCOMPARE(Life::ids(next.recovered.finished), QStringList({u"one"_s, u"two"_s}));
    QVERIFY(next.recovered.finished[0] == *state.find(u"one"_s));
    QVERIFY(next.find(u"one"_s) == *state.find(u"one"_s)); // it was written back
    QCOMPARE(next.page(newest, 10, State::Failed), QStringList(u"one"_s));
}

void TestSqliteJournal::reopened()
{
    Snapshot state;
    {
        Life life(m_path);
        QVERIFY(life.open());
        for (const QString &job : {u"one"_s, u"two"_s}) {
            life.run(job);
            life.finish(job, State::Failed);
        }
        QCOMPARE(life.page(newest, 10), QStringList({u"two"_s, u"one"_s}));
        life.append(u"one"_s, JobStarted{2});
        life.append(u"two"_s, JobChanged{State::Queued, 1, {}, {}, {}, {}, {}});
        QCOMPARE(life.page(newest, 10), QStringList());
        QVERIFY(!life.find(u"one"_s));
        state = life.state;
    }
    {
        Life next(m_path);
        QVERIFY(next.open());
        QCOMPARE(Life::ids(next.recovered.live), QStringList({u"one"_s, u"two"_s}));
        for (const Job &job : next.recovered.live)
            QVERIFY2(job == *state.find(job.id), qPrintable(job.id));
        next.state = state;
        next.seq = next.recovered.reservedTo;
        next.finish(u"one"_s);
        QCOMPARE(next.page(newest, 10), QStringList(u"one"_s));
    }
}

void TestSqliteJournal::keptAfterTheRetry()
{
    Life life(m_path);
    QVERIFY(life.open());
    life.run(u"one"_s);
    life.append(u"one"_s, JobFinished{1, State::Failed, {}, 5});
    const Job ended = *life.state.find(u"one"_s);
    const quint64 end = life.seq;
    life.append(u"one"_s, JobStarted{2});
    life.journal->keepJob(ended, end); // told late
    QCOMPARE(life.page(newest, 10), QStringList());
    life.append(u"one"_s, JobFinished{2, State::Succeeded, {}, 5});
    life.journal->keepJob(*life.state.find(u"one"_s), life.seq);
    life.journal->keepJob(ended, end); // told too late
    QVERIFY(life.find(u"one"_s) == *life.state.find(u"one"_s));

    life.run(u"two"_s);
    life.append(u"two"_s, JobFinished{1, State::Failed, {}, 5});
    const Job first = *life.state.find(u"two"_s);
    const quint64 firstEnd = life.seq;
    life.append(u"two"_s, JobStarted{2});
    life.append(u"two"_s, JobFinished{2, State::Succeeded, {}, 5});
    life.journal->keepJob(first, firstEnd); // told late, and the retry has ended as well
    QVERIFY(life.find(u"two"_s) == *life.state.find(u"two"_s));
}

void TestSqliteJournal::announcedAgain()
{
    {
        Life life(m_path);
        QVERIFY(life.open());
        life.run(u"one"_s);
        life.queue(u"two"_s);
        Job job = *life.state.find(u"one"_s);
        job.title = u"Better"_s;
        life.append(u"one"_s, JobQueued{job});
    }
    Life next(m_path);
    QVERIFY(next.open());
    QCOMPARE(Life::ids(next.recovered.live), QStringList({u"one"_s, u"two"_s}));
    QCOMPARE(next.recovered.live[0].firstSeq, quint64(1));
    QCOMPARE(next.recovered.live[0].title, u"Better"_s);
    QCOMPARE(next.recovered.live[0].state, State::Running);
}

void TestSqliteJournal::keptJobs()
{
    Life life(m_path);
    QVERIFY(life.open());
    const std::array ends = {State::Succeeded, State::Failed, State::Cancelled};
    for (int i = 0; i < 9; ++i) {
        life.run(u"j%1"_s.arg(i));
        life.finish(u"j%1"_s.arg(i), ends[static_cast<std::size_t>(i % 3)]);
    }
    life.run(u"live"_s);
    QVERIFY(life.find(u"j4"_s) == *life.state.find(u"j4"_s));
    QVERIFY(!life.find(u"live"_s));
    QVERIFY(!life.find(u"nobody"_s));
    QCOMPARE(life.page(newest, 3), QStringList({u"j8"_s, u"j7"_s, u"j6"_s}));
    QCOMPARE(life.page(life.state.find(u"j6"_s)->firstSeq, 2), QStringList({u"j5"_s, u"j4"_s}));
    QCOMPARE(life.page(life.state.find(u"j1"_s)->firstSeq, 5), QStringList(u"j0"_s));
    QCOMPARE(life.page(0, 5), QStringList());
    QCOMPARE(life.page(newest, 0), QStringList());
    QCOMPARE(life.page(newest, 9, State::Failed), QStringList({u"j7"_s, u"j4"_s, u"j1"_s}));
    QCOMPARE(life.page(life.state.find(u"j7"_s)->firstSeq, 1, State::Failed), QStringList(u"j4"_s));
    QCOMPARE(life.page(newest, 9, State::TimedOut), QStringList());
}

void TestSqliteJournal::stale()
{
    Life life(m_path);
    QVERIFY(life.open());
    for (int i = 0; i < 5; ++i) {
        life.run(u"j%1"_s.arg(i));
        life.finish(u"j%1"_s.arg(i));
    }
    life.run(u"live"_s);
    const UnixMs third = *life.state.find(u"j2"_s)->finished;
    QCOMPARE(life.stale({}, {}), QStringList());
    QCOMPARE(life.stale(third, {}), QStringList({u"j0"_s, u"j1"_s}));
    QCOMPARE(life.stale({}, 2), QStringList({u"j0"_s, u"j1"_s, u"j2"_s}));
    QCOMPARE(life.stale(third, 4), QStringList({u"j0"_s, u"j1"_s}));
    QCOMPARE(life.stale({}, 5), QStringList());
    QCOMPARE(life.stale({}, 0).size(), 5);
}

void TestSqliteJournal::forget()
{
    quint64 lastOfTwo = 0;
    quint64 last = 0;
    {
        Life life(m_path);
        QVERIFY(life.open());
        for (const QString &job : {u"one"_s, u"two"_s, u"three"_s}) {
            life.run(job);
            life.finish(job);
            if (job == u"two")
                lastOfTwo = life.seq;
        }
        const Job two = *life.state.find(u"two"_s);
        life.journal->forget({u"two"_s, u"nobody"_s});
        life.journal->keepJob(two, lastOfTwo); // too late: it does not come back
        QCOMPARE(life.page(newest, 10), QStringList({u"three"_s, u"one"_s}));
        QVERIFY(!life.find(u"two"_s));
        last = life.seq;
    }
    {
        Life next(m_path);
        QVERIFY(next.open());
        QCOMPARE(Life::ids(next.recovered.finished), QStringList({u"one"_s, u"three"_s}));
        QVERIFY(!next.told().join(u'\n').contains(u"two"));
        QCOMPARE(next.recovered.completeAfter, lastOfTwo);
        next.journal->forget({u"three"_s});
        QVERIFY(next.settled());
    }
    Life third(m_path);
    QVERIFY(third.open());
    QCOMPARE(third.recovered.lastSeq, last); // its event is gone, its number is not
    QCOMPARE(third.recovered.completeAfter, last);
}

void TestSqliteJournal::durations()
{
    std::vector<Duration> kept;
    SqliteJournalOptions options = Life::quick();
    options.recoveredDurations = 100;
    {
        Life life(m_path, options);
        QVERIFY(life.open());
        for (int i = 0; i < 200; ++i) {
            const Duration duration{u"kind%1"_s.arg(i % 2), i % 4 < 2 ? QString() : u"b"_s, i, 1000 + i};
            life.journal->keepDuration(duration);
            if (i >= 200 - 4 * 40)
                kept.push_back(duration);
        }
    }
    {
        Life next(m_path, options);
        QVERIFY(next.open());
        QVERIFY(next.recovered.durations == std::vector(kept.end() - 100, kept.end()));
    }
    QCOMPARE(Other(m_path).ask(u"SELECT count(*) FROM durations"_s), QStringList(u"160"_s));
    options.keptDurations = 70;
    Life third(m_path, options);
    QVERIFY(third.open());
    Other other(m_path);
    QTRY_COMPARE(other.ask(u"SELECT count(*) FROM durations"_s), QStringList(u"70"_s));
}

void TestSqliteJournal::reservations()
{
    quint64 expected = 0;
    for (int lives = 0; lives < 4; ++lives) {
        Life life(m_path);
        QVERIFY(life.open());
        QCOMPARE(life.recovered.reservedTo, expected);
        expected += 1000;
        if (lives % 2 == 1) {
            life.journal->reserve(expected + 500);
            life.journal->reserve(expected + 2000);
            life.journal->reserve(expected + 1000); // less than there is: said, and nothing is taken back
            QVERIFY(life.settled());
            QVERIFY(life.log.size() == 2 && life.log[1].startsWith(u"reserved "_s));
            expected += 2000;
        }
    }
    // A number beyond every reservation, as a hub uses it while its journal is degraded.
    {
        Life life(m_path);
        QVERIFY(life.open());
        life.seq = 20'000;
        life.queue(u"one"_s);
    }
    Life next(m_path);
    QVERIFY(next.open());
    QCOMPARE(next.recovered.reservedTo, quint64(20'001));
    QCOMPARE(next.recovered.lastSeq, quint64(20'001));
}

void TestSqliteJournal::orderOfAnswers()
{
    Life life(m_path);
    life.journal->open(u"e1"_s, 1000);
    const auto ask = [&](const QString &job) {
        life.journal->find(job, [&life, job](const std::optional<Job> &found) {
            life.said(u"%1 %2"_s.arg(job, found ? u"found"_s : u"not found"_s));
        });
    };
    life.run(u"one"_s); // all of this at once, before it is even open
    ask(u"one"_s);
    life.finish(u"one"_s);
    life.journal->reserve(5000);
    life.journal->reserve(6000);
    ask(u"one"_s);
    life.journal->page(newest, 5, {}, [&](const std::vector<Job> &found) { life.said(Life::ids(found).join(u' ')); });
    life.journal->forget({u"one"_s});
    life.journal->stale({}, 0, [&](const QStringList &found) { life.said(u"stale: "_s + found.join(u' ')); });
    life.queue(u"two"_s);
    life.journal->close([&] { life.said(u"closed"_s); });
    QTRY_VERIFY(life.log.endsWith(u"closed"_s));
    QCOMPARE(life.log,
             QStringList({u"opened"_s, u"committed 3"_s, u"one not found"_s, u"committed 4"_s, u"reserved 6000"_s,
                          u"one found"_s, u"one"_s, u"stale: "_s, u"committed 5"_s, u"closed"_s}));
}

void TestSqliteJournal::oneCommitForAFlood()
{
    Life life(m_path);
    QVERIFY(life.open());
    life.queue(u"one"_s);
    for (int i = 0; i < 30'000; ++i)
        life.append(u"one"_s, StepChanged{State::Running, {}, {}, {}}, u"a"_s);
    QTRY_COMPARE_WITH_TIMEOUT(life.committed, quint64(30'001), 30'000);
    QVERIFY2(life.commits < 1000, qPrintable(QString::number(life.commits)));
    QVERIFY(life.rising);
}

/// What is appended in one turn of the event loop is not torn apart.
void TestSqliteJournal::togetherOrNotAtAll()
{
    Life life(m_path);
    QVERIFY(life.open());
    life.queue(u"j"_s);
    QTRY_COMPARE(life.committed, life.seq);
    constexpr quint64 together = 1000;
    for (int turn = 0; turn < 20; ++turn) {
        for (quint64 i = 0; i < together; ++i)
            life.append(u"j"_s, Custom{u"n"_s, turn});
        for (const QDeadlineTimer deadline(10'000); life.committed < life.seq && !deadline.hasExpired();) {
            QCoreApplication::processEvents();
            QCOMPARE((life.committed - 1) % together, quint64(0));
        }
        QCOMPARE(life.committed, life.seq);
    }
}

void TestSqliteJournal::endsWithoutClose()
{
    {
        Life life(m_path);
        life.journal->open(u"e1"_s, 1000);
        life.run(u"one"_s);
        life.journal->find(u"one"_s, [](const auto &) { QFAIL("nobody may be called any more"); });
    }
    Life next(m_path);
    QVERIFY(next.open());
    QCOMPARE(next.told(), QStringList({u"1 job.queued one"_s, u"2 job.started one"_s, u"3 step.started one/a"_s}));
}

void TestSqliteJournal::closes()
{
    Life life(m_path);
    QVERIFY(life.open());
    life.run(u"one"_s);
    life.finish(u"one"_s);
    bool closed = false;
    life.journal->close([&] { closed = true; });
    life.queue(u"late"_s);
    QTRY_VERIFY(closed);
    QCOMPARE(life.log, QStringList({u"opened"_s, u"committed 4"_s}));
    QVERIFY(!QFile::exists(m_path + u"-wal"_s));
    QVERIFY(!life.find(u"one"_s)); // answered, with nothing
    QCOMPARE(life.page(newest, 1), QStringList());
    bool again = false;
    life.journal->close([&] { again = true; });
    QTRY_VERIFY(again);
    Life next(m_path); // while the first is still there
    QVERIFY(next.open());
    QCOMPARE(next.recovered.lastSeq, quint64(4));
}

void TestSqliteJournal::observerEndsIt()
{
    Life life(m_path);
    QVERIFY(life.open());
    bool asked = false;
    life.onCommitted = [&](quint64) { life.journal.reset(); };
    life.queue(u"one"_s);
    life.journal->find(u"one"_s, [&](const auto &) { asked = true; });
    QTRY_VERIFY(!life.journal);
    QCoreApplication::processEvents();
    QVERIFY(!asked);
}

void TestSqliteJournal::mostRecovered()
{
    {
        Life life(m_path);
        QVERIFY(life.open());
        for (int i = 0; i < 10; ++i) {
            life.run(u"j%1"_s.arg(i));
            life.finish(u"j%1"_s.arg(i));
        }
    }
    SqliteJournalOptions options = Life::quick();
    options.recoveredEvents = 6;
    options.recoveredFinished = 3;
    Life next(m_path, options);
    QVERIFY(next.open());
    QCOMPARE(next.told(),
             QStringList({u"35 step.started j8/a"_s, u"36 job.finished j8"_s, u"37 job.queued j9"_s,
                          u"38 job.started j9"_s, u"39 step.started j9/a"_s, u"40 job.finished j9"_s}));
    QCOMPARE(next.recovered.completeAfter, quint64(34));
    QCOMPARE(Life::ids(next.recovered.finished), QStringList({u"j7"_s, u"j8"_s, u"j9"_s}));
}

void TestSqliteJournal::prunes()
{
    SqliteJournalOptions options = Life::quick();
    options.keptEvents = 1000;
    Life life(m_path, options);
    QVERIFY(life.open());
    for (int i = 0; i < 1000; ++i) {
        life.run(u"j%1"_s.arg(i));
        life.finish(u"j%1"_s.arg(i));
    }
    QTRY_COMPARE(life.committed, quint64(4000));
    Other other(m_path);
    QTRY_COMPARE(other.ask(u"SELECT count(*) FROM events"_s), QStringList(u"1000"_s));
    QCOMPARE(other.ask(u"SELECT min(seq) FROM events"_s), QStringList(u"3001"_s));
    QCOMPARE(other.ask(u"SELECT count(*) FROM jobs"_s), QStringList(u"1000"_s));
    life.journal.reset();
    Life next(m_path);
    QVERIFY(next.open());
    QCOMPARE(next.recovered.completeAfter, quint64(3000));
    QCOMPARE(next.recovered.lastSeq, quint64(4000));
    QCOMPARE(next.recovered.events.size(), std::size_t(1000));
    QVERIFY(next.find(u"j0"_s) == *life.state.find(u"j0"_s));
}

void TestSqliteJournal::liveEventsAreNotPruned()
{
    SqliteJournalOptions options = Life::quick();
    options.keptEvents = 100;
    Life life(m_path, options);
    QVERIFY(life.open());
    life.run(u"live"_s);
    life.append(u"live"_s, StepFinished{1, State::Succeeded, {}, 1}, u"a"_s);
    life.append({}, Notice{u"hub.degraded"_s, {}});
    for (int i = 0; i < 100; ++i) {
        life.run(u"j%1"_s.arg(i));
        life.finish(u"j%1"_s.arg(i));
    }
    Other other(m_path);
    QTRY_COMPARE(other.ask(u"SELECT count(*) FROM events"_s), QStringList(u"104"_s));
    life.journal.reset();
    Life next(m_path, options);
    QVERIFY(next.open());
    QCOMPARE(Life::ids(next.recovered.live), QStringList(u"live"_s));
    QVERIFY(next.recovered.live[0] == *life.state.find(u"live"_s));
    QCOMPARE(next.recovered.completeAfter, quint64(305));
}

void TestSqliteJournal::indices()
{
    earlierLife();
    Other other(m_path);
    const auto plan = [&](const QString &sql) { return other.ask(u"EXPLAIN QUERY PLAN "_s + sql).join(u"; "_s); };
    QCOMPARE(plan(u"SELECT first_seq, body FROM jobs WHERE final = 1 AND first_seq < 9 ORDER BY first_seq DESC"_s),
             u"SEARCH jobs USING INDEX jobs_final (final=? AND first_seq<?)"_s);
    QCOMPARE(plan(u"SELECT first_seq, body FROM jobs WHERE final = 1 AND state = 'failed' AND first_seq < 9 "
                  "ORDER BY first_seq DESC"_s),
             u"SEARCH jobs USING INDEX jobs_state (final=? AND state=? AND first_seq<?)"_s);
    QCOMPARE(plan(u"SELECT id FROM jobs WHERE final = 0 ORDER BY first_seq"_s),
             u"SEARCH jobs USING INDEX jobs_final (final=?)"_s);
    QCOMPARE(plan(u"SELECT seq, body FROM events WHERE job = 'x' AND seq > 4 ORDER BY seq"_s),
             u"SEARCH events USING INDEX events_job (job=? AND seq>?)"_s);
}

void TestSqliteJournal::private_()
{
    const mode_t mask = ::umask(0);
    const QString folder = m_folder->filePath(u"state/stepwire"_s);
    m_path = folder + u"/journal.sqlite"_s;
    const auto mode = [](const QString &path) {
        struct stat status = {};
        return ::stat(QFile::encodeName(path).constData(), &status) == 0 ? int(status.st_mode & 0777) : -1;
    };
    Life life(m_path);
    QVERIFY(life.open());
    life.run(u"one"_s);
    QTRY_COMPARE(life.committed, quint64(3));
    ::umask(mask);
    QCOMPARE(mode(folder), 0700);
    QCOMPARE(mode(m_folder->filePath(u"state"_s)), 0700);
    const QStringList files = QDir(folder).entryList(QDir::Files, QDir::Name);
    QCOMPARE(
        files,
        QStringList({u"journal.sqlite"_s, u"journal.sqlite-shm"_s, u"journal.sqlite-wal"_s, u"journal.sqlite.lock"_s}));
    for (const QString &file : files)
        QVERIFY2(mode(folder + u'/' + file) == 0600, qPrintable(file));
}

void TestSqliteJournal::strangeRows()
{
    earlierLife();
    {
        Other other(m_path);
        other.ask(u"UPDATE jobs SET body = 'x' WHERE id = 'job48'"_s);
        other.ask(u"UPDATE events SET body = x'00ff' WHERE seq = 150"_s);
        other.ask(u"UPDATE events SET body = '{}' WHERE seq = 202"_s); // job.started of the live one
    }
    {
        Life life(m_path);
        QVERIFY(life.open());
        QCOMPARE(Life::ids(life.recovered.live), QStringList(u"live"_s));
        QCOMPARE(life.recovered.live[0].state, State::Queued);
        QCOMPARE(life.recovered.live[0].steps[0].state, State::Running);
        QCOMPARE(life.recovered.completeAfter, quint64(202));
        QCOMPARE(life.recovered.events.size(), std::size_t(203 - 2));
        QCOMPARE(life.recovered.finished.size(), std::size_t(49));
        QVERIFY(!life.find(u"job48"_s));
        QCOMPARE(life.page(newest, 3), QStringList({u"job49"_s, u"job47"_s, u"job46"_s}));
    }
    QCOMPARE(Other(m_path).ask(u"SELECT count(*) FROM events"_s), QStringList(u"203"_s));
    QCOMPARE(Other(m_path).ask(u"SELECT count(*) FROM jobs"_s), QStringList(u"51"_s));
}

void TestSqliteJournal::brokenBodyOfALiveJob()
{
    Snapshot state;
    {
        Life life(m_path);
        QVERIFY(life.open());
        life.run(u"one"_s);
        life.run(u"two"_s);
        state = life.state;
    }
    {
        Other other(m_path);
        other.ask(u"UPDATE jobs SET body = ''"_s);
        other.ask(u"DELETE FROM events WHERE seq = 4"_s);
    }
    Life next(m_path);
    QVERIFY(next.open());
    QCOMPARE(Life::ids(next.recovered.live), QStringList(u"one"_s));
    QVERIFY(next.recovered.live[0] == *state.find(u"one"_s));
}

void TestSqliteJournal::notOurs_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("reason");
    test::Random random(3);
    QByteArray noise(20'000, '\0');
    for (char &byte : noise)
        byte = static_cast<char>(test::randomBelow(random, 256));
    QTest::newRow("text") << QByteArray("hello\n") << u"cannot be read: file is not a database"_s;
    QTest::newRow("noise") << noise << u"cannot be read: file is not a database"_s;
    QTest::newRow("zeros") << QByteArray(8192, '\0') << u"cannot be read: file is not a database"_s;
    QTest::newRow("head only") << QByteArray("SQLite format 3\0", 16) << u"cannot be read: "_s;
    QTest::newRow("foreign") << QByteArray("PRAGMA application_id = 77; CREATE TABLE a(b)")
                             << u"belongs to another program: its application id is 77, expected 1400139895"_s;
    QTest::newRow("nameless") << QByteArray("CREATE TABLE a(b)")
                              << u"belongs to another program: its application id is 0, expected 1400139895"_s;
}

void TestSqliteJournal::notOurs()
{
    QFETCH(QByteArray, content);
    QFETCH(QString, reason);
    if (content.contains("TABLE")) {
        Other other(m_path);
        for (const QByteArray &sql : content.split(';'))
            QCOMPARE(other.ask(QString::fromLatin1(sql)), QStringList());
        content = bytes();
    } else {
        put(content);
    }
    Life life(m_path);
    QVERIFY(!life.open());
    QCOMPARE(life.log, QStringList(u"failed"_s));
    QVERIFY2(life.failure.startsWith(m_path + u' ' + reason), qPrintable(life.failure));
    life.run(u"one"_s);
    QVERIFY(!life.find(u"one"_s));
    QCOMPARE(life.page(newest, 1), QStringList());
    QCOMPARE(life.stale({}, 0), QStringList());
    bool closed = false;
    life.journal->close([&] { closed = true; });
    QTRY_VERIFY(closed);
    QCOMPARE(life.log, QStringList(u"failed"_s));
    QCOMPARE(bytes(), content);
    QCOMPARE(bytes(u"-wal"_s), QByteArray("none"));
}

void TestSqliteJournal::newerVersion()
{
    earlierLife();
    QByteArray log;
    QByteArray content;
    {
        // The newer program died: its version is in the log alone.
        Other other(m_path);
        other.ask(u"PRAGMA user_version = 7"_s);
        log = bytes(u"-wal"_s);
        content = bytes();
        QVERIFY(log.size() > 1000);
        QVERIFY(QFile::copy(m_path, m_path + u".copy"_s) && QFile::copy(m_path + u"-wal"_s, m_path + u".copy-wal"_s));
    }
    m_path += u".copy"_s;
    {
        Life life(m_path);
        QVERIFY(!life.open());
        QCOMPARE(life.failure, m_path + u" is of version 7, this program knows 1"_s);
    }
    QVERIFY(bytes() == content);
    QVERIFY(bytes(u"-wal"_s) == log);
}

void TestSqliteJournal::leftWhileItWasMade()
{
    put({});
    {
        Life life(m_path);
        QVERIFY(life.open());
        life.queue(u"one"_s);
    }
    QVERIFY(QFile::remove(m_path));
    Other(m_path).ask(u"PRAGMA journal_mode = WAL"_s);
    QVERIFY(!bytes().isEmpty());
    Life life(m_path);
    QVERIFY(life.open());
    QVERIFY(life.recovered.epoch.isEmpty());
}

void TestSqliteJournal::truncated()
{
    earlierLife();
    const QByteArray whole = bytes();
    test::Random random(5);
    for (int i = 0; i < 20; ++i) {
        const QByteArray content = whole.first(1 + test::randomBelow(random, whole.size() - 1));
        put(content);
        Life life(m_path);
        QVERIFY(!life.open());
        QVERIFY2(life.failure.startsWith(m_path + u" cannot be read: "_s), qPrintable(life.failure));
        life.journal.reset();
        QVERIFY(bytes() == content);
    }
}

void TestSqliteJournal::flippedBytes()
{
    earlierLife();
    const QByteArray whole = bytes();
    test::Random random(6);
    int refused = 0;
    for (int i = 0; i < 150; ++i) {
        QByteArray content = whole;
        // Mostly the heads of pages, where it hurts.
        for (int flips = 0; flips < 3; ++flips) {
            const qsizetype page = test::randomBelow(random, whole.size() / 4096) * 4096;
            content[page + test::randomBelow(random, i % 3 == 0 ? 4096 : 40)] ^=
                static_cast<char>(1 << test::randomBelow(random, 8));
        }
        put(content);
        Life life(m_path);
        const bool opened = life.open();
        if (!opened) {
            ++refused;
            QVERIFY(life.failure.startsWith(m_path));
            life.journal.reset();
            QVERIFY(bytes() == content);
            continue;
        }
        // What could be opened may still fail, but neither hang nor fall.
        life.seq = life.recovered.reservedTo;
        life.run(u"after"_s);
        life.finish(u"after"_s);
        QVERIFY(life.settled());
        (void)life.page(newest, 1000);
        (void)life.stale({}, 1);
        life.journal->forget({u"job3"_s, u"job30"_s});
        QVERIFY(life.settled());
    }
    QVERIFY2(refused > 20 && refused < 150, qPrintable(QString::number(refused)));
}

void TestSqliteJournal::brokenLater()
{
    {
        Life life(m_path);
        QVERIFY(life.open());
        for (int i = 0; i < 400; ++i) {
            life.run(u"job%1"_s.arg(i));
            life.finish(u"job%1"_s.arg(i));
        }
        QVERIFY(life.settled());
    }
    // A page of the oldest jobs, which opening does not read.
    const QString number = Other(m_path).ask(
        u"SELECT pageno FROM dbstat WHERE name = 'jobs' AND pagetype = 'leaf' ORDER BY path LIMIT 1"_s)[0];
    const qsizetype page = (number.toLongLong() - 1) * 4096;
    QVERIFY2(page > 0, qPrintable(number));
    QByteArray content = bytes();
    content.replace(page, 100, QByteArray(100, '\x55'));
    put(content);
    SqliteJournalOptions options = Life::quick();
    options.recoveredEvents = 10;
    options.recoveredFinished = 10;
    Life life(m_path, options);
    QVERIFY(life.open());
    life.seq = life.recovered.reservedTo;
    life.run(u"after"_s);
    QTRY_COMPARE(life.committed, life.seq);
    QCOMPARE(life.page(newest, 1000), QStringList());
    QCOMPARE(life.log.last(), u"failed"_s);
    QVERIFY2(life.failure.startsWith(m_path + u" cannot be read: database disk image is malformed"_s),
             qPrintable(life.failure));
    life.run(u"more"_s);
    QVERIFY(!life.find(u"job399"_s));
    life.journal.reset();
    QVERIFY(bytes() == content);
    QCOMPARE(life.log.size(), 3);
}

void TestSqliteJournal::cannotBeMade()
{
    put("a file");
    const QString file = m_path;
    m_path = file + u"/journal.sqlite"_s;
    {
        Life life(m_path);
        QVERIFY(!life.open());
        QCOMPARE(life.failure, m_path + u" cannot be opened: not a directory"_s);
    }
    m_path = m_folder->filePath(u"folder"_s);
    QVERIFY(QDir().mkdir(m_path));
    {
        Life life(m_path);
        QVERIFY(!life.open());
        QVERIFY2(life.failure.startsWith(m_path + u" cannot be opened: "_s), qPrintable(life.failure));
    }
    if (::geteuid() == 0)
        QSKIP("nothing is read-only for root");
    QVERIFY(QFile::setPermissions(m_path, QFile::ReadOwner | QFile::ExeOwner));
    m_path += u"/journal.sqlite"_s;
    Life life(m_path);
    QVERIFY(!life.open());
    QCOMPARE(life.failure, m_path + u" cannot be opened: permission denied"_s);
}

void TestSqliteJournal::heldByAnotherHub()
{
    auto first = std::make_unique<Life>(m_path);
    QVERIFY(first->open());
    {
        Life second(m_path);
        QVERIFY(!second.open());
        QCOMPARE(second.failure, m_path + u" cannot be opened: another hub is using it"_s);
    }
    first->queue(u"one"_s);
    QVERIFY(first->settled());
    // The hub before this one is just ending.
    SqliteJournalOptions patient = Life::quick();
    patient.openTimeoutMs = 20'000;
    Life third(m_path, patient);
    third.journal->open(u"e1"_s, 1000);
    first.reset();
    QTRY_COMPARE(third.log, QStringList(u"opened"_s));
    QCOMPARE(third.recovered.lastSeq, quint64(1));
}

void TestSqliteJournal::lockedAtOpen()
{
    earlierLife();
    Other other(m_path);
    other.ask(u"BEGIN IMMEDIATE"_s);
    Life life(m_path);
    QVERIFY(!life.open());
    QCOMPARE(life.log, QStringList(u"failed"_s));
    QCOMPARE(life.failure, m_path + u" cannot be opened: another program is using it"_s);
    // The next one waits until the lock is gone.
    SqliteJournalOptions patient = Life::quick();
    patient.openTimeoutMs = 20'000;
    Life next(m_path, patient);
    next.journal->open(u"e1"_s, 1000);
    other.ask(u"COMMIT"_s);
    QTRY_COMPARE(next.log, QStringList(u"opened"_s));
}

void TestSqliteJournal::lockedLater()
{
    Life life(m_path);
    QVERIFY(life.open());
    life.queue(u"one"_s);
    QTRY_COMPARE(life.committed, quint64(1));
    Other other(m_path);
    other.ask(u"BEGIN IMMEDIATE"_s);
    life.append(u"one"_s, JobStarted{1});
    life.journal->reserve(5000);
    QTRY_COMPARE(life.log.last(), u"failed for now"_s);
    QCOMPARE(life.failure, m_path + u" cannot be written: another program is using it"_s);
    QVERIFY(!life.find(u"one"_s));
    life.finish(u"one"_s);
    QCOMPARE(life.page(newest, 10), QStringList());
    other.ask(u"ROLLBACK"_s);
    QTRY_COMPARE(life.log.size(), 5);
    QCOMPARE(life.log,
             QStringList({u"opened"_s, u"committed 1"_s, u"failed for now"_s, u"committed 3"_s, u"reserved 5000"_s}));
    QVERIFY(life.find(u"one"_s) == *life.state.find(u"one"_s));
    // An outage in which no event was kept ends aloud as well.
    other.ask(u"BEGIN IMMEDIATE"_s);
    life.journal->keepDuration({u"kind"_s, u"a"_s, 1, 1});
    QTRY_COMPARE(life.log.last(), u"failed for now"_s);
    other.ask(u"ROLLBACK"_s);
    QTRY_COMPARE(life.log.last(), u"committed 3"_s);
}

void TestSqliteJournal::lockedAtTheEnd()
{
    Life life(m_path);
    QVERIFY(life.open());
    Other other(m_path);
    other.ask(u"BEGIN IMMEDIATE"_s);
    life.queue(u"one"_s);
    bool closed = false;
    life.journal->close([&] { closed = true; });
    QTRY_VERIFY(closed);
    QCOMPARE(life.log, QStringList({u"opened"_s, u"failed for now"_s}));
}

/// Ends with the scope.
class FileSizeLimit
{
public:
    explicit FileSizeLimit(rlim_t bytes)
    {
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{bytes, m_before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &m_before); }

private:
    rlimit m_before{};
};

void TestSqliteJournal::writesFail()
{
    Life life(m_path);
    QVERIFY(life.open());
    life.run(u"one"_s);
    QTRY_COMPARE(life.committed, quint64(3));
    {
        const FileSizeLimit limit(static_cast<rlim_t>(bytes(u"-wal"_s).size()) + 20'000);
        for (int i = 0; i < 3000; ++i)
            life.append(u"one"_s, Custom{u"n"_s, QString(200, u'x')}, u"a"_s);
        QTRY_COMPARE(life.log.last(), u"failed for now"_s);
        QCOMPARE(life.failure, m_path + u" cannot be written: disk I/O error"_s);
        life.finish(u"one"_s);
        QVERIFY(!life.find(u"one"_s));
        QCOMPARE(life.log.count(u"failed for now"_s), 1);
    }
    QTRY_COMPARE(life.committed, quint64(3004));
    QVERIFY(life.find(u"one"_s));
    life.journal.reset();
    Life next(m_path);
    QVERIFY(next.open());
    QCOMPARE(next.recovered.events.size(), life.events.size());
    for (std::size_t i = 0; i < life.events.size(); ++i)
        QVERIFY(*next.recovered.events[i] == *life.events[i]);
}

/// A file system of its own, gone with the scope.
class SmallDisk
{
public:
    explicit SmallDisk(const QString &folder) : m_folder(QFile::encodeName(folder))
    {
        mounted = ::mkdir(m_folder.constData(), 0700) == 0
            && ::mount("none", m_folder.constData(), "tmpfs", 0, "size=1m") == 0;
    }
    ~SmallDisk()
    {
        if (mounted)
            ::umount2(m_folder.constData(), MNT_DETACH);
    }
    bool mounted = false;

private:
    QByteArray m_folder;
};

void TestSqliteJournal::diskFull()
{
    const SmallDisk disk(m_folder->filePath(u"disk"_s));
    if (!disk.mounted)
        QSKIP("mounting is not permitted here; writesFail() is close to it");
    m_path = m_folder->filePath(u"disk/journal.sqlite"_s);
    Life life(m_path);
    QVERIFY(life.open());
    life.run(u"one"_s);
    QTRY_COMPARE(life.committed, quint64(3));
    QFile ballast(m_folder->filePath(u"disk/ballast"_s));
    QVERIFY(ballast.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
    while (ballast.write(QByteArray(4096, 'x')) == 4096) { }
    for (int i = 0; i < 300; ++i)
        life.append(u"one"_s, Custom{u"n"_s, QString(200, u'x')}, u"a"_s);
    QTRY_COMPARE(life.log.last(), u"failed for now"_s);
    QCOMPARE(life.failure, m_path + u" cannot be written: database or disk is full"_s);
    QVERIFY(ballast.resize(0));
    QTRY_COMPARE(life.committed, quint64(303));
    life.journal.reset();
    Life next(m_path);
    QVERIFY(next.open());
    QCOMPARE(next.recovered.events.size(), life.events.size());
}

void TestSqliteJournal::tooMuchWaits()
{
    SqliteJournalOptions options = Life::quick();
    options.mostWaiting = 100;
    {
        Life life(m_path, options);
        QVERIFY(life.open());
        for (int i = 0; i < 1000; ++i) // a flood alone is no reason
            life.queue(u"job%1"_s.arg(i));
        QTRY_COMPARE(life.committed, quint64(1000));
        Other other(m_path);
        other.ask(u"BEGIN IMMEDIATE"_s);
        life.queue(u"one"_s);
        QTRY_COMPARE(life.log.last(), u"failed for now"_s);
        life.journal->find(u"one"_s, [&](const auto &found) { life.said(found ? u"found"_s : u"nothing"_s); });
        for (int i = 0; i < 200; ++i)
            life.queue(u"lost%1"_s.arg(i));
        QCOMPARE(life.log.last(), u"failed for now"_s); // never told from within a call
        QTRY_VERIFY(life.log.contains(u"failed"_s));
        QVERIFY2(life.failure.startsWith(m_path + u" could not be written for too long: "_s), qPrintable(life.failure));
        other.ask(u"ROLLBACK"_s);
        QVERIFY(!life.find(u"job1"_s));
        QTRY_VERIFY(life.log.contains(u"nothing"_s));
        QCOMPARE(life.log.count(u"failed"_s), 1);
    }
    options.mostWaiting = 1'000'000;
    options.mostWaitingBytes = 1'000'000;
    Life life(m_path, options);
    QVERIFY(life.open());
    life.seq = life.recovered.reservedTo;
    Other other(m_path);
    other.ask(u"BEGIN IMMEDIATE"_s);
    life.queue(u"two"_s);
    QTRY_COMPARE(life.log.last(), u"failed for now"_s);
    for (int i = 0; i < 10; ++i)
        life.append(u"two"_s, Custom{u"n"_s, QString(60'000, u'x')}, u"a"_s);
    QTRY_COMPARE(life.log.last(), u"failed"_s);
}

// Crashes
// ----------------------------------------------------------------------------------------------------------------

/// The process that dies: appends jobs as fast as it is told of commits, prints each, and is killed at a random point.
static int childThatDies(const QString &path, unsigned seed)
{
    test::Random random(seed);
    Life life(path);
    int job = 0;
    const auto burst = [&] {
        for (qsizetype n = test::randomBelow(random, 5); n >= 0; --n) {
            const QString id = u"s%1j%2"_s.arg(seed).arg(job++);
            life.run(id);
            if (!test::chance(random, 3))
                life.append(id, StepFinished{1, State::Succeeded, {}, 3}, u"a"_s);
            if (!test::chance(random, 4))
                life.append(id, JobFinished{1, State::Succeeded, {}, 5});
            if (isFinal(life.state.find(id)->state) && !test::chance(random, 3))
                life.journal->keepJob(*life.state.find(id), life.seq);
        }
    };
    life.onCommitted = [&](quint64 seq) {
        const QByteArray line = QByteArray::number(seq) + '\n';
        if (::write(STDOUT_FILENO, line.constData(), static_cast<std::size_t>(line.size())) != line.size())
            ::_exit(1);
        if (life.committed == life.seq)
            burst();
    };
    if (!life.open())
        return 2;
    life.seq = life.recovered.reservedTo;
    const qsizetype us = test::randomBelow(random, 30'000);
    std::thread([us] {
        ::usleep(static_cast<useconds_t>(us));
        ::kill(::getpid(), SIGKILL);
    }).detach();
    burst();
    return QCoreApplication::exec();
}

void TestSqliteJournal::crashes()
{
    quint64 told = 0;
    std::set<quint64> before; // events that an earlier life left
    for (int round = 0; round < 30; ++round) {
        if (round % 10 == 0) {
            init();
            before.clear();
            told = 0;
        }
        // The shell's own process becomes the child. QProcess would do, but ThreadSanitizer takes its vfork for a fork.
        const QString command =
            u"exec '%1' --die '%2' %3"_s.arg(QCoreApplication::applicationFilePath(), m_path).arg(round + 1);
        std::FILE *child = ::popen(QFile::encodeName(command).constData(), "re");
        QVERIFY(child);
        QFile output;
        QVERIFY(output.open(child, QIODevice::ReadOnly));
        const QList<QByteArray> lines = output.readAll().split('\n');
        output.close();
        const int status = ::pclose(child);
        QVERIFY(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        if (lines.size() > 1)
            told = lines[lines.size() - 2].toULongLong();

        SqliteJournalOptions options = Life::quick();
        options.recoveredEvents = 1'000'000;
        options.recoveredFinished = 1'000'000;
        options.keptEvents = 1'000'000;
        Life life(m_path, options);
        QVERIFY2(life.open(), qPrintable(life.failure));
        const Recovered &recovered = life.recovered;
        QVERIFY2(recovered.lastSeq >= told, qPrintable(u"%1 of %2"_s.arg(recovered.lastSeq).arg(told)));
        QVERIFY(recovered.reservedTo >= recovered.lastSeq);
        QCOMPARE(recovered.completeAfter, quint64(0));
        std::set<quint64> held;
        Snapshot state;
        quint64 previous = 0;
        for (const EventPtr &event : recovered.events) {
            QVERIFY(event->seq > previous);
            previous = event->seq;
            held.insert(event->seq);
            apply(state, *event);
        }
        QVERIFY(std::includes(held.begin(), held.end(), before.begin(), before.end()));
        // Of this life: every number from its first to the last that was told.
        const auto firstNew = before.empty() ? held.begin() : held.upper_bound(*before.rbegin());
        if (firstNew != held.end()) {
            quint64 expected = *firstNew;
            for (auto it = firstNew; it != held.end(); ++it)
                QCOMPARE(*it, expected++);
            QVERIFY(expected > told);
        }
        before = held;
        std::size_t live = 0;
        for (const auto &job : state.jobs())
            live += isFinal(job->state) ? 0 : 1;
        QCOMPARE(recovered.live.size(), live);
        QCOMPARE(recovered.finished.size(), state.jobs().size() - live);
        for (const std::vector<Job> &jobs : {recovered.live, recovered.finished}) {
            for (const Job &job : jobs)
                QVERIFY2(job == *state.find(job.id), qPrintable(job.id));
        }
    }
    QVERIFY(told > 100);
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 4 && arguments[1] == u"--die")
        return childThatDies(arguments[2], arguments[3].toUInt());
    TestSqliteJournal test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_sqlite_journal.moc"
