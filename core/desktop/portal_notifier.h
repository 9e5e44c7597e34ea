#pragma once

#include "core/desktop/notifier.h"
#include "core/desktop/session_bus.h"

#include <vector>

namespace stepwire {

/// Notifications of a sandboxed program, by org.freedesktop.portal.Notification. Lives on the main thread.
class PortalNotifier : public Notifier
{
    Q_OBJECT

public:
    PortalNotifier(SessionBus &bus, std::function<void(const QString &)> warn, QObject *parent = nullptr);

    void show(const Notification &notification) override;
    void close(const QString &key) override;
    [[nodiscard]] bool works() const override { return m_version > 0; }

private:
    void send(const Notification &notification);
    void refused();

    SessionBus &m_bus;
    std::function<void(const QString &)> m_warn;
    uint m_version = 0; ///< 0: not asked yet; unknown keys make version 1 refuse the whole
    bool m_asked = false;
    std::vector<Notification> m_waiting;
};

} // namespace stepwire
