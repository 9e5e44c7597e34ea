#include "core/wire/native/native.h"
#include "support/samples.h"

#include <QJsonDocument>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(stepwire::Event)

class TestNative : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eventText_data();
    void eventText();
    void jobText();
    void bareJobText();
    void snapshotText();
    void helloText();
    void answers_data();
    void answers();
    void errors_data();
    void errors();
    void skippedIsPutIn();
    void times_data();
    void times();
    void refusesTimes_data();
    void refusesTimes();
    void escapes_data();
    void escapes();
    void numbers_data();
    void numbers();
    void unpairedSurrogatesStayJson();
    void eventsSurvive_data();
    void eventsSurvive();
    void jobsSurvive();
    void snapshotsSurvive();
    void helloSurvives();
    void readsPastWhatItDoesNotKnow();
    void refuses_data();
    void refuses();
    void mutationsAreNoDanger();
};

static constexpr UnixMs sampleTime = Q_INT64_C(1795228267412); // 2026-11-21T02:31:07.412Z

static QJsonObject parsed(const QByteArray &json)
{
    QJsonParseError error{};
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (error.error != QJsonParseError::NoError)
        qWarning("%s: %s", json.constData(), qPrintable(error.errorString()));
    return document.object();
}

static Event sampleEvent(FactData data, const QString &step = u"create_effects"_s)
{
    return {8812, u"b3f1c0"_s, sampleTime, u"nas"_s, u"6f1c"_s, u"0199"_s, step, std::move(data)};
}

void TestNative::eventText_data()
{
    QTest::addColumn<Event>("event");
    QTest::addColumn<QString>("end"); // after the members that are the same in all
    const auto row = [](const char *name, const Event &event, const char *end) {
        QTest::newRow(name) << event << QString::fromUtf8(end);
    };
    const QString step = u"create_effects"_s;
    row("job.started", sampleEvent(JobStarted{2}, {}), R"("type":"job.started","job":"0199","data":{"attempt":2}})");
    row("job.changed: nothing", sampleEvent(JobChanged{}, {}), R"("type":"job.changed","job":"0199","data":{}})");
    row("job.changed: all",
        sampleEvent(JobChanged{State::Cancelling, 0, 0.5, 8000, u"T"_s, 0, QStringList{u"a"_s, u"b"_s}}, {}),
        R"("type":"job.changed","job":"0199","data":{"state":"cancelling","queue_position":0,"fraction":0.5,"eta_ms":8000,"title":"T","stalled_ms":0,"waiting_for":["a","b"]}})");
    row("job.changed: emptied", sampleEvent(JobChanged{{}, {}, {}, {}, QString(), {}, QStringList()}, {}),
        R"("type":"job.changed","job":"0199","data":{"title":"","waiting_for":[]}})");
    row("job.finished", sampleEvent(JobFinished{1, State::Succeeded, {}, 120}, {}),
        R"("type":"job.finished","job":"0199","data":{"attempt":1,"state":"succeeded","duration_ms":120}})");
    row("job.finished: failed",
        sampleEvent(
            JobFinished{1, State::TimedOut, Failure{u"took longer than 5 s"_s, step, 3, 15, u"last words"_s}, 5000},
            {}),
        R"("type":"job.finished","job":"0199","data":{"attempt":1,"state":"timed_out","error":{"message":"took longer than 5 s","step":"create_effects","exit_code":3,"signal":15,"last_line":"last words"},"duration_ms":5000}})");
    row("step.started", sampleEvent(StepStarted{1, 4711}),
        R"("type":"step.started","job":"0199","step":"create_effects","data":{"attempt":1,"pid":4711}})");
    row("step.started: no process", sampleEvent(StepStarted{3, {}}),
        R"("type":"step.started","job":"0199","step":"create_effects","data":{"attempt":3}})");
    row("step.changed", sampleEvent(StepChanged{State::Paused, 1, 2, false}),
        R"("type":"step.changed","job":"0199","step":"create_effects","data":{"state":"paused","stalled_ms":1,"retry_in_ms":2,"estimated":false}})");
    Progress progress{1, 2, 6, u"items"_s, 0.4, u"blur"_s, {}};
    row("step.progress", sampleEvent(StepProgress{progress}),
        R"("type":"step.progress","job":"0199","step":"create_effects","data":{"attempt":1,"done":2,"total":6,"unit":"items","fraction":0.4,"message":"blur"}})");
    progress = {2, 0, {}, u"bytes"_s, {}, {}, {{u"p"_s, u"P"_s, 1, 4, u"files"_s}, {u"q"_s, u"Q"_s, 0.5, {}, {}}}};
    row("step.progress: phases", sampleEvent(StepProgress{progress}),
        R"("type":"step.progress","job":"0199","step":"create_effects","data":{"attempt":2,"done":0,"unit":"bytes","phases":[{"id":"p","title":"P","done":1,"total":4,"unit":"files"},{"id":"q","title":"Q","done":0.5,"unit":""}]}})");
    row("step.output", sampleEvent(StepOutput{1, Stream::Tty, u"a\r\n"_s, 10, 3, 0}),
        R"("type":"step.output","job":"0199","step":"create_effects","data":{"attempt":1,"stream":"tty","text":"a\r\n","offset":10,"bytes":3}})");
    row("step.output: omitted", sampleEvent(StepOutput{1, Stream::Err, u"�"_s, 10, 1, 7}),
        R"("type":"step.output","job":"0199","step":"create_effects","data":{"attempt":1,"stream":"err","text":"�","offset":10,"bytes":1,"omitted":7}})");
    row("step.finished", sampleEvent(StepFinished{1, State::Failed, Failure{u"it exited with 1"_s, {}, 1, {}, {}}, 3}),
        R"("type":"step.finished","job":"0199","step":"create_effects","data":{"attempt":1,"state":"failed","error":{"message":"it exited with 1","exit_code":1},"duration_ms":3}})");
    row("custom", sampleEvent(Custom{u"theme"_s, QJsonObject{{u"json"_s, 1}}}, {}),
        R"("type":"custom","job":"0199","data":{"name":"theme","value":{"json":1}}})");
    row("custom: nothing", sampleEvent(Custom{u"theme"_s, QJsonValue::Undefined}, {}),
        R"("type":"custom","job":"0199","data":{"name":"theme","value":null}})");
    Event notice = sampleEvent(Notice{u"hub.resumed"_s, {{u"from"_s, 5}, {u"to"_s, 9}}}, {});
    notice.job.clear();
    row("notice", notice, R"("type":"hub.resumed","data":{"from":5,"to":9}})");
}

