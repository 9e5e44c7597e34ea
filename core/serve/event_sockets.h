#pragma once

#include "core/hub/hub.h"
#include "core/serve/io/reactor.h"

#include <QObject>

#include <deque>
#include <map>
#include <memory>

namespace stepwire {

/// The event sockets of jobs that have an event name: `<folder>/<event_name>.sock`, or whatever else is opened for it,
/// speaks dotfiles-socket as long as the job lives. Lives on the hub's thread.
class EventSockets : public QObject
{
public:
    static constexpr std::size_t mostClients = 10;
    static constexpr std::size_t mostQueued = 100;

    /// Where a job's clients come in.
    struct Door
    {
        int descriptor = -1; ///< listening
        QString path; ///< of its file, empty where there is none
    };

    /// How doors are made, and whether who stands behind an accepted descriptor may come in.
    struct Doors
    {
        std::function<Result<Door>(const Job &job)> open;
        std::function<bool(int descriptor)> mayEnter;
    };

    /// `warn` is told once a job when its socket cannot be made.
    EventSockets(Hub &hub, io::Reactor &reactor, QString folder,
                 std::function<void(const QString &jobId, const QString &sentence)> warn);
    EventSockets(Hub &hub, io::Reactor &reactor, Doors doors,
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
    Doors m_doors;
    std::function<void(const QString &, const QString &)> m_warn;
    std::map<QString, std::unique_ptr<Channel>> m_channels;
    std::function<void()> m_drained;
    Subscription m_subscription;
};

} // namespace stepwire
