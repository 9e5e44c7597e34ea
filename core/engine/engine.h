#pragma once

#include "core/engine/job_origin.h"
#include "core/engine/job_queue.h"
#include "core/engine/job_run.h"
#include "core/model/mailbox.h"
#include "core/model/throttle.h"
#include "core/pipeline/library.h"

#include <QObject>
#include <QThread>
#include <QTimer>

#include <deque>
#include <functional>
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
    std::map<QString, int> groupLimits; ///< jobs at once, of groups that do not have the usual limit
};

/// An answer to the request of the same number.
struct EngineAnswer
{
    quint64 request = 0;
    Result<Answer> answer;
};

/// What was adopted has been dealt with.
struct EngineAdopted
{
};

/// All jobs have ended after `drain`.
struct EngineDrained
{
};

using EngineOutput = std::variant<Fact, EngineAnswer, EngineAdopted, EngineDrained>;

/// Runs jobs. Lives on the engine's thread; `post`, `adopt` and `drain` may be called from any, what comes out goes
/// through the mailbox given.
class Engine : public QObject, public JobRun::Mediator, public StepRunner::Observer
{
public:
    using MakeRunner = std::function<std::unique_ptr<StepRunner>(StepRunner::Observer &)>;

    /// Made on any thread, then moved to its own. `makeRunner` is called there at the first need.
    Engine(EngineConfig config, const Clock &clock, MakeRunner makeRunner, Mailbox<EngineOutput> &out);
    ~Engine() override;

    void post(quint64 requestId, Request request);
    /// Jobs of an earlier life that had not ended: those that waited go on waiting, those that ran are interrupted.
    /// With them come those that are steps of them, also ended ones.
    void adopt(std::vector<Job> jobs);
    /// Interrupts all jobs that run and takes no more; those that wait are left for the next life.
    void drain();

    /// Hands out what was said since the last time, in one piece: what comes of one cause stands in the journal whole
    /// or not at all. Called at the end of everything that the engine does.
    void tell();

private:
    struct Posted
    {
        quint64 id = 0;
        Request request;
    };

    struct Adopted
    {
        std::vector<Job> jobs;
    };

    /// A job that is being made from its origin: itself and the jobs that are steps of it, itself first.
    struct Making
    {
        JobOrigin origin;
        std::vector<std::unique_ptr<JobRun>> runs;
        std::map<QString, Recipe> recipes; ///< of nested jobs whose values are known only at their start
        std::size_t steps = 0;
    };

    struct Removal
    {
        quint64 request = 0;
        QStringList jobs;
        qint64 bytes = 0;
    };

    /// Looks at the output of all jobs, a few folders at a time.
    struct Measuring
    {
        quint64 request = 0;
        qint64 mostBytes = 0;
        QStringList left;
        std::vector<std::pair<QString, qint64>> sizes;
    };

