#include "core/model/ids.h"
#include "core/model/mailbox.h"
#include "core/model/quote.h"
#include "core/model/throttle.h"
#include "support/samples.h"

#include <QtTest>

#include <atomic>
#include <condition_variable>
#include <set>
#include <thread>

using namespace stepwire;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(stepwire::Progress)
Q_DECLARE_METATYPE(stepwire::Job)
Q_DECLARE_METATYPE(std::optional<double>)

class TestModel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void validIds_data();
    void validIds();
    void suggestsTheNearest_data();
    void suggestsTheNearest();
    void jobIdsAreVersion7AndSortByTime();
    void quotes_data();
    void quotes();
    void quotesJson_data();
    void quotesJson();
    void plainLines_data();
    void plainLines();
    void statesHaveNames();
    void namesAndKindsOfEvents();
    void normalises_data();
    void normalises();
    void fractionOfAJob_data();
    void fractionOfAJob();
    void findsTheOldestRunningStep();
    void throttles();
    void mailboxRingsOnceATurn();
    void mailboxAcrossThreads();
};

void TestModel::validIds_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<bool>("valid");
    QTest::newRow("one character") << u"a"_s << true;
    QTest::newRow("every kind") << u"azAZ09_-"_s << true;
    QTest::newRow("starts with a dash") << u"-x"_s << true;
    QTest::newRow("64") << QString(64, u'x') << true;
    QTest::newRow("65") << QString(65, u'x') << false;
    QTest::newRow("empty") << QString() << false;
    QTest::newRow("space") << u"a b"_s << false;
    QTest::newRow("dot") << u"a.b"_s << false;
    QTest::newRow("way out") << u"../evil"_s << false;
    QTest::newRow("final line break") << u"a\n"_s << false;
    QTest::newRow("NUL") << QString(QChar(u'\0')) << false;
    QTest::newRow("umlaut") << u"ä"_s << false;
    QTest::newRow("digit of another script") << u"٣"_s << false;
    for (const char16_t c : {u'/', u':', u'@', u'[', u'`', u'{', u','})
        QTest::addRow("beside a range: %c", static_cast<char>(c)) << QString(QChar(c)) << false;
}

void TestModel::validIds()
{
    QFETCH(QString, id);
    QTEST(isValidId(id), "valid");
}

void TestModel::suggestsTheNearest_data()
{
    QTest::addColumn<QString>("word");
    QTest::addColumn<QStringList>("known");
    QTest::addColumn<QString>("nearest");
    const QStringList verbs = {u"run"_s, u"status"_s, u"watch"_s, u"cancel"_s};
    QTest::newRow("a letter left out") << u"statu"_s << verbs << u"status"_s;
    QTest::newRow("a letter too many") << u"cancell"_s << verbs << u"cancel"_s;
    QTest::newRow("two swapped") << u"wathc"_s << verbs << u"watch"_s;
    QTest::newRow("itself") << u"run"_s << verbs << u"run"_s;
    QTest::newRow("the closer of two") << u"aab"_s << QStringList{u"abb"_s, u"aabb"_s, u"aab"_s} << u"aab"_s;
    QTest::newRow("the first of equals") << u"ax"_s << QStringList{u"ab"_s, u"ac"_s} << u"ab"_s;
    QTest::newRow("nothing near") << u"elephant"_s << verbs << QString();
    QTest::newRow("nothing known") << u"run"_s << QStringList() << QString();
    QTest::newRow("too long to look") << QString(129, u'x') << QStringList{QString(129, u'x')} << QString();
}

void TestModel::suggestsTheNearest()
{
    QFETCH(QString, word);
    QFETCH(QStringList, known);
    QTEST(nearest(word, known), "nearest");
}

