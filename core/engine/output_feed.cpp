#include "core/engine/output_feed.h"

namespace stepwire {

static constexpr qsizetype mostText = 32 * 1024;  // bytes shown by one event
static constexpr qsizetype mostBuffered = 64 * 1024;

qsizetype incompleteUtf8Tail(QByteArrayView bytes)
{
    for (qsizetype back = 1; back <= 3 && back <= bytes.size(); ++back) {
        const auto c = static_cast<unsigned char>(bytes[bytes.size() - back]);
        if ((c & 0xc0) == 0x80)
            continue;
        const qsizetype wanted = (c & 0xe0) == 0xc0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : (c & 0xf8) == 0xf0 ? 4 : 1;
        return wanted > back ? back : 0;
    }
    return 0;
}

Stream OutputFeed::streamOf(std::size_t buffer) const
{
    if (m_terminal)
        return Stream::Tty;
    return buffer == 0 ? Stream::Out : Stream::Err;
}

void OutputFeed::add(Stream stream, QByteArrayView bytes)
{
    m_buffers[stream == Stream::Err ? 1 : 0].append(bytes);
    if (m_buffers[0].size() + m_buffers[1].size() > mostBuffered)
        spill();
}

void OutputFeed::spill()
{
    for (std::size_t i = 0; i < m_buffers.size(); ++i) {
        const qsizetype held = incompleteUtf8Tail(m_buffers[i]);
        const QByteArrayView left = QByteArrayView(m_buffers[i]).chopped(held);
        m_log.write(streamOf(i), left);
        m_omitted += left.size();
        m_buffers[i] = m_buffers[i].right(held);
    }
}

std::vector<StepOutput> OutputFeed::take(qint64 now, bool final)
{
    std::vector<StepOutput> events;
    for (std::size_t i = 0; i < m_buffers.size(); ++i) {
        QByteArray &buffer = m_buffers[i];
        const qsizetype held = final ? 0 : incompleteUtf8Tail(buffer);
        QByteArrayView shown = QByteArrayView(buffer).chopped(held);
        if (shown.isEmpty())
            continue;
        if (shown.size() > mostText) {
            qsizetype cut = shown.size() - mostText;
            const qsizetype most = cut + 3; // what is no UTF-8 at all has no boundary to look for
            while (cut < most && (static_cast<unsigned char>(shown[cut]) & 0xc0) == 0x80)
                ++cut;
            m_log.write(streamOf(i), shown.first(cut));
            m_omitted += cut;
            shown = shown.sliced(cut);
        }
        StepOutput output;
        output.attempt = m_attempt;
        output.stream = streamOf(i);
        output.text = QString::fromUtf8(shown);
        output.offset = m_log.size();
        output.bytes = shown.size();
        output.omitted = std::exchange(m_omitted, 0);
        m_log.write(output.stream, shown);
        events.push_back(std::move(output));
        buffer = buffer.right(held);
        m_throttle.went(events.size() == 1 ? now : now + mergeIntervalMs);
    }
    if (events.empty() && m_omitted > 0 && final) {
        StepOutput output;
        output.attempt = m_attempt;
        output.stream = streamOf(0);
        output.offset = m_log.size();
        output.omitted = std::exchange(m_omitted, 0);
        events.push_back(std::move(output));
    }
    return events;
}

} // namespace stepwire
