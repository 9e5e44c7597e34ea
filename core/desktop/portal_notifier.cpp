#include "core/desktop/portal_notifier.h"

#include <QDBusArgument>
#include <QDBusMetaType>

#include <algorithm>

namespace stepwire {

namespace {

const QString service = QStringLiteral("org.freedesktop.portal.Desktop");
const QString objectPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString interface = QStringLiteral("org.freedesktop.portal.Notification");

using Buttons = QList<QVariantMap>;

/// Version 2 says in its platform data how a window may come to the front.
QString tokenIn(const QVariantList &arguments)
{
    for (const QVariant &argument : arguments) {
        if (!argument.canConvert<QDBusArgument>())
            continue;
        const auto data = argument.value<QDBusArgument>();
        if (data.currentSignature() != u"av")
            continue;
        QVariantList values;
        data >> values;
        for (const QVariant &value : values) {
            if (value.canConvert<QDBusArgument>() && value.value<QDBusArgument>().currentSignature() == u"a{sv}")
                return qdbus_cast<QVariantMap>(value).value(QStringLiteral("activation-token")).toString();
        }
    }
    return {};
}

} // namespace

PortalNotifier::PortalNotifier(SessionBus &bus, std::function<void(const QString &)> warn, QObject *parent)
    : Notifier(parent), m_bus(bus), m_warn(std::move(warn))
{
    qDBusRegisterMetaType<Buttons>();
    m_bus.watchSignal(this, objectPath, interface, QStringLiteral("ActionInvoked"),
                      [this](const QDBusMessage &message) {
                          const QVariantList arguments = message.arguments();
                          const QString action = arguments.value(1).toString();
                          Q_EMIT activated(arguments.value(0).toString(), action == u"default" ? QString() : action,
                                           tokenIn(arguments));
                      });
}

void PortalNotifier::show(const Notification &notification)
{
    if (m_version > 0)
        return send(notification);
    std::erase_if(m_waiting, [&](const Notification &other) { return other.key == notification.key; });
    m_waiting.push_back(notification);
    if (std::exchange(m_asked, true))
        return;
    m_bus.property(this, service, objectPath, interface, QStringLiteral("version"),
                   [this](const Result<QVariant> &answer) {
                       m_asked = false;
                       const auto waiting = std::exchange(m_waiting, {});
                       if (!answer)
                           return refused();
                       m_version = std::max(answer->toUInt(), 1U);
                       for (const Notification &one : waiting)
                           send(one);
                   });
}

void PortalNotifier::refused()
{
    if (const auto warn = m_bus.available() ? std::exchange(m_warn, {}) : nullptr)
        warn(tr("The desktop's notifications do not answer, so the end of jobs is not told there."));
}

void PortalNotifier::send(const Notification &notification)
{
    QString body = notification.body;
    if (notification.running && !notification.percent.isEmpty())
        body =
            body.isEmpty() ? notification.percent : notification.percent + tr(", ", "between parts of a line") + body;
    QVariantMap content{
        {QStringLiteral("title"), notification.title},
        {QStringLiteral("body"), body},
        {QStringLiteral("priority"), notification.running ? QStringLiteral("low") : QStringLiteral("normal")},
        {QStringLiteral("default-action"), QStringLiteral("default")},
    };
    Buttons buttons;
    for (const NotificationAction &action : notification.actions)
        buttons.append({{QStringLiteral("label"), action.label}, {QStringLiteral("action"), action.id}});
    if (!buttons.isEmpty())
        content.insert(QStringLiteral("buttons"), QVariant::fromValue(buttons));
    if (m_version >= 2 && notification.running)
        content.insert(QStringLiteral("display-hint"), QStringList{QStringLiteral("transient")});
    m_bus.call(this, service, objectPath, interface, QStringLiteral("AddNotification"), {notification.key, content},
               [this](const Result<QVariantList> &answer) {
                   if (!answer)
                       refused();
               });
}

void PortalNotifier::close(const QString &key)
{
    std::erase_if(m_waiting, [&](const Notification &other) { return other.key == key; });
    if (m_version > 0)
        m_bus.call(this, service, objectPath, interface, QStringLiteral("RemoveNotification"), {key});
}

} // namespace stepwire
