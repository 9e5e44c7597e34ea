#include "core/desktop/desktop_face.h"

#include <QDBusArgument>
#include <QDBusContext>
#include <QDBusUnixFileDescriptor>
#include <QElapsedTimer>
#include <QLocalServer>
#include <QLocalSocket>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <fcntl.h>
#include <unistd.h>

using namespace stepwire;
using namespace Qt::StringLiterals;

namespace {

/// A server of notifications that writes down what it is told.
class Server : public QObject, protected QDBusContext
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")

public:
    Server(const QString &address, const QString &connection, QString name = u"dunst"_s,
           QStringList capabilities = {u"actions"_s, u"body"_s, u"body-markup"_s})
        : m_connection(QDBusConnection::connectToBus(address, connection)),
          m_name(std::move(name)),
          m_capabilities(std::move(capabilities))
    {
        m_connection.registerObject(u"/org/freedesktop/Notifications"_s, this,
                                    QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals);
        m_connection.registerService(u"org.freedesktop.Notifications"_s);
    }
    ~Server() override { QDBusConnection::disconnectFromBus(m_connection.name()); }

    QStringList log;
    QVariantMap hints; ///< of the last one
    QStringList actions;
    bool dead = false;
    int asked = 0;

public Q_SLOTS:
    QStringList GetCapabilities()
    {
        ++asked;
        if (dead)
            setDelayedReply(true);
        return m_capabilities;
    }
    QString GetServerInformation(QString &vendor, QString &version, QString &spec)
    {
        if (dead)
            setDelayedReply(true);
        vendor = u"test"_s;
        version = u"1"_s;
        spec = u"1.2"_s;
        return m_name;
    }
    uint Notify(const QString &, uint replaces, const QString &, const QString &title, const QString &body,
                const QStringList &offered, const QVariantMap &given, int)
    {
        const uint id = replaces != 0 ? replaces : ++m_last;
        hints = given;
        actions = offered;
        log.append(u"%1 %2|%3"_s.arg(QString::number(id), title, body));
        return id;
    }
    void CloseNotification(uint id)
    {
        log.append(u"%1 closed"_s.arg(id));
        Q_EMIT NotificationClosed(id, 3);
    }

Q_SIGNALS:
    void ActionInvoked(uint id, const QString &action);
    void ActivationToken(uint id, const QString &token);
    void NotificationClosed(uint id, uint reason);

private:
    QDBusConnection m_connection;
    QString m_name;
    QStringList m_capabilities;
    uint m_last = 0;
};

/// logind, as far as it hands out locks.
class Logind : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.login1.Manager")

public:
    explicit Logind(const QString &address) : m_connection(QDBusConnection::connectToBus(address, u"logind"_s))
    {
        m_connection.registerObject(u"/org/freedesktop/login1"_s, this, QDBusConnection::ExportAllSlots);
        m_connection.registerService(u"org.freedesktop.login1"_s);
    }
    ~Logind() override
    {
        QDBusConnection::disconnectFromBus(m_connection.name());
        if (m_end >= 0)
            ::close(m_end);
    }

    QStringList log;
    /// Nobody has the other end of the pipe any more.
    [[nodiscard]] bool released() const
    {
        char byte = 0;
        return m_end >= 0 && ::read(m_end, &byte, 1) == 0;
    }

public Q_SLOTS:
    QDBusUnixFileDescriptor Inhibit(const QString &what, const QString &who, const QString &why, const QString &mode)
    {
        log.append(QStringList{what, who, why, mode}.join(u'|'));
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
            return {};
        if (m_end >= 0)
            ::close(m_end);
        m_end = ends[0];
        QDBusUnixFileDescriptor given(ends[1]); // duplicates it
        ::close(ends[1]);
        return given;
    }

private:
    QDBusConnection m_connection;
    int m_end = -1;
};

/// The portals that a sandboxed program speaks with.
class Portal : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Notification")
    Q_PROPERTY(uint version READ version)

