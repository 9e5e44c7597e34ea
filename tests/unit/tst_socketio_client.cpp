#include "core/remote/socketio/socketio_client.h"

#include <QCborMap>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <csignal>
#include <numeric>

using namespace stepwire;
using namespace stepwire::socketio::client;

static const QString source = QStringLiteral(STEPWIRE_SOURCE_DIR "/tests/blackbox");
static const std::vector<TransportKind> pollingOnly = {TransportKind::Polling};
static const std::vector<TransportKind> webSocketOnly = {TransportKind::WebSocket};
static const std::vector<TransportKind> both = {TransportKind::Polling, TransportKind::WebSocket};
static const QString newest = QStringLiteral("socket.io");
static constexpr int limitMs = 15'000;

Q_DECLARE_METATYPE(std::vector<TransportKind>)

/// A server of npm's socket.io, or another, in a process of its own; see tests/blackbox/socketio_server.mjs.
class ForeignServer
{
public:
    explicit ForeignServer(QString package = newest, const QJsonObject &options = {}, QStringList further = {},
                           QString program = QStringLiteral("node"))
        : m_program(std::move(program)),
          m_package(std::move(package)),
          m_options(QJsonDocument(options).toJson(QJsonDocument::Compact)),
          m_further(std::move(further))
    {
        start();
    }
    ~ForeignServer() { stop(); }

    void start()
    {
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        QStringList arguments = {m_package, QString::number(m_port), QString::fromUtf8(m_options)};
        if (m_program == QStringLiteral("node"))
            arguments.prepend(source + QStringLiteral("/socketio_server.mjs"));
        m_process.start(m_program, arguments + m_further);
        while (m_process.state() != QProcess::NotRunning && !m_process.canReadLine()
               && m_process.waitForReadyRead(limitMs)) { }
        const QByteArray line = m_process.readLine().trimmed();
        m_port = line.mid(line.lastIndexOf(' ') + 1).toUShort();
        if (m_port == 0)
            qFatal("the server did not start");
    }
    void stop()
    {
        m_process.kill();
        m_process.waitForFinished(limitMs);
    }
    void signal(int number) { ::kill(static_cast<pid_t>(m_process.processId()), number); }
    [[nodiscard]] QUrl url(const char *scheme = "http") const
    {
        QUrl url;
        url.setScheme(QString::fromLatin1(scheme));
        url.setHost(QStringLiteral("127.0.0.1"));
        url.setPort(m_port);
        return url;
    }

private:
    QProcess m_process;
    QString m_program;
    QString m_package;
    QByteArray m_options;
    QStringList m_further;
    quint16 m_port = 0;
};

/// Answers every connection with the same bytes.
class PlainServer
{
public:
    explicit PlainServer(QByteArray answer)
    {
        m_server.listen(QHostAddress::LocalHost);
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this, answer = std::move(answer)] {
            QTcpSocket *const socket = m_server.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [socket, answer] {
                socket->readAll();
                socket->write(answer);
                socket->disconnectFromHost();
            });
        });
    }
    [[nodiscard]] QUrl url() const { return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_server.serverPort())); }

private:
    QTcpServer m_server;
};

/// Collects what a socket says.
struct Heard
{
    explicit Heard(Socket *socket)
    {
        QObject::connect(socket, &Socket::connected, socket, [this] { words.append(QStringLiteral("connect")); });
        QObject::connect(socket, &Socket::connectError, socket, [this](const ConnectError &error) {
            errors.push_back(error);
            words.append(QStringLiteral("connect_error"));
        });
        QObject::connect(socket, &Socket::disconnected, socket,
                         [this](const QString &reason) { words.append(QStringLiteral("disconnect: ") + reason); });
        socket->onAny([this](const QString &event, const QCborArray &arguments, const Ack & /*ack*/) {
            events.emplace_back(event, arguments);
        });
    }
    QStringList words;
    std::vector<ConnectError> errors;
    std::vector<std::pair<QString, QCborArray>> events;
};

static Options with(std::vector<TransportKind> transports)
{
    Options options;
    options.transports = std::move(transports);
    options.reconnectionDelay = 20;
    options.reconnectionDelayMax = 100;
    return options;
}

