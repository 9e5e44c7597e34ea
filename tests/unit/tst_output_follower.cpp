#include "core/view/output_follower.h"
#include "support/bytes.h"
#include "support/fake_link.h"
#include "support/samples.h"

#include <QJsonArray>
#include <QtTest>

#include <deque>

using namespace stepwire;
using namespace Qt::StringLiterals;
using test::FakeLink;

class TestOutputFollower : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsThereThenWhatComes();
    void smallGapsAreRead();
    void largeGapsAreLeftOut();
    void onlyTheNewestOfMuch();
    void anotherAttempt();
    void anotherJobMeanwhile();
    void withoutALog();
    void whatEndedBeforeItWasAskedFor();
    void theEndTellsWhatNoEventDid();
    void aSlowReaderLosesTheOldest();
    void nothingLostNothingTwice();
};

/// What a hub has of one step: answers `job.log` as the log is at that moment.
struct Log
{
    QByteArray all;

    [[nodiscard]] QJsonObject read(const QJsonObject &params) const
    {
        const qint64 offset = std::min<qint64>(params[u"offset"].toInteger(), all.size());
        const QByteArray bytes = all.mid(offset, params[u"limit"].toInteger());
        return {
            {u"offset"_s, offset},  {u"bytes"_s, bytes.size()}, {u"base64"_s, QString::fromLatin1(bytes.toBase64())},
            {u"end"_s, all.size()}, {u"stream"_s, u"out"_s},    {u"complete"_s, false}};
    }
};

static Event output(const QString &step, const QByteArray &bytes, qint64 offset, int attempt = 1,
                    const QString &job = u"j"_s)
{
    Event event;
    event.job = job;
    event.step = step;
    event.data = StepOutput{attempt, Stream::Out, QString::fromLatin1(bytes), offset, bytes.size(), 0};
    return event;
}

static Event finished(const QString &step)
{
    Event event;
    event.job = u"j"_s;
    event.step = step;
    event.data = StepFinished{};
    return event;
}

static QByteArray numbered(qint64 bytes, int seed = 0)
{
    QByteArray text(bytes, ' ');
    for (qint64 i = 0; i < bytes; ++i)
        text[i] = static_cast<char>('a' + (i * 7 + i / 26 + seed) % 26);
    return text;
}

struct Scene
{
    bool ready = true;
    std::vector<OutputPiece> pieces;
    FakeLink link;
    OutputFollower follower{
        {[this] { return ready; },
         [this](std::vector<OutputPiece> given) { pieces.insert(pieces.end(), given.begin(), given.end()); }}};

    void follow(const std::vector<std::pair<QString, int>> &started = {}, const QString &job = u"j"_s)
    {
        follower.attach(link);
        follower.follow(job, started);
        link.take().answered(QJsonObject{});
    }
    void answerAll(const Log &log)
    {
        while (!link.calls.empty()) {
            const FakeLink::Call call = link.take();
            call.answered(log.read(call.params));
        }
    }
    /// Bytes of a step that were shown, those left out as `.`; empty when a piece does not follow from that before.
    [[nodiscard]] QByteArray shown(const QString &step, int attempt = 1) const
    {
        QByteArray text;
        for (const OutputPiece &piece : pieces) {
            if (piece.step != step || piece.attempt != attempt)
                continue;
            text += QByteArray(piece.omitted, '.');
            if (piece.offset != text.size())
                return {};
            text += piece.bytes;
        }
        return text;
    }
    [[nodiscard]] bool settles(const QString &step, const QByteArray &text, int attempt = 1) const
    {
        return QTest::qWaitFor([&] { return shown(step, attempt) == text; }, 2000);
    }
};

static void frames(int count)
{
    QTest::qWait(count * 16);
}

