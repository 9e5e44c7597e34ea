#include "core/hub/sqlite_journal.h"

#include "core/hub/journal_store.h"

#include <QJsonArray>
#include <QTimer>

#include <deque>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr std::size_t mostPerTransaction = 10'000; // so that the first of a flood need not wait for its last
static constexpr int hungMs = 10'000;
static constexpr int pruneEveryMs = 20; // what is posted meanwhile goes first

// What crosses the threads
// ---------------------------------------------------------------------------------------------

namespace {

struct Open
{
    QString epoch;
    quint64 reserve = 0;
};
/// All of them or none.
struct Append
{
    std::vector<EventPtr> events;
};
struct Reserve
{
    quint64 to = 0;
};
struct KeepJob
{
    Job job;
    quint64 seq = 0;
};
struct KeepDuration
{
    Duration duration;
};
struct Forget
{
    QStringList jobs;
};
struct Find
{
    quint64 question = 0;
    QString job;
};
struct Page
{
    quint64 question = 0;
    quint64 before = 0;
    int limit = 0;
    std::optional<State> state;
};
struct Stale
{
    quint64 question = 0;
    std::optional<UnixMs> finishedBefore;
    std::optional<qint64> keep;
};
struct Close
{
    quint64 question = 0; ///< 0: nothing will be posted any more
};
/// Too much waits: nothing will be written any more.
struct GiveUp
{
};

using Order = std::variant<Open, Append, Reserve, KeepJob, KeepDuration, Forget, Find, Page, Stale, Close, GiveUp>;

struct Committed
{
    quint64 seq = 0;
};
struct Reserved
{
    quint64 to = 0;
};
struct Failed
{
    QString reason;
    bool later = false;
};
struct Answered
{
    quint64 question = 0;
    std::variant<std::monostate, std::optional<Job>, std::vector<Job>, QStringList> answer; ///< monostate: nothing
};
/// So many operations wait no longer.
struct Settled
{
    std::size_t operations = 0;
    qint64 bytes = 0;
};

[[nodiscard]] qint64 cost(const QJsonValue &value)
{
    qint64 bytes = 32;
    if (value.isString()) {
        bytes += value.toString().size() * 2;
    } else if (value.isArray()) {
        const QJsonArray array = value.toArray();
        for (const auto &element : array)
            bytes += cost(QJsonValue(element));
    } else if (value.isObject()) {
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            bytes += it.key().size() * 2 + cost(it.value());
    }
    return bytes;
}

/// An estimate is enough: it keeps the memory within its order of magnitude.
[[nodiscard]] qint64 cost(const Job &job)
{
    return 2048 + static_cast<qint64>(job.steps.size()) * 1024 + cost(QJsonValue(job.params));
}

[[nodiscard]] qint64 cost(const Event &event)
{
    if (const auto *queued = std::get_if<JobQueued>(&event.data))
        return cost(queued->job);
    if (const auto *custom = std::get_if<Custom>(&event.data))
        return 512 + cost(custom->value);
    return 512;
}

[[nodiscard]] qint64 cost(const Order &order)
{
    if (const auto *append = std::get_if<Append>(&order)) {
        qint64 bytes = 0;
        for (const EventPtr &event : append->events)
            bytes += cost(*event);
        return bytes;
    }
    if (const auto *kept = std::get_if<KeepJob>(&order))
        return cost(kept->job);
    if (const auto *forget = std::get_if<Forget>(&order))
        return forget->jobs.size() * 128;
    return 128;
}

[[nodiscard]] std::size_t count(const Order &order)
{
    const auto *append = std::get_if<Append>(&order);
    return append ? append->events.size() : 1;
}

/// 0 when it asks nothing.
[[nodiscard]] quint64 questionOf(const Order &order)
{
    if (const auto *find = std::get_if<Find>(&order))
        return find->question;
    if (const auto *page = std::get_if<Page>(&order))
        return page->question;
    if (const auto *stale = std::get_if<Stale>(&order))
        return stale->question;
    return 0;
}

} // namespace

struct SqliteJournal::Operation
{
    Order order;
    qint64 bytes = 0;
};

