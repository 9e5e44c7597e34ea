// borg 1.2.4, seen from `borg --progress create|extract|check|delete|export-tar` (man page borg-common: --progress); on
// stderr, each line ended by CR and by nothing else, in a pipe as in a terminal:
//     116.00 MB O 116.00 MB C 116.00 MB D 28 N big/f28        (create; O is what was read)
//       1.6% Extracting: big/f01
//     Checking segments 7.1%
//     Verifying data   0.57%
//     Saving files cache
// create does not know how much there will be. With --log-json, only when the user asks for it:
//     {"original_size": 0, …, "nfiles": 0, "path": "big", "type": "archive_progress", "finished": false}
//     {"current": 7, "total": 100, "operation": 1, "msgid": "extract", "type": "progress_percent", …}

#include "core/engine/adapters/adapters.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace stepwire::adapters {

namespace {

const QRegularExpression &sizes()
{
    static const QRegularExpression pattern(QStringLiteral("^([\\d.]+) ([kKMGTPE]?i?B) O .*?\\b(\\d+) N(?: (.*))?$"));
    return pattern;
}

const QRegularExpression &percentFirst()
{
    static const QRegularExpression pattern(QStringLiteral("^([\\d.]+)% ([^:%]+): (.*)$"));
    return pattern;
}

const QRegularExpression &percentLast()
{
    static const QRegularExpression pattern(QStringLiteral("^([A-Z][^%:]*?) +([\\d.]+)%$"));
    return pattern;
}

bool isFigure(const QString &text)
{
    return sizes().match(text).hasMatch() || percentFirst().match(text).hasMatch()
        || percentLast().match(text).hasMatch();
}

constexpr std::array words = {"Initializing cache transaction: ",
                              "Saving ",
                              "Calculating ",
                              "Checking ",
                              "Verifying ",
                              "Decrementing ",
                              "Compacting ",
                              "Merging ",
                              "Rebuilding ",
                              "Replaying ",
                              "Analyzing "};

class Borg : public LineAdapter
{
public:
    Borg(bool added, std::vector<Phases::Expected> expected) : m_added(added), m_phases(std::move(expected)) { }

protected:
    std::optional<Progress> tells(Stream stream, const QByteArray &line) override
    {
        if (stream == Stream::Out)
            return {};
        if (line.startsWith('{'))
            return fromJson(QJsonDocument::fromJson(line).object());
        const QString text = QString::fromUtf8(line);
        if (const auto match = sizes().match(text); match.hasMatch())
            return ofBytes(bytesOf(match.capturedView(1), match.capturedView(2), 1000).value_or(0), match.captured(4));
        if (const auto match = percentFirst().match(text); match.hasMatch()) {
            const QString what = match.captured(2);
            Progress progress = ofPercent(what, what, match.capturedView(1).toDouble());
            progress.message = message(match.capturedView(3));
            return progress;
        }
        if (const auto match = percentLast().match(text); match.hasMatch())
            return ofPercent(match.captured(1), match.captured(1), match.capturedView(2).toDouble());
        return {};
    }

    bool hides(Stream stream, QByteArrayView line, LineEnd end) const override
    {
        if (!m_added || stream == Stream::Out || end != LineEnd::Cr)
            return false;
        const QByteArray text = plain(line);
        if (text.isEmpty())
            return true;
        if (text.front() >= '0' && text.front() <= '9')
            return isFigure(QString::fromUtf8(text));
        return std::any_of(words.begin(), words.end(), [&](const char *word) { return text.startsWith(word); });
    }

    bool mayHide(Stream stream, QByteArrayView begin) const override
    {
        if (!m_added || stream == Stream::Out)
            return false;
        while (!begin.isEmpty() && begin.front() == ' ')
            begin = begin.sliced(1);
        if (begin.isEmpty() || (begin.front() >= '0' && begin.front() <= '9'))
            return true;
        return std::any_of(words.begin(), words.end(), [&](const char *word) {
            return begin.startsWith(word) || QByteArrayView(word).startsWith(begin);
        });
    }

private:
    Progress ofBytes(double done, const QString &file)
    {
        Progress progress;
        progress.done = done;
        progress.unit = QStringLiteral("bytes");
        progress.message = message(file);
        return progress;
    }

    Progress ofPercent(const QString &id, const QString &title, double percent)
    {
        m_phases.set(id.left(80), message(title), std::clamp(percent, 0.0, 100.0), 100, QStringLiteral("percent"));
        return m_phases.progress();
    }

    std::optional<Progress> fromJson(const QJsonObject &object)
    {
        if (object[u"finished"].toBool())
            return {};
        const QString type = object[u"type"].toString();
        if (type == u"archive_progress" && object[u"original_size"].toDouble(-1) >= 0)
            return ofBytes(object[u"original_size"].toDouble(), object[u"path"].toString());
        const double total = object[u"total"].toDouble();
        if (type != u"progress_percent" || !(total > 0))
            return {};
        const QString id = object[u"msgid"].toString();
        return ofPercent(id, id, object[u"current"].toDouble() / total * 100);
    }

    bool m_added;
    Phases m_phases;
};

} // namespace

Adapter adaptBorg(Command &command)
{
    static const QStringList known = {
        QStringLiteral("create"),   QStringLiteral("extract"),    QStringLiteral("check"),
        QStringLiteral("prune"),    QStringLiteral("delete"),     QStringLiteral("compact"),
        QStringLiteral("recreate"), QStringLiteral("export-tar"), QStringLiteral("import-tar")};
    const QStringList &args = command.args;
    const auto verb = std::find_if(args.begin(), args.end(), [](const QString &arg) { return !arg.startsWith(u'-'); });
    const QString name = verb == args.end() ? QString() : *verb;
    const bool add = command.mayAdd && known.contains(name) && !hasLong(args, u"--progress") && !hasShort(args, u"pqhn")
        && !hasLong(args, u"--quiet") && !hasLong(args, u"--json") && !hasLong(args, u"--log-json")
        && !hasLong(args, u"--critical") && !hasLong(args, u"--error") && !hasLong(args, u"--dry-run")
        && !hasLong(args, u"--help");
    if (add)
        command.add = {QStringLiteral("--progress")};

    std::vector<Phases::Expected> expected;
    const auto expect = [&](const char16_t *text, const char16_t *msgid) {
        const bool json = hasLong(args, u"--log-json");
        expected.push_back({QString(QStringView(json ? msgid : text).toString()), 1});
    };
    if (name == u"extract")
        expect(u"Extracting", u"extract");
    else if (name == u"export-tar")
        expect(u"Processing", u"extract");
    else if (name == u"delete")
        expect(u"Decrementing references", u"cache.delete");
    else if (name == u"compact")
        expect(u"Compacting segments", u"compact_segments");
    else if (name == u"check") {
        if (!hasLong(args, u"--archives-only"))
            expect(u"Checking segments", u"repository.check");
        if (hasLong(args, u"--verify-data"))
            expect(u"Verifying data", u"check.verify_data");
        if (!hasLong(args, u"--repository-only"))
            expect(u"Checking archives", u"check.rebuild_refcounts");
    }
    return std::make_unique<Borg>(add, std::move(expected));
}

} // namespace stepwire::adapters
