#include "core/remote/foreign/frappe_jobs.h"
#include "core/remote/foreign/frappe_server.h"
#include "core/remote/foreign/json_path.h"
#include "core/remote/foreign/socketio_jobs.h"
#include "support/fake_clock.h"
#include "support/samples.h"

#include <QJsonDocument>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

static QJsonArray arrayOf(const QString &json)
{
    return QJsonDocument::fromJson(json.toUtf8()).array();
}

/// A hub, a source of it, and what it said of jobs, each called by the server's key.
struct Scene
{
    test::FakeClock clock;
    Hub hub{{u"hub-1"_s, u"nas"_s, u"b3f1c0"_s}, clock};
    QStringList log;
    std::map<QString, QString> keys;
    Subscription watch = hub.observe([this](const EventPtr &event) { say(*event); });
    ForeignJobs jobs{hub, u"there"_s, u"kind"_s, [this] { return clock.time; }};

    void say(const Event &event)
    {
        if (const auto *queued = std::get_if<JobQueued>(&event.data)) {
            const QString key = queued->job.params[u"key"_s].toString();
            QStringList steps;
            for (const Step &step : queued->job.steps)
                steps.append(step.id);
            const bool again = !keys.emplace(event.job, key).second;
            log.append(
                u"%1 %2 '%3' %4"_s.arg(key, again ? u"grows"_s : u"begins"_s, queued->job.title, steps.join(u' ')));
            return;
        }
        QString line = keys[event.job] + (event.step.isEmpty() ? QString() : u'/' + event.step) + u' ';
        if (const auto *progress = std::get_if<StepProgress>(&event.data)) {
            const Progress &p = progress->progress;
            line += QString::number(p.done) + (p.total ? u'/' + QString::number(*p.total) : QString())
                + (p.unit.isEmpty() ? QString() : u' ' + p.unit)
                + (p.message.isEmpty() ? QString() : u" '%1'"_s.arg(p.message));
        } else if (const auto *finished = std::get_if<StepFinished>(&event.data)) {
            line += stateName(finished->state);
        } else if (const auto *ended = std::get_if<JobFinished>(&event.data)) {
            line += stateName(ended->state) + (ended->error ? u": "_s + ended->error->message : QString());
        } else if (const auto *output = std::get_if<StepOutput>(&event.data)) {
            line += u"says %1"_s.arg(QString(output->text).replace(u'\n', u'|'));
        } else if (const auto *changed = std::get_if<JobChanged>(&event.data)) {
            line += changed->state ? u"is "_s + stateName(*changed->state)
                                   : u"is called "_s + changed->title.value_or(QString());
        } else if (const auto *custom = std::get_if<Custom>(&event.data)) {
            line += u"custom "_s + custom->name;
        } else if (std::holds_alternative<StepStarted>(event.data)) {
            line += u"starts"_s;
        } else {
            return;
        }
        log.append(line);
    }
    /// Lines of `event [arguments]`.
    template <class Mapping>
    void play(Mapping &mapping, const QString &lines)
    {
        for (const QString &line : lines.split(u'\n', Qt::SkipEmptyParts)) {
            const QString trimmed = line.trimmed();
            mapping.take(trimmed.section(u' ', 0, 0), arrayOf(trimmed.section(u' ', 1)));
            clock.time += 1000;
        }
    }
    /// Without what is certain: a job or step that begins.
    QString said() const { return u'\n' + log.join(u'\n') + u'\n'; }
};

static QString expected(const QString &lines)
{
    QString text = u"\n"_s;
    for (const QString &line : lines.split(u'\n', Qt::SkipEmptyParts)) {
        if (!line.trimmed().isEmpty())
            text += line.trimmed() + u'\n';
    }
    return text;
}

class TestForeignEvents : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void paths_data();
    void paths();
    void badPaths_data();
    void badPaths();
    void settings_data();
    void settings();
    void socketio_data();
    void socketio();
    void newsInOneInstant();
    void keepsWithinBounds();
    void frappe_data();
    void frappe();
    void nonsense();
    void polls();
    void frappeSettings_data();
    void frappeSettings();
    void refusals_data();
    void refusals();
};

