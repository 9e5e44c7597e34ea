#include "app/client/session.h"

#include "app/terminal/output.h"
#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QTimer>

namespace stepwire {

static constexpr int retryMs = 10;
static constexpr int patienceMs = 5000;

int Session::run(IfNone ifNone, std::function<void()> ready)
{
    m_ifNone = ifNone;
    m_ready = std::move(ready);
    QMetaObject::invokeMethod(
        this, [this] { connectHub(); }, Qt::QueuedConnection);
    return QCoreApplication::exec();
}

void Session::finish(int exitCode)
{
    QCoreApplication::exit(exitCode);
}

void Session::connectHub()
{
    m_link = std::make_unique<SocketLink>();
    m_link->open(m_paths.socket(), [this](const Result<native::Hello> &hello) {
        if (hello)
            return m_host.isEmpty() ? m_ready() : findHost();
        if (m_ifNone == IfNone::Fail) {
            sayError(QStringLiteral("no hub runs here (%1)").arg(m_paths.socket()));
            return finish(exit_code::unreachable);
        }
        // We may be in a signal of the link that is about to be replaced.
        QMetaObject::invokeMethod(
            this,
            [this, message = hello.error().message] {
                if (!m_trying.isValid())
                    return startHub();
                // Another command's hub holds the lock but does not listen yet.
                if (m_trying.elapsed() < patienceMs) {
                    QTimer::singleShot(retryMs, this, [this] { connectHub(); });
                    return;
                }
                sayError(message);
                finish(exit_code::unreachable);
            },
            Qt::QueuedConnection);
    });
}

/// A name that nobody knows is a mistake for verbs that name a job, too.
void Session::findHost()
{
    request(QStringLiteral("job.list"), {{QStringLiteral("limit"), 1}}, [this](const QJsonValue &) { m_ready(); });
}

void Session::startHub()
{
    m_trying.start();
    m_starter.start(m_paths, m_socketDir, [this](const Result<void> &ready) {
        if (!ready && !ready.error().message.startsWith(u"a hub runs already")) {
            sayError(ready.error().message);
            return finish(exit_code::unreachable);
        }
        m_started = ready.has_value();
        connectHub();
    });
}

void Session::refuse(const Error &error)
{
    const QJsonArray faults = error.data[u"faults"].toArray();
    for (const QJsonValue &value : faults) {
        const QJsonObject fault = value.toObject();
        if (fault[u"line"].toInt() > 0)
            sayError(QStringLiteral("%1:%2:%3: %4")
                         .arg(fault[u"file"].toString())
                         .arg(fault[u"line"].toInt())
                         .arg(fault[u"column"].toInt())
                         .arg(fault[u"message"].toString()));
        else
            sayError(fault[u"message"].toString());
    }
    if (faults.isEmpty())
        sayError(error.message);
    switch (error.code) {
    case code::hostUnreachable: return finish(exit_code::unreachable);
    case code::invalidParams:
    case code::invalidPipeline:
    case code::unknownJob:
    case code::methodNotFound: return finish(exit_code::usage);
    default: return finish(exit_code::failed);
    }
}

void Session::request(const QString &method, const QJsonObject &params,
                      std::function<void(const QJsonValue &)> answered)
{
    QJsonObject whole = params;
    if (!m_host.isEmpty()
        && (method == u"job.list" || method == u"job.prune" || method == u"pipeline.list"
            || method == u"pipeline.check"))
        whole.insert(QStringLiteral("host"), m_host);
    m_link->call(method, whole, [this, answered](const Result<QJsonValue> &result) {
        if (result)
            answered(*result);
        else
            refuse(result.error());
    });
}

void Session::resolveJob(const QString &typed, std::function<void(const QString &)> resolved)
{
    if (!isValidId(typed))
        return refuse({code::unknownJob, QStringLiteral("there is no job %1").arg(quoted(typed)), {}});
    constexpr qsizetype wholeId = 36;
    if (typed.size() >= wholeId)
        return resolved(typed);
    m_link->call(QStringLiteral("job.get"), {{QStringLiteral("job"), typed}},
                 [this, typed, resolved](const Result<QJsonValue> &job) {
                     if (job)
                         return resolved(typed);
                     request(QStringLiteral("job.list"), {{QStringLiteral("limit"), 1000}},
                             [this, typed, resolved](const QJsonValue &page) {
                                 QStringList matches;
                                 const QJsonArray jobs = page[u"jobs"].toArray();
                                 for (const QJsonValue &value : jobs) {
                                     const QString id = value[u"job"].toString();
                                     if (id.startsWith(typed) || id.endsWith(typed))
                                         matches.append(id);
                                 }
                                 if (matches.size() == 1)
                                     return resolved(matches.first());
                                 refuse({code::unknownJob,
                                         matches.isEmpty() ? QStringLiteral("there is no job %1").arg(quoted(typed))
                                                           : QStringLiteral("%1 fits %2 jobs, give more of the id")
                                                                 .arg(quoted(typed))
                                                                 .arg(matches.size()),
                                         {}});
                             });
                 });
}

} // namespace stepwire
