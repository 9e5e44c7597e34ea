#include "core/model/event.h"

namespace stepwire {

namespace {

struct TypeName
{
    QString operator()(const JobQueued &) const { return QStringLiteral("job.queued"); }
    QString operator()(const JobStarted &) const { return QStringLiteral("job.started"); }
    QString operator()(const JobChanged &) const { return QStringLiteral("job.changed"); }
    QString operator()(const JobFinished &) const { return QStringLiteral("job.finished"); }
    QString operator()(const StepStarted &) const { return QStringLiteral("step.started"); }
    QString operator()(const StepChanged &) const { return QStringLiteral("step.changed"); }
    QString operator()(const StepProgress &) const { return QStringLiteral("step.progress"); }
    QString operator()(const StepOutput &) const { return QStringLiteral("step.output"); }
    QString operator()(const StepFinished &) const { return QStringLiteral("step.finished"); }
    QString operator()(const Custom &) const { return QStringLiteral("custom"); }
    QString operator()(const Notice &notice) const { return notice.type; }
};

} // namespace

EventKind kindOf(const FactData &data)
{
    if (std::holds_alternative<StepProgress>(data))
        return EventKind::Progress;
    if (std::holds_alternative<StepOutput>(data))
        return EventKind::Output;
    return EventKind::StateChange;
}

QString typeName(const FactData &data)
{
    return std::visit(TypeName{}, data);
}

} // namespace stepwire
