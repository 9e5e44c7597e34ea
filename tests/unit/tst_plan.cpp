#include "core/pipeline/plan.h"

#include <QtTest>

#include <algorithm>
#include <array>
#include <random>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestPlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void scenarios_data();
    void scenarios();
    void keepsItsPromises();
    void keepsItsPromisesWithEverything();
    void runsALongChain();
    void skipsAWideFan();
};

/// `a b:a c:a,b`: steps in recipe order with what they need.
static std::vector<Plan::Node> nodesFrom(const QString &text)
{
    const QStringList words = text.split(u' ', Qt::SkipEmptyParts);
    QStringList ids;
    for (const QString &word : words)
        ids.push_back(word.section(u':', 0, 0));
    std::vector<Plan::Node> nodes;
    for (const QString &word : words) {
        Plan::Node node{word.section(u':', 0, 0), {}};
        const QStringList needs = word.section(u':', 1).split(u',', Qt::SkipEmptyParts);
        for (const QString &need : needs)
            node.needs.push_back(static_cast<std::size_t>(ids.indexOf(need)));
        nodes.push_back(std::move(node));
    }
    return nodes;
}

void TestPlan::scenarios_data()
{
    QTest::addColumn<QString>("steps");
    // what is done, one a line: `start`, `STEP STATE`, `abandon STATE`; after ` -> ` what comes of it
    QTest::addColumn<QString>("log");
    const auto row = [](const char *name, const QString &steps, const QStringList &log) {
        QTest::newRow(name) << steps << log.join(u'\n');
    };
    row("nothing to do", u""_s, {u"start -> nothing"_s, u"finished"_s});
    row("one step", u"a"_s,
        {u"start -> a"_s, u"start -> nothing"_s, u"a succeeded"_s, u"start -> nothing"_s, u"finished"_s});
    row("a chain", u"a b:a c:b"_s,
        {u"start -> a"_s, u"start -> nothing"_s, u"a succeeded"_s, u"start -> b"_s, u"start -> nothing"_s,
         u"b succeeded"_s, u"start -> c"_s, u"c succeeded"_s, u"finished"_s});
    row("side by side in recipe order", u"a b c"_s,
        {u"start -> a"_s, u"start -> b"_s, u"start -> c"_s, u"start -> nothing"_s, u"b succeeded"_s, u"a succeeded"_s,
         u"c succeeded"_s, u"finished"_s});
    row("recipe order, not the order of becoming ready", u"a b c:b d:a"_s,
        {u"start -> a"_s, u"start -> b"_s, u"a succeeded"_s, u"b succeeded"_s, u"start -> c"_s, u"start -> d"_s});
    row("a step that needs later ones", u"c:a,b a b"_s,
        {u"start -> a"_s, u"start -> b"_s, u"start -> nothing"_s, u"b succeeded"_s, u"start -> nothing"_s,
         u"a succeeded"_s, u"start -> c"_s, u"c succeeded"_s, u"finished"_s});
    row("a diamond", u"a b:a c:a d:b,c"_s,
        {u"start -> a"_s, u"a succeeded"_s, u"start -> b"_s, u"start -> c"_s, u"c succeeded"_s, u"start -> nothing"_s,
         u"b succeeded"_s, u"start -> d"_s, u"d succeeded"_s, u"finished"_s});
    row("a failure skips all that hangs on it", u"a b:a c:b d:c"_s,
        {u"start -> a"_s, u"a failed -> skip b because of a, skip c because of a, skip d because of a"_s,
         u"start -> nothing"_s, u"finished"_s});
    row("a failure in a diamond", u"a b:a c:a d:b,c"_s,
        {u"start -> a"_s, u"a succeeded"_s, u"start -> b"_s, u"start -> c"_s, u"c failed -> skip d because of c"_s,
         u"b succeeded"_s, u"start -> nothing"_s, u"finished"_s});
    row("a failure leaves the rest alone", u"a b:a c d:c"_s,
        {u"start -> a"_s, u"start -> c"_s, u"a failed -> skip b because of a"_s, u"c succeeded"_s, u"start -> d"_s,
         u"d succeeded"_s, u"finished"_s});
    row("the first failure is the reason", u"a b c:a,b"_s,
        {u"start -> a"_s, u"start -> b"_s, u"b failed -> skip c because of b"_s, u"a failed"_s, u"finished"_s});
    row("a step that ends as skipped satisfies", u"a b:a"_s,
        {u"start -> a"_s, u"a skipped"_s, u"start -> b"_s, u"b succeeded"_s, u"finished"_s});
    for (const char *state : {"failed", "cancelled", "timed_out", "interrupted"}) {
        const QString end = QString::fromLatin1(state);
        row(state, u"a b:a"_s,
            {u"start -> a"_s, u"a "_s + end + u" -> skip b because of a"_s, u"start -> nothing"_s, u"finished"_s});
    }
    row("abandoned before anything started", u"a b:a c"_s,
        {u"abandon cancelled -> a, b, c"_s, u"start -> nothing"_s, u"finished"_s});
    row("abandoned while one runs, which then succeeds", u"a b:a c"_s,
        {u"start -> a"_s, u"abandon cancelled -> b, c"_s, u"start -> nothing"_s, u"a succeeded"_s,
         u"start -> nothing"_s, u"finished"_s});
    row("abandoned while one runs, which then fails", u"a b:a"_s,
        {u"start -> a"_s, u"abandon interrupted -> b"_s, u"a cancelled"_s, u"finished"_s});
    row("abandoned after a failure", u"a b:a c d:c"_s,
        {u"start -> a"_s, u"start -> c"_s, u"a failed -> skip b because of a"_s, u"abandon cancelled -> d"_s,
         u"c cancelled"_s, u"finished"_s});
    row("abandoned twice", u"a b"_s,
        {u"start -> a"_s, u"abandon cancelled -> b"_s, u"abandon interrupted"_s, u"a succeeded"_s, u"finished"_s});
}