void TestModel::jobIdsAreVersion7AndSortByTime()
{
    static const QRegularExpression form(u"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"_s);
    std::set<QString> ids;
    QString before;
    for (const qint64 time : {Q_INT64_C(0), Q_INT64_C(1), Q_INT64_C(65535), Q_INT64_C(65536), Q_INT64_C(1764000000000),
                              Q_INT64_C(1764000000001), Q_INT64_C(281474976710655)}) {
        for (int i = 0; i < 200; ++i) {
            const QString id = makeJobId(time);
            QVERIFY2(form.match(id).hasMatch(), qPrintable(id));
            QVERIFY(isValidId(id));
            QVERIFY(ids.insert(id).second);
            const QString stamp = id.left(8) + id.mid(9, 4);
            QCOMPARE(stamp.toLongLong(nullptr, 16), time);
        }
        QVERIFY(*ids.rbegin() > before);
        before = *ids.rbegin();
    }
}

void TestModel::quotes_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<qsizetype>("most");
    QTest::addColumn<QString>("quoted");
    const auto row = [](const char *name, const QString &text, qsizetype most, const QString &out) {
        QTest::newRow(name) << text << most << out;
    };
    row("empty", {}, 60, u"\"\""_s);
    row("plain", u"dunes.jpg"_s, 60, u"\"dunes.jpg\""_s);
    row("quote and backslash", u"a\"b\\c"_s, 60, u"\"a\\\"b\\\\c\""_s);
    row("line break and tab", u"a\nb\tc"_s, 60, u"\"a\\nb\\tc\""_s);
    row("escape", u"\x1b[31m"_s, 60, u"\"\\x1b[31m\""_s);
    row("NUL", QString(QChar(u'\0')), 60, u"\"\\x00\""_s);
    row("DEL", QString(QChar(u'\x7f')), 60, u"\"\\x7f\""_s);
    row("C1", QString(QChar(u'\x9b')), 60, u"\"\\x9b\""_s);
    row("no-break space stays", QString(QChar(u'\xa0')), 60, u'"' + QString(QChar(u'\xa0')) + u'"');
    row("umlauts stay", u"grün 日本"_s, 60, u"\"grün 日本\""_s);
    row("as long as allowed", u"12345"_s, 5, u"\"12345\""_s);
    row("one too long", u"123456"_s, 5, u"\"1234…\""_s);
    row("not through a pair", u"123"_s + QString::fromUcs4(U"\U0001F600") + u"56"_s, 5, u"\"123…\""_s);
}

void TestModel::quotes()
{
    QFETCH(QString, text);
    QFETCH(qsizetype, most);
    QTEST(quoted(text, most), "quoted");
}

void TestModel::quotesJson_data()
{
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<QString>("quoted");
    QTest::newRow("text") << QJsonValue(u"a\"b"_s) << u"\"a\\\"b\""_s;
    QTest::newRow("missing") << QJsonValue(QJsonValue::Undefined) << u"missing"_s;
    QTest::newRow("null") << QJsonValue(QJsonValue::Null) << u"null"_s;
    QTest::newRow("true") << QJsonValue(true) << u"true"_s;
    QTest::newRow("false") << QJsonValue(false) << u"false"_s;
    QTest::newRow("whole") << QJsonValue(-7) << u"-7"_s;
    QTest::newRow("fraction") << QJsonValue(0.1) << u"0.1"_s;
    QTest::newRow("array") << QJsonValue(QJsonArray{1, u"x"_s}) << u"[1,\"x\"]"_s;
    QTest::newRow("object") << QJsonValue(QJsonObject{{u"a"_s, QJsonValue::Null}}) << u"{\"a\":null}"_s;
    QTest::newRow("long array") << QJsonValue(QJsonArray{QString(100, u'x')}) << u"[\""_s + QString(57, u'x') + u'…';
}

void TestModel::quotesJson()
{
    QFETCH(QJsonValue, value);
    QTEST(quoted(value), "quoted");
}