void TestNative::eventText()
{
    QFETCH(Event, event);
    QFETCH(QString, end);
    const QByteArray head =
        R"("seq":8812,"epoch":"b3f1c0","time":"2026-11-21T02:31:07.412Z","host":"nas","hub":"6f1c",)";
    QCOMPARE(native::encodeEvent(event), '{' + head + end.toUtf8());
    QCOMPARE(native::encodeEvent(event, 3), R"({"skipped":3,)" + head + end.toUtf8());
}

static Job sampleJob()
{
    Job job;
    job.id = u"0199"_s;
    job.hub = u"6f1c"_s;
    job.host = u"nas"_s;
    job.title = u"wallpaper dunes.jpg"_s;
    job.pipeline = u"wallpaper"_s;
    job.params = {{u"image"_s, u"/home/u/dunes.jpg"_s}};
    job.state = State::Running;
    job.etaMs = 8000;
    job.source = u"engine"_s;
    job.created = sampleTime;
    job.started = sampleTime + 1;
    job.firstSeq = 8790;
    job.capabilities = {u"cancel"_s, u"pause"_s, u"retry"_s};
    Step first = test::makeStep(u"extract"_s, State::Succeeded);
    first.started = sampleTime;
    first.finished = sampleTime + 88;
    Step second = test::makeStep(u"create_effects"_s, State::Running);
    second.title = u"Create effect variants"_s;
    second.needs = {u"extract"_s};
    second.weight = 1.5;
    second.progress = Progress{1, 2, 4, u"items"_s, 0.5, {}, {}};
    second.started = sampleTime + 90;
    Step third = test::makeStep(u"apply"_s, State::Failed);
    third.error = Failure{u"no"_s, {}, {}, {}, {}};
    job.steps = {first, second, third};
    return job;
}

