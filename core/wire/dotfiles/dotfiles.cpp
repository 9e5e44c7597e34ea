#include "core/wire/dotfiles/dotfiles.h"

#include "core/wire/dotfiles/msgpack.h"

#include <QDateTime>
#include <QTimeZone>
#include <QtEndian>

#include <algorithm>
#include <cmath>

namespace stepwire::dotfiles {

static QString typeName(MessageType type)
{
    switch (type) {
    case MessageType::Data: return QStringLiteral("data");
    case MessageType::Error: return QStringLiteral("error");
    case MessageType::Control: return QStringLiteral("control");
    }
    Q_UNREACHABLE();
}

QString isoTime(UnixMs time)
{
    const QDateTime utc = QDateTime::fromMSecsSinceEpoch(time, Qt::UTC);
    return utc.toString(QStringLiteral("yyyy-MM-ddTHH:mm:ss.zzz")) + QStringLiteral("000+00:00");
}

QByteArray encodeFrame(const Message &message)
{
    using namespace msgpack;
    QByteArray out(4, '\0');
    writeMapHead(out, 5);
    writeString(out, u"event_name");
    writeString(out, message.eventName);
    writeString(out, u"timestamp_ms");
    writeInteger(out, message.timestampMs);
    writeString(out, u"timestamp_iso");
    writeString(out, message.timestampIso);
    writeString(out, u"message_type");
    writeString(out, typeName(message.type));
    writeString(out, u"data");
    writeMapHead(out, static_cast<quint32>(message.data.size()));
    for (const Member &member : message.data) {
        writeString(out, member.key);
        writeValue(out, member.value, member.isFloat ? Numbers::AllFloat : Numbers::Shortest);
    }
    qToBigEndian(static_cast<quint32>(out.size() - 4), out.data());
    return out;
}

tl::expected<Frame, FrameError> decodeFrame(QByteArrayView bytes, qsizetype most)
{
    if (bytes.size() < 4)
        return tl::unexpected(FrameError::Incomplete);
    const auto length = static_cast<qsizetype>(qFromBigEndian<quint32>(bytes.data()));
    if (length > most)
        return tl::unexpected(FrameError::TooLong);
    if (bytes.size() - 4 < length)
        return tl::unexpected(FrameError::Incomplete);
    qsizetype consumed = 0;
    const auto value = msgpack::read(bytes.sliced(4, length), consumed);
    if (!value || !value->isObject() || consumed != length)
        return tl::unexpected(FrameError::Invalid);
    return Frame{value->toObject(), 4 + length};
}

static double twoDecimals(double value)
{
    return std::round(value * 100) / 100;
}

static double percent(const Job &job)
{
    return twoDecimals(100 * jobFraction(job).value_or(0));
}

/// Of every step, or of `current` alone where a whole list would weigh more than the news.
static QJsonObject stepDetails(const Job &job, const QString &current)
{
    constexpr std::size_t mostSteps = 32;
    double weights = 0;
    for (const Step &step : job.steps)
        weights += step.weight;
    QJsonObject details;
    for (const Step &step : job.steps) {
        if (job.steps.size() > mostSteps && step.id != current)
            continue;
        const double fraction = satisfiesNeeds(step.state) ? 1
            : step.progress                                ? step.progress->fraction.value_or(0)
                                                           : 0;
        const double share = weights > 0 ? 100 * step.weight / weights : 0;
        details.insert(step.id,
                       QJsonObject{{QStringLiteral("internal_progress"), twoDecimals(100 * fraction)},
                                   {QStringLiteral("max_weight"), twoDecimals(share)},
                                   {QStringLiteral("contribution"), twoDecimals(share * fraction)}});
    }
    return details;
}

static void addExtra(Message &message, const Job &job)
{
    for (auto it = job.eventData.begin(); it != job.eventData.end(); ++it) {
        const bool taken = std::any_of(message.data.begin(), message.data.end(),
                                       [&](const Member &member) { return member.key == it.key(); });
        if (!taken)
            message.data.push_back({it.key(), it.value()});
    }
}

static Message newMessage(const Job &job, MessageType type, UnixMs time)
{
    return {job.eventName, time, isoTime(time), type, {}};
}

Message progressMessage(const Job &job, const QString &step, UnixMs time)
{
    Message message = newMessage(job, MessageType::Data, time);
    const auto at = std::find_if(job.steps.begin(), job.steps.end(), [&](const Step &s) { return s.id == step; });
    message.data = {{QStringLiteral("step"), step},
                    {QStringLiteral("progress"), percent(job), true},
                    {QStringLiteral("status"), QStringLiteral("processing")},
                    {QStringLiteral("step_index"), static_cast<int>(at - job.steps.begin())},
                    {QStringLiteral("total_steps"), static_cast<int>(job.steps.size())}};
    addExtra(message, job);
    message.data.push_back({QStringLiteral("step_details"), stepDetails(job, step), true});
    return message;
}

Message endMessage(const Job &job, UnixMs time)
{
    if (job.state == State::Succeeded) {
        Message message = newMessage(job, MessageType::Data, time);
        message.data = {{QStringLiteral("step"), QStringLiteral("complete")},
                        {QStringLiteral("progress"), 100.0, true},
                        {QStringLiteral("status"), QStringLiteral("complete")}};
        addExtra(message, job);
        return message;
    }
    Message message = newMessage(job, MessageType::Error, time);
    const QString reason = job.error ? job.error->message : QStringLiteral("the job was ") + stateName(job.state);
    message.data = {{QStringLiteral("error"), reason}, {QStringLiteral("status"), QStringLiteral("error")}};
    if (job.error && !job.error->step.isEmpty())
        message.data.push_back({QStringLiteral("step"), job.error->step});
    return message;
}

} // namespace stepwire::dotfiles
