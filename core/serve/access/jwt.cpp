#include "core/serve/access/jwt.h"

#include "core/model/quote.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <array>
#include <cmath>
#include <memory>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr qsizetype shortestSecret = 32; // RFC 7518, 3.2: as long as the digest
static constexpr int fewestBits = 2048; // RFC 7518, 3.3
static constexpr qsizetype longestName = 100;
static constexpr double latestTime = 9e15;

template <auto Free>
struct Freed
{
    template <class T>
    void operator()(T *thing) const
    {
        Free(thing);
    }
};

using PublicKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

struct JwtVerifier::Key
{
    JwtOptions options;
    PublicKey publicKey;
};

/// What a failed call left in OpenSSL's queue is nobody else's.
static void forgetErrors()
{
    ERR_clear_error();
}

Result<JwtVerifier> JwtVerifier::create(const JwtOptions &options)
{
    auto key = std::make_shared<Key>();
    key->options = options;
    if (options.algorithm == JwtOptions::Algorithm::HS256) {
        if (options.key.contains("-----BEGIN"))
            return fail(u"the secret of HS256 is a PEM file, expected random bytes"_s);
        if (options.key.size() < shortestSecret)
            return fail(u"the secret of HS256 has %1 bytes, expected at least %2"_s.arg(options.key.size())
                            .arg(shortestSecret));
        return JwtVerifier(std::move(key));
    }
    const std::unique_ptr<BIO, Freed<BIO_free_all>> bytes(
        BIO_new_mem_buf(options.key.constData(), static_cast<int>(options.key.size())));
    if (bytes)
        key->publicKey.reset(PEM_read_bio_PUBKEY(bytes.get(), nullptr, nullptr, nullptr));
    forgetErrors();
    if (!key->publicKey)
        return fail(u"the key of RS256 cannot be read, expected a public key as PEM (BEGIN PUBLIC KEY)"_s);
    if (EVP_PKEY_base_id(key->publicKey.get()) != EVP_PKEY_RSA)
        return fail(u"the key of RS256 is no RSA key"_s);
    if (const int bits = EVP_PKEY_bits(key->publicKey.get()); bits < fewestBits)
        return fail(u"the key of RS256 has %1 bits, expected at least %2"_s.arg(bits).arg(fewestBits));
    return JwtVerifier(std::move(key));
}

static tl::unexpected<Error> refused(const QString &sentence)
{
    return fail(code::notAllowed, sentence);
}

/// Base64url without padding, in the one spelling that it has.
static std::optional<QByteArray> decodePart(QByteArrayView part)
{
    constexpr auto options = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;
    const QByteArray text = part.toByteArray();
    const auto decoded = QByteArray::fromBase64Encoding(text, options | QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded || decoded.decoded.toBase64(options) != text)
        return {};
    return decoded.decoded;
}

static std::optional<QJsonObject> decodeObject(QByteArrayView part)
{
    const auto bytes = decodePart(part);
    if (!bytes)
        return {};
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(*bytes, &problem);
    if (problem.error != QJsonParseError::NoError || !document.isObject())
        return {};
    return document.object();
}

static bool secretSigned(const QByteArray &secret, QByteArrayView text, const QByteArray &signature)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const bool made = HMAC(EVP_sha256(), secret.constData(), static_cast<int>(secret.size()),
                           reinterpret_cast<const unsigned char *>(text.data()), static_cast<std::size_t>(text.size()),
                           digest.data(), &size)
        != nullptr;
    return made && signature.size() == static_cast<qsizetype>(size)
        && CRYPTO_memcmp(digest.data(), signature.constData(), size) == 0;
}

static bool keySigned(EVP_PKEY *key, QByteArrayView text, const QByteArray &signature)
{
    const std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    const bool good = context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1
        && EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char *>(signature.constData()),
                            static_cast<std::size_t>(signature.size()),
                            reinterpret_cast<const unsigned char *>(text.data()), static_cast<std::size_t>(text.size()))
            == 1;
    forgetErrors();
    return good;
}