    void takePosted();
    void handle(quint64 id, const Request &request);
    [[nodiscard]] Result<Answer> run(const RunJob &request);
    [[nodiscard]] Result<void> keyIsFree(const QString &key) const;
    [[nodiscard]] std::vector<QString> enterQueue(const JobRun &run);
    [[nodiscard]] std::optional<int> placeToTell(const JobRun &run);
    [[nodiscard]] Result<Answer> retry(const RetryJob &request);
    [[nodiscard]] Result<Answer> hold(const QString &job, bool held);
    [[nodiscard]] Result<Answer> move(const MoveJob &request);
    [[nodiscard]] Result<Answer> pause(const QString &job, std::optional<PauseMode> mode);
    [[nodiscard]] Result<Making> make(JobOrigin origin) const;
    [[nodiscard]] Result<void> makeNested(Making &making, std::size_t parent, const QString &path,
                                          const QStringList &above) const;
    [[nodiscard]] Result<BoundPipeline> bind(JobOrigin &origin, const QString &directory, QString &file) const;
    [[nodiscard]] Result<Recipe> loadPipeline(JobOrigin &origin, const QString &key, const QString &reference,
                                              const QString &directory) const;
    [[nodiscard]] JobSpec specFor(const JobOrigin &origin, BoundPipeline bound) const;
    void keep(Making &&making);
    void adoptAll(const std::vector<Job> &jobs);
    void adoptJob(const Job &job, const std::vector<Job> &all);
    [[nodiscard]] std::vector<JobRun *> restoreAll(Making &making,
                                                   const std::function<const Job *(const QString &)> &known);
    void announceNew(const std::vector<JobRun *> &fresh);
    [[nodiscard]] bool willRun(const JobRun &run) const;
    void interrupted(const Job &job);
    [[nodiscard]] Result<JobRun *> find(const QString &job);
    [[nodiscard]] Result<Answer> listPipelines() const;
    [[nodiscard]] Result<Answer> getPipeline(const GetPipeline &request) const;
    [[nodiscard]] static Result<Answer> checkPipeline(const CheckPipeline &request);
    [[nodiscard]] Result<Answer> readLog(const ReadLog &request);
    void cancel(quint64 id, const CancelJob &request);
    void removeFiles();
    void measure(const std::shared_ptr<Measuring> &measuring);
    [[nodiscard]] std::map<QString, QString> environmentFor(const RunJob &request) const;
    void answer(quint64 id, Result<Answer> answer);
    [[nodiscard]] JobAck ackFor(const JobRun &run) const;
    void startReady();
    void begin(JobRun &run);
    void afterwards();
    void tellPositions();
    std::pair<int, bool> tellPositions(const QString &group, int most);
    void onTick();

    // JobRun::Mediator
    void publish(Fact fact) override;
    [[nodiscard]] const Clock &clock() const override { return m_clock; }
    [[nodiscard]] StepRunner &runner() override;
    [[nodiscard]] quint64 registerStart(const QString &jobId) override;
    void forgetStart(quint64 number) override { m_starts.erase(number); }
    void wantTick(qint64 steadyMs) override;
    void keepMarks(const QString &path, std::vector<StreamMark> marks) override;
    Result<void> startNested(const QString &childId, quint64 number, const StepSpec &step) override;
    void nestedMoved(const JobRun &child) override;
    void runEnded(JobRun &run) override;
    [[nodiscard]] JobRun *nested(const QString &childId) override;
    [[nodiscard]] bool exists(const QString &path) const override;

    // StepRunner::Observer
    void stepStarted(quint64 number, qint64 pid) override;
    void stepOutput(quint64 number, Stream stream, QByteArrayView bytes) override;
    void stepEnded(quint64 number, const StepExit &exit) override;

    EngineConfig m_config;
    const Clock &m_clock;
    MakeRunner m_makeRunner;
    Mailbox<EngineOutput> &m_out;
    std::vector<EngineOutput> m_said; ///< and not handed out yet
    Mailbox<std::variant<Posted, Adopted, EngineDrained>> m_in;
    PipelineLibrary m_library;
    std::unique_ptr<StepRunner> m_runner;
    std::map<QString, std::unique_ptr<JobRun>> m_jobs;
    std::vector<JobRun *> m_going; ///< those that were started and have not ended
    std::map<QString, Recipe> m_nestedRecipes;
    std::unordered_map<quint64, JobRun *> m_starts;
    quint64 m_nextStart = 1;
    JobQueue m_queue;
    std::map<QString, std::map<QString, int>> m_toldPositions; ///< by group and job
    Throttle m_positionsPace{1000};
    std::vector<QString> m_ended; ///< jobs that have ended since the last `afterwards`
    std::deque<Removal> m_removals;
    QTimer m_tick;
    qint64 m_tickAt = 0;
    bool m_draining = false;
    bool m_queueChanged = false;
    bool m_positionsLeft = false; ///< some far down were not told their new place yet
    std::map<QString, std::vector<StreamMark>> m_marks;
    std::deque<QString> m_marksOrder;
};

} // namespace stepwire
