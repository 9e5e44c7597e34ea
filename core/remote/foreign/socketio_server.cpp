#include "core/remote/foreign/socketio_server.h"

#include "core/model/quote.h"
#include "core/remote/foreign/socketio_jobs.h"
#include "core/remote/foreign/socketio_line.h"

#include <QJsonDocument>
#include <QPointer>

#include <optional>

namespace stepwire {

static constexpr int answerMs = 10'000; ///< how long the server may take to acknowledge

Result<QUrl> socketioUrl(const QString &setting, const QString &text)
{
    const QUrl url(text.trimmed(), QUrl::StrictMode);
    const QStringList schemes{QStringLiteral("http"), QStringLiteral("https"), QStringLiteral("ws"),
                              QStringLiteral("wss")};
    if (!url.isValid() || url.host().isEmpty() || !schemes.contains(url.scheme()))
        return fail(
            code::invalidParams,
            QStringLiteral("setting %1 is %2, expected an address like https://host:port").arg(setting, quoted(text)));
    if (!url.userInfo().isEmpty())
        return fail(code::invalidParams,
                    QStringLiteral("setting %1 has a user or password in it, which do not belong there").arg(setting));
    return url;
}

Result<QByteArray> headerValue(const QString &setting, const QString &text)
{
    const QByteArray value = text.trimmed().toUtf8();
    for (const char c : value) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            return fail(code::invalidParams,
                        QStringLiteral("setting %1 has a control character in it, expected one line").arg(setting));
    }
    return value;
}

namespace {

class SocketioServer : public ForeignServer
{
public:
    SocketioServer(const Setup &setup, const SocketioLine::Setup &line, SocketioRules rules)
        : m_jobs(setup.jobs),
          m_cancel(setup.settings.value(QStringLiteral("cancel")).toString().trimmed()),
          m_mapping(m_jobs, std::move(rules),
                    m_cancel.isEmpty() ? QStringList() : QStringList{QStringLiteral("cancel")}),
          m_line(line)
    {
    }

    std::optional<std::pair<QString, QJsonArray>> hello; ///< said after each connect

    void start() override
    {
        m_line.connected = [this] {
            m_jobs.connected();
            if (hello)
                m_line.emit(hello->first, hello->second);
        };
        m_line.failed = [this](const SocketioLine::ConnectError &error) {
            const bool refused = error.kind == SocketioLine::ConnectError::Kind::Refused;
            m_jobs.lost(refused ? QStringLiteral("the server refuses: %1").arg(quoted(error.message, 200))
                                : error.message);
        };
        m_line.lost = [this](const QString &reason) { m_jobs.lost(reason); };
        m_line.event = [this](const QString &event, const QJsonArray &arguments) { m_mapping.take(event, arguments); };
        m_line.start();
    }

    void hurry() override { m_line.hurry(); }

    void handle(const Request &request, Reply reply) override
    {
        const auto *cancel = std::get_if<CancelJob>(&request);
        if (!cancel || m_cancel.isEmpty())
            return ForeignServer::handle(request, std::move(reply));
        if (!cancel->step.isEmpty())
            return reply(
                fail(code::wrongState, QStringLiteral("of this server's jobs no single step can be cancelled")));
        const QString key = m_jobs.keyOf(cancel->job);
        if (key.isEmpty())
            return reply(fail(code::wrongState, QStringLiteral("job %1 is over").arg(quoted(cancel->job))));
        if (!m_line.isConnected())
            return reply(fail(code::hostUnreachable,
                              QStringLiteral("%1 cannot be reached: %2").arg(m_jobs.name(), m_jobs.reason())));
        const QPointer<SocketioServer> alive(this);
        m_line.emitWithAck(
            m_cancel, {key},
            [this, alive, job = cancel->job, reply](const Result<QCborArray> &answer) {
                if (!alive)
                    return reply(fail(code::hostUnreachable, QStringLiteral("the source has been removed")));
                if (!answer)
                    return reply(
                        fail(code::hostUnreachable,
                             QStringLiteral("the server did not acknowledge: %1").arg(answer.error().message)));
                m_jobs.setState(job, State::Cancelling);
                reply(JobAck{job, State::Cancelling, {}});
            },
            answerMs);
    }

private:
    ForeignJobs &m_jobs;
    QString m_cancel;
    SocketioJobs m_mapping;
    SocketioLine m_line;
};

Result<std::pair<QString, QJsonArray>> helloOf(const QString &text)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(text.toUtf8(), &error);
    QJsonArray list = document.array();
    const QString name = list.isEmpty() ? QString() : list.takeAt(0).toString();
    if (name.isEmpty() || socketio::isReservedEvent(name))
        return fail(code::invalidParams,
                    QStringLiteral("setting hello is %1, expected a JSON array of an event and its arguments like "
                                   "[\"join\", \"jobs\"]")
                        .arg(quoted(text)));
    return std::pair(name, list);
}

