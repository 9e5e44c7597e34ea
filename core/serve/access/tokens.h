#pragma once

#include "core/model/result.h"

#include <QByteArray>
#include <QByteArrayView>

namespace stepwire {

/// The two tokens of a hub, 32 random bytes each in base64url.
struct Tokens
{
    QByteArray control;
    QByteArray read;
};

/// Reads `DIRECTORY/token` and `DIRECTORY/token.read`, and makes those that are not there: 0600 from their first
/// moment, whole or not at all, in a folder made 0700. A file that others may read, or that holds no token, is refused
/// with one sentence.
[[nodiscard]] Result<Tokens> loadTokens(const QString &directory);

/// Takes the same time wherever the two differ.
[[nodiscard]] bool equalInConstantTime(QByteArrayView left, QByteArrayView right);

/// A small file that holds a secret, without the white space at its end. Refused with one sentence when it cannot be
/// read, is empty or may be read by others.
[[nodiscard]] Result<QByteArray> readSecretFile(const QString &path);

} // namespace stepwire
