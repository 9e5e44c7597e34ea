#include "core/remote/websocket/websocket_client.h"

#include <QPointer>
#include <QRandomGenerator>

#include <algorithm>
#include <cstring>

namespace stepwire {

static constexpr qsizetype mostHeadBytes = 16 * 1024;
static constexpr qsizetype mostBodyBytes = 4 * 1024;
static constexpr int patienceMs = 3000; ///< for the end of a refusal, and of a closing handshake

WebSocketClient::WebSocketClient(QObject *parent)
    : QObject(parent), m_socket(this), m_timer(this), m_reader(websocket::Reader::Role::Client, 0)
{
    m_timer.setSingleShot(true);
}

WebSocketClient::~WebSocketClient()
{
    m_phase = Phase::Ended;
    m_socket.disconnect(this);
    if (m_socket.state() == QAbstractSocket::ConnectedState)
        m_socket.flush(); // the last words
    m_socket.abort();
}

QString WebSocketClient::where() const
{
    return m_request.url.toString(QUrl::RemoveUserInfo | QUrl::RemovePath | QUrl::RemoveQuery | QUrl::RemoveFragment);
}

void WebSocketClient::open(const Request &request)
{
    m_request = request;
    m_reader = websocket::Reader(websocket::Reader::Role::Client, request.mostMessageBytes);
    const bool secure = request.url.scheme() == QLatin1String("wss");
    const auto port = static_cast<quint16>(request.url.port(secure ? 443 : 80));
    const QString host = request.url.host();

    connect(&m_socket, &QAbstractSocket::readyRead, this, [this] {
        switch (m_phase) {
        case Phase::Handshake: return readHandshake();
        case Phase::Refused: return readRefusal();
        case Phase::Open:
        case Phase::Closing: return readFrames();
        case Phase::Connecting:
        case Phase::Ended: return;
        }
    });
    connect(&m_socket, &QAbstractSocket::disconnected, this, &WebSocketClient::lost);
    connect(&m_socket, &QAbstractSocket::errorOccurred, this, [this](QAbstractSocket::SocketError error) {
        if (m_phase == Phase::Connecting && error != QAbstractSocket::RemoteHostClosedError)
            fail(error == QAbstractSocket::SslHandshakeFailedError ? Failure::Certificate : Failure::Network,
                 QStringLiteral("%1 cannot be reached: %2").arg(where(), m_socket.errorString()));
        else if (m_socket.state() != QAbstractSocket::ConnectedState)
            lost();
    });
    connect(&m_socket, &QAbstractSocket::bytesWritten, this, [this] { Q_EMIT written(); });
    connect(&m_timer, &QTimer::timeout, this, [this] {
        if (m_phase == Phase::Refused)
            fail(Failure::Http, QStringLiteral("%1 answers with HTTP status %2").arg(where()).arg(m_status));
        else
            lost();
    });
    if (!secure) {
        connect(&m_socket, &QAbstractSocket::connected, this, &WebSocketClient::sendHandshake);
        m_socket.connectToHost(host, port);
        return;
    }
    m_socket.setSslConfiguration(m_request.tls.configuration());
    connect(&m_socket, &QSslSocket::sslErrors, this, [this](const QList<QSslError> &errors) {
        const QSslCertificate shown = m_socket.peerCertificate();
        if (m_request.tls.isPinnedCertificate(shown))
            m_socket.ignoreSslErrors();
        else
            fail(Failure::Certificate, untrusted(m_request.url.host(), shown, errors, m_request.tls));
    });
    connect(&m_socket, &QSslSocket::encrypted, this, [this] {
        const QSslCertificate shown = m_socket.peerCertificate();
        if (m_request.tls.isPinned() && !m_request.tls.isPinnedCertificate(shown))
            return fail(Failure::Certificate, untrusted(m_request.url.host(), shown, {}, m_request.tls));
        sendHandshake();
    });
    m_socket.connectToHostEncrypted(host, port);
}

void WebSocketClient::sendHandshake()
{
    if (m_phase != Phase::Connecting)
        return;
    m_phase = Phase::Handshake;
    m_socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
    std::array<quint32, 4> words{};
    QRandomGenerator::system()->fillRange(words.data(), static_cast<qsizetype>(words.size()));
    m_key = QByteArray(reinterpret_cast<const char *>(words.data()), sizeof words).toBase64();

    const QUrl &url = m_request.url;
    QByteArray target = url.path(QUrl::FullyEncoded).toUtf8();
    if (target.isEmpty())
        target = "/";
    if (url.hasQuery())
        target += '?' + url.query(QUrl::FullyEncoded).toUtf8();
    QByteArray host = url.host(QUrl::FullyEncoded).toUtf8();
    if (host.contains(':'))
        host = '[' + host + ']';
    if (url.port() >= 0)
        host += ':' + QByteArray::number(url.port());
    QByteArray head = "GET " + target + " HTTP/1.1\r\n";
    const auto add = [&head](QByteArrayView name, QByteArrayView value) {
        if (value.contains('\r') || value.contains('\n') || name.contains('\r') || name.contains('\n'))
            return;
        head.append(name).append(": ").append(value).append("\r\n");
    };
    const bool hasHost = std::any_of(m_request.headers.begin(), m_request.headers.end(), [](const auto &header) {
        return header.first.compare("host", Qt::CaseInsensitive) == 0;
    });
    if (!hasHost)
        add("Host", host);
    add("Upgrade", "websocket");
    add("Connection", "Upgrade");
    add("Sec-WebSocket-Key", m_key);
    add("Sec-WebSocket-Version", "13");
    for (const auto &[name, value] : m_request.headers)
        add(name, value);
    m_socket.write(head + "\r\n");
}

/// The value of a header among the lines of a head; of a repeated one all values with commas between.
static QByteArray headerValue(const QByteArrayList &lines, QByteArrayView lowerCaseName)
{
    QByteArray value;
    for (qsizetype i = 1; i < lines.size(); ++i) {
        const qsizetype colon = lines[i].indexOf(':');
        if (colon < 0 || lines[i].first(colon).toLower() != lowerCaseName)
            continue;
        if (!value.isEmpty())
            value += ',';
        value += lines[i].sliced(colon + 1).trimmed();
    }
    return value;
}

QString WebSocketClient::checkHandshake(const QByteArrayList &lines) const
{
    if (headerValue(lines, "upgrade").toLower() != "websocket")
        return QStringLiteral("no 'Upgrade: websocket'");
    const QByteArrayList connection = headerValue(lines, "connection").toLower().split(',');
    if (std::none_of(connection.begin(), connection.end(),
                     [](const auto &word) { return word.trimmed() == "upgrade"; }))
        return QStringLiteral("no 'Connection: upgrade'");
    if (headerValue(lines, "sec-websocket-accept") != websocket::acceptKey(m_key))
        return QStringLiteral("a wrong Sec-WebSocket-Accept");
    if (!headerValue(lines, "sec-websocket-extensions").isEmpty())
        return QStringLiteral("an extension that was not asked for");
    return {};
}

void WebSocketClient::readHandshake()
{
    m_input += m_socket.read(mostHeadBytes - m_input.size());
    const qsizetype end = m_input.indexOf("\r\n\r\n");
    if (end < 0) {
        if (!m_input.startsWith(QByteArrayView("HTTP/1.1 ").first(std::min<qsizetype>(m_input.size(), 9)))
            || m_input.size() >= mostHeadBytes)
            fail(Failure::Protocol, QStringLiteral("%1 does not answer with HTTP/1.1").arg(where()));
        return;
    }
    QByteArrayList lines = m_input.first(end).split('\n');
    for (QByteArray &line : lines)
        line = line.trimmed();
    const QByteArrayList status = lines[0].split(' ');
    m_status = status.value(1).toInt();
    if (status[0] != "HTTP/1.1" || m_status < 100 || m_status > 599)
        return fail(Failure::Protocol, QStringLiteral("%1 does not answer with HTTP/1.1").arg(where()));
    const QByteArray behind = m_input.sliced(end + 4);
    m_input.clear();
    if (m_status != 101) {
        m_phase = Phase::Refused;
        bool known = false;
        m_missing = headerValue(lines, "content-length").toLongLong(&known);
        if (!known || m_missing > mostBodyBytes)
            m_missing = mostBodyBytes;
        m_body = behind;
        m_timer.start(patienceMs);
        return readRefusal();
    }
    if (const QString fault = checkHandshake(lines); !fault.isEmpty())
        return fail(Failure::Protocol,
                    QStringLiteral("%1 answers the WebSocket handshake with %2").arg(where(), fault));
    m_phase = Phase::Open;
    QPointer<WebSocketClient> alive(this);
    Q_EMIT opened();
    if (!alive || m_phase != Phase::Open)
        return;
    std::vector<websocket::Message> messages;
    const auto violation = m_reader.feed(behind, messages);
    for (websocket::Message &message : messages) {
        handle(message);
        if (!alive)
            return;
    }
    if (violation && m_phase != Phase::Ended)
        return fail(Failure::Protocol, QString::fromUtf8(violation->sentence));
    if (m_socket.bytesAvailable() > 0)
        readFrames();
}

void WebSocketClient::readRefusal()
{
    m_body += m_socket.read(mostBodyBytes);
    if (m_body.size() >= m_missing)
        fail(Failure::Http, QStringLiteral("%1 answers with HTTP status %2").arg(where()).arg(m_status));
}

void WebSocketClient::readFrames()
{
    QPointer<WebSocketClient> alive(this);
    std::vector<websocket::Message> messages;
    while (m_socket.bytesAvailable() > 0 && (m_phase == Phase::Open || m_phase == Phase::Closing)) {
        constexpr qint64 mostAtOnce = qint64(1024) * 1024;
        messages.clear();
        const auto violation = m_reader.feed(m_socket.read(mostAtOnce), messages);
        for (websocket::Message &message : messages) {
            handle(message);
            if (!alive)
                return;
        }
        if (violation && m_phase != Phase::Ended) {
            websocket::appendMaskedFrame(m_input, websocket::Opcode::Close,
                                         websocket::closePayload(violation->code, violation->sentence), nextMask());
            m_socket.write(std::exchange(m_input, {}));
            m_socket.flush();
            return fail(Failure::Protocol,
                        QStringLiteral("%1 breaks the rules of WebSocket: %2")
                            .arg(where(), QString::fromUtf8(violation->sentence)));
        }
    }
}

void WebSocketClient::handle(websocket::Message &message)
{
    switch (message.opcode) {
    case websocket::Opcode::Text:
        if (m_phase == Phase::Open)
            Q_EMIT textReceived(message.payload);
        return;
    case websocket::Opcode::Binary:
        if (m_phase == Phase::Open)
            Q_EMIT binaryReceived(message.payload);
        return;
    case websocket::Opcode::Ping:
        if (m_phase == Phase::Open)
            send(websocket::Opcode::Pong, message.payload);
        return;
    case websocket::Opcode::Pong:
        if (m_phase == Phase::Open)
            Q_EMIT pongReceived(message.payload);
        return;
    case websocket::Opcode::Close:
        if (m_phase == Phase::Open)
            send(websocket::Opcode::Close, websocket::closePayload(message.closeCode));
        if (m_phase != Phase::Ended) {
            end();
            Q_EMIT closed(message.closeCode, QString::fromUtf8(message.payload));
        }
        return;
    case websocket::Opcode::Continuation: return;
    }
}

std::array<quint8, 4> WebSocketClient::nextMask()
{
    if (m_masksUsed == m_masks.size()) {
        QRandomGenerator::system()->fillRange(m_masks.data(), static_cast<qsizetype>(m_masks.size()));
        m_masksUsed = 0;
    }
    std::array<quint8, 4> mask{};
    std::memcpy(mask.data(), &m_masks[m_masksUsed++], mask.size());
    return mask;
}

void WebSocketClient::send(websocket::Opcode opcode, QByteArrayView payload)
{
    if (m_phase != Phase::Open)
        return;
    QByteArray frame;
    websocket::appendMaskedFrame(frame, opcode, payload, nextMask());
    m_socket.write(frame);
}

void WebSocketClient::close(int code, QByteArrayView reason)
{
    if (m_phase == Phase::Open) {
        send(websocket::Opcode::Close, websocket::closePayload(code, reason));
        m_phase = Phase::Closing;
        m_timer.start(patienceMs);
    } else if (m_phase != Phase::Closing && m_phase != Phase::Ended) {
        end();
        Q_EMIT closed(websocket::close_code::abnormal, {});
    }
}

void WebSocketClient::release()
{
    m_released = true;
    blockSignals(true);
    if (m_phase == Phase::Ended)
        deleteLater();
    else
        close();
}

/// The connection has ended, whoever did that.
void WebSocketClient::lost()
{
    switch (m_phase) {
    case Phase::Ended: return;
    case Phase::Connecting:
    case Phase::Handshake:
        return fail(Failure::Network,
                    QStringLiteral("%1 cannot be reached: it closes the connection without an answer").arg(where()));
    case Phase::Refused:
        return fail(Failure::Http, QStringLiteral("%1 answers with HTTP status %2").arg(where()).arg(m_status));
    case Phase::Open: {
        if (m_socket.error() == QAbstractSocket::RemoteHostClosedError) {
            end();
            Q_EMIT closed(websocket::close_code::abnormal, {});
            return;
        }
        const QString why = m_socket.errorString();
        return fail(Failure::Network, QStringLiteral("the connection to %1 broke: %2").arg(where(), why));
    }
    case Phase::Closing: end(); Q_EMIT closed(websocket::close_code::abnormal, {});
    }
}

void WebSocketClient::fail(Failure failure, const QString &sentence)
{
    if (m_phase == Phase::Ended)
        return;
    end();
    Q_EMIT failed(failure, sentence);
}

void WebSocketClient::end()
{
    m_phase = Phase::Ended;
    m_timer.stop();
    m_socket.disconnectFromHost(); // once what was written is out
    if (m_released)
        deleteLater();
}

} // namespace stepwire
