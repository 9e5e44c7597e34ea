#pragma once

#include "core/hub/hub_link.h"
#include "core/model/task_queue.h"

#include <functional>
#include <memory>

namespace stepwire {

class Hub;

/// The hub link to a hub of this process. Lives on any thread but the hub's; events and requests cross as values.
class InProcessLink : public HubLink
{
public:
    /// Runs a task on the hub's thread.
    using OnHub = std::function<void(std::function<void(Hub &)>)>;

    explicit InProcessLink(OnHub onHub);
    ~InProcessLink() override;

    void setSink(Sink *sink) override { m_state->sink = sink; }
    void call(const QString &method, const QJsonObject &params, Answered answered) override;

private:
    class End;
    /// What the hub's thread posts to, which may be there longer than we are.
    struct State
    {
        TaskQueue *inbox = nullptr; ///< of our thread
        Sink *sink = nullptr; ///< for our thread alone
        bool gone = false; ///< for our thread alone

        State() = default;
        State(const State &) = delete;
        State &operator=(const State &) = delete;
        ~State();
    };

    OnHub m_onHub;
    std::shared_ptr<State> m_state;
    std::shared_ptr<End> m_end; ///< for the hub's thread alone
};

} // namespace stepwire
