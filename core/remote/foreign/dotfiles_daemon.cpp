#include "core/remote/foreign/dotfiles_daemon.h"

#include "core/model/quote.h"
#include "core/remote/foreign/frame_sockets.h"

#include <QJsonDocument>

#include <algorithm>
#include <cmath>

namespace stepwire {

static constexpr qsizetype mostText = 500;

static QString mainStep()
{
    return QStringLiteral("main");
}

static QString shown(const QJsonValue &value)
{
    return plainLine(value.toString().left(mostText));
}

/// As it may stand in an event.
static QJsonObject bounded(const QJsonObject &object)
{
    constexpr qsizetype mostBytes = 60 * 1024;
    if (QJsonDocument(object).toJson(QJsonDocument::Compact).size() <= mostBytes)
        return object;
    return {{QStringLiteral("omitted"), QStringLiteral("more than 60 KiB")}};
}

DotfilesOperations::DotfilesOperations(ForeignJobs &jobs, qint64 patienceMs) : m_jobs(jobs), m_patienceMs(patienceMs)
{
    forgive();
}

void DotfilesOperations::forgive()
{
    for (const QStringList keys = m_jobs.liveKeys(); const QString &key : keys)
        m_live[key].heard = m_jobs.now();
}

bool DotfilesOperations::take(const QJsonObject &envelope)
{
    if (!envelope[u"event_type"].isString() || !envelope[u"payload"].isObject())
        return false;
    const QJsonObject payload = envelope[u"payload"].toObject();
    const QString type = payload[u"type"].toString();
    const QString operation = payload[u"operation_id"].toString().left(mostText);
    if (operation.isEmpty() || std::find(m_ended.begin(), m_ended.end(), operation) != m_ended.end())
        return true; // of a state, a query, or what is over
    if (type == u"operation_started") {
        begin(operation, shown(payload[u"operation_name"]), payload[u"parameters"].toObject());
    } else if (type == u"operation_progress") {
        progress(operation, payload);
    } else if (type == u"operation_completed") {
        const QString job = begin(operation);
        if (const QJsonObject result = payload[u"result"].toObject(); !result.isEmpty())
            m_jobs.custom(job, {}, QStringLiteral("result"), bounded(result));
        end(operation, State::Succeeded);
    } else if (type == u"operation_failed") {
        const QString job = begin(operation);
        constexpr qsizetype mostTraceback = 64 * 1024;
        if (const QString traceback = payload[u"traceback"].toString().left(mostTraceback); !traceback.isEmpty())
            m_jobs.output(job, mainStep(), traceback.endsWith(u'\n') ? traceback : traceback + u'\n', Stream::Err);
        QStringList words;
        for (const auto *part : {u"step_id", u"error_code", u"error_message"}) {
            if (const QString word = shown(payload[QStringView(part)]); !word.isEmpty())
                words.append(word);
        }
        const QString said =
            words.isEmpty() ? QStringLiteral("it failed, and did not say why") : words.join(QStringLiteral(": "));
        end(operation, State::Failed, Failure{said, mainStep(), {}, {}, {}});
    }
    return true;
}

QString DotfilesOperations::begin(const QString &operation, const QString &name, const QJsonObject &parameters)
{
    m_live[operation].heard = m_jobs.now();
    if (const QString live = m_jobs.find(operation); !live.isEmpty()) {
        if (!name.isEmpty())
            m_jobs.setTitle(live, name);
        return live;
    }
    ForeignJobs::Plan plan;
    plan.key = operation;
    plan.title = name.isEmpty() ? operation : name;
    plan.params = bounded(parameters);
    const QString job = m_jobs.begin(plan);
    m_jobs.startStep(job, mainStep());
    return job;
}

void DotfilesOperations::progress(const QString &operation, const QJsonObject &payload)
{
    const QString job = begin(operation);
    Progress &kept = m_live[operation].progress;
    const auto percent = [](const QJsonValue &value) { return std::clamp(value.toDouble(), 0.0, 100.0); };
    kept.unit = QStringLiteral("%");
    kept.total = 100;
    kept.fraction.reset();
    if (payload[u"overall_progress"].isDouble())
        kept.done = percent(payload[u"overall_progress"]);
    const QString id = payload[u"step_id"].toString().left(mostText);
    const QString name = shown(payload[u"step_name"]);
    kept.message = name.isEmpty() ? plainLine(id) : name;
    const int current = payload[u"current_step"].toInt();
    const int total = payload[u"total_steps"].toInt();
    if (current >= 1 && total >= current)
        kept.message += QStringLiteral(" (%1/%2)").arg(current).arg(total);
    if (payload[u"step_progress"].isDouble() && !id.isEmpty()) {
        constexpr std::size_t mostPhases = 64;
        auto phase = std::find_if(kept.phases.begin(), kept.phases.end(), [&](const Phase &p) { return p.id == id; });
        if (phase == kept.phases.end() && kept.phases.size() < mostPhases)
            phase = kept.phases.insert(phase, Phase{id, plainLine(id), 0, 100.0, QStringLiteral("%")});
        if (phase != kept.phases.end()) {
            phase->done = percent(payload[u"step_progress"]);
            if (!name.isEmpty())
                phase->title = name;
        }
    }
    m_jobs.progress(job, mainStep(), kept);
}

void DotfilesOperations::end(const QString &operation, State state, std::optional<Failure> error)
{
    m_jobs.end(m_jobs.find(operation), state, std::move(error));
    m_live.erase(operation);
    m_ended.push_back(operation);
    if (m_ended.size() > mostEnded)
        m_ended.pop_front();
}

void DotfilesOperations::checkPatience()
{
    QStringList silent;
    for (const auto &[operation, live] : m_live) {
        if (m_jobs.now() - live.heard > m_patienceMs)
            silent.append(operation);
    }
    for (const QString &operation : silent) {
        constexpr qint64 minuteMs = 60'000;
        end(operation, State::Interrupted,
            Failure{
                QStringLiteral("nothing was told of it for %1 minutes").arg(m_patienceMs / minuteMs), {}, {}, {}, {}});
        m_ended.pop_back(); // it may only have been slow
    }
}

namespace {

/// Reads the event sockets of dotfiles-daemon. Lives on the hub's thread.
class DaemonServer : public ForeignServer, private FrameSockets::Observer
{
public:
    DaemonServer(FrameSockets::Place place, qint64 patienceMs, ForeignJobs &jobs)
        : m_jobs(jobs), m_operations(jobs, patienceMs), m_sockets(std::move(place), *this)
    {
        connect(&m_timer, &QTimer::timeout, this, [this] {
            if (m_jobs.isConnected())
                m_operations.checkPatience();
        });
    }

