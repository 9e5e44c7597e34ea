#include "core/model/ids.h"
#include "core/remote/foreign/mutant_tasks.h"
#include "support/fake_clock.h"

#include <QJsonDocument>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestForeignMutant : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void putShowsThreePhases();
    void countingTraps_data();
    void countingTraps();
    void ends_data();
    void ends();
    void syncGoesThroughSteps();
    void stopIsAnsweredBySilence_data();
    void stopIsAnsweredBySilence();
    void tasksOfOthersAreLookedAt();
    void aCutDoesNotInventCounts();
    void aRestartForgetsTasks();
    void aKeyInUseIsRefusedTwice();
    void lostBeforeTheAnswer();
    void directAnswers();
    void refusals_data();
    void refusals();
    void namesAreTheCallers();
    void hostileTexts_data();
    void hostileTexts();
    void noMutAnt();
    void manyTasks();
};

static const QString first = u"11111111-2222-4333-8444-555555555555"_s;
static const QString second = u"99999999-2222-4333-8444-555555555555"_s;

static QJsonObject json(const QString &text)
{
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(text.toUtf8(), &error);
    Q_ASSERT_X(error.error == QJsonParseError::NoError, "json", qPrintable(text));
    return document.object();
}

/// A hub, the jobs of one source, and a daemon that says what the test says.
struct Scene
{
    test::FakeClock clock;
    Hub hub{{u"hub-1"_s, u"nas"_s, u"b3f1c0"_s}, clock};
    QStringList log;
    Subscription watch = hub.observe([this](const EventPtr &event) { log.append(said(*event)); });
    ForeignJobs jobs{hub, u"ants"_s, u"mutant"_s, [this] { return clock.time; }};
    QList<QJsonObject> sent;
    MutantTasks tasks{jobs, [this](const QByteArray &text) { sent.append(json(QString::fromUtf8(text))); }};
    QStringList answers;

    static QString phasesOf(const Progress &progress)
    {
        QStringList texts;
        for (const Phase &phase : progress.phases)
            texts.append(u"%1 %2/%3"_s.arg(phase.id).arg(phase.done).arg(phase.total.value_or(-1)));
        if (progress.phases.empty() && (progress.done > 0 || progress.total))
            texts.append(u"%1/%2"_s.arg(progress.done).arg(progress.total.value_or(-1)));
        if (progress.fraction)
            texts.append(u"%1%"_s.arg(std::floor(*progress.fraction * 1000) / 10));
        if (!progress.message.isEmpty())
            texts.append(progress.message);
        return texts.join(u", ");
    }
    static QString said(const Event &event)
    {
        QString line = typeName(event.data);
        if (!event.step.isEmpty())
            line += u' ' + event.step;
        if (const auto *queued = std::get_if<JobQueued>(&event.data))
            line += u' ' + queued->job.title;
        if (const auto *progress = std::get_if<StepProgress>(&event.data))
            line += u": "_s + phasesOf(progress->progress);
        if (const auto *finished = std::get_if<StepFinished>(&event.data))
            line += u' ' + stateName(finished->state);
        if (const auto *ended = std::get_if<JobFinished>(&event.data))
            line += u' ' + stateName(ended->state) + (ended->error ? u": "_s + ended->error->message : QString());
        if (const auto *changed = std::get_if<JobChanged>(&event.data); changed && changed->state)
            line += u' ' + stateName(*changed->state);
        if (const auto *output = std::get_if<StepOutput>(&event.data))
            line += u": "_s + output->text.trimmed().replace(u'\n', u'|');
        if (const auto *custom = std::get_if<Custom>(&event.data))
            line += u' ' + custom->name;
        if (const auto *notice = std::get_if<Notice>(&event.data))
            line = notice->type;
        return line;
    }

