#include "core/wire/http/http.h"

#include "core/model/quote.h"

#include <http_parser.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace stepwire::http {

// http_parser as distributions build it is lenient: it takes spaces within names, folded values, lines that end with
// LF alone, and does not look at what stands between two chunks. Servers and proxies that disagree in such things are
// how requests are smuggled. So the head is looked through here, line by line as it comes; only a whole one that is
// strictly written goes to http_parser. Bodies are read here altogether.

namespace {

constexpr int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

constexpr bool isControl(char c)
{
    return (static_cast<uchar>(c) < 0x20 && c != '\t') || c == 0x7f;
}

constexpr bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

constexpr bool isAlphanumeric(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isToken(QByteArrayView text)
{
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return isAlphanumeric(c) || others.find(c) != others.npos;
    });
}

/// What may stand in a request line and be told on: no control characters, spaces or bytes beyond ASCII, no fragment.
bool isTargetText(QByteArrayView text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
}

bool isAuthority(QByteArrayView text)
{
    constexpr std::string_view others = "-._~:[]%!$&'()*+;=";
    return std::all_of(text.begin(), text.end(),
                       [&](char c) { return isAlphanumeric(c) || others.find(c) != others.npos; });
}

bool isSame(QByteArrayView a, QByteArrayView b)
{
    return a.compare(b, Qt::CaseInsensitive) == 0;
}

/// What stands behind the scheme of a target in absolute form; null where it has another form.
QByteArrayView withoutScheme(QByteArrayView target)
{
    for (const QByteArrayView scheme : {QByteArrayView("http://"), QByteArrayView("https://")}) {
        if (target.size() >= scheme.size() && isSame(target.first(scheme.size()), scheme))
            return target.sliced(scheme.size());
    }
    return {};
}

/// For a sentence.
QByteArray quoted(QByteArrayView value)
{
    return stepwire::quoted(QString::fromLatin1(value)).toUtf8();
}

Refusal refuse(int status, QByteArray sentence)
{
    return {status, std::move(sentence)};
}

