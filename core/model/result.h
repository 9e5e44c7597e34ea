#pragma once

#include <QJsonObject>
#include <QString>

#include <tl/expected.hpp>

#include <utility>

namespace stepwire {

/// The error codes of the protocol: JSON-RPC's own and Stepwire's.
namespace code {
inline constexpr int parseError = -32700;
inline constexpr int invalidRequest = -32600;
inline constexpr int methodNotFound = -32601;
inline constexpr int invalidParams = -32602;
inline constexpr int internalError = -32603;
inline constexpr int unknownJob = 1;
inline constexpr int invalidPipeline = 2;
inline constexpr int notAllowed = 3;
inline constexpr int rateLimited = 4;
inline constexpr int alreadyRunning = 5;
inline constexpr int wrongState = 6;
inline constexpr int hostUnreachable = 7;
} // namespace code

/// Why an operation was refused: `code` as above, `message` one lower-case sentence without a full stop that says
/// the value that was wrong, `data` what a program needs besides.
struct Error
{
    int code = code::internalError;
    QString message;
    QJsonObject data;
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(int code, QString message)
{
    return tl::unexpected<Error>(Error{code, std::move(message), {}});
}

[[nodiscard]] inline tl::unexpected<Error> fail(int code, QString message, QJsonObject data)
{
    return tl::unexpected<Error>(Error{code, std::move(message), std::move(data)});
}

/// For a caller that only shows the sentence.
[[nodiscard]] inline tl::unexpected<Error> fail(QString message)
{
    return fail(code::invalidParams, std::move(message));
}

} // namespace stepwire