static const QByteArray sampleJobText =
    R"({"job":"0199","hub":"6f1c","host":"nas","title":"wallpaper dunes.jpg","pipeline":"wallpaper","command":null,)"
    R"("params":{"image":"/home/u/dunes.jpg"},"state":"running","attempt":1,"fraction":0.5,"eta_ms":8000,)"
    R"("queue_position":null,"group":"default","source":"engine","created":"2026-11-21T02:31:07.412Z",)"
    R"("started":"2026-11-21T02:31:07.413Z","finished":null,"error":null,"first_seq":8790,)"
    R"("capabilities":["cancel","pause","retry"],"steps":[)"
    R"({"step":"extract","title":"EXTRACT","needs":[],"weight":1,"state":"succeeded","attempt":1,"progress":{},)"
    R"("started":"2026-11-21T02:31:07.412Z","finished":"2026-11-21T02:31:07.500Z","error":null},)"
    R"({"step":"create_effects","title":"Create effect variants","needs":["extract"],"weight":1.5,"state":"running",)"
    R"("attempt":1,"progress":{"attempt":1,"done":2,"total":4,"unit":"items","fraction":0.5},)"
    R"("started":"2026-11-21T02:31:07.502Z","finished":null,"error":null},)"
    R"({"step":"apply","title":"APPLY","needs":[],"weight":1,"state":"failed","attempt":1,"progress":{},"started":null,)"
    R"("finished":null,"error":{"message":"no"}}]})";

void TestNative::jobText()
{
    QCOMPARE(native::encodeJob(sampleJob()), sampleJobText);
    const QByteArray queued = native::encodeEvent(sampleEvent(JobQueued{sampleJob()}, {}));
    QVERIFY2(queued.endsWith(R"("type":"job.queued","job":"0199","data":)" + sampleJobText + '}'), queued.constData());
}

void TestNative::bareJobText()
{
    Job job;
    job.id = u"j"_s;
    job.command = {u"echo"_s, u""_s};
    job.queuePosition = 2;
    job.finished = 0;
    job.error = Failure{u"m"_s, {}, {}, 9, {}};
    job.stalledMs = 4;
    job.waitingFor = {u"gpu"_s};
    job.eventName = u"wallpaper_progress"_s;
    job.eventData = {{u"wallpaper_path"_s, u"/a"_s}};
    QCOMPARE(
        native::encodeJob(job),
        QByteArray(R"({"job":"j","hub":"","host":"","title":"","pipeline":null,"command":["echo",""],"params":{},)"
                   R"("state":"queued","attempt":1,"fraction":null,"eta_ms":null,"queue_position":2,"group":"default",)"
                   R"("source":"","created":"1970-01-01T00:00:00.000Z","started":null,)"
                   R"("finished":"1970-01-01T00:00:00.000Z","error":{"message":"m","signal":9},"first_seq":0,)"
                   R"("stalled_ms":4,"waiting_for":["gpu"],"capabilities":[],"event_name":"wallpaper_progress",)"
                   R"("event_data":{"wallpaper_path":"/a"},"steps":[]})"));
}

void TestNative::snapshotText()
{
    Snapshot snapshot;
    snapshot.epoch = u"e"_s;
    QCOMPARE(native::encodeSnapshot(snapshot, false), QByteArray(R"({"epoch":"e","seq":0,"jobs":[]})"));
    snapshot.seq = 12;
    snapshot.put(sampleJob());
    QCOMPARE(native::encodeSnapshot(snapshot, true),
             R"({"type":"snapshot","epoch":"e","seq":12,"jobs":[)" + sampleJobText + "]}");
}

void TestNative::helloText()
{
    native::Hello hello{1, u"stepwire 0.1.0"_s, u"h"_s, u"nas"_s, u"e"_s, 7, u"control"_s, {}, {}};
    QCOMPARE(
        native::notification("hello", native::helloParams(hello)),
        QByteArray(R"({"jsonrpc":"2.0","method":"hello","params":{"version":1,"server":"stepwire 0.1.0","hub":"h",)"
                   R"("host":"nas","epoch":"e","seq":7,"scope":"control"}})"));
    hello.socketDir = u"/run/s"_s;
    QVERIFY(native::helloParams(hello).endsWith(R"("scope":"control","socket_dir":"/run/s"})"));
    hello.degraded = u"no space"_s;
    QVERIFY(native::helloParams(hello).endsWith(R"("socket_dir":"/run/s","degraded":"no space"})"));
}

