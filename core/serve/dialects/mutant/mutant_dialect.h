#pragma once

#include "core/serve/access/access.h"
#include "core/serve/dialects/dialect.h"
#include "core/serve/dialects/mutant/task_events.h"
#include "core/serve/http/http_server.h"

#include <QTimer>

#include <map>
#include <set>

namespace stepwire::mutant {

/// What `[dialects.mutant]` says.
struct Settings
{
    struct Pipeline
    {
        QString name;
        /// What it is given, `{{member}}` standing for a member of the request; absent: the members as they are.
        std::optional<QJsonObject> params;
    };

    std::map<Kind, Pipeline> pipelines;
    QStringList origins; ///< pages that may come besides those of this very port
    bool token = false; ///< only clients that carry the hub's token are let in

    [[nodiscard]] static Result<Settings> read(const QJsonObject &members);
    /// What the pipeline is given for a request with these members.
    [[nodiscard]] static QJsonObject paramsOf(const Pipeline &pipeline, const QJsonObject &members);
};

/// The daemon of MutAnt 0.6.2: a WebSocket at `/ws` with one JSON object a text message. A task is a job of the
/// pipeline that the settings have for its kind, and has its id; so one that was started elsewhere is a task as well,
/// and a hub that was started anew still knows it. Lives on the hub's thread.
class MutantDialect final : public Dialect, private QObject
{
public:
    static constexpr std::size_t mostClients = 64;
    static constexpr std::size_t mostHeld = 256; ///< requests behind one whose answer is not there yet
    static constexpr int patienceMs = 10'000; ///< then those behind it are handled all the same
    static constexpr std::size_t mostWaiting = 256; ///< requests whose pipelines run or are to be started
    static constexpr qint64 mostPendingBytes = qint64(4) * 1024 * 1024; ///< of one client
    static constexpr qsizetype mostMessageBytes = qsizetype(1) * 1024 * 1024;

    MutantDialect(const Setup &setup, Settings settings);
    ~MutantDialect() override;

    [[nodiscard]] static Result<std::unique_ptr<Dialect>> make(const Setup &setup);

    [[nodiscard]] Result<QString> listen() override;
    [[nodiscard]] std::size_t clients() const override { return m_clients.size(); }
    void drain(std::function<void()> done) override;

private:
    class Client;

    struct Task
    {
        Kind kind = Kind::Put;
        TaskEvents events;
        bool verifies = true;
        QJsonObject told; ///< what the job emitted as its result
        std::set<quint64> asked; ///< clients that are told of it
        bool creating = false; ///< its client has not been told of it yet; then this waits
        std::vector<QByteArray> waiting;
        QString destination; ///< of a Get
    };

    /// A request whose answer its pipeline gives when it has ended.
    struct Direct
    {
        Request request;
        QByteArray text;
        quint64 client = 0;
        QJsonObject told;
    };

    void gate(http::Exchange &exchange);
    void open(const http::ExchangePtr &exchange);
    void gone(quint64 client);

    void receive(quint64 client, QByteArrayView text);
    void handle(quint64 client, const QByteArray &text);
    void await(quint64 client, const QString &id);
    void resume(quint64 client, const QString &id);
    void listTasks(quint64 client);
    void queryTask(quint64 client, const QString &id, const QByteArray &text);
    void stopTask(quint64 client, const QString &id);
    void start(quint64 client, const Request &request, const QByteArray &text);
    void started(quint64 client, const QString &id);
    void refused(quint64 client, const QString &id, const Error &error, const Request &request, const QByteArray &text);

    void tellRefusal(quint64 client, const Error &refusal, const Request &request, const QByteArray &text);

    void onEvent(const Event &event);
    void endTask(const Job &job, Task &task);
    void endDirect(const Job &job, Direct direct);
    void tellProgress(const QString &id, Task &task, const std::vector<QByteArray> &events);
    void tell(Task &task, const QByteArray &message);
    void send(quint64 client, const QByteArray &message);

    /// Of a job that is one of ours, else nothing.
    [[nodiscard]] std::optional<Kind> taskKind(const Job &job) const;
    [[nodiscard]] const Job *findTask(const QString &id) const;
    Task &taskOf(const Job &job, Kind kind);
    [[nodiscard]] QByteArray result(const Job &job, const Task &task) const;
    void forgetGone();

    Setup m_setup;
    Settings m_settings;
    AccessControl m_access;
    http::Server m_http;
    quint16 m_port = 0;
    std::map<quint64, Client *> m_clients; ///< by connection
    std::map<QString, Task> m_tasks; ///< by job
    std::map<QString, Direct> m_direct; ///< by job
    Subscription m_subscription;
    std::function<void()> m_drained;
    QTimer m_deadline;
    std::shared_ptr<const bool> m_alive = std::make_shared<bool>(true);
};

} // namespace stepwire::mutant