/// A time claim in seconds; an error for one that is no number.
static Result<std::optional<qint64>> timeClaim(const QJsonObject &claims, const QString &name)
{
    const QJsonValue value = claims[name];
    if (value.isUndefined())
        return std::optional<qint64>();
    const double seconds = value.toDouble(-1);
    if (!value.isDouble() || !(seconds >= 0) || seconds > latestTime)
        return refused(u"%1 of the token is %2, expected seconds since 1970"_s.arg(name, quoted(value)));
    return std::optional<qint64>(static_cast<qint64>(std::floor(seconds)));
}

static bool isMeant(const QJsonValue &audience, const QString &wanted)
{
    if (audience.isString())
        return audience.toString() == wanted;
    return audience.isArray() && audience.toArray().contains(wanted);
}

static Scope scopeIn(const QJsonObject &claims)
{
    QStringList words = claims[u"scope"].toString().split(u' ', Qt::SkipEmptyParts);
    for (const QJsonArray scopes = claims[u"scopes"].toArray(); const QJsonValue &scope : scopes)
        words.append(scope.toString());
    return words.contains(u"control"_s) ? Scope::Control : words.contains(u"read"_s) ? Scope::Read : Scope::None;
}

Result<Principal> JwtVerifier::verify(QByteArrayView token, qint64 nowSeconds) const
{
    if (token.size() > mostBytes)
        return refused(u"the token has %1 bytes, expected at most %2"_s.arg(token.size()).arg(mostBytes));
    const qsizetype first = token.indexOf('.');
    const qsizetype second = first < 0 ? -1 : token.indexOf('.', first + 1);
    if (second < 0 || token.indexOf('.', second + 1) >= 0)
        return refused(u"the token is no JSON Web Token, expected three parts"_s);
    const auto header = decodeObject(token.first(first));
    if (!header)
        return refused(u"the head of the token is no JSON in base64url"_s);
    const QString expected = m_key->options.algorithm == JwtOptions::Algorithm::HS256 ? u"HS256"_s : u"RS256"_s;
    if (const QJsonValue algorithm = (*header)[u"alg"]; algorithm.toString() != expected)
        return refused(u"the token is signed by %1, expected %2"_s.arg(quoted(algorithm), expected));
    if (header->contains(u"crit"))
        return refused(u"the token has a crit header, and nothing that it could ask for is known here"_s);

    const auto signature = decodePart(token.sliced(second + 1));
    const QByteArrayView text = token.first(second);
    const bool good = signature
        && (m_key->publicKey ? keySigned(m_key->publicKey.get(), text, *signature)
                             : secretSigned(m_key->options.key, text, *signature));
    if (!good)
        return refused(u"the signature of the token is wrong"_s);

    const auto claims = decodeObject(token.sliced(first + 1, second - first - 1));
    if (!claims)
        return refused(u"the claims of the token are no JSON in base64url"_s);
    const auto expires = timeClaim(*claims, u"exp"_s);
    if (!expires)
        return tl::unexpected(expires.error());
    if (*expires && nowSeconds >= **expires + leewaySeconds)
        return refused(u"the token expired %1 s ago"_s.arg(nowSeconds - **expires));
    const auto begins = timeClaim(*claims, u"nbf"_s);
    if (!begins)
        return tl::unexpected(begins.error());
    if (*begins && nowSeconds < **begins - leewaySeconds)
        return refused(u"the token is good only in %1 s"_s.arg(**begins - nowSeconds));
    const QString &issuer = m_key->options.issuer;
    if (!issuer.isEmpty() && (*claims)[u"iss"] != QJsonValue(issuer))
        return refused(u"the token is from %1, expected %2"_s.arg(quoted((*claims)[u"iss"]), quoted(issuer)));
    const QString &audience = m_key->options.audience;
    if (!audience.isEmpty() && !isMeant((*claims)[u"aud"], audience))
        return refused(u"the token is for %1, expected %2"_s.arg(quoted((*claims)[u"aud"]), quoted(audience)));
    const Scope scope = scopeIn(*claims);
    if (scope == Scope::None)
        return refused(u"the token has neither the scope read nor control"_s);
    const QString name = plainLine((*claims)[u"sub"].toString()).left(longestName);
    return Principal{scope, name.isEmpty() ? u"jwt"_s : name, *expires};
}

} // namespace stepwire
