#include "app/host/in_process_link.h"

#include "core/hub/hub.h"
#include "core/serve/native_session.h"
#include "core/wire/native/rpc.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace stepwire {

/// The hub's side. Lives on the hub's thread.
class InProcessLink::End
{
public:
    explicit End(std::shared_ptr<State> state) : m_state(std::move(state)) { }

    void call(Hub &hub, const native::Call &call, Answered answered)
    {
        auto decoded = native::decodeCall(call);
        if (!decoded)
            return answer(answered, tl::unexpected(decoded.error()));
        if (const auto *wanted = std::get_if<native::Subscribe>(&*decoded))
            return subscribe(hub, *wanted, answered);
        hub.request(std::get<Request>(std::move(*decoded)), [state = m_state, answered](const Result<Answer> &reply) {
            if (!reply)
                return post(state, [answered, error = reply.error()](State &) { answered(tl::unexpected(error)); });
            // As it would travel; read on the other thread.
            post(state, [answered, bytes = native::result(0, *reply)](State &) {
                answered(QJsonDocument::fromJson(bytes)[u"result"]);
            });
        });
    }

private:
    static void post(const std::shared_ptr<State> &state, std::function<void(State &)> task)
    {
        state->inbox->post([state, task = std::move(task)] {
            if (!state->gone)
                task(*state);
        });
    }

    void answer(const Answered &answered, Result<QJsonValue> result)
    {
        post(m_state, [answered, result = std::move(result)](State &) { answered(result); });
    }

    void subscribe(Hub &hub, const native::Subscribe &wanted, const Answered &answered)
    {
        const QJsonObject result = subscribeResult(hub, wanted);
        answer(answered, QJsonValue(result));
        m_subscription = {};
        if (result[u"recovered"].toBool()) {
            hub.log().visitAfter(*wanted.seq, [&](const EventPtr &event) { give(wanted, event); });
        } else {
            post(m_state, [snapshot = std::make_shared<const Snapshot>(hub.state())](State &state) {
                if (state.sink)
                    state.sink->snapshotReceived(*snapshot, {});
            });
        }
        m_subscription = hub.observe([this, wanted](const EventPtr &event) { give(wanted, event); });
    }

    void give(const native::Subscribe &wanted, const EventPtr &event)
    {
        if (!wanted.wants(*event))
            return;
        post(m_state, [event](State &state) {
            if (state.sink)
                state.sink->eventReceived({*event, {}, 0});
        });
    }

    std::shared_ptr<State> m_state;
    Subscription m_subscription;
};

InProcessLink::State::~State()
{
    inbox->deleteLater(); // on its own thread, whoever was last
}

InProcessLink::InProcessLink(OnHub onHub)
    : m_onHub(std::move(onHub)), m_state(std::make_shared<State>()), m_end(std::make_shared<End>(m_state))
{
    m_state->inbox = new TaskQueue;
}

InProcessLink::~InProcessLink()
{
    m_state->gone = true;
    m_onHub([end = std::move(m_end)](Hub &) mutable { end.reset(); });
}

void InProcessLink::call(const QString &method, const QJsonObject &params, Answered answered)
{
    if (!answered)
        answered = [](const Result<QJsonValue> &) {};
    m_onHub([end = m_end, call = native::Call{QJsonValue(0), method, params},
             answered = std::move(answered)](Hub &hub) { end->call(hub, call, answered); });
}

} // namespace stepwire