void TestNative::answers_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const QJsonValue &id, const Answer &answer, const QByteArray &text) {
        QTest::newRow(name) << native::result(id, answer) << R"({"jsonrpc":"2.0","id":)" + text + '}';
    };
    row("acknowledgement", 1, JobAck{u"j"_s, State::Queued, 3},
        R"(1,"result":{"job":"j","state":"queued","queue_position":3})");
    row("text as id", u"a\"b"_s, JobAck{u"j"_s, State::Running, {}},
        R"("a\"b","result":{"job":"j","state":"running","queue_position":null})");
    row("null as id", QJsonValue::Null, Object{{}}, R"(null,"result":{})");
    row("broken number as id", 1.5, Object{{{u"a"_s, 1}}}, R"(1.5,"result":{"a":1})");
    row("large number as id", Q_INT64_C(9007199254740993), Object{{}}, R"(9007199254740993,"result":{})");
    row("job", 2, sampleJob(), R"(2,"result":)" + sampleJobText);
    row("page", 2, JobPage{{sampleJob(), sampleJob()}, u"c"_s},
        R"(2,"result":{"jobs":[)" + sampleJobText + ',' + sampleJobText + R"(],"cursor":"c"})");
    row("last page", 2, JobPage{}, R"(2,"result":{"jobs":[]})");
    row("log", 2, LogSlice{"h\xc3\xa4\xff", 5, 0, 9, u"out"_s, true, false},
        R"(2,"result":{"offset":5,"bytes":4,"text":"hä�","end":9,"stream":"out","complete":true})");
    row("log as base64", 2, LogSlice{"h\xc3\xa4\xff", 5, 12, 9, {}, false, true},
        R"(2,"result":{"offset":5,"bytes":4,"base64":"aMOk/w==","omitted":12,"end":9,"complete":false})");
}

void TestNative::answers()
{
    QFETCH(QByteArray, answer);
    QTEST(answer, "text");
}

void TestNative::errors_data()
{
    QTest::addColumn<QJsonValue>("id");
    QTest::addColumn<QJsonObject>("data");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("plain") << QJsonValue(4) << QJsonObject()
                           << QByteArray(
                                  R"({"jsonrpc":"2.0","id":4,"error":{"code":1,"message":"there is no job \"x\""}})");
    QTest::newRow("with data")
        << QJsonValue(4) << QJsonObject{{u"retry_after_ms"_s, 40}}
        << QByteArray(
               R"({"jsonrpc":"2.0","id":4,"error":{"code":1,"message":"there is no job \"x\"","data":{"retry_after_ms":40}}})");
    QTest::newRow("without id")
        << QJsonValue(QJsonValue::Undefined) << QJsonObject()
        << QByteArray(R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"there is no job \"x\""}})");
}

void TestNative::errors()
{
    QFETCH(QJsonValue, id);
    QFETCH(QJsonObject, data);
    QTEST(native::error(id, Error{1, u"there is no job \"x\""_s, data}), "text");
}

void TestNative::skippedIsPutIn()
{
    test::Random random(4);
    for (std::size_t type = 0; type < std::variant_size_v<FactData>; ++type) {
        const Event event = test::randomEvent(random, type);
        const QByteArray plain = native::notification("event", native::encodeEvent(event));
        QByteArray with = plain;
        with.insert(with.indexOf('{', 1) + 1, "\"skipped\":17,");
        QCOMPARE(native::notification("event", native::encodeEvent(event, 17), "\n"), with + '\n');
    }
}

void TestNative::times_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("time");
    QTest::newRow("example") << u"2026-11-21T02:31:07.412Z"_s << qint64(sampleTime);
    QTest::newRow("epoch") << u"1970-01-01T00:00:00.000Z"_s << qint64(0);
    QTest::newRow("before it") << u"1969-12-31T23:59:59.999Z"_s << qint64(-1);
    QTest::newRow("zeros kept") << u"2000-02-29T00:00:00.010Z"_s << Q_INT64_C(951782400010);
    QTest::newRow("last of the year") << u"2024-12-31T23:59:59.999Z"_s << Q_INT64_C(1735689599999);
}

