#include "app/commands/commands.h"

#include "app/terminal/frame.h"
#include "app/terminal/output.h"
#include "core/model/quote.h"

#include <QJsonDocument>

#include <algorithm>
#include <cmath>

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

int steer(const CommandSetup &setup, const SteerOptions &options, const QString &method, const QJsonObject &members)
{
    Session session(setup.paths);
    setup.prepare(session);
    return session.run(Session::IfNone::Start, [&] {
        session.resolveJob(fromArgument(options.job), [&](const QString &id) {
            QJsonObject params = members;
            params.insert(QStringLiteral("job"), id);
            session.request(method, params, [&](const QJsonValue &ack) {
                if (options.json)
                    printLine(QJsonDocument(ack.toObject()).toJson(QJsonDocument::Compact));
                else
                    say(ackLine(ack.toObject()));
                session.finish(exit_code::succeeded);
            });
        });
    });
}

QString ackLine(const QJsonObject &ack)
{
    QString line = QStringLiteral("%1 %2").arg(ack[u"job"].toString(), ack[u"state"].toString());
    if (ack[u"queue_position"].isDouble())
        line += QStringLiteral(", ") + placeText(ack[u"queue_position"].toInt());
    return line;
}

void addSteerWords(CLI::App &verb, SteerOptions &options)
{
    verb.add_option("job", options.job, jobHelp)->required()->type_name("JOB");
    verb.add_flag("--json", options.json, "print the acknowledgement as JSON");
}

const Job *nestedIn(const Snapshot &state, const Job &job, const Step &step)
{
    const auto it = std::find_if(state.jobs().begin(), state.jobs().end(), [&](const auto &other) {
        return other->parent == job.id && other->parentStep == step.id;
    });
    return it == state.jobs().end() ? nullptr : it->get();
}

CLI::Validator anyNumber(std::optional<double> above)
{
    return CLI::Validator(
        [above](const std::string &given) {
            bool ok = false;
            const double value = fromArgument(given).toDouble(&ok);
            if (ok && std::isfinite(value) && (!above || value > *above))
                return std::string();
            const QString range = above ? QStringLiteral(" above %1").arg(*above) : QString();
            return QStringLiteral("%1 is no number%2").arg(quoted(fromArgument(given)), range).toStdString();
        },
        std::string());
}

CLI::Validator wholeNumber(qint64 least, qint64 most)
{
    return CLI::Validator(
        [least, most](const std::string &given) {
            bool ok = false;
            const qint64 value = fromArgument(given).toLongLong(&ok);
            if (ok && value >= least && value <= most)
                return std::string();
            return QStringLiteral("%1 is no whole number from %2 to %3")
                .arg(quoted(fromArgument(given)))
                .arg(least)
                .arg(most)
                .toStdString();
        },
        std::string());
}

int wrongUsage(const QString &sentence)
{
    sayError(sentence);
    return exit_code::usage;
}

} // namespace stepwire
