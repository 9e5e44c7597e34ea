#include "core/desktop/job_view_server.h"

#include "core/desktop/job_view.h"

#include <QDBusArgument>
#include <QJsonArray>
#include <QDBusError>
#include <QDBusObjectPath>

#include <algorithm>
#include <utility>

namespace stepwire {

using namespace Qt::StringLiterals;

namespace {

const QString serverName = u"org.kde.JobViewServer"_s;
const QString serverPath = u"/JobViewServer"_s;
const QString busName = u"org.freedesktop.DBus"_s;
const QString busPath = u"/org/freedesktop/DBus"_s;

constexpr uint allowReplacement = 1;
constexpr uint doNotQueue = 4;
constexpr uint primaryOwner = 1;
constexpr uint alreadyOwner = 4;

QVariantMap mapOf(const QVariant &value)
{
    return value.canConvert<QDBusArgument>() ? qdbus_cast<QVariantMap>(value.value<QDBusArgument>()) : value.toMap();
}

/// The kind of an older dialect's amount, as the keys of the newer one have it.
QString kindOf(const QString &unit)
{
    if (unit == u"bytes")
        return u"Bytes"_s;
    if (unit == u"files")
        return u"Files"_s;
    return unit == u"dirs" ? u"Directories"_s : u"Items"_s;
}

} // namespace

/// What the bus calls; on the main thread.
class JobViewServer::Endpoint : public QDBusVirtualObject
{
public:
    explicit Endpoint(JobViewServer &server) : m_server(server) { }
    [[nodiscard]] QString introspect(const QString &) const override { return {}; }
    bool handleMessage(const QDBusMessage &message, const QDBusConnection &) override
    {
        return m_server.handle(message);
    }

private:
    JobViewServer &m_server;
};

/// A job of somebody's.
struct JobViewServer::View
{
    QString path;
    QString client; ///< unique name
    QString interface; ///< of its signals
    QString application;
    int capabilities = 0;
    QVariantMap state; ///< in the words of JobViewV3
    bool suspended = false; ///< as the hub was told
    bool asked = false; ///< the hub was told of it
    QString job; ///< as the hub calls it; empty until it has said so
    QJsonObject told;
    qint64 due = 0; ///< when it may be told, or told more
    bool waits = true;
};

JobViewServer::JobViewServer(HubView &view, SessionBus &bus, QObject *parent)
    : QObject(parent), m_view(view), m_bus(bus), m_endpoint(std::make_unique<Endpoint>(*this))
{
    m_clock.start();
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &JobViewServer::onTimer);
    connect(&view, &HubView::updated, this, &JobViewServer::updated);
    bus.watchName(this, serverName, [this](const QString &owner) {
        m_owner = owner;
        setServing(m_bus.available() && owner == m_bus.connection().baseService());
        decide();
    });
    bus.watchName(this, u"org.kde.plasmashell"_s, [this](const QString &owner) {
        m_plasma = !owner.isEmpty();
        decide();
    });
}

JobViewServer::~JobViewServer()
{
    m_wanted = false;
    decide();
    setServing(false);
}

void JobViewServer::setWanted(bool wanted)
{
    m_wanted = wanted;
    decide();
}

void JobViewServer::decide()
{
    if (!m_bus.available())
        return;
    const bool wish = m_wanted && !m_plasma;
    if (m_serving && !wish) {
        m_bus.call(nullptr, busName, busPath, busName, u"ReleaseName"_s, {serverName});
        return;
    }
    if (!wish || m_serving || m_asking || !m_owner.isEmpty())
        return;
    m_asking = true;
    // Before the name: whoever waits for it calls at once.
    m_bus.connection().registerVirtualObject(serverPath, m_endpoint.get());
    m_bus.call(this, busName, busPath, busName, u"RequestName"_s, {serverName, allowReplacement | doNotQueue},
               [this](const Result<QVariantList> &answer) {
                   m_asking = false;
                   const uint got = answer ? answer->value(0).toUInt() : 0;
                   if (got == primaryOwner || got == alreadyOwner)
                       setServing(true);
                   // The wish may have changed while it was asked for.
                   if (m_serving)
                       decide();
               });
}

void JobViewServer::setServing(bool serving)
{
    if (m_serving == serving)
        return;
    m_serving = serving;
    if (!serving) {
        // Whoever has the name now is told of these jobs by their programs.
        for (const auto &[path, view] : std::exchange(m_views, {})) {
            m_bus.connection().unregisterObject(path);
            if (!view->job.isEmpty())
                finish(view->job, 1, {});
        }
        for (auto &[client, watch] : std::exchange(m_clients, {}))
            watch.release()->deleteLater(); // one of them may be calling
        if (m_bus.available())
            m_bus.connection().unregisterObject(serverPath);
    }
    Q_EMIT servesChanged();
}

bool JobViewServer::handle(const QDBusMessage &message)
{
    if (message.path() == serverPath)
        return message.member() == u"requestView" && requestView(message);
    const auto it = m_views.find(message.path());
    return it != m_views.end() && it->second->client == message.service() && viewCall(*it->second, message);
}

