#pragma once

#include <QString>
#include <QStringView>

namespace stepwire {

/// True for `[A-Za-z0-9_-]{1,64}`, the form of every job, step, parameter, pipeline, host and event name.
[[nodiscard]] bool isValidId(QStringView id);

/// The closest of `known` to `word` by edit distance, for "did you mean"; empty when nothing is near.
[[nodiscard]] QString nearest(QStringView word, const QStringList &known);

/// A UUID version 7 (RFC 9562) for a job made at `unixMs`: sorts by time, unique across machines.
[[nodiscard]] QString makeJobId(qint64 unixMs);

} // namespace stepwire
