#include "core/remote/foreign/dotfiles_events.h"
#include "core/remote/foreign/foreign_source.h"
#include "core/remote/foreign/frame_sockets.h"
#include "support/event_lines.h"

#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestForeignDotfiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void runs_data();
    void runs();
    void repeatsAreNoSecondRun();
    void repeatsToAnotherLifeAreNoSecondRun();
    void aClockThatWentBack();
    void whatWasLateIsStale();
    void goneWithoutAnEnd();
    void startedWhenTheServerSaysSo();
    void notOfTheProtocol_data();
    void notOfTheProtocol();
    void places_data();
    void places();
};

static constexpr qint64 start = 1'000'000;

static QJsonObject message(const QString &type, qint64 time, const QJsonObject &data)
{
    return {{u"event_name"_s, u"wall"_s},
            {u"timestamp_ms"_s, time},
            {u"timestamp_iso"_s, u"2024-11-17T10:30:00+00:00"_s},
            {u"message_type"_s, type},
            {u"data"_s, data}};
}

/// `data {"step":…}` at a second of its own each.
static QJsonObject parsed(const QString &line, qint64 time)
{
    const QString type = line.section(u' ', 0, 0);
    return message(type, time, QJsonDocument::fromJson(line.section(u' ', 1).toUtf8()).object());
}

struct Scene : test::HubScene
{
    std::unique_ptr<ForeignJobs> jobs;
    std::unique_ptr<DotfilesEvents> events;

    Scene() { restart(); }

    /// Another life of what reads; the hub keeps what it was told.
    void restart()
    {
        events.reset();
        jobs = std::make_unique<ForeignJobs>(hub, u"dots"_s, u"dotfiles"_s, [this] { return clock.now(); });
        events = std::make_unique<DotfilesEvents>(*jobs, u"wall"_s);
    }

    void say(const QStringList &lines, bool passing = true)
    {
        for (qsizetype i = 0; i < lines.size(); ++i) {
            if (passing)
                clock.time = std::max(clock.time, start + 1000 * i);
            QVERIFY(events->take(parsed(lines[i], start + 1000 * i)));
        }
    }
};

