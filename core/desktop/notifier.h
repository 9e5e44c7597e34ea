#pragma once

#include "core/desktop/notification.h"

#include <QObject>

namespace stepwire {

/// Whoever puts notifications on the screen. Lives on the main thread, waits for nothing.
class Notifier : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    /// Replaces the one with the same key.
    virtual void show(const Notification &notification) = 0;
    virtual void close(const QString &key) = 0;
    /// Whether somebody seems to be there who shows them.
    [[nodiscard]] virtual bool works() const = 0;

Q_SIGNALS:
    /// `action` is empty for the notification itself. `token` lets a window come to the front.
    void activated(const QString &key, const QString &action, const QString &token);
    void dismissed(const QString &key);
    /// All that was shown is forgotten.
    void restarted();
};

} // namespace stepwire