void TestPlan::scenarios()
{
    QFETCH(QString, steps);
    QFETCH(QString, log);
    const std::vector<Plan::Node> nodes = nodesFrom(steps);
    const auto indexOf = [&](const QString &id) {
        const auto it = std::find_if(nodes.begin(), nodes.end(), [&](const Plan::Node &n) { return n.id == id; });
        return static_cast<std::size_t>(it - nodes.begin());
    };
    Plan plan(nodes);
    QCOMPARE(plan.size(), nodes.size());
    QStringList done;
    const QStringList actions = log.split(u'\n');
    for (const QString &line : actions) {
        if (line == u"finished") {
            if (plan.finished() && plan.running() == 0)
                done.push_back(line);
            continue;
        }
        const QString action = line.section(u" -> "_s, 0, 0);
        const QString subject = action.section(u' ', 0, 0);
        const std::optional<State> state = stateFromName(action.section(u' ', 1));
        QStringList came;
        if (action == u"start") {
            const std::optional<std::size_t> step = plan.startNext();
            came.push_back(step ? nodes[*step].id : u"nothing"_s);
            if (step)
                QCOMPARE(plan.state(*step), State::Running);
        } else if (subject == u"abandon") {
            for (const std::size_t step : plan.abandon(*state, true)) {
                came.push_back(nodes[step].id);
                QCOMPARE(plan.state(step), *state);
            }
        } else {
            for (const Plan::Skip &skip : plan.finish(indexOf(subject), *state)) {
                came.push_back(u"skip "_s + nodes[skip.step].id + u" because of "_s + nodes[skip.because].id);
                QCOMPARE(plan.state(skip.step), State::Skipped);
            }
            QCOMPARE(plan.state(indexOf(subject)), *state);
        }
        done.push_back(came.isEmpty() ? action : action + u" -> "_s + came.join(u", "_s));
    }
    QCOMPARE(done.join(u'\n'), log);
}

