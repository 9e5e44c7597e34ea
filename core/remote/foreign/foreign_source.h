#pragma once

#include "core/remote/foreign/foreign_server.h"
#include "core/remote/host_settings.h"

namespace stepwire {

/// A foreign server as a source of the hub: its jobs, and who reads it. Lives on the hub's thread.
class ForeignSource : public Source
{
public:
    /// Fails with one sentence for an unknown kind, or a setting that is unknown, missing or wrong.
    [[nodiscard]] static Result<std::unique_ptr<ForeignSource>> make(Hub &hub, SourceSettings settings,
                                                                     std::function<UnixMs()> now);

    /// What is secret stands among the secrets, wherever it was given.
    [[nodiscard]] static SourceSettings sorted(SourceSettings settings);

    void start() { m_server->start(); }
    void hurry() { m_server->hurry(); }
    /// Its jobs go with it.
    void remove();
    void handle(const Request &request, Reply reply) override;

    [[nodiscard]] const SourceSettings &settings() const { return m_settings; }
    /// As `source.list` tells it; secrets stay out.
    [[nodiscard]] QJsonObject describe() const;

private:
    ForeignSource(Hub &hub, SourceSettings settings, std::function<UnixMs()> now)
        : m_settings(std::move(settings)), m_jobs(hub, m_settings.name, m_settings.kind, std::move(now))
    {
    }

    SourceSettings m_settings;
    ForeignJobs m_jobs;
    std::unique_ptr<ForeignServer> m_server;
};

} // namespace stepwire
