#pragma once

#include "core/engine/active_step.h"
#include "core/engine/clock.h"
#include "core/model/snapshot.h"
#include "core/pipeline/plan.h"

#include <functional>
#include <map>
#include <memory>
#include <random>

namespace stepwire {

/// Everything that one run was asked for.
struct JobSpec
{
    QString id;
    QString title;
    QString group;
    QStringList command; ///< of a bare command
    BoundPipeline pipeline;
    int parallel = 1;
    qint64 graceMs = 10'000;
    std::shared_ptr<const std::map<QString, QString>> environment; ///< what every step gets beside its own
    QString directory; ///< where its logs go
    int columns = 0;
    int rows = 0;
    QString unlessRunning;
    QString parent; ///< the job that has this one as its step `parentStep`
    QString parentStep;
    QStringList inheritedSecrets; ///< of the job that this one is a step of
};

/// The key that stands for what is run and its values; `shown` as everybody may see it.
[[nodiscard]] QString runKey(const JobSpec &spec, bool shown);

/// One job that runs here: starts its steps as the plan allows, says as facts what happens to them, and ends them.
/// Lives on the engine's thread.
class JobRun : private ActiveStep::Sink
{
public:
    /// What a run needs from the engine.
    class Mediator
    {
    public:
        virtual ~Mediator() = default;
        virtual void publish(Fact fact) = 0;
        [[nodiscard]] virtual const Clock &clock() const = 0;
        [[nodiscard]] virtual StepRunner &runner() = 0;
        /// A new number for a start of this job's.
        [[nodiscard]] virtual quint64 registerStart(const QString &jobId) = 0;
        /// That start is over without the runner's saying so.
        virtual void forgetStart(quint64 number) = 0;
        /// `tick` is wanted at this steady time at the latest.
        virtual void wantTick(qint64 steadyMs) = 0;
        /// The log of a step that ended, for those who still read it by stream.
        virtual void keepMarks(const QString &path, std::vector<StreamMark> marks) = 0;
        /// The job that is a step of this one is to run; `nestedEnded` is called later. `late` is the step with its
        /// values when these hold outputs of earlier steps. Fails with one sentence.
        virtual Result<void> startNested(const QString &childId, quint64 number, const StepSpec &step) = 0;
        /// The job that is a step of another has come on.
        virtual void nestedMoved(const JobRun &child) = 0;
        /// This job has ended; it is not deleted before the call returns.
        virtual void runEnded(JobRun &run) = 0;
        /// The nested job of this id, if it is there.
        [[nodiscard]] virtual JobRun *nested(const QString &childId) = 0;
        [[nodiscard]] virtual bool exists(const QString &path) const = 0;
    };

    using Done = std::function<void(State)>;

    /// Is there from the moment at which that attempt of the job kept in `directory` started something: the hub may die
    /// before its start is in the journal, and then nobody else knows.
    [[nodiscard]] static QString startMark(const QString &directory, int attempt);

    JobRun(JobSpec spec, Mediator &mediator);

    /// Where it was before, as the hub knows it: for a retry, and for a job that waited when the hub ended.
    void restore(const Job &known);
    /// The job that runs as the step `index`.
    void setChild(std::size_t index, const QString &childId) { m_children[index] = childId; }
    [[nodiscard]] const std::map<std::size_t, QString> &children() const { return m_children; }
    void setKey(const QString &key) { m_spec.unlessRunning = key; }
    /// What the job that this one is a step of has to hide now.
    void inheritSecrets(const QStringList &secrets);
    /// What nobody is shown of this job.
    [[nodiscard]] const QStringList &secrets() const { return m_secrets; }
    /// Another binding of the same pipeline, known only now; before the start. Unless its values are those of before,
    /// it begins anew.
    void rebind(BoundPipeline pipeline);

    /// Announces the whole plan; it waits for `start`.
    void announce(bool held, std::optional<int> queuePosition);
    /// What a retry would start again; an error if that is nothing, or not possible.
    [[nodiscard]] Result<std::vector<bool>> toRetry(const QString &from) const;
    /// Of a job that is going to run, or to run again: whether this step will, if nothing comes between.
    [[nodiscard]] bool willRun(const QString &stepId) const;
    /// Opens the ended job again for these steps; it waits for `start`.
    void reopen(const std::vector<bool> &again, std::optional<int> queuePosition);
    void start();

    void hold();
    void releaseHold(std::optional<int> queuePosition);
    void tellPosition(int position);

    Result<void> pause(PauseMode mode);
    Result<void> resume();
    /// Ends one step, or the job; `done` is called when that has happened.
    Result<void> cancel(const QString &stepId, Done done);
    /// As the hub goes down: like a cancel, but the job is `interrupted`.
    void interrupt();
    /// As the end of the job that it is a step of.
    void end(State how, const QString &because);
    /// It was never started, and is not going to be.
    void leaveOut(State how, const QString &because);

