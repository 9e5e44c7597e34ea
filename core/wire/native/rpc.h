#pragma once

#include "core/model/event.h"
#include "core/model/request.h"

#include <QByteArrayView>
#include <QJsonObject>

#include <variant>

namespace stepwire::native {

/// The longest message that a server takes from a client, in bytes without the line break.
inline constexpr qsizetype messageLimit = 1024 * 1024;

/// What a subscriber wants to see and where it stands. Absent filters let everything through.
struct Subscribe
{
    QString epoch;
    std::optional<quint64> seq;
    QStringList jobs;
    QStringList types; ///< names of types, or `step.*` for all of a kind
    bool output = true;

    [[nodiscard]] bool wants(const Event &event) const;
    [[nodiscard]] bool filters() const { return !jobs.isEmpty() || !types.isEmpty() || !output; }
};

/// Epoch and number of `EPOCH:SEQ`, as event streams and Socket.IO carry a place; nothing for a text that is none.
[[nodiscard]] std::optional<std::pair<QString, quint64>> parsePosition(const QString &text);

/// A JSON-RPC 2.0 call; `id` is undefined for a notification.
struct Call
{
    QJsonValue id = QJsonValue::Undefined;
    QString method;
    QJsonObject params;

    [[nodiscard]] bool wantsAnswer() const { return !id.isUndefined(); }
};

/// A refused message: `id` is what could be read of it.
struct BadCall
{
    QJsonValue id = QJsonValue::Null;
    Error error;
};

[[nodiscard]] tl::expected<Call, BadCall> parseCall(QByteArrayView line);

/// The typed request of a call, or why it does not fit.
[[nodiscard]] Result<std::variant<Request, Subscribe>> decodeCall(const Call &call);

/// What a client gets: the answer to a call, or a notification.
struct Response
{
    qint64 id = 0;
    Result<QJsonValue> result;
};

struct Notification
{
    QString method;
    QJsonObject params;
};

[[nodiscard]] Result<std::variant<Response, Notification>> parseMessage(QByteArrayView line);

} // namespace stepwire::native
