#pragma once

#include "app/host/hub_host.h"
#include "app/host/window_settings.h"
#include "core/desktop/notification_settings.h"

namespace stepwire {

/// What `config.toml` says.
struct Settings
{
    std::map<QString, int> groupLimits; ///< `[groups]`: jobs at once
    Retention retention; ///< `[retention]`: `max_age`, `max_size`, `keep`; 0 or "never" for no limit
    WebSettings web; ///< `[web]`
    NotificationSettings notifications; ///< `[notifications]`, of the desktop program
    WindowSettings window; ///< `[window]`, of the desktop program
    std::vector<HostSettings> hosts; ///< `[hosts.NAME]`, without what is secret
    std::vector<DialectSettings> dialects; ///< `[dialects.NAME]`, those that are on
    std::vector<SourceSettings> sources; ///< `[sources.NAME]`, likewise
    QStringList faults; ///< one sentence each; what is wrong counts as not said
};

/// A file that is not there says nothing. Keys that are not known here are others' business.
[[nodiscard]] Settings readSettings(const QString &path);
/// What such a text would say in the file `path`.
[[nodiscard]] Settings settingsFromText(QByteArrayView toml, const QString &path);

void applySettings(Settings settings, HubOptions &options);

} // namespace stepwire
