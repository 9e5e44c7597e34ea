#include "core/serve/access/access.h"
#include "core/serve/access/jwt.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QMessageAuthenticationCode>
#include <QtTest>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

using namespace stepwire;
using namespace Qt::StringLiterals;

static constexpr qint64 now = 1'800'000'000;
static const QByteArray secret = "0123456789abcdef0123456789abcdef";

/// A key pair made here.
class KeyPair
{
public:
    explicit KeyPair(EVP_PKEY *key) : m_key(key, EVP_PKEY_free) { }

    static KeyPair rsa(unsigned bits) { return KeyPair(EVP_RSA_gen(bits)); }
    static KeyPair elliptic() { return KeyPair(EVP_EC_gen("P-256")); }

    [[nodiscard]] QByteArray publicPem() const
    {
        return pem([&](BIO *bio) { return PEM_write_bio_PUBKEY(bio, m_key.get()); });
    }
    [[nodiscard]] QByteArray privatePem() const
    {
        return pem([&](BIO *bio) {
            return PEM_write_bio_PrivateKey(bio, m_key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
    }
    [[nodiscard]] QByteArray sign(const QByteArray &text) const
    {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        std::size_t size = 0;
        const auto *bytes = reinterpret_cast<const unsigned char *>(text.constData());
        EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, m_key.get());
        EVP_DigestSign(context, nullptr, &size, bytes, static_cast<std::size_t>(text.size()));
        QByteArray signature(static_cast<qsizetype>(size), '\0');
        EVP_DigestSign(context, reinterpret_cast<unsigned char *>(signature.data()), &size, bytes,
                       static_cast<std::size_t>(text.size()));
        signature.resize(static_cast<qsizetype>(size));
        EVP_MD_CTX_free(context);
        return signature;
    }

private:
    template <class Write>
    static QByteArray pem(Write write)
    {
        BIO *bio = BIO_new(BIO_s_mem());
        write(bio);
        char *bytes = nullptr;
        const long size = BIO_get_mem_data(bio, &bytes);
        const QByteArray text(bytes, static_cast<qsizetype>(size));
        BIO_free(bio);
        return text;
    }

    std::shared_ptr<EVP_PKEY> m_key;
};

class TestJwt : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void claims_data();
    void claims();
    void heads_data();
    void heads();
    void knownToken();
    void rsa();
    void neverTheOtherAlgorithm();
    void everyChangedCharacterIsNoticed();
    void everyCutIsNoticed();
    void otherKeysSignInVain();
    void broken_data();
    void broken();
    void keysOfNoUse_data();
    void keysOfNoUse();
    void besideTheTokens();

private:
    std::optional<KeyPair> m_rsa;
};

static QByteArray coded(const QByteArray &bytes)
{
    return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

static QByteArray json(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

static QByteArray unsignedToken(const QJsonObject &head, const QJsonObject &claims)
{
    return coded(json(head)) + '.' + coded(json(claims));
}

static QByteArray signedBySecret(const QByteArray &text, const QByteArray &key = secret)
{
    return text + '.' + coded(QMessageAuthenticationCode::hash(text, key, QCryptographicHash::Sha256));
}

static QJsonObject head(const QString &algorithm)
{
    return {{u"alg"_s, algorithm}, {u"typ"_s, u"JWT"_s}};
}

static QJsonObject goodClaims()
{
    return {{u"sub"_s, u"ann"_s}, {u"scope"_s, u"read"_s}, {u"exp"_s, now + 60}};
}

static JwtVerifier verifier(const JwtOptions &options)
{
    const auto made = JwtVerifier::create(options);
    if (!made)
        qFatal("%s", qPrintable(made.error().message));
    return *made;
}

static JwtVerifier bySecret()
{
    return verifier({JwtOptions::Algorithm::HS256, secret, u"stepwire"_s, u"https://login.example"_s});
}

void TestJwt::initTestCase()
{
    m_rsa = KeyPair::rsa(2048);
}

void TestJwt::claims_data()
{
    QTest::addColumn<QJsonObject>("changes"); // null takes a claim away
    QTest::addColumn<QString>("expected"); // scope and name, or the refusal
    const auto row = [](const char *name, const QJsonObject &changes, const QString &expected) {
        QTest::newRow(name) << changes << expected;
    };
    row("good", {}, u"read ann 1800000060"_s);
    row("control", {{u"scope"_s, u"openid control read"_s}}, u"control ann 1800000060"_s);
    row("array", {{u"scope"_s, {}}, {u"scopes"_s, QJsonArray{u"mail"_s, u"control"_s}}}, u"control ann 1800000060"_s);
    row("both", {{u"scopes"_s, QJsonArray{u"control"_s}}}, u"control ann 1800000060"_s);
    row("no scope", {{u"scope"_s, {}}}, u"the token has neither the scope read nor control"_s);
    row("other scopes", {{u"scope"_s, u"controller reader"_s}}, u"the token has neither the scope read nor control"_s);
    row("upper case", {{u"scope"_s, u"READ"_s}}, u"the token has neither the scope read nor control"_s);
    row("scope of another kind", {{u"scope"_s, true}}, u"the token has neither the scope read nor control"_s);
    row("expired", {{u"exp"_s, now - 30}}, u"the token expired 30 s ago"_s);
    row("just within the leeway", {{u"exp"_s, now - 29}}, u"read ann 1799999971"_s);
    row("with a fraction", {{u"exp"_s, static_cast<double>(now) + 0.9}}, u"read ann 1800000000"_s);
    row("without an end", {{u"exp"_s, {}}}, u"read ann"_s);
    row("exp is text", {{u"exp"_s, u"1900000000"_s}},
        u"exp of the token is \"1900000000\", expected seconds since 1970"_s);
    row("exp is negative", {{u"exp"_s, -1}}, u"exp of the token is -1, expected seconds since 1970"_s);
    row("exp is huge", {{u"exp"_s, 1e300}}, u"exp of the token is 1e+300, expected seconds since 1970"_s);
    row("later", {{u"nbf"_s, now + 31}}, u"the token is good only in 31 s"_s);
    row("hardly later", {{u"nbf"_s, now + 30}}, u"read ann 1800000060"_s);
    row("nbf is true", {{u"nbf"_s, true}}, u"nbf of the token is true, expected seconds since 1970"_s);
    row("audiences", {{u"aud"_s, QJsonArray{u"x"_s, u"stepwire"_s}}}, u"read ann 1800000060"_s);
    row("other audience", {{u"aud"_s, u"stepwire2"_s}}, u"the token is for \"stepwire2\", expected \"stepwire\""_s);
    row("other audiences", {{u"aud"_s, QJsonArray{u"x"_s}}}, u"the token is for [\"x\"], expected \"stepwire\""_s);
    row("no audience", {{u"aud"_s, {}}}, u"the token is for nothing, expected \"stepwire\""_s);
    row("other issuer", {{u"iss"_s, u"https://evil.example"_s}},
        u"the token is from \"https://evil.example\", expected \"https://login.example\""_s);
    row("nobody", {{u"sub"_s, {}}}, u"read jwt 1800000060"_s);
    row("a name with control characters", {{u"sub"_s, u"a\nb\x1b[31m"_s}}, u"read ab 1800000060"_s);
}

void TestJwt::claims()
{
    QFETCH(QJsonObject, changes);
    QFETCH(QString, expected);
    QJsonObject all = goodClaims();
    all.insert(u"aud"_s, u"stepwire"_s);
    all.insert(u"iss"_s, u"https://login.example"_s);
    for (auto it = changes.begin(); it != changes.end(); ++it) {
        if (it.value().isNull())
            all.remove(it.key());
        else
            all.insert(it.key(), it.value());
    }
    const auto who = bySecret().verify(signedBySecret(unsignedToken(head(u"HS256"_s), all)), now);
    QString got = who ? scopeName(who->scope) + u' ' + who->name : who.error().message;
    if (who && who->expires)
        got += u' ' + QString::number(*who->expires);
    if (QByteArrayView(QTest::currentDataTag()) == "no audience")
        QVERIFY(got.startsWith(u"the token is for ") && got.endsWith(u", expected \"stepwire\""));
    else
        QCOMPARE(got, expected);
    if (!who)
        QCOMPARE(who.error().code, code::notAllowed);
}

void TestJwt::heads_data()
{
    QTest::addColumn<QJsonObject>("head");
    QTest::addColumn<bool>("good");
    QTest::newRow("usual") << head(u"HS256"_s) << true;
    QTest::newRow("without a type") << QJsonObject{{u"alg"_s, u"HS256"_s}} << true;
    QTest::newRow("with a key id") << QJsonObject{{u"alg"_s, u"HS256"_s}, {u"kid"_s, u"../../etc"_s}} << true;
    QTest::newRow("none") << head(u"none"_s) << false;
    QTest::newRow("None") << head(u"None"_s) << false;
    QTest::newRow("small letters") << head(u"hs256"_s) << false;
    QTest::newRow("another") << head(u"HS512"_s) << false;
    QTest::newRow("the other one") << head(u"RS256"_s) << false;
    QTest::newRow("no algorithm") << QJsonObject{{u"typ"_s, u"JWT"_s}} << false;
    QTest::newRow("array") << QJsonObject{{u"alg"_s, QJsonArray{u"HS256"_s}}} << false;
    QTest::newRow("critical") << QJsonObject{{u"alg"_s, u"HS256"_s}, {u"crit"_s, QJsonArray{u"exp"_s}}} << false;
    QTest::newRow("critical, empty") << QJsonObject{{u"alg"_s, u"HS256"_s}, {u"crit"_s, QJsonArray()}} << false;
}

void TestJwt::heads()
{
    QFETCH(QJsonObject, head);
    QFETCH(bool, good);
    const auto checks = verifier({JwtOptions::Algorithm::HS256, secret, {}, {}});
    QCOMPARE(checks.verify(signedBySecret(unsignedToken(head, goodClaims())), now).has_value(), good);
    // and without any signature never
    QVERIFY(!checks.verify(unsignedToken(head, goodClaims()) + '.', now));
    QVERIFY(!checks.verify(unsignedToken(head, goodClaims()), now));
}

/// Made by another implementation: that of RFC 7515, appendix A.1, whose claims have no scope, so that the refusal
/// tells that its signature was right.
void TestJwt::knownToken()
{
    const QByteArray key =
        QByteArray::fromBase64("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
                               QByteArray::Base64UrlEncoding);
    const QByteArray token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                             "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
                             "cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const auto checks = verifier({JwtOptions::Algorithm::HS256, key, {}, u"joe"_s});
    QCOMPARE(checks.verify(token, 1'300'819'370).error().message,
             u"the token has neither the scope read nor control"_s);
    QCOMPARE(checks.verify(token, 1'300'819'420).error().message, u"the token expired 40 s ago"_s);
}

void TestJwt::rsa()
{
    const auto checks = verifier({JwtOptions::Algorithm::RS256, m_rsa->publicPem(), {}, {}});
    const QByteArray text = unsignedToken(head(u"RS256"_s), goodClaims());
    const auto who = checks.verify(text + '.' + coded(m_rsa->sign(text)), now);
    QVERIFY2(who, who ? "" : qPrintable(who.error().message));
    QCOMPARE(who->name, u"ann"_s);
    QVERIFY(!checks.verify(text + '.' + coded(KeyPair::rsa(2048).sign(text)), now));
    QVERIFY(!checks.verify(text + '.', now));
    const QByteArray other = unsignedToken(head(u"RS256"_s), {{u"scope"_s, u"control"_s}});
    QVERIFY(!checks.verify(other + '.' + coded(m_rsa->sign(text)), now));
}

void TestJwt::neverTheOtherAlgorithm()
{
    const QByteArray pem = m_rsa->publicPem();
    const auto checks = verifier({JwtOptions::Algorithm::RS256, pem, {}, {}});
    // the public key, which everybody has, as the secret of a signature
    for (const QString &algorithm : {u"HS256"_s, u"RS256"_s})
        QVERIFY(!checks.verify(signedBySecret(unsignedToken(head(algorithm), goodClaims()), pem), now));
    QVERIFY(!checks.verify(unsignedToken(head(u"none"_s), goodClaims()) + '.', now));
    const QByteArray text = unsignedToken(head(u"HS256"_s), goodClaims());
    QVERIFY(!checks.verify(text + '.' + coded(m_rsa->sign(text)), now));
}

void TestJwt::everyChangedCharacterIsNoticed()
{
    const auto checks = verifier({JwtOptions::Algorithm::HS256, secret, {}, {}});
    const QByteArray token = signedBySecret(unsignedToken(head(u"HS256"_s), goodClaims()));
    QVERIFY(checks.verify(token, now));
    for (qsizetype i = 0; i < token.size(); ++i) {
        for (const char other : {'A', 'B', 'z', '_', '.', '=', '\0'}) {
            QByteArray changed = token;
            if (changed[i] == other)
                continue;
            changed[i] = other;
            QVERIFY2(!checks.verify(changed, now), changed.constData());
        }
    }
}

void TestJwt::everyCutIsNoticed()
{
    const auto checks = verifier({JwtOptions::Algorithm::HS256, secret, {}, {}});
    const QByteArray token = signedBySecret(unsignedToken(head(u"HS256"_s), goodClaims()));
    for (qsizetype size = 0; size < token.size(); ++size)
        QVERIFY(!checks.verify(QByteArrayView(token).first(size), now));
    QVERIFY(!checks.verify(token + '=', now));
    QVERIFY(!checks.verify(token + ".", now));
    QVERIFY(!checks.verify(token + " ", now));
}

void TestJwt::otherKeysSignInVain()
{
    const auto checks = verifier({JwtOptions::Algorithm::HS256, secret, {}, {}});
    QByteArray other = secret;
    other[31] = 'x';
    const QByteArray text = unsignedToken(head(u"HS256"_s), goodClaims());
    QCOMPARE(checks.verify(signedBySecret(text, other), now).error().message, u"the signature of the token is wrong"_s);
    QVERIFY(!checks.verify(signedBySecret(text, {}), now));
}

void TestJwt::broken_data()
{
    QTest::addColumn<QByteArray>("token");
    const QByteArray claims = coded(json(goodClaims()));
    const QByteArray headPart = coded(json(head(u"HS256"_s)));
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("dots") << QByteArray("..");
    QTest::newRow("five parts") << QByteArray("a.b.c.d.e");
    QTest::newRow("the head is an array") << signedBySecret(coded("[]") + '.' + claims);
    QTest::newRow("the claims are an array") << signedBySecret(headPart + '.' + coded("[1]"));
    QTest::newRow("the claims are no JSON") << signedBySecret(headPart + '.' + coded("{\"scope\":\"read\"} x"));
    QTest::newRow("padded") << signedBySecret(headPart + "==." + claims);
    QTest::newRow("ordinary base64") << signedBySecret(headPart + ".e30+");
    QTest::newRow("too long") << signedBySecret(
        unsignedToken(head(u"HS256"_s), {{u"scope"_s, u"read"_s}, {u"x"_s, QString(9000, u'x')}}));
}

void TestJwt::broken()
{
    QFETCH(QByteArray, token);
    const auto checks = verifier({JwtOptions::Algorithm::HS256, secret, {}, {}});
    const auto who = checks.verify(token, now);
    QVERIFY(!who);
    QVERIFY(who.error().message.size() < 200);
}

void TestJwt::keysOfNoUse_data()
{
    QTest::addColumn<bool>("isRsa");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("no secret") << false << QByteArray() << u"the secret of HS256 has 0 bytes, expected at least 32"_s;
    QTest::newRow("short secret") << false << secret.chopped(1)
                                  << u"the secret of HS256 has 31 bytes, expected at least 32"_s;
    QTest::newRow("a key as a secret") << false << m_rsa->publicPem()
                                       << u"the secret of HS256 is a PEM file, expected random bytes"_s;
    QTest::newRow("a secret as a key")
        << true << secret << u"the key of RS256 cannot be read, expected a public key as PEM (BEGIN PUBLIC KEY)"_s;
    QTest::newRow("private") << true << m_rsa->privatePem()
                             << u"the key of RS256 cannot be read, expected a public key as PEM (BEGIN PUBLIC KEY)"_s;
    QTest::newRow("weak") << true << KeyPair::rsa(1024).publicPem()
                          << u"the key of RS256 has 1024 bits, expected at least 2048"_s;
    QTest::newRow("of another kind") << true << KeyPair::elliptic().publicPem() << u"the key of RS256 is no RSA key"_s;
}

void TestJwt::keysOfNoUse()
{
    QFETCH(bool, isRsa);
    QFETCH(QByteArray, key);
    QFETCH(QString, sentence);
    const auto made =
        JwtVerifier::create({isRsa ? JwtOptions::Algorithm::RS256 : JwtOptions::Algorithm::HS256, key, {}, {}});
    QVERIFY(!made);
    QCOMPARE(made.error().message, sentence);
}

void TestJwt::besideTheTokens()
{
    AccessOptions options;
    options.tokens = {QByteArray(43, 'c'), QByteArray(43, 'r')};
    options.jwt = verifier({JwtOptions::Algorithm::HS256, secret, {}, {}});
    options.nowSeconds = [] { return now; };
    const AccessControl access(options);
    const QByteArray token = signedBySecret(unsignedToken(head(u"HS256"_s), goodClaims()));
    const auto who = access.authenticate(QByteArrayView(token));
    QVERIFY(who);
    QCOMPARE(*who, (Principal{Scope::Read, u"ann"_s, now + 60}));
    QVERIFY(access.authenticate(QByteArrayView(QByteArray(43, 'c'))));
    QVERIFY(!access.loginCookie(token).isNull());
}

QTEST_GUILESS_MAIN(TestJwt)
#include "tst_jwt.moc"
