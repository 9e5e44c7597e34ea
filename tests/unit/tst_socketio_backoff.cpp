#include "core/remote/socketio/backoff.h"
#include "core/remote/socketio/socketio_client.h"

#include <QSignalSpy>
#include <QTcpServer>
#include <QTest>

#include <array>

using namespace stepwire::socketio::client;

/// Draws 0, 0.05, 0.15 and so on, again and again.
static std::function<double()> drawing()
{
    return [at = std::size_t(0)]() mutable {
        static constexpr std::array<double, 7> draws = {0, 0.05, 0.15, 0.5, 0.99, 0.31, 0.77};
        return draws[at++ % draws.size()];
    };
}

class SocketIoBackoffTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void waitsAsTheOriginal_data();
    void waitsAsTheOriginal();
    void managerWaitsSo();
    void managerGivesUp();
};

void SocketIoBackoffTest::waitsAsTheOriginal_data()
{
    QTest::addColumn<int>("least");
    QTest::addColumn<int>("most");
    QTest::addColumn<double>("jitter");
    QTest::addColumn<QList<int>>("expected"); // by backo2 in socket.io-client 4.8.4, with the same draws
    QTest::addRow("1000 to 5000, 0.5") << 1000 << 5000 << 0.5
                                       << QList<int>{1000, 1950, 4300, 5000, 5000, 5000, 5000, 5000};
    QTest::addRow("1000 to 5000, 0") << 1000 << 5000 << 0.0
                                     << QList<int>{1000, 2000, 4000, 5000, 5000, 5000, 5000, 5000};
    QTest::addRow("100 to 100000, 1") << 100 << 100000 << 1.0
                                      << QList<int>{100, 190, 460, 1200, 3184, 4192, 11328, 12800};
    QTest::addRow("20 to 100, 0.25") << 20 << 100 << 0.25 << QList<int>{20, 40, 83, 100, 100, 100, 100, 100};
}

void SocketIoBackoffTest::waitsAsTheOriginal()
{
    QFETCH(int, least);
    QFETCH(int, most);
    QFETCH(double, jitter);
    QFETCH(QList<int>, expected);
    Backoff backoff(least, most, jitter, drawing());
    QList<int> waits;
    for (qsizetype i = 0; i < expected.size(); ++i)
        waits.append(backoff.next());
    QCOMPARE(waits, expected);
    QCOMPARE(backoff.attempts(), int(expected.size()));
    backoff.reset();
    QCOMPARE(backoff.attempts(), 0);
}

/// A port where nobody listens.
static QUrl nobody()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost);
    return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(server.serverPort()));
}

void SocketIoBackoffTest::managerWaitsSo()
{
    Options options;
    options.reconnectionDelay = 20;
    options.reconnectionDelayMax = 100;
    options.randomizationFactor = 0.25;
    options.random = drawing();
    Manager manager(nobody(), options);
    QSignalSpy scheduled(&manager, &Manager::reconnectScheduled);
    QSignalSpy attempts(&manager, &Manager::reconnectAttempt);
    QSignalSpy errors(&manager, &Manager::reconnectError);
    Socket *const socket = manager.socket();
    QTRY_VERIFY_WITH_TIMEOUT(scheduled.size() >= 4, 10'000);
    QList<int> waits;
    for (int i = 0; i < 4; ++i) {
        QCOMPARE(scheduled[i][0].toInt(), i + 1);
        waits.append(scheduled[i][1].toInt());
    }
    QCOMPARE(waits, (QList<int>{20, 40, 83, 100}));
    QCOMPARE(attempts[2][0].toInt(), 3);
    QVERIFY(errors.size() >= 3);
    // it begins anew when it is told that the network is back
    QTRY_COMPARE(manager.state(), State::Closed); // between two attempts
    const qsizetype before = scheduled.size();
    manager.reconnectNow();
    QTRY_VERIFY_WITH_TIMEOUT(scheduled.size() > before, 10'000);
    QCOMPARE(scheduled[before][0].toInt(), 2);
    // and ends with the last socket
    socket->close();
    QVERIFY(!manager.reconnecting());
    const qsizetype after = attempts.size();
    QTest::qWait(200);
    QCOMPARE(attempts.size(), after);
}

void SocketIoBackoffTest::managerGivesUp()
{
    Options options;
    options.reconnectionDelay = options.reconnectionDelayMax = 10;
    options.reconnectionAttempts = 2;
    Manager manager(nobody(), options);
    QSignalSpy attempts(&manager, &Manager::reconnectAttempt);
    QSignalSpy failed(&manager, &Manager::reconnectFailed);
    QSignalSpy errors(manager.socket(), &Socket::connectError);
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, 10'000);
    QCOMPARE(attempts.size(), 2);
    QCOMPARE(errors.size(), 3);
    QTest::qWait(100);
    QCOMPARE(attempts.size(), 2);
}

QTEST_GUILESS_MAIN(SocketIoBackoffTest)
#include "tst_socketio_backoff.moc"
