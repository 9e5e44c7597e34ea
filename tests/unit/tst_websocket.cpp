#include "core/wire/websocket/websocket.h"

#include <QtTest>
#include <QtEndian>

#include <algorithm>
#include <random>
#include <utility>

using namespace stepwire::websocket;
using Role = Reader::Role;

class TestWebsocket : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void accepts();
    void validKeys_data();
    void validKeys();
    void heads_data();
    void heads();
    void closeFrames_data();
    void closeFrames();
    void maskedFrames();
    void roundTrips_data();
    void roundTrips();
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void anyCutIsTheSame_data();
    void anyCutIsTheSame();
    void refusesAtOnce_data();
    void refusesAtOnce();
    void texts_data();
    void texts();
    void textsAreWrongEarly_data();
    void textsAreWrongEarly();
    void utf8LikeAnother();
    void everyCodePoint();
    void limits_data();
    void limits();
    void tellsWhetherWithin();
    void nothingAfterTheEnd();
};

static constexpr qsizetype limit = 200000;

static QByteArray bytes(const char *hex)
{
    return QByteArray::fromHex(hex);
}

/// A frame as a client sends it, `first` being its first byte.
static QByteArray masked(int first, const QByteArray &payload, const QByteArray &key = "\x9a\x01\xf7\x5c")
{
    QByteArray out;
    appendHead(out, Opcode::Text, static_cast<quint64>(payload.size()));
    out[0] = static_cast<char>(first);
    out[1] = static_cast<char>(out[1] | 0x80);
    out += key;
    for (qsizetype i = 0; i < payload.size(); ++i)
        out += static_cast<char>(payload[i] ^ key[i % 4]);
    return out;
}

static constexpr int text = 0x81;
static constexpr int binary = 0x82;
static constexpr int closing = 0x88;
static constexpr int ping = 0x89;
static constexpr int pong = 0x8a;
static constexpr int last = 0x80;
static constexpr int open = 0x80; ///< taken from one of the above: not the last frame
static constexpr int next = 0x00;

static QByteArray closeWith(int code, const QByteArray &reason = {})
{
    QByteArray payload(2, '\0');
    qToBigEndian(static_cast<quint16>(code), payload.data());
    return masked(closing, payload + reason);
}

static QByteArray shown(const Message &message)
{
    const auto name = [&]() -> QByteArray {
        switch (message.opcode) {
        case Opcode::Continuation: return "continuation";
        case Opcode::Text: return "text";
        case Opcode::Binary: return "binary";
        case Opcode::Close: return "close " + QByteArray::number(message.closeCode);
        case Opcode::Ping: return "ping";
        case Opcode::Pong: return "pong";
        }
        return "unknown";
    };
    return name() + ':' + message.payload + '|';
}

/// The messages, each ended by `|`, then a violation or `...` for an unfinished message.
template <class PieceSize>
static QByteArray outcomeOf(const QByteArray &stream, PieceSize pieceSize, Role role = Role::Server,
                            qsizetype most = limit)
{
    Reader reader(role, most);
    QByteArray outcome;
    for (qsizetype at = 0; at < stream.size();) {
        const qsizetype size = std::min<qsizetype>(stream.size() - at, pieceSize());
        std::vector<Message> messages;
        const auto violation = reader.feed(QByteArrayView(stream).sliced(at, size), messages);
        at += size;
        for (const Message &message : messages)
            outcome += shown(message);
        if (violation)
            return outcome + QByteArray::number(violation->code) + ' ' + violation->sentence;
    }
    return reader.within() ? outcome + "..." : outcome;
}

static QByteArray whole(const QByteArray &stream, Role role = Role::Server, qsizetype most = limit)
{
    return outcomeOf(
        stream, [&] { return stream.size(); }, role, most);
}

