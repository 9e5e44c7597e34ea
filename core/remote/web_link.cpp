#include "core/remote/web_link.h"

#include "core/model/quote.h"

#include <QCryptographicHash>
#include <QNetworkRequest>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslError>
#include <QWebSocket>
#include <QWebSocketHandshakeOptions>

namespace stepwire {

WebLink::WebLink() = default;

WebLink::~WebLink()
{
    if (m_socket)
        m_socket->disconnect(this);
}

Result<QString> certificatePin(const QString &written)
{
    QString pin = written.toLower().remove(u':');
    if (pin.startsWith(u"sha256"))
        pin.remove(0, 6);
    const QByteArray bytes = QByteArray::fromHex(pin.toLatin1());
    constexpr qsizetype digestBytes = 32;
    if (bytes.size() != digestBytes || pin.size() != 2 * digestBytes)
        return fail(code::invalidParams,
                    QStringLiteral("pin is %1, expected the SHA-256 of a certificate in 64 hexadecimal digits")
                        .arg(quoted(written)));
    return pin;
}

static QString digestOf(const QSslCertificate &certificate)
{
    return QString::fromLatin1(certificate.digest(QCryptographicHash::Sha256).toHex());
}

void WebLink::open(const Options &options, Opened done)
{
    setOpened(std::move(done));
    m_socket = std::make_unique<QWebSocket>();
    m_socket->setMaxAllowedIncomingMessageSize(static_cast<quint64>(messageLimit));
    QUrl url = options.url;
    if (url.path().isEmpty() || url.path() == u"/")
        url.setPath(QStringLiteral("/ws"));
    const QString at = url.toDisplayString();
    connect(m_socket.get(), &QWebSocket::textMessageReceived, this,
            [this](const QString &message) { receive(message.toUtf8()); });
    connect(m_socket.get(), &QWebSocket::disconnected, this, [this, at] {
        if (!m_refusal.isEmpty())
            return lost(m_refusal);
        const QString said = m_socket->closeReason();
        if (m_socket->closeCode() != QWebSocketProtocol::CloseCodeNormal || !said.isEmpty())
            return lost(said.isEmpty() ? QStringLiteral("the connection to %1 broke").arg(at) : said);
        lost(QStringLiteral("the hub at %1 closed the connection").arg(at));
    });
    connect(m_socket.get(), qOverload<QAbstractSocket::SocketError>(&QWebSocket::error), this, [this, at] {
        if (m_socket->state() != QAbstractSocket::ConnectedState)
            lost(m_refusal.isEmpty() ? QStringLiteral("no hub answers at %1: %2").arg(at, m_socket->errorString())
                                     : m_refusal);
    });
    connect(
        m_socket.get(), &QWebSocket::sslErrors, this, [this, at, pin = options.pin](const QList<QSslError> &errors) {
            const QSslCertificate certificate = m_socket->sslConfiguration().peerCertificate();
            if (!pin.isEmpty() && !certificate.isNull() && digestOf(certificate) == pin)
                return m_socket->ignoreSslErrors();
            m_refusal = pin.isEmpty()
                ? QStringLiteral(
                      "the certificate of %1 is not trusted (%2): its SHA-256 is %3, to be named with --pin when "
                      "it is right")
                      .arg(at, errors.first().errorString(), digestOf(certificate))
                : QStringLiteral("the certificate of %1 is another than the pinned one: its SHA-256 is %2, expected %3")
                      .arg(at, digestOf(certificate), pin);
        });
    QNetworkRequest request(url);
    if (!options.token.isEmpty())
        request.setRawHeader("Authorization", "Bearer " + options.token.toUtf8());
    if (!options.pin.isEmpty()) {
        // Without authorities each certificate is asked about, before the token is told to anybody.
        QSslConfiguration tls = m_socket->sslConfiguration();
        tls.setCaCertificates({});
        m_socket->setSslConfiguration(tls);
        request.setSslConfiguration(tls);
    }
    QWebSocketHandshakeOptions handshake;
    handshake.setSubprotocols({QStringLiteral("stepwire.v1")});
    m_socket->open(request, handshake);
}

void WebLink::write(const QByteArray &message)
{
    m_socket->sendTextMessage(QString::fromUtf8(message));
}

} // namespace stepwire