    /// Everything since the last call.
    QStringList taken() { return std::exchange(log, {}); }
    void daemon(const QString &text)
    {
        clock.time += 1000; // nothing is merged
        if (const auto read = tasks.receive(text.toUtf8()); !read)
            answers.append(u"fault: "_s + read.error().message);
    }
    void list(const QStringList &entries = {})
    {
        daemon(uR"({"type":"TaskList","tasks":[%1]})"_s.arg(entries.join(u',')));
    }
    static QString entry(const QString &id, const QString &type, const QString &status)
    {
        return uR"({"task_id":"%1","task_type":"%2","status":"%3"})"_s.arg(id, type, status);
    }
    void update(const QString &progress, const QString &id = first, const QString &status = u"InProgress"_s)
    {
        daemon(uR"({"type":"TaskUpdate","task_id":"%1","status":"%2","progress":%3})"_s.arg(id, status, progress));
    }
    void created(const QString &id = first) { daemon(uR"({"type":"TaskCreated","task_id":"%1"})"_s.arg(id)); }
    void result(const QString &status, const QString &text, const QString &id = first)
    {
        daemon(uR"({"type":"TaskResult","task_id":"%1","status":"%2","result":%3})"_s.arg(id, status, text));
    }
    /// An error with the text of the request `back` before the newest.
    void refuse(const QString &error, qsizetype back = 0)
    {
        const QByteArray original = QJsonDocument(sent[sent.size() - 1 - back]).toJson(QJsonDocument::Compact);
        daemon(QString::fromUtf8(QJsonDocument(QJsonObject{{u"type"_s, u"Error"_s},
                                                           {u"error"_s, error},
                                                           {u"original_request"_s, QString::fromUtf8(original)}})
                                     .toJson(QJsonDocument::Compact)));
    }
    void open(const QStringList &entries = {})
    {
        tasks.opened();
        list(entries);
        taken();
    }
    void wish(const Request &request)
    {
        tasks.handle(request, [this](const Result<Answer> &given) {
            if (!given)
                answers.append(given.error().message);
            else if (const auto *ack = std::get_if<JobAck>(&*given))
                answers.append(stateName(ack->state));
            else
                answers.append(u"object"_s);
        });
    }
    void run(const QString &pipeline, const QJsonObject &params = {}, const QString &jobId = {})
    {
        RunJob run;
        run.pipeline = pipeline;
        run.params = params;
        run.jobId = jobId;
        wish(run);
    }
    void put(const QString &key = u"k"_s, const QJsonObject &more = {})
    {
        QJsonObject params{{u"user_key"_s, key}, {u"source_path"_s, u"/f"_s}};
        for (auto it = more.begin(); it != more.end(); ++it)
            params.insert(it.key(), it.value());
        run(u"put"_s, params);
    }
};

static const QString stored = uR"({"Result":{"Put":{"public_address":null}}})"_s;
static const QString stopNote =
    u"step.output put: stopped: the daemon may keep its key locked until it is started anew"_s;

void TestForeignMutant::putShowsThreePhases()
{
    Scene scene;
    scene.tasks.opened();
    QCOMPARE(scene.sent.last(), json(uR"({"type":"ListTasks"})"_s)); // a further member would be refused
    QVERIFY(!scene.jobs.isConnected());
    scene.list();
    QCOMPARE(scene.taken(), QStringList{u"host.connected"_s});
    scene.put(u"photo"_s, {{u"mode"_s, u"heavy"_s}, {u"no_verify"_s, u"false"_s}});
    QJsonObject asked = scene.sent.last();
    QVERIFY(asked.contains(u"n"_s));
    asked.remove(u"n"_s);
    QCOMPARE(asked, json(uR"({"type":"Put","user_key":"photo","source_path":"/f","mode":"Heavy","public":false,
                             "no_verify":false,"source":{"FilePath":"/f"}})"_s));
    QVERIFY(scene.answers.isEmpty());
    scene.created();
    QCOMPARE(scene.answers, QStringList{u"running"_s});
    scene.update(uR"({"Put":{"Starting":{"total_chunks":4,"initial_written_count":1,"initial_confirmed_count":0,
                     "chunks_to_reserve":1}}})"_s);
    for (const auto *event : {u"PadReserved", u"PadsWritten", u"PadsWritten", u"PadsConfirmed"})
        scene.update(uR"({"Put":"%1"})"_s.arg(QStringView(event)));
    scene.result(u"Completed"_s, uR"({"Result":{"Put":{"public_address":"abcd"}}})"_s);
    QCOMPARE(scene.taken(),
             (QStringList{u"job.queued put photo"_s, u"job.started"_s, u"step.started put"_s,
                          u"step.progress put: reserve 0/1, write 1/4, confirm 0/4, 11.1%"_s,
                          u"step.progress put: reserve 1/1, write 1/4, confirm 0/4, 22.2%"_s,
                          u"step.progress put: reserve 1/1, write 2/4, confirm 0/4, 33.3%"_s,
                          u"step.progress put: reserve 1/1, write 3/4, confirm 0/4, 44.4%"_s,
                          u"step.progress put: reserve 1/1, write 3/4, confirm 1/4, 55.5%"_s,
                          u"step.output put: public_address: abcd"_s, u"custom put result"_s,
                          u"step.finished put succeeded"_s, u"job.finished succeeded"_s}));
}

