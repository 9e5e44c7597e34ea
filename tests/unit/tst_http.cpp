#include "core/wire/http/http.h"

#include <QtTest>

#include <algorithm>
#include <random>

using namespace stepwire;
using http::Request;
using http::RequestReader;

class TestHttp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void anyCutIsTheSame_data();
    void anyCutIsTheSame();
    void refusesAtOnce_data();
    void refusesAtOnce();
    void waitsForMore();
    void oneAfterTheOther();
    void upgradeLeavesTheRest();
    void tellsWhoWaitsForTheBody_data();
    void tellsWhoWaitsForTheBody();
    void limits_data();
    void limits();
    void nothingAfterARefusal();
    void headers();
    void queryValues_data();
    void queryValues();
    void cookies_data();
    void cookies();
    void responses_data();
    void responses();
    void statusTexts();
};

/// Told as text, so that a row says all of it.
static QByteArray shown(const Request &request)
{
    QByteArray text = request.method + ' ' + request.path;
    if (!request.query.isEmpty())
        text += " ?" + request.query;
    for (const auto &[name, value] : request.headers) {
        if (name != "host")
            text += ' ' + name + '=' + value;
    }
    if (!request.body.isEmpty())
        text += " (" + request.body + ')';
    if (!request.keepAlive)
        text += " closes";
    if (request.upgrade)
        text += " upgrades";
    return text;
}

struct Outcome
{
    QByteArray text; ///< the requests, each ended by `|`, then a refusal
    qsizetype left = 0; ///< bytes behind an upgrade

    bool operator==(const Outcome &) const = default;
};

/// All that a stream holds, fed in pieces of the sizes that `pieceSize` tells.
template <class PieceSize>
static Outcome outcomeOf(const QByteArray &stream, PieceSize pieceSize, RequestReader::Limits limits = {})
{
    RequestReader reader(limits);
    Outcome outcome;
    qsizetype at = 0;
    while (at < stream.size()) {
        const qsizetype end = std::min(stream.size(), at + pieceSize());
        while (at < end) {
            const auto step = reader.feed(QByteArrayView(stream).sliced(at, end - at));
            at += step.taken;
            if (step.refusal) {
                outcome.text += QByteArray::number(step.refusal->status) + ' ' + step.refusal->sentence;
                return outcome;
            }
            if (!step.whole) {
                if (at != end)
                    qFatal("bytes were left though the request is not whole");
                continue;
            }
            const Request request = reader.take();
            outcome.text += shown(request) + '|';
            if (request.upgrade) {
                outcome.left = stream.size() - at;
                return outcome;
            }
        }
    }
    if (reader.within())
        outcome.text += "...";
    return outcome;
}

static Outcome whole(const QByteArray &stream, RequestReader::Limits limits = {})
{
    return outcomeOf(
        stream, [&] { return stream.size(); }, limits);
}

static const QByteArray host = "Host: h\r\n";

struct Good
{
    const char *name;
    QByteArray stream;
    QByteArray text;
};