void TestForeignEvents::paths_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("found");
    QTest::newRow("member") << u"a"_s << u"1"_s;
    QTest::newRow("deep") << u"b.c[1].d"_s << u"deep"_s;
    QTest::newRow("list in list") << u"b.lists[1][0]"_s << u"3"_s;
    QTest::newRow("argument") << u"$[1]"_s << u"second"_s;
    QTest::newRow("member of an argument") << u"$[0].a"_s << u"1"_s;
    QTest::newRow("event") << u"$event"_s << u"progress"_s;
    QTest::newRow("not there") << u"b.nothing.c"_s << QString();
    QTest::newRow("no list") << u"a[0]"_s << QString();
    QTest::newRow("no argument") << u"$[7].a"_s << QString();
    QTest::newRow("odd name") << u"a b-c:é"_s << u"odd"_s;
}

void TestForeignEvents::paths()
{
    QFETCH(const QString, path);
    const auto parsed = JsonPath::parse(path);
    QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().message));
    const QJsonArray arguments =
        arrayOf(uR"([{"a":1,"b":{"c":[0,{"d":"deep"}],"lists":[[1],[3]]},"a b-c:é":"odd"},"second"])"_s);
    QTEST(lineOf(parsed->in(u"progress"_s, arguments)), "found");
}

void TestForeignEvents::badPaths_data()
{
    QTest::addColumn<QString>("path");
    for (const char *path :
         {"", "a..b", ".a", "a.", "a[", "a[x]", "a[-1]", "a]", "$", "$a", "a[0]b", "$events", "a[99999999999]"})
        QTest::newRow(path) << QString::fromLatin1(path);
    QTest::newRow("long") << u"a"_s + u".a"_s.repeated(40);
}

void TestForeignEvents::badPaths()
{
    QFETCH(const QString, path);
    const auto parsed = JsonPath::parse(path);
    QVERIFY(!parsed);
    QVERIFY2(parsed.error().message.contains(u" is no path, expected one like data.items[0].percent"),
             qPrintable(parsed.error().message));
}

void TestForeignEvents::settings_data()
{
    QTest::addColumn<QString>("settings");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("no event") << uR"({"percent":"p"})"_s << u"setting event is empty, expected the name of an event"_s;
    QTest::newRow("no figures")
        << uR"({"event":"e","title":"t"})"_s
        << u"one of the settings done, percent, step and state is needed, or nothing is known"_s;
    QTest::newRow("bad path")
        << uR"({"event":"e","percent":"a..b"})"_s
        << u"setting percent: \"a..b\" is no path, expected one like data.items[0].percent, $[1].percent or $event"_s;
    QTest::newRow("no end") << uR"({"event":"e","done":"n"})"_s
                            << u"setting state is missing: nothing else tells when a job is over"_s;
    QTest::newRow("no end of steps") << uR"({"event":"e","percent":"n","step":"s"})"_s
                                     << u"setting state is missing: nothing else tells when a job is over"_s;
    QTest::newRow("total alone") << uR"({"event":"e","percent":"p","total":"t"})"_s
                                 << u"setting done is missing: total says nothing without it"_s;
}

void TestForeignEvents::settings()
{
    QFETCH(const QString, settings);
    const auto rules = SocketioRules::parse(QJsonDocument::fromJson(settings.toUtf8()).object());
    QVERIFY(!rules);
    QTEST(rules.error().message, "sentence");
}

