#include "core/remote/foreign/frappe_server.h"

#include "core/model/quote.h"
#include "core/remote/foreign/frappe_jobs.h"
#include "core/remote/foreign/json_path.h"
#include "core/remote/foreign/socketio2_line.h"
#include "core/remote/foreign/socketio_line.h"
#include "core/remote/foreign/socketio_server.h"

#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QPointer>
#include <QUrlQuery>

namespace stepwire {

static constexpr int pollMs = 1000;
static constexpr int answerMs = 10'000;
static constexpr qint64 mostAnswerBytes = 4 * 1024 * 1024;
static constexpr int firstWithNamespaces = 15;
static constexpr qsizetype mostSubscriptions = 200;

QByteArray frappeOrigin(const QUrl &url)
{
    return url.toEncoded(QUrl::RemoveUserInfo | QUrl::RemovePath | QUrl::RemoveQuery | QUrl::RemoveFragment
                         | QUrl::StripTrailingSlash);
}

QString frappeRefusal(const QString &text, const FrappeAddress &address)
{
    const QString origin = QString::fromUtf8(frappeOrigin(address.url));
    const auto begins = [&](const char *with) { return text.startsWith(QLatin1String(with)); };
    if (begins("Invalid namespace"))
        return QStringLiteral("the realtime server does not serve site %1 at this address: set site to the name of the "
                              "site's folder, or url to the address of that site")
            .arg(quoted(address.site));
    if (begins("Invalid origin"))
        return QStringLiteral("the realtime server wants url and socketio to have the same host, but they have %1 and "
                              "%2: change one of them")
            .arg(quoted(address.url.host()), quoted(address.socketio.host()));
    if (begins("No cookie transmitted") || begins("No sid transmitted"))
        return QStringLiteral(
            "this version of Frappe takes no API key for realtime: set cookie to the sid of a session");
    if (begins("Missing cookie and authorization header") || begins("No authentication method used"))
        return QStringLiteral("the realtime server was given neither a cookie nor an API key: set cookie or api_key, "
                              "and let a proxy before it pass both on");
    if (begins("Unauthorized")) {
        static const QStringList unreachable{QStringLiteral("AggregateError"), QStringLiteral("ECONNREFUSED"),
                                             QStringLiteral("ENOTFOUND"),      QStringLiteral("ECONNRESET"),
                                             QStringLiteral("ETIMEDOUT"),      QStringLiteral("EAI_AGAIN"),
                                             QStringLiteral("fetch failed")};
        for (const QString &word : unreachable) {
            if (text.contains(word))
                return QStringLiteral(
                           "the realtime server cannot reach the site at %1 to ask who we are: set url to an "
                           "address with a port that it reaches, too")
                    .arg(origin);
        }
        return QStringLiteral("the site does not accept the cookie or API key: log in again and set cookie to the new "
                              "sid, or set api_key to a valid one");
    }
    return QStringLiteral("the realtime server refuses: %1").arg(quoted(text, 200));
}

namespace {

struct FrappeOptions
{
    FrappeAddress address;
    QByteArray cookie; ///< of the header
    QByteArray authorization;
    std::vector<std::pair<QString, QString>> documents; ///< doctype and name
    QStringList tasks;
    QString conversation;
    QString poll; ///< the method that tells what a conversation does
    int version = 0; ///< 0: not known
};

struct DeleteLater
{
    void operator()(QObject *object) const { object->deleteLater(); }
};

class FrappeServer : public ForeignServer
{
public:
    FrappeServer(ForeignJobs &jobs, FrappeOptions options)
        : m_jobs(jobs), m_options(std::move(options)), m_mapping(jobs), m_version(m_options.version)
    {
        m_poll.setSingleShot(true);
        connect(&m_poll, &QTimer::timeout, this, [this] { poll(); });
    }

    ~FrappeServer() override { delete m_line.release(); }

    void start() override { makeLine(); }

    void hurry() override
    {
        m_line->hurry();
        if (m_poll.isActive())
            m_poll.start(0);
    }

private:
    [[nodiscard]] std::vector<std::pair<QByteArray, QByteArray>> headers() const
    {
        std::vector<std::pair<QByteArray, QByteArray>> list{{"Origin", frappeOrigin(m_options.address.url)}};
        if (!m_options.cookie.isEmpty())
            list.emplace_back("Cookie", m_options.cookie);
        if (!m_options.authorization.isEmpty())
            list.emplace_back("Authorization", m_options.authorization);
        return list;
    }