/// The answer to an event, awaited.
static Result<QCborArray> ask(Socket *socket, const char *event, const QCborArray &arguments = {}, int timeoutMs = 0)
{
    auto answer = std::make_shared<std::optional<Result<QCborArray>>>();
    socket->emitWithAck(
        QString::fromLatin1(event), arguments, [answer](const Result<QCborArray> &given) { *answer = given; },
        timeoutMs);
    if (!QTest::qWaitFor([&] { return answer->has_value(); }, limitMs))
        return fail(QStringLiteral("no answer at all"));
    return **answer;
}

static QString text(const char *latin1)
{
    return QString::fromUtf8(latin1);
}

static QCborArray samples()
{
    QCborMap map;
    map[text("list")] = QCborArray{1, 2.5, QCborValue(nullptr), true, -7};
    map[text("text")] = text("ä€😀\n\x1e");
    return {map, QByteArray("\x00\xff\x1e", 3), QCborArray{QByteArray("abc"), QByteArray()}, text("")};
}

class SocketIoClientTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void talks_data();
    void talks();
    void upgradesWithoutLossOrDoubling();
    void triesTheOtherTransport();
    void saysGoodbye_data();
    void saysGoodbye();
    void keepsToMaxPayload();
    void hasNamespaces();
    void isRefusedByAMiddleware();
    void doesNotComeBackWhenToldToGo();
    void comesBackToARestartedServer();
    void isTriedAtOnceWhenTheNetworkIsBack();
    void recovers();
    void noticesASilentServer();
    void repeatsUntilAcknowledged();
    void limitsTheWaitForAnAcknowledgement();
    void sendsWhatItWasToldTo();
    void endsAfterNonsense();
    void refusesStrangers_data();
    void refusesStrangers();
    void refusesAnOldServer_data();
    void refusesAnOldServer();
    void speaksToSocketIo3();
    void speaksToPython();
    void trustsByTheRules();
};

void SocketIoClientTest::initTestCase()
{
    if (QStandardPaths::findExecutable(text("node")).isEmpty()
        || !QFileInfo::exists(source + text("/node_modules/socket.io-3")))
        QSKIP("npm ci was not run in tests/blackbox");
}

void SocketIoClientTest::talks_data()
{
    QTest::addColumn<std::vector<TransportKind>>("transports");
    QTest::addColumn<QString>("ends");
    QTest::addColumn<QJsonObject>("server");
    QTest::addRow("polling") << pollingOnly << text("polling") << QJsonObject();
    QTest::addRow("websocket") << webSocketOnly << text("websocket") << QJsonObject();
    QTest::addRow("both") << both << text("websocket") << QJsonObject();
    QTest::addRow("a server without websocket")
        << both << text("polling") << QJsonObject{{text("transports"), QJsonArray{text("polling")}}};
}

void SocketIoClientTest::talks()
{
    QFETCH(std::vector<TransportKind>, transports);
    QFETCH(QString, ends);
    QFETCH(QJsonObject, server);
    ForeignServer node(newest, server);
    Manager manager(node.url(), with(transports));
    QSignalSpy upgraded(&manager, &Manager::upgraded);
    Socket *const socket = manager.socket();
    Heard heard(socket);
    socket->emit(text("echo"), {text("early")}); // waits for the connection
    QCOMPARE(socket->bufferedEvents(), 1U);
    QTRY_COMPARE_WITH_TIMEOUT(heard.events.size(), 1U, limitMs);
    QCOMPARE(heard.events[0].second, QCborArray{text("early")});
    QVERIFY(!socket->id().isEmpty());
    QCOMPARE(heard.words, QStringList{text("connect")});
    if (transports.size() == 2 && ends == text("websocket"))
        QTRY_COMPARE_WITH_TIMEOUT(upgraded.size(), 1, limitMs);
    QTRY_COMPARE(ask(socket, "transport").value_or(QCborArray()), QCborArray{ends});

    // an acknowledgement with bytes, an event with bytes, an acknowledgement of ours with bytes
    QCOMPARE(ask(socket, "echo", samples()).value_or(QCborArray()), samples());
    heard.events.clear();
    socket->emit(text("echo"), samples());
    QTRY_COMPARE_WITH_TIMEOUT(heard.events.size(), 1U, limitMs);
    QCOMPARE(heard.events[0].first, text("echoed"));
    QCOMPARE(heard.events[0].second, samples());
    socket->on(text("question"), [](const QCborArray &arguments, const Ack &ack) {
        QCborArray answer = arguments;
        answer.prepend(42);
        ack(answer);
        ack({text("again")}); // does not count
    });
    socket->emit(text("ask me"), samples());
    QCborArray expected = samples();
    expected.prepend(42);
    QTRY_COMPARE_WITH_TIMEOUT(heard.events.size(), 3U, limitMs);
    QCOMPARE(heard.events[2].first, text("your answer"));
    QCOMPARE(heard.events[2].second, expected);

    heard.words.clear();
    socket->close();
    QCOMPARE(heard.words, QStringList{text("disconnect: io client disconnect")});
    QVERIFY(!socket->isActive());
    QCOMPARE(manager.state(), State::Closed);
    socket->open();
    QTRY_COMPARE_WITH_TIMEOUT(heard.words.size(), 2, limitMs);
    QCOMPARE(heard.words[1], text("connect"));
}

