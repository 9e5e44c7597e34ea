#pragma once

#include "app/host/paths.h"

#include <QObject>
#include <QSocketNotifier>

#include <functional>
#include <memory>

namespace stepwire {

/// Starts `stepwire --no-gui --until-idle` in a session of its own, so that no terminal's end reaches it, and tells
/// when it listens. What comes by ssh starts it under the user's manager where that answers: logind may end whatever
/// belongs to a login when that is over.
class HubStarter : public QObject
{
public:
    /// Of `stepwire`, for another program of ours.
    void setProgram(const QString &path) { m_program = path; }
    /// The hub tells the desktop of its jobs while no window does.
    void setNotify(bool notify) { m_notify = notify; }

    /// `ready` gets nothing, or why the hub did not start.
    void start(const Paths &paths, const QString &socketDir, std::function<void(const Result<void> &)> ready);

private:
    /// With a `runner`, that starts it.
    void spawn(const Paths &paths, const QString &socketDir, const QString &runner);

    QString m_program = QStringLiteral("/proc/self/exe");
    bool m_notify = false;
    int m_readyFd = -1;
    QByteArray m_said;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::function<void(const Result<void> &)> m_ready;
};

} // namespace stepwire
