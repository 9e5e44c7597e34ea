#pragma once

#include "core/model/result.h"
#include "core/serve/access/scope.h"

#include <QByteArray>
#include <QByteArrayView>

#include <memory>

namespace stepwire {

/// How JSON Web Tokens are to be checked.
struct JwtOptions
{
    enum class Algorithm { HS256, RS256 };

    Algorithm algorithm = Algorithm::HS256;
    QByteArray key; ///< HS256: the shared secret, 32 bytes at least; RS256: the public key as PEM, 2048 bits at least
    QString audience; ///< `aud` must be or hold it; empty: not asked for
    QString issuer; ///< `iss` must be it; empty: not asked for
};

/// Verifies JSON Web Tokens (RFC 7519 in the compact form of RFC 7515, checked as RFC 8725 says): one configured
/// algorithm, never what the token asks for. Cannot make any. Immutable; for any thread.
class JwtVerifier
{
public:
    static constexpr qsizetype mostBytes = 8 * 1024;
    static constexpr qint64 leewaySeconds = 30;

    /// Fails with one sentence for a key that cannot be used.
    [[nodiscard]] static Result<JwtVerifier> create(const JwtOptions &options);

    /// Who the token stands for. `scope` (a text of words) or `scopes` (an array) must hold `read` or `control`; others
    /// are ignored. Refused with one sentence, code `notAllowed`.
    [[nodiscard]] Result<Principal> verify(QByteArrayView token, qint64 nowSeconds) const;

private:
    struct Key;
    explicit JwtVerifier(std::shared_ptr<const Key> key) : m_key(std::move(key)) { }

    std::shared_ptr<const Key> m_key;
};

} // namespace stepwire
