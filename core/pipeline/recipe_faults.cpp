#include "core/pipeline/recipe_reader.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <algorithm>

namespace stepwire::reading {

using namespace Qt::StringLiterals;

void Reader::fault(Place place, QString message)
{
    if (m_faults.size() < mostFaults)
        m_faults.push_back({m_file, place.line, place.column, std::move(message)});
    else
        ++m_untold;
}

void Reader::wrong(const QString &what, const toml::node &value, const QString &expected)
{
    fault(placeOf(value), what + u" is "_s + valueText(value) + u", expected "_s + expected);
}

QString Reader::suggest(QStringView word, const QStringList &known)
{
    qsizetype cost = 0;
    for (const QString &candidate : known)
        cost += candidate.size() + 1;
    m_suggestionBudget -= cost * (word.size() + 1);
    return m_suggestionBudget < 0 ? QString() : nearest(word, known);
}

/// What follows a name that is not known: the nearest one that is, else `otherwise`.
QString Reader::suggestion(QStringView word, const QStringList &known, const QString &otherwise)
{
    const QString near = suggest(word, known);
    return near.isEmpty() ? otherwise : u", did you mean "_s + quotedName(near) + u'?';
}

RecipeResult Reader::result(Recipe recipe)
{
    if (m_faults.empty())
        return recipe;
    std::stable_sort(m_faults.begin(), m_faults.end(), [](const Fault &a, const Fault &b) {
        return Place{a.line, a.column} < Place{b.line, b.column};
    });
    if (m_untold > 0)
        m_faults.push_back({m_file, 0, 0, u"there are "_s + QString::number(m_untold) + u" more faults"_s});
    return tl::unexpected(std::move(m_faults));
}

/// A fault for every key that is not known. Returns what they were probably meant to be, so that these are
/// not told as missing as well.
QSet<QString> Reader::checkKeys(const toml::table &table, const QStringList &known, const QString &where)
{
    QSet<QString> meant;
    for (const Entry &entry : inFileOrder(table)) {
        if (known.contains(entry.key))
            continue;
        const QString near = suggest(entry.key, known);
        QString message = u"unknown key "_s + quotedName(entry.key) + u" in "_s + where;
        if (!near.isEmpty()) {
            message += u", did you mean '"_s + near + u"'?"_s;
            meant.insert(near);
        }
        fault(entry.keyPlace, std::move(message));
    }
    return meant;
}

/// Where a text that is no UTF-8 stops being it. toml++ tells only the character before.
Place firstInvalid(QByteArrayView toml, qsizetype &at)
{
    Place place{1, 1};
    at = 0;
    while (at < toml.size()) {
        const auto lead = static_cast<unsigned char>(toml[at]);
        const qsizetype length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (!toml.sliced(at, std::min(length, toml.size() - at)).isValidUtf8())
            break;
        if (lead == '\n')
            place = {place.line + 1, 1};
        else
            ++place.column;
        at += length;
    }
    return place;
}

/// Where a text nests deeper or names longer keys than a pipeline can: toml++ takes dotted keys of any
/// length, and tables as deep as these overflow the stack when they are destroyed. Strings and comments are
/// stepped over; at a string that never ends the search does too, as the reading will.
std::optional<Place> tooDeep(QByteArrayView toml)
{
    constexpr int deepest = 32;
    constexpr int mostDots = 16;
    Place place{1, 1};
    int depth = 0;
    int dots = 0;
    qsizetype i = 0;
    const auto step = [&] {
        const char c = toml[i++];
        if (c == '\n')
            place = {place.line + 1, 1};
        else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80)
            ++place.column;
    };
    const auto startsWith = [&](QByteArrayView text) { return toml.sliced(i).startsWith(text); };
    while (i < toml.size()) {
        const char c = toml[i];
        if (c == '#') {
            while (i < toml.size() && toml[i] != '\n')
                step();
            continue;
        }
        if (c == '"' || c == '\'') {
            const QByteArrayView three = c == '"' ? "\"\"\"" : "'''";
            const bool isLong = startsWith(three);
            const QByteArrayView end = isLong ? three : three.first(1);
            for (qsizetype n = 0; n < end.size(); ++n)
                step();
            while (i < toml.size() && !startsWith(end)) {
                if (!isLong && toml[i] == '\n')
                    return {};
                if (c == '"' && toml[i] == '\\' && i + 1 < toml.size())
                    step();
                step();
            }
            // a long string may end in two quotes of its own
            for (qsizetype n = 0; n < (isLong ? 5 : 1) && i < toml.size() && toml[i] == c; ++n)
                step();
            continue;
        }
        if (c == '[' || c == '{')
            ++depth;
        else if (c == ']' || c == '}')
            depth = std::max(0, depth - 1);
        if (c == '.')
            ++dots;
        else if (c == '[' || c == ']' || c == '{' || c == '}' || c == '=' || c == ',' || c == '\n')
            dots = 0;
        if (depth > deepest || dots > mostDots)
            return place;
        step();
    }
    return {};
}

/// What toml++ says, in words that fit the other faults.
QString syntaxMessage(const toml::parse_error &error, QByteArrayView toml)
{
    QString message = fromToml(error.description());
    const QString opening = u"Error while parsing "_s;
    if (message.startsWith(opening))
        message = message.sliced(opening.size());
    else if (!message.isEmpty())
        message.front() = message.front().toLower();

    if (message.contains(u"could not determine value type"_s))
        return u"not valid TOML, value: expected a number, true, false or a text in quotes"_s;
    if (message.contains(u"control characters other than TAB"_s)) {
        // toml++ tells a string that its line does not close by the line feed in it
        qsizetype start = 0;
        for (toml::source_index line = 1; line < error.source().begin.line && start >= 0; ++line)
            start = toml.indexOf('\n', start) + 1;
        const QByteArrayView rest = toml.sliced(start);
        const QByteArrayView line = rest.first(rest.indexOf('\n') < 0 ? rest.size() : rest.indexOf('\n'));
        const QString shown = QString::fromUtf8(line);
        if (static_cast<qsizetype>(error.source().begin.column) > shown.toUcs4().size())
            return u"not valid TOML, "_s + message.section(u':', 0, 0)
                + u": expected its closing quote in the same line"_s;
    }
    QString clean = u"not valid TOML, "_s;
    for (const QChar c : std::as_const(message)) {
        if (c.isPrint())
            clean += c;
        else
            clean += u"\\u"_s + QString::number(c.unicode(), 16).rightJustified(4, u'0');
    }
    while (clean.endsWith(u'.') || clean.endsWith(u' '))
        clean.chop(1);
    return clean;
}

} // namespace stepwire::reading
