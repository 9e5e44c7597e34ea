#pragma once

#include "app/host/paths.h"
#include "core/model/result.h"
#include "core/remote/host_settings.h"

namespace stepwire {

/// Where hosts and sources are kept between two lives of the hub: `[hosts.NAME]` and `[sources.NAME]` in `config.toml`,
/// whose other lines stay as they are, and what is secret of them in `secrets/NAME.json` beside it, for the user alone
/// (0600). Files are small and are read and written at once; belongs to one thread.
class HostStore
{
public:
    explicit HostStore(const Paths &paths)
        : m_settings(paths.settings()), m_secrets(paths.config + QStringLiteral("/secrets"))
    {
    }

    [[nodiscard]] Result<void> keep(const HostSettings &host) const;
    [[nodiscard]] Result<void> keep(const SourceSettings &source) const;
    [[nodiscard]] Result<void> forgetHost(const QString &name) const;
    [[nodiscard]] Result<void> forgetSource(const QString &name) const;

    /// What is kept beside the settings; empty when there is nothing.
    [[nodiscard]] QJsonObject secretsOf(const QString &name) const;

private:
    [[nodiscard]] Result<void> write(const QString &table, const QString &name, const QJsonObject &members,
                                     const QJsonObject &secrets) const;
    [[nodiscard]] Result<void> forget(const QString &table, const QString &name) const;
    [[nodiscard]] QString secretFile(const QString &name) const
    {
        return m_secrets + QLatin1Char('/') + name + QStringLiteral(".json");
    }

    QString m_settings;
    QString m_secrets;
};

} // namespace stepwire