static std::vector<Good> goodStreams()
{
    std::vector<Good> rows;
    const auto row = [&](const char *name, const QByteArray &stream, const QByteArray &text) {
        rows.push_back({name, stream, text});
    };
    const auto get = [](const QByteArray &target) { return "GET " + target + " HTTP/1.1\r\n" + host + "\r\n"; };
    const auto with = [](const QByteArray &lines) { return "GET / HTTP/1.1\r\n" + host + lines + "\r\n"; };
    const auto post = [](const QByteArray &lines, const QByteArray &body) {
        return "POST /p HTTP/1.1\r\n" + host + lines + "\r\n" + body;
    };
    const QByteArray chunked = "Transfer-Encoding: chunked\r\n";
    const QByteArray told = "POST /p transfer-encoding=chunked";

    row("plain", get("/"), "GET /|");
    row("query", get("/a/b?x=1&y=%20"), "GET /a/b ?x=1&y=%20|");
    row("empty query", get("/a?"), "GET /a|");
    row("question within the query", get("/a?b?c"), "GET /a ?b?c|");
    row("escapes", get("/a%20b%2Fc%C3%A9"), "GET /a b/c\xc3\xa9|");
    row("plus is no space in a path", get("/a+b"), "GET /a+b|");
    row("dots stay", get("/a/../b"), "GET /a/../b|");
    row("two slashes stay", get("//a"), "GET //a|");
    row("absolute form", get("http://h/path?q"), "GET /path ?q|");
    row("absolute form in other case", get("HTTP://H/path"), "GET /path|");
    row("absolute form without a path", get("http://h"), "GET /|");
    row("absolute form with a query alone", get("http://h?q"), "GET / ?q|");
    row("absolute form, https", get("https://h/"), "GET /|");
    row("headers", with("A: 1\r\nB:2\r\nC:\t 3 \t\r\nA: 4\r\n"), "GET / a=1 b=2 c=3 a=4|");
    row("empty value", with("A:\r\nB: \r\n"), "GET / a= b=|");
    row("value with colons and bytes beyond ASCII", with("A: b:c \xc3\xa9\r\n"), "GET / a=b:c \xc3\xa9|");
    row("odd name", with("!#$%&'*+-.^_`|~9: x\r\n"), "GET / !#$%&'*+-.^_`|~9=x|");
    row("HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "GET / closes|");
    row("HTTP/1.0, kept", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET / connection=keep-alive|");
    row("closes", with("Connection: close\r\n"), "GET / connection=close closes|");
    row("closes among others", with("Connection: x, Close\r\n"), "GET / connection=x, Close closes|");
    row("length", post("Content-Length: 5\r\n", "hello"), "POST /p content-length=5 (hello)|");
    row("length 0", post("Content-Length: 0\r\n", {}), "POST /p content-length=0|");
    row("leading zeros", post("Content-Length: 0005\r\n", "hello"), "POST /p content-length=0005 (hello)|");
    row("no length", post({}, {}), "POST /p|");
    row("GET with a body", with("Content-Length: 2\r\n") + "ab", "GET / content-length=2 (ab)|");
    row("body of any bytes", post("Content-Length: 4\r\n", "\r\n\r\n"), "POST /p content-length=4 (\r\n\r\n)|");
    row("chunks", post(chunked, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), told + " (abcde)|");
    row("no chunk", post(chunked, "0\r\n\r\n"), told + "|");
    row("chunk in capital hex", post(chunked, "0A\r\n0123456789\r\n0\r\n\r\n"), told + " (0123456789)|");
    row("chunk of line ends", post(chunked, "4\r\n\r\n\r\n\r\n0\r\n\r\n"), told + " (\r\n\r\n)|");
    row("many chunks", post(chunked, QByteArray("1\r\na\r\n").repeated(20) + "0\r\n\r\n"),
        told + " (aaaaaaaaaaaaaaaaaaaa)|");
    row("zeros as the last chunk", post(chunked, "000\r\n\r\n"), told + "|");
    row("extensions", post(chunked, "3;a=b;c=\"d\"\r\nabc\r\n0;x\r\n\r\n"), told + " (abc)|");
    row("trailers", post(chunked, "1\r\na\r\n0\r\nHost: other\r\nX: y\r\n\r\n"), told + " (a)|");
    row("chunked in other case", post("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n"),
        "POST /p transfer-encoding=Chunked|");
    row("pipelined", get("/a") + post("Content-Length: 1\r\n", "x") + post(chunked, "1\r\ny\r\n0\r\n\r\n") + get("/b"),
        "GET /a|POST /p content-length=1 (x)|" + told + " (y)|GET /b|");
    row("an empty line before", "\r\n" + get("/a") + "\r\n" + get("/b"), "GET /a|GET /b|");
    row("an upgrade that is no GET's",
        "POST / HTTP/1.1\r\n" + host + "Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\nx" + get("/b"),
        "POST / connection=upgrade upgrade=h2c content-length=1 (x)|GET /b|");
    row("an upgrade in HTTP/1.0",
        "GET / HTTP/1.0\r\nConnection: upgrade, keep-alive\r\nUpgrade: websocket\r\n\r\n" + get("/b"),
        "GET / connection=upgrade, keep-alive upgrade=websocket|GET /b|");
    row("Upgrade without Connection", with("Upgrade: websocket\r\n") + get("/b"), "GET / upgrade=websocket|GET /b|");
    row("Connection without Upgrade", with("Connection: upgrade\r\n") + get("/b"), "GET / connection=upgrade|GET /b|");
    row("other methods", "DELETE /j HTTP/1.1\r\n" + host + "\r\nPATCH / HTTP/1.1\r\n" + host + "\r\n",
        "DELETE /j|PATCH /|");
    row("a port in Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /|");
    row("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET /|");
    row("unfinished", get("/a") + "GET / HT", "GET /a|...");
    return rows;
}

void TestHttp::reads_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("text");
    for (const Good &row : goodStreams())
        QTest::newRow(row.name) << row.stream << row.text;
}

void TestHttp::reads()
{
    QFETCH(QByteArray, stream);
    QTEST(whole(stream).text, "text");
}

struct Bad
{
    const char *name;
    QByteArray stream;
    int status;
    QByteArray part; ///< of the sentence
};

static std::vector<Bad> badStreams()
{
    std::vector<Bad> rows;
    const auto row = [&](const char *name, const QByteArray &stream, int status, const QByteArray &part) {
        rows.push_back({name, stream, status, part});
    };
    const auto get = [](const QByteArray &target) { return "GET " + target + " HTTP/1.1\r\n" + host + "\r\n"; };
    const auto line = [](const QByteArray &text) { return text + "\r\n" + host + "\r\n"; };
    const auto with = [](const QByteArray &lines) { return "GET / HTTP/1.1\r\n" + host + lines + "\r\n"; };
    const auto post = [](const QByteArray &lines, const QByteArray &body) {
        return "POST / HTTP/1.1\r\n" + host + lines + "\r\n" + body;
    };
    const auto chunks = [&](const QByteArray &body) { return post("Transfer-Encoding: chunked\r\n", body); };

    // what is not HTTP/1.x
    row("words", "hello there\r\n", 400, "\"hello there\"");
    row("one word", "hello\r\n", 400, "\"hello\"");
    row("JSON", "{\"jsonrpc\":\"2.0\"}\r\n", 400, "is no request line");
    row("TLS", QByteArray::fromHex("16030100a5010000a1"), 400, "control character");
    row("HTTP/0.9", "GET /\r\n", 400, "is no request line");
    row("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "\"HTTP/2.0\"");
    row("HTTP/1.2", line("GET / HTTP/1.2"), 505, "\"HTTP/1.2\"");
    row("HTTP/0.9 told", line("GET / HTTP/0.9"), 505, "\"HTTP/0.9\"");
    row("lower-case version", line("GET / http/1.1"), 400, "is no request line");
    row("long version", line("GET / HTTP/1.10"), 400, "is no request line");
    row("another protocol", line("GET / ICE/1.0"), 400, "is no request line");
    row("a response", line("HTTP/1.1 200 OK"), 400, "is no request line");
    row("two spaces", line("GET  / HTTP/1.1"), 400, "target");
    row("a space in the target", line("GET /a b HTTP/1.1"), 400, "target");
    row("a tab in the request line", line("GET\t/ HTTP/1.1"), 400, "is no request line");
    row("a space behind the version", line("GET / HTTP/1.1 "), 400, "is no request line");
    row("no target", line("GET HTTP/1.1"), 400, "is no request line");
    row("empty target", line("GET  HTTP/1.1"), 400, "target");
    row("unknown method", line("FROB / HTTP/1.1"), 501, "method");
    row("longer method", line("GETS / HTTP/1.1"), 501, "method");
    row("lower-case method", line("get / HTTP/1.1"), 501, "method");
    row("empty lines", "\r\n\r\n" + get("/"), 400, "empty lines");

    // targets
    row("bad escape", get("/%zz"), 400, "escape");
    row("half an escape", get("/a%2"), 400, "escape");
    row("a lone percent", get("/%"), 400, "escape");
    row("an escaped NUL", get("/a%00b"), 400, "escape");
    row("an escaped line feed", get("/a%0ab"), 400, "escape");
    row("no slash", get("a"), 400, "begin with /");
    row("asterisk", line("OPTIONS * HTTP/1.1"), 400, "begin with /");
    row("authority form", line("CONNECT h:80 HTTP/1.1"), 400, "begin with /");
    row("another scheme", get("ftp://h/"), 400, "begin with /");
    row("CONNECT to a path", line("CONNECT / HTTP/1.1"), 400, "");
    row("CONNECT in absolute form", line("CONNECT http://h/ HTTP/1.1"), 400, "");
    row("fragment", get("/a#b"), 400, "target");
    row("bytes beyond ASCII", get("/\xc3\xa9"), 400, "target");
    row("absolute form of another host", get("http://other/"), 400, "another host");
    row("absolute form with a user", get("http://me@h/"), 400, "");
    row("absolute form of no host", get("http:///a"), 400, "");

    // headers
    row("no Host", "GET / HTTP/1.1\r\n\r\n", 400, "no Host");
    row("two Hosts", with(host), 400, "more than one Host");
    row("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\n" + host + host + "\r\n", 400, "more than one Host");
    row("Host with a comma", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "Host");
    row("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "Host");
    row("Host with a user", "GET / HTTP/1.1\r\nHost: me@a\r\n\r\n", 400, "Host");
    row("no colon", with("A b\r\n"), 400, "is no header");
    row("no name", with(": b\r\n"), 400, "is no header");
    row("a space before the colon", with("A : b\r\n"), 400, "is no header");
    row("a tab before the colon", with("A\t: b\r\n"), 400, "is no header");
    row("a space in the name", with("A B: c\r\n"), 400, "is no header");
    row("a name beyond ASCII", with("\xc3\xa9: c\r\n"), 400, "is no header");
    row("a folded value", with("A: b\r\n c\r\n"), 400, "over the end of its line");
    row("a folded value, by tab", with("A: b\r\n\tc\r\n"), 400, "over the end of its line");
    row("a space before the first header", "GET / HTTP/1.1\r\n " + host + "\r\n", 400, "over the end of its line");
    row("NUL", with(QByteArray("A: b\0c\r\n", 8)), 400, "control character");
    row("escape sequence", with("A: \x1b[2J\r\n"), 400, "control character");
    row("DEL", with("A: \x7f\r\n"), 400, "control character");
    row("CR within a value", with("A: b\rc\r\n"), 400, "CR and LF");
    row("two CR", with("A: b\r\r\n"), 400, "CR and LF");
    row("LF alone", "GET / HTTP/1.1\n" + host + "\r\n", 400, "CR and LF");
    row("LF alone behind a header", "GET / HTTP/1.1\r\nHost: h\n\r\n", 400, "CR and LF");
    row("LF alone as the empty line", "GET / HTTP/1.1\r\n" + host + "\n", 400, "CR and LF");
    row("another expectation", with("Expect: 200-ok\r\n"), 417, "\"200-ok\"");

    // the length of the body: what smuggles
    const QByteArray smuggled = "GET /admin HTTP/1.1\r\n" + host + "\r\n";
    const QByteArray end = "0\r\n\r\n";
    const QByteArray te = "Transfer-Encoding: ";
    row("CL.TE", post("Content-Length: 6\r\n" + te + "chunked\r\n", end + "G"), 400, "both");
    row("TE.CL", post(te + "chunked\r\nContent-Length: 4\r\n", end + smuggled), 400, "both");
    row("CL.TE with a length of 0", post("Content-Length: 0\r\n" + te + "chunked\r\n", end), 400, "both");
    row("two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400, "");
    row("the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400, "");
    row("a list of lengths", post("Content-Length: 5, 5\r\n", "hello"), 400, "");
    row("a space within the length", post("Content-Length: 5 5\r\n", "hello"), 400, "");
    row("a negative length", post("Content-Length: -1\r\n", {}), 400, "");
    row("a length with plus", post("Content-Length: +5\r\n", "hello"), 400, "");
    row("a length in hex", post("Content-Length: 0x5\r\n", "hello"), 400, "");
    row("an empty length", post("Content-Length:\r\n", {}), 400, "");
    row("a length that is a space", post("Content-Length: \r\n", {}), 400, "");
    row("a length beyond 64 bits", post("Content-Length: 18446744073709551621\r\n", "hello"), 400, "");
    row("TE in HTTP/1.0", "POST / HTTP/1.0\r\n" + te + "chunked\r\n\r\n" + end, 400, "HTTP/1.0");
    row("gzip", post(te + "gzip\r\n", {}), 501, "\"gzip\"");
    row("identity", post(te + "identity\r\n", {}), 501, "\"identity\"");
    row("gzip, chunked", post(te + "gzip, chunked\r\n", end), 501, "\"gzip, chunked\"");
    row("chunked, identity", post(te + "chunked, identity\r\n", end), 501, "\"chunked, identity\"");
    row("chunked twice", post(te + "chunked\r\n" + te + "chunked\r\n", end), 501, "\"chunked, chunked\"");
    row("chunked, then another", post(te + "chunked\r\n" + te + "cow\r\n", end), 501, "\"chunked, cow\"");
    row("chunked misspelt", post(te + "xchunked\r\n", end), 501, "\"xchunked\"");
    row("chunked in quotes", post(te + "\"chunked\"\r\n", end), 501, "chunked");
    row("chunked with a comma", post(te + "chunked,\r\n", end), 501, "chunked,");
    row("empty coding", post(te + "\r\n", end), 501, "\"\"");
    row("TE with a space before the colon", post("Transfer-Encoding : chunked\r\n", end), 400, "is no header");
    row("TE behind a vertical tab", post(te + "\vchunked\r\n", end), 400, "control character");
    row("TE folded", post("Transfer-Encoding:\r\n chunked\r\n", end), 400, "over the end of its line");
    row("TE behind LF alone", post("A: b\nTransfer-Encoding: chunked\r\n", end), 400, "CR and LF");
    row("TE behind CR alone", post("A: b\rTransfer-Encoding: chunked\r\n", end), 400, "CR and LF");

    // chunks
    row("no size", chunks("\r\nabc"), 400, "size of a chunk");
    row("a size of no digits", chunks("xyz\r\n"), 400, "size of a chunk");
    row("no size of the second", chunks("1\r\na\r\n\r\n\r\n"), 400, "size of a chunk");
    row("a size with 0x", chunks("0x3\r\nabc\r\n"), 400, "size of a chunk");
    row("a negative size", chunks("-3\r\nabc\r\n"), 400, "size of a chunk");
    row("a space before the size", chunks(" 3\r\nabc\r\n"), 400, "size of a chunk");
    row("a space behind the size", chunks("3 \r\nabc\r\n"), 400, "size of a chunk");
    row("a size beyond 64 bits", chunks("10000000000000003\r\nabc\r\n"), 413, "body");
    row("many zeros", chunks("0000000000000003\r\nabc\r\n"), 400, "size of a chunk");
    row("an extension without a size", chunks(";a\r\n"), 400, "size of a chunk");
    row("LF behind the size", chunks("3\nabc\r\n"), 400, "size of a chunk");
    row("LF in an extension", chunks("3;a\nabc\r\n"), 400, "control character");
    row("CR without LF behind the size", chunks("3\rXabc\r\n"), 400, "head of a chunk");
    row("a chunk that is longer", chunks("3\r\nabcd\r\n0\r\n\r\n"), 400, "a chunk does not end");
    row("a chunk without an end", chunks("3\r\nabc0\r\n\r\n"), 400, "a chunk does not end");
    row("LF behind a chunk", chunks("3\r\nabc\n0\r\n\r\n"), 400, "a chunk does not end");
    row("CR without LF behind a chunk", chunks("3\r\nabc\rX0\r\n\r\n"), 400, "a chunk does not end");
    row("LF in the trailer", chunks("0\r\nA: b\n\r\n"), 400, "trailer");
    row("CR in the trailer", chunks("0\r\nA: b\rc\r\n\r\n"), 400, "trailer");
    row("LF as the end", chunks("0\r\n\n"), 400, "trailer");
    row("NUL in the trailer", chunks(QByteArray("0\r\nA\0\r\n\r\n", 9)), 400, "trailer");

    const QByteArray upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    row("an upgrade with a length", with(upgrade + "Content-Length: 1\r\n") + "x", 400, "change the protocol");
    row("an upgrade with chunks", with(upgrade + te + "chunked\r\n") + end, 400, "change the protocol");
    return rows;
}

void TestHttp::refuses_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("part");
    for (const Bad &row : badStreams())
        QTest::newRow(row.name) << row.stream << row.status << row.part;
}

void TestHttp::refuses()
{
    QFETCH(QByteArray, stream);
    QFETCH(int, status);
    QFETCH(QByteArray, part);
    const QByteArray text = whole(stream).text;
    QVERIFY2(text.startsWith(QByteArray::number(status) + ' ') && text.size() > 4 && text.contains(part),
             text.constData());
    QVERIFY2(text.back() != '.' && !text.contains('\n') && text.size() < 200, text.constData());
    QVERIFY(!QChar::isUpper(static_cast<uchar>(text[4])));
}

void TestHttp::anyCutIsTheSame_data()
{
    QTest::addColumn<QByteArray>("stream");
    for (const Good &row : goodStreams())
        QTest::newRow(row.name) << row.stream;
    for (const Bad &row : badStreams())
        QTest::newRow(row.name) << row.stream;
    QTest::newRow("an upgrade") << "GET /ws HTTP/1.1\r\n" + host
            + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x80rest";
}

void TestHttp::anyCutIsTheSame()
{
    QFETCH(QByteArray, stream);
    const Outcome at1 = outcomeOf(stream, [] { return 1; });
    QCOMPARE(at1.text, whole(stream).text);
    QCOMPARE(at1, whole(stream));
    for (qsizetype cut = 1; cut < stream.size(); ++cut) {
        bool first = true;
        const auto pieces = [&] { return std::exchange(first, false) ? cut : stream.size(); };
        QCOMPARE(outcomeOf(stream, pieces).text, at1.text);
    }
    std::mt19937 random(7);
    for (int round = 0; round < 50; ++round)
        QCOMPARE(outcomeOf(stream, [&] { return static_cast<qsizetype>(1 + random() % 12); }), at1);
}

void TestHttp::refusesAtOnce_data()
{
    // what has come so far is enough to know
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    QTest::newRow("TLS") << QByteArray("\x16") << 400;
    QTest::newRow("a request line") << QByteArray("hello\r\n") << 400;
    QTest::newRow("a version") << QByteArray("GET / HTTP/3.0\r\n") << 505;
    QTest::newRow("a header") << QByteArray("GET / HTTP/1.1\r\nA b\r\n") << 400;
    QTest::newRow("a length") << "POST / HTTP/1.1\r\n" + host + "Content-Length: 1048577\r\n\r\n" << 413;
    QTest::newRow("a chunk") << "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n100001" << 413;
}

void TestHttp::refusesAtOnce()
{
    QFETCH(QByteArray, bytes);
    RequestReader reader({});
    const auto before = reader.feed(QByteArrayView(bytes).chopped(1));
    QVERIFY(!before.refusal && !before.whole);
    const auto step = reader.feed(QByteArrayView(bytes).last(1));
    QVERIFY(step.refusal);
    QTEST(step.refusal->status, "status");
}

void TestHttp::waitsForMore()
{
    const QByteArray stream = "POST /p?q HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc";
    RequestReader reader({});
    QVERIFY(!reader.within());
    QVERIFY(!reader.feed({}).whole);
    QVERIFY(!reader.within());
    for (qsizetype i = 0; i + 1 < stream.size(); ++i) {
        const auto step = reader.feed(QByteArrayView(stream).sliced(i, 1));
        QVERIFY(!step.whole && !step.refusal);
        QCOMPARE(step.taken, 1);
        QVERIFY(reader.within());
    }
    QVERIFY(reader.feed(QByteArrayView(stream).last(1)).whole);
    QVERIFY(!reader.within());
    // what comes before the request is taken waits
    const auto step = reader.feed("GET");
    QVERIFY(step.whole);
    QCOMPARE(step.taken, 0);
    const Request request = reader.take();
    QCOMPARE(request.target, "/p?q");
    QCOMPARE(request.body, "abc");
    QVERIFY(!reader.within());
}

void TestHttp::oneAfterTheOther()
{
    const QByteArray get = "GET /a HTTP/1.1\r\n" + host + "\r\n";
    RequestReader reader({});
    const auto step = reader.feed(get + get);
    QVERIFY(step.whole);
    QCOMPARE(step.taken, get.size());
    QCOMPARE(reader.take().path, "/a");
}

void TestHttp::upgradeLeavesTheRest()
{
    const QByteArray head = "GET /ws HTTP/1.1\r\n" + host
        + "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n";
    RequestReader reader({});
    const auto step = reader.feed(head + "\x81\x85");
    QVERIFY(step.whole);
    QCOMPARE(step.taken, head.size());
    const Request request = reader.take();
    QVERIFY(request.upgrade);
    QCOMPARE(request.header("upgrade"), "websocket");
}

void TestHttp::tellsWhoWaitsForTheBody_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<bool>("expects");
    const QByteArray post = "POST / HTTP/1.1\r\n" + host;
    QTest::newRow("yes") << post + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n" << true;
    QTest::newRow("chunked") << post + "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n" << true;
    QTest::newRow("not in words") << post + "Content-Length: 3\r\n\r\n" << false;
    QTest::newRow("no body") << post + "Expect: 100-continue\r\n\r\n" << false;
    QTest::newRow("an empty body") << post + "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n" << false;
    QTest::newRow("body has come") << post + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\na" << false;
    QTest::newRow("chunk has come") << post + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n3" << false;
    QTest::newRow("HTTP/1.0") << QByteArray("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
                              << false;
}

void TestHttp::tellsWhoWaitsForTheBody()
{
    QFETCH(QByteArray, stream);
    RequestReader reader({});
    QTEST(reader.feed(stream).expectsContinue, "expects");
    if (!reader.within())
        return;
    // it is told once
    QVERIFY(!reader.feed({}).expectsContinue);
    QVERIFY(!reader.feed("1").expectsContinue);
}

void TestHttp::limits_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("text");
    const QByteArray head = "GET / HTTP/1.1\r\n" + host;
    const auto padded = [&](qsizetype size) {
        return head + "A: " + QByteArray(size - head.size() - 7, 'x') + "\r\n\r\n";
    };
    const auto start = [](const QByteArray &text) { return text.first(std::min<qsizetype>(text.size(), 5)); };
    QTest::newRow("a head that just fits") << padded(200) << start("GET /");
    QTest::newRow("one more") << padded(201) << start("431 t");
    QTest::newRow("endless request line") << QByteArray("GET /") + QByteArray(5000, 'a') << start("431 t");
    QTest::newRow("endless header name") << head + QByteArray(5000, 'a') << start("431 t");
    QTest::newRow("headers that just fit") << head + "A:\r\nB:\r\nC:\r\n\r\n" << start("GET /");
    QTest::newRow("one header more") << head + "A:\r\nB:\r\nC:\r\nD:\r\n\r\n" << start("431 t");
    const QByteArray post = "POST / HTTP/1.1\r\n" + host;
    QTest::newRow("a body that just fits") << post + "Content-Length: 10\r\n\r\n0123456789" << start("POST ");
    QTest::newRow("one byte more") << post + "Content-Length: 11\r\n\r\n" << start("413 t");
    QTest::newRow("a huge body") << post + "Content-Length: 9223372036854775807\r\n\r\n" << start("413 t");
    const QByteArray chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
    QTest::newRow("chunks that just fit") << chunked + "8\r\n01234567\r\n2\r\n89\r\n0\r\n\r\n" << start("POST ");
    QTest::newRow("a chunk too large") << chunked + "b" << start("413 t");
    QTest::newRow("chunks too large together") << chunked + "8\r\n01234567\r\n3" << start("413 t");
    QTest::newRow("a huge chunk") << chunked + "7fffffffffffffff" << start("413 t");
    QTest::newRow("endless extension") << chunked + "1;" + QByteArray(5000, 'x') << start("431 c");
    QTest::newRow("endless trailers") << chunked + "0\r\n" + QByteArray("A: b\r\n").repeated(1000) << start("431 c");
    QTest::newRow("extensions of many chunks")
        << chunked + ("1;" + QByteArray(50, 'x') + "\r\na\r\n").repeated(5) << start("431 c");
}

void TestHttp::limits()
{
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, text);
    const RequestReader::Limits limits{200, 4, 10};
    const Outcome outcome = whole(stream, limits);
    QCOMPARE(outcome.text.first(5), text);
    QCOMPARE(outcomeOf(
                 stream, [] { return 1; }, limits),
             outcome);
    QCOMPARE(outcomeOf(
                 stream, [] { return 7; }, limits),
             outcome);
}

void TestHttp::nothingAfterARefusal()
{
    RequestReader reader({});
    const auto first = reader.feed("FROB\r\n");
    QVERIFY(first.refusal);
    QVERIFY(!reader.within());
    const auto second = reader.feed("GET / HTTP/1.1\r\n" + host + "\r\n");
    QVERIFY(second.refusal && !second.whole);
    QCOMPARE(second.taken, 0);
    QCOMPARE(second.refusal->sentence, first.refusal->sentence);
}

void TestHttp::headers()
{
    RequestReader reader({});
    QVERIFY(reader.feed("GET / HTTP/1.1\r\n" + host + "A: 1\r\nb:\r\nA: 2\r\n\r\n").whole);
    const Request request = reader.take();
    QCOMPARE(request.header("a"), "1, 2");
    QCOMPARE(request.count("a"), 2);
    QVERIFY(request.header("b").isEmpty() && !request.header("b").isNull());
    QVERIFY(request.header("c").isNull());
    QCOMPARE(request.count("c"), 0);
}

void TestHttp::queryValues_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QByteArray>("value"); // of `a`; `null` where there is none
    QTest::newRow("none") << QByteArray() << QByteArray("null");
    QTest::newRow("alone") << QByteArray("a=1") << QByteArray("1");
    QTest::newRow("second") << QByteArray("b=2&a=1") << QByteArray("1");
    QTest::newRow("the first counts") << QByteArray("a=1&a=2") << QByteArray("1");
    QTest::newRow("empty") << QByteArray("a=&b=1") << QByteArray("");
    QTest::newRow("no value") << QByteArray("b&a") << QByteArray("");
    QTest::newRow("longer name") << QByteArray("aa=1&ba=2") << QByteArray("null");
    QTest::newRow("another case") << QByteArray("A=1") << QByteArray("null");
    QTest::newRow("escapes") << QByteArray("a=%26%3D%2b%C3%a9") << QByteArray("&=+\xc3\xa9");
    QTest::newRow("plus") << QByteArray("a=x+y") << QByteArray("x y");
    QTest::newRow("escaped name") << QByteArray("%61=1") << QByteArray("1");
    QTest::newRow("equals in the value") << QByteArray("a=b=c") << QByteArray("b=c");
    QTest::newRow("no escape") << QByteArray("a=%zz%4") << QByteArray("%zz%4");
    QTest::newRow("only separators") << QByteArray("&&&") << QByteArray("null");
}