void TestForeignEvents::socketio_data()
{
    QTest::addColumn<QString>("settings");
    QTest::addColumn<QString>("events");
    QTest::addColumn<QString>("log");
    QTest::newRow("a percentage, one at a time") << uR"({"event":"progress","percent":"p","message":"m"})"_s << uR"(
           progress [{"p":10,"m":"reading"}]
           other [{"p":99}]
           progress [{"p":"55.5 %"}]
           progress [{"p":100}]
           progress [{"p":100}]
           progress [{"p":5}])"_s << uR"(
           job begins 'there' main
           job/main starts
           job/main 10/100 % 'reading'
           job/main 55.5/100 %
           job/main 100/100 %
           job/main succeeded
           job succeeded
           job begins 'there' main
           job/main starts
           job/main 5/100 %)"_s;
    QTest::newRow("two at once, in arguments by place")
        << uR"({"event":"tick","id":"$[0]","done":"$[1]","total":"$[2]","unit":"files"})"_s << uR"(
           tick ["a",1,4]
           tick ["b",1,2]
           tick ["a",2]
           tick [null,9,9]
           tick ["b",2,2]
           tick ["a",4,4])"_s
        << uR"(
           a begins 'a' main
           a/main starts
           a/main 1/4 files
           b begins 'b' main
           b/main starts
           b/main 1/2 files
           a/main 2/4 files
           b/main 2/2 files
           b/main succeeded
           b succeeded
           a/main 4/4 files
           a/main succeeded
           a succeeded)"_s;
    QTest::newRow("steps, states and titles")
        << uR"({"event":"job","id":"id","title":"name","step":"at","done":"n","total":"of","state":"s","message":"why","failed":"BROKEN"})"_s
        << uR"(
           job [{"id":7,"name":"Render","at":"Load it","n":1,"of":2,"s":"running"}]
           job [{"id":7,"name":"Render 2","at":"Load it","n":2,"of":2}]
           job [{"id":7,"at":"Draw","n":1,"of":9}]
           job [{"id":7,"s":"paused"}]
           job [{"id":7,"s":"running"}]
           job [{"id":7,"s":"broken","why":"no paper"}]
           job [{"id":7,"s":"broken","why":"no paper"}])"_s
        << uR"(
           7 begins 'Render' load-it
           7/load-it starts
           7/load-it 1/2
           7 is called Render 2
           7/load-it 2/2
           7 grows 'Render 2' load-it draw
           7/load-it succeeded
           7/draw starts
           7/draw 1/9
           7 is paused
           7 is running
           7/draw 1/9 'no paper'
           7/draw failed
           7 failed: no paper)"_s;
    QTest::newRow("steps that run beside each other are not ended, and known ones are there from the start")
        << uR"({"event":"e","step":"s","percent":"p","state":"$event","finished":"end","steps":"one, two"})"_s << uR"(
           e [{"s":"two","p":50}]
           e [{"s":"one","p":10}]
           e [{"s":"two","p":60}])"_s
        << uR"(
           job begins 'there' one two
           job/two starts
           job/two 50/100 %
           job/one starts
           job/one 10/100 %
           job/two 60/100 %)"_s;
    QTest::newRow("the event's name is the state")
        << uR"({"event":"begin,end","step":"s","state":"$event","finished":"end"})"_s << uR"(
           begin [{"s":"A"}]
           begin [{"s":"B"}]
           end []
           end [])"_s
        << uR"(
           job begins 'there' a
           job/a starts
           job grows 'there' a b
           job/a succeeded
           job/b starts
           job/b succeeded
           job succeeded)"_s;
    QTest::newRow("nonsense") << uR"({"event":"e","id":"id","percent":"p","state":"s"})"_s << uR"(
           e []
           e [7]
           e [{"id":{},"p":3}]
           e [{"id":"x","p":{},"s":[]}]
           e [{"id":"x","p":"NaN"}]
           e [{"id":"x","p":-1e308}])"_s
                              << uR"(
           x begins 'x' main
           x/main starts
           x/main -1e+308/100 %)"_s;
}

void TestForeignEvents::socketio()
{
    QFETCH(const QString, settings);
    QFETCH(const QString, events);
    QFETCH(const QString, log);
    auto rules = SocketioRules::parse(QJsonDocument::fromJson(settings.toUtf8()).object());
    QVERIFY2(rules, rules ? "" : qPrintable(rules.error().message));
    Scene scene;
    SocketioJobs mapping(scene.jobs, *rules, {});
    scene.play(mapping, events);
    QCOMPARE(scene.said(), expected(log));
}

