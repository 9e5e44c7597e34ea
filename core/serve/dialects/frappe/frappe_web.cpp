#include "core/serve/dialects/frappe/frappe_web.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QDateTime>
#include <QJsonDocument>

namespace stepwire {

using namespace Qt::StringLiterals;

namespace {

const QByteArray methodPath = QByteArrayLiteral("/api/method/");

void answer(http::Exchange &exchange, int status, const QJsonObject &body, http::Headers headers = {})
{
    for (auto &header : FrappeWeb::corsHeaders(exchange.request()))
        headers.push_back(std::move(header));
    headers.emplace_back("Content-Type", "application/json");
    headers.emplace_back("Cache-Control", "no-store");
    exchange.respond(status, headers, QJsonDocument(body).toJson(QJsonDocument::Compact));
}

void tell(http::Exchange &exchange, const QJsonValue &message)
{
    answer(exchange, 200, {{u"message"_s, message}});
}

/// As Frappe tells an exception, words for people included.
void refuse(http::Exchange &exchange, int status, const QString &type, const QString &words)
{
    const QJsonObject shown{{u"message"_s, words}, {u"title"_s, u"Message"_s}, {u"indicator"_s, u"red"_s}};
    const QByteArray one = QJsonDocument(shown).toJson(QJsonDocument::Compact);
    const QByteArray list = QJsonDocument(QJsonArray{QString::fromUtf8(one)}).toJson(QJsonDocument::Compact);
    answer(exchange, status,
           {{u"exc_type"_s, type},
            {u"exception"_s, u"frappe.exceptions.%1: %2"_s.arg(type, words)},
            {u"_server_messages"_s, QString::fromUtf8(list)}});
}

/// Of a query or a form.
QJsonObject decoded(const QByteArray &text)
{
    QJsonObject members;
    for (const QByteArray &pair : text.split('&')) {
        const qsizetype equals = pair.indexOf('=');
        if (equals <= 0 || members.size() >= 200)
            continue;
        const auto decode = [](QByteArray piece) {
            return QString::fromUtf8(QByteArray::fromPercentEncoding(piece.replace('+', ' ')));
        };
        members.insert(decode(pair.left(equals)), decode(pair.mid(equals + 1)));
    }
    return members;
}

/// Nothing where the body is no form and no object.
std::optional<QJsonObject> argumentsOf(const http::Request &request)
{
    QJsonObject arguments = decoded(request.query);
    if (request.body.isEmpty())
        return arguments;
    QJsonObject body;
    if (request.header("content-type").startsWith("application/x-www-form-urlencoded")) {
        body = decoded(request.body);
    } else {
        const QJsonDocument document = QJsonDocument::fromJson(request.body);
        if (!document.isObject())
            return std::nullopt;
        body = document.object();
    }
    for (auto it = body.begin(); it != body.end(); ++it)
        arguments.insert(it.key(), it.value());
    return arguments;
}

} // namespace

http::Headers FrappeWeb::corsHeaders(const http::Request &request)
{
    if (request.count("origin") == 0 || !FrappeLogin::isOfThisHost(request))
        return {};
    return {{"Access-Control-Allow-Origin", request.header("origin")},
            {"Access-Control-Allow-Credentials", "true"},
            {"Vary", "Origin"}};
}

void FrappeWeb::attach(http::Server &server)
{
    server.route(methodPath, [this](const http::ExchangePtr &exchange) { handle(exchange); });
    server.route("/health", [](const http::ExchangePtr &exchange) {
        exchange->respond(200, {{"Content-Type", "text/plain"}}, "ok");
    });
}

void FrappeWeb::handle(const http::ExchangePtr &exchange)
{
    const http::Request &request = exchange->request();
    const QString name = QString::fromUtf8(request.path.sliced(methodPath.size()));
    if (request.method == "OPTIONS") {
        http::Headers headers = corsHeaders(request);
        headers.emplace_back("Access-Control-Allow-Headers", "authorization, content-type, x-frappe-csrf-token");
        return exchange->respond(204, headers, {});
    }
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (!reads && request.method != "POST")
        return refuse(*exchange, 403, u"PermissionError"_s, u"Not permitted"_s);
    // A page of elsewhere may not act with the cookie of this host, which is that of all its ports.
    const bool fromElsewhere =
        request.count("origin") > 0 && !request.header("origin").endsWith("://" + request.header("host"));
    if (!reads && fromElsewhere && request.header("authorization").isEmpty())
        return refuse(*exchange, 400, u"CSRFTokenError"_s, u"Invalid Request"_s);
    const auto given = argumentsOf(request);
    if (!given)
        return refuse(*exchange, 417, u"ValidationError"_s, u"the body is neither a form nor a JSON object"_s);
    const QJsonObject &arguments = *given;
    const QString user = m_login.userOf(request);
    if (name == u"version")
        return tell(*exchange, u"15.0.0"_s);
    if (name == u"ping")
        return tell(*exchange, u"pong"_s);
    if (name == u"login")
        return logIn(exchange, arguments);
    if (user.isEmpty() && !request.header("authorization").isEmpty())
        return refuse(*exchange, 401, u"AuthenticationError"_s, u"Invalid API key or secret"_s);
    if (name == u"frappe.realtime.get_user_info") {
        const auto known = m_site.users.find(user);
        const bool system = known != m_site.users.end() && known->second.system;
        return tell(*exchange,
                    QJsonObject{{u"user"_s, user.isEmpty() ? u"Guest"_s : user},
                                {u"user_type"_s, system ? u"System User"_s : u"Website User"_s},
                                {u"installed_apps"_s, QJsonArray{u"frappe"_s}}});
    }
    if (user.isEmpty())
        return refuse(*exchange, 403, u"PermissionError"_s, u"Function %1 is not whitelisted."_s.arg(name.left(140)));
    if (name == u"frappe.auth.get_logged_user")
        return tell(*exchange, user);
    if (name == u"frappe.realtime.has_permission" || name == u"frappe.realtime.can_subscribe_doc"
        || name == u"frappe.realtime.can_subscribe_doctype") {
        if (!m_site.mayRead(user, arguments.value(u"doctype"_s).toString()))
            return refuse(*exchange, 403, u"PermissionError"_s, u"Not permitted"_s);
        return tell(*exchange, true);
    }
    if (name == m_site.poll)
        return poll(exchange, user, arguments);
    const auto method = m_site.methods.find(name);
    if (method == m_site.methods.end())
        return refuse(*exchange, 417, u"ValidationError"_s,
                      u"Failed to get method for command %1"_s.arg(name.left(140).toHtmlEscaped()));
    if (reads)
        return refuse(*exchange, 403, u"PermissionError"_s, u"Not permitted"_s);
    run(exchange, user, method->second, arguments);
}

/// With the user's name and, as the password, the hub's token.
void FrappeWeb::logIn(const http::ExchangePtr &exchange, const QJsonObject &arguments)
{
    const QByteArray token = arguments.value(u"pwd"_s).toString().toUtf8();
    const QByteArray name = arguments.value(u"usr"_s).toString().toUtf8();
    http::Request asked;
    asked.headers = {{"authorization", "token " + name + ':' + token}};
    const QString user = m_login.userOf(asked);
    if (exchange->request().method != "POST" || name.isEmpty() || user.isEmpty())
        return answer(*exchange, 401,
                      {{u"message"_s, u"Invalid login credentials"_s}, {u"exc_type"_s, u"AuthenticationError"_s}});
    const QByteArray more = "; Path=/; SameSite=Lax";
    answer(*exchange, 200, {{u"message"_s, u"Logged In"_s}, {u"home_page"_s, u"/app"_s}, {u"full_name"_s, user}},
           {{"Set-Cookie", "sid=" + token + "; HttpOnly" + more},
            {"Set-Cookie", "user_id=" + user.toUtf8().toPercentEncoding() + more}});
}

void FrappeWeb::poll(const http::ExchangePtr &exchange, const QString &user, const QJsonObject &arguments)
{
    const QString conversation = arguments.value(u"conversation_id"_s).toString();
    if (conversation.isEmpty() || conversation.size() > 140)
        return refuse(
            *exchange, 417, u"ValidationError"_s,
            u"conversation_id is %1, expected the conversation's or the task's id"_s.arg(quoted(conversation)));
    // Two programs that ask for the same conversation do not take from each other.
    const http::Request &request = exchange->request();
    const QByteArray asker = request.header("user-agent").left(200) + '\n' + request.header("x-frappe-client").left(64);
    std::optional<quint64> since;
    bool ok = false;
    if (const quint64 number = arguments.value(u"since"_s).toString().toULongLong(&ok); ok)
        since = number;
    const QJsonArray told = m_updates.take(user, conversation, asker, since);
    tell(*exchange, QJsonObject{{u"updates"_s, told}, {u"newest"_s, static_cast<qint64>(m_updates.newest())}});
}

void FrappeWeb::run(const http::ExchangePtr &exchange, const QString &user, const FrappeSite::Method &method,
                    const QJsonObject &arguments)
{
    RunJob job;
    job.pipeline = method.pipeline;
    job.params = method.fixed;
    for (const auto &[parameter, argument] : method.parameters) {
        if (arguments.contains(argument))
            job.params.insert(parameter, arguments.value(argument));
    }
    job.fromRemote = RemoteAllowance{.commands = false, .allPipelines = true}; // whom the user has mapped is allowed
    job.jobId = makeJobId(QDateTime::currentMSecsSinceEpoch());
    const QString given = arguments.value(u"conversation_id"_s).toString();
    const QString conversation = given.isEmpty() || given.size() > 140 ? job.jobId : given;
    m_story.expect(job.jobId, user, conversation);
    m_hub.request(
        job,
        [this, alive = std::weak_ptr(m_alive), exchange, conversation, id = job.jobId](const Result<Answer> &reply) {
            if (alive.expired())
                return;
            const auto *ack = reply ? std::get_if<JobAck>(&*reply) : nullptr;
            if (!ack) {
                m_story.forget(id);
                return refuse(*exchange, 417, u"ValidationError"_s,
                              reply ? u"no job was made"_s : reply.error().message);
            }
            tell(*exchange,
                 QJsonObject{{u"task_id"_s, ack->job},
                             {u"conversation_id"_s, conversation},
                             {u"status"_s, stateName(ack->state)}});
        });
}

} // namespace stepwire
