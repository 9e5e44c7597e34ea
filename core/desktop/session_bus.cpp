#include "core/desktop/session_bus.h"

#include "core/model/mailbox.h"

#include <QDBusError>
#include <QDBusPendingCallWatcher>
#include <QDBusReply>
#include <QFileInfo>
#include <QThread>
#include <QTimer>

#include <algorithm>
#include <atomic>

namespace stepwire {

namespace {

const QString busService = QStringLiteral("org.freedesktop.DBus");
const QString busPath = QStringLiteral("/org/freedesktop/DBus");

/// Empty: there is none. libdbus would start a bus of its own then, and wait for it.
QString addressOf(const SessionBus::Options &options)
{
    if (!options.address.isEmpty())
        return options.address;
    if (options.which == SessionBus::Which::System) {
        const QString given = qEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS");
        const QString usual = QStringLiteral("/run/dbus/system_bus_socket");
        return !given.isEmpty() ? given : QFileInfo::exists(usual) ? QStringLiteral("unix:path=") + usual : QString();
    }
    const QString given = qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS");
    if (!given.isEmpty())
        return given;
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    const QString usual = runtime + QStringLiteral("/bus");
    return !runtime.isEmpty() && QFileInfo::exists(usual) ? QStringLiteral("unix:path=") + usual : QString();
}

Error refused(const QDBusError &error)
{
    return {code::internalError, error.message(), {{QStringLiteral("name"), error.name()}}};
}

} // namespace

/// Runs what is posted to it on the thread that it lives in.
class SessionBus::Desk : public QObject
{
public:
    void post(std::function<void()> work) { m_box.post(std::move(work)); }

private:
    Mailbox<std::function<void()>> m_box{[this] {
        QMetaObject::invokeMethod(
            this,
            [this] {
                for (const auto &work : m_box.takeAll())
                    work();
            },
            Qt::QueuedConnection);
    }};
};

/// One match of signals: what QtDBus hands them to. Lives on the main thread.
class SessionBus::Relay : public QObject
{
    Q_OBJECT

public:
    QString path;
    QString interface;
    QString name;
    QStringList arguments;
    Got got;

    bool connectTo(QDBusConnection connection)
    {
        // Naming a sender would make QtDBus wait for who that is.
        return connection.connect(QString(), path, interface, name, arguments, QString(), this,
                                  SLOT(take(QDBusMessage)));
    }
    bool disconnectFrom(QDBusConnection connection)
    {
        return connection.disconnect(QString(), path, interface, name, arguments, QString(), this,
                                     SLOT(take(QDBusMessage)));
    }