void TestForeignMutant::countingTraps_data()
{
    QTest::addColumn<QString>("pipeline");
    QTest::addColumn<QJsonObject>("params");
    QTest::addColumn<QStringList>("events");
    QTest::addColumn<QStringList>("told"); ///< progress after each

    const auto starting = [](int total, int written, int confirmed, int reserve) {
        return uR"({"Put":{"Starting":{"total_chunks":%1,"initial_written_count":%2,"initial_confirmed_count":%3,"chunks_to_reserve":%4}}})"_s
            .arg(total)
            .arg(written)
            .arg(confirmed)
            .arg(reserve);
    };
    const auto put = [](const QString &name) { return uR"({"Put":"%1"})"_s.arg(name); };
    const QJsonObject params{{u"user_key"_s, u"k"_s}, {u"source_path"_s, u"/f"_s}};
    QJsonObject unverified = params;
    unverified.insert(u"no_verify"_s, true);

    // Data, then the index: a second Starting adds, three ends of which none is the task's.
    QTest::newRow("public put")
        << u"put"_s << params
        << QStringList{starting(1, 0, 0, 1),    put(u"PadReserved"_s), put(u"PadsWritten"_s), put(u"PadsConfirmed"_s),
                       put(u"Complete"_s),      starting(1, 0, 0, 1),  put(u"PadReserved"_s), put(u"PadsWritten"_s),
                       put(u"PadsConfirmed"_s), put(u"Complete"_s),    put(u"Complete"_s)}
        << QStringList{u"reserve 0/1, write 0/1, confirm 0/1, 0%"_s,    u"reserve 1/1, write 0/1, confirm 0/1, 33.3%"_s,
                       u"reserve 1/1, write 1/1, confirm 0/1, 66.6%"_s, u"reserve 1/1, write 1/1, confirm 1/1, 99.9%"_s,
                       u"reserve 1/1, write 1/1, confirm 1/1, 99.9%"_s, u"reserve 1/2, write 1/2, confirm 1/2, 99.9%"_s,
                       u"reserve 2/2, write 1/2, confirm 1/2, 99.9%"_s, u"reserve 2/2, write 2/2, confirm 1/2, 99.9%"_s,
                       u"reserve 2/2, write 2/2, confirm 2/2, 99.9%"_s, u"reserve 2/2, write 2/2, confirm 2/2, 99.9%"_s,
                       u"reserve 2/2, write 2/2, confirm 2/2, 99.9%"_s};
    QTest::newRow("all there already") << u"put"_s << params << QStringList{starting(3, 3, 3, 0), put(u"Complete"_s)}
                                       << QStringList{u"write 3/3, confirm 3/3, 99.9%"_s,
                                                      u"write 3/3, confirm 3/3, 99.9%"_s};
    QTest::newRow("resumed and nothing to do")
        << u"put"_s << params << QStringList{put(u"Complete"_s)} << QStringList{QString()};
    QTest::newRow("nobody confirms") << u"put"_s << unverified
                                     << QStringList{starting(2, 0, 0, 2), put(u"PadReserved"_s), put(u"PadsWritten"_s)}
                                     << QStringList{u"reserve 0/2, write 0/2, 0%"_s, u"reserve 1/2, write 0/2, 25%"_s,
                                                    u"reserve 1/2, write 1/2, 50%"_s};
    QTest::newRow("more than announced") << u"put"_s << params
                                         << QStringList{starting(1, 0, 0, 0), put(u"PadReserved"_s),
                                                        put(u"PadsWritten"_s), put(u"PadsWritten"_s)}
                                         << QStringList{
                                                u"write 0/1, confirm 0/1, 0%"_s, u"write 0/1, confirm 0/1, 0%"_s,
                                                u"write 1/1, confirm 0/1, 50%"_s, u"write 1/1, confirm 0/1, 50%"_s};
    QTest::newRow("begun anew") << u"put"_s << params
                                << QStringList{starting(4, 0, 0, 0), put(u"PadsWritten"_s), starting(4, 1, 0, 0)}
                                << QStringList{u"write 0/4, confirm 0/4, 0%"_s, u"write 1/4, confirm 0/4, 12.5%"_s,
                                               u"write 1/4, confirm 0/4, 12.5%"_s};
    QTest::newRow("figures that are none")
        << u"put"_s << params
        << QStringList{uR"({"Put":{"Starting":{"total_chunks":-3,"initial_written_count":"x","chunks_to_reserve":1e300}}})"_s,
                       uR"({"Put":["PadReserved"]})"_s, uR"({"Get":"PadFetched"})"_s,
                       uR"({"Legacy":{"message":"hello"}})"_s}
        << QStringList{u"reserve 0/1e+12, 0%"_s, u"reserve 0/1e+12, 0%"_s, u"reserve 0/1e+12, 0%"_s,
                       u"reserve 0/1e+12, 0%, hello"_s};
    const QJsonObject get{{u"user_key"_s, u"k"_s}, {u"destination_path"_s, u"/o"_s}, {u"public"_s, u"true"_s}};
    QTest::newRow("one public pad of a thousand")
        << u"get"_s << get
        << QStringList{uR"({"Get":{"Starting":{"total_chunks":1000}}})"_s, uR"({"Get":"PadFetched"})"_s,
                       uR"({"Get":"Complete"})"_s}
        << QStringList{u"0/1000, 0%"_s, u"1/1000, 0.1%"_s, u"1/1, 99.9%"_s};
    QTest::newRow("purge") << u"purge"_s << QJsonObject()
                           << QStringList{uR"({"Purge":{"Starting":{"total_count":2}}})"_s,
                                          uR"({"Purge":"PadProcessed"})"_s, uR"({"Purge":"PadProcessed"})"_s,
                                          uR"({"Purge":{"Complete":{"verified_count":1,"failed_count":1}}})"_s}
                           << QStringList{u"0/2, 0%"_s, u"1/2, 50%"_s, u"2/2, 99.9%"_s,
                                          u"2/2, 99.9%, 1 verified, 1 failed"_s};
    QTest::newRow("health") << u"health_check"_s << QJsonObject{{u"key_name"_s, u"k"_s}}
                            << QStringList{uR"({"HealthCheck":{"Starting":{"total_keys":2}}})"_s,
                                           uR"({"HealthCheck":"KeyProcessed"})"_s,
                                           uR"({"HealthCheck":{"Complete":{"nb_keys_updated":1}}})"_s}
                            << QStringList{u"0/2, 0%"_s, u"1/2, 50%"_s, u"1/1, 99.9%, 1 updated"_s};
}

