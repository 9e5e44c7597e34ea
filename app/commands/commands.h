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
    const std::string &host; ///< of `--host`; empty: this machine

    /// A session for what was asked of this host.
    void prepare(Session &session) const { session.setHost(QString::fromStdString(host)); }
};

void addRun(const CommandSetup &setup);
void addPipelines(const CommandSetup &setup);
void addCheck(const CommandSetup &setup);
void addStatus(const CommandSetup &setup);
void addWatch(const CommandSetup &setup);
void addWait(const CommandSetup &setup);
void addLog(const CommandSetup &setup);
void addCancel(const CommandSetup &setup);
void addPause(const CommandSetup &setup);
void addHold(const CommandSetup &setup);
void addMove(const CommandSetup &setup);
void addRetry(const CommandSetup &setup);
void addPrune(const CommandSetup &setup);
void addReport(const CommandSetup &setup);
void addEmit(const CommandSetup &setup);
void addDoctor(const CommandSetup &setup);
void addBridge(const CommandSetup &setup);
void addHosts(const CommandSetup &setup);
void addSources(const CommandSetup &setup);
void addCompletions(const CommandSetup &setup);

/// The exit code that the protocol gives to a job that ended.
[[nodiscard]] int exitCodeFor(const Job &job);

/// The words of a verb that changes one job.
struct SteerOptions
{
    std::string job;
    bool json = false;
};

void addSteerWords(CLI::App &verb, SteerOptions &options);
/// Asks for the change and says what became of it; `members` go with the request beside the job.
[[nodiscard]] int steer(const CommandSetup &setup, const SteerOptions &options, const QString &method,
                        const QJsonObject &members);
/// An acknowledgement as a person reads it.
[[nodiscard]] QString ackLine(const QJsonObject &ack);

/// The job that this step is, as far as `state` knows it.
[[nodiscard]] const Job *nestedIn(const Snapshot &state, const Job &job, const Step &step);

/// How a job is named on the command line, for the help of all verbs.
inline constexpr const char *jobHelp = "the job: its id, or the part at the beginning or end that no other id has";

/// For options: the value must be a number, above this one if one is given.
[[nodiscard]] CLI::Validator anyNumber(std::optional<double> above = {});
/// For options: the value must be a whole number in these bounds.
[[nodiscard]] CLI::Validator wholeNumber(qint64 least, qint64 most);

/// Tells a wrong use of a verb.
[[nodiscard]] int wrongUsage(const QString &sentence);

[[nodiscard]] inline QString fromArgument(const std::string &argument)
{
    return QString::fromLocal8Bit(argument.data(), static_cast<qsizetype>(argument.size()));
}

} // namespace stepwire
