#include "core/pipeline/condition.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestCondition : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysWhatDoesNotHold_data();
    void saysWhatDoesNotHold();
    void asksOnlyForWhatItNeeds();
    void namesTheStepsItAsksFor();
};

using Kind = Condition::Kind;
using Compare = Condition::Compare;

static Condition parameter(Compare compare, const QJsonValue &actual, std::vector<QJsonValue> wanted, bool holds)
{
    Condition condition;
    condition.kind = Kind::Constant;
    condition.name = u"mode"_s;
    condition.compare = compare;
    condition.values = std::move(wanted);
    condition.values.insert(condition.values.begin(), actual);
    condition.constant = holds;
    return condition;
}

static Condition outcome(const QString &step, std::vector<State> states)
{
    Condition condition;
    condition.kind = Kind::Outcome;
    condition.name = step;
    condition.states = std::move(states);
    return condition;
}

static Condition exists(const QString &path)
{
    Condition condition;
    condition.kind = Kind::Exists;
    condition.path = path;
    return condition;
}

static Condition group(Kind kind, std::vector<Condition> parts)
{
    Condition condition;
    condition.kind = kind;
    condition.parts = std::move(parts);
    return condition;
}

static Condition no(Condition part)
{
    return group(Kind::Not, {std::move(part)});
}

void TestCondition::saysWhatDoesNotHold_data()
{
    QTest::addColumn<Condition>("condition");
    QTest::addColumn<QString>("sentence"); // empty: it holds
    const auto row = [](const char *name, const Condition &condition, const QString &sentence) {
        QTest::newRow(name) << condition << sentence;
    };
    const Condition good = parameter(Compare::Equals, u"fast"_s, {u"fast"_s}, true);
    const Condition bad = parameter(Compare::Equals, u"fast"_s, {u"slow"_s}, false);
    const QString badText = u"parameter \"mode\" is \"fast\", not \"slow\""_s;

    row("equal", good, {});
    row("not equal", bad, badText);
    row("not not equal", no(good), u"parameter \"mode\" is \"fast\""_s);
    row("not equals", parameter(Compare::NotEquals, u"fast"_s, {u"fast"_s}, false),
        u"parameter \"mode\" is \"fast\""_s);
    row("not not equals", no(parameter(Compare::NotEquals, u"slow"_s, {u"fast"_s}, true)),
        u"parameter \"mode\" is \"slow\", not \"fast\""_s);
    row("in", parameter(Compare::In, u"c"_s, {u"a"_s, u"b"_s, u"d"_s}, false),
        u"parameter \"mode\" is \"c\", not \"a\", \"b\" or \"d\""_s);
    row("not in", no(parameter(Compare::In, 1, {1, 2}, true)), u"parameter \"mode\" is 1"_s);
    row("in many", parameter(Compare::In, 99, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, false),
        u"parameter \"mode\" is 99, not 1, 2, 3, 4, 5, 6, 7, 8, … or 12"_s);
    row("less", parameter(Compare::Less, 5, {3}, false), u"parameter \"mode\" is 5, not less than 3"_s);
    row("at most", parameter(Compare::LessOrEqual, 0.5, {0.25}, false),
        u"parameter \"mode\" is 0.5, not at most 0.25"_s);
    row("greater", parameter(Compare::Greater, 3, {3}, false), u"parameter \"mode\" is 3, not greater than 3"_s);
    row("at least", parameter(Compare::GreaterOrEqual, 1'000'000, {2'000'000}, false),
        u"parameter \"mode\" is 1000000, not at least 2000000"_s);
    row("not at least", no(parameter(Compare::GreaterOrEqual, 5, {3}, true)), u"parameter \"mode\" is 5, at least 3"_s);
    row("a truth", parameter(Compare::Equals, true, {false}, false), u"parameter \"mode\" is true, not false"_s);
    row("not set", parameter(Compare::Equals, QJsonValue::Null, {u"slow"_s}, false),
        u"parameter \"mode\" is not set, not \"slow\""_s);
    row("not set and less", parameter(Compare::Less, QJsonValue::Null, {1}, false), u"parameter \"mode\" is not set"_s);
    row("quoted safely", parameter(Compare::Equals, u"\x1b"_s, {u"a\n"_s}, false),
        u"parameter \"mode\" is \"\\x1b\", not \"a\\n\""_s);
    Condition never;
    never.kind = Kind::Constant;
    never.constant = false;
    row("a constant", never, u"the condition is false"_s);

    // in these facts "good" succeeded and "/there" exists
    row("outcome", outcome(u"good"_s, {State::Failed, State::Succeeded}), {});
    row("other outcome", outcome(u"good"_s, {State::Failed}), u"step \"good\" succeeded"_s);
    row("not the outcome", no(outcome(u"good"_s, {State::Succeeded})), u"step \"good\" succeeded"_s);
    row("failed", outcome(u"failed"_s, {State::Succeeded}), u"step \"failed\" failed"_s);
    row("cancelled", outcome(u"cancelled"_s, {State::Failed}), u"step \"cancelled\" was cancelled"_s);
    row("timed out", outcome(u"timed_out"_s, {State::Failed}), u"step \"timed_out\" timed out"_s);
    row("skipped", outcome(u"skipped"_s, {State::Failed}), u"step \"skipped\" was skipped"_s);
    row("interrupted", outcome(u"interrupted"_s, {State::Failed}), u"step \"interrupted\" was interrupted"_s);
    row("there", exists(u"/there"_s), {});
    row("not there", exists(u"/gone"_s), u"there is no \"/gone\""_s);
    row("there although not", no(exists(u"/there"_s)), u"there is \"/there\""_s);
    row("no path", exists({}), u"there is no path to look for"_s);

    row("not", no(bad), {});
    row("twice not", no(no(bad)), badText);
    row("all", group(Kind::All, {good, good}), {});
    row("all but one", group(Kind::All, {good, bad, exists(u"/gone"_s)}), badText);
    row("none of all", group(Kind::All, {}), {});
    row("not all", no(group(Kind::All, {good, exists(u"/there"_s)})),
        u"parameter \"mode\" is \"fast\" and there is \"/there\""_s);
    row("any", group(Kind::Any, {bad, good}), {});
    row("not any", no(group(Kind::Any, {bad, good})), u"parameter \"mode\" is \"fast\""_s);
    row("none of any", group(Kind::Any, {bad, exists(u"/gone"_s)}), badText + u" and there is no \"/gone\""_s);
    row("none of many", group(Kind::Any, {bad, exists(u"/a"_s), exists(u"/b"_s), exists(u"/c"_s), exists(u"/d"_s)}),
        badText + u", there is no \"/a\", there is no \"/b\" and 2 more"_s);
    row("none of nothing", group(Kind::Any, {}), u"there is no condition"_s);
    Condition undecided = good;
    undecided.kind = Kind::Parameter;
    row("not decided", undecided, u"parameter \"mode\" is not decided"_s);
}

