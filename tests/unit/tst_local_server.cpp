#include "core/serve/local_server.h"
#include "support/fake_clock.h"
#include "support/line_client.h"
#include "support/samples.h"

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace stepwire;
using namespace Qt::StringLiterals;
using test::LineClient;

class TestLocalServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void helloComesFirst();
    void onlyTheOwnerReachesIt();
    void replacesADeadSocketButNothingElse();
    void anOverlongPathIsRefused();
    void answersCalls();
    void answersHalfLines();
    void answersManyLinesAtOnce();
    void refusesWithASentence_data();
    void refusesWithASentence();
    void notificationsGetNoAnswer();
    void lateAnswersOfClientsThatLeft();
    void longLines_data();
    void longLines();
    void tooManyClients();
    void recoversEveryPosition();
    void unknownPositions_data();
    void unknownPositions();
    void subscribesBeforeTheJobExists();
    void filters();
    void everyClientGetsTheSameBytes();
    void aClientThatNeverReads();
    void drains();
    void drainsPastASleeper();
};

/// Holds back its answers until told.
class SlowSource : public Source
{
public:
    void handle(const Request &, Reply reply) override { waiting.push_back(std::move(reply)); }
    void answer()
    {
        for (const Reply &reply : std::exchange(waiting, {}))
            reply(Answer(Object{}));
    }
    std::vector<Reply> waiting;
};

struct Scene
{
    explicit Scene(std::size_t mostClients = 256, LogReader::Limits limits = {})
    {
        server = std::make_unique<LocalServer>(
            hub, texts, reactor, LocalServer::Options{path, u"/run/s"_s, u"stepwire test"_s, mostClients, limits});
        const Result<void> listening = server->listen();
        if (!listening)
            qFatal("%s", qPrintable(listening.error().message));
    }

    void queue(const QString &id) { hub.publish(test::queuedFact(test::makeJob(id))); }
    void start(const QString &id) { hub.publish({id, {}, 0, JobStarted{1}}); }
    void output(const QString &id, const QString &text)
    {
        hub.publish({id, u"a"_s, 0, StepOutput{1, Stream::Out, text, 0, 1, 0}});
    }
    void change(const QString &id, int title)
    {
        JobChanged changed;
        changed.title = QString::number(title);
        hub.publish({id, {}, 0, changed});
    }

    QTemporaryDir folder;
    QString path = folder.filePath(u"run/hub.sock"_s);
    test::FakeClock clock;
    Hub hub{{u"hub-1"_s, u"nas"_s, u"e"_s}, clock};
    EventTexts texts;
    io::Reactor reactor;
    std::unique_ptr<LocalServer> server;
};

/// A connection of which nobody reads until told.
class RawClient
{
public:
    explicit RawClient(const QString &path) : m_descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const QByteArray name = QFile::encodeName(path);
        std::memcpy(address.sun_path, name.constData(), static_cast<std::size_t>(name.size()));
        connected = ::connect(m_descriptor, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    }
    ~RawClient() { ::close(m_descriptor); }
    RawClient(const RawClient &) = delete;
    RawClient &operator=(const RawClient &) = delete;

    void write(const QByteArray &line) const
    {
        if (::send(m_descriptor, line.constData(), static_cast<std::size_t>(line.size()), MSG_NOSIGNAL) != line.size())
            qWarning("short write");
    }
    /// Appends what has come.
    void read()
    {
        QByteArray piece(64 * 1024, Qt::Uninitialized);
        for (;;) {
            const ssize_t got =
                ::recv(m_descriptor, piece.data(), static_cast<std::size_t>(piece.size()), MSG_DONTWAIT);
            if (got == 0)
                ended = true;
            if (got <= 0)
                return;
            bytes.append(piece.constData(), got);
        }
    }

    bool connected = false;
    bool ended = false;
    QByteArray bytes;

private:
    int m_descriptor;
};

void TestLocalServer::helloComesFirst()
{
    Scene scene;
    scene.queue(u"j"_s);
    LineClient client(scene.path);
    client.call(1, "job.list");
    QTRY_COMPARE(client.lines.size(), 2);
    QCOMPARE(
        client.lines.first(),
        QByteArray(R"({"jsonrpc":"2.0","method":"hello","params":{"version":1,"server":"stepwire test","hub":"hub-1",)"
                   R"("host":"nas","epoch":"e","seq":1,"scope":"control","socket_dir":"/run/s"}})"));
    QCOMPARE(client.story().last(), u"result 1"_s);
    QCOMPARE(scene.server->clients(), 1u);
}

