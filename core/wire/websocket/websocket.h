#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <array>
#include <optional>
#include <vector>

namespace stepwire::websocket {

// The WebSocket protocol (RFC 6455) without extensions, as an endpoint reads and writes it. Pure: bytes go in and out.

enum class Opcode : quint8 { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

namespace close_code {
inline constexpr int normal = 1000;
inline constexpr int goingAway = 1001;
inline constexpr int protocolError = 1002;
inline constexpr int unsupported = 1003;
inline constexpr int noStatus = 1005; ///< never sent
inline constexpr int abnormal = 1006; ///< never sent
inline constexpr int invalidPayload = 1007;
inline constexpr int policyViolation = 1008;
inline constexpr int tooBig = 1009;
inline constexpr int internalError = 1011;
inline constexpr int tryAgainLater = 1013;
} // namespace close_code

/// The value of Sec-WebSocket-Accept for a Sec-WebSocket-Key.
[[nodiscard]] QByteArray acceptKey(QByteArrayView key);
/// Whether a Sec-WebSocket-Key is 16 bytes in base64.
[[nodiscard]] bool isValidKey(QByteArrayView key);

/// One whole, final frame of a server: unmasked.
[[nodiscard]] QByteArray frame(Opcode opcode, QByteArrayView payload);
[[nodiscard]] inline QByteArray textFrame(QByteArrayView payload)
{
    return frame(Opcode::Text, payload);
}
/// As a client sends it. The mask is to be one that nobody foresees.
void appendMaskedFrame(QByteArray &out, Opcode opcode, QByteArrayView payload, const std::array<quint8, 4> &mask);
/// The head alone, for a payload of `size` bytes that is sent behind it; at most 10 bytes, added to `out`.
void appendHead(QByteArray &out, Opcode opcode, quint64 size, bool final = true);
/// A close frame; without a code for `noStatus`. The reason is cut to what fits (123 bytes, at a code point).
[[nodiscard]] QByteArray closeFrame(int code, QByteArrayView reason = {});
/// The payload alone of such a frame.
[[nodiscard]] QByteArray closePayload(int code, QByteArrayView reason = {});

/// What came: a whole message (put together from its fragments) or a control frame.
struct Message
{
    Opcode opcode = Opcode::Text; ///< Text, Binary, Close, Ping or Pong
    QByteArray payload; ///< of Close: the reason alone
    int closeCode = close_code::noStatus; ///< of Close
};

/// Why reading has ended: what to close with.
struct Violation
{
    int code = close_code::protocolError;
    QByteArray sentence;
};

/// Tells whether bytes are UTF-8 while they come, at the first byte that cannot be: no overlong forms, no surrogates,
/// nothing beyond U+10FFFF.
class Utf8Check
{
public:
    /// False when the bytes cannot go on what came before; nothing is to be asked of it then.
    [[nodiscard]] bool take(QByteArrayView bytes);
    /// No code point is left open.
    [[nodiscard]] bool whole() const { return m_more == 0; }

private:
    quint8 m_more = 0; ///< bytes that the open code point still lacks
    quint8 m_low = 0x80; ///< the next of them lies in here
    quint8 m_high = 0xbf;
};

/// Reads frames of the other end: masked ones (`Role::Server`) or unmasked ones. Checks all that RFC 6455 asks of a
/// receiver: reserved bits and opcodes, masks, shortest lengths, control frames of at most 125 bytes and never
/// fragmented, the order of fragments, close codes, UTF-8 of texts (over fragments, and as early as it is wrong) and of
/// reasons.
class Reader
{
public:
    enum class Role { Server, Client };

    Reader(Role role, qsizetype mostMessageBytes) : m_role(role), m_limit(mostMessageBytes) { }

    /// Takes all of `bytes`, adds what is whole to `messages`. After a violation, and after a Close, nothing is read
    /// any more.
    [[nodiscard]] std::optional<Violation> feed(QByteArrayView bytes, std::vector<Message> &messages);

    /// Part of a message has come.
    [[nodiscard]] bool within() const;

private:
    enum class Phase : quint8 { Head, Payload, Ended };

    [[nodiscard]] std::optional<Violation> takeHeadByte(char byte);
    [[nodiscard]] std::optional<Violation> checkFirstByte();
    [[nodiscard]] std::optional<Violation> checkSecondByte();
    [[nodiscard]] std::optional<Violation> checkLength();
    [[nodiscard]] std::optional<Violation> takePayload(QByteArrayView piece);
    [[nodiscard]] std::optional<Violation> finishFrame(std::vector<Message> &messages);
    [[nodiscard]] std::optional<Violation> finishClose(Message &message);
    [[nodiscard]] Opcode opcode() const { return static_cast<Opcode>(m_head[0] & 0x0f); }
    [[nodiscard]] bool isControl() const { return (m_head[0] & 0x08) != 0; }
    [[nodiscard]] bool isFinal() const { return (m_head[0] & 0x80) != 0; }

    Role m_role;
    Phase m_phase = Phase::Head;
    Utf8Check m_utf8; ///< of the text that is coming
    std::optional<Opcode> m_kind; ///< of the message whose last frame has not begun or not ended
    quint8 m_headSize = 0; ///< of the bytes of m_head that came
    quint8 m_headNeeded = 2;
    quint8 m_turn = 0; ///< the byte of the mask that comes next
    std::array<quint8, 14> m_head = {};
    qsizetype m_limit;
    qsizetype m_missing = 0; ///< of the payload of the frame
    QByteArray m_message; ///< what came of it
    QByteArray m_control; ///< the payload of a control frame, which may come between fragments
};

} // namespace stepwire::websocket
