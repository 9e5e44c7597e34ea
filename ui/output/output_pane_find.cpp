#include "ui/output/output_pane.h"

#include <QRegularExpression>
#include <QScrollBar>

#include <algorithm>

// What the pane finds in its lines: addresses, and what is searched for.

namespace stepwire {

namespace {

constexpr int mostMatches = 100'000;

bool mayOpen(const QUrl &url)
{
    static const QStringList schemes{QStringLiteral("http"), QStringLiteral("https"), QStringLiteral("ftp"),
                                     QStringLiteral("mailto"), QStringLiteral("file")};
    return url.isValid() && schemes.contains(url.scheme());
}

} // namespace

// ---- links

QUrl OutputPane::linkAt(const QPoint &where) const
{
    const auto link = linkAt(placeAt(where, false));
    return link ? link->url : QUrl();
}

std::optional<OutputPane::Link> OutputPane::linkAt(const Place &place) const
{
    const TerminalText::Line *line = lineAt(place);
    if (!line || place.column < 0 || place.column >= line->text.size())
        return std::nullopt;
    const TerminalText &text = m_sections[static_cast<std::size_t>(place.section)]->text;
    const auto number = [&](int column) { return text.style(text.styleAt(*line, column)).link; };
    if (const quint16 link = number(place.column); link != 0) {
        int from = place.column;
        int to = place.column + 1;
        while (from > 0 && number(from - 1) == link)
            --from;
        while (to < line->text.size() && number(to) == link)
            ++to;
        const QUrl url(text.link(link), QUrl::StrictMode);
        if (!mayOpen(url))
            return std::nullopt;
        const bool disguised = TerminalText::plain(QStringView(line->text).mid(from, to - from)) != text.link(link);
        return Link{{place.section, place.line, from}, to - from, url, disguised};
    }
    // A path is taken for one when it is absolute and has two parts at least: `/s` is more often something else.
    static const QRegularExpression pattern(
        QStringLiteral("(?<url>\\b(?:https?|ftp|file)://[^\\s<>\"'`|\\\\^{}]+)"
                       "|(?<![\\w/.:~@%+=-])(?<path>/[\\w.@%+=~,-]+(?:/[\\w.@%+=~,-]+)+/?)(?::\\d+)*"),
        QRegularExpression::UseUnicodePropertiesOption);
    // Around the place alone: a line may be long.
    constexpr int reach = 2000;
    const int begin = std::max(0, place.column - reach);
    const QString near = line->text.mid(begin, 2 * reach);
    for (auto it = pattern.globalMatch(near); it.hasNext();) {
        const QRegularExpressionMatch match = it.next();
        const int start = begin + static_cast<int>(match.capturedStart());
        if (start > place.column)
            break;
        const bool isUrl = match.hasCaptured(u"url");
        QString found = match.captured(isUrl ? u"url" : u"path");
        // What ends the sentence around it is not part of it; a bracket only when it was opened within.
        while (!found.isEmpty()) {
            const QChar last = found.back();
            const bool closes = (last == u')' && found.count(u')') > found.count(u'('))
                || (last == u']' && found.count(u']') > found.count(u'['));
            if (!closes && !QStringView(u".,;:!?").contains(last))
                break;
            found.chop(1);
        }
        const int length = static_cast<int>(found.size());
        if (place.column >= start + length)
            continue;
        found.remove(TerminalText::filler);
        const QUrl url = isUrl ? QUrl(found) : QUrl::fromLocalFile(found);
        if (!mayOpen(url))
            return std::nullopt;
        return Link{{place.section, place.line, start}, length, url, false};
    }
    return std::nullopt;
}

void OutputPane::hover(const QPoint &where)
{
    m_mouse = where;
    const bool had = m_hovered.has_value();
    const auto before = had ? std::optional(m_hovered->place) : std::nullopt;
    m_hovered =
        viewport()->underMouse() || viewport()->rect().contains(where) ? linkAt(placeAt(where, false)) : std::nullopt;
    const auto now = m_hovered ? std::optional(m_hovered->place) : std::nullopt;
    if (before == now)
        return;
    viewport()->setCursor(m_hovered ? Qt::PointingHandCursor : Qt::IBeamCursor);
    viewport()->update();
}

// ---- search

void OutputPane::find(Section &section, qint64 from)
{
    std::erase_if(section.matches, [&section, from](const Match &match) {
        return match.line < section.text.dropped() || match.line >= from;
    });
    const TerminalText &text = section.text;
    const int size = static_cast<int>(m_needle.size());
    int room = mostMatches;
    for (const auto &other : m_sections)
        room -= static_cast<int>(other->matches.size());
    const int count = text.lineCount();
    for (int number = static_cast<int>(std::max<qint64>(from - text.dropped(), 0)); number < count; ++number) {
        const TerminalText::Line &line = text.line(number);
        const bool wide = line.text.contains(TerminalText::filler);
        const QString plain = wide ? TerminalText::plain(line.text) : line.text;
        qsizetype at = 0;
        while ((at = plain.indexOf(m_needle, at, Qt::CaseInsensitive)) >= 0) {
            if (room-- <= 0) {
                m_tooMany = true;
                return;
            }
            int start = static_cast<int>(at);
            int length = size;
            if (wide) {
                const auto column = [&line](qsizetype index) {
                    int i = 0;
                    for (; i < line.text.size(); ++i) {
                        if (line.text[i] != TerminalText::filler && index-- == 0)
                            break;
                    }
                    return i;
                };
                start = column(at);
                length = column(at + size) - start;
            }
            section.matches.push_back({text.dropped() + number, start, length});
            at += size;
        }
    }
}

void OutputPane::findAll()
{
    m_tooMany = false;
    for (const auto &section : m_sections)
        section->matches.clear();
    if (!m_needle.isEmpty()) {
        for (const auto &section : m_sections) {
            if (section->firstRow >= 0)
                find(*section, 0);
        }
    }
    viewport()->update();
    Q_EMIT matchesChanged();
}

void OutputPane::search(const QString &needle)
{
    if (needle == m_needle)
        return;
    m_needle = needle;
    const Place from = m_match.value_or(placeOf(verticalScrollBar()->value(), 0));
    m_match.reset();
    findAll();
    if (matchCount() == 0)
        return;
    // The one before the place, so that the next is the first from it on.
    m_match = Place{from.section, from.line, from.column - 1};
    searchNext();
}

void OutputPane::searchNext(bool backwards)
{
    const Place now = m_match.value_or(placeOf(verticalScrollBar()->value(), -1));
    std::optional<Place> next;
    std::optional<Place> wrapped;
    for (int i = 0; i < static_cast<int>(m_sections.size()); ++i) {
        const Section &section = *m_sections[static_cast<std::size_t>(i)];
        if (section.firstRow < 0 || section.matches.empty())
            continue;
        const auto placed = [i](const Match &match) { return Place{i, match.line, match.start}; };
        if (backwards) {
            const auto after = std::ranges::lower_bound(section.matches, now, {}, placed);
            if (after != section.matches.begin())
                next = placed(*std::prev(after));
            wrapped = placed(section.matches.back());
        } else {
            const auto after = std::ranges::upper_bound(section.matches, now, {}, placed);
            if (after != section.matches.end() && !next)
                next = placed(*after);
            if (!wrapped)
                wrapped = placed(section.matches.front());
        }
    }
    m_match = next ? next : wrapped;
    if (m_match)
        showPlace(*m_match, true);
    viewport()->update();
    Q_EMIT matchesChanged();
}

int OutputPane::matchCount() const
{
    int count = 0;
    for (const auto &section : m_sections)
        count += static_cast<int>(section->matches.size());
    return count;
}

int OutputPane::currentMatch() const
{
    if (!m_match)
        return 0;
    int before = 0;
    for (int i = 0; i < static_cast<int>(m_sections.size()); ++i) {
        const std::vector<Match> &matches = m_sections[static_cast<std::size_t>(i)]->matches;
        if (i != m_match->section) {
            before += static_cast<int>(matches.size());
            continue;
        }
        const auto placed = [i](const Match &match) { return Place{i, match.line, match.start}; };
        const auto at = std::ranges::lower_bound(matches, *m_match, {}, placed);
        if (at == matches.end() || placed(*at) != *m_match)
            return 0;
        return before + static_cast<int>(at - matches.begin()) + 1;
    }
    return 0;
}
} // namespace stepwire
