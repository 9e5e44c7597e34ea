#pragma once

#include "core/model/result.h"

#include <QString>
#include <QStringList>

#include <map>

namespace stepwire {

/// Where everything lies, from the environment alone (XDG base directories).
struct Paths
{
    QString home;
    QString runtime; ///< of sockets and the lock
    QString config;
    QString state;
    QString program; ///< folder of `stepwire`
    QStringList pipelineFolders;

    [[nodiscard]] QString socket() const { return runtime + QStringLiteral("/hub.sock"); }
    [[nodiscard]] QString lock() const { return runtime + QStringLiteral("/hub.lock"); }
    [[nodiscard]] QString jobs() const { return state + QStringLiteral("/jobs"); }
    [[nodiscard]] QString journal() const { return state + QStringLiteral("/journal.sqlite"); }
    [[nodiscard]] QString settings() const { return config + QStringLiteral("/config.toml"); }
    [[nodiscard]] QString hubLog() const { return state + QStringLiteral("/hub.log"); }
    [[nodiscard]] QString identity() const { return state + QStringLiteral("/hub-id"); }
};

[[nodiscard]] Paths findPaths();

/// Makes the runtime folder (0700) and checks that it is ours alone.
[[nodiscard]] Result<void> ensureRuntimeFolder(const Paths &paths);

/// A program of ours that is no command, `sw-guard` or `sw-hub`: beside `stepwire` or in the libexec folder of its
/// prefix. Empty when it is nowhere.
[[nodiscard]] QString findHelper(const Paths &paths, const QString &name);

[[nodiscard]] std::map<QString, QString> currentEnvironment();

/// This machine's name in the form of an id.
[[nodiscard]] QString hostName();

} // namespace stepwire
