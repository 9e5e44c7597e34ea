#include "core/serve/tls/tls.h"

#include <QFile>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr qsizetype mostOfRecord = qsizetype(16) * 1024; // plain bytes of one TLS record

struct TlsContext::Context
{
    Context(SSL_CTX *madeContext, BIO_METHOD *madeMethod) : context(madeContext), method(madeMethod) { }
    Context(const Context &) = delete;
    Context &operator=(const Context &) = delete;
    ~Context()
    {
        SSL_CTX_free(context);
        BIO_meth_free(method);
    }

    SSL_CTX *context;
    BIO_METHOD *method;
};

namespace {

// OpenSSL's own BIO of a socket writes with write(), which raises SIGPIPE.

int descriptorOf(BIO *bio)
{
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int bioRead(BIO *bio, char *buffer, int size)
{
    BIO_clear_retry_flags(bio);
    for (;;) {
        const ssize_t count = ::recv(descriptorOf(bio), buffer, static_cast<std::size_t>(size), MSG_DONTWAIT);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            BIO_set_retry_read(bio);
        if (count == 0)
            BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
        return static_cast<int>(count);
    }
}

int bioWrite(BIO *bio, const char *bytes, int size)
{
    BIO_clear_retry_flags(bio);
    for (;;) {
        const ssize_t count =
            ::send(descriptorOf(bio), bytes, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            BIO_set_retry_write(bio);
        return static_cast<int>(count);
    }
}

long bioControl(BIO *bio, int command, long /*number*/, void * /*pointer*/)
{
    if (command == BIO_CTRL_FLUSH)
        return 1;
    if (command == BIO_CTRL_EOF)
        return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return 0;
}

int noPassword(char * /*buffer*/, int /*size*/, int /*writing*/, void * /*data*/)
{
    return -1; // else OpenSSL asks on the terminal
}

int chooseProtocol(SSL * /*ssl*/, const unsigned char **chosen, unsigned char *chosenSize, const unsigned char *offered,
                   unsigned int offeredSize, void * /*data*/)
{
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char *found = nullptr;
    if (SSL_select_next_proto(&found, chosenSize, ours, sizeof ours - 1, offered, offeredSize)
        != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

/// The first entry of OpenSSL's queue, the cause of the others, for people; the queue is empty afterwards.
QString takeProblem()
{
    const unsigned long problem = ERR_peek_error();
    ERR_clear_error();
    if (ERR_SYSTEM_ERROR(problem))
        return QString::fromLocal8Bit(::strerror(ERR_GET_REASON(problem)));
    const char *reason = ERR_reason_error_string(problem);
    return reason ? QString::fromLatin1(reason) : u"it is of no known kind"_s;
}

/// TLS over one descriptor. Lives on the reactor's thread.
class TlsStream final : public io::Stream
{
public:
    TlsStream(std::shared_ptr<const void> context, SSL *ssl) : m_context(std::move(context)), m_ssl(ssl) { }
    TlsStream(const TlsStream &) = delete;
    TlsStream &operator=(const TlsStream &) = delete;
    ~TlsStream() override { SSL_free(m_ssl); }

    Read read(char *buffer, qsizetype size) override;
    io::WriteResult write(QByteArrayList &pending, qsizetype &offset) override;
    bool readNeedsWritable() const override { return m_readNeedsWritable; }
    bool buffered() const override { return SSL_pending(m_ssl) > 0; }
    void end() override
    {
        ERR_clear_error();
        if (!m_broken && SSL_is_init_finished(m_ssl) == 1)
            (void)SSL_shutdown(m_ssl); // the peer's answer is not waited for
        ERR_clear_error();
    }

private:
    [[nodiscard]] QByteArrayView nextBytes(const QByteArrayList &pending, qsizetype offset);
    void keepForRetry(QByteArrayList &pending, qsizetype &offset);
    static void remove(QByteArrayList &pending, qsizetype &offset, qsizetype count);

    std::shared_ptr<const void> m_context; ///< the BIO's method must outlive the BIO
    SSL *m_ssl;
    QByteArray m_gathered; ///< small pieces of one record
    bool m_retries = false; ///< OpenSSL holds a record that could not go, and wants the same bytes shown again
    bool m_readNeedsWritable = false;
    bool m_broken = false;
};

io::Stream::Read TlsStream::read(char *buffer, qsizetype size)
{
    m_readNeedsWritable = false;
    if (m_broken)
        return {Read::Broken, 0};
    ERR_clear_error();
    std::size_t count = 0;
    if (SSL_read_ex(m_ssl, buffer, static_cast<std::size_t>(size), &count) == 1)
        return {Read::Data, static_cast<qsizetype>(count)};
    switch (SSL_get_error(m_ssl, 0)) {
    case SSL_ERROR_WANT_READ: return {Read::Again, 0};
    case SSL_ERROR_WANT_WRITE: m_readNeedsWritable = true; return {Read::Again, 0};
    case SSL_ERROR_ZERO_RETURN: return {Read::End, 0};
    default: break;
    }
    ERR_clear_error();
    m_broken = true;
    return {Read::Broken, 0};
}

/// The next bytes to be encrypted: one long piece, or several short ones put together, so that they are one record and
/// one write.
QByteArrayView TlsStream::nextBytes(const QByteArrayList &pending, qsizetype offset)
{
    m_gathered.clear();
    const QByteArrayView first = QByteArrayView(pending.front()).sliced(offset);
    if (m_retries || first.size() >= mostOfRecord || pending.size() == 1)
        return first;
    m_gathered = first.toByteArray();
    for (qsizetype i = 1; i < pending.size() && m_gathered.size() < mostOfRecord; ++i) {
        const qsizetype left = mostOfRecord - m_gathered.size();
        m_gathered.append(QByteArrayView(pending[i]).first(std::min(pending[i].size(), left)));
    }
    return m_gathered;
}

/// What went into the record that waits becomes one piece that has begun to go, up to the end of the last that is in
/// it: such a piece is never dropped.
void TlsStream::keepForRetry(QByteArrayList &pending, qsizetype &offset)
{
    m_retries = true;
    qsizetype covered = QByteArrayView(pending.front()).size() - offset;
    if (offset > 0 && covered >= m_gathered.size())
        return;
    QByteArray begun("\0", 1); // stands for what went before
    begun += QByteArrayView(pending.front()).sliced(offset);
    pending.removeFirst();
    while (covered < m_gathered.size()) {
        covered += pending.front().size();
        begun += pending.takeFirst();
    }
    pending.prepend(begun);
    offset = 1;
}

void TlsStream::remove(QByteArrayList &pending, qsizetype &offset, qsizetype count)
{
    offset += count;
    while (!pending.isEmpty() && offset >= pending.front().size()) {
        offset -= pending.front().size();
        pending.removeFirst();
    }
}

io::WriteResult TlsStream::write(QByteArrayList &pending, qsizetype &offset)
{
    // Before the handshake is through nothing can be sent; it goes on by reading.
    if (m_broken || SSL_is_init_finished(m_ssl) == 0)
        return io::WriteResult::Broken;
    remove(pending, offset, 0); // empty pieces at the front
    while (!pending.isEmpty()) {
        const QByteArrayView bytes = nextBytes(pending, offset);
        ERR_clear_error();
        std::size_t count = 0;
        if (SSL_write_ex(m_ssl, bytes.data(), static_cast<std::size_t>(bytes.size()), &count) == 1) {
            m_retries = false;
            remove(pending, offset, static_cast<qsizetype>(count));
            continue;
        }
        const int problem = SSL_get_error(m_ssl, 0);
        if (problem == SSL_ERROR_WANT_WRITE || problem == SSL_ERROR_WANT_READ) {
            keepForRetry(pending, offset);
            return io::WriteResult::Full;
        }
        ERR_clear_error();
        m_broken = true;
        return io::WriteResult::Broken;
    }
    return io::WriteResult::Done;
}

} // namespace

Result<TlsContext> TlsContext::create(const QString &certificateFile, const QString &keyFile)
{
    ERR_clear_error();
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stepwire socket");
    auto made = std::make_shared<Context>(SSL_CTX_new(TLS_server_method()), method);
    SSL_CTX *context = made->context;
    if (!context || !method)
        return fail(code::internalError, u"TLS is not to be had: %1"_s.arg(takeProblem()));
    BIO_meth_set_read(method, bioRead);
    BIO_meth_set_write(method, bioWrite);
    BIO_meth_set_ctrl(method, bioControl);

    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1)
        return fail(code::internalError, u"TLS is not to be had: %1"_s.arg(takeProblem()));
    SSL_CTX_set_alpn_select_cb(context, chooseProtocol, nullptr);
    SSL_CTX_set_default_passwd_cb(context, noPassword);

    if (SSL_CTX_use_certificate_chain_file(context, QFile::encodeName(certificateFile).constData()) != 1)
        return fail(u"the certificate %1 cannot be used: %2"_s.arg(certificateFile, takeProblem()));
    if (SSL_CTX_use_PrivateKey_file(context, QFile::encodeName(keyFile).constData(), SSL_FILETYPE_PEM) != 1
        || SSL_CTX_check_private_key(context) != 1) {
        if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
            ERR_clear_error();
            return fail(u"the key %1 is not that of the certificate %2"_s.arg(keyFile, certificateFile));
        }
        return fail(u"the key %1 cannot be used: %2"_s.arg(keyFile, takeProblem()));
    }
    return TlsContext(std::move(made));
}

std::unique_ptr<io::Stream> TlsContext::wrap(int descriptor) const
{
    SSL *ssl = SSL_new(m_context->context);
    BIO *bio = ssl ? BIO_new(m_context->method) : nullptr;
    if (!bio) {
        SSL_free(ssl);
        ERR_clear_error();
        return {};
    }
    BIO_set_data(bio, reinterpret_cast<void *>(static_cast<std::intptr_t>(descriptor)));
    BIO_set_init(bio, 1);
    BIO_set_shutdown(bio, 0);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
    return std::make_unique<TlsStream>(m_context, ssl);
}

OpenSslThread::~OpenSslThread()
{
    OPENSSL_thread_stop();
}

} // namespace stepwire