void TestHttp::queryValues()
{
    QFETCH(QByteArray, query);
    Request request;
    request.query = query;
    const QByteArray value = request.queryValue("a");
    QTEST(value.isNull() ? QByteArray("null") : value, "value");
}

void TestHttp::cookies_data()
{
    QTest::addColumn<QByteArrayList>("headers");
    QTest::addColumn<QByteArray>("value"); // of `a`
    QTest::newRow("none") << QByteArrayList() << QByteArray("null");
    QTest::newRow("alone") << QByteArrayList{"a=1"} << QByteArray("1");
    QTest::newRow("second") << QByteArrayList{"b=2; a=1"} << QByteArray("1");
    QTest::newRow("without a space") << QByteArrayList{"b=2;a=1"} << QByteArray("1");
    QTest::newRow("two headers") << QByteArrayList{"b=2", "a=1"} << QByteArray("1");
    QTest::newRow("the first counts") << QByteArrayList{"a=1; a=2", "a=3"} << QByteArray("1");
    QTest::newRow("empty") << QByteArrayList{"a="} << QByteArray("");
    QTest::newRow("in quotes") << QByteArrayList{"a=\"1\""} << QByteArray("1");
    QTest::newRow("one quote") << QByteArrayList{"a=\""} << QByteArray("\"");
    QTest::newRow("equals in the value") << QByteArrayList{"a=b=="} << QByteArray("b==");
    QTest::newRow("no equals") << QByteArrayList{"a"} << QByteArray("null");
    QTest::newRow("longer name") << QByteArrayList{"aa=1; ba=2"} << QByteArray("null");
    QTest::newRow("another case") << QByteArrayList{"A=1"} << QByteArray("null");
    QTest::newRow("in the value of another") << QByteArrayList{"b=a=1"} << QByteArray("null");
}

