#include "core/wire/dotfiles/dotfiles.h"
#include "support/samples.h"

#include <QtTest>
#include <QtEndian>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestDotfiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void goldenFrame();
    void isoTimes_data();
    void isoTimes();
    void messageTypes();
    void progress_data();
    void progress();
    void progressIsAlwaysFloat();
    void manyStepsTellOne();
    void extraMembersDoNotReplace();
    void ends_data();
    void ends();
    void decodeLimits_data();
    void decodeLimits();
    void decodesFrameAfterFrame();
};

void TestDotfiles::goldenFrame()
{
    const dotfiles::Message message{
        u"wallpaper_progress"_s,
        Q_INT64_C(1700000000000),
        u"2024-11-17T10:30:00+00:00"_s,
        dotfiles::MessageType::Data,
        {{u"step"_s, u"generate_colorscheme"_s}, {u"progress"_s, 33.33, true}, {u"status"_s, u"processing"_s}}};
    const QByteArray golden = QByteArray::fromHex("000000b3"
                                                  "85"
                                                  "aa6576656e745f6e616d65"
                                                  "b277616c6c70617065725f70726f6772657373"
                                                  "ac74696d657374616d705f6d73"
                                                  "cf0000018bcfe56800"
                                                  "ad74696d657374616d705f69736f"
                                                  "b9323032342d31312d31375431303a33303a30302b30303a3030"
                                                  "ac6d6573736167655f74797065"
                                                  "a464617461"
                                                  "a464617461"
                                                  "83"
                                                  "a473746570"
                                                  "b467656e65726174655f636f6c6f72736368656d65"
                                                  "a870726f6772657373"
                                                  "cb4040aa3d70a3d70a"
                                                  "a6737461747573"
                                                  "aa70726f63657373696e67");
    QCOMPARE(golden.size(), 183);
    QCOMPARE(dotfiles::encodeFrame(message).toHex(' '), golden.toHex(' '));
    const auto frame = dotfiles::decodeFrame(golden, 179);
    QVERIFY(frame);
    QCOMPARE(frame->size, 183);
    QCOMPARE(frame->message,
             (QJsonObject{{u"event_name"_s, u"wallpaper_progress"_s},
                          {u"timestamp_ms"_s, Q_INT64_C(1700000000000)},
                          {u"timestamp_iso"_s, u"2024-11-17T10:30:00+00:00"_s},
                          {u"message_type"_s, u"data"_s},
                          {u"data"_s,
                           QJsonObject{{u"step"_s, u"generate_colorscheme"_s},
                                       {u"progress"_s, 33.33},
                                       {u"status"_s, u"processing"_s}}}}));
}

void TestDotfiles::isoTimes_data()
{
    QTest::addColumn<qint64>("time");
    QTest::addColumn<QString>("iso");
    QTest::newRow("milliseconds") << Q_INT64_C(1731839400123) << u"2024-11-17T10:30:00.123000+00:00"_s;
    QTest::newRow("whole second") << Q_INT64_C(1700000000000) << u"2023-11-14T22:13:20.000000+00:00"_s;
    QTest::newRow("one millisecond") << Q_INT64_C(1) << u"1970-01-01T00:00:00.001000+00:00"_s;
}

void TestDotfiles::isoTimes()
{
    QFETCH(qint64, time);
    QTEST(dotfiles::isoTime(time), "iso");
}

static QJsonObject decoded(const dotfiles::Message &message)
{
    const auto frame = dotfiles::decodeFrame(dotfiles::encodeFrame(message), 1 << 20);
    return frame ? frame->message : QJsonObject();
}

void TestDotfiles::messageTypes()
{
    using dotfiles::MessageType;
    QStringList names;
    for (const MessageType type : {MessageType::Data, MessageType::Error, MessageType::Control})
        names.append(decoded({u"n"_s, 1, u"t"_s, type, {}})[u"message_type"].toString());
    QCOMPARE(names.join(u' '), u"data error control"_s);
}

static Job wallpaper()
{
    Job job = test::makeJob(u"j"_s, {u"extract"_s, u"effects"_s, u"set"_s});
    job.eventName = u"wallpaper_progress"_s;
    job.eventData = {{u"wallpaper_path"_s, u"/w/dunes.jpg"_s}};
    job.state = State::Running;
    job.steps[1].weight = 2;
    return job;
}

/// The members of `data` in their order, as text; floats are told by their decimals.
static QString shown(const dotfiles::Message &message)
{
    QStringList members;
    for (const dotfiles::Member &member : message.data) {
        if (member.key == u"step_details")
            continue;
        members.append(member.key + u'='
                       + (member.isFloat ? QString::number(member.value.toDouble(), 'f', 2)
                                         : member.value.toVariant().toString()));
    }
    return members.join(u' ');
}

