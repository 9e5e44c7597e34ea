#include "app/commands/commands.h"

#include "app/terminal/output.h"

#include <algorithm>

namespace stepwire {

int exitCodeFor(const Job &job)
{
    switch (job.state) {
    case State::Cancelled: return exit_code::cancelled;
    case State::TimedOut: return exit_code::timedOut;
    default: break;
    }
    if (!job.command.isEmpty() && !job.steps.empty()) {
        const std::optional<Failure> &error = job.steps.front().error;
        if (error && error->exitCode)
            return *error->exitCode;
        if (error && error->signal)
            return 128 + *error->signal;
    }
    return job.state == State::Succeeded || job.state == State::Skipped ? exit_code::succeeded : exit_code::failed;
}

int wrongUsage(const QString &sentence)
{
    sayError(sentence);
    return exit_code::usage;
}

} // namespace stepwire