void TestWebsocket::accepts()
{
    // the example of RFC 6455, 1.3
    QCOMPARE(acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

void TestWebsocket::validKeys_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<bool>("valid");
    QTest::newRow("of the RFC") << QByteArray("dGhlIHNhbXBsZSBub25jZQ==") << true;
    QTest::newRow("with + and /") << QByteArray("+/+/+/+/+/+/+/+/+/+/+w==") << true;
    QTest::newRow("empty") << QByteArray() << false;
    QTest::newRow("15 bytes") << QByteArray(15, 'a').toBase64() << false;
    QTest::newRow("17 bytes") << QByteArray(17, 'a').toBase64() << false;
    QTest::newRow("18 bytes, as long in base64") << QByteArray(18, 'a').toBase64() << false;
    QTest::newRow("no padding") << QByteArray("dGhlIHNhbXBsZSBub25jZQ") << false;
    QTest::newRow("url alphabet") << QByteArray("-_-_-_-_-_-_-_-_-_-_-w==") << false;
    QTest::newRow("a space") << QByteArray("dGhlIHNhbXBsZSBub25jZ ==") << false;
    QTest::newRow("no base64") << QByteArray("!!!!!!!!!!!!!!!!!!!!!!==") << false;
}

void TestWebsocket::validKeys()
{
    QFETCH(QByteArray, key);
    QTEST(isValidKey(key), "valid");
}

void TestWebsocket::heads_data()
{
    QTest::addColumn<int>("opcode");
    QTest::addColumn<quint64>("size");
    QTest::addColumn<bool>("final");
    QTest::addColumn<QByteArray>("hex");
    const auto row = [](const char *name, Opcode opcode, quint64 size, bool final, const char *hex) {
        QTest::newRow(name) << static_cast<int>(opcode) << size << final << QByteArray(hex);
    };
    row("empty", Opcode::Text, 0, true, "81 00");
    row("125", Opcode::Binary, 125, true, "82 7d");
    row("126", Opcode::Text, 126, true, "81 7e 00 7e");
    row("65535", Opcode::Text, 65535, true, "81 7e ff ff");
    row("65536", Opcode::Text, 65536, true, "81 7f 00 00 00 00 00 01 00 00");
    row("huge", Opcode::Text, Q_UINT64_C(0x0102030405060708), true, "81 7f 01 02 03 04 05 06 07 08");
    row("first fragment", Opcode::Text, 3, false, "01 03");
    row("continuation", Opcode::Continuation, 3, true, "80 03");
    row("pong", Opcode::Pong, 1, true, "8a 01");
}

void TestWebsocket::heads()
{
    QFETCH(int, opcode);
    QFETCH(quint64, size);
    QFETCH(bool, final);
    QByteArray out = "before ";
    appendHead(out, static_cast<Opcode>(opcode), size, final);
    QVERIFY(out.startsWith("before "));
    QTEST(out.sliced(7).toHex(' '), "hex");
}

void TestWebsocket::closeFrames_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<QByteArray>("seen");
    QTest::newRow("no code") << closeFrame(close_code::noStatus, "gone") << QByteArray("close 1005:|");
    QTest::newRow("a code that is never sent") << closeFrame(close_code::abnormal) << QByteArray("close 1005:|");
    QTest::newRow("code alone") << closeFrame(close_code::normal) << QByteArray("close 1000:|");
    QTest::newRow("reason") << closeFrame(close_code::goingAway, "bye") << QByteArray("close 1001:bye|");
    const QByteArray long123(123, 'x');
    QTest::newRow("just fits") << closeFrame(1008, long123) << "close 1008:" + long123 + '|';
    QTest::newRow("cut") << closeFrame(1008, long123 + "y") << "close 1008:" + long123 + '|';
    const QByteArray long121(121, 'x');
    QTest::newRow("two bytes fit") << closeFrame(1008, long121 + "é") << "close 1008:" + long121 + "é|";
    QTest::newRow("cut at a code point") << closeFrame(1008, long121 + "€") << "close 1008:" + long121 + '|';
    QTest::newRow("cut behind a code point") << closeFrame(1008, long121 + "éé") << "close 1008:" + long121 + "é|";
}

void TestWebsocket::closeFrames()
{
    QFETCH(QByteArray, frame);
    QVERIFY(frame.size() <= 127);
    QTEST(whole(frame, Role::Client), "seen");
}

void TestWebsocket::maskedFrames()
{
    for (const qsizetype size : {0, 1, 5, 125, 126, 65535, 65536}) {
        QByteArray payload(size, 'a');
        if (size > 4)
            payload[4] = 'b';
        QByteArray out = "before";
        appendMaskedFrame(out, Opcode::Binary, payload, {0x9a, 0x01, 0xf7, 0x5c});
        QCOMPARE(out, "before" + masked(0x82, payload));
    }
}

void TestWebsocket::roundTrips_data()
{
    QTest::addColumn<int>("size");
    for (const int size : {0, 1, 2, 7, 8, 9, 125, 126, 127, 1000, 65535, 65536, 100000})
        QTest::addRow("%d", size) << size;
}

