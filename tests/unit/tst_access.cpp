#include "core/serve/access/access.h"
#include "core/serve/access/rate_limiter.h"

#include <QHostAddress>
#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>

using namespace stepwire;
using namespace Qt::StringLiterals;

static constexpr quint16 port = 7837;
static constexpr int others = 077;

class TestAccess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void makesTokensOnce();
    void givesTokensToNobodyElse();
    void refusesTokenFiles_data();
    void refusesTokenFiles();
    void refusesTwoTokensThatAreOne();
    void comparesWhole();
    void hosts_data();
    void hosts();
    void hostsAreAskedForOnce();
    void origins_data();
    void origins();
    void whoAsks_data();
    void whoAsks();
    void noTokenIsNotAWrongOne();
    void withoutTokensNobodyIsLetIn();
    void cookies();
    void foreignPages_data();
    void foreignPages();
    void limitsRates();
    void waitsAsLongAsTold();
    void remembersFewKeys();
    void addressesOfOneNetworkAreOne();
};

static const QByteArray controlToken(43, 'c');
static const QByteArray readToken(43, 'r');

static http::Request requestWith(http::Headers headers, const QByteArray &query = {})
{
    http::Request request;
    request.method = "GET";
    request.path = "/rpc";
    request.query = query;
    request.headers = std::move(headers);
    return request;
}

static AccessOptions options()
{
    AccessOptions options;
    options.tokens = {controlToken, readToken};
    options.hosts = {u"panel.example"_s, u"Nas.local:9000"_s};
    options.origins = {u"https://board.example"_s};
    return options;
}

static mode_t modeOf(const QString &path)
{
    struct stat status = {};
    return ::stat(QFile::encodeName(path).constData(), &status) == 0 ? status.st_mode & 07777U : 0;
}

static void put(const QString &path, const QByteArray &bytes, mode_t mode)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
    file.close();
    QCOMPARE(::chmod(QFile::encodeName(path).constData(), mode), 0);
}

void TestAccess::makesTokensOnce()
{
    const QTemporaryDir folder;
    const QString directory = folder.filePath(u"a/stepwire"_s);
    const auto made = loadTokens(directory);
    QVERIFY2(made, made ? "" : qPrintable(made.error().message));
    QCOMPARE(made->control.size(), 43);
    QCOMPARE(made->read.size(), 43);
    QVERIFY(made->control != made->read);
    const auto again = loadTokens(directory);
    QVERIFY(again);
    QCOMPARE(again->control, made->control);
    QCOMPARE(again->read, made->read);
    QCOMPARE(QDir(directory).entryList(QDir::Files), (QStringList{u"token"_s, u"token.read"_s}));
}

void TestAccess::givesTokensToNobodyElse()
{
    const QTemporaryDir folder;
    const QString directory = folder.filePath(u"stepwire"_s);
    const mode_t before = ::umask(0);
    const auto made = loadTokens(directory);
    ::umask(before);
    QVERIFY(made);
    QCOMPARE(modeOf(directory), mode_t(0700));
    QCOMPARE(modeOf(directory + u"/token"_s), mode_t(0600));
    QCOMPARE(modeOf(directory + u"/token.read"_s), mode_t(0600));
}

void TestAccess::refusesTokenFiles_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("mode");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("ours") << controlToken + '\n' << 0600 << QString();
    QTest::newRow("only readable") << controlToken << 0400 << QString();
    QTest::newRow("of the group") << controlToken << 0640 << u"has the mode 640 and is open to others, expected 600"_s;
    QTest::newRow("of all") << controlToken << 0604 << u"has the mode 604 and is open to others, expected 600"_s;
    QTest::newRow("written by the group")
        << controlToken << 0620 << u"has the mode 620 and is open to others, expected 600"_s;
    QTest::newRow("empty") << QByteArray("\n") << 0600 << u"is empty, expected a secret"_s;
    QTest::newRow("short") << QByteArray("secret") << 0600
                           << u"holds no token, expected 32 or more of A-Z a-z 0-9 _ -"_s;
    QTest::newRow("two lines") << controlToken + '\n' + controlToken << 0600
                               << u"holds no token, expected 32 or more of A-Z a-z 0-9 _ -"_s;
    QTest::newRow("huge") << QByteArray(20'000, 'x') << 0600 << u"has more than 16384 bytes"_s;
}

void TestAccess::refusesTokenFiles()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, mode);
    QFETCH(QString, sentence);
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"token"_s);
    put(path, bytes, static_cast<mode_t>(mode));
    const auto tokens = loadTokens(folder.path());
    QCOMPARE(tokens ? QString() : tokens.error().message, sentence.isEmpty() ? QString() : path + u' ' + sentence);
    if (sentence.isEmpty())
        QCOMPARE(tokens->control, controlToken);
}

