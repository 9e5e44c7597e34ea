#pragma once

#include <QString>

namespace stepwire {

/// `[window]` of the settings: the desktop program.
struct WindowSettings
{
    enum class Theme { System, Light, Dark };

    bool separateHub = false; ///< jobs run in a process of their own, which outlives the window
    bool keepInTray = true; ///< closing the window leaves the tray while there is one
    Theme theme = Theme::System;
    QString language; ///< such as `de`; empty: the system's
    bool autostart = false; ///< started with the session
    bool startHidden = false; ///< only the tray at first

    bool operator==(const WindowSettings &) const = default;
};

} // namespace stepwire
