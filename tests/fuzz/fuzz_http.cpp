#include "core/wire/http/http.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace stepwire;

static void demand(bool promise)
{
    if (!promise)
        std::abort();
}

static constexpr http::RequestReader::Limits limits{256, 8, 64};

static bool isControl(char c)
{
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

/// What is promised of every request that was taken.
static void demandSound(const http::Request &request)
{
    demand(!request.method.isEmpty() && request.path.startsWith('/'));
    demand(std::none_of(request.path.begin(), request.path.end(), isControl));
    demand(request.body.size() <= limits.body);
    demand(static_cast<int>(request.headers.size()) <= limits.headers);
    demand(request.count("host") <= 1 && request.count("content-length") <= 1);
    demand(request.count("transfer-encoding") == 0
           || (request.count("transfer-encoding") == 1 && request.count("content-length") == 0));
    demand(!request.upgrade || request.body.isEmpty());
    for (const auto &[name, value] : request.headers) {
        demand(!name.isEmpty() && name == name.toLower() && value == value.trimmed());
        demand(std::none_of(value.begin(), value.end(), isControl));
        demand(!request.header(name).isNull());
    }
    (void)request.queryValue("a");
    (void)request.cookie("a");
    // a request that is told on in the plainest words is the same request
    const auto isLeftOut = [&](const QByteArray &name) {
        // http_parser takes any name that begins like the first for it when it looks for a second length, and refuses
        return name.startsWith("transfer-encoding") || name == "content-length" || name == "expect"
            || (name == "upgrade" && !request.upgrade);
    };
    QByteArray again = request.method + ' ' + request.target + " HTTP/1.1\r\n";
    for (const auto &[name, value] : request.headers) {
        if (!isLeftOut(name))
            again += name + ": " + value + "\r\n";
    }
    if (request.count("host") == 0)
        again += "host: \r\n";
    if (!request.body.isEmpty())
        again += "content-length: " + QByteArray::number(request.body.size()) + "\r\n";
    http::RequestReader reader({100000, 100, 100000});
    const auto step = reader.feed(again + "\r\n" + request.body);
    demand(step.whole && !step.refusal);
    const http::Request same = reader.take();
    demand(same.method == request.method && same.path == request.path && same.query == request.query);
    demand(same.body == request.body && same.upgrade == request.upgrade);
}

struct Outcome
{
    std::vector<http::Request> requests;
    int status = 0;
    QByteArray sentence;
    bool within = false;
};

static Outcome read(QByteArrayView bytes, qsizetype pieceSize)
{
    http::RequestReader reader(limits);
    Outcome outcome;
    qsizetype at = 0;
    while (at < bytes.size()) {
        const qsizetype size = std::min(pieceSize, bytes.size() - at);
        const auto step = reader.feed(bytes.sliced(at, size));
        demand(step.taken >= 0 && step.taken <= size);
        at += step.taken;
        if (step.refusal) {
            demand(!step.whole && step.refusal->status >= 400 && step.refusal->status <= 505);
            demand(!step.refusal->sentence.isEmpty() && step.refusal->sentence.size() < 400);
            demand(!reader.feed("GET / HTTP/1.0\r\n\r\n").whole);
            outcome.status = step.refusal->status;
            outcome.sentence = step.refusal->sentence;
            return outcome;
        }
        demand(step.whole || step.taken == size);
        if (step.whole) {
            outcome.requests.push_back(reader.take());
            if (outcome.requests.back().upgrade)
                return outcome;
        }
    }
    outcome.within = reader.within();
    return outcome;
}

// The first byte chooses how the rest is cut for the comparison with the whole.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const QByteArrayView bytes(data + 1, static_cast<qsizetype>(size - 1));
    const Outcome whole = read(bytes, std::max<qsizetype>(bytes.size(), 1));
    for (const http::Request &request : whole.requests)
        demandSound(request);
    for (const qsizetype pieceSize : {qsizetype(1), static_cast<qsizetype>(1 + data[0] % 32)}) {
        const Outcome cut = read(bytes, pieceSize);
        demand(cut.status == whole.status && cut.sentence == whole.sentence && cut.within == whole.within);
        demand(cut.requests.size() == whole.requests.size());
        for (std::size_t i = 0; i < cut.requests.size(); ++i) {
            const http::Request &a = cut.requests[i];
            const http::Request &b = whole.requests[i];
            demand(a.method == b.method && a.target == b.target && a.path == b.path && a.query == b.query);
            demand(a.headers == b.headers && a.body == b.body);
            demand(a.keepAlive == b.keepAlive && a.upgrade == b.upgrade);
        }
    }
    return 0;
}
