#include "core/desktop/freedesktop_notifier.h"

#include <algorithm>

namespace stepwire {

namespace {

const QString service = QStringLiteral("org.freedesktop.Notifications");
const QString objectPath = QStringLiteral("/org/freedesktop/Notifications");

/// Nobody says that they draw the hint, so they are known by name.
bool drawsValue(const QString &server)
{
    for (const char16_t *name : {u"dunst", u"mako", u"SwayNotificationCenter", u"swaync", u"caelestia"}) {
        if (server.startsWith(QStringView(name), Qt::CaseInsensitive))
            return true;
    }
    return false;
}

} // namespace

FreedesktopNotifier::FreedesktopNotifier(SessionBus &bus, std::function<void(const QString &)> warn, QObject *parent)
    : Notifier(parent), m_bus(bus), m_warn(std::move(warn))
{
    m_bus.watchSignal(this, objectPath, service, QStringLiteral("ActionInvoked"), [this](const QDBusMessage &message) {
        const quint32 id = message.arguments().value(0).toUInt();
        const QString key = fromServer(message) ? keyOf(id) : QString();
        const QString action = message.arguments().value(1).toString();
        if (!key.isEmpty())
            Q_EMIT activated(key, action == u"default" ? QString() : action, m_tokens.take(id));
    });
    m_bus.watchSignal(this, objectPath, service, QStringLiteral("ActivationToken"),
                      [this](const QDBusMessage &message) {
                          const quint32 id = message.arguments().value(0).toUInt();
                          if (fromServer(message) && !keyOf(id).isEmpty())
                              m_tokens.insert(id, message.arguments().value(1).toString());
                      });
    m_bus.watchSignal(this, objectPath, service, QStringLiteral("NotificationClosed"),
                      [this](const QDBusMessage &message) {
                          const quint32 id = message.arguments().value(0).toUInt();
                          const QString key = fromServer(message) ? keyOf(id) : QString();
                          if (key.isEmpty())
                              return;
                          constexpr uint byThePerson = 2;
                          const bool dismissal = message.arguments().value(1).toUInt() == byThePerson;
                          Entry &entry = m_entries[key];
                          entry.id = 0;
                          if (!entry.calling)
                              m_entries.remove(key);
                          m_tokens.remove(id);
                          if (dismissal)
                              Q_EMIT dismissed(key);
                      });
    m_bus.watchName(this, service, [this](const QString &owner) { ownerChanged(owner); });
}

bool FreedesktopNotifier::fromServer(const QDBusMessage &message) const
{
    return !m_owner.isEmpty() && message.service() == m_owner;
}

QString FreedesktopNotifier::keyOf(quint32 id) const
{
    for (auto it = m_entries.begin(); it != m_entries.end(); ++it) {
        if (id != 0 && it->id == id)
            return it.key();
    }
    return {};
}

void FreedesktopNotifier::ownerChanged(const QString &owner)
{
    // One that the bus starts for our question has a name only now.
    const bool another = !owner.isEmpty() && !m_last.isEmpty() && owner != m_last;
    m_owner = owner;
    if (owner.isEmpty())
        return forget();
    m_last = owner;
    if (!another)
        return;
    forget();
    if (!m_waiting.empty())
        ask();
    Q_EMIT restarted();
}

void FreedesktopNotifier::forget()
{
    ++m_generation;
    m_server = Server::Unknown;
    m_entries.clear();
    m_tokens.clear();
}

void FreedesktopNotifier::ask()
{
    if (m_server != Server::Unknown)
        return;
    m_server = Server::Asked;
    m_pending = 2;
    m_refused = m_absent = false;
    const auto take = [this, generation = m_generation](const auto &then) {
        return [this, generation, then](const Result<QVariantList> &answer) {
            if (generation != m_generation)
                return;
            if (answer)
                then(answer->value(0));
            answered(answer);
        };
    };
    m_bus.call(this, service, objectPath, service, QStringLiteral("GetCapabilities"), {},
               take([this](const QVariant &value) { m_capabilities = value.toStringList(); }));
    m_bus.call(this, service, objectPath, service, QStringLiteral("GetServerInformation"), {},
               take([this](const QVariant &value) { m_drawsValue = drawsValue(value.toString()); }));
}

void FreedesktopNotifier::answered(const Result<QVariantList> &answer)
{
    if (!answer) {
        m_refused = true;
        m_absent = answer.error().data.value(QStringLiteral("name")).toString()
            == u"org.freedesktop.DBus.Error.ServiceUnknown";
    }
    if (--m_pending > 0)
        return;
    if (m_refused) {
        // Asked again with the next one: it may only have been slow to start.
        forget();
        m_waiting.clear();
        if (const auto warn = m_bus.available() ? std::exchange(m_warn, {}) : nullptr)
            warn(m_absent ? tr("No notification service runs, so the end of jobs is not told on the desktop.")
                          : tr("The desktop's notifications do not answer, so the end of jobs is not told there."));
        return;
    }
    m_server = Server::Known;
    for (const Notification &notification : std::exchange(m_waiting, {}))
        show(notification);
}

void FreedesktopNotifier::show(const Notification &notification)
{
    if (m_server != Server::Known) {
        std::erase_if(m_waiting, [&](const Notification &other) { return other.key == notification.key; });
        m_waiting.push_back(notification);
        return ask();
    }
    Entry &entry = m_entries[notification.key];
    entry.closing = false;
    if (entry.calling)
        entry.next = notification;
    else
        notify(notification.key, notification);
}

QVariantMap FreedesktopNotifier::hints(const Notification &notification) const
{
    QVariantMap hints{
        {QStringLiteral("desktop-entry"), QStringLiteral("org.stepwire.Stepwire")},
        {QStringLiteral("urgency"), QVariant::fromValue<uchar>(notification.running ? 0 : 1)},
    };
    if (notification.running)
        hints.insert(QStringLiteral("transient"), true);
    else
        hints.insert(QStringLiteral("category"),
                     notification.failure ? QStringLiteral("transfer.error") : QStringLiteral("transfer.complete"));
    if (notification.running && notification.value && m_drawsValue)
        hints.insert(QStringLiteral("value"), *notification.value);
    return hints;
}

void FreedesktopNotifier::notify(const QString &key, const Notification &notification)
{
    QString title = notification.title;
    QString body = notification.body;
    if (notification.running && !m_drawsValue && !notification.percent.isEmpty()) {
        const QString comma = tr(", ", "between parts of a line");
        body = body.isEmpty() ? notification.percent : notification.percent + comma + body;
    }
    if (!can(QStringLiteral("body"))) {
        if (!body.isEmpty())
            title = tr("%1: %2", "notification in one line").arg(title, body);
        body.clear();
    } else if (can(QStringLiteral("body-markup"))) {
        body = body.toHtmlEscaped();
    }
    QStringList actions;
    if (can(QStringLiteral("actions"))) {
        actions = {QStringLiteral("default"), tr("Show")};
        for (const NotificationAction &action : notification.actions)
            actions << action.id << action.label;
    }
    Entry &entry = m_entries[key];
    entry.calling = true;
    entry.running = notification.running;
    // 0: until it is closed, which what runs is at its end, and a failure by who has seen it.
    const int expires = notification.running || notification.failure ? 0 : -1;
    m_bus.call(this, service, objectPath, service, QStringLiteral("Notify"),
               {tr("Stepwire"), entry.id, QStringLiteral("org.stepwire.Stepwire"), title, body, actions,
                hints(notification), expires},
               [this, key, generation = m_generation](const Result<QVariantList> &answer) {
                   if (generation != m_generation)
                       return;
                   Entry &shown = m_entries[key];
                   shown.calling = false;
                   if (answer)
                       shown.id = answer->value(0).toUInt();
                   if (shown.closing)
                       return close(key);
                   if (const auto next = std::exchange(shown.next, std::nullopt))
                       notify(key, *next);
                   else if (shown.id == 0)
                       m_entries.remove(key);
               });
}

void FreedesktopNotifier::close(const QString &key)
{
    std::erase_if(m_waiting, [&](const Notification &other) { return other.key == key; });
    const auto it = m_entries.find(key);
    if (it == m_entries.end())
        return;
    if (it->calling) {
        it->closing = true;
        it->next.reset();
        return;
    }
    const quint32 id = it->id;
    m_entries.erase(it);
    if (id != 0)
        m_bus.call(this, service, objectPath, service, QStringLiteral("CloseNotification"), {id});
}

} // namespace stepwire
