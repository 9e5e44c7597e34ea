#pragma once

#include <functional>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace stepwire {

/// The one way by which values cross threads: a queue under a mutex. Any thread posts; the owner takes all at once
/// when its bell has rung. The bell rings only when the queue was empty, so a flood costs one wake-up a turn.
template <class T>
class Mailbox
{
public:
    /// `ring` is called on the posting thread and must only wake the owner.
    explicit Mailbox(std::function<void()> ring) : m_ring(std::move(ring)) { }

    void post(T value)
    {
        bool wasEmpty = false;
        {
            const std::lock_guard lock(m_mutex);
            wasEmpty = m_values.empty();
            m_values.push_back(std::move(value));
        }
        if (wasEmpty)
            m_ring();
    }

    /// They are taken together, too.
    void postAll(std::vector<T> values)
    {
        if (values.empty())
            return;
        bool wasEmpty = false;
        {
            const std::lock_guard lock(m_mutex);
            wasEmpty = m_values.empty();
            if (wasEmpty)
                m_values = std::move(values);
            else
                m_values.insert(m_values.end(), std::make_move_iterator(values.begin()),
                                std::make_move_iterator(values.end()));
        }
        if (wasEmpty)
            m_ring();
    }

    [[nodiscard]] std::vector<T> takeAll()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_values, {});
    }

private:
    std::mutex m_mutex; // guards m_values between the posting threads and the owner
    std::vector<T> m_values;
    std::function<void()> m_ring;
};

} // namespace stepwire
