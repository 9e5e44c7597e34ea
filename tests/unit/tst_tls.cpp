#include "core/serve/tls/tls.h"

#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QtTest>

#include <array>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace stepwire;
using namespace Qt::StringLiterals;

using Stream = io::Stream;

/// A client's end, driven by hand.
class Client
{
public:
    Client(int descriptor, int newestVersion = TLS1_3_VERSION) : m_descriptor(descriptor)
    {
        m_context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_security_level(m_context, 0); // old versions are to reach the server
        SSL_CTX_set_min_proto_version(m_context, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(m_context, newestVersion);
        SSL_CTX_set_mode(m_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        m_ssl = SSL_new(m_context);
        SSL_set_fd(m_ssl, descriptor);
        SSL_set_connect_state(m_ssl);
    }
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;
    ~Client()
    {
        SSL_free(m_ssl);
        SSL_CTX_free(m_context);
        ::close(m_descriptor);
        ERR_clear_error();
    }

    [[nodiscard]] SSL *ssl() const { return m_ssl; }

    /// What has come, at most `most` bytes; null when nothing has.
    QByteArray read(qsizetype most = 65536)
    {
        QByteArray buffer(most, '\0');
        ERR_clear_error();
        const int count = SSL_read(m_ssl, buffer.data(), static_cast<int>(buffer.size()));
        if (count <= 0) {
            problem = SSL_get_error(m_ssl, count);
            return {};
        }
        buffer.resize(count);
        return buffer;
    }
    bool write(const QByteArray &bytes)
    {
        ERR_clear_error();
        return SSL_write(m_ssl, bytes.constData(), static_cast<int>(bytes.size())) == bytes.size();
    }
    bool shakesHands()
    {
        ERR_clear_error();
        return SSL_do_handshake(m_ssl) == 1;
    }

    int problem = 0;

private:
    int m_descriptor;
    SSL_CTX *m_context;
    SSL *m_ssl;
};

class TestTls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void filesOfNoUse_data();
    void filesOfNoUse();
    void bytesGoBothWays();
    void everyByteOfMuchArrives();
    void piecesMayBeDropped();
    void smallPiecesGoTogether();
    void oldVersionsAreRefused();
    void http1IsAgreedOn();
    void renegotiationIsRefused();
    void noisesAreNoHandshake();
    void nothingIsSentBeforeTheHandshake();
    void endings();
    void aPeerThatIsGoneBreaksIt();
    void restOfARecordIsBuffered();

private:
    struct Pair
    {
        int ours = -1;
        std::unique_ptr<Stream> server;
        std::unique_ptr<Client> client;

        Pair() = default;
        Pair(Pair &&other) noexcept
            : ours(std::exchange(other.ours, -1)), server(std::move(other.server)), client(std::move(other.client))
        {
        }
        Pair &operator=(Pair &&) = delete;
        ~Pair()
        {
            server.reset();
            if (ours >= 0)
                ::close(ours);
        }
    };

    Pair connected(int newestVersion = TLS1_3_VERSION);
    static bool shakeHands(Pair &pair);
    void makeCertificate(const QString &certificate, const QString &key);
    [[nodiscard]] QString file(const QString &name) const { return m_folder.filePath(name); }

    QTemporaryDir m_folder;
    std::optional<TlsContext> m_context;
};

void TestTls::makeCertificate(const QString &certificate, const QString &key)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, pair);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char *>("localhost"), -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(x509));
    X509_sign(x509, pair, EVP_sha256());
    FILE *out = ::fopen(QFile::encodeName(file(certificate)).constData(), "w");
    PEM_write_X509(out, x509);
    ::fclose(out);
    out = ::fopen(QFile::encodeName(file(key)).constData(), "w");
    PEM_write_PrivateKey(out, pair, nullptr, nullptr, 0, nullptr, nullptr);
    ::fclose(out);
    X509_free(x509);
    EVP_PKEY_free(pair);
}

