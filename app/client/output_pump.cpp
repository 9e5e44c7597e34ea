#include "app/client/output_pump.h"

namespace stepwire {

static constexpr qint64 fetchBytes = 512 * 1024;

OutputPump::OutputPump(HubLink &link, QString job, QString step, std::function<bool(Stream, QByteArrayView)> write,
                       std::function<void(qint64)> left)
    : m_link(link), m_job(std::move(job)), m_step(std::move(step)), m_write(std::move(write)), m_left(std::move(left))
{
}

void OutputPump::take(const StepOutput &output)
{
    m_wanted = output.offset + output.bytes;
    if (m_broken || m_fetching)
        return;
    if (output.offset == m_next && !output.text.contains(QChar(QChar::ReplacementCharacter))) {
        m_broken = !m_write(output.stream, output.text.toUtf8());
        m_next = m_wanted;
        return;
    }
    fetch();
}

void OutputPump::fetch()
{
    m_fetching = true;
    m_link.call(QStringLiteral("job.log"),
                {{QStringLiteral("job"), m_job},
                 {QStringLiteral("step"), m_step},
                 {QStringLiteral("offset"), m_next},
                 {QStringLiteral("limit"), std::min(fetchBytes, m_wanted - m_next)},
                 {QStringLiteral("encoding"), QStringLiteral("base64")}},
                [this](const Result<QJsonValue> &slice) {
                    m_fetching = false;
                    if (slice)
                        fetched(*slice);
                    else
                        m_next = m_wanted;
                    checkDrained();
                });
}

void OutputPump::fetched(const QJsonValue &slice)
{
    const QByteArray bytes = QByteArray::fromBase64(slice[u"base64"].toString().toLatin1());
    if (const qint64 omitted = slice[u"omitted"].toInteger(); omitted > 0) {
        m_left(omitted);
        m_next += omitted;
    }
    if (bytes.isEmpty() && slice[u"omitted"].toInteger() == 0) { // the log could not be kept
        m_left(m_wanted - m_next);
        m_next = m_wanted;
        return;
    }
    const QString stream = slice[u"stream"].toString();
    m_broken = m_broken
        || !m_write(stream == u"err"       ? Stream::Err
                        : stream == u"tty" ? Stream::Tty
                                           : Stream::Out,
                    bytes);
    m_next += bytes.size();
    if (m_next < m_wanted && !m_broken)
        fetch();
}

void OutputPump::finish(std::function<void()> drained)
{
    m_drained = std::move(drained);
    checkDrained();
}

void OutputPump::checkDrained()
{
    if (m_drained && !m_fetching)
        std::exchange(m_drained, {})();
}

} // namespace stepwire
