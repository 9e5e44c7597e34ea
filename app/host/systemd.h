#pragma once

#include <QByteArray>

namespace stepwire {

/// Sends `state` (`READY=1`, `STATUS=…`) to the service manager where there is one (sd_notify(3)).
void notifyServiceManager(const QByteArray &state);

} // namespace stepwire
