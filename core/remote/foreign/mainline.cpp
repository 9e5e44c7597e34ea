#include "core/remote/foreign/mainline.h"

#include "core/model/quote.h"
#include "core/remote/websocket/websocket_client.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QUrl>

#include <algorithm>

namespace stepwire {

static QString screenStep()
{
    return QStringLiteral("screen");
}

MainlineScreen::MainlineScreen(ForeignJobs &jobs, QString title) : m_jobs(jobs), m_title(std::move(title))
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { onTimer(); });
}

void MainlineScreen::begin()
{
    ForeignJobs::Plan plan;
    plan.key = QStringLiteral("display");
    plan.title = m_title;
    Step step;
    step.id = screenStep();
    step.title = QStringLiteral("Screen");
    plan.steps.push_back(step);
    m_job = m_jobs.begin(plan);
    m_jobs.startStep(m_job, screenStep());
}

/// One line of a frame. Only control sequences (CSI) that draw are left: what else a terminal obeys (titles,
/// clipboards, answers) is none of a display's business.
static void appendLine(QString &out, QStringView line)
{
    for (qsizetype i = 0; i < line.size(); ++i) {
        const char16_t c = line[i].unicode();
        if (c != u'\x1b') {
            if (c >= u' ' && c != u'\x7f' && !(c >= u'\x80' && c < u'\xa0'))
                out += QChar(c);
            continue;
        }
        if (i + 1 == line.size() || line[i + 1] != u'[')
            continue;
        qsizetype end = i + 2;
        while (end < line.size() && line[end] >= u' ' && line[end] < u'@')
            ++end;
        if (end == line.size())
            return;
        if (QStringView(u"mHfKABCDGdX").contains(line[end]))
            out += line.sliced(i, end + 1 - i);
        i = end;
    }
}

QString MainlineScreen::terminalText(const mainline::Frame &frame)
{
    QString text = QStringLiteral("\x1b[0m\x1b[H\x1b[2J");
    bool isFirst = true;
    for (const QString &line : frame.lines) {
        if (!std::exchange(isFirst, false))
            text += QStringLiteral("\x1b[0m\r\n");
        appendLine(text, QStringView(line).left(mostCharacters - std::min(mostCharacters, text.size())));
    }
    return text + QStringLiteral("\x1b[0m");
}

void MainlineScreen::take(const mainline::Message &message)
{
    if (const auto *state = std::get_if<mainline::State>(&message)) {
        m_state = state->state;
    } else {
        if (const auto *frame = std::get_if<mainline::Frame>(&message))
            m_frame = *frame;
        else if (const auto *diff = std::get_if<mainline::Diff>(&message))
            apply(m_frame, *diff);
        else
            m_frame.lines.clear();
        m_pending = terminalText(m_frame);
    }
    onTimer();
}

