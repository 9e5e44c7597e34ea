#pragma once

#include "core/model/result.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QByteArrayView>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace stepwire::http {

// HTTP/1.1 messages (RFC 9110, RFC 9112) as a server reads and writes them. Pure: bytes go in and out.

using Headers = std::vector<std::pair<QByteArray, QByteArray>>;

struct Request
{
    QByteArray method; ///< `GET`
    QByteArray target; ///< as sent
    QByteArray path; ///< decoded; begins with `/`
    QByteArray query; ///< what stands after `?`, as sent
    Headers headers; ///< names in lower case, values trimmed
    QByteArray body;
    bool keepAlive = true;
    bool upgrade = false; ///< `Connection: upgrade` with an `Upgrade` header

    /// The value of the header, null when it is absent; of one given more than once all values, joined with `, `.
    [[nodiscard]] QByteArray header(QByteArrayView lowerCaseName) const;
    /// How often the header was given.
    [[nodiscard]] int count(QByteArrayView lowerCaseName) const;
    /// The percent-decoded value of a member of the query, null when it is absent; the first where it is repeated.
    [[nodiscard]] QByteArray queryValue(QByteArrayView name) const;
    /// The value of a cookie (RFC 6265), null when it is absent.
    [[nodiscard]] QByteArray cookie(QByteArrayView name) const;
};

/// Why a request cannot be served: a status such as 400, 413, 431, 501 or 505, and one sentence.
struct Refusal
{
    int status = 400;
    QByteArray sentence;
};

/// Reads one request after the other from a stream. What is not HTTP/1.x, ambiguous in its length (both Content-Length
/// and Transfer-Encoding, two different lengths) or beyond the limits is refused.
class RequestReader
{
public:
    struct Limits
    {
        qsizetype head = qsizetype(16) * 1024; ///< request line and headers
        int headers = 100;
        qsizetype body = qsizetype(1024) * 1024;
    };

    explicit RequestReader(Limits limits);
    ~RequestReader();
    RequestReader(const RequestReader &) = delete;
    RequestReader &operator=(const RequestReader &) = delete;

    struct Step
    {
        qsizetype taken = 0; ///< of the bytes given; all of them unless the request is whole (or refused)
        bool whole = false;
        std::optional<Refusal> refusal; ///< nothing more can be read after it
        bool expectsContinue = false; ///< the head is there, the client waits for `100 Continue` before the body
    };

    /// Takes bytes up to the end of the request at most. After `whole` the request is to be taken with `take`.
    [[nodiscard]] Step feed(QByteArrayView bytes);
    [[nodiscard]] Request take();
    /// Some of a request has come, but not all.
    [[nodiscard]] bool within() const;

private:
    struct State;

    Limits m_limits;
    std::unique_ptr<State> m_state; ///< null between two requests: a connection that is only kept costs nothing
};

/// `HTTP/1.1 200 OK` and headers with the empty line; no Content-Length unless it is among them. Values must hold no
/// line breaks: those that do are left out.
[[nodiscard]] QByteArray responseHead(int status, const Headers &headers);
/// A whole response with Content-Length.
[[nodiscard]] QByteArray response(int status, Headers headers, QByteArrayView body, bool keepAlive = true);

[[nodiscard]] QByteArray statusText(int status);

} // namespace stepwire::http
