#include "core/wire/engineio/engineio.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace stepwire::engineio;

static void demand(bool promise)
{
    if (!promise)
        std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView bytes(data, static_cast<qsizetype>(size));
    const auto packets = decodePayload(bytes, 64);
    if (!packets)
        return 0;
    demand(!packets->empty() && packets->size() <= 64);
    const QByteArray written = encodePayload(*packets);
    const auto again = decodePayload(written, 64);
    demand(again && *again == *packets);
    // what is sent says the same
    std::vector<Outgoing> queue;
    for (const Packet &packet : *packets)
        queue.push_back(packet.binary ? Outgoing::binary(packet.data) : Outgoing::packet(packet.type, packet.data));
    demand(takePayload(queue, written.size(), 64) == written && queue.empty());
    return 0;
}
