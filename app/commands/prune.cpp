#include "app/commands/commands.h"

#include "app/terminal/output.h"
#include "core/model/quantity.h"
#include "core/model/quote.h"

#include <QJsonDocument>

namespace stepwire {

namespace {

struct PruneOptions
{
    std::string olderThan;
    long long keep = -1;
    std::string maxSize;
    bool json = false;
};

int prune(const CommandSetup &setup, const PruneOptions &options)
{
    QJsonObject params;
    if (!options.olderThan.empty()) {
        const auto ms =
            quantityFromText(fromArgument(options.olderThan),
                             {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"w", 604800e3}});
        if (!ms)
            return wrongUsage(QStringLiteral("--older-than is %1, expected a time such as 30d, 12h or 90m")
                                  .arg(quoted(fromArgument(options.olderThan))));
        params.insert(QStringLiteral("older_than_ms"), *ms);
    }
    if (options.keep >= 0)
        params.insert(QStringLiteral("keep"), static_cast<qint64>(options.keep));
    if (!options.maxSize.empty()) {
        const auto bytes =
            quantityFromText(fromArgument(options.maxSize),
                             {{"k", 1024.0}, {"m", 1048576.0}, {"g", 1073741824.0}, {"t", 1099511627776.0}, {"", 1}});
        if (!bytes)
            return wrongUsage(QStringLiteral("--max-size is %1, expected bytes such as 500M or 5G")
                                  .arg(quoted(fromArgument(options.maxSize))));
        params.insert(QStringLiteral("most_bytes"), *bytes);
    }
    if (params.isEmpty())
        return wrongUsage(QStringLiteral("nothing says what may go: --older-than, --keep or --max-size"));
    Session session(setup.paths);
    setup.prepare(session);
    return session.run(Session::IfNone::Start, [&] {
        session.request(QStringLiteral("job.prune"), params, [&](const QJsonValue &answer) {
            if (options.json)
                printLine(QJsonDocument(answer.toObject()).toJson(QJsonDocument::Compact));
            else
                say(QStringLiteral("%1 removed, %2 KiB of output")
                        .arg(answer[u"jobs"].toInteger() == 1
                                 ? QStringLiteral("1 job")
                                 : QStringLiteral("%1 jobs").arg(answer[u"jobs"].toInteger()))
                        .arg((answer[u"bytes"].toInteger() + 1023) / 1024));
            session.finish(exit_code::succeeded);
        });
    });
}

} // namespace

void addPrune(const CommandSetup &setup)
{
    auto options = std::make_shared<PruneOptions>();
    CLI::App *verb = setup.app.add_subcommand("prune", "Forget finished jobs and remove their output");
    verb->add_option("--older-than", options->olderThan, "those that ended so long ago, such as 30d")
        ->type_name("TIME");
    verb->add_option("--keep", options->keep, "all but so many of the newest")
        ->check(wholeNumber(0, 1'000'000'000))
        ->type_name("N");
    verb->add_option("--max-size", options->maxSize,
                     "the oldest, until the output of all is at most so many bytes, such as 500M or 5G")
        ->type_name("SIZE");
    verb->add_flag("--json", options->json, "print the answer as JSON");
    verb->callback([setup, options] { setup.action = [setup, options] { return prune(setup, *options); }; });
}

} // namespace stepwire
