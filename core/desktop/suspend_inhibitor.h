#pragma once

#include "core/desktop/session_bus.h"

#include <QDBusUnixFileDescriptor>

#include <functional>

namespace stepwire {

/// Keeps the machine from suspending, only while told so: by the portal where there is one, else by logind. Lives on
/// the main thread, waits for nothing.
class SuspendInhibitor : public QObject
{
    Q_OBJECT

public:
    /// `system` is asked for when the system bus is needed.
    SuspendInhibitor(SessionBus &session, std::function<SessionBus &()> system, bool sandboxed,
                     QObject *parent = nullptr);

    void hold(bool wanted);
    [[nodiscard]] bool holds() const { return m_fd.isValid() || !m_handle.isEmpty(); }

private:
    void askPortal();
    void askLogind();
    void release();
    void drop(const QString &handle);
    [[nodiscard]] static QString why();

    SessionBus &m_session;
    std::function<SessionBus &()> m_system;
    const bool m_sandboxed;
    bool m_wanted = false;
    quint64 m_generation = 0; ///< of wishes: an answer to one that is over is released at once
    QString m_handle; ///< of the portal's request
    QDBusUnixFileDescriptor m_fd; ///< logind holds as long as this is open
};

} // namespace stepwire
