// yt-dlp 2023.03.04 (a file over HTTP; several formats and playlists by its source: downloader/common.py,
// YoutubeDL.py), on stdout, or on stderr where the video goes to stdout, each figure behind a CR, behind `ESC [ K` in a
// terminal:
//     [download] Downloading item 2 of 10
//     [info] 3000000: Downloading 1 format(s): mp4                  (137+140: two files)
//     [download] Destination: y1.mp4
//     [download]  17.4% of    2.86MiB at    1.77MiB/s ETA 00:01     (of ~ 2.86MiB: guessed)
// Nothing is added: it draws in a pipe as well.

#include "core/engine/adapters/adapters.h"

namespace stepwire::adapters {

namespace {

class YtDlp : public LineAdapter
{
protected:
    std::optional<Progress> tells(Stream, const QByteArray &line) override
    {
        if (line.startsWith("[download]"))
            return download(QString::fromUtf8(line));
        if (line.startsWith("[info] ")) {
            static const QRegularExpression formats(QStringLiteral(": Downloading \\d+ format\\(s\\): (\\S+)$"));
            if (const auto match = formats.match(QString::fromUtf8(line)); match.hasMatch()) {
                m_parts = static_cast<int>(match.capturedView(1).count(u'+')) + 1;
                m_part = 0;
            }
        }
        return {};
    }

private:
    std::optional<Progress> download(const QString &line)
    {
        static const QRegularExpression item(
            QStringLiteral("^\\[download\\] Downloading (?:item|video) (\\d+) of (\\d+)"));
        static const QRegularExpression figure(
            QStringLiteral("^\\[download\\] +([\\d.]+)% of +(~ *)?([\\d.]+)([KMGT]?i?B)"));
        if (const auto match = item.match(line); match.hasMatch()) {
            m_item = match.capturedView(1).toInt();
            m_items = std::max({match.capturedView(2).toInt(), m_item, 1});
            m_part = 0;
            m_parts = 1;
            return {};
        }
        if (line.startsWith(u"[download] Destination: ")) {
            m_file = message(QStringView(line).sliced(24));
            ++m_part;
            return {};
        }
        const auto match = figure.match(line);
        if (!match.hasMatch())
            return {};
        const double part = std::clamp(match.capturedView(1).toDouble() / 100, 0.0, 1.0);
        Progress progress;
        const int index = std::clamp(m_part - 1, 0, m_parts - 1);
        const double ofItem = (index + part) / m_parts;
        if (m_items == 1 && m_parts == 1) {
            const double size = bytesOf(match.capturedView(3), match.capturedView(4), 1024).value_or(0);
            progress.unit = QStringLiteral("bytes");
            progress.done = std::round(size * part);
            progress.fraction = part;
            if (match.capturedView(2).isEmpty() && size > 0)
                progress.total = size;
        } else {
            progress = percentOf((std::max(m_item - 1, 0) + ofItem) / m_items * 100);
        }
        progress.message = m_file;
        return m_rising.keep(std::move(progress));
    }

    int m_item = 1;
    int m_items = 1;
    int m_part = 0; // of the item's formats, each a file; 0 before the first
    int m_parts = 1;
    QString m_file;
    Rising m_rising;
};

} // namespace

Adapter adaptYtDlp(Command &)
{
    return std::make_unique<YtDlp>();
}

} // namespace stepwire::adapters