void TestNative::times()
{
    QFETCH(QString, text);
    QFETCH(qint64, time);
    Job job;
    job.created = time;
    QCOMPARE(parsed(native::encodeJob(job))[u"created"].toString(), text);
    const Result<UnixMs> read = native::decodeTime(text);
    QVERIFY(read);
    QCOMPARE(*read, time);
}

void TestNative::refusesTimes_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("empty") << QString();
    QTest::newRow("word") << u"yesterday"_s;
    QTest::newRow("month 13") << u"2026-13-01T00:00:00.000Z"_s;
    QTest::newRow("no date") << u"02:31:07.412Z"_s;
}

void TestNative::refusesTimes()
{
    QFETCH(QString, text);
    const Result<UnixMs> read = native::decodeTime(text);
    QVERIFY(!read);
    QCOMPARE(read.error().message, u"time is \"%1\", expected UTC as in 2026-11-21T02:31:07.412Z"_s.arg(text));
    QCOMPARE(read.error().code, code::invalidParams);
}

void TestNative::escapes_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("quote and backslash") << u"a\"\\/"_s << QByteArray(R"(a\"\\/)");
    QTest::newRow("short ones") << u"\n\r\t"_s << QByteArray(R"(\n\r\t)");
    QTest::newRow("NUL inside") << QString::fromUtf8("a\0b", 3) << QByteArray(R"(a\u0000b)");
    QTest::newRow("controls") << u"\x01\x08\x0c\x1b\x1f"_s << QByteArray(R"(\u0001\u0008\u000c\u001b\u001f)");
    QTest::newRow("DEL stays") << u"\x7f"_s << QByteArray("\x7f");
    QTest::newRow("two, three and four bytes") << u"ä日\U0001F600"_s << QByteArray("ä日\U0001F600");
    QTest::newRow("at the ends") << u"\"x\""_s << QByteArray(R"(\"x\")");
}

void TestNative::escapes()
{
    QFETCH(QString, text);
    QFETCH(QByteArray, json);
    const QByteArray event = native::encodeEvent(sampleEvent(Custom{u"n"_s, text}));
    QVERIFY2(event.endsWith("\"value\":\"" + json + "\"}}"), event.constData());
    QVERIFY(!event.contains('\n'));
    QCOMPARE(parsed(event)[u"data"][u"value"].toString(), text);
    // whole objects are written by other means
    const QByteArray nested = native::encodeEvent(sampleEvent(Custom{u"n"_s, QJsonObject{{text, QJsonArray{text}}}}));
    QVERIFY(!nested.contains('\n') && !nested.contains('\0'));
    QCOMPARE(parsed(nested)[u"data"][u"value"], QJsonValue(QJsonObject{{text, QJsonArray{text}}}));
}

void TestNative::numbers_data()
{
    QTest::addColumn<double>("number");
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("whole") << 100000.0 << QByteArray("100000");
    QTest::newRow("million") << 3e6 << QByteArray("3000000");
    QTest::newRow("negative") << -5.0 << QByteArray("-5");
    QTest::newRow("zero") << -0.0 << QByteArray("0");
    QTest::newRow("shortest") << 0.1 << QByteArray("0.1");
    QTest::newRow("2^53 - 1") << 9007199254740991.0 << QByteArray("9007199254740991");
    QTest::newRow("large") << 1e22 << QByteArray("1e+22");
    QTest::newRow("small") << 1e-7 << QByteArray("1e-07");
    QTest::newRow("not a number") << std::numeric_limits<double>::quiet_NaN() << QByteArray("null");
    QTest::newRow("infinite") << -std::numeric_limits<double>::infinity() << QByteArray("null");
}

void TestNative::numbers()
{
    QFETCH(double, number);
    QFETCH(QByteArray, json);
    Progress progress;
    progress.done = number;
    const QByteArray event = native::encodeEvent(sampleEvent(StepProgress{progress}));
    QVERIFY2(event.contains("\"done\":" + json + ",\"unit\""), event.constData());
    if (std::isfinite(number))
        QCOMPARE(parsed(event)[u"data"][u"done"].toDouble(), number);
}

