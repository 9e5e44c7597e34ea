#pragma once

#include "core/hub/hub.h"
#include "core/serve/io/reactor.h"

#include <QObject>

#include <deque>
#include <map>
#include <memory>

namespace stepwire {

/// The event sockets of jobs that have an event name: `<folder>/<event_name>.sock` speaks dotfiles-socket as long as
/// the job lives. Lives on the hub's thread.
class EventSockets : public QObject
{
public:
    static constexpr std::size_t mostClients = 10;
    static constexpr std::size_t mostQueued = 100;

    /// `warn` is told once a job when its socket cannot be made.
    EventSockets(Hub &hub, io::Reactor &reactor, QString folder,
                 std::function<void(const QString &jobId, const QString &sentence)> warn);
    ~EventSockets() override;

    /// Calls `done` when the last messages of all sockets were taken or their time is over.
    void drain(std::function<void()> done);

private:
    class Client;
    struct Channel;

    void onEvent(const EventPtr &event);
    void open(const Job &job);
    [[nodiscard]] QString pathFor(const Job &job) const;
    void accept(Channel &channel, int descriptor);
    void broadcast(Channel &channel, const QByteArray &frame);
    void gone(Channel &channel, quint64 clientId);
    void stopListening(Channel &channel);
    void end(Channel &channel);
    void removeWhenLeft(const QString &jobId);

    Hub &m_hub;
    io::Reactor &m_reactor;
    QString m_folder;
    std::function<void(const QString &, const QString &)> m_warn;
    std::map<QString, std::unique_ptr<Channel>> m_channels;
    std::function<void()> m_drained;
    Subscription m_subscription;
};

} // namespace stepwire
