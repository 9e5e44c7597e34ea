#include "core/wire/socketio/socketio.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace stepwire::socketio;

static void demand(bool promise)
{
    if (!promise)
        std::abort();
}

/// What was taken can be told on, and comes back the same from there.
static void demandStable(const Packet &packet)
{
    const Encoded encoded = encode(packet);
    Decoder decoder({1'000'000, 1 << 30, 1 << 20});
    auto again = decoder.feed(encoded.text, false);
    for (const QByteArray &attachment : encoded.attachments) {
        demand(again && !*again);
        again = decoder.feed(attachment, true);
    }
    demand(again.has_value() && again->has_value());
    const Encoded rewritten = encode(**again);
    demand(rewritten.text == encoded.text && rewritten.attachments == encoded.attachments);
}

/// Does the packet have a map in it that looks like an attachment without being one? It is told on as what it looks
/// like.
static bool looksBinary(const QByteArrayView bytes)
{
    return bytes.toByteArray().contains("_placeholder");
}

// Messages with 0x1e in between; one that begins with a B is binary.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView bytes(data, static_cast<qsizetype>(size));
    Decoder decoder({8, 4096, 64});
    for (qsizetype from = 0; from <= bytes.size();) {
        const qsizetype found = bytes.indexOf('\x1e', from);
        const qsizetype to = found < 0 ? bytes.size() : found;
        const QByteArrayView message = bytes.sliced(from, to - from);
        from = to + 1;
        const bool binary = message.startsWith('B');
        const auto packet = decoder.feed(binary ? message.sliced(1) : message, binary);
        if (!packet) {
            demand(*errorText(packet.error()) != '\0');
            return 0;
        }
        if (*packet && !looksBinary(bytes))
            demandStable(**packet);
    }
    return 0;
}