struct SqliteJournal::Report
{
    std::variant<Recovered, Committed, Reserved, Failed, Answered, Settled> news;
};

// The journal's thread
// ---------------------------------------------------------------------------------------------------

/// Writes what was posted, as long as it takes. Lives on the journal's thread, but for `inbox`.
class SqliteJournal::Worker : public QObject
{
public:
    Worker(const QString &path, EventCodec codec, const SqliteJournalOptions &options, Mailbox<Report> &reports,
           std::binary_semaphore &finished)
        : m_store(path, std::move(codec), options), m_options(options), m_reports(reports), m_finished(finished)
    {
        for (QTimer *timer : {&m_retry, &m_sync, &m_idle})
            timer->setSingleShot(true);
        connect(&m_retry, &QTimer::timeout, this, &Worker::flush);
        // When it fails the next write will say so.
        connect(&m_sync, &QTimer::timeout, this, [this] { (void)m_store.sync(); });
        connect(&m_idle, &QTimer::timeout, this, &Worker::prune);
    }

    Mailbox<Operation> inbox{[this] { QMetaObject::invokeMethod(this, &Worker::work, Qt::QueuedConnection); }};

private:
    enum class Stage { New, Open, Ended };

    void work();
    void open(const Open &open);
    void close(const Close &close);
    void flush();
    [[nodiscard]] bool writeSome();
    [[nodiscard]] bool write(const Order &order);
    [[nodiscard]] bool answer(const Find &find);
    [[nodiscard]] bool answer(const Page &page);
    [[nodiscard]] bool answer(const Stale &stale);
    void committed(quint64 seq);
    void reserved(quint64 to);
    void suffer();
    void end();
    void answerNothing();
    void prune();

    template <class News>
    void report(News news)
    {
        m_reports.post({std::move(news)});
    }

    JournalStore m_store;
    SqliteJournalOptions m_options;
    Mailbox<Report> &m_reports;
    std::binary_semaphore &m_finished;
    std::deque<Operation> m_waiting;
    std::vector<Report> m_unsaid; ///< said when the transaction at hand has been committed
    std::optional<std::size_t> m_saysCommitted; ///< where in `m_unsaid`, since the newest answer
    std::optional<std::size_t> m_saysReserved;
    bool m_mustSync = false; ///< the transaction at hand reserves numbers
    quint64 m_committed = 0;
    Stage m_stage = Stage::New;
    bool m_outage = false;
    QTimer m_retry{this};
    QTimer m_sync{this};
    QTimer m_idle{this};
};

void SqliteJournal::Worker::work()
{
    Q_ASSERT(QThread::currentThread() == thread());
    std::vector<Operation> operations = inbox.takeAll();
    if (std::any_of(operations.begin(), operations.end(),
                    [](const Operation &o) { return std::holds_alternative<GiveUp>(o.order); }))
        end();
    for (Operation &operation : operations) {
        if (const auto *opening = std::get_if<Open>(&operation.order))
            open(*opening);
        else if (const auto *closing = std::get_if<Close>(&operation.order))
            close(*closing);
        else
            m_waiting.push_back(std::move(operation));
    }
    if (m_stage == Stage::Open && !m_outage)
        flush();
    else if (m_stage != Stage::New)
        answerNothing();
    if (m_stage == Stage::Ended)
        m_waiting.clear();
}

void SqliteJournal::Worker::open(const Open &open)
{
    if (m_stage != Stage::New)
        return;
    std::optional<Recovered> recovered = m_store.open(open.epoch, open.reserve);
    if (!recovered) {
        report(Failed{m_store.trouble().reason, false});
        return end();
    }
    m_stage = Stage::Open;
    m_committed = recovered->lastSeq;
    report(std::move(*recovered));
    m_idle.start(m_options.idleMs);
}

void SqliteJournal::Worker::close(const Close &close)
{
    if (m_stage == Stage::Open) {
        flush();
        if (m_stage == Stage::Open)
            m_store.close();
    }
    end();
    if (close.question > 0)
        report(Answered{close.question, {}});
    else
        m_finished.release();
}

