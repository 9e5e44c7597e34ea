#pragma once

#include "core/hub/hub.h"

#include <QByteArrayList>
#include <QLocalServer>
#include <QLocalSocket>
#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

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
    EventSockets(Hub &hub, QString folder, std::function<void(const QString &jobId, const QString &sentence)> warn);
    ~EventSockets() override;

    /// Calls `done` when the last messages of all sockets were taken or their time is over.
    void drain(std::function<void()> done);

private:
    struct Client
    {
        std::unique_ptr<QLocalSocket> socket;
        std::unique_ptr<QSocketNotifier> writable;
        std::deque<QByteArray> waiting; ///< at most mostQueued beside what is being sent
        QByteArrayList sending;
        qsizetype frontOffset = 0;
        bool full = false;
    };

    struct Channel
    {
        QString job;
        QString path;
        QLocalServer server;
        std::deque<QByteArray> history;
        std::map<quint64, std::unique_ptr<Client>> clients;
        quint64 nextClient = 1;
        bool ending = false;
        QTimer deadline;
    };

    void onEvent(const EventPtr &event);
    void open(const Job &job);
    [[nodiscard]] QString pathFor(const Job &job) const;
    void accept(Channel &channel);
    void broadcast(Channel &channel, const QByteArray &frame);
    void enqueue(Channel &channel, quint64 clientId, const QByteArray &frame);
    void flush(Channel &channel, quint64 clientId);
    void dropClient(Channel &channel, quint64 clientId);
    void end(Channel &channel);
    void closeWhenSent(const QString &jobId);

    Hub &m_hub;
    QString m_folder;
    std::function<void(const QString &, const QString &)> m_warn;
    std::map<QString, std::unique_ptr<Channel>> m_channels;
    std::function<void()> m_drained;
    Subscription m_subscription;
};

} // namespace stepwire
