#include "core/serve/feed.h"

namespace stepwire {

static constexpr qint64 chunkBytes = 256L * 1024; // written to one client before others get their turn

Feed::Feed(Hub &hub, EventTexts &texts, io::Reactor &reactor, Framing framing, LogReader::Limits limits)
    : m_hub(hub),
      m_texts(texts),
      m_framing(framing),
      m_limits(limits),
      m_live(reactor),
      m_subscription(hub.observe([this](const EventPtr &event) { onEvent(event); }))
{
}

void Feed::onEvent(const EventPtr &event)
{
    if (m_live.size() > 0)
        m_live.send(m_framing.event(m_texts.of(event), *event));
    m_liveSeq = event->seq;
    for (Reader *reader : m_others)
        reader->offer(event);
}

Feed::Reader::Reader(Feed &feed, io::Connection &connection)
    : m_feed(feed), m_connection(connection), m_place(feed.m_limits)
{
}

Feed::Reader::~Reader()
{
    m_feed.m_others.erase(this);
    m_feed.m_pumping.erase(m_connection.id());
}

void Feed::Reader::setState(State state)
{
    m_state = state;
    if (state == State::Single || state == State::Behind)
        m_feed.m_others.insert(this);
    else
        m_feed.m_others.erase(this);
    if (state == State::Live)
        m_feed.m_live.add(m_connection);
    else
        m_feed.m_live.remove(m_connection);
}

void Feed::Reader::subscribe(const native::Subscribe &wanted)
{
    m_filter = wanted.filters() ? std::make_unique<native::Subscribe>(wanted) : nullptr;
    setState(State::Behind);
    if (wanted.seq && m_feed.m_hub.canRecover(wanted.epoch, *wanted.seq))
        m_place.start(*wanted.seq, m_feed.m_hub.state().seq);
    else
        sendSnapshot();
    pump();
}

void Feed::Reader::sendSnapshot()
{
    const Snapshot &state = m_feed.m_hub.state();
    if (m_filter && !m_filter->jobs.isEmpty()) {
        Snapshot some;
        some.epoch = state.epoch;
        some.seq = state.seq;
        for (const auto &job : state.jobs()) {
            if (m_filter->jobs.contains(job->id))
                some.put(*job);
        }
        m_connection.send(m_feed.m_framing.snapshot(native::encodeSnapshot(some, false), some));
    } else {
        m_connection.send(m_feed.m_framing.snapshot(native::encodeSnapshot(state, false), state));
    }
    m_place.tookSnapshot(state.seq);
}

void Feed::Reader::offer(const EventPtr &event)
{
    if (m_state != State::Single)
        return;
    if (!m_filter->wants(*event))
        return m_place.passed(event->seq);
    const quint64 skipped = m_place.took(event->seq);
    m_connection.send(
        m_feed.m_framing.event(skipped > 0 ? native::encodeEvent(*event, skipped) : m_feed.m_texts.of(event), *event));
}

void Feed::Reader::stalled()
{
    if (m_state == State::Live)
        m_place.start(m_feed.m_liveSeq);
    if (m_state != State::Idle)
        setState(State::Behind);
}

void Feed::Reader::drained()
{
    if (m_state == State::Behind)
        pump();
}

void Feed::Reader::end(std::function<void()> then)
{
    if (m_state != State::Behind)
        return then();
    m_caughtUp = std::move(then);
}

void Feed::Reader::postPump()
{
    if (!m_feed.m_pumping.emplace(m_connection.id(), this).second)
        return;
    QMetaObject::invokeMethod(
        &m_feed,
        [feed = &m_feed, id = m_connection.id()] {
            const auto it = feed->m_pumping.find(id);
            if (it == feed->m_pumping.end())
                return;
            Reader *reader = it->second;
            feed->m_pumping.erase(it);
            reader->drained();
        },
        Qt::QueuedConnection);
}

void Feed::Reader::pump()
{
    if (!m_feed.m_hub.settled())
        return postPump();
    const auto wants = [this](const Event &event) { return !m_filter || m_filter->wants(event); };
    qint64 written = 0;
    while (!m_connection.stalled() && !m_connection.closing()) {
        if (written > chunkBytes)
            return postPump();
        const qint64 before = m_connection.pendingBytes();
        const LogReader::Next next = m_place.next(m_feed.m_hub.log(), wants);
        switch (next.kind) {
        case LogReader::Next::UpToDate:
            setState(m_filter ? State::Single : State::Live);
            if (m_caughtUp)
                std::exchange(m_caughtUp, {})();
            return;
        case LogReader::Next::Snapshot:
            ++m_feed.m_resyncs;
            sendSnapshot();
            break;
        case LogReader::Next::Event:
            if (next.skipped > 0 && !m_filter)
                ++m_feed.m_thinned;
            m_connection.send(m_feed.m_framing.event(native::encodeEvent(*next.event, next.skipped), *next.event));
            break;
        }
        written += m_connection.pendingBytes() - before;
    }
}

} // namespace stepwire