/// What waits to be released counts, too.
void TestForeignEvents::newsInOneInstant()
{
    Scene scene;
    const auto rules = SocketioRules::parse(
        {{u"event"_s, u"e"_s}, {u"step"_s, u"s"_s}, {u"percent"_s, u"p"_s}, {u"state"_s, u"st"_s}});
    QVERIFY(rules);
    SocketioJobs mapping(scene.jobs, *rules, {});
    for (const int percent : {10, 100})
        mapping.take(u"e"_s, {QJsonObject{{u"s"_s, u"a"_s}, {u"p"_s, percent}}});
    mapping.take(u"e"_s, {QJsonObject{{u"s"_s, u"b"_s}, {u"p"_s, 50}}});
    QCOMPARE(scene.said(), expected(uR"(
        job begins 'there' a
        job/a starts
        job/a 10/100 %
        job grows 'there' a b
        job/a 100/100 %
        job/a succeeded
        job/b starts
        job/b 50/100 %)"_s));
}

void TestForeignEvents::keepsWithinBounds()
{
    Scene scene;
    const auto rules =
        SocketioRules::parse({{u"event"_s, u"e"_s}, {u"id"_s, u"id"_s}, {u"step"_s, u"s"_s}, {u"state"_s, u"st"_s}});
    QVERIFY(rules);
    SocketioJobs mapping(scene.jobs, *rules, {});
    for (int i = 0; i < 2 * SocketioJobs::mostSteps; ++i)
        mapping.take(u"e"_s, {QJsonObject{{u"id"_s, u"same"_s}, {u"s"_s, u"step %1"_s.arg(i)}}});
    QCOMPARE(scene.jobs.job(scene.jobs.find(u"same"_s))->steps.size(), SocketioJobs::mostSteps);
    for (int i = 0; i < 2 * SocketioJobs::mostJobs; ++i)
        mapping.take(u"e"_s, {QJsonObject{{u"id"_s, i}}});
    QCOMPARE(scene.jobs.liveKeys().size(), SocketioJobs::mostJobs);
    mapping.take(u"e"_s, {QJsonObject{{u"id"_s, u"same"_s}, {u"st"_s, u"done"_s}}});
    QVERIFY(scene.jobs.find(u"same"_s).isEmpty());
}

void TestForeignEvents::frappe_data()
{
    QTest::addColumn<QString>("events");
    QTest::addColumn<QString>("log");
    QTest::newRow("publish_progress") << uR"(
           progress [{"percent":0,"title":"Importing","description":null}]
           progress [{"percent":33.3,"title":"Importing","description":"row 1"}]
           progress [{"progress":[2,3],"title":"Importing"}]
           progress [{"percent":100,"title":"Importing","description":null}]
           progress [{"percent":100,"title":"Importing","description":null}]
           progress [{"percent":1,"title":null,"description":null}])"_s
                                      << uR"(
           progress:Importing begins 'Importing' main
           progress:Importing/main starts
           progress:Importing/main 0/100 %
           progress:Importing/main 33.3/100 % 'row 1'
           progress:Importing/main 2/3
           progress:Importing/main 100/100 %
           progress:Importing/main succeeded
           progress:Importing succeeded
           progress:Progress begins 'Progress' main
           progress:Progress/main starts
           progress:Progress/main 1/100 %)"_s;
    QTest::newRow("a task, its log twice, and its end") << uR"(
           task_status_change [{"task_id":"t1","status":"Running"}]
           task_progress [{"task_id":"t1","message":{"lines":{"0":"a","10":"c","9":"b"}}}]
           task_progress [{"task_id":"t1","message":{"lines":{"0":"a","9":"b","10":"c","11":"d"}}}]
           progress [{"task_id":"t1","percent":50,"title":"Mail","description":null}]
           task_progress [{"task_id":"t1","percent":70,"message":"nearly"}]
           task_status_change [{"task_id":"t1","status":"Failed","error":"no disk"}]
           task_status_change [{"task_id":"t2","status":"Finished"}])"_s
                                                        << uR"(
           task:t1 begins 'Task t1' main
           task:t1/main starts
           task:t1/main says a|
           task:t1/main says b|
           task:t1/main says c|
           task:t1/main says d|
           task:t1/Mail begins 'Mail' main
           task:t1/Mail/main starts
           task:t1/Mail/main 50/100 %
           task:t1/main 70/100 % 'nearly'
           task:t1/main failed
           task:t1 failed: no disk
           task:t1/Mail/main failed
           task:t1/Mail failed: no disk)"_s;
    QTest::newRow("types of ai_progress are phases") << uR"(
           ai_progress [{"type":"thinking","message":"Analyzing"}]
           ai_progress [{"type":"reasoning","text":"hm","partial":true}]
           ai_progress [{"type":"plan","message":"1. file"}]
           ai_progress [{"type":"working","message":"Step 1/3: Creating file"}]
           ai_progress [{"type":"step_complete","message":"Created","step":1,"total":3}]
           ai_progress [{"type":"metrics_update","tokens":4}]
           ai_progress [{"type":"thinking","message":"again"}]
           ai_progress [{"type":"complete","message":"Done!"}]
           ai_progress [{"type":"complete"}])"_s << uR"(
           ai begins 'AI assistant' thinking
           ai/thinking starts
           ai/thinking says Analyzing|
           ai/thinking 0 'Analyzing'
           ai/thinking says hm
           ai grows 'AI assistant' thinking plan
           ai/thinking succeeded
           ai/plan starts
           ai/plan says 1. file|
           ai/plan 0 '1. file'
           ai grows 'AI assistant' thinking plan working
           ai/plan succeeded
           ai/working starts
           ai/working says Step 1/3: Creating file|
           ai/working 0/3 steps 'Step 1/3: Creating file'
           ai/working says Created|
           ai/working 1/3 steps 'Created'
           ai custom metrics_update
           ai grows 'AI assistant' thinking plan working thinking-2
           ai/working succeeded
           ai/thinking-2 starts
           ai/thinking-2 says again|
           ai/thinking-2 0 'again'
           ai/thinking-2 succeeded
           ai succeeded)"_s;
    QTest::newRow("two conversations, and an error before anything") << uR"(
           ai_progress [{"type":"thinking","task_id":"a"}]
           ai_progress [{"type":"error","task_id":"b","message":"no model"}]
           ai_progress [{"type":"error","task_id":"a","error":"out of memory"}])"_s
                                                                     << uR"(
           ai:a begins 'AI assistant' thinking
           ai:a/thinking starts
           ai:a/thinking 0
           ai:b begins 'AI assistant' main
           ai:b/main skipped
           ai:b failed: no model
           ai:a/thinking failed
           ai:a failed: out of memory)"_s;
    QTest::newRow("nonsense") << uR"(
           progress []
           progress ["50"]
           progress [{"percent":{},"title":["x"]}]
           progress [{"progress":[1,0]}]
           task_progress [{"percent":5}]
           task_status_change [{"status":"Failed"}]
           ai_progress [{"type":"<script>"}]
           ai_progress [{"type":7.5}]
           eval_js ["alert(1);"]
           msgprint [{"message":"hello"}])"_s
                              << QString();
}