bool JobViewServer::requestView(const QDBusMessage &message)
{
    const bool newer = message.interface() == serverName + u"V2"_s || message.signature() == u"sia{sv}";
    if (message.signature() != (newer ? u"sia{sv}"_s : u"ssi"_s))
        return false;
    if (m_views.size() >= mostViews)
        return m_bus.connection().send(message.createErrorReply(QDBusError::LimitsExceeded, u"too many jobs"_s));
    const QVariantList arguments = message.arguments();
    auto view = std::make_unique<View>();
    view->path = u"/org/stepwire/JobView_%1"_s.arg(++m_count);
    view->client = message.service();
    view->application = arguments[0].toString();
    view->due = m_clock.elapsed() + patienceMs;
    if (newer) {
        view->interface = u"org.kde.JobViewV3"_s;
        view->capabilities = arguments[1].toInt();
        view->state = mapOf(arguments[2]);
        if (const QString name = view->state.value(u"application-display-name"_s).toString(); !name.isEmpty())
            view->application = name;
    } else {
        view->interface = u"org.kde.JobViewV2"_s;
        view->capabilities = arguments[2].toInt();
    }
    QDBusConnection connection = m_bus.connection();
    connection.registerVirtualObject(view->path, m_endpoint.get());
    const QString path = view->path;
    const QString client = view->client;
    wake(*view);
    m_views.emplace(path, std::move(view));
    connection.send(message.createReply(QVariant::fromValue(QDBusObjectPath(path))));
    if (std::unique_ptr<QObject> &watch = m_clients[client]; !watch) {
        watch = std::make_unique<QObject>();
        m_bus.watchName(watch.get(), client, [this, client](const QString &owner) {
            if (owner.isEmpty())
                clientLeft(client);
        });
    }
    return true;
}

bool JobViewServer::viewCall(View &view, const QDBusMessage &message)
{
    const QString method = message.member();
    const QVariantList arguments = message.arguments();
    const auto first = arguments.value(0);
    const auto second = arguments.value(1);
    QVariantList answer;
    std::optional<std::pair<uint, QString>> end;
    if (method == u"update")
        merge(view, mapOf(first));
    else if (method == u"setInfoMessage")
        merge(view, {{u"title"_s, first.toString()}});
    else if (method == u"setPercent")
        merge(view, {{u"percent"_s, first.toUInt()}});
    else if (method == u"setTotalAmount")
        merge(view, {{u"total"_s + kindOf(second.toString()), first}});
    else if (method == u"setProcessedAmount")
        merge(view, {{u"processed"_s + kindOf(second.toString()), first}});
    else if (method == u"setSuspended")
        merge(view, {{u"suspended"_s, first.toBool()}});
    else if (method == u"setDescriptionField") {
        merge(view, {{u"descriptionValue%1"_s.arg(first.toUInt() + 1), arguments.value(2).toString()}});
        answer = {true};
    } else if (method == u"clearDescriptionField")
        merge(view, {{u"descriptionValue%1"_s.arg(first.toUInt() + 1), QString()}});
    else if (method == u"setError")
        merge(view, {{u"error"_s, first.toUInt()}});
    else if (method == u"terminate" && message.signature() == u"usa{sv}")
        end = {first.toUInt(), second.toString()};
    else if (method == u"terminate")
        end = {view.state.value(u"error"_s, first.toString().isEmpty() ? 0U : 100U).toUInt(), first.toString()};
    else if (method != u"setSpeed" && method != u"setDestUrl")
        return false;
    if (message.isReplyRequired())
        m_bus.connection().send(message.createReply(answer));
    if (end)
        terminate(view, end->first, end->second);
    return true;
}

void JobViewServer::merge(View &view, const QVariantMap &state)
{
    view.state.insert(state);
    view.waits = true;
    wake(view);
}

void JobViewServer::terminate(View &view, uint error, const QString &message)
{
    // What failed at once is worth being told.
    if (!view.asked && error > 1)
        report(view);
    const QString path = view.path;
    if (view.asked && view.job.isEmpty()) {
        view.state.insert(u"ended"_s, QVariantList{error, message});
        return;
    }
    if (!view.job.isEmpty()) {
        progress(view);
        finish(view.job, error, message);
    }
    drop(path);
}

void JobViewServer::report(View &view)
{
    view.asked = true;
    view.waits = false;
    const QString title = view.state.value(u"title"_s).toString();
    QJsonArray capabilities;
    if (view.capabilities & jobview::canCancel)
        capabilities.append(u"cancel"_s);
    if (view.capabilities & jobview::canSuspend)
        capabilities.append(u"pause"_s);
    const QJsonObject params{{u"title"_s,
                              title.isEmpty() ? tr("job of %1", "a program").arg(view.application)
                                              : tr("%1: %2", "a program: what it does").arg(view.application, title)},
                             {u"capabilities"_s, capabilities}};
    m_view.call(this, u"report.start"_s, params,
                [this, path = view.path](const Result<QJsonValue> &answer) { reported(path, answer); });
}