    /// Of the kind that the server's version needs; the one before says no more.
    void makeLine()
    {
        if (m_old) {
            m_line.reset(new Socketio2Line({m_options.address.socketio, QStringLiteral("/socket.io/"), headers()}));
        } else {
            SocketioLine::Setup setup;
            setup.url = m_options.address.socketio;
            // In the main namespace newer servers let everybody in, and say nothing there.
            const bool main = m_version > 0 && m_version < firstWithNamespaces;
            setup.nsp = main ? QStringLiteral("/") : u'/' + m_options.address.site;
            setup.options.extraHeaders = headers();
            setup.options.tryAllTransports = true;
            m_line.reset(new SocketioLine(setup));
        }
        const int line = ++m_lines;
        const QPointer<FrappeServer> alive(this);
        m_line->connected = [this, alive, line] {
            if (alive && line == m_lines)
                onConnected();
        };
        m_line->failed = [this, alive, line](const EventLine::ConnectError &error) {
            if (alive && line == m_lines)
                onFailed(error);
        };
        m_line->lost = [this, alive, line](const QString &reason) {
            if (alive && line == m_lines)
                lost(reason);
        };
        m_line->event = [this, alive, line](const QString &event, const QJsonArray &arguments) {
            if (alive && line == m_lines)
                m_mapping.take(event, arguments);
        };
        m_line->start();
    }

    /// While the poll answers, the server is not lost.
    void lost(const QString &reason)
    {
        ++m_asked; // what was asked before is of no interest any more
        if (!m_pollWorks)
            m_jobs.lost(reason);
    }

    void onConnected()
    {
        m_poll.stop();
        m_pollWorks = false;
        // The server joins rooms anew for each connection, and forgets what was subscribed in the one before.
        for (const auto &[type, name] : m_options.documents)
            m_line->emit(QStringLiteral("doc_subscribe"), {type, name});
        for (const QString &task : m_options.tasks) {
            m_line->emit(QStringLiteral("task_subscribe"), {task});
            m_line->emit(QStringLiteral("progress_subscribe"), {task}); // old servers tell again what was said before
        }
        // Who is let in with a session that has expired is a guest, and hears nothing.
        get(QStringLiteral("frappe.auth.get_logged_user"), {},
            [this, asked = ++m_asked](int status, const QJsonObject &) {
                if (asked != m_asked)
                    return;
                if (status != 401 && status != 403)
                    return m_jobs.connected();
                m_line->drop();
                m_jobs.lost(frappeRefusal(QStringLiteral("Unauthorized"), m_options.address));
            });
    }

    void onFailed(const EventLine::ConnectError &error)
    {
        using Kind = EventLine::ConnectError::Kind;
        if (error.kind == Kind::OldProtocol && !m_old) {
            m_old = true;
            return makeLine();
        }
        if (error.kind == Kind::Refused) {
            // Servers without namespaces for sites say the same as those that know no such site.
            if (error.message.startsWith(QStringLiteral("Invalid namespace")) && m_version == 0)
                return askVersion(error.message);
            return lost(frappeRefusal(error.message, m_options.address));
        }
        lost(error.kind == Kind::NotSocketIo
                 ? QStringLiteral("%1 is no realtime server of Frappe: set socketio to its address and port, and see "
                                  "that it runs (%2)")
                       .arg(m_options.address.socketio.toDisplayString(), error.message)
                 : error.message);
        if (!m_options.conversation.isEmpty() && !m_poll.isActive() && !m_polling)
            m_poll.start(0);
    }

    void askVersion(const QString &refusal)
    {
        get(QStringLiteral("version"), {}, [this, refusal](int /*status*/, const QJsonObject &answer) {
            const int version = answer.value(QLatin1String("message")).toString().section(u'.', 0, 0).toInt();
            if (version <= 0 || version >= firstWithNamespaces)
                return lost(frappeRefusal(refusal, m_options.address));
            m_version = version;
            makeLine();
        });
    }