void TestForeignEvents::frappe()
{
    QFETCH(const QString, events);
    QFETCH(const QString, log);
    Scene scene;
    FrappeJobs mapping(scene.jobs);
    scene.play(mapping, events);
    QCOMPARE(scene.log.isEmpty() ? expected({}) : scene.said(), expected(log));
}

/// Whatever a server sends, steps start once and end once, and nothing moves outside of that.
void TestForeignEvents::nonsense()
{
    test::Random random(5);
    static const QStringList members = {u"percent"_s, u"progress"_s, u"title"_s, u"description"_s,
                                        u"message"_s, u"task_id"_s,  u"lines"_s, u"status"_s,
                                        u"type"_s,    u"step"_s,     u"total"_s, u"text"_s};
    static const QList<QJsonValue> likely = {u"a"_s,
                                             u"Failed"_s,
                                             u"Running"_s,
                                             u"complete"_s,
                                             u"error"_s,
                                             u"working"_s,
                                             u"plan"_s,
                                             u"todo_x"_s,
                                             0,
                                             50,
                                             100,
                                             -7,
                                             1e300,
                                             QJsonArray{1, 2},
                                             QJsonArray{2, 2},
                                             QJsonObject{{u"-1"_s, u"x"_s}, {u"9223372036854775807"_s, u"y"_s}}};
    static const QStringList events = {u"progress"_s, u"task_progress"_s, u"task_status_change"_s, u"ai_progress"_s};
    Scene scene;
    std::map<std::pair<QString, QString>, int> steps; // 1: started, 2: ended
    QStringList faults;
    const Subscription check = scene.hub.observe([&](const EventPtr &event) {
        if (event->step.isEmpty())
            return;
        int &phase = steps[{event->job, event->step}];
        const bool ends = std::holds_alternative<StepFinished>(event->data);
        const bool starts = std::holds_alternative<StepStarted>(event->data);
        if (phase == 2 || (starts && phase != 0) || (!starts && !ends && phase != 1))
            faults.append(test::said(*event));
        phase = ends ? 2 : std::max(phase, 1);
    });
    const auto rules = SocketioRules::parse({{u"event"_s, events.join(u',')},
                                             {u"id"_s, u"task_id"_s},
                                             {u"step"_s, u"text"_s},
                                             {u"done"_s, u"step"_s},
                                             {u"total"_s, u"total"_s},
                                             {u"percent"_s, u"percent"_s},
                                             {u"state"_s, u"status"_s},
                                             {u"message"_s, u"message"_s}});
    QVERIFY(rules);
    FrappeJobs frappe(scene.jobs);
    SocketioJobs other(scene.jobs, *rules, {});
    for (int i = 0; i < 20'000; ++i) {
        QJsonObject message;
        for (const QString &member : members) {
            if (test::chance(random, 2))
                message.insert(member,
                               test::chance(random, 8) ? test::randomJson(random) : test::oneOf(random, likely));
        }
        const QString event = test::oneOf(random, events);
        frappe.take(event, {message});
        other.take(event, {message});
        scene.clock.time += 7;
    }
    QCOMPARE(faults, QStringList());
    QVERIFY(steps.size() > 1000);
}

