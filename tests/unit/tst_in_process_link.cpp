#include "app/host/in_process_link.h"
#include "core/hub/hub.h"
#include "support/fake_clock.h"
#include "support/samples.h"

#include <QJsonArray>
#include <QtTest>

using namespace stepwire;
using namespace Qt::StringLiterals;

/// A hub on a thread of its own.
class HubThread
{
public:
    HubThread()
    {
        m_thread.start();
        m_tasks.moveToThread(&m_thread);
        m_tasks.post([this] { m_hub = std::make_unique<Hub>(Hub::Identity{u"hub-1"_s, u"nas"_s, u"e1"_s}, m_clock); });
    }
    ~HubThread()
    {
        m_tasks.post([this] {
            m_hub.reset();
            m_thread.quit();
        });
        m_thread.wait();
    }

    void post(std::function<void(Hub &)> task)
    {
        m_tasks.post([this, task = std::move(task)] { task(*m_hub); });
    }
    void publish(const Fact &fact)
    {
        post([fact](Hub &hub) { hub.publish(fact); });
    }
    void title(const QString &job, const QString &text)
    {
        JobChanged changed;
        changed.title = text;
        publish({job, {}, 0, changed});
    }
    /// Everything posted so far has been done.
    void settle()
    {
        QSemaphore done;
        post([&done](Hub &) { done.release(); });
        done.acquire();
    }
    [[nodiscard]] InProcessLink::OnHub way()
    {
        return [this](std::function<void(Hub &)> task) { post(std::move(task)); };
    }

private:
    QThread m_thread;
    TaskQueue m_tasks;
    test::FakeClock m_clock;
    std::unique_ptr<Hub> m_hub;
};

/// Writes down what a link says, in order.
struct Listener : HubLink::Sink
{
    QStringList said;
    Snapshot state;
    QThread *thread = nullptr;

    void snapshotReceived(const Snapshot &snapshot, const QByteArray &) override
    {
        state = snapshot;
        said.append(u"snapshot %1"_s.arg(snapshot.seq));
        thread = QThread::currentThread();
    }
    void eventReceived(const HubLink::Received &received) override
    {
        said.append(test::said(received.event));
        apply(state, received.event);
        thread = QThread::currentThread();
    }
    HubLink::Answered answer()
    {
        return [this](const Result<QJsonValue> &result) {
            said.append(result ? u"answer %1 %2"_s.arg(QString::number((*result)[u"seq"].toInteger()),
                                                       (*result)[u"recovered"].toBool() ? u"recovered"_s : u"anew"_s)
                               : u"error %1"_s.arg(result.error().code));
        };
    }
};

class TestInProcessLink : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void resultThenSnapshotThenEvents();
    void recoversExactly();
    void aPlaceOfAnotherHub();
    void filters();
    void aSecondSubscriptionReplaces();
    void answersCalls();
    void nothingAfterItsEnd();
    void goesWhileEventsFly();
};

void TestInProcessLink::resultThenSnapshotThenEvents()
{
    HubThread hub;
    Listener listener;
    InProcessLink link(hub.way());
    link.setSink(&listener);
    hub.publish(test::queuedFact(test::makeJob(u"j"_s)));
    link.call(u"subscribe"_s, {}, listener.answer());
    for (int i = 0; i < 50; ++i)
        hub.title(u"j"_s, QString::number(i));
    QVERIFY(listener.said.isEmpty()); // never within a call of ours
    QTRY_COMPARE(listener.said.size(), 52);
    QStringList expected{u"answer 1 anew"_s, u"snapshot 1"_s};
    for (int i = 2; i <= 51; ++i)
        expected.append(u"%1 job.changed j"_s.arg(i));
    QCOMPARE(listener.said, expected);
    QCOMPARE(listener.thread, QThread::currentThread());
    QCOMPARE(listener.state.find(u"j"_s)->title, u"49"_s);
}