namespace {

/// One random graph, run to its end in a random order. Gives the first broken promise, or nothing.
class Trial
{
public:
    explicit Trial(quint32 seed) : m_random(seed)
    {
        const std::size_t count = below(40) + 1;
        std::vector<std::size_t> order(count);
        for (std::size_t i = 0; i < count; ++i)
            order[i] = i;
        // std::shuffle differs between libraries; the seed of a failure shall say the same everywhere
        for (std::size_t i = count; i > 1; --i)
            std::swap(order[i - 1], order[below(i)]);
        m_nodes.resize(count);
        const std::size_t density = below(5) + 1;
        for (std::size_t i = 0; i < count; ++i) {
            m_nodes[order[i]].id = u's' + QString::number(order[i]);
            for (std::size_t j = 0; j < i; ++j) {
                if (below(10) < density)
                    m_nodes[order[i]].needs.push_back(order[j]);
            }
        }
        const std::vector<State> ends = {State::Succeeded, State::Failed,    State::Skipped,
                                         State::TimedOut,  State::Cancelled, State::Interrupted};
        const std::size_t bad = below(3); // none, few, many
        for (std::size_t i = 0; i < count; ++i)
            m_outcomes.push_back(below(8) < bad ? ends[below(ends.size())] : State::Succeeded);
        // in topological order, so that what a step needs is known before it
        m_blocked.resize(count);
        for (const std::size_t step : order) {
            for (const std::size_t need : m_nodes[step].needs) {
                if (m_blocked[need] || !satisfiesNeeds(m_outcomes[need]))
                    m_blocked[step] = true;
            }
        }
        m_limit = below(6) + 1;
    }

    QString run()
    {
        Plan plan(m_nodes);
        std::vector<bool> started(m_nodes.size()), ended(m_nodes.size()), skipped(m_nodes.size());
        std::vector<std::size_t> running;
        const auto isReady = [&](std::size_t step) {
            const auto &needs = m_nodes[step].needs;
            const auto satisfied = [&](std::size_t n) { return ended[n] && satisfiesNeeds(m_outcomes[n]); };
            return !started[step] && !skipped[step] && std::all_of(needs.begin(), needs.end(), satisfied);
        };
        for (std::size_t round = 0; round <= m_nodes.size(); ++round) {
            while (running.size() < m_limit) {
                std::size_t first = 0;
                while (first < m_nodes.size() && !isReady(first))
                    ++first;
                const std::optional<std::size_t> next = plan.startNext();
                if (next.value_or(m_nodes.size()) != first)
                    return u"started "_s + name(next) + u" where "_s + name(first) + u" is the first that may"_s;
                if (!next)
                    break;
                if (started[*next])
                    return name(next) + u" started twice"_s;
                started[*next] = true;
                running.push_back(*next);
            }
            if (plan.running() != running.size())
                return u"counts the running steps wrong"_s;
            if (running.empty())
                break;
            std::swap(running[below(running.size())], running.back());
            const std::size_t step = running.back();
            running.pop_back();
            ended[step] = true;
            for (const Plan::Skip &skip : plan.finish(step, m_outcomes[step])) {
                if (started[skip.step] || skipped[skip.step])
                    return name(skip.step) + u" was skipped after it had started or been skipped"_s;
                if (skip.because != step || satisfiesNeeds(m_outcomes[step]))
                    return name(skip.step) + u" was skipped for the wrong reason"_s;
                skipped[skip.step] = true;
            }
        }
        if (!plan.finished())
            return u"did not end"_s;
        for (std::size_t i = 0; i < m_nodes.size(); ++i) {
            if (skipped[i] != m_blocked[i] || started[i] == m_blocked[i])
                return name(i) + (m_blocked[i] ? u" was not skipped"_s : u" did not run"_s);
            if (plan.state(i) != (m_blocked[i] ? State::Skipped : m_outcomes[i]))
                return name(i) + u" ended as "_s + stateName(plan.state(i));
        }
        return {};
    }

private:
    std::size_t below(std::size_t bound) { return m_random() % bound; }
    QString name(std::optional<std::size_t> step) const
    {
        return step && *step < m_nodes.size() ? m_nodes[*step].id : u"nothing"_s;
    }

