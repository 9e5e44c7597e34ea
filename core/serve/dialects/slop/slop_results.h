#pragma once

#include "core/model/event.h"
#include "core/serve/http/http_server.h"

#include <deque>
#include <functional>
#include <unordered_map>

namespace stepwire {
class Hub;
}

namespace stepwire::slop {

/// What jobs made: the custom event `result` of a step, `{file, thumbnail?, …}`, and addresses of these files for
/// clients that carry no token with them. An address cannot be guessed, and is forgotten with the oldest ones. Lives on
/// the hub's thread.
class Results
{
public:
    Results(Hub &hub, http::Server &http);

    /// What addresses begin with, as `http://127.0.0.1:3000`.
    void setBase(const QString &base) { m_base = base; }
    void follow(const Event &event);

    /// The newest result of a job or of what it runs as a step, with `url` and `thumbnailUrl` for its files; empty when
    /// there is none.
    [[nodiscard]] QJsonObject of(const QString &job) const;
    /// The bytes of a job's file; null when there is none, or one of more than 4 MiB.
    [[nodiscard]] QByteArray bytesOf(const QString &job) const;

private:
    [[nodiscard]] QString addressOf(const QString &file);
    void serve(const http::ExchangePtr &exchange) const;

    Hub &m_hub;
    QString m_base;
    std::unordered_map<QString, QJsonObject> m_results; ///< by job
    std::deque<QString> m_jobs; ///< the oldest first
    std::unordered_map<QByteArray, QString> m_files; ///< by what nobody guesses
    std::deque<QByteArray> m_keys;
};

/// The job that somebody started, for one that may be a step of another; with the step of it.
struct Root
{
    QString job;
    QString step; ///< empty: the event is the job's own
};
[[nodiscard]] Root rootOf(const Hub &hub, const Event &event);

} // namespace stepwire::slop
