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
    bool own = false; ///< only what the hub itself owns, for hubs that show it

    [[nodiscard]] bool wants(const Event &event) const;
    [[nodiscard]] bool filters() const { return !jobs.isEmpty() || !types.isEmpty() || !output || own; }
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

/// The call that makes this request of another hub; what is within a hub only stays here.
[[nodiscard]] Call encodeCall(const Request &request);

/// What a hub answered to `request`, as its own code would have it.
[[nodiscard]] Result<Answer> decodeAnswer(const Request &request, const QJsonValue &result);

} // namespace stepwire::native