void TestHttp::cookies()
{
    QFETCH(QByteArrayList, headers);
    Request request;
    for (const QByteArray &header : headers)
        request.headers.emplace_back("cookie", header);
    request.headers.emplace_back("other", "a=9");
    const QByteArray value = request.cookie("a");
    QTEST(value.isNull() ? QByteArray("null") : value, "value");
}

void TestHttp::responses_data()
{
    QTest::addColumn<QByteArray>("response");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *name, const QByteArray &response, const QByteArray &text) {
        QTest::newRow(name) << response << text;
    };
    row("head alone", http::responseHead(200, {{"A", "b"}}), "HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
    row("no headers", http::responseHead(101, {}), "HTTP/1.1 101 Switching Protocols\r\n\r\n");
    row("unknown status", http::responseHead(299, {}), "HTTP/1.1 299 \r\n\r\n");
    row("line breaks",
        http::responseHead(200, {{"A", "b\r\nC: d"}, {"E", "f\ng"}, {"H\r\nI", "j"}, {"K", "l\rm"}, {"N", "o"}}),
        "HTTP/1.1 200 OK\r\nN: o\r\n\r\n");
    row("whole", http::response(200, {{"A", "b"}}, "hello"),
        "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello");
    row("closes", http::response(404, {}, "no", false),
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    row("empty", http::response(200, {}, {}), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
    row("204", http::response(204, {}, {}), "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
    row("304", http::response(304, {{"ETag", "\"x\""}}, "left out"),
        "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nConnection: keep-alive\r\n\r\n");
    row("own length, as HEAD is answered", http::response(200, {{"content-length", "5"}}, {}),
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nConnection: keep-alive\r\n\r\n");
}

void TestHttp::responses()
{
    QFETCH(QByteArray, response);
    QTEST(response, "text");
}

void TestHttp::statusTexts()
{
    QCOMPARE(http::statusText(200), "OK");
    QCOMPARE(http::statusText(431), "Request Header Fields Too Large");
    QVERIFY(http::statusText(299).isEmpty());
    QVERIFY(http::statusText(-1).isEmpty());
    QVERIFY(http::statusText(70000).isEmpty());
}

QTEST_GUILESS_MAIN(TestHttp)
#include "tst_http.moc"
