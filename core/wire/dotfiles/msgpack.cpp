#include "core/wire/dotfiles/msgpack.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QString>
#include <QStringDecoder>
#include <QtEndian>

#include <bit>
#include <cmath>
#include <limits>

namespace stepwire::msgpack {

namespace {

template <class T>
void writeBigEndian(QByteArray &out, uchar head, T value)
{
    out += static_cast<char>(head);
    const T big = qToBigEndian(value);
    out.append(reinterpret_cast<const char *>(&big), sizeof big);
}

void writeHead(QByteArray &out, quint32 count, uchar fix, quint32 fixMost, uchar head16, uchar head32)
{
    if (count <= fixMost)
        out += static_cast<char>(fix | count);
    else if (count <= 0xffff)
        writeBigEndian(out, head16, static_cast<quint16>(count));
    else
        writeBigEndian(out, head32, count);
}

constexpr int deepest = 32;

/// A cursor over untrusted bytes.
class Reader
{
public:
    explicit Reader(QByteArrayView bytes) : m_bytes(bytes) { }

    [[nodiscard]] qsizetype position() const { return m_at; }

    tl::expected<QJsonValue, ReadError> value(int depth)
    {
        if (depth > deepest)
            return tl::unexpected(ReadError::Invalid);
        const auto head = take<quint8>();
        if (!head)
            return tl::unexpected(head.error());
        const quint8 h = *head;
        if (h <= 0x7f)
            return QJsonValue(static_cast<int>(h));
        if (h >= 0xe0)
            return QJsonValue(static_cast<int>(static_cast<qint8>(h)));
        if ((h & 0xf0) == 0x80)
            return map(h & 0x0fu, depth);
        if ((h & 0xf0) == 0x90)
            return array(h & 0x0fu, depth);
        if ((h & 0xe0) == 0xa0)
            return text(h & 0x1fu);
        switch (h) {
        case 0xc0: return QJsonValue(QJsonValue::Null);
        case 0xc2: return QJsonValue(false);
        case 0xc3: return QJsonValue(true);
        case 0xc4: return sized<quint8>([&](quint32 n) { return binary(n); });
        case 0xc5: return sized<quint16>([&](quint32 n) { return binary(n); });
        case 0xc6: return sized<quint32>([&](quint32 n) { return binary(n); });
        case 0xca:
            return take<quint32>().map(
                [](quint32 v) { return QJsonValue(static_cast<double>(std::bit_cast<float>(v))); });
        case 0xcb: return take<quint64>().map([](quint64 v) { return QJsonValue(std::bit_cast<double>(v)); });
        case 0xcc: return take<quint8>().map([](quint8 v) { return QJsonValue(static_cast<int>(v)); });
        case 0xcd: return take<quint16>().map([](quint16 v) { return QJsonValue(static_cast<int>(v)); });
        case 0xce: return take<quint32>().map([](quint32 v) { return QJsonValue(static_cast<qint64>(v)); });
        case 0xcf:
            return take<quint64>().map([](quint64 v) {
                return v <= static_cast<quint64>(std::numeric_limits<qint64>::max())
                    ? QJsonValue(static_cast<qint64>(v))
                    : QJsonValue(static_cast<double>(v));
            });
        case 0xd0:
            return take<quint8>().map([](quint8 v) { return QJsonValue(static_cast<int>(static_cast<qint8>(v))); });
        case 0xd1:
            return take<quint16>().map([](quint16 v) { return QJsonValue(static_cast<int>(static_cast<qint16>(v))); });
        case 0xd2:
            return take<quint32>().map([](quint32 v) { return QJsonValue(static_cast<int>(static_cast<qint32>(v))); });
        case 0xd3: return take<quint64>().map([](quint64 v) { return QJsonValue(static_cast<qint64>(v)); });
        case 0xd9: return sized<quint8>([&](quint32 n) { return text(n); });
        case 0xda: return sized<quint16>([&](quint32 n) { return text(n); });
        case 0xdb: return sized<quint32>([&](quint32 n) { return text(n); });
        case 0xdc: return sized<quint16>([&](quint32 n) { return array(n, depth); });
        case 0xdd: return sized<quint32>([&](quint32 n) { return array(n, depth); });
        case 0xde: return sized<quint16>([&](quint32 n) { return map(n, depth); });
        case 0xdf: return sized<quint32>([&](quint32 n) { return map(n, depth); });
        default: return tl::unexpected(ReadError::Invalid);
        }
    }

private:
    template <class T>
    tl::expected<T, ReadError> take()
    {
        if (m_bytes.size() - m_at < static_cast<qsizetype>(sizeof(T)))
            return tl::unexpected(ReadError::Incomplete);
        const T result = qFromBigEndian<T>(m_bytes.data() + m_at);
        m_at += static_cast<qsizetype>(sizeof(T));
        return result;
    }

    template <class Size, class Then>
    tl::expected<QJsonValue, ReadError> sized(Then then)
    {
        const auto size = take<Size>();
        if (!size)
            return tl::unexpected(size.error());
        return then(*size);
    }

    tl::expected<QByteArrayView, ReadError> span(quint32 size)
    {
        if (m_bytes.size() - m_at < static_cast<qsizetype>(size))
            return tl::unexpected(ReadError::Incomplete);
        const QByteArrayView piece = m_bytes.sliced(m_at, size);
        m_at += size;
        return piece;
    }

