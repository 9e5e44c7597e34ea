#pragma once

#include "app/client/hub_starter.h"
#include "app/host/hub_host.h"
#include "app/host/link_worker.h"

#include <QTimer>

namespace stepwire {

/// Gets the window its hub: joins the one that runs, else hosts one in this process, or starts a separate one where
/// that is wished; comes back after a loss. Lives on the main thread, works on a thread of its own.
class HubConnection : public QObject
{
public:
    /// `hub`: for the one that is hosted.
    HubConnection(HubView &view, HubOptions hub, bool separate);
    ~HubConnection() override;

    void start();
    [[nodiscard]] bool embedded() const { return m_hosting; }
    /// Ends a hosted hub, whose running jobs are interrupted; `stopped` is called when it is through, at once without.
    void stop(std::function<void()> stopped);
    void setSeparate(bool separate) { m_separate = separate; }

private:
    void join();
    void joined(const native::Hello &hello);
    void noneRuns(const QString &reason);
    void hostOne();
    void startSeparate();
    void lost(const QString &reason);
    void tryAgain(const QString &reason);

    HubView &m_view;
    HubOptions m_options;
    bool m_separate;
    bool m_hosting = false;
    bool m_stopping = false;
    bool m_tried = false; ///< to start one, since the last success
    int m_delayMs = 0;
    QTimer m_again;
    TaskQueue m_main;
    HubStarter m_starter;
    std::unique_ptr<HubHost> m_host;
    LinkThread m_link; ///< gone before the host
};

} // namespace stepwire
