#include "app/commands/commands.h"

#include "app/terminal/output.h"
#include "core/model/quote.h"

namespace stepwire {

namespace {

struct Words
{
    QStringList verbs;
    std::vector<std::pair<QString, QStringList>> optionsOf;
    std::vector<std::pair<QString, QStringList>> innerOptionsOf; ///< of `report progress` and its like
    QStringList forJobs; ///< verbs whose first word is a job
    std::vector<std::pair<QString, QString>> helpOf;
};

/// The verbs and options as the parser knows them, so that completions cannot go stale.
Words wordsOf(const CLI::App &app)
{
    Words words;
    for (const CLI::App *verb : app.get_subcommands([](const CLI::App *) { return true; })) {
        const QString name = QString::fromStdString(verb->get_name());
        QStringList options;
        for (const CLI::Option *option : verb->get_options()) {
            for (const std::string &longName : option->get_lnames())
                options.append(QStringLiteral("--") + QString::fromStdString(longName));
            if (option->get_positional() && option->get_type_name() == "JOB")
                words.forJobs.append(name);
        }
        for (const CLI::App *inner : verb->get_subcommands([](const CLI::App *) { return true; })) {
            const QString innerName = QString::fromStdString(inner->get_name());
            options.append(innerName);
            QStringList innerOptions;
            for (const CLI::Option *option : inner->get_options()) {
                for (const std::string &longName : option->get_lnames())
                    innerOptions.append(QStringLiteral("--") + QString::fromStdString(longName));
            }
            words.innerOptionsOf.emplace_back(name + u' ' + innerName, innerOptions);
        }
        words.verbs.append(name);
        words.optionsOf.emplace_back(name, options);
        words.helpOf.emplace_back(name, QString::fromStdString(verb->get_description()));
    }
    return words;
}

QString bashScript(const Words &words)
{
    QString cases;
    for (const auto &[verb, options] : words.optionsOf)
        cases += QStringLiteral("        %1) words=\"%2\" ;;\n").arg(verb, options.join(u' '));
    QString innerCases;
    for (const auto &[verbs, options] : words.innerOptionsOf)
        innerCases += QStringLiteral("        \"%1\") words=\"%2\" ;;\n").arg(verbs, options.join(u' '));
    return QStringLiteral(R"sh(_stepwire() {
    local current=${COMP_WORDS[COMP_CWORD]} words=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "%1 --no-gui --version --help" -- "$current"))
        return
    fi
    case ${COMP_WORDS[1]} in
%2    esac
    [ "$COMP_CWORD" -gt 2 ] && case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in
%3    esac
    case ${COMP_WORDS[1]} in
        run) [ "$COMP_CWORD" -eq 2 ] && words="$words $(stepwire pipelines 2>/dev/null | sed -n 's/^\([^ ][^ ]*\).*/\1/p')" ;;
        %4) words="$words $(stepwire status 2>/dev/null | sed -n 's/^\([^ ][^ ]*\) .*/\1/p')" ;;
        completions) words="bash zsh fish" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _stepwire stepwire
)sh")
        .arg(words.verbs.join(u' '), cases, innerCases, words.forJobs.join(u'|'));
}

QString fishScript(const Words &words)
{
    QString script = QStringLiteral("complete -c stepwire -n __fish_use_subcommand -l no-gui -d 'Be the hub'\n");
    for (const auto &[verb, help] : words.helpOf)
        script += QStringLiteral("complete -c stepwire -f -n __fish_use_subcommand -a %1 -d '%2'\n")
                      .arg(verb, QString(help).replace(u'\'', QStringLiteral("\\'")));
    for (const auto &[verb, options] : words.optionsOf) {
        for (const QString &option : options) {
            const QString flag =
                option.startsWith(u"--") ? QStringLiteral("-l ") + option.sliced(2) : QStringLiteral("-a ") + option;
            script += QStringLiteral("complete -c stepwire -n '__fish_seen_subcommand_from %1' %2\n").arg(verb, flag);
        }
    }
    for (const auto &[verbs, options] : words.innerOptionsOf) {
        for (const QString &option : options)
            script += QStringLiteral("complete -c stepwire -n '__fish_seen_subcommand_from %1; and "
                                     "__fish_seen_subcommand_from %2' -l %3\n")
                          .arg(verbs.section(u' ', 0, 0), verbs.section(u' ', 1), option.sliced(2));
    }
    script += QStringLiteral("complete -c stepwire -f -n '__fish_seen_subcommand_from %1' -a \"(stepwire status "
                             "2>/dev/null | string match -r '^[^ ]+')\"\n")
                  .arg(words.forJobs.join(u' '));
    script +=
        QStringLiteral("complete -c stepwire -f -n '__fish_seen_subcommand_from completions' -a 'bash zsh fish'\n");
    script += QStringLiteral("complete -c stepwire -n '__fish_seen_subcommand_from run' -a \"(stepwire pipelines "
                             "2>/dev/null | string match -r '^[^ ]+')\"\n");
    return script;
}

} // namespace

void addCompletions(const CommandSetup &setup)
{
    auto shell = std::make_shared<std::string>();
    CLI::App *completions = setup.app.add_subcommand("completions", "Print the completion script of a shell");
    completions->add_option("shell", *shell, "bash, zsh or fish")->required()->type_name("SHELL");
    completions->callback([setup, shell] {
        setup.action = [setup, shell] {
            const Words words = wordsOf(setup.app);
            if (*shell == "bash")
                printLine(bashScript(words).toUtf8().trimmed());
            else if (*shell == "zsh")
                printLine("autoload -U +X bashcompinit && bashcompinit\n" + bashScript(words).toUtf8().trimmed());
            else if (*shell == "fish")
                printLine(fishScript(words).toUtf8().trimmed());
            else
                return wrongUsage(
                    QStringLiteral("shell is %1, expected bash, zsh or fish").arg(quoted(fromArgument(*shell))));
            return exit_code::succeeded;
        };
    });
}

} // namespace stepwire
