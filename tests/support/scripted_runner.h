#pragma once

#include "core/engine/clock.h"
#include "core/engine/engine.h"

#include <QTest>
#include <QTimer>

#include <map>

namespace stepwire::test {

/// Two clocks that stand still until they are put forward.
class FakeClock final : public Clock
{
public:
    qint64 ms = 0;

    [[nodiscard]] UnixMs now() const override { return 1'700'000'000'000 + ms; }
    [[nodiscard]] qint64 steadyMs() const override { return ms; }
};

/// Starts nothing: notes what it is told and lets a test say what happens.
class ScriptedRunner final : public StepRunner
{
public:
    struct Started
    {
        StepCommand command;
        QString step;
    };

    ScriptedRunner(Observer &observer, std::function<void(const QString &)> note)
        : m_observer(observer), m_note(std::move(note))
    {
    }

    void start(const StepCommand &command) override
    {
        const QString step = variable(command, QStringLiteral("STEPWIRE_STEP"));
        m_commands[command.number] = {command, step};
        m_note(QStringLiteral("-> start ") + step);
    }

    void terminate(quint64 number, qint64 graceMs) override
    {
        m_note(QStringLiteral("-> terminate %1 within %2").arg(m_commands.at(number).step).arg(graceMs));
    }

    void suspend(quint64 number) override { m_note(QStringLiteral("-> suspend ") + m_commands.at(number).step); }
    void resume(quint64 number) override { m_note(QStringLiteral("-> resume ") + m_commands.at(number).step); }

    /// The newest start of `step`; 0 for one that was not started.
    [[nodiscard]] quint64 numberOf(const QString &step) const
    {
        quint64 found = 0;
        for (const auto &[number, started] : m_commands) {
            if (started.step == step)
                found = number;
        }
        return found;
    }

    [[nodiscard]] const StepCommand &commandOf(const QString &step) const
    {
        return m_commands.at(numberOf(step)).command;
    }

    [[nodiscard]] static QString variable(const StepCommand &command, const QString &name)
    {
        for (const auto &[key, value] : command.env) {
            if (key == name)
                return value;
        }
        return QStringLiteral("(none)");
    }

    void started(const QString &step, qint64 pid) { m_observer.stepStarted(numberOf(step), pid); }
    void output(const QString &step, Stream stream, QByteArrayView bytes)
    {
        m_observer.stepOutput(numberOf(step), stream, bytes);
    }
    void ended(const QString &step, const StepExit &exit) { m_observer.stepEnded(numberOf(step), exit); }

private:
    Observer &m_observer;
    std::function<void(const QString &)> m_note;
    std::map<quint64, Started> m_commands;
};

[[nodiscard]] inline QString textOf(const std::optional<Failure> &error)
{
    if (!error)
        return {};
    QString text = QStringLiteral(" '%1'").arg(error->message);
    if (!error->step.isEmpty())
        text += QStringLiteral(" step=") + error->step;
    if (error->exitCode)
        text += QStringLiteral(" exit=%1").arg(*error->exitCode);
    if (error->signal)
        text += QStringLiteral(" signal=%1").arg(*error->signal);
    if (!error->lastLine.isEmpty())
        text += QStringLiteral(" last='%1'").arg(error->lastLine);
    return text;
}

/// What came out of the engine as one line.
struct OutputText
{
    bool namesJobs = false;

