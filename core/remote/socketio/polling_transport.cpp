#include "core/remote/socketio/polling_transport.h"

#include <QNetworkCookie>
#include <QPointer>
#include <QRandomGenerator>

namespace stepwire::engineio::client {

static constexpr int patienceMs = 3000; ///< for the last words
static constexpr int mostPacketsAPost = 16; ///< servers in Python take no more

QUrl Endpoint::address(bool webSocket) const
{
    QUrl address = url;
    QUrlQuery query(url);
    query.addQueryItem(QStringLiteral("EIO"), QStringLiteral("4"));
    query.addQueryItem(QStringLiteral("transport"),
                       webSocket ? QStringLiteral("websocket") : QStringLiteral("polling"));
    if (webSocket) // QUrl keeps the port, which must be named where it is that of http
        address.setScheme(url.scheme() == QLatin1String("https") ? QStringLiteral("wss") : QStringLiteral("ws"));
    else // caches on the way are told apart
        query.addQueryItem(QStringLiteral("t"), QString::number(QRandomGenerator::global()->generate64(), 36));
    if (!sid.isEmpty())
        query.addQueryItem(QStringLiteral("sid"), QString::fromLatin1(sid.toPercentEncoding()));
    address.setQuery(query);
    return address;
}

std::vector<std::pair<QByteArray, QByteArray>> Endpoint::allHeaders() const
{
    std::vector<std::pair<QByteArray, QByteArray>> all = headers;
    if (!cookies)
        return all;
    QByteArray due;
    for (const QNetworkCookie &cookie : cookies->cookiesForUrl(url))
        due += (due.isEmpty() ? "" : "; ") + cookie.toRawForm(QNetworkCookie::NameAndValueOnly);
    if (due.isEmpty())
        return all;
    for (auto &[name, value] : all) {
        if (name.compare("cookie", Qt::CaseInsensitive) == 0) {
            value += "; " + due;
            return all;
        }
    }
    all.emplace_back("Cookie", due);
    return all;
}

PollingTransport::PollingTransport(Endpoint endpoint, QObject *parent)
    : Transport(parent), m_endpoint(std::move(endpoint)), m_network(this)
{
    m_network.setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
}

PollingTransport::~PollingTransport()
{
    for (QNetworkReply *reply : {m_poll, m_post}) {
        if (reply)
            reply->disconnect(this);
    }
}

QNetworkRequest PollingTransport::request() const
{
    QNetworkRequest request(m_endpoint.address(false));
    for (const auto &[name, value] : m_endpoint.allHeaders())
        request.setRawHeader(name, value);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false); // a held GET would share it with the POSTs
    request.setSslConfiguration(m_endpoint.tls.configuration());
    return request;
}

void PollingTransport::watch(QNetworkReply *reply)
{
    connect(reply, &QNetworkReply::sslErrors, this, [this, reply](const QList<QSslError> &errors) {
        QSslCertificate shown = reply->sslConfiguration().peerCertificate();
        if (shown.isNull() && !errors.isEmpty())
            shown = errors.first().certificate();
        if (m_endpoint.tls.isPinnedCertificate(shown))
            reply->ignoreSslErrors();
        else
            m_untrusted = untrusted(m_endpoint.url.host(), shown, errors, m_endpoint.tls);
    });
    connect(reply, &QNetworkReply::encrypted, this, [this, reply] {
        const QSslCertificate shown = reply->sslConfiguration().peerCertificate();
        if (m_endpoint.tls.isPinned() && !m_endpoint.tls.isPinnedCertificate(shown)) {
            m_untrusted = untrusted(m_endpoint.url.host(), shown, {}, m_endpoint.tls);
            reply->abort(); // before the request has gone out
        }
    });
    connect(reply, &QNetworkReply::readyRead, this, [this, reply] {
        if (reply->bytesAvailable() > m_endpoint.mostMessageBytes)
            reply->abort();
    });
}

void PollingTransport::poll()
{
    m_poll = m_network.get(request());
    watch(m_poll);
    connect(m_poll, &QNetworkReply::finished, this, &PollingTransport::onPolled);
}

std::optional<Failure> PollingTransport::failureOf(QNetworkReply &reply, const QByteArray &body) const
{
    const int status = reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (!m_untrusted.isEmpty())
        return Failure{FailureKind::Certificate, m_untrusted};
    if (reply.bytesAvailable() > m_endpoint.mostMessageBytes || body.size() > m_endpoint.mostMessageBytes)
        return Failure{FailureKind::Protocol,
                       QStringLiteral("%1 sends more than %2 bytes at once")
                           .arg(serverName(m_endpoint.url))
                           .arg(m_endpoint.mostMessageBytes)};
    if (status >= 200 && status < 300 && reply.error() == QNetworkReply::NoError)
        return {};
    if (status >= 300)
        return httpFailure(m_endpoint.url, status, body, reply.rawHeader("Location"));
    const auto kind =
        reply.error() == QNetworkReply::SslHandshakeFailedError ? FailureKind::Certificate : FailureKind::Network;
    return Failure{kind,
                   QStringLiteral("%1 cannot be reached: %2").arg(serverName(m_endpoint.url), reply.errorString())};
}

