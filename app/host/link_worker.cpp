#include "app/host/link_worker.h"

#include "app/host/hub_host.h"
#include "app/host/in_process_link.h"

namespace stepwire {

LinkWorker::LinkWorker(HubView &view, TaskQueue &main, std::function<void(const QString &)> lost)
    : m_view(view),
      m_main(main),
      m_lost(std::move(lost)),
      m_feed({[gate = m_gate] { return !gate->delta; },
              [this](HubDelta delta) {
                  m_gate->delta = true;
                  m_main.post([view = &m_view, gate = m_gate, delta = std::move(delta)]() mutable {
                      view->take(std::move(delta));
                      gate->delta = false;
                  });
              },
              [this](const QString &reason) {
                  // We are in the link's own call.
                  QMetaObject::invokeMethod(
                      this,
                      [this] {
                          m_follower.detach();
                          m_jobs.reset();
                          m_output.reset();
                      },
                      Qt::QueuedConnection);
                  m_main.post([lost = m_lost, reason] { lost(reason); });
              }}),
      m_follower({[gate = m_gate] { return !gate->output; },
                  [this](std::vector<OutputPiece> pieces) {
                      m_gate->output = true;
                      m_main.post([view = &m_view, gate = m_gate, pieces = std::move(pieces)] {
                          view->takeOutput(pieces);
                          gate->output = false;
                      });
                  }})
{
}

LinkWorker::~LinkWorker() = default;

void LinkWorker::join(const QString &path, std::function<void(const Result<native::Hello> &)> done)
{
    const auto tell = [this, done](const Result<native::Hello> &hello) { m_main.post([done, hello] { done(hello); }); };
    // The second one carries the output of the chosen job, so that the list never waits behind it.
    m_opening = {std::make_unique<SocketLink>(), std::make_unique<SocketLink>()};
    m_opening.jobs->open(path, [this, path, tell](const Result<native::Hello> &hello) {
        if (!hello)
            return tell(hello);
        m_opening.output->open(path, [this, tell, hello](const Result<native::Hello> &second) {
            if (!second)
                return tell(second);
            use(std::move(m_opening.jobs), std::move(m_opening.output));
            tell(hello);
        });
    });
}

void LinkWorker::host(const MakeLink &make)
{
    use(make(), make());
}

void LinkWorker::use(std::unique_ptr<HubLink> jobs, std::unique_ptr<HubLink> output)
{
    m_jobs = std::move(jobs);
    m_output = std::move(output);
    m_feed.attach(*m_jobs);
    m_follower.attach(*m_output);
    if (!m_followed.isEmpty())
        followOutput(m_followed);
}

void LinkWorker::call(const QString &method, const QJsonObject &params, const HubLink::Answered &answered)
{
    const auto tell = [this, answered](const Result<QJsonValue> &result) {
        m_main.post([answered, result] { answered(result); });
    };
    if (m_jobs)
        m_jobs->call(method, params, tell);
    else
        tell(fail(code::hostUnreachable, QStringLiteral("no hub is connected")));
}

void LinkWorker::followOutput(const QString &job)
{
    m_followed = job;
    std::vector<std::pair<QString, int>> started;
    if (const Job *known = m_feed.state().find(job)) {
        for (const Step &step : known->steps) {
            if (step.started)
                started.emplace_back(step.id, step.attempt);
        }
    }
    m_follower.follow(job, started);
}

LinkThread::LinkThread(HubView &view, TaskQueue &main, std::function<void(const QString &)> lost)
{
    // Qt's own event dispatcher for this thread; nobody that we start is to inherit the wish.
    qputenv("QT_NO_GLIB", "1");
    m_thread.setObjectName(QStringLiteral("link"));
    m_thread.start();
    m_tasks = new TaskQueue;
    m_tasks->moveToThread(&m_thread);
    QObject::connect(&m_thread, &QThread::finished, m_tasks, &QObject::deleteLater);
    m_tasks->post([this, &view, &main, lost = std::move(lost)] {
        m_worker = new LinkWorker(view, main, lost);
        QObject::connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
        main.post([] { qunsetenv("QT_NO_GLIB"); });
    });
}

LinkThread::~LinkThread()
{
    m_thread.quit();
    m_thread.wait();
}

void LinkThread::post(std::function<void(LinkWorker &)> task)
{
    m_tasks->post([this, task = std::move(task)] { task(*m_worker); });
}

void LinkThread::call(const QString &method, const QJsonObject &params, HubLink::Answered answered)
{
    post([method, params, answered = std::move(answered)](LinkWorker &worker) {
        worker.call(method, params, answered);
    });
}

void LinkThread::followOutput(const QString &job)
{
    post([job](LinkWorker &worker) { worker.followOutput(job); });
}

void LinkThread::host(HubHost &hub)
{
    post([&hub](LinkWorker &worker) {
        worker.host([&hub] {
            return std::make_unique<InProcessLink>(
                [&hub](std::function<void(Hub &)> task) { hub.withHub(std::move(task)); });
        });
    });
}

} // namespace stepwire
