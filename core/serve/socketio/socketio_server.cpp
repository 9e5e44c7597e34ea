#include "core/serve/socketio/socketio_server.h"

#include "core/serve/socketio/client.h"
#include "core/serve/socketio/room.h"

#include <algorithm>

namespace stepwire::socketio {

Server::Server(io::Reactor &reactor, Options options)
    : m_reactor(reactor),
      m_options(std::move(options)),
      m_timeouts([this](quint64 timer) {
          const auto node = m_timed.extract(timer);
          if (!node.empty())
              node.mapped()();
      }),
      m_engine(reactor, m_options.engine,
               [this](engineio::Session &session) { return std::make_unique<Client>(*this, session); })
{
    of();
}

Server::~Server()
{
    m_engine.close();
}

void Server::attach(http::Server &server, const QByteArray &path)
{
    m_engine.attach(server, path);
}

static QString withSlash(const QString &name)
{
    return name.startsWith(u'/') ? name : u'/' + name;
}

Namespace *Server::find(const QString &name) const
{
    const auto it = m_namespaces.find(name);
    return it == m_namespaces.end() ? nullptr : it->second.get();
}

Namespace &Server::make(const QString &name, std::shared_ptr<Reception> reception, bool isChild)
{
    std::unique_ptr<Namespace> made(new Namespace(*this, name, std::move(reception), isChild));
    return *m_namespaces.emplace(name, std::move(made)).first->second;
}

Namespace &Server::of(const QString &name)
{
    const QString whole = withSlash(name);
    if (Namespace *nsp = find(whole))
        return *nsp;
    return make(whole, std::make_shared<Reception>(), false);
}

NamespaceFamily &Server::family(NamespaceFamily::Accepts accepts)
{
    m_families.push_back(std::unique_ptr<NamespaceFamily>(new NamespaceFamily(std::move(accepts))));
    return *m_families.back();
}

NamespaceFamily &Server::family(const QRegularExpression &pattern)
{
    const QRegularExpression whole(QRegularExpression::anchoredPattern(pattern.pattern()), pattern.patternOptions());
    return family([whole](const QString &name, const QJsonObject &, const engineio::Handshake &) {
        return whole.match(name).hasMatch();
    });
}

Namespace *Server::findOrMake(const QString &name, const QJsonObject &auth, const engineio::Handshake &handshake)
{
    if (Namespace *nsp = find(name); nsp && !nsp->m_isChild)
        return nsp;
    for (const auto &family : m_families) {
        if (!family->m_accepts(name, auth, handshake))
            continue;
        if (Namespace *nsp = find(name))
            return nsp; // what another client was let into is asked anew for each
        if (m_children >= m_options.mostChildren)
            return nullptr;
        ++m_children;
        return &make(name, family->m_reception, true);
    }
    return nullptr;
}

void Server::removeLater(Namespace &nsp)
{
    // It is in the middle of a call, and somebody may come in this same turn.
    QMetaObject::invokeMethod(
        this,
        [this, name = nsp.name()] {
            const auto it = m_namespaces.find(name);
            if (it == m_namespaces.end() || !it->second->isDeserted())
                return;
            m_namespaces.erase(it);
            --m_children;
        },
        Qt::QueuedConnection);
}

quint64 Server::after(int ms, std::function<void()> then)
{
    const quint64 timer = m_nextTimer++;
    m_timed.emplace(timer, std::move(then));
    m_timeouts.set(timer, ms);
    return timer;
}

void Server::cancel(quint64 timer)
{
    if (m_timed.erase(timer) > 0)
        m_timeouts.clear(timer);
}

void Server::close()
{
    m_engine.close();
}

} // namespace stepwire::socketio
