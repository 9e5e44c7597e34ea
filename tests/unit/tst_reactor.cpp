#include "core/serve/io/reactor.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QtTest>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <random>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace stepwire::io;
using namespace Qt::StringLiterals;

class TestReactor : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneWriteATurn();
    void ordersWhatGroupsAndSinglesAreSent_data();
    void ordersWhatGroupsAndSinglesAreSent();
    void aStalledMemberLeavesItsGroups();
    void closesWhenSent();
    void closesAtTheDeadline_data();
    void closesAtTheDeadline();
    void closesInsideReceived();
    void closesInsideStalled();
    void closesInsideClosedOfAnother();
    void protocolsHandOver();
    void showsAgainWhatWasNotTaken();
    void restsFromReading();
    void aPeerThatGoesWhileItIsNotRead();
    void aPeerThatGoesBeforeItIsWrittenTo();
    void aPeerThatReadsOn();
    void dropsWhatWaits();
    void countsIn();
    void aGroupThatEndsWithSomethingToSend();
    void aReactorThatEndsWithSomethingToSend();
    void timeouts();
    void timeoutsInsideExpired();
    void accepts();
    void acceptsAgainWhenDescriptorsAreFree();
};

/// The other end of a connection. Reads only when told.
class Peer
{
public:
    explicit Peer(int descriptor) : m_descriptor(descriptor) { }
    Peer(Peer &&other) noexcept
        : bytes(std::move(other.bytes)), ended(other.ended), m_descriptor(std::exchange(other.m_descriptor, -1))
    {
    }
    Peer(const Peer &) = delete;
    Peer &operator=(const Peer &) = delete;
    Peer &operator=(Peer &&) = delete;
    ~Peer() { close(); }

    void write(const QByteArray &data) const
    {
        if (::send(m_descriptor, data.constData(), static_cast<std::size_t>(data.size()), MSG_NOSIGNAL) != data.size())
            qWarning("short write");
    }
    /// Appends what has come, at most so much.
    void read(qsizetype most = std::numeric_limits<qsizetype>::max())
    {
        QByteArray piece(static_cast<qsizetype>(64) * 1024, Qt::Uninitialized);
        while (most > 0) {
            const qsizetype wanted = std::min(most, piece.size());
            const ssize_t got = ::recv(m_descriptor, piece.data(), static_cast<std::size_t>(wanted), MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno == ECONNRESET)) // it has left something unread
                ended = true;
            if (got <= 0)
                return;
            bytes.append(piece.constData(), got);
            most -= got;
        }
    }
    [[nodiscard]] qsizetype size()
    {
        read();
        return bytes.size();
    }
    [[nodiscard]] bool atEnd()
    {
        read();
        return ended;
    }
    void end() const { ::shutdown(m_descriptor, SHUT_WR); }
    void close()
    {
        if (m_descriptor >= 0)
            ::close(std::exchange(m_descriptor, -1));
    }

    QByteArray bytes;
    bool ended = false;

private:
    int m_descriptor;
};

/// Does what the test says, and counts.
struct Script
{
    std::function<qsizetype(Connection &, QByteArrayView)> received;
    std::function<void(Connection &)> stalled;
    std::function<void(Connection &)> drained;
    std::function<void(Connection &)> closed;
    QByteArray bytes; ///< that came, without `received`
    int stalls = 0;
    int drains = 0;
    int closes = 0;
    int deletions = 0;
};

class Scripted final : public Protocol
{
public:
    explicit Scripted(Script &script, std::shared_ptr<Script> owner = {}) : m_script(script), m_owner(std::move(owner))
    {
    }
    ~Scripted() override { ++m_script.deletions; }
    qsizetype received(Connection &connection, QByteArrayView bytes) override
    {
        if (m_script.received)
            return m_script.received(connection, bytes);
        m_script.bytes.append(bytes);
        return bytes.size();
    }
    void stalled(Connection &connection) override
    {
        ++m_script.stalls;
        if (m_script.stalled)
            m_script.stalled(connection);
    }
    void drained(Connection &connection) override
    {
        ++m_script.drains;
        if (m_script.drained)
            m_script.drained(connection);
    }
    void closed(Connection &connection) override
    {
        ++m_script.closes;
        if (m_script.closed)
            m_script.closed(connection);
    }

private:
    Script &m_script;
    std::shared_ptr<Script> m_owner; ///< the reactor may outlive the test's
};

