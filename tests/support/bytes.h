#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <algorithm>
#include <random>
#include <vector>

namespace stepwire::test {

using Random = std::mt19937;

[[nodiscard]] inline qsizetype randomBelow(Random &random, qsizetype end)
{
    return std::uniform_int_distribution<qsizetype>(0, end - 1)(random);
}

template <class Container>
[[nodiscard]] const auto &oneOf(Random &random, const Container &container)
{
    return container[static_cast<typename Container::size_type>(
        randomBelow(random, static_cast<qsizetype>(container.size())))];
}

/// `bytes` in pieces: mostly short ones, now and then a long one, as they come out of a pipe.
[[nodiscard]] inline std::vector<QByteArray> inPieces(Random &random, const QByteArray &bytes)
{
    std::vector<QByteArray> pieces;
    for (qsizetype at = 0; at < bytes.size();) {
        const qsizetype most = randomBelow(random, 4) == 0 ? 20'000 : 12;
        const qsizetype size = std::min(1 + randomBelow(random, most), bytes.size() - at);
        pieces.push_back(bytes.sliced(at, size));
        at += size;
    }
    return pieces;
}

} // namespace stepwire::test
