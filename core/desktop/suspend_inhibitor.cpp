#include "core/desktop/suspend_inhibitor.h"

#include <QDBusObjectPath>

namespace stepwire {

namespace {

const QString portal = QStringLiteral("org.freedesktop.portal.Desktop");
const QString portalPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString portalInhibit = QStringLiteral("org.freedesktop.portal.Inhibit");

} // namespace

SuspendInhibitor::SuspendInhibitor(SessionBus &session, std::function<SessionBus &()> system, bool sandboxed,
                                   QObject *parent)
    : QObject(parent), m_session(session), m_system(std::move(system)), m_sandboxed(sandboxed)
{
}

QString SuspendInhibitor::why()
{
    return tr("Jobs are running");
}

void SuspendInhibitor::hold(bool wanted)
{
    if (wanted == m_wanted)
        return;
    m_wanted = wanted;
    ++m_generation;
    if (wanted)
        askPortal();
    else
        release();
}

void SuspendInhibitor::release()
{
    m_fd = QDBusUnixFileDescriptor();
    if (const QString handle = std::exchange(m_handle, {}); !handle.isEmpty())
        drop(handle);
}

void SuspendInhibitor::drop(const QString &handle)
{
    m_session.call(nullptr, portal, handle, QStringLiteral("org.freedesktop.portal.Request"), QStringLiteral("Close"),
                   {});
}

void SuspendInhibitor::askPortal()
{
    constexpr uint suspend = 4;
    m_session.call(this, portal, portalPath, portalInhibit, QStringLiteral("Inhibit"),
                   {QString(), suspend, QVariantMap{{QStringLiteral("reason"), why()}}},
                   [this, generation = m_generation](const Result<QVariantList> &answer) {
                       if (answer) {
                           const QString handle = answer->value(0).value<QDBusObjectPath>().path();
                           if (generation == m_generation)
                               m_handle = handle;
                           else
                               drop(handle);
                       } else if (generation == m_generation && !m_sandboxed) {
                           askLogind();
                       }
                   });
}

void SuspendInhibitor::askLogind()
{
    m_system().call(this, QStringLiteral("org.freedesktop.login1"), QStringLiteral("/org/freedesktop/login1"),
                    QStringLiteral("org.freedesktop.login1.Manager"), QStringLiteral("Inhibit"),
                    {QStringLiteral("sleep"), tr("Stepwire"), why(), QStringLiteral("block")},
                    [this, generation = m_generation](const Result<QVariantList> &answer) {
                        if (answer && generation == m_generation)
                            m_fd = answer->value(0).value<QDBusUnixFileDescriptor>();
                    });
}

} // namespace stepwire