void TestAccess::refusesTwoTokensThatAreOne()
{
    const QTemporaryDir folder;
    put(folder.filePath(u"token"_s), controlToken, 0600);
    put(folder.filePath(u"token.read"_s), controlToken, 0600);
    QVERIFY(!loadTokens(folder.path()));
}

void TestAccess::comparesWhole()
{
    QVERIFY(equalInConstantTime("abc", "abc"));
    QVERIFY(!equalInConstantTime("abc", "abd"));
    QVERIFY(!equalInConstantTime("abc", "ab"));
    QVERIFY(!equalInConstantTime("", "a"));
    QVERIFY(equalInConstantTime("", ""));
}

void TestAccess::hosts_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("allowed");
    QTest::newRow("loopback") << QByteArray("127.0.0.1:7837") << true;
    QTest::newRow("name of it") << QByteArray("localhost:7837") << true;
    QTest::newRow("upper case") << QByteArray("LocalHost:7837") << true;
    QTest::newRow("loopback 6") << QByteArray("[::1]:7837") << true;
    QTest::newRow("other port") << QByteArray("127.0.0.1:7838") << false;
    QTest::newRow("no port") << QByteArray("127.0.0.1") << false;
    QTest::newRow("port that begins so") << QByteArray("127.0.0.1:78371") << false;
    QTest::newRow("rebound name") << QByteArray("evil.example:7837") << false;
    QTest::newRow("name within a name") << QByteArray("localhost:7837.evil.example") << false;
    QTest::newRow("name before a name") << QByteArray("evil.localhost:7837") << false;
    QTest::newRow("dot at the end") << QByteArray("localhost.:7837") << false;
    QTest::newRow("user") << QByteArray("localhost:7837@evil.example") << false;
    QTest::newRow("other loopback") << QByteArray("127.0.0.2:7837") << false;
    QTest::newRow("empty") << QByteArray("") << false;
    QTest::newRow("of the settings") << QByteArray("panel.example") << true;
    QTest::newRow("of the settings with our port") << QByteArray("panel.example:7837") << true;
    QTest::newRow("of the settings with another port") << QByteArray("panel.example:80") << false;
    QTest::newRow("of the settings with its port") << QByteArray("nas.local:9000") << true;
    QTest::newRow("of the settings without its port") << QByteArray("nas.local") << false;
    QTest::newRow("of the settings with our port instead") << QByteArray("nas.local:7837") << false;
    QTest::newRow("listened on") << QByteArray("[fd00::5]:7837") << true;
}

void TestAccess::hosts()
{
    QFETCH(QByteArray, host);
    QFETCH(bool, allowed);
    AccessOptions with = options();
    with.listenAddress = u"fd00::5"_s;
    const AccessControl access(with);
    const auto checked = access.checkHost(requestWith({{"host", host}}), port);
    QCOMPARE(checked.has_value(), allowed);
    if (!checked)
        QCOMPARE(checked.error().code, code::notAllowed);
}

void TestAccess::hostsAreAskedForOnce()
{
    const AccessControl access(options());
    QVERIFY(!access.checkHost(requestWith({}), port));
    QVERIFY(!access.checkHost(requestWith({{"host", "localhost:7837"}, {"host", "localhost:7837"}}), port));
    // the usual port is not written
    QVERIFY(access.checkHost(requestWith({{"host", "localhost"}}), 80));
    QVERIFY(!access.checkHost(requestWith({{"host", "localhost"}}), 443));
    AccessOptions secure = options();
    secure.secureCookies = true;
    secure.listenAddress = u"0.0.0.0"_s;
    QVERIFY(AccessControl(secure).checkHost(requestWith({{"host", "localhost"}}), 443));
    QVERIFY(!AccessControl(secure).checkHost(requestWith({{"host", "0.0.0.0:443"}}), 443));
}

void TestAccess::origins_data()
{
    QTest::addColumn<QByteArray>("origin"); // null: none
    QTest::addColumn<bool>("allowed");
    QTest::newRow("none") << QByteArray() << true;
    QTest::newRow("ours") << QByteArray("http://127.0.0.1:7837") << true;
    QTest::newRow("ours by name") << QByteArray("http://localhost:7837") << true;
    QTest::newRow("ours behind a proxy") << QByteArray("https://panel.example") << true;
    QTest::newRow("of the settings") << QByteArray("https://board.example") << true;
    QTest::newRow("of the settings in the clear") << QByteArray("http://board.example") << false;
    QTest::newRow("of the settings, other port") << QByteArray("https://board.example:444") << false;
    QTest::newRow("null") << QByteArray("null") << false;
    QTest::newRow("empty") << QByteArray("") << false;
    QTest::newRow("another page of this machine") << QByteArray("http://localhost:3000") << false;
    QTest::newRow("foreign") << QByteArray("https://evil.example") << false;
    QTest::newRow("name within a name") << QByteArray("https://board.example.evil.example") << false;
    QTest::newRow("a path") << QByteArray("http://localhost:7837/") << false;
    QTest::newRow("another scheme") << QByteArray("ftp://localhost:7837") << false;
    QTest::newRow("two") << QByteArray("http://localhost:7837, http://localhost:7837") << false;
    QTest::newRow("no scheme") << QByteArray("localhost:7837") << false;
    QTest::newRow("extension") << QByteArray("chrome-extension://abcdef") << false;
}