void TestWebsocket::roundTrips()
{
    QFETCH(int, size);
    QByteArray payload(size, '\0');
    std::mt19937 random(static_cast<unsigned>(size));
    std::generate(payload.begin(), payload.end(), [&] { return static_cast<char>(random()); });
    const QByteArray expected = "binary:" + payload + "|binary:" + payload + '|';
    const QByteArray fromServer = frame(Opcode::Binary, payload);
    const QByteArray fromClient = masked(binary, payload);
    QCOMPARE(whole(fromServer + fromServer, Role::Client), expected);
    QCOMPARE(whole(fromClient + fromClient), expected);
    QCOMPARE(outcomeOf(fromClient + fromClient, [] { return 1; }), expected);
    QCOMPARE(outcomeOf(fromClient + fromClient, [&] { return 1 + random() % 5000; }), expected);
    QCOMPARE(whole(textFrame(QByteArray(size, 'a')), Role::Client), "text:" + QByteArray(size, 'a') + '|');
}

struct Row
{
    const char *name;
    QByteArray stream;
    QByteArray outcome; ///< of a violation the code and a part of the sentence, behind a space
};

static std::vector<Row> goodStreams()
{
    const QByteArray full(125, 'p');
    const QByteArray reason(123, 'r');
    return {
        {"text", masked(text, "hello"), "text:hello|"},
        {"the masked example of the RFC", bytes("818537fa213d7f9f4d5158"), "text:Hello|"},
        {"binary", masked(binary, "\x80\xff"), "binary:\x80\xff|"},
        {"empty text", masked(text, {}), "text:|"},
        {"empty binary", masked(binary, {}), "binary:|"},
        {"a mask of zeros", masked(text, "hello", QByteArray(4, '\0')), "text:hello|"},
        {"two in one", masked(text, "a") + masked(binary, "b"), "text:a|binary:b|"},
        {"ping", masked(ping, "x"), "ping:x|"},
        {"empty ping", masked(ping, {}), "ping:|"},
        {"full ping", masked(ping, full), "ping:" + full + '|'},
        {"pong", masked(pong, "x"), "pong:x|"},
        {"fragments", masked(text - open, "he") + masked(next, "l") + masked(last, "lo"), "text:hello|"},
        {"binary fragments", masked(binary - open, "\xff") + masked(last, "\xfe"), "binary:\xff\xfe|"},
        {"empty fragments", masked(text - open, {}) + masked(next, {}) + masked(last, {}), "text:|"},
        {"empty last fragment", masked(text - open, "a") + masked(last, {}), "text:a|"},
        {"other masks", masked(text - open, "abc", "1234") + masked(last, "defgh", "wxyz"), "text:abcdefgh|"},
        {"ping between fragments", masked(text - open, "a") + masked(ping, "p") + masked(last, "b"), "ping:p|text:ab|"},
        {"many between fragments",
         masked(text - open, "a") + masked(ping, "1") + masked(pong, "2") + masked(next, "b") + masked(ping, "3")
             + masked(last, "c") + masked(ping, "4"),
         "ping:1|pong:2|ping:3|text:abc|ping:4|"},
        {"a ping of no UTF-8 between fragments", masked(text - open, "a") + masked(ping, "\xff") + masked(last, "b"),
         "ping:\xff|text:ab|"},
        {"a ping within a code point", masked(text - open, "\xc3") + masked(ping, "p") + masked(last, "\xa9"),
         "ping:p|text:é|"},
        {"a message behind another", masked(text - open, "\xc3") + masked(last, "\xa9") + masked(text, "é"),
         "text:é|text:é|"},
        {"close", masked(closing, {}), "close 1005:|"},
        {"close with a code", closeWith(1000), "close 1000:|"},
        {"close with a reason", closeWith(1001, "bye é"), "close 1001:bye é|"},
        {"close with a full reason", closeWith(1001, reason), "close 1001:" + reason + '|'},
        {"close between fragments", masked(text - open, "\xc3") + closeWith(1000), "close 1000:|"},
        {"nothing behind a close", masked(text, "a") + closeWith(1000) + masked(text, "b") + "\xff\xff",
         "text:a|close 1000:|"},
        {"half a head", masked(text, "a") + "\x81", "text:a|..."},
        {"half a payload", masked(text, "abc").chopped(1), "..."},
        {"half a message", masked(text - open, "abc"), "..."},
    };
}

