#include "core/remote/foreign/socketio2_line.h"

#include "core/model/quote.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace stepwire {

static constexpr qsizetype mostMessageBytes = 4 * 1024 * 1024;
static constexpr int shortestMs = 1000;
static constexpr int longestMs = 120'000;

Socketio2Line::Socketio2Line(Setup setup) : m_setup(std::move(setup))
{
    m_retry.setSingleShot(true);
    m_ping.setSingleShot(true);
    m_silence.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, [this] { open(); });
    connect(&m_ping, &QTimer::timeout, this, [this] {
        m_client->sendText("2");
        m_silence.start(m_patienceMs);
    });
    connect(&m_silence, &QTimer::timeout, this,
            [this] { ended(ConnectError::Kind::Timeout, QStringLiteral("the server has gone silent")); });
}

void Socketio2Line::open()
{
    if (m_client)
        return;
    m_retry.stop();
    WebSocketClient::Request request;
    request.url = m_setup.url;
    const bool secure =
        m_setup.url.scheme() == QStringLiteral("https") || m_setup.url.scheme() == QStringLiteral("wss");
    request.url.setScheme(secure ? QStringLiteral("wss") : QStringLiteral("ws"));
    request.url.setPath(m_setup.path);
    request.url.setQuery(QStringLiteral("EIO=3&transport=websocket"));
    request.headers = m_setup.headers;
    request.mostMessageBytes = mostMessageBytes;
    m_client = new WebSocketClient(this);
    connect(m_client, &WebSocketClient::textReceived, this, [this](const QByteArray &text) { read(text); });
    connect(m_client, &WebSocketClient::closed, this, [this](int /*code*/, const QString & /*reason*/) {
        ended(ConnectError::Kind::Network, QStringLiteral("the server has ended the connection"));
    });
    connect(m_client, &WebSocketClient::failed, this,
            [this](WebSocketClient::Failure failure, const QString &sentence) {
                ended(failure == WebSocketClient::Failure::Certificate ? ConnectError::Kind::Certificate
                                                                       : ConnectError::Kind::Network,
                      sentence);
            });
    m_silence.start(m_patienceMs);
    m_client->open(request);
}

void Socketio2Line::release()
{
    m_ping.stop();
    m_silence.stop();
    if (!m_client)
        return;
    m_client->disconnect(this);
    m_client->release();
    m_client = nullptr;
}

void Socketio2Line::ended(ConnectError::Kind kind, const QString &reason)
{
    release();
    m_retry.start(nextRetryMs());
    if (std::exchange(m_connected, false)) {
        if (lost)
            lost(reason);
        return;
    }
    ConnectError error;
    error.kind = kind;
    error.message = reason;
    if (failed)
        failed(error);
}

void Socketio2Line::hurry()
{
    startOver();
    if (!m_client)
        open();
}

void Socketio2Line::drop()
{
    m_connected = false;
    release();
    m_retry.start(nextRetryMs());
}

void Socketio2Line::read(const QByteArray &text)
{
    const auto bounded = [](const QJsonValue &value, int otherwise) {
        return static_cast<int>(
            std::clamp(value.toDouble(otherwise), static_cast<double>(shortestMs), static_cast<double>(longestMs)));
    };
    switch (text.isEmpty() ? '\0' : text.front()) {
    case '0': {
        const QJsonObject open = QJsonDocument::fromJson(text.mid(1)).object();
        m_patienceMs = bounded(open.value(QLatin1String("pingTimeout")), 20'000);
        m_ping.setInterval(bounded(open.value(QLatin1String("pingInterval")), 25'000));
        m_silence.start(m_patienceMs); // until we are in
        return;
    }
    case '1': return ended(ConnectError::Kind::Network, QStringLiteral("the server has ended the connection"));
    case '2': m_client->sendText(QByteArray("3").append(text.mid(1))); return;
    case '3':
        m_silence.stop();
        m_ping.start();
        return;
    case '4': return readPacket(text.mid(1));
    default: return; // 5 and 6 are of upgrades
    }
}

void Socketio2Line::readPacket(const QByteArray &packet)
{
    const char type = packet.isEmpty() ? '\0' : packet.front();
    qsizetype at = 1;
    if (at < packet.size() && packet[at] == '/')
        return; // of a namespace that nobody asked for
    while (at < packet.size() && packet[at] >= '0' && packet[at] <= '9')
        ++at; // what wants to be acknowledged
    const QByteArray data = packet.mid(at);
    switch (type) {
    case '0':
        if (m_connected)
            return;
        m_connected = true;
        opened();
        m_silence.stop();
        m_ping.start();
        if (connected)
            connected();
        return;
    case '1': return ended(ConnectError::Kind::Network, QStringLiteral("the server has ended the connection"));
    case '2': {
        QJsonArray arguments = QJsonDocument::fromJson(data).array();
        if (arguments.isEmpty() || !arguments.at(0).isString())
            return;
        const QString name = arguments.takeAt(0).toString();
        if (event)
            event(name, arguments);
        return;
    }
    case '4': {
        const QJsonValue told = QJsonDocument::fromJson('[' + data + ']').array().at(0);
        const QString words =
            told.isString() ? told.toString() : told.toObject().value(QLatin1String("message")).toString();
        m_connected = false;
        return ended(ConnectError::Kind::Refused, words);
    }
    default: return;
    }
}

void Socketio2Line::emit(const QString &name, const QJsonArray &arguments)
{
    if (!m_connected)
        return;
    QJsonArray whole = arguments;
    whole.prepend(name);
    m_client->sendText("42" + QJsonDocument(whole).toJson(QJsonDocument::Compact));
}

} // namespace stepwire