void TestForeignMutant::countingTraps()
{
    QFETCH(const QString, pipeline);
    QFETCH(const QJsonObject, params);
    QFETCH(const QStringList, events);
    QFETCH(const QStringList, told);
    Scene scene;
    scene.open();
    scene.run(pipeline, params);
    scene.created();
    QStringList seen;
    for (const QString &event : events) {
        scene.taken();
        scene.update(event);
        seen.append(scene.taken().last().section(u": "_s, 1));
    }
    QCOMPARE(seen, told);
    QCOMPARE(scene.jobs.liveKeys(), QStringList{first}); // only a result ends it
}

void TestForeignMutant::ends_data()
{
    QTest::addColumn<QString>("message");
    QTest::addColumn<QString>("end");
    const QString result = uR"({"type":"TaskResult","task_id":"%1","status":"%2","result":%3})"_s;
    QTest::newRow("completed") << result.arg(first, u"Completed"_s, stored) << u"job.finished succeeded"_s;
    QTest::newRow("failed") << result.arg(first, u"Failed"_s, uR"({"Error":"Network error: no peers"})"_s)
                            << u"job.finished failed: Network error: no peers"_s;
    QTest::newRow("failed without a reason")
        << result.arg(first, u"Failed"_s, u"\"Pending\""_s) << u"job.finished failed: the daemon gave no reason"_s;
    QTest::newRow("of April 2025") << result.arg(first, u"Failed"_s, uR"({"data":null,"error":"no wallet"})"_s)
                                   << u"job.finished failed: no wallet"_s;
    QTest::newRow("stopped by somebody") << uR"({"type":"TaskStopped","task_id":"%1"})"_s.arg(first)
                                         << u"job.finished cancelled"_s;
}