    std::mt19937 m_random;
    std::vector<Plan::Node> m_nodes;
    std::vector<State> m_outcomes; ///< how each ends if it runs
    std::vector<bool> m_blocked; ///< whether something above it does not satisfy
    std::size_t m_limit = 1;
};

/// A random plan with everything: steps that only follow others, limits of groups, failures that are allowed, steps
/// that always run, retries in between, and an end in the middle. What must hold is checked at each start and at the
/// end.
class WideTrial
{
public:
    explicit WideTrial(quint32 seed) : m_random(seed)
    {
        const std::size_t count = below(30) + 1;
        const std::size_t groups = below(3);
        for (std::size_t i = 0; i < count; ++i) {
            Plan::Node node;
            node.id = u's' + QString::number(i);
            node.finally = below(6) == 0;
            node.allowFailure = below(5) == 0;
            for (std::size_t j = 0; j < i; ++j) {
                if (m_nodes[j].finally != node.finally)
                    continue;
                if (below(8) == 0)
                    node.needs.push_back(j);
                else if (!node.finally && below(12) == 0)
                    node.after.push_back(j);
            }
            if (groups > 0 && below(2) == 0) {
                node.group = below(groups);
                node.groupLimit = static_cast<int>(node.group) + 1;
            }
            m_nodes.push_back(std::move(node));
        }
        m_policy = std::array{OnFailure::Stop, OnFailure::Continue, OnFailure::FinishAll}[below(3)];
        m_limit = below(5) + 1;
        m_abandons = below(6) == 0;
    }

    QString run()
    {
        const QString first = runOnce({});
        if (!first.isEmpty())
            return first;
        // Then a retry: what had succeeded stays, everything ends again.
        const std::vector<bool> again = m_plan.toRetry({});
        std::vector<Plan::Settled> before(m_nodes.size());
        for (std::size_t i = 0; i < m_nodes.size(); ++i) {
            if (!again[i])
                before[i] = {m_plan.state(i), m_plan.blocked(i)};
            else if (m_plan.state(i) == State::Succeeded && !m_nodes[i].finally && !followsAgain(i, again))
                return m_nodes[i].id + u" had succeeded and would run again for nothing"_s;
            if (!again[i] && m_plan.state(i) != State::Succeeded && m_plan.state(i) != State::Skipped
                && !(m_nodes[i].allowFailure && !m_plan.fails(i)))
                return m_nodes[i].id + u" had not succeeded and would not run again"_s;
        }
        m_abandons = false;
        const QString second = runOnce(before);
        return second.isEmpty() ? QString() : u"at the retry: "_s + second;
    }

private:
    bool followsAgain(std::size_t step, const std::vector<bool> &again) const
    {
        const auto isAgain = [&](std::size_t other) { return again[other]; };
        return std::any_of(m_nodes[step].needs.begin(), m_nodes[step].needs.end(), isAgain)
            || std::any_of(m_nodes[step].after.begin(), m_nodes[step].after.end(), isAgain);
    }

    QString mayStart(std::size_t step) const
    {
        for (const std::size_t need : m_nodes[step].needs) {
            const State state = m_plan.state(need);
            const bool failed = state == State::Failed || state == State::TimedOut;
            const bool borne = failed && (m_nodes[need].allowFailure || m_policy == OnFailure::FinishAll);
            if (!isFinal(state) || m_plan.blocked(need) || !(satisfiesNeeds(state) || borne))
                return m_nodes[step].id + u" started although it needs "_s + m_nodes[need].id;
        }
        for (const std::size_t earlier : m_nodes[step].after) {
            if (!isFinal(m_plan.state(earlier)))
                return m_nodes[step].id + u" started before the end of "_s + m_nodes[earlier].id;
        }
        for (std::size_t i = 0; i < m_nodes.size(); ++i) {
            if (m_nodes[step].finally && !m_nodes[i].finally && !isFinal(m_plan.state(i)))
                return m_nodes[step].id + u" started while "_s + m_nodes[i].id + u" was open"_s;
        }
        return {};
    }