public:
    Portal(const QString &address, uint version)
        : m_connection(QDBusConnection::connectToBus(address, u"portal"_s)), m_version(version)
    {
        m_connection.registerObject(u"/org/freedesktop/portal/desktop"_s, this,
                                    QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals
                                        | QDBusConnection::ExportAllProperties);
        m_connection.registerService(u"org.freedesktop.portal.Desktop"_s);
    }
    ~Portal() override { QDBusConnection::disconnectFromBus(m_connection.name()); }

    [[nodiscard]] uint version() const { return m_version; }
    QStringList log;
    QVariantMap last;

public Q_SLOTS:
    void AddNotification(const QString &id, const QVariantMap &content)
    {
        last = content;
        log.append(QStringList{id, content[u"title"_s].toString(), content[u"body"_s].toString(),
                               content[u"display-hint"_s].toStringList().join(u' ')}
                       .join(u'|'));
    }
    void RemoveNotification(const QString &id) { log.append(id + u" removed"_s); }

Q_SIGNALS:
    void ActionInvoked(const QString &id, const QString &action, const QVariantList &parameter);

private:
    QDBusConnection m_connection;
    uint m_version;
};

class Around : public Surroundings
{
public:
    bool windowInFront(const QString &) override { return false; }
    void showOutput(const QString &job, const QString &step, const QString &token) override
    {
        shown.append(QStringList{job, step, token}.join(u'|'));
    }
    void warn(const QString &sentence) override { warnings.append(sentence); }
    QStringList shown;
    QStringList warnings;
};

class Driver : public HubView::Driver
{
public:
    void call(const QString &method, const QJsonObject &params, HubLink::Answered answered) override
    {
        calls.append(method + u' ' + params[u"job"].toString() + u' ' + params[u"from"].toString());
        answered(QJsonValue());
    }
    void followOutput(const QString &) override { }
    QStringList calls;
};

} // namespace

class TestDesktopFace : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void notifiesOfEachEnd();
    void aBatchIsOne();
    void actionsBecomeRequests();
    void aServerWithoutActionsAndMarkup();
    void aServerThatNeverAnswers();
    void aServerThatStartsAgain();
    void oneThatThePersonClosed();
    void noBus();
    void aBusThatNeverAnswers();
    void noSuspendWhileAJobRuns();
    void inASandbox_data();
    void inASandbox();

private:
    static JobPtr job(const QString &id, State state, const QString &lastLine = {})
    {
        Job made;
        made.id = id;
        made.title = id;
        made.host = u"here"_s;
        made.pipeline = u"backup"_s;
        made.capabilities = {u"cancel"_s, u"retry"_s};
        made.state = state;
        made.started = 1000;
        Step step;
        step.id = u"prune"_s;
        step.title = u"Prune"_s;
        step.state = state;
        step.started = 1000;
        made.steps.push_back(step);
        if (isFinal(state))
            made.finished = 61'000;
        if (state == State::Failed)
            made.error = Failure{u"exited with 1"_s, u"prune"_s, 1, {}, lastLine};
        return std::make_shared<const Job>(made);
    }
    void tell(const std::vector<JobPtr> &jobs)
    {
        HubDelta delta;
        for (const JobPtr &one : jobs)
            delta.jobs.push_back({one, true});
        m_view->take(std::move(delta));
    }
    void makeFace(bool progress = true, const QString &address = {}, int connectMs = 5000, bool sandboxed = false)
    {
        NotificationSettings settings;
        settings.thresholdMs = 0;
        settings.progress = progress;
        DesktopFace::Places places;
        places.session.address = places.system.address = address.isEmpty() ? m_address : address;
        places.session.connectMs = connectMs;
        places.sandboxed = sandboxed;
        m_face = std::make_unique<DesktopFace>(*m_view, settings, *m_around, places);
    }

    QProcess m_daemon;
    QString m_address;
    Driver m_driver;
    std::unique_ptr<HubView> m_view;
    std::unique_ptr<Around> m_around;
    std::unique_ptr<DesktopFace> m_face;
};

