#pragma once

#include "core/model/mailbox.h"

#include <QObject>

#include <functional>

namespace stepwire {

/// Runs what is posted from any thread on the thread that it lives on, in order.
class TaskQueue : public QObject
{
public:
    void post(std::function<void()> task) { m_tasks.post(std::move(task)); }

private:
    Mailbox<std::function<void()>> m_tasks{[this] {
        QMetaObject::invokeMethod(
            this,
            [this] {
                for (const auto &task : m_tasks.takeAll())
                    task();
            },
            Qt::QueuedConnection);
    }};
};

} // namespace stepwire