static uint modeOf(const QString &path)
{
    struct stat status
    {
    };
    return ::stat(QFile::encodeName(path).constData(), &status) == 0 ? status.st_mode & 07777 : 0;
}

void TestLocalServer::onlyTheOwnerReachesIt()
{
    const mode_t before = ::umask(0);
    Scene scene;
    ::umask(before);
    QCOMPARE(modeOf(scene.path), 0600u);
    QCOMPARE(modeOf(scene.folder.filePath(u"run"_s)), 0700u);
}

void TestLocalServer::replacesADeadSocketButNothingElse()
{
    Scene scene;
    LocalServer second(scene.hub, scene.texts, scene.reactor, {scene.path, {}, {}, 2, {}});
    QVERIFY(second.listen());
    QCOMPARE(modeOf(scene.path), 0600u);
    LineClient client(scene.path);
    QTRY_COMPARE(client.story(), QStringList{u"hello"_s});
    QCOMPARE(second.clients(), 1u);

    const QString file = scene.folder.filePath(u"precious"_s);
    QFile precious(file);
    QVERIFY(precious.open(QIODevice::WriteOnly));
    LocalServer third(scene.hub, scene.texts, scene.reactor, {file, {}, {}, 2, {}});
    const Result<void> refused = third.listen();
    QVERIFY(!refused);
    QCOMPARE(refused.error().message, file + u" is in the way: it is not a socket"_s);
    QVERIFY(QFile::exists(file));
}

void TestLocalServer::anOverlongPathIsRefused()
{
    test::FakeClock clock;
    Hub hub({}, clock);
    const QString path = u"/tmp/"_s + QString(200, u'x') + u"/hub.sock"_s;
    EventTexts texts;
    io::Reactor reactor;
    LocalServer server(hub, texts, reactor, {path, {}, {}, 2, {}});
    const Result<void> refused = server.listen();
    QVERIFY(!refused);
    QCOMPARE(refused.error().message, path + u" is a path of 214 bytes where a socket's has at most 107"_s);
}

void TestLocalServer::answersCalls()
{
    Scene scene;
    scene.queue(u"j"_s);
    LineClient client(scene.path);
    client.call(7, "emit", R"({"job":"j","name":"n","value":1})");
    QTRY_COMPARE(client.lines.size(), 2);
    QCOMPARE(client.lines.last(),
             QByteArray(R"({"jsonrpc":"2.0","id":7,"result":{"job":"j","state":"queued","queue_position":null}})"));
    QCOMPARE(scene.hub.state().seq, 2u);
}

void TestLocalServer::answersHalfLines()
{
    Scene scene;
    LineClient client(scene.path);
    LineClient other(scene.path);
    QTRY_COMPARE(client.lines.size(), 1);
    const QByteArray call = R"({"jsonrpc":"2.0","id":1,"method":"job.get","params":{"job":"ä"}})"
                            "\r\n";
    for (const char c : call.chopped(1)) {
        client.write(QByteArray(1, c));
        QCoreApplication::processEvents();
    }
    other.call(2, "job.list");
    QTRY_COMPARE(other.story().last(), u"result 2"_s); // what was sent before it has come by now
    QCOMPARE(client.lines.size(), 1);
    client.write("\n");
    QTRY_COMPARE(client.lines.size(), 2);
    QCOMPARE(client.story().last(), u"error 1 job is \"ä\", expected 1 to 64 of the characters A-Z a-z 0-9 _ -"_s);
}

void TestLocalServer::answersManyLinesAtOnce()
{
    Scene scene;
    LineClient client(scene.path);
    QByteArray calls;
    QStringList expected = {u"hello"_s};
    for (int id = 0; id < 1000; ++id) {
        calls += R"({"jsonrpc":"2.0","id":)" + QByteArray::number(id) + R"(,"method":"job.list"})"
            + (id % 3 == 0 ? "\n\n \n" : "\n");
        expected.append(u"result %1"_s.arg(id));
    }
    client.write(calls);
    QTRY_COMPARE(client.lines.size(), expected.size());
    QCOMPARE(client.story(), expected);
}

