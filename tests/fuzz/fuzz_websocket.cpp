#include "core/wire/websocket/websocket.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace stepwire::websocket;

static void demand(bool promise)
{
    if (!promise)
        std::abort();
}

static constexpr qsizetype limit = 300;

struct Outcome
{
    std::vector<Message> messages;
    int code = 0;
    QByteArray sentence;
    bool within = false;
};

static Outcome read(QByteArrayView bytes, Reader::Role role, qsizetype pieceSize)
{
    Reader reader(role, limit);
    Outcome outcome;
    for (qsizetype at = 0; at < bytes.size(); at += pieceSize) {
        const auto violation = reader.feed(bytes.sliced(at, std::min(pieceSize, bytes.size() - at)), outcome.messages);
        if (!violation)
            continue;
        demand(violation->code == 1002 || violation->code == 1007 || violation->code == 1009);
        demand(!violation->sentence.isEmpty());
        demand(!reader.within() && !reader.feed("\x81\x00", outcome.messages));
        outcome.code = violation->code;
        outcome.sentence = violation->sentence;
        break;
    }
    outcome.within = reader.within();
    return outcome;
}

/// What is promised of every message; Qt judges UTF-8 by other code.
static void demandSound(const Message &message)
{
    switch (message.opcode) {
    case Opcode::Text: demand(message.payload.isValidUtf8()); [[fallthrough]];
    case Opcode::Binary: demand(message.payload.size() <= limit); break;
    case Opcode::Ping:
    case Opcode::Pong: demand(message.payload.size() <= 125); break;
    case Opcode::Close:
        demand(message.payload.size() <= 123 && message.payload.isValidUtf8());
        demand(message.closeCode >= 1000 && message.closeCode <= 4999 && message.closeCode != 1006);
        break;
    case Opcode::Continuation: demand(false);
    }
    // told on by a server, its client reads the same
    const bool closes = message.opcode == Opcode::Close;
    const QByteArray told =
        closes ? closeFrame(message.closeCode, message.payload) : frame(message.opcode, message.payload);
    const Outcome again = read(told, Reader::Role::Client, told.size());
    demand(again.code == 0 && !again.within && again.messages.size() == 1);
    const Message &same = again.messages.front();
    demand(same.opcode == message.opcode && same.payload == message.payload && same.closeCode == message.closeCode);
}

// The first byte chooses the role and how the rest is cut for the comparison with the whole.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const QByteArrayView bytes(data + 1, static_cast<qsizetype>(size - 1));
    const auto role = (data[0] & 1) != 0 ? Reader::Role::Client : Reader::Role::Server;
    const Outcome whole = read(bytes, role, std::max<qsizetype>(bytes.size(), 1));
    for (const Message &message : whole.messages)
        demandSound(message);
    for (const qsizetype pieceSize : {qsizetype(1), static_cast<qsizetype>(1 + data[0] / 8)}) {
        const Outcome cut = read(bytes, role, pieceSize);
        demand(cut.code == whole.code && cut.sentence == whole.sentence && cut.within == whole.within);
        demand(std::equal(cut.messages.begin(), cut.messages.end(), whole.messages.begin(), whole.messages.end(),
                          [](const Message &a, const Message &b) {
                              return a.opcode == b.opcode && a.payload == b.payload && a.closeCode == b.closeCode;
                          }));
    }
    return 0;
}
