#include "core/wire/socketio/socketio.h"
#include "support/bytes.h"

#include <QCborMap>
#include <QtTest>

using namespace stepwire;
using namespace stepwire::socketio;
using namespace Qt::StringLiterals;

class TestSocketioPackets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void packets_data();
    void packets();
    void alsoAccepted_data();
    void alsoAccepted();
    void refused_data();
    void refused();
    void attachments();
    void refusedAttachments_data();
    void refusedAttachments();
    void limits();
    void readyJson();
    void values();
    void packetsSurvive();
    void garbageIsNoDanger();
};

static QCborArray array(std::initializer_list<QCborValue> values)
{
    return QCborArray(values);
}

void TestSocketioPackets::packets_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<Packet>("packet");
    const auto row = [](const char *text, Packet packet) { QTest::newRow(text) << QByteArray(text) << packet; };
    row("0", {PacketType::Connect, u"/"_s, {}, {}});
    row(R"(0{"token":"123"})", {PacketType::Connect, u"/"_s, {}, QCborMap{{u"token"_s, u"123"_s}}});
    row("0/woot,", {PacketType::Connect, u"/woot"_s, {}, {}});
    row("1/woot,", {PacketType::Disconnect, u"/woot"_s, {}, {}});
    row(R"(2["a",1,{}])", {PacketType::Event, u"/"_s, {}, array({u"a"_s, 1, QCborMap()})});
    row(R"(2/test,1["a",1,{}])", {PacketType::Event, u"/test"_s, 1, array({u"a"_s, 1, QCborMap()})});
    row(R"(2[1,"a number may be a name"])", {PacketType::Event, u"/"_s, {}, array({1, u"a number may be a name"_s})});
    row(R"(3/back,123["a",1,{}])", {PacketType::Ack, u"/back"_s, 123, array({u"a"_s, 1, QCborMap()})});
    row("30[]", {PacketType::Ack, u"/"_s, 0, QCborArray()});
    row(R"(4"Unauthorized")", {PacketType::ConnectError, u"/"_s, {}, u"Unauthorized"_s});
    row(R"(4/x,{"message":"m"})", {PacketType::ConnectError, u"/x"_s, {}, QCborMap{{u"message"_s, u"m"_s}}});
}

void TestSocketioPackets::packets()
{
    QFETCH(QByteArray, text);
    QFETCH(Packet, packet);
    QCOMPARE(socketio::encode(packet).text, text);
    Decoder decoder;
    const auto decoded = decoder.feed(text, false);
    QVERIFY(decoded.has_value() && decoded->has_value());
    QVERIFY(**decoded == packet);
}

void TestSocketioPackets::alsoAccepted_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<Packet>("packet");
    QTest::newRow("no comma") << "0/woot"_ba << Packet{PacketType::Connect, u"/woot"_s, {}, {}};
    QTest::newRow("main by name") << "0/,"_ba << Packet{PacketType::Connect, u"/"_s, {}, {}};
    QTest::newRow("spaces") << R"(2[ "a" ,	1 ])"_ba << Packet{PacketType::Event, u"/"_s, {}, array({u"a"_s, 1})};
}

void TestSocketioPackets::alsoAccepted()
{
    QFETCH(QByteArray, text);
    QFETCH(Packet, packet);
    const auto decoded = Decoder().feed(text, false);
    QVERIFY(decoded.has_value() && decoded->has_value());
    QVERIFY(**decoded == packet);
}