void TestLocalServer::refusesWithASentence_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("answer");
    const auto row = [](const char *name, const QByteArray &line, const char *answer) {
        QTest::newRow(name) << line << R"({"jsonrpc":"2.0","id":)" + QByteArray(answer) + '}';
    };
    row("not JSON", "hello",
        R"(null,"error":{"code":-32700,"message":"\"hello\" is not JSON: illegal value at byte 1"})");
    row("a batch", "[]", R"(null,"error":{"code":-32600,"message":"the message is an array, expected one object"})");
    row("no version", R"({"id":"x","method":"job.list"})",
        R"("x","error":{"code":-32600,"message":"jsonrpc is missing, expected \"2.0\""})");
    row("unknown method", R"({"jsonrpc":"2.0","id":1,"method":"job.lst"})",
        R"(1,"error":{"code":-32601,"message":"there is no method \"job.lst\", did you mean \"job.list\""})");
    row("bad member", R"({"jsonrpc":"2.0","id":1,"method":"job.list","params":{"limit":0}})",
        R"(1,"error":{"code":-32602,"message":"limit is 0, expected a whole number from 1 to 1000"})");
    row("unknown job", R"({"jsonrpc":"2.0","id":null,"method":"job.get","params":{"job":"x"}})",
        R"(null,"error":{"code":1,"message":"there is no job \"x\""})");
    row("not UTF-8", "\xff\xfe",
        R"(null,"error":{"code":-32700,"message":"\"��\" is not JSON: illegal value at byte 1"})");
}

void TestLocalServer::refusesWithASentence()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, answer);
    Scene scene;
    LineClient client(scene.path);
    client.write(line + '\n');
    QTRY_COMPARE(client.lines.size(), 2);
    QCOMPARE(client.lines.last(), answer);
    client.call(9, "job.list"); // and goes on
    QTRY_COMPARE(client.story().last(), u"result 9"_s);
}

void TestLocalServer::notificationsGetNoAnswer()
{
    Scene scene;
    scene.queue(u"j"_s);
    LineClient client(scene.path);
    client.write(R"({"jsonrpc":"2.0","method":"emit","params":{"job":"j","name":"n"}})"
                 "\n"
                 R"({"jsonrpc":"2.0","method":"emit","params":{"job":"nobody","name":"n"}})"
                 "\n"
                 R"({"jsonrpc":"2.0","method":"emit","params":{}})"
                 "\n"
                 R"({"jsonrpc":"2.0","method":"nonsense"})"
                 "\n");
    client.call(1, "job.list");
    QTRY_COMPARE(client.lines.size(), 2);
    QCOMPARE(client.story(), (QStringList{u"hello"_s, u"result 1"_s}));
    QCOMPARE(scene.hub.state().seq, 2u);
}

void TestLocalServer::lateAnswersOfClientsThatLeft()
{
    Scene scene;
    SlowSource source;
    scene.hub.setRunner(source);
    LineClient leaves(scene.path);
    LineClient stays(scene.path);
    leaves.call(1, "pipeline.list");
    stays.call(2, "pipeline.list");
    stays.call(3, "job.list"); // a later one overtakes
    QTRY_COMPARE(source.waiting.size(), 2u);
    leaves.leave();
    QTRY_COMPARE(scene.server->clients(), 1u);
    source.answer();
    QTRY_COMPARE(stays.story(), (QStringList{u"hello"_s, u"result 3"_s, u"result 2"_s}));
}

/// A call that has this many bytes without the line break.
static QByteArray callOf(qsizetype size)
{
    const QByteArray head = R"({"jsonrpc":"2.0","id":1,"method":"job.list","params":{"x":")";
    const QByteArray tail = R"("}})";
    return head + QByteArray(size - head.size() - tail.size(), 'x') + tail;
}

void TestLocalServer::longLines_data()
{
    QTest::addColumn<qsizetype>("size");
    QTest::addColumn<bool>("ends"); // with a line break
    QTest::addColumn<bool>("taken");
    QTest::newRow("the longest") << native::messageLimit << true << true;
    QTest::newRow("one longer") << native::messageLimit + 1 << true << false;
    QTest::newRow("much longer") << 3 * native::messageLimit << true << false;
    QTest::newRow("without an end") << native::messageLimit + 1 << false << false;
}

