#include "core/engine/progress_reader.h"

#include "core/model/quote.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <charconv>
#include <cmath>
#include <cstring>

namespace stepwire {

static constexpr qsizetype longestLine = 4096;

static bool isSpace(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static QByteArrayView trimmed(QByteArrayView text)
{
    while (!text.isEmpty() && isSpace(text.front()))
        text = text.sliced(1);
    while (!text.isEmpty() && isSpace(text.back()))
        text.chop(1);
    return text;
}

static QString shortened(QString text, qsizetype most)
{
    if (text.size() > most)
        text.truncate(text[most - 1].isHighSurrogate() ? most - 1 : most);
    return text;
}

static Progress percentProgress(double percent)
{
    Progress progress;
    progress.done = std::round(percent * 1e4) / 1e4;
    progress.total = 100;
    progress.unit = QStringLiteral("percent");
    return progress;
}

static std::optional<Progress> progressInObject(QByteArrayView line)
{
    const QJsonObject object = QJsonDocument::fromJson(line.toByteArray()).object();
    const QJsonValue value = object[u"progress"];
    const double fraction = value.toDouble(-1);
    if (!value.isDouble() || !(fraction >= 0 && fraction <= 1))
        return {};
    Progress progress = percentProgress(fraction * 100);
    if (object[u"done"].isDouble() && object[u"done"].toDouble() >= 0) {
        progress.done = object[u"done"].toDouble();
        progress.total = object[u"total"].toDouble() > 0 ? std::optional(object[u"total"].toDouble()) : std::nullopt;
        progress.unit = object[u"unit"].toString(QStringLiteral("items"));
    }
    progress.fraction = fraction;
    progress.message = shortened(plainLine(object[u"message"].toString()), 200);
    normalise(progress);
    return progress;
}

std::optional<Progress> progressInLine(QByteArrayView line)
{
    line = trimmed(line);
    if (line.isEmpty() || line.size() > longestLine)
        return {};
    if (line.front() == '{')
        return line.back() == '}' ? progressInObject(line) : std::nullopt;
    if (line.back() != '%')
        return {};
    const QByteArrayView digits = trimmed(line.chopped(1));
    double percent = 0;
    const char *end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, percent, std::chars_format::fixed);
    if (parsed.ec != std::errc() || parsed.ptr != end || !(percent >= 0 && percent <= 100))
        return {};
    Progress progress = percentProgress(percent);
    normalise(progress);
    return progress;
}

static bool endsLine(char c)
{
    return c == '\n' || c == '\r';
}

/// What of a line is kept as the last one; nothing when a person would see nothing of it (`ESC[0m` alone).
static QByteArrayView visiblePart(QByteArrayView text)
{
    text = trimmed(text);
    text = text.first(std::min(text.size(), longestLine));
    if (!text.isEmpty() && text.front() > ' ' && text.front() < 0x7f)
        return text;
    return plainLine(QString::fromUtf8(text)).isEmpty() ? QByteArrayView() : text;
}

std::optional<Progress> LineReader::line(QByteArrayView text)
{
    if (const auto progress = progressInLine(text))
        return progress;
    if (const QByteArrayView visible = visiblePart(text); !visible.isEmpty())
        m_last = visible.toByteArray();
    return {};
}

void LineReader::append(QByteArrayView piece)
{
    while (m_partial.isEmpty() && !piece.isEmpty() && isSpace(piece.front()))
        piece = piece.sliced(1);
    const qsizetype fits = std::min(piece.size(), longestLine - m_partial.size());
    m_partial.append(piece.first(fits));
    m_tooLong = m_tooLong || !trimmed(piece.sliced(fits)).isEmpty();
}

std::optional<Progress> LineReader::endLine()
{
    const QByteArray text = std::exchange(m_partial, {});
    if (!std::exchange(m_tooLong, false))
        return line(text);
    if (const QByteArrayView visible = visiblePart(text); !visible.isEmpty())
        m_last = visible.toByteArray();
    return {};
}

/// `bytes` from the last complete line on that shows something, or else from behind the complete lines.
static QByteArrayView fromLastVisibleLine(QByteArrayView bytes)
{
    qsizetype at = bytes.size();
    while (at > 0 && !endsLine(bytes[at - 1]))
        --at;
    const QByteArrayView rest = bytes.sliced(at);
    while (at > 0) {
        const qsizetype end = --at;
        while (at > 0 && !endsLine(bytes[at - 1]))
            --at;
        if (!visiblePart(bytes.sliced(at, end - at)).isEmpty())
            return bytes.sliced(at);
    }
    return rest;
}

std::optional<Progress> LineReader::read(QByteArrayView bytes)
{
    std::optional<Progress> newest;
    // Most of a flood is looked at once by memchr: lines are taken apart only where one could be progress.
    const auto has = [&](char c) {
        return std::memchr(bytes.data(), c, static_cast<std::size_t>(bytes.size())) != nullptr;
    };
    const bool plain = bytes.size() > 2 * longestLine && !has('%') && !has('{');
    while (!bytes.isEmpty()) {
        qsizetype end = 0;
        while (end < bytes.size() && !endsLine(bytes[end]))
            ++end;
        const QByteArrayView piece = bytes.first(end);
        if (end == bytes.size()) {
            append(piece);
            break;
        }
        std::optional<Progress> found;
        if (m_partial.isEmpty()) {
            found = line(piece);
        } else {
            append(piece);
            found = endLine();
        }
        if (found)
            newest = found;
        bytes = bytes.sliced(end + 1);
        if (plain)
            bytes = fromLastVisibleLine(bytes);
    }
    return newest;
}

std::optional<Progress> LineReader::finish()
{
    return endLine();
}

QString LineReader::lastLine() const
{
    return shortened(plainLine(QString::fromUtf8(m_last)), 500);
}

static std::optional<OscReader::Report> parseOsc(QByteArrayView osc)
{
    if (!osc.startsWith("9;4;"))
        return {};
    osc = osc.sliced(4);
    if (osc.isEmpty())
        return {};
    const char state = osc.front();
    OscReader::Report report;
    double percent = -1;
    if (osc.size() > 2 && osc[1] == ';') {
        const auto parsed = std::from_chars(osc.data() + 2, osc.data() + osc.size(), percent);
        if (parsed.ec != std::errc())
            percent = -1;
    }
    switch (state) {
    case '0': return report;
    case '3': report.kind = OscReader::Report::Kind::Indeterminate; return report;
    case '1':
    case '2':
    case '4':
        if (!(percent >= 0 && percent <= 100))
            return {};
        report.kind = OscReader::Report::Kind::Value;
        report.percent = percent;
        return report;
    default: return {};
    }
}

std::optional<OscReader::Report> OscReader::read(QByteArrayView bytes)
{
    constexpr qsizetype longestOsc = 64; // longer ones are not ours
    std::optional<Report> newest;
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        if (m_at == At::Text) {
            const void *escape = std::memchr(bytes.data() + i, 0x1b, static_cast<std::size_t>(bytes.size() - i));
            if (!escape)
                break;
            i = static_cast<const char *>(escape) - bytes.data();
            m_at = At::Escape;
            continue;
        }
        const char c = bytes[i];
        switch (m_at) {
        case At::Text: break;
        case At::Escape:
            m_at = c == ']' ? At::Osc : c == 0x1b ? At::Escape : At::Text;
            m_osc.clear();
            break;
        case At::Osc:
            if (c == 0x07) {
                if (const auto report = parseOsc(m_osc))
                    newest = report;
                m_at = At::Text;
            } else if (c == 0x1b) {
                m_at = At::OscEscape;
            } else if (m_osc.size() < longestOsc) {
                m_osc += c;
            }
            break;
        case At::OscEscape:
            if (c == '\\') {
                if (const auto report = parseOsc(m_osc))
                    newest = report;
                m_at = At::Text;
            } else {
                m_at = c == ']' ? At::Osc : c == 0x1b ? At::Escape : At::Text;
                m_osc.clear();
            }
            break;
        }
    }
    return newest;
}

Progress toProgress(const OscReader::Report &report)
{
    if (report.kind != OscReader::Report::Kind::Value) {
        Progress progress;
        progress.unit = QStringLiteral("percent");
        return progress;
    }
    Progress progress = percentProgress(report.percent);
    normalise(progress);
    return progress;
}

} // namespace stepwire