void TestModel::plainLines_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("plain");
    const auto row = [](const char *name, const QString &text, const QString &plain) {
        QTest::newRow(name) << text << plain;
    };
    row("plain", u"100 % done"_s, u"100 % done"_s);
    row("trimmed", u"  a  "_s, u"a"_s);
    row("tab", u"a\tb"_s, u"a b"_s);
    row("control characters", u"a\x01\x08\r\n\x7f\u0085"_s + u"b"_s, u"ab"_s);
    row("colour", u"\x1b[1;31mred\x1b[0m!"_s, u"red!"_s);
    row("CSI with intermediate", u"\x1b[?25h\x1b[0 qx"_s, u"x"_s);
    row("title ended by BEL", u"\x1b]0;title\x07text"_s, u"text"_s);
    row("title ended by ST", u"\x1b]0;title\x1b\\text"_s, u"text"_s);
    row("title broken off by a colour", u"\x1b]0;title\x1b[31mred"_s, u"red"_s);
    row("DCS", u"\x1bP1$r0m\x1b\\x"_s, u"x"_s);
    row("hyperlink", u"\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\"_s, u"link"_s);
    row("character set", u"\x1b(Bx\x1b[m"_s, u"x"_s);
    row("two characters", u"\x1b"_s + u"7x\x1b"_s + u"8"_s, u"x"_s);
    row("cut after ESC", u"x\x1b"_s, u"x"_s);
    row("cut in CSI", u"x\x1b[3"_s, u"x"_s);
    row("cut in OSC", u"x\x1b]0;ti"_s, u"x"_s);
    row("cut in ST", u"x\x1b]0;ti\x1b"_s, u"x"_s);
    row("cut in character set", u"x\x1b("_s, u"x"_s);
    row("beyond the first plane", QString::fromUcs4(U"\U0001F600"), QString::fromUcs4(U"\U0001F600"));
}

void TestModel::plainLines()
{
    QFETCH(QString, text);
    QTEST(plainLine(text), "plain");
}

void TestModel::statesHaveNames()
{
    const QStringList names = {u"queued"_s,    u"held"_s,       u"running"_s,   u"pausing"_s,
                               u"paused"_s,    u"cancelling"_s, u"succeeded"_s, u"failed"_s,
                               u"cancelled"_s, u"timed_out"_s,  u"skipped"_s,   u"interrupted"_s};
    QStringList finals;
    QStringList satisfying;
    for (int i = 0; i < names.size(); ++i) {
        const auto state = static_cast<State>(i);
        QCOMPARE(stateName(state), names[i]);
        QCOMPARE(stateFromName(names[i]), std::optional(state));
        if (isFinal(state))
            finals.append(names[i]);
        if (satisfiesNeeds(state))
            satisfying.append(names[i]);
    }
    QCOMPARE(finals, names.mid(6));
    QCOMPARE(satisfying, (QStringList{u"succeeded"_s, u"skipped"_s}));
    for (const QString &other : {u""_s, u"Running"_s, u"runnin"_s, u"running "_s})
        QVERIFY(!stateFromName(other));
}

void TestModel::namesAndKindsOfEvents()
{
    QStringList names;
    test::Random random(1);
    for (std::size_t type = 0; type < std::variant_size_v<FactData>; ++type) {
        const FactData data = test::randomData(random, type);
        QCOMPARE(data.index(), type);
        const EventKind expected = type == 6 ? EventKind::Progress
            : type == 7                      ? EventKind::Output
                                             : EventKind::StateChange;
        QVERIFY(kindOf(data) == expected);
        names.append(typeName(data));
    }
    QCOMPARE(names.join(u' '),
             u"job.queued job.started job.changed job.finished step.started step.changed step.progress "
             "step.output step.finished custom hub.degraded"_s);
}

