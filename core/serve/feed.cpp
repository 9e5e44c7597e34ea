#include "core/serve/feed.h"

namespace stepwire {

static constexpr qint64 chunkBytes = 256L * 1024; // written to one client before others get their turn

Feed::Feed(Hub &hub, EventTexts &texts, Carrier &carrier, LogReader::Limits limits)
    : m_hub(hub),
      m_texts(texts),
      m_carrier(carrier),
      m_limits(limits),
      m_subscription(hub.observe([this](const EventPtr &event) { onEvent(event); }))
{
}

void Feed::onEvent(const EventPtr &event)
{
    if (m_carrier.live() > 0)
        m_carrier.broadcast(m_texts.of(event), *event);
    m_liveSeq = event->seq;
    for (Reader *reader : m_others)
        reader->offer(event);
}

void Feed::pumpAll()
{
    const std::set<Reader *> waiting = m_pumping;
    for (Reader *reader : waiting) {
        if (m_pumping.erase(reader) > 0)
            reader->drained();
    }
}

Feed::Reader::Reader(Feed &feed, Outlet &outlet) : m_feed(feed), m_outlet(outlet), m_place(feed.m_limits) { }

Feed::Reader::~Reader()
{
    m_feed.m_others.erase(this);
    m_feed.m_pumping.erase(this);
}

void Feed::Reader::setFilter(const native::Subscribe &wanted)
{
    m_filter = wanted.filters() ? std::make_unique<native::Subscribe>(wanted) : nullptr;
}

void Feed::Reader::setState(State state)
{
    if (state == State::Single || state == State::Behind)
        m_feed.m_others.insert(this);
    else
        m_feed.m_others.erase(this);
    if ((state == State::Live) != (m_state == State::Live))
        m_outlet.setLive(state == State::Live);
    m_state = state;
}

void Feed::Reader::subscribe(const native::Subscribe &wanted)
{
    setFilter(wanted);
    setState(State::Behind);
    if (wanted.seq && m_feed.m_hub.canRecover(wanted.epoch, *wanted.seq))
        m_place.start(*wanted.seq, m_feed.m_hub.state().seq);
    else
        sendSnapshot();
    pump();
}

void Feed::Reader::narrow(const native::Subscribe &wanted)
{
    if (m_state == State::Live)
        m_place.start(m_feed.m_liveSeq);
    setFilter(wanted);
    setState(State::Behind);
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
        m_outlet.sendSnapshot(native::encodeSnapshot(some, false), some);
    } else {
        m_outlet.sendSnapshot(native::encodeSnapshot(state, false), state);
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
    m_outlet.sendEvent(skipped > 0 ? native::encodeEvent(*event, skipped) : m_feed.m_texts.of(event), *event);
}

void Feed::Reader::end(std::function<void()> then)
{
    if (m_state != State::Behind)
        return then();
    m_caughtUp = std::move(then);
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

void Feed::Reader::postPump()
{
    if (m_feed.m_pumping.empty())
        QMetaObject::invokeMethod(
            &m_feed, [feed = &m_feed] { feed->pumpAll(); }, Qt::QueuedConnection);
    m_feed.m_pumping.insert(this);
}

void Feed::Reader::pump()
{
    if (!m_feed.m_hub.settled())
        return postPump();
    const auto wants = [this](const Event &event) { return !m_filter || m_filter->wants(event); };
    qint64 written = 0;
    while (m_outlet.ready()) {
        if (written > chunkBytes)
            return postPump();
        const qint64 before = m_outlet.pendingBytes();
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
            m_outlet.sendEvent(native::encodeEvent(*next.event, next.skipped), *next.event);
            break;
        }
        written += m_outlet.pendingBytes() - before;
    }
}

} // namespace stepwire
