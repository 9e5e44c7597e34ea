#include "ui/output/terminal_text.h"

#include <algorithm>

namespace stepwire {

namespace {

constexpr int tabWidth = 8;
constexpr int mostParameters = 32;
constexpr int greatestParameter = 99'999;
constexpr int longestCommand = 4096;
constexpr std::size_t mostStyles = 1 << 16;
constexpr int mostLinks = 20'000;
constexpr char32_t replacement = 0xfffd;

bool isWide(char32_t c)
{
    struct Range
    {
        char32_t first;
        char32_t last;
    };
    static constexpr std::array ranges{Range{0x1100, 0x115f}, Range{0x231a, 0x231b}, Range{0x23e9, 0x23ec},
                                       Range{0x2614, 0x2615}, Range{0x26a1, 0x26a1}, Range{0x2705, 0x2705},
                                       Range{0x2728, 0x2728}, Range{0x274c, 0x274c}, Range{0x2753, 0x2755},
                                       Range{0x2757, 0x2757}, Range{0x2b50, 0x2b50}, Range{0x2e80, 0x303e},
                                       Range{0x3041, 0xa4cf}, Range{0xac00, 0xd7a3}, Range{0xf900, 0xfaff},
                                       Range{0xfe30, 0xfe6f}, Range{0xff01, 0xff60}, Range{0xffe0, 0xffe6}};
    return std::ranges::any_of(ranges, [c](const Range &range) { return c >= range.first && c <= range.last; });
}

bool isPrintable(uchar byte)
{
    return byte >= 0x20 && byte < 0x7f;
}

// The pages' colours in resources/web/style.css: of 4.5 to 1 on a light and on a dark page, where a name allows it.
constexpr std::array<QRgb, 16> lightColours{0x2b2f36, 0xc2261f, 0x1a7f42, 0x8f5b00, 0x1f5fc9, 0x9a2fa6,
                                            0x0b7285, 0x6b7280, 0x7c8594, 0xd93a32, 0x23924f, 0xa36a00,
                                            0x2f7df6, 0xb146be, 0x0e8ba3, 0x1b1f27};
constexpr std::array<QRgb, 16> darkColours{0x5b6472, 0xff7b72, 0x56c97f, 0xe3b341, 0x79b0ff, 0xd99bf0,
                                           0x5cc8d7, 0xc3cad5, 0x8a94a6, 0xff9a93, 0x7ee0a0, 0xf2cc60,
                                           0xa5c9ff, 0xe7bbf7, 0x8be0eb, 0xffffff};

} // namespace

TerminalText::TerminalText(int limit, int columns)
    : m_limit(std::max(limit, screenRows)), m_columns(std::max(columns, 2)), m_styles(1), m_links(QString())
{
}

QColor TerminalText::colour(quint32 code, bool dark, const QColor &usual)
{
    if (code == 0)
        return usual;
    if ((code & 0x0200'0000U) != 0)
        return QColor::fromRgb(code & 0xff'ffffU);
    const int number = static_cast<int>(code & 0xffU);
    if (number < 16)
        return QColor::fromRgb((dark ? darkColours : lightColours)[static_cast<std::size_t>(number)]);
    if (number >= 232) {
        const int grey = 8 + 10 * (number - 232);
        return {grey, grey, grey};
    }
    const auto level = [](int i) { return i == 0 ? 0 : 55 + 40 * i; };
    const int cube = number - 16;
    return {level(cube / 36), level(cube / 6 % 6), level(cube % 6)};
}

QString TerminalText::plain(QStringView text)
{
    QString result = text.toString();
    result.remove(filler);
    return result;
}

int TerminalText::lineCount() const
{
    const bool unwritten = !m_lines.empty() && m_lines.back().text.isEmpty();
    return static_cast<int>(m_lines.size()) - (unwritten ? 1 : 0);
}

qint64 TerminalText::takeChanged()
{
    return std::exchange(m_changed, -1);
}

quint32 TerminalText::styleAt(const Line &line, int column) const
{
    const auto after = std::ranges::upper_bound(line.runs, column, {}, &Run::start);
    return after == line.runs.begin() ? 0 : std::prev(after)->style;
}

void TerminalText::write(const QByteArray &bytes)
{
    const char *at = bytes.constData();
    const char *const end = at + bytes.size();
    while (at < end) {
        if (m_mode == Mode::Ground && m_missing == 0 && isPrintable(static_cast<uchar>(*at))) {
            const char *const from = at;
            while (at < end && isPrintable(static_cast<uchar>(*at)))
                ++at;
            printAscii(from, static_cast<int>(at - from));
        } else {
            take(static_cast<uchar>(*at++));
        }
    }
}

void TerminalText::note(const QString &sentence)
{
    if (m_column > 0)
        newLine();
    m_row = std::max(m_row, m_dropped + qint64(lineCount()));
    m_column = 0;
    const quint32 before = std::exchange(m_penNumber, intern({.attributes = Note}));
    for (const QChar letter : sentence.left(m_columns))
        place(&letter, 1);
    m_penNumber = before;
    newLine();
}

void TerminalText::take(uchar byte)
{
    // Nobody means a newline within a sequence: what was begun is broken off, so that not all that follows is lost.
    if (m_mode != Mode::Ground && (byte == '\n' || byte == 0x18 || byte == 0x1a)) {
        m_mode = Mode::Ground;
        if (byte != '\n')
            return;
    }
    switch (m_mode) {
    case Mode::Ground: return takeGround(byte);
    case Mode::Escape: return takeEscape(byte);
    case Mode::EscapeRest:
        if (byte >= 0x30)
            m_mode = Mode::Ground;
        return;
    case Mode::Control: return takeControl(byte);
    case Mode::Command:
    case Mode::Ignored: return takeCommand(byte);
    case Mode::CommandEscape:
    case Mode::IgnoredEscape:
        if (m_mode == Mode::CommandEscape)
            command();
        m_mode = Mode::Ground;
        if (byte != '\\')
            takeEscape(byte);
        return;
    }
}

void TerminalText::takeGround(uchar byte)
{
    if (m_missing > 0 || byte >= 0x80)
        return decode(byte);
    if (byte == 0x1b)
        m_mode = Mode::Escape;
    else if (isPrintable(byte))
        print(byte);
    else
        character(byte);
}

void TerminalText::takeEscape(uchar byte)
{
    m_mode = Mode::Ground;
    switch (byte) {
    case '[':
        m_mode = Mode::Control;
        m_parameters.clear();
        m_private = false;
        return;
    case ']':
        m_mode = Mode::Command;
        m_command.clear();
        return;
    case 'P':
    case 'X':
    case '^':
    case '_': m_mode = Mode::Ignored; return;
    case 'c':
        m_pen = {};
        penChanged();
        eraseScreen(2);
        return moveTo(m_top, 0);
    case 'D': return moveTo(m_row + 1, m_column);
    case 'E': return newLine();
    case 'M': return moveTo(m_row - 1, m_column);
    case 0x1b: m_mode = Mode::Escape; return;
    default: break;
    }
    if (byte >= 0x20 && byte < 0x30)
        m_mode = Mode::EscapeRest;
    else if (byte < 0x20 || byte >= 0x7f)
        takeGround(byte);
}

void TerminalText::takeControl(uchar byte)
{
    if (byte >= '0' && byte <= '9') {
        if (m_parameters.empty())
            m_parameters.emplace_back();
        int &value = m_parameters.back().value;
        value = std::min(std::max(value, 0) * 10 + (byte - '0'), greatestParameter);
    } else if (byte == ';' || byte == ':') {
        if (m_parameters.empty())
            m_parameters.emplace_back();
        if (m_parameters.size() < mostParameters)
            m_parameters.push_back({.sub = byte == ':'});
    } else if (byte >= 0x3c && byte <= 0x3f) {
        m_private = true;
    } else if (byte >= 0x20 && byte < 0x30) {
        m_private = true; // an intermediate: none of these is for us either
    } else if (byte >= 0x40 && byte <= 0x7e) {
        m_mode = Mode::Ground;
        control(byte);
    } else if (byte == 0x1b) {
        m_mode = Mode::Escape;
    } else if (byte < 0x20) {
        character(byte);
    } else if (byte >= 0x80) {
        m_mode = Mode::Ground;
        takeGround(byte);
    }
}

void TerminalText::takeCommand(uchar byte)
{
    const bool ignored = m_mode == Mode::Ignored;
    if (byte == 0x1b) {
        m_mode = ignored ? Mode::IgnoredEscape : Mode::CommandEscape;
    } else if (byte == 0x07) {
        m_mode = Mode::Ground;
        if (!ignored)
            command();
    } else if (!ignored && m_command.size() <= longestCommand) {
        m_command.append(static_cast<char>(byte));
    }
}

// As the Encoding Standard decodes: each longest start of a letter that is not finished becomes one replacement.
void TerminalText::decode(uchar byte)
{
    if (m_missing > 0) {
        if (byte < m_lower || byte > m_upper) {
            m_missing = 0;
            print(replacement);
            return take(byte);
        }
        m_lower = 0x80;
        m_upper = 0xbf;
        m_letter = m_letter << 6 | (byte & 0x3fU);
        if (--m_missing == 0)
            print(m_letter);
        return;
    }
    m_lower = 0x80;
    m_upper = 0xbf;
    if (byte >= 0xc2 && byte <= 0xdf) {
        m_missing = 1;
        m_letter = byte & 0x1fU;
    } else if (byte >= 0xe0 && byte <= 0xef) {
        m_missing = 2;
        m_letter = byte & 0xfU;
        if (byte == 0xe0)
            m_lower = 0xa0;
        if (byte == 0xed)
            m_upper = 0x9f;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
        m_missing = 3;
        m_letter = byte & 0x7U;
        if (byte == 0xf0)
            m_lower = 0x90;
        if (byte == 0xf4)
            m_upper = 0x8f;
    } else {
        print(replacement);
    }
}

void TerminalText::printAscii(const char *text, int count)
{
    while (count > 0) {
        if (m_column >= m_columns)
            newLine();
        Line &line = here();
        const int piece = std::min(count, m_columns - m_column);
        if (m_column == line.text.size()) {
            const quint32 last = line.runs.empty() ? 0 : line.runs.back().style;
            if (last != m_penNumber)
                line.runs.push_back({m_column, m_penNumber});
            line.text.append(QLatin1StringView(text, piece));
            m_column += piece;
            m_widest = std::max(m_widest, m_column);
        } else {
            for (int i = 0; i < piece; ++i) {
                const QChar letter = QLatin1Char(text[i]);
                place(&letter, 1);
            }
        }
        text += piece;
        count -= piece;
    }
}

void TerminalText::print(char32_t letter)
{
    if (letter < 0x20 || (letter >= 0x7f && letter < 0xa0))
        return;
    // Selectors of an emoji's colour and the like take no room; what is to be read is the same without them.
    if (letter == 0x200b || letter == 0x2060 || letter == 0xfeff || letter == 0xfe0e || letter == 0xfe0f)
        return;
    if (letter == filler.unicode())
        letter = replacement;
    if (letter > 0xffff) {
        const std::array pair{QChar(QChar::highSurrogate(letter)), QChar(QChar::lowSurrogate(letter))};
        return place(pair.data(), 2);
    }
    const QChar one(static_cast<char16_t>(letter));
    if (m_column > 0 && one.category() == QChar::Mark_NonSpacing) {
        Line &line = here();
        if (m_column <= line.text.size()) {
            const QString composed = (line.text.mid(m_column - 1, 1) + one).normalized(QString::NormalizationForm_C);
            if (composed.size() == 1) {
                line.text[m_column - 1] = composed[0];
                return;
            }
        }
    }
    const std::array wide{one, filler};
    place(wide.data(), isWide(letter) ? 2 : 1);
}

void TerminalText::place(const QChar *cells, int count)
{
    if (m_column + count > m_columns)
        newLine();
    Line &line = here();
    QString &text = line.text;
    const int size = static_cast<int>(text.size());
    if (m_column > size) {
        text.append(QString(m_column - size, u' '));
        setStyle(line, size, m_column, 0);
    }
    // Half of what was wide does not stay.
    const auto isSecond = [](QChar c) { return c == filler || c.isLowSurrogate(); };
    if (m_column < text.size() && isSecond(text[m_column]) && m_column > 0)
        text[m_column - 1] = u' ';
    const int after = m_column + count;
    if (after < text.size() && isSecond(text[after]))
        text[after] = u' ';
    for (int i = 0; i < count; ++i) {
        if (m_column + i < text.size())
            text[m_column + i] = cells[i];
        else
            text.append(cells[i]);
    }
    setStyle(line, m_column, after, m_penNumber);
    m_column = after;
    m_widest = std::max(m_widest, m_column);
}

void TerminalText::character(uchar byte)
{
    switch (byte) {
    case '\n':
    case '\v':
    case '\f': return newLine();
    case '\r': m_column = 0; return;
    case '\b': m_column = std::max(0, m_column - 1); return;
    case '\t': m_column = std::min(m_columns - 1, (m_column / tabWidth + 1) * tabWidth); return;
    default: return;
    }
}

void TerminalText::newLine()
{
    (void)here();
    m_column = 0;
    ++m_row;
    m_top = std::max(m_top, m_row - screenRows + 1);
    (void)here();
}

TerminalText::Line &TerminalText::here()
{
    while (m_row >= m_dropped + qint64(m_lines.size())) {
        touch(m_dropped + qint64(m_lines.size()));
        m_lines.emplace_back();
        if (qint64(m_lines.size()) > m_limit) {
            m_lines.pop_front();
            ++m_dropped;
        }
    }
    touch(m_row);
    return m_lines[static_cast<std::size_t>(m_row - m_dropped)];
}

void TerminalText::touch(qint64 row)
{
    if (m_changed < 0 || row < m_changed)
        m_changed = row;
}

void TerminalText::setStyle(Line &line, int from, int to, quint32 style) const
{
    if (from >= to)
        return;
    std::vector<Run> &runs = line.runs;
    const quint32 last = runs.empty() ? 0 : runs.back().style;
    if (to >= line.text.size() && (runs.empty() || runs.back().start < from)) {
        if (last != style)
            runs.push_back({from, style});
        return;
    }
    const quint32 before = from > 0 ? styleAt(line, from - 1) : 0;
    const quint32 behind = styleAt(line, to);
    const bool ends = to >= line.text.size();
    const auto first = std::ranges::lower_bound(runs, from, {}, &Run::start);
    const auto after = std::ranges::upper_bound(runs, to, {}, &Run::start);
    std::vector<Run> fresh;
    if (style != before)
        fresh.push_back({from, style});
    if (!ends && behind != style)
        fresh.push_back({to, behind});
    runs.insert(runs.erase(first, after), fresh.begin(), fresh.end());
}

int TerminalText::parameter(std::size_t index, int otherwise) const
{
    return index < m_parameters.size() && m_parameters[index].value >= 0 ? m_parameters[index].value : otherwise;
}

void TerminalText::moveTo(qint64 row, int column)
{
    m_row = std::clamp(row, std::max(m_top, m_dropped), m_top + screenRows - 1);
    m_column = std::clamp(column, 0, m_columns - 1);
}

void TerminalText::control(uchar last)
{
    if (m_private)
        return;
    const int count = std::max(1, parameter(0, 1));
    switch (last) {
    case 'A': return moveTo(m_row - count, m_column);
    case 'B': return moveTo(m_row + count, m_column);
    case 'C': return moveTo(m_row, m_column + count);
    case 'D': return moveTo(m_row, m_column - count);
    case 'E': return moveTo(m_row + count, 0);
    case 'F': return moveTo(m_row - count, 0);
    case 'G':
    case '`': return moveTo(m_row, count - 1);
    case 'd': return moveTo(m_top + count - 1, m_column);
    case 'H':
    case 'f': return moveTo(m_top + count - 1, std::max(1, parameter(1, 1)) - 1);
    case 'J': return eraseScreen(parameter(0, 0));
    case 'K': return eraseLine(parameter(0, 0));
    case 'm': return rendition();
    default: return;
    }
}

void TerminalText::eraseLine(int how)
{
    if (m_row >= m_dropped + qint64(m_lines.size()))
        return;
    Line &line = here();
    if (how == 1) {
        const int to = std::min(static_cast<int>(line.text.size()), m_column + 1);
        if (to < line.text.size() && (line.text[to] == filler || line.text[to].isLowSurrogate()))
            line.text[to] = u' ';
        line.text.replace(0, to, QString(to, u' '));
        setStyle(line, 0, to, 0);
        return;
    }
    int to = how == 0 ? std::min(static_cast<int>(line.text.size()), m_column) : 0;
    if (to > 0 && to < line.text.size() && (line.text[to] == filler || line.text[to].isLowSurrogate()))
        line.text[to - 1] = u' ';
    line.text.truncate(to);
    std::erase_if(line.runs, [to](const Run &run) { return run.start >= to; });
}

void TerminalText::eraseScreen(int how)
{
    const qint64 end = m_dropped + qint64(m_lines.size());
    if (how == 2) {
        // Not erased but left behind, as most terminals do: an output is there to be read later.
        const qint64 shown = m_dropped + lineCount();
        if (shown > m_top) {
            m_row = shown + (m_row - m_top);
            m_top = shown;
        }
        return;
    }
    if (how != 0 && how != 1)
        return;
    eraseLine(how);
    const qint64 from = std::max(how == 0 ? m_row + 1 : m_top, m_dropped);
    const qint64 to = how == 0 ? end : std::min(m_row, end);
    if (from >= to)
        return;
    touch(from);
    if (how == 0) {
        m_lines.erase(m_lines.begin() + (from - m_dropped), m_lines.end());
        return;
    }
    for (qint64 row = from; row < to; ++row)
        m_lines[static_cast<std::size_t>(row - m_dropped)] = {};
}

void TerminalText::command()
{
    // OSC 8 ; parameters ; address: a hyperlink until the next one. All others are for a real terminal.
    if (!m_command.startsWith("8;") || m_command.size() > longestCommand)
        return;
    const auto second = m_command.indexOf(';', 2);
    if (second < 0)
        return;
    const QString address = QString::fromUtf8(m_command.mid(second + 1));
    m_pen.link = 0;
    if (!address.isEmpty()) {
        const auto known = m_linkNumbers.constFind(address);
        if (known != m_linkNumbers.cend()) {
            m_pen.link = *known;
        } else if (m_links.size() < mostLinks) {
            m_pen.link = static_cast<quint16>(m_links.size());
            m_links.append(address);
            m_linkNumbers.insert(address, m_pen.link);
        }
    }
    penChanged();
}

// 38 or 48 at `at`: 5;n or 2;r;g;b, with colons also 2::r:g:b. Returns how many parameters follow.
int TerminalText::extendedColour(std::size_t at, quint32 &colour) const
{
    const auto byte = [this](std::size_t index) { return std::clamp(parameter(index, 0), 0, 255); };
    const bool colons = at + 1 < m_parameters.size() && m_parameters[at + 1].sub;
    std::size_t end = at + 1;
    while (colons && end < m_parameters.size() && m_parameters[end].sub)
        ++end;
    const int kind = parameter(at + 1, 0);
    if (kind == 5) {
        colour = indexed(byte(at + 2));
    } else if (kind == 2) {
        const std::size_t first = colons && end - at >= 6 ? at + 3 : at + 2; // the colour space is of no use
        colour = direct(qRgb(byte(first), byte(first + 1), byte(first + 2)));
    }
    if (colons)
        return static_cast<int>(end - at) - 1;
    return kind == 5 ? 2 : kind == 2 ? 4 : 1;
}

void TerminalText::rendition()
{
    if (m_parameters.empty())
        m_parameters.emplace_back();
    const auto set = [this](int attributes, bool on) {
        const int now = on ? m_pen.attributes | attributes : m_pen.attributes & ~attributes;
        m_pen.attributes = static_cast<quint16>(now);
    };
    for (std::size_t i = 0; i < m_parameters.size(); ++i) {
        if (m_parameters[i].sub)
            continue;
        const int code = parameter(i, 0);
        const bool noLine = i + 1 < m_parameters.size() && m_parameters[i + 1].sub && m_parameters[i + 1].value == 0;
        switch (code) {
        case 0: m_pen = {.link = m_pen.link}; break;
        case 1: set(Bold, true); break;
        case 2: set(Dim, true); break;
        case 3: set(Italic, true); break;
        case 4: set(Underline, !noLine); break;
        case 7: set(Inverse, true); break;
        case 9: set(Strike, true); break;
        case 21: set(Underline, true); break;
        case 22: set(Bold | Dim, false); break;
        case 23: set(Italic, false); break;
        case 24: set(Underline, false); break;
        case 27: set(Inverse, false); break;
        case 29: set(Strike, false); break;
        case 38: i += static_cast<std::size_t>(extendedColour(i, m_pen.ink)); break;
        case 39: m_pen.ink = 0; break;
        case 48: i += static_cast<std::size_t>(extendedColour(i, m_pen.paper)); break;
        case 49: m_pen.paper = 0; break;
        case 58: {
            quint32 underline = 0;
            i += static_cast<std::size_t>(extendedColour(i, underline));
            break;
        }
        default:
            if (code >= 30 && code <= 37)
                m_pen.ink = indexed(code - 30);
            else if (code >= 40 && code <= 47)
                m_pen.paper = indexed(code - 40);
            else if (code >= 90 && code <= 97)
                m_pen.ink = indexed(code - 90 + 8);
            else if (code >= 100 && code <= 107)
                m_pen.paper = indexed(code - 100 + 8);
        }
    }
    penChanged();
}

void TerminalText::penChanged()
{
    m_penNumber = intern(m_pen);
}

quint32 TerminalText::intern(const Style &style)
{
    if (style == Style())
        return 0;
    const StyleKey key{quint64(style.ink) << 32 | style.paper, quint32(style.attributes) << 16 | style.link};
    const auto known = m_styleNumbers.constFind(key);
    if (known != m_styleNumbers.cend())
        return *known;
    // A picture in all colours there are: what comes late is plain.
    if (m_styles.size() >= mostStyles)
        return 0;
    const auto number = static_cast<quint32>(m_styles.size());
    m_styles.push_back(style);
    m_styleNumbers.insert(key, number);
    return number;
}

} // namespace stepwire
