#include "ui/actions/job_actions.h"

#include "core/view/words.h"

#include <algorithm>
#include <memory>

namespace stepwire {

bool JobActions::can(Action action, const Job &job)
{
    const auto offers = [&job](const char16_t *capability) {
        return job.capabilities.contains(QStringView(capability));
    };
    const bool runs = job.state == State::Running;
    if (job.lostSince && !isFinal(job.state)) // its host would have to hear of it
        return false;
    switch (action) {
    case Action::Cancel: return !isFinal(job.state) && job.state != State::Cancelling && offers(u"cancel");
    case Action::PauseNow: return (runs || job.state == State::Pausing) && offers(u"pause");
    case Action::PauseAfterStep: return runs && job.steps.size() > 1 && offers(u"pause");
    case Action::Resume: return (job.state == State::Paused || job.state == State::Pausing) && offers(u"pause");
    case Action::Retry: return isFinal(job.state) && offers(u"retry");
    case Action::Hold: return job.state == State::Queued && job.source == u"engine";
    case Action::Release: return job.state == State::Held;
    case Action::MoveUp: return job.state == State::Queued && job.queuePosition.value_or(1) > 1;
    case Action::MoveDown: return job.state == State::Queued && job.queuePosition.has_value();
    }
    return false;
}

void JobActions::ask(const QString &method, const QString &job, QJsonObject params, const QString &said,
                     std::function<void()> undo)
{
    params.insert(QStringLiteral("job"), job);
    m_view.call(this, method, params, [this, said, undo = std::move(undo)](const Result<QJsonValue> &result) {
        if (!result)
            Q_EMIT refused(result.error().message);
        else if (undo)
            Q_EMIT done(said, undo);
    });
}

void JobActions::cancel(const QString &job, const QString &step)
{
    QJsonObject params;
    if (!step.isEmpty())
        params.insert(QStringLiteral("step"), step);
    // What never ran can simply be put back.
    const JobPtr known = m_view.find(job);
    const bool untouched =
        step.isEmpty() && known && !known->started && (known->state == State::Queued || known->state == State::Held);
    ask(QStringLiteral("job.cancel"), job, params,
        untouched ? tr("“%1” was taken out of the queue").arg(known->title) : QString(),
        untouched ? std::function<void()>([this, job] { retry(job); }) : std::function<void()>());
}

void JobActions::pause(const QString &job, bool afterStep)
{
    ask(QStringLiteral("job.pause"), job,
        {{QStringLiteral("mode"), afterStep ? QStringLiteral("after_step") : QStringLiteral("now")}});
}

void JobActions::resume(const QString &job)
{
    ask(QStringLiteral("job.resume"), job);
}

void JobActions::retry(const QString &job, const QString &from)
{
    QJsonObject params;
    if (!from.isEmpty())
        params.insert(QStringLiteral("from"), from);
    ask(QStringLiteral("job.retry"), job, params);
}

void JobActions::hold(const QString &job)
{
    const JobPtr known = m_view.find(job);
    ask(QStringLiteral("job.hold"), job, {}, tr("“%1” is held").arg(known ? known->title : job),
        [this, job] { release(job); });
}

void JobActions::hold(const QStringList &jobs)
{
    if (jobs.size() == 1)
        return hold(jobs.constFirst());
    struct Round
    {
        QStringList held;
        qsizetype open = 0;
    };
    const auto round = std::make_shared<Round>();
    round->open = jobs.size();
    for (const QString &job : jobs) {
        m_view.call(this, QStringLiteral("job.hold"), {{QStringLiteral("job"), job}},
                    [this, job, round](const Result<QJsonValue> &result) {
                        if (result)
                            round->held.append(job);
                        else
                            Q_EMIT refused(result.error().message);
                        if (--round->open > 0 || round->held.isEmpty())
                            return;
                        Q_EMIT done(tr("%n waiting jobs are held, what comes next is not", nullptr,
                                       static_cast<int>(round->held.size())),
                                    [this, held = round->held] {
                                        for (const QString &one : held)
                                            release(one);
                                    });
                    });
    }
}

void JobActions::release(const QString &job)
{
    ask(QStringLiteral("job.release"), job);
}

void JobActions::move(const QString &job, int position)
{
    const JobPtr known = m_view.find(job);
    const int before = known ? known->queuePosition.value_or(position) : position;
    ask(QStringLiteral("job.move"), job, {{QStringLiteral("position"), std::max(position, 1)}},
        tr("“%1” was moved").arg(known ? known->title : job), [this, job, before] {
            ask(QStringLiteral("job.move"), job, {{QStringLiteral("position"), before}});
        });
}

void JobActions::perform(Action action, const QString &job)
{
    const JobPtr known = m_view.find(job);
    const int place = known ? known->queuePosition.value_or(1) : 1;
    switch (action) {
    case Action::Cancel: return cancel(job);
    case Action::PauseNow: return pause(job, false);
    case Action::PauseAfterStep: return pause(job, true);
    case Action::Resume: return resume(job);
    case Action::Retry: return retry(job);
    case Action::Hold: return hold(job);
    case Action::Release: return release(job);
    case Action::MoveUp: return move(job, place - 1);
    case Action::MoveDown: return move(job, place + 1);
    }
}

QString JobActions::report(const Job &job)
{
    const auto spent = [](const std::optional<UnixMs> &from, const std::optional<UnixMs> &to) {
        return from && to ? Words::duration(*to - *from) : QString();
    };
    QStringList lines;
    lines.append(QStringLiteral("%1 (%2, %3)").arg(job.title, job.host, job.id));
    lines.append(QStringLiteral("%1 %2").arg(Words::outcome(job), spent(job.started, job.finished)).trimmed());
    if (job.error)
        lines.append(Words::failure(*job.error));
    for (const Step &step : job.steps) {
        QString line =
            QStringLiteral("  %1: %2 %3").arg(step.title, Words::state(step.state), spent(step.started, step.finished));
        if (step.error)
            line = line.trimmed().prepend(QStringLiteral("  ")) + QStringLiteral(", ") + Words::failure(*step.error);
        while (line.endsWith(u' '))
            line.chop(1);
        lines.append(line);
    }
    return lines.join(u'\n') + u'\n';
}

} // namespace stepwire