void TestInProcessLink::recoversExactly()
{
    HubThread hub;
    Listener listener;
    InProcessLink link(hub.way());
    link.setSink(&listener);
    hub.publish(test::queuedFact(test::makeJob(u"j"_s)));
    for (int i = 2; i <= 6; ++i)
        hub.title(u"j"_s, QString::number(i));
    link.call(u"subscribe"_s, {{u"epoch"_s, u"e1"_s}, {u"seq"_s, 3}}, listener.answer());
    hub.title(u"j"_s, u"7"_s);
    QTRY_COMPARE(listener.said.size(), 5);
    QCOMPARE(listener.said,
             (QStringList{u"answer 6 recovered"_s, u"4 job.changed j"_s, u"5 job.changed j"_s, u"6 job.changed j"_s,
                          u"7 job.changed j"_s}));
}

void TestInProcessLink::aPlaceOfAnotherHub()
{
    HubThread hub;
    Listener listener;
    InProcessLink link(hub.way());
    link.setSink(&listener);
    hub.publish(test::queuedFact(test::makeJob(u"j"_s)));
    link.call(u"subscribe"_s, {{u"epoch"_s, u"e0"_s}, {u"seq"_s, 1}}, listener.answer());
    QTRY_COMPARE(listener.said, (QStringList{u"answer 1 anew"_s, u"snapshot 1"_s}));
}

void TestInProcessLink::filters()
{
    HubThread hub;
    Listener plain;
    Listener quiet;
    InProcessLink first(hub.way());
    InProcessLink second(hub.way());
    first.setSink(&plain);
    second.setSink(&quiet);
    hub.publish(test::queuedFact(test::makeJob(u"j"_s)));
    hub.publish(test::queuedFact(test::makeJob(u"k"_s)));
    first.call(u"subscribe"_s, {{u"jobs"_s, QJsonArray{u"k"_s}}, {u"types"_s, QJsonArray{u"step.*"_s}}}, {});
    second.call(u"subscribe"_s, {{u"epoch"_s, u"e1"_s}, {u"seq"_s, 1}, {u"output"_s, false}}, {});
    for (const QString &job : {u"j"_s, u"k"_s}) {
        hub.publish({job, {}, 0, JobStarted{1}});
        hub.publish({job, u"a"_s, 0, StepStarted{1, 5}});
        hub.publish({job, u"a"_s, 0, StepOutput{1, Stream::Out, u"x"_s, 0, 1, 0}});
    }
    QTRY_COMPARE(plain.said.size(), 3);
    QCOMPARE(plain.said, (QStringList{u"snapshot 2"_s, u"7 step.started k/a"_s, u"8 step.output k/a"_s}));
    QTRY_COMPARE(quiet.said.size(), 5);
    QCOMPARE(quiet.said,
             (QStringList{u"2 job.queued k"_s, u"3 job.started j"_s, u"4 step.started j/a"_s, u"6 job.started k"_s,
                          u"7 step.started k/a"_s}));
}

void TestInProcessLink::aSecondSubscriptionReplaces()
{
    HubThread hub;
    Listener listener;
    InProcessLink link(hub.way());
    link.setSink(&listener);
    hub.publish(test::queuedFact(test::makeJob(u"j"_s)));
    link.call(u"subscribe"_s, {{u"epoch"_s, u"e1"_s}, {u"seq"_s, 1}}, {});
    hub.title(u"j"_s, u"2"_s);
    link.call(u"subscribe"_s, {{u"epoch"_s, u"e1"_s}, {u"seq"_s, 2}}, listener.answer());
    hub.title(u"j"_s, u"3"_s);
    hub.title(u"j"_s, u"4"_s);
    QTRY_COMPARE(listener.said.size(), 4);
    QCOMPARE(listener.said,
             (QStringList{u"2 job.changed j"_s, u"answer 2 recovered"_s, u"3 job.changed j"_s, u"4 job.changed j"_s}));
}

