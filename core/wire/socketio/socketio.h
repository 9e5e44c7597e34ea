#pragma once

#include "core/wire/engineio/engineio.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QByteArrayView>
#include <QCborArray>
#include <QCborValue>
#include <QString>

#include <tl/expected.hpp>

#include <optional>

namespace stepwire::socketio {

// Socket.IO protocol 5 (https://github.com/socketio/socket.io-protocol) with its default, JSON parser. Pure.
//
// Arguments are QCborValues: they hold what JSON does and byte arrays natively, so that binary stands where it was in
// the arguments. Whole numbers are integers, others doubles; text, `true`, `false`, null, arrays and maps are
// themselves. What JSON does not know is written as QCborValue::toJsonValue makes it (`undefined`, NaN as null).

enum class PacketType : char {
    Connect = '0',
    Disconnect = '1',
    Event = '2',
    Ack = '3',
    ConnectError = '4',
    BinaryEvent = '5', ///< on the wire only: decoded as Event, chosen by the encoder when there are byte arrays
    BinaryAck = '6',
};

struct Packet
{
    PacketType type = PacketType::Event;
    QString nsp = QStringLiteral("/");
    std::optional<qint64> id; ///< of the acknowledgement
    /// Event: array, the name first. Ack: array. Connect: map or undefined. ConnectError: map or text. Disconnect:
    /// undefined.
    QCborValue data;

    bool operator==(const Packet &other) const
    {
        return type == other.type && nsp == other.nsp && id == other.id && data == other.data;
    }
};

/// `connect`, `connect_error`, `disconnect`, `disconnecting`, `newListener`, `removeListener`.
[[nodiscard]] bool isReservedEvent(QStringView name);

/// JSON without spaces; each byte array is added to `attachments` and stands as a placeholder.
void appendJson(QByteArray &out, const QCborValue &value, QByteArrayList &attachments);

struct Encoded
{
    QByteArray text;
    QByteArrayList attachments; ///< each a binary message of its own behind the text
};

/// An Event or Ack becomes its binary kind when there are byte arrays in it.
[[nodiscard]] Encoded encode(const Packet &packet);

/// An event whose arguments are JSON already: `{"a":1}` or `1,"two"`, without brackets around them; empty for none. The
/// caller answers for their being valid. `offset` is added as the last argument unless it is null.
[[nodiscard]] QByteArray encodeEvent(QStringView nsp, QStringView event, QByteArrayView jsonArguments,
                                     QStringView offset = {}, std::optional<qint64> id = {});

/// Ready to be sent.
[[nodiscard]] engineio::Outgoing outgoing(const Encoded &encoded);

enum class DecodeError {
    UnknownType,
    IllegalAttachments, ///< a count that is none, a placeholder that stands for none
    TooManyAttachments,
    TooLarge, ///< the attachments together
    IllegalNamespace,
    IllegalId,
    InvalidPayload, ///< no JSON, of another type than the packet's, or a reserved event
    TextWithinBinary, ///< a text came where an attachment was due
    BinaryWithoutPacket, ///< and the other way round
};

[[nodiscard]] const char *errorText(DecodeError error);

/// Reads packets and puts those with attachments together. After an error nothing more should be given to it.
class Decoder
{
public:
    struct Limits
    {
        int attachments = 64;
        qint64 attachmentBytes = 8 * 1024 * 1024; ///< of one packet
        qsizetype namespaceBytes = 256;
    };

    Decoder() = default;
    explicit Decoder(Limits limits) : m_limits(limits) { }

    /// A text or binary message of Engine.IO. Empty when attachments are still to come.
    [[nodiscard]] tl::expected<std::optional<Packet>, DecodeError> feed(QByteArrayView message, bool binary);
    /// Attachments are still to come.
    [[nodiscard]] bool within() const { return m_waiting != nullptr; }

private:
    struct Waiting
    {
        Packet packet;
        QByteArrayList attachments;
        qsizetype expected = 0;
        qint64 bytes = 0;
    };

    Limits m_limits;
    std::unique_ptr<Waiting> m_waiting;
};

} // namespace stepwire::socketio
