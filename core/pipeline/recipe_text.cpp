#include "core/pipeline/recipe.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QLocale>

#include <array>
#include <cmath>

namespace stepwire {

using namespace Qt::StringLiterals;

static constexpr std::array<const char16_t *, 6> typeNames = {u"string", u"path", u"int", u"float", u"bool", u"choice"};

QString faultText(const Fault &fault)
{
    QString text = fault.file;
    if (fault.line > 0) {
        if (!text.isEmpty())
            text += u':';
        text += QString::number(fault.line) + u':' + QString::number(fault.column);
    }
    return text.isEmpty() ? fault.message : text + u": "_s + fault.message;
}

QString parameterTypeName(ParameterType type)
{
    return QString::fromUtf16(typeNames.at(static_cast<std::size_t>(type)));
}

QString quotedName(QStringView name)
{
    QString text = quoted(name);
    text.front() = u'\'';
    text.back() = u'\'';
    return text;
}

QString anyOf(const QStringList &words)
{
    constexpr qsizetype shown = 12;
    QString text;
    for (qsizetype i = 0; i < words.size(); ++i) {
        if (words.size() > shown && i >= shown - 2 && i + 1 < words.size()) {
            text += u", …"_s;
            i = words.size() - 1;
        }
        if (i > 0)
            text += i + 1 == words.size() ? u" or "_s : u", "_s;
        text += quoted(words[i]);
    }
    return text;
}

QString didYouMean(QStringView word, const QStringList &known)
{
    const QString near = nearest(word, known);
    return near.isEmpty() ? QString() : u", did you mean "_s + quotedName(near) + u'?';
}

QString numberText(double number)
{
    if (std::abs(number) <= static_cast<double>(largestExactInt) && number == std::trunc(number))
        return QString::number(static_cast<qint64>(number));
    return QString::number(number, 'g', QLocale::FloatingPointShortest);
}

std::optional<std::vector<TemplatePart>> splitTemplate(QStringView text)
{
    std::vector<TemplatePart> parts;
    const auto addText = [&](QStringView piece) {
        if (piece.isEmpty())
            return;
        if (parts.empty() || parts.back().isName)
            parts.push_back({});
        parts.back().text += piece;
    };
    while (true) {
        const qsizetype open = text.indexOf(u"{{");
        if (open < 0)
            break;
        addText(text.first(open));
        text = text.sliced(open + 2);
        if (text.startsWith(u"{{")) {
            addText(u"{{");
            text = text.sliced(2);
            continue;
        }
        const qsizetype close = text.indexOf(u"}}");
        if (close < 0)
            return {};
        parts.push_back({text.first(close).trimmed().toString(), true});
        text = text.sliced(close + 2);
    }
    addText(text);
    return parts;
}

} // namespace stepwire
