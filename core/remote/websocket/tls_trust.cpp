#include "core/remote/websocket/tls_trust.h"

#include <QCryptographicHash>
#include <QStringList>

namespace stepwire {

/// Only the digits, in lower case.
static QByteArray bare(QByteArray fingerprint)
{
    return fingerprint.replace(':', "").replace(' ', "").toLower();
}

static QByteArray shownFingerprint(const QSslCertificate &certificate)
{
    return certificate.digest(QCryptographicHash::Sha256).toHex(':').toUpper();
}

QSslConfiguration TlsTrust::configuration() const
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    if (!authorities.isEmpty())
        configuration.addCaCertificates(QSslCertificate::fromData(authorities, QSsl::Pem));
    return configuration;
}

bool TlsTrust::isPinnedCertificate(const QSslCertificate &certificate) const
{
    return isPinned() && !certificate.isNull()
        && certificate.digest(QCryptographicHash::Sha256).toHex() == bare(fingerprint);
}

QString TlsTrust::fault() const
{
    if (!authorities.isEmpty() && QSslCertificate::fromData(authorities, QSsl::Pem).isEmpty())
        return QStringLiteral("the certificate authorities hold no certificate in PEM");
    if (isPinned()) {
        const QByteArray digits = bare(fingerprint);
        if (digits.size() != 64 || QByteArray::fromHex(digits).toHex() != digits)
            return QStringLiteral("the fingerprint '%1' is no SHA-256 in hexadecimal")
                .arg(QString::fromLatin1(fingerprint));
    }
    return {};
}

QString untrusted(const QString &host, const QSslCertificate &shown, const QList<QSslError> &errors,
                  const TlsTrust &trust)
{
    if (trust.isPinned())
        return QStringLiteral("%1 shows the certificate %2 where %3 is expected")
            .arg(host, QString::fromLatin1(shownFingerprint(shown)),
                 QString::fromLatin1(bare(trust.fingerprint).toUpper()));
    QStringList why;
    for (const QSslError &error : errors) {
        if (!why.contains(error.errorString()))
            why.push_back(error.errorString());
    }
    if (why.isEmpty())
        why.push_back(QStringLiteral("TLS failed"));
    if (shown.isNull())
        return QStringLiteral("%1 is not trusted: %2").arg(host, why.join(QStringLiteral("; ")));
    return QStringLiteral("%1 is not trusted: %2 (SHA-256 of its certificate: %3)")
        .arg(host, why.join(QStringLiteral("; ")), QString::fromLatin1(shownFingerprint(shown)));
}

} // namespace stepwire
