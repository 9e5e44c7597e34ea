#pragma once

#include <QJsonValue>
#include <QString>

namespace stepwire {

/// A value for a sentence: in double quotes, control characters escaped, cut at `most` characters with "…".
[[nodiscard]] QString quoted(QStringView text, qsizetype most = 60);

[[nodiscard]] inline QString quoted(const QString &text, qsizetype most = 60)
{
    return quoted(QStringView(text), most);
}

/// The same for any JSON value: text in quotes, the rest as JSON writes it.
[[nodiscard]] QString quoted(const QJsonValue &value, qsizetype most = 60);

/// What is shown in the place of a secret.
inline constexpr char16_t redactedText[] = u"•••";

/// `text` without control characters and escape sequences (ECMA-48), for one line of a message.
[[nodiscard]] QString plainLine(QStringView text);

} // namespace stepwire
