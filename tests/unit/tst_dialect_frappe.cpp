#include "core/serve/dialects/frappe/frappe_login.h"
#include "core/serve/dialects/frappe/frappe_memory.h"
#include "core/serve/dialects/frappe/frappe_story.h"
#include "core/serve/dialects/frappe/frappe_updates.h"

#include <QJsonDocument>
#include <QTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

/// What Frappe's dialect tells and whom it believes.
class TestDialectFrappe : public QObject
{
    Q_OBJECT

private:
    static FrappeSite site(const char *json = "{}")
    {
        return FrappeSite::read(QJsonDocument::fromJson(json).object()).value();
    }

    static Job twoSteps()
    {
        Job job;
        job.id = u"j1"_s;
        job.title = u"Import"_s;
        job.pipeline = u"import"_s;
        job.params = {{u"name"_s, u"DI-1"_s}, {u"number"_s, 7}};
        for (const char *id : {"a", "b"}) {
            Step step;
            step.id = QLatin1String(id);
            step.title = step.id.toUpper();
            job.steps.push_back(step);
        }
        return job;
    }

    static QStringList eventsOf(const std::vector<FrappePublication> &list)
    {
        QStringList events;
        for (const FrappePublication &each : list)
            events.append(each.event == u"ai_progress" ? each.message[u"type"_s].toString() : each.event);
        return events;
    }

    static QStringList roomsOf(const FrappeSite &site, const Job &job)
    {
        FrappeStory story(site);
        const auto told = story.progressOf(job, 0);
        return told.front().rooms;
    }

    static Event event(FactData data, const QString &step = {})
    {
        Event event;
        event.job = u"j1"_s;
        event.step = step;
        event.time = 1'700'000'000'123;
        event.data = std::move(data);
        return event;
    }

    static http::Request request(http::Headers headers)
    {
        http::Request request;
        request.headers = std::move(headers);
        return request;
    }

private Q_SLOTS:
    void figuresGoWherePublishProgressSendsThem()
    {
        const FrappeSite withDocument =
            site(R"({"pipelines": {"import": {"doctype": "Data Import", "docname": "{{name}}/{{number}}"}}})");
        const FrappeSite plain = site();
        Job job = twoSteps();
        job.state = State::Running;
        job.steps[0].state = State::Running;
        job.steps[0].started = 1;
        job.steps[0].progress.emplace();
        job.steps[0].progress->fraction = 0.5;
        FrappeStory story(withDocument);
        const auto told = story.progressOf(job, 0);
        QCOMPARE(told.front().rooms, (QStringList{u"task_progress:j1"_s, u"doc:Data Import/DI-1/7"_s}));
        QCOMPARE(
            told.front().message.toObject(),
            (QJsonObject{
                {u"percent"_s, 25}, {u"title"_s, u"Import"_s}, {u"description"_s, u"A"_s}, {u"task_id"_s, u"j1"_s}}));
        QVERIFY(story.progressOf(job, 0).empty()); // nothing new
        QCOMPARE(roomsOf(plain, job).last(), u"user:Administrator"_s);
        const FrappeSite quiet = site(R"({"shows": "ai_progress"})");
        QCOMPARE(roomsOf(quiet, job), QStringList{u"task_progress:j1"_s});
        const FrappeSite figures = site(R"({"shows": "progress"})");
        QCOMPARE(eventsOf(FrappeStory(figures).progressOf(job, 0)), QStringList{u"progress"_s});
        QCOMPARE(eventsOf(FrappeStory(figures).tell(event(JobStarted()), job)), QStringList{u"task_status_change"_s});
    }

    void theEndIsToldLast()
    {
        const FrappeSite plain = site();
        FrappeStory story(plain);
        const Job job = twoSteps();
        JobFinished finished;
        QCOMPARE(eventsOf(story.tell(event(finished), job)),
                 (QStringList{u"progress"_s, u"task_status_change"_s, u"complete"_s}));
        finished.state = State::Failed;
        finished.error = Failure{u"<no> disk"_s, {}, {}, {}, {}};
        const auto failed = story.tell(event(finished), job);
        QCOMPARE(eventsOf(failed), (QStringList{u"task_status_change"_s, u"msgprint"_s, u"error"_s}));
        QCOMPARE(failed[1].message[u"message"_s].toString(), u"Import: &lt;no&gt; disk"_s); // is shown as HTML
        QCOMPARE(failed[2].message[u"error"_s].toString(), u"<no> disk"_s);
        QCOMPARE(failed[2].message[u"timestamp"_s].toString(), u"2023-11-14 22:13:20.123000"_s);
        finished.state = State::Cancelled;
        QCOMPARE(eventsOf(story.tell(event(finished), job)), (QStringList{u"task_status_change"_s, u"error"_s}));
    }

