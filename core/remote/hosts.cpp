#include "core/remote/hosts.h"

#include "core/model/quote.h"
#include "core/remote/process_link.h"
#include "core/remote/socket_link.h"
#include "core/remote/web_link.h"

#include <QJsonArray>
#include <QProcess>

namespace stepwire {

static bool isWeb(const QString &target)
{
    return target.startsWith(u"wss://") || target.startsWith(u"ws://");
}

Result<HostSettings> checkedHost(HostSettings settings)
{
    if (isWeb(settings.target)) {
        const QUrl url(settings.target, QUrl::StrictMode);
        if (!url.isValid() || url.host().isEmpty())
            return fail(code::invalidParams,
                        QStringLiteral("target is %1, expected wss://host:port").arg(quoted(settings.target)));
        const bool loopback = url.host() == u"127.0.0.1" || url.host() == u"localhost" || url.host() == u"::1";
        if (url.scheme() == u"ws" && !loopback)
            return fail(code::invalidParams,
                        QStringLiteral("target is %1: a token goes unencrypted to this machine only, expected wss://")
                            .arg(quoted(settings.target)));
        if (!settings.command.isEmpty())
            return fail(
                code::invalidParams,
                QStringLiteral("command is %1, which is for hosts that ssh reaches").arg(quoted(settings.command)));
        if (settings.token.isEmpty())
            return fail(code::invalidParams,
                        QStringLiteral("token is missing: a hub at %1 asks for one").arg(settings.target));
        if (!settings.pin.isEmpty()) {
            const auto pin = certificatePin(settings.pin);
            if (!pin)
                return tl::unexpected(pin.error());
            settings.pin = *pin;
        }
        return settings;
    }
    if (!settings.token.isEmpty() || !settings.pin.isEmpty())
        return fail(code::invalidParams,
                    QStringLiteral("token and pin are for wss:// hosts: %1 is reached by ssh, which has credentials of "
                                   "its own")
                        .arg(quoted(settings.target)));
    if (settings.target.isEmpty() || settings.target.startsWith(u'-') || settings.target.contains(u' ')
        || settings.target.contains(u'\n'))
        return fail(code::invalidParams,
                    QStringLiteral("target is %1, expected user@host, wss://host:port or the path of a socket")
                        .arg(quoted(settings.target)));
    return settings;
}

Hosts::Hosts(Hub &hub, Keeper &keeper) : m_hub(hub), m_keeper(keeper) { }

Hosts::~Hosts() = default;

void Hosts::start(const std::vector<HostSettings> &hosts, const std::vector<SourceSettings> &sources,
                  const std::function<void(const QString &)> &faulty)
{
    for (const HostSettings &kept : hosts) {
        const auto settings = checkedHost(kept);
        if (settings)
            connectTo(*settings);
        else
            faulty(QStringLiteral("host %1 is left out: %2").arg(kept.name, settings.error().message));
    }
    for (const SourceSettings &kept : sources) {
        if (const auto watched = watch(ForeignSource::sorted(kept)); !watched)
            faulty(QStringLiteral("source %1 is left out: %2").arg(kept.name, watched.error().message));
    }
    // Of those that the settings had no more, nobody would say how their jobs go on.
    QStringList orphans;
    for (const auto &job : m_hub.state().jobs()) {
        if (!job->via.isEmpty() && !m_hosts.contains(job->via) && !m_sources.contains(job->via))
            orphans.append(job->id);
    }
    m_hub.drop(orphans);
}

void Hosts::close()
{
    for (const auto &[name, host] : m_hosts)
        m_hub.setHost(name, nullptr);
    for (const auto &[name, source] : m_sources)
        m_hub.setHost(name, nullptr);
    m_network.reset();
    m_hosts.clear();
    m_sources.clear();
}

RemoteHub &Hosts::connectTo(const HostSettings &settings)
{
    if (!m_network)
        m_network = std::make_unique<NetworkWatch>([this] { networkChanged(); });
    auto &host = m_hosts[settings.name];
    host = std::make_unique<RemoteHub>(m_hub, settings, static_cast<RemoteHub::Mediator &>(*this));
    m_hub.setHost(settings.name, host.get());
    host->start();
    return *host;
}

Result<void> Hosts::watch(const SourceSettings &settings)
{
    auto source = ForeignSource::make(m_hub, settings, [this] { return now(); });
    if (!source)
        return tl::unexpected(source.error());
    if (!m_network)
        m_network = std::make_unique<NetworkWatch>([this] { networkChanged(); });
    auto &kept = m_sources[settings.name];
    kept = std::move(*source);
    m_hub.setHost(settings.name, kept.get());
    kept->start();
    return {};
}

void Hosts::networkChanged()
{
    for (const auto &[name, host] : m_hosts)
        host->hurry();
    for (const auto &[name, source] : m_sources)
        source->hurry();
}

Hosts::Way Hosts::openLink(const HostSettings &settings, RpcLink::Opened opened)
{
    if (isWeb(settings.target)) {
        auto link = std::make_unique<WebLink>();
        link->open({QUrl(settings.target), settings.token, settings.pin}, std::move(opened));
        return {std::move(link), false};
    }
    if (settings.target.startsWith(u'/')) {
        auto link = std::make_unique<SocketLink>();
        link->open(settings.target, std::move(opened));
        return {std::move(link), true};
    }
    // As the user has set it up, but for what would wait for a person or for ever. Words of the command are the remote
    // shell's to part, as ssh has it.
    QStringList ssh{QStringLiteral("ssh"), QStringLiteral("-T"), QStringLiteral("-o"), QStringLiteral("BatchMode=yes")};
    ssh << QStringLiteral("-o") << QStringLiteral("ServerAliveInterval=15") << QStringLiteral("-o")
        << QStringLiteral("ConnectTimeout=20") << QStringLiteral("--") << settings.target
        << (settings.command.isEmpty() ? QStringLiteral("stepwire") : settings.command) + QStringLiteral(" bridge");
    auto link = std::make_unique<ProcessLink>();
    link->open(settings.name, ssh, std::move(opened));
    return {std::move(link), true};
}

QString Hosts::claim(const QString &hub, const QString &name)
{
    if (hub == m_hub.identity().hub)
        return QStringLiteral("%1 is this very hub").arg(name);
    const auto holder = m_names.find(hub);
    if (holder != m_names.end() && holder->second != name)
        return QStringLiteral("%1 is the hub that is shown as %2").arg(name, holder->second);
    std::erase_if(m_names, [&](const auto &entry) { return entry.second == name; }); // it may have been another before
    m_names[hub] = name;
    return {};
}

void Hosts::standingChanged(RemoteHub &host)
{
    if (host.standing() == RemoteHub::Standing::Connecting)
        return;
    if (const auto adding = m_adding.extract(host.settings().name)) {
        for (const Reply &reply : adding.mapped())
            reply(Object{host.describe()});
    }
}

Result<void> Hosts::isFree(const QString &name) const
{
    if (m_hosts.contains(name))
        return fail(code::invalidParams, QStringLiteral("there is a host %1 already").arg(quoted(name)));
    if (m_sources.contains(name))
        return fail(code::invalidParams, QStringLiteral("there is a source %1 already").arg(quoted(name)));
    return {};
}

void Hosts::addHost(const AddHost &request, const Reply &reply)
{
    const auto settings = checkedHost({request.name, request.target, request.command, request.token, request.pin});
    if (!settings)
        return reply(tl::unexpected(settings.error()));
    if (const auto free = isFree(request.name); !free)
        return reply(tl::unexpected(free.error()));
    if (const auto kept = m_keeper.keep(*settings); !kept)
        return reply(tl::unexpected(kept.error()));
    m_adding[request.name].push_back(reply);
    connectTo(*settings);
}

void Hosts::addSource(const AddSource &request, const Reply &reply)
{
    if (const auto free = isFree(request.name); !free)
        return reply(tl::unexpected(free.error()));
    const SourceSettings settings =
        ForeignSource::sorted({request.name, request.kind, request.settings, request.secrets});
    if (const auto watched = watch(settings); !watched)
        return reply(tl::unexpected(watched.error()));
    if (const auto kept = m_keeper.keep(settings); !kept) {
        (void)removeSource(request.name);
        return reply(tl::unexpected(kept.error()));
    }
    reply(Object{m_sources[request.name]->describe()});
}

void Hosts::tellRemoved(const QString &name)
{
    m_hub.publish({{}, {}, now(), Notice{QStringLiteral("host.removed"), {{QStringLiteral("name"), name}}}});
}

Result<Answer> Hosts::removeHost(const QString &name)
{
    const auto it = m_hosts.find(name);
    if (it == m_hosts.end())
        return fail(code::invalidParams, QStringLiteral("there is no host %1").arg(quoted(name)));
    if (const auto forgotten = m_keeper.forgetHost(name); !forgotten)
        return tl::unexpected(forgotten.error());
    m_hub.setHost(name, nullptr);
    const std::unique_ptr<RemoteHub> host = std::move(it->second);
    m_hosts.erase(it);
    host->remove();
    std::erase_if(m_names, [&](const auto &entry) { return entry.second == name; });
    if (const auto adding = m_adding.extract(name)) {
        for (const Reply &reply : adding.mapped())
            reply(fail(code::hostUnreachable, QStringLiteral("host %1 was removed").arg(quoted(name))));
    }
    tellRemoved(name);
    networkChanged(); // another way to the same hub may be the one now
    return Answer(Object{{{QStringLiteral("name"), name}}});
}

Result<Answer> Hosts::removeSource(const QString &name)
{
    const auto it = m_sources.find(name);
    if (it == m_sources.end())
        return fail(code::invalidParams, QStringLiteral("there is no source %1").arg(quoted(name)));
    if (const auto forgotten = m_keeper.forgetSource(name); !forgotten)
        return tl::unexpected(forgotten.error());
    m_hub.setHost(name, nullptr);
    const std::unique_ptr<ForeignSource> source = std::move(it->second);
    m_sources.erase(it);
    source->remove();
    tellRemoved(name);
    return Answer(Object{{{QStringLiteral("name"), name}}});
}

/// What a form for a new source needs to know.
static QJsonArray describeKinds()
{
    QJsonArray kinds;
    for (const ForeignKind &kind : foreignKinds()) {
        QJsonArray settings;
        for (const ForeignSetting &setting : kind.settings)
            settings.append(QJsonObject{{QStringLiteral("name"), QString::fromUtf8(setting.name)},
                                        {QStringLiteral("help"), QString::fromUtf8(setting.help)},
                                        {QStringLiteral("required"), setting.required},
                                        {QStringLiteral("secret"), setting.secret}});
        kinds.append(QJsonObject{{QStringLiteral("kind"), QString::fromUtf8(kind.name)},
                                 {QStringLiteral("title"), QString::fromUtf8(kind.title)},
                                 {QStringLiteral("settings"), settings}});
    }
    return kinds;
}

void Hosts::handle(const Request &request, Reply reply)
{
    if (const auto *addedHost = std::get_if<AddHost>(&request))
        return addHost(*addedHost, reply);
    if (const auto *addedSource = std::get_if<AddSource>(&request))
        return addSource(*addedSource, reply);
    if (const auto *removedHost = std::get_if<RemoveHost>(&request))
        return reply(removeHost(removedHost->name));
    if (const auto *removedSource = std::get_if<RemoveSource>(&request))
        return reply(removeSource(removedSource->name));
    QJsonArray list;
    const bool hosts = std::holds_alternative<ListHosts>(request);
    if (hosts) {
        for (const auto &[name, host] : m_hosts)
            list.append(host->describe());
    } else {
        for (const auto &[name, source] : m_sources)
            list.append(source->describe());
    }
    QJsonObject told{{hosts ? QStringLiteral("hosts") : QStringLiteral("sources"), list}};
    if (!hosts)
        told.insert(QStringLiteral("kinds"), describeKinds());
    reply(Object{told});
}

} // namespace stepwire