Result<std::unique_ptr<ForeignServer>> makeSocketio(const ForeignServer::Setup &setup)
{
    const auto text = [&](const char *name) { return setup.settings.value(QLatin1String(name)).toString().trimmed(); };
    const auto secret = [&](const char *name) {
        const QLatin1String key(name);
        return (setup.secrets.contains(key) ? setup.secrets : setup.settings).value(key).toString().trimmed();
    };
    SocketioLine::Setup line;
    const auto url = socketioUrl(QStringLiteral("url"), text("url"));
    if (!url)
        return tl::unexpected(url.error());
    line.url = *url;
    if (const QString nsp = text("namespace"); !nsp.isEmpty()) {
        if (nsp.contains(u',') || nsp.contains(u'?') || nsp.size() > 200)
            return fail(code::invalidParams,
                        QStringLiteral("setting namespace is %1, expected one like /jobs").arg(quoted(nsp)));
        line.nsp = nsp.startsWith(u'/') ? nsp : u'/' + nsp;
    }
    if (const QString path = text("path"); !path.isEmpty()) {
        if (!path.startsWith(u'/') || path.contains(u'?') || path.contains(u'#'))
            return fail(code::invalidParams,
                        QStringLiteral("setting path is %1, expected one like /socket.io/").arg(quoted(path)));
        line.options.path = path.endsWith(u'/') ? path : path + u'/';
    }
    line.options.tryAllTransports = true;
    const std::pair<const char *, const char *> headers[] = {
        {"origin", "Origin"}, {"cookie", "Cookie"}, {"authorization", "Authorization"}};
    for (const auto &[name, header] : headers) {
        const auto value = headerValue(QLatin1String(name), secret(name));
        if (!value)
            return tl::unexpected(value.error());
        if (!value->isEmpty())
            line.options.extraHeaders.emplace_back(header, *value);
    }
    if (const QString token = secret("token"); !token.isEmpty()) {
        const QString name = text("token_name").isEmpty() ? QStringLiteral("token") : text("token_name");
        line.auth = [name, token] { return QCborMap{{name, token}}; };
    }
    auto rules = SocketioRules::parse(setup.settings);
    if (!rules)
        return tl::unexpected(rules.error());
    if (!text("cancel").isEmpty() && !rules->id)
        return fail(code::invalidParams,
                    QStringLiteral("setting id is missing: cancel needs to say which job is meant"));
    auto server = std::make_unique<SocketioServer>(setup, line, std::move(*rules));
    if (!text("hello").isEmpty()) {
        auto hello = helloOf(text("hello"));
        if (!hello)
            return tl::unexpected(hello.error());
        server->hello = std::move(*hello);
    }
    return server;
}

} // namespace

ForeignKind socketioKind()
{
    return {"socketio",
            "Socket.IO server",
            {
                {"url", "address of the server, as https://host:port", true},
                {"event", "name of the event that tells of jobs; several with commas", true},
                {"namespace", "/ by default"},
                {"path", "/socket.io/ by default"},
                {"id", "path to what tells which job, as data.id; without it there is one at a time"},
                {"title", "path to the job's title"},
                {"done", "path to how much is done"},
                {"total", "path to how much there is to do"},
                {"percent", "path to a percentage"},
                {"step", "path to the title of the step that the figures are of"},
                {"message", "path to what is being done"},
                {"state", "path to the state; $event is the event's name"},
                {"finished", "states that mean success, with commas; complete, done, success and the like by default"},
                {"failed", "states that mean failure; failed, error and the like by default"},
                {"cancelled", "states that mean cancelled; cancelled, aborted and the like by default"},
                {"paused", "states that mean paused; paused by default"},
                {"steps", "titles of the steps that are known beforehand, with commas"},
                {"unit", "unit of done and total, as files"},
                {"hello", "what is sent after connecting, as [\"join\", \"jobs\"]"},
                {"cancel", "event that cancels the job whose id it is given, which the server acknowledges"},
                {"origin", "Origin to send, for servers that look at it"},
                {"token_name", "member of auth that takes the token; token by default"},
                {"token", "sent as auth when connecting", false, true},
                {"cookie", "sent as header Cookie", false, true},
                {"authorization", "sent as header Authorization", false, true},
            },
            makeSocketio};
}

} // namespace stepwire
