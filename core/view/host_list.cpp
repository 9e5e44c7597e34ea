#include "core/view/host_list.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>

#include <algorithm>
#include <cmath>

namespace stepwire {

static HostEntry::Standing standingOf(const QJsonObject &told)
{
    const QString state = told[u"state"].toString();
    if (state == u"connected")
        return HostEntry::Standing::Connected;
    if (state == u"duplicate")
        return HostEntry::Standing::Duplicate;
    // A source says "lost" from its start, but a reason only after an attempt.
    if (state == u"lost" && !told[u"reason"].toString().isEmpty())
        return HostEntry::Standing::Lost;
    return HostEntry::Standing::Connecting;
}

/// What of a source's settings tells it from others of its kind: the first that the kind needs.
static QString placeOf(const QJsonObject &told, const std::vector<SourceKind> &kinds)
{
    const QJsonObject settings = told[u"settings"].toObject();
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const SourceKind &each) { return each.kind == told[u"kind"].toString(); });
    if (kind != kinds.end()) {
        for (const SourceKind::Setting &setting : kind->settings) {
            if (settings.contains(setting.name))
                return settings[setting.name].toString();
        }
    }
    return settings.isEmpty() ? QString() : settings.begin()->toString();
}

static std::vector<SourceKind> kindsOf(const QJsonArray &told)
{
    std::vector<SourceKind> kinds;
    for (const QJsonValue &value : told) {
        SourceKind kind{value[u"kind"].toString(), value[u"title"].toString(), {}};
        for (const QJsonArray settings = value[u"settings"].toArray(); const QJsonValue &setting : settings)
            kind.settings.push_back({setting[u"name"].toString(), setting[u"help"].toString(),
                                     setting[u"required"].toBool(), setting[u"secret"].toBool()});
        kinds.push_back(std::move(kind));
    }
    return kinds;
}

HostList::HostList(HubView &view, QObject *parent) : QObject(parent), m_view(view)
{
    connect(&m_view, &HubView::statusChanged, this, [this] {
        if (m_view.status().link == HubView::Link::Live)
            ask();
    });
    connect(&m_view, &HubView::updated, this, [this](const HubView::Update &update) {
        bool asks = update.reset;
        for (const EventPtr &event : update.notices) {
            const auto *notice = std::get_if<Notice>(&event->data);
            if (!notice || !notice->type.startsWith(u"host."))
                continue;
            asks = true;
            m_sinceOfSources[notice->data[u"name"].toString()] = event->time;
        }
        if (asks)
            ask();
    });
    if (m_view.status().link == HubView::Link::Live)
        ask();
}

void HostList::ask()
{
    if (std::exchange(m_asking, true)) {
        m_again = true;
        return;
    }
    m_view.call(this, QStringLiteral("host.list"), {}, [this](const Result<QJsonValue> &hosts) {
        m_view.call(this, QStringLiteral("source.list"), {}, [this, hosts](const Result<QJsonValue> &sources) {
            m_asking = false;
            take(hosts, sources);
            if (std::exchange(m_again, false))
                ask();
        });
    });
}

void HostList::take(const Result<QJsonValue> &hosts, const Result<QJsonValue> &sources)
{
    if (!hosts || !sources) // the hub is away: what was known stands until it is back
        return;
    std::vector<SourceKind> kinds = kindsOf((*sources)[u"kinds"].toArray());
    std::vector<HostEntry> entries;
    const UnixMs now = QDateTime::currentMSecsSinceEpoch();
    for (const QJsonArray all = (*hosts)[u"hosts"].toArray(); const QJsonValue &value : all) {
        const QJsonObject told = value.toObject();
        UnixMs since = told.contains(u"since_ms") ? now - told[u"since_ms"].toInteger() : 0;
        // Told as an age, it comes out a little different each time.
        const HostEntry *before = find(told[u"name"].toString());
        constexpr qint64 same = 1500;
        if (before && since > 0 && std::abs(before->since - since) < same)
            since = before->since;
        entries.push_back({told[u"name"].toString(),
                           told[u"target"].toString(),
                           {},
                           standingOf(told),
                           since,
                           told[u"reason"].toString()});
    }
    for (const QJsonArray all = (*sources)[u"sources"].toArray(); const QJsonValue &value : all) {
        const QJsonObject told = value.toObject();
        const QString name = told[u"name"].toString();
        const auto since = m_sinceOfSources.find(name);
        entries.push_back({name, placeOf(told, kinds), told[u"kind"].toString(), standingOf(told),
                           since == m_sinceOfSources.end() ? 0 : since->second, told[u"reason"].toString()});
    }
    std::sort(entries.begin(), entries.end(), [](const HostEntry &left, const HostEntry &right) {
        const int order = QString::compare(left.name, right.name, Qt::CaseInsensitive);
        return order != 0 ? order < 0 : left.name < right.name;
    });
    if (entries == m_entries && kinds == m_kinds)
        return;
    m_entries = std::move(entries);
    m_kinds = std::move(kinds);
    Q_EMIT changed();
}

const HostEntry *HostList::find(const QString &name) const
{
    const auto it =
        std::find_if(m_entries.begin(), m_entries.end(), [&](const HostEntry &each) { return each.name == name; });
    return it == m_entries.end() ? nullptr : &*it;
}

} // namespace stepwire
