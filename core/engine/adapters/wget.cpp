// GNU Wget 1.21.3 (man page: --progress), on stderr: dots in a pipe, a bar that is redrawn behind CR in a terminal:
//     Length: 3000000 (2.9M) [video/mp4]
//         50K .......... .......... .......... .......... ..........  3% 1.16M 1s
//     w1                   11%[=>                  ] 328.00K  1.59MB/s               CR
//     2026-11-21 06:55:25 (1.57 MB/s) - ‘w1’ saved [3000000/3000000]
// Nothing is added: other programs go by this name (wget2, busybox), and refuse what it takes.

#include "core/engine/adapters/adapters.h"

namespace stepwire::adapters {

namespace {

class Wget : public LineAdapter
{
public:
    /// `files`: how many there will be, if that can be told.
    Wget(std::optional<int> files) : m_files(files) { }

protected:
    std::optional<Progress> tells(Stream stream, const QByteArray &line) override
    {
        if (stream == Stream::Out)
            return {};
        if (line.endsWith(']') && line.front() >= '0' && line.front() <= '9') {
            static const QRegularExpression saved(
                QStringLiteral("^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d \\(.*\\) .*\\[\\d+(?:/\\d+)?\\]$"));
            if (saved.match(QString::fromUtf8(line)).hasMatch()) {
                ++m_saved;
                m_length.reset();
            }
            return {};
        }
        // Translated, but always a word, the bytes, and the same for people.
        static const QRegularExpression length(QStringLiteral("^[^\\s:]+: (\\d+) \\([\\d.,]+[KMGT]\\)"));
        if (line.contains(": ")) {
            if (const auto match = length.match(QString::fromUtf8(line)); match.hasMatch())
                m_length = match.capturedView(1).toDouble();
        }
        const auto progress = figure(line);
        return progress ? std::optional(m_rising.keep(*progress)) : std::nullopt;
    }

    std::optional<Progress> tellsAlready(Stream stream, const QByteArray &line) const override
    {
        if (stream == Stream::Out || !line.contains("%["))
            return {};
        const auto progress = figure(line);
        return progress ? std::optional(m_rising(*progress)) : std::nullopt;
    }

private:
    [[nodiscard]] std::optional<Progress> figure(const QByteArray &line) const
    {
        static const QRegularExpression dots(
            QStringLiteral("^(\\d+)K[ .,]{5,}(?: (\\d{1,3})%)?(?: *[\\d.,]+[KMGT]?)?(?:[ =]\\S*)?$"));
        static const QRegularExpression bar(
            QStringLiteral("^(.*?) *(?:(\\d{1,3})%)?\\[[ +]*[<=>]*[ ]*\\] +([\\d.,]+)([KMGT]?)\\b"));
        const QString text = QString::fromUtf8(line);
        if (line.contains(" ....") || line.contains(" ,,,,")) {
            const auto match = dots.match(text);
            if (match.hasMatch())
                return progress(match.capturedView(1).toDouble() * 1024, match.captured(2), {});
        }
        if (line.contains("] ")) {
            const auto match = bar.match(text);
            if (match.hasMatch())
                return progress(bytesOf(match.captured(3).remove(u','), match.capturedView(4), 1024).value_or(0),
                                match.captured(2), message(match.capturedView(1)));
        }
        return {};
    }

    [[nodiscard]] Progress progress(double bytes, const QString &percent, const QString &file) const
    {
        Progress progress;
        progress.done = bytes;
        progress.unit = QStringLiteral("bytes");
        progress.message = file;
        if (percent.isEmpty() || !m_files || m_saved >= *m_files)
            return progress;
        const double part = std::min(percent.toDouble() / 100, 1.0);
        progress.fraction = (m_saved + part) / *m_files;
        if (*m_files == 1 && m_length)
            progress.total = std::max(*m_length, progress.done);
        return progress;
    }

    std::optional<int> m_files;
    int m_saved = 0;
    std::optional<double> m_length;
    Rising m_rising;
};

} // namespace

Adapter adaptWget(Command &command)
{
    static const QStringList takeAddress = QStringLiteral("--referer --header --post-data --body-data -e --execute -U "
                                                          "--user-agent -B --base -O --output-document")
                                               .split(u' ');
    const QStringList &args = command.args;
    std::optional<int> files = countAddresses(args, takeAddress);
    if (files)
        files = std::max(*files, 1);
    QStringList letters;
    for (const QString &arg : args) {
        if (arg.size() > 1 && !QStringView(u"OoaPUeA").contains(arg[1])) // a value may stand right behind these
            letters.append(arg);
    }
    if (hasShort(letters, u"irmp") || hasLong(args, u"--input-file") || hasLong(args, u"--recursive")
        || hasLong(args, u"--mirror") || hasLong(args, u"--page-requisites"))
        files.reset();
    return std::make_unique<Wget>(files);
}

} // namespace stepwire::adapters