void SocketIoClientTest::upgradesWithoutLossOrDoubling()
{
    ForeignServer node;
    Manager manager(node.url(), with(both));
    QSignalSpy upgraded(&manager, &Manager::upgraded);
    Socket *const socket = manager.socket();
    std::vector<qint64> came;
    socket->on(text("number"),
               [&](const QCborArray &arguments, const Ack &) { came.push_back(arguments[0].toInteger()); });
    // in both directions, from the first moment: it upgrades meanwhile
    constexpr int count = 1000;
    const QString payload(200, u'x');
    int sent = 0;
    std::optional<int> sentAtUpgrade;
    QTimer feed;
    const auto more = [&] {
        for (int i = 0; i < 10 && sent < count; ++i)
            socket->emit(text("number"), {sent++});
    };
    connect(&feed, &QTimer::timeout, this, more);
    connect(socket, &Socket::connected, this, [&] {
        QCOMPARE(manager.transport(), TransportKind::Polling);
        socket->emit(text("flood"), {count, payload});
        more();
        feed.start(1);
    });
    connect(&manager, &Manager::upgraded, this, [&] { sentAtUpgrade = sent; });
    QTRY_COMPARE_WITH_TIMEOUT(upgraded.size(), 1, limitMs);
    QTRY_COMPARE_WITH_TIMEOUT(sent, count, limitMs);
    QVERIFY(sentAtUpgrade);
    QVERIFY2(*sentAtUpgrade > 0, "nothing was under way"); // else it shows nothing
    QTRY_COMPARE_WITH_TIMEOUT(came.size(), std::size_t(count), limitMs);
    std::vector<qint64> expected(count);
    std::iota(expected.begin(), expected.end(), 0);
    QCOMPARE(came, expected);
    const auto there = ask(socket, "numbers");
    QVERIFY(there);
    QCborArray all;
    for (int i = 0; i < count; ++i)
        all.append(i);
    QCOMPARE(there->at(0).toArray(), all);
    QCOMPARE(manager.transport(), TransportKind::WebSocket);
}

void SocketIoClientTest::triesTheOtherTransport()
{
    ForeignServer node(newest, {{text("hideWebSocket"), true}});
    {
        Manager manager(node.url(), with(both)); // an upgrade that fails changes nothing
        Socket *const socket = manager.socket();
        QVERIFY(ask(socket, "echo", {1}));
        QTest::qWait(200);
        QVERIFY(ask(socket, "echo", {2}));
        QCOMPARE(manager.transport(), TransportKind::Polling);
    }
    Options options = with({TransportKind::WebSocket, TransportKind::Polling});
    {
        Manager manager(node.url(), options);
        Heard heard(manager.socket());
        QTRY_VERIFY_WITH_TIMEOUT(!heard.errors.empty(), limitMs);
        QCOMPARE(heard.errors[0].httpStatus, 502);
    }
    options.tryAllTransports = true;
    Manager manager(node.url(), options);
    QVERIFY(ask(manager.socket(), "echo", {1}));
    QCOMPARE(manager.transport(), TransportKind::Polling);
}

void SocketIoClientTest::saysGoodbye_data()
{
    QTest::addColumn<std::vector<TransportKind>>("transports");
    QTest::addRow("polling") << pollingOnly;
    QTest::addRow("websocket") << webSocketOnly;
    QTest::addRow("within an upgrade") << both;
}