void TestAccess::origins()
{
    QFETCH(QByteArray, origin);
    QFETCH(bool, allowed);
    const AccessControl access(options());
    http::Headers headers{{"host", "localhost:7837"}};
    if (!origin.isNull())
        headers.emplace_back("origin", origin);
    QCOMPARE(access.checkOrigin(requestWith(headers), port).has_value(), allowed);
}

void TestAccess::whoAsks_data()
{
    QTest::addColumn<QByteArray>("authorization");
    QTest::addColumn<QByteArray>("cookie");
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<bool>("queryToken");
    QTest::addColumn<QString>("scope");
    const QByteArray none;
    QTest::newRow("nobody") << none << none << none << true << u"none"_s;
    QTest::newRow("control") << "Bearer " + controlToken << none << none << false << u"control"_s;
    QTest::newRow("read") << "Bearer " + readToken << none << none << false << u"read"_s;
    QTest::newRow("small letters") << "bearer  " + readToken << none << none << false << u"read"_s;
    QTest::newRow("one character more") << "Bearer " + controlToken + 'c' << none << none << false << u"none"_s;
    QTest::newRow("one character less") << "Bearer " + controlToken.chopped(1) << none << none << false << u"none"_s;
    QTest::newRow("empty") << QByteArray("Bearer ") << none << none << false << u"none"_s;
    QTest::newRow("another scheme") << "Basic " + controlToken << none << none << false << u"none"_s;
    QTest::newRow("another scheme beside the cookie")
        << QByteArray("Basic dTpw") << "stepwire_token=" + controlToken << none << false << u"control"_s;
    QTest::newRow("cookie") << none << "a=b; stepwire_token=" + readToken << none << false << u"read"_s;
    QTest::newRow("cookie of another name") << none << "xstepwire_token=" + readToken << none << false << u"none"_s;
    QTest::newRow("a wrong one beside a right cookie")
        << QByteArray("Bearer x") << "stepwire_token=" + controlToken << none << false << u"none"_s;
    QTest::newRow("query") << none << none << "token=" + readToken << true << u"read"_s;
    QTest::newRow("query where it is not let") << none << none << "token=" + controlToken << false << u"none"_s;
    QTest::newRow("huge") << "Bearer " + QByteArray(10'000, 'x') << none << none << false << u"none"_s;
}

void TestAccess::whoAsks()
{
    QFETCH(QByteArray, authorization);
    QFETCH(QByteArray, cookie);
    QFETCH(QByteArray, query);
    QFETCH(bool, queryToken);
    QFETCH(QString, scope);
    AccessOptions with = options();
    with.queryToken = queryToken;
    const AccessControl access(with);
    http::Headers headers;
    if (!authorization.isNull())
        headers.emplace_back("authorization", authorization);
    if (!cookie.isNull())
        headers.emplace_back("cookie", cookie);
    const auto who = access.authenticate(requestWith(headers, query));
    QCOMPARE(scopeName(who ? who->scope : Scope::None), scope);
    if (!who) {
        QCOMPARE(who.error().code, code::notAllowed);
        QVERIFY(!who.error().message.contains(QString::fromLatin1(controlToken.left(10))));
    }
}

void TestAccess::noTokenIsNotAWrongOne()
{
    const AccessControl access(options());
    QVERIFY(access.authenticate(requestWith({})).error().data[u"missing"].toBool());
    QVERIFY(!access.authenticate(requestWith({{"authorization", "Bearer x"}})).error().data.contains(u"missing"));
    QVERIFY(access.authenticate(QStringView(QString::fromLatin1(controlToken))));
    QVERIFY(!access.authenticate(QStringView(u"")));
}

void TestAccess::withoutTokensNobodyIsLetIn()
{
    const AccessControl access(AccessOptions{});
    QVERIFY(!access.authenticate(QByteArrayView("")));
    QVERIFY(!access.authenticate(requestWith({{"authorization", "Bearer "}})));
}

void TestAccess::cookies()
{
    AccessOptions with = options();
    QCOMPARE(AccessControl(with).loginCookie(controlToken),
             "stepwire_token=" + controlToken + "; HttpOnly; SameSite=Strict; Path=/");
    QVERIFY(AccessControl(with).loginCookie("a; Path=/").isNull());
    QVERIFY(AccessControl(with).loginCookie("").isNull());
    QVERIFY(AccessControl(with).loginCookie("a\r\nX: y").isNull());
    with.secureCookies = true;
    QVERIFY(AccessControl(with).loginCookie(controlToken).endsWith("; Secure"));
    QVERIFY(AccessControl(with).logoutCookie().contains("Max-Age=0"));
}

void TestAccess::foreignPages_data()
{
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<bool>("told");
    QTest::newRow("no page") << QByteArray() << false;
    QTest::newRow("ours") << QByteArray("http://localhost:7837") << false;
    QTest::newRow("ours by another name") << QByteArray("http://127.0.0.1:7837") << true;
    QTest::newRow("allowed") << QByteArray("https://board.example") << true;
    QTest::newRow("not allowed") << QByteArray("https://evil.example") << false;
    QTest::newRow("null") << QByteArray("null") << false;
}

void TestAccess::foreignPages()
{
    QFETCH(QByteArray, origin);
    QFETCH(bool, told);
    const AccessControl access(options());
    http::Headers asked{{"host", "localhost:7837"}};
    if (!origin.isNull())
        asked.emplace_back("origin", origin);
    http::Headers expected{{"Vary", "Origin"}};
    if (told) {
        expected.emplace_back("Access-Control-Allow-Origin", origin);
        expected.emplace_back("Access-Control-Allow-Credentials", "true");
    }
    QCOMPARE(access.corsHeaders(requestWith(asked), port), expected);
    QCOMPARE(access.preflightHeaders(requestWith(asked), port).size(), told ? 6U : 1U);
}

void TestAccess::limitsRates()
{
    RateLimiter limiter({2, 3});
    for (int i = 0; i < 3; ++i)
        QCOMPARE(limiter.take("a", 1000), std::nullopt);
    QCOMPARE(limiter.take("a", 1000), 500);
    QCOMPARE(limiter.check("a", 1200), 300);
    QCOMPARE(limiter.take("b", 1200), std::nullopt);
    QCOMPARE(limiter.take("a", 1500), std::nullopt);
    QCOMPARE(limiter.take("a", 1500), 500);
    QCOMPARE(limiter.take("a", 0), 500); // a clock that goes back gives nothing
    for (int i = 0; i < 3; ++i)
        QCOMPARE(limiter.take("a", 1'000'000), std::nullopt);
    QVERIFY(limiter.take("a", 1'000'000).has_value());
}

void TestAccess::waitsAsLongAsTold()
{
    for (const double rate : {0.1, 1.0 / 6, 3.0, 7.0, 1000.0, 3333.0}) {
        RateLimiter limiter({rate, 1});
        qint64 now = 17;
        QCOMPARE(limiter.take("a", now), std::nullopt);
        for (int i = 0; i < 50; ++i) {
            const auto wait = limiter.take("a", now);
            if (wait) {
                QVERIFY(*wait > 0);
                now += *wait;
            }
            if (wait)
                QCOMPARE(limiter.take("a", now), std::nullopt);
        }
    }
}

void TestAccess::remembersFewKeys()
{
    RateLimiter limiter({1, 1}, 3);
    for (const char *key : {"a", "b", "c"})
        QCOMPARE(limiter.take(key, 0), std::nullopt);
    QVERIFY(limiter.take("a", 0)); // seen last now
    QCOMPARE(limiter.take("d", 0), std::nullopt);
    QCOMPARE(limiter.keys(), 3U);
    QVERIFY(limiter.take("a", 0));
    QCOMPARE(limiter.take("b", 0), std::nullopt); // was forgotten
    for (int i = 0; i < 1000; ++i)
        (void)limiter.take(QByteArray::number(i), i);
    QCOMPARE(limiter.keys(), 3U);
}

void TestAccess::addressesOfOneNetworkAreOne()
{
    const auto key = [](const char *text) { return addressKey(QHostAddress(QString::fromLatin1(text))); };
    QCOMPARE(key("2001:db8::1"), key("2001:db8::ffff:1"));
    QVERIFY(key("2001:db8::1") != key("2001:db8:0:1::1"));
    QVERIFY(key("192.0.2.1") != key("192.0.2.2"));
    QCOMPARE(key("::ffff:192.0.2.1"), key("192.0.2.1"));
}

QTEST_GUILESS_MAIN(TestAccess)
#include "tst_access.moc"
