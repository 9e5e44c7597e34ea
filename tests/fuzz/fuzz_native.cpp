#include "core/wire/native/native.h"
#include "core/wire/native/rpc.h"

#include <QJsonDocument>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace stepwire;

static void demand(bool promise)
{
    if (!promise)
        std::abort();
}

/// What is promised of every refusal: one short line.
static void demandSentence(const Error &error)
{
    demand(!error.message.isEmpty() && error.message.size() < 1000);
    demand(std::none_of(error.message.begin(), error.message.end(), [](QChar c) { return c.unicode() < 0x20; }));
}

/// What was taken can be told on as one line of JSON, and comes back the same from there.
static void demandStable(const Event &event)
{
    const QByteArray text = native::encodeEvent(event);
    demand(!text.contains('\n') && !text.contains('\0'));
    const QJsonDocument document = QJsonDocument::fromJson(text);
    demand(document.isObject());
    const Result<Event> again = native::decodeEvent(document.object());
    demand(again.has_value());
    demand(native::encodeEvent(*again) == text);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView line(data, static_cast<qsizetype>(size));
    if (const auto call = native::parseCall(line)) {
        if (const auto request = native::decodeCall(*call); !request)
            demandSentence(request.error());
    } else {
        demandSentence(call.error().error);
    }
    const auto message = native::parseMessage(line);
    if (!message)
        return 0;
    if (const auto *notification = std::get_if<native::Notification>(&*message)) {
        if (const Result<Event> event = native::decodeEvent(notification->params))
            demandStable(*event);
        (void)native::decodeSnapshot(notification->params);
        (void)native::decodeHello(notification->params);
    } else if (const auto &response = std::get<native::Response>(*message); response.result) {
        (void)native::decodeJob(response.result->toObject());
    }
    return 0;
}
