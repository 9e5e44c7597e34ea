// How fast the journal is: events a second, from append to commit, opening, and a page of old jobs. Takes a folder on
// the disk in question; without one, a temporary folder.
#include "support/native_codec.h"
#include "support/samples.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <cstdio>

using namespace stepwire;
using namespace Qt::StringLiterals;

namespace {

class Bench : public Journal::Observer
{
public:
    explicit Bench(const QString &path, SqliteJournalOptions options = {}) { make(path, options); }

    void journalOpened(Recovered what) override
    {
        recovered = std::move(what);
        seq = std::max(seq, recovered.reservedTo);
        opened = true;
        loop.quit();
    }
    void journalCommitted(quint64 upTo) override
    {
        committed = upTo;
        if (committed >= awaited)
            loop.quit();
    }
    void journalReserved(quint64) override { }
    void journalFailed(const QString &reason, bool) override
    {
        std::fprintf(stderr, "journal_bench: %s\n", qPrintable(reason));
        std::exit(1);
    }

    void open()
    {
        journal->open(u"e1"_s, 1'000'000);
        while (!opened)
            loop.exec();
    }
    void append(const QString &job, FactData data, const QString &step = {})
    {
        ++seq;
        if (auto *queued = std::get_if<JobQueued>(&data))
            queued->edit().firstSeq = seq;
        journal->append(std::make_shared<const Event>(Event{seq, u"e1"_s, 1'700'000'000'000 + qint64(seq), u"nas"_s,
                                                            u"6f1c5be0-7a51-4c6e-9a1e-000000000001"_s, job, step,
                                                            std::move(data)}));
    }
    void awaitCommit()
    {
        awaited = seq;
        while (committed < awaited)
            loop.exec();
    }

    Recovered recovered;
    quint64 seq = 0;
    quint64 committed = 0;
    quint64 awaited = 0;
    bool opened = false;
    QEventLoop loop;
    std::unique_ptr<SqliteJournal> journal;

private:
    void make(const QString &path, const SqliteJournalOptions &options)
    {
        journal = std::make_unique<SqliteJournal>(path, test::nativeCodec(), *this, options);
    }
};

const QStringList steps = {u"fetch"_s, u"unpack"_s, u"configure"_s, u"compile"_s, u"check"_s, u"install"_s};

void appendSteps(Bench &bench, const QString &job, int events, int &next)
{
    for (; events > 0; --events, ++next) {
        const QString &step = steps[next / 2 % steps.size()];
        if (next % 2 == 0)
            bench.append(job, StepStarted{1, 4242}, step);
        else
            bench.append(job, StepFinished{1, State::Succeeded, {}, 1234}, step);
    }
}

double percentile(std::vector<double> &values, double part)
{
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

void throughput(const QString &path)
{
    static constexpr int events = 100'000;
    for (const int burst : {100, events}) {
        Bench bench(path + u".%1"_s.arg(burst));
        bench.open();
        bench.append(u"job"_s, JobQueued{test::makeJob(u"job"_s, steps)});
        bench.awaitCommit();
        int next = 0;
        QElapsedTimer timer;
        timer.start();
        for (int done = 0; done < events; done += burst) {
            appendSteps(bench, u"job"_s, burst, next);
            bench.awaitCommit();
        }
        std::printf("bursts of %6d: %8.0f events/s\n", burst, events * 1e9 / double(timer.nsecsElapsed()));
    }
}

void latency(const QString &path)
{
    Bench bench(path + u".latency"_s);
    bench.open();
    bench.append(u"job"_s, JobQueued{test::makeJob(u"job"_s, steps)});
    bench.awaitCommit();
    std::vector<double> us;
    int next = 0;
    for (int i = 0; i < 5000; ++i) {
        QElapsedTimer timer;
        timer.start();
        appendSteps(bench, u"job"_s, 1, next);
        bench.awaitCommit();
        us.push_back(double(timer.nsecsElapsed()) / 1e3);
    }
    const double median = percentile(us, 0.5);
    std::printf("append to commit: p50 %.0f us, p99 %.0f us\n", median, percentile(us, 0.99));
}

void recovery(const QString &path)
{
    static constexpr int jobs = 10'000;
    static constexpr int live = 200;
    {
        Bench bench(path + u".jobs"_s);
        bench.open();
        for (int i = 0; i < jobs; ++i) {
            const QString id = u"0199a000-0000-7000-8000-%1"_s.arg(i, 12, 10, QChar(u'0'));
            Job job = test::makeJob(id, steps);
            bench.append(id, JobQueued{job});
            bench.append(id, JobStarted{1});
            int next = 0;
            appendSteps(bench, id, i < jobs - live ? 12 : 7, next);
            if (i < jobs - live) {
                bench.append(id, JobFinished{1, State::Succeeded, {}, 9000});
                job.state = State::Succeeded;
                job.finished = 1'700'000'000'000 + i;
                bench.journal->keepJob(job, bench.seq);
                for (const QString &step : steps)
                    bench.journal->keepDuration({u"build"_s, step, 1500, 1'700'000'000'000 + i});
            }
            if (i % 1000 == 0)
                bench.awaitCommit();
        }
        bench.awaitCommit();
        QTimer::singleShot(10'000, &bench.loop, &QEventLoop::quit); // until it has pruned
        bench.loop.exec();
    }
    for (int i = 0; i < 3; ++i) {
        QElapsedTimer timer;
        timer.start();
        Bench bench(path + u".jobs"_s);
        bench.open();
        std::printf("opening with %d jobs: %.0f ms (%zu events, %zu live, %zu finished)\n", jobs,
                    double(timer.nsecsElapsed()) / 1e6, bench.recovered.events.size(), bench.recovered.live.size(),
                    bench.recovered.finished.size());
        if (i == 0) {
            // As after a crash: a log that nobody moved into the file.
            bench.append({}, Notice{u"hub.resumed"_s, {}});
            bench.awaitCommit();
            for (const char *suffix : {"", "-wal"})
                QFile::copy(path + u".jobs"_s + QLatin1StringView(suffix),
                            path + u".crash"_s + QLatin1StringView(suffix));
        }
    }
    {
        QElapsedTimer timer;
        timer.start();
        Bench bench(path + u".crash"_s);
        bench.open();
        std::printf("opening after a crash: %.0f ms\n", double(timer.nsecsElapsed()) / 1e6);
    }
    Bench bench(path + u".jobs"_s);
    bench.open();
    for (const quint64 before : {std::numeric_limits<quint64>::max(), quint64(51 * 15)}) {
        std::vector<double> us;
        std::size_t found = 0;
        for (int i = 0; i < 200; ++i) {
            QElapsedTimer timer;
            timer.start();
            bench.journal->page(before, 50, {}, [&](const std::vector<Job> &page) {
                found = page.size();
                bench.loop.quit();
            });
            bench.loop.exec();
            us.push_back(double(timer.nsecsElapsed()) / 1e3);
        }
        std::printf("%s page of %zu of %d jobs: p50 %.0f us\n", before > 1'000'000 ? "first" : "last", found, jobs,
                    percentile(us, 0.5));
    }
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QTemporaryDir folder(argc > 1 ? QString::fromLocal8Bit(argv[1]) + u"/journal-XXXXXX"_s
                                        : QDir::tempPath() + u"/journal-XXXXXX"_s);
    if (!folder.isValid()) {
        std::fprintf(stderr, "journal_bench: %s\n", qPrintable(folder.errorString()));
        return 1;
    }
    const QString path = folder.filePath(u"journal.sqlite"_s);
    throughput(path);
    latency(path);
    recovery(path);
    return 0;
}