static std::vector<Row> badStreams()
{
    return {
        {"RSV1", masked(text | 0x40, "a"), "1002 reserved bit"},
        {"RSV2", masked(text | 0x20, "a"), "1002 reserved bit"},
        {"RSV3", masked(text | 0x10, "a"), "1002 reserved bit"},
        {"RSV of a ping", masked(ping | 0x40, "a"), "1002 reserved bit"},
        {"RSV of a continuation", masked(text - open, "a") + masked(last | 0x40, "a"), "1002 reserved bit"},
        {"opcode 3", masked(0x83, "a"), "1002 opcode 3 "},
        {"opcode 7", masked(0x87, {}), "1002 opcode 7 "},
        {"opcode 11", masked(0x8b, "a"), "1002 opcode 11 "},
        {"opcode 15", masked(0x8f, {}), "1002 opcode 15 "},
        {"reserved opcode between fragments", masked(text - open, "a") + masked(0x8b, "a"), "1002 opcode 11 "},
        {"not masked", frame(Opcode::Text, "a"), "1002 is not masked"},
        {"ping not masked", frame(Opcode::Ping, "a"), "1002 is not masked"},
        {"behind a good one", masked(text, "a") + frame(Opcode::Text, "a"), "text:a|1002 is not masked"},
        {"ping in fragments", masked(ping - open, "a"), "1002 fragmented"},
        {"close in fragments", masked(closing - open, {}), "1002 fragmented"},
        {"long ping", masked(ping, QByteArray(126, 'a')), "1002 longer than 125"},
        {"long pong", masked(pong, QByteArray(70000, 'a')), "1002 longer than 125"},
        {"long close", closeWith(1000, QByteArray(124, 'a')), "1002 longer than 125"},
        {"125 in 16 bits", bytes("81fe007d00000000"), "1002 length 125 "},
        {"0 in 16 bits", bytes("81fe000000000000"), "1002 length 0 "},
        {"65535 in 64 bits", bytes("81ff000000000000ffff00000000"), "1002 length 65535 "},
        {"1 in 64 bits", bytes("81ff000000000000000100000000"), "1002 length 1 "},
        {"highest bit", bytes("81ff800000000000000000000000"), "1002 highest bit"},
        {"all bits", bytes("81ffffffffffffffffff00000000"), "1002 highest bit"},
        {"continuation of nothing", masked(last, "a"), "1002 no message has begun"},
        {"first fragment as continuation", masked(next, "a"), "1002 no message has begun"},
        {"continuation behind a whole message", masked(text, "a") + masked(last, "b"),
         "text:a|1002 no message has begun"},
        {"continuation behind a ping", masked(ping, "a") + masked(last, "b"), "ping:a|1002 no message has begun"},
        {"continuation behind the last", masked(text - open, "a") + masked(last, "b") + masked(last, "c"),
         "text:ab|1002 no message has begun"},
        {"text within text", masked(text - open, "a") + masked(text, "b"), "1002 within another"},
        {"binary within text", masked(text - open, "a") + masked(binary - open, "b"), "1002 within another"},
        {"close of one byte", masked(closing, "\x03"), "1002 half a code"},
        {"close 0", closeWith(0), "1002 close code 0 "},
        {"close 999", closeWith(999), "1002 close code 999 "},
        {"close 1004", closeWith(1004), "1002 close code 1004 "},
        {"close 1005", closeWith(1005), "1002 close code 1005 "},
        {"close 1006", closeWith(1006), "1002 close code 1006 "},
        {"close 1015", closeWith(1015), "1002 close code 1015 "},
        {"close 1016", closeWith(1016), "1002 close code 1016 "},
        {"close 1100", closeWith(1100), "1002 close code 1100 "},
        {"close 2000", closeWith(2000), "1002 close code 2000 "},
        {"close 2999", closeWith(2999), "1002 close code 2999 "},
        {"close 5000", closeWith(5000), "1002 close code 5000 "},
        {"close 65535", closeWith(65535), "1002 close code 65535 "},
        {"reason of no UTF-8", closeWith(1000, "a\xff"), "1007 reason"},
        {"reason within a code point", closeWith(1000, "a\xc3"), "1007 reason"},
        {"text of no UTF-8", masked(text, "a\xff"), "1007 not UTF-8"},
        {"text that ends within a code point", masked(text, "a\xc3"), "1007 ends within a code point"},
        {"fragments that end within a code point", masked(text - open, "\xe2\x82") + masked(last, {}),
         "1007 ends within a code point"},
        {"fragments of no UTF-8", masked(text - open, "\xc3") + masked(last, "a"), "1007 not UTF-8"},
        {"behind good fragments", masked(text - open, "é") + masked(next, "a") + masked(last, "\x80"),
         "1007 not UTF-8"},
    };
}

