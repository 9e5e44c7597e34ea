#pragma once

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVirtualObject>
#include <QProcess>

#include <functional>

namespace stepwire::test {

/// A dbus-daemon of the test's own, with an address of its own; ends with it.
class PrivateBus
{
public:
    PrivateBus()
    {
        m_daemon.start(QStringLiteral("dbus-daemon"),
                       {QStringLiteral("--session"), QStringLiteral("--nofork"), QStringLiteral("--print-address")});
        if (m_daemon.waitForStarted() && m_daemon.waitForReadyRead())
            m_address = QString::fromLatin1(m_daemon.readLine()).trimmed();
    }
    ~PrivateBus()
    {
        m_daemon.kill();
        m_daemon.waitForFinished();
    }
    Q_DISABLE_COPY_MOVE(PrivateBus)

    [[nodiscard]] const QString &address() const { return m_address; }

private:
    QProcess m_daemon;
    QString m_address;
};

/// Somebody else on that bus, who takes every call to the paths below `/` and may own names. Leaves with its end.
class BusPeer : public QDBusVirtualObject
{
public:
    using Handler = std::function<bool(const QDBusMessage &)>;

    BusPeer(const QString &address, const QString &name)
        : m_name(name), connection(QDBusConnection::connectToBus(address, name))
    {
        connection.registerVirtualObject(QStringLiteral("/"), this, QDBusConnection::SubPath);
    }
    ~BusPeer() override { QDBusConnection::disconnectFromBus(m_name); }
    Q_DISABLE_COPY_MOVE(BusPeer)

    [[nodiscard]] QString introspect(const QString &) const override { return {}; }
    bool handleMessage(const QDBusMessage &message, const QDBusConnection &) override
    {
        return handler && handler(message);
    }

private:
    QString m_name;

public:
    QDBusConnection connection;
    Handler handler; ///< false: there is no such method
};

} // namespace stepwire::test