void TestForeignEvents::polls()
{
    Scene scene;
    FrappeJobs mapping(scene.jobs);
    const auto poll = [&](const QString &updates) {
        const auto before = scene.log.size();
        mapping.takeUpdates(arrayOf(updates));
        scene.clock.time += 1000;
        return QStringList(scene.log.mid(before)).filter(u"says"_s).join(u' ');
    };
    // All from the beginning each time; then only what is new.
    QCOMPARE(poll(uR"([{"type":"plan","message":"a"}])"_s), u"ai/plan says a|"_s);
    QCOMPARE(poll(uR"([{"type":"plan","message":"a"}])"_s), QString());
    QCOMPARE(poll(uR"([{"type":"plan","message":"a"},{"type":"plan","message":"b"}])"_s), u"ai/plan says b|"_s);
    QCOMPARE(poll(uR"([])"_s), QString());
    QCOMPARE(poll(uR"([{"type":"plan","message":"c"}])"_s), u"ai/plan says c|"_s);
}

void TestForeignEvents::frappeSettings_data()
{
    QTest::addColumn<QString>("settings");
    QTest::addColumn<QString>("sentence");
    const QString rest = u",\"cookie\":\"abc\"}"_s;
    QTest::newRow("no address") << uR"({"url":"erp")"_s + rest
                                << u"setting url is \"erp\", expected an address like https://host:port"_s;
    QTest::newRow("a socket") << uR"({"url":"wss://erp")"_s
            + rest << u"setting url is \"wss://erp\", expected the site's web address like https://erp.example.org"_s;
    QTest::newRow("a password") << uR"({"url":"https://a:b@erp")"_s + rest
                                << u"setting url has a user or password in it, which do not belong there"_s;
    QTest::newRow("documents") << uR"({"url":"https://erp","documents":"ToDo/1, Note")"_s + rest
                               << u"setting documents has \"Note\", expected a type and a name like ToDo/TD-1"_s;
    QTest::newRow("version") << uR"({"url":"https://erp","version":"new")"_s + rest
                             << u"setting version is \"new\", expected 13 to 16"_s;
    QTest::newRow("nothing to be known by")
        << uR"({"url":"https://erp"})"_s << u"neither cookie nor api_key is given: Frappe tells nothing to strangers"_s;
    QTest::newRow("half a key")
        << uR"({"url":"https://erp","api_key":"abc"})"_s
        << u"setting api_key has no colon in it, expected the API key and secret like key:secret"_s;
    QTest::newRow("a header more") << uR"({"url":"https://erp","cookie":"a\nX: b"})"_s
                                   << u"setting cookie has a control character in it, expected one line"_s;
}