void TestDesktopFace::init()
{
    m_daemon.start(u"dbus-daemon"_s, {u"--session"_s, u"--print-address"_s, u"--nofork"_s, u"--nopidfile"_s});
    QTRY_VERIFY_WITH_TIMEOUT(m_daemon.canReadLine() || m_daemon.waitForReadyRead(10), 5000);
    m_address = QString::fromUtf8(m_daemon.readLine()).trimmed();
    m_driver.calls.clear();
    m_view = std::make_unique<HubView>();
    m_view->setDriver(&m_driver);
    HubView::Status status;
    status.link = HubView::Link::Live;
    status.host = u"here"_s;
    m_view->setStatus(status);
    m_around = std::make_unique<Around>();
}

void TestDesktopFace::cleanup()
{
    m_face.reset();
    m_daemon.terminate();
    m_daemon.waitForFinished();
}

void TestDesktopFace::notifiesOfEachEnd()
{
    Server server(m_address, u"ends"_s);
    makeFace();
    tell({job(u"good"_s, State::Running)});
    QTRY_COMPARE(server.log, QStringList(u"1 good|Prune"_s));
    QCOMPARE(server.hints[u"urgency"_s].value<uchar>(), uchar(0));
    QCOMPARE(server.hints[u"transient"_s].toBool(), true);
    QCOMPARE(server.hints[u"desktop-entry"_s].toString(), u"org.stepwire.Stepwire"_s);
    tell({job(u"good"_s, State::Succeeded)});
    QTRY_COMPARE(server.log.size(), 2);
    QCOMPARE(server.log.last(), u"1 good succeeded after 60 s|"_s);
    QVERIFY(!server.hints.contains(u"transient"_s));

    server.log.clear();
    tell({job(u"bad"_s, State::Running)});
    QTRY_COMPARE(server.log.size(), 1);
    tell({job(u"bad"_s, State::Failed, u"locked by <nas> & co"_s)});
    QTRY_COMPARE(server.log.size(), 2);
    QCOMPARE(server.log.last(), u"2 bad failed at Prune after 60 s|locked by &lt;nas&gt; &amp; co"_s);

    server.log.clear();
    tell({job(u"gone"_s, State::Running)});
    QTRY_COMPARE(server.log.size(), 1);
    tell({job(u"gone"_s, State::Cancelled)});
    QTRY_COMPARE(server.log, (QStringList{u"3 gone|Prune"_s, u"3 closed"_s}));
    QCOMPARE(m_around->warnings, QStringList());
}

void TestDesktopFace::aBatchIsOne()
{
    Server server(m_address, u"batch"_s);
    makeFace(false);
    std::vector<JobPtr> jobs;
    for (int i = 0; i < 200; ++i)
        jobs.push_back(job(u"job %1"_s.arg(i), State::Running));
    tell(jobs);
    for (int i = 0; i < 200; ++i)
        tell({job(u"job %1"_s.arg(i), i == 7 || i == 9 ? State::Failed : State::Succeeded)});
    tell({job(u"after"_s, State::Running)});
    tell({job(u"after"_s, State::Succeeded)});
    QTRY_COMPARE(server.log,
                 (QStringList{u"1 200 jobs finished: 198 succeeded, 2 failed|job 7, job 9"_s,
                              u"2 after succeeded after 60 s|"_s}));
}

