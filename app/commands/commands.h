#pragma once

#include "app/client/session.h"

#include <CLI/CLI.hpp>

#include <QStringList>

#include <functional>

namespace stepwire {

/// What every verb gets to set itself up: it adds its words to `app` and, when chosen, leaves in `action` what is to
/// be done. `afterDashes` is what stood behind `--`.
struct CommandSetup
{
    CLI::App &app;
    const Paths &paths;
    const QStringList &afterDashes;
    bool hasDashes = false;
    QString strangeArgument; ///< the first that is not UTF-8, as far as it can be shown
    std::function<int()> &action;
};

void addRun(const CommandSetup &setup);
void addPipelines(const CommandSetup &setup);
void addCheck(const CommandSetup &setup);
void addStatus(const CommandSetup &setup);
void addWatch(const CommandSetup &setup);
void addWait(const CommandSetup &setup);
void addLog(const CommandSetup &setup);
void addCancel(const CommandSetup &setup);
void addReport(const CommandSetup &setup);
void addEmit(const CommandSetup &setup);
void addDoctor(const CommandSetup &setup);
void addCompletions(const CommandSetup &setup);

/// The exit code that the protocol gives to a job that ended.
[[nodiscard]] int exitCodeFor(const Job &job);

/// Tells a wrong use of a verb.
[[nodiscard]] int wrongUsage(const QString &sentence);

[[nodiscard]] inline QString fromArgument(const std::string &argument)
{
    return QString::fromLocal8Bit(argument.data(), static_cast<qsizetype>(argument.size()));
}

} // namespace stepwire
