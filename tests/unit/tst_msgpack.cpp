#include "core/wire/dotfiles/msgpack.h"
#include "support/samples.h"

#include <QtTest>

#include <bit>

using namespace stepwire;
using namespace Qt::StringLiterals;

class TestMsgpack : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void integers_data();
    void integers();
    void strings_data();
    void strings();
    void containers_data();
    void containers();
    void others_data();
    void others();
    void allFloat();
    void reads_data();
    void reads();
    void invalid_data();
    void invalid();
    void depth();
    void consumesOneValue();
    void valuesSurvive();
    void truncations();
    void hugeCountsCostNothing();
    void garbageIsNoDanger();
};

static QByteArray written(const QJsonValue &value, msgpack::Numbers numbers = msgpack::Numbers::Shortest)
{
    QByteArray out;
    msgpack::writeValue(out, value, numbers);
    return out;
}

/// The value, or `incomplete` or `invalid`; what follows it is an error too.
static QJsonValue readWhole(const QByteArray &bytes, QString *problem = nullptr)
{
    qsizetype consumed = -1;
    const auto value = msgpack::read(bytes, consumed);
    QString what;
    if (!value)
        what = value.error() == msgpack::ReadError::Incomplete ? u"incomplete"_s : u"invalid"_s;
    else if (consumed != bytes.size())
        what = u"%1 of %2 bytes"_s.arg(consumed).arg(bytes.size());
    if (problem)
        *problem = what;
    return value ? *value : QJsonValue(QJsonValue::Undefined);
}

void TestMsgpack::integers_data()
{
    QTest::addColumn<qint64>("value");
    QTest::addColumn<QByteArray>("hex");
    const auto row = [](qint64 value, const char *hex) {
        QTest::newRow(qPrintable(QString::number(value))) << value << QByteArray(hex);
    };
    row(0, "00");
    row(1, "01");
    row(127, "7f");
    row(128, "cc80");
    row(255, "ccff");
    row(256, "cd0100");
    row(65535, "cdffff");
    row(65536, "ce00010000");
    row(Q_INT64_C(4294967295), "ceffffffff");
    row(Q_INT64_C(4294967296), "cf0000000100000000");
    row(Q_INT64_C(1700000000000), "cf0000018bcfe56800");
    row(std::numeric_limits<qint64>::max(), "cf7fffffffffffffff");
    row(-1, "ff");
    row(-32, "e0");
    row(-33, "d0df");
    row(-127, "d081");
    row(-128, "d080");
    row(-129, "d1ff7f");
    row(-255, "d1ff01");
    row(-256, "d1ff00");
    row(-32768, "d18000");
    row(-32769, "d2ffff7fff");
    row(-65535, "d2ffff0001");
    row(-65536, "d2ffff0000");
    row(Q_INT64_C(-2147483648), "d280000000");
    row(Q_INT64_C(-2147483649), "d3ffffffff7fffffff");
    row(std::numeric_limits<qint64>::min(), "d38000000000000000");
}

void TestMsgpack::integers()
{
    QFETCH(qint64, value);
    QFETCH(QByteArray, hex);
    QByteArray out;
    msgpack::writeInteger(out, value);
    QCOMPARE(out.toHex(), hex);
    QCOMPARE(written(QJsonValue(value)).toHex(), hex);
    QCOMPARE(readWhole(out).toInteger(), value);
}

void TestMsgpack::strings_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<QByteArray>("head");
    QTest::newRow("0") << 0 << QByteArray("a0");
    QTest::newRow("1") << 1 << QByteArray("a1");
    QTest::newRow("31") << 31 << QByteArray("bf");
    QTest::newRow("32") << 32 << QByteArray("d920");
    QTest::newRow("255") << 255 << QByteArray("d9ff");
    QTest::newRow("256") << 256 << QByteArray("da0100");
    QTest::newRow("65535") << 65535 << QByteArray("daffff");
    QTest::newRow("65536") << 65536 << QByteArray("db00010000");
}