/// Nothing is written from here on.
void SqliteJournal::Worker::end()
{
    m_stage = Stage::Ended;
    m_retry.stop();
    m_sync.stop();
    m_idle.stop();
    answerNothing();
    m_waiting.clear();
    m_store.abandon();
}

/// Of the outage, or of the end: what was asked is answered, what was posted goes on waiting.
void SqliteJournal::Worker::answerNothing()
{
    Settled settled;
    std::erase_if(m_waiting, [&](const Operation &operation) {
        const quint64 question = questionOf(operation.order);
        if (question == 0)
            return false;
        report(Answered{question, {}});
        ++settled.operations;
        settled.bytes += operation.bytes;
        return true;
    });
    if (settled.operations > 0)
        report(settled);
}

void SqliteJournal::Worker::flush()
{
    while (m_stage == Stage::Open && (!m_waiting.empty() || m_outage)) {
        if (!writeSome())
            return suffer();
    }
}

/// One transaction. What fails leaves everything waiting.
bool SqliteJournal::Worker::writeSome()
{
    const auto last = m_waiting.begin() + static_cast<std::ptrdiff_t>(std::min(m_waiting.size(), mostPerTransaction));
    const bool writes =
        m_outage || std::any_of(m_waiting.begin(), last, [](const Operation &o) { return questionOf(o.order) == 0; });
    m_unsaid.clear();
    m_saysCommitted.reset();
    m_saysReserved.reset();
    m_mustSync = false;
    Settled settled;
    bool fine = !writes || m_store.begin();
    for (auto it = m_waiting.begin(); fine && it != last; ++it) {
        fine = write(it->order);
        settled.operations += count(it->order);
        settled.bytes += it->bytes;
    }
    if (!fine || (writes && !m_store.commit())) {
        if (writes)
            m_store.rollback();
        return false;
    }
    if (m_mustSync && !m_store.sync()) // a number that was used before a power cut must not be used after it
        return false;
    m_waiting.erase(m_waiting.begin(), last);
    if (m_outage) {
        m_outage = false;
        m_retry.stop();
        if (!m_saysCommitted)
            m_unsaid.insert(m_unsaid.begin(), {Committed{m_committed}});
    }
    for (Report &said : m_unsaid) {
        if (const auto *commit = std::get_if<Committed>(&said.news))
            m_committed = std::max(m_committed, commit->seq);
        m_reports.post(std::move(said));
    }
    report(settled);
    if (writes && !m_sync.isActive())
        m_sync.start(m_options.syncMs);
    m_idle.start(m_options.idleMs);
    return true;
}

bool SqliteJournal::Worker::write(const Order &order)
{
    if (const auto *append = std::get_if<Append>(&order)) {
        committed(append->events.back()->seq);
        return std::all_of(append->events.begin(), append->events.end(),
                           [this](const EventPtr &event) { return m_store.append(*event); });
    }
    if (const auto *reserve = std::get_if<Reserve>(&order)) {
        reserved(reserve->to);
        return m_store.reserve(reserve->to);
    }
    if (const auto *keep = std::get_if<KeepJob>(&order))
        return m_store.keepJob(keep->job, keep->seq);
    if (const auto *keep = std::get_if<KeepDuration>(&order))
        return m_store.keepDuration(keep->duration);
    if (const auto *forget = std::get_if<Forget>(&order))
        return m_store.forget(forget->jobs);
    m_saysCommitted.reset();
    m_saysReserved.reset();
    if (const auto *find = std::get_if<Find>(&order))
        return answer(*find);
    if (const auto *page = std::get_if<Page>(&order))
        return answer(*page);
    if (const auto *stale = std::get_if<Stale>(&order))
        return answer(*stale);
    return true;
}

bool SqliteJournal::Worker::answer(const Find &find)
{
    std::optional<Job> found;
    const bool fine = m_store.find(find.job, found);
    m_unsaid.push_back({Answered{find.question, std::move(found)}});
    return fine;
}

bool SqliteJournal::Worker::answer(const Page &page)
{
    std::vector<Job> found;
    const bool fine = m_store.page(page.before, page.limit, page.state, found);
    m_unsaid.push_back({Answered{page.question, std::move(found)}});
    return fine;
}

