#include "core/wire/mainline/mainline.h"

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
    // as it came, and as what base64 stands for
    for (const QByteArray &text : {bytes.toByteArray(), bytes.toByteArray().toBase64()}) {
        const auto message = mainline::decode(text);
        if (!message)
            continue;
        if (const auto *frame = std::get_if<mainline::Frame>(&*message))
            demand(frame->lines.size() <= mainline::mostLines);
        if (const auto *diff = std::get_if<mainline::Diff>(&*message)) {
            demand(mainline::decode(mainline::encodeBinary(*diff)) == message);
            mainline::Frame frame;
            mainline::apply(frame, *diff);
            demand(frame.lines.size() <= mainline::mostLines);
        }
    }
    return 0;
}
