#pragma once

#include "core/hub/hub.h"
#include "core/remote/backoff.h"
#include "core/remote/host_settings.h"
#include "core/remote/rpc_link.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <map>
#include <set>

namespace stepwire {

/// Another hub, whose jobs this one shows beside its own: they keep their owner's identity and clock and get our
/// numbers beside their owner's. What it owns itself is taken from it, not what it shows of others: so a hub that shows
/// us, or that is shown by two of ours, gives nothing twice. After a cut it goes on where it was; what cannot be had
/// any more one by one is put right from the snapshot. Lives on the hub's thread.
class RemoteHub : public QObject, public Source, private HubLink::Sink
{
public:
    enum class Standing {
        Connecting,
        Connected,
        Lost, ///< to be tried again
        Twin ///< it is this very hub, or one that is shown already under another name
    };

    /// What it needs from the world.
    class Mediator
    {
    public:
        virtual ~Mediator() = default;
        [[nodiscard]] virtual UnixMs now() const = 0;
        /// A link that is being opened, and whether it takes a `job_id` and the text of a pipeline.
        struct Way
        {
            std::unique_ptr<RpcLink> link;
            bool trusted = true;
        };
        [[nodiscard]] virtual Way openLink(const HostSettings &settings, RpcLink::Opened opened) = 0;
        /// Why the hub of this identity is not to be shown under this name; empty when it is.
        [[nodiscard]] virtual QString claim(const QString &hub, const QString &name) = 0;
        /// The first attempt since `start` has succeeded or failed, or the standing is another now.
        virtual void standingChanged(RemoteHub &host) = 0;
    };

    struct Patience
    {
        int connectMs = 30'000; ///< until the greeting
        int pingMs = 15'000; ///< between two questions whether it is still there
        int answerMs = 15'000; ///< until it must have answered that
        int hurriedMs = 3'000; ///< the same after the network changed
        Backoff::Options backoff = {.firstMs = 100}; ///< most cuts are short
    };

    RemoteHub(Hub &hub, HostSettings settings, Mediator &mediator, Patience patience);
    RemoteHub(Hub &hub, HostSettings settings, Mediator &mediator)
        : RemoteHub(hub, std::move(settings), mediator, Patience())
    {
    }
    ~RemoteHub() override;

    void start();
    /// The network is another than before: tries at once, and looks whether what is connected still is.
    void hurry();
    /// Its jobs go with it.
    void remove();

    void handle(const Request &request, Reply reply) override;

    [[nodiscard]] Standing standing() const { return m_standing; }
    [[nodiscard]] const HostSettings &settings() const { return m_settings; }
    [[nodiscard]] const QString &hubId() const { return m_hubId; }
    /// As `host.list` tells it.
    [[nodiscard]] QJsonObject describe() const;

private:
    struct Asked
    {
        Request request;
        Reply reply;
    };

    // HubLink::Sink
    void snapshotReceived(const Snapshot &snapshot, const QByteArray &encoded) override;
    void eventReceived(const HubLink::Received &received) override;
    void linkLost(const QString &reason) override;

    void recallPosition();
    void connectNow();
    void opened(const Result<native::Hello> &hello);
    void measureClock(int left);
    void subscribe();
    void compare(const Snapshot &snapshot);
    void settle(Snapshot snapshot, const std::map<QString, Job> &ours);
    void takeWhole(Job job, bool known);
    void takeProgress(const Job &ours, const Job &theirs);
    void tellClash(const QString &job);
    void synced();
    void take(const Event &event);
    void fetch(const QString &job);
    void announced(const QString &job);
    void publish(Fact fact, quint64 ownerSeq);
    void tellConnected();
    void ping(int patienceMs);
    void drop(const QString &reason);
    void letGo(const QString &reason);
    void setStanding(Standing standing, const QString &reason);
    void run(RunJob run, const Reply &reply);
    void sendRun(const QString &jobId);
    void forward(const Request &request, const Reply &reply);
    [[nodiscard]] bool mine(const Job &job) const { return job.via == m_settings.name; }

    Hub &m_hub;
    HostSettings m_settings;
    Mediator &m_mediator;
    Patience m_patience;
    Backoff m_backoff;
    Standing m_standing = Standing::Connecting;
    QString m_reason; ///< why it is not connected
    UnixMs m_since = 0; ///< of the standing
    bool m_toldLost = false;

    std::unique_ptr<RpcLink> m_link;
    bool m_trusted = true;
    quint64 m_round = 0; ///< of the link; what was asked on an earlier one is of no interest any more
    QElapsedTimer m_attempt; ///< since it was last connected to
    QTimer m_retry;
    QTimer m_deadline;
    QTimer m_pings;

    QString m_hubId;
    QString m_hostName;
    QString m_epoch; ///< the newest of its events that we have
    quint64 m_seq = 0;
    bool m_syncing = false;
    std::vector<Event> m_heldBack; ///< came while the snapshot was compared
    qint64 m_clockOffsetMs = 0;
    qint64 m_bestTripMs = -1;
    std::set<QString> m_known; ///< jobs of its that were announced here in this life
    std::set<QString> m_fetching; ///< jobs that were asked for
    std::map<QString, Asked> m_unanswered; ///< runs of ours by job id, sent or to be sent again
    std::map<QString, std::vector<std::function<void()>>> m_awaited; ///< done when the job was announced
    bool m_clashTold = false;
};

} // namespace stepwire