void TestSocketioPackets::refused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("error");
    const auto row = [](const char *text, DecodeError error) { QTest::newRow(text) << QByteArray(text) << int(error); };
    row("", DecodeError::UnknownType);
    row("999", DecodeError::UnknownType);
    row("abc", DecodeError::UnknownType);
    row("5", DecodeError::IllegalAttachments);
    row("51", DecodeError::IllegalAttachments);
    row("5a-", DecodeError::IllegalAttachments);
    row("51.23-", DecodeError::IllegalAttachments);
    row("50-[\"a\"]", DecodeError::IllegalAttachments);
    row("5-1-[\"a\"]", DecodeError::IllegalAttachments);
    row("565-[\"a\"]", DecodeError::TooManyAttachments);
    row("599999999999999999999-[\"a\"]", DecodeError::TooManyAttachments);
    row("442[\"some\",\"data\"", DecodeError::IllegalId);
    row("242[\"some\",\"data\"", DecodeError::InvalidPayload);
    row("0/admin,\"invalid\"", DecodeError::InvalidPayload);
    row("0[]", DecodeError::InvalidPayload);
    row("01{}", DecodeError::IllegalId);
    row("1/admin,{}", DecodeError::InvalidPayload);
    row("2/admin,\"invalid", DecodeError::InvalidPayload);
    row("2/admin,{}", DecodeError::InvalidPayload);
    row("2[{\"toString\":\"foo\"}]", DecodeError::InvalidPayload);
    row("2[true,\"foo\"]", DecodeError::InvalidPayload);
    row("2[null,\"bar\"]", DecodeError::InvalidPayload);
    row("2[]", DecodeError::InvalidPayload);
    row("2", DecodeError::InvalidPayload);
    row("2[\"a\"] ,", DecodeError::InvalidPayload);
    row("3[1]", DecodeError::IllegalId);
    row("31", DecodeError::InvalidPayload);
    row("31{}", DecodeError::InvalidPayload);
    row("4[]", DecodeError::InvalidPayload);
    row("4\"a\",\"b\"", DecodeError::InvalidPayload);
    row("4", DecodeError::InvalidPayload);
    row("2abc[\"a\"]", DecodeError::InvalidPayload);
    row("29007199254740992[\"a\"]", DecodeError::IllegalId);
    row("2999999999999999999999999[\"a\"]", DecodeError::IllegalId);
    for (const char *name :
         {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
        row(("2[\"" + QByteArray(name) + "\",\"123\"]").constData(), DecodeError::InvalidPayload);
    QTest::newRow("long namespace") << "0/" + QByteArray(300, 'x') << int(DecodeError::IllegalNamespace);
}

void TestSocketioPackets::refused()
{
    QFETCH(QByteArray, text);
    QFETCH(int, error);
    const auto decoded = Decoder().feed(text, false);
    QVERIFY(!decoded.has_value());
    QCOMPARE(int(decoded.error()), error);
    QVERIFY(*errorText(decoded.error()));
}

void TestSocketioPackets::attachments()
{
    const Packet packet{
        PacketType::Event, u"/cool"_s, 23,
        array({u"a"_s, QByteArray("abc"), QCborMap{{u"deep"_s, array({QByteArray("\x00\xff", 2), 1})}}, QByteArray()})};
    const Encoded encoded = socketio::encode(packet);
    QCOMPARE(encoded.text,
             R"(53-/cool,23["a",{"_placeholder":true,"num":0},{"deep":[{"_placeholder":true,"num":1},1]},)"
             R"({"_placeholder":true,"num":2}])"_ba);
    QCOMPARE(encoded.attachments, (QByteArrayList{"abc", QByteArray("\x00\xff", 2), ""}));
    Decoder decoder;
    QVERIFY(!decoder.feed(encoded.text, false)->has_value());
    QVERIFY(decoder.within());
    QVERIFY(!decoder.feed(encoded.attachments[0], true)->has_value());
    QVERIFY(!decoder.feed(encoded.attachments[1], true)->has_value());
    const auto decoded = decoder.feed(encoded.attachments[2], true);
    QVERIFY(decoded.has_value() && decoded->has_value());
    QVERIFY(**decoded == packet);
    QVERIFY(!decoder.within());

    QCOMPARE(socketio::encode({PacketType::Ack, u"/"_s, 1, array({QByteArray("x")})}).text,
             R"(61-1[{"_placeholder":true,"num":0}])"_ba);
}

void TestSocketioPackets::refusedAttachments_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("beyond") << R"(51-["a",{"_placeholder":true,"num":1}])"_ba;
    QTest::newRow("negative") << R"(51-["a",{"_placeholder":true,"num":-1}])"_ba;
    QTest::newRow("fraction") << R"(51-["a",{"_placeholder":true,"num":0.5}])"_ba;
    QTest::newRow("text") << R"(51-["a",{"_placeholder":true,"num":"splice"}])"_ba;
    QTest::newRow("none") << R"(51-["a",{"_placeholder":true}])"_ba;
    QTest::newRow("twice") << R"(51-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}])"_ba;
}

void TestSocketioPackets::refusedAttachments()
{
    QFETCH(QByteArray, text);
    Decoder decoder;
    QVERIFY(decoder.feed(text, false).has_value());
    const auto decoded = decoder.feed("x", true);
    QVERIFY(!decoded.has_value());
    QCOMPARE(int(decoded.error()), int(DecodeError::IllegalAttachments));
}

void TestSocketioPackets::limits()
{
    QCOMPARE(int(Decoder().feed("x", true).error()), int(DecodeError::BinaryWithoutPacket));
    Decoder text;
    QVERIFY(text.feed(R"(51-["a",{"_placeholder":true,"num":0}])", false).has_value());
    QCOMPARE(int(text.feed(R"(2["a"])", false).error()), int(DecodeError::TextWithinBinary));

    Decoder small({2, 10, 256});
    QCOMPARE(int(small.feed(R"(53-["a"])", false).error()), int(DecodeError::TooManyAttachments));
    QVERIFY(small.feed(R"(52-["a"])", false).has_value());
    QVERIFY(small.feed("123456", true).has_value());
    QCOMPARE(int(small.feed("12345", true).error()), int(DecodeError::TooLarge));

    const QByteArray deep = "2[\"a\"," + QByteArray(5000, '[') + QByteArray(5000, ']') + ']';
    QCOMPARE(int(Decoder().feed(deep, false).error()), int(DecodeError::InvalidPayload));
}

