#include "core/remote/web_link.h"

#include "core/model/quote.h"
#include "core/remote/websocket/websocket_client.h"

namespace stepwire {

WebLink::~WebLink()
{
    if (m_socket)
        m_socket->release();
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

void WebLink::open(const Options &options, Opened done)
{
    setOpened(std::move(done));
    WebSocketClient::Request request;
    request.url = options.url;
    if (request.url.path().isEmpty() || request.url.path() == u"/")
        request.url.setPath(QStringLiteral("/ws"));
    request.headers = {{"Sec-WebSocket-Protocol", "stepwire.v1"}};
    if (!options.token.isEmpty())
        request.headers.emplace_back("Authorization", "Bearer " + options.token.toUtf8());
    request.tls.fingerprint = options.pin.toLatin1();
    request.mostMessageBytes = messageLimit;
    m_socket = new WebSocketClient;
    const QString at = options.url.toDisplayString();
    connect(m_socket, &WebSocketClient::textReceived, this, [this](const QByteArray &message) { receive(message); });
    connect(m_socket, &WebSocketClient::closed, this, [this, at](int, const QString &reason) {
        lost(reason.isEmpty() ? QStringLiteral("the hub at %1 closed the connection").arg(at) : reason);
    });
    connect(m_socket, &WebSocketClient::failed, this,
            [this](WebSocketClient::Failure failure, const QString &sentence) {
                constexpr int unauthorized = 401;
                if (failure == WebSocketClient::Failure::Http && m_socket->httpStatus() == unauthorized)
                    return lost(sentence + QStringLiteral(": its token is not the one given"));
                lost(sentence);
            });
    m_socket->open(request);
}

void WebLink::write(const QByteArray &message)
{
    if (m_socket)
        m_socket->sendText(message);
}

} // namespace stepwire