void TestInProcessLink::answersCalls()
{
    HubThread hub;
    InProcessLink link(hub.way());
    std::vector<Result<QJsonValue>> answers;
    const auto keep = [&](const Result<QJsonValue> &result) { answers.push_back(result); };
    hub.publish(test::queuedFact(test::makeJob(u"j"_s)));
    link.call(u"job.get"_s, {{u"job"_s, u"j"_s}}, keep);
    link.call(u"job.get"_s, {{u"job"_s, u"nobody"_s}}, keep);
    link.call(u"no.such"_s, {}, keep);
    link.call(u"job.get"_s, {}, keep);
    link.call(u"job.list"_s, {}, {}); // nobody listens
    link.call(u"job.list"_s, {}, keep);
    QTRY_COMPARE(answers.size(), 5u);
    QCOMPARE((*answers[0])[u"job"].toString(), u"j"_s);
    QCOMPARE(answers[1].error().code, code::unknownJob);
    QCOMPARE(answers[2].error().code, -32601);
    QCOMPARE(answers[3].error().code, code::invalidParams);
    QCOMPARE((*answers[4])[u"jobs"].toArray().size(), 1);
}

void TestInProcessLink::nothingAfterItsEnd()
{
    HubThread hub;
    Listener listener;
    hub.publish(test::queuedFact(test::makeJob(u"j"_s)));
    {
        InProcessLink link(hub.way());
        link.setSink(&listener);
        link.call(u"subscribe"_s, {}, listener.answer());
        link.call(u"job.get"_s, {{u"job"_s, u"j"_s}}, listener.answer());
        hub.title(u"j"_s, u"1"_s);
        hub.settle(); // all of it waits on this thread now
    }
    hub.title(u"j"_s, u"2"_s);
    hub.settle();
    Listener other;
    InProcessLink next(hub.way());
    next.setSink(&other);
    next.call(u"subscribe"_s, {}, {});
    QTRY_COMPARE(other.said, QStringList{u"snapshot 3"_s});
    QCOMPARE(listener.said, QStringList());
}

/// Links come and go on a third thread while the hub never rests.
void TestInProcessLink::goesWhileEventsFly()
{
    HubThread hub;
    hub.publish(test::queuedFact(test::makeJob(u"j"_s)));
    std::atomic<bool> over = false;
    std::unique_ptr<QThread> writer(QThread::create([&] {
        while (!over) {
            for (int i = 0; i < 20; ++i)
                hub.title(u"j"_s, QString::number(i));
            hub.settle();
        }
    }));
    writer->start();
    int heard = 0;
    QString fault;
    std::unique_ptr<QThread> reader(QThread::create([&] {
        test::Random random(5);
        for (int round = 0; round < 400; ++round) {
            Listener listener;
            {
                InProcessLink link(hub.way());
                link.setSink(&listener);
                link.call(u"subscribe"_s, {}, listener.answer());
                QEventLoop loop;
                for (qsizetype n = test::randomBelow(random, 6); n > 0; --n) {
                    QThread::usleep(static_cast<unsigned long>(test::randomBelow(random, 300)));
                    loop.processEvents();
                }
            }
            heard += static_cast<int>(listener.said.size());
            for (qsizetype i = 2; i < listener.said.size(); ++i) {
                const qint64 before = listener.said[i - 1].section(u' ', i == 2 ? 1 : 0, i == 2 ? 1 : 0).toLongLong();
                if (listener.said[i].section(u' ', 0, 0).toLongLong() != before + 1)
                    fault = listener.said[i - 1] + u" | "_s + listener.said[i];
            }
        }
    }));
    reader->start();
    QVERIFY(reader->wait(60'000));
    over = true;
    QVERIFY(writer->wait(10'000));
    QCOMPARE(fault, QString());
    QVERIFY2(heard > 400, qPrintable(QString::number(heard)));
}

QTEST_GUILESS_MAIN(TestInProcessLink)
#include "tst_in_process_link.moc"