void TestForeignMutant::ends()
{
    QFETCH(const QString, message);
    QFETCH(const QString, end);
    Scene scene;
    scene.open();
    scene.put();
    scene.created();
    scene.daemon(message);
    QCOMPARE(scene.log.last(), end);
    QVERIFY(scene.jobs.liveKeys().isEmpty());
    scene.taken();
    scene.daemon(message); // twice: told by itself, and when asked
    scene.update(uR"({"Put":"PadsWritten"})"_s);
    QCOMPARE(scene.taken(), QStringList());
}

void TestForeignMutant::syncGoesThroughSteps()
{
    Scene scene;
    scene.open();
    scene.run(u"sync"_s, {{u"push_force"_s, true}});
    scene.created();
    scene.taken();
    for (const auto *event : {u"FetchingRemoteIndex", u"Merging", u"VerifyingRemoteIndex", u"Complete"})
        scene.update(uR"({"Sync":"%1"})"_s.arg(QStringView(event)));
    QCOMPARE(scene.taken(),
             (QStringList{u"step.started fetch"_s, u"step.finished fetch succeeded"_s, u"step.started merge"_s,
                          u"step.finished merge succeeded"_s, u"step.finished push skipped"_s, u"step.started verify"_s,
                          u"step.finished verify succeeded"_s}));
    scene.result(u"Completed"_s, uR"({"Result":{"Sync":{"nb_keys_added":1,"nb_keys_updated":0}}})"_s);
    QCOMPARE(scene.taken().last(), u"job.finished succeeded"_s);
}

void TestForeignMutant::stopIsAnsweredBySilence_data()
{
    QTest::addColumn<QStringList>("messages"); ///< that follow StopTask
    QTest::addColumn<QString>("answer");
    QTest::addColumn<QString>("last");
    const auto list = [](const QString &status) {
        return uR"({"type":"TaskList","tasks":[%1]})"_s.arg(Scene::entry(first, u"Put"_s, status));
    };
    const QString late =
        uR"({"type":"TaskUpdate","task_id":"%1","status":"InProgress","progress":{"Put":"PadsWritten"}})"_s.arg(first);
    QTest::newRow("stopped") << QStringList{late, uR"({"type":"TaskStopped","task_id":"%1"})"_s.arg(first),
                                            list(u"Stopped"_s)}
                             << u"cancelled"_s << u"job.finished cancelled"_s;
    QTest::newRow("it had lost the handle")
        << QStringList{list(u"Stopped"_s)} << u"cancelled"_s << u"job.finished cancelled"_s;
    QTest::newRow("it had ended")
        << QStringList{list(u"Completed"_s),
                       uR"({"type":"TaskResult","task_id":"%1","status":"Completed","result":%2})"_s.arg(first, stored)}
        << u"it could not be stopped any more: it is succeeded"_s << u"job.finished succeeded"_s;
    QTest::newRow("it goes on") << QStringList{late, list(u"InProgress"_s)}
                                << u"the daemon was told to stop it and goes on with it"_s << u"job.changed running"_s;
    QTest::newRow("it is not known")
        << QStringList{uR"({"type":"Error","error":"Task not found: %1","original_request":null})"_s.arg(first)}
        << u"it could not be stopped any more: it is interrupted"_s
        << u"job.finished interrupted: the daemon was started anew and does not know this task any more"_s;
}

void TestForeignMutant::stopIsAnsweredBySilence()
{
    QFETCH(const QStringList, messages);
    QFETCH(const QString, answer);
    QFETCH(const QString, last);
    Scene scene;
    scene.open();
    scene.put();
    scene.created();
    scene.update(uR"({"Put":{"Starting":{"total_chunks":4,"initial_written_count":0,"initial_confirmed_count":0,
                     "chunks_to_reserve":0}}})"_s);
    scene.answers.clear();
    const QString job = scene.jobs.find(first);
    scene.wish(CancelJob{job, {}});
    scene.wish(CancelJob{job, {}}); // both are answered
    QCOMPARE(scene.log.last(), u"job.changed cancelling"_s);
    QCOMPARE(scene.sent[scene.sent.size() - 2][u"type"].toString(), u"StopTask"_s);
    QCOMPARE(scene.sent.last()[u"type"].toString(), u"ListTasks"_s);
    for (const QString &message : messages)
        scene.daemon(message);
    QCOMPARE(scene.answers, (QStringList{answer, answer}));
    QCOMPARE(scene.log.last(), last);
    if (last == u"job.finished cancelled")
        QVERIFY(scene.log.contains(stopNote));
}

