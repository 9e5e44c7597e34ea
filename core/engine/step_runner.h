#pragma once

#include "core/model/event.h"

#include <QByteArrayView>
#include <QString>
#include <QStringList>

#include <optional>
#include <utility>
#include <vector>

namespace stepwire {

/// What is to be started, complete: the runner adds nothing to argv and environment.
struct StepCommand
{
    quint64 number = 0; ///< the engine's name for this start
    QString cookie; ///< the whole environment entry by which its processes are known again
    QStringList argv;
    std::vector<std::pair<QString, QString>> env;
    QString cwd;
    qint64 graceMs = 10'000;
    bool terminal = false; ///< a pseudo-terminal rather than two pipes
    int columns = 80;
    int rows = 24;
};

/// How the first process of a step ended.
struct StepExit
{
    std::optional<int> exitCode;
    std::optional<int> signal;
    QString problem; ///< why it never ran, or was lost; its exit code is then 127 or 126 where its program is to blame
};

/// Starts the processes of steps, gives what they print and says when all of them are gone. Lives on the engine's
/// thread; a test may put a scripted one in its place.
class StepRunner
{
public:
    /// Told what happens to a step: at most one `started`, then any `output`, then exactly one `ended`.
    class Observer
    {
    public:
        virtual ~Observer() = default;
        virtual void stepStarted(quint64 number, qint64 pid) = 0;
        virtual void stepOutput(quint64 number, Stream stream, QByteArrayView bytes) = 0;
        /// All output was given and no process of the step is left.
        virtual void stepEnded(quint64 number, const StepExit &exit) = 0;
    };

    virtual ~StepRunner() = default;

    /// Never calls the observer before it returns.
    virtual void start(const StepCommand &command) = 0;
    /// SIGTERM and SIGCONT, SIGKILL after the grace time; the step then ends the ordinary way.
    virtual void terminate(quint64 number, qint64 graceMs) = 0;
    /// SIGSTOP to the step's process group, and SIGCONT. Nothing for a step that is being ended.
    virtual void suspend(quint64 number) = 0;
    virtual void resume(quint64 number) = 0;
};

} // namespace stepwire
