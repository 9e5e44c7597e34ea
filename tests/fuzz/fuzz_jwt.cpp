#include "core/serve/access/jwt.h"

#include <QMessageAuthenticationCode>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace stepwire;

static void demand(bool promise)
{
    if (!promise)
        std::abort();
}

static void demandSentence(const Error &error)
{
    demand(!error.message.isEmpty() && error.message.size() < 1000);
    demand(std::none_of(error.message.begin(), error.message.end(), [](QChar c) { return c.unicode() < 0x20; }));
}

/// What comes in is taken as a token, which must be refused, and as head and claims of one that is signed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const QByteArray secret("0123456789abcdef0123456789abcdef");
    static const auto verifier = JwtVerifier::create({JwtOptions::Algorithm::HS256, secret, {}, {}});
    constexpr qint64 now = 1'800'000'000;
    const QByteArray bytes(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    if (const auto who = verifier->verify(bytes, now); !who)
        demandSentence(who.error());
    const qsizetype cut = bytes.indexOf('\n');
    if (cut < 0)
        return 0;
    constexpr auto options = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;
    const QByteArray text = bytes.first(cut).toBase64(options) + '.' + bytes.sliced(cut + 1).toBase64(options);
    const QByteArray token =
        text + '.' + QMessageAuthenticationCode::hash(text, secret, QCryptographicHash::Sha256).toBase64(options);
    const auto who = verifier->verify(token, now);
    if (!who) {
        demandSentence(who.error());
        return 0;
    }
    demand(who->scope == Scope::Read || who->scope == Scope::Control);
    demand(!who->name.isEmpty() && who->name.size() <= 100);
    demand(!who->expires || *who->expires > now - JwtVerifier::leewaySeconds);
    return 0;
}
