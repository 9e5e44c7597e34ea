#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <array>
#include <functional>
#include <memory>

#include <sys/epoll.h>

namespace stepwire::io {

/// An epoll set behind one notifier of Qt's event loop: thousands of idle descriptors cost the loop what one does.
/// Level-triggered. Lives on the thread that made it.
class Poller : public QObject
{
public:
    struct Readiness
    {
        bool readable = false;
        bool writable = false;
        bool gone = false; ///< the peer has gone or the descriptor has failed: told again until it is removed
    };

    class Handler
    {
    public:
        virtual ~Handler() = default;
        virtual void ready(Readiness readiness) = 0;
    };

    Poller();
    ~Poller() override;

    void add(int descriptor, Handler &handler, bool reading, bool writing);
    void change(int descriptor, Handler &handler, bool reading, bool writing);
    /// `handler` is not called any more, even for what was already reported.
    void remove(int descriptor, Handler &handler);

    [[nodiscard]] bool dispatching() const { return m_count > 0; }
    /// Called after all descriptors that were ready have been told.
    void onTurnEnded(std::function<void()> callback) { m_turnEnded = std::move(callback); }

private:
    void dispatch();

    static constexpr std::size_t eventsAtOnce = 256;

    int m_epoll = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::array<epoll_event, eventsAtOnce> m_events{};
    std::size_t m_count = 0; ///< of m_events while they are handed out
    std::function<void()> m_turnEnded;
};

} // namespace stepwire::io