void TestDotfiles::progress_data()
{
    QTest::addColumn<QStringList>("states"); // of the three steps: STATE[:FRACTION]
    QTest::addColumn<QString>("step");
    QTest::addColumn<QString>("data");
    QTest::addColumn<QString>("effects"); // details of the second step
    const auto row = [](const char *name, const QString &states, const QString &step, const QString &data,
                        const QString &effects) {
        QTest::newRow(name) << states.split(u' ') << step
                            << u"step="_s + step + u" progress="_s + data + u" wallpaper_path=/w/dunes.jpg"_s
                            << effects;
    };
    row("nothing done", u"running queued queued"_s, u"extract"_s,
        u"0.00 status=processing step_index=0 total_steps=3"_s, u"0 50 0"_s);
    row("a quarter", u"succeeded queued queued"_s, u"extract"_s,
        u"25.00 status=processing step_index=0 total_steps=3"_s, u"0 50 0"_s);
    row("a third of the second", u"succeeded running:0.3333333 queued"_s, u"effects"_s,
        u"41.67 status=processing step_index=1 total_steps=3"_s, u"33.33 50 16.67"_s);
    row("skipped counts", u"skipped succeeded queued"_s, u"effects"_s,
        u"75.00 status=processing step_index=1 total_steps=3"_s, u"100 50 50"_s);
    row("never all before the end", u"succeeded succeeded succeeded"_s, u"set"_s,
        u"99.90 status=processing step_index=2 total_steps=3"_s, u"100 50 50"_s);
}

void TestDotfiles::progress()
{
    QFETCH(QStringList, states);
    QFETCH(QString, step);
    QFETCH(QString, data);
    QFETCH(QString, effects);
    Job job = wallpaper();
    for (std::size_t i = 0; i < 3; ++i) {
        const QString words = states[static_cast<qsizetype>(i)];
        job.steps[i].state = *stateFromName(words.section(u':', 0, 0));
        if (words.contains(u':')) {
            job.steps[i].progress = Progress();
            job.steps[i].progress->fraction = words.section(u':', 1).toDouble();
        }
    }
    const dotfiles::Message message = dotfiles::progressMessage(job, step, Q_INT64_C(1731839400123));
    QCOMPARE(shown(message), data);
    const QJsonObject whole = decoded(message);
    QCOMPARE(whole[u"event_name"].toString(), u"wallpaper_progress"_s);
    QCOMPARE(whole[u"timestamp_ms"].toInteger(), Q_INT64_C(1731839400123));
    QCOMPARE(whole[u"timestamp_iso"].toString(), u"2024-11-17T10:30:00.123000+00:00"_s);
    QCOMPARE(whole[u"message_type"].toString(), u"data"_s);
    const QJsonObject details = whole[u"data"][u"step_details"].toObject();
    QCOMPARE(details.keys(), (QStringList{u"effects"_s, u"extract"_s, u"set"_s}));
    const QJsonObject second = details[u"effects"].toObject();
    QCOMPARE(u"%1 %2 %3"_s.arg(second[u"internal_progress"].toDouble())
                 .arg(second[u"max_weight"].toDouble())
                 .arg(second[u"contribution"].toDouble()),
             effects);
}

void TestDotfiles::progressIsAlwaysFloat()
{
    Job job = wallpaper();
    const auto floatsOf = [&](const QByteArray &key) {
        const QByteArray frame = dotfiles::encodeFrame(dotfiles::progressMessage(job, u"extract"_s, 1));
        int floats = 0;
        for (qsizetype at = frame.indexOf(key); at >= 0; at = frame.indexOf(key, at + 1))
            floats += frame[at + key.size()] == '\xcb' ? 1 : -100;
        return floats;
    };
    for (const State first : {State::Running, State::Succeeded}) {
        job.steps[0].state = first;
        QCOMPARE(floatsOf("\xa8progress"), 1);
        QCOMPARE(floatsOf("internal_progress"), 3);
        QCOMPARE(floatsOf("max_weight"), 3);
        QCOMPARE(floatsOf("contribution"), 3);
    }
    job.state = State::Succeeded;
    const QByteArray end = dotfiles::encodeFrame(dotfiles::endMessage(job, 1));
    QVERIFY(end.contains(QByteArray("\xa8progress") + QByteArray::fromHex("cb4059000000000000")));
    const QByteArray going = dotfiles::encodeFrame(dotfiles::progressMessage(wallpaper(), u"set"_s, 1));
    QVERIFY(going.contains(QByteArray("step_index\x02")));
    QVERIFY(going.contains(QByteArray("total_steps\x03")));
}

void TestDotfiles::manyStepsTellOne()
{
    QStringList ids;
    for (int i = 0; i < 33; ++i)
        ids.append(u"s%1"_s.arg(i));
    const Job large = test::makeJob(u"j"_s, ids);
    QCOMPARE(decoded(dotfiles::progressMessage(large, u"s7"_s, 1))[u"data"][u"step_details"].toObject().keys(),
             QStringList{u"s7"_s});
    ids.removeLast();
    QCOMPARE(decoded(dotfiles::progressMessage(test::makeJob(u"j"_s, ids), u"s7"_s, 1))[u"data"][u"step_details"]
                 .toObject()
                 .size(),
             32);
}

