#pragma once

#include "core/model/event.h"

#include <QByteArray>
#include <QString>

#include <deque>

namespace stepwire {

/// What waits for one client, bounded: when it falls behind, output goes first and progress is reduced to the newest
/// of each step; when even the state changes are too many, all events give way to one snapshot. Answers are never
/// dropped. Pure: bytes go in and out, nothing is sent here.
class ClientQueue
{
public:
    struct Limits
    {
        qint64 soft = 1024 * 1024; ///< bytes above which output and progress are thinned
        qint64 hard = 8 * 1024 * 1024; ///< bytes of events above which a snapshot must take over
        qint64 answers = 32 * 1024 * 1024; ///< bytes of answers above which the client is hopeless
    };

    ClientQueue() = default;
    explicit ClientQueue(Limits limits) : m_limits(limits) { }

    /// An answer or any other message that is no event.
    void addMessage(QByteArray bytes);
    /// The whole state after event `seq`; what comes before it needs no event.
    void addSnapshot(QByteArray bytes, quint64 seq);
    void addEvent(QByteArray bytes, const Event &event);

    /// Where the client stands: the next event is told how many were skipped since.
    void setPosition(quint64 seq) { m_position = seq; }

    struct Next
    {
        QByteArray bytes;
        quint64 skipped = 0; ///< events between the one sent before and this one; 0 for other messages
    };

    [[nodiscard]] bool empty() const { return m_frames.empty(); }
    [[nodiscard]] qint64 answerBytes() const { return m_answerBytes; }
    [[nodiscard]] qint64 bytes() const { return m_eventBytes + m_answerBytes; }
    [[nodiscard]] Next takeNext();

    /// True when events were given up: once the queue is empty the client needs a snapshot.
    [[nodiscard]] bool needsSnapshot() const { return m_needsSnapshot; }
    [[nodiscard]] bool hopeless() const { return m_answerBytes > m_limits.answers; }

private:
    enum class Kind { Message, Snapshot, StateChange, Progress, Output };

    struct Frame
    {
        QByteArray bytes;
        Kind kind = Kind::Message;
        quint64 seq = 0;
        QString key; ///< job and step of progress
        bool stale = false; ///< newer progress of the same step waits behind it
    };

    [[nodiscard]] static bool isAnswer(Kind kind) { return kind == Kind::Message; }
    void push(Frame frame);
    void thin();
    template <class Predicate>
    void dropIf(Predicate predicate);

    Limits m_limits;
    std::deque<Frame> m_frames;
    qint64 m_eventBytes = 0;
    qint64 m_answerBytes = 0;
    qint64 m_thinnedAt = 0;
    quint64 m_position = 0;
    bool m_needsSnapshot = false;
};

} // namespace stepwire
