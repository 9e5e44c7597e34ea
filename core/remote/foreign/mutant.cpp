#include "core/remote/foreign/mutant.h"

#include "core/model/quote.h"
#include "core/remote/foreign/mutant_tasks.h"
#include "core/remote/websocket/websocket_client.h"

#include <QUrl>

namespace stepwire {

namespace {

constexpr int connectMs = 15'000;

/// Keeps a connection to one daemon. Lives on the hub's thread.
class MutantServer : public ForeignServer
{
public:
    MutantServer(QUrl url, int lookMs, ForeignJobs &jobs)
        : m_url(std::move(url)), m_jobs(jobs), m_tasks(jobs, [this](const QByteArray &text) { send(text); })
    {
        m_retry.setSingleShot(true);
        connect(&m_retry, &QTimer::timeout, this, [this] { open(); });
        m_patience.setSingleShot(true);
        connect(&m_patience, &QTimer::timeout, this,
                [this] { drop(QStringLiteral("no answer from %1 within 15 s").arg(m_url.toDisplayString())); });
        m_look.setInterval(lookMs);
        connect(&m_look, &QTimer::timeout, this, [this] { look(); });
    }
    void start() override { open(); }
    void hurry() override
    {
        m_backoff.reset();
        if (m_retry.isActive())
            open();
    }
    void handle(const Request &request, Reply reply) override { m_tasks.handle(request, reply); }
    void abandon(const QString &reason) override { m_tasks.abandon(reason); }

private:
    void open()
    {
        m_retry.stop();
        auto *client = new WebSocketClient(this);
        m_client = client;
        connect(client, &WebSocketClient::opened, this, [this] {
            m_look.start();
            m_tasks.opened();
        });
        connect(client, &WebSocketClient::textReceived, this, [this](const QByteArray &text) {
            if (const auto read = m_tasks.receive(text); !read)
                return drop(
                    QStringLiteral("%1 is no MutAnt daemon: %2").arg(m_url.toDisplayString(), read.error().message));
            if (m_jobs.isConnected() && m_patience.isActive()) {
                m_patience.stop();
                m_backoff.reset();
            }
        });
        connect(client, &WebSocketClient::closed, this, [this](int code, const QString &reason) {
            drop(QStringLiteral("%1 has closed the connection (%2%3)")
                     .arg(m_url.toDisplayString())
                     .arg(code)
                     .arg(reason.isEmpty() ? QString() : u' ' + plainLine(reason)));
        });
        connect(client, &WebSocketClient::failed, this,
                [this](WebSocketClient::Failure, const QString &sentence) { drop(sentence); });
        m_patience.start(connectMs);
        WebSocketClient::Request request;
        request.url = m_url;
        request.mostMessageBytes = mostMessageBytes;
        client->open(request);
    }

    void send(const QByteArray &text)
    {
        if (m_client)
            m_client->sendText(text);
    }

    void look()
    {
        if (m_tasks.isStuck())
            return drop(QStringLiteral("%1 does not answer").arg(m_url.toDisplayString()));
        m_tasks.look();
    }

    /// This connection is no good; another is tried.
    void drop(const QString &reason)
    {
        if (!m_client)
            return;
        m_client->disconnect(this);
        m_client->release();
        m_client = nullptr;
        m_look.stop();
        m_patience.stop();
        m_retry.start(m_backoff.nextMs());
        m_tasks.closed(reason);
    }

    static constexpr qsizetype mostMessageBytes = 16 * 1024 * 1024;

    QUrl m_url;
    ForeignJobs &m_jobs;
    MutantTasks m_tasks;
    WebSocketClient *m_client = nullptr; ///< deletes itself when it is released
    Backoff m_backoff;
    QTimer m_retry;
    QTimer m_patience; ///< for the connection and its first answer
    QTimer m_look;
};

Result<std::unique_ptr<ForeignServer>> make(const ForeignServer::Setup &setup)
{
    const QString given = setup.settings[u"url"].toString(QStringLiteral("ws://127.0.0.1:3030/ws"));
    const QUrl url(given, QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty() || (url.scheme() != u"ws" && url.scheme() != u"wss"))
        return fail(code::invalidParams,
                    QStringLiteral("setting url is %1, expected ws://HOST:PORT/ws")
                        .arg(quoted(setup.settings.contains(u"url") ? setup.settings[u"url"] : QJsonValue(given))));
    const QJsonValue look = setup.settings[u"poll"];
    bool isNumber = true;
    const double seconds = look.isUndefined() ? 2
        : look.isString()                     ? look.toString().toDouble(&isNumber)
                                              : look.toDouble(-1);
    constexpr double most = 3600;
    constexpr double least = 0.1;
    if (!isNumber || !(seconds >= least && seconds <= most))
        return fail(code::invalidParams,
                    QStringLiteral("setting poll is %1, expected seconds from 0.1 to 3600").arg(quoted(look)));
    return std::make_unique<MutantServer>(url, static_cast<int>(seconds * 1000), setup.jobs);
}

} // namespace

ForeignKind mutantServer()
{
    return {"mutant",
            "MutAnt daemon",
            {{"url", "where the daemon listens (default: ws://127.0.0.1:3030/ws)"},
             {"poll", "seconds between two looks at the tasks that others have started (default: 2)"}},
            &make};
}

} // namespace stepwire
