#pragma once

#include "core/model/result.h"

#include <QString>

#include <map>

namespace stepwire {

// Whether the session starts the desktop program, hidden: an entry of XDG autostart. Blocking calls on a small file.

struct Autostart
{
    QString file; ///< the desktop entry
    QString program; ///< what it starts
};

/// From the environment: `XDG_CONFIG_HOME`, and `APPIMAGE`, the file that was started where `program` is only a place
/// in its mount.
[[nodiscard]] Autostart findAutostart(const std::map<QString, QString> &environment, const QString &program);

[[nodiscard]] bool isAutostarted(const Autostart &autostart);
/// Writes or removes the entry. One that starts us from a place where we are no more is mended, another's
/// additions to it stay.
[[nodiscard]] Result<void> setAutostart(const Autostart &autostart, bool on);

} // namespace stepwire