void TestNative::unpairedSurrogatesStayJson()
{
    for (const QString &text :
         {QString(QChar(0xd800)), u"a"_s + QChar(0xdfff) + u'b', QString(QChar(0xd83d)) + u"\"x"_s}) {
        const Event event = sampleEvent(StepOutput{1, Stream::Out, text, 0, 1, 0}, text);
        const QByteArray json = native::encodeEvent(event);
        QVERIFY(QString::fromUtf8(json).toUtf8() == json);
        QVERIFY(!QString::fromUtf8(json).contains(QChar::ReplacementCharacter));
        const Result<Event> read = native::decodeEvent(parsed(json));
        QVERIFY(read);
        QCOMPARE(std::get<StepOutput>(read->data).text.size(), text.size());
        const QByteArray nested = native::encodeEvent(sampleEvent(Custom{u"n"_s, QJsonObject{{text, text}}}));
        QVERIFY(QString::fromUtf8(nested).toUtf8() == nested);
        QCOMPARE(parsed(nested)[u"type"].toString(), u"custom"_s);
    }
}

void TestNative::eventsSurvive_data()
{
    QTest::addColumn<int>("type");
    test::Random random(5);
    for (std::size_t type = 0; type < std::variant_size_v<FactData>; ++type)
        QTest::newRow(qPrintable(typeName(test::randomData(random, type)))) << static_cast<int>(type);
}

void TestNative::eventsSurvive()
{
    QFETCH(int, type);
    test::Random random(static_cast<unsigned>(100 + type));
    for (int i = 0; i < 400; ++i) {
        const Event event = test::randomEvent(random, static_cast<std::size_t>(type));
        const QByteArray json = native::encodeEvent(event);
        const Result<Event> read = native::decodeEvent(parsed(json));
        QVERIFY2(read, json.constData());
        QVERIFY2(*read == event, (json + "\nbecame\n" + native::encodeEvent(*read)).constData());
        QVERIFY(!json.contains('\n') && !json.contains('\0'));
        QVERIFY(parsed(native::encodeEvent(event, 9))[u"skipped"].toInt() == 9);
    }
}

void TestNative::jobsSurvive()
{
    test::Random random(6);
    for (int i = 0; i < 500; ++i) {
        const Job job = test::randomJob(random, u"id"_s);
        const QByteArray json = native::encodeJob(job);
        const Result<Job> read = native::decodeJob(parsed(json));
        QVERIFY(read);
        QVERIFY2(*read == job, json.constData());
    }
}

void TestNative::snapshotsSurvive()
{
    test::Random random(7);
    for (int i = 0; i < 30; ++i) {
        Snapshot snapshot;
        snapshot.epoch = test::randomText(random);
        snapshot.seq = static_cast<quint64>(test::randomWhole(random));
        for (int job = 0; job < i; ++job)
            snapshot.put(test::randomJob(random, u"job%1"_s.arg(job)));
        const Result<Snapshot> read = native::decodeSnapshot(parsed(native::encodeSnapshot(snapshot, i % 2 == 0)));
        QVERIFY(read);
        QCOMPARE(read->epoch, snapshot.epoch);
        QCOMPARE(read->seq, snapshot.seq);
        QCOMPARE(read->jobs().size(), snapshot.jobs().size());
        for (std::size_t job = 0; job < snapshot.jobs().size(); ++job)
            QVERIFY(*read->jobs()[job] == *snapshot.jobs()[job]);
    }
}

void TestNative::helloSurvives()
{
    const native::Hello hello{1, u"s"_s, u"h"_s, u"n"_s, u"e"_s, 99, u"read"_s, u"/d"_s, u"no space"_s};
    const Result<native::Hello> read = native::decodeHello(parsed(native::helloParams(hello)));
    QVERIFY(read);
    QCOMPARE(native::helloParams(*read), native::helloParams(hello));
}

