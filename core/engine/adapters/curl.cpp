// curl 7.88.1 (man page: PROGRESS METER, --progress-bar, --parallel), on stderr whenever the body goes elsewhere than
// to a terminal; each figure behind a CR, the heading once a transfer:
//       % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
//      26 3906k   26 1024k    0     0  1693k      0  0:00:02 --:--:--  0:00:02 1692k
//     100  960k    0  960k    0     0  1700k      0 --:--:-- --:--:-- --:--:-- 1699k      (length not known)
//     #######                                                                   10.5%       (-#)
//      40 --  2505k     0     2     1   0:00:03  0:00:01  0:00:02 1594k                     (-Z)
// Nothing is added.

#include "core/engine/adapters/adapters.h"

namespace stepwire::adapters {

namespace {

class Curl : public LineAdapter
{
public:
    /// `transfers`: how many there will be, if that can be told.
    Curl(std::optional<int> transfers) : m_transfers(transfers) { }

protected:
    std::optional<Progress> tells(Stream stream, const QByteArray &line) override
    {
        if (stream == Stream::Out)
            return {};
        if (line.startsWith("% Total")) {
            ++m_headings;
            return {};
        }
        if (line.startsWith("DL% UL%")) {
            m_parallel = true;
            return {};
        }
        const auto progress = figure(line);
        return progress ? std::optional(m_rising.keep(*progress)) : std::nullopt;
    }

    std::optional<Progress> tellsAlready(Stream stream, const QByteArray &line) const override
    {
        if (stream == Stream::Out)
            return {};
        const auto progress = figure(line);
        return progress ? std::optional(m_rising(*progress)) : std::nullopt;
    }

private:
    static std::optional<double> size(QStringView text)
    {
        if (text.isEmpty() || !text.front().isDigit())
            return {};
        const qsizetype digits = text.back().isDigit() ? text.size() : text.size() - 1;
        return bytesOf(text.first(digits), text.sliced(digits), 1024);
    }

    [[nodiscard]] std::optional<Progress> figure(const QByteArray &line) const
    {
        constexpr qsizetype longestFigure = 300;
        if (line.size() > longestFigure)
            return {};
        if (line.endsWith('%'))
            return bar(line);
        if (m_headings == 0 && !m_parallel)
            return {};
        const QStringList fields = QString::fromLatin1(line).simplified().split(u' ');
        return m_parallel ? parallel(fields) : meter(fields);
    }

    [[nodiscard]] std::optional<Progress> bar(const QByteArray &line) const
    {
        const qsizetype hashes = line.lastIndexOf('#') + 1;
        if (line.front() != '#' || m_transfers != 1)
            return {};
        bool fine = false;
        const double percent = line.sliced(hashes).chopped(1).trimmed().toDouble(&fine);
        return fine && percent <= 100 ? std::optional(percentOf(percent)) : std::nullopt;
    }

    [[nodiscard]] std::optional<Progress> parallel(const QStringList &fields) const
    {
        if (fields.size() < 6)
            return {};
        const auto done = size(fields[2]);
        if (!done)
            return {};
        Progress progress;
        progress.done = *done;
        progress.unit = QStringLiteral("bytes");
        bool fine = false;
        if (const int percent = fields[0].toInt(&fine); fine && percent >= 0 && percent <= 100)
            progress.fraction = percent / 100.0;
        return progress;
    }

    [[nodiscard]] std::optional<Progress> meter(const QStringList &fields) const
    {
        if (fields.size() < 7)
            return {};
        std::array<double, 6> figures; // per cent and bytes of the whole, received, sent
        for (qsizetype i = 0; i < 6; ++i) {
            const auto value = size(fields[i]);
            if (!value)
                return {};
            figures[static_cast<std::size_t>(i)] = *value;
        }
        const auto [percent, total, percentIn, in, percentOut, out] = figures;
        Progress progress;
        progress.done = std::max(in, out);
        progress.unit = QStringLiteral("bytes");
        // Answers that only point elsewhere are short and would be a whole of their own.
        constexpr double shortAnswer = 65536;
        const bool lengthKnown = total >= shortAnswer && (percentIn > 0 || percentOut > 0 || percent < 100);
        if (!lengthKnown || !m_transfers || m_headings > *m_transfers)
            return progress;
        progress.fraction = (m_headings - 1 + std::min(percent, 100.0) / 100) / *m_transfers;
        if (*m_transfers == 1)
            progress.total = std::max(total, progress.done);
        return progress;
    }

    std::optional<int> m_transfers;
    bool m_parallel = false;
    int m_headings = 0;
    Rising m_rising;
};

} // namespace

Adapter adaptCurl(Command &command)
{
    static const QStringList takeAddress = QStringLiteral("-e --referer -x --proxy --preproxy --doh-url -d --data "
                                                          "--data-raw --data-urlencode -H --header -b --cookie -A "
                                                          "--user-agent -F --form -w --write-out")
                                               .split(u' ');
    std::optional<int> transfers = countAddresses(command.args, takeAddress);
    if (transfers)
        transfers = std::max(*transfers, 1);
    if (hasShort(command.args, u"K") || hasLong(command.args, u"--config"))
        transfers.reset();
    return std::make_unique<Curl>(transfers);
}

} // namespace stepwire::adapters