void TestModel::normalises_data()
{
    QTest::addColumn<Progress>("progress");
    QTest::addColumn<std::optional<double>>("fraction");
    using Number = std::optional<double>;
    const auto row = [](const char *name, double done, Number total, Number given, Number fraction) {
        Progress progress;
        progress.done = done;
        progress.total = total;
        progress.fraction = given;
        QTest::newRow(name) << progress << fraction;
    };
    constexpr double infinite = std::numeric_limits<double>::infinity();
    row("from figures", 2, 8, {}, 0.25);
    row("nothing done", 0, 8, {}, 0.0);
    row("all done is not finished", 8, 8, {}, 0.999);
    row("more than all", 9, 8, {}, 0.999);
    row("less than nothing", -1, 8, {}, 0.0);
    row("no total", 5, {}, {}, {});
    row("total of nothing", 0, 0, {}, {});
    row("negative total", 1, -4, {}, {});
    row("given stays", 2, 8, 0.5, 0.5);
    row("given one", 0, {}, 1.0, 0.999);
    row("given too much", 0, {}, 40, 0.999);
    row("given too little", 0, {}, -0.5, 0.0);
    row("not a number", 1, {}, std::numeric_limits<double>::quiet_NaN(), {});
    row("infinite", 1, {}, infinite, {});
    row("infinite figures", infinite, infinite, {}, {});
    row("tiny total", 1e300, 1e-300, {}, {});
}

void TestModel::normalises()
{
    QFETCH(Progress, progress);
    QFETCH(std::optional<double>, fraction);
    normalise(progress);
    QCOMPARE(progress.fraction, fraction);
    normalise(progress);
    QCOMPARE(progress.fraction, fraction);
}

/// `running | 2:running:0.5 1:succeeded 1:queued`: the job's state, then weight, state and fraction of its steps.
static Job jobFrom(const QString &text)
{
    Job job = test::makeJob(u"j"_s, {});
    job.state = *stateFromName(text.section(u" | "_s, 0, 0));
    const QStringList steps = text.section(u" | "_s, 1).split(u' ', Qt::SkipEmptyParts);
    for (const QString &words : steps) {
        Step step = test::makeStep(QString::number(job.steps.size()));
        step.weight = words.section(u':', 0, 0).toDouble();
        step.state = *stateFromName(words.section(u':', 1, 1));
        if (const QString fraction = words.section(u':', 2); !fraction.isEmpty()) {
            step.progress = Progress();
            if (fraction != u"?")
                step.progress->fraction = fraction.toDouble();
        }
        job.steps.push_back(step);
    }
    return job;
}

void TestModel::fractionOfAJob_data()
{
    QTest::addColumn<QString>("job");
    QTest::addColumn<std::optional<double>>("fraction");
    QTest::addColumn<int>("done");
    const auto row = [](const char *name, const char *job, std::optional<double> fraction, int done) {
        QTest::newRow(name) << QString::fromLatin1(job) << fraction << done;
    };
    row("no steps", "running | ", {}, 0);
    row("one step, nothing known", "running | 1:running", {}, 0);
    row("one step without fraction", "running | 1:running:?", {}, 0);
    row("one step", "running | 1:running:0.25", 0.25, 0);
    row("two steps, nothing known", "queued | 1:queued 1:queued", 0.0, 0);
    row("equal weights", "running | 1:succeeded 1:running:0.5", 0.75, 1);
    row("weights", "running | 3:succeeded 1:running:0.5 1:queued", 0.7, 1);
    row("skipped counts as done", "running | 1:skipped 1:queued", 0.5, 1);
    row("failed counts by its progress", "running | 1:failed:0.5 1:queued", 0.25, 0);
    row("failed without progress", "running | 1:failed 1:succeeded", 0.5, 1);
    row("one is reached only by finishing", "running | 1:succeeded 1:succeeded", 0.999, 2);
    row("succeeded", "succeeded | 1:succeeded 1:skipped", 1.0, 2);
    row("succeeded without steps", "succeeded | ", 1.0, 0);
    row("failed at the end", "failed | 1:succeeded 1:failed:0.999", 0.9995 - 0.0005, 1);
    row("no weight at all", "running | 0:running:0.5 0:queued", {}, 0);
    row("what a failure kept from starting is not done", "failed | 1:succeeded 1:failed 1:skipped", 2.0 / 3, 1);
}