void TestLocalServer::longLines()
{
    QFETCH(qsizetype, size);
    QFETCH(bool, ends);
    QFETCH(bool, taken);
    Scene scene;
    LineClient client(scene.path);
    LineClient other(scene.path);
    QTRY_COMPARE(client.lines.size(), 1);
    client.write(callOf(size) + (ends ? "\n" : ""));
    QTRY_COMPARE(client.lines.size(), 2);
    QCOMPARE(client.story().last(), taken ? u"result 1"_s : u"error null a message is longer than 1048576 bytes"_s);
    if (!taken) {
        QTRY_VERIFY(client.ended);
        QTRY_COMPARE(scene.server->clients(), 1u);
    }
    other.call(2, "job.list");
    QTRY_COMPARE(other.story(), (QStringList{u"hello"_s, u"result 2"_s}));
}

void TestLocalServer::tooManyClients()
{
    Scene scene;
    std::vector<std::unique_ptr<LineClient>> clients;
    for (int i = 0; i < 256; ++i) {
        clients.push_back(std::make_unique<LineClient>(scene.path));
        if (i % 64 == 63) // the backlog holds no more
            QTRY_COMPARE(scene.server->clients(), clients.size());
    }
    LineClient surplus(scene.path);
    QTRY_VERIFY(surplus.ended);
    QCOMPARE(surplus.lines,
             QByteArrayList{
                 R"({"jsonrpc":"2.0","id":null,"error":{"code":3,"message":"the hub has 256 clients already"}})"});
    QCOMPARE(scene.server->clients(), 256u);
    for (const auto &client : clients) {
        QTRY_COMPARE(client->lines.size(), 1);
        QVERIFY(client->connected());
    }
    clients.front()->leave();
    QTRY_COMPARE(scene.server->clients(), 255u);
    LineClient next(scene.path);
    QTRY_COMPARE(next.story(), QStringList{u"hello"_s});
}

void TestLocalServer::recoversEveryPosition()
{
    Scene scene;
    scene.queue(u"j"_s);
    scene.start(u"j"_s);
    for (int i = 0; i < 10; ++i)
        i % 2 == 0 ? scene.output(u"j"_s, u"x"_s) : scene.change(u"j"_s, i);
    QStringList all;
    scene.hub.log().visitAfter(
        0, [&](const EventPtr &event) { all.append(u"%1 %2 j"_s.arg(event->seq).arg(typeName(event->data))); });
    QCOMPARE(all.size(), 12);
    std::vector<std::unique_ptr<LineClient>> clients;
    for (int position = 0; position <= 12; ++position) {
        clients.push_back(std::make_unique<LineClient>(scene.path));
        clients.back()->call(1, "subscribe", R"({"epoch":"e","seq":)" + QByteArray::number(position) + '}');
    }
    for (const auto &client : clients)
        QTRY_VERIFY(client->lines.size() >= 2);
    scene.change(u"j"_s, 99);
    all.append(u"13 job.changed j"_s);
    for (int position = 0; position <= 12; ++position) {
        const LineClient &client = *clients[static_cast<std::size_t>(position)];
        QTRY_COMPARE(client.lines.size(), 2 + 13 - position);
        QCOMPARE(client.story(), (QStringList{u"hello"_s, u"result 1"_s} + all.mid(position)));
        QCOMPARE(client.lines[1],
                 QByteArray(R"({"jsonrpc":"2.0","id":1,"result":{"epoch":"e","recovered":true,"seq":12}})"));
    }
}

void TestLocalServer::unknownPositions_data()
{
    QTest::addColumn<QByteArray>("params");
    QTest::newRow("none") << QByteArray("{}");
    QTest::newRow("of another life") << QByteArray(R"({"epoch":"other","seq":1})");
    QTest::newRow("without epoch") << QByteArray(R"({"seq":1})");
    QTest::newRow("ahead") << QByteArray(R"({"epoch":"e","seq":4})");
    QTest::newRow("epoch alone") << QByteArray(R"({"epoch":"e"})");
}

