#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QJsonValue>

#include <tl/expected.hpp>

namespace stepwire::msgpack {

// MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md) for the values that JSON knows. Maps keep the
// order in which they are written; whole numbers take the shortest form, as the reference packers do.

void writeMapHead(QByteArray &out, quint32 members);
void writeArrayHead(QByteArray &out, quint32 elements);
void writeString(QByteArray &out, QStringView text);
void writeInteger(QByteArray &out, qint64 value);
/// Always float 64, also for whole numbers.
void writeFloat(QByteArray &out, double value);
void writeBool(QByteArray &out, bool value);
void writeNil(QByteArray &out);

enum class Numbers { Shortest, AllFloat };
void writeValue(QByteArray &out, const QJsonValue &value, Numbers numbers = Numbers::Shortest);

enum class ReadError { Incomplete, Invalid };

/// Reads one value from the start of `bytes`; `consumed` is how many bytes it took. Binary becomes base64 text,
/// extension types and maps with other keys than text are Invalid. At most 32 levels deep.
[[nodiscard]] tl::expected<QJsonValue, ReadError> read(QByteArrayView bytes, qsizetype &consumed);

} // namespace stepwire::msgpack