/// A stream that changes nothing and reads little at once, as a decoder with something left does.
class Passing final : public Stream
{
public:
    explicit Passing(int descriptor) : m_descriptor(descriptor) { }
    Read read(char *buffer, qsizetype size) override
    {
        const ssize_t got =
            ::recv(m_descriptor, buffer, static_cast<std::size_t>(std::min<qsizetype>(size, 100)), MSG_DONTWAIT);
        if (got == 0)
            return {Read::End, 0};
        if (got < 0)
            return {errno == EAGAIN ? Read::Again : Read::Broken, 0};
        return {Read::Data, got};
    }
    WriteResult write(QByteArrayList &pending, qsizetype &offset) override
    {
        while (!pending.isEmpty()) {
            const QByteArray &first = pending.first();
            const ssize_t sent = ::send(m_descriptor, first.constData() + offset,
                                        static_cast<std::size_t>(first.size() - offset), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0)
                return errno == EAGAIN ? WriteResult::Full : WriteResult::Broken;
            offset += sent;
            if (offset == first.size()) {
                pending.removeFirst();
                offset = 0;
            }
        }
        return WriteResult::Done;
    }

private:
    int m_descriptor;
};

enum class Kind { Plain, Small, Streamed };

static std::pair<int, Peer> makePair(Kind kind = Kind::Plain)
{
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        qFatal("no socketpair");
    if (kind != Kind::Plain) {
        const int bytes = 4096;
        ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    }
    return {ends[0], Peer(ends[1])};
}

/// A connection under a script.
struct Line
{
    explicit Line(Reactor &reactor, Kind kind = Kind::Plain) : Line(reactor, makePair(kind), kind) { }
    Line(Reactor &reactor, std::pair<int, Peer> ends, Kind kind)
        : owner(std::make_shared<Script>()),
          script(*owner),
          peer(std::move(ends.second)),
          connection(reactor.adopt(ends.first, std::make_unique<Scripted>(script, owner),
                                   kind == Kind::Streamed ? std::make_unique<Passing>(ends.first) : nullptr)),
          id(connection.id())
    {
    }

    std::shared_ptr<Script> owner;
    Script &script;
    Peer peer;
    Connection &connection; ///< until it is closed
    quint64 id;
};

static constexpr qsizetype muchBytes = 4L * 1024 * 1024;

