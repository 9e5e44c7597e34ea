// Which tool a command line starts, also behind programs that only start another one.

#include "core/engine/adapters/adapters.h"

#include <QSet>

namespace stepwire {

using namespace adapters;

namespace {

using Adapt = Adapter (*)(Command &);

struct Tool
{
    const char16_t *name;
    Adapt adapt;
};

constexpr std::array tools = {
    Tool{u"rsync", adaptRsync},       Tool{u"restic", adaptRestic},
    Tool{u"borg", adaptBorg},         Tool{u"ffmpeg", adaptFfmpeg},
    Tool{u"curl", adaptCurl},         Tool{u"wget", adaptWget},
    Tool{u"apt", adaptApt},           Tool{u"apt-get", adaptApt},
    Tool{u"git", adaptGit},           Tool{u"yt-dlp", adaptYtDlp},
    Tool{u"youtube-dl", adaptYtDlp},  Tool{u"ninja", adaptNinja},
    Tool{u"ninja-build", adaptNinja}, Tool{u"pv", adaptPv},
    Tool{u"tar", adaptTar},
};

/// A program that starts the rest of its command line. Options that are not in its lists end the search.
struct Wrapper
{
    const char16_t *name;
    const char16_t *flags; ///< short options without a value
    const char16_t *valued; ///< short options with a value, which may stand right behind the letter
    const char16_t *longFlags; ///< long options without a value or with `=value`, each followed by a blank
    const char16_t *longValued; ///< long options with a value that stands alone or behind `=`
    int operands = 0; ///< how many arguments it takes before the command
    bool assigns = false; ///< takes NAME=value before the command
    bool exact = false; ///< its rules may know the command by its exact arguments: nothing may be added
};

constexpr std::array wrappers = {
    Wrapper{u"env", u"iv", u"uC", u"--ignore-environment --debug ", u"--unset --chdir ", 0, true},
    Wrapper{u"nice", u"0123456789", u"n", u"", u"--adjustment "},
    Wrapper{u"ionice", u"t", u"cn", u"--ignore ", u"--class --classdata "},
    Wrapper{u"sudo", u"EHnkSBP", u"ugphTrtCDR",
            u"--preserve-env --set-home --non-interactive --reset-timestamp --stdin ",
            u"--user --group --prompt --host --chdir --close-from --command-timeout ", 0, true, true},
    Wrapper{u"doas", u"n", u"uC", u"", u"", 0, false, true},
    Wrapper{u"time", u"pvaq", u"fo", u"--portability --verbose --append --quiet ", u"--format --output "},
    Wrapper{u"stdbuf", u"", u"ioe", u"", u"--input --output --error "},
    Wrapper{u"nohup", u"", u"", u"", u""},
    Wrapper{u"timeout", u"v", u"ks", u"--preserve-status --foreground --verbose ", u"--kill-after --signal ", 1},
    Wrapper{u"setsid", u"cw", u"", u"--ctty --wait ", u""},
    Wrapper{u"chrt", u"bfior", u"", u"--batch --fifo --idle --other --rr ", u"", 1},
    Wrapper{u"taskset", u"c", u"", u"--cpu-list ", u"", 1},
};

QStringView fileName(const QString &path)
{
    return QStringView(path).sliced(path.lastIndexOf(u'/') + 1);
}

/// Where the command behind the wrapper at `at` stands; nothing when that is not sure.
std::optional<qsizetype> behind(const Wrapper &wrapper, const QStringList &argv, qsizetype at, Command &command)
{
    const auto names = [](const char16_t *list, QStringView name) {
        return QStringView(list).contains(QString(name.toString() + u' '));
    };
    ++at;
    for (; at < argv.size(); ++at) {
        const QStringView arg = argv[at];
        if (arg == u"--") {
            ++at;
            break;
        }
        if (arg.size() < 2 || arg[0] != u'-')
            break;
        if (arg.startsWith(u"--")) {
            const qsizetype equals = arg.indexOf(u'=');
            const QStringView name = arg.left(equals);
            if (names(wrapper.longFlags, name))
                continue;
            if (!names(wrapper.longValued, name))
                return {};
            if (equals < 0)
                ++at;
            continue;
        }
        for (qsizetype i = 1; i < arg.size(); ++i) {
            if (QStringView(wrapper.flags).contains(arg[i]))
                continue;
            if (!QStringView(wrapper.valued).contains(arg[i]))
                return {};
            if (i + 1 == arg.size())
                ++at;
            break;
        }
    }
    if (wrapper.assigns) {
        for (; at < argv.size() && argv[at].indexOf(u'=') > 0; ++at) {
            const qsizetype equals = argv[at].indexOf(u'=');
            command.env[argv[at].left(equals)] = argv[at].sliced(equals + 1);
        }
    }
    at += wrapper.operands;
    if (at >= argv.size())
        return {};
    return at;
}

} // namespace

AdaptedCommand adaptCommand(const QStringList &argv, bool terminal)
{
    AdaptedCommand adapted;
    adapted.argv = argv;
    Command command;
    command.terminal = terminal;
    qsizetype at = 0;
    constexpr int mostWrappers = 8;
    for (int depth = 0; depth <= mostWrappers && at < argv.size(); ++depth) {
        const QStringView name = fileName(argv[at]);
        const auto tool = std::find_if(tools.begin(), tools.end(), [&](const Tool &t) { return name == t.name; });
        if (tool != tools.end()) {
            command.args = argv.sliced(at + 1);
            adapted.adapter = tool->adapt(command);
            if (!command.add.isEmpty())
                adapted.argv = argv.first(at + 1 + command.addAt) + command.add + command.args.sliced(command.addAt);
            adapted.env = std::move(command.addEnv);
            return adapted;
        }
        const auto wrapper =
            std::find_if(wrappers.begin(), wrappers.end(), [&](const Wrapper &w) { return name == w.name; });
        if (wrapper == wrappers.end())
            return adapted;
        command.mayAdd = command.mayAdd && !wrapper->exact;
        // With a terminal nohup sends the output to a file, which is to hold what it always held.
        if (terminal && name == u"nohup")
            return adapted;
        const auto next = behind(*wrapper, argv, at, command);
        if (!next)
            return adapted;
        at = *next;
    }
    return adapted;
}

} // namespace stepwire
