#pragma once

#include "core/engine/output_feed.h"
#include "core/engine/progress_reader.h"
#include "core/engine/redactor.h"
#include "core/engine/step_runner.h"
#include "core/engine/tool_adapter.h"
#include "core/model/request.h"
#include "core/pipeline/binding.h"

#include <array>
#include <memory>

namespace stepwire {

/// One start of one step: takes what it prints, keeps its log, knows how far it is and for how long it has been quiet.
/// Lives on the engine's thread; times are steady milliseconds.
class ActiveStep
{
public:
    /// Makes what is published of it.
    class Sink
    {
    public:
        virtual ~Sink() = default;
        virtual void stepSays(const ActiveStep &step, FactData data) = 0;
    };

    ActiveStep(std::size_t index, int attempt, const StepSpec &spec, const QString &logPath, qint64 now);

    void setAdapter(std::unique_ptr<ToolAdapter> adapter) { m_adapter = std::move(adapter); }
    /// Before the first output: nothing else here sees what it hides.
    void setRedactor(const std::shared_ptr<const Redactor> &redactor);

    void output(Stream stream, QByteArrayView bytes, qint64 now);
    void report(const ReportProgress &report, qint64 now);
    /// How far a nested job is; nothing else tells the progress of such a step.
    void nested(std::optional<double> fraction, const QString &message, qint64 now);
    /// Asks the adapter that looks at the process itself, when its time has come.
    void poll(qint64 now);
    void endOfOutput(qint64 now);

    /// Publishes what is due; gives when the next is, if anything waits.
    std::optional<qint64> flush(Sink &sink, qint64 now, bool final);

    void pause(qint64 now);
    void resume(qint64 now);
    [[nodiscard]] bool paused() const { return m_pausedAt.has_value(); }
    /// Without the time in which it was paused.
    [[nodiscard]] qint64 runMs(qint64 now) const;
    [[nodiscard]] qint64 quietMs(qint64 now) const;
    [[nodiscard]] std::optional<qint64> nextPoll() const;

    [[nodiscard]] QString lastLine() const;
    [[nodiscard]] std::vector<StreamMark> finishLog();
    [[nodiscard]] LogSlice readLog(qint64 offset, qint64 limit) { return m_log.read(offset, limit); }

    const std::size_t index;
    const int attempt;
    const QString path;

    // What the job knows of it.
    bool started = false;
    bool stillborn = false; ///< it could not even be started; `endingMessage` says why
    std::optional<qint64> pid;
    std::optional<State> ending; ///< how it ends, since it is being ended
    QString endingMessage;
    qint64 toldQuietMs = 0; ///< what was last said of its being quiet; 0: nothing
    std::optional<Failure> nestedError;

private:
    /// Who told the progress, the most trusted last.
    enum class Teller { Nobody, Adapter, Terminal, Line, Report };

    void plainOutput(Stream stream, QByteArrayView bytes, qint64 now);
    void tell(Teller teller, const Progress &progress, qint64 now);
    void news(qint64 now);
    void noteLine(const QByteArray &line, qint64 now);
    [[nodiscard]] const Progress &newest() const { return m_pending ? *m_pending : m_published; }

    const ProgressSource m_source;
    std::vector<RedactingStream> m_redacting; ///< a stream each; none without secrets
    StepLog m_log;
    OutputFeed m_feed;
    LineReader m_lines; // of stdout or the terminal
    LineReader m_errorLines; // of stderr, for its last line
    bool m_errorSpokeLast = false;
    OscReader m_osc;
    std::unique_ptr<ToolAdapter> m_adapter;
    qint64 m_polledAt = 0;
    Teller m_teller = Teller::Nobody;
    std::optional<Progress> m_pending;
    Progress m_published;
    Throttle m_throttle{mergeIntervalMs};
    bool m_problemTold = false;
    qint64 m_since;
    std::optional<qint64> m_pausedAt;
    qint64 m_pausedMs = 0;
    qint64 m_newsAt;
    std::array<std::size_t, 16> m_recentLines{}; // hashes: what was said just before is no news
    std::size_t m_nextLine = 0;
};

} // namespace stepwire
