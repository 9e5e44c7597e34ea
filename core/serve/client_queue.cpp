#include "core/serve/client_queue.h"

#include <algorithm>
#include <unordered_set>

namespace stepwire {

void ClientQueue::push(Frame frame)
{
    (isAnswer(frame.kind) ? m_answerBytes : m_eventBytes) += frame.bytes.size();
    m_frames.push_back(std::move(frame));
}

void ClientQueue::addMessage(QByteArray bytes)
{
    push({std::move(bytes), Kind::Message, 0, {}, false});
}

void ClientQueue::addSnapshot(QByteArray bytes, quint64 seq)
{
    m_needsSnapshot = false;
    push({std::move(bytes), Kind::Snapshot, seq, {}, false});
}

void ClientQueue::addEvent(QByteArray bytes, const Event &event)
{
    if (m_needsSnapshot)
        return;
    switch (kindOf(event.data)) {
    case EventKind::StateChange: push({std::move(bytes), Kind::StateChange, event.seq, {}, false}); break;
    case EventKind::Progress:
        push({std::move(bytes), Kind::Progress, event.seq, event.job + u'/' + event.step, false});
        break;
    case EventKind::Output: push({std::move(bytes), Kind::Output, event.seq, {}, false}); break;
    }
    // Thinning walks the whole queue: again only when as much again has come.
    if (m_eventBytes > m_limits.soft && m_eventBytes > 2 * m_thinnedAt)
        thin();
}

template <class Predicate>
void ClientQueue::dropIf(Predicate predicate)
{
    std::erase_if(m_frames, [&](const Frame &frame) {
        if (!predicate(frame))
            return false;
        (isAnswer(frame.kind) ? m_answerBytes : m_eventBytes) -= frame.bytes.size();
        return true;
    });
}

void ClientQueue::thin()
{
    std::unordered_set<QString> newer;
    for (auto it = m_frames.rbegin(); it != m_frames.rend(); ++it) {
        if (it->kind == Kind::Progress)
            it->stale = !newer.insert(it->key).second;
    }
    dropIf([](const Frame &frame) { return frame.kind == Kind::Output || frame.stale; });
    m_thinnedAt = m_eventBytes;
    if (m_eventBytes > m_limits.hard) {
        dropIf([](const Frame &frame) { return !isAnswer(frame.kind); });
        m_needsSnapshot = true;
        m_thinnedAt = 0;
    }
}

ClientQueue::Next ClientQueue::takeNext()
{
    Frame frame = std::move(m_frames.front());
    m_frames.pop_front();
    (isAnswer(frame.kind) ? m_answerBytes : m_eventBytes) -= frame.bytes.size();
    if (m_frames.empty())
        m_thinnedAt = 0;
    Next next{std::move(frame.bytes), 0};
    if (frame.kind == Kind::Message)
        return next;
    if (frame.kind != Kind::Snapshot && frame.seq > m_position + 1)
        next.skipped = frame.seq - m_position - 1;
    m_position = frame.seq;
    return next;
}

} // namespace stepwire