/// What was sent before the end arrives before it.
void SocketIoClientTest::saysGoodbye()
{
    QFETCH(std::vector<TransportKind>, transports);
    ForeignServer node;
    Manager observer(node.url(), with(webSocketOnly));
    QVERIFY(ask(observer.socket(), "goodbyes"));
    auto manager = std::make_unique<Manager>(node.url(), with(transports));
    Socket *const socket = manager->socket();
    connect(socket, &Socket::connected, this, [&] {
        for (int i = 0; i < 100; ++i)
            socket->emit(text("number"), {i});
        socket->close();
    });
    const auto goodbyes = [&] { return ask(observer.socket(), "goodbyes").value_or(QCborArray{}).at(0).toArray(); };
    QTRY_COMPARE_WITH_TIMEOUT(goodbyes(), (QCborArray{QCborArray{text("client namespace disconnect"), 100}}), limitMs);
    if (transports != webSocketOnly)
        return;
    // a socket keeps its word even when all is deleted at once
    socket->open();
    QTRY_COMPARE_WITH_TIMEOUT(goodbyes().size(), 2, limitMs);
    connect(socket, &Socket::disconnected, manager.get(), &QObject::deleteLater);
    (void)manager.release();
    socket->disconnect(this);
    socket->open();
    connect(socket, &Socket::connected, this, [socket] {
        socket->emit(text("number"), {1});
        socket->close();
    });
    QTRY_COMPARE_WITH_TIMEOUT(goodbyes().size(), 3, limitMs);
    QCOMPARE(goodbyes().last(), QCborValue(QCborArray{text("client namespace disconnect"), 1}));
}

void SocketIoClientTest::keepsToMaxPayload()
{
    ForeignServer node(newest, {{text("maxHttpBufferSize"), 2000}});
    Manager manager(node.url(), with(pollingOnly));
    Socket *const socket = manager.socket();
    Heard heard(socket);
    for (int i = 0; i < 100; ++i)
        socket->emit(text("number"), {i, QString(100, u'ä')});
    const auto there = ask(socket, "numbers");
    QVERIFY2(there, qUtf8Printable(there ? QString() : there.error().message));
    QCOMPARE(there->at(0).toArray().size(), 100);
    QCOMPARE(heard.words, QStringList{text("connect")});
}

void SocketIoClientTest::hasNamespaces()
{
    ForeignServer node;
    Manager manager(node.url(), with(both));
    Socket *const main = manager.socket();
    Socket *const jobs = manager.socket(text("/jobs"));
    Socket *const none = manager.socket(text("/none"));
    Heard ofMain(main);
    Heard ofJobs(jobs);
    Heard ofNone(none);
    jobs->emit(text("echo"), {text("jobs")});
    main->emit(text("echo"), {text("main")});
    QTRY_COMPARE_WITH_TIMEOUT(ofJobs.events.size(), 1U, limitMs);
    QTRY_COMPARE_WITH_TIMEOUT(ofMain.events.size(), 1U, limitMs);
    QCOMPARE(ofJobs.events[0].second, QCborArray{text("jobs")});
    QCOMPARE(ofMain.events[0].second, QCborArray{text("main")});
    QVERIFY(jobs->id() != main->id());
    QCOMPARE(manager.socket(text("jobs")), jobs);
    QTRY_COMPARE_WITH_TIMEOUT(ofNone.errors.size(), 1U, limitMs);
    QCOMPARE(ofNone.errors[0].message, text("Invalid namespace"));
    QCOMPARE(ofNone.errors[0].kind, ConnectError::Kind::Refused);
    QVERIFY(!none->isActive());
    // one may go, the others stay on their connection
    const QByteArray sid = manager.sid();
    main->close();
    QCOMPARE(manager.state(), State::Open);
    QCOMPARE(ask(jobs, "echo", {1}).value_or(QCborArray()), QCborArray{1});
    main->open();
    QCOMPARE(ask(main, "echo", {2}).value_or(QCborArray()), QCborArray{2});
    QCOMPARE(manager.sid(), sid);
}

void SocketIoClientTest::isRefusedByAMiddleware()
{
    ForeignServer node;
    Manager manager(node.url(), with(both));
    SocketOptions options;
    QString token = text("wrong");
    options.auth = [&token] { return QCborMap{{text("token"), token}}; };
    Socket *const socket = manager.socket(text("/guarded"), options);
    Heard heard(socket);
    QTRY_COMPARE_WITH_TIMEOUT(heard.errors.size(), 1U, limitMs);
    QCOMPARE(heard.errors[0].kind, ConnectError::Kind::Refused);
    QCOMPARE(heard.errors[0].message, text("wrong token"));
    QCOMPARE(heard.errors[0].data, QCborValue(QCborMap{{text("code"), 4711}}));
    QVERIFY(!socket->isActive());
    QVERIFY(!manager.reconnecting());
    token = text("right"); // it is asked at each connect
    socket->open();
    QTRY_COMPARE_WITH_TIMEOUT(heard.words, (QStringList{text("connect_error"), text("connect")}), limitMs);
}