static void addAllowedCodes()
{
    for (const int code :
         {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
        QTest::addRow("close %d", code) << closeWith(code) << "close " + QByteArray::number(code) + ":|";
}

void TestWebsocket::reads_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("outcome");
    for (const Row &row : goodStreams())
        QTest::newRow(row.name) << row.stream << row.outcome;
    addAllowedCodes();
}

void TestWebsocket::reads()
{
    QFETCH(QByteArray, stream);
    QTEST(whole(stream), "outcome");
}

void TestWebsocket::refuses_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("outcome");
    for (const Row &row : badStreams())
        QTest::newRow(row.name) << row.stream << row.outcome;
}

void TestWebsocket::refuses()
{
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, outcome);
    const qsizetype space = outcome.indexOf(' ');
    const QByteArray seen = whole(stream);
    QVERIFY2(seen.startsWith(outcome.first(space + 1)) && seen.contains(outcome.sliced(space + 1)), seen.constData());
    // behind it nothing is read, so the rest of the frame does not matter
    QCOMPARE(whole(stream + masked(text, "more")), seen);
}

void TestWebsocket::anyCutIsTheSame_data()
{
    QTest::addColumn<QByteArray>("stream");
    for (const Row &row : goodStreams())
        QTest::newRow(row.name) << row.stream;
    for (const Row &row : badStreams())
        QTest::newRow(row.name) << row.stream;
    QByteArray every;
    for (const Row &row : goodStreams()) {
        if (!row.outcome.contains("close") && !row.outcome.endsWith("..."))
            every += row.stream;
    }
    QTest::newRow("every good one") << every;
}

void TestWebsocket::anyCutIsTheSame()
{
    QFETCH(QByteArray, stream);
    const QByteArray expected = whole(stream);
    QCOMPARE(outcomeOf(stream, [] { return 1; }), expected);
    const qsizetype mostCuts = 1000;
    for (qsizetype cut = 1; cut < std::min(stream.size(), mostCuts); ++cut) {
        bool first = true;
        QCOMPARE(outcomeOf(stream, [&] { return std::exchange(first, false) ? cut : stream.size(); }), expected);
    }
    std::mt19937 random(11);
    for (int round = 0; round < 50; ++round)
        QCOMPARE(outcomeOf(stream, [&] { return 1 + random() % 20; }), expected);
}

void TestWebsocket::refusesAtOnce_data()
{
    // the last byte is the first that tells it
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<int>("code");
    QTest::newRow("reserved bit") << bytes("c1") << 1002;
    QTest::newRow("reserved opcode") << bytes("83") << 1002;
    QTest::newRow("continuation of nothing") << bytes("80") << 1002;
    QTest::newRow("ping in fragments") << bytes("09") << 1002;
    QTest::newRow("text within text") << masked(text - open, "a") + bytes("81") << 1002;
    QTest::newRow("not masked") << bytes("8105") << 1002;
    QTest::newRow("long ping") << bytes("89fe") << 1002;
    QTest::newRow("too long, by its head") << bytes("81ff0000000000030d4100000000") << 1009;
}

void TestWebsocket::refusesAtOnce()
{
    QFETCH(QByteArray, stream);
    Reader reader(Role::Server, limit);
    std::vector<Message> messages;
    QVERIFY(!reader.feed(QByteArrayView(stream).chopped(1), messages));
    const auto violation = reader.feed(QByteArrayView(stream).last(1), messages);
    QVERIFY(violation);
    QTEST(violation->code, "code");
}