void TestSocketioPackets::readyJson()
{
    QCOMPARE(encodeEvent(u"/", u"a", {}), R"(2["a"])"_ba);
    QCOMPARE(encodeEvent(u"/n", u"a\"b", R"({"x":1},2)"), R"(2/n,["a\"b",{"x":1},2])"_ba);
    QCOMPARE(encodeEvent(u"/", u"a", "1", u"epoch:7"), R"(2["a",1,"epoch:7"])"_ba);
    QCOMPARE(encodeEvent(u"/", u"a", {}, u"o", 5), R"(25["a","o"])"_ba);
}

void TestSocketioPackets::values()
{
    QByteArrayList none;
    QByteArray json;
    appendJson(json,
               array({1.5, 1e21, -0.0, qint64(9007199254740993), qQNaN(), QCborValue(), QCborValue(nullptr), true,
                      u"\u20ac\n\""_s, QCborMap{{u"k"_s, false}}}),
               none);
    QCOMPARE(json, R"([1.5,1e+21,0,9007199254740993,null,null,null,true,"€\n\"",{"k":false}])"_ba);
    const auto decoded = Decoder().feed("2[\"a\",9007199254740993,1.0,1e3]", false);
    QCOMPARE((*decoded)->data.toArray().at(1).toInteger(), 9007199254740993);
}

static QCborValue randomValue(test::Random &random, int depth)
{
    switch (test::randomBelow(random, depth > 0 ? 9 : 7)) {
    case 0: return test::randomBelow(random, 2'000'000) - 1'000'000;
    case 1: return 0.5 + double(test::randomBelow(random, 1000));
    case 2: return test::randomBelow(random, 2) == 0;
    case 3: return nullptr;
    case 4: return QByteArray(test::randomBelow(random, 20), char(test::randomBelow(random, 256)));
    case 5:
    case 6: {
        QString text;
        for (qsizetype size = test::randomBelow(random, 12); size > 0; --size)
            text += QChar(char16_t(1 + test::randomBelow(random, 0xd7ff)));
        return text;
    }
    case 7: {
        QCborArray list;
        for (qsizetype size = test::randomBelow(random, 4); size > 0; --size)
            list.append(randomValue(random, depth - 1));
        return list;
    }
    default: {
        QCborMap map;
        // in order: maps of JSON have none, and come back sorted
        for (qsizetype i = 0, size = test::randomBelow(random, 4); i < size; ++i)
            map.insert(u"k%1"_s.arg(i), randomValue(random, depth - 1));
        return map;
    }
    }
}

void TestSocketioPackets::packetsSurvive()
{
    test::Random random(11);
    Decoder decoder({1000, 1 << 20, 256}); // one for all: nothing may stay behind
    for (int round = 0; round < 2000; ++round) {
        Packet packet;
        packet.type = test::randomBelow(random, 2) == 0 ? PacketType::Event : PacketType::Ack;
        if (test::randomBelow(random, 2) == 0)
            packet.nsp = u"/näme"_s;
        if (packet.type == PacketType::Ack || test::randomBelow(random, 2) == 0)
            packet.id = test::randomBelow(random, 1'000'000'000);
        QCborArray data;
        if (packet.type == PacketType::Event)
            data.append(u"event"_s);
        for (qsizetype size = test::randomBelow(random, 5); size > 0; --size)
            data.append(randomValue(random, 3));
        packet.data = data;
        const Encoded encoded = socketio::encode(packet);
        auto decoded = decoder.feed(encoded.text, false);
        for (const QByteArray &attachment : encoded.attachments) {
            QVERIFY(decoded.has_value() && !decoded->has_value());
            decoded = decoder.feed(attachment, true);
        }
        QVERIFY(decoded.has_value() && decoded->has_value());
        QVERIFY2(**decoded == packet, encoded.text.constData());
    }
}

void TestSocketioPackets::garbageIsNoDanger()
{
    test::Random random(3);
    const QByteArray letters = "0123456[]{}\",:-/abt\\u\xc3\xa4 .ntruefals_placeholdernum";
    for (int round = 0; round < 20'000; ++round) {
        QByteArray text;
        for (qsizetype size = test::randomBelow(random, 30); size > 0; --size)
            text += letters[test::randomBelow(random, letters.size())];
        Decoder decoder;
        const auto decoded = decoder.feed(text, false);
        if (decoded && *decoded) {
            const Encoded encoded = socketio::encode(**decoded);
            const auto again = Decoder().feed(encoded.text, false);
            QVERIFY2(again && *again && **again == **decoded, text.constData());
        }
    }
}

QTEST_GUILESS_MAIN(TestSocketioPackets)
#include "tst_socketio_packets.moc"
