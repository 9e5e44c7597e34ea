#include "core/wire/mainline/mainline.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QtEndian>

#include <zlib.h>

#include <algorithm>

namespace stepwire::mainline {

static constexpr int headBytes = 9;
static constexpr int mostSize = 65535;

enum class Type : quint8 { FullFrame = 1, DiffFrame = 2, State = 3, Clear = 4, Ping = 5, Pong = 6 };

static int sizeOf(const QJsonValue &value)
{
    return std::clamp(value.toInt(), 0, mostSize);
}

static std::optional<Message> decodeJson(QByteArrayView text)
{
    const QJsonObject object = QJsonDocument::fromJson(text.toByteArray()).object();
    const QString type = object[u"type"].toString();
    if (type == u"clear")
        return Clear{};
    if (type == u"state" && object[u"state"].isObject())
        return State{object[u"state"].toObject()};
    if (type != u"frame" || !object[u"lines"].isArray())
        return {};
    Frame frame{sizeOf(object[u"width"]), sizeOf(object[u"height"]), {}};
    for (const QJsonArray lines = object[u"lines"].toArray(); const QJsonValue &line : lines) {
        if (frame.lines.size() == mostLines)
            break;
        frame.lines.append(line.toString());
    }
    return frame;
}

static std::optional<QByteArray> unpacked(QByteArrayView packed)
{
    z_stream stream = {};
    if (inflateInit(&stream) != Z_OK)
        return {};
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    QByteArray out;
    int code = Z_OK;
    while (code == Z_OK && out.size() <= mostUnpacked) {
        constexpr qsizetype piece = 65536;
        const qsizetype before = out.size();
        out.resize(before + piece);
        stream.next_out = reinterpret_cast<Bytef *>(out.data() + before);
        stream.avail_out = piece;
        code = inflate(&stream, Z_NO_FLUSH);
        out.chop(static_cast<qsizetype>(stream.avail_out));
    }
    inflateEnd(&stream);
    if (code != Z_STREAM_END || out.size() > mostUnpacked)
        return {};
    return out;
}

static QByteArray packed(const QByteArray &bytes)
{
    return qCompress(bytes).sliced(4); // without the length that Qt puts before
}

static QByteArray withHead(Type type, int width, int height, const QByteArray &payload)
{
    QByteArray bytes(headBytes, '\0');
    bytes[0] = static_cast<char>(type);
    qToBigEndian(static_cast<quint16>(width), bytes.data() + 1);
    qToBigEndian(static_cast<quint16>(height), bytes.data() + 3);
    qToBigEndian(static_cast<quint32>(payload.size()), bytes.data() + 5);
    return (bytes + payload).toBase64();
}

QByteArray encodeBinary(const Frame &frame)
{
    return withHead(Type::FullFrame, frame.width, frame.height, packed(frame.lines.join(u'\n').toUtf8()));
}

QByteArray encodeBinary(const Diff &diff)
{
    QJsonArray runs;
    for (std::size_t i = 0; i < diff.lines.size();) {
        const auto &[start, text] = diff.lines[i];
        int count = 0;
        while (i < diff.lines.size() && diff.lines[i] == std::pair(start + count, text)) {
            ++count;
            ++i;
        }
        runs.append(QJsonArray{start, text, count});
    }
    const QJsonObject object{
        {QStringLiteral("width"), diff.width}, {QStringLiteral("height"), diff.height}, {QStringLiteral("rle"), runs}};
    return withHead(Type::DiffFrame, diff.width, diff.height,
                    packed(QJsonDocument(object).toJson(QJsonDocument::Compact)));
}

static std::optional<Message> decodeDiff(const QByteArray &json)
{
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    if (!object[u"rle"].isArray())
        return {};
    Diff diff{sizeOf(object[u"width"]), sizeOf(object[u"height"]), {}};
    int next = 0;
    for (const QJsonArray runs = object[u"rle"].toArray(); const QJsonValue &value : runs) {
        const QJsonArray run = value.toArray();
        const int start = run.at(0).toInt(-1);
        const int count = run.at(2).toInt();
        if (start < next || start >= mostLines || count < 1 || !run.at(1).isString())
            return {};
        next = std::min(mostLines, start + std::min(count, mostLines));
        for (int line = start; line < next; ++line)
            diff.lines.emplace_back(line, run.at(1).toString());
    }
    return diff;
}

std::optional<Message> decode(QByteArrayView text)
{
    text = text.trimmed();
    if (text.startsWith('{')) // which base64 knows not
        return decodeJson(text);
    const auto decoded = QByteArray::fromBase64Encoding(text.toByteArray(), QByteArray::AbortOnBase64DecodingErrors);
    const QByteArray &bytes = *decoded;
    if (!decoded || bytes.size() < headBytes)
        return {};
    const auto type = static_cast<Type>(bytes[0]);
    const int width = qFromBigEndian<quint16>(bytes.constData() + 1);
    const int height = qFromBigEndian<quint16>(bytes.constData() + 3);
    if (qFromBigEndian<quint32>(bytes.constData() + 5) != static_cast<quint64>(bytes.size() - headBytes))
        return {};
    if (type == Type::Clear)
        return Clear{};
    if (type != Type::FullFrame && type != Type::DiffFrame)
        return {};
    const auto payload = unpacked(QByteArrayView(bytes).sliced(headBytes));
    if (!payload)
        return {};
    if (type == Type::DiffFrame)
        return decodeDiff(*payload);
    Frame frame{width, height, {}};
    if (!payload->isEmpty())
        frame.lines = QString::fromUtf8(*payload).split(u'\n').mid(0, mostLines);
    return frame;
}

void apply(Frame &frame, const Diff &diff)
{
    frame.width = diff.width;
    frame.height = diff.height;
    const int height = std::min(diff.height, mostLines);
    frame.lines.resize(height);
    for (const auto &[index, text] : diff.lines) {
        if (index < height)
            frame.lines[index] = text;
    }
}

} // namespace stepwire::mainline