    void poll()
    {
        m_polling = true;
        get(m_options.poll, {{QStringLiteral("conversation_id"), m_options.conversation}},
            [this](int status, const QJsonObject &answer) {
                m_polling = false;
                if (m_line->isConnected())
                    return;
                m_poll.start(pollMs);
                const QJsonValue told = answer.value(QLatin1String("message"));
                if (status == 200 && told.isObject()) {
                    m_pollWorks = true;
                    m_jobs.connected();
                    return m_mapping.takeUpdates(told.toObject().value(QLatin1String("updates")).toArray());
                }
                m_pollWorks = false;
                if (status == 401 || status == 403)
                    m_jobs.lost(frappeRefusal(QStringLiteral("Unauthorized"), m_options.address));
                else if (status == 404 || status == 417)
                    m_jobs.lost(QStringLiteral("the realtime server cannot be reached, and the site has no method %1: "
                                               "set poll to one that it has")
                                    .arg(quoted(m_options.poll)));
                else if (status != 0)
                    m_jobs.lost(QStringLiteral("the realtime server cannot be reached, and the site answers %1 with "
                                               "status %2")
                                    .arg(m_options.poll)
                                    .arg(status));
            });
    }

    /// `answered` gets the HTTP status, 0 where nobody answered, and the JSON object that came.
    void get(const QString &method, const std::vector<std::pair<QString, QString>> &query,
             const std::function<void(int, const QJsonObject &)> &answered)
    {
        QUrl url = m_options.address.url;
        url.setPath(QStringLiteral("/api/method/") + method);
        QUrlQuery items;
        for (const auto &[name, value] : query)
            items.addQueryItem(QString::fromUtf8(QUrl::toPercentEncoding(name)),
                               QString::fromUtf8(QUrl::toPercentEncoding(value)));
        url.setQuery(items);
        QNetworkRequest request(url);
        request.setTransferTimeout(answerMs);
        request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
        request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
        request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
        request.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
        request.setRawHeader("Accept", "application/json");
        if (!m_options.cookie.isEmpty())
            request.setRawHeader("Cookie", m_options.cookie);
        if (!m_options.authorization.isEmpty())
            request.setRawHeader("Authorization", m_options.authorization);
        QNetworkReply *reply = m_web.get(request);
        connect(reply, &QNetworkReply::downloadProgress, reply, [reply](qint64 received, qint64) {
            if (received > mostAnswerBytes)
                reply->abort();
        });
        connect(reply, &QNetworkReply::finished, this, [reply, answered] {
            reply->deleteLater();
            const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
            answered(status, QJsonDocument::fromJson(reply->isOpen() ? reply->readAll() : QByteArray()).object());
        });
    }