    tl::expected<QJsonValue, ReadError> text(quint32 size)
    {
        // QString::fromUtf8() would lose a byte order mark at the start
        return span(size).map([](QByteArrayView piece) {
            using Flag = QStringConverter::Flag;
            return QJsonValue(
                QString(QStringDecoder(QStringDecoder::Utf8, Flag::Stateless | Flag::ConvertInitialBom)(piece)));
        });
    }

    tl::expected<QJsonValue, ReadError> binary(quint32 size)
    {
        return span(size).map(
            [](QByteArrayView piece) { return QJsonValue(QString::fromLatin1(piece.toByteArray().toBase64())); });
    }

    tl::expected<QJsonValue, ReadError> array(quint32 size, int depth)
    {
        QJsonArray result;
        for (quint32 i = 0; i < size; ++i) {
            const auto element = value(depth + 1);
            if (!element)
                return element;
            result.append(*element);
        }
        return QJsonValue(result);
    }

    static bool isTextHead(uchar head) { return (head & 0xe0) == 0xa0 || (head >= 0xd9 && head <= 0xdb); }

    tl::expected<QJsonValue, ReadError> map(quint32 size, int depth)
    {
        QJsonObject result;
        for (quint32 i = 0; i < size; ++i) {
            if (m_at < m_bytes.size() && !isTextHead(static_cast<uchar>(m_bytes[m_at])))
                return tl::unexpected(ReadError::Invalid);
            const auto key = value(depth + 1);
            if (!key)
                return key;
            const auto member = value(depth + 1);
            if (!member)
                return member;
            result.insert(key->toString(), *member);
        }
        return QJsonValue(result);
    }

    QByteArrayView m_bytes;
    qsizetype m_at = 0;
};

} // namespace

void writeMapHead(QByteArray &out, quint32 members)
{
    writeHead(out, members, 0x80, 15, 0xde, 0xdf);
}

void writeArrayHead(QByteArray &out, quint32 elements)
{
    writeHead(out, elements, 0x90, 15, 0xdc, 0xdd);
}

void writeString(QByteArray &out, QStringView text)
{
    const QByteArray utf8 = text.toUtf8();
    const auto size = static_cast<quint32>(utf8.size());
    if (size > 31 && size <= 0xff) {
        out += '\xd9';
        out += static_cast<char>(size);
    } else {
        writeHead(out, size, 0xa0, 31, 0xda, 0xdb);
    }
    out += utf8;
}

void writeInteger(QByteArray &out, qint64 value)
{
    if (value >= 0) {
        if (value <= 0x7f)
            out += static_cast<char>(value);
        else if (value <= 0xff)
            writeBigEndian(out, 0xcc, static_cast<quint8>(value));
        else if (value <= 0xffff)
            writeBigEndian(out, 0xcd, static_cast<quint16>(value));
        else if (value <= 0xffffffff)
            writeBigEndian(out, 0xce, static_cast<quint32>(value));
        else
            writeBigEndian(out, 0xcf, static_cast<quint64>(value));
    } else if (value >= -32) {
        out += static_cast<char>(value);
    } else if (value >= std::numeric_limits<qint8>::min()) {
        writeBigEndian(out, 0xd0, static_cast<quint8>(value));
    } else if (value >= std::numeric_limits<qint16>::min()) {
        writeBigEndian(out, 0xd1, static_cast<quint16>(value));
    } else if (value >= std::numeric_limits<qint32>::min()) {
        writeBigEndian(out, 0xd2, static_cast<quint32>(value));
    } else {
        writeBigEndian(out, 0xd3, static_cast<quint64>(value));
    }
}

void writeFloat(QByteArray &out, double value)
{
    writeBigEndian(out, 0xcb, std::bit_cast<quint64>(value));
}

void writeBool(QByteArray &out, bool value)
{
    out += value ? '\xc3' : '\xc2';
}

void writeNil(QByteArray &out)
{
    out += '\xc0';
}

void writeValue(QByteArray &out, const QJsonValue &value, Numbers numbers)
{
    switch (value.type()) {
    case QJsonValue::Bool: return writeBool(out, value.toBool());
    case QJsonValue::String: return writeString(out, value.toString());
    case QJsonValue::Double: {
        const double number = value.toDouble();
        const qint64 whole = value.toInteger(0);
        // Only whole numbers that a double holds exactly: larger ones would change their digits.
        if (numbers == Numbers::Shortest && static_cast<double>(whole) == number
            && !(whole == 0 && std::signbit(number)))
            return writeInteger(out, whole);
        return writeFloat(out, number);
    }
    case QJsonValue::Array: {
        const QJsonArray array = value.toArray();
        writeArrayHead(out, static_cast<quint32>(array.size()));
        for (const QJsonValue &element : array)
            writeValue(out, element, numbers);
        return;
    }
    case QJsonValue::Object: {
        const QJsonObject object = value.toObject();
        writeMapHead(out, static_cast<quint32>(object.size()));
        for (auto it = object.begin(); it != object.end(); ++it) {
            writeString(out, it.key());
            writeValue(out, it.value(), numbers);
        }
        return;
    }
    case QJsonValue::Null:
    case QJsonValue::Undefined: return writeNil(out);
    }
}

tl::expected<QJsonValue, ReadError> read(QByteArrayView bytes, qsizetype &consumed)
{
    Reader reader(bytes);
    auto value = reader.value(0);
    if (value)
        consumed = reader.position();
    return value;
}

} // namespace stepwire::msgpack
