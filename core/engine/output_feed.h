#pragma once

#include "core/engine/step_log.h"
#include "core/model/throttle.h"

#include <array>
#include <vector>

namespace stepwire {

/// Takes a step's raw output, keeps all of it in the log and makes of it at most 25 events a second. Stdout and
/// stderr are put one after the other where both came between two events, so that events and log agree on every
/// offset. Lives on the engine's thread; times are steady milliseconds.
class OutputFeed
{
public:
    OutputFeed(StepLog &log, int attempt, bool terminal) : m_log(log), m_attempt(attempt), m_terminal(terminal) { }

    void add(Stream stream, QByteArrayView bytes);

    [[nodiscard]] bool pending() const { return !m_buffers[0].isEmpty() || !m_buffers[1].isEmpty() || m_omitted > 0; }
    [[nodiscard]] bool mayGo(qint64 now) const { return m_throttle.mayGo(now); }
    [[nodiscard]] qint64 due() const { return m_throttle.due(); }

    /// The pending output as events; `final` also gives a character that was cut off in its middle.
    [[nodiscard]] std::vector<StepOutput> take(qint64 now, bool final);

private:
    /// Puts all but the newest that one event can show into the log alone.
    void leaveOutOldest(std::size_t buffer);
    [[nodiscard]] Stream streamOf(std::size_t buffer) const;

    StepLog &m_log;
    int m_attempt;
    bool m_terminal;
    std::array<QByteArray, 2> m_buffers; // stdout or the terminal, stderr
    qint64 m_omitted = 0;
    Throttle m_throttle{mergeIntervalMs};
};

/// How many bytes at the end of `bytes` are the beginning of a UTF-8 character that is not complete.
[[nodiscard]] qsizetype incompleteUtf8Tail(QByteArrayView bytes);

} // namespace stepwire