    QString runOnce(const std::vector<Plan::Settled> &before)
    {
        m_plan = Plan(m_nodes, m_policy, before);
        std::vector<std::size_t> running;
        std::vector<std::size_t> deferred;
        for (int round = 0; round < 10'000 && !m_plan.finished(); ++round) {
            while (running.size() < m_limit) {
                const auto next = m_plan.startNext();
                if (!next)
                    break;
                if (const QString wrong = mayStart(*next); !wrong.isEmpty())
                    return wrong;
                running.push_back(*next);
            }
            for (std::size_t group = 0; group < 3; ++group) {
                const auto members = std::count_if(running.begin(), running.end(),
                                                   [&](std::size_t step) { return m_nodes[step].group == group; });
                if (members > static_cast<qsizetype>(group) + 1)
                    return u"group "_s + QString::number(group) + u" has too many running"_s;
            }
            if (running.empty() && deferred.empty())
                return u"nothing runs and nothing ends"_s;
            if (m_abandons && below(10) == 0) {
                (void)m_plan.abandon(State::Cancelled, below(2) == 0);
                std::erase_if(deferred, [&](std::size_t step) { return isFinal(m_plan.state(step)); });
                m_abandons = false;
            }
            if (!deferred.empty() && (running.empty() || below(2) == 0)) {
                m_plan.resume(deferred.back());
                deferred.pop_back();
                continue;
            }
            if (running.empty())
                continue;
            const std::size_t at = below(running.size());
            const std::size_t step = running[at];
            running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
            if (below(8) == 0) {
                m_plan.defer(step);
                deferred.push_back(step);
                continue;
            }
            const State ends[] = {State::Succeeded, State::Succeeded, State::Succeeded, State::Succeeded,
                                  State::Skipped,   State::Failed,    State::TimedOut,  State::Cancelled};
            (void)m_plan.finish(step, ends[below(8)]);
            std::erase_if(deferred, [&](std::size_t other) { return isFinal(m_plan.state(other)); });
        }
        return m_plan.finished() ? QString() : u"did not end"_s;
    }

    std::size_t below(std::size_t bound) { return m_random() % bound; }

    std::mt19937 m_random;
    std::vector<Plan::Node> m_nodes;
    Plan m_plan;
    OnFailure m_policy = OnFailure::Continue;
    std::size_t m_limit = 1;
    bool m_abandons = false;
};

} // namespace

void TestPlan::keepsItsPromisesWithEverything()
{
    for (quint32 seed = 1; seed <= 5000; ++seed) {
        const QString broken = WideTrial(seed).run();
        QVERIFY2(broken.isEmpty(), qPrintable(u"seed "_s + QString::number(seed) + u": "_s + broken));
    }
}

void TestPlan::keepsItsPromises()
{
    for (quint32 seed = 1; seed <= 2000; ++seed) {
        const QString broken = Trial(seed).run();
        QVERIFY2(broken.isEmpty(), qPrintable(u"seed "_s + QString::number(seed) + u": "_s + broken));
    }
}

void TestPlan::runsALongChain()
{
    std::vector<Plan::Node> nodes(4000);
    for (std::size_t i = 1; i < nodes.size(); ++i)
        nodes[i].needs = {i - 1};
    Plan plan(nodes);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        QCOMPARE(plan.startNext(), std::optional(i));
        QVERIFY(plan.finish(i, State::Succeeded).empty());
    }
    QVERIFY(plan.finished());

    Plan failing(std::move(nodes));
    QCOMPARE(failing.startNext(), std::optional<std::size_t>(0));
    QCOMPARE(failing.finish(0, State::Failed).size(), 3999u);
    QVERIFY(failing.finished());
}

void TestPlan::skipsAWideFan()
{
    // every step needs all before it: each is skipped once, however many ways lead to it
    std::vector<Plan::Node> nodes(400);
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        for (std::size_t need = 0; need < i; ++need)
            nodes[i].needs.push_back(need);
    }
    Plan plan(std::move(nodes));
    QCOMPARE(plan.startNext(), std::optional<std::size_t>(0));
    const std::vector<Plan::Skip> skipped = plan.finish(0, State::Failed);
    QCOMPARE(skipped.size(), 399u);
    for (std::size_t i = 0; i < skipped.size(); ++i) {
        QCOMPARE(skipped[i].step, i + 1);
        QCOMPARE(skipped[i].because, 0u);
    }
    QVERIFY(plan.finished());
}

QTEST_APPLESS_MAIN(TestPlan)
#include "tst_plan.moc"