void TestMsgpack::strings()
{
    QFETCH(int, size);
    QFETCH(QByteArray, head);
    const QByteArray text(size, 'x');
    const QByteArray expected = QByteArray::fromHex(head) + text;
    QCOMPARE(written(QString::fromLatin1(text)), expected);
    QString problem;
    QCOMPARE(readWhole(expected, &problem).toString(), QString::fromLatin1(text));
    QCOMPARE(problem, QString());
    if (size >= 2) { // counted in bytes of UTF-8
        const QString umlauts = QString(size / 2, u'ä') + QString(size % 2, u'x');
        QVERIFY(written(umlauts).startsWith(QByteArray::fromHex(head)));
    }
}

void TestMsgpack::containers_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<QByteArray>("array");
    QTest::addColumn<QByteArray>("map");
    QTest::newRow("0") << 0 << QByteArray("90") << QByteArray("80");
    QTest::newRow("1") << 1 << QByteArray("91") << QByteArray("81");
    QTest::newRow("15") << 15 << QByteArray("9f") << QByteArray("8f");
    QTest::newRow("16") << 16 << QByteArray("dc0010") << QByteArray("de0010");
    QTest::newRow("65535") << 65535 << QByteArray("dcffff") << QByteArray("deffff");
    QTest::newRow("65536") << 65536 << QByteArray("dd00010000") << QByteArray("df00010000");
}

void TestMsgpack::containers()
{
    QFETCH(int, count);
    QFETCH(QByteArray, array);
    QFETCH(QByteArray, map);
    QByteArray heads;
    msgpack::writeArrayHead(heads, static_cast<quint32>(count));
    QCOMPARE(heads.toHex(), array);
    heads.clear();
    msgpack::writeMapHead(heads, static_cast<quint32>(count));
    QCOMPARE(heads.toHex(), map);
    QJsonArray nulls;
    QJsonObject members;
    for (int i = 0; i < count; ++i) {
        nulls.append(QJsonValue::Null);
        if (count < 100)
            members.insert(QString::number(i), i);
    }
    const QByteArray bytes = written(nulls);
    QCOMPARE(bytes, QByteArray::fromHex(array) + QByteArray(count, '\xc0'));
    QVERIFY(readWhole(bytes) == QJsonValue(nulls));
    if (count < 100) {
        QVERIFY(written(members).startsWith(QByteArray::fromHex(map)));
        QVERIFY(readWhole(written(members)) == QJsonValue(members));
    }
}

void TestMsgpack::others_data()
{
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<QByteArray>("hex");
    QTest::newRow("null") << QJsonValue(QJsonValue::Null) << QByteArray("c0");
    QTest::newRow("undefined") << QJsonValue(QJsonValue::Undefined) << QByteArray("c0");
    QTest::newRow("false") << QJsonValue(false) << QByteArray("c2");
    QTest::newRow("true") << QJsonValue(true) << QByteArray("c3");
    QTest::newRow("1.5") << QJsonValue(1.5) << QByteArray("cb3ff8000000000000");
    QTest::newRow("2.0 is whole") << QJsonValue(2.0) << QByteArray("02");
    QTest::newRow("0.1") << QJsonValue(0.1) << QByteArray("cb3fb999999999999a");
    QTest::newRow("1e300") << QJsonValue(1e300) << QByteArray("cb7e37e43c8800759c");
    QTest::newRow("nested") << QJsonValue(QJsonObject{{u"a"_s, QJsonArray{1, u"b"_s, QJsonObject()}}})
                            << QByteArray("81a16193"
                                          "01"
                                          "a162"
                                          "80");
}

void TestMsgpack::others()
{
    QFETCH(QJsonValue, value);
    QTEST(written(value).toHex(), "hex");
}