    Result<void> report(const ReportProgress &report);
    /// An event of a step's own, or of the job's.
    void emitCustom(const QString &step, const QString &name, const QJsonValue &value);
    [[nodiscard]] std::optional<LogSlice> readLog(const ReadLog &request);
    /// The newest attempt of a step that has started or ended; 0 if none has.
    [[nodiscard]] int attemptOf(const QString &stepId) const;

    void stepStarted(quint64 number, qint64 pid);
    void stepOutput(quint64 number, Stream stream, QByteArrayView bytes);
    void stepEnded(quint64 number, const StepExit &exit);
    void nestedMoved(quint64 number, const JobRun &child);
    void nestedEnded(quint64 number, const JobRun &child);
    /// Does what has come due: what was held back for its pace, retries, time limits.
    void tick();

    [[nodiscard]] const JobSpec &spec() const { return m_spec; }
    [[nodiscard]] const QString &id() const { return m_spec.id; }
    [[nodiscard]] bool waiting() const { return m_state == State::Queued || m_state == State::Held; }
    [[nodiscard]] bool finished() const { return isFinal(m_state); }
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const std::optional<Failure> &error() const { return m_error; }
    /// Of a nested job, for the step that it is.
    [[nodiscard]] std::optional<double> fraction() const;
    [[nodiscard]] QString currentStep() const;
    quint64 nestedNumber = 0; ///< the start of the parent's that this job is at the moment

private:
    using ActiveSteps = std::map<quint64, std::unique_ptr<ActiveStep>>; // in the order of their starts

    void stepSays(const ActiveStep &step, FactData data) override;

    [[nodiscard]] Job describe() const;
    [[nodiscard]] const StepSpec &specOf(std::size_t index) const { return m_spec.pipeline.steps[index]; }
    [[nodiscard]] QString pathOf(std::size_t index, int attempt, const char *ending) const;
    void startSteps();
    void startStep(std::size_t index);
    [[nodiscard]] bool leftOut(std::size_t index);
    [[nodiscard]] StepCommand commandFor(const StepSpec &step, int attempt, quint64 number) const;
    void flush(ActiveStep &active, bool final);
    void watchTime(quint64 number, ActiveStep &active);
    void publishStarted(ActiveStep &active);
    void stepDone(std::unique_ptr<ActiveStep> active, State outcome, std::optional<Failure> error);
    void finishStep(std::size_t index, State outcome, const std::optional<Failure> &why, int attempt, qint64 ms);
    void settle(std::size_t index, State outcome, const std::optional<Failure> &error, int attempt, qint64 ms);
    [[nodiscard]] bool retryLater(const ActiveStep &active, State outcome, const Failure &error);
    [[nodiscard]] qint64 retryDelay(const RetryPolicy &policy, int failed);
    void takeOutputs(const ActiveStep &active, State &outcome, std::optional<Failure> &error);
    void loadOutputs(std::size_t index, int attempt);
    void concealOutputs(const ActiveStep &active) const;
    void gatherSecrets();
    [[nodiscard]] QString redacted(const QString &text) const { return m_redactor ? m_redactor->text(text) : text; }
    [[nodiscard]] std::optional<Failure> redacted(std::optional<Failure> error) const;
    void redact(FactData &data) const;
    [[nodiscard]] Failure failureOf(const ActiveStep &active, const StepExit &exit) const;
    void terminate(quint64 number, ActiveStep &active, State how, const QString &because);
    void finishWhenDone();
    void tellState(State state);
    void publish(const QString &step, FactData data);
    [[nodiscard]] std::optional<std::size_t> indexOf(const QString &stepId) const;
    [[nodiscard]] ActiveSteps::iterator activeStep(const QString &stepId);

    JobSpec m_spec;
    Mediator &m_mediator;
    QStringList m_secrets;
    std::shared_ptr<const Redactor> m_redactor; ///< null without secrets
    Plan m_plan;
    std::vector<int> m_attempts; ///< newest of each step that has started or ended; 0: none
    std::vector<int> m_retriesLeft;
    std::map<std::size_t, QString> m_children;
    StepOutputs m_outputs;
    ActiveSteps m_active;
    std::multimap<qint64, std::size_t> m_retries; ///< steps that start again at this steady time
    int m_attempt = 1;
    UnixMs m_created = 0;
    std::optional<QJsonObject> m_restoredParams; ///< what its steps were run with before
    State m_state = State::Queued;
    std::optional<State> m_ending; ///< Cancelled, TimedOut or Interrupted, once it is being ended
    QString m_endingMessage;
    bool m_cut = false; ///< something was ended or left out by that
    std::optional<Failure> m_error;
    State m_errorState = State::Failed;
    qint64 m_since = 0;
    std::optional<qint64> m_pausedAt;
    qint64 m_pausedMs = 0;
    std::vector<Done> m_jobWaiters;
    std::map<QString, std::vector<Done>> m_stepWaiters;
    std::unique_ptr<Snapshot> m_mirror; ///< of a nested job: what its parent shows of it
    std::minstd_rand m_random;
};

} // namespace stepwire
