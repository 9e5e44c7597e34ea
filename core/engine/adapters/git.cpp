// git 2.39.5 (man page of git-clone: --progress), on stderr, each figure ended by CR, the last of a phase by LF:
//     remote: Enumerating objects: 3729, done.
//     remote: Counting objects:   1% (38/3729)
//     remote: Compressing objects: 100% (2466/2466), done.
//     Receiving objects:  50% (1865/3729), 2.11 MiB | 4.20 MiB/s
//     remote: Total 3729 (delta 1263), reused 3729 (delta 1263), pack-reused 0
//     Resolving deltas:  10% (127/1263)
//     Updating files:  45% (1080/2400)
// The words are translated, the rest is not. What is hidden is written with --progress only.

#include "core/engine/adapters/adapters.h"

namespace stepwire::adapters {

namespace {

const QRegularExpression &figure()
{
    static const QRegularExpression pattern(
        QStringLiteral("^(remote: )?([^:%()\\[\\]]{3,60}): +\\d{1,3}% \\((\\d+)/(\\d+)\\)"));
    return pattern;
}

bool onlyForUs(const QByteArray &line)
{
    static const QRegularExpression counted(QStringLiteral("^remote: [^:%()\\[\\]]{3,60}: \\d+, [^\\s\\d]+\\.$"));
    static const QRegularExpression total(QStringLiteral("^remote: \\S+ \\d+ \\(\\S+ \\d+\\), "));
    const QString text = QString::fromUtf8(line);
    return figure().match(text).hasMatch() || counted.match(text).hasMatch() || total.match(text).hasMatch();
}

class Git : public LineAdapter
{
public:
    Git(bool added, std::vector<Phases::Expected> expected) : m_added(added), m_phases(std::move(expected)) { }

protected:
    std::optional<Progress> tells(Stream stream, const QByteArray &line) override
    {
        if (stream == Stream::Out || !line.contains("% ("))
            return {};
        const auto match = figure().match(QString::fromUtf8(line));
        if (!match.hasMatch())
            return {};
        const QString title = message(match.capturedView(2));
        // A fetch of few objects unpacks them where one of many receives a pack.
        const QString id =
            title == u"Unpacking objects" ? QStringLiteral("Receiving objects") : match.captured(1) + title;
        m_phases.set(id, title, match.capturedView(3).toDouble(), match.capturedView(4).toDouble(),
                     QStringLiteral("items"));
        return m_phases.progress();
    }

    bool hides(Stream stream, QByteArrayView line, LineEnd) const override
    {
        return m_added && stream == Stream::Err && line.contains(':') && onlyForUs(plain(line));
    }

    bool mayHide(Stream stream, QByteArrayView) const override { return m_added && stream == Stream::Err; }

private:
    bool m_added;
    Phases m_phases;
};

/// Where git's command stands behind its own options.
std::optional<qsizetype> verbOf(const QStringList &args)
{
    static const QStringList valued = {QStringLiteral("-C"), QStringLiteral("-c"), QStringLiteral("--git-dir"),
                                       QStringLiteral("--work-tree"), QStringLiteral("--namespace")};
    static const QStringList flags = {QStringLiteral("-p"),
                                      QStringLiteral("-P"),
                                      QStringLiteral("--paginate"),
                                      QStringLiteral("--no-pager"),
                                      QStringLiteral("--bare"),
                                      QStringLiteral("--no-replace-objects"),
                                      QStringLiteral("--no-optional-locks"),
                                      QStringLiteral("--literal-pathspecs")};
    for (qsizetype i = 0; i < args.size(); ++i) {
        if (!args[i].startsWith(u'-'))
            return i;
        if (valued.contains(args[i]))
            ++i;
        else if (!flags.contains(args[i]) && !args[i].contains(u'='))
            return {};
    }
    return {};
}

} // namespace

Adapter adaptGit(Command &command)
{
    const auto verb = verbOf(command.args);
    if (!verb)
        return {};
    const QString &name = command.args[*verb];
    const bool clones = name == u"clone";
    if (!clones && name != u"fetch" && name != u"pull")
        return {};
    const QStringList own = command.args.sliced(*verb + 1);
    const bool add = command.mayAdd && !command.terminal && !hasShort(own, u"qh") && !hasLong(own, u"--quiet")
        && !hasLong(own, u"--progress") && !hasLong(own, u"--no-progress") && !hasLong(own, u"--help");
    if (add) {
        command.addAt = *verb + 1;
        command.add = {QStringLiteral("--progress")};
    }
    // One transfer after another would begin at its first phase again.
    const bool several = hasLong(own, u"--recurse-submodules") || hasLong(own, u"--recursive") || hasLong(own, u"--all")
        || hasLong(own, u"--multiple") || hasShort(own, u"m");
    std::vector<Phases::Expected> expected;
    if (!several) {
        expected = {{QStringLiteral("remote: Counting objects"), 3},
                    {QStringLiteral("remote: Compressing objects"), 7},
                    {QStringLiteral("Receiving objects"), 65},
                    {QStringLiteral("Resolving deltas"), 15}};
        if (clones || name == u"pull")
            expected.push_back({QStringLiteral("Updating files"), 10});
    }
    return std::make_unique<Git>(add, std::move(expected));
}

} // namespace stepwire::adapters