void TestDotfiles::extraMembersDoNotReplace()
{
    Job job = wallpaper();
    job.eventData = {{u"progress"_s, 7}, {u"status"_s, u"odd"_s}, {u"n"_s, 1}};
    QCOMPARE(shown(dotfiles::progressMessage(job, u"set"_s, 1)),
             u"step=set progress=0.00 status=processing step_index=2 total_steps=3 n=1"_s);
    job.state = State::Succeeded;
    QCOMPARE(shown(dotfiles::endMessage(job, 1)), u"step=complete progress=100.00 status=complete n=1"_s);
}

void TestDotfiles::ends_data()
{
    QTest::addColumn<int>("state");
    QTest::addColumn<QString>("error"); // MESSAGE[|STEP]
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("data");
    const auto row = [](const char *name, State state, const QString &error, const QString &type, const QString &data) {
        QTest::newRow(name) << static_cast<int>(state) << error << type << data;
    };
    row("succeeded", State::Succeeded, {}, u"data"_s,
        u"step=complete progress=100.00 status=complete wallpaper_path=/w/dunes.jpg"_s);
    row("failed in a step", State::Failed, u"no space|effects"_s, u"error"_s,
        u"error=no space status=error step=effects"_s);
    row("failed", State::Failed, u"no space"_s, u"error"_s, u"error=no space status=error"_s);
    row("failed, nobody knows why", State::Failed, {}, u"error"_s, u"error=the job was failed status=error"_s);
    row("cancelled", State::Cancelled, {}, u"error"_s, u"error=the job was cancelled status=error"_s);
    row("timed out", State::TimedOut, u"took longer than 5 s"_s, u"error"_s,
        u"error=took longer than 5 s status=error"_s);
    row("interrupted", State::Interrupted, {}, u"error"_s, u"error=the job was interrupted status=error"_s);
}

void TestDotfiles::ends()
{
    QFETCH(int, state);
    QFETCH(QString, error);
    QFETCH(QString, type);
    QFETCH(QString, data);
    Job job = wallpaper();
    job.state = static_cast<State>(state);
    if (!error.isEmpty())
        job.error = Failure{error.section(u'|', 0, 0), error.section(u'|', 1), {}, {}, {}};
    const dotfiles::Message message = dotfiles::endMessage(job, 5);
    QCOMPARE(shown(message), data);
    QCOMPARE(decoded(message)[u"message_type"].toString(), type);
}

void TestDotfiles::decodeLimits_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<qsizetype>("most");
    QTest::addColumn<QString>("outcome");
    const auto row = [](const char *name, const char *hex, qsizetype most, const QString &outcome) {
        QTest::newRow(name) << QByteArray::fromHex(hex) << most << outcome;
    };
    row("nothing", "", 100, u"incomplete"_s);
    row("half a head", "000000", 100, u"incomplete"_s);
    row("a head", "00000001", 100, u"incomplete"_s);
    row("the smallest", "0000000180", 100, u"frame of 5"_s);
    row("more behind it", "0000000180ffff", 100, u"frame of 5"_s);
    row("exactly the most", "0000000180", 1, u"frame of 5"_s);
    row("too long is told before it has come", "00000002", 1, u"too long"_s);
    row("the longest there is", "ffffffff", 1 << 20, u"too long"_s);
    row("empty payload", "00000000", 100, u"invalid"_s);
    row("not a map", "0000000190", 100, u"invalid"_s);
    row("not MessagePack", "00000001c1", 100, u"invalid"_s);
    row("payload ends early", "0000000181", 100, u"invalid"_s);
    row("payload goes on", "000000028080", 100, u"invalid"_s);
}

void TestDotfiles::decodeLimits()
{
    QFETCH(QByteArray, bytes);
    QFETCH(qsizetype, most);
    const auto frame = dotfiles::decodeFrame(bytes, most);
    const QString outcome = frame                           ? u"frame of %1"_s.arg(frame->size)
        : frame.error() == dotfiles::FrameError::Incomplete ? u"incomplete"_s
        : frame.error() == dotfiles::FrameError::TooLong    ? u"too long"_s
                                                            : u"invalid"_s;
    QTEST(outcome, "outcome");
}

void TestDotfiles::decodesFrameAfterFrame()
{
    test::Random random(14);
    QByteArray stream;
    QList<QJsonObject> sent;
    for (int i = 0; i < 50; ++i) {
        const dotfiles::Message message{test::randomText(random),
                                        test::randomTime(random),
                                        u"t"_s,
                                        dotfiles::MessageType::Data,
                                        {{u"value"_s, test::randomJson(random)}}};
        sent.append(decoded(message));
        stream += dotfiles::encodeFrame(message);
    }
    QByteArray buffer;
    QList<QJsonObject> got;
    for (const QByteArray &piece : test::inPieces(random, stream)) {
        buffer += piece;
        while (const auto frame = dotfiles::decodeFrame(buffer, 1 << 20)) {
            got.append(frame->message);
            buffer.remove(0, frame->size);
        }
    }
    QCOMPARE(got, sent);
    QVERIFY(buffer.isEmpty());
}

QTEST_APPLESS_MAIN(TestDotfiles)
#include "tst_dotfiles.moc"
