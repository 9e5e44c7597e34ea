// pv 1.6.20 (man page: -f, -n), on stderr, each figure ended by CR, the last by CR LF; nothing at all in a pipe but
// with -f, which is added there (-n would say only per cent, and nonsense where the length is not known):
//     2.40MiB 0:00:01 [1.66MiB/s] [====================>             ] 62% ETA 0:00:00
//     1.80MiB 0:00:00 [3.32MiB/s] [ <=>                              ]                        (length not known)
// The user's own -n: `62`, and with -b `2516582`.

#include "core/engine/adapters/adapters.h"

namespace stepwire::adapters {

namespace {

class Pv : public LineAdapter
{
public:
    Pv(bool added, bool numeric, bool numericBytes) : m_added(added), m_numeric(numeric), m_numericBytes(numericBytes)
    {
    }

protected:
    std::optional<Progress> tells(Stream stream, const QByteArray &line) override
    {
        const auto progress = figure(stream, line);
        return progress ? std::optional(m_rising.keep(*progress)) : std::nullopt;
    }

    bool hides(Stream stream, QByteArrayView line, LineEnd end) const override
    {
        return m_added && stream == Stream::Err && (end == LineEnd::Cr || end == LineEnd::CrLf)
            && !line.startsWith("pv: ");
    }

    bool mayHide(Stream stream, QByteArrayView begin) const override
    {
        return m_added && stream == Stream::Err && !begin.startsWith("pv: ");
    }

private:
    [[nodiscard]] std::optional<Progress> figure(Stream stream, const QByteArray &line) const
    {
        if (stream == Stream::Out)
            return {};
        if (m_numeric) {
            bool fine = false;
            const double value = line.toDouble(&fine);
            if (!fine || !std::isfinite(value) || value < 0)
                return {};
            if (!m_numericBytes)
                return value <= 100 ? std::optional(percentOf(value)) : std::nullopt;
            Progress progress;
            progress.done = value;
            progress.unit = QStringLiteral("bytes");
            return progress;
        }
        static const QRegularExpression size(QStringLiteral("(?:^|[\\s:])([\\d.]+) ?([KMGTPE]?i?B)(?![/\\w])"),
                                             QRegularExpression::CaseInsensitiveOption);
        static const QRegularExpression percent(QStringLiteral("(?:^|[\\s\\]])(\\d{1,3})%(?:\\s|$)"));
        if (!line.contains('%') && !line.contains('B'))
            return {};
        const QString text = QString::fromUtf8(line);
        const auto bytes = size.match(text);
        const auto part = percent.match(text);
        if (!bytes.hasMatch() && !part.hasMatch())
            return {};
        Progress progress;
        if (!bytes.hasMatch())
            return percentOf(part.capturedView(1).toDouble());
        progress.done = bytesOf(bytes.capturedView(1), bytes.capturedView(2), 1024).value_or(0);
        progress.unit = QStringLiteral("bytes");
        if (part.hasMatch())
            progress.fraction = std::min(part.capturedView(1).toDouble() / 100, 1.0);
        return progress;
    }

    bool m_added;
    bool m_numeric;
    bool m_numericBytes;
    Rising m_rising;
};

} // namespace

Adapter adaptPv(Command &command)
{
    const QStringList &args = command.args;
    const auto has = [&](QStringView name) { return hasLong(args, name); };
    const bool asked = hasShort(args, u"fnqcdRPhV") || has(u"--force") || has(u"--numeric") || has(u"--quiet")
        || has(u"--cursor") || has(u"--watchfd") || has(u"--remote") || has(u"--pidfile") || has(u"--help")
        || has(u"--version") || has(u"--query");
    const bool add = command.mayAdd && !command.terminal && !asked;
    if (add)
        command.add = {QStringLiteral("-f")};
    return std::make_unique<Pv>(add, hasShort(args, u"n") || has(u"--numeric"),
                                hasShort(args, u"b") || has(u"--bytes"));
}

} // namespace stepwire::adapters