void TestDesktopFace::actionsBecomeRequests()
{
    Server server(m_address, u"actions"_s);
    makeFace();
    tell({job(u"bad"_s, State::Running)});
    QTRY_COMPARE(server.actions,
                 (QStringList{u"default"_s, u"Show"_s, u"show-output"_s, u"Show Output"_s, u"cancel"_s, u"Cancel"_s}));
    Q_EMIT server.ActionInvoked(1, u"cancel"_s);
    QTRY_COMPARE(m_driver.calls, QStringList(u"job.cancel bad "_s));
    tell({job(u"bad"_s, State::Failed)});
    QTRY_VERIFY(server.actions.contains(u"retry"_s));
    // Another program's notification is none of ours.
    Q_EMIT server.ActionInvoked(77, u"retry"_s);
    Q_EMIT server.ActivationToken(1, u"token"_s);
    Q_EMIT server.ActionInvoked(1, u"default"_s);
    QTRY_COMPARE(m_around->shown, QStringList(u"bad|prune|token"_s));
    Q_EMIT server.ActionInvoked(1, u"retry"_s);
    QTRY_COMPARE(m_driver.calls, (QStringList{u"job.cancel bad "_s, u"job.retry bad prune"_s}));
}

void TestDesktopFace::aServerWithoutActionsAndMarkup()
{
    Server server(m_address, u"bare"_s, u"Plain"_s, {u"body"_s});
    makeFace();
    Job running = *job(u"bad"_s, State::Running);
    running.steps[0].progress = Progress{};
    running.steps[0].progress->fraction = 0.4;
    tell({std::make_shared<const Job>(running)});
    QTRY_COMPARE(server.log, QStringList(u"1 bad|40 %, Prune"_s));
    QVERIFY(!server.hints.contains(u"value"_s));
    tell({job(u"bad"_s, State::Failed, u"<b> & co"_s)});
    QTRY_COMPARE(server.log.size(), 2);
    QCOMPARE(server.log.last(), u"1 bad failed at Prune after 60 s|<b> & co"_s);
    QCOMPARE(server.actions, QStringList());
}

void TestDesktopFace::aServerThatNeverAnswers()
{
    Server server(m_address, u"dead"_s);
    server.dead = true;
    makeFace(false);
    tell({job(u"one"_s, State::Running)});
    tell({job(u"one"_s, State::Failed)});
    QTRY_COMPARE_WITH_TIMEOUT(m_around->warnings.size(), 1, SessionBus::defaultTimeoutMs + 5000);
    QCOMPARE(server.log, QStringList());
    // It came to its senses: the next one is shown, the sentence not said again.
    server.dead = false;
    tell({job(u"two"_s, State::Running)});
    tell({job(u"two"_s, State::Failed, u"x"_s)});
    QTRY_COMPARE(server.log, QStringList(u"1 two failed at Prune after 60 s|x"_s));
    QCOMPARE(m_around->warnings.size(), 1);
}

void TestDesktopFace::aServerThatStartsAgain()
{
    auto server = std::make_unique<Server>(m_address, u"first"_s);
    makeFace();
    tell({job(u"a"_s, State::Succeeded), job(u"b"_s, State::Running)});
    QTRY_COMPARE(server->log, (QStringList{u"1 a succeeded after 60 s|"_s, u"2 b|Prune"_s}));
    server.reset();
    server = std::make_unique<Server>(m_address, u"second"_s, u"Plain"_s, QStringList{u"body"_s});
    QTRY_COMPARE(server->log, QStringList(u"1 b|Prune"_s));
    QCOMPARE(server->asked, 1);
    QCOMPARE(server->actions, QStringList());
}

void TestDesktopFace::oneThatThePersonClosed()
{
    Server server(m_address, u"closed"_s);
    makeFace();
    tell({job(u"a"_s, State::Running)});
    QTRY_COMPARE(server.log, QStringList(u"1 a|Prune"_s));
    Q_EMIT server.NotificationClosed(1, 2);
    tell({job(u"b"_s, State::Running)});
    QTRY_COMPARE(server.log.size(), 2);
    Job stopping = *job(u"a"_s, State::Cancelling);
    tell({std::make_shared<const Job>(stopping)});
    tell({job(u"a"_s, State::Failed, u"x"_s)});
    QTRY_COMPARE(server.log, (QStringList{u"1 a|Prune"_s, u"2 b|Prune"_s, u"3 a failed at Prune after 60 s|x"_s}));
}

