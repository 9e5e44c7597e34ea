#pragma once

#include "core/desktop/notification_settings.h"

#include <QString>

#include <memory>

namespace stepwire {

class HubHost;

/// `--notify`: the desktop's surfaces for a hub without a window, until what is returned is gone. Main thread; the hub
/// must outlive it. `language` as `[window] language` has it;
/// `window` is the program that shows a job's output, where it is installed. Without D-Bus it says so
/// and gives nothing.
[[nodiscard]] std::shared_ptr<void> desktopBeside(HubHost &hub, const NotificationSettings &settings,
                                                  const QString &language, const QString &window);

} // namespace stepwire
