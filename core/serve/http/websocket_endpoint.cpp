#include "core/serve/http/http_server.h"

namespace stepwire::http {

using namespace websocket;

static constexpr qint64 mostUnreadPongs = 64L * 1024; // a peer that pings without reading is not answered any more
static constexpr int closeTimeoutMs = 5000;

WebSocket::WebSocket(io::Connection &connection, std::unique_ptr<WebSocketHandler> handler, qsizetype mostMessageBytes)
    : m_connection(connection), m_handler(std::move(handler)), m_reader(Reader::Role::Server, mostMessageBytes)
{
}

WebSocket::~WebSocket() = default;

void WebSocket::close(int code, QByteArrayView reason)
{
    if (std::exchange(m_closeSent, true))
        return;
    if (m_closeCode == close_code::abnormal)
        m_closeCode = code;
    m_connection.send(closeFrame(code, reason));
    // The end of the stream says it too; what the peer still sends is read and thrown away.
    m_connection.closeWhenSent(closeTimeoutMs);
}

qsizetype WebSocket::received(io::Connection &connection, QByteArrayView bytes)
{
    std::vector<Message> messages;
    const std::optional<Violation> violation = m_reader.feed(bytes, messages);
    for (const Message &message : messages) {
        if (m_closeSent || connection.closing())
            return bytes.size();
        switch (message.opcode) {
        case Opcode::Text: m_handler->messageReceived(*this, message.payload, true); break;
        case Opcode::Binary: m_handler->messageReceived(*this, message.payload, false); break;
        case Opcode::Ping:
            if (connection.pendingBytes() < mostUnreadPongs)
                connection.send(frame(Opcode::Pong, message.payload));
            break;
        case Opcode::Close:
            m_closeCode = message.closeCode;
            m_closeReason = message.payload;
            close(message.closeCode);
            return bytes.size();
        default: break; // a pong nobody asked for
        }
    }
    if (violation) {
        m_closeCode = violation->code;
        m_closeReason = violation->sentence;
        close(violation->code, violation->sentence);
    }
    return bytes.size();
}

void WebSocket::stalled(io::Connection & /*connection*/)
{
    m_handler->stalled(*this);
}

void WebSocket::drained(io::Connection & /*connection*/)
{
    m_handler->drained(*this);
}

void WebSocket::closed(io::Connection & /*connection*/)
{
    m_handler->closed(*this, m_closeCode, m_closeReason);
}

} // namespace stepwire::http
