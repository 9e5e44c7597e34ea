#pragma once

#include <QString>

#include <optional>
#include <vector>

namespace stepwire {

/// What a button of a notification does; `id` is `show-output`, `retry` or `cancel`.
struct NotificationAction
{
    QString id;
    QString label;
    bool operator==(const NotificationAction &) const = default;
};

/// What a person is to be told, in plain text. What is shown with the same `key` replaces it.
struct Notification
{
    QString key;
    QString title;
    QString body;
    QString percent; ///< in words, for servers that draw no bar; empty while nobody knows
    std::optional<int> value; ///< 0..100
    bool running = false; ///< of something that goes on: quiet, and of no use later
    bool failure = false;
    QString job; ///< that it is about; empty for several
    QString step; ///< that failed
    std::vector<NotificationAction> actions;

    bool operator==(const Notification &) const = default;
};

} // namespace stepwire