void MainlineScreen::wait(UnixMs due)
{
    const int ms = static_cast<int>(std::clamp<qint64>(due - m_jobs.now(), 1, 10'000));
    if (!m_timer.isActive() || m_timer.remainingTime() > ms)
        m_timer.start(ms);
}

void MainlineScreen::onTimer()
{
    if (m_pending && m_jobs.now() >= m_mayShow)
        show();
    if (m_state && m_jobs.now() >= m_mayTell)
        showState();
    if (m_pending)
        wait(m_mayShow);
    if (m_state)
        wait(m_mayTell);
}

void MainlineScreen::show()
{
    const QString text = *std::exchange(m_pending, std::nullopt);
    if (text == m_shown) // a display that stands still sends all the same
        return;
    m_shown = text;
    m_mayShow = m_jobs.now() + std::max(frameMs, 1000 * text.size() / mostBytesPerSecond);
    m_jobs.output(m_job, screenStep(), text, Stream::Tty);
}

void MainlineScreen::showState()
{
    const QJsonObject state = *std::exchange(m_state, std::nullopt);
    if (state == m_shownState)
        return;
    m_shownState = state;
    m_mayTell = m_jobs.now() + stateMs;
    constexpr qsizetype mostBytes = 60 * 1024;
    if (QJsonDocument(state).toJson(QJsonDocument::Compact).size() <= mostBytes)
        m_jobs.custom(m_job, screenStep(), QStringLiteral("state"), state);
}

namespace {

QJsonObject parameter(const char *name, const char *type, bool required, const char *help)
{
    return {{QStringLiteral("name"), QString::fromLatin1(name)},
            {QStringLiteral("type"), QString::fromLatin1(type)},
            {QStringLiteral("required"), required},
            {QStringLiteral("help"), QString::fromLatin1(help)}};
}

QJsonObject pipeline(const char *name, const char *title, const QJsonArray &parameters)
{
    return {{QStringLiteral("pipeline"), QString::fromLatin1(name)},
            {QStringLiteral("title"), QString::fromLatin1(title)},
            {QStringLiteral("description"), QString()},
            {QStringLiteral("parameters"), parameters},
            {QStringLiteral("steps"), QJsonArray()}};
}

QJsonArray pipelines()
{
    return {pipeline("resize", "Resize the display, for everyone",
                     {parameter("width", "integer", true, "columns"), parameter("height", "integer", true, "rows")}),
            pipeline("command", "Send a command to the display",
                     {parameter("action", "string", true, "as toggle_stage, select_stage, adjust_param, change_preset"),
                      parameter("stage", "string", false, "a stage's name"),
                      parameter("param", "string", false, "a parameter's name"),
                      parameter("delta", "number", false, "by how much"),
                      parameter("preset", "string", false, "a preset's name"),
                      parameter("direction", "number", false, "1 or -1")}),
            pipeline("state", "Ask the display for its state", {})};
}

/// Reads one display. Lives on the hub's thread.
class MainlineServer : public ForeignServer
{
public:
    MainlineServer(QUrl url, ForeignJobs &jobs)
        : m_url(std::move(url)), m_jobs(jobs), m_screen(jobs, QStringLiteral("Mainline ") + m_url.authority())
    {
        for (QTimer *timer : {&m_retry, &m_patience, &m_resizing})
            timer->setSingleShot(true);
        connect(&m_retry, &QTimer::timeout, this, [this] { open(); });
        connect(&m_patience, &QTimer::timeout, this, [this] {
            if (m_socket && m_socket->isOpen())
                return settled();
            cut(QStringLiteral("%1 does not answer").arg(m_url.authority()));
        });
        connect(&m_resizing, &QTimer::timeout, this, [this] {
            answerResize(fail(code::wrongState, QStringLiteral("no frame of that size came within five seconds")));
        });
    }
    ~MainlineServer() override
    {
        drop();
        answerResize(fail(code::hostUnreachable, QStringLiteral("the source was removed")));
    }

    void start() override { open(); }
    void hurry() override
    {
        if (m_socket)
            return;
        m_backoff.reset();
        open();
    }

    void handle(const Request &request, Reply reply) override
    {
        if (std::holds_alternative<ListPipelines>(request))
            return reply(Object{{{QStringLiteral("pipelines"), pipelines()}}});
        if (const auto *get = std::get_if<GetPipeline>(&request)) {
            for (const QJsonArray all = pipelines(); const QJsonValue &each : all) {
                if (each[u"pipeline"] == get->pipeline)
                    return reply(Object{each.toObject()});
            }
            return reply(unknown(get->pipeline));
        }
        if (const auto *run = std::get_if<RunJob>(&request))
            return this->run(*run, std::move(reply));
        reply(fail(code::wrongState,
                   QStringLiteral("a display lasts as long as it likes: remove the source to see it no more")));
    }

private:
    static tl::unexpected<Error> unknown(const QString &name)
    {
        return fail(
            code::invalidParams,
            QStringLiteral("a display has no pipeline %1, expected resize, command or state").arg(quoted(name)));
    }

    void run(const RunJob &request, Reply reply)
    {
        const bool isResize = request.pipeline == u"resize";
        const bool isCommand = request.pipeline == u"command";
        if (!isResize && !isCommand && request.pipeline != u"state")
            return reply(unknown(request.pipeline));
        if (!m_socket || !m_socket->isOpen())
            return reply(fail(code::hostUnreachable, m_jobs.reason()));
        if (isResize)
            return resize(request.params, std::move(reply));
        if (isCommand) {
            if (request.params[u"action"].toString().isEmpty())
                return reply(fail(code::invalidParams, QStringLiteral("parameter action is missing")));
            QJsonObject command = request.params;
            for (const QString &name : {QStringLiteral("delta"), QStringLiteral("direction")}) {
                bool isNumber = false;
                const double number = command.value(name).toString().toDouble(&isNumber);
                if (isNumber)
                    command[name] = number;
            }
            send({{QStringLiteral("type"), QStringLiteral("command")}, {QStringLiteral("command"), command}});
        }
        // A command has no answer: what it changed is seen in the state.
        requestState();
        reply(JobAck{m_screen.job(), stepwire::State::Running, {}});
    }

    void resize(const QJsonObject &params, Reply reply)
    {
        constexpr int most = 1000;
        int size[2] = {};
        int *into = size;
        for (const QString &name : {QStringLiteral("width"), QStringLiteral("height")}) {
            const QJsonValue given = params[name];
            *into = given.isString() ? given.toString().toInt() : given.toInt();
            if (*into < 1 || *into > most)
                return reply(fail(code::invalidParams,
                                  QStringLiteral("parameter %1 is %2, expected a number from 1 to %3")
                                      .arg(name, quoted(given))
                                      .arg(most)));
            ++into;
        }
        answerResize(fail(code::wrongState, QStringLiteral("another size was asked for meanwhile")));
        m_wanted = {size[0], size[1]};
        m_resized = std::move(reply);
        constexpr int resizeMs = 5000;
        m_resizing.start(resizeMs);
        send({{QStringLiteral("type"), QStringLiteral("resize")},
              {QStringLiteral("width"), size[0]},
              {QStringLiteral("height"), size[1]}});
    }

    void answerResize(const Result<Answer> &answer)
    {
        m_resizing.stop();
        if (const Reply reply = std::exchange(m_resized, {}))
            reply(answer);
    }

    void send(const QJsonObject &message) { m_socket->sendText(QJsonDocument(message).toJson(QJsonDocument::Compact)); }
    void requestState() { send({{QStringLiteral("type"), QStringLiteral("state_request")}}); }

    void open()
    {
        if (m_socket)
            return;
        m_socket = new WebSocketClient(this);
        connect(m_socket, &WebSocketClient::opened, this, [this] {
            // One client too many is let in and put out again without a word.
            constexpr int settleMs = 500;
            m_patience.start(settleMs);
            requestState();
        });
        connect(m_socket, &WebSocketClient::textReceived, this, [this](const QByteArray &text) { take(text); });
        connect(m_socket, &WebSocketClient::closed, this, [this](int, const QString &reason) {
            cut(!reason.isEmpty() ? reason
                    : m_isSettled ? QStringLiteral("the display closed the connection")
                                  : QStringLiteral("the display closed the connection at once: it may have all the "
                                                   "clients it takes"));
        });
        connect(m_socket, &WebSocketClient::failed, this,
                [this](WebSocketClient::Failure, const QString &sentence) { cut(sentence); });
        constexpr int connectMs = 20'000;
        m_patience.start(connectMs);
        WebSocketClient::Request request;
        request.url = m_url;
        constexpr qsizetype mostMessage = 4 * 1024 * 1024;
        request.mostMessageBytes = mostMessage;
        m_socket->open(request);
    }

    void settled()
    {
        m_patience.stop();
        if (std::exchange(m_isSettled, true))
            return;
        m_backoff.reset();
        m_jobs.connected();
        m_screen.begin();
    }

    void take(const QByteArray &text)
    {
        const auto message = mainline::decode(text);
        if (!message)
            return;
        settled();
        m_screen.take(*message);
        if (m_wanted == std::pair(m_screen.frame().width, m_screen.frame().height))
            answerResize(JobAck{m_screen.job(), stepwire::State::Running, {}});
    }

    void drop()
    {
        m_patience.stop();
        m_retry.stop();
        m_isSettled = false;
        if (WebSocketClient *socket = std::exchange(m_socket, nullptr)) {
            socket->disconnect(this);
            socket->release();
        }
    }

    void cut(const QString &reason)
    {
        drop();
        m_retry.start(m_backoff.nextMs());
        m_jobs.lost(reason);
        answerResize(fail(code::hostUnreachable, reason));
    }

    QUrl m_url;
    ForeignJobs &m_jobs;
    MainlineScreen m_screen;
    WebSocketClient *m_socket = nullptr;
    bool m_isSettled = false;
    std::pair<int, int> m_wanted;
    Reply m_resized;
    Backoff m_backoff;
    QTimer m_retry;
    QTimer m_patience;
    QTimer m_resizing;
};

} // namespace

Result<std::unique_ptr<ForeignServer>> makeMainline(const ForeignServer::Setup &setup)
{
    const QString given = setup.settings[u"url"].toString();
    QUrl url(given);
    if (!url.isValid() || url.host().isEmpty() || (url.scheme() != u"ws" && url.scheme() != u"wss"))
        return fail(code::invalidParams,
                    QStringLiteral("setting url is %1, expected ws://HOST[:PORT]").arg(quoted(setup.settings[u"url"])));
    constexpr int standardPort = 8765;
    if (url.port() < 0)
        url.setPort(standardPort);
    return std::make_unique<MainlineServer>(url, setup.jobs);
}

} // namespace stepwire
