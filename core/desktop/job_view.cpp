#include "core/desktop/job_view.h"

#include "core/view/words.h"

#include <QCoreApplication>

#include <algorithm>

namespace stepwire::jobview {

namespace {

/// The phrases of this file, for the translators.
struct Phrases
{
    Q_DECLARE_TR_FUNCTIONS(JobView)

public:
    static QString step() { return tr("Step"); }
    static QString host() { return tr("Host"); }
    static QString failedAt(const QString &step, const QString &why)
    {
        return tr("%1 failed: %2", "step, reason").arg(step, why);
    }
};

QVariant amount(double value)
{
    constexpr double most = 9e18;
    return QVariant::fromValue(static_cast<qulonglong>(std::clamp(value, 0.0, most)));
}

/// The kinds of things that a view counts; empty for others.
QString counted(const QString &unit)
{
    if (unit == u"bytes")
        return QStringLiteral("Bytes");
    if (unit == u"files")
        return QStringLiteral("Files");
    if (unit == u"directories")
        return QStringLiteral("Directories");
    if (unit == u"items")
        return QStringLiteral("Items");
    return {};
}

} // namespace

bool isShown(const Job &job)
{
    return job.parent.isEmpty() && !isFinal(job.state) && job.state != State::Queued && job.state != State::Held;
}

int capabilities(const Job &job)
{
    const bool pause = job.capabilities.contains(QStringLiteral("pause"));
    return (job.capabilities.contains(QStringLiteral("cancel")) ? canCancel : 0) | (pause ? canSuspend : 0);
}

QVariantMap state(const Job &job)
{
    QVariantMap map;
    map.insert(QStringLiteral("title"), job.title);
    map.insert(QStringLiteral("infoMessage"), Words::doing(job));
    const auto fraction = jobFraction(job);
    map.insert(QStringLiteral("percent"),
               QVariant::fromValue(fraction ? static_cast<uint>(Words::wholePercent(*fraction)) : 0U));
    map.insert(QStringLiteral("suspended"), job.state == State::Paused || job.state == State::Pausing);
    if (const Step *step = oldestRunningStep(job)) {
        if (job.steps.size() > 1) {
            map.insert(QStringLiteral("descriptionLabel1"), Phrases::step());
            map.insert(QStringLiteral("descriptionValue1"), step->title);
        }
        // What was guessed from earlier runs is good for a bar, not for a number of bytes.
        if (step->progress && !step->estimated && step->progress->phases.empty()) {
            const Progress &progress = *step->progress;
            if (const QString kind = counted(progress.unit); !kind.isEmpty()) {
                map.insert(QStringLiteral("processed") + kind, amount(progress.done));
                if (progress.total)
                    map.insert(QStringLiteral("total") + kind, amount(*progress.total));
            }
        }
    }
    if (!job.host.isEmpty()) {
        map.insert(QStringLiteral("descriptionLabel2"), Phrases::host());
        map.insert(QStringLiteral("descriptionValue2"), job.host);
    }
    return map;
}

QVariantMap difference(const QVariantMap &before, const QVariantMap &after)
{
    QVariantMap changed;
    for (auto it = after.begin(); it != after.end(); ++it) {
        if (before.value(it.key()) != it.value())
            changed.insert(it.key(), it.value());
    }
    for (auto it = before.begin(); it != before.end(); ++it) {
        const QVariant nothing(it.value().metaType());
        if (!after.contains(it.key()) && it.value() != nothing)
            changed.insert(it.key(), nothing);
    }
    return changed;
}

End end(const Job &job)
{
    switch (job.state) {
    case State::Succeeded:
    case State::Skipped: return {};
    case State::Cancelled: return {byWish, {}};
    default: break;
    }
    constexpr uint userDefined = 100; // KJob::UserDefinedError
    if (!job.error || job.error->message.isEmpty())
        return {userDefined, Words::outcome(job)};
    const QString step = job.steps.size() > 1 ? Words::failedStep(job) : QString();
    const QString why = Words::failure(*job.error);
    return {userDefined, step.isEmpty() ? why : Phrases::failedAt(step, why)};
}

} // namespace stepwire::jobview