static void put(const QString &path, const QByteArray &bytes)
{
    QFile out(path);
    QVERIFY(out.open(QIODevice::WriteOnly));
    QCOMPARE(out.write(bytes), bytes.size());
}

void TestTls::initTestCase()
{
    makeCertificate(u"good.crt"_s, u"good.key"_s);
    makeCertificate(u"other.crt"_s, u"other.key"_s);
    put(file(u"noise"_s), "noise\n");
    put(file(u"locked.key"_s),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBBkhVPTcOWDXTfzfZS9\nAAAA\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n");
    const auto made = TlsContext::create(file(u"good.crt"_s), file(u"good.key"_s));
    QVERIFY2(made, made ? "" : qPrintable(made.error().message));
    m_context = *made;
}

void TestTls::filesOfNoUse_data()
{
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("names"); // the file that the sentence is about
    QTest::addColumn<QString>("says");
    QTest::newRow("no certificate") << u"nowhere"_s << u"good.key"_s << u"nowhere"_s << u"No such file"_s;
    QTest::newRow("no key") << u"good.crt"_s << u"nowhere"_s << u"nowhere"_s << u"No such file"_s;
    QTest::newRow("no certificate in it") << u"noise"_s << u"good.key"_s << u"noise"_s << QString();
    QTest::newRow("no key in it") << u"good.crt"_s << u"noise"_s << u"noise"_s << QString();
    QTest::newRow("the other way round") << u"good.key"_s << u"good.crt"_s << u"good.key"_s << QString();
    QTest::newRow("another's key") << u"good.crt"_s << u"other.key"_s << u"other.key"_s
                                   << u"is not that of the certificate"_s;
    QTest::newRow("with a password") << u"good.crt"_s << u"locked.key"_s << u"locked.key"_s << QString();
}

void TestTls::filesOfNoUse()
{
    QFETCH(QString, certificate);
    QFETCH(QString, key);
    QFETCH(QString, names);
    QFETCH(QString, says);
    const auto made = TlsContext::create(file(certificate), file(key));
    QVERIFY(!made);
    QVERIFY2(made.error().message.contains(file(names)), qPrintable(made.error().message));
    QVERIFY2(made.error().message.contains(says), qPrintable(made.error().message));
    QVERIFY(!made.error().message.contains(u'\n'));
    QCOMPARE(ERR_peek_error(), 0UL);
}

TestTls::Pair TestTls::connected(int newestVersion)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
        qFatal("socketpair");
    Pair pair;
    pair.ours = ends[0];
    pair.server = m_context->wrap(ends[0]);
    pair.client = std::make_unique<Client>(ends[1], newestVersion);
    return pair;
}

bool TestTls::shakeHands(Pair &pair)
{
    std::array<char, 16> buffer{};
    for (int i = 0; i < 10; ++i) {
        const bool there = pair.client->shakesHands();
        const Stream::Read read = pair.server->read(buffer.data(), buffer.size());
        if (read.kind != Stream::Read::Again)
            return false;
        if (there)
            return true;
    }
    return false;
}

void TestTls::bytesGoBothWays()
{
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Pair pair = connected(version);
        QVERIFY(shakeHands(pair));
        QVERIFY(pair.client->write("hello"));
        std::array<char, 100> buffer{};
        const Stream::Read read = pair.server->read(buffer.data(), buffer.size());
        QCOMPARE(read.kind, Stream::Read::Data);
        QCOMPARE(QByteArray(buffer.data(), read.bytes), "hello");
        QCOMPARE(pair.server->read(buffer.data(), buffer.size()).kind, Stream::Read::Again);
        QVERIFY(!pair.server->readNeedsWritable());
        QByteArrayList pending{"xxwo", "", "rld"};
        qsizetype offset = 2;
        QCOMPARE(pair.server->write(pending, offset), io::WriteResult::Done);
        QVERIFY(pending.isEmpty());
        QCOMPARE(offset, 0);
        QCOMPARE(pair.client->read(), "world");
    }
}