void TestDesktopFace::noBus()
{
    makeFace(true, u"unix:path=/nonexistent/bus"_s);
    tell({job(u"a"_s, State::Running)});
    tell({job(u"a"_s, State::Failed)});
    QTRY_COMPARE(m_around->warnings.size(), 1);
    tell({job(u"b"_s, State::Running)});
    tell({job(u"b"_s, State::Failed)});
    QTRY_VERIFY(m_face->bus().failed());
    QCOMPARE(m_around->warnings.size(), 1);
}

void TestDesktopFace::aBusThatNeverAnswers()
{
    const QTemporaryDir dir;
    QLocalServer silent;
    QVERIFY(silent.listen(dir.filePath(u"bus"_s)));
    QElapsedTimer clock;
    clock.start();
    makeFace(true, u"unix:path="_s + dir.filePath(u"bus"_s), 200);
    tell({job(u"a"_s, State::Running)});
    QVERIFY(clock.elapsed() < 150);
    QTRY_COMPARE(m_around->warnings.size(), 1);
    QVERIFY(silent.hasPendingConnections()); // it was tried
    clock.restart();
    m_face.reset();
    QVERIFY(clock.elapsed() < 1000);
    while (QLocalSocket *client = silent.nextPendingConnection())
        client->abort();
}

void TestDesktopFace::noSuspendWhileAJobRuns()
{
    Server server(m_address, u"inhibit"_s);
    Logind logind(m_address);
    makeFace(false);
    Job elsewhere = *job(u"far"_s, State::Running);
    elsewhere.host = u"nas"_s;
    tell({std::make_shared<const Job>(elsewhere), job(u"waits"_s, State::Queued)});
    // What comes later has been asked for later.
    tell({job(u"other"_s, State::Failed)});
    QTRY_COMPARE(server.log.size(), 1);
    QCOMPARE(logind.log, QStringList());
    tell({job(u"a"_s, State::Running), job(u"b"_s, State::Running)});
    QTRY_VERIFY(m_face->suspendInhibited());
    QCOMPARE(logind.log, QStringList(u"sleep|Stepwire|Jobs are running|block"_s));
    QVERIFY(!logind.released());
    tell({job(u"a"_s, State::Succeeded)});
    QVERIFY(m_face->suspendInhibited());
    tell({job(u"b"_s, State::Failed)});
    QTRY_VERIFY(logind.released());
    QCOMPARE(logind.log.size(), 1);
}

void TestDesktopFace::inASandbox_data()
{
    QTest::addColumn<uint>("version");
    QTest::addColumn<QString>("hint");
    QTest::newRow("1") << 1U << QString(); // refuses keys that it does not know
    QTest::newRow("2") << 2U << u"transient"_s;
}

void TestDesktopFace::inASandbox()
{
    QFETCH(uint, version);
    QFETCH(QString, hint);
    Portal portal(m_address, version);
    makeFace(true, {}, 5000, true);
    tell({job(u"a"_s, State::Running)});
    QTRY_COMPARE(portal.log, QStringList(u"a|a|Prune|"_s + hint));
    tell({job(u"a"_s, State::Failed, u"x"_s), job(u"b"_s, State::Running)});
    QTRY_COMPARE(portal.log.size(), 3);
    tell({job(u"b"_s, State::Cancelled)});
    QTRY_COMPARE(portal.log.mid(1),
                 (QStringList{u"a|a failed at Prune after 60 s|x|"_s, u"b|b|Prune|"_s + hint, u"b removed"_s}));
    QCOMPARE(portal.last[u"buttons"_s].value<QDBusArgument>().currentSignature(), u"aa{sv}"_s);
    Q_EMIT portal.ActionInvoked(u"a"_s, u"retry"_s, {});
    QTRY_COMPARE(m_driver.calls, QStringList(u"job.retry a prune"_s));
    // Only the portal may be asked from there, and this one has no such interface.
    QVERIFY(!m_face->suspendInhibited());
    QCOMPARE(m_around->warnings, QStringList());
}

QTEST_GUILESS_MAIN(TestDesktopFace)
#include "tst_desktop_face.moc"
