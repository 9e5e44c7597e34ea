#include "core/serve/access/policy.h"

#include "core/model/quote.h"

namespace stepwire {

using namespace Qt::StringLiterals;

namespace {

/// A request's name, and the scope that it needs; None: nobody may make it from outside.
struct Rule
{
    const char *method;
    Scope needs;
};

struct RuleOf
{
    Rule operator()(const RunJob &) const { return {"job.run", Scope::Control}; }
    Rule operator()(const CancelJob &) const { return {"job.cancel", Scope::Control}; }
    Rule operator()(const PauseJob &) const { return {"job.pause", Scope::Control}; }
    Rule operator()(const ResumeJob &) const { return {"job.resume", Scope::Control}; }
    Rule operator()(const RetryJob &) const { return {"job.retry", Scope::Control}; }
    Rule operator()(const HoldJob &) const { return {"job.hold", Scope::Control}; }
    Rule operator()(const ReleaseJob &) const { return {"job.release", Scope::Control}; }
    Rule operator()(const MoveJob &) const { return {"job.move", Scope::Control}; }
    Rule operator()(const PruneJobs &) const { return {"job.prune", Scope::Control}; }
    Rule operator()(const RemoveJobFiles &) const { return {"removing files", Scope::None}; }
    Rule operator()(const FindOversized &) const { return {"measuring files", Scope::None}; }
    Rule operator()(const ListJobs &) const { return {"job.list", Scope::Read}; }
    Rule operator()(const GetJob &) const { return {"job.get", Scope::Read}; }
    Rule operator()(const ReadLog &) const { return {"job.log", Scope::Read}; }
    Rule operator()(const ListPipelines &) const { return {"pipeline.list", Scope::Read}; }
    Rule operator()(const GetPipeline &) const { return {"pipeline.get", Scope::Read}; }
    Rule operator()(const CheckPipeline &) const { return {"pipeline.check", Scope::Control}; }
    Rule operator()(const StartReport &) const { return {"report.start", Scope::Control}; }
    Rule operator()(const ReportProgress &) const { return {"report.progress", Scope::Control}; }
    Rule operator()(const ChangeReport &) const { return {"report.change", Scope::Control}; }
    Rule operator()(const FinishReport &) const { return {"report.finish", Scope::Control}; }
    Rule operator()(const EmitCustom &) const { return {"emit", Scope::Control}; }
    Rule operator()(const Ping &) const { return {"ping", Scope::Read}; }
    Rule operator()(const ListHosts &) const { return {"host.list", Scope::Read}; }
    Rule operator()(const AddHost &) const { return {"host.add", Scope::None}; }
    Rule operator()(const RemoveHost &) const { return {"host.remove", Scope::None}; }
    Rule operator()(const ListSources &) const { return {"source.list", Scope::Read}; }
    Rule operator()(const AddSource &) const { return {"source.add", Scope::None}; }
    Rule operator()(const RemoveSource &) const { return {"source.remove", Scope::None}; }
};

} // namespace

static tl::unexpected<Error> refused(const QString &sentence)
{
    return fail(code::notAllowed, sentence);
}

static bool isPath(const QString &pipeline)
{
    return pipeline.contains(u'/') || pipeline.endsWith(u".toml");
}

static Result<void> check(RunJob &run, const RemotePolicy &policy)
{
    const auto without = [](const QString &member) {
        return refused(u"%1 may not be given over the network"_s.arg(member));
    };
    if (run.env)
        return without(u"env"_s);
    if (!run.cwd.isEmpty())
        return without(u"cwd"_s);
    if (!run.jobId.isEmpty())
        return without(u"job_id"_s);
    if (run.toml)
        return without(u"toml"_s);
    if (!run.host.isEmpty()) // what may be run there is known there alone
        return without(u"host"_s);
    if (isPath(run.pipeline))
        return refused(u"pipeline %1 is a path, over the network they are started by name"_s.arg(quoted(run.pipeline)));
    if (!run.command.isEmpty() && !policy.commands)
        return refused(u"a command may not be run over the network unless commands = true in [web]"_s);
    run.fromRemote = RemoteAllowance{policy.commands, policy.allPipelines};
    return {};
}

static Result<void> check(RetryJob &retry, const RemotePolicy &policy)
{
    retry.fromRemote = RemoteAllowance{policy.commands, policy.allPipelines};
    return {};
}

static Result<void> check(GetPipeline &get, const RemotePolicy & /*policy*/)
{
    if (!get.cwd.isEmpty())
        return refused(u"cwd may not be given over the network"_s);
    if (isPath(get.pipeline))
        return refused(u"pipeline %1 is a path, over the network they are told by name"_s.arg(quoted(get.pipeline)));
    return {};
}

template <class Other>
static Result<void> check(Other & /*request*/, const RemotePolicy & /*policy*/)
{
    return {};
}

QString methodName(const Request &request)
{
    return QString::fromLatin1(std::visit(RuleOf(), request).method);
}

Result<Request> permit(Request request, const Principal &principal, const RemotePolicy &policy)
{
    const Rule rule = std::visit(RuleOf(), request);
    const QString method = QString::fromLatin1(rule.method);
    if (rule.needs == Scope::None)
        return refused(u"%1 is the hub's own business"_s.arg(method));
    if (principal.scope < rule.needs)
        return refused(u"%1 needs the scope %2, and this client has %3"_s.arg(method, scopeName(rule.needs),
                                                                              scopeName(principal.scope)));
    const auto checked = std::visit([&](auto &asked) { return check(asked, policy); }, request);
    if (!checked)
        return tl::unexpected(checked.error());
    return request;
}

} // namespace stepwire
