#pragma once

#include <QByteArray>
#include <QString>

namespace stepwire {

// Data goes to stdout, words for people to stderr; whole and unbuffered.

/// Writes all of it. False when nobody reads any more.
[[nodiscard]] bool writeAll(int descriptor, QByteArrayView bytes);

/// A line of data. When nobody reads any more the program ends as SIGPIPE ends programs.
void printLine(const QByteArray &line);
/// `stepwire: sentence` for a person.
void sayError(const QString &sentence);
/// A plain line for a person.
void say(const QString &line);

[[nodiscard]] bool isTerminal(int descriptor);

} // namespace stepwire
