// restic 0.14.0, seen from `restic backup` and `restic check`; 0.16 and later by the documentation ("restore", JSON of
// restore). With RESTIC_PROGRESS_FPS in its environment it also writes to a pipe, on stdout:
//     [0:01] 44.91%  25 files 102.785 MiB, total 60 files 228.882 MiB, 0 errors ETA 0:01
//     /big/f25                                                                  (one line a file it works on)
//     [0:00] 33.33%  5 / 15 packs
// The per cent is missing while it still looks for files. With --json, only when the user asks for it:
//     {"message_type":"status","percent_done":0.49,"total_files":60,"files_done":29,"total_bytes":…,"bytes_done":…}

#include "core/engine/adapters/adapters.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace stepwire::adapters {

namespace {

const QRegularExpression &bytesLine()
{
    static const QRegularExpression pattern(
        QStringLiteral("^\\[[\\d:]+\\] (?:([\\d.]+)% +)?(\\d+) (?:files(?:/dirs)?),? ([\\d.]+) ([KMGTPE]?i?B),"
                       "(?: total (\\d+) (?:files(?:/dirs)?) ([\\d.]+) ([KMGTPE]?i?B))?"));
    return pattern;
}

const QRegularExpression &countLine()
{
    static const QRegularExpression pattern(QStringLiteral("^\\[[\\d:]+\\] ([\\d.]+)% +(\\d+) / (\\d+) (\\S.*)$"));
    return pattern;
}

class Restic : public LineAdapter
{
public:
    Restic(bool added, bool backup, std::vector<Phases::Expected> expected)
        : m_added(added), m_backup(backup), m_phases(std::move(expected))
    {
    }

protected:
    std::optional<Progress> tells(Stream, const QByteArray &line) override
    {
        if (line.startsWith('{'))
            return status(QJsonDocument::fromJson(line).object());
        if (m_awaitsFile && line.startsWith('/')) {
            m_awaitsFile = false; // the first is the one that it has worked on longest
            m_last.message = message(QString::fromUtf8(line));
            return m_last;
        }
        if (!line.startsWith('['))
            return {};
        const QString text = QString::fromUtf8(line);
        if (const auto match = bytesLine().match(text); match.hasMatch()) {
            const bool knows = match.hasCaptured(1) && !match.capturedView(1).isEmpty();
            std::optional<double> total;
            if (match.hasCaptured(6))
                total = bytesOf(match.capturedView(6), match.capturedView(7), 1024);
            return bytes(bytesOf(match.capturedView(3), match.capturedView(4), 1024).value_or(0), total, knows);
        }
        if (const auto match = countLine().match(text); match.hasMatch()) {
            const QString what = message(match.capturedView(4));
            m_phases.set(what, what, match.capturedView(2).toDouble(), match.capturedView(3).toDouble(),
                         QStringLiteral("items"));
            return m_phases.progress();
        }
        return {};
    }

    bool hides(Stream stream, QByteArrayView line, LineEnd end) const override
    {
        if (!m_added || stream != Stream::Out || end == LineEnd::Cr)
            return false;
        if (m_backup && line.startsWith('/'))
            return true;
        if (!line.startsWith('['))
            return false;
        const QString text = QString::fromUtf8(plain(line));
        if (bytesLine().match(text).hasMatch())
            return true;
        const auto match = countLine().match(text);
        // The last figure of a count is written to a pipe at any rate.
        return match.hasMatch() && match.capturedView(2) != match.capturedView(3);
    }

    bool mayHide(Stream stream, QByteArrayView begin) const override
    {
        return m_added && stream == Stream::Out
            && (begin.isEmpty() || begin.front() == '[' || (m_backup && begin.front() == '/'));
    }

private:
    std::optional<Progress> status(const QJsonObject &object)
    {
        if (object[u"message_type"] != QLatin1String("status"))
            return {};
        double done = object[u"bytes_done"].toDouble();
        if (object[u"bytes_restored"].isDouble())
            done = object[u"bytes_restored"].toDouble();
        std::optional<double> total;
        if (object[u"total_bytes"].toDouble() > 0)
            total = object[u"total_bytes"].toDouble();
        Progress progress = bytes(std::max(done, 0.0), total, object[u"seconds_remaining"].toDouble() > 0);
        m_awaitsFile = false;
        if (const QString file = object[u"current_files"].toArray().at(0).toString(); !file.isEmpty())
            progress.message = m_last.message = message(file);
        return progress;
    }

    Progress bytes(double done, std::optional<double> total, bool knows)
    {
        // While it looks for files the total grows; it has all of them when it says so or the total stays.
        m_allFound = m_allFound || knows || (total && total == m_lastTotal);
        m_lastTotal = total;
        Progress progress;
        progress.unit = QStringLiteral("bytes");
        progress.done = done;
        if (m_allFound)
            progress.total = total;
        progress.message = m_last.message;
        m_last = m_rising.keep(std::move(progress));
        m_awaitsFile = true;
        return m_last;
    }

    bool m_added;
    bool m_backup;
    bool m_awaitsFile = false;
    bool m_allFound = false;
    std::optional<double> m_lastTotal;
    Progress m_last;
    Rising m_rising;
    Phases m_phases;
};

} // namespace

Adapter adaptRestic(Command &command)
{
    static const QStringList known = {QStringLiteral("backup"), QStringLiteral("restore"), QStringLiteral("check"),
                                      QStringLiteral("prune"), QStringLiteral("copy")};
    const QString variable = QStringLiteral("RESTIC_PROGRESS_FPS");
    const QStringList &args = command.args;
    // The subcommand may stand behind options whose values look like it; each of these is safe to be made to talk.
    const auto verb = std::find_if(args.begin(), args.end(), [&](const QString &arg) { return known.contains(arg); });
    const bool others = std::any_of(args.begin(), args.end(), [](const QString &arg) {
        return arg == u"dump" || arg == u"cat" || arg == u"mount" || arg == u"ls" || arg == u"find" || arg == u"diff";
    });
    const bool add = command.mayAdd && !command.terminal && verb != args.end() && !others && !hasShort(args, u"qh")
        && !hasLong(args, u"--quiet") && !hasLong(args, u"--json") && !hasLong(args, u"--help")
        && !hasLong(args, u"--dry-run") && !hasShort(args, u"n") && command.variable(variable).isEmpty();
    if (add)
        command.addEnv.emplace_back(variable, QStringLiteral("5"));
    std::vector<Phases::Expected> expected;
    if (verb != args.end() && *verb == u"check") {
        const bool readsData = hasLong(args, u"--read-data");
        expected.push_back({QStringLiteral("snapshots"), readsData ? 1.0 : 10.0});
        if (readsData)
            expected.push_back({QStringLiteral("packs"), 9});
    }
    return std::make_unique<Restic>(add, add && *verb == u"backup", std::move(expected));
}

} // namespace stepwire::adapters