/// Empty when an escape is no escape.
std::optional<QByteArray> percentDecoded(QByteArrayView text)
{
    QByteArray out;
    out.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hexDigit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hexDigit(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            return {};
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

/// As forms and URLSearchParams write it: `+` is a space. What is no escape stays as it is.
QByteArray formDecoded(QByteArrayView text)
{
    QByteArray plain = text.toByteArray();
    plain.replace('+', ' ');
    if (auto decoded = percentDecoded(plain))
        return *std::move(decoded);
    return plain;
}

/// Calls `take` with each part of `text` between separators until it tells that it has found what it sought.
template <class Take>
void forEachPart(QByteArrayView text, char separator, Take take)
{
    for (;;) {
        const qsizetype end = text.indexOf(separator);
        if (take(end < 0 ? text : text.first(end)) || end < 0)
            return;
        text = text.sliced(end + 1);
    }
}

/// A part of something that is there, hence not null even when it is empty.
QByteArray present(QByteArrayView text)
{
    return text.isEmpty() ? QByteArray("") : text.toByteArray();
}

} // namespace

QByteArray Request::header(QByteArrayView lowerCaseName) const
{
    QByteArray joined;
    for (const auto &[name, value] : headers) {
        if (name != lowerCaseName)
            continue;
        if (joined.isNull())
            joined = present(value);
        else
            joined += ", " + value;
    }
    return joined;
}

int Request::count(QByteArrayView lowerCaseName) const
{
    return static_cast<int>(std::count_if(headers.begin(), headers.end(),
                                          [&](const auto &header) { return header.first == lowerCaseName; }));
}

QByteArray Request::queryValue(QByteArrayView name) const
{
    QByteArray found;
    forEachPart(query, '&', [&](QByteArrayView member) {
        const qsizetype equals = member.indexOf('=');
        if (member.isEmpty() || formDecoded(equals < 0 ? member : member.first(equals)) != name)
            return false;
        found = equals < 0 ? QByteArray("") : present(formDecoded(member.sliced(equals + 1)));
        return true;
    });
    return found;
}

QByteArray Request::cookie(QByteArrayView name) const
{
    QByteArray found;
    for (const auto &[header, value] : headers) {
        if (header != "cookie")
            continue;
        forEachPart(value, ';', [&](QByteArrayView pair) {
            const qsizetype equals = pair.indexOf('=');
            if (equals < 0 || pair.first(equals).trimmed() != name)
                return false;
            QByteArrayView text = pair.sliced(equals + 1).trimmed();
            if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
                text = text.sliced(1, text.size() - 2);
            found = present(text);
            return true;
        });
        if (!found.isNull())
            break;
    }
    return found;
}

struct RequestReader::State
{
    enum class Phase {
        Head,
        Body,
        ChunkSize,
        ChunkExtension,
        ChunkHeadEnd,
        ChunkData,
        ChunkEnd,
        Trailer,
        Whole,
        Refused
    };

    explicit State(const Limits &l) : limits(l) { }

    /// Each takes what it can of the rest, and moves on to another phase when it has all of its own.
    void takeHead(QByteArrayView &rest);
    void takeBody(QByteArrayView &rest);
    void takeChunkHead(char byte);
    void takeChunkEnd(char byte);
    void takeTrailer(char byte);

    void takeHeadLine();
    void checkRequestLine(QByteArrayView line);
    void checkHeader(QByteArrayView line);
    void finishHead();
    void parse();
    void checkHost();
    void readTarget();
    void chooseBody();
    void chooseContentLength();
    void countFraming();

    void stop(Refusal why)
    {
        refusal = std::move(why);
        phase = Phase::Refused;
        request = {};
        head.clear();
    }

    Limits limits;
    Phase phase = Phase::Head;
    bool skippedEmptyLine = false;
    bool crCame = false; ///< the byte before was the CR of a chunk's or trailer's line end
    bool lineBegun = false; ///< of the trailer
    int sizeDigits = 0; ///< of the size of a chunk
    int headerCount = 0;
    qsizetype lineStart = 0; ///< in head
    qsizetype missing = 0; ///< of the body or of the chunk
    qsizetype framing = 0; ///< bytes of extensions and trailers, which nobody reads
    QByteArray head;
    QByteArray authority; ///< of a target in absolute form
    Request request;
    int minor = 1;
    std::optional<Refusal> refusal;
};

void RequestReader::State::takeHead(QByteArrayView &rest)
{
    if (head.size() >= limits.head)
        return stop(refuse(431, "the head is longer than " + QByteArray::number(limits.head) + " bytes"));
    QByteArrayView piece = rest.first(std::min(rest.size(), limits.head - head.size()));
    const qsizetype end = piece.indexOf('\n');
    if (end >= 0)
        piece = piece.first(end + 1);
    rest = rest.sliced(piece.size());
    char last = head.isEmpty() ? '\0' : head.back();
    for (const char c : piece) {
        if ((last == '\r') != (c == '\n'))
            return stop(refuse(400, "a line of the head does not end with CR and LF"));
        if (isControl(c) && c != '\r' && c != '\n')
            return stop(refuse(400, "there is a control character in the head"));
        last = c;
    }
    head.append(piece);
    if (end >= 0)
        takeHeadLine();
}

void RequestReader::State::takeHeadLine()
{
    const auto line = QByteArrayView(head).sliced(lineStart, head.size() - lineStart - 2);
    const bool first = lineStart == 0;
    if (first && line.isEmpty()) {
        // clients of old sent one behind a body
        if (skippedEmptyLine)
            return stop(refuse(400, "there are empty lines where a request line is expected"));
        skippedEmptyLine = true;
        head.clear();
        return;
    }
    if (line.isEmpty())
        return finishHead();
    if (first)
        checkRequestLine(line);
    else
        checkHeader(line);
    lineStart = head.size();
}

void RequestReader::State::checkRequestLine(QByteArrayView line)
{
    const qsizetype method = line.indexOf(' ');
    const qsizetype target = line.lastIndexOf(' ');
    if (method < 0 || target == method || !isToken(line.first(method)))
        return stop(refuse(400, quoted(line) + " is no request line of HTTP/1.1"));
    const auto version = line.sliced(target + 1);
    const bool isHttp = version.size() == 8 && version.startsWith("HTTP/") && isDigit(version[5]) && version[6] == '.'
        && isDigit(version[7]);
    if (!isHttp)
        return stop(refuse(400, quoted(line) + " is no request line of HTTP/1.1"));
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return stop(refuse(505, quoted(version) + " is not spoken here, but HTTP/1.1"));
    const auto text = line.sliced(method + 1, target - method - 1);
    if (text.isEmpty() || !isTargetText(text))
        return stop(refuse(400, "the target " + quoted(text) + " holds what is to be percent-encoded, or nothing"));
    if (!text.startsWith('/') && withoutScheme(text).isNull())
        stop(refuse(400, "the target " + quoted(text) + " does not begin with /"));
}

void RequestReader::State::checkHeader(QByteArrayView line)
{
    if (line.front() == ' ' || line.front() == '\t')
        return stop(refuse(400, "a header goes on over the end of its line"));
    const qsizetype colon = line.indexOf(':');
    if (colon < 0 || !isToken(line.first(colon)))
        return stop(refuse(400, quoted(line) + " is no header"));
    if (++headerCount > limits.headers)
        stop(refuse(431, "there are more than " + QByteArray::number(limits.headers) + " headers"));
}

namespace {

Refusal refusalOf(http_errno error)
{
    switch (error) {
    case HPE_INVALID_METHOD: return refuse(501, "the method is not known here");
    case HPE_INVALID_VERSION: return refuse(505, "the version of HTTP is not spoken here");
    case HPE_HEADER_OVERFLOW: return refuse(431, "the head is too long");
    default: return refuse(400, http_errno_description(error));
    }
}

extern "C" {

static int targetCame(http_parser *parser, const char *at, size_t size)
{
    static_cast<Request *>(parser->data)->target.append(at, static_cast<qsizetype>(size));
    return 0;
}

static int nameCame(http_parser *parser, const char *at, size_t size)
{
    const QByteArrayView name(at, static_cast<qsizetype>(size));
    static_cast<Request *>(parser->data)->headers.emplace_back(name.toByteArray().toLower(), QByteArray(""));
    return 0;
}

static int valueCame(http_parser *parser, const char *at, size_t size)
{
    const QByteArrayView value(at, static_cast<qsizetype>(size));
    static_cast<Request *>(parser->data)->headers.back().second = present(value.trimmed());
    return 0;
}

static int headCame(http_parser *parser)
{
    auto &request = *static_cast<Request *>(parser->data);
    request.keepAlive = http_should_keep_alive(parser) != 0;
    // only a GET changes the protocol here, and HTTP/1.0 cannot; else the wish is passed over, as RFC 9110 allows
    request.upgrade = parser->upgrade != 0 && parser->method == HTTP_GET && parser->http_minor == 1;
    // what follows is not for http_parser
    http_parser_pause(parser, 1);
    return 0;
}

} // extern "C"

constexpr http_parser_settings settings()
{
    http_parser_settings calls = {};
    calls.on_url = targetCame;
    calls.on_header_field = nameCame;
    calls.on_header_value = valueCame;
    calls.on_headers_complete = headCame;
    return calls;
}

} // namespace

void RequestReader::State::parse()
{
    static constexpr http_parser_settings calls = settings();
    http_parser parser = {};
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = &request;
    // both lengths are refused below, with a sentence of their own
    parser.allow_chunked_length = 1;
    (void)http_parser_execute(&parser, &calls, head.constData(), static_cast<std::size_t>(head.size()));
    const auto error = HTTP_PARSER_ERRNO(&parser);
    if (error != HPE_PAUSED)
        return stop(error == HPE_OK ? refuse(400, "the head is not that of a request") : refusalOf(error));
    request.method = http_method_str(static_cast<http_method>(parser.method));
    minor = parser.http_minor;
}

void RequestReader::State::finishHead()
{
    request.headers.reserve(static_cast<std::size_t>(headerCount));
    parse();
    head = {};
    if (phase != Phase::Refused)
        readTarget();
    if (phase != Phase::Refused)
        checkHost();
    if (phase != Phase::Refused)
        chooseBody();
}

void RequestReader::State::readTarget()
{
    QByteArrayView target = request.target;
    if (const QByteArrayView afterScheme = withoutScheme(target); !afterScheme.isNull()) {
        const auto *const end =
            std::find_if(afterScheme.begin(), afterScheme.end(), [](char c) { return c == '/' || c == '?'; });
        authority = afterScheme.first(end - afterScheme.begin()).toByteArray();
        if (authority.isEmpty())
            return stop(refuse(400, "the target " + quoted(request.target) + " names no host"));
        target = afterScheme.sliced(authority.size());
    }
    const qsizetype question = target.indexOf('?');
    QByteArrayView path = question < 0 ? target : target.first(question);
    if (question >= 0)
        request.query = target.sliced(question + 1).toByteArray();
    if (path.isEmpty() && !authority.isEmpty())
        path = "/";
    if (!path.startsWith('/') || request.method == "CONNECT")
        return stop(refuse(400, "the target " + quoted(request.target) + " does not begin with /"));
    auto decoded = percentDecoded(path);
    if (!decoded || std::any_of(decoded->begin(), decoded->end(), [](char c) { return isControl(c) || c == '\t'; }))
        return stop(refuse(400, "the path " + quoted(path) + " holds an escape that is none"));
    request.path = *std::move(decoded);
}

void RequestReader::State::checkHost()
{
    const int hosts = request.count("host");
    if (hosts > 1)
        return stop(refuse(400, "there is more than one Host"));
    if (hosts == 0 && minor == 1)
        return stop(refuse(400, "there is no Host"));
    const QByteArray host = request.header("host");
    if (!isAuthority(host))
        return stop(refuse(400, "the Host " + quoted(host) + " is none"));
    // else it were open which of the two a check of the host is to look at
    if (!authority.isNull() && (hosts == 0 || !isSame(authority, host)))
        stop(refuse(400, "the target " + quoted(request.target) + " has another host than Host"));
}

void RequestReader::State::chooseContentLength()
{
    const QByteArray length = request.header("content-length");
    if (length.isEmpty() || !std::all_of(length.begin(), length.end(), isDigit))
        return stop(refuse(400, "the Content-Length " + quoted(length) + " is no length"));
    bool fits = false;
    missing = length.toLongLong(&fits);
    if (!fits || missing > limits.body)
        return stop(refuse(413, "the body is longer than " + QByteArray::number(limits.body) + " bytes"));
    phase = missing > 0 ? Phase::Body : Phase::Whole;
}

void RequestReader::State::chooseBody()
{
    const bool hasLength = request.count("content-length") > 0;
    const int codings = request.count("transfer-encoding");
    phase = Phase::Whole;
    if (hasLength && codings > 0)
        return stop(refuse(400, "there are both Content-Length and Transfer-Encoding"));
    if (codings > 0) {
        const QByteArray coding = request.header("transfer-encoding");
        if (minor == 0)
            return stop(refuse(400, "there is a Transfer-Encoding, which HTTP/1.0 does not know"));
        if (!isSame(coding, "chunked"))
            return stop(refuse(501, "the Transfer-Encoding " + quoted(coding) + " is not known here"));
        phase = Phase::ChunkSize;
    } else if (hasLength) {
        chooseContentLength();
    }
    if (phase != Phase::Refused && phase != Phase::Whole && request.upgrade)
        return stop(refuse(400, "a request to change the protocol has a body"));
    if (phase != Phase::Refused && request.count("expect") > 0 && !isSame(request.header("expect"), "100-continue"))
        stop(refuse(417, "the expectation " + quoted(request.header("expect")) + " is not known here"));
}

void RequestReader::State::takeBody(QByteArrayView &rest)
{
    const auto piece = rest.first(std::min(rest.size(), missing));
    rest = rest.sliced(piece.size());
    request.body.append(piece);
    missing -= piece.size();
    if (missing == 0)
        phase = phase == Phase::ChunkData ? Phase::ChunkEnd : Phase::Whole;
}

void RequestReader::State::countFraming()
{
    if (++framing > limits.head)
        stop(
            refuse(431, "chunk extensions and trailers are longer than " + QByteArray::number(limits.head) + " bytes"));
}

void RequestReader::State::takeChunkHead(char byte)
{
    if (phase == Phase::ChunkHeadEnd) {
        if (byte != '\n')
            return stop(refuse(400, "the head of a chunk does not end with CR and LF"));
        sizeDigits = 0;
        phase = missing > 0 ? Phase::ChunkData : Phase::Trailer;
        return;
    }
    if (byte == '\r' && sizeDigits > 0) {
        phase = Phase::ChunkHeadEnd;
        return;
    }
    if (phase == Phase::ChunkExtension) {
        if (isControl(byte))
            return stop(refuse(400, "there is a control character in the head of a chunk"));
        return countFraming();
    }
    if (byte == ';' && sizeDigits > 0) {
        phase = Phase::ChunkExtension;
        return countFraming();
    }
    const int digit = hexDigit(byte);
    constexpr int mostDigits = 15; // what a qsizetype holds in any case
    if (digit < 0 || ++sizeDigits > mostDigits)
        return stop(refuse(400, "the size of a chunk is none"));
    missing = missing * 16 + digit;
    if (missing > limits.body - request.body.size())
        stop(refuse(413, "the body is longer than " + QByteArray::number(limits.body) + " bytes"));
}

void RequestReader::State::takeChunkEnd(char byte)
{
    if (byte != (crCame ? '\n' : '\r'))
        return stop(refuse(400, "a chunk does not end with CR and LF"));
    if (crCame)
        phase = Phase::ChunkSize;
    crCame = !crCame;
}

void RequestReader::State::takeTrailer(char byte)
{
    if (crCame != (byte == '\n') || (isControl(byte) && byte != '\r' && byte != '\n'))
        return stop(refuse(400, "there is a control character in the trailer"));
    crCame = byte == '\r';
    if (byte == '\n') {
        if (!lineBegun)
            phase = Phase::Whole;
        lineBegun = false;
    } else if (byte != '\r') {
        lineBegun = true;
        countFraming();
    }
}

RequestReader::RequestReader(Limits limits) : m_limits(limits) { }

RequestReader::~RequestReader() = default;

RequestReader::Step RequestReader::feed(QByteArrayView bytes)
{
    using Phase = State::Phase;
    if (bytes.isEmpty() && !m_state)
        return {};
    if (!m_state)
        m_state = std::make_unique<State>(m_limits);
    State &state = *m_state;
    const bool headWasMissing = state.phase == Phase::Head;
    QByteArrayView rest = bytes;
    const auto next = [&] {
        const char byte = rest.front();
        rest = rest.sliced(1);
        return byte;
    };
    while (!rest.isEmpty() && state.phase != Phase::Whole && state.phase != Phase::Refused) {
        switch (state.phase) {
        case Phase::Head: state.takeHead(rest); break;
        case Phase::Body:
        case Phase::ChunkData: state.takeBody(rest); break;
        case Phase::ChunkSize:
        case Phase::ChunkExtension:
        case Phase::ChunkHeadEnd: state.takeChunkHead(next()); break;
        case Phase::ChunkEnd: state.takeChunkEnd(next()); break;
        case Phase::Trailer: state.takeTrailer(next()); break;
        case Phase::Whole:
        case Phase::Refused: break;
        }
    }
    Step step;
    step.taken = bytes.size() - rest.size();
    step.whole = state.phase == Phase::Whole;
    step.refusal = state.refusal;
    // not when the client has gone on already
    const bool bodyIsNext = (state.phase == Phase::Body && state.request.body.isEmpty())
        || (state.phase == Phase::ChunkSize && state.sizeDigits == 0);
    step.expectsContinue =
        headWasMissing && bodyIsNext && state.minor == 1 && state.request.count("expect") > 0 && rest.isEmpty();
    return step;
}

Request RequestReader::take()
{
    Q_ASSERT(m_state && m_state->phase == State::Phase::Whole);
    Request request = std::move(m_state->request);
    m_state.reset();
    return request;
}

bool RequestReader::within() const
{
    using Phase = State::Phase;
    if (!m_state || m_state->phase == Phase::Whole || m_state->phase == Phase::Refused)
        return false;
    return m_state->phase != Phase::Head || !m_state->head.isEmpty();
}

QByteArray statusText(int status)
{
    if (status < 100 || status > 599)
        return {};
    const QByteArray text = http_status_str(static_cast<http_status>(status));
    return text == "<unknown>" ? QByteArray() : text;
}

static bool hasLineBreak(const QByteArray &text)
{
    return std::any_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

QByteArray responseHead(int status, const Headers &headers)
{
    QByteArray out;
    out.reserve(256);
    out += "HTTP/1.1 ";
    out += QByteArray::number(status);
    out += ' ';
    out += statusText(status);
    out += "\r\n";
    for (const auto &[name, value] : headers) {
        if (!isToken(name) || hasLineBreak(value))
            continue;
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    out += "\r\n";
    return out;
}

QByteArray response(int status, Headers headers, QByteArrayView body, bool keepAlive)
{
    const auto has = [&](QByteArrayView wanted) {
        return std::any_of(headers.begin(), headers.end(), [&](const auto &h) { return isSame(h.first, wanted); });
    };
    // these never have a body, and RFC 9110 forbids to tell its length
    const bool bodyless = status < 200 || status == 204 || status == 304;
    if (!bodyless && !has("Content-Length"))
        headers.emplace_back("Content-Length", QByteArray::number(body.size()));
    // told in both cases, for HTTP/1.0 takes silence for an end
    if (!has("Connection"))
        headers.emplace_back("Connection", keepAlive ? "keep-alive" : "close");
    QByteArray out = responseHead(status, headers);
    if (!bodyless)
        out.append(body);
    return out;
}

} // namespace stepwire::http
