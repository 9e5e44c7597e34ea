#include "core/wire/socketio/socketio.h"

#include "core/wire/json/writer.h"

#include <QCborMap>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonValue>

#include <algorithm>
#include <array>
#include <vector>

namespace stepwire::socketio {

bool isReservedEvent(QStringView name)
{
    static constexpr std::array<QStringView, 6> names = {u"connect",       u"connect_error", u"disconnect",
                                                         u"disconnecting", u"newListener",   u"removeListener"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

const char *errorText(DecodeError error)
{
    switch (error) {
    case DecodeError::UnknownType: return "unknown packet type";
    case DecodeError::IllegalAttachments: return "illegal attachments";
    case DecodeError::TooManyAttachments: return "too many attachments";
    case DecodeError::TooLarge: return "attachments are too large";
    case DecodeError::IllegalNamespace: return "illegal namespace";
    case DecodeError::IllegalId: return "illegal acknowledgement id";
    case DecodeError::InvalidPayload: return "invalid payload";
    case DecodeError::TextWithinBinary: return "got plaintext data when reconstructing a packet";
    case DecodeError::BinaryWithoutPacket: return "got binary data when not reconstructing a packet";
    }
    Q_UNREACHABLE();
}

// ---- writing ------------------------------------------------------------------------------------------------------

static void appendMap(QByteArray &out, const QCborMap &map, QByteArrayList &attachments)
{
    out += '{';
    bool first = true;
    for (auto it = map.constBegin(); it != map.constEnd(); ++it) {
        if (!first)
            out += ',';
        first = false;
        const QCborValue key = it.key();
        json::Writer(out).string(key.isString() ? key.toString() : key.toVariant().toString());
        out += ':';
        appendJson(out, it.value(), attachments);
    }
    out += '}';
}

void appendJson(QByteArray &out, const QCborValue &value, QByteArrayList &attachments)
{
    switch (value.type()) {
    case QCborValue::Integer: json::Writer(out).integer(value.toInteger()); return;
    case QCborValue::Double: json::Writer(out).number(value.toDouble()); return;
    case QCborValue::String: json::Writer(out).string(value.toString()); return;
    case QCborValue::True: out += "true"; return;
    case QCborValue::False: out += "false"; return;
    case QCborValue::ByteArray:
        out += R"({"_placeholder":true,"num":)" + QByteArray::number(attachments.size()) + '}';
        attachments.push_back(value.toByteArray());
        return;
    case QCborValue::Array: {
        out += '[';
        bool first = true;
        for (const QCborValue element : value.toArray()) {
            if (!first)
                out += ',';
            first = false;
            appendJson(out, element, attachments);
        }
        out += ']';
        return;
    }
    case QCborValue::Map: appendMap(out, value.toMap(), attachments); return;
    default: json::Writer(out).value(value.toJsonValue()); return;
    }
}

static bool isMain(QStringView nsp)
{
    return nsp.isEmpty() || nsp == u"/";
}

Encoded encode(const Packet &packet)
{
    Encoded encoded;
    QByteArray body;
    if (!packet.data.isUndefined())
        appendJson(body, packet.data, encoded.attachments);
    PacketType type = packet.type;
    if (!encoded.attachments.isEmpty())
        type = type == PacketType::Event ? PacketType::BinaryEvent : PacketType::BinaryAck;
    QByteArray &text = encoded.text;
    text += static_cast<char>(type);
    if (!encoded.attachments.isEmpty())
        text += QByteArray::number(encoded.attachments.size()) + '-';
    if (!isMain(packet.nsp))
        text += packet.nsp.toUtf8() + ',';
    if (packet.id)
        text += QByteArray::number(*packet.id);
    text += body;
    return encoded;
}

QByteArray encodeEvent(QStringView nsp, QStringView event, QByteArrayView jsonArguments, QStringView offset,
                       std::optional<qint64> id)
{
    QByteArray out;
    out.reserve(nsp.size() + event.size() + jsonArguments.size() + offset.size() + 16);
    out += static_cast<char>(PacketType::Event);
    if (!isMain(nsp)) {
        out += nsp.toUtf8();
        out += ',';
    }
    if (id)
        out += QByteArray::number(*id);
    out += '[';
    json::Writer(out).string(event);
    if (!jsonArguments.isEmpty()) {
        out += ',';
        out.append(jsonArguments.data(), jsonArguments.size());
    }
    if (!offset.isNull()) {
        out += ',';
        json::Writer(out).string(offset);
    }
    out += ']';
    return out;
}

engineio::Outgoing outgoing(const Encoded &encoded)
{
    engineio::Outgoing out = engineio::Outgoing::text(encoded.text);
    for (const QByteArray &attachment : encoded.attachments)
        out.addBinary(attachment);
    return out;
}

// ---- reading ------------------------------------------------------------------------------------------------------

static bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// The digits at `at`, which is moved behind them; nothing when there are none, -1 when they are beyond `most`.
static std::optional<qint64> takeNumber(QByteArrayView text, qsizetype &at, qint64 most)
{
    const qsizetype from = at;
    qint64 value = 0;
    for (; at < text.size() && isDigit(text[at]); ++at) {
        if (value >= 0)
            value = value * 10 + (text[at] - '0');
        if (value > most)
            value = -1;
    }
    return at > from ? std::optional(value) : std::nullopt;
}

/// Any value of JSON; undefined when it is none.
static QCborValue parse(QByteArrayView text)
{
    const QByteArray raw = QByteArray::fromRawData(text.data(), text.size());
    const QJsonDocument document = QJsonDocument::fromJson(raw);
    if (document.isArray())
        return QCborArray::fromJsonArray(document.array());
    if (document.isObject())
        return QCborMap::fromJsonObject(document.object());
    if (text.front() != '"')
        return {};
    // a text alone is no document to QJsonDocument
    const QJsonArray wrapped = QJsonDocument::fromJson('[' + raw + ']').array();
    return wrapped.size() == 1 ? QCborValue::fromJsonValue(wrapped.first()) : QCborValue();
}

static bool isPayloadValid(PacketType type, const QCborValue &payload)
{
    switch (type) {
    case PacketType::Connect: return payload.isMap();
    case PacketType::Disconnect: return false; // it has none
    case PacketType::ConnectError: return payload.isMap() || payload.isString();
    case PacketType::Ack:
    case PacketType::BinaryAck: return payload.isArray();
    case PacketType::Event:
    case PacketType::BinaryEvent: {
        if (!payload.isArray())
            return false;
        const QCborValue name = payload.toArray().at(0); // undefined where there is none
        return name.isInteger() || name.isDouble() || (name.isString() && !isReservedEvent(name.toString()));
    }
    }
    Q_UNREACHABLE();
}

/// Puts the attachments where their placeholders stand. False for a placeholder that stands for none, or for one that
/// was used before: a few bytes would stand for the same attachment again and again.
static bool fillIn(QCborValue &value, const QByteArrayList &attachments, std::vector<bool> &used)
{
    if (value.isArray()) {
        QCborArray array = value.toArray();
        for (qsizetype i = 0; i < array.size(); ++i) {
            QCborValue element = array.at(i);
            if (!element.isContainer())
                continue;
            if (!fillIn(element, attachments, used))
                return false;
            array[i] = element;
        }
        value = array;
    } else if (value.isMap()) {
        QCborMap map = value.toMap();
        if (map.value(QLatin1String("_placeholder")).isTrue()) {
            const QCborValue number = map.value(QLatin1String("num"));
            const qint64 index = number.toInteger(-1);
            if (!number.isInteger() || index < 0 || index >= attachments.size() || used[index])
                return false;
            used[index] = true;
            value = attachments[index];
            return true;
        }
        for (auto it = map.begin(); it != map.end(); ++it) {
            QCborValue element = it.value();
            if (!element.isContainer())
                continue;
            if (!fillIn(element, attachments, used))
                return false;
            it.value() = element;
        }
        value = map;
    }
    return true;
}

static tl::expected<Packet, DecodeError> decodeText(QByteArrayView text, const Decoder::Limits &limits,
                                                    qsizetype &attachments)
{
    constexpr qint64 mostExact = 9007199254740991; // 2^53 - 1: beyond it clients cannot count
    if (text.isEmpty() || text[0] < '0' || text[0] > '6')
        return tl::unexpected(DecodeError::UnknownType);
    Packet packet;
    packet.type = static_cast<PacketType>(text[0]);
    const bool binary = packet.type == PacketType::BinaryEvent || packet.type == PacketType::BinaryAck;
    qsizetype at = 1;
    if (binary) {
        const auto count = takeNumber(text, at, mostExact);
        if (!count || *count == 0 || at == text.size() || text[at] != '-')
            return tl::unexpected(DecodeError::IllegalAttachments);
        if (*count < 0 || *count > limits.attachments)
            return tl::unexpected(DecodeError::TooManyAttachments);
        attachments = *count;
        ++at;
    }
    if (at < text.size() && text[at] == '/') {
        qsizetype end = text.indexOf(',', at);
        if (end < 0)
            end = text.size();
        const QByteArrayView name = text.sliced(at, end - at);
        if (name.size() > limits.namespaceBytes || !name.isValidUtf8())
            return tl::unexpected(DecodeError::IllegalNamespace);
        packet.nsp = QString::fromUtf8(name);
        at = std::min(end + 1, text.size());
    }
    if (const auto id = takeNumber(text, at, mostExact)) {
        const bool allowed = packet.type != PacketType::Connect && packet.type != PacketType::Disconnect
            && packet.type != PacketType::ConnectError;
        if (*id < 0 || !allowed)
            return tl::unexpected(DecodeError::IllegalId);
        packet.id = *id;
    }
    const bool isAck = packet.type == PacketType::Ack || packet.type == PacketType::BinaryAck;
    if (isAck && !packet.id)
        return tl::unexpected(DecodeError::IllegalId);
    if (at < text.size()) {
        packet.data = parse(text.sliced(at));
        if (!isPayloadValid(packet.type, packet.data))
            return tl::unexpected(DecodeError::InvalidPayload);
    } else if (packet.type != PacketType::Connect && packet.type != PacketType::Disconnect) {
        return tl::unexpected(DecodeError::InvalidPayload);
    }
    if (binary)
        packet.type = isAck ? PacketType::Ack : PacketType::Event;
    return packet;
}

tl::expected<std::optional<Packet>, DecodeError> Decoder::feed(QByteArrayView message, bool binary)
{
    if (!binary) {
        if (m_waiting)
            return tl::unexpected(DecodeError::TextWithinBinary);
        qsizetype attachments = 0;
        auto packet = decodeText(message, m_limits, attachments);
        if (!packet)
            return tl::unexpected(packet.error());
        if (attachments == 0)
            return std::optional(std::move(*packet));
        m_waiting = std::make_unique<Waiting>();
        m_waiting->packet = std::move(*packet);
        m_waiting->expected = attachments;
        return std::optional<Packet>();
    }
    if (!m_waiting)
        return tl::unexpected(DecodeError::BinaryWithoutPacket);
    m_waiting->bytes += message.size();
    if (m_waiting->bytes > m_limits.attachmentBytes)
        return tl::unexpected(DecodeError::TooLarge);
    m_waiting->attachments.push_back(message.toByteArray());
    if (m_waiting->attachments.size() < m_waiting->expected)
        return std::optional<Packet>();
    const std::unique_ptr<Waiting> whole = std::move(m_waiting);
    std::vector<bool> used(static_cast<std::size_t>(whole->expected));
    if (!fillIn(whole->packet.data, whole->attachments, used))
        return tl::unexpected(DecodeError::IllegalAttachments);
    return std::optional(std::move(whole->packet));
}

} // namespace stepwire::socketio
