#include "core/wire/json/writer.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimeZone>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace stepwire::json {

void Writer::comma()
{
    if (m_needsComma)
        m_out += ',';
    m_needsComma = true;
}

void Writer::beginObject()
{
    comma();
    m_out += '{';
    m_needsComma = false;
}

void Writer::endObject()
{
    m_out += '}';
    m_needsComma = true;
}

void Writer::beginArray()
{
    comma();
    m_out += '[';
    m_needsComma = false;
}

void Writer::endArray()
{
    m_out += ']';
    m_needsComma = true;
}

void Writer::key(const char *name)
{
    comma();
    m_out += '"';
    m_out += name;
    m_out += "\":";
    m_needsComma = false;
}

/// Most texts are plain ASCII: those go in without a copy in between.
bool Writer::plainString(QStringView value)
{
    const qsizetype before = m_out.size();
    m_out.resize(before + value.size() + 2);
    char *to = m_out.data() + before;
    *to++ = '"';
    for (const QChar c : value) {
        const char16_t unit = c.unicode();
        if (unit < 0x20 || unit > 0x7e || unit == '"' || unit == '\\') {
            m_out.resize(before);
            return false;
        }
        *to++ = static_cast<char>(unit);
    }
    *to = '"';
    return true;
}

void Writer::string(QStringView value)
{
    comma();
    if (plainString(value))
        return;
    static constexpr std::array<char, 16> hex = {'0', '1', '2', '3', '4', '5', '6', '7',
                                                 '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    const QByteArray utf8 = value.toUtf8();
    m_out += '"';
    qsizetype plain = 0;
    for (qsizetype i = 0; i < utf8.size(); ++i) {
        const auto c = static_cast<unsigned char>(utf8[i]);
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        m_out.append(utf8.constData() + plain, i - plain);
        plain = i + 1;
        switch (c) {
        case '"': m_out += "\\\""; break;
        case '\\': m_out += "\\\\"; break;
        case '\n': m_out += "\\n"; break;
        case '\r': m_out += "\\r"; break;
        case '\t': m_out += "\\t"; break;
        default:
            m_out += "\\u00";
            m_out += hex[c >> 4];
            m_out += hex[c & 15];
        }
    }
    m_out.append(utf8.constData() + plain, utf8.size() - plain);
    m_out += '"';
}

void Writer::number(double value)
{
    constexpr double exact = 9007199254740992.0; // 2^53
    if (std::abs(value) < exact && value == std::trunc(value))
        return integer(static_cast<qint64>(value)); // the shortest form of 100000 would be 1e+05
    comma();
    if (!std::isfinite(value)) {
        m_out += "null";
        return;
    }
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
    m_out.append(text.data(), end.ptr - text.data());
}

void Writer::integer(qint64 value)
{
    comma();
    std::array<char, 24> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
    m_out.append(text.data(), end.ptr - text.data());
}

void Writer::boolean(bool value)
{
    comma();
    m_out += value ? "true" : "false";
}

void Writer::null()
{
    comma();
    m_out += "null";
}

void Writer::value(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::Object:
        comma();
        m_out += QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact);
        break;
    case QJsonValue::Array:
        comma();
        m_out += QJsonDocument(value.toArray()).toJson(QJsonDocument::Compact);
        break;
    case QJsonValue::String: string(value.toString()); break;
    case QJsonValue::Bool: boolean(value.toBool()); break;
    case QJsonValue::Double: {
        const double number = value.toDouble();
        const qint64 whole = value.toInteger(0);
        if (static_cast<double>(whole) == number)
            integer(whole);
        else
            this->number(number);
        break;
    }
    case QJsonValue::Null:
    case QJsonValue::Undefined: null(); break;
    }
}

/// As QDateTime writes it, which takes longer than all the rest of an event.
void Writer::time(qint64 unixMs)
{
    using namespace std::chrono;
    const sys_time<milliseconds> at{milliseconds(unixMs)};
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss clock(at - day);
    if (const int year = static_cast<int>(date.year()); year >= 0 && year <= 9999) {
        comma();
        std::array<char, 32> text{};
        text[0] = text[25] = '"';
        const auto put = [&text](std::size_t from, int digits, auto value, char after) {
            auto rest = static_cast<unsigned>(value);
            for (int i = digits - 1; i >= 0; --i, rest /= 10)
                text[from + static_cast<std::size_t>(i)] = static_cast<char>('0' + rest % 10);
            text[from + static_cast<std::size_t>(digits)] = after;
        };
        put(1, 4, year, '-');
        put(6, 2, static_cast<unsigned>(date.month()), '-');
        put(9, 2, static_cast<unsigned>(date.day()), 'T');
        put(12, 2, clock.hours().count(), ':');
        put(15, 2, clock.minutes().count(), ':');
        put(18, 2, clock.seconds().count(), '.');
        put(21, 3, clock.subseconds().count(), 'Z');
        m_out.append(text.data(), 26);
        return;
    }
    string(QDateTime::fromMSecsSinceEpoch(unixMs, Qt::UTC).toString(Qt::ISODateWithMs));
}

} // namespace stepwire::json
