#include "core/wire/native/native.h"
#include "core/wire/native/rpc.h"

#include <QJsonArray>

namespace stepwire::native {

namespace {

/// A call's members, those without a value left out.
class Params
{
public:
    Params &put(const char *name, const QString &text)
    {
        if (!text.isEmpty())
            m_object.insert(QLatin1String(name), text);
        return *this;
    }
    template <class T>
    Params &put(const char *name, const std::optional<T> &value)
    {
        if (value)
            m_object.insert(QLatin1String(name), *value);
        return *this;
    }
    Params &putValue(const char *name, const QJsonValue &value)
    {
        m_object.insert(QLatin1String(name), value);
        return *this;
    }
    operator QJsonObject() const { return m_object; }

private:
    QJsonObject m_object;
};

Params ofJob(const QString &job)
{
    return Params().put("job", job);
}

QJsonObject memberOfPhase(const Phase &phase)
{
    return Params()
        .put("id", phase.id)
        .put("title", phase.title)
        .putValue("done", phase.done)
        .put("total", phase.total)
        .put("unit", phase.unit);
}

struct Encode
{
    static Call call(const char *method, const QJsonObject &params)
    {
        return {QJsonValue::Undefined, QLatin1String(method), params};
    }

    Call operator()(const RunJob &run) const
    {
        Params params;
        params.put("pipeline", run.pipeline).put("toml", run.toml);
        if (!run.command.isEmpty())
            params.putValue("command", QJsonArray::fromStringList(run.command));
        if (!run.params.isEmpty())
            params.putValue("params", run.params);
        params.put("cwd", run.cwd);
        if (run.env) {
            QJsonObject env;
            for (const auto &[name, value] : *run.env)
                env.insert(name, value);
            params.putValue("env", env);
        }
        params.put("job_id", run.jobId).put("host", run.host).put("title", run.title).put("group", run.group);
        params.put("jobs", run.parallel);
        if (run.terminal && *run.terminal && run.columns > 0)
            params.putValue(
                "terminal",
                QJsonObject{{QStringLiteral("columns"), run.columns}, {QStringLiteral("rows"), std::max(1, run.rows)}});
        else
            params.put("terminal", run.terminal);
        if (run.unlessRunning)
            params.putValue("unless_running",
                            run.unlessRunning->isEmpty() ? QJsonValue(true) : QJsonValue(*run.unlessRunning));
        return call("job.run", params);
    }
    Call operator()(const CancelJob &cancel) const
    {
        return call("job.cancel", ofJob(cancel.job).put("step", cancel.step));
    }
    Call operator()(const PauseJob &pause) const
    {
        const bool now = pause.mode == PauseMode::Now;
        return call("job.pause",
                    ofJob(pause.job).put("mode", now ? QStringLiteral("now") : QStringLiteral("after_step")));
    }
    Call operator()(const ResumeJob &resume) const { return call("job.resume", ofJob(resume.job)); }
    Call operator()(const RetryJob &retry) const { return call("job.retry", ofJob(retry.job).put("from", retry.from)); }
    Call operator()(const HoldJob &hold) const { return call("job.hold", ofJob(hold.job)); }
    Call operator()(const ReleaseJob &release) const { return call("job.release", ofJob(release.job)); }
    Call operator()(const MoveJob &move) const
    {
        return call("job.move", ofJob(move.job).putValue("position", move.position));
    }
    Call operator()(const PruneJobs &prune) const
    {
        return call("job.prune",
                    Params()
                        .put("older_than_ms", prune.olderThanMs)
                        .put("keep", prune.keep)
                        .put("most_bytes", prune.mostBytes)
                        .put("host", prune.host));
    }
    Call operator()(const RemoveJobFiles &) const { return {}; }
    Call operator()(const FindOversized &) const { return {}; }
    Call operator()(const ListJobs &list) const
    {
        return call("job.list",
                    Params()
                        .put("cursor", list.cursor)
                        .putValue("limit", list.limit)
                        .put("state", list.state ? stateName(*list.state) : QString())
                        .put("host", list.host));
    }
    Call operator()(const GetJob &get) const { return call("job.get", ofJob(get.job)); }
    Call operator()(const ReadLog &log) const
    {
        return call("job.log",
                    ofJob(log.job)
                        .put("step", log.step)
                        .put("attempt", log.attempt)
                        .putValue("offset", log.offset)
                        .putValue("limit", log.limit)
                        .put("encoding", log.base64 ? QStringLiteral("base64") : QString()));
    }
    Call operator()(const ListPipelines &list) const { return call("pipeline.list", Params().put("host", list.host)); }
    Call operator()(const GetPipeline &get) const
    {
        return call("pipeline.get", Params().put("pipeline", get.pipeline).put("cwd", get.cwd).put("host", get.host));
    }
    Call operator()(const CheckPipeline &check) const
    {
        return call("pipeline.check",
                    Params().putValue("toml", check.toml).put("file", check.file).put("host", check.host));
    }
    Call operator()(const StartReport &report) const
    {
        QJsonArray steps;
        for (const Step &step : report.steps)
            steps.append(QJsonObject{{QStringLiteral("step"), step.id},
                                     {QStringLiteral("title"), step.title},
                                     {QStringLiteral("weight"), step.weight}});
        return call("report.start",
                    Params()
                        .put("title", report.title)
                        .putValue("steps", steps)
                        .putValue("ttl_ms", report.ttlMs)
                        .putValue("capabilities", QJsonArray::fromStringList(report.capabilities)));
    }
    Call operator()(const ReportProgress &report) const
    {
        const Progress &progress = report.progress;
        Params params = ofJob(report.job).put("step", report.step).put("phase", report.phase);
        if (report.increment)
            params.put("increment", report.increment);
        else
            params.putValue("done", progress.done).put("fraction", progress.fraction);
        params.put("total", progress.total).put("unit", progress.unit).put("message", progress.message);
        if (!progress.phases.empty()) {
            QJsonArray phases;
            for (const Phase &phase : progress.phases)
                phases.append(memberOfPhase(phase));
            params.putValue("phases", phases);
        }
        return call("report.progress", params.put("state", report.state ? stateName(*report.state) : QString()));
    }
    Call operator()(const ChangeReport &change) const
    {
        return call("report.change", ofJob(change.job).put("state", stateName(change.state)));
    }
    Call operator()(const FinishReport &finish) const
    {
        return call("report.finish",
                    ofJob(finish.job)
                        .put("error", finish.error)
                        .put("state", finish.cancelled ? stateName(State::Cancelled) : QString()));
    }
    Call operator()(const EmitCustom &custom) const
    {
        return call(
            "emit",
            ofJob(custom.job).put("step", custom.step).put("name", custom.name).putValue("value", custom.value));
    }
    Call operator()(const Ping &) const { return call("ping", {}); }
    Call operator()(const ListHosts &) const { return call("host.list", {}); }
    Call operator()(const AddHost &add) const
    {
        return call("host.add",
                    Params()
                        .put("name", add.name)
                        .put("target", add.target)
                        .put("command", add.command)
                        .put("token", add.token)
                        .put("pin", add.pin));
    }
    Call operator()(const RemoveHost &remove) const { return call("host.remove", Params().put("name", remove.name)); }
    Call operator()(const ListSources &) const { return call("source.list", {}); }
    Call operator()(const AddSource &add) const
    {
        return call("source.add",
                    Params()
                        .put("name", add.name)
                        .put("kind", add.kind)
                        .putValue("settings", add.settings)
                        .putValue("secrets", add.secrets));
    }
    Call operator()(const RemoveSource &remove) const
    {
        return call("source.remove", Params().put("name", remove.name));
    }
};

Result<Answer> ackFrom(const QJsonObject &object)
{
    const auto state = stateFromName(object[u"state"].toString());
    if (!state || !object[u"job"].isString())
        return fail(code::internalError, QStringLiteral("the hub's acknowledgement has no job or no state"));
    JobAck ack{object[u"job"].toString(), *state, {}};
    if (object[u"queue_position"].isDouble())
        ack.queuePosition = object[u"queue_position"].toInt();
    return Answer(ack);
}

Result<Answer> pageFrom(const QJsonObject &object)
{
    JobPage page;
    for (const QJsonArray jobs = object[u"jobs"].toArray(); const QJsonValue &value : jobs) {
        auto job = decodeJob(value.toObject());
        if (!job)
            return tl::unexpected(job.error());
        page.jobs.push_back(std::move(*job));
    }
    page.cursor = object[u"cursor"].toString();
    return Answer(std::move(page));
}

Answer sliceFrom(const QJsonObject &object)
{
    LogSlice slice;
    slice.base64 = object[u"base64"].isString();
    slice.bytes = slice.base64 ? QByteArray::fromBase64(object[u"base64"].toString().toLatin1())
                               : object[u"text"].toString().toUtf8();
    slice.offset = object[u"offset"].toInteger();
    slice.omitted = object[u"omitted"].toInteger();
    slice.end = object[u"end"].toInteger();
    slice.stream = object[u"stream"].toString();
    slice.complete = object[u"complete"].toBool();
    return slice;
}

} // namespace

Call encodeCall(const Request &request)
{
    return std::visit(Encode(), request);
}

Result<Answer> decodeAnswer(const Request &request, const QJsonValue &result)
{
    const QJsonObject object = result.toObject();
    struct Kind
    {
        const QJsonObject &object;

        Result<Answer> operator()(const ListJobs &) const { return pageFrom(object); }
        Result<Answer> operator()(const GetJob &) const
        {
            auto job = decodeJob(object);
            if (!job)
                return tl::unexpected(job.error());
            return Answer(std::move(*job));
        }
        Result<Answer> operator()(const ReadLog &) const { return sliceFrom(object); }
        Result<Answer> operator()(const RunJob &) const { return ackFrom(object); }
        Result<Answer> operator()(const CancelJob &) const { return ackFrom(object); }
        Result<Answer> operator()(const PauseJob &) const { return ackFrom(object); }
        Result<Answer> operator()(const ResumeJob &) const { return ackFrom(object); }
        Result<Answer> operator()(const RetryJob &) const { return ackFrom(object); }
        Result<Answer> operator()(const HoldJob &) const { return ackFrom(object); }
        Result<Answer> operator()(const ReleaseJob &) const { return ackFrom(object); }
        Result<Answer> operator()(const MoveJob &) const { return ackFrom(object); }
        Result<Answer> operator()(const ReportProgress &) const { return ackFrom(object); }
        Result<Answer> operator()(const ChangeReport &) const { return ackFrom(object); }
        Result<Answer> operator()(const FinishReport &) const { return ackFrom(object); }
        Result<Answer> operator()(const EmitCustom &) const { return ackFrom(object); }
        Result<Answer> operator()(const StartReport &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const PruneJobs &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const RemoveJobFiles &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const FindOversized &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const ListPipelines &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const GetPipeline &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const CheckPipeline &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const Ping &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const ListHosts &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const AddHost &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const RemoveHost &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const ListSources &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const AddSource &) const { return Answer(Object{object}); }
        Result<Answer> operator()(const RemoveSource &) const { return Answer(Object{object}); }
    };
    return std::visit(Kind{object}, request);
}

} // namespace stepwire::native
