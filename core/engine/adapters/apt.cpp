// apt and apt-get 2.6.1 with dpkg 1.21.22, seen from install, purge and update, on stdout, CR LF where dpkg writes:
//     0 upgraded, 5 newly installed, 0 to remove and 132 not upgraded.
//     Get:3 http://deb.debian.org/debian bookworm/main amd64 hello amd64 2.10-3 [53.1 kB]
//     Unpacking hello (2.10-3) ...
//     Setting up hello (2.10-3) ...
//     Removing hello (2.10-3) ...
// and in a terminal `85% [Working]` and, of apt, `Progress: [ 45%]` in the last row. Words are translated, numbers and
// brackets are not. Nothing is added: with APT::Status-Fd=2 apt closes stderr on execution, so that the scripts of
// packages and apt's hooks run without one unless dpkg has a terminal (observed; other descriptors do not reach us).

#include "core/engine/adapters/adapters.h"

namespace stepwire::adapters {

namespace {

class Apt : public LineAdapter
{
protected:
    std::optional<Progress> tells(Stream stream, const QByteArray &line) override
    {
        if (stream == Stream::Err)
            return {};
        if (stream == Stream::Tty) {
            if (auto progress = drawn(line))
                return progress;
        }
        if (line.endsWith("...") && line.contains(" (") && line.contains(") "))
            return operation(QString::fromUtf8(line));
        if (line.endsWith(']'))
            return download(QString::fromUtf8(line));
        if (line.front() >= '0' && line.front() <= '9')
            summary(QString::fromUtf8(line));
        return {};
    }

private:
    static constexpr double downloadShare = 0.4;

    void summary(const QString &line)
    {
        // So many upgraded, installed (reinstalled, downgraded), to remove, not upgraded.
        static const QRegularExpression pattern(
            QStringLiteral("^\\d+ [^\\d:()\\[\\]]+(?:\\d+ [^\\d:()\\[\\]]+){3,5}$"));
        if (m_operations > 0 || !pattern.match(line).hasMatch())
            return;
        static const QRegularExpression number(QStringLiteral("\\d+"));
        std::vector<int> numbers;
        for (auto it = number.globalMatch(line); it.hasNext();)
            numbers.push_back(std::min(it.next().capturedView().toInt(), 100'000));
        for (std::size_t i = 0; i + 2 < numbers.size(); ++i)
            m_packages += numbers[i];
        m_operations = 2 * m_packages + numbers[numbers.size() - 2];
    }

    std::optional<Progress> download(const QString &line)
    {
        static const QRegularExpression pattern(
            QStringLiteral("^\\S+:(\\d+) [a-z+]+://\\S+ .*\\[[\\d.,]+ [kMG]?B\\]$"));
        const auto match = pattern.match(line);
        if (!match.hasMatch() || m_packages == 0)
            return {};
        m_fetched = std::min(match.capturedView(1).toInt(), m_packages);
        return report(QString());
    }

    std::optional<Progress> operation(const QString &line)
    {
        static const QRegularExpression pattern(QStringLiteral("^\\S[^()]* \\([^()\\s]+\\) .*\\.\\.\\.$"));
        if (m_operations == 0 || !pattern.match(line).hasMatch())
            return {};
        // Said when it begins; what began before it is done.
        m_begun = std::min(m_begun + 1, m_operations);
        QString what = line;
        what.chop(3);
        return report(message(what));
    }

    std::optional<Progress> drawn(const QByteArray &line)
    {
        static const QRegularExpression bar(QStringLiteral(".*Progress: \\[ *(\\d{1,3})%\\]"));
        static const QRegularExpression working(QStringLiteral("^(\\d{1,3})% \\["));
        if (line.contains("Progress: [")) {
            if (const auto match = bar.match(QString::fromUtf8(line)); match.hasMatch()) {
                m_drawn = std::min(match.capturedView(1).toInt(), 100);
                m_begun = std::max(m_begun, 1);
                return report(QString());
            }
        }
        if (line.contains("% [") && m_begun == 0) {
            if (const auto match = working.match(QString::fromUtf8(line)); match.hasMatch()) {
                m_downloaded = std::min(match.capturedView(1).toInt(), 100) / 100.0;
                return report(QString());
            }
        }
        return {};
    }

    Progress report(const QString &what)
    {
        const bool downloads = m_fetched > 0 || m_downloaded;
        const double share = downloads ? downloadShare : 0;
        double installed = m_operations > 0 ? std::max(m_begun - 1, 0) / static_cast<double>(m_operations) : 0;
        if (m_drawn)
            installed = *m_drawn / 100.0;
        double downloaded = m_downloaded.value_or(0);
        if (!m_downloaded && m_packages > 0)
            downloaded = std::max(m_fetched - 1, 0) / static_cast<double>(m_packages);
        if (m_begun > 0)
            downloaded = 1;
        Progress progress = percentOf(100 * (share * downloaded + (1 - share) * installed));
        progress.message = what;
        return m_rising.keep(std::move(progress));
    }

    int m_packages = 0; // that are installed or upgraded
    int m_operations = 0; // unpacked, set up, removed
    int m_fetched = 0; // whose download began
    int m_begun = 0;
    std::optional<double> m_downloaded;
    std::optional<int> m_drawn;
    Rising m_rising;
};

} // namespace

Adapter adaptApt(Command &)
{
    return std::make_unique<Apt>();
}

} // namespace stepwire::adapters
