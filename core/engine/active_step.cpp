#include "core/engine/active_step.h"

#include "core/model/quote.h"

#include <QHash>

#include <algorithm>

namespace stepwire {

ActiveStep::ActiveStep(std::size_t stepIndex, int stepAttempt, const StepSpec &spec, const QString &logPath, qint64 now)
    : index(stepIndex),
      attempt(stepAttempt),
      path(logPath),
      m_source(spec.progress),
      m_log(logPath),
      m_feed(m_log, stepAttempt, spec.terminal),
      m_since(now),
      m_newsAt(now)
{
    m_published.attempt = attempt;
    if (spec.phases.empty())
        return;
    Progress announced;
    announced.attempt = attempt;
    for (const PhaseRecipe &phase : spec.phases)
        announced.phases.push_back({phase.id, phase.title.isEmpty() ? phase.id : phase.title, 0, phase.total,
                                    phase.unit.isEmpty() ? QStringLiteral("items") : phase.unit});
    announced.total = static_cast<double>(announced.phases.size());
    announced.unit = QStringLiteral("phases");
    m_pending = announced;
}

void ActiveStep::news(qint64 now)
{
    m_newsAt = now;
}

/// A line that was not among the newest is news, as long as nothing better than lines tells of progress.
void ActiveStep::noteLine(const QByteArray &line, qint64 now)
{
    if (m_teller != Teller::Nobody || line.isEmpty())
        return;
    const std::size_t hash = qHash(line) | 1U;
    if (std::find(m_recentLines.begin(), m_recentLines.end(), hash) != m_recentLines.end())
        return;
    m_recentLines[m_nextLine++ % m_recentLines.size()] = hash;
    news(now);
}

static constexpr std::array streams = {Stream::Out, Stream::Err, Stream::Tty};

void ActiveStep::setRedactor(const std::shared_ptr<const Redactor> &redactor)
{
    m_redacting.clear();
    if (redactor)
        m_redacting.assign(streams.size(), RedactingStream(redactor));
}

void ActiveStep::output(Stream stream, QByteArrayView bytes, qint64 now)
{
    if (m_redacting.empty())
        return plainOutput(stream, bytes, now);
    const auto at = static_cast<std::size_t>(std::find(streams.begin(), streams.end(), stream) - streams.begin());
    plainOutput(stream, m_redacting[at].feed(bytes), now);
}

void ActiveStep::plainOutput(Stream stream, QByteArrayView bytes, qint64 now)
{
    if (bytes.isEmpty())
        return;
    QByteArray shown;
    if (m_adapter) {
        ToolAdapter::Read read = m_adapter->read(stream, bytes);
        if (read.progress)
            tell(Teller::Adapter, *read.progress, now);
        shown = std::move(read.shown);
        bytes = shown;
    }
    if (bytes.isEmpty())
        return;
    m_feed.add(stream, bytes);
    LineReader &lines = stream == Stream::Err ? m_errorLines : m_lines;
    const auto progress = lines.read(bytes);
    m_errorSpokeLast = stream == Stream::Err;
    if (stream != Stream::Err && m_source != ProgressSource::None) {
        if (progress && !m_adapter) // who knows the tool knows its lines better
            tell(Teller::Line, *progress, now);
        if (stream == Stream::Tty) {
            if (const auto report = m_osc.read(bytes))
                tell(Teller::Terminal, toProgress(*report), now);
        }
    }
    if (m_teller == Teller::Nobody)
        noteLine(lines.newestLine(), now);
}

void ActiveStep::endOfOutput(qint64 now)
{
    for (std::size_t i = 0; i < m_redacting.size(); ++i)
        plainOutput(streams[i], m_redacting[i].finish(), now);
    if (m_adapter) {
        for (const Stream stream : {Stream::Out, Stream::Err, Stream::Tty}) {
            ToolAdapter::Read read = m_adapter->finish(stream);
            if (read.progress)
                tell(Teller::Adapter, *read.progress, now);
            if (read.shown.isEmpty())
                continue;
            m_feed.add(stream, read.shown);
            (void)(stream == Stream::Err ? m_errorLines : m_lines).read(read.shown);
        }
    }
    if (const auto progress = m_lines.finish(); progress && !m_adapter && m_source != ProgressSource::None)
        tell(Teller::Line, *progress, now);
    (void)m_errorLines.finish();
}

void ActiveStep::tell(Teller teller, const Progress &progress, qint64 now)
{
    if (teller < m_teller)
        return;
    m_teller = teller;
    const Progress before = newest();
    m_pending = progress;
    m_pending->attempt = attempt;
    // A message stands until the next one, also one that was not published yet.
    if (m_pending->message.isEmpty())
        m_pending->message = before.message;
    if (m_pending->done != before.done || m_pending->fraction != before.fraction || m_pending->phases != before.phases)
        news(now);
}

void ActiveStep::report(const ReportProgress &report, qint64 now)
{
    tell(Teller::Report,
         reported(m_teller == Teller::Report || !newest().phases.empty() ? newest() : Progress(), report), now);
}

void ActiveStep::nested(std::optional<double> fraction, const QString &message, qint64 now)
{
    Progress progress;
    progress.done = fraction.value_or(0) * 100;
    progress.total = 100;
    progress.unit = QStringLiteral("percent");
    progress.fraction = fraction;
    progress.message = message;
    tell(Teller::Report, progress, now);
}

std::optional<qint64> ActiveStep::nextPoll() const
{
    if (!m_adapter || m_adapter->pollIntervalMs() <= 0 || !pid || m_pausedAt)
        return {};
    return m_polledAt + m_adapter->pollIntervalMs();
}

void ActiveStep::poll(qint64 now)
{
    const auto due = nextPoll();
    if (!due || now < *due)
        return;
    m_polledAt = now;
    if (const auto progress = m_adapter->poll(*pid))
        tell(Teller::Adapter, *progress, now);
}

std::optional<qint64> ActiveStep::flush(Sink &sink, qint64 now, bool final)
{
    std::optional<qint64> next;
    const auto want = [&](qint64 at) { next = std::min(next.value_or(at), at); };
    if (m_feed.pending()) {
        if (final || m_feed.mayGo(now)) {
            for (StepOutput &output : m_feed.take(now, final))
                sink.stepSays(*this, std::move(output));
        } else {
            want(m_feed.due());
        }
    }
    if (m_pending && *m_pending == m_published)
        m_pending.reset();
    if (m_pending) {
        if (final || m_throttle.mayGo(now)) {
            m_throttle.went(now);
            m_published = std::move(*m_pending);
            m_pending.reset();
            sink.stepSays(*this, StepProgress{m_published});
        } else {
            want(m_throttle.due());
        }
    }
    if (!m_log.problem().isEmpty() && !std::exchange(m_problemTold, true))
        sink.stepSays(*this,
                      Notice{QStringLiteral("hub.warning"),
                             {{QStringLiteral("message"),
                               QStringLiteral("the output of a step is not kept: %1").arg(m_log.problem())}}});
    return next;
}

void ActiveStep::pause(qint64 now)
{
    if (!m_pausedAt)
        m_pausedAt = now;
}

void ActiveStep::resume(qint64 now)
{
    if (!m_pausedAt)
        return;
    const qint64 slept = now - *m_pausedAt;
    m_pausedMs += slept;
    m_newsAt += slept;
    m_pausedAt.reset();
}

qint64 ActiveStep::runMs(qint64 now) const
{
    return m_pausedAt.value_or(now) - m_since - m_pausedMs;
}

qint64 ActiveStep::quietMs(qint64 now) const
{
    return m_pausedAt.value_or(now) - m_newsAt;
}

QString ActiveStep::lastLine() const
{
    const QString fromErrors = m_errorLines.lastLine();
    const QString fromOutput = m_lines.lastLine();
    if (fromErrors.isEmpty() || fromOutput.isEmpty())
        return fromErrors.isEmpty() ? fromOutput : fromErrors;
    return m_errorSpokeLast ? fromErrors : fromOutput;
}

std::vector<StreamMark> ActiveStep::finishLog()
{
    m_log.finish();
    return m_log.marks();
}

} // namespace stepwire