void TestNative::readsPastWhatItDoesNotKnow()
{
    const Result<Event> event = native::decodeEvent(
        parsed(R"({"seq":3,"type":"step.dreamt","new":{"deep":[1]},"data":{"colour":"blue"},"job":null,"time":17})"));
    QVERIFY(event);
    QCOMPARE(event->seq, 3u);
    QCOMPARE(event->time, 0);
    QCOMPARE(event->job, QString());
    QCOMPARE(std::get<Notice>(event->data), (Notice{u"step.dreamt"_s, {{u"colour"_s, u"blue"_s}}}));

    const Result<Event> odd = native::decodeEvent(parsed(
        R"({"seq":4,"type":"step.finished","data":{"attempt":"one","state":"exploded","error":"text","duration_ms":{}}})"));
    QVERIFY(odd);
    QCOMPARE(std::get<StepFinished>(odd->data), (StepFinished{1, State::Failed, {}, 0}));

    const Result<Event> bare = native::decodeEvent(parsed(R"({"seq":4,"type":"job.queued"})"));
    QVERIFY(bare);
    QCOMPARE(std::get<JobQueued>(bare->data).job.steps.size(), 0u);
}

void TestNative::refuses_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char *name, const char *what, const char *json, const char *sentence) {
        QTest::newRow(name) << QString::fromLatin1(what) << QByteArray(json) << QString::fromUtf8(sentence);
    };
    row("event without seq", "event", R"({"type":"custom"})", "an event has no seq");
    row("event with seq as text", "event", R"({"seq":"1","type":"custom"})", "an event has no seq");
    row("event before the first", "event", R"({"seq":-1,"type":"custom"})", "an event has no seq");
    row("event between two", "event", R"({"seq":1.5,"type":"custom"})", "an event has no seq");
    row("event without type", "event", R"({"seq":1})", "event 1 has no type");
    row("event with type as number", "event", R"({"seq":1,"type":2})", "event 1 has no type");
    row("job without id", "job", R"({"title":"x"})", "job is missing, expected an id");
    row("job with a path as id", "job", R"({"job":"../x"})", R"(job is "../x", expected an id)");
    row("snapshot without jobs", "snapshot", R"({"seq":1})", "a snapshot has no jobs");
    row("snapshot with jobs as object", "snapshot", R"({"jobs":{}})", "a snapshot has no jobs");
    row("hello without version", "hello", R"({})", "the server says version missing, expected 1");
    row("hello of version 0", "hello", R"({"version":0})", "the server says version 0, expected 1");
    row("hello with version as text", "hello", R"({"version":"1"})", R"(the server says version "1", expected 1)");
}

template <class T>
static QString sentenceOf(const Result<T> &result)
{
    return result ? u"accepted"_s : result.error().message;
}

void TestNative::refuses()
{
    QFETCH(QString, what);
    QFETCH(QByteArray, json);
    const QJsonObject object = parsed(json);
    QTEST(what == u"event"       ? sentenceOf(native::decodeEvent(object))
              : what == u"job"   ? sentenceOf(native::decodeJob(object))
              : what == u"hello" ? sentenceOf(native::decodeHello(object))
                                 : sentenceOf(native::decodeSnapshot(object)),
          "sentence");
}

void TestNative::mutationsAreNoDanger()
{
    test::Random random(8);
    int parsable = 0;
    for (int i = 0; i < 4000; ++i) {
        QByteArray json = native::encodeEvent(test::randomEvent(random, static_cast<std::size_t>(i % 11)));
        for (int flips = 0; flips < 1 + i % 3; ++flips)
            json[test::randomBelow(random, json.size())] = "0-1\"[]{}:,ex\\"[test::randomBelow(random, 13)];
        const QJsonDocument document = QJsonDocument::fromJson(json);
        if (!document.isObject())
            continue;
        if (const Result<Event> event = native::decodeEvent(document.object())) {
            ++parsable;
            // what was taken can be told on, and comes back the same
            const Result<Event> again = native::decodeEvent(parsed(native::encodeEvent(*event)));
            QVERIFY2(again, json.constData());
            QCOMPARE(typeName(again->data), typeName(event->data));
        }
    }
    QVERIFY(parsable > 100);
}

QTEST_APPLESS_MAIN(TestNative)
#include "tst_native.moc"
