#include "core/wire/engineio/engineio.h"
#include "core/wire/websocket/websocket.h"
#include "support/bytes.h"

#include <QtTest>

using namespace stepwire;
using namespace stepwire::engineio;
using namespace Qt::StringLiterals;

class TestEngineio : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void packets_data();
    void packets();
    void refused_data();
    void refused();
    void payloads();
    void mostPackets();
    void payloadsSurvive();
    void outgoing();
    void copiesDoNotChange();
    void takesWhatFits();
};

using Refusal = std::optional<DecodeError>;

void TestEngineio::packets_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("type");
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<bool>("binary");
    QTest::newRow("open") << "0{}"_ba << int(PacketType::Open) << "{}"_ba << false;
    QTest::newRow("close") << "1"_ba << int(PacketType::Close) << ""_ba << false;
    QTest::newRow("ping") << "2probe"_ba << int(PacketType::Ping) << "probe"_ba << false;
    QTest::newRow("pong") << "3"_ba << int(PacketType::Pong) << ""_ba << false;
    QTest::newRow("message") << "4€"_ba << int(PacketType::Message) << "€"_ba << false;
    QTest::newRow("empty message") << "4"_ba << int(PacketType::Message) << ""_ba << false;
    QTest::newRow("upgrade") << "5"_ba << int(PacketType::Upgrade) << ""_ba << false;
    QTest::newRow("noop") << "6"_ba << int(PacketType::Noop) << ""_ba << false;
    QTest::newRow("binary") << "bAQIDBA=="_ba << int(PacketType::Message) << "\x01\x02\x03\x04"_ba << true;
    QTest::newRow("empty binary") << "b"_ba << int(PacketType::Message) << ""_ba << true;
}

void TestEngineio::packets()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, type);
    QFETCH(QByteArray, data);
    QFETCH(bool, binary);
    const Packet expected{static_cast<PacketType>(type), data, binary};
    const auto packet = decodePacket(bytes);
    QVERIFY(packet.has_value());
    QVERIFY(*packet == expected);
    QCOMPARE(encodePacket(expected), bytes);
}

void TestEngineio::refused_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<int>("error");
    QTest::newRow("nothing") << ""_ba << int(DecodeError::Empty);
    QTest::newRow("unknown") << "abc"_ba << int(DecodeError::UnknownType);
    QTest::newRow("seven") << "7"_ba << int(DecodeError::UnknownType);
    QTest::newRow("nothing at the end") << "4a\x1e"_ba << int(DecodeError::Empty);
    QTest::newRow("nothing at the start") << "\x1e"_ba
                                             "4a"
                                          << int(DecodeError::Empty);
    QTest::newRow("no base64") << "b%%%%"_ba << int(DecodeError::InvalidBase64);
    QTest::newRow("base64 without its end") << "bAQIDBA"_ba << int(DecodeError::InvalidBase64);
    QTest::newRow("no UTF-8") << "4\xff"_ba << int(DecodeError::InvalidUtf8);
}

void TestEngineio::refused()
{
    QFETCH(QByteArray, payload);
    QFETCH(int, error);
    const auto packets = decodePayload(payload);
    QVERIFY(!packets.has_value());
    QCOMPARE(int(packets.error()), error);
}

void TestEngineio::payloads()
{
    const QByteArray payload = "4test1\x1e"
                               "2\x1e"
                               "bAQIDBA==\x1e"
                               "4";
    const auto packets = decodePayload(payload);
    QVERIFY(packets.has_value());
    QCOMPARE(packets->size(), 4U);
    QCOMPARE((*packets)[0].data, "test1"_ba);
    QVERIFY((*packets)[2].binary);
    QCOMPARE(encodePayload(*packets), payload);
}

void TestEngineio::mostPackets()
{
    QByteArray payload = "4";
    for (int i = 1; i < 10; ++i)
        payload += "\x1e"
                   "4";
    QVERIFY(decodePayload(payload, 10).has_value());
    const auto refusal = decodePayload(payload, 9);
    QVERIFY(!refusal.has_value());
    QCOMPARE(int(refusal.error()), int(DecodeError::TooMany));
}

void TestEngineio::payloadsSurvive()
{
    test::Random random(7);
    for (int round = 0; round < 500; ++round) {
        std::vector<Packet> packets;
        for (qsizetype count = 1 + test::randomBelow(random, 8); count > 0; --count) {
            Packet packet;
            packet.binary = test::randomBelow(random, 3) == 0;
            if (!packet.binary)
                packet.type = static_cast<PacketType>('0' + test::randomBelow(random, 7));
            for (qsizetype size = test::randomBelow(random, 40); size > 0; --size)
                packet.data += static_cast<char>(packet.binary ? test::randomBelow(random, 256)
                                                               : ' ' + test::randomBelow(random, 95));
            packets.push_back(packet);
        }
        const auto again = decodePayload(encodePayload(packets));
        QVERIFY(again.has_value());
        QVERIFY(*again == packets);
    }
}

/// The messages in a server's frames.
static std::vector<std::pair<bool, QByteArray>> messagesOf(const QByteArray &frames)
{
    websocket::Reader reader(websocket::Reader::Role::Client, 1 << 20);
    std::vector<websocket::Message> messages;
    if (reader.feed(frames, messages) || reader.within())
        return {};
    std::vector<std::pair<bool, QByteArray>> result;
    for (const auto &message : messages)
        result.emplace_back(message.opcode == websocket::Opcode::Text, message.payload);
    return result;
}

void TestEngineio::outgoing()
{
    QVERIFY(Outgoing().isEmpty());
    Outgoing packet = Outgoing::text(QByteArray(300, 'x'));
    packet.addBinary("\x01\x02\x03");
    packet.addBinary("");
    const std::vector<std::pair<bool, QByteArray>> expected{
        {true, '4' + QByteArray(300, 'x')}, {false, "\x01\x02\x03"}, {false, ""}};
    QCOMPARE(messagesOf(packet.frames()), expected);
    QCOMPARE(packet.payload(),
             '4' + QByteArray(300, 'x')
                 + "\x1e"
                   "bAQID\x1e"
                   "b");
    QCOMPARE(Outgoing::packet(PacketType::Ping).payload(), "2"_ba);
    QCOMPARE(Outgoing::binary("abc").payload(), "bYWJj"_ba);
}

void TestEngineio::copiesDoNotChange()
{
    Outgoing packet = Outgoing::text("a");
    const Outgoing copy = packet;
    QCOMPARE(copy.frames().constData(), packet.frames().constData()); // shared
    packet.addBinary("b");
    QCOMPARE(copy.payload(), "4a"_ba);
    QCOMPARE(packet.payload(),
             "4a\x1e"
             "bYg=="_ba);
}

void TestEngineio::takesWhatFits()
{
    std::vector<Outgoing> queue{Outgoing::text("aaaa"), Outgoing::text("bb"), Outgoing::text("cccccccccccccccc"),
                                Outgoing::text("d")};
    QCOMPARE(takePayload(queue, 9, 16),
             "4aaaa\x1e"
             "4bb"_ba);
    QCOMPARE(takePayload(queue, 9, 16), "4cccccccccccccccc"_ba); // too long, but somebody must take it
    QCOMPARE(takePayload(queue, 9, 16), "4d"_ba);
    QVERIFY(queue.empty());
    queue.assign(5, Outgoing::text("x"));
    QCOMPARE(takePayload(queue, 100, 2),
             "4x\x1e"
             "4x"_ba);
    QCOMPARE(queue.size(), 3U);
}

QTEST_GUILESS_MAIN(TestEngineio)
#include "tst_engineio.moc"
