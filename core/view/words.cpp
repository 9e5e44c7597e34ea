#include "core/view/words.h"

#include <QLocale>

#include <algorithm>
#include <cmath>

namespace stepwire {

QString Words::state(State state)
{
    switch (state) {
    case State::Queued: return tr("queued");
    case State::Held: return tr("held");
    case State::Running: return tr("running");
    case State::Pausing: return tr("pausing");
    case State::Paused: return tr("paused");
    case State::Cancelling: return tr("cancelling");
    case State::Succeeded: return tr("succeeded");
    case State::Failed: return tr("failed");
    case State::Cancelled: return tr("cancelled");
    case State::TimedOut: return tr("timed out");
    case State::Skipped: return tr("skipped");
    case State::Interrupted: return tr("interrupted");
    }
    return {};
}

QString Words::duration(qint64 ms)
{
    ms = std::max<qint64>(ms, 0);
    const QLocale locale;
    constexpr qint64 minute = 60'000;
    if (ms < minute)
        return tr("%1 s").arg(locale.toString(static_cast<double>(ms / 100) / 10, 'f', 1));
    const qint64 seconds = ms / 1000;
    if (seconds < 3600)
        return tr("%1 min %2 s").arg(seconds / 60).arg(seconds % 60);
    return tr("%1 h %2 min").arg(seconds / 3600).arg(seconds / 60 % 60);
}

QString Words::rough(qint64 ms)
{
    const qint64 seconds = (std::max<qint64>(ms, 0) + 999) / 1000;
    if (seconds < 100)
        return tr("%1 s").arg(seconds);
    if (seconds < 100LL * 60)
        return tr("%1 min").arg((seconds + 30) / 60);
    return tr("%1 h").arg(QLocale().toString(static_cast<double>((seconds + 180) / 360) / 10, 'g', 4));
}

QString Words::ago(qint64 ms)
{
    const qint64 seconds = std::max<qint64>(ms, 0) / 1000;
    constexpr qint64 day = 24LL * 3600;
    if (seconds < 5)
        return tr("just now");
    if (seconds >= 2 * day)
        return tr("%n days ago", nullptr, static_cast<int>(seconds / day));
    return tr("%1 ago", "a duration").arg(rough(ms));
}

QString Words::eta(const Job &job)
{
    return job.etaMs && !isFinal(job.state) ? tr("~%1 left").arg(rough(*job.etaMs)) : QString();
}

int Words::wholePercent(double fraction)
{
    return static_cast<int>(std::floor(fraction * 100 + 1e-9));
}

QString Words::percent(const Job &job)
{
    const auto fraction = jobFraction(job);
    if (!fraction || isFinal(job.state) || job.state == State::Queued || job.state == State::Held)
        return {};
    const bool guessed = std::any_of(job.steps.begin(), job.steps.end(),
                                     [](const Step &step) { return step.estimated && !isFinal(step.state); });
    return (guessed ? tr("~%1 %") : tr("%1 %")).arg(wholePercent(*fraction));
}

QString Words::place(int position)
{
    return tr("#%1 in the queue").arg(position);
}

QString Words::bytes(double bytes)
{
    return QLocale().formattedDataSize(static_cast<qint64>(bytes), 1);
}

QString Words::figures(double done, std::optional<double> total, const QString &unit)
{
    if (unit == u"bytes")
        return total ? tr("%1 of %2").arg(bytes(done), bytes(*total)) : bytes(done);
    const auto counted = [](double value) {
        const bool whole = std::floor(value) == value;
        return QLocale().toString(value, 'f', whole ? 0 : 1);
    };
    QString text = counted(done);
    if (total)
        text += u'/' + counted(*total);
    if (!unit.isEmpty() && unit != u"items")
        text += u' ' + unit;
    return text;
}

QString Words::progress(const Step &step)
{
    if (!step.progress)
        return {};
    const Progress &progress = *step.progress;
    if (step.estimated || progress.unit == u"percent" || !progress.phases.empty()
        || (progress.done == 0 && !progress.total))
        return progress.message;
    const QString counted = figures(progress.done, progress.total, progress.unit);
    return progress.message.isEmpty() ? counted : progress.message + u' ' + counted;
}

QString Words::failure(const Failure &failure)
{
    if (failure.lastLine.isEmpty() || failure.lastLine == failure.message)
        return failure.message;
    return tr("%1: %2", "error: last line").arg(failure.message, failure.lastLine);
}

QString Words::failedStep(const Job &job)
{
    if (!job.command.isEmpty()) // it is its only step
        return {};
    const Step *failed = nullptr;
    if (job.error && !job.error->step.isEmpty())
        failed = job.findStep(job.error->step);
    for (const Step &step : job.steps) {
        if (failed)
            break;
        if (step.state == State::Failed || step.state == State::TimedOut)
            failed = &step;
    }
    return failed ? failed->title : QString();
}

QString Words::doing(const Job &job)
{
    if (isFinal(job.state))
        return job.state == State::Succeeded ? QString() : outcome(job);
    if (job.state == State::Queued && job.queuePosition)
        return place(*job.queuePosition);
    if (job.state == State::Queued || job.state == State::Held)
        return state(job.state);
    QStringList parts;
    if (job.state != State::Running)
        parts.append(state(job.state));
    if (const Step *step = oldestRunningStep(job)) {
        if (step->title != job.title && job.command.isEmpty()) // a command is its only step
            parts.append(step->title);
        if (const QString words = progress(*step); !words.isEmpty())
            parts.append(words);
        if (step->stalledMs)
            parts.append(tr("quiet for %1").arg(rough(*step->stalledMs)));
    } else if (job.stalledMs) {
        parts.append(tr("quiet for %1").arg(rough(*job.stalledMs)));
    }
    return parts.join(tr(", ", "between parts of a line"));
}

QString Words::outcome(const Job &job)
{
    const QString step = failedStep(job);
    if (isFinal(job.state) && job.state != State::Succeeded && !job.command.isEmpty() && job.error) {
        const QString &why = job.error->lastLine.isEmpty() ? job.error->message : job.error->lastLine;
        return tr("%1: %2", "failed: why").arg(state(job.state), why);
    }
    if ((job.state == State::Failed || job.state == State::TimedOut) && !step.isEmpty() && step != job.title)
        return tr("%1: %2", "failed: name of a step").arg(state(job.state), step);
    return state(job.state);
}

QString Words::line(const Job &job, const QString &here)
{
    QStringList parts{job.host.isEmpty() || job.host == here
                          ? job.title
                          : tr("%1 on %2", "a job on a host").arg(job.title, job.host)};
    for (const QString &part : {doing(job), percent(job), eta(job)}) {
        if (!part.isEmpty())
            parts.append(part);
    }
    return parts.join(tr(", ", "between parts of a line"));
}

} // namespace stepwire
