#include "core/serve/dialects/dotfiles/dotfiles_dialect.h"

#include "core/model/ids.h"
#include "core/model/quote.h"

#include <QDateTime>
#include <QDir>
#include <QJsonArray>

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace stepwire::dotfiles_daemon {

using namespace Qt::StringLiterals;

Result<DotfilesDialect::Settings> DotfilesDialect::Settings::read(const QJsonObject &members)
{
    const QString here = u"[dialects.dotfiles]"_s;
    const auto wrong = [&](const QString &key, QStringView expected) {
        return fail(u"%1 %2 is %3, expected %4"_s.arg(here, key, quoted(members[key]), expected));
    };
    Settings settings;
    settings.folder = QDir::homePath() + u"/.cache/dotfiles/sockets"_s;
    for (const QString &key : members.keys()) {
        const QJsonValue value = members[key];
        if (key == u"tcp") {
            if (!value.isBool())
                return wrong(key, u"true or false");
            settings.tcp = value.toBool();
        } else if (key == u"ports") {
            const QJsonArray range = value.toArray();
            settings.firstPort = range.at(0).toInt();
            settings.lastPort = range.at(1).toInt();
            if (range.size() != 2 || settings.firstPort < 1 || settings.lastPort < settings.firstPort
                || settings.lastPort > 65535)
                return wrong(key, u"the first and the last port, such as [9000, 9100]");
        } else if (key == u"folder") {
            if (value.isBool() && !value.toBool()) {
                settings.folder.clear();
                continue;
            }
            settings.folder = value.toString();
            if (settings.folder.startsWith(u"~/"))
                settings.folder = QDir::homePath() + settings.folder.mid(1);
            if (!settings.folder.startsWith(u'/'))
                return wrong(key, u"an absolute path, one that begins with ~/, or false");
        } else {
            const QStringList known{u"enabled"_s, u"folder"_s, u"listen"_s, u"ports"_s, u"tcp"_s};
            const QString near = nearest(key, known);
            return fail(u"%1 has no %2, %3"_s.arg(here, quoted(key),
                                                  near.isEmpty() ? u"expected one of "_s + known.join(u", ")
                                                                 : u"did you mean "_s + quoted(near)));
        }
    }
    return settings;
}

DotfilesDialect::DotfilesDialect(const Setup &setup, Settings settings)
    : m_setup(setup), m_settings(std::move(settings))
{
}

Result<std::unique_ptr<Dialect>> DotfilesDialect::make(const Setup &setup)
{
    auto settings = Settings::read(setup.settings.members);
    if (!settings)
        return tl::unexpected(settings.error());
    return std::make_unique<DotfilesDialect>(setup, std::move(*settings));
}

void DotfilesDialect::warn(const QString &job, const QString &sentence) const
{
    m_setup.hub.publish(
        {job, {}, QDateTime::currentMSecsSinceEpoch(), Notice{u"hub.warning"_s, {{u"message"_s, sentence}}}});
}

Result<QString> DotfilesDialect::listen()
{
    QStringList places;
    if (!m_settings.folder.isEmpty()) {
        m_daemon = std::make_unique<Daemon>(m_setup.hub, m_setup.reactor, m_settings.folder);
        m_daemon->onClientsChanged([this] { tellClientsChanged(); });
        if (const auto listening = m_daemon->listen(); !listening)
            return tl::unexpected(listening.error());
        places.append(m_settings.folder);
    }
    if (m_settings.tcp) {
        m_sockets = std::make_unique<EventSockets>(
            m_setup.hub, m_setup.reactor,
            EventSockets::Doors{[this](const Job &job) { return openPort(job); }, [](int) { return true; }},
            [this](const QString &job, const QString &sentence) { warn(job, sentence); });
        places.append(
            u"%1:%2 to %3"_s.arg(m_setup.settings.address).arg(m_settings.firstPort).arg(m_settings.lastPort));
    }
    if (places.isEmpty())
        return fail(u"[dialects.dotfiles] has neither tcp nor folder"_s);
    return places.join(u" and ");
}

/// The first port that binds, which the job says in an event of its own: its clients have to be told.
Result<EventSockets::Door> DotfilesDialect::openPort(const Job &job) const
{
    const bool six = m_setup.settings.address.contains(u':');
    const QByteArray host = m_setup.settings.address.toLatin1();
    int fault = 0;
    for (int port = m_settings.firstPort; port <= m_settings.lastPort; ++port) {
        sockaddr_storage storage{};
        socklen_t size = 0;
        if (six) {
            auto *address = reinterpret_cast<sockaddr_in6 *>(&storage);
            address->sin6_family = AF_INET6;
            address->sin6_port = htons(static_cast<quint16>(port));
            ::inet_pton(AF_INET6, host.constData(), &address->sin6_addr);
            size = sizeof *address;
        } else {
            auto *address = reinterpret_cast<sockaddr_in *>(&storage);
            address->sin_family = AF_INET;
            address->sin_port = htons(static_cast<quint16>(port));
            ::inet_pton(AF_INET, host.constData(), &address->sin_addr);
            size = sizeof *address;
        }
        const int descriptor = ::socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        const int on = 1;
        if (descriptor >= 0 && ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
            && ::bind(descriptor, reinterpret_cast<const sockaddr *>(&storage), size) == 0
            && ::listen(descriptor, SOMAXCONN) == 0) {
            m_setup.hub.publish({job.id,
                                 {},
                                 QDateTime::currentMSecsSinceEpoch(),
                                 Custom{u"event_socket"_s,
                                        QJsonObject{{u"event_name"_s, job.eventName},
                                                    {u"host"_s, m_setup.settings.address},
                                                    {u"port"_s, port}}}});
            return EventSockets::Door{descriptor, {}};
        }
        fault = errno;
        if (descriptor >= 0)
            ::close(descriptor);
        if (fault != EADDRINUSE && fault != EACCES)
            break;
    }
    return fail(code::internalError,
                u"none of the ports %1 to %2 is free: %3"_s.arg(m_settings.firstPort)
                    .arg(m_settings.lastPort)
                    .arg(QString::fromLocal8Bit(::strerror(fault))));
}

void DotfilesDialect::drain(std::function<void()> done)
{
    const auto drainDaemon = [this, done = std::move(done)] {
        if (m_daemon)
            m_daemon->drain(done);
        else
            done();
    };
    if (m_sockets)
        m_sockets->drain(drainDaemon);
    else
        drainDaemon();
}

} // namespace stepwire::dotfiles_daemon
