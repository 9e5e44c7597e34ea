#include "core/engine/adapters/adapters.h"

#include "core/model/quote.h"

#include <algorithm>
#include <cmath>

namespace stepwire {

std::optional<Progress> ToolAdapter::poll(qint64)
{
    return {};
}

} // namespace stepwire

namespace stepwire::adapters {

std::optional<Progress> LineAdapter::tellsAlready(Stream, const QByteArray &) const
{
    return {};
}

bool LineAdapter::hides(Stream, QByteArrayView, LineEnd) const
{
    return false;
}

bool LineAdapter::mayHide(Stream, QByteArrayView) const
{
    return false;
}

void LineAdapter::append(Cut &cut, QByteArrayView piece, QByteArray &shown)
{
    const qsizetype fits = std::min(piece.size(), longestLine - cut.line.size());
    cut.line.append(piece.first(fits));
    if (fits == piece.size())
        return;
    shown += QByteArrayView(cut.line).sliced(cut.given);
    shown += piece.sliced(fits);
    cut.given = cut.line.size();
    cut.tooLong = true;
}

void LineAdapter::end(Stream stream, Cut &cut, LineEnd lineEnd, Read &result) const
{
    const bool begun = cut.tooLong || cut.given > 0 || cut.crGiven;
    if (begun || !mayHide(stream, cut.line) || !hides(stream, cut.line, lineEnd)) {
        result.shown += QByteArrayView(cut.line).sliced(cut.given);
        if (!cut.crGiven && (lineEnd == LineEnd::Cr || lineEnd == LineEnd::CrLf))
            result.shown += '\r';
        if (lineEnd == LineEnd::Lf || lineEnd == LineEnd::CrLf)
            result.shown += '\n';
    }
    cut = {};
}

void LineAdapter::ask(Stream stream, const Cut &cut, Read &result)
{
    if (cut.tooLong || cut.line.isEmpty())
        return;
    const QByteArray line = plain(cut.line);
    if (line.isEmpty())
        return;
    if (auto progress = tells(stream, line))
        result.progress = std::move(progress);
}

ToolAdapter::Read LineAdapter::read(Stream stream, QByteArrayView bytes)
{
    Read result;
    result.shown.reserve(bytes.size());
    Cut &cut = m_cuts[static_cast<std::size_t>(stream)];
    while (!bytes.isEmpty()) {
        if (cut.cr) {
            const bool crLf = bytes.front() == '\n';
            end(stream, cut, crLf ? LineEnd::CrLf : LineEnd::Cr, result);
            if (crLf)
                bytes = bytes.sliced(1);
            continue;
        }
        const char *stop = std::find_if(bytes.begin(), bytes.end(), [](char c) { return c == '\n' || c == '\r'; });
        append(cut, bytes.first(stop - bytes.begin()), result.shown);
        if (stop == bytes.end())
            break;
        ask(stream, cut, result);
        bytes = bytes.sliced(stop - bytes.begin() + 1);
        if (*stop == '\n')
            end(stream, cut, LineEnd::Lf, result);
        else
            cut.cr = true;
    }
    if (!cut.cr && !cut.tooLong && !cut.line.isEmpty()) {
        const QByteArray line = plain(cut.line);
        if (auto progress = line.isEmpty() ? std::nullopt : tellsAlready(stream, line))
            result.progress = std::move(progress);
    }
    if (cut.tooLong || cut.given > 0 || cut.crGiven || !mayHide(stream, cut.line)) {
        result.shown += QByteArrayView(cut.line).sliced(cut.given);
        cut.given = cut.line.size();
        if (cut.cr && !std::exchange(cut.crGiven, true))
            result.shown += '\r';
    }
    return result;
}

ToolAdapter::Read LineAdapter::finish(Stream stream)
{
    Read result;
    Cut &cut = m_cuts[static_cast<std::size_t>(stream)];
    if (!cut.cr)
        ask(stream, cut, result);
    end(stream, cut, cut.cr ? LineEnd::Cr : LineEnd::None, result);
    return result;
}

static bool isBlank(char c)
{
    return c == ' ' || c == '\t';
}

QByteArray plain(QByteArrayView line)
{
    const bool clean =
        std::none_of(line.begin(), line.end(), [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; });
    if (!clean)
        return plainLine(QString::fromUtf8(line)).toUtf8();
    while (!line.isEmpty() && isBlank(line.front()))
        line = line.sliced(1);
    while (!line.isEmpty() && isBlank(line.back()))
        line.chop(1);
    return line.toByteArray();
}

QString message(QStringView text)
{
    constexpr qsizetype longest = 200;
    QString line = plainLine(text);
    if (line.size() > longest)
        line.truncate(line[longest - 1].isHighSurrogate() ? longest - 1 : longest);
    return line;
}

std::optional<double> bytesOf(QStringView number, QStringView unit, double kilo)
{
    bool fine = false;
    const double value = number.toDouble(&fine);
    if (!fine || !std::isfinite(value) || value < 0)
        return {};
    if (unit.endsWith(u'B'))
        unit.chop(1);
    if (unit.endsWith(u'i')) {
        unit.chop(1);
        kilo = 1024;
    }
    if (unit.isEmpty())
        return value;
    const qsizetype power = QStringView(u"KMGTPE").indexOf(unit.front().toUpper());
    if (unit.size() != 1 || power < 0)
        return {};
    return std::round(value * std::pow(kilo, static_cast<double>(power + 1)));
}

std::optional<double> secondsOf(QStringView text)
{
    const QList<QStringView> parts = text.split(u':');
    if (parts.size() > 3)
        return {};
    double seconds = 0;
    for (const QStringView part : parts) {
        bool fine = false;
        const double value = part.toDouble(&fine);
        if (!fine || !std::isfinite(value) || value < 0)
            return {};
        seconds = seconds * 60 + value;
    }
    return std::round(seconds * 1e6) / 1e6;
}

Progress percentOf(double percent)
{
    Progress progress;
    progress.done = std::round(std::clamp(percent, 0.0, 100.0) * 1e4) / 1e4;
    progress.total = 100;
    progress.unit = QStringLiteral("percent");
    normalise(progress);
    return progress;
}

Progress Rising::operator()(Progress progress) const
{
    normalise(progress);
    if (!m_highest)
        return progress;
    // An unknown figure after a known one would make the bar jump to nothing and back.
    progress.fraction = std::max(*m_highest, progress.fraction.value_or(0));
    if (progress.unit == QLatin1String("percent"))
        progress.done = std::max(progress.done, std::round(*m_highest * 1e6) / 1e4);
    return progress;
}

Progress Rising::keep(Progress progress)
{
    progress = (*this)(std::move(progress));
    m_highest = progress.fraction;
    return progress;
}

void Phases::set(const QString &id, const QString &title, double done, std::optional<double> total, const QString &unit)
{
    constexpr std::size_t mostPhases = 16;
    const auto known = std::find_if(m_phases.begin(), m_phases.end(), [&](const Phase &p) { return p.id == id; });
    if (known != m_phases.end()) {
        known->done = done;
        known->total = total;
        m_current = static_cast<std::size_t>(known - m_phases.begin());
        return;
    }
    if (m_phases.size() >= mostPhases)
        return;
    m_current = m_phases.size();
    m_phases.push_back({id, title, done, total, unit});
}

Progress Phases::progress()
{
    double before = 0;
    double whole = 0;
    std::optional<double> share;
    const Phase &current = m_phases[m_current];
    const auto partOf = [](const Phase &p) {
        return p.total && *p.total > 0 ? std::clamp(p.done / *p.total, 0.0, 1.0) : 0.0;
    };
    for (const Expected &expected : m_expected) {
        if (expected.id == current.id)
            share = before + expected.weight * partOf(current);
        before += expected.weight;
        whole += expected.weight;
    }
    Progress progress;
    progress.unit = QStringLiteral("percent");
    progress.message = current.title;
    progress.phases = m_phases;
    if (share) {
        Progress percent = percentOf(*share / whole * 100);
        progress.done = percent.done;
        progress.total = percent.total;
        progress.fraction = percent.fraction;
    }
    return m_rising.keep(std::move(progress));
}

QString Command::variable(const QString &name) const
{
    const auto own = env.find(name);
    return own != env.end() ? own->second : qEnvironmentVariable(qPrintable(name));
}

bool hasLong(const QStringList &args, QStringView prefix)
{
    return std::any_of(args.begin(), args.end(), [&](const QString &arg) {
        if (arg.size() < 3 || !arg.startsWith(u"--"))
            return false;
        const QStringView name = QStringView(arg).left(arg.indexOf(u'='));
        return name.startsWith(prefix) || prefix.startsWith(name);
    });
}

bool hasShort(const QStringList &args, QStringView letters)
{
    return std::any_of(args.begin(), args.end(), [&](const QString &arg) {
        return arg.size() > 1 && arg[0] == u'-' && arg[1] != u'-'
            && std::any_of(arg.begin() + 1, arg.end(), [&](QChar c) { return letters.contains(c); });
    });
}

std::optional<int> countAddresses(const QStringList &args, const QStringList &takeValue)
{
    static const QRegularExpression address(QStringLiteral("^[a-z][a-z0-9+.-]*://"),
                                            QRegularExpression::CaseInsensitiveOption);
    int count = 0;
    for (qsizetype i = 0; i < args.size(); ++i) {
        if (!address.match(args[i]).hasMatch() || (i > 0 && takeValue.contains(args[i - 1])))
            continue;
        if (args[i].contains(u'{') || args[i].contains(u'['))
            return {};
        ++count;
    }
    return count;
}

} // namespace stepwire::adapters
