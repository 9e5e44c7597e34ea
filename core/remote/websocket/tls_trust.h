#pragma once

#include <QByteArray>
#include <QList>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslError>
#include <QString>

namespace stepwire {

/// Which certificates of a server are trusted: a plain value. With nothing in it, those that the system trusts.
struct TlsTrust
{
    /// PEM: authorities that are trusted besides the system's.
    QByteArray authorities;
    /// SHA-256 of the server's certificate in hexadecimal, colons allowed. Where it is given, that certificate alone is
    /// trusted, whoever signed it and for whatever name.
    QByteArray fingerprint;

    [[nodiscard]] QSslConfiguration configuration() const;
    [[nodiscard]] bool isPinned() const { return !fingerprint.isEmpty(); }
    /// Whether a certificate is the pinned one.
    [[nodiscard]] bool isPinnedCertificate(const QSslCertificate &certificate) const;
    /// Empty when it can be used; else one sentence.
    [[nodiscard]] QString fault() const;
};

/// One sentence about why `host` is not trusted, with the fingerprint that it showed.
[[nodiscard]] QString untrusted(const QString &host, const QSslCertificate &shown, const QList<QSslError> &errors,
                                const TlsTrust &trust);

} // namespace stepwire
