#pragma once

#include "core/model/job.h"

#include <QByteArray>
#include <QJsonObject>
#include <QString>

#include <tl/expected.hpp>

#include <vector>

namespace stepwire::dotfiles {

// The framing and the messages of dotfiles-socket: a 32-bit big-endian length, then that many bytes of one
// MessagePack map with event_name, timestamp_ms, timestamp_iso, message_type and data.

enum class MessageType { Data, Error, Control };

/// A member of `data`; with `isFloat` every number in it is written as float 64.
struct Member
{
    QString key;
    QJsonValue value;
    bool isFloat = false;
};

struct Message
{
    QString eventName;
    qint64 timestampMs = 0;
    QString timestampIso;
    MessageType type = MessageType::Data;
    std::vector<Member> data; ///< in the order in which they are written
};

/// `2024-11-17T10:30:00.123000+00:00`, as Python's isoformat() writes UTC.
[[nodiscard]] QString isoTime(UnixMs time);

[[nodiscard]] QByteArray encodeFrame(const Message &message);

enum class FrameError { Incomplete, TooLong, Invalid };

struct Frame
{
    QJsonObject message;
    qsizetype size = 0; ///< with its head
};

/// The first frame in `bytes`; `most` bounds its payload before it is awaited.
[[nodiscard]] tl::expected<Frame, FrameError> decodeFrame(QByteArrayView bytes, qsizetype most);

/// The job as it stands after something changed at `step`: DATA with step, progress, status `processing` and the
/// orchestrator's further members.
[[nodiscard]] Message progressMessage(const Job &job, const QString &step, UnixMs time);
/// The last message: DATA `complete` with progress 100.0, or ERROR.
[[nodiscard]] Message endMessage(const Job &job, UnixMs time);

} // namespace stepwire::dotfiles
