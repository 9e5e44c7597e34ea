#include "app/host/web_host.h"

#include "core/serve/metrics.h"
#include "core/serve/tls/tls.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QFile>
#include <QSaveFile>

namespace stepwire {

static constexpr int portsTried = 20;

WebHost::WebHost(Hub &hub, EventTexts &texts, io::Reactor &reactor, QString server)
    : m_hub(hub), m_texts(texts), m_reactor(reactor), m_server(std::move(server))
{
}

WebHost::~WebHost()
{
    if (!m_file.isEmpty())
        QFile::remove(m_file);
}

static Result<QByteArray> readPublicFile(const QString &path)
{
    constexpr qint64 most = 64LL * 1024;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(QStringLiteral("%1 cannot be read: %2").arg(path, file.errorString()));
    return file.read(most);
}

static Result<std::optional<JwtVerifier>> jwtOf(const std::optional<WebSettings::Jwt> &settings)
{
    if (!settings)
        return std::optional<JwtVerifier>();
    const bool shared = settings->algorithm == u"HS256";
    const Result<QByteArray> key =
        shared ? readSecretFile(settings->secretFile) : readPublicFile(settings->publicKeyFile);
    if (!key)
        return tl::unexpected(key.error());
    return JwtVerifier::create({shared ? JwtOptions::Algorithm::HS256 : JwtOptions::Algorithm::RS256, *key,
                                settings->audience, settings->issuer})
        .map([](JwtVerifier verifier) { return std::optional(std::move(verifier)); });
}

Result<QString> WebHost::start(const WebSettings &settings, const Paths &paths)
{
    const Result<Tokens> tokens = loadTokens(paths.config);
    if (!tokens)
        return tl::unexpected(tokens.error());
    const auto jwt = jwtOf(settings.jwt);
    if (!jwt)
        return tl::unexpected(jwt.error());
    WebServer::Options options;
    if (!settings.certificate.isEmpty()) {
        Result<TlsContext> tls = TlsContext::create(settings.certificate, settings.key);
        if (!tls)
            return tl::unexpected(tls.error());
        options.tls = std::make_shared<const TlsContext>(std::move(*tls));
    }
    options.server = m_server;
    options.access.hosts = settings.hosts;
    options.access.origins = settings.origins;
    options.access.listenAddress = settings.address;
    options.access.tokens = *tokens;
    options.access.jwt = *jwt;
    options.access.secureCookies = options.tls != nullptr;
    options.access.queryToken = settings.queryToken;
    options.policy = {settings.commands, settings.allPipelines};
    options.requests = {settings.requestsPerSecond, 2 * settings.requestsPerSecond};
    options.mostConnections = static_cast<std::size_t>(settings.clients);
    const bool secure = options.tls != nullptr;
    auto web = std::make_unique<WebServer>(m_hub, m_texts, m_reactor, std::move(options));
    auto socketIo = std::make_unique<SocketIoFace>(m_hub, m_texts, m_reactor, *web, m_server);
    auto page = std::make_unique<WebPage>(*web);
    const Result<quint16> port =
        web->listen(QHostAddress(settings.address), settings.port, settings.listenGiven ? 1 : portsTried);
    if (!port)
        return tl::unexpected(port.error());
    web->setMetrics([this] { return metrics(); });
    const auto changed = [this] {
        if (m_clientsChanged)
            m_clientsChanged();
    };
    web->onClientsChanged(changed);
    socketIo->onClientsChanged(changed);
    m_page = std::move(page);
    m_web = std::move(web);
    m_socketIo = std::move(socketIo);

    const bool any = settings.address == u"0.0.0.0" || settings.address == u"::";
    const bool six = settings.address.contains(u':');
    const QString host = any ? (six ? QStringLiteral("[::1]") : QStringLiteral("127.0.0.1"))
        : six                ? QStringLiteral("[%1]").arg(settings.address)
                             : settings.address;
    const QString url = QStringLiteral("%1://%2:%3").arg(secure ? u"https" : u"http", host).arg(*port);
    m_file = paths.runtime + QStringLiteral("/web.json");
    QSaveFile file(m_file);
    if (file.open(QIODevice::WriteOnly)) {
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.write(QJsonDocument(QJsonObject{{QStringLiteral("url"), url}}).toJson(QJsonDocument::Compact) + '\n');
        file.commit();
    }
    return url;
}

std::size_t WebHost::clients() const
{
    return m_web ? m_web->sockets() + m_web->streams() + m_socketIo->clients() : 0;
}

QByteArray WebHost::metrics() const
{
    const auto of = [](const char *carrier, std::size_t clients, const Feed &feed) {
        return CarrierMetrics{carrier, clients, feed.thinned(), feed.resyncs()};
    };
    return metricsText(m_hub, m_reactor,
                       {m_local(), of("websocket", m_web->sockets(), m_web->socketFeed()),
                        of("sse", m_web->streams(), m_web->streamFeed()),
                        of("socketio", m_socketIo->clients(), m_socketIo->feed())},
                       m_web->calls() + m_socketIo->calls(), m_web->guard().refused());
}

void WebHost::drain(int deadlineMs, std::function<void()> done)
{
    if (!m_file.isEmpty())
        QFile::remove(std::exchange(m_file, {}));
    if (!m_web)
        return done();
    m_socketIo->close();
    m_web->drain(deadlineMs, std::move(done));
}

} // namespace stepwire