// The groups of the Autobahn test suite, 6.2 to 6.23, which are those of Markus Kuhn's UTF-8 stress test.
void TestWebsocket::texts_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<bool>("valid");
    const auto row = [](const char *name, const char *hex, bool valid) { QTest::newRow(name) << bytes(hex) << valid; };
    row("6.2 of all lengths", "48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a12d5554462d382121", true);
    row("6.3 a surrogate amid", "cebae1bdb9cf83cebcceb5eda080656469746564", false);
    row("6.4 beyond the last amid", "cebae1bdb9cf83cebcceb5f4908080656469746564", false);
    row("6.5.1 kosme", "cebae1bdb9cf83cebcceb5", true);
    row("6.6.1 cut 1", "ce", false);
    row("6.6.2 one letter", "ceba", true);
    row("6.6.3 cut 3", "cebae1", false);
    row("6.6.4 cut 4", "cebae1bd", false);
    row("6.6.5 two letters", "cebae1bdb9", true);
    row("6.6.6 cut 6", "cebae1bdb9cf", false);
    row("6.6.8 cut 8", "cebae1bdb9cf83ce", false);
    row("6.6.10 cut 10", "cebae1bdb9cf83cebcce", false);
    row("6.7.1 U+0000", "00", true);
    row("6.7.2 U+0080", "c280", true);
    row("6.7.3 U+0800", "e0a080", true);
    row("6.7.4 U+10000", "f0908080", true);
    row("6.8.1 five bytes", "f888808080", false);
    row("6.8.2 six bytes", "fc8480808080", false);
    row("6.9.1 U+007F", "7f", true);
    row("6.9.2 U+07FF", "dfbf", true);
    row("6.9.3 U+FFFF", "efbfbf", true);
    row("6.9.4 U+10FFFF", "f48fbfbf", true);
    row("6.10.1 U+1FFFFF", "f7bfbfbf", false);
    row("6.10.2 U+3FFFFFF", "fbbfbfbfbf", false);
    row("6.10.3 U+7FFFFFFF", "fdbfbfbfbfbf", false);
    row("6.11.1 U+D7FF", "ed9fbf", true);
    row("6.11.2 U+E000", "ee8080", true);
    row("6.11.3 U+FFFD", "efbfbd", true);
    row("6.11.5 U+110000", "f4908080", false);
    row("6.12.1 a continuation alone", "80", false);
    row("6.12.2 the last continuation", "bf", false);
    row("6.12.3 two", "80bf", false);
    row("6.12.8 all of them", "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", false);
    row("6.13.1 leads of two", "c020c120c220c320", false);
    row("6.13.2 leads of three", "e020e120e220", false);
    row("6.13.3 leads of four", "f020f120f220", false);
    row("6.13.4 leads of five", "f820f920", false);
    row("6.13.5 leads of six", "fc20", false);
    row("6.14.1 two lacks one", "c0", false);
    row("6.14.2 three lacks one", "e080", false);
    row("6.14.3 four lacks one", "f08080", false);
    row("6.14.6 two lacks one", "df", false);
    row("6.14.7 three lacks one", "efbf", false);
    row("6.14.8 four lacks one", "f7bfbf", false);
    row("6.15 those together", "c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf", false);
    row("6.16.1 fe", "fe", false);
    row("6.16.2 ff", "ff", false);
    row("6.16.3 both", "fefeffff", false);
    row("6.17.1 overlong slash in two", "c0af", false);
    row("6.17.2 overlong slash in three", "e080af", false);
    row("6.17.3 overlong slash in four", "f08080af", false);
    row("6.18.1 U+007F in two", "c1bf", false);
    row("6.18.2 U+07FF in three", "e09fbf", false);
    row("6.18.3 U+FFFF in four", "f08fbfbf", false);
    row("6.19.1 NUL in two", "c080", false);
    row("6.19.2 NUL in three", "e08080", false);
    row("6.19.3 NUL in four", "f0808080", false);
    row("6.20.1 U+D800", "eda080", false);
    row("6.20.2 U+DB7F", "edadbf", false);
    row("6.20.4 U+DBFF", "edafbf", false);
    row("6.20.5 U+DC00", "edb080", false);
    row("6.20.7 U+DFFF", "edbfbf", false);
    row("6.21.1 a pair of surrogates", "eda080edb080", false);
    row("6.21.8 the last pair", "edafbfedbfbf", false);
    row("6.22.1 U+FFFE", "efbfbe", true);
    row("6.22.3 U+1FFFE", "f09fbfbe", true);
    row("6.22.34 U+10FFFF", "f48fbfbf", true);
    row("6.23.1 U+FFF9", "efbfb9", true);
    row("6.23.7 U+FFFD", "efbfbd", true);
    row("ASCII, then wrong", "4141414141414141414141414141414180", false);
    row("wrong in the middle of eight", "4141418041414141", false);
    row("a code point over the eighth byte", "41414141414141c3a94141414141414141", true);
}