void TestForeignMutant::tasksOfOthersAreLookedAt()
{
    Scene scene;
    scene.tasks.opened();
    // What ended before anybody looked is no news; what runs is.
    scene.list({Scene::entry(second, u"Get"_s, u"Completed"_s), Scene::entry(first, u"Put"_s, u"InProgress"_s)});
    QCOMPARE(scene.taken(), (QStringList{u"host.connected"_s, u"job.queued put 11111111"_s, u"job.started"_s}));
    QCOMPARE(scene.sent.last()[u"type"].toString(), u"QueryTask"_s);
    const QString starting =
        uR"({"Put":{"Starting":{"total_chunks":4,"initial_written_count":1,"initial_confirmed_count":0,"chunks_to_reserve":3}}})"_s;
    const auto lookAndTell = [&](const QString &progress) {
        scene.update(progress);
        scene.tasks.look();
        scene.list({Scene::entry(first, u"Put"_s, u"InProgress"_s)});
    };
    lookAndTell(starting);
    lookAndTell(starting); // the same again, not a second pipeline
    lookAndTell(uR"({"Put":"PadsWritten"})"_s);
    lookAndTell(uR"({"Put":"PadsWritten"})"_s); // the newest, not one more
    scene.result(u"Failed"_s, uR"({"Error":"no"})"_s);
    QCOMPARE(scene.taken(),
             (QStringList{u"step.started put"_s, u"step.progress put: reserve 0/3, write 1/4, confirm 0/4"_s,
                          u"step.progress put: reserve 0/3, write 1/4, confirm 0/4, writes pads"_s,
                          u"step.finished put failed"_s, u"job.finished failed: no"_s}));
    // One that came and went between two looks.
    const QString third = u"33333333-2222-4333-8444-555555555555"_s;
    scene.tasks.look();
    scene.list({Scene::entry(third, u"Purge"_s, u"Completed"_s), Scene::entry(first, u"Put"_s, u"Failed"_s)});
    scene.result(u"Completed"_s, uR"({"Result":{"Purge":{"nb_pads_purged":1}}})"_s, third);
    QCOMPARE(scene.taken(),
             (QStringList{u"job.queued purge 33333333"_s, u"job.started"_s, u"step.started purge"_s,
                          u"step.output purge: nb_pads_purged: 1"_s, u"custom purge result"_s,
                          u"step.finished purge succeeded"_s, u"job.finished succeeded"_s}));
}

void TestForeignMutant::aCutDoesNotInventCounts()
{
    Scene scene;
    scene.open();
    scene.put();
    scene.created();
    scene.update(uR"({"Put":{"Starting":{"total_chunks":4,"initial_written_count":0,"initial_confirmed_count":0,
                     "chunks_to_reserve":0}}})"_s);
    scene.update(uR"({"Put":"PadsWritten"})"_s);
    scene.answers.clear();
    scene.wish(CancelJob{scene.jobs.find(first), {}});
    scene.taken();
    scene.tasks.closed(u"cut"_s);
    QCOMPARE(scene.taken(), QStringList{u"host.lost"_s});
    QCOMPARE(scene.answers, QStringList{u"whether the daemon has stopped it is not known: cut"_s});
    scene.wish(CancelJob{scene.jobs.find(first), {}});
    QCOMPARE(scene.answers.last(), u"ants cannot be reached: cut"_s);
    scene.tasks.opened();
    scene.list({Scene::entry(first, u"Put"_s, u"InProgress"_s)});
    scene.update(uR"({"Put":"PadsConfirmed"})"_s); // any number of them
    QCOMPARE(scene.taken(),
             (QStringList{u"host.connected"_s, u"step.progress put: write 1/4, confirm 0/4, confirms pads"_s}));
    scene.tasks.look();
    scene.list({Scene::entry(first, u"Put"_s, u"Completed"_s)});
    scene.result(u"Completed"_s, stored);
    QCOMPARE(scene.taken().last(), u"job.finished succeeded"_s);
}