void TestModel::fractionOfAJob()
{
    QFETCH(QString, job);
    QFETCH(std::optional<double>, fraction);
    const Job parsed = jobFrom(job);
    const std::optional<double> actual = jobFraction(parsed);
    QCOMPARE(actual.has_value(), fraction.has_value());
    if (fraction)
        QVERIFY2(std::abs(*actual - *fraction) < 1e-9 || (*fraction > 0.99 && std::abs(*actual - *fraction) < 0.001),
                 qPrintable(QString::number(*actual, 'g', 17)));
    QTEST(stepsDone(parsed), "done");
}

void TestModel::findsTheOldestRunningStep()
{
    Job job = test::makeJob(u"j"_s, {u"a"_s, u"b"_s, u"c"_s, u"d"_s});
    QVERIFY(!oldestRunningStep(job));
    job.steps[0] = test::makeStep(u"a"_s, State::Succeeded);
    job.steps[0].started = 1;
    job.steps[1].state = State::Running;
    job.steps[1].started = 20;
    job.steps[2].state = State::Paused;
    job.steps[2].started = 10;
    QCOMPARE(oldestRunningStep(job), &job.steps[2]);
    job.steps[2].state = State::Failed;
    QCOMPARE(oldestRunningStep(job), &job.steps[1]);
    job.steps[1].started.reset();
    QVERIFY(!oldestRunningStep(job));
    QCOMPARE(job.findStep(u"d"), &job.steps[3]);
    QVERIFY(!job.findStep(u""));
}

void TestModel::throttles()
{
    Throttle throttle(40);
    QVERIFY(throttle.mayGo(std::numeric_limits<qint64>::min()));
    QVERIFY(throttle.mayGo(1000));
    throttle.went(1000);
    QCOMPARE(throttle.due(), 1040);
    QVERIFY(!throttle.mayGo(1000));
    QVERIFY(!throttle.mayGo(1039));
    QVERIFY(throttle.mayGo(1040));
    throttle.went(1500); // late: the next is counted from here
    QVERIFY(!throttle.mayGo(1539));
    QVERIFY(throttle.mayGo(1540));
    QCOMPARE(1000 / mergeIntervalMs, 25);
}

void TestModel::mailboxRingsOnceATurn()
{
    int rings = 0;
    Mailbox<std::unique_ptr<int>> box([&] { ++rings; });
    QVERIFY(box.takeAll().empty());
    for (int i = 0; i < 5; ++i)
        box.post(std::make_unique<int>(i));
    QCOMPARE(rings, 1);
    const auto values = box.takeAll();
    QCOMPARE(values.size(), 5u);
    for (int i = 0; i < 5; ++i)
        QCOMPARE(*values[static_cast<std::size_t>(i)], i);
    QVERIFY(box.takeAll().empty());
    box.post(std::make_unique<int>(5));
    QCOMPARE(rings, 2);
}

void TestModel::mailboxAcrossThreads()
{
    constexpr int each = 50'000;
    constexpr int producers = 2;
    std::mutex mutex;
    std::condition_variable rang;
    int bells = 0;
    Mailbox<std::pair<int, int>> box([&] {
        const std::lock_guard lock(mutex);
        ++bells;
        rang.notify_one();
    });
    std::vector<std::thread> threads;
    for (int producer = 0; producer < producers; ++producer) {
        threads.emplace_back([&box, producer] {
            for (int i = 0; i < each; ++i)
                box.post({producer, i});
        });
    }
    std::array<int, producers> next{};
    int turns = 0;
    int got = 0;
    bool inOrder = true;
    while (got < producers * each) { // only ever woken by the bell: one that is missed would hang here
        {
            std::unique_lock lock(mutex);
            rang.wait(lock, [&] { return bells > 0; });
            --bells;
        }
        const auto values = box.takeAll();
        ++turns;
        got += static_cast<int>(values.size());
        for (const auto &[producer, value] : values)
            inOrder = inOrder && value == next[static_cast<std::size_t>(producer)]++;
    }
    for (std::thread &thread : threads)
        thread.join();
    QVERIFY(inOrder);
    QCOMPARE(got, producers * each);
    QVERIFY(box.takeAll().empty());
    QVERIFY(turns <= got);
}

QTEST_APPLESS_MAIN(TestModel)
#include "tst_model.moc"