    void whoSpeaksForItselfIsNotSpokenFor()
    {
        const FrappeSite plain = site();
        FrappeStory story(plain);
        const Job job = twoSteps();
        const Custom own{u"ai_progress"_s, QJsonObject{{u"type"_s, u"complete"_s}, {u"task_id"_s, u"mine"_s}}};
        const auto told = story.tell(event(own), job);
        QCOMPARE(told.front().message[u"task_id"_s].toString(), u"mine"_s);
        QVERIFY(story.tell(event(StepStarted(), u"a"_s), job).empty());
        QCOMPARE(eventsOf(story.tell(event(JobFinished()), job)),
                 (QStringList{u"progress"_s, u"task_status_change"_s}));
        QVERIFY(
            eventsOf(story.tell(event(JobStarted()), job)).contains(u"plan"_s)); // once more: it has said nothing yet
    }

    void whatCameFromAFrappeIsNotToldToOne()
    {
        const FrappeSite plain = site();
        FrappeStory story(plain);
        Job job = twoSteps();
        job.source = u"frappe"_s;
        QVERIFY(story.tell(event(JobStarted()), job).empty());
        job.source.clear();
        job.parent = u"other"_s;
        QVERIFY(story.tell(event(JobStarted()), job).empty());
        job.parent.clear();
        QVERIFY(story.tell(event(Custom{u"disconnect"_s, {}}), job).empty());
        QVERIFY(story.tell(event(Custom{u"eval_js"_s, u"1"_s}), job).empty());
    }

    void usersAreTheOnesThatTheTokenVouchesFor()
    {
        const FrappeSite known = site(R"({"users": {"anna@example.org": {}}})");
        const FrappeLogin login(known, "secret");
        const QString anna = u"anna@example.org"_s;
        QCOMPARE(login.userOf(request({{"cookie", "sid=secret"}})), u"Administrator"_s);
        QCOMPARE(login.userOf(request({{"cookie", "sid=secret; user_id=anna%40example.org"}})), anna);
        QCOMPARE(login.userOf(request({{"cookie", "user_id=anna%40example.org"}}), "secret"), anna);
        QCOMPARE(login.userOf(request({{"authorization", "token anna@example.org:secret"}})), anna);
        QCOMPARE(
            login.userOf(request({{"authorization", "Basic " + QByteArray("anna@example.org:secret").toBase64()}})),
            anna);
        for (const char *wrong : {"token secret", "token eve:secret", "token :", "Bearer ", "secret", "Digest secret"})
            QCOMPARE(login.userOf(request({{"authorization", wrong}, {"cookie", "sid=secret"}})), QString());
        QCOMPARE(login.userOf(request({{"cookie", "sid=secret; user_id=eve"}})), QString());
        QCOMPARE(login.userOf(request({})), QString());
        QCOMPARE(FrappeLogin(known, {}).userOf(request({{"cookie", "sid="}})), QString()); // no token: nobody
    }

    void hostnames()
    {
        QCOMPARE(FrappeLogin::hostname("http://a.b:80/x"), u"a.b"_s);
        QCOMPARE(FrappeLogin::hostname("a.b:80"), u"a.b"_s);
        QCOMPARE(FrappeLogin::hostname("http://[::1]:80"), u"[::1]"_s);
        QVERIFY(FrappeLogin::isOfThisHost(request({{"host", "a:1"}, {"origin", "http://a:2"}})));
        QVERIFY(!FrappeLogin::isOfThisHost(request({{"host", "a:1"}, {"origin", "null"}})));
        QVERIFY(FrappeLogin::isOfThisHost(request({{"host", "a:1"}})));
    }

