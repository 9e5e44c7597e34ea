#include "core/desktop/plasma_jobs.h"

#include <QDBusObjectPath>
#include <QDateTime>

#include <algorithm>
#include <utility>

namespace stepwire {

using namespace Qt::StringLiterals;

namespace {

const QString serverName = u"org.kde.JobViewServer"_s;
const QString serverPath = u"/JobViewServer"_s;
const QString viewV3 = u"org.kde.JobViewV3"_s;
const QString viewV2 = u"org.kde.JobViewV2"_s;
const QString applicationId = u"org.stepwire.Stepwire"_s;
const QString applicationName = u"Stepwire"_s;

QVariant elapsed(const Job &job)
{
    const qint64 since = job.started.value_or(job.created);
    return QVariant::fromValue<qlonglong>(std::max<qint64>(QDateTime::currentMSecsSinceEpoch() - since, 0));
}

bool lacksInterface(const Error &error)
{
    const QString name = error.data.value(u"name"_s).toString();
    return name == u"org.freedesktop.DBus.Error.UnknownMethod"
        || name == u"org.freedesktop.DBus.Error.UnknownInterface";
}

} // namespace

PlasmaJobs::PlasmaJobs(HubView &view, SessionBus &bus, QObject *parent) : QObject(parent), m_view(view), m_bus(bus)
{
    m_clock.start();
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &PlasmaJobs::onTimer);
    connect(&view, &HubView::updated, this, &PlasmaJobs::update);
    const std::pair<QString, QString> wishes[] = {{u"cancelRequested"_s, u"job.cancel"_s},
                                                  {u"suspendRequested"_s, u"job.pause"_s},
                                                  {u"resumeRequested"_s, u"job.resume"_s}};
    for (const QString &interface : {viewV3, viewV2}) {
        for (const auto &[signal, method] : wishes) {
            bus.watchSignal(this, {}, interface, signal,
                            [this, method = method](const QDBusMessage &message) { wish(message, method); });
        }
    }
    bus.watchName(this, serverName, [this](const QString &owner) { serverChanged(owner); });
}

PlasmaJobs::~PlasmaJobs()
{
    for (const auto &[id, view] : std::exchange(m_views, {})) {
        if (!view.path.isEmpty())
            sendEnd(view.path, {jobview::byWish, {}});
    }
}

bool PlasmaJobs::shows(const QString &job) const
{
    const auto it = m_views.find(job);
    return it != m_views.end() && !it->second.path.isEmpty();
}

void PlasmaJobs::serverChanged(const QString &owner)
{
    const bool ourselves = m_bus.available() && owner == m_bus.connection().baseService();
    const QString server = ourselves ? QString() : owner;
    if (server == m_server)
        return;
    m_server = server;
    m_dialect = Dialect::V3;
    m_ended.clear();
    if (!std::exchange(m_views, {}).empty())
        Q_EMIT showsChanged();
    registerAll();
}

void PlasmaJobs::registerAll()
{
    for (const auto &[id, job] : m_view.live()) {
        if (jobview::isShown(*job))
            request(*job);
    }
}

void PlasmaJobs::update(const HubView::Update &update)
{
    if (m_server.isEmpty())
        return;
    for (const HubView::Change &change : update.changes) {
        const JobPtr &job = change.after;
        if (!job) {
            end(change.before->id, {jobview::byWish, {}});
            continue;
        }
        // Started anew within one frame: the view of the attempt before is not that of this one.
        if (change.before && change.before->attempt != job->attempt)
            end(job->id, {});
        const auto it = m_views.find(job->id);
        if (it == m_views.end()) {
            if (jobview::isShown(*job))
                request(*job);
        } else if (jobview::isShown(*job)) {
            show(*job, it->second);
        } else {
            jobview::End how = jobview::end(*job);
            if (how.code > jobview::byWish && m_failureTold && m_failureTold(*job))
                how.code = jobview::byWish;
            end(job->id, how);
        }
    }
}

void PlasmaJobs::request(const Job &job)
{
    View &view = m_views[job.id];
    view = {};
    view.request = ++m_requests;
    QVariantList arguments;
    QString interface = serverName;
    if (m_dialect == Dialect::V3) {
        interface += u"V2";
        view.sent = jobview::state(job);
        QVariantMap hints = view.sent;
        hints.insert(u"elapsedTime"_s, elapsed(job));
        hints.insert(u"immediate"_s, false);
        hints.insert(u"transient"_s, true); // that it went well is said by a notification, and once
        hints.insert(u"application-display-name"_s, applicationName);
        hints.insert(u"application-icon-name"_s, applicationId);
        arguments = {applicationId, jobview::capabilities(job), hints};
    } else {
        arguments = {applicationName, applicationId, jobview::capabilities(job)};
    }
    m_bus.call(
        this, m_server, serverPath, interface, u"requestView"_s, arguments,
        [this, id = job.id, number = view.request, dialect = m_dialect](const Result<QVariantList> &answer) {
            requested(id, number, dialect, answer);
        },
        requestTimeoutMs);
}