    void start() override
    {
        constexpr int checkMs = 30'000;
        m_timer.start(checkMs);
        m_sockets.start();
    }
    void hurry() override { m_sockets.hurry(); }

private:
    void reachable() override
    {
        if (m_silent && !m_sockets.anyOpen())
            return;
        m_silent = false;
        if (!m_jobs.isConnected())
            m_operations.forgive();
        m_jobs.connected();
    }

    void unreachable(const QString &reason) override { m_jobs.lost(reason); }
    void opened(const QString & /*name*/) override { }

    bool frame(const QString & /*name*/, QByteArrayView payload) override
    {
        const QJsonDocument document = QJsonDocument::fromJson(payload.toByteArray());
        if (!document.isObject())
            return false;
        (void)m_operations.take(document.object());
        return true;
    }

    /// Whoever runs the operations is not the daemon: they may well go on.
    void gone(const QString & /*name*/) override
    {
        if (m_sockets.anyOpen())
            return;
        m_silent = true;
        m_jobs.lost(QStringLiteral("the daemon does not listen at its event sockets"));
    }

    ForeignJobs &m_jobs;
    DotfilesOperations m_operations;
    FrameSockets m_sockets;
    QTimer m_timer;
    bool m_silent = false;
};

} // namespace

Result<std::unique_ptr<ForeignServer>> makeDotfilesDaemon(const ForeignServer::Setup &setup)
{
    auto place = FrameSockets::placeOf(setup.settings, QStringLiteral("_events.sock"),
                                       QStringLiteral("~/.cache/dotfiles/sockets"));
    if (!place)
        return tl::unexpected(place.error());
    constexpr qint64 minuteMs = 60'000;
    constexpr int dayMinutes = 1440;
    const QJsonValue given = setup.settings[u"patience"];
    bool isNumber = true;
    const int minutes =
        given.isString() ? given.toString().toInt(&isNumber) : given.toInt(given.isUndefined() ? 60 : 0);
    if (!isNumber || minutes < 1 || minutes > dayMinutes)
        return fail(code::invalidParams,
                    QStringLiteral("setting patience is %1, expected minutes from 1 to 1440").arg(quoted(given)));
    return std::make_unique<DaemonServer>(std::move(*place), minutes * minuteMs, setup.jobs);
}

} // namespace stepwire