void TestMsgpack::allFloat()
{
    using msgpack::Numbers;
    QCOMPARE(written(0, Numbers::AllFloat).toHex(), QByteArray("cb0000000000000000"));
    QCOMPARE(written(100, Numbers::AllFloat).toHex(), QByteArray("cb4059000000000000"));
    QCOMPARE(written(QJsonObject{{u"a"_s, QJsonArray{1, true}}}, Numbers::AllFloat).toHex(),
             QByteArray("81a16192cb3ff0000000000000c3"));
}

void TestMsgpack::reads_data()
{
    QTest::addColumn<QByteArray>("hex");
    QTest::addColumn<QJsonValue>("value");
    const auto row = [](const char *name, const char *hex, const QJsonValue &value) {
        QTest::newRow(name) << QByteArray(hex) << value;
    };
    row("float 32", "ca3fc00000", 1.5);
    row("whole float 64", "cb4059000000000000", 100);
    row("longer than needed: uint 8", "cc01", 1);
    row("longer than needed: uint 16", "cd0001", 1);
    row("longer than needed: uint 32", "ce00000001", 1);
    row("longer than needed: uint 64", "cf0000000000000001", 1);
    row("longer than needed: int 8", "d0ff", -1);
    row("longer than needed: int 16", "d1ffff", -1);
    row("longer than needed: int 32", "d2ffffffff", -1);
    row("longer than needed: int 64", "d3ffffffffffffffff", -1);
    row("longer than needed: str 8", "d90161", u"a"_s);
    row("longer than needed: str 32", "db0000000161", u"a"_s);
    row("longer than needed: array 16", "dc0001c0", QJsonArray{QJsonValue::Null});
    row("longer than needed: array 32", "dd00000001c0", QJsonArray{QJsonValue::Null});
    row("longer than needed: map 16", "de0001a161c3", QJsonObject{{u"a"_s, true}});
    row("longer than needed: map 32", "df00000001a161c3", QJsonObject{{u"a"_s, true}});
    row("beyond int64", "cfffffffffffffffff", 18446744073709551615.0);
    row("just beyond int64", "cf8000000000000000", 9223372036854775808.0);
    row("binary 8", "c403000102", u"AAEC"_s);
    row("binary 16", "c50003000102", u"AAEC"_s);
    row("binary 32", "c60000000100", u"AA=="_s);
    row("not UTF-8", "a2ff41", QString(QChar::ReplacementCharacter) + u'A');
    row("byte order mark", "a4efbbbf61", QString(QChar(u'\ufeff')) + u'a');
    row("NUL in text", "a100", QString(QChar(u'\0')));
    row("a key twice: the last wins", "82a16101a16102", QJsonObject{{u"a"_s, 2}});
    row("key of every size",
        "82d901610ada000162"
        "0b",
        QJsonObject{{u"a"_s, 10}, {u"b"_s, 11}});
}

void TestMsgpack::reads()
{
    QFETCH(QByteArray, hex);
    QFETCH(QJsonValue, value);
    QString problem;
    const QJsonValue read = readWhole(QByteArray::fromHex(hex), &problem);
    QCOMPARE(problem, QString());
    QCOMPARE(read, value);
}

void TestMsgpack::invalid_data()
{
    QTest::addColumn<QByteArray>("hex");
    for (const char *hex : {"c1", "c7010500", "c801", "c9", "d40500", "d5050000", "d6", "d7", "d8", "81c001",
                            "8101a161", "81c3c3", "8191c0c0", "81c40161c0", "81cb"})
        QTest::newRow(hex) << QByteArray(hex);
    QTest::newRow("inside") << QByteArray("9201c1");
    QTest::newRow("inside a map") << QByteArray("81a161c1");
}

void TestMsgpack::invalid()
{
    QFETCH(QByteArray, hex);
    QString problem;
    readWhole(QByteArray::fromHex(hex), &problem);
    QCOMPARE(problem, u"invalid"_s);
}

