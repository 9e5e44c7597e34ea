#pragma once

#include "core/remote/foreign/foreign_server.h"

#include <QUrl>

namespace stepwire {

/// A Frappe site (ERPNext and the like), versions 13 to 16 and the Python server of 2026: its realtime events.
[[nodiscard]] ForeignKind frappeKind();

/// How a site and its realtime server are reached.
struct FrappeAddress
{
    QUrl url; ///< of the site
    QUrl socketio; ///< of its realtime server
    QString site;
};

/// What to change when the realtime server refuses with this text.
[[nodiscard]] QString frappeRefusal(const QString &text, const FrappeAddress &address);

/// The Origin that the realtime server expects: it asks there who we are, so the port of the web server belongs to it.
[[nodiscard]] QByteArray frappeOrigin(const QUrl &url);

} // namespace stepwire