void TestWebsocket::texts()
{
    QFETCH(QByteArray, content);
    QFETCH(bool, valid);
    const auto seen = [&](const QByteArray &stream) { return whole(stream); };
    const auto check = [&](const QByteArray &outcome) {
        if (valid)
            QCOMPARE(outcome, "text:" + content + '|');
        else
            QVERIFY2(outcome.startsWith("1007 "), outcome.constData());
    };
    check(seen(masked(0x81, content)));
    // in two fragments, wherever that cuts a code point, and in fragments of one byte each
    for (qsizetype cut = 0; cut <= content.size(); ++cut)
        check(seen(masked(0x01, content.first(cut)) + masked(0x80, content.sliced(cut))));
    QByteArray single = masked(0x01, {});
    for (const char c : std::as_const(content))
        single += masked(0x00, QByteArray(1, c));
    check(seen(single + masked(0x80, {})));
    // a reason obeys the same rule
    QVERIFY(content.size() <= 123);
    QCOMPARE(seen(closeWith(1000, content)).startsWith("close 1000:" + content), valid);
}

void TestWebsocket::textsAreWrongEarly_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<int>("good"); // bytes that may still go on
    QTest::newRow("6.4.1 beyond the last") << bytes("cebae1bdb9cf83cebcceb5f4908080656469746564") << 12;
    QTest::newRow("surrogate") << bytes("61eda080") << 2;
    QTest::newRow("overlong in two") << bytes("61c0af") << 1;
    QTest::newRow("overlong in three") << bytes("e080af") << 1;
    QTest::newRow("overlong in four") << bytes("f08f8080") << 1;
    QTest::newRow("a lead that is none") << bytes("6161f5808080") << 2;
    QTest::newRow("a continuation that is none") << bytes("e282ac80") << 3;
    QTest::newRow("a letter where a continuation is due") << bytes("e28241") << 2;
    QTest::newRow("amid much ASCII") << QByteArray(20, 'a') + bytes("ff") + QByteArray(20, 'a') << 20;
}

void TestWebsocket::textsAreWrongEarly()
{
    QFETCH(QByteArray, content);
    QFETCH(int, good);
    const auto wrongAt = [&](const QByteArray &stream, qsizetype before) {
        Reader reader(Role::Server, limit);
        std::vector<Message> messages;
        return !reader.feed(QByteArrayView(stream).first(before), messages)
            && reader.feed(QByteArrayView(stream).sliced(before, 1), messages).value_or(Violation{0, {}}).code == 1007;
    };
    // within a frame that has not come altogether
    const QByteArray stream = masked(0x81, content + QByteArray(200 - content.size(), 'x'));
    QVERIFY(wrongAt(stream, 8 + good));
    // and before the last fragment
    QByteArray fragments = masked(0x01, {});
    for (int i = 0; i < good; ++i)
        fragments += masked(0x00, content.sliced(i, 1));
    const QByteArray bad = masked(0x00, content.sliced(good, 1));
    QVERIFY(wrongAt(fragments + bad, fragments.size() + bad.size() - 1));
}

/// In pieces, as the reader gets it.
static bool isUtf8(QByteArrayView all, qsizetype cut)
{
    Utf8Check check;
    return check.take(all.first(cut)) && check.take(all.sliced(cut)) && check.whole();
}

void TestWebsocket::utf8LikeAnother()
{
    QByteArray two(2, '\0');
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            two[0] = static_cast<char>(a);
            two[1] = static_cast<char>(b);
            QCOMPARE(isUtf8(two, 1), two.isValidUtf8());
        }
    }
    // longer ones are drawn from the bytes around which something changes
    constexpr std::array<uchar, 26> edges = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                             0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                             0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff};
    std::mt19937 random(3);
    int valid = 0;
    for (int round = 0; round < 300000; ++round) {
        QByteArray bytes(static_cast<qsizetype>(1 + random() % 10), 'a');
        for (std::size_t changes = random() % 6; changes > 0; --changes)
            bytes[static_cast<qsizetype>(random() % static_cast<std::size_t>(bytes.size()))] =
                static_cast<char>(edges[random() % edges.size()]);
        const auto cut = static_cast<qsizetype>(random() % static_cast<std::size_t>(bytes.size() + 1));
        if (isUtf8(bytes, cut) != bytes.isValidUtf8())
            QFAIL(bytes.toHex(' ').constData());
        valid += bytes.isValidUtf8() ? 1 : 0;
    }
    QVERIFY(valid > 10000 && valid < 290000);
}

