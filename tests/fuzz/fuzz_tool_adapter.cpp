#include "core/engine/tool_adapter.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace stepwire;

static void demand(bool promise)
{
    if (!promise)
        std::abort();
}

/// All that is shown of `bytes` when they come in pieces of `size`.
static QByteArray shownInPieces(ToolAdapter &adapter, Stream stream, QByteArrayView bytes, qsizetype size)
{
    QByteArray shown;
    qsizetype given = 0;
    const auto take = [&](const ToolAdapter::Read &read) {
        shown += read.shown;
        if (const auto &progress = read.progress) {
            demand(progress->done >= 0);
            demand(!progress->fraction || (*progress->fraction >= 0 && *progress->fraction < 1));
            demand(progress->message.size() <= 200 && progress->phases.size() <= 16);
        }
    };
    for (; given < bytes.size(); given += size)
        take(adapter.read(stream, bytes.sliced(given, std::min(size, bytes.size() - given))));
    take(adapter.finish(stream));
    return shown;
}

// The first byte chooses the tool (as a letter), the second the stream, the third how it is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static constexpr std::array commands = {"rsync a b",
                                            "rsync --progress a b",
                                            "restic backup d",
                                            "restic backup --json d",
                                            "borg create r d",
                                            "ffmpeg -i a -i b c",
                                            "curl -o f http://a",
                                            "curl -Z http://a",
                                            "wget http://a",
                                            "apt-get install x",
                                            "git clone u",
                                            "yt-dlp u",
                                            "ninja",
                                            "pv f",
                                            "pv -n f",
                                            "restic check --read-data",
                                            "borg check repo",
                                            "%"};
    if (size < 3)
        return 0;
    const std::size_t which = (data[0] + commands.size() * 256 - 'a') % commands.size();
    const Stream stream = std::array{Stream::Out, Stream::Err, Stream::Tty}[data[1] % 3];
    const qsizetype cut = 1 + data[2] % 97;
    const QByteArrayView bytes(data + 3, static_cast<qsizetype>(size - 3));
    const auto make = [&] {
        const QString command = QString::fromLatin1(commands[which]);
        if (command == u"%")
            return percentAdapter(QString::fromUtf16(defaultPercentPattern));
        return std::move(adaptCommand(command.split(u' '), stream == Stream::Tty).adapter);
    };
    const auto whole = make();
    const auto pieces = make();
    const QByteArray shown = shownInPieces(*whole, stream, bytes, std::max<qsizetype>(bytes.size(), 1));
    demand(shown.size() <= bytes.size());
    demand(shownInPieces(*pieces, stream, bytes, cut) == shown);
    return 0;
}
