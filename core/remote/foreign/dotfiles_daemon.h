#pragma once

#include "core/remote/foreign/foreign_server.h"

#include <deque>

namespace stepwire {

// Event sockets of dotfiles-daemon: a length and JSON.
[[nodiscard]] Result<std::unique_ptr<ForeignServer>> makeDotfilesDaemon(const ForeignServer::Setup &setup);

/// What dotfiles-daemon tells of operations, as jobs. The sockets of different types of events are not in step with
/// each other, and the first event of a type reaches nobody: so any message may be the first of its operation, or come
/// after its end. Lives on the hub's thread.
class DotfilesOperations
{
public:
    /// `patienceMs` without news, and an operation counts as interrupted: whoever ran it does not say so.
    DotfilesOperations(ForeignJobs &jobs, qint64 patienceMs);

    /// False: it is no message of the protocol.
    bool take(const QJsonObject &envelope);
    void checkPatience();
    /// Nothing could be heard until now.
    void forgive();

    static constexpr std::size_t mostEnded = 256; ///< that are remembered

private:
    QString begin(const QString &operation, const QString &name = {}, const QJsonObject &parameters = {});
    void progress(const QString &operation, const QJsonObject &payload);
    void end(const QString &operation, State state, std::optional<Failure> error = {});

    struct Live
    {
        Progress progress;
        UnixMs heard = 0;
    };

    ForeignJobs &m_jobs;
    qint64 m_patienceMs;
    std::map<QString, Live> m_live;
    std::deque<QString> m_ended;
};

} // namespace stepwire
