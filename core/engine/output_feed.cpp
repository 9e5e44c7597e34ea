#include "core/engine/output_feed.h"

#include <algorithm>

namespace stepwire {

static constexpr qsizetype mostText = 32 * 1024; // bytes shown by one event
static constexpr qsizetype mostBuffered = 128 * 1024;

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
    if (m_buffers[0].size() + m_buffers[1].size() > mostBuffered) {
        for (std::size_t i = 0; i < m_buffers.size(); ++i)
            leaveOutOldest(i);
    }
}

void OutputFeed::leaveOutOldest(std::size_t buffer)
{
    QByteArray &bytes = m_buffers[buffer];
    if (bytes.size() <= mostText)
        return;
    qsizetype cut = bytes.size() - mostText;
    const qsizetype most = std::min(cut + 3, bytes.size()); // what is no UTF-8 at all has no boundary to look for
    while (cut < most && (static_cast<unsigned char>(bytes[cut]) & 0xc0) == 0x80)
        ++cut;
    m_log.write(streamOf(buffer), QByteArrayView(bytes).first(cut));
    m_omitted += cut;
    bytes.remove(0, cut);
}

std::vector<StepOutput> OutputFeed::take(qint64 now, bool final)
{
    std::vector<StepOutput> events;
    for (std::size_t i = 0; i < m_buffers.size(); ++i) {
        leaveOutOldest(i);
        QByteArray &buffer = m_buffers[i];
        const qsizetype held = final ? 0 : incompleteUtf8Tail(buffer);
        const QByteArrayView shown = QByteArrayView(buffer).chopped(held);
        if (shown.isEmpty())
            continue;
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
        // A pair is paid for so that no second holds more than 25.
        m_throttle.went(events.size() == 1 ? now : now + mergeIntervalMs + 4);
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