void TestForeignMutant::aRestartForgetsTasks()
{
    Scene scene;
    scene.open();
    scene.put();
    scene.created();
    scene.tasks.closed(u"cut"_s);
    scene.taken();
    scene.tasks.opened();
    QCOMPARE(scene.taken(), QStringList()); // it has not said anything yet
    scene.list();
    QCOMPARE(
        scene.taken(),
        (QStringList{u"host.connected"_s, u"step.finished put skipped"_s,
                     u"job.finished interrupted: the daemon was started anew and does not know this task any more"_s}));
}

void TestForeignMutant::aKeyInUseIsRefusedTwice()
{
    Scene scene;
    scene.open();
    scene.put();
    scene.created();
    scene.answers.clear();
    scene.put();
    scene.put(); // the very same again
    const QString busy =
        u"Key 'k' is already being used by another operation (task ID: %1, type: Put). Only one operation per key is allowed at a time."_s
            .arg(first);
    scene.refuse(busy);
    scene.refuse(u"Internal daemon error: Key 'k' is already in use"_s, 1);
    QCOMPARE(scene.answers, QStringList{u"the daemon refuses it: "_s + busy});
    scene.created(second);
    QCOMPARE(scene.answers.last(), u"running"_s);
    QVERIFY(scene.jobs.find(second) != scene.jobs.find(first));
}

void TestForeignMutant::lostBeforeTheAnswer()
{
    Scene scene;
    scene.open();
    scene.put();
    scene.put();
    scene.tasks.closed(u"cut"_s);
    QCOMPARE(scene.answers,
             (QStringList{u"whether the daemon has started it is not known: cut"_s,
                          u"the daemon could not be asked: cut"_s}));
    scene.tasks.opened();
    QVERIFY(!scene.tasks.isStuck());
    scene.clock.time += MutantTasks::answerMs + 1;
    QVERIFY(scene.tasks.isStuck());
    scene.list();
    QVERIFY(!scene.tasks.isStuck());
    scene.put();
    scene.tasks.abandon(u"removed"_s);
    QCOMPARE(scene.answers.last(), u"whether the daemon has started it is not known: removed"_s);
    const qsizetype before = scene.sent.size();
    scene.tasks.look();
    QCOMPARE(scene.sent.size(), before);
}

void TestForeignMutant::directAnswers()
{
    Scene scene;
    scene.open();
    scene.run(u"list_keys"_s);
    QCOMPARE(scene.sent.last(), json(uR"({"type":"ListKeys"})"_s));
    scene.daemon(uR"({"type":"Stats","total_keys":1})"_s); // not what was asked
    QVERIFY(scene.answers.isEmpty());
    scene.daemon(uR"({"type":"ListKeys","keys":[{"key":"a"},{"key":"b"}]})"_s);
    QCOMPARE(scene.answers, QStringList{u"succeeded"_s});
    QCOMPARE(scene.taken(),
             (QStringList{u"job.queued list keys"_s, u"job.started"_s, u"step.started main"_s,
                          uR"(step.output main: keys: {"key":"a"}|keys: {"key":"b"})"_s, u"custom main result"_s,
                          u"step.finished main succeeded"_s, u"job.finished succeeded"_s}));
    scene.run(u"rm"_s, {{u"user_key"_s, u"a"_s}});
    scene.refuse(u"Key 'a' not found"_s);
    QCOMPARE(scene.answers.last(), u"the daemon refuses it: Key 'a' not found"_s);
    QCOMPARE(scene.taken(), QStringList());
    scene.wish(ListPipelines{});
    QCOMPARE(scene.answers.last(), u"object"_s);
}

void TestForeignMutant::refusals_data()
{
    QTest::addColumn<QString>("pipeline");
    QTest::addColumn<QJsonObject>("params");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("pipeline") << u"putt"_s << QJsonObject()
                              << u"a MutAnt daemon has no pipeline \"putt\", did you mean \"put\""_s;
    QTest::newRow("missing") << u"put"_s << QJsonObject{{u"user_key"_s, u"k"_s}}
                             << u"parameter source_path is missing: the file, on the daemon's machine"_s;
    QTest::newRow("relative") << u"put"_s << QJsonObject{{u"user_key"_s, u"k"_s}, {u"source_path"_s, u"f"_s}}
                              << u"parameter source_path is \"f\", expected an absolute path: the daemon opens it from "
                                 "where it runs"_s;
    QTest::newRow("unknown") << u"sync"_s << QJsonObject{{u"push_forse"_s, true}}
                             << u"pipeline sync has no parameter \"push_forse\", did you mean \"push_force\""_s;
    QTest::newRow("bool") << u"sync"_s << QJsonObject{{u"push_force"_s, u"yes"_s}}
                          << u"parameter push_force is \"yes\", expected true or false"_s;
    QTest::newRow("mode") << u"put"_s
                          << QJsonObject{{u"user_key"_s, u"k"_s}, {u"source_path"_s, u"/f"_s}, {u"mode"_s, u"huge"_s}}
                          << u"parameter mode is \"huge\", expected one of Lightest, Light, Medium, Heavy, Heaviest"_s;
}

