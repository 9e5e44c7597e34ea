#pragma once

#include "core/engine/clock.h"
#include "core/engine/output_feed.h"
#include "core/engine/progress_reader.h"
#include "core/engine/step_runner.h"
#include "core/model/request.h"
#include "core/pipeline/binding.h"
#include "core/pipeline/plan.h"

#include <functional>
#include <map>
#include <memory>

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
    std::map<QString, QString> environment; ///< what every step gets beside its own
    QString directory; ///< where its logs go
    int columns = 0;
    int rows = 0;
};

/// One job that runs here: starts its steps as the plan allows, says as facts what happens to them, and ends them.
/// Lives on the engine's thread.
class JobRun
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
        /// `tick` is wanted at this steady time at the latest.
        virtual void wantTick(qint64 steadyMs) = 0;
        /// The log of a step that ended, for those who still read it by stream.
        virtual void keepMarks(const QString &path, std::vector<StreamMark> marks) = 0;
    };

    using Done = std::function<void(State)>;

    JobRun(JobSpec spec, Mediator &mediator);

    /// Announces the whole plan, then starts what may start.
    void begin();

    /// Ends one step, or the job; `done` is called when that has happened.
    Result<void> cancel(const QString &stepId, Done done);
    /// As the hub goes down: like a cancel, but the job is `interrupted`.
    void interrupt();

    Result<void> report(const ReportProgress &report);
    [[nodiscard]] std::optional<LogSlice> readLog(const ReadLog &request);

    void stepStarted(quint64 number, qint64 pid);
    void stepOutput(quint64 number, Stream stream, QByteArrayView bytes);
    void stepEnded(quint64 number, const StepExit &exit);
    /// Gives what was held back for its pace.
    void tick();

    [[nodiscard]] const QString &id() const { return m_spec.id; }
    [[nodiscard]] bool finished() const { return m_finished; }
    [[nodiscard]] State state() const { return m_state; }

private:
    /// Who told the progress, the most trusted last.
    enum class Teller { Nobody, Terminal, Line, Report };

    struct ActiveStep
    {
        ActiveStep(std::size_t stepIndex, const QString &logPath, bool terminal)
            : index(stepIndex), path(logPath), log(logPath), feed(log, 1, terminal)
        {
        }

        std::size_t index;
        QString path;
        StepLog log;
        OutputFeed feed;
        LineReader lines; // of stdout or the terminal
        LineReader errorLines; // of stderr, for its last line
        bool errorSpokeLast = false;
        OscReader osc;
        Teller teller = Teller::Nobody;
        std::optional<Progress> pending;
        Progress published;
        Throttle throttle{mergeIntervalMs};
        bool started = false;
        bool ending = false;
        bool problemTold = false;
        qint64 since = 0;
    };

    [[nodiscard]] Job describe() const;
    void startSteps();
    [[nodiscard]] StepCommand commandFor(const StepSpec &step, quint64 number) const;
    void tell(ActiveStep &active, Teller teller, const Progress &progress);
    void flush(ActiveStep &active, bool final);
    void publishStarted(ActiveStep &active, std::optional<qint64> pid);
    void settle(std::size_t index, State outcome, const std::optional<Failure> &error, qint64 durationMs);
    [[nodiscard]] State outcomeOf(const ActiveStep &active, const StepExit &exit) const;
    [[nodiscard]] Failure failureOf(const ActiveStep &active, const StepExit &exit) const;
    void end(State how);
    void terminate(quint64 number, ActiveStep &active);
    void finishWhenDone();
    void publish(const QString &step, FactData data);
    [[nodiscard]] ActiveStep *activeStep(const QString &stepId);
    [[nodiscard]] QString lastLine(const ActiveStep &active) const;

    JobSpec m_spec;
    Mediator &m_mediator;
    Plan m_plan;
    std::map<quint64, std::unique_ptr<ActiveStep>> m_active; // in the order of their starts
    State m_state = State::Queued;
    std::optional<State> m_ending; // Cancelled or Interrupted, once asked for
    std::optional<Failure> m_error;
    bool m_finished = false;
    qint64 m_since = 0;
    std::vector<Done> m_jobWaiters;
    std::map<QString, std::vector<Done>> m_stepWaiters;
};

} // namespace stepwire