    QString operator()(const Fact &fact) const
    {
        return (namesJobs ? fact.job + u' ' : QString()) + (fact.step.isEmpty() ? QStringLiteral("job") : fact.step)
            + u' ' + std::visit(*this, fact.data);
    }
    QString operator()(const JobQueued &queued) const
    {
        QStringList steps;
        for (const Step &step : queued.job.steps)
            steps.append(step.id + (step.needs.isEmpty() ? QString() : u'(' + step.needs.join(u',') + u')'));
        return stateName(queued.job.state)
            + (queued.job.queuePosition ? QStringLiteral(" place %1").arg(*queued.job.queuePosition) : QString())
            + QStringLiteral(": ") + steps.join(u' ');
    }
    QString operator()(const JobStarted &) const { return QStringLiteral("started"); }
    QString operator()(const JobChanged &changed) const
    {
        QString text = changed.state ? stateName(*changed.state) : QStringLiteral("changed");
        if (changed.queuePosition)
            text += QStringLiteral(" place %1").arg(*changed.queuePosition);
        return text;
    }
    QString operator()(const JobFinished &finished) const
    {
        return QStringLiteral("finished ") + stateName(finished.state)
            + QStringLiteral(" %1 ms").arg(finished.durationMs) + textOf(finished.error);
    }
    QString operator()(const StepStarted &started) const
    {
        return QStringLiteral("started") + (started.pid ? QStringLiteral(" %1").arg(*started.pid) : QString());
    }
    QString operator()(const StepChanged &changed) const
    {
        QString text = changed.state ? stateName(*changed.state) : QStringLiteral("changed");
        if (changed.retryInMs)
            text += QStringLiteral(" retry in %1 ms").arg(*changed.retryInMs);
        if (changed.stalledMs)
            text += QStringLiteral(" quiet for %1 ms").arg(*changed.stalledMs);
        return text;
    }
    QString operator()(const StepProgress &told) const
    {
        const Progress &progress = told.progress;
        QString text = QStringLiteral("progress %1").arg(progress.done);
        if (progress.total)
            text += QStringLiteral("/%1").arg(*progress.total);
        text += u' ' + progress.unit;
        if (!progress.fraction)
            text += QStringLiteral(" unknown");
        for (const Phase &phase : progress.phases)
            text += QStringLiteral(" %1=%2/%3").arg(phase.id).arg(phase.done).arg(phase.total.value_or(-1));
        return progress.message.isEmpty() ? text : text + QStringLiteral(" '") + progress.message + u'\'';
    }
    QString operator()(const StepOutput &output) const
    {
        const QString stream = output.stream == Stream::Out ? QStringLiteral("out")
            : output.stream == Stream::Err                  ? QStringLiteral("err")
                                                            : QStringLiteral("tty");
        QString shown = output.text;
        shown.replace(u'\n', u'|').replace(u'\x1b', u'^').replace(u'\x07', u'$');
        return stream + QStringLiteral(" %1 '").arg(output.offset) + shown + u'\'';
    }
    QString operator()(const StepFinished &finished) const
    {
        return QStringLiteral("finished ") + stateName(finished.state)
            + QStringLiteral(" %1 ms").arg(finished.durationMs) + textOf(finished.error);
    }
    QString operator()(const Custom &custom) const { return QStringLiteral("custom ") + custom.name; }
    QString operator()(const Notice &notice) const { return notice.type; }
    QString operator()(const EngineAnswer &answer) const
    {
        const QString head = QStringLiteral("answer %1: ").arg(answer.request);
        if (!answer.answer)
            return head + QStringLiteral("error %1 ").arg(answer.answer.error().code) + answer.answer.error().message;
        const auto *ack = std::get_if<JobAck>(&*answer.answer);
        if (ack && ack->queuePosition)
            return head + stateName(ack->state) + QStringLiteral(" place %1").arg(*ack->queuePosition);
        return head + (ack ? stateName(ack->state) : QStringLiteral("something"));
    }
    QString operator()(const EngineAdopted &) const { return QStringLiteral("adopted"); }
    QString operator()(const EngineDrained &) const { return QStringLiteral("drained"); }
};

/// An engine with a scripted runner and a fake clock, on the test's own thread, and everything that comes out of it and
/// goes to the runner in one order.
class ScriptedEngine
{
public:
    explicit ScriptedEngine(EngineConfig config)
        : m_mailbox([] {}),
          engine(
              std::move(config), clock, [this](StepRunner::Observer &observer) { return makeRunner(observer); },
              m_mailbox)
    {
    }

private:
    Mailbox<EngineOutput> m_mailbox; // before the engine that fills it

public:
    FakeClock clock;
    Engine engine;
    ScriptedRunner *runner = nullptr; ///< null until the first start
    std::vector<EngineOutput> outputs;
    bool namesJobs = false; ///< in lines, for more than one

    void post(quint64 id, Request request)
    {
        engine.post(id, std::move(request));
        handlePosted();
    }

    void drain()
    {
        engine.drain();
        handlePosted();
    }

    /// Puts the clock forward and lets the engine's timer fire if it runs.
    void wait(qint64 ms)
    {
        clock.ms += ms;
        auto *timer = engine.findChild<QTimer *>();
        if (!timer->isActive())
            return;
        bool fired = false;
        const auto connection = QObject::connect(timer, &QTimer::timeout, &engine, [&] { fired = true; });
        timer->start(0);
        QVERIFY(QTest::qWaitFor([&] { return fired; }));
        QObject::disconnect(connection);
    }

    /// What happened so far, and forgets it.
    [[nodiscard]] QStringList takeLines()
    {
        collect();
        return std::exchange(m_lines, {});
    }

    void collect()
    {
        engine.tell(); // what the runner is told stands where it was said
        for (EngineOutput &output : m_mailbox.takeAll()) {
            m_lines.append(std::visit(OutputText{namesJobs}, output));
            outputs.push_back(std::move(output));
        }
    }

private:
    std::unique_ptr<StepRunner> makeRunner(StepRunner::Observer &observer)
    {
        auto made = std::make_unique<ScriptedRunner>(observer, [this](const QString &line) {
            collect(); // what was said before comes before
            m_lines.append(line);
        });
        runner = made.get();
        return made;
    }

    static void handlePosted() { QCoreApplication::sendPostedEvents(); }

    QStringList m_lines;
};

} // namespace stepwire::test
