#include "app/desktop/hub_connection.h"

#include "app/host/serve_hub.h"
#include "core/hub/hub.h"

#include <QDateTime>
#include <QFileInfo>

#include <algorithm>

namespace stepwire {

static constexpr int firstDelayMs = 50;
static constexpr int longestDelayMs = 5000;

HubConnection::HubConnection(HubView &view, HubOptions hub, bool separate)
    : m_view(view),
      m_options(std::move(hub)),
      m_separate(separate),
      m_link(view, m_main, [this](const QString &reason) { lost(reason); })
{
    prepareProcess(m_options);
    m_starter.setProgram(m_options.paths.program + QStringLiteral("/stepwire"));
    m_starter.setNotify(true); // it outlives the window
    m_again.setSingleShot(true);
    connect(&m_again, &QTimer::timeout, this, [this] { join(); });
    m_view.setDriver(&m_link);
}

HubConnection::~HubConnection()
{
    m_view.setDriver(nullptr);
}

void HubConnection::start()
{
    join();
}

void HubConnection::join()
{
    m_link.post([this](LinkWorker &worker) {
        worker.join(m_options.paths.socket(), [this](const Result<native::Hello> &hello) {
            if (m_stopping)
                return;
            if (hello)
                joined(*hello);
            else
                noneRuns(hello.error().message);
        });
    });
}

void HubConnection::joined(const native::Hello &hello)
{
    m_tried = false;
    m_delayMs = 0;
    m_view.setStatus(
        {HubView::Link::Live, QDateTime::currentMSecsSinceEpoch(), {}, hello.hub, hello.host, hello.degraded, false});
}

void HubConnection::noneRuns(const QString &reason)
{
    // Another one may have been faster, and does not listen yet.
    if (std::exchange(m_tried, true))
        return tryAgain(reason);
    if (m_separate)
        startSeparate();
    else
        hostOne();
}

void HubConnection::startSeparate()
{
    m_starter.start(m_options.paths, m_options.socketDir, [this](const Result<void> &ready) {
        if (ready || ready.error().message.startsWith(u"a hub runs already"))
            return join();
        tryAgain(ready.error().message);
    });
}

void HubConnection::hostOne()
{
    m_host = std::make_unique<HubHost>(m_options);
    m_host->start([this](const Result<void> &started) {
        qunsetenv("QT_NO_GLIB"); // both threads have their dispatchers
        if (!started) {
            const QString reason = started.error().message;
            // We are in a call of the one that is to go.
            m_main.post([this, reason] {
                m_host.reset();
                tryAgain(reason);
            });
            return;
        }
        m_hosting = true;
        m_host->withHub([this](Hub &hub) {
            const Hub::Identity &identity = hub.identity();
            m_main.post([this, id = identity.hub, name = identity.host, degraded = hub.degraded()] {
                m_view.setStatus(
                    {HubView::Link::Live, QDateTime::currentMSecsSinceEpoch(), {}, id, name, degraded, true});
            });
        });
        m_link.host(*m_host);
    });
}

void HubConnection::lost(const QString &reason)
{
    if (m_stopping)
        return;
    m_tried = false;
    tryAgain(reason);
}

void HubConnection::tryAgain(const QString &reason)
{
    HubView::Status status = m_view.status();
    if (status.link == HubView::Link::Live) {
        status.link = HubView::Link::Lost;
        status.since = QDateTime::currentMSecsSinceEpoch();
    }
    status.reason = reason;
    m_view.setStatus(status);
    m_delayMs = std::clamp(m_delayMs * 2, firstDelayMs, longestDelayMs);
    if (m_delayMs > 1000)
        m_tried = false; // whoever was faster is not there any more
    m_again.start(m_delayMs);
}

void HubConnection::stop(std::function<void()> stopped)
{
    m_stopping = true;
    m_again.stop();
    if (!m_hosting)
        return stopped();
    m_host->onEnded(std::move(stopped));
    m_host->drain();
}

} // namespace stepwire