void SocketIoClientTest::doesNotComeBackWhenToldToGo()
{
    ForeignServer node;
    Manager manager(node.url(), with(both));
    Socket *const socket = manager.socket();
    Heard heard(socket);
    socket->emit(text("kick"));
    const QStringList expected = {text("connect"), text("disconnect: io server disconnect")};
    QTRY_COMPARE_WITH_TIMEOUT(heard.words, expected, limitMs);
    QVERIFY(!socket->isActive());
    QCOMPARE(manager.state(), State::Closed);
    QTest::qWait(300); // several times the delay of a reconnection
    QCOMPARE(heard.words, expected);
    socket->open();
    QTRY_COMPARE_WITH_TIMEOUT(heard.words.size(), 3, limitMs);
    QVERIFY(socket->isConnected());
}

void SocketIoClientTest::comesBackToARestartedServer()
{
    ForeignServer node;
    Manager manager(node.url(), with(both));
    QSignalSpy errors(&manager, &Manager::reconnectError);
    QSignalSpy reconnected(&manager, &Manager::reconnected);
    Socket *const socket = manager.socket();
    Heard heard(socket);
    QTRY_COMPARE_WITH_TIMEOUT(manager.transport(), TransportKind::WebSocket, limitMs);
    QTRY_COMPARE_WITH_TIMEOUT(heard.words.size(), 1, limitMs);
    bool lost = false;
    socket->emitWithAck(text("never"), {}, [&](const Result<QCborArray> &answer) {
        lost = !answer && answer.error().message == text("socket has been disconnected");
    });
    node.stop();
    QTRY_VERIFY_WITH_TIMEOUT(errors.size() >= 2, limitMs);
    QVERIFY(lost);
    QVERIFY(manager.reconnecting());
    QVERIFY(socket->isActive());
    QCOMPARE(heard.words[1], text("disconnect: transport close"));
    const auto error = errors[0][0].value<ConnectError>();
    QCOMPARE(error.kind, ConnectError::Kind::Network);
    QVERIFY2(error.message.contains(text("127.0.0.1")), qUtf8Printable(error.message));
    socket->emit(text("echo"), {text("meanwhile")});
    node.start();
    QTRY_COMPARE_WITH_TIMEOUT(reconnected.size(), 1, limitMs);
    QTRY_COMPARE_WITH_TIMEOUT(heard.events.size(), 1U, limitMs);
    QCOMPARE(heard.events[0].second, QCborArray{text("meanwhile")});
    QCOMPARE(heard.words.last(), text("connect"));
    QVERIFY(!socket->recovered());
}

void SocketIoClientTest::isTriedAtOnceWhenTheNetworkIsBack()
{
    ForeignServer node;
    Options options = with(webSocketOnly);
    options.reconnectionDelay = options.reconnectionDelayMax = 1'000'000;
    Manager manager(node.url(), options);
    Socket *const socket = manager.socket();
    Heard heard(socket);
    QTRY_COMPARE_WITH_TIMEOUT(heard.words.size(), 1, limitMs);
    node.stop();
    QTRY_VERIFY_WITH_TIMEOUT(manager.reconnecting(), limitMs);
    node.start();
    QTest::qWait(50);
    QVERIFY(!socket->isConnected());
    manager.reconnectNow();
    QTRY_VERIFY_WITH_TIMEOUT(socket->isConnected(), limitMs);
}

void SocketIoClientTest::recovers()
{
    ForeignServer node(newest, {{text("connectionStateRecovery"), QJsonObject()}});
    Manager manager(node.url(), with(both));
    Socket *const socket = manager.socket();
    Heard heard(socket);
    socket->emit(text("tell all"), {text("one")}); // gives it an offset
    QTRY_COMPARE_WITH_TIMEOUT(heard.events.size(), 1U, limitMs);
    QVERIFY(!socket->recovered());
    const QString id = socket->id();
    manager.blockSignals(true);
    socket->emit(text("break"), {text("two")});
    manager.blockSignals(false);
    QTRY_COMPARE_WITH_TIMEOUT(heard.events.size(), 2U, limitMs);
    QCOMPARE(heard.words, (QStringList{text("connect"), text("disconnect: transport close"), text("connect")}));
    QVERIFY(socket->recovered());
    QCOMPARE(socket->id(), id);
    QCOMPARE(heard.events[1].first, text("missed"));
    QCOMPARE(heard.events[1].second.at(0), QCborValue(text("two")));
}

