#pragma once

#include "core/hub/hub_link.h"
#include "core/model/event.h"
#include "core/model/mailbox.h"

#include <QObject>

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace stepwire {

using JobPtr = std::shared_ptr<const Job>;

/// What the link's thread hands to the main thread, at most one a frame: everything that changed since the one before.
struct HubDelta
{
    struct Item
    {
        JobPtr job;
        bool fresh = false; ///< an event changed it; false for what a snapshot or a page of history told
    };

    bool reset = false; ///< `jobs` is all there is
    QString epoch;
    quint64 seq = 0;
    std::vector<Item> jobs;
    QStringList removed;
    std::vector<EventPtr> notices; ///< `hub.*`, `host.*`
};

/// A piece of the output of a job that is followed. `offset` is where it starts in the step's whole output.
struct OutputPiece
{
    QString job;
    QString step;
    int attempt = 1;
    Stream stream = Stream::Out;
    QByteArray bytes;
    qint64 offset = 0;
    qint64 omitted = 0; ///< bytes just before `offset` that are not shown
};

/// A hub as the faces of the main thread see it: every job as it was one frame ago at most, and a way to ask. Folds
/// nothing, waits for nothing. Lives on the main thread.
class HubView : public QObject
{
    Q_OBJECT

public:
    enum class Link {
        Connecting, ///< never been there
        Live,
        Lost ///< what is shown is as old as `since`
    };

    /// Who a hub is, and how one stands to it.
    struct Status
    {
        Link link = Link::Connecting;
        UnixMs since = 0; ///< of that
        QString reason; ///< of a loss, one sentence
        QString hub;
        QString host;
        QString degraded; ///< why nothing is kept at the moment; empty while all is well
        bool embedded = false; ///< it lives in this process
        bool operator==(const Status &) const = default;
    };

    /// `before` is null for a new job, `after` for one that is gone.
    struct Change
    {
        JobPtr before;
        JobPtr after;
        bool fresh = false; ///< just happened; false for what was history when we learned of it
    };

    struct Update
    {
        bool reset = false; ///< the link came back or the view is new: `changes` leads from what was known to what is
        std::vector<Change> changes;
        std::vector<EventPtr> notices;
    };

    /// The other end, on the link's thread. Its methods are called on the main thread.
    class Driver
    {
    public:
        virtual ~Driver() = default;
        virtual void call(const QString &method, const QJsonObject &params, HubLink::Answered answered) = 0;
        /// The output of this job from now on, that which is there first; empty: of none.
        virtual void followOutput(const QString &job) = 0;
    };

    HubView() = default;

    /// Must outlive the view or be replaced by null.
    void setDriver(Driver *driver) { m_driver = driver; }

    [[nodiscard]] JobPtr find(const QString &id) const;
    [[nodiscard]] const std::unordered_map<QString, JobPtr> &jobs() const { return m_jobs; }
    [[nodiscard]] const Status &status() const { return m_status; }
    /// Those of them that have not ended, those that wait included: few beside a long history.
    [[nodiscard]] const std::unordered_map<QString, JobPtr> &live() const { return m_live; }
    [[nodiscard]] int liveJobs() const { return static_cast<int>(m_live.size()); }
    /// How many jobs are of which host.
    [[nodiscard]] const std::map<QString, int> &hosts() const { return m_hosts; }

    /// A method of the protocol. `answered` is called on the main thread exactly once, later; not when `context` is
    /// gone.
    void call(QObject *context, const QString &method, const QJsonObject &params, HubLink::Answered answered = {});

    /// One job at a time; `outputReceived` brings what is there, then what comes. Asking again starts over.
    void followOutput(const QString &job);
    [[nodiscard]] const QString &followed() const { return m_followed; }

    // What the driver brings; tests play the driver.
    void take(HubDelta delta);
    void takeOutput(const std::vector<OutputPiece> &pieces);
    void setStatus(Status status);

Q_SIGNALS:
    /// At most once a frame.
    void updated(const stepwire::HubView::Update &update);
    void outputReceived(const std::vector<stepwire::OutputPiece> &pieces);
    void statusChanged();

private:
    void count(const Job *before, const JobPtr &after);

    Driver *m_driver = nullptr;
    std::unordered_map<QString, JobPtr> m_jobs;
    std::unordered_map<QString, JobPtr> m_live;
    std::map<QString, int> m_hosts;
    Status m_status;
    QString m_followed;
};

} // namespace stepwire
