#pragma once

#include "core/hub/hub.h"
#include "core/serve/dialects/dotfiles/daemon_messages.h"
#include "core/serve/io/reactor.h"

#include <QObject>

#include <deque>
#include <map>
#include <memory>

namespace stepwire::dotfiles_daemon {

/// The sockets of dotfiles-daemon in one folder: `command.sock` takes what publishers tell, and makes a reported job of
/// each operation; `query.sock` answers; `TYPE_events.sock` gives monitors what was told under that event type, the
/// last `mostKept` messages first. Jobs of the hub are told there as operations, under their event name or else their
/// pipeline's. Lives on the hub's thread.
class Daemon : public QObject
{
public:
    static constexpr std::size_t mostKept = 100;
    static constexpr qsizetype mostKeptBytes = qsizetype(1) * 1024 * 1024; ///< of one type; the newest is kept anyway
    static constexpr std::size_t mostTypes = 64;
    static constexpr std::size_t mostClients = 32; ///< of one socket
    static constexpr std::size_t mostOperations = 256; ///< of publishers, at once
    static constexpr qsizetype mostStates = 256;
    static constexpr qsizetype mostStateBytes = qsizetype(64) * 1024; ///< of one value

    Daemon(Hub &hub, io::Reactor &reactor, QString folder);
    ~Daemon() override;

    /// Fails where another daemon listens.
    [[nodiscard]] Result<void> listen();
    [[nodiscard]] std::size_t clients() const;
    void onClientsChanged(std::function<void()> callback) { m_clientsChanged = std::move(callback); }
    void drain(std::function<void()> done);

private:
    class Client;
    enum class Role { Publisher, Asker, Monitor };

    /// The newest frames.
    class Backlog
    {
    public:
        void add(const QByteArray &frame);
        [[nodiscard]] const std::deque<QByteArray> &frames() const { return m_frames; }

    private:
        std::deque<QByteArray> m_frames;
        qsizetype m_bytes = 0;
    };

    struct Door
    {
        Role role = Role::Monitor;
        QString path;
        int listening = -1;
        Backlog kept;
        std::map<quint64, Client *> clients; ///< by connection
    };

    /// What a publisher calls an operation, and the job that shows it.
    struct Operation
    {
        QString name;
        QString eventType;
        QString job; ///< empty until the hub has said
        QString status; ///< `running`, `completed` or `failed`
        double overall = 0;
        std::vector<Phase> phases;
        std::vector<QJsonObject> waiting; ///< payloads
    };

    [[nodiscard]] Result<Door *> open(const QString &name, Role role);
    void accept(Door &door, int descriptor);
    void gone(Door &door, quint64 client);
    void shut(Door &door);

    [[nodiscard]] QJsonObject take(QByteArrayView json, Role role);
    [[nodiscard]] Result<void> command(const Envelope &envelope);
    [[nodiscard]] Result<void> follow(const Envelope &envelope);
    [[nodiscard]] Result<void> begin(const QString &id, const Envelope &envelope);
    void tellHub(Operation &operation, const QJsonObject &payload);
    void progress(Operation &operation, const QJsonObject &payload);
    [[nodiscard]] Result<QJsonObject> query(const QJsonObject &payload) const;
    [[nodiscard]] QJsonObject status(const QString &id, const Operation &operation) const;
    [[nodiscard]] static QJsonObject statusOf(const Job &job);

    void onEvent(const Event &event);
    [[nodiscard]] static QString eventTypeOf(const Job &job);
    [[nodiscard]] Result<void> publish(const Envelope &envelope);

    Hub &m_hub;
    io::Reactor &m_reactor;
    QString m_folder;
    std::map<QString, std::unique_ptr<Door>> m_doors; ///< by name, as `command`
    std::map<QString, Operation> m_operations;
    std::map<QString, QString> m_published; ///< operations by job
    QJsonObject m_state;
    int m_starting = 0; ///< reports whose jobs are not known yet
    Subscription m_subscription;
    std::function<void()> m_clientsChanged;
    std::function<void()> m_drained;
    std::shared_ptr<const bool> m_alive = std::make_shared<bool>(true);
};

} // namespace stepwire::dotfiles_daemon
