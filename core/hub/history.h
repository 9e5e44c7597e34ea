#pragma once

#include "core/hub/journal.h"

#include <QHash>

#include <list>

namespace stepwire {

/// What earlier runs say about how long something takes. `lowMs` to `highMs` holds the middle 60 % of them, so that one
/// odd run is no part of it.
struct Expectation
{
    qint64 medianMs = 0;
    qint64 lowMs = 0;
    qint64 highMs = 0;
    int runs = 0;

    bool operator==(const Expectation &) const = default;
};

/// How long the steps of each kind of job took. A plain value for one thread, bounded in memory: of a step the newest
/// 20 durations count, and the kinds that nothing was added to for longest go first.
class History
{
public:
    struct Limits
    {
        std::size_t kinds = 5000;
        std::size_t stepsOfKind = 1024;
        std::size_t steps = 50'000; ///< over all kinds
    };
    static constexpr std::size_t runsKept = 20;

    History() = default;
    explicit History(const Limits &limits) : m_limits(limits) { }
    History(const History &) = delete; // each kind knows its place in the list
    History &operator=(const History &) = delete;

    /// Durations come oldest first. Those of no kind or below zero are passed over. An empty `step` is the whole job.
    void add(const Duration &duration);

    /// The newer a run, the more it counts: one of five runs ago half as much as the newest.
    [[nodiscard]] std::optional<Expectation> expected(const QString &kind, const QString &step) const;

    /// Gives the steps whose weight nobody chose (`ownWeight` is false) one that makes the job's bar move evenly in
    /// time: the time that passes while the step runs, shared evenly with those that run beside it, at most `parallel`
    /// at once (0: no limit). Changes nothing unless each of them has a history, since a learned and a default weight
    /// do not compare. Chosen weights stay. They count together as much as the time of their steps, if that is known;
    /// if not, an average learned weight is 1 like the default.
    void weightsFor(Job &job, int parallel = 0) const;

    /// Changes whenever something is added to the kind; 0: nothing is known of it.
    [[nodiscard]] quint64 revision(const QString &kind) const;

    [[nodiscard]] std::size_t kinds() const { return m_kinds.size(); }
    [[nodiscard]] std::size_t steps() const { return m_steps; }

private:
    struct Series
    {
        std::vector<qint64> runs; ///< oldest first
        Expectation expectation;
        quint64 added = 0;
    };

    struct Kind
    {
        QHash<QString, Series> steps;
        std::list<QString>::iterator place;
        quint64 revision = 0;
    };

    void dropOldestStep(Kind &kind);
    void dropOldestKind();

    Limits m_limits;
    QHash<QString, Kind> m_kinds;
    std::list<QString> m_order; ///< kinds, the one added to last at the end
    std::size_t m_steps = 0;
    quint64 m_added = 0;
};

} // namespace stepwire