    ForeignJobs &m_jobs;
    FrappeOptions m_options;
    FrappeJobs m_mapping;
    int m_version = 0;
    bool m_old = false; ///< Socket.IO 2
    int m_lines = 0; ///< made so far
    int m_asked = 0;
    bool m_polling = false; ///< an answer is awaited
    bool m_pollWorks = false;
    QTimer m_poll;
    QNetworkAccessManager m_web;
    std::unique_ptr<EventLine, DeleteLater> m_line;
};

Result<std::vector<std::pair<QString, QString>>> documentsOf(const QString &text)
{
    std::vector<std::pair<QString, QString>> documents;
    for (const QString &each : text.split(u',', Qt::SkipEmptyParts)) {
        const QString type = each.section(u'/', 0, 0).trimmed();
        const QString name = each.section(u'/', 1).trimmed();
        if (type.isEmpty() || name.isEmpty())
            return fail(code::invalidParams,
                        QStringLiteral("setting documents has %1, expected a type and a name like ToDo/TD-1")
                            .arg(quoted(each.trimmed())));
        documents.emplace_back(type, name);
    }
    return documents;
}

Result<std::unique_ptr<ForeignServer>> makeFrappe(const ForeignServer::Setup &setup)
{
    const auto text = [&](const char *name) { return lineOf(setup.settings.value(QLatin1String(name)), 20'000); };
    const auto secret = [&](const char *name) {
        const QLatin1String key(name);
        return (setup.secrets.contains(key) ? setup.secrets : setup.settings).value(key).toString().trimmed();
    };
    FrappeOptions options;
    auto url = socketioUrl(QStringLiteral("url"), text("url"));
    if (!url)
        return tl::unexpected(url.error());
    if (!url->scheme().startsWith(QStringLiteral("http")))
        return fail(code::invalidParams,
                    QStringLiteral("setting url is %1, expected the site's web address like https://erp.example.org")
                        .arg(quoted(text("url"))));
    options.address.url = *url;
    auto socketio = text("socketio").isEmpty() ? url : socketioUrl(QStringLiteral("socketio"), text("socketio"));
    if (!socketio)
        return tl::unexpected(socketio.error());
    options.address.socketio = *socketio;
    const QString site = text("site");
    if (site.contains(u'/') || site.contains(u',') || site.contains(u'?') || site.size() > 200)
        return fail(code::invalidParams,
                    QStringLiteral("setting site is %1, expected a name like erp.example.org").arg(quoted(site)));
    options.address.site = site.isEmpty() ? url->host() : site;
    const QString version = text("version");
    bool ok = false;
    options.version = version.section(u'.', 0, 0).toInt(&ok);
    if (!version.isEmpty() && (!ok || options.version < 1))
        return fail(code::invalidParams,
                    QStringLiteral("setting version is %1, expected 13 to 16").arg(quoted(version)));
    auto documents = documentsOf(text("documents"));
    if (!documents)
        return tl::unexpected(documents.error());
    options.documents = std::move(*documents);
    for (const QString &task : text("tasks").split(u',', Qt::SkipEmptyParts))
        options.tasks.append(task.trimmed());
    if (static_cast<qsizetype>(options.documents.size()) + options.tasks.size() > mostSubscriptions)
        return fail(code::invalidParams,
                    QStringLiteral("settings documents and tasks name more than %1 together").arg(mostSubscriptions));
    options.conversation = text("conversation");
    options.poll = text("poll").isEmpty() ? QStringLiteral("ai_assistant.api.get_progress") : text("poll");
    if (options.poll.contains(u'/') || options.poll.contains(u'?') || options.poll.contains(u'%'))
        return fail(code::invalidParams,
                    QStringLiteral("setting poll is %1, expected a method like ai_assistant.api.get_progress")
                        .arg(quoted(options.poll)));
    const auto cookie = headerValue(QStringLiteral("cookie"), secret("cookie"));
    const auto key = headerValue(QStringLiteral("api_key"), secret("api_key"));
    if (!cookie || !key)
        return tl::unexpected(cookie ? key.error() : cookie.error());
    if (cookie->isEmpty() && key->isEmpty())
        return fail(code::invalidParams,
                    QStringLiteral("neither cookie nor api_key is given: Frappe tells nothing to strangers"));
    if (!cookie->isEmpty())
        options.cookie = cookie->contains("sid=") ? *cookie : "sid=" + *cookie;
    if (!key->isEmpty() && !key->contains(' ') && !key->contains(':'))
        return fail(
            code::invalidParams,
            QStringLiteral("setting api_key has no colon in it, expected the API key and secret like key:secret"));
    if (!key->isEmpty())
        options.authorization = key->contains(' ') ? *key : "token " + *key;
    return std::make_unique<FrappeServer>(setup.jobs, std::move(options));
}

} // namespace

ForeignKind frappeKind()
{
    return {"frappe",
            "Frappe site (ERPNext)",
            {
                {"url", "address of the site, with the port of its web server", true},
                {"socketio", "address of its realtime server; url by default, on a bench another port (9000)"},
                {"site", "name of the site; the host of url by default"},
                {"version", "13 to 16; found out by default"},
                {"documents", "documents whose progress is wanted, as ToDo/TD-1, Note/N-2"},
                {"tasks", "ids of tasks whose progress is wanted, with commas"},
                {"conversation", "id of the conversation that is asked for every second where realtime does not work"},
                {"poll", "method that is asked; ai_assistant.api.get_progress by default"},
                {"cookie", "sid of a session", false, true},
                {"api_key", "API key and secret of a user, as key:secret; version 15 and later", false, true},
            },
            makeFrappe};
}

} // namespace stepwire
