#include "core/engine/step_log.h"

#include <algorithm>

namespace stepwire {

static constexpr std::size_t mostMarks = 20'000;
static constexpr std::size_t keptSegments = 2;
static const QByteArray gapPrefix = QByteArrayLiteral("\n[stepwire: ");
static const QByteArray gapSuffix = QByteArrayLiteral(" bytes left out]\n");

StepLog::StepLog(QString path) : m_path(std::move(path)), m_head(m_path) { }

StepLog::~StepLog()
{
    if (!m_finished)
        finish();
}

QString StepLog::segmentPath(int number) const
{
    return m_path + QStringLiteral(".part%1").arg(number);
}

void StepLog::writeTo(QFile &file, QByteArrayView bytes)
{
    if (!file.isOpen() && !file.open(QIODevice::ReadWrite | QIODevice::Truncate | QIODevice::Unbuffered)) {
        if (m_problem.isEmpty())
            m_problem = QStringLiteral("%1 cannot be written: %2").arg(file.fileName(), file.errorString());
        return;
    }
    if (file.write(bytes.data(), bytes.size()) != bytes.size() && m_problem.isEmpty())
        m_problem = QStringLiteral("%1 cannot be written: %2").arg(file.fileName(), file.errorString());
}

StepLog::Segment &StepLog::newSegment()
{
    if (m_segments.size() == keptSegments) {
        m_segments.front().file->remove();
        m_segments.erase(m_segments.begin());
    }
    m_segments.push_back({m_size, 0, std::make_unique<QFile>(segmentPath(m_nextSegment++))});
    return m_segments.back();
}

void StepLog::write(Stream stream, QByteArrayView bytes)
{
    if (bytes.isEmpty())
        return;
    if (m_marks.empty() || (m_marks.back().stream != stream && m_marks.size() < mostMarks))
        m_marks.push_back({m_size, stream});
    while (!bytes.isEmpty()) {
        QByteArrayView piece = bytes;
        if (m_size < headBytes) {
            piece = bytes.first(std::min(bytes.size(), headBytes - m_size));
            writeTo(m_head, piece);
        } else {
            Segment &segment =
                m_segments.empty() || m_segments.back().size >= segmentBytes ? newSegment() : m_segments.back();
            piece = bytes.first(std::min(bytes.size(), segmentBytes - segment.size));
            writeTo(*segment.file, piece);
            segment.size += piece.size();
        }
        m_size += piece.size();
        bytes = bytes.sliced(piece.size());
    }
}

void StepLog::finish()
{
    m_finished = true;
    if (!m_segments.empty() && m_head.isOpen()) {
        const qint64 omitted = m_segments.front().offset - headBytes;
        m_head.seek(m_head.size());
        if (omitted > 0)
            writeTo(m_head, gapPrefix + QByteArray::number(omitted) + gapSuffix);
        for (Segment &segment : m_segments) {
            if (segment.file->isOpen())
                segment.file->seek(0);
            while (segment.file->isOpen() && !segment.file->atEnd()) {
                const QByteArray piece = segment.file->read(1024 * 1024);
                if (piece.isEmpty())
                    break;
                writeTo(m_head, piece);
            }
        }
    }
    for (Segment &segment : m_segments)
        segment.file->remove();
    m_segments.clear();
    m_head.close();
}

/// How far a read from `offset` may go without leaving its stream, and which stream that is.
static qint64 withinStream(const std::vector<StreamMark> &marks, qint64 offset, qint64 limit, QString &stream)
{
    auto next = std::upper_bound(marks.begin(), marks.end(), offset,
                                 [](qint64 at, const StreamMark &mark) { return at < mark.offset; });
    if (next != marks.begin()) {
        const Stream current = std::prev(next)->stream;
        stream = current == Stream::Err ? QStringLiteral("err")
            : current == Stream::Tty    ? QStringLiteral("tty")
                                        : QStringLiteral("out");
    }
    return next == marks.end() ? limit : std::min(limit, next->offset - offset);
}

LogSlice StepLog::read(qint64 offset, qint64 limit)
{
    if (m_finished)
        return readLogFile(m_path, m_marks, offset, limit);
    LogSlice slice;
    slice.end = m_size;
    slice.offset = std::min(offset, m_size);
    if (!m_segments.empty() && slice.offset >= headBytes && slice.offset < m_segments.front().offset) {
        slice.omitted = m_segments.front().offset - slice.offset;
        slice.offset = m_segments.front().offset;
    }
    limit = std::min(withinStream(m_marks, slice.offset, limit, slice.stream), m_size - slice.offset);
    const auto readFrom = [&](QFile &file, qint64 at, qint64 most) {
        if (!file.isOpen()) // said by problem()
            return;
        const qint64 writePosition = file.pos();
        file.seek(at);
        slice.bytes = file.read(most);
        file.seek(writePosition);
    };
    if (limit <= 0)
        return slice;
    if (slice.offset < headBytes) {
        readFrom(m_head, slice.offset, std::min(limit, headBytes - slice.offset));
        return slice;
    }
    for (Segment &segment : m_segments) {
        if (slice.offset < segment.offset + segment.size) {
            const qint64 at = slice.offset - segment.offset;
            readFrom(*segment.file, at, std::min(limit, segment.size - at));
            break;
        }
    }
    return slice;
}

LogSlice readLogFile(const QString &path, const std::vector<StreamMark> &marks, qint64 offset, qint64 limit)
{
    LogSlice slice;
    slice.complete = true;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        slice.offset = offset;
        return slice;
    }
    qint64 omitted = 0;
    qint64 gapBytes = 0;
    if (file.size() > StepLog::headBytes) {
        file.seek(StepLog::headBytes);
        const QByteArray line = file.read(gapPrefix.size() + 32 + gapSuffix.size());
        const qsizetype end = line.indexOf(gapSuffix);
        if (line.startsWith(gapPrefix) && end > 0) {
            omitted = line.sliced(gapPrefix.size(), end - gapPrefix.size()).toLongLong();
            gapBytes = end + gapSuffix.size();
        }
    }
    slice.end = file.size() - gapBytes + omitted;
    slice.offset = std::min(offset, slice.end);
    if (omitted > 0 && slice.offset >= StepLog::headBytes && slice.offset < StepLog::headBytes + omitted) {
        slice.omitted = StepLog::headBytes + omitted - slice.offset;
        slice.offset = StepLog::headBytes + omitted;
    }
    limit = withinStream(marks, slice.offset, limit, slice.stream);
    qint64 at = slice.offset;
    if (omitted > 0 && at < StepLog::headBytes)
        limit = std::min(limit, StepLog::headBytes - at);
    else if (omitted > 0)
        at += gapBytes - omitted;
    file.seek(at);
    slice.bytes = file.read(limit);
    return slice;
}

} // namespace stepwire