void TestForeignMutant::refusals()
{
    QFETCH(const QString, pipeline);
    QFETCH(const QJsonObject, params);
    QFETCH(const QString, sentence);
    Scene scene;
    scene.open();
    const qsizetype before = scene.sent.size();
    scene.run(pipeline, params);
    QCOMPARE(scene.answers, QStringList{sentence});
    QCOMPARE(scene.sent.size(), before);
}

void TestForeignMutant::namesAreTheCallers()
{
    Scene scene;
    scene.open();
    scene.run(u"sync"_s, {}, u"my-job"_s);
    scene.created();
    QCOMPARE(scene.jobs.find(first), u"my-job"_s);
    scene.run(u"sync"_s, {}, u"my-job"_s);
    QCOMPARE(scene.answers.last(), u"there is a job \"my-job\" already"_s);
    RunJob remote;
    remote.pipeline = u"sync"_s;
    remote.fromRemote = RemoteAllowance{};
    scene.wish(remote);
    QCOMPARE(scene.answers.last(), u"what a MutAnt daemon does is not to be started over the network"_s);
}

void TestForeignMutant::hostileTexts_data()
{
    QTest::addColumn<QString>("text");
    for (const char16_t *text :
         {u"", u"null", u"[]", u"{", u"{\"type\":7}", u"{\"type\":\"TaskList\"}",
          u"{\"type\":\"TaskList\",\"tasks\":{}}", u"{\"type\":\"TaskCreated\"}",
          u"{\"type\":\"TaskCreated\",\"task_id\":\"x\"}",
          u"{\"type\":\"TaskCreated\",\"task_id\":\"11111111-2222-4333-8444-555555555555\"}",
          u"{\"type\":\"TaskStopped\",\"task_id\":\"11111111-2222-4333-8444-555555555555\"}",
          u"{\"type\":\"TaskResult\",\"task_id\":\"11111111-2222-4333-8444-555555555555\",\"status\":\"Completed\"}",
          u"{\"type\":\"Error\"}", u"{\"type\":\"Error\",\"error\":\"Task not found: \",\"original_request\":null}",
          u"{\"type\":\"Error\",\"error\":\"Task not found: no\",\"original_request\":\"{}\"}",
          u"{\"type\":\"Colony\"}"})
        QTest::newRow(qPrintable(QString::fromUtf16(text))) << QString::fromUtf16(text);
}

void TestForeignMutant::hostileTexts()
{
    QFETCH(const QString, text);
    Scene scene;
    scene.open();
    scene.daemon(text);
    scene.tasks.look();
    scene.daemon(text);
    QCOMPARE(scene.taken(), QStringList());
    QCOMPARE(scene.answers, QStringList());
    scene.list();
    scene.put(); // and all is well
    scene.created();
    QCOMPARE(scene.answers, QStringList{u"running"_s});
}

void TestForeignMutant::noMutAnt()
{
    Scene scene;
    scene.tasks.opened();
    scene.refuse(u"Invalid JSON request: what is that"_s);
    QCOMPARE(scene.answers, QStringList{u"fault: it refuses to list its tasks: Invalid JSON request: what is that"_s});
    QVERIFY(!scene.jobs.isConnected());
}

void TestForeignMutant::manyTasks()
{
    Scene scene;
    QStringList entries;
    for (int i = 0; i < 3000; ++i)
        entries.append(Scene::entry(QUuid::createUuid().toString(QUuid::WithoutBraces), u"Put"_s, u"InProgress"_s));
    scene.tasks.opened();
    scene.list(entries);
    QCOMPARE(scene.jobs.liveKeys().size(), qsizetype(MutantTasks::mostTasks));
}

QTEST_GUILESS_MAIN(TestForeignMutant)
#include "tst_foreign_mutant.moc"
