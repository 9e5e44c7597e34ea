#include "app/host/engine_source.h"

namespace stepwire {

EngineSource::EngineSource(Hub &hub)
    : m_hub(hub), m_mailbox([this] {
          QMetaObject::invokeMethod(
              this, [this] { takeAll(); }, Qt::QueuedConnection);
      })
{
}

void EngineSource::handle(const Request &request, Reply reply)
{
    const quint64 id = m_nextRequest++;
    m_replies.emplace(id, std::move(reply));
    m_engine->post(id, request);
}

void EngineSource::adopt(std::vector<Job> jobs, std::function<void()> adopted)
{
    m_adopted = std::move(adopted);
    m_engine->adopt(std::move(jobs));
}

void EngineSource::drain(std::function<void()> drained)
{
    m_drained = std::move(drained);
    m_engine->drain();
}

void EngineSource::takeAll()
{
    for (EngineOutput &output : m_mailbox.takeAll()) {
        if (auto *fact = std::get_if<Fact>(&output)) {
            m_hub.publish(std::move(*fact));
        } else if (auto *answer = std::get_if<EngineAnswer>(&output)) {
            const auto it = m_replies.find(answer->request);
            if (it == m_replies.end())
                continue;
            const Reply reply = std::move(it->second);
            m_replies.erase(it);
            reply(std::move(answer->answer));
        } else if (std::holds_alternative<EngineAdopted>(output)) {
            std::exchange(m_adopted, {})();
        } else if (m_drained) {
            std::exchange(m_drained, {})();
        }
    }
}

} // namespace stepwire
