#pragma once

#include "core/remote/socketio/types.h"

#include <QByteArray>
#include <QUrl>

namespace stepwire::engineio::client {

/// Scheme, host and port: what sentences call a server.
[[nodiscard]] QString serverName(const QUrl &url);
[[nodiscard]] Failure oldServer(const QUrl &url);
/// Of an answer of HTTP that is no success.
[[nodiscard]] Failure httpFailure(const QUrl &url, int status, const QByteArray &body, const QByteArray &location = {});
/// Of a successful answer that cannot be read; `handshake`: the first one.
[[nodiscard]] Failure payloadFailure(const QUrl &url, const QByteArray &body, const QByteArray &contentType,
                                     bool handshake);

} // namespace stepwire::engineio::client
