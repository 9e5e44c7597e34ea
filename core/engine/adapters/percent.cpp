// Percentages in any output, by a pattern.

#include "core/engine/adapters/adapters.h"

#include "core/model/quote.h"

namespace stepwire {

using namespace adapters;

namespace {

constexpr qsizetype longestSubject = 512;
constexpr qsizetype longestPattern = 1000;

/// A pattern with nested repeats may take for ever: PCRE gives up a line after so many tries.
QRegularExpression limited(const QString &pattern)
{
    return QRegularExpression(QStringLiteral("(*LIMIT_MATCH=20000)(*LIMIT_DEPTH=2000)") + pattern);
}

class PercentAdapter : public LineAdapter
{
public:
    explicit PercentAdapter(const QString &pattern) : m_pattern(limited(pattern)) { }

protected:
    std::optional<Progress> tells(Stream, const QByteArray &line) override
    {
        if (!m_pattern.isValid())
            return {};
        const QString subject = QString::fromUtf8(line.left(longestSubject));
        const QRegularExpressionMatch match = m_pattern.match(subject);
        if (!match.hasMatch())
            return {};
        QString number = match.captured(m_pattern.captureCount() > 0 ? 1 : 0).trimmed();
        if (number.endsWith(u'%'))
            number.chop(1);
        bool fine = false;
        const double percent = number.trimmed().replace(u',', u'.').toDouble(&fine);
        if (!fine || !(percent >= 0 && percent <= 100))
            return {};
        return percentOf(percent);
    }

private:
    QRegularExpression m_pattern;
};

} // namespace

std::unique_ptr<ToolAdapter> percentAdapter(const QString &pattern)
{
    return std::make_unique<PercentAdapter>(pattern);
}

std::optional<QString> percentPatternFault(const QString &pattern)
{
    if (pattern.isEmpty())
        return QStringLiteral("the pattern is empty");
    if (pattern.size() > longestPattern)
        return QStringLiteral("the pattern has %1 characters where at most %2 may be")
            .arg(pattern.size())
            .arg(longestPattern);
    const QRegularExpression own(pattern);
    const QRegularExpression &checked = own.isValid() ? limited(pattern) : own;
    if (!checked.isValid())
        return QStringLiteral("the pattern %1 is not valid at character %2: %3")
            .arg(quoted(pattern))
            .arg(own.patternErrorOffset() + 1)
            .arg(checked.errorString());
    return {};
}

} // namespace stepwire
