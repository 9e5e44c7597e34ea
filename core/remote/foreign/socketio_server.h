#pragma once

#include "core/remote/foreign/foreign_server.h"

#include <QUrl>

namespace stepwire {

/// Any Socket.IO server (3 or 4), whose user says which events tell of jobs and where in them what stands.
[[nodiscard]] ForeignKind socketioKind();

/// An address of a Socket.IO server: http, https, ws or wss, with a host. Fails with a sentence that names `setting`.
[[nodiscard]] Result<QUrl> socketioUrl(const QString &setting, const QString &text);

/// What goes into a header must be one line of it; fails with a sentence that names `setting`, but not its value.
[[nodiscard]] Result<QByteArray> headerValue(const QString &setting, const QString &text);

} // namespace stepwire