static ConditionFacts facts()
{
    return {[](const QString &step) { return stateFromName(step).value_or(State::Succeeded); },
            [](const QString &path) { return path == u"/there"; }};
}

void TestCondition::saysWhatDoesNotHold()
{
    QFETCH(Condition, condition);
    QFETCH(QString, sentence);
    QCOMPARE(unmet(condition, facts()).value_or(QString()), sentence);
}

void TestCondition::asksOnlyForWhatItNeeds()
{
    // what is settled by its first part asks for nothing more
    QStringList asked;
    const ConditionFacts noting{[&](const QString &step) {
                                    asked.push_back(step);
                                    return State::Succeeded;
                                },
                                {}};
    QVERIFY(!unmet(group(Kind::Any, {outcome(u"a"_s, {State::Succeeded}), exists(u"/x"_s)}), noting));
    QCOMPARE(asked, QStringList(u"a"_s));
}

void TestCondition::namesTheStepsItAsksFor()
{
    const Condition condition =
        group(Kind::All,
              {outcome(u"b"_s, {}), no(outcome(u"a"_s, {})), exists(u"/x"_s),
               group(Kind::Any, {outcome(u"b"_s, {}), outcome(u"c"_s, {})}), parameter(Compare::Equals, 1, {1}, true)});
    QCOMPARE(stepsAskedFor(condition), QStringList({u"b"_s, u"a"_s, u"c"_s}));
    QCOMPARE(stepsAskedFor(exists(u"/x"_s)), QStringList());
}

QTEST_APPLESS_MAIN(TestCondition)
#include "tst_condition.moc"
