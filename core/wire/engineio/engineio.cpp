#include "core/wire/engineio/engineio.h"

#include "core/wire/websocket/websocket.h"

namespace stepwire::engineio {

static constexpr char separator = '\x1e';

tl::expected<Packet, DecodeError> decodePacket(QByteArrayView bytes)
{
    if (bytes.isEmpty())
        return tl::unexpected(DecodeError::Empty);
    const char type = bytes.front();
    const QByteArrayView data = bytes.sliced(1);
    if (type == 'b') {
        const auto decoded =
            QByteArray::fromBase64Encoding(QByteArray::fromRawData(data.data(), data.size()),
                                           QByteArray::Base64Encoding | QByteArray::AbortOnBase64DecodingErrors);
        if (!decoded || data.size() % 4 != 0) // padded, as every encoder of this protocol does
            return tl::unexpected(DecodeError::InvalidBase64);
        return Packet{PacketType::Message, *decoded, true};
    }
    if (type < '0' || type > '6')
        return tl::unexpected(DecodeError::UnknownType);
    return Packet{static_cast<PacketType>(type), data.toByteArray(), false};
}

tl::expected<std::vector<Packet>, DecodeError> decodePayload(QByteArrayView bytes, std::size_t mostPackets)
{
    if (!bytes.isValidUtf8())
        return tl::unexpected(DecodeError::InvalidUtf8);
    std::vector<Packet> packets;
    for (qsizetype from = 0;;) {
        if (packets.size() == mostPackets)
            return tl::unexpected(DecodeError::TooMany);
        const qsizetype to = bytes.indexOf(separator, from);
        auto packet = decodePacket(to < 0 ? bytes.sliced(from) : bytes.sliced(from, to - from));
        if (!packet)
            return tl::unexpected(packet.error());
        packets.push_back(std::move(*packet));
        if (to < 0)
            return packets;
        from = to + 1;
    }
}

static void append(QByteArray &out, QByteArrayView bytes)
{
    out.append(bytes.data(), bytes.size());
}

static void appendBinary(QByteArray &out, QByteArrayView bytes)
{
    out += 'b';
    out += QByteArray::fromRawData(bytes.data(), bytes.size()).toBase64();
}

static void appendPacket(QByteArray &out, const Packet &packet)
{
    if (packet.binary)
        return appendBinary(out, packet.data);
    out += static_cast<char>(packet.type);
    out += packet.data;
}

QByteArray encodePacket(const Packet &packet)
{
    QByteArray out;
    appendPacket(out, packet);
    return out;
}

QByteArray encodePayload(const std::vector<Packet> &packets)
{
    QByteArray out;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        if (i > 0)
            out += separator;
        appendPacket(out, packets[i]);
    }
    return out;
}

void Outgoing::add(QByteArrayView head, QByteArrayView bytes, bool binary)
{
    // What others share must not grow under them.
    if (!m_data || m_data.use_count() > 1)
        m_data = m_data ? std::make_shared<Data>(*m_data) : std::make_shared<Data>();
    Data &data = *m_data;
    data.payload.clear();
    const bool first = data.frames.isEmpty();
    const qsizetype size = head.size() + bytes.size();
    constexpr qsizetype longestHead = 10;
    data.frames.reserve(data.frames.size() + size + longestHead);
    websocket::appendHead(data.frames, binary ? websocket::Opcode::Binary : websocket::Opcode::Text,
                          static_cast<quint64>(size));
    const Piece piece{data.frames.size(), size, binary};
    append(data.frames, head);
    append(data.frames, bytes);
    if (first)
        data.first = piece;
    else
        data.more.push_back(piece);
}

Outgoing Outgoing::packet(PacketType type, QByteArrayView text)
{
    const char letter = static_cast<char>(type);
    Outgoing outgoing;
    outgoing.add(QByteArrayView(&letter, 1), text, false);
    return outgoing;
}

void Outgoing::addBinary(QByteArrayView message)
{
    add({}, message, true);
}

const QByteArray &Outgoing::frames() const
{
    static const QByteArray none;
    return m_data ? m_data->frames : none;
}

const QByteArray &Outgoing::payload() const
{
    static const QByteArray none;
    if (!m_data)
        return none;
    Data &data = *m_data;
    if (data.payload.isEmpty()) {
        const auto put = [&data](const Piece &piece) {
            const auto bytes = QByteArrayView(data.frames).sliced(piece.offset, piece.size);
            if (piece.binary)
                appendBinary(data.payload, bytes);
            else
                append(data.payload, bytes);
        };
        put(data.first);
        for (const Piece &piece : data.more) {
            data.payload += separator;
            put(piece);
        }
    }
    return data.payload;
}

QByteArray takePayload(std::vector<Outgoing> &queue, qsizetype mostBytes, std::size_t mostPackets)
{
    QByteArray out;
    std::size_t packets = 0;
    auto it = queue.begin();
    for (; it != queue.end(); ++it) {
        const QByteArray &piece = it->payload();
        packets += it->packets();
        if (it == queue.begin()) {
            out = piece;
            continue;
        }
        if (packets > mostPackets || out.size() + 1 + piece.size() > mostBytes)
            break;
        out += separator;
        out += piece;
    }
    queue.erase(queue.begin(), it);
    return out;
}

} // namespace stepwire::engineio