/// Both sides' buffers fill up again and again; pieces are added while a write waits, and moved in memory.
void TestTls::everyByteOfMuchArrives()
{
    for (const quint32 seed : {1U, 2U, 3U, 4U}) {
        QRandomGenerator random(seed);
        Pair pair = connected(seed % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION);
        const int small = 4096;
        QCOMPARE(::setsockopt(pair.ours, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
        QVERIFY(shakeHands(pair));
        QByteArray sent;
        QByteArray received;
        QByteArrayList pending;
        qsizetype offset = 0;
        bool wasFull = false;
        while (received.size() < 3'000'000) {
            if (sent.size() < 3'000'000) {
                const auto size =
                    static_cast<qsizetype>(random.bounded(2) == 0 ? random.bounded(200) : random.bounded(70'000));
                QByteArray piece(size, '\0');
                for (char &c : piece)
                    c = static_cast<char>(random.bounded(256));
                sent += piece;
                pending.append(piece);
            }
            const io::WriteResult result = pair.server->write(pending, offset);
            QVERIFY(result != io::WriteResult::Broken);
            QCOMPARE(result == io::WriteResult::Done, pending.isEmpty());
            wasFull = wasFull || result == io::WriteResult::Full;
            for (int i = random.bounded(4); i > 0; --i)
                received += pair.client->read(1 + random.bounded(50'000));
            if (sent.size() >= 3'000'000 && pending.isEmpty() && received.size() == sent.size())
                break;
        }
        QVERIFY(wasFull);
        QCOMPARE(received, sent.first(received.size()));
    }
}

/// What waits may be forgotten but for a piece that has begun to go: what arrives are whole pieces all the same.
void TestTls::piecesMayBeDropped()
{
    for (const quint32 seed : {1U, 2U, 3U, 4U, 5U, 6U}) {
        QRandomGenerator random(seed);
        Pair pair = connected();
        const int small = 4096;
        QCOMPARE(::setsockopt(pair.ours, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
        QVERIFY(shakeHands(pair));
        QByteArray received;
        QByteArrayList pending;
        qsizetype offset = 0;
        int dropped = 0;
        for (int round = 0; round < 600; ++round) {
            for (int i = random.bounded(5); i > 0 && round < 500; --i)
                pending.append(
                    '<' + QByteArray(random.bounded(3) == 0 ? random.bounded(40'000) : random.bounded(300), 'x') + '>');
            const io::WriteResult result = pair.server->write(pending, offset);
            QVERIFY(result != io::WriteResult::Broken);
            if (result == io::WriteResult::Full && random.bounded(3) == 0) {
                while (pending.size() > (offset > 0 ? 1 : 0)) {
                    pending.removeLast();
                    ++dropped;
                }
            }
            for (int i = random.bounded(3) + (round < 500 ? 0 : 40); i > 0; --i)
                received += pair.client->read(1 + random.bounded(20'000));
        }
        QVERIFY(pending.isEmpty());
        QVERIFY(dropped > 0);
        QVERIFY(received.startsWith('<') && received.endsWith('>'));
        QCOMPARE(received.count('<'), received.count("><") + 1);
        QCOMPARE(received.count('<'), received.count('>'));
    }
}

void TestTls::smallPiecesGoTogether()
{
    Pair pair = connected();
    QVERIFY(shakeHands(pair));
    QByteArrayList pending;
    for (int i = 0; i < 1000; ++i)
        pending.append("0123456789");
    qsizetype offset = 0;
    QCOMPARE(pair.server->write(pending, offset), io::WriteResult::Done);
    QCOMPARE(pair.client->read().size(), 10'000); // SSL_read gives one record
}

void TestTls::oldVersionsAreRefused()
{
    Pair pair = connected(TLS1_1_VERSION);
    QVERIFY(!pair.client->shakesHands());
    std::array<char, 16> buffer{};
    QCOMPARE(pair.server->read(buffer.data(), buffer.size()).kind, Stream::Read::Broken);
    QCOMPARE(pair.server->read(buffer.data(), buffer.size()).kind, Stream::Read::Broken);
    QCOMPARE(ERR_peek_error(), 0UL);
}

void TestTls::http1IsAgreedOn()
{
    Pair pair = connected();
    const QByteArray offered = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(pair.client->ssl(), reinterpret_cast<const unsigned char *>(offered.constData()),
                        static_cast<unsigned>(offered.size()));
    QVERIFY(shakeHands(pair));
    const unsigned char *chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(pair.client->ssl(), &chosen, &size);
    QCOMPARE(QByteArray(reinterpret_cast<const char *>(chosen), static_cast<qsizetype>(size)), "http/1.1");
}

void TestTls::renegotiationIsRefused()
{
    Pair pair = connected(TLS1_2_VERSION);
    QVERIFY(shakeHands(pair));
    QCOMPARE(SSL_renegotiate(pair.client->ssl()), 1);
    bool renegotiated = false;
    std::array<char, 16> buffer{};
    for (int i = 0; i < 10; ++i) {
        renegotiated = renegotiated || (pair.client->shakesHands() && SSL_renegotiate_pending(pair.client->ssl()) == 0);
        (void)pair.server->read(buffer.data(), buffer.size());
    }
    QVERIFY(!renegotiated);
}

void TestTls::noisesAreNoHandshake()
{
    Pair pair = connected();
    const QByteArray noise = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    QCOMPARE(::write(SSL_get_fd(pair.client->ssl()), noise.constData(), static_cast<std::size_t>(noise.size())),
             noise.size());
    std::array<char, 16> buffer{};
    QCOMPARE(pair.server->read(buffer.data(), buffer.size()).kind, Stream::Read::Broken);
    QCOMPARE(ERR_peek_error(), 0UL);
}

void TestTls::nothingIsSentBeforeTheHandshake()
{
    Pair pair = connected();
    QByteArrayList pending{"secret"};
    qsizetype offset = 0;
    QCOMPARE(pair.server->write(pending, offset), io::WriteResult::Broken);
    std::array<char, 100> buffer{};
    QCOMPARE(::recv(SSL_get_fd(pair.client->ssl()), buffer.data(), buffer.size(), MSG_DONTWAIT), -1);
}

void TestTls::endings()
{
    Pair pair = connected();
    QVERIFY(shakeHands(pair));
    SSL_shutdown(pair.client->ssl());
    std::array<char, 16> buffer{};
    QCOMPARE(pair.server->read(buffer.data(), buffer.size()).kind, Stream::Read::End);

    Pair second = connected();
    QVERIFY(shakeHands(second));
    second.server->end(); // says goodbye
    QVERIFY(second.client->read().isNull());
    QCOMPARE(second.client->problem, SSL_ERROR_ZERO_RETURN);
}

void TestTls::aPeerThatIsGoneBreaksIt()
{
    Pair pair = connected();
    QVERIFY(shakeHands(pair));
    pair.client.reset(); // without a word
    std::array<char, 16> buffer{};
    QCOMPARE(pair.server->read(buffer.data(), buffer.size()).kind, Stream::Read::Broken);

    Pair second = connected();
    QVERIFY(shakeHands(second));
    second.client.reset();
    QByteArrayList pending{QByteArray(100'000, 'x')};
    qsizetype offset = 0;
    QCOMPARE(second.server->write(pending, offset), io::WriteResult::Broken); // and no SIGPIPE
}

void TestTls::restOfARecordIsBuffered()
{
    Pair pair = connected();
    QVERIFY(shakeHands(pair));
    QVERIFY(pair.client->write("0123456789"));
    std::array<char, 4> buffer{};
    QVERIFY(!pair.server->buffered());
    QCOMPARE(pair.server->read(buffer.data(), buffer.size()).bytes, 4);
    QVERIFY(pair.server->buffered());
    QCOMPARE(pair.server->read(buffer.data(), buffer.size()).bytes, 4);
    QCOMPARE(pair.server->read(buffer.data(), buffer.size()).bytes, 2);
    QVERIFY(!pair.server->buffered());
}

QTEST_GUILESS_MAIN(TestTls)
#include "tst_tls.moc"
