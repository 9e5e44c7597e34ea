#pragma once

#include "core/desktop/session_bus.h"
#include "core/view/hub_view.h"

#include <QTimer>

namespace stepwire {

/// The line that a desktop shows beside a sandboxed program that runs without a window. Lives on the main thread.
class BackgroundStatus : public QObject
{
    Q_OBJECT

public:
    BackgroundStatus(SessionBus &bus, HubView &view, QObject *parent = nullptr);

    /// `3 jobs, 41 %, ~6 min left`; at most 96 characters, as the portal wants it.
    [[nodiscard]] static QString line(const HubView &view);
    /// Asks the portal, once, to let the program run on without a window.
    void askToStay();

private:
    void tell();

    SessionBus &m_bus;
    HubView &m_view;
    QTimer m_pause;
    QString m_told;
    bool m_asked = false;
};

} // namespace stepwire
