#include "app/commands/commands.h"

#include "app/terminal/frame.h"
#include "app/terminal/output.h"
#include "core/model/quote.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <unistd.h>

namespace stepwire {

namespace {

struct HostOptions
{
    std::string name;
    std::string target;
    std::string command;
    std::string tokenFile;
    std::string pin;
    bool json = false;
};

QByteArray compact(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QString sinceText(const QJsonObject &host)
{
    return durationText(host[u"since_ms"].toInteger());
}

/// `nas  connected  user@nas  for 2 min`, or why it is not.
QString standingLine(const QJsonObject &host)
{
    QString line = QStringLiteral("%1  %2").arg(host[u"name"].toString(), host[u"state"].toString());
    const QString where = host[u"target"].toString(host[u"kind"].toString());
    if (!where.isEmpty())
        line += QStringLiteral("  ") + where;
    if (host.contains(u"since_ms"))
        line += QStringLiteral("  for ") + sinceText(host);
    if (const QString reason = host[u"reason"].toString(); !reason.isEmpty())
        line += QStringLiteral("  (%1)").arg(reason);
    return line;
}

/// One line of a file, or of standard input for `-`: what is secret stands in no command line.
Result<QString> secretFrom(const QString &path)
{
    QFile file(path);
    const bool open = path == u"-" ? file.open(STDIN_FILENO, QIODevice::ReadOnly) : file.open(QIODevice::ReadOnly);
    if (!open)
        return fail(QStringLiteral("%1 cannot be read: %2").arg(quoted(path), file.errorString()));
    const QString text = QString::fromUtf8(file.readLine(4096)).trimmed();
    if (text.isEmpty())
        return fail(QStringLiteral("%1 has no token in its first line").arg(quoted(path)));
    return text;
}

int addOne(const CommandSetup &setup, const HostOptions &options)
{
    QJsonObject params{{QStringLiteral("name"), fromArgument(options.name)},
                       {QStringLiteral("target"), fromArgument(options.target)}};
    if (!options.command.empty())
        params.insert(QStringLiteral("command"), fromArgument(options.command));
    if (!options.pin.empty())
        params.insert(QStringLiteral("pin"), fromArgument(options.pin));
    if (!options.tokenFile.empty()) {
        const auto token = secretFrom(fromArgument(options.tokenFile));
        if (!token)
            return wrongUsage(token.error().message);
        params.insert(QStringLiteral("token"), *token);
    }
    Session session(setup.paths);
    return session.run(Session::IfNone::Start, [&] {
        session.request(QStringLiteral("host.add"), params, [&](const QJsonValue &value) {
            const QJsonObject host = value.toObject();
            if (options.json)
                printLine(compact(host));
            else if (host[u"state"].toString() == u"connected")
                say(QStringLiteral("%1 is connected: the hub of %2")
                        .arg(host[u"name"].toString(), host[u"host"].toString()));
            else
                say(QStringLiteral("%1 is kept, but %2: %3")
                        .arg(host[u"name"].toString(),
                             host[u"state"].toString() == u"duplicate" ? QStringLiteral("not shown")
                                                                       : QStringLiteral("cannot be reached now"),
                             host[u"reason"].toString()));
            session.finish(exit_code::succeeded);
        });
    });
}

int listAll(const CommandSetup &setup, const char *method, const char *member, bool json)
{
    Session session(setup.paths);
    return session.run(Session::IfNone::Start, [&] {
        session.request(QLatin1String(method), {}, [&](const QJsonValue &value) {
            for (const QJsonArray list = value[QLatin1String(member)].toArray(); const QJsonValue &entry : list)
                printLine(json ? compact(entry.toObject()) : standingLine(entry.toObject()).toUtf8());
            session.finish(exit_code::succeeded);
        });
    });
}

int removeOne(const CommandSetup &setup, const char *method, const std::string &name)
{
    Session session(setup.paths);
    return session.run(Session::IfNone::Start, [&] {
        session.request(QLatin1String(method), {{QStringLiteral("name"), fromArgument(name)}}, [&](const QJsonValue &) {
            say(QStringLiteral("%1 is not shown any more").arg(fromArgument(name)));
            session.finish(exit_code::succeeded);
        });
    });
}

struct SourceOptions
{
    std::string name;
    std::string kind;
    std::vector<std::string> settings;
    std::vector<std::string> secretFiles;
    bool json = false;
};

/// `NAME=VALUE` taken apart.
Result<std::pair<QString, QString>> assignment(const std::string &given)
{
    const QString text = fromArgument(given);
    const qsizetype equals = text.indexOf(u'=');
    if (equals <= 0)
        return fail(QStringLiteral("%1 is no setting, expected NAME=VALUE").arg(quoted(text)));
    return std::pair(text.first(equals), text.sliced(equals + 1));
}

int addSourceOf(const CommandSetup &setup, const SourceOptions &options)
{
    QJsonObject settings;
    for (const std::string &given : options.settings) {
        const auto setting = assignment(given);
        if (!setting)
            return wrongUsage(setting.error().message);
        settings.insert(setting->first, setting->second);
    }
    QJsonObject secrets;
    for (const std::string &given : options.secretFiles) {
        const auto file = assignment(given);
        if (!file)
            return wrongUsage(file.error().message);
        const auto secret = secretFrom(file->second);
        if (!secret)
            return wrongUsage(secret.error().message);
        secrets.insert(file->first, *secret);
    }
    Session session(setup.paths);
    return session.run(Session::IfNone::Start, [&] {
        session.request(QStringLiteral("source.add"),
                        {{QStringLiteral("name"), fromArgument(options.name)},
                         {QStringLiteral("kind"), fromArgument(options.kind)},
                         {QStringLiteral("settings"), settings},
                         {QStringLiteral("secrets"), secrets}},
                        [&](const QJsonValue &value) {
                            if (options.json)
                                printLine(compact(value.toObject()));
                            else
                                say(QStringLiteral("%1 is followed").arg(fromArgument(options.name)));
                            session.finish(exit_code::succeeded);
                        });
    });
}

} // namespace

void addHosts(const CommandSetup &setup)
{
    CLI::App *verb = setup.app.add_subcommand("host", "Show the jobs of other machines' hubs beside those of this one");
    verb->require_subcommand(1);

    auto options = std::make_shared<HostOptions>();
    CLI::App *add = verb->add_subcommand("add", "Show another hub: by ssh as it is set up here, or by WebSocket");
    add->add_option("name", options->name, "what it is called here")->required()->type_name("NAME");
    add->add_option("target", options->target, "user@host for ssh, wss://host:port, or the path of a hub's socket")
        ->required()
        ->type_name("TARGET");
    add->add_option("--command", options->command, "with ssh: what to call there (default: stepwire)")
        ->type_name("PROGRAM");
    add->add_option("--token-file", options->tokenFile, "with wss: the file whose first line is the token, - for stdin")
        ->type_name("FILE");
    add->add_option("--pin", options->pin, "with wss: SHA-256 of the certificate that alone is accepted")
        ->type_name("HEX");
    add->add_flag("--json", options->json, "print what became of it as JSON");
    add->callback([setup, options] { setup.action = [setup, options] { return addOne(setup, *options); }; });

    auto json = std::make_shared<bool>(false);
    CLI::App *list = verb->add_subcommand("list", "Tell the hosts and how they are");
    list->add_flag("--json", *json, "one object a line");
    list->callback(
        [setup, json] { setup.action = [setup, json] { return listAll(setup, "host.list", "hosts", *json); }; });

    auto name = std::make_shared<std::string>();
    CLI::App *remove = verb->add_subcommand("remove", "Do not show it any more; its jobs go on there");
    remove->add_option("name", *name, "what it is called here")->required()->type_name("NAME");
    remove->callback(
        [setup, name] { setup.action = [setup, name] { return removeOne(setup, "host.remove", *name); }; });
}

void addSources(const CommandSetup &setup)
{
    CLI::App *verb =
        setup.app.add_subcommand("source", "Show what other systems' servers do as jobs (docs/SOURCES.md)");
    verb->require_subcommand(1);

    auto options = std::make_shared<SourceOptions>();
    CLI::App *add = verb->add_subcommand("add", "Follow a server; docs/SOURCES.md tells the kinds and their settings");
    add->add_option("name", options->name, "what it is called here")->required()->type_name("NAME");
    add->add_option("kind", options->kind, "what kind of server it is, as frappe")->required()->type_name("KIND");
    add->add_option("settings", options->settings, "its settings, as url=http://127.0.0.1:9000")
        ->type_name("NAME=VALUE");
    add->add_option("--secret", options->secretFiles,
                    "a setting that nobody else may see: the first line of a file, - for stdin")
        ->type_name("NAME=FILE");
    add->add_flag("--json", options->json, "print what became of it as JSON");
    add->callback([setup, options] { setup.action = [setup, options] { return addSourceOf(setup, *options); }; });

    auto json = std::make_shared<bool>(false);
    CLI::App *list = verb->add_subcommand("list", "Tell the sources and how they are");
    list->add_flag("--json", *json, "one object a line");
    list->callback(
        [setup, json] { setup.action = [setup, json] { return listAll(setup, "source.list", "sources", *json); }; });

    auto name = std::make_shared<std::string>();
    CLI::App *remove = verb->add_subcommand("remove", "Do not follow it any more");
    remove->add_option("name", *name, "what it is called here")->required()->type_name("NAME");
    remove->callback(
        [setup, name] { setup.action = [setup, name] { return removeOne(setup, "source.remove", *name); }; });
}

} // namespace stepwire
