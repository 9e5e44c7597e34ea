#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QJsonObject>
#include <QStringList>

#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace stepwire::mainline {

// What a Mainline display sends. JSON in texts; or base64 in texts, of a head and a payload. No public source shows the
// layout of the latter, so it is ours to choose, here alone: type (8 bits), width and height (16), length of the
// payload (32), big-endian; then, compressed by zlib, the lines joined by line feeds in UTF-8, or the JSON of {width,
// height, rle: [[start, text, count], …]}.

struct Frame
{
    int width = 0;
    int height = 0;
    QStringList lines; ///< with escape sequences; as many as there are, whatever `height` says
    bool operator==(const Frame &) const = default;
};

/// What changed since the frame before, which a client need not have seen.
struct Diff
{
    int width = 0;
    int height = 0;
    std::vector<std::pair<int, QString>> lines; ///< by their index, ascending
    bool operator==(const Diff &) const = default;
};

struct Clear
{
    bool operator==(const Clear &) const = default;
};

struct State
{
    QJsonObject state;
    bool operator==(const State &) const = default;
};

using Message = std::variant<Frame, Diff, Clear, State>;

inline constexpr int mostLines = 1000; ///< more are left out
inline constexpr qsizetype mostUnpacked = 4 * 1024 * 1024; ///< bytes

/// Nothing for what is no message, or none that a client needs.
[[nodiscard]] std::optional<Message> decode(QByteArrayView text);

[[nodiscard]] QByteArray encodeBinary(const Frame &frame);
[[nodiscard]] QByteArray encodeBinary(const Diff &diff);

/// `frame` afterwards; lines that nobody has told are empty.
void apply(Frame &frame, const Diff &diff);

} // namespace stepwire::mainline