void SocketIoClientTest::noticesASilentServer()
{
    ForeignServer node(newest, {{text("pingInterval"), 300}, {text("pingTimeout"), 300}});
    for (const auto &transports : {webSocketOnly, pollingOnly}) {
        Manager manager(node.url(), with(transports));
        QSignalSpy pings(&manager, &Manager::ping);
        Socket *const socket = manager.socket();
        Heard heard(socket);
        QTRY_COMPARE_WITH_TIMEOUT(pings.size(), 3, limitMs); // three were answered: it lives
        QCOMPARE(heard.words, QStringList{text("connect")});
        node.signal(SIGSTOP);
        QTRY_COMPARE_WITH_TIMEOUT(heard.words.value(1), text("disconnect: ping timeout"), limitMs);
        node.signal(SIGCONT);
        QTRY_COMPARE_WITH_TIMEOUT(heard.words.value(2), text("connect"), limitMs);
    }
}

void SocketIoClientTest::repeatsUntilAcknowledged()
{
    ForeignServer node;
    Manager manager(node.url(), with(webSocketOnly));
    SocketOptions options;
    options.retries = 2;
    options.ackTimeout = 100;
    Socket *const socket = manager.socket(text("/"), options);
    QStringList done;
    const auto note = [&done](const char *what) {
        return [&done, what = text(what)](const Result<QCborArray> &answer) {
            done.append(what + (answer ? text(" ok") : text(": ") + answer.error().message));
        };
    };
    socket->emitWithAck(text("never"), {}, note("never"));
    socket->emitWithAck(text("number"), {1}, note("number"));
    QCOMPARE(socket->bufferedEvents(), 2U);
    QTRY_COMPARE_WITH_TIMEOUT(done, (QStringList{text("never: operation has timed out"), text("number ok")}), limitMs);
    QCOMPARE(socket->bufferedEvents(), 0U);
}

void SocketIoClientTest::limitsTheWaitForAnAcknowledgement()
{
    ForeignServer node;
    Manager manager(node.url(), with(webSocketOnly));
    Socket *const socket = manager.socket();
    QVERIFY(ask(socket, "echo", {1}));
    const auto late = ask(socket, "never", {}, 50);
    QVERIFY(!late);
    QCOMPARE(late.error().message, text("operation has timed out"));
    socket->close();
    socket->emitWithAck(
        text("echo"), {}, [](const Result<QCborArray> &) {}, 20);
    QCOMPARE(socket->bufferedEvents(), 1U);
    QTRY_COMPARE(socket->bufferedEvents(), 0U); // too late to be sent
    socket->emit(text("echo"), {}, Delivery::Volatile);
    QString reserved;
    socket->emitWithAck(text("connect"), {}, [&](const Result<QCborArray> &answer) {
        reserved = answer ? QString() : answer.error().message;
    });
    QCOMPARE(reserved, text("'connect' is a reserved event name"));
    QCOMPARE(socket->bufferedEvents(), 0U);
}

void SocketIoClientTest::sendsWhatItWasToldTo()
{
    ForeignServer node(newest, {{text("path"), text("/deep/io")}, {text("cookie"), true}});
    for (const auto &transports : {webSocketOnly, pollingOnly, both}) {
        Options options = with(transports);
        options.path = text("/deep/io");
        options.query = {{text("room"), text("ä & b=c")}};
        options.extraHeaders = {
            {"Authorization", "Bearer abc"}, {"Origin", "https://example.org"}, {"Cookie", "session=1"}};
        options.withCredentials = true;
        QUrl url = node.url();
        url.setQuery(text("from=url"));
        Manager manager(url, options);
        SocketOptions socketOptions;
        socketOptions.auth = [] { return QCborMap{{text("token"), text("t")}}; };
        Socket *const socket = manager.socket(text("/"), socketOptions);
        const auto answer = ask(socket, "handshake");
        QVERIFY(answer);
        const QCborMap map = answer->at(0).toMap();
        QCOMPARE(map[text("auth")], QCborValue(QCborMap{{text("token"), text("t")}}));
        QCOMPARE(map[text("headers")][text("authorization")].toString(), text("Bearer abc"));
        QCOMPARE(map[text("headers")][text("origin")].toString(), text("https://example.org"));
        QCOMPARE(map[text("headers")][text("cookie")].toString(), text("session=1"));
        QCOMPARE(map[text("query")][text("room")].toString(), text("ä & b=c"));
        QCOMPARE(map[text("query")][text("from")].toString(), text("url"));
        QCOMPARE(map[text("sid")].toString(), socket->id());
    }
}

