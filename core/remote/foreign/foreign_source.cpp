#include "core/remote/foreign/foreign_source.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <algorithm>

namespace stepwire {

static Result<void> check(const ForeignKind &kind, const SourceSettings &settings)
{
    QStringList known;
    for (const ForeignSetting &setting : kind.settings)
        known.append(QLatin1String(setting.name));
    for (const QJsonObject &given : {settings.settings, settings.secrets}) {
        for (auto it = given.begin(); it != given.end(); ++it) {
            if (known.contains(it.key()))
                continue;
            const QString near = nearest(it.key(), known);
            return fail(code::invalidParams,
                        QStringLiteral("a source of kind %1 has no setting %2%3")
                            .arg(settings.kind, quoted(it.key()),
                                 near.isEmpty() ? QStringLiteral(", expected one of ") + known.join(u", ")
                                                : QStringLiteral(", did you mean ") + quoted(near)));
        }
    }
    for (const ForeignSetting &setting : kind.settings) {
        const QLatin1String name(setting.name);
        if (setting.required && !settings.settings.contains(name) && !settings.secrets.contains(name))
            return fail(code::invalidParams,
                        QStringLiteral("setting %1 is missing: %2").arg(name, QString::fromUtf8(setting.help)));
    }
    return {};
}

SourceSettings ForeignSource::sorted(SourceSettings settings)
{
    for (const ForeignKind &kind : foreignKinds()) {
        if (settings.kind != QLatin1String(kind.name))
            continue;
        for (const ForeignSetting &setting : kind.settings) {
            const QString name = QLatin1String(setting.name);
            if (setting.secret && settings.settings.contains(name))
                settings.secrets.insert(name, settings.settings.take(name));
        }
    }
    return settings;
}

Result<std::unique_ptr<ForeignSource>> ForeignSource::make(Hub &hub, SourceSettings settings,
                                                           std::function<UnixMs()> now)
{
    const std::vector<ForeignKind> &kinds = foreignKinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const ForeignKind &k) { return settings.kind == QLatin1String(k.name); });
    if (kind == kinds.end()) {
        QStringList names;
        for (const ForeignKind &k : kinds)
            names.append(QLatin1String(k.name));
        return fail(code::invalidParams,
                    QStringLiteral("there is no kind of source %1, expected one of %2")
                        .arg(quoted(settings.kind), names.join(u", ")));
    }
    if (const auto checked = check(*kind, settings); !checked)
        return tl::unexpected(checked.error());
    std::unique_ptr<ForeignSource> source(new ForeignSource(hub, std::move(settings), std::move(now)));
    auto server = kind->make({source->m_settings.settings, source->m_settings.secrets, source->m_jobs});
    if (!server)
        return tl::unexpected(server.error());
    source->m_server = std::move(*server);
    return source;
}

void ForeignSource::remove()
{
    m_server->abandon(QStringLiteral("source %1 was removed").arg(m_settings.name));
    m_server.reset();
    m_jobs.removeAll();
}

void ForeignSource::handle(const Request &request, Reply reply)
{
    if (const auto *log = std::get_if<ReadLog>(&request))
        return reply(m_jobs.readLog(*log));
    if (std::holds_alternative<ReportProgress>(request) || std::holds_alternative<ChangeReport>(request)
        || std::holds_alternative<FinishReport>(request) || std::holds_alternative<EmitCustom>(request))
        return reply(fail(code::wrongState, QStringLiteral("this job is told by %1 alone").arg(m_settings.name)));
    if (const auto *prune = std::get_if<PruneJobs>(&request); prune)
        return reply(
            fail(code::wrongState, QStringLiteral("%1 keeps no jobs: prune those of this hub").arg(m_settings.name)));
    m_server->handle(request, std::move(reply));
}

QJsonObject ForeignSource::describe() const
{
    QJsonObject told{
        {QStringLiteral("name"), m_settings.name},
        {QStringLiteral("kind"), m_settings.kind},
        {QStringLiteral("settings"), m_settings.settings},
        {QStringLiteral("state"), m_jobs.isConnected() ? QStringLiteral("connected") : QStringLiteral("lost")}};
    if (!m_jobs.reason().isEmpty())
        told.insert(QStringLiteral("reason"), m_jobs.reason());
    return told;
}

} // namespace stepwire