void TestForeignDotfiles::runs_data()
{
    QTest::addColumn<QStringList>("messages");
    QTest::addColumn<QStringList>("log");

    QTest::newRow("as the guide says")
        << QStringList{uR"(data {"step":"colours","progress":33.33,"status":"processing"})"_s,
                       uR"(data {"step":"effects","progress":66.67,"status":"processing"})"_s,
                       uR"(data {"step":"complete","progress":100.0,"status":"complete"})"_s}
        << QStringList{u"job.queued wall {\"key\":\"wall@1000000\"}"_s,
                       u"job.started"_s,
                       u"step.started"_s,
                       u"step.progress 33.33/100 colours"_s,
                       u"step.progress 66.67/100 effects"_s,
                       u"step.finished succeeded +2000"_s,
                       u"job.finished succeeded +2000"_s};
    QTest::newRow("as the program does")
        << QStringList{uR"(control {"status":"ready","step":"Initializing","progress":0.0})"_s,
                       uR"(data {"step":"Creating effect variants","progress":50.0,"status":"processing","step_index":0,"total_steps":1,"wallpaper_path":"/w/dunes.jpg","step_details":{"colours":{"internal_progress":100.0,"max_weight":50.0,"contribution":50.0},"effects":{"internal_progress":12.5,"max_weight":50.0,"contribution":0}}})"_s,
                       uR"(data {"step":"Wallpaper changed successfully","progress":100.0,"status":"completed","wallpaper_path":"/w/dunes.jpg"})"_s}
        << QStringList{u"job.queued wall {\"key\":\"wall@1000000\"}"_s,
                       u"job.started"_s,
                       u"step.started"_s,
                       u"step.progress 0/100 Initializing"_s,
                       u"job.changed title=wall dunes.jpg"_s,
                       u"step.progress 50/100 Creating effect variants colours=100 effects=12.5"_s,
                       u"step.finished succeeded +2000"_s,
                       u"job.finished succeeded +2000"_s};
    QTest::newRow("an error, told twice")
        << QStringList{uR"(data {"step":"colours","progress":10,"status":"processing","dry":true})"_s,
                       uR"(error {"error":"no such\u001b[31m file","status":"error","step":"colours"})"_s,
                       uR"(error {"error":"Pipeline failed: no such file","status":"error"})"_s}
        << QStringList{u"job.queued wall {\"dry\":true,\"key\":\"wall@1000000\"}"_s,
                       u"job.started"_s,
                       u"step.started"_s,
                       u"step.progress 10/100 colours"_s,
                       u"step.finished failed \"colours: no such file\" +1000"_s,
                       u"job.finished failed \"colours: no such file\" +1000"_s};
    QTest::newRow("both words for its end")
        << QStringList{uR"(data {"step":"a","progress":10})"_s, uR"(data {"status":"completed"})"_s,
                       uR"(data {"status":"complete"})"_s}
        << QStringList{u"job.queued wall {\"key\":\"wall@1000000\"}"_s,
                       u"job.started"_s,
                       u"step.started"_s,
                       u"step.progress 10/100 a"_s,
                       u"step.finished succeeded +1000"_s,
                       u"job.finished succeeded +1000"_s};
    QTest::newRow("only its end was heard")
        << QStringList{uR"(error {"error":"","status":"error"})"_s}
        << QStringList{u"job.queued wall {\"key\":\"wall@1000000\"}"_s, u"job.started"_s, u"step.started"_s,
                       u"step.finished failed \"it failed, and did not say why\" +0"_s,
                       u"job.finished failed \"it failed, and did not say why\" +0"_s};
    QTest::newRow("another before the end")
        << QStringList{uR"(data {"step":"a","progress":10})"_s, uR"(control {"status":"ready"})"_s,
                       uR"(control {"status":"moo"})"_s}
        << QStringList{u"job.queued wall {\"key\":\"wall@1000000\"}"_s,
                       u"job.started"_s,
                       u"step.started"_s,
                       u"step.progress 10/100 a"_s,
                       u"step.finished interrupted \"another run began, the end of this one was never told\" +1000"_s,
                       u"job.finished interrupted \"another run began, the end of this one was never told\" +1000"_s,
                       u"job.queued wall {\"key\":\"wall@1001000\"}"_s,
                       u"job.started"_s,
                       u"step.started"_s};
    QTest::newRow("nonsense in its place")
        << QStringList{uR"(data {"step":7,"progress":-1e300,"step_details":[1],"x_path":["/a"],"wallpaper_path":9})"_s,
                       uR"(data {"step":"on","progress":"half","step_details":{"a":3,"b":{"internal_progress":1e9}}})"_s,
                       uR"(data {})"_s}
        << QStringList{u"job.queued wall {\"key\":\"wall@1000000\",\"wallpaper_path\":9}"_s, u"job.started"_s,
                       u"step.started"_s, u"step.progress 0/100"_s, u"step.progress 0/100 on b=100"_s};
}

void TestForeignDotfiles::runs()
{
    QFETCH(QStringList, messages);
    QFETCH(QStringList, log);
    Scene scene;
    scene.events->opened();
    scene.say(messages);
    QCOMPARE(scene.log.join(u'\n'), log.join(u'\n'));
}

static const QStringList twoRuns = {
    uR"(control {"status":"ready","step":"Initializing","progress":0.0})"_s, uR"(data {"step":"a","progress":50.0})"_s,
    uR"(data {"step":"a","status":"completed"})"_s,
    uR"(control {"status":"ready","step":"Initializing","progress":0.0})"_s, uR"(data {"step":"b","progress":20.0})"_s};

void TestForeignDotfiles::repeatsAreNoSecondRun()
{
    Scene scene;
    scene.events->opened();
    scene.say(twoRuns);
    QCOMPARE(scene.log.filter(u"job.queued"_s).size(), 2);
    const QStringList before = scene.log;
    for (int i = 0; i < 3; ++i) {
        scene.events->opened();
        scene.say(twoRuns);
    }
    QCOMPARE(scene.log, before);
    QVERIFY(scene.events->take(parsed(uR"(data {"status":"complete"})"_s, start + 5000)));
    QCOMPARE(scene.log.mid(before.size()),
             (QStringList{u"step.finished succeeded +2000"_s, u"job.finished succeeded +2000"_s}));
}

void TestForeignDotfiles::repeatsToAnotherLifeAreNoSecondRun()
{
    Scene scene;
    scene.events->opened();
    scene.say(twoRuns);
    scene.restart();
    scene.events->opened();
    scene.say(twoRuns);
    // The server has forgotten the first of them, and its clock is not ours.
    scene.restart();
    scene.clock.time -= 3'600'000;
    scene.events->opened();
    for (qsizetype i = 1; i < twoRuns.size(); ++i)
        QVERIFY(scene.events->take(parsed(twoRuns[i], start + 1000 * i)));
    QCOMPARE(scene.log.filter(u"job.queued"_s).size(), 2);
    QCOMPARE(scene.jobs->liveKeys(), QStringList{u"wall@1003000"_s});
}

void TestForeignDotfiles::aClockThatWentBack()
{
    Scene scene;
    scene.events->opened();
    scene.say(twoRuns);
    scene.clock.time += DotfilesEvents::repeatMs;
    QVERIFY(scene.events->take(message(u"data"_s, 5, {{u"status"_s, u"complete"_s}})));
    QCOMPARE(scene.jobs->liveKeys(), QStringList());
    // within the time of repeats no more than the server can have kept
    scene.events->opened();
    for (int i = 0; i < DotfilesEvents::mostRepeated; ++i)
        QVERIFY(scene.events->take(message(u"data"_s, 1, {{u"step"_s, QString::number(i)}})));
    QCOMPARE(scene.jobs->liveKeys(), QStringList());
    QVERIFY(scene.events->take(message(u"data"_s, 1, {{u"step"_s, u"new"_s}})));
    QCOMPARE(scene.jobs->liveKeys(), QStringList{u"wall@1"_s});
}

void TestForeignDotfiles::whatWasLateIsStale()
{
    // The server may put what is new before what it repeats.
    Scene scene;
    scene.events->opened();
    QVERIFY(scene.events->take(parsed(uR"(data {"status":"completed","wallpaper_path":"/a/b.png"})"_s, start + 9000)));
    scene.say(twoRuns, false);
    QCOMPARE(scene.log.filter(u"job.queued"_s).size(), 1);
    QCOMPARE(scene.jobs->liveKeys(), QStringList());
}

void TestForeignDotfiles::goneWithoutAnEnd()
{
    Scene scene;
    scene.events->opened();
    scene.say({uR"(data {"step":"a","progress":10})"_s});
    scene.log.clear();
    scene.events->gone();
    scene.events->gone();
    const QString words = u"interrupted \"whoever ran it went away without telling how it ended\" +0"_s;
    QCOMPARE(scene.log, (QStringList{u"step.finished "_s + words, u"job.finished "_s + words}));
}

void TestForeignDotfiles::startedWhenTheServerSaysSo()
{
    Scene scene;
    scene.clock.time = start + 60'000;
    scene.events->opened();
    scene.say({uR"(data {"step":"a","progress":10})"_s, uR"(data {"status":"completed"})"_s}, false);
    QCOMPARE(scene.log.last(), u"job.finished succeeded +1000"_s);
    QVERIFY(scene.events->take(message(u"data"_s, Q_INT64_C(1) << 61, {{u"step"_s, u"of the future"_s}})));
    QCOMPARE(*scene.hub.state().jobs().back()->started, start + 60'000);
}

void TestForeignDotfiles::notOfTheProtocol_data()
{
    QTest::addColumn<QString>("member");
    QTest::addColumn<QJsonValue>("value");
    for (const char *name : {"event_name", "timestamp_ms", "timestamp_iso", "message_type", "data"}) {
        QTest::addRow("without %s", name) << QString::fromLatin1(name) << QJsonValue(QJsonValue::Undefined);
        QTest::addRow("another %s", name) << QString::fromLatin1(name) << QJsonValue(QJsonArray{1});
    }
    QTest::newRow("unknown type") << u"message_type"_s << QJsonValue(u"datum"_s);
}

void TestForeignDotfiles::notOfTheProtocol()
{
    QFETCH(QString, member);
    QFETCH(QJsonValue, value);
    QJsonObject bad = parsed(twoRuns[1], start);
    if (value.isUndefined())
        bad.remove(member);
    else
        bad[member] = value;
    Scene scene;
    scene.events->opened();
    QVERIFY(!scene.events->take(bad));
    QCOMPARE(scene.log, QStringList());
    QVERIFY(scene.events->take(parsed(twoRuns[1], start)));
}

void TestForeignDotfiles::places_data()
{
    QTest::addColumn<QJsonObject>("settings");
    QTest::addColumn<QString>("place");
    const auto row = [](const char *name, const QJsonObject &settings, const QString &place) {
        QTest::newRow(name) << settings << place;
    };
    row("socket", {{u"socket"_s, u"/tmp/sockets//wall.sock"_s}}, u"/tmp/sockets/wall.sock"_s);
    row("folder", {{u"socket"_s, u"/tmp/sockets/"_s}}, u"in /tmp/sockets"_s);
    row("home", {{u"socket"_s, u"~/x"_s}}, u"in "_s + QDir::homePath() + u"/x"_s);
    row("tcp", {{u"tcp"_s, u"box:9000"_s}}, u"box 9000"_s);
    row("tcp 6", {{u"tcp"_s, u"[::1]:9000"_s}}, u"::1 9000"_s);
    row("none", {}, u"neither setting socket nor tcp is given, expected one of them"_s);
    row("both", {{u"tcp"_s, u"a:1"_s}, {u"socket"_s, u"/a"_s}},
        u"settings socket and tcp are both given, expected one of them"_s);
    row("relative", {{u"socket"_s, u"a.sock"_s}},
        u"setting socket is \"a.sock\", expected the whole path of a socket or folder"_s);
    row("no port", {{u"tcp"_s, u"box"_s}}, u"setting tcp is \"box\", expected HOST:PORT"_s);
    row("no host", {{u"tcp"_s, u":9000"_s}}, u"setting tcp is \":9000\", expected HOST:PORT"_s);
    row("port 0", {{u"tcp"_s, u"box:0"_s}}, u"setting tcp is \"box:0\", expected HOST:PORT"_s);
    row("a large port", {{u"tcp"_s, u"box:70000"_s}}, u"setting tcp is \"box:70000\", expected HOST:PORT"_s);
    row("a number", {{u"tcp"_s, 9000}}, u"setting tcp is 9000, expected a text"_s);
}

void TestForeignDotfiles::places()
{
    QFETCH(QJsonObject, settings);
    QFETCH(QString, place);
    const auto found = FrameSockets::placeOf(settings, u".sock"_s);
    const QString said = !found    ? found.error().message
        : !found->host.isEmpty()   ? u"%1 %2"_s.arg(found->host).arg(found->port)
        : !found->folder.isEmpty() ? u"in "_s + found->folder
                                   : found->socket;
    QCOMPARE(said, place);
}

QTEST_GUILESS_MAIN(TestForeignDotfiles)

#include "tst_foreign_dotfiles.moc"
