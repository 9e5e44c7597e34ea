#pragma once

#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <functional>
#include <memory>

namespace stepwire {

/// Tells when addresses, routes or links of this machine change, as rtnetlink(7) does: a network that returned, another
/// Wi-Fi, a lid that was opened. Several changes in a row are told once. Where there is no netlink nothing is told.
/// Lives on the thread that made it.
class NetworkWatch : public QObject
{
public:
    explicit NetworkWatch(std::function<void()> changed);
    ~NetworkWatch() override;

private:
    void onReadable();

    std::function<void()> m_changed;
    int m_socket = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
    QTimer m_settle;
};

} // namespace stepwire
