#pragma once

#include "core/view/hub_view.h"

#include <QIcon>
#include <QImage>

#include <optional>
#include <vector>

namespace stepwire {

/// What the icon tells. Two equal ones look the same.
struct TrayState
{
    std::optional<double> fraction; ///< mean of the jobs that run, or of the paused ones when none does
    int running = 0;
    bool failureUnseen = false;
    bool paused = false; ///< nothing runs and something was paused
    bool lost = false; ///< nobody knows at the moment
    bool operator==(const TrayState &) const = default;
};

/// Jobs that have begun and not ended, oldest first; those within another of them are part of it and not among them.
[[nodiscard]] std::vector<JobPtr> activeJobs(const HubView &view);
[[nodiscard]] TrayState trayState(const HubView &view, bool failureUnseen);
/// The same with only what a picture can show, so that an unchanged picture need not be sent to the panel again.
[[nodiscard]] TrayState asShown(TrayState state);

/// One size of the picture, whole pixels at every size. Its colours are between black and white in lightness: nobody
/// tells a program how its panel looks.
[[nodiscard]] QImage trayPicture(const TrayState &state, int size);
/// A ring that fills up clockwise, in pieces while nobody knows how far; a dot for a failure not yet seen.
[[nodiscard]] QIcon trayIcon(const TrayState &state);

} // namespace stepwire