    std::function<void()> established;
    bool wanted = true;

public Q_SLOTS:
    void take(const QDBusMessage &message)
    {
        if (wanted && got)
            got(message);
    }
};

SessionBus::SessionBus(Options options, std::function<void(const QString &)> warn, QObject *parent)
    : QObject(parent),
      m_options(std::move(options)),
      m_warn(std::move(warn)),
      m_connection(QString()),
      m_thread(new QThread),
      m_away(new Desk),
      m_home(new Desk)
{
    m_thread->setObjectName(QStringLiteral("bus"));
    m_away->moveToThread(m_thread);
    const QString address = addressOf(m_options);
    if (address.isEmpty()) {
        m_home->post([this] { giveUp(tr("There is no message bus, so the desktop cannot be told of jobs.")); });
        return;
    }
    m_thread->start();
    static std::atomic<int> count = 0;
    const QString name = QStringLiteral("stepwire-%1").arg(++count);
    m_away->post([this, home = m_home, address, name] {
        const QDBusConnection connection = QDBusConnection::connectToBus(address, name);
        // Not run once the bus object is gone.
        home->post([this, connection] { connected(connection); });
    });
    QTimer::singleShot(m_options.connectMs, this, [this] {
        if (m_state == State::Connecting)
            giveUp(tr("The message bus does not answer, so the desktop cannot be told of jobs."));
    });
}

SessionBus::~SessionBus()
{
    for (Relay *relay : m_relays)
        relay->wanted = false;
    bool ended = true;
    if (m_thread->isRunning()) {
        const QString name = m_connection.name();
        const bool answered = m_connection.isConnected();
        m_connection = QDBusConnection(QString());
        m_away->post([name, thread = m_thread] {
            if (!name.isEmpty())
                QDBusConnection::disconnectFromBus(name);
            thread->quit();
        });
        // What is left running while the process ends would meet what QtDBus has taken apart: where a bus answered, a
        // busy machine gets its time.
        ended = m_thread->wait(answered ? 3000 : 250);
    }
    // A thread that hangs in a bus that does not answer is left to itself, with what it uses.
    if (!ended) {
        m_home->moveToThread(nullptr);
        return;
    }
    qDeleteAll(m_relays);
    delete m_home;
    delete m_away;
    delete m_thread;
}

void SessionBus::connected(const QDBusConnection &connection)
{
    if (!connection.isConnected()) {
        if (m_state == State::Connecting)
            giveUp(tr("The message bus refuses the connection, so the desktop cannot be told of jobs: %1")
                       .arg(connection.lastError().message()));
        return;
    }
    m_connection = connection;
    m_state = State::There;

    auto *relay = new Relay;
    relay->path = QStringLiteral("/org/freedesktop/DBus/Local");
    relay->interface = QStringLiteral("org.freedesktop.DBus.Local");
    relay->name = QStringLiteral("Disconnected");
    relay->got = [this](const QDBusMessage &) { lost(); };
    m_relays.push_back(relay);
    for (Relay *known : m_relays) {
        if (known->wanted)
            establish(known);
    }
    for (const auto &watch : m_names)
        establish(watch);
    Q_EMIT availableChanged();
    for (const Waiting &waiting : std::exchange(m_waiting, {})) {
        if (waiting.context)
            waiting.then();
    }
    for (const Asked &asked : std::exchange(m_asked, {}))
        send(asked);
}

void SessionBus::giveUp(const QString &sentence)
{
    m_state = State::None;
    if (const auto warn = std::exchange(m_warn, {}))
        warn(sentence);
    for (const Asked &asked : std::exchange(m_asked, {})) {
        if (asked.wanted())
            asked.answered(fail(code::hostUnreachable, QStringLiteral("there is no message bus")));
    }
    Q_EMIT availableChanged();
}

void SessionBus::lost()
{
    if (m_state != State::There)
        return;
    m_state = State::None;
    for (const auto &watch : m_names)
        tell(watch, QString());
    giveUp(tr("The message bus is gone, so the desktop cannot be told of jobs."));
}

void SessionBus::call(QObject *context, const QDBusMessage &message, Answered answered, int timeoutMs)
{
    const Asked asked{context, context != nullptr, message, std::move(answered), timeoutMs};
    switch (m_state) {
    case State::Connecting: m_asked.push_back(asked); break;
    case State::There: send(asked); break;
    case State::None:
        m_home->post([asked] {
            if (asked.wanted())
                asked.answered(fail(code::hostUnreachable, QStringLiteral("there is no message bus")));
        });
        break;
    }
}

void SessionBus::call(QObject *context, const QString &service, const QString &path, const QString &interface,
                      const QString &method, const QVariantList &arguments, Answered answered, int timeoutMs)
{
    QDBusMessage message = QDBusMessage::createMethodCall(service, path, interface, method);
    message.setArguments(arguments);
    call(context, message, std::move(answered), timeoutMs);
}

void SessionBus::send(const Asked &asked)
{
    auto *watcher = new QDBusPendingCallWatcher(m_connection.asyncCall(asked.message, asked.timeoutMs), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [asked, watcher] {
        watcher->deleteLater();
        if (!asked.wanted())
            return;
        const QDBusMessage reply = watcher->reply();
        if (reply.type() == QDBusMessage::ErrorMessage)
            asked.answered(tl::unexpected<Error>(refused(QDBusError(reply))));
        else
            asked.answered(reply.arguments());
    });
}

void SessionBus::property(QObject *context, const QString &service, const QString &path, const QString &interface,
                          const QString &name, std::function<void(const Result<QVariant> &)> got)
{
    call(context, service, path, QStringLiteral("org.freedesktop.DBus.Properties"), QStringLiteral("Get"),
         {interface, name}, [got = std::move(got)](const Result<QVariantList> &answer) {
             if (!answer)
                 return got(tl::unexpected<Error>(answer.error()));
             const QVariant first = answer->value(0);
             got(first.canConvert<QDBusVariant>() ? first.value<QDBusVariant>().variant() : first);
         });
}

void SessionBus::emitSignal(const QDBusMessage &signal)
{
    if (m_state == State::There)
        m_connection.send(signal);
}

void SessionBus::watchSignal(QObject *context, const QString &path, const QString &interface, const QString &name,
                             Got got)
{
    auto *relay = new Relay;
    relay->path = path;
    relay->interface = interface;
    relay->name = name;
    relay->got = std::move(got);
    m_relays.push_back(relay);
    connect(context, &QObject::destroyed, this, [this, relay] { release(relay); });
    if (m_state == State::There)
        establish(relay);
}

void SessionBus::establish(Relay *relay)
{
    m_away->post([relay, connection = m_connection, home = m_home] {
        relay->connectTo(connection);
        home->post([relay] {
            if (relay->wanted && relay->established)
                relay->established();
        });
    });
}

void SessionBus::release(Relay *relay)
{
    relay->wanted = false;
    if (m_state != State::There)
        return; // kept until the end: the thread may be about to use it
    m_away->post([this, relay, connection = m_connection, home = m_home] {
        relay->disconnectFrom(connection);
        home->post([this, relay] {
            std::erase(m_relays, relay);
            delete relay;
        });
    });
}

void SessionBus::watchName(QObject *context, const QString &name, Owned owned)
{
    m_names.push_back(std::make_shared<NameWatch>(NameWatch{context, name, std::move(owned), false, {}}));
    if (m_state == State::There)
        establish(m_names.back());
}

void SessionBus::establish(const std::shared_ptr<NameWatch> &watch)
{
    auto *relay = new Relay;
    relay->path = busPath;
    relay->interface = busService;
    relay->name = QStringLiteral("NameOwnerChanged");
    relay->arguments = {watch->name};
    relay->got = [this, watch](const QDBusMessage &message) {
        if (message.service() == busService && message.arguments().size() == 3)
            tell(watch, message.arguments().at(2).toString());
    };
    // Asked only when no change can be missed any more.
    relay->established = [this, watch] { askOwner(watch); };
    m_relays.push_back(relay);
    if (watch->context)
        connect(watch->context, &QObject::destroyed, this, [this, relay] { release(relay); });
    establish(relay);
}

void SessionBus::askOwner(const std::shared_ptr<NameWatch> &watch)
{
    call(this, busService, busPath, busService, QStringLiteral("GetNameOwner"), {watch->name},
         [this, watch](const Result<QVariantList> &answer) {
             if (!watch->told)
                 tell(watch, answer ? answer->value(0).toString() : QString());
         });
}

void SessionBus::tell(const std::shared_ptr<NameWatch> &watch, const QString &owner)
{
    if (watch->told && watch->owner == owner)
        return;
    watch->told = true;
    watch->owner = owner;
    if (watch->context)
        watch->owned(owner);
}

void SessionBus::whenAvailable(QObject *context, std::function<void()> then)
{
    if (m_state == State::There)
        return then();
    m_waiting.push_back({context, std::move(then)});
}

} // namespace stepwire

#include "session_bus.moc"