void TestOutputFollower::whatIsThereThenWhatComes()
{
    Scene scene;
    Log log{numbered(700'000)};
    scene.follower.attach(scene.link);
    scene.follower.follow(u"j"_s, {{u"a"_s, 1}});
    FakeLink::Call call = scene.link.take();
    QCOMPARE(call.method, u"subscribe"_s);
    QCOMPARE(call.params[u"jobs"].toArray(), QJsonArray{u"j"_s});
    call.answered(QJsonObject{});
    call = scene.link.take();
    QCOMPARE(call.method, u"job.log"_s);
    QCOMPARE(call.params[u"encoding"].toString(), u"base64"_s);
    // Comes while the log is looked at: it is in there when that is answered, or it is not.
    scene.link.play(output(u"a"_s, "early", 700'000));
    call.answered(log.read(call.params));
    log.all += "early";
    scene.answerAll(log);
    scene.link.play(output(u"a"_s, "late", 700'005));
    scene.link.play(output(u"a"_s, "late", 700'005)); // nothing is shown twice
    log.all += "late";
    QVERIFY(scene.settles(u"a"_s, log.all));
    QVERIFY(scene.link.calls.empty());
    scene.follower.follow({}, {});
    QCOMPARE(scene.link.take().params[u"jobs"].toArray(), QJsonArray{u"none"_s});
}

void TestOutputFollower::smallGapsAreRead()
{
    Scene scene;
    scene.follow();
    const Log log{numbered(600'000)};
    scene.link.play(output(u"a"_s, log.all.first(10), 0));
    QVERIFY(scene.link.calls.empty());
    scene.link.play(output(u"a"_s, log.all.last(10), 599'990));
    QCOMPARE(scene.link.calls.size(), 1u);
    QCOMPARE(scene.link.calls.front().params[u"offset"].toInteger(), 10);
    scene.answerAll(log);
    QVERIFY(scene.settles(u"a"_s, log.all));
}

void TestOutputFollower::largeGapsAreLeftOut()
{
    Scene scene;
    scene.follow();
    const qint64 far = 10 + OutputFollower::mostGap + 1;
    scene.link.play(output(u"a"_s, "0123456789", 0));
    scene.link.play(output(u"a"_s, "end", far));
    QVERIFY(scene.link.calls.empty());
    QVERIFY(scene.settles(u"a"_s, "0123456789" + QByteArray(far - 10, '.') + "end"));
}

void TestOutputFollower::onlyTheNewestOfMuch()
{
    Scene scene;
    const qint64 more = 1'000'001;
    const Log log{numbered(OutputFollower::mostBefore + more)};
    scene.follow({{u"a"_s, 3}});
    QCOMPARE(scene.link.calls.front().params[u"attempt"].toInt(), 3);
    scene.answerAll(log);
    QVERIFY(scene.settles(u"a"_s, QByteArray(more, '.') + log.all.mid(more), 3));
}

void TestOutputFollower::anotherAttempt()
{
    Scene scene;
    const Log first{numbered(5'000)};
    scene.follow({{u"a"_s, 1}});
    const FakeLink::Call late = scene.link.take();
    scene.link.play(output(u"a"_s, "again", 0, 2));
    late.answered(first.read(late.params)); // of the attempt before
    scene.link.play(output(u"a"_s, "old", 5'000, 1));
    scene.link.play(output(u"a"_s, "!", 5, 2));
    QVERIFY(scene.settles(u"a"_s, "again!", 2));
    QCOMPARE(scene.shown(u"a"_s, 1), QByteArray());
    QVERIFY(scene.link.calls.empty());
}

void TestOutputFollower::anotherJobMeanwhile()
{
    Scene scene;
    const Log log{numbered(5'000)};
    scene.follow({{u"a"_s, 1}});
    const FakeLink::Call late = scene.link.take();
    scene.link.play(output(u"b"_s, "of the one before", 0)); // waits for its frame
    scene.follow({{u"a"_s, 1}}, u"k"_s);
    late.answered(log.read(late.params));
    scene.link.play(output(u"a"_s, "of the one before", 0));
    const Log other{"of this one"};
    QCOMPARE(scene.link.calls.size(), 1u);
    QCOMPARE(scene.link.calls.front().params[u"job"].toString(), u"k"_s);
    scene.answerAll(other);
    QVERIFY(scene.settles(u"a"_s, other.all));
    frames(2);
    for (const OutputPiece &piece : scene.pieces)
        QCOMPARE(piece.job, u"k"_s);
}

void TestOutputFollower::withoutALog()
{
    Scene scene;
    scene.follow({{u"a"_s, 1}});
    const FakeLink::Call call = scene.link.take();
    scene.link.play(output(u"a"_s, "missed", 40));
    call.answered(fail(code::internalError, u"the log cannot be read"_s));
    scene.link.play(output(u"a"_s, "shown", 46));
    QVERIFY(scene.settles(u"a"_s, QByteArray(46, '.') + "shown"));
}

/// Started and ended between what was known of the job and the hub's answer.
void TestOutputFollower::whatEndedBeforeItWasAskedFor()
{
    Scene scene;
    const Log log{"all of it"};
    scene.follow();
    Job job = test::makeJob(u"j"_s, {u"a"_s, u"b"_s});
    job.steps[0].started = 1'000;
    Snapshot snapshot;
    snapshot.put(job);
    scene.link.sink->snapshotReceived(snapshot, {});
    QCOMPARE(scene.link.calls.size(), 1u); // b has not begun
    scene.answerAll(log);
    QVERIFY(scene.settles(u"a"_s, log.all));
}

void TestOutputFollower::theEndTellsWhatNoEventDid()
{
    Scene scene;
    const Log log{"said and gone"};
    scene.follow();
    scene.link.play(finished(u"a"_s)); // nothing of it came
    scene.link.play(output(u"b"_s, "said ", 0));
    scene.link.play(finished(u"b"_s)); // the rest did not
    scene.link.play(finished(u"b"_s));
    scene.answerAll(log);
    QVERIFY(scene.settles(u"a"_s, log.all));
    QVERIFY(scene.settles(u"b"_s, log.all));

    // It ends while its log is read.
    Log growing{"first"};
    scene.link.play(finished(u"c"_s));
    const FakeLink::Call early = scene.link.take();
    const QJsonObject answer = growing.read(early.params);
    growing.all += " and last";
    scene.link.play(finished(u"c"_s));
    early.answered(answer);
    scene.answerAll(growing);
    QVERIFY(scene.settles(u"c"_s, growing.all));

    // One that never began has no log.
    Event skipped = finished(u"d"_s);
    std::get<StepFinished>(skipped.data).state = State::Skipped;
    scene.link.play(skipped);
    QVERIFY(scene.link.calls.empty());
}

void TestOutputFollower::aSlowReaderLosesTheOldest()
{
    Scene scene;
    scene.ready = false;
    scene.follow();
    scene.link.play(output(u"b"_s, "first", 0)); // the only one of its step makes way
    const QByteArray all = numbered(OutputFollower::mostWaiting + 300'000);
    for (qint64 at = 0; at < all.size(); at += 100'000)
        scene.link.play(output(u"a"_s, all.mid(at, 100'000), at));
    scene.link.play(output(u"b"_s, "second", 5));
    frames(2);
    QVERIFY(scene.pieces.empty());
    scene.ready = true;
    QVERIFY(scene.settles(u"b"_s, ".....second"));
    const QByteArray shown = scene.shown(u"a"_s);
    QCOMPARE(shown.size(), all.size());
    const qint64 from = shown.count('.');
    QVERIFY(from >= 300'000 && from <= 500'000);
    QCOMPARE(shown.mid(from), all.mid(from));
}

/// A hub at work on two steps; its answers and events travel in one line, as on a link. Some events are left out.
void TestOutputFollower::nothingLostNothingTwice()
{
    for (unsigned seed = 1; seed <= 120; ++seed) {
        test::Random random(seed);
        Scene scene;
        std::map<QString, Log> logs{{u"a"_s, {}}, {u"b"_s, {}}};
        std::deque<std::function<void()>> wire;
        const auto produce = [&](const QString &step, bool told) {
            Log &log = logs[step];
            const qsizetype most = test::randomBelow(random, 20) == 0 ? 500'000 : 3'000;
            const QByteArray bytes =
                numbered(1 + test::randomBelow(random, most), static_cast<int>(log.all.size() % 25));
            const Event event = output(step, bytes, log.all.size());
            log.all += bytes;
            if (told)
                wire.push_back([&scene, event] { scene.link.play(event); });
        };
        const auto serve = [&] {
            if (scene.link.calls.empty())
                return;
            const FakeLink::Call call = scene.link.take();
            const QJsonObject answer =
                call.method == u"job.log" ? logs[call.params[u"step"].toString()].read(call.params) : QJsonObject{};
            wire.push_back([call, answer] { call.answered(answer); });
        };
        const auto deliver = [&] {
            if (wire.empty())
                return;
            const auto next = std::move(wire.front());
            wire.pop_front();
            next();
        };
        std::vector<std::pair<QString, int>> started;
        if (test::randomBelow(random, 2) == 0) {
            produce(u"a"_s, false);
            started = {{u"a"_s, 1}};
        }
        scene.follower.attach(scene.link);
        scene.follower.follow(u"j"_s, started);
        serve();
        for (int i = 0; i < 150; ++i) {
            switch (test::randomBelow(random, 5)) {
            case 0: produce(u"a"_s, test::randomBelow(random, 4) != 0); break;
            case 1: produce(u"b"_s, test::randomBelow(random, 4) != 0); break;
            case 2: serve(); break;
            default: deliver();
            }
            if (test::randomBelow(random, 60) == 0) {
                scene.ready = !scene.ready;
                frames(1);
            }
        }
        scene.ready = true;
        // The last piece is told of, or only that it was the last.
        for (const QString &step : {u"a"_s, u"b"_s}) {
            const bool told = test::randomBelow(random, 2) == 0;
            produce(step, told);
            if (!told)
                wire.push_back([&scene, event = finished(step)] { scene.link.play(event); });
        }
        while (!wire.empty() || !scene.link.calls.empty()) {
            serve();
            deliver();
        }
        for (const auto &[step, log] : logs) {
            QVERIFY2(scene.settles(step, log.all) || scene.shown(step).contains('.'),
                     qPrintable(u"seed %1, step %2"_s.arg(seed).arg(step)));
            const QByteArray shown = scene.shown(step);
            QCOMPARE(shown.size(), log.all.size());
            for (qsizetype i = 0; i < shown.size(); ++i) {
                if (shown[i] != '.' && shown[i] != log.all[i])
                    QFAIL(qPrintable(u"seed %1, step %2, byte %3"_s.arg(seed).arg(step).arg(i)));
            }
        }
    }
}

QTEST_GUILESS_MAIN(TestOutputFollower)
#include "tst_output_follower.moc"
