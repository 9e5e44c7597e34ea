#include "app/host/headless_desktop.h"

#include "app/terminal/output.h"

namespace stepwire {

std::shared_ptr<void> desktopBeside(HubHost &, const NotificationSettings &, const QString &, const QString &)
{
    sayError(QStringLiteral("--notify: this hub was built without D-Bus"));
    return {};
}

} // namespace stepwire