bool SqliteJournal::Worker::answer(const Stale &stale)
{
    QStringList found;
    const bool fine = m_store.stale(stale.finishedBefore, stale.keep, found);
    m_unsaid.push_back({Answered{stale.question, std::move(found)}});
    return fine;
}

void SqliteJournal::Worker::committed(quint64 seq)
{
    if (!m_saysCommitted) {
        m_saysCommitted = m_unsaid.size();
        m_unsaid.push_back({Committed{}});
    }
    m_unsaid[*m_saysCommitted].news = Committed{seq};
}

void SqliteJournal::Worker::reserved(quint64 to)
{
    if (!m_saysReserved) {
        m_saysReserved = m_unsaid.size();
        m_unsaid.push_back({Reserved{}});
    }
    m_unsaid[*m_saysReserved].news = Reserved{to};
    m_mustSync = true;
}

void SqliteJournal::Worker::suffer()
{
    const JournalStore::Trouble trouble = m_store.trouble();
    if (trouble.lasting) {
        report(Failed{trouble.reason, false});
        return end();
    }
    if (!m_outage)
        report(Failed{trouble.reason, true});
    m_outage = true;
    answerNothing();
    m_idle.stop();
    m_retry.start(m_options.retryMs);
}

void SqliteJournal::Worker::prune()
{
    if (m_stage != Stage::Open || m_outage || !m_store.pruneDue())
        return;
    if (m_store.prune())
        m_idle.start(pruneEveryMs);
    else if (m_store.trouble().lasting)
        suffer();
    else
        m_idle.start(m_options.retryMs); // nobody waits for it
}

// The hub's thread
// -------------------------------------------------------------------------------------------------------

SqliteJournal::SqliteJournal(const QString &path, EventCodec codec, Observer &observer, SqliteJournalOptions options)
    : m_path(path),
      m_observer(observer),
      m_options(options),
      m_reports(std::make_unique<Mailbox<Report>>([this] {
          QMetaObject::invokeMethod(
              &m_home, [this] { deliver(); }, Qt::QueuedConnection);
      })),
      m_worker(new Worker(path, std::move(codec), options, *m_reports, m_finished))
{
    m_thread.setObjectName(u"journal"_s);
    m_worker->moveToThread(&m_thread);
    QObject::connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.start();
}

SqliteJournal::~SqliteJournal()
{
    postAppended();
    m_worker->inbox.post({Close{}, 0});
    m_finished.acquire(); // only then: quitting does not wait for what was posted
    m_thread.quit();
    m_thread.wait();
}

void SqliteJournal::post(Operation operation)
{
    postAppended();
    postNow(std::move(operation));
}

void SqliteJournal::postNow(Operation operation)
{
    Q_ASSERT(QThread::currentThread() == m_home.thread());
    if (m_ended)
        return;
    if (m_waiting == 0)
        m_lastNews.start();
    operation.bytes = cost(operation.order);
    m_waiting += count(operation.order);
    m_waitingBytes += operation.bytes;
    m_worker->inbox.post(std::move(operation));
    // As long as some of it gets through this is only a flood.
    const bool tooMuch = m_waiting > m_options.mostWaiting || m_waitingBytes > m_options.mostWaitingBytes;
    if (tooMuch && (m_outage || m_lastNews.hasExpired(hungMs)))
        giveUp(u"%1 could not be written for too long: %2 operations wait"_s.arg(m_path).arg(m_waiting));
}

/// Said by the event loop, as everything: whoever posts is not ready to hear it.
void SqliteJournal::giveUp(const QString &reason)
{
    m_ended = true;
    m_worker->inbox.post({GiveUp{}, 0});
    m_reports->post({Failed{reason, false}});
    for (const auto &[question, callback] : m_asked) {
        if (!std::holds_alternative<std::function<void()>>(callback))
            m_reports->post({Answered{question, {}}});
    }
}

void SqliteJournal::open(const QString &epoch, quint64 reserve)
{
    post({Open{epoch, reserve}});
}

