#include "core/serve/socketio/recovery.h"

#include <QtTest>

using namespace stepwire;
using namespace stepwire::socketio;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

class TestSocketioRecovery : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void replaysWhatWasMissed();
    void leavesOutOthers();
    void isBoundedByBytes();
    void isBoundedByAge();
    void quietOnesAreRecovered();
    void manyRoomsAreForgottenTogether();
    void refusesOffsets();
};

static void add(MemoryRecovery &store, const char *text, std::vector<QString> rooms = {},
                std::vector<QString> except = {})
{
    store.append({store.nextOffset(), engineio::Outgoing::text(text), std::move(rooms), std::move(except)});
}

static LostSession session(std::vector<LostSession::Membership> rooms = {})
{
    LostSession lost;
    lost.known = true;
    lost.sid = u"me"_s;
    lost.rooms = std::move(rooms);
    return lost;
}

/// The texts, or `-`.
static QByteArray replayed(MemoryRecovery &store, LostSession lost, const QString &offset)
{
    const auto missed = store.replay(lost, offset);
    if (!missed)
        return "-";
    QByteArrayList texts;
    for (const auto &packet : *missed)
        texts.append(packet.payload().sliced(1));
    return texts.join(' ');
}

void TestSocketioRecovery::replaysWhatWasMissed()
{
    MemoryRecovery store({});
    const QString start = store.offset();
    add(store, "a");
    const QString afterA = store.offset();
    add(store, "b");
    add(store, "c");
    QCOMPARE(replayed(store, session(), start), "a b c"_ba);
    QCOMPARE(replayed(store, session(), afterA), "b c"_ba);
    QCOMPARE(replayed(store, session(), afterA), "b c"_ba);
    QCOMPARE(replayed(store, session(), store.offset()), ""_ba);
    QCOMPARE(replayed(store, session(), QString()), "a b c"_ba); // since it connected
}

void TestSocketioRecovery::leavesOutOthers()
{
    MemoryRecovery store({});
    add(store, "all");
    add(store, "mine", {u"red"_s});
    add(store, "other", {u"blue"_s});
    add(store, "both", {u"blue"_s, u"red"_s});
    add(store, "me", {u"me"_s});
    add(store, "not-red", {}, {u"red"_s});
    add(store, "not-me", {u"red"_s}, {u"me"_s});
    QCOMPARE(replayed(store, session({{u"red"_s, 0}}), QString()), "all mine both me"_ba);
    QCOMPARE(replayed(store, session(), QString()), "all me not-red"_ba);
    QCOMPARE(replayed(store, session({{u"red"_s, 2}}), QString()), "all both me"_ba); // joined after `mine`
}

void TestSocketioRecovery::isBoundedByBytes()
{
    MemoryRecovery store({10'000, 1h});
    const QString start = store.offset();
    const QByteArray text(500, 'x');
    for (int i = 0; i < 1000; ++i) {
        add(store, text.constData());
        QVERIFY(store.bytes() <= 10'000);
    }
    QVERIFY(store.events() > 5);
    QCOMPARE(replayed(store, session(), start), "-"_ba);
    QCOMPARE(replayed(store, session(), store.offset()), ""_ba);
}

void TestSocketioRecovery::isBoundedByAge()
{
    auto now = std::chrono::steady_clock::time_point{};
    MemoryRecovery store({1'000'000, 10s}, [&now] { return now; });
    const QString start = store.offset();
    add(store, "a");
    now += 6s;
    add(store, "b");
    QCOMPARE(replayed(store, session(), start), "a b"_ba);
    now += 6s;
    add(store, "c");
    QCOMPARE(store.events(), 2U);
    QCOMPARE(replayed(store, session(), start), "-"_ba);
}

void TestSocketioRecovery::quietOnesAreRecovered()
{
    MemoryRecovery store({5'000, 1h});
    add(store, "hello", {u"me"_s});
    const QString offset = store.offset();
    for (int i = 0; i < 1000; ++i)
        add(store, "much", {u"blue"_s});
    QCOMPARE(replayed(store, session({{u"red"_s, 0}}), offset), ""_ba);
    add(store, "mine", {u"red"_s});
    QCOMPARE(replayed(store, session({{u"red"_s, 0}}), offset), "mine"_ba);
    QCOMPARE(replayed(store, session({{u"blue"_s, 0}}), offset), "-"_ba);
    QCOMPARE(replayed(store, session({{u"blue"_s, store.position()}}), offset), ""_ba); // joined later
    for (int i = 0; i < 1000; ++i)
        add(store, "much", {u"blue"_s});
    QCOMPARE(replayed(store, session({{u"red"_s, 0}}), offset), "-"_ba);
}

void TestSocketioRecovery::manyRoomsAreForgottenTogether()
{
    MemoryRecovery store({2'000, 1h});
    const QString start = store.offset();
    for (int i = 0; i < 6000; ++i)
        add(store, "x", {u"room %1"_s.arg(i)});
    QCOMPARE(replayed(store, session(), start), "-"_ba); // it cannot be told any more: better not
    QCOMPARE(replayed(store, session(), store.offset()), ""_ba);
}

void TestSocketioRecovery::refusesOffsets()
{
    MemoryRecovery store({});
    MemoryRecovery other({});
    add(store, "a");
    add(other, "a");
    const QString epoch = store.offset().section(u'.', 0, 0);
    const QStringList wrongs{
        u""_s,           u"."_s,           u"x"_s,           epoch,          epoch + u"."_s,
        epoch + u".2"_s, epoch + u".-1"_s, epoch + u"x.0"_s, other.offset(), epoch + u".99999999999999999999"_s};
    for (const QString &wrong : wrongs)
        QCOMPARE(replayed(store, session(), wrong), "-"_ba);
    LostSession later = session();
    later.since = 1;
    QCOMPARE(replayed(store, later, epoch + u".0"_s), "-"_ba); // from before it was there
    QCOMPARE(replayed(store, later, epoch + u".1"_s), ""_ba);
    LostSession unknown = session();
    unknown.known = false;
    QCOMPARE(replayed(store, unknown, store.offset()), "-"_ba);
}

QTEST_GUILESS_MAIN(TestSocketioRecovery)
#include "tst_socketio_recovery.moc"