void TestLocalServer::unknownPositions()
{
    QFETCH(QByteArray, params);
    Scene scene;
    scene.queue(u"j"_s);
    scene.queue(u"k"_s);
    scene.start(u"k"_s);
    LineClient client(scene.path);
    client.call(1, "subscribe", params);
    QTRY_COMPARE(client.lines.size(), 3);
    scene.change(u"j"_s, 1);
    QTRY_COMPARE(client.lines.size(), 4);
    QCOMPARE(client.story(), (QStringList{u"hello"_s, u"result 1"_s, u"snapshot 3 j,k"_s, u"4 job.changed j"_s}));
    QCOMPARE(client.lines[1],
             QByteArray(R"({"jsonrpc":"2.0","id":1,"result":{"epoch":"e","recovered":false,"seq":3}})"));
    Snapshot then; // the change came later
    then.epoch = u"e"_s;
    scene.hub.log().visitAfter(0, [&](const EventPtr &event) {
        if (event->seq <= 3)
            apply(then, *event);
    });
    QCOMPARE(client.lines[2], native::notification("snapshot", native::encodeSnapshot(then, false)));
}

void TestLocalServer::subscribesBeforeTheJobExists()
{
    Scene scene;
    scene.queue(u"old"_s);
    LineClient client(scene.path);
    client.call(1, "subscribe", R"({"jobs":["mine"]})");
    QTRY_COMPARE(client.lines.size(), 3);
    scene.queue(u"other"_s);
    scene.queue(u"mine"_s);
    scene.start(u"other"_s);
    scene.start(u"old"_s);
    scene.start(u"mine"_s);
    QTRY_COMPARE(client.lines.size(), 5);
    QCOMPARE(client.story(),
             (QStringList{u"hello"_s, u"result 1"_s, u"snapshot 1 "_s, u"3+1 job.queued mine"_s,
                          u"6+2 job.started mine"_s}));
}

void TestLocalServer::filters()
{
    Scene scene;
    scene.queue(u"j"_s);
    LineClient quiet(scene.path);
    LineClient types(scene.path);
    quiet.call(1, "subscribe", R"({"output":false,"epoch":"e","seq":0})");
    types.call(1, "subscribe", R"({"types":["step.*"],"epoch":"e","seq":0})");
    QTRY_COMPARE(quiet.lines.size(), 3);
    QTRY_COMPARE(types.lines.size(), 2);
    scene.output(u"j"_s, u"x"_s);
    scene.start(u"j"_s);
    QTRY_COMPARE(quiet.lines.size(), 4);
    QTRY_COMPARE(types.lines.size(), 3);
    QCOMPARE(quiet.story().mid(2), (QStringList{u"1 job.queued j"_s, u"3+1 job.started j"_s}));
    QCOMPARE(types.story().mid(2), QStringList{u"2+1 step.output j"_s});
}

void TestLocalServer::everyClientGetsTheSameBytes()
{
    Scene scene;
    LineClient one(scene.path);
    LineClient two(scene.path);
    one.call(1, "subscribe");
    two.call(1, "subscribe");
    QTRY_VERIFY(one.lines.size() == 3 && two.lines.size() == 3);
    EventPtr last;
    const Subscription watch = scene.hub.observe([&](const EventPtr &event) { last = event; });
    scene.queue(u"j"_s);
    QTRY_VERIFY(one.lines.size() == 4 && two.lines.size() == 4);
    QCOMPARE(one.lines, two.lines);
    QCOMPARE(one.lines.last(), native::notification("event", native::encodeEvent(*last)));
}

