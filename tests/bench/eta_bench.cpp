// How far the time that is foretold lies from what it then took, beside what users know: elapsed time over the job's
// bar. Prints a table for plans that are made up and for the durations of real jobs in durations.json: `tests/bench/run eta`.
#include "core/hub/estimator.h"
#include "support/simulated_run.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>

#include <cstdio>
#include <map>

using namespace stepwire;
using namespace stepwire::test;
using namespace Qt::StringLiterals;

static constexpr std::array quarters = {0.25, 0.5, 0.75};

namespace {

/// Errors of one way to foretell, by quarter, as share of the whole run; and how often it said anything.
struct Score
{
    std::array<std::vector<double>, 3> errors;
    std::array<int, 3> asked{};

    void add(std::size_t quarter, std::optional<double> eta, double left, double whole)
    {
        ++asked[quarter];
        if (eta)
            errors[quarter].push_back(std::abs(*eta - left) / whole);
    }
};

struct Scores
{
    Score ours, byWeights, byCount;
    Score oursSame, byWeightsSame, byCountSame; // where all three say something
};

struct Point
{
    std::optional<double> eta;
    std::optional<double> learned;
    std::optional<double> equal;
};

} // namespace

static double quantileOf(std::vector<double> values, double share)
{
    if (values.empty())
        return NAN;
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return values[static_cast<std::size_t>(at)];
}

/// Plays `run` against what `history` knows, scores it if `counts`, and lets the history learn it.
static void playRun(const SimulatedRun &run, History &history, Scores *scores)
{
    Simulation simulation;
    Estimator estimator(history);
    Job job = jobOf(run);
    Job equal = job;
    history.weightsFor(job, run.parallel);
    std::vector<Point> points;
    std::vector<qint64> times;
    const auto naive = [](std::optional<double> fraction, qint64 ran) -> std::optional<double> {
        if (!fraction || *fraction <= 0)
            return {};
        return static_cast<double>(ran) * (1 - *fraction) / *fraction;
    };
    std::vector<Duration> learned;
    const qint64 whole = simulation.play(
        run, job,
        [&](const Event &event, const Snapshot &state) {
            if (auto duration = estimator.apply(event, state))
                learned.push_back(std::move(*duration));
        },
        [&](const Job &now, qint64 ran) {
            Point point;
            if (const auto eta = estimator.etaMs(now, run.parallel, simulation.now))
                point.eta = static_cast<double>(*eta);
            equal.steps = now.steps;
            for (Step &step : equal.steps)
                step.weight = 1;
            Job shown = now;
            for (Step &step : shown.steps) {
                if (const auto estimated = estimator.estimatedProgress(now, step, simulation.now)) {
                    step.progress.emplace();
                    step.progress->fraction = estimated;
                }
            }
            point.learned = naive(jobFraction(shown), ran);
            point.equal = naive(jobFraction(equal), ran);
            points.push_back(point);
            times.push_back(ran);
        });
    for (const Duration &duration : learned)
        history.add(duration);
    if (!scores)
        return;
    const auto total = static_cast<double>(whole);
    for (std::size_t quarter = 0; quarter < quarters.size(); ++quarter) {
        const auto at = std::lower_bound(times.begin(), times.end(), static_cast<qint64>(quarters[quarter] * total));
        if (at == times.end())
            continue;
        const Point &point = points[static_cast<std::size_t>(at - times.begin())];
        const double left = total - static_cast<double>(*at);
        scores->ours.add(quarter, point.eta, left, total);
        scores->byWeights.add(quarter, point.learned, left, total);
        scores->byCount.add(quarter, point.equal, left, total);
        if (point.eta && point.learned && point.equal) {
            scores->oursSame.add(quarter, point.eta, left, total);
            scores->byWeightsSame.add(quarter, point.learned, left, total);
            scores->byCountSame.add(quarter, point.equal, left, total);
        }
    }
}

static void print(const char *name, const Scores &scores)
{
    std::printf("%-34s", name);
    for (std::size_t q = 0; q < quarters.size(); ++q) {
        const double shown =
            100.0 * static_cast<double>(scores.ours.errors[q].size()) / std::max(scores.ours.asked[q], 1);
        std::printf("  %5.1f %5.1f %5.1f %4.0f%%", 100 * quantileOf(scores.oursSame.errors[q], 0.5),
                    100 * quantileOf(scores.byWeightsSame.errors[q], 0.5),
                    100 * quantileOf(scores.byCountSame.errors[q], 0.5), shown);
    }
    std::printf("  %5.1f %5.1f %5.1f\n", 100 * quantileOf(scores.oursSame.errors[1], 0.9),
                100 * quantileOf(scores.byWeightsSame.errors[1], 0.9),
                100 * quantileOf(scores.byCountSame.errors[1], 0.9));
}

