#include "core/wire/websocket/websocket.h"

#include <QCryptographicHash>
#include <QtEndian>

#include <algorithm>
#include <cstring>
#include <utility>

namespace stepwire::websocket {

static constexpr qsizetype mostControlBytes = 125;

// A hub holds one for each client, nearly all of them idle.
static_assert(sizeof(Reader) <= 100);

QByteArray acceptKey(QByteArrayView key)
{
    QCryptographicHash hash(QCryptographicHash::Sha1);
    hash.addData(key);
    hash.addData(QByteArrayView("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    return hash.result().toBase64();
}

bool isValidKey(QByteArrayView key)
{
    if (key.size() != 24)
        return false;
    const auto decoded = QByteArray::fromBase64Encoding(key.toByteArray(), QByteArray::AbortOnBase64DecodingErrors);
    return decoded && (*decoded).size() == 16;
}

void appendHead(QByteArray &out, Opcode opcode, quint64 size, bool final)
{
    out += static_cast<char>((final ? 0x80 : 0) | static_cast<int>(opcode));
    if (size <= 125) {
        out += static_cast<char>(size);
    } else if (size <= 0xffff) {
        out += char(126);
        const quint16 big = qToBigEndian(static_cast<quint16>(size));
        out.append(reinterpret_cast<const char *>(&big), sizeof big);
    } else {
        out += char(127);
        const quint64 big = qToBigEndian(size);
        out.append(reinterpret_cast<const char *>(&big), sizeof big);
    }
}

QByteArray frame(Opcode opcode, QByteArrayView payload)
{
    QByteArray out;
    out.reserve(10 + payload.size());
    appendHead(out, opcode, static_cast<quint64>(payload.size()));
    out.append(payload);
    return out;
}

static bool isContinuation(char byte)
{
    return (static_cast<quint8>(byte) & 0xc0) == 0x80;
}

void appendMaskedFrame(QByteArray &out, Opcode opcode, QByteArrayView payload, const std::array<quint8, 4> &mask)
{
    const qsizetype head = out.size();
    out.reserve(head + 14 + payload.size());
    appendHead(out, opcode, static_cast<quint64>(payload.size()));
    out[head + 1] = static_cast<char>(out[head + 1] | 0x80);
    out.append(reinterpret_cast<const char *>(mask.data()), static_cast<qsizetype>(mask.size()));
    const qsizetype from = out.size();
    out.append(payload);
    char *const bytes = out.data() + from;
    for (qsizetype i = 0; i < payload.size(); ++i)
        bytes[i] = static_cast<char>(bytes[i] ^ mask[static_cast<std::size_t>(i % 4)]);
}

QByteArray closePayload(int code, QByteArrayView reason)
{
    if (code == close_code::noStatus || code == close_code::abnormal)
        return {};
    qsizetype size = std::min(reason.size(), mostControlBytes - 2);
    while (size > 0 && size < reason.size() && isContinuation(reason[size]))
        --size;
    QByteArray payload(2, Qt::Uninitialized);
    qToBigEndian(static_cast<quint16>(code), payload.data());
    payload.append(reason.first(size));
    return payload;
}

QByteArray closeFrame(int code, QByteArrayView reason)
{
    return frame(Opcode::Close, closePayload(code, reason));
}

bool Utf8Check::take(QByteArrayView bytes)
{
    const char *at = bytes.data();
    const char *const end = at + bytes.size();
    while (at < end) {
        if (m_more == 0) {
            // most text is ASCII: eight bytes in a step
            for (quint64 eight = 0; end - at >= 8; at += 8) {
                std::memcpy(&eight, at, 8);
                if ((eight & Q_UINT64_C(0x8080808080808080)) != 0)
                    break;
            }
            if (at == end)
                break;
        }
        const auto byte = static_cast<quint8>(*at++);
        if (m_more > 0) {
            if (byte < m_low || byte > m_high)
                return false;
            --m_more;
            m_low = 0x80;
            m_high = 0xbf;
        } else if (byte >= 0x80) {
            if (byte < 0xc2 || byte > 0xf4)
                return false;
            m_more = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
            if (byte == 0xe0)
                m_low = 0xa0; // else it were overlong
            else if (byte == 0xed)
                m_high = 0x9f; // else a surrogate
            else if (byte == 0xf0)
                m_low = 0x90; // overlong
            else if (byte == 0xf4)
                m_high = 0x8f; // beyond U+10FFFF
        }
    }
    return true;
}

/// `turn` is the byte of the key that meets the first of the data.
static void unmask(char *data, qsizetype size, const quint8 *key, quint8 turn)
{
    std::array<quint8, 8> turned = {};
    for (std::size_t i = 0; i < turned.size(); ++i)
        turned[i] = key[(turn + i) % 4];
    quint64 wide = 0;
    std::memcpy(&wide, turned.data(), 8);
    qsizetype i = 0;
    for (; size - i >= 8; i += 8) {
        quint64 eight = 0;
        std::memcpy(&eight, data + i, 8);
        eight ^= wide;
        std::memcpy(data + i, &eight, 8);
    }
    for (; i < size; ++i)
        data[i] = static_cast<char>(data[i] ^ turned[static_cast<std::size_t>(i % 8)]);
}

static Violation violation(QByteArray sentence, int code = close_code::protocolError)
{
    return {code, std::move(sentence)};
}

std::optional<Violation> Reader::checkFirstByte()
{
    if ((m_head[0] & 0x70) != 0)
        return violation("a reserved bit is set, and no extension was agreed on");
    switch (opcode()) {
    case Opcode::Close:
    case Opcode::Ping:
    case Opcode::Pong: return isFinal() ? std::nullopt : std::optional(violation("a control frame is fragmented"));
    case Opcode::Continuation:
        if (!m_kind)
            return violation("a continuation comes where no message has begun");
        return {};
    case Opcode::Text:
    case Opcode::Binary:
        if (m_kind)
            return violation("a message begins within another one");
        m_kind = opcode();
        return {};
    }
    return violation("the opcode " + QByteArray::number(m_head[0] & 0x0f) + " is reserved");
}

std::optional<Violation> Reader::checkSecondByte()
{
    const bool masked = (m_head[1] & 0x80) != 0;
    if (masked != (m_role == Role::Server))
        return violation(masked ? "a frame of a server is masked" : "a frame of a client is not masked");
    const int length = m_head[1] & 0x7f;
    if (isControl() && length > mostControlBytes)
        return violation("a control frame is longer than 125 bytes");
    m_headNeeded = static_cast<quint8>(2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (masked ? 4 : 0));
    return {};
}

std::optional<Violation> Reader::checkLength()
{
    quint64 length = m_head[1] & 0x7f;
    if (length == 126) {
        length = qFromBigEndian<quint16>(&m_head[2]);
        if (length < 126)
            return violation("the length " + QByteArray::number(length) + " is not written in its shortest form");
    } else if (length == 127) {
        length = qFromBigEndian<quint64>(&m_head[2]);
        if (length >> 63 != 0)
            return violation("the highest bit of a length is set");
        if (length <= 0xffff)
            return violation("the length " + QByteArray::number(length) + " is not written in its shortest form");
    }
    if (!isControl() && length > static_cast<quint64>(std::max<qsizetype>(m_limit - m_message.size(), 0)))
        return violation("a message is longer than " + QByteArray::number(m_limit) + " bytes", close_code::tooBig);
    m_missing = static_cast<qsizetype>(length);
    m_phase = Phase::Payload;
    return {};
}

std::optional<Violation> Reader::takeHeadByte(char byte)
{
    m_head[m_headSize++] = static_cast<quint8>(byte);
    if (m_headSize == 1)
        return checkFirstByte();
    if (m_headSize == 2) {
        if (auto wrong = checkSecondByte())
            return wrong;
    }
    return m_headSize == m_headNeeded ? checkLength() : std::nullopt;
}

std::optional<Violation> Reader::takePayload(QByteArrayView piece)
{
    QByteArray &into = isControl() ? m_control : m_message;
    const qsizetype before = into.size();
    into.append(piece);
    char *const fresh = into.data() + before;
    if (m_role == Role::Server) {
        unmask(fresh, piece.size(), &m_head[m_headNeeded - 4U], m_turn);
        m_turn = static_cast<quint8>((m_turn + piece.size()) % 4);
    }
    m_missing -= piece.size();
    if (!isControl() && m_kind == Opcode::Text && !m_utf8.take(QByteArrayView(fresh, piece.size())))
        return violation("a text is not UTF-8", close_code::invalidPayload);
    return {};
}

static bool isCloseCode(int code)
{
    return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
}

std::optional<Violation> Reader::finishClose(Message &message)
{
    if (message.payload.isEmpty())
        return {};
    if (message.payload.size() == 1)
        return violation("a close frame holds half a code");
    message.closeCode = qFromBigEndian<quint16>(message.payload.constData());
    if (!isCloseCode(message.closeCode))
        return violation("the close code " + QByteArray::number(message.closeCode) + " may not be sent");
    message.payload.remove(0, 2);
    Utf8Check utf8;
    if (!utf8.take(message.payload) || !utf8.whole())
        return violation("the reason of a close frame is not UTF-8", close_code::invalidPayload);
    return {};
}

std::optional<Violation> Reader::finishFrame(std::vector<Message> &messages)
{
    m_phase = Phase::Head;
    m_headSize = 0;
    m_headNeeded = 2;
    m_turn = 0;
    if (isControl()) {
        Message message{opcode(), std::exchange(m_control, {}), close_code::noStatus};
        if (message.opcode == Opcode::Close) {
            if (auto wrong = finishClose(message))
                return wrong;
            m_phase = Phase::Ended;
        }
        messages.push_back(std::move(message));
    } else if (isFinal()) {
        if (!m_utf8.whole())
            return violation("a text ends within a code point", close_code::invalidPayload);
        messages.push_back({*m_kind, std::exchange(m_message, {}), close_code::noStatus});
        m_kind.reset();
    }
    return {};
}

std::optional<Violation> Reader::feed(QByteArrayView bytes, std::vector<Message> &messages)
{
    std::optional<Violation> wrong;
    while (!wrong && !bytes.isEmpty() && m_phase != Phase::Ended) {
        if (m_phase == Phase::Head) {
            wrong = takeHeadByte(bytes.front());
            bytes = bytes.sliced(1);
        } else {
            const auto piece = bytes.first(std::min(bytes.size(), m_missing));
            wrong = takePayload(piece);
            bytes = bytes.sliced(piece.size());
        }
        if (!wrong && m_phase == Phase::Payload && m_missing == 0)
            wrong = finishFrame(messages);
    }
    if (wrong || m_phase == Phase::Ended) {
        m_phase = Phase::Ended;
        m_kind.reset();
        m_message = {};
        m_control = {};
    }
    return wrong;
}

bool Reader::within() const
{
    return m_phase == Phase::Payload || (m_phase == Phase::Head && (m_headSize > 0 || m_kind.has_value()));
}

} // namespace stepwire::websocket