void SocketIoClientTest::endsAfterNonsense()
{
    ForeignServer node;
    Manager manager(node.url(), with(webSocketOnly));
    Socket *const socket = manager.socket();
    Heard heard(socket);
    socket->emit(text("not json"));
    QTRY_COMPARE_WITH_TIMEOUT(
        heard.words, (QStringList{text("connect"), text("disconnect: parse error"), text("connect")}), limitMs);
}

void SocketIoClientTest::refusesStrangers_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("words");
    const auto http = [](const char *status, const char *type, const QByteArray &body, const char *further = "") {
        return QByteArray("HTTP/1.1 ") + status + "\r\nContent-Type: " + type + "\r\n" + further
            + "Content-Length: " + QByteArray::number(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
    };
    using Kind = ConnectError::Kind;
    QTest::addRow("404") << http("404 Not Found", "text/html", "<html>no</html>") << int(Kind::NotSocketIo)
                         << text("answers with HTTP status 404 where Socket.IO was expected");
    QTest::addRow("a page") << http("200 OK", "text/html", "<html>hello</html>") << int(Kind::NotSocketIo)
                            << text("|as a Socket.IO server does (text/html)|HTTP status 200");
    QTest::addRow("a redirection") << http("302 Found", "text/html", "", "Location: https://example.org/login\r\n")
                                   << int(Kind::NotSocketIo) << text("HTTP status 302");
    QTest::addRow("refused") << http("403 Forbidden", "application/json", R"({"code":4,"message":"not you"})")
                             << int(Kind::Refused) << text("refuses the connection: not you");
    QTest::addRow("another version") << http("400 Bad Request", "application/json",
                                             R"({"code":5,"message":"Unsupported protocol version"})")
                                     << int(Kind::OldProtocol)
                                     << text("does not speak Engine.IO 4: Unsupported protocol version");
}

void SocketIoClientTest::refusesStrangers()
{
    QFETCH(QByteArray, answer);
    QFETCH(int, kind);
    QFETCH(QString, words);
    PlainServer server(answer);
    for (const auto &transports : {webSocketOnly, pollingOnly}) {
        Manager manager(server.url(), with(transports));
        Heard heard(manager.socket());
        QTRY_VERIFY_WITH_TIMEOUT(!heard.errors.empty(), limitMs);
        QCOMPARE(int(heard.errors[0].kind), kind);
        const QStringList allowed = words.split(u'|', Qt::SkipEmptyParts);
        QVERIFY2(std::any_of(allowed.begin(), allowed.end(),
                             [&](const QString &part) { return heard.errors[0].message.contains(part); }),
                 qUtf8Printable(heard.errors[0].message));
        QCOMPARE(manager.reconnecting(), kind != int(ConnectError::Kind::OldProtocol));
    }
}

void SocketIoClientTest::refusesAnOldServer_data()
{
    QTest::addColumn<std::vector<TransportKind>>("transports");
    QTest::addRow("polling") << pollingOnly;
    QTest::addRow("websocket") << webSocketOnly;
    QTest::addRow("both") << both;
}

void SocketIoClientTest::refusesAnOldServer()
{
    QFETCH(std::vector<TransportKind>, transports);
    ForeignServer node(text("socket.io-2"));
    for (const char *nsp : {"/", "/jobs"}) {
        Manager manager(node.url(), with(transports));
        Socket *const socket = manager.socket(text(nsp));
        Heard heard(socket);
        QTRY_COMPARE_WITH_TIMEOUT(heard.errors.size(), 1U, limitMs);
        QCOMPARE(heard.errors[0].kind, ConnectError::Kind::OldProtocol);
        QVERIFY2(heard.errors[0].message.contains(text("runs Socket.IO 2.x or older")),
                 qUtf8Printable(heard.errors[0].message));
        QVERIFY(!socket->isActive());
        QTest::qWait(200);
        QCOMPARE(heard.words, QStringList{text("connect_error")}); // no second attempt
    }
}