/// Whether it comes about in time. Turns without the pauses of QTRY_VERIFY: peers here read only when they are asked.
template <typename Predicate>
static bool eventually(Predicate predicate)
{
    QDeadlineTimer deadline(10'000);
    while (!predicate()) {
        if (deadline.hasExpired())
            return false;
        QCoreApplication::processEvents();
    }
    return true;
}

/// Lets everything that is ready happen.
static void settle()
{
    for (int i = 0; i < 3; ++i)
        QCoreApplication::processEvents();
}

void TestReactor::oneWriteATurn()
{
    Reactor reactor;
    Line single(reactor);
    Line both(reactor);
    Line member(reactor);
    Group group(reactor);
    group.add(both.connection);
    group.add(member.connection);
    for (int i = 0; i < 20; ++i) {
        single.connection.send("s" + QByteArray::number(i));
        group.send("g" + QByteArray::number(i));
        both.connection.send("b");
    }
    QCOMPARE(reactor.totals().writes, 0U);
    QVERIFY(eventually([&] { return member.peer.size() == 50; }));
    QCOMPARE(single.peer.size(), 50);
    QCOMPARE(both.peer.size(), 70);
    QVERIFY(both.peer.bytes.startsWith("g0bg1bg2b"));
    QCOMPARE(reactor.totals().writes, 3U);
    QCOMPARE(reactor.totals().bytesWritten, 170U);

    // Only the group: one piece, written once to each.
    for (int i = 0; i < 100; ++i)
        group.send("x");
    QVERIFY(eventually([&] { return member.peer.size() == 150; }));
    QCOMPARE(both.peer.size(), 170);
    QCOMPARE(reactor.totals().writes, 5U);

    // What is answered to several requests of one turn.
    both.script.received = [](Connection &connection, QByteArrayView bytes) {
        for (qsizetype i = 0; i < bytes.size(); ++i)
            connection.send("a");
        return bytes.size();
    };
    both.peer.write("12345");
    QVERIFY(eventually([&] { return both.peer.size() == 175; }));
    QCOMPARE(reactor.totals().writes, 6U);
    QCOMPARE(reactor.totals().bytesRead, 5U);
    QCOMPARE(reactor.pendingBytes(), 0);
}

void TestReactor::ordersWhatGroupsAndSinglesAreSent_data()
{
    QTest::addColumn<unsigned>("seed");
    for (unsigned seed = 1; seed <= 24; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

void TestReactor::ordersWhatGroupsAndSinglesAreSent()
{
    QFETCH(unsigned, seed);
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
    };
    constexpr std::size_t lineCount = 12;
    constexpr std::size_t groupCount = 4;

    Reactor reactor;
    std::vector<std::unique_ptr<Line>> lines;
    std::vector<std::unique_ptr<Group>> groups;
    std::vector<QByteArray> expected(lineCount);
    for (std::size_t i = 0; i < groupCount; ++i)
        groups.push_back(std::make_unique<Group>(reactor));
    const auto joinSome = [&](Connection &connection) {
        for (const auto &group : groups) {
            if (below(2) == 0)
                group->add(connection);
        }
    };
    int stalls = 0;
    for (std::size_t i = 0; i < lineCount; ++i) {
        lines.push_back(std::make_unique<Line>(reactor, static_cast<Kind>(i % 3)));
        Script &script = lines.back()->script;
        script.stalled = [&](Connection &connection) {
            ++stalls;
            QVERIFY(connection.stalled());
            for (const auto &group : groups)
                QVERIFY(!group->contains(connection));
        };
        script.drained = [&](Connection &connection) {
            QCOMPARE(connection.pendingBytes(), 0);
            joinSome(connection);
        };
        joinSome(lines.back()->connection);
    }

    int number = 0;
    const auto message = [&] {
        const std::size_t size = below(60) == 0 ? below(200'000) : below(3) == 0 ? below(5000) : below(20);
        return '<' + QByteArray::number(number++) + QByteArray(static_cast<qsizetype>(size), '.') + '>';
    };
    for (int turn = 0; turn < 400; ++turn) {
        const std::size_t line = below(lineCount);
        const std::size_t group = below(groupCount);
        switch (below(14)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4: {
            const QByteArray bytes = message();
            for (std::size_t i = 0; i < lineCount; ++i) {
                if (groups[group]->contains(lines[i]->connection))
                    expected[i].append(bytes);
            }
            groups[group]->send(bytes);
            break;
        }
        case 5:
        case 6:
        case 7:
        case 8: {
            const QByteArray bytes = message();
            expected[line].append(bytes);
            lines[line]->connection.send(bytes);
            break;
        }
        case 9: groups[group]->remove(lines[line]->connection); break;
        case 10:
            if (!lines[line]->connection.stalled())
                groups[group]->add(lines[line]->connection);
            break;
        case 11:
            if (below(4) == 0) {
                groups[group] = std::make_unique<Group>(reactor);
                for (const auto &each : lines) {
                    if (!each->connection.stalled() && below(2) == 0)
                        groups[group]->add(each->connection);
                }
            } else {
                reactor.flush();
            }
            break;
        case 12: lines[line]->peer.read(static_cast<qsizetype>(below(100'000))); break;
        case 13: QCoreApplication::processEvents(); break;
        }
    }
    qint64 all = 0;
    for (std::size_t i = 0; i < lineCount; ++i) {
        QVERIFY(eventually([&] { return lines[i]->peer.size() >= expected[i].size(); }));
        QVERIFY2(lines[i]->peer.bytes == expected[i], qPrintable(u"connection %1"_s.arg(i)));
        QVERIFY(eventually([&] { return lines[i]->script.drains == lines[i]->script.stalls; }));
        QVERIFY(!lines[i]->connection.stalled());
        if (i % 3 != static_cast<std::size_t>(Kind::Streamed))
            all += expected[i].size();
    }
    QVERIFY(stalls > 0);
    QCOMPARE(reactor.totals().bytesWritten, static_cast<quint64>(all));
    QCOMPARE(reactor.pendingBytes(), 0);
}

void TestReactor::aStalledMemberLeavesItsGroups()
{
    Reactor reactor;
    Line slow(reactor);
    Line quick(reactor);
    Group first(reactor);
    Group second(reactor);
    for (Group *group : {&first, &second}) {
        group->add(slow.connection);
        group->add(quick.connection);
    }
    QCOMPARE(first.size(), 2U);
    QByteArray expected(muchBytes, 'x');
    first.send(expected);
    QVERIFY(eventually([&] { return slow.script.stalls == 1; }));
    QVERIFY(eventually([&] { return quick.peer.size() == muchBytes; }));
    QVERIFY(eventually([&] { return quick.script.drains == 1; }));
    QVERIFY(!first.contains(slow.connection));
    QVERIFY(!second.contains(slow.connection));
    QVERIFY(slow.connection.pendingBytes() > 0);
    QCOMPARE(slow.connection.pendingBytes(), reactor.pendingBytes());
    first.add(slow.connection); // as one may not; nothing comes of it
    QVERIFY(!first.contains(slow.connection));

    // The group goes on without it, and what it is sent itself waits behind the rest.
    first.add(quick.connection);
    first.send("others");
    QVERIFY(eventually([&] { return quick.peer.size() > 0 && quick.peer.bytes.endsWith("others"); }));
    slow.connection.send("itself");
    expected.append("itself");
    // It is told once, in however many pieces it is taken.
    while (slow.peer.bytes.size() < expected.size()) {
        slow.peer.read(50'000);
        settle();
    }
    QVERIFY(eventually([&] { return slow.script.drains == 1; }));
    QCOMPARE(slow.script.stalls, 1);
    QVERIFY(slow.peer.bytes == expected);
    first.add(slow.connection);
    first.send("again");
    QVERIFY(eventually([&] { return slow.peer.size() == expected.size() + 5; }));
}

void TestReactor::closesWhenSent()
{
    Reactor reactor;
    Line line(reactor);
    Group group(reactor);
    group.add(line.connection);
    line.connection.send(QByteArray(muchBytes, 'x'));
    group.send("group");
    line.connection.closeWhenSent();
    QVERIFY(line.connection.closing());
    QVERIFY(!group.contains(line.connection));
    line.connection.send("too late");
    group.send("too late");
    line.peer.write("nobody reads this");
    settle();
    QVERIFY(!line.peer.ended);
    QVERIFY(eventually([&] { return line.peer.atEnd(); }));
    QCOMPARE(line.peer.bytes.size(), muchBytes + 5);
    QVERIFY(line.peer.bytes.endsWith("xgroup"));
    // The peer's end is awaited.
    line.peer.write("nor this");
    settle();
    QCOMPARE(reactor.connections(), 1U);
    QCOMPARE(line.script.closes, 0);
    line.peer.end();
    QVERIFY(eventually([&] { return line.script.closes == 1; }));
    QCOMPARE(reactor.connections(), 0U);
    QVERIFY(!reactor.find(line.id));
    QVERIFY(eventually([&] { return line.script.deletions == 1; }));
    QCOMPARE(line.script.bytes, QByteArray());
    QCOMPARE(line.script.stalls + line.script.drains, 0);
}

void TestReactor::closesAtTheDeadline_data()
{
    QTest::addColumn<qsizetype>("size");
    QTest::addRow("of one that does not read") << muchBytes;
    QTest::addRow("of one that does not end") << qsizetype(10);
}

void TestReactor::closesAtTheDeadline()
{
    QFETCH(qsizetype, size);
    Reactor reactor;
    Line line(reactor);
    line.connection.send(QByteArray(size, 'x'));
    line.connection.closeWhenSent(50);
    QElapsedTimer clock;
    clock.start();
    QVERIFY(eventually([&] { return line.script.closes == 1; }));
    QVERIFY(clock.elapsed() >= 45);
    QVERIFY(eventually([&] { return line.peer.atEnd(); }));
}

void TestReactor::closesInsideReceived()
{
    Reactor reactor;
    Line line(reactor);
    line.connection.send("waits");
    line.script.received = [&](Connection &connection, QByteArrayView bytes) {
        connection.close();
        if (line.script.closes != 1 || !connection.closing())
            qWarning("not closed at once");
        connection.send("more");
        connection.close();
        return bytes.size();
    };
    line.peer.write("abc");
    QVERIFY(eventually([&] { return line.script.closes == 1; }));
    QVERIFY(eventually([&] { return line.script.deletions == 1; }));
    QCOMPARE(reactor.connections(), 0U);
    QVERIFY(line.peer.atEnd());

    // Two that are ready in one turn: the first to be told ends the other, which is not told any more.
    Line one(reactor);
    Line other(reactor);
    int received = 0;
    const auto end = [&received](Line &victim) {
        return [&received, &victim](Connection &, QByteArrayView bytes) {
            ++received;
            victim.connection.close();
            return bytes.size();
        };
    };
    one.script.received = end(other);
    other.script.received = end(one);
    one.peer.write("1");
    other.peer.write("2");
    QVERIFY(eventually([&] { return received == 1; }));
    settle();
    QCOMPARE(received, 1);
    QCOMPARE(one.script.closes + other.script.closes, 1);
    QCOMPARE(reactor.connections(), 1U);
}

void TestReactor::closesInsideStalled()
{
    Reactor reactor;
    std::vector<std::unique_ptr<Line>> lines;
    Group group(reactor);
    for (int i = 0; i < 3; ++i) {
        lines.push_back(std::make_unique<Line>(reactor));
        group.add(lines.back()->connection);
        // The first that is told ends itself and the one behind it, and gives the last something to end with.
        lines.back()->script.stalled = [&lines](Connection &connection) {
            if (&connection != &lines[0]->connection)
                return;
            connection.close();
            lines[1]->connection.close();
            lines[2]->connection.send("last");
            lines[2]->connection.closeWhenSent();
        };
    }
    group.send(QByteArray(muchBytes, 'x'));
    QVERIFY(eventually([&] { return lines[0]->script.closes == 1; }));
    QCOMPARE(lines[1]->script.closes, 1);
    QVERIFY(eventually([&] { return lines[2]->peer.atEnd(); }));
    QCOMPARE(lines[2]->peer.bytes.size(), muchBytes + 4);
    QCOMPARE(lines[0]->script.stalls, 1);
    QCOMPARE(lines[1]->script.stalls, 0);
    QCOMPARE(lines[2]->script.stalls, 0);
    QCOMPARE(group.size(), 0U);

    // Of what it was sent by itself.
    Line single(reactor);
    single.script.stalled = [](Connection &connection) { connection.close(); };
    single.connection.send(QByteArray(muchBytes, 'x'));
    QVERIFY(eventually([&] { return single.script.closes == 1; }));
    QVERIFY(eventually([&] { return single.script.deletions == 1; }));
    QCOMPARE(single.script.drains, 0);
}

void TestReactor::closesInsideClosedOfAnother()
{
    Reactor reactor;
    std::vector<std::unique_ptr<Line>> lines;
    Group group(reactor);
    constexpr std::size_t count = 20;
    for (std::size_t i = 0; i < count; ++i) {
        lines.push_back(std::make_unique<Line>(reactor));
        group.add(lines.back()->connection);
        lines.back()->script.closed = [&lines, &group, i](Connection &) {
            if (group.size() + i + 1 != count)
                qWarning("%zu is left in the group when %zu ends", group.size(), i);
            if (i + 1 < count)
                lines[i + 1]->connection.close();
        };
    }
    group.send("never comes");
    for (const auto &line : lines)
        line->peer.write("x");
    lines.front()->connection.close();
    QCOMPARE(reactor.connections(), 0U);
    for (const auto &line : lines) {
        QVERIFY(eventually([&] { return line->script.deletions == 1; }));
        QCOMPARE(line->script.closes, 1);
        QVERIFY(line->peer.atEnd());
    }

    // The same when the peers have gone, in one turn, while all are written to.
    std::vector<std::unique_ptr<Line>> gone;
    for (std::size_t i = 0; i < count; ++i) {
        gone.push_back(std::make_unique<Line>(reactor));
        group.add(gone.back()->connection);
        gone.back()->script.closed = [&gone, i](Connection &) {
            if (Connection *next = gone[i]->connection.reactor().find(gone[(i + 7) % count]->id))
                next->close();
        };
    }
    for (const auto &line : gone) {
        line->connection.send("x");
        line->peer.close();
    }
    group.send("y");
    QVERIFY(eventually([&] { return reactor.connections() == 0U; }));
    for (const auto &line : gone)
        QCOMPARE(line->script.closes, 1);
}

void TestReactor::protocolsHandOver()
{
    Script second;
    Script third;
    Reactor reactor;
    Line line(reactor);
    line.script.received = [&second](Connection &connection, QByteArrayView bytes) {
        if (bytes.size() < 5)
            return qsizetype(0);
        connection.setProtocol(std::make_unique<Scripted>(second));
        return qsizetype(5);
    };
    second.received = [&third](Connection &connection, QByteArrayView bytes) {
        connection.setProtocol(std::make_unique<Scripted>(third));
        return bytes.size() > 0 ? qsizetype(1) : 0;
    };
    line.peer.write("firs");
    settle();
    QCOMPARE(line.script.deletions, 0);
    line.peer.write("t2third");
    QVERIFY(eventually([&] { return third.bytes == QByteArray("third"); }));
    QVERIFY(eventually([&] { return line.script.deletions == 1; }));
    QVERIFY(eventually([&] { return second.deletions == 1; }));
    line.peer.write(" goes on");
    QVERIFY(eventually([&] { return third.bytes == QByteArray("third goes on"); }));
    line.peer.close();
    QVERIFY(eventually([&] { return third.closes == 1; }));
    QCOMPARE(line.script.closes + second.closes, 0);
}

void TestReactor::showsAgainWhatWasNotTaken()
{
    for (const Kind kind : {Kind::Plain, Kind::Streamed}) {
        Reactor reactor;
        Line line(reactor, kind);
        QByteArrayList shown;
        bool taking = false;
        line.script.received = [&](Connection &, QByteArrayView bytes) {
            shown.append(bytes.toByteArray());
            const qsizetype whole = bytes.lastIndexOf('\n') + 1;
            return taking || whole > 0 ? whole : 0;
        };
        line.peer.write("ab");
        QVERIFY(eventually([&] { return shown.size() == 1; }));
        line.peer.write("c\nd");
        QVERIFY(eventually([&] { return shown.size() == 2; }));
        line.connection.readAgain();
        line.connection.readAgain();
        QVERIFY(eventually([&] { return shown.size() == 3; }));
        line.peer.write("\n");
        QVERIFY(eventually([&] { return shown.size() == 4; }));
        line.connection.readAgain(); // there is nothing
        settle();
        QCOMPARE(shown, (QByteArrayList{"ab", "abc\nd", "d", "d\n"}));
    }
}

void TestReactor::restsFromReading()
{
    for (const Kind kind : {Kind::Plain, Kind::Streamed}) {
        Reactor reactor;
        Line line(reactor, kind);
        line.script.received = [&line](Connection &connection, QByteArrayView bytes) {
            // One byte at a time, then a rest.
            line.script.bytes.append(bytes.first(1));
            connection.setReading(false);
            return qsizetype(1);
        };
        line.peer.write("abc");
        QVERIFY(eventually([&] { return line.script.bytes == QByteArray("a"); }));
        settle();
        QCOMPARE(line.script.bytes, QByteArray("a"));
        line.peer.write("d");
        settle();
        for (const char *expected : {"ab", "abc", "abcd"}) {
            line.connection.setReading(true);
            QVERIFY(eventually([&] { return line.script.bytes == QByteArray(expected); }));
        }
        line.connection.setReading(true);
        line.connection.setReading(false);
        line.peer.write("e");
        settle();
        QCOMPARE(line.script.bytes, QByteArray("abcd"));
        // It can be written to meanwhile, and ended.
        line.connection.send("out");
        QVERIFY(eventually([&] { return line.peer.size() == 3; }));
        line.connection.closeWhenSent();
        QVERIFY(eventually([&] { return line.peer.atEnd(); }));
        line.peer.close();
        QVERIFY(eventually([&] { return line.script.closes == 1; }));
        QCOMPARE(line.script.bytes, QByteArray("abcd"));
    }
}

void TestReactor::aPeerThatGoesWhileItIsNotRead()
{
    for (const Kind kind : {Kind::Plain, Kind::Streamed}) {
        Reactor reactor;
        Line line(reactor, kind);
        line.connection.setReading(false);
        const QByteArray sent(100'000, 's'); // more than is read at once
        line.peer.write(sent);
        line.peer.close();
        settle();
        QCOMPARE(line.script.closes, 0);
        QCOMPARE(reactor.connections(), 1U);
        line.connection.setReading(true);
        QVERIFY(eventually([&] { return line.script.closes == 1; }));
        QVERIFY(line.script.bytes == sent);
        QVERIFY(eventually([&] { return line.script.deletions == 1; }));

        // One that is closing has nothing more to wait for.
        Line closing(reactor, kind);
        closing.connection.send(QByteArray(muchBytes, 'x'));
        closing.connection.closeWhenSent(60'000);
        settle();
        closing.peer.close();
        QVERIFY(eventually([&] { return closing.script.closes == 1; }));

        // One that is told to close after it was found gone, and one that rests again in between.
        Line late(reactor, kind);
        late.connection.setReading(false);
        late.script.received = [&late](Connection &connection, QByteArrayView bytes) {
            late.script.bytes.append(bytes);
            connection.setReading(false);
            return bytes.size();
        };
        late.peer.write("abc");
        late.peer.close();
        settle();
        late.connection.setReading(true);
        QVERIFY(eventually([&] { return late.script.bytes == QByteArray("abc"); }));
        settle();
        QCOMPARE(late.script.closes, 0);
        late.connection.closeWhenSent(60'000);
        QVERIFY(eventually([&] { return late.script.closes == 1; }));
    }
}

void TestReactor::aPeerThatGoesBeforeItIsWrittenTo()
{
    for (const bool grouped : {false, true}) {
        Reactor reactor;
        Line line(reactor);
        Line other(reactor);
        Group group(reactor);
        group.add(line.connection);
        group.add(other.connection);
        const QByteArray sent(100'000, 's');
        line.peer.write(sent);
        line.peer.close();
        if (!grouped)
            line.connection.send("hello");
        group.send("news");
        reactor.flush();
        // It is there until what it said is read, but nothing is sent to it any more.
        QCOMPARE(line.script.closes, 0);
        QVERIFY(!group.contains(line.connection));
        group.add(line.connection);
        QVERIFY(!group.contains(line.connection));
        line.connection.send("nobody hears this");
        QCOMPARE(line.connection.pendingBytes(), 0);
        QVERIFY(eventually([&] { return line.script.closes == 1; }));
        QVERIFY(line.script.bytes == sent);
        QCOMPARE(other.peer.size(), 4);
    }
    // One that is not read, or is closing, has nothing to wait for.
    Reactor reactor;
    Line resting(reactor);
    resting.connection.setReading(false);
    Line closing(reactor);
    for (Line *line : {&resting, &closing}) {
        line->peer.close();
        line->connection.send("x");
    }
    closing.connection.closeWhenSent(60'000);
    QVERIFY(eventually([&] { return resting.script.closes + closing.script.closes == 2; }));
}

void TestReactor::aPeerThatReadsOn()
{
    // It says its end and still wants what was sent before.
    for (const Kind kind : {Kind::Plain, Kind::Streamed}) {
        Reactor reactor;
        Line line(reactor, kind);
        line.connection.send(QByteArray(muchBytes, 'x'));
        settle();
        line.peer.write("last words");
        line.peer.end();
        settle();
        QCOMPARE(line.script.closes, 0);
        QVERIFY(eventually([&] { return line.peer.atEnd(); }));
        QCOMPARE(line.peer.bytes.size(), muchBytes);
        QCOMPARE(line.script.bytes, QByteArray("last words"));
        QVERIFY(eventually([&] { return line.script.closes == 1; }));
    }
    // Also what it was sent, alone or with others, in the turn in which its end is read.
    Reactor reactor;
    Line one(reactor);
    Line other(reactor);
    Group group(reactor);
    group.add(one.connection);
    group.add(other.connection);
    for (Line *line : {&one, &other}) {
        line->script.received = [&group](Connection &, QByteArrayView bytes) {
            group.send("to all");
            return bytes.size();
        };
    }
    one.peer.end();
    other.peer.write("x");
    group.send("before ");
    QVERIFY(eventually([&] { return one.peer.atEnd(); }));
    QVERIFY(one.peer.bytes.startsWith("before "));
    QVERIFY(eventually([&] { return one.script.closes == 1; }));
}

void TestReactor::dropsWhatWaits()
{
    Reactor reactor;
    Line line(reactor);
    Group group(reactor);
    group.add(line.connection);
    line.connection.send("never");
    group.send("nor this");
    line.connection.dropPending();
    QCOMPARE(line.connection.pendingBytes(), 0);
    line.connection.send("but this");
    QVERIFY(eventually([&] { return line.peer.size() == 8; }));
    QCOMPARE(line.peer.bytes, QByteArray("but this"));

    // A piece that was begun is sent whole.
    line.peer.bytes.clear();
    const QByteArray begun(muchBytes, 'b');
    group.send(begun);
    QVERIFY(eventually([&] { return line.script.stalls == 1; }));
    line.connection.send(QByteArray(1000, 'd'));
    line.connection.send(QByteArray(1000, 'd'));
    const qint64 waits = line.connection.pendingBytes();
    line.connection.dropPending();
    QCOMPARE(line.connection.pendingBytes(), waits - 2000);
    line.connection.send("end");
    QVERIFY(eventually([&] { return line.peer.size() == muchBytes + 3; }));
    QVERIFY(line.peer.bytes == begun + "end");
    QVERIFY(eventually([&] { return line.script.drains == 1; }));
    QCOMPARE(line.connection.pendingBytes(), 0);
}

void TestReactor::countsIn()
{
    const auto counter = std::make_shared<std::size_t>(0);
    const auto another = std::make_shared<std::size_t>(0);
    {
        Reactor reactor;
        Line one(reactor);
        Line other(reactor);
        Line third(reactor);
        one.connection.countIn(counter);
        other.connection.countIn(counter);
        third.connection.countIn(another);
        QCOMPARE(*counter, 2U);
        one.connection.close();
        QCOMPARE(*counter, 1U);
        settle();
        QCOMPARE(*counter, 1U);
        QCOMPARE(*another, 1U);
    }
    QCOMPARE(*counter, 0U);
    QCOMPARE(*another, 0U);
}

void TestReactor::aGroupThatEndsWithSomethingToSend()
{
    Reactor reactor;
    Line one(reactor);
    Line other(reactor);
    {
        Group first(reactor);
        Group second(reactor);
        for (Line *line : {&one, &other}) {
            first.add(line->connection);
            second.add(line->connection);
        }
        second.send("second");
        first.send("first");
    }
    QVERIFY(eventually([&] { return one.peer.size() == 11; }));
    QVERIFY(eventually([&] { return other.peer.size() == 11; }));
    QCOMPARE(one.peer.bytes, QByteArray("secondfirst"));
    one.connection.close(); // it is in no group any more
}

void TestReactor::aReactorThatEndsWithSomethingToSend()
{
    Script script;
    std::pair<int, Peer> ends = makePair();
    {
        Reactor reactor;
        Connection &connection = reactor.adopt(ends.first, std::make_unique<Scripted>(script));
        Group group(reactor);
        group.add(connection);
        connection.send("a");
        group.send("b");
        connection.readAgain();
    }
    QCOMPARE(script.deletions, 1);
    QCOMPARE(script.closes, 0);
    settle();
    QVERIFY(ends.second.atEnd());
}

void TestReactor::timeouts()
{
    QList<quint64> expired;
    QElapsedTimer clock;
    Timeouts timeouts([&expired](quint64 key) { expired.append(key); });
    clock.start();
    timeouts.set(3, 60);
    timeouts.set(1, 20);
    timeouts.set(2, 40);
    timeouts.set(4, 10); // put off
    timeouts.set(4, 80);
    timeouts.set(5, 10'000); // moved forward
    timeouts.set(5, 30);
    timeouts.set(6, 5);
    timeouts.clear(6);
    timeouts.clear(7);
    timeouts.set(8, -1000); // at once, but not from within
    QVERIFY(expired.isEmpty());
    QVERIFY(eventually([&] { return expired.size() == 6; }));
    QVERIFY(clock.elapsed() >= 79);
    QCOMPARE(expired, (QList<quint64>{8, 1, 5, 2, 3, 4}));

    // Of those that are due together the first set comes first, unless it was set again.
    expired.clear();
    for (quint64 key = 0; key < 1000; ++key)
        timeouts.set(key, 0);
    timeouts.set(0, 30);
    QVERIFY(eventually([&] { return expired.size() == 1000; }));
    QVERIFY(std::is_sorted(expired.begin(), expired.end() - 1));
    QCOMPARE(expired.last(), 0U);
    // All are forgotten: the timer does not fire for nothing for ever.
    settle();
    QCOMPARE(expired.size(), 1000);
}

void TestReactor::timeoutsInsideExpired()
{
    QList<quint64> expired;
    Timeouts *these = nullptr;
    Timeouts timeouts([&](quint64 key) {
        expired.append(key);
        if (key == 1 && expired.count(1) < 3)
            these->set(1, 5);
        if (key == 2) {
            these->clear(3); // which is due too
            these->clear(2);
            these->set(4, 1);
        }
    });
    these = &timeouts;
    timeouts.set(1, 0);
    QVERIFY(eventually([&] { return expired == (QList<quint64>{1, 1, 1}); }));
    timeouts.set(2, 0);
    timeouts.set(3, 0);
    QVERIFY(eventually([&] { return expired == (QList<quint64>{1, 1, 1, 2, 4}); }));
    settle();
    QCOMPARE(expired.size(), 5);
}

/// A listening socket without a name in the file system, and clients that have asked it.
struct Crowd
{
    explicit Crowd(int count) : listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        // The kernel gives it a name that nobody has.
        address.sun_family = AF_UNIX;
        if (::bind(listening, reinterpret_cast<const sockaddr *>(&address), sizeof(sa_family_t)) != 0
            || ::listen(listening, count) != 0)
            qFatal("cannot listen");
        length = sizeof address;
        ::getsockname(listening, reinterpret_cast<sockaddr *>(&address), &length);
        for (int i = 0; i < count; ++i) {
            clients.push_back(ask());
            clients.back().write("c" + QByteArray::number(i));
        }
    }
    Crowd(const Crowd &) = delete;
    Crowd &operator=(const Crowd &) = delete;
    ~Crowd() { ::close(listening); }

    [[nodiscard]] Peer ask() const
    {
        const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::connect(client, reinterpret_cast<const sockaddr *>(&address), length) != 0)
            qFatal("cannot connect");
        return Peer(client);
    }

    int listening;
    sockaddr_un address{};
    socklen_t length = 0;
    std::vector<Peer> clients;
};

void TestReactor::accepts()
{
    constexpr int count = 300; // more than in one turn
    Crowd crowd(count);
    Script script;
    Reactor reactor;
    script.received = [](Connection &connection, QByteArrayView bytes) {
        connection.send("to " + bytes.toByteArray());
        return bytes.size();
    };
    reactor.listen(crowd.listening, [&](int descriptor) {
        QVERIFY((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
        QVERIFY((::fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0);
        reactor.adopt(descriptor, std::make_unique<Scripted>(script));
    });
    QVERIFY(eventually([&] { return reactor.connections() == std::size_t(count); }));
    for (int i = 0; i < count; ++i) {
        Peer &client = crowd.clients[static_cast<std::size_t>(i)];
        const QByteArray expected = "to c" + QByteArray::number(i);
        QVERIFY(eventually([&] { return client.size() == expected.size(); }));
        QCOMPARE(client.bytes, expected);
    }
    QCOMPARE(reactor.totals().writes, quint64(count));
    for (Peer &client : crowd.clients)
        client.close();
    QVERIFY(eventually([&] { return reactor.connections() == 0U; }));
    QVERIFY(eventually([&] { return script.deletions == count; }));

    reactor.stopListening(crowd.listening);
    const Peer late = crowd.ask();
    settle();
    QCOMPARE(reactor.connections(), 0U);
}

void TestReactor::acceptsAgainWhenDescriptorsAreFree()
{
    constexpr int count = 20;
    Crowd crowd(count);
    Script script;
    Reactor reactor;
    const int next = ::dup(crowd.listening);
    ::close(next);
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit few = before;
    few.rlim_cur = static_cast<rlim_t>(next) + 5;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &few), 0);
    reactor.listen(crowd.listening,
                   [&](int descriptor) { reactor.adopt(descriptor, std::make_unique<Scripted>(script)); });
    QVERIFY(eventually([&] { return reactor.connections() == 5U; }));
    settle();
    QCOMPARE(reactor.connections(), 5U);
    // Those that are there are served.
    QVERIFY(eventually([&] { return script.bytes.size() == 10; }));
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &before), 0);
    QVERIFY(eventually([&] { return reactor.connections() == std::size_t(count); }));
}

QTEST_GUILESS_MAIN(TestReactor)
#include "tst_reactor.moc"