void PollingTransport::keepCookies(QNetworkReply &reply)
{
    if (!m_endpoint.cookies)
        return;
    const auto cookies = reply.header(QNetworkRequest::SetCookieHeader).value<QList<QNetworkCookie>>();
    if (!cookies.isEmpty())
        m_endpoint.cookies->setCookiesFromUrl(cookies, m_endpoint.url);
}

void PollingTransport::onPolled()
{
    QNetworkReply *const reply = std::exchange(m_poll, nullptr);
    reply->deleteLater();
    const QByteArray body = reply->isOpen() ? reply->readAll() : QByteArray(); // it is closed when it was aborted
    if (auto failure = failureOf(*reply, body))
        return fail(*failure);
    keepCookies(*reply);
    const bool handshake = m_phase == Phase::Opening;
    constexpr std::size_t mostPackets = 1'000'000;
    const auto packets = decodePayload(body, mostPackets);
    if (!packets || (handshake && packets->front().type != PacketType::Open))
        return fail(payloadFailure(m_endpoint.url, body,
                                   reply->header(QNetworkRequest::ContentTypeHeader).toByteArray(), handshake));
    if (handshake)
        m_phase = Phase::Open;
    QPointer<PollingTransport> alive(this);
    for (const Packet &packet : *packets) {
        if (packet.type == PacketType::Close) {
            m_phase = Phase::Ended;
            Q_EMIT closed(QStringLiteral("closed by the server"));
            return;
        }
        Q_EMIT received(packet);
        if (!alive || m_phase == Phase::Ended)
            return;
    }
    if (m_phase == Phase::Open)
        poll();
    else
        checkPaused();
}

void PollingTransport::send(std::deque<Packet> &queue, qsizetype maxPayload)
{
    if (!isWritable() || queue.empty())
        return;
    QByteArray body = encodePacket(queue.front());
    queue.pop_front();
    for (int packets = 1; packets < mostPacketsAPost && !queue.empty(); ++packets) {
        // base64 takes four bytes for three
        const qsizetype size = queue.front().data.size() * (queue.front().binary ? 4 : 3) / 3 + 4;
        if (maxPayload > 0 && body.size() + 1 + size > maxPayload)
            break;
        body += '\x1e' + encodePacket(queue.front());
        queue.pop_front();
    }
    post(body);
}

void PollingTransport::post(const QByteArray &body)
{
    QNetworkRequest request = this->request();
    request.setHeader(QNetworkRequest::ContentTypeHeader, QByteArray("text/plain;charset=UTF-8"));
    m_postBytes = body.size();
    m_post = m_network.post(request, body);
    watch(m_post);
    connect(m_post, &QNetworkReply::finished, this, &PollingTransport::onPosted);
}

void PollingTransport::onPosted()
{
    QNetworkReply *const reply = std::exchange(m_post, nullptr);
    reply->deleteLater();
    m_postBytes = 0;
    if (m_released) {
        if (!m_closeSent) {
            m_closeSent = true;
            return post(encodePacket({PacketType::Close, {}, false}));
        }
        deleteLater();
        return;
    }
    if (m_phase == Phase::Ended)
        return;
    if (auto failure = failureOf(*reply, reply->isOpen() ? reply->readAll() : QByteArray()))
        return fail(*failure);
    keepCookies(*reply);
    if (m_phase == Phase::Open)
        Q_EMIT writable();
    else
        checkPaused();
}

void PollingTransport::pause()
{
    m_phase = Phase::Pausing;
    checkPaused();
}

void PollingTransport::checkPaused()
{
    if (m_phase != Phase::Pausing || m_poll || m_post)
        return;
    m_phase = Phase::Paused;
    Q_EMIT paused();
}

void PollingTransport::fail(const Failure &failure)
{
    if (m_phase == Phase::Ended)
        return;
    m_phase = Phase::Ended;
    Q_EMIT failed(failure);
}

void PollingTransport::release()
{
    const Phase phase = std::exchange(m_phase, Phase::Ended);
    m_released = true;
    blockSignals(true);
    // The GET stays until the server knows: to it, a client that hangs up on one has broken down.
    if (m_poll)
        m_poll->disconnect(this);
    if (phase != Phase::Open || m_endpoint.sid.isEmpty()) {
        deleteLater();
        return;
    }
    QTimer::singleShot(patienceMs, this, &QObject::deleteLater);
    if (!m_post) {
        m_closeSent = true;
        post(encodePacket({PacketType::Close, {}, false}));
    }
}

} // namespace stepwire::engineio::client
