#pragma once

#include "core/hub/hub.h"
#include "core/serve/access/rate_limiter.h"
#include "core/serve/dialects/slop/slop_results.h"
#include "core/serve/dialects/slop/slop_words.h"

#include <QElapsedTimer>
#include <QStringDecoder>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

namespace stepwire::slop {

/// Processes (`claude:*`, `strudel:*` and whatever else has a prefix) and agents' work (`agent:*`) as jobs of the hub:
/// starts them, answers for them, and tells what becomes of them in the clients' words. What is told of a job is told
/// after its start was acknowledged. Lives on the hub's thread.
class Runs
{
public:
    /// The socket that asks.
    struct Caller
    {
        QString nsp;
        QString socket;
    };
    using Reply = std::function<void(const QJsonObject &)>;

    class Mediator
    {
    public:
        virtual ~Mediator() = default;
        /// To the caller's socket if it is still there, and to all in the rooms; to each once.
        virtual void tell(const Caller &caller, const QStringList &rooms, const QString &event,
                          const QJsonObject &data) = 0;
    };

    Runs(Hub &hub, Settings settings, const Results &results, Mediator &mediator);

    /// Knows those again that the hub has from before it was started; to their rooms it tells what becomes of them.
    void adopt();
    /// False: it is no event of these.
    [[nodiscard]] bool call(const Caller &caller, const QString &event, const QJsonValue &payload, const Reply &reply);
    void follow(const EventPtr &event);

private:
    enum class Kind { Process, Workflow, Orchestrate, Critique, Discussion };

    static constexpr std::pair<const char *, Kind> agentCalls[] = {{"workflow:execute", Kind::Workflow},
                                                                   {"orchestrate", Kind::Orchestrate},
                                                                   {"critique:execute", Kind::Critique},
                                                                   {"discussion:execute", Kind::Discussion}};

    struct Run
    {
        Kind kind = Kind::Process;
        QString job;
        QString shown; ///< what clients call it: the job's id, or what they chose
        QString name; ///< prefix, or the client's id of the workflow
        bool sound = false;
        Caller caller;
        bool acknowledged = false;
        bool reading = false; ///< what was left out of an event comes from the log
        bool started = false;
        bool completed = false; ///< a step has told the end itself
        std::optional<int> position;
        int percent = -1;
        std::deque<EventPtr> held;
        QString out;
        QString err;
        std::map<QString, QString> stepOut;
        std::map<QString, qint64> stepMs;
        State state = State::Queued;
    };
    using RunPtr = std::shared_ptr<Run>;

    /// Something that is to be started.
    struct Start
    {
        Kind kind = Kind::Process;
        QString name;
        QString shown;
        Mapping mapping;
        QJsonObject payload;
        std::optional<QString> toml; ///< a pipeline made of a definition, instead of the mapped one
        std::vector<DefinedStep> steps; ///< of it, as far as they are known
        Caller caller;
        Reply reply;
    };
    using StartPtr = std::shared_ptr<Start>;

    struct Missing; ///< of the log

    [[nodiscard]] bool callProcess(const Caller &caller, const QString &event, const QJsonValue &payload,
                                   const Reply &reply);
    [[nodiscard]] bool callAgent(const Caller &caller, const QString &event, const QJsonValue &payload,
                                 const Reply &reply);
    void withMapping(const QString &prefix, std::function<void(std::optional<Mapping>)> then);
    void executeProcess(const StartPtr &start);
    void validate(const StartPtr &start);
    void cancelProcess(const StartPtr &asked);
    void statusOfProcess(const StartPtr &asked);
    void executeAgent(const Caller &caller, Kind kind, const QJsonValue &payload, const Reply &reply);
    void controlWorkflow(const Caller &caller, const QString &verb, const QJsonValue &payload, const Reply &reply);

    void defineWorkflow(const StartPtr &start);
    /// Looks up what the next step of a definition runs; then runs all.
    void define(const StartPtr &start);
    void withParameters(const Mapping &mapping, const QJsonObject &payload,
                        std::function<void(Result<QJsonObject>)> then);
    [[nodiscard]] bool refusedForNow(const StartPtr &start);
    void begin(const StartPtr &start);
    void run(const StartPtr &start, const QJsonObject &parameters);
    void refuse(const Start &start, const QString &code, const QString &message, QJsonObject more = {});
    void refuse(const Start &start, const Error &error);
    [[nodiscard]] std::optional<qint64> limited(const Start &start);
    [[nodiscard]] int waitingIn(const QString &group) const;

    [[nodiscard]] RunPtr find(const QString &shown) const;
    [[nodiscard]] RunPtr newest(const QString &workflow) const;
    void tell(const Run &run, const QString &event, QJsonObject data, UnixMs time);
    void tellOfWorkflow(const Run &run, const QString &what, QJsonObject data, UnixMs time);
    void tellQueued(Run &run, int position, UnixMs time);

    void pump(const RunPtr &run);
    void handle(const RunPtr &run, const Event &event);
    void output(const RunPtr &run, const Event &event, const StepOutput &output);
    void readMissing(const std::shared_ptr<Missing> &missing);
    void text(Run &run, const QString &step, Stream stream, const QString &text, UnixMs time);
    void progressOfProcess(Run &run, const QString &message, UnixMs time);
    void stepFinished(Run &run, const QString &step, const StepFinished &finished, UnixMs time);
    void custom(Run &run, const Custom &custom, UnixMs time);
    void started(Run &run, UnixMs time);
    void processFinished(Run &run, const JobFinished &finished, UnixMs time);
    void workflowFinished(Run &run, const JobFinished &finished, UnixMs time);
    void forgetOldest();

    [[nodiscard]] static QString kindName(Kind kind);
    [[nodiscard]] static QString failureCode(const Start &start);

    Hub &m_hub;
    const Settings m_settings;
    const Results &m_results;
    Mediator &m_mediator;
    std::unordered_map<QString, RunPtr> m_runs; ///< by job
    std::deque<QString> m_ended; ///< the oldest first
    std::unordered_map<QString, std::deque<RunPtr>> m_byWorkflow;
    std::map<QString, RateLimiter> m_rates;
    QElapsedTimer m_clock;
    std::shared_ptr<const bool> m_alive = std::make_shared<bool>(true);
};

} // namespace stepwire::slop
