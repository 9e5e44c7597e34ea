#pragma once

#include <QString>
#include <QtGlobal>

#include <map>

namespace stepwire {

/// `[notifications]` of the settings: what the desktop is told.
struct NotificationSettings
{
    bool enabled = true; ///< one at the end of a job
    bool progress = true; ///< one that is replaced in place while it runs, where the desktop shows no jobs by itself
    qint64 thresholdMs = 10'000; ///< for jobs that take at least that long, and those that fail
    bool onlyUnfocused = true; ///< not while the window is in front
    std::map<QString, bool> pipelines; ///< says otherwise for one; false: never
    bool inhibitSuspend = true; ///< no suspend while a job runs
    bool fileJobs = false; ///< off Plasma: be its job server, and show the jobs of file managers

    bool operator==(const NotificationSettings &) const = default;
};

} // namespace stepwire
