#include "core/wire/dotfiles/dotfiles.h"
#include "core/wire/dotfiles/msgpack.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace stepwire;

static void demand(bool promise)
{
    if (!promise)
        std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView bytes(data, static_cast<qsizetype>(size));
    qsizetype consumed = 0;
    if (const auto value = msgpack::read(bytes, consumed)) {
        demand(consumed > 0 && consumed <= bytes.size());
        // a value read and written again reads the same; compared as bytes, for NaN equals nothing
        QByteArray written;
        msgpack::writeValue(written, *value);
        qsizetype again = 0;
        const auto reread = msgpack::read(written, again);
        demand(reread.has_value() && again == written.size());
        QByteArray rewritten;
        msgpack::writeValue(rewritten, *reread);
        demand(rewritten == written);
    }
    constexpr qsizetype most = 4096;
    if (const auto frame = dotfiles::decodeFrame(bytes, most))
        demand(frame->size >= 5 && frame->size <= most + 4 && frame->size <= bytes.size());
    return 0;
}