void TestLocalServer::aClientThatNeverReads()
{
    constexpr int rounds = 80;
    constexpr int outputs = 4; // a round: less than what makes the server thin anybody's queue
    constexpr qsizetype textBytes = 64 * 1024;
    Scene scene(256, {512 * 1024, 1024 * 1024});
    scene.queue(u"j"_s);
    RawClient sleeper(scene.path);
    QVERIFY(sleeper.connected);
    sleeper.write(R"({"jsonrpc":"2.0","id":1,"method":"subscribe"})"
                  "\n");
    LineClient awake(scene.path);
    awake.call(1, "subscribe");
    QTRY_COMPARE(awake.lines.size(), 3);
    QTRY_COMPARE(scene.server->clients(), 2u);
    const QString text(textBytes, u'x');
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < outputs; ++i)
            scene.output(u"j"_s, text);
        scene.change(u"j"_s, round);
        // whoever reads gets everything at once
        QVERIFY(QTest::qWaitFor([&] { return awake.lines.size() == 3 + (outputs + 1) * (round + 1); }));
    }
    QVERIFY(awake.received > rounds * outputs * textBytes);
    const QStringList story = awake.story();
    for (int i = 3; i < story.size(); ++i)
        QVERIFY2(story[i].startsWith(QString::number(i - 1) + u' '), qPrintable(story[i]));

    const QString newest = QString::number(scene.hub.state().seq);
    const auto caughtUp = [&] {
        sleeper.read();
        const QByteArray last = sleeper.bytes.sliced(sleeper.bytes.lastIndexOf('\n', -2) + 1);
        return last.endsWith('\n') && LineClient::inShort(last).section(u' ', 0, 0).section(u'+', 0, 0) == newest;
    };
    QTRY_VERIFY(caughtUp());
    QVERIFY2(sleeper.bytes.size() < 3 * 1024 * 1024, qPrintable(QString::number(sleeper.bytes.size())));

    // what is left says itself what is missing: never a state change
    QByteArrayList lines = sleeper.bytes.split('\n');
    QVERIFY(lines.takeLast().isEmpty());
    qint64 position = -1;
    QString title;
    int changes = 0;
    for (const QByteArray &line : std::as_const(lines)) {
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        const QJsonObject params = object[u"params"].toObject();
        if (object[u"method"].toString() == u"snapshot")
            position = params[u"seq"].toInteger();
        if (object[u"method"].toString() != u"event")
            continue;
        QCOMPARE(params[u"seq"].toInteger(), position + 1 + params[u"skipped"].toInteger());
        position = params[u"seq"].toInteger();
        if (params[u"type"].toString() == u"job.changed") {
            ++changes;
            title = params[u"data"][u"title"].toString();
        }
    }
    QCOMPARE(title, QString::number(rounds - 1));
    QCOMPARE(changes, rounds);
}

void TestLocalServer::drains()
{
    Scene scene;
    LineClient watcher(scene.path);
    LineClient idle(scene.path);
    watcher.call(1, "subscribe");
    QTRY_COMPARE(watcher.lines.size(), 3);
    QTRY_COMPARE(idle.lines.size(), 1);
    scene.queue(u"j"_s);
    for (int i = 0; i < 200; ++i)
        scene.output(u"j"_s, QString(2000, u'x'));
    scene.hub.publish({u"j"_s, {}, 0, JobFinished{1, State::Interrupted, {}, 0}});
    int done = 0;
    scene.server->drain(60'000, [&] { ++done; });
    QVERIFY(!QFile::exists(scene.path));
    QTRY_VERIFY(watcher.ended && idle.ended);
    QCOMPARE(watcher.lines.size(), 3 + 202);
    QCOMPARE(watcher.story().last(), u"202 job.finished j"_s);
    QTRY_COMPARE(done, 1);
    QCOMPARE(scene.server->clients(), 0u);
    LineClient late(scene.path);
    QVERIFY(!late.connected());
}

void TestLocalServer::drainsPastASleeper()
{
    Scene scene;
    scene.queue(u"j"_s);
    RawClient sleeper(scene.path);
    sleeper.write(R"({"jsonrpc":"2.0","id":1,"method":"subscribe"})"
                  "\n");
    QTRY_COMPARE(scene.server->clients(), 1u);
    LineClient witness(scene.path);
    witness.call(1, "job.list");
    QTRY_COMPARE(witness.lines.size(), 2);
    witness.leave();
    QTRY_COMPARE(scene.server->clients(), 1u);
    for (int i = 0; i < 20; ++i)
        scene.output(u"j"_s, QString(40'000, u'x'));
    int done = 0;
    scene.server->drain(50, [&] { ++done; });
    QTRY_COMPARE(done, 1);
    QCOMPARE(scene.server->clients(), 0u);
    QTRY_VERIFY((sleeper.read(), sleeper.ended));

    Scene empty;
    empty.server->drain(50, [&] { ++done; });
    QCOMPARE(done, 2);
}

QTEST_GUILESS_MAIN(TestLocalServer)
#include "tst_local_server.moc"