static void printHead()
{
    std::printf("%-34s  %-23s  %-23s  %-23s  %-17s\n", "error of the whole run, in %", "median at 25 %",
                "median at 50 %", "median at 75 %", "90th at 50 %");
    std::printf("%-34s", "");
    for (int i = 0; i < 3; ++i)
        std::printf("  %5s %5s %5s %5s", "ours", "bar", "plain", "shown");
    std::printf("  %5s %5s %5s\n", "ours", "bar", "plain");
}

// ---- made up
// ---------------------------------------------------------------------------------------------------------------

namespace {

enum class Noise { Normal, LogNormal, HeavyTail };

struct Sort
{
    const char *name;
    Noise noise;
    double spread; // of each step
    double shared; // of the whole run: the input is larger, the machine busier
    bool branches;
    std::vector<Tells> tells; // one of these for each step
};

} // namespace

static double noise(Random &random, Noise kind, double spread)
{
    switch (kind) {
    case Noise::Normal: return std::max(0.05, std::normal_distribution<double>(1, spread)(random));
    case Noise::LogNormal: return std::lognormal_distribution<double>(0, spread)(random);
    case Noise::HeavyTail: // Pareto: mostly the usual, now and then many times that
        return 0.9 * std::pow(1 - std::uniform_real_distribution<double>(0, 0.999)(random), -spread);
    }
    return 1;
}

static Scores madeUp(const Sort &sort, int plans)
{
    Scores scores;
    Random random(20260101);
    for (int plan = 0; plan < plans; ++plan) {
        SimulatedRun mean;
        mean.kind = u"k"_s;
        mean.parallel = sort.branches ? static_cast<int>(2 + randomBelow(random, 3)) : 1;
        const qsizetype steps = 4 + randomBelow(random, 7);
        for (qsizetype i = 0; i < steps; ++i) {
            SimulatedStep step;
            step.id = QString::number(i);
            step.ms = static_cast<qint64>(std::lognormal_distribution<double>(std::log(20e3), 1)(random));
            step.tells = oneOf(random, sort.tells);
            if (i > 0 && !sort.branches)
                step.needs = {QString::number(i - 1)};
            for (qsizetype j = 0; sort.branches && j < i; ++j) {
                if (chance(random, 3))
                    step.needs.append(QString::number(j));
            }
            mean.steps.push_back(step);
        }
        History history;
        for (int number = 0; number < 10; ++number) {
            SimulatedRun run = mean;
            const double shared = std::lognormal_distribution<double>(0, sort.shared)(random);
            for (SimulatedStep &step : run.steps)
                step.ms =
                    static_cast<qint64>(static_cast<double>(step.ms) * shared * noise(random, sort.noise, sort.spread));
            playRun(run, history, number >= 4 ? &scores : nullptr);
        }
    }
    return scores;
}

// ---- recorded
// --------------------------------------------------------------------------------------------------------------

static bool recorded(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        std::fprintf(stderr, "eta_bench: cannot read %s\n", qPrintable(path));
        return false;
    }
    Scores all;
    const QJsonObject pipelines = QJsonDocument::fromJson(file.readAll()).object();
    for (auto it = pipelines.begin(); it != pipelines.end(); ++it) {
        const QJsonObject pipeline = it->toObject();
        History history;
        Scores scores;
        int number = 0;
        for (const QJsonValue run : pipeline[u"runs"].toArray()) {
            SimulatedRun simulated;
            simulated.kind = it.key();
            simulated.parallel = pipeline[u"parallel"].toInt();
            for (const QJsonValue planned : pipeline[u"plan"].toArray()) {
                SimulatedStep step;
                step.id = planned[u"id"].toString();
                for (const QJsonValue need : planned[u"needs"].toArray())
                    step.needs.append(need.toString());
                step.ms = static_cast<qint64>(run[u"steps"][step.id][1].toDouble());
                simulated.steps.push_back(step);
            }
            const bool counts = number++ >= 3;
            playRun(simulated, history, counts ? &scores : nullptr);
        }
        const auto merge = [](Score &into, const Score &from) {
            for (std::size_t q = 0; q < quarters.size(); ++q) {
                into.errors[q].insert(into.errors[q].end(), from.errors[q].begin(), from.errors[q].end());
                into.asked[q] += from.asked[q];
            }
        };
        merge(all.ours, scores.ours);
        merge(all.oursSame, scores.oursSame);
        merge(all.byWeightsSame, scores.byWeightsSame);
        merge(all.byCountSame, scores.byCountSame);
        print(qPrintable(u"%1, %2 runs"_s.arg(it.key()).arg(number - 3)), scores);
    }
    print("all recorded", all);
    return true;
}

