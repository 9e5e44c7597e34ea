#pragma once

#include <QByteArray>
#include <QRandomGenerator>

#include <array>

namespace stepwire {

/// 160 bits of the system's randomness as 27 characters of base64url: nobody guesses it.
[[nodiscard]] inline QByteArray randomId()
{
    std::array<quint32, 5> words{};
    QRandomGenerator::system()->fillRange(words.data(), static_cast<qsizetype>(words.size()));
    return QByteArray(reinterpret_cast<const char *>(words.data()), sizeof words)
        .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

} // namespace stepwire
