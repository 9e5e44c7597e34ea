// rsync 3.2.7 and 3.5.0, seen from `rsync -a --info=progress2` (man page: --info, -P). Figures are written over each
// other by CR, each behind one:
//     CR "      3,309,568  36%    2.93MB/s    0:00:01  "
//     CR "      6,000,000  66%    2.96MB/s    0:00:01 (xfr#1, to-chk=31/33)"
// progress2 counts the whole transfer; `ir-chk` says that the list of files still grows, and the per cent with it.
// --progress and -P count each file, but to-chk the files. --no-inc-recursive would make the first figures better but
// costs memory and time, so that it is not added.

#include "core/engine/adapters/adapters.h"

namespace stepwire::adapters {

namespace {

const QRegularExpression &figures()
{
    static const QRegularExpression pattern(
        QStringLiteral("^([\\d,.]+)([KMGTP]?) +(\\d{1,3})% +[\\d.,]+[kKMGTP]?B/s +[\\d:]+"
                       "(?: +\\(xfr#\\d+, (ir|to)-chk=(\\d+)/(\\d+)\\))?"));
    return pattern;
}

class Rsync : public LineAdapter
{
public:
    Rsync(bool whole, bool added) : m_whole(whole), m_added(added) { }

protected:
    std::optional<Progress> tells(Stream, const QByteArray &line) override
    {
        const auto match = line.contains("% ") ? figures().match(QString::fromUtf8(line)) : QRegularExpressionMatch();
        if (!match.hasMatch()) {
            if (!m_whole)
                m_file = message(QString::fromUtf8(line));
            return {};
        }
        if (match.hasCaptured(4)) {
            m_listGrows = match.capturedView(4) == u"ir";
            m_total = match.capturedView(6).toInt();
            m_checked = std::max(m_total - match.capturedView(5).toInt(), 0);
            if (!m_whole)
                return m_rising.keep(ofFiles(m_checked, 100));
        }
        return m_rising.keep(figure(match));
    }

    std::optional<Progress> tellsAlready(Stream, const QByteArray &line) const override
    {
        if (!line.contains("% "))
            return {};
        const auto match = figures().match(QString::fromUtf8(line));
        // What stands in brackets may still be coming.
        return match.hasMatch() && !match.hasCaptured(4) ? std::optional(m_rising(figure(match))) : std::nullopt;
    }

    bool hides(Stream, QByteArrayView line, LineEnd end) const override
    {
        if (!m_added)
            return false;
        if (line.isEmpty())
            return end == LineEnd::Cr;
        return line.contains("% ") && figures().match(QString::fromUtf8(plain(line))).hasMatch();
    }

    bool mayHide(Stream, QByteArrayView begin) const override
    {
        if (!m_added)
            return false;
        for (const char c : begin) {
            if (c >= '0' && c <= '9')
                return true;
            if (c != ' ')
                return false;
        }
        return true;
    }

private:
    [[nodiscard]] Progress ofFiles(double checked, int percent) const
    {
        Progress progress;
        progress.done = checked;
        progress.unit = QStringLiteral("items");
        if (m_total > 0 && !m_listGrows)
            progress.total = m_total;
        progress.phases.push_back(
            {QStringLiteral("file"), m_file, static_cast<double>(percent), 100, QStringLiteral("percent")});
        return progress;
    }

    [[nodiscard]] Progress figure(const QRegularExpressionMatch &match) const
    {
        const int percent = std::min(match.capturedView(3).toInt(), 100);
        if (!m_whole)
            return ofFiles(m_checked + percent / 100.0, percent);
        Progress progress;
        progress.unit = QStringLiteral("bytes");
        progress.done = bytesOf(match.captured(1).remove(u','), match.capturedView(2), 1000).value_or(0);
        if (!m_listGrows)
            progress.fraction = percent / 100.0;
        return progress;
    }

    bool m_whole;
    bool m_added;
    bool m_listGrows = false;
    int m_total = 0;
    int m_checked = 0;
    QString m_file;
    Rising m_rising;
};

} // namespace

Adapter adaptRsync(Command &command)
{
    const QStringList &args = command.args;
    const auto has = [&](QStringView prefix) { return hasLong(args, prefix); };
    // Dry runs and listings have no figures worth having; a daemon and a server speak a protocol.
    const bool asked = hasShort(args, u"qnPV") || has(u"--info") || has(u"--progress") || has(u"--quiet")
        || has(u"--dry-run") || has(u"--list-only") || has(u"--server") || has(u"--daemon") || has(u"--version")
        || has(u"--help") || args.contains(u"-h") || args.size() < 2;
    const bool add = command.mayAdd && !asked;
    if (add)
        command.add = {QStringLiteral("--info=progress2")};
    const bool whole =
        add || std::any_of(args.begin(), args.end(), [](const QString &arg) { return arg.contains(u"progress2"); });
    return std::make_unique<Rsync>(whole, add);
}

} // namespace stepwire::adapters