// ---- cost
// ------------------------------------------------------------------------------------------------------------------

static void cost()
{
    History history;
    std::vector<Job> jobs;
    for (int i = 0; i < 1000; ++i) {
        SimulatedRun run;
        run.kind = u"kind %1"_s.arg(i);
        for (int s = 0; s < 20; ++s) {
            run.steps.push_back({QString::number(s), s ? QStringList{QString::number(s - 1)} : QStringList(), 0});
            history.add({run.kind, QString::number(s), 1000 * s, 0});
        }
        jobs.push_back(jobOf(run, u"job %1"_s.arg(i)));
    }
    std::vector<Estimator::Run> waiting;
    for (const Job &job : jobs)
        waiting.push_back({&job, 2});
    Estimator estimator(history);
    QElapsedTimer timer;
    timer.start();
    static constexpr int times = 20;
    for (int i = 0; i < times; ++i)
        static_cast<void>(estimator.queueEta({{}, waiting, 4}, 0));
    std::printf("\n1,000 waiting jobs of 1,000 kinds with 20 steps: %.2f ms a look without whole runs",
                static_cast<double>(timer.nsecsElapsed()) / 1e6 / times);
    for (const Job &job : jobs)
        history.add({job.history, {}, 60'000, 0});
    timer.restart();
    for (int i = 0; i < times; ++i)
        static_cast<void>(estimator.queueEta({{}, waiting, 4}, 0));
    std::printf(", %.2f ms with them\n", static_cast<double>(timer.nsecsElapsed()) / 1e6 / times);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: eta_bench DURATIONS.json\n");
        return 2;
    }
    std::printf(
        "ours: Estimator. bar: elapsed (1 - f) / f of the job's bar f as it is shown, learned weights, silent steps "
        "estimated.\n"
        "plain: the same of a bar with equal weights and only what the steps tell.\n"
        "Medians where all three say something; shown: how often ours does, which is never in the first 5 s.\n\n");
    printHead();
    const std::vector<Tells> silent = {Tells::Nothing};
    const std::vector<Sort> sorts = {
        {"chain, normal 10 %", Noise::Normal, 0.1, 0, false, silent},
        {"chain, log-normal 30 %", Noise::LogNormal, 0.3, 0, false, silent},
        {"chain, heavy tail", Noise::HeavyTail, 0.25, 0, false, silent},
        {"chain, inputs differ 30 %", Noise::LogNormal, 0.08, 0.3, false, silent},
        {"branches, normal 10 %", Noise::Normal, 0.1, 0, true, silent},
        {"branches, log-normal 30 %", Noise::LogNormal, 0.3, 0, true, silent},
        {"branches, heavy tail", Noise::HeavyTail, 0.25, 0, true, silent},
        {"branches, inputs differ 30 %", Noise::LogNormal, 0.08, 0.3, true, silent},
        {"steps count evenly, 30 %", Noise::LogNormal, 0.3, 0, true, {Tells::Linear}},
        {"steps stall half-way, 30 %", Noise::LogNormal, 0.3, 0, true, {Tells::Stalling}},
        {"steps speed up, 30 %", Noise::LogNormal, 0.3, 0, true, {Tells::Accelerating}},
        {"some of each, heavy tail",
         Noise::HeavyTail,
         0.25,
         0.2,
         true,
         {Tells::Nothing, Tells::Linear, Tells::Stalling, Tells::Accelerating}},
    };
    for (const Sort &sort : sorts)
        print(sort.name, madeUp(sort, 60));
    std::printf("\n");
    if (!recorded(QString::fromLocal8Bit(argv[1])))
        return 1;
    cost();
    return 0;
}
