#include "core/remote/foreign/dotfiles.h"

#include "core/remote/foreign/dotfiles_events.h"
#include "core/remote/foreign/frame_sockets.h"
#include "core/wire/dotfiles/msgpack.h"

namespace stepwire {

namespace {

/// Reads event sockets of dotfiles-socket, each by itself. Lives on the hub's thread.
class DotfilesServer : public ForeignServer, private FrameSockets::Observer
{
public:
    DotfilesServer(FrameSockets::Place place, ForeignJobs &jobs) : m_jobs(jobs), m_sockets(std::move(place), *this) { }

    void start() override { m_sockets.start(); }
    void hurry() override { m_sockets.hurry(); }

private:
    void reachable() override
    {
        m_jobs.connected();
        if (std::exchange(m_reconciled, true))
            return;
        for (const QStringList keys = m_jobs.liveKeys(); const QString &key : keys) { // of an earlier life
            const QString socket = DotfilesEvents::socketOf(key);
            if (!m_sockets.knows(socket))
                events(socket).gone();
        }
    }

    void unreachable(const QString &reason) override { m_jobs.lost(reason); }
    void opened(const QString &name) override { events(name).opened(); }

    bool frame(const QString &name, QByteArrayView payload) override
    {
        qsizetype consumed = 0;
        const auto value = msgpack::read(payload, consumed);
        if (!value || !value->isObject() || consumed != payload.size())
            return false;
        (void)events(name).take(value->toObject()); // as the protocol's own clients, which drop what they do not know
        return true;
    }

    void gone(const QString &name) override
    {
        events(name).gone();
        constexpr std::size_t mostRemembered = 500;
        if (m_events.size() > mostRemembered)
            m_events.erase(name);
    }

    DotfilesEvents &events(const QString &name) { return m_events.try_emplace(name, m_jobs, name).first->second; }

    ForeignJobs &m_jobs;
    std::map<QString, DotfilesEvents> m_events;
    FrameSockets m_sockets;
    bool m_reconciled = false;
};

} // namespace

Result<std::unique_ptr<ForeignServer>> makeDotfiles(const ForeignServer::Setup &setup)
{
    auto place = FrameSockets::placeOf(setup.settings, QStringLiteral(".sock"));
    if (!place)
        return tl::unexpected(place.error());
    return std::make_unique<DotfilesServer>(std::move(*place), setup.jobs);
}

} // namespace stepwire