void PlasmaJobs::requested(const QString &jobId, quint64 number, Dialect dialect, const Result<QVariantList> &answer)
{
    const auto ended = m_ended.extract(number);
    const auto it = m_views.find(jobId);
    const bool known = it != m_views.end() && it->second.request == number;
    if (!ended && !known)
        return; // of a server that is gone
    const QString path =
        answer && !answer->isEmpty() ? qvariant_cast<QDBusObjectPath>(answer->constFirst()).path() : QString();
    if (ended) {
        if (!path.isEmpty())
            sendEnd(path, ended.mapped());
        return;
    }
    const JobPtr job = m_view.find(jobId);
    if (!path.isEmpty()) {
        it->second.path = path;
        if (job)
            show(*job, it->second);
        Q_EMIT showsChanged();
    } else if (!answer && dialect == Dialect::V3 && lacksInterface(answer.error())) {
        m_dialect = Dialect::V2;
        if (job)
            request(*job);
    } else {
        it->second.request = 0;
    }
}

void PlasmaJobs::show(const Job &job, View &view)
{
    if (view.path.isEmpty())
        return;
    const qint64 now = m_clock.elapsed();
    if (!view.throttle.mayGo(now)) {
        view.waits = true;
        const int delay = static_cast<int>(view.throttle.due() - now);
        if (!m_timer.isActive() || m_timer.remainingTime() > delay)
            m_timer.start(delay);
        return;
    }
    view.waits = false;
    QVariantMap state = jobview::state(job);
    QVariantMap changed = jobview::difference(view.sent, state);
    if (changed.isEmpty())
        return;
    view.throttle.went(now);
    view.sent = std::move(state);
    if (m_dialect == Dialect::V2)
        return sendV2(view, changed);
    changed.insert(u"elapsedTime"_s, elapsed(job));
    send(view.path, u"update"_s, {changed});
}

void PlasmaJobs::onTimer()
{
    qint64 next = -1;
    for (auto &[id, view] : m_views) {
        if (!view.waits)
            continue;
        const JobPtr job = m_view.find(id);
        if (job && view.throttle.mayGo(m_clock.elapsed()))
            show(*job, view);
        else if (next < 0 || view.throttle.due() < next)
            next = view.throttle.due();
    }
    if (next >= 0)
        m_timer.start(static_cast<int>(std::max<qint64>(next - m_clock.elapsed(), 0)));
}

void PlasmaJobs::end(const QString &jobId, const jobview::End &end)
{
    const auto node = m_views.extract(jobId);
    if (!node)
        return;
    const View &view = node.mapped();
    if (view.path.isEmpty()) {
        if (view.request != 0)
            m_ended[view.request] = end;
        return;
    }
    // The last figures may have been held back.
    if (const JobPtr job = m_view.find(jobId); job && m_dialect == Dialect::V3) {
        const QVariantMap changed = jobview::difference(view.sent, jobview::state(*job));
        if (!changed.isEmpty())
            send(view.path, u"update"_s, {changed});
    }
    sendEnd(view.path, end);
    Q_EMIT showsChanged();
}

void PlasmaJobs::sendEnd(const QString &path, const jobview::End &end)
{
    if (m_dialect == Dialect::V3)
        return send(path, u"terminate"_s, {end.code, end.message, QVariantMap()});
    if (end.code != 0)
        send(path, u"setError"_s, {end.code});
    send(path, u"terminate"_s, {end.message});
}

void PlasmaJobs::sendV2(const View &view, const QVariantMap &changed)
{
    const QString &path = view.path;
    const auto text = [&](const QString &key) { return changed.value(key).toString(); };
    if (changed.contains(u"title"_s))
        send(path, u"setInfoMessage"_s, {text(u"title"_s)});
    if (changed.contains(u"percent"_s))
        send(path, u"setPercent"_s, {changed.value(u"percent"_s)});
    if (changed.contains(u"suspended"_s))
        send(path, u"setSuspended"_s, {changed.value(u"suspended"_s)});
    const std::pair<QString, QString> units[] = {
        {u"Bytes"_s, u"bytes"_s}, {u"Files"_s, u"files"_s}, {u"Directories"_s, u"dirs"_s}, {u"Items"_s, u"items"_s}};
    for (const auto &[key, unit] : units) {
        if (const QVariant total = changed.value(u"total"_s + key); total.isValid())
            send(path, u"setTotalAmount"_s, {total, unit});
        if (const QVariant processed = changed.value(u"processed"_s + key); processed.isValid())
            send(path, u"setProcessedAmount"_s, {processed, unit});
    }
    for (uint number = 0; number < 2; ++number) {
        const QString label = u"descriptionLabel%1"_s.arg(number + 1);
        const QString value = u"descriptionValue%1"_s.arg(number + 1);
        if (!changed.contains(label) && !changed.contains(value))
            continue;
        if (text(value).isEmpty())
            send(path, u"clearDescriptionField"_s, {number});
        else
            send(path, u"setDescriptionField"_s, {number, view.sent.value(label), text(value)});
    }
}

void PlasmaJobs::send(const QString &path, const QString &method, const QVariantList &arguments)
{
    m_bus.call(this, m_server, path, m_dialect == Dialect::V3 ? viewV3 : viewV2, method, arguments);
}

void PlasmaJobs::wish(const QDBusMessage &signal, const QString &method)
{
    if (m_server.isEmpty() || signal.service() != m_server)
        return;
    for (const auto &[id, view] : m_views) {
        if (view.path != signal.path())
            continue;
        QJsonObject params{{u"job"_s, id}};
        if (method == u"job.pause")
            params.insert(u"mode"_s, u"now"_s);
        m_view.call(this, method, params);
        return;
    }
}

} // namespace stepwire