void JobViewServer::reported(const QString &path, const Result<QJsonValue> &answer)
{
    const QString job = answer ? answer->toObject()[u"job"].toString() : QString();
    const auto it = m_views.find(path);
    if (it == m_views.end()) {
        // Whose it was left, or somebody else serves now.
        if (!job.isEmpty())
            finish(job, 1, {});
        return;
    }
    View &view = *it->second;
    view.job = job;
    const QVariantList end = view.state.value(u"ended"_s).toList();
    if (!end.isEmpty())
        return terminate(view, end[0].toUInt(), end[1].toString());
    if (!job.isEmpty())
        progress(view);
}

void JobViewServer::progress(View &view)
{
    view.waits = false;
    view.due = m_clock.elapsed() + updateIntervalMs;
    QJsonObject params{{u"job"_s, view.job}};
    const uint percent = view.state.value(u"percent"_s).toUInt();
    params.insert(u"fraction"_s, std::min(percent, 100U) / 100.0);
    for (const auto &[kind, unit] :
         {std::pair(u"Bytes"_s, u"bytes"_s), std::pair(u"Files"_s, u"files"_s), std::pair(u"Items"_s, u"items"_s)}) {
        const QVariant total = view.state.value(u"total"_s + kind);
        if (total.toULongLong() == 0)
            continue;
        params.insert(u"total"_s, total.toDouble());
        params.insert(u"done"_s, view.state.value(u"processed"_s + kind).toDouble());
        params.insert(u"unit"_s, unit);
        break;
    }
    if (percent == 0)
        params.remove(u"fraction"_s); // it does not know, or the figures say it better
    if (const QString what = view.state.value(u"descriptionValue1"_s).toString(); !what.isEmpty())
        params.insert(u"message"_s, what);
    if (params != view.told) {
        view.told = params;
        m_view.call(this, u"report.progress"_s, params);
    }
    const bool suspended = view.state.value(u"suspended"_s).toBool();
    if (suspended == view.suspended)
        return;
    view.suspended = suspended;
    m_view.call(this, u"report.change"_s,
                {{u"job"_s, view.job}, {u"state"_s, stateName(suspended ? State::Paused : State::Running)}});
}

void JobViewServer::finish(const QString &job, uint error, const QString &message)
{
    QJsonObject params{{u"job"_s, job}};
    if (error == 1)
        params.insert(u"state"_s, u"cancelled"_s);
    else if (error != 0)
        params.insert(u"error"_s, message.isEmpty() ? tr("failed with error %1").arg(error) : message);
    m_view.call(this, u"report.finish"_s, params);
}

void JobViewServer::drop(const QString &path)
{
    const auto view = m_views.extract(path);
    m_bus.connection().unregisterObject(path);
    const QString client = view.mapped()->client;
    if (std::none_of(m_views.begin(), m_views.end(), [&](const auto &other) { return other.second->client == client; }))
        m_clients.erase(client);
}

void JobViewServer::clientLeft(const QString &client)
{
    std::vector<QString> gone;
    for (const auto &[path, view] : m_views) {
        if (view->client == client)
            gone.push_back(path);
    }
    for (const QString &path : gone) {
        const auto view = m_views.extract(path);
        m_bus.connection().unregisterObject(path);
        if (!view.mapped()->job.isEmpty())
            finish(view.mapped()->job, 100,
                   tr("%1 ended without saying how it went", "a program").arg(view.mapped()->application));
    }
    // Not the watch itself: it is calling.
    if (auto watch = m_clients.extract(client))
        watch.mapped().release()->deleteLater();
}

void JobViewServer::updated(const HubView::Update &update)
{
    if (m_views.empty())
        return;
    for (const HubView::Change &change : update.changes) {
        if (!change.after)
            continue;
        const State state = change.after->state;
        if (change.before && change.before->state == state)
            continue;
        const auto it = std::find_if(m_views.begin(), m_views.end(),
                                     [&](const auto &view) { return view.second->job == change.after->id; });
        if (it == m_views.end())
            continue;
        const View &view = *it->second;
        if (state == State::Cancelling)
            signal(view, u"cancelRequested"_s);
        else if (state == State::Pausing)
            signal(view, u"suspendRequested"_s);
        else if (state == State::Running && view.suspended)
            signal(view, u"resumeRequested"_s);
    }
}

void JobViewServer::signal(const View &view, const QString &name)
{
    m_bus.emitSignal(QDBusMessage::createTargetedSignal(view.client, view.path, view.interface, name));
}

void JobViewServer::wake(const View &view)
{
    const int delay = static_cast<int>(std::max<qint64>(view.due - m_clock.elapsed(), 0));
    if (!m_timer.isActive() || m_timer.remainingTime() > delay)
        m_timer.start(delay);
}

void JobViewServer::onTimer()
{
    const qint64 now = m_clock.elapsed();
    std::vector<View *> later;
    for (const auto &[path, view] : m_views) {
        if (!view->waits)
            continue;
        if (now < view->due)
            later.push_back(view.get());
        else if (!view->asked)
            report(*view);
        else if (!view->job.isEmpty())
            progress(*view);
    }
    for (const View *view : later)
        wake(*view);
}

} // namespace stepwire
