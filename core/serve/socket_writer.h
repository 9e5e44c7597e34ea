#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QtGlobal>

namespace stepwire {

enum class WriteResult { Done, Full, Broken };

/// Sends as much of `pending` as the socket takes without waiting, straight to the descriptor and many messages in
/// one call, and removes what was sent. `Full`: the rest must wait until the descriptor is writable.
[[nodiscard]] WriteResult writePending(qintptr descriptor, QByteArrayList &pending, qsizetype &frontOffset);

} // namespace stepwire
