#pragma once

#include "core/model/job.h"
#include "core/model/result.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QJsonObject>
#include <QString>

namespace stepwire::dotfiles_daemon {

// What travels on the sockets of dotfiles-daemon: a 32-bit big-endian length, then that many bytes of one JSON object,
// the envelope. Pure.

inline constexpr qsizetype mostMessageBytes = qsizetype(1) * 1024 * 1024;

struct Envelope
{
    QString messageId;
    QString timestamp; ///< ISO 8601, local, without a zone
    QString eventType; ///< `[A-Za-z0-9_-]{1,64}`: it becomes a file's name
    QJsonObject payload;

    [[nodiscard]] QString type() const { return payload[u"type"].toString(); }
};

/// The envelope and its payload, whole and checked; the daemon itself looks at the envelope alone. One sentence says
/// what is wrong, and `data.message_id` whose it was as far as that is known.
[[nodiscard]] Result<Envelope> readEnvelope(QByteArrayView json);

[[nodiscard]] Envelope newEnvelope(const QString &eventType, const QJsonObject &payload);
[[nodiscard]] QJsonObject toJson(const Envelope &envelope);
[[nodiscard]] QByteArray frameOf(const QJsonObject &message);

/// How long the frame at the beginning of `bytes` is, with its head; 0: it is not whole; -1: it is too long.
[[nodiscard]] qsizetype frameSize(QByteArrayView bytes);

[[nodiscard]] QJsonObject startedPayload(const Job &job);
[[nodiscard]] QJsonObject progressPayload(const Job &job, const QString &step);
[[nodiscard]] QJsonObject endPayload(const Job &job);

} // namespace stepwire::dotfiles_daemon
