#pragma once

#include "core/engine/job_run.h"
#include "core/model/mailbox.h"
#include "core/pipeline/library.h"

#include <QObject>
#include <QThread>
#include <QTimer>

#include <deque>
#include <unordered_map>

namespace stepwire {

struct EngineConfig
{
    QString guardPath;
    QString jobsDirectory; ///< holds a folder a job
    QStringList pipelineFolders;
    int parallel = 2; ///< steps at once of a job that says nothing
    qint64 graceMs = 10'000;
    QString home;
    QString socketPath; ///< where steps find the hub
    QString programDirectory; ///< appended to the steps' PATH, so that they find `stepwire`
    std::map<QString, QString> environment; ///< for jobs that bring none
};

/// An answer to the request of the same number.
struct EngineAnswer
{
    quint64 request = 0;
    Result<Answer> answer;
};

/// All jobs have ended after `drain`.
struct EngineDrained
{
};

using EngineOutput = std::variant<Fact, EngineAnswer, EngineDrained>;

/// Runs jobs. Lives on the engine's thread; `post` and `drain` may be called from any, what comes out goes through
/// the mailbox given.
class Engine : public QObject, public JobRun::Mediator, public StepRunner::Observer
{
public:
    using MakeRunner = std::function<std::unique_ptr<StepRunner>(StepRunner::Observer &)>;

    /// Made on any thread, then moved to its own. `makeRunner` is called there at the first need.
    Engine(EngineConfig config, const Clock &clock, MakeRunner makeRunner, Mailbox<EngineOutput> &out);
    ~Engine() override;

    void post(quint64 requestId, Request request);
    /// Interrupts all jobs and takes no more.
    void drain();

private:
    struct Posted
    {
        quint64 id = 0;
        Request request;
    };

    void takePosted();
    void handle(quint64 id, const Request &request);
    [[nodiscard]] Result<Answer> run(const RunJob &request);
    [[nodiscard]] Result<BoundPipeline> bind(const RunJob &request, const QString &directory) const;
    [[nodiscard]] Result<Answer> listPipelines() const;
    [[nodiscard]] Result<Answer> getPipeline(const GetPipeline &request) const;
    [[nodiscard]] static Result<Answer> checkPipeline(const CheckPipeline &request);
    [[nodiscard]] Result<Answer> readLog(const ReadLog &request);
    void cancel(quint64 id, const CancelJob &request);
    [[nodiscard]] std::map<QString, QString> environmentFor(const RunJob &request) const;
    void answer(quint64 id, Result<Answer> answer);
    void removeFinished();
    void onTick();

    // JobRun::Mediator
    void publish(Fact fact) override;
    [[nodiscard]] const Clock &clock() const override { return m_clock; }
    [[nodiscard]] StepRunner &runner() override;
    [[nodiscard]] quint64 registerStart(const QString &jobId) override;
    void wantTick(qint64 steadyMs) override;
    void keepMarks(const QString &path, std::vector<StreamMark> marks) override;

    // StepRunner::Observer
    void stepStarted(quint64 number, qint64 pid) override;
    void stepOutput(quint64 number, Stream stream, QByteArrayView bytes) override;
    void stepEnded(quint64 number, const StepExit &exit) override;

    EngineConfig m_config;
    const Clock &m_clock;
    MakeRunner m_makeRunner;
    Mailbox<EngineOutput> &m_out;
    Mailbox<std::variant<Posted, EngineDrained>> m_in;
    PipelineLibrary m_library;
    std::unique_ptr<StepRunner> m_runner;
    std::map<QString, std::unique_ptr<JobRun>> m_jobs;
    std::unordered_map<quint64, JobRun *> m_starts;
    quint64 m_nextStart = 1;
    QTimer m_tick;
    qint64 m_tickAt = 0;
    bool m_draining = false;
    std::map<QString, std::vector<StreamMark>> m_marks;
    std::deque<QString> m_marksOrder;
};

/// The recipe as `pipeline.get` and `pipelines --json` show it.
[[nodiscard]] QJsonObject describeRecipe(const Recipe &recipe);
[[nodiscard]] QJsonArray describeFaults(const std::vector<Fault> &faults);

} // namespace stepwire