void TestMsgpack::depth()
{
    const auto nested = [](const char *open, int levels) { return QByteArray(open).repeated(levels) + '\x01'; };
    QString problem;
    for (const char *open : {"\x91",
                             "\x81\xa1"
                             "a"}) {
        readWhole(nested(open, 32), &problem);
        QCOMPARE(problem, QString());
        readWhole(nested(open, 33), &problem);
        QCOMPARE(problem, u"invalid"_s);
        readWhole(nested(open, 1'000'000), &problem);
        QCOMPARE(problem, u"invalid"_s);
    }
}

void TestMsgpack::consumesOneValue()
{
    qsizetype consumed = -1;
    const auto value = msgpack::read(QByteArray::fromHex("93010203c0c1"), consumed);
    QVERIFY(value);
    QCOMPARE(consumed, 4);
    QCOMPARE(value->toArray(), (QJsonArray{1, 2, 3}));
    consumed = -1;
    QVERIFY(!msgpack::read({}, consumed));
    QCOMPARE(consumed, -1);
}

void TestMsgpack::valuesSurvive()
{
    test::Random random(11);
    for (int i = 0; i < 3000; ++i) {
        const QJsonValue value = test::randomJson(random, 5);
        const QByteArray bytes = written(value);
        QString problem;
        const QJsonValue read = readWhole(bytes, &problem);
        QCOMPARE(problem, QString());
        QVERIFY2(read == value, bytes.toHex().constData());
        QVERIFY(readWhole(written(value, msgpack::Numbers::AllFloat)) == value);
    }
}

void TestMsgpack::truncations()
{
    QList<QByteArray> wholes = {QByteArray::fromHex("ca3fc00000"),         QByteArray::fromHex("cf8000000000000000"),
                                QByteArray::fromHex("d3ffffffffffffffff"), QByteArray::fromHex("c60000000100"),
                                QByteArray::fromHex("df00000001a161c3"),   QByteArray::fromHex("dd00000001c0"),
                                QByteArray::fromHex("db0000000161")};
    test::Random random(12);
    for (int i = 0; i < 100; ++i)
        wholes.append(written(test::randomJson(random, 4)));
    for (const QByteArray &whole : std::as_const(wholes)) {
        for (qsizetype size = 0; size < whole.size(); ++size) {
            QString problem;
            readWhole(whole.first(size), &problem);
            QVERIFY2(problem == u"incomplete", whole.first(size).toHex().constData());
        }
    }
}

void TestMsgpack::hugeCountsCostNothing()
{
    for (const char *hex :
         {"ddffffffff", "dfffffffff", "dbffffffff", "c6ffffffff", "ddffffffffddffffffffddffffffff", "dfffffffffa161"}) {
        QString problem;
        readWhole(QByteArray::fromHex(hex), &problem);
        QCOMPARE(problem, u"incomplete"_s);
    }
}

void TestMsgpack::garbageIsNoDanger()
{
    test::Random random(13);
    for (int i = 0; i < 20000; ++i) {
        QByteArray bytes =
            i % 2 == 0 ? QByteArray(1 + test::randomBelow(random, 40), '\0') : written(test::randomJson(random, 4));
        for (qsizetype flips = i % 2 == 0 ? bytes.size() : 1 + test::randomBelow(random, 3); flips > 0; --flips)
            bytes[test::randomBelow(random, bytes.size())] = static_cast<char>(test::randomBelow(random, 256));
        qsizetype consumed = 0;
        const auto value = msgpack::read(bytes, consumed);
        if (!value)
            continue;
        QVERIFY(consumed > 0 && consumed <= bytes.size());
        const QByteArray again = written(*value);
        QVERIFY2(written(readWhole(again)) == again, bytes.toHex().constData());
    }
}

QTEST_APPLESS_MAIN(TestMsgpack)
#include "tst_msgpack.moc"
