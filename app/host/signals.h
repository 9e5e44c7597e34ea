#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <functional>
#include <initializer_list>
#include <memory>

namespace stepwire {

/// Turns Unix signals into calls in the event loop of the thread that made it. One at a time in a process.
class SignalCatcher : public QObject
{
public:
    SignalCatcher(std::initializer_list<int> signalNumbers, std::function<void(int)> caught);
    ~SignalCatcher() override;

private:
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::function<void(int)> m_caught;
};

} // namespace stepwire
