#pragma once

#include "core/model/task_queue.h"
#include "core/remote/socket_link.h"
#include "core/view/job_feed.h"
#include "core/view/output_follower.h"

#include <QThread>

#include <atomic>
#include <memory>

namespace stepwire {

/// The end of the view's link: reads, folds and hands on. Lives on the link's thread; made and used through tasks
/// posted there.
class LinkWorker : public QObject
{
public:
    using MakeLink = std::function<std::unique_ptr<HubLink>()>;

    /// `main` runs tasks on the main thread and outlives us.
    LinkWorker(HubView &view, TaskQueue &main, std::function<void(const QString &)> lost);
    ~LinkWorker() override;

    /// Over the hub's socket; `done` on the main thread.
    void join(const QString &path, std::function<void(const Result<native::Hello> &)> done);
    /// To a hub of this process.
    void host(const MakeLink &make);

    void call(const QString &method, const QJsonObject &params, const HubLink::Answered &answered);
    void followOutput(const QString &job);

private:
    void use(std::unique_ptr<HubLink> jobs, std::unique_ptr<HubLink> output);

    /// What was handed on and has not been taken yet.
    struct Gate
    {
        std::atomic<bool> delta = false;
        std::atomic<bool> output = false;
    };

    struct Opening
    {
        std::unique_ptr<SocketLink> jobs;
        std::unique_ptr<SocketLink> output;
    };

    HubView &m_view; ///< for the main thread alone
    TaskQueue &m_main;
    std::function<void(const QString &)> m_lost;
    std::shared_ptr<Gate> m_gate = std::make_shared<Gate>();
    Opening m_opening;
    std::unique_ptr<HubLink> m_jobs;
    std::unique_ptr<HubLink> m_output;
    JobFeed m_feed;
    OutputFollower m_follower;
    QString m_followed;
};

class HubHost;

/// The thread of a view's link and what lives on it. Belongs to the main thread.
class LinkThread : public HubView::Driver
{
public:
    /// All three outlive it; `lost` is called on the main thread.
    LinkThread(HubView &view, TaskQueue &main, std::function<void(const QString &)> lost);
    ~LinkThread() override;

    void post(std::function<void(LinkWorker &)> task);
    /// Shows the hub of this process, which outlives us.
    void host(HubHost &hub);

    void call(const QString &method, const QJsonObject &params, HubLink::Answered answered) override;
    void followOutput(const QString &job) override;

private:
    QThread m_thread;
    TaskQueue *m_tasks = nullptr; ///< lives on the thread
    LinkWorker *m_worker = nullptr; ///< likewise, which alone uses it
};

} // namespace stepwire