void SqliteJournal::append(EventPtr event)
{
    Q_ASSERT(QThread::currentThread() == m_home.thread());
    m_appended.push_back(std::move(event));
    if (m_appended.size() == 1)
        QMetaObject::invokeMethod(
            &m_home, [this] { postAppended(); }, Qt::QueuedConnection);
}

void SqliteJournal::postAppended()
{
    if (!m_appended.empty())
        postNow({Append{std::exchange(m_appended, {})}});
}

void SqliteJournal::reserve(quint64 to)
{
    post({Reserve{to}});
}

void SqliteJournal::keepJob(Job job, quint64 seq)
{
    post({KeepJob{std::move(job), seq}});
}

void SqliteJournal::keepDuration(Duration duration)
{
    post({KeepDuration{std::move(duration)}});
}

void SqliteJournal::forget(QStringList jobs)
{
    post({Forget{std::move(jobs)}});
}

void SqliteJournal::ask(Callback callback, const std::function<Operation(quint64)> &question)
{
    Q_ASSERT(QThread::currentThread() == m_home.thread());
    const quint64 number = m_nextQuestion++;
    m_asked.emplace(number, std::move(callback));
    if (m_ended)
        m_reports->post({Answered{number, {}}});
    else
        post(question(number));
}

void SqliteJournal::find(const QString &job, std::function<void(std::optional<Job>)> found)
{
    ask(std::move(found), [&](quint64 question) { return Operation{Find{question, job}}; });
}

void SqliteJournal::page(quint64 before, int limit, std::optional<State> state,
                         std::function<void(std::vector<Job>)> found)
{
    ask(std::move(found), [&](quint64 question) { return Operation{Page{question, before, limit, state}}; });
}

void SqliteJournal::stale(std::optional<UnixMs> finishedBefore, std::optional<qint64> keep,
                          std::function<void(QStringList)> found)
{
    ask(std::move(found), [&](quint64 question) { return Operation{Stale{question, finishedBefore, keep}}; });
}

void SqliteJournal::close(std::function<void()> closed)
{
    Q_ASSERT(QThread::currentThread() == m_home.thread());
    postAppended();
    const quint64 number = m_nextQuestion++;
    m_asked.emplace(number, std::move(closed));
    m_ended = true; // what comes now comes too late
    m_worker->inbox.post({Close{number}, 0});
}

struct SqliteJournal::Deliver
{
    SqliteJournal &journal;

    void operator()(Recovered &recovered) const { journal.m_observer.journalOpened(std::move(recovered)); }
    void operator()(const Reserved &reserved) const { journal.m_observer.journalReserved(reserved.to); }
    void operator()(const Committed &committed) const
    {
        journal.m_outage = false;
        journal.m_observer.journalCommitted(committed.seq);
    }
    void operator()(const Failed &failed) const
    {
        journal.m_outage = failed.later;
        journal.m_failed = !failed.later;
        journal.m_ended = journal.m_ended || journal.m_failed;
        journal.m_observer.journalFailed(failed.reason, failed.later);
    }
    void operator()(const Settled &settled) const
    {
        journal.m_waiting -= settled.operations;
        journal.m_waitingBytes -= settled.bytes;
        journal.m_lastNews.start();
    }
    void operator()(Answered &answered) const
    {
        const auto asked = journal.m_asked.find(answered.question);
        if (asked == journal.m_asked.end()) // answered when it was given up
            return;
        const Callback callback = std::move(asked->second);
        journal.m_asked.erase(asked);
        std::visit(
            [&]<class... Found>(const std::function<void(Found...)> &tell) {
                if constexpr (sizeof...(Found) == 0) {
                    tell();
                } else {
                    auto *answer = std::get_if<Found...>(&answered.answer);
                    tell(answer ? std::move(*answer) : Found{}...);
                }
            },
            callback);
    }
};

void SqliteJournal::deliver()
{
    const std::weak_ptr<const bool> alive = m_alive;
    for (Report &report : m_reports->takeAll()) {
        // What a journal that was given up still gets done is nobody's business any more.
        if (!m_failed || std::holds_alternative<Answered>(report.news))
            std::visit(Deliver{*this}, report.news);
        if (alive.expired()) // whoever was told may have had enough
            return;
    }
}

} // namespace stepwire
