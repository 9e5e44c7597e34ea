#include "app/desktop/single_instance.h"

#include <QDBusAbstractAdaptor>
#include <QDBusConnection>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace stepwire {

static QString busName()
{
    return QStringLiteral("org.stepwire.Stepwire");
}

static QString objectPath()
{
    return QStringLiteral("/org/stepwire/Stepwire");
}

static constexpr qint64 longestWish = 64L * 1024;

/// org.freedesktop.Application on the bus.
class ApplicationObject : public QDBusAbstractAdaptor
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Application")

public:
    ApplicationObject(QObject *parent, SingleInstance &instance)
        : QDBusAbstractAdaptor(parent), m_instance(instance) { }

public Q_SLOTS:
    void Activate(const QVariantMap &platform) { wish({}, {}, platform); }
    void Open(const QStringList &uris, const QVariantMap &platform) { wish(QStringLiteral("open"), uris, platform); }
    void ActivateAction(const QString &name, const QVariantList &parameters, const QVariantMap &platform)
    {
        QStringList texts;
        for (const QVariant &parameter : parameters)
            texts.append(parameter.toString());
        wish(name, texts, platform);
    }

private:
    void wish(const QString &action, const QStringList &arguments, const QVariantMap &platform)
    {
        QString token = platform.value(QStringLiteral("activation-token")).toString();
        if (token.isEmpty())
            token = platform.value(QStringLiteral("desktop-startup-id")).toString();
        Q_EMIT m_instance.wished({action, arguments, token});
    }

    SingleInstance &m_instance;
};

SingleInstance::SingleInstance(SessionBus &bus, QString runtimeFolder) : m_bus(bus), m_folder(std::move(runtimeFolder))
{
    connect(&m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket *socket = m_server.nextPendingConnection()) {
            connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
            connect(socket, &QLocalSocket::readyRead, this, [this, socket] { readWish(socket); });
        }
    });
}

SingleInstance::~SingleInstance()
{
    if (m_lock >= 0)
        ::close(m_lock);
}

void SingleInstance::claim(const Wish &wish, std::function<void(const Result<bool> &)> claimed)
{
    m_wish = wish;
    m_claimed = std::move(claimed);
    if (m_bus.failed())
        return claimLock();
    const auto decide = [this] {
        if (!m_claimed)
            return;
        if (m_bus.available())
            claimName();
        else if (m_bus.failed())
            claimLock();
    };
    connect(&m_bus, &SessionBus::availableChanged, this, decide);
    decide();
}

void SingleInstance::answer(const Result<bool> &first)
{
    if (const auto claimed = std::exchange(m_claimed, {}))
        claimed(first);
}

void SingleInstance::claimName()
{
    if (m_object)
        return;
    m_object = new QObject(this);
    new ApplicationObject(m_object, *this);
    QDBusConnection connection = m_bus.connection();
    connection.registerObject(objectPath(), m_object, QDBusConnection::ExportAdaptors);
    constexpr quint32 doNotQueue = 4;
    m_bus.call(this, QStringLiteral("org.freedesktop.DBus"), QStringLiteral("/org/freedesktop/DBus"),
               QStringLiteral("org.freedesktop.DBus"), QStringLiteral("RequestName"), {busName(), doNotQueue},
               [this](const Result<QVariantList> &reply) {
                   constexpr uint exists = 3;
                   if (!reply)
                       return claimLock();
                   if (reply->value(0).toUInt() == exists)
                       return passOn();
                   answer(true);
               });
}

void SingleInstance::passOn()
{
    QVariantMap platform;
    if (!m_wish.token.isEmpty())
        platform.insert(QStringLiteral("activation-token"), m_wish.token);
    const bool action = !m_wish.action.isEmpty();
    QVariantList arguments;
    if (action) {
        QVariantList parameters;
        for (const QString &argument : std::as_const(m_wish.arguments))
            parameters.append(argument);
        arguments = {m_wish.action, QVariant(parameters)};
    }
    arguments.append(platform);
    m_bus.call(this, busName(), objectPath(), QStringLiteral("org.freedesktop.Application"),
               action ? QStringLiteral("ActivateAction") : QStringLiteral("Activate"), arguments,
               [this](const Result<QVariantList> &reply) {
                   if (reply)
                       return answer(false);
                   answer(tl::unexpected(
                       Error{code::internalError,
                             QStringLiteral("the window that is open does not answer: %1").arg(reply.error().message),
                             {}}));
               });
}

void SingleInstance::claimLock()
{
    const QString lock = m_folder + QStringLiteral("/window.lock");
    const QString socket = m_folder + QStringLiteral("/window.sock");
    m_lock = ::open(QFile::encodeName(lock).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (m_lock < 0)
        return answer(
            fail(code::internalError,
                 QStringLiteral("%1 cannot be made: %2").arg(lock, QString::fromLocal8Bit(std::strerror(errno)))));
    if (::flock(m_lock, LOCK_EX | LOCK_NB) == 0) {
        QLocalServer::removeServer(socket);
        m_server.setSocketOptions(QLocalServer::UserAccessOption);
        m_server.listen(socket);
        return answer(true);
    }
    m_other = std::make_unique<QLocalSocket>();
    connect(m_other.get(), &QLocalSocket::connected, this, [this] {
        m_other->write(
            QJsonDocument(QJsonObject{{QStringLiteral("action"), m_wish.action},
                                      {QStringLiteral("arguments"), QJsonArray::fromStringList(m_wish.arguments)},
                                      {QStringLiteral("token"), m_wish.token}})
                .toJson(QJsonDocument::Compact)
            + '\n');
    });
    // It closes when it has read the wish.
    connect(m_other.get(), &QLocalSocket::disconnected, this, [this] { answer(false); });
    connect(m_other.get(), &QLocalSocket::errorOccurred, this, [this](QLocalSocket::LocalSocketError error) {
        if (error != QLocalSocket::PeerClosedError)
            answer(fail(code::internalError,
                        QStringLiteral("the window that is open does not answer: %1").arg(m_other->errorString())));
    });
    m_other->connectToServer(socket);
}

void SingleInstance::readWish(QLocalSocket *socket)
{
    if (!socket->canReadLine()) {
        if (socket->bytesAvailable() > longestWish)
            socket->abort();
        return;
    }
    const QJsonObject object = QJsonDocument::fromJson(socket->readLine(longestWish)).object();
    Wish wish;
    wish.action = object[u"action"].toString();
    for (const QJsonArray arguments = object[u"arguments"].toArray(); const QJsonValue &argument : arguments)
        wish.arguments.append(argument.toString());
    wish.token = object[u"token"].toString();
    socket->disconnectFromServer();
    Q_EMIT wished(wish);
}

} // namespace stepwire

#include "single_instance.moc"
