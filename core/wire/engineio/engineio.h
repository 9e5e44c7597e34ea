#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QByteArrayView>

#include <tl/expected.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace stepwire::engineio {

// Engine.IO protocol 4 (https://github.com/socketio/engine.io-protocol): the packets that long polling and WebSocket
// carry. Pure: bytes go in and out.

enum class PacketType : char {
    Open = '0',
    Close = '1',
    Ping = '2',
    Pong = '3',
    Message = '4',
    Upgrade = '5',
    Noop = '6',
};

struct Packet
{
    PacketType type = PacketType::Message;
    QByteArray data; ///< UTF-8, or any bytes where `binary`
    bool binary = false; ///< of a message only

    bool operator==(const Packet &other) const
    {
        return type == other.type && binary == other.binary && data == other.data;
    }
};

enum class DecodeError { Empty, UnknownType, InvalidBase64, InvalidUtf8, TooMany };

/// One packet as a text: the payload of a text frame, or one of several in a polling payload. `bytes` must be valid
/// UTF-8 already where it comes from a text frame. `b` and base64 is a binary message, which only polling has.
[[nodiscard]] tl::expected<Packet, DecodeError> decodePacket(QByteArrayView bytes);
/// The body of a POST: packets with 0x1e in between. Checks that it is UTF-8, and at most `mostPackets` of it.
[[nodiscard]] tl::expected<std::vector<Packet>, DecodeError> decodePayload(QByteArrayView bytes,
                                                                           std::size_t mostPackets = 4096);
/// As it stands in a polling payload.
[[nodiscard]] QByteArray encodePacket(const Packet &packet);
[[nodiscard]] QByteArray encodePayload(const std::vector<Packet> &packets);

/// Packets that belong together (a Socket.IO packet and its attachments), ready for either transport: as one run of
/// WebSocket frames and as one piece of a polling payload. Copies share the bytes, so that what goes to many is encoded
/// once.
class Outgoing
{
public:
    Outgoing() = default;

    [[nodiscard]] static Outgoing packet(PacketType type, QByteArrayView text = {});
    [[nodiscard]] static Outgoing text(QByteArrayView message) { return packet(PacketType::Message, message); }
    [[nodiscard]] static Outgoing binary(QByteArrayView message)
    {
        Outgoing outgoing;
        outgoing.addBinary(message);
        return outgoing;
    }
    /// One more message, binary, behind the others.
    void addBinary(QByteArrayView message);

    [[nodiscard]] bool isEmpty() const { return !m_data; }
    /// Unmasked frames, as a server sends them.
    [[nodiscard]] const QByteArray &frames() const;
    /// For a polling payload, without a separator before or after it. Made when it is first asked for.
    [[nodiscard]] const QByteArray &payload() const;
    /// How many packets are together here.
    [[nodiscard]] std::size_t packets() const { return m_data ? 1 + m_data->more.size() : 0; }
    /// About what it weighs in memory.
    [[nodiscard]] qsizetype size() const { return frames().size(); }

private:
    struct Piece
    {
        qsizetype offset = 0; ///< of the frame's payload in `frames`
        qsizetype size = 0;
        bool binary = false;
    };
    struct Data
    {
        QByteArray frames;
        Piece first; ///< nearly always the only one
        std::vector<Piece> more;
        QByteArray payload;
    };
    void add(QByteArrayView head, QByteArrayView bytes, bool binary);

    std::shared_ptr<Data> m_data;
};

/// Takes from the front of `queue` what makes a payload of `mostBytes` bytes and `mostPackets` packets or less, at
/// least one.
[[nodiscard]] QByteArray takePayload(std::vector<Outgoing> &queue, qsizetype mostBytes, std::size_t mostPackets);

} // namespace stepwire::engineio
