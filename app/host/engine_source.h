#pragma once

#include "core/engine/engine.h"
#include "core/hub/hub.h"

#include <QObject>

#include <map>

namespace stepwire {

/// The engine's stand-in on the hub's thread: passes requests to it and takes its facts and answers, in the order
/// in which it gave them.
class EngineSource : public QObject, public Source
{
public:
    explicit EngineSource(Hub &hub);

    void setEngine(Engine *engine) { m_engine = engine; }
    [[nodiscard]] Mailbox<EngineOutput> &mailbox() { return m_mailbox; }

    void handle(const Request &request, Reply reply) override;
    [[nodiscard]] bool hidesSecrets() const override { return true; }
    /// `adopted` is called when what had to be said of them was published.
    void adopt(std::vector<Job> jobs, std::function<void()> adopted);
    /// Interrupts all jobs that run; `drained` is called when every fact of theirs was published.
    void drain(std::function<void()> drained);

private:
    void takeAll();

    Hub &m_hub;
    Engine *m_engine = nullptr;
    Mailbox<EngineOutput> m_mailbox;
    quint64 m_nextRequest = 1;
    std::map<quint64, Reply> m_replies;
    std::function<void()> m_adopted;
    std::function<void()> m_drained;
};

} // namespace stepwire