void TestForeignEvents::frappeSettings()
{
    QFETCH(const QString, settings);
    Scene scene;
    const auto made = frappeKind().make({QJsonDocument::fromJson(settings.toUtf8()).object(), {}, scene.jobs});
    QVERIFY(!made);
    QTEST(made.error().message, "sentence");
}

void TestForeignEvents::refusals_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("namespace")
        << u"Invalid namespace"_s
        << u"the realtime server does not serve site \"site1.local\" at this address: set site to the name of "
           "the site's folder, or url to the address of that site"_s;
    QTest::newRow("origin")
        << u"Invalid origin"_s
        << u"the realtime server wants url and socketio to have the same host, but they have \"erp.example\" and "
           "\"127.0.0.1\": change one of them"_s;
    const QString cookie =
        u"this version of Frappe takes no API key for realtime: set cookie to the sid of a session"_s;
    QTest::newRow("cookie") << u"No cookie transmitted."_s << cookie;
    QTest::newRow("sid") << u"No sid transmitted."_s << cookie;
    const QString nothing =
        u"the realtime server was given neither a cookie nor an API key: set cookie or api_key, and let a "
        "proxy before it pass both on"_s;
    QTest::newRow("neither") << u"Missing cookie and authorization header. Either one needed for authentication."_s
                             << nothing;
    QTest::newRow("neither, in Python") << u"Missing cookie and authorization header. Either one needed."_s << nothing;
    QTest::newRow("no method") << u"No authentication method used. Use cookie or authorization header."_s << nothing;
    const QString stranger =
        u"the site does not accept the cookie or API key: log in again and set cookie to the new sid, or set "
        "api_key to a valid one"_s;
    QTest::newRow("unauthorized") << u"Unauthorized: Error: Forbidden"_s << stranger;
    QTest::newRow("unauthorized, in Python") << u"Unauthorized"_s << stranger;
    QTest::newRow("the site is not there")
        << u"Unauthorized: AggregateError"_s
        << u"the realtime server cannot reach the site at https://erp.example:8000 to ask who we "
           "are: set url to an address with a port that it reaches, too"_s;
    QTest::newRow("others") << u"come back\nlater"_s << u"the realtime server refuses: \"come back\\nlater\""_s;
}

void TestForeignEvents::refusals()
{
    QFETCH(const QString, text);
    const FrappeAddress address{QUrl(u"https://erp.example:8000/app"_s), QUrl(u"http://127.0.0.1:9000"_s),
                                u"site1.local"_s};
    QTEST(frappeRefusal(text, address), "sentence");
}

QTEST_GUILESS_MAIN(TestForeignEvents)
#include "tst_foreign_events.moc"