/// It speaks the same protocol as 4.x.
void SocketIoClientTest::speaksToSocketIo3()
{
    ForeignServer node(text("socket.io-3"));
    for (const auto &transports : {pollingOnly, webSocketOnly, both}) {
        Manager manager(node.url(), with(transports));
        Socket *const socket = manager.socket(text("/jobs"));
        QCOMPARE(ask(socket, "echo", samples()).value_or(QCborArray()), samples());
        if (transports.size() == 2)
            QTRY_COMPARE_WITH_TIMEOUT(manager.transport(), TransportKind::WebSocket, limitMs);
        QCOMPARE(ask(socket, "echo", samples()).value_or(QCborArray()), samples());
    }
}

/// python-socketio, which comes from Debian.
void SocketIoClientTest::speaksToPython()
{
    ForeignServer node(source + text("/socketio_server.py"), {}, {}, text("/usr/bin/python3"));
    for (const auto &transports : {pollingOnly, webSocketOnly, both}) {
        Manager manager(node.url(), with(transports));
        Socket *const socket = manager.socket(text("/jobs"));
        Heard heard(socket);
        for (int i = 0; i < 40; ++i) // more than it takes in one POST
            socket->emit(text("echo"), {i});
        QTRY_COMPARE_WITH_TIMEOUT(heard.events.size(), 40U, limitMs);
        if (transports.size() == 2)
            QTRY_COMPARE_WITH_TIMEOUT(manager.transport(), TransportKind::WebSocket, limitMs);
        QCOMPARE(ask(socket, "ask", samples()).value_or(QCborArray()), samples());
        socket->emit(text("kick"));
        QTRY_COMPARE_WITH_TIMEOUT(heard.words, (QStringList{text("connect"), text("disconnect: io server disconnect")}),
                                  limitMs);
    }
}

void SocketIoClientTest::trustsByTheRules()
{
    QTemporaryDir dir;
    const QString certificate = dir.filePath(text("cert.pem"));
    const QString key = dir.filePath(text("key.pem"));
    QCOMPARE(QProcess::execute(text("openssl"),
                               {text("req"), text("-x509"), text("-newkey"), text("rsa:2048"), text("-nodes"),
                                text("-days"), text("2"), text("-subj"), text("/CN=test"), text("-addext"),
                                text("subjectAltName=IP:127.0.0.1"), text("-keyout"), key, text("-out"), certificate,
                                text("-batch")}),
             0);
    QFile file(certificate);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray pem = file.readAll();
    const QByteArray pin = QSslCertificate(pem).digest(QCryptographicHash::Sha256).toHex(':').toUpper();
    ForeignServer node(newest, {}, {certificate, key});
    for (const auto &transports : {pollingOnly, webSocketOnly, both}) {
        const auto outcome = [&](const TlsTrust &tls) {
            Options options = with(transports);
            options.tls = tls;
            Manager manager(node.url("https"), options);
            Socket *const socket = manager.socket();
            Heard heard(socket);
            if (!QTest::qWaitFor([&] { return !heard.words.isEmpty(); }, limitMs))
                return text("nothing");
            if (!heard.errors.empty())
                return heard.errors[0].kind == ConnectError::Kind::Certificate ? heard.errors[0].message
                                                                               : text("of another kind");
            if (transports.size() == 2
                && !QTest::qWaitFor([&] { return manager.transport() == TransportKind::WebSocket; }, limitMs))
                return text("no upgrade");
            return ask(socket, "echo", samples()) == samples() ? text("works") : text("broken");
        };
        const QString unknown = outcome({});
        QVERIFY2(unknown.contains(text("is not trusted")) && unknown.contains(QString::fromLatin1(pin)),
                 qUtf8Printable(unknown));
        QCOMPARE(outcome({pem, {}}), text("works"));
        QCOMPARE(outcome({{}, pin}), text("works"));
        const QByteArray another = QByteArray(64, 'a');
        const QString pinned = outcome({pem, another});
        QVERIFY2(pinned.contains(text("is expected")), qUtf8Printable(pinned));
    }
    Options options = with(both);
    options.tls.fingerprint = "abc";
    Manager manager(node.url("https"), options);
    Heard heard(manager.socket());
    QTRY_VERIFY(!heard.errors.empty());
    QCOMPARE(heard.errors[0].message, text("the fingerprint 'abc' is no SHA-256 in hexadecimal"));
    QVERIFY(!manager.reconnecting());
}

QTEST_GUILESS_MAIN(SocketIoClientTest)
#include "tst_socketio_client.moc"