    void eachAskerIsToldOnce()
    {
        FrappeUpdates updates;
        const auto update = [](const char *task, int number) {
            return QJsonObject{{u"task_id"_s, QLatin1String(task)}, {u"number"_s, number}};
        };
        updates.add(u"u"_s, u"c"_s, update("old", 1));
        updates.add(u"u"_s, u"c"_s, update("new", 2));
        updates.add(u"u"_s, u"c"_s, update("new", 3));
        QCOMPARE(updates.take(u"u"_s, u"c"_s, "x"), (QJsonArray{update("new", 2), update("new", 3)}));
        QVERIFY(updates.take(u"u"_s, u"c"_s, "x").isEmpty());
        updates.add(u"u"_s, u"c"_s, update("new", 4));
        QCOMPARE(updates.take(u"u"_s, u"c"_s, "x"), QJsonArray{update("new", 4)});
        QCOMPARE(updates.take(u"u"_s, u"c"_s, "y").size(), 3);
        QCOMPARE(updates.take(u"u"_s, u"c"_s, "y", 0).size(), 4);
        QVERIFY(updates.take(u"other"_s, u"c"_s, "x").isEmpty());
        for (std::size_t i = 0; i < FrappeUpdates::mostUpdates + 10; ++i)
            updates.add(u"u"_s, u"c"_s, update("new", 5));
        QCOMPARE(updates.take(u"u"_s, u"c"_s, "y", 0).size(), qsizetype(FrappeUpdates::mostUpdates));
        for (std::size_t i = 0; i < FrappeUpdates::mostConversations; ++i)
            updates.add(u"u"_s, u"c%1"_s.arg(i), update("new", 6));
        QVERIFY(updates.take(u"u"_s, u"c"_s, "z").isEmpty()); // forgotten
    }

    void figuresOfTheSameStepReplaceEachOther()
    {
        FrappeUpdates updates;
        const auto working = [](int step, double percent) {
            return QJsonObject{
                {u"type"_s, u"working"_s}, {u"task_id"_s, u"j"_s}, {u"step"_s, step}, {u"percent"_s, percent}};
        };
        updates.add(u"u"_s, u"c"_s, working(1, 0));
        QCOMPARE(updates.take(u"u"_s, u"c"_s, "x").size(), 1);
        updates.add(u"u"_s, u"c"_s, working(1, 10));
        updates.add(u"u"_s, u"c"_s, working(1, 20));
        updates.add(u"u"_s, u"c"_s, working(2, 50));
        QCOMPARE(updates.take(u"u"_s, u"c"_s, "x"), (QJsonArray{working(1, 20), working(2, 50)}));
        updates.add(u"u"_s, u"c"_s, {{u"type"_s, u"working"_s}, {u"task_id"_s, u"j"_s}});
        updates.add(u"u"_s, u"c"_s, {{u"type"_s, u"working"_s}, {u"task_id"_s, u"j"_s}});
        QCOMPARE(updates.take(u"u"_s, u"c"_s, "x").size(), 2); // a step's own are what they are
    }

    void whoWentWithoutGoodbyeIsRemembered()
    {
        FrappeMemory memory;
        const FrappeMemory::Clock::time_point now{};
        const FrappeMemory::Subscriptions one{{u"task_progress:1"_s}, {}};
        const FrappeMemory::Subscriptions two{{u"task_progress:2"_s}, {}};
        memory.keep("s", u"a"_s, one, now);
        memory.keep("s", u"b"_s, two, now);
        memory.keep("s", u"c"_s, {}, now); // nothing to remember
        memory.keep("other", u"d"_s, one, now);
        memory.forget(u"a"_s);
        QCOMPARE(memory.take("s", now)->rooms, two.rooms);
        QVERIFY(!memory.take("s", now)); // once
        QVERIFY(!memory.take("other", now + FrappeMemory::age + std::chrono::seconds(1)));
        for (std::size_t i = 0; i <= FrappeMemory::most; ++i)
            memory.keep("s", QString::number(i), i == 0 ? one : two, now);
        QCOMPARE(memory.take("s", now)->rooms, two.rooms); // the oldest had to go
    }
};

QTEST_APPLESS_MAIN(TestDialectFrappe)
#include "tst_dialect_frappe.moc"
