#pragma once

#include "app/client/hub_starter.h"
#include "app/host/paths.h"
#include "core/remote/socket_link.h"

#include <QElapsedTimer>
#include <QObject>

#include <functional>
#include <memory>

namespace stepwire {

/// The exit codes that the command line promises.
namespace exit_code {
inline constexpr int succeeded = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;
inline constexpr int unreachable = 3;
inline constexpr int timedOut = 124;
inline constexpr int cancelled = 130;
} // namespace exit_code

/// What a verb of the command line does with a hub: connects, starting one where none runs, then goes on in `ready`.
/// Lives on the main thread.
class Session : public QObject
{
public:
    enum class IfNone { Start, Fail };

    explicit Session(Paths paths) : m_paths(std::move(paths)) { }

    /// Requests that can be for another host are for this one; empty: for this hub.
    void setHost(const QString &name) { m_host = name; }
    [[nodiscard]] const QString &host() const { return m_host; }
    void setSocketDir(const QString &folder) { m_socketDir = folder; }

    /// Runs the event loop until `finish`; gives the exit code.
    int run(IfNone ifNone, std::function<void()> ready);
    void finish(int exitCode);

    [[nodiscard]] SocketLink &link() { return *m_link; }
    [[nodiscard]] const Paths &paths() const { return m_paths; }
    /// False when the hub ran before us.
    [[nodiscard]] bool startedHub() const { return m_started; }

    /// Calls the method; an error is said and ends the program with the code that fits.
    void request(const QString &method, const QJsonObject &params, std::function<void(const QJsonValue &)> answered);
    /// Says the error as a person reads it and ends with the code that fits.
    void refuse(const Error &error);

    /// The whole id for what a person typed: an id, or the unique beginning or end of one.
    void resolveJob(const QString &typed, std::function<void(const QString &)> resolved);

private:
    void connectHub();
    void findHost();
    void startHub();

    Paths m_paths;
    QString m_host;
    QString m_socketDir;
    IfNone m_ifNone = IfNone::Start;
    std::function<void()> m_ready;
    std::unique_ptr<SocketLink> m_link;
    HubStarter m_starter;
    bool m_started = false;
    QElapsedTimer m_trying;
};

} // namespace stepwire