void TestWebsocket::everyCodePoint()
{
    const auto encoded = [](char32_t c) {
        QByteArray out;
        const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
        if (c < 0x80) {
            out += static_cast<char>(c);
        } else if (c < 0x800) {
            out += static_cast<char>(0xc0 | (c >> 6));
            tail(0);
        } else if (c < 0x10000) {
            out += static_cast<char>(0xe0 | (c >> 12));
            tail(6);
            tail(0);
        } else {
            out += static_cast<char>(0xf0 | (c >> 18));
            tail(12);
            tail(6);
            tail(0);
        }
        return out;
    };
    for (char32_t c = 0; c < 0x1fffff; ++c) {
        const bool valid = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
        if (isUtf8(encoded(c), 1) != valid)
            QFAIL(QByteArray::number(static_cast<quint32>(c), 16).constData());
    }
}

void TestWebsocket::limits_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("outcome");
    const QByteArray ten(10, 'x');
    const QByteArray pinged = "ping:" + QByteArray(125, 'p') + '|';
    QTest::newRow("just fits") << masked(text, ten) << "text:" + ten + '|';
    QTest::newRow("one more") << masked(text, ten + 'y') << QByteArray("1009");
    QTest::newRow("a claim alone") << bytes("82ff7fffffffffffffff00000000") << QByteArray("1009");
    QTest::newRow("fragments that just fit")
        << masked(text - open, "xxxx") + masked(next, "xxxxxx") + masked(last, {}) << "text:" + ten + '|';
    QTest::newRow("fragments that do not")
        << masked(text - open, "xxxx") + masked(next, "xxxxxxx") << QByteArray("1009");
    QTest::newRow("each message for itself")
        << masked(text, ten) + masked(text, ten) << "text:" + ten + "|text:" + ten + '|';
    QTest::newRow("a ping does not count") << masked(text - open, "xxxx") + masked(ping, QByteArray(125, 'p'))
            + masked(last, "xxxxxx") << pinged + "text:" + ten + '|';
}

void TestWebsocket::limits()
{
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, outcome);
    const qsizetype most = 10;
    const QByteArray inBytes = outcomeOf(
        stream, [] { return 1; }, Role::Server, most);
    for (const QByteArray &seen : {whole(stream, Role::Server, most), inBytes}) {
        if (outcome == "1009")
            QVERIFY2(seen.startsWith("1009 "), seen.constData());
        else
            QCOMPARE(seen, outcome);
    }
}

void TestWebsocket::tellsWhetherWithin()
{
    Reader reader(Role::Server, limit);
    std::vector<Message> messages;
    const auto after = [&](const QByteArray &more) { return !reader.feed(more, messages) && reader.within(); };
    QVERIFY(!reader.within());
    const QByteArray hello = masked(text, "hello");
    for (qsizetype i = 0; i + 1 < hello.size(); ++i)
        QVERIFY(after(hello.sliced(i, 1)));
    QVERIFY(!after(hello.last(1)));
    QVERIFY(after(masked(text - open, {})));
    QVERIFY(after(masked(ping, {})));
    QVERIFY(after(masked(next, {})));
    QVERIFY(!after(masked(last, {})));
    QVERIFY(!after(masked(closing, {})));
    QVERIFY(!after(hello));
    QCOMPARE(messages.size(), 4U);
}

void TestWebsocket::nothingAfterTheEnd()
{
    std::vector<Message> messages;
    Reader refused(Role::Server, limit);
    QVERIFY(refused.feed("\xff", messages));
    QVERIFY(!refused.within());
    QVERIFY(!refused.feed("\xff", messages));
    QVERIFY(!refused.feed(masked(text, "hello"), messages));
    QVERIFY(messages.empty());
    // a client refuses a mask
    Reader client(Role::Client, limit);
    const auto violation = client.feed(masked(text, "hello"), messages);
    QVERIFY(violation && violation->code == close_code::protocolError && messages.empty());
}

QTEST_GUILESS_MAIN(TestWebsocket)
#include "tst_websocket.moc"
