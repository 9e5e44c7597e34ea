#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace stepwire {

/// Takes the progress sequences (OSC 9;4) out of a terminal's stream: we show the progress ourselves, and two writers
/// would overwrite each other. A sequence may be cut anywhere between two calls.
class OscFilter
{
public:
    [[nodiscard]] QByteArray filter(QByteArrayView bytes);

private:
    QByteArray m_held; ///< the beginning of what may become such a sequence
};

} // namespace stepwire
